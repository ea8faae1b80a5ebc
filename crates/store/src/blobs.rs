//! Files by their content: each distinct content once, in a folder, for as long as somebody needs it.
//!
//! A blob lies at `FOLDER/ab/cdef…`, named by the SHA-256 of its bytes. It is written under another name, flushed
//! to the disk, and renamed, so that what bears a blob's name is whole. Who needs it stands in the database.

use crate::{Db, DbError, db::blobs as table};
use base::{ErrorKind, OwnerId, new_id};
use sha2::{Digest, Sha256};
use std::{
    fmt::{self, Write as _},
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};
use tokio::{sync::Mutex, task::spawn_blocking};

/// Where files under way lie, inside the folder.
const UNFINISHED: &str = "unfinished";

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

/// A failure to keep or to find a blob.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The text is not 64 hexadecimal digits.
    #[error("`{0}` is not the id of a blob")]
    NotAnId(String),
    /// There is no such content.
    #[error("there is no blob `{0}`")]
    NotFound(BlobId),
    /// The file's bytes are not those it is named by.
    #[error("the file of blob `{0}` is damaged")]
    Damaged(BlobId),
    /// The folder cannot be read or written.
    #[error("cannot {doing} `{}`", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl BlobError {
    /// The kind, for the edge.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotAnId(_) => ErrorKind::Invalid,
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::Damaged(_) => ErrorKind::Internal,
            Self::Io { .. } => ErrorKind::Unavailable,
            Self::Db(error) => error.kind(),
        }
    }

    /// What a person can do about it, where there is something.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Damaged(_) => Some("add the file again, or restore the data folder from a backup"),
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("free some space on the disk and try again")
            }
            Self::Io { .. } => {
                Some("give the user that runs Familiar the right to write to the data folder and its files")
            }
            Self::Db(error) => error.hint(),
            Self::NotAnId(_) | Self::NotFound(_) => None,
        }
    }
}

/// The blobs. Clones share one folder.
#[derive(Debug, Clone)]
pub struct Blobs {
    db: Db,
    folder: Arc<Path>,
    /// Putting a file in its place together with its row, and taking both away, exclude one another.
    change: Arc<Mutex<()>>,
}

impl Blobs {
    /// Opens the folder, makes it where there is none, and clears away what a killed process left unfinished.
    ///
    /// # Errors
    /// Where the folder cannot be made or written.
    pub async fn open(db: Db, folder: &Path) -> Result<Self, BlobError> {
        let unfinished = folder.join(UNFINISHED);
        blocking(move || {
            match fs::remove_dir_all(&unfinished) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(BlobError::Io { doing: "clear", path: unfinished, source });
                }
                Ok(()) | Err(_) => {}
            }
            fs::create_dir_all(&unfinished).map_err(|source| BlobError::Io {
                doing: "make",
                path: unfinished,
                source,
            })
        })
        .await?;
        Ok(Self { db, folder: Arc::from(folder), change: Arc::default() })
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
        let part = self.folder.join(UNFINISHED).join(new_id().to_string());
        let written = part.clone();
        let (id, size_bytes) = blocking(move || {
            let bytes = bytes.as_ref();
            write_whole(&written, bytes)
                .map(|()| (BlobId::of(bytes), u64::try_from(bytes.len()).unwrap_or(u64::MAX)))
                .map_err(|source| BlobError::Io { doing: "write", path: written, source })
        })
        .await?;
        let _turn = self.change.lock().await;
        let place = self.path(&id);
        blocking(move || {
            put_in_place(&part, &place).map_err(|source| BlobError::Io {
                doing: "write",
                path: place,
                source,
            })
        })
        .await?;
        let mut transaction = self.db.begin().await?;
        let reference = table::Reference { sha256: id.as_str(), owner, holder };
        table::insert(&mut transaction, &reference, size_bytes, self.db.now()).await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// Reads a blob and checks that it is what it was.
    ///
    /// # Errors
    /// [`BlobError::NotFound`], [`BlobError::Damaged`], or where the file cannot be read.
    pub async fn read(&self, id: &BlobId) -> Result<Vec<u8>, BlobError> {
        let (path, wanted) = (self.path(id), id.clone());
        blocking(move || match fs::read(&path) {
            Ok(bytes) if BlobId::of(&bytes) == wanted => Ok(bytes),
            Ok(_) => Err(BlobError::Damaged(wanted)),
            Err(source) => Err(reading(source, path, wanted)),
        })
        .await
    }

    /// Opens a blob to read it piece by piece.
    ///
    /// # Errors
    /// [`BlobError::NotFound`], or where the file cannot be opened.
    pub async fn open_file(&self, id: &BlobId) -> Result<tokio::fs::File, BlobError> {
        let path = self.path(id);
        tokio::fs::File::open(&path).await.map_err(|source| reading(source, path, id.clone()))
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

    /// Where the file lies.
    pub fn path(&self, id: &BlobId) -> PathBuf {
        let (folder, file) = id.0.split_at(2);
        self.folder.join(folder).join(file)
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
                unneeded.push(self.path(&BlobId(sha256)));
            }
        }
        transaction.commit().await?;
        blocking(move || {
            for path in unneeded {
                if let Err(error) = fs::remove_file(&path) {
                    tracing::warn!(%error, path = %path.display(), "a blob nobody needs could not be removed");
                }
            }
            Ok(())
        })
        .await
    }

    /// Removes files that no row speaks of, which a process killed at the wrong moment may leave; answers how
    /// many.
    ///
    /// # Errors
    /// Where the folder or the database cannot be read.
    pub async fn sweep(&self) -> Result<usize, BlobError> {
        let folder = Arc::clone(&self.folder);
        let files = blocking(move || {
            list_files(&folder).map_err(|source| BlobError::Io {
                doing: "read",
                path: folder.to_path_buf(),
                source,
            })
        })
        .await?;
        let mut removed = 0;
        for id in files {
            let _turn = self.change.lock().await;
            if table::size(self.db.pool(), id.as_str()).await?.is_none() {
                let path = self.path(&id);
                match tokio::fs::remove_file(&path).await {
                    Ok(()) => removed += 1,
                    Err(source) => return Err(BlobError::Io { doing: "remove", path, source }),
                }
            }
        }
        Ok(removed)
    }
}

fn reading(source: io::Error, path: PathBuf, id: BlobId) -> BlobError {
    if source.kind() == io::ErrorKind::NotFound {
        BlobError::NotFound(id)
    } else {
        BlobError::Io { doing: "read", path, source }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    match spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(BlobError::Io {
            doing: "finish working on",
            path: PathBuf::from("the blob folder"),
            source: io::Error::other(error),
        }),
    }
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        let _kept_the_first_error = fs::remove_file(path);
    }
    written
}

/// Gives a whole file its name. The same content may be there already; it is replaced, which mends it where it
/// was damaged.
fn put_in_place(part: &Path, place: &Path) -> io::Result<()> {
    let Some(folder) = place.parent() else { return Err(io::ErrorKind::InvalidInput.into()) };
    fs::create_dir_all(folder)?;
    fs::rename(part, place)?;
    sync_folder(folder)
}

/// Makes a rename in this folder last. Windows has no such call and needs none.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

fn list_files(folder: &Path) -> io::Result<Vec<BlobId>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let prefix = entry.file_name().to_string_lossy().into_owned();
        if prefix.len() != 2 || !entry.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(entry.path())? {
            let name = format!("{prefix}{}", file?.file_name().to_string_lossy());
            found.extend(name.parse::<BlobId>().ok());
        }
    }
    Ok(found)
}
