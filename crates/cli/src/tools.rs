//! Tools on the terminal: which the model may use, and what it does with them.

use crate::{
    client::{Client, encoded},
    error::CliError,
    output::Output,
};
use api::{
    chat::{Conversation, UpdateConversation},
    tools::{ToolChoices, ToolState, ToolUse},
};
use clap::Args;
use http::Method;

/// Characters of arguments and results that are shown.
const SHOWN_CHARS: usize = 160;

/// Which tools the model may use.
#[derive(Debug, Default, Args)]
pub(crate) struct ToolFlags {
    /// Let the model use these tools, such as `calculate,roll,recall` [default: those of the settings]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    tools: Vec<String>,
    /// Let these tools change things without asking, such as `remember`; they need not be named in `--tools`
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    allow: Vec<String>,
}

impl ToolFlags {
    /// Tells a conversation, where anything was said.
    pub(crate) async fn tell(&self, client: &Client, conversation: &Conversation) -> Result<(), CliError> {
        if self.tools.is_empty() && self.allow.is_empty() {
            return Ok(());
        }
        let ToolChoices { on, mut unasked } = conversation.tools.clone();
        let mut chosen = if self.tools.is_empty() { on.unwrap_or_default() } else { self.tools.clone() };
        for name in &self.allow {
            for list in [&mut chosen, &mut unasked] {
                if !list.contains(name) {
                    list.push(name.clone());
                }
            }
        }
        let tools = Some(ToolChoices { on: Some(chosen), unasked });
        let update = UpdateConversation { tools, ..UpdateConversation::default() };
        let path = format!("/api/conversations/{}", encoded(&conversation.id));
        client.send::<Conversation>(Method::PATCH, &path, &update).await.map(|_| ())
    }
}

/// Tells beside the answer what the model does.
pub(crate) fn tell(output: Output, used: &ToolUse) {
    let call = format!("{} {}", used.name, shortened(&used.arguments));
    match used.state {
        ToolState::Running => {}
        ToolState::Waiting => output.remark(format!(
            "{call} wants to change something: allow it on the page, or begin with `--allow {}`; Ctrl-C stops",
            used.name
        )),
        ToolState::Done => output.remark(format!("{call} -> {}", shortened(&used.result))),
        ToolState::Failed => output.remark(format!("{call} failed: {}", shortened(&used.result))),
        ToolState::Declined => output.remark(format!("{call} was not allowed")),
        ToolState::Cancelled => output.remark(format!("{call} was stopped")),
    }
}

fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = line.chars().take(SHOWN_CHARS).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}
