//! Providers: the companies and programs that serve models.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The configured providers, and the vendors one can add.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProviderList {
    /// What is configured.
    pub providers: Vec<Provider>,
    /// What the catalogue knows.
    pub vendors: Vec<Vendor>,
}

/// A configured provider. Its key is never shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Provider {
    /// Its name here, the first half of its models' ids.
    pub name: String,
    /// The vendor's row in the catalogue.
    pub vendor: String,
    /// The wire format it speaks.
    pub dialect: String,
    /// Where it listens.
    pub base_url: String,
    /// Where its key comes from: `environment`, `file`, `settings` or `none`.
    pub key_source: String,
    /// Whether it can be changed here; those from the configuration file and the environment cannot.
    pub editable: bool,
    /// How many models it offers.
    pub models: u64,
    /// The models it is restricted to; empty where it offers what it lists.
    pub only_models: Vec<String>,
    /// The organisation's id.
    pub organisation: Option<String>,
    /// The project's id.
    pub project: Option<String>,
    /// The proxy it is reached through, without its credentials.
    pub proxy: Option<String>,
    /// The names of the headers sent with every request.
    pub headers: Vec<String>,
    /// The time-outs that were set.
    pub timeouts: ProviderTimeouts,
}

/// How long a provider is waited for, in milliseconds; what is missing has its usual value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ProviderTimeouts {
    /// Until connected; usually 10,000.
    pub connect_ms: Option<u64>,
    /// Until the head of an answer; usually 300,000.
    pub first_byte_ms: Option<u64>,
    /// Until the first token of a streamed answer; usually 600,000.
    pub first_token_ms: Option<u64>,
    /// Between two pieces of an answer; usually 120,000.
    pub stall_ms: Option<u64>,
    /// Until the end of an answer; usually 1,800,000.
    pub total_ms: Option<u64>,
}

/// A row of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Vendor {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub display_name: String,
    /// The wire format it speaks.
    pub dialect: String,
    /// The usual base URL; missing where one has to be given.
    pub base_url: Option<String>,
    /// Whether a key is needed.
    pub needs_key: bool,
}

/// Adds a provider or changes one.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutProvider {
    /// The vendor's id in the catalogue.
    pub vendor: String,
    /// Where it listens, if not at the vendor's usual address.
    #[serde(default)]
    pub base_url: Option<String>,
    /// A new key; missing keeps the one that is kept.
    #[serde(default)]
    pub api_key: Option<String>,
    /// Headers sent with every request; missing keeps those that are kept, empty forgets them.
    #[serde(default)]
    pub headers: Option<BTreeMap<String, String>>,
    /// Only these models; empty means whatever the provider lists.
    #[serde(default)]
    pub models: Vec<String>,
    /// The organisation's id; missing keeps the one that is kept, empty forgets it.
    #[serde(default)]
    pub organisation: Option<String>,
    /// The project's id; missing keeps the one that is kept, empty forgets it.
    #[serde(default)]
    pub project: Option<String>,
    /// The proxy to go through, `http://[user:password@]host:port` or `socks5://...`; missing keeps the one that
    /// is kept, empty forgets it.
    #[serde(default)]
    pub proxy: Option<String>,
    /// The time-outs; missing keeps those that are kept, empty forgets them.
    #[serde(default)]
    pub timeouts: Option<ProviderTimeouts>,
}

/// The order of providers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderOrder {
    /// Their names; those that are missing come behind, as they were.
    pub names: Vec<String>,
}

/// What a test of the connection found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProviderTest {
    /// Whether a call would work.
    pub ok: bool,
    /// What was found, in a sentence.
    pub message: String,
    /// What is wrong: `authentication`, `network`, `not_found`, `quota_exceeded` and so on.
    pub code: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// How many models it lists.
    pub models: Option<u64>,
    /// How long the call took, in milliseconds.
    pub took_ms: u64,
}

/// A model to fetch into an Ollama.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PullModel {
    /// The provider's name; it has to be an Ollama.
    pub provider: String,
    /// The model as Ollama's library names it, such as `qwen3:8b`.
    pub model: String,
}
