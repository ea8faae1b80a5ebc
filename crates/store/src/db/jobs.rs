//! Queries of the table `job`.

use crate::{
    DbError,
    columns::{count, id, optional_json, optional_time, time},
    jobs::{Job, JobState, NewJob, Progress, WhileRunning},
};
use base::{Id, OwnerId, Timestamp};
use sqlx::{AnyConnection, AnyPool, Row, any::AnyRow};

/// Puts a job into the queue. Answers which job does the work: another one where the same work waits or runs already, which
/// is marked where it is to run again.
pub(crate) async fn insert(
    connection: &mut AnyConnection,
    job_id: Id,
    job: &NewJob,
    now: Timestamp,
) -> Result<Id, DbError> {
    let again = job.while_running == WhileRunning::Again;
    let row = sqlx::query(
        "INSERT INTO job (id, owner_id, name, arguments, priority, state, dedupe_key, stage, progress_done,
                          attempts, max_attempts, cancel_requested, due_at, created_at)
         VALUES ($1, $2, $3, $4, $5, 'queued', $6, '', 0, 0, $7, 0, $8, $9)
         ON CONFLICT (owner_id, name, dedupe_key)
             WHERE dedupe_key IS NOT NULL AND state IN ('queued', 'running')
         DO UPDATE SET again = CASE WHEN job.state = 'running' AND $10 = 1 THEN 1 ELSE job.again END
         RETURNING id",
    )
    .bind(job_id.to_string())
    .bind(job.owner.to_string())
    .bind(job.name)
    .bind(job.arguments.to_string())
    .bind(job.priority.as_number())
    .bind(job.dedupe_key.as_deref())
    .bind(i64::from(job.max_attempts))
    .bind(job.due_at.unwrap_or(now).millis())
    .bind(now.millis())
    .bind(i64::from(again))
    .fetch_one(connection)
    .await?;
    id(&row, "id")
}

/// Who takes a job, and for how long.
pub(crate) struct Lease<'a> {
    pub(crate) worker: Id,
    pub(crate) claim: Id,
    pub(crate) until: Timestamp,
    pub(crate) now: Timestamp,
    /// The names it can run, as `,one,two,`.
    pub(crate) names: &'a str,
}

/// Takes the next job whose turn it is. The state is asked twice: between the choice and the change another
/// process may have taken it.
pub(crate) async fn claim(connection: &mut AnyConnection, lease: &Lease<'_>) -> Result<Option<Job>, DbError> {
    let row = sqlx::query(
        "UPDATE job SET state = 'running', worker_id = $1, claim_id = $2, lease_until = $3,
                attempts = attempts + 1, started_at = COALESCE(started_at, $4)
         WHERE state = 'queued' AND id = (
             SELECT id FROM job WHERE state = 'queued' AND due_at <= $4 AND $5 LIKE '%,' || name || ',%'
             ORDER BY priority DESC, created_at, id LIMIT 1)
         RETURNING *",
    )
    .bind(lease.worker.to_string())
    .bind(lease.claim.to_string())
    .bind(lease.until.millis())
    .bind(lease.now.millis())
    .bind(lease.names)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Whether some job could be claimed.
pub(crate) async fn is_due(pool: &AnyPool, now: Timestamp, names: &str) -> Result<bool, DbError> {
    let row = sqlx::query(
        "SELECT id FROM job WHERE state = 'queued' AND due_at <= $1 AND $2 LIKE '%,' || name || ',%' LIMIT 1",
    )
    .bind(now.millis())
    .bind(names)
    .fetch_optional(pool)
    .await?;
    Ok(row.is_some())
}

/// Extends the lease and writes the progress down; whether the job is to be cancelled, or `None` when the
/// claim holds no longer.
pub(crate) async fn heartbeat(
    pool: &AnyPool,
    job_id: Id,
    claim: Id,
    until: Timestamp,
    progress: &Progress,
) -> Result<Option<bool>, DbError> {
    let row = sqlx::query(
        "UPDATE job SET lease_until = $1, stage = $2, progress_done = $3, progress_total = $4
         WHERE id = $5 AND claim_id = $6 AND state = 'running' RETURNING cancel_requested",
    )
    .bind(until.millis())
    .bind(without_nul(&progress.stage))
    .bind(i64::try_from(progress.done).unwrap_or(i64::MAX))
    .bind(progress.total.map(|total| i64::try_from(total).unwrap_or(i64::MAX)))
    .bind(job_id.to_string())
    .bind(claim.to_string())
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| row.try_get::<i64, _>("cancel_requested")).transpose()?.map(|flag| flag != 0))
}

/// PostgreSQL keeps no NUL in a text.
fn without_nul(text: &str) -> String {
    text.replace('\0', "")
}

