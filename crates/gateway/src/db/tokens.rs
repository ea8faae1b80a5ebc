//! What was learned of how models count: one line, written anew now and then.

use base::Timestamp;
use store::{
    Db, DbError,
    columns::{json, to_json},
};
use tokens::Calibrations;

/// The line's name.
const ALL: &str = "all";

/// What was learned before; nothing at first.
pub(crate) async fn calibrations(db: &Db) -> Result<Calibrations, DbError> {
    let row = sqlx::query("SELECT learned FROM token_calibration WHERE name = $1")
        .bind(ALL)
        .fetch_optional(db.pool())
        .await?;
    row.map_or_else(|| Ok(Calibrations::default()), |row| json(&row, "learned"))
}

/// Writes it down.
pub(crate) async fn keep_calibrations(
    db: &Db,
    learned: &Calibrations,
    now: Timestamp,
) -> Result<(), DbError> {
    let mut transaction = db.begin().await?;
    sqlx::query(
        "INSERT INTO token_calibration (name, learned, updated_at) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET learned = excluded.learned, updated_at = excluded.updated_at",
    )
    .bind(ALL)
    .bind(to_json(learned))
    .bind(now.millis())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(())
}
