//! `/api/tools`: what models may use while they answer, and decisions about calls that wait.

use crate::{
    convert,
    extract::{ApiJson, ApiPath, Owner, parse_id},
    problem::ApiError,
};
use api::{
    chat::Message,
    tools::{DecideTool, ToolList},
};
use axum::{Json, extract::State};
use chat::ChatService;
use std::sync::Arc;

type Chat = State<Arc<ChatService>>;

/// Lists the tools that models may use.
#[utoipa::path(get, path = "/api/tools", tag = "chat", responses((status = 200, body = ToolList)))]
pub(crate) async fn list(State(chat): Chat, Owner(owner): Owner) -> Json<ToolList> {
    Json(ToolList { tools: chat.tools(owner).into_iter().map(convert::tools::shown).collect() })
}

/// Allows a call that waits for it, or does not.
#[utoipa::path(post, path = "/api/conversations/{id}/messages/{message_id}/tools/{use_id}", tag = "chat",
    params(("id" = String, Path), ("message_id" = String, Path), ("use_id" = String, Path)),
    request_body = DecideTool, responses((status = 200, body = Message)))]
pub(crate) async fn decide(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath((id, message_id, use_id)): ApiPath<(String, String, String)>,
    ApiJson(decide): ApiJson<DecideTool>,
) -> Result<Json<Message>, ApiError> {
    let call = (parse_id(&message_id)?, parse_id(&use_id)?);
    let decision = convert::tools::decision_in(decide.decision);
    Ok(Json(convert::message(chat.decide(owner, parse_id(&id)?, call, decision).await?)))
}
