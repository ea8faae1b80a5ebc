//! `familiar library`: the documents one asks about.

mod said;
mod search;
mod watched;

use crate::{
    Global,
    client::{Upload, encoded},
    commands::ask::Ask,
    error::CliError,
    output::Output,
    session::Session,
};
use api::library::{
    AskedOften, ChosenKind, Document, DocumentList, DocumentStatus, Meaning, SearchReport, UploadResult,
    UploadedFile,
};
use clap::{Args, Subcommand};
use http::Method;
use said::{Describe, Tag};
use search::{DocumentKind, Search};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Add documents, search them, ask them
#[derive(Debug, Args)]
pub(crate) struct Library {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add files and folders: PDF, EPUB, MOBI, FB2, DOCX, PPTX, XLSX, OpenDocument, e-mail, HTML, Markdown, text, CSV
    Add {
        /// Files, and folders with all that is in them
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Search: words, "phrases", word*, w?rd, word~, -word, title:word, heading:word, tag:name; or only by what passages tell of
    Search(Box<Search>),
    /// Ask the Librarian, who answers with cited passages and needs no language model
    Ask {
        /// The question
        words: Vec<String>,
    },
    /// List the documents
    List {
        /// Only those with this tag
        #[arg(long)]
        tag: Option<String>,
    },
    /// Show how documents stand, waiting and failed ones first
    Status,
    /// Show how searches went: what was looked for, what was not found, what was opened
    Stats {
        /// Of so many days
        #[arg(long, default_value_t = 30)]
        days: u32,
        /// Forget all that was searched for instead
        #[arg(long)]
        forget: bool,
    },
    /// Say what kind of document something is, such as a rulebook
    Kind {
        /// Its id
        id: String,
        /// The kind; without one Familiar's own opinion holds again
        #[arg(value_enum)]
        kind: Option<DocumentKind>,
    },
    /// Give tags to documents and take tags from them; without documents, list the tags
    Tag(Tag),
    /// Put right what a document says of itself: title, author, publisher, date, language
    Describe(Describe),
    /// Remove a document
    Remove {
        /// Its id
        id: String,
    },
    /// Watch a folder: what it holds comes in, and what changes in it changes in the library
    Watch {
        /// The folder, on the machine that Familiar runs on
        path: PathBuf,
        /// The collection to put its documents in
        #[arg(long, value_name = "NAME")]
        collection: Option<String>,
    },
    /// List the watched folders and how they stand
    Watched,
    /// Watch a folder no more; its documents stay
    Unwatch {
        /// The folder, or its id
        path: PathBuf,
        /// Delete the documents that came by watching it
        #[arg(long)]
        delete: bool,
    },
}

impl Library {
    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        if let Verb::Ask { words } = self.verb {
            return Box::pin(Ask::librarian(words).run(global, output)).await;
        }
        let session = Session::open(global).await?;
        let done = match self.verb {
            Verb::Add { paths } => add(&session, output, &paths).await,
            Verb::Search(search) => search.run(&session, output).await,
            Verb::List { tag } => list(&session, output, tag.as_deref()).await,
            Verb::Tag(tag) => tag.run(&session, output).await,
            Verb::Describe(describe) => describe.run(&session, output).await,
            Verb::Status => status(&session, output).await,
            Verb::Stats { forget: true, .. } => {
                session.client.act(Method::DELETE, "/api/library/searches").await
            }
            Verb::Stats { days, forget: false } => stats(&session, output, days).await,
            Verb::Kind { id, kind } => choose_kind(&session, output, (id.as_str(), kind)).await,
            Verb::Remove { id } => {
                session.client.act(Method::DELETE, &format!("/api/library/documents/{}", encoded(&id))).await
            }
            Verb::Watch { path, collection } => watched::watch(&session, output, &path, collection).await,
            Verb::Watched => watched::watched(&session, output).await,
            Verb::Unwatch { path, delete: true } => {
                watched::unwatch(&session, output, &path, watched::Documents::Delete).await
            }
            Verb::Unwatch { path, delete: false } => {
                watched::unwatch(&session, output, &path, watched::Documents::Keep).await
            }
            Verb::Ask { .. } => Ok(()),
        };
        session.close().await;
        done
    }
}

