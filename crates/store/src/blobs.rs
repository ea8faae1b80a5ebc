//! Files by their content: each distinct content once, in a folder or in a bucket, for as long as somebody needs it.
//!
//! A blob lies at `FOLDER/ab/cdef…`, named by the SHA-256 of its bytes. It is written under another name, flushed
//! to the disk, and renamed, so that what bears a blob's name is whole. Who needs it stands in the database.
//!
//! Where there is a [`Bucket`], what is added goes there, under the same name. What lies in the folder from earlier is
//! still read there, and goes when nobody needs it.

mod bucket;
mod config;
mod error;
mod folder;
mod transport;

pub use bucket::Bucket;
pub use config::BlobsConfig;
pub use error::{BlobError, BucketFault};
pub(crate) use folder::sync_folder;

use crate::{Db, Engine, db::blobs as table};
use base::{Id, OwnerId};
use bucket::size_of;
use bytes::Bytes;
use folder::{Folder, Note, blocking};
use sha2::{Digest, Sha256};
use std::{
    fmt::{self, Write as _},
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};
use tokio::sync::Mutex;

/// Who holds a blob while it is looked at whether anybody does.
const SWEEPER: &str = "sweep";

/// The name of a content: its SHA-256 as 64 small hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId(String);

impl BlobId {
    /// The name of this content.
    pub fn of(bytes: &[u8]) -> Self {
        let mut text = String::with_capacity(64);
        for byte in Sha256::digest(bytes) {
            let _infallible = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// The 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the folder that it lies in, and of its file there.
    fn halves(&self) -> (&str, &str) {
        self.0.split_at(2)
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for BlobId {
    type Err = BlobError;

    fn from_str(text: &str) -> Result<Self, BlobError> {
        let good = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        good.then(|| Self(text.to_owned())).ok_or_else(|| BlobError::NotAnId(text.chars().take(80).collect()))
    }
}

/// The blobs. Clones share one folder and one bucket.
#[derive(Debug, Clone)]
pub struct Blobs {
    db: Db,
    folder: Folder,
    bucket: Option<Bucket>,
    /// Putting a file in its place together with its row, and taking both away, exclude one another.
    change: Arc<Mutex<()>>,
    /// What an earlier process may have left in the bucket.
    left: Arc<Mutex<Vec<Note>>>,
}

/// Who needs a blob.
#[derive(Clone, Copy)]
struct Need<'a> {
    owner: OwnerId,
    holder: &'a str,
}

impl Blobs {
    /// Opens the folder, makes it where there is none, and clears away what a killed process left unfinished.
    ///
    /// # Errors
    /// Where the folder cannot be made or written.
    pub async fn open(db: Db, folder: &Path) -> Result<Self, BlobError> {
        let (folder, left) = Folder::open(folder).await?;
        Ok(Self { db, folder, bucket: None, change: Arc::default(), left: Arc::new(Mutex::new(left)) })
    }

    /// From now on what is added goes into the bucket, where there is one.
    #[must_use]
    pub fn beyond(self, bucket: Option<Bucket>) -> Self {
        Self { bucket, ..self }
    }

    /// Keeps this content for `holder`, a name such as `document/ID`; content that is there already is kept
    /// once.
    ///
    /// # Errors
    /// Where it cannot be written; nothing is kept then.
    pub async fn put(
        &self,
        owner: OwnerId,
        holder: &str,
        bytes: impl AsRef<[u8]> + Send + 'static,
    ) -> Result<BlobId, BlobError> {
        let bytes = Bytes::from_owner(bytes);
        let hashed = bytes.clone();
        let id = blocking(move || Ok(BlobId::of(&hashed))).await?;
        let need = Need { owner, holder };
        let Some(bucket) = &self.bucket else {
            self.put_into_folder(&id, bytes, need).await?;
            return Ok(id);
        };
        // It stays where this fails: then something may lie in the bucket that nobody needs.
        let note = self.folder.note(&id).await?;
        self.put_into(bucket, (&id, bytes), need).await?;
        note.settle().await;
        Ok(id)
    }

    async fn put_into_folder(&self, id: &BlobId, bytes: Bytes, need: Need<'_>) -> Result<(), BlobError> {
        let size_bytes = size_of(&bytes);
        let part = self.folder.write_part(bytes).await?;
        let _turn = self.change.lock().await;
        self.folder.put_in_place(part, id).await?;
        let mut transaction = self.db.begin().await?;
        let reference = table::Reference { sha256: id.as_str(), owner: need.owner, holder: need.holder };
        table::insert(&mut transaction, &reference, size_bytes, self.db.now()).await?;
        Ok(transaction.commit().await?)
    }

    async fn put_into(
        &self,
        bucket: &Bucket,
        (id, bytes): (&BlobId, Bytes),
        need: Need<'_>,
    ) -> Result<(), BlobError> {
        let size_bytes = size_of(&bytes);
        // This may take minutes, so nobody waits for it. What has a row is most likely there.
        if self.size(id).await?.is_some() {
            bucket.assure(id, &bytes).await?;
        } else {
            bucket.send(id, bytes.clone()).await?;
        }
        let reference = table::Reference { sha256: id.as_str(), owner: need.owner, holder: need.holder };
        let _turn = self.change.lock().await;
        match self.db.engine() {
            // Its one writer must not wait for the network; and no other server has this database.
            Engine::Sqlite => {
                bucket.assure(id, &bytes).await?;
                let mut transaction = self.db.begin().await?;
                table::insert(&mut transaction, &reference, size_bytes, self.db.now()).await?;
                transaction.commit().await?;
            }
            // Another server may be taking it away: the row is waited for, and then the object is looked at.
            Engine::Postgres => {
                let mut transaction = self.db.begin().await?;
                table::insert(&mut transaction, &reference, size_bytes, self.db.now()).await?;
                bucket.assure(id, &bytes).await?;
                transaction.commit().await?;
            }
        }
        Ok(())
    }

    /// Keeps content that is there for one holder more; `false` where it is not there.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn hold(&self, owner: OwnerId, holder: &str, id: &BlobId) -> Result<bool, BlobError> {
        let _turn = self.change.lock().await;
        let mut transaction = self.db.begin().await?;
        let reference = table::Reference { sha256: id.as_str(), owner, holder };
        let is_there = table::hold(&mut transaction, &reference, self.db.now()).await?;
        transaction.commit().await?;
        Ok(is_there)
    }

    /// Reads a blob and checks that it is what it was.
    ///
    /// # Errors
    /// [`BlobError::NotFound`], [`BlobError::Damaged`], or where the file cannot be read.
    pub async fn read(&self, id: &BlobId) -> Result<Vec<u8>, BlobError> {
        match (self.folder.read(id).await, &self.bucket) {
            // The folder costs nothing, and content of this name is the same everywhere.
            (Err(here @ (BlobError::NotFound(_) | BlobError::Damaged(_))), Some(bucket)) => {
                bucket.read(id).await?.map(Vec::from).ok_or(here)
            }
            (read, _) => read,
        }
    }

    /// Opens a blob to read it piece by piece, at any place.
    ///
    /// # Errors
    /// [`BlobError::NotFound`], or where the file cannot be opened.
    pub async fn open_file(&self, id: &BlobId) -> Result<tokio::fs::File, BlobError> {
        match (self.folder.open_file(id).await, &self.bucket) {
            (Err(here @ BlobError::NotFound(_)), Some(bucket)) => match bucket.read(id).await? {
                Some(bytes) => self.folder.open_copy(bytes).await,
                None => Err(here),
            },
            (opened, _) => opened,
        }
    }

    /// The size in bytes; `None` where there is no such blob.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn size(&self, id: &BlobId) -> Result<Option<u64>, BlobError> {
        Ok(table::size(self.db.pool(), id.as_str()).await?)
    }

    /// How many blobs there are, and how many bytes they have.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn total(&self) -> Result<(u64, u64), BlobError> {
        Ok(table::total(self.db.pool()).await?)
    }

