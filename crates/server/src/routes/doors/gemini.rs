//! Gemini's door, `/gemini/v1beta` (and `/gemini/v1`, which is the same): content, streamed or not, embeddings,
//! counting tokens, models. The model and the method stand in the address.

use super::{Asked, Door, Refusal, caller_at, json_response, refuse, respond};
use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header::CONTENT_TYPE},
    response::Response,
};
use bytes::Bytes;
use futures::{StreamExt, future, stream};
use gateway::{Address, Answer, AnswerBody, Callable, Gateway, GatewayError};
use llm::{Capability, ChatRequest, Codec, Dialect, LlmErrorKind};
use serde_json::{Value, json};
use std::convert::Infallible;
use wire::{
    codec,
    gemini::{array::JsonArray, count_tokens_request, embeddings},
};

/// What there is, for those who ask for something else.
const HINT: &str = "`/gemini/v1beta` has `models`, and `models/{model}` with `:generateContent`, \
                    `:streamGenerateContent`, `:countTokens`, `:embedContent` and `:batchEmbedContents`";

fn own_codec() -> &'static dyn Codec {
    codec(Dialect::Gemini)
}

/// `POST /gemini/v1beta/models/{model}:{method}`; names of models hold slashes.
pub(crate) async fn call(
    State(gateway): Door,
    Path(name): Path<String>,
    uri: Uri,
    request: Request,
) -> Response {
    let Some((model, method)) = name.rsplit_once(':') else { return no_such_route(uri).await };
    let known =
        ["generateContent", "streamGenerateContent", "countTokens", "embedContent", "batchEmbedContents"];
    if !known.contains(&method) {
        return no_such_route(uri).await;
    }
    let asked = match Asked::read(request).await {
        Ok(asked) => asked,
        Err(refusal) => return refusal.response(own_codec()),
    };
    let address = Address { model: Some(model.to_owned()), stream: Some(method == "streamGenerateContent") };
    let outcome = match method {
        "countTokens" => {
            let request = count_tokens_request(&asked.body)
                .map(|request| ChatRequest { model: model.to_owned(), ..request });
            let counted = super::count_tokens(&gateway, &asked.caller, request).await;
            counted.map(|tokens| json_response(StatusCode::OK, &json!({ "totalTokens": tokens })))
        }
        "embedContent" => embed_one(&gateway, asked, address).await,
        "batchEmbedContents" => asked.embed(&gateway, own_codec(), address).await.map(respond),
        _ => {
            let answer = asked.chat(&gateway, own_codec(), address).await;
            answer.map(|answer| if wants_events(&uri) { respond(answer) } else { respond_with_list(answer) })
        }
    };
    outcome.unwrap_or_else(|error| refuse(own_codec(), error))
}

/// One text, by the way of several.
async fn embed_one(gateway: &Gateway, asked: Asked, address: Address) -> Result<Response, GatewayError> {
    let body = embeddings::single_as_batch(&asked.body)?;
    let mut answer = Asked { body, ..asked }.embed(gateway, own_codec(), address).await?;
    if let AnswerBody::Whole(batch) = &answer.body {
        answer.body = AnswerBody::Whole(embeddings::batch_as_single(batch)?);
    }
    Ok(respond(answer))
}

fn wants_events(uri: &Uri) -> bool {
    let query = uri.query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == "alt" && value == "sse")
}

/// A stream as a list that grows, for those who did not ask for events.
fn respond_with_list(mut answer: Answer) -> Response {
    let AnswerBody::Stream(events) = answer.body else { return respond(answer) };
    answer.headers.insert(CONTENT_TYPE, HeaderValue::from_static(JsonArray::CONTENT_TYPE));
    // What is left when the events have ended is the end of the list.
    let pieces = events.map(Some).chain(stream::once(future::ready(None)));
    let list = pieces.scan(JsonArray::default(), |list, piece| {
        future::ready(Some(match piece {
            Some(bytes) => list.push(&bytes),
            None => list.finish(),
        }))
    });
    let list = list.filter(|bytes: &Bytes| future::ready(!bytes.is_empty()));
    let mut response = Response::new(Body::from_stream(list.map(Ok::<Bytes, Infallible>)));
    *response.headers_mut() = answer.headers;
    response
}

/// Which part of the list of models: where it begins, and how many at the most.
fn page(uri: &Uri) -> Result<(usize, usize), Refusal> {
    let (mut start, mut size) = (0, usize::MAX);
    for (name, value) in url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        let asked = match &*name {
            "pageSize" | "page_size" => &mut size,
            "pageToken" | "page_token" => &mut start,
            _ => continue,
        };
        *asked = value.parse().map_err(|_| Refusal {
            status: StatusCode::BAD_REQUEST,
            kind: LlmErrorKind::BadRequest,
            message: format!("`{name}` cannot be `{value}`; take tokens from `nextPageToken`"),
        })?;
    }
    Ok((start, if size == 0 { usize::MAX } else { size }))
}

/// `GET /gemini/v1beta/models`.
pub(crate) async fn models(State(gateway): Door, headers: HeaderMap, uri: Uri) -> Response {
    let (start, size) = match page(&uri) {
        Ok(page) => page,
        Err(refusal) => return refusal.response(own_codec()),
    };
    match gateway.models(&caller_at(&headers, &uri)) {
        Ok(models) => {
            let shown: Vec<Value> = models.iter().skip(start).take(size).map(listed).collect();
            let end = start.saturating_add(shown.len());
            let mut list = json!({ "models": shown });
            if let Some(list) = list.as_object_mut().filter(|_| end < models.len()) {
                list.insert("nextPageToken".to_owned(), end.to_string().into());
            }
            json_response(StatusCode::OK, &list)
        }
        Err(error) => refuse(own_codec(), error),
    }
}

/// `GET /gemini/v1beta/models/{model}`.
pub(crate) async fn model_by_name(
    State(gateway): Door,
    Path(name): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    match gateway.models(&caller_at(&headers, &uri)) {
        Ok(models) => match models.iter().find(|model| model.name == name) {
            Some(model) => json_response(StatusCode::OK, &listed(model)),
            None => refuse(own_codec(), GatewayError::UnknownModel { name, near: Vec::new() }),
        },
        Err(error) => refuse(own_codec(), error),
    }
}

fn listed(model: &Callable) -> Value {
    let spec = &model.spec;
    let mut methods = Vec::new();
    if spec.can(Capability::Chat) || !spec.can(Capability::Embeddings) {
        methods.extend(["generateContent", "streamGenerateContent", "countTokens"]);
    }
    if spec.can(Capability::Embeddings) {
        methods.extend(["embedContent", "batchEmbedContents"]);
    }
    let mut listed = json!({
        "name": format!("models/{}", model.name),
        "displayName": spec.display_name,
        "supportedGenerationMethods": methods,
        "thinking": spec.can(Capability::Reasoning),
    });
    let limits = [("inputTokenLimit", spec.context_window), ("outputTokenLimit", spec.max_output_tokens)];
    if let Some(listed) = listed.as_object_mut() {
        listed.extend(limits.into_iter().filter_map(|(name, limit)| Some((name.to_owned(), limit?.into()))));
    }
    listed
}

/// An address below `/gemini` that is none.
pub(crate) async fn no_such_route(uri: Uri) -> Response {
    Refusal::no_such_route(&uri, HINT).response(own_codec())
}

/// A method that an address below `/gemini` does not have.
pub(crate) async fn wrong_method(method: Method, uri: Uri) -> Response {
    Refusal::wrong_method(&method, &uri).response(own_codec())
}
