//! What alerts go by: webhooks of the configuration file, and what is chosen on the page.

use crate::model::{Kind, Severity};
use base::{Secret, Timestamp};
use http::Uri;
use net::Reach;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, net::IpAddr};

/// The thresholds there are, in percent.
pub const THRESHOLDS: [u8; 3] = [80, 90, 95];
/// Most webhooks made on the page.
pub const MAX_WEBHOOKS: usize = 16;
/// Longest name and address.
const MAX_NAME: usize = 80;
const MAX_URL: usize = 2_000;

/// The `[alerts]` section of the configuration.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Webhooks of the operator, which may be inside the operator's network.
    pub webhooks: Vec<FileWebhook>,
}

/// A webhook of the configuration file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileWebhook {
    /// What it is called.
    pub name: String,
    /// Where it is sent to: `https://` or `http://`, any address.
    pub url: String,
    /// What it is signed with: `whsec_` and base64, or any text of at least 16 characters.
    pub secret: Secret,
    /// Only alerts that matter at least so much.
    #[serde(default)]
    pub least: Severity,
}

impl Config {
    /// What is wrong, with the place: which webhook, and which of its settings.
    pub fn problems(&self) -> Vec<(usize, &'static str, String)> {
        let mut problems = Vec::new();
        let mut names = BTreeSet::new();
        for (at, webhook) in self.webhooks.iter().enumerate() {
            if let Err(message) = check_name(&webhook.name) {
                problems.push((at, "name", message));
            }
            if !names.insert(&webhook.name) {
                problems.push((at, "name", format!("there are two webhooks `{}`", webhook.name)));
            }
            if let Err(message) = check_url(&webhook.url, Reach::Any) {
                problems.push((at, "url", message));
            }
            if webhook.secret.expose().len() < 16 {
                problems.push((at, "secret", "a secret has at least 16 characters".to_owned()));
            }
        }
        problems
    }
}

/// What is chosen on the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// At which shares of a budget somebody is told, in percent: some of [`THRESHOLDS`].
    pub thresholds: Vec<u8>,
    /// Kinds that nobody wants to hear of.
    pub muted: Vec<Kind>,
    /// Until then webhooks are sent only what is critical.
    pub quiet_until: Option<Timestamp>,
    /// Webhooks made on the page.
    pub webhooks: Vec<Webhook>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { thresholds: THRESHOLDS.to_vec(), muted: Vec::new(), quiet_until: None, webhooks: Vec::new() }
    }
}

/// A webhook, wherever it was made. Its secret lies in the vault, or in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Its id; `file:NAME` for those of the file.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Where it is sent to.
    pub url: String,
    /// Only alerts that matter at least so much.
    pub least: Severity,
    /// Whether it is used.
    pub enabled: bool,
}

impl Webhook {
    /// Whether it stands in the configuration file.
    pub fn is_of_file(&self) -> bool {
        self.id.starts_with(FILE)
    }

    /// Where its messages may go.
    pub(crate) fn reach(&self) -> Reach {
        if self.is_of_file() { Reach::Any } else { Reach::PublicOnly }
    }
}

impl From<&FileWebhook> for Webhook {
    fn from(webhook: &FileWebhook) -> Self {
        Self {
            id: format!("{FILE}{}", webhook.name),
            name: webhook.name.clone(),
            url: webhook.url.clone(),
            least: webhook.least,
            enabled: true,
        }
    }
}

/// What ids of webhooks of the file begin with.
const FILE: &str = "file:";

/// A name that people can read.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let length = name.trim().chars().count();
    if length == 0 || length > MAX_NAME || name.chars().any(char::is_control) {
        return Err(format!("a name has 1 to {MAX_NAME} characters"));
    }
    Ok(())
}

/// An address that can be called. Those that are plainly inside are refused at once; names that lead there are refused
/// when they are called.
pub(crate) fn check_url(url: &str, reach: Reach) -> Result<Uri, String> {
    let whole = url.parse::<Uri>().ok().filter(|_| url.len() <= MAX_URL);
    let Some(uri) = whole.filter(|uri| matches!(uri.scheme_str(), Some("http" | "https"))) else {
        return Err("an address begins with `https://` or `http://`".to_owned());
    };
    let host = uri.host().unwrap_or_default();
    if host.is_empty() || uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err("an address has a host, and no user name".to_owned());
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let inside = match bare.parse::<IpAddr>() {
        Ok(address) => !reach.allows(address),
        Err(_) => {
            let name = bare.trim_end_matches('.').to_ascii_lowercase();
            reach == Reach::PublicOnly && (name == "localhost" || name.ends_with(".localhost"))
        }
    };
    if inside { Err(format!("`{host}` is not a public address")) } else { Ok(uri) }
}
