//! Budgets that several servers share by Redis (`[gateway.cluster]`): the crate `cluster`, for the stages.
//!
//! Redis counts; the accounts here are a picture of it. A call's worst case is held under the id of its exchange, and
//! replaced by what it did cost by a task of its own, which tries until it is done. What this server held when it was
//! killed is settled when it starts again, by the ledger that its journal has just been brought into.

mod config;
mod limits;
mod tend;

pub use config::{Away, ClusterConfig};
pub(crate) use limits::SharedGrants;
pub(crate) use tend::run;

use crate::{
    db::KeptBudget,
    error::{GatewayError, ManageError},
    gateway::Shared,
};
use base::{Id, Money, Timestamp};
use budget::{Account, Refusal, Reservation};
use cluster::{Cluster, ClusterError, Figures, Hold, LimitTaken, Reserved, Window};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::mpsc;

/// How often a call asks again after it has said what the ledger has of a window.
const MOST_OPENINGS: usize = 64;
/// What deposits of batches are held under begins with.
const DEPOSIT: &str = "deposit:";

/// What this server shares with others.
#[derive(Debug)]
pub(crate) struct Shares {
    cluster: Cluster,
    away: Away,
    todo: mpsc::UnboundedSender<Todo>,
    /// What is held, until Redis has settled it.
    live: Mutex<HashMap<String, Live>>,
    /// What was held before a restart is settled, and Redis is there.
    ready: AtomicBool,
}

#[derive(Debug)]
struct Live {
    hold: Hold,
    /// It is over, and only waits for Redis to hear of it.
    ended: bool,
}

/// What is shared, and the list of what the task is to tell Redis.
pub(crate) type Opened = (Arc<Shares>, mpsc::UnboundedReceiver<Todo>);

/// What Redis is still to be told.
#[derive(Debug)]
pub(crate) enum Todo {
    Settle(Ended),
    /// Spent without a hold while Redis was away, or (negative) taken back.
    Charge {
        id: String,
        cost: Money,
        windows: Vec<String>,
    },
    /// A call whose tokens were estimated took so many.
    Adjust {
        taken: LimitTaken,
        tokens: u64,
    },
}

/// A hold that is over.
#[derive(Debug)]
pub(crate) struct Ended {
    id: String,
    /// The hold that it is a part of, if Redis does not know so yet.
    whole: Option<String>,
    amount: Money,
    cost: Money,
    began: Timestamp,
    parts: Vec<(Arc<Account>, String)>,
}

/// Money put aside: here, or where all servers count.
#[derive(Debug)]
pub(crate) enum Held {
    /// In this server's accounts.
    Here(Reservation),
    /// The same while Redis is away, with the id that Redis is told of the cost by.
    Alone(Reservation, Box<Unheld>),
    /// In Redis.
    Shared(Box<SharedHold>),
}

impl Default for Held {
    fn default() -> Self {
        Self::Here(Reservation::default())
    }
}

/// A call that Redis is only told of afterwards.
#[derive(Debug)]
pub(crate) struct Unheld {
    shares: Arc<Shares>,
    id: String,
    windows: Vec<String>,
}

/// Money held in Redis. Dropped unsettled, it goes back whole.
#[derive(Debug)]
pub(crate) struct SharedHold {
    shares: Arc<Shares>,
    id: String,
    whole: Option<String>,
    amount: Money,
    began: Timestamp,
    /// The accounts, each with the window that the call counts for.
    parts: Vec<(Arc<Account>, String)>,
    is_over: bool,
}

/// Who asks for how much.
#[derive(Debug)]
pub(crate) struct Asking {
    /// The exchange's id.
    pub(crate) id: String,
    pub(crate) accounts: Vec<Arc<Account>>,
    pub(crate) amount: Money,
    pub(crate) now: Timestamp,
}

impl Shares {
    /// Makes ready to share, if that is configured.
    pub(crate) fn open(config: &ClusterConfig, data_dir: &Path) -> Result<Option<Opened>, ManageError> {
        let Some(settings) = config.settings(data_dir)? else { return Ok(None) };
        let cluster = Cluster::new(settings).map_err(|error| ManageError::Invalid(error.to_string()))?;
        let (todo, list) = mpsc::unbounded_channel();
        let shares = Self {
            cluster,
            away: config.when_away,
            todo,
            live: Mutex::default(),
            ready: AtomicBool::new(false),
        };
        Ok(Some((Arc::new(shares), list)))
    }

