//! Queries of the table `chunk`.

use super::{failed, number, optional_text, parsed, text};
use crate::{LibraryError, chunk::Chunk};
use base::{Id, OwnerId};
use sha2::{Digest, Sha256};
use sqlx::{AnyConnection, AnyPool, any::AnyRow};
use std::{collections::HashMap, fmt::Write};

type Result<T> = std::result::Result<T, LibraryError>;

/// Most passages that are asked for by their ids at once.
const MAX_IDS: usize = 200;

/// What parts headings from each other in one line.
pub(crate) const HEADING_SEPARATOR: &str = " \u{203a} ";

/// A passage as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredChunk {
    pub(crate) id: String,
    pub(crate) ordinal: i64,
    pub(crate) heading: Option<String>,
    pub(crate) text: String,
    pub(crate) page_starts: Vec<(u32, usize)>,
}

impl StoredChunk {
    /// The passage that was cut, with an id that is the same whenever the same text stands at the same place.
    pub(crate) fn new(document_id: Id, ordinal: i64, chunk: Chunk) -> Self {
        let digest = Sha256::digest(format!("{document_id}\n{ordinal}\n{}", chunk.text));
        let id = digest.iter().take(16).fold(String::with_capacity(32), |mut id, byte| {
            let _infallible = write!(id, "{byte:02x}");
            id
        });
        let heading = (!chunk.headings.is_empty()).then(|| chunk.headings.join(HEADING_SEPARATOR));
        Self { id, ordinal, heading, text: chunk.text, page_starts: chunk.page_starts }
    }

    pub(crate) fn first_page(&self) -> Option<u32> {
        self.page_starts.first().map(|(page, _)| *page)
    }

    pub(crate) fn last_page(&self) -> Option<u32> {
        self.page_starts.last().map(|(page, _)| *page)
    }
}

pub(crate) async fn insert(
    connection: &mut AnyConnection,
    document_id: Id,
    generation: i64,
    chunks: &[StoredChunk],
) -> Result<()> {
    let document_id = document_id.to_string();
    for chunk in chunks {
        sqlx::query(
            "INSERT INTO chunk (document_id, generation, ordinal, id, heading, text, page_starts)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&document_id)
        .bind(generation)
        .bind(chunk.ordinal)
        .bind(&chunk.id)
        .bind(chunk.heading.as_deref())
        .bind(storable(&chunk.text).as_ref())
        .bind(serde_json::to_string(&chunk.page_starts).map_err(failed)?)
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    }
    Ok(())
}

/// PostgreSQL keeps no zero characters in texts.
fn storable(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', " ").into() } else { text.into() }
}

/// Removes the passages of all generations but one.
pub(crate) async fn keep_only(
    connection: &mut AnyConnection,
    document_id: Id,
    generation: i64,
) -> Result<()> {
    sqlx::query("DELETE FROM chunk WHERE document_id = $1 AND generation <> $2")
        .bind(document_id.to_string())
        .bind(generation)
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

/// Passages of a document from one ordinal on.
pub(crate) async fn range(
    pool: &AnyPool,
    document_id: Id,
    generation: i64,
    from: i64,
    count: i64,
) -> Result<Vec<StoredChunk>> {
    let rows = sqlx::query(
        "SELECT ordinal, id, heading, text, page_starts FROM chunk
         WHERE document_id = $1 AND generation = $2 AND ordinal >= $3 ORDER BY ordinal LIMIT $4",
    )
    .bind(document_id.to_string())
    .bind(generation)
    .bind(from)
    .bind(count)
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    rows.iter().map(stored).collect()
}

/// Where a passage that counts stands: its document and its ordinal there.
pub(crate) async fn place(pool: &AnyPool, owner: OwnerId, chunk_id: &str) -> Result<Option<(Id, i64)>> {
    let row = sqlx::query(
        "SELECT chunk.document_id, chunk.ordinal FROM chunk
         JOIN document ON document.id = chunk.document_id AND document.generation = chunk.generation
         WHERE chunk.id = $1 AND document.owner_id = $2 AND document.deleted_at IS NULL",
    )
    .bind(chunk_id)
    .bind(owner.to_string())
    .fetch_optional(pool)
    .await
    .map_err(failed)?;
    row.map(|row| Ok((parsed(&row, "document_id")?, number(&row, "ordinal")?))).transpose()
}

/// At which place of its document each of these passages stands.
pub(crate) async fn ordinals(pool: &AnyPool, ids: &[String]) -> Result<HashMap<String, i64>> {
    let mut found = HashMap::new();
    for ids in ids.chunks(MAX_IDS) {
        let places: Vec<String> = (1..=ids.len()).map(|place| format!("${place}")).collect();
        let query = format!("SELECT id, ordinal FROM chunk WHERE id IN ({})", places.join(", "));
        let mut query = sqlx::query(sqlx::AssertSqlSafe(query));
        for id in ids {
            query = query.bind(id);
        }
        for row in query.fetch_all(pool).await.map_err(failed)? {
            found.insert(text(&row, "id")?, number(&row, "ordinal")?);
        }
    }
    Ok(found)
}

fn stored(row: &AnyRow) -> Result<StoredChunk> {
    Ok(StoredChunk {
        id: text(row, "id")?,
        ordinal: number(row, "ordinal")?,
        heading: optional_text(row, "heading")?,
        text: text(row, "text")?,
        page_starts: serde_json::from_str(&text(row, "page_starts")?).map_err(failed)?,
    })
}
