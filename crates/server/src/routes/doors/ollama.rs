//! Ollama's door, `/ollama/api`: chat, generate, embeddings, and what its clients ask about models.

use super::{Asked, Door, Refusal, caller_at, json_response, refuse, respond};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::Response,
};
use base::Clock;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use gateway::{Address, AnswerBody, Callable, Gateway, GatewayError};
use llm::{Capability, Codec, Dialect, LlmError};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::{convert::Infallible, sync::Arc, time::Duration};
use wire::{
    bad_request, codec,
    ollama::{Times, embeddings, generate, load},
};

/// The version of Ollama's API that this door follows; its clients look here for what they may ask.
const FOLLOWED_VERSION: &str = "0.12.6";
/// What there is, for those who ask for something else.
const HINT: &str =
    "`/ollama/api` has `chat`, `generate`, `embed`, `embeddings`, `tags`, `show` and `version`";
/// When a model was changed last, which nobody tells.
const UNKNOWN_TIME: &str = "1970-01-01T00:00:00Z";

fn own_codec() -> &'static dyn Codec {
    codec(Dialect::Ollama)
}

/// In which form the answer goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Chat,
    Generate,
}

/// `POST /ollama/api/chat`.
pub(crate) async fn chat(State(gateway): Door, request: Request) -> Response {
    converse(&gateway, request, Form::Chat).await
}

/// `POST /ollama/api/generate`, which is a chat of one turn.
pub(crate) async fn generate(State(gateway): Door, request: Request) -> Response {
    converse(&gateway, request, Form::Generate).await
}

async fn converse(gateway: &Gateway, request: Request, form: Form) -> Response {
    let clock = Arc::clone(gateway.clock());
    let hand_out = HandOut { form, began: clock.monotonic(), clock, first: None };
    let outcome = match Asked::read(request).await {
        Ok(asked) => hand_out.answer(gateway, asked).await,
        Err(refusal) => return refusal.response(own_codec()),
    };
    outcome.unwrap_or_else(|error| refuse(own_codec(), error))
}

/// Hands an answer out in its form, with its times.
struct HandOut {
    form: Form,
    clock: Arc<dyn Clock>,
    began: Duration,
    /// From the request to the first piece of the answer.
    first: Option<Duration>,
}

impl HandOut {
    async fn answer(mut self, gateway: &Gateway, mut asked: Asked) -> Result<Response, GatewayError> {
        if self.form == Form::Generate {
            asked.body = generate::to_chat(&asked.body)?;
        }
        if let Some(loaded) = load::answer(&asked.body) {
            // Clients ask so whether a model is there before they use it.
            known(gateway, &asked, &loaded.model)?;
            return Ok(json_response(StatusCode::OK, &self.written(loaded.reply)));
        }
        let mut answer = asked.chat(gateway, own_codec(), Address::default()).await?;
        match answer.body {
            AnswerBody::Whole(bytes) => {
                answer.body = AnswerBody::Whole(self.lines(&bytes));
                Ok(respond(answer))
            }
            AnswerBody::Stream(stream) => {
                let lines = stream.map(move |bytes| Ok::<Bytes, Infallible>(self.lines(&bytes)));
                let mut response = Response::new(Body::from_stream(lines));
                *response.headers_mut() = answer.headers;
                Ok(response)
            }
            AnswerBody::Raw(_) | AnswerBody::Events(_) | AnswerBody::Vectors(_) => Ok(respond(answer)),
        }
    }

    /// A reply that is made here.
    fn written(&mut self, reply: Value) -> Value {
        let line = self.lines(&Bytes::from(reply.to_string()));
        serde_json::from_slice(&line).unwrap_or(reply)
    }

    /// Whole lines as they go out.
    fn lines(&mut self, bytes: &Bytes) -> Bytes {
        if self.form == Form::Chat && !Times::are_missing(bytes) {
            return bytes.clone();
        }
        let total = self.clock.monotonic().saturating_sub(self.began);
        let times = Times { first: *self.first.get_or_insert(total), total };
        let mut out = BytesMut::with_capacity(bytes.len() + 64);
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let stamped = times.stamp(bytes.slice_ref(line), || self.clock.now().to_string());
            match self.form {
                Form::Chat => out.extend_from_slice(&stamped),
                Form::Generate => out.extend_from_slice(&generate::from_chat(&stamped)),
            }
        }
        out.freeze()
    }
}

/// Whether a caller may ask for a model of this name.
fn known(gateway: &Gateway, asked: &Asked, name: &str) -> Result<Callable, GatewayError> {
    let mut models = gateway.models(&asked.caller)?.into_iter();
    let found = models.find(|model| model.name == name);
    found.ok_or_else(|| GatewayError::UnknownModel { name: name.to_owned(), near: Vec::new() })
}

