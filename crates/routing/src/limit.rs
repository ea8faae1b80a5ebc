//! Limits on requests, tokens and calls at a time, of users, virtual keys, providers and deployments.
//!
//! A call takes from all limiters that concern it or from none. It takes tokens at an estimate, which every
//! limiter learns from what calls came to, and gives back or adds the difference when it is settled. Requests
//! and tokens are counted apart.

mod bell;
mod queue;
mod registry;
mod state;
mod window;

pub use bell::Bell;
pub use queue::{Bounds, NoTurn, ParsePriorityError, Priority, QueueSnapshot, Request, Turn, WaitingRoom};
pub use registry::Registry;
pub use state::{HeaderStyle, LimitRefusal, LimitedBy, LimitsState, WindowState};

use parking_lot::{Mutex, MutexGuard};
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc, time::Duration};
use window::{Taken, Window};

/// How soon to come back where calls at a time are limited: nobody knows when one ends.
/// How long to wait for a call to end, of which nobody knows when it will.
pub const PARALLEL_WAIT: Duration = Duration::from_secs(1);
/// Tokens that an answer is taken to have while nothing is known about answers.
const USUAL_OUTPUT: u64 = 1_000;
/// Bytes of a token while nothing is known about prompts.
const USUAL_BYTES_A_TOKEN: f64 = 3.0;
/// How much one call changes what is expected of the next.
const LEARNING: f64 = 1.0 / 16.0;

/// What may be taken; nothing is limited where nothing is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Requests in any sixty seconds.
    pub requests_per_minute: Option<u32>,
    /// Tokens in any sixty seconds, read and written.
    pub tokens_per_minute: Option<u64>,
    /// Calls at a time.
    pub parallel: Option<u32>,
}

impl Limits {
    /// Whether nothing is limited.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The first one that lets nothing through, by its name.
    pub fn zero(&self) -> Option<&'static str> {
        [
            ("requests_per_minute", self.requests_per_minute == Some(0)),
            ("tokens_per_minute", self.tokens_per_minute == Some(0)),
            ("parallel", self.parallel == Some(0)),
        ]
        .into_iter()
        .find_map(|(name, zero)| zero.then_some(name))
    }
}

/// Whose limits they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// A user's: all of their keys together.
    User,
    /// A virtual key's, by its name.
    Key(String),
    /// A provider's, by its name.
    Provider(String),
    /// A deployment's, `provider/model`.
    Deployment(String),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User => f.write_str("this user"),
            Self::Key(name) => write!(f, "the key `{name}`"),
            Self::Provider(name) => write!(f, "the provider `{name}`"),
            Self::Deployment(id) => write!(f, "`{id}`"),
        }
    }
}

/// What a call may take, as far as its head tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Demand {
    /// The prompt has no more tokens than these.
    pub input_tokens_bound: u64,
    /// Nor has the answer, all choices together.
    pub max_output_tokens: Option<u64>,
}

/// Counts what is taken.
#[derive(Debug)]
pub struct Limiter {
    inner: Mutex<Inner>,
    /// Rung when something is given back.
    freed: Arc<Bell>,
}

#[derive(Debug)]
struct Inner {
    scope: Scope,
    limits: Limits,
    requests: Window,
    tokens: Window,
    parallel: u32,
    expected: Expectation,
}

/// What calls come to, learnt from those before.
#[derive(Debug, Default)]
struct Expectation {
    /// Tokens for each of the bound's.
    input_share: Option<f64>,
    output_tokens: Option<f64>,
}

/// What a call has taken of one limiter.
#[derive(Debug)]
struct Share {
    limiter: Arc<Limiter>,
    request: Option<Taken>,
    tokens: Option<Taken>,
    /// For learning.
    input_tokens_bound: u64,
}

/// What a call has taken of all limiters that concern it. Dropped unsettled, its tokens and its place go back;
/// the request has been made.
#[derive(Debug, Default)]
pub struct Grants(Vec<Share>);

impl Limiter {
    /// A limiter from which nothing is taken yet, and the bell that it rings when something is given back.
    pub fn new(scope: Scope, limits: Limits, freed: &Arc<Bell>) -> Arc<Self> {
        let (requests, tokens) = (Window::default(), Window::default());
        let inner = Inner { scope, limits, requests, tokens, parallel: 0, expected: Expectation::default() };
        Arc::new(Self { inner: Mutex::new(inner), freed: Arc::clone(freed) })
    }

