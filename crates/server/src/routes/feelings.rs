//! `/api/personas/{id}/feelings`: what personas feel, the log of it, and the switch.

use crate::{
    convert::feelings as convert,
    extract::{ApiJson, ApiPath, Owner, parse_id},
    problem::ApiError,
};
use api::feelings::{PersonaFeelings, PersonaTemper};
use axum::{Json, extract::State};
use chat::ChatService;
use std::sync::Arc;

type Chat = State<Arc<ChatService>>;

/// What a persona feels, and the log of it.
#[utoipa::path(get, path = "/api/personas/{id}/feelings", tag = "personas", params(("id" = String, Path)),
    responses((status = 200, body = PersonaFeelings)))]
pub(crate) async fn feelings(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<PersonaFeelings>, ApiError> {
    Ok(Json(convert::feelings(chat.feelings(owner, parse_id(&id)?).await?)))
}

/// Says how a persona is to feel.
#[utoipa::path(put, path = "/api/personas/{id}/feelings", tag = "personas", params(("id" = String, Path)),
    request_body = PersonaTemper, responses((status = 200, body = PersonaFeelings)))]
pub(crate) async fn set_feelings(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(wanted): ApiJson<PersonaTemper>,
) -> Result<Json<PersonaFeelings>, ApiError> {
    let wanted = convert::temperament_in(wanted);
    Ok(Json(convert::feelings(chat.set_temperament(owner, parse_id(&id)?, wanted).await?)))
}

/// Forgets all that a persona feels.
#[utoipa::path(delete, path = "/api/personas/{id}/feelings", tag = "personas", params(("id" = String, Path)),
    responses((status = 200, body = PersonaFeelings)))]
pub(crate) async fn forget_feelings(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<PersonaFeelings>, ApiError> {
    Ok(Json(convert::feelings(chat.forget_feelings(owner, parse_id(&id)?).await?)))
}

/// Takes an entry of the log back.
#[utoipa::path(post, path = "/api/personas/{id}/feelings/{entry_id}/revert", tag = "personas",
    params(("id" = String, Path), ("entry_id" = String, Path)), responses((status = 200, body = PersonaFeelings)))]
pub(crate) async fn revert_feeling(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath((id, entry)): ApiPath<(String, String)>,
) -> Result<Json<PersonaFeelings>, ApiError> {
    let place = (parse_id(&id)?, parse_id(&entry)?);
    Ok(Json(convert::feelings(chat.revert_feeling(owner, place, true).await?)))
}

/// Lets an entry count again that was taken back.
#[utoipa::path(post, path = "/api/personas/{id}/feelings/{entry_id}/restore", tag = "personas",
    params(("id" = String, Path), ("entry_id" = String, Path)), responses((status = 200, body = PersonaFeelings)))]
pub(crate) async fn restore_feeling(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath((id, entry)): ApiPath<(String, String)>,
) -> Result<Json<PersonaFeelings>, ApiError> {
    let place = (parse_id(&id)?, parse_id(&entry)?);
    Ok(Json(convert::feelings(chat.revert_feeling(owner, place, false).await?)))
}
