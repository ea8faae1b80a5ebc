//! The wire formats: one codec a dialect, and what all of them share.
//!
//! A codec is pure: bytes in, vocabulary out, and back. To add a dialect, write its codec in a file of its
//! own, name it in [`codec`], and put a folder of fixtures in `crates/wire/fixtures/<dialect>`.

pub mod gemini;
pub mod ollama;
pub mod openai_chat;

mod anthropic;
mod arguments;
mod calls;
mod dropped;
mod error;
mod fields;
mod head;
mod ids;
mod media;
mod openai;
mod openai_responses;
mod schema;
mod splice;
mod taken;
mod watch;

pub use error::{bad_request, malformed};

pub(crate) use ::{json, sse};
use error::{broken_off, error_of_reply, error_text, kind_of_message, kind_of_status};
use ids::seconds_of_id;
use llm::{Codec, Dialect};
use media::split_data_url;
use openai_chat::{Flavour, OpenAiChat};

/// The codec of a dialect.
pub fn codec(dialect: Dialect) -> &'static dyn Codec {
    match dialect {
        Dialect::OpenAiChat => openai_chat(Flavour::Tolerant),
        Dialect::OpenAiResponses => &openai_responses::OpenAiResponses,
        Dialect::Anthropic => &anthropic::Anthropic,
        Dialect::Gemini => &gemini::Gemini,
        Dialect::Ollama => &ollama::Ollama,
    }
}

/// The codec of OpenAI's dialect for servers of this flavour.
pub fn openai_chat(flavour: Flavour) -> &'static dyn Codec {
    match flavour {
        Flavour::Tolerant => &const { OpenAiChat::new(Flavour::Tolerant) },
        Flavour::Strict => &const { OpenAiChat::new(Flavour::Strict) },
    }
}
