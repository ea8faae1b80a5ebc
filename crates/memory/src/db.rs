//! The tables `memory_fact`, `memory_change` and `memory_vector`.

pub(crate) mod copies;

use crate::{
    MemoryError,
    model::{Change, Draft, Fact, Kind, Origin, Scope, Source, Standing},
    service::ListFacts,
};
use base::{Id, OwnerId, Timestamp, new_id};
use sqlx::{AnyConnection, AnyPool, Row, any::AnyRow};
use store::{
    Db, Sought,
    columns::{id, optional_id, optional_time, time},
};
use vectors::Vector;

type Result<T> = std::result::Result<T, MemoryError>;

const THOUSAND: f64 = 1_000.0;

/// The columns that [`fact`] reads.
macro_rules! columns {
    () => {
        "f.id, f.owner_id, f.scope, f.kind, f.subject, f.attribute, f.value, f.text, f.context, f.confidence, f.importance, \
         f.origin, f.conversation_id, f.message_id, f.said_at, f.true_from, f.true_until, f.recorded_at, f.superseded_at, \
         f.superseded_by, f.struck_at, f.forgotten_at, f.changed_at"
    };
}

macro_rules! facts {
    ($rest:literal) => {
        concat!("SELECT ", columns!(), " FROM memory_fact f WHERE f.owner_id = $1 ", $rest)
    };
}