    /// Replaces the limits; what has been taken stays taken.
    pub fn change(&self, scope: Scope, limits: Limits) {
        let mut inner = self.inner.lock();
        (inner.scope, inner.limits) = (scope, limits);
        drop(inner);
        self.freed.ring();
    }

    /// Whose limits they are.
    pub fn scope(&self) -> Scope {
        self.inner.lock().scope.clone()
    }

    /// What may be taken.
    pub fn limits(&self) -> Limits {
        self.inner.lock().limits
    }

    /// Tokens that a call is expected to take.
    pub fn expects(&self, demand: Demand) -> u64 {
        self.inner.lock().estimate(demand)
    }

    /// What is left.
    pub fn state(&self, now: Duration) -> LimitsState {
        self.inner.lock().state(now)
    }

    /// How much of the scarcest limit is left, and how long to wait if it is nothing.
    pub fn headroom(&self, now: Duration) -> (f64, Option<Duration>) {
        let mut inner = self.inner.lock();
        let state = inner.state(now);
        let wait = inner.full(&state, now);
        (state.headroom(), wait)
    }

    /// Entries kept for counting.
    pub fn entries(&self) -> usize {
        let inner = self.inner.lock();
        inner.requests.entries() + inner.tokens.entries()
    }
}

impl Inner {
    /// Tokens to take for a call. More than the limit is never taken: such a call waits for an empty window.
    fn estimate(&self, demand: Demand) -> u64 {
        let share = self.expected.input_share.unwrap_or(1.0 / USUAL_BYTES_A_TOKEN);
        let input = (demand.input_tokens_bound as f64 * share).ceil() as u64;
        let usual = match (self.expected.output_tokens, demand.max_output_tokens) {
            (Some(learnt), _) => learnt.ceil() as u64,
            (None, Some(most)) => most,
            (None, None) => USUAL_OUTPUT,
        };
        let output = usual.min(demand.max_output_tokens.unwrap_or(u64::MAX));
        input.saturating_add(output).min(self.limits.tokens_per_minute.unwrap_or(u64::MAX))
    }

    /// Why a call cannot take what it needs.
    fn refusal(&mut self, demand: Demand, now: Duration) -> Option<LimitRefusal> {
        let (by, wait) = self.lacking(demand, now)?;
        let state = self.state(now);
        Some(LimitRefusal::new(self.scope.clone(), by, wait, state))
    }

    fn lacking(&mut self, demand: Demand, now: Duration) -> Option<(LimitedBy, Duration)> {
        let Limits { requests_per_minute, tokens_per_minute, parallel } = self.limits;
        if let Some(limit) = requests_per_minute.map(u64::from)
            && self.requests.taken(now) >= limit
        {
            let wait = self.requests.wait_for(limit.saturating_sub(1), now);
            return Some((LimitedBy::Requests { limit }, wait));
        }
        if let Some(limit) = tokens_per_minute {
            let estimate = self.estimate(demand);
            let taken = self.tokens.taken(now);
            if taken.saturating_add(estimate) > limit && taken > 0 {
                let wait = self.tokens.wait_for(limit - estimate, now);
                return Some((LimitedBy::Tokens { limit, needed: estimate }, wait));
            }
        }
        parallel
            .filter(|limit| self.parallel >= *limit)
            .map(|limit| (LimitedBy::Parallel { limit: u64::from(limit) }, PARALLEL_WAIT))
    }

    fn take(&mut self, demand: Demand, now: Duration) -> (Option<Taken>, Option<Taken>) {
        self.parallel += 1;
        let request = self.limits.requests_per_minute.is_some().then(|| self.requests.take(1, now));
        let estimate = self.limits.tokens_per_minute.is_some().then(|| self.estimate(demand));
        (request, estimate.map(|estimate| self.tokens.take(estimate, now)))
    }

