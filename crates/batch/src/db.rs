//! The queries on `batch_file`, `batch`, `batch_part` and `batch_line`.

mod batches;
mod files;
mod lines;

pub(crate) use batches::{
    BatchFilter, Ending, batch, batches, delete, end, ended_before, insert, parts, save_part, state_counts,
    to_cancelling, unfinished,
};
pub(crate) use files::{delete_file, file, files, files_before, insert_file};
pub(crate) use lines::{
    EndedFilter, counts, end_line, end_waiting, ended, forget_replies, knows_any, new_exchange, waiting,
    worst_case_left,
};

use base::{Id, Money, Timestamp};
use gateway::Submitter;
use sqlx::{Row, any::AnyRow};
use store::DbError;

fn id(row: &AnyRow, column: &'static str) -> Result<Id, DbError> {
    let text: String = row.try_get(column)?;
    text.parse().map_err(|error| DbError::malformed(column, error))
}

/// An id, or nothing where the column is empty.
fn optional_id(row: &AnyRow, column: &'static str) -> Result<Option<Id>, DbError> {
    let text: String = row.try_get(column)?;
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|error| DbError::malformed(column, error))
}

fn submitter(row: &AnyRow) -> Result<Submitter, DbError> {
    Ok(Submitter { owner: id(row, "owner_id")?, key_id: optional_id(row, "key_id")?, project: None })
}

fn key_text(key_id: Option<Id>) -> String {
    key_id.map_or_else(String::new, |id| id.to_string())
}

fn time(row: &AnyRow, column: &'static str) -> Result<Timestamp, DbError> {
    Ok(Timestamp::from_millis(row.try_get(column)?))
}

fn optional_time(row: &AnyRow, column: &'static str) -> Result<Option<Timestamp>, DbError> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(Timestamp::from_millis))
}

fn count(row: &AnyRow, column: &'static str) -> Result<u64, DbError> {
    let number: i64 = row.try_get(column)?;
    u64::try_from(number).map_err(|error| DbError::malformed(column, error))
}

fn small<T: TryFrom<i64, Error: std::fmt::Display>>(
    row: &AnyRow,
    column: &'static str,
) -> Result<T, DbError> {
    let number: i64 = row.try_get(column)?;
    T::try_from(number).map_err(|error| DbError::malformed(column, error.to_string()))
}

fn optional_count(row: &AnyRow, column: &'static str) -> Result<Option<u64>, DbError> {
    Ok(row.try_get::<Option<i64>, _>(column)?.and_then(|number| u64::try_from(number).ok()))
}

fn money(row: &AnyRow, column: &'static str) -> Result<Money, DbError> {
    Ok(Money::from_nanos(row.try_get(column)?))
}

fn json<T: serde::de::DeserializeOwned>(row: &AnyRow, column: &'static str) -> Result<T, DbError> {
    let text: String = row.try_get(column)?;
    serde_json::from_str(&text).map_err(|error| DbError::malformed(column, error))
}

fn optional_json<T: serde::de::DeserializeOwned>(
    row: &AnyRow,
    column: &'static str,
) -> Result<Option<T>, DbError> {
    let text: Option<String> = row.try_get(column)?;
    text.map(|text| serde_json::from_str(&text).map_err(|error| DbError::malformed(column, error)))
        .transpose()
}

fn named<T>(row: &AnyRow, column: &'static str, from_name: fn(&str) -> Option<T>) -> Result<T, DbError> {
    let name: String = row.try_get(column)?;
    from_name(&name).ok_or_else(|| DbError::malformed(column, format!("`{name}` is not known")))
}

/// Lists and objects of texts as JSON, which cannot fail.
fn to_json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// Databases count in signed numbers.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
