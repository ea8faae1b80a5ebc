//! The table `compare_merge`.

use super::Result;
use crate::merges::{Merge, MergeKind};
use base::Id;
use sqlx::{Row, any::AnyRow};
use store::{
    Db,
    columns::{id, json, time, to_json},
};

pub(crate) async fn insert(db: &Db, compare_id: Id, merge: &Merge) -> Result<()> {
    sqlx::query(
        "INSERT INTO compare_merge (id, compare_id, turn_id, kind, model, body, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(merge.id.to_string())
    .bind(compare_id.to_string())
    .bind(merge.turn_id.to_string())
    .bind(merge.kind.as_str())
    .bind(&merge.model)
    .bind(to_json(&merge.body))
    .bind(merge.created_at.millis())
    .execute(db.pool())
    .await?;
    Ok(())
}

/// What was made of the answers of a comparison, the first one first.
pub(crate) async fn all(db: &Db, compare_id: Id) -> Result<Vec<Merge>> {
    let rows = sqlx::query(
        "SELECT id, turn_id, kind, model, body, created_at FROM compare_merge WHERE compare_id = $1 ORDER BY id",
    )
    .bind(compare_id.to_string())
    .fetch_all(db.pool())
    .await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Merge> {
    let kind: String = row.try_get("kind")?;
    Ok(Merge {
        id: id(row, "id")?,
        turn_id: id(row, "turn_id")?,
        kind: MergeKind::from_name(&kind).unwrap_or(MergeKind::Own),
        model: row.try_get("model")?,
        body: json(row, "body")?,
        created_at: time(row, "created_at")?,
    })
}
