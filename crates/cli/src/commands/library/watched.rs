//! `familiar library watch`, `watched` and `unwatch`: folders that the library is kept in step with.

use crate::{client::encoded, error::CliError, output::Output, session::Session};
use api::watched::{WatchFolder, WatchState, WatchedFolder, WatchedFolderList};
use http::Method;
use std::path::{Path, PathBuf};

/// What becomes of the documents of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Documents {
    Keep,
    Delete,
}

const ALL: &str = "/api/library/watched";

/// Watches a folder, and looks at it for the first time.
pub(super) async fn watch(
    session: &Session,
    output: Output,
    path: &Path,
    collection: Option<String>,
) -> Result<(), CliError> {
    let body = WatchFolder { path: whole(path)?, collection };
    let added: WatchedFolder = session.client.send(Method::POST, ALL, &body).await?;
    let address = format!("{ALL}/{}/look", encoded(&added.id));
    let folder: WatchedFolder = session.client.send(Method::POST, &address, &()).await?;
    if output.json {
        return output.value(&folder);
    }
    output.line(format!("{} is watched: {}", folder.path, described(&folder)))?;
    left_out(output, &folder)
}

/// Lists the folders and how they stand.
pub(super) async fn watched(session: &Session, output: Output) -> Result<(), CliError> {
    let list: WatchedFolderList = session.client.get(ALL).await?;
    if output.json {
        return output.value(&list);
    }
    if list.folders.is_empty() {
        return output.line("no folder is watched");
    }
    for folder in &list.folders {
        let collection = folder.collection.as_ref().map(|name| format!(" (collection {name})"));
        output.line(format!("{}{}: {}", folder.path, collection.unwrap_or_default(), described(folder)))?;
        left_out(output, folder)?;
    }
    Ok(())
}

/// Watches a folder no more.
pub(super) async fn unwatch(
    session: &Session,
    output: Output,
    path: &Path,
    documents: Documents,
) -> Result<(), CliError> {
    let list: WatchedFolderList = session.client.get(ALL).await?;
    // A folder that is gone has only the name by which it was watched.
    let names = [whole(path)?, path.to_string_lossy().into_owned()];
    let is_meant = |folder: &&WatchedFolder| names.contains(&folder.path) || names.contains(&folder.id);
    let Some(folder) = list.folders.iter().find(is_meant) else {
        return Err(CliError::failed(format!("`{}` is not watched", path.display()))
            .hint("`familiar library watched` lists the folders that are"));
    };
    let what = match documents {
        Documents::Keep => "keep",
        Documents::Delete => "delete",
    };
    let address = format!("{ALL}/{}?documents={what}", encoded(&folder.id));
    session.client.act(Method::DELETE, &address).await?;
    output.remark(format!("{} is watched no more", folder.path));
    Ok(())
}

/// The path as the server knows it: the whole of it, without links.
fn whole(path: &Path) -> Result<String, CliError> {
    let failed = |error: std::io::Error| CliError::failed(format!("`{}`: {error}", path.display()));
    let whole = match std::fs::canonicalize(path) {
        Ok(whole) => whole,
        Err(_) => std::path::absolute(path).map_err(failed)?,
    };
    text(whole)
}

fn text(path: PathBuf) -> Result<String, CliError> {
    path.into_os_string()
        .into_string()
        .map_err(|path| CliError::failed(format!("`{}` is not Unicode", path.to_string_lossy())))
}

fn described(folder: &WatchedFolder) -> String {
    let state = match folder.state {
        WatchState::InStep => "in step".to_owned(),
        WatchState::CatchingUp => "catching up".to_owned(),
        WatchState::Leaving => "its documents are being deleted".to_owned(),
        WatchState::Unreachable => {
            let problem = folder.problem.as_ref();
            let message = problem.map_or("it cannot be looked at", |problem| problem.message.as_str());
            let detail = problem.and_then(|problem| problem.detail.as_deref());
            let detail = detail.map(|detail| format!(" ({detail})")).unwrap_or_default();
            format!("cannot be reached: {message}{detail}")
        }
    };
    let counts = [
        (folder.ready, "ready"),
        (folder.reading, "being read"),
        (folder.waiting, "waiting"),
        (folder.failed, "not readable"),
        (folder.deleted, "deleted by hand"),
        (folder.skipped, "left out"),
        (folder.hidden, "hidden"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, name)| format!("{count} {name}")).collect();
    if counts.is_empty() { state } else { format!("{state}; {}", counts.join(", ")) }
}

fn left_out(output: Output, folder: &WatchedFolder) -> Result<(), CliError> {
    folder
        .skipped_files
        .iter()
        .try_for_each(|file| output.line(format!("  left out  {}: {}", file.path, file.message)))
}
