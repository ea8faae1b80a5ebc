//! A limit on money and the windows of time it counts in.

use base::{Money, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::{fmt, str::FromStr, time::Duration};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
/// 1970-01-01 was a Thursday, so the first Monday came four days later.
const FIRST_MONDAY_MS: i64 = 4 * 86_400_000;

/// The most that may be spent in a period, written `{ limit_usd = "1.50", per = "day" }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// The limit in US dollars.
    #[serde(rename = "limit_usd", serialize_with = "write_usd", deserialize_with = "read_usd")]
    pub limit: Money,
    /// The period it counts for.
    #[serde(rename = "per", default)]
    pub period: Period,
}

/// How often a budget starts anew; calendar periods in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// Never.
    #[default]
    Total,
    /// At each full hour.
    Hour,
    /// At midnight.
    Day,
    /// On Monday at midnight.
    Week,
    /// On the first of the month at midnight.
    Month,
}

impl Period {
    /// Every period, for help texts and errors.
    pub const ALL: [Self; 5] = [Self::Total, Self::Hour, Self::Day, Self::Week, Self::Month];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// When the period that `now` lies in began; the epoch for [`Self::Total`].
    pub fn start(self, now: Timestamp) -> Timestamp {
        let now_ms = now.millis();
        let start_ms = match self {
            Self::Total => 0,
            Self::Hour => floor_to(now_ms, HOUR),
            Self::Day => floor_to(now_ms, DAY),
            Self::Week => floor_to(now_ms - FIRST_MONDAY_MS, DAY * 7) + FIRST_MONDAY_MS,
            Self::Month => month_start_ms(now),
        };
        Timestamp::from_millis(start_ms)
    }

    /// When the next period begins; `None` for [`Self::Total`].
    pub fn end(self, now: Timestamp) -> Option<Timestamp> {
        let start = self.start(now);
        match self {
            Self::Total => None,
            Self::Hour => Some(start.plus(HOUR)),
            Self::Day => Some(start.plus(DAY)),
            Self::Week => Some(start.plus(DAY * 7)),
            // No month is longer than 31 days, and 32 days never skip a whole one.
            Self::Month => Some(self.start(start.plus(DAY * 32))),
        }
    }
}

fn floor_to(millis: i64, unit: Duration) -> i64 {
    let unit_ms = i64::try_from(unit.as_millis()).unwrap_or(i64::MAX);
    millis.div_euclid(unit_ms) * unit_ms
}

fn month_start_ms(now: Timestamp) -> i64 {
    let day = now.day();
    let day_of_month: i64 = day.rsplit('-').next().and_then(|text| text.parse().ok()).unwrap_or(1);
    floor_to(now.millis(), DAY) - (day_of_month - 1) * 86_400_000
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a text is not a period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a period (one of total, hour, day, week, month)")]
pub struct ParsePeriodError {
    text: String,
}

impl FromStr for Period {
    type Err = ParsePeriodError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|period| period.as_str() == text)
            .ok_or_else(|| ParsePeriodError { text: text.to_owned() })
    }
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

    /// 2026-11-21T02:44:05.006Z, a Saturday.
    const NOW: Timestamp = Timestamp::from_millis(1_795_229_045_006);

    #[test]
    fn windows_are_calendar_windows_in_utc() {
        let cases = [
            (Period::Hour, "2026-11-21T02:00:00.000Z", "2026-11-21T03:00:00.000Z"),
            (Period::Day, "2026-11-21T00:00:00.000Z", "2026-11-22T00:00:00.000Z"),
            (Period::Week, "2026-11-16T00:00:00.000Z", "2026-11-23T00:00:00.000Z"),
            (Period::Month, "2026-11-01T00:00:00.000Z", "2026-12-01T00:00:00.000Z"),
        ];
        for (period, start, end) in cases {
            assert_eq!(period.start(NOW).to_string(), start, "{period}");
            assert_eq!(period.end(NOW).unwrap().to_string(), end, "{period}");
        }
        assert_eq!((Period::Total.start(NOW), Period::Total.end(NOW)), (Timestamp::from_millis(0), None));
    }

    #[test]
    fn february_and_december_end_when_they_do() {
        let at = |day: i64| Timestamp::from_millis(day * 86_400_000);
        // 2028-02-29 and 2026-12-31, as days since the epoch.
        assert_eq!(Period::Month.end(at(21_243)).unwrap().to_string(), "2028-03-01T00:00:00.000Z");
        assert_eq!(Period::Month.end(at(20_818)).unwrap().to_string(), "2027-01-01T00:00:00.000Z");
    }

    #[test]
    fn a_budget_is_read_exactly_with_and_without_quotes() {
        let read = |json: &str| serde_json::from_str::<Budget>(json);
        let budget = read(r#"{"limit_usd": "0.000000001", "per": "week"}"#).unwrap();
        assert_eq!(budget, Budget { limit: Money::from_nanos(1), period: Period::Week });
        assert_eq!(read(r#"{"limit_usd": 0.1}"#).unwrap().limit, Money::from_nanos(100_000_000));
        assert_eq!(serde_json::to_string(&budget).unwrap(), r#"{"limit_usd":"0.000000001","per":"week"}"#);
        assert!(read(r#"{"limit_usd": -1}"#).unwrap_err().to_string().contains("below zero"));
        assert!(read(r#"{"limit_usd": "much"}"#).is_err());
    }
}
