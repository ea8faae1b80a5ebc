//! `/api/experiments`, `/api/feedback`, `/api/preferences`, `/api/votes` and `/api/ratings`: what is better.

use crate::{
    convert::experiments as convert,
    extract::{ApiJson, ApiPath, ApiQuery, Owner, parse_id},
    problem::ApiError,
};
use api::experiments::{
    CastVote, ChangeExperiment, Experiment, ExperimentList, ExperimentOutlook, Feedback, FeedbackList,
    PreferenceReport, PutExperiment, PutFeedback, PutPreferences, RatingList, Vote,
};
use axum::{Json, extract::State, http::StatusCode};
use base::{ErrorKind, Id};
use gateway::{Gateway, experiments::Plan};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

type Gate = State<Arc<Gateway>>;
/// Most answers that are asked about at once.
const MOST_IDS: usize = 200;

/// Every experiment, the newest first.
#[utoipa::path(get, path = "/api/experiments", tag = "experiments", responses((status = 200, body = ExperimentList)))]
pub(crate) async fn list(
    State(gateway): Gate,
    Owner(owner): Owner,
) -> Result<Json<ExperimentList>, ApiError> {
    let now = gateway.clock().now();
    let views = gateway.experiments().list(owner).await?;
    let experiments = views.into_iter().map(|view| {
        let shown = convert::experiment(view, now);
        Experiment { trail: Vec::new(), ..shown }
    });
    Ok(Json(ExperimentList { experiments: experiments.collect() }))
}

/// Plans an experiment.
#[utoipa::path(post, path = "/api/experiments", tag = "experiments", request_body = PutExperiment,
    responses((status = 201, body = Experiment)))]
pub(crate) async fn create(
    State(gateway): Gate,
    Owner(owner): Owner,
    ApiJson(put): ApiJson<PutExperiment>,
) -> Result<(StatusCode, Json<Experiment>), ApiError> {
    let view = gateway.experiments().create(owner, convert::design_in(put)?).await?;
    Ok((StatusCode::CREATED, Json(convert::experiment(view, gateway.clock().now()))))
}

/// One experiment with what came of it so far.
#[utoipa::path(get, path = "/api/experiments/{id}", tag = "experiments", params(("id" = String, Path)),
    responses((status = 200, body = Experiment)))]
pub(crate) async fn get(
    State(gateway): Gate,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<Experiment>, ApiError> {
    let view = gateway.experiments().get(owner, parse_id(&id)?).await?;
    Ok(Json(convert::experiment(view, gateway.clock().now())))
}

/// Changes an experiment: all of it while it is planned, then its shares, its end and its description.
#[utoipa::path(patch, path = "/api/experiments/{id}", tag = "experiments", params(("id" = String, Path)),
    request_body = ChangeExperiment, responses((status = 200, body = Experiment)))]
pub(crate) async fn change(
    State(gateway): Gate,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(change): ApiJson<ChangeExperiment>,
) -> Result<Json<Experiment>, ApiError> {
    let view = gateway.experiments().change(owner, parse_id(&id)?, convert::change_in(change)?).await?;
    Ok(Json(convert::experiment(view, gateway.clock().now())))
}

/// Deletes an experiment that does not run. Its exchanges stay in the ledger.
#[utoipa::path(delete, path = "/api/experiments/{id}", tag = "experiments", params(("id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(gateway): Gate,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    gateway.experiments().delete(owner, parse_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Begins an experiment, or goes on with one that waits.
#[utoipa::path(post, path = "/api/experiments/{id}/start", tag = "experiments", params(("id" = String, Path)),
    responses((status = 200, body = Experiment)))]
pub(crate) async fn start(
    State(gateway): Gate,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<Experiment>, ApiError> {
    let view = gateway.experiments().start(owner, parse_id(&id)?).await?;
    Ok(Json(convert::experiment(view, gateway.clock().now())))
}

/// Lets an experiment wait; requests go their usual way.
#[utoipa::path(post, path = "/api/experiments/{id}/pause", tag = "experiments", params(("id" = String, Path)),
    responses((status = 200, body = Experiment)))]
pub(crate) async fn pause(
    State(gateway): Gate,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<Experiment>, ApiError> {
    let view = gateway.experiments().pause(owner, parse_id(&id)?).await?;
    Ok(Json(convert::experiment(view, gateway.clock().now())))
}

/// Ends an experiment by hand.
#[utoipa::path(post, path = "/api/experiments/{id}/finish", tag = "experiments", params(("id" = String, Path)),
    responses((status = 200, body = Experiment)))]
pub(crate) async fn finish(
    State(gateway): Gate,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<Experiment>, ApiError> {
    let view = gateway.experiments().finish(owner, parse_id(&id)?).await?;
    Ok(Json(convert::experiment(view, gateway.clock().now())))
}

/// What is to be found.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OutlookQuery {
    /// The route or model.
    target: String,
    /// By what variants are compared.
    goal: String,
    /// The least difference that matters.
    effect: f64,
    /// How often a difference may be found where there is none; 0.05 if not said.
    alpha: Option<f64>,
    /// How many variants; two if not said.
    variants: Option<usize>,
}

