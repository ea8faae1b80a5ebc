//! The queries on the tables `alert` and `alert_delivery`.

use crate::model::{Alert, AlertFilter, Delivery, DeliveryState, Kind, News, Severity};
use base::{Id, OwnerId, Timestamp};
use sqlx::{AnyConnection, AnyPool, Row, any::AnyRow};
use std::collections::BTreeMap;
use store::{
    DbError, Engine,
    columns::{count, optional_time, time},
};

macro_rules! alerts {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, severity, dedupe_key, title, message, facts, occurrences, first_at, last_at, resolved_at, \
             acknowledged_at FROM alert WHERE owner_id = $1 ",
            $rest
        )
    };
}

fn parsed<T>(row: &AnyRow, column: &'static str, read: impl Fn(&str) -> Option<T>) -> Result<T, DbError> {
    let text: String = row.try_get(column)?;
    read(&text).ok_or_else(|| DbError::malformed(column, format!("`{text}` is unknown")))
}

fn alert(row: &AnyRow) -> Result<Alert, DbError> {
    Ok(Alert {
        id: parsed(row, "id", |text| text.parse().ok())?,
        news: News {
            kind: parsed(row, "kind", Kind::from_name)?,
            severity: parsed(row, "severity", Severity::from_name)?,
            key: row.try_get("dedupe_key")?,
            title: row.try_get("title")?,
            message: row.try_get("message")?,
            facts: parsed(row, "facts", |text| serde_json::from_str(text).ok())?,
        },
        occurrences: count(row, "occurrences")?,
        first_at: time(row, "first_at")?,
        last_at: time(row, "last_at")?,
        resolved_at: optional_time(row, "resolved_at")?,
        acknowledged_at: optional_time(row, "acknowledged_at")?,
        deliveries: Vec::new(),
    })
}

/// One number for all of Familiar's processes that take note of something in one PostgreSQL database at a time.
const ALERT_LOCK: i64 = 0x4661_6d41_6c65_7274;

/// Lets nobody else take note of anything until the transaction ends, so that the same thing is one entry. SQLite has
/// one writer at a time anyway.
pub(crate) async fn one_at_a_time(connection: &mut AnyConnection, engine: Engine) -> Result<(), DbError> {
    if engine == Engine::Postgres {
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(ALERT_LOCK).execute(connection).await?;
    }
    Ok(())
}

/// The latest alert of a key that is open or was over only after `since`.
pub(crate) async fn recent(
    connection: &mut AnyConnection,
    owner: OwnerId,
    key: &str,
    since: Timestamp,
) -> Result<Option<Alert>, DbError> {
    let sql =
        alerts!("AND dedupe_key = $2 AND (resolved_at IS NULL OR resolved_at > $3) ORDER BY id DESC LIMIT 1");
    let query = sqlx::query(sql).bind(owner.to_string()).bind(key).bind(since.millis());
    query.fetch_optional(connection).await?.as_ref().map(alert).transpose()
}

/// Writes a new alert; `false` where another process was faster.
pub(crate) async fn insert(
    connection: &mut AnyConnection,
    owner: OwnerId,
    alert: &Alert,
) -> Result<bool, DbError> {
    let done = sqlx::query(
        "INSERT INTO alert (id, owner_id, kind, severity, dedupe_key, title, message, facts, occurrences, first_at, last_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
    )
    .bind(alert.id.to_string())
    .bind(owner.to_string())
    .bind(alert.news.kind.as_str())
    .bind(alert.news.severity.as_str())
    .bind(&alert.news.key)
    .bind(&alert.news.title)
    .bind(&alert.news.message)
    .bind(serde_json::Value::Object(alert.news.facts.clone()).to_string())
    .bind(i64::try_from(alert.occurrences).unwrap_or(i64::MAX))
    .bind(alert.first_at.millis())
    .bind(alert.last_at.millis())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes what has changed of an alert.
pub(crate) async fn update(connection: &mut AnyConnection, alert: &Alert) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE alert SET severity = $1, title = $2, message = $3, facts = $4, occurrences = $5, last_at = $6,
            resolved_at = $7, acknowledged_at = $8 WHERE id = $9",
    )
    .bind(alert.news.severity.as_str())
    .bind(&alert.news.title)
    .bind(&alert.news.message)
    .bind(serde_json::Value::Object(alert.news.facts.clone()).to_string())
    .bind(i64::try_from(alert.occurrences).unwrap_or(i64::MAX))
    .bind(alert.last_at.millis())
    .bind(alert.resolved_at.map(Timestamp::millis))
    .bind(alert.acknowledged_at.map(Timestamp::millis))
    .bind(alert.id.to_string())
    .execute(connection)
    .await?;
    Ok(())
}

/// Alerts of an owner that pass the filter, the latest first, one more than `limit` where there are more.
pub(crate) async fn page(
    pool: &AnyPool,
    owner: OwnerId,
    filter: &AlertFilter,
    limit: u32,
) -> Result<Vec<Alert>, DbError> {
    let sql = alerts!(
        "AND ($2 = 0 OR acknowledged_at IS NULL) AND ($3 = '' OR kind = $3) AND ($4 = '' OR id < $4)
         ORDER BY id DESC LIMIT $5"
    );
    let rows = sqlx::query(sql)
        .bind(owner.to_string())
        .bind(i64::from(filter.unseen))
        .bind(filter.kind.map_or("", Kind::as_str))
        .bind(filter.before.map_or_else(String::new, |id| id.to_string()))
        .bind(i64::from(limit) + 1)
        .fetch_all(pool)
        .await?;
    rows.iter().map(alert).collect()
}

