//! The tables `compare`, `compare_turn`, `compare_answer` and `compare_vote`; those of merges and sets are below.

pub(crate) mod merges;
pub(crate) mod pictures;
pub(crate) mod sets;

use crate::{
    error::CompareError,
    model::{Answer, Better, Comparison, Mode, Question, Status, Turn, Vote},
};
use base::{Id, OwnerId, Timestamp};
use sqlx::{Row, any::AnyRow};
use store::{
    Db, Sought,
    columns::{self, id, json, read_cursor, time, to_json},
};

type Result<T> = std::result::Result<T, CompareError>;

pub(crate) async fn insert(
    connection: impl sqlx::Executor<'_, Database = sqlx::Any>,
    owner: OwnerId,
    comparison: &Comparison,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO compare (id, owner, title, asked, mode, seed, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(comparison.id.to_string())
    .bind(owner.to_string())
    .bind(&comparison.title)
    .bind(to_json(&comparison.columns))
    .bind(comparison.mode.as_str())
    .bind(comparison.seed.cast_signed())
    .bind(comparison.created_at.millis())
    .bind(comparison.updated_at.millis())
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn get(db: &Db, owner: OwnerId, id: Id) -> Result<Comparison> {
    let row = sqlx::query(
        "SELECT id, title, asked, mode, seed, created_at, updated_at FROM compare \
         WHERE id = $1 AND owner = $2 AND deleted_at IS NULL",
    )
    .bind(id.to_string())
    .bind(owner.to_string())
    .fetch_optional(db.pool())
    .await?;
    read_comparison(&row.ok_or(CompareError::NoComparison(id))?)
}

/// Which comparisons to list.
#[derive(Debug)]
pub(crate) struct List<'a> {
    /// Words that title, questions or answers must hold; empty lists all.
    pub(crate) query: &'a str,
    /// The `next` of the page before.
    pub(crate) cursor: Option<&'a str>,
    /// How many at the most.
    pub(crate) limit: u32,
}

/// A page of comparisons, the latest first.
pub(crate) async fn list(db: &Db, owner: OwnerId, list: List<'_>) -> Result<Vec<Comparison>> {
    let (before, before_id) = match list.cursor {
        Some(cursor) => read_cursor(cursor).ok_or_else(|| CompareError::BadCursor(cursor.to_owned()))?,
        None => (i64::MAX, "~".to_owned()),
    };
    let query = list.query.trim();
    let sought = (!query.is_empty()).then(|| Sought::of(db.engine(), query));
    let patterns = sought.as_ref().map_or(&[][..], Sought::patterns);
    let places: Vec<String> = (0..patterns.len()).map(|place| format!("${}", place + 5)).collect();
    let holds_it = sought.as_ref().map_or_else(String::new, |sought| {
        format!(
            "AND ({} OR EXISTS (SELECT 1 FROM compare_turn t WHERE t.compare_id = compare.id AND {}) \
               OR EXISTS (SELECT 1 FROM compare_answer a WHERE a.compare_id = compare.id AND {})) ",
            sought.held_by("title", &places),
            sought.held_by("t.question", &places),
            sought.held_by("a.text", &places)
        )
    });
    let sql = format!(
        "SELECT id, title, asked, mode, seed, created_at, updated_at FROM compare \
         WHERE owner = $1 AND deleted_at IS NULL AND (updated_at < $2 OR (updated_at = $2 AND id < $3)) {holds_it}\
         ORDER BY updated_at DESC, id DESC LIMIT $4"
    );
    let found = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(owner.to_string())
        .bind(before)
        .bind(before_id)
        .bind(i64::from(list.limit));
    let found = patterns.iter().fold(found, |found, pattern| found.bind(pattern.clone()));
    let rows = found.fetch_all(db.pool()).await?;
    rows.iter().map(read_comparison).collect()
}

/// What follows a page that ends with this comparison.
pub(crate) fn cursor(comparison: &Comparison) -> String {
    columns::cursor(comparison.updated_at, comparison.id)
}

/// Writes the parts of a comparison that change.
pub(crate) async fn update(
    connection: impl sqlx::Executor<'_, Database = sqlx::Any>,
    comparison: &Comparison,
) -> Result<()> {
    sqlx::query("UPDATE compare SET title = $2, asked = $3, mode = $4, updated_at = $5 WHERE id = $1")
        .bind(comparison.id.to_string())
        .bind(&comparison.title)
        .bind(to_json(&comparison.columns))
        .bind(comparison.mode.as_str())
        .bind(comparison.updated_at.millis())
        .execute(connection)
        .await?;
    Ok(())
}

/// Hides a comparison, or shows it again.
pub(crate) async fn set_deleted(db: &Db, owner: OwnerId, (id, at): (Id, Option<Timestamp>)) -> Result<()> {
    let done = sqlx::query("UPDATE compare SET deleted_at = $3 WHERE id = $1 AND owner = $2")
        .bind(id.to_string())
        .bind(owner.to_string())
        .bind(at.map(Timestamp::millis))
        .execute(db.pool())
        .await?;
    if done.rows_affected() == 0 { Err(CompareError::NoComparison(id)) } else { Ok(()) }
}

pub(crate) async fn insert_turn(
    connection: impl sqlx::Executor<'_, Database = sqlx::Any>,
    compare_id: Id,
    turn: &Turn,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO compare_turn (id, compare_id, question, images, created_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(turn.id.to_string())
    .bind(compare_id.to_string())
    .bind(&turn.question.text)
    .bind(to_json(&turn.question.images))
    .bind(turn.created_at.millis())
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn turns(db: &Db, compare_id: Id) -> Result<Vec<Turn>> {
    let rows = sqlx::query(
        "SELECT id, question, images, created_at FROM compare_turn WHERE compare_id = $1 ORDER BY id",
    )
    .bind(compare_id.to_string())
    .fetch_all(db.pool())
    .await?;
    rows.iter().map(read_turn).collect()
}

pub(crate) async fn insert_answer(
    connection: impl sqlx::Executor<'_, Database = sqlx::Any>,
    answer: &Answer,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO compare_answer (id, compare_id, turn_id, column_id, status, text, body, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(answer.id.to_string())
    .bind(answer.compare_id.to_string())
    .bind(answer.turn_id.to_string())
    .bind(answer.column_id.to_string())
    .bind(answer.status.as_str())
    .bind(&answer.text)
    .bind(to_json(&answer.body))
    .bind(answer.created_at.millis())
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn update_answer(db: &Db, answer: &Answer) -> Result<()> {
    sqlx::query("UPDATE compare_answer SET status = $2, text = $3, body = $4 WHERE id = $1")
        .bind(answer.id.to_string())
        .bind(answer.status.as_str())
        .bind(&answer.text)
        .bind(to_json(&answer.body))
        .execute(db.pool())
        .await?;
    Ok(())
}

/// All answers of a comparison, in the order in which they began.
pub(crate) async fn answers(db: &Db, compare_id: Id) -> Result<Vec<Answer>> {
    let rows = sqlx::query(
        "SELECT id, compare_id, turn_id, column_id, status, text, body, created_at FROM compare_answer \
         WHERE compare_id = $1 ORDER BY id",
    )
    .bind(compare_id.to_string())
    .fetch_all(db.pool())
    .await?;
    rows.iter().map(read_answer).collect()
}

/// Marks answers that were being written when the server ended; says how many.
pub(crate) async fn mark_interrupted(db: &Db) -> Result<u64> {
    let done = sqlx::query("UPDATE compare_answer SET status = 'interrupted' WHERE status = 'streaming'")
        .execute(db.pool())
        .await?;
    Ok(done.rows_affected())
}

/// Keeps a vote, in place of an earlier one between the same two answers.
pub(crate) async fn put_vote(
    connection: impl sqlx::Executor<'_, Database = sqlx::Any>,
    compare_id: Id,
    vote: &Vote,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO compare_vote (compare_id, left_id, right_id, choice, void, at) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (compare_id, left_id, right_id) DO UPDATE SET choice = EXCLUDED.choice, void = EXCLUDED.void, \
         at = EXCLUDED.at",
    )
    .bind(compare_id.to_string())
    .bind(vote.left_id.to_string())
    .bind(vote.right_id.to_string())
    .bind(vote.better.as_str())
    .bind(vote.void.clone())
    .bind(vote.at.millis())
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn votes(db: &Db, compare_id: Id) -> Result<Vec<Vote>> {
    let rows = sqlx::query(
        "SELECT left_id, right_id, choice, void, at FROM compare_vote WHERE compare_id = $1 ORDER BY at, left_id",
    )
    .bind(compare_id.to_string())
    .fetch_all(db.pool())
    .await?;
    rows.iter().map(read_vote).collect()
}

fn read_comparison(row: &AnyRow) -> Result<Comparison> {
    Ok(Comparison {
        id: id(row, "id")?,
        title: row.try_get("title")?,
        columns: json(row, "asked")?,
        mode: Mode::from_name(&row.try_get::<String, _>("mode")?),
        seed: row.try_get::<i64, _>("seed")?.cast_unsigned(),
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

fn read_turn(row: &AnyRow) -> Result<Turn> {
    let images = json(row, "images")?;
    Ok(Turn {
        id: id(row, "id")?,
        question: Question { text: row.try_get("question")?, images },
        created_at: time(row, "created_at")?,
    })
}

fn read_answer(row: &AnyRow) -> Result<Answer> {
    Ok(Answer {
        id: id(row, "id")?,
        compare_id: id(row, "compare_id")?,
        turn_id: id(row, "turn_id")?,
        column_id: id(row, "column_id")?,
        status: Status::from_name(&row.try_get::<String, _>("status")?),
        text: row.try_get("text")?,
        body: json(row, "body")?,
        created_at: time(row, "created_at")?,
    })
}

fn read_vote(row: &AnyRow) -> Result<Vote> {
    Ok(Vote {
        left_id: id(row, "left_id")?,
        right_id: id(row, "right_id")?,
        better: Better::from_name(&row.try_get::<String, _>("choice")?).unwrap_or(Better::Tie),
        void: row.try_get("void")?,
        at: time(row, "at")?,
    })
}
