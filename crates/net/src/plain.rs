//! Plain HTTP/1.1 without a task a connection: whoever waits for a reply drives its connection.
//!
//! A connection that runs in a task of its own costs every request two changes of tasks and every piece of a
//! reply one more, and pieces that arrive together are handed on one by one. Here the connection is polled by the
//! future that needs it, so that all that has arrived is taken at once. Idle connections are polled by nobody:
//! each is asked when it is taken out whether it still stands, and those that grow old are cleared away.
//!
//! A connection belongs to the runtime in which it was made and is only used there: in another one every reply would
//! first wake a thread of this one.

mod alarm;

use crate::{NetError, body::host_of, connect::Connector};
use alarm::Alarm;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri, header::HOST, uri::Authority};
use http_body_util::Full;
use hyper::{
    body::{Body as _, Frame, Incoming},
    client::conn::{TrySendError, http1},
};
use parking_lot::Mutex;
use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::{Arc, Weak},
    task::{Context, Poll, Waker},
    time::Duration,
};
use tokio::{
    runtime::{self, Handle},
    task::unconstrained,
    time::{Instant, timeout_at},
};
use tower::Service;

/// One connection and the handle that puts requests on it.
struct Lane {
    sender: http1::SendRequest<Full<Bytes>>,
    connection: http1::Connection<crate::connect::Counted, Full<Bytes>>,
    /// For the heads of its replies.
    alarm: Alarm,
    /// The server as requests name it, where that can be a header.
    host: Option<HeaderValue>,
    home: runtime::Id,
}

/// Why there is no reply.
pub(crate) enum Unanswered {
    /// Its head did not come in time.
    Late,
    Failed(NetError),
}

impl From<NetError> for Unanswered {
    fn from(error: NetError) -> Self {
        Self::Failed(error)
    }
}

/// The head of a reply, or why there is none, with the request where nothing of it went out.
type Sent = Result<Response<Incoming>, TrySendError<Request<Full<Bytes>>>>;

/// An idle connection, and since when it is.
type Waiting = (Box<Lane>, Instant);

/// The idle connections of one runtime to one host, the one that was used last at the end. Those of other runtimes
/// stand elsewhere: to look at them would be to fetch what another core has just written.
struct Shelf {
    authority: Authority,
    home: runtime::Id,
    lanes: Vec<Waiting>,
}

/// The connections that wait for a request.
struct Idle {
    /// A client speaks to one host, or to a few, from a thread a core.
    shelves: Mutex<Vec<Shelf>>,
    max_per_host: usize,
    time_out: Duration,
}

/// The connections to servers that speak plain HTTP.
#[derive(Clone)]
pub(crate) struct Plain {
    connector: Connector,
    idle: Arc<Idle>,
}

/// A reply's body together with the connection that it comes over.
pub(crate) struct Driven {
    incoming: Incoming,
    lane: Option<Box<Lane>>,
    authority: Authority,
    idle: Weak<Idle>,
}

impl Plain {
    pub(crate) fn new(connector: Connector, max_per_host: usize, time_out: Duration) -> Self {
        let idle = Idle { shelves: Mutex::default(), max_per_host, time_out };
        Self { connector, idle: Arc::new(idle) }
    }

    /// Sends a request and waits for the head of the reply, until `deadline`.
    pub(crate) async fn request(
        &self,
        mut request: Request<Full<Bytes>>,
        authority: &Authority,
        deadline: Instant,
    ) -> Result<Response<Driven>, Unanswered> {
        let uri = to_origin_form(&mut request);
        loop {
            let (mut lane, kept) = match self.idle.take(authority) {
                Some(lane) => (lane, true),
                None => {
                    // Rare and large: the future of every request would have room for it.
                    let connecting = timeout_at(deadline, Box::pin(self.connect(&uri, authority)));
                    (connecting.await.map_err(|_elapsed| Unanswered::Late)??, false)
                }
            };
            if let Some(host) = &lane.host {
                request.headers_mut().entry(HOST).or_insert_with(|| host.clone());
            }
            match lane.send(request, deadline).await {
                None => return Err(Unanswered::Late),
                Some(Ok(reply)) => {
                    let (authority, idle) = (authority.clone(), Arc::downgrade(&self.idle));
                    return Ok(reply.map(|incoming| Driven { incoming, lane: Some(lane), authority, idle }));
                }
                Some(Err(mut error)) => match error.take_message() {
                    // The far side has closed a connection that had been idle, before anything was sent on it.
                    Some(unsent) if kept => request = unsent,
                    Some(_) | None => {
                        return Err(NetError::of_exchange(authority, error.into_error()).into());
                    }
                },
            }
        }
    }

    async fn connect(&self, uri: &Uri, authority: &Authority) -> Result<Box<Lane>, NetError> {
        let stream = self.connector.clone().call(uri.clone()).await?;
        let shaken = http1::handshake(stream).await;
        let (sender, connection) = shaken.map_err(|error| NetError::of_exchange(authority, error))?;
        let (alarm, host, home) = (Alarm::default(), host_header(authority), Handle::current().id());
        Ok(Box::new(Lane { sender, connection, alarm, host, home }))
    }
}

