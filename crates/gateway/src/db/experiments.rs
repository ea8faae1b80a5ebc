//! The tables `experiment` and `experiment_outcome`.

use crate::experiments::Experiment;
use base::{Id, OwnerId, Timestamp};
use experiment::{Observation, Status};
use sqlx::{Row, any::AnyRow};
use store::{
    Db, DbError,
    columns::{count, flag, id, json, optional_time, signed, time, to_json},
};

/// A result of an experiment as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) experiment_id: Id,
    pub(crate) unit: String,
    pub(crate) variant: String,
    pub(crate) exchange_id: Id,
    pub(crate) at: Timestamp,
    pub(crate) observation: Observation,
    /// What somebody thought of it, 0 to 1.
    pub(crate) rating: Option<f64>,
}

const MILLION: f64 = 1_000_000.0;

/// Keeps a new experiment.
pub(crate) async fn create_experiment(db: &Db, experiment: &Experiment) -> Result<(), DbError> {
    let mut transaction = db.begin().await?;
    sqlx::query(
        "INSERT INTO experiment (id, owner_id, name, design, status, created_at, started_at, ended_at, verdict, winner)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(experiment.id.to_string())
    .bind(experiment.owner.to_string())
    .bind(experiment.design.name.as_str())
    .bind(to_json(&experiment.design))
    .bind(experiment.status.as_str())
    .bind(experiment.created_at.millis())
    .bind(experiment.started_at.map(Timestamp::millis))
    .bind(experiment.ended_at.map(Timestamp::millis))
    .bind(experiment.verdict.as_deref())
    .bind(experiment.winner.as_deref())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// Changes an experiment that stands where it was thought to stand; false where it has gone on meanwhile.
pub(crate) async fn update_experiment(
    db: &Db,
    experiment: &Experiment,
    before: Status,
) -> Result<bool, DbError> {
    let mut transaction = db.begin().await?;
    let done = sqlx::query(
        "UPDATE experiment SET design = $1, status = $2, started_at = $3, ended_at = $4, verdict = $5, winner = $6
         WHERE id = $7 AND status = $8",
    )
    .bind(to_json(&experiment.design))
    .bind(experiment.status.as_str())
    .bind(experiment.started_at.map(Timestamp::millis))
    .bind(experiment.ended_at.map(Timestamp::millis))
    .bind(experiment.verdict.as_deref())
    .bind(experiment.winner.as_deref())
    .bind(experiment.id.to_string())
    .bind(before.as_str())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(done.rows_affected() > 0)
}

/// Deletes an experiment with its results; the exchanges stay in the ledger.
pub(crate) async fn delete_experiment(db: &Db, id: Id) -> Result<(), DbError> {
    let mut transaction = db.begin().await?;
    for sql in
        ["DELETE FROM experiment_outcome WHERE experiment_id = $1", "DELETE FROM experiment WHERE id = $1"]
    {
        sqlx::query(sql).bind(id.to_string()).execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

/// Every experiment, the newest first.
pub(crate) async fn experiments(db: &Db) -> Result<Vec<Experiment>, DbError> {
    let rows = sqlx::query("SELECT * FROM experiment ORDER BY id DESC").fetch_all(db.pool()).await?;
    rows.iter().map(experiment).collect()
}

/// One experiment of an owner.
pub(crate) async fn experiment_by_id(db: &Db, owner: OwnerId, id: Id) -> Result<Option<Experiment>, DbError> {
    let row = sqlx::query("SELECT * FROM experiment WHERE owner_id = $1 AND id = $2")
        .bind(owner.to_string())
        .bind(id.to_string())
        .fetch_optional(db.pool())
        .await?;
    row.as_ref().map(experiment).transpose()
}

/// Keeps results; of each unit only the first. Says which of them are new.
pub(crate) async fn insert_outcomes(db: &Db, outcomes: &[Outcome]) -> Result<Vec<bool>, DbError> {
    let mut new = Vec::with_capacity(outcomes.len());
    let mut transaction = db.begin().await?;
    let number = |value: Option<f64>| value.map(|value| value.round() as i64);
    for outcome in outcomes {
        let done = sqlx::query(
            "INSERT INTO experiment_outcome (experiment_id, unit, variant, exchange_id, at, success, total_ms,
                first_token_ms, cost_nanos, tokens_per_kilosecond, rating_millionths)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (experiment_id, unit) DO NOTHING",
        )
        .bind(outcome.experiment_id.to_string())
        .bind(outcome.unit.as_str())
        .bind(outcome.variant.as_str())
        .bind(outcome.exchange_id.to_string())
        .bind(outcome.at.millis())
        .bind(i64::from(outcome.observation.success))
        .bind(number(outcome.observation.total_ms))
        .bind(number(outcome.observation.first_token_ms))
        .bind(number(outcome.observation.cost_nanos))
        .bind(number(outcome.observation.tokens_per_kilosecond))
        .bind(number(outcome.rating.map(|rating| rating * MILLION)))
        .execute(&mut *transaction)
        .await?;
        new.push(done.rows_affected() > 0);
    }
    transaction.commit().await?;
    Ok(new)
}

/// Everything that came of an experiment, in the order in which it came.
pub(crate) async fn outcomes(db: &Db, experiment_id: Id) -> Result<Vec<Outcome>, DbError> {
    let rows =
        sqlx::query("SELECT * FROM experiment_outcome WHERE experiment_id = $1 ORDER BY at, exchange_id")
            .bind(experiment_id.to_string())
            .fetch_all(db.pool())
            .await?;
    rows.iter().map(outcome).collect()
}

/// Says what somebody thought of a unit's result, or that they think nothing more of it. False where that unit has none.
pub(crate) async fn rate_outcome(
    db: &Db,
    (experiment_id, unit): (Id, &str),
    rating: Option<f64>,
) -> Result<bool, DbError> {
    let mut transaction = db.begin().await?;
    let done = sqlx::query(
        "UPDATE experiment_outcome SET rating_millionths = $1 WHERE experiment_id = $2 AND unit = $3",
    )
    .bind(rating.map(|rating| (rating * MILLION).round() as i64))
    .bind(experiment_id.to_string())
    .bind(unit)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(done.rows_affected() > 0)
}

fn experiment(row: &AnyRow) -> Result<Experiment, DbError> {
    let status: String = row.try_get("status")?;
    Ok(Experiment {
        id: id(row, "id")?,
        owner: id(row, "owner_id")?,
        design: json(row, "design")?,
        status: status.parse().map_err(|error: experiment::design::UnknownName| {
            DbError::malformed("experiment.status", error)
        })?,
        created_at: time(row, "created_at")?,
        started_at: optional_time(row, "started_at")?,
        ended_at: optional_time(row, "ended_at")?,
        verdict: row.try_get("verdict")?,
        winner: row.try_get("winner")?,
    })
}

fn outcome(row: &AnyRow) -> Result<Outcome, DbError> {
    let number = |column: &'static str| -> Result<Option<f64>, DbError> {
        Ok(row.try_get::<Option<i64>, _>(column)?.map(|value| value as f64))
    };
    Ok(Outcome {
        experiment_id: id(row, "experiment_id")?,
        unit: row.try_get("unit")?,
        variant: row.try_get("variant")?,
        exchange_id: id(row, "exchange_id")?,
        at: time(row, "at")?,
        observation: Observation {
            success: flag(row, "success")?,
            total_ms: number("total_ms")?,
            first_token_ms: number("first_token_ms")?,
            cost_nanos: number("cost_nanos")?,
            tokens_per_kilosecond: number("tokens_per_kilosecond")?,
        },
        rating: number("rating_millionths")?.map(|rating| rating / MILLION),
    })
}

/// What is known of the latest answers of a route or model: for plans.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sample {
    pub(crate) at: Timestamp,
    pub(crate) answered: bool,
    pub(crate) total_ms: f64,
    pub(crate) first_token_ms: Option<f64>,
    pub(crate) cost_nanos: Option<f64>,
}

/// The latest chat requests for a route or model, answered or failed, so many at the most.
pub(crate) async fn samples(
    db: &Db,
    (owner, route): (OwnerId, &str),
    since: Timestamp,
    most: u64,
) -> Result<Vec<Sample>, DbError> {
    let rows = sqlx::query(
        "SELECT started_at, outcome, total_ms, first_token_ms, cost_nanos, priced FROM exchange
         WHERE owner_id = $1 AND route = $2 AND started_at >= $3 AND operation = 'chat' AND cache_hit = 0
            AND outcome IN ('ok', 'failed') ORDER BY started_at DESC, id DESC LIMIT $4",
    )
    .bind(owner.to_string())
    .bind(route)
    .bind(since.millis())
    .bind(signed(most))
    .fetch_all(db.pool())
    .await?;
    let sample = |row: &AnyRow| {
        let first_token_ms: Option<i64> = row.try_get("first_token_ms")?;
        let priced = flag(row, "priced")?;
        Ok(Sample {
            at: time(row, "started_at")?,
            answered: row.try_get::<String, _>("outcome")? == "ok",
            total_ms: count(row, "total_ms")? as f64,
            first_token_ms: first_token_ms.map(|ms| ms as f64),
            cost_nanos: priced.then_some(row.try_get::<i64, _>("cost_nanos")? as f64),
        })
    };
    rows.iter().map(sample).collect()
}
