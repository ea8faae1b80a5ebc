//! Queries of the tables `watched_folder` and `watched_file`.

use super::{
    failed, number, optional_number, optional_parsed, optional_text, parsed, signed, text, unsigned,
};
use crate::{
    LibraryError,
    model::{SkippedFile, Status, WatchProblem},
};
use base::{Id, OwnerId, Timestamp};
use sqlx::{AnyPool, any::AnyRow};
use store::BlobId;

type Result<T> = std::result::Result<T, LibraryError>;

/// A watched folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folder {
    pub(crate) id: Id,
    pub(crate) owner: OwnerId,
    pub(crate) installation: Id,
    pub(crate) path: String,
    pub(crate) collection: Option<String>,
    pub(crate) looked: Looked,
    /// Whether it is watched no more, and its documents are being deleted.
    pub(crate) leaving: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) next_look_at: Timestamp,
}

/// What came of the last look at a folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Looked {
    pub(crate) identity: Option<String>,
    pub(crate) problem: Option<WatchProblem>,
    pub(crate) detail: Option<String>,
    pub(crate) hidden: u64,
    pub(crate) waiting: u64,
    pub(crate) at: Option<Timestamp>,
}

/// Where a file of a watched folder stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileState {
    /// For the next look.
    Waiting,
    /// It has a document.
    Taken,
    /// It is left out.
    Skipped,
}

impl FileState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Taken => "taken",
            Self::Skipped => "skipped",
        }
    }

    fn of(text: &str) -> Self {
        match text {
            "taken" => Self::Taken,
            "skipped" => Self::Skipped,
            _ => Self::Waiting,
        }
    }
}

/// What is known of a file of a watched folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) size_bytes: u64,
    /// In milliseconds since the Unix epoch.
    pub(crate) modified_at: i64,
    pub(crate) state: FileState,
    /// What was in it when it was last read.
    pub(crate) sha256: Option<BlobId>,
    pub(crate) document_id: Option<Id>,
    /// Whether the document came by watching.
    pub(crate) brought: bool,
    /// Why it is left out.
    pub(crate) code: Option<String>,
    pub(crate) detail: Option<String>,
    pub(crate) missing_since: Option<Timestamp>,
}

impl File {
    /// A file of which nothing is known yet.
    pub(crate) fn new(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            size_bytes: 0,
            modified_at: 0,
            state: FileState::Waiting,
            sha256: None,
            document_id: None,
            brought: false,
            code: None,
            detail: None,
            missing_since: None,
        }
    }
}

/// How many files of a folder stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    pub(crate) ready: u64,
    pub(crate) reading: u64,
    pub(crate) failed: u64,
    pub(crate) deleted: u64,
    pub(crate) skipped: u64,
}

/// Adds a folder; `false` where it is there already.
pub(crate) async fn insert(pool: &AnyPool, folder: &Folder) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO watched_folder (id, owner_id, installation, path, collection, hidden, waiting, leaving,
            created_at, next_look_at)
         VALUES ($1, $2, $3, $4, $5, 0, 0, 0, $6, $7) ON CONFLICT (owner_id, installation, path) DO NOTHING",
    )
    .bind(folder.id.to_string())
    .bind(folder.owner.to_string())
    .bind(folder.installation.to_string())
    .bind(&folder.path)
    .bind(folder.collection.as_deref())
    .bind(folder.created_at.millis())
    .bind(folder.next_look_at.millis())
    .execute(pool)
    .await
    .map_err(failed)?;
    Ok(done.rows_affected() == 1)
}

/// The folders of every owner on the machine of an installation, by path.
pub(crate) async fn folders(pool: &AnyPool, installation: Id) -> Result<Vec<Folder>> {
    let rows = sqlx::query("SELECT * FROM watched_folder WHERE installation = $1 ORDER BY path, id")
        .bind(installation.to_string())
        .fetch_all(pool)
        .await
        .map_err(failed)?;
    rows.iter().map(folder).collect()
}

