//! The gateway from outside, with scripted deployments and a clock that is turned by hand.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a failed expectation is a failed test"
)]

mod accounts;
mod answers;
mod budgets;
mod classify;
mod cluster;
mod codec;
mod deployment;
mod experiments;
mod fallback;
mod fitting;
mod health;
mod hot_path;
mod keys;
mod kill;
mod ledger;
mod limits;
mod prices;
mod queue;
mod recall;
mod report;
mod retention;
mod routing;
mod stage;
mod threads;
mod tiers;
