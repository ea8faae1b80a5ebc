//! `/api/mcp`: servers of tools. Adding a command is to run a program on this machine: like everything under `/api`,
//! it is for the one who runs Familiar.

use crate::{
    extract::{ApiJson, ApiPath},
    problem::ApiError,
};
use api::mcp::{
    ChangeMcpServer, CreateMcpServer, ImportMcpServers, McpImport, McpServer, McpServerList, McpTest,
};
use app::App;
use axum::{Json, extract::State, http::StatusCode};
use std::sync::Arc;

/// Lists the servers with how they are doing and what they offer.
#[utoipa::path(get, path = "/api/mcp/servers", tag = "chat", responses((status = 200, body = McpServerList)))]
pub(crate) async fn list(State(app): State<Arc<App>>) -> Json<McpServerList> {
    Json(app.tool_servers())
}

/// Adds a server and starts it.
#[utoipa::path(post, path = "/api/mcp/servers", tag = "chat", request_body = CreateMcpServer,
    responses((status = 201, body = McpServer)))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    ApiJson(new): ApiJson<CreateMcpServer>,
) -> Result<(StatusCode, Json<McpServer>), ApiError> {
    Ok((StatusCode::CREATED, Json(app.add_tool_server(new).await?)))
}

/// Adds the servers of a list as other programs write it.
#[utoipa::path(post, path = "/api/mcp/servers/import", tag = "chat", request_body = ImportMcpServers,
    responses((status = 200, body = McpImport)))]
pub(crate) async fn import(
    State(app): State<Arc<App>>,
    ApiJson(list): ApiJson<ImportMcpServers>,
) -> Result<Json<McpImport>, ApiError> {
    Ok(Json(app.import_tool_servers(&list.text).await?))
}

/// Changes a server and starts it anew.
#[utoipa::path(patch, path = "/api/mcp/servers/{id}", tag = "chat", params(("id" = String, Path)),
    request_body = ChangeMcpServer, responses((status = 200, body = McpServer)))]
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<String>,
    ApiJson(change): ApiJson<ChangeMcpServer>,
) -> Result<Json<McpServer>, ApiError> {
    Ok(Json(app.change_tool_server(&id, change).await?))
}

/// Ends a server and removes it; for a day it can be restored.
#[utoipa::path(delete, path = "/api/mcp/servers/{id}", tag = "chat", params(("id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    app.remove_tool_server(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings a removed server back.
#[utoipa::path(post, path = "/api/mcp/servers/{id}/restore", tag = "chat", params(("id" = String, Path)),
    responses((status = 200, body = McpServer)))]
pub(crate) async fn restore(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<McpServer>, ApiError> {
    Ok(Json(app.restore_tool_server(&id).await?))
}

/// Starts a server anew, and waits a few seconds for how it goes.
#[utoipa::path(post, path = "/api/mcp/servers/{id}/restart", tag = "chat", params(("id" = String, Path)),
    responses((status = 200, body = McpServer)))]
pub(crate) async fn restart(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<McpServer>, ApiError> {
    Ok(Json(app.restart_tool_server(&id).await?))
}

/// Starts a server once more beside the one that runs, lists its tools, and ends it.
#[utoipa::path(post, path = "/api/mcp/servers/{id}/test", tag = "chat", params(("id" = String, Path)),
    responses((status = 200, body = McpTest)))]
pub(crate) async fn test(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<McpTest>, ApiError> {
    Ok(Json(app.test_tool_server(&id).await?))
}
