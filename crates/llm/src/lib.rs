//! Messages, requests, events, usage, errors and ports: the vocabulary of every model call.
//!
//! Everything that talks to a model speaks these types. A wire format is a [`Codec`] between bytes and
//! this vocabulary; a place that answers is a [`ChatModel`] (it speaks the vocabulary itself) or an
//! [`Upstream`] (it speaks a wire format over HTTP). Nothing in this crate does I/O.
//!
//! Reading order: [`message`], [`request`], [`event`], [`reply`], [`usage`], [`model`], [`prices`],
//! [`error`], [`codec`], [`ports`], [`tool`], [`batch`], [`taken`].

pub mod batch;
pub mod circumstances;
pub mod codec;
pub mod error;
pub mod event;
pub mod message;
pub mod model;
pub mod ports;
pub mod prices;
pub mod reply;
pub mod request;
pub mod taken;
pub mod tool;
pub mod usage;

pub use batch::{
    BatchFiles, BatchLimits, BatchMark, BatchOutcome, BatchRequest, BatchResult, BatchResults, BatchStatus,
    BatchUpstream, NewBatch,
};
pub use circumstances::{Circumstances, Phase};
pub use codec::{
    AudioCodec, AudioHead, Codec, Dialect, Encoded, Operation, PromptCache, PromptCacheHelp, RequestHead,
    StreamDecoder, StreamEncoder, StreamScanner, Summary,
};
pub use error::{LlmError, LlmErrorKind};
pub use event::{ChatEvent, Citation, StopReason};
pub use message::{Media, Message, Part, Role};
pub use model::{Capability, ModelSpec};
pub use ports::{
    ChatModel, ChatStream, Embedder, Embedders, Embedding, Passage, Retrieval, Retriever, TokenCounter,
    Upstream, UpstreamBody, UpstreamCall, UpstreamReply,
};
pub use prices::{PriceSet, PriceSheet, PriceTier, Prices, ServicePrice};
pub use reply::{Aggregator, ChatReply};
pub use request::{
    ChatRequest, EmbeddingReply, EmbeddingRequest, LibraryScope, Parameters, ReasoningEffort, ResponseFormat,
    ToolChoice, ToolSpec,
};
pub use taken::{Beside, Parameter, Taken};
pub use tool::{Effect, Tool, ToolContext, ToolError, ToolSource};
pub use usage::{RateLimits, Service, Usage};
