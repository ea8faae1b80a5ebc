//! The ports that benches meet through: object-safe, with boxed futures.

use crate::{
    BatchUpstream, ChatEvent, ChatRequest, Codec, Dialect, EmbeddingReply, EmbeddingRequest, LlmError,
    ModelSpec, Operation, PromptCache, RateLimits, Taken,
};
use bytes::Bytes;
use futures::{future::BoxFuture, stream::BoxStream};
use http::HeaderMap;
use std::{fmt, sync::Arc, time::Duration};

/// A stream of events; dropping it cancels the call.
pub type ChatStream = BoxStream<'static, Result<ChatEvent, LlmError>>;

/// A model that speaks the vocabulary itself, such as the Librarian or one running on this machine.
pub trait ChatModel: Send + Sync + fmt::Debug {
    /// Answers. An error here means that nothing of the answer has come.
    fn stream(&self, request: ChatRequest) -> BoxFuture<'_, Result<ChatStream, LlmError>>;
    /// The names of what is asked that it takes no notice of; the caller is told (PRV-12).
    fn ignores(&self, _request: &ChatRequest) -> Vec<String> {
        Vec::new()
    }
    /// Which settings the model of this name takes; none where no language model answers.
    fn takes(&self, _model: &ModelSpec) -> Vec<Taken> {
        Vec::new()
    }
    /// What makes vectors, where it has models that do.
    fn embedder(&self) -> Option<&dyn Embedder> {
        None
    }
    /// Counts tokens as the model of this name does, where its tokenizer is at hand. May read files.
    fn token_counter(&self, _model: &str) -> Option<Arc<dyn TokenCounter>> {
        None
    }
}

/// Turns texts into vectors.
pub trait Embedder: Send + Sync + fmt::Debug {
    /// A vector for each text, in order, by the model that the request names.
    fn embed(&self, request: EmbeddingRequest) -> BoxFuture<'_, Result<EmbeddingReply, LlmError>>;
}

/// Gives every owner the embedder that works on their account.
pub trait Embedders: Send + Sync + fmt::Debug {
    /// The owner's.
    fn of(&self, owner: base::OwnerId) -> Arc<dyn Embedder>;
}

/// What vectors are made with.
#[derive(Debug, Clone)]
pub struct Embedding {
    /// The model's id, such as `on-device/all-minilm-l6-v2`.
    pub model: String,
    /// Who makes them.
    pub embedders: Arc<dyn Embedders>,
}

/// Counts tokens exactly, by a tokenizer on this machine.
pub trait TokenCounter: Send + Sync + fmt::Debug {
    /// How many tokens a text has; `None` where the tokenizer fails.
    fn count(&self, text: &str) -> Option<u64>;
    /// How many tokens a request has as the model reads it; `None` where that is not known here.
    fn count_request(&self, request: &ChatRequest) -> Option<u64>;
}

/// A place that speaks a wire format over HTTP: one provider with its endpoint and credential.
pub trait Upstream: Send + Sync + fmt::Debug {
    /// The format it speaks.
    fn codec(&self) -> &'static dyn Codec;
    /// The same place, spoken to in another format that it understands as well; requests in that format need
    /// no translation then.
    fn facing(&self, _dialect: Dialect) -> Option<&dyn Upstream> {
        None
    }
    /// Sends a body and returns the reply once its head is there. A reply whose status is not 2xx comes
    /// back as an `Err` that the codec has read.
    fn send(&self, call: UpstreamCall) -> BoxFuture<'_, Result<UpstreamReply, LlmError>>;
    /// How long after a call was sent the first token of a streamed answer may take; `None` for no limit.
    /// Comments and empty events that keep a connection open are no tokens, so that only who reads the
    /// stream can tell.
    fn first_token_time_out(&self) -> Option<Duration> {
        None
    }
    /// Whether what is sent to this model there leaves the machine.
    fn leaves(&self, _model: &str) -> bool {
        true
    }
    /// The text with every credential of this place blotted out; `None` where it holds none. Errors inside
    /// answers repeat keys as those with a status do.
    fn without_secrets(&self, _text: &str) -> Option<String> {
        None
    }
    /// How its prompt cache is used.
    fn prompt_cache(&self) -> PromptCache {
        PromptCache::Unaided
    }
    /// Its own batches, if it has such.
    fn batches(&self) -> Option<&dyn BatchUpstream> {
        None
    }
}

/// A request to an [`Upstream`].
#[derive(Debug, Clone)]
pub struct UpstreamCall {
    /// What is asked.
    pub operation: Operation,
    /// The provider's own name of the model (some formats have it in the path).
    pub model: String,
    /// The body in the upstream's format.
    pub body: Bytes,
    /// Headers of the caller that belong to the format, such as `anthropic-beta`; never credentials. A
    /// `content-type` among them is that of the body; without one the body is JSON.
    pub headers: HeaderMap,
}

/// A provider's successful answer.
pub struct UpstreamReply {
    /// Its headers that belong to the caller, hop-by-hop and credential headers left out.
    pub headers: HeaderMap,
    /// What they say about limits.
    pub limits: RateLimits,
    /// The body.
    pub body: UpstreamBody,
}

/// A body in one piece or as it comes.
pub enum UpstreamBody {
    /// In one piece.
    Whole(Bytes),
    /// As it comes, under the provider's first-byte, stall and total time-outs. Dropping it closes the
    /// connection, so that the provider stops.
    Stream(BoxStream<'static, Result<Bytes, LlmError>>),
}

/// Finds passages in what is kept.
pub trait Retriever: Send + Sync + fmt::Debug {
    /// The best passages first.
    fn retrieve(&self, retrieval: Retrieval) -> BoxFuture<'_, Result<Vec<Passage>, LlmError>>;
}

/// What to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retrieval {
    /// In whose library.
    pub owner: base::OwnerId,
    /// The question or the words.
    pub query: String,
    /// Only in these documents; empty means everywhere.
    pub document_ids: Vec<String>,
    /// How many passages at the most.
    pub limit: usize,
}

/// A piece of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// Its id, stable while the document is not processed again.
    pub chunk_id: String,
    /// The document it stands in.
    pub document_id: String,
    /// The document's title.
    pub title: String,
    /// The headings it stands under, outermost first, joined by ` › `.
    pub heading: Option<String>,
    /// The page, from 1.
    pub page: Option<u32>,
    /// The text.
    pub text: String,
    /// How well it fits; larger is better, comparable within one retrieval only.
    pub score: f32,
}
