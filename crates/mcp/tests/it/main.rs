//! Servers that are commands and servers that are addresses, well-behaved and not, through what chat sees of them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

mod http;
mod list;
mod stage;
mod stdio;
