//! How often a budget starts anew, and the windows of time that this makes.

use crate::zone::Zone;
use base::Timestamp;
use jiff::{ToSpan, Zoned, civil::Weekday};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

const HOUR_MS: i64 = 3_600_000;

/// How often a budget starts anew: periods of the calendar in the budget's time zone.
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

/// A stretch of time: from its start up to but not including its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its first moment; the epoch for [`Period::Total`].
    pub start: Timestamp,
    /// The first moment of the next one; `None` for [`Period::Total`].
    pub end: Option<Timestamp>,
}

impl Window {
    /// Whether this moment lies in it.
    pub fn contains(&self, moment: Timestamp) -> bool {
        moment >= self.start && self.end.is_none_or(|end| moment < end)
    }
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

    /// The window that `now` lies in. Days begin when the calendar's do, be it that the clock is turned at midnight;
    /// hours are sixty minutes, whatever is done to the clock.
    pub fn window(self, now: Timestamp, zone: Zone) -> Window {
        let local = local(now, zone);
        let days = |first: Zoned, span: jiff::Span| {
            let first = first.start_of_day();
            let next = first.as_ref().ok().and_then(|first| first.checked_add(span).ok());
            match (first, next.and_then(|next| next.start_of_day().ok())) {
                (Ok(first), Some(next)) => Window { start: moment(&first), end: Some(moment(&next)) },
                // Only at the end of all time.
                _ => Window { start: now, end: None },
            }
        };
        match self {
            Self::Total => Window { start: Timestamp::from_millis(0), end: None },
            Self::Hour => {
                let ahead_ms = i64::from(local.offset().seconds()) * 1_000;
                let start = (now.millis() + ahead_ms).div_euclid(HOUR_MS) * HOUR_MS - ahead_ms;
                Window {
                    start: Timestamp::from_millis(start),
                    end: Some(Timestamp::from_millis(start + HOUR_MS)),
                }
            }
            Self::Day => days(local, 1.day()),
            Self::Week => {
                let since_monday = i64::from(local.weekday().since(Weekday::Monday));
                let monday = local.checked_sub(since_monday.days()).unwrap_or(local);
                days(monday, 1.week())
            }
            Self::Month => {
                let first = local.first_of_month().unwrap_or(local);
                days(first, 1.month())
            }
        }
    }

    /// The windows that are over, the latest first; none for [`Self::Total`].
    pub fn earlier(self, now: Timestamp, zone: Zone) -> impl Iterator<Item = Window> {
        let mut next = self.window(now, zone);
        std::iter::from_fn(move || {
            next.end?;
            next = self.window(Timestamp::from_millis(next.start.millis() - 1), zone);
            Some(next)
        })
    }
}

fn local(now: Timestamp, zone: Zone) -> Zoned {
    jiff::Timestamp::from_millisecond(now.millis()).unwrap_or_default().to_zoned(zone.rules().clone())
}

fn moment(zoned: &Zoned) -> Timestamp {
    Timestamp::from_millis(zoned.timestamp().as_millisecond())
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(period: Period, now: &str, zone: &str) -> (String, Option<String>) {
        let window = period.window(Timestamp::parse(now).unwrap(), zone.parse().unwrap());
        (window.start.to_string(), window.end.map(|end| end.to_string()))
    }

    #[test]
    fn windows_follow_the_calendar_of_their_zone() {
        let cases = [
            // A Saturday.
            (Period::Hour, "2026-11-21T02:44:05Z", "UTC", "2026-11-21T02:00", "2026-11-21T03:00"),
            (Period::Day, "2026-11-21T02:44:05Z", "UTC", "2026-11-21T00:00", "2026-11-22T00:00"),
            (Period::Week, "2026-11-21T02:44:05Z", "UTC", "2026-11-16T00:00", "2026-11-23T00:00"),
            (Period::Month, "2026-11-21T02:44:05Z", "UTC", "2026-11-01T00:00", "2026-12-01T00:00"),
            // Half an hour off the full hours of others, and already tomorrow.
            (Period::Hour, "2026-11-21T02:44:05Z", "Asia/Kolkata", "2026-11-21T02:30", "2026-11-21T03:30"),
            (Period::Day, "2026-11-21T20:00:00Z", "Asia/Kolkata", "2026-11-21T18:30", "2026-11-22T18:30"),
            // The day that summer time ends in has 25 hours, the one that it begins in 23.
            (Period::Day, "2026-10-25T12:00:00Z", "Europe/Berlin", "2026-10-24T22:00", "2026-10-25T23:00"),
            (Period::Day, "2026-03-29T12:00:00Z", "Europe/Berlin", "2026-03-28T23:00", "2026-03-29T22:00"),
            (Period::Month, "2026-10-31T23:30:00Z", "Europe/Berlin", "2026-10-31T23:00", "2026-11-30T23:00"),
            (
                Period::Week,
                "2026-11-23T04:00:00Z",
                "America/New_York",
                "2026-11-16T05:00",
                "2026-11-23T05:00",
            ),
            // Where the clock is put forward at midnight, the day begins at one.
            (
                Period::Day,
                "2018-11-04T12:00:00Z",
                "America/Sao_Paulo",
                "2018-11-04T03:00",
                "2018-11-05T02:00",
            ),
            // February of a leap year, and the end of a year.
            (Period::Month, "2028-02-29T12:00:00Z", "UTC", "2028-02-01T00:00", "2028-03-01T00:00"),
            (Period::Month, "2026-12-31T23:59:59Z", "UTC", "2026-12-01T00:00", "2027-01-01T00:00"),
            (Period::Week, "2027-01-01T00:00:00Z", "UTC", "2026-12-28T00:00", "2027-01-04T00:00"),
        ];
        for (period, now, zone, start, end) in cases {
            let expected = (format!("{start}:00.000Z"), Some(format!("{end}:00.000Z")));
            assert_eq!(shown(period, now, zone), expected, "{period} {now} {zone}");
        }
        assert_eq!(
            shown(Period::Total, "2026-11-21T02:44:05Z", "UTC"),
            ("1970-01-01T00:00:00.000Z".into(), None)
        );
    }

    #[test]
    fn earlier_windows_end_where_the_next_begins() {
        let now = Timestamp::parse("2026-11-21T02:44:05Z").unwrap();
        let months: Vec<String> =
            Period::Month.earlier(now, Zone::UTC).take(3).map(|window| window.start.day()).collect();
        assert_eq!(months, ["2026-10-01", "2026-09-01", "2026-08-01"]);
        assert_eq!(Period::Total.earlier(now, Zone::UTC).count(), 0);
    }

    proptest! {
        /// Whatever the moment and the zone: it lies in its window, and every moment of the window finds the same.
        #[test]
        fn windows_cover_time_without_gaps_or_overlaps(
            millis in 0_i64..4_102_444_800_000,
            zone in prop::sample::select(vec![
                "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Apia",
                "America/Sao_Paulo", "Africa/Casablanca", "Australia/Adelaide"]),
            period in prop::sample::select(vec![Period::Hour, Period::Day, Period::Week, Period::Month]),
        ) {
            let zone: Zone = zone.parse().unwrap();
            let window = period.window(Timestamp::from_millis(millis), zone);
            let (start, end) = (window.start.millis(), window.end.unwrap().millis());
            prop_assert!(start <= millis && millis < end);
            for inside in [start, start + (end - start) / 2, end - 1] {
                prop_assert_eq!(period.window(Timestamp::from_millis(inside), zone), window);
            }
            let next = period.window(Timestamp::from_millis(end), zone);
            prop_assert_eq!(next.start.millis(), end);
        }
    }
}
