//! The gateway as an object: what it holds, how it starts and stops.

use crate::{
    admit::{self, KeyRing},
    batch::Batches,
    budgets::{Budgets, Entry, Treasury},
    call::{Answer, AudioCall, Call, Caller, EmbeddingCall},
    config::Config,
    counting::{self, Counters, Sample},
    db,
    error::{GatewayError, ManageError},
    experiments::{self, Experiments, Shelf},
    keys::Keys,
    metrics::{self, BudgetFigures, Metrics, MetricsSnapshot},
    pipeline,
    recall::{Cache, CacheOverview},
    records::Records,
    shares::{self, Shares},
    table::{Callable, Index, Place, RouteState, RoutingTable},
    tiers::{self, Classifier, Tier, Weighed, choose},
    trace::Tracing,
    trial::{self, Tried, TryRoute},
    volume::{self, Volumes},
    warm::Warm,
    watch::{self, HealthChange, Watch},
};
use arc_swap::ArcSwap;
use base::{Clock, OwnerId};
use budget::{AccountState, BudgetEvent, Scope};
use classify::{TaskClass, TaskText};
use ledger::{Journal, Keeper, Ledger, Queue, Replayed, Retained, Writer};
use llm::{Circumstances, Taken};
use net::hold::Gate;
use routing::{
    DeploymentHealth,
    limit::{Registry, WaitingRoom},
};
use std::{
    path::PathBuf,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use store::Db;
use tokio::sync::{broadcast, mpsc::Receiver};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How often requests that wait are looked at, whatever the limits say.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// What the gateway is made of.
#[derive(Debug)]
pub struct Parts {
    /// Where keys and ledger are kept.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How it behaves.
    pub config: Config,
    /// The data folder; the journal is in its folder `journal`.
    pub data_dir: PathBuf,
}

/// The one way to every model. Clones are the same gateway.
#[derive(Debug, Clone)]
pub struct Gateway {
    pub(crate) shared: Arc<Shared>,
    tasks: TaskTracker,
}

/// What the stages share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) db: Db,
    pub(crate) ring: KeyRing,
    /// Held while a key is read, changed and written.
    pub(crate) changing_keys: tokio::sync::Mutex<()>,
    /// Every budget.
    pub(crate) treasury: Treasury,
    /// What is shared with other servers, if anything.
    pub(crate) shares: Option<Arc<Shares>>,
    pub(crate) index: ArcSwap<Index>,
    pub(crate) limits: Arc<Registry>,
    /// Requests that wait for a limit to let them through.
    pub(crate) room: WaitingRoom,
    pub(crate) cache: Arc<Cache>,
    /// What deployments were used for this month, where their price depends on it.
    pub(crate) volumes: Volumes,
    /// Which deployments have what in their prompt caches, for routes that want to know.
    pub(crate) warm: Warm,
    pub(crate) journal: Arc<Journal>,
    pub(crate) queue: Arc<Queue>,
    pub(crate) metrics: Metrics,
    pub(crate) watch: Watch,
    /// Which calls are followed, if any.
    pub(crate) tracing: OnceLock<Arc<Tracing>>,
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) classifier: Classifier,
    /// Experiments that run, and what people prefer.
    pub(crate) experiments: Shelf,
    /// System prompts and summaries of conversations that were made to fit.
    pub(crate) fitting: Arc<context::Cache>,
    pub(crate) counting: Arc<Counters>,
    /// Whether `auto` looks at requests, and is not somebody's own route.
    pub(crate) auto_classifies: AtomicBool,
    /// Whether calls that would leave this machine are refused.
    pub(crate) local_only: AtomicBool,
    /// Cancelled when no more calls are taken.
    pub(crate) stop: CancellationToken,
}

impl Shared {
    /// Counts a request that is refused before it becomes an exchange.
    pub(crate) fn refusing<T>(&self, result: Result<T, GatewayError>) -> Result<T, GatewayError> {
        result.inspect_err(|error| self.metrics.refused(error.kind()))
    }
}

/// What leaves waits for the journal.
impl Gate for Shared {
    fn pass(&self) {
        self.journal.flush();
    }
}