/// Writes the request's address as a server wants it, as a path; returns the whole address.
fn to_origin_form(request: &mut Request<Full<Bytes>>) -> Uri {
    let origin = request.uri().path_and_query().cloned().map(Uri::from);
    std::mem::replace(request.uri_mut(), origin.unwrap_or_default())
}

fn host_header(authority: &Authority) -> Option<HeaderValue> {
    let host = host_of(authority);
    HeaderValue::from_str(host.strip_suffix(":80").unwrap_or(&host)).ok()
}

impl Lane {
    /// The head of the reply; `None` where it has not come by then.
    async fn send(&mut self, request: Request<Full<Bytes>>, deadline: Instant) -> Option<Sent> {
        // Put off because others have had their share of the thread, it would not be woken.
        let mut reply = pin!(unconstrained(self.sender.try_send_request(request)));
        let (connection, alarm) = (&mut self.connection, &mut self.alarm);
        poll_fn(|context| {
            // Only the connection's work below brings it on, behind which it is asked again: to be woken for that would be
            // one more round through the whole call.
            let mut unwoken = Context::from_waker(Waker::noop());
            if let Poll::Ready(reply) = reply.as_mut().poll(&mut unwoken) {
                return Poll::Ready(Some(reply));
            }
            // Once it has ended it must not be polled again; the reply knows why by then.
            let _ended = Pin::new(&mut *connection).poll(context);
            if let Poll::Ready(reply) = reply.as_mut().poll(&mut unwoken) {
                return Poll::Ready(Some(reply));
            }
            alarm.poll(deadline, context).map(|()| None)
        })
        .await
    }

    /// Whether it can take a request: neither closed by the far side nor in the middle of something. Nobody is woken by
    /// what happens to it until [`Self::send`] has it work.
    fn stands(&mut self) -> bool {
        let mut unwoken = Context::from_waker(Waker::noop());
        Pin::new(&mut self.connection).poll(&mut unwoken).is_pending() && self.sender.is_ready()
    }
}

impl Idle {
    fn take(&self, authority: &Authority) -> Option<Box<Lane>> {
        let home = Handle::current().id();
        loop {
            let (mut lane, since) = self.take_at(authority, home)?;
            if lane.stands() && since.elapsed() < self.time_out {
                return Some(lane);
            }
        }
    }

    /// The one that was used last.
    fn take_at(&self, authority: &Authority, home: runtime::Id) -> Option<Waiting> {
        let mut shelves = self.shelves.lock();
        shelves.iter_mut().find(|shelf| shelf.is(authority, home))?.lanes.pop()
    }

    fn put(self: &Arc<Self>, authority: &Authority, lane: Box<Lane>) {
        let (home, now) = (lane.home, Instant::now());
        let mut shelves = self.shelves.lock();
        if shelves.is_empty() {
            tokio::spawn(clear(Arc::downgrade(self), self.time_out));
        }
        let here = shelves.iter().filter(|shelf| shelf.is_of(authority));
        if here.map(|shelf| shelf.lanes.len()).sum::<usize>() >= self.max_per_host {
            return;
        }
        match shelves.iter_mut().find(|shelf| shelf.is(authority, home)) {
            Some(shelf) => shelf.lanes.push((lane, now)),
            None => shelves.push(Shelf { authority: authority.clone(), home, lanes: vec![(lane, now)] }),
        }
    }
}

impl Shelf {
    /// As it is written: one host in capitals and in small letters has two shelves, and comparing costs nothing.
    fn is_of(&self, authority: &Authority) -> bool {
        self.authority.as_str() == authority.as_str()
    }

    fn is(&self, authority: &Authority, home: runtime::Id) -> bool {
        self.home == home && self.is_of(authority)
    }
}

/// Closes what has been idle for too long, until nothing is left or the client is gone.
async fn clear(idle: Weak<Idle>, time_out: Duration) {
    loop {
        tokio::time::sleep(time_out).await;
        let Some(idle) = idle.upgrade() else { return };
        let mut shelves = idle.shelves.lock();
        shelves.retain_mut(|shelf| {
            shelf.lanes.retain(|(_, since)| since.elapsed() < time_out);
            !shelf.lanes.is_empty()
        });
        if shelves.is_empty() {
            return;
        }
    }
}

impl Driven {
    pub(crate) fn poll_frame(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        // What the connection's work brings is looked for behind it; nothing else brings anything.
        let mut unwoken = Context::from_waker(Waker::noop());
        let mut polled = Pin::new(&mut self.incoming).poll_frame(&mut unwoken);
        if polled.is_pending() && self.drive(context) {
            polled = Pin::new(&mut self.incoming).poll_frame(&mut unwoken);
        }
        if matches!(polled, Poll::Ready(None)) && self.drive(context) {
            self.give_back();
        }
        polled
    }

    /// Lets the connection work; whether it is still there.
    fn drive(&mut self, context: &mut Context<'_>) -> bool {
        let Some(lane) = &mut self.lane else { return false };
        if Pin::new(&mut lane.connection).poll(context).is_ready() {
            self.lane = None;
            // What it left behind is there to be read.
            return true;
        }
        true
    }

    fn give_back(&mut self) {
        if let (Some(lane), Some(idle)) = (self.lane.take(), self.idle.upgrade())
            && lane.sender.is_ready()
        {
            idle.put(&self.authority, lane);
        }
    }
}
