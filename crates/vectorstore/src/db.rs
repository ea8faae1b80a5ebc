//! Queries of the tables `near_…`: a collection each, in a PostgreSQL that has pgvector.
//!
//! They are no tables of the migrations: they are there only where pgvector is, hold vectors of one size each, and can be
//! made anew. What the driver cannot bind (vectors, lists of ids) goes over as text and is cast.

use base::{Id, OwnerId};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Row, any::AnyRow};
use std::{collections::HashSet, fmt::Write as _, time::Duration};
use vectors::{Collection, Near, Vector, Wanted};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// One number for all of Familiar's processes that might make a table of one database at a time.
const MAKING_LOCK: i64 = 0x4661_6d69_6c69_6173;
/// Larger vectors have no graph in pgvector, and are looked at one by one.
const MOST_IN_GRAPH: usize = 2_000;
/// Passages that go over at once.
const BATCH: usize = 256;

/// How the nearest are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Search {
    /// Along the graph, as far as the planner takes it: so many candidates, and on behind them where pgvector can.
    Graph { candidates: usize, goes_on: GoesOn },
    /// One by one, without the graph.
    Exact,
}

/// Whether a search of the graph goes on where a filter leaves too few of the candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GoesOn {
    /// Pgvector 0.8 and later do.
    Yes,
    /// Older ones end there.
    No,
}

/// The name of a collection's table: letters, digits and underscores only.
fn table(collection: Collection) -> String {
    format!("near_{collection}").replace('-', "_")
}

/// The extension's version; `None` where it is not switched on in this database.
pub(crate) async fn version(pool: &AnyPool) -> Result<Option<String>> {
    let row = sqlx::query("SELECT extversion FROM pg_extension WHERE extname = 'vector'");
    row.fetch_optional(pool).await?.map(|row| row.try_get("extversion")).transpose()
}

/// Whether the extension could be switched on.
pub(crate) async fn is_available(pool: &AnyPool) -> Result<bool> {
    let row = sqlx::query("SELECT default_version FROM pg_available_extensions WHERE name = 'vector'");
    Ok(row.fetch_optional(pool).await?.is_some())
}