/// How many results a difference needs, by what is usual now.
#[utoipa::path(get, path = "/api/experiments/outlook", tag = "experiments", params(OutlookQuery),
    responses((status = 200, body = ExperimentOutlook)))]
pub(crate) async fn outlook(
    State(gateway): Gate,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<OutlookQuery>,
) -> Result<Json<ExperimentOutlook>, ApiError> {
    let goal: experiment::Metric = query.goal.parse().map_err(|error: experiment::design::UnknownName| {
        ApiError::new(ErrorKind::Invalid, error.to_string()).hint("use one of the words named")
    })?;
    let alpha = query.alpha.unwrap_or(0.05);
    if !(query.effect > 0.0 && query.effect.is_finite() && alpha > 0.0 && alpha < 1.0) {
        return Err(ApiError::new(ErrorKind::Invalid, "`effect` and `alpha` are numbers above 0")
            .hint("use 0.02 for two points, 0.1 for a tenth; an alpha of 0.05 is usual"));
    }
    let variants = query.variants.unwrap_or(2).clamp(2, experiment::design::MOST_VARIANTS);
    let plan = Plan { target: query.target, goal, effect: query.effect, alpha, variants };
    let found = gateway.experiments().plan(owner, &plan).await?;
    Ok(Json(ExperimentOutlook {
        results: found.results,
        usual: found.usual.map(|usual| convert::in_units(goal, usual)),
        requests_a_day: found.requests_a_day,
    }))
}

/// Which answers.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedbackQuery {
    /// Ids of exchanges, separated by commas; 200 at the most.
    exchange_ids: String,
}

/// What you said about these answers.
#[utoipa::path(get, path = "/api/feedback", tag = "experiments", params(FeedbackQuery),
    responses((status = 200, body = FeedbackList)))]
pub(crate) async fn feedback(
    State(gateway): Gate,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<FeedbackQuery>,
) -> Result<Json<FeedbackList>, ApiError> {
    let texts = query.exchange_ids.split(',').filter(|text| !text.is_empty()).take(MOST_IDS);
    let ids = texts.map(parse_id).collect::<Result<Vec<Id>, _>>()?;
    let kept = gateway.experiments().feedback_on(owner, &ids).await?;
    Ok(Json(FeedbackList { feedback: kept.into_iter().map(convert::feedback).collect() }))
}

/// Says what you think of an answer, in place of what you said before.
#[utoipa::path(post, path = "/api/feedback", tag = "experiments", request_body = PutFeedback,
    responses((status = 200, body = Option<Feedback>)))]
pub(crate) async fn put_feedback(
    State(gateway): Gate,
    Owner(owner): Owner,
    ApiJson(put): ApiJson<PutFeedback>,
) -> Result<Json<Option<Feedback>>, ApiError> {
    let (id, said) = (parse_id(&put.exchange_id)?, convert::feedback_in(&put)?);
    let kept = gateway.experiments().feedback(owner, id, said, put.prompt.as_deref()).await?;
    Ok(Json(kept.map(convert::feedback)))
}

/// What you prefer, and what follows from it.
#[utoipa::path(get, path = "/api/preferences", tag = "experiments", responses((status = 200, body = PreferenceReport)))]
pub(crate) async fn preferences(
    State(gateway): Gate,
    Owner(owner): Owner,
) -> Result<Json<PreferenceReport>, ApiError> {
    Ok(Json(convert::preferences(gateway.experiments().preferences(owner).await?)))
}

/// Says how your opinions are used.
#[utoipa::path(put, path = "/api/preferences", tag = "experiments", request_body = PutPreferences,
    responses((status = 200, body = PreferenceReport)))]
pub(crate) async fn put_preferences(
    State(gateway): Gate,
    Owner(owner): Owner,
    ApiJson(put): ApiJson<PutPreferences>,
) -> Result<Json<PreferenceReport>, ApiError> {
    let set = gateway.experiments().set_preferences(owner, convert::preferences_in(put)).await?;
    Ok(Json(convert::preferences(set)))
}

/// Says which of two answers is better, in place of an earlier vote between them.
#[utoipa::path(post, path = "/api/votes", tag = "experiments", request_body = CastVote,
    responses((status = 201, body = Vote)))]
pub(crate) async fn vote(
    State(gateway): Gate,
    Owner(owner): Owner,
    ApiJson(cast): ApiJson<CastVote>,
) -> Result<(StatusCode, Json<Vote>), ApiError> {
    let vote = gateway.experiments().vote(owner, convert::vote_in(cast)?).await?;
    Ok((StatusCode::CREATED, Json(convert::vote(vote))))
}

/// About what.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RatingQuery {
    /// The kind of task; all if not said.
    task: Option<String>,
    /// Leave out what length and markup win.
    #[serde(default)]
    looks_apart: bool,
}

/// Ratings from your votes, with intervals.
#[utoipa::path(get, path = "/api/ratings", tag = "experiments", params(RatingQuery),
    responses((status = 200, body = RatingList)))]
pub(crate) async fn ratings(
    State(gateway): Gate,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<RatingQuery>,
) -> Result<Json<RatingList>, ApiError> {
    let task = query.task.filter(|task| !task.is_empty());
    let found = gateway.experiments().ratings(owner, task.as_deref(), query.looks_apart).await?;
    Ok(Json(convert::ratings(found, task)))
}
