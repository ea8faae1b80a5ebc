//! The program `familiar` as a person or a script runs it, and what only shows when it is a process.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

mod ask;
mod budget;
mod chat;
mod compare;
mod conversations;
mod exchanges;
mod keys;
mod kill;
mod library;
mod logging;
mod memory;
mod models;
mod money;
mod persona;
mod process;
mod serve;
mod share;
mod stage;
mod texts;
mod threads;
