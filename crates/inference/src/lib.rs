//! Models on this machine: what [`OnDevice`] finds in the models' folder answers, or makes vectors, like any provider.
//!
//! A model is a GGUF file or a folder with safetensors. Finding one reads its header only; its weights are read
//! when somebody asks it, on a thread of its own, and given back when nobody has asked for a while. This crate is
//! the only one that knows candle.
//!
//! Reading order: [`OnDevice`] (the port), `shelf` (what is in the folder), `worker` (a loaded model and its
//! queue), `engine` (one answer), then the parts of an engine: `architecture`, `model`, `tokenizer`, `template`,
//! `sampling`, `text`, `thinking`. Of these the last three are pure. `encoder` makes vectors.

mod architecture;
mod config;
mod counter;
mod encoder;
mod engine;
mod error;
mod files;
mod memory;
mod model;
mod on_device;
mod sampling;
mod shelf;
mod template;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod text;
mod thinking;
mod tokenizer;
mod worker;

pub use config::Config;
pub use on_device::{OnDevice, PROVIDER, Stock};
pub use shelf::Unusable;
