//! The folder: where blobs lie unless there is a bucket, and where notes lie of what is under way in the bucket.

use super::{BlobError, BlobId};
use base::new_id;
use bytes::Bytes;
use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::task::spawn_blocking;

/// Where files under way lie, inside the folder.
const UNFINISHED: &str = "unfinished";
/// Where notes lie of what may be left in the bucket without a row.
const PENDING: &str = "pending";

/// The folder. Clones are one.
#[derive(Debug, Clone)]
pub(super) struct Folder(Arc<Path>);

/// A note that an object may lie in the bucket that no row speaks of: it is written before one is put there or taken
/// away, and removed when both say the same.
#[derive(Debug, Clone)]
pub(super) struct Note {
    /// Which object.
    pub(super) id: BlobId,
    file: PathBuf,
}

impl Folder {
    /// Makes the folder where there is none and clears away what a killed process left unfinished; answers with the
    /// notes that it left.
    pub(super) async fn open(folder: &Path) -> Result<(Self, Vec<Note>), BlobError> {
        let opened = Self(Arc::from(folder));
        let (unfinished, pending) = (folder.join(UNFINISHED), folder.join(PENDING));
        let notes = blocking(move || {
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
            })?;
            list_notes(&pending).map_err(|source| BlobError::Io { doing: "read", path: pending, source })
        })
        .await?;
        Ok((opened, notes))
    }

    /// Where the file of a blob lies.
    pub(super) fn path(&self, id: &BlobId) -> PathBuf {
        let (folder, file) = id.halves();
        self.0.join(folder).join(file)
    }

    /// Writes bytes under a name that is no blob's, and answers with it.
    pub(super) async fn write_part(&self, bytes: Bytes) -> Result<PathBuf, BlobError> {
        let part = self.0.join(UNFINISHED).join(new_id().to_string());
        blocking(move || match write_whole(&part, &bytes) {
            Ok(()) => Ok(part),
            Err(source) => Err(BlobError::Io { doing: "write", path: part, source }),
        })
        .await
    }

    /// Gives what was written its name.
    pub(super) async fn put_in_place(&self, part: PathBuf, id: &BlobId) -> Result<(), BlobError> {
        let place = self.path(id);
        blocking(move || {
            put_in_place(&part, &place).map_err(|source| BlobError::Io {
                doing: "write",
                path: place,
                source,
            })
        })
        .await
    }

    /// Reads a blob and checks that it is what it was.
    pub(super) async fn read(&self, id: &BlobId) -> Result<Vec<u8>, BlobError> {
        let (path, wanted) = (self.path(id), id.clone());
        blocking(move || match fs::read(&path) {
            Ok(bytes) if BlobId::of(&bytes) == wanted => Ok(bytes),
            Ok(_) => Err(BlobError::Damaged(wanted)),
            Err(source) => Err(reading(source, path, wanted)),
        })
        .await
    }

    /// Opens the file of a blob.
    pub(super) async fn open_file(&self, id: &BlobId) -> Result<tokio::fs::File, BlobError> {
        let path = self.path(id);
        tokio::fs::File::open(&path).await.map_err(|source| reading(source, path, id.clone()))
    }

    /// A file with these bytes that is gone as soon as it is closed; where the system cannot do that, at the next start.
    pub(super) async fn open_copy(&self, bytes: Bytes) -> Result<tokio::fs::File, BlobError> {
        let part = self.write_part(bytes).await?;
        let opened = tokio::fs::File::open(&part).await;
        let file = opened.map_err(|source| BlobError::Io { doing: "open", path: part.clone(), source })?;
        let _at_the_next_start = tokio::fs::remove_file(&part).await;
        Ok(file)
    }

    /// Removes the files of blobs that nobody needs; one that cannot be removed is found by the next sweep.
    pub(super) async fn remove(&self, unneeded: &[BlobId]) -> Result<(), BlobError> {
        let paths: Vec<PathBuf> = unneeded.iter().map(|id| self.path(id)).collect();
        blocking(move || {
            for path in paths {
                match fs::remove_file(&path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        tracing::warn!(%error, path = %path.display(), "a blob nobody needs could not be removed");
                    }
                    Ok(()) | Err(_) => {}
                }
            }
            Ok(())
        })
        .await
    }

    /// The blobs whose files are here.
    pub(super) async fn list(&self) -> Result<Vec<BlobId>, BlobError> {
        let folder = Arc::clone(&self.0);
        blocking(move || {
            list_files(&folder).map_err(|source| BlobError::Io {
                doing: "read",
                path: folder.to_path_buf(),
                source,
            })
        })
        .await
    }

    /// Notes that something happens to an object in the bucket.
    pub(super) async fn note(&self, id: &BlobId) -> Result<Note, BlobError> {
        let pending = self.0.join(PENDING);
        let note = Note { id: id.clone(), file: pending.join(format!("{id}.{}", new_id())) };
        blocking(move || {
            let written = fs::create_dir_all(&pending).and_then(|()| fs::write(&note.file, ""));
            match written {
                Ok(()) => Ok(note),
                Err(source) => Err(BlobError::Io { doing: "write", path: note.file, source }),
            }
        })
        .await
    }
}

impl Note {
    /// The bucket and the rows say the same.
    pub(super) async fn settle(self) {
        if let Err(error) = tokio::fs::remove_file(&self.file).await {
            tracing::debug!(%error, path = %self.file.display(), "a note of the blobs could not be removed");
        }
    }
}

fn reading(source: io::Error, path: PathBuf, id: BlobId) -> BlobError {
    if source.kind() == io::ErrorKind::NotFound {
        BlobError::NotFound(id)
    } else {
        BlobError::Io { doing: "read", path, source }
    }
}

/// Does what would hold a thread of the runtime up.
pub(super) async fn blocking<T: Send + 'static>(
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

fn list_notes(folder: &Path) -> io::Result<Vec<Note>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let id = name.split('.').next().unwrap_or_default().parse::<BlobId>();
        found.extend(id.ok().map(|id| Note { id, file: entry.path() }));
    }
    Ok(found)
}
