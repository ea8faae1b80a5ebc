//! Trying a route out: the page's question for the gateway, and its answer for the page.

use super::exchanges::explanation;
use crate::problem::ApiError;
use api::routes as dto;
use base::{ErrorKind, OwnerId};
use gateway::{Refusal, Tried, TryRoute};
use llm::{ChatRequest, Circumstances, Media, Message, Part, Role, ToolSpec};

/// More pictures than this would only be the same again.
const MOST_IMAGES: u32 = 100;

/// The request that is to be tried out.
pub(crate) fn try_route(trying: dto::TryRoute, owner: OwnerId) -> Result<TryRoute, ApiError> {
    let key = match &trying.key_id {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| {
            ApiError::new(ErrorKind::Invalid, format!("`{text}` is not the id of a key"))
                .hint("`GET /api/keys` lists all of them")
        })?),
    };
    // Only that there is one counts, not what it shows.
    let picture =
        || Part::Image { media: Media::Url { url: "https://example.com/picture.png".into() }, detail: None };
    let pictures = (0..trying.images.min(MOST_IMAGES)).map(|_| picture());
    let parts = std::iter::once(Part::text(trying.prompt)).chain(pictures).collect();
    let mut request = ChatRequest {
        model: trying.model,
        messages: vec![Message { role: Role::User, parts, name: None }],
        ..ChatRequest::default()
    };
    if trying.tools {
        request.tools.push(ToolSpec {
            name: "tool".to_owned(),
            description: String::new(),
            parameters: serde_json::json!({ "type": "object" }),
            strict: None,
            cache_marker: false,
        });
    }
    request.parameters.max_output_tokens = trying.max_output_tokens;
    request.circumstances = trying.context.as_deref().map(circumstances).transpose()?.map(Box::new);
    Ok(TryRoute { owner, key, request })
}

/// What the header `x-familiar-context` says, where it stands in a body.
pub(crate) fn circumstances(text: &str) -> Result<Circumstances, ApiError> {
    Circumstances::parse(text).map_err(|error| {
        ApiError::new(ErrorKind::Invalid, error.to_string())
            .hint("write it as `phase=active; genre=horror; in-combat`, each part at most once")
    })
}

/// What would happen.
pub(crate) fn tried_route(tried: Tried) -> dto::TriedRoute {
    dto::TriedRoute {
        ok: tried.refusals.is_empty(),
        refusals: tried.refusals.into_iter().map(refusal).collect(),
        explanation: explanation(tried.explanation),
        worst_case_usd: tried.worst_case.map(|cost| cost.to_string()),
        input_tokens_bound: tried.input_tokens_bound,
    }
}

fn refusal(Refusal { stage, error }: Refusal) -> dto::RouteRefusal {
    dto::RouteRefusal {
        stage: stage.as_str().to_owned(),
        code: error.kind().as_str().to_owned(),
        message: error.to_string(),
        hint: error.hint(),
    }
}
