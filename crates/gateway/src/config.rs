//! The `[gateway]` section of the configuration.

use crate::{budgets::FileBudget, fit::FittingConfig, shares::ClusterConfig, tiers::TiersConfig};
use budget::Budget;
use ledger::RetentionConfig;
use routing::{BreakerConfig, LimitsConfig, QueueConfig, RetryConfig};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How the gateway behaves.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The most that the whole installation may spend; no limit where not set.
    pub budget: Option<Budget>,
    /// Further budgets, of the installation, users, projects and keys.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub budgets: Vec<FileBudget>,
    /// How several servers share budgets.
    pub cluster: ClusterConfig,
    /// The cache of whole replies.
    pub cache: CacheConfig,
    /// What happens when a deployment fails.
    pub retry: RetryConfig,
    /// When a failing deployment is left alone for a while.
    pub breaker: BreakerConfig,
    /// The write-ahead file of exchanges and how it reaches the database.
    pub journal: JournalConfig,
    /// The most that users, providers and deployments may be asked.
    pub limits: LimitsConfig,
    /// Lets requests wait while a limit of their deployments is reached, on routes that do not say; where not
    /// set, they are refused.
    pub queue: Option<QueueConfig>,
    /// What is kept of requests and replies; where not set, what was chosen on the page.
    pub retention: Option<RetentionConfig>,
    /// Who helps where a route makes long conversations fit.
    pub fitting: FittingConfig,
    /// The tiers `fast`, `voice` and `thinker`, and how `auto` chooses one.
    pub tiers: TiersConfig,
}

/// The cache of whole replies for identical requests of one owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CacheConfig {
    /// How long a reply is kept, in seconds, where a route does not say; 0 switches the cache off.
    pub ttl_seconds: u64,
    /// Most memory all kept replies may take, in bytes.
    pub max_bytes: usize,
    /// Longest reply that is kept, in bytes.
    pub max_entry_bytes: usize,
    /// Most requests that others are compared with by their meaning, on routes with a semantic cache.
    pub max_semantic_entries: usize,
    /// How long an identical request waits for the one under way before it goes out by itself, in seconds.
    pub wait_seconds: u64,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self {
            ttl_seconds: 0,
            max_bytes: 64 << 20,
            max_entry_bytes: 4 << 20,
            max_semantic_entries: 2_000,
            wait_seconds: 60,
        }
    }
}

/// The journal and the writer that empties it into the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JournalConfig {
    /// Size from which a new journal file is begun, in bytes.
    pub segment_bytes: u64,
    /// How often the journal is forced to disk, in milliseconds: what a power cut can cost.
    pub sync_ms: u64,
    /// How long exchanges are gathered before they are written to the database, in milliseconds.
    pub batch_ms: u64,
    /// Most exchanges waiting in memory for the database; more wait in the journal's files.
    pub max_waiting: usize,
}

impl Default for JournalConfig {
    fn default() -> Self {
        Self { segment_bytes: 4 << 20, sync_ms: 1_000, batch_ms: 50, max_waiting: 8_192 }
    }
}

impl CacheConfig {
    /// [`Self::ttl_seconds`] as a duration.
    pub(crate) fn ttl(&self) -> Duration {
        Duration::from_secs(self.ttl_seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_section_is_the_default_and_a_misspelt_key_is_refused() {
        assert_eq!(serde_json::from_str::<Config>("{}").unwrap(), Config::default());
        let error = serde_json::from_str::<Config>(r#"{"retry": {"max_round": 2}}"#).unwrap_err();
        assert!(error.to_string().contains("max_round"), "{error}");
    }
}
