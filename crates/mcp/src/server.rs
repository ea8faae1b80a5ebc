//! One server that is kept alive: begun, listened to, begun again when it dies, and ended.

use crate::{
    config::Config,
    error::Trouble,
    http::Http,
    model::{About, LeftOut, Place, ServerShown, ServerSpec, State, ToolShown, Transport},
    session::{Link, Session},
    stdio::{LastWords, Start, Stdio},
    toolset::{self, Usable},
};
use base::OwnerId;
use futures::{FutureExt, future::BoxFuture};
use llm::{Effect, Tool, ToolContext, ToolError, ToolSpec};
use net::Client;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock, Weak},
    time::Duration,
};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

/// How long is waited before each new beginning, in milliseconds; then always the last.
const WAITS_MS: [u64; 7] = [500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000];
/// A command that fails so often in a row is left alone until somebody wants it again. An address is tried for ever:
/// its server may come back.
const MOST_FAILURES: usize = 6;
/// Who has been there for so long has not failed to begin.
const STEADY: Duration = Duration::from_secs(60);
/// How long a call waits for a server that is just being begun again.
const SOON: Duration = Duration::from_secs(10);
/// JSON-RPC's number for arguments that do not fit.
const BAD_ARGUMENTS: i64 = -32_602;

/// What every server is started with.
#[derive(Debug)]
pub(crate) struct Surroundings {
    pub(crate) config: Config,
    pub(crate) client: Client,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) data_dir: PathBuf,
}

/// A server.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) id: String,
    pub(crate) owner: OwnerId,
    pub(crate) place: Place,
    pub(crate) spec: ServerSpec,
    surroundings: Arc<Surroundings>,
    live: watch::Sender<Live>,
    again: Notify,
    stop: CancellationToken,
}

/// How it is at the moment.
#[derive(Debug)]
struct Live {
    state: State,
    trouble: Option<Trouble>,
    given_up: bool,
    session: Option<Arc<Session>>,
    about: Option<About>,
    tools: Vec<Arc<ServerTool>>,
    left_out: Vec<LeftOut>,
    last_words: Arc<LastWords>,
}

/// Why a session was left.
enum Left {
    Stop,
    Again,
    Trouble(Trouble),
}

/// Begins a session with a server.
pub(crate) async fn connect(
    spec: &ServerSpec,
    surroundings: &Surroundings,
    last_words: &Arc<LastWords>,
) -> Result<Session, Trouble> {
    let link = |inbox| -> Result<Arc<dyn Link>, Trouble> {
        Ok(match &spec.transport {
            Transport::Command { command, args, folder } => {
                let folder =
                    folder.as_ref().map_or(surroundings.data_dir.as_path(), |folder| Path::new(folder));
                let environment = &surroundings.environment;
                let start = Start { command, args, folder, environment, values: &spec.values, last_words };
                Arc::new(Stdio::start(&start, inbox)?)
            }
            Transport::Http { url } => {
                Arc::new(Http::new(surroundings.client.clone(), (url, &spec.values), inbox)?)
            }
        })
    };
    Session::begin(link, surroundings.config.start()).await
}

impl Server {
    pub(crate) fn new(
        (id, owner, place): (String, OwnerId, Place),
        spec: ServerSpec,
        surroundings: Arc<Surroundings>,
    ) -> Arc<Self> {
        let live = watch::Sender::new(Live {
            state: if spec.enabled { State::Starting } else { State::Off },
            trouble: None,
            given_up: false,
            session: None,
            about: None,
            tools: Vec::new(),
            left_out: Vec::new(),
            last_words: Arc::default(),
        });
        let (again, stop) = (Notify::new(), CancellationToken::new());
        Arc::new(Self { id, owner, place, spec, surroundings, live, again, stop })
    }

