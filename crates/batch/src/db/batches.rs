//! The tables `batch` and `batch_part`.

use super::{key_text, named, optional_count, optional_id, small, submitter};
use crate::model::{Batch, BatchState, Counts, Endpoint, Line, Part, PartState};
use base::{Id, Money, Timestamp};
use gateway::{Project, Submitter};
use sqlx::{Any, AnyConnection, Row, any::AnyRow, query::Query};
use std::{fmt::Write as _, sync::LazyLock};
use store::{
    Db, DbError,
    columns::{count, id, json, optional_json, optional_time, signed, time, to_json},
};

/// Writes a new batch down with its parts and lines.
pub(crate) async fn insert(
    connection: &mut AnyConnection,
    batch: &Batch,
    parts: &[Part],
    lines: &[Line],
) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO batch (id, owner_id, key_id, project, endpoint, file_id, sha256, title, state, metadata, problems,
            lines, created_at, expires_at, ended_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(batch.id.to_string())
    .bind(batch.submitter.owner.to_string())
    .bind(key_text(batch.submitter.key_id))
    .bind(batch.submitter.project.as_ref().map(Project::as_str))
    .bind(batch.endpoint.as_str())
    .bind(key_text(batch.file_id))
    .bind(batch.sha256.as_str())
    .bind(batch.title.as_str())
    .bind(batch.state.as_str())
    .bind(batch.metadata.to_string())
    .bind(to_json(&batch.problems))
    .bind(signed(batch.counts.total))
    .bind(batch.created_at.millis())
    .bind(batch.expires_at.millis())
    .bind(batch.ended_at.map(Timestamp::millis))
    .execute(&mut *connection)
    .await?;
    for part in parts {
        sqlx::query(
            "INSERT INTO batch_part (batch_id, number, deployment, state, not_ours, polls)
             VALUES ($1, $2, $3, $4, '[]', 0)",
        )
        .bind(batch.id.to_string())
        .bind(i64::from(part.number))
        .bind(part.deployment.as_deref().unwrap_or_default())
        .bind(part.state.as_str())
        .execute(&mut *connection)
        .await?;
    }
    let mut left = lines;
    for (rows, sql) in INSERTS.iter() {
        while let Some((some, rest)) = left.split_at_checked(*rows) {
            let query = sqlx::query(sqlx::AssertSqlSafe(sql.as_str()));
            some.iter()
                .fold(query, |query, line| bind(query, batch.id, line))
                .execute(&mut *connection)
                .await?;
            left = rest;
        }
    }
    Ok(())
}

/// What a line is written with.
const LINE_COLUMNS: usize = 9;
/// Rows a statement, largest first; a batch may have fifty thousand.
static INSERTS: LazyLock<[(usize, String); 2]> =
    LazyLock::new(|| [12, 1].map(|rows| (rows, insert_statement(rows))));

fn insert_statement(rows: usize) -> String {
    let mut sql = String::from(
        "INSERT INTO batch_line (batch_id, number, part, custom_id, exchange_id, model, body_start, body_bytes,
            worst_nanos, state, cost_nanos) VALUES ",
    );
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 1..=LINE_COLUMNS {
            // Writing to a string cannot fail.
            let _ = write!(sql, "${}, ", row * LINE_COLUMNS + column);
        }
        sql.push_str("'waiting', 0)");
    }
    sql
}

type AnyQuery<'q> = Query<'q, Any, <Any as sqlx::Database>::Arguments>;

fn bind<'q>(query: AnyQuery<'q>, batch: Id, line: &'q Line) -> AnyQuery<'q> {
    query
        .bind(batch.to_string())
        .bind(signed(line.number))
        .bind(i64::from(line.part))
        .bind(line.custom_id.as_str())
        .bind(line.exchange_id.to_string())
        .bind(line.model.as_str())
        .bind(signed(line.body_start))
        .bind(signed(line.body_bytes))
        .bind(line.worst_case.map(Money::nanos))
}

/// Which batches.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchFilter {
    pub(crate) of: Submitter,
    /// Only those whose lines ask for this.
    pub(crate) endpoints: Option<Endpoint>,
    /// Only those that are not for this.
    pub(crate) not: Option<Endpoint>,
    pub(crate) before: Option<Id>,
    pub(crate) after: Option<Id>,
    pub(crate) limit: u32,
}

