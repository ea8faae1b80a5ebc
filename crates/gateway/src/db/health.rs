//! The table `health_span`: how deployments and providers did.

use base::new_id;
use routing::{health::Histogram, sla::Span};
use sqlx::{Row, any::AnyRow};
use std::collections::BTreeMap;
use store::{
    Db, DbError,
    columns::{count, id, signed},
};

/// Minutes of an hour.
const HOUR: i64 = 60;
/// Rows added up in one transaction at the most.
const ROLLED_AT_ONCE: i64 = 5_000;

/// Writes spans; those that are there already stay as they are.
pub(crate) async fn insert_spans(db: &Db, spans: &[Span]) -> Result<(), DbError> {
    let mut transaction = db.begin().await?;
    for span in spans {
        insert(&mut transaction, span).await?;
    }
    transaction.commit().await
}

async fn insert(connection: &mut sqlx::AnyConnection, span: &Span) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO health_span (run_id, start_minute, minutes, provider, deployment, calls, failures, limited,
            down_minutes, output_tokens, latency, first_token)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT (start_minute, provider, deployment, run_id) DO NOTHING",
    )
    .bind(span.run.to_string())
    .bind(span.start_minute)
    .bind(span.minutes)
    .bind(span.provider.as_str())
    .bind(span.deployment.as_str())
    .bind(signed(span.calls))
    .bind(signed(span.failures))
    .bind(signed(span.limited))
    .bind(signed(span.down_minutes))
    .bind(signed(span.output_tokens))
    .bind(span.latency_ms.to_text())
    .bind(span.first_token_ms.to_text())
    .execute(connection)
    .await?;
    Ok(())
}

/// The spans of whole providers that begin from `from` up to but not including `until`, the oldest first.
pub(crate) async fn provider_spans(db: &Db, (from, until): (i64, i64)) -> Result<Vec<Span>, DbError> {
    let rows = sqlx::query(
        "SELECT * FROM health_span WHERE deployment = '' AND start_minute >= $1 AND start_minute < $2
         ORDER BY start_minute",
    )
    .bind(from)
    .bind(until)
    .fetch_all(db.pool())
    .await?;
    rows.iter().map(span).collect()
}

/// The first minute in which each provider was called.
pub(crate) async fn first_called(db: &Db) -> Result<BTreeMap<String, i64>, DbError> {
    let rows = sqlx::query(
        "SELECT provider, MIN(start_minute) AS first_minute FROM health_span WHERE deployment = ''
         GROUP BY provider",
    )
    .fetch_all(db.pool())
    .await?;
    rows.iter().map(|row| Ok((row.try_get("provider")?, row.try_get("first_minute")?))).collect()
}

/// What a deployment did, added up, and the first minute in which it was called at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) deployment: String,
    pub(crate) first_minute: i64,
    pub(crate) calls: u64,
    pub(crate) failures: u64,
    pub(crate) down_minutes: u64,
}

/// What each deployment did from `from` on.
pub(crate) async fn deployment_sums(db: &Db, from: i64) -> Result<Vec<Sums>, DbError> {
    let rows = sqlx::query(
        "SELECT deployment, CAST(SUM(calls) AS BIGINT) AS calls, CAST(SUM(failures) AS BIGINT) AS failures,
            CAST(SUM(down_minutes) AS BIGINT) AS down_minutes,
            (SELECT MIN(start_minute) FROM health_span AS other WHERE other.deployment = recent.deployment)
                AS first_minute
         FROM health_span AS recent WHERE deployment <> '' AND start_minute >= $1 GROUP BY deployment",
    )
    .bind(from)
    .fetch_all(db.pool())
    .await?;
    let sums = |row: &AnyRow| {
        Ok(Sums {
            deployment: row.try_get("deployment")?,
            first_minute: row.try_get("first_minute")?,
            calls: count(row, "calls")?,
            failures: count(row, "failures")?,
            down_minutes: count(row, "down_minutes")?,
        })
    };
    rows.iter().map(sums).collect()
}

/// Adds minutes before `before` up to hours. Where two programs do it at once, one of them undoes it.
pub(crate) async fn roll_up(db: &Db, before: i64) -> Result<(), DbError> {
    // Whole hours only: the end of an hour's minutes may still be to come.
    let before = before.div_euclid(HOUR) * HOUR;
    loop {
        let mut transaction = db.begin().await?;
        let first: Option<i64> = sqlx::query(
            "SELECT MIN(start_minute) AS first FROM health_span WHERE minutes = 1 AND start_minute < $1",
        )
        .bind(before)
        .fetch_one(&mut *transaction)
        .await?
        .try_get("first")?;
        let Some(first) = first else { return Ok(()) };
        let hour = first.div_euclid(HOUR) * HOUR;
        let rows = sqlx::query(
            "SELECT * FROM health_span WHERE minutes = 1 AND start_minute >= $1 AND start_minute < $2 LIMIT $3",
        )
        .bind(hour)
        .bind(hour + HOUR)
        .bind(ROLLED_AT_ONCE)
        .fetch_all(&mut *transaction)
        .await?;
        // Minutes that come late make another row for the same hour.
        let run = new_id();
        let mut hours: BTreeMap<(String, String), Span> = BTreeMap::new();
        let mut deleted = 0;
        for row in &rows {
            let minute = span(row)?;
            deleted += sqlx::query(
                "DELETE FROM health_span WHERE start_minute = $1 AND provider = $2 AND deployment = $3 AND run_id = $4",
            )
            .bind(minute.start_minute)
            .bind(minute.provider.as_str())
            .bind(minute.deployment.as_str())
            .bind(minute.run.to_string())
            .execute(&mut *transaction)
            .await?
            .rows_affected();
            let key = (minute.provider.clone(), minute.deployment.clone());
            hours
                .entry(key)
                .or_insert_with(|| Span::empty(run, (hour, HOUR), &minute.provider, &minute.deployment))
                .add(&minute);
        }
        if deleted != rows.len() as u64 {
            return transaction.rollback().await;
        }
        for whole in hours.values() {
            insert(&mut transaction, whole).await?;
        }
        transaction.commit().await?;
    }
}

/// Deletes what began before.
pub(crate) async fn forget_spans(db: &Db, before: i64) -> Result<(), DbError> {
    let mut transaction = db.begin().await?;
    sqlx::query("DELETE FROM health_span WHERE start_minute < $1")
        .bind(before)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

fn span(row: &AnyRow) -> Result<Span, DbError> {
    let histogram = |column: &'static str| -> Result<Histogram, DbError> {
        let text: String = row.try_get(column)?;
        Ok(Histogram::from_text(&text))
    };
    Ok(Span {
        run: id(row, "run_id")?,
        start_minute: row.try_get("start_minute")?,
        minutes: row.try_get("minutes")?,
        provider: row.try_get("provider")?,
        deployment: row.try_get("deployment")?,
        calls: count(row, "calls")?,
        failures: count(row, "failures")?,
        limited: count(row, "limited")?,
        down_minutes: count(row, "down_minutes")?,
        output_tokens: count(row, "output_tokens")?,
        latency_ms: histogram("latency")?,
        first_token_ms: histogram("first_token")?,
    })
}