    /// Keeps it alive until it is stopped.
    pub(crate) async fn keep(self: Arc<Self>) {
        let mut failures = 0_usize;
        if !self.spec.enabled {
            return;
        }
        loop {
            let begun = Instant::now();
            let left = match self.stop.run_until_cancelled(self.begin()).await {
                None => Left::Stop,
                Some(Ok(session)) => {
                    let left = self.follow(&session).await;
                    if begun.elapsed() >= STEADY {
                        failures = 0;
                    }
                    self.live.send_modify(|live| live.session = None);
                    match &left {
                        Left::Stop | Left::Again => session.close().await,
                        Left::Trouble(_) => {}
                    }
                    left
                }
                Some(Err(trouble)) => Left::Trouble(trouble),
            };
            let trouble = match left {
                Left::Stop => break,
                Left::Again => {
                    failures = 0;
                    continue;
                }
                Left::Trouble(trouble) => trouble,
            };
            failures += 1;
            let is_command = matches!(self.spec.transport, Transport::Command { .. });
            let given_up = is_command && failures >= MOST_FAILURES;
            tracing::warn!(server = self.spec.name, %trouble, failures, "a tool server is away");
            self.live.send_modify(|live| {
                live.state = State::Away;
                live.trouble = Some(trouble.clone());
                live.given_up = given_up;
            });
            // One whose session was merely forgotten is asked for a new one at once.
            let over = matches!(trouble, Trouble::SessionOver) && failures == 1;
            let wait = if over { 0 } else { WAITS_MS.get(failures - 1).copied().unwrap_or(60_000) };
            tokio::select! {
                () = self.stop.cancelled() => break,
                () = self.again.notified() => failures = 0,
                () = tokio::time::sleep(Duration::from_millis(wait)), if !given_up => {}
            }
        }
        self.live.send_modify(|live| {
            live.state = State::Off;
            live.session = None;
        });
    }

    async fn begin(self: &Arc<Self>) -> Result<Arc<Session>, Trouble> {
        let last_words = Arc::default();
        self.live.send_modify(|live| {
            live.state = State::Starting;
            live.given_up = false;
            live.last_words = Arc::clone(&last_words);
        });
        let session = Arc::new(connect(&self.spec, &self.surroundings, &last_words).await?);
        self.list(&session).await?;
        self.live.send_modify(|live| {
            live.state = State::Ready;
            live.trouble = None;
            live.about = Some(session.about().clone());
            live.session = Some(Arc::clone(&session));
        });
        tracing::info!(server = self.spec.name, "a tool server is ready");
        Ok(session)
    }

    async fn list(self: &Arc<Self>, session: &Session) -> Result<(), Trouble> {
        let (usable, left_out) = toolset::sort(&self.spec.name, session.tools().await?);
        let tool = |usable: Usable| {
            let (server, size) = (Arc::downgrade(self), OnceLock::new());
            let patience = self.surroundings.config.call();
            Arc::new(ServerTool { usable, server, name: self.spec.name.clone(), patience, size })
        };
        let tools = usable.into_iter().map(tool).collect();
        self.live.send_modify(|live| {
            live.tools = tools;
            live.left_out = left_out;
        });
        Ok(())
    }