/// How a run ended.
pub(crate) struct End<'a> {
    pub(crate) state: JobState,
    pub(crate) result: Option<String>,
    pub(crate) error: Option<&'a str>,
    /// For a job that goes back into the queue: when it is tried again, and whether this run counts.
    pub(crate) due_at: Timestamp,
    pub(crate) counts: bool,
    pub(crate) now: Timestamp,
}

/// Writes down how a run ended; `false` when the claim holds no longer. What was asked for again while it ran goes back
/// into the queue as if it were new, however this run ended; what goes back anyway begins behind the asking, too.
pub(crate) async fn end(pool: &AnyPool, job_id: Id, claim: Id, end: &End<'_>) -> Result<bool, DbError> {
    let over = end.state != JobState::Queued;
    let done = sqlx::query(
        "UPDATE job SET state = CASE WHEN again = 1 THEN 'queued' ELSE $1 END,
                result = CASE WHEN again = 1 THEN NULL ELSE $2 END,
                error = $3, due_at = $4,
                attempts = CASE WHEN again = 1 AND $1 <> 'queued' THEN 0 ELSE attempts - $5 END,
                finished_at = CASE WHEN again = 1 THEN NULL ELSE $6 END,
                cancel_requested = CASE WHEN again = 1 THEN 0 ELSE cancel_requested END,
                again = 0, worker_id = NULL, claim_id = NULL, lease_until = NULL
         WHERE id = $7 AND claim_id = $8 AND state = 'running'",
    )
    .bind(end.state.as_str())
    .bind(end.result.as_deref())
    .bind(end.error.map(without_nul))
    .bind(end.due_at.millis())
    .bind(i64::from(!end.counts))
    .bind(over.then(|| end.now.millis()))
    .bind(job_id.to_string())
    .bind(claim.to_string())
    .execute(pool)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Which runs are taken to be broken off.
pub(crate) enum BrokenOff {
    /// Those of this worker, which has just started and so runs none.
    Of(Id),
    /// Those whose lease has run out.
    Expired,
}

/// Puts runs that were broken off back into the queue; those to be cancelled are cancelled unless they were asked for again
/// after that, and those that were tried often enough fail: what ends the program must not do so for ever. Answers how
/// many there were.
pub(crate) async fn resume(
    connection: &mut AnyConnection,
    which: &BrokenOff,
    now: Timestamp,
) -> Result<u64, DbError> {
    let (worker, expired_at) = match which {
        BrokenOff::Of(worker) => (worker.to_string(), i64::MIN),
        BrokenOff::Expired => (String::new(), now.millis()),
    };
    let mut count = 0;
    for sql in [
        "UPDATE job SET state = 'cancelled', finished_at = $3, worker_id = NULL, claim_id = NULL,
                lease_until = NULL
         WHERE state = 'running' AND (worker_id = $1 OR lease_until < $2) AND cancel_requested = 1 AND again = 0",
        "UPDATE job SET state = 'failed', finished_at = $3, worker_id = NULL, claim_id = NULL,
                lease_until = NULL, error = 'broken off every time it was tried; not tried again'
         WHERE state = 'running' AND (worker_id = $1 OR lease_until < $2) AND attempts >= max_attempts",
        "UPDATE job SET state = 'queued', due_at = $3, worker_id = NULL, claim_id = NULL, lease_until = NULL,
                cancel_requested = 0, again = 0
         WHERE state = 'running' AND (worker_id = $1 OR lease_until < $2)",
    ] {
        let done = sqlx::query(sql)
            .bind(&worker)
            .bind(expired_at)
            .bind(now.millis())
            .execute(&mut *connection)
            .await?;
        count += done.rows_affected();
    }
    Ok(count)
}

/// Cancels a job that waits; asks one that runs to stop, also where it was to run again.
pub(crate) async fn cancel(
    connection: &mut AnyConnection,
    owner: OwnerId,
    job_id: Id,
    now: Timestamp,
) -> Result<(), DbError> {
    for sql in [
        "UPDATE job SET state = 'cancelled', finished_at = $3 WHERE id = $1 AND owner_id = $2 AND state = 'queued'",
        "UPDATE job SET cancel_requested = 1, again = 0 WHERE id = $1 AND owner_id = $2 AND state = 'running'
             AND created_at <= $3",
    ] {
        sqlx::query(sql)
            .bind(job_id.to_string())
            .bind(owner.to_string())
            .bind(now.millis())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Puts a failed job back into the queue as if it were new, unless the same work waits or runs already.
pub(crate) async fn retry(pool: &AnyPool, owner: OwnerId, job_id: Id, now: Timestamp) -> Result<(), DbError> {
    let done = sqlx::query(
        "UPDATE job SET state = 'queued', attempts = 0, cancel_requested = 0, again = 0, error = NULL, result = NULL,
                stage = '', progress_done = 0, progress_total = NULL, due_at = $3, finished_at = NULL
         WHERE id = $1 AND owner_id = $2 AND state = 'failed'
               AND NOT EXISTS (SELECT 1 FROM job other
                   WHERE other.owner_id = job.owner_id AND other.name = job.name
                         AND other.dedupe_key = job.dedupe_key AND other.state IN ('queued', 'running'))",
    )
    .bind(job_id.to_string())
    .bind(owner.to_string())
    .bind(now.millis())
    .execute(pool)
    .await;
    match done {
        Ok(_) => Ok(()),
        // Of two at the same time neither sees the other on PostgreSQL; the index of what is unfinished refuses one.
        Err(sqlx::Error::Database(refused)) if refused.is_unique_violation() => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Makes the queued job of this name and key due.
pub(crate) async fn hurry(
    pool: &AnyPool,
    owner: OwnerId,
    (name, dedupe_key): (&str, &str),
    now: Timestamp,
) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE job SET due_at = $1
         WHERE owner_id = $2 AND name = $3 AND dedupe_key = $4 AND state = 'queued' AND due_at > $1",
    )
    .bind(now.millis())
    .bind(owner.to_string())
    .bind(name)
    .bind(dedupe_key)
    .execute(pool)
    .await?;
    Ok(())
}

pub(crate) async fn get(pool: &AnyPool, owner: OwnerId, job_id: Id) -> Result<Option<Job>, DbError> {
    let row = sqlx::query("SELECT * FROM job WHERE id = $1 AND owner_id = $2")
        .bind(job_id.to_string())
        .bind(owner.to_string())
        .fetch_optional(pool)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The newest first.
pub(crate) async fn list(
    pool: &AnyPool,
    owner: OwnerId,
    name: Option<&str>,
    state: Option<JobState>,
    limit: u32,
) -> Result<Vec<Job>, DbError> {
    let rows = sqlx::query(
        "SELECT * FROM job WHERE owner_id = $1 AND ($2 = '' OR name = $2) AND ($3 = '' OR state = $3)
         ORDER BY created_at DESC, id DESC LIMIT $4",
    )
    .bind(owner.to_string())
    .bind(name.unwrap_or_default())
    .bind(state.map(JobState::as_str).unwrap_or_default())
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?;
    rows.iter().map(read).collect()
}

/// How many jobs of each name there are in each state.
pub(crate) async fn counts(pool: &AnyPool) -> Result<Vec<(String, JobState, u64)>, DbError> {
    let rows = sqlx::query(
        "SELECT name, state, COUNT(*) AS jobs FROM job GROUP BY name, state ORDER BY name, state",
    )
    .fetch_all(pool)
    .await?;
    let read = |row: &AnyRow| Ok((row.try_get("name")?, state(row)?, count(row, "jobs")?));
    rows.iter().map(read).collect()
}

/// How many wait or run.
pub(crate) async fn count_unfinished(pool: &AnyPool, owner: OwnerId) -> Result<u64, DbError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS unfinished FROM job WHERE owner_id = $1 AND state IN ('queued', 'running')",
    )
    .bind(owner.to_string())
    .fetch_one(pool)
    .await?;
    let count: i64 = row.try_get("unfinished")?;
    u64::try_from(count).map_err(|error| DbError::malformed("job.state", error))
}

/// Deletes jobs that were over before `before`.
pub(crate) async fn forget(pool: &AnyPool, before: Timestamp) -> Result<u64, DbError> {
    let done = sqlx::query("DELETE FROM job WHERE finished_at < $1 AND state NOT IN ('queued', 'running')")
        .bind(before.millis())
        .execute(pool)
        .await?;
    Ok(done.rows_affected())
}

fn read(row: &AnyRow) -> Result<Job, DbError> {
    Ok(Job {
        id: id(row, "id")?,
        owner: id(row, "owner_id")?,
        name: row.try_get("name")?,
        arguments: optional_json(row, "arguments")?.unwrap_or_default(),
        state: state(row)?,
        progress: Progress {
            stage: row.try_get("stage")?,
            done: count(row, "progress_done")?,
            total: row
                .try_get::<Option<i64>, _>("progress_total")?
                .map(|total| u64::try_from(total).unwrap_or(0)),
        },
        result: optional_json(row, "result")?,
        error: row.try_get("error")?,
        attempts: count(row, "attempts")?,
        max_attempts: count(row, "max_attempts")?,
        cancel_requested: row.try_get::<i64, _>("cancel_requested")? != 0,
        created_at: time(row, "created_at")?,
        started_at: optional_time(row, "started_at")?,
        finished_at: optional_time(row, "finished_at")?,
    })
}

fn state(row: &AnyRow) -> Result<JobState, DbError> {
    let state: String = row.try_get("state")?;
    JobState::parse(&state).ok_or_else(|| DbError::malformed("job.state", format!("unknown state `{state}`")))
}
