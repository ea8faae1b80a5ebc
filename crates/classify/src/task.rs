//! The kinds of tasks, what is looked at, and what a prompt is taken for.

use serde::{Deserialize, Serialize};
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
    pub(crate) const fn usual(self) -> (f64, f64) {
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

    pub(crate) const fn subject(self) -> Subject {
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

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a task is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
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