async fn add(session: &Session, output: Output, paths: &[PathBuf]) -> Result<(), CliError> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, path.parent().unwrap_or(Path::new("")), &mut files)?;
    }
    if files.is_empty() {
        return Err(CliError::failed("there are no files in these folders"));
    }
    let mut done: Vec<UploadedFile> = Vec::new();
    for (number, (path, name)) in files.iter().enumerate() {
        output.remark(format!("[{}/{}] {name}", number + 1, files.len()));
        let bytes = std::fs::read(path)
            .map_err(|error| CliError::failed(format!("`{}`: {error}", path.display())))?;
        let upload = Upload { file_name: name.clone(), bytes };
        let result: UploadResult = session.client.upload("/api/library/documents", upload).await?;
        done.extend(result.files);
    }
    for file in &mut done {
        if let Some(document) = file.document.take() {
            file.document = Some(wait(session, output, document).await?);
        }
    }
    let failed = done.iter().filter(|file| failure(file).is_some()).count();
    if output.json {
        output.value(&UploadResult { files: done })?;
    } else {
        done.iter().try_for_each(|file| output.line(describe(file)))?;
    }
    match failed {
        0 => Ok(()),
        failed => Err(CliError::failed(format!("{failed} of {} files could not be read", files.len()))),
    }
}

/// The files of a folder and of those in it, by name; hidden ones are left out.
fn collect(path: &Path, base: &Path, files: &mut Vec<(PathBuf, String)>) -> Result<(), CliError> {
    let at = |error: std::io::Error| CliError::failed(format!("`{}`: {error}", path.display()));
    if std::fs::metadata(path).map_err(at)?.is_dir() {
        let entries = std::fs::read_dir(path).map_err(at)?;
        let mut entries =
            entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>().map_err(at)?;
        entries.sort();
        let hidden =
            |entry: &PathBuf| entry.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        entries
            .iter()
            .filter(|entry| !hidden(entry) && !entry.is_symlink())
            .try_for_each(|entry| collect(entry, base, files))
    } else {
        let name = path.strip_prefix(base).unwrap_or(path).to_string_lossy().into_owned();
        files.push((path.to_owned(), name));
        Ok(())
    }
}

