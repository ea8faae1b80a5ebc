//! A server that is an address: each message is a request, answered with one JSON message or a stream of them.
//!
//! Source: the Model Context Protocol, "Streamable HTTP". Messages that answer nothing come over a stream of their own,
//! where the server has one.

use crate::{
    error::Trouble,
    model::Values,
    session::{Inbox, LARGEST_MESSAGE_BYTES, Link, Outgoing},
};
use base::Timestamp;
use bytes::Bytes;
use futures::{FutureExt, StreamExt, future::BoxFuture};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri,
    header::{ACCEPT, CONTENT_TYPE, DATE, RETRY_AFTER},
};
use net::{Body, Client, Request, Response, TimeOuts};
use parking_lot::Mutex;
use serde_json::Value;
use sse::SseParser;
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";
/// Headers that are not for people to set.
const OWN: [&str; 10] = [
    "accept",
    "connection",
    "content-length",
    "content-type",
    "host",
    "mcp-protocol-version",
    "mcp-session-id",
    "te",
    "transfer-encoding",
    "upgrade",
];
/// All that may come in answer to one request.
const LARGEST_REPLY_BYTES: u64 = 64 << 20;
/// How long the server's own stream is kept open, and how long it is waited with until it is opened again.
const LISTEN: Duration = Duration::from_secs(24 * 3_600);
const LISTEN_AGAIN: [u64; 4] = [1, 1, 5, 30];
/// However long a server wants to be left alone, its own stream is asked for again after this.
const LONGEST_WAIT: Duration = Duration::from_secs(600);
/// A stream that stood so long was well.
const STEADY: Duration = Duration::from_secs(30);
/// How long saying good-bye may take.
const CLOSE: Duration = Duration::from_secs(2);
/// How much of an error's words is told.
const TOLD_CHARS: usize = 300;

/// The link to an address.
#[derive(Debug)]
pub(crate) struct Http {
    shared: Arc<Shared>,
    end: CancellationToken,
    _end: DropGuard,
}

#[derive(Debug)]
struct Shared {
    client: Client,
    uri: Uri,
    headers: HeaderMap,
    inbox: Arc<Inbox>,
    session: Mutex<Option<HeaderValue>>,
    version: Mutex<Option<HeaderValue>>,
}

impl Http {
    pub(crate) fn new(
        client: Client,
        (url, values): (&str, &Values),
        inbox: Arc<Inbox>,
    ) -> Result<Self, Trouble> {
        let uri = checked_url(url).map_err(Trouble::Invalid)?;
        let headers = checked_headers(values).map_err(Trouble::Invalid)?;
        let (session, version) = (Mutex::default(), Mutex::default());
        let end = CancellationToken::new();
        let shared = Arc::new(Shared { client, uri, headers, inbox, session, version });
        Ok(Self { shared, _end: end.clone().drop_guard(), end })
    }
}

impl Link for Http {
    fn send(&self, message: Outgoing) -> BoxFuture<'_, Result<(), Trouble>> {
        self.shared.send(message).boxed()
    }

    fn agreed(&self, version: &str) {
        *self.shared.version.lock() = HeaderValue::from_str(version).ok();
        let (shared, end) = (Arc::clone(&self.shared), self.end.clone());
        tokio::spawn(async move { end.run_until_cancelled(shared.listen()).await });
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.end.cancel();
        async {
            if self.shared.session.lock().is_some() {
                let request = self.shared.request(Method::DELETE, CLOSE);
                drop(tokio::time::timeout(CLOSE, self.shared.client.send(request)).await);
            }
        }
        .boxed()
    }
}

impl Shared {
    fn request(&self, method: Method, patience: Duration) -> Request {
        let mut request = Request::new(method, self.uri.clone());
        request.headers = self.headers.clone();
        request.headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        let known = [(SESSION, self.session.lock().clone()), (VERSION, self.version.lock().clone())];
        for (name, value) in known {
            if let Some(value) = value {
                request.headers.insert(name, value);
            }
        }
        request.time_outs = TimeOuts { first_byte: patience, stall: patience, total: patience };
        request.max_reply_bytes = LARGEST_REPLY_BYTES;
        request
    }

