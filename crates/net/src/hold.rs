//! Bytes that leave once what they rest on is written.
//!
//! Whoever must have written something down before a word of it leaves the process (the output commit of recovery: Elnozahy
//! et al., "A Survey of Rollback-Recovery Protocols in Message-Passing Systems", ACM Computing Surveys 34, 2002) can wait for
//! the write, and have all that waits for them woken once more behind it. On a thread with [`serve`] nobody waits: they name
//! the [`Gate`] and go on, what the thread's connections are given to send is held, and when everybody who was ready has had
//! their turn the gate is passed for all of them at once and their bytes leave.

use futures::future::poll_fn;
use hyper_util::client::legacy::connect::{Connected, Connection};
use parking_lot::Mutex;
use std::{
    any::Any,
    cell::RefCell,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    runtime::{Handle, RuntimeFlavor},
};

/// What is held of all connections of a thread; who has more to send waits for the end of the turn.
const MOST_BYTES: usize = 256 << 10;
/// What a thread keeps of that room from turn to turn.
const KEPT_BYTES: usize = 64 << 10;

/// What has to be passed before anything leaves.
pub trait Gate: Send + Sync + 'static {
    /// Returns when all is written that had to be. Blocks for as long as that takes.
    fn pass(&self);
}

thread_local! {
    static HERE: RefCell<Option<Turn>> = const { RefCell::new(None) };
}

/// What is held on a thread.
#[derive(Default)]
struct Turn {
    /// Of [`serve`].
    waker: Option<Waker>,
    gates: Vec<Arc<dyn Gate>>,
    /// What is dropped once the gates are passed, and before anything leaves.
    kept: Vec<Box<dyn Any>>,
    bytes: Vec<u8>,
    /// To whom the bytes go: each as far as it says, from the end of the one before.
    sends: Vec<(Arc<Mutex<Socket>>, usize)>,
}

/// Whether bytes were held.
enum Holding {
    /// Nothing has to wait.
    Free,
    /// So many of them.
    Held(usize),
    /// There is no room for them before the end of the turn.
    Full,
}

/// Nothing leaves by the connections of this thread before `gate` is passed. `false` where they hold nothing: then it is
/// the caller's to wait.
#[must_use]
pub fn until<G: Gate>(gate: &Arc<G>) -> bool {
    here(|turn| {
        if !turn.gates.iter().any(|named| std::ptr::addr_eq(Arc::as_ptr(named), Arc::as_ptr(gate))) {
            turn.gates.push(Arc::<G>::clone(gate));
            if let Some(waker) = &turn.waker {
                waker.wake_by_ref();
            }
        }
    })
    .is_some()
}

/// Drops this when the gates named so far are passed, before anything leaves: at once, where there are none.
pub fn keep(what: Box<dyn Any>) {
    let mut what = Some(what);
    here(|turn| {
        if !turn.gates.is_empty() {
            turn.kept.extend(what.take());
        }
    });
}

/// Holds what connections of this thread send, and lets it go. Ends only by being dropped, or at once in a runtime of
/// several threads, where nothing can be held.
pub async fn serve() {
    if Handle::current().runtime_flavor() != RuntimeFlavor::CurrentThread {
        return;
    }
    HERE.with_borrow_mut(|here| *here = Some(Turn::default()));
    let _serving = Serving;
    poll_fn(|context| {
        here(|turn| {
            if !turn.waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
                turn.waker = Some(context.waker().clone());
            }
        });
        release();
        Poll::<()>::Pending
    })
    .await;
}

/// Lets everything go when it ends.
struct Serving;

impl Drop for Serving {
    fn drop(&mut self) {
        release();
        HERE.with_borrow_mut(|here| *here = None);
    }
}

/// Sees that the gates of this thread are passed, for what connections of other threads send for it.
pub(crate) async fn passed() {
    if here(|turn| !turn.gates.is_empty()) == Some(true) {
        // Everybody who is ready has something written with the same write.
        tokio::task::yield_now().await;
        release();
    }
}

fn here<R>(with: impl FnOnce(&mut Turn) -> R) -> Option<R> {
    HERE.with_borrow_mut(|here| here.as_mut().map(with))
}

