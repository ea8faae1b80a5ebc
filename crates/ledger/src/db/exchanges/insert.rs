//! Writing exchanges to the ledger: many rows a statement, and what is the same in many of them only once.

use crate::exchange::Exchange;
use base::Timestamp;
use budget::Project;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use sqlx::{Any, AnyConnection, query::Query};
use std::{borrow::Borrow, collections::BTreeMap, sync::LazyLock};
use store::{
    Db, DbError, Engine,
    columns::{signed, to_json},
};

/// The columns in which every exchange is different; [`bind_own`] has them in this order.
macro_rules! own {
    () => {
        "id, started_at, input_tokens, output_tokens, cost_nanos, baseline_nanos, first_token_ms, total_ms"
    };
}
const OWN: usize = 8;

/// The columns that are 0 in many exchanges; [`rare`] has them in this order.
macro_rules! rare {
    () => {
        "cached_input_tokens, cache_write_tokens, reasoning_tokens, saved_nanos, prompt_saved_nanos"
    };
}
const RARE: usize = 5;

/// The columns in which most exchanges of a moment are alike; [`bind_shared`] has them in this order.
macro_rules! shared {
    () => {
        "owner_id, key_id, project, kind"
    };
}
const SHARED: usize = 4;

/// The columns of a row that are empty where its kind has them; [`bind_texts`] has them in this order.
macro_rules! texts {
    () => {
        "error_message, tags, explanation"
    };
}
const TEXTS: usize = 3;

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
        let values = rows_of(rows, OWN + RARE + SHARED + TEXTS, |_| "?".to_owned());
        let columns = concat!(own!(), ", ", rare!(), ", ", shared!(), ", ", texts!());
        format!("INSERT OR IGNORE INTO exchange_row ({columns}) VALUES {values}")
    })
});

/// The same for rows that share all but these columns.
static SQLITE_ALIKE: Statements =
    LazyLock::new(|| sqlite_alike(concat!(own!(), ", ", rare!()), OWN + RARE, "own.*"));

/// The same where nothing rare is in any of them.
static SQLITE_PLAIN: Statements =
    LazyLock::new(|| sqlite_alike(concat!(own!(), ", ", rare!()), OWN, "own.*, 0, 0, 0, 0, 0"));

fn sqlite_alike(columns: &str, own: usize, selected: &str) -> [String; ROWS.len()] {
    let shared = ["?"; SHARED].join(", ");
    ROWS.map(|rows| {
        let values = rows_of(rows, own, |_| "?".to_owned());
        let into = concat!("INSERT OR IGNORE INTO exchange_row (", shared!());
        format!("{into}, {columns}) SELECT {shared}, {selected} FROM (VALUES {values}) AS own")
    })
}

static POSTGRES: Statements = LazyLock::new(|| {
    ROWS.map(|rows| {
        let values = rows_of(rows, OWN + RARE + SHARED + TEXTS, |place| format!("${place}"));
        let columns = concat!(own!(), ", ", rare!(), ", ", shared!(), ", ", texts!());
        format!("INSERT INTO exchange_row ({columns}) VALUES {values} ON CONFLICT (id) DO NOTHING")
    })
});

