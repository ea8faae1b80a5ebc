//! What handlers can ask for: each takes the service it needs, never the whole program.

use app::App;
use axum::extract::FromRef;
use batch::Batches;
use chat::{ChatService, Shares};
use compare::Bench;
use gateway::Gateway;
use library::Library;
use std::{net::SocketAddr, sync::Arc};
use tokio_util::sync::CancellationToken;

/// Cancelled when the server goes down; ends the event streams.
#[derive(Debug, Clone)]
pub struct Closing(pub CancellationToken);

/// Where other machines reach what is open to them.
#[derive(Debug, Clone, Copy)]
pub struct Exposed(pub Option<SocketAddr>);

/// The router's state.
#[derive(Debug, Clone, FromRef)]
pub struct AppState {
    app: Arc<App>,
    gateway: Arc<Gateway>,
    batches: Arc<Batches>,
    chat: Arc<ChatService>,
    compare: Arc<Bench>,
    library: Arc<Library>,
    closing: Closing,
    shares: Arc<Shares>,
    exposed: Exposed,
}

impl AppState {
    /// The services of a running program.
    pub fn of(app: &Arc<App>) -> Self {
        Self {
            gateway: Arc::clone(&app.gateway),
            batches: Arc::clone(&app.batches),
            chat: Arc::clone(&app.chat),
            compare: Arc::clone(&app.compare),
            library: Arc::clone(&app.library),
            closing: Closing(app.closing.clone()),
            shares: Arc::new(Shares::new(Arc::clone(&app.chat))),
            exposed: Exposed(None),
            app: Arc::clone(app),
        }
    }

    /// The same, with the address at which other machines reach what is open to them.
    #[must_use]
    pub fn exposed(self, address: Option<SocketAddr>) -> Self {
        Self { exposed: Exposed(address), ..self }
    }
}
