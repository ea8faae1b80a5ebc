//! Beside the calls: notices when a deployment's state changes, and keeps its minutes.

use crate::{db, gateway::Shared, table::Place};
use base::{Id, Timestamp, new_id};
use parking_lot::Mutex;
use routing::{State, health::minute_of, sla::Span};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::sync::broadcast;

/// How often deployments are looked at.
const EVERY: Duration = Duration::from_secs(1);
/// Changes kept for a listener who is slow.
const CHANGES_KEPT: usize = 256;
/// Spans kept in memory while the database cannot be reached; the oldest go first.
const MAX_UNWRITTEN: usize = 20_000;
const MINUTE_MS: i64 = 60_000;
/// How long minutes are kept before they are added up to hours, and how long hours are kept.
const MINUTES_KEPT: Duration = Duration::from_secs(48 * 3_600);
const HOURS_KEPT: Duration = Duration::from_secs(400 * 86_400);
/// How often minutes are added up.
const TIDY_EVERY: Duration = Duration::from_secs(600);

/// A deployment is doing better or worse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthChange {
    /// `provider/model`.
    pub deployment: String,
    /// How it was doing.
    pub from: State,
    /// How it is doing.
    pub to: State,
    /// What it failed with last.
    pub error: Option<String>,
}

/// What the watcher shares with those who listen and ask.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) changes: broadcast::Sender<HealthChange>,
    run: Id,
    state: Mutex<WatchState>,
}

#[derive(Debug, Default)]
struct WatchState {
    last_tick: Option<Duration>,
    last_minute: u64,
    unwritten: Vec<Span>,
}

impl Default for Watch {
    fn default() -> Self {
        Self { changes: broadcast::channel(CHANGES_KEPT).0, run: new_id(), state: Mutex::default() }
    }
}

impl Watch {
    /// Looks at every deployment once: tells what has changed, and gathers the minutes that are over.
    pub(crate) fn tick(&self, places: &[Arc<Place>], now: Duration, wall: Timestamp) {
        let mut state = self.state.lock();
        let since = state.last_tick.replace(now).map_or(Duration::ZERO, |last| now.saturating_sub(last));
        for place in places {
            if let Some((from, to, error)) = place.health.look(since, now) {
                tracing::info!(deployment = %place.id, %from, %to, error, "a deployment's health changed");
                // Nobody listening is fine.
                drop(self.changes.send(HealthChange { deployment: place.id.clone(), from, to, error }));
            }
        }
        let minute = minute_of(now);
        if minute > state.last_minute {
            state.last_minute = minute;
            self.gather(&mut state, places, (now, wall), false);
        }
    }

    fn gather(
        &self,
        state: &mut WatchState,
        places: &[Arc<Place>],
        (now, wall): (Duration, Timestamp),
        ending: bool,
    ) {
        let started_ms = wall.millis() - i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
        let mut providers: BTreeMap<(i64, &str), Span> = BTreeMap::new();
        for place in places {
            for minute in place.health.take_minutes(now, ending) {
                let number = i64::try_from(minute.number).unwrap_or(i64::MAX / MINUTE_MS);
                let start_minute = (started_ms + number * MINUTE_MS).div_euclid(MINUTE_MS);
                let provider = place.spec.provider.as_str();
                let span = Span::of(&minute, start_minute, self.run, (provider, &place.id));
                providers
                    .entry((start_minute, provider))
                    .or_insert_with(|| Span::empty(self.run, (start_minute, 1), provider, ""))
                    .add(&span);
                state.unwritten.push(span);
            }
        }
        state.unwritten.extend(providers.into_values().map(|mut whole| {
            // What only some of its models do not do does not make a provider down.
            let fails = whole.failures * 2 > whole.calls;
            whole.down_minutes = u64::from(fails || (whole.calls == 0 && whole.down_minutes > 0));
            whole
        }));
        let excess = state.unwritten.len().saturating_sub(MAX_UNWRITTEN);
        if excess > 0 {
            tracing::warn!(excess, "minutes of health could not be written for too long and are forgotten");
            state.unwritten.drain(..excess);
        }
    }

    /// Writes what was gathered; what cannot be written is kept for the next time.
    async fn write(&self, shared: &Shared) {
        let spans = std::mem::take(&mut self.state.lock().unwritten);
        if spans.is_empty() {
            return;
        }
        if let Err(error) = db::insert_spans(&shared.db, &spans).await {
            tracing::warn!(%error, "minutes of health cannot be written now");
            self.state.lock().unwritten.splice(0..0, spans);
        }
    }

    /// Spans that wait to be written.
    pub(crate) fn unwritten(&self) -> usize {
        self.state.lock().unwritten.len()
    }
}

/// Watches until the gateway stops, then writes what is left.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut tidied: Option<Duration> = None;
    loop {
        let stopping = tokio::select! {
            () = tokio::time::sleep(EVERY) => false,
            () = shared.stop.cancelled() => true,
        };
        let (now, wall) = (shared.clock.monotonic(), shared.clock.now());
        let index = shared.index.load_full();
        shared.watch.tick(&index.places, now, wall);
        if stopping {
            shared.watch.gather(&mut shared.watch.state.lock(), &index.places, (now, wall), true);
        }
        shared.watch.write(&shared).await;
        if stopping {
            return;
        }
        if tidied.is_none_or(|last| now.saturating_sub(last) >= TIDY_EVERY) {
            tidied = Some(now);
            tidy(&shared, wall).await;
        }
    }
}

/// Adds old minutes up to hours and forgets old hours.
async fn tidy(shared: &Shared, wall: Timestamp) {
    let minute = |time: Timestamp| time.millis().div_euclid(MINUTE_MS);
    let tidied = async {
        db::roll_up(&shared.db, minute(wall.minus(MINUTES_KEPT))).await?;
        db::forget_spans(&shared.db, minute(wall.minus(HOURS_KEPT))).await
    };
    if let Err(error) = tidied.await {
        tracing::warn!(%error, "old minutes of health cannot be added up now");
    }
}
