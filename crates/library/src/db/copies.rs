//! Queries of the table `vector_copy`: what an engine beside the database has of the vectors.

use super::{failed, number, parsed, text, unsigned};
use crate::LibraryError;
use base::{Id, OwnerId};
use sqlx::AnyPool;
use vectors::Collection;

type Result<T> = std::result::Result<T, LibraryError>;

/// Where a copy is, and of which vectors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) target: &'a str,
    pub(crate) collection: Collection,
}

/// Notes that the copy of a document is being changed. What is noted under the same document later wins.
pub(crate) async fn begin(pool: &AnyPool, place: Place<'_>, document_id: Id, change_id: Id) -> Result<()> {
    sqlx::query(
        "INSERT INTO vector_copy (target, collection, document_id, vectors, change_id) VALUES ($1, $2, $3, 0, $4)
         ON CONFLICT (target, collection, document_id) DO UPDATE SET change_id = EXCLUDED.change_id",
    )
    .bind(place.target)
    .bind(place.collection.to_string())
    .bind(document_id.to_string())
    .bind(change_id.to_string())
    .execute(pool)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Whether something is noted of a document's copy.
pub(crate) async fn has(pool: &AnyPool, place: Place<'_>, document_id: Id) -> Result<bool> {
    let row = sqlx::query(
        "SELECT vectors FROM vector_copy WHERE target = $1 AND collection = $2 AND document_id = $3",
    )
    .bind(place.target)
    .bind(place.collection.to_string())
    .bind(document_id.to_string())
    .fetch_optional(pool)
    .await
    .map_err(failed)?;
    Ok(row.is_some())
}

/// Notes that the copy of a document is as the tables are; `false` where another change of it has begun since. Without any
/// passages nothing is there to be noted.
pub(crate) async fn done(
    pool: &AnyPool,
    place: Place<'_>,
    document_id: Id,
    (change_id, count): (Id, usize),
) -> Result<bool> {
    let (target, collection) = (place.target, place.collection.to_string());
    let done = if count == 0 {
        sqlx::query(
            "DELETE FROM vector_copy
             WHERE target = $1 AND collection = $2 AND document_id = $3 AND change_id = $4",
        )
        .bind(target)
        .bind(collection)
        .bind(document_id.to_string())
        .bind(change_id.to_string())
        .execute(pool)
        .await
    } else {
        sqlx::query(
            "UPDATE vector_copy SET change_id = NULL, vectors = $5
             WHERE target = $1 AND collection = $2 AND document_id = $3 AND change_id = $4",
        )
        .bind(target)
        .bind(collection)
        .bind(document_id.to_string())
        .bind(change_id.to_string())
        .bind(i64::try_from(count).unwrap_or(i64::MAX))
        .execute(pool)
        .await
    };
    Ok(done.map_err(failed)?.rows_affected() > 0)
}

/// Documents with vectors in a space whose copy is not as the tables are.
pub(crate) async fn behind(pool: &AnyPool, place: Place<'_>, space: i64) -> Result<Vec<(Id, OwnerId)>> {
    let rows = sqlx::query(
        "SELECT document.id, document.owner_id FROM document
         WHERE document.deleted_at IS NULL
           AND EXISTS (SELECT 1 FROM chunk_vector
                       WHERE chunk_vector.document_id = document.id AND chunk_vector.space = $3)
           AND NOT EXISTS (SELECT 1 FROM vector_copy
                           WHERE vector_copy.target = $1 AND vector_copy.collection = $2
                             AND vector_copy.document_id = document.id AND vector_copy.change_id IS NULL)
         ORDER BY document.id",
    )
    .bind(place.target)
    .bind(place.collection.to_string())
    .bind(space)
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    rows.iter().map(|row| Ok((parsed(row, "id")?, parsed(row, "owner_id")?))).collect()
}

/// How many documents of an owner have all their vectors in a space, but not in the copy.
pub(crate) async fn waiting(pool: &AnyPool, place: Place<'_>, (space, owner): (i64, OwnerId)) -> Result<u64> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS documents FROM document
         WHERE document.owner_id = $4 AND document.deleted_at IS NULL AND document.generation > 0
           AND document.embedded_space = $3 AND document.embedded_generation = document.generation
           AND EXISTS (SELECT 1 FROM chunk_vector
                       WHERE chunk_vector.document_id = document.id AND chunk_vector.space = $3)
           AND NOT EXISTS (SELECT 1 FROM vector_copy
                           WHERE vector_copy.target = $1 AND vector_copy.collection = $2
                             AND vector_copy.document_id = document.id AND vector_copy.change_id IS NULL)",
    )
    .bind(place.target)
    .bind(place.collection.to_string())
    .bind(space)
    .bind(owner.to_string())
    .fetch_one(pool)
    .await
    .map_err(failed)?;
    Ok(unsigned(number(&row, "documents")?))
}

