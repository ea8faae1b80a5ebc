//! From the benches' own types to the API's.

pub(crate) mod checks;
pub(crate) mod compare;
pub(crate) mod differences;
pub(crate) mod entries;
mod exchanges;
pub(crate) mod experiments;
pub(crate) mod feelings;
pub(crate) mod folders;
pub(crate) mod groups;
pub(crate) mod memory;
pub(crate) mod money;
pub(crate) mod parameters;
pub(crate) mod personas;
pub(crate) mod prompt_sets;
mod routes;
pub(crate) mod shares;
mod support;
pub(crate) mod templates;
pub(crate) mod tools;

pub(crate) use exchanges::{exchange, exchange_detail, task_class};
pub(crate) use routes::{circumstances, tried_route, try_route};

use crate::{extract::parse_id, problem::ApiError};
use api::chat as dto;
pub(crate) use app::shown::{deleted, document, document_error};
use base::Id;
use chat::{
    Cast, Conversation, GoneFrom, GonePictures, Grounding, Image, Message, MessageStatus, Receipt, TurnEvent,
    TurnFailure,
};
use llm::Citation;
use std::ops::Range;

pub(crate) fn conversation(conversation: Conversation) -> dto::Conversation {
    dto::Conversation {
        id: conversation.id.to_string(),
        title: conversation.title,
        model: conversation.model,
        grounding: grounding_out(conversation.grounding),
        cast: cast_out(conversation.cast),
        memory: conversation.memory,
        tools: tools::choices_out(conversation.tools),
        parameters: parameters::choice_out(conversation.parameters),
        created_at: conversation.created_at.to_string(),
        updated_at: conversation.updated_at.to_string(),
        leaf_id: conversation.leaf_id.map(|id| id.to_string()),
        filed: folders::filed(conversation.filed),
        streaming: conversation.streaming,
        snippet: conversation.snippet,
    }
}

fn cast_out(cast: Cast) -> dto::Cast {
    let text = |id: Option<Id>| id.map(|id| id.to_string());
    dto::Cast { persona_id: text(cast.persona_id), user_persona_id: text(cast.user_persona_id) }
}

pub(crate) fn cast_in(cast: &dto::Cast) -> Result<Cast, ApiError> {
    let id = |text: &Option<String>| text.as_deref().map(parse_id).transpose();
    Ok(Cast { persona_id: id(&cast.persona_id)?, user_persona_id: id(&cast.user_persona_id)? })
}

pub(crate) fn grounding_out(grounding: Grounding) -> dto::Grounding {
    dto::Grounding { enabled: grounding.enabled, document_ids: grounding.document_ids }
}

pub(crate) fn grounding_in(grounding: dto::Grounding) -> Grounding {
    Grounding { enabled: grounding.enabled, document_ids: grounding.document_ids }
}

pub(crate) fn image_in(image: dto::Image) -> Image {
    Image { media_type: image.media_type, data: image.data, alt: image.alt, gone: None, blob: None }
}

pub(crate) fn image_out(image: Image) -> dto::Image {
    dto::Image {
        media_type: image.media_type,
        data: image.data,
        alt: image.alt,
        gone: image.gone.map(gone_out),
    }
}

pub(crate) fn gone_out(gone: store::Gone) -> dto::GoneImage {
    dto::GoneImage { days: gone.days, size_bytes: gone.size_bytes }
}

pub(crate) fn gone_pictures(gone: GonePictures) -> dto::GonePictures {
    let from = |one: GoneFrom| dto::GoneFrom {
        message_id: one.message_id.to_string(),
        created_at: one.created_at.to_string(),
        text: one.text,
        pictures: one.pictures.into_iter().map(image_out).collect(),
    };
    dto::GonePictures { count: gone.count, messages: gone.messages.into_iter().map(from).collect() }
}

pub(crate) fn message(message: Message) -> dto::Message {
    let reasoning = message.reasoning();
    let mut body = message.body;
    let checked = body.found().map(support::checked);
    let lore = body.lore.take().unwrap_or_default();
    let edited = body.edited.take();
    dto::Message {
        id: message.id.to_string(),
        conversation_id: message.conversation_id.to_string(),
        parent_id: message.parent_id.map(|id| id.to_string()),
        role: message.speaker.as_str().to_owned(),
        text: message.text,
        reasoning,
        images: body.images.into_iter().map(image_out).collect(),
        status: status(message.status),
        error: body.failure.map(failure),
        citations: body.citations.into_iter().map(citation).collect(),
        checked,
        model: body.model,
        language_model: body.language_model,
        receipt: body.receipt.map(receipt),
        persona: body.spoken_by.map(|spoken| dto::SpokenBy {
            persona_id: spoken.persona_id.to_string(),
            name: spoken.name,
            greeting: spoken.greeting.is_some(),
        }),
        lore: lore.told.into_iter().map(personas::told).collect(),
        prompt_notes: lore.notes,
        remembered: u64::try_from(body.remembered.len()).unwrap_or(u64::MAX),
        tool_uses: body.tool_uses.into_iter().map(|used| tools::used(used, message.status)).collect(),
        sent: body.sent.map(parameters::sent),
        created_at: message.created_at.to_string(),
        edited_at: edited.as_ref().map(|edited| base::Timestamp::from_millis(edited.at_ms).to_string()),
        original_text: edited.map(|edited| edited.original),
    }
}

