//! What a server is: how it is reached, how it is doing, and what it offers.

use crate::{error::McpError, names};
use base::{Id, OwnerId, Secret};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// Most arguments, values of the environment or headers of a server.
const MOST_VALUES: usize = 100;
/// Longest of them, in bytes.
const LONGEST_VALUE: usize = 8_192;

/// Secret values by name.
pub type Values = BTreeMap<String, Secret>;

/// A server as it is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSpec {
    /// What it is called; its tools are named after it.
    pub name: String,
    /// How it is reached.
    pub transport: Transport,
    /// Values of the environment of a command, headers of an address.
    pub values: Values,
    /// Whether it is used.
    pub enabled: bool,
}

/// How a server is reached. Nothing here is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Transport {
    /// A program on this machine.
    Command {
        /// The program.
        command: String,
        /// Its arguments.
        #[serde(default)]
        args: Vec<String>,
        /// The folder it works in; the data folder where not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        folder: Option<String>,
    },
    /// An address.
    Http {
        /// Where.
        url: String,
    },
}

/// Where a server was set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On the page.
    Kept(Id),
    /// In `mcp.json`.
    File,
}

/// A server that somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewServer {
    /// Whose it is.
    pub owner: OwnerId,
    /// How it is set up.
    pub spec: ServerSpec,
}

/// What is changed of a server; what is not said stays.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Another name.
    pub name: Option<String>,
    /// Another way to it; of the same kind.
    pub transport: Option<Transport>,
    /// Values set anew, or with `None` forgotten.
    pub values: BTreeMap<String, Option<Secret>>,
    /// Whether it is used.
    pub enabled: Option<bool>,
}

/// How a server is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is not used.
    Off,
    /// It is being started.
    Starting,
    /// Its tools can be called.
    Ready,
    /// It is not there.
    Away,
}

/// A tool that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name at the server.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// A tool as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolShown {
    /// Its name for models.
    pub name: String,
    /// Its name at the server.
    pub own_name: String,
    /// What it does, in the server's words.
    pub description: String,
    /// Whether it may change something.
    pub changes: bool,
    /// About what it adds to each prompt.
    pub tokens: u64,
}

/// A server as people see it.
#[derive(Debug, Clone)]
pub struct ServerShown {
    /// Its id; `file:NAME` for those of the file.
    pub id: String,
    /// How it is set up.
    pub spec: ServerSpec,
    /// Where.
    pub place: Place,
    /// How it is doing.
    pub state: State,
    /// Why it is away.
    pub trouble: Option<Trouble>,
    /// Its last words on standard error.
    pub said: Vec<String>,
    /// What it says it is, and the protocol's version.
    pub about: Option<About>,
    /// What it offers.
    pub tools: Vec<ToolShown>,
    /// What it offers and cannot be used.
    pub left_out: Vec<LeftOut>,
}

pub use crate::error::Trouble;

/// What a server says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The version of the protocol that is spoken.
    pub protocol: String,
}

/// What came of a test.
#[derive(Debug, Clone)]
pub struct Tested {
    /// What it is and how many tools it has, or what is wrong.
    pub outcome: Result<(About, usize), Trouble>,
    /// Its last words on standard error.
    pub said: Vec<String>,
    /// How long it took.
    pub took: Duration,
}

impl ServerSpec {
    /// Refuses what cannot be used, before anything is kept.
    ///
    /// # Errors
    /// [`McpError::Invalid`].
    pub fn check(&self) -> Result<(), McpError> {
        if !names::is_server_name(&self.name) {
            return Err(invalid(
                format!("`{}` cannot be the name of a tool server", self.name),
                "use up to 24 letters, digits, single underscores and dashes, with a letter or digit at both ends",
            ));
        }
        if self.values.len() > MOST_VALUES
            || self.values.values().any(|value| value.expose().len() > LONGEST_VALUE)
        {
            let message = format!(
                "there are more than {MOST_VALUES} values, or one has more than {LONGEST_VALUE} bytes"
            );
            return Err(invalid(message, "leave some out"));
        }
        match &self.transport {
            Transport::Command { command, args, folder } => {
                let texts = [Some(command), folder.as_ref()].into_iter().flatten().chain(args);
                let too_long =
                    args.len() > MOST_VALUES || texts.clone().any(|text| text.len() > LONGEST_VALUE);
                if command.trim().is_empty() {
                    return Err(invalid(
                        "there is no command".to_owned(),
                        "write the program's name or path",
                    ));
                }
                if too_long || texts.clone().any(|text| text.contains('\0')) {
                    return Err(invalid(
                        "the command is too long, or has a NUL in it".to_owned(),
                        "write less",
                    ));
                }
                let bad = self.values.iter().find(|(name, value)| {
                    name.is_empty() || name.contains(['=', '\0']) || value.expose().contains('\0')
                });
                match bad {
                    Some((name, _)) => {
                        Err(invalid(format!("`{name}` cannot be a variable"), "write it as NAME=value"))
                    }
                    None => Ok(()),
                }
            }
            Transport::Http { url } => {
                crate::http::checked_url(url).map_err(|message| {
                    invalid(message, "write an address such as `https://example.com/mcp`")
                })?;
                crate::http::checked_headers(&self.values)
                    .map(|_| ())
                    .map_err(|message| invalid(message, "write it as Name: value"))
            }
        }
    }
}

pub(crate) fn invalid(message: String, hint: &'static str) -> McpError {
    McpError::Invalid { message, hint }
}
