//! An exchange under way. However it ends (answered, failed, abandoned, unwound by a panic), it is settled:
//! the reservation becomes the cost, and the journal has a line before the caller has the last byte.

use crate::{
    call::Receipt,
    counting::Prompt,
    experiments::Part,
    gateway::Shared,
    meter::{Evidence, Metered, meter},
    shares::{Held, SharedGrants},
    table::{Destination, Place, Target},
    trace::CallTrace,
};
use base::{Money, Timestamp};
use ledger::{Attempt, Capture, Exchange, Explanation, Line, Outcome, Pending, Record};
use llm::{AudioHead, Dialect, LlmError, PriceSheet, Prices, Service, Summary, Usage};
use routing::{Grants, Lesson};
use std::{borrow::Cow, sync::Arc, time::Duration};
use tokio::sync::oneshot;

/// Longest error text that is kept, in bytes.
const MAX_MESSAGE_BYTES: usize = 1_000;
/// Most calls of deployments that are written down for one exchange.
const MAX_ATTEMPTS: usize = 16;

/// How an exchange ends.
#[derive(Debug, Clone)]
pub(crate) enum Ending {
    /// Answered to the end.
    Complete,
    /// Answered from the cache; what it would have cost, and what without Familiar.
    Recalled { cost: Money, baseline: Money },
    /// No answer, or one that broke off: the error's class and words.
    Failed(String, String),
    /// The caller went away.
    Cancelled,
}

impl Ending {
    /// The ending for this error.
    pub(crate) fn failed(error: &LlmError) -> Self {
        Self::Failed(error.kind.as_str().to_owned(), error.message.clone())
    }
}

/// Who gets an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reader {
    /// Who has called by HTTP: it is written to their connection on the thread that has it.
    Door,
    /// A part of the program, which may do anything with it.
    Inside,
}

/// An exchange that is not settled yet.
#[derive(Debug)]
pub(crate) struct OpenExchange {
    shared: Arc<Shared>,
    /// What will be in the ledger.
    pub(crate) record: Record,
    /// When it began, by the monotonic clock.
    began: Duration,
    reservation: Option<Held>,
    /// What it has taken of its caller's limits, and of those of the deployment that is called.
    caller_grants: Grants,
    shared_grants: Option<SharedGrants>,
    place_grants: (Grants, Option<SharedGrants>),
    worst_case: Option<Money>,
    input_tokens_bound: u64,
    audio: Option<Box<AudioHead>>,
    prices: Option<Prices>,
    /// Everything that it could have gone to, where that is more than one deployment.
    rivals: Option<Arc<Destination>>,
    /// In which service it was, where the reply does not say.
    service: Option<Service>,
    /// A deployment is at work on it.
    calling: bool,
    /// When it was called, in milliseconds from the beginning.
    called_ms: u64,
    /// It was given up while a deployment was at work on it.
    abandoned: bool,
    /// Where what comes of it is to be learned from; only for routes that learn.
    lesson: Option<Box<Lesson>>,
    /// What has been seen of the answer; only the fields that matter to the meter.
    seen: Summary,
    /// The line of the journal that says that money may be spent on it.
    opened: Option<Pending>,
    /// The line that settles it, until everything that follows from that is done.
    closing: Option<Pending>,
    receipt: Option<oneshot::Sender<Receipt>>,
    /// What is told of it to those who follow calls.
    pub(crate) trace: Option<Box<CallTrace>>,
    /// How long others had it: deployments, and waits between calling them.
    pub(crate) away: Duration,
    settled: bool,
    /// Request and reply, where they are to be kept.
    pub(crate) capture: Option<Box<Capture>>,
    /// Its part in an experiment.
    part: Option<Box<Part>>,
    /// What was left out for it to fit, as a header has it.
    pub(crate) fitted: Option<Box<str>>,
    /// What was asked, where the number of its tokens is to be learned from.
    pub(crate) prompt: Option<Box<Prompt>>,
}

