//! Server-sent events: numbered, with a heartbeat, and ended when the server goes down.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::Response,
};
use bytes::{BufMut, Bytes, BytesMut};
use futures::{Stream, StreamExt, stream};
use serde::Serialize;
use std::{convert::Infallible, time::Duration};
use tokio_util::sync::CancellationToken;

/// How often an idle stream shows that it lives (proxies close silent connections after 30 to 60 s).
const HEARTBEAT: Duration = Duration::from_secs(15);

/// One event of a stream.
#[derive(Debug)]
pub struct SseEvent {
    id: Option<String>,
    data: String,
}

impl SseEvent {
    /// An event that holds `data` as JSON; a tagged enum's `type` tells them apart.
    pub fn json(id: Option<String>, data: &impl Serialize) -> Self {
        Self { id, data: serde_json::to_string(data).unwrap_or_default() }
    }

    fn bytes(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(self.data.len() + 48);
        if let Some(id) = &self.id {
            out.put_slice(b"id: ");
            out.put_slice(id.as_bytes());
            out.put_u8(b'\n');
        }
        // JSON holds no raw line breaks, so one `data` line does.
        out.put_slice(b"data: ");
        out.put_slice(self.data.as_bytes());
        out.put_slice(b"\n\n");
        out.freeze()
    }
}

/// Answers with `events` until they end, the reader goes away, or the server goes down.
pub fn respond(
    events: impl Stream<Item = SseEvent> + Send + 'static,
    closing: CancellationToken,
) -> Response {
    let events = Box::pin(events.map(|event| event.bytes()));
    // The retry line goes out at once: it opens the stream for the reader and sets how soon it comes back.
    let opening = stream::once(async { Bytes::from_static(b"retry: 1000\n\n") });
    let body = stream::unfold((events, closing), |(mut events, closing)| async move {
        let bytes = tokio::select! {
            // What has happened goes out first: the end of an answer must not get lost in the server's.
            biased;
            next = tokio::time::timeout(HEARTBEAT, events.next()) => match next {
                Ok(bytes) => bytes?,
                Err(_) => Bytes::from_static(b": still here\n\n"),
            },
            () = closing.cancelled() => return None,
        };
        Some((bytes, (events, closing)))
    });
    let mut response = Response::new(Body::from_stream(opening.chain(body).map(Ok::<_, Infallible>)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}