/// Switches the extension on and makes a collection's table with its indexes, where they are not there.
pub(crate) async fn prepare(pool: &AnyPool, collection: Collection) -> Result<()> {
    let (table, dimensions) = (table(collection), collection.dimensions());
    let mut statements = vec![
        "CREATE EXTENSION IF NOT EXISTS vector".to_owned(),
        format!(
            "CREATE TABLE IF NOT EXISTS {table} (passage UUID PRIMARY KEY, document_id UUID NOT NULL,
             owner_id UUID NOT NULL, vector vector({dimensions}) NOT NULL)"
        ),
        format!("CREATE INDEX IF NOT EXISTS {table}_document ON {table} (document_id)"),
        format!("CREATE INDEX IF NOT EXISTS {table}_owner ON {table} (owner_id)"),
    ];
    if dimensions <= MOST_IN_GRAPH {
        // Half as many neighbours (16, and 128 looked at) make the graph several times quicker, and find 0.97 instead of
        // all of the nearest ten among 20,000 vectors of any direction.
        statements.push(format!(
            "CREATE INDEX IF NOT EXISTS {table}_graph ON {table} USING hnsw (vector vector_cosine_ops)
             WITH (m = 32, ef_construction = 200)"
        ));
    }
    let mut transaction = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(MAKING_LOCK).execute(&mut *transaction).await?;
    for statement in statements {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

/// Puts these passages in place of all that a document had, as one change.
pub(crate) async fn put(
    pool: &AnyPool,
    collection: Collection,
    (document, owner): (Id, OwnerId),
    passages: &[(u128, Vector)],
) -> Result<()> {
    let table = table(collection);
    let insert = format!(
        "INSERT INTO {table} (passage, document_id, owner_id, vector)
         SELECT CAST(new.passage AS UUID), CAST($1 AS UUID), CAST($2 AS UUID), CAST(new.vector AS vector)
         FROM unnest(CAST($3 AS TEXT[]), CAST($4 AS TEXT[])) AS new (passage, vector)
         ON CONFLICT (passage) DO UPDATE SET document_id = EXCLUDED.document_id, owner_id = EXCLUDED.owner_id,
             vector = EXCLUDED.vector"
    );
    let delete = format!(
        "DELETE FROM {table} WHERE document_id = CAST($1 AS UUID) AND NOT (passage = ANY(CAST($2 AS UUID[])))"
    );
    let mut transaction = pool.begin().await?;
    for batch in passages.chunks(BATCH) {
        let ids = list(batch.iter().map(|(passage, _)| uuid(*passage)));
        let vectors = list(batch.iter().map(|(_, vector)| format!("\"{}\"", numbers(vector))));
        sqlx::query(AssertSqlSafe(insert.clone()))
            .bind(document.to_string())
            .bind(owner.to_string())
            .bind(ids)
            .bind(vectors)
            .execute(&mut *transaction)
            .await?;
    }
    let kept = list(passages.iter().map(|(passage, _)| uuid(*passage)));
    sqlx::query(AssertSqlSafe(delete))
        .bind(document.to_string())
        .bind(kept)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

/// Takes a document out.
pub(crate) async fn remove(pool: &AnyPool, collection: Collection, document: Id) -> Result<()> {
    let sql = format!("DELETE FROM {} WHERE document_id = CAST($1 AS UUID)", table(collection));
    sqlx::query(AssertSqlSafe(sql)).bind(document.to_string()).execute(pool).await.map(drop)
}

/// Takes out what belongs to none of these documents.
pub(crate) async fn keep_only(pool: &AnyPool, collection: Collection, documents: &HashSet<Id>) -> Result<()> {
    let sql = format!("DELETE FROM {} WHERE NOT (document_id = ANY(CAST($1 AS UUID[])))", table(collection));
    let documents = list(documents.iter().map(Id::to_string));
    sqlx::query(AssertSqlSafe(sql)).bind(documents).execute(pool).await.map(drop)
}

/// How many passages there are.
pub(crate) async fn count(pool: &AnyPool, collection: Collection) -> Result<u64> {
    let sql = format!("SELECT COUNT(*) AS passages FROM {}", table(collection));
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(pool).await?;
    let count: i64 = row.try_get("passages")?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Drops the table.
pub(crate) async fn discard(pool: &AnyPool, collection: Collection) -> Result<()> {
    let sql = format!("DROP TABLE IF EXISTS {}", table(collection));
    sqlx::query(AssertSqlSafe(sql)).execute(pool).await.map(drop)
}

/// The passages that are nearest, the nearest first; in time, or not at all.
pub(crate) async fn nearest(
    pool: &AnyPool,
    collection: Collection,
    wanted: &Wanted,
    (search, timeout): (Search, Duration),
) -> Result<Vec<Near>> {
    // An order that no index has keeps the planner from the graph, in kept plans too.
    let exactly = if search == Search::Exact { " + 0" } else { "" };
    let (condition, lists) = condition(wanted, 2);
    let sql = format!(
        "SELECT CAST(passage AS TEXT) AS passage, CAST(document_id AS TEXT) AS document_id,
                1 - (vector <=> CAST($1 AS vector)) AS likeness
         FROM {} WHERE {condition} ORDER BY (vector <=> CAST($1 AS vector)){exactly} LIMIT {}",
        table(collection),
        wanted.limit
    );
    let mut transaction = pool.begin().await?;
    set(&mut transaction, "statement_timeout", timeout.as_millis().to_string()).await?;
    if let Search::Graph { candidates, goes_on } = search {
        set(&mut transaction, "hnsw.ef_search", candidates.to_string()).await?;
        if goes_on == GoesOn::Yes {
            set(&mut transaction, "hnsw.iterative_scan", "strict_order".to_owned()).await?;
        }
    }
    let mut query =
        sqlx::query(AssertSqlSafe(sql)).bind(numbers(&wanted.vector)).bind(wanted.owner.to_string());
    for list in lists {
        query = query.bind(list);
    }
    let rows = query.fetch_all(&mut *transaction).await?;
    transaction.commit().await?;
    rows.iter().map(near).collect()
}

/// Whether what is asked about are so many passages at the most. A table that has no room for more has no more, which is
/// told without looking into it; else no more than that is counted.
pub(crate) async fn is_few(
    pool: &AnyPool,
    collection: Collection,
    wanted: &Wanted,
    (most, timeout): (usize, Duration),
) -> Result<bool> {
    let (condition, lists) = condition(wanted, 1);
    let table = table(collection);
    let bytes = most.saturating_mul(collection.dimensions()).saturating_mul(size_of::<f32>());
    let sql = format!(
        "SELECT CASE WHEN pg_table_size(CAST('{table}' AS REGCLASS)) <= {bytes} THEN 0 ELSE
            (SELECT COUNT(*) FROM (SELECT 1 FROM {table} WHERE {condition} LIMIT {}) AS few) END AS passages",
        most.saturating_add(1)
    );
    let mut transaction = pool.begin().await?;
    set(&mut transaction, "statement_timeout", timeout.as_millis().to_string()).await?;
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(wanted.owner.to_string());
    for list in lists {
        query = query.bind(list);
    }
    let row = query.fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    let count: i64 = row.try_get("passages")?;
    Ok(usize::try_from(count).is_ok_and(|count| count <= most))
}

/// What is asked about, as a condition, and its lists: those are the parameters behind that of the owner.
fn condition(wanted: &Wanted, owner: usize) -> (String, Vec<String>) {
    let mut sql = format!("owner_id = CAST(${owner} AS UUID)");
    let mut lists = Vec::new();
    if let Some(documents) = &wanted.documents {
        lists.push(list(documents.iter().map(Id::to_string)));
        let _infallible = write!(sql, " AND document_id = ANY(CAST(${} AS UUID[]))", owner + lists.len());
    }
    if let Some(passages) = &wanted.passages {
        lists.push(list(passages.iter().map(|passage| uuid(*passage))));
        let _infallible = write!(sql, " AND passage = ANY(CAST(${} AS UUID[]))", owner + lists.len());
    }
    (sql, lists)
}

/// Sets something for the rest of a transaction.
async fn set(connection: &mut AnyConnection, name: &str, value: String) -> Result<()> {
    let query = sqlx::query("SELECT set_config($1, $2, true)").bind(name.to_owned()).bind(value);
    query.execute(connection).await.map(drop)
}

fn near(row: &AnyRow) -> Result<Near> {
    let (passage, document): (String, String) = (row.try_get("passage")?, row.try_get("document_id")?);
    let likeness: f64 = row.try_get("likeness")?;
    let digits: String = passage.chars().filter(|sign| *sign != '-').collect();
    let passage = u128::from_str_radix(&digits, 16).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    let document = document.parse::<Id>().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(Near { passage, document, likeness: likeness as f32 })
}

fn uuid(passage: u128) -> String {
    Id::from_u128(passage).to_string()
}

/// A list as PostgreSQL reads one; its items have no signs that mean something there.
fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    format!("{{{}}}", items.join(","))
}

/// A vector as pgvector reads one.
fn numbers(vector: &Vector) -> String {
    let numbers: Vec<String> = vector.to_floats().iter().map(f32::to_string).collect();
    format!("[{}]", numbers.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use vectors::Noun;

    #[test]
    fn names_and_lists_are_what_postgres_reads() {
        let collection = Collection::new(Noun::Library, "openai/text \"x\"; --", 384);
        let name = table(collection);
        assert!(
            name.len() < 63 && name.chars().all(|sign| sign == '_' || sign.is_ascii_alphanumeric()),
            "{name}"
        );
        assert_eq!(list([uuid(1), uuid(2)].into_iter()).len(), 75);
        assert_eq!(list(std::iter::empty()), "{}");
        assert_eq!(numbers(&Vector::new(&[0.0, 2.0, 0.0]).unwrap()), "[0,1,0]");
    }
}
