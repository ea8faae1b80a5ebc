//! Time: milliseconds since the Unix epoch, from a clock that tests can turn by hand.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    str::FromStr,
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, Instant},
};

/// A moment, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Wraps milliseconds since the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The moment `duration` later.
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The moment `duration` earlier.
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero when it is not after.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Reads RFC 3339 (`2026-11-21T02:44:05Z`) or the date of an HTTP header (`Sat, 21 Nov 2026 02:44:05 GMT`).
    pub fn parse(text: &str) -> Option<Self> {
        let rfc_3339 = text.parse::<jiff::Timestamp>().ok();
        let moment =
            rfc_3339.or_else(|| jiff::fmt::rfc2822::parse(text).ok().map(|zoned| zoned.timestamp()))?;
        Some(Self(moment.as_millisecond()))
    }

    /// The calendar day in UTC, as `2026-11-21`.
    pub fn day(self) -> String {
        self.zoned().strftime("%Y-%m-%d").to_string()
    }

    /// What no calendar holds is told as its first or last moment.
    fn zoned(self) -> jiff::Zoned {
        let edge = if self.0 < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(edge).to_zoned(TimeZone::UTC)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with milliseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.zoned().strftime("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}

/// Why a text is not a moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a time (like `2026-11-21T02:44:05Z` or the day `2026-11-21`)")]
pub struct ParseTimestampError {
    text: String,
}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    /// Reads RFC 3339, or a day, which stands for its first moment in UTC.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // jiff also reads a date out of a longer text; here a day is ten characters.
        let day = || text.parse::<jiff::civil::Date>().ok().filter(|_| text.len() == 10);
        let midnight = || day()?.to_zoned(TimeZone::UTC).ok();
        Self::parse(text)
            .or_else(|| midnight().map(|moment| Self(moment.timestamp().as_millisecond())))
            .ok_or_else(|| ParseTimestampError { text: text.to_owned() })
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The wall clock.
    fn now(&self) -> Timestamp;
    /// A clock that never goes back, for measuring.
    fn monotonic(&self) -> Duration;
}

/// The machine's own clock.
#[derive(Debug, Clone)]
pub struct SystemClock {
    started: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { started: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_millisecond())
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }
}

/// A clock that stands still until it is told to move.
#[derive(Debug, Default)]
pub struct ManualClock {
    millis: AtomicI64,
}

impl ManualClock {
    /// A clock that shows `start`.
    pub fn at(start: Timestamp) -> Self {
        Self { millis: AtomicI64::new(start.millis()) }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.millis.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.millis.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.millis.load(Ordering::SeqCst)).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_as_rfc_3339_and_as_its_day() {
        let moment = Timestamp::from_millis(1_795_229_045_006);
        assert_eq!(moment.to_string(), "2026-11-21T02:44:05.006Z");
        assert_eq!(moment.day(), "2026-11-21");
    }

    #[test]
    fn a_moment_beyond_the_calendar_does_not_read_as_1970() {
        assert_eq!(Timestamp::from_millis(i64::MAX).to_string(), "9999-12-30T22:00:00.999Z");
        assert_eq!(Timestamp::from_millis(253_402_207_201_000).day(), "9999-12-30");
        assert!(Timestamp::from_millis(i64::MIN).day().starts_with('-'));
    }

    #[test]
    fn both_usual_ways_to_write_a_moment_are_read() {
        for text in ["2026-11-21T02:44:05Z", "2026-11-21T04:44:05.000+02:00", "Sat, 21 Nov 2026 02:44:05 GMT"]
        {
            assert_eq!(Timestamp::parse(text), Some(Timestamp::from_millis(1_795_229_045_000)), "{text}");
        }
        for text in ["", "soon", "12", "2026-11-21", "2026-13-41T00:00:00Z"] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_moment_is_read_from_rfc_3339_and_from_a_day() {
        for (text, printed) in [
            ("2026-11-21T02:44:05.006Z", "2026-11-21T02:44:05.006Z"),
            ("2026-11-21T03:44:05+01:00", "2026-11-21T02:44:05.000Z"),
            ("2026-11-21", "2026-11-21T00:00:00.000Z"),
        ] {
            assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), printed);
        }
        for text in ["", "today", "2026-13-01", "2026-11-21T02:44:05", "21.11.2026"] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_manual_clock_moves_only_when_told() {
        let clock = ManualClock::at(Timestamp::from_millis(5));
        clock.advance(Duration::from_secs(1));
        assert_eq!(clock.now(), Timestamp::from_millis(1005));
        assert_eq!(clock.now().since(Timestamp::from_millis(2000)), Duration::ZERO);
    }
}
