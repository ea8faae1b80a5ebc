//! The program `familiar` as a process: what only shows when it is one.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

mod kill;
mod process;
