//! How files come into the library.

use super::{Library, files_failed, holder, ingest_job};
use crate::{
    LibraryError,
    db::{
        documents::{self, Stored},
        failed,
    },
    model::{Added, Document, NewDocument, Problem, ProblemCode, Status},
};
use base::{Id, OwnerId, new_id};
use reading::formats;
use std::sync::Arc;
use store::BlobId;
use tokio::task::spawn_blocking;

/// Longest file name that is kept, in characters.
const MAX_NAME_CHARS: usize = 500;

impl Library {
    /// Takes in a file: keeps it and queues its ingest. The same bytes are kept once for an owner; a deleted
    /// document of these bytes is restored, a failed one is tried again.
    ///
    /// # Errors
    /// [`LibraryError::Refused`] when it is empty, too large, or of a format that cannot be read.
    pub async fn add_bytes(&self, owner: OwnerId, new: NewDocument) -> Result<Added, LibraryError> {
        let NewDocument { file_name, bytes, collection } = new;
        let file_name = clean_name(&file_name);
        let bytes = Arc::new(bytes);
        let blob = self.check(&file_name, &bytes).await?;
        let checked = Checked { new_id: new_id(), file_name, bytes, blob };
        self.keep(owner, checked, collection.as_deref()).await
    }

    /// Keeps a file that was looked at, and queues its ingest.
    pub(super) async fn keep(
        &self,
        owner: OwnerId,
        checked: Checked,
        collection: Option<&str>,
    ) -> Result<Added, LibraryError> {
        let Checked { new_id: id, file_name, bytes, blob } = checked;
        if let Some(stored) = documents::of_content(self.db.pool(), owner, &blob).await? {
            return self.add_again(&stored).await;
        }
        self.blobs.put(owner, &holder(id), Shared(Arc::clone(&bytes))).await.map_err(files_failed)?;
        let title = title_of(&file_name);
        let incoming = documents::Incoming {
            id,
            owner,
            title: &title,
            file_name: &file_name,
            collection: collection.map(str::trim).filter(|name| !name.is_empty()),
            blob: &blob,
            size_bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            now: self.now(),
        };
        let mut transaction = self.db.begin().await.map_err(failed)?;
        if !documents::insert(&mut transaction, &incoming).await? {
            // Somebody added the same bytes at the same moment.
            drop(transaction);
            self.blobs.release_all(&holder(id)).await.map_err(files_failed)?;
            let stored = documents::of_content(self.db.pool(), owner, &blob).await?;
            let stored = stored.ok_or(LibraryError::NoDocument(id))?;
            return self.add_again(&stored).await;
        }
        let job = self.jobs.enqueue_in(&mut transaction, ingest_job(owner, id)).await.map_err(failed)?;
        documents::queue(&mut transaction, id, job.job_id, self.now()).await?;
        transaction.commit().await.map_err(failed)?;
        self.jobs.wake();
        self.changed(owner, id, false);
        Ok(Added { document_id: id, job_id: Some(job.job_id), duplicate: false })
    }

    /// What a document is called, and the SHA-256 of its content in hexadecimal digits.
    ///
    /// # Errors
    /// [`LibraryError::NoDocument`].
    pub async fn content_of(&self, owner: OwnerId, id: Id) -> Result<(String, String), LibraryError> {
        let stored = self.existing(owner, id).await?;
        Ok((stored.document.title, stored.blob.as_str().to_owned()))
    }

    /// The owner's document of this content; none where it is not there or was deleted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn with_content(&self, owner: OwnerId, sha256: &str) -> Result<Option<Id>, LibraryError> {
        let Ok(blob) = sha256.parse::<BlobId>() else { return Ok(None) };
        let stored = documents::of_content(self.db.pool(), owner, &blob).await?;
        Ok(stored
            .map(|stored| stored.document)
            .filter(|known| known.deleted_at.is_none())
            .map(|known| known.id))
    }

    /// Looks at the bytes before anything is kept.
    pub(super) async fn check(&self, file_name: &str, bytes: &Arc<Vec<u8>>) -> Result<BlobId, LibraryError> {
        let refused = |problem| LibraryError::Refused { file_name: file_name.to_owned(), problem };
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > self.config.max_file_bytes {
            return Err(refused(formats::file_too_large(bytes.len(), &self.config.limits())));
        }
        let (name, looked_at) = (file_name.to_owned(), Arc::clone(bytes));
        let detected = spawn_blocking(move || {
            formats::detect(&looked_at, &name).map(|_| BlobId::of(looked_at.as_slice()))
        });
        match detected.await {
            Ok(detected) => detected.map_err(refused),
            Err(_) => Err(refused(Problem::new(ProblemCode::Crashed, "the file makes the reader fail"))),
        }
    }

    async fn add_again(&self, stored: &Stored) -> Result<Added, LibraryError> {
        let Document { id, owner, status, deleted_at, job_id, .. } = stored.document;
        if deleted_at.is_some() {
            self.restore(owner, id).await?;
        }
        let job_id = match status {
            Status::Ready => None,
            Status::Failed => Some(self.reprocess(owner, id).await?),
            Status::Queued | Status::Processing => job_id,
        };
        Ok(Added { document_id: id, job_id, duplicate: true })
    }
}

/// A file that can be taken in.
pub(super) struct Checked {
    /// The id of its document, where its content is new.
    pub(super) new_id: Id,
    pub(super) file_name: String,
    pub(super) bytes: Arc<Vec<u8>>,
    /// The name of its content.
    pub(super) blob: BlobId,
}

/// Bytes that are shared instead of copied.
pub(super) struct Shared(pub(super) Arc<Vec<u8>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// A file's name as it is shown: no control characters, `/` between folders, none of which leads upwards, not
/// endless.
pub(super) fn clean_name(name: &str) -> String {
    let clean: String = name.replace('\\', "/").chars().filter(|next| !next.is_control()).collect();
    let folders: Vec<&str> =
        clean.trim().split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect();
    let shown = if folders.is_empty() { "unnamed".to_owned() } else { folders.join("/") };
    shown.chars().take(MAX_NAME_CHARS).collect()
}

/// What a document is called until it says itself: its file's name without folder and ending.
pub(super) fn title_of(file_name: &str) -> String {
    let name = file_name.rsplit('/').next().unwrap_or(file_name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let stem = if stem.is_empty() { name } else { stem };
    stem.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned() {
        for (name, clean, title) in [
            ("folder\\My_File.pdf", "folder/My_File.pdf", "My File"),
            ("../../etc/passwd", "etc/passwd", "passwd"),
            ("/a//./b/../c.md", "a/b/c.md", "c"),
            ("\u{0}\n", "unnamed", "unnamed"),
            (".hidden", ".hidden", ".hidden"),
        ] {
            assert_eq!(clean_name(name), clean);
            assert_eq!(title_of(&clean_name(name)), title);
        }
    }
}
