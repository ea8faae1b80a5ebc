//! Comparisons, their columns, turns, answers and votes.

use crate::merges::Merge;
use base::{Id, Money, Timestamp};
use llm::{Parameters, Usage};
use serde::{Deserialize, Serialize};

/// Fewest and most columns.
pub const COLUMNS: std::ops::RangeInclusive<usize> = 2..=8;

/// A comparison without its turns.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Its id.
    pub id: Id,
    /// Its title.
    pub title: String,
    /// Who is asked, in the order in which they were added.
    pub columns: Vec<Column>,
    /// Whether the names of the columns are hidden.
    pub mode: Mode,
    /// What the order of hidden columns is shuffled by.
    pub seed: u64,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Whether names are hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// They are shown.
    Open,
    /// They are hidden until there is a vote.
    Blind,
    /// They were hidden until there was a vote.
    Revealed,
}

impl Mode {
    /// The name in the database and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Blind => "blind",
            Self::Revealed => "revealed",
        }
    }

    pub(crate) fn from_name(name: &str) -> Self {
        [Self::Blind, Self::Revealed].into_iter().find(|mode| mode.as_str() == name).unwrap_or(Self::Open)
    }
}

/// Who is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its id, of this comparison.
    pub id: Id,
    /// What the person calls it; empty: by its model.
    #[serde(default)]
    pub name: String,
    /// The model or route.
    pub model: String,
    /// Instructions that precede its questions.
    #[serde(default)]
    pub instructions: String,
    /// Sampling parameters and limits.
    #[serde(default)]
    pub parameters: Parameters,
    /// The persona that answers, played by the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persona_id: Option<Id>,
}

impl Column {
    /// What it is called.
    pub fn called(&self) -> &str {
        if self.name.is_empty() { &self.model } else { &self.name }
    }
}

/// A column that is to be added.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewColumn {
    /// As in [`Column::name`].
    pub name: String,
    /// As in [`Column::model`].
    pub model: String,
    /// As in [`Column::instructions`].
    pub instructions: String,
    /// As in [`Column::parameters`].
    pub parameters: Parameters,
    /// As in [`Column::persona_id`]; its name and its model are taken where none are said.
    pub persona_id: Option<Id>,
}

/// A comparison that is to begin.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewComparison {
    /// Its title; `None`: the beginning of the question.
    pub title: Option<String>,
    /// Who is asked.
    pub columns: Vec<NewColumn>,
    /// Whether names are hidden until there is a vote.
    pub blind: bool,
    /// What is asked first.
    pub question: Question,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Question {
    /// Its words.
    pub text: String,
    /// Pictures that go with it.
    pub images: Vec<Image>,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// MIME type, such as `image/png`.
    pub media_type: String,
    /// The bytes in base64; empty once they were deleted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub data: String,
    /// What is known of it once its bytes were deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<store::Gone>,
}

/// A question of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// Its id.
    pub id: Id,
    /// What was asked.
    pub question: Question,
    /// When.
    pub created_at: Timestamp,
}

/// Where an answer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Being written, or about to be.
    Streaming,
    /// Whole.
    Complete,
    /// Stopped by the person; what had come is kept.
    Stopped,
    /// Broken off; see [`AnswerBody::failure`].
    Failed,
    /// The server went down while it was written.
    Interrupted,
}

impl Status {
    const ALL: [Self; 5] = [Self::Streaming, Self::Complete, Self::Stopped, Self::Failed, Self::Interrupted];

    /// The name in the database and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Streaming => "streaming",
            Self::Complete => "complete",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }

    pub(crate) fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|status| status.as_str() == name).unwrap_or(Self::Interrupted)
    }
}

/// What a column answered to a turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Its id.
    pub id: Id,
    /// The comparison.
    pub compare_id: Id,
    /// The turn.
    pub turn_id: Id,
    /// The column.
    pub column_id: Id,
    /// Where it stands.
    pub status: Status,
    /// What was said so far.
    pub text: String,
    /// What belongs to it beside the text.
    pub body: AnswerBody,
    /// When it began.
    pub created_at: Timestamp,
}

