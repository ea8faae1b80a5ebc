//! How a deployment has been doing: a sliding window of outcomes, and the circuit breaker over it.

use crate::config::BreakerConfig;
use llm::{LlmError, LlmErrorKind, RateLimits};
use parking_lot::Mutex;
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Outcomes kept at the most; enough for a share, and bounded under load.
const MAX_OUTCOMES: usize = 200;

/// How long others wait for somebody's probe. A long answer that comes in one piece is no reason to keep
/// everybody out.
const PROBE_TIME: Duration = Duration::from_secs(5);

/// Whether a deployment may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Yes.
    Ready,
    /// It asked for patience until then; only where nothing else is there.
    Limited {
        /// How long still.
        wait: Duration,
    },
    /// It has failed too often and is left alone until then, or somebody is just probing it.
    Open {
        /// How long still.
        wait: Duration,
    },
}

/// What one deployment's health looks like from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentHealth {
    /// The deployment, `provider/model`.
    pub id: String,
    /// `ready`, `limited` or `open`.
    pub state: &'static str,
    /// When it will be tried again, if it is being left alone.
    pub retry_in: Option<Duration>,
    /// Calls since the start.
    pub calls: u64,
    /// Failed calls since the start.
    pub failures: u64,
    /// Calls under way.
    pub in_flight: u64,
    /// What it failed with last.
    pub last_error: Option<String>,
}

/// The health of one deployment. Times are readings of the monotonic clock.
#[derive(Debug, Default)]
pub(crate) struct Health {
    state: Mutex<State>,
    calls: AtomicU64,
    failures: AtomicU64,
    in_flight: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    /// When, and whether it failed.
    outcomes: VecDeque<(Duration, bool)>,
    /// Left alone until then.
    open_until: Option<Duration>,
    /// Since when somebody has been trying whether it works again.
    probing_since: Option<Duration>,
    /// How long it was left alone last.
    rest: Duration,
    /// The provider's own limits say to wait until then.
    limited_until: Option<Duration>,
    last_error: Option<String>,
}

impl Health {
    /// Whether it may be called now.
    pub(crate) fn standing(&self, now: Duration) -> Standing {
        self.state.lock().standing(now)
    }

    /// What it failed with last.
    pub(crate) fn last_error(&self) -> Option<String> {
        self.state.lock().last_error.clone()
    }

    /// Takes the right to call it; `None` while it is left alone. After a rest, one caller at a time may
    /// probe it.
    pub(crate) fn permit(self: &Arc<Self>, now: Duration) -> Option<Permit> {
        let mut state = self.state.lock();
        if matches!(state.standing(now), Standing::Open { .. }) {
            return None;
        }
        let probe = state.open_until.is_some();
        if probe {
            state.probing_since = Some(now);
        }
        drop(state);
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        Some(Permit { health: Arc::clone(self), probe })
    }

    /// Takes note of what a reply's headers say about limits.
    pub(crate) fn heed(&self, limits: &RateLimits, now: Duration) {
        let exhausted = |remaining: Option<u64>, reset: Option<Duration>| match (remaining, reset) {
            (Some(0), Some(reset)) => Some(reset),
            _ => None,
        };
        let wait = exhausted(limits.remaining_requests, limits.reset_requests)
            .max(exhausted(limits.remaining_tokens, limits.reset_tokens));
        if let Some(wait) = wait {
            self.state.lock().limited_until = Some(now + wait);
        }
    }

    /// As seen from outside.
    pub(crate) fn describe(&self, id: &str, now: Duration) -> DeploymentHealth {
        let state = self.state.lock();
        let (name, retry_in) = match state.standing(now) {
            Standing::Ready => ("ready", None),
            Standing::Limited { wait } => ("limited", Some(wait)),
            Standing::Open { wait } => ("open", Some(wait)),
        };
        DeploymentHealth {
            id: id.to_owned(),
            state: name,
            retry_in,
            calls: self.calls.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
            in_flight: self.in_flight.load(Ordering::Relaxed),
            last_error: state.last_error.clone(),
        }
    }
}

impl State {
    fn standing(&self, now: Duration) -> Standing {
        match self.open_until {
            Some(until) if until > now => return Standing::Open { wait: until.saturating_sub(now) },
            Some(_) | None => {}
        }
        match self.probing_since {
            Some(since) if since + PROBE_TIME > now => {
                return Standing::Open { wait: (since + PROBE_TIME).saturating_sub(now) };
            }
            Some(_) | None => {}
        }
        match self.limited_until {
            Some(until) if until > now => Standing::Limited { wait: until.saturating_sub(now) },
            Some(_) | None => Standing::Ready,
        }
    }

    fn record(&mut self, now: Duration, failed: bool, config: &BreakerConfig) {
        let since = now.saturating_sub(Duration::from_secs(config.window_seconds));
        while self.outcomes.front().is_some_and(|(at, _)| *at < since) || self.outcomes.len() >= MAX_OUTCOMES
        {
            self.outcomes.pop_front();
        }
        self.outcomes.push_back((now, failed));
    }

    fn trips(&self, config: &BreakerConfig) -> bool {
        let failures = self.outcomes.iter().filter(|(_, failed)| *failed).count();
        failures >= config.min_failures as usize
            && failures * 100 >= self.outcomes.len() * config.failure_percent as usize
    }

