//! `/api/conversations`: conversations, their messages, turns and their events.

use crate::{
    convert,
    extract::{ApiJson, ApiPath, ApiQuery, AtWork, Owner, parse_id},
    problem::ApiError,
    sse::{self, SseEvent},
    state::Closing,
};
use api::chat::{
    Conversation, ConversationList, CreateConversation, DeletedMessages, EditMessage, ForkConversation,
    GonePictures, Message, MessageList, Regenerate, StartTurn, TurnStarted, UpdateConversation,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use base::ErrorKind;
use chat::{
    Again, Archived, ChatService, ConversationPatch, ListConversations, NewConversation, NewTurn, Pinned,
    Sequence, Started, Window,
};
use futures::StreamExt;
use gateway::Project;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

type Chat = State<Arc<ChatService>>;

/// Messages of a piece, if it is not said.
const PIECE: u32 = 60;

/// Which conversations.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Words that the title or a message must hold, and `tag:`, `folder:`, `model:`, `persona:`, `before:`, `after:`, `has:`
    /// and `is:`.
    #[serde(default)]
    q: String,
    /// Only those of this folder, in its order.
    folder: Option<String>,
    /// Only those that are put away, which are not listed otherwise.
    #[serde(default)]
    archived: bool,
    /// Whether folders, tags and what is pinned come with the first page.
    #[serde(default)]
    shelves: bool,
    /// How many at the most, 50 if not said.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Lists conversations, the latest first, or searches them.
#[utoipa::path(get, path = "/api/conversations", tag = "chat", params(ListQuery),
    responses((status = 200, body = ConversationList)))]
pub(crate) async fn list(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Result<Json<ConversationList>, ApiError> {
    let shelves = match (query.shelves, &query.cursor) {
        (true, None) => Some(convert::folders::shelves(chat.shelves(owner).await?)),
        (true, Some(_)) | (false, _) => None,
    };
    let everywhere = query.q.trim().is_empty() && query.folder.is_none() && !query.archived;
    let list = ListConversations {
        query: query.q,
        folder: query.folder.as_deref().map(parse_id).transpose()?,
        archived: if query.archived { Archived::Only } else { Archived::Not },
        // They stand above the list then.
        pinned: if query.shelves && everywhere { Pinned::Not } else { Pinned::Too },
        cursor: query.cursor,
        limit: query.limit.unwrap_or(50),
    };
    let found = chat.list(owner, list).await?;
    Ok(Json(ConversationList {
        conversations: found.conversations.into_iter().map(convert::conversation).collect(),
        next: found.next,
        shelves,
        words: found.words,
        hints: found.hints.into_iter().map(convert::folders::hint).collect(),
    }))
}

/// Begins a conversation.
#[utoipa::path(post, path = "/api/conversations", tag = "chat", request_body = CreateConversation,
    responses((status = 201, body = Conversation)))]
pub(crate) async fn create(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiJson(new): ApiJson<CreateConversation>,
) -> Result<(StatusCode, Json<Conversation>), ApiError> {
    let new = NewConversation {
        title: new.title,
        model: new.model,
        grounding: convert::grounding_in(new.grounding),
        cast: convert::cast_in(&new.cast)?,
        memory: new.memory,
        tools: convert::tools::choices_in(new.tools),
        folder_id: new.folder_id.as_deref().map(parse_id).transpose()?,
        parameters: convert::parameters::choice_in(new.parameters)?,
    };
    let made = chat.create(owner, new).await?;
    Ok((StatusCode::CREATED, Json(convert::conversation(made))))
}

/// Shows a conversation.
#[utoipa::path(get, path = "/api/conversations/{id}", tag = "chat", params(("id" = String, Path)),
    responses((status = 200, body = Conversation)))]
pub(crate) async fn get(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<Conversation>, ApiError> {
    Ok(Json(convert::conversation(chat.get(owner, parse_id(&id)?).await?)))
}

/// Changes a conversation.
#[utoipa::path(patch, path = "/api/conversations/{id}", tag = "chat", params(("id" = String, Path)),
    request_body = UpdateConversation, responses((status = 200, body = Conversation)))]
pub(crate) async fn update(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(update): ApiJson<UpdateConversation>,
) -> Result<Json<Conversation>, ApiError> {
    let patch = ConversationPatch {
        title: update.title,
        model: update.model,
        grounding: update.grounding.map(convert::grounding_in),
        cast: update.cast.as_ref().map(convert::cast_in).transpose()?,
        memory: update.memory,
        tools: update.tools.map(convert::tools::choices_in),
        parameters: update.parameters.map(convert::parameters::choice_in).transpose()?,
        leaf_id: update.leaf_id.as_deref().map(parse_id).transpose()?,
    };
    Ok(Json(convert::conversation(chat.update(owner, parse_id(&id)?, patch).await?)))
}

