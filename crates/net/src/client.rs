//! The client: a pool of connections and the way a request takes through it.

use crate::{
    Body, LocalOnly, NetError, PoolFigures, Proxy, Reach, TimeOut,
    body::{Limits, Pieces, host_of, later},
    connect::{Connector, Transport},
    figures::{Counters, InFlight},
    hold, is_here,
    plain::{Plain, Unanswered},
    tls,
};
use bytes::Bytes;
use http::{
    HeaderMap, Method, StatusCode, Uri, Version,
    header::LOCATION,
    uri::{Authority, Scheme},
};
use http_body_util::Full;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::{
    client::legacy,
    rt::{TokioExecutor, TokioTimer},
};
use std::{error::Error, fmt, sync::Arc, time::Duration};
use tokio::time::{Instant, timeout_at};

/// How much of an HTTP/2 reply may wait unread: 5 MB/s at 50 ms, and little enough memory for slow readers.
const STREAM_WINDOW_BYTES: u32 = 256 << 10;
/// The same for all replies of a connection. Far more than is ever used, because h2 takes half of it as the
/// overhead that unread small frames may have before it gives the whole connection up as flooded: with the
/// usual 64 KiB, three hundred unread tokens of one slow reader would end every call to that provider.
const CONNECTION_WINDOW_BYTES: u32 = 64 << 20;

/// How a client connects.
#[derive(Debug, Clone)]
pub struct NetConfig {
    /// Which addresses it may connect to.
    pub reach: Reach,
    /// The proxy to go through.
    pub proxy: Option<Proxy>,
    /// What keeps requests on this machine, while it is on.
    pub local_only: LocalOnly,
    /// Certificates in PEM form that are trusted besides the system's.
    pub extra_roots_pem: Option<Vec<u8>>,
    /// How long connecting may take, TLS and proxy included.
    pub connect_time_out: Duration,
    /// How long an idle connection is kept.
    pub idle_time_out: Duration,
    /// How many idle connections are kept to one host.
    pub max_idle_per_host: usize,
}

impl Default for NetConfig {
    fn default() -> Self {
        Self {
            reach: Reach::Any,
            proxy: None,
            local_only: LocalOnly::default(),
            extra_roots_pem: None,
            connect_time_out: Duration::from_secs(10),
            idle_time_out: Duration::from_secs(90),
            max_idle_per_host: 256,
        }
    }
}

/// How long a reply may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeOuts {
    /// From the start to the head of the reply.
    pub first_byte: Duration,
    /// From one piece of the body to the next.
    pub stall: Duration,
    /// From the start to the end of the body.
    pub total: Duration,
}

impl Default for TimeOuts {
    fn default() -> Self {
        Self {
            first_byte: Duration::from_secs(300),
            stall: Duration::from_secs(120),
            total: Duration::from_secs(1800),
        }
    }
}

/// A request.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where to: absolute, `http` or `https`, without user name.
    pub uri: Uri,
    /// The headers; `Host` and `Content-Length` are added.
    pub headers: HeaderMap,
    /// The body; empty for none.
    pub body: Bytes,
    /// How long the reply may take.
    pub time_outs: TimeOuts,
    /// How many bytes the reply's body may have.
    pub max_reply_bytes: u64,
}

impl Request {
    /// A request without headers and body, with the usual time-outs and a limit of 64 MiB.
    pub fn new(method: Method, uri: Uri) -> Self {
        Self {
            method,
            uri,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            time_outs: TimeOuts::default(),
            max_reply_bytes: 64 << 20,
        }
    }
}

impl fmt::Debug for Request {
    /// Leaves out query, headers and body, which may hold credentials and people's words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {} {})", self.method, self.uri.host().unwrap_or_default(), self.uri.path())
    }
}

/// The head of a reply, and its body as it comes. The status may be any but a redirect.
#[derive(Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The version spoken.
    pub version: Version,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
}

/// An HTTP client with its pool of connections. Cheap to clone; clones share the pool.
#[derive(Clone)]
pub struct Client {
    /// For `http:` addresses.
    plain: Plain,
    /// For `https:` addresses, where HTTP/2 may carry many requests on one connection.
    secure: legacy::Client<Connector, Full<Bytes>>,
    counters: Arc<Counters>,
    local_only: LocalOnly,
    /// Whether there is a proxy that is not on this machine.
    proxied_away: bool,
}

impl Client {
    /// Builds a client. Nothing is connected yet.
    ///
    /// # Errors
    /// [`NetError::InvalidRoots`] when the extra certificates cannot be read.
    pub fn new(config: NetConfig) -> Result<Self, NetError> {
        let proxied_away = config.proxy.as_ref().is_some_and(|proxy| !is_here(&proxy.address));
        let tls = tls::client_config(config.extra_roots_pem.as_deref())?;
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(Transport::new(config.reach, config.proxy));
        let counters = Arc::new(Counters::default());
        let connector = Connector::new(https, config.connect_time_out, Arc::clone(&counters));
        let plain = Plain::new(connector.clone(), config.max_idle_per_host, config.idle_time_out);
        let secure = legacy::Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(config.idle_time_out)
            .pool_max_idle_per_host(config.max_idle_per_host)
            .http2_initial_stream_window_size(STREAM_WINDOW_BYTES)
            .http2_initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .http2_keep_alive_interval(Duration::from_secs(20))
            .build(connector);
        Ok(Self { plain, secure, counters, local_only: config.local_only, proxied_away })
    }

