//! Outgoing HTTP: connection pools, TLS, time-outs, and the guard against internal addresses.
//!
//! A [`Client`] keeps its connections, offers HTTP/2 where the server speaks it, never follows a redirect
//! and never decodes a body. Dropping the future of [`Client::send`] or the [`Body`] it answered with ends
//! the request at the far side too.

mod body;
mod client;
mod connect;
mod error;
mod figures;
pub mod hold;
mod local;
mod plain;
mod proxy;
mod reach;
mod tls;

pub use body::Body;
pub use client::{Client, NetConfig, Request, Response, TimeOuts};
pub use error::{NetError, TimeOut};
pub use figures::PoolFigures;
pub use local::{LocalOnly, is_here};
pub use proxy::Proxy;
pub use reach::Reach;
