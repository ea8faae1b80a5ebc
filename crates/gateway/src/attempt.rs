//! Calls deployments in order until one begins to answer. What fails before its first token is not seen by
//! the caller.

mod audio;
mod feed;
mod send;

pub(crate) use feed::{Feed, Piece};
pub(crate) use send::{Begun, Reply};

use crate::{
    ask::Ask,
    error::GatewayError,
    route::redirect,
    settle::OpenExchange,
    shares::SharedGrants,
    table::{Place, Target},
    warm::Conversation,
};
use base::Clock;
use llm::{Codec, LlmError, LlmErrorKind};
use routing::{
    BreakerConfig, FallbackTier, Grants, Lesson, LimitRefusal, Permit, Plan, Priority, PromptCaching,
    RetryConfig, Scope, Standing,
    limit::{Bounds, NoTurn, PARALLEL_WAIT, Request},
    retry::pause,
};
use send::Sending;
use std::{collections::VecDeque, sync::Arc, time::Duration};
use tokio::time::Instant;

/// What of a caller's patience is kept to tell them that there is no answer.
const TIME_TO_TELL: Duration = Duration::from_millis(500);

/// What the stage works with.
pub(crate) struct Attempting<'a> {
    pub(crate) clock: &'a dyn Clock,
    pub(crate) retry: &'a RetryConfig,
    pub(crate) breaker: &'a BreakerConfig,
    pub(crate) ask: &'a mut Ask,
    pub(crate) exchange: &'a mut OpenExchange,
    /// How the route chooses, where it is one.
    pub(crate) plan: Option<&'a Plan>,
    /// Where what comes of it is to be learned from.
    pub(crate) lesson: Option<Lesson>,
    /// Whether the request may wait while its deployments' limits are reached.
    pub(crate) queue: Option<Bounds>,
    pub(crate) priority: Priority,
    /// What the route says about prompt caches.
    pub(crate) caching: Option<PromptCaching>,
    pub(crate) so_far: SoFar,
}

/// What has come of the calls up to now.
#[derive(Debug, Default)]
pub(crate) struct SoFar {
    /// What failed first, and how.
    first_failed: Option<(Arc<Place>, LlmErrorKind)>,
    /// The caller waits no longer.
    out_of_time: bool,
}

/// Why a deployment does not answer.
enum Miss {
    Failed(LlmError),
    /// Its breaker has opened in the meantime.
    LeftAlone,
    /// A configured limit is reached.
    Busy(LimitRefusal),
}

/// A deployment that is to be asked again.
struct Later {
    place: Arc<Place>,
    /// After a failure: it asked to be left in peace until then. `None` where only its limits were reached.
    not_before: Option<Duration>,
}

impl Later {
    /// How long until it may be asked.
    fn ready_in(&self, now: Duration) -> Duration {
        let asked = self.not_before.unwrap_or_default().saturating_sub(now);
        match self.place.health.standing(now) {
            Standing::Ready => asked,
            Standing::Limited { wait } | Standing::Open { wait } => asked.max(wait),
        }
    }
}