/// A folder.
pub(crate) async fn get(pool: &AnyPool, owner: OwnerId, id: Id) -> Result<Option<Folder>> {
    let row = sqlx::query("SELECT * FROM watched_folder WHERE id = $1 AND owner_id = $2")
        .bind(id.to_string())
        .bind(owner.to_string())
        .fetch_optional(pool)
        .await
        .map_err(failed)?;
    row.map(|row| folder(&row)).transpose()
}

/// Notes what came of a look, and when the next one is.
pub(crate) async fn looked(pool: &AnyPool, id: Id, looked: &Looked, next: Timestamp) -> Result<()> {
    sqlx::query(
        "UPDATE watched_folder SET identity = $2, problem = $3, detail = $4, hidden = $5, waiting = $6,
            looked_at = $7, next_look_at = $8 WHERE id = $1",
    )
    .bind(id.to_string())
    .bind(looked.identity.as_deref())
    .bind(looked.problem.map(WatchProblem::as_str))
    .bind(looked.detail.as_deref())
    .bind(signed(looked.hidden))
    .bind(signed(looked.waiting))
    .bind(looked.at.map(Timestamp::millis))
    .bind(next.millis())
    .execute(pool)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Notes that a folder is watched no more, and that its documents are to be deleted.
pub(crate) async fn leave(pool: &AnyPool, id: Id, now: Timestamp) -> Result<()> {
    sqlx::query("UPDATE watched_folder SET leaving = 1, next_look_at = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(now.millis())
        .execute(pool)
        .await
        .map_err(failed)?;
    Ok(())
}

/// Forgets a folder and what is known of its files.
pub(crate) async fn remove(pool: &AnyPool, id: Id) -> Result<()> {
    for query in ["DELETE FROM watched_file WHERE folder_id = $1", "DELETE FROM watched_folder WHERE id = $1"]
    {
        sqlx::query(query).bind(id.to_string()).execute(pool).await.map_err(failed)?;
    }
    Ok(())
}

/// What is known of the files of a folder.
pub(crate) async fn files(pool: &AnyPool, folder_id: Id) -> Result<Vec<File>> {
    let rows = sqlx::query("SELECT * FROM watched_file WHERE folder_id = $1 ORDER BY path")
        .bind(folder_id.to_string())
        .fetch_all(pool)
        .await
        .map_err(failed)?;
    rows.iter().map(file).collect()
}

/// Notes what is known of a file, in place of what was.
pub(crate) async fn put_file(pool: &AnyPool, folder_id: Id, file: &File) -> Result<()> {
    sqlx::query(
        "INSERT INTO watched_file (folder_id, path, size_bytes, modified_at, state, sha256, document_id, brought,
            code, detail, missing_since)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (folder_id, path) DO UPDATE SET size_bytes = excluded.size_bytes,
            modified_at = excluded.modified_at, state = excluded.state, sha256 = excluded.sha256,
            document_id = excluded.document_id, brought = excluded.brought, code = excluded.code,
            detail = excluded.detail, missing_since = excluded.missing_since",
    )
    .bind(folder_id.to_string())
    .bind(&file.path)
    .bind(signed(file.size_bytes))
    .bind(file.modified_at)
    .bind(file.state.as_str())
    .bind(file.sha256.as_ref().map(BlobId::as_str))
    .bind(file.document_id.map(|id| id.to_string()))
    .bind(i64::from(file.brought))
    .bind(file.code.as_deref())
    .bind(file.detail.as_deref())
    .bind(file.missing_since.map(Timestamp::millis))
    .execute(pool)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Forgets a file.
pub(crate) async fn remove_file(pool: &AnyPool, folder_id: Id, path: &str) -> Result<()> {
    sqlx::query("DELETE FROM watched_file WHERE folder_id = $1 AND path = $2")
        .bind(folder_id.to_string())
        .bind(path)
        .execute(pool)
        .await
        .map_err(failed)?;
    Ok(())
}

/// How many files other than one have a document.
pub(crate) async fn others(pool: &AnyPool, document_id: Id, (folder_id, path): (Id, &str)) -> Result<u64> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS files FROM watched_file
         WHERE document_id = $1 AND NOT (folder_id = $2 AND path = $3)",
    )
    .bind(document_id.to_string())
    .bind(folder_id.to_string())
    .bind(path)
    .fetch_one(pool)
    .await
    .map_err(failed)?;
    number(&row, "files").map(unsigned)
}

