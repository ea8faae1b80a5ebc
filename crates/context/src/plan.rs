//! Decides what is given up for a request to fit, and does it.

use crate::{
    cache::Cache,
    fitted::{Fitted, Summarised},
    importance::importance,
    likeness::{Vectors, repeated, repeated_by_vectors, shingles},
    prune, summary, system,
    turns::{Turn, droppable, last_turn},
};
use llm::{ChatRequest, Message, Part, Role};
use std::collections::{BTreeMap, BTreeSet};

/// The shortest answer worth asking for, in tokens.
const LEAST_ANSWER_TOKENS: u64 = 256;
/// An answer is promised at most this part of the window before anything of the prompt goes.
const ANSWER_PART: u64 = 8;
/// A summary of what was left out has at most this part of the room, and at most so many tokens.
const SUMMARY_PART: u64 = 12;
const MOST_SUMMARY_TOKENS: u64 = 500;
/// A summary shorter than this says nothing.
const LEAST_SUMMARY_TOKENS: u64 = 24;
/// Bytes of a summary that make a token: rather too few than too many.
const BYTES_PER_TOKEN: u64 = 3;

/// What is wanted, and how it is measured.
pub struct Wanted<'a> {
    /// The model's window, in tokens.
    pub window: u64,
    /// Tokens of the prompt that are in no message: tools, the shape of the answer.
    pub beside: u64,
    /// How many tokens a message has.
    pub measure: &'a dyn Fn(&Message) -> u64,
    /// Vectors of the messages, where somebody made them.
    pub vectors: Option<&'a Vectors>,
    /// Where shortened system prompts are kept.
    pub cache: Option<&'a Cache>,
}

impl std::fmt::Debug for Wanted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { window, beside, vectors, .. } = self;
        write!(f, "Wanted {{ window: {window}, beside: {beside}, vectors: {} }}", vectors.is_some())
    }
}

/// What will be given up.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    fitted: Fitted,
    answer: Option<u64>,
    replaced: BTreeMap<usize, Message>,
    left_out: BTreeSet<usize>,
    summary_bytes: usize,
}

/// Says what has to be given up for the request to fit; `None` where it cannot be made to. A plan without anything
/// changes nothing.
pub fn plan(request: &ChatRequest, wanted: &Wanted<'_>) -> Option<Plan> {
    let asked = request.parameters.max_output_tokens;
    let promised = LEAST_ANSWER_TOKENS.max(wanted.window / ANSWER_PART);
    let answer = asked.unwrap_or(LEAST_ANSWER_TOKENS).min(promised);
    let room = wanted.window.checked_sub(answer)?;
    let costs: Vec<u64> = request.messages.iter().map(wanted.measure).collect();
    let total = costs.iter().copied().fold(wanted.beside, u64::saturating_add);
    let mut work = Work {
        request,
        wanted,
        room,
        total,
        costs,
        fitted: Fitted::default(),
        replaced: BTreeMap::new(),
        left_out: BTreeSet::new(),
    };
    let mut summary_tokens = 0;
    if !work.fits() {
        work.shorten_system();
        let turns = droppable(request);
        work.leave_out_repeated(&turns);
        work.prune();
        if !work.fits() {
            summary_tokens = work.leave_out_unimportant(&turns)?;
        }
    }
    let mut fitted = work.fitted;
    let longest = wanted.window.saturating_sub(work.total.saturating_add(summary_tokens));
    let lowered = asked.filter(|asked| *asked > longest).map(|before| (before, longest));
    fitted.answer_tokens = lowered;
    Some(Plan {
        fitted,
        answer: lowered.map(|(_, now)| now),
        replaced: work.replaced,
        left_out: work.left_out,
        summary_bytes: usize::try_from(summary_tokens * BYTES_PER_TOKEN).unwrap_or(0),
    })
}

struct Work<'a> {
    request: &'a ChatRequest,
    wanted: &'a Wanted<'a>,
    /// Tokens for the prompt.
    room: u64,
    /// What it has by now.
    total: u64,
    /// Of each message, by now.
    costs: Vec<u64>,
    fitted: Fitted,
    replaced: BTreeMap<usize, Message>,
    left_out: BTreeSet<usize>,
}

