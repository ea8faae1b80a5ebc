//! Queries of the tables `bookmark`, `document`, `chunk`, `entry`, `entry_correction`, `entry_pattern`, `search_asked`, `search_opened`, `vector_space`, `chunk_vector`, `vector_copy`, `watched_folder` and `watched_file`.

pub(crate) mod bookmarks;
pub(crate) mod chosen;
pub(crate) mod chunks;
pub(crate) mod copies;
pub(crate) mod documents;
pub(crate) mod entries;
pub(crate) mod searches;
pub(crate) mod tags;
pub(crate) mod vectors;
pub(crate) mod watched;

use crate::LibraryError;
use sqlx::{Row, any::AnyRow};
use std::{error::Error, str::FromStr};

/// A failure of the database.
pub(crate) fn failed(error: impl Into<Box<dyn Error + Send + Sync>>) -> LibraryError {
    LibraryError::Database(error.into())
}

fn text(row: &AnyRow, column: &str) -> Result<String, LibraryError> {
    row.try_get(column).map_err(failed)
}

fn optional_text(row: &AnyRow, column: &str) -> Result<Option<String>, LibraryError> {
    row.try_get(column).map_err(failed)
}

fn number(row: &AnyRow, column: &str) -> Result<i64, LibraryError> {
    row.try_get(column).map_err(failed)
}

fn optional_number(row: &AnyRow, column: &str) -> Result<Option<i64>, LibraryError> {
    row.try_get(column).map_err(failed)
}

fn parsed<T: FromStr>(row: &AnyRow, column: &str) -> Result<T, LibraryError>
where
    T::Err: Error + Send + Sync + 'static,
{
    text(row, column)?.parse().map_err(|error: T::Err| failed(error))
}

fn optional_parsed<T: FromStr>(row: &AnyRow, column: &str) -> Result<Option<T>, LibraryError>
where
    T::Err: Error + Send + Sync + 'static,
{
    optional_text(row, column)?.map(|text| text.parse().map_err(|error: T::Err| failed(error))).transpose()
}

/// A count, which is never negative.
fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