/// Whether a document came by watching.
pub(crate) async fn has_brought(pool: &AnyPool, document_id: Id) -> Result<bool> {
    let row =
        sqlx::query("SELECT COUNT(*) AS files FROM watched_file WHERE document_id = $1 AND brought = 1")
            .bind(document_id.to_string())
            .fetch_one(pool)
            .await
            .map_err(failed)?;
    Ok(number(&row, "files")? > 0)
}

/// How many files of a folder stand where.
pub(crate) async fn tally(pool: &AnyPool, folder_id: Id) -> Result<Tally> {
    let rows = sqlx::query(
        "SELECT watched_file.state AS state, document.status AS status, COUNT(*) AS files FROM watched_file
         LEFT JOIN document ON document.id = watched_file.document_id AND document.deleted_at IS NULL
         WHERE watched_file.folder_id = $1 GROUP BY watched_file.state, document.status",
    )
    .bind(folder_id.to_string())
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let mut tally = Tally::default();
    for row in &rows {
        let files = unsigned(number(row, "files")?);
        let status: Option<Status> = optional_parsed(row, "status")?;
        match (FileState::of(&text(row, "state")?), status) {
            (FileState::Skipped, _) => tally.skipped += files,
            (FileState::Waiting, _) => {}
            (FileState::Taken, None) => tally.deleted += files,
            (FileState::Taken, Some(Status::Ready)) => tally.ready += files,
            (FileState::Taken, Some(Status::Queued | Status::Processing)) => tally.reading += files,
            (FileState::Taken, Some(Status::Failed)) => tally.failed += files,
        }
    }
    Ok(tally)
}

/// Some of the files that are left out, by path.
pub(crate) async fn skipped(pool: &AnyPool, folder_id: Id, most: i64) -> Result<Vec<SkippedFile>> {
    let rows = sqlx::query(
        "SELECT path, code, detail FROM watched_file WHERE folder_id = $1 AND state = 'skipped'
         ORDER BY path LIMIT $2",
    )
    .bind(folder_id.to_string())
    .bind(most)
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    rows.iter()
        .map(|row| {
            Ok(SkippedFile {
                path: text(row, "path")?,
                code: optional_text(row, "code")?.unwrap_or_default(),
                message: optional_text(row, "detail")?.unwrap_or_default(),
            })
        })
        .collect()
}

fn moment(row: &AnyRow, column: &str) -> Result<Option<Timestamp>> {
    Ok(optional_number(row, column)?.map(Timestamp::from_millis))
}

fn folder(row: &AnyRow) -> Result<Folder> {
    Ok(Folder {
        id: parsed(row, "id")?,
        owner: parsed(row, "owner_id")?,
        installation: parsed(row, "installation")?,
        path: text(row, "path")?,
        collection: optional_text(row, "collection")?,
        looked: Looked {
            identity: optional_text(row, "identity")?,
            problem: optional_parsed(row, "problem")?,
            detail: optional_text(row, "detail")?,
            hidden: unsigned(number(row, "hidden")?),
            waiting: unsigned(number(row, "waiting")?),
            at: moment(row, "looked_at")?,
        },
        leaving: number(row, "leaving")? == 1,
        created_at: Timestamp::from_millis(number(row, "created_at")?),
        next_look_at: Timestamp::from_millis(number(row, "next_look_at")?),
    })
}

fn file(row: &AnyRow) -> Result<File> {
    Ok(File {
        path: text(row, "path")?,
        size_bytes: unsigned(number(row, "size_bytes")?),
        modified_at: number(row, "modified_at")?,
        state: FileState::of(&text(row, "state")?),
        sha256: optional_parsed(row, "sha256")?,
        document_id: optional_parsed(row, "document_id")?,
        brought: number(row, "brought")? == 1,
        code: optional_text(row, "code")?,
        detail: optional_text(row, "detail")?,
        missing_since: moment(row, "missing_since")?,
    })
}