    /// Where the file lies, if it does not lie in the bucket.
    pub fn path(&self, id: &BlobId) -> PathBuf {
        self.folder.path(id)
    }

    /// Forgets that `holder` needs this content, and deletes it when nobody does.
    ///
    /// # Errors
    /// Where the database fails. A file that cannot be removed is no error; [`Blobs::sweep`] finds it.
    pub async fn release(&self, id: &BlobId, holder: &str) -> Result<(), BlobError> {
        self.release_these(Some(id), holder).await
    }

    /// Forgets everything that `holder` needs, and deletes what nobody else does.
    ///
    /// # Errors
    /// As [`Blobs::release`].
    pub async fn release_all(&self, holder: &str) -> Result<(), BlobError> {
        self.release_these(None, holder).await
    }

    async fn release_these(&self, id: Option<&BlobId>, holder: &str) -> Result<(), BlobError> {
        let _turn = self.change.lock().await;
        let mut transaction = self.db.begin().await?;
        let held = match id {
            Some(id) => vec![id.0.clone()],
            None => table::held_by(&mut transaction, holder).await?,
        };
        let mut unneeded = Vec::new();
        for sha256 in held {
            if table::release(&mut transaction, &sha256, holder).await? {
                unneeded.push(BlobId(sha256));
            }
        }
        let Some(bucket) = &self.bucket else {
            transaction.commit().await?;
            return self.folder.remove(&unneeded).await;
        };
        let mut notes = Vec::with_capacity(unneeded.len());
        for id in &unneeded {
            notes.push(self.folder.note(id).await?);
        }
        match self.db.engine() {
            Engine::Sqlite => {
                transaction.commit().await?;
                remove_from(bucket, notes).await;
            }
            // Until the objects are gone no other server gets their rows, and puts the same there.
            Engine::Postgres => {
                remove_from(bucket, notes).await;
                transaction.commit().await?;
            }
        }
        self.folder.remove(&unneeded).await
    }

