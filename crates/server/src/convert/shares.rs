//! Links to conversations, from the bench's types to the API's.

use super::image_out;
use crate::extract::parse_moment;
use crate::problem::ApiError;
use api::shares as dto;
use base::Timestamp;
use chat::{
    Opened, Share, Shown,
    shares::{SharedMessage, Source, Took},
};

pub(crate) fn share(share: Share) -> dto::Share {
    dto::Share {
        id: share.id.to_string(),
        conversation_id: share.conversation_id.to_string(),
        path: format!("/s/{}", share.token),
        title: share.title,
        shown: shown_out(share.shown),
        messages: share.messages,
        has_password: share.has_password,
        created_at: share.created_at.to_string(),
        updated_at: share.updated_at.to_string(),
        expires_at: share.expires_at.map(|at| at.to_string()),
        views: share.views,
        viewed_at: share.viewed_at.map(|at| at.to_string()),
    }
}

const fn shown_out(shown: Shown) -> dto::ShareShown {
    let Shown { system, sources, reasoning, costs } = shown;
    dto::ShareShown { system, sources, reasoning, costs }
}

pub(crate) const fn shown_in(shown: dto::ShareShown) -> Shown {
    let dto::ShareShown { system, sources, reasoning, costs } = shown;
    Shown { system, sources, reasoning, costs }
}

/// A moment; an empty text is none.
pub(crate) fn end_in(text: &str) -> Result<Option<Timestamp>, ApiError> {
    if text.is_empty() { Ok(None) } else { parse_moment(text).map(Some) }
}

/// What a link leads to, for somebody who may go on with a copy of it here, or who may not.
pub(crate) fn opened(opened: Opened, can_copy: bool) -> dto::SharedConversation {
    let snapshot = opened.snapshot;
    dto::SharedConversation {
        title: snapshot.title,
        model: snapshot.model,
        system: snapshot.system,
        begun_at: snapshot.begun_at.to_string(),
        updated_at: opened.updated_at.to_string(),
        expires_at: opened.expires_at.map(|at| at.to_string()),
        messages: snapshot.messages.into_iter().map(message).collect(),
        can_copy,
    }
}

fn message(message: SharedMessage) -> dto::SharedMessage {
    dto::SharedMessage {
        role: message.speaker.as_str().to_owned(),
        name: message.name,
        model: message.model,
        language_model: message.language_model,
        text: message.text,
        whole: message.whole,
        images: message.images.into_iter().map(image_out).collect(),
        reasoning: message.reasoning,
        sources: message.sources.into_iter().map(source).collect(),
        cost: message.cost.map(took),
        created_at: message.at.to_string(),
    }
}

fn source(source: Source) -> dto::SharedSource {
    dto::SharedSource { index: source.index, title: source.title, page: source.page, quote: source.quote }
}

fn took(took: Took) -> dto::SharedCost {
    dto::SharedCost {
        input_tokens: took.input_tokens,
        output_tokens: took.output_tokens,
        cost_usd: took.amount.map(|amount| amount.to_string()),
    }
}
