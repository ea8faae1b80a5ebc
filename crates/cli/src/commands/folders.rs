//! `familiar folders`: where conversations lie.

use crate::{
    Global,
    client::{Client, encoded},
    error::CliError,
    output::Output,
    session::Session,
};
use api::folders::{CreateFolder, Folder, FolderList};
use clap::Args;
use http::Method;

/// List the folders of conversations
#[derive(Debug, Args)]
pub(crate) struct Folders {}

impl Folders {
    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let session = Session::open(global).await?;
        let found = session.client.get::<FolderList>("/api/folders").await;
        session.close().await;
        let found = found?;
        if output.json {
            return output.value(&found);
        }
        let mut rows: Vec<Vec<String>> = found.folders.iter().map(|folder| row(&found, folder)).collect();
        rows.sort();
        rows.insert(0, ["FOLDER", "CONVERSATIONS", "INSTRUCTIONS"].map(str::to_owned).to_vec());
        output.table(&rows)
    }
}

fn row(all: &FolderList, folder: &Folder) -> Vec<String> {
    let told = folder.prompt.lines().next().unwrap_or_default();
    vec![path(all, folder), folder.conversations.to_string(), told.chars().take(60).collect()]
}

/// The id of the folder of a path such as `Work/Clients`, whatever case its letters have. Where it is not there, it is made,
/// and those above it.
pub(super) async fn at_path(client: &Client, output: Output, path: &str) -> Result<String, CliError> {
    let names: Vec<&str> = path.split('/').map(str::trim).filter(|name| !name.is_empty()).collect();
    let all: FolderList = client.get("/api/folders").await?;
    let mut parent_id = None;
    let mut first_made = None;
    for name in names {
        if let Some(here) = within(&all, parent_id.as_deref(), name) {
            parent_id = Some(here.id.clone());
            continue;
        }
        let new = CreateFolder { name: name.to_owned(), parent_id, ..CreateFolder::default() };
        match client.send::<Folder>(Method::POST, "/api/folders", &new).await {
            Ok(made) => {
                output.remark(format!("the folder `{}` is new", made.name));
                first_made.get_or_insert_with(|| made.id.clone());
                parent_id = Some(made.id);
            }
            Err(error) => {
                // Nothing stays of a path that cannot be.
                if let Some(id) = first_made {
                    client.act(Method::DELETE, &format!("/api/folders/{}", encoded(&id))).await?;
                }
                return Err(error);
            }
        }
    }
    let nothing =
        || CliError::usage(format!("`{path}` names no folder")).hint("familiar chat --folder Work/Clients");
    parent_id.ok_or_else(nothing)
}

fn within<'a>(all: &'a FolderList, parent_id: Option<&str>, name: &str) -> Option<&'a Folder> {
    let mut beside = all.folders.iter().filter(|folder| folder.parent_id.as_deref() == parent_id);
    let exact = beside.clone().find(|folder| folder.name == name);
    exact.or_else(|| beside.find(|folder| folder.name.to_lowercase() == name.to_lowercase()))
}

/// The name of a folder behind those that it is in.
fn path(all: &FolderList, folder: &Folder) -> String {
    let mut path = folder.name.clone();
    let mut above = folder.parent_id.as_deref();
    for _ in &all.folders {
        let Some(parent) = all.folders.iter().find(|folder| Some(folder.id.as_str()) == above) else { break };
        path = format!("{}/{path}", parent.name);
        above = parent.parent_id.as_deref();
    }
    path
}
