//! What kind of task a prompt is, how demanding it is, and how much a quick answer matters: from its words and its
//! form, without asking a language model, without I/O, in microseconds.
//!
//! Rules speak for a task with a weight: phrases (`cues`, the words themselves in `data/cues.toml`) and signs such as
//! code, a stack trace or dice (`signs`). A linear model (`model`), learned offline from labelled prompts (`training`),
//! weighs what they say together with the text's words, pairs of words and parts of words.
//! What kind of *document* a text is, `document` says, by signals alone.
//! `docs/classification.md` says how often this is right, measured on prompts that neither was made for.

mod cues;
mod document;
#[cfg(feature = "training")]
pub mod labelled;
mod model;
mod signs;
mod tally;
mod task;
#[cfg(feature = "training")]
pub mod training;
mod words;

pub use document::{
    DOCUMENT_VERSION, DocumentClass, DocumentKind, DocumentPart, DocumentText, UnknownDocumentKind,
    classify_document, document_signals,
};
pub use task::{Task, TaskClass, TaskText};

use cues::{Found, Says};
use model::{Features, Kind, Model, Said};
use signs::Signs;
use tally::Tally;
use words::Words;

/// Most bytes that are looked at: the beginning and the end say what is wanted.
const HEAD_BYTES: usize = 6_000;
const TAIL_BYTES: usize = 2_000;
/// Most reasons that are told, and how many of them are words of the model's at least where it has some.
const MAX_REASONS: usize = 5;
const MODEL_REASONS: usize = 2;
/// What a word has to say for a task, more than for the others, to be told as a reason.
const TOLD: f32 = 0.35;
/// A text of which less is known says nothing, unless a rule speaks.
const LEAST_KNOWN: f32 = 0.2;
/// How much surer than it is the model would be of itself.
const CAUTION: f64 = 1.0;

/// Says what kind of task a text is.
pub fn classify(task: &TaskText<'_>) -> TaskClass {
    classify_with(model::shipped(), task)
}

/// The same with some weights.
fn classify_with(model: &Model, task: &TaskText<'_>) -> TaskClass {
    let text = ends(task.text);
    let words = Words::of(&text);
    let found = cues::found(&words);
    let tally = tallied(&text, &words, &found);
    let said = model.say(&Features::of(&words), &tally.rules());
    let says_nothing = tally.is_empty() && said.known < LEAST_KNOWN;
    let (of, confidence) = if says_nothing { (Task::General, 0.5) } else { surest(&said.scores) };
    let (complexity, latency_need) = demands(of, task, (&words, &found));
    let because = reasons(of, &tally, (&said, &words));
    TaskClass { task: of, complexity, latency_need, confidence, because, by_model: false }
}

/// What the rules say.
fn tallied(text: &str, words: &Words, found: &[Found]) -> Tally {
    let mut tally = Tally::default();
    for Found { says, phrase, hits } in found {
        if let Says::Cue(speaks, weight) = says {
            // Said twice is hardly more than said once.
            tally.add(*speaks, if *hits > 1 { weight * 1.25 } else { *weight }, phrase);
        }
    }
    Signs::of(text, words).speak(&mut tally);
    tally
}

/// What the rules say of a text, for the model to learn from.
#[cfg(feature = "training")]
fn rules_of(text: &str) -> [f32; tally::RULES] {
    let text = ends(text);
    let words = Words::of(&text);
    tallied(&text, &words, &cues::found(&words)).rules()
}

/// The task with the highest score, and from how far it is ahead of the second how sure that is: 0.5 where they are
/// equal, near 1 where it is far ahead.
fn surest(scores: &[f32; Task::ALL.len()]) -> (Task, f64) {
    let mut all: Vec<(Task, f32)> = Task::ALL.into_iter().zip(*scores).collect();
    all.sort_by(|one, other| other.1.total_cmp(&one.1));
    match all.as_slice() {
        [first, second, ..] => (first.0, 1.0 / (1.0 + (-f64::from(first.1 - second.1) * CAUTION).exp())),
        _ => (Task::General, 0.5),
    }
}

/// What spoke for it: phrases and signs of the rules, and the words that say most to the model.
fn reasons(of: Task, tally: &Tally, (said, words): (&Said, &Words)) -> Vec<String> {
    let mut told = tally.reasons(of);
    let mut by_model: Vec<(f32, String)> = said
        .words
        .iter()
        .filter_map(|(kind, at, says)| {
            let mean = says.iter().sum::<f32>() / says.len() as f32;
            let more = says.get(of.index())? - mean;
            let length = if *kind == Kind::Pair { 2 } else { 1 };
            (more >= TOLD).then(|| Some((more, words.all().get(*at..at + length)?.join(" "))))?
        })
        .collect();
    by_model.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut by_model: Vec<String> = by_model.into_iter().map(|(_, word)| word).collect();
    by_model.dedup();
    by_model.retain(|word| !told.iter().any(|reason| reason.contains(word.as_str())));
    by_model.truncate(MAX_REASONS);
    told.truncate(MAX_REASONS.saturating_sub(by_model.len().min(MODEL_REASONS)));
    told.extend(by_model);
    told.truncate(MAX_REASONS);
    if told.is_empty() { vec!["nothing speaks for anything else".to_owned()] } else { told }
}

/// How demanding a task of this kind is, and how much a quick answer matters.
pub fn demands_of(found: Task, task: &TaskText<'_>) -> (f64, f64) {
    let words = Words::of(&ends(task.text));
    demands(found, task, (&words, &cues::found(&words)))
}

/// The beginning and the end of a long text.
fn ends(text: &str) -> std::borrow::Cow<'_, str> {
    if text.len() <= HEAD_BYTES + TAIL_BYTES {
        return text.into();
    }
    let head = (0..=HEAD_BYTES).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let tail =
        (text.len() - TAIL_BYTES..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    let (head, tail) = (text.get(..head).unwrap_or_default(), text.get(tail..).unwrap_or_default());
    format!("{head}\n{tail}").into()
}

/// How demanding it is, and how much a quick answer matters: the task's own, moved by length and words.
fn demands(of: Task, task: &TaskText<'_>, (words, found): (&Words, &[Found])) -> (f64, f64) {
    let (mut complexity, mut latency_need) = of.usual();
    let length = words.len() as f64;
    // A hundred words are a careful request, a thousand a brief.
    complexity += 0.1 * (length / 100.0).min(3.0) + if length < 8.0 { -0.05 } else { 0.0 };
    complexity += 0.05 * f64::from(u8::try_from(task.files.min(6)).unwrap_or(6));
    if task.tokens > 8_000 {
        complexity += 0.1;
    }
    // One phrase of an entry is enough.
    let (mut demanding, mut urgent) = (None, None);
    for Found { says, .. } in found {
        match *says {
            Says::Demanding(entry, step) if demanding != Some(entry) => {
                demanding = Some(entry);
                complexity += step;
            }
            Says::Urgent(entry, step) if urgent != Some(entry) => {
                urgent = Some(entry);
                latency_need += step;
            }
            Says::Cue(..) | Says::Demanding(..) | Says::Urgent(..) => {}
        }
    }
    if length > 150.0 {
        latency_need -= 0.2;
    }
    (complexity.clamp(0.0, 1.0), latency_need.clamp(0.0, 1.0))
}
