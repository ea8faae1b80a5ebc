//! The scripted server over streamable HTTP, written by hand: a request a connection.

use super::script::{Said, Script, changed};
use crate::exchange::{Call, read, whole};
use serde_json::Value;
use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::broadcast,
    task::JoinHandle,
};

/// A scripted MCP server on loopback; it ends when it is dropped.
#[derive(Debug)]
pub struct ScriptedMcp {
    address: SocketAddr,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    script: Script,
    state: Mutex<State>,
    news: broadcast::Sender<()>,
}

#[derive(Debug, Default)]
struct State {
    begun: u64,
    sessions: Vec<String>,
    ended: Vec<String>,
    key: Option<String>,
    is_loose: bool,
    refusals: u64,
}

impl ScriptedMcp {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn start() -> io::Result<Self> {
        Self::start_on(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// Starts it on this address.
    ///
    /// # Errors
    /// Where the address is taken.
    pub async fn start_on(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (news, _) = broadcast::channel(8);
        let shared = Arc::new(Shared { script: Script::new(Vec::new()), state: Mutex::default(), news });
        let played = Arc::clone(&shared);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&played);
                tokio::spawn(async move { shared.serve(stream).await });
            }
        });
        Ok(Self { address, shared, serving })
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}/mcp", self.address)
    }

    /// From now on it wants this key.
    pub fn require_key(&self, key: &str) {
        self.shared.state().key = Some(key.to_owned());
    }

    /// Forgets all sessions, as a server does that was started anew.
    pub fn forget_sessions(&self) {
        self.shared.state().sessions.clear();
    }

    /// As many servers do, it answers a session that it does not know with 400 from now on, not with 404.
    pub fn answer_loosely(&self) {
        self.shared.state().is_loose = true;
    }

    /// So often it answers with 429 who wants to hear what it says by itself.
    pub fn refuse_listeners(&self, times: u64) {
        self.shared.state().refusals = times;
    }

    /// Has a tool more, and says so to who listens.
    pub fn grow(&self) {
        self.shared.script.grow();
        // Nobody may listen.
        let _nobody = self.shared.news.send(());
    }

    /// The parameters of all calls of tools.
    pub fn calls(&self) -> Vec<Value> {
        self.shared.script.calls()
    }

    /// The requests that were taken back.
    pub fn cancelled(&self) -> Vec<Value> {
        self.shared.script.cancelled()
    }

    /// How many sessions were begun, and which were ended in order.
    pub fn sessions(&self) -> (u64, Vec<String>) {
        let state = self.shared.state();
        (state.begun, state.ended.clone())
    }

    /// Who listens to what it says by itself.
    pub fn listeners(&self) -> usize {
        self.shared.news.receiver_count()
    }
}

impl Drop for ScriptedMcp {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(&self, mut stream: TcpStream) {
        let Some(request) = read(&mut stream).await else { return };
        match self.answer(&request) {
            Answer::Now(text) => drop(stream.write_all(text.as_bytes()).await),
            Answer::Listen => self.tell(stream).await,
            // The client has to give up by itself.
            Answer::Never => drop(stream.read_u8().await),
        }
    }

    async fn tell(&self, mut stream: TcpStream) {
        let mut news = self.news.subscribe();
        let head =
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n: hello\n\n";
        if stream.write_all(head.as_bytes()).await.is_err() {
            return;
        }
        let mut end = [0];
        loop {
            tokio::select! {
                heard = news.recv() => {
                    let Said::Message(message) = changed() else { return };
                    let event = format!("event: message\r\ndata: {message}\r\n\r\n");
                    if heard.is_err() || stream.write_all(event.as_bytes()).await.is_err() {
                        return;
                    }
                }
                _gone = stream.read(&mut end) => return,
            }
        }
    }

    fn answer(&self, request: &Call) -> Answer {
        let mut state = self.state();
        let sent = |name: &str| request.headers.get(name).cloned().unwrap_or_default();
        if state.key.as_ref().is_some_and(|key| sent("authorization") != format!("Bearer {key}")) {
            return plain("401 Unauthorized", "a key is missing");
        }
        let method = request.body.get("method").and_then(Value::as_str).unwrap_or_default();
        let session = sent("mcp-session-id");
        if method == "initialize" {
            state.begun += 1;
            let session = format!("session-{}", state.begun);
            state.sessions.push(session.clone());
            drop(state);
            return self.said(request, &format!("mcp-session-id: {session}\r\n"));
        }
        if !state.sessions.contains(&session) && state.is_loose {
            return plain("400 Bad Request", "No valid session ID provided");
        }
        if !state.sessions.contains(&session) {
            return plain("404 Not Found", "no such session");
        }
        if sent("mcp-protocol-version").is_empty() {
            return plain("400 Bad Request", "no version");
        }
        match request.method.as_str() {
            "GET" if state.refusals > 0 => {
                state.refusals -= 1;
                let headers = "content-type: text/plain\r\nretry-after: 1\r\n";
                return Answer::Now(whole("429 Too Many Requests", headers, "not so fast"));
            }
            "GET" => return Answer::Listen,
            "DELETE" => {
                state.sessions.retain(|one| *one != session);
                state.ended.push(session);
                return plain("200 OK", "");
            }
            _ => {}
        }
        drop(state);
        self.said(request, "")
    }

    fn said(&self, request: &Call, header: &str) -> Answer {
        let said = self.script.hear(&request.body);
        if request.body.get("id").is_none() || request.body.get("method").is_none() {
            return plain("202 Accepted", "");
        }
        let is_call = request.body.get("method").and_then(Value::as_str) == Some("tools/call");
        if said.is_empty() {
            return Answer::Never;
        }
        let mut body = String::new();
        for one in &said {
            match one {
                Said::Message(message) if is_call => body.push_str(&format!("id: 1\ndata: {message}\n\n")),
                Said::Message(message) => body.push_str(&message.to_string()),
                Said::Raw(text) => body.push_str(&format!("data: {text}\n\n")),
                // What answers over HTTP does not end by crashing, but by forgetting.
                Said::Crash => {
                    self.state().sessions.clear();
                    return plain("404 Not Found", "no such session");
                }
            }
        }
        let kind = if is_call { "text/event-stream" } else { "application/json; charset=utf-8" };
        Answer::Now(whole("200 OK", &format!("content-type: {kind}\r\n{header}"), &body))
    }
}

enum Answer {
    Now(String),
    Listen,
    Never,
}

fn plain(status: &str, body: &str) -> Answer {
    Answer::Now(whole(status, "content-type: text/plain\r\n", body))
}
