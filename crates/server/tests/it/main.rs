//! The server as a client sees it: real program, real sockets, a scripted provider behind it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a failed expectation is a failed test"
)]

mod audio;
mod batches;
mod budget;
mod caching;
mod client;
mod compare;
mod conversations;
mod doors;
mod edge;
mod exchanges;
mod experiments;
mod folders;
mod gemini;
mod health;
mod help;
mod hostile_bodies;
mod hostile_upstreams;
mod keys;
mod leaving;
mod library;
mod local_only;
mod logs;
mod matrix;
mod mcp;
mod memory;
mod metrics;
mod money;
mod ollama;
mod on_device;
mod providers;
mod pulling;
mod responses;
mod retention;
mod routes;
mod secrets;
mod shares;
mod stage;
mod telemetry;
mod time_outs;
mod tokens;
mod tools;
mod usage;
mod watched;
