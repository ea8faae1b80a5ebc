//! OpenAI's door, `/v1`: chat completions, Responses, embeddings, models.

use super::{Asked, Door, Refusal, caller_at, chat, json_response, refuse, respond};
use axum::{
    extract::{Path, Request, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::Response,
};
use gateway::{Address, GatewayError};
use llm::{Dialect, LlmErrorKind};
use serde_json::{Value, json};
use wire::codec;

/// `POST /v1/chat/completions`.
pub(crate) async fn chat_completions(State(gateway): Door, request: Request) -> Response {
    chat(&gateway, codec(Dialect::OpenAiChat), request).await
}

/// `POST /v1/responses`.
pub(crate) async fn responses(State(gateway): Door, request: Request) -> Response {
    chat(&gateway, codec(Dialect::OpenAiResponses), request).await
}

/// `POST /v1/responses/input_tokens`: how many tokens a request for a response would have.
pub(crate) async fn input_tokens(State(gateway): Door, request: Request) -> Response {
    let codec = codec(Dialect::OpenAiResponses);
    let asked = match Asked::read(request).await {
        Ok(asked) => asked,
        Err(refusal) => return refusal.response(codec),
    };
    match super::count_tokens(&gateway, &asked.caller, codec.decode_request(&asked.body)).await {
        Ok(tokens) => {
            let counted = json!({ "object": "response.input_tokens", "input_tokens": tokens });
            json_response(StatusCode::OK, &counted)
        }
        Err(error) => refuse(codec, error),
    }
}

/// Addresses of single responses: there are none to fetch, to cancel or to delete.
pub(crate) async fn kept_response(uri: Uri) -> Response {
    Refusal {
        status: StatusCode::NOT_FOUND,
        kind: LlmErrorKind::NotFound,
        message: format!(
            "there is no `{}`: responses are not stored here; keep what `POST /v1/responses` answers, and send \
             the whole conversation in `input` instead of `previous_response_id`",
            uri.path()
        ),
    }
    .response(codec(Dialect::OpenAiResponses))
}

/// `POST /v1/embeddings`.
pub(crate) async fn embeddings(State(gateway): Door, request: Request) -> Response {
    let codec = codec(Dialect::OpenAiChat);
    let asked = match Asked::read(request).await {
        Ok(asked) => asked,
        Err(refusal) => return refusal.response(codec),
    };
    match asked.embed(&gateway, codec, Address::default()).await {
        Ok(answer) => respond(answer),
        Err(error) => refuse(codec, error),
    }
}

/// `GET /v1/models`.
pub(crate) async fn models(State(gateway): Door, headers: HeaderMap, uri: Uri) -> Response {
    match gateway.models(&caller_at(&headers, &uri)) {
        Ok(models) => {
            let data: Vec<Value> = models.iter().map(|model| listed(&model.name)).collect();
            json_response(StatusCode::OK, &json!({ "object": "list", "data": data }))
        }
        Err(error) => refuse(codec(Dialect::OpenAiChat), error),
    }
}

/// `GET /v1/models/{id}`; ids hold slashes.
pub(crate) async fn model_by_id(
    State(gateway): Door,
    Path(id): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    match gateway.models(&caller_at(&headers, &uri)) {
        Ok(models) if models.iter().any(|model| model.name == id) => {
            json_response(StatusCode::OK, &listed(&id))
        }
        Ok(_) => {
            let unknown = GatewayError::UnknownModel { name: id, near: Vec::new() };
            refuse(codec(Dialect::OpenAiChat), unknown)
        }
        Err(error) => refuse(codec(Dialect::OpenAiChat), error),
    }
}

/// An address below `/v1` that is none.
pub(crate) async fn no_such_route(uri: Uri) -> Response {
    let told = Refusal::no_such_route(
        &uri,
        "`/v1` has `chat/completions`, `responses`, `embeddings`, `audio/speech`, `audio/transcriptions`, `audio/translations`, `models`, `files` and `batches`",
    );
    told.response(codec(Dialect::OpenAiChat))
}

/// A method that an address below `/v1` does not have.
pub(crate) async fn wrong_method(method: Method, uri: Uri) -> Response {
    Refusal::wrong_method(&method, &uri).response(codec(Dialect::OpenAiChat))
}

fn listed(id: &str) -> Value {
    json!({ "id": id, "object": "model", "created": 0, "owned_by": id.split('/').next() })
}
