//! Anthropic's door, `/anthropic/v1`: messages, counting tokens, models.

use super::{Door, Refusal, caller, chat, json_response, read, refuse};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::Response,
};
use gateway::GatewayError;
use llm::Dialect;
use providers::wire::codec;
use serde_json::{Value, json};

/// `POST /anthropic/v1/messages`.
pub(crate) async fn messages(State(gateway): Door, request: Request) -> Response {
    chat(&gateway, codec(Dialect::Anthropic), request).await
}

/// `POST /anthropic/v1/messages/count_tokens`: an upper bound, since Anthropic's tokenizer is not public.
pub(crate) async fn count_tokens(State(gateway): Door, request: Request) -> Response {
    let codec = codec(Dialect::Anthropic);
    let (parts, body) = request.into_parts();
    let body = match read(body).await {
        Ok(body) => body,
        Err(refusal) => return refusal.response(codec),
    };
    let counted = || {
        gateway.models(&caller(&parts.headers))?;
        let head = codec.head(&body)?;
        Ok::<_, GatewayError>(
            json!({ "input_tokens": head.input_tokens_bound.div_ceil(BYTES_A_TOKEN).max(1) }),
        )
    };
    match counted() {
        Ok(count) => json_response(StatusCode::OK, &count),
        Err(error) => refuse(codec, error),
    }
}

/// Bytes of a token in ordinary English text and code, to estimate from the bound in bytes.
const BYTES_A_TOKEN: u64 = 4;

/// `GET /anthropic/v1/models`.
pub(crate) async fn models(State(gateway): Door, headers: HeaderMap) -> Response {
    match gateway.models(&caller(&headers)) {
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
