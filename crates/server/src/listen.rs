//! Accepting connections: limits on heads and slow clients, no Nagle delay, and an orderly end.

mod alarm;
mod parting;

use crate::{front::Front, lanes::Lanes};
use alarm::Alarm;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use net::hold::Stream;
use parting::Parting;
use std::{io, sync::Arc, time::Duration};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long a client may take to send a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// From how many bytes on a request's head gets `431`. Hyper looks only when its buffer is full, so that a head
/// of up to twice as much may get through.
const HEAD_LIMIT_BYTES: usize = 64 * 1024;
/// How long requests under way may take once the server goes down.
const DRAIN_LIMIT: Duration = Duration::from_secs(10);

/// Serves `front` on `listener` until `shutdown`, then lets requests under way end.
pub(crate) async fn accept(
    listener: Arc<TcpListener>,
    front: Front,
    lanes: &Lanes,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let connections = Parting::default();
    let mut builder = http1::Builder::new();
    builder.header_read_timeout(HEAD_TIMEOUT).max_buf_size(HEAD_LIMIT_BYTES);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shutdown.cancelled() => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file descriptors, or a client gone before it was greeted: go on after a breath.
                tracing::warn!(%error, "could not accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        // Without this, Nagle's algorithm and delayed acknowledgements hold small writes for 40 ms.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "could not switch Nagle's algorithm off");
        }
        let (mut builder, service, guest) = (builder.clone(), front.clone(), connections.guest());
        builder.timer(Alarm::default());
        let served = lanes.serve(stream, async move |stream| {
            let connection = builder.serve_connection(TokioIo::new(Stream::new(stream)), service);
            if let Err(error) = guest.serve(connection).await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
        if let Err(error) = served {
            tracing::warn!(%error, "could not hand a connection over");
        }
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_LIMIT, connections.say_goodbye()).await.is_err() {
        tracing::warn!("closed connections that were still busy after {DRAIN_LIMIT:?}");
    }
    Ok(())
}
