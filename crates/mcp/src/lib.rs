//! Tools of other programs: a client of servers that speak the Model Context Protocol (MCP).
//!
//! A server is a command on this machine, spoken to over its standard input and output, or an address, spoken to over
//! streamable HTTP. [`Servers`] keeps which there are, starts them, starts them again when they die, and is the
//! [`llm::ToolSource`] of their tools. Nothing that a server sends is trusted: messages and results have limits, what is
//! no message is skipped, and a tool with a broken schema is left out while the others stay.
//!
//! Reading order: [`model`], [`read`] (`mcp.json`), [`names`], `session` (the protocol), `stdio` and `http` (what carries
//! it), `toolset` (what servers list and answer), `server` (one that is kept alive), [`service`].

pub mod config;
pub mod error;
pub mod model;
pub mod names;
pub mod read;
pub mod service;

mod db;
mod http;
mod lines;
mod server;
mod session;
mod stdio;
mod toolset;

pub use config::Config;
pub use error::{McpError, Trouble};
pub use model::{
    Change, LeftOut, NewServer, Place, ServerShown, ServerSpec, State, Tested, ToolShown, Transport, Values,
};
pub use service::{Begin, Imported, Parts, Servers};
