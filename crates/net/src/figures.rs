//! Counts of connections and requests, kept without locks.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

/// What a client's pool holds and has done (PRV-15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PoolFigures {
    /// Connections that are open now, idle ones included.
    pub connections_open: u64,
    /// Connections opened since the start.
    pub connections_opened: u64,
    /// Requests whose reply has not ended yet.
    pub requests_in_flight: u64,
    /// Requests since the start.
    pub requests_sent: u64,
}

/// The counters behind [`PoolFigures`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    connections_open: AtomicU64,
    connections_opened: AtomicU64,
    requests_in_flight: AtomicU64,
    requests_sent: AtomicU64,
}

impl Counters {
    pub(crate) fn snapshot(&self) -> PoolFigures {
        PoolFigures {
            connections_open: self.connections_open.load(Relaxed),
            connections_opened: self.connections_opened.load(Relaxed),
            requests_in_flight: self.requests_in_flight.load(Relaxed),
            requests_sent: self.requests_sent.load(Relaxed),
        }
    }
}

/// Counts a connection for as long as it lives.
#[derive(Debug)]
pub(crate) struct OpenConnection(Arc<Counters>);

impl OpenConnection {
    pub(crate) fn new(counters: Arc<Counters>) -> Self {
        counters.connections_open.fetch_add(1, Relaxed);
        counters.connections_opened.fetch_add(1, Relaxed);
        Self(counters)
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.connections_open.fetch_sub(1, Relaxed);
    }
}

/// Counts a request for as long as it or its reply's body lives.
#[derive(Debug)]
pub(crate) struct InFlight(Arc<Counters>);

impl InFlight {
    pub(crate) fn new(counters: Arc<Counters>) -> Self {
        counters.requests_in_flight.fetch_add(1, Relaxed);
        counters.requests_sent.fetch_add(1, Relaxed);
        Self(counters)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.requests_in_flight.fetch_sub(1, Relaxed);
    }
}
