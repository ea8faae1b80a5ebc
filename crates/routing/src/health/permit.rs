//! The right to call a deployment, through which a call reports how it went.

use super::{Health, breaker::Failure, whole_ms, window::Number};
use crate::config::BreakerConfig;
use llm::{LlmError, LlmErrorKind, RateLimits};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

/// How long an account without credit is the last choice where its provider does not say.
const QUOTA_REST: Duration = Duration::from_secs(60);

/// The right to call a deployment. Dropped without a verdict (the caller went away before anything came, or
/// the request was at fault) it says nothing about the deployment.
#[derive(Debug)]
pub struct Permit {
    health: Arc<Health>,
    began: Duration,
    /// Which outcome of the window it is, once it has one.
    number: Option<Number>,
    probe: bool,
}

impl Permit {
    /// The right to the call that begins now; `probe` says whether it is to show that the deployment is back.
    pub(super) const fn new(health: Arc<Health>, began: Duration, probe: bool) -> Self {
        Self { health, began, number: None, probe }
    }

    /// The deployment has begun to answer, with these words about its limits.
    pub fn answered(&mut self, limits: &RateLimits, now: Duration) {
        let first_token = now.saturating_sub(self.began);
        let mut inner = self.health.inner.lock();
        let inner = &mut *inner;
        self.number = Some(inner.window.answered(now, first_token));
        let minute = inner.minutes.at(now);
        minute.calls += 1;
        minute.first_token_ms.record(whole_ms(first_token));
        inner.out_of_credit = false;
        inner.heed(limits, now);
        if std::mem::take(&mut self.probe) {
            inner.breaker.close(&inner.window);
            inner.last_error = None;
        }
    }

    /// The answer has ended as it should.
    pub fn completed(&mut self, output_tokens: u64, now: Duration) {
        let Some(number) = self.number else { return };
        let total = now.saturating_sub(self.began);
        let mut inner = self.health.inner.lock();
        inner.window.completed(number, total, output_tokens);
        let minute = inner.minutes.at(now);
        minute.latency_ms.record(whole_ms(total));
        minute.output_tokens += output_tokens;
    }

    /// The deployment has failed, at once or in the middle of an answer.
    pub fn failed(&mut self, error: &LlmError, now: Duration, config: &BreakerConfig) {
        if !error.kind.blames_deployment() {
            return;
        }
        self.health.failures.fetch_add(1, Ordering::Relaxed);
        let number = self.number.take();
        let probe = std::mem::take(&mut self.probe);
        let mut inner = self.health.inner.lock();
        let inner = &mut *inner;
        inner.last_error = Some(error.to_string());
        if let (LlmErrorKind::RateLimited, Some(wait)) = (error.kind, error.retry_after) {
            // It works, and says when it wants more; that is no reason to doubt it.
            inner.limited_until = Some(now + wait);
            inner.minutes.at(now).limited += 1;
            if probe {
                inner.breaker.close(&inner.window);
            }
            return;
        }
        if error.kind == LlmErrorKind::QuotaExceeded {
            inner.out_of_credit = true;
            inner.limited_until = Some(now + error.retry_after.unwrap_or(QUOTA_REST));
        }
        inner.window.failed(number, now);
        let minute = inner.minutes.at(now);
        minute.calls += u64::from(number.is_none());
        minute.failures += 1;
        inner.breaker.failed(Failure { kind: error.kind, probe }, &inner.window, now, config);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.health.in_flight.fetch_sub(1, Ordering::Relaxed);
        if self.probe {
            self.health.inner.lock().breaker.abandon_probe();
        }
    }
}
