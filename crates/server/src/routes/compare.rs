//! `/api/comparisons`: one question to several models at once.

use crate::{
    convert::{compare as convert, differences},
    extract::{ApiJson, ApiPath, ApiQuery, Owner, parse_id},
    problem::ApiError,
    sse::{self, SseEvent},
    state::Closing,
};
use api::compare::{
    BeginComparison, CastCompareVote, CompareDetail, CompareDifference, CompareQuestion, CompareStep,
    CompareVote, Comparisons, NewCompareColumn, NewCompareMerge, PatchComparison,
};
use axum::{
    Json,
    extract::State,
    http::{
        StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use base::ErrorKind;
use compare::Bench;
use contrast::Ignore;
use futures::StreamExt;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

type Compare = State<Arc<Bench>>;

/// Which comparisons to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Words that title, questions or answers must hold.
    q: String,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many at the most; 50 where nothing is said.
    limit: Option<u32>,
}

/// Comparisons, the latest first.
#[utoipa::path(get, path = "/api/comparisons", tag = "compare", params(ListQuery),
    responses((status = 200, body = Comparisons)))]
pub(crate) async fn list(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Result<Json<Comparisons>, ApiError> {
    let limit = query.limit.unwrap_or(50);
    let (found, next) = bench.list(owner, (&query.q, query.cursor.as_deref()), limit).await?;
    let heads = found.into_iter().map(|listed| convert::head(listed.comparison, listed.streaming));
    Ok(Json(Comparisons { comparisons: heads.collect(), next }))
}

/// Begins a comparison: its columns are asked at once.
#[utoipa::path(post, path = "/api/comparisons", tag = "compare", request_body = BeginComparison,
    responses((status = 201, body = CompareDetail)))]
pub(crate) async fn begin(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiJson(new): ApiJson<BeginComparison>,
) -> Result<(StatusCode, Json<CompareDetail>), ApiError> {
    let whole = bench.create(owner, convert::begin_in(new)?).await?;
    Ok((StatusCode::CREATED, Json(convert::whole(whole))))
}

/// A comparison with everything in it.
#[utoipa::path(get, path = "/api/comparisons/{id}", tag = "compare", params(("id" = String, Path)),
    responses((status = 200, body = CompareDetail)))]
pub(crate) async fn get(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<CompareDetail>, ApiError> {
    Ok(Json(convert::whole(bench.get(owner, parse_id(&id)?).await?)))
}

/// Gives a comparison another title, or its columns another order.
#[utoipa::path(patch, path = "/api/comparisons/{id}", tag = "compare", params(("id" = String, Path)),
    request_body = PatchComparison, responses((status = 200, body = CompareDetail)))]
pub(crate) async fn patch(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(patch): ApiJson<PatchComparison>,
) -> Result<Json<CompareDetail>, ApiError> {
    let id = parse_id(&id)?;
    if let Some(order) = patch.order {
        let order: Vec<_> = order.iter().map(|id| parse_id(id)).collect::<Result<_, _>>()?;
        bench.reorder(owner, id, &order).await?;
    }
    if let Some(title) = patch.title {
        bench.rename(owner, id, &title).await?;
    }
    Ok(Json(convert::whole(bench.get(owner, id).await?)))
}

/// Brings a comparison back that was taken away.
#[utoipa::path(post, path = "/api/comparisons/{id}/restore", tag = "compare", params(("id" = String, Path)),
    responses((status = 200, body = CompareDetail)))]
pub(crate) async fn restore(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<CompareDetail>, ApiError> {
    let id = parse_id(&id)?;
    bench.restore(owner, id).await?;
    Ok(Json(convert::whole(bench.get(owner, id).await?)))
}

/// Has a model make something of the answers to a question, unless the same was made of them before.
#[utoipa::path(post, path = "/api/comparisons/{id}/merges", tag = "compare", params(("id" = String, Path)),
    request_body = NewCompareMerge, responses((status = 201, body = CompareDetail)))]
pub(crate) async fn merge(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(new): ApiJson<NewCompareMerge>,
) -> Result<(StatusCode, Json<CompareDetail>), ApiError> {
    let whole = bench.merge(owner, parse_id(&id)?, convert::merge_in(new)?).await?;
    Ok((StatusCode::CREATED, Json(convert::whole(whole))))
}

/// Takes a comparison away; it can be restored.
#[utoipa::path(delete, path = "/api/comparisons/{id}", tag = "compare", params(("id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn remove(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    bench.remove(owner, parse_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks all columns something more.
#[utoipa::path(post, path = "/api/comparisons/{id}/turns", tag = "compare", params(("id" = String, Path)),
    request_body = CompareQuestion, responses((status = 201, body = CompareDetail)))]
pub(crate) async fn ask(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(question): ApiJson<CompareQuestion>,
) -> Result<(StatusCode, Json<CompareDetail>), ApiError> {
    let whole = bench.ask(owner, parse_id(&id)?, convert::question_in(question)).await?;
    Ok((StatusCode::CREATED, Json(convert::whole(whole))))
}

/// Adds a column, which answers everything that was asked.
#[utoipa::path(post, path = "/api/comparisons/{id}/columns", tag = "compare", params(("id" = String, Path)),
    request_body = NewCompareColumn, responses((status = 201, body = CompareDetail)))]
pub(crate) async fn add_column(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(new): ApiJson<NewCompareColumn>,
) -> Result<(StatusCode, Json<CompareDetail>), ApiError> {
    let whole = bench.add_column(owner, parse_id(&id)?, convert::column_in(new)?).await?;
    Ok((StatusCode::CREATED, Json(convert::whole(whole))))
}

