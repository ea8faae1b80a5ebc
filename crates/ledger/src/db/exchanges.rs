//! The table `exchange`: the ledger.

mod insert;

pub use insert::insert;

use crate::{
    exchange::{Exchange, Outcome},
    query::{ExchangeFilter, SpendingRow},
};
use base::{Id, Money, OwnerId, Timestamp};
use budget::Project;
use llm::Usage;
use sqlx::{Row, any::AnyRow};
use std::{borrow::Cow, collections::HashMap};
use store::{
    Db, DbError, Sought,
    columns::{containing, count, flag, id, json, money, optional_id, time, to_json},
};

macro_rules! columns {
    () => {
        "id, owner_id, started_at, key_id, project, operation, route, deployment, provider, model, caller_dialect, \
         upstream_dialect, streamed, outcome, error_kind, error_message, input_tokens, cached_input_tokens, \
         cache_write_tokens, output_tokens, reasoning_tokens, cost_nanos, priced, estimated, saved_nanos, \
         baseline_nanos, prompt_saved_nanos, \
         first_token_ms, total_ms, attempts, cache_hit, tags, explanation"
    };
}
fn exchange(row: &AnyRow) -> Result<Exchange, DbError> {
    let outcome: String = row.try_get("outcome")?;
    let attempts: i64 = row.try_get("attempts")?;
    let first_token_ms: Option<i64> = row.try_get("first_token_ms")?;
    Ok(Exchange {
        id: id(row, "id")?,
        started_at: time(row, "started_at")?,
        owner: id(row, "owner_id")?,
        key_id: optional_id(row, "key_id")?,
        project: project(row)?,
        operation: row.try_get::<String, _>("operation")?.into(),
        route: row.try_get("route")?,
        deployment: row.try_get("deployment")?,
        provider: row.try_get("provider")?,
        model: row.try_get("model")?,
        caller_dialect: row.try_get::<Option<String>, _>("caller_dialect")?.map(Cow::Owned),
        upstream_dialect: row.try_get::<Option<String>, _>("upstream_dialect")?.map(Cow::Owned),
        streamed: flag(row, "streamed")?,
        outcome: Outcome::from_name(&outcome)
            .ok_or_else(|| DbError::malformed("exchange.outcome", format!("`{outcome}` is no outcome")))?,
        error_kind: row.try_get("error_kind")?,
        error_message: row.try_get("error_message")?,
        usage: Usage {
            input: count(row, "input_tokens")?,
            cached_input: count(row, "cached_input_tokens")?,
            cache_write: count(row, "cache_write_tokens")?,
            output: count(row, "output_tokens")?,
            reasoning: count(row, "reasoning_tokens")?,
            ..Usage::default()
        },
        cost: money(row, "cost_nanos")?,
        priced: flag(row, "priced")?,
        estimated: flag(row, "estimated")?,
        saved: money(row, "saved_nanos")?,
        baseline: money(row, "baseline_nanos")?,
        prompt_saved: money(row, "prompt_saved_nanos")?,
        first_token_ms: first_token_ms.and_then(|ms| u64::try_from(ms).ok()),
        total_ms: count(row, "total_ms")?,
        attempts: u32::try_from(attempts).map_err(|error| DbError::malformed("exchange.attempts", error))?,
        cache_hit: flag(row, "cache_hit")?,
        tags: json(row, "tags")?,
        explanation: json(row, "explanation")?,
    })
}

const PAGE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM exchange WHERE owner_id = $1 AND ($2 = '' OR started_at < $13 OR id < $2) AND ($3 = '' OR key_id = $3)
        AND ($4 = '' OR deployment = $4 OR model = $4 OR route = $4) AND ($5 = '' OR outcome = $5)
        AND ($6 = '' OR tags LIKE $6 ESCAPE '!') AND ($7 = '' OR provider = $7) AND ($8 = '' OR route = $8)
        AND ($9 = '' OR operation = $9) AND started_at >= $10 AND started_at < $11"
);

/// All of an exchange that a text is looked for in, apart from the name of its key.
const WORDS: &str =
    "(id || ' ' || route || ' ' || COALESCE(deployment, '') || ' ' || COALESCE(error_kind, '') || ' '
        || COALESCE(error_message, '') || ' ' || tags)";

