//! Has an Ollama fetch a model, with its progress (PRV-5).

use crate::{Endpoint, ProviderError};
use base::ErrorKind;
use bytes::Bytes;
use futures::StreamExt;
use llm::{Dialect, LlmError, LlmErrorKind};
use net::TimeOuts;
use serde::Deserialize;
use std::{collections::BTreeMap, time::Duration};

const PATH: &str = "/api/pull";
/// Nothing is said while a layer of many gigabytes is checked.
const TIME_OUTS: TimeOuts = TimeOuts {
    first_byte: Duration::from_secs(60),
    stall: Duration::from_secs(15 * 60),
    total: Duration::from_secs(48 * 3600),
};
/// A line of progress has a few hundred bytes.
const MAX_LINE_BYTES: usize = 64 * 1024;
/// Names have a registry, an owner, a model and a tag.
const MAX_NAME_BYTES: usize = 256;

/// How far a pull is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullProgress {
    /// What is being done, in Ollama's words.
    pub stage: String,
    /// Bytes of all layers seen so far that are there.
    pub done: u64,
    /// Bytes of all layers seen so far; `None` before the first.
    pub total: Option<u64>,
}

/// Why a model could not be pulled.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// There is no such provider.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The provider has its models; nothing can be added to them.
    #[error("`{provider}` speaks `{dialect}`, and only an Ollama can be told to pull a model")]
    NotOllama {
        /// The provider's name.
        provider: String,
        /// What it speaks.
        dialect: Dialect,
    },
    /// The name cannot be one of a model.
    #[error("`{name}` cannot be the name of a model")]
    InvalidName {
        /// The name.
        name: String,
    },
    /// The Ollama cannot be reached, or could not pull it.
    #[error("`{name}` could not be pulled: {source}")]
    Failed {
        /// The model's name.
        name: String,
        /// What it said.
        source: LlmError,
    },
}

impl PullError {
    /// What sort of failure this is.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Provider(error) => error.kind(),
            Self::NotOllama { .. } | Self::InvalidName { .. } => ErrorKind::Invalid,
            Self::Failed { source, .. } => source.kind(),
        }
    }

    /// What the person can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Provider(error) => error.hint(),
            Self::NotOllama { .. } => "name a provider whose vendor is `ollama`".to_owned(),
            Self::InvalidName { .. } => "use a name like `llama3.2` or `qwen3:8b`".to_owned(),
            Self::Failed { source, .. } if source.kind == LlmErrorKind::NotFound => {
                "check the name in Ollama's library of models, such as `qwen3:8b`".to_owned()
            }
            Self::Failed { source, .. } => source.kind.hint().to_owned(),
        }
    }

    /// Whether trying again may help; what was fetched by then is kept by the Ollama.
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Failed { source, .. } if source.kind.retryable())
    }
}

/// Checks what can be checked before anybody is asked.
pub(crate) fn check(endpoint: &Endpoint, name: &str) -> Result<(), PullError> {
    let fits = |c: char| !c.is_whitespace() && !c.is_control();
    if name.is_empty() || name.len() > MAX_NAME_BYTES || !name.chars().all(fits) {
        return Err(PullError::InvalidName { name: name.to_owned() });
    }
    let dialect = endpoint.dialect();
    if dialect != Dialect::Ollama {
        return Err(PullError::NotOllama { provider: endpoint.name().to_owned(), dialect });
    }
    Ok(())
}

/// Pulls a model, telling every step. Dropped before its end, the connection closes and the Ollama stops.
pub(crate) async fn pull(
    endpoint: &Endpoint,
    name: &str,
    told: &mut (dyn FnMut(PullProgress) + Send),
) -> Result<(), PullError> {
    check(endpoint, name)?;
    let failed = |source| PullError::Failed { name: name.to_owned(), source };
    let body = Bytes::from(serde_json::json!({ "model": name, "stream": true }).to_string());
    let opened = endpoint.open(PATH, body, TIME_OUTS).await;
    let mut pieces = opened.map_err(|mut error| {
        // The status of most of these is 500, whatever they are about.
        if error.kind == LlmErrorKind::Server {
            error.kind = class(&error.message);
        }
        failed(error)
    })?;
    let mut pulling = Pulling::default();
    while let Some(piece) = pieces.next().await {
        pulling.push(&piece.map_err(failed)?, told).map_err(failed)?;
    }
    pulling.finish(told).map_err(failed)
}

/// A line of what an Ollama tells while it pulls.
#[derive(Deserialize)]
struct Line {
    error: Option<String>,
    status: Option<String>,
    digest: Option<String>,
    total: Option<u64>,
    completed: Option<u64>,
}

/// Follows a pull.
#[derive(Default)]
struct Pulling {
    partial: Vec<u8>,
    /// Size of each layer, and what of it is there.
    layers: BTreeMap<String, (u64, u64)>,
    succeeded: bool,
}

