//! Sends spans of calls to a collector: OTLP over HTTP, in JSON, from a bounded queue. A collector that is slow or
//! gone costs spans, which are counted, and nothing else.

mod otlp;

use base::{ErrorKind, Secret};
use bytes::Bytes;
use gateway::trace::{CallSpan, SpanSink, Tracing};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use net::{Client, LocalOnly, NetConfig, NetError, Request, TimeOuts};
use serde::{Deserialize, Deserializer};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// Where a collector takes spans, below its address.
const PATH: &str = "/v1/traces";
/// Most calls of one request to the collector.
const MOST_AT_ONCE: usize = 128;
/// How long spans are gathered.
const GATHER: Duration = Duration::from_millis(500);
/// How long the last spans may take when the program ends.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The `[telemetry]` section of the configuration.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetryConfig {
    /// The collector's address, such as `http://localhost:4318`; nothing is followed where not set.
    pub otlp_endpoint: Option<String>,
    /// Headers sent with every request, such as a credential.
    #[serde(deserialize_with = "secrets")]
    pub headers: BTreeMap<String, Secret>,
    /// The share of calls that are followed, 0 to 1. A caller that sends `traceparent` decides for its own.
    pub sample_ratio: f64,
    /// What this program is called there.
    pub service_name: String,
    /// Whether providers are sent `traceparent`.
    pub propagate: bool,
    /// Whether the words of prompts are in the spans.
    pub capture_content: bool,
    /// Most calls waiting for the collector; more are dropped, and counted.
    pub max_waiting: usize,
    /// How long the collector may take, in milliseconds.
    pub timeout_ms: u64,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            otlp_endpoint: None,
            headers: BTreeMap::new(),
            sample_ratio: 1.0,
            service_name: "familiar".to_owned(),
            propagate: false,
            capture_content: false,
            max_waiting: 2_048,
            timeout_ms: 5_000,
        }
    }
}

/// Why spans cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TelemetryError {
    /// The address is none.
    #[error("`{0}` is not an address of a collector")]
    Endpoint(String),
    /// A header cannot be sent.
    #[error("`{0}` is not a header, or its value is not one line of text")]
    Header(String),
    /// The share is none.
    #[error("`sample_ratio` must be between 0 and 1")]
    Ratio,
    /// Nothing could ever be sent.
    #[error("`{0}` must be at least 1")]
    Nothing(&'static str),
    /// The network cannot be set up.
    #[error("the network cannot be set up: {0}")]
    Net(String),
}

impl TelemetryError {
    /// The kind that decides what is told.
    pub const fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    /// The setting that it is about.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Endpoint(_) | Self::Net(_) => "otlp_endpoint",
            Self::Header(_) => "headers",
            Self::Ratio => "sample_ratio",
            Self::Nothing(key) => key,
        }
    }
}

fn secrets<'de, D: Deserializer<'de>>(source: D) -> Result<BTreeMap<String, Secret>, D::Error> {
    let texts = BTreeMap::<String, String>::deserialize(source)?;
    Ok(texts.into_iter().map(|(name, value)| (name, Secret::new(value))).collect())
}

/// What has become of spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TelemetryFigures {
    /// Calls whose spans the collector took.
    pub sent: u64,
    /// Calls whose spans were dropped since too many waited.
    pub dropped: u64,
    /// Calls whose spans the collector did not take.
    pub failed: u64,
}

#[derive(Debug, Default)]
struct Counters {
    sent: AtomicU64,
    dropped: AtomicU64,
    failed: AtomicU64,
}

/// The way to the collector.
#[derive(Debug)]
pub struct Telemetry {
    counters: Arc<Counters>,
    stop: CancellationToken,
    task: parking_lot::Mutex<Option<JoinHandle<()>>>,
}

/// The end that the gateway puts calls into.
#[derive(Debug)]
struct Queue {
    sender: mpsc::Sender<CallSpan>,
    counters: Arc<Counters>,
}

