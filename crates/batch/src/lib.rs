//! Many requests handed in at once and answered when there is time (GW-16).
//!
//! A batch is made of a file of lines ([`intake`]), each a request of its own with an id of the caller's. Its
//! worst case is set aside in the budgets when it is handed in; then a job ([`run`]) works on it: lines whose
//! deployment's provider has batches of its own go there, at its lower price; the others go through the gateway
//! one by one, so many at once. Every line is settled and billed by itself, once, however often the program is
//! killed in between.
//!
//! Reading order: [`model`], [`service`], `intake`, `run`, `output` (how results are written).

pub mod config;
pub mod error;
pub mod intake;
pub mod model;
pub mod output;
pub mod service;

mod db;
mod run;

pub use config::Config;
pub use error::BatchError;
pub use model::{Batch, BatchState, Counts, Endpoint, File, Page, Problem};
pub use service::{Batches, NewBatch, Parts, Submission};
