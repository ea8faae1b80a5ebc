//! What of a conversation is kept where not all of it fits a model's window.
//!
//! [`plan`] looks at a request and says what would have to be given up, least harmful first: a shorter answer, what the
//! instructions say twice, turns that were said again later, old thoughts and long results of tools, then the turns that
//! matter least for what is asked now. [`Plan::apply`] does it, with a summary of what was left out. The system prompt,
//! the last turn of the person and calls of tools that wait for their result always stay, and no result ever loses its
//! call. Nothing here does I/O or knows a tokenizer: the caller measures.

mod cache;
mod fitted;
mod importance;
mod likeness;
mod plan;
mod prune;
mod summary;
mod system;
mod turns;
mod words;

pub use cache::Cache;
pub use fitted::{Fitted, Summarised};
pub use likeness::Vectors;
pub use plan::{Plan, Wanted, plan};
pub use summary::{extract, instruction};
