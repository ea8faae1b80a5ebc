//! `/v1/audio`: text spoken, and recordings written down.

use super::{Door, caller, read_up_to, refuse, respond, tags};
use axum::{
    extract::{Request, State},
    http::{HeaderValue, header},
    response::Response,
};
use gateway::{AudioCall, Gateway};
use llm::{Dialect, Operation};
use wire::codec;

/// Largest recording, with what is around it; no provider takes more than 100 MB.
const BODY_LIMIT_BYTES: usize = 112 << 20;

/// `POST /v1/audio/speech`.
pub(crate) async fn speech(State(gateway): Door, request: Request) -> Response {
    audio(&gateway, Operation::Speech, request).await
}

/// `POST /v1/audio/transcriptions`.
pub(crate) async fn transcription(State(gateway): Door, request: Request) -> Response {
    audio(&gateway, Operation::Transcription, request).await
}

/// `POST /v1/audio/translations`.
pub(crate) async fn translation(State(gateway): Door, request: Request) -> Response {
    audio(&gateway, Operation::AudioTranslation, request).await
}

async fn audio(gateway: &Gateway, operation: Operation, request: Request) -> Response {
    let codec = codec(Dialect::OpenAiChat);
    let (parts, body) = request.into_parts();
    let tags = match tags(&parts.headers) {
        Ok(tags) => tags,
        Err(refusal) => return refusal.response(codec),
    };
    let body = match read_up_to(body, BODY_LIMIT_BYTES).await {
        Ok(body) => body,
        Err(refusal) => return refusal.response(codec),
    };
    // Speech is asked for in JSON, whatever the client calls it; a form cannot be read without its boundary.
    let content_type = match (operation, parts.headers.get(header::CONTENT_TYPE)) {
        (Operation::Speech, _) | (_, None) => HeaderValue::from_static("application/json"),
        (_, Some(content_type)) => content_type.clone(),
    };
    let caller = caller(&parts.headers);
    let call = AudioCall { caller, operation, codec, content_type, body, tags };
    match gateway.audio(call).await {
        Ok(answer) => respond(answer),
        Err(error) => refuse(codec, error),
    }
}
