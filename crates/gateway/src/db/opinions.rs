//! The tables `feedback` and `vote`.

use crate::experiments::{CastVote, KeptFeedback};
use base::{Id, OwnerId, Timestamp};
use experiment::{Choice, Vote};
use sqlx::{Row, any::AnyRow};
use std::collections::BTreeMap;
use store::{
    Db, DbError,
    columns::{id, optional_id, time},
};

/// Most opinions and votes that are looked at: the latest.
const MOST: i64 = 20_000;

/// Keeps what somebody said about an answer, in place of what they said before.
pub(crate) async fn put_feedback(db: &Db, owner: OwnerId, kept: &KeptFeedback) -> Result<(), DbError> {
    let mut transaction = db.begin().await?;
    let mark = |mark: Option<u8>| mark.map(i64::from);
    sqlx::query(
        "INSERT INTO feedback (owner_id, exchange_id, at, deployment, task, thumb, quality, speed, cost, usefulness,
            preferred_provider, comment)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT (owner_id, exchange_id) DO UPDATE SET at = excluded.at, deployment = excluded.deployment,
            task = excluded.task, thumb = excluded.thumb, quality = excluded.quality, speed = excluded.speed,
            cost = excluded.cost, usefulness = excluded.usefulness,
            preferred_provider = excluded.preferred_provider, comment = excluded.comment",
    )
    .bind(owner.to_string())
    .bind(kept.exchange_id.to_string())
    .bind(kept.at.millis())
    .bind(kept.deployment.as_str())
    .bind(kept.feedback.task.as_deref())
    .bind(kept.feedback.thumb.map(i64::from))
    .bind(mark(kept.feedback.quality))
    .bind(mark(kept.feedback.speed))
    .bind(mark(kept.feedback.cost))
    .bind(mark(kept.feedback.usefulness))
    .bind(kept.feedback.preferred_provider.as_deref())
    .bind(kept.feedback.comment.as_deref())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// Forgets what somebody said about an answer.
pub(crate) async fn forget_feedback(db: &Db, owner: OwnerId, exchange_id: Id) -> Result<(), DbError> {
    let mut transaction = db.begin().await?;
    sqlx::query("DELETE FROM feedback WHERE owner_id = $1 AND exchange_id = $2")
        .bind(owner.to_string())
        .bind(exchange_id.to_string())
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

/// The latest that somebody said about answers, since a moment.
pub(crate) async fn feedback(
    db: &Db,
    owner: OwnerId,
    since: Timestamp,
) -> Result<Vec<KeptFeedback>, DbError> {
    let rows =
        sqlx::query("SELECT * FROM feedback WHERE owner_id = $1 AND at >= $2 ORDER BY at DESC LIMIT $3")
            .bind(owner.to_string())
            .bind(since.millis())
            .bind(MOST)
            .fetch_all(db.pool())
            .await?;
    rows.iter().map(kept).collect()
}

/// What somebody said about one answer.
pub(crate) async fn feedback_on(
    db: &Db,
    owner: OwnerId,
    exchange_id: Id,
) -> Result<Option<KeptFeedback>, DbError> {
    let row = sqlx::query("SELECT * FROM feedback WHERE owner_id = $1 AND exchange_id = $2")
        .bind(owner.to_string())
        .bind(exchange_id.to_string())
        .fetch_optional(db.pool())
        .await?;
    row.as_ref().map(kept).transpose()
}

/// Everybody who has said something.
pub(crate) async fn opinionated(db: &Db) -> Result<Vec<OwnerId>, DbError> {
    let rows = sqlx::query("SELECT DISTINCT owner_id FROM feedback").fetch_all(db.pool()).await?;
    rows.iter().map(|row| id(row, "owner_id")).collect()
}

fn kept(row: &AnyRow) -> Result<KeptFeedback, DbError> {
    let mark = |column: &'static str| -> Result<Option<u8>, DbError> {
        let mark: Option<i64> = row.try_get(column)?;
        mark.map(u8::try_from).transpose().map_err(|error| DbError::malformed(column, error))
    };
    Ok(KeptFeedback {
        exchange_id: id(row, "exchange_id")?,
        at: time(row, "at")?,
        deployment: row.try_get("deployment")?,
        feedback: crate::experiments::Feedback {
            task: row.try_get("task")?,
            thumb: row.try_get::<Option<i64>, _>("thumb")?.map(|thumb| thumb != 0),
            quality: mark("quality")?,
            speed: mark("speed")?,
            cost: mark("cost")?,
            usefulness: mark("usefulness")?,
            preferred_provider: row.try_get("preferred_provider")?,
            comment: row.try_get("comment")?,
        },
    })
}

