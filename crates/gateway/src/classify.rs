//! What kind of task a prompt is, how demanding it is, and how much a quick answer matters: rules over its words and
//! its form, no model, no I/O, some ten microseconds.
//!
//! Words and phrases speak for a task with a weight ([`cues`]); signs such as code, a stack trace or dice do as well
//! ([`signs`]). Code and the table are looked at as subjects first, since many words mean something else in each.
//! `docs/classification.md` says how often this is right, measured on prompts that the rules were not made for.

mod cues;
pub mod examples;
mod matching;
mod signs;

use cues::{CUES, Speaks};
use matching::Words;
use serde::{Deserialize, Serialize};
use signs::Signs;
use std::fmt;

/// The kinds of tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Everything else: questions, letters, translations, advice.
    General,
    /// A small mechanical change of code: a rename, a typo, an import.
    CodeEdit,
    /// One function, query, expression or script.
    CodeFunction,
    /// Changes across many files, and design.
    CodeArchitecture,
    /// Why it does not work.
    CodeDebugging,
    /// What the rules of a game say.
    RuleLookup,
    /// Making and advancing characters.
    Character,
    /// A fight: its turns and its tactics.
    Combat,
    /// Scenes and stories, told.
    Narrative,
    /// Somebody speaks.
    Dialogue,
    /// Places, peoples, gods, histories.
    WorldBuilding,
    /// Designing rules and working out odds.
    Mechanics,
    /// What has happened so far.
    Summary,
}

impl Task {
    /// Every task.
    pub const ALL: [Self; 13] = [
        Self::General,
        Self::CodeEdit,
        Self::CodeFunction,
        Self::CodeArchitecture,
        Self::CodeDebugging,
        Self::RuleLookup,
        Self::Character,
        Self::Combat,
        Self::Narrative,
        Self::Dialogue,
        Self::WorldBuilding,
        Self::Mechanics,
        Self::Summary,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::CodeEdit => "code_edit",
            Self::CodeFunction => "code_function",
            Self::CodeArchitecture => "code_architecture",
            Self::CodeDebugging => "code_debugging",
            Self::RuleLookup => "rule_lookup",
            Self::Character => "character",
            Self::Combat => "combat",
            Self::Narrative => "narrative",
            Self::Dialogue => "dialogue",
            Self::WorldBuilding => "world_building",
            Self::Mechanics => "mechanics",
            Self::Summary => "summary",
        }
    }

    /// The task of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.as_str() == name)
    }

    /// How demanding a task of this kind is before anything else is known, and how much a quick answer matters.
    const fn usual(self) -> (f64, f64) {
        match self {
            Self::General => (0.3, 0.5),
            Self::CodeEdit => (0.15, 0.7),
            Self::CodeFunction => (0.45, 0.5),
            Self::CodeArchitecture => (0.9, 0.1),
            Self::CodeDebugging => (0.65, 0.4),
            Self::RuleLookup => (0.25, 0.8),
            Self::Character => (0.5, 0.3),
            Self::Combat => (0.35, 0.95),
            Self::Narrative => (0.45, 0.6),
            Self::Dialogue => (0.35, 0.85),
            Self::WorldBuilding => (0.65, 0.15),
            Self::Mechanics => (0.65, 0.3),
            Self::Summary => (0.4, 0.3),
        }
    }

    const fn subject(self) -> Subject {
        match self {
            Self::General => Subject::Anything,
            Self::CodeEdit | Self::CodeFunction | Self::CodeArchitecture | Self::CodeDebugging => {
                Subject::Code
            }
            Self::RuleLookup
            | Self::Character
            | Self::Combat
            | Self::Narrative
            | Self::Dialogue
            | Self::WorldBuilding
            | Self::Mechanics
            | Self::Summary => Subject::Table,
        }
    }

    const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Anything,
    Code,
    Table,
}

/// What is looked at.
#[derive(Debug, Clone, Copy, Default)]
pub struct TaskText<'a> {
    /// What was said last.
    pub text: &'a str,
    /// Tokens of the whole request, where they are known.
    pub tokens: u64,
    /// Files that came with it.
    pub files: usize,
}

/// What a prompt was taken for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskClass {
    /// The kind of task.
    pub task: Task,
    /// How demanding it is, from 0 to 1.
    pub complexity: f64,
    /// How much a quick answer matters, from 0 to 1.
    pub latency_need: f64,
    /// How sure this is, from 0 to 1.
    pub confidence: f64,
    /// What spoke for it, strongest first.
    pub because: Vec<String>,
    /// Whether a model was asked, as opposed to the rules.
    #[serde(default)]
    pub by_model: bool,
}

