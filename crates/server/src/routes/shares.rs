//! `/api/shares`: links to conversations, for their owner.

use crate::{
    convert,
    extract::{ApiJson, ApiPath, ApiQuery, Owner, parse_id},
    problem::ApiError,
    state::Exposed,
};
use api::shares::{CreateShare, Share, ShareList, UpdateShare};
use axum::{Json, extract::State, http::StatusCode};
use chat::{NewShare, Refresh, SharePatch, Shares};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

type Links = State<Arc<Shares>>;

/// Which links.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Only those of this conversation.
    conversation_id: Option<String>,
}

/// Lists links to conversations, the latest first.
#[utoipa::path(get, path = "/api/shares", tag = "chat", params(ListQuery), responses((status = 200, body = ShareList)))]
pub(crate) async fn list(
    State(shares): Links,
    State(Exposed(exposed)): State<Exposed>,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Result<Json<ShareList>, ApiError> {
    let conversation_id = query.conversation_id.as_deref().map(parse_id).transpose()?;
    let shares = shares.list(owner, conversation_id).await?;
    let shares = shares.into_iter().map(convert::shares::share).collect();
    Ok(Json(ShareList { shares, exposed: exposed.map(|address| address.to_string()) }))
}

/// Makes a link to what a conversation shows now.
#[utoipa::path(post, path = "/api/shares", tag = "chat", request_body = CreateShare,
    responses((status = 201, body = Share)))]
pub(crate) async fn create(
    State(shares): Links,
    Owner(owner): Owner,
    ApiJson(create): ApiJson<CreateShare>,
) -> Result<(StatusCode, Json<Share>), ApiError> {
    let new = NewShare {
        shown: convert::shares::shown_in(create.shown),
        expires_at: create.expires_at.as_deref().map(convert::shares::end_in).transpose()?.flatten(),
        password: create.password.filter(|password| !password.is_empty()),
    };
    let made = shares.create(owner, parse_id(&create.conversation_id)?, new).await?;
    Ok((StatusCode::CREATED, Json(convert::shares::share(made))))
}

/// Changes a link: what is in the copy, its end, its password; or makes the copy anew. The address stays.
#[utoipa::path(patch, path = "/api/shares/{id}", tag = "chat", params(("id" = String, Path)),
    request_body = UpdateShare, responses((status = 200, body = Share)))]
pub(crate) async fn update(
    State(shares): Links,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(update): ApiJson<UpdateShare>,
) -> Result<Json<Share>, ApiError> {
    let patch = SharePatch {
        shown: update.shown.map(convert::shares::shown_in),
        expires_at: update.expires_at.as_deref().map(convert::shares::end_in).transpose()?,
        password: update.password.map(|password| Some(password).filter(|password| !password.is_empty())),
        refresh: if update.refresh { Refresh::Anew } else { Refresh::Keep },
    };
    Ok(Json(convert::shares::share(shares.update(owner, parse_id(&id)?, patch).await?)))
}

/// Takes a link back: it leads nowhere from now on, and the copy is gone.
#[utoipa::path(delete, path = "/api/shares/{id}", tag = "chat", params(("id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn revoke(
    State(shares): Links,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    shares.revoke(owner, parse_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
