//! The table `batch_line`.

use super::{named, small};
use crate::model::{Counts, EndedLine, Line, LineEnd, LineState};
use base::{Id, Money};
use sqlx::{Row, any::AnyRow};
use store::{
    Db, DbError,
    columns::{count, id, money, signed},
};

/// Lines of a part that are still to be called, in order, behind the number `after`.
pub(crate) async fn waiting(
    db: &Db,
    batch: Id,
    part: u32,
    (after, limit): (u64, u32),
) -> Result<Vec<Line>, DbError> {
    let rows = sqlx::query(
        "SELECT number, part, custom_id, exchange_id, model, body_start, body_bytes, worst_nanos FROM batch_line
         WHERE batch_id = $1 AND state = 'waiting' AND part = $2 AND number > $3 ORDER BY number LIMIT $4",
    )
    .bind(batch.to_string())
    .bind(i64::from(part))
    .bind(signed(after))
    .bind(i64::from(limit))
    .fetch_all(db.pool())
    .await?;
    rows.iter().map(line).collect()
}

fn line(row: &AnyRow) -> Result<Line, DbError> {
    Ok(Line {
        number: count(row, "number")?,
        part: small(row, "part")?,
        custom_id: row.try_get("custom_id")?,
        exchange_id: id(row, "exchange_id")?,
        model: row.try_get("model")?,
        body_start: count(row, "body_start")?,
        body_bytes: count(row, "body_bytes")?,
        worst_case: row.try_get::<Option<i64>, _>("worst_nanos")?.map(Money::from_nanos),
    })
}

