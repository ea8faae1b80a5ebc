//! Where conversations lie: columns of the table `conversation`.

use super::{Result, decode, id, optional_id};
use crate::arrange::Filed;
use base::{Id, OwnerId};
use sqlx::{Row, any::AnyRow};
use std::collections::HashMap;
use store::{Db, WriteTransaction};

/// Ids of one statement.
const IDS: usize = 200;

/// Where a conversation lies, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Which.
    pub id: Id,
    /// Its folder, which may be deleted.
    pub folder_id: Option<Id>,
    /// Its place in the folder, where a person chose it.
    pub rank: Option<i64>,
    /// Whether what the folder says is left out.
    pub folder_off: bool,
    /// Its tags.
    pub tags: Vec<String>,
    /// Since when it stands above the others.
    pub pinned_at: Option<i64>,
    /// Since when it is put away.
    pub archived_at: Option<i64>,
    /// Since when it is deleted.
    pub deleted_at: Option<i64>,
}

/// Where conversations lie, in the order of the ids; those that are deleted or not there are missing.
pub(crate) async fn places(
    transaction: &mut WriteTransaction,
    owner: OwnerId,
    ids: &[Id],
) -> Result<Vec<Place>> {
    let mut found = places_with_deleted(transaction, owner, ids).await?;
    found.retain(|place| place.deleted_at.is_none());
    Ok(found)
}

/// The same, deleted ones as well.
pub(crate) async fn places_with_deleted(
    transaction: &mut WriteTransaction,
    owner: OwnerId,
    ids: &[Id],
) -> Result<Vec<Place>> {
    let mut found = HashMap::with_capacity(ids.len());
    for some in ids.chunks(IDS) {
        let holders: Vec<String> = (1..=some.len()).map(|place| format!("${place}")).collect();
        // By ids alone: with the owner beside them SQLite would go through all that the owner has.
        let sql = format!(
            "SELECT id, owner, folder_id, rank, folder_use, tags, pinned_at, archived_at, deleted_at \
             FROM conversation WHERE id IN ({})",
            holders.join(", ")
        );
        let query =
            some.iter().fold(sqlx::query(sqlx::AssertSqlSafe(sql)), |query, id| query.bind(id.to_string()));
        for row in query.fetch_all(&mut **transaction).await? {
            if row.try_get::<String, _>("owner")? == owner.to_string() {
                let place = read(&row)?;
                found.insert(place.id, place);
            }
        }
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// Writes where a conversation lies.
pub(crate) async fn put(transaction: &mut WriteTransaction, place: &Place) -> Result<()> {
    sqlx::query(
        "UPDATE conversation SET folder_id = $2, rank = $3, folder_use = $4, tags = $5, pinned_at = $6, \
         archived_at = $7, deleted_at = $8 WHERE id = $1",
    )
    .bind(place.id.to_string())
    .bind(place.folder_id.map(|id| id.to_string()))
    .bind(place.rank)
    .bind(place.folder_off.then_some("off"))
    .bind(tags_out(&place.tags))
    .bind(place.pinned_at)
    .bind(place.archived_at)
    .bind(place.deleted_at)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Files a conversation that was just made as another one is, or in a folder.
pub(crate) async fn file(
    connection: impl sqlx::Executor<'_, Database = sqlx::Any>,
    conversation_id: Id,
    filed: &Filed,
) -> Result<()> {
    sqlx::query("UPDATE conversation SET folder_id = $2, folder_use = $3, tags = $4 WHERE id = $1")
        .bind(conversation_id.to_string())
        .bind(filed.folder_id.map(|id| id.to_string()))
        .bind(filed.folder_off.then_some("off"))
        .bind(tags_out(&filed.tags))
        .execute(connection)
        .await?;
    Ok(())
}

/// The conversations of a folder, or of none, and their ranks, the greatest first.
pub(crate) async fn order(
    transaction: &mut WriteTransaction,
    owner: OwnerId,
    folder_id: Option<Id>,
) -> Result<Vec<(Id, i64)>> {
    let place = if folder_id.is_some() { "folder_id = $2" } else { "folder_id IS NULL AND $2 = ''" };
    let sql = format!(
        "SELECT id, COALESCE(rank, updated_at * 1000000) AS place FROM conversation \
         WHERE owner = $1 AND {place} AND deleted_at IS NULL ORDER BY place DESC, id DESC"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(owner.to_string())
        .bind(folder_id.map(|id| id.to_string()).unwrap_or_default())
        .fetch_all(&mut **transaction)
        .await?;
    rows.iter().map(|row| Ok((id(row, "id")?, row.try_get("place")?))).collect()
}

pub(crate) async fn set_rank(transaction: &mut WriteTransaction, id: Id, rank: i64) -> Result<()> {
    sqlx::query("UPDATE conversation SET rank = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(rank)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// The tags that are used and how many conversations have each, the most used first.
pub(crate) async fn tags(db: &Db, owner: OwnerId) -> Result<Vec<(String, u64)>> {
    let rows = sqlx::query(
        "SELECT tags, COUNT(*) AS n FROM conversation \
         WHERE owner = $1 AND tags IS NOT NULL AND deleted_at IS NULL GROUP BY tags",
    )
    .bind(owner.to_string())
    .fetch_all(db.pool())
    .await?;
    let mut counts: HashMap<String, u64> = HashMap::new();
    for row in &rows {
        let count = u64::try_from(row.try_get::<i64, _>("n")?).unwrap_or(0);
        for tag in tags_in(row.try_get("tags")?)? {
            *counts.entry(tag).or_default() += count;
        }
    }
    let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
    counts.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    Ok(counts)
}

/// Where a conversation lies, of a row of [`super::COLUMNS`].
pub(super) fn filed(row: &AnyRow) -> Result<Filed> {
    Ok(Filed {
        folder_id: optional_id(row, "folder")?,
        folder_off: row.try_get::<Option<String>, _>("folder_use")?.as_deref() == Some("off"),
        rank: row.try_get("place")?,
        tags: tags_in(row.try_get("tags")?)?,
        pinned: row.try_get::<Option<i64>, _>("pinned_at")?.is_some(),
        archived: row.try_get::<Option<i64>, _>("archived_at")?.is_some(),
    })
}

/// Where a conversation lies, of a row with the columns of a place.
pub(super) fn read(row: &AnyRow) -> Result<Place> {
    Ok(Place {
        id: id(row, "id")?,
        folder_id: optional_id(row, "folder_id")?,
        rank: row.try_get("rank")?,
        folder_off: row.try_get::<Option<String>, _>("folder_use")?.as_deref() == Some("off"),
        tags: tags_in(row.try_get("tags")?)?,
        pinned_at: row.try_get("pinned_at")?,
        archived_at: row.try_get("archived_at")?,
        deleted_at: row.try_get("deleted_at")?,
    })
}

fn tags_in(kept: Option<String>) -> Result<Vec<String>> {
    Ok(kept.map(|kept| serde_json::from_str(&kept)).transpose().map_err(decode)?.unwrap_or_default())
}

fn tags_out(tags: &[String]) -> Option<String> {
    (!tags.is_empty()).then(|| super::json(&tags))
}
