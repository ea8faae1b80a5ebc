//! `/api/prompt-sets` and `/api/prompt-runs`: one list of prompts for several models.

use crate::{
    convert::prompt_sets as convert,
    extract::{ApiJson, ApiPath, ApiQuery, Owner, parse_id},
    problem::ApiError,
};
use api::prompt_sets::{
    NewSetRun, PromptSet, PromptSets, PutPromptSet, SetGrid, SetRun, SetRunEstimate, SetRuns,
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
use compare::Bench;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

type Compare = State<Arc<Bench>>;

/// Prompt sets, the latest first.
#[utoipa::path(get, path = "/api/prompt-sets", tag = "compare", responses((status = 200, body = PromptSets)))]
pub(crate) async fn list(State(bench): Compare, Owner(owner): Owner) -> Result<Json<PromptSets>, ApiError> {
    let sets = bench.sets(owner).await?.into_iter().map(convert::set).collect();
    Ok(Json(PromptSets { sets }))
}

/// Makes a prompt set.
#[utoipa::path(post, path = "/api/prompt-sets", tag = "compare", request_body = PutPromptSet,
    responses((status = 201, body = PromptSet)))]
pub(crate) async fn create(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiJson(put): ApiJson<PutPromptSet>,
) -> Result<(StatusCode, Json<PromptSet>), ApiError> {
    let set = bench.put_set(owner, None, convert::set_in(put)).await?;
    Ok((StatusCode::CREATED, Json(convert::set(set))))
}

/// A prompt set.
#[utoipa::path(get, path = "/api/prompt-sets/{id}", tag = "compare", params(("id" = String, Path)),
    responses((status = 200, body = PromptSet)))]
pub(crate) async fn get(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<PromptSet>, ApiError> {
    Ok(Json(convert::set(bench.set(owner, parse_id(&id)?).await?)))
}

/// Replaces a prompt set; runs of it stay as they were.
#[utoipa::path(put, path = "/api/prompt-sets/{id}", tag = "compare", params(("id" = String, Path)),
    request_body = PutPromptSet, responses((status = 200, body = PromptSet)))]
pub(crate) async fn put(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(put): ApiJson<PutPromptSet>,
) -> Result<Json<PromptSet>, ApiError> {
    let set = bench.put_set(owner, Some(parse_id(&id)?), convert::set_in(put)).await?;
    Ok(Json(convert::set(set)))
}

/// Takes a prompt set away; runs of it stay.
#[utoipa::path(delete, path = "/api/prompt-sets/{id}", tag = "compare", params(("id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn remove(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    bench.delete_set(owner, parse_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a run could cost at most.
#[utoipa::path(post, path = "/api/prompt-sets/{id}/estimate", tag = "compare", params(("id" = String, Path)),
    request_body = NewSetRun, responses((status = 200, body = SetRunEstimate)))]
pub(crate) async fn estimate(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(new): ApiJson<NewSetRun>,
) -> Result<Json<SetRunEstimate>, ApiError> {
    let (id, columns) = (parse_id(&id)?, new.columns.len());
    let most = bench.estimate(owner, id, convert::run_in(new)?).await?;
    let prompts = bench.set(owner, id).await?.prompts.len();
    Ok(Json(SetRunEstimate { most_usd: most.map(|most| most.to_string()), answers: prompts * columns }))
}

/// Puts a set to columns, as a job.
#[utoipa::path(post, path = "/api/prompt-sets/{id}/runs", tag = "compare", params(("id" = String, Path)),
    request_body = NewSetRun, responses((status = 201, body = SetRun)))]
pub(crate) async fn begin(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(new): ApiJson<NewSetRun>,
) -> Result<(StatusCode, Json<SetRun>), ApiError> {
    let run = bench.run_set(owner, parse_id(&id)?, convert::run_in(new)?).await?;
    Ok((StatusCode::CREATED, Json(convert::run(run))))
}

/// Which runs to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RunsQuery {
    /// Only of this set.
    set_id: Option<String>,
}

/// Runs of prompt sets, the latest first.
#[utoipa::path(get, path = "/api/prompt-runs", tag = "compare", params(RunsQuery),
    responses((status = 200, body = SetRuns)))]
pub(crate) async fn runs(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<RunsQuery>,
) -> Result<Json<SetRuns>, ApiError> {
    let set_id = query.set_id.as_deref().map(parse_id).transpose()?;
    let runs = bench.set_runs(owner, set_id).await?.into_iter().map(convert::run).collect();
    Ok(Json(SetRuns { runs }))
}

/// A run with its grid.
#[utoipa::path(get, path = "/api/prompt-runs/{id}", tag = "compare", params(("id" = String, Path)),
    responses((status = 200, body = SetGrid)))]
pub(crate) async fn grid(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<SetGrid>, ApiError> {
    Ok(Json(convert::grid(bench.set_run(owner, parse_id(&id)?).await?)))
}

/// Goes on with a run whose job was cancelled.
#[utoipa::path(post, path = "/api/prompt-runs/{id}/resume", tag = "compare", params(("id" = String, Path)),
    responses((status = 200, body = SetRun)))]
pub(crate) async fn resume(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<SetRun>, ApiError> {
    Ok(Json(convert::run(bench.resume_run(owner, parse_id(&id)?).await?)))
}

/// The grid of a run as CSV: a row a prompt and column.
#[utoipa::path(get, path = "/api/prompt-runs/{id}/csv", tag = "compare", params(("id" = String, Path)),
    responses((status = 200, body = String, content_type = "text/csv")))]
pub(crate) async fn csv(
    State(bench): Compare,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, ApiError> {
    let (run, cells) = bench.set_run(owner, parse_id(&id)?).await?;
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"prompt-run.csv\""),
    ];
    Ok((headers, compare::sets::grid_csv(&run, &cells)?).into_response())
}
