//! What is known, as it is kept: learned, recalled, changed, shown and let go.

mod change;
mod copying;
mod learn;
mod meaning;
mod remember;

pub use change::{Edit, Erased, Export};
pub use remember::Wanted;

use crate::{
    MemoryError, db,
    map::{Map, map},
    model::{Change, Fact, Kind, Scope, Source, Standing},
    profile::{Profile, profile},
    recall::Shelf,
};
use base::{Clock, Id, OwnerId, Timestamp};
use jiff::tz::TimeZone;
use llm::Embedding;
use parking_lot::RwLock;
use std::{collections::HashMap, sync::Arc};
use store::Db;
use vectors::{Collection, Engine};

/// Facts on a page of the list, at the most.
const PAGE_LIMIT: u32 = 500;

/// What the memory stands on.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Where it is kept.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where the person is, for `yesterday` and `last week`.
    pub zone: TimeZone,
}

/// What is known of everybody here.
#[derive(Debug)]
pub struct Memory {
    db: Db,
    clock: Arc<dyn Clock>,
    zone: TimeZone,
    embedding: RwLock<Option<Embedding>>,
    /// What somebody has asked for since the program began.
    shelves: RwLock<Shelves>,
    /// One at a time makes vectors: by which model, and of all facts up to which.
    embedding_turn: tokio::sync::Mutex<(String, Id)>,
    /// The engine beside the program that searches what facts mean, if there is one.
    beside: RwLock<Option<Arc<dyn Engine>>>,
    /// The collection that it is known to have just what it should of; one at a time copies.
    copied: tokio::sync::Mutex<Copied>,
}

/// What is known of an engine's copy.
#[derive(Debug, Default)]
struct Copied {
    collection: Option<Collection>,
    /// Whether it has just what it should.
    is_checked: bool,
}

/// Shelves by owner and scope.
type Shelves = HashMap<(OwnerId, Scope), Arc<RwLock<Opened>>>;

/// A shelf in memory, and when it was last brought in step.
#[derive(Debug, Default)]
struct Opened {
    shelf: Shelf,
    seen: i64,
    /// The model whose vectors it has, and when they were.
    vectors: Option<(String, i64)>,
}

/// Which facts to list.
#[derive(Debug, Clone, Default)]
pub struct ListFacts {
    /// Words that they must hold; empty lists all.
    pub query: String,
    /// Only of this scope.
    pub scope: Option<Scope>,
    /// Only of this kind; without one, and without a query, what was merely said is left out.
    pub kind: Option<Kind>,
    /// Only about this subject.
    pub subject: Option<String>,
    /// Only of this standing; without one all but what was forgotten.
    pub standing: Option<Standing>,
    /// Behind this moment and fact.
    pub cursor: Option<(i64, Id)>,
    /// How many at the most.
    pub limit: u32,
}

impl ListFacts {
    /// The cursor that a page's `next` says.
    ///
    /// # Errors
    /// Where no page has said it.
    pub fn cursor(text: &str) -> Result<(i64, Id), MemoryError> {
        let bad = || MemoryError::BadCursor(text.to_owned());
        let (millis, id) = text.split_once('.').ok_or_else(bad)?;
        Ok((millis.parse().map_err(|_| bad())?, id.parse().map_err(|_| bad())?))
    }
}

impl Memory {
    /// The memory in this database.
    pub fn new(parts: Parts) -> Self {
        let Parts { db, clock, zone } = parts;
        let embedding_turn = tokio::sync::Mutex::new((String::new(), Id::from_u128(0)));
        Self {
            db,
            clock,
            zone,
            embedding: RwLock::default(),
            shelves: RwLock::default(),
            embedding_turn,
            beside: RwLock::default(),
            copied: tokio::sync::Mutex::default(),
        }
    }

