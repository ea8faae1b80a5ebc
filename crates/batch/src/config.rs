//! The `[batch]` section of the configuration.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The shortest pause between two questions to a provider.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);

/// How batches are worked on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether providers' own batches are used where they have such. They cost less and may take a day.
    pub native: bool,
    /// How many lines of one batch are called at once, where the gateway calls them.
    pub concurrency: usize,
    /// How often a line whose failure may pass is called.
    pub attempts: u32,
    /// Most lines of a batch.
    pub max_lines: usize,
    /// Largest file of lines, in bytes.
    pub max_file_bytes: u64,
    /// How soon a provider is asked how far its batch is, in seconds; the pauses grow from there.
    pub poll_seconds: u64,
    /// The longest pause between two such questions, in seconds.
    pub max_poll_seconds: u64,
    /// How long a batch may take, in hours; what is not done by then is not done any more.
    pub window_hours: u64,
    /// How long files, and batches that have ended, are kept, in days.
    pub keep_days: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            native: true,
            concurrency: 4,
            attempts: 5,
            max_lines: 50_000,
            max_file_bytes: 100 << 20,
            poll_seconds: 10,
            max_poll_seconds: 300,
            window_hours: 24,
            keep_days: 30,
        }
    }
}

impl Config {
    /// The pause after so many questions that brought nothing new.
    pub(crate) fn poll_pause(&self, polls: u32) -> Duration {
        let doubled = self.poll_seconds.saturating_mul(1_u64.checked_shl(polls / 3).unwrap_or(u64::MAX));
        // Even where the configuration says 0, the provider is not asked in a loop without a pause.
        Duration::from_secs(doubled.min(self.max_poll_seconds)).max(SHORTEST_PAUSE)
    }

    /// How long a batch may take.
    pub(crate) fn window(&self) -> Duration {
        Duration::from_secs(self.window_hours.saturating_mul(3_600))
    }

    /// How long what is done is kept.
    pub(crate) fn kept(&self) -> Duration {
        Duration::from_secs(self.keep_days.saturating_mul(86_400))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_limit() {
        let config = Config::default();
        let pauses: Vec<u64> =
            [0, 2, 3, 6, 9, 12, 15, 400].map(|polls| config.poll_pause(polls).as_secs()).into();
        assert_eq!(pauses, [10, 10, 20, 40, 80, 160, 300, 300]);
    }
}