/// Most bytes that are looked at: the beginning and the end say what is wanted.
const HEAD_BYTES: usize = 6_000;
const TAIL_BYTES: usize = 2_000;
/// What a subject can add to or take from its tasks.
const SUBJECT_LIMIT: f32 = 3.0;
/// What speaks for `general` before anything is known.
const GENERAL_PRIOR: f32 = 1.2;
/// What it counts for a text to sound exactly like the examples of a task.
const LIKENESS: f32 = 50.0;
/// From this likeness on it is told as a reason.
const TOLD_LIKENESS: f32 = 3.0;
/// Most reasons that are told.
const MAX_REASONS: usize = 5;

/// Says what kind of task a text is.
pub fn classify(task: &TaskText<'_>) -> TaskClass {
    let text = ends(task.text);
    let mut tally = Tally::default();
    let words = Words::of(&text);
    for cue in CUES {
        for phrase in cue.phrases {
            let hits = words.count(phrase);
            if hits > 0 {
                // Said twice is hardly more than said once.
                tally.add(cue.speaks, if hits > 1 { cue.weight * 1.25 } else { cue.weight }, phrase);
            }
        }
    }
    Signs::of(&text, &words).speak(&mut tally);
    let mut scores = tally.scores();
    let likeness = examples::likeness(&words).map(|likeness| LIKENESS * likeness);
    scores.iter_mut().zip(likeness).for_each(|(score, likeness)| *score += likeness);
    let (task_found, best) = best(&scores, None);
    let (_, second) = self::best(&scores, Some(task_found));
    let confidence = confidence(best, second);
    let (complexity, latency_need) = demands(task_found, task, &words);
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
pub(crate) fn demands_of(found: Task, task: &TaskText<'_>) -> (f64, f64) {
    demands(found, task, &Words::of(&ends(task.text)))
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
fn demands(found: Task, task: &TaskText<'_>, words: &Words) -> (f64, f64) {
    let (mut complexity, mut latency_need) = found.usual();
    let length = words.len() as f64;
    // A hundred words are a careful request, a thousand a brief.
    complexity += 0.1 * (length / 100.0).min(3.0) + if length < 8.0 { -0.05 } else { 0.0 };
    complexity += 0.05 * f64::from(u8::try_from(task.files.min(6)).unwrap_or(6));
    if task.tokens > 8_000 {
        complexity += 0.1;
    }
    for (phrases, step) in cues::DEMANDING {
        complexity += step * f64::from(u8::from(phrases.iter().any(|phrase| words.count(phrase) > 0)));
    }
    for (phrases, step) in cues::URGENT {
        latency_need += step * f64::from(u8::from(phrases.iter().any(|phrase| words.count(phrase) > 0)));
    }
    if length > 150.0 {
        latency_need -= 0.2;
    }
    (complexity.clamp(0.0, 1.0), latency_need.clamp(0.0, 1.0))
}

/// What speaks for what.
#[derive(Debug, Default)]
struct Tally {
    tasks: [f32; Task::ALL.len()],
    code: f32,
    table: f32,
    reasons: Vec<(Speaks, f32, &'static str)>,
}

impl Tally {
    fn add(&mut self, speaks: Speaks, weight: f32, why: &'static str) {
        match speaks {
            Speaks::For(task) => {
                if let Some(score) = self.tasks.get_mut(task.index()) {
                    *score += weight;
                }
            }
            Speaks::Code => self.code += weight,
            Speaks::Table => self.table += weight,
        }
        self.reasons.push((speaks, weight, why));
    }

    fn scores(&self) -> [f32; Task::ALL.len()] {
        let (code, table) = (self.code.min(SUBJECT_LIMIT), self.table.min(SUBJECT_LIMIT));
        let mut scores = self.tasks;
        for (task, score) in Task::ALL.into_iter().zip(&mut scores) {
            *score += match task.subject() {
                Subject::Anything => GENERAL_PRIOR - 0.5 * code.max(table),
                Subject::Code => code - table * 0.7,
                Subject::Table => table - code * 0.7,
            };
        }
        // Where it is about code or the table and nothing more is said, this is what is meant most often.
        let default = if code > table { Task::CodeFunction } else { Task::Narrative };
        if let Some(score) = scores.get_mut(default.index()) {
            *score += 0.2;
        }
        scores
    }

    fn reasons(mut self, task: Task, likeness: f32) -> Vec<String> {
        let fits = |speaks: &Speaks| match speaks {
            Speaks::For(other) => *other == task,
            Speaks::Code => task.subject() == Subject::Code,
            Speaks::Table => task.subject() == Subject::Table,
        };
        self.reasons.retain(|(speaks, weight, _)| fits(speaks) && *weight > 0.0);
        self.reasons.sort_by(|one, other| other.1.total_cmp(&one.1));
        self.reasons.dedup_by(|one, other| one.2 == other.2);
        let mut told: Vec<String> = self
            .reasons
            .into_iter()
            .take(MAX_REASONS)
            .map(|(_, _, why)| why.replace(['*', '~'], "…"))
            .collect();
        if likeness >= TOLD_LIKENESS {
            told.push("it sounds like other prompts of its kind".to_owned());
        }
        if told.is_empty() { vec!["nothing speaks for anything else".to_owned()] } else { told }
    }
}
