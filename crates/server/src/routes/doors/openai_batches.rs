//! OpenAI's files of lines and batches: `/v1/files`, `/v1/batches`.

use super::{
    Door, Refusal,
    batches::{self, Service, USUAL_LIMIT, batch_refusal, ends, lines_response, who},
};
use ::batch::{
    Batch, BatchError, BatchState, Batches, Endpoint, File, NewBatch,
    output::Results,
    service::{Form, List},
};
use axum::{
    extract::{FromRequest, Multipart, Path, Query, Request, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use base::{Id, Timestamp};
use bytes::{Bytes, BytesMut};
use llm::{Codec, Dialect, LlmErrorKind};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

fn codec() -> &'static dyn Codec {
    wire::codec(Dialect::OpenAiChat)
}

/// The most rows of a list.
const MOST: u32 = 100;

/// An id as OpenAI's clients know it.
enum FileId {
    /// One that was uploaded.
    Uploaded(Id),
    /// One that a batch has made.
    Made(Id, Results),
}

impl FileId {
    fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("file-")?;
        if let Some(id) = rest.strip_suffix("-output") {
            return Some(Self::Made(id.parse().ok()?, Results::Output));
        }
        if let Some(id) = rest.strip_suffix("-errors") {
            return Some(Self::Made(id.parse().ok()?, Results::Errors));
        }
        rest.parse().ok().map(Self::Uploaded)
    }

    fn of(text: &str) -> Result<Self, BatchError> {
        Self::parse(text).ok_or_else(|| BatchError::NoFile(text.chars().take(100).collect()))
    }
}

fn batch_id(text: &str) -> Result<Id, BatchError> {
    batches::batch_id("batch_", text)
}

fn answer(result: Result<Value, BatchError>) -> Response {
    batches::answer(codec(), result)
}

/// `POST /v1/files`: takes a file of lines.
pub(crate) async fn upload(State(gateway): Door, State(batches): Service, request: Request) -> Response {
    let of = match who(&gateway, request.headers()) {
        Ok(of) => of,
        Err(error) => return batch_refusal(codec(), error),
    };
    let bad = |message: String| {
        Refusal { status: StatusCode::BAD_REQUEST, kind: LlmErrorKind::BadRequest, message }.response(codec())
    };
    let parts = match Multipart::from_request(request, &()).await {
        Ok(parts) => parts,
        Err(rejection) => {
            return bad(format!(
                "{}; send `multipart/form-data` with `purpose` and `file`",
                rejection.body_text()
            ));
        }
    };
    let form = match read_form(parts, batches.config().max_file_bytes).await {
        Ok(form) => form,
        Err(FormError::TooLarge) => {
            let limit_bytes = batches.config().max_file_bytes;
            return batch_refusal(codec(), BatchError::TooLarge { limit_bytes });
        }
        Err(FormError::Broken(message)) => return bad(message),
    };
    match form.purpose.as_deref() {
        Some("batch") => {}
        Some(other) => return bad(format!("`purpose` is `{other}`; only `batch` is served here")),
        None => return bad("`purpose` is missing; send `batch`".to_owned()),
    }
    let Some((name, bytes)) = form.file else { return bad("`file` is missing".to_owned()) };
    answer(batches.add_file(of, &name, bytes).await.map(|file| shown_file(&batches, &file)))
}

#[derive(Default)]
struct Upload {
    purpose: Option<String>,
    file: Option<(String, Bytes)>,
}

enum FormError {
    TooLarge,
    Broken(String),
}

async fn read_form(mut parts: Multipart, limit_bytes: u64) -> Result<Upload, FormError> {
    let broken = |error: axum::extract::multipart::MultipartError| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            FormError::TooLarge
        } else {
            FormError::Broken(format!("the form cannot be read: {}", error.body_text()))
        }
    };
    let mut form = Upload::default();
    while let Some(mut field) = parts.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().unwrap_or_default().to_owned();
        let mut bytes = BytesMut::new();
        while let Some(chunk) = field.chunk().await.map_err(broken)? {
            if (bytes.len() + chunk.len()) as u64 > limit_bytes {
                return Err(FormError::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        match name.as_str() {
            "purpose" => form.purpose = Some(String::from_utf8_lossy(&bytes).into_owned()),
            "file" => form.file = Some((file_name, bytes.freeze())),
            // `expires_after` and the like: files are kept as the configuration says.
            _ => {}
        }
    }
    Ok(form)
}

/// What a list can be asked for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ListQuery {
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    limit: Option<u32>,
    #[serde(default)]
    purpose: Option<String>,
}

