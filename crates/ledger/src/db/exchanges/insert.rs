//! Writing exchanges to the ledger: many rows a statement, and what is the same in all of them only once.

use crate::exchange::Exchange;
use budget::Project;
use sqlx::{Any, query::Query};
use std::{borrow::Borrow, sync::LazyLock};
use store::{
    Db, DbError, Engine,
    columns::{signed, to_json},
};

/// The columns in which every exchange is different; [`bind_own`] has them in this order.
macro_rules! own {
    () => {
        "id, started_at, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, \
         cost_nanos, saved_nanos, baseline_nanos, prompt_saved_nanos, first_token_ms, total_ms"
    };
}
const OWN: usize = 13;

/// The columns in which most exchanges of a moment are alike; [`bind_shared`] has them in this order.
macro_rules! shared {
    () => {
        "owner_id, key_id, project, operation, route, deployment, provider, model, caller_dialect, upstream_dialect, \
         streamed, outcome, error_kind, error_message, priced, estimated, attempts, cache_hit, tags, explanation"
    };
}
const SHARED: usize = 20;

/// Rows a statement, largest first: each is a message to the thread that works for the database and one back.
const ROWS: [usize; 4] = [256, 64, 8, 1];
/// From so many alike on it is worth it to say what they share only once.
const MANY: usize = 8;

type Statements = LazyLock<[String; ROWS.len()]>;

/// `INSERT` of rows of which each says everything.
///
/// SQLite looks a parameter with a name (`$7`) up along the list of all names, which costs the square of a statement's
/// length; places without one (`?`) cost nothing. And where a statement of several rows may fail in the middle, SQLite
/// first copies every page that it changes, to undo what came before; `OR IGNORE` cannot fail there. It passes over
/// rows that break any constraint, but of the table's only the id's can be broken: everything that must not be null
/// is never `None`.
static SQLITE: Statements = LazyLock::new(|| {
    ROWS.map(|rows| {
        let values = rows_of(rows, OWN + SHARED, |_| "?".to_owned());
        format!(concat!("INSERT OR IGNORE INTO exchange (", own!(), ", ", shared!(), ") VALUES {}"), values)
    })
});

/// The same for rows that share all but their own columns.
static SQLITE_ALIKE: Statements = LazyLock::new(|| {
    ROWS.map(|rows| {
        format!(
            concat!(
                "INSERT OR IGNORE INTO exchange (",
                own!(),
                ", ",
                shared!(),
                ") SELECT own.*, shared.* FROM (VALUES {}) AS own, (SELECT {}) AS shared"
            ),
            rows_of(rows, OWN, |_| "?".to_owned()),
            vec!["?"; SHARED].join(", "),
        )
    })
});

static POSTGRES: Statements = LazyLock::new(|| {
    ROWS.map(|rows| {
        let values = rows_of(rows, OWN + SHARED, |place| format!("${place}"));
        let insert = concat!("INSERT INTO exchange (", own!(), ", ", shared!(), ")");
        format!("{insert} VALUES {values} ON CONFLICT (id) DO NOTHING")
    })
});

