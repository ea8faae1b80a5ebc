//! Requests a minute in an exact sliding window: every request counts for sixty seconds, no more, no less.

use http::{HeaderMap, HeaderName, HeaderValue};
use parking_lot::{Mutex, MutexGuard};
use std::{collections::VecDeque, time::Duration};

const WINDOW: Duration = Duration::from_secs(60);

/// The state of a rate limit after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateState {
    /// Requests allowed in any sixty seconds.
    pub limit: u32,
    /// How many of them are left now.
    pub remaining: u32,
    /// Until one more is free.
    pub reset_in: Duration,
}

impl RateState {
    /// Adds `x-ratelimit-limit-requests`, `-remaining-requests` and `-reset-requests`, as OpenAI writes them.
    pub(crate) fn write_headers(&self, headers: &mut HeaderMap) {
        let mut insert = |name: &'static str, value: HeaderValue| {
            headers.insert(HeaderName::from_static(name), value);
        };
        insert("x-ratelimit-limit-requests", HeaderValue::from(self.limit));
        insert("x-ratelimit-remaining-requests", HeaderValue::from(self.remaining));
        let reset = format!("{}ms", self.reset_in.as_millis());
        if let Ok(reset) = HeaderValue::try_from(reset) {
            insert("x-ratelimit-reset-requests", reset);
        }
    }
}

/// The times of the last minute's requests.
#[derive(Debug)]
pub(crate) struct RateWindow {
    limit: u32,
    taken: Mutex<VecDeque<Duration>>,
}

impl RateWindow {
    pub(crate) fn new(limit: u32) -> Self {
        Self { limit, taken: Mutex::default() }
    }

    /// Counts a request at `now`, or refuses it, which is not counted.
    pub(crate) fn take(&self, now: Duration) -> Result<RateState, RateState> {
        let mut taken = self.current(now);
        let allowed = taken.len() < self.limit as usize;
        if allowed {
            taken.push_back(now);
        }
        let state = self.state(&taken, now);
        if allowed { Ok(state) } else { Err(state) }
    }

    /// The state in which a request at `now` would be refused, if it would; counts nothing.
    pub(crate) fn refuses(&self, now: Duration) -> Option<RateState> {
        let taken = self.current(now);
        (taken.len() >= self.limit as usize).then(|| self.state(&taken, now))
    }

    fn current(&self, now: Duration) -> MutexGuard<'_, VecDeque<Duration>> {
        let mut taken = self.taken.lock();
        while taken.front().is_some_and(|at| now.saturating_sub(*at) >= WINDOW) {
            taken.pop_front();
        }
        taken
    }

    fn state(&self, taken: &VecDeque<Duration>, now: Duration) -> RateState {
        let oldest = taken.front().copied().unwrap_or(now);
        RateState {
            limit: self.limit,
            remaining: self.limit.saturating_sub(u32::try_from(taken.len()).unwrap_or(u32::MAX)),
            reset_in: (oldest + WINDOW).saturating_sub(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_limit_is_met_exactly_and_the_headers_say_so() {
        let window = RateWindow::new(2);
        let at = Duration::from_secs;
        assert_eq!(window.take(at(0)).unwrap().remaining, 1);
        assert_eq!(window.take(at(20)).unwrap().remaining, 0);
        let refused = window.take(at(59)).unwrap_err();
        assert_eq!(refused, RateState { limit: 2, remaining: 0, reset_in: at(1) });
        let mut headers = HeaderMap::new();
        refused.write_headers(&mut headers);
        assert_eq!(headers.get("x-ratelimit-limit-requests").unwrap(), "2");
        assert_eq!(headers.get("x-ratelimit-reset-requests").unwrap(), "1000ms");
        assert!(window.take(at(60)).is_ok(), "the first one's minute is over");
        assert!(window.take(at(61)).is_err());
    }

    proptest! {
        #[test]
        fn no_minute_ever_has_more_and_none_is_refused_for_nothing(
            limit in 1_u32..8, gaps in prop::collection::vec(0_u64..30_000, 1..60),
        ) {
            let window = RateWindow::new(limit);
            let mut now = Duration::ZERO;
            let mut accepted: Vec<Duration> = Vec::new();
            for gap in gaps {
                now += Duration::from_millis(gap);
                let in_window = accepted.iter().filter(|at| now - **at < WINDOW).count();
                let allowed = window.take(now).is_ok();
                prop_assert_eq!(allowed, in_window < limit as usize);
                if allowed { accepted.push(now); }
            }
        }
    }
}
