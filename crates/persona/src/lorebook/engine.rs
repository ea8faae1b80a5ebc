//! Finds which entries of lorebooks belong into the prompt of a turn.
//!
//! A turn is scanned in steps: the last messages first, then (where a book allows it) also what was found before, until
//! nothing new is found. In each step entries are judged by themselves, compete in their inclusion groups, take their
//! chance, and take their tokens of the budget: constant ones first, then by priority, then the later ones by order.

use super::{
    Book, Logic, Spot, Timed,
    keys::{Haystack, Key},
    ready::Ready,
    timed::Effect,
};
use crate::{
    assemble::{Role, Said},
    chance::{Chance, number_of},
};
use std::collections::{BTreeMap, BTreeSet};

/// Steps of a scan, at the most; entries that find each other in a circle end by themselves, each counts once.
const MAX_STEPS: u64 = 10;

/// What a turn is scanned with.
#[derive(Clone, Copy)]
pub struct Scan<'a> {
    /// What was said, the oldest first.
    pub said: &'a [Said<'a>],
    /// What lasts from earlier turns of the branch.
    pub state: &'a Timed,
    /// What chance goes by.
    pub seed: u64,
    /// Tokens that all entries together may take.
    pub budget_tokens: usize,
    /// Counts the tokens of a text.
    pub count: &'a dyn Fn(&str) -> usize,
    /// Fills in macros: the text for the prompt, and what is searched in recursion besides.
    pub expand: &'a dyn Fn(&str) -> (String, String),
    /// Which greeting the conversation began with, where one did.
    pub greeting: Option<u64>,
    /// The name of the person's picture, where it is known.
    pub user_icon: Option<&'a str>,
}

/// Why an entry was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It always is.
    Constant,
    /// A key was found in what was said.
    Said(String),
    /// A key was found in another entry.
    Recursion(String),
    /// It stays for some messages.
    Sticky,
    /// It was found before, and stays.
    Kept,
}

/// An entry that goes into the prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its id in timed effects.
    pub id: String,
    /// What a person recognises it by.
    pub label: String,
    /// What is told, macros filled in.
    pub text: String,
    /// Where it goes.
    pub spot: Spot,
    /// Who says it, at a depth.
    pub role: Role,
    /// Why it is there.
    pub why: Why,
    /// What it takes.
    pub tokens: usize,
    /// Its order, then its book and its number there.
    order: (i64, usize, usize),
}

/// What a scan found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// What goes into the prompt, in its order.
    pub found: Vec<Found>,
    /// What was found but did not fit, by its label.
    pub no_room: Vec<String>,
    /// What lasts from here.
    pub timed: Timed,
    /// Whether an entry takes the system prompt away.
    pub disable_system_prompt: bool,
    /// Whether an entry takes the instructions after the history away.
    pub disable_post_history: bool,
    /// What all of it takes.
    pub tokens: usize,
}

/// The state of a scan.
struct Scanner<'a> {
    scan: Scan<'a>,
    messages: u64,
    answers: u64,
    state: Timed,
    /// What is searched of the messages, by how many of them.
    said: BTreeMap<u64, Haystack>,
    recursion: Option<Haystack>,
    step: u64,
}

/// An entry that was found in a step.
struct Candidate<'a> {
    entry: &'a Ready,
    book: usize,
    why: Why,
    score: usize,
}

