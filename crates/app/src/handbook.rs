//! Familiar's own handbook: to read in the page, and in the library from the first run on.

use crate::app::App;
use api::help::{Help, HelpPage};
use base::Id;
use library::model::{DocumentFilter, HANDBOOK_COLLECTION, NewDocument};
use rust_embed::RustEmbed;
use std::sync::Arc;

#[derive(RustEmbed)]
#[folder = "../../docs/handbook"]
#[include = "*.md"]
struct Handbook;

/// What changed from version to version.
const CHANGES: &str = include_str!("../../../CHANGELOG.md");

/// The setting that holds which handbook is in the library: a hash of all of it.
const SETTING: &str = "handbook";

/// The handbook and what is new, as they came with this version: neither the library nor the network is asked.
pub fn help() -> Help {
    let pages = pages().into_iter().map(|(file, bytes)| {
        let name = file.strip_suffix(".md").unwrap_or(&file).to_owned();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let title = text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(&name).trim().to_owned();
        HelpPage { name, title, text }
    });
    Help {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pages: pages.collect(),
        changes: CHANGES.to_owned(),
    }
}

/// The files of the handbook, by name.
fn pages() -> Vec<(String, Vec<u8>)> {
    let mut pages: Vec<(String, Vec<u8>)> = Handbook::iter()
        .filter_map(|name| Some((name.to_string(), Handbook::get(&name)?.data.into_owned())))
        .collect();
    pages.sort();
    pages
}

/// Brings the handbook of this version into the library, and takes out pages of older versions. Done once a
/// version: one who deletes a page keeps it deleted.
pub(crate) async fn keep_up_to_date(app: Arc<App>) {
    if let Err(error) = import(&app).await {
        tracing::warn!(error, "the handbook cannot be brought into the library");
    }
}

async fn import(app: &App) -> Result<(), String> {
    let owner = Id::FIRST_OWNER;
    let pages = pages();
    let edition = store::BlobId::of(&pages.iter().flat_map(|(_, text)| text.clone()).collect::<Vec<u8>>());
    let known: Option<String> = app.settings.get(owner, SETTING).await.map_err(text)?;
    if known.as_deref() == Some(edition.as_str()) {
        return Ok(());
    }
    let filter = DocumentFilter {
        collection: Some(HANDBOOK_COLLECTION.to_owned()),
        limit: 1_000,
        ..DocumentFilter::default()
    };
    let old = app.library.list(owner, &filter).await.map_err(text)?;
    let mut current = Vec::new();
    for (name, bytes) in pages {
        let page = NewDocument { file_name: name, bytes, collection: Some(HANDBOOK_COLLECTION.to_owned()) };
        current.push(app.library.add_bytes(owner, page).await.map_err(text)?.document_id);
    }
    for document in old.documents.iter().filter(|document| !current.contains(&document.id)) {
        app.library.delete(owner, document.id).await.map_err(text)?;
    }
    app.settings.put(owner, SETTING, &edition.as_str()).await.map_err(text)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
