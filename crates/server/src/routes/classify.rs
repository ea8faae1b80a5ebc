//! `/api/classify`: what kind of task a prompt is, and which tier `auto` would ask.

use crate::{
    convert,
    extract::{ApiJson, Owner},
    problem::ApiError,
};
use api::classify::{Classify, TaskClass};
use axum::{Json, extract::State};
use base::ErrorKind;
use gateway::{Gateway, TaskText};
use llm::Circumstances;
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
    let circumstances = classify.context.as_deref().map(Circumstances::parse).transpose();
    let circumstances = circumstances.map_err(|error| {
        ApiError::new(ErrorKind::Invalid, error.message).hint("`/api/docs` says what a context can be")
    })?;
    let tokens = classify.prompt.len() as u64 / BYTES_PER_TOKEN;
    let text = TaskText { text: &classify.prompt, tokens, files: classify.files };
    let (class, choice) = gateway.classify(owner, &text, circumstances.as_ref()).await;
    let (tier, because) = choice.unzip();
    Ok(Json(TaskClass { tier_because: because, ..convert::task_class(class, tier) }))
}