    /// Puts a call's worst case aside in all of its accounts, or in none.
    pub(crate) async fn hold(
        self: &Arc<Self>,
        shared: &Shared,
        asking: Asking,
    ) -> Result<Held, GatewayError> {
        for account in &asking.accounts {
            let refusal = account.would_refuse(asking.amount, asking.now);
            if let Some(refusal @ Refusal::Throttled { .. }) = refusal {
                return Err(refusal.into());
            }
        }
        if !self.ready.load(Ordering::Acquire) {
            return self.without(asking, "it has not been reached yet".to_owned());
        }
        match self.ask(shared, &asking).await {
            Ok(held) => held,
            Err(error) => self.without(asking, error),
        }
    }

    /// Asks Redis; the outer error is that it cannot be asked.
    async fn ask(
        self: &Arc<Self>,
        shared: &Shared,
        asking: &Asking,
    ) -> Result<Result<Held, GatewayError>, String> {
        let now = asking.now;
        let mut held = self.begin(asking);
        let hold = held.hold(now);
        for _ in 0..MOST_OPENINGS {
            match self.cluster.reserve(&hold).await.map_err(told)? {
                Reserved::Held(before) => {
                    for ((account, window), figures) in held.parts.iter().zip(before) {
                        account.mirror(window, (figures.spent, figures.held + held.amount), now);
                    }
                    return Ok(Ok(Held::Shared(Box::new(held))));
                }
                Reserved::Refused(place, Figures { spent, held: reserved }) => {
                    held.forget();
                    let refusing = held.parts.get(place).ok_or("it refuses what it was not asked")?;
                    return Ok(Err(refusing.0.refused(asking.amount, (spent, reserved), now).into()));
                }
                Reserved::Unknown(place) => {
                    let account = held.parts.get(place).map(|(account, _)| account);
                    let window = hold.windows.get(place);
                    let (account, window) =
                        account.zip(window).ok_or("it does not know what it was not asked")?;
                    let spent = shared.spent_of(account.id()).await.map_err(|error| error.to_string())?;
                    self.cluster.open(window, spent).await.map_err(told)?;
                }
            }
        }
        Err("its windows are forgotten as soon as they are opened".to_owned())
    }

    /// Puts money aside again that was put aside before a restart, as soon as Redis is there.
    pub(crate) fn renew(self: &Arc<Self>, asking: &Asking, since: Timestamp) -> Held {
        let mut held = self.begin(asking);
        // What was made in an earlier window counts for that one.
        let still_runs = |account: &Arc<Account>| account.window(asking.now).start <= since;
        if !held.parts.iter().all(|(account, _)| still_runs(account)) {
            held.forget();
            held.parts.clear();
        }
        // The next beat writes down what is held.
        self.ready.store(false, Ordering::Release);
        Held::Shared(Box::new(held))
    }

    /// A hold that begins. From here on it is settled, whatever happens.
    fn begin(self: &Arc<Self>, asking: &Asking) -> SharedHold {
        let window = |account: &Arc<Account>| (Arc::clone(account), account.window(asking.now).name);
        let held = SharedHold {
            shares: Arc::clone(self),
            id: asking.id.clone(),
            whole: None,
            amount: asking.amount,
            began: asking.now,
            parts: asking.accounts.iter().map(window).collect(),
            is_over: false,
        };
        let live = Live { hold: held.hold(asking.now), ended: false };
        self.live.lock().insert(held.id.clone(), live);
        held
    }

    /// What happens while Redis is away.
    fn without(self: &Arc<Self>, asking: Asking, why: String) -> Result<Held, GatewayError> {
        match self.away {
            Away::Refuse => Err(GatewayError::BudgetsAway { why }),
            Away::Alone => {
                let windows = asking.accounts.iter().map(|account| account.window(asking.now).name).collect();
                let unheld = Unheld { shares: Arc::clone(self), id: asking.id, windows };
                let reservation = Reservation::make(asking.accounts, asking.amount, asking.now)?;
                Ok(Held::Alone(reservation, Box::new(unheld)))
            }
        }
    }

    /// Takes back what was spent on an exchange.
    pub(crate) fn give_back(&self, exchange: Id, cost: Money, windows: Vec<String>) {
        let id = format!("back:{exchange}");
        // The task is there as long as the gateway.
        let _ = self.todo.send(Todo::Charge { id, cost: Money::ZERO - cost, windows });
    }

    /// Tells the other servers that keys or budgets have changed.
    pub(crate) async fn changed(&self) {
        if let Err(error) = self.cluster.changed().await {
            tracing::warn!(%error, "the other servers hear of this change only when they start anew");
        }
    }
}

fn told(error: ClusterError) -> String {
    error.to_string()
}

