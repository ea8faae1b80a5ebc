//! Reads columns into the types of the house.

use crate::DbError;
use base::{Id, Timestamp};
use serde_json::Value;
use sqlx::{Row, any::AnyRow};

pub(crate) fn id(row: &AnyRow, column: &str, shown: &'static str) -> Result<Id, DbError> {
    let text: String = row.try_get(column)?;
    text.parse().map_err(|error: <Id as std::str::FromStr>::Err| DbError::malformed(shown, error))
}

pub(crate) fn optional_id(row: &AnyRow, column: &str, shown: &'static str) -> Result<Option<Id>, DbError> {
    match row.try_get::<Option<String>, _>(column)? {
        Some(_) => id(row, column, shown).map(Some),
        None => Ok(None),
    }
}

pub(crate) fn millis(row: &AnyRow, column: &str) -> Result<Timestamp, DbError> {
    Ok(Timestamp::from_millis(row.try_get(column)?))
}

pub(crate) fn optional_millis(row: &AnyRow, column: &str) -> Result<Option<Timestamp>, DbError> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(Timestamp::from_millis))
}

/// A count, which is never negative.
pub(crate) fn unsigned(row: &AnyRow, column: &str) -> Result<u64, DbError> {
    Ok(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or(0))
}

pub(crate) fn optional_json(
    row: &AnyRow,
    column: &str,
    shown: &'static str,
) -> Result<Option<Value>, DbError> {
    let text: Option<String> = row.try_get(column)?;
    text.map(|text| serde_json::from_str(&text).map_err(|error| DbError::malformed(shown, error))).transpose()
}
