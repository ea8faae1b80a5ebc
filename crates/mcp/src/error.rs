//! What can go wrong: with a server, and with what is asked of the list of them.

use base::ErrorKind;
use net::NetError;
use store::{DbError, VaultError};

/// Why a server, or a call to it, does not work.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Trouble {
    /// The command cannot be started.
    #[error("`{command}` cannot be started: {reason}")]
    Start {
        /// The command.
        command: String,
        /// What the system said.
        reason: String,
    },
    /// The command ended.
    #[error("the command ended ({how})")]
    Ended {
        /// By which status.
        how: String,
    },
    /// It ended, or was stopped, before it answered.
    #[error("the server was stopped before it answered")]
    Stopped,
    /// A message is too large.
    #[error("the server sent a message of more than {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// It took too long.
    #[error("the server did not answer `{method}` in {seconds} seconds")]
    TimedOut {
        /// What was asked.
        method: String,
        /// How long it had.
        seconds: u64,
    },
    /// It answered with an error.
    #[error("the server refused `{method}`: {message} ({code})")]
    Refused {
        /// What was asked.
        method: String,
        /// Its number.
        code: i64,
        /// Its words.
        message: String,
    },
    /// What it answered is not what the protocol says.
    #[error("the answer to `{method}` cannot be read: {reason}")]
    Unreadable {
        /// What was asked.
        method: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It speaks only versions that are not known here.
    #[error("the server speaks MCP `{version}`, which is not known here")]
    Version {
        /// Which.
        version: String,
    },
    /// HTTP said no.
    #[error("the server answered with status {status}{said}")]
    Status {
        /// The status.
        status: u16,
        /// The beginning of what it said, after a colon; may be empty.
        said: String,
    },
    /// The server has forgotten the session.
    #[error("the server has ended the session")]
    SessionOver,
    /// The address cannot be called.
    #[error("{0}")]
    Net(NetError),
    /// An address or a header that cannot be sent.
    #[error("{0}")]
    Invalid(String),
    /// The server is not there.
    #[error("the server `{name}` is away: {reason}")]
    Away {
        /// Which.
        name: String,
        /// Why.
        reason: String,
    },
}

impl Trouble {
    /// What a person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Start { .. } => {
                Some("check the command's spelling, and that it is installed for the user that runs Familiar")
            }
            Self::Ended { .. } => {
                Some("its last words below may say why; run the command in a terminal to see more")
            }
            Self::Stopped | Self::SessionOver => Some("start it again"),
            Self::TooLarge { .. } => Some("ask the tool for less"),
            Self::TimedOut { .. } => Some(
                "see whether it is at work or waits for something; `[mcp]` in the configuration has the time-outs",
            ),
            Self::Refused { .. } => None,
            Self::Unreadable { .. } | Self::Version { .. } => Some("look for a newer version of the server"),
            Self::Status { status: 401 | 403, .. } => Some(
                "add the header it asks for, such as `Authorization: Bearer ...`; logging in by OAuth is not done yet",
            ),
            Self::Status { status: 404 | 405, .. } => {
                Some("check the path, often `/mcp`; the older transport over SSE (`/sse`) is not spoken here")
            }
            Self::Status { .. } => Some("look at the server's own log"),
            Self::Net(NetError::LocalOnly { .. }) => {
                Some("use a server on this machine, or turn local-only mode off in the settings")
            }
            Self::Net(error) => Some(error.hint()),
            Self::Invalid(_) => Some("change it in the settings"),
            Self::Away { .. } => Some("look at the tool servers in the settings"),
        }
    }
}

/// A failure of the list of servers.
#[derive(Debug, thiserror::Error)]
pub enum McpError {
    /// No such server, or not of this owner.
    #[error("there is no tool server `{0}`")]
    NoServer(String),
    /// There is one of this name.
    #[error("there is a tool server `{0}` already")]
    Taken(String),
    /// It stands in `mcp.json`.
    #[error("the tool server `{0}` stands in `mcp.json`")]
    InFile(String),
    /// Something cannot be as it was asked for.
    #[error("{message}")]
    Invalid {
        /// What is wrong.
        message: String,
        /// What to do about it.
        hint: &'static str,
    },
    /// The secrets cannot be kept or read.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<sqlx::Error> for McpError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}

impl McpError {
    /// The kind, for the edge.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoServer(_) => ErrorKind::NotFound,
            Self::Taken(_) | Self::InFile(_) => ErrorKind::Conflict,
            Self::Invalid { .. } => ErrorKind::Invalid,
            Self::Vault(error) => error.kind(),
            Self::Db(error) => error.kind(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoServer(_) => Some("`GET /api/mcp/servers` lists them"),
            Self::Taken(_) => Some("give it another name"),
            Self::InFile(_) => Some("change it in that file; Familiar notices"),
            Self::Invalid { hint, .. } => Some(hint),
            Self::Vault(error) => error.hint(),
            Self::Db(error) => error.hint(),
        }
    }
}
