//! One request to Qdrant and what came of it.

use super::shapes::{Refusal, Reply};
use crate::{Config, OpenError};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header::CONTENT_TYPE};
use net::{Client, LocalOnly, NetConfig, NetError, Request, TimeOuts};
use parking_lot::Mutex;
use serde::{Serialize, de::DeserializeOwned};
use std::time::{Duration, Instant};
use vectors::EngineError;

/// What errors and greetings call it; part of how it calls itself, too.
pub(super) const NAME: &str = "qdrant";
/// The header of its key.
const API_KEY: &str = "api-key";
/// How long a change may take: an index may be built meanwhile.
const WRITE: Duration = Duration::from_secs(60);
/// So long no search waits for a server that did not answer one in time.
const REST: Duration = Duration::from_secs(5);
/// What is shown of an answer that is no JSON.
const SHOWN_CHARS: usize = 200;

/// How long an answer is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// As long as a person waits for a search.
    Search,
    /// As long as a change may take.
    Write,
}

/// A request.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) method: Method,
    pub(super) path: String,
    /// The collection that it is about.
    pub(super) collection: Option<String>,
    pub(super) body: Option<Bytes>,
    pub(super) patience: Patience,
}

impl Ask {
    /// With this as its body.
    pub(super) fn with(self, body: &impl Serialize) -> Result<Self, EngineError> {
        let body = serde_json::to_vec(body).map_err(|error| EngineError::Odd {
            engine: NAME,
            message: format!("a request cannot be written: {error}"),
        })?;
        Ok(Self { body: Some(Bytes::from(body)), ..self })
    }

    /// Asks which collections there are.
    pub(super) fn list() -> Self {
        let path = "/collections".to_owned();
        Self { method: Method::GET, path, collection: None, body: None, patience: Patience::Search }
    }
}

/// The way to the server.
#[derive(Debug)]
pub(super) struct Link {
    client: Client,
    base: String,
    headers: HeaderMap,
    timeout: Duration,
    /// Until when no search is tried.
    resting: Mutex<Option<Instant>>,
}

impl Link {
    pub(super) fn new(base: String, config: &Config, local_only: LocalOnly) -> Result<Self, OpenError> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let key = config.qdrant_api_key.as_ref().map(|key| key.expose().trim()).filter(|key| !key.is_empty());
        if let Some(key) = key {
            let mut value = HeaderValue::from_str(key)
                .map_err(|_| OpenError::Config("`qdrant_api_key` is no key".to_owned()))?;
            value.set_sensitive(true);
            headers.insert(API_KEY, value);
        }
        let timeout = config.timeout();
        let client = Client::new(NetConfig {
            local_only,
            connect_time_out: timeout.min(Duration::from_secs(5)),
            max_idle_per_host: 16,
            ..NetConfig::default()
        })?;
        Ok(Self { client, base, headers, timeout, resting: Mutex::default() })
    }

    /// Where the server is, for people.
    pub(super) fn host(&self) -> &str {
        &self.base
    }

    /// Sends a request and reads what its answer wraps.
    pub(super) async fn send<T: DeserializeOwned>(&self, ask: Ask) -> Result<T, EngineError> {
        let bytes = self.exchange(ask).await?;
        let reply: Reply<T> = serde_json::from_slice(&bytes).map_err(|error| odd(&error, &bytes))?;
        reply.result.ok_or_else(|| odd(&"it has no result", &bytes))
    }

    /// Reads an answer that is not wrapped.
    pub(super) async fn plain<T: DeserializeOwned>(&self, path: &str) -> Result<T, EngineError> {
        let bytes = self.exchange(Ask { path: path.to_owned(), ..Ask::list() }).await?;
        serde_json::from_slice(&bytes).map_err(|error| odd(&error, &bytes))
    }

    async fn exchange(&self, ask: Ask) -> Result<Bytes, EngineError> {
        let is_search = ask.patience == Patience::Search;
        if is_search && self.resting.lock().is_some_and(|until| Instant::now() < until) {
            let source = "it did not answer in time a moment ago".into();
            return Err(EngineError::Away { engine: NAME, source });
        }
        let uri: Uri =
            format!("{}{}", self.base, ask.path).parse().map_err(|error: http::uri::InvalidUri| {
                EngineError::Away { engine: NAME, source: error.into() }
            })?;
        let total = if is_search { self.timeout } else { self.timeout.max(WRITE) };
        let mut request = Request::new(ask.method, uri);
        request.headers = self.headers.clone();
        request.body = ask.body.unwrap_or_default();
        request.time_outs = TimeOuts { first_byte: total, stall: total, total };
        let answered = async {
            let reply = self.client.send(request).await?;
            Ok::<_, NetError>((reply.status, reply.body.collect().await?))
        };
        let (status, body) = match answered.await {
            Ok(answer) => answer,
            Err(error) => {
                if is_search && matches!(error, NetError::TimedOut { .. }) {
                    *self.resting.lock() = Some(Instant::now() + REST);
                }
                return Err(EngineError::Away { engine: NAME, source: error.into() });
            }
        };
        if status.is_success() { Ok(body) } else { Err(refused(status, &body, ask.collection)) }
    }
}

/// Whether a collection is not there.
pub(super) fn is_missing(error: &EngineError) -> bool {
    matches!(error, EngineError::Missing { .. })
}

/// A status that is no success, as the error it is.
fn refused(status: StatusCode, body: &[u8], collection: Option<String>) -> EngineError {
    let said = serde_json::from_slice::<Refusal>(body).ok().map(|refusal| refusal.status.error);
    let message = said.clone().unwrap_or_else(|| format!("status {status}: {}", shown(body)));
    match (status, collection) {
        (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => {
            EngineError::Denied { engine: NAME, message }
        }
        // Another server at this address says 404 as well, but not in these words.
        (StatusCode::NOT_FOUND, Some(collection)) if said.is_some() => {
            EngineError::Missing { engine: NAME, collection }
        }
        (
            StatusCode::REQUEST_TIMEOUT
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT,
            _,
        ) => EngineError::Away { engine: NAME, source: message.into() },
        (_, _) => EngineError::Refused { engine: NAME, message },
    }
}

fn odd(error: &dyn std::fmt::Display, body: &[u8]) -> EngineError {
    EngineError::Odd { engine: NAME, message: format!("{error}: {}", shown(body)) }
}

fn shown(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(SHOWN_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_apart() {
        let json = |text: &str| format!(r#"{{"status":{{"error":"{text}"}},"time":0.1}}"#);
        let of = |status: u16, body: &str| {
            refused(StatusCode::from_u16(status).unwrap(), body.as_bytes(), Some("c".to_owned()))
        };
        assert!(is_missing(&of(404, &json("Not found: Collection `c` doesn't exist!"))));
        assert!(matches!(of(404, "<html>"), EngineError::Refused { .. }));
        assert!(matches!(of(401, "Must provide an API key"), EngineError::Denied { .. }));
        assert!(matches!(of(403, "Forbidden"), EngineError::Denied { .. }));
        assert!(matches!(of(503, ""), EngineError::Away { .. }));
        let error = of(400, &json("Wrong input: Vector dimension error"));
        assert_eq!(error.to_string(), "qdrant refuses: Wrong input: Vector dimension error");
    }
}
