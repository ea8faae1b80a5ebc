//! Documents in, passages and cited answers out.
//!
//! Reading order: [`model`], [`config`].

mod config;
mod error;
pub mod model;

pub use config::Config;
pub use error::LibraryError;
