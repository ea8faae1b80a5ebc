//! Files of every format in, blocks of text with their places out; in a child process under limits of memory and time.
//!
//! A [`Reader`] starts the child process ([`worker`]), which finds out what the file is and reads it ([`formats`]), and
//! tells about it in [`ReadEvent`](formats::ReadEvent)s: what the file says of itself, its text as [`Block`]s, and each
//! [`Problem`] with it. [`Limits`] say how much a file may take.
//!
//! Reading order: [`Block`], [`Limits`], [`formats`], [`worker`], [`reader`].

mod block;
mod date;
mod format;
pub mod formats;
mod limits;
mod problem;
pub mod reader;
pub mod worker;

pub use block::{Block, BlockKind};
pub use date::{NoDate, PartialDate};
pub use format::{Format, UnknownFormat};
pub use limits::Limits;
pub use problem::{Problem, ProblemCode};
pub use reader::Reader;
