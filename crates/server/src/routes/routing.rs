//! `/api/routes`: names for deployments, how one of them is chosen, and trying that out.

use crate::{
    convert,
    extract::{ApiJson, ApiPath, Owner},
    problem::ApiError,
};
use api::routes::{PutRoute, Route, RouteList, TriedRoute, TryRoute};
use app::App;
use axum::{Json, extract::State, http::StatusCode};
use gateway::Gateway;
use std::sync::Arc;

/// Every route, with the standing of each deployment.
#[utoipa::path(get, path = "/api/routes", tag = "gateway", responses((status = 200, body = RouteList)))]
pub(crate) async fn list(State(app): State<Arc<App>>) -> Json<RouteList> {
    Json(app.routes())
}

/// Makes a route or changes one that was made here.
#[utoipa::path(put, path = "/api/routes/{name}", tag = "gateway", params(("name" = String, Path)),
    request_body = PutRoute, responses((status = 200, body = Route)))]
pub(crate) async fn put(
    State(app): State<Arc<App>>,
    ApiPath(name): ApiPath<String>,
    ApiJson(route): ApiJson<PutRoute>,
) -> Result<Json<Route>, ApiError> {
    Ok(Json(app.put_route(&name, route).await?))
}

/// Removes a route that was made here.
#[utoipa::path(delete, path = "/api/routes/{name}", tag = "gateway", params(("name" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    ApiPath(name): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    app.delete_route(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says what would happen to a request, and why, without sending it anywhere.
#[utoipa::path(post, path = "/api/routes/try", tag = "gateway", request_body = TryRoute,
    responses((status = 200, body = TriedRoute)))]
pub(crate) async fn try_out(
    State(gateway): State<Arc<Gateway>>,
    Owner(owner): Owner,
    ApiJson(trying): ApiJson<TryRoute>,
) -> Result<Json<TriedRoute>, ApiError> {
    let tried = gateway.try_route(convert::try_route(trying, owner)?);
    Ok(Json(convert::tried_route(tried)))
}
