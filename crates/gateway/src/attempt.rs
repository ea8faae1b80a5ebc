//! Calls deployments in order until one begins to answer. What fails before its first token is not seen by
//! the caller.

mod audio;
mod feed;
mod send;

pub(crate) use feed::{Feed, Piece};
pub(crate) use send::{Begun, Reply};

use crate::{
    ask::Ask,
    config::{BreakerConfig, RetryConfig},
    error::GatewayError,
    health::{Permit, Standing},
    limit::{
        Grants, LimitRefusal, Priority, Scope,
        queue::{Bounds, NoTurn, Request},
    },
    settle::OpenExchange,
    table::{Place, Target},
};
use base::Clock;
use llm::{Codec, LlmError};
use send::Sending;
use std::{sync::Arc, time::Duration};

/// What the stage works with.
pub(crate) struct Attempting<'a> {
    pub(crate) clock: &'a dyn Clock,
    pub(crate) retry: &'a RetryConfig,
    pub(crate) breaker: &'a BreakerConfig,
    pub(crate) ask: &'a mut Ask,
    pub(crate) exchange: &'a mut OpenExchange,
    /// Whether the request may wait while its deployments' limits are reached.
    pub(crate) queue: Option<Bounds>,
    pub(crate) priority: Priority,
}

/// Why a deployment does not answer.
enum Miss {
    Failed(LlmError),
    /// Its breaker has opened in the meantime.
    LeftAlone,
    /// A configured limit is reached.
    Busy(LimitRefusal),
}

