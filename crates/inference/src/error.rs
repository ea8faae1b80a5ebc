//! Why a model cannot be used.

use llm::{LlmError, LlmErrorKind};
use std::{any::Any, path::PathBuf};

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ModelError {
    /// A file cannot be read.
    #[error("`{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file does not begin as its kind of file does.
    #[error("`{}` is no {format} file: {what}", path.display())]
    NotThis {
        /// The file.
        path: PathBuf,
        /// What it should be.
        format: &'static str,
        /// What was found.
        what: String,
    },
    /// The file ends too early, or contradicts itself.
    #[error("`{}` is broken: {what}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A kind of model that this program cannot run.
    #[error("`{}` has the architecture `{name}`, which cannot be run here", path.display())]
    Architecture {
        /// The file.
        path: PathBuf,
        /// Its name in the file.
        name: String,
    },
    /// Something in the file that this program does not know.
    #[error("`{}` needs what is not supported: {what}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What.
        what: String,
    },
    /// No tokenizer.
    #[error("`{}` has no tokenizer: {what}", path.display())]
    NoTokenizer {
        /// The file or folder.
        path: PathBuf,
        /// What was looked for.
        what: String,
    },
    /// It does not fit into memory.
    #[error(
        "`{name}` needs about {} of memory and {} can be had",
        crate::memory::readable(*needed),
        crate::memory::readable(*available)
    )]
    Memory {
        /// The model.
        name: String,
        /// Bytes that it would take.
        needed: u64,
        /// Bytes that it may take.
        available: u64,
    },
    /// The code that reads or runs it failed where it never should.
    #[error("`{name}` failed: {what}")]
    Failed {
        /// The model.
        name: String,
        /// What it said.
        what: String,
    },
}

impl ModelError {
    /// What the person can do about it.
    pub(crate) const fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "check that the file is there and that Familiar may read it",
            Self::NotThis { .. } => {
                "put GGUF files and folders with safetensors into the models' folder, nothing else"
            }
            Self::Broken { .. } => "the file was probably not downloaded to its end; download it again",
            Self::Architecture { .. } => {
                "models of the Llama, Mistral, Qwen2 and Qwen3 families can be run here"
            }
            Self::Unsupported { .. } => "another file of the same model, such as a GGUF in Q4_K_M, may work",
            Self::NoTokenizer { .. } => {
                "put the model's `tokenizer.json` into its folder, or beside a GGUF file as `NAME.tokenizer.json`"
            }
            Self::Memory { .. } => {
                "take a smaller model or a smaller quantisation, lower `context_tokens`, or end other programs"
            }
            Self::Failed { .. } => {
                "the file may be damaged: download it again; if others fail, too, restart Familiar"
            }
        }
    }

    /// The same for the gateway. A model that cannot be loaded is not there for its caller; another may be.
    pub(crate) fn for_caller(&self) -> LlmError {
        let kind = match self {
            Self::Memory { .. } => LlmErrorKind::Overloaded,
            Self::Failed { .. } => LlmErrorKind::Server,
            Self::Unreadable { .. }
            | Self::NotThis { .. }
            | Self::Broken { .. }
            | Self::Architecture { .. }
            | Self::Unsupported { .. }
            | Self::NoTokenizer { .. } => LlmErrorKind::NotFound,
        };
        LlmError::new(kind, format!("{self}; {}", self.hint()))
    }
}

/// What a panic said. The libraries that read models panic on some files.
pub(crate) fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&'static str>().copied());
    first_line(text.unwrap_or("it gave no reason"))
}

/// A library's error without the backtrace that it may carry.
pub(crate) fn plain(error: impl std::fmt::Display) -> String {
    first_line(&error.to_string())
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(300).collect()
}