pub(crate) async fn insert(connection: &mut AnyConnection, fact: &Fact) -> Result<()> {
    let draft = &fact.draft;
    sqlx::query(
        "INSERT INTO memory_fact (id, owner_id, scope, kind, subject, attribute, value, text, context, confidence, importance, \
         origin, conversation_id, message_id, said_at, true_from, true_until, recorded_at, superseded_at, superseded_by, \
         struck_at, forgotten_at, changed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)",
    )
    .bind(fact.id.to_string())
    .bind(fact.owner.to_string())
    .bind(fact.scope.to_string())
    .bind(draft.kind.as_str())
    .bind(&draft.subject)
    .bind(&draft.attribute)
    .bind(&draft.value)
    .bind(&draft.text)
    .bind(&draft.context)
    .bind(thousandths(draft.confidence))
    .bind(thousandths(draft.importance))
    .bind(draft.origin.as_str())
    .bind(draft.source.conversation_id.map(|id| id.to_string()))
    .bind(draft.source.message_id.map(|id| id.to_string()))
    .bind(draft.said_at.millis())
    .bind(draft.true_from.map(Timestamp::millis))
    .bind(draft.true_until.map(Timestamp::millis))
    .bind(fact.recorded_at.millis())
    .bind(fact.superseded_at.map(Timestamp::millis))
    .bind(fact.superseded_by.map(|id| id.to_string()))
    .bind(fact.struck_at.map(Timestamp::millis))
    .bind(fact.forgotten_at.map(Timestamp::millis))
    .bind(fact.changed_at.millis())
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes what of a fact may change.
pub(crate) async fn update(connection: &mut AnyConnection, fact: &Fact) -> Result<()> {
    sqlx::query(
        "UPDATE memory_fact SET confidence = $2, true_until = $3, superseded_at = $4, superseded_by = $5, struck_at = $6, \
         forgotten_at = $7, changed_at = $8 WHERE id = $1",
    )
    .bind(fact.id.to_string())
    .bind(thousandths(fact.draft.confidence))
    .bind(fact.draft.true_until.map(Timestamp::millis))
    .bind(fact.superseded_at.map(Timestamp::millis))
    .bind(fact.superseded_by.map(|id| id.to_string()))
    .bind(fact.struck_at.map(Timestamp::millis))
    .bind(fact.forgotten_at.map(Timestamp::millis))
    .bind(fact.changed_at.millis())
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes a step of the time line.
pub(crate) async fn note(
    connection: &mut AnyConnection,
    fact: &Fact,
    (what, other_id): (&str, Option<Id>),
    at: Timestamp,
) -> Result<()> {
    sqlx::query("INSERT INTO memory_change (id, owner_id, fact_id, what, other_id, at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(new_id().to_string())
        .bind(fact.owner.to_string())
        .bind(fact.id.to_string())
        .bind(what)
        .bind(other_id.map(|id| id.to_string()))
        .bind(at.millis())
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn get(pool: &AnyPool, owner: OwnerId, id: Id) -> Result<Fact> {
    let query = sqlx::query(facts!("AND f.id = $2")).bind(owner.to_string()).bind(id.to_string());
    let row = query.fetch_optional(pool).await?.ok_or(MemoryError::NoFact(id))?;
    fact(&row)
}

/// These facts of an owner, those left out that are not there. Looked up by their ids alone: told the owner too, SQLite reads
/// everything of that owner as soon as there are more than ten ids.
pub(crate) async fn these(pool: &AnyPool, owner: OwnerId, ids: &[Id]) -> Result<Vec<Fact>> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(50) {
        let marks: Vec<String> = (1..=ids.len()).map(|number| format!("${number}")).collect();
        let sql = format!("SELECT {} FROM memory_fact f WHERE f.id IN ({})", columns!(), marks.join(", "));
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
        for id in ids {
            query = query.bind(id.to_string());
        }
        for row in query.fetch_all(pool).await? {
            found.push(fact(&row)?);
        }
    }
    found.retain(|fact| fact.owner == owner);
    Ok(found)
}

/// What counts or is struck out about somebody's attributes, for what is new to be held against.
pub(crate) async fn about(
    connection: &mut AnyConnection,
    (owner, scope): (OwnerId, &Scope),
    subject: &str,
    attributes: [&str; 2],
) -> Result<Vec<Fact>> {
    let [one, other] = attributes;
    let query = sqlx::query(facts!(
        "AND f.scope = $2 AND f.subject = $3 AND f.attribute IN ($4, $5) AND f.superseded_at IS NULL AND f.forgotten_at IS NULL \
         ORDER BY f.id"
    ));
    let rows = query.bind(owner.to_string()).bind(scope.to_string()).bind(subject).bind(one).bind(other);
    rows.fetch_all(connection).await?.iter().map(fact).collect()
}

/// Whether something of this kind was taken from a message already.
pub(crate) async fn has_message(pool: &AnyPool, owner: OwnerId, message_id: Id) -> Result<bool> {
    let query =
        sqlx::query("SELECT 1 AS one FROM memory_fact WHERE owner_id = $1 AND message_id = $2 LIMIT 1");
    Ok(query.bind(owner.to_string()).bind(message_id.to_string()).fetch_optional(pool).await?.is_some())
}

/// What changed in a scope since a moment.
pub(crate) async fn changed(
    pool: &AnyPool,
    (owner, scope): (OwnerId, &Scope),
    since: i64,
) -> Result<Vec<Fact>> {
    let query = sqlx::query(facts!("AND f.scope = $2 AND f.changed_at >= $3 ORDER BY f.changed_at"));
    let rows = query.bind(owner.to_string()).bind(scope.to_string()).bind(since).fetch_all(pool).await?;
    rows.iter().map(fact).collect()
}

/// A page of facts, the latest first.
pub(crate) async fn list(db: &Db, owner: OwnerId, list: &ListFacts, limit: u32) -> Result<Vec<Fact>> {
    let (before, before_id) = list.cursor.unwrap_or((i64::MAX, Id::from_u128(u128::MAX)));
    let standing = match list.standing {
        None => "AND f.forgotten_at IS NULL ",
        Some(Standing::Current) => {
            "AND f.forgotten_at IS NULL AND f.struck_at IS NULL AND f.superseded_at IS NULL "
        }
        Some(Standing::Superseded) => {
            "AND f.forgotten_at IS NULL AND f.struck_at IS NULL AND f.superseded_at IS NOT NULL "
        }
        Some(Standing::Struck) => "AND f.forgotten_at IS NULL AND f.struck_at IS NOT NULL ",
        Some(Standing::Forgotten) => "AND f.forgotten_at IS NOT NULL ",
    };
    let query = list.query.trim();
    let sought = (!query.is_empty()).then(|| Sought::of(db.engine(), query));
    let patterns = sought.as_ref().map_or(&[][..], Sought::patterns);
    let places: Vec<String> = (0..patterns.len()).map(|place| format!("${}", place + 8)).collect();
    let words = match &sought {
        None => "AND ($5 <> '' OR f.kind NOT IN ('said', 'summary'))".to_owned(),
        Some(sought) => {
            let columns = ["f.text", "f.subject", "f.attribute"];
            format!("AND ({})", columns.map(|column| sought.held_by(column, &places)).join(" OR "))
        }
    };
    let sql = format!(
        "{} {standing} AND (f.said_at < $2 OR (f.said_at = $2 AND f.id < $3)) \
         AND ($4 = '' OR f.scope = $4) AND ($5 = '' OR f.kind = $5) AND ($6 = '' OR f.subject = $6) {words} \
         ORDER BY f.said_at DESC, f.id DESC LIMIT $7",
        facts!("")
    );
    let found = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(owner.to_string())
        .bind(before)
        .bind(before_id.to_string())
        .bind(list.scope.as_ref().map(Scope::to_string).unwrap_or_default())
        .bind(list.kind.map(Kind::as_str).unwrap_or_default())
        .bind(list.subject.clone().unwrap_or_default())
        .bind(i64::from(limit));
    let found = patterns.iter().fold(found, |found, pattern| found.bind(pattern.clone()));
    let rows = found.fetch_all(db.pool()).await?;
    rows.iter().map(fact).collect()
}

/// All facts of an owner, whatever their standing.
pub(crate) async fn all(pool: &AnyPool, owner: OwnerId) -> Result<Vec<Fact>> {
    let rows =
        sqlx::query(facts!("ORDER BY f.recorded_at, f.id")).bind(owner.to_string()).fetch_all(pool).await?;
    rows.iter().map(fact).collect()
}

/// The scopes in which something is known, and how much of it counts.
pub(crate) async fn scopes(pool: &AnyPool, owner: OwnerId) -> Result<Vec<(Scope, u64)>> {
    let rows = sqlx::query(
        "SELECT scope, COUNT(*) AS n FROM memory_fact WHERE owner_id = $1 AND superseded_at IS NULL AND struck_at IS NULL \
         AND forgotten_at IS NULL AND kind NOT IN ('said', 'summary') GROUP BY scope ORDER BY scope",
    );
    let rows = rows.bind(owner.to_string()).fetch_all(pool).await?;
    rows.iter()
        .map(|row| {
            let scope: String = row.try_get("scope")?;
            Ok((scope.parse()?, u64::try_from(row.try_get::<i64, _>("n")?).unwrap_or(0)))
        })
        .collect()
}

/// The steps of the time line before a moment, the latest first; of one fact where one is named.
pub(crate) async fn changes(
    pool: &AnyPool,
    owner: OwnerId,
    fact_id: Option<Id>,
    (before, limit): ((i64, String), u32),
) -> Result<Vec<Change>> {
    let rows = sqlx::query(concat!(
        "SELECT c.id AS change_id, c.what, c.other_id, c.at, ",
        columns!(),
        " FROM memory_change c JOIN memory_fact f ON f.id = c.fact_id \
         WHERE c.owner_id = $1 AND (c.at < $2 OR (c.at = $2 AND c.id < $3)) AND ($4 = '' OR c.fact_id = $4 OR c.other_id = $4) \
         AND f.kind NOT IN ('said', 'summary') AND f.forgotten_at IS NULL ORDER BY c.at DESC, c.id DESC LIMIT $5"
    ))
    .bind(owner.to_string())
    .bind(before.0)
    .bind(before.1)
    .bind(fact_id.map(|id| id.to_string()).unwrap_or_default())
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Change {
                id: id(row, "change_id")?,
                what: row.try_get("what")?,
                at: time(row, "at")?,
                other_id: optional_id(row, "other_id")?,
                fact: fact(row)?,
            })
        })
        .collect()
}

