//! Anthropic's message batches: `/anthropic/v1/messages/batches`.

use super::{
    Door,
    batches::{self, Service, USUAL_LIMIT, batch_refusal, ends, lines_response, who},
    read_up_to,
};
use ::batch::{
    Batch, BatchError, BatchState, Submission,
    output::Results,
    service::{Form, List},
};
use axum::{
    extract::{Path, Query, Request, State},
    http::{HeaderMap, header},
    response::Response,
};
use base::Id;
use llm::{Codec, Dialect};
use serde::Deserialize;
use serde_json::{Value, json};

fn codec() -> &'static dyn Codec {
    wire::codec(Dialect::Anthropic)
}

/// The most rows of a list.
const MOST: u32 = 1_000;
/// The address below which they are.
const PATH: &str = "/anthropic/v1/messages/batches";

fn batch_id(text: &str) -> Result<Id, BatchError> {
    batches::batch_id("msgbatch_", text)
}

fn answer(result: Result<Value, BatchError>) -> Response {
    batches::answer(codec(), result)
}

/// `POST /anthropic/v1/messages/batches`.
pub(crate) async fn create(State(gateway): Door, State(batches): Service, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let submitter = match who(&gateway, &parts.headers) {
        Ok(submitter) => submitter,
        Err(error) => return batch_refusal(codec(), error),
    };
    let limit = usize::try_from(batches.config().max_file_bytes).unwrap_or(usize::MAX);
    let body = match read_up_to(body, limit).await {
        Ok(body) => body,
        Err(refusal) => return refusal.response(codec()),
    };
    let made = batches.submit_messages(Submission { submitter, body }).await;
    answer(made.map(|batch| shown(&batch, &parts.headers)))
}

/// What a list can be asked for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ListQuery {
    #[serde(default)]
    before_id: Option<String>,
    #[serde(default)]
    after_id: Option<String>,
    #[serde(default)]
    limit: Option<u32>,
}

/// `GET /anthropic/v1/messages/batches`, the newest first. (What Anthropic calls behind a batch in the list,
/// `after_id`, is older.)
pub(crate) async fn list(
    State(gateway): Door,
    State(batches): Service,
    Query(query): Query<ListQuery>,
    headers: HeaderMap,
) -> Response {
    let list = async {
        let of = who(&gateway, &headers)?;
        let before = query.after_id.as_deref().map(batch_id).transpose()?;
        let after = query.before_id.as_deref().map(batch_id).transpose()?;
        let limit = query.limit.unwrap_or(USUAL_LIMIT).clamp(1, MOST);
        let page = batches.list(List { of, form: Some(Form::Messages), before, after, limit }).await?;
        let data: Vec<Value> = page.items.iter().map(|batch| shown(batch, &headers)).collect();
        let (first, last) = ends(&data);
        Ok(json!({ "first_id": first, "last_id": last, "has_more": page.has_more, "data": data }))
    };
    answer(list.await)
}

/// `GET /anthropic/v1/messages/batches/{id}`.
pub(crate) async fn get(
    State(gateway): Door,
    State(batches): Service,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let found = async { batches.get(who(&gateway, &headers)?, batch_id(&id)?).await };
    answer(found.await.map(|batch| shown(&batch, &headers)))
}

/// `POST /anthropic/v1/messages/batches/{id}/cancel`.
pub(crate) async fn cancel(
    State(gateway): Door,
    State(batches): Service,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let cancelled = async { batches.cancel(who(&gateway, &headers)?, batch_id(&id)?).await };
    answer(cancelled.await.map(|batch| shown(&batch, &headers)))
}

/// `DELETE /anthropic/v1/messages/batches/{id}`.
pub(crate) async fn delete(
    State(gateway): Door,
    State(batches): Service,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let deleted = async {
        batches.delete(who(&gateway, &headers)?, batch_id(&id)?).await?;
        Ok(json!({ "id": id, "type": "message_batch_deleted" }))
    };
    answer(deleted.await)
}

/// `GET /anthropic/v1/messages/batches/{id}/results`: one line of JSON for each request.
pub(crate) async fn results(
    State(gateway): Door,
    State(batches): Service,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let found = async {
        let (of, id) = (who(&gateway, &headers)?, batch_id(&id)?);
        batches.results(of, id, Results::Messages).await
    };
    match found.await {
        Ok(results) => lines_response(axum::body::Body::from_stream(results)),
        Err(error) => batch_refusal(codec(), error),
    }
}

fn shown(batch: &Batch, headers: &HeaderMap) -> Value {
    let over = batch.state.is_over();
    let status = match batch.state {
        BatchState::Running => "in_progress",
        BatchState::Cancelling => "canceling",
        BatchState::Completed | BatchState::Cancelled | BatchState::Expired | BatchState::Failed => "ended",
    };
    let counts = &batch.counts;
    // All are counted as being processed until the whole batch has ended, as Anthropic does.
    let when_over = |count: u64| if over { count } else { 0 };
    let id = format!("msgbatch_{}", batch.id);
    let results_url = over.then(|| format!("{}{PATH}/{id}/results", origin(headers)));
    json!({
        "id": id, "type": "message_batch", "processing_status": status,
        "request_counts": {
            "processing": if over { 0 } else { counts.total },
            "succeeded": when_over(counts.done), "errored": when_over(counts.failed),
            "canceled": when_over(counts.cancelled), "expired": when_over(counts.expired),
        },
        "created_at": batch.created_at.to_string(), "expires_at": batch.expires_at.to_string(),
        "ended_at": batch.ended_at.map(|at| at.to_string()), "archived_at": null,
        "cancel_initiated_at": batch.cancelled_at.map(|at| at.to_string()),
        "results_url": results_url,
    })
}

/// How the caller reached this program, so that what it is told to fetch can be reached the same way.
fn origin(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = text("x-forwarded-proto").filter(|scheme| *scheme == "https").unwrap_or("http");
    match text(header::HOST.as_str()) {
        Some(host) => format!("{scheme}://{host}"),
        None => String::new(),
    }
}
