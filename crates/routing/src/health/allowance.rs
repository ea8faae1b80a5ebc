//! What is left of a provider's own limits, as its headers say.

use crate::limit::WindowState;
use llm::RateLimits;
use std::time::Duration;

/// How long what a provider's headers say is believed where they do not say until when.
const HEADERS_HOLD: Duration = Duration::from_secs(60);

/// What the provider's headers say is left.
#[derive(Debug, Default)]
pub(super) struct Allowance {
    requests: Quota,
    tokens: Quota,
}

/// One of the provider's limits.
#[derive(Debug, Default)]
struct Quota {
    remaining: u64,
    /// What the provider calls its limit, or the most that ever was left.
    limit: u64,
    /// When it is whole again.
    until: Duration,
}

impl Allowance {
    /// Takes note of what a reply's headers say. Returns how long to wait where nothing is left.
    pub(super) fn heed(&mut self, limits: &RateLimits, now: Duration) -> Option<Duration> {
        if *limits == RateLimits::default() {
            return None;
        }
        let requests = (limits.remaining_requests, limits.limit_requests, limits.reset_requests);
        let tokens = (limits.remaining_tokens, limits.limit_tokens, limits.reset_tokens);
        self.requests.heed(requests, now).max(self.tokens.heed(tokens, now))
    }

    /// What is left of requests and of tokens.
    pub(super) fn states(&self, now: Duration) -> [Option<WindowState>; 2] {
        [&self.requests, &self.tokens].map(|quota| quota.state(now))
    }

    /// The share that is left of the scarcer one; 1 where none is known.
    pub(super) fn headroom(&self, now: Duration) -> f64 {
        self.requests.headroom(now).min(self.tokens.headroom(now))
    }
}

impl Quota {
    /// Returns how long to wait where nothing is left.
    fn heed(
        &mut self,
        (remaining, limit, reset): (Option<u64>, Option<u64>, Option<Duration>),
        now: Duration,
    ) -> Option<Duration> {
        let remaining = remaining?;
        self.remaining = remaining;
        self.limit = limit.unwrap_or(self.limit.max(remaining));
        self.until = now + reset.unwrap_or(HEADERS_HOLD);
        reset.filter(|_| remaining == 0)
    }

    /// What is left; `None` where nothing is known (any more).
    fn state(&self, now: Duration) -> Option<WindowState> {
        let Self { remaining, limit, until } = *self;
        let known = limit > 0 && until > now;
        known.then(|| WindowState { limit, remaining, reset_in: until.saturating_sub(now) })
    }

    fn headroom(&self, now: Duration) -> f64 {
        self.state(now).map_or(1.0, |state| (state.remaining as f64 / state.limit as f64).min(1.0))
    }
}