/// What an exchange begins with.
pub(crate) struct Beginning {
    pub(crate) record: Record,
    pub(crate) began: Duration,
    pub(crate) reservation: Held,
    pub(crate) grants: Grants,
    /// The same of limits that several servers share.
    pub(crate) shared_grants: Option<SharedGrants>,
    pub(crate) worst_case: Option<Money>,
    pub(crate) input_tokens_bound: u64,
    /// What is known of the sound, if that is what it is about.
    pub(crate) audio: Option<Box<AudioHead>>,
    /// Everything that it could have gone to, where that is more than one deployment.
    pub(crate) rivals: Option<Arc<Destination>>,
    /// What is told of it to those who follow calls.
    pub(crate) trace: Option<Box<CallTrace>>,
    /// Its part in an experiment.
    pub(crate) part: Option<Box<Part>>,
}

impl OpenExchange {
    /// On the heap: what is done with it goes through many hands.
    pub(crate) fn new(shared: &Arc<Shared>, beginning: Beginning) -> (Box<Self>, oneshot::Receiver<Receipt>) {
        let (sender, receiver) = oneshot::channel();
        let Beginning { record, began, reservation, grants, shared_grants, worst_case, .. } = beginning;
        let Beginning { input_tokens_bound, audio, rivals, trace, part, .. } = beginning;
        shared.metrics.began();
        let exchange = Box::new(Self {
            shared: Arc::clone(shared),
            record,
            began,
            reservation: Some(reservation),
            caller_grants: grants,
            shared_grants,
            place_grants: Default::default(),
            worst_case,
            input_tokens_bound,
            audio,
            prices: None,
            rivals,
            service: None,
            calling: false,
            called_ms: 0,
            abandoned: false,
            lesson: None,
            seen: Summary::default(),
            opened: None,
            closing: None,
            receipt: Some(sender),
            trace,
            away: Duration::ZERO,
            settled: false,
            capture: None,
            part,
            fitted: None,
            prompt: None,
        });
        (exchange, receiver)
    }

    /// A deployment has answered in a batch of its provider's, at the batch's prices.
    pub(crate) fn answered_in_batch(&mut self, place: &Place) {
        self.name(place, None);
        self.prices.clone_from(&place.spec.prices);
        self.service = Some(Service::Batch);
        self.record.attempts = 1;
    }

    /// Notes where it goes.
    fn name(&mut self, place: &Place, caller: Option<Dialect>) {
        let record = &mut *self.record;
        record.deployment = Some(place.id.clone());
        record.provider = Some(place.spec.provider.clone());
        record.model = Some(place.spec.name.clone());
        let own = match &place.target {
            Target::Wire(upstream) => Some(upstream.codec().dialect()),
            Target::Local(_) => None,
        };
        let spoken = caller.filter(|dialect| place.target.facing(*dialect).is_some()).or(own);
        record.upstream_dialect = spoken.map(|dialect| Cow::Borrowed(dialect.as_str()));
        record.priced = place.spec.prices.is_some();
    }

    /// A deployment is about to be called. Once it is, money may be spent, so the journal hears of it before the request
    /// leaves: when this is over, or when what this thread's connections hold is let go.
    pub(crate) async fn calling(
        &mut self,
        place: &Place,
        caller: Option<Dialect>,
        grants: (Grants, Option<SharedGrants>),
    ) {
        self.place_grants = grants;
        self.name(place, caller);
        if let Some(trace) = &mut self.trace {
            trace.attempt(place, self.shared.clock.as_ref());
        }
        let record = &mut *self.record;
        record.attempts += 1;
        self.prices.clone_from(&place.spec.prices);
        self.called_ms = if record.attempts > 1 { elapsed_ms(&self.shared, self.began) } else { 0 };
        if self.opened.is_none() && (record.streamed || self.worst_case != Some(Money::ZERO)) {
            record.outcome = Outcome::Interrupted;
            // Where nothing limits the answer, its prompt alone is sure to be paid for.
            let prompt = Usage { input: self.input_tokens_bound, ..Usage::default() };
            let sheet = self.prices.as_ref().map(|prices| prices.at(record.started_at));
            let prompt_cost = sheet.map(|sheet| sheet.cost(&prompt));
            record.cost = self.worst_case.or(prompt_cost).unwrap_or_default();
            record.estimated = true;
            let line = self.opened.insert(self.shared.journal.put(&Line::Open(record)));
            let is_held = matches!(place.target, Target::Wire(_)) && net::hold::until(&self.shared);
            if !is_held {
                line.with_others().await;
            }
        }
        self.calling = true;
    }

