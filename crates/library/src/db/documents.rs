//! Queries of the table `document`.

use super::{
    entries::MAX_IDS, failed, number, optional_number, optional_parsed, optional_text, parsed, signed, text,
    unsigned,
};
use crate::{
    LibraryError,
    model::{
        Collection, CorrectedField, Document, DocumentField, DocumentFilter, DocumentKind, FoundKind,
        PartialDate, Problem, Sort, Status,
    },
};
use base::{Id, OwnerId, Timestamp};
use reading::formats::Opened;
use sqlx::{AnyConnection, AnyPool, Row, any::AnyRow};
use std::collections::HashMap;
use store::{BlobId, columns::containing};

type Result<T> = std::result::Result<T, LibraryError>;

/// A document with what only the library itself needs to know.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stored {
    pub(crate) document: Document,
    pub(crate) blob: BlobId,
    /// Which passages count.
    pub(crate) generation: i64,
    /// Which of them are in the index.
    pub(crate) indexed_generation: Option<i64>,
    /// The job that read them.
    pub(crate) read_by: Option<Id>,
    /// Out of which of them, and by which patterns, the entries were made.
    pub(crate) entries_made: Option<String>,
}

impl Stored {
    /// What [`Stored::entries_made`] is where the entries are those of the passages that count.
    pub(crate) fn entries_mark(&self) -> String {
        format!("{}{}", self.generation, made_version())
    }

    /// Whether its entries have to be made (again).
    pub(crate) fn lacks_entries(&self) -> bool {
        self.generation > 0 && self.entries_made.as_deref() != Some(&self.entries_mark())
    }
}

/// By which versions entries and kinds of documents are made, as [`Stored::entries_made`] ends.
fn made_version() -> String {
    format!(".{}.{}", statblock::VERSION, classify::DOCUMENT_VERSION)
}

/// A document that comes in.
pub(crate) struct Incoming<'a> {
    pub(crate) id: Id,
    pub(crate) owner: OwnerId,
    pub(crate) title: &'a str,
    pub(crate) file_name: &'a str,
    pub(crate) collection: Option<&'a str>,
    pub(crate) blob: &'a BlobId,
    pub(crate) size_bytes: u64,
    pub(crate) now: Timestamp,
}

/// What the list is filtered by.
fn search_name(title: &str, file_name: &str) -> String {
    format!("{title}\n{file_name}").to_lowercase()
}

/// Adds a document; `false` when the owner has one of the same content, deleted or not.
pub(crate) async fn insert(connection: &mut AnyConnection, incoming: &Incoming<'_>) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO document (id, owner_id, title, file_name, search_name, collection, sha256, size_bytes,
            chunk_count, status, warnings, generation, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 'queued', '[]', 0, $9, $9)
         ON CONFLICT (owner_id, sha256) DO NOTHING",
    )
    .bind(incoming.id.to_string())
    .bind(incoming.owner.to_string())
    .bind(incoming.title)
    .bind(incoming.file_name)
    .bind(search_name(incoming.title, incoming.file_name))
    .bind(incoming.collection)
    .bind(incoming.blob.as_str())
    .bind(signed(incoming.size_bytes))
    .bind(incoming.now.millis())
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(done.rows_affected() == 1)
}

pub(crate) async fn get(pool: &AnyPool, owner: OwnerId, id: Id) -> Result<Option<Stored>> {
    let row = sqlx::query("SELECT * FROM document WHERE id = $1 AND owner_id = $2")
        .bind(id.to_string())
        .bind(owner.to_string())
        .fetch_optional(pool)
        .await
        .map_err(failed)?;
    row.map(|row| stored(&row)).transpose()
}

/// The document of this content, deleted or not.
pub(crate) async fn of_content(pool: &AnyPool, owner: OwnerId, blob: &BlobId) -> Result<Option<Stored>> {
    let row = sqlx::query("SELECT * FROM document WHERE owner_id = $1 AND sha256 = $2")
        .bind(owner.to_string())
        .bind(blob.as_str())
        .fetch_optional(pool)
        .await
        .map_err(failed)?;
    row.map(|row| stored(&row)).transpose()
}