/// A batch of this submitter; the owner has those of every key.
pub(crate) async fn batch(db: &Db, of: Submitter, wanted: Id) -> Result<Option<Batch>, DbError> {
    let row = sqlx::query("SELECT * FROM batch WHERE id = $1 AND owner_id = $2 AND ($3 = '' OR key_id = $3)")
        .bind(wanted.to_string())
        .bind(of.owner.to_string())
        .bind(key_text(of.key_id))
        .fetch_optional(db.pool())
        .await?;
    match row {
        Some(row) => Ok(Some(with_counts(db, read(&row)?).await?)),
        None => Ok(None),
    }
}

/// Batches, the newest first; with `after` those next to it, still the newest first.
pub(crate) async fn batches(db: &Db, filter: &BatchFilter) -> Result<Vec<Batch>, DbError> {
    let sql = if filter.after.is_some() {
        "SELECT * FROM batch WHERE owner_id = $1 AND ($2 = '' OR key_id = $2) AND ($3 = '' OR endpoint = $3)
             AND endpoint <> $4 AND id > $5 ORDER BY id LIMIT $6"
    } else {
        "SELECT * FROM batch WHERE owner_id = $1 AND ($2 = '' OR key_id = $2) AND ($3 = '' OR endpoint = $3)
             AND endpoint <> $4 AND ($5 = '' OR id < $5) ORDER BY id DESC LIMIT $6"
    };
    let rows = sqlx::query(sql)
        .bind(filter.of.owner.to_string())
        .bind(key_text(filter.of.key_id))
        .bind(filter.endpoints.map_or("", Endpoint::as_str))
        .bind(filter.not.map_or("", Endpoint::as_str))
        .bind(key_text(filter.after.or(filter.before)))
        .bind(i64::from(filter.limit))
        .fetch_all(db.pool())
        .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        found.push(with_counts(db, read(row)?).await?);
    }
    if filter.after.is_some() {
        found.reverse();
    }
    Ok(found)
}

/// Batches that are not over, whosever they are.
pub(crate) async fn unfinished(db: &Db) -> Result<Vec<Batch>, DbError> {
    let rows = sqlx::query("SELECT * FROM batch WHERE state IN ('running', 'cancelling') ORDER BY id")
        .fetch_all(db.pool())
        .await?;
    rows.iter().map(read).collect()
}

/// Batches that were over before `before`, whosever they are.
pub(crate) async fn ended_before(db: &Db, before: Timestamp) -> Result<Vec<Batch>, DbError> {
    let rows =
        sqlx::query("SELECT * FROM batch WHERE ended_at < $1").bind(before.millis()).fetch_all(db.pool());
    rows.await?.iter().map(read).collect()
}

/// How many batches there are in each state, whosever they are.
pub(crate) async fn state_counts(db: &Db) -> Result<Vec<(BatchState, u64)>, DbError> {
    let rows = sqlx::query("SELECT state, COUNT(*) AS batches FROM batch GROUP BY state ORDER BY state")
        .fetch_all(db.pool())
        .await?;
    rows.iter().map(|row| Ok((named(row, "state", BatchState::from_name)?, count(row, "batches")?))).collect()
}

/// Asks a batch that runs to stop.
pub(crate) async fn to_cancelling(db: &Db, wanted: Id, now: Timestamp) -> Result<(), DbError> {
    let mut transaction = db.begin().await?;
    sqlx::query(
        "UPDATE batch SET state = 'cancelling', cancelled_at = $1 WHERE id = $2 AND state = 'running'",
    )
    .bind(now.millis())
    .bind(wanted.to_string())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// How a batch ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    pub(crate) state: BatchState,
    pub(crate) at: Timestamp,
    pub(crate) output_bytes: Option<u64>,
    pub(crate) errors_bytes: Option<u64>,
    pub(crate) counts: Counts,
}

