//! `/api/personas`: who talks, the cards they come from, previews and statistics.

use super::library::unreadable;
use crate::{
    attachment::attachment,
    convert::personas as convert,
    extract::{ApiJson, ApiMultipart, ApiPath, ApiQuery, Owner, parse_id},
    problem::ApiError,
};
use api::personas::{
    CreatePersona, ImportError, ImportedPersona, KeptPersona, Lorebook, Persona, PersonaHistory,
    PersonaImport, PersonaList, PersonaPreview, PersonaStatistics, PersonaTemplate, PersonaTemplates,
    PersonaVersion, PreviewPersona, RollBackPersona, SuggestTraits, SuggestedTraits, UpdatePersona,
};
use axum::{
    Json,
    body::{Body, Bytes},
    extract::{Multipart, State},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use base::{ErrorKind, Id};
use chat::{ChatService, ListPersonas, Preview, Speaker, personas};
use persona::{
    Form, Kind,
    card::{MAX_FILE_BYTES, bundle::MAX_BUNDLE_BYTES, charx::is_archive},
};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

type Chat = State<Arc<ChatService>>;

/// Which personas.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Words that name, tags, creator or description hold.
    #[serde(default)]
    q: String,
    /// Only `character` or `user`.
    kind: Option<String>,
    /// Only with this tag.
    tag: Option<String>,
    /// Those that are deleted instead.
    #[serde(default)]
    deleted: bool,
    /// How many at the most, 60 if not said.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Lists personas, the last changed first, or searches them.
#[utoipa::path(get, path = "/api/personas", tag = "personas", params(ListQuery),
    responses((status = 200, body = PersonaList)))]
pub(crate) async fn list(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Result<Json<PersonaList>, ApiError> {
    let kind = kind_of(query.kind.as_deref())?;
    let list = ListPersonas {
        query: query.q,
        kind,
        tag: query.tag.filter(|tag| !tag.trim().is_empty()),
        deleted: query.deleted,
        cursor: query.cursor,
        limit: query.limit.unwrap_or(60),
    };
    let (personas, next) = chat.personas().list(owner, &list).await?;
    Ok(Json(PersonaList { personas: personas.into_iter().map(convert::summary).collect(), next }))
}

/// Keeps a new persona.
#[utoipa::path(post, path = "/api/personas", tag = "personas", request_body = CreatePersona,
    responses((status = 201, body = KeptPersona)))]
pub(crate) async fn create(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiJson(new): ApiJson<CreatePersona>,
) -> Result<(StatusCode, Json<KeptPersona>), ApiError> {
    let kept = chat.personas().create(owner, convert::persona_in(new.persona)?).await?;
    Ok((StatusCode::CREATED, Json(convert::kept(kept))))
}

/// Shows a persona.
#[utoipa::path(get, path = "/api/personas/{id}", tag = "personas", params(("id" = String, Path)),
    responses((status = 200, body = KeptPersona)))]
pub(crate) async fn get(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<KeptPersona>, ApiError> {
    Ok(Json(convert::kept(chat.personas().get(owner, parse_id(&id)?).await?)))
}

/// Changes a persona as a whole; the version it had stays.
#[utoipa::path(put, path = "/api/personas/{id}", tag = "personas", params(("id" = String, Path)),
    request_body = UpdatePersona, responses((status = 200, body = KeptPersona)))]
pub(crate) async fn update(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(update): ApiJson<UpdatePersona>,
) -> Result<Json<KeptPersona>, ApiError> {
    let persona = convert::persona_in(update.persona)?;
    Ok(Json(convert::kept(chat.personas().update(owner, parse_id(&id)?, update.version, persona).await?)))
}

/// Deletes a persona; it can be restored.
#[utoipa::path(delete, path = "/api/personas/{id}", tag = "personas", params(("id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    chat.personas().delete(owner, parse_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings a deleted persona back.
#[utoipa::path(post, path = "/api/personas/{id}/restore", tag = "personas", params(("id" = String, Path)),
    responses((status = 200, body = KeptPersona)))]