impl Gateway {
    /// Starts the gateway: brings what the journal holds into the ledger, and loads keys and spending.
    ///
    /// # Errors
    /// Where the journal's folder or the database cannot be used.
    pub async fn start(parts: Parts) -> Result<Self, ManageError> {
        let Parts { db, clock, config, data_dir } = parts;
        let (journal, replayed) =
            Journal::recover(&db, data_dir.join("journal"), config.journal.segment_bytes).await?;
        if replayed != Replayed::default() {
            tracing::info!(
                ?replayed,
                "exchanges of the last run were brought from the journal into the ledger"
            );
        }

        let now = clock.now();
        let limits = Arc::new(Registry::new(&config.limits));
        let mut keys = Vec::new();
        for kept in db::keys(&db).await? {
            keys.push(kept.held(&limits.freed));
        }
        let ring = KeyRing::default();
        ring.fill(keys);
        let treasury = Treasury::load(&db, &config, &ring, now).await?;
        let (shares, list) = Shares::open(&config.cluster, &data_dir)?.unzip();

        let (counting, samples) = Counters::new(db::calibrations(&db).await?);
        let shared = Arc::new(Shared {
            cache: Cache::new(&config.cache),
            volumes: Volumes::default(),
            warm: Warm::default(),
            queue: Arc::new(Queue::new(config.journal.max_waiting)),
            config,
            clock,
            db,
            ring,
            changing_keys: tokio::sync::Mutex::default(),
            treasury,
            shares,
            index: ArcSwap::from_pointee(Index::with_limits(&limits)),
            room: WaitingRoom::new(Arc::clone(&limits.freed)),
            limits,
            journal: Arc::new(journal),
            metrics: Metrics::default(),
            tracing: OnceLock::new(),
            watch: Watch::default(),
            keeper: Arc::default(),
            classifier: Classifier::default(),
            experiments: Shelf::default(),
            fitting: Arc::default(),
            counting,
            auto_classifies: AtomicBool::new(false),
            local_only: AtomicBool::new(false),
            stop: CancellationToken::new(),
        });
        experiments::load(&shared).await?;
        let gateway = Self { shared, tasks: TaskTracker::new() };
        gateway.spawn_tasks(samples);
        if let Some((shares, list)) = gateway.shared.shares.clone().zip(list) {
            gateway.tasks.spawn(shares::run(Arc::clone(&gateway.shared), shares, list));
        }
        Ok(gateway)
    }

    fn spawn_tasks(&self, samples: Receiver<Sample>) {
        let shared = &self.shared;
        self.tasks.spawn(counting::learn(Arc::clone(shared), samples, shared.stop.clone()));
        let settings = &shared.config.journal;
        let writer = Writer {
            queue: Arc::clone(&shared.queue),
            journal: Arc::clone(&shared.journal),
            db: shared.db.clone(),
            gather: Duration::from_millis(settings.batch_ms),
            stop: shared.stop.clone(),
        };
        self.tasks.spawn(writer.run());
        let keeper = Arc::clone(&shared.keeper);
        self.tasks.spawn(keeper.run(shared.db.clone(), shared.stop.clone()));
        self.tasks.spawn(watch::run(Arc::clone(shared)));
        self.tasks.spawn(experiments::run(Arc::clone(shared)));
        self.tasks.spawn(serve_the_waiting(Arc::clone(shared)));
        let every = Duration::from_millis(settings.sync_ms.max(1));
        self.tasks.spawn(Arc::clone(&shared.journal).keep_synced(every, shared.stop.clone()));
    }

    /// Replaces what can be called. Returns ids that routes name and no deployment has.
    pub fn set_routing(&self, mut table: RoutingTable) -> Vec<String> {
        tiers::add(&self.shared.config.tiers, &mut table);
        let index = Index::build(table, &self.shared.index.load());
        let missing = index.missing();
        let now = self.shared.clock.now();
        let by_volume =
            |place: &Arc<Place>| place.spec.prices.as_ref().is_some_and(|prices| prices.at(now).has_volume());
        if index.places.iter().any(by_volume) && self.shared.volumes.begin_priming() {
            let shared = Arc::clone(&self.shared);
            self.tasks.spawn(async move { volume::prime(&shared, now).await });
        }
        self.shared.index.store(Arc::new(index));
        missing
    }

    /// What the cache of replies keeps, and what came of looking into it since Familiar was started.
    pub fn cache(&self) -> CacheOverview {
        self.shared.cache.overview()
    }

    /// Forgets every kept reply.
    pub fn clear_cache(&self) {
        self.shared.cache.clear();
    }

    /// Follows calls from now on; only the first time counts.
    pub fn follow(&self, tracing: Tracing) {
        // Set before calls are taken, and never changed.
        let _ = self.shared.tracing.set(Arc::new(tracing));
    }

    /// Says whether the route `auto` is nobody's own, so that it may look at requests and ask a tier.
    pub fn set_auto(&self, is_built_in: bool) {
        let classifies = is_built_in && self.shared.config.tiers.enabled;
        self.shared.auto_classifies.store(classifies, Ordering::Relaxed);
    }

    /// Whether calls that would leave this machine are refused, from now on.
    pub fn set_local_only(&self, on: bool) {
        self.shared.local_only.store(on, Ordering::Relaxed);
    }