    /// How long a call has to wait at the least; `None` where one may begin.
    fn full(&mut self, state: &LimitsState, now: Duration) -> Option<Duration> {
        let none_left = |window: Option<WindowState>| window.is_some_and(|window| window.remaining == 0);
        if none_left(state.requests) {
            let limit = u64::from(self.limits.requests_per_minute.unwrap_or_default());
            return Some(self.requests.wait_for(limit.saturating_sub(1), now));
        }
        if none_left(state.tokens) {
            let limit = self.limits.tokens_per_minute.unwrap_or_default();
            return Some(self.tokens.wait_for(limit.saturating_sub(1), now));
        }
        none_left(state.parallel).then_some(PARALLEL_WAIT)
    }

    fn state(&mut self, now: Duration) -> LimitsState {
        let window = |limit: u64, window: &mut Window| WindowState {
            limit,
            remaining: limit.saturating_sub(window.taken(now)),
            reset_in: window.reset_in(now),
        };
        let Limits { requests_per_minute, tokens_per_minute, parallel } = self.limits;
        LimitsState {
            requests: requests_per_minute.map(|limit| window(u64::from(limit), &mut self.requests)),
            tokens: tokens_per_minute.map(|limit| window(limit, &mut self.tokens)),
            parallel: parallel.map(|limit| WindowState {
                limit: u64::from(limit),
                remaining: u64::from(limit.saturating_sub(self.parallel)),
                reset_in: Duration::ZERO,
            }),
        }
    }
}

impl Expectation {
    fn learn(&mut self, input_tokens_bound: u64, input_tokens: u64, output_tokens: u64) {
        let blend = |before: Option<f64>, new: f64| match before {
            Some(before) => before + (new - before) * LEARNING,
            None => new,
        };
        if input_tokens_bound > 0 && input_tokens > 0 {
            let share = input_tokens as f64 / input_tokens_bound as f64;
            self.input_share = Some(blend(self.input_share, share.min(1.0)));
        }
        self.output_tokens = Some(blend(self.output_tokens, output_tokens as f64));
    }
}

impl Grants {
    /// Takes from all limiters or from none. Callers name them in one order (wide ones first), so that two of
    /// them never wait for each other.
    ///
    /// # Errors
    /// The refusal of the first limiter that has too little left.
    pub fn take<'a>(
        limiters: impl Iterator<Item = &'a Arc<Limiter>> + Clone,
        demand: Demand,
        now: Duration,
    ) -> Result<Self, LimitRefusal> {
        let mut held: Vec<MutexGuard<'a, Inner>> = Vec::new();
        for limiter in limiters.clone() {
            let mut inner = limiter.inner.lock();
            if let Some(refusal) = inner.refusal(demand, now) {
                return Err(refusal);
            }
            held.push(inner);
        }
        let shares = limiters.zip(&mut held).map(|(limiter, inner)| {
            let (request, tokens) = inner.take(demand, now);
            let limiter = Arc::clone(limiter);
            Share { limiter, request, tokens, input_tokens_bound: demand.input_tokens_bound }
        });
        Ok(Self(shares.collect()))
    }

    /// Why a call would be refused, if it would; takes nothing.
    pub fn refusal<'a>(
        limiters: impl IntoIterator<Item = &'a Arc<Limiter>>,
        demand: Demand,
        now: Duration,
    ) -> Option<LimitRefusal> {
        limiters.into_iter().find_map(|limiter| limiter.inner.lock().refusal(demand, now))
    }

    /// Whether no limiter is concerned.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Replaces the estimates by what the call came to, and gives its place back.
    pub fn settle(&mut self, usage: &llm::Usage) {
        let (input_tokens, output_tokens) = (usage.total_input(), usage.output);
        for share in self.0.drain(..) {
            let mut inner = share.limiter.inner.lock();
            if input_tokens + output_tokens > 0 {
                inner.expected.learn(share.input_tokens_bound, input_tokens, output_tokens);
            }
            share.give_back(&mut inner, input_tokens.saturating_add(output_tokens));
            drop(inner);
            share.limiter.freed.ring();
        }
    }

    /// Gives everything back, the request as well: nothing was sent.
    pub fn undo(mut self) {
        for share in self.0.drain(..) {
            let mut inner = share.limiter.inner.lock();
            if let Some(request) = share.request {
                inner.requests.correct(request, 0);
            }
            share.give_back(&mut inner, 0);
            drop(inner);
            share.limiter.freed.ring();
        }
    }

    /// What is left of all limits together: of each kind the scarcest.
    pub fn state(&self, now: Duration) -> LimitsState {
        state_of(self.0.iter().map(|share| &share.limiter), now)
    }
}

