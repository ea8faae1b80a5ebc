//! A memory in a throw-away database, with a person who says things at given moments.

use base::{Clock, Id, OwnerId, Timestamp, new_id};
use jiff::{civil::Date, tz::TimeZone};
use memory::{Memory, Parts, Scope, Source, Wanted};
use std::{sync::Arc, time::Duration};
use store::testing::TestDb;

pub(crate) const OWNER: OwnerId = Id::FIRST_OWNER;

pub(crate) struct Stage {
    pub(crate) memory: Memory,
    pub(crate) test: Arc<TestDb>,
}

/// Noon of a day.
pub(crate) fn noon(day: &str) -> Timestamp {
    let day: Date = day.parse().unwrap();
    let moment = day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap();
    Timestamp::from_millis(moment.timestamp().as_millisecond())
}

impl Stage {
    pub(crate) fn new(test: Arc<TestDb>) -> Self {
        let clock = Arc::clone(&test.clock) as Arc<dyn Clock>;
        let memory = Memory::new(Parts { db: test.db.clone(), clock, zone: TimeZone::UTC });
        Self { memory, test }
    }

    pub(crate) async fn says(&self, (owner, scope): (OwnerId, &Scope), day: &str, text: &str) -> Id {
        let source = Source { conversation_id: Some(new_id()), message_id: Some(new_id()) };
        let heard = self.memory.heard(text, "", (source, noon(day)));
        self.memory.listen(owner, scope, &heard).await.unwrap();
        source.message_id.unwrap()
    }

    pub(crate) async fn recalls(&self, scopes: &[Scope], text: &str) -> Vec<String> {
        self.recalls_for(OWNER, scopes, text).await
    }

    pub(crate) async fn recalls_for(&self, owner: OwnerId, scopes: &[Scope], text: &str) -> Vec<String> {
        let wanted = Wanted {
            owner,
            scopes: scopes.to_vec(),
            text: text.to_owned(),
            not_from: None,
            budget_tokens: 400,
            limit: 10,
            with_profile: false,
        };
        let recalled = self.memory.recall(&wanted).await.unwrap();
        assert!(recalled.iter().all(|one| !one.why.is_empty() && one.score > 0.0));
        recalled.into_iter().map(|one| one.fact.draft.text).collect()
    }

    /// How many rows a table has.
    pub(crate) async fn count(&self, table: &'static str) -> i64 {
        let sql = format!("SELECT COUNT(*) AS n FROM {table}");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_one(self.test.db.pool()).await.unwrap();
        sqlx::Row::try_get(&row, "n").unwrap()
    }

    /// Moves the clock on to noon of a day; it never goes back.
    pub(crate) fn at(&self, day: &str) {
        if let Ok(ahead) = u64::try_from(noon(day).millis() - self.test.clock.now().millis()) {
            self.test.clock.advance(Duration::from_millis(ahead));
        }
    }
}
