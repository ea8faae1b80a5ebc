//! The two forms in which models are kept: one GGUF file, or a folder with safetensors.

mod folder;
mod gguf;

pub(crate) use folder::{Folder, json};
pub(crate) use gguf::Gguf;

use crate::{
    architecture::Architecture, error::ModelError, model::Matrix, sampling::Settings,
    tokenizer::TextTokenizer,
};
use candle_core::Tensor;
use std::path::Path;

/// A model's files with their headers read. Tensors go by GGUF's names, `blk.0.attn_q.weight`.
pub(crate) trait ModelFiles {
    /// The shape of the model.
    fn architecture(&mut self) -> Result<Architecture, ModelError>;
    /// What people call it, where the file says.
    fn title(&self) -> Option<String>;
    /// Bytes that its weights take in memory.
    fn weight_bytes(&self) -> u64;
    /// Whether this tensor is there.
    fn has(&self, name: &str) -> bool;
    /// A table of `rows` rows.
    fn matrix(&mut self, name: &str, rows: usize, columns: usize) -> Result<Matrix, ModelError>;
    /// A row of numbers, as `f32`.
    fn vector(&mut self, name: &str, length: usize) -> Result<Tensor, ModelError>;
    /// How it reads text.
    fn tokenizer(&mut self) -> Result<TextTokenizer, ModelError>;
    /// How it wants a conversation written down, in Jinja.
    fn template(&mut self) -> Result<Option<String>, ModelError>;
    /// How its makers want it sampled.
    fn sampling(&self) -> Settings;
}

/// Opens whatever is at this path and reads its header.
pub(crate) fn open(path: &Path) -> Result<Box<dyn ModelFiles>, ModelError> {
    if path.is_dir() { Ok(Box::new(Folder::open(path)?)) } else { Ok(Box::new(Gguf::open(path)?)) }
}