    async fn send(&self, message: Outgoing) -> Result<(), Trouble> {
        // The session has its own time-out, with words of its own.
        let mut request = self.request(Method::POST, message.patience.saturating_add(Duration::from_secs(5)));
        request.headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
        request.body = Bytes::from(message.text);
        let had_session = request.headers.contains_key(SESSION);
        let reply = self.client.send(request).await.map_err(Trouble::Net)?;
        if reply.status.is_success() {
            if let Some(session) = reply.headers.get(SESSION) {
                *self.session.lock() = Some(session.clone());
            }
            return self.take(reply, message.wanted).await;
        }
        let (status, body) = (reply.status, whole(reply.body).await?);
        if had_session && is_forgotten(status, &body) {
            self.inbox.end(Trouble::SessionOver);
            return Err(Trouble::SessionOver);
        }
        // Some say what is wrong as an answer to the request.
        if let (Some(wanted), Ok(answer)) = (message.wanted, serde_json::from_slice::<Value>(&body))
            && answer.get("id").and_then(Value::as_u64) == Some(wanted)
        {
            self.inbox.take(answer);
            return Ok(());
        }
        let said: String = String::from_utf8_lossy(&body).trim().chars().take(TOLD_CHARS).collect();
        let said = if said.is_empty() { said } else { format!(": {said}") };
        Err(Trouble::Status { status: status.as_u16(), said })
    }

