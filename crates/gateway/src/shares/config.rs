//! The `[gateway.cluster]` section of the configuration, and this server's name.

use crate::error::ManageError;
use cluster::Settings;
use serde::{Deserialize, Serialize};
use std::{fs, io, path::Path, time::Duration};

/// The file with this server's name among others.
const NAME_FILE: &str = "server-id";

/// How several servers share budgets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterConfig {
    /// Where Redis is, `redis://[user:password@]host:port[/number]`; where not set, every server counts alone. Also
    /// taken from `REDIS_URL`.
    pub redis_url: Option<String>,
    /// What happens to calls with a budget while Redis is away.
    pub when_away: Away,
    /// What the names in Redis begin with: one for each installation that uses the same Redis.
    pub prefix: String,
    /// How long a server that says nothing is taken to live, in milliseconds.
    pub lease_ms: u64,
    /// How long a call waits for Redis, in milliseconds.
    pub timeout_ms: u64,
}

/// What happens to calls with a budget while Redis is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Away {
    /// They are refused: no budget is ever overrun.
    #[default]
    Refuse,
    /// Every server counts alone, and tells Redis afterwards: together they may spend a budget more than once.
    Alone,
}

impl Default for ClusterConfig {
    fn default() -> Self {
        Self {
            redis_url: None,
            when_away: Away::Refuse,
            prefix: "familiar".to_owned(),
            lease_ms: 3_000,
            timeout_ms: 1_000,
        }
    }
}

impl std::fmt::Debug for ClusterConfig {
    /// Without the address, which may have a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClusterConfig")
            .field("redis_url", &self.redis_url.as_ref().map(|_| "..."))
            .field("when_away", &self.when_away)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

impl ClusterConfig {
    /// What the crate `cluster` needs; `None` where nothing is shared.
    pub(super) fn settings(&self, data_dir: &Path) -> Result<Option<Settings>, ManageError> {
        let Some(url) = self.redis_url.clone().filter(|url| !url.is_empty()) else { return Ok(None) };
        let server = server_name(data_dir).map_err(|source| ManageError::DataFolder {
            path: data_dir.join(NAME_FILE).display().to_string(),
            source,
        })?;
        Ok(Some(Settings {
            url,
            server,
            prefix: self.prefix.clone(),
            lease: Duration::from_millis(self.lease_ms.max(100)),
            timeout: Duration::from_millis(self.timeout_ms.max(10)),
        }))
    }
}

/// This server's name: the same after a restart, because what it held is found under it.
fn server_name(data_dir: &Path) -> io::Result<String> {
    let path = data_dir.join(NAME_FILE);
    match fs::read_to_string(&path) {
        Ok(name) if !name.trim().is_empty() => return Ok(name.trim().to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let name = base::new_id().to_string();
    let fresh = path.with_extension("new");
    fs::write(&fresh, &name)?;
    fs::rename(&fresh, &path)?;
    Ok(name)
}
