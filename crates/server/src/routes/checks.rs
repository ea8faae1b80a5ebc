//! `/api/personas/{id}/checks` and `/questions`: whether personas stay who they are.

use crate::{
    convert::checks as convert,
    extract::{ApiJson, ApiPath, Owner, parse_id},
    problem::ApiError,
};
use api::checks::{BeginCheck, PersonaCheck, PersonaChecks, PersonaQuestions};
use axum::{Json, extract::State, http::StatusCode};
use chat::ChatService;
use std::sync::Arc;

type Chat = State<Arc<ChatService>>;

/// The questions for a persona.
#[utoipa::path(get, path = "/api/personas/{id}/questions", tag = "personas", params(("id" = String, Path)),
    responses((status = 200, body = PersonaQuestions)))]
pub(crate) async fn questions(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<PersonaQuestions>, ApiError> {
    Ok(Json(convert::questions(chat.questions(owner, parse_id(&id)?).await?)))
}

/// Keeps questions of one's own; none go back to those of the card.
#[utoipa::path(put, path = "/api/personas/{id}/questions", tag = "personas", params(("id" = String, Path)),
    request_body = PersonaQuestions, responses((status = 200, body = PersonaQuestions)))]
pub(crate) async fn set_questions(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(wanted): ApiJson<PersonaQuestions>,
) -> Result<Json<PersonaQuestions>, ApiError> {
    let questions = convert::questions_in(wanted)?;
    Ok(Json(convert::questions(chat.set_questions(owner, parse_id(&id)?, questions).await?)))
}

/// The runs of a persona's questions.
#[utoipa::path(get, path = "/api/personas/{id}/checks", tag = "personas", params(("id" = String, Path)),
    responses((status = 200, body = PersonaChecks)))]
pub(crate) async fn checks(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<PersonaChecks>, ApiError> {
    let checks = chat.checks(owner, parse_id(&id)?).await?;
    Ok(Json(PersonaChecks { checks: checks.into_iter().map(convert::summary).collect() }))
}

/// Begins a run of a persona's questions: a job.
#[utoipa::path(post, path = "/api/personas/{id}/checks", tag = "personas", params(("id" = String, Path)),
    request_body = BeginCheck, responses((status = 202, body = PersonaCheck)))]
pub(crate) async fn begin_check(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(wanted): ApiJson<BeginCheck>,
) -> Result<(StatusCode, Json<PersonaCheck>), ApiError> {
    let persona_id = parse_id(&id)?;
    let named = |name: Option<String>| name.filter(|name| !name.trim().is_empty());
    let begun = chat.begin_check(owner, persona_id, (named(wanted.model), named(wanted.judge))).await?;
    let check = chat.check(owner, persona_id, begun.id).await?;
    Ok((StatusCode::ACCEPTED, Json(convert::check(check))))
}

/// A run with its answers.
#[utoipa::path(get, path = "/api/personas/{id}/checks/{check_id}", tag = "personas",
    params(("id" = String, Path), ("check_id" = String, Path)), responses((status = 200, body = PersonaCheck)))]
pub(crate) async fn check(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath((id, check)): ApiPath<(String, String)>,
) -> Result<Json<PersonaCheck>, ApiError> {
    Ok(Json(convert::check(chat.check(owner, parse_id(&id)?, parse_id(&check)?).await?)))
}

/// Stops a run that is under way, or forgets one that is over.
#[utoipa::path(delete, path = "/api/personas/{id}/checks/{check_id}", tag = "personas",
    params(("id" = String, Path), ("check_id" = String, Path)), responses((status = 204)))]
pub(crate) async fn end_check(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath((id, check)): ApiPath<(String, String)>,
) -> Result<StatusCode, ApiError> {
    chat.end_check(owner, parse_id(&id)?, parse_id(&check)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
