//! `/api/tokens`: how many tokens a text or a request has.

use crate::{
    extract::{ApiJson, Owner},
    problem::ApiError,
};
use api::tokens::{CountTokens, TokenCount, TokensByPart};
use axum::{Json, extract::State};
use base::ErrorKind;
use gateway::{Caller, Countable, Counting, Gateway};
use llm::Dialect;
use std::sync::Arc;
use tokens::{ByPart, Certainty};

/// Counts tokens. Nothing is sent anywhere.
#[utoipa::path(post, path = "/api/tokens/count", tag = "gateway", request_body = CountTokens,
    responses((status = 200, body = TokenCount)))]
pub(crate) async fn count(
    State(gateway): State<Arc<Gateway>>,
    Owner(owner): Owner,
    ApiJson(count): ApiJson<CountTokens>,
) -> Result<Json<TokenCount>, ApiError> {
    let invalid = |message: String| ApiError::new(ErrorKind::Invalid, message);
    let what = match (count.text, count.request) {
        (Some(text), None) => Countable::Text(text),
        (None, Some(request)) => {
            let format = count.format.as_deref().unwrap_or(Dialect::OpenAiChat.as_str());
            let dialect =
                Dialect::ALL.into_iter().find(|dialect| dialect.as_str() == format).ok_or_else(|| {
                    let known = Dialect::ALL.map(Dialect::as_str).join("`, `");
                    invalid(format!("`{format}` is no format")).hint(format!("there are `{known}`"))
                })?;
            let decoded = wire::codec(dialect).decode_request(request.to_string().as_bytes());
            let decoded = decoded.map_err(|error| {
                invalid(error.message).hint("give `request` as it would be sent, and its `format`")
            })?;
            Countable::Request(Box::new(decoded))
        }
        (_, _) => {
            return Err(invalid("either `text` or `request` is counted".to_owned())
                .hint("give one of them: {\"model\": \"gpt-4o\", \"text\": \"Hello\"}"));
        }
    };
    let counting = Counting { model: count.model, what };
    let gateway::TokenCount { model, method, counted } = gateway
        .count_tokens(&Caller::Owner(owner), counting)
        .await
        .map_err(|error| ApiError::new(error.kind(), error.to_string()))?;
    let (exact, error_percent, samples) = match counted.certainty {
        Certainty::Exact => (true, None, 0),
        Certainty::Estimate { error_percent, samples } => (false, error_percent, samples),
    };
    let ByPart { system, messages, tools, images, files, overhead } = counted.by_part;
    Ok(Json(TokenCount {
        model,
        tokens: counted.input_tokens,
        method: method.to_owned(),
        exact,
        error_percent,
        samples,
        by_part: TokensByPart { system, messages, tools, images, files, overhead },
    }))
}
