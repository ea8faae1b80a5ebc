//! The server a command speaks to: the one that runs on the data folder, or one inside the command.

use crate::{Global, client::Client, error::CliError};
use app::{App, Config, Environment, lock};
use server::{Addresses, Listeners, lanes::Lanes};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long answers under way may take when a command ends; there are none then.
const GRACE: Duration = Duration::from_secs(2);

/// How often a database that is away is looked for.
const DATABASE_AGAIN: Duration = Duration::from_secs(2);

/// A connection to Familiar.
#[derive(Debug)]
pub(crate) struct Session {
    /// How to speak to it.
    pub client: Client,
    inside: Option<Running>,
}

/// A program with its server, as `serve` and sessions run it.
#[derive(Debug)]
pub(crate) struct Running {
    app: Arc<App>,
    serving: JoinHandle<std::io::Result<()>>,
    stop: CancellationToken,
    /// Kept as long as the program runs: no other one may use the data folder.
    lock: lock::DataLock,
    /// The threads in which connections live, and what their requests have begun.
    lanes: Arc<Lanes>,
    /// Where the page is.
    pub address: SocketAddr,
}

impl Session {
    /// Finds the running server, or starts one for the length of the command.
    pub(crate) async fn open(global: &Global) -> Result<Self, CliError> {
        let mut config = load(global)?;
        if let Some(address) = lock::running(&config.data_dir) {
            return Ok(Self { client: Client::new(address), inside: None });
        }
        // Most commands have no use for tools, and starting servers takes time.
        config.tool_servers = app::Begin::WhenWanted;
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let running = Running::start(config, Addresses { listen: any_port, expose: None }).await?;
        Ok(Self { client: Client::new(running.address), inside: Some(running) })
    }

    /// Ends the server if it was started for this command.
    pub(crate) async fn close(self) {
        if let Some(running) = self.inside {
            running.stop(GRACE).await;
        }
    }
}

impl Running {
    /// Takes the data folder, builds the program and listens.
    pub(crate) async fn start(config: Config, addresses: Addresses) -> Result<Self, CliError> {
        Self::start_when_possible(config, addresses, None).await
    }

    /// The same; with `waits`, which is told why, it waits for a database that is away, and says so to those who
    /// ask meanwhile.
    pub(crate) async fn start_when_possible(
        config: Config,
        addresses: Addresses,
        mut waits: Option<&mut (dyn FnMut(&app::AppError) + Send)>,
    ) -> Result<Self, CliError> {
        let locked = |error: lock::LockError| CliError::failed(error.to_string()).hint(error.hint());
        let mut lock = lock::DataLock::take(&config.data_dir).map_err(locked)?;
        let listeners = Listeners::open(addresses).await.map_err(|error| {
            let why = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            CliError::failed(format!("{error}{why}")).hint(error.hint())
        })?;
        let address = listeners.address()?;
        let app = loop {
            match (Box::pin(App::start(config.clone(), reader()?)).await, &mut waits) {
                (Ok(app), _) => break app,
                (Err(error), Some(waits)) if error.is_waiting_for_the_database() => {
                    waits(&error);
                    answer_meanwhile(&listeners, &error).await?;
                }
                (Err(error), _) => {
                    let told = CliError::failed(error.to_string());
                    return Err(match error.hint() {
                        Some(hint) => told.hint(hint),
                        None => told,
                    });
                }
            }
        };
        lock.publish(address).map_err(locked)?;
        let stop = CancellationToken::new();
        let lanes = Arc::new(Lanes::start()?);
        let serving = server::serve(Arc::clone(&app), listeners, Arc::clone(&lanes), stop.clone());
        Ok(Self { app, serving: tokio::spawn(serving), stop, lock, lanes, address })
    }

    /// Takes no new connections, lets answers under way end for `grace`, writes everything down.
    pub(crate) async fn stop(self, grace: Duration) {
        let Self { app, serving, stop, lock, lanes, .. } = self;
        stop.cancel();
        app.shutdown(grace).await;
        if let Ok(Err(error)) = serving.await {
            tracing::warn!(%error, "the server ended with an error");
        }
        drop((lanes, lock));
    }
}

/// Says to those who ask that the database is away, until it is time to look for it again.
async fn answer_meanwhile(listeners: &Listeners, error: &app::AppError) -> Result<(), CliError> {
    let look_again = CancellationToken::new();
    let timer = look_again.clone();
    tokio::spawn(async move {
        tokio::time::sleep(DATABASE_AGAIN).await;
        timer.cancel();
    });
    Ok(server::serve_waiting(listeners, error.to_string(), look_again).await?)
}

/// The configuration, or everything that is wrong with it.
pub(crate) fn load(global: &Global) -> Result<Config, CliError> {
    Config::load(&global.overrides(), &Environment::of_process())
        .map_err(|errors| CliError::usage(errors.to_string()).hint("`familiar config check` checks it again"))
}

/// Documents are read by this program itself, started once more for each.
fn reader() -> Result<library::Reader, CliError> {
    Ok(library::Reader::Process {
        program: std::env::current_exe()?,
        arguments: vec![library::worker::SUBCOMMAND.into()],
    })
}