pub(crate) fn piece(piece: chat::Piece) -> dto::MessageList {
    dto::MessageList {
        messages: piece.messages.into_iter().map(message).collect(),
        leaf_id: piece.leaf_id.map(|id| id.to_string()),
        end_id: piece.end_id.map(|id| id.to_string()),
        cost_usd: piece.cost.map(|cost| cost.to_string()),
    }
}

pub(crate) fn fork_scope_in(scope: dto::ForkScope) -> chat::ForkScope {
    match scope {
        dto::ForkScope::Path => chat::ForkScope::Path,
        dto::ForkScope::Versions => chat::ForkScope::Versions,
        dto::ForkScope::All => chat::ForkScope::All,
    }
}

pub(crate) fn turn_event(event: TurnEvent) -> dto::TurnEvent {
    match event {
        TurnEvent::Snapshot(snapshot) => dto::TurnEvent::Snapshot { message: Box::new(message(*snapshot)) },
        TurnEvent::Delta { message_id, event } => {
            dto::TurnEvent::Delta { message_id: message_id.to_string(), event }
        }
        TurnEvent::Tool { message_id, used } => dto::TurnEvent::Tool {
            message_id: message_id.to_string(),
            used: Box::new(tools::used(*used, MessageStatus::Streaming)),
        },
        TurnEvent::Finished(finished) => dto::TurnEvent::Finished { message: Box::new(message(*finished)) },
        TurnEvent::Conversation(changed) => {
            dto::TurnEvent::Conversation { conversation: Box::new(conversation(*changed)) }
        }
    }
}

const fn status(status: MessageStatus) -> dto::MessageStatus {
    match status {
        MessageStatus::Complete => dto::MessageStatus::Complete,
        MessageStatus::Streaming => dto::MessageStatus::Streaming,
        MessageStatus::Stopped => dto::MessageStatus::Stopped,
        MessageStatus::Interrupted => dto::MessageStatus::Interrupted,
        MessageStatus::Failed => dto::MessageStatus::Failed,
    }
}

fn failure(failure: TurnFailure) -> dto::MessageError {
    dto::MessageError { code: failure.code, message: failure.message, hint: failure.hint }
}

fn citation(citation: Citation) -> dto::Citation {
    dto::Citation {
        index: citation.index,
        chunk_id: citation.chunk_id,
        document_id: citation.document_id,
        title: citation.title,
        heading: citation.heading,
        page: citation.page,
        quote: citation.quote,
    }
}

fn receipt(receipt: Receipt) -> dto::Receipt {
    dto::Receipt {
        exchange_id: receipt.exchange_id,
        model: receipt.model,
        first_token_ms: receipt.first_token_ms,
        total_ms: receipt.total_ms,
        input_tokens: receipt.usage.total_input(),
        cached_input_tokens: receipt.usage.cached_input,
        output_tokens: receipt.usage.output,
        cost_usd: receipt.cost.map(|cost| cost.to_string()),
        estimated: receipt.estimated,
        cached: receipt.cached,
        route: receipt.route,
    }
}

pub(crate) fn passage_view(view: library::model::PassageView) -> api::library::PassageView {
    api::library::PassageView {
        chunk_id: view.chunk_id,
        document: document(view.document),
        heading: view.heading,
        page: view.page,
        before: view.before,
        text: view.text,
        after: view.after,
        previous_chunk_id: view.previous_chunk_id,
        next_chunk_id: view.next_chunk_id,
    }
}

/// Cuts `shown` out of `text` and tells what of it is marked. Ranges that do not fit are passed over.
pub(crate) fn fragments(
    text: &str,
    shown: &Range<usize>,
    marks: &[Range<usize>],
) -> Vec<api::library::Fragment> {
    let mut fragments = Vec::new();
    let mut push = |range: Range<usize>, marked: bool| {
        if let Some(piece) = text.get(range).filter(|piece| !piece.is_empty()) {
            fragments.push(api::library::Fragment { text: piece.to_owned(), marked });
        }
    };
    let mut at = shown.start;
    for mark in marks {
        let (start, end) = (mark.start.max(at), mark.end.min(shown.end));
        if start < end {
            push(at..start, false);
            push(start..end, true);
            at = end;
        }
    }
    push(at..shown.end, false);
    fragments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_is_cut_at_its_marks() {
        let marked = |shown: Range<usize>, marks: &[Range<usize>]| -> String {
            let pieces = fragments("one two three", &shown, marks);
            pieces.iter().map(|f| if f.marked { format!("[{}]", f.text) } else { f.text.clone() }).collect()
        };
        assert_eq!(marked(0..13, &[4..7, 7..7]), "one [two] three");
        assert_eq!(marked(4..13, &[0..3, 4..7, 8..99]), "[two] [three]");
        assert_eq!(marked(0..3, &[]), "one");
        assert_eq!(marked(0..99, &[]), "", "a range outside of the text shows nothing");
    }
}
