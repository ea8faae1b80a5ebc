//! Errors: the class of a provider's reply, and those of the codecs' own.

use http::HeaderMap;
use llm::{LlmError, LlmErrorKind};
use serde_json::Value;
use std::time::Duration;

/// The most characters of a provider's error text that are kept.
const ERROR_TEXT_CHARS: usize = 1000;

/// What every provider's error reply has in common, read as far as it can be: the class by status, the
/// message, a code, `retry-after` and the request's id. Dialects refine the class.
pub(crate) fn error_of_reply(status: u16, headers: &HeaderMap, body: &[u8]) -> LlmError {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let message = json.as_ref().and_then(error_text).unwrap_or_else(|| plain_error_text(status, body));
    LlmError {
        kind: kind_of_status(status),
        message: shortened(&message),
        status: Some(status),
        code: json.as_ref().and_then(error_code),
        retry_after: retry_after(headers),
        request_id: request_id(headers),
    }
}

/// The class that an HTTP status alone tells.
pub(crate) const fn kind_of_status(status: u16) -> LlmErrorKind {
    match status {
        401 => LlmErrorKind::Authentication,
        402 => LlmErrorKind::QuotaExceeded,
        403 => LlmErrorKind::Permission,
        404 | 410 => LlmErrorKind::NotFound,
        408 | 504 | 522 | 524 => LlmErrorKind::Timeout,
        429 => LlmErrorKind::RateLimited,
        // 498 is Groq's "flex tier capacity exceeded", 529 Anthropic's "overloaded".
        498 | 503 | 529 => LlmErrorKind::Overloaded,
        400..=499 => LlmErrorKind::BadRequest,
        500..=599 => LlmErrorKind::Server,
        _ => LlmErrorKind::Malformed,
    }
}

/// The class that a provider's words tell, for those conditions that many report with a status or code
/// that means something else; `None` where they tell nothing.
pub(crate) fn kind_of_message(message: &str) -> Option<LlmErrorKind> {
    const CONTEXT: [&str; 12] = [
        "maximum context length",
        "context length exceeded",
        "context_length_exceeded",
        "context window",
        "exceeds the context",
        "exceeds the available context size",
        "exceeds the maximum number of tokens",
        "exceed_context_size",
        "prompt is too long",
        "too long for the model",
        "reduce the length of the messages",
        "maximum prompt length",
    ];
    const QUOTA: [&str; 7] = [
        "credit balance is too low",
        "insufficient_quota",
        "insufficient balance",
        "insufficient credits",
        "exceeded your current quota",
        "requires more credits",
        "used all available credits",
    ];
    const FILTER: [&str; 3] = ["content management policy", "content_policy_violation", "content filter"];
    const OVERLOADED: [&str; 2] = ["is currently overloaded", "model is overloaded"];
    let message = message.to_ascii_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| message.contains(phrase));
    if says(&CONTEXT) {
        Some(LlmErrorKind::ContextLength)
    } else if says(&QUOTA) {
        Some(LlmErrorKind::QuotaExceeded)
    } else if says(&FILTER) {
        Some(LlmErrorKind::ContentFiltered)
    } else if says(&OVERLOADED) {
        Some(LlmErrorKind::Overloaded)
    } else {
        None
    }
}

/// The human-readable text of an error body, whatever of the usual shapes it has: `error.message`,
/// `error`, `message`, `detail` (also FastAPI's list), `errors[0]`, and all of these inside a list.
pub(crate) fn error_text(body: &Value) -> Option<String> {
    let text = match body {
        Value::String(text) => text.trim(),
        Value::Array(items) => return items.iter().find_map(error_text),
        Value::Object(fields) => {
            return ["error", "message", "detail", "msg", "errors", "title"]
                .iter()
                .filter_map(|name| fields.get(*name))
                .find_map(error_text);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => return None,
    };
    (!text.is_empty()).then(|| text.to_owned())
}

/// The machine-readable code of an error body: `error.code`, `error.status`, else `error.type`; numbers
/// (which repeat the status) are passed over.
pub(crate) fn error_code(body: &Value) -> Option<String> {
    let body = body.as_array().and_then(|items| items.first()).unwrap_or(body);
    let error = body.get("error").filter(|error| error.is_object()).unwrap_or(body);
    ["code", "status", "type"]
        .iter()
        .filter_map(|name| error.get(*name).and_then(Value::as_str))
        .find(|code| !code.is_empty())
        .map(str::to_owned)
}

/// How long a reply's headers ask to wait: `retry-after-ms`, or `retry-after` in seconds or as a date
/// (taken relative to the reply's own `date`, since a codec has no clock).
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let seconds = |value: f64| Duration::try_from_secs_f64(value).ok();
    if let Some(wait) = text("retry-after-ms").and_then(|value| value.parse::<f64>().ok()) {
        return seconds(wait / 1000.0);
    }
    let value = text("retry-after")?;
    match value.parse::<f64>() {
        Ok(wait) => seconds(wait),
        Err(_) => {
            let wait = http_date_seconds(value)?.saturating_sub(http_date_seconds(text("date")?)?);
            Some(Duration::from_secs(u64::try_from(wait).unwrap_or(0)))
        }
    }
}