/// Deletes a conversation; for 30 days it can be restored.
#[utoipa::path(delete, path = "/api/conversations/{id}", tag = "chat", params(("id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    chat.delete(owner, parse_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings a deleted conversation back.
#[utoipa::path(post, path = "/api/conversations/{id}/restore", tag = "chat", params(("id" = String, Path)),
    responses((status = 200, body = Conversation)))]
pub(crate) async fn restore(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<Conversation>, ApiError> {
    Ok(Json(convert::conversation(chat.restore(owner, parse_id(&id)?).await?)))
}

/// Which messages. Without anything all of them; with `limit` a piece of the branch that was last looked at.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MessageQuery {
    /// How many at the most, of the branch; 60 if one of the others is given.
    limit: Option<u32>,
    /// Those before this message.
    before: Option<String>,
    /// Those after this message.
    after: Option<String>,
    /// This message with those before and after it, also if it is of another branch.
    around: Option<String>,
}

impl MessageQuery {
    /// The piece that is asked for; nothing where all are.
    fn window(&self) -> Result<Option<(Window, u32)>, ApiError> {
        let given = [
            self.before.as_deref().map(|id| parse_id(id).map(Window::Before)),
            self.after.as_deref().map(|id| parse_id(id).map(Window::After)),
            self.around.as_deref().map(|id| parse_id(id).map(Window::Around)),
        ];
        let mut given = given.into_iter().flatten();
        let window = given.next().transpose()?;
        if given.next().is_some() {
            let message = "only one of `before`, `after` and `around` can be asked for";
            return Err(ApiError::new(ErrorKind::Invalid, message.to_owned()).hint("ask twice"));
        }
        let limit = self.limit.unwrap_or(PIECE);
        Ok(match (window, self.limit) {
            (Some(window), _) => Some((window, limit)),
            (None, Some(_)) => Some((Window::End, limit)),
            (None, None) => None,
        })
    }
}

/// The messages of a conversation, a tree by `parent_id`: all, or a piece of a branch.
#[utoipa::path(get, path = "/api/conversations/{id}/messages", tag = "chat",
    params(("id" = String, Path), MessageQuery), responses((status = 200, body = MessageList)))]
pub(crate) async fn messages(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiQuery(query): ApiQuery<MessageQuery>,
) -> Result<Json<MessageList>, ApiError> {
    let id = parse_id(&id)?;
    if let Some((window, limit)) = query.window()? {
        return Ok(Json(convert::piece(chat.piece(owner, id, window, limit).await?)));
    }
    let leaf_id = chat.get(owner, id).await?.leaf_id.map(|leaf| leaf.to_string());
    let messages = chat.messages(owner, id).await?.into_iter().map(convert::message).collect();
    Ok(Json(MessageList { messages, leaf_id, end_id: None, cost_usd: None }))
}

/// Writes other words into a message where it stands; what it said at first is kept.
#[utoipa::path(patch, path = "/api/conversations/{id}/messages/{message_id}", tag = "chat",
    params(("id" = String, Path), ("message_id" = String, Path)), request_body = EditMessage,
    responses((status = 200, body = Message)))]
pub(crate) async fn edit_message(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath((id, message_id)): ApiPath<(String, String)>,
    ApiJson(edit): ApiJson<EditMessage>,
) -> Result<Json<Message>, ApiError> {
    let edited = chat.edit(owner, parse_id(&id)?, parse_id(&message_id)?, edit.text).await?;
    Ok(Json(convert::message(edited)))
}

/// Deletes a message with all that follows it; for 30 days it can be restored.
#[utoipa::path(delete, path = "/api/conversations/{id}/messages/{message_id}", tag = "chat",
    params(("id" = String, Path), ("message_id" = String, Path)),
    responses((status = 200, body = DeletedMessages)))]
pub(crate) async fn delete_message(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath((id, message_id)): ApiPath<(String, String)>,
) -> Result<Json<DeletedMessages>, ApiError> {
    let deleted = chat.delete_message(owner, parse_id(&id)?, parse_id(&message_id)?).await?;
    Ok(Json(convert::deleted(&deleted)))
}

/// Brings a deleted message back, with what went along with it, and shows its branch.
#[utoipa::path(post, path = "/api/conversations/{id}/messages/{message_id}/restore", tag = "chat",
    params(("id" = String, Path), ("message_id" = String, Path)),
    responses((status = 200, body = Conversation)))]
pub(crate) async fn restore_message(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath((id, message_id)): ApiPath<(String, String)>,
) -> Result<Json<Conversation>, ApiError> {
    let restored = chat.restore_message(owner, parse_id(&id)?, parse_id(&message_id)?).await?;
    Ok(Json(convert::conversation(restored)))
}

