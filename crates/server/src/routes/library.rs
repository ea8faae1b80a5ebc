//! `/api/library`: documents, their passages and search.

use crate::{
    attachment::attachment,
    convert::{
        self,
        entries::{self, Choice},
        fragments,
    },
    extract::{ApiJson, ApiMultipart, ApiPath, ApiQuery, Owner, parse_id},
    problem::ApiError,
};
use api::library::{
    ChosenKind, CorrectDocument, Document, DocumentError, DocumentList, Meaning, OwnSynonyms, PassageView,
    SearchChip, SearchHit, SearchResult, SimilarPassages, SynonymLists, UploadResult, UploadedFile,
    WordsOnly,
};
use axum::{Json, extract::State, http::StatusCode, response::Response};
use base::{ErrorKind, OwnerId};
use library::{
    Coverage, Library, LibraryError,
    model::{
        Counting, DocumentFilter, DocumentKind, Facet, NewDocument, SearchRequest, Sort, UnknownDocumentKind,
    },
};
use serde::Deserialize;
use std::{sync::Arc, time::Instant};
use utoipa::IntoParams;

type Documents = State<Arc<Library>>;

/// Which documents.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Words that the title or the file's name must hold.
    #[serde(default)]
    q: String,
    /// Only those that stand here: `queued`, `processing`, `ready` or `failed`.
    status: Option<String>,
    /// Only those of this collection; the handbook is the collection `handbook`.
    collection: Option<String>,
    /// Only those with this tag.
    tag: Option<String>,
    /// `added`, `title`, `size`, `pages` or `status` (what is not ready first); `-` before it turns the order around.
    sort: Option<String>,
    /// How many at the most, 100 if not said.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Lists documents.
#[utoipa::path(get, path = "/api/library/documents", tag = "library", params(ListQuery),
    responses((status = 200, body = DocumentList)))]
pub(crate) async fn list(
    State(library): Documents,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Result<Json<DocumentList>, ApiError> {
    let filter = filter(query)?;
    let page = library.list(owner, &filter).await?;
    let shown = filter.offset + u32::try_from(page.documents.len()).unwrap_or(u32::MAX);
    Ok(Json(DocumentList {
        next: (u64::from(shown) < page.total && !page.documents.is_empty()).then(|| shown.to_string()),
        total: page.total,
        documents: page.documents.into_iter().map(convert::document).collect(),
    }))
}

/// Takes files in: `multipart/form-data`, one part a file, whose name may hold its folder.
#[utoipa::path(post, path = "/api/library/documents", tag = "library",
    request_body(content_type = "multipart/form-data", content = Object),
    responses((status = 201, body = UploadResult)))]
pub(crate) async fn upload(
    State(library): Documents,
    Owner(owner): Owner,
    ApiMultipart(mut parts): ApiMultipart,
) -> Result<(StatusCode, Json<UploadResult>), ApiError> {
    let limit = usize::try_from(library.max_file_bytes()).unwrap_or(usize::MAX);
    let mut files = Vec::new();
    while let Some(mut part) = parts.next_field().await.map_err(unreadable)? {
        let file_name = part.file_name().unwrap_or("unnamed").to_owned();
        let (mut bytes, mut too_large) = (Vec::new(), false);
        while let Some(piece) = part.chunk().await.map_err(unreadable)? {
            too_large = too_large || bytes.len() + piece.len() > limit;
            if !too_large {
                bytes.extend_from_slice(&piece);
            }
        }
        files.push(take_in(&library, owner, file_name, (!too_large).then_some(bytes)).await?);
    }
    if files.is_empty() {
        return Err(ApiError::new(ErrorKind::Invalid, "there is no file in the request")
            .hint("send `multipart/form-data` with a part for each file"));
    }
    Ok((StatusCode::CREATED, Json(UploadResult { files })))
}

/// One file; that it is refused is an answer, that the library itself fails is an error.
async fn take_in(
    library: &Library,
    owner: OwnerId,
    file_name: String,
    bytes: Option<Vec<u8>>,
) -> Result<UploadedFile, ApiError> {
    let Some(bytes) = bytes else {
        let message = format!("the file is larger than {} MiB", library.max_file_bytes() >> 20);
        let hint =
            Some("split the file, or raise the limit in the configuration (section `library`)".to_owned());
        let error = Some(DocumentError { code: "too_large".into(), message, hint });
        return Ok(UploadedFile { file_name, document: None, duplicate: false, error });
    };
    let new = NewDocument { file_name: file_name.clone(), bytes, collection: None };
    match library.add_bytes(owner, new).await {
        Ok(added) => {
            let document = convert::document(library.get(owner, added.document_id).await?);
            Ok(UploadedFile { file_name, document: Some(document), duplicate: added.duplicate, error: None })
        }
        Err(LibraryError::Refused { problem, .. }) => Ok(UploadedFile {
            file_name,
            document: None,
            duplicate: false,
            error: Some(convert::document_error(problem)),
        }),
        Err(error) => Err(error.into()),
    }
}

