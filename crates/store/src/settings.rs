//! Small values by name, such as the chosen theme.

use crate::{Db, DbError, WriteTransaction, db::settings as table};
use base::{OwnerId, Timestamp};
use serde::{Serialize, de::DeserializeOwned};

/// The settings. Clones share the database.
#[derive(Debug, Clone)]
pub struct Settings {
    db: Db,
}

impl Settings {
    /// The settings in this database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// A setting; `None` where it was never made.
    ///
    /// # Errors
    /// Where the database fails, or holds a value of another form.
    pub async fn get<T: DeserializeOwned>(&self, owner: OwnerId, name: &str) -> Result<Option<T>, DbError> {
        let text = table::get(self.db.pool(), owner, name).await?;
        text.map(|text| read(&text)).transpose()
    }

    /// A setting as it is, `None` where it was never made, and the only way to change it until that is dropped: of two who
    /// change it at the same time the second begins with what the first made of it.
    ///
    /// # Errors
    /// Where the database fails, or holds a value of another form.
    pub async fn hold<T: DeserializeOwned>(
        &self,
        owner: OwnerId,
        name: &'static str,
    ) -> Result<(Option<T>, Held), DbError> {
        let mut transaction = self.db.begin().await?;
        let now = self.db.now();
        let text = table::hold(&mut transaction, owner, name, now).await?;
        let value = read(&text)?;
        Ok((value, Held { transaction, owner, name, now }))
    }

    /// Makes or changes a setting.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn put<T: Serialize + Sync>(
        &self,
        owner: OwnerId,
        name: &str,
        value: &T,
    ) -> Result<(), DbError> {
        let text = written(value)?;
        self.write(owner, name, Some(&text)).await
    }

    /// Takes a setting away, so that its default holds again.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn remove(&self, owner: OwnerId, name: &str) -> Result<(), DbError> {
        self.write(owner, name, None).await
    }

    async fn write(&self, owner: OwnerId, name: &str, value: Option<&str>) -> Result<(), DbError> {
        let mut transaction = self.db.begin().await?;
        table::put(&mut transaction, owner, name, value, self.db.now()).await?;
        transaction.commit().await
    }
}

/// A setting that nobody else changes.
#[derive(Debug)]
pub struct Held {
    transaction: WriteTransaction,
    owner: OwnerId,
    name: &'static str,
    now: Timestamp,
}

impl Held {
    /// Makes or changes it.
    ///
    /// # Errors
    /// Where the database fails; the setting stays as it was then.
    pub async fn put<T: Serialize + Sync>(mut self, value: &T) -> Result<(), DbError> {
        let text = written(value)?;
        table::put(&mut self.transaction, self.owner, self.name, Some(&text), self.now).await?;
        self.transaction.commit().await
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|error| DbError::malformed("setting.value", error))
}

fn written<T: Serialize>(value: &T) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::malformed("setting.value", error))
}
