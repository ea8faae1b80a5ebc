//! The section `vectors` of the configuration.

use base::Secret;
use http::{HeaderValue, Uri, uri::InvalidUri};
use serde::Deserialize;
use std::time::Duration;

/// The longest prefix.
const MAX_PREFIX: usize = 40;

/// Who finds what is near in meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineName {
    /// The program itself, exactly.
    Embedded,
    /// A Qdrant server.
    Qdrant,
    /// Pgvector, in the PostgreSQL that the database is.
    Pgvector,
}

/// Who finds what is near in meaning, and where that is.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Which engine. Left out, Qdrant where it has an address, else the program itself.
    pub engine: Option<EngineName>,
    /// Qdrant's REST API, such as `http://127.0.0.1:6333`.
    pub qdrant_url: Option<String>,
    /// The key that it wants; it has to allow writing.
    pub qdrant_api_key: Option<Secret>,
    /// What the names of our collections begin with there: one for each installation that uses the same Qdrant.
    pub prefix: String,
    /// How long a search waits for an engine beside the program before it goes by words, in milliseconds: 100 to 60000.
    pub timeout_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            engine: None,
            qdrant_url: None,
            qdrant_api_key: None,
            prefix: String::new(),
            timeout_ms: 3_000,
        }
    }
}

impl Config {
    /// The engine that is meant.
    pub fn engine(&self) -> EngineName {
        let usual = if self.qdrant_url.is_some() { EngineName::Qdrant } else { EngineName::Embedded };
        self.engine.unwrap_or(usual)
    }

    /// How long a search waits.
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    /// Names every value that cannot be, as (key, what is wrong).
    pub fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        match &self.qdrant_url {
            Some(url) => problems.extend(check_url(url).err().map(|message| ("qdrant_url", message))),
            None if self.engine == Some(EngineName::Qdrant) => {
                let message = "`qdrant` needs an address: set `qdrant_url`, or `QDRANT_URL`".to_owned();
                problems.push(("engine", message));
            }
            None => {}
        }
        if let Some(key) = &self.qdrant_api_key
            && HeaderValue::from_str(key.expose().trim()).is_err()
        {
            problems
                .push(("qdrant_api_key", "a key has no line breaks and no control characters".to_owned()));
        }
        let is_name = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_');
        if self.prefix.len() > MAX_PREFIX || !self.prefix.chars().all(is_name) {
            let message =
                format!("`{}` is not a prefix: up to {MAX_PREFIX} letters, digits, `-` and `_`", self.prefix);
            problems.push(("prefix", message));
        }
        if !(100..=60_000).contains(&self.timeout_ms) {
            problems.push(("timeout_ms", format!("`{}` is not between 100 and 60000", self.timeout_ms)));
        }
        problems
    }
}

/// What is wrong with the address of a Qdrant.
pub(crate) fn check_url(url: &str) -> Result<Uri, String> {
    // Not the text itself: somebody may have put a key there.
    let uri =
        url.trim().parse::<Uri>().map_err(|error: InvalidUri| format!("this is no address: {error}"))?;
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    match uri.authority() {
        Some(authority) if authority.as_str().contains('@') => {
            Err("a user name in the address is not allowed; the key is `qdrant_api_key`".to_owned())
        }
        Some(authority) if is_http && !authority.host().is_empty() && uri.query().is_none() => Ok(uri),
        Some(_) | None => Err("write an address like `http://127.0.0.1:6333`, without a query".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_chooses_qdrant_unless_something_else_is_said() {
        let with = |engine, url: Option<&str>| Config {
            engine,
            qdrant_url: url.map(str::to_owned),
            ..Config::default()
        };
        let here = Some("http://127.0.0.1:6333");
        assert_eq!(with(None, None).engine(), EngineName::Embedded);
        assert_eq!(with(None, here).engine(), EngineName::Qdrant);
        assert_eq!(with(Some(EngineName::Embedded), here).engine(), EngineName::Embedded);
        assert_eq!(with(Some(EngineName::Qdrant), None).problems()[0].0, "engine");
    }

    #[test]
    fn what_cannot_be_is_named_and_no_key_is_shown() {
        assert_eq!(Config::default().problems(), []);
        let config = Config {
            qdrant_url: Some("http://user:hunter2@host:6333".to_owned()),
            qdrant_api_key: Some(Secret::new("hunter2\nx")),
            prefix: "a/b".to_owned(),
            timeout_ms: 5,
            ..Config::default()
        };
        let problems = config.problems();
        let keys: Vec<&str> = problems.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, ["qdrant_url", "qdrant_api_key", "prefix", "timeout_ms"]);
        assert!(!format!("{problems:?}").contains("hunter2"));
        for url in ["", "6333", "redis://h", "http://", "http://h/?api-key=x", "qdrant:6333"] {
            let config = Config { qdrant_url: Some(url.to_owned()), ..Config::default() };
            assert_eq!(config.problems().len(), 1, "{url}");
        }
        for url in ["http://127.0.0.1:6333", "https://q.example/", "http://[::1]:6333/qdrant"] {
            let config = Config { qdrant_url: Some(url.to_owned()), ..Config::default() };
            assert_eq!(config.problems(), [], "{url}");
        }
    }
}
