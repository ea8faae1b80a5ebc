//! The tables `exchange_body` and `exchange_day`: what is kept of requests and replies, and the sums of exchanges
//! that were forgotten.

use base::{Id, OwnerId, Timestamp};
use sqlx::Row;
use store::{
    Db, DbError,
    columns::{count, signed, time},
};

const DAY_MS: i64 = 86_400_000;

/// Keeps a sealed body; one that is there already stays.
pub(crate) async fn keep_body(
    db: &Db,
    (exchange, owner): (Id, OwnerId),
    sealed: &[u8],
) -> Result<(), DbError> {
    let mut transaction = db.begin().await?;
    sqlx::query(
        "INSERT INTO exchange_body (exchange_id, owner_id, kept_at, sealed, bytes) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (exchange_id) DO NOTHING",
    )
    .bind(exchange.to_string())
    .bind(owner.to_string())
    .bind(db.now().millis())
    .bind(sealed)
    .bind(signed(sealed.len() as u64))
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// A sealed body, and when it was kept.
pub(crate) async fn body(
    db: &Db,
    owner: OwnerId,
    exchange: Id,
) -> Result<Option<(Vec<u8>, Timestamp)>, DbError> {
    let row =
        sqlx::query("SELECT sealed, kept_at FROM exchange_body WHERE owner_id = $1 AND exchange_id = $2")
            .bind(owner.to_string())
            .bind(exchange.to_string())
            .fetch_optional(db.pool())
            .await?;
    row.map(|row| Ok((row.try_get("sealed")?, time(&row, "kept_at")?))).transpose()
}

/// How many bodies an owner has, and how many bytes they take.
pub(crate) async fn body_figures(db: &Db, owner: OwnerId) -> Result<(u64, u64), DbError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS bodies, CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes FROM exchange_body
         WHERE owner_id = $1",
    )
    .bind(owner.to_string())
    .fetch_one(db.pool())
    .await?;
    Ok((count(&row, "bodies")?, count(&row, "bytes")?))
}

/// Forgets bodies kept before this moment, or with `None` all.
pub(crate) async fn forget_bodies(db: &Db, before: Option<Timestamp>) -> Result<u64, DbError> {
    let mut transaction = db.begin().await?;
    let done = sqlx::query("DELETE FROM exchange_body WHERE kept_at < $1")
        .bind(before.map_or(i64::MAX, Timestamp::millis))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(done.rows_affected())
}

const SUM_UP: &str =
    "INSERT INTO exchange_day (owner_id, started_at, key_id, project, name, provider, requests, failures,
        estimated, cached, input_tokens, cached_input_tokens, output_tokens, cost_nanos, saved_nanos,
        baseline_nanos, prompt_saved_nanos)
    SELECT owner_id, $1, COALESCE(key_id, ''), COALESCE(project, ''), COALESCE(deployment, route),
        COALESCE(provider, ''), COUNT(*),
        CAST(SUM(CASE WHEN outcome IN ('failed', 'interrupted') THEN 1 ELSE 0 END) AS BIGINT),
        CAST(SUM(estimated) AS BIGINT), CAST(SUM(cache_hit) AS BIGINT),
        CAST(SUM(input_tokens + cached_input_tokens + cache_write_tokens) AS BIGINT),
        CAST(SUM(cached_input_tokens) AS BIGINT), CAST(SUM(output_tokens) AS BIGINT),
        CAST(SUM(cost_nanos) AS BIGINT), CAST(SUM(saved_nanos) AS BIGINT),
        CAST(SUM(baseline_nanos) AS BIGINT), CAST(SUM(prompt_saved_nanos) AS BIGINT)
    FROM exchange WHERE started_at >= $1 AND started_at < $2
    GROUP BY owner_id, COALESCE(key_id, ''), COALESCE(project, ''), COALESCE(deployment, route),
        COALESCE(provider, '')
    ON CONFLICT (owner_id, started_at, key_id, project, name, provider) DO UPDATE SET
        requests = exchange_day.requests + excluded.requests,
        failures = exchange_day.failures + excluded.failures,
        estimated = exchange_day.estimated + excluded.estimated,
        cached = exchange_day.cached + excluded.cached,
        input_tokens = exchange_day.input_tokens + excluded.input_tokens,
        cached_input_tokens = exchange_day.cached_input_tokens + excluded.cached_input_tokens,
        output_tokens = exchange_day.output_tokens + excluded.output_tokens,
        cost_nanos = exchange_day.cost_nanos + excluded.cost_nanos,
        saved_nanos = exchange_day.saved_nanos + excluded.saved_nanos,
        baseline_nanos = exchange_day.baseline_nanos + excluded.baseline_nanos,
        prompt_saved_nanos = exchange_day.prompt_saved_nanos + excluded.prompt_saved_nanos";

/// Forgets the exchanges of whole days before this moment; what they came to is added to the days' sums in the
/// same transaction, a day at a time, so that no sum ever changes. Returns how many there were.
pub(crate) async fn forget_exchanges(db: &Db, before: Timestamp) -> Result<u64, DbError> {
    let end = before.millis().div_euclid(DAY_MS).saturating_mul(DAY_MS);
    let mut forgotten = 0;
    loop {
        let row = sqlx::query("SELECT MIN(started_at) AS first FROM exchange_row WHERE started_at < $1")
            .bind(end)
            .fetch_one(db.pool())
            .await?;
        let Some(first) = row.try_get::<Option<i64>, _>("first")? else { break };
        let day = first.div_euclid(DAY_MS) * DAY_MS;
        let mut transaction = db.begin().await?;
        sqlx::query(SUM_UP).bind(day).bind(day + DAY_MS).execute(&mut *transaction).await?;
        sqlx::query(
            "DELETE FROM exchange_body WHERE exchange_id IN
                (SELECT id FROM exchange_row WHERE started_at >= $1 AND started_at < $2)",
        )
        .bind(day)
        .bind(day + DAY_MS)
        .execute(&mut *transaction)
        .await?;
        let done = sqlx::query("DELETE FROM exchange_row WHERE started_at >= $1 AND started_at < $2")
            .bind(day)
            .bind(day + DAY_MS)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        forgotten += done.rows_affected();
    }
    // Of those that were seen last before then, nothing is left.
    let mut transaction = db.begin().await?;
    sqlx::query("DELETE FROM exchange_kind WHERE seen_at < $1").bind(end).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(forgotten)
}