/// So many rows of so many places, which count from 1.
fn rows_of(rows: usize, columns: usize, place: impl Fn(usize) -> String) -> String {
    let row = |row: usize| {
        let places: Vec<String> = (1..=columns).map(|column| place(row * columns + column)).collect();
        format!("({})", places.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

/// Writes exchanges; those that the ledger has already are left as they are.
pub async fn insert<E: Borrow<Exchange> + Sync>(db: &Db, exchanges: &[E]) -> Result<(), DbError> {
    if exchanges.is_empty() {
        return Ok(());
    }
    let mut rest: Vec<&Exchange> = exchanges.iter().map(E::borrow).collect();
    let mut transaction = db.begin().await?;
    let each = match db.engine() {
        Engine::Sqlite => {
            for group in alike(&mut rest) {
                for (sql, rows) in in_statements(&SQLITE_ALIKE, &group) {
                    let query = sqlx::query(sqlx::AssertSqlSafe(sql));
                    let query = rows.iter().copied().fold(query, bind_own);
                    rows.iter().take(1).copied().fold(query, bind_shared).execute(&mut *transaction).await?;
                }
            }
            &SQLITE
        }
        Engine::Postgres => &POSTGRES,
    };
    for (sql, rows) in in_statements(each, &rest) {
        let bind = |query, exchange| bind_shared(bind_own(query, exchange), exchange);
        let query = sqlx::query(sqlx::AssertSqlSafe(sql));
        rows.iter().copied().fold(query, bind).execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

/// Takes the groups of exchanges out that are alike.
fn alike<'e>(exchanges: &mut Vec<&'e Exchange>) -> Vec<Vec<&'e Exchange>> {
    let mut groups: Vec<Vec<&Exchange>> = Vec::new();
    for exchange in exchanges.drain(..) {
        // The latest groups first; where there are very many, they are small and not worth the search.
        let like = |group: &&mut Vec<&Exchange>| group.first().is_some_and(|first| is_alike(first, exchange));
        match groups.iter_mut().rev().take(16).find(like) {
            Some(group) => group.push(exchange),
            None => groups.push(vec![exchange]),
        }
    }
    let (large, small): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| group.len() >= MANY);
    exchanges.extend(small.into_iter().flatten());
    large
}

/// Whether two exchanges share all [`SHARED`] columns.
fn is_alike(one: &Exchange, other: &Exchange) -> bool {
    let plain = |exchange: &Exchange| {
        let Exchange { owner, key_id, project, streamed, outcome, .. } = exchange;
        let Exchange { priced, estimated, attempts, cache_hit, .. } = exchange;
        (*owner, *key_id, *project, *streamed, *outcome, *priced, *estimated, *attempts, *cache_hit)
    };
    plain(one) == plain(other)
        && one.route == other.route
        && one.deployment == other.deployment
        && one.provider == other.provider
        && one.model == other.model
        && one.operation == other.operation
        && one.caller_dialect == other.caller_dialect
        && one.upstream_dialect == other.upstream_dialect
        && one.error_kind == other.error_kind
        && one.error_message == other.error_message
        && one.tags == other.tags
        && one.explanation == other.explanation
}

/// Cuts rows into statements, the largest first.
fn in_statements<'s, 'e>(
    statements: &'s [String; ROWS.len()],
    mut rows: &'e [&'e Exchange],
) -> impl Iterator<Item = (&'s str, &'e [&'e Exchange])> {
    ROWS.into_iter().zip(statements).flat_map(move |(count, sql)| {
        let (whole, rest) = rows.split_at(rows.len() - rows.len() % count);
        rows = rest;
        whole.chunks(count).map(move |rows| (sql.as_str(), rows))
    })
}

type AnyQuery<'q> = Query<'q, Any, <Any as sqlx::Database>::Arguments>;

/// Binds the columns of [`own!`].
fn bind_own<'q>(query: AnyQuery<'q>, exchange: &'q Exchange) -> AnyQuery<'q> {
    query
        .bind(exchange.id.to_string())
        .bind(exchange.started_at.millis())
        .bind(signed(exchange.usage.input.saturating_add(exchange.usage.audio_input)))
        .bind(signed(exchange.usage.cached_input))
        .bind(signed(exchange.usage.cache_write))
        .bind(signed(exchange.usage.output))
        .bind(signed(exchange.usage.reasoning))
        .bind(exchange.cost.nanos())
        .bind(exchange.saved.nanos())
        .bind(exchange.baseline.nanos())
        .bind(exchange.prompt_saved.nanos())
        .bind(exchange.first_token_ms.map(signed))
        .bind(signed(exchange.total_ms))
}

/// Binds the columns of [`shared!`].
fn bind_shared<'q>(query: AnyQuery<'q>, exchange: &'q Exchange) -> AnyQuery<'q> {
    query
        .bind(exchange.owner.to_string())
        .bind(exchange.key_id.map(|id| id.to_string()))
        .bind(exchange.project.as_ref().map(Project::as_str))
        .bind(&*exchange.operation)
        .bind(exchange.route.as_str())
        .bind(exchange.deployment.as_deref())
        .bind(exchange.provider.as_deref())
        .bind(exchange.model.as_deref())
        .bind(exchange.caller_dialect.as_deref())
        .bind(exchange.upstream_dialect.as_deref())
        .bind(i64::from(exchange.streamed))
        .bind(exchange.outcome.as_str())
        .bind(exchange.error_kind.as_deref())
        .bind(exchange.error_message.as_deref())
        .bind(i64::from(exchange.priced))
        .bind(i64::from(exchange.estimated))
        .bind(i64::from(exchange.attempts))
        .bind(i64::from(exchange.cache_hit))
        .bind(to_json(&exchange.tags))
        .bind(to_json(&exchange.explanation))
}