/// What was taken from a conversation in its own words, or said about all of it.
pub(crate) async fn of_conversation(
    pool: &AnyPool,
    owner: OwnerId,
    conversation_id: Id,
) -> Result<Vec<Fact>> {
    let query = sqlx::query(facts!("AND f.conversation_id = $2 ORDER BY f.recorded_at, f.id"));
    let rows = query.bind(owner.to_string()).bind(conversation_id.to_string()).fetch_all(pool).await?;
    rows.iter().map(fact).collect()
}

/// Has no fact name a conversation any more; forgets what it said in its own words, and what was said about all of it.
pub(crate) async fn outlive_conversation(
    connection: &mut AnyConnection,
    conversation_id: Id,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE memory_fact SET conversation_id = NULL, message_id = NULL, changed_at = $2, \
         forgotten_at = CASE WHEN kind IN ('said', 'summary') THEN COALESCE(forgotten_at, $2) ELSE forgotten_at END \
         WHERE conversation_id = $1",
    )
    .bind(conversation_id.to_string())
    .bind(now.millis())
    .execute(connection)
    .await?;
    Ok(())
}

/// Has no fact name these messages any more; forgets what they said in their own words.
pub(crate) async fn outlive_messages(
    connection: &mut AnyConnection,
    message_ids: &[Id],
    now: Timestamp,
) -> Result<()> {
    for ids in message_ids.chunks(50) {
        let marks: Vec<String> = (2..ids.len() + 2).map(|number| format!("${number}")).collect();
        let sql = format!(
            "UPDATE memory_fact SET message_id = NULL, changed_at = $1, \
             forgotten_at = CASE WHEN kind = 'said' THEN COALESCE(forgotten_at, $1) ELSE forgotten_at END \
             WHERE message_id IN ({})",
            marks.join(", ")
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(now.millis());
        for id in ids {
            query = query.bind(id.to_string());
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Deletes everything that is known of an owner; says how many facts that were.
pub(crate) async fn erase(connection: &mut AnyConnection, owner: OwnerId) -> Result<u64> {
    for sql in [
        "DELETE FROM memory_change WHERE owner_id = $1",
        "DELETE FROM memory_vector WHERE fact_id IN (SELECT id FROM memory_fact WHERE owner_id = $1)",
    ] {
        sqlx::query(sql).bind(owner.to_string()).execute(&mut *connection).await?;
    }
    let done = sqlx::query("DELETE FROM memory_fact WHERE owner_id = $1")
        .bind(owner.to_string())
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

/// Deletes for good what was forgotten before a moment; says how many facts that were.
pub(crate) async fn purge(connection: &mut AnyConnection, before: Timestamp) -> Result<u64> {
    for sql in [
        "DELETE FROM memory_change WHERE fact_id IN (SELECT id FROM memory_fact WHERE forgotten_at < $1)",
        "DELETE FROM memory_vector WHERE fact_id IN (SELECT id FROM memory_fact WHERE forgotten_at < $1)",
    ] {
        sqlx::query(sql).bind(before.millis()).execute(&mut *connection).await?;
    }
    let query = sqlx::query("DELETE FROM memory_fact WHERE forgotten_at < $1").bind(before.millis());
    Ok(query.execute(connection).await?.rows_affected())
}

/// Facts behind one that have no vector by a model, in the order in which they were written down.
pub(crate) async fn lacking(
    pool: &AnyPool,
    (model, after): (&str, Id),
    limit: u32,
) -> Result<Vec<(OwnerId, Id, String)>> {
    let rows = sqlx::query(
        "SELECT f.id, f.owner_id, f.text FROM memory_fact f WHERE f.id > $3 AND f.forgotten_at IS NULL AND NOT EXISTS \
         (SELECT 1 FROM memory_vector v WHERE v.fact_id = f.id AND v.model = $1) ORDER BY f.id LIMIT $2",
    );
    let rows = rows.bind(model).bind(i64::from(limit)).bind(after.to_string()).fetch_all(pool).await?;
    rows.iter().map(|row| Ok((id(row, "owner_id")?, id(row, "id")?, row.try_get("text")?))).collect()
}

pub(crate) async fn put_vector(
    connection: &mut AnyConnection,
    (model, fact_id): (&str, Id),
    vector: &Vector,
    at: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO memory_vector (model, fact_id, vector, made_at) \
         SELECT $1, id, $3, $4 FROM memory_fact WHERE id = $2 \
         ON CONFLICT (model, fact_id) DO UPDATE SET vector = EXCLUDED.vector, made_at = EXCLUDED.made_at, \
             copied_to = NULL",
    )
    .bind(model)
    .bind(fact_id.to_string())
    .bind(vector.to_bytes())
    .bind(at.millis())
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes the vectors of other models.
pub(crate) async fn drop_other_vectors(pool: &AnyPool, model: &str) -> Result<()> {
    sqlx::query("DELETE FROM memory_vector WHERE model <> $1").bind(model).execute(pool).await?;
    Ok(())
}

/// The vectors of a scope: all of them, or those that were made since a moment.
pub(crate) async fn vectors(
    pool: &AnyPool,
    (owner, scope): (OwnerId, &Scope),
    (model, since): (&str, Option<i64>),
) -> Result<Vec<(Id, Vector)>> {
    // A cross join is worked off from left to right by SQLite: a look for the few that are new begins with those, as a
    // scope may hold a hundred thousand that are not.
    let query = match since {
        None => sqlx::query(
            "SELECT v.fact_id, v.vector FROM memory_fact f CROSS JOIN memory_vector v \
             WHERE v.fact_id = f.id AND f.owner_id = $1 AND f.scope = $2 AND v.model = $3",
        ),
        Some(_) => sqlx::query(
            "SELECT v.fact_id, v.vector FROM memory_vector v CROSS JOIN memory_fact f \
             WHERE f.id = v.fact_id AND f.owner_id = $1 AND f.scope = $2 AND v.model = $3 AND v.made_at >= $4",
        ),
    };
    let mut query = query.bind(owner.to_string()).bind(scope.to_string()).bind(model);
    if let Some(since) = since {
        query = query.bind(since);
    }
    let mut found = Vec::new();
    for row in &query.fetch_all(pool).await? {
        let bytes: Vec<u8> = row.try_get("vector")?;
        if let Some(vector) = Vector::from_bytes(&bytes) {
            found.push((id(row, "fact_id")?, vector));
        }
    }
    Ok(found)
}

#[expect(clippy::cast_possible_truncation, reason = "from 0 to 1")]
fn thousandths(share: f64) -> i64 {
    (share.clamp(0.0, 1.0) * THOUSAND).round() as i64
}

#[expect(clippy::cast_precision_loss, reason = "from 0 to 1,000")]
fn share(row: &AnyRow, column: &str) -> Result<f64> {
    Ok(row.try_get::<i64, _>(column)? as f64 / THOUSAND)
}

fn fact(row: &AnyRow) -> Result<Fact> {
    let text = |column: &str| -> Result<String> { Ok(row.try_get(column)?) };
    let draft = Draft {
        kind: Kind::from_name(&text("kind")?).unwrap_or(Kind::Note),
        subject: text("subject")?,
        attribute: text("attribute")?,
        value: text("value")?,
        text: text("text")?,
        context: text("context")?,
        confidence: share(row, "confidence")?,
        importance: share(row, "importance")?,
        origin: Origin::from_name(&text("origin")?).unwrap_or(Origin::Rules),
        source: Source {
            conversation_id: optional_id(row, "conversation_id")?,
            message_id: optional_id(row, "message_id")?,
        },
        said_at: time(row, "said_at")?,
        true_from: optional_time(row, "true_from")?,
        true_until: optional_time(row, "true_until")?,
    };
    Ok(Fact {
        id: id(row, "id")?,
        owner: id(row, "owner_id")?,
        scope: text("scope")?.parse()?,
        draft,
        recorded_at: time(row, "recorded_at")?,
        superseded_at: optional_time(row, "superseded_at")?,
        superseded_by: optional_id(row, "superseded_by")?,
        struck_at: optional_time(row, "struck_at")?,
        forgotten_at: optional_time(row, "forgotten_at")?,
        changed_at: time(row, "changed_at")?,
    })
}

/// The words of a message.
pub(crate) async fn words_of(
    connection: &mut AnyConnection,
    owner: OwnerId,
    message_id: Id,
) -> Result<Vec<Fact>> {
    let query = sqlx::query(facts!("AND f.message_id = $2 AND f.kind = 'said'"));
    let rows = query.bind(owner.to_string()).bind(message_id.to_string()).fetch_all(connection).await?;
    rows.iter().map(fact).collect()
}
