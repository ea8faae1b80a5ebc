//! Sums over the ledger, grouped by the database.

use crate::report::{By, Group, OWN_CALLS, ReportFilter, ReportQuery, Sums};
use base::OwnerId;
use sqlx::{Row, any::AnyRow};
use store::{
    Db, DbError,
    columns::{containing, money, to_json},
};

/// Sums of the rows of `exchange`.
const OF_EXCHANGES: &str = "CAST(COUNT(*) AS BIGINT) AS requests,
    CAST(SUM(CASE WHEN outcome IN ('failed', 'interrupted') THEN 1 ELSE 0 END) AS BIGINT) AS failures,
    CAST(SUM(estimated) AS BIGINT) AS estimated, CAST(SUM(cache_hit) AS BIGINT) AS cached,
    CAST(SUM(input_tokens + cached_input_tokens + cache_write_tokens) AS BIGINT) AS input_tokens,
    CAST(SUM(cached_input_tokens) AS BIGINT) AS cached_input_tokens,
    CAST(SUM(output_tokens) AS BIGINT) AS output_tokens,
    CAST(SUM(cost_nanos) AS BIGINT) AS cost_nanos, CAST(SUM(saved_nanos) AS BIGINT) AS saved_nanos,
    CAST(SUM(prompt_saved_nanos) AS BIGINT) AS prompt_saved_nanos,
    CAST(SUM(baseline_nanos) AS BIGINT) AS baseline_nanos";

/// Sums of the rows of `exchange_day`.
const OF_DAYS: &str = "CAST(SUM(requests) AS BIGINT) AS requests, CAST(SUM(failures) AS BIGINT) AS failures,
    CAST(SUM(estimated) AS BIGINT) AS estimated, CAST(SUM(cached) AS BIGINT) AS cached,
    CAST(SUM(input_tokens) AS BIGINT) AS input_tokens,
    CAST(SUM(cached_input_tokens) AS BIGINT) AS cached_input_tokens,
    CAST(SUM(output_tokens) AS BIGINT) AS output_tokens,
    CAST(SUM(cost_nanos) AS BIGINT) AS cost_nanos, CAST(SUM(saved_nanos) AS BIGINT) AS saved_nanos,
    CAST(SUM(prompt_saved_nanos) AS BIGINT) AS prompt_saved_nanos,
    CAST(SUM(baseline_nanos) AS BIGINT) AS baseline_nanos";

/// What the sums are grouped by: the number of the hour or day, and a name.
const fn time(by: By) -> &'static str {
    match by {
        By::Hour => "started_at / 3600000",
        By::Day => "started_at / 86400000",
        By::Provider | By::Model | By::Key | By::Project | By::Tag | By::User | By::Conversation => "0",
    }
}

const fn name_of_exchange(by: By) -> &'static str {
    match by {
        By::Hour | By::Day => "''",
        By::Provider => "COALESCE(provider, '')",
        By::Model => "COALESCE(deployment, route)",
        By::Key => "COALESCE(key_id, '')",
        By::Project => "COALESCE(project, '')",
        By::Tag => WITHOUT_CONVERSATION,
        By::User | By::Conversation => "tags",
    }
}

/// The labels with the conversation's id left out (it is the first of them, `["conversation:` and 36 characters): of the
/// reports by label every conversation is the same, and grouped by the database they are few instead of thousands.
const WITHOUT_CONVERSATION: &str = "CASE WHEN tags LIKE '[\"conversation:%' AND SUBSTR(tags, 52, 1) = '\"'
    THEN '[\"conversation:' || SUBSTR(tags, 52) ELSE tags END";

const fn name_of_day(by: By) -> &'static str {
    match by {
        By::Hour | By::Day | By::Tag | By::User | By::Conversation => "''",
        By::Provider => "provider",
        By::Model => "name",
        By::Key => "key_id",
        By::Project => "project",
    }
}

