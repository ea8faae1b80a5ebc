//! Anthropic's form: requests go in as one body, replies come as lines.
//!
//! Source: Anthropic's API reference, Message Batches.

use super::{ask, id_of, in_path, lines::lines, push_line, sum};
use crate::{Endpoint, endpoint::BatchAsk};
use base::Timestamp;
use bytes::Bytes;
use futures::StreamExt;
use http::{HeaderMap, Method};
use llm::{
    BatchFiles, BatchMark, BatchOutcome, BatchResult, BatchResults, BatchStatus, Codec, LlmError, NewBatch,
    Upstream,
};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use wire::malformed;

const PATH: &str = "/v1/messages/batches";
/// How many of the latest batches are looked through for one of ours.
const LOOKED_THROUGH: u32 = 100;
/// How far the provider's clock may be off, in seconds.
const CLOCKS_APART_S: i64 = 300;
const COUNTS: [&str; 4] = ["succeeded", "errored", "canceled", "expired"];

pub(super) async fn submit(endpoint: &Endpoint, batch: NewBatch) -> Result<BatchStatus, LlmError> {
    let mut body = br#"{"requests":["#.to_vec();
    for (number, request) in batch.requests.iter().enumerate() {
        if number > 0 {
            body.push(b',');
        }
        let head = format!(r#"{{"custom_id":{},"params":"#, Value::from(request.id.as_str()));
        body.extend_from_slice(head.as_bytes());
        push_line(&mut body, &request.body);
        body.push(b'}');
    }
    body.extend_from_slice(b"]}");
    status(&ask(endpoint, Method::POST, PATH, body.into()).await?)
}

/// Anthropic's batches carry no mark of ours: those of that time and size may be it.
pub(super) async fn find(endpoint: &Endpoint, mark: BatchMark) -> Result<Vec<BatchStatus>, LlmError> {
    let path = format!("{PATH}?limit={LOOKED_THROUGH}");
    let list = ask(endpoint, Method::GET, &path, Bytes::new()).await?;
    let rows = list.get("data").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let may_be_ours = |row: &&Value| {
        let counts = row.get("request_counts");
        let size = sum(counts, &COUNTS).saturating_add(sum(counts, &["processing"]));
        let created: Option<Timestamp> =
            row.get("created_at").and_then(Value::as_str).and_then(|text| text.parse().ok());
        let after = created.is_none_or(|at| at.millis() / 1_000 >= mark.since_s - CLOCKS_APART_S);
        after && size == mark.requests as u64
    };
    rows.iter().filter(may_be_ours).map(status).collect()
}

pub(super) async fn about(
    endpoint: &Endpoint,
    method: Method,
    id: &str,
    action: &str,
) -> Result<BatchStatus, LlmError> {
    let path = format!("{PATH}/{}{action}", in_path(id));
    status(&ask(endpoint, method, &path, Bytes::new()).await?)
}

fn status(batch: &Value) -> Result<BatchStatus, LlmError> {
    Ok(BatchStatus {
        id: id_of(batch)?,
        ended: batch.get("processing_status").and_then(Value::as_str) == Some("ended"),
        done: sum(batch.get("request_counts"), &COUNTS),
        refused: None,
        files: BatchFiles::default(),
    })
}

pub(super) async fn results(endpoint: &Endpoint, status: &BatchStatus) -> Result<BatchResults, LlmError> {
    let path = format!("{PATH}/{}/results", in_path(&status.id));
    let ask = BatchAsk { method: Method::GET, path: &path, content_type: None, body: Bytes::new() };
    let body = endpoint.ask_batches(ask).await?;
    let codec = endpoint.codec();
    Ok(lines(body).map(move |line| result(codec, &line?)).boxed())
}

#[derive(Deserialize)]
struct Line<'a> {
    custom_id: String,
    #[serde(borrow)]
    result: Outcome<'a>,
}

#[derive(Deserialize)]
struct Outcome<'a> {
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

fn result(codec: &dyn Codec, line: &Bytes) -> Result<BatchResult, LlmError> {
    let parsed: Line<'_> =
        serde_json::from_slice(line).map_err(|error| malformed("a line of the results", &error))?;
    let outcome = match (parsed.result.kind.as_str(), parsed.result.message) {
        ("succeeded", Some(message)) => BatchOutcome::Reply(line.slice_ref(message.get().as_bytes())),
        ("canceled", _) => BatchOutcome::Cancelled,
        ("expired", _) => BatchOutcome::Expired,
        (_, _) => {
            let error = parsed.result.error.map_or("{}", RawValue::get).as_bytes();
            BatchOutcome::Failed(codec.decode_error(status_of(error), &HeaderMap::new(), error))
        }
    };
    Ok(BatchResult { id: parsed.custom_id, outcome })
}

/// The status that this error would have had by itself.
fn status_of(error: &[u8]) -> u16 {
    let error: Value = serde_json::from_slice(error).unwrap_or_default();
    let inner = error.get("error").unwrap_or(&error);
    match inner.get("type").and_then(Value::as_str).unwrap_or_default() {
        "invalid_request_error" => 400,
        "authentication_error" => 401,
        "billing_error" => 402,
        "permission_error" => 403,
        "not_found_error" => 404,
        "request_too_large" => 413,
        "rate_limit_error" => 429,
        "timeout_error" => 504,
        "overloaded_error" => 529,
        _ => 500,
    }
}

pub(super) async fn discard(endpoint: &Endpoint, status: &BatchStatus) -> Result<(), LlmError> {
    ask(endpoint, Method::DELETE, &format!("{PATH}/{}", in_path(&status.id)), Bytes::new()).await.map(drop)
}
