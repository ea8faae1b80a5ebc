//! `/api/conversations/{id}/group`: conversations of several personas.

use super::conversations::{new_turn, turn_started};
use crate::{
    convert::{self, groups as convert_groups},
    extract::{ApiJson, ApiPath, AtWork, Owner, parse_id},
    problem::ApiError,
};
use api::{
    chat::{Message, StartTurn, TurnStarted},
    groups::{Group, GroupState, LetSpeak, QueueSpeakers},
};
use axum::{Json, extract::State, http::StatusCode};
use base::Id;
use chat::ChatService;
use std::sync::Arc;

type Chat = State<Arc<ChatService>>;

/// Whether a conversation is a group, and whose turn it is.
#[utoipa::path(get, path = "/api/conversations/{id}/group", tag = "groups", params(("id" = String, Path)),
    responses((status = 200, body = GroupState)))]
pub(crate) async fn group(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<GroupState>, ApiError> {
    Ok(Json(convert_groups::state(chat.group(owner, parse_id(&id)?).await?)))
}

/// Makes a conversation a group, or changes how it takes turns. Where nothing was said yet, each member greets.
#[utoipa::path(put, path = "/api/conversations/{id}/group", tag = "groups", params(("id" = String, Path)),
    request_body = Group, responses((status = 200, body = GroupState)))]
pub(crate) async fn set_group(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(group): ApiJson<Group>,
) -> Result<Json<GroupState>, ApiError> {
    let group = convert_groups::group_in(&group)?;
    Ok(Json(convert_groups::state(Some(chat.set_group(owner, parse_id(&id)?, group).await?))))
}

/// Makes it a conversation with one persona again.
#[utoipa::path(delete, path = "/api/conversations/{id}/group", tag = "groups", params(("id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn end_group(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    chat.end_group(owner, parse_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says who speaks next.
#[utoipa::path(put, path = "/api/conversations/{id}/group/queue", tag = "groups", params(("id" = String, Path)),
    request_body = QueueSpeakers, responses((status = 200, body = GroupState)))]
pub(crate) async fn queue_speakers(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(wanted): ApiJson<QueueSpeakers>,
) -> Result<Json<GroupState>, ApiError> {
    let next: Vec<Id> = wanted.persona_ids.iter().map(|id| parse_id(id)).collect::<Result<_, _>>()?;
    Ok(Json(convert_groups::state(Some(chat.queue_speakers(owner, parse_id(&id)?, &next).await?))))
}

/// Has somebody speak now: who is named, or who is next.
#[utoipa::path(post, path = "/api/conversations/{id}/group/speak", tag = "groups", params(("id" = String, Path)),
    request_body = LetSpeak, responses((status = 201, body = TurnStarted)))]
pub(crate) async fn let_speak(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    AtWork(project): AtWork,
    ApiJson(wanted): ApiJson<LetSpeak>,
) -> Result<(StatusCode, Json<TurnStarted>), ApiError> {
    let persona_id = wanted.persona_id.as_deref().map(parse_id).transpose()?;
    let started = chat.speak((owner, project), parse_id(&id)?, persona_id).await?;
    Ok((StatusCode::CREATED, Json(turn_started(started))))
}

/// Says something without having it answered: where the person chooses who answers.
#[utoipa::path(post, path = "/api/conversations/{id}/group/say", tag = "groups", params(("id" = String, Path)),
    request_body = StartTurn, responses((status = 201, body = Message)))]
pub(crate) async fn say(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(turn): ApiJson<StartTurn>,
) -> Result<(StatusCode, Json<Message>), ApiError> {
    let said = chat.say(owner, parse_id(&id)?, new_turn(turn, None)?).await?;
    Ok((StatusCode::CREATED, Json(convert::message(said))))
}

/// Stops whoever speaks and takes the queue away.
#[utoipa::path(post, path = "/api/conversations/{id}/group/stop", tag = "groups", params(("id" = String, Path)),
    responses((status = 200, body = GroupState)))]
pub(crate) async fn stop_group(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<GroupState>, ApiError> {
    Ok(Json(convert_groups::state(Some(chat.stop_group(owner, parse_id(&id)?).await?))))
}
