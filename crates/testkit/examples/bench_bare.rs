//! The least that a proxy on hyper does, for `cargo xtask bench gateway --bare`: whole requests in, whole replies out, a
//! thread a core, connections to the provider kept by the thread that made them. It is started as the program is, by
//! `serve --listen ADDRESS --data FOLDER`, and asked for a key, which it does not look at, by `keys create`.
#![expect(clippy::print_stdout, reason = "whoever asks for a key reads it there")]

use http_body_util::{BodyExt as _, Full};
use hyper::{
    Method, Request, Response,
    body::{Bytes, Incoming},
    client::conn::http1::{self as client, SendRequest},
    header::{AUTHORIZATION, CONTENT_TYPE, HOST},
    server::conn::http1 as server,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use std::{cell::RefCell, collections::VecDeque, error::Error, fs, io, net::SocketAddr, path::Path, thread};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Builder,
    sync::mpsc::{self, UnboundedReceiver},
    task::{LocalSet, spawn_local},
};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;
type Sender = SendRequest<Full<Bytes>>;

/// What the program allocates with, too.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

thread_local! {
    /// The connection that was used last at the end: the first has had time to become ready.
    static IDLE: RefCell<VecDeque<Sender>> = const { RefCell::new(VecDeque::new()) };
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["serve", "--listen", address, "--data", folder] => {
            serve(address.parse()?, provider(folder.as_ref())?)
        }
        ["keys", ..] => {
            println!("\"fam-{}\"", "0".repeat(40));
            Ok(())
        }
        _ => Err("serve --listen ADDRESS --data FOLDER".into()),
    }
}

/// The address of the first provider in the configuration.
fn provider(folder: &Path) -> Outcome<SocketAddr> {
    let configuration = fs::read_to_string(folder.join("familiar.toml"))?;
    let address = configuration.split("http://").nth(1).and_then(|rest| rest.split(['/', '"']).next());
    Ok(address.ok_or("the configuration names no provider")?.parse()?)
}

fn serve(address: SocketAddr, provider: SocketAddr) -> Outcome<()> {
    let mut lanes = Vec::new();
    for _ in 0..thread::available_parallelism()?.get() {
        let (lane, connections) = mpsc::unbounded_channel();
        lanes.push(lane);
        thread::spawn(move || live(connections, provider));
    }
    Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind(address).await?;
        for lane in lanes.iter().cycle() {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            lane.send(stream.into_std()?)?;
        }
        Ok(())
    })
}

/// Serves connections on this thread.
fn live(mut connections: UnboundedReceiver<std::net::TcpStream>, provider: SocketAddr) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        while let Some(stream) = connections.recv().await {
            let stream = TokioIo::new(TcpStream::from_std(stream)?);
            let pass = service_fn(move |request| pass(request, provider));
            spawn_local(server::Builder::new().serve_connection(stream, pass));
        }
        Ok(())
    })
}

async fn pass(request: Request<Incoming>, provider: SocketAddr) -> Outcome<Response<Full<Bytes>>> {
    if request.method() == Method::GET {
        return Ok(Response::new(Full::default()));
    }
    let (head, body) = request.into_parts();
    let mut asked = Request::post(head.uri.path()).header(HOST, provider.to_string());
    for name in [CONTENT_TYPE, AUTHORIZATION] {
        if let Some(value) = head.headers.get(&name) {
            asked = asked.header(name, value);
        }
    }
    let asked = asked.body(Full::new(body.collect().await?.to_bytes()))?;
    let mut sender = connection(provider).await?;
    let (head, body) = sender.send_request(asked).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    IDLE.with_borrow_mut(|idle| idle.push_back(sender));
    Ok(Response::from_parts(head, Full::new(body)))
}

/// One that is idle, or a new one.
async fn connection(provider: SocketAddr) -> Outcome<Sender> {
    while let Some(sender) = IDLE.with_borrow_mut(VecDeque::pop_front) {
        if sender.is_ready() {
            return Ok(sender);
        }
    }
    let stream = TcpStream::connect(provider).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = client::handshake(TokioIo::new(stream)).await?;
    spawn_local(connection);
    Ok(sender)
}
