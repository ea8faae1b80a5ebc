//! Conversations and turns against a real database, gateway and library, with a model that says what it is told.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a failed expectation is a failed test"
)]

mod attachments;
mod checks;
mod conversations;
mod deleting;
mod feelings;
mod folders;
mod groups;
mod memory;
mod parameters;
mod personas;
mod purging;
mod shares;
mod stage;
mod templates;
mod tools;
mod transfer;
mod turns;
mod windows;
