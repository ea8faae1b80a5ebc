//! OpenAI's form: a file of lines is uploaded, a batch is made of it, two files come of that.
//!
//! Source: OpenAI's API reference, Files and Batch.

use super::{ask, id_of, in_path, json_value, lines::lines, push_line, read, sum};
use crate::{Endpoint, endpoint::BatchAsk};
use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{HeaderMap, Method};
use llm::{
    BatchFiles, BatchMark, BatchOutcome, BatchResult, BatchResults, BatchStatus, Codec, LlmError,
    LlmErrorKind, NewBatch, Upstream,
};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use wire::malformed;

/// The name of our mark among the metadata.
const MARK: &str = "familiar_batch";
/// How many of the latest batches are looked through for ours.
const LOOKED_THROUGH: u32 = 100;

pub(super) async fn submit(endpoint: &Endpoint, batch: NewBatch) -> Result<BatchStatus, LlmError> {
    let path = endpoint.codec().path(batch.operation, &batch.model);
    let url = if path.starts_with("/v1/") { path } else { format!("/v1{path}") };
    let input = upload(endpoint, &batch, &url).await?;
    let body = json!({ "input_file_id": input, "endpoint": url, "completion_window": "24h",
                       "metadata": { MARK: batch.mark } });
    let made = ask(endpoint, Method::POST, "/batches", body.to_string().into()).await?;
    status(&made)
}

async fn upload(endpoint: &Endpoint, batch: &NewBatch, url: &str) -> Result<String, LlmError> {
    let boundary = format!("familiar-{}", base::new_id());
    let mut body = format!(
        "--{boundary}\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n\
         --{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{}.jsonl\"\r\n\
         content-type: application/jsonl\r\n\r\n",
        batch.mark
    )
    .into_bytes();
    for request in &batch.requests {
        let head = format!(
            r#"{{"custom_id":{},"method":"POST","url":{},"body":"#,
            Value::from(request.id.as_str()),
            Value::from(url)
        );
        body.extend_from_slice(head.as_bytes());
        push_line(&mut body, &request.body);
        body.extend_from_slice(b"}\n");
    }
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    let content_type = Some(json_value(format!("multipart/form-data; boundary={boundary}"))?);
    let ask = BatchAsk { method: Method::POST, path: "/files", content_type, body: body.into() };
    id_of(&read(endpoint.ask_batches(ask).await?).await?)
}

pub(super) async fn find(endpoint: &Endpoint, mark: BatchMark) -> Result<Vec<BatchStatus>, LlmError> {
    let path = format!("/batches?limit={LOOKED_THROUGH}");
    let list = ask(endpoint, Method::GET, &path, Bytes::new()).await?;
    let rows = list.get("data").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let ours = |row: &&Value| {
        let named = row.get("metadata").and_then(|metadata| metadata.get(MARK)).and_then(Value::as_str);
        named == Some(mark.mark.as_str())
    };
    rows.iter().filter(ours).map(status).collect()
}

pub(super) async fn about(
    endpoint: &Endpoint,
    method: Method,
    id: &str,
    action: &str,
) -> Result<BatchStatus, LlmError> {
    let path = format!("/batches/{}{action}", in_path(id));
    status(&ask(endpoint, method, &path, Bytes::new()).await?)
}

fn status(batch: &Value) -> Result<BatchStatus, LlmError> {
    let text = |name: &str| batch.get(name).and_then(Value::as_str);
    let state = text("status").unwrap_or_default();
    let file = |name: &str| text(name).filter(|id| !id.is_empty()).map(str::to_owned);
    Ok(BatchStatus {
        id: id_of(batch)?,
        ended: matches!(state, "completed" | "failed" | "expired" | "cancelled"),
        done: sum(batch.get("request_counts"), &["completed", "failed"]),
        refused: (state == "failed").then(|| refusal(batch)),
        files: BatchFiles {
            input: file("input_file_id"),
            output: file("output_file_id"),
            errors: file("error_file_id"),
        },
    })
}

/// Why the batch was refused, by the first few of its errors.
fn refusal(batch: &Value) -> String {
    let errors = batch.get("errors").and_then(|errors| errors.get("data")).and_then(Value::as_array);
    let told: Vec<&str> = errors
        .into_iter()
        .flatten()
        .filter_map(|error| error.get("message").and_then(Value::as_str))
        .take(3)
        .collect();
    if told.is_empty() { "the provider refused the batch".to_owned() } else { told.join("; ") }
}

pub(super) async fn results(endpoint: &Endpoint, status: &BatchStatus) -> Result<BatchResults, LlmError> {
    let mut parts: Vec<BatchResults> = Vec::new();
    for id in [&status.files.output, &status.files.errors].into_iter().flatten() {
        let path = format!("/files/{}/content", in_path(id));
        let ask = BatchAsk { method: Method::GET, path: &path, content_type: None, body: Bytes::new() };
        let body = endpoint.ask_batches(ask).await?;
        let codec = endpoint.codec();
        parts.push(lines(body).map(move |line| result(codec, &line?)).boxed());
    }
    Ok(stream::iter(parts).flatten().boxed())
}

#[derive(Deserialize)]
struct Line<'a> {
    custom_id: String,
    #[serde(borrow, default)]
    response: Option<Response<'a>>,
    #[serde(default)]
    error: Option<Error>,
}

#[derive(Deserialize)]
struct Response<'a> {
    status_code: u16,
    #[serde(borrow)]
    body: &'a RawValue,
}

#[derive(Deserialize)]
struct Error {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

fn result(codec: &dyn Codec, line: &Bytes) -> Result<BatchResult, LlmError> {
    let parsed: Line<'_> =
        serde_json::from_slice(line).map_err(|error| malformed("a line of the results", &error))?;
    let outcome = match (parsed.response, parsed.error) {
        (Some(response), _) if response.status_code < 300 => {
            BatchOutcome::Reply(line.slice_ref(response.body.get().as_bytes()))
        }
        (Some(response), _) => BatchOutcome::Failed(codec.decode_error(
            response.status_code,
            &HeaderMap::new(),
            response.body.get().as_bytes(),
        )),
        (None, Some(error)) => match error.code.as_deref() {
            Some("batch_expired") => BatchOutcome::Expired,
            Some("batch_cancelled") => BatchOutcome::Cancelled,
            Some(_) | None => BatchOutcome::Failed(LlmError {
                code: error.code,
                ..LlmError::new(
                    LlmErrorKind::Server,
                    error.message.unwrap_or_else(|| "the provider failed without a word".to_owned()),
                )
            }),
        },
        (None, None) => {
            BatchOutcome::Failed(LlmError::new(LlmErrorKind::Malformed, "neither a reply nor an error came"))
        }
    };
    Ok(BatchResult { id: parsed.custom_id, outcome })
}

pub(super) async fn discard(endpoint: &Endpoint, status: &BatchStatus) -> Result<(), LlmError> {
    let BatchFiles { input, output, errors } = &status.files;
    for id in [input, output, errors].into_iter().flatten() {
        ask(endpoint, Method::DELETE, &format!("/files/{}", in_path(id)), Bytes::new()).await?;
    }
    Ok(())
}
