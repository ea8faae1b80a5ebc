//! The table `health_span`: how deployments and providers did.

use super::{count, id, signed};
use crate::health::{Histogram, Span};
use base::new_id;
use sqlx::{Row, any::AnyRow};
use std::collections::BTreeMap;
use store::{Db, DbError};

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

/// Which spans to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spans {
    /// Those of whole providers.
    Providers,
    /// Those of single deployments.
    Deployments,
}

/// The spans that begin from `from` up to but not including `until`, the oldest first.
pub(crate) async fn spans(db: &Db, which: Spans, (from, until): (i64, i64)) -> Result<Vec<Span>, DbError> {
    let sql = match which {
        Spans::Providers => {
            "SELECT * FROM health_span WHERE deployment = '' AND start_minute >= $1 AND start_minute < $2
             ORDER BY start_minute"
        }
        Spans::Deployments => {
            "SELECT * FROM health_span WHERE deployment <> '' AND start_minute >= $1 AND start_minute < $2
             ORDER BY start_minute"
        }
    };
    let rows = sqlx::query(sql).bind(from).bind(until).fetch_all(db.pool()).await?;
    rows.iter().map(span).collect()
}

/// The first minute in which each provider (or deployment) was seen.
pub(crate) async fn first_seen(db: &Db, which: Spans) -> Result<BTreeMap<String, i64>, DbError> {
    let sql = match which {
        Spans::Providers => {
            "SELECT provider AS name, MIN(start_minute) AS first FROM health_span WHERE deployment = ''
             GROUP BY provider"
        }
        Spans::Deployments => {
            "SELECT deployment AS name, MIN(start_minute) AS first FROM health_span WHERE deployment <> ''
             GROUP BY deployment"
        }
    };
    let rows = sqlx::query(sql).fetch_all(db.pool()).await?;
    rows.iter().map(|row| Ok((row.try_get("name")?, row.try_get("first")?))).collect()
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
