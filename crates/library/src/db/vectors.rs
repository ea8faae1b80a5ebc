//! Queries of the tables `vector_space` and `chunk_vector`.

use super::{
    documents::{Stored, stored},
    failed, number, parsed, text,
};
use crate::LibraryError;
use base::{Id, OwnerId};
use futures::TryStreamExt;
use sqlx::{AnyConnection, AnyPool, Row, any::AnyRow};
use std::collections::HashSet;
use vectors::{Collection, Engine, Noun, Passages, Vector};

type Result<T> = std::result::Result<T, LibraryError>;

/// The vectors of one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Space {
    pub(crate) id: i64,
    pub(crate) model: String,
    pub(crate) dimensions: usize,
    /// Whether searches use it.
    pub(crate) serves: bool,
}

impl Space {
    /// What its vectors are called by whoever searches them.
    pub(crate) fn collection(&self) -> Collection {
        Collection::new(Noun::Library, &self.model, self.dimensions)
    }
}

/// Every space there is: the one that searches use, and one that is being filled.
pub(crate) async fn all(pool: &AnyPool) -> Result<Vec<Space>> {
    let rows = sqlx::query("SELECT * FROM vector_space ORDER BY id").fetch_all(pool);
    rows.await.map_err(failed)?.iter().map(space).collect()
}

pub(crate) async fn of_model(pool: &AnyPool, model: &str) -> Result<Option<Space>> {
    let row = sqlx::query("SELECT * FROM vector_space WHERE model = $1").bind(model).fetch_optional(pool);
    row.await.map_err(failed)?.map(|row| space(&row)).transpose()
}

/// The space that searches use.
pub(crate) async fn serving(pool: &AnyPool) -> Result<Option<Space>> {
    let row = sqlx::query("SELECT * FROM vector_space WHERE serves = 1").fetch_optional(pool);
    row.await.map_err(failed)?.map(|row| space(&row)).transpose()
}

/// The space of a model whose vectors are of this size, made if it is not there. Vectors of another size by the same
/// name are those of another model and go. A space serves at once where no other does.
pub(crate) async fn make(connection: &mut AnyConnection, model: &str, dimensions: usize) -> Result<i64> {
    let size = i64::try_from(dimensions).unwrap_or(i64::MAX);
    let row = sqlx::query("SELECT id, dimensions FROM vector_space WHERE model = $1").bind(model);
    if let Some(row) = row.fetch_optional(&mut *connection).await.map_err(failed)? {
        let id = number(&row, "id")?;
        if number(&row, "dimensions")? == size {
            return Ok(id);
        }
        drop_space(connection, id).await?;
    }
    let row = sqlx::query(
        "SELECT COALESCE(MAX(id), 0) + 1 AS id, COALESCE(MAX(serves), 0) AS serving FROM vector_space",
    );
    let row = row.fetch_one(&mut *connection).await.map_err(failed)?;
    let (id, serving) = (number(&row, "id")?, number(&row, "serving")?);
    sqlx::query("INSERT INTO vector_space (id, model, dimensions, serves) VALUES ($1, $2, $3, $4)")
        .bind(id)
        .bind(model)
        .bind(size)
        .bind(1 - serving)
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(id)
}

/// Has searches use this space; the others go.
pub(crate) async fn switch(connection: &mut AnyConnection, id: i64) -> Result<()> {
    let others = sqlx::query("SELECT id FROM vector_space WHERE id <> $1").bind(id);
    for row in others.fetch_all(&mut *connection).await.map_err(failed)? {
        drop_space(connection, number(&row, "id")?).await?;
    }
    let query = sqlx::query("UPDATE vector_space SET serves = 1 WHERE id = $1").bind(id);
    query.execute(connection).await.map_err(failed)?;
    Ok(())
}

async fn drop_space(connection: &mut AnyConnection, id: i64) -> Result<()> {
    for sql in [
        "UPDATE document SET embedded_space = NULL, embedded_generation = NULL WHERE embedded_space = $1",
        "DELETE FROM chunk_vector WHERE space = $1",
        "DELETE FROM vector_space WHERE id = $1",
    ] {
        sqlx::query(sql).bind(id).execute(&mut *connection).await.map_err(failed)?;
    }
    Ok(())
}

/// The passages of a document that have vectors in a space.
pub(crate) async fn known(pool: &AnyPool, space: i64, document_id: Id) -> Result<HashSet<String>> {
    let rows = sqlx::query("SELECT chunk_id FROM chunk_vector WHERE document_id = $1 AND space = $2")
        .bind(document_id.to_string())
        .bind(space)
        .fetch_all(pool)
        .await
        .map_err(failed)?;
    rows.iter().map(|row| text(row, "chunk_id")).collect()
}

/// Keeps vectors of a document's passages.
pub(crate) async fn insert(
    connection: &mut AnyConnection,
    space: i64,
    document_id: Id,
    vectors: &[(String, Vector)],
) -> Result<()> {
    for (chunk_id, vector) in vectors {
        sqlx::query(
            "INSERT INTO chunk_vector (space, chunk_id, document_id, vector) VALUES ($1, $2, $3, $4)
             ON CONFLICT (space, chunk_id) DO UPDATE SET vector = EXCLUDED.vector",
        )
        .bind(space)
        .bind(chunk_id)
        .bind(document_id.to_string())
        .bind(vector.to_bytes())
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    }
    Ok(())
}

