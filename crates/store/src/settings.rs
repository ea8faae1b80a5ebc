//! Small values by name, such as the chosen theme.

use crate::{Db, DbError, db::settings as table};
use base::OwnerId;
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
        text.map(|text| {
            serde_json::from_str(&text).map_err(|error| DbError::malformed("setting.value", error))
        })
        .transpose()
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
        let text =
            serde_json::to_string(value).map_err(|error| DbError::malformed("setting.value", error))?;
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