impl ListQuery {
    fn limit(&self) -> u32 {
        self.limit.unwrap_or(USUAL_LIMIT).clamp(1, MOST)
    }
}

/// `GET /v1/files`: those that were uploaded, the newest first.
pub(crate) async fn files(
    State(gateway): Door,
    State(batches): Service,
    Query(query): Query<ListQuery>,
    headers: HeaderMap,
) -> Response {
    let list = async {
        let of = who(&gateway, &headers)?;
        if query.purpose.as_ref().is_some_and(|purpose| purpose != "batch") {
            return Ok(listed(Vec::new(), false));
        }
        let before = match query.after.as_deref().map(FileId::of).transpose()? {
            Some(FileId::Uploaded(id) | FileId::Made(id, _)) => Some(id),
            None => None,
        };
        let page = batches.files(of, before, query.limit()).await?;
        Ok(listed(page.items.iter().map(|file| shown_file(&batches, file)).collect(), page.has_more))
    };
    answer(list.await)
}

/// `GET /v1/files/{id}`.
pub(crate) async fn file(
    State(gateway): Door,
    State(batches): Service,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let found = async {
        let of = who(&gateway, &headers)?;
        match FileId::of(&id)? {
            FileId::Uploaded(id) => Ok(shown_file(&batches, &batches.file(of, id).await?)),
            FileId::Made(batch, which) => {
                let batch = batches.get(of, batch).await?;
                shown_results(&batch, which).ok_or_else(|| BatchError::NoFile(id.clone()))
            }
        }
    };
    answer(found.await)
}

/// `GET /v1/files/{id}/content`.
pub(crate) async fn content(
    State(gateway): Door,
    State(batches): Service,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let found = async {
        let of = who(&gateway, &headers)?;
        match FileId::of(&id)? {
            FileId::Uploaded(id) => {
                let bytes = batches.file_bytes(of, id).await?;
                Ok(lines_response(axum::body::Body::from(bytes)))
            }
            FileId::Made(batch, which) => {
                let made = batches.get(of, batch).await?;
                shown_results(&made, which).ok_or_else(|| BatchError::NoFile(id.clone()))?;
                let results = batches.results(of, batch, which).await?;
                Ok(lines_response(axum::body::Body::from_stream(results)))
            }
        }
    };
    found.await.unwrap_or_else(|error| batch_refusal(codec(), error))
}

/// `DELETE /v1/files/{id}`.
pub(crate) async fn delete_file(
    State(gateway): Door,
    State(batches): Service,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let deleted = async {
        let of = who(&gateway, &headers)?;
        match FileId::of(&id)? {
            FileId::Uploaded(id) => batches.delete_file(of, id).await?,
            FileId::Made(batch, which) => batches.delete_results(of, batch, which).await?,
        }
        Ok(json!({ "id": id, "object": "file", "deleted": true }))
    };
    answer(deleted.await)
}

#[derive(Deserialize)]
struct CreateBatch {
    input_file_id: String,
    endpoint: String,
    #[serde(default)]
    completion_window: Option<String>,
    #[serde(default)]
    metadata: Option<Value>,
}

/// `POST /v1/batches`.
pub(crate) async fn create(
    State(gateway): Door,
    State(batches): Service,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let made = async {
        let submitter = who(&gateway, &headers)?;
        let create: CreateBatch = serde_json::from_slice(&body)
            .map_err(|error| BatchError::Invalid(format!("the body does not ask for a batch: {error}")))?;
        if create.completion_window.as_ref().is_some_and(|window| window != "24h") {
            return Err(BatchError::Invalid("`completion_window` must be `24h`".to_owned()));
        }
        let endpoint =
            Endpoint::from_name(&create.endpoint).filter(|endpoint| *endpoint != Endpoint::Messages);
        let endpoint = endpoint.ok_or_else(|| {
            let known = Endpoint::ALL.map(Endpoint::as_str);
            let known: Vec<&str> =
                known.into_iter().filter(|name| *name != Endpoint::Messages.as_str()).collect();
            BatchError::Invalid(format!(
                "`endpoint` is `{}`; there are `{}`",
                create.endpoint.chars().take(100).collect::<String>(),
                known.join("`, `")
            ))
        })?;
        let FileId::Uploaded(file_id) = FileId::of(&create.input_file_id)? else {
            return Err(BatchError::Invalid("a file of results is no file of requests".to_owned()));
        };
        batches.submit(NewBatch { submitter, endpoint, file_id, metadata: create.metadata }).await
    };
    answer(made.await.map(|batch| shown_batch(&batch)))
}

