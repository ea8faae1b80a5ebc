//! A limit on money, the time it counts for, and what happens near it.

use crate::{period::Period, zone::Zone};
use base::Money;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::{fmt, str::FromStr};

/// Where [`Action::Throttle`] and [`Action::Degrade`] begin, and people are told, where a budget does not say.
pub const USUAL_SOFT_PERCENT: u8 = 80;
const MOST_EMERGENCY_PERCENT: u16 = 1_000;

/// The most that may be spent in a period, written `{ limit_usd = "1.50", per = "day" }`.
///
/// It has three marks. At the **soft** one people are told, and throttling or degrading begins. At the **limit**
/// itself nothing more is let through, except by [`Action::Warn`]. An **emergency** mark above the limit moves that
/// wall: for warning, throttling and degrading, calls are let through up to there and no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// The limit in US dollars.
    #[serde(rename = "limit_usd", serialize_with = "write_usd", deserialize_with = "read_usd")]
    pub limit: Money,
    /// The period it counts for.
    #[serde(rename = "per", default)]
    pub period: Period,
    /// Where its days begin.
    #[serde(default, rename = "time_zone", skip_serializing_if = "is_default")]
    pub zone: Zone,
    /// The soft mark, in percent of the limit.
    #[serde(default = "usual_soft", skip_serializing_if = "is_usual_soft")]
    pub soft_percent: u8,
    /// The emergency mark, in percent of the limit and above it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub emergency_percent: Option<u16>,
    /// What happens near the limit.
    #[serde(default, skip_serializing_if = "is_default")]
    pub action: Action,
}

/// What happens near a budget's limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Calls that could go past the limit are refused.
    #[default]
    Reject,
    /// Nothing but telling people, up to the emergency mark if there is one.
    Warn,
    /// From the soft mark on, what is left is handed out evenly over the rest of the window.
    Throttle,
    /// From the soft mark on, calls go to the cheapest of their deployments and may answer less at length.
    Degrade,
}

impl Action {
    /// Every action, for help texts and errors.
    pub const ALL: [Self; 4] = [Self::Reject, Self::Warn, Self::Throttle, Self::Degrade];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::Warn => "warn",
            Self::Throttle => "throttle",
            Self::Degrade => "degrade",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a text is not an action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an action (one of reject, warn, throttle, degrade)")]
pub struct ParseActionError {
    text: String,
}

impl FromStr for Action {
    type Err = ParseActionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|action| action.as_str() == text)
            .ok_or_else(|| ParseActionError { text: text.to_owned() })
    }
}

/// Why a budget cannot be like this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBudget {
    /// The limit is negative.
    #[error("the budget `{0}` is below zero")]
    BelowZero(Money),
    /// The soft mark is out of range.
    #[error("`soft_percent` must be 1 to 100, not `{0}`")]
    Soft(u8),
    /// The emergency mark is out of range.
    #[error("`emergency_percent` must be 101 to {MOST_EMERGENCY_PERCENT}, not `{0}`")]
    Emergency(u16),
    /// There is an emergency mark where nothing goes past the limit.
    #[error(
        "`emergency_percent` is for `warn`, `throttle` and `degrade`; with `reject` nothing goes past the limit"
    )]
    EmergencyOfReject,
}

impl Budget {
    /// A budget in UTC that refuses what could go past it.
    pub const fn new(limit: Money, period: Period) -> Self {
        Self {
            limit,
            period,
            zone: Zone::UTC,
            soft_percent: USUAL_SOFT_PERCENT,
            emergency_percent: None,
            action: Action::Reject,
        }
    }

    /// The same with another limit and period.
    #[must_use]
    pub const fn with(self, limit: Money, period: Period) -> Self {
        Self { limit, period, ..self }
    }

