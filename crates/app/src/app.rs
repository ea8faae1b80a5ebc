//! The program as an object: every bench, built in order, and ended in the reverse order.

use crate::{
    AppError, Config, alerts,
    casting::Players,
    events::Events,
    handbook,
    health::{self, Looked},
    jobs, lock, meaning,
    providers::{Offers, Parts as OfferParts},
    pull::Pull,
    retention, settings, shown,
    telemetry::Telemetry,
    watching,
};
use ::alerts::Alerts;
use ::mcp::Servers;
use ::providers::{Catalogue, Providers, Refresh};
use api::{events::AppEvent, status::Status};
use base::{Clock, ErrorKind, Id, SystemClock, Timestamp};
use batch::Batches;
use chat::{ChatService, Personas};
use compare::Bench;
use gateway::Gateway;
use inference::OnDevice;
use jiff::tz::TimeZone;
use library::{DocumentFilter, HANDBOOK_COLLECTION, Librarian, Library, Reader};
use llm::{ChatModel, ToolSource};
use memory::{Memory, Parts as MemoryParts};
use net::LocalOnly;
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use store::{BlobError, Blobs, Db, Engine, Jobs, Settings, Vault, jobs::Runner};
use tokio::sync::broadcast;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How often Familiar looks for model servers on this machine and for lists of models that have grown old.
const LOOK_AROUND: Duration = Duration::from_secs(60);

/// The running program.
#[derive(Debug)]
pub struct App {
    /// The one way to every model.
    pub gateway: Arc<Gateway>,
    /// Many requests handed in at once.
    pub batches: Arc<Batches>,
    /// Conversations.
    pub chat: Arc<ChatService>,
    /// Comparisons.
    pub compare: Arc<Bench>,
    /// Documents.
    pub library: Arc<Library>,
    pub(crate) mcp: Arc<Servers>,
    pub(crate) alerts: Arc<Alerts>,
    /// Cancelled when the server goes down.
    pub closing: CancellationToken,
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) offers: Arc<Offers>,
    pub(crate) settings: Settings,
    /// Held by who changes what the person chose.
    pub(crate) settings_turn: tokio::sync::Mutex<()>,
    /// What keeps every request on this machine, while it is on.
    pub(crate) local_only: LocalOnly,
    /// Whether the configuration file turns it on.
    pub(crate) local_only_in_file: bool,
    /// The machine that Redis is on, if that is not this one.
    pub(crate) redis_elsewhere: Option<String>,
    pub(crate) vault: Arc<Vault>,
    /// Whether the configuration file says what is kept of exchanges.
    pub(crate) retention_in_file: bool,
    /// After how many days pictures go, where the configuration file says it.
    pub(crate) attachment_days_in_file: Option<u32>,
    pub(crate) jobs: Jobs,
    pub(crate) events: Events,
    pub(crate) looked: Looked,
    pub(crate) telemetry: Option<Telemetry>,
    pub(crate) data_dir: PathBuf,
    started_at: Timestamp,
    ready: AtomicBool,
    tasks: TaskTracker,
    runner: Runner,
}

/// What every part keeps things in.
struct Kept {
    db: Db,
    vault: Arc<Vault>,
    blobs: Blobs,
    settings: Settings,
    jobs: Jobs,
}

impl Kept {
    async fn open(config: &Config, clock: &Arc<dyn Clock>, local_only: &LocalOnly) -> Result<Self, AppError> {
        let data_dir = &config.data_dir;
        let db = Db::open(&config.database, data_dir, Arc::clone(clock))
            .await
            .map_err(|error| cannot_start("the database", error.kind(), error.hint(), error))?;
        let vault = Vault::open(db.clone(), data_dir)
            .await
            .map_err(|error| cannot_start("the vault", error.kind(), error.hint(), error))?;
        let no_files =
            |error: BlobError| cannot_start("the store of files", error.kind(), error.hint(), error);
        let bucket = config.blobs.bucket(local_only.clone()).map_err(no_files)?;
        let blobs = Blobs::open(db.clone(), &config.blobs_dir()).await.map_err(no_files)?.beyond(bucket);
        let worker_id = lock::installation(data_dir).map_err(|error| AppError::DataFolder {
            path: data_dir.clone(),
            source: std::io::Error::other(error),
        })?;
        let jobs = Jobs::new(db.clone(), worker_id);
        Ok(Self { vault: Arc::new(vault), settings: Settings::new(db.clone()), blobs, jobs, db })
    }
}

