//! `/api/alerts`: what somebody should know, who has seen it, and who is told.

use crate::{
    extract::{ApiJson, ApiPath, ApiQuery, parse_id},
    problem::ApiError,
};
use alerts::{AlertFilter, Kind};
use api::alerts::{
    Alert, AlertList, AlertSettings, AlertWebhook, CreateWebhook, CreatedWebhook, PutAlertSettings,
    UpdateWebhook, WebhookTest,
};
use app::App;
use axum::{Json, extract::State, http::StatusCode};
use base::ErrorKind;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// Which alerts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AlertQuery {
    /// Whether only those that nobody has acknowledged.
    unseen: bool,
    /// Only those of this kind.
    kind: Option<String>,
    /// How many at the most, 50 if not said, 200 at the most.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Alerts, the latest first.
#[utoipa::path(get, path = "/api/alerts", tag = "money", params(AlertQuery),
    responses((status = 200, body = AlertList)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    ApiQuery(query): ApiQuery<AlertQuery>,
) -> Result<Json<AlertList>, ApiError> {
    let kind = query.kind.as_deref().filter(|kind| !kind.is_empty());
    let kind = kind.map(|name| {
        let names: Vec<&str> = Kind::ALL.into_iter().map(Kind::as_str).collect();
        Kind::from_name(name).ok_or_else(|| {
            ApiError::new(ErrorKind::Invalid, format!("`{name}` is no kind of alert"))
                .hint(format!("there are {}", names.join(", ")))
        })
    });
    let before = query.cursor.as_deref().filter(|cursor| !cursor.is_empty()).map(|cursor| {
        cursor.parse().map_err(|_| {
            ApiError::new(ErrorKind::Invalid, format!("`{cursor}` is not a cursor of this list"))
                .hint("take the `next` of the page before")
        })
    });
    let filter = AlertFilter {
        unseen: query.unseen,
        kind: kind.transpose()?,
        before: before.transpose()?,
        limit: query.limit,
    };
    Ok(Json(app.list_alerts(&filter).await?))
}

/// Says that somebody has seen an alert.
#[utoipa::path(post, path = "/api/alerts/{id}/acknowledge", tag = "money", params(("id" = String, Path)),
    responses((status = 200, body = Alert)))]
pub(crate) async fn acknowledge(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<Alert>, ApiError> {
    Ok(Json(app.acknowledge_alert(parse_id(&id)?).await?))
}

/// Says that somebody has seen all of them.
#[utoipa::path(post, path = "/api/alerts/acknowledge", tag = "money",
    responses((status = 200, body = AlertList)))]
pub(crate) async fn acknowledge_all(State(app): State<Arc<App>>) -> Result<Json<AlertList>, ApiError> {
    Ok(Json(app.acknowledge_alerts().await?))
}

/// What alerts go by, and who is told.
#[utoipa::path(get, path = "/api/alerts/settings", tag = "money",
    responses((status = 200, body = AlertSettings)))]
pub(crate) async fn settings(State(app): State<Arc<App>>) -> Json<AlertSettings> {
    Json(app.alert_settings())
}

/// Changes what alerts go by.
#[utoipa::path(put, path = "/api/alerts/settings", tag = "money", request_body = PutAlertSettings,
    responses((status = 200, body = AlertSettings)))]
pub(crate) async fn set(
    State(app): State<Arc<App>>,
    ApiJson(put): ApiJson<PutAlertSettings>,
) -> Result<Json<AlertSettings>, ApiError> {
    Ok(Json(app.set_alert_settings(put).await?))
}

/// Makes a webhook. Its secret is shown this once.
#[utoipa::path(post, path = "/api/alerts/webhooks", tag = "money", request_body = CreateWebhook,
    responses((status = 201, body = CreatedWebhook)))]
pub(crate) async fn create_webhook(
    State(app): State<Arc<App>>,
    ApiJson(new): ApiJson<CreateWebhook>,
) -> Result<(StatusCode, Json<CreatedWebhook>), ApiError> {
    Ok((StatusCode::CREATED, Json(app.create_webhook(new).await?)))
}

/// Changes a webhook; for another address make another one.
#[utoipa::path(patch, path = "/api/alerts/webhooks/{id}", tag = "money", params(("id" = String, Path)),
    request_body = UpdateWebhook, responses((status = 200, body = AlertWebhook)))]
pub(crate) async fn update_webhook(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<String>,
    ApiJson(change): ApiJson<UpdateWebhook>,
) -> Result<Json<AlertWebhook>, ApiError> {
    Ok(Json(app.change_webhook(&id, change).await?))
}

/// Deletes a webhook and its secret.
#[utoipa::path(delete, path = "/api/alerts/webhooks/{id}", tag = "money", params(("id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn delete_webhook(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    app.delete_webhook(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a message that says that it is only a test.
#[utoipa::path(post, path = "/api/alerts/webhooks/{id}/test", tag = "money", params(("id" = String, Path)),
    responses((status = 200, body = WebhookTest)))]
pub(crate) async fn test_webhook(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<WebhookTest>, ApiError> {
    Ok(Json(app.test_webhook(&id).await?))
}