pub(crate) async fn restore(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<KeptPersona>, ApiError> {
    Ok(Json(convert::kept(chat.personas().restore(owner, parse_id(&id)?).await?)))
}

/// Makes another persona like it.
#[utoipa::path(post, path = "/api/personas/{id}/duplicate", tag = "personas", params(("id" = String, Path)),
    responses((status = 201, body = KeptPersona)))]
pub(crate) async fn duplicate(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<(StatusCode, Json<KeptPersona>), ApiError> {
    let kept = chat.personas().duplicate(owner, parse_id(&id)?).await?;
    Ok((StatusCode::CREATED, Json(convert::kept(kept))))
}

/// Personas to begin with.
#[utoipa::path(get, path = "/api/personas/templates", tag = "personas", responses((status = 200, body = PersonaTemplates)))]
pub(crate) async fn templates() -> Json<PersonaTemplates> {
    let templates = persona::template::all().into_iter().map(|template| PersonaTemplate {
        id: template.id.to_owned(),
        about: template.persona.creator_notes.clone(),
        persona: convert::persona(&template.persona),
    });
    Json(PersonaTemplates { templates: templates.collect() })
}

/// The persona's picture.
#[utoipa::path(get, path = "/api/personas/{id}/picture", tag = "personas", params(("id" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "image/*")))]
pub(crate) async fn picture(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, ApiError> {
    let (bytes, media_type) = chat.personas().picture(owner, parse_id(&id)?).await?;
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    // The page asks by an address that changes with the picture.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable"));
    Ok(response)
}

/// Over which version a picture is set.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct VersionQuery {
    /// The version that the writer has seen.
    version: u64,
}

/// Gives a persona another picture: the bytes of a PNG, JPEG, WebP or GIF.
#[utoipa::path(put, path = "/api/personas/{id}/picture", tag = "personas",
    params(("id" = String, Path), VersionQuery), request_body(content = Vec<u8>, content_type = "image/*"),
    responses((status = 200, body = KeptPersona)))]
pub(crate) async fn set_picture(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiQuery(query): ApiQuery<VersionQuery>,
    bytes: Bytes,
) -> Result<Json<KeptPersona>, ApiError> {
    let place = (parse_id(&id)?, query.version);
    Ok(Json(convert::kept(chat.personas().set_picture(owner, place, Some(bytes.to_vec())).await?)))
}

/// Takes a persona's picture away.
#[utoipa::path(delete, path = "/api/personas/{id}/picture", tag = "personas",
    params(("id" = String, Path), VersionQuery), responses((status = 200, body = KeptPersona)))]
pub(crate) async fn remove_picture(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiQuery(query): ApiQuery<VersionQuery>,
) -> Result<Json<KeptPersona>, ApiError> {
    let place = (parse_id(&id)?, query.version);
    Ok(Json(convert::kept(chat.personas().set_picture(owner, place, None).await?)))
}

/// As what a persona is written.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// `familiar`, `v1`, `v2`, `v3`, `png`, `charx` or `xml`; `v3` if not said.
    form: Option<String>,
}

/// A persona as a file.
#[utoipa::path(get, path = "/api/personas/{id}/export", tag = "personas",
    params(("id" = String, Path), ExportQuery),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
pub(crate) async fn export(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiQuery(query): ApiQuery<ExportQuery>,
) -> Result<Response, ApiError> {
    let form = form_of(query.form.as_deref().unwrap_or("v3"))?;
    let (bytes, file_name) = chat.personas().export(owner, parse_id(&id)?, form).await?;
    Ok(attachment(bytes, &file_name, form.media_type()))
}

/// Which personas are exported, and as what.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportAllQuery {
    /// `familiar`, `v1`, `v2`, `v3`, `png`, `charx` or `xml`; `png` if not said.
    form: Option<String>,
    /// Only these: ids with commas between them.
    ids: Option<String>,
    /// Only those in which these words are found.
    #[serde(default)]
    q: String,
    /// Only `character` or `user`.
    kind: Option<String>,
    /// Only with this tag.
    tag: Option<String>,
}

/// Many personas as one archive (zip).
#[utoipa::path(get, path = "/api/personas/export", tag = "personas", params(ExportAllQuery),
    responses((status = 200, body = Vec<u8>, content_type = "application/zip")))]