impl SpanSink for Queue {
    fn ended(&self, call: CallSpan) {
        if self.sender.try_send(call).is_err() {
            self.counters.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

struct Sender {
    client: Client,
    uri: Uri,
    headers: HeaderMap,
    timeout: Duration,
    service: String,
    counters: Arc<Counters>,
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("host", &self.uri.host()).finish_non_exhaustive()
    }
}

impl TelemetryConfig {
    /// Whether it can be used.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), TelemetryError> {
        if !(0.0..=1.0).contains(&self.sample_ratio) {
            return Err(TelemetryError::Ratio);
        }
        for (name, value) in [("max_waiting", self.max_waiting as u64), ("timeout_ms", self.timeout_ms)] {
            if value == 0 {
                return Err(TelemetryError::Nothing(name));
            }
        }
        self.outgoing_headers()?;
        self.otlp_endpoint.as_deref().map_or(Ok(()), |endpoint| address(endpoint).map(drop))
    }

    fn outgoing_headers(&self) -> Result<HeaderMap, TelemetryError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in &self.headers {
            let wrong = || TelemetryError::Header(name.clone());
            let header = HeaderName::try_from(name.as_str()).map_err(|_| wrong())?;
            let mut value = HeaderValue::try_from(value.expose()).map_err(|_| wrong())?;
            value.set_sensitive(true);
            headers.insert(header, value);
        }
        Ok(headers)
    }
}

/// The address that spans go to: the collector's, with the usual path where none is given.
fn address(endpoint: &str) -> Result<Uri, TelemetryError> {
    let wrong = || TelemetryError::Endpoint(endpoint.to_owned());
    let url = url::Url::parse(endpoint).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() || !url.username().is_empty() {
        return Err(wrong());
    }
    let whole = if matches!(url.path(), "" | "/") {
        format!("{}{PATH}", endpoint.trim_end_matches('/'))
    } else {
        endpoint.to_owned()
    };
    whole.parse().map_err(|_| wrong())
}

impl Telemetry {
    /// Starts to send, if a collector is configured; answers with what the gateway needs for it.
    ///
    /// # Errors
    /// What is wrong with the configuration.
    pub(crate) fn start(
        config: &TelemetryConfig,
        local_only: LocalOnly,
    ) -> Result<Option<(Self, Tracing)>, TelemetryError> {
        config.check()?;
        let Some(endpoint) = &config.otlp_endpoint else { return Ok(None) };
        let client = Client::new(NetConfig {
            local_only,
            connect_time_out: Duration::from_secs(3),
            ..NetConfig::default()
        })
        .map_err(|error: NetError| TelemetryError::Net(error.to_string()))?;
        let counters = Arc::<Counters>::default();
        let (sender, receiver) = mpsc::channel(config.max_waiting);
        let sending = Sender {
            client,
            uri: address(endpoint)?,
            headers: config.outgoing_headers()?,
            timeout: Duration::from_millis(config.timeout_ms),
            service: config.service_name.clone(),
            counters: Arc::clone(&counters),
        };
        let stop = CancellationToken::new();
        let task = tokio::spawn(sending.run(receiver, stop.clone()));
        let tracing = Tracing {
            sink: Arc::new(Queue { sender, counters: Arc::clone(&counters) }),
            sample_ratio: config.sample_ratio,
            propagate: config.propagate,
            content: config.capture_content,
        };
        Ok(Some((Self { counters, stop, task: parking_lot::Mutex::new(Some(task)) }, tracing)))
    }

    /// What has become of spans.
    pub fn figures(&self) -> TelemetryFigures {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let Counters { sent, dropped, failed } = &*self.counters;
        TelemetryFigures { sent: read(sent), dropped: read(dropped), failed: read(failed) }
    }

    /// Sends what waits, within a moment, and ends.
    pub(crate) async fn stop(&self) {
        self.stop.cancel();
        let task = self.task.lock().take();
        if let Some(task) = task {
            // It has limits of its own; one that broke off has nothing to say.
            drop(task.await);
        }
    }
}

