//! Comparisons: one question to several models at once.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A column to be asked.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NewCompareColumn {
    /// What it is called; empty: by its model.
    pub name: String,
    /// The model or route; may be empty where a persona has one.
    pub model: String,
    /// The persona that answers, played by the model.
    pub persona_id: Option<String>,
    /// Instructions that precede its questions.
    pub instructions: String,
    /// Sampling temperature.
    pub temperature: Option<f64>,
    /// Nucleus sampling.
    pub top_p: Option<f64>,
    /// Most tokens of an answer.
    pub max_output_tokens: Option<u64>,
    /// Seed for repeatable sampling.
    pub seed: Option<i64>,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CompareQuestion {
    /// Its words.
    pub text: String,
    /// Pictures that go with it.
    pub images: Vec<CompareImage>,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompareImage {
    /// MIME type, such as `image/png`.
    pub media_type: String,
    /// The bytes in base64; empty once they were deleted.
    pub data: String,
    /// What is known of a picture whose bytes were deleted. What is sent does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<crate::chat::GoneImage>,
}

/// Begins a comparison.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BeginComparison {
    /// Its title; missing: the beginning of the question.
    pub title: Option<String>,
    /// Two to eight columns.
    pub columns: Vec<NewCompareColumn>,
    /// Whether names are hidden until there is a vote.
    pub blind: bool,
    /// What is asked first.
    pub question: CompareQuestion,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CompareColumn {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The model or route; empty while it is hidden.
    pub model: String,
    /// The persona that answers; missing where none does, or while it is hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persona_id: Option<String>,
    /// Instructions that precede its questions.
    pub instructions: String,
    /// Sampling temperature, where it was said.
    pub temperature: Option<f64>,
    /// Nucleus sampling, where it was said.
    pub top_p: Option<f64>,
    /// Most tokens of an answer, where that was said.
    pub max_output_tokens: Option<u64>,
    /// Seed for repeatable sampling, where it was said.
    pub seed: Option<i64>,
}

/// Changes a comparison; what is missing stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PatchComparison {
    /// Another title.
    pub title: Option<String>,
    /// The ids of all columns in the order in which they are to stand.
    pub order: Option<Vec<String>>,
}

/// A question that was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CompareTurn {
    /// Its id.
    pub id: String,
    /// What was asked.
    pub question: CompareQuestion,
    /// When.
    pub created_at: String,
}

/// What a column answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CompareAnswer {
    /// Its id.
    pub id: String,
    /// The question.
    pub turn_id: String,
    /// The column, or the merge.
    pub column_id: String,
    /// `streaming`, `complete`, `stopped`, `failed` or `interrupted`.
    pub status: String,
    /// What was said so far.
    pub text: String,
    /// Readable thinking.
    pub reasoning: String,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<CompareFailure>,
    /// What it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<CompareReceipt>,
}

/// Why an answer failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CompareFailure {
    /// The kind of failure.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What an answer took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CompareReceipt {
    /// The exchange in the ledger; empty while names are hidden.
    pub exchange_id: String,
    /// Who answered, `provider/model`; empty while names are hidden.
    pub model: String,
    /// Milliseconds to the first token.
    pub first_token_ms: Option<u64>,
    /// Milliseconds in all.
    pub total_ms: u64,
    /// Tokens read.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// What it cost, in US dollars; missing when the price is unknown or names are hidden.
    pub cost_usd: Option<String>,
    /// Whether tokens and cost are estimated.
    pub estimated: bool,
    /// Whether the answer came from Familiar's cache.
    pub cached: bool,
}

/// A vote between two answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CastCompareVote {
    /// The one answer.
    pub left_id: String,
    /// The other.
    pub right_id: String,
    /// `left`, `right`, `tie` or `both_bad`.
    pub better: String,
}

/// A vote as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CompareVote {
    /// The one answer.
    pub left_id: String,
    /// The other.
    pub right_id: String,
    /// `left`, `right`, `tie` or `both_bad`.
    pub better: String,
    /// Why it does not count; missing where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub void: Option<String>,
}

/// A comparison in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ComparisonHead {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// `open`, `blind` or `revealed`.
    pub mode: String,
    /// Who is asked.
    pub columns: Vec<CompareColumn>,
    /// When it last changed.
    pub updated_at: String,
    /// Whether an answer is being written now.
    pub streaming: bool,
}

