//! The table `share`.

use crate::shares::{Share, SharesError, Snapshot};
use base::{Id, OwnerId, Timestamp};
use sqlx::{Row, any::AnyRow};
use store::{
    Db, WriteTransaction,
    columns::{count, id, json, optional_time, signed, time, to_json},
};

type Result<T> = std::result::Result<T, SharesError>;

/// A link as it is looked up by its address: whose it is, and what its password is kept as.
pub(crate) struct Found {
    pub(crate) share: Share,
    pub(crate) password: Option<String>,
}

const COLUMNS: &str = "s.id, s.conversation_id, s.token, s.title, s.shown, s.messages, s.password, s.created_at, \
     s.updated_at, s.expires_at, s.views, s.viewed_at";

pub(crate) async fn insert(
    db: &Db,
    owner: OwnerId,
    (share, snapshot): (&Share, &Snapshot),
    password: Option<String>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO share (id, owner, conversation_id, token, title, shown, snapshot, messages, password, \
         created_at, updated_at, expires_at, views) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0)",
    )
    .bind(share.id.to_string())
    .bind(owner.to_string())
    .bind(share.conversation_id.to_string())
    .bind(&share.token)
    .bind(&share.title)
    .bind(to_json(&share.shown))
    .bind(to_json(snapshot))
    .bind(signed(share.messages))
    .bind(password)
    .bind(share.created_at.millis())
    .bind(share.updated_at.millis())
    .bind(share.expires_at.map(Timestamp::millis))
    .execute(db.pool())
    .await?;
    Ok(())
}

/// Writes what its owner may change, but for the copy.
pub(crate) async fn update(
    transaction: &mut WriteTransaction,
    share: &Share,
    password: Option<String>,
) -> Result<()> {
    sqlx::query("UPDATE share SET expires_at = $2, password = $3 WHERE id = $1")
        .bind(share.id.to_string())
        .bind(share.expires_at.map(Timestamp::millis))
        .bind(password)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Puts another copy under the same address.
pub(crate) async fn replace(
    transaction: &mut WriteTransaction,
    share: &Share,
    snapshot: &Snapshot,
) -> Result<()> {
    sqlx::query(
        "UPDATE share SET title = $2, shown = $3, snapshot = $4, messages = $5, updated_at = $6 WHERE id = $1",
    )
    .bind(share.id.to_string())
    .bind(&share.title)
    .bind(to_json(&share.shown))
    .bind(to_json(snapshot))
    .bind(signed(share.messages))
    .bind(share.updated_at.millis())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// The links of an owner, the latest first; of one conversation, or of all that are not deleted.
pub(crate) async fn list(db: &Db, owner: OwnerId, conversation_id: Option<Id>) -> Result<Vec<Share>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM share s JOIN conversation c ON c.id = s.conversation_id \
         WHERE s.owner = $1 AND c.deleted_at IS NULL AND ($2 = '' OR s.conversation_id = $2) \
         ORDER BY s.created_at DESC, s.id DESC"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(owner.to_string())
        .bind(conversation_id.map(|id| id.to_string()).unwrap_or_default())
        .fetch_all(db.pool())
        .await?;
    rows.iter().map(read).collect()
}

/// A link of an owner.
pub(crate) async fn get(db: &Db, owner: OwnerId, id: Id) -> Result<Found> {
    let sql = format!("SELECT {COLUMNS} FROM share s WHERE s.id = $1 AND s.owner = $2");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(id.to_string())
        .bind(owner.to_string())
        .fetch_optional(db.pool())
        .await?;
    found(&row.ok_or(SharesError::NoShare(id))?)
}

/// The link of this address, where it leads anywhere at this moment.
pub(crate) async fn by_token(db: &Db, token: &str, now: Timestamp) -> Result<Found> {
    let sql = format!(
        "SELECT {COLUMNS} FROM share s JOIN conversation c ON c.id = s.conversation_id \
         WHERE s.token = $1 AND c.deleted_at IS NULL AND (s.expires_at IS NULL OR s.expires_at > $2)"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(token)
        .bind(now.millis())
        .fetch_optional(db.pool())
        .await?;
    found(&row.ok_or(SharesError::NoLink)?)
}

/// What a link leads to.
pub(crate) async fn snapshot(db: &Db, id: Id) -> Result<Snapshot> {
    let row = sqlx::query("SELECT snapshot FROM share WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(db.pool())
        .await?;
    Ok(json(&row.ok_or(SharesError::NoLink)?, "snapshot")?)
}

/// Counts somebody who read it.
pub(crate) async fn viewed(db: &Db, id: Id, now: Timestamp) -> Result<()> {
    sqlx::query("UPDATE share SET views = views + 1, viewed_at = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(now.millis())
        .execute(db.pool())
        .await?;
    Ok(())
}

/// Takes a link away, with the copy that it led to.
pub(crate) async fn delete(db: &Db, owner: OwnerId, id: Id) -> Result<()> {
    let done = sqlx::query("DELETE FROM share WHERE id = $1 AND owner = $2")
        .bind(id.to_string())
        .bind(owner.to_string())
        .execute(db.pool())
        .await?;
    if done.rows_affected() == 0 { Err(SharesError::NoShare(id)) } else { Ok(()) }
}

fn found(row: &AnyRow) -> Result<Found> {
    Ok(Found { share: read(row)?, password: row.try_get("password")? })
}

fn read(row: &AnyRow) -> Result<Share> {
    Ok(Share {
        id: id(row, "id")?,
        conversation_id: id(row, "conversation_id")?,
        token: row.try_get("token")?,
        title: row.try_get("title")?,
        shown: json(row, "shown")?,
        messages: count(row, "messages")?,
        has_password: row.try_get::<Option<String>, _>("password")?.is_some(),
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
        expires_at: optional_time(row, "expires_at")?,
        views: count(row, "views")?,
        viewed_at: optional_time(row, "viewed_at")?,
    })
}
