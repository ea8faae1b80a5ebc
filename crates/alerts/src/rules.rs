//! Which happenings are alerts, how much they matter, and what is the same thing twice: pure.

use crate::{
    config::Settings,
    model::{Kind, News, Severity},
};
use base::Money;
use serde_json::{Map, Value, json};

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// The spending of a budget passed a mark.
    Budget(Passed),
    /// It was looked at how a provider's models are doing.
    Provider {
        /// The provider.
        provider: String,
        /// Its models that cannot be reached.
        down: Vec<String>,
        /// How many of its models were ever called.
        called: usize,
        /// What the last of them failed with.
        error: Option<String>,
    },
    /// It was looked at whether a provider's quota is used up.
    Quota {
        /// The provider.
        provider: String,
        /// Its models that say so; none where it is not.
        models: Vec<String>,
        /// What the last of them said.
        error: Option<String>,
    },
    /// A provider stopped doing what is expected of it, or does so again.
    Sla {
        /// The provider.
        provider: String,
        /// `uptime` or `p95`.
        target: String,
        /// Whether it is met.
        met: bool,
        /// The whole of it in a sentence.
        message: String,
    },
    /// A day stands out.
    Anomaly {
        /// The day, `2026-11-21`.
        day: String,
        /// Whether the day is over.
        over: bool,
        /// What was spent on it.
        spent: Money,
        /// What was to be expected.
        expected: Money,
        /// What is ordinary ends here.
        ordinary: Money,
    },
}

/// A budget whose spending passed a mark.
#[derive(Debug, Clone, PartialEq)]
pub struct Passed {
    /// The budget's id.
    pub budget: String,
    /// Its name for people.
    pub label: String,
    /// Its period: `day`, `month` and so on.
    pub period: String,
    /// What tells this window of the period from others, such as its end.
    pub window: String,
    /// The mark.
    pub mark: BudgetMark,
    /// What was spent.
    pub spent: Money,
    /// The limit.
    pub limit: Money,
}

/// A mark of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetMark {
    /// So much of a hundred.
    Percent(u8),
    /// The soft limit.
    Soft,
    /// The limit.
    Exceeded,
    /// The emergency limit.
    Emergency,
}

/// What a happening comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Somebody should know.
    Tell(News),
    /// The thing of this key is over.
    Over(String),
    /// Nothing.
    Nothing,
}

/// Says what a happening comes to.
pub fn judge(happening: &Happening, settings: &Settings) -> Verdict {
    let verdict = match happening {
        Happening::Budget(Passed { mark: BudgetMark::Percent(percent), .. })
            if !settings.thresholds.contains(percent) =>
        {
            Verdict::Nothing
        }
        Happening::Budget(passed) => Verdict::Tell(budget(passed)),
        Happening::Provider { provider, down, called, error } => {
            provider_down(provider, down, *called, error.as_deref())
        }
        Happening::Quota { provider, models, error } => quota(provider, models, error.as_deref()),
        Happening::Sla { provider, target, met, message } => sla(provider, target, *met, message),
        Happening::Anomaly { day, over, spent, expected, ordinary } => {
            Verdict::Tell(anomaly(day, *over, (*spent, *expected, *ordinary)))
        }
    };
    match &verdict {
        Verdict::Tell(news) if settings.muted.contains(&news.kind) => Verdict::Nothing,
        Verdict::Tell(_) | Verdict::Over(_) | Verdict::Nothing => verdict,
    }
}