/// A page of comparisons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Comparisons {
    /// The latest first.
    pub comparisons: Vec<ComparisonHead>,
    /// The cursor of the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A comparison with everything in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CompareDetail {
    /// The comparison.
    pub head: ComparisonHead,
    /// Its questions, the first one first.
    pub turns: Vec<CompareTurn>,
    /// All answers; of a question and a column the last one counts.
    pub answers: Vec<CompareAnswer>,
    /// Votes.
    pub votes: Vec<CompareVote>,
    /// What models made of the answers, the first one first.
    pub merges: Vec<CompareMerge>,
}

/// Has a model make something of the answers to a question.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NewCompareMerge {
    /// The question; missing: the last one.
    pub turn_id: Option<String>,
    /// `fuse`, `checklist`, `guided`, `criteria`, `own` or `differences`.
    pub kind: String,
    /// Who makes it; empty: the cheapest model that can.
    pub model: String,
    /// What was ticked; for `guided`.
    pub items: Vec<String>,
    /// What is wanted, in somebody's own words; for `own`.
    pub prompt: String,
    /// Whether it is made anew where the same was made of the same answers.
    pub again: bool,
}

/// Something made of the answers to a question. It is written as an answer whose column is this one's id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CompareMerge {
    /// Its id.
    pub id: String,
    /// The question.
    pub turn_id: String,
    /// `fuse`, `checklist`, `guided`, `criteria`, `own` or `differences`.
    pub kind: String,
    /// Who makes it.
    pub model: String,
    /// The answers it is made of: the first is called A in it, the second B.
    pub answer_ids: Vec<String>,
    /// What was ticked.
    pub items: Vec<String>,
    /// What was wanted, in somebody's own words.
    pub prompt: String,
    /// What a `checklist` found.
    pub found: Vec<String>,
    /// The table of `criteria`; missing until it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scores: Option<CompareScores>,
    /// What `differences` found; empty until it is there.
    pub aspects: Vec<CompareAspect>,
}

/// Scores of answers by criteria.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CompareScores {
    /// The criteria.
    pub criteria: Vec<CompareCriterion>,
    /// The number of the answer that is best.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best: Option<usize>,
    /// Why.
    pub because: String,
}

/// Scores of answers by one criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CompareCriterion {
    /// What it is about.
    pub name: String,
    /// The score of each answer, 1 to 100.
    pub scores: Vec<u8>,
}

/// What sets answers apart in one regard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CompareAspect {
    /// `content`, `structure`, `tone`, `length` or `facts`.
    pub name: String,
    /// What is to be said of each answer.
    pub each: Vec<String>,
}

/// A step of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CompareStep {
    /// An answer as it stands.
    Answer {
        /// The answer.
        answer: Box<CompareAnswer>,
    },
    /// The text of an answer grows.
    Text {
        /// Which.
        answer_id: String,
        /// What to append.
        delta: String,
    },
    /// The thinking of an answer grows.
    Reasoning {
        /// Which.
        answer_id: String,
        /// What to append.
        delta: String,
    },
    /// The comparison changed: read it again.
    Changed {},
}

/// What sets the answers to a question apart. Answers stand in the order of `columns`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CompareDifference {
    /// The columns that answered.
    pub column_ids: Vec<String>,
    /// The number of the answer that the others are held against.
    pub base: usize,
    /// For each answer its pieces, which make up the whole of it.
    pub pieces: Vec<Vec<ComparePiece>>,
    /// For each answer how much it has in common with the base, in the same order: 0 to 1.
    pub similarity: Vec<f64>,
    /// How many words any two have in common, wherever they stand: 0 to 1.
    pub overlap: Vec<Vec<f64>>,
    /// Rows of blocks that belong beside each other: for each answer its Markdown there, or nothing.
    pub rows: Vec<Vec<Option<String>>>,
    /// Figures: what is measured, and the value of each answer.
    pub figures: Vec<CompareFigure>,
    /// Different numbers for the same thing.
    pub disagreements: Vec<CompareDisagreement>,
    /// Numbers that not all have.
    pub numbers: Vec<CompareNamed>,
    /// Names that not all have.
    pub names: Vec<CompareNamed>,
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ComparePiece {
    /// `same`, `changed`, `added` or `missing`.
    pub mark: String,
    /// The part itself; empty where it is missing.
    pub text: String,
    /// What the base has instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
}

/// Something measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CompareFigure {
    /// What: `words`, `sentences`, `hedges`, and so on.
    pub what: String,
    /// The value of each answer.
    pub values: Vec<f64>,
}

/// Different numbers for the same thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CompareDisagreement {
    /// What they are about.
    pub about: String,
    /// What each answer says.
    pub values: Vec<Vec<String>>,
}

/// Something that some answers have and others do not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CompareNamed {
    /// The number or name.
    pub what: String,
    /// The answers that have it, by their numbers.
    pub held_by: Vec<usize>,
}
