//! The tables `persona_temper` and `persona_feeling`.

use super::{Result, decode, id, json, optional_id};
use crate::feelings::{Felt, Temperament, Toward};
use base::{Id, OwnerId, Timestamp};
use persona::feelings::{Event, Source};
use sqlx::{Row, any::AnyRow};
use store::Db;

/// Entries of a log that are read, the latest.
const LOG: i64 = 4_000;

/// How a persona is to feel; nothing where nobody said.
pub(crate) async fn temperament(db: &Db, owner: OwnerId, persona_id: Id) -> Result<Temperament> {
    let row = sqlx::query("SELECT settings FROM persona_temper WHERE owner = $1 AND persona_id = $2")
        .bind(owner.to_string())
        .bind(persona_id.to_string())
        .fetch_optional(db.pool())
        .await?;
    let Some(row) = row else { return Ok(Temperament::default()) };
    Ok(serde_json::from_str(&row.try_get::<String, _>("settings")?).map_err(decode)?)
}

/// Says how a persona is to feel.
pub(crate) async fn put_temperament(
    db: &Db,
    owner: OwnerId,
    persona_id: Id,
    wanted: &Temperament,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO persona_temper (owner, persona_id, settings) VALUES ($1, $2, $3) \
         ON CONFLICT (owner, persona_id) DO UPDATE SET settings = excluded.settings",
    )
    .bind(owner.to_string())
    .bind(persona_id.to_string())
    .bind(json(wanted))
    .execute(db.pool())
    .await?;
    Ok(())
}

/// Adds an entry to the log.
pub(crate) async fn add_feeling(db: &Db, owner: OwnerId, persona_id: Id, felt: &Felt) -> Result<()> {
    sqlx::query(
        "INSERT INTO persona_feeling \
         (id, owner, persona_id, toward, at, source, proposal, conversation_id, message_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(felt.id.to_string())
    .bind(owner.to_string())
    .bind(persona_id.to_string())
    .bind(felt.toward.to_string())
    .bind(felt.event.at_ms)
    .bind(felt.event.source.as_str())
    .bind(json(&felt.event.proposal))
    .bind(felt.conversation_id.map(|id| id.to_string()))
    .bind(felt.message_id.map(|id| id.to_string()))
    .execute(db.pool())
    .await?;
    Ok(())
}

/// The latest entries of a persona's log, the oldest first.
pub(crate) async fn feelings(db: &Db, owner: OwnerId, persona_id: Id) -> Result<Vec<Felt>> {
    let rows = sqlx::query(
        "SELECT id, toward, at, source, proposal, conversation_id, message_id, reverted_at FROM persona_feeling \
         WHERE owner = $1 AND persona_id = $2 ORDER BY at DESC, id DESC LIMIT $3",
    )
    .bind(owner.to_string())
    .bind(persona_id.to_string())
    .bind(LOG)
    .fetch_all(db.pool())
    .await?;
    rows.iter().rev().map(read).collect()
}

/// Whether a message has had its effect on a persona.
pub(crate) async fn was_felt(
    db: &Db,
    owner: OwnerId,
    persona_id: Id,
    (message_id, source): (Id, Source),
) -> Result<bool> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS n FROM persona_feeling \
         WHERE owner = $1 AND persona_id = $2 AND message_id = $3 AND source = $4",
    )
    .bind(owner.to_string())
    .bind(persona_id.to_string())
    .bind(message_id.to_string())
    .bind(source.as_str())
    .fetch_one(db.pool())
    .await?;
    Ok(row.try_get::<i64, _>("n")? > 0)
}

/// Takes an entry back, or lets it count again; says whether there is such an entry.
pub(crate) async fn set_reverted(
    db: &Db,
    owner: OwnerId,
    (persona_id, event_id): (Id, Id),
    at: Option<Timestamp>,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE persona_feeling SET reverted_at = $4 WHERE owner = $1 AND persona_id = $2 AND id = $3",
    )
    .bind(owner.to_string())
    .bind(persona_id.to_string())
    .bind(event_id.to_string())
    .bind(at.map(Timestamp::millis))
    .execute(db.pool())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets the whole log of a persona.
pub(crate) async fn forget_feelings(db: &Db, owner: OwnerId, persona_id: Id) -> Result<()> {
    sqlx::query("DELETE FROM persona_feeling WHERE owner = $1 AND persona_id = $2")
        .bind(owner.to_string())
        .bind(persona_id.to_string())
        .execute(db.pool())
        .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Felt> {
    let (toward, source, proposal): (String, String, String) =
        (row.try_get("toward")?, row.try_get("source")?, row.try_get("proposal")?);
    let reverted_at: Option<i64> = row.try_get("reverted_at")?;
    let source = if source == Source::Model.as_str() { Source::Model } else { Source::Words };
    Ok(Felt {
        id: id(row, "id")?,
        toward: Toward::from_name(&toward),
        event: Event {
            at_ms: row.try_get("at")?,
            source,
            proposal: serde_json::from_str(&proposal).map_err(decode)?,
        },
        conversation_id: optional_id(row, "conversation_id")?,
        message_id: optional_id(row, "message_id")?,
        reverted_at: reverted_at.map(Timestamp::from_millis),
    })
}