/// Documents of every owner whose passages in the index or whose entries are not those that count, and those that were
/// being taken in when the program ended.
pub(crate) async fn unsettled(pool: &AnyPool) -> Result<Vec<Stored>> {
    let rows = sqlx::query(
        "SELECT * FROM document
         WHERE (deleted_at IS NOT NULL AND indexed_generation IS NOT NULL)
            OR (deleted_at IS NULL AND generation > 0
                AND (indexed_generation IS NULL OR indexed_generation <> generation
                     OR entries_made IS NULL OR entries_made <> CAST(generation AS TEXT) || $1))
            OR (deleted_at IS NULL AND status IN ('queued', 'processing'))
         ORDER BY id",
    )
    .bind(made_version())
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    rows.iter().map(stored).collect()
}

/// Notes that the index holds nothing.
pub(crate) async fn forget_index(connection: &mut AnyConnection) -> Result<()> {
    let query =
        sqlx::query("UPDATE document SET indexed_generation = NULL WHERE indexed_generation IS NOT NULL");
    query.execute(connection).await.map_err(failed)?;
    Ok(())
}

pub(crate) async fn list(pool: &AnyPool, owner: OwnerId, filter: &DocumentFilter) -> Result<Vec<Document>> {
    let order = match (filter.sort, filter.descending) {
        (Sort::Added, false) => "added",
        (Sort::Added, true) => "added_down",
        (Sort::Title, false) => "title",
        (Sort::Title, true) => "title_down",
        (Sort::Size, false) => "size",
        (Sort::Size, true) => "size_down",
        (Sort::Pages, false) => "pages",
        (Sort::Pages, true) => "pages_down",
        (Sort::Status, false) => "status",
        (Sort::Status, true) => "status_down",
    };
    let rows = sqlx::query(
        "SELECT * FROM document
         WHERE owner_id = $1 AND search_name LIKE $2 ESCAPE '!' AND ($3 = '' OR collection = $3)
           AND ($4 = '' OR status = $4) AND ($5 = '' OR format = $5)
           AND (CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END) = $6 AND ($10 = '' OR tags LIKE $10 ESCAPE '!')
         ORDER BY CASE WHEN $7 = 'added' THEN created_at WHEN $7 = 'size' THEN size_bytes
                       WHEN $7 = 'pages' THEN COALESCE(pages, 0)
                       WHEN $7 = 'status' THEN CASE status WHEN 'failed' THEN 0 WHEN 'processing' THEN 1
                                                           WHEN 'queued' THEN 2 ELSE 3 END END ASC,
                  CASE WHEN $7 = 'added_down' THEN created_at WHEN $7 = 'size_down' THEN size_bytes
                       WHEN $7 = 'pages_down' THEN COALESCE(pages, 0)
                       WHEN $7 = 'status_down' THEN CASE status WHEN 'failed' THEN 0 WHEN 'processing' THEN 1
                                                                WHEN 'queued' THEN 2 ELSE 3 END END DESC,
                  CASE WHEN $7 = 'title' THEN search_name END ASC,
                  CASE WHEN $7 = 'title_down' THEN search_name END DESC, id DESC
         LIMIT $8 OFFSET $9",
    )
    .bind(owner.to_string())
    .bind(containing(&filter.text.to_lowercase()))
    .bind(filter.collection.as_deref().unwrap_or_default())
    .bind(filter.status.map_or("", Status::as_str))
    .bind(filter.format.map_or("", crate::model::Format::as_str))
    .bind(i64::from(filter.deleted))
    .bind(order)
    .bind(i64::from(filter.limit.clamp(1, 1_000)))
    .bind(i64::from(filter.offset))
    .bind(tag_pattern(filter))
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    rows.iter().map(|row| stored(row).map(|stored| stored.document)).collect()
}

pub(crate) async fn count(pool: &AnyPool, owner: OwnerId, filter: &DocumentFilter) -> Result<u64> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS documents FROM document
         WHERE owner_id = $1 AND search_name LIKE $2 ESCAPE '!' AND ($3 = '' OR collection = $3)
           AND ($4 = '' OR status = $4) AND ($5 = '' OR format = $5)
           AND (CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END) = $6 AND ($7 = '' OR tags LIKE $7 ESCAPE '!')",
    )
    .bind(owner.to_string())
    .bind(containing(&filter.text.to_lowercase()))
    .bind(filter.collection.as_deref().unwrap_or_default())
    .bind(filter.status.map_or("", Status::as_str))
    .bind(filter.format.map_or("", crate::model::Format::as_str))
    .bind(i64::from(filter.deleted))
    .bind(tag_pattern(filter))
    .fetch_one(pool)
    .await
    .map_err(failed)?;
    number(&row, "documents").map(unsigned)
}