    fn open(&mut self, now: Duration, config: &BreakerConfig) {
        let first = Duration::from_secs(config.rest_seconds);
        let longest = Duration::from_secs(config.max_rest_seconds);
        self.rest = if self.open_until.is_some() { (self.rest * 2).min(longest) } else { first };
        self.open_until = Some(now + self.rest);
        self.outcomes.clear();
    }
}

/// The right to call a deployment. Dropped without a verdict (the caller went away, or the request was
/// at fault) it says nothing about the deployment.
#[derive(Debug)]
pub(crate) struct Permit {
    health: Arc<Health>,
    probe: bool,
}

impl Permit {
    /// The deployment has begun to answer.
    pub(crate) fn answered(&mut self, now: Duration, config: &BreakerConfig) {
        let mut state = self.health.state.lock();
        state.record(now, false, config);
        if std::mem::take(&mut self.probe) {
            state.probing_since = None;
            state.open_until = None;
            state.last_error = None;
        }
    }

    /// The deployment has failed, at once or in the middle of an answer.
    pub(crate) fn failed(&mut self, error: &LlmError, now: Duration, config: &BreakerConfig) {
        if !error.kind.blames_deployment() {
            return;
        }
        self.health.failures.fetch_add(1, Ordering::Relaxed);
        let mut state = self.health.state.lock();
        state.last_error = Some(error.to_string());
        let probe = std::mem::take(&mut self.probe);
        if probe {
            state.probing_since = None;
        }
        match (error.kind, error.retry_after) {
            // It works, and says when it wants more; that is no reason to doubt it.
            (LlmErrorKind::RateLimited, Some(wait)) if !probe => state.limited_until = Some(now + wait),
            _ => {
                state.record(now, true, config);
                if probe || state.trips(config) {
                    state.open(now, config);
                }
            }
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.health.in_flight.fetch_sub(1, Ordering::Relaxed);
        if self.probe {
            self.health.state.lock().probing_since = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn config() -> BreakerConfig {
        BreakerConfig { min_failures: 3, rest_seconds: 10, max_rest_seconds: 25, ..BreakerConfig::default() }
    }

    fn fail(health: &Arc<Health>, now: Duration, kind: LlmErrorKind) {
        health.permit(now).unwrap().failed(&LlmError::new(kind, "no"), now, &config());
    }

    #[test]
    fn it_opens_after_failures_probes_once_and_rests_longer_each_time() {
        let health = Arc::new(Health::default());
        for _ in 0..3 {
            assert_eq!(health.standing(at(0)), Standing::Ready);
            fail(&health, at(0), LlmErrorKind::Server);
        }
        assert_eq!(health.standing(at(4)), Standing::Open { wait: at(6) });
        assert!(health.permit(at(9)).is_none());

        let probe = health.permit(at(10)).unwrap();
        assert!(health.permit(at(14)).is_none(), "one probe at a time");
        assert!(health.permit(at(15)).is_some(), "unless it takes long");
        drop(probe);
        fail(&health, at(10), LlmErrorKind::Server);
        assert_eq!(health.standing(at(10)), Standing::Open { wait: at(20) });
        fail(&health, at(30), LlmErrorKind::Server);
        assert_eq!(
            health.standing(at(30)),
            Standing::Open { wait: at(25) },
            "and never longer than the limit"
        );

        health.permit(at(55)).unwrap().answered(at(55), &config());
        assert_eq!(health.standing(at(55)), Standing::Ready);
        fail(&health, at(56), LlmErrorKind::Server);
        assert_eq!(health.standing(at(56)), Standing::Ready, "the old failures are forgotten");
    }

    #[test]
    fn successes_and_time_keep_it_closed() {
        let health = Arc::new(Health::default());
        for second in 0..60 {
            let now = at(second * 10);
            health.permit(now).unwrap().answered(now, &config());
            health.permit(now).unwrap().answered(now, &config());
            fail(&health, now, LlmErrorKind::Timeout);
        }
        assert_eq!(health.standing(at(600)), Standing::Ready, "a third fails, which is below half");
        for spread in 10..20 {
            fail(&health, at(spread * 100), LlmErrorKind::Server);
        }
        assert_eq!(health.standing(at(2000)), Standing::Ready, "never three within the window");
    }

    #[test]
    fn the_callers_own_mistakes_do_not_count() {
        let health = Arc::new(Health::default());
        for kind in LlmErrorKind::ALL.into_iter().filter(|kind| !kind.blames_deployment()) {
            for _ in 0..5 {
                fail(&health, at(0), kind);
            }
        }
        assert_eq!(health.standing(at(0)), Standing::Ready);
        assert_eq!(health.describe("x", at(0)).failures, 0);
    }

    #[test]
    fn a_rate_limit_with_a_time_is_waited_for_not_counted() {
        let health = Arc::new(Health::default());
        let error =
            LlmError { retry_after: Some(at(7)), ..LlmError::new(LlmErrorKind::RateLimited, "slow down") };
        for _ in 0..5 {
            health.permit(at(0)).unwrap().failed(&error, at(0), &config());
        }
        assert_eq!(health.standing(at(2)), Standing::Limited { wait: at(5) });
        assert_eq!(health.standing(at(7)), Standing::Ready);
        let limits = RateLimits {
            remaining_requests: Some(0),
            reset_requests: Some(at(3)),
            remaining_tokens: Some(9),
            reset_tokens: Some(at(50)),
            ..RateLimits::default()
        };
        health.heed(&limits, at(10));
        assert_eq!(health.standing(at(10)), Standing::Limited { wait: at(3) });
    }
}
