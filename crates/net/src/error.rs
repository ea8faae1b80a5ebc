//! Why a request could not be made or its reply not be read.

use crate::body::host_of;
use base::ErrorKind;
use http::{StatusCode, uri::Authority};
use std::{error::Error, fmt, net::IpAddr, sync::Arc, time::Duration};

/// The cause below an error, shared so that the error can be cloned out of a library's error chain.
pub(crate) type Cause = Arc<dyn Error + Send + Sync>;

/// Why a request failed. Names hosts, never paths, queries or headers, because those may hold credentials.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NetError {
    /// The address is not one that can be called.
    #[error("`{url}` cannot be called: {reason}")]
    InvalidUrl {
        /// The address, without what may be secret in it.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The proxy's address is not one.
    #[error("the proxy `{proxy}` cannot be used: {reason}")]
    InvalidProxy {
        /// The proxy without its credentials.
        proxy: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The extra root certificates cannot be read.
    #[error("the extra root certificates cannot be used: {reason}")]
    InvalidRoots {
        /// What is wrong with them.
        reason: String,
    },
    /// The name resolves to an address that is not on the public internet.
    #[error("`{host}` is `{address}`, which is not a public address")]
    Blocked {
        /// The host asked for.
        host: String,
        /// Where it would have led.
        address: IpAddr,
    },
    /// The name does not resolve.
    #[error("no address was found for `{host}`")]
    Resolve {
        /// The host asked for.
        host: String,
        /// The resolver's error, where it gave one.
        #[source]
        cause: Option<Cause>,
    },
    /// Nothing accepts connections there.
    #[error("no connection to `{host}`: {}", innermost(.cause))]
    Connect {
        /// The host asked for, or the proxy.
        host: String,
        /// What the operating system said.
        #[source]
        cause: Cause,
    },
    /// Local-only mode is on, and the address is not this machine's.
    #[error("local-only mode is on: nothing is sent to `{host}`")]
    LocalOnly {
        /// The host asked for.
        host: String,
    },
    /// The TLS handshake failed.
    #[error("no secure connection to `{host}`: {}", innermost(.cause))]
    Tls {
        /// The host asked for.
        host: String,
        /// What the TLS library said.
        #[source]
        cause: Cause,
    },
    /// The proxy did not let the connection through.
    #[error("the proxy `{proxy}` gave no connection to `{host}`: {}", innermost(.cause))]
    Proxy {
        /// The proxy without its credentials.
        proxy: String,
        /// The host asked for.
        host: String,
        /// What the proxy said.
        #[source]
        cause: Cause,
    },
    /// A time-out ran out.
    #[error("`{host}` {time_out} within {} s", .after.as_secs_f64())]
    TimedOut {
        /// The host asked for.
        host: String,
        /// Which one.
        time_out: TimeOut,
        /// How long it was.
        after: Duration,
    },
    /// The reply was a redirect, which is never followed.
    #[error("`{host}` answered {status} and points to `{target}`; redirects are not followed")]
    Redirected {
        /// The host asked for.
        host: String,
        /// The status.
        status: StatusCode,
        /// Where it points to, without query.
        target: String,
    },
    /// What came back is not HTTP.
    #[error("what `{host}` sent is not HTTP: {}", innermost(.cause))]
    NotHttp {
        /// The host asked for.
        host: String,
        /// What the parser said.
        #[source]
        cause: Cause,
    },
    /// The connection broke before the reply was complete.
    #[error("the connection to `{host}` broke: {}", innermost(.cause))]
    Broken {
        /// The host asked for.
        host: String,
        /// What was seen of it.
        #[source]
        cause: Cause,
    },
    /// The reply is larger than allowed.
    #[error("the reply of `{host}` is larger than {limit_bytes} bytes")]
    BodyTooLarge {
        /// The host asked for.
        host: String,
        /// The limit.
        limit_bytes: u64,
    },
}

/// Which time-out ran out. Displays as what did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeOut {
    /// Until connected, TLS and proxy included.
    Connect,
    /// Until the head of the reply.
    FirstByte,
    /// Between two pieces of the body.
    Stall,
    /// From the start to the end of the body.
    Total,
}

impl fmt::Display for TimeOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "gave no connection",
            Self::FirstByte => "did not begin to answer",
            Self::Stall => "stopped sending and did not go on",
            Self::Total => "did not finish its answer",
        })
    }
}

impl NetError {
    /// What sort of failure this is.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::InvalidUrl { .. } | Self::InvalidProxy { .. } | Self::InvalidRoots { .. } => {
                ErrorKind::Invalid
            }
            Self::Blocked { .. } | Self::LocalOnly { .. } => ErrorKind::Forbidden,
            Self::TimedOut { .. } => ErrorKind::Unavailable,
            Self::BodyTooLarge { .. } => ErrorKind::Limited,
            Self::Resolve { .. }
            | Self::Connect { .. }
            | Self::Tls { .. }
            | Self::Proxy { .. }
            | Self::Redirected { .. }
            | Self::NotHttp { .. }
            | Self::Broken { .. } => ErrorKind::Upstream,
        }
    }

    /// What the person can do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::InvalidUrl { .. } => "use an address like `https://api.example.com/v1`",
            Self::InvalidProxy { .. } => {
                "use `http://host:port` or `socks5://host:port`, with `user:password@` before the host if needed"
            }
            Self::InvalidRoots { .. } => "the file must hold certificates in PEM form",
            Self::Blocked { .. } => "only addresses on the public internet may be fetched here",
            Self::LocalOnly { .. } => {
                "ask a model on this machine, or turn local-only mode off in the settings"
            }
            Self::Resolve { .. } => "check the spelling of the host and the connection to the network",
            Self::Connect { .. } => "check that the server runs and that host and port are right",
            Self::Tls { .. } => {
                "check the server's certificate; add the issuer's root certificate if it is a private one"
            }
            Self::Proxy { .. } => "check the proxy's address and credentials",
            Self::TimedOut { .. } => "try again, or raise the time-out in the configuration",
            Self::Redirected { .. } => "enter the address it points to, if you trust it",
            Self::NotHttp { .. } => "check the port, and whether the address must begin with https",
            Self::Broken { .. } => "try again; if it stays, look at the server or the network between",
            Self::BodyTooLarge { .. } => "check that the address is the right one",
        }
    }

    /// The error of a request or reply on a connection that stood.
    pub(crate) fn of_exchange(authority: &Authority, error: hyper::Error) -> Self {
        let not_http = error.is_parse() || error.is_parse_too_large();
        let (host, cause) = (host_of(authority), Arc::new(error));
        if not_http { Self::NotHttp { host, cause } } else { Self::Broken { host, cause } }
    }

    /// The `NetError` somewhere in the chain of causes of a library's error.
    pub(crate) fn within(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref::<Self>() {
                return Some(found.clone());
            }
            next = error.source();
        }
        None
    }
}

/// The last cause in the chain, which is the one that says something.
fn innermost(cause: &Cause) -> String {
    let mut last: &dyn Error = cause;
    while let Some(deeper) = last.source() {
        last = deeper;
    }
    last.to_string()
}
