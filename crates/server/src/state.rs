//! What handlers can ask for: each takes the service it needs, never the whole program.

use app::App;
use axum::extract::FromRef;
use batch::Batches;
use chat::ChatService;
use compare::Bench;
use gateway::Gateway;
use library::Library;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Cancelled when the server goes down; ends the event streams.
#[derive(Debug, Clone)]
pub struct Closing(pub CancellationToken);

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
            app: Arc::clone(app),
        }
    }
}
