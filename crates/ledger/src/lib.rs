//! The ledger: every exchange, what it cost and why, kept so that nothing is lost and everything adds up.
//!
//! An [`Exchange`] is one request and what came of it. It goes into the [`Journal`] before its caller has the end of
//! the answer, from there through the [`Queue`] into the database ([`Writer`]), and can be asked for and added up
//! there ([`Ledger`], [`report`]). What is kept of requests and replies themselves, if anything, is [`retention`]'s.
//! `docs/durability.md` says what all this promises.
//!
//! Reading order: [`exchange`], `journal`, `writer`, `query`, [`report`], [`retention`].

mod db;
mod error;
pub mod exchange;
mod journal;
mod query;
pub mod report;
pub mod retention;
mod writer;

pub use db::{Spender, TakenBack, costs, insert, spent, take_back, used_between};
pub use error::LedgerError;
pub use exchange::{Attempt, Candidate, Exchange, Explained, Explanation, Outcome};
pub use journal::{Hold, Journal, Line, Pending, Replayed};
pub use query::{ExchangeFilter, ExchangePage, Ledger, Spending, SpendingRow};
pub use report::{By, Report, ReportFilter, ReportQuery, ReportRow, Sums};
pub use retention::{
    Asked, Capture, Keep, Keeper, KeptBodies, KeptBody, Pruned, Retained, RetentionConfig, RetentionError,
};
pub use writer::{Queue, Record, Writer};
