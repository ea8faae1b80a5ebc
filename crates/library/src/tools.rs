//! The library as a tool of models.

mod search;

use llm::{Retriever, Tool};
use std::sync::Arc;

/// All tools of the library.
pub fn all(library: Arc<dyn Retriever>) -> Vec<Arc<dyn Tool>> {
    vec![Arc::new(search::SearchLibrary(library))]
}
