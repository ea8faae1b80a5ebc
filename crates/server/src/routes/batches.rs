//! `/api/batches`: many requests handed in at once.

use crate::{
    extract::{ApiMultipart, ApiPath, ApiQuery, AtWork, Owner, parse_id},
    problem::ApiError,
};
use api::batches::{Batch, BatchList, BatchProblem};
use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use base::ErrorKind;
use batch::{
    Batches, Endpoint, NewBatch,
    output::Results,
    service::{List, owner},
};
use bytes::{Bytes, BytesMut};
use gateway::Submitter;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

type Service = State<Arc<Batches>>;

const USUAL_LIMIT: u32 = 50;
const MOST: u32 = 200;

/// A page of the list.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct ListQuery {
    /// How many at the most; 50 where missing.
    #[serde(default)]
    limit: Option<u32>,
    /// `next` of the page before.
    #[serde(default)]
    cursor: Option<String>,
}

/// Batches, the newest first.
#[utoipa::path(get, path = "/api/batches", tag = "batches", params(ListQuery),
    responses((status = 200, body = BatchList)))]
pub(crate) async fn list(
    State(batches): Service,
    Owner(id): Owner,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Result<Json<BatchList>, ApiError> {
    let before = query.cursor.as_deref().map(parse_id).transpose()?;
    let limit = query.limit.unwrap_or(USUAL_LIMIT).clamp(1, MOST);
    let page = batches.list(List { of: owner(id), form: None, before, after: None, limit }).await?;
    let next = page.items.last().filter(|_| page.has_more).map(|batch| batch.id.to_string());
    Ok(Json(BatchList { batches: page.items.into_iter().map(shown).collect(), next }))
}

/// What the lines of a file ask for.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct SubmitQuery {
    /// Such as `/v1/chat/completions`, which it is where missing.
    #[serde(default)]
    endpoint: Option<String>,
}

/// A file of lines.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes the form for the document")]
pub(crate) struct SubmitForm {
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Hands a file of lines in, each in the form of OpenAI: `{"custom_id", "method", "url", "body"}`.
#[utoipa::path(post, path = "/api/batches", tag = "batches", params(SubmitQuery),
    request_body(content = inline(SubmitForm), content_type = "multipart/form-data"),
    responses((status = 201, body = Batch)))]
pub(crate) async fn submit(
    State(batches): Service,
    Owner(id): Owner,
    AtWork(project): AtWork,
    ApiQuery(query): ApiQuery<SubmitQuery>,
    parts: ApiMultipart,
) -> Result<(StatusCode, Json<Batch>), ApiError> {
    let name = query.endpoint.as_deref().unwrap_or(Endpoint::ChatCompletions.as_str());
    let endpoint = Endpoint::from_name(name).filter(|endpoint| *endpoint != Endpoint::Messages);
    let endpoint = endpoint.ok_or_else(|| {
        ApiError::new(ErrorKind::Invalid, format!("`{name}` is no endpoint of batches"))
            .hint("ask for `/v1/chat/completions`, `/v1/responses` or `/v1/embeddings`")
    })?;
    let (file_name, bytes) = file_of(parts, batches.config().max_file_bytes).await?;
    let file = batches.add_file(owner(id), &file_name, bytes).await?;
    let new = NewBatch {
        submitter: Submitter { project, ..owner(id) },
        endpoint,
        file_id: file.id,
        metadata: None,
    };
    let batch = batches.submit(new).await?;
    Ok((StatusCode::CREATED, Json(shown(batch))))
}

async fn file_of(
    ApiMultipart(mut parts): ApiMultipart,
    limit_bytes: u64,
) -> Result<(String, Bytes), ApiError> {
    let broken = |error: axum::extract::multipart::MultipartError| {
        ApiError::new(ErrorKind::Invalid, error.body_text()).status(error.status())
    };
    while let Some(mut field) = parts.next_field().await.map_err(broken)? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        let mut bytes = BytesMut::new();
        while let Some(chunk) = field.chunk().await.map_err(broken)? {
            if (bytes.len() + chunk.len()) as u64 > limit_bytes {
                let error = batch::BatchError::TooLarge { limit_bytes };
                return Err(ApiError::from(error).status(StatusCode::PAYLOAD_TOO_LARGE));
            }
            bytes.extend_from_slice(&chunk);
        }
        return Ok((name, bytes.freeze()));
    }
    Err(ApiError::new(ErrorKind::Invalid, "the form has no part `file`")
        .hint("send `multipart/form-data` with the lines as `file`"))
}

/// A batch as it stands.
#[utoipa::path(get, path = "/api/batches/{id}", tag = "batches", params(("id" = String, Path)),
    responses((status = 200, body = Batch)))]
pub(crate) async fn get(
    State(batches): Service,
    Owner(of): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<Batch>, ApiError> {
    Ok(Json(shown(batches.get(owner(of), parse_id(&id)?).await?)))
}

/// Asks a batch to stop; lines under way end and are billed.
#[utoipa::path(post, path = "/api/batches/{id}/cancel", tag = "batches", params(("id" = String, Path)),
    responses((status = 200, body = Batch)))]
pub(crate) async fn cancel(
    State(batches): Service,
    Owner(of): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<Batch>, ApiError> {
    Ok(Json(shown(batches.cancel(owner(of), parse_id(&id)?).await?)))
}

/// Forgets a batch that is over, with its results.
#[utoipa::path(delete, path = "/api/batches/{id}", tag = "batches", params(("id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(batches): Service,
    Owner(of): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    batches.delete(owner(of), parse_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which results.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct ResultsQuery {
    /// Only the errors.
    #[serde(default)]
    errors: bool,
}

/// The results of a batch that is over: a line of JSON for each request.
#[utoipa::path(get, path = "/api/batches/{id}/results", tag = "batches",
    params(("id" = String, Path), ResultsQuery),
    responses((status = 200, content_type = "application/x-ndjson", body = String)))]
pub(crate) async fn results(
    State(batches): Service,
    Owner(of): Owner,
    ApiPath(id): ApiPath<String>,
    ApiQuery(query): ApiQuery<ResultsQuery>,
) -> Result<Response, ApiError> {
    let (of, id) = (owner(of), parse_id(&id)?);
    let which = match (batches.get(of, id).await?.endpoint, query.errors) {
        (Endpoint::Messages, _) => Results::Messages,
        (_, true) => Results::Errors,
        (_, false) => Results::Output,
    };
    let mut response = Response::new(Body::from_stream(batches.results(of, id, which).await?));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    Ok(response)
}

fn shown(batch: batch::Batch) -> Batch {
    let counts = batch.counts;
    Batch {
        id: batch.id.to_string(),
        title: batch.title,
        endpoint: batch.endpoint.as_str().to_owned(),
        key_id: batch.submitter.key_id.map(|id| id.to_string()),
        state: batch.state.as_str().to_owned(),
        lines: counts.total,
        waiting: counts.waiting,
        done: counts.done,
        failed: counts.failed,
        unused: counts.cancelled + counts.expired,
        cost_usd: counts.cost.to_string(),
        problems: batch
            .problems
            .into_iter()
            .map(|problem| BatchProblem {
                line: (problem.line > 0).then_some(problem.line),
                code: problem.code,
                message: problem.message,
            })
            .collect(),
        created_at: batch.created_at.to_string(),
        expires_at: batch.expires_at.to_string(),
        ended_at: batch.ended_at.map(|at| at.to_string()),
    }
}