/// What is left of these limits together.
fn state_of<'a>(limiters: impl IntoIterator<Item = &'a Arc<Limiter>>, now: Duration) -> LimitsState {
    let states = limiters.into_iter().map(|limiter| limiter.state(now));
    states.fold(LimitsState::default(), |state, other| state.scarcer(&other))
}

impl Share {
    fn give_back(&self, inner: &mut Inner, tokens: u64) {
        inner.parallel = inner.parallel.saturating_sub(1);
        if let Some(taken) = self.tokens {
            inner.tokens.correct(taken, tokens);
        }
    }
}

impl Drop for Grants {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            self.settle(&llm::Usage::default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm::Usage;

    const NOW: Duration = Duration::from_secs(100);

    fn limiter(limits: Limits) -> Arc<Limiter> {
        Limiter::new(Scope::User, limits, &Arc::default())
    }

    fn demand(input_tokens_bound: u64, max_output_tokens: u64) -> Demand {
        Demand { input_tokens_bound, max_output_tokens: Some(max_output_tokens) }
    }

    fn used(input: u64, output: u64) -> Usage {
        Usage { input, output, ..Usage::default() }
    }

    #[test]
    fn all_limiters_give_or_none() {
        let wide = limiter(Limits { requests_per_minute: Some(5), ..Limits::default() });
        let narrow = limiter(Limits { requests_per_minute: Some(1), ..Limits::default() });
        let both = [wide, narrow];
        let take = || Grants::take(both.iter(), Demand::default(), NOW);
        let held = take().unwrap();
        assert!(take().is_err());
        let left = |position: usize| both[position].state(NOW).requests.unwrap().remaining;
        assert_eq!((left(0), left(1)), (4, 0), "the refused one took nothing");
        held.undo();
        assert_eq!((left(0), left(1)), (5, 1), "what was not sent does not count");
        drop(take().unwrap());
        assert_eq!((left(0), left(1)), (4, 0), "what was sent counts, even if nothing came of it");
    }

    #[test]
    fn what_calls_come_to_is_learnt() {
        let limiter = [limiter(Limits { tokens_per_minute: Some(100_000), ..Limits::default() })];
        let taken = |demand| {
            let before = limiter[0].state(NOW).tokens.unwrap().remaining;
            let grants = Grants::take(limiter.iter(), demand, NOW).unwrap();
            (before - limiter[0].state(NOW).tokens.unwrap().remaining, grants)
        };
        let (first, mut grants) = taken(demand(3_000, 4_000));
        assert_eq!(first, 1_000 + 4_000, "a token for three bytes, and the longest answer");
        grants.settle(&used(600, 200));
        assert_eq!(limiter[0].state(NOW).tokens.unwrap().remaining, 100_000 - 800);
        assert_eq!(taken(demand(3_000, 4_000)).0, 600 + 200);
        assert_eq!(taken(demand(3_000, 50)).0, 600 + 50, "no more than is asked for");
        let (_, mut grants) = taken(demand(1_000, 4_000));
        grants.settle(&used(200, 1_800));
        assert_eq!(taken(demand(0, 4_000)).0, 300, "one long answer does not change everything");
    }

    #[test]
    fn a_call_larger_than_the_limit_waits_for_an_empty_window() {
        let limiter = [limiter(Limits { tokens_per_minute: Some(100), ..Limits::default() })];
        let large = demand(0, 1_000);
        let mut held = Grants::take(limiter.iter(), large, NOW).unwrap();
        held.settle(&used(0, 150));
        let refusal = Grants::take(limiter.iter(), demand(0, 1), NOW).unwrap_err();
        assert_eq!(refusal.wait, Duration::from_secs(60));
        assert!(Grants::take(limiter.iter(), large, NOW + refusal.wait).is_ok());
    }

    #[test]
    fn no_limit_is_no_work() {
        let grants = Grants::take([].iter(), demand(5, 5), NOW).unwrap();
        assert!(grants.is_empty());
        assert_eq!(grants.state(NOW), LimitsState::default());
        assert!(Limits::default().is_empty() && Limits::default().zero().is_none());
    }
}