/// Nothing is written where another kind has the number.
const KIND: &str =
    "INSERT INTO exchange_kind (id, digest, seen_at, operation, route, deployment, provider, model, caller_dialect,
        upstream_dialect, streamed, outcome, error_kind, priced, estimated, attempts, cache_hit, error_message, tags,
        explanation)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
    ON CONFLICT (id) DO UPDATE SET seen_at =
        CASE WHEN excluded.seen_at > exchange_kind.seen_at THEN excluded.seen_at ELSE exchange_kind.seen_at END
    WHERE exchange_kind.digest = excluded.digest";

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
    let Some(seen_at) = exchanges.iter().map(|exchange| exchange.borrow().started_at).max() else {
        return Ok(());
    };
    let mut rest: Vec<&Exchange> = exchanges.iter().map(E::borrow).collect();
    let groups = alike(&mut rest);
    let shared = groups.iter().filter_map(|group| group.first()).map(|like| Kind::new(like, Some(like)));
    let own = rest.iter().map(|like| Kind::new(like, None));
    let kinds: Vec<Kind<'_>> = shared.chain(own).collect();
    let mut transaction = db.begin().await?;
    let numbers = number(&mut transaction, &kinds, seen_at).await?;
    let each = match db.engine() {
        Engine::Sqlite => &SQLITE,
        Engine::Postgres => &POSTGRES,
    };
    let (of_groups, of_rest) = numbers.split_at(groups.len());
    for (group, kind) in groups.iter().zip(of_groups) {
        match db.engine() {
            Engine::Sqlite => write_alike(&mut transaction, group, *kind).await?,
            Engine::Postgres => {
                let rows: Vec<Row<'_>> = group.iter().map(|exchange| (*exchange, *kind, None)).collect();
                write(&mut transaction, each, &rows).await?;
            }
        }
    }
    let rows: Vec<Row<'_>> =
        rest.iter().zip(of_rest).map(|(exchange, kind)| (*exchange, *kind, Some(*exchange))).collect();
    write(&mut transaction, each, &rows).await?;
    transaction.commit().await
}

/// Writes rows that share all but what only SQLite's statements for such tell apart.
async fn write_alike(connection: &mut AnyConnection, group: &[&Exchange], kind: i64) -> Result<(), DbError> {
    let Some(&like) = group.first() else { return Ok(()) };
    let plain = group.iter().all(|exchange| rare(exchange) == [0; RARE]);
    let statements = if plain { &SQLITE_PLAIN } else { &SQLITE_ALIKE };
    let bind = |query, exchange| {
        let query = bind_own(query, exchange);
        if plain { query } else { bind_rare(query, exchange) }
    };
    for (sql, rows) in in_statements(statements, group) {
        let query = bind_shared(sqlx::query(sqlx::AssertSqlSafe(sql)), like, kind);
        rows.iter().copied().fold(query, bind).execute(&mut *connection).await?;
    }
    Ok(())
}

/// An exchange, the number of its kind, and whose texts stand beside it: nobody's where the kind has them.
type Row<'e> = (&'e Exchange, i64, Option<&'e Exchange>);

