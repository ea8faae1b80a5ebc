//! What tests share: a scripted upstream that stands in for every provider.
//!
//! [`ScriptedUpstream`] speaks the wire formats of OpenAI, Anthropic, Gemini and Ollama over loopback and
//! answers from a script of [`Reply`]s. It is written without the project's own codecs, so that both sides
//! of a test never share a mistake.
//!
//! [`ScriptedMcp`] and [`mcp_over_stdio`] stand in for a server of tools, likewise, [`FakeQdrant`] for Qdrant, and
//! [`FakeS3`] for a store of objects.
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use testkit::{Reply, ScriptedUpstream};
//!
//! let upstream = ScriptedUpstream::start().await.unwrap();
//! upstream.queue(Reply::text("Good morning.").tokens_per_second(50.0));
//! upstream.queue(Reply::error(429, "slow down").header("retry-after", "2"));
//! // ... point a client at `upstream.url("/v1")`, then look at what arrived:
//! assert!(upstream.requests().is_empty());
//! # });
//! ```

mod exchange;
mod mcp;
mod qdrant;
mod s3;
mod upstream;

pub use mcp::{ScriptedMcp, mcp_over_stdio};
pub use qdrant::FakeQdrant;
pub use s3::FakeS3;
pub use upstream::{
    Disconnect, ErrorReply, Instead, Interruption, Part, Recorded, Reply, Script, ScriptedUpstream, Stop,
    UsageFigures, UsageReport, What,
};
