//! Whole replies kept for identical requests of one owner, and one upstream call for identical requests
//! under way; with an embedder also for requests whose last turn means the same. Off unless the configuration or the
//! route gives it a time to live.

mod alike;
mod figures;
mod key;
mod near;
mod replay;
mod shelf;
pub(crate) mod stage;

pub use figures::{CacheOverview, CacheRoute};
pub(crate) use key::{CacheKey, Subject, keyed};
pub(crate) use near::Point;
pub(crate) use replay::replay;
pub(crate) use shelf::{Stored, StoredBody, Written, event_bytes};

use crate::error::GatewayError;
use figures::Figures;
use http::HeaderMap;
use llm::{LlmError, StopReason};
use near::Neighbours;
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
    neighbours: Neighbours,
    figures: Figures,
}

/// How the request that the others wait for is doing.
#[derive(Debug, Clone)]
enum Flight {
    UnderWay,
    /// Its reply is on the shelf.
    Kept,
    /// Its reply is not for others.
    NotKept,
    /// It failed, and the others would have as well.
    Failed(LlmError),
}

/// What the cache has to say.
#[derive(Debug)]
pub(crate) enum Recalled {
    /// The reply.
    Hit(Arc<Stored>, How),
    /// Nothing; the reply is to be put in the slot, if there is one.
    Miss(Option<Slot>),
}

/// How a reply came out of the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// It was there.
    Hit,
    /// An identical request was under way.
    Shared,
    /// It was there for another request that means the same.
    Semantic,
}

impl How {
    /// The word of the header `x-familiar-cache`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Shared => "shared",
            Self::Semantic => "semantic",
        }
    }
}

/// What a caller wants of the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum CacheWish {
    /// Whatever it has.
    #[default]
    Use,
    /// A new answer, which may be kept (`cache-control: no-cache`).
    Renew,
    /// A new answer, which is not kept (`cache-control: no-store`).
    Nothing,
}

impl CacheWish {
    /// What the headers of a request say.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let values = headers.get_all(http::header::CACHE_CONTROL).iter();
        let words = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        words.fold(Self::Use, |wish, word| match (word.trim().to_ascii_lowercase().as_str(), wish) {
            ("no-store", _) | (_, Self::Nothing) => Self::Nothing,
            ("no-cache", _) => Self::Renew,
            (_, wish) => wish,
        })
    }
}

/// The place for a reply that others may be waiting for. Dropped empty, the next of them goes out.
#[derive(Debug)]
pub(crate) struct Slot {
    cache: Weak<Cache>,
    key: CacheKey,
    ttl: Duration,
    /// Those who wait; `None` where nobody does.
    flight: Option<watch::Sender<Flight>>,
    /// Where among the requests that mean the same it stands.
    pub(crate) point: Option<Point>,
}