pub(crate) async fn export_all(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<ExportAllQuery>,
) -> Result<Response, ApiError> {
    let form = form_of(query.form.as_deref().unwrap_or("png"))?;
    let ids = query.ids.as_deref().unwrap_or_default().split(',').map(str::trim).filter(|id| !id.is_empty());
    let ids: Vec<Id> = ids.map(parse_id).collect::<Result<_, _>>()?;
    let list = ListPersonas {
        query: query.q,
        kind: kind_of(query.kind.as_deref())?,
        tag: query.tag.filter(|tag| !tag.trim().is_empty()),
        ..ListPersonas::default()
    };
    let bytes = chat.personas().export_all(owner, (&list, &ids), form).await?;
    Ok(attachment(bytes, "personas.zip", "application/zip"))
}

fn form_of(form: &str) -> Result<Form, ApiError> {
    Form::from_name(form).ok_or_else(|| {
        ApiError::new(ErrorKind::Invalid, format!("`{form}` is no form of a persona"))
            .hint("use `familiar`, `v1`, `v2`, `v3`, `png`, `charx` or `xml`")
    })
}

fn kind_of(kind: Option<&str>) -> Result<Option<Kind>, ApiError> {
    match kind {
        None | Some("") => Ok(None),
        Some("character") => Ok(Some(Kind::Character)),
        Some("user") => Ok(Some(Kind::User)),
        Some(other) => {
            let error = ApiError::new(ErrorKind::Invalid, format!("`{other}` is no kind of persona"));
            Err(error.hint("use `character` or `user`"))
        }
    }
}

/// How files are taken in.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportQuery {
    /// Whether to only say what would come of it.
    #[serde(default)]
    pub(super) dry_run: bool,
}

/// Takes cards in: `multipart/form-data`, one part a file; an archive (zip) of cards is all its files. A file that is
/// refused is an answer, with the reason.
#[utoipa::path(post, path = "/api/personas/import", tag = "personas", params(ImportQuery),
    request_body(content_type = "multipart/form-data", content = Object),
    responses((status = 200, body = PersonaImport)))]
pub(crate) async fn import(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<ImportQuery>,
    ApiMultipart(mut parts): ApiMultipart,
) -> Result<Json<PersonaImport>, ApiError> {
    let mut files = Vec::new();
    while let Some((file_name, bytes)) = next_file(&mut parts).await? {
        let inside = match chat.personas().unpacked(file_name.clone(), bytes).await {
            Ok(inside) => inside,
            Err(error) if error.kind() == ErrorKind::Invalid => {
                files.push(refused(file_name, &error));
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        for (file_name, bytes) in inside {
            files.push(match chat.personas().import(owner, bytes, query.dry_run).await {
                Ok(imported) => convert::imported(file_name, imported),
                Err(error) if error.kind() == ErrorKind::Invalid => refused(file_name, &error),
                Err(error) => return Err(error.into()),
            });
        }
    }
    if files.is_empty() {
        return Err(no_file());
    }
    Ok(Json(PersonaImport { files }))
}

fn refused(file_name: String, error: &chat::PersonasError) -> ImportedPersona {
    ImportedPersona {
        file_name,
        form: None,
        name: None,
        id: None,
        same_as: None,
        notes: Vec::new(),
        findings: Vec::new(),
        error: Some(ImportError { message: error.to_string(), hint: error.hint() }),
    }
}

/// The next file of an upload; of one that is too large only as much as shows that.
async fn next_file(parts: &mut Multipart) -> Result<Option<(String, Vec<u8>)>, ApiError> {
    let Some(mut part) = parts.next_field().await.map_err(unreadable)? else { return Ok(None) };
    let file_name = part.file_name().unwrap_or("unnamed").to_owned();
    let mut bytes = Vec::new();
    while let Some(piece) = part.chunk().await.map_err(unreadable)? {
        // An archive of many cards may be larger than one.
        let limit = if is_archive(&bytes) { MAX_BUNDLE_BYTES } else { MAX_FILE_BYTES };
        if bytes.len() <= limit {
            bytes.extend_from_slice(&piece);
        }
    }
    Ok(Some((file_name, bytes)))
}

pub(super) fn no_file() -> ApiError {
    ApiError::new(ErrorKind::Invalid, "there is no file in the request")
        .hint("send `multipart/form-data` with a part for each file")
}

/// Reads a lorebook from a file and shows it; nothing is kept.
#[utoipa::path(post, path = "/api/personas/lorebook", tag = "personas",
    request_body(content_type = "multipart/form-data", content = Object), responses((status = 200, body = Lorebook)))]
