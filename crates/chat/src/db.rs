//! The tables `conversation` and `message`.

pub(crate) mod arrange;
pub(crate) mod attachments;
pub(crate) mod checks;
pub(crate) mod deleted;
pub(crate) mod feelings;
pub(crate) mod folders;
pub(crate) mod groups;
pub(crate) mod purging;
pub(crate) mod search;
pub(crate) mod shares;
pub(crate) mod transfer;
mod window;

use crate::{
    error::ChatError,
    model::{Cast, Conversation, Grounding, Message, MessageBody, MessageStatus, Speaker},
    parameters::ParameterChoice,
    personas::Statistics,
    tools::ToolChoices,
};
use base::{Id, OwnerId, Timestamp};
use sqlx::{Row, any::AnyRow};
use std::ops::{Deref, DerefMut};
use store::{Db, columns};
pub(crate) use window::{around, cost, end_below, ending_with, insert_messages};

/// What is read of a conversation.
pub(crate) const COLUMNS: &str = "id, title, model, grounding, leaf_id, created_at, updated_at, persona, memory, tools, parameters, \
     (SELECT f.id FROM folder f WHERE f.id = conversation.folder_id AND f.owner = conversation.owner \
       AND f.deleted_at IS NULL) AS folder, \
     folder_use, COALESCE(rank, updated_at * 1000000) AS place, tags, pinned_at, archived_at";

type Result<T> = std::result::Result<T, ChatError>;

pub(crate) async fn insert_conversation(
    connection: impl sqlx::Executor<'_, Database = sqlx::Any>,
    owner: OwnerId,
    conversation: &Conversation,
    title_source: &str,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO conversation \
         (id, owner, title, title_source, model, grounding, created_at, updated_at, persona, leaf_id, memory, tools, \
          parameters) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(conversation.id.to_string())
    .bind(owner.to_string())
    .bind(&conversation.title)
    .bind(title_source)
    .bind(conversation.model.clone())
    .bind(json(&conversation.grounding))
    .bind(conversation.created_at.millis())
    .bind(conversation.updated_at.millis())
    .bind(cast(conversation))
    .bind(conversation.leaf_id.map(|id| id.to_string()))
    .bind(memory(conversation))
    .bind(tools(conversation))
    .bind(parameters(conversation))
    .execute(connection)
    .await?;
    Ok(())
}

/// Who speaks, where that is anybody in particular.
fn cast(conversation: &Conversation) -> Option<String> {
    (conversation.cast != Cast::default()).then(|| json(&conversation.cast))
}

/// Only that it is off is written down.
fn memory(conversation: &Conversation) -> Option<&'static str> {
    (!conversation.memory).then_some("off")
}

/// Which tools are on, where that was chosen.
fn tools(conversation: &Conversation) -> Option<String> {
    (conversation.tools != ToolChoices::default()).then(|| json(&conversation.tools))
}

/// How its models are to answer, where that was chosen.
fn parameters(conversation: &Conversation) -> Option<String> {
    (conversation.parameters != ParameterChoice::default()).then(|| json(&conversation.parameters))
}

pub(crate) async fn conversation(db: &Db, owner: OwnerId, id: Id) -> Result<Conversation> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM conversation WHERE id = $1 AND owner = $2 AND deleted_at IS NULL"
    )))
    .bind(id.to_string())
    .bind(owner.to_string())
    .fetch_optional(db.pool())
    .await?;
    read_conversation(&row.ok_or(ChatError::NoConversation(id))?)
}

pub(crate) async fn to_change(db: &Db, owner: OwnerId, id: Id) -> Result<Changing> {
    conversation(db, owner, id).await.map(Changing::from)
}

pub(crate) async fn count_conversations(db: &Db, owner: OwnerId) -> Result<u64> {
    let row = sqlx::query("SELECT COUNT(*) AS n FROM conversation WHERE owner = $1 AND deleted_at IS NULL")
        .bind(owner.to_string())
        .fetch_one(db.pool())
        .await?;
    Ok(u64::try_from(row.try_get::<i64, _>("n")?).unwrap_or(0))
}

/// A conversation that is being changed. Only what became different of it is written, so that what others change of it
/// at the same time stays.
#[derive(Debug)]
pub(crate) struct Changing {
    read: Conversation,
    now: Conversation,
}

impl Changing {
    pub(crate) fn into_inner(self) -> Conversation {
        self.now
    }
}

