//! A reply's body as it comes, under time-outs and a size limit.

use crate::{NetError, TimeOut, error::Cause, figures::InFlight, plain::Driven};
use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt};
use http::uri::Authority;
use hyper::body::{Body as _, Frame, Incoming};
use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Instant, Sleep};

/// Pieces are put together up to this size; larger ones are never copied.
const GATHER_BYTES: usize = 8 << 10;

/// A reply's body: a stream of its bytes. Dropping it ends the request at the far side; so does an error,
/// after which the stream is over.
pub struct Body {
    /// `None` once the body is over.
    pieces: Option<Pieces>,
    /// What came behind a piece that was handed out with those before it: the end, or an error.
    behind: Option<Option<hyper::Error>>,
    host: Authority,
    limits: Limits,
    received_bytes: u64,
    /// Since when the next piece is waited for; `None` while the reader is busy with the last one, so that
    /// a slow reader is not taken for a stalled server.
    waiting_since: Option<Instant>,
    /// Made when first needed: a body that is there at once needs no timer.
    timer: Option<Pin<Box<Sleep>>>,
    in_flight: Option<InFlight>,
}

/// Where the pieces come from.
pub(crate) enum Pieces {
    /// A connection with a task of its own.
    Incoming(Incoming),
    /// A connection that works when it is asked to.
    Driven(Driven),
}

impl Pieces {
    fn poll_frame(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match self {
            Self::Incoming(incoming) => Pin::new(incoming).poll_frame(context),
            Self::Driven(driven) => driven.poll_frame(context),
        }
    }

    /// The next piece of data; trailers say nothing here.
    fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, hyper::Error>>> {
        loop {
            match ready!(self.poll_frame(context)) {
                Some(Ok(frame)) => {
                    if let Ok(piece) = frame.into_data() {
                        return Poll::Ready(Some(Ok(piece)));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

/// What a body has to keep to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) stall: Duration,
    pub(crate) total: Duration,
    pub(crate) total_deadline: Instant,
    pub(crate) size_bytes: u64,
}

impl Body {
    pub(crate) fn new(pieces: Pieces, host: Authority, limits: Limits, in_flight: InFlight) -> Self {
        Self {
            pieces: Some(pieces),
            behind: None,
            host,
            limits,
            received_bytes: 0,
            waiting_since: None,
            timer: None,
            in_flight: Some(in_flight),
        }
    }

    /// Reads the body to its end. A body that comes in one piece is not copied.
    ///
    /// # Errors
    /// As the stream has them.
    pub async fn collect(mut self) -> Result<Bytes, NetError> {
        let Some(first) = self.next().await.transpose()? else { return Ok(Bytes::new()) };
        let Some(second) = self.next().await.transpose()? else { return Ok(first) };
        let mut whole = BytesMut::with_capacity(first.len() + second.len());
        whole.extend_from_slice(&first);
        whole.extend_from_slice(&second);
        while let Some(piece) = self.next().await.transpose()? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }

    fn end(&mut self) {
        self.pieces = None;
        self.timer = None;
        self.in_flight = None;
    }

    fn fail(&mut self, error: NetError) -> Poll<Option<Result<Bytes, NetError>>> {
        self.end();
        Poll::Ready(Some(Err(error)))
    }

    fn timed_out(&self, time_out: TimeOut, after: Duration) -> NetError {
        NetError::TimedOut { host: host_of(&self.host), time_out, after }
    }

    fn take(&mut self, piece: Bytes) -> Poll<Option<Result<Bytes, NetError>>> {
        self.waiting_since = None;
        self.received_bytes += piece.len() as u64;
        if self.received_bytes > self.limits.size_bytes {
            let limit_bytes = self.limits.size_bytes;
            return self.fail(NetError::BodyTooLarge { host: host_of(&self.host), limit_bytes });
        }
        Poll::Ready(Some(Ok(piece)))
    }

    /// Waits for a piece that is not there yet: ready with the time-out that has run out.
    fn poll_timers(&mut self, now: Instant, context: &mut Context<'_>) -> Poll<NetError> {
        let limits = self.limits;
        let since = *self.waiting_since.get_or_insert(now);
        let stall_deadline = later(since, limits.stall);
        let deadline = stall_deadline.min(limits.total_deadline);
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        // The timer is left as it is while pieces come; only when it fires, the true deadline is looked at.
        while timer.as_mut().poll(context).is_ready() {
            if Instant::now() >= deadline {
                return Poll::Ready(if deadline == stall_deadline {
                    self.timed_out(TimeOut::Stall, limits.stall)
                } else {
                    self.timed_out(TimeOut::Total, limits.total)
                });
            }
            timer.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

impl Stream for Body {
    type Item = Result<Bytes, NetError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let body = self.get_mut();
        let Some(pieces) = body.pieces.as_mut() else { return Poll::Ready(None) };
        let polled = match body.behind.take() {
            Some(behind) => Poll::Ready(behind.map(Err)),
            None => pieces.poll_data(context),
        };
        let now = Instant::now();
        match polled {
            Poll::Ready(None) => {
                body.end();
                Poll::Ready(None)
            }
            Poll::Ready(Some(Err(error))) => {
                let host = host_of(&body.host);
                body.fail(NetError::Broken { host, cause: Arc::new(error) as Cause })
            }
            Poll::Ready(Some(Ok(_))) if now >= body.limits.total_deadline => {
                let error = body.timed_out(TimeOut::Total, body.limits.total);
                body.fail(error)
            }
            Poll::Ready(Some(Ok(piece))) => {
                let (piece, behind) = gather(pieces, piece, context);
                body.behind = behind;
                body.take(piece)
            }
            Poll::Pending => match body.poll_timers(now, context) {
                Poll::Ready(error) => body.fail(error),
                Poll::Pending => Poll::Pending,
            },
        }
    }
}

/// Puts what is there already behind a piece: events that arrived together are read and passed on together.
fn gather(
    pieces: &mut Pieces,
    first: Bytes,
    context: &mut Context<'_>,
) -> (Bytes, Option<Option<hyper::Error>>) {
    let mut gathered: Option<BytesMut> = None;
    let mut behind = None;
    while gathered.as_ref().map_or(first.len(), BytesMut::len) < GATHER_BYTES {
        match pieces.poll_data(context) {
            Poll::Ready(Some(Ok(next))) => {
                let all = gathered.get_or_insert_with(|| {
                    let mut all = BytesMut::with_capacity(GATHER_BYTES.min(8 * first.len()) + next.len());
                    all.extend_from_slice(&first);
                    all
                });
                all.extend_from_slice(&next);
            }
            Poll::Ready(Some(Err(error))) => behind = Some(Some(error)),
            Poll::Ready(None) => behind = Some(None),
            Poll::Pending => break,
        }
        if behind.is_some() {
            break;
        }
    }
    (gathered.map_or(first, BytesMut::freeze), behind)
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("host", &self.host)
            .field("received_bytes", &self.received_bytes)
            .finish()
    }
}

/// The moment so much later; a configured time that no clock can hold means "some decades from now".
pub(crate) fn later(moment: Instant, wait: Duration) -> Instant {
    const DECADES: Duration = Duration::from_secs(30 * 365 * 24 * 3600);
    moment.checked_add(wait).unwrap_or_else(|| moment + DECADES)
}

/// The host with its port, as messages name it.
pub(crate) fn host_of(authority: &Authority) -> String {
    let text = authority.as_str();
    text.rsplit_once('@').map_or(text, |(_, host)| host).to_owned()
}
