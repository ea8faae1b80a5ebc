//! Beside the calls: tells Redis what has ended, says that this server lives, settles what was held by whoever was
//! killed, and hears of what other servers have changed.

use super::{DEPOSIT, Ended, Live, Shares, Todo};
use crate::{
    admit::ring::Held as HeldKey,
    budgets::{BudgetSource, Wanted, wanted},
    db,
    error::ManageError,
    gateway::Shared,
};
use cluster::{ClusterError, Dead};
use routing::{Scope, limit::Limiter};
use std::{
    collections::HashSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::sync::mpsc;

/// Most endings that Redis is told of at a time.
const AT_A_TIME: usize = 64;
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How long the last endings may take when the program ends.
const LAST_WORDS: Duration = Duration::from_secs(3);
/// Beats in a lease.
const BEATS: u32 = 3;
/// Every so many beats, holds that nobody knows of are looked for.
const TIDY_EVERY: u64 = 10;
/// Figures that are fetched in one beat.
const FIGURES_AT_A_TIME: usize = 500;

/// Works until the gateway stops and everything is told.
pub(crate) async fn run(shared: Arc<Shared>, shares: Arc<Shares>, list: mpsc::UnboundedReceiver<Todo>) {
    tokio::join!(tell(&shared, &shares, list), live(&shared, &shares));
}

/// Tells Redis what has ended, in order where one thing is a part of another.
async fn tell(shared: &Shared, shares: &Shares, mut list: mpsc::UnboundedReceiver<Todo>) {
    let mut some = Vec::with_capacity(AT_A_TIME);
    loop {
        tokio::select! {
            count = list.recv_many(&mut some, AT_A_TIME) => if count == 0 { return },
            () = shared.stop.cancelled() => break,
        }
        let (plain, parts): (Vec<Todo>, Vec<Todo>) = some.drain(..).partition(|todo| match todo {
            Todo::Settle(ended) => ended.whole.is_none() && !ended.id.starts_with(DEPOSIT),
            Todo::Charge { .. } | Todo::Adjust { .. } => true,
        });
        futures::future::join_all(plain.into_iter().map(|todo| until_told(shared, shares, todo))).await;
        for todo in parts {
            until_told(shared, shares, todo).await;
        }
    }
    // What was settled last; the rest is settled by the ledger at the next start.
    let rest = async {
        while let Ok(todo) = list.try_recv() {
            until_told(shared, shares, todo).await;
        }
    };
    if tokio::time::timeout(LAST_WORDS, rest).await.is_err() {
        tracing::warn!("Redis has not heard of everything that has ended; it will at the next start");
    }
}

/// Tries until Redis has heard of it, or the gateway stops.
async fn until_told(shared: &Shared, shares: &Shares, todo: Todo) {
    let mut pause = FIRST_PAUSE;
    while let Err(error) = say(shared, shares, &todo).await {
        tracing::debug!(%error, "Redis cannot be told what has ended");
        if shared.stop.is_cancelled() {
            return;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn say(shared: &Shared, shares: &Shares, todo: &Todo) -> Result<(), ClusterError> {
    let cluster = &shares.cluster;
    match todo {
        Todo::Charge { id, cost, windows } => cluster.charge(id, *cost, windows).await,
        Todo::Adjust { taken, tokens } => cluster.adjust(taken, *tokens).await,
        Todo::Settle(Ended { id, whole, amount, cost, began, parts }) => {
            if let Some(whole) = whole
                && !cluster.split(whole, id, *amount).await?
            {
                // The whole is gone with a Redis that has lost everything: what it cost is counted all the same.
                let windows: Vec<String> = parts.iter().map(|(_, window)| window.clone()).collect();
                cluster.charge(id, *cost, &windows).await?;
            }
            let settled = cluster.settle(id, *cost).await?;
            let now = shared.clock.now();
            for change in settled {
                let figures = (change.figures.spent, change.figures.held);
                if let Some((account, _)) = parts.iter().find(|(_, window)| *window == change.window) {
                    account.settled(&change.window, figures, (*cost, *began), now);
                }
            }
            shares.live.lock().remove(id);
            Ok(())
        }
    }
}

/// What the beats remember.
#[derive(Debug, Default)]
struct Memory {
    beats: u64,
    generation: Option<u64>,
    /// Holds that nobody knew of the last time.
    strange: HashSet<String>,
    next_figures: usize,
}

/// Says again and again that this server lives.
async fn live(shared: &Shared, shares: &Shares) {
    let every = shares.cluster.lease() / BEATS;
    let mut memory = Memory::default();
    loop {
        if let Err(error) = beat(shared, shares, &mut memory).await {
            if shares.ready.swap(false, Ordering::AcqRel) || memory.beats == 0 {
                tracing::warn!(%error, "what is shared with other servers cannot be kept now");
            }
            memory.beats = memory.beats.max(1);
        }
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = shared.stop.cancelled() => return,
        }
    }
}

async fn beat(shared: &Shared, shares: &Shares, memory: &mut Memory) -> Result<(), ManageError> {
    let pulse = shares.cluster.beat().await.map_err(away)?;
    memory.beats += 1;
    if pulse.is_new {
        hold_again(shares).await?;
    }
    if !shares.ready.load(Ordering::Acquire) {
        // What is left of the last run; deposits of batches wait until their batches have been taken up again.
        let own = shares.cluster.own_holds().await.map_err(away)?;
        let left = own.into_iter().filter(|hold| !hold.id.starts_with(DEPOSIT) && !is_live(shares, hold));
        settle_by_ledger(shared, shares, left.collect(), None).await?;
        hold_again(shares).await?;
        shares.ready.store(true, Ordering::Release);
        tracing::info!("budgets are shared with other servers");
    }
    // The first time as well: something may have changed between the start and the first word.
    if memory.generation != Some(pulse.generation) {
        shared.reload().await?;
    }
    memory.generation = Some(pulse.generation);
    picture(shared, shares, memory).await?;
    if memory.beats.is_multiple_of(TIDY_EVERY) {
        tidy(shared, shares, memory).await?;
        for server in pulse.dead {
            of_the_dead(shared, shares, &server).await?;
        }
    }
    Ok(())
}

fn away(error: ClusterError) -> ManageError {
    ManageError::Cluster(error)
}

fn is_live(shares: &Shares, hold: &Dead) -> bool {
    shares.live.lock().contains_key(&hold.id)
}

/// Writes down what this server holds, where Redis does not have it.
async fn hold_again(shares: &Shares) -> Result<(), ManageError> {
    let there: HashSet<String> =
        shares.cluster.own_holds().await.map_err(away)?.into_iter().map(|hold| hold.id).collect();
    let missing: Vec<_> = {
        let live = shares.live.lock();
        let open = live.values().filter(|Live { hold, ended }| !ended && !there.contains(&hold.id));
        open.map(|live| live.hold.clone()).collect()
    };
    for hold in missing {
        // While Redis gathers, nothing is put aside; the next beat comes back to it.
        match shares.cluster.renew(&hold).await {
            Ok(_) | Err(ClusterError::Settling) => {}
            Err(error) => return Err(away(error)),
        }
    }
    Ok(())
}

/// Settles holds that nobody else will: by what the ledger has of them, or for nothing where it has nothing, because a
/// call that is in no journal never went out.
async fn settle_by_ledger(
    shared: &Shared,
    shares: &Shares,
    holds: Vec<Dead>,
    server: Option<&str>,
) -> Result<usize, ManageError> {
    let ids: Vec<String> = holds.iter().map(|hold| hold.id.clone()).collect();
    let costs = shared.costs(&ids).await?;
    let mut left = 0;
    for Dead { id, .. } in holds {
        let cost = costs.get(&id).copied();
        match (server, cost) {
            (None, cost) => {
                shares.cluster.settle(&id, cost.unwrap_or_default()).await.map_err(away)?;
            }
            (Some(server), Some(cost)) => {
                shares.cluster.settle_of(server, &id, cost).await.map_err(away)?;
            }
            // It may have been sent and be billed: only its own journal can tell.
            (Some(_), None) => left += 1,
        }
    }
    Ok(left)
}

/// Gives back what is held for calls that there are not: a reservation whose answer was lost on its way here.
async fn tidy(shared: &Shared, shares: &Shares, memory: &mut Memory) -> Result<(), ManageError> {
    let own = shares.cluster.own_holds().await.map_err(away)?;
    let strange: Vec<Dead> = own.into_iter().filter(|hold| !is_live(shares, hold)).collect();
    let (again, new): (Vec<_>, Vec<_>) =
        strange.into_iter().partition(|hold| memory.strange.contains(&hold.id));
    memory.strange = new.into_iter().map(|hold| hold.id).collect();
    settle_by_ledger(shared, shares, again, None).await.map(drop)
}

/// Settles what a dead server held, as far as the ledger proves what it did cost.
async fn of_the_dead(shared: &Shared, shares: &Shares, server: &str) -> Result<(), ManageError> {
    let holds = shares.cluster.holds_of(server).await.map_err(away)?;
    let left = settle_by_ledger(shared, shares, holds, Some(server)).await?;
    if left == 0 {
        shares.cluster.forget(server).await.map_err(away)?;
    } else {
        tracing::warn!(
            server,
            left,
            "calls of a server that is gone stay counted at their most until it comes back"
        );
    }
    Ok(())
}

/// Takes over what all servers have counted.
async fn picture(shared: &Shared, shares: &Shares, memory: &mut Memory) -> Result<(), ManageError> {
    let book = shared.treasury.book.load_full();
    let now = shared.clock.now();
    if memory.next_figures >= book.entries.len() {
        memory.next_figures = 0;
    }
    let some = book.entries.iter().skip(memory.next_figures).take(FIGURES_AT_A_TIME);
    let some: Vec<_> = some.map(|entry| (&entry.account, entry.account.window(now).name)).collect();
    memory.next_figures += some.len();
    let names: Vec<String> = some.iter().map(|(_, name)| name.clone()).collect();
    let figures = shares.cluster.figures(&names).await.map_err(away)?;
    for ((account, name), figures) in some.into_iter().zip(figures) {
        if let Some(figures) = figures {
            account.mirror(&name, (figures.spent, figures.held), now);
        }
    }
    Ok(())
}

impl Shared {
    /// Reads keys and budgets anew, after another server has changed some.
    async fn reload(&self) -> Result<(), ManageError> {
        let turn = self.changing_keys.lock().await;
        let keys = db::keys(&self.db).await?.into_iter().map(|kept| {
            let before = self.ring.by_id(kept.info.id).and_then(|key| key.limiter.clone());
            let held = kept.held(&self.limits.freed);
            let same = before.filter(|before| {
                before.change(Scope::Key(held.key.info.name.clone()), held.key.info.limits);
                !held.key.info.limits.is_empty()
            });
            same.map_or(held.clone(), |limiter| held.with_limiter(limiter))
        });
        self.ring.fill(keys);
        drop(turn);
        let kept = db::budgets(&self.db).await?;
        let book = self.treasury.book.load_full();
        let there: HashSet<&str> = kept.iter().map(|kept| kept.id.as_str()).collect();
        let gone = book
            .entries
            .iter()
            .filter(|entry| entry.source == BudgetSource::Page && !there.contains(entry.kept.id.as_str()));
        let gone: Vec<String> = gone.map(|entry| entry.kept.id.clone()).collect();
        let mut put: Vec<Wanted> = Vec::new();
        for kept in kept {
            let before = book.by_id(&kept.id).map(|entry| entry.kept.clone());
            put.push(wanted(self, kept, before.as_ref()).await?);
        }
        self.treasury.exchange(self, put, &gone).await;
        Ok(())
    }
}

impl HeldKey {
    /// The same key with the limiter that has counted so far.
    fn with_limiter(mut self, limiter: Arc<Limiter>) -> Self {
        let info = self.key.info.clone();
        self.key = Arc::new(crate::admit::Key { info, limiter: Some(limiter) });
        self
    }
}