    /// The deployment that was called has failed.
    pub(crate) fn call_failed(&mut self, place: &Place, error: &LlmError) {
        self.calling = false;
        self.place_grants = Default::default();
        self.shared.metrics.attempt_failed();
        if let Some(trace) = &mut self.trace {
            trace.attempt_failed(error, self.shared.clock.as_ref());
        }
        tracing::warn!(exchange = %self.record.id, deployment = %place.id, %error, "a deployment failed");
        let mut note = format!("failed: {error}");
        truncate(&mut note);
        self.record.explanation.note(&place.id, note);
        let mut message = error.message.clone();
        truncate(&mut message);
        self.attempted(place, Some((error.kind.as_str().to_owned(), message)));
    }

    /// Writes the call that is over down.
    fn attempted(&mut self, place: &Place, failure: Option<(String, String)>) {
        let attempts = &mut self.record.explanation.attempts;
        // A deployment that fails for an hour may be called a hundred times for one request.
        if attempts.len() < MAX_ATTEMPTS {
            attempts.push(Attempt {
                deployment: place.id.clone(),
                began_ms: self.called_ms,
                took_ms: elapsed_ms(&self.shared, self.began).saturating_sub(self.called_ms),
                failure,
            });
        }
    }

    /// Something was given up to get an answer: an event that begins with one of the words of the metrics.
    pub(crate) fn degraded(&mut self, event: String) {
        self.shared.metrics.degraded(&event);
        self.record.explanation.degraded.push(event);
    }

    /// The caller waits no longer for the deployment that was called.
    pub(crate) fn abandon(&mut self) {
        self.abandoned = true;
    }

    /// Something is to be learned from how it ends.
    pub(crate) fn teach(&mut self, lesson: Lesson) {
        self.lesson = Some(Box::new(lesson));
    }

    /// When it began, by the monotonic clock.
    pub(crate) fn began(&self) -> Duration {
        self.began
    }

    /// The deployment that was called has begun to answer.
    pub(crate) fn answering(&mut self, place: &Place) {
        self.record.explanation.chosen = Some(place.id.clone());
        self.record.first_token_ms = Some(self.elapsed_ms());
        if let Some(trace) = &mut self.trace {
            trace.answering(self.shared.clock.as_ref());
        }
        if !self.record.explanation.attempts.is_empty() {
            self.attempted(place, None);
        }
    }

    /// Takes note of what has been seen of the answer.
    pub(crate) fn observe(&mut self, summary: &Summary) {
        self.seen.started = summary.started;
        self.seen.usage = match self.service {
            None => summary.usage,
            service => summary.usage.map(|usage| Usage { service, ..usage }),
        };
        self.seen.text_bytes = summary.text_bytes;
        if let Some(trace) = &mut self.trace {
            trace.observe(summary);
        }
    }

    /// How long the gateway itself has had it so far.
    pub(crate) fn overhead(&self) -> Duration {
        self.shared.clock.monotonic().saturating_sub(self.began).saturating_sub(self.away)
    }

    /// Lets the route learn from how it ended. What the caller broke off has answered as far as anybody wanted to know.
    fn learn(&self, lesson: &Lesson) {
        let Some(deployment) = self.record.explanation.chosen.as_deref() else { return };
        let ending = routing::Ending {
            answered: matches!(self.record.outcome, Outcome::Ok | Outcome::Cancelled),
            cost: self.record.priced.then_some(self.record.cost),
        };
        lesson.settled(deployment, ending, self.shared.clock.monotonic());
    }

    /// Settles it; only the first time counts. Returns what it came to.
    pub(crate) fn settle(&mut self, ending: Ending) -> Metered {
        let metered = self.end(&ending);
        self.close();
        metered
    }

    /// What follows once it has ended and its line is in the journal, together with those of others that are ready. An answer
    /// that goes out by a connection of this thread is held there for so long, that to others waits here.
    pub(crate) async fn close_with_others(mut self: Box<Self>, reader: Reader) {
        match reader {
            Reader::Door if net::hold::until(&self.shared) => net::hold::keep(self),
            Reader::Door | Reader::Inside => {
                if let Some(line) = &mut self.closing {
                    line.with_others().await;
                }
            }
        }
    }

