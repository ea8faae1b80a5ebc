//! The `[database]` section of the configuration.

use base::Secret;
use serde::Deserialize;

/// Where the database is and how it is used.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `postgres://user:password@host/database` for PostgreSQL. Left out, the database is the SQLite file
    /// `familiar.db` in the data folder.
    pub url: Option<Secret>,
    /// The most connections kept open, one of them for writing to SQLite: 1 to 64.
    pub max_connections: u32,
    /// How many pages of the database each SQLite connection may keep in memory, in KiB: 256 to 1048576.
    pub page_cache_kib: u32,
    /// How long a statement waits for another writer before it fails, in milliseconds: 100 to 600000.
    pub busy_timeout_ms: u32,
    /// How many backups made before an upgrade of the SQLite file are kept: 1 to 100.
    pub backups_kept: u32,
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self { url: None, max_connections: 4, page_cache_kib: 2048, busy_timeout_ms: 10_000, backups_kept: 3 }
    }
}

impl DatabaseConfig {
    /// Names every value that is out of range, as (key, what is wrong).
    pub fn problems(&self) -> Vec<(&'static str, String)> {
        let ranges = [
            ("max_connections", self.max_connections, 1, 64),
            ("page_cache_kib", self.page_cache_kib, 256, 1_048_576),
            ("busy_timeout_ms", self.busy_timeout_ms, 100, 600_000),
            ("backups_kept", self.backups_kept, 1, 100),
        ];
        let mut problems: Vec<_> = ranges
            .into_iter()
            .filter(|(_, value, least, most)| value < least || value > most)
            .map(|(key, value, least, most)| (key, format!("`{value}` is not between {least} and {most}")))
            .collect();
        if let Some(url) = &self.url
            && !is_postgres(url.expose())
        {
            problems.push(("url", "only `postgres://` and `postgresql://` addresses are known".to_owned()));
        }
        problems
    }
}

fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_out_of_range_is_named() {
        assert!(DatabaseConfig::default().problems().is_empty());
        let config = DatabaseConfig {
            url: Some(Secret::new("mysql://u:hunter2@h/d")),
            max_connections: 0,
            backups_kept: 101,
            ..DatabaseConfig::default()
        };
        let problems = config.problems();
        let keys: Vec<_> = problems.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, ["max_connections", "backups_kept", "url"]);
        assert!(!format!("{problems:?} {config:?}").contains("hunter2"));
    }
}
