//! The batches of providers that have such: [`BatchUpstream`] for [`Endpoint`], in the form of OpenAI (files of
//! lines) or of Anthropic.

mod anthropic;
mod lines;
mod openai;

use crate::{
    BatchApi, Endpoint,
    endpoint::{BatchAsk, net_error},
};
use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture};
use http::{HeaderValue, Method};
use llm::{
    BatchLimits, BatchMark, BatchResults, BatchStatus, BatchUpstream, LlmError, LlmErrorKind, NewBatch,
};
use serde_json::Value;
use wire::malformed;

/// Most bytes that are handed in at once, whatever the provider would take: they are held in memory.
const MOST_BYTES: usize = 64 << 20;

impl BatchUpstream for Endpoint {
    fn limits(&self) -> BatchLimits {
        match self.batch_api() {
            BatchApi::OpenAi | BatchApi::None => BatchLimits { requests: 50_000, bytes: MOST_BYTES },
            BatchApi::Anthropic => BatchLimits { requests: 100_000, bytes: MOST_BYTES },
        }
    }

    fn submit(&self, batch: NewBatch) -> BoxFuture<'_, Result<BatchStatus, LlmError>> {
        match self.batch_api() {
            BatchApi::OpenAi => openai::submit(self, batch).boxed(),
            BatchApi::Anthropic => anthropic::submit(self, batch).boxed(),
            BatchApi::None => none(),
        }
    }

    fn find(&self, mark: &BatchMark) -> BoxFuture<'_, Result<Vec<BatchStatus>, LlmError>> {
        let mark = mark.clone();
        match self.batch_api() {
            BatchApi::OpenAi => openai::find(self, mark).boxed(),
            BatchApi::Anthropic => anthropic::find(self, mark).boxed(),
            BatchApi::None => none(),
        }
    }

    fn status<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<BatchStatus, LlmError>> {
        match self.batch_api() {
            BatchApi::OpenAi => openai::about(self, Method::GET, id, "").boxed(),
            BatchApi::Anthropic => anthropic::about(self, Method::GET, id, "").boxed(),
            BatchApi::None => none(),
        }
    }

    fn cancel<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<BatchStatus, LlmError>> {
        match self.batch_api() {
            BatchApi::OpenAi => openai::about(self, Method::POST, id, "/cancel").boxed(),
            BatchApi::Anthropic => anthropic::about(self, Method::POST, id, "/cancel").boxed(),
            BatchApi::None => none(),
        }
    }

    fn results<'a>(&'a self, status: &'a BatchStatus) -> BoxFuture<'a, Result<BatchResults, LlmError>> {
        match self.batch_api() {
            BatchApi::OpenAi => openai::results(self, status).boxed(),
            BatchApi::Anthropic => anthropic::results(self, status).boxed(),
            BatchApi::None => none(),
        }
    }

    fn discard<'a>(&'a self, status: &'a BatchStatus) -> BoxFuture<'a, Result<(), LlmError>> {
        match self.batch_api() {
            BatchApi::OpenAi => openai::discard(self, status).boxed(),
            BatchApi::Anthropic => anthropic::discard(self, status).boxed(),
            BatchApi::None => none(),
        }
    }
}

fn none<T: Send + 'static>() -> BoxFuture<'static, Result<T, LlmError>> {
    async { Err(LlmError::new(LlmErrorKind::NotFound, "the provider has no batches")) }.boxed()
}

/// Asks, and reads the answer as JSON.
async fn ask(endpoint: &Endpoint, method: Method, path: &str, body: Bytes) -> Result<Value, LlmError> {
    let body = endpoint.ask_batches(BatchAsk { method, path, content_type: None, body }).await?;
    read(body).await
}

async fn read(body: net::Body) -> Result<Value, LlmError> {
    let bytes = body.collect().await.map_err(|error| net_error(&error))?;
    serde_json::from_slice(&bytes).map_err(|error| malformed("the answer about a batch", &error))
}

/// An id out of an answer.
fn id_of(answer: &Value) -> Result<String, LlmError> {
    let id = answer.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
    id.map(str::to_owned).ok_or_else(|| {
        LlmError::new(LlmErrorKind::Malformed, "the answer about a batch has no `id`".to_owned())
    })
}

/// An id of the provider's as a part of a path: nothing in it may change the path.
fn in_path(id: &str) -> String {
    ::url::form_urlencoded::byte_serialize(id.as_bytes()).collect::<String>().replace('+', "%20")
}

/// A body in one line: between JSON's tokens an end of line is just white space, and none is anywhere else.
fn push_line(out: &mut Vec<u8>, body: &[u8]) {
    out.extend(body.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }));
}

fn sum(counts: Option<&Value>, names: &[&str]) -> u64 {
    let count = |name: &&str| counts.and_then(|counts| counts.get(*name)).and_then(Value::as_u64);
    names.iter().filter_map(count).fold(0, u64::saturating_add)
}

fn json_value(text: String) -> Result<HeaderValue, LlmError> {
    HeaderValue::try_from(text)
        .map_err(|_| LlmError::new(LlmErrorKind::BadRequest, "the upload cannot be described in a header"))
}
