//! The server as a client sees it: real program, real sockets, a scripted provider behind it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a failed expectation is a failed test"
)]

mod batches;
mod budget;
mod client;
mod conversations;
mod edge;
mod exchanges;
mod hostile_bodies;
mod hostile_upstreams;
mod keys;
mod library;
mod providers;
mod retention;
mod stage;
mod usage;
