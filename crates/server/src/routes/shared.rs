//! `/s/TOKEN` and `/api/shared/TOKEN`: conversations that were shared, for whoever has the link.

use crate::{
    convert,
    extract::{ApiJson, ApiPath, ApiQuery, Owner},
    guard::Place,
    page,
    problem::ApiError,
};
use api::{
    chat::Conversation,
    shares::{OpenShare, SharedConversation},
};
use axum::{
    Json,
    extract::{Extension, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use chat::{
    Shares,
    shares::{Reader, TICKET},
};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

type Links = State<Arc<Shares>>;

/// The cookie that says that the password was right.
const COOKIE: &str = "familiar-share";

/// Who reads.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReadQuery {
    /// It is their own: it is not counted. Heard only at the address of the page.
    #[serde(default)]
    own: bool,
}

/// The page of a link; the same page with another status where it leads nowhere.
pub(crate) async fn page(
    State(shares): Links,
    ApiPath(token): ApiPath<String>,
    headers: HeaderMap,
) -> Response {
    let found = shares.check(&token).await;
    let mut asked = HeaderMap::new();
    if let Some(accepted) = headers.get(header::ACCEPT_ENCODING) {
        asked.insert(header::ACCEPT_ENCODING, accepted.clone());
    }
    let mut page = page::serve(Uri::from_static("/s"), asked).await;
    page.headers_mut().remove(header::ETAG);
    if found.is_err() && page.status().is_success() {
        *page.status_mut() = StatusCode::NOT_FOUND;
    }
    page
}

/// Reads what a link leads to. One that nobody gave out, that has ended or was taken back is not there, in the same words.
#[utoipa::path(get, path = "/api/shared/{token}", tag = "chat", params(("token" = String, Path), ReadQuery),
    responses((status = 200, body = SharedConversation)))]
pub(crate) async fn read(
    State(shares): Links,
    Extension(place): Extension<Place>,
    ApiPath(token): ApiPath<String>,
    ApiQuery(query): ApiQuery<ReadQuery>,
    headers: HeaderMap,
) -> Result<Json<SharedConversation>, ApiError> {
    let reader = if query.own && place == Place::Home { Reader::Owner } else { Reader::Other };
    let opened = shares.open(&token, ticket(&headers), reader).await?;
    Ok(Json(convert::shares::opened(opened, place == Place::Home)))
}

/// Gives the password of a link; a cookie then lets its reader in for an hour.
#[utoipa::path(post, path = "/api/shared/{token}/open", tag = "chat", params(("token" = String, Path)),
    request_body = OpenShare, responses((status = 204)))]
pub(crate) async fn open(
    State(shares): Links,
    ApiPath(token): ApiPath<String>,
    ApiJson(open): ApiJson<OpenShare>,
) -> Result<Response, ApiError> {
    let ticket = shares.unlock(&token, open.password).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    let cookie = ticket.map(|ticket| {
        let seconds = TICKET.as_secs();
        format!("{COOKIE}={ticket}; Path=/api/shared/{token}; Max-Age={seconds}; HttpOnly; SameSite=Strict")
    });
    // A token that was found holds nothing that a header may not.
    if let Some(cookie) = cookie.and_then(|cookie| HeaderValue::try_from(cookie).ok()) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Goes on with what a link leads to, as a conversation of one's own. The same link twice is the same conversation.
#[utoipa::path(post, path = "/api/shared/{token}/copy", tag = "chat", params(("token" = String, Path)),
    responses((status = 201, body = Conversation)))]
pub(crate) async fn copy(
    State(shares): Links,
    Owner(owner): Owner,
    ApiPath(token): ApiPath<String>,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<Conversation>), ApiError> {
    let made = shares.copy(owner, &token, ticket(&headers)).await?;
    Ok((StatusCode::CREATED, Json(convert::conversation(made))))
}

/// The ticket in the cookies.
fn ticket(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let mut pairs =
        cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, ticket)| ticket)
}