    /// Whether it can be like this.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), InvalidBudget> {
        if self.limit < Money::ZERO {
            return Err(InvalidBudget::BelowZero(self.limit));
        }
        if !(1..=100).contains(&self.soft_percent) {
            return Err(InvalidBudget::Soft(self.soft_percent));
        }
        match self.emergency_percent {
            Some(percent) if !(101..=MOST_EMERGENCY_PERCENT).contains(&percent) => {
                Err(InvalidBudget::Emergency(percent))
            }
            Some(_) if self.action == Action::Reject => Err(InvalidBudget::EmergencyOfReject),
            Some(_) | None => Ok(()),
        }
    }

    /// Its soft mark.
    pub fn soft(&self) -> Money {
        self.share(u16::from(self.soft_percent))
    }

    /// Its emergency mark, if it has one.
    pub fn emergency(&self) -> Option<Money> {
        self.emergency_percent.map(|percent| self.share(percent))
    }

    /// What is never gone past; `None` where it only warns.
    pub fn wall(&self) -> Option<Money> {
        match self.action {
            Action::Reject => Some(self.limit),
            Action::Warn => self.emergency(),
            Action::Throttle | Action::Degrade => Some(self.emergency().unwrap_or(self.limit)),
        }
    }

    /// Whether it ever refuses anything.
    pub fn binds(&self) -> bool {
        self.wall().is_some()
    }

    /// So many percent of the limit, rounded down.
    pub fn share(&self, percent: u16) -> Money {
        let nanos = i128::from(self.limit.nanos()) * i128::from(percent) / 100;
        Money::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
    }
}

fn usual_soft() -> u8 {
    USUAL_SOFT_PERCENT
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_usual_soft(percent: &u8) -> bool {
    *percent == USUAL_SOFT_PERCENT
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn write_usd<S: Serializer>(money: &Money, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(money)
}

/// Reads `"1.50"`, and `1` or `1.5` for those who leave the quotes out: a float's shortest decimal form
/// is what was typed.
fn read_usd<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Usd {
        Text(String),
        Number(f64),
    }
    let text = match Usd::deserialize(deserializer)? {
        Usd::Text(text) => text,
        Usd::Number(number) => number.to_string(),
    };
    let money: Money = text.parse().map_err(D::Error::custom)?;
    if money < Money::ZERO {
        return Err(D::Error::custom(format!("`{text}` is below zero")));
    }
    Ok(money)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_read_exactly_with_and_without_quotes() {
        let read = |json: &str| serde_json::from_str::<Budget>(json);
        let budget = read(r#"{"limit_usd": "0.000000001", "per": "week"}"#).unwrap();
        assert_eq!(budget, Budget::new(Money::from_nanos(1), Period::Week));
        assert_eq!(read(r#"{"limit_usd": 0.1}"#).unwrap().limit, Money::from_nanos(100_000_000));
        assert_eq!(serde_json::to_string(&budget).unwrap(), r#"{"limit_usd":"0.000000001","per":"week"}"#);
        assert!(read(r#"{"limit_usd": -1}"#).unwrap_err().to_string().contains("below zero"));
        assert!(read(r#"{"limit_usd": "much"}"#).is_err());
        let all = r#"{"limit_usd": "100", "per": "month", "time_zone": "Europe/Berlin", "soft_percent": 70,
            "emergency_percent": 120, "action": "degrade"}"#;
        let all = read(all).unwrap();
        assert_eq!((all.zone.name(), all.action, all.soft_percent), ("Europe/Berlin", Action::Degrade, 70));
        assert_eq!(serde_json::from_str::<Budget>(&serde_json::to_string(&all).unwrap()).unwrap(), all);
        let error = read(r#"{"limit_usd": 1, "time_zone": "Mars/Olympus"}"#).unwrap_err().to_string();
        assert!(error.contains("`Mars/Olympus` is not a time zone"), "{error}");
    }

    #[test]
    fn the_wall_is_the_limit_unless_an_emergency_mark_moves_it() {
        let budget = Budget::new(Money::from_nanos(1_000), Period::Day);
        let with = |action, emergency_percent| Budget { action, emergency_percent, ..budget };
        for (action, emergency, wall) in [
            (Action::Reject, None, Some(1_000)),
            (Action::Warn, None, None),
            (Action::Warn, Some(150), Some(1_500)),
            (Action::Throttle, None, Some(1_000)),
            (Action::Degrade, Some(101), Some(1_010)),
        ] {
            let budget = with(action, emergency);
            assert_eq!(budget.wall().map(Money::nanos), wall, "{budget:?}");
            assert_eq!(budget.check(), Ok(()));
        }
        assert_eq!(with(Action::Reject, Some(120)).check(), Err(InvalidBudget::EmergencyOfReject));
        assert_eq!(with(Action::Warn, Some(100)).check(), Err(InvalidBudget::Emergency(100)));
        assert_eq!(Budget { soft_percent: 0, ..budget }.check(), Err(InvalidBudget::Soft(0)));
        let most =
            Budget { limit: Money::MAX, emergency_percent: Some(1_000), action: Action::Warn, ..budget };
        assert_eq!(most.wall(), Some(Money::MAX), "nothing wraps around");
    }
}