impl Attempting<'_> {
    /// Calls each deployment in turn, and again after a wait those whose failure may pass, until one begins
    /// to answer, none is left, or the deadline has passed.
    pub(crate) async fn run(mut self, places: Vec<Arc<Place>>) -> Result<(Begun, Permit), GatewayError> {
        let patience = self.patience();
        let own = self.clock.monotonic() + Duration::from_secs(self.retry.deadline_seconds);
        let deadline = patience.map_or(own, |patience| patience.min(own));
        let mut left = VecDeque::from(places);
        let mut later: Vec<Later> = Vec::new();
        let mut last_error = None;
        let mut last_refusal = None;
        for round in 0..self.retry.max_rounds.max(1) {
            if round > 0 {
                let began = self.clock.monotonic();
                let due = self.wait(round, &mut later, deadline).await;
                self.exchange.away += self.clock.monotonic().saturating_sub(began);
                let Some(due) = due else { break };
                left = due;
            }
            let (mut busy, mut met) = (Vec::new(), Vec::new());
            while let Some(place) = left.pop_front() {
                match self.call(&place, None).await {
                    Ok(begun) => return Ok(begun),
                    Err(Miss::Failed(error)) => {
                        if !error.kind.may_fall_back() {
                            return Err(error.into());
                        }
                        redirect(&mut left, &place, &error);
                        self.so_far.first_failed.get_or_insert_with(|| (Arc::clone(&place), error.kind));
                        if error.kind.retryable() {
                            let asked = error.retry_after.unwrap_or_default();
                            let not_before = Some(self.clock.monotonic() + asked);
                            later.push(Later { place, not_before });
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
                if self.so_far.out_of_time || self.clock.monotonic() >= deadline {
                    break;
                }
            }
            if self.so_far.out_of_time {
                break;
            }
            if later.is_empty() {
                if let (false, Some(refusal)) = (busy.is_empty(), last_refusal.take()) {
                    return Box::pin(self.wait_for_a_turn(busy, met, refusal)).await;
                }
                break;
            }
            later.extend(busy.into_iter().map(|place| Later { place, not_before: None }));
        }
        Err(match (last_error, last_refusal) {
            (Some(error), _) => error.into(),
            (None, Some(refusal)) => GatewayError::RateLimited(refusal),
            (None, None) => self.unavailable(),
        })
    }

    /// Waits until a limit lets the request through, if it may wait, and calls the deployment that came free. Where
    /// other servers have taken what came free, it waits on.
    async fn wait_for_a_turn(
        &mut self,
        places: Vec<Arc<Place>>,
        mut met: Vec<Scope>,
        mut refusal: LimitRefusal,
    ) -> Result<(Begun, Permit), GatewayError> {
        let Some(mut bounds) = self.queue else { return Err(GatewayError::RateLimited(refusal)) };
        let shared = Arc::clone(self.exchange.shared());
        let since = self.clock.monotonic();
        if let Some(patience) = self.patience() {
            bounds.wait = bounds.wait.min(patience.saturating_sub(since));
        }
        let until = Instant::now() + bounds.wait;
        let in_vain = |refusal| GatewayError::WaitedInVain { waited: bounds.wait, refusal };
        loop {
            let record = &self.exchange.record;
            let request = Request {
                places: places.iter().map(|place| Arc::clone(&place.health)).collect(),
                met,
                demand: self.ask.demand(),
                priority: self.priority,
                caller: record.key_id.unwrap_or(record.owner),
                route: record.route.clone(),
            };
            let began = self.clock.monotonic();
            let left = Bounds { wait: until.saturating_duration_since(Instant::now()), ..bounds };
            let turn = shared.room.wait(request, left, began).await;
            self.exchange.away += self.clock.monotonic().saturating_sub(began);
            let turn = match turn {
                Ok(turn) => turn,
                Err(NoTurn::Full) => return Err(GatewayError::RateLimited(refusal)),
                Err(NoTurn::TimedOut) => return Err(in_vain(refusal)),
            };
            let Some(place) = places.get(turn.position) else { return Err(self.unavailable()) };
            let waited = self.clock.monotonic().saturating_sub(since);
            let note = format!("waited {} ms for a place under its limits", waited.as_millis());
            self.exchange.record.explanation.note(&place.id, note);
            refusal = match self.call(place, Some(turn.grants)).await {
                Ok(begun) => return Ok(begun),
                Err(Miss::Failed(error)) => return Err(error.into()),
                Err(Miss::LeftAlone) => return Err(self.unavailable()),
                Err(Miss::Busy(refusal)) => refusal,
            };
            met = vec![refusal.scope.clone()];
            let pause = refusal.wait.min(PARALLEL_WAIT);
            if Instant::now() + pause >= until {
                return Err(in_vain(refusal));
            }
            let began = self.clock.monotonic();
            tokio::time::sleep(pause).await;
            self.exchange.away += self.clock.monotonic().saturating_sub(began);
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
        let shared_grants = match self.take_shared(place).await {
            Ok(shared_grants) => shared_grants,
            Err(refusal) => {
                grants.undo();
                return Err(self.busy(place, refusal));
            }
        };
        let caller = self.ask.codec().map(Codec::dialect);
        self.exchange.calling(place, caller, (grants, shared_grants)).await;
        let owner = self.exchange.record.owner;
        let patience = self.patience();
        let trace = self.exchange.trace.as_ref().and_then(|trace| trace.header());
        let conversation = Conversation { caching: self.caching, record: &self.exchange.record };
        let sending = Sending { ask: self.ask, owner, place, trace, conversation }.send();
        let sent = match patience.map(|patience| patience.saturating_sub(began)) {
            None => Some(sending.await),
            Some(left) => tokio::time::timeout(left, sending).await.ok(),
        };
        let now = self.clock.monotonic();
        self.exchange.away += now.saturating_sub(began);
        let Some(sent) = sent else { return Err(Miss::Failed(self.out_of_patience(place, began))) };
        // Nor may an error behind a good status show the key that it repeats.
        let sent = sent.map_err(|error| match &place.target {
            Target::Wire(upstream) => error.without_secrets(upstream.as_ref()),
            Target::Local(_) => error,
        });
        match sent {
            Ok(begun) => {
                permit.answered(&begun.limits, now);
                self.exchange.answering(place);
                self.fell_back(place);
                if let Some(lesson) = self.lesson.take() {
                    self.exchange.teach(lesson.begun(now.saturating_sub(began)));
                }
                Ok((begun, permit))
            }
            Err(error) => {
                permit.failed(&error, now, self.breaker);
                self.exchange.call_failed(place, &error);
                if let Some(lesson) = self.lesson.as_ref().filter(|_| error.kind.blames_deployment()) {
                    lesson.failed(&place.id, now.saturating_sub(began), now);
                }
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
        let taken = match self.exchange.shared().room.awaited(&place.health) {
            Some(scope) => Err(LimitRefusal::others_wait(scope, place.health.limiters(), now)),
            None => place.take(self.ask.demand(), now),
        };
        taken.map_err(|refusal| self.busy(place, refusal))
    }

    /// Takes the same of what several servers count together, if they do.
    async fn take_shared(&self, place: &Place) -> Result<Option<SharedGrants>, LimitRefusal> {
        let limiters = place.health.limiters();
        let Some(shares) = self.exchange.shared().shares.as_ref().filter(|_| !limiters.is_empty()) else {
            return Ok(None);
        };
        let when = (self.ask.demand(), self.clock.monotonic());
        Box::pin(shares.take_of_place(limiters, when)).await
    }

    fn busy(&mut self, place: &Place, refusal: LimitRefusal) -> Miss {
        self.exchange.record.explanation.note(&place.id, format!("busy: {refusal}"));
        Miss::Busy(refusal)
    }

    /// Until when the caller waits for the beginning of an answer, with a little time to tell them that there is
    /// none.
    fn patience(&self) -> Option<Duration> {
        let timeout = self.ask.timeout?;
        Some(self.exchange.began() + timeout.saturating_sub((timeout / 20).min(TIME_TO_TELL)))
    }

    /// Ends a call that its caller waits for no longer. That says nothing about the deployment's health, but it
    /// may send a bill.
    fn out_of_patience(&mut self, place: &Arc<Place>, began: Duration) -> LlmError {
        let message = "no answer began in the time that the caller waits for one";
        let error = LlmError::new(LlmErrorKind::Timeout, message);
        self.exchange.call_failed(place, &error);
        self.exchange.abandon();
        self.so_far.out_of_time = true;
        if let Some(lesson) = &self.lesson {
            let now = self.clock.monotonic();
            lesson.failed(&place.id, now.saturating_sub(began), now);
        }
        error
    }

    /// Writes down what was given up to get the answer, if the first choice failed.
    fn fell_back(&mut self, answers: &Arc<Place>) {
        let first_failed = self.so_far.first_failed.as_ref();
        let smaller = self.plan.is_some_and(|plan| plan.tier(&answers.id) == FallbackTier::Degraded);
        let event = match first_failed {
            Some((failed, _)) if failed.id == answers.id => return,
            None if !smaller => return,
            _ if smaller => "smaller_model",
            Some((failed, _)) if failed.spec.provider != answers.spec.provider => "other_provider",
            Some(_) | None => "other_deployment",
        };
        let why = first_failed.map_or_else(String::new, |(failed, kind)| {
            format!(", since `{}` failed with `{kind}`", failed.id)
        });
        self.exchange.degraded(format!("{event}: `{}` answers{why}", answers.id));
    }

    /// Waits before another round, at least as long as the first of the deployments asked for. Returns those whose time
    /// has come then, and leaves the others; `None` where that would be past the deadline.
    async fn wait(
        &self,
        round: u32,
        later: &mut Vec<Later>,
        deadline: Duration,
    ) -> Option<VecDeque<Arc<Place>>> {
        let now = self.clock.monotonic();
        let soonest = later.iter().map(|one| one.ready_in(now)).min()?;
        let left = deadline.saturating_sub(now);
        let pause = pause(self.retry, round, (soonest, left), random_unit())?;
        let is_due = |one: &Later| one.not_before.is_none() || one.ready_in(now) <= pause;
        let (due, rest): (Vec<_>, Vec<_>) = std::mem::take(later).into_iter().partition(is_due);
        *later = rest;
        tokio::time::sleep(pause).await;
        Some(due.into_iter().map(|one| one.place).collect())
    }

    fn unavailable(&self) -> GatewayError {
        GatewayError::Unavailable {
            model: self.exchange.record.explanation.asked.clone(),
            retry_after: Duration::from_secs(self.breaker.rest_seconds),
            last: None,
        }
    }
}

/// A random number from 0 to 1; 1 where the system has no random numbers.
fn random_unit() -> f64 {
    getrandom::u32().map_or(1.0, |bits| f64::from(bits) / f64::from(u32::MAX))
}