/// The provider's id of a request, from its reply's headers.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    ["x-request-id", "request-id", "apim-request-id", "x-goog-request-id"]
        .iter()
        .filter_map(|name| headers.get(*name))
        .find_map(|value| value.to_str().ok())
        .map(str::to_owned)
}

/// The error for a reply that is not in its own format.
pub fn malformed(what: &str, error: &impl std::fmt::Display) -> LlmError {
    LlmError::new(LlmErrorKind::Malformed, format!("{what} is not what the format says: {error}"))
}

/// The error for a caller's request that cannot be used.
pub fn bad_request(message: impl Into<String>) -> LlmError {
    LlmError::new(LlmErrorKind::BadRequest, message)
}

/// The error for a stream that ended before its answer did.
pub(crate) fn broken_off() -> LlmError {
    LlmError::new(LlmErrorKind::Network, "the stream broke off before the answer was complete")
}

fn plain_error_text(status: u16, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.is_empty() || text.starts_with('<') || text.starts_with('{') {
        return format!("the provider answered with status {status} and no error text");
    }
    text.to_owned()
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(ERROR_TEXT_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Reads an IMF-fixdate (RFC 9110, section 5.6.7), such as `Sun, 06 Nov 1994 08:49:37 GMT`, as Unix seconds.
fn http_date_seconds(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let words: Vec<&str> = text.split([' ', ':']).filter(|word| !word.is_empty()).collect();
    let [_, day, month, year, hour, minute, second, "GMT"] = words.as_slice() else { return None };
    let number = |text: &str, most: i64| text.parse::<i64>().ok().filter(|n| (0..=most).contains(n));
    let month = i64::try_from(MONTHS.iter().position(|name| name == month)?).ok()?;
    let (day, year) = (number(day, 31)?, number(year, 9999)?);
    // Days since 1970-01-01 of a year that begins in March (Hinnant, "chrono-compatible low-level date
    // algorithms", days_from_civil).
    let (march_month, march_year) = ((month + 10) % 12, if month < 2 { year - 1 } else { year });
    let leap_days = march_year.div_euclid(4) - march_year.div_euclid(100) + march_year.div_euclid(400);
    let days = march_year * 365 + leap_days + (153 * march_month + 2) / 5 + day - 1 - 719_468;
    Some(((days * 24 + number(hour, 23)?) * 60 + number(minute, 59)?) * 60 + number(second, 60)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn error_texts_of_all_shapes_are_found() {
        for body in [
            json!({"error": {"message": "bad", "code": "x"}}),
            json!({"error": "bad"}),
            json!({"message": "bad", "code": "x"}),
            json!({"detail": "bad"}),
            json!({"detail": [{"loc": ["body"], "msg": "bad"}]}),
            json!([{"error": {"message": "bad"}}]),
            json!({"errors": [{"message": "bad"}]}),
            json!({"error": {"message": ""}, "message": "bad"}),
        ] {
            assert_eq!(error_text(&body).as_deref(), Some("bad"), "{body}");
        }
        assert_eq!(error_text(&json!({"ok": 1})), None);
    }

    #[test]
    fn an_unreadable_body_is_classed_by_its_status() {
        let error = error_of_reply(502, &headers(&[("x-request-id", "r7")]), b"<html>Bad gateway</html>");
        assert_eq!(error.kind, LlmErrorKind::Server);
        assert_eq!(error.message, "the provider answered with status 502 and no error text");
        assert_eq!(error.request_id.as_deref(), Some("r7"));
        assert_eq!(error_of_reply(503, &HeaderMap::new(), b"try later").message, "try later");
        assert_eq!(error_of_reply(500, &HeaderMap::new(), &[b'x'; 5000]).message.chars().count(), 1001);
    }

    #[test]
    fn waits_are_read_in_every_form() {
        fn wait(pairs: &[(&'static str, &'static str)]) -> Option<u128> {
            retry_after(&headers(pairs)).map(|wait| wait.as_millis())
        }
        assert_eq!(wait(&[("retry-after", "2")]), Some(2000));
        assert_eq!(wait(&[("retry-after", "0.5")]), Some(500));
        assert_eq!(wait(&[("retry-after", "9"), ("retry-after-ms", "250")]), Some(250));
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(wait(&[("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT"), date]), Some(30_000));
        assert_eq!(wait(&[("retry-after", "Sun, 06 Nov 1994 08:49:07 GMT"), date]), Some(0));
        assert_eq!(wait(&[("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT")]), None);
        for bad in ["-1", "soon", "inf", "NaN", "Sun, 06 Foo 1994 08:50:07 GMT"] {
            assert_eq!(wait(&[("retry-after", bad), date]), None, "{bad}");
        }
    }

    #[test]
    fn dates_count_from_1970() {
        assert_eq!(http_date_seconds("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(http_date_seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(http_date_seconds("Thu, 29 Feb 2024 12:00:00 GMT"), Some(1_709_208_000));
    }
}