impl From<Conversation> for Changing {
    fn from(read: Conversation) -> Self {
        Self { now: read.clone(), read }
    }
}

impl Deref for Changing {
    type Target = Conversation;

    fn deref(&self) -> &Conversation {
        &self.now
    }
}

impl DerefMut for Changing {
    fn deref_mut(&mut self) -> &mut Conversation {
        &mut self.now
    }
}

/// What [`update_conversation`] writes besides the times, as it stands in the table.
fn written(conversation: &Conversation) -> [(&'static str, Option<String>); 8] {
    [
        ("title", Some(conversation.title.clone())),
        ("model", conversation.model.clone()),
        ("grounding", Some(json(&conversation.grounding))),
        ("leaf_id", conversation.leaf_id.map(|id| id.to_string())),
        ("persona", cast(conversation)),
        ("memory", memory(conversation).map(str::to_owned)),
        ("tools", tools(conversation)),
        ("parameters", parameters(conversation)),
    ]
}

/// Writes the parts of a conversation that changed.
pub(crate) async fn update_conversation(
    db: &Db,
    conversation: &Changing,
    title_source: Option<&str>,
) -> Result<()> {
    let before = written(&conversation.read);
    let changed: Vec<_> =
        written(conversation).into_iter().zip(before).filter(|(now, before)| now != before).collect();
    let columns: String =
        changed.iter().zip(4..).map(|(((column, _), _), place)| format!(", {column} = ${place}")).collect();
    let statement = format!(
        "UPDATE conversation SET title_source = COALESCE($2, title_source), \
         updated_at = CASE WHEN updated_at < $3 THEN $3 ELSE updated_at END{columns} WHERE id = $1"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(conversation.id.to_string())
        .bind(title_source.map(str::to_owned))
        .bind(conversation.updated_at.millis());
    changed.into_iter().fold(query, |query, ((_, value), _)| query.bind(value)).execute(db.pool()).await?;
    Ok(())
}

/// Gives a conversation a title unless a person gave it one; says whether it did.
pub(crate) async fn suggest_title(db: &Db, id: Id, title: &str, source: &str) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE conversation SET title = $2, title_source = $3 WHERE id = $1 AND title_source <> 'person'",
    )
    .bind(id.to_string())
    .bind(title)
    .bind(source)
    .execute(db.pool())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Hides a conversation, or shows it again.
pub(crate) async fn set_deleted(db: &Db, owner: OwnerId, id: Id, at: Option<Timestamp>) -> Result<()> {
    let done = sqlx::query("UPDATE conversation SET deleted_at = $3 WHERE id = $1 AND owner = $2")
        .bind(id.to_string())
        .bind(owner.to_string())
        .bind(at.map(Timestamp::millis))
        .execute(db.pool())
        .await?;
    if done.rows_affected() == 0 { Err(ChatError::NoConversation(id)) } else { Ok(()) }
}

/// Adds a message, unless what it follows was deleted while it came about.
pub(crate) async fn insert_message(db: &Db, owner: OwnerId, message: &Message) -> Result<()> {
    let done = sqlx::query(
        "INSERT INTO message \
         (id, owner, conversation_id, parent_id, role, status, text, body, created_at, persona_id, model) \
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 \
         WHERE $4 IS NULL OR EXISTS (SELECT 1 FROM message p WHERE p.id = $4 AND p.deleted_at IS NULL)",
    )
    .bind(message.id.to_string())
    .bind(owner.to_string())
    .bind(message.conversation_id.to_string())
    .bind(message.parent_id.map(|id| id.to_string()))
    .bind(message.speaker.as_str())
    .bind(message.status.as_str())
    .bind(&message.text)
    .bind(json(&message.body))
    .bind(message.created_at.millis())
    .bind(message.body.spoken_by.as_ref().map(|spoken| spoken.persona_id.to_string()))
    .bind(message.body.answered_by())
    .execute(db.pool())
    .await?;
    match message.parent_id {
        Some(parent_id) if done.rows_affected() == 0 => Err(ChatError::NoMessage(parent_id)),
        Some(_) | None => Ok(()),
    }
}

pub(crate) async fn update_message(db: &Db, message: &Message) -> Result<()> {
    let receipt = message.body.receipt.as_ref();
    let tokens = receipt.map(|receipt| receipt.usage.total_input().saturating_add(receipt.usage.output));
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    sqlx::query(
        "UPDATE message SET status = $2, text = $3, body = $4, tokens = $5, took_ms = $6, persona_id = $7, \
         cost_nanos = $8, model = $9 WHERE id = $1",
    )
    .bind(message.id.to_string())
    .bind(message.status.as_str())
    .bind(&message.text)
    .bind(json(&message.body))
    .bind(tokens.map(whole))
    .bind(receipt.map(|receipt| whole(receipt.total_ms)))
    .bind(message.body.spoken_by.as_ref().map(|spoken| spoken.persona_id.to_string()))
    .bind(receipt.and_then(|receipt| receipt.cost).map(base::Money::nanos))
    .bind(message.body.answered_by())
    .execute(db.pool())
    .await?;
    Ok(())
}

/// Writes another text into a message, and what it says beside it. What it took stays as it was.
pub(crate) async fn rewrite_message(db: &Db, message: &Message) -> Result<()> {
    sqlx::query("UPDATE message SET text = $2, body = $3 WHERE id = $1")
        .bind(message.id.to_string())
        .bind(&message.text)
        .bind(json(&message.body))
        .execute(db.pool())
        .await?;
    Ok(())
}

pub(crate) async fn message(db: &Db, conversation_id: Id, id: Id) -> Result<Message> {
    let row = sqlx::query(
        "SELECT id, conversation_id, parent_id, role, status, text, body, created_at FROM message \
         WHERE id = $1 AND conversation_id = $2 AND deleted_at IS NULL",
    )
    .bind(id.to_string())
    .bind(conversation_id.to_string())
    .fetch_optional(db.pool())
    .await?;
    read_message(&row.ok_or(ChatError::NoMessage(id))?)
}

/// All messages of a conversation, parents before children.
pub(crate) async fn messages(db: &Db, conversation_id: Id) -> Result<Vec<Message>> {
    let rows = sqlx::query(
        "SELECT id, conversation_id, parent_id, role, status, text, body, created_at FROM message \
         WHERE conversation_id = $1 AND deleted_at IS NULL ORDER BY id",
    )
    .bind(conversation_id.to_string())
    .fetch_all(db.pool())
    .await?;
    rows.iter().map(read_message).collect()
}

/// The branch that ends with `leaf_id`, the first message first. What stands before a message that is not deleted is not
/// deleted either.
pub(crate) async fn branch(db: &Db, conversation_id: Id, leaf_id: Id) -> Result<Vec<Message>> {
    let rows = sqlx::query(
        "WITH RECURSIVE branch (id, conversation_id, parent_id, role, status, text, body, created_at) AS ( \
           SELECT id, conversation_id, parent_id, role, status, text, body, created_at FROM message \
           WHERE id = $1 AND conversation_id = $2 AND deleted_at IS NULL \
           UNION ALL \
           SELECT m.id, m.conversation_id, m.parent_id, m.role, m.status, m.text, m.body, m.created_at \
           FROM message m JOIN branch b ON m.id = b.parent_id) \
         SELECT id, conversation_id, parent_id, role, status, text, body, created_at FROM branch ORDER BY id",
    )
    .bind(leaf_id.to_string())
    .bind(conversation_id.to_string())
    .fetch_all(db.pool())
    .await?;
    rows.iter().map(read_message).collect()
}

/// Takes the greetings of a conversation away before anything is said. Those that something follows that is deleted stay: it
/// could not be brought back without them. Where a person says something meanwhile, all stay.
pub(crate) async fn delete_greetings(db: &Db, conversation_id: Id) -> Result<()> {
    sqlx::query(
        "DELETE FROM message WHERE conversation_id = $1 AND deleted_at IS NULL AND id NOT IN ( \
           WITH RECURSIVE up (id, parent_id) AS ( \
             SELECT id, parent_id FROM message WHERE conversation_id = $1 AND deleted_at IS NOT NULL \
             UNION \
             SELECT m.id, m.parent_id FROM message m JOIN up u ON m.id = u.parent_id) \
           SELECT id FROM up) \
         AND NOT EXISTS (SELECT 1 FROM message said WHERE said.conversation_id = $1 AND said.role = 'user' \
           AND said.deleted_at IS NULL)",
    )
    .bind(conversation_id.to_string())
    .execute(db.pool())
    .await?;
    Ok(())
}

/// What a persona did, but for what people said about it. Greetings are no answers.
pub(crate) async fn persona_statistics(db: &Db, owner: OwnerId, persona_id: Id) -> Result<Statistics> {
    let row = sqlx::query(
        "SELECT COUNT(DISTINCT conversation_id) AS conversations, COUNT(*) AS messages, \
           CAST(COALESCE(SUM(tokens), 0) AS BIGINT) AS tokens, CAST(COALESCE(SUM(took_ms), 0) AS BIGINT) AS took_ms, \
           MAX(created_at) AS last_at \
         FROM message WHERE persona_id = $1 AND owner = $2 AND tokens IS NOT NULL",
    )
    .bind(persona_id.to_string())
    .bind(owner.to_string())
    .fetch_one(db.pool())
    .await?;
    let count = |name: &str| row.try_get::<i64, _>(name).map(|count| u64::try_from(count).unwrap_or(0));
    Ok(Statistics {
        conversations: count("conversations")?,
        messages: count("messages")?,
        tokens: count("tokens")?,
        took_ms: count("took_ms")?,
        last_at: row.try_get("last_at")?,
        ..Statistics::default()
    })
}

/// The exchanges of a persona's last answers.
pub(crate) async fn persona_exchanges(db: &Db, owner: OwnerId, persona_id: Id) -> Result<Vec<Id>> {
    let rows = sqlx::query(
        "SELECT body FROM message WHERE persona_id = $1 AND owner = $2 AND tokens IS NOT NULL \
         ORDER BY created_at DESC LIMIT 300",
    )
    .bind(persona_id.to_string())
    .bind(owner.to_string())
    .fetch_all(db.pool())
    .await?;
    let exchange = |row: &AnyRow| {
        let body: MessageBody = serde_json::from_str(&row.try_get::<String, _>("body").ok()?).ok()?;
        body.receipt?.exchange_id.parse().ok()
    };
    Ok(rows.iter().filter_map(exchange).collect())
}

/// Marks answers that were being written when the server ended; says how many.
pub(crate) async fn mark_interrupted(db: &Db) -> Result<u64> {
    let done = sqlx::query("UPDATE message SET status = 'interrupted' WHERE status = 'streaming'")
        .execute(db.pool())
        .await?;
    Ok(done.rows_affected())
}

fn read_conversation(row: &AnyRow) -> Result<Conversation> {
    let grounding: String = row.try_get("grounding")?;
    let cast: Option<String> = row.try_get("persona")?;
    let tools: Option<String> = row.try_get("tools")?;
    Ok(Conversation {
        id: id(row, "id")?,
        title: row.try_get("title")?,
        model: row.try_get("model")?,
        grounding: serde_json::from_str::<Grounding>(&grounding).map_err(decode)?,
        cast: cast.map(|cast| serde_json::from_str(&cast)).transpose().map_err(decode)?.unwrap_or_default(),
        memory: row.try_get::<Option<String>, _>("memory")?.as_deref() != Some("off"),
        tools: tools
            .map(|tools| serde_json::from_str(&tools))
            .transpose()
            .map_err(decode)?
            .unwrap_or_default(),
        parameters: columns::optional_json::<ParameterChoice>(row, "parameters")?.unwrap_or_default(),
        leaf_id: optional_id(row, "leaf_id")?,
        filed: arrange::filed(row)?,
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
        updated_at: Timestamp::from_millis(row.try_get("updated_at")?),
        snippet: None,
        streaming: false,
    })
}

fn read_message(row: &AnyRow) -> Result<Message> {
    let (role, status, body): (String, String, String) =
        (row.try_get("role")?, row.try_get("status")?, row.try_get("body")?);
    Ok(Message {
        id: id(row, "id")?,
        conversation_id: id(row, "conversation_id")?,
        parent_id: optional_id(row, "parent_id")?,
        speaker: if role == "user" { Speaker::User } else { Speaker::Assistant },
        status: MessageStatus::from_name(&status),
        text: row.try_get("text")?,
        body: serde_json::from_str(&body).map_err(decode)?,
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
    })
}

fn id(row: &AnyRow, column: &str) -> Result<Id> {
    Ok(row.try_get::<String, _>(column)?.parse().map_err(decode)?)
}

fn optional_id(row: &AnyRow, column: &str) -> Result<Option<Id>> {
    let text: Option<String> = row.try_get(column)?;
    Ok(text.map(|text| text.parse().map_err(decode)).transpose()?)
}

fn decode(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
