//! `familiar chat`: a conversation on the terminal.

use super::folders;
use crate::{Global, answer, error::CliError, output::Output, session::Session, tools::ToolFlags};
use api::chat::{Conversation, CreateConversation, Grounding, Message, MessageList, StartTurn};
use budget::Project;
use clap::Args;
use http::Method;
use std::io::IsTerminal as _;
use tokio::io::{AsyncBufReadExt as _, BufReader};

/// Hold a conversation; it is kept and shown on the page as well
///
/// Lines that begin with `/` are commands: `/model NAME`, `/ground on|off`, `/new`, `/quit`. End with Ctrl-D.
#[derive(Debug, Args)]
pub(crate) struct Chat {
    /// The model or route to ask [default: the one of the settings]
    #[arg(short, long)]
    model: Option<String>,
    /// Let answers rest on the library, with citations
    #[arg(short, long)]
    grounded: bool,
    /// The project that it is for, whose budget then counts too
    #[arg(short, long, value_name = "NAME")]
    project: Option<Project>,
    #[command(flatten)]
    tools: ToolFlags,
    /// Begin it in this folder, such as `Work/Clients`, with its instructions and documents; made where it is not there
    #[arg(long, value_name = "PATH", conflicts_with = "conversation")]
    folder: Option<String>,
    /// Go on with this conversation (its id)
    #[arg(short, long, value_name = "ID")]
    conversation: Option<String>,
}

/// The conversation as it stands between two lines.
struct Talk {
    conversation: Conversation,
    leaf_id: Option<String>,
    model: Option<String>,
    grounding: Grounding,
}

impl Chat {
    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let mut session = Session::open(global).await?;
        session.client = session.client.at_work_on(self.project);
        let done = self.hold(&session, output).await;
        session.close().await;
        done
    }

    /// Takes lines until there are no more, or one fails that nobody can put right.
    async fn hold(&self, session: &Session, output: Output) -> Result<(), CliError> {
        let mut talk = self.begin(session, output).await?;
        let interactive = std::io::stdin().is_terminal();
        let mut lines = BufReader::new(tokio::io::stdin()).lines();
        loop {
            if interactive {
                output.text(&output.bold("> "))?;
            }
            let Some(line) = lines.next_line().await? else { break };
            match line.trim().split_once(' ').unwrap_or((line.trim(), "")) {
                ("", _) => {}
                ("/quit" | "/exit", _) => break,
                ("/new", _) => talk = self.begin(session, output).await?,
                ("/model", name) if !name.is_empty() => talk.model = Some(name.trim().to_owned()),
                ("/ground", state @ ("on" | "off")) => talk.grounding.enabled = state == "on",
                (command, _) if command.starts_with('/') => {
                    output.remark("commands: /model NAME, /ground on|off, /new, /quit");
                }
                _ => match talk.say(session, output, line).await {
                    Ok(()) => {}
                    // At the prompt a failed answer is told, and the conversation goes on.
                    Err(error) if interactive => crate::output::report(&error),
                    Err(error) => return Err(error),
                },
            }
        }
        Ok(())
    }

    async fn begin(&self, session: &Session, output: Output) -> Result<Talk, CliError> {
        let grounding = Grounding { enabled: self.grounded, document_ids: Vec::new() };
        let conversation: Conversation = match &self.conversation {
            Some(id) => session.client.get(&format!("/api/conversations/{id}")).await?,
            None => {
                let folder_id = match &self.folder {
                    Some(path) => Some(folders::at_path(&session.client, output, path).await?),
                    None => None,
                };
                let new = CreateConversation {
                    model: self.model.clone(),
                    grounding: grounding.clone(),
                    folder_id,
                    ..CreateConversation::default()
                };
                session.client.send(Method::POST, "/api/conversations", &new).await?
            }
        };
        self.tools.tell(&session.client, &conversation).await?;
        let messages: MessageList =
            session.client.get(&format!("/api/conversations/{}/messages", conversation.id)).await?;
        let grounding = if self.grounded { grounding } else { conversation.grounding.clone() };
        Ok(Talk { leaf_id: messages.leaf_id, model: self.model.clone(), grounding, conversation })
    }
}

impl Talk {
    async fn say(&mut self, session: &Session, output: Output, text: String) -> Result<(), CliError> {
        let turn = StartTurn {
            parent_id: self.leaf_id.clone(),
            text,
            images: Vec::new(),
            model: self.model.clone(),
            grounding: Some(self.grounding.clone()),
        };
        let answer: Message = answer::ask(&session.client, output, &self.conversation.id, &turn).await?;
        self.leaf_id = Some(answer.id);
        Ok(())
    }
}
