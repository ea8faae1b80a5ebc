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

use base::Id;
use gateway::Submitter;
use sqlx::{Row, any::AnyRow};
use store::{DbError, columns::id};

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

fn named<T>(row: &AnyRow, column: &'static str, from_name: fn(&str) -> Option<T>) -> Result<T, DbError> {
    let name: String = row.try_get(column)?;
    from_name(&name).ok_or_else(|| DbError::malformed(column, format!("`{name}` is not known")))
}
