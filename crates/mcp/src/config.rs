//! The `[mcp]` section of the configuration.

use serde::Deserialize;
use std::time::Duration;

/// The longest that can be set, in seconds.
const MOST_SECONDS: u64 = 3_600;

/// How servers of tools are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How long a call of a tool may take, in seconds.
    pub call_timeout_seconds: u64,
    /// How long a server may take to begin and to list its tools, in seconds.
    pub start_timeout_seconds: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { call_timeout_seconds: 60, start_timeout_seconds: 30 }
    }
}

impl Config {
    /// What is wrong: the setting, and why.
    pub fn problems(&self) -> Vec<(&'static str, String)> {
        let settings = [
            ("call_timeout_seconds", self.call_timeout_seconds),
            ("start_timeout_seconds", self.start_timeout_seconds),
        ];
        let wrong = settings.into_iter().filter(|(_, seconds)| !(1..=MOST_SECONDS).contains(seconds));
        wrong
            .map(|(name, seconds)| (name, format!("`{seconds}` is not between 1 and {MOST_SECONDS}")))
            .collect()
    }

    pub(crate) const fn call(&self) -> Duration {
        Duration::from_secs(self.call_timeout_seconds)
    }

    pub(crate) const fn start(&self) -> Duration {
        Duration::from_secs(self.start_timeout_seconds)
    }
}
