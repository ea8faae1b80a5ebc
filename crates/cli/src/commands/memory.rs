//! `familiar memory`: what is known of the person.

use crate::{Global, client::encoded, error::CliError, output::Output, session::Session};
use api::memory::{AddFact, AddedFacts, Fact, FactList, MemoryErased, RecalledFacts};
use clap::{Args, Subcommand};
use http::Method;
use std::{cell::RefCell, path::PathBuf};

/// Search, add to, forget, export and erase what is known of you
#[derive(Debug, Args)]
pub(crate) struct Memory {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show what is recalled for a question, and why; without one, what is known
    Search {
        /// The question, or words
        words: Vec<String>,
        /// Where: user, persona:ID, project:NAME or campaign:ID
        #[arg(long, default_value = "user")]
        scope: String,
        /// How many at the most
        #[arg(short, long, default_value_t = 12)]
        limit: u32,
    },
    /// Write something down, in a sentence such as "I live in Berlin"
    Add {
        /// What to remember
        #[arg(required = true)]
        words: Vec<String>,
        /// Where it may be recalled: user, persona:ID, project:NAME or campaign:ID
        #[arg(long, default_value = "user")]
        scope: String,
    },
    /// Forget facts, or everything. A fact can be brought back for a day with --undo; everything is gone at once
    Forget {
        /// Ids that `memory search` shows
        #[arg(required_unless_present = "all")]
        ids: Vec<String>,
        /// Bring them back
        #[arg(long, conflicts_with = "all")]
        undo: bool,
        /// Erase everything that is known, for good
        #[arg(long, conflicts_with = "ids")]
        all: bool,
    },
    /// Write everything that is known as JSON
    Export {
        /// The file to write [default: the terminal]
        #[arg(short, long)]
        output: Option<PathBuf>,
    },
}

impl Memory {
    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let session = Session::open(global).await?;
        let done = match self.verb {
            Verb::Search { words, scope, limit } => {
                search(&session, output, (&words.join(" "), &scope), limit).await
            }
            Verb::Add { words, scope } => add(&session, output, words.join(" "), scope).await,
            Verb::Forget { all: true, .. } => erase(&session, output).await,
            Verb::Forget { ids, undo, .. } => forget(&session, output, &ids, undo).await,
            Verb::Export { output: file } => export(&session, output, file).await,
        };
        session.close().await;
        done
    }
}

async fn search(
    session: &Session,
    output: Output,
    (words, scope): (&str, &str),
    limit: u32,
) -> Result<(), CliError> {
    let scope = encoded(scope);
    let facts: Vec<(Fact, String)> = if words.trim().is_empty() {
        let path = format!("/api/memory/facts?standing=current&scope={scope}&limit={limit}");
        let found: FactList = session.client.get(&path).await?;
        if output.json {
            return output.value(&found);
        }
        found.facts.into_iter().map(|fact| (fact, String::new())).collect()
    } else {
        let path = format!("/api/memory/recall?scope={scope}&limit={limit}&q={}", encoded(words));
        let found: RecalledFacts = session.client.get(&path).await?;
        if output.json {
            return output.value(&found);
        }
        found.recalled.into_iter().map(|one| (one.fact, one.why)).collect()
    };
    if facts.is_empty() {
        return output.line("nothing is known about that");
    }
    let head = ["ID", "FACT", "SAID", "WHY"].map(str::to_owned).to_vec();
    let day = |at: &str| at.split('T').next().unwrap_or_default().to_owned();
    let rows = facts.into_iter().map(|(fact, why)| vec![fact.id, fact.text, day(&fact.said_at), why]);
    output.table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
}

async fn add(session: &Session, output: Output, text: String, scope: String) -> Result<(), CliError> {
    let new = AddFact { text, scope: Some(scope) };
    let added: AddedFacts = session.client.send(Method::POST, "/api/memory/facts", &new).await?;
    if output.json {
        return output.value(&added);
    }
    added.facts.iter().try_for_each(|fact| output.line(format!("{}  {}", fact.id, fact.text)))
}

async fn forget(session: &Session, output: Output, ids: &[String], undo: bool) -> Result<(), CliError> {
    for id in ids {
        let path = format!("/api/memory/facts/{}", encoded(id));
        if undo {
            session.client.act(Method::POST, &format!("{path}/restore")).await?;
            output.remark(format!("{id} is known again"));
        } else {
            session.client.act(Method::DELETE, &path).await?;
            output.remark(format!(
                "{id} is forgotten; `familiar memory forget --undo {id}` brings it back for a day"
            ));
        }
    }
    Ok(())
}

async fn erase(session: &Session, output: Output) -> Result<(), CliError> {
    let erased: MemoryErased = session.client.send(Method::DELETE, "/api/memory", &()).await?;
    if output.json {
        return output.value(&erased);
    }
    output.line(format!("{} facts are erased", erased.facts))
}

async fn export(session: &Session, output: Output, file: Option<PathBuf>) -> Result<(), CliError> {
    let bytes = RefCell::new(Vec::new());
    session
        .client
        .copy("/api/memory/export", |piece| {
            bytes.borrow_mut().extend_from_slice(piece);
            Ok(())
        })
        .await?;
    let bytes = bytes.into_inner();
    let Some(file) = file else { return output.bytes(&bytes) };
    std::fs::write(&file, &bytes)
        .map_err(|error| CliError::failed(format!("`{}`: {error}", file.display())))?;
    output.remark(format!("{} bytes in {}", bytes.len(), file.display()));
    Ok(())
}
