//! A conversation by the piece: some messages of a branch, each with the other versions beside it.

use super::{Result, json, read_message};
use crate::{error::ChatError, model::Message};
use base::{Id, Money, OwnerId};
use sqlx::{Row, any::AnyRow};
use store::{Db, WriteTransaction};

const COLUMNS: &str =
    "m.id AS id, m.conversation_id, m.parent_id, m.role, m.status, m.text, m.body, m.created_at";
/// Values of a row that is copied.
const VALUES: usize = 11;
/// Rows of one statement, far below what either database takes.
const ROWS: usize = 200;

/// All messages that have the parent of one in `shown`, itself among them, and whether they are in it; `$1` is the
/// conversation.
fn with_versions(shown: &str) -> String {
    format!(
        "{shown} SELECT {COLUMNS}, CAST(CASE WHEN m.id = s.id THEN 1 ELSE 0 END AS BIGINT) AS on_branch \
           FROM shown s JOIN message m ON m.conversation_id = $1 AND m.parent_id = s.parent_id \
             AND m.deleted_at IS NULL \
         UNION ALL \
         SELECT {COLUMNS}, CAST(CASE WHEN m.id = s.id THEN 1 ELSE 0 END AS BIGINT) AS on_branch \
           FROM shown s JOIN message m ON m.conversation_id = $1 AND m.parent_id IS NULL AND s.parent_id IS NULL \
             AND m.deleted_at IS NULL \
         ORDER BY id"
    )
}

/// Messages with all their versions, and the last of them that is of the branch.
pub(crate) type Found = (Vec<Message>, Option<Id>);

fn read(rows: &[AnyRow]) -> Result<Found> {
    let mut end = None;
    let mut messages = Vec::with_capacity(rows.len());
    for row in rows {
        let message = read_message(row)?;
        if row.try_get::<i64, _>("on_branch")? == 1 {
            end = Some(message.id);
        }
        messages.push(message);
    }
    Ok((messages, end))
}

/// The last `limit` messages of the branch that ends with `end`.
pub(crate) async fn ending_with(db: &Db, conversation_id: Id, end: Id, limit: i64) -> Result<Found> {
    let sql = with_versions(
        "WITH RECURSIVE shown (id, parent_id, depth) AS ( \
           SELECT id, parent_id, CAST(1 AS BIGINT) FROM message \
           WHERE id = $2 AND conversation_id = $1 AND deleted_at IS NULL \
           UNION ALL \
           SELECT m.id, m.parent_id, s.depth + 1 FROM message m JOIN shown s ON m.id = s.parent_id \
           WHERE s.depth < $3)",
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(conversation_id.to_string())
        .bind(end.to_string())
        .bind(limit)
        .fetch_all(db.pool())
        .await?;
    read(&rows)
}

/// A message of the branch that ends with `end`, with so many before it and so many after it; nothing where it is not
/// of that branch.
pub(crate) async fn around(
    db: &Db,
    conversation_id: Id,
    (end, message_id): (Id, Id),
    (before, after): (i64, i64),
) -> Result<Found> {
    // `above` counts from the message upwards, and is 0 on the way to it.
    let sql = with_versions(
        "WITH RECURSIVE way (id, parent_id, depth, above) AS ( \
           SELECT id, parent_id, CAST(1 AS BIGINT), CAST(CASE WHEN id = $3 THEN 1 ELSE 0 END AS BIGINT) \
           FROM message WHERE id = $2 AND conversation_id = $1 AND deleted_at IS NULL \
           UNION ALL \
           SELECT m.id, m.parent_id, w.depth + 1, \
             CAST(CASE WHEN w.above > 0 OR m.id = $3 THEN w.above + 1 ELSE 0 END AS BIGINT) \
           FROM message m JOIN way w ON m.id = w.parent_id WHERE w.above <= $4), \
         shown AS (SELECT id, parent_id FROM way \
           WHERE depth >= (SELECT depth FROM way WHERE above = 1) - $5)",
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(conversation_id.to_string())
        .bind(end.to_string())
        .bind(message_id.to_string())
        .bind(before)
        .bind(after)
        .fetch_all(db.pool())
        .await?;
    read(&rows)
}

/// The end of the branch through a message that was made last.
pub(crate) async fn end_below(
    connection: impl sqlx::Executor<'_, Database = sqlx::Any>,
    conversation_id: Id,
    message_id: Id,
) -> Result<Id> {
    // Of all answers to a message the one made last; ids sort by the time they were made.
    let row = sqlx::query(
        "WITH RECURSIVE down (id) AS ( \
           SELECT id FROM message WHERE id = $2 AND conversation_id = $1 AND deleted_at IS NULL \
           UNION ALL \
           SELECT (SELECT MAX(m.id) FROM message m \
             WHERE m.conversation_id = $1 AND m.parent_id = d.id AND m.deleted_at IS NULL) \
           FROM down d WHERE d.id IS NOT NULL) \
         SELECT MAX(id) AS id FROM down",
    )
    .bind(conversation_id.to_string())
    .bind(message_id.to_string())
    .fetch_one(connection)
    .await?;
    super::optional_id(&row, "id")?.ok_or(ChatError::NoMessage(message_id))
}

/// What the answers of a conversation cost, where prices are known; those that are deleted cost the same.
pub(crate) async fn cost(db: &Db, conversation_id: Id) -> Result<Money> {
    let row = sqlx::query(
        "SELECT CAST(COALESCE(SUM(cost_nanos), 0) AS BIGINT) AS cost FROM message \
         WHERE conversation_id = $1 AND cost_nanos IS NOT NULL",
    )
    .bind(conversation_id.to_string())
    .fetch_one(db.pool())
    .await?;
    Ok(Money::from_nanos(row.try_get("cost")?))
}

/// Writes copies of messages. They took and cost nothing.
pub(crate) async fn insert_messages(
    transaction: &mut WriteTransaction,
    owner: OwnerId,
    messages: &[Message],
) -> Result<()> {
    for rows in messages.chunks(ROWS) {
        let places: Vec<String> = (0..rows.len())
            .map(|row| {
                let places: Vec<String> =
                    (1..=VALUES).map(|value| format!("${}", row * VALUES + value)).collect();
                format!("({})", places.join(", "))
            })
            .collect();
        let sql = format!(
            "INSERT INTO message \
             (id, owner, conversation_id, parent_id, role, status, text, body, created_at, persona_id, model) VALUES {}",
            places.join(", ")
        );
        let mut insert = sqlx::query(sqlx::AssertSqlSafe(sql));
        for message in rows {
            insert = insert
                .bind(message.id.to_string())
                .bind(owner.to_string())
                .bind(message.conversation_id.to_string())
                .bind(message.parent_id.map(|id| id.to_string()))
                .bind(message.speaker.as_str())
                .bind(message.status.as_str())
                .bind(message.text.clone())
                .bind(json(&message.body))
                .bind(message.created_at.millis())
                .bind(message.body.spoken_by.as_ref().map(|spoken| spoken.persona_id.to_string()))
                .bind(message.body.answered_by());
        }
        insert.execute(&mut **transaction).await?;
    }
    Ok(())
}
