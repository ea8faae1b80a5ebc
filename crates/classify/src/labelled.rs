//! Prompts with the kind of task that people say they are: to learn from, and to measure by.

use crate::Task;
use serde::Deserialize;

/// A labelled prompt.
#[derive(Debug, Clone, Deserialize)]
pub struct Labelled {
    /// The kind of task.
    pub task: Task,
    /// The prompt.
    pub prompt: String,
    /// Whether the rules were written by somebody who had it before them.
    #[serde(default)]
    pub known_to_rules: bool,
}

/// What labelled prompts are for; a file each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Learned from and tuned on.
    Learned,
    /// Never learned from; chosen by a hash of its text. The rules' words were written by whoever wrote it.
    HeldOut,
    /// Held out as well, and written after the rules: what this says is to be believed.
    Blind,
}

impl Part {
    /// The labelled prompts, a JSON object a line.
    pub const fn lines(self) -> &'static str {
        match self {
            Self::Learned => include_str!("../fixtures/learned.jsonl"),
            Self::HeldOut => include_str!("../fixtures/held_out.jsonl"),
            Self::Blind => include_str!("../fixtures/blind.jsonl"),
        }
    }
}

/// The labelled prompts of a part; lines that are none are left out, and a test finds them.
pub fn prompts(part: Part) -> impl Iterator<Item = Labelled> {
    part.lines().lines().filter_map(|line| serde_json::from_str(line).ok())
}