/// Documents of a copy that have no vectors in the space any more, or are deleted, or gone.
pub(crate) async fn left_over(pool: &AnyPool, place: Place<'_>, space: i64) -> Result<Vec<Id>> {
    let rows = sqlx::query(
        "SELECT vector_copy.document_id FROM vector_copy
         WHERE vector_copy.target = $1 AND vector_copy.collection = $2
           AND NOT EXISTS (SELECT 1 FROM document
                           JOIN chunk_vector ON chunk_vector.document_id = document.id
                           WHERE document.id = vector_copy.document_id AND document.deleted_at IS NULL
                             AND chunk_vector.space = $3)
         ORDER BY vector_copy.document_id",
    )
    .bind(place.target)
    .bind(place.collection.to_string())
    .bind(space)
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    rows.iter().map(|row| parsed(row, "document_id")).collect()
}

/// The documents of a copy, and how many passages they have there together.
pub(crate) async fn contents(pool: &AnyPool, place: Place<'_>) -> Result<(Vec<Id>, u64)> {
    let rows = sqlx::query(
        "SELECT document_id, vectors FROM vector_copy WHERE target = $1 AND collection = $2 ORDER BY document_id",
    )
    .bind(place.target)
    .bind(place.collection.to_string())
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let (mut documents, mut passages) = (Vec::with_capacity(rows.len()), 0_u64);
    for row in &rows {
        documents.push(parsed(row, "document_id")?);
        passages = passages.saturating_add(unsigned(number(row, "vectors")?));
    }
    Ok((documents, passages))
}

/// The names of all collections that a target has something of.
pub(crate) async fn collections(pool: &AnyPool, target: &str) -> Result<Vec<String>> {
    let rows =
        sqlx::query("SELECT DISTINCT collection FROM vector_copy WHERE target = $1 ORDER BY collection")
            .bind(target)
            .fetch_all(pool)
            .await
            .map_err(failed)?;
    rows.iter().map(|row| text(row, "collection")).collect()
}

/// Notes that nothing which a target has of a collection can be relied on. It stays noted that it may be there: what is
/// deleted meanwhile is taken out of it all the same.
pub(crate) async fn doubt(pool: &AnyPool, (target, collection): (&str, &str), change_id: Id) -> Result<()> {
    sqlx::query("UPDATE vector_copy SET change_id = $3 WHERE target = $1 AND collection = $2")
        .bind(target)
        .bind(collection)
        .bind(change_id.to_string())
        .execute(pool)
        .await
        .map_err(failed)?;
    Ok(())
}

/// Forgets what a target has of a collection.
pub(crate) async fn forget(pool: &AnyPool, target: &str, collection: &str) -> Result<()> {
    sqlx::query("DELETE FROM vector_copy WHERE target = $1 AND collection = $2")
        .bind(target)
        .bind(collection)
        .execute(pool)
        .await
        .map_err(failed)?;
    Ok(())
}

/// Forgets every copy but that of one target: nobody keeps the others in step.
pub(crate) async fn forget_others(pool: &AnyPool, target: Option<&str>) -> Result<()> {
    let query = sqlx::query("DELETE FROM vector_copy WHERE target <> $1").bind(target.unwrap_or_default());
    query.execute(pool).await.map_err(failed)?;
    Ok(())
}