impl Attempting<'_> {
    /// Calls each deployment in turn, and again after a wait those whose failure may pass, until one begins
    /// to answer, none is left, or the deadline has passed.
    pub(crate) async fn run(mut self, places: Vec<Arc<Place>>) -> Result<(Begun, Permit), GatewayError> {
        let deadline = self.clock.monotonic() + Duration::from_secs(self.retry.deadline_seconds);
        let mut left = places;
        let mut last_error = None;
        let mut last_refusal = None;
        for round in 0..self.retry.max_rounds.max(1) {
            if round > 0 {
                let began = self.clock.monotonic();
                let goes_on = self.wait(round, &left, last_error.as_ref(), deadline).await;
                self.exchange.away += self.clock.monotonic().saturating_sub(began);
                if !goes_on {
                    break;
                }
            }
            let mut again = Vec::with_capacity(left.len());
            let (mut busy, mut met) = (Vec::new(), Vec::new());
            for place in left {
                match self.call(&place, None).await {
                    Ok(begun) => return Ok(begun),
                    Err(Miss::Failed(error)) => {
                        if !error.kind.may_fall_back() {
                            return Err(error.into());
                        }
                        if error.kind.retryable() {
                            again.push(place);
                        }
                        last_error = Some(error);
                    }
                    Err(Miss::LeftAlone) => {}
                    Err(Miss::Busy(refusal)) => {
                        busy.push(place);
                        met.push(refusal.scope.clone());
                        last_refusal = Some(refusal);
                    }
                }
                if self.clock.monotonic() >= deadline {
                    break;
                }
            }
            if again.is_empty() {
                if let (false, Some(refusal)) = (busy.is_empty(), last_refusal.take()) {
                    return self.wait_for_a_turn(busy, met, refusal).await;
                }
                break;
            }
            left = again;
            left.append(&mut busy);
        }
        Err(match (last_error, last_refusal) {
            (Some(error), _) => error.into(),
            (None, Some(refusal)) => GatewayError::RateLimited(refusal),
            (None, None) => self.unavailable(),
        })
    }

    /// Waits until a limit lets the request through, if it may wait, and calls the deployment that came free.
    async fn wait_for_a_turn(
        &mut self,
        places: Vec<Arc<Place>>,
        met: Vec<Scope>,
        refusal: LimitRefusal,
    ) -> Result<(Begun, Permit), GatewayError> {
        let Some(bounds) = self.queue else { return Err(GatewayError::RateLimited(refusal)) };
        let shared = Arc::clone(self.exchange.shared());
        let record = &self.exchange.record;
        let request = Request {
            places,
            met,
            demand: self.ask.demand(),
            priority: self.priority,
            caller: record.key_id.unwrap_or(record.owner),
            route: record.route.clone(),
        };
        let since = self.clock.monotonic();
        let turn = shared.room.wait(request, bounds, since).await;
        let waited = self.clock.monotonic().saturating_sub(since);
        let turn = turn.map_err(|why| match why {
            NoTurn::Full => GatewayError::RateLimited(refusal),
            NoTurn::TimedOut => GatewayError::WaitedInVain { waited: bounds.wait, refusal },
        })?;
        let note = format!("waited {} ms for a place under its limits", waited.as_millis());
        self.exchange.record.explanation.note(&turn.place.id, note);
        match self.call(&turn.place, Some(turn.grants)).await {
            Ok(begun) => Ok(begun),
            Err(Miss::Failed(error)) => Err(error.into()),
            Err(Miss::Busy(refusal)) => Err(GatewayError::RateLimited(refusal)),
            Err(Miss::LeftAlone) => Err(self.unavailable()),
        }
    }

    /// Calls one deployment, with what was taken of its limits before or is taken now.
    async fn call(&mut self, place: &Arc<Place>, grants: Option<Grants>) -> Result<(Begun, Permit), Miss> {
        let grants = match grants {
            Some(grants) => grants,
            None => self.take(place)?,
        };
        let began = self.clock.monotonic();
        let Some(mut permit) = place.health.permit(began) else {
            self.exchange
                .record
                .explanation
                .note(&place.id, "skipped: it is being left alone after failures");
            grants.undo();
            return Err(Miss::LeftAlone);
        };
        let caller = self.ask.codec().map(Codec::dialect);
        self.exchange.calling(place, caller, grants);
        let owner = self.exchange.record.owner;
        let trace = self.exchange.trace.as_ref().and_then(|trace| trace.header());
        let sent = Sending { ask: self.ask, owner, place, trace }.send().await;
        // Nor may an error behind a good status show the key that it repeats.
        let sent = sent.map_err(|error| match &place.target {
            Target::Wire(upstream) => error.without_secrets(upstream.as_ref()),
            Target::Local(_) => error,
        });
        let now = self.clock.monotonic();
        self.exchange.away += now.saturating_sub(began);
        match sent {
            Ok(begun) => {
                permit.answered(&begun.limits, now);
                self.exchange.answering(place);
                Ok((begun, permit))
            }
            Err(error) => {
                permit.failed(&error, now, self.breaker);
                self.exchange.call_failed(place, &error);
                Err(Miss::Failed(error))
            }
        }
    }

    /// Takes what the call needs of a deployment's limits; nobody overtakes those who wait for them.
    fn take(&mut self, place: &Arc<Place>) -> Result<Grants, Miss> {
        if place.health.limiters().is_empty() {
            return Ok(Grants::default());
        }
        let now = self.clock.monotonic();
        let taken = match self.exchange.shared().room.awaited(place) {
            Some(scope) => Err(LimitRefusal::others_wait(scope, place.health.limiters(), now)),
            None => place.take(self.ask.demand(), now),
        };
        taken.map_err(|refusal| {
            self.exchange.record.explanation.note(&place.id, format!("busy: {refusal}"));
            Miss::Busy(refusal)
        })
    }

    /// Waits before another round: exponential backoff with full jitter, but at least as long as the first
    /// of the deployments asked for. `false` where that would be past the deadline.
    async fn wait(
        &self,
        round: u32,
        left: &[Arc<Place>],
        last_error: Option<&LlmError>,
        deadline: Duration,
    ) -> bool {
        let now = self.clock.monotonic();
        let asked = left
            .iter()
            .map(|place| match place.health.standing(now) {
                Standing::Ready => Duration::ZERO,
                Standing::Limited { wait } | Standing::Open { wait } => wait,
            })
            .min()
            .unwrap_or_default();
        let asked = match last_error.and_then(|error| error.retry_after) {
            Some(wait) if left.len() == 1 => asked.max(wait),
            Some(_) | None => asked,
        };
        let pause = asked.max(backoff(self.retry, round, random_unit()));
        if now + pause >= deadline {
            return false;
        }
        tokio::time::sleep(pause).await;
        true
    }

    fn unavailable(&self) -> GatewayError {
        GatewayError::Unavailable {
            model: self.exchange.record.explanation.asked.clone(),
            retry_after: Duration::from_secs(self.breaker.rest_seconds),
            last: None,
        }
    }
}

/// Full jitter: anything between nothing and the exponential limit, so that callers who failed together
/// do not come back together.
fn backoff(config: &RetryConfig, round: u32, unit: f64) -> Duration {
    let doubled = 1_u64.checked_shl(round.saturating_sub(1)).unwrap_or(u64::MAX);
    let limit_ms = config.base_delay_ms.saturating_mul(doubled).min(config.max_delay_ms);
    Duration::from_millis(limit_ms).mul_f64(unit.clamp(0.0, 1.0))
}

/// A random number from 0 to 1; 1 where the system has no random numbers.
fn random_unit() -> f64 {
    getrandom::u32().map_or(1.0, |bits| f64::from(bits) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backoff_doubles_up_to_its_limit_and_is_spread() {
        let config = RetryConfig { base_delay_ms: 100, max_delay_ms: 350, ..RetryConfig::default() };
        let at = |round, unit| backoff(&config, round, unit).as_millis();
        assert_eq!([at(1, 1.0), at(2, 1.0), at(3, 1.0), at(90, 1.0)], [100, 200, 350, 350]);
        assert_eq!([at(1, 0.0), at(2, 0.5)], [0, 100]);
    }
}
