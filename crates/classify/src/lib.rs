//! What kind of task a prompt is, how demanding it is, and how much a quick answer matters: rules over its words and
//! its form, no model, no I/O, some ten microseconds.
//!
//! Words and phrases speak for a task with a weight (`cues`, the words themselves in `data/cues.toml`); signs such as
//! code, a stack trace or dice do as well (`signs`). Code and the table are looked at as subjects first, since many
//! words mean something else in each. `docs/classification.md` says how often this is right, measured on prompts that
//! the rules were not made for.

mod cues;
pub mod labelled;
mod likeness;
mod signs;
mod tally;
mod task;
mod words;

pub use task::{Task, TaskClass, TaskText};

use cues::{Found, Says};
use signs::Signs;
use tally::{GENERAL_PRIOR, Tally};
use words::Words;

/// Most bytes that are looked at: the beginning and the end say what is wanted.
const HEAD_BYTES: usize = 6_000;
const TAIL_BYTES: usize = 2_000;
/// What it counts for a text to sound exactly like the examples of a task.
const LIKENESS: f32 = 50.0;

/// Says what kind of task a text is.
pub fn classify(task: &TaskText<'_>) -> TaskClass {
    let text = ends(task.text);
    let mut tally = Tally::default();
    let words = Words::of(&text);
    let found = cues::found(&words);
    for Found { says, phrase, hits } in &found {
        if let Says::Cue(speaks, weight) = says {
            // Said twice is hardly more than said once.
            tally.add(*speaks, if *hits > 1 { weight * 1.25 } else { *weight }, phrase);
        }
    }
    Signs::of(&text, &words).speak(&mut tally);
    let mut scores = tally.scores();
    let likeness = likeness::likeness(&words).map(|likeness| LIKENESS * likeness);
    scores.iter_mut().zip(likeness).for_each(|(score, likeness)| *score += likeness);
    let (task_found, best) = best(&scores, None);
    let (_, second) = self::best(&scores, Some(task_found));
    let confidence = confidence(best, second);
    let (complexity, latency_need) = demands(task_found, task, (&words, &found));
    TaskClass {
        task: task_found,
        complexity,
        latency_need,
        confidence,
        because: tally.reasons(task_found, likeness.get(task_found.index()).copied().unwrap_or_default()),
        by_model: false,
    }
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

fn best(scores: &[f32; Task::ALL.len()], but: Option<Task>) -> (Task, f32) {
    let mut best = (Task::General, f32::MIN);
    for (task, score) in Task::ALL.into_iter().zip(scores) {
        if Some(task) != but && *score > best.1 {
            best = (task, *score);
        }
    }
    best
}

/// From how far the first is ahead of the second: 0.5 where they are equal, near 1 where it is far ahead.
fn confidence(best: f32, second: f32) -> f64 {
    let ahead = f64::from((best - second).max(0.0));
    let sure = 1.0 / (1.0 + (-ahead).exp());
    // Little was said for anything.
    if best < GENERAL_PRIOR + 0.1 { sure.min(0.6) } else { sure }
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
