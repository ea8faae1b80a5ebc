//! How a deployment is doing: a sliding window of outcomes, the circuit breaker over it, what its provider
//! says about limits, and its minutes.
//!
//! [`Measures`] is what the router sees, read without waiting. Calls report through a [`Permit`].

mod allowance;
mod breaker;
mod figures;
mod histogram;
mod minutes;
mod permit;
mod standing;
mod window;

pub use figures::{DeploymentHealth, Measures, MinuteFigures};
pub use histogram::Histogram;
pub use minutes::{Minute, number_of as minute_of};
pub use permit::Permit;
pub use standing::{Standing, State};
pub use window::Percentiles;

use crate::{config::BreakerConfig, limit::Limiter};
use allowance::Allowance;
use breaker::Breaker;
use llm::{LlmErrorKind, RateLimits};
use minutes::Minutes;
use parking_lot::Mutex;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use window::Window;

/// Failures and share of them from which a deployment counts as degraded.
const DEGRADED_FAILURES: u64 = 2;
const DEGRADED_SHARE: f64 = 0.9;

/// The health of one deployment. Times are readings of the monotonic clock.
#[derive(Debug, Default)]
pub struct Health {
    inner: Mutex<Inner>,
    /// The configured limits that concern it, the wide one first.
    limiters: Vec<Arc<Limiter>>,
    calls: AtomicU64,
    failures: AtomicU64,
    in_flight: AtomicU64,
}

#[derive(Debug, Default)]
struct Inner {
    window: Window,
    breaker: Breaker,
    minutes: Minutes,
    allowance: Allowance,
    /// The provider's own limits say to wait until then.
    limited_until: Option<Duration>,
    /// The last failure was that the account has no credit.
    out_of_credit: bool,
    last_error: Option<String>,
    /// The state that was told last.
    told: State,
}

impl Health {
    /// The health of a deployment that these limits concern.
    pub fn limited(limiters: Vec<Arc<Limiter>>) -> Self {
        Self { limiters, ..Self::default() }
    }

    /// The configured limits that concern it, the wide one first.
    pub fn limiters(&self) -> &[Arc<Limiter>] {
        &self.limiters
    }

    /// Everything the router wants to know.
    pub fn measures(&self, now: Duration) -> Measures {
        let in_flight = self.in_flight.load(Ordering::Relaxed);
        let mut measures = self.inner.lock().measures(in_flight, now);
        for limiter in &self.limiters {
            let (headroom, wait) = limiter.headroom(now);
            measures.headroom = measures.headroom.min(headroom);
            measures.standing = measures.standing.limited(wait);
        }
        measures
    }

    /// Whether it may be called now.
    pub fn standing(&self, now: Duration) -> Standing {
        let standing = self.inner.lock().standing(now);
        self.limiters.iter().fold(standing, |standing, limiter| standing.limited(limiter.headroom(now).1))
    }

    /// What it failed with last.
    pub fn last_error(&self) -> Option<String> {
        self.inner.lock().last_error.clone()
    }

    /// Takes the right to call it; `None` while it is left alone. After a rest, one caller at a time may
    /// probe it.
    pub fn permit(self: &Arc<Self>, now: Duration) -> Option<Permit> {
        let mut inner = self.inner.lock();
        if inner.breaker.wait(now).is_some() {
            return None;
        }
        let probe = inner.breaker.begin_probe(now);
        drop(inner);
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        Some(Permit::new(Arc::clone(self), now, probe))
    }

    /// As seen from outside.
    pub fn describe(&self, id: &str, provider: &str, now: Duration) -> DeploymentHealth {
        let measures = self.measures(now);
        let inner = self.inner.lock();
        DeploymentHealth {
            id: id.to_owned(),
            provider: provider.to_owned(),
            state: measures.state,
            retry_in: match measures.standing {
                Standing::Ready => None,
                Standing::Limited { wait } | Standing::Open { wait } => Some(wait),
            },
            calls: self.calls.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
            in_flight: measures.in_flight,
            last_error: inner.last_error.clone(),
            measures,
            is_open: inner.breaker.is_open(),
            provider_limits: inner.allowance.states(now),
            limits: self.limiters.iter().map(|limiter| (limiter.scope(), limiter.state(now))).collect(),
            waiting: 0,
            last_hour: inner.minutes.last_hour(now).map(|minute| minute.figures(now)).collect(),
        }
    }