/// Scans a turn. Books stand in the order of their precedence.
pub fn scan(books: &[&Book], scan: Scan<'_>) -> Outcome {
    let messages = u64::try_from(scan.said.len()).unwrap_or(u64::MAX);
    let answers = scan.said.iter().filter(|said| said.role == Role::Assistant).count();
    let mut scanner = Scanner {
        scan,
        messages,
        answers: u64::try_from(answers).unwrap_or(u64::MAX),
        state: scan.state.at(messages),
        said: BTreeMap::new(),
        recursion: None,
        step: 0,
    };
    let mut outcome = Outcome { timed: scanner.state.clone(), ..Outcome::default() };
    let mut decided: BTreeSet<(usize, &str)> = BTreeSet::new();
    let mut groups: BTreeSet<&str> = BTreeSet::new();
    let mut spent: Vec<usize> = vec![0; books.len()];
    let delays =
        books.iter().flat_map(|book| &book.entries).filter_map(|entry| entry.options.delay_until_recursion);
    let last_delay = delays.max().unwrap_or(0);
    let mut recursed = String::new();
    for step in 0..MAX_STEPS {
        scanner.step = step;
        let mut candidates = scanner.candidates(books, &decided);
        candidates.sort_by_key(|candidate| {
            let entry = candidate.entry;
            let rank = match candidate.why {
                Why::Sticky | Why::Kept => 0,
                Why::Constant => 1,
                Why::Said(_) | Why::Recursion(_) => 2,
            };
            let last = entry.decorators.ignore_on_max_context;
            (last, rank, candidate.book, std::cmp::Reverse((entry.priority, entry.order)))
        });
        let mut new_text = String::new();
        for candidate in scanner.compete(candidates, &mut groups, &mut decided) {
            let (entry, book) = (candidate.entry, candidate.book);
            decided.insert((book, &entry.id));
            if !scanner.lucky(entry, &candidate.why) {
                continue;
            }
            let (text, searched) = (scan.expand)(&entry.content);
            let text = text.trim().to_owned();
            let tokens = if text.is_empty() { 0 } else { (scan.count)(&text) };
            let own = books.get(book).and_then(|book| book.token_budget).unwrap_or(usize::MAX);
            let of_book = spent.get(book).copied().unwrap_or(0);
            let fits = outcome.tokens + tokens <= scan.budget_tokens && of_book + tokens <= own;
            if !fits && !entry.options.ignore_budget {
                outcome.no_room.push(entry.label.clone());
                continue;
            }
            outcome.tokens += tokens;
            if let Some(of_book) = spent.get_mut(book) {
                *of_book += tokens;
            }
            groups.extend(entry.options.groups.iter().map(String::as_str));
            if !entry.options.prevent_recursion && books.get(book).is_some_and(|book| book.recursive) {
                new_text.push('\n');
                new_text.push_str(&searched);
            }
            scanner.take(candidate, text, tokens, &mut outcome);
        }
        let more = !new_text.trim().is_empty();
        if !more && step >= last_delay {
            break;
        }
        recursed.push_str(&new_text);
        scanner.recursion = Some(Haystack::new(recursed.clone()));
    }
    outcome.found.sort_by_key(|found| (found.spot, found.order));
    outcome
}