/// Ends the turn.
fn release() {
    let ended = here(|turn| {
        (!turn.gates.is_empty()).then(|| {
            let next = Turn { waker: turn.waker.clone(), ..Turn::default() };
            std::mem::replace(turn, next)
        })
    });
    let Some(mut turn) = ended.flatten() else { return };
    // A bug of one is not to cost the others what they have to send.
    for gate in turn.gates.drain(..) {
        let _told_by_the_hook = catch_unwind(AssertUnwindSafe(|| gate.pass()));
    }
    for kept in turn.kept.drain(..) {
        let _told_by_the_hook = catch_unwind(AssertUnwindSafe(|| drop(kept)));
    }
    let mut begin = 0;
    for (socket, end) in turn.sends.drain(..) {
        let waker = socket.lock().release(&turn.bytes[begin..end]);
        if let Some(waker) = waker {
            waker.wake();
        }
        begin = end;
    }
    turn.bytes.clear();
    turn.bytes.shrink_to(KEPT_BYTES);
    here(|next| {
        if next.gates.is_empty() {
            *next = turn;
        }
    });
}

impl Turn {
    fn hold(&mut self, socket: &Arc<Mutex<Socket>>, buffers: &[io::IoSlice<'_>]) -> Holding {
        if self.gates.is_empty() {
            return Holding::Free;
        }
        let begin = self.bytes.len();
        for buffer in buffers {
            let room = MOST_BYTES.saturating_sub(self.bytes.len());
            self.bytes.extend_from_slice(&buffer[..buffer.len().min(room)]);
        }
        let end = self.bytes.len();
        match self.sends.last_mut() {
            Some((last, last_end)) if Arc::ptr_eq(last, socket) => *last_end = end,
            // One that has no room is listed too, since it is to be woken.
            Some(_) | None => self.sends.push((Arc::clone(socket), end)),
        }
        if end == MOST_BYTES && begin == end { Holding::Full } else { Holding::Held(end - begin) }
    }
}

/// A TCP connection that holds what it is given to send while a gate has to be passed.
#[derive(Debug)]
pub struct Stream(Arc<Mutex<Socket>>);

#[derive(Debug)]
struct Socket {
    stream: TcpStream,
    /// A turn has bytes of it.
    is_held: bool,
    /// What the system did not take when it was let go.
    rest: Vec<u8>,
    failure: Option<io::Error>,
    /// Who has something to do when it was let go, if there is a rest, a failure, or someone waits.
    waker: Option<Waker>,
    is_waited_for: bool,
}

impl Stream {
    /// Holds nothing yet.
    pub fn new(stream: TcpStream) -> Self {
        Self(Arc::new(Mutex::new(Socket {
            stream,
            is_held: false,
            rest: Vec::new(),
            failure: None,
            waker: None,
            is_waited_for: false,
        })))
    }
}

impl Socket {
    /// Sends what was held; who is to be woken.
    fn release(&mut self, bytes: &[u8]) -> Option<Waker> {
        self.is_held = false;
        if !bytes.is_empty() {
            match self.stream.try_write(bytes) {
                Ok(sent) => self.rest.extend_from_slice(&bytes[sent..]),
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) =>
                {
                    self.rest.extend_from_slice(bytes);
                }
                Err(error) => self.failure = Some(error),
            }
        }
        let waits = std::mem::take(&mut self.is_waited_for);
        if waits || !self.rest.is_empty() || self.failure.is_some() { self.waker.take() } else { None }
    }