impl Cache {
    pub(crate) fn new(config: &crate::config::CacheConfig) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                shelf: Shelf::new(config.max_bytes),
                flights: HashMap::new(),
                neighbours: Neighbours::new(config.max_semantic_entries),
                figures: Figures::default(),
            }),
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
        let mut how = How::Hit;
        loop {
            let mut under_way = {
                let mut state = self.state.lock();
                if let Some(stored) = state.shelf.get(&key, now()) {
                    return Ok(Recalled::Hit(stored, how));
                }
                match state.flights.get(&key) {
                    Some(flight) => flight.clone(),
                    None => {
                        let (flight, others) = watch::channel(Flight::UnderWay);
                        state.flights.insert(key, others);
                        return Ok(Recalled::Miss(Some(self.slot(key, ttl, Some(flight)))));
                    }
                }
            };
            how = How::Shared;
            let landed = under_way.wait_for(|flight| !matches!(flight, Flight::UnderWay));
            match tokio::time::timeout(self.longest_wait, landed).await {
                Ok(Ok(flight)) => match &*flight {
                    Flight::Failed(error) => return Err(error.clone().into()),
                    // Each gets an answer of its own, all at the same time.
                    Flight::NotKept => return Ok(Recalled::Miss(None)),
                    Flight::Kept | Flight::UnderWay => {}
                },
                // The one waited for was abandoned; somebody else has to go.
                Ok(Err(_)) => {}
                Err(_) => return Ok(Recalled::Miss(None)),
            }
        }
    }

    /// The slot of a request whose answer takes the place of the one that is kept. Nobody waits for it.
    pub(crate) fn renew(self: &Arc<Self>, key: CacheKey, ttl: Duration) -> Slot {
        self.slot(key, ttl, None)
    }

    fn slot(self: &Arc<Self>, key: CacheKey, ttl: Duration, flight: Option<watch::Sender<Flight>>) -> Slot {
        Slot { cache: Arc::downgrade(self), key, ttl, flight, point: None }
    }

    /// The reply kept for the nearest request that means the same.
    pub(crate) fn near(&self, point: &Point, threshold: f64, now: Duration) -> Option<Arc<Stored>> {
        let mut state = self.state.lock();
        let key = state.neighbours.nearest(point, threshold, now)?;
        state.shelf.get(&key, now)
    }

    /// Counts what was looked up for a route, and what it saved.
    pub(crate) fn count(&self, route: &str, found: Option<(How, &Stored)>) {
        self.state.lock().figures.count(route, found.map(|(how, stored)| (how, stored.cost)));
    }

    /// Forgets every reply.
    pub(crate) fn clear(&self) {
        let mut state = self.state.lock();
        state.shelf.clear();
        state.neighbours.clear();
    }

    /// Replies kept, and the bytes they take.
    pub(crate) fn size(&self) -> (usize, usize) {
        self.state.lock().shelf.size()
    }

    /// What is kept, and what came of looking.
    pub(crate) fn overview(&self) -> CacheOverview {
        let state = self.state.lock();
        let (entries, bytes) = state.shelf.size();
        state.figures.overview(entries, bytes, state.neighbours.size())
    }
}

impl Slot {
    /// Keeps the reply, unless it is an instruction to act: a call of a tool is not repeated to somebody else.
    pub(crate) fn keep(mut self, stored: Stored, stop: Option<&StopReason>, now: Duration) {
        let Some(cache) = self.cache.upgrade() else { return };
        let acts = matches!(stop, Some(StopReason::ToolCalls));
        if acts || stored.size_bytes() > cache.max_entry_bytes {
            return self.land(Flight::NotKept);
        }
        self.put(&cache, Arc::new(stored), now);
    }

    /// Keeps a reply that is kept for another request.
    pub(crate) fn keep_found(mut self, stored: &Arc<Stored>, now: Duration) {
        if let Some(cache) = self.cache.upgrade() {
            // It stands for nothing else: what means the same as a copy need not mean the same as the original.
            self.point = None;
            self.put(&cache, Arc::clone(stored), now);
        }
    }

    fn put(&mut self, cache: &Cache, stored: Arc<Stored>, now: Duration) {
        let mut state = cache.state.lock();
        state.shelf.put(self.key, stored, now, self.ttl);
        if let Some(point) = self.point.take() {
            state.neighbours.put(point, self.key, now + self.ttl, now);
        }
        drop(state);
        if let Some(flight) = &self.flight {
            flight.send_replace(Flight::Kept);
        }
    }

    /// Tells those who wait that it failed. Errors are never kept.
    pub(crate) fn fail(self, error: LlmError) {
        self.land(Flight::Failed(error));
    }

    fn land(&self, how: Flight) {
        if let Some(flight) = &self.flight {
            flight.send_replace(how);
        }
    }

    /// Longest reply that can be kept, in bytes.
    pub(crate) fn max_bytes(&self) -> usize {
        self.cache.upgrade().map_or(0, |cache| cache.max_entry_bytes)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let (Some(_), Some(cache)) = (&self.flight, self.cache.upgrade()) {
            cache.state.lock().flights.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_may_ask_for_new_answers() {
        let wish = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(http::header::CACHE_CONTROL, value.parse().unwrap());
            }
            CacheWish::of(&headers)
        };
        assert_eq!(wish(&[]), CacheWish::Use);
        assert_eq!(wish(&["max-age=0"]), CacheWish::Use);
        assert_eq!(wish(&["No-Cache"]), CacheWish::Renew);
        assert_eq!(wish(&["max-age=0, no-cache"]), CacheWish::Renew);
        assert_eq!(wish(&["no-cache", "no-store"]), CacheWish::Nothing);
        assert_eq!(wish(&["no-store, no-cache"]), CacheWish::Nothing);
    }
}
