//! An alert, what it is about, and what became of telling others.

use base::{Id, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// What an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Spending nears a limit.
    BudgetThreshold,
    /// Spending has reached a limit.
    BudgetExceeded,
    /// A provider's own quota is used up.
    Quota,
    /// A day that stands out.
    Anomaly,
    /// A provider, or some of its models, cannot be reached.
    ProviderDown,
    /// A provider does not do what is expected of it.
    SlaBreach,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::BudgetThreshold,
        Self::BudgetExceeded,
        Self::Quota,
        Self::Anomaly,
        Self::ProviderDown,
        Self::SlaBreach,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BudgetThreshold => "budget_threshold",
            Self::BudgetExceeded => "budget_exceeded",
            Self::Quota => "quota",
            Self::Anomaly => "anomaly",
            Self::ProviderDown => "provider_down",
            Self::SlaBreach => "sla_breach",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    #[default]
    Info,
    /// Somebody should look at it.
    Warning,
    /// Something does not work, or money is running.
    Critical,
}

impl Severity {
    /// Every severity, the least first.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Critical];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    /// The severity of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == name)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that somebody should know, before it is an entry of the history.
#[derive(Debug, Clone, PartialEq)]
pub struct News {
    /// What it is about.
    pub kind: Kind,
    /// How much it matters.
    pub severity: Severity,
    /// What is the same thing: happening again, it counts up instead of being told again.
    pub key: String,
    /// In a few words.
    pub title: String,
    /// In a sentence or two, with what to do.
    pub message: String,
    /// The figures.
    pub facts: Map<String, Value>,
}

/// An entry of the history.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Its id; ids sort by time.
    pub id: Id,
    /// What it says.
    pub news: News,
    /// How often it happened.
    pub occurrences: u64,
    /// When first.
    pub first_at: Timestamp,
    /// When last.
    pub last_at: Timestamp,
    /// When it was over, for what can be over.
    pub resolved_at: Option<Timestamp>,
    /// When somebody said that they have seen it.
    pub acknowledged_at: Option<Timestamp>,
    /// Who was told.
    pub deliveries: Vec<Delivery>,
}

/// What became of telling somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id: the `webhook-id` that the other side sees.
    pub id: Id,
    /// The webhook's id.
    pub webhook: String,
    /// The webhook's name at the time.
    pub name: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u64,
    /// Why it failed last.
    pub error: Option<String>,
    /// When it changed last.
    pub updated_at: Timestamp,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// It will be tried, or tried again.
    Waiting,
    /// The other side has it.
    Delivered,
    /// Given up.
    Failed,
}

impl DeliveryState {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Waiting, Self::Delivered, Self::Failed].into_iter().find(|state| state.as_str() == name)
    }
}

/// Which alerts to show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertFilter {
    /// Only those that nobody has acknowledged.
    pub unseen: bool,
    /// Only those of this kind.
    pub kind: Option<Kind>,
    /// Only those before this one: [`AlertPage::next`] of the page before.
    pub before: Option<Id>,
    /// How many, 1 to 200; 50 where not set.
    pub limit: Option<u32>,
}

/// Alerts, the latest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlertPage {
    /// The alerts.
    pub alerts: Vec<Alert>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<Id>,
    /// How many nobody has acknowledged, in all.
    pub unseen: u64,
}