/// `POST /ollama/api/embed`.
pub(crate) async fn embed(State(gateway): Door, request: Request) -> Response {
    let asked = match Asked::read(request).await {
        Ok(asked) => asked,
        Err(refusal) => return refusal.response(own_codec()),
    };
    let answer = asked.embed(&gateway, own_codec(), Address::default()).await;
    answer.map_or_else(|error| refuse(own_codec(), error), respond)
}

/// `POST /ollama/api/embeddings`, the older form for one text.
pub(crate) async fn embed_one(State(gateway): Door, request: Request) -> Response {
    let asked = match Asked::read(request).await {
        Ok(asked) => asked,
        Err(refusal) => return refusal.response(own_codec()),
    };
    embedded(&gateway, asked).await.unwrap_or_else(|error| refuse(own_codec(), error))
}

async fn embedded(gateway: &Gateway, asked: Asked) -> Result<Response, GatewayError> {
    let body = embeddings::to_embed(&asked.body)?;
    let mut answer = Asked { body, ..asked }.embed(gateway, own_codec(), Address::default()).await?;
    if let AnswerBody::Whole(several) = &answer.body {
        answer.body = AnswerBody::Whole(embeddings::from_embed(several)?);
    }
    Ok(respond(answer))
}

/// `GET /ollama/api/tags`.
pub(crate) async fn tags(State(gateway): Door, headers: HeaderMap, uri: Uri) -> Response {
    match gateway.models(&caller_at(&headers, &uri)) {
        Ok(models) => {
            let listed = |model: &Callable| {
                json!({
                    "name": model.name, "model": model.name, "modified_at": UNKNOWN_TIME, "size": 0,
                    "digest": digest(&model.name), "details": details(model),
                })
            };
            let models: Vec<Value> = models.iter().map(listed).collect();
            json_response(StatusCode::OK, &json!({ "models": models }))
        }
        Err(error) => refuse(own_codec(), error),
    }
}

/// `POST /ollama/api/show`.
pub(crate) async fn show(State(gateway): Door, request: Request) -> Response {
    let asked = match Asked::read(request).await {
        Ok(asked) => asked,
        Err(refusal) => return refusal.response(own_codec()),
    };
    let found = model_asked_for(&asked.body)
        .map_err(GatewayError::from)
        .and_then(|name| known(&gateway, &asked, &name));
    match found {
        Ok(model) => json_response(StatusCode::OK, &shown(&model)),
        Err(error) => refuse(own_codec(), error),
    }
}

fn model_asked_for(body: &[u8]) -> Result<String, LlmError> {
    #[derive(Deserialize)]
    struct Shown {
        /// Older clients write `name`.
        #[serde(alias = "name")]
        model: String,
    }
    let asked: Result<Shown, _> = serde_json::from_slice(body);
    asked.map(|asked| asked.model).map_err(|error| bad_request(format!("the body names no model: {error}")))
}

fn shown(model: &Callable) -> Value {
    let spec = &model.spec;
    let capabilities = [
        (Capability::Chat, "completion"),
        (Capability::Tools, "tools"),
        (Capability::Vision, "vision"),
        (Capability::Reasoning, "thinking"),
        (Capability::Embeddings, "embedding"),
    ];
    let capabilities: Vec<&str> =
        capabilities.into_iter().filter(|(can, _)| spec.can(*can)).map(|(_, name)| name).collect();
    let mut info = json!({ "general.architecture": spec.provider, "general.basename": spec.display_name });
    if let (Some(window), Some(info)) = (spec.context_window, info.as_object_mut()) {
        info.insert(format!("{}.context_length", spec.provider), window.into());
    }
    json!({
        "modelfile": format!("FROM {}\n", model.name), "parameters": "", "template": "",
        "modified_at": UNKNOWN_TIME, "details": details(model), "model_info": info, "capabilities": capabilities,
    })
}

fn details(model: &Callable) -> Value {
    let family = &model.spec.provider;
    json!({ "parent_model": "", "format": "", "family": family, "families": [family],
            "parameter_size": "", "quantization_level": "" })
}

/// Clients tell models apart by it, and cut it without asking how long it is: the hash of the name.
fn digest(name: &str) -> String {
    Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `GET /ollama/api/version`.
pub(crate) async fn version(State(gateway): Door, headers: HeaderMap, uri: Uri) -> Response {
    match gateway.models(&caller_at(&headers, &uri)) {
        Ok(_) => json_response(StatusCode::OK, &json!({ "version": FOLLOWED_VERSION })),
        Err(error) => refuse(own_codec(), error),
    }
}

/// `GET /ollama`: clients look whether anybody is there, and for these words.
pub(crate) async fn running() -> &'static str {
    "Ollama is running"
}

/// An address below `/ollama` that is none.
pub(crate) async fn no_such_route(uri: Uri) -> Response {
    Refusal::no_such_route(&uri, HINT).response(own_codec())
}

/// A method that an address below `/ollama` does not have.
pub(crate) async fn wrong_method(method: Method, uri: Uri) -> Response {
    Refusal::wrong_method(&method, &uri).response(own_codec())
}