/// Which turn.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct NextQuery {
    /// The message that it goes on from; the end of the branch that was last looked at, if it is not said.
    leaf: Option<String>,
}

/// Which pictures of what was said the next turn leaves out, since they are not kept any more.
#[utoipa::path(get, path = "/api/conversations/{id}/gone-pictures", tag = "chat",
    params(("id" = String, Path), NextQuery), responses((status = 200, body = GonePictures)))]
pub(crate) async fn gone_pictures(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiQuery(query): ApiQuery<NextQuery>,
) -> Result<Json<GonePictures>, ApiError> {
    let leaf_id = query.leaf.as_deref().map(parse_id).transpose()?;
    Ok(Json(convert::gone_pictures(chat.gone_pictures(owner, parse_id(&id)?, leaf_id).await?)))
}

/// Makes a conversation of a part of this one.
#[utoipa::path(post, path = "/api/conversations/{id}/fork", tag = "chat", params(("id" = String, Path)),
    request_body = ForkConversation, responses((status = 201, body = Conversation)))]
pub(crate) async fn fork(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(fork): ApiJson<ForkConversation>,
) -> Result<(StatusCode, Json<Conversation>), ApiError> {
    let what = (parse_id(&fork.message_id)?, convert::fork_scope_in(fork.scope));
    let made = chat.fork(owner, parse_id(&id)?, what).await?;
    Ok((StatusCode::CREATED, Json(convert::conversation(made))))
}

/// Says something and has it answered; the answer comes by the event stream.
#[utoipa::path(post, path = "/api/conversations/{id}/turns", tag = "chat", params(("id" = String, Path)),
    request_body = StartTurn, responses((status = 201, body = TurnStarted)))]
pub(crate) async fn start_turn(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    AtWork(project): AtWork,
    ApiJson(turn): ApiJson<StartTurn>,
) -> Result<(StatusCode, Json<TurnStarted>), ApiError> {
    let started = chat.start_turn(owner, parse_id(&id)?, new_turn(turn, project)?).await?;
    Ok((StatusCode::CREATED, Json(turn_started(started))))
}

/// Has the message before an answer answered once more.
#[utoipa::path(post, path = "/api/conversations/{id}/messages/{message_id}/regenerate", tag = "chat",
    params(("id" = String, Path), ("message_id" = String, Path)), request_body = Regenerate,
    responses((status = 201, body = TurnStarted)))]
pub(crate) async fn regenerate(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath((id, message_id)): ApiPath<(String, String)>,
    AtWork(project): AtWork,
    ApiJson(again): ApiJson<Regenerate>,
) -> Result<(StatusCode, Json<TurnStarted>), ApiError> {
    let again = Again { model: again.model, project };
    let started = chat.regenerate(owner, parse_id(&id)?, parse_id(&message_id)?, again).await?;
    Ok((StatusCode::CREATED, Json(turn_started(started))))
}

/// Stops an answer; what has come is kept.
#[utoipa::path(post, path = "/api/conversations/{id}/messages/{message_id}/stop", tag = "chat",
    params(("id" = String, Path), ("message_id" = String, Path)), responses((status = 200, body = Message)))]
pub(crate) async fn stop(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath((id, message_id)): ApiPath<(String, String)>,
) -> Result<Json<Message>, ApiError> {
    Ok(Json(convert::message(chat.stop(owner, parse_id(&id)?, parse_id(&message_id)?).await?)))
}

/// Streams what happens in a conversation as `TurnEvent`s; goes on behind `Last-Event-ID`.
#[utoipa::path(get, path = "/api/conversations/{id}/events", tag = "chat", params(("id" = String, Path)),
    responses((status = 200, content_type = "text/event-stream", body = api::chat::TurnEvent)))]
pub(crate) async fn events(
    State(chat): Chat,
    State(Closing(closing)): State<Closing>,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    // A number that cannot be read is one of another program's run: the reader gets everything anew.
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let events = chat.subscribe(owner, parse_id(&id)?, last).await?;
    let events = events.map(|(sequence, event): (Sequence, _)| {
        SseEvent::json(Some(sequence.to_string()), &convert::turn_event(event))
    });
    Ok(sse::respond(events, closing))
}

pub(super) fn new_turn(turn: StartTurn, project: Option<Project>) -> Result<NewTurn, ApiError> {
    Ok(NewTurn {
        parent_id: turn.parent_id.as_deref().map(parse_id).transpose()?,
        text: turn.text,
        images: turn.images.into_iter().map(convert::image_in).collect(),
        model: turn.model,
        grounding: turn.grounding.map(convert::grounding_in),
        project,
    })
}

pub(super) fn turn_started(started: Started) -> TurnStarted {
    TurnStarted {
        user_message: started.user_message.map(convert::message),
        reply: convert::message(started.reply),
    }
}
