//! The queries on the table `mcp_server`.

use crate::model::Transport;
use base::{Id, OwnerId, Timestamp};
use sqlx::{AnyConnection, AnyPool, Row, any::AnyRow};
use store::{
    DbError,
    columns::{flag, id, json},
};

/// A server as it is kept; its secrets lie elsewhere.
#[derive(Debug, Clone)]
pub(crate) struct KeptServer {
    pub(crate) id: Id,
    pub(crate) owner: OwnerId,
    pub(crate) name: String,
    pub(crate) transport: Transport,
    pub(crate) enabled: bool,
}

fn kept(row: &AnyRow) -> Result<KeptServer, DbError> {
    Ok(KeptServer {
        id: id(row, "id")?,
        owner: id(row, "owner_id")?,
        name: row.try_get("name")?,
        transport: json(row, "transport")?,
        enabled: flag(row, "enabled")?,
    })
}

fn written(transport: &Transport) -> Result<String, DbError> {
    serde_json::to_string(transport).map_err(|error| DbError::malformed("mcp_server.transport", error))
}

/// All servers that were not removed, the oldest first.
pub(crate) async fn all(pool: &AnyPool) -> Result<Vec<KeptServer>, DbError> {
    let sql =
        "SELECT id, owner_id, name, transport, enabled FROM mcp_server WHERE deleted_at IS NULL ORDER BY id";
    sqlx::query(sql).fetch_all(pool).await?.iter().map(kept).collect()
}

/// One that was removed and not forgotten.
pub(crate) async fn removed(pool: &AnyPool, owner: OwnerId, id: Id) -> Result<Option<KeptServer>, DbError> {
    let sql = "SELECT id, owner_id, name, transport, enabled FROM mcp_server
         WHERE id = $1 AND owner_id = $2 AND deleted_at IS NOT NULL";
    let row = sqlx::query(sql).bind(id.to_string()).bind(owner.to_string()).fetch_optional(pool).await?;
    row.as_ref().map(kept).transpose()
}

/// Writes a new server.
pub(crate) async fn insert(
    connection: &mut AnyConnection,
    server: &KeptServer,
    now: Timestamp,
) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO mcp_server (id, owner_id, name, transport, enabled, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6)",
    )
    .bind(server.id.to_string())
    .bind(server.owner.to_string())
    .bind(&server.name)
    .bind(written(&server.transport)?)
    .bind(i64::from(server.enabled))
    .bind(now.millis())
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes what has changed of a server.
pub(crate) async fn update(
    connection: &mut AnyConnection,
    server: &KeptServer,
    now: Timestamp,
) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE mcp_server SET name = $1, transport = $2, enabled = $3, updated_at = $4 WHERE id = $5",
    )
    .bind(&server.name)
    .bind(written(&server.transport)?)
    .bind(i64::from(server.enabled))
    .bind(now.millis())
    .bind(server.id.to_string())
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes a server, or with `None` brings it back.
pub(crate) async fn mark(
    connection: &mut AnyConnection,
    id: Id,
    deleted_at: Option<Timestamp>,
) -> Result<(), DbError> {
    sqlx::query("UPDATE mcp_server SET deleted_at = $1 WHERE id = $2")
        .bind(deleted_at.map(Timestamp::millis))
        .bind(id.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// Forgets servers that were removed before `before`; answers which.
pub(crate) async fn forget(
    connection: &mut AnyConnection,
    before: Timestamp,
) -> Result<Vec<(OwnerId, Id)>, DbError> {
    let sql = "DELETE FROM mcp_server WHERE deleted_at < $1 RETURNING owner_id, id";
    let rows = sqlx::query(sql).bind(before.millis()).fetch_all(connection).await?;
    rows.iter().map(|row| Ok((id(row, "owner_id")?, id(row, "id")?))).collect()
}