    /// Removes files that no row speaks of, which a process killed at the wrong moment may leave; answers how
    /// many. In the bucket it looks at what an earlier process had begun and not ended, never at all that is there.
    ///
    /// # Errors
    /// Where the folder, the bucket or the database cannot be read.
    pub async fn sweep(&self) -> Result<usize, BlobError> {
        let mut removed = 0;
        for id in self.folder.list().await? {
            let _turn = self.change.lock().await;
            if table::size(self.db.pool(), id.as_str()).await?.is_none() {
                let path = self.path(&id);
                match tokio::fs::remove_file(&path).await {
                    Ok(()) => removed += 1,
                    Err(source) => return Err(BlobError::Io { doing: "remove", path, source }),
                }
            }
        }
        if let Some(bucket) = &self.bucket {
            let left = std::mem::take(&mut *self.left.lock().await);
            for note in left {
                if self.remove_unneeded(bucket, &note.id).await? {
                    removed += 1;
                }
                note.settle().await;
            }
        }
        Ok(removed)
    }

    /// Removes an object that no row speaks of; whether none did.
    async fn remove_unneeded(&self, bucket: &Bucket, id: &BlobId) -> Result<bool, BlobError> {
        let _turn = self.change.lock().await;
        match self.db.engine() {
            Engine::Sqlite => {
                let is_unneeded = self.size(id).await?.is_none();
                if is_unneeded {
                    bucket.remove(id).await?;
                }
                Ok(is_unneeded)
            }
            // Another server that puts it there in this moment waits for the row, or this one waits for its.
            Engine::Postgres => {
                let mut transaction = self.db.begin().await?;
                let reference =
                    table::Reference { sha256: id.as_str(), owner: Id::FIRST_OWNER, holder: SWEEPER };
                table::insert(&mut transaction, &reference, 0, self.db.now()).await?;
                let is_unneeded = table::release(&mut transaction, id.as_str(), SWEEPER).await?;
                if is_unneeded {
                    bucket.remove(id).await?;
                }
                transaction.commit().await?;
                Ok(is_unneeded)
            }
        }
    }
}

/// Removes objects that nobody needs. The note of one that cannot be removed stays: it is tried again at the next start.
async fn remove_from(bucket: &Bucket, notes: Vec<Note>) {
    for note in notes {
        match bucket.remove(&note.id).await {
            Ok(()) => note.settle().await,
            Err(error) => tracing::warn!(%error, blob = %note.id, "a blob nobody needs could not be removed"),
        }
    }
}