/// One alert of an owner.
pub(crate) async fn get(pool: &AnyPool, owner: OwnerId, id: Id) -> Result<Option<Alert>, DbError> {
    let query = sqlx::query(alerts!("AND id = $2")).bind(owner.to_string()).bind(id.to_string());
    query.fetch_optional(pool).await?.as_ref().map(alert).transpose()
}

/// How many alerts of an owner nobody has acknowledged.
pub(crate) async fn unseen(pool: &AnyPool, owner: OwnerId) -> Result<u64, DbError> {
    let sql = "SELECT COUNT(*) AS unseen FROM alert WHERE owner_id = $1 AND acknowledged_at IS NULL";
    count(&sqlx::query(sql).bind(owner.to_string()).fetch_one(pool).await?, "unseen")
}

/// Marks alerts as seen: one, or with `None` all of an owner's. Those that were stay as they are.
pub(crate) async fn acknowledge(
    connection: &mut AnyConnection,
    owner: OwnerId,
    id: Option<Id>,
    now: Timestamp,
) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE alert SET acknowledged_at = $1 WHERE owner_id = $2 AND acknowledged_at IS NULL AND ($3 = '' OR id = $3)",
    )
    .bind(now.millis())
    .bind(owner.to_string())
    .bind(id.map_or_else(String::new, |id| id.to_string()))
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets alerts that are over or seen and happened last before `before`.
pub(crate) async fn forget(connection: &mut AnyConnection, before: Timestamp) -> Result<u64, DbError> {
    let old = "last_at < $1 AND (acknowledged_at IS NOT NULL OR resolved_at IS NOT NULL)";
    let deliveries =
        format!("DELETE FROM alert_delivery WHERE alert_id IN (SELECT id FROM alert WHERE {old})");
    sqlx::query(sqlx::AssertSqlSafe(deliveries)).bind(before.millis()).execute(&mut *connection).await?;
    let alerts = format!("DELETE FROM alert WHERE {old}");
    let done = sqlx::query(sqlx::AssertSqlSafe(alerts)).bind(before.millis()).execute(connection).await?;
    Ok(done.rows_affected())
}

/// A delivery as its job needs it.
pub(crate) struct ToDeliver {
    pub(crate) webhook: String,
    pub(crate) state: DeliveryState,
    pub(crate) body: String,
}

/// Writes a delivery that waits.
pub(crate) async fn insert_delivery(
    connection: &mut AnyConnection,
    (owner, alert): (OwnerId, Id),
    delivery: &Delivery,
    body: &str,
) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO alert_delivery (id, owner_id, alert_id, webhook, name, state, attempts, body, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $8)",
    )
    .bind(delivery.id.to_string())
    .bind(owner.to_string())
    .bind(alert.to_string())
    .bind(&delivery.webhook)
    .bind(&delivery.name)
    .bind(delivery.state.as_str())
    .bind(body)
    .bind(delivery.updated_at.millis())
    .execute(connection)
    .await?;
    Ok(())
}

/// What is to be delivered; `None` where it was forgotten.
pub(crate) async fn to_deliver(pool: &AnyPool, id: Id) -> Result<Option<ToDeliver>, DbError> {
    let sql = "SELECT webhook, state, body FROM alert_delivery WHERE id = $1";
    let row = sqlx::query(sql).bind(id.to_string()).fetch_optional(pool).await?;
    row.map(|row| {
        Ok(ToDeliver {
            webhook: row.try_get("webhook")?,
            state: parsed(&row, "state", DeliveryState::from_name)?,
            body: row.try_get("body")?,
        })
    })
    .transpose()
}

/// Writes down what became of an attempt.
pub(crate) async fn delivered(
    connection: &mut AnyConnection,
    id: Id,
    (state, error): (DeliveryState, Option<&str>),
    now: Timestamp,
) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE alert_delivery SET state = $1, error = $2, attempts = attempts + 1, updated_at = $3 WHERE id = $4",
    )
    .bind(state.as_str())
    .bind(error)
    .bind(now.millis())
    .bind(id.to_string())
    .execute(connection)
    .await?;
    Ok(())
}

/// Puts their deliveries to alerts of one owner.
pub(crate) async fn with_deliveries(
    pool: &AnyPool,
    owner: OwnerId,
    alerts: &mut [Alert],
) -> Result<(), DbError> {
    let (Some(newest), Some(oldest)) =
        (alerts.iter().map(|alert| alert.id).max(), alerts.iter().map(|alert| alert.id).min())
    else {
        return Ok(());
    };
    let rows = sqlx::query(
        "SELECT id, alert_id, webhook, name, state, attempts, error, updated_at FROM alert_delivery
         WHERE owner_id = $1 AND alert_id >= $2 AND alert_id <= $3 ORDER BY id",
    )
    .bind(owner.to_string())
    .bind(oldest.to_string())
    .bind(newest.to_string())
    .fetch_all(pool)
    .await?;
    let mut by_alert: BTreeMap<String, Vec<Delivery>> = BTreeMap::new();
    for row in &rows {
        let delivery = Delivery {
            id: parsed(row, "id", |text| text.parse().ok())?,
            webhook: row.try_get("webhook")?,
            name: row.try_get("name")?,
            state: parsed(row, "state", DeliveryState::from_name)?,
            attempts: count(row, "attempts")?,
            error: row.try_get("error")?,
            updated_at: time(row, "updated_at")?,
        };
        by_alert.entry(row.try_get("alert_id")?).or_default().push(delivery);
    }
    for alert in alerts {
        alert.deliveries = by_alert.remove(&alert.id.to_string()).unwrap_or_default();
    }
    Ok(())
}
