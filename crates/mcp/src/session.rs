//! The protocol: requests and their answers, whatever carries them.
//!
//! Source: the Model Context Protocol, versions 2024-11-05 to 2025-11-25 (JSON-RPC 2.0 with `initialize`). A request that
//! nobody waits for any more is cancelled at the server too.

use crate::{
    error::Trouble,
    model::About,
    toolset::{Listed, MOST_TOOLS},
};
use futures::future::BoxFuture;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, mpsc, oneshot, watch},
    time::timeout,
};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Largest message that is read.
pub(crate) const LARGEST_MESSAGE_BYTES: usize = 4 << 20;
/// The version that is asked for.
const VERSION: &str = "2025-11-25";
/// Those that can be agreed upon; for a client of tools they are the same.
const KNOWN: [&str; 4] = [VERSION, "2025-06-18", "2025-03-26", "2024-11-05"];
/// Most pages of a list.
const MOST_PAGES: usize = 64;
/// Answers to a server's own requests that may wait to be sent.
const REPLIES_WAITING: usize = 32;
/// JSON-RPC's number for a method that nobody knows.
const NO_METHOD: i64 = -32_601;
/// How long a message that is no request may take to be sent.
const NOTE_PATIENCE: Duration = Duration::from_secs(10);

/// A message on its way out.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) text: String,
    /// The request whose answer is waited for.
    pub(crate) wanted: Option<u64>,
    pub(crate) patience: Duration,
}

/// What carries messages.
pub(crate) trait Link: Send + Sync + fmt::Debug {
    /// Sends a message. With an answer `wanted`, a link that gets answers only in reply is done when it has handed it in;
    /// others are done when the message is written.
    fn send(&self, message: Outgoing) -> BoxFuture<'_, Result<(), Trouble>>;
    /// Learns which version is spoken, once that is agreed.
    fn agreed(&self, version: &str);
    /// Ends it in order.
    fn close(&self) -> BoxFuture<'_, ()>;
}

type Answer = Result<Value, Trouble>;

/// What the two ends of a session share: a link hands in what arrives.
#[derive(Debug)]
pub(crate) struct Inbox {
    waiting: Mutex<HashMap<u64, oneshot::Sender<Answer>>>,
    next: AtomicU64,
    ended: watch::Sender<Option<Trouble>>,
    changed: Notify,
    replies: mpsc::Sender<Value>,
}

impl Inbox {
    /// Takes a message, or several in a list.
    pub(crate) fn take(&self, message: Value) {
        if let Value::Array(all) = message {
            all.into_iter().for_each(|one| self.take_one(one));
        } else {
            self.take_one(message);
        }
    }

    fn take_one(&self, message: Value) {
        let Value::Object(mut message) = message else { return };
        let id = message.remove("id");
        match (message.get("method").and_then(Value::as_str), id) {
            (Some("ping"), Some(id)) => self.reply(json!({ "jsonrpc": "2.0", "id": id, "result": {} })),
            (Some(method), Some(id)) => {
                let error = json!({ "code": NO_METHOD, "message": format!("`{method}` is not done here") });
                self.reply(json!({ "jsonrpc": "2.0", "id": id, "error": error }));
            }
            (Some("notifications/tools/list_changed"), None) => self.changed.notify_one(),
            (Some(_), None) | (None, None) => {}
            (None, Some(id)) => self.answer(&id, message),
        }
    }

    fn answer(&self, id: &Value, mut message: Map<String, Value>) {
        // Some servers write a number that they were sent as a text.
        let number = id.as_u64().or_else(|| id.as_str()?.parse().ok());
        let waiting = number.and_then(|id| self.waiting.lock().remove(&id));
        let Some(waiting) = waiting else {
            tracing::debug!("an MCP server answered a question that nobody asked");
            return;
        };
        let answer = match (message.remove("result"), message.remove("error")) {
            (Some(result), _) => Ok(result),
            (None, error) => Err(refused(error.as_ref())),
        };
        drop(waiting.send(answer));
    }

    fn reply(&self, message: Value) {
        if self.replies.try_send(message).is_err() {
            tracing::debug!("an MCP server asks faster than it is answered");
        }
    }

