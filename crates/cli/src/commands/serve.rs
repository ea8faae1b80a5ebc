//! `familiar serve`: the server with its page.

use crate::{Global, error::CliError, output::Output, session::Running};
use clap::Args;
use server::Addresses;
use std::{net::SocketAddr, pin::pin, time::Duration};

/// How long answers under way may take to end when the server is asked to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Start the server and its page
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen, an address of this machine; another port is taken if this one is in use
    /// [default: 127.0.0.1:7420]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Where other machines may reach `/v1` and `/anthropic` with a virtual key, and links to conversations
    #[arg(long, value_name = "ADDRESS")]
    expose: Option<SocketAddr>,
    /// What to log: error, warn, info, debug or trace, also by part: `info,gateway=debug`; `trace` is everything,
    /// with every request and every statement to the database
    #[arg(long, value_name = "LEVEL")]
    log: Option<String>,
}

impl Serve {
    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let overrides = app::Overrides {
            listen: self.listen,
            expose: self.expose,
            log_level: self.log,
            ..global.overrides()
        };
        let config = app::Config::load(&overrides, &app::Environment::of_process())
            .map_err(|errors| CliError::usage(errors.to_string()))?;
        config.log.install();
        for warning in &config.warnings {
            tracing::warn!("{warning}");
        }
        if let Some(address) = app::lock::running(&config.data_dir) {
            return Err(CliError::failed(format!(
                "Familiar runs on this data folder already, on http://{address}"
            ))
            .hint("open that address, or choose another folder with `--data DIR`"));
        }
        let addresses = Addresses { listen: config.server.listen, expose: config.server.expose };
        let mut told = false;
        let mut waits = |error: &app::AppError| {
            if !std::mem::replace(&mut told, true) {
                tracing::warn!(%error, hint = error.hint(), "waiting for the database");
            }
        };
        // From here on a signal is heard, however busy the start is.
        let mut asked_to_stop = pin!(asked_to_stop()?);
        let running = tokio::select! {
            running = Running::start_when_possible(config, addresses, Some(&mut waits)) => running?,
            () = &mut asked_to_stop => return Ok(()),
        };
        if addresses.listen.port() != 0 && running.address.port() != addresses.listen.port() {
            output.line(format!("port {} is in use, so another one was taken", addresses.listen.port()))?;
        }
        output.line(format!("Familiar is ready: http://{}", running.address))?;
        if let Some(exposed) = addresses.expose {
            output.line(format!("with a virtual key, other machines reach http://{exposed}/v1"))?;
            output.line(format!(
                "links to conversations that you share lead there, too: http://{exposed}/s/"
            ))?;
        }
        asked_to_stop.await;
        tracing::info!("stopping; answers under way may end within {} s", GRACE.as_secs());
        running.stop(GRACE).await;
        Ok(())
    }
}

/// Ends with the first Ctrl-C or SIGTERM after this call, wherever it is waited for.
fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}