impl Scanner<'_> {
    /// The entries that match in this step, of those that are not decided.
    fn candidates<'b>(
        &mut self,
        books: &[&'b Book],
        decided: &BTreeSet<(usize, &str)>,
    ) -> Vec<Candidate<'b>> {
        let mut candidates = Vec::new();
        for (index, book) in books.iter().enumerate() {
            for entry in &book.entries {
                if decided.contains(&(index, entry.id.as_str())) {
                    continue;
                }
                if let Some((why, score)) = self.judge(entry, book.recursive) {
                    candidates.push(Candidate { entry, book: index, why, score });
                }
            }
        }
        candidates
    }

    fn judge(&mut self, entry: &Ready, recursive: bool) -> Option<(Why, usize)> {
        let decorators = &entry.decorators;
        if decorators.activate {
            return Some((Why::Constant, 0));
        }
        if decorators.dont_activate {
            return None;
        }
        let ever = self.state.ever(&entry.id);
        if decorators.keep_activate_after_match && ever {
            return Some((Why::Kept, 0));
        }
        if decorators.dont_activate_after_match && ever || !self.time_has_come(entry) {
            return None;
        }
        if self.state.is_sticky(&entry.id, self.messages) {
            return Some((Why::Sticky, usize::MAX));
        }
        if self.state.cools_down(&entry.id, self.messages) || entry.options.delay > self.messages {
            return None;
        }
        match entry.options.delay_until_recursion {
            Some(level) if self.step < level => return None,
            Some(_) | None => {}
        }
        self.matches(entry, recursive)
    }

    /// Whether the decorators about the state of the conversation let it through.
    fn time_has_come(&self, entry: &Ready) -> bool {
        let decorators = &entry.decorators;
        let greeting = match (decorators.is_greeting, self.scan.greeting) {
            (Some(wanted), Some(began)) => wanted == began,
            (Some(_) | None, _) => true,
        };
        let icon = match (&decorators.is_user_icon, self.scan.user_icon) {
            (Some(wanted), Some(shown)) => wanted == shown,
            (Some(_) | None, _) => true,
        };
        let late_enough = decorators.activate_only_after.is_none_or(|after| self.answers >= after);
        let every = decorators.activate_only_every.filter(|every| *every > 0);
        greeting && icon && late_enough && every.is_none_or(|every| self.answers.is_multiple_of(every))
    }

    fn matches(&mut self, entry: &Ready, recursive: bool) -> Option<(Why, usize)> {
        let depth = entry.scan_depth;
        let said = self.said.entry(depth).or_insert_with(|| last_messages(self.scan.said, depth));
        let recursion = self.recursion.as_ref().filter(|_| recursive && !entry.options.exclude_recursion);
        let found = |key: &Key| key.found_in(said) || recursion.is_some_and(|text| key.found_in(text));
        let why = if entry.constant {
            Why::Constant
        } else if let Some((shown, _)) = entry.keys.iter().find(|(_, key)| key.found_in(said)) {
            Why::Said(shown.clone())
        } else {
            let text = recursion?;
            let (shown, _) = entry.keys.iter().find(|(_, key)| key.found_in(text))?;
            Why::Recursion(shown.clone())
        };
        if entry.exclude.iter().any(found) {
            return None;
        }
        if !entry.additional.is_empty() && !entry.additional.iter().any(found) {
            return None;
        }
        let secondary = entry.secondary.iter().filter(|key| found(key)).count();
        let all = entry.secondary.len();
        let allowed = all == 0
            || why == Why::Constant
            || match entry.options.logic {
                Logic::AndAny => secondary > 0,
                Logic::NotAll => secondary < all,
                Logic::NotAny => secondary == 0,
                Logic::AndAll => secondary == all,
            };
        let scored = if entry.options.group_scoring {
            entry.keys.iter().filter(|(_, key)| found(key)).count() + secondary
        } else {
            0
        };
        allowed.then_some((why, scored))
    }

    /// Lets one of each inclusion group through.
    fn compete<'b>(
        &self,
        candidates: Vec<Candidate<'b>>,
        taken: &mut BTreeSet<&'b str>,
        decided: &mut BTreeSet<(usize, &'b str)>,
    ) -> Vec<Candidate<'b>> {
        let mut names: Vec<&str> = Vec::new();
        for group in candidates.iter().flat_map(|candidate| &candidate.entry.options.groups) {
            if !names.contains(&group.as_str()) {
                names.push(group);
            }
        }
        let mut left = candidates;
        for name in names {
            let in_group =
                |candidate: &Candidate<'_>| candidate.entry.options.groups.iter().any(|group| group == name);
            let winner = if taken.contains(name) { None } else { self.winner(name, &left, in_group) };
            left.retain(|candidate| {
                let id = candidate.entry.id.as_str();
                let stays = !in_group(candidate)
                    || winner
                        .as_ref()
                        .is_some_and(|(book, won)| (*book, won.as_str()) == (candidate.book, id));
                if !stays {
                    decided.insert((candidate.book, &candidate.entry.id));
                }
                stays
            });
        }
        left
    }

    fn winner(
        &self,
        name: &str,
        candidates: &[Candidate<'_>],
        in_group: impl Fn(&Candidate<'_>) -> bool,
    ) -> Option<(usize, String)> {
        let mut members: Vec<&Candidate<'_>> =
            candidates.iter().filter(|candidate| in_group(candidate)).collect();
        let won = |candidate: &Candidate<'_>| (candidate.book, candidate.entry.id.clone());
        if let Some(stays) = members.iter().find(|candidate| matches!(candidate.why, Why::Sticky | Why::Kept))
        {
            return Some(won(stays));
        }
        if members.iter().any(|candidate| candidate.entry.options.group_scoring) {
            let best = members.iter().map(|candidate| candidate.score).max()?;
            members.retain(|candidate| !candidate.entry.options.group_scoring || candidate.score == best);
        }
        let first = members.iter().filter(|candidate| candidate.entry.options.group_override);
        if let Some(first) = first.max_by_key(|candidate| candidate.entry.order) {
            return Some(won(first));
        }
        let weights: Vec<u64> =
            members.iter().map(|candidate| candidate.entry.options.group_weight).collect();
        let total = weights.iter().fold(0u64, |sum, weight| sum.saturating_add(*weight));
        let mut drawn = Chance::new(self.scan.seed ^ number_of(name) ^ self.messages).below(total.max(1));
        for (candidate, weight) in members.iter().zip(weights) {
            if drawn < weight || total == 0 {
                return Some(won(candidate));
            }
            drawn -= weight;
        }
        None
    }

    /// Whether chance lets it through; what stays from before does not take it again.
    fn lucky(&self, entry: &Ready, why: &Why) -> bool {
        let probability = entry.options.probability;
        if probability >= 100 || matches!(why, Why::Sticky | Why::Kept) {
            return true;
        }
        let seed = self.scan.seed ^ number_of(&entry.id).rotate_left(17) ^ self.messages;
        Chance::new(seed).below(100) < probability
    }

    /// Puts an entry into the outcome, with what lasts of it.
    fn take(&self, candidate: Candidate<'_>, text: String, tokens: usize, outcome: &mut Outcome) {
        let Candidate { entry, book, why, .. } = candidate;
        let (options, decorators) = (&entry.options, &entry.decorators);
        outcome.disable_system_prompt |= decorators.disable_system_prompt;
        outcome.disable_post_history |= decorators.disable_post_history;
        let remembers = decorators.keep_activate_after_match || decorators.dont_activate_after_match;
        let lasts = options.sticky > 0 || options.cooldown > 0 || remembers;
        if lasts && !matches!(why, Why::Sticky | Why::Kept) {
            let sticky_until =
                if options.sticky > 0 { self.messages.saturating_add(options.sticky) } else { 0 };
            let from = sticky_until.max(self.messages);
            let cooldown_until = if options.cooldown > 0 { from.saturating_add(options.cooldown) } else { 0 };
            let effect = Effect { at: self.messages, sticky_until, cooldown_until, ever: remembers };
            outcome.timed.0.insert(entry.id.clone(), effect);
        }
        if !text.is_empty() {
            outcome.found.push(Found {
                id: entry.id.clone(),
                label: entry.label.clone(),
                text,
                spot: entry.spot,
                role: entry.role,
                why,
                tokens,
                order: (entry.order, book, entry.index),
            });
        }
    }
}

/// The last messages as they are searched: each with the name of who says it.
fn last_messages(said: &[Said<'_>], depth: u64) -> Haystack {
    let depth = usize::try_from(depth).unwrap_or(usize::MAX);
    let from = said.len().saturating_sub(depth);
    let lines =
        said.get(from..).unwrap_or_default().iter().map(|said| format!("{}: {}\n", said.name, said.text));
    Haystack::new(lines.collect())
}
