//! Everything a person makes and keeps: typed, versioned, searchable.
//!
//! A kind of record is a struct with the trait [`Record`]; it needs no table. Every change writes a new version
//! over the one the writer saw, so that nobody overwrites what they have not seen, and every version stays.

mod error;

pub use error::{InvalidRecord, RecordError};

use crate::{
    Db, DbError,
    db::records::{self as table, Address, Content, StoredRecord},
};
use base::{Id, OwnerId, Timestamp, new_id};
use serde::{Serialize, de::DeserializeOwned};

/// A kind of record.
pub trait Record: Serialize + DeserializeOwned + Send + Sync {
    /// The name of the kind, such as `conversation`; it never changes.
    const KIND: &'static str;
    /// What lists show.
    fn title(&self) -> String;
    /// What a search finds, beside the title.
    fn search_text(&self) -> String {
        String::new()
    }
    /// Says what is wrong with it. Called before every write.
    ///
    /// # Errors
    /// What a person has to put right.
    fn validate(&self) -> Result<(), InvalidRecord> {
        Ok(())
    }
}

/// A record as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept<T> {
    /// Its id.
    pub id: Id,
    /// Whose it is.
    pub owner: OwnerId,
    /// What it belongs to.
    pub parent: Option<Id>,
    /// From 1; one more with each change.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed or touched.
    pub updated_at: Timestamp,
    /// When it was deleted, if it was.
    pub deleted_at: Option<Timestamp>,
    /// The record itself.
    pub value: T,
}

impl<T> Kept<T> {
    /// Where a list goes on after this record.
    pub fn cursor(&self) -> Cursor {
        Cursor { updated_at: self.updated_at, id: self.id }
    }
}

/// A place in a list of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// When the last record of the page was changed.
    pub updated_at: Timestamp,
    /// Its id.
    pub id: Id,
}

/// Whether deleted records are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Deleted {
    /// Those that are not deleted.
    #[default]
    Without,
    /// Those that are.
    Only,
}

/// Which records to list; the last changed come first.
#[derive(Debug, Clone)]
pub struct ListRecords {
    /// Whose.
    pub owner: OwnerId,
    /// Only those that belong to this.
    pub parent: Option<Id>,
    /// Only those in whose title or search text each of these words (the first four) is found.
    pub text: Option<String>,
    /// Whether deleted ones are meant.
    pub deleted: Deleted,
    /// Only those after this place.
    pub after: Option<Cursor>,
    /// At most so many.
    pub limit: u32,
}

impl ListRecords {
    /// The first fifty of this owner.
    pub fn of(owner: OwnerId) -> Self {
        Self { owner, parent: None, text: None, deleted: Deleted::Without, after: None, limit: 50 }
    }
}

/// One version in a record's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionInfo {
    /// Its number.
    pub version: u64,
    /// The title it had.
    pub title: String,
    /// When it was written.
    pub created_at: Timestamp,
}

/// The records. Clones share the database.
#[derive(Debug, Clone)]
pub struct Records {
    db: Db,
}

impl Records {
    /// The records in this database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// Keeps a new record.
    ///
    /// # Errors
    /// [`RecordError::Invalid`], or where the database fails.
    pub async fn create<T: Record>(
        &self,
        owner: OwnerId,
        parent: Option<Id>,
        value: T,
    ) -> Result<Kept<T>, RecordError> {
        let content = content(&value)?;
        let mut transaction = self.db.begin().await?;
        let address = address::<T>(owner, new_id());
        let stored = table::insert(&mut transaction, address, parent, &content, self.db.now()).await?;
        transaction.commit().await?;
        Ok(kept(stored, value))
    }

    /// Reads a record, also a deleted one.
    ///
    /// # Errors
    /// [`RecordError::NotFound`], or where the database fails.
    pub async fn get<T: Record>(&self, owner: OwnerId, id: Id) -> Result<Kept<T>, RecordError> {
        let stored = table::get(self.db.pool(), address::<T>(owner, id)).await?;
        decoded(stored.ok_or(RecordError::NotFound { kind: T::KIND, id })?)
    }

