//! Questions with pictures.

use super::Result;
use crate::model::Image;
use base::{Id, Timestamp};
use sqlx::Row;
use store::{
    Db,
    columns::{id, to_json},
};

/// A question's pictures as they lie there.
pub(crate) struct Pictured {
    pub(crate) id: Id,
    pub(crate) images: String,
}

/// Some questions from before a moment that have pictures, behind the one with the id `after`.
pub(crate) async fn old(db: &Db, before: Timestamp, after: &str) -> Result<Vec<Pictured>> {
    // Pictures are large: few at a time.
    let rows = sqlx::query(
        "SELECT id, images FROM compare_turn \
         WHERE id > $1 AND created_at < $2 AND images LIKE '%\"data\":\"%' ORDER BY id LIMIT 20",
    )
    .bind(after.to_owned())
    .bind(before.millis())
    .fetch_all(db.pool())
    .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        found.push(Pictured { id: id(row, "id")?, images: row.try_get("images")? });
    }
    Ok(found)
}

/// Writes other pictures, unless somebody else did meanwhile.
pub(crate) async fn replace(db: &Db, asked: &Pictured, images: &[Image]) -> Result<bool> {
    let done = sqlx::query("UPDATE compare_turn SET images = $2 WHERE id = $1 AND images = $3")
        .bind(asked.id.to_string())
        .bind(to_json(images))
        .bind(asked.images.clone())
        .execute(db.pool())
        .await?;
    Ok(done.rows_affected() > 0)
}