    /// Fails whoever waits, but goes on.
    pub(crate) fn fail(&self, trouble: &Trouble) {
        for (_, waiting) in self.waiting.lock().drain() {
            drop(waiting.send(Err(trouble.clone())));
        }
    }

    /// Ends the session.
    pub(crate) fn end(&self, trouble: Trouble) {
        let first = self.ended.send_if_modified(|ended| {
            let first = ended.is_none();
            ended.get_or_insert_with(|| trouble.clone());
            first
        });
        if first {
            self.fail(&trouble);
        }
    }

    /// Whether somebody waits for this answer.
    pub(crate) fn waits(&self, id: u64) -> bool {
        self.waiting.lock().contains_key(&id)
    }
}

/// A session with a server.
#[derive(Debug)]
pub(crate) struct Session {
    inbox: Arc<Inbox>,
    link: Arc<dyn Link>,
    about: About,
    patience: Duration,
    _end: DropGuard,
}

impl Session {
    /// Greets the server behind a link that `connect` makes.
    pub(crate) async fn begin(
        connect: impl FnOnce(Arc<Inbox>) -> Result<Arc<dyn Link>, Trouble>,
        patience: Duration,
    ) -> Result<Self, Trouble> {
        let (replies, mut to_send) = mpsc::channel(REPLIES_WAITING);
        let inbox = Arc::new(Inbox {
            waiting: Mutex::default(),
            next: AtomicU64::new(1),
            ended: watch::Sender::new(None),
            changed: Notify::new(),
            replies,
        });
        let link = connect(Arc::clone(&inbox))?;
        let end = CancellationToken::new();
        let (over, replying) = (end.clone(), Arc::clone(&link));
        tokio::spawn(async move {
            while let Some(Some(reply)) = over.run_until_cancelled(to_send.recv()).await {
                note(replying.as_ref(), &reply).await;
            }
        });
        let about = About { name: String::new(), version: String::new(), protocol: String::new() };
        let mut session = Self { inbox, link, about, patience, _end: end.drop_guard() };
        session.about = session.greet().await?;
        Ok(session)
    }

    async fn greet(&self) -> Result<About, Trouble> {
        let client = json!({ "name": "familiar", "title": "Familiar", "version": env!("CARGO_PKG_VERSION") });
        let hello = json!({ "protocolVersion": VERSION, "capabilities": {}, "clientInfo": client });
        let answer = self.request("initialize", hello, self.patience).await?;
        let text = |value: Option<&Value>| {
            value.and_then(Value::as_str).unwrap_or_default().chars().take(100).collect::<String>()
        };
        let version = text(answer.get("protocolVersion"));
        if !KNOWN.contains(&version.as_str()) {
            return Err(Trouble::Version { version });
        }
        self.link.agreed(&version);
        let greeted = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        self.link.send(outgoing(&greeted)).await?;
        let server = answer.get("serverInfo");
        Ok(About {
            name: text(server.and_then(|server| server.get("name"))),
            version: text(server.and_then(|server| server.get("version"))),
            protocol: version,
        })
    }

    /// What the server says it is.
    pub(crate) const fn about(&self) -> &About {
        &self.about
    }

    /// All that the server offers, page by page.
    pub(crate) async fn tools(&self) -> Result<Vec<Listed>, Trouble> {
        const METHOD: &str = "tools/list";
        let (mut tools, mut cursor, mut seen) = (Vec::new(), None::<String>, Vec::new());
        for _ in 0..MOST_PAGES {
            let params = cursor.as_ref().map_or_else(|| json!({}), |cursor| json!({ "cursor": cursor }));
            let mut page = match self.request(METHOD, params, self.patience).await {
                // A server without tools need not know the question.
                Err(Trouble::Refused { code: NO_METHOD, .. }) if tools.is_empty() => return Ok(tools),
                answer => answer?,
            };
            let Some(Value::Array(listed)) = page.get_mut("tools").map(Value::take) else {
                let reason = "it has no list `tools`".to_owned();
                return Err(Trouble::Unreadable { method: METHOD.to_owned(), reason });
            };
            tools.extend(listed.into_iter().map(Listed::read));
            cursor = page.get("nextCursor").and_then(Value::as_str).map(str::to_owned);
            // A cursor that comes again would lead round in circles.
            if tools.len() >= MOST_TOOLS || cursor.as_ref().is_none_or(|next| seen.contains(next)) {
                break;
            }
            seen.extend(cursor.clone());
        }
        Ok(tools)
    }