/// What belongs to an answer beside its text; kept as JSON.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AnswerBody {
    /// Readable thinking.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reasoning: String,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// What it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
}

/// Why an answer failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The kind of failure.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What an answer took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// The ledger's id.
    pub exchange_id: String,
    /// Who answered, `provider/model`.
    pub model: String,
    /// Until the first piece came.
    pub first_token_ms: Option<u64>,
    /// Until the end.
    pub total_ms: u64,
    /// Tokens used.
    pub usage: Usage,
    /// What it cost, where the price is known.
    pub cost: Option<Money>,
    /// Whether usage and cost are estimated.
    pub estimated: bool,
    /// Whether it came out of the cache.
    pub cached: bool,
}

/// Which of two answers is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// The one.
    Left,
    /// The other.
    Right,
    /// Both are as good.
    Tie,
    /// Neither is good.
    BothBad,
}

impl Better {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Left, Self::Right, Self::Tie, Self::BothBad];

    /// The name in the database and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Tie => "tie",
            Self::BothBad => "both_bad",
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|better| better.as_str() == name)
    }
}

/// A vote between two answers, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote {
    /// The one.
    pub left_id: Id,
    /// The other.
    pub right_id: Id,
    /// Which is better.
    pub better: Better,
    /// Why it does not count towards ratings; `None` where it does.
    pub void: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// A comparison with everything in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Whole {
    /// The comparison.
    pub comparison: Comparison,
    /// Its turns, the first one first.
    pub turns: Vec<Turn>,
    /// All answers as they stand, in the order in which they began.
    pub answers: Vec<Answer>,
    /// Votes.
    pub votes: Vec<Vote>,
    /// What models made of the answers, the first one first; each answer of one has its id as its column.
    pub merges: Vec<Merge>,
}

impl Whole {
    /// The answer of a column to a turn that counts: the last one.
    pub fn answer(&self, turn_id: Id, column_id: Id) -> Option<&Answer> {
        self.answers.iter().rev().find(|answer| answer.turn_id == turn_id && answer.column_id == column_id)
    }

    /// As it is shown: while it is blind, columns are in a shuffled order and called by letters, and nothing tells who
    /// answers.
    #[must_use]
    pub fn shown(mut self) -> Self {
        if self.comparison.mode != Mode::Blind {
            return self;
        }
        self.comparison = hidden(self.comparison);
        self.answers = self.answers.into_iter().map(anonymous).collect();
        self
    }
}

/// A comparison with its columns in a shuffled order, called by letters.
pub(crate) fn hidden(mut comparison: Comparison) -> Comparison {
    let order = contrast::order(comparison.columns.len(), comparison.seed);
    let columns = order.into_iter().enumerate().filter_map(|(place, number)| {
        let column = comparison.columns.get(number)?;
        Some(Column {
            id: column.id,
            name: contrast::blind::letter(place),
            model: String::new(),
            instructions: String::new(),
            parameters: Parameters::default(),
            persona_id: None,
        })
    });
    comparison.columns = columns.collect();
    comparison.seed = 0;
    comparison
}

/// An answer without what tells who gave it: names and prices do, and so do failures in a provider's own words.
pub(crate) fn anonymous(mut answer: Answer) -> Answer {
    if let Some(receipt) = &mut answer.body.receipt {
        receipt.model = String::new();
        receipt.exchange_id = String::new();
        receipt.cost = None;
    }
    if let Some(failure) = &mut answer.body.failure {
        failure.message = String::from("this column failed");
        failure.hint = None;
    }
    answer
}

/// A comparison in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The comparison.
    pub comparison: Comparison,
    /// Whether an answer is being written now.
    pub streaming: bool,
}
