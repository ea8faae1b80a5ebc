//! Errors of Gemini's API, in Google's common error model.
use http::HeaderMap;
use llm::{LlmError, LlmErrorKind};
use serde_json::{Value, json};
use std::time::Duration;

/// The `domain` of the errors that Familiar itself writes; their `reason` is its own class.
const OWN_DOMAIN: &str = "familiar";

/// Writes an error as callers get it, as a body or in a stream. Both carry the status as a number, by which the
/// official clients choose their exception.
pub(super) fn written(error: &LlmError) -> String {
    let code = error.status.filter(|status| *status >= 400).unwrap_or(code_of(error.kind));
    let reason = error.kind.as_str().to_ascii_uppercase();
    let mut details = vec![
        json!({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": OWN_DOMAIN }),
    ];
    if let Some(wait) = error.retry_after {
        let delay = format!("{}s", wait.as_secs_f64());
        details.push(json!({ "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay }));
    }
    // The official Python client knows an error in a stream by `error` being the first field.
    let object =
        json!({ "code": code, "message": error.message, "status": status_name(code), "details": details });
    json!({ "error": object }).to_string()
}

/// The status that a class has where none was chosen.
const fn code_of(kind: LlmErrorKind) -> u16 {
    match kind {
        LlmErrorKind::Authentication => 401,
        LlmErrorKind::Permission => 403,
        LlmErrorKind::NotFound => 404,
        LlmErrorKind::BadRequest | LlmErrorKind::ContextLength | LlmErrorKind::ContentFiltered => 400,
        LlmErrorKind::RateLimited | LlmErrorKind::QuotaExceeded => 429,
        LlmErrorKind::Overloaded => 503,
        LlmErrorKind::Timeout => 504,
        LlmErrorKind::Cancelled => 499,
        LlmErrorKind::Server | LlmErrorKind::Network | LlmErrorKind::Malformed => 500,
    }
}

/// The name of a status in Google's error model.
const fn status_name(code: u16) -> &'static str {
    match code {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ABORTED",
        429 => "RESOURCE_EXHAUSTED",
        499 => "CANCELLED",
        503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        400..=498 => "INVALID_ARGUMENT",
        _ => "INTERNAL",
    }
}

/// Reads an error reply; see [`llm::Codec::decode_error`].
pub(super) fn decode(status: u16, headers: &HeaderMap, body: &[u8]) -> LlmError {
    let error = crate::error_of_reply(status, headers, body);
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    // A stream that fails before it begins is a list of one.
    let body = body.as_array().and_then(|items| items.first()).unwrap_or(&body);
    body.get("error").map(|object| refined(error.clone(), object)).unwrap_or(error)
}

/// Reads the error object of a stream whose status was 200.
pub(super) fn of_stream(object: &Value) -> LlmError {
    let message = crate::error_text(object).unwrap_or_else(|| "the provider gave no reason".to_owned());
    let status = object.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    let kind = status.map_or(LlmErrorKind::Server, crate::kind_of_status);
    refined(LlmError { status, ..LlmError::new(kind, message) }, object)
}

fn refined(error: LlmError, object: &Value) -> LlmError {
    let status = object.get("status").and_then(Value::as_str).unwrap_or_default();
    let details =
        Details(object.get("details").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default());
    LlmError {
        kind: details.own_class().or_else(|| class(status, &details, &error.message)).unwrap_or(error.kind),
        code: details.reason().or(Some(status)).filter(|code| !code.is_empty()).map(str::to_owned),
        retry_after: error.retry_after.or_else(|| details.retry_after()),
        ..error
    }
}

/// Classes an error by its status; `None` where that is not one of Google's.
fn class(status: &str, details: &Details<'_>, message: &str) -> Option<LlmErrorKind> {
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    Some(match status {
        // A wrong key is "invalid argument" here.
        "INVALID_ARGUMENT" | "PERMISSION_DENIED"
            if details.reason() == Some("API_KEY_INVALID")
                || says(&[
                    "API key not valid",
                    "API key expired",
                    "API Key not found",
                    "unregistered callers",
                ]) =>
        {
            LlmErrorKind::Authentication
        }
        "INVALID_ARGUMENT" | "OUT_OF_RANGE"
            if says(&["token count", "exceeds the maximum number of tokens"]) =>
        {
            LlmErrorKind::ContextLength
        }
        "INVALID_ARGUMENT" | "OUT_OF_RANGE" | "ALREADY_EXISTS" => LlmErrorKind::BadRequest,
        "FAILED_PRECONDITION" if says(&["billing", "prepay", "credit"]) => LlmErrorKind::QuotaExceeded,
        "FAILED_PRECONDITION" if says(&["location is not supported"]) => LlmErrorKind::Permission,
        "FAILED_PRECONDITION" => LlmErrorKind::BadRequest,
        "UNAUTHENTICATED" => LlmErrorKind::Authentication,
        "PERMISSION_DENIED" => LlmErrorKind::Permission,
        "NOT_FOUND" => LlmErrorKind::NotFound,
        // What a day or an account has no more of will not come back in a minute.
        "RESOURCE_EXHAUSTED"
            if details.quota_lasts() || says(&["limit: 0", "prepay", "spend cap", "spending cap"]) =>
        {
            LlmErrorKind::QuotaExceeded
        }
        "RESOURCE_EXHAUSTED" => LlmErrorKind::RateLimited,
        "UNAVAILABLE" => LlmErrorKind::Overloaded,
        "DEADLINE_EXCEEDED" => LlmErrorKind::Timeout,
        "INTERNAL" | "UNKNOWN" | "DATA_LOSS" | "ABORTED" | "CANCELLED" | "UNIMPLEMENTED" => {
            LlmErrorKind::Server
        }
        _ => return None,
    })
}

/// The `details` of an error: messages of several types (`google.rpc.ErrorInfo`, `RetryInfo`, ...).
struct Details<'a>(&'a [Value]);

impl<'a> Details<'a> {
    fn field(&self, name: &str) -> Option<&'a Value> {
        self.0.iter().find_map(|detail| detail.get(name))
    }

    /// The reason of an `ErrorInfo`, such as `API_KEY_INVALID`.
    fn reason(&self) -> Option<&'a str> {
        self.field("reason").and_then(Value::as_str)
    }

    /// The class that another Familiar, serving this format, has told.
    fn own_class(&self) -> Option<LlmErrorKind> {
        let is_own = self.field("domain").and_then(Value::as_str) == Some(OWN_DOMAIN);
        let reason = self.reason().filter(|_| is_own)?;
        LlmErrorKind::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(reason))
    }

    /// The delay of a `RetryInfo`: decimal seconds with an `s`.
    fn retry_after(&self) -> Option<Duration> {
        let seconds = self.field("retryDelay")?.as_str()?.strip_suffix('s')?;
        Duration::try_from_secs_f64(seconds.parse().ok()?).ok()
    }

    /// Whether a `QuotaFailure` names a quota of a day.
    fn quota_lasts(&self) -> bool {
        let violations = self.field("violations").and_then(Value::as_array);
        violations.into_iter().flatten().any(|violation| {
            let id = violation.get("quotaId").and_then(Value::as_str);
            id.is_some_and(|id| id.contains("PerDay"))
        })
    }
}
