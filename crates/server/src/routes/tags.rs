//! `/api/library/tags`: tags of documents.

use crate::{
    extract::{ApiJson, Owner, parse_id},
    problem::ApiError,
};
use api::tags::{DocumentTags, DocumentTagsList, LibraryTag, LibraryTagList, TagDocuments};
use axum::{Json, extract::State};
use library::{Library, TagChange, TagsOf};
use std::sync::Arc;

type Documents = State<Arc<Library>>;

/// The tags that documents have.
#[utoipa::path(get, path = "/api/library/tags", tag = "library", responses((status = 200, body = LibraryTagList)))]
pub(crate) async fn tags(
    State(library): Documents,
    Owner(owner): Owner,
) -> Result<Json<LibraryTagList>, ApiError> {
    let used = library.used_tags(owner).await?;
    let tags = used.into_iter().map(|used| LibraryTag { tag: used.tag, documents: used.documents });
    Ok(Json(LibraryTagList { tags: tags.collect() }))
}

/// Gives tags to documents and takes tags from them, all in one; answers with how it was before.
#[utoipa::path(post, path = "/api/library/tags", tag = "library",
    request_body = TagDocuments, responses((status = 200, body = DocumentTagsList)))]
pub(crate) async fn tag(
    State(library): Documents,
    Owner(owner): Owner,
    ApiJson(request): ApiJson<TagDocuments>,
) -> Result<Json<DocumentTagsList>, ApiError> {
    let ids = request.ids.iter().map(|id| parse_id(id)).collect::<Result<Vec<_>, _>>()?;
    let change = TagChange { add: request.add, remove: request.remove };
    Ok(Json(shown(library.tag(owner, &ids, &change).await?)))
}

/// Puts the tags of documents back as they were, all in one; answers with how it was before that.
#[utoipa::path(put, path = "/api/library/tags", tag = "library",
    request_body = DocumentTagsList, responses((status = 200, body = DocumentTagsList)))]
pub(crate) async fn put_tags(
    State(library): Documents,
    Owner(owner): Owner,
    ApiJson(request): ApiJson<DocumentTagsList>,
) -> Result<Json<DocumentTagsList>, ApiError> {
    let mut wanted = Vec::with_capacity(request.documents.len());
    for document in request.documents {
        wanted.push(TagsOf { document_id: parse_id(&document.id)?, tags: document.tags });
    }
    Ok(Json(shown(library.put_tags(owner, &wanted).await?)))
}

fn shown(before: Vec<TagsOf>) -> DocumentTagsList {
    let documents =
        before.into_iter().map(|of| DocumentTags { id: of.document_id.to_string(), tags: of.tags });
    DocumentTagsList { documents: documents.collect() }
}
