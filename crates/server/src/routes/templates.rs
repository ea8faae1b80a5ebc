//! `/api/templates`: prompt templates, what they become, their versions, and files of them.

use crate::{
    attachment::attachment,
    convert::templates as convert,
    extract::{ApiJson, ApiPath, ApiQuery, Owner, parse_id},
    problem::ApiError,
};
use api::templates::{
    KeptTemplate, PromptTemplate, RenderTemplate, RenderedTemplate, RollBackTemplate, TemplateHistory,
    TemplateImport, TemplateList, UpdateTemplate,
};
use axum::{Json, body::Bytes, extract::State, http::StatusCode, response::Response};
use base::{ErrorKind, Id};
use chat::{ChatService, templates::Really};
use serde::Deserialize;
use std::sync::Arc;
use store::records::Deleted;
use templates::Form;
use utoipa::IntoParams;

type Chat = State<Arc<ChatService>>;

/// Which templates.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Words that title, command, category, description or text hold.
    #[serde(default)]
    q: String,
    /// Those that are deleted instead.
    #[serde(default)]
    deleted: bool,
}

/// Lists templates, by title.
#[utoipa::path(get, path = "/api/templates", tag = "templates", params(ListQuery),
    responses((status = 200, body = TemplateList)))]
pub(crate) async fn list(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Result<Json<TemplateList>, ApiError> {
    let deleted = if query.deleted { Deleted::Only } else { Deleted::Without };
    let templates =
        chat.templates(owner, &query.q, deleted).await?.into_iter().map(convert::summary).collect();
    Ok(Json(TemplateList { templates }))
}

/// Keeps a new template.
#[utoipa::path(post, path = "/api/templates", tag = "templates", request_body = PromptTemplate,
    responses((status = 201, body = KeptTemplate)))]
pub(crate) async fn create(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiJson(new): ApiJson<PromptTemplate>,
) -> Result<(StatusCode, Json<KeptTemplate>), ApiError> {
    let kept = chat.create_template(owner, convert::template_in(new)).await?;
    Ok((StatusCode::CREATED, Json(convert::kept(kept))))
}

/// Shows a template.
#[utoipa::path(get, path = "/api/templates/{id}", tag = "templates", params(("id" = String, Path)),
    responses((status = 200, body = KeptTemplate)))]
pub(crate) async fn get(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<KeptTemplate>, ApiError> {
    Ok(Json(convert::kept(chat.template(owner, parse_id(&id)?).await?)))
}

/// Changes a template as a whole; the version it had stays.
#[utoipa::path(put, path = "/api/templates/{id}", tag = "templates", params(("id" = String, Path)),
    request_body = UpdateTemplate, responses((status = 200, body = KeptTemplate)))]
pub(crate) async fn update(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(update): ApiJson<UpdateTemplate>,
) -> Result<Json<KeptTemplate>, ApiError> {
    let which = (parse_id(&id)?, update.version);
    let kept = chat.update_template(owner, which, convert::template_in(update.template)).await?;
    Ok(Json(convert::kept(kept)))
}

/// Deletes a template; it can be restored.
#[utoipa::path(delete, path = "/api/templates/{id}", tag = "templates", params(("id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    chat.delete_template(owner, parse_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings a deleted template back.
#[utoipa::path(post, path = "/api/templates/{id}/restore", tag = "templates", params(("id" = String, Path)),
    responses((status = 200, body = KeptTemplate)))]
pub(crate) async fn restore(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<KeptTemplate>, ApiError> {
    Ok(Json(convert::kept(chat.restore_template(owner, parse_id(&id)?).await?)))
}

/// Makes another template like it.
#[utoipa::path(post, path = "/api/templates/{id}/duplicate", tag = "templates", params(("id" = String, Path)),
    responses((status = 201, body = KeptTemplate)))]