    fn wakes(&mut self, context: &Context<'_>) {
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            self.waker = Some(context.waker().clone());
        }
    }

    fn poll_rest(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(failure) = self.failure.take() {
            return Poll::Ready(Err(failure));
        }
        while !self.rest.is_empty() {
            let sent = ready!(Pin::new(&mut self.stream).poll_write(context, &self.rest))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.rest.drain(..sent);
        }
        // It is rare that there was one.
        self.rest = Vec::new();
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0.lock().stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[io::IoSlice::new(buffer)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut socket = self.0.lock();
        ready!(socket.poll_rest(context))?;
        let holding = here(|turn| turn.hold(&self.0, buffers)).unwrap_or(Holding::Free);
        match holding {
            Holding::Free if !socket.is_held => {
                return Pin::new(&mut socket.stream).poll_write_vectored(context, buffers);
            }
            Holding::Held(length) => {
                socket.is_held = true;
                socket.wakes(context);
                return Poll::Ready(Ok(length));
            }
            // Another thread has bytes of it, which go first.
            Holding::Free | Holding::Full => {}
        }
        socket.is_waited_for = true;
        socket.wakes(context);
        Poll::Pending
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// What is held counts as sent, since it will be without anybody's doing.
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.lock().poll_rest(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut socket = self.0.lock();
        if socket.is_held {
            socket.is_waited_for = true;
            socket.wakes(context);
            return Poll::Pending;
        }
        ready!(socket.poll_rest(context))?;
        Pin::new(&mut socket.stream).poll_shutdown(context)
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::{Read as _, Write as _},
        net::{Shutdown, TcpListener, TcpStream as Peer},
        sync::mpsc,
        time::Duration,
    };
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        task::{spawn_local, yield_now},
    };

    /// A gate that writes down what has come to the other end when it is passed.
    struct Seen {
        peer: Peer,
        seen: Mutex<Vec<io::Result<usize>>>,
    }

    impl Gate for Seen {
        fn pass(&self) {
            // Anything that had been sent over the loopback would be here.
            let seen = self.peer.peek(&mut [0; 100]);
            self.seen.lock().push(seen);
        }
    }

    /// A gate that is open.
    struct Open;

    impl Gate for Open {
        fn pass(&self) {}
    }

    impl Seen {
        fn nothing_yet(&self) -> bool {
            let seen = self.seen.lock();
            !seen.is_empty()
                && seen
                    .iter()
                    .all(|seen| seen.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock))
        }
    }

    /// A connection, and a gate at its other end.
    async fn pair() -> (Stream, Arc<Seen>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let stream = Peer::connect(listener.local_addr().unwrap()).unwrap();
        let (peer, _) = listener.accept().unwrap();
        for end in [&stream, &peer] {
            end.set_nonblocking(true).unwrap();
        }
        let stream = TcpStream::from_std(stream).unwrap();
        // As for one that a request came in by.
        stream.writable().await.unwrap();
        (Stream::new(stream), Arc::new(Seen { peer, seen: Mutex::default() }))
    }

    /// All that comes to the other end.
    async fn all(gate: &Seen) -> Vec<u8> {
        let mut peer = gate.peer.try_clone().unwrap();
        peer.set_nonblocking(false).unwrap();
        peer.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let reading = tokio::task::spawn_blocking(move || {
            let mut all = Vec::new();
            peer.read_to_end(&mut all).unwrap();
            all
        });
        reading.await.unwrap()
    }

    /// On a thread that holds.
    fn on_a_lane<F: Future<Output = ()>>(work: impl FnOnce() -> F) {
        let lane = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let local = tokio::task::LocalSet::new();
        local.block_on(&lane, async {
            let serving = spawn_local(serve());
            yield_now().await;
            tokio::time::timeout(Duration::from_secs(60), work()).await.expect("it ends");
            serving.abort();
        });
    }

    #[test]
    fn nothing_leaves_before_the_gate_is_passed_and_one_pass_serves_all() {
        on_a_lane(|| async {
            let (mut one, gate) = pair().await;
            let (mut other, _other_gate) = pair().await;
            one.write_all(b"free ").await.unwrap();
            let mut free = [0; 5];
            gate.peer.set_nonblocking(false).unwrap();
            (&gate.peer).read_exact(&mut free).unwrap();
            gate.peer.set_nonblocking(true).unwrap();

            assert!(until(&gate) && until(&gate));
            one.write_all(b"hel").await.unwrap();
            other.write_all(b"you").await.unwrap();
            one.write_all(b"lo").await.unwrap();
            let (dropped, heard) = mpsc::channel();
            keep(Box::new(Says(dropped, Arc::clone(&gate))));
            assert!(heard.try_recv().is_err());
            yield_now().await;
            assert!(heard.try_recv().unwrap(), "the gate was passed and nothing had left");
            one.shutdown().await.unwrap();
            assert_eq!(all(&gate).await, b"hello");
            assert_eq!(gate.seen.lock().len(), 1);
        });
    }

    /// Says when it is dropped whether the gate was passed and nothing has come.
    struct Says(mpsc::Sender<bool>, Arc<Seen>);

    impl Drop for Says {
        fn drop(&mut self) {
            self.0.send(self.1.nothing_yet()).unwrap();
        }
    }

    #[test]
    fn what_is_too_much_to_hold_waits_and_what_the_system_does_not_take_follows() {
        on_a_lane(|| async {
            let (mut stream, gate) = pair().await;
            let much: Vec<u8> = (0..20_000_000_u32).map(|byte| (byte % 251) as u8).collect();
            let open = Arc::new(Open);
            assert!(until(&open));
            let (read, ()) = tokio::join!(all(&gate), async {
                stream.write_all(&much[..200_000]).await.unwrap();
                stream.write_all(&much[200_000..]).await.unwrap();
                assert!(until(&open), "more of it is held");
                stream.write_all(b"end").await.unwrap();
                stream.shutdown().await.unwrap();
            });
            assert!(read.len() == much.len() + 3 && read.starts_with(&much) && read.ends_with(b"end"));
        });
    }

    #[test]
    fn what_is_too_much_to_hold_goes_on_however_often_others_have_to_wait() {
        on_a_lane(|| async {
            let (mut stream, gate) = pair().await;
            let others = spawn_local(async {
                let open = Arc::new(Open);
                while until(&open) {
                    yield_now().await;
                }
            });
            let much = vec![7; 3 * MOST_BYTES];
            let (read, ()) = tokio::join!(all(&gate), async {
                stream.write_all(&much).await.unwrap();
                stream.shutdown().await.unwrap();
            });
            others.abort();
            assert!(read == much);
        });
    }

    #[test]
    fn a_full_socket_gets_what_was_held_when_there_is_room() {
        on_a_lane(|| async {
            let (mut stream, gate) = pair().await;
            // Until the system takes no more: nobody reads.
            let mut sent = 0;
            while let Ok(more) = stream.0.lock().stream.try_write(&[b'.'; 65_536]) {
                sent += more;
            }
            assert!(until(&gate));
            stream.write_all(&[b'!'; 100_000]).await.unwrap();
            yield_now().await;
            let ((), read) = tokio::join!(
                async {
                    stream.flush().await.unwrap();
                    stream.shutdown().await.unwrap();
                },
                all(&gate)
            );
            assert_eq!(read.len(), sent + 100_000);
            assert!(read.ends_with(&[b'!'; 100_000]));
        });
    }

    #[test]
    fn a_connection_that_is_given_up_still_sends_what_it_had() {
        on_a_lane(|| async {
            let (mut stream, gate) = pair().await;
            assert!(until(&gate));
            stream.write_all(b"last words").await.unwrap();
            drop(stream);
            yield_now().await;
            assert_eq!(all(&gate).await, b"last words");
            assert!(gate.nothing_yet());
        });
    }

    #[test]
    fn the_end_of_a_lane_lets_go_and_a_bug_costs_nobody_else_anything() {
        struct Broken;
        impl Drop for Broken {
            fn drop(&mut self) {
                panic!("a bug (expected)");
            }
        }
        let mut at_the_other_end = None;
        on_a_lane(|| async {
            let (mut stream, gate) = pair().await;
            assert!(until(&gate));
            keep(Box::new(Broken));
            stream.write_all(b"whole").await.unwrap();
            yield_now().await;
            assert!(until(&gate));
            stream.write_all(b", and the rest").await.unwrap();
            at_the_other_end = Some(gate);
        });
        let gate = at_the_other_end.unwrap();
        gate.peer.set_nonblocking(false).unwrap();
        let mut said = String::new();
        (&gate.peer).read_to_string(&mut said).unwrap();
        assert_eq!(said, "whole, and the rest");
    }

    #[tokio::test]
    async fn without_a_lane_nothing_is_held_and_what_is_kept_goes_at_once() {
        let (mut stream, gate) = pair().await;
        assert!(!until(&gate));
        let (dropped, heard) = mpsc::channel();
        keep(Box::new(Says(dropped, Arc::clone(&gate))));
        assert!(!heard.try_recv().unwrap());
        stream.write_all(b"now").await.unwrap();
        (&gate.peer).write_all(b"and back").unwrap();
        let mut back = [0; 8];
        stream.read_exact(&mut back).await.unwrap();
        gate.peer.set_nonblocking(false).unwrap();
        let mut now = [0; 3];
        (&gate.peer).read_exact(&mut now).unwrap();
        assert_eq!((&now, &back), (b"now", b"and back"));
        gate.peer.shutdown(Shutdown::Both).unwrap();
    }
}
