//! Virtual keys: what other programs call the gateway with.

use crate::given::given;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// All keys, revoked ones included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KeyList {
    /// The newest first.
    pub keys: Vec<Key>,
}

/// A key without its secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// The first characters of the secret, to recognise it by.
    pub prefix: String,
    /// When it was made.
    pub created_at: String,
    /// When it ends.
    pub expires_at: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<String>,
    /// Until when the secret it had before still works, if it was rotated with a grace period.
    pub old_secret_until: Option<String>,
    /// Requests in any sixty seconds.
    pub rpm: Option<u32>,
    /// Tokens in any sixty seconds, read and written.
    pub tpm: Option<u64>,
    /// Calls at a time.
    pub parallel: Option<u32>,
    /// The most urgent that its requests may call themselves, and are where they do not say: `high`, `normal`
    /// or `low`.
    pub priority: String,
    /// The only routes and models it may ask for; empty means all.
    pub routes: Vec<String>,
    /// What it may spend: the budget that `budget_usd` and `per` change.
    pub budget: Option<KeyBudget>,
    /// All of its budgets, that one included.
    pub budgets: Vec<crate::budgets::Budget>,
    /// The project that its calls are for.
    pub project: Option<String>,
    /// When it was last used.
    pub last_used_at: Option<String>,
    /// What was spent with it in all, in US dollars.
    pub spent_usd: String,
}

/// A limit on money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KeyBudget {
    /// The limit, in US dollars.
    pub limit_usd: String,
    /// `total`, `hour`, `day`, `week` or `month`, in UTC.
    pub per: String,
    /// Spent in the window so far, in US dollars.
    pub spent_usd: String,
    /// Reserved by calls under way, in US dollars.
    pub reserved_usd: String,
    /// When the window begins anew.
    pub resets_at: Option<String>,
}

/// Asks for a new key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateKey {
    /// What it is for.
    pub name: String,
    /// What it may spend, in US dollars.
    #[serde(default)]
    pub budget_usd: Option<String>,
    /// The budget's window: `total` (the default), `hour`, `day`, `week` or `month`.
    #[serde(default)]
    pub per: Option<String>,
    /// What it may spend besides, each `LIMIT/PERIOD` such as `100/month`, or `LIMIT/PERIOD@TIME_ZONE`.
    #[serde(default)]
    pub budgets: Vec<String>,
    /// The project that its calls are for.
    #[serde(default)]
    pub project: Option<String>,
    /// Requests in any sixty seconds.
    #[serde(default)]
    pub rpm: Option<u32>,
    /// Tokens in any sixty seconds, read and written.
    #[serde(default)]
    pub tpm: Option<u64>,
    /// Calls at a time.
    #[serde(default)]
    pub parallel: Option<u32>,
    /// The most urgent that its requests may call themselves: `high`, `normal` (the default) or `low`.
    #[serde(default)]
    pub priority: Option<String>,
    /// The only routes and models it may ask for.
    #[serde(default)]
    pub routes: Vec<String>,
    /// When it ends, RFC 3339.
    #[serde(default)]
    pub expires_at: Option<String>,
}

/// A new key, with the secret that is shown this once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CreatedKey {
    /// The key.
    pub key: Key,
    /// The secret.
    pub secret: String,
}

/// Changes a key. What is missing stays as it is; `null` takes a limit, the budget or the expiry away.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UpdateKey {
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it may spend, in US dollars.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub budget_usd: Option<Option<String>>,
    /// The budget's window: `total`, `hour`, `day`, `week` or `month`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per: Option<String>,
    /// The project that its calls are for.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub project: Option<Option<String>>,
    /// Requests in any sixty seconds.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub rpm: Option<Option<u32>>,
    /// Tokens in any sixty seconds.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub tpm: Option<Option<u64>>,
    /// Calls at a time.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub parallel: Option<Option<u32>>,
    /// `high`, `normal` or `low`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// The only routes and models it may ask for; an empty list means all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routes: Option<Vec<String>>,
    /// When it ends, RFC 3339.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Option<String>>,
}

/// Asks for another secret.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RotateKey {
    /// How long the old secret still works, in seconds; not at all where missing.
    pub grace_seconds: u64,
}
