//! What goes wrong on the terminal: a message, a hint, an exit code.

use api::{chat::MessageError, models::ModelTest, problem::Problem};
use std::fmt;
use std::path::Path;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct CliError {
    message: String,
    hint: Option<String>,
    exit: Exit,
}

/// The exit codes that scripts may rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Something failed that has no code of its own.
    Failed = 1,
    /// Wrong usage or configuration (`clap` uses the same code).
    Usage = 2,
    /// A model or its provider failed.
    Model = 3,
    /// A limit on rate or money was reached.
    Limited = 4,
    /// Stopped with Ctrl-C.
    Stopped = 130,
}

impl CliError {
    /// A failure.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, exit: Exit::Failed }
    }

    /// A file that cannot be read or written.
    pub(crate) fn unusable(path: &Path, error: &std::io::Error) -> Self {
        Self::failed(format!("`{}`: {error}", path.display()))
    }

    /// Wrong usage or configuration.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, ..Self::failed(message) }
    }

    /// Ctrl-C.
    pub(crate) fn stopped() -> Self {
        Self { exit: Exit::Stopped, ..Self::failed("stopped") }
    }

    /// What the server refused.
    pub(crate) fn refused(problem: Problem) -> Self {
        let exit = match problem.status {
            429 => Exit::Limited,
            400..=499 => Exit::Failed,
            502 | 504 => Exit::Model,
            _ => Exit::Failed,
        };
        Self { message: problem.detail, hint: problem.hint, exit }
    }

    /// An answer that failed.
    pub(crate) fn answer(error: MessageError) -> Self {
        let limited = matches!(error.code.as_str(), "rate_limited" | "quota_exceeded");
        let exit = if limited { Exit::Limited } else { Exit::Model };
        Self { message: format!("{}: {}", error.code, error.message), hint: error.hint, exit }
    }

    /// A model that was tested and did not answer.
    pub(crate) fn model(test: ModelTest) -> Self {
        let exit = match test.code.as_deref() {
            Some("limited") => Exit::Limited,
            Some("upstream" | "unavailable") => Exit::Model,
            Some(_) | None => Exit::Failed,
        };
        Self { message: test.message, hint: test.hint, exit }
    }

    /// With advice.
    #[must_use]
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The exit code.
    pub(crate) const fn exit(&self) -> u8 {
        self.exit as u8
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        Self::failed(error.to_string())
    }
}
