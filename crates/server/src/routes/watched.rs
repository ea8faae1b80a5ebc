//! `/api/library/watched`: folders on this machine that the library is kept in step with. Watching one is to read files
//! of this machine: like everything under `/api`, it is for the one who runs Familiar.

use crate::{
    extract::{ApiJson, ApiPath, ApiQuery, Owner, parse_id},
    problem::ApiError,
};
use api::watched::{SkippedFile, WatchFolder, WatchProblem, WatchState, WatchedFolder, WatchedFolderList};
use app::App;
use axum::{Json, extract::State, http::StatusCode};
use base::ErrorKind;
use library::{KeptDocuments, Library, NewWatch};
use serde::Deserialize;
use std::{path::PathBuf, sync::Arc};
use utoipa::IntoParams;

type Documents = State<Arc<Library>>;

/// Lists the watched folders and how they stand.
#[utoipa::path(get, path = "/api/library/watched", tag = "library",
    responses((status = 200, body = WatchedFolderList)))]
pub(crate) async fn watched(
    State(library): Documents,
    Owner(owner): Owner,
) -> Result<Json<WatchedFolderList>, ApiError> {
    let folders = library.watched(owner).await?;
    Ok(Json(WatchedFolderList { folders: folders.into_iter().map(shown).collect() }))
}

/// Watches a folder: what it holds comes in, and what changes in it changes in the library.
#[utoipa::path(post, path = "/api/library/watched", tag = "library", request_body = WatchFolder,
    responses((status = 201, body = WatchedFolder)))]
pub(crate) async fn watch(
    State(app): State<Arc<App>>,
    Owner(owner): Owner,
    ApiJson(body): ApiJson<WatchFolder>,
) -> Result<(StatusCode, Json<WatchedFolder>), ApiError> {
    let WatchFolder { path, collection } = body;
    let new = NewWatch { path: PathBuf::from(path.trim()), collection, closed: app.own_folders() };
    Ok((StatusCode::CREATED, Json(shown(app.library.watch(owner, new).await?))))
}

/// What becomes of the documents.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UnwatchQuery {
    /// `keep` (if not said) leaves the documents in the library; `delete` deletes those that came by watching.
    documents: Option<String>,
}

/// Watches a folder no more.
#[utoipa::path(delete, path = "/api/library/watched/{id}", tag = "library",
    params(("id" = String, Path), UnwatchQuery), responses((status = 204)))]
pub(crate) async fn unwatch(
    State(library): Documents,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiQuery(query): ApiQuery<UnwatchQuery>,
) -> Result<StatusCode, ApiError> {
    let documents = match query.documents.as_deref() {
        None | Some("keep") => KeptDocuments::Keep,
        Some("delete") => KeptDocuments::Delete,
        Some(other) => {
            let what = format!("`{other}` is nothing that can become of the documents");
            return Err(ApiError::new(ErrorKind::Invalid, what).hint("say `keep` or `delete`"));
        }
    };
    library.unwatch(owner, parse_id(&id)?, documents).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Looks at a folder now; of many new files some are left for the next look.
#[utoipa::path(post, path = "/api/library/watched/{id}/look", tag = "library", params(("id" = String, Path)),
    responses((status = 200, body = WatchedFolder)))]
pub(crate) async fn look(
    State(library): Documents,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<WatchedFolder>, ApiError> {
    Ok(Json(shown(library.look(owner, parse_id(&id)?).await?)))
}

fn shown(folder: library::WatchedFolder) -> WatchedFolder {
    let state = if folder.leaving {
        WatchState::Leaving
    } else if folder.problem.is_some() {
        WatchState::Unreachable
    } else if folder.looked_at.is_none() || folder.waiting > 0 || folder.reading > 0 {
        WatchState::CatchingUp
    } else {
        WatchState::InStep
    };
    let detail = folder.detail;
    let problem = folder.problem.map(|problem| WatchProblem {
        code: problem.as_str().to_owned(),
        message: problem.message().to_owned(),
        detail,
    });
    let skipped =
        |file: library::SkippedFile| SkippedFile { path: file.path, code: file.code, message: file.message };
    WatchedFolder {
        id: folder.id.to_string(),
        path: folder.path,
        collection: folder.collection,
        state,
        problem,
        ready: folder.ready,
        reading: folder.reading,
        failed: folder.failed,
        deleted: folder.deleted,
        waiting: folder.waiting,
        skipped: folder.skipped,
        hidden: folder.hidden,
        skipped_files: folder.skipped_files.into_iter().map(skipped).collect(),
        created_at: folder.created_at.to_string(),
        looked_at: folder.looked_at.map(|at| at.to_string()),
    }
}
