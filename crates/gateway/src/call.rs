//! What goes into the gateway and what comes out.

use crate::batch::Submitter;
use base::{Id, Money, OwnerId, Secret};
use budget::Project;
use bytes::Bytes;
use futures::stream::BoxStream;
use http::{HeaderMap, HeaderValue};
use ledger::{Explained, Outcome};
use llm::{ChatRequest, ChatStream, Codec, EmbeddingReply, EmbeddingRequest, LlmError, Operation, Usage};
use std::fmt;
use tokio::sync::oneshot;

/// Who calls.
#[derive(Debug, Clone)]
pub enum Caller {
    /// A program with a virtual key.
    Key(Secret),
    /// The owner through the page or the command line: no key, no limits but the installation's and their own.
    Owner(OwnerId),
    /// The same, at work on a project.
    AtWork(OwnerId, Project),
    /// Whoever submitted a batch, when its lines are called.
    Submitter(Submitter),
}

/// A chat request.
#[derive(Debug)]
pub struct Call {
    /// Who calls.
    pub caller: Caller,
    /// What is asked.
    pub source: Source,
    /// Labels that are kept with the exchange, such as `conversation:ID`.
    pub tags: Vec<String>,
}

/// A chat request as it comes.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one is made a call, and it is moved twice")]
pub enum Source {
    /// Bytes in a wire format; the answer comes in the same format.
    Body {
        /// The format.
        codec: &'static dyn Codec,
        /// The body as it was sent.
        body: Bytes,
        /// The caller's headers; the few that belong to the format go on to the provider.
        headers: HeaderMap,
        /// What the address says, in formats whose bodies do not say it.
        address: Address,
    },
    /// A request from inside; the answer comes as events.
    Request(ChatRequest),
}

impl Source {
    /// The caller's headers, where the request came with such.
    pub(crate) fn headers(&self) -> Option<&HeaderMap> {
        match self {
            Self::Body { headers, .. } => Some(headers),
            Self::Request(_) => None,
        }
    }
}

/// What the address of a request says that other formats have in the body; it goes before the body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// The model or route asked for.
    pub model: Option<String>,
    /// Whether a stream is asked for.
    pub stream: Option<bool>,
}

/// A request for embeddings.
#[derive(Debug)]
pub struct EmbeddingCall {
    /// Who calls.
    pub caller: Caller,
    /// What is asked.
    pub source: EmbeddingSource,
    /// As in [`Call::tags`].
    pub tags: Vec<String>,
}

/// A request for embeddings as it comes.
#[derive(Debug)]
pub enum EmbeddingSource {
    /// Bytes in a wire format; the answer comes in the same format.
    Body {
        /// The format.
        codec: &'static dyn Codec,
        /// The body as it was sent.
        body: Bytes,
        /// The caller's headers.
        headers: HeaderMap,
        /// What the address says, in formats whose bodies do not say it.
        address: Address,
    },
    /// A request from inside; the answer comes as vectors.
    Request(EmbeddingRequest),
}

impl EmbeddingSource {
    /// The caller's headers, where the request came with such.
    pub(crate) fn headers(&self) -> Option<&HeaderMap> {
        match self {
            Self::Body { headers, .. } => Some(headers),
            Self::Request(_) => None,
        }
    }
}

/// A request for speech, or for what is said in a recording. The answer comes in the same format.
#[derive(Debug)]
pub struct AudioCall {
    /// Who calls.
    pub caller: Caller,
    /// What is asked: one of the audio operations.
    pub operation: Operation,
    /// The format; one that has audio operations.
    pub codec: &'static dyn Codec,
    /// What the body is: JSON, or a form with its boundary.
    pub content_type: HeaderValue,
    /// The body as it was sent.
    pub body: Bytes,
    /// As in [`Call::tags`].
    pub tags: Vec<String>,
}

/// An answer, whole or beginning.
pub struct Answer {
    /// The ledger's id of this exchange.
    pub exchange_id: Id,
    /// Why this deployment answers.
    pub explanation: Explained,
    /// What of the request could not be carried to the deployment, as field names.
    pub dropped: Vec<String>,
    /// Headers for the caller: `content-type`, `x-familiar-*`, `x-ratelimit-*`, and the provider's own
    /// where it speaks the caller's format.
    pub headers: HeaderMap,
    /// The answer.
    pub body: AnswerBody,
    /// Comes when the exchange is settled, which is before the last byte is handed out.
    pub receipt: oneshot::Receiver<Receipt>,
}

/// The answer itself.
pub enum AnswerBody {
    /// A whole reply in the caller's format.
    Whole(Bytes),
    /// A stream in the caller's format; an error in the middle is the last thing in it. Dropping it
    /// cancels the call.
    Stream(BoxStream<'static, Bytes>),
    /// Sound as it comes. It has no place for an error in the middle, so that one has to break the connection.
    /// Dropping it cancels the call.
    Raw(BoxStream<'static, Result<Bytes, LlmError>>),
    /// Events, for a request from inside. Dropping them cancels the call.
    Events(ChatStream),
    /// Vectors, for a request from inside.
    Vectors(EmbeddingReply),
}

/// What an exchange came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// The ledger's id.
    pub exchange_id: Id,
    /// What became of it.
    pub outcome: Outcome,
    /// The deployment that answered, `provider/model`.
    pub deployment: Option<String>,
    /// Its model, in the provider's words.
    pub model: Option<String>,
    /// Tokens used.
    pub usage: Usage,
    /// What it cost; `None` where the price is not known.
    pub cost: Option<Money>,
    /// Whether usage and cost are estimated.
    pub estimated: bool,
    /// Whether it came out of the cache.
    pub cache_hit: bool,
    /// From the request to the first piece of the answer.
    pub first_token_ms: Option<u64>,
    /// From the request to the end.
    pub total_ms: u64,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("exchange_id", &self.exchange_id)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AnswerBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(bytes) => f.debug_tuple("Whole").field(&bytes.len()).finish(),
            Self::Stream(_) => f.write_str("Stream(..)"),
            Self::Raw(_) => f.write_str("Raw(..)"),
            Self::Events(_) => f.write_str("Events(..)"),
            Self::Vectors(reply) => f.debug_tuple("Vectors").field(&reply.vectors.len()).finish(),
        }
    }
}