/// What the list of tags holds where a tag is in it; empty for any.
fn tag_pattern(filter: &DocumentFilter) -> String {
    filter.tag.as_deref().map(|tag| containing(&store::columns::to_json(tag))).unwrap_or_default()
}

pub(crate) async fn collections(pool: &AnyPool, owner: OwnerId) -> Result<Vec<Collection>> {
    let rows = sqlx::query(
        "SELECT collection, COUNT(*) AS documents FROM document
         WHERE owner_id = $1 AND deleted_at IS NULL AND collection IS NOT NULL
         GROUP BY collection ORDER BY collection",
    )
    .bind(owner.to_string())
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    rows.iter()
        .map(|row| {
            Ok(Collection { name: text(row, "collection")?, documents: unsigned(number(row, "documents")?) })
        })
        .collect()
}

/// The titles of these documents.
pub(crate) async fn titles(pool: &AnyPool, ids: &[String]) -> Result<HashMap<String, String>> {
    let mut found = HashMap::new();
    for ids in ids.chunks(MAX_IDS) {
        let places: Vec<String> = (1..=ids.len()).map(|place| format!("${place}")).collect();
        let query = format!(
            "SELECT id, COALESCE(title_chosen, title) AS title FROM document WHERE id IN ({})",
            places.join(", ")
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(query));
        for id in ids {
            query = query.bind(id);
        }
        for row in query.fetch_all(pool).await.map_err(failed)? {
            found.insert(text(&row, "id")?, text(&row, "title")?);
        }
    }
    Ok(found)
}

pub(crate) async fn ids_in_collection(pool: &AnyPool, owner: OwnerId, name: &str) -> Result<Vec<String>> {
    let rows =
        sqlx::query("SELECT id FROM document WHERE owner_id = $1 AND collection = $2 AND deleted_at IS NULL")
            .bind(owner.to_string())
            .bind(name)
            .fetch_all(pool)
            .await
            .map_err(failed)?;
    rows.iter().map(|row| row.try_get(0).map_err(failed)).collect()
}

/// Puts a document at the start of its way; what it had stays until the new passages are there.
pub(crate) async fn queue(connection: &mut AnyConnection, id: Id, job_id: Id, now: Timestamp) -> Result<()> {
    sqlx::query(
        "UPDATE document SET status = 'queued', failure = NULL, job_id = $2, updated_at = $3, deleted_at = NULL,
                read_by = NULL
         WHERE id = $1",
    )
    .bind(id.to_string())
    .bind(job_id.to_string())
    .bind(now.millis())
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Gives a document another content, and the title of its file until it is read; what it had stays until the new
/// passages are there.
pub(crate) async fn set_content(connection: &mut AnyConnection, incoming: &Incoming<'_>) -> Result<()> {
    let query = "UPDATE document SET sha256 = $2, size_bytes = $3, title = $4, updated_at = $5 WHERE id = $1";
    sqlx::query(query)
        .bind(incoming.id.to_string())
        .bind(incoming.blob.as_str())
        .bind(signed(incoming.size_bytes))
        .bind(incoming.title)
        .bind(incoming.now.millis())
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    rename(connection, incoming.id).await
}

/// Gives a document's file another name, which is its title, too, where it has no other. The index has the title as well.
pub(crate) async fn rename_file(
    connection: &mut AnyConnection,
    id: Id,
    (file_name, [title_before, title]): (&str, [&str; 2]),
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE document SET file_name = $2, title = CASE WHEN title = $3 THEN $4 ELSE title END, updated_at = $5,
            indexed_generation = NULL WHERE id = $1",
    )
    .bind(id.to_string())
    .bind(file_name)
    .bind(title_before)
    .bind(title)
    .bind(now.millis())
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    rename(connection, id).await
}

pub(crate) async fn begin(pool: &AnyPool, id: Id, now: Timestamp) -> Result<()> {
    let query = sqlx::query(
        "UPDATE document SET status = 'processing', failure = NULL, warnings = '[]', updated_at = $2
         WHERE id = $1 AND deleted_at IS NULL",
    );
    query.bind(id.to_string()).bind(now.millis()).execute(pool).await.map_err(failed)?;
    Ok(())
}

