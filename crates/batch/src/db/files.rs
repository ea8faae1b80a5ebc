//! The table `batch_file`.

use super::{key_text, submitter};
use crate::model::File;
use base::{Id, Timestamp};
use gateway::Submitter;
use sqlx::{Row, any::AnyRow};
use store::{
    Db, DbError,
    columns::{count, id, signed, time},
};

pub(crate) async fn insert_file(db: &Db, file: &File) -> Result<(), DbError> {
    let mut transaction = db.begin().await?;
    sqlx::query(
        "INSERT INTO batch_file (id, owner_id, key_id, name, sha256, size_bytes, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(file.id.to_string())
    .bind(file.submitter.owner.to_string())
    .bind(key_text(file.submitter.key_id))
    .bind(file.name.as_str())
    .bind(file.sha256.as_str())
    .bind(signed(file.size_bytes))
    .bind(file.created_at.millis())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// A file of this submitter; the owner has those of every key.
pub(crate) async fn file(db: &Db, of: Submitter, wanted: Id) -> Result<Option<File>, DbError> {
    let row =
        sqlx::query("SELECT * FROM batch_file WHERE id = $1 AND owner_id = $2 AND ($3 = '' OR key_id = $3)")
            .bind(wanted.to_string())
            .bind(of.owner.to_string())
            .bind(key_text(of.key_id))
            .fetch_optional(db.pool())
            .await?;
    row.as_ref().map(read).transpose()
}

/// Files of this submitter, the newest first, behind `before`.
pub(crate) async fn files(
    db: &Db,
    of: Submitter,
    before: Option<Id>,
    limit: u32,
) -> Result<Vec<File>, DbError> {
    let rows = sqlx::query(
        "SELECT * FROM batch_file WHERE owner_id = $1 AND ($2 = '' OR key_id = $2) AND ($3 = '' OR id < $3)
         ORDER BY id DESC LIMIT $4",
    )
    .bind(of.owner.to_string())
    .bind(key_text(of.key_id))
    .bind(before.map_or_else(String::new, |id| id.to_string()))
    .bind(i64::from(limit))
    .fetch_all(db.pool())
    .await?;
    rows.iter().map(read).collect()
}

/// Deletes a file of this submitter; `false` where there is none.
pub(crate) async fn delete_file(db: &Db, of: Submitter, wanted: Id) -> Result<bool, DbError> {
    let mut transaction = db.begin().await?;
    let done =
        sqlx::query("DELETE FROM batch_file WHERE id = $1 AND owner_id = $2 AND ($3 = '' OR key_id = $3)")
            .bind(wanted.to_string())
            .bind(of.owner.to_string())
            .bind(key_text(of.key_id))
            .execute(&mut *transaction)
            .await?;
    transaction.commit().await?;
    Ok(done.rows_affected() > 0)
}

/// Files that came before `before`, whosever they are.
pub(crate) async fn files_before(db: &Db, before: Timestamp) -> Result<Vec<File>, DbError> {
    let rows = sqlx::query("SELECT * FROM batch_file WHERE created_at < $1")
        .bind(before.millis())
        .fetch_all(db.pool())
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<File, DbError> {
    Ok(File {
        id: id(row, "id")?,
        submitter: submitter(row)?,
        name: row.try_get("name")?,
        sha256: row.try_get("sha256")?,
        size_bytes: count(row, "size_bytes")?,
        created_at: time(row, "created_at")?,
    })
}