    /// Counts the time since the last look, and says how the state has changed since then: from, to, and what
    /// it failed with.
    pub fn look(&self, since: Duration, now: Duration) -> Option<(State, State, Option<String>)> {
        let mut inner = self.inner.lock();
        let state = inner.state(now);
        if state == State::Unavailable {
            let since_ms = whole_ms(since);
            inner.minutes.at(now).down_ms += since_ms;
        }
        let from = std::mem::replace(&mut inner.told, state);
        let error = inner.last_error.clone().filter(|_| state != State::Available);
        (from != state).then_some((from, state, error))
    }

    /// Outcomes and minutes that are kept.
    pub fn kept(&self) -> (usize, usize) {
        let inner = self.inner.lock();
        (inner.window.len(), inner.minutes.len())
    }

    /// The minutes that are over and were not taken before; with `ending`, also the one that runs.
    pub fn take_minutes(&self, now: Duration, ending: bool) -> Vec<Minute> {
        let minutes = &mut self.inner.lock().minutes;
        if ending { minutes.take_all(now) } else { minutes.take_ended(now) }
    }

    /// The provider was asked for something that costs nothing: whether it answered, or what it failed with.
    pub fn checked(&self, outcome: Result<(), LlmErrorKind>, now: Duration, config: &BreakerConfig) {
        let mut inner = self.inner.lock();
        let inner = &mut *inner;
        match outcome {
            Ok(()) => {
                if inner.breaker.reached(&inner.window, now) {
                    inner.last_error = None;
                }
            }
            Err(kind) => inner.breaker.unreached(kind, now, config),
        }
    }
}

impl Inner {
    fn standing(&self, now: Duration) -> Standing {
        match (self.breaker.wait(now), self.limited_until) {
            (Some(wait), _) => Standing::Open { wait },
            (None, Some(until)) if until > now => Standing::Limited { wait: until.saturating_sub(now) },
            (None, _) => Standing::Ready,
        }
    }

    fn measures(&self, in_flight: u64, now: Duration) -> Measures {
        let view = self.window.view(now);
        let standing = self.standing(now);
        let success_share = success_share(view.failures, view.samples);
        Measures {
            standing,
            state: self.state_of(standing, view.failures, success_share),
            in_flight,
            samples: view.samples,
            success_share,
            latency_ms: view.latency_ms,
            first_token_ms: view.first_token_ms,
            peak_ewma_ms: view.peak_ewma_ms,
            tokens_per_second: view.tokens_per_second,
            headroom: self.allowance.headroom(now),
        }
    }

    fn state(&self, now: Duration) -> State {
        let (failures, samples) = self.window.failures(now);
        self.state_of(self.standing(now), failures, success_share(failures, samples))
    }

    fn state_of(&self, standing: Standing, failures: u64, success_share: f64) -> State {
        match standing {
            _ if self.out_of_credit => State::QuotaExceeded,
            _ if self.breaker.is_open() => State::Unavailable,
            Standing::Open { .. } => State::Unavailable,
            Standing::Limited { .. } => State::RateLimited,
            Standing::Ready if failures >= DEGRADED_FAILURES && success_share < DEGRADED_SHARE => {
                State::Degraded
            }
            Standing::Ready => State::Available,
        }
    }

    /// Takes note of what a reply's headers say about limits.
    fn heed(&mut self, limits: &RateLimits, now: Duration) {
        if let Some(wait) = self.allowance.heed(limits, now) {
            self.limited_until = Some(now + wait);
        }
    }
}

fn success_share(failures: u64, samples: u64) -> f64 {
    if samples == 0 { 1.0 } else { (samples - failures) as f64 / samples as f64 }
}

fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm::LlmError;

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

        health.permit(at(55)).unwrap().answered(&RateLimits::default(), at(55));
        assert_eq!(health.standing(at(55)), Standing::Ready);
        fail(&health, at(56), LlmErrorKind::Server);
        assert_eq!(health.standing(at(56)), Standing::Ready, "the old failures are forgotten");
    }

    #[test]
    fn successes_and_time_keep_it_closed() {
        let health = Arc::new(Health::default());
        for second in 0..60 {
            let now = at(second * 10);
            health.permit(now).unwrap().answered(&RateLimits::default(), now);
            health.permit(now).unwrap().answered(&RateLimits::default(), now);
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
        assert_eq!(health.describe("x", "p", at(0)).failures, 0);
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
        health.permit(at(10)).unwrap().answered(&limits, at(10));
        assert_eq!(health.standing(at(10)), Standing::Limited { wait: at(3) });
    }
}
