//! How many tokens a text and a request have.
//!
//! Exactly, where the tokenizer is public ([`Encoding`]) or on this machine ([`llm::TokenCounter`]); else by a
//! measure learned from what providers reported ([`Calibrations`]), with its error. Around texts come messages,
//! tools and pictures, counted by the vendors' published rules. Nothing here does I/O.
//!
//! Reading order: [`Counter`], [`Encoding`], [`Calibrations`], `family`, `picture`, `tools`.

mod calibration;
mod counter;
mod encoding;
mod family;
mod picture;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod tools;

pub use calibration::{Calibration, Calibrations};
pub use counter::{ByPart, Certainty, Counted, Counter, Facts};
pub use encoding::Encoding;
pub use family::Family;
pub use picture::{Size, size};
pub use tools::size as tool_size;