    /// A message as the rules and a model read it.
    pub fn heard<'a>(
        &self,
        text: &'a str,
        before: &'a str,
        (source, said_at): (Source, Timestamp),
    ) -> crate::Heard<'a> {
        crate::Heard { text, before, source, said_at, zone: self.zone.clone() }
    }

    /// One fact, whatever its standing.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn get(&self, owner: OwnerId, id: Id) -> Result<Fact, MemoryError> {
        db::get(self.db.pool(), owner, id).await
    }

    /// These facts, those left out that are gone.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn these(&self, owner: OwnerId, ids: &[Id]) -> Result<Vec<Fact>, MemoryError> {
        db::these(self.db.pool(), owner, ids).await
    }

    /// A page of facts, the last said first, and where the next page begins.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn list(
        &self,
        owner: OwnerId,
        list: &ListFacts,
    ) -> Result<(Vec<Fact>, Option<String>), MemoryError> {
        let limit = list.limit.clamp(1, PAGE_LIMIT);
        let mut page = db::list(&self.db, owner, list, limit + 1).await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = page.len() > limit;
        page.truncate(limit);
        let next =
            page.last().filter(|_| more).map(|last| format!("{}.{}", last.draft.said_at.millis(), last.id));
        Ok((page, next))
    }

    /// The scopes in which something is known, and how much.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn scopes(&self, owner: OwnerId) -> Result<Vec<(Scope, u64)>, MemoryError> {
        db::scopes(self.db.pool(), owner).await
    }

    /// The time line, the last change first, and where it goes on; of one fact where one is named.
    ///
    /// # Errors
    /// A cursor that no page has given; where the database fails.
    pub async fn changes(
        &self,
        owner: OwnerId,
        fact_id: Option<Id>,
        (cursor, limit): (Option<&str>, u32),
    ) -> Result<(Vec<Change>, Option<String>), MemoryError> {
        let before = match cursor {
            None => (i64::MAX, "~".to_owned()),
            Some(cursor) => ListFacts::cursor(cursor).map(|(at, id)| (at, id.to_string()))?,
        };
        let limit = limit.clamp(1, PAGE_LIMIT);
        let mut page = db::changes(self.db.pool(), owner, fact_id, (before, limit + 1)).await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = page.len() > limit;
        page.truncate(limit);
        let next = page.last().filter(|_| more).map(|last| format!("{}.{}", last.at.millis(), last.id));
        Ok((page, next))
    }

    /// A fact and what it took the place of, the latest first.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn history(&self, owner: OwnerId, id: Id) -> Result<Vec<Fact>, MemoryError> {
        let fact = self.get(owner, id).await?;
        let list = ListFacts {
            subject: Some(fact.draft.subject.clone()),
            scope: Some(fact.scope.clone()),
            kind: Some(fact.draft.kind),
            limit: PAGE_LIMIT,
            ..ListFacts::default()
        };
        let all = db::list(&self.db, owner, &list, PAGE_LIMIT).await?;
        let mut chain = vec![fact];
        // Backwards from a fact to those whose place it took, and theirs.
        let mut next = 0;
        while let Some(later) = chain.get(next).map(|fact| fact.id) {
            let earlier = all.iter().filter(|one| one.superseded_by == Some(later));
            let new: Vec<Fact> =
                earlier.filter(|one| chain.iter().all(|known| known.id != one.id)).cloned().collect();
            chain.extend(new);
            next += 1;
        }
        chain.sort_by(|one, other| other.recorded_at.cmp(&one.recorded_at).then(other.id.cmp(&one.id)));
        Ok(chain)
    }

    /// How what is known in a scope hangs together.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn map(&self, owner: OwnerId, scope: &Scope) -> Result<Map, MemoryError> {
        Ok(map(&self.current(owner, scope).await?))
    }

    /// Who somebody is in a scope, as far as it is known.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn profile(&self, owner: OwnerId, scope: &Scope) -> Result<Profile, MemoryError> {
        Ok(profile(&self.current(owner, scope).await?))
    }

    async fn current(&self, owner: OwnerId, scope: &Scope) -> Result<Vec<Fact>, MemoryError> {
        let list = ListFacts {
            scope: Some(scope.clone()),
            standing: Some(Standing::Current),
            limit: PAGE_LIMIT,
            ..ListFacts::default()
        };
        db::list(&self.db, owner, &list, PAGE_LIMIT).await
    }
}
