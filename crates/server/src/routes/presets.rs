//! `/api/presets` and what personas set: how models are to answer.

use crate::{
    convert::parameters as convert,
    extract::{ApiJson, ApiPath, Owner, parse_id},
    problem::ApiError,
};
use api::parameters::{ParameterSet, Preset, PresetList, PutPreset};
use axum::{Json, extract::State, http::StatusCode};
use chat::ChatService;
use std::sync::Arc;

type Chat = State<Arc<ChatService>>;

/// Lists the presets, by name.
#[utoipa::path(get, path = "/api/presets", tag = "chat", responses((status = 200, body = PresetList)))]
pub(crate) async fn list(State(chat): Chat, Owner(owner): Owner) -> Result<Json<PresetList>, ApiError> {
    let presets = chat.presets(owner).await?.into_iter().map(convert::preset).collect();
    Ok(Json(PresetList { presets }))
}

/// Keeps a new preset.
#[utoipa::path(post, path = "/api/presets", tag = "chat", request_body = PutPreset,
    responses((status = 201, body = Preset)))]
pub(crate) async fn create(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiJson(put): ApiJson<PutPreset>,
) -> Result<(StatusCode, Json<Preset>), ApiError> {
    let kept = chat.create_preset(owner, convert::preset_in(put)).await?;
    Ok((StatusCode::CREATED, Json(convert::preset(kept))))
}

/// Changes a preset; conversations that use it follow.
#[utoipa::path(put, path = "/api/presets/{id}", tag = "chat", params(("id" = String, Path)),
    request_body = PutPreset, responses((status = 200, body = Preset)))]
pub(crate) async fn update(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(put): ApiJson<PutPreset>,
) -> Result<Json<Preset>, ApiError> {
    let kept = chat.update_preset(owner, parse_id(&id)?, convert::preset_in(put)).await?;
    Ok(Json(convert::preset(kept)))
}

/// Deletes a preset; it can be restored. Conversations that use it go on without it.
#[utoipa::path(delete, path = "/api/presets/{id}", tag = "chat", params(("id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    chat.delete_preset(owner, parse_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings a deleted preset back.
#[utoipa::path(post, path = "/api/presets/{id}/restore", tag = "chat", params(("id" = String, Path)),
    responses((status = 200, body = Preset)))]
pub(crate) async fn restore(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<Preset>, ApiError> {
    Ok(Json(convert::preset(chat.restore_preset(owner, parse_id(&id)?).await?)))
}

/// What a persona sets for its answers.
#[utoipa::path(get, path = "/api/personas/{id}/parameters", tag = "personas", params(("id" = String, Path)),
    responses((status = 200, body = ParameterSet)))]
pub(crate) async fn of_persona(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<ParameterSet>, ApiError> {
    Ok(Json(convert::set_out(chat.persona_parameters(owner, parse_id(&id)?).await?)))
}

/// Changes what a persona sets for its answers, as a whole and as a new version of it.
#[utoipa::path(put, path = "/api/personas/{id}/parameters", tag = "personas", params(("id" = String, Path)),
    request_body = ParameterSet, responses((status = 200, body = ParameterSet)))]
pub(crate) async fn set_of_persona(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(set): ApiJson<ParameterSet>,
) -> Result<Json<ParameterSet>, ApiError> {
    let set = chat.set_persona_parameters(owner, parse_id(&id)?, convert::set_in(set)).await?;
    Ok(Json(convert::set_out(set)))
}