impl App {
    /// Builds everything. Nothing here waits for the network: models and model servers are looked for in the
    /// background.
    ///
    /// `reader` says where documents are read: in a child process, wherever the program can start itself.
    ///
    /// # Errors
    /// Where the data folder, the database or the configuration cannot be used.
    #[expect(clippy::too_many_lines, reason = "everything is built in order, each part by one call")]
    pub async fn start(config: Config, reader: Reader) -> Result<Arc<Self>, AppError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let data_dir = config.data_dir.clone();
        let local_only = LocalOnly::default();
        let Kept { db, vault, blobs, settings, jobs } = Kept::open(&config, &clock, &local_only).await?;
        let events = Events::default();
        let chosen = settings::load(&settings).await?;
        // Before anything could call anybody: what was opened does not until it is asked.
        let local_only_in_file = config.privacy.local_only;
        local_only.set(local_only_in_file || chosen.local_only);
        let redis_elsewhere = settings::redis_elsewhere(config.gateway.cluster.redis_url.as_deref());
        if let Some(host) = redis_elsewhere.clone().filter(|_| local_only.is_on()) {
            return Err(AppError::RedisElsewhere(host));
        }
        let alerts = Alerts::open(::alerts::Parts {
            db: db.clone(),
            jobs: jobs.clone(),
            vault: Arc::clone(&vault),
            settings: settings.clone(),
            clock: Arc::clone(&clock),
            config: config.alerts.clone(),
            local_only: local_only.clone(),
        })
        .await
        .map_err(|error| cannot_start("the alerts", error.kind(), error.hint(), error))?;
        let alerts = Arc::new(alerts);
        let vectors = vectorstore::open(&config.vectors, &db, local_only.clone()).map_err(|error| {
            cannot_start("the search by meaning", error.kind(), Some(error.hint()), error)
        })?;
        let library = Library::open(library::Parts {
            db: db.clone(),
            blobs: blobs.clone(),
            index_dir: config.index_dir(),
            jobs: jobs.clone(),
            clock: Arc::clone(&clock),
            config: config.library,
            reader,
            vectors: Arc::clone(&vectors),
        })
        .await
        .map_err(|error| cannot_start("the library", error.kind(), Some(error.hint()), error))?;
        let retention = config.gateway.retention.clone();
        let gateway = Gateway::start(gateway::Parts {
            db: db.clone(),
            clock: Arc::clone(&clock),
            config: config.gateway,
            data_dir: data_dir.clone(),
        })
        .await
        .map_err(|error| cannot_start("the gateway", error.kind(), Some(error.hint()), error))?;
        let gateway = Arc::new(gateway);
        gateway.set_local_only(local_only.is_on());
        let telemetry = Telemetry::start(&config.telemetry, local_only.clone())
            .map_err(|error| cannot_start("the telemetry", error.kind(), None::<&str>, error))?;
        let telemetry = telemetry.map(|(telemetry, tracing)| {
            gateway.follow(tracing);
            telemetry
        });
        let batches = Batches::open(batch::Parts {
            db: db.clone(),
            blobs: blobs.clone(),
            jobs: jobs.clone(),
            gateway: Arc::clone(&gateway),
            clock: Arc::clone(&clock),
            config: config.batch,
            codecs: wire::codec,
        })
        .await
        .map_err(|error| cannot_start("the batches", error.kind(), None::<&str>, error))?;
        let retention_in_file = retention.is_some();
        let attachment_days_in_file = config.chat.attachment_retention_days;
        retention::begin(&gateway, retention, &settings, &vault).await?;
        let catalogue = Catalogue::shipped().map_err(|error| {
            cannot_start("the catalogue of models", ErrorKind::Internal, None::<&str>, error)
        })?;
        let models_dir = data_dir.join("models");
        let on_device = Arc::new(OnDevice::new(config.inference, models_dir, Arc::clone(&clock)));
        let tokenizers: Arc<dyn ChatModel> = Arc::clone(&on_device) as Arc<dyn ChatModel>;
        gateway.count_with(tokenizers);
        let offers = Offers::open(
            OfferParts {
                providers: Arc::new(
                    Providers::new(catalogue, Arc::clone(&clock)).kept_here(local_only.clone()),
                ),
                gateway: Arc::clone(&gateway),
                librarian: Arc::new(Librarian::for_owner(Arc::clone(&library), Id::FIRST_OWNER)),
                on_device,
                routes: config.routes,
                settings: settings.clone(),
                vault: Arc::clone(&vault),
                events: events.clone(),
            },
            config.providers,
        )
        .await?;
        let offers = Arc::new(offers);
        let preferences = settings::preferences(&chosen, &offers);
        let memory = MemoryParts { db: db.clone(), clock: Arc::clone(&clock), zone: TimeZone::system() };
        let memory = Arc::new(Memory::new(memory));
        memory.search_with(&vectors);
        let chat = ChatService::open(chat::Parts {
            db: db.clone(),
            clock: Arc::clone(&clock),
            blobs: blobs.clone(),
            gateway: Arc::clone(&gateway),
            library: Arc::clone(&library),
            personas: Personas::new(db.clone(), blobs.clone(), Arc::clone(&gateway)),
            jobs: jobs.clone(),
            memory,
            preferences,
        })
        .await
        .map_err(|error| {
            let hint = error.hint().map(str::to_owned);
            cannot_start("the conversations", error.kind(), hint, error)
        })?;
        let compare = Bench::open(compare::Parts {
            db: db.clone(),
            clock: Arc::clone(&clock),
            gateway: Arc::clone(&gateway),
            jobs: jobs.clone(),
            casting: Arc::new(Players(Arc::clone(&chat))),
        })
        .await
        .map_err(|error| cannot_start("the comparisons", error.kind(), error.hint(), error))?;
        let mcp = Servers::open(::mcp::Parts {
            db: db.clone(),
            vault: Arc::clone(&vault),
            clock: Arc::clone(&clock),
            config: config.mcp,
            data_dir: data_dir.clone(),
            environment: config.harmless_environment,
            local_only: local_only.clone(),
            begin: config.tool_servers,
        })
        .await
        .map_err(|error| cannot_start("the tool servers", error.kind(), error.hint(), error))?;
        chat.offer(Arc::clone(&mcp) as Arc<dyn ToolSource>);
        let mut handlers = library.handlers();
        handlers.push(Arc::new(Pull(Arc::clone(&offers))));
        handlers
            .extend([batches.handlers(), chat.handlers(), compare.handlers(), alerts.handlers()].concat());
        let runner = jobs::run(jobs.clone(), handlers).await?;
        let started_at = clock.now();
        let app = Arc::new(Self {
            gateway,
            batches,
            chat,
            compare,
            library,
            mcp,
            alerts,
            closing: CancellationToken::new(),
            db,
            clock,
            offers,
            settings,
            settings_turn: tokio::sync::Mutex::default(),
            local_only,
            local_only_in_file,
            redis_elsewhere,
            vault,
            retention_in_file,
            attachment_days_in_file,
            jobs,
            events,
            looked: Looked::default(),
            telemetry,
            data_dir,
            started_at,
            ready: AtomicBool::new(true),
            tasks: TaskTracker::new(),
            runner,
        });
        app.begin_background_work(blobs);
        Ok(app)
    }

    fn begin_background_work(self: &Arc<Self>, blobs: Blobs) {
        self.background(async move {
            // Files whose document was never written down, since the program was killed in between.
            match blobs.sweep().await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(removed, "files that no document needs were removed"),
                Err(error) => tracing::warn!(%error, "files that no document needs cannot be looked for"),
            }
        });
        self.background(handbook::keep_up_to_date(Arc::clone(self)));
        self.background(jobs::publish_documents(Arc::clone(self)));
        self.background(watching::keep_in_step(Arc::clone(self)));
        self.background(watching::publish(Arc::clone(self)));
        self.background(publish_conversations(Arc::clone(self)));
        self.background(meaning::follow_models(Arc::clone(self)));
        self.background(jobs::tidy_up(Arc::clone(self)));
        self.background(health::publish_changes(Arc::clone(self)));
        self.background(health::check(Arc::clone(self)));
        self.background(health::watch_targets(Arc::clone(self)));
        self.background(alerts::hear_of_health(Arc::clone(self)));
        self.background(alerts::hear_of_budgets(Arc::clone(self)));
        self.background(alerts::watch(Arc::clone(self)));
        self.background(alerts::publish(Arc::clone(self)));
        let app = Arc::clone(self);
        self.background(async move {
            loop {
                app.offers.look_around(Refresh::IfStale).await;
                app.settle_preferences().await;
                app.settle_embedder().await;
                if let Err(error) = app.batches.keep_going().await {
                    tracing::warn!(%error, "batches that are not over cannot be looked for");
                }
                tokio::time::sleep(LOOK_AROUND).await;
            }
        });
    }

    /// Asks the providers for their models without making anybody wait.
    pub(crate) fn look_around_soon(&self, refresh: Refresh) {
        let offers = Arc::clone(&self.offers);
        self.background(async move { offers.look_around(refresh).await });
    }

    /// Runs until it is done or the program ends.
    pub(crate) fn background(&self, work: impl Future<Output = ()> + Send + 'static) {
        let closing = self.closing.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = work => {}
                () = closing.cancelled() => {}
            }
        });
    }

    /// Whether requests can be taken.
    pub fn ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// What happens anywhere in the program, from now on.
    pub fn events(&self) -> broadcast::Receiver<AppEvent> {
        self.events.subscribe()
    }

    /// The first step down: no more requests are taken for granted, event streams end, answers under way may
    /// still end for `grace`, then what is settled is written down and everything is closed.
    pub async fn shutdown(&self, grace: Duration) {
        self.ready.store(false, Ordering::Relaxed);
        // Both wait for what is under way; neither waits for the other.
        tokio::join!(self.chat.shutdown(grace), self.compare.shutdown(grace));
        self.closing.cancel();
        self.mcp.shutdown().await;
        self.tasks.close();
        self.tasks.wait().await;
        self.runner.stop().await;
        self.offers.on_device.close();
        self.gateway.shutdown().await;
        if let Some(telemetry) = &self.telemetry {
            telemetry.stop().await;
        }
        self.db.close().await;
    }

    async fn count_documents(&self, collection: Option<&str>) -> Result<u64, AppError> {
        let filter = DocumentFilter {
            collection: collection.map(str::to_owned),
            limit: 1,
            ..DocumentFilter::default()
        };
        let page = self.library.list(Id::FIRST_OWNER, &filter).await;
        Ok(page.map_err(|error| kept(error.kind(), error))?.total)
    }

    /// What this installation is and has.
    pub async fn status(&self) -> Result<Status, AppError> {
        let owner = Id::FIRST_OWNER;
        let now = self.clock.now();
        let month = gateway::Period::Month.window(now, gateway::Zone::UTC).start;
        let spending =
            self.gateway.ledger().spending(owner, month, now.plus(Duration::from_secs(86_400))).await;
        let spent = spending.map_err(|error| kept(error.kind(), error))?.total.cost;
        let documents = self.count_documents(None).await?;
        let handbook_documents = self.count_documents(Some(HANDBOOK_COLLECTION)).await?;
        Ok(Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            database: match self.db.engine() {
                Engine::Sqlite => "sqlite".to_owned(),
                Engine::Postgres => "postgres".to_owned(),
            },
            data_dir: self.data_dir.display().to_string(),
            started_at: self.started_at.to_string(),
            documents,
            handbook_documents,
            conversations: self.chat.count(owner).await.map_err(|error| kept(error.kind(), error))?,
            language_models: self.offers.language_models(),
            local_services: self.offers.local_services(),
            active_jobs: jobs::active(&self.jobs).await?,
            spent_this_month_usd: spent.to_string(),
        })
    }
}

async fn publish_conversations(app: Arc<App>) {
    let mut changes = app.chat.changes();
    loop {
        match changes.recv().await {
            Ok(chat::Change::Conversation(id)) => {
                app.events.publish(AppEvent::ConversationChanged { id: id.to_string() });
            }
            Ok(chat::Change::MessagesDeleted { conversation_id, deleted }) => {
                let (id, deleted) = (conversation_id.to_string(), shown::deleted(&deleted));
                app.events.publish(AppEvent::MessagesDeleted { id, deleted });
            }
            Ok(chat::Change::Arranged) => app.events.publish(AppEvent::ConversationsArranged),
            Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

fn cannot_start(
    part: &'static str,
    kind: ErrorKind,
    hint: Option<impl Into<String>>,
    error: impl std::error::Error + Send + Sync + 'static,
) -> AppError {
    AppError::Start { part, kind, hint: hint.map(Into::into), source: Box::new(error) }
}

pub(crate) fn kept(kind: ErrorKind, error: impl std::error::Error + Send + Sync + 'static) -> AppError {
    AppError::Kept { kind, source: Box::new(error) }
}
