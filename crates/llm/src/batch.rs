//! The port of providers that take many requests at once, answer within a day, and charge less for it.

use crate::{LlmError, Operation};
use bytes::Bytes;
use futures::{future::BoxFuture, stream::BoxStream};
use std::fmt;

/// A provider's own batches. Requests and replies are in the format of the [`crate::Upstream`] it belongs to.
pub trait BatchUpstream: Send + Sync + fmt::Debug {
    /// How much goes into one batch.
    fn limits(&self) -> BatchLimits;
    /// Hands requests in; their provider works on them from then on.
    fn submit(&self, batch: NewBatch) -> BoxFuture<'_, Result<BatchStatus, LlmError>>;
    /// Batches that may be the one handed in with this mark when nobody learned what became of it: the
    /// program was killed between asking and hearing. Formats that carry a mark name that batch alone;
    /// others name those of that time and size, whose results tell.
    fn find(&self, mark: &BatchMark) -> BoxFuture<'_, Result<Vec<BatchStatus>, LlmError>>;
    /// How far a batch is.
    fn status<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<BatchStatus, LlmError>>;
    /// Asks the provider to stop; what is done by then stays done.
    fn cancel<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<BatchStatus, LlmError>>;
    /// The replies of a batch that has ended, in any order.
    fn results<'a>(&'a self, status: &'a BatchStatus) -> BoxFuture<'a, Result<BatchResults, LlmError>>;
    /// Deletes what the provider keeps of a batch whose results were taken over. Best effort.
    fn discard<'a>(&'a self, status: &'a BatchStatus) -> BoxFuture<'a, Result<(), LlmError>>;
}

/// The replies of a batch as they come.
pub type BatchResults = BoxStream<'static, Result<BatchResult, LlmError>>;

/// How much goes into one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// Most requests.
    pub requests: usize,
    /// Most bytes of all their bodies together.
    pub bytes: usize,
}

/// Requests to hand in, all of one model.
#[derive(Debug, Clone)]
pub struct NewBatch {
    /// What to know it again by.
    pub mark: String,
    /// What is asked: [`Operation::Chat`] or [`Operation::Embeddings`].
    pub operation: Operation,
    /// The provider's own name of the model.
    pub model: String,
    /// The requests.
    pub requests: Vec<BatchRequest>,
}

/// One request of a batch.
#[derive(Debug, Clone)]
pub struct BatchRequest {
    /// Its id within the batch: at most 64 letters, digits, `-` and `_`.
    pub id: String,
    /// The body, as it would be sent by itself.
    pub body: Bytes,
}

/// What to find a batch by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchMark {
    /// [`NewBatch::mark`].
    pub mark: String,
    /// When handing in began, in Unix seconds.
    pub since_s: i64,
    /// How many requests it has.
    pub requests: usize,
}

/// How far a batch is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchStatus {
    /// The provider's id for it.
    pub id: String,
    /// Whether the provider is done with it.
    pub ended: bool,
    /// Requests that are done.
    pub done: u64,
    /// Why the provider took none of it.
    pub refused: Option<String>,
    /// The provider's ids of files that belong to it: requests first, then replies.
    pub files: BatchFiles,
}

/// The files of a batch, with providers that have such.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BatchFiles {
    /// The requests.
    pub input: Option<String>,
    /// The replies.
    pub output: Option<String>,
    /// The errors.
    pub errors: Option<String>,
}

/// The reply to one request of a batch.
#[derive(Debug, Clone)]
pub struct BatchResult {
    /// [`BatchRequest::id`].
    pub id: String,
    /// What became of it.
    pub outcome: BatchOutcome,
}

/// What became of one request of a batch.
#[derive(Debug, Clone)]
pub enum BatchOutcome {
    /// The reply, as it would have come by itself.
    Reply(Bytes),
    /// An error, as it would have come by itself.
    Failed(LlmError),
    /// The batch was stopped before.
    Cancelled,
    /// The provider did not come to it in time.
    Expired,
}
