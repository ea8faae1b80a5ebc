//! `/api/classify`: what kind of task a prompt is, and which tier `auto` would ask.

use crate::{
    convert,
    extract::{ApiJson, Owner},
    problem::ApiError,
};
use api::classify::{Classify, TaskClass};
use axum::{Json, extract::State};
use classify::TaskText;
use gateway::Gateway;
use std::sync::Arc;

/// Bytes that make a token, for an estimate.
const BYTES_PER_TOKEN: u64 = 4;

/// Says what kind of task a prompt is. Nothing is sent anywhere, unless the configuration names a classifier.
#[utoipa::path(post, path = "/api/classify", tag = "gateway", request_body = Classify,
    responses((status = 200, body = TaskClass)))]
pub(crate) async fn classify(
    State(gateway): State<Arc<Gateway>>,
    Owner(owner): Owner,
    ApiJson(classify): ApiJson<Classify>,
) -> Result<Json<TaskClass>, ApiError> {
    let circumstances = classify.context.as_deref().map(convert::circumstances).transpose()?;
    let tokens = classify.prompt.len() as u64 / BYTES_PER_TOKEN;
    let text = TaskText { text: &classify.prompt, tokens, files: classify.files };
    let (class, choice) = gateway.classify(owner, &text, circumstances.as_ref()).await;
    let (tier, because) = choice.unzip();
    Ok(Json(TaskClass { tier_because: because, ..convert::task_class(class, tier) }))
}
