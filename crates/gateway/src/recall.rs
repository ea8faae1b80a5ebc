//! Whole replies kept for identical requests of one owner, and one upstream call for identical requests
//! under way. Off unless the configuration or the route gives it a time to live.

mod key;
mod shelf;

pub(crate) use key::{CacheKey, Subject, cache_key};
pub(crate) use shelf::{Stored, StoredBody, event_bytes};

use crate::error::GatewayError;
use llm::LlmError;
use parking_lot::Mutex;
use shelf::Shelf;
use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::sync::watch;

/// The cache.
#[derive(Debug)]
pub(crate) struct Cache {
    state: Mutex<State>,
    pub(crate) max_entry_bytes: usize,
    longest_wait: Duration,
}

#[derive(Debug)]
struct State {
    shelf: Shelf,
    flights: HashMap<CacheKey, watch::Receiver<Flight>>,
}

/// How the request that the others wait for is doing.
#[derive(Debug, Clone)]
enum Flight {
    UnderWay,
    /// Its reply is on the shelf.
    Kept,
    /// It failed, and the others would have as well.
    Failed(LlmError),
}

/// What the cache has to say.
#[derive(Debug)]
pub(crate) enum Recalled {
    /// The reply.
    Hit(Arc<Stored>),
    /// Nothing; the reply is to be put in the slot, if there is one.
    Miss(Option<Slot>),
}

/// The place for a reply that others may be waiting for. Dropped empty, the next of them goes out.
#[derive(Debug)]
pub(crate) struct Slot {
    cache: Weak<Cache>,
    key: CacheKey,
    ttl: Duration,
    flight: watch::Sender<Flight>,
}

impl Cache {
    pub(crate) fn new(config: &crate::config::CacheConfig) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State { shelf: Shelf::new(config.max_bytes), flights: HashMap::new() }),
            max_entry_bytes: config.max_entry_bytes.min(config.max_bytes),
            longest_wait: Duration::from_secs(config.wait_seconds),
        })
    }

    /// Finds the reply for this key, waits for the identical request under way, or gives out the slot.
    /// `now` reads the monotonic clock.
    pub(crate) async fn recall(
        self: &Arc<Self>,
        key: CacheKey,
        ttl: Duration,
        now: impl Fn() -> Duration,
    ) -> Result<Recalled, GatewayError> {
        loop {
            let mut under_way = {
                let mut state = self.state.lock();
                if let Some(stored) = state.shelf.get(&key, now()) {
                    return Ok(Recalled::Hit(stored));
                }
                match state.flights.get(&key) {
                    Some(flight) => flight.clone(),
                    None => {
                        let (flight, others) = watch::channel(Flight::UnderWay);
                        state.flights.insert(key, others);
                        let cache = Arc::downgrade(self);
                        return Ok(Recalled::Miss(Some(Slot { cache, key, ttl, flight })));
                    }
                }
            };
            let landed = under_way.wait_for(|flight| !matches!(flight, Flight::UnderWay));
            match tokio::time::timeout(self.longest_wait, landed).await {
                Ok(Ok(flight)) => {
                    if let Flight::Failed(error) = &*flight {
                        return Err(error.clone().into());
                    }
                }
                // The one waited for was abandoned; somebody else has to go.
                Ok(Err(_)) => {}
                Err(_) => return Ok(Recalled::Miss(None)),
            }
        }
    }

    /// Replies kept, and the bytes they take.
    pub(crate) fn size(&self) -> (usize, usize) {
        self.state.lock().shelf.size()
    }
}

impl Slot {
    /// Keeps the reply.
    pub(crate) fn keep(self, stored: Stored, now: Duration) {
        if let Some(cache) = self.cache.upgrade()
            && stored.size_bytes() <= cache.max_entry_bytes
        {
            let stored = Arc::new(stored);
            cache.state.lock().shelf.put(self.key, stored, now, self.ttl);
            self.flight.send_replace(Flight::Kept);
        }
    }

    /// Tells those who wait that it failed. Errors are never kept.
    pub(crate) fn fail(self, error: LlmError) {
        self.flight.send_replace(Flight::Failed(error));
    }

    /// Longest reply that can be kept, in bytes.
    pub(crate) fn max_bytes(&self) -> usize {
        self.cache.upgrade().map_or(0, |cache| cache.max_entry_bytes)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(cache) = self.cache.upgrade() {
            cache.state.lock().flights.remove(&self.key);
        }
    }
}
