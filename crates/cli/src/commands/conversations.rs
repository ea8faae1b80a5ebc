//! `familiar conversations`: those of other programs in, ours out.

use crate::{
    Global,
    client::{Upload, encoded},
    error::CliError,
    output::Output,
    session::Session,
};
use api::{
    chat::{Conversation, ConversationList},
    transfer::{ConversationImport, ImportedFile},
};
use clap::{Args, Subcommand};
use std::{
    cell::RefCell,
    path::{Path, PathBuf},
};

/// Conversations: take those of other programs over, write yours as files
#[derive(Debug, Args)]
pub(crate) struct Conversations {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List conversations, or those in which words are found
    List {
        /// Words of the title or of messages
        words: Vec<String>,
        /// How many at the most
        #[arg(short, long, default_value_t = 50)]
        limit: u32,
    },
    /// Take conversations over from ChatGPT, Claude, Open WebUI, LibreChat, SillyTavern, data sets or Familiar
    Import {
        /// The files as the program exported them; archives (zip) as they are
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Only say what would come of it
        #[arg(long)]
        dry_run: bool,
    },
    /// Write a conversation, or all of them, as a file
    Export {
        /// Its id or its title
        #[arg(required_unless_present = "all")]
        conversation: Option<String>,
        /// All conversations; not as markdown or html, which hold one
        #[arg(long, conflicts_with = "conversation")]
        all: bool,
        /// As what: json (everything, to be read again), markdown, html, openai or sharegpt
        #[arg(long, default_value = "json")]
        form: String,
        /// The file to write [default: the terminal]
        #[arg(short, long)]
        output: Option<PathBuf>,
    },
}

impl Conversations {
    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let session = Session::open(global).await?;
        let done = match self.verb {
            Verb::List { words, limit } => list(&session, output, &words.join(" "), limit).await,
            Verb::Import { files, dry_run } => import(&session, output, &files, dry_run).await,
            Verb::Export { conversation, all: _, form, output: file } => {
                export(&session, output, (conversation.as_deref(), &form), file.as_deref()).await
            }
        };
        session.close().await;
        done
    }
}

async fn list(session: &Session, output: Output, words: &str, limit: u32) -> Result<(), CliError> {
    let path = format!("/api/conversations?limit={limit}&q={}", encoded(words));
    let found: ConversationList = session.client.get(&path).await?;
    if output.json {
        return output.value(&found);
    }
    let head = ["ID", "TITLE", "CHANGED"].map(str::to_owned).to_vec();
    let rows = found.conversations.into_iter().map(|found| vec![found.id, found.title, found.updated_at]);
    output.table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
}

async fn import(session: &Session, output: Output, files: &[PathBuf], dry_run: bool) -> Result<(), CliError> {
    let mut done: Vec<ImportedFile> = Vec::new();
    for file in files {
        output.progress(&format!("{} of {}: {}", done.len(), files.len(), file.display()));
        let bytes = std::fs::read(file).map_err(|error| CliError::unusable(file, &error))?;
        let upload = Upload { file_name: file.display().to_string(), bytes };
        let path = format!("/api/conversations/import?dry_run={dry_run}");
        let result: ConversationImport = session.client.upload(&path, upload).await?;
        done.extend(result.files);
    }
    output.end_progress();
    let failed = done.iter().filter(|file| file.error.is_some() || !file.broken.is_empty()).count();
    let count = done.len();
    if output.json {
        output.value(&ConversationImport { files: done })?;
    } else {
        done.iter().try_for_each(|file| tell(output, file, dry_run))?;
    }
    match failed {
        0 => Ok(()),
        failed => Err(CliError::failed(format!("{failed} of {count} files could not be read whole"))),
    }
}

fn tell(output: Output, file: &ImportedFile, dry_run: bool) -> Result<(), CliError> {
    if let Some(error) = &file.error {
        output.line(format!("{}: not read", file.file_name))?;
        output.line(format!("  {}", error.message))?;
        return error.hint.iter().try_for_each(|hint| output.line(format!("  hint: {hint}")));
    }
    let source = file.source.as_deref().unwrap_or("nothing");
    let count = |state: &str| file.conversations.iter().filter(|one| one.state == state).count();
    let added: usize = file.conversations.iter().map(|one| one.added).sum();
    let would = if dry_run { "would be " } else { "" };
    output.line(format!(
        "{}: {source}, {} conversations, {added} messages {would}added",
        file.file_name,
        file.conversations.len()
    ))?;
    let states = ["new", "grown", "here", "restored"].map(|state| format!("{} {state}", count(state)));
    output.line(format!("  {}", states.join(", ")))?;
    if file.folders + file.tags > 0 {
        output.line(format!("  {} folders and {} tags {would}made", file.folders, file.tags))?;
    }
    let sum = |of: fn(&api::transfer::ImportedConversation) -> usize| {
        file.conversations.iter().map(of).sum::<usize>()
    };
    let left_out = [
        (sum(|one| one.left_out_deleted), "messages that were deleted here"),
        (sum(|one| one.left_out_media), "pictures or recordings"),
        (sum(|one| one.left_out_files), "files"),
        (sum(|one| one.left_out_tools), "calls of tools"),
        (sum(|one| one.left_out_instructions), "instructions"),
    ];
    for (count, what) in left_out.into_iter().filter(|(count, _)| *count > 0) {
        output.line(format!("  left out: {count} {what}"))?;
    }
    file.broken.iter().try_for_each(|one| output.line(format!("  not read: {}: {}", one.place, one.why)))
}

async fn export(
    session: &Session,
    output: Output,
    (conversation, form): (Option<&str>, &str),
    file: Option<&Path>,
) -> Result<(), CliError> {
    let path = match conversation {
        Some(conversation) => {
            let id = find(session, conversation).await?;
            format!("/api/conversations/{}/export?form={}", encoded(&id), encoded(form))
        }
        None => format!("/api/conversations/export?form={}", encoded(form)),
    };
    let bytes = RefCell::new(Vec::new());
    let keep = |piece: &[u8]| {
        bytes.borrow_mut().extend_from_slice(piece);
        Ok(())
    };
    session.client.copy(&path, keep).await?;
    output.file(&bytes.into_inner(), file)
}

/// The conversation of this id, or the only one of this title.
pub(super) async fn find(session: &Session, conversation: &str) -> Result<String, CliError> {
    if conversation.parse::<base::Id>().is_ok() {
        return Ok(conversation.to_owned());
    }
    let path = format!("/api/conversations?limit=200&q={}", encoded(conversation));
    let found: ConversationList = session.client.get(&path).await?;
    let wanted = conversation.to_lowercase();
    let is_it = |found: &Conversation| found.title.to_lowercase() == wanted;
    let mut titled = found.conversations.into_iter().filter(is_it);
    match (titled.next(), titled.next()) {
        (Some(only), None) => Ok(only.id),
        (Some(_), Some(_)) => {
            Err(CliError::failed(format!("several conversations are called `{conversation}`"))
                .hint("say the id that `familiar conversations list` shows"))
        }
        (None, _) => Err(CliError::failed(format!("there is no conversation called `{conversation}`"))
            .hint("`familiar conversations list` shows them")),
    }
}
