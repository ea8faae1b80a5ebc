//! `familiar tokens`: how many tokens a text has.

use crate::{Global, error::CliError, output::Output, session::Session};
use api::tokens::{CountTokens, TokenCount};
use clap::{Args, Subcommand};
use http::Method;
use std::{io::Read, path::PathBuf};

/// Count the tokens of a text or a request
#[derive(Debug, Args)]
pub(crate) struct Tokens {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Count a file, or what comes on standard input
    Count(Count),
}

#[derive(Debug, Args)]
struct Count {
    /// The file; `-` or nothing for standard input
    file: Option<PathBuf>,
    /// A model or route, also one that is not configured
    #[arg(short, long, default_value = "gpt-4o")]
    model: String,
    /// It is a request in this format and not a text: openai-chat, openai-responses, anthropic, gemini or ollama
    #[arg(short, long)]
    request: Option<String>,
}

impl Tokens {
    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let Verb::Count(count) = self.verb;
        let asked = count.read()?;
        let session = Session::open(global).await?;
        let done = count_tokens(&session, output, &asked).await;
        session.close().await;
        done
    }
}

impl Count {
    /// What is to be counted.
    fn read(self) -> Result<CountTokens, CliError> {
        let Self { file, model, request } = self;
        let (name, bytes) = match file.filter(|file| file.as_os_str() != "-") {
            Some(file) => {
                let name = file.display().to_string();
                let bytes =
                    std::fs::read(&file).map_err(|error| CliError::failed(format!("`{name}`: {error}")))?;
                (name, bytes)
            }
            None => {
                let mut bytes = Vec::new();
                std::io::stdin().lock().read_to_end(&mut bytes)?;
                ("standard input".to_owned(), bytes)
            }
        };
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            CliError::failed(format!("`{name}` is not text in UTF-8 (byte {at})"))
                .hint("tokens are counted of text; documents belong into the library")
        })?;
        let Some(format) = request else {
            return Ok(CountTokens { model, text: Some(text), request: None, format: None });
        };
        let value = serde_json::from_str(&text)
            .map_err(|error| CliError::failed(format!("`{name}` is not JSON: {error}")))?;
        Ok(CountTokens { model, text: None, request: Some(value), format: Some(format) })
    }
}

async fn count_tokens(session: &Session, output: Output, asked: &CountTokens) -> Result<(), CliError> {
    let counted: TokenCount = session.client.send(Method::POST, "/api/tokens/count", asked).await?;
    if output.json {
        return output.value(&counted);
    }
    output.line(counted.tokens.to_string())?;
    let trust = match (counted.exact, counted.error_percent) {
        (true, _) => "exact".to_owned(),
        (false, Some(error)) => {
            format!("an estimate, nine of ten within {error} % of what {} answers reported", counted.samples)
        }
        (false, None) => "an estimate whose error is not known yet".to_owned(),
    };
    output.remark(format!("for `{}`, by {}: {trust}", counted.model, counted.method));
    Ok(())
}
