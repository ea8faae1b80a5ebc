//! Errors of Anthropic's API, read and written.
use bytes::Bytes;
use http::HeaderMap;
use llm::{LlmError, LlmErrorKind};
use serde::{Deserialize, Serialize};

/// The body of an error reply, and the data of an `error` event.
#[derive(Deserialize)]
struct Envelope {
    error: Option<ErrorObject>,
    request_id: Option<String>,
}

/// The error itself.
#[derive(Deserialize)]
pub(super) struct ErrorObject {
    #[serde(rename = "type")]
    kind: Option<String>,
    message: Option<String>,
    /// Familiar's own class, where another Familiar serves this format.
    code: Option<String>,
}

impl ErrorObject {
    /// The error in the vocabulary; without a status its type alone says what it is.
    pub(super) fn classed(mut self, status: Option<u16>) -> LlmError {
        let message = self.message.take().unwrap_or_else(|| "the provider gave no reason".to_owned());
        let kind = self.class(status, &message);
        LlmError { status, code: self.kind, ..LlmError::new(kind, message) }
    }

    /// Classes an error by its type, its status and, where these say too little, its words.
    fn class(&self, status: Option<u16>, message: &str) -> LlmErrorKind {
        let code = self.code.as_deref();
        if let Some(kind) = LlmErrorKind::ALL.into_iter().find(|kind| Some(kind.as_str()) == code) {
            return kind;
        }
        match (self.kind.as_deref().unwrap_or_default(), status) {
            ("authentication_error", _) => LlmErrorKind::Authentication,
            ("permission_error", _) => LlmErrorKind::Permission,
            ("not_found_error", _) => LlmErrorKind::NotFound,
            ("request_too_large", _) => LlmErrorKind::ContextLength,
            ("billing_error", _) => LlmErrorKind::QuotaExceeded,
            ("rate_limit_error", _) => LlmErrorKind::RateLimited,
            ("overloaded_error", _) => LlmErrorKind::Overloaded,
            ("timeout_error", _) => LlmErrorKind::Timeout,
            ("invalid_request_error", _) => {
                let message_lower = message.to_ascii_lowercase();
                if message_lower.contains("exceed context limit") {
                    LlmErrorKind::ContextLength
                } else if message_lower.contains("api usage limits") {
                    LlmErrorKind::QuotaExceeded
                } else {
                    crate::kind_of_message(message).unwrap_or(LlmErrorKind::BadRequest)
                }
            }
            (_, Some(status)) => crate::kind_of_message(message).unwrap_or(crate::kind_of_status(status)),
            (_, None) => LlmErrorKind::Server,
        }
    }
}

/// Reads an error reply; see [`llm::Codec::decode_error`].
pub(super) fn decode(status: u16, headers: &HeaderMap, body: &[u8]) -> LlmError {
    let mut error = crate::error_of_reply(status, headers, body);
    if let Ok(Envelope { error: Some(object), request_id }) = serde_json::from_slice(body) {
        error.kind = object.class(Some(status), &error.message);
        error.code = object.kind;
        error.request_id = request_id.or(error.request_id);
    }
    error
}

/// An error as a caller gets it.
#[derive(Serialize)]
struct Written<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    error: WrittenObject,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

#[derive(Serialize)]
struct WrittenObject {
    #[serde(rename = "type")]
    kind: &'static str,
    message: String,
    /// Familiar's class, finer than `type`.
    code: &'static str,
}

/// Writes an error body; see [`llm::Codec::encode_error`].
pub(super) fn encode(error: &LlmError) -> Bytes {
    // The words by which clients know that they have to shorten the conversation.
    const TOO_LONG: &str = "prompt is too long";
    let mut message = error.message.clone();
    if error.kind == LlmErrorKind::ContextLength && !message.contains(TOO_LONG) {
        message = format!("{TOO_LONG}: {message}");
    }
    let object = WrittenObject { kind: type_of(error.kind), message, code: error.kind.as_str() };
    let written = Written { kind: "error", error: object, request_id: error.request_id.as_deref() };
    // Writing strings as JSON cannot fail; an empty body would still carry the status.
    serde_json::to_vec(&written).unwrap_or_default().into()
}

/// The format's own name of a class.
const fn type_of(kind: LlmErrorKind) -> &'static str {
    match kind {
        LlmErrorKind::Authentication => "authentication_error",
        LlmErrorKind::Permission => "permission_error",
        LlmErrorKind::NotFound => "not_found_error",
        LlmErrorKind::BadRequest | LlmErrorKind::ContextLength | LlmErrorKind::ContentFiltered => {
            "invalid_request_error"
        }
        LlmErrorKind::RateLimited => "rate_limit_error",
        LlmErrorKind::QuotaExceeded => "billing_error",
        LlmErrorKind::Overloaded => "overloaded_error",
        LlmErrorKind::Timeout => "timeout_error",
        LlmErrorKind::Server | LlmErrorKind::Network | LlmErrorKind::Malformed | LlmErrorKind::Cancelled => {
            "api_error"
        }
    }
}
