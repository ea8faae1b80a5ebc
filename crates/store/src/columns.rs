//! Reads columns into the types of the house, and writes those types as columns: for the queries of every crate.

use crate::DbError;
use base::{Id, Money, Timestamp};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Row, any::AnyRow};

type Result<T> = std::result::Result<T, DbError>;

/// An id.
///
/// # Errors
/// Like all functions here, [`DbError::malformed`] where the column holds something else, and where there is no such
/// column.
pub fn id(row: &AnyRow, column: &'static str) -> Result<Id> {
    let text: String = row.try_get(column)?;
    text.parse().map_err(|error| DbError::malformed(column, error))
}

/// An id, or `NULL`.
///
/// # Errors
/// See [`id`].
pub fn optional_id(row: &AnyRow, column: &'static str) -> Result<Option<Id>> {
    let text: Option<String> = row.try_get(column)?;
    text.map(|text| text.parse().map_err(|error| DbError::malformed(column, error))).transpose()
}

/// A moment, in milliseconds since 1970.
///
/// # Errors
/// See [`id`].
pub fn time(row: &AnyRow, column: &'static str) -> Result<Timestamp> {
    Ok(Timestamp::from_millis(row.try_get(column)?))
}

/// A moment, or `NULL`.
///
/// # Errors
/// See [`id`].
pub fn optional_time(row: &AnyRow, column: &'static str) -> Result<Option<Timestamp>> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(Timestamp::from_millis))
}

/// An amount, in nano-dollars.
///
/// # Errors
/// See [`id`].
pub fn money(row: &AnyRow, column: &'static str) -> Result<Money> {
    Ok(Money::from_nanos(row.try_get(column)?))
}

/// A flag: 0 or 1.
///
/// # Errors
/// See [`id`].
pub fn flag(row: &AnyRow, column: &'static str) -> Result<bool> {
    Ok(row.try_get::<i64, _>(column)? != 0)
}

/// A number that is never negative.
///
/// # Errors
/// See [`id`].
pub fn count(row: &AnyRow, column: &'static str) -> Result<u64> {
    let number: i64 = row.try_get(column)?;
    u64::try_from(number).map_err(|error| DbError::malformed(column, error))
}

/// A value as JSON.
///
/// # Errors
/// See [`id`].
pub fn json<T: DeserializeOwned>(row: &AnyRow, column: &'static str) -> Result<T> {
    let text: String = row.try_get(column)?;
    serde_json::from_str(&text).map_err(|error| DbError::malformed(column, error))
}

/// A value as JSON, or `NULL`.
///
/// # Errors
/// See [`id`].
pub fn optional_json<T: DeserializeOwned>(row: &AnyRow, column: &'static str) -> Result<Option<T>> {
    let text: Option<String> = row.try_get(column)?;
    text.map(|text| serde_json::from_str(&text).map_err(|error| DbError::malformed(column, error)))
        .transpose()
}

/// A value as JSON text; `null` where it cannot be written as JSON, which strings, lists and structs of them always can.
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// Databases count in signed numbers; what is larger than they know is the largest.
pub fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// What follows a page that ends with this moment and id, where the latest come first.
pub fn cursor(last: Timestamp, id: Id) -> String {
    format!("{}.{id}", last.millis())
}

/// The moment in milliseconds and the id of a [`cursor`]; `None` for a text that is none.
pub fn read_cursor(cursor: &str) -> Option<(i64, String)> {
    let (millis, id) = cursor.split_once('.')?;
    Some((millis.parse().ok()?, id.parse::<Id>().ok()?.to_string()))
}

/// The pattern of `LIKE` that finds this text anywhere, with `!` as its escape. For words that people look for, whatever
/// their case, there is [`crate::Sought`].
pub fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in text.chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_types_is_not_a_pattern() {
        assert_eq!(containing("100%_a!"), "%100!%!_a!!%");
        assert_eq!(containing(""), "%%");
    }
}
