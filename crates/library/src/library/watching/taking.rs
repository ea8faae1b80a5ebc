//! How a file of a watched folder becomes a document, changes it, and lets go of it.

use super::{
    SILENCE,
    patience::NotDone,
    walk::{self, CANNOT_READ, NotRead, SeenFile},
};
use crate::{
    Library, LibraryError,
    db::{
        documents, failed,
        watched::{self, File, FileState, Folder},
    },
    library::{
        adding::{Checked, Shared, clean_name, title_of},
        files_failed, holder, ingest_job,
    },
    model::Status,
};
use base::{Id, OwnerId, new_id};
use reading::formats;
use std::{
    error::Error as _,
    path::{Path, PathBuf},
    sync::Arc,
};
use store::BlobId;

/// What came of giving a document another content.
enum Replaced {
    /// It is queued to be read anew.
    Queued,
    /// It is being read just now.
    Busy,
    /// It is not this file's alone, or not there.
    Not,
}

impl Library {
    /// Takes in a file as it was seen; answers what is known of it then.
    pub(super) async fn take_file(
        &self,
        folder: &Folder,
        before: File,
        seen: SeenFile,
    ) -> Result<File, NotDone> {
        let file = File {
            size_bytes: seen.size_bytes,
            modified_at: seen.modified_at,
            code: None,
            detail: None,
            missing_since: None,
            ..before
        };
        if let Some(skip) = seen.skip {
            return Ok(skipped(file, skip.code, skip.message));
        }
        if seen.size_bytes > self.max_file_bytes() {
            let bytes = usize::try_from(seen.size_bytes).unwrap_or(usize::MAX);
            let problem = formats::file_too_large(bytes, &self.config.limits());
            return Ok(skipped(file, problem.code.as_str(), &problem.message));
        }
        let (root, path) = (PathBuf::from(&folder.path), file.path.clone());
        let patience = &self.watching.looking;
        let of = (Path::new(&folder.path), SILENCE);
        let read = patience
            .wait(of, move |answers| walk::read((root.as_path(), path.as_str()), seen, answers))
            .await?;
        let bytes = match read {
            Ok(bytes) => Arc::new(bytes),
            Err(NotRead::Changed) => return Ok(File { state: FileState::Waiting, ..file }),
            Err(NotRead::Failed(why)) => return Ok(skipped(file, CANNOT_READ, &why)),
        };
        let file_name = name_of(folder, &file.path);
        match self.check(&file_name, &bytes).await {
            Ok(blob) => {
                let checked = Checked { new_id: new_id(), file_name, bytes, blob };
                Ok(self.bring(folder, file, checked).await?)
            }
            Err(LibraryError::Refused { problem, .. }) => {
                Ok(skipped(file, problem.code.as_str(), &problem.message))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Finds the document of a content, or makes one, or makes that of the file say this.
    async fn bring(&self, folder: &Folder, file: File, checked: Checked) -> Result<File, LibraryError> {
        let pool = self.db.pool();
        let blob = checked.blob.clone();
        let existing = documents::of_content(pool, folder.owner, &blob).await?;
        let existing = existing.map(|stored| stored.document);
        let before = file.document_id;
        if let Some(same) = before.filter(|id| existing.as_ref().is_some_and(|known| known.id == *id)) {
            return Ok(taken(file, blob, same));
        }
        if let (Some(own), None, true) = (before, &existing, file.brought) {
            match self.replace(folder, (own, file.path.as_str()), &checked).await? {
                Replaced::Queued => return Ok(taken(file, blob, own)),
                Replaced::Busy => return Ok(File { state: FileState::Waiting, ..file }),
                Replaced::Not => {}
            }
        }
        let document_id = existing.as_ref().map_or(checked.new_id, |document| document.id);
        let is_deleted = existing.as_ref().is_some_and(|document| document.deleted_at.is_some());
        let was_brought = existing.is_none() || watched::has_brought(pool, document_id).await?;
        let old = before.filter(|old| file.brought && *old != document_id);
        if existing.is_none() {
            // Noted first, or a document that came just before a kill would be taken for one that was there before. By
            // its id: where it did not come, and a person adds this content later, that is another one.
            let intent = File {
                state: FileState::Waiting,
                sha256: Some(blob.clone()),
                document_id: Some(document_id),
                brought: true,
                ..file.clone()
            };
            watched::put_file(pool, folder.id, &intent).await?;
        }
        // A person has deleted it while its file was there: that holds for the file's other names and copies.
        let own_place = (folder.id, file.path.as_str());
        let stays_deleted = is_deleted && watched::others(pool, document_id, own_place).await? > 0;
        let kept = if stays_deleted {
            document_id
        } else {
            self.keep(folder.owner, checked, folder.collection.as_deref()).await?.document_id
        };
        if let Some(old) = old {
            self.let_go(folder, old, &file.path).await?;
        }
        // Somebody may have added the same bytes at the same moment.
        let brought = kept == document_id && (was_brought || is_deleted);
        Ok(taken(File { brought, ..file }, blob, kept))
    }

    /// Gives a document another content, and has it read anew: its id stays, and what it said can be searched until
    /// the new passages are there.
    async fn replace(
        &self,
        folder: &Folder,
        (id, path): (Id, &str),
        checked: &Checked,
    ) -> Result<Replaced, LibraryError> {
        let owner = folder.owner;
        let Some(stored) = self.stored(owner, id).await? else { return Ok(Replaced::Not) };
        if watched::others(self.db.pool(), id, (folder.id, path)).await? > 0 {
            return Ok(Replaced::Not);
        }
        let is_deleted = stored.document.deleted_at.is_some();
        if !is_deleted && matches!(stored.document.status, Status::Queued | Status::Processing) {
            return Ok(Replaced::Busy);
        }
        let holder = holder(id);
        self.blobs.put(owner, &holder, Shared(Arc::clone(&checked.bytes))).await.map_err(files_failed)?;
        let mut transaction = self.db.begin().await.map_err(failed)?;
        let job = self.jobs.enqueue_in(&mut transaction, ingest_job(owner, id)).await.map_err(failed)?;
        if job.was_there {
            // It ends just now, and would not see the new content.
            drop(transaction);
            self.blobs.release(&checked.blob, &holder).await.map_err(files_failed)?;
            return Ok(Replaced::Busy);
        }
        let title = title_of(&checked.file_name);
        let incoming = documents::Incoming {
            id,
            owner,
            title: &title,
            file_name: &checked.file_name,
            collection: None,
            blob: &checked.blob,
            size_bytes: u64::try_from(checked.bytes.len()).unwrap_or(u64::MAX),
            now: self.now(),
        };
        documents::set_content(&mut transaction, &incoming).await?;
        documents::queue(&mut transaction, id, job.job_id, self.now()).await?;
        transaction.commit().await.map_err(failed)?;
        self.blobs.release(&stored.blob, &holder).await.map_err(files_failed)?;
        self.jobs.wake();
        self.changed(owner, id, false);
        Ok(Replaced::Queued)
    }

    /// Deletes a document whose file is gone, unless another file has it; it can be restored.
    pub(super) async fn let_go(&self, folder: &Folder, id: Id, path: &str) -> Result<(), LibraryError> {
        if watched::others(self.db.pool(), id, (folder.id, path)).await? > 0 {
            return Ok(());
        }
        match self.delete(folder.owner, id).await {
            // Deleted by hand, and long ago.
            Ok(()) | Err(LibraryError::NoDocument(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Calls a document by the new name of its file.
    pub(super) async fn rename_file(
        &self,
        folder: &Folder,
        id: Id,
        (from, to): (&str, &str),
    ) -> Result<(), LibraryError> {
        let (from, to) = (name_of(folder, from), name_of(folder, to));
        let Some(stored) = self.stored(folder.owner, id).await? else { return Ok(()) };
        if stored.document.file_name != from {
            return Ok(());
        }
        let mut transaction = self.db.begin().await.map_err(failed)?;
        let [before, title] = [title_of(&from), title_of(&to)];
        documents::rename_file(&mut transaction, id, (&to, [&before, &title]), self.now()).await?;
        transaction.commit().await.map_err(failed)?;
        self.index_anew(folder.owner, id).await?;
        self.changed(folder.owner, id, false);
        Ok(())
    }

    /// The index has titles as well. One that is being read may be in the index with its old title already, and one that
    /// could not be read anew has the passages of before there.
    async fn index_anew(&self, owner: OwnerId, id: Id) -> Result<(), LibraryError> {
        let Some(stored) = self.stored(owner, id).await? else { return Ok(()) };
        if stored.generation > 0 && stored.document.deleted_at.is_none() {
            self.index_document(&stored, &|_| {}).await?;
        }
        Ok(())
    }
}

/// What a file is called in the library: as if its folder had been added.
fn name_of(folder: &Folder, path: &str) -> String {
    let root = Path::new(&folder.path).file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    clean_name(&format!("{root}/{path}"))
}

fn taken(file: File, blob: BlobId, document_id: Id) -> File {
    File { state: FileState::Taken, sha256: Some(blob), document_id: Some(document_id), ..file }
}

/// What was in the library of the file before stays as it is.
fn skipped(file: File, code: &str, message: &str) -> File {
    File { state: FileState::Skipped, code: Some(code.to_owned()), detail: Some(message.to_owned()), ..file }
}

/// A file that could not be taken in, which is tried again.
pub(super) fn not_taken(file: File, seen: SeenFile, error: &LibraryError) -> File {
    let message = match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    let SeenFile { size_bytes, modified_at, .. } = seen;
    skipped(File { size_bytes, modified_at, missing_since: None, ..file }, CANNOT_READ, &message)
}
