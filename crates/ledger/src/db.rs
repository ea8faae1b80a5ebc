//! The queries on the tables of exchanges.

mod bodies;
mod exchanges;
mod report;

pub(crate) use bodies::{body, body_figures, forget_bodies, forget_exchanges, keep_body};
pub use exchanges::{Spender, TakenBack, costs, insert, spent, take_back, used_between};
pub(crate) use exchanges::{Totals, exchange_by_id, page, spending};
pub(crate) use report::report;