/// Gives a line that is called again another id in the ledger.
pub(crate) async fn new_exchange(db: &Db, batch: Id, number: u64, exchange_id: Id) -> Result<(), DbError> {
    let mut transaction = db.begin().await?;
    sqlx::query(
        "UPDATE batch_line SET exchange_id = $1 WHERE batch_id = $2 AND number = $3 AND state = 'waiting'",
    )
    .bind(exchange_id.to_string())
    .bind(batch.to_string())
    .bind(signed(number))
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// Writes down how a line ended; only the first time counts.
pub(crate) async fn end_line(db: &Db, batch: Id, number: u64, end: &LineEnd) -> Result<(), DbError> {
    let mut transaction = db.begin().await?;
    sqlx::query(
        "UPDATE batch_line SET state = $1, status = $2, reply = $3, cost_nanos = $4
         WHERE batch_id = $5 AND number = $6 AND state = 'waiting'",
    )
    .bind(end.state.as_str())
    .bind(end.status.map(i64::from))
    // PostgreSQL keeps no NUL in a text; JSON writes one as an escape.
    .bind(end.reply.as_ref().map(|reply| reply.replace('\0', "")))
    .bind(end.cost.nanos())
    .bind(batch.to_string())
    .bind(signed(number))
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// Ends every line of a batch that was not called. Answers how many there were.
pub(crate) async fn end_waiting(db: &Db, batch: Id, state: LineState) -> Result<u64, DbError> {
    let mut transaction = db.begin().await?;
    let done = sqlx::query("UPDATE batch_line SET state = $1 WHERE batch_id = $2 AND state = 'waiting'")
        .bind(state.as_str())
        .bind(batch.to_string())
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(done.rows_affected())
}

/// The most that the lines not called yet can cost.
pub(crate) async fn worst_case_left(db: &Db, batch: Id) -> Result<Money, DbError> {
    let row = sqlx::query(
        "SELECT CAST(COALESCE(SUM(worst_nanos), 0) AS BIGINT) AS worst_nanos FROM batch_line
         WHERE batch_id = $1 AND state = 'waiting'",
    )
    .bind(batch.to_string())
    .fetch_one(db.pool())
    .await?;
    money(&row, "worst_nanos")
}

/// Whether any line of a part is over.
pub(crate) async fn knows_any(db: &Db, batch: Id, part: u32) -> Result<bool, DbError> {
    let row = sqlx::query(
        "SELECT number FROM batch_line WHERE batch_id = $1 AND part = $2 AND state <> 'waiting' LIMIT 1",
    )
    .bind(batch.to_string())
    .bind(i64::from(part))
    .fetch_optional(db.pool())
    .await?;
    Ok(row.is_some())
}

/// How the lines of a batch stand.
pub(crate) async fn counts(db: &Db, batch: Id) -> Result<Counts, DbError> {
    let rows = sqlx::query(
        "SELECT state, COUNT(*) AS lines, CAST(COALESCE(SUM(cost_nanos), 0) AS BIGINT) AS cost_nanos
         FROM batch_line WHERE batch_id = $1 GROUP BY state",
    )
    .bind(batch.to_string())
    .fetch_all(db.pool())
    .await?;
    let mut counts = Counts::default();
    for row in &rows {
        let lines = count(row, "lines")?;
        counts.total += lines;
        counts.cost += money(row, "cost_nanos")?;
        match named(row, "state", LineState::from_name)? {
            LineState::Waiting => counts.waiting = lines,
            LineState::Done => counts.done = lines,
            LineState::Failed => counts.failed = lines,
            LineState::Cancelled => counts.cancelled = lines,
            LineState::Expired => counts.expired = lines,
        }
    }
    Ok(counts)
}

/// Which lines that are over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndedFilter {
    /// Those with a reply.
    Replies,
    /// All others.
    Errors,
    /// All.
    All,
}

/// Lines that are over, in order, behind the number `after`.
pub(crate) async fn ended(
    db: &Db,
    batch: Id,
    which: EndedFilter,
    (after, limit): (u64, u32),
) -> Result<Vec<EndedLine>, DbError> {
    let sql = match which {
        EndedFilter::Replies => {
            "SELECT * FROM batch_line WHERE batch_id = $1 AND state = 'done' AND number > $2
             ORDER BY number LIMIT $3"
        }
        EndedFilter::Errors => {
            "SELECT * FROM batch_line WHERE batch_id = $1 AND state IN ('failed', 'cancelled', 'expired')
                 AND number > $2 ORDER BY number LIMIT $3"
        }
        EndedFilter::All => {
            "SELECT * FROM batch_line WHERE batch_id = $1 AND state <> 'waiting' AND number > $2
             ORDER BY number LIMIT $3"
        }
    };
    let rows = sqlx::query(sql)
        .bind(batch.to_string())
        .bind(signed(after))
        .bind(i64::from(limit))
        .fetch_all(db.pool())
        .await?;
    rows.iter().map(ended_line).collect()
}

fn ended_line(row: &AnyRow) -> Result<EndedLine, DbError> {
    let status: Option<i64> = row.try_get("status")?;
    Ok(EndedLine {
        number: count(row, "number")?,
        custom_id: row.try_get("custom_id")?,
        exchange_id: id(row, "exchange_id")?,
        state: named(row, "state", LineState::from_name)?,
        status: status.and_then(|status| u16::try_from(status).ok()).unwrap_or_default(),
        reply: row.try_get::<Option<String>, _>("reply")?.unwrap_or_default(),
    })
}

/// Forgets the replies of one of the two files of results; that they came is kept.
pub(crate) async fn forget_replies(db: &Db, batch: Id, which: EndedFilter) -> Result<(), DbError> {
    let sql = match which {
        EndedFilter::Replies => "UPDATE batch SET output_bytes = NULL WHERE id = $1",
        EndedFilter::Errors => "UPDATE batch SET errors_bytes = NULL WHERE id = $1",
        EndedFilter::All => "UPDATE batch SET output_bytes = NULL, errors_bytes = NULL WHERE id = $1",
    };
    let replies = match which {
        EndedFilter::Replies => "UPDATE batch_line SET reply = NULL WHERE batch_id = $1 AND state = 'done'",
        EndedFilter::Errors => "UPDATE batch_line SET reply = NULL WHERE batch_id = $1 AND state = 'failed'",
        EndedFilter::All => "UPDATE batch_line SET reply = NULL WHERE batch_id = $1",
    };
    let mut transaction = db.begin().await?;
    for sql in [sql, replies] {
        sqlx::query(sql).bind(batch.to_string()).execute(&mut *transaction).await?;
    }
    transaction.commit().await
}
