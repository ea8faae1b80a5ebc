//! The job `library.embed`: makes the vectors that passages lack.
//!
//! Needed when the model was changed, when documents came in before there was one, and when it failed meanwhile. It
//! may be broken off at any point: what is made is kept, batch by batch.

use crate::{
    Library, LibraryError,
    library::NoVectors,
    model::{Progress, Stage},
};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use store::{JobContext, JobFailure, JobHandler};

/// The job's name.
pub(crate) const NAME: &str = "library.embed";

/// Makes the vectors of every document.
#[derive(Debug)]
pub(crate) struct Embed(pub(crate) Arc<Library>);

impl JobHandler for Embed {
    fn name(&self) -> &'static str {
        NAME
    }

    fn run(&self, context: JobContext) -> BoxFuture<'_, Result<Value, JobFailure>> {
        Box::pin(async move {
            let library = &self.0;
            let lacking = library.lacking_vectors().await.map_err(|error| again(&error))?;
            let total = lacking.iter().map(|stored| stored.document.chunk_count).sum();
            let (mut done, mut documents) = (0, 0_u64);
            context.progress(Stage::Embed.as_str(), 0, Some(total));
            for stored in &lacking {
                let (owner, id) = (stored.document.owner, stored.document.id);
                let count = stored.document.chunk_count;
                let progress = |passages: u64| {
                    context.progress(Stage::Embed.as_str(), done + passages.min(count), Some(total));
                    library.set_progress(owner, id, Some(Progress::of(Stage::Embed, passages, count)));
                };
                let made = library.embed_document(stored, context.cancelled(), &progress).await;
                library.set_progress(owner, id, None);
                match made {
                    Ok(true) => documents += 1,
                    // Nothing makes vectors any more.
                    Ok(false) => break,
                    Err(NoVectors::Stopped) => return Ok(json!({ "documents": documents })),
                    Err(NoVectors::Embedder(error)) => {
                        tracing::warn!(%error, document = %id, "passages have no vectors yet");
                        return Err(JobFailure::for_now(error.to_string(), Duration::from_secs(30)));
                    }
                    Err(NoVectors::Library(error)) => return Err(again(&error)),
                }
                done += count;
                library.changed(owner, id, false);
            }
            library.finish_embedding().await.map_err(|error| again(&error))?;
            Ok(json!({ "documents": documents }))
        })
    }
}

fn again(error: &LibraryError) -> JobFailure {
    JobFailure::for_now(error.to_string(), Duration::from_secs(10))
}