/// The latest exchanges of an owner that pass the filter, one more than asked for where there are more.
pub(crate) async fn page(
    db: &Db,
    owner: OwnerId,
    filter: &ExchangeFilter,
    limit: u32,
) -> Result<Vec<Exchange>, DbError> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let last = match filter.before {
        Some(id) => Some(began(db, owner, id).await?),
        None => None,
    };
    let until = filter.until.map_or(i64::MAX, Timestamp::millis);
    let words = filter.text.as_deref().filter(|text| !text.is_empty());
    let sought = words.map(|text| Sought::of(db.engine(), text));
    let patterns = sought.as_ref().map_or(&[][..], Sought::patterns);
    let places: Vec<String> = (0..patterns.len()).map(|place| format!("${}", place + 14)).collect();
    let holds_it = sought.as_ref().map_or_else(String::new, |sought| {
        format!(
            "AND ({} OR key_id IN (SELECT key.id FROM virtual_key key WHERE {}))",
            sought.held_by(WORDS, &places),
            sought.held_by("key.name", &places)
        )
    });
    let sql = format!("{PAGE} {holds_it} ORDER BY started_at DESC, id DESC LIMIT $12");
    let found = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(owner.to_string())
        .bind(filter.before.map_or_else(String::new, |id| id.to_string()))
        .bind(filter.key_id.map_or_else(String::new, |id| id.to_string()))
        .bind(text(&filter.model))
        .bind(filter.outcome.map_or("", Outcome::as_str))
        .bind(filter.tag.as_deref().map_or_else(String::new, |tag| containing(&to_json(&tag))))
        .bind(text(&filter.provider))
        .bind(text(&filter.route))
        .bind(text(&filter.operation))
        .bind(filter.from.map_or(i64::MIN, Timestamp::millis))
        .bind(last.map_or(until, |last| until.min(last.saturating_add(1))))
        .bind(i64::from(limit) + 1)
        .bind(last.unwrap_or(i64::MAX));
    let found = patterns.iter().fold(found, |found, pattern| found.bind(pattern.clone()));
    let rows = found.fetch_all(db.pool()).await?;
    rows.iter().map(exchange).collect()
}

/// When an exchange began, in milliseconds; of one that the ledger does not have any more, when its id was made.
async fn began(db: &Db, owner: OwnerId, id: Id) -> Result<i64, DbError> {
    let row = sqlx::query("SELECT started_at FROM exchange_row WHERE owner_id = $1 AND id = $2")
        .bind(owner.to_string())
        .bind(id.to_string())
        .fetch_optional(db.pool())
        .await?;
    row.map_or(Ok(id.made_at().millis()), |row| Ok(row.try_get("started_at")?))
}

const BY_ID: &str = concat!("SELECT ", columns!(), " FROM exchange WHERE owner_id = $1 AND id = $2");

/// One exchange of an owner.
pub(crate) async fn exchange_by_id(db: &Db, owner: OwnerId, id: Id) -> Result<Option<Exchange>, DbError> {
    let row =
        sqlx::query(BY_ID).bind(owner.to_string()).bind(id.to_string()).fetch_optional(db.pool()).await?;
    row.as_ref().map(exchange).transpose()
}

/// Whose spending is added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spender {
    Everybody,
    User(OwnerId),
    Project(String),
    Key(Id),
}

impl Spender {
    const fn sql(&self) -> &'static str {
        macro_rules! spent_by {
            ($whose:literal) => {
                concat!(
                    "SELECT CAST(COALESCE(SUM(cost_nanos), 0) AS BIGINT) AS spent_nanos FROM spending WHERE ",
                    $whose,
                    " AND started_at >= $2 AND started_at < $3"
                )
            };
        }
        match self {
            Self::Everybody => spent_by!("$1 = ''"),
            Self::User(_) => spent_by!("owner_id = $1"),
            Self::Project(_) => spent_by!("project = $1"),
            Self::Key(_) => spent_by!("key_id = $1"),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Everybody => String::new(),
            Self::User(id) | Self::Key(id) => id.to_string(),
            Self::Project(name) => name.clone(),
        }
    }
}

/// What somebody has spent on calls that began at or after `from` and before `until`.
pub async fn spent(
    db: &Db,
    spender: &Spender,
    (from, until): (Timestamp, Timestamp),
) -> Result<Money, DbError> {
    let row = sqlx::query(spender.sql())
        .bind(spender.name())
        .bind(from.millis())
        .bind(until.millis())
        .fetch_one(db.pool())
        .await?;
    money(&row, "spent_nanos")
}

fn project(row: &AnyRow) -> Result<Option<Project>, DbError> {
    let name: Option<String> = row.try_get("project")?;
    name.map(|name| name.parse().map_err(|error| DbError::malformed("exchange.project", error))).transpose()
}

