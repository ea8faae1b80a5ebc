//! What somebody should know, and who is told.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Alerts, the latest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AlertList {
    /// The alerts.
    pub alerts: Vec<Alert>,
    /// How many nobody has acknowledged, in all.
    pub unseen: u64,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// Something that somebody should know. The same thing happening again counts up instead of being told again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Alert {
    /// Its id.
    pub id: String,
    /// `budget_threshold`, `budget_exceeded`, `quota`, `anomaly`, `provider_down` or `sla_breach`.
    pub kind: String,
    /// `info`, `warning` or `critical`.
    pub severity: String,
    /// In a few words.
    pub title: String,
    /// In a sentence or two.
    pub message: String,
    /// The figures.
    pub facts: Map<String, Value>,
    /// How often it happened.
    pub occurrences: u64,
    /// When first.
    pub first_at: String,
    /// When last.
    pub last_at: String,
    /// When it was over, for what can be over.
    pub resolved_at: Option<String>,
    /// When somebody said that they have seen it.
    pub acknowledged_at: Option<String>,
    /// Who was told.
    pub deliveries: Vec<AlertDelivery>,
}

/// What became of telling a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlertDelivery {
    /// The `webhook-id` that the other side sees.
    pub id: String,
    /// The webhook's name.
    pub webhook: String,
    /// `waiting`, `delivered` or `failed`.
    pub state: String,
    /// How often it was tried.
    pub attempts: u64,
    /// Why it failed last.
    pub error: Option<String>,
    /// When it changed last.
    pub at: String,
}

/// What alerts go by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlertSettings {
    /// At which shares of a budget somebody is told, in percent: some of 80, 90 and 95.
    pub thresholds: Vec<u8>,
    /// Kinds that nobody wants to hear of.
    pub muted: Vec<String>,
    /// Until then webhooks are sent only what is critical.
    pub quiet_until: Option<String>,
    /// Who is told.
    pub webhooks: Vec<AlertWebhook>,
}

/// Changes what alerts go by; webhooks have addresses of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutAlertSettings {
    /// At which shares of a budget somebody is told, in percent: some of 80, 90 and 95.
    pub thresholds: Vec<u8>,
    /// Kinds that nobody wants to hear of.
    #[serde(default)]
    pub muted: Vec<String>,
    /// Until then webhooks are sent only what is critical, `2026-11-21T18:00:00Z`.
    #[serde(default)]
    pub quiet_until: Option<String>,
}

/// Somebody who is told, by a signed message over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlertWebhook {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Where it is sent to.
    pub url: String,
    /// Only alerts that matter at least so much: `info`, `warning` or `critical`.
    pub least: String,
    /// Whether it is used.
    pub enabled: bool,
    /// Where it was made: `file` or `page`. One of the file cannot be changed here.
    pub source: String,
}

/// A webhook to be made. Its address must be on the public internet; others belong into the configuration file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateWebhook {
    /// What it is called.
    pub name: String,
    /// Where it is sent to.
    pub url: String,
    /// Only alerts that matter at least so much; `info` if not said.
    #[serde(default)]
    pub least: Option<String>,
}

/// What is to change of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UpdateWebhook {
    /// What it is called.
    pub name: Option<String>,
    /// Only alerts that matter at least so much.
    pub least: Option<String>,
    /// Whether it is used.
    pub enabled: Option<bool>,
}

/// A webhook that was just made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CreatedWebhook {
    /// The webhook.
    pub webhook: AlertWebhook,
    /// What its messages are signed with. It is shown this once.
    pub secret: String,
}

/// What became of a test message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebhookTest {
    /// Whether it arrived.
    pub ok: bool,
    /// What the other side said, or why it did not arrive.
    pub message: String,
}
