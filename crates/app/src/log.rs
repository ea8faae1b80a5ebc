//! What is logged, how much of it, and in which form: to standard error, and the last of it to memory.

mod recent;

pub use recent::{Asked, CAPACITY, Line, Page, Recent};

use recent::Tap;
use serde::Deserialize;
use std::{io::IsTerminal as _, sync::LazyLock};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, reload, util::SubscriberInitExt as _};

/// The process has one log, and so one memory of it.
static RECENT: LazyLock<Recent> = LazyLock::new(Recent::default);

/// The last of what was logged.
pub fn recent() -> &'static Recent {
    &RECENT
}

/// What is noise beside Familiar's own lines: SQL statements, the index's housekeeping, connections. Held back
/// unless the level names the part itself, or is `trace`.
const QUIET: [&str; 6] =
    ["sqlx=warn", "tantivy=warn", "hyper=warn", "h2=warn", "pdf_oxide=error", "lopdf=error"];

/// The `[log]` section.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// How much: `error`, `warn`, `info`, `debug`, `trace`, or by part, such as `info,gateway=debug`. What
    /// libraries say of databases and connections comes only with `trace`, or with their own part.
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
        for part in self.parts() {
            let level = part.rsplit('=').next().unwrap_or(part);
            if level.is_empty() || level.parse::<tracing::level_filters::LevelFilter>().is_err() {
                return Err(format!("`{level}` is none of them"));
            }
        }
        EnvFilter::try_new(self.level.replace(' ', "")).map_err(|error| error.to_string())
    }

    /// Starts to log. Does nothing when something logs already, as in a test.
    pub fn install(&self) {
        let filter = self.quieted(self.filter().unwrap_or_else(|_| EnvFilter::new("info")));
        let layer = fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
        let (filter, handle) = reload::Layer::new(filter);
        let registry = tracing_subscriber::registry().with(filter).with(Tap(recent()));
        let installed = match self.format {
            LogFormat::Pretty => registry.with(layer.with_target(false)).try_init(),
            LogFormat::Json => registry.with(layer.json().flatten_event(true)).try_init(),
        };
        match installed {
            Ok(()) => recent().tune(&self.level, handle),
            Err(_) => tracing::debug!("something logs already"),
        }
    }

    /// The filter without the libraries' noise.
    fn quieted(&self, filter: EnvFilter) -> EnvFilter {
        if self.parts().any(|part| part.eq_ignore_ascii_case("trace")) {
            return filter;
        }
        let quiet = QUIET.iter().filter(|directive| !self.names(directive));
        quiet.filter_map(|directive| directive.parse().ok()).fold(filter, EnvFilter::add_directive)
    }

    /// The directives that the level is made of.
    fn parts(&self) -> impl Iterator<Item = &str> {
        self.level.split(',').map(str::trim)
    }

    /// Whether the level speaks of this directive's part itself.
    fn names(&self, directive: &str) -> bool {
        let part = directive.split('=').next().unwrap_or(directive);
        self.parts().any(|own| own.split('=').next() == Some(part))
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

    #[test]
    fn trace_means_everything() {
        let quiet_of = |level: &str| {
            let config = LogConfig { level: level.to_owned(), ..LogConfig::default() };
            let filter = config.quieted(config.filter().unwrap()).to_string();
            QUIET.iter().filter(|directive| filter.contains(**directive)).count()
        };
        for level in ["info", "debug", "info,gateway=trace"] {
            assert_eq!(quiet_of(level), QUIET.len(), "{level}");
        }
        assert_eq!(quiet_of("info,sqlx=debug"), QUIET.len() - 1);
        assert_eq!(quiet_of("trace"), 0);
        assert_eq!(quiet_of("TRACE, gateway=info"), 0);
    }
}
