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
