//! A proxy's address and credentials.

use crate::NetError;
use base::Secret;
use http::{HeaderValue, Uri};
use std::{fmt, str::FromStr};
use url::Url;

/// A proxy: `http://[user:password@]host:port` (CONNECT) or `socks5://[user:password@]host:port`.
///
/// Names are resolved by the proxy. `Display` and `Debug` leave the credentials out.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    pub(crate) kind: ProxyKind,
    pub(crate) address: Uri,
    credentials: Option<(String, Secret)>,
}

/// How the proxy is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProxyKind {
    Connect,
    Socks5,
}

impl Proxy {
    /// User name and password, where the address has them.
    pub(crate) fn credentials(&self) -> Option<(String, String)> {
        self.credentials.as_ref().map(|(user, password)| (user.clone(), password.expose().to_owned()))
    }

    /// The credentials as the header of an HTTP proxy.
    pub(crate) fn basic_authorization(&self) -> Option<HeaderValue> {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let (user, password) = self.credentials()?;
        let mut value =
            HeaderValue::try_from(format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl FromStr for Proxy {
    type Err = NetError;

    fn from_str(text: &str) -> Result<Self, NetError> {
        let invalid = |reason| NetError::InvalidProxy { proxy: without_credentials(text), reason };
        let url = Url::parse(text).map_err(|_| invalid("it is not an address"))?;
        let (kind, default_port) = match url.scheme() {
            "http" => (ProxyKind::Connect, 80),
            "socks5" | "socks5h" => (ProxyKind::Socks5, 1080),
            _ => return Err(invalid("only http, socks5 and socks5h proxies are known")),
        };
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| invalid("it has no host"))?;
        let address = format!("http://{host}:{}", url.port().unwrap_or(default_port))
            .parse()
            .map_err(|_| invalid("its host is not a host name"))?;
        let credentials = if url.username().is_empty() {
            None
        } else {
            let decode =
                |part: &str| percent_decode(part).ok_or_else(|| invalid("its credentials are not text"));
            Some((decode(url.username())?, Secret::new(decode(url.password().unwrap_or_default())?)))
        };
        Ok(Self { kind, address, credentials })
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.kind {
            ProxyKind::Connect => "http",
            ProxyKind::Socks5 => "socks5",
        };
        write!(f, "{scheme}://{}", self.address.authority().map_or("", |authority| authority.as_str()))
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

/// The text with everything before the last `@` left out, for messages about texts that are no address.
fn without_credentials(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        (None, Some((_, host))) => host.to_owned(),
        (_, None) => text.to_owned(),
    }
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_ports_and_credentials_are_read() {
        let proxy: Proxy = "http://bob:p%40ss@proxy.example".parse().unwrap();
        assert_eq!(proxy.address, "http://proxy.example:80");
        assert_eq!(proxy.credentials(), Some(("bob".into(), "p@ss".into())));
        assert_eq!(proxy.basic_authorization().unwrap(), "Basic Ym9iOnBAc3M=");
        let proxy: Proxy = "socks5h://[::1]".parse().unwrap();
        assert_eq!((proxy.kind, proxy.address.to_string()), (ProxyKind::Socks5, "http://[::1]:1080/".into()));
    }

    #[test]
    fn no_message_shows_the_password() {
        for text in ["ftp://bob:hush@host", "bob:hush@host", "https://bob:hush@", "http://bob:hush@ho st:1"] {
            let error = text.parse::<Proxy>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hush"), "{error:?}");
        }
        let proxy: Proxy = "http://bob:hush@host:1".parse().unwrap();
        assert_eq!(format!("{proxy} {proxy:?}"), "http://host:1 Proxy(http://host:1)");
    }
}