    /// Notes how it ended, and puts that down; only the first time counts. Returns what it came to.
    pub(crate) fn end(&mut self, ending: &Ending) -> Metered {
        if std::mem::replace(&mut self.settled, true) {
            return Metered::default();
        }
        let metered = self.metered(ending);
        let savings = self.savings(ending, &metered);
        self.count_volume(&metered.usage);
        self.conclude(ending, &metered);
        (self.record.baseline, self.record.prompt_saved) = savings;
        if let Some(lesson) = self.lesson.take() {
            self.learn(&lesson);
        }
        if let Some(part) = self.part.take() {
            part.settled(&self.shared, &self.record);
        }
        self.caller_grants.settle(&self.record.usage);
        self.place_grants.0.settle(&self.record.usage);
        let shared = [self.shared_grants.take(), self.place_grants.1.take()];
        for grants in shared.into_iter().flatten() {
            grants.settle(&self.record.usage);
        }
        self.compare();
        self.shared.metrics.settled(&self.record);
        if let Some(trace) = self.trace.take() {
            trace.end(&self.record, self.shared.clock.as_ref());
        }
        self.closing = Some(self.shared.journal.put(&Line::Settled(&self.record)));
        metered
    }

    /// What follows once it is put down: whoever waits for its receipt gets it, and so does the ledger.
    fn close(&mut self) {
        let Some(line) = self.closing.take() else { return };
        let opened = self.opened.take().and_then(Pending::write);
        // The line that it was opened with has said its part, if the line that settles it is there.
        let hold = match (line.write(), opened) {
            (Some(settled), opened) => {
                if let Some(opened) = opened {
                    opened.release();
                }
                Some(settled)
            }
            (None, opened) => opened,
        };
        // Only now: budgets that several servers share never know of less than the journal of one that is killed.
        if let Some(reservation) = self.reservation.take() {
            reservation.settle(self.record.cost);
        }
        if let Some(sender) = self.receipt.take() {
            // Nobody has to wait for it.
            let _ = sender.send(self.receipt());
        }
        self.shared.queue.push(self.record.clone(), hold);
    }

    fn metered(&self, ending: &Ending) -> Metered {
        if let Ending::Recalled { .. } = ending {
            return Metered { cost: Some(Money::ZERO), ..Metered::default() };
        }
        let sheet = self.sheet();
        let used = self.used_this_month(sheet);
        let cancelled = matches!(ending, Ending::Cancelled);
        if cancelled && !self.calling {
            return Metered { cost: Some(Money::ZERO), ..Metered::default() };
        }
        meter(&Evidence {
            summary: &self.seen,
            complete: matches!(ending, Ending::Complete),
            abandoned: cancelled || self.abandoned,
            streamed: self.record.streamed,
            input_tokens_bound: self.input_tokens_bound,
            audio: self.audio.as_deref(),
            prices: sheet.map(|sheet| (sheet, used)),
            worst_case: self.worst_case,
        })
    }

    /// Counts what was used, where a price depends on it.
    fn count_volume(&self, usage: &Usage) {
        if let (Some(deployment), true) =
            (&self.record.deployment, self.sheet().is_some_and(PriceSheet::has_volume))
        {
            self.shared.volumes.add(deployment, self.record.started_at, usage.total());
        }
    }

    /// The prices that hold for it: those of its own beginning.
    fn sheet(&self) -> Option<&PriceSheet> {
        self.prices.as_ref().map(|prices| prices.at(self.record.started_at))
    }

    /// What the deployment was used for before in the month, where its price depends on that.
    fn used_this_month(&self, sheet: Option<&PriceSheet>) -> u64 {
        match (&self.record.deployment, sheet.is_some_and(PriceSheet::has_volume)) {
            (Some(deployment), true) => self.shared.volumes.used(deployment, self.record.started_at),
            (_, _) => 0,
        }
    }

