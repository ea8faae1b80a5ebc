//! Making connections: names to addresses, the reach guard, proxies, TLS, the connect time-out.

use crate::{
    NetError, Proxy, Reach, TimeOut,
    body::host_of,
    error::Cause,
    figures::{Counters, OpenConnection},
    hold::Stream,
    proxy::ProxyKind,
};
use futures::future::BoxFuture;
use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::{
    client::legacy::connect::{
        Connected, Connection, HttpConnector,
        dns::Name,
        proxy::{SocksV5, Tunnel},
    },
    rt::TokioIo,
};
use std::{
    error::Error,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::net::TcpStream;
use tower::{Service, ServiceExt};

/// Makes connections for the pool.
#[derive(Clone)]
pub(crate) struct Connector {
    https: HttpsConnector<Transport>,
    time_out: Duration,
    counters: Arc<Counters>,
}

impl Connector {
    pub(crate) fn new(https: HttpsConnector<Transport>, time_out: Duration, counters: Arc<Counters>) -> Self {
        Self { https, time_out, counters }
    }
}

impl Service<Uri> for Connector {
    type Response = Counted;
    type Error = NetError;
    type Future = BoxFuture<'static, Result<Counted, NetError>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), NetError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (after, counters) = (self.time_out, Arc::clone(&self.counters));
        let host = uri.authority().map(host_of).unwrap_or_default();
        let connecting = self.https.call(uri);
        Box::pin(async move {
            match tokio::time::timeout(after, connecting).await {
                Ok(Ok(stream)) => Ok(Counted { stream, _open: OpenConnection::new(counters) }),
                // The transport's own errors come back as they are, all others are of the handshake.
                Ok(Err(error)) => Err(match error.downcast::<NetError>() {
                    Ok(error) => *error,
                    Err(cause) => NetError::Tls { host, cause: Cause::from(cause) },
                }),
                Err(_elapsed) => Err(NetError::TimedOut { host, time_out: TimeOut::Connect, after }),
            }
        })
    }
}

/// Makes plain connections, directly or through a proxy. Has no `Debug`: it holds the proxy's password.
#[derive(Clone)]
pub(crate) struct Transport {
    reach: Reach,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Direct(HttpConnector<Resolver>),
    Tunnel { tunnel: Tunnel<HttpConnector<Resolver>>, proxy: Proxy },
    Socks { socks: SocksV5<HttpConnector<Resolver>>, proxy: Proxy },
}

impl Transport {
    pub(crate) fn new(reach: Reach, proxy: Option<Proxy>) -> Self {
        // The proxy itself is the operator's choice and may well stand inside.
        let resolver = Resolver { reach: if proxy.is_some() { Reach::Any } else { reach } };
        let mut tcp = HttpConnector::new_with_resolver(resolver);
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        tcp.set_keepalive(Some(Duration::from_secs(60)));
        let way = match proxy {
            None => Way::Direct(tcp),
            Some(proxy) => match proxy.kind {
                ProxyKind::Connect => {
                    let tunnel = Tunnel::new(proxy.address.clone(), tcp);
                    let tunnel = match proxy.basic_authorization() {
                        Some(value) => tunnel.with_auth(value),
                        None => tunnel,
                    };
                    Way::Tunnel { tunnel, proxy }
                }
                ProxyKind::Socks5 => {
                    let socks = SocksV5::new(proxy.address.clone(), tcp);
                    let socks = match proxy.credentials() {
                        Some((user, password)) => socks.with_auth(user, password),
                        None => socks,
                    };
                    Way::Socks { socks, proxy }
                }
            },
        };
        Self { reach, way }
    }

    async fn connect(self, uri: Uri) -> Result<TokioIo<Stream>, NetError> {
        let stream = self.connect_socket(uri).await?;
        Ok(TokioIo::new(Stream::new(stream.into_inner())))
    }

