//! The tables `persona_question` and `persona_check`.

use super::{Result, decode, id, json};
use crate::checks::{Check, CheckBody, CheckState};
use base::{Id, OwnerId, Timestamp};
use persona::consistency::Question;
use sqlx::{Row, any::AnyRow};
use store::Db;

/// A person's own questions for a persona.
pub(crate) async fn questions(db: &Db, owner: OwnerId, persona_id: Id) -> Result<Option<Vec<Question>>> {
    let row = sqlx::query("SELECT questions FROM persona_question WHERE owner = $1 AND persona_id = $2")
        .bind(owner.to_string())
        .bind(persona_id.to_string())
        .fetch_optional(db.pool())
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(serde_json::from_str(&row.try_get::<String, _>("questions")?).map_err(decode)?))
}

/// Keeps a person's own questions; none go back to those of the card.
pub(crate) async fn put_questions(
    db: &Db,
    owner: OwnerId,
    persona_id: Id,
    wanted: &[Question],
) -> Result<()> {
    if wanted.is_empty() {
        sqlx::query("DELETE FROM persona_question WHERE owner = $1 AND persona_id = $2")
            .bind(owner.to_string())
            .bind(persona_id.to_string())
            .execute(db.pool())
            .await?;
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO persona_question (owner, persona_id, questions, updated_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (owner, persona_id) DO UPDATE SET questions = excluded.questions, updated_at = excluded.updated_at",
    )
    .bind(owner.to_string())
    .bind(persona_id.to_string())
    .bind(json(&wanted))
    .bind(db.now().millis())
    .execute(db.pool())
    .await?;
    Ok(())
}

/// Writes down a run as it is now.
pub(crate) async fn put_check(db: &Db, owner: OwnerId, check: &Check) -> Result<()> {
    sqlx::query(
        "INSERT INTO persona_check (id, owner, persona_id, persona_version, state, body, created_at, finished_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET \
         state = excluded.state, body = excluded.body, finished_at = excluded.finished_at",
    )
    .bind(check.id.to_string())
    .bind(owner.to_string())
    .bind(check.persona_id.to_string())
    .bind(i64::try_from(check.persona_version).unwrap_or(i64::MAX))
    .bind(check.state.as_str())
    .bind(json(&check.body))
    .bind(check.created_at.millis())
    .bind(check.finished_at.map(Timestamp::millis))
    .execute(db.pool())
    .await?;
    Ok(())
}

/// A run.
pub(crate) async fn check(db: &Db, owner: OwnerId, check_id: Id) -> Result<Option<Check>> {
    let row = sqlx::query(
        "SELECT id, persona_id, persona_version, state, body, created_at, finished_at FROM persona_check \
         WHERE id = $1 AND owner = $2",
    )
    .bind(check_id.to_string())
    .bind(owner.to_string())
    .fetch_optional(db.pool())
    .await?;
    row.as_ref().map(read).transpose()
}

/// The runs of a persona, the latest first.
pub(crate) async fn checks(db: &Db, owner: OwnerId, persona_id: Id, limit: u32) -> Result<Vec<Check>> {
    let rows = sqlx::query(
        "SELECT id, persona_id, persona_version, state, body, created_at, finished_at FROM persona_check \
         WHERE owner = $1 AND persona_id = $2 ORDER BY created_at DESC, id DESC LIMIT $3",
    )
    .bind(owner.to_string())
    .bind(persona_id.to_string())
    .bind(i64::from(limit))
    .fetch_all(db.pool())
    .await?;
    rows.iter().map(read).collect()
}

/// Forgets a run; says whether there was one.
pub(crate) async fn delete_check(db: &Db, owner: OwnerId, check_id: Id) -> Result<bool> {
    let done = sqlx::query("DELETE FROM persona_check WHERE id = $1 AND owner = $2")
        .bind(check_id.to_string())
        .bind(owner.to_string())
        .execute(db.pool())
        .await?;
    Ok(done.rows_affected() == 1)
}

fn read(row: &AnyRow) -> Result<Check> {
    let (state, body): (String, String) = (row.try_get("state")?, row.try_get("body")?);
    let finished_at: Option<i64> = row.try_get("finished_at")?;
    Ok(Check {
        id: id(row, "id")?,
        persona_id: id(row, "persona_id")?,
        persona_version: u64::try_from(row.try_get::<i64, _>("persona_version")?).unwrap_or(0),
        state: CheckState::from_name(&state),
        body: serde_json::from_str::<CheckBody>(&body).map_err(decode)?,
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
        finished_at: finished_at.map(Timestamp::from_millis),
    })
}
