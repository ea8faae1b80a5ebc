//! Where connections live: a thread a core, each with a runtime of its own.
//!
//! A call that stays on one thread from its first byte to its last costs a fifth less than one that idle threads take
//! over: what it takes of memory is given back where it was taken, its connection to the provider wakes the thread
//! that waits for it, and nobody has to be woken to share the work. Everything that is not a connection (jobs, the
//! ledger, what a handler hands on to be done) goes on in the program's own runtime.

use net::hold;
use std::{
    future::Future,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};
use tokio::{
    net::TcpStream,
    runtime::{Builder, Handle},
};
use tokio_util::sync::{CancellationToken, DropGuard};

/// The threads. They end when this is dropped, and with them what still runs there: drop it last.
#[derive(Debug)]
pub struct Lanes {
    lanes: Vec<Lane>,
    _end: DropGuard,
}

#[derive(Debug)]
struct Lane {
    runtime: Handle,
    connections: Arc<AtomicUsize>,
}

/// Counts a connection for as long as it lives.
struct Counted(Arc<AtomicUsize>);

impl Lanes {
    /// Starts a thread for each core.
    ///
    /// # Errors
    /// Where the system gives no threads.
    pub fn start() -> io::Result<Self> {
        Self::of(thread::available_parallelism().map_or(1, usize::from))
    }

    fn of(count: usize) -> io::Result<Self> {
        let end = CancellationToken::new();
        let lanes = (0..count).map(|_| Lane::start(end.clone())).collect::<io::Result<_>>()?;
        Ok(Self { lanes, _end: end.drop_guard() })
    }

    /// No threads: connections live in the runtime that accepts them.
    pub fn none() -> Self {
        Self { lanes: Vec::new(), _end: CancellationToken::new().drop_guard() }
    }

    /// Serves a connection where there are fewest.
    pub(crate) fn serve<S, F>(&self, stream: TcpStream, serve: S) -> io::Result<()>
    where
        S: FnOnce(TcpStream) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let fewest = self.lanes.iter().min_by_key(|lane| lane.connections.load(Ordering::Relaxed));
        let Some(lane) = fewest else {
            tokio::spawn(serve(stream));
            return Ok(());
        };
        let counted = Counted::new(&lane.connections);
        // From here on the thread's own runtime hears of what comes in.
        let stream = stream.into_std()?;
        lane.runtime.spawn(async move {
            match TcpStream::from_std(stream) {
                Ok(stream) => serve(stream).await,
                Err(error) => tracing::warn!(%error, "a connection could not be taken over"),
            }
            drop(counted);
        });
        Ok(())
    }
}

impl Lane {
    fn start(end: CancellationToken) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().thread_name("lane-blocking").build()?;
        let handle = runtime.handle().clone();
        handle.spawn(hold::serve());
        thread::Builder::new().name("lane".to_owned()).spawn(move || {
            runtime.block_on(end.cancelled());
            runtime.shutdown_background();
        })?;
        Ok(Self { runtime: handle, connections: Arc::default() })
    }
}

impl Counted {
    fn new(connections: &Arc<AtomicUsize>) -> Self {
        connections.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(connections))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{Request, Response};
    use http_body_util::Full;
    use hyper::{body::Incoming, server::conn::http1, service::service_fn};
    use hyper_util::rt::TokioIo;
    use std::{collections::HashMap, convert::Infallible};
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
        sync::mpsc,
    };

    /// Connects, and has the connection served by something that says on which thread it runs and waits for the end.
    async fn connect(
        lanes: &Lanes,
        listener: &TcpListener,
        told: &mpsc::Sender<thread::ThreadId>,
    ) -> TcpStream {
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let told = told.clone();
        let serve = async move |mut stream: TcpStream| {
            told.send(thread::current().id()).await.unwrap();
            assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
        };
        lanes.serve(stream, serve).unwrap();
        client
    }

    #[tokio::test]
    async fn a_connection_lives_where_there_are_fewest() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (told, mut threads) = mpsc::channel(8);
        let lanes = Lanes::of(2).unwrap();
        let mut clients = Vec::new();
        let mut served: HashMap<_, Vec<usize>> = HashMap::new();
        for connection in 0..6 {
            clients.push(connect(&lanes, &listener, &told).await);
            served.entry(threads.recv().await.unwrap()).or_default().push(connection);
        }
        assert!(!served.contains_key(&thread::current().id()));
        let mut shares: Vec<_> = served.into_values().collect();
        shares.sort();
        assert_eq!(shares, [[0, 2, 4], [1, 3, 5]]);
    }

    #[tokio::test]
    async fn without_lanes_a_connection_stays_where_it_was_accepted() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (told, mut threads) = mpsc::channel(8);
        let _client = connect(&Lanes::none(), &listener, &told).await;
        assert_eq!(threads.recv().await, Some(thread::current().id()));
    }

    struct Open;

    impl hold::Gate for Open {
        fn pass(&self) {}
    }

    #[tokio::test]
    async fn answers_that_were_held_arrive_whole_however_slowly_they_are_read() {
        const BYTES: usize = 250_000;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let serve = async |stream: TcpStream| {
            let gate = Arc::new(Open);
            let service = service_fn(move |_: Request<Incoming>| {
                let is_held = hold::until(&gate);
                async move {
                    Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(vec![u8::from(is_held); BYTES]))))
                }
            });
            let stream = TokioIo::new(hold::Stream::new(stream));
            http1::Builder::new().serve_connection(stream, service).await.unwrap();
        };
        let lanes = Lanes::of(1).unwrap();
        lanes.serve(stream, serve).unwrap();
        let mut all = Vec::new();
        for request in ["GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nconnection: close\r\n"] {
            client.write_all(format!("{request}host: here\r\n\r\n").as_bytes()).await.unwrap();
            while !all.ends_with(&[1; BYTES]) {
                // Less than comes at once, so that the system's buffers are full at times.
                let mut piece = [0; 4_096];
                let length = client.read(&mut piece).await.unwrap();
                assert_ne!(length, 0, "the answer ended after {} bytes", all.len());
                all.extend_from_slice(&piece[..length]);
            }
            assert!(all.starts_with(b"HTTP/1.1 200"));
            all.clear();
        }
        assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
    }
}