pub(crate) async fn lorebook(ApiMultipart(mut parts): ApiMultipart) -> Result<Json<Lorebook>, ApiError> {
    let (_, bytes) = next_file(&mut parts).await?.ok_or_else(no_file)?;
    let book = personas::read_lorebook(&bytes).map_err(chat::PersonasError::from)?;
    Ok(Json(convert::lorebook(&book)))
}

/// Looks a persona over and counts its tokens; with a model, has it answer. Nothing is kept.
#[utoipa::path(post, path = "/api/personas/preview", tag = "personas", request_body = PreviewPersona,
    responses((status = 200, body = PersonaPreview)))]
pub(crate) async fn preview(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiJson(wanted): ApiJson<PreviewPersona>,
) -> Result<Json<PersonaPreview>, ApiError> {
    let persona = convert::persona_in(wanted.persona)?;
    let findings = persona::check(&persona);
    let said = wanted.messages.into_iter().map(|message| {
        let speaker = if message.role == "user" { Speaker::User } else { Speaker::Assistant };
        (speaker, message.text)
    });
    let preview = Preview { persona, said: said.collect(), model: wanted.model };
    Ok(Json(convert::previewed(findings, chat.preview(owner, preview).await?)))
}

/// Suggests traits that the persona's story speaks of.
#[utoipa::path(post, path = "/api/personas/traits", tag = "personas", request_body = SuggestTraits,
    responses((status = 200, body = SuggestedTraits)))]
pub(crate) async fn traits(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiJson(wanted): ApiJson<SuggestTraits>,
) -> Result<Json<SuggestedTraits>, ApiError> {
    let persona = convert::persona_in(wanted.persona)?;
    Ok(Json(convert::suggested(chat.suggest_traits(owner, &persona, wanted.model).await?)))
}

/// The versions of a persona.
#[utoipa::path(get, path = "/api/personas/{id}/history", tag = "personas", params(("id" = String, Path)),
    responses((status = 200, body = PersonaHistory)))]
pub(crate) async fn history(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<PersonaHistory>, ApiError> {
    let versions = chat.personas().history(owner, parse_id(&id)?).await?.into_iter().map(|found| {
        PersonaVersion { version: found.version, name: found.title, created_at: found.created_at.to_string() }
    });
    Ok(Json(PersonaHistory { versions: versions.collect() }))
}

/// A persona as it was.
#[utoipa::path(get, path = "/api/personas/{id}/history/{version}", tag = "personas",
    params(("id" = String, Path), ("version" = u64, Path)), responses((status = 200, body = Persona)))]
pub(crate) async fn version(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath((id, version)): ApiPath<(String, u64)>,
) -> Result<Json<Persona>, ApiError> {
    Ok(Json(convert::persona(&chat.personas().at_version(owner, parse_id(&id)?, version).await?)))
}

/// Makes a persona what it was, as a new version.
#[utoipa::path(post, path = "/api/personas/{id}/rollback", tag = "personas", params(("id" = String, Path)),
    request_body = RollBackPersona, responses((status = 200, body = KeptPersona)))]
pub(crate) async fn roll_back(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(wanted): ApiJson<RollBackPersona>,
) -> Result<Json<KeptPersona>, ApiError> {
    let versions = (wanted.version, wanted.expected);
    Ok(Json(convert::kept(chat.personas().roll_back(owner, parse_id(&id)?, versions).await?)))
}

/// What there is to tell of a persona.
#[utoipa::path(get, path = "/api/personas/{id}/statistics", tag = "personas", params(("id" = String, Path)),
    responses((status = 200, body = PersonaStatistics)))]
pub(crate) async fn statistics(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<PersonaStatistics>, ApiError> {
    Ok(Json(convert::statistics(chat.personas().statistics(owner, parse_id(&id)?).await?)))
}