/// `GET /v1/batches`, the newest first.
pub(crate) async fn list(
    State(gateway): Door,
    State(batches): Service,
    Query(query): Query<ListQuery>,
    headers: HeaderMap,
) -> Response {
    let list = async {
        let of = who(&gateway, &headers)?;
        let before = query.after.as_deref().map(batch_id).transpose()?;
        let list = List { of, form: Some(Form::Files), before, after: None, limit: query.limit() };
        let page = batches.list(list).await?;
        Ok(listed(page.items.iter().map(shown_batch).collect(), page.has_more))
    };
    answer(list.await)
}

/// `GET /v1/batches/{id}`.
pub(crate) async fn get(
    State(gateway): Door,
    State(batches): Service,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let found = async { batches.get(who(&gateway, &headers)?, batch_id(&id)?).await };
    answer(found.await.map(|batch| shown_batch(&batch)))
}

/// `POST /v1/batches/{id}/cancel`.
pub(crate) async fn cancel(
    State(gateway): Door,
    State(batches): Service,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let cancelled = async { batches.cancel(who(&gateway, &headers)?, batch_id(&id)?).await };
    answer(cancelled.await.map(|batch| shown_batch(&batch)))
}

fn listed(data: Vec<Value>, has_more: bool) -> Value {
    let (first, last) = ends(&data);
    json!({ "object": "list", "first_id": first, "last_id": last, "has_more": has_more, "data": data })
}

fn seconds(at: Timestamp) -> i64 {
    at.millis() / 1_000
}

fn shown_file(batches: &Batches, file: &File) -> Value {
    let kept = Duration::from_secs(batches.config().keep_days.saturating_mul(86_400));
    json!({ "id": format!("file-{}", file.id), "object": "file", "bytes": file.size_bytes,
            "created_at": seconds(file.created_at), "expires_at": seconds(file.created_at.plus(kept)),
            "filename": file.name, "purpose": "batch", "status": "processed", "status_details": null })
}

/// A file of results, if the batch has it.
fn shown_results(batch: &Batch, which: Results) -> Option<Value> {
    let (bytes, suffix) = match which {
        Results::Output => (batch.output_bytes?, "output"),
        Results::Errors => (batch.errors_bytes?, "errors"),
        Results::Messages => return None,
    };
    let at = batch.ended_at.unwrap_or(batch.created_at);
    Some(json!({ "id": format!("file-{}-{suffix}", batch.id), "object": "file", "bytes": bytes,
            "created_at": seconds(at), "filename": format!("batch_{}_{suffix}.jsonl", batch.id),
            "purpose": "batch_output", "status": "processed", "status_details": null }))
}

fn shown_batch(batch: &Batch) -> Value {
    let status = match batch.state {
        BatchState::Running => "in_progress",
        BatchState::Cancelling => "cancelling",
        BatchState::Completed => "completed",
        BatchState::Cancelled => "cancelled",
        BatchState::Expired => "expired",
        BatchState::Failed => "failed",
    };
    let ended = |state| batch.ended_at.filter(|_| batch.state == state).map(seconds);
    let made = |bytes: Option<u64>, suffix: &str| bytes.map(|_| format!("file-{}-{suffix}", batch.id));
    let errors = (!batch.problems.is_empty()).then(|| {
        let row = |problem: &::batch::Problem| {
            json!({ "code": problem.code, "message": problem.message, "param": problem.param,
                    "line": (problem.line > 0).then_some(problem.line) })
        };
        json!({ "object": "list", "data": batch.problems.iter().map(row).collect::<Vec<_>>() })
    });
    let counts = &batch.counts;
    json!({
        "id": format!("batch_{}", batch.id), "object": "batch", "endpoint": batch.endpoint.as_str(),
        "errors": errors, "input_file_id": batch.file_id.map(|id| format!("file-{id}")),
        "completion_window": "24h", "status": status,
        "output_file_id": made(batch.output_bytes, "output"),
        "error_file_id": made(batch.errors_bytes, "errors"),
        "created_at": seconds(batch.created_at),
        "in_progress_at": (batch.state != BatchState::Failed).then(|| seconds(batch.created_at)),
        "expires_at": seconds(batch.expires_at),
        "finalizing_at": batch.ended_at.filter(|_| batch.state != BatchState::Failed).map(seconds),
        "completed_at": ended(BatchState::Completed), "failed_at": ended(BatchState::Failed),
        "expired_at": ended(BatchState::Expired), "cancelling_at": batch.cancelled_at.map(seconds),
        "cancelled_at": ended(BatchState::Cancelled),
        "request_counts": { "total": counts.total, "completed": counts.done, "failed": counts.failed },
        "metadata": batch.metadata,
    })
}
