//! What the API shows in answers and in the stream of events alike, or takes in more than one place: documents, deleted
//! messages, settings of answers.

pub mod parameters;

use api::{
    chat::DeletedMessages,
    library::{CorrectedField, DocumentStatus, FoundKind},
};
use library::model::{Document, HANDBOOK_COLLECTION, Problem, Status};

/// What went when a message was deleted.
pub fn deleted(deleted: &chat::Deleted) -> DeletedMessages {
    DeletedMessages {
        message_ids: deleted.message_ids.iter().map(ToString::to_string).collect(),
        leaf_id: deleted.leaf_id.map(|leaf| leaf.to_string()),
    }
}

/// A document.
pub fn document(document: Document) -> api::library::Document {
    let kind = document.kind();
    api::library::Document {
        id: document.id.to_string(),
        handbook: document.collection.as_deref() == Some(HANDBOOK_COLLECTION),
        title: document.title,
        author: document.author,
        publisher: document.publisher,
        published: document.published.map(|date| date.to_string()),
        made: document.made.map(|date| date.to_string()),
        language: document.language,
        kind: kind.map(|kind| kind.to_string()),
        kind_chosen: document.chosen_kind.is_some(),
        kind_found: document.found_kind.map(|found| FoundKind {
            kind: found.kind.map(|kind| kind.to_string()),
            certainty: found.share,
            because: found.because,
        }),
        tags: document.tags,
        corrected: document
            .corrected
            .into_iter()
            .map(|corrected| CorrectedField {
                field: corrected.field.as_str().to_owned(),
                told: corrected.told,
            })
            .collect(),
        file_name: document.file_name,
        format: document.format.map(|format| format.to_string()),
        size_bytes: document.size_bytes,
        pages: document.pages,
        chunks: document.chunk_count,
        status: match document.status {
            Status::Queued => DocumentStatus::Queued,
            Status::Processing => DocumentStatus::Processing,
            Status::Ready => DocumentStatus::Ready,
            Status::Failed => DocumentStatus::Failed,
        },
        stage: document.progress.map(|progress| progress.stage.to_string()),
        progress: document.progress.map(|progress| progress.fraction),
        error: document.failure.map(document_error),
        warnings: document.warnings.iter().map(ToString::to_string).collect(),
        job_id: document.job_id.map(|id| id.to_string()),
        created_at: document.created_at.to_string(),
    }
}

/// Why a document, or a part of it, cannot be read.
pub fn document_error(problem: Problem) -> api::library::DocumentError {
    api::library::DocumentError {
        code: problem.code.to_string(),
        message: problem.to_string(),
        hint: Some(problem.hint().to_owned()),
    }
}
