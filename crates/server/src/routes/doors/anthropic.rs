//! Anthropic's door, `/anthropic/v1`: messages, counting tokens, models.

use super::{Asked, Door, Refusal, caller_at, chat, json_response, refuse};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::Response,
};
use llm::Dialect;
use serde_json::{Value, json};
use wire::codec;

/// `POST /anthropic/v1/messages`.
pub(crate) async fn messages(State(gateway): Door, request: Request) -> Response {
    chat(&gateway, codec(Dialect::Anthropic), request).await
}

/// `POST /anthropic/v1/messages/count_tokens`: for Claude an estimate, since its tokenizer is not public.
pub(crate) async fn count_tokens(State(gateway): Door, request: Request) -> Response {
    let codec = codec(Dialect::Anthropic);
    let asked = match Asked::read(request).await {
        Ok(asked) => asked,
        Err(refusal) => return refusal.response(codec),
    };
    match super::count_tokens(&gateway, &asked.caller, codec.decode_request(&asked.body)).await {
        Ok(tokens) => json_response(StatusCode::OK, &json!({ "input_tokens": tokens })),
        Err(error) => refuse(codec, error),
    }
}

/// `GET /anthropic/v1/models`.
pub(crate) async fn models(State(gateway): Door, headers: HeaderMap, uri: Uri) -> Response {
    match gateway.models(&caller_at(&headers, &uri)) {
        Ok(models) => {
            let data: Vec<Value> = models
                .iter()
                .map(|model| {
                    json!({ "type": "model", "id": model.name, "display_name": model.spec.display_name,
                            "created_at": "1970-01-01T00:00:00Z" })
                })
                .collect();
            let edge = |model: Option<&Value>| model.and_then(|model| model.get("id")).cloned();
            let list = json!({ "first_id": edge(data.first()), "last_id": edge(data.last()),
                               "has_more": false, "data": data });
            json_response(StatusCode::OK, &list)
        }
        Err(error) => refuse(codec(Dialect::Anthropic), error),
    }
}

/// An address below `/anthropic` that is none.
pub(crate) async fn no_such_route(uri: Uri) -> Response {
    let hint =
        "`/anthropic` has `v1/messages`, `v1/messages/count_tokens`, `v1/messages/batches` and `v1/models`";
    Refusal::no_such_route(&uri, hint).response(codec(Dialect::Anthropic))
}

/// A method that an address below `/anthropic` does not have.
pub(crate) async fn wrong_method(method: Method, uri: Uri) -> Response {
    Refusal::wrong_method(&method, &uri).response(codec(Dialect::Anthropic))
}
