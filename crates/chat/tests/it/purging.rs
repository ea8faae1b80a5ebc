//! What was deleted long ago goes for good, and nothing else goes along.

use crate::stage::{OWNER, Stage, talk};
use base::{Clock, Id, Money, SystemClock, Timestamp, new_id};
use chat::{ChatError, ForkScope, Known, ListConversations, NewShare, Purged, Shares, Window};
use memory::{Kind, ListFacts};
use sqlx::Row;
use std::{sync::Arc, time::Duration};
use store::testing::TestDb;

store::on_each_database!(
    a_conversation_goes_with_all_that_hangs_on_it,
    what_was_taken_from_a_conversation_does_not_name_it_any_more,
    messages_lose_their_words_and_what_they_cost_stays,
    a_file_brings_nothing_back_that_was_deleted_by_hand,
    what_came_back_or_was_deleted_lately_stays,
);

const CLAUDE: &str = include_str!("../../../transcript/fixtures/claude.json");
const DAY: Duration = Duration::from_secs(86_400);
const NOTHING: Purged = Purged { conversations: 0, messages: 0 };

fn tomorrow() -> Timestamp {
    SystemClock::default().now().plus(DAY)
}

/// How many rows of a table are so; `$1` is the id.
async fn count(stage: &Stage, (table, which): (&str, &str), id: Id) -> i64 {
    let sql = format!("SELECT COUNT(*) AS n FROM {table} WHERE {which}");
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.to_string());
    query.fetch_one(stage.test_db.db.pool()).await.unwrap().try_get("n").unwrap()
}

/// A row of what a persona feels, which a message brought about.
async fn feel(stage: &Stage, conversation_id: Id, message_id: Id) -> Id {
    let id = new_id();
    sqlx::query(
        "INSERT INTO persona_feeling (id, owner, persona_id, toward, at, source, proposal, conversation_id, message_id) \
         VALUES ($1, $2, $1, 'you', 0, 'words', '{}', $3, $4)",
    )
    .bind(id.to_string())
    .bind(OWNER.to_string())
    .bind(conversation_id.to_string())
    .bind(message_id.to_string())
    .execute(stage.test_db.db.pool())
    .await
    .unwrap();
    id
}

