//! `familiar persona`: characters and their cards.

mod check;
mod feelings;
mod talk;

use crate::{
    Global,
    client::{Upload, encoded},
    error::CliError,
    output::Output,
    session::Session,
};
use api::personas::{
    CreatePersona, ImportedPersona, KeptPersona, PersonaImport, PersonaList, PersonaTemplates,
};
use clap::{Args, Subcommand};
use http::Method;
use std::{
    cell::RefCell,
    path::{Path, PathBuf},
};

/// Endings of files that may hold a persona, in folders.
const ENDINGS: [&str; 6] = ["json", "png", "apng", "charx", "xml", "zip"];

/// Personas: cards in and out, talks with several, feelings, consistency checks
#[derive(Debug, Args)]
pub(crate) struct Personas {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Take cards in
    Import {
        /// The files; a folder is all cards in it, an archive (zip) all its files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Only say what would come of it
        #[arg(long)]
        dry_run: bool,
    },
    /// Write a persona as a file, or all of them as an archive
    Export {
        /// Its id or its name
        #[arg(required_unless_present = "all")]
        persona: Option<String>,
        /// All personas, as one archive (zip)
        #[arg(long, conflicts_with = "persona", requires = "output")]
        all: bool,
        /// With `--all`: only those with this tag
        #[arg(long, requires = "all")]
        tag: Option<String>,
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
        /// The files; a folder is all cards in it, an archive (zip) all its files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// List the templates to begin with
    Templates,
    /// Make a persona of a template
    New {
        /// The template, as `persona templates` shows it
        template: String,
        /// The name [default: the template's]
        #[arg(long)]
        name: Option<String>,
    },
    /// Say something to several personas and print what they answer
    Talk(talk::Talk),
    /// Show what a persona feels, and change how it does
    Feelings(feelings::FeelingsOf),
    /// Ask a persona its questions and mark whether it stays who it is
    Check(check::CheckOf),
}

impl Personas {
    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let session = Session::open(global).await?;
        let done = match self.verb {
            Verb::Import { files, dry_run } => import(&session, output, &files, dry_run).await,
            Verb::Validate { files } => import(&session, output, &files, true).await,
            Verb::Export { persona, all: _, tag, form, output: file } => {
                let wanted = (persona.as_deref(), tag.as_deref(), form.as_str());
                export(&session, output, wanted, file.as_deref()).await
            }
            Verb::Templates => templates(&session, output).await,
            Verb::New { template, name } => new(&session, output, &template, name).await,
            Verb::Talk(talk) => talk.run(&session, output).await,
            Verb::Feelings(feelings) => feelings.run(&session, output).await,
            Verb::Check(check) => check.run(&session, output).await,
            Verb::List { words, limit } => list(&session, output, &words.join(" "), limit).await,
        };
        session.close().await;
        done
    }
}

async fn import(session: &Session, output: Output, files: &[PathBuf], dry_run: bool) -> Result<(), CliError> {
    let mut done: Vec<ImportedPersona> = Vec::new();
    let mut found = Vec::new();
    for file in files {
        gather(file, &mut found)?;
    }
    for file in &found {
        output.progress(&format!("{} of {}: {}", done.len(), found.len(), file.display()));
        let bytes = std::fs::read(file).map_err(|error| CliError::unusable(file, &error))?;
        let upload = Upload { file_name: file.display().to_string(), bytes };
        let path = format!("/api/personas/import?dry_run={dry_run}");
        let result: PersonaImport = session.client.upload(&path, upload).await?;
        done.extend(result.files);
    }
    output.end_progress();
    let failed = done.iter().filter(|file| bad(file)).count();
    let count = done.len();
    if output.json {
        output.value(&PersonaImport { files: done })?;
    } else {
        done.iter().try_for_each(|file| tell(output, file))?;
    }
    match failed {
        0 => Ok(()),
        failed => Err(CliError::failed(format!("{failed} of {count} files are not good"))),
    }
}

/// A file, or what may be a card in a folder and those in it.
fn gather(path: &Path, found: &mut Vec<PathBuf>) -> Result<(), CliError> {
    if !path.is_dir() {
        found.push(path.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries: Vec<PathBuf> = entries
        .map_err(|error| CliError::unusable(path, &error))?
        .into_iter()
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    for entry in entries {
        let ending = entry.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
        if ENDINGS.contains(&ending.as_str()) || (entry.is_dir() && !entry.is_symlink()) {
            gather(&entry, found)?;
        }
    }
    Ok(())
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
    (persona, tag, form): (Option<&str>, Option<&str>, &str),
    file: Option<&Path>,
) -> Result<(), CliError> {
    let bytes = RefCell::new(Vec::new());
    let path = match persona {
        Some(persona) => {
            let id = find(session, persona).await?;
            format!("/api/personas/{}/export?form={}", encoded(&id), encoded(form))
        }
        None => {
            format!("/api/personas/export?form={}&tag={}", encoded(form), encoded(tag.unwrap_or_default()))
        }
    };
    session
        .client
        .copy(&path, |piece| {
            bytes.borrow_mut().extend_from_slice(piece);
            Ok(())
        })
        .await?;
    output.file(&bytes.into_inner(), file)
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

async fn templates(session: &Session, output: Output) -> Result<(), CliError> {
    let found: PersonaTemplates = session.client.get("/api/personas/templates").await?;
    if output.json {
        return output.value(&found);
    }
    let head = ["TEMPLATE", "NAME", "WHAT FOR"].map(str::to_owned).to_vec();
    let rows = found.templates.into_iter().map(|found| vec![found.id, found.persona.name, found.about]);
    output.table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
}

async fn new(
    session: &Session,
    output: Output,
    template: &str,
    name: Option<String>,
) -> Result<(), CliError> {
    let found: PersonaTemplates = session.client.get("/api/personas/templates").await?;
    let template = found.templates.into_iter().find(|found| found.id == template).ok_or_else(|| {
        CliError::failed(format!("there is no template `{template}`"))
            .hint("`familiar persona templates` lists them")
    })?;
    let mut persona = template.persona;
    persona.name = name.unwrap_or(persona.name);
    let kept: KeptPersona =
        session.client.send(Method::POST, "/api/personas", &CreatePersona { persona }).await?;
    if output.json {
        return output.value(&kept);
    }
    output.line(format!("{}: kept as {}", kept.persona.name, kept.id))
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
