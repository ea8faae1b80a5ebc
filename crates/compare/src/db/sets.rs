//! The tables `compare_set`, `compare_run` and `compare_cell`.

use super::Result;
use crate::{
    error::CompareError,
    sets::{Cell, CellState, PromptSet, RunState, SetRun},
};
use base::{Id, Money, OwnerId, Timestamp};
use sqlx::{AnyConnection, Row, any::AnyRow};
use store::{
    Db,
    columns::{id, json, optional_id, optional_time, time, to_json},
};

/// Runs in a list, at the most.
const MOST_RUNS: i64 = 200;

pub(crate) async fn insert_set(db: &Db, owner: OwnerId, set: &PromptSet) -> Result<()> {
    sqlx::query(
        "INSERT INTO compare_set (id, owner, title, prompts, updated_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(set.id.to_string())
    .bind(owner.to_string())
    .bind(&set.title)
    .bind(to_json(&set.prompts))
    .bind(set.updated_at.millis())
    .execute(db.pool())
    .await?;
    Ok(())
}

pub(crate) async fn update_set(db: &Db, owner: OwnerId, set: &PromptSet) -> Result<()> {
    sqlx::query(
        "UPDATE compare_set SET title = $3, prompts = $4, updated_at = $5 WHERE id = $1 AND owner = $2",
    )
    .bind(set.id.to_string())
    .bind(owner.to_string())
    .bind(&set.title)
    .bind(to_json(&set.prompts))
    .bind(set.updated_at.millis())
    .execute(db.pool())
    .await?;
    Ok(())
}

pub(crate) async fn set(db: &Db, owner: OwnerId, set_id: Id) -> Result<PromptSet> {
    let row = sqlx::query(
        "SELECT id, title, prompts, updated_at FROM compare_set WHERE id = $1 AND owner = $2 AND deleted_at IS NULL",
    )
    .bind(set_id.to_string())
    .bind(owner.to_string())
    .fetch_optional(db.pool())
    .await?;
    read_set(&row.ok_or(CompareError::NoSet(set_id))?)
}

/// The latest first.
pub(crate) async fn sets(db: &Db, owner: OwnerId) -> Result<Vec<PromptSet>> {
    let rows = sqlx::query(
        "SELECT id, title, prompts, updated_at FROM compare_set WHERE owner = $1 AND deleted_at IS NULL \
         ORDER BY updated_at DESC, id DESC",
    )
    .bind(owner.to_string())
    .fetch_all(db.pool())
    .await?;
    rows.iter().map(read_set).collect()
}

pub(crate) async fn delete_set(db: &Db, owner: OwnerId, (set_id, at): (Id, Timestamp)) -> Result<()> {
    let done = sqlx::query(
        "UPDATE compare_set SET deleted_at = $3 WHERE id = $1 AND owner = $2 AND deleted_at IS NULL",
    )
    .bind(set_id.to_string())
    .bind(owner.to_string())
    .bind(at.millis())
    .execute(db.pool())
    .await?;
    if done.rows_affected() == 0 { Err(CompareError::NoSet(set_id)) } else { Ok(()) }
}

/// A run with a waiting cell for each prompt and column.
pub(crate) async fn insert_run(connection: &mut AnyConnection, owner: OwnerId, run: &SetRun) -> Result<()> {
    sqlx::query(
        "INSERT INTO compare_run (id, owner, set_id, title, prompts, asked, judge, cap_nanos, estimate_nanos, job_id, \
         created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(run.id.to_string())
    .bind(owner.to_string())
    .bind(run.set_id.to_string())
    .bind(&run.title)
    .bind(to_json(&run.prompts))
    .bind(to_json(&run.columns))
    .bind(&run.judge)
    .bind(run.cap.map(Money::nanos))
    .bind(run.estimate.map(Money::nanos))
    .bind(run.job_id.map(|id| id.to_string()))
    .bind(run.created_at.millis())
    .execute(&mut *connection)
    .await?;
    for prompt in 0..run.prompts.len() {
        for place in 0..run.columns.len() {
            sqlx::query(
                "INSERT INTO compare_cell (run_id, prompt, place, state, text, body, cost_nanos) \
                 VALUES ($1, $2, $3, 'waiting', '', '{}', 0)",
            )
            .bind(run.id.to_string())
            .bind(whole(prompt))
            .bind(whole(place))
            .execute(&mut *connection)
            .await?;
        }
    }
    Ok(())
}

pub(crate) async fn run(db: &Db, owner: OwnerId, run_id: Id) -> Result<SetRun> {
    let row = sqlx::query(
        "SELECT id, set_id, title, prompts, asked, judge, cap_nanos, estimate_nanos, job_id, created_at, ended_at \
         FROM compare_run WHERE id = $1 AND owner = $2",
    )
    .bind(run_id.to_string())
    .bind(owner.to_string())
    .fetch_optional(db.pool())
    .await?;
    read_run(&row.ok_or(CompareError::NoRun(run_id))?)
}

/// The latest first.
pub(crate) async fn runs(db: &Db, owner: OwnerId) -> Result<Vec<SetRun>> {
    let rows = sqlx::query(
        "SELECT id, set_id, title, prompts, asked, judge, cap_nanos, estimate_nanos, job_id, created_at, ended_at \
         FROM compare_run WHERE owner = $1 ORDER BY id DESC LIMIT $2",
    )
    .bind(owner.to_string())
    .bind(MOST_RUNS)
    .fetch_all(db.pool())
    .await?;
    rows.iter().map(read_run).collect()
}

/// Has another job work on a run.
pub(crate) async fn set_job(connection: &mut AnyConnection, run_id: Id, job_id: Id) -> Result<()> {
    sqlx::query("UPDATE compare_run SET job_id = $2 WHERE id = $1")
        .bind(run_id.to_string())
        .bind(job_id.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn end_run(db: &Db, run_id: Id, at: Timestamp) -> Result<()> {
    sqlx::query("UPDATE compare_run SET ended_at = $2 WHERE id = $1")
        .bind(run_id.to_string())
        .bind(at.millis())
        .execute(db.pool())
        .await?;
    Ok(())
}

/// The grid, prompt by prompt.
pub(crate) async fn cells(db: &Db, run_id: Id) -> Result<Vec<Cell>> {
    let rows = sqlx::query(
        "SELECT prompt, place, state, text, body, cost_nanos FROM compare_cell WHERE run_id = $1 \
         ORDER BY prompt, place",
    )
    .bind(run_id.to_string())
    .fetch_all(db.pool())
    .await?;
    rows.iter().map(read_cell).collect()
}

/// Writes down how a cell ended, once.
pub(crate) async fn end_cell(db: &Db, run_id: Id, cell: &Cell) -> Result<()> {
    sqlx::query(
        "UPDATE compare_cell SET state = $4, text = $5, body = $6, cost_nanos = $7 \
         WHERE run_id = $1 AND prompt = $2 AND place = $3 AND state = 'waiting'",
    )
    .bind(run_id.to_string())
    .bind(whole(cell.prompt))
    .bind(whole(cell.place))
    .bind(cell.state.as_str())
    .bind(&cell.text)
    .bind(to_json(&cell.body))
    .bind(cell.cost.nanos())
    .execute(db.pool())
    .await?;
    Ok(())
}

fn read_set(row: &AnyRow) -> Result<PromptSet> {
    Ok(PromptSet {
        id: id(row, "id")?,
        title: row.try_get("title")?,
        prompts: json(row, "prompts")?,
        updated_at: time(row, "updated_at")?,
    })
}

fn read_run(row: &AnyRow) -> Result<SetRun> {
    let nanos = |name: &str| row.try_get::<Option<i64>, _>(name).map(|nanos| nanos.map(Money::from_nanos));
    Ok(SetRun {
        id: id(row, "id")?,
        set_id: id(row, "set_id")?,
        title: row.try_get("title")?,
        prompts: json(row, "prompts")?,
        columns: json(row, "asked")?,
        judge: row.try_get("judge")?,
        cap: nanos("cap_nanos")?,
        estimate: nanos("estimate_nanos")?,
        job_id: optional_id(row, "job_id")?,
        created_at: time(row, "created_at")?,
        ended_at: optional_time(row, "ended_at")?,
        state: RunState::Running,
    })
}

fn read_cell(row: &AnyRow) -> Result<Cell> {
    let number = |name: &str| row.try_get::<i64, _>(name).map(|number| usize::try_from(number).unwrap_or(0));
    Ok(Cell {
        prompt: number("prompt")?,
        place: number("place")?,
        state: CellState::from_name(&row.try_get::<String, _>("state")?),
        text: row.try_get("text")?,
        body: json(row, "body")?,
        cost: Money::from_nanos(row.try_get("cost_nanos")?),
    })
}

fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