impl Sender {
    /// Sends until the end, and what waits then for a moment more.
    async fn run(self, calls: mpsc::Receiver<CallSpan>, stop: CancellationToken) {
        let long_enough = async {
            stop.cancelled().await;
            tokio::time::sleep(LAST_WORDS).await;
        };
        tokio::select! {
            () = self.deliver(calls, &stop) => {}
            () = long_enough => tracing::warn!("the collector did not take the last spans in time"),
        }
    }

    async fn deliver(&self, mut calls: mpsc::Receiver<CallSpan>, stop: &CancellationToken) {
        let mut batch = Vec::with_capacity(MOST_AT_ONCE);
        loop {
            tokio::select! {
                count = calls.recv_many(&mut batch, MOST_AT_ONCE) => if count == 0 { return },
                () = stop.cancelled() => break,
            }
            if batch.len() < MOST_AT_ONCE {
                tokio::select! {
                    () = tokio::time::sleep(GATHER) => {}
                    () = stop.cancelled() => break,
                }
                take(&mut calls, &mut batch);
            }
            self.send(&mut batch).await;
        }
        loop {
            take(&mut calls, &mut batch);
            if batch.is_empty() {
                return;
            }
            self.send(&mut batch).await;
        }
    }

    async fn send(&self, batch: &mut Vec<CallSpan>) {
        let count = batch.len() as u64;
        let body = otlp::request(&self.service, batch).to_string();
        batch.clear();
        let counter = match self.post(body.into()).await {
            Ok(()) => &self.counters.sent,
            Err(why) => {
                // Once for a while would be enough, but a collector is asked at most twice a second.
                tracing::warn!(collector = ?self, why, spans_of = count, "the collector did not take spans");
                &self.counters.failed
            }
        };
        counter.fetch_add(count, Ordering::Relaxed);
    }

    async fn post(&self, body: Bytes) -> Result<(), String> {
        let mut request = Request::new(Method::POST, self.uri.clone());
        request.headers = self.headers.clone();
        request.body = body;
        request.time_outs = TimeOuts { first_byte: self.timeout, stall: self.timeout, total: self.timeout };
        request.max_reply_bytes = 1 << 20;
        let reply = self.client.send(request).await.map_err(|error| error.to_string())?;
        let status = reply.status;
        // Read to its end, so that the connection can be used again.
        drop(reply.body.collect().await);
        if status.is_success() { Ok(()) } else { Err(format!("it answered with status {status}")) }
    }
}

/// Takes what waits, without waiting.
fn take(calls: &mut mpsc::Receiver<CallSpan>, batch: &mut Vec<CallSpan>) {
    while batch.len() < MOST_AT_ONCE {
        match calls.try_recv() {
            Ok(call) => batch.push(call),
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_path_is_added_where_none_is_given() {
        for (given, expected) in [
            ("http://localhost:4318", "http://localhost:4318/v1/traces"),
            ("https://otel.example/", "https://otel.example/v1/traces"),
            ("https://otel.example/mine/v1/traces", "https://otel.example/mine/v1/traces"),
        ] {
            assert_eq!(address(given).unwrap(), expected);
        }
        for wrong in ["", "localhost:4318", "ftp://x", "http://user@host"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_cannot_work_is_refused() {
        let wrong = [
            TelemetryConfig { sample_ratio: 1.5, ..TelemetryConfig::default() },
            TelemetryConfig { max_waiting: 0, ..TelemetryConfig::default() },
            TelemetryConfig { timeout_ms: 0, ..TelemetryConfig::default() },
            TelemetryConfig { otlp_endpoint: Some("nowhere".into()), ..TelemetryConfig::default() },
            TelemetryConfig {
                headers: BTreeMap::from([("a b".to_owned(), Secret::new("x"))]),
                ..TelemetryConfig::default()
            },
        ];
        for config in wrong {
            assert!(config.check().is_err(), "{config:?}");
        }
        assert_eq!(TelemetryConfig::default().check(), Ok(()));
        let none = Telemetry::start(&TelemetryConfig::default(), LocalOnly::default());
        assert!(none.unwrap().is_none(), "off by default");
    }
}