impl Work<'_> {
    fn fits(&self) -> bool {
        self.total <= self.room
    }

    fn cost(&self, position: usize) -> u64 {
        self.costs.get(position).copied().unwrap_or_default()
    }

    /// Puts another message in the place of one, if it is shorter; how many tokens that saves.
    fn replace(&mut self, position: usize, message: Message) -> u64 {
        let (before, now) = (self.cost(position), (self.wanted.measure)(&message));
        if now >= before {
            return 0;
        }
        if let Some(cost) = self.costs.get_mut(position) {
            *cost = now;
        }
        self.replaced.insert(position, message);
        self.total -= before - now;
        before - now
    }

    fn leave_out(&mut self, turn: &Turn) {
        for position in &turn.messages {
            if self.left_out.insert(*position) {
                let cost = self.cost(*position);
                self.total = self.total.saturating_sub(cost);
                self.fitted.tokens += cost;
            }
        }
    }

    fn shorten_system(&mut self) {
        let request = self.request;
        let systems = request.messages.iter().enumerate().filter(|(_, message)| message.role == Role::System);
        for (position, message) in systems {
            let mut shorter = message.clone();
            for part in &mut shorter.parts {
                if let Part::Text { text, .. } = part {
                    *text = match self.wanted.cache {
                        Some(cache) => cache.compressed(text),
                        None => system::compress(text),
                    };
                }
            }
            self.fitted.system_tokens += self.replace(position, shorter);
        }
    }

    /// Turns that are said again later, the oldest first.
    fn leave_out_repeated(&mut self, turns: &[Turn]) {
        if self.fits() {
            return;
        }
        let texts = turns.iter().map(|turn| shingles(&turn.text(self.request))).collect();
        let mut repeated = repeated(texts);
        if let Some(vectors) = self.wanted.vectors {
            repeated.extend(repeated_by_vectors(turns, vectors));
        }
        for turn in repeated.into_iter().filter_map(|number| turns.get(number)) {
            if self.fits() {
                return;
            }
            let before = self.fitted.tokens;
            self.leave_out(turn);
            self.fitted.repeated += turn.messages.len();
            self.fitted.repeated_tokens += self.fitted.tokens - before;
            self.fitted.tokens = before;
        }
    }

    /// Thoughts of turns that are over, and long results of tools, the oldest first.
    fn prune(&mut self) {
        let request = self.request;
        let last = last_turn(&request.messages);
        let newest = prune::newest_results(&request.messages);
        for (position, message) in request.messages.iter().enumerate() {
            if self.fits() {
                return;
            }
            if self.left_out.contains(&position) || position >= newest {
                continue;
            }
            if let Some(shorter) = prune::shorter(message, position < last) {
                let saved = self.replace(position, shorter);
                self.fitted.shortened += usize::from(saved > 0);
                self.fitted.shortened_tokens += saved;
            }
        }
    }

    /// The turns that matter least. How many tokens there are for a summary of them.
    fn leave_out_unimportant(&mut self, turns: &[Turn]) -> Option<u64> {
        let turns: Vec<&Turn> = turns
            .iter()
            .filter(|turn| !turn.messages.iter().any(|position| self.left_out.contains(position)))
            .collect();
        let cost = |turn: &Turn| turn.messages.iter().map(|position| self.cost(*position)).sum::<u64>();
        let costs: Vec<u64> = turns.iter().map(|turn| cost(turn)).collect();
        let fixed = self.total.saturating_sub(costs.iter().sum());
        let room = self.room.checked_sub(fixed)?;
        let wished = (self.room / SUMMARY_PART).min(MOST_SUMMARY_TOKENS).min(room / 3);
        let summary = if wished < LEAST_SUMMARY_TOKENS { 0 } else { wished };
        let owned: Vec<Turn> = turns.iter().map(|turn| (*turn).clone()).collect();
        let scores = importance(self.request, &owned, self.wanted.vectors);
        let mut order: Vec<usize> = (0..turns.len()).collect();
        let score = |number: &usize| scores.get(*number).copied().unwrap_or_default();
        // The newer of two that matter alike.
        order.sort_by(|one, other| score(other).total_cmp(&score(one)).then(other.cmp(one)));
        let mut left = room - summary;
        let mut goes = Vec::new();
        for number in order {
            let cost = costs.get(number).copied().unwrap_or_default();
            match left.checked_sub(cost) {
                Some(rest) => left = rest,
                None => goes.push(number),
            }
        }
        for turn in goes.into_iter().filter_map(|number| owned.get(number)) {
            self.leave_out(turn);
            self.fitted.messages += turn.messages.len();
        }
        Some(if self.fitted.messages > 0 { summary } else { 0 })
    }
}

impl Plan {
    /// Whether nothing changes.
    pub fn is_nothing(&self) -> bool {
        self.answer.is_none() && self.replaced.is_empty() && self.left_out.is_empty()
    }

    /// What was left out, as text for a model to summarise in [`Self::summary_bytes`]; `None` where there is no room for
    /// a summary.
    pub fn to_summarise(&self, request: &ChatRequest) -> Option<String> {
        (self.summary_bytes > 0)
            .then(|| summary::transcript(request, &self.left_out))
            .filter(|text| !text.is_empty())
    }

    /// The longest summary there is room for.
    pub const fn summary_bytes(&self) -> usize {
        self.summary_bytes
    }

    /// Gives it up. What was left out is told by `told`, or by its own most telling sentences.
    pub fn apply(self, request: &mut ChatRequest, told: Option<&str>) -> Fitted {
        let Self { mut fitted, answer, replaced, left_out, summary_bytes } = self;
        if let Some(answer) = answer {
            request.parameters.max_output_tokens = Some(answer);
        }
        let told = told.map(str::trim).filter(|told| !told.is_empty());
        let (text, by) = match told {
            Some(told) => (told.to_owned(), Summarised::Model),
            None => (summary::extract(request, &left_out, summary_bytes), Summarised::Extract),
        };
        let note = summary::note(&text, fitted.messages, summary_bytes);
        let first = left_out.first().copied();
        let mut messages = Vec::with_capacity(request.messages.len() - left_out.len());
        let mut note = note.filter(|_| summary_bytes > 0);
        for (at, message) in std::mem::take(&mut request.messages).into_iter().enumerate() {
            if left_out.contains(&at) {
                continue;
            }
            let mut message = replaced.get(&at).cloned().unwrap_or(message);
            // In a message of the person, since some formats have no other place in the middle.
            if message.role == Role::User
                && first.is_some_and(|first| at > first)
                && let Some(note) = note.take()
            {
                message.parts.insert(0, Part::text(note));
                fitted.summarised = Some(by);
            }
            messages.push(message);
        }
        request.messages = messages;
        fitted
    }
}