/// Shows a document.
#[utoipa::path(get, path = "/api/library/documents/{id}", tag = "library", params(("id" = String, Path)),
    responses((status = 200, body = Document)))]
pub(crate) async fn get(
    State(library): Documents,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<Document>, ApiError> {
    Ok(Json(convert::document(library.get(owner, parse_id(&id)?).await?)))
}

/// Deletes a document; it can be restored.
#[utoipa::path(delete, path = "/api/library/documents/{id}", tag = "library", params(("id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(library): Documents,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    library.delete(owner, parse_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings a deleted document back.
#[utoipa::path(post, path = "/api/library/documents/{id}/restore", tag = "library", params(("id" = String, Path)),
    responses((status = 200, body = Document)))]
pub(crate) async fn restore(
    State(library): Documents,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<Document>, ApiError> {
    let id = parse_id(&id)?;
    library.restore(owner, id).await?;
    Ok(Json(convert::document(library.get(owner, id).await?)))
}

/// Reads a document anew.
#[utoipa::path(post, path = "/api/library/documents/{id}/reprocess", tag = "library", params(("id" = String, Path)),
    responses((status = 200, body = Document)))]
pub(crate) async fn reprocess(
    State(library): Documents,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<Document>, ApiError> {
    let id = parse_id(&id)?;
    library.reprocess(owner, id).await?;
    Ok(Json(convert::document(library.get(owner, id).await?)))
}

/// Says what kind of document it is. That holds when it is read again; `null` takes it back.
#[utoipa::path(put, path = "/api/library/documents/{id}/kind", tag = "library", params(("id" = String, Path)),
    request_body = ChosenKind, responses((status = 200, body = Document)))]
pub(crate) async fn choose_kind(
    State(library): Documents,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(body): ApiJson<ChosenKind>,
) -> Result<Json<Document>, ApiError> {
    let kind =
        body.kind.as_deref().map(|text| text.parse::<DocumentKind>().map_err(unknown_kind)).transpose()?;
    let document = library.choose_kind(owner, parse_id(&id)?, kind).await?;
    Ok(Json(convert::document(document)))
}

#[expect(clippy::needless_pass_by_value, reason = "the form that `map_err` wants")]
fn unknown_kind(error: UnknownDocumentKind) -> ApiError {
    ApiError::new(ErrorKind::Invalid, error.to_string())
        .hint("`null` lets Familiar say what kind of document it is")
}

/// Puts right what a document says of itself. That holds when it is read again; `null` takes it back.
#[utoipa::path(patch, path = "/api/library/documents/{id}", tag = "library", params(("id" = String, Path)),
    request_body = CorrectDocument, responses((status = 200, body = Document)))]
pub(crate) async fn correct_document(
    State(library): Documents,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(body): ApiJson<CorrectDocument>,
) -> Result<Json<Document>, ApiError> {
    let document = library.correct_document(owner, parse_id(&id)?, &body.fields).await?;
    Ok(Json(convert::document(document)))
}

/// The file as it was handed in. It is never shown as a page of Familiar's own: what a document holds must
/// not run here.
#[utoipa::path(get, path = "/api/library/documents/{id}/file", tag = "library", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
pub(crate) async fn file(
    State(library): Documents,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, ApiError> {
    let original = library.original(owner, parse_id(&id)?).await?;
    Ok(attachment(original.bytes, &original.file_name, original.media_type))
}

/// A passage in its place.
#[utoipa::path(get, path = "/api/library/passages/{chunk_id}", tag = "library", params(("chunk_id" = String, Path)),
    responses((status = 200, body = PassageView)))]
