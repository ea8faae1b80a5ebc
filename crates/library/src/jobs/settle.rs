//! The job `library.settle`: brings entries, the search index and copies of vectors in step with the tables.
//!
//! Needed when entries are to be found by other patterns than before, when the index was damaged or missing, and when the program was killed between a change of the
//! tables and that of the index. An engine of vectors beside the program is brought in step likewise.

use crate::{Library, LibraryError, db::documents};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use store::{JobContext, JobFailure, JobHandler};

/// The job's name.
pub(crate) const NAME: &str = "library.settle";

/// So long an engine of vectors that failed is left alone.
const ENGINE_PAUSE: Duration = Duration::from_secs(20);

/// Settles every document.
#[derive(Debug)]
pub(crate) struct Settle(pub(crate) Arc<Library>);

impl JobHandler for Settle {
    fn name(&self) -> &'static str {
        NAME
    }

    fn run(&self, context: JobContext) -> BoxFuture<'_, Result<Value, JobFailure>> {
        Box::pin(async move {
            let documents = settle(&self.0, &context).await?;
            Ok(json!({ "documents": documents }))
        })
    }
}

async fn settle(library: &Library, context: &JobContext) -> Result<u64, JobFailure> {
    let again = |error: LibraryError| JobFailure::for_now(error.to_string(), Duration::from_secs(10));
    let unsettled = documents::unsettled(library.db.pool()).await.map_err(again)?;
    let total = u64::try_from(unsettled.len()).unwrap_or(u64::MAX);
    for (done, listed) in (0..).zip(unsettled) {
        context.progress("index", done, Some(total));
        if context.cancelled().is_cancelled() {
            break;
        }
        // The list may be old by now: what was put right meanwhile is left alone.
        let (owner, id) = (listed.document.owner, listed.document.id);
        let Some(stored) = library.stored(owner, id).await.map_err(again)? else { continue };
        if stored.document.deleted_at.is_some() {
            library.unindex_document(owner, id).await.map_err(again)?;
        } else if stored.lacks_entries()
            || (stored.generation > 0 && stored.indexed_generation != Some(stored.generation))
        {
            library.index_document(&stored, &|_| {}).await.map_err(again)?;
        }
    }
    match library.settle_copies(context.cancelled()).await {
        Ok(()) => Ok(total),
        Err(LibraryError::Vectors(error)) => {
            tracing::warn!(%error, "the vectors are copied later");
            Err(JobFailure::not_yet(ENGINE_PAUSE))
        }
        Err(error) => Err(again(error)),
    }
}
