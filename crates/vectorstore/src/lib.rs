//! Vectors on engines beside the program (SCL-3): behind the port [`vectors::Engine`], with the same meaning as in it.
//!
//! [`Qdrant`] speaks Qdrant's REST API through `net`, [`Pgvector`] SQL to the PostgreSQL that the database is. What either
//! has is a copy of what the database keeps: it may be lost, and is made anew by who asks. [`open`] makes what the
//! [`Config`] names.

mod config;
mod db;
mod open;
pub mod pgvector;
pub mod qdrant;

pub use config::{Config, EngineName};
pub use open::{OpenError, open};
pub use pgvector::Pgvector;
pub use qdrant::Qdrant;