    /// What it would have cost without Familiar, and what the provider's prompt cache saved.
    fn savings(&self, ending: &Ending, metered: &Metered) -> (Money, Money) {
        if let Ending::Recalled { baseline, .. } = ending {
            return (*baseline, Money::ZERO);
        }
        let (Some(cost), usage) = (metered.cost, &metered.usage) else { return (Money::ZERO, Money::ZERO) };
        let cached = usage.cached_input > 0 || usage.cache_write > 0;
        let prompt_saved = match self.sheet().filter(|_| cached && !metered.estimated) {
            None => Money::ZERO,
            Some(sheet) => {
                let used = self.used_this_month(Some(sheet));
                sheet.cost_without_cache(usage, used) - sheet.listed_cost(usage, used)
            }
        };
        let own = cost + prompt_saved;
        let Some(rivals) = self.rivals.as_ref().filter(|_| cost > Money::ZERO) else {
            return (own, prompt_saved);
        };
        let sheets = rivals.places.iter().filter_map(|place| place.spec.prices.as_ref());
        let dearest = sheets.map(|prices| prices.at(self.record.started_at).cost_without_cache(usage, 0));
        (dearest.fold(own, Money::max), prompt_saved)
    }

    fn conclude(&mut self, ending: &Ending, metered: &Metered) {
        let total_ms = self.elapsed_ms();
        let record = &mut *self.record;
        record.total_ms = total_ms;
        record.usage = metered.usage;
        record.cost = metered.cost.unwrap_or_default();
        record.priced = metered.cost.is_some();
        record.estimated = metered.estimated;
        record.outcome = match ending {
            Ending::Complete => Outcome::Ok,
            Ending::Recalled { cost, .. } => {
                record.cache_hit = true;
                record.saved = *cost;
                record.first_token_ms = Some(total_ms);
                Outcome::Ok
            }
            Ending::Failed(kind, message) => {
                let mut message = message.clone();
                truncate(&mut message);
                record.error_kind = Some(kind.clone());
                record.error_message = Some(message);
                Outcome::Failed
            }
            Ending::Cancelled => Outcome::Cancelled,
        };
    }

    fn receipt(&self) -> Receipt {
        let record = &self.record;
        Receipt {
            exchange_id: record.id,
            outcome: record.outcome,
            deployment: record.deployment.clone(),
            model: record.model.clone(),
            usage: record.usage,
            cost: record.priced.then_some(record.cost),
            estimated: record.estimated,
            cache_hit: record.cache_hit,
            first_token_ms: record.first_token_ms,
            total_ms: record.total_ms,
        }
    }

    fn elapsed_ms(&self) -> u64 {
        elapsed_ms(&self.shared, self.began)
    }

    /// The gateway it belongs to.
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl Drop for OpenExchange {
    fn drop(&mut self) {
        self.settle(Ending::Cancelled);
        // Settled before, and its line has waited for others.
        self.close();
        if let Some(capture) = self.capture.take()
            && capture.wanted(self.record.outcome)
        {
            self.shared.keeper.take(self.record.id, self.record.owner, *capture);
        }
    }
}

/// An exchange of which nothing is known yet but why it goes where.
pub(crate) fn blank(
    id: base::Id,
    started_at: Timestamp,
    owner: base::OwnerId,
    explanation: Explanation,
) -> Record {
    Record::new(Exchange {
        id,
        started_at,
        owner,
        key_id: None,
        project: None,
        operation: Cow::Borrowed(""),
        route: String::new(),
        deployment: None,
        provider: None,
        model: None,
        caller_dialect: None,
        upstream_dialect: None,
        streamed: false,
        outcome: Outcome::Interrupted,
        error_kind: None,
        error_message: None,
        usage: llm::Usage::default(),
        cost: Money::ZERO,
        priced: true,
        estimated: false,
        saved: Money::ZERO,
        baseline: Money::ZERO,
        prompt_saved: Money::ZERO,
        first_token_ms: None,
        total_ms: 0,
        attempts: 0,
        cache_hit: false,
        tags: Vec::new(),
        explanation: explanation.into(),
    })
}

fn elapsed_ms(shared: &Shared, began: Duration) -> u64 {
    let elapsed = shared.clock.monotonic().saturating_sub(began);
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

fn truncate(text: &mut String) {
    if text.len() > MAX_MESSAGE_BYTES {
        let end = (0..=MAX_MESSAGE_BYTES).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
}
