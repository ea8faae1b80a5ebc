//! What kind of document something is: found by the crate `classify`, put right by people.

use super::Library;
use crate::{
    LibraryError,
    db::{
        chosen,
        chunks::{HEADING_SEPARATOR, StoredChunk},
    },
    model::{Document, DocumentKind},
};
use base::{Id, OwnerId};
use classify::{DocumentClass, DocumentPart, DocumentText};

impl Library {
    /// Says what kind of document it is, which holds when it is read again; `None` takes that back.
    ///
    /// # Errors
    /// [`LibraryError::NoDocument`]; [`LibraryError::Deleted`].
    pub async fn choose_kind(
        &self,
        owner: OwnerId,
        id: Id,
        kind: Option<DocumentKind>,
    ) -> Result<Document, LibraryError> {
        let before = self.get(owner, id).await?;
        if before.chosen_kind == kind {
            return Ok(before);
        }
        chosen::set_kind(self.db.pool(), id, kind, self.now()).await?;
        let stored = self.existing(owner, id).await?;
        if stored.generation > 0 {
            // Searches are narrowed down by it.
            self.index_document(&stored, &|_| {}).await?;
        }
        self.changed(owner, id, false);
        self.get(owner, id).await
    }
}

/// What kind of document these passages, with so many entries of games, are found to be.
pub(super) fn found(document: &Document, passages: &[StoredChunk], entries: usize) -> DocumentClass {
    let parts = passages.iter().map(|chunk| DocumentPart {
        headings: chunk.heading.iter().flat_map(|heading| heading.split(HEADING_SEPARATOR)).collect(),
        text: &chunk.text,
    });
    classify::classify_document(&DocumentText {
        format: document.format.map_or("", |format| format.as_str()),
        file_name: &document.file_name,
        entries,
        parts: parts.collect(),
    })
}