/// Waits until so many exchanges have come from the journal to the ledger.
async fn settled(stage: &Stage, exchanges: i64) -> bool {
    for _ in 0..1_000 {
        if count(stage, ("exchange", "id <> $1"), OWNER).await == exchanges {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

async fn cost(stage: &Stage, id: Id) -> Option<Money> {
    stage.chat.piece(OWNER, id, Window::End, 50).await.unwrap().cost
}

async fn a_conversation_goes_with_all_that_hangs_on_it(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let (conversation, other) = (stage.conversation().await, stage.conversation().await);
    let said = talk(&stage, &conversation, 2).await;
    talk(&stage, &other, 1).await;
    let id = conversation.id;
    let fork = stage.chat.fork(OWNER, id, (said[3].id, ForkScope::Path)).await.unwrap();
    let shares = Shares::new(Arc::clone(&stage.chat));
    let (own, of_fork) = (
        shares.create(OWNER, id, NewShare::default()).await.unwrap(),
        shares.create(OWNER, fork.id, NewShare::default()).await.unwrap(),
    );
    let felt = feel(&stage, id, said[0].id).await;
    sqlx::query(
        "INSERT INTO conversation_group (conversation_id, owner, settings, queue, updated_at) \
         VALUES ($1, $2, '{}', '{}', 0)",
    )
    .bind(id.to_string())
    .bind(OWNER.to_string())
    .execute(stage.test_db.db.pool())
    .await
    .unwrap();
    assert!(settled(&stage, 3).await, "three answers are in the ledger");

    stage.chat.delete_message(OWNER, id, said[2].id).await.unwrap();
    stage.chat.delete(OWNER, id).await.unwrap();
    let purged = stage.chat.purge_deleted(tomorrow()).await.unwrap();
    assert_eq!(purged, Purged { conversations: 1, messages: 0 });
    for of in [
        ("conversation", "id = $1"),
        ("message", "conversation_id = $1"),
        ("share", "conversation_id = $1"),
        ("conversation_group", "conversation_id = $1"),
        ("persona_feeling", "conversation_id = $1"),
    ] {
        assert_eq!(count(&stage, of, id).await, 0, "{of:?}");
    }
    let back = stage.chat.restore(OWNER, id).await;
    assert!(matches!(back, Err(ChatError::NoConversation(_))));
    assert!(shares.revoke(OWNER, own.id).await.is_err());
    assert_eq!(stage.chat.purge_deleted(tomorrow()).await.unwrap(), NOTHING);

    assert_eq!(count(&stage, ("persona_feeling", "id = $1 AND message_id IS NULL"), felt).await, 1);
    assert_eq!(count(&stage, ("exchange", "id <> $1"), OWNER).await, 3, "the ledger has what it had");
    let forked = stage.chat.messages(OWNER, fork.id).await.unwrap();
    let texts: Vec<&str> = forked.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["question 0", "answer 0", "question 1", "answer 1"]);
    shares.revoke(OWNER, of_fork.id).await.unwrap();
    assert_eq!(stage.chat.messages(OWNER, other.id).await.unwrap().len(), 2);
    let list = ListConversations { limit: 50, ..ListConversations::default() };
    assert_eq!(stage.chat.list(OWNER, list).await.unwrap().conversations.len(), 2);
}

/// What the memory has of the words of conversations.
async fn words(stage: &Stage, query: &str) -> Vec<memory::Fact> {
    let list = ListFacts { query: query.into(), kind: Some(Kind::Said), limit: 9, ..ListFacts::default() };
    stage.chat.memory().list(OWNER, &list).await.unwrap().0
}

async fn what_was_taken_from_a_conversation_does_not_name_it_any_more(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    stage.actor.says("I see.");
    let started = stage.say(&conversation, None, "The boiler makes a strange humming noise at night.").await;
    stage.finished(&started.reply).await;
    for _ in 0..1_000 {
        if !words(&stage, "humming").await.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(words(&stage, "humming").await.len(), 1);
    let message_id = started.user_message.unwrap().id;
    stage.chat.delete_message(OWNER, conversation.id, message_id).await.unwrap();
    assert_eq!(stage.chat.purge_deleted(tomorrow()).await.unwrap().messages, 2);
    assert_eq!(count(&stage, ("memory_fact", "message_id = $1"), message_id).await, 0);
    stage.chat.delete(OWNER, conversation.id).await.unwrap();
    assert_eq!(stage.chat.purge_deleted(tomorrow()).await.unwrap().conversations, 1);
    assert_eq!(count(&stage, ("memory_fact", "conversation_id = $1"), conversation.id).await, 0);
    assert!(words(&stage, "humming").await.is_empty());
}

async fn messages_lose_their_words_and_what_they_cost_stays(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let id = conversation.id;
    let said = talk(&stage, &conversation, 3).await;
    let felt = feel(&stage, id, said[4].id).await;
    let before = cost(&stage, id).await;
    assert_eq!(before, Some(Money::from_nanos(3 * 13_000)));
    // One by itself, and then what it followed.
    stage.chat.delete_message(OWNER, id, said[4].id).await.unwrap();
    stage.chat.delete_message(OWNER, id, said[2].id).await.unwrap();
    assert_eq!(stage.chat.purge_deleted(tomorrow()).await.unwrap(), Purged { conversations: 0, messages: 4 });
    assert_eq!(stage.chat.purge_deleted(tomorrow()).await.unwrap(), NOTHING);

    let with_words = ("message", "conversation_id = $1 AND (text <> '' OR body <> '{}')");
    assert_eq!(count(&stage, with_words, id).await, 2);
    assert_eq!(count(&stage, ("persona_feeling", "id = $1 AND message_id IS NULL"), felt).await, 1);
    assert_eq!(cost(&stage, id).await, before);
    for gone in [&said[2], &said[4], &said[5]] {
        let back = stage.chat.restore_message(OWNER, id, gone.id).await;
        assert!(matches!(back, Err(ChatError::NoMessage(_))));
    }
    // It goes on behind what is left.
    stage.actor.says("an answer");
    let next = stage.say(&conversation, Some(said[1].id), "And now?").await;
    stage.finished(&next.reply).await;
    let shown = stage.chat.messages(OWNER, id).await.unwrap();
    let texts: Vec<&str> = shown.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["question 0", "answer 0", "And now?", "an answer"]);
}

async fn a_file_brings_nothing_back_that_was_deleted_by_hand(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let import = || stage.chat.import(OWNER, CLAUDE.as_bytes().to_vec(), false, |_, _| ());
    let id = import().await.unwrap().conversations[0].id;
    let all = stage.chat.messages(OWNER, id).await.unwrap();
    let shorter = all.iter().find(|message| message.text == "Shorter").unwrap();
    stage.chat.delete_message(OWNER, id, shorter.id).await.unwrap();
    assert_eq!(stage.chat.purge_deleted(tomorrow()).await.unwrap().messages, 2);
    let again = import().await.unwrap().conversations.remove(0);
    assert_eq!((again.known, again.added, again.deleted), (Known::Here, 0, 2));
    assert_eq!(stage.chat.messages(OWNER, id).await.unwrap().len(), 2);

    // Of a conversation that is gone for good nothing is known: its file is new.
    stage.chat.delete(OWNER, id).await.unwrap();
    assert_eq!(stage.chat.purge_deleted(tomorrow()).await.unwrap().conversations, 1);
    let anew = import().await.unwrap().conversations.remove(0);
    assert_eq!((anew.id, anew.known, anew.added), (id, Known::New, 4));
}

async fn what_came_back_or_was_deleted_lately_stays(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let (conversation, other) = (stage.conversation().await, stage.conversation().await);
    let said = talk(&stage, &conversation, 2).await;
    stage.chat.delete_message(OWNER, conversation.id, said[2].id).await.unwrap();
    stage.chat.delete(OWNER, other.id).await.unwrap();
    let yesterday = SystemClock::default().now().minus(DAY);
    assert_eq!(stage.chat.purge_deleted(yesterday).await.unwrap(), NOTHING);
    stage.chat.restore_message(OWNER, conversation.id, said[2].id).await.unwrap();
    stage.chat.restore(OWNER, other.id).await.unwrap();
    assert_eq!(stage.chat.purge_deleted(tomorrow()).await.unwrap(), NOTHING);
    assert_eq!(stage.chat.messages(OWNER, conversation.id).await.unwrap().len(), 4);
}