    /// Lists records.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn list<T: Record>(&self, wanted: &ListRecords) -> Result<Vec<Kept<T>>, RecordError> {
        table::list(self.db.pool(), T::KIND, wanted).await?.into_iter().map(decoded).collect()
    }

    /// Writes a new version over version `expected`.
    ///
    /// # Errors
    /// [`RecordError::Conflict`] when it is not at that version any more; [`RecordError::NotFound`], also for a
    /// deleted one; [`RecordError::Invalid`].
    pub async fn update<T: Record>(
        &self,
        owner: OwnerId,
        id: Id,
        expected: u64,
        value: T,
    ) -> Result<Kept<T>, RecordError> {
        let content = content(&value)?;
        let address = address::<T>(owner, id);
        let mut transaction = self.db.begin().await?;
        let stored = table::update(&mut transaction, address, expected, &content, self.db.now()).await?;
        transaction.commit().await?;
        match stored {
            Some(stored) => Ok(kept(stored, value)),
            None => Err(self.why_not_updated(address, expected).await?),
        }
    }

    async fn why_not_updated(&self, address: Address, expected: u64) -> Result<RecordError, DbError> {
        let Address { kind, id, .. } = address;
        Ok(match table::get(self.db.pool(), address).await? {
            Some(stored) if stored.deleted_at.is_none() => {
                RecordError::Conflict { kind, id, expected, found: stored.version }
            }
            Some(_) | None => RecordError::NotFound { kind, id },
        })
    }

    /// Makes it the last changed one, without a new version.
    ///
    /// # Errors
    /// [`RecordError::NotFound`], also for a deleted one.
    pub async fn touch<T: Record>(&self, owner: OwnerId, id: Id) -> Result<(), RecordError> {
        let mut transaction = self.db.begin().await?;
        let found = table::touch(&mut transaction, address::<T>(owner, id), self.db.now()).await?;
        transaction.commit().await?;
        found.then_some(()).ok_or(RecordError::NotFound { kind: T::KIND, id })
    }

    /// Marks it as deleted; [`Records::undelete`] brings it back.
    ///
    /// # Errors
    /// [`RecordError::NotFound`].
    pub async fn delete<T: Record>(&self, owner: OwnerId, id: Id) -> Result<(), RecordError> {
        self.mark_deleted::<T>(owner, id, Some(self.db.now())).await
    }

    /// Brings a deleted one back.
    ///
    /// # Errors
    /// [`RecordError::NotFound`].
    pub async fn undelete<T: Record>(&self, owner: OwnerId, id: Id) -> Result<(), RecordError> {
        self.mark_deleted::<T>(owner, id, None).await
    }

    async fn mark_deleted<T: Record>(
        &self,
        owner: OwnerId,
        id: Id,
        at: Option<Timestamp>,
    ) -> Result<(), RecordError> {
        let mut transaction = self.db.begin().await?;
        let found = table::mark_deleted(&mut transaction, address::<T>(owner, id), at).await?;
        transaction.commit().await?;
        found.then_some(()).ok_or(RecordError::NotFound { kind: T::KIND, id })
    }

    /// Deletes it for good, with its history and its links.
    ///
    /// # Errors
    /// [`RecordError::NotFound`].
    pub async fn purge<T: Record>(&self, owner: OwnerId, id: Id) -> Result<(), RecordError> {
        let mut transaction = self.db.begin().await?;
        let found = table::purge(&mut transaction, address::<T>(owner, id)).await?;
        transaction.commit().await?;
        found.then_some(()).ok_or(RecordError::NotFound { kind: T::KIND, id })
    }

    /// Its versions, the newest first.
    ///
    /// # Errors
    /// [`RecordError::NotFound`].
    pub async fn history<T: Record>(&self, owner: OwnerId, id: Id) -> Result<Vec<VersionInfo>, RecordError> {
        let versions = table::history(self.db.pool(), address::<T>(owner, id)).await?;
        if versions.is_empty() { Err(RecordError::NotFound { kind: T::KIND, id }) } else { Ok(versions) }
    }

    /// What it was at a version.
    ///
    /// # Errors
    /// [`RecordError::NoSuchVersion`].
    pub async fn at_version<T: Record>(
        &self,
        owner: OwnerId,
        id: Id,
        version: u64,
    ) -> Result<T, RecordError> {
        let body = table::body_of(self.db.pool(), address::<T>(owner, id), version).await?;
        value_of(&body.ok_or(RecordError::NoSuchVersion { kind: T::KIND, id, version })?)
    }

    /// Writes what it was at `version` as a new version over `expected`.
    ///
    /// # Errors
    /// As [`Records::at_version`] and [`Records::update`].
    pub async fn restore<T: Record>(
        &self,
        owner: OwnerId,
        id: Id,
        version: u64,
        expected: u64,
    ) -> Result<Kept<T>, RecordError> {
        let value = self.at_version::<T>(owner, id, version).await?;
        self.update(owner, id, expected, value).await
    }

    /// Links one thing to another; linking twice is the same as once.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn link(&self, owner: OwnerId, from: Id, relation: &str, to: Id) -> Result<(), RecordError> {
        let mut transaction = self.db.begin().await?;
        let link = table::Relation { owner, from, relation, to };
        table::link(&mut transaction, &link, self.db.now()).await?;
        Ok(transaction.commit().await?)
    }

    /// Takes a link away; one that is not there is no error.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn unlink(&self, owner: OwnerId, from: Id, relation: &str, to: Id) -> Result<(), RecordError> {
        let mut transaction = self.db.begin().await?;
        table::unlink(&mut transaction, &table::Relation { owner, from, relation, to }).await?;
        Ok(transaction.commit().await?)
    }

    /// What `from` is linked to by this relation.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn linked_from(
        &self,
        owner: OwnerId,
        from: Id,
        relation: &str,
    ) -> Result<Vec<Id>, RecordError> {
        Ok(table::linked_from(self.db.pool(), owner, from, relation).await?)
    }

    /// What is linked to `to` by this relation.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn linked_to(&self, owner: OwnerId, to: Id, relation: &str) -> Result<Vec<Id>, RecordError> {
        Ok(table::linked_to(self.db.pool(), owner, to, relation).await?)
    }
}

fn address<T: Record>(owner: OwnerId, id: Id) -> Address {
    Address { owner, kind: T::KIND, id }
}

fn content<T: Record>(value: &T) -> Result<Content, RecordError> {
    value.validate()?;
    let title = value.title();
    let search_text = format!("{title}\n{}", value.search_text()).to_lowercase();
    let body = serde_json::to_string(value).map_err(|error| DbError::malformed("record.body", error))?;
    // PostgreSQL keeps no NUL in a text. In JSON it is an escape and harmless; elsewhere it means nothing.
    Ok(Content { title: title.replace('\0', ""), body, search_text: search_text.replace('\0', "") })
}

fn value_of<T: Record>(body: &str) -> Result<T, RecordError> {
    Ok(serde_json::from_str(body).map_err(|error| DbError::malformed("record.body", error))?)
}

fn decoded<T: Record>(stored: StoredRecord) -> Result<Kept<T>, RecordError> {
    let value = value_of(&stored.body)?;
    Ok(kept(stored, value))
}

fn kept<T>(stored: StoredRecord, value: T) -> Kept<T> {
    Kept {
        id: stored.id,
        owner: stored.owner,
        parent: stored.parent,
        version: stored.version,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
        deleted_at: stored.deleted_at,
        value,
    }
}
