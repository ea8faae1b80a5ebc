//! The table `budget`.

use base::{OwnerId, Timestamp};
use budget::{Budget, Scope};
use sqlx::{AnyConnection, Row, any::AnyRow};
use std::{fmt::Display, str::FromStr};
use store::{
    Db, DbError,
    columns::{id, money, time},
};

/// A budget as the database keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptBudget {
    pub(crate) id: String,
    /// Who made it; for [`Scope::User`], whose spending it limits.
    pub(crate) owner: OwnerId,
    pub(crate) scope: Scope,
    /// The key's id or the project's name; empty where the scope has only one.
    pub(crate) subject: String,
    /// Empty for the subject's own name.
    pub(crate) label: String,
    pub(crate) budget: Budget,
    pub(crate) created_at: Timestamp,
}

/// Every budget.
pub(crate) async fn budgets(db: &Db) -> Result<Vec<KeptBudget>, DbError> {
    let rows = sqlx::query("SELECT * FROM budget ORDER BY id").fetch_all(db.pool()).await?;
    rows.iter().map(budget).collect()
}

/// Writes a budget, in the place of the one with the same id.
pub(crate) async fn keep_budget(db: &Db, kept: &KeptBudget) -> Result<(), DbError> {
    let mut transaction = db.begin().await?;
    put(&mut transaction, kept).await?;
    transaction.commit().await
}

/// The same within a transaction.
pub(super) async fn put(connection: &mut AnyConnection, kept: &KeptBudget) -> Result<(), DbError> {
    let Budget { limit, period, zone, soft_percent, emergency_percent, action } = kept.budget;
    sqlx::query(
        "INSERT INTO budget (id, owner_id, scope, subject, label, limit_nanos, period, time_zone, soft_percent,
            emergency_percent, action, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT (id) DO UPDATE SET scope = excluded.scope, subject = excluded.subject,
            label = excluded.label, limit_nanos = excluded.limit_nanos, period = excluded.period,
            time_zone = excluded.time_zone, soft_percent = excluded.soft_percent,
            emergency_percent = excluded.emergency_percent, action = excluded.action",
    )
    .bind(kept.id.as_str())
    .bind(kept.owner.to_string())
    .bind(kept.scope.as_str())
    .bind(kept.subject.as_str())
    .bind(kept.label.as_str())
    .bind(limit.nanos())
    .bind(period.as_str())
    .bind(zone.name())
    .bind(i64::from(soft_percent))
    .bind(emergency_percent.map(i64::from))
    .bind(action.as_str())
    .bind(kept.created_at.millis())
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes a budget.
pub(crate) async fn forget_budget(db: &Db, id: &str) -> Result<(), DbError> {
    let mut transaction = db.begin().await?;
    delete(&mut transaction, id).await?;
    transaction.commit().await
}

/// The same within a transaction.
pub(super) async fn delete(connection: &mut AnyConnection, id: &str) -> Result<(), DbError> {
    sqlx::query("DELETE FROM budget WHERE id = $1").bind(id).execute(connection).await?;
    Ok(())
}

fn budget(row: &AnyRow) -> Result<KeptBudget, DbError> {
    Ok(KeptBudget {
        id: row.try_get("id")?,
        owner: id(row, "owner_id")?,
        scope: parsed(row, "scope")?,
        subject: row.try_get("subject")?,
        label: row.try_get("label")?,
        budget: Budget {
            limit: money(row, "limit_nanos")?,
            period: parsed(row, "period")?,
            zone: parsed(row, "time_zone")?,
            soft_percent: percent(row.try_get("soft_percent")?, "soft_percent")?,
            emergency_percent: row
                .try_get::<Option<i64>, _>("emergency_percent")?
                .map(|number| percent(number, "emergency_percent"))
                .transpose()?,
            action: parsed(row, "action")?,
        },
        created_at: time(row, "created_at")?,
    })
}

fn percent<N: TryFrom<i64, Error: Display>>(number: i64, column: &'static str) -> Result<N, DbError> {
    N::try_from(number).map_err(|error| DbError::malformed(column, error.to_string()))
}

fn parsed<T: FromStr<Err: Display>>(row: &AnyRow, column: &'static str) -> Result<T, DbError> {
    let text: String = row.try_get(column)?;
    text.parse().map_err(|error: T::Err| DbError::malformed(column, error.to_string()))
}