pub(crate) async fn passage(
    State(library): Documents,
    Owner(owner): Owner,
    ApiPath(chunk_id): ApiPath<String>,
) -> Result<Json<PassageView>, ApiError> {
    Ok(Json(convert::passage_view(library.passage(owner, &chunk_id).await?)))
}

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchQuery {
    /// Words, `"phrases"`, `word*`, `-word`, `title:word`, `tag:name`. Without any, everything that is chosen, each entry once.
    #[serde(default)]
    q: String,
    /// Only in this document.
    document_id: Option<String>,
    /// How many at the most, 20 if not said.
    limit: Option<usize>,
    /// How many to pass over.
    #[serde(default)]
    offset: usize,
    /// `hybrid` (by words and meaning, if not said), `keyword` or `semantic`.
    mode: Option<String>,
    /// `best` (the best first, if not said) or `place` (the two hundred best by document and, within it, by place).
    order: Option<String>,
    /// The keys of chips that are switched off, parted by commas.
    #[serde(default)]
    off: String,
    /// The keys of chips that are only proposed and are to be looked for, parted by commas.
    #[serde(default)]
    on: String,
    /// Only what tells of these: `spell`, `monster`, `condition`, `magic_item`, `equipment`, `rule` or `text`. This and the other
    /// choices have their values parted by commas; `\\,` is a comma in a value. With a choice `q` may be empty.
    #[serde(default, rename = "type")]
    kind: String,
    /// Only spells of these schools of magic.
    #[serde(default)]
    school: String,
    /// Only what is of this level or challenge at least; `1/4` and `0.25` are the same.
    level_min: Option<String>,
    /// Only what is of this level or challenge at most.
    level_max: Option<String>,
    /// Only in these documents.
    #[serde(default)]
    source: String,
    /// Only in documents of these formats.
    #[serde(default)]
    format: String,
    /// Only in documents of these collections.
    #[serde(default)]
    collection: String,
    /// Only in documents that were added in these months, such as `2026-11`.
    #[serde(default)]
    added: String,
    /// Only in documents of these kinds: `rulebook`, `adventure`, `supplement`, `reference`, `code`, `letter`, `article`, `fiction`,
    /// `manual` or `data`.
    #[serde(default)]
    document_kind: String,
    /// Only in documents with one of these tags.
    #[serde(default)]
    tag: String,
    /// Whether to count passages by facets.
    #[serde(default)]
    facets: bool,
}

impl SearchQuery {
    fn choice(&self) -> Choice<'_> {
        Choice {
            values: [
                (Facet::Kind, &self.kind),
                (Facet::School, &self.school),
                (Facet::Source, &self.source),
                (Facet::Format, &self.format),
                (Facet::Collection, &self.collection),
                (Facet::Added, &self.added),
                (Facet::DocumentKind, &self.document_kind),
                (Facet::Tag, &self.tag),
            ],
            level_min: self.level_min.as_deref(),
            level_max: self.level_max.as_deref(),
        }
    }
}

/// Searches the library.
#[utoipa::path(get, path = "/api/library/search", tag = "library", params(SearchQuery),
    responses((status = 200, body = SearchResult)))]
pub(crate) async fn search(
    State(library): Documents,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<SearchQuery>,
) -> Result<Json<SearchResult>, ApiError> {
    let started = Instant::now();
    let filter = entries::filter(&query.choice())?;
    let mode =
        query.mode.map(|text| text.parse().map_err(|_| invalid("mode of searching", &text))).transpose()?;
    let order =
        query.order.map(|text| text.parse().map_err(|_| invalid("order of hits", &text))).transpose()?;
    let request = SearchRequest {
        filter,
        order: order.unwrap_or_default(),
        counting: if query.facets { Counting::Facets } else { Counting::No },
        mode: mode.unwrap_or_default(),
        document_ids: query.document_id.as_deref().map(parse_id).transpose()?.into_iter().collect(),
        limit: query.limit.unwrap_or(20).min(100),
        offset: query.offset.min(10_000),
        switched_off: chip_keys(&query.off),
        switched_on: chip_keys(&query.on),
        ..SearchRequest::new(query.q)
    };
    let facets = query.facets;
    let is_narrowed = !request.filter.is_empty() || !request.document_ids.is_empty();
    let (text, offset) = (request.text.clone(), request.offset);
    let found = library.search(owner, request).await?;
    let hits = u64::try_from(found.total).unwrap_or(u64::MAX);
    let search_id = match offset {
        0 => noted(&library, owner, &text, (!is_narrowed).then_some(hits)).await,
        _ => None,
    };
    let facets = if facets { entries::facets(&found.facets, &found.titles) } else { Vec::new() };
    let hits = found.hits.into_iter().map(hit);
    let chips = found.chips.into_iter().map(|chip| SearchChip {
        key: chip.key(),
        kind: chip.kind.as_str().to_owned(),
        typed: chip.typed,
        meant: chip.meant,
        on: chip.on,
    });
    Ok(Json(SearchResult {
        search_id,
        hits: hits.collect(),
        chips: chips.collect(),
        total: u64::try_from(found.total).unwrap_or(u64::MAX),
        took_ms: started.elapsed().as_secs_f64() * 1_000.0,
        fuzzy: !found.corrections.is_empty(),
        mode: found.mode.as_str().to_owned(),
        words_only: found
            .words_only
            .map(|why| WordsOnly { code: why.code().to_owned(), message: why.to_string() }),
        facets,
    }))
}

/// Notes a search; one that cannot be noted is answered all the same.
async fn noted(library: &Library, owner: OwnerId, text: &str, hits: Option<u64>) -> Option<String> {
    match library.asked(owner, text, hits).await {
        Ok(id) => id.map(|id| id.to_string()),
        Err(error) => {
            tracing::warn!(%error, "a search was not noted");
            None
        }
    }
}

