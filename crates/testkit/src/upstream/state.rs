//! What the upstream remembers: its script, and what came to it.

use super::ask::Ask;
use super::batches::Batches;
use super::connection::Head;
use super::dialect::Door;
use super::reply::Reply;
use bytes::Bytes;
use serde::Serialize;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::Notify;

/// How many requests are kept; a benchmark sends millions.
const KEPT_REQUESTS: usize = 20_000;

/// A request that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// Counts from 0 since the start or the last reset.
    pub number: usize,
    /// Such as `POST`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names in lower case, in the order they came.
    pub headers: Vec<(String, String)>,
    /// The body as text; bytes that are no UTF-8 are replaced.
    pub body: String,
}

impl Recorded {
    /// The first header of this name (in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `null` when it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// A client that went away in the middle of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Disconnect {
    /// The request it had sent ([`Recorded::number`]).
    pub number: usize,
    /// That request's path.
    pub path: String,
    /// How many words or fragments had gone out.
    pub sent: usize,
    /// Milliseconds from the request's arrival to the noticing.
    pub after_ms: u64,
    /// When it was noticed.
    #[serde(skip)]
    pub noticed: Instant,
}

#[derive(Debug)]
pub(super) struct State {
    /// Replies in order; with a path, only for requests whose path contains it.
    pub queue: VecDeque<(Option<String>, Reply)>,
    /// For model calls that nothing is queued for.
    pub fallback: Reply,
    /// The names in the model lists.
    pub models: Vec<String>,
    /// What was handed in to be answered later.
    pub batches: Batches,
    pub requests: Vec<Recorded>,
    pub disconnects: Vec<Disconnect>,
    arrived: usize,
    /// Finished responses of the canned answer, by door and form.
    canned: HashMap<(Door, bool, bool), Bytes>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            queue: VecDeque::new(),
            fallback: Reply::echo(),
            models: vec!["scripted-large".to_owned(), "scripted-small".to_owned()],
            batches: Batches::default(),
            requests: Vec::new(),
            disconnects: Vec::new(),
            arrived: 0,
            canned: HashMap::new(),
        }
    }
}

impl State {
    /// Puts a model into the lists, if it is not there.
    pub(super) fn add_model(&mut self, name: &str) {
        if !self.models.iter().any(|known| known == name) {
            self.models.push(name.to_owned());
        }
    }

    /// Takes the reply that is next for this path.
    pub(super) fn next_reply(&mut self, path: &str, model_call: bool) -> Option<Reply> {
        let meant = |target: &Option<String>| match target {
            Some(part) => path.contains(part.as_str()),
            None => model_call,
        };
        let own = self.queue.iter().position(|(target, _)| target.is_some() && meant(target));
        let position = own.or_else(|| self.queue.iter().position(|(target, _)| meant(target)))?;
        self.queue.remove(position).map(|(_, reply)| reply)
    }
}

/// The state, and how to wait for its changes.
#[derive(Debug, Default)]
pub(super) struct Shared {
    state: Mutex<State>,
    canned: AtomicBool,
    pub changed: Notify,
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_fallback(&self, reply: Reply) {
        self.canned.store(false, Ordering::Release);
        self.lock().fallback = reply;
    }

    pub(super) fn set_canned(&self, reply: Reply) {
        let mut state = self.lock();
        state.fallback = reply;
        state.canned.clear();
        self.canned.store(true, Ordering::Release);
    }

    pub(super) fn reset(&self) {
        self.canned.store(false, Ordering::Release);
        *self.lock() = State::default();
    }

    /// Whether requests are answered unread.
    pub(super) fn is_canned(&self) -> bool {
        self.canned.load(Ordering::Acquire)
    }

    /// The finished response for a chat call of this form.
    pub(super) fn canned_response(&self, door: Door, ask: &Ask) -> Bytes {
        let mut state = self.lock();
        let key = (door, ask.stream, ask.include_usage);
        if let Some(response) = state.canned.get(&key) {
            return response.clone();
        }
        let response = super::play::whole_response(door, ask, &state.fallback);
        state.canned.insert(key, response.clone());
        response
    }

    /// Keeps a request and gives it its number.
    pub(super) fn record(&self, head: &Head, body: &[u8]) -> usize {
        let mut state = self.lock();
        let number = state.arrived;
        state.arrived += 1;
        if state.requests.len() < KEPT_REQUESTS {
            state.requests.push(Recorded {
                number,
                method: head.method.clone(),
                path: head.path.clone(),
                headers: head.headers.clone(),
                body: String::from_utf8_lossy(body).into_owned(),
            });
        }
        drop(state);
        self.changed.notify_waiters();
        number
    }

    pub(super) fn record_disconnect(&self, disconnect: Disconnect) {
        self.lock().disconnects.push(disconnect);
        self.changed.notify_waiters();
    }
}
