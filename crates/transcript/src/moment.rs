//! When something was said, in the ways in which programs write that down.

use jiff::{civil::DateTime, tz::TimeZone};
use serde_json::Value;

/// Milliseconds since 1970: of seconds or milliseconds as a number or a text, of RFC 3339, or of the forms that
/// SillyTavern had (`September 28, 2024 1:02am`, `2023-5-17 @13h 26m 20s 123ms`), which say no zone and count as UTC.
pub(crate) fn millis(value: Option<&Value>) -> Option<i64> {
    match value? {
        Value::Number(number) => of_number(number.as_f64()?),
        Value::String(text) => of_text(text.trim()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Seconds up to the year 5138, milliseconds beyond.
fn of_number(number: f64) -> Option<i64> {
    const MOST_SECONDS: f64 = 1e11;
    const MOST_MILLIS: f64 = 1e14;
    if !number.is_finite() || number <= 0.0 || number >= MOST_MILLIS {
        return None;
    }
    Some(if number < MOST_SECONDS { (number * 1_000.0).round() as i64 } else { number.round() as i64 })
}

fn of_text(text: &str) -> Option<i64> {
    let exact = || text.parse::<base::Timestamp>().ok().map(base::Timestamp::millis);
    let number = || text.parse().ok().and_then(of_number);
    let spoken = || DateTime::strptime("%B %d, %Y %I:%M%p", text).ok();
    let dashed = || {
        let text = text.replace(['@', 'h', 'm', 's'], " ");
        let mut parts = text.split_whitespace();
        let day = parts.next()?;
        let [hour, minute, second] = [(); 3].map(|()| parts.next().unwrap_or("0"));
        DateTime::strptime("%Y-%m-%d %H:%M:%S", format!("{day} {hour}:{minute}:{second}")).ok()
    };
    let civil = || {
        spoken().or_else(dashed)?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_millisecond())
    };
    exact().or_else(number).or_else(civil)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn moments_are_read_in_every_form() {
        let known = [
            (json!(1_695_000_000.25), Some(1_695_000_000_250)),
            (json!(1_695_000_000_250_i64), Some(1_695_000_000_250)),
            (json!("1695000000"), Some(1_695_000_000_000)),
            (json!("2024-09-28T01:02:00Z"), Some(1_727_485_320_000)),
            (json!("September 28, 2024 1:02am"), Some(1_727_485_320_000)),
            (json!("September 28, 2024 1:02pm"), Some(1_727_528_520_000)),
            (json!("2023-5-17 @13h 26m 20s 123ms"), Some(1_684_329_980_000)),
            (json!("yesterday"), None),
            (json!(-5), None),
            (json!(null), None),
            (json!({}), None),
        ];
        for (value, expected) in known {
            assert_eq!(millis(Some(&value)), expected, "{value}");
        }
        assert_eq!(millis(None), None);
    }
}
