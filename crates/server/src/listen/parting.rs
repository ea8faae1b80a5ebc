//! The orderly end of connections: each is told once that the server goes down, and may finish what it is at.
//!
//! A connection is polled some five times a request. To ask each time whether the server goes down by now takes a lock
//! that all connections share; here that is a look at a flag, and only whoever is woken for it asks.

use hyper_util::server::graceful::GracefulConnection;
use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Waker,
};
use tokio::{sync::watch, task::unconstrained};

/// Who says goodbye.
#[derive(Debug)]
pub(super) struct Parting {
    begun: Arc<AtomicBool>,
    told: watch::Sender<()>,
}

impl Default for Parting {
    fn default() -> Self {
        Self { begun: Arc::default(), told: watch::Sender::new(()) }
    }
}

impl Parting {
    /// What a connection is served with.
    pub(super) fn guest(&self) -> Guest {
        Guest { begun: Arc::clone(&self.begun), told: self.told.subscribe() }
    }

    /// Tells every connection, and waits until all have ended.
    pub(super) async fn say_goodbye(self) {
        self.begun.store(true, Ordering::Release);
        self.told.send_replace(());
        self.told.closed().await;
    }
}

/// A connection's part in that.
#[derive(Debug)]
pub(super) struct Guest {
    begun: Arc<AtomicBool>,
    told: watch::Receiver<()>,
}

impl Guest {
    /// Serves a connection to its end.
    pub(super) async fn serve<C: GracefulConnection>(self, connection: C) -> Result<(), C::Error> {
        let Self { begun, mut told } = self;
        let mut connection = pin!(connection);
        // It must not come to nothing because others have had their share of the thread.
        let mut goodbye = pin!(unconstrained(told.changed()));
        let mut heard = false;
        let mut woken: Option<Waker> = None;
        poll_fn(|context| {
            let known = woken.as_ref().is_some_and(|waker| waker.will_wake(context.waker()));
            if !heard && (!known || begun.load(Ordering::Acquire)) {
                woken = Some(context.waker().clone());
                heard = goodbye.as_mut().poll(context).is_ready();
                if heard {
                    connection.as_mut().graceful_shutdown();
                }
            }
            connection.as_mut().poll(context)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{Request, Response};
    use http_body_util::Full;
    use hyper::{body::Incoming, server::conn::http1, service::service_fn};
    use hyper_util::rt::TokioIo;
    use std::{convert::Infallible, time::Duration};
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream},
        sync::Notify,
    };

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n";

    /// A service that says when it is asked, and answers when it may.
    #[derive(Debug, Default)]
    struct Gate {
        asked: Notify,
        may_answer: Notify,
    }

    /// A client of a connection to it.
    fn connect(parting: &Parting, gate: &Arc<Gate>) -> DuplexStream {
        let (client, server) = tokio::io::duplex(4096);
        let (guest, gate) = (parting.guest(), Arc::clone(gate));
        let service = service_fn(move |_: Request<Incoming>| {
            let gate = Arc::clone(&gate);
            async move {
                gate.asked.notify_one();
                gate.may_answer.notified().await;
                Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"done"))))
            }
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(server), service);
        tokio::spawn(async move { guest.serve(connection).await.unwrap() });
        client
    }

    /// What hangs is a failure.
    async fn within<T>(work: impl Future<Output = T>) -> T {
        tokio::time::timeout(Duration::from_secs(30), work).await.expect("it ends")
    }

    async fn rest(client: &mut DuplexStream) -> String {
        let mut rest = Vec::new();
        within(client.read_to_end(&mut rest)).await.unwrap();
        String::from_utf8(rest).unwrap()
    }

    #[tokio::test]
    async fn connections_without_a_request_end_when_they_are_told() {
        let (parting, gate) = (Parting::default(), Arc::<Gate>::default());
        let (mut used, mut fresh) = (connect(&parting, &gate), connect(&parting, &gate));
        gate.may_answer.notify_one();
        used.write_all(REQUEST).await.unwrap();
        let mut status = [0; 12];
        within(used.read_exact(&mut status)).await.unwrap();
        assert_eq!(&status, b"HTTP/1.1 200");
        within(parting.say_goodbye()).await;
        assert!(rest(&mut used).await.ends_with("done"), "what was answered is whole");
        assert_eq!(rest(&mut fresh).await, "");
    }

    #[tokio::test]
    async fn a_request_under_way_is_answered_and_is_the_last() {
        let (parting, gate) = (Parting::default(), Arc::<Gate>::default());
        let mut client = connect(&parting, &gate);
        client.write_all(REQUEST).await.unwrap();
        within(gate.asked.notified()).await;
        let goodbye = tokio::spawn(parting.say_goodbye());
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(!goodbye.is_finished(), "it waits for the answer");
        gate.may_answer.notify_one();
        let answer = rest(&mut client).await;
        assert!(answer.contains("connection: close") && answer.ends_with("done"), "{answer}");
        within(goodbye).await.unwrap();
    }

    #[tokio::test]
    async fn a_guest_that_comes_in_after_the_goodbye_leaves_at_once() {
        let (parting, gate) = (Parting::default(), Arc::<Gate>::default());
        // Its task runs for the first time when all is said.
        let mut late = connect(&parting, &gate);
        within(parting.say_goodbye()).await;
        assert_eq!(rest(&mut late).await, "");
    }
}
