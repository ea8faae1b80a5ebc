//! Templates: what is understood, what is refused and where, what they become, and the way through files.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod exchange;
mod parsing;
mod rendering;