impl Shared {
    /// What the ledger has of the window of a budget that runs.
    async fn spent_of(&self, id: &str) -> Result<Money, ManageError> {
        let kept: Option<KeptBudget> = self.treasury.book.load().by_id(id).map(|entry| entry.kept.clone());
        let kept = kept.ok_or_else(|| ManageError::UnknownBudget(id.to_owned()))?;
        Ok(self.spent_before(&kept).await?.spent)
    }

    /// What these exchanges did cost, of those that the ledger has.
    async fn costs(&self, ids: &[String]) -> Result<HashMap<String, Money>, ManageError> {
        Ok(ledger::costs(&self.db, ids).await?)
    }
}

impl Held {
    /// Replaces what was put aside by what it cost.
    pub(crate) fn settle(self, cost: Money) {
        match self {
            Self::Here(reservation) => reservation.settle(cost),
            Self::Alone(reservation, unheld) => {
                reservation.settle(cost);
                let Unheld { shares, id, windows } = *unheld;
                if cost > Money::ZERO {
                    let _ = shares.todo.send(Todo::Charge { id, cost, windows });
                }
            }
            Self::Shared(mut held) => held.end(cost),
        }
    }

    /// How much it is.
    pub(crate) fn amount(&self) -> Money {
        match self {
            Self::Here(reservation) | Self::Alone(reservation, _) => reservation.amount(),
            Self::Shared(held) => held.amount,
        }
    }

    /// A part of it for the call with this id that is about to be made; `None` where so much is not left, or a new
    /// window has begun.
    pub(crate) fn split(&mut self, id: &str, amount: Money, now: Timestamp) -> Option<Self> {
        match self {
            Self::Here(reservation) => reservation.split(amount, now).map(Self::Here),
            // What was put aside here is nothing that Redis knows: each call asks for itself.
            Self::Alone(..) => None,
            Self::Shared(held) => {
                let runs = |(account, window): &(Arc<Account>, String)| account.window(now).name == *window;
                let fits = amount <= held.amount && !held.parts.is_empty() && held.parts.iter().all(runs);
                fits.then(|| Self::Shared(Box::new(held.part(id, (amount, now)))))
            }
        }
    }

    /// A part of it for a call that has been made already.
    pub(crate) fn part(&mut self, id: &str, amount: Money) -> Self {
        match self {
            Self::Here(reservation) => Self::Here(reservation.part(amount)),
            Self::Alone(reservation, unheld) => {
                let Unheld { shares, windows, .. } = &**unheld;
                let unheld =
                    Unheld { shares: Arc::clone(shares), id: id.to_owned(), windows: windows.clone() };
                Self::Alone(reservation.part(amount), Box::new(unheld))
            }
            Self::Shared(held) => {
                let began = held.began;
                Self::Shared(Box::new(held.part(id, (amount, began))))
            }
        }
    }
}

impl SharedHold {
    fn hold(&self, now: Timestamp) -> Hold {
        let window = |(account, name): &(Arc<Account>, String)| {
            let window = account.window(now);
            Window { name: name.clone(), wall: window.wall, end: window.end }
        };
        Hold { id: self.id.clone(), amount: self.amount, windows: self.parts.iter().map(window).collect() }
    }

    fn part(&mut self, id: &str, (amount, began): (Money, Timestamp)) -> Self {
        let amount = amount.min(self.amount);
        self.amount -= amount;
        let mut live = self.shares.live.lock();
        if let Some(whole) = live.get_mut(&self.id) {
            whole.hold.amount -= amount;
            let hold = Hold { id: id.to_owned(), amount, windows: whole.hold.windows.clone() };
            live.insert(id.to_owned(), Live { hold, ended: false });
        }
        Self {
            shares: Arc::clone(&self.shares),
            id: id.to_owned(),
            whole: Some(self.id.clone()),
            amount,
            began,
            parts: self.parts.clone(),
            is_over: false,
        }
    }

    /// Nothing is held after all.
    fn forget(&mut self) {
        self.is_over = true;
        self.shares.live.lock().remove(&self.id);
    }

    fn end(&mut self, cost: Money) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        if let Some(live) = self.shares.live.lock().get_mut(&self.id) {
            live.ended = true;
        }
        let ended = Ended {
            id: std::mem::take(&mut self.id),
            whole: self.whole.take(),
            amount: self.amount,
            cost,
            began: self.began,
            parts: std::mem::take(&mut self.parts),
        };
        // The task is there as long as the gateway; what it does not hear is settled at the next start.
        let _ = self.shares.todo.send(Todo::Settle(ended));
    }
}

impl Drop for SharedHold {
    fn drop(&mut self) {
        self.end(Money::ZERO);
    }
}

/// The id that a batch's deposit is held under.
pub(crate) fn deposit_id() -> String {
    format!("{DEPOSIT}{}", base::new_id())
}