/// Writes rows of which each says everything.
async fn write(
    connection: &mut AnyConnection,
    statements: &[String; ROWS.len()],
    rows: &[Row<'_>],
) -> Result<(), DbError> {
    for (sql, rows) in in_statements(statements, rows) {
        let bind = |query, (exchange, kind, texts)| {
            let query = bind_rare(bind_own(query, exchange), exchange);
            bind_texts(bind_shared(query, exchange, kind), texts)
        };
        rows.iter()
            .copied()
            .fold(sqlx::query(sqlx::AssertSqlSafe(sql)), bind)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// What calls have in common.
struct Kind<'e> {
    like: &'e Exchange,
    /// Whose error's message, labels and explanation are the kind's. Calls of which there are few have their own, since
    /// these would make a kind of each alone.
    texts: Option<&'e Exchange>,
    /// SHA-256 of everything that it says.
    digest: [u8; 32],
}

/// The numbers of kinds, of which those that are new are written.
async fn number(
    connection: &mut AnyConnection,
    kinds: &[Kind<'_>],
    seen_at: Timestamp,
) -> Result<Vec<i64>, DbError> {
    // In one order everywhere, so that no two processes wait for each other's rows.
    let mut numbers: BTreeMap<[u8; 32], (&Kind<'_>, i64)> =
        kinds.iter().map(|kind| (kind.digest, (kind, kind.first_number()))).collect();
    for (kind, number) in numbers.values_mut() {
        while !kind.write(connection, *number, seen_at).await? {
            *number = number.wrapping_add(1) & i64::MAX;
        }
    }
    Ok(kinds.iter().filter_map(|kind| numbers.get(&kind.digest)).map(|(_, number)| *number).collect())
}

impl<'e> Kind<'e> {
    fn new(like: &'e Exchange, texts: Option<&'e Exchange>) -> Self {
        let said = to_json(&(common(like), texts.map(self::texts)));
        Self { like, texts, digest: Sha256::digest(said).into() }
    }

    /// The number that it has, unless another kind had it before.
    fn first_number(&self) -> i64 {
        let [a, b, c, d, e, f, g, h, ..] = self.digest;
        i64::from_be_bytes([a, b, c, d, e, f, g, h]) & i64::MAX
    }

    /// Whether it has this number now.
    async fn write(
        &self,
        connection: &mut AnyConnection,
        number: i64,
        seen_at: Timestamp,
    ) -> Result<bool, DbError> {
        let Self { like, texts, digest } = self;
        let query = sqlx::query(KIND)
            .bind(number)
            .bind(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
            .bind(seen_at.millis())
            .bind(&*like.operation)
            .bind(like.route.as_str())
            .bind(like.deployment.as_deref())
            .bind(like.provider.as_deref())
            .bind(like.model.as_deref())
            .bind(like.caller_dialect.as_deref())
            .bind(like.upstream_dialect.as_deref())
            .bind(i64::from(like.streamed))
            .bind(like.outcome.as_str())
            .bind(like.error_kind.as_deref())
            .bind(i64::from(like.priced))
            .bind(i64::from(like.estimated))
            .bind(i64::from(like.attempts))
            .bind(i64::from(like.cache_hit));
        let done = bind_texts(query, *texts).execute(connection).await?;
        Ok(done.rows_affected() > 0)
    }
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

/// Whether two exchanges are of one owner, key, project and kind.
fn is_alike(one: &Exchange, other: &Exchange) -> bool {
    let whose = |call: &Exchange| (call.owner, call.key_id, call.project);
    whose(one) == whose(other) && common(one) == common(other) && texts(one) == texts(other)
}

/// What exchanges of one kind have in common.
fn common(call: &Exchange) -> impl PartialEq + Serialize {
    let Exchange { operation, route, deployment, provider, model, .. } = call;
    let Exchange { caller_dialect, upstream_dialect, streamed, outcome, error_kind, .. } = call;
    let Exchange { priced, estimated, attempts, cache_hit, .. } = call;
    let names = (operation, route, deployment, provider, model, caller_dialect, upstream_dialect);
    (names, streamed, outcome, error_kind, priced, estimated, attempts, cache_hit)
}

/// The columns of [`texts!`].
fn texts(call: &Exchange) -> impl PartialEq + Serialize {
    (&call.error_message, &call.tags, &call.explanation)
}

/// Cuts rows into statements, the largest first.
fn in_statements<'s, 'r, T>(
    statements: &'s [String; ROWS.len()],
    mut rows: &'r [T],
) -> impl Iterator<Item = (&'s str, &'r [T])> {
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
        .bind(signed(exchange.usage.output))
        .bind(exchange.cost.nanos())
        .bind(exchange.baseline.nanos())
        .bind(exchange.first_token_ms.map(signed))
        .bind(signed(exchange.total_ms))
}

/// The columns of [`rare!`].
fn rare(exchange: &Exchange) -> [i64; RARE] {
    let Exchange { usage, saved, prompt_saved, .. } = exchange;
    let tokens = [usage.cached_input, usage.cache_write, usage.reasoning].map(signed);
    let [cached_input, cache_write, reasoning] = tokens;
    [cached_input, cache_write, reasoning, saved.nanos(), prompt_saved.nanos()]
}

fn bind_rare<'q>(query: AnyQuery<'q>, exchange: &Exchange) -> AnyQuery<'q> {
    rare(exchange).into_iter().fold(query, Query::bind)
}

/// Binds the columns of [`shared!`].
fn bind_shared<'q>(query: AnyQuery<'q>, exchange: &'q Exchange, kind: i64) -> AnyQuery<'q> {
    query
        .bind(exchange.owner.to_string())
        .bind(exchange.key_id.map(|id| id.to_string()))
        .bind(exchange.project.as_ref().map(Project::as_str))
        .bind(kind)
}

/// Binds the columns of [`texts!`], with nothing where they are nobody's.
fn bind_texts<'q>(query: AnyQuery<'q>, texts: Option<&'q Exchange>) -> AnyQuery<'q> {
    query
        .bind(texts.and_then(|call| call.error_message.as_deref()))
        .bind(texts.map(|call| to_json(&call.tags)))
        .bind(texts.map(|call| to_json(&call.explanation)))
}