/// Has a column answer once more.
#[utoipa::path(post, path = "/api/comparisons/{id}/answers/{answer_id}/again", tag = "compare",
    params(("id" = String, Path), ("answer_id" = String, Path)), responses((status = 201, body = CompareDetail)))]
pub(crate) async fn again(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiPath((id, answer_id)): ApiPath<(String, String)>,
) -> Result<(StatusCode, Json<CompareDetail>), ApiError> {
    let whole = bench.again(owner, parse_id(&id)?, parse_id(&answer_id)?).await?;
    Ok((StatusCode::CREATED, Json(convert::whole(whole))))
}

/// Stops an answer; what had come is kept.
#[utoipa::path(post, path = "/api/comparisons/{id}/answers/{answer_id}/stop", tag = "compare",
    params(("id" = String, Path), ("answer_id" = String, Path)), responses((status = 204)))]
pub(crate) async fn stop(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiPath((id, answer_id)): ApiPath<(String, String)>,
) -> Result<StatusCode, ApiError> {
    bench.stop(owner, parse_id(&id)?, Some(parse_id(&answer_id)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stops every answer of a comparison.
#[utoipa::path(post, path = "/api/comparisons/{id}/stop", tag = "compare", params(("id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn stop_all(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    bench.stop(owner, parse_id(&id)?, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Casts a vote between two answers, and shows who answered.
#[utoipa::path(post, path = "/api/comparisons/{id}/votes", tag = "compare", params(("id" = String, Path)),
    request_body = CastCompareVote, responses((status = 201, body = CompareVote)))]
pub(crate) async fn vote(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(vote): ApiJson<CastCompareVote>,
) -> Result<(StatusCode, Json<CompareVote>), ApiError> {
    let cast = bench.vote(owner, parse_id(&id)?, convert::vote_in(&vote)?).await?;
    Ok((StatusCode::CREATED, Json(convert::vote(cast))))
}

/// Follows a comparison: answers under way as they stand, then every step. Read the comparison once this is open.
#[utoipa::path(get, path = "/api/comparisons/{id}/events", tag = "compare", params(("id" = String, Path)),
    responses((status = 200, body = CompareStep, content_type = "text/event-stream")))]
pub(crate) async fn events(
    State(bench): Compare,
    State(Closing(closing)): State<Closing>,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, ApiError> {
    let steps = bench.subscribe(owner, parse_id(&id)?).await?;
    Ok(sse::respond(steps.map(|step| SseEvent::json(None, &convert::step(step))), closing))
}

/// What to hold against what.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DifferenceQuery {
    /// The question; the last one where nothing is said.
    turn_id: Option<String>,
    /// The number of the answer that the others are held against.
    base: usize,
    /// Whether white space makes a difference.
    spaces: bool,
    /// Whether markup does.
    markup: bool,
}

/// What sets the answers to a question apart, measured without a model.
#[utoipa::path(get, path = "/api/comparisons/{id}/difference", tag = "compare",
    params(("id" = String, Path), DifferenceQuery), responses((status = 200, body = CompareDifference)))]
pub(crate) async fn difference(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiQuery(query): ApiQuery<DifferenceQuery>,
) -> Result<Json<CompareDifference>, ApiError> {
    let whole = bench.get(owner, parse_id(&id)?).await?;
    let wanted = query.turn_id.as_deref().map(parse_id).transpose()?;
    let turn = match wanted {
        Some(wanted) => whole.turns.iter().find(|turn| turn.id == wanted).cloned(),
        None => whole.turns.last().cloned(),
    };
    let turn = turn.ok_or_else(|| {
        ApiError::new(ErrorKind::NotFound, "there is no such question in this comparison")
            .hint("leave `turn_id` out for the last one")
    })?;
    let ignore = Ignore { spaces: !query.spaces, markup: !query.markup };
    // Long answers take a while: not on the lane.
    let base = query.base;
    let found = tokio::task::spawn_blocking(move || differences::difference(&whole, &turn, (base, ignore)));
    let found =
        found.await.map_err(|_| ApiError::new(ErrorKind::Internal, "the answers could not be compared"))?;
    let missing = || {
        let message = format!("there is no answer of the number `{base}`");
        ApiError::new(ErrorKind::NotFound, message)
            .hint("answers are numbered from 0 in the order of the columns")
    };
    Ok(Json(found.ok_or_else(missing)?))
}

/// Which format a report is in.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportQuery {
    /// `markdown`, `html` or `json`; `markdown` where nothing is said.
    format: Option<String>,
}

/// A comparison as a report, with everything that is known of its answers.
#[utoipa::path(get, path = "/api/comparisons/{id}/report", tag = "compare",
    params(("id" = String, Path), ReportQuery), responses((status = 200, body = String)))]
pub(crate) async fn report(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiQuery(query): ApiQuery<ReportQuery>,
) -> Result<Response, ApiError> {
    let report = bench.get(owner, parse_id(&id)?).await?.report();
    let (text, kind, ending) = match query.format.as_deref() {
        None | Some("markdown") => (report.to_markdown(), "text/markdown; charset=utf-8", "md"),
        Some("html") => (report.to_html(), "text/html; charset=utf-8", "html"),
        Some("json") => {
            let json =
                report.to_json().map_err(|error| ApiError::new(ErrorKind::Internal, error.to_string()))?;
            (json, "application/json", "json")
        }
        Some(other) => {
            let message = format!("`format` is `markdown`, `html` or `json`, not `{other}`");
            return Err(ApiError::new(ErrorKind::Invalid, message).hint("for PDF, print the HTML report"));
        }
    };
    // A download and never a page of this origin: what models wrote is in it.
    let name = format!("attachment; filename=\"comparison.{ending}\"");
    let headers = [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, name)];
    Ok((headers, text).into_response())
}
