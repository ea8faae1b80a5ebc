//! The models of this machine from outside: what is found in a folder, asked, and given back.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

mod asking;
mod embedding;
mod finding;
mod hostile;
mod setup;
