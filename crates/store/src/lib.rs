//! What is kept: the database, records with versions, jobs, secrets and blobs.
//!
//! One set of portable SQL serves SQLite (the default, a file in the data folder) and PostgreSQL. Rules for
//! queries in any crate: placeholders `$1`, `$2` ...; columns only of `TEXT`, `BIGINT` (flags as 0 and 1,
//! times as Unix milliseconds, money as nano-dollars), `DOUBLE PRECISION` and `{blob}`; `{number_key}` for a table's key that is
//! a number; `ON CONFLICT` and `RETURNING` are there; `SUM` of a `BIGINT` needs `CAST(... AS BIGINT)`, since PostgreSQL widens it.
//! A query lives in `db.rs` or `db/` of the crate that owns the table; tables come from `migrations/`.
//!
//! ```no_run
//! # async fn example() -> Result<(), store::DbError> {
//! use std::{path::Path, sync::Arc};
//! let clock = Arc::new(base::SystemClock::default());
//! let db = store::Db::open(&store::DatabaseConfig::default(), Path::new("data"), clock).await?;
//! let mut transaction = db.begin().await?;
//! sqlx::query("UPDATE owner SET name = $1 WHERE id = $2")
//!     .bind("Ada")
//!     .bind(base::Id::FIRST_OWNER.to_string())
//!     .execute(&mut *transaction)
//!     .await?;
//! transaction.commit().await?;
//! # Ok(())
//! # }
//! ```
//!
//! Reading order: [`db`], [`columns`], [`sought`], [`config`], [`error`], [`records`], [`jobs`], [`vault`], [`blobs`], [`gone`], [`settings`].

pub mod blobs;
pub mod columns;
pub mod config;
pub mod db;
pub mod error;
pub mod gone;
pub mod jobs;
pub mod records;
pub mod settings;
pub mod sought;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod vault;

pub use blobs::{BlobError, BlobId, Blobs, BlobsConfig, Bucket, BucketFault};
pub use config::DatabaseConfig;
pub use db::{Db, Engine, WriteTransaction};
pub use error::DbError;
pub use gone::Gone;
pub use jobs::{
    Job, JobContext, JobError, JobFailure, JobHandler, JobState, Jobs, NewJob, Priority, Progress,
    WhileRunning,
};
pub use records::{InvalidRecord, Kept, ListRecords, Record, RecordError, Records};
pub use settings::Settings;
pub use sought::{Sought, folded};
pub use vault::{Sealer, Vault, VaultError};
