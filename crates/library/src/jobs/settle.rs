//! The job `library.settle`: brings entries and the search index in step with the tables.
//!
//! Needed when entries are to be found by other patterns than before, when the index was damaged or missing, and when the program was killed between a change of the
//! tables and that of the index.

use crate::{Library, db::documents};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use store::{JobContext, JobFailure, JobHandler};

/// The job's name.
pub(crate) const NAME: &str = "library.settle";

/// Settles every document.
#[derive(Debug)]
pub(crate) struct Settle(pub(crate) Arc<Library>);

impl JobHandler for Settle {
    fn name(&self) -> &'static str {
        NAME
    }

    fn run(&self, context: JobContext) -> BoxFuture<'_, Result<Value, JobFailure>> {
        Box::pin(async move {
            let library = &self.0;
            let again =
                |error: crate::LibraryError| JobFailure::for_now(error.to_string(), Duration::from_secs(10));
            let unsettled = documents::unsettled(library.db.pool()).await.map_err(again)?;
            let total = u64::try_from(unsettled.len()).unwrap_or(u64::MAX);
            for (done, stored) in (0..).zip(&unsettled) {
                context.progress("index", done, Some(total));
                if context.cancelled().is_cancelled() {
                    break;
                }
                if stored.document.deleted_at.is_some() {
                    library
                        .unindex_document(stored.document.owner, stored.document.id)
                        .await
                        .map_err(again)?;
                } else if stored.lacks_entries()
                    || (stored.generation > 0 && stored.indexed_generation != Some(stored.generation))
                {
                    library.index_document(stored, &|_| {}).await.map_err(again)?;
                }
            }
            Ok(json!({ "documents": total }))
        })
    }
}