/// Takes away vectors of passages of a space that do not count any more.
pub(crate) async fn only_of_now(connection: &mut AnyConnection, stored: &Stored, space: i64) -> Result<()> {
    sqlx::query(
        "DELETE FROM chunk_vector WHERE document_id = $1 AND space = $2 AND chunk_id NOT IN
            (SELECT chunk.id FROM chunk WHERE chunk.document_id = $1 AND chunk.generation = $3)",
    )
    .bind(stored.document.id.to_string())
    .bind(space)
    .bind(stored.generation)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Notes that all passages of a generation have vectors in a space.
pub(crate) async fn complete(connection: &mut AnyConnection, stored: &Stored, space: i64) -> Result<()> {
    sqlx::query(
        "UPDATE document SET embedded_space = $2, embedded_generation = $3 WHERE id = $1 AND generation = $3",
    )
    .bind(stored.document.id.to_string())
    .bind(space)
    .bind(stored.generation)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Documents of every owner that can be searched and whose passages do not all have vectors in a space. Those that a
/// person has stopped are left alone.
pub(crate) async fn lacking(pool: &AnyPool, space: Option<i64>) -> Result<Vec<Stored>> {
    let rows = sqlx::query(
        "SELECT * FROM document
         WHERE deleted_at IS NULL AND status = 'ready' AND generation > 0
           AND (embedded_space IS NULL OR embedded_space <> $1 OR embedded_generation IS NULL
                OR embedded_generation <> generation)
         ORDER BY id",
    )
    .bind(space.unwrap_or(-1))
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    rows.iter().map(stored).collect()
}

/// How many documents of an owner can be searched, and how many of them have all their vectors in a space.
pub(crate) async fn coverage(pool: &AnyPool, owner: OwnerId, space: i64) -> Result<(u64, u64)> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS documents,
                COUNT(CASE WHEN embedded_space = $2 AND embedded_generation = generation THEN 1 END) AS embedded
         FROM document WHERE owner_id = $1 AND deleted_at IS NULL AND generation > 0",
    )
    .bind(owner.to_string())
    .bind(space)
    .fetch_one(pool)
    .await
    .map_err(failed)?;
    Ok((super::unsigned(number(&row, "documents")?), super::unsigned(number(&row, "embedded")?)))
}

/// The vectors of a document, unless it is deleted.
pub(crate) async fn of_document(pool: &AnyPool, space: i64, document_id: Id) -> Result<Vec<(u128, Vector)>> {
    let rows = sqlx::query(
        "SELECT chunk_vector.chunk_id, chunk_vector.vector FROM chunk_vector
         JOIN document ON document.id = chunk_vector.document_id
         WHERE chunk_vector.document_id = $1 AND chunk_vector.space = $2 AND document.deleted_at IS NULL",
    )
    .bind(document_id.to_string())
    .bind(space)
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    rows.iter().filter_map(|row| vector(row).transpose()).collect()
}

/// Gives an engine all vectors of documents that are not deleted; answers how many passages these are.
pub(crate) async fn fill(pool: &AnyPool, space: &Space, engine: &dyn Engine) -> Result<usize> {
    let collection = space.collection();
    let mut rows = sqlx::query(
        "SELECT chunk_vector.chunk_id, chunk_vector.vector, chunk_vector.document_id, document.owner_id
         FROM chunk_vector JOIN document ON document.id = chunk_vector.document_id
         WHERE chunk_vector.space = $1 AND document.deleted_at IS NULL ORDER BY chunk_vector.document_id",
    )
    .bind(space.id)
    .fetch(pool);
    let mut current: Option<Passages> = None;
    let mut count = 0;
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        let (document, owner): (Id, OwnerId) = (parsed(&row, "document_id")?, parsed(&row, "owner_id")?);
        if current.as_ref().is_none_or(|current| current.document != document) {
            let next = Passages { document, owner, vectors: Vec::new() };
            if let Some(whole) = current.replace(next) {
                engine.put(collection, whole).await?;
            }
        }
        if let (Some(current), Some(passage)) = (current.as_mut(), vector(&row)?) {
            current.vectors.push(passage);
            count += 1;
        }
    }
    if let Some(whole) = current {
        engine.put(collection, whole).await?;
    }
    Ok(count)
}

fn space(row: &AnyRow) -> Result<Space> {
    Ok(Space {
        id: number(row, "id")?,
        model: text(row, "model")?,
        dimensions: usize::try_from(number(row, "dimensions")?).unwrap_or(0),
        serves: number(row, "serves")? == 1,
    })
}

/// A passage and its vector; `None` where the row holds neither.
fn vector(row: &AnyRow) -> Result<Option<(u128, Vector)>> {
    let bytes: Vec<u8> = row.try_get("vector").map_err(failed)?;
    let passage = u128::from_str_radix(&text(row, "chunk_id")?, 16);
    Ok(passage.ok().zip(Vector::from_bytes(&bytes)))
}