    /// Follows a session until it is left.
    async fn follow(self: &Arc<Self>, session: &Session) -> Left {
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return Left::Stop,
                () = self.again.notified() => return Left::Again,
                trouble = session.ended() => return Left::Trouble(trouble),
                () = session.changed() => {
                    // Until the new list is there, the old one stands.
                    if let Err(trouble) = self.list(session).await {
                        tracing::warn!(server = self.spec.name, %trouble, "a changed list of tools cannot be read");
                    }
                }
            }
        }
    }

    /// Begins it anew, whatever it does; one that is off stays so.
    pub(crate) fn restart(&self) {
        if self.spec.enabled {
            // At once, so that whoever waits for how it goes does not see how it went.
            self.live.send_modify(|live| live.state = State::Starting);
            self.again.notify_one();
        }
    }

    /// Ends it.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// The tools that can be called now.
    pub(crate) fn tools(&self) -> Vec<Arc<dyn Tool>> {
        let live = self.live.borrow();
        let ready = live.tools.iter().filter(|_| live.state == State::Ready);
        ready.map(|tool| Arc::clone(tool) as Arc<dyn Tool>).collect()
    }

    /// How it is, for people.
    pub(crate) fn shown(&self) -> ServerShown {
        // Sizes are counted outside of the lock.
        let (mut shown, tools) = {
            let live = self.live.borrow();
            let shown = ServerShown {
                id: self.id.clone(),
                spec: self.spec.clone(),
                place: self.place,
                state: live.state,
                trouble: live.trouble.clone(),
                said: live.last_words.all(),
                about: live.about.clone(),
                tools: Vec::new(),
                left_out: live.left_out.clone(),
            };
            (shown, live.tools.clone())
        };
        shown.tools = tools.iter().map(|tool| tool.shown()).collect();
        shown
    }

    /// Waits until it has been begun, or could not be.
    pub(crate) async fn settled(&self, patience: Duration) {
        let mut live = self.live.subscribe();
        drop(timeout(patience, live.wait_for(|live| live.state != State::Starting)).await);
    }

    async fn call(&self, tool: &str, arguments: Value, patience: Duration) -> Result<Value, Trouble> {
        let session = self.session().await?;
        match session.call(tool, arguments.clone(), patience).await {
            // What was asked in a session that the server has forgotten, it has not taken.
            Err(Trouble::SessionOver) => self.session().await?.call(tool, arguments, patience).await,
            answer => answer,
        }
    }

    /// The session, where need be in a moment.
    async fn session(&self) -> Result<Arc<Session>, Trouble> {
        let mut live = self.live.subscribe();
        let over = |live: &Live| live.given_up || live.state == State::Off;
        let there = |live: &Live| live.session.as_ref().is_some_and(|session| !session.is_over());
        drop(timeout(SOON, live.wait_for(|live| over(live) || there(live))).await);
        let live = self.live.borrow();
        live.session.clone().ok_or_else(|| {
            let reason =
                live.trouble.as_ref().map_or_else(|| "it is not running".to_owned(), ToString::to_string);
            Trouble::Away { name: self.spec.name.clone(), reason }
        })
    }
}

/// A tool of a server.
#[derive(Debug)]
struct ServerTool {
    usable: Usable,
    server: Weak<Server>,
    name: String,
    patience: Duration,
    size: OnceLock<u64>,
}

impl ServerTool {
    fn shown(&self) -> ToolShown {
        ToolShown {
            name: self.usable.spec.name.clone(),
            own_name: self.usable.own_name.clone(),
            description: self.usable.spec.description.clone(),
            changes: self.usable.effect == Effect::Changes,
            tokens: *self.size.get_or_init(|| tokens::tool_size(&self.usable.spec)),
        }
    }
}

impl Tool for ServerTool {
    fn spec(&self) -> ToolSpec {
        self.usable.spec.clone()
    }

    fn effect(&self) -> Effect {
        self.usable.effect
    }

    fn call<'a>(
        &'a self,
        _context: &'a ToolContext,
        arguments: &'a str,
    ) -> BoxFuture<'a, Result<String, ToolError>> {
        async move {
            let arguments: Value = llm::tool::arguments(arguments)?;
            let gone = || ToolError::Failed(format!("the tool server `{}` is gone", self.name));
            let server = self.server.upgrade().ok_or_else(gone)?;
            let result = server.call(&self.usable.own_name, arguments, self.patience).await;
            toolset::told(&result.map_err(told)?)
        }
        .boxed()
    }

    fn server(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn patience(&self) -> Option<Duration> {
        // The session's own time-out comes first, so that the server hears of it.
        Some(self.patience + SOON + Duration::from_secs(5))
    }
}

/// A trouble as a model is told it.
#[expect(clippy::needless_pass_by_value, reason = "the form that `map_err` wants")]
fn told(trouble: Trouble) -> ToolError {
    match &trouble {
        Trouble::TimedOut { seconds, .. } => ToolError::Timeout(*seconds),
        Trouble::Refused { code: BAD_ARGUMENTS, message, .. } => ToolError::Arguments(message.clone()),
        Trouble::Start { .. }
        | Trouble::Ended { .. }
        | Trouble::Stopped
        | Trouble::TooLarge { .. }
        | Trouble::Refused { .. }
        | Trouble::Unreadable { .. }
        | Trouble::Version { .. }
        | Trouble::Status { .. }
        | Trouble::SessionOver
        | Trouble::Net(_)
        | Trouble::Invalid(_)
        | Trouble::Away { .. } => ToolError::Failed(trouble.to_string()),
    }
}
