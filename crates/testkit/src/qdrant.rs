//! A server that keeps points and answers as Qdrant's REST API does: written from its `openapi.json`, without the
//! project's own client, and strict, so that a field that does not exist there is refused here.
//!
//! It stands in for Qdrant where none can be had. It searches exactly, has no shards, no snapshots and no graph.

mod collection;
mod exchange;
mod filter;

use crate::exchange::Call;
use collection::Collection;
use exchange::{Answer, answer};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// A server with Qdrant's REST API on loopback; it ends when it is dropped.
#[derive(Debug)]
pub struct FakeQdrant {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    serving: JoinHandle<()>,
}

/// What it keeps, and how it behaves.
#[derive(Debug, Default)]
pub(crate) struct State {
    collections: BTreeMap<String, Collection>,
    aliases: BTreeMap<String, String>,
    key: Option<String>,
    is_away: bool,
    calls: Vec<String>,
}

impl FakeQdrant {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(Mutex::new(State::default()));
        let played = Arc::clone(&state);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&played);
                tokio::spawn(async move { answer(stream, |call| lock(&state).take(call)).await });
            }
        });
        Ok(Self { address, state, serving })
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on it wants this key.
    pub fn require_key(&self, key: &str) {
        lock(&self.state).key = Some(key.to_owned());
    }

    /// From now on it answers with 503, as one behind a proxy does that is being started.
    pub fn go_away(&self) {
        lock(&self.state).is_away = true;
    }

    /// It answers again.
    pub fn come_back(&self) {
        lock(&self.state).is_away = false;
    }

    /// Loses everything, as one does that was started anew without its disk.
    pub fn lose_everything(&self) {
        let mut state = lock(&self.state);
        state.collections.clear();
        state.aliases.clear();
    }

    /// Loses one of the points of a collection or alias, as no server should.
    pub fn lose_a_point(&self, name: &str) {
        let mut state = lock(&self.state);
        let name = state.aliases.get(name).cloned().unwrap_or_else(|| name.to_owned());
        if let Some(collection) = state.collections.get_mut(&name) {
            collection.lose_one();
        }
    }

    /// The collections with how many points each has.
    pub fn collections(&self) -> BTreeMap<String, usize> {
        let state = lock(&self.state);
        state.collections.iter().map(|(name, collection)| (name.clone(), collection.len())).collect()
    }

    /// The collection that an alias stands for.
    pub fn alias(&self, name: &str) -> Option<String> {
        lock(&self.state).aliases.get(name).cloned()
    }

    /// The fields of a collection that have an index, with its kind and whether it is a tenant's.
    pub fn indexes(&self, name: &str) -> BTreeMap<String, Value> {
        let state = lock(&self.state);
        state.collections.get(name).map(|collection| collection.indexes.clone()).unwrap_or_default()
    }

    /// Methods and paths of what was asked, in order.
    pub fn calls(&self) -> Vec<String> {
        lock(&self.state).calls.clone()
    }
}

impl Drop for FakeQdrant {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why a request is refused: the status, and what Qdrant says.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: &'static str,
    message: String,
}

pub(crate) fn wrong(message: impl Into<String>) -> Refusal {
    Refusal { status: "400 Bad Request", message: format!("Wrong input: {}", message.into()) }
}

fn no_collection(name: &str) -> Refusal {
    let message = format!("Not found: Collection `{name}` doesn't exist!");
    Refusal { status: "404 Not Found", message }
}

impl State {
    fn take(&mut self, call: &Call) -> Answer {
        self.calls.push(format!("{} {}", call.method, call.path));
        if self.is_away {
            return Answer::text("503 Service Unavailable", "upstream is not ready");
        }
        if call.method == "GET" && call.path == "/" {
            let greeting = json!({ "title": "qdrant - vector search engine", "version": "1.15.0" });
            return Answer::json("200 OK", &greeting);
        }
        if self.key.as_ref().is_some_and(|key| call.headers.get("api-key") != Some(key)) {
            return Answer::text(
                "401 Unauthorized",
                "Must provide an API key or an Authorization bearer token",
            );
        }
        match self.handle(call) {
            Ok(result) => Answer::json("200 OK", &json!({ "result": result, "status": "ok", "time": 0.001 })),
            Err(Refusal { status, message }) => {
                Answer::json(status, &json!({ "status": { "error": message }, "time": 0.001 }))
            }
        }
    }

    fn handle(&mut self, call: &Call) -> Result<Value, Refusal> {
        let parts: Vec<&str> = call.path.trim_matches('/').split('/').collect();
        match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["collections"]) => {
                let names: Vec<Value> = self.collections.keys().map(|name| json!({ "name": name })).collect();
                Ok(json!({ "collections": names }))
            }
            ("POST", ["collections", "aliases"]) => self.change_aliases(&call.body),
            ("PUT", ["collections", name]) => self.create(name, &call.body),
            ("DELETE", ["collections", name]) => {
                let name = (*name).to_owned();
                self.aliases.retain(|_, of| *of != name);
                Ok(json!(self.collections.remove(&name).is_some()))
            }
            ("GET", ["collections", name]) => Ok(self.named(name)?.details()),
            ("PUT", ["collections", name, "index"]) => self.named(name)?.index(&call.body),
            ("PUT", ["collections", name, "points"]) => self.named(name)?.upsert(&call.body),
            ("POST", ["collections", name, "points", "delete"]) => self.named(name)?.delete(&call.body),
            ("POST", ["collections", name, "points", "count"]) => self.named(name)?.count(&call.body),
            ("POST", ["collections", name, "points", "query"]) => self.named(name)?.query(&call.body),
            _ => Err(Refusal { status: "404 Not Found", message: "no such address".to_owned() }),
        }
    }

    fn named(&mut self, name: &str) -> Result<&mut Collection, Refusal> {
        let real = self.aliases.get(name).cloned().unwrap_or_else(|| name.to_owned());
        self.collections.get_mut(&real).ok_or_else(|| no_collection(name))
    }

    fn create(&mut self, name: &str, body: &Value) -> Result<Value, Refusal> {
        if self.collections.contains_key(name) || self.aliases.contains_key(name) {
            let message = format!("Wrong input: Collection `{name}` already exists!");
            return Err(Refusal { status: "409 Conflict", message });
        }
        self.collections.insert(name.to_owned(), Collection::create(body)?);
        Ok(json!(true))
    }

    fn change_aliases(&mut self, body: &Value) -> Result<Value, Refusal> {
        known_fields(body, &["actions"])?;
        for action in body.get("actions").and_then(Value::as_array).ok_or_else(|| wrong("no actions"))? {
            let create = action.get("create_alias").ok_or_else(|| wrong("only `create_alias` is played"))?;
            known_fields(create, &["collection_name", "alias_name"])?;
            let text = |field: &str| create.get(field).and_then(Value::as_str).map(str::to_owned);
            let (Some(of), Some(alias)) = (text("collection_name"), text("alias_name")) else {
                return Err(wrong("an alias has two names"));
            };
            if !self.collections.contains_key(&of) {
                return Err(no_collection(&of));
            }
            if self.collections.contains_key(&alias) {
                return Err(wrong(format!("Collection `{alias}` already exists!")));
            }
            self.aliases.insert(alias, of);
        }
        Ok(json!(true))
    }
}

/// Refuses fields that the API does not have.
pub(crate) fn known_fields(value: &Value, known: &[&str]) -> Result<(), Refusal> {
    let Some(object) = value.as_object() else { return Err(wrong("an object is expected")) };
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(unknown) => Err(wrong(format!("unknown field `{unknown}`"))),
        None => Ok(()),
    }
}
