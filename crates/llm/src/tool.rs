//! The port of tools: what a model may have done for it while it answers.
//!
//! A tool says what it is ([`ToolSpec`], with a JSON Schema of its arguments), whether it changes anything, and does it.
//! What it answers is text for the model. Errors are told to the model too, so that it can put its call right.

use crate::ToolSpec;
use base::{ErrorKind, Id, OwnerId};
use futures::{
    FutureExt,
    future::{BoxFuture, ready},
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{fmt, sync::Arc, time::Duration};

/// Longest arguments that are read, in bytes.
const ARGUMENTS_LIMIT_BYTES: usize = 64 * 1024;

/// Something that a model may have done.
pub trait Tool: Send + Sync + fmt::Debug {
    /// Its name, what it does and what it wants; the same at every call.
    fn spec(&self) -> ToolSpec;
    /// Whether it changes something; then a person is asked first.
    fn effect(&self) -> Effect {
        Effect::Reads
    }
    /// Does it, with the JSON that the model wrote. Dropping the future cancels it; what changes something does all of
    /// it or nothing.
    ///
    /// # Errors
    /// Whatever goes wrong, in words that help a model to do better.
    fn call<'a>(
        &'a self,
        context: &'a ToolContext,
        arguments: &'a str,
    ) -> BoxFuture<'a, Result<String, ToolError>>;
    /// What a call would change, in words for the person who is asked; `None` where the arguments say it themselves.
    fn about<'a>(&'a self, _context: &'a ToolContext, _arguments: &'a str) -> BoxFuture<'a, Option<String>> {
        ready(None).boxed()
    }
    /// The server that it comes from, where it is not a part of this program.
    fn server(&self) -> Option<&str> {
        None
    }
    /// How long a call may take; `None` for as long as is usual.
    fn patience(&self) -> Option<Duration> {
        None
    }
}

/// Tools that come and go while the program runs.
pub trait ToolSource: Send + Sync + fmt::Debug {
    /// Those that can be called now, for this owner.
    fn tools(&self, owner: OwnerId) -> Vec<Arc<dyn Tool>>;
    /// Has those of these names be there, where they can be and as soon as they can.
    fn prepare<'a>(&'a self, _owner: OwnerId, _names: &'a [String]) -> BoxFuture<'a, ()> {
        ready(()).boxed()
    }
    /// Whether a tool of this name would be one of its own, be it there at the moment or not. Who chose it keeps the
    /// choice.
    fn owns(&self, name: &str) -> bool;
}

/// What a tool does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It looks or calculates.
    Reads,
    /// It changes what is kept.
    Changes,
}

/// For whom and where a tool is called.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ToolContext {
    /// Whose things it may see; `None` of nobody.
    pub owner: Option<OwnerId>,
    /// The conversation that it is called in.
    pub conversation_id: Option<Id>,
    /// The memory's scopes that are open there, as text; what is new belongs to the first.
    pub scopes: Vec<String>,
    /// Only these documents of the library; empty means all.
    pub document_ids: Vec<String>,
}

impl ToolContext {
    /// Whose things it may see.
    ///
    /// # Errors
    /// Where it is called for nobody.
    pub fn owner(&self) -> Result<OwnerId, ToolError> {
        self.owner.ok_or_else(|| ToolError::Failed("this tool needs somebody to work for".into()))
    }
}

/// Why a tool did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ToolError {
    /// There is no such tool here.
    #[error("there is no tool `{name}`; there are: {known}")]
    Unknown {
        /// The name that was called.
        name: String,
        /// Those there are.
        known: String,
    },
    /// The arguments are not what the schema says.
    #[error("the arguments do not fit: {0}")]
    Arguments(String),
    /// It is not there.
    #[error("{0}")]
    NotFound(String),
    /// The person does not want it.
    #[error("the person did not allow this; do not try it again, and go on without it")]
    Declined,
    /// It took too long.
    #[error("the tool did not answer in {0} seconds")]
    Timeout(u64),
    /// Something else went wrong.
    #[error("{0}")]
    Failed(String),
}

impl ToolError {
    /// The kind, for the edge.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Unknown { .. } | Self::NotFound(_) => ErrorKind::NotFound,
            Self::Arguments(_) => ErrorKind::Invalid,
            Self::Declined => ErrorKind::Conflict,
            Self::Timeout(_) => ErrorKind::Unavailable,
            Self::Failed(_) => ErrorKind::Internal,
        }
    }
}

/// Reads a tool's arguments. No text at all stands for an empty object: models leave it out where nothing is wanted.
///
/// # Errors
/// What does not fit, and where.
pub fn arguments<T: DeserializeOwned>(text: &str) -> Result<T, ToolError> {
    if text.len() > ARGUMENTS_LIMIT_BYTES {
        let told = format!("they have {} bytes, {ARGUMENTS_LIMIT_BYTES} are allowed", text.len());
        return Err(ToolError::Arguments(told));
    }
    let text = if text.trim().is_empty() { "{}" } else { text };
    let value: Value = serde_json::from_str(text)
        .map_err(|error| ToolError::Arguments(format!("they are not JSON ({error})")))?;
    if !value.is_object() {
        return Err(ToolError::Arguments("they have to be a JSON object".into()));
    }
    serde_json::from_value(value).map_err(|error| ToolError::Arguments(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wanted {
        #[serde(default)]
        sides: u32,
    }

    #[test]
    fn arguments_are_read_as_models_write_them_and_errors_say_what_does_not_fit() {
        for (text, sides) in [("", 0), ("  ", 0), ("{}", 0), (r#"{"sides":6}"#, 6)] {
            assert_eq!(arguments::<Wanted>(text), Ok(Wanted { sides }), "{text}");
        }
        for (text, told) in [
            ("{\"sides\":", "not JSON"),
            ("[6]", "JSON object"),
            ("\"six\"", "JSON object"),
            (r#"{"sides":"six"}"#, "six"),
            (r#"{"faces":6}"#, "faces"),
        ] {
            let error = arguments::<Wanted>(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid);
            assert!(error.to_string().contains(told), "{text}: {error}");
        }
        let long = format!("{{\"sides\":{}}}", "1".repeat(ARGUMENTS_LIMIT_BYTES));
        assert!(arguments::<Wanted>(&long).unwrap_err().to_string().contains("allowed"));
    }

    #[test]
    fn nobody_has_nothing() {
        assert!(ToolContext::default().owner().is_err());
        let context = ToolContext { owner: Some(Id::FIRST_OWNER), ..ToolContext::default() };
        assert_eq!(context.owner(), Ok(Id::FIRST_OWNER));
    }
}
