//! What a batch is: its lines, the ways they go, and where each stands.

use base::{Id, Money, Timestamp};
use gateway::{Submitter, batch::LineKind};
use llm::Dialect;
use serde::{Deserialize, Serialize};

/// A file of lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its id.
    pub id: Id,
    /// Whose it is.
    pub submitter: Submitter,
    /// What the caller called it.
    pub name: String,
    /// Its blob.
    pub sha256: String,
    /// Its size.
    pub size_bytes: u64,
    /// When it came.
    pub created_at: Timestamp,
}

/// What the lines of a batch ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// OpenAI's `/v1/chat/completions`.
    ChatCompletions,
    /// OpenAI's `/v1/embeddings`.
    Embeddings,
    /// OpenAI's `/v1/responses`.
    Responses,
    /// Anthropic's `/v1/messages`.
    Messages,
}

impl Endpoint {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::ChatCompletions, Self::Embeddings, Self::Responses, Self::Messages];

    /// The address that the lines would be sent to by themselves.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ChatCompletions => "/v1/chat/completions",
            Self::Embeddings => "/v1/embeddings",
            Self::Responses => "/v1/responses",
            Self::Messages => "/v1/messages",
        }
    }

    /// The endpoint of this address.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|endpoint| endpoint.as_str() == name)
    }

    /// The format of its lines.
    pub const fn dialect(self) -> Dialect {
        match self {
            Self::ChatCompletions | Self::Embeddings => Dialect::OpenAiChat,
            Self::Responses => Dialect::OpenAiResponses,
            Self::Messages => Dialect::Anthropic,
        }
    }

    /// What a line asks for.
    pub const fn kind(self) -> LineKind {
        match self {
            Self::Embeddings => LineKind::Embeddings,
            Self::ChatCompletions | Self::Responses | Self::Messages => LineKind::Chat,
        }
    }
}

/// Where a batch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchState {
    /// It is worked on.
    Running,
    /// It was asked to stop; what is under way ends.
    Cancelling,
    /// Every line was called.
    Completed,
    /// It was stopped; some lines may be done.
    Cancelled,
    /// Its time was over before its lines were.
    Expired,
    /// Something is wrong with its lines, and none was called.
    Failed,
}

impl BatchState {
    const ALL: [Self; 6] =
        [Self::Running, Self::Cancelling, Self::Completed, Self::Cancelled, Self::Expired, Self::Failed];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Cancelling => "cancelling",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Failed => "failed",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Whether nothing more will happen.
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Running | Self::Cancelling)
    }
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The line, counted from 1; 0 where it is the whole file.
    pub line: u64,
    /// Stable, such as `invalid_json_line`.
    pub code: String,
    /// In words.
    pub message: String,
    /// The field that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub param: Option<String>,
}

/// A batch as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Its id.
    pub id: Id,
    /// In whose name its lines are called.
    pub submitter: Submitter,
    /// What they ask for.
    pub endpoint: Endpoint,
    /// The file it was made of, unless its lines came with it.
    pub file_id: Option<Id>,
    /// What people call it.
    pub title: String,
    /// The blob that its lines lie in.
    pub(crate) sha256: String,
    /// Where it stands.
    pub state: BatchState,
    /// A JSON object of the caller's own.
    pub metadata: serde_json::Value,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
    /// When it was handed in.
    pub created_at: Timestamp,
    /// When its time is over.
    pub expires_at: Timestamp,
    /// When it was asked to stop.
    pub cancelled_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// Size of the file with its replies, if there is one.
    pub output_bytes: Option<u64>,
    /// Size of the file with its errors, if there is one.
    pub errors_bytes: Option<u64>,
    /// How its lines stand.
    pub counts: Counts,
}

/// How the lines of a batch stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// All of them.
    pub total: u64,
    /// Not called yet, or under way.
    pub waiting: u64,
    /// With a reply.
    pub done: u64,
    /// With an error.
    pub failed: u64,
    /// Not called, since the batch was stopped.
    pub cancelled: u64,
    /// Not called, since its time was over.
    pub expired: u64,
    /// What they came to.
    pub cost: Money,
}

/// Some of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The newest first.
    pub items: Vec<T>,
    /// Whether there are more behind.
    pub has_more: bool,
}

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineState {
    Waiting,
    Done,
    Failed,
    Cancelled,
    Expired,
}

impl LineState {
    const ALL: [Self; 5] = [Self::Waiting, Self::Done, Self::Failed, Self::Cancelled, Self::Expired];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// A line that is to be called.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) number: u64,
    pub(crate) part: u32,
    pub(crate) custom_id: String,
    pub(crate) exchange_id: Id,
    pub(crate) model: String,
    pub(crate) body_start: u64,
    pub(crate) body_bytes: u64,
    pub(crate) worst_case: Option<Money>,
}

/// A line that was called, or never will be.
#[derive(Debug, Clone)]
pub(crate) struct EndedLine {
    pub(crate) number: u64,
    pub(crate) custom_id: String,
    pub(crate) exchange_id: Id,
    pub(crate) state: LineState,
    pub(crate) status: u16,
    pub(crate) reply: String,
}

/// How a line ends.
#[derive(Debug, Clone)]
pub(crate) struct LineEnd {
    pub(crate) state: LineState,
    pub(crate) status: Option<u16>,
    pub(crate) reply: Option<String>,
    pub(crate) cost: Money,
}

impl LineEnd {
    /// Not called any more.
    pub(crate) const fn unused(state: LineState) -> Self {
        Self { state, status: None, reply: None, cost: Money::ZERO }
    }
}

/// Where a part stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PartState {
    Waiting,
    /// Being handed in: nobody knows whether the provider has it.
    Submitting,
    Submitted,
    Done,
}

impl PartState {
    const ALL: [Self; 4] = [Self::Waiting, Self::Submitting, Self::Submitted, Self::Done];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Submitting => "submitting",
            Self::Submitted => "submitted",
            Self::Done => "done",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// The lines of a batch that go the same way.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) number: u32,
    /// The deployment whose provider takes them; `None` for the gateway itself.
    pub(crate) deployment: Option<String>,
    pub(crate) state: PartState,
    pub(crate) upstream_id: Option<String>,
    pub(crate) submitted_at: Option<Timestamp>,
    pub(crate) not_ours: Vec<String>,
    pub(crate) polls: u32,
}
