//! Comparisons against a real database and gateway, with models that say what they are told.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

mod columns;
mod merging;
mod pictures;
mod sets;
mod stage;
mod voting;