/// Waits until a document is ready or has failed.
async fn wait(session: &Session, output: Output, mut document: Document) -> Result<Document, CliError> {
    let mut told = String::new();
    while matches!(document.status, DocumentStatus::Queued | DocumentStatus::Processing) {
        let stage = document.stage.clone().unwrap_or_default();
        if stage != told && !stage.is_empty() {
            output.remark(format!("{}: {stage}", document.file_name));
            told = stage;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        document = session.client.get(&format!("/api/library/documents/{}", encoded(&document.id))).await?;
    }
    Ok(document)
}

fn failure(file: &UploadedFile) -> Option<&api::library::DocumentError> {
    file.error.as_ref().or_else(|| file.document.as_ref().and_then(|document| document.error.as_ref()))
}

fn describe(file: &UploadedFile) -> String {
    if let Some(error) = failure(file) {
        let hint = error.hint.as_deref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        return format!("failed     {}: {}{hint}", file.file_name, error.message);
    }
    let state = if file.duplicate { "known" } else { "added" };
    let document = file.document.as_ref();
    let pages = document.and_then(|document| document.pages).map(|pages| format!("{pages} pages, "));
    let chunks = document.map_or(0, |document| document.chunks);
    let id = document.map(|document| document.id.as_str()).unwrap_or_default();
    format!("{state:<10} {}: {}{chunks} passages  {id}", file.file_name, pages.unwrap_or_default())
}

async fn stats(session: &Session, output: Output, days: u32) -> Result<(), CliError> {
    let report: SearchReport = session.client.get(&format!("/api/library/searches?days={days}")).await?;
    if output.json {
        return output.value(&report);
    }
    let SearchReport { searches, without_hits, opened, opened_near_top, .. } = &report;
    output.line(format!(
        "{searches} searches in {} days: {without_hits} found nothing, of {opened} something was opened, of \
         {opened_near_top} first among the first three",
        report.days
    ))?;
    for (title, asked) in [("Asked most often", &report.frequent), ("Not found", &report.missed)] {
        if !asked.is_empty() {
            output.line(format!("\n{}", output.bold(title)))?;
        }
        let line =
            |asked: &AskedOften| format!("{:>5}  {} (opened {})", asked.asked, asked.query, asked.opened);
        asked.iter().try_for_each(|asked| output.line(line(asked)))?;
    }
    if !report.popular.is_empty() {
        output.line(format!("\n{}", output.bold("Opened most often")))?;
    }
    report.popular.iter().try_for_each(|document| {
        output.line(format!("{:>5}  {}  {}", document.opened, document.title, document.document_id))
    })
}

async fn choose_kind(
    session: &Session,
    output: Output,
    (id, kind): (&str, Option<DocumentKind>),
) -> Result<(), CliError> {
    let chosen = ChosenKind { kind: kind.map(|kind| kind.as_str().to_owned()) };
    let path = format!("/api/library/documents/{}/kind", encoded(id));
    let document: Document = session.client.send(Method::PUT, &path, &chosen).await?;
    if output.json {
        return output.value(&document);
    }
    let kind = document.kind.as_deref().unwrap_or("not known");
    output.line(format!("{}: {kind}", document.title))
}

async fn documents(session: &Session, asked: &str) -> Result<Vec<Document>, CliError> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/library/documents?{asked}&limit=500{cursor}");
        let page: DocumentList = session.client.get(&path).await?;
        all.extend(page.documents);
        match page.next {
            Some(next) => cursor = format!("&cursor={}", encoded(&next)),
            None => return Ok(all),
        }
    }
}

async fn list(session: &Session, output: Output, tag: Option<&str>) -> Result<(), CliError> {
    let tag = tag.map(|tag| format!("&tag={}", encoded(tag))).unwrap_or_default();
    show(output, &documents(session, &format!("sort=title{tag}")).await?)
}

async fn status(session: &Session, output: Output) -> Result<(), CliError> {
    let mut all = documents(session, "sort=added").await?;
    all.sort_by_key(|document| match document.status {
        DocumentStatus::Failed => 0,
        DocumentStatus::Processing => 1,
        DocumentStatus::Queued => 2,
        DocumentStatus::Ready => 3,
    });
    show(output, &all)?;
    if !output.json {
        let meaning: Meaning = session.client.get("/api/library/meaning").await?;
        output.remark(match meaning.model {
            None => "searches go by words only: no model makes vectors here".to_owned(),
            Some(model) => {
                format!("{} of {} documents have vectors by `{model}`", meaning.embedded, meaning.documents)
            }
        });
    }
    Ok(())
}

fn show(output: Output, documents: &[Document]) -> Result<(), CliError> {
    if output.json {
        return output.value(&documents);
    }
    let mut rows = vec![
        ["ID", "TITLE", "KIND", "FORMAT", "PAGES", "PASSAGES", "STATE", "TAGS"].map(str::to_owned).to_vec(),
    ];
    rows.extend(documents.iter().map(|document| {
        let state = match (&document.status, &document.error) {
            (DocumentStatus::Failed, Some(error)) => format!("failed: {}", error.message),
            (DocumentStatus::Failed, None) => "failed".to_owned(),
            (DocumentStatus::Processing, _) => document.stage.clone().unwrap_or("processing".into()),
            (DocumentStatus::Queued, _) => "waiting".to_owned(),
            (DocumentStatus::Ready, _) => "ready".to_owned(),
        };
        vec![
            document.id.clone(),
            document.title.clone(),
            document.kind.clone().unwrap_or_default(),
            document.format.clone().unwrap_or_default(),
            document.pages.map(|pages| pages.to_string()).unwrap_or_default(),
            document.chunks.to_string(),
            state,
            document.tags.join(", "),
        ]
    }));
    output.table(&rows)
}
