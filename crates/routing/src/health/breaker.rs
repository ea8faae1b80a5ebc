//! The circuit breaker: a deployment that keeps failing is left alone, longer each time, and then probed by
//! one caller at a time.

use super::window::{Number, Window};
use crate::config::BreakerConfig;
use llm::LlmErrorKind;
use std::time::Duration;

/// How long others wait for somebody's probe. A long answer that comes in one piece is no reason to keep
/// everybody out.
const PROBE_TIME: Duration = Duration::from_secs(5);

/// Closed while all is well; open, then half open, after failures.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    /// Left alone until then; still there while nobody has seen it answer again.
    open_until: Option<Duration>,
    /// Since when somebody has been trying whether it works again.
    probing_since: Option<Duration>,
    /// How long it was left alone last.
    rest: Duration,
    /// Outcomes before this one do not count any more.
    counted_from: Number,
    /// What the failure was that opened it.
    cause: Option<LlmErrorKind>,
}

/// A failed call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Failure {
    pub(super) kind: LlmErrorKind,
    /// Whether the call was a probe.
    pub(super) probe: bool,
}

impl Breaker {
    /// How long it is left alone still; `None` where it may be called.
    pub(super) fn wait(&self, now: Duration) -> Option<Duration> {
        let probed_until = self.probing_since.map(|since| since + PROBE_TIME);
        let until = self.open_until.filter(|until| *until > now).or(probed_until)?;
        (until > now).then(|| until.saturating_sub(now))
    }

    /// Whether it was opened and nobody has seen the deployment answer since.
    pub(super) fn is_open(&self) -> bool {
        self.open_until.is_some()
    }

    /// Says whether a call that begins now is a probe.
    pub(super) fn begin_probe(&mut self, now: Duration) -> bool {
        let probe = self.open_until.is_some();
        if probe {
            self.probing_since = Some(now);
        }
        probe
    }

    /// A probe ended without a verdict.
    pub(super) fn abandon_probe(&mut self) {
        self.probing_since = None;
    }

    /// It works again.
    pub(super) fn close(&mut self, window: &Window) {
        *self = Self { counted_from: window.next(), ..Self::default() };
    }

    /// A call has failed, and the window knows.
    pub(super) fn failed(
        &mut self,
        failure: Failure,
        window: &Window,
        now: Duration,
        config: &BreakerConfig,
    ) {
        if failure.probe {
            self.probing_since = None;
        }
        let since = now.saturating_sub(Duration::from_secs(config.window_seconds));
        let (failures, all) = window.count(since, self.counted_from);
        let trips = failures >= config.min_failures as usize
            && failures * 100 >= all * config.failure_percent as usize;
        if failure.probe || trips {
            self.open(failure.kind, now, config);
            self.counted_from = window.next();
        }
    }

    fn open(&mut self, cause: LlmErrorKind, now: Duration, config: &BreakerConfig) {
        let first = Duration::from_secs(config.rest_seconds);
        let longest = Duration::from_secs(config.max_rest_seconds);
        self.rest = if self.open_until.is_some() { (self.rest * 2).min(longest) } else { first };
        self.open_until = Some(now + self.rest);
        self.cause = Some(cause);
    }

    /// The provider was asked for something that costs nothing, and answered. That settles the matter where
    /// it could not be reached before, and where the rest is over; says whether it did.
    pub(super) fn reached(&mut self, window: &Window, now: Duration) -> bool {
        let rested = self.open_until.is_some_and(|until| until <= now);
        let settled = self.is_open() && (rested || self.cause.is_some_and(shows_in_a_check));
        if settled {
            self.close(window);
        }
        settled
    }

    /// The provider was asked for something that costs nothing, and failed: nobody's call has to find out.
    pub(super) fn unreached(&mut self, kind: LlmErrorKind, now: Duration, config: &BreakerConfig) {
        if self.open_until.is_some_and(|until| until <= now) && shows_in_a_check(kind) {
            self.open(kind, now, config);
        }
    }
}

/// Whether a failure of this kind shows in a request for the list of models as well.
const fn shows_in_a_check(kind: LlmErrorKind) -> bool {
    matches!(
        kind,
        LlmErrorKind::Network
            | LlmErrorKind::Timeout
            | LlmErrorKind::Authentication
            | LlmErrorKind::Permission
    )
}