impl Pulling {
    fn push(
        &mut self,
        mut bytes: &[u8],
        told: &mut (dyn FnMut(PullProgress) + Send),
    ) -> Result<(), LlmError> {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(end);
            self.partial.extend_from_slice(line);
            bytes = rest.get(1..).unwrap_or_default();
            self.line(told)?;
        }
        self.partial.extend_from_slice(bytes);
        if self.partial.len() > MAX_LINE_BYTES {
            let message = format!("a line of progress is longer than {MAX_LINE_BYTES} bytes");
            return Err(LlmError::new(LlmErrorKind::Malformed, message));
        }
        Ok(())
    }

    fn finish(mut self, told: &mut (dyn FnMut(PullProgress) + Send)) -> Result<(), LlmError> {
        self.line(told)?;
        if self.succeeded {
            return Ok(());
        }
        Err(LlmError::new(LlmErrorKind::Network, "the provider broke off before the model was there"))
    }

    fn line(&mut self, told: &mut (dyn FnMut(PullProgress) + Send)) -> Result<(), LlmError> {
        let bytes = std::mem::take(&mut self.partial);
        if bytes.trim_ascii().is_empty() {
            return Ok(());
        }
        let line: Line =
            serde_json::from_slice(&bytes).map_err(|error| wire::malformed("a line of progress", &error))?;
        if let Some(message) = line.error {
            return Err(LlmError::new(class(&message), message));
        }
        let stage = line.status.unwrap_or_default();
        self.succeeded |= stage == "success";
        if let (Some(digest), Some(total)) = (line.digest, line.total) {
            let done = line.completed.unwrap_or(0).min(total);
            self.layers.insert(digest, (total, done));
        }
        let sum = |pick: fn(&(u64, u64)) -> u64| self.layers.values().map(pick).fold(0, u64::saturating_add);
        let total = (!self.layers.is_empty()).then(|| sum(|layer| layer.0));
        told(PullProgress { stage, done: sum(|layer| layer.1), total });
        Ok(())
    }
}

/// The class of what an Ollama says when it cannot pull.
fn class(message: &str) -> LlmErrorKind {
    let message = message.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&["file does not exist", "not found", "invalid model name"]) {
        LlmErrorKind::NotFound
    } else if says(&["unauthorized", "not authorized"]) {
        LlmErrorKind::Authentication
    } else if says(&["no space left"]) {
        LlmErrorKind::BadRequest
    } else if says(&["dial tcp", "no such host", "connection refused", "timeout", "eof"]) {
        LlmErrorKind::Network
    } else {
        LlmErrorKind::Server
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LINES: &str = "{\"status\":\"pulling manifest\"}\n\
        {\"status\":\"pulling aa\",\"digest\":\"sha256:aa\",\"total\":1000}\n\
        {\"status\":\"pulling aa\",\"digest\":\"sha256:aa\",\"total\":1000,\"completed\":400}\n\
        {\"status\":\"pulling bb\",\"digest\":\"sha256:bb\",\"total\":50,\"completed\":50}\n\n\
        {\"status\":\"verifying sha256 digest\"}\n\
        {\"status\":\"success\"}";

    fn run(text: &str, size: usize) -> (Vec<PullProgress>, Option<LlmErrorKind>) {
        let (mut pulling, mut steps) = (Pulling::default(), Vec::new());
        let mut told = |step| steps.push(step);
        let pushed = text.as_bytes().chunks(size).try_for_each(|piece| pulling.push(piece, &mut told));
        let outcome = pushed.and_then(|()| pulling.finish(&mut told));
        (steps, outcome.err().map(|error| error.kind))
    }

    #[test]
    fn layers_add_up() {
        let (steps, error) = run(LINES, 7);
        let figures: Vec<_> = steps.iter().map(|step| (step.done, step.total)).collect();
        let (none, first, both) = ((0, None), Some(1000), Some(1050));
        assert_eq!(figures, [none, (0, first), (400, first), (450, both), (450, both), (450, both)]);
        assert_eq!((steps[4].stage.as_str(), error), ("verifying sha256 digest", None));
    }

    #[test]
    fn what_does_not_end_well_is_told_by_its_class() {
        for (text, kind) in [
            ("", LlmErrorKind::Network),
            ("{\"status\":\"pulling manifest\"}\n", LlmErrorKind::Network),
            ("{\"error\":\"pull model manifest: file does not exist\"}\n", LlmErrorKind::NotFound),
            ("{\"error\":\"dial tcp: lookup registry: no such host\"}", LlmErrorKind::Network),
            ("{\"error\":\"write blobs: no space left on device\"}", LlmErrorKind::BadRequest),
            ("<html>", LlmErrorKind::Malformed),
        ] {
            assert_eq!(run(text, 5).1, Some(kind), "{text}");
        }
        assert_eq!(run(&"x".repeat(MAX_LINE_BYTES + 2), 4096).1, Some(LlmErrorKind::Malformed));
    }

    proptest! {
        #[test]
        fn the_split_does_not_matter(size in 1usize..400) {
            prop_assert_eq!(run(LINES, size), run(LINES, LINES.len()));
        }
    }
}
