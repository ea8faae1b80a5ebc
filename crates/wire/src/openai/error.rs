//! Errors: what providers send, classed; and the envelope for callers.
use http::HeaderMap;
use llm::{LlmError, LlmErrorKind};
use serde_json::{Value, json};

/// Reads an error reply.
pub(crate) fn decode(status: u16, headers: &HeaderMap, body: &[u8]) -> LlmError {
    let mut error = crate::error_of_reply(status, headers, body);
    let json: Option<Value> = serde_json::from_slice(body).ok();
    if let Some(kind) =
        json.as_ref().and_then(kind_of_body).or_else(|| crate::kind_of_message(&error.message))
    {
        error.kind = kind;
    }
    error
}

/// Reads an error object that came in a reply whose status was 200; a numeric `code` stands for a status.
pub(crate) fn from_value(error: &Value) -> LlmError {
    let status = ["code", "status"].iter().find_map(|name| error.get(*name).and_then(Value::as_u64));
    let status = status.and_then(|code| u16::try_from(code).ok()).filter(|code| (400..600).contains(code));
    let blames_request = error.get("type").and_then(Value::as_str) == Some("invalid_request_error");
    let assumed = if blames_request { 400 } else { 500 };
    let body = json!({"error": error}).to_string();
    let mut read = decode(status.unwrap_or(assumed), &HeaderMap::new(), body.as_bytes());
    read.status = status;
    read
}

/// The error for a reply that is not even text.
pub(crate) fn not_text() -> LlmError {
    LlmError::new(LlmErrorKind::Malformed, "the reply is not UTF-8")
}

/// The class by `code`, else by the provider's words, else by `type`; `None` leaves it to the status.
fn kind_of_body(body: &Value) -> Option<LlmErrorKind> {
    let error = body.get("error").filter(|error| error.is_object()).unwrap_or(body);
    let text = |name: &str| error.get(name).and_then(Value::as_str);
    let inner = error.pointer("/innererror/code").and_then(Value::as_str);
    inner
        .and_then(kind_of_code)
        .or_else(|| text("code").and_then(kind_of_code))
        .or_else(|| text("message").and_then(crate::kind_of_message))
        .or_else(|| text("type").and_then(kind_of_code))
}

/// The codes and types that OpenAI, Azure and the vendors like them use.
fn kind_of_code(code: &str) -> Option<LlmErrorKind> {
    Some(match code {
        "invalid_api_key"
        | "invalid_authentication"
        | "authentication_error"
        | "invalid_authentication_error" => LlmErrorKind::Authentication,
        "permission_error" | "permission_denied" | "unsupported_country_region_territory" => {
            LlmErrorKind::Permission
        }
        "model_not_found" | "not_found_error" | "DeploymentNotFound" | "model_decommissioned" => {
            LlmErrorKind::NotFound
        }
        "context_length_exceeded" | "exceed_context_size_error" | "string_above_max_length" => {
            LlmErrorKind::ContextLength
        }
        "content_filter"
        | "content_policy_violation"
        | "ResponsibleAIPolicyViolation"
        | "invalid_prompt"
        | "bio_policy"
        | "misalignment_policy_violation"
        | "image_content_policy_violation" => LlmErrorKind::ContentFiltered,
        "invalid_image"
        | "invalid_image_format"
        | "invalid_base64_image"
        | "invalid_image_url"
        | "invalid_image_mode"
        | "image_too_large"
        | "image_too_small"
        | "image_parse_error"
        | "image_file_too_large"
        | "image_file_not_found"
        | "unsupported_image_media_type"
        | "empty_image_file"
        | "failed_to_download_image"
        | "data_residency_mismatch" => LlmErrorKind::BadRequest,
        "insufficient_quota"
        | "billing_hard_limit_reached"
        | "billing_not_active"
        | "exceeded_current_quota_error" => LlmErrorKind::QuotaExceeded,
        "rate_limit_exceeded" | "rate_limit_error" | "rate_limit_reached_error" | "requests" | "tokens" => {
            LlmErrorKind::RateLimited
        }
        "overloaded_error"
        | "engine_overloaded_error"
        | "server_overloaded"
        | "server_is_overloaded"
        | "slow_down" => LlmErrorKind::Overloaded,
        "server_error" | "internal_error" | "internal_server_error" | "api_error" => LlmErrorKind::Server,
        "timeout" | "timeout_error" | "vector_store_timeout" => LlmErrorKind::Timeout,
        "network_error" => LlmErrorKind::Network,
        "malformed_reply" => LlmErrorKind::Malformed,
        "cancelled" => LlmErrorKind::Cancelled,
        _ => return None,
    })
}

/// The error object for callers: OpenAI's envelope, and the hint beside it.
pub(crate) fn envelope(error: &LlmError) -> Value {
    let (class, code) = class_and_code(error.kind);
    json!({"error": {
        "message": error.message,
        "type": class,
        "param": null,
        "code": code,
        "hint": error.kind.hint(),
    }})
}

/// `type` and `code` by which clients of OpenAI tell errors apart.
const fn class_and_code(kind: LlmErrorKind) -> (&'static str, &'static str) {
    const REQUEST: &str = "invalid_request_error";
    match kind {
        LlmErrorKind::Authentication => ("authentication_error", "invalid_api_key"),
        LlmErrorKind::Permission => ("permission_error", "permission_denied"),
        LlmErrorKind::NotFound => (REQUEST, "model_not_found"),
        LlmErrorKind::BadRequest => (REQUEST, "invalid_request"),
        LlmErrorKind::ContextLength => (REQUEST, "context_length_exceeded"),
        LlmErrorKind::ContentFiltered => (REQUEST, "content_filter"),
        LlmErrorKind::RateLimited => ("rate_limit_error", "rate_limit_exceeded"),
        LlmErrorKind::QuotaExceeded => ("insufficient_quota", "insufficient_quota"),
        LlmErrorKind::Overloaded => ("server_error", "overloaded_error"),
        LlmErrorKind::Server => ("server_error", "server_error"),
        LlmErrorKind::Timeout => ("server_error", "timeout"),
        LlmErrorKind::Network => ("server_error", "network_error"),
        LlmErrorKind::Malformed => ("server_error", "malformed_reply"),
        LlmErrorKind::Cancelled => (REQUEST, "cancelled"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_survives_the_envelope() {
        for kind in LlmErrorKind::ALL {
            let body = envelope(&LlmError::new(kind, "what happened"));
            let status = if kind == LlmErrorKind::BadRequest { 400 } else { 500 };
            let read = decode(status, &HeaderMap::new(), body.to_string().as_bytes());
            assert_eq!(read.kind, kind, "{body}");
            assert_eq!(read.message, "what happened");
        }
    }

    #[test]
    fn errors_inside_a_stream_need_no_status() {
        let check = |error: Value, kind, status: Option<u16>| {
            let read = from_value(&error);
            assert_eq!((read.kind, read.status), (kind, status), "{error}");
        };
        check(json!({"message": "x", "type": "server_error"}), LlmErrorKind::Server, None);
        check(json!({"message": "x", "code": 429}), LlmErrorKind::RateLimited, Some(429));
        check(json!({"message": "x", "code": 502, "metadata": {}}), LlmErrorKind::Server, Some(502));
        check(
            json!("the model is overloaded: That model is currently overloaded"),
            LlmErrorKind::Overloaded,
            None,
        );
        check(json!({"message": "x", "type": "invalid_request_error"}), LlmErrorKind::BadRequest, None);
    }
}