/// Notes what the file says of itself; where it says no title, that of its file stays.
pub(crate) async fn describe(
    connection: &mut AnyConnection,
    id: Id,
    opened: &Opened,
    now: Timestamp,
) -> Result<()> {
    // What a person says stands beside it, in columns of its own.
    sqlx::query(
        "UPDATE document SET title = COALESCE($2, title), author = $3, language = $4, format = $5, pages = $6,
            updated_at = $7, publisher = $8, published = $9, made = $10 WHERE id = $1",
    )
    .bind(id.to_string())
    .bind(opened.title.as_deref())
    .bind(opened.author.as_deref())
    .bind(opened.language.as_deref())
    .bind(opened.format.as_str())
    .bind(opened.pages.map(i64::from))
    .bind(now.millis())
    .bind(opened.publisher.as_deref())
    .bind(opened.published.map(|date| date.to_string()))
    .bind(opened.made.map(|date| date.to_string()))
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    rename(connection, id).await
}

/// Notes what kind of document it was found to be.
pub(crate) async fn set_found_kind(
    connection: &mut AnyConnection,
    id: Id,
    found: &classify::DocumentClass,
) -> Result<()> {
    sqlx::query("UPDATE document SET kind = $2, kind_share = $3, kind_signals = $4 WHERE id = $1")
        .bind(id.to_string())
        .bind(found.kind.map(DocumentKind::as_str))
        .bind(found.share)
        .bind(serde_json::to_string(&found.because).map_err(failed)?)
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

/// Brings what the list is filtered by in step with the title and the name of the file, whoever changed them.
pub(crate) async fn rename(connection: &mut AnyConnection, id: Id) -> Result<()> {
    let row =
        sqlx::query("SELECT COALESCE(title_chosen, title) AS title, file_name FROM document WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&mut *connection)
            .await
            .map_err(failed)?;
    // It may have been removed for good while it was read.
    let Some(row) = row else { return Ok(()) };
    sqlx::query("UPDATE document SET search_name = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(search_name(&text(&row, "title")?, &text(&row, "file_name")?))
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

/// What came of reading a document.
pub(crate) struct Read<'a> {
    pub(crate) generation: i64,
    pub(crate) chunk_count: u64,
    pub(crate) warnings: &'a [Problem],
    /// The job that read it.
    pub(crate) read_by: Id,
    pub(crate) now: Timestamp,
}

/// Makes another generation of passages count.
pub(crate) async fn switch(connection: &mut AnyConnection, id: Id, read: &Read<'_>) -> Result<()> {
    sqlx::query(
        "UPDATE document SET generation = $2, chunk_count = $3, warnings = $4, updated_at = $5, read_by = $6
         WHERE id = $1",
    )
    .bind(id.to_string())
    .bind(read.generation)
    .bind(signed(read.chunk_count))
    .bind(serde_json::to_string(read.warnings).map_err(failed)?)
    .bind(read.now.millis())
    .bind(read.read_by.to_string())
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

pub(crate) async fn set_indexed(pool: &AnyPool, id: Id, generation: Option<i64>) -> Result<()> {
    sqlx::query("UPDATE document SET indexed_generation = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(generation)
        .execute(pool)
        .await
        .map_err(failed)?;
    Ok(())
}

pub(crate) async fn finish(pool: &AnyPool, id: Id, failure: Option<&Problem>, now: Timestamp) -> Result<()> {
    let status = if failure.is_some() { Status::Failed } else { Status::Ready };
    let failure = failure.map(serde_json::to_string).transpose().map_err(failed)?;
    sqlx::query("UPDATE document SET status = $2, failure = $3, updated_at = $4 WHERE id = $1")
        .bind(id.to_string())
        .bind(status.as_str())
        .bind(failure)
        .bind(now.millis())
        .execute(pool)
        .await
        .map_err(failed)?;
    Ok(())
}

pub(crate) async fn set_deleted(
    pool: &AnyPool,
    id: Id,
    deleted_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    sqlx::query("UPDATE document SET deleted_at = $2, updated_at = $3 WHERE id = $1")
        .bind(id.to_string())
        .bind(deleted_at.map(Timestamp::millis))
        .bind(now.millis())
        .execute(pool)
        .await
        .map_err(failed)?;
    Ok(())
}

/// Documents that were deleted before a moment.
pub(crate) async fn deleted_before(pool: &AnyPool, before: Timestamp) -> Result<Vec<(OwnerId, Id)>> {
    let rows = sqlx::query("SELECT owner_id, id FROM document WHERE deleted_at < $1")
        .bind(before.millis())
        .fetch_all(pool)
        .await
        .map_err(failed)?;
    rows.iter().map(|row| Ok((parsed(row, "owner_id")?, parsed(row, "id")?))).collect()
}

/// Removes a deleted document, its passages and its entries; `false` when it is not there or not deleted.
pub(crate) async fn purge(connection: &mut AnyConnection, owner: OwnerId, id: Id) -> Result<bool> {
    sqlx::query(
        "DELETE FROM chunk WHERE document_id IN
            (SELECT id FROM document WHERE id = $1 AND owner_id = $2 AND deleted_at IS NOT NULL)",
    )
    .bind(id.to_string())
    .bind(owner.to_string())
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    for table in ["entry", "entry_correction", "bookmark"] {
        let delete = format!(
            "DELETE FROM {table} WHERE document_id IN
                (SELECT id FROM document WHERE id = $1 AND owner_id = $2 AND deleted_at IS NOT NULL)"
        );
        sqlx::query(sqlx::AssertSqlSafe(delete))
            .bind(id.to_string())
            .bind(owner.to_string())
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
    }
    sqlx::query(
        "DELETE FROM chunk_vector WHERE document_id IN
            (SELECT id FROM document WHERE id = $1 AND owner_id = $2 AND deleted_at IS NOT NULL)",
    )
    .bind(id.to_string())
    .bind(owner.to_string())
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    let done = sqlx::query("DELETE FROM document WHERE id = $1 AND owner_id = $2 AND deleted_at IS NOT NULL")
        .bind(id.to_string())
        .bind(owner.to_string())
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(done.rows_affected() == 1)
}

pub(super) fn stored(row: &AnyRow) -> Result<Stored> {
    let moment = |column: &str| Ok::<_, LibraryError>(Timestamp::from_millis(number(row, column)?));
    let failure = optional_text(row, "failure")?;
    let own_title = text(row, "title")?;
    let mut corrected = Vec::new();
    let mut said = |field: DocumentField| -> Result<Option<String>> {
        let told = optional_text(row, field.as_str())?;
        let Some(chosen) = optional_text(row, &format!("{}_chosen", field.as_str()))? else {
            return Ok(told);
        };
        corrected.push(CorrectedField { field, told });
        Ok((!chosen.is_empty()).then_some(chosen))
    };
    let title = said(DocumentField::Title)?.unwrap_or(own_title);
    let author = said(DocumentField::Author)?;
    let publisher = said(DocumentField::Publisher)?;
    let published = said(DocumentField::Published)?;
    let language = said(DocumentField::Language)?;
    let document = Document {
        id: parsed(row, "id")?,
        owner: parsed(row, "owner_id")?,
        title,
        author,
        language,
        publisher,
        published: published.map(|text| text.parse::<PartialDate>()).transpose().map_err(failed)?,
        made: optional_parsed(row, "made")?,
        found_kind: found_kind(row)?,
        chosen_kind: optional_parsed(row, "kind_chosen")?,
        file_name: text(row, "file_name")?,
        collection: optional_text(row, "collection")?,
        tags: super::tags::tags(row)?,
        corrected,
        format: optional_parsed(row, "format")?,
        size_bytes: unsigned(number(row, "size_bytes")?),
        pages: optional_number(row, "pages")?.and_then(|pages| u32::try_from(pages).ok()),
        chunk_count: unsigned(number(row, "chunk_count")?),
        status: parsed(row, "status")?,
        progress: None,
        failure: failure.map(|json| serde_json::from_str(&json)).transpose().map_err(failed)?,
        warnings: serde_json::from_str(&text(row, "warnings")?).map_err(failed)?,
        job_id: optional_parsed(row, "job_id")?,
        created_at: moment("created_at")?,
        updated_at: moment("updated_at")?,
        deleted_at: optional_number(row, "deleted_at")?.map(Timestamp::from_millis),
    };
    Ok(Stored {
        document,
        blob: parsed(row, "sha256")?,
        generation: number(row, "generation")?,
        indexed_generation: optional_number(row, "indexed_generation")?,
        read_by: optional_parsed(row, "read_by")?,
        entries_made: optional_text(row, "entries_made")?,
    })
}

fn found_kind(row: &AnyRow) -> Result<Option<FoundKind>> {
    let share: Option<f64> = row.try_get("kind_share").map_err(failed)?;
    let Some(share) = share else { return Ok(None) };
    let because = optional_text(row, "kind_signals")?.unwrap_or_else(|| "[]".to_owned());
    Ok(Some(FoundKind {
        kind: optional_parsed(row, "kind")?,
        share,
        because: serde_json::from_str(&because).map_err(failed)?,
    }))
}
