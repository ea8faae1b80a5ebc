//! `familiar persona`: characters and their cards.

use crate::{
    Global,
    client::{Upload, encoded},
    error::CliError,
    output::Output,
    session::Session,
};
use api::personas::{ImportedPersona, KeptPersona, PersonaImport, PersonaList};
use clap::{Args, Subcommand};
use std::{cell::RefCell, path::PathBuf};

/// Import, export, list and check personas: character cards of all versions, and XML
#[derive(Debug, Args)]
pub(crate) struct Personas {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Take cards in
    Import {
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Only say what would come of it
        #[arg(long)]
        dry_run: bool,
    },
    /// Write a persona as a file
    Export {
        /// Its id or its name
        persona: String,
        /// As what: familiar, v1, v2, v3, png, charx or xml
        #[arg(long, default_value = "v3")]
        form: String,
        /// The file to write [default: the terminal]
        #[arg(short, long)]
        output: Option<PathBuf>,
    },
    /// List personas, or those in which words are found
    List {
        /// Words of the name, the tags, the creator or the description
        words: Vec<String>,
        /// How many at the most
        #[arg(short, long, default_value_t = 50)]
        limit: u32,
    },
    /// Check files without keeping anything
    Validate {
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

impl Personas {
    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let session = Session::open(global).await?;
        let done = match self.verb {
            Verb::Import { files, dry_run } => import(&session, output, &files, dry_run).await,
            Verb::Validate { files } => import(&session, output, &files, true).await,
            Verb::Export { persona, form, output: file } => {
                export(&session, output, (&persona, &form), file.as_deref()).await
            }
            Verb::List { words, limit } => list(&session, output, &words.join(" "), limit).await,
        };
        session.close().await;
        done
    }
}

async fn import(session: &Session, output: Output, files: &[PathBuf], dry_run: bool) -> Result<(), CliError> {
    let mut done: Vec<ImportedPersona> = Vec::new();
    for file in files {
        let bytes = std::fs::read(file)
            .map_err(|error| CliError::failed(format!("`{}`: {error}", file.display())))?;
        let upload = Upload { file_name: file.display().to_string(), bytes };
        let path = format!("/api/personas/import?dry_run={dry_run}");
        let result: PersonaImport = session.client.upload(&path, upload).await?;
        done.extend(result.files);
    }
    let failed = done.iter().filter(|file| bad(file)).count();
    if output.json {
        output.value(&PersonaImport { files: done })?;
    } else {
        done.iter().try_for_each(|file| tell(output, file))?;
    }
    match failed {
        0 => Ok(()),
        failed => Err(CliError::failed(format!("{failed} of {} files are not good", files.len()))),
    }
}

fn bad(file: &ImportedPersona) -> bool {
    file.error.is_some() || file.findings.iter().any(|finding| finding.weight == "error")
}

fn tell(output: Output, file: &ImportedPersona) -> Result<(), CliError> {
    if let Some(error) = &file.error {
        output.line(format!("{}: not read", file.file_name))?;
        error.message.lines().try_for_each(|line| output.line(format!("  {line}")))?;
        return error.hint.iter().try_for_each(|hint| output.line(format!("  hint: {hint}")));
    }
    let name = file.name.as_deref().unwrap_or_default();
    let form = file.form.as_deref().unwrap_or_default();
    let what = match (&file.id, &file.same_as) {
        (Some(id), _) => format!("kept as {id}"),
        (None, Some(id)) => format!("is there already: {id}"),
        (None, None) => "good".to_owned(),
    };
    output.line(format!("{}: {name} ({form}), {what}", file.file_name))?;
    file.notes.iter().try_for_each(|note| output.line(format!("  note: {note}")))?;
    let findings = file.findings.iter();
    findings
        .map(|found| format!("  {}: {}: {}", found.weight, found.field, found.message))
        .try_for_each(|line| output.line(line))
}

async fn export(
    session: &Session,
    output: Output,
    (persona, form): (&str, &str),
    file: Option<&std::path::Path>,
) -> Result<(), CliError> {
    let id = find(session, persona).await?;
    let bytes = RefCell::new(Vec::new());
    let path = format!("/api/personas/{}/export?form={}", encoded(&id), encoded(form));
    session
        .client
        .copy(&path, |piece| {
            bytes.borrow_mut().extend_from_slice(piece);
            Ok(())
        })
        .await?;
    let bytes = bytes.into_inner();
    match file {
        Some(file) => {
            std::fs::write(file, &bytes)
                .map_err(|error| CliError::failed(format!("`{}`: {error}", file.display())))?;
            output.remark(format!("{} bytes in {}", bytes.len(), file.display()));
            Ok(())
        }
        None => output.bytes(&bytes),
    }
}

/// The persona of this id, or the only one of this name.
async fn find(session: &Session, persona: &str) -> Result<String, CliError> {
    if persona.parse::<base::Id>().is_ok() {
        let kept: KeptPersona = session.client.get(&format!("/api/personas/{}", encoded(persona))).await?;
        return Ok(kept.id);
    }
    let path = format!("/api/personas?limit=200&q={}", encoded(persona));
    let found: PersonaList = session.client.get(&path).await?;
    let mut named = found.personas.into_iter().filter(|found| found.name.eq_ignore_ascii_case(persona));
    match (named.next(), named.next()) {
        (Some(only), None) => Ok(only.id),
        (Some(_), Some(_)) => Err(CliError::failed(format!(
            "several personas are called `{persona}`; say the id that `persona list` shows"
        ))),
        (None, _) => Err(CliError::failed(format!("there is no persona called `{persona}`"))),
    }
}

async fn list(session: &Session, output: Output, words: &str, limit: u32) -> Result<(), CliError> {
    let found: PersonaList =
        session.client.get(&format!("/api/personas?limit={limit}&q={}", encoded(words))).await?;
    if output.json {
        return output.value(&found);
    }
    let head = ["ID", "NAME", "KIND", "TAGS", "CHANGED"].map(str::to_owned).to_vec();
    let rows = found
        .personas
        .into_iter()
        .map(|found| vec![found.id, found.name, found.kind, found.tags.join(", "), found.updated_at]);
    output.table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
}
