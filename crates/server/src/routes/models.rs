//! `/api/models` and `/api/providers`: what can be asked, and who serves it.

use crate::{
    extract::{ApiJson, ApiPath, ApiQuery},
    problem::ApiError,
};
use api::{
    jobs::Job,
    models::{Model, ModelList, ModelTest, PutPrices, TestModel},
    providers::{Provider, ProviderList, ProviderOrder, ProviderTest, PullModel, PutProvider},
};
use app::App;
use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// Which models.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ModelQuery {
    /// Only those of this provider.
    provider: Option<String>,
    /// Whether to ask the providers anew instead of using what they said within the last day.
    #[serde(default)]
    refresh: bool,
}

/// Models and routes that can be asked.
#[utoipa::path(get, path = "/api/models", tag = "models", params(ModelQuery),
    responses((status = 200, body = ModelList)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    ApiQuery(query): ApiQuery<ModelQuery>,
) -> Result<Json<ModelList>, ApiError> {
    Ok(Json(app.models(query.provider.as_deref(), query.refresh).await?))
}

/// Sets what a model costs, or goes back to what is known of it.
#[utoipa::path(put, path = "/api/models/prices", tag = "models", request_body = PutPrices,
    responses((status = 200, body = Model)))]
pub(crate) async fn put_prices(
    State(app): State<Arc<App>>,
    ApiJson(put): ApiJson<PutPrices>,
) -> Result<Json<Model>, ApiError> {
    Ok(Json(app.put_prices(put).await?))
}

/// Has an Ollama fetch a model in the background; the job tells how far it is.
#[utoipa::path(post, path = "/api/models/pull", tag = "models", request_body = PullModel,
    responses((status = 202, body = Job)))]
pub(crate) async fn pull(
    State(app): State<Arc<App>>,
    ApiJson(pull): ApiJson<PullModel>,
) -> Result<(StatusCode, Json<Job>), ApiError> {
    Ok((StatusCode::ACCEPTED, Json(app.pull_model(pull).await?)))
}

/// Configured providers, and vendors that can be added.
#[utoipa::path(get, path = "/api/providers", tag = "models", responses((status = 200, body = ProviderList)))]
pub(crate) async fn providers(State(app): State<Arc<App>>) -> Json<ProviderList> {
    Json(app.providers())
}

/// Adds a provider or changes one.
#[utoipa::path(put, path = "/api/providers/{name}", tag = "models", params(("name" = String, Path)),
    request_body = PutProvider, responses((status = 200, body = Provider)))]
pub(crate) async fn put_provider(
    State(app): State<Arc<App>>,
    ApiPath(name): ApiPath<String>,
    ApiJson(provider): ApiJson<PutProvider>,
) -> Result<Json<Provider>, ApiError> {
    Ok(Json(app.put_provider(&name, provider).await?))
}

/// Puts providers into an order: models are listed in it, and `auto` asks the providers in it.
#[utoipa::path(put, path = "/api/providers", tag = "models", request_body = ProviderOrder,
    responses((status = 200, body = ProviderList)))]
pub(crate) async fn order_providers(
    State(app): State<Arc<App>>,
    ApiJson(order): ApiJson<ProviderOrder>,
) -> Result<Json<ProviderList>, ApiError> {
    Ok(Json(app.order_providers(order).await?))
}

/// Removes a provider and its key; for ten minutes it can be restored.
#[utoipa::path(delete, path = "/api/providers/{name}", tag = "models", params(("name" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn delete_provider(
    State(app): State<Arc<App>>,
    ApiPath(name): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    app.delete_provider(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings back a provider that was removed within the last ten minutes, with its key.
#[utoipa::path(post, path = "/api/providers/{name}/restore", tag = "models", params(("name" = String, Path)),
    responses((status = 200, body = Provider)))]
pub(crate) async fn restore_provider(
    State(app): State<Arc<App>>,
    ApiPath(name): ApiPath<String>,
) -> Result<Json<Provider>, ApiError> {
    Ok(Json(app.restore_provider(&name).await?))
}

/// Tests the connection to a provider.
#[utoipa::path(post, path = "/api/providers/{name}/test", tag = "models", params(("name" = String, Path)),
    responses((status = 200, body = ProviderTest)))]
pub(crate) async fn test_provider(
    State(app): State<Arc<App>>,
    ApiPath(name): ApiPath<String>,
) -> Result<Json<ProviderTest>, ApiError> {
    Ok(Json(app.test_provider(&name).await?))
}

/// Tries a model, route or tier out with one tiny call. What fails is told in the answer.
#[utoipa::path(post, path = "/api/models/test", tag = "models", request_body = TestModel,
    responses((status = 200, body = ModelTest)))]
pub(crate) async fn test(State(app): State<Arc<App>>, ApiJson(test): ApiJson<TestModel>) -> Json<ModelTest> {
    Json(app.test_model(test).await)
}