    async fn connect_socket(self, uri: Uri) -> Result<TokioIo<TcpStream>, NetError> {
        let host = uri.host().unwrap_or_default().to_owned();
        match self.way {
            Way::Direct(tcp) => {
                // A literal address is never looked up, so the resolver does not see it.
                if let Some(address) = literal(&host) {
                    self.reach.allowed(&host, vec![SocketAddr::new(address, 0)])?;
                }
                let place = uri.authority().map_or(host, host_of);
                tcp.oneshot(uri).await.map_err(|error| connect_error(place, error))
            }
            Way::Tunnel { tunnel, proxy } => {
                let target = proxied_target(self.reach, &uri, &host).await?;
                tunnel.oneshot(target).await.map_err(|error| proxy_error(&proxy, host, error))
            }
            Way::Socks { socks, proxy } => {
                let target = proxied_target(self.reach, &uri, &host).await?;
                socks.oneshot(target).await.map_err(|error| proxy_error(&proxy, host, error))
            }
        }
    }
}

impl Service<Uri> for Transport {
    type Response = TokioIo<Stream>;
    type Error = NetError;
    type Future = BoxFuture<'static, Result<TokioIo<Stream>, NetError>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), NetError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

/// What the proxy is asked to connect to: host and port, both explicit. A client of limited reach resolves
/// the name itself and asks for the address, because what the proxy would resolve cannot be checked.
async fn proxied_target(reach: Reach, uri: &Uri, host: &str) -> Result<Uri, NetError> {
    let default_port = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    let port = uri.port_u16().unwrap_or(default_port);
    let host_and_port = match reach {
        Reach::Any => format!("{host}:{port}"),
        Reach::PublicOnly => {
            let addresses = match literal(host) {
                Some(address) => vec![SocketAddr::new(address, port)],
                None => look_up(host, port).await?,
            };
            let allowed = reach.allowed(host, addresses)?;
            allowed.first().map(SocketAddr::to_string).unwrap_or_default()
        }
    };
    format!("http://{host_and_port}")
        .parse()
        .map_err(|_| NetError::InvalidUrl { url: host.to_owned(), reason: "its host is not a host name" })
}

/// The address that a URI's host is, where it is one.
fn literal(host: &str) -> Option<IpAddr> {
    host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host).parse().ok()
}

async fn look_up(host: &str, port: u16) -> Result<Vec<SocketAddr>, NetError> {
    match tokio::net::lookup_host((host, port)).await {
        Ok(addresses) => Ok(addresses.collect()),
        Err(error) => Err(NetError::Resolve { host: host.to_owned(), cause: Some(Arc::new(error)) }),
    }
}

fn connect_error(host: String, error: impl Error + Send + Sync + 'static) -> NetError {
    NetError::within(&error).unwrap_or_else(|| NetError::Connect { host, cause: Arc::new(error) })
}

fn proxy_error(proxy: &Proxy, host: String, error: impl Error + Send + Sync + 'static) -> NetError {
    NetError::Proxy { proxy: proxy.to_string(), host, cause: Arc::new(error) }
}

/// Looks names up and leaves out the addresses that are out of reach.
#[derive(Debug, Clone)]
pub(crate) struct Resolver {
    reach: Reach,
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = NetError;
    type Future = BoxFuture<'static, Result<Self::Response, NetError>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), NetError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let reach = self.reach;
        Box::pin(async move {
            let addresses = look_up(name.as_str(), 0).await?;
            Ok(reach.allowed(name.as_str(), addresses)?.into_iter())
        })
    }
}

/// A connection that is counted while it is open.
#[derive(Debug)]
pub(crate) struct Counted {
    stream: MaybeHttpsStream<TokioIo<Stream>>,
    _open: OpenConnection,
}

impl Connection for Counted {
    fn connected(&self) -> Connected {
        self.stream.connected()
    }
}

impl Read for Counted {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

impl Write for Counted {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, buffer)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, buffers)
    }
}