pub(crate) async fn duplicate(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<(StatusCode, Json<KeptTemplate>), ApiError> {
    let kept = chat.duplicate_template(owner, parse_id(&id)?).await?;
    Ok((StatusCode::CREATED, Json(convert::kept(kept))))
}

/// Says what a text with variables becomes, and what is wrong with it; nothing is kept.
#[utoipa::path(post, path = "/api/templates/render", tag = "templates", request_body = RenderTemplate,
    responses((status = 200, body = RenderedTemplate)))]
pub(crate) async fn render(
    Owner(_owner): Owner,
    ApiJson(asked): ApiJson<RenderTemplate>,
) -> Json<RenderedTemplate> {
    Json(convert::rendered(&asked))
}

/// The versions of a template, the newest first.
#[utoipa::path(get, path = "/api/templates/{id}/history", tag = "templates", params(("id" = String, Path)),
    responses((status = 200, body = TemplateHistory)))]
pub(crate) async fn history(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<TemplateHistory>, ApiError> {
    let versions = chat.template_history(owner, parse_id(&id)?).await?.into_iter().map(convert::version);
    Ok(Json(TemplateHistory { versions: versions.collect() }))
}

/// What a template was at a version.
#[utoipa::path(get, path = "/api/templates/{id}/history/{version}", tag = "templates",
    params(("id" = String, Path), ("version" = u64, Path)), responses((status = 200, body = PromptTemplate)))]
pub(crate) async fn version(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath((id, version)): ApiPath<(String, u64)>,
) -> Result<Json<PromptTemplate>, ApiError> {
    Ok(Json(convert::template(chat.template_at(owner, parse_id(&id)?, version).await?)))
}

/// Makes a template what it was, as a new version.
#[utoipa::path(post, path = "/api/templates/{id}/rollback", tag = "templates", params(("id" = String, Path)),
    request_body = RollBackTemplate, responses((status = 200, body = KeptTemplate)))]
pub(crate) async fn roll_back(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(wanted): ApiJson<RollBackTemplate>,
) -> Result<Json<KeptTemplate>, ApiError> {
    let versions = (wanted.version, wanted.expected);
    Ok(Json(convert::kept(chat.roll_back_template(owner, parse_id(&id)?, versions).await?)))
}

/// How to take a file in.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportQuery {
    /// Whether to say only what would come of it.
    #[serde(default)]
    dry_run: bool,
}

/// Takes a file of templates in: Familiar's own, or what Open WebUI exports. What is here already is passed over.
#[utoipa::path(post, path = "/api/templates/import", tag = "templates", params(ImportQuery),
    request_body(content = String, content_type = "application/json"),
    responses((status = 200, body = TemplateImport)))]
pub(crate) async fn import(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<ImportQuery>,
    bytes: Bytes,
) -> Result<Json<TemplateImport>, ApiError> {
    let really = if query.dry_run { Really::OnlySay } else { Really::Yes };
    Ok(Json(convert::import(chat.import_templates(owner, &bytes, really).await?)))
}

/// Which templates, and in which form.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// `familiar` (if not said) or `open-webui`.
    form: Option<String>,
    /// Only these, separated by commas.
    ids: Option<String>,
}

/// The templates as a file.
#[utoipa::path(get, path = "/api/templates/export", tag = "templates", params(ExportQuery),
    responses((status = 200, body = String, content_type = "application/json")))]
pub(crate) async fn export(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<ExportQuery>,
) -> Result<Response, ApiError> {
    let (form, name) = match query.form.as_deref() {
        None | Some("familiar") => (Form::Familiar, "templates.json"),
        Some("open-webui") => (Form::OpenWebUi, "open-webui-prompts.json"),
        Some(other) => {
            let error = ApiError::new(ErrorKind::Invalid, format!("`{other}` is no form of templates"));
            return Err(error.hint("use `familiar` or `open-webui`"));
        }
    };
    let ids = query.ids.as_deref().unwrap_or_default().split(',').map(str::trim).filter(|id| !id.is_empty());
    let ids: Vec<Id> = ids.map(parse_id).collect::<Result<_, _>>()?;
    let text = chat.export_templates(owner, &ids, form).await?;
    Ok(attachment(text.into_bytes(), name, "application/json"))
}
