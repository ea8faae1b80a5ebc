//! The queries on the gateway's tables.

mod bodies;
mod budgets;
mod exchanges;
mod experiments;
mod health;
mod keys;
mod opinions;
mod report;
mod tokens;

pub(crate) use bodies::{body, body_figures, forget_bodies, forget_exchanges, keep_body};
pub(crate) use budgets::{KeptBudget, budgets, forget_budget, keep_budget};
pub(crate) use exchanges::{
    Spender, Totals, costs, exchange_by_id, insert, page, spending, spent, take_back, used_between,
};
pub(crate) use experiments::{
    Outcome, create_experiment, delete_experiment, experiment_by_id, experiments, insert_outcomes, outcomes,
    rate_outcome, samples, update_experiment,
};
pub(crate) use health::{deployment_sums, first_called, forget_spans, insert_spans, provider_spans, roll_up};
pub(crate) use keys::{create_key, keys, keys_with_use, revoke_key, rotate_key, update_key};
pub(crate) use opinions::{
    cast, feedback, feedback_on, forget_feedback, opinionated, put_feedback, usual_costs, votes,
};
pub(crate) use report::report;
pub(crate) use tokens::{calibrations, keep_calibrations};

use base::{Id, Money, Timestamp};
use sqlx::{Row, any::AnyRow};
use store::DbError;

fn id(row: &AnyRow, column: &'static str) -> Result<Id, DbError> {
    let text: String = row.try_get(column)?;
    text.parse().map_err(|error| DbError::malformed(column, error))
}

fn optional_id(row: &AnyRow, column: &'static str) -> Result<Option<Id>, DbError> {
    let text: Option<String> = row.try_get(column)?;
    text.map(|text| text.parse().map_err(|error| DbError::malformed(column, error))).transpose()
}

fn time(row: &AnyRow, column: &'static str) -> Result<Timestamp, DbError> {
    Ok(Timestamp::from_millis(row.try_get(column)?))
}

fn optional_time(row: &AnyRow, column: &'static str) -> Result<Option<Timestamp>, DbError> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(Timestamp::from_millis))
}

fn money(row: &AnyRow, column: &'static str) -> Result<Money, DbError> {
    Ok(Money::from_nanos(row.try_get(column)?))
}

fn flag(row: &AnyRow, column: &'static str) -> Result<bool, DbError> {
    Ok(row.try_get::<i64, _>(column)? != 0)
}

fn count(row: &AnyRow, column: &'static str) -> Result<u64, DbError> {
    let number: i64 = row.try_get(column)?;
    u64::try_from(number).map_err(|error| DbError::malformed(column, error))
}

fn json<T: serde::de::DeserializeOwned>(row: &AnyRow, column: &'static str) -> Result<T, DbError> {
    let text: String = row.try_get(column)?;
    serde_json::from_str(&text).map_err(|error| DbError::malformed(column, error))
}

/// A value of the vocabulary as JSON text. Strings, lists and structs of them cannot fail.
fn to_json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// The pattern of `LIKE` that finds this text anywhere, with `!` as its escape.
fn containing(text: &str) -> String {
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

/// Databases count in signed numbers.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
