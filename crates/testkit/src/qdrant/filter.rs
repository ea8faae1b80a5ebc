//! Filters of Qdrant: `must`, `should`, `must_not` of conditions.

use super::{Refusal, known_fields, wrong};
use serde_json::Value;

/// Whether a point of this id and payload is what a filter lets through; no filter lets everything through.
pub(super) fn lets_through(filter: Option<&Value>, id: &str, payload: &Value) -> Result<bool, Refusal> {
    let Some(filter) = filter.filter(|filter| !filter.is_null()) else { return Ok(true) };
    known_fields(filter, &["must", "should", "must_not"])?;
    let of = |name: &str| conditions(filter.get(name));
    for condition in of("must") {
        if !holds(condition, id, payload)? {
            return Ok(false);
        }
    }
    for condition in of("must_not") {
        if holds(condition, id, payload)? {
            return Ok(false);
        }
    }
    let should = of("should");
    let mut any = should.is_empty();
    for condition in should {
        any |= holds(condition, id, payload)?;
    }
    Ok(any)
}

/// One condition may stand without a list around it.
fn conditions(value: Option<&Value>) -> Vec<&Value> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one) => vec![one],
    }
}

fn holds(condition: &Value, id: &str, payload: &Value) -> Result<bool, Refusal> {
    if let Some(ids) = condition.get("has_id") {
        known_fields(condition, &["has_id"])?;
        let ids = ids.as_array().ok_or_else(|| wrong("`has_id` is a list"))?;
        return Ok(ids.iter().any(|one| one.as_str().is_some_and(|one| one.eq_ignore_ascii_case(id))));
    }
    if condition.get("key").is_none() {
        return lets_through(Some(condition), id, payload);
    }
    known_fields(condition, &["key", "match"])?;
    let key = condition.get("key").and_then(Value::as_str).ok_or_else(|| wrong("a key is a text"))?;
    let wanted = condition.get("match").ok_or_else(|| wrong("only `match` is played"))?;
    known_fields(wanted, &["value", "any"])?;
    let is = payload.get(key);
    match (wanted.get("value"), wanted.get("any").and_then(Value::as_array)) {
        (Some(value), None) => Ok(is == Some(value)),
        (None, Some(any)) => Ok(any.iter().any(|value| is == Some(value))),
        (_, _) => Err(wrong("`match` has either `value` or `any`")),
    }
}