/// The sums of exchanges and of the days of those that were cleared away.
pub(crate) async fn report(db: &Db, owner: OwnerId, query: &ReportQuery) -> Result<Vec<Group>, DbError> {
    let named = query.split.unwrap_or(query.by);
    let ReportFilter { provider, model, key, project, tag } = &query.filter;
    // Only exchanges have labels and hours; where a label is asked for, days have nothing to add.
    let exchanges = statement(&Source {
        table: "exchange",
        time: time(query.by),
        name: name_of_exchange(named),
        sums: OF_EXCHANGES,
        provider: name_of_exchange(By::Provider),
        model: name_of_exchange(By::Model),
        key: name_of_exchange(By::Key),
        project: name_of_exchange(By::Project),
        tag: "tags LIKE $8 ESCAPE '!'",
    });
    let day = if query.by.is_time() { By::Day } else { query.by };
    let days = statement(&Source {
        table: "exchange_day",
        time: time(day),
        name: name_of_day(named),
        sums: OF_DAYS,
        provider: name_of_day(By::Provider),
        model: name_of_day(By::Model),
        key: name_of_day(By::Key),
        project: name_of_day(By::Project),
        tag: "$8 = '-'",
    });
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    // Those without are asked for by what they are listed under, and have an empty text in the database.
    let (key, nobodys_key) = (text(key), key.as_deref() == Some(OWN_CALLS));
    let mut groups = Vec::new();
    for (sql, cleared) in [(exchanges, false), (days, true)] {
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(owner.to_string())
            .bind(query.from.millis())
            .bind(query.until.millis())
            .bind(text(provider))
            .bind(text(model))
            .bind(key.clone())
            .bind(text(project))
            .bind(tag.as_deref().map_or_else(String::new, |tag| containing(&to_json(&tag))))
            .bind(i64::from(nobodys_key))
            .fetch_all(db.pool())
            .await?;
        for row in &rows {
            groups.push(Group {
                time: row.try_get("time")?,
                name: row.try_get("name")?,
                cleared,
                sums: sums(row)?,
            });
        }
    }
    if named == By::Key {
        name_keys(db, owner, &mut groups).await?;
    }
    Ok(groups)
}

/// The parts in which the two statements differ. Each is one of this file's own texts.
struct Source {
    table: &'static str,
    time: &'static str,
    name: &'static str,
    sums: &'static str,
    provider: &'static str,
    model: &'static str,
    key: &'static str,
    project: &'static str,
    tag: &'static str,
}

fn statement(source: &Source) -> String {
    let Source { table, time, name, sums, provider, model, key, project, tag } = source;
    format!(
        "SELECT CAST({time} AS BIGINT) AS time, {name} AS name, {sums} FROM {table}
         WHERE owner_id = $1 AND started_at >= $2 AND started_at < $3
            AND ($4 = '' OR {provider} = $4 OR ($4 = '(none)' AND {provider} = ''))
            AND ($5 = '' OR {model} = $5)
            AND ($6 = '' OR ($9 = 1 AND {key} = '') OR ($9 = 0 AND ({key} = $6 OR {key} IN
                (SELECT named.id FROM virtual_key named WHERE named.owner_id = $1 AND named.name = $6))))
            AND ($7 = '' OR {project} = $7 OR ($7 = '(none)' AND {project} = ''))
            AND ($8 = '' OR {tag})
         GROUP BY 1, 2"
    )
}

fn sums(row: &AnyRow) -> Result<Sums, DbError> {
    Ok(Sums {
        requests: row.try_get("requests")?,
        failures: row.try_get("failures")?,
        estimated: row.try_get("estimated")?,
        cached: row.try_get("cached")?,
        input_tokens: row.try_get("input_tokens")?,
        cached_input_tokens: row.try_get("cached_input_tokens")?,
        output_tokens: row.try_get("output_tokens")?,
        cost: money(row, "cost_nanos")?,
        saved: money(row, "saved_nanos")?,
        prompt_saved: money(row, "prompt_saved_nanos")?,
        baseline: money(row, "baseline_nanos")?,
    })
}

/// Puts the names of keys in the place of their ids; one that was forgotten keeps its id.
async fn name_keys(db: &Db, owner: OwnerId, groups: &mut [Group]) -> Result<(), DbError> {
    let sql = "SELECT id, name FROM virtual_key WHERE owner_id = $1";
    let rows = sqlx::query(sql).bind(owner.to_string()).fetch_all(db.pool()).await?;
    for row in &rows {
        let (id, name): (String, String) = (row.try_get("id")?, row.try_get("name")?);
        for group in groups.iter_mut().filter(|group| group.name == id) {
            group.name.clone_from(&name);
        }
    }
    Ok(())
}