    async fn take(&self, reply: Response, wanted: Option<u64>) -> Result<(), Trouble> {
        if is(&reply.headers, EVENTS) {
            self.follow(reply.body, wanted).await?;
        } else {
            let is_json = is(&reply.headers, JSON);
            let body = whole(reply.body).await?;
            if is_json && !body.is_empty() {
                let message = serde_json::from_slice(&body);
                self.inbox.take(message.map_err(|error| unreadable(error.to_string()))?);
            } else if wanted.is_some() {
                return Err(unreadable("it is neither JSON nor a stream of events".to_owned()));
            }
        }
        match wanted {
            Some(id) if self.inbox.waits(id) => {
                Err(unreadable("the reply ended without the answer".to_owned()))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Takes messages off a stream until the wanted one has come.
    async fn follow(&self, mut body: Body, wanted: Option<u64>) -> Result<(), Trouble> {
        let mut events = SseParser::with_limit(LARGEST_MESSAGE_BYTES);
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(Trouble::Net)?;
            let mut rest = piece.as_ref();
            while let Some(event) = events
                .next(&mut rest)
                .map_err(|_| Trouble::TooLarge { limit_bytes: LARGEST_MESSAGE_BYTES })?
            {
                if let Ok(message) = serde_json::from_str(event.data) {
                    self.inbox.take(message);
                }
                if wanted.is_some_and(|id| !self.inbox.waits(id)) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Listens to what the server says by itself, where it has a stream for that.
    async fn listen(&self) {
        let mut failures = 0_usize;
        loop {
            let begun = Instant::now();
            let mut request = self.request(Method::GET, LISTEN);
            request.headers.insert(ACCEPT, HeaderValue::from_static(EVENTS));
            request.max_reply_bytes = u64::MAX;
            let had_session = request.headers.contains_key(SESSION);
            let mut asked = Duration::ZERO;
            match self.client.send(request).await {
                Ok(reply) if reply.status.is_success() && is(&reply.headers, EVENTS) => {
                    if let Err(trouble) = self.follow(reply.body, None).await {
                        tracing::debug!(%trouble, "an MCP server's own stream broke");
                    }
                }
                // It has one, but not now.
                Ok(reply)
                    if reply.status == StatusCode::TOO_MANY_REQUESTS || reply.status.is_server_error() =>
                {
                    asked = retry_after(&reply.headers).unwrap_or_default();
                }
                Ok(reply) if reply.status.is_client_error() && had_session => {
                    let status = reply.status;
                    if whole(reply.body).await.is_ok_and(|body| is_forgotten(status, &body)) {
                        self.inbox.end(Trouble::SessionOver);
                    }
                    return;
                }
                // It has none.
                Ok(_) => return,
                Err(_) => {}
            }
            // Many close a stream on which nothing was said for a while: that is no failure.
            failures = if begun.elapsed() >= STEADY { 0 } else { failures + 1 };
            let pause = Duration::from_secs(LISTEN_AGAIN.get(failures).copied().unwrap_or(60));
            tokio::time::sleep(pause.max(asked.min(LONGEST_WAIT))).await;
        }
    }
}

/// How long a server wants to be left alone: in seconds, or until a moment, where it says by which clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    let said = text(RETRY_AFTER)?;
    if let Ok(seconds) = said.parse() {
        return Some(Duration::from_secs(seconds));
    }
    Some(Timestamp::parse(said)?.since(Timestamp::parse(text(DATE)?)?))
}

/// Whether a server says that it does not know the session. By the protocol that is a 404; many, those of the official
/// examples among them, answer 400 and say so in words.
fn is_forgotten(status: StatusCode, body: &[u8]) -> bool {
    let said = || String::from_utf8_lossy(body).to_ascii_lowercase().contains("session");
    status == StatusCode::NOT_FOUND || (status == StatusCode::BAD_REQUEST && said())
}

/// A body that fits into a message.
async fn whole(mut body: Body) -> Result<Vec<u8>, Trouble> {
    let mut whole = Vec::new();
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(Trouble::Net)?;
        if whole.len() + piece.len() > LARGEST_MESSAGE_BYTES {
            return Err(Trouble::TooLarge { limit_bytes: LARGEST_MESSAGE_BYTES });
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole)
}

fn is(headers: &HeaderMap, media_type: &str) -> bool {
    let written = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    written.split(';').next().is_some_and(|plain| plain.trim().eq_ignore_ascii_case(media_type))
}

fn unreadable(reason: String) -> Trouble {
    Trouble::Unreadable { method: "POST".to_owned(), reason }
}

/// An address that can be called.
pub(crate) fn checked_url(url: &str) -> Result<Uri, String> {
    let uri = url.trim().parse::<Uri>().ok().filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
    let Some(uri) = uri else { return Err(format!("`{url}` does not begin with `https://` or `http://`")) };
    let fine = uri.host().is_some_and(|host| !host.is_empty())
        && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    if fine { Ok(uri) } else { Err("an address has a host, and no user name".to_owned()) }
}

/// Headers that can be sent.
pub(crate) fn checked_headers(values: &Values) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in values {
        let parsed = name.parse::<HeaderName>().ok().filter(|name| !OWN.contains(&name.as_str()));
        let Some(parsed) = parsed else { return Err(format!("`{name}` is not a header that can be set")) };
        let Ok(mut value) = HeaderValue::from_str(value.expose()) else {
            return Err(format!("the value of the header `{name}` has characters that cannot be sent"));
        };
        value.set_sensitive(true);
        headers.insert(parsed, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_says_for_how_long_it_wants_to_be_left_alone() {
        let now = "Sat, 21 Nov 2026 02:44:05 GMT";
        for (said, date, seconds) in [
            ("7", now, Some(7)),
            (" 0 ", now, Some(0)),
            ("99999999999", now, Some(99_999_999_999)),
            ("Sat, 21 Nov 2026 02:45:05 GMT", now, Some(60)),
            ("Sat, 21 Nov 2026 02:43:05 GMT", now, Some(0)),
            ("Sat, 21 Nov 2026 02:45:05 GMT", "noon", None),
            ("-7", now, None),
            ("soon", now, None),
        ] {
            let values = [(RETRY_AFTER, said), (DATE, date)];
            let headers = values.map(|(name, value)| (name, HeaderValue::from_static(value)));
            assert_eq!(
                retry_after(&headers.into_iter().collect()),
                seconds.map(Duration::from_secs),
                "{said}"
            );
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
