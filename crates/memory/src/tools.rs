//! The memory as tools of models: they recall, remember and forget in the scopes that are open where they answer.

mod forget;
mod recall;
mod remember;

use crate::{Memory, MemoryError, model::Scope};
use llm::{Tool, ToolContext, ToolError};
use std::sync::Arc;

/// The names of the memory's tools. What they answer is of the moment: what a person takes out of the memory later must not
/// be told again from an old answer, so that calls and results are left out of what later turns tell a model.
pub const NAMES: [&str; 3] = ["recall", "remember", "forget"];

/// All tools of the memory.
pub fn all(memory: &Arc<Memory>) -> Vec<Arc<dyn Tool>> {
    vec![
        Arc::new(recall::Recall(Arc::clone(memory))),
        Arc::new(remember::Remember(Arc::clone(memory))),
        Arc::new(forget::Forget(Arc::clone(memory))),
    ]
}

/// The scopes that are open, the one that new facts belong to first.
fn open(context: &ToolContext) -> Result<Vec<Scope>, ToolError> {
    let scopes: Result<Vec<Scope>, MemoryError> = context.scopes.iter().map(|text| text.parse()).collect();
    let scopes = scopes.map_err(told)?;
    if scopes.is_empty() {
        return Err(ToolError::Failed("nothing of the memory is open here".into()));
    }
    Ok(scopes)
}

/// A failure of the memory as a model is told it.
#[expect(clippy::needless_pass_by_value, reason = "the form that `map_err` wants")]
fn told(error: MemoryError) -> ToolError {
    match &error {
        MemoryError::NoFact(_) | MemoryError::Gone(_) | MemoryError::Struck(_) => {
            ToolError::NotFound(error.to_string())
        }
        MemoryError::Empty | MemoryError::TooLong { .. } | MemoryError::Backwards => {
            ToolError::Arguments(error.to_string())
        }
        MemoryError::BadScope(_) | MemoryError::BadCursor(_) | MemoryError::Database(_) => {
            ToolError::Failed(error.to_string())
        }
    }
}
