//! `familiar ask`: one question, one answer.

use crate::{
    Global, answer,
    client::{Client, encoded},
    error::CliError,
    output::Output,
    session::Session,
    tools::ToolFlags,
};
use api::chat::{Conversation, CreateConversation, Grounding, Image, StartTurn};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use budget::Project;
use clap::Args;
use http::Method;
use std::{
    io::{IsTerminal as _, Read as _},
    path::{Path, PathBuf},
};

/// Ask a question and print the answer as it comes
///
/// What is piped in follows the question: `familiar ask "summarise this" < notes.md`.
#[derive(Debug, Args)]
pub(crate) struct Ask {
    /// The question; `-` or nothing reads it from standard input
    #[arg(value_name = "QUESTION")]
    words: Vec<String>,
    /// The model or route to ask [default: the one of the settings]
    #[arg(short, long)]
    model: Option<String>,
    /// Let the answer rest on the library, with citations
    #[arg(short, long)]
    grounded: bool,
    /// Look only into this document (its id; may be given several times)
    #[arg(long, value_name = "ID")]
    document: Vec<String>,
    /// Show the model this picture (may be given several times)
    #[arg(short, long, value_name = "FILE")]
    image: Vec<PathBuf>,
    /// The project that it is for, whose budget then counts too
    #[arg(short, long, value_name = "NAME")]
    project: Option<Project>,
    #[command(flatten)]
    tools: ToolFlags,
    /// Keep the conversation instead of deleting it afterwards
    #[arg(short, long)]
    keep: bool,
}

impl Ask {
    /// A question for the Librarian, as `familiar library ask` puts it.
    pub(crate) fn librarian(words: Vec<String>) -> Self {
        let model = Some(library_model().to_owned());
        Self {
            words,
            model,
            grounded: true,
            document: Vec::new(),
            image: Vec::new(),
            project: None,
            tools: ToolFlags::default(),
            keep: false,
        }
    }

    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let text = question(&self.words)?;
        let images = self.image.iter().map(|file| read_image(file)).collect::<Result<_, _>>()?;
        let grounding = Grounding {
            enabled: self.grounded || !self.document.is_empty(),
            document_ids: self.document.clone(),
        };
        let new =
            CreateConversation { model: self.model.clone(), grounding, ..CreateConversation::default() };
        let turn = StartTurn { parent_id: None, text, images, model: None, grounding: None };
        let session = Session::open(global).await?;
        let client = session.client.at_work_on(self.project);
        let done = self.ask(&client, output, (&new, &turn)).await;
        session.close().await;
        done
    }

    /// Asks in a conversation of its own, which goes again unless it is kept.
    async fn ask(
        &self,
        client: &Client,
        output: Output,
        (new, turn): (&CreateConversation, &StartTurn),
    ) -> Result<(), CliError> {
        let conversation: Conversation = client.send(Method::POST, "/api/conversations", new).await?;
        let answered = match self.tools.tell(client, &conversation).await {
            Ok(()) => answer::ask(client, output, &conversation.id, turn).await,
            Err(error) => Err(error),
        };
        if !self.keep {
            let path = format!("/api/conversations/{}", encoded(&conversation.id));
            client.act(Method::DELETE, &path).await?;
        }
        answered.map(|_| ())
    }
}

const fn library_model() -> &'static str {
    library::LIBRARIAN_ID
}

/// The words of the command line, and behind them what is piped in.
pub(crate) fn question(words: &[String]) -> Result<String, CliError> {
    let asked = if words == ["-"] { String::new() } else { words.join(" ") };
    let mut piped = String::new();
    if !std::io::stdin().is_terminal() {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        piped = String::from_utf8_lossy(&bytes).trim_end().to_owned();
    }
    let text = [asked.trim(), piped.as_str()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    if text.is_empty() {
        return Err(CliError::usage("there is no question").hint("familiar ask \"What is a virtual key?\""));
    }
    Ok(text.join("\n\n"))
}

/// A picture as the API takes it.
pub(crate) fn read_image(file: &Path) -> Result<Image, CliError> {
    let bytes =
        std::fs::read(file).map_err(|error| CliError::failed(format!("`{}`: {error}", file.display())))?;
    let media_type = match bytes.as_slice() {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        _ => {
            return Err(CliError::usage(format!("`{}` is not a picture that models read", file.display()))
                .hint("use PNG, JPEG, WebP or GIF"));
        }
    };
    Ok(Image {
        media_type: media_type.to_owned(),
        data: STANDARD.encode(bytes),
        alt: String::new(),
        gone: None,
    })
}