/// What these exchanges did cost, of those that the ledger has.
pub async fn costs(db: &Db, ids: &[String]) -> Result<HashMap<String, Money>, DbError> {
    let mut costs = HashMap::new();
    for id in ids {
        let row = sqlx::query("SELECT cost_nanos FROM exchange_row WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(db.pool())
            .await?;
        if let Some(row) = row {
            costs.insert(id.clone(), money(&row, "cost_nanos")?);
        }
    }
    Ok(costs)
}

/// A row that was taken out of the ledger again.
pub struct TakenBack {
    pub id: Id,
    pub owner: OwnerId,
    pub key_id: Option<Id>,
    pub project: Option<Project>,
    pub started_at: Timestamp,
    pub cost: Money,
}

/// Takes these out of the ledger, and answers with those that were there.
pub async fn take_back(db: &Db, ids: &[Id]) -> Result<Vec<TakenBack>, DbError> {
    let mut taken = Vec::new();
    // A write at a time, so that other writers are not kept waiting for all of them.
    for batch in ids.chunks(256) {
        let mut transaction = db.begin().await?;
        for taken_id in batch {
            let row = sqlx::query(
                "DELETE FROM exchange_row WHERE id = $1 RETURNING owner_id, key_id, project, started_at, cost_nanos",
            )
            .bind(taken_id.to_string())
            .fetch_optional(&mut *transaction)
            .await?;
            if let Some(row) = row {
                taken.push(TakenBack {
                    id: *taken_id,
                    owner: id(&row, "owner_id")?,
                    project: project(&row)?,
                    key_id: optional_id(&row, "key_id")?,
                    started_at: time(&row, "started_at")?,
                    cost: money(&row, "cost_nanos")?,
                });
            }
        }
        transaction.commit().await?;
    }
    Ok(taken)
}

/// Tokens read and written by deployment, of the calls from `from` up to but not including `until`.
pub async fn used_between(db: &Db, from: Timestamp, until: Timestamp) -> Result<Vec<(String, u64)>, DbError> {
    let rows = sqlx::query(
        "SELECT deployment, CAST(SUM(input_tokens + cached_input_tokens + cache_write_tokens + output_tokens) AS BIGINT)
            AS tokens
        FROM exchange WHERE deployment IS NOT NULL AND cache_hit = 0 AND started_at >= $1 AND started_at < $2
        GROUP BY deployment",
    )
    .bind(from.millis())
    .bind(until.millis())
    .fetch_all(db.pool())
    .await?;
    rows.iter().map(|row| Ok((row.try_get("deployment")?, count(row, "tokens")?))).collect()
}

/// By what spending is added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Totals {
    All,
    Day,
    Model,
    Key,
    Provider,
}

macro_rules! spending_by {
    ($name:literal, $group:literal, $order:literal) => {
        concat!(
            "SELECT ",
            $name,
            " AS name, CAST(COALESCE(SUM(requests), 0) AS BIGINT) AS requests,
            CAST(COALESCE(SUM(failures), 0) AS BIGINT) AS failures,
            CAST(COALESCE(SUM(estimated), 0) AS BIGINT) AS estimated,
            CAST(COALESCE(SUM(cached), 0) AS BIGINT) AS cached,
            CAST(COALESCE(SUM(input_tokens), 0) AS BIGINT) AS input_tokens,
            CAST(COALESCE(SUM(cached_input_tokens), 0) AS BIGINT) AS cached_input_tokens,
            CAST(COALESCE(SUM(output_tokens), 0) AS BIGINT) AS output_tokens,
            CAST(COALESCE(SUM(cost_nanos), 0) AS BIGINT) AS cost_nanos,
            CAST(COALESCE(SUM(saved_nanos), 0) AS BIGINT) AS saved_nanos
            FROM spending WHERE owner_id = $1 AND started_at >= $2 AND started_at < $3",
            $group,
            " ORDER BY ",
            $order
        )
    };
}

impl Totals {
    const fn sql(self) -> &'static str {
        match self {
            Self::All => spending_by!("''", "", "1"),
            Self::Day => spending_by!(
                "CAST(started_at / 86400000 AS TEXT)",
                " GROUP BY started_at / 86400000",
                "started_at / 86400000"
            ),
            Self::Model => spending_by!("spending.name", " GROUP BY spending.name", "9 DESC, 1"),
            Self::Key => spending_by!(
                "COALESCE((SELECT name FROM virtual_key WHERE virtual_key.id = key_id), key_id, '')",
                " GROUP BY key_id",
                "9 DESC, 1"
            ),
            Self::Provider => spending_by!("provider", " GROUP BY provider", "9 DESC, 1"),
        }
    }
}

/// Adds up what an owner's calls from `from` up to but not including `until` came to.
pub(crate) async fn spending(
    db: &Db,
    owner: OwnerId,
    (from, until): (Timestamp, Timestamp),
    totals: Totals,
) -> Result<Vec<SpendingRow>, DbError> {
    let rows = sqlx::query(totals.sql())
        .bind(owner.to_string())
        .bind(from.millis())
        .bind(until.millis())
        .fetch_all(db.pool())
        .await?;
    rows.iter()
        .map(|row| {
            let mut name: String = row.try_get("name")?;
            if totals == Totals::Day {
                let days: i64 =
                    name.parse().map_err(|error| DbError::malformed("exchange.started_at", error))?;
                name = Timestamp::from_millis(days.saturating_mul(86_400_000)).day();
            }
            Ok(SpendingRow {
                name,
                requests: count(row, "requests")?,
                failures: count(row, "failures")?,
                estimated: count(row, "estimated")?,
                cached: count(row, "cached")?,
                input_tokens: count(row, "input_tokens")?,
                cached_input_tokens: count(row, "cached_input_tokens")?,
                output_tokens: count(row, "output_tokens")?,
                cost: money(row, "cost_nanos")?,
                saved: money(row, "saved_nanos")?,
            })
        })
        .collect()
}
