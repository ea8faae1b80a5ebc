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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
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
