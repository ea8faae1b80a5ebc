//! Virtual keys: what other programs call the gateway with.

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
    /// Requests a minute.
    pub rpm: Option<u32>,
    /// The only routes and models it may ask for; empty means all.
    pub routes: Vec<String>,
    /// What it may spend.
    pub budget: Option<KeyBudget>,
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
    /// Requests a minute.
    #[serde(default)]
    pub rpm: Option<u32>,
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
