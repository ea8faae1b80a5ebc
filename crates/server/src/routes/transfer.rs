//! `/api/conversations/import` and `export`: conversations of other programs in, ours out.

use super::{
    library::unreadable,
    personas::{ImportQuery, no_file},
};
use crate::{
    attachment::attachment,
    extract::{ApiMultipart, ApiPath, ApiQuery, Owner, parse_id},
    problem::ApiError,
    sse::{self, SseEvent},
    state::Closing,
};
use api::{
    personas::ImportError,
    transfer::{BrokenConversation, ConversationImport, ImportStep, ImportedConversation, ImportedFile},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use base::{ErrorKind, OwnerId};
use bytes::Bytes;
use chat::{ChatError, ChatService, Form, Import, Known, TakenOver};
use futures::{StreamExt, future, stream};
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use utoipa::IntoParams;

type Chat = State<Arc<ChatService>>;

/// As what conversations are written.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// `json`, `markdown`, `html`, `openai` or `sharegpt`; `json` if not said.
    form: Option<String>,
}

/// Which conversations are written, and as what.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportManyQuery {
    /// `json`, `openai` or `sharegpt`; `json` if not said.
    form: Option<String>,
    /// Only these, 1,000 at the most: ids with commas between them.
    ids: Option<String>,
}

/// A conversation as a file.
#[utoipa::path(get, path = "/api/conversations/{id}/export", tag = "chat",
    params(("id" = String, Path), ExportQuery),
    responses((status = 200, body = String, content_type = "text/plain")))]
pub(crate) async fn export(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiQuery(query): ApiQuery<ExportQuery>,
) -> Result<Response, ApiError> {
    let form = form_of(query.form.as_deref())?;
    let (text, file_name) = chat.export(owner, parse_id(&id)?, form).await?;
    Ok(attachment(text.into_bytes(), &file_name, form.media_type()))
}

/// All conversations as one file, or some of them; Markdown and HTML hold only one.
#[utoipa::path(get, path = "/api/conversations/export", tag = "chat", params(ExportManyQuery),
    responses((status = 200, body = String, content_type = "text/plain")))]
pub(crate) async fn export_all(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<ExportManyQuery>,
) -> Result<Response, ApiError> {
    let form = form_of(query.form.as_deref())?;
    let (text, file_name) = match query.ids.as_deref() {
        Some(ids) => {
            let ids = ids.split(',').map(parse_id).collect::<Result<Vec<_>, _>>()?;
            chat.export_some(owner, &ids, form).await?
        }
        None => chat.export_all(owner, form).await?,
    };
    Ok(attachment(text.into_bytes(), &file_name, form.media_type()))
}

fn form_of(form: Option<&str>) -> Result<Form, ApiError> {
    let form = form.unwrap_or("json");
    Form::from_name(form).ok_or_else(|| {
        ApiError::new(ErrorKind::Invalid, format!("`{form}` is no form of a conversation"))
            .hint("use `json`, `markdown`, `html`, `openai` or `sharegpt`")
    })
}

/// Takes conversations of other programs over: `multipart/form-data`, one part a file. The same file twice adds nothing;
/// a later one adds what was said since. A file that is refused is an answer, with the reason. Who accepts
/// `text/event-stream` is told how far it is; going away ends it, and what is taken over by then stays.
#[utoipa::path(post, path = "/api/conversations/import", tag = "chat", params(ImportQuery),
    request_body(content_type = "multipart/form-data", content = Object),
    responses((status = 200, content((ConversationImport = "application/json"), (ImportStep = "text/event-stream")))))]
#[expect(clippy::too_many_arguments, reason = "one extractor each")]
pub(crate) async fn import(
    State(chat): Chat,
    State(Closing(closing)): State<Closing>,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<ImportQuery>,
    headers: HeaderMap,
    ApiMultipart(mut parts): ApiMultipart,
) -> Result<Response, ApiError> {
    let mut files = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(unreadable)? {
        let file_name = part.file_name().unwrap_or("unnamed").to_owned();
        files.push((file_name, part.bytes().await.map_err(unreadable)?));
    }
    if files.is_empty() {
        return Err(no_file());
    }
    let accepted = headers.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    if !accepted.is_some_and(|accepted| accepted.contains("text/event-stream")) {
        let import = take_over(&chat, owner, query.dry_run, files, |_, _, _| ()).await?;
        return Ok(Json(import).into_response());
    }
    let (tell, steps) = mpsc::unbounded_channel();
    let all = async move {
        let told = |file_name: &str, done, of| {
            // Nobody hears it: then nobody waits for the import either.
            let _ = tell.send(ImportStep::Progress { file_name: file_name.to_owned(), done, of });
        };
        let last = match take_over(&chat, owner, query.dry_run, files, told).await {
            Ok(import) => ImportStep::Done { import },
            Err(error) => ImportStep::Failed { error: import_error(&error) },
        };
        // Behind the steps, or it would overtake those that nobody has read yet.
        let _ = tell.send(last);
    };
    let working = stream::once(all).filter_map(|()| future::ready(None));
    let steps = stream::select(UnboundedReceiverStream::new(steps), working);
    Ok(sse::respond(steps.map(|step| SseEvent::json(None, &step)), closing))
}

async fn take_over(
    chat: &ChatService,
    owner: OwnerId,
    dry_run: bool,
    files: Vec<(String, Bytes)>,
    progress: impl Fn(&str, usize, usize) + Send + Sync,
) -> Result<ConversationImport, ChatError> {
    let mut done = Vec::with_capacity(files.len());
    for (file_name, bytes) in files {
        let told = |done, of| progress(&file_name, done, of);
        done.push(match chat.import(owner, bytes.into(), dry_run, told).await {
            Ok(import) => imported(file_name, import),
            Err(error) if error.kind() == ErrorKind::Invalid => refused(file_name, &error),
            Err(error) => return Err(error),
        });
    }
    Ok(ConversationImport { files: done })
}

fn imported(file_name: String, import: Import) -> ImportedFile {
    let broken = import.broken.into_iter().map(|one| BrokenConversation { place: one.place, why: one.why });
    ImportedFile {
        file_name,
        source: import.source.map(|source| source.name().to_owned()),
        conversations: import.conversations.into_iter().map(conversation).collect(),
        folders: import.folders,
        tags: import.tags,
        broken: broken.collect(),
        error: None,
    }
}

fn conversation(one: TakenOver) -> ImportedConversation {
    let state = match one.known {
        Known::New => "new",
        Known::Deleted => "restored",
        Known::Here if one.added > 0 || one.filed => "grown",
        Known::Here => "here",
    };
    ImportedConversation {
        id: one.id.to_string(),
        title: one.title,
        state: state.to_owned(),
        messages: one.messages,
        added: one.added,
        left_out_deleted: one.deleted,
        left_out_media: one.left_out.media,
        left_out_files: one.left_out.files,
        left_out_tools: one.left_out.tools,
        left_out_instructions: one.left_out.instructions,
    }
}

fn import_error(error: &ChatError) -> ImportError {
    ImportError { message: error.to_string(), hint: error.hint().map(str::to_owned) }
}

fn refused(file_name: String, error: &ChatError) -> ImportedFile {
    ImportedFile {
        file_name,
        source: None,
        conversations: Vec::new(),
        folders: 0,
        tags: 0,
        broken: Vec::new(),
        error: Some(import_error(error)),
    }
}