fn facts<const N: usize>(facts: [(&str, Value); N]) -> Map<String, Value> {
    facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn budget(passed: &Passed) -> News {
    let Passed { budget, label, period, window, mark, spent, limit } = passed;
    let whole = if period == "total" { "in all".to_owned() } else { format!("this {period}") };
    let used = format!("{spent} of {limit} US dollars are spent {whole}");
    let (name, kind, severity, title, then) = match mark {
        BudgetMark::Percent(percent) => {
            let severity = if *percent >= 90 { Severity::Warning } else { Severity::Info };
            let title = format!("{label}: {percent} % of the budget");
            (format!("percent-{percent}"), Kind::BudgetThreshold, severity, title, "")
        }
        BudgetMark::Soft => (
            "soft".to_owned(),
            Kind::BudgetThreshold,
            Severity::Warning,
            format!("{label}: the soft limit is reached"),
            "",
        ),
        BudgetMark::Exceeded => (
            "exceeded".to_owned(),
            Kind::BudgetExceeded,
            Severity::Critical,
            format!("{label}: the budget is used up"),
            "; raise it on the page Money, or wait for the next period",
        ),
        BudgetMark::Emergency => (
            "emergency".to_owned(),
            Kind::BudgetExceeded,
            Severity::Critical,
            format!("{label}: the emergency limit is reached"),
            "; nothing more is let through",
        ),
    };
    News {
        kind,
        severity,
        key: format!("budget:{budget}:{name}:{window}"),
        title,
        message: format!("{used}{then}"),
        facts: facts([
            ("budget_id", json!(budget)),
            ("label", json!(label)),
            ("period", json!(period)),
            ("mark", json!(name)),
            ("spent_usd", json!(spent.to_string())),
            ("limit_usd", json!(limit.to_string())),
        ]),
    }
}

fn provider_down(provider: &str, down: &[String], called: usize, error: Option<&str>) -> Verdict {
    let key = format!("down:{provider}");
    if down.is_empty() {
        return Verdict::Over(key);
    }
    let all = down.len() >= called;
    let (severity, title) = if all {
        (Severity::Critical, format!("{provider} cannot be reached"))
    } else {
        (Severity::Warning, format!("{} of {called} models of {provider} cannot be reached", down.len()))
    };
    let because = error.map(|error| format!("; the last failure was: {error}")).unwrap_or_default();
    Verdict::Tell(News {
        kind: Kind::ProviderDown,
        severity,
        key,
        title,
        message: format!("{} failed again and again and is left alone for a while{because}", down.join(", ")),
        facts: facts([
            ("provider", json!(provider)),
            ("deployments", json!(down)),
            ("called", json!(called)),
            ("error", json!(error)),
        ]),
    })
}

fn quota(provider: &str, models: &[String], error: Option<&str>) -> Verdict {
    let key = format!("quota:{provider}");
    if models.is_empty() {
        return Verdict::Over(key);
    }
    let because = error.map(|error| format!(": {error}")).unwrap_or_default();
    Verdict::Tell(News {
        kind: Kind::Quota,
        severity: Severity::Critical,
        key,
        title: format!("the quota with {provider} is used up"),
        message: format!("{} says so{because}; add credit there, or use another provider", models.join(", ")),
        facts: facts([
            ("provider", json!(provider)),
            ("deployments", json!(models)),
            ("error", json!(error)),
        ]),
    })
}

fn sla(provider: &str, target: &str, met: bool, message: &str) -> Verdict {
    let key = format!("sla:{provider}:{target}");
    if met {
        return Verdict::Over(key);
    }
    Verdict::Tell(News {
        kind: Kind::SlaBreach,
        severity: Severity::Warning,
        key,
        title: format!("{provider} does not do what is expected of it"),
        message: message.to_owned(),
        facts: facts([("provider", json!(provider)), ("target", json!(target))]),
    })
}

fn anomaly(day: &str, over: bool, (spent, expected, ordinary): (Money, Money, Money)) -> News {
    let so_far = if over { "" } else { " so far" };
    News {
        kind: Kind::Anomaly,
        severity: Severity::Warning,
        key: format!("anomaly:{day}"),
        title: format!("spend on {day} stands out"),
        message: format!(
            "{spent} US dollars{so_far}; about {expected} were to be expected, and up to {ordinary} would be ordinary"
        ),
        facts: facts([
            ("day", json!(day)),
            ("over", json!(over)),
            ("spent_usd", json!(spent.to_string())),
            ("expected_usd", json!(expected.to_string())),
            ("ordinary_up_to_usd", json!(ordinary.to_string())),
        ]),
    }
}