/// Writes down that a batch is over; only the first time counts.
pub(crate) async fn end(db: &Db, wanted: Id, ending: Ending) -> Result<(), DbError> {
    let mut transaction = db.begin().await?;
    sqlx::query(
        "UPDATE batch SET state = $1, ended_at = $2, output_bytes = $3, errors_bytes = $4, counts = $5
         WHERE id = $6 AND state IN ('running', 'cancelling')",
    )
    .bind(ending.state.as_str())
    .bind(ending.at.millis())
    .bind(ending.output_bytes.map(signed))
    .bind(ending.errors_bytes.map(signed))
    .bind(to_json(&ending.counts))
    .bind(wanted.to_string())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// Forgets a batch with everything in it.
pub(crate) async fn delete(db: &Db, wanted: Id) -> Result<(), DbError> {
    let mut transaction = db.begin().await?;
    for sql in [
        "DELETE FROM batch_line WHERE batch_id = $1",
        "DELETE FROM batch_part WHERE batch_id = $1",
        "DELETE FROM batch WHERE id = $1",
    ] {
        sqlx::query(sql).bind(wanted.to_string()).execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

/// The parts of a batch.
pub(crate) async fn parts(db: &Db, wanted: Id) -> Result<Vec<Part>, DbError> {
    let rows = sqlx::query("SELECT * FROM batch_part WHERE batch_id = $1 ORDER BY number")
        .bind(wanted.to_string())
        .fetch_all(db.pool())
        .await?;
    rows.iter().map(part).collect()
}

/// Writes down how a part stands.
pub(crate) async fn save_part(db: &Db, batch: Id, part: &Part) -> Result<(), DbError> {
    let mut transaction = db.begin().await?;
    sqlx::query(
        "UPDATE batch_part SET deployment = $1, state = $2, upstream_id = $3, submitted_at = $4, not_ours = $5,
            polls = $6 WHERE batch_id = $7 AND number = $8",
    )
    .bind(part.deployment.as_deref().unwrap_or_default())
    .bind(part.state.as_str())
    .bind(part.upstream_id.as_deref())
    .bind(part.submitted_at.map(Timestamp::millis))
    .bind(to_json(&part.not_ours))
    .bind(i64::from(part.polls))
    .bind(batch.to_string())
    .bind(i64::from(part.number))
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

fn part(row: &AnyRow) -> Result<Part, DbError> {
    let deployment: String = row.try_get("deployment")?;
    Ok(Part {
        number: small(row, "number")?,
        deployment: (!deployment.is_empty()).then_some(deployment),
        state: named(row, "state", PartState::from_name)?,
        upstream_id: row.try_get("upstream_id")?,
        submitted_at: optional_time(row, "submitted_at")?,
        not_ours: json(row, "not_ours")?,
        polls: small(row, "polls")?,
    })
}

async fn with_counts(db: &Db, batch: Batch) -> Result<Batch, DbError> {
    if batch.state.is_over() {
        return Ok(batch);
    }
    let counts = super::counts(db, batch.id).await?;
    Ok(Batch { counts: Counts { total: batch.counts.total, ..counts }, ..batch })
}

fn project(row: &AnyRow) -> Result<Option<Project>, DbError> {
    let name: Option<String> = row.try_get("project")?;
    name.map(|name| name.parse().map_err(|error| DbError::malformed("batch.project", error))).transpose()
}

fn read(row: &AnyRow) -> Result<Batch, DbError> {
    Ok(Batch {
        id: id(row, "id")?,
        submitter: Submitter { project: project(row)?, ..submitter(row)? },
        endpoint: named(row, "endpoint", Endpoint::from_name)?,
        file_id: optional_id(row, "file_id")?,
        title: row.try_get("title")?,
        sha256: row.try_get("sha256")?,
        state: named(row, "state", BatchState::from_name)?,
        metadata: json(row, "metadata")?,
        problems: json(row, "problems")?,
        created_at: time(row, "created_at")?,
        expires_at: time(row, "expires_at")?,
        cancelled_at: optional_time(row, "cancelled_at")?,
        ended_at: optional_time(row, "ended_at")?,
        output_bytes: optional_count(row, "output_bytes")?,
        errors_bytes: optional_count(row, "errors_bytes")?,
        counts: Counts { total: count(row, "lines")?, ..optional_json(row, "counts")?.unwrap_or_default() },
    })
}
