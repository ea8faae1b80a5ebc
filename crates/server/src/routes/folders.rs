//! `/api/folders`, and where conversations lie: many of them in one request.

use crate::{
    convert::folders as convert,
    extract::{ApiJson, ApiPath, Owner, parse_id},
    problem::ApiError,
};
use api::folders::{
    ArrangeConversations, ConversationPlaces, CreateFolder, Folder, FolderList, UpdateFolder,
};
use axum::{Json, extract::State, http::StatusCode};
use chat::ChatService;
use std::sync::Arc;

type Chat = State<Arc<ChatService>>;

/// Lists all folders, siblings in their order.
#[utoipa::path(get, path = "/api/folders", tag = "chat",
    responses((status = 200, body = FolderList)))]
pub(crate) async fn list(State(chat): Chat, Owner(owner): Owner) -> Result<Json<FolderList>, ApiError> {
    let folders = chat.folders(owner).await?;
    Ok(Json(FolderList { folders: folders.into_iter().map(convert::folder).collect() }))
}

/// Makes a folder, at the end of those beside it.
#[utoipa::path(post, path = "/api/folders", tag = "chat",
    request_body = CreateFolder, responses((status = 201, body = Folder)))]
pub(crate) async fn create(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiJson(new): ApiJson<CreateFolder>,
) -> Result<(StatusCode, Json<Folder>), ApiError> {
    let made = chat.create_folder(owner, convert::new_folder(new)?).await?;
    Ok((StatusCode::CREATED, Json(convert::folder(made))))
}

/// Changes a folder, or its place.
#[utoipa::path(patch, path = "/api/folders/{id}", tag = "chat",
    params(("id" = String, Path)), request_body = UpdateFolder, responses((status = 200, body = Folder)))]
pub(crate) async fn update(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(update): ApiJson<UpdateFolder>,
) -> Result<Json<Folder>, ApiError> {
    let changed = chat.update_folder(owner, parse_id(&id)?, convert::patch(update)?).await?;
    Ok(Json(convert::folder(changed)))
}

/// Deletes a folder and those within it; conversations stay, and it can be restored.
#[utoipa::path(delete, path = "/api/folders/{id}", tag = "chat",
    params(("id" = String, Path)), responses((status = 204)))]
pub(crate) async fn delete(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    chat.delete_folder(owner, parse_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings a deleted folder back, with those that were deleted with it and the conversations that were in them.
#[utoipa::path(post, path = "/api/folders/{id}/restore", tag = "chat",
    params(("id" = String, Path)), responses((status = 200, body = Folder)))]
pub(crate) async fn restore(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<Folder>, ApiError> {
    Ok(Json(convert::folder(chat.restore_folder(owner, parse_id(&id)?).await?)))
}

/// Moves, tags, pins, puts away or deletes conversations, all in one; answers with how it was before.
#[utoipa::path(post, path = "/api/conversations/arrange", tag = "chat",
    request_body = ArrangeConversations, responses((status = 200, body = ConversationPlaces)))]
pub(crate) async fn arrange(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiJson(request): ApiJson<ArrangeConversations>,
) -> Result<Json<ConversationPlaces>, ApiError> {
    let ids = request.ids.iter().map(|id| parse_id(id)).collect::<Result<Vec<_>, _>>()?;
    let before = chat.arrange(owner, &ids, convert::arrangement(request.change.clone())?).await?;
    Ok(Json(convert::places(before, Some(request.change))))
}

/// Puts conversations where they were, all in one; answers with how it was before that.
#[utoipa::path(put, path = "/api/conversations/places", tag = "chat",
    request_body = ConversationPlaces, responses((status = 200, body = ConversationPlaces)))]
pub(crate) async fn put_back(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiJson(request): ApiJson<ConversationPlaces>,
) -> Result<Json<ConversationPlaces>, ApiError> {
    let ConversationPlaces { places, change } = request;
    let taken_back = change.clone().map(convert::arrangement).transpose()?;
    let before = chat.put_back(owner, convert::places_in(places)?, taken_back.as_ref()).await?;
    Ok(Json(convert::places(before, change)))
}