    /// Has a tool called.
    pub(crate) async fn call(&self, name: &str, arguments: Value, patience: Duration) -> Answer {
        self.request("tools/call", json!({ "name": name, "arguments": arguments }), patience).await
    }

    async fn request(&self, method: &'static str, params: Value, patience: Duration) -> Answer {
        let (id, answer) = self.expect()?;
        let mut question = Question { session: self, id, is_open: method != "initialize" };
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        let sending = self.link.send(Outgoing { text: message.to_string(), wanted: Some(id), patience });
        let answered = timeout(patience, async {
            tokio::pin!(sending, answer);
            tokio::select! {
                biased;
                answer = &mut answer => answer.unwrap_or(Err(Trouble::Stopped)),
                sent = &mut sending => match sent {
                    Ok(()) => answer.await.unwrap_or(Err(Trouble::Stopped)),
                    Err(trouble) => Err(trouble),
                },
            }
        });
        match answered.await {
            Ok(answer) => {
                question.is_open = false;
                answer.map_err(|trouble| about(trouble, method))
            }
            Err(_elapsed) => {
                Err(Trouble::TimedOut { method: method.to_owned(), seconds: patience.as_secs() })
            }
        }
    }

    fn expect(&self) -> Result<(u64, oneshot::Receiver<Answer>), Trouble> {
        let id = self.inbox.next.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        self.inbox.waiting.lock().insert(id, sender);
        // After the entry is made, so that an end in between is seen by one of the two.
        match self.inbox.ended.borrow().clone() {
            Some(trouble) => Err(trouble),
            None => Ok((id, receiver)),
        }
    }

    /// Waits until the list of tools is another one.
    pub(crate) async fn changed(&self) {
        self.inbox.changed.notified().await;
    }

    /// Whether the session is over.
    pub(crate) fn is_over(&self) -> bool {
        self.inbox.ended.borrow().is_some()
    }

    /// Waits until the session is over, and says why.
    pub(crate) async fn ended(&self) -> Trouble {
        let mut ended = self.inbox.ended.subscribe();
        match ended.wait_for(Option::is_some).await {
            Ok(trouble) => trouble.clone().unwrap_or(Trouble::Stopped),
            Err(_gone) => Trouble::Stopped,
        }
    }

    /// Ends it in order.
    pub(crate) async fn close(&self) {
        self.inbox.end(Trouble::Stopped);
        self.link.close().await;
    }
}

/// A question that waits for its answer; dropped before, it is taken back.
struct Question<'s> {
    session: &'s Session,
    id: u64,
    is_open: bool,
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.session.inbox.waiting.lock().remove(&self.id);
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if self.is_open && self.session.inbox.ended.borrow().is_none() {
            let (link, id) = (Arc::clone(&self.session.link), self.id);
            let params = json!({ "requestId": id, "reason": "nobody waits for it any more" });
            let message = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params });
            runtime.spawn(async move { note(link.as_ref(), &message).await });
        }
    }
}

async fn note(link: &dyn Link, message: &Value) {
    if let Err(trouble) = link.send(outgoing(message)).await {
        tracing::debug!(%trouble, "a message to an MCP server was lost");
    }
}

fn outgoing(message: &Value) -> Outgoing {
    Outgoing { text: message.to_string(), wanted: None, patience: NOTE_PATIENCE }
}

fn refused(error: Option<&Value>) -> Trouble {
    let code = error.and_then(|error| error.get("code")?.as_i64()).unwrap_or_default();
    let message = error.and_then(|error| error.get("message")?.as_str()).unwrap_or("it gave no reason");
    Trouble::Refused { method: String::new(), code, message: message.chars().take(1_000).collect() }
}

/// A refusal with what was asked.
fn about(trouble: Trouble, method: &str) -> Trouble {
    if let Trouble::Refused { code, message, .. } = trouble {
        Trouble::Refused { method: method.to_owned(), code, message }
    } else {
        trouble
    }
}
