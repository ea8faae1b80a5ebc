//! Budgets: what may be spent in a window of time, and what happens near the limit.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// All budgets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BudgetList {
    /// The widest scope first.
    pub budgets: Vec<Budget>,
}

/// A budget as it stands now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Budget {
    /// Its id.
    pub id: String,
    /// Whose spending it limits: `installation`, `user`, `project` or `key`.
    pub scope: String,
    /// The key's id or the project's name.
    pub subject: Option<String>,
    /// Its name for people.
    pub label: String,
    /// How often it starts anew: `hour`, `day`, `week`, `month` or `total`.
    pub period: String,
    /// Where its days begin: an IANA name such as `Europe/Berlin`, or `UTC`.
    pub time_zone: String,
    /// The limit, in US dollars.
    pub limit_usd: String,
    /// Where people are told, and throttling and degrading begin, in percent of the limit.
    pub soft_percent: u8,
    /// Up to where `warn`, `throttle` and `degrade` let calls through, in percent of the limit.
    pub emergency_percent: Option<u16>,
    /// What happens near the limit: `reject`, `warn`, `throttle` or `degrade`.
    pub action: String,
    /// Spent in the window so far, in US dollars.
    pub spent_usd: String,
    /// Put aside for calls and batches under way, in US dollars.
    pub reserved_usd: String,
    /// When the window ends.
    pub resets_at: Option<String>,
    /// Spent in the last hour, in US dollars.
    pub velocity_usd_per_hour: String,
    /// When it will be used up at this velocity, if that is before the window ends.
    pub exhausted_at: Option<String>,
    /// A limit that the windows of the past would have kept, with some room.
    pub proposed_limit_usd: Option<String>,
    /// `file` for one of the configuration, which is changed there; `page` for one that can be changed here.
    pub source: String,
}

/// What a budget is to be like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutBudget {
    /// Whose spending it limits: `installation`, `user`, `project` or `key`.
    pub scope: String,
    /// The key's id or name, or the project's name.
    #[serde(default)]
    pub subject: Option<String>,
    /// Its name for people; the subject's where missing.
    #[serde(default)]
    pub label: Option<String>,
    /// How often it starts anew: `hour`, `day`, `week`, `month` or `total`.
    pub period: String,
    /// Where its days begin: an IANA name; `UTC` where missing.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// The limit, in US dollars.
    pub limit_usd: String,
    /// Where people are told, and throttling and degrading begin, in percent of the limit; 80 where missing.
    #[serde(default)]
    pub soft_percent: Option<u8>,
    /// Up to where `warn`, `throttle` and `degrade` let calls through, in percent of the limit: 101 to 1000.
    #[serde(default)]
    pub emergency_percent: Option<u16>,
    /// What happens near the limit: `reject` (where missing), `warn`, `throttle` or `degrade`.
    #[serde(default)]
    pub action: Option<String>,
}
