//! The HTTP edge: one route table, the API, the OpenAI and Anthropic doors, and the page.
//!
//! Reading order: [`router`] (the one route table), `routes/` (a file a noun), [`guard`] (who may come in),
//! [`problem`] (errors), [`listen`] and [`lanes`] (connections). Handlers extract, call one thing of a bench, and convert.

mod front;
pub mod guard;
pub mod lanes;
pub mod listen;
pub mod openapi;
pub mod page;
pub mod problem;
pub mod router;
pub mod sse;
pub mod state;
pub mod waiting;

mod attachment;
mod convert;
mod extract;
mod metrics;
mod routes {
    //! The handlers, a file a noun.
    pub(crate) mod alerts;
    pub(crate) mod batches;
    pub(crate) mod bookmarks;
    pub(crate) mod budgets;
    pub(crate) mod cache;
    pub(crate) mod checks;
    pub(crate) mod classify;
    pub(crate) mod compare;
    pub(crate) mod conversations;
    pub(crate) mod docs;
    pub(crate) mod doors;
    pub(crate) mod entries;
    pub(crate) mod exchanges;
    pub(crate) mod experiments;
    pub(crate) mod feelings;
    pub(crate) mod folders;
    pub(crate) mod groups;
    pub(crate) mod health;
    pub(crate) mod help;
    pub(crate) mod jobs;
    pub(crate) mod keys;
    pub(crate) mod library;
    pub(crate) mod logs;
    pub(crate) mod mcp;
    pub(crate) mod memory;
    pub(crate) mod models;
    pub(crate) mod money;
    pub(crate) mod personas;
    pub(crate) mod presets;
    pub(crate) mod prompt_sets;
    pub(crate) mod retention;
    pub(crate) mod routing;
    pub(crate) mod searches;
    pub(crate) mod shared;
    pub(crate) mod shares;
    pub(crate) mod sla;
    pub(crate) mod system;
    pub(crate) mod tags;
    pub(crate) mod templates;
    pub(crate) mod tokens;
    pub(crate) mod tools;
    pub(crate) mod transfer;
    pub(crate) mod usage;
    pub(crate) mod watched;
}

use app::App;
use front::Front;
use lanes::Lanes;
use state::AppState;
use std::{io, net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Where to listen.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    /// For the person: everything. Has to be a loopback address.
    pub listen: SocketAddr,
    /// For other machines: only what asks for a virtual key.
    pub expose: Option<SocketAddr>,
}

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The page and its API have no login yet.
    #[error(
        "`{0}` can be reached from other machines, and the page has no accounts yet that would protect it"
    )]
    NotLoopback(SocketAddr),
    /// The address cannot be had.
    #[error("cannot listen on `{address}`")]
    Bind {
        /// Which.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl ListenError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotLoopback(_) => {
                "listen on 127.0.0.1, and give `--expose ADDRESS` to open only `/v1` and `/anthropic`, which ask for a key"
            }
            Self::Bind { .. } => "choose another port with `--listen 127.0.0.1:PORT`",
        }
    }
}

/// The listening sockets.
#[derive(Debug)]
pub struct Listeners {
    whole: Arc<TcpListener>,
    exposed: Option<Arc<TcpListener>>,
}

impl Listeners {
    /// Opens the sockets. When the port for the person is taken, any free one is (the caller says so).
    pub async fn open(addresses: Addresses) -> Result<Self, ListenError> {
        if !addresses.listen.ip().is_loopback() {
            return Err(ListenError::NotLoopback(addresses.listen));
        }
        let whole = match TcpListener::bind(addresses.listen).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                bind(SocketAddr::new(addresses.listen.ip(), 0)).await?
            }
            Ok(listener) => listener,
            Err(source) => return Err(ListenError::Bind { address: addresses.listen, source }),
        };
        let exposed = match addresses.expose {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        Ok(Self { whole: Arc::new(whole), exposed: exposed.map(Arc::new) })
    }

    /// Where the person finds the page.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.whole.local_addr()
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address).await.map_err(|source| ListenError::Bind { address, source })
}

/// Answers until `shutdown` that the program is not there yet, and why: what asks meanwhile is told to come
/// back, and nobody's key is called wrong.
pub async fn serve_waiting(
    listeners: &Listeners,
    why: impl Into<String>,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let lanes = Lanes::none();
    let front = Front::new(None, waiting::router(Some(why.into())));
    let whole = listen::accept(Arc::clone(&listeners.whole), front, &lanes, shutdown.clone());
    match &listeners.exposed {
        Some(listener) => {
            let exposed = listen::accept(
                Arc::clone(listener),
                Front::new(None, waiting::router(None)),
                &lanes,
                shutdown,
            );
            tokio::try_join!(whole, exposed).map(|_| ())
        }
        None => whole.await,
    }
}

/// Serves until `shutdown`, then lets requests under way end. The program itself goes on: see [`App::shutdown`]. What
/// requests have begun may still run in the lanes then.
pub async fn serve(
    app: Arc<App>,
    listeners: Listeners,
    lanes: Arc<Lanes>,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let exposed = listeners.exposed.as_ref().and_then(|listener| listener.local_addr().ok());
    let state = AppState::of(&app).exposed(exposed);
    let whole = listen::accept(
        listeners.whole,
        Front::new(Some(Arc::clone(&app.gateway)), router::whole(state.clone())),
        &lanes,
        shutdown.clone(),
    );
    match listeners.exposed {
        Some(listener) => {
            let exposed = listen::accept(
                listener,
                Front::new(Some(Arc::clone(&app.gateway)), router::exposed(state)),
                &lanes,
                shutdown,
            );
            tokio::try_join!(whole, exposed).map(|_| ())
        }
        None => whole.await,
    }
}
