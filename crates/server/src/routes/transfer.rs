//! `/api/conversations/import` and `export`: conversations of other programs in, ours out.

use super::{
    library::unreadable,
    personas::{ImportQuery, attachment, no_file},
};
use crate::{
    extract::{ApiMultipart, ApiPath, ApiQuery, Owner, parse_id},
    problem::ApiError,
};
use api::{
    personas::ImportError,
    transfer::{BrokenConversation, ConversationImport, ImportedConversation, ImportedFile},
};
use axum::{Json, extract::State, response::Response};
use base::ErrorKind;
use chat::{ChatService, Form, Import, Known, TakenOver};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

type Chat = State<Arc<ChatService>>;

/// As what conversations are written.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// `json`, `markdown`, `html`, `openai` or `sharegpt`; `json` if not said.
    form: Option<String>,
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

/// All conversations as one file; Markdown and HTML hold only one.
#[utoipa::path(get, path = "/api/conversations/export", tag = "chat", params(ExportQuery),
    responses((status = 200, body = String, content_type = "text/plain")))]
pub(crate) async fn export_all(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<ExportQuery>,
) -> Result<Response, ApiError> {
    let form = form_of(query.form.as_deref())?;
    let (text, file_name) = chat.export_all(owner, form).await?;
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
/// a later one adds what was said since. A file that is refused is an answer, with the reason.
#[utoipa::path(post, path = "/api/conversations/import", tag = "chat", params(ImportQuery),
    request_body(content_type = "multipart/form-data", content = Object),
    responses((status = 200, body = ConversationImport)))]
pub(crate) async fn import(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<ImportQuery>,
    ApiMultipart(mut parts): ApiMultipart,
) -> Result<Json<ConversationImport>, ApiError> {
    let mut files = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(unreadable)? {
        let file_name = part.file_name().unwrap_or("unnamed").to_owned();
        let bytes = part.bytes().await.map_err(unreadable)?;
        files.push(match chat.import(owner, bytes.into(), query.dry_run).await {
            Ok(import) => imported(file_name, import),
            Err(error) if error.kind() == ErrorKind::Invalid => refused(file_name, &error),
            Err(error) => return Err(error.into()),
        });
    }
    if files.is_empty() {
        return Err(no_file());
    }
    Ok(Json(ConversationImport { files }))
}

fn imported(file_name: String, import: Import) -> ImportedFile {
    let broken = import.broken.into_iter().map(|one| BrokenConversation { place: one.place, why: one.why });
    ImportedFile {
        file_name,
        source: import.source.map(|source| source.name().to_owned()),
        conversations: import.conversations.into_iter().map(conversation).collect(),
        broken: broken.collect(),
        error: None,
    }
}

fn conversation(one: TakenOver) -> ImportedConversation {
    let state = match one.known {
        Known::New => "new",
        Known::Deleted => "restored",
        Known::Here if one.added > 0 => "grown",
        Known::Here => "here",
    };
    ImportedConversation {
        id: one.id.to_string(),
        title: one.title,
        state: state.to_owned(),
        messages: one.messages,
        added: one.added,
        left_out_media: one.left_out.media,
        left_out_files: one.left_out.files,
        left_out_tools: one.left_out.tools,
        left_out_instructions: one.left_out.instructions,
    }
}

fn refused(file_name: String, error: &chat::ChatError) -> ImportedFile {
    ImportedFile {
        file_name,
        source: None,
        conversations: Vec::new(),
        broken: Vec::new(),
        error: Some(ImportError { message: error.to_string(), hint: error.hint().map(str::to_owned) }),
    }
}