    /// Sends a request and waits for the head of the reply. Dropping the future ends the request at the far
    /// side too.
    ///
    /// # Errors
    /// Everything in [`NetError`] save an invalid configuration; a redirect is an error, any other status
    /// is not.
    pub async fn send(&self, request: Request) -> Result<Response, NetError> {
        let started = Instant::now();
        let Request { method, uri, headers, body, time_outs, max_reply_bytes } = request;
        let host = checked_authority(&uri)?;
        if self.local_only.is_on() && (self.proxied_away || !is_here(&uri)) {
            return Err(NetError::LocalOnly { host: host_of(&host) });
        }
        // Not the query, nor a header: keys are there.
        tracing::trace!(%method, host = host_of(&host), path = uri.path(), "calling");
        let in_flight = InFlight::new(Arc::clone(&self.counters));
        let mut outgoing = http::Request::new(Full::new(body));
        *outgoing.method_mut() = method;
        *outgoing.uri_mut() = uri;
        *outgoing.headers_mut() = headers;

        let deadline = later(started, time_outs.first_byte.min(time_outs.total));
        let (head, pieces) = match self.request(outgoing, &host, deadline).await {
            Ok(reply) => reply.into_parts(),
            Err(Unanswered::Failed(error)) => return Err(error),
            Err(Unanswered::Late) => {
                let (time_out, after) = if time_outs.total < time_outs.first_byte {
                    (TimeOut::Total, time_outs.total)
                } else {
                    (TimeOut::FirstByte, time_outs.first_byte)
                };
                return Err(NetError::TimedOut { host: host_of(&host), time_out, after });
            }
        };
        tracing::trace!(host = host_of(&host), status = head.status.as_u16(), "answered");
        if head.status.is_redirection() {
            let target = redirect_target(&head.headers);
            return Err(NetError::Redirected { host: host_of(&host), status: head.status, target });
        }
        let limits = Limits {
            stall: time_outs.stall,
            total: time_outs.total,
            total_deadline: later(started, time_outs.total),
            size_bytes: max_reply_bytes,
        };
        let body = Body::new(pieces, host, limits, in_flight);
        Ok(Response { status: head.status, version: head.version, headers: head.headers, body })
    }

    async fn request(
        &self,
        request: http::Request<Full<Bytes>>,
        host: &Authority,
        deadline: Instant,
    ) -> Result<http::Response<Pieces>, Unanswered> {
        if request.uri().scheme() == Some(&Scheme::HTTP) {
            return Ok(self.plain.request(request, host, deadline).await?.map(Pieces::Driven));
        }
        // It may go by a connection that another thread made.
        hold::passed().await;
        match timeout_at(deadline, self.secure.request(request)).await {
            Ok(Ok(reply)) => Ok(reply.map(Pieces::Incoming)),
            Ok(Err(error)) => Err(send_error(host, error).into()),
            Err(_elapsed) => Err(Unanswered::Late),
        }
    }

    /// What the pool holds and has done.
    pub fn figures(&self) -> PoolFigures {
        self.counters.snapshot()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("figures", &self.figures()).finish()
    }
}

/// The host with its port, if the address can be called at all.
fn checked_authority(uri: &Uri) -> Result<Authority, NetError> {
    let invalid = |reason| {
        let url = uri.authority().map_or_else(|| uri.path().to_owned(), host_of);
        Err(NetError::InvalidUrl { url, reason })
    };
    match (uri.scheme_str(), uri.authority()) {
        (Some("http" | "https"), Some(authority)) if authority.host().is_empty() => invalid("it has no host"),
        (Some("http" | "https"), Some(authority)) if authority.as_str().contains('@') => {
            invalid("a user name in the address is not allowed")
        }
        (Some("http" | "https"), Some(authority)) => Ok(authority.clone()),
        (Some(_), Some(_)) => invalid("it begins neither with http:// nor with https://"),
        (_, None) | (None, _) => invalid("it is not a whole address"),
    }
}

fn send_error(host: &Authority, error: legacy::Error) -> NetError {
    if let Some(error) = NetError::within(&error) {
        return error;
    }
    let not_http = error
        .source()
        .and_then(|cause| cause.downcast_ref::<hyper::Error>())
        .is_some_and(|cause| cause.is_parse() || cause.is_parse_too_large());
    let (host, cause) = (host_of(host), Arc::new(error));
    if not_http { NetError::NotHttp { host, cause } } else { NetError::Broken { host, cause } }
}

/// Where a redirect points to, without what may be secret in it.
fn redirect_target(headers: &HeaderMap) -> String {
    let location = headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Ok(target) = location.parse::<Uri>() else { return "an address that is none".to_owned() };
    let path: String = target.path().chars().take(200).collect();
    match (target.scheme_str(), target.authority()) {
        (Some(scheme), Some(authority)) => format!("{scheme}://{}{path}", host_of(authority)),
        (None, _) | (_, None) => path,
    }
}