fn hit(hit: library::SearchHit) -> SearchHit {
    SearchHit {
        snippet: fragments(&hit.passage.text, &hit.snippet, &hit.highlights),
        chunk_id: hit.passage.chunk_id,
        document_id: hit.passage.document_id,
        title: hit.passage.title,
        heading: hit.passage.heading,
        page: hit.passage.page,
        score: hit.passage.score,
        by_words: hit.by_words,
        likeness: hit.likeness,
        entries: hit.entries.into_iter().map(entries::entry).collect(),
    }
}

/// How many passages like one.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SimilarQuery {
    /// How many at the most, 10 if not said.
    limit: Option<usize>,
}

/// More passages like this one.
#[utoipa::path(get, path = "/api/library/passages/{chunk_id}/similar", tag = "library",
    params(("chunk_id" = String, Path), SimilarQuery), responses((status = 200, body = SimilarPassages)))]
pub(crate) async fn similar(
    State(library): Documents,
    Owner(owner): Owner,
    ApiPath(chunk_id): ApiPath<String>,
    ApiQuery(query): ApiQuery<SimilarQuery>,
) -> Result<Json<SimilarPassages>, ApiError> {
    let found = library.similar(owner, &chunk_id, query.limit.unwrap_or(10).clamp(1, 50)).await?;
    let hits = found.hits.into_iter().map(hit).collect();
    Ok(Json(SimilarPassages { hits, mode: found.mode.as_str().to_owned() }))
}

/// As many chips as a query may have words.
const MAX_CHIP_KEYS: usize = 64;

fn chip_keys(keys: &str) -> Vec<String> {
    let keys = keys.split(',').map(str::trim).filter(|key| !key.is_empty());
    keys.take(MAX_CHIP_KEYS).map(str::to_owned).collect()
}

/// The lists of words that mean the same.
#[utoipa::path(get, path = "/api/library/synonyms", tag = "library", responses((status = 200, body = SynonymLists)))]
pub(crate) async fn synonyms(
    State(library): Documents,
    Owner(owner): Owner,
) -> Result<Json<SynonymLists>, ApiError> {
    let shipped = library::SHIPPED_SYNONYMS.to_owned();
    Ok(Json(SynonymLists { shipped, own: library.own_synonyms(owner).await? }))
}

/// Puts one's own list in the place of the one before.
#[utoipa::path(put, path = "/api/library/synonyms", tag = "library", request_body = OwnSynonyms,
    responses((status = 204)))]
pub(crate) async fn set_synonyms(
    State(library): Documents,
    Owner(owner): Owner,
    ApiJson(body): ApiJson<OwnSynonyms>,
) -> Result<StatusCode, ApiError> {
    library.set_own_synonyms(owner, &body.own).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says what searches by meaning can find.
#[utoipa::path(get, path = "/api/library/meaning", tag = "library", responses((status = 200, body = Meaning)))]
pub(crate) async fn meaning(
    State(library): Documents,
    Owner(owner): Owner,
) -> Result<Json<Meaning>, ApiError> {
    let Coverage { model, serving, documents, embedded } = library.coverage(owner).await?;
    Ok(Json(Meaning { model, serving, documents, embedded }))
}

fn invalid(what: &str, text: &str) -> ApiError {
    ApiError::new(ErrorKind::Invalid, format!("`{text}` is not a {what}"))
        .hint("`/api/docs` lists what can be given")
}

fn filter(query: ListQuery) -> Result<DocumentFilter, ApiError> {
    let (descending, sort) = match query.sort.as_deref() {
        None => (true, Sort::Added),
        Some(text) => {
            let (descending, name) = text.strip_prefix('-').map_or((false, text), |name| (true, name));
            let sort = match name {
                "added" => Sort::Added,
                "title" => Sort::Title,
                "size" => Sort::Size,
                "pages" => Sort::Pages,
                "status" => Sort::Status,
                _ => return Err(invalid("sort order", text)),
            };
            (descending, sort)
        }
    };
    let status = query.status.map(|text| text.parse().map_err(|_| invalid("status", &text))).transpose()?;
    let offset = query.cursor.map(|text| text.parse().map_err(|_| invalid("cursor", &text))).transpose()?;
    Ok(DocumentFilter {
        text: query.q,
        collection: query.collection,
        tag: query.tag.map(|tag| tag.to_lowercase()).filter(|tag| !tag.is_empty()),
        status,
        sort,
        descending,
        limit: query.limit.unwrap_or(100).clamp(1, 1_000),
        offset: offset.unwrap_or(0),
        ..DocumentFilter::default()
    })
}

pub(crate) fn unreadable(error: axum::extract::multipart::MultipartError) -> ApiError {
    ApiError::new(ErrorKind::Invalid, error.body_text())
        .status(error.status())
        .hint("send `multipart/form-data` with a part for each file")
}
