//! One question to 2 to 8 models at once (CMP-1 to CMP-5): every column answers by itself, and what it answered is kept.
//!
//! A comparison has columns (who is asked, with which instructions and parameters) and turns (what was asked). For each of
//! both there are answers; the last one counts. Each is written by a task of its own: one that fails or is stopped leaves the
//! others, and the page may go away and come back. What has arrived is kept while it arrives, so that a killed server loses
//! at most [`answer::FLUSH_INTERVAL`] of it.
//!
//! What sets the answers apart is the business of `contrast`; ratings from votes are those of `gateway::experiments`.
//!
//! Reading order: [`model`], [`service`], [`answer`], [`hub`], [`votes`], [`merges`], [`sets`],
//! [`cast`] (the port through which personas answer).

pub mod answer;
pub mod cast;
pub mod error;
pub mod hub;
pub mod merges;
pub mod model;
pub mod report;
pub mod service;
pub mod sets;
pub mod votes;

mod db;
mod pictures;

pub use cast::{Cast, CastError, Casting, Scene};
pub use error::CompareError;
pub use hub::Step;
pub use merges::{Merge, MergeKind, NewMerge, Repeat};
pub use model::{
    Answer, AnswerBody, Better, Column, Comparison, Failure, Image, Listed, Mode, NewColumn, NewComparison,
    Question, Receipt, Status, Turn, Vote, Whole,
};
pub use service::{Bench, Parts};
pub use sets::{Cell, CellBody, CellState, NewRun, PromptSet, RunState, SetPrompt, SetRun};
pub use votes::NewVote;