/// Keeps a vote, in place of an earlier one between the same two answers.
pub(crate) async fn cast(db: &Db, owner: OwnerId, vote: &CastVote) -> Result<(), DbError> {
    let mut transaction = db.begin().await?;
    if let (Some(left), Some(right)) = (vote.left_exchange_id, vote.right_exchange_id) {
        sqlx::query(
            "DELETE FROM vote WHERE owner_id = $1 AND ((left_exchange_id = $2 AND right_exchange_id = $3)
                OR (left_exchange_id = $3 AND right_exchange_id = $2))",
        )
        .bind(owner.to_string())
        .bind(left.to_string())
        .bind(right.to_string())
        .execute(&mut *transaction)
        .await?;
    }
    sqlx::query(
        "INSERT INTO vote (id, owner_id, at, left_deployment, right_deployment, choice, task, left_exchange_id,
            right_exchange_id, looks)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(vote.id.to_string())
    .bind(owner.to_string())
    .bind(vote.at.millis())
    .bind(vote.vote.left.as_str())
    .bind(vote.vote.right.as_str())
    .bind(vote.vote.choice.as_str())
    .bind(vote.task.as_deref())
    .bind(vote.left_exchange_id.map(|id| id.to_string()))
    .bind(vote.right_exchange_id.map(|id| id.to_string()))
    .bind(vote.vote.looks.map(|looks| serde_json::to_string(&looks).unwrap_or_default()))
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// The latest votes, the newest first.
pub(crate) async fn votes(db: &Db, owner: OwnerId) -> Result<Vec<CastVote>, DbError> {
    let rows = sqlx::query("SELECT * FROM vote WHERE owner_id = $1 ORDER BY at DESC, id DESC LIMIT $2")
        .bind(owner.to_string())
        .bind(MOST)
        .fetch_all(db.pool())
        .await?;
    rows.iter().map(vote).collect()
}

fn vote(row: &AnyRow) -> Result<CastVote, DbError> {
    let choice: String = row.try_get("choice")?;
    let looks: Option<String> = row.try_get("looks")?;
    Ok(CastVote {
        id: id(row, "id")?,
        at: time(row, "at")?,
        vote: Vote {
            left: row.try_get("left_deployment")?,
            right: row.try_get("right_deployment")?,
            choice: Choice::from_name(&choice)
                .ok_or_else(|| DbError::malformed("vote.choice", format!("`{choice}` is no choice")))?,
            looks: looks.and_then(|looks| serde_json::from_str(&looks).ok()),
        },
        task: row.try_get("task")?,
        left_exchange_id: optional_id(row, "left_exchange_id")?,
        right_exchange_id: optional_id(row, "right_exchange_id")?,
    })
}

/// What an answer of each deployment has cost on average since a moment, in nano-dollars; where prices are known.
pub(crate) async fn usual_costs(
    db: &Db,
    owner: OwnerId,
    since: Timestamp,
) -> Result<BTreeMap<String, f64>, DbError> {
    let rows = sqlx::query(
        "SELECT deployment, CAST(SUM(cost_nanos) AS BIGINT) AS cost, COUNT(*) AS answers FROM exchange
         WHERE owner_id = $1 AND started_at >= $2 AND operation = 'chat' AND outcome = 'ok' AND priced = 1
            AND cache_hit = 0 AND deployment IS NOT NULL GROUP BY deployment",
    )
    .bind(owner.to_string())
    .bind(since.millis())
    .fetch_all(db.pool())
    .await?;
    let cost = |row: &AnyRow| {
        let (cost, answers): (i64, i64) = (row.try_get("cost")?, row.try_get("answers")?);
        Ok((row.try_get("deployment")?, cost as f64 / answers.max(1) as f64))
    };
    rows.iter().map(cost).collect()
}