    /// Whether calls that would leave this machine are refused.
    pub fn local_only(&self) -> bool {
        self.shared.local_only.load(Ordering::Relaxed)
    }

    /// What kind of task a text is, and which tier `auto` would ask for it, with the reason.
    pub async fn classify(
        &self,
        owner: OwnerId,
        text: &TaskText<'_>,
        circumstances: Option<&Circumstances>,
    ) -> (TaskClass, Option<(Tier, String)>) {
        let shared = &self.shared;
        let class = shared.classifier.classify(shared, owner, text).await;
        let config = &shared.config.tiers;
        let weighed = Weighed { class: &class, tokens: text.tokens, files: text.files, circumstances };
        let choice = config.enabled.then(|| choose(config, weighed));
        (class, choice.map(|choice| (choice.tier, choice.because)))
    }

    /// What is kept of requests and replies.
    pub fn retention(&self) -> Retained<'_> {
        Retained { keeper: &self.shared.keeper, db: &self.shared.db, clock: &*self.shared.clock }
    }

    /// Answers a chat request. (The way of a call is some kilobytes of state; here is where it gets a place of its own, so
    /// that whoever calls does not move it about.)
    ///
    /// # Errors
    /// Why there is no answer; what fails after the answer has begun is the last thing in it.
    pub async fn chat(&self, call: Call) -> Result<Answer, GatewayError> {
        pipeline::chat(&self.shared, call).await
    }

    /// Makes embeddings.
    ///
    /// # Errors
    /// Why there are none.
    pub async fn embed(&self, call: EmbeddingCall) -> Result<Answer, GatewayError> {
        pipeline::embed(&self.shared, call).await
    }

    /// Speaks a text, or writes down what is said in a recording.
    ///
    /// # Errors
    /// Why there is no answer; what fails after speech has begun breaks it off.
    pub async fn audio(&self, call: AudioCall) -> Result<Answer, GatewayError> {
        pipeline::audio(&self.shared, call).await
    }

    /// Every route, with the standing of its members.
    pub fn routes(&self) -> Vec<RouteState> {
        self.shared.index.load().routes(self.shared.clock.monotonic())
    }

    /// Says what would happen to a request. Nothing is counted, put aside or called.
    pub fn try_route(&self, trying: TryRoute) -> Tried {
        trial::try_route(&self.shared, trying)
    }

    /// Lists what a caller may ask for: routes, then deployments.
    ///
    /// # Errors
    /// Where the caller's key is not good.
    pub fn models(&self, caller: &Caller) -> Result<Vec<Callable>, GatewayError> {
        let shared = &self.shared;
        let principal = shared.refusing(admit::identify(&shared.ring, shared.clock.as_ref(), caller))?;
        let index = shared.index.load();
        Ok(index
            .listed()
            .iter()
            .filter(|destination| principal.may_call(&destination.name))
            .filter_map(|destination| {
                let spec = destination.spec()?;
                Some(Callable { name: destination.name.clone(), spec, is_route: destination.is_route })
            })
            .collect())
    }

    /// Which settings a deployment takes; of a route, those of its first. Each deployment is sent those that it takes.
    pub fn takes(&self, name: &str) -> Vec<Taken> {
        let index = self.shared.index.load();
        index.get(name).and_then(|found| found.places.first()).map(|place| place.takes()).unwrap_or_default()
    }

    /// The time by which everything here is measured.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.clock
    }

    /// What batches need.
    pub fn batches(&self) -> Batches<'_> {
        Batches::new(&self.shared)
    }

    /// Experiments, opinions and votes.
    pub fn experiments(&self) -> Experiments<'_> {
        Experiments::new(&self.shared)
    }

    /// The virtual keys.
    pub fn keys(&self) -> Keys<'_> {
        Keys::new(&self.shared)
    }

    /// The ledger.
    pub fn ledger(&self) -> Ledger<'_> {
        Ledger::new(&self.shared.db)
    }

    /// What is spent and reserved of the installation's budget, if it has one; of its first, where it has several.
    pub fn budget(&self) -> Option<AccountState> {
        let book = self.shared.treasury.book.load();
        let first = book.of_installation().next();
        first.map(|entry| entry.account.describe(self.shared.clock.now()))
    }

    /// The budgets.
    pub fn budgets(&self) -> Budgets<'_> {
        Budgets::new(&self.shared)
    }

    /// Marks that budgets' spending passes, from now on; each is told of once a window.
    pub fn budget_events(&self) -> broadcast::Receiver<BudgetEvent> {
        self.shared.treasury.events()
    }

    /// How each deployment is doing.
    pub fn health(&self) -> Vec<DeploymentHealth> {
        let now = self.shared.clock.monotonic();
        let index = self.shared.index.load();
        let described = index.places.iter().map(|place| {
            let health = place.health.describe(&place.id, &place.spec.provider, now);
            DeploymentHealth { waiting: self.shared.room.waiting_for(&place.health), ..health }
        });
        described.collect()
    }

    /// What a request to a provider that costs nothing came to: it says something about those of its
    /// deployments that are unavailable.
    pub fn checked(&self, provider: &str, outcome: Result<(), llm::LlmErrorKind>) {
        let now = self.shared.clock.monotonic();
        let index = self.shared.index.load();
        for place in index.places.iter().filter(|place| place.spec.provider == provider) {
            place.health.checked(outcome, now, &self.shared.config.breaker);
        }
    }

    /// Changes of deployments' states, from now on.
    pub fn health_events(&self) -> broadcast::Receiver<HealthChange> {
        self.shared.watch.changes.subscribe()
    }

    /// How providers and deployments did in the past.
    pub fn records(&self) -> Records<'_> {
        Records::new(&self.shared)
    }

    /// All figures.
    pub fn metrics(&self) -> MetricsSnapshot {
        let (entries, bytes) = self.shared.cache.size();
        MetricsSnapshot {
            cache_entries: entries as u64,
            cache_bytes: bytes as u64,
            cache_routes: self.shared.cache.overview().routes,
            ledger_backlog: self.shared.queue.backlog(),
            journal_failures: self.shared.journal.failures(),
            queue: self.shared.room.snapshot(),
            kept: self.kept(),
            bodies_lost: self.shared.keeper.lost(),
            deployments: self.health(),
            budgets: self.budget_figures(),
            ..self.shared.metrics.snapshot()
        }
    }

    /// How much of everything that grows with use is kept in memory; each has a bound.
    fn kept(&self) -> Vec<(&'static str, u64)> {
        let shared = &self.shared;
        let index = shared.index.load();
        let (mut outcomes, mut minutes) = (0, 0);
        for place in &index.places {
            let kept = place.health.kept();
            (outcomes, minutes) = (outcomes + kept.0, minutes + kept.1);
        }
        let limiters = index.places.iter().flat_map(|place| place.health.limiters());
        let limit_entries =
            limiters.map(|limiter| limiter.entries()).sum::<usize>() + shared.ring.limit_entries();
        vec![
            ("outcomes", outcomes as u64),
            ("minutes", minutes as u64),
            ("limit_entries", limit_entries as u64),
            ("unwritten_spans", shared.watch.unwritten() as u64),
        ]
    }

    /// What is spent and reserved of every budget: those of keys last, the newest first, and only so many.
    fn budget_figures(&self) -> Vec<BudgetFigures> {
        let shared = &self.shared;
        let now = shared.clock.now();
        let book = shared.treasury.book.load();
        let figures = |entry: &Entry| BudgetFigures {
            scope: entry.kept.scope.as_str(),
            name: match entry.kept.scope {
                Scope::Installation | Scope::User => entry.kept.label.clone(),
                Scope::Project | Scope::Key => entry.account.label(),
            },
            id: entry.kept.id.clone(),
            state: entry.account.describe(now),
        };
        let counts = |entry: &&Entry| {
            let key = entry.kept.subject.parse().ok().and_then(|id| shared.ring.by_id(id));
            key.is_none_or(|key| key.info.revoked_at.is_none())
        };
        let (keys, others): (Vec<_>, Vec<_>) =
            book.entries.iter().filter(counts).partition(|entry| entry.kept.scope == Scope::Key);
        let latest = keys.into_iter().rev();
        others.into_iter().chain(latest).take(metrics::MAX_SERIES).map(figures).collect()
    }

    /// Waits until the ledger has everything that was settled before; after [`Self::shutdown`] what is
    /// settled waits in the journal, and so does not this.
    pub async fn flush(&self) {
        tokio::select! {
            () = self.shared.queue.flushed() => {}
            () = self.tasks.wait() => {}
        }
        tokio::select! {
            () = self.shared.keeper.flushed() => {}
            () = self.tasks.wait() => {}
        }
    }

    /// Takes no more calls, and writes what is settled to the ledger. Answers under way should have ended
    /// by then; those that end later are in the journal, and in the ledger after the next start.
    pub async fn shutdown(&self) {
        self.shared.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Gives places that come free to requests that wait for them.
async fn serve_the_waiting(shared: Arc<Shared>) {
    let mut soonest = None;
    loop {
        let pause =
            soonest.map_or(Duration::MAX, |wait: Duration| wait.clamp(Duration::from_millis(1), LOOK_AGAIN));
        tokio::select! {
            () = shared.room.bell.rung() => {}
            () = tokio::time::sleep(pause) => {}
            () = shared.stop.cancelled() => return,
        }
        soonest = shared.room.serve(shared.clock.monotonic());
    }
}
