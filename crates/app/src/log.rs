//! What is logged, how much of it, and in which form; always to standard error.

use serde::Deserialize;
use std::io::IsTerminal as _;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// The `[log]` section.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// How much: `error`, `warn`, `info`, `debug`, `trace`, or by part, such as `info,gateway=debug`.
    pub level: String,
    /// In which form.
    pub format: LogFormat,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Pretty,
    /// One JSON object a line.
    Json,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::default() }
    }
}

impl LogConfig {
    /// The filter that the level stands for.
    pub(crate) fn filter(&self) -> Result<EnvFilter, String> {
        // A lone unknown word would be taken for the name of a part, which logs nothing and says nothing.
        let parts = self.level.split(',').map(str::trim);
        for part in parts {
            let level = part.rsplit('=').next().unwrap_or(part);
            if level.is_empty() || level.parse::<tracing::level_filters::LevelFilter>().is_err() {
                return Err(format!("`{level}` is none of them"));
            }
        }
        EnvFilter::try_new(self.level.replace(' ', "")).map_err(|error| error.to_string())
    }

    /// Starts to log. Does nothing when something logs already, as in a test.
    pub fn install(&self) {
        // SQL statements and the index's housekeeping are noise at `info`.
        let quiet = ["sqlx=warn", "tantivy=warn", "hyper=warn", "h2=warn", "pdf_oxide=error", "lopdf=error"];
        let mut filter = self.filter().unwrap_or_else(|_| EnvFilter::new("info"));
        for directive in quiet.iter().filter(|directive| !self.names(directive)) {
            if let Ok(directive) = directive.parse() {
                filter = filter.add_directive(directive);
            }
        }
        let layer = fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
        let registry = tracing_subscriber::registry().with(filter);
        let installed = match self.format {
            LogFormat::Pretty => registry.with(layer.with_target(false)).try_init(),
            LogFormat::Json => registry.with(layer.json().flatten_event(true)).try_init(),
        };
        if installed.is_err() {
            tracing::debug!("something logs already");
        }
    }

    /// Whether the level speaks of this directive's part itself.
    fn names(&self, directive: &str) -> bool {
        let part = directive.split('=').next().unwrap_or(directive);
        self.level.split(',').any(|own| own.trim().split('=').next() == Some(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_told_from_slips_of_the_pen() {
        for level in ["info", "warn,gateway=debug", "off", "DEBUG", "info, store=trace"] {
            let config = LogConfig { level: level.to_owned(), ..LogConfig::default() };
            assert!(config.filter().is_ok(), "{level}");
        }
        for level in ["", "inof", "gateway=loud", "info,gateway", "info,,"] {
            let config = LogConfig { level: level.to_owned(), ..LogConfig::default() };
            assert!(config.filter().is_err(), "{level}");
        }
    }
}
