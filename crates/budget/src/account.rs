//! One budget's spending: what is spent and what is put aside in the window that runs.

use crate::{
    mark::{BudgetEvent, Told, Watcher},
    period::{Period, Window},
    rule::{Action, Budget},
    scope::Scope,
    velocity::Velocity,
};
use base::{Money, Timestamp};
use parking_lot::{Mutex, MutexGuard};
use std::{sync::Arc, time::Duration};

/// Over how long a budget without an end hands out what is left, when it throttles.
const PACE_WITHOUT_END: Duration = Duration::from_secs(30 * 86_400);
/// What would be used up later than this is not foreseen.
const LONGEST_FORESIGHT: Duration = Duration::from_secs(3_660 * 86_400);

/// What an account is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Whose it is, for errors: `the key NAME`, `this installation`.
    pub whose: String,
    /// The budget's own name, for people.
    pub label: String,
}

/// What was spent before an account began to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Before {
    /// In the window that runs.
    pub spent: Money,
    /// In the last hour.
    pub last_hour: Money,
}

/// A budget and what has been taken from it.
#[derive(Debug)]
pub struct Account {
    id: Box<str>,
    scope: Scope,
    watcher: Arc<dyn Watcher>,
    state: Mutex<State>,
}

#[derive(Debug)]
pub(crate) struct State {
    named: Named,
    budget: Budget,
    /// The window that the figures belong to.
    window: Window,
    /// How many windows have begun before it, so that calls can tell whether theirs still runs.
    pub(crate) windows: u64,
    pub(crate) spent: Money,
    pub(crate) reserved: Money,
    told: Told,
    velocity: Velocity,
    pace: Option<Pace>,
}

/// From when on, and from how much on, what is left is handed out evenly.
#[derive(Debug, Clone, Copy)]
struct Pace {
    since: Timestamp,
    from: Money,
}

/// What an event says of an account.
pub(crate) struct Figures<'a> {
    pub(crate) id: &'a str,
    pub(crate) scope: Scope,
    pub(crate) label: &'a str,
    pub(crate) budget: Budget,
    pub(crate) spent: Money,
}

/// What a budget looks like now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountState {
    /// The budget.
    pub budget: Budget,
    /// Spent in the window that runs.
    pub spent: Money,
    /// Put aside for calls under way.
    pub reserved: Money,
    /// When the window ends.
    pub resets_at: Option<Timestamp>,
    /// Spent in the last hour.
    pub velocity_per_hour: Money,
    /// When everything will be spent at this velocity, if that is before the window ends.
    pub exhausted_at: Option<Timestamp>,
}

/// Why a call may not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It might cost more than is left.
    Exhausted {
        /// `the key NAME` or `this installation`.
        whose: String,
        /// Most the call can cost.
        worst_case: Money,
        /// What is neither spent nor reserved.
        left: Money,
        /// The limit, or the emergency mark where that is what counts.
        limit: Money,
        /// Its period.
        period: Period,
        /// When the next period begins.
        resets_in: Option<Duration>,
    },
    /// It is too soon after the calls before.
    Throttled {
        /// As above.
        whose: String,
        /// The limit.
        limit: Money,
        /// Its period.
        period: Period,
        /// When the call may be made.
        wait: Duration,
    },
}

/// A budget that is so near its limit that calls are to be made cheaper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strain {
    /// Whose it is.
    pub whose: String,
    /// What is left up to its wall.
    pub left: Money,
    /// How much of the limit is spent or put aside, in percent.
    pub percent: i64,
}

impl Account {
    /// A budget of which some has gone in the window that `now` lies in. Of marks that this has passed, nobody is
    /// told again.
    pub fn new(
        (id, scope): (&str, Scope),
        named: Named,
        (budget, before, now): (Budget, Before, Timestamp),
        watcher: Arc<dyn Watcher>,
    ) -> Arc<Self> {
        let mut velocity = Velocity::default();
        velocity.add(before.last_hour, now);
        let state = State {
            named,
            budget,
            window: budget.period.window(now, budget.zone),
            windows: 0,
            spent: before.spent,
            reserved: Money::ZERO,
            told: Told::reached(&budget, before.spent),
            velocity,
            pace: None,
        };
        Arc::new(Self { id: id.into(), scope, watcher, state: Mutex::new(state) })
    }

    /// Its budget's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whose spending it limits.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// Replaces the budget. Calls under way count for the new one. `spent` is what has gone in the window that
    /// runs, where it is another window than before.
    pub fn change(&self, named: Named, budget: Budget, spent: Option<Money>, now: Timestamp) {
        let mut state = self.current(now);
        state.named = named;
        state.budget = budget;
        state.window = budget.period.window(now, budget.zone);
        state.pace = None;
        if let Some(spent) = spent {
            state.spent = spent;
        }
        let reached = Told::reached(&budget, state.spent);
        state.told = state.told.and(reached);
    }

    /// Is called something else from now on.
    pub fn rename(&self, named: Named) {
        self.state.lock().named = named;
    }

    /// Its name for people.
    pub fn label(&self) -> String {
        self.state.lock().named.label.clone()
    }

    /// Its budget.
    pub fn budget(&self) -> Budget {
        self.state.lock().budget
    }

    /// What it looks like at `now`.
    pub fn describe(&self, now: Timestamp) -> AccountState {
        let state = self.current(now);
        let velocity_per_hour = state.velocity.per_hour(now);
        AccountState {
            budget: state.budget,
            spent: state.spent,
            reserved: state.reserved,
            resets_at: state.window.end,
            velocity_per_hour,
            exhausted_at: state.exhausted_at(velocity_per_hour, now),
        }
    }

    /// The figures of the window that `now` lies in. A call counts for the window it began in, so a new
    /// window begins with nothing, and a clock that is set back does not begin an old one again.
    pub(crate) fn current(&self, now: Timestamp) -> MutexGuard<'_, State> {
        let mut state = self.state.lock();
        if state.window.end.is_some_and(|end| now >= end) {
            state.window = state.budget.period.window(now, state.budget.zone);
            state.windows += 1;
            (state.spent, state.reserved) = (Money::ZERO, Money::ZERO);
            (state.told, state.pace) = (Told::default(), None);
        }
        state
    }

    /// The figures, whatever time it is.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Takes back that `cost` was spent on a call that began at `began`.
    pub fn give_back(&self, cost: Money, began: Timestamp, now: Timestamp) {
        let mut state = self.current(now);
        if state.window.contains(began) {
            state.spent -= cost;
        }
    }

    /// Why a call that may cost so much would be refused, if it would.
    pub fn would_refuse(&self, worst_case: Money, now: Timestamp) -> Option<Refusal> {
        self.current(now).refusal(worst_case, now)
    }

    /// Whether calls of so much are to be made cheaper, so near is the limit.
    pub fn strain(&self, worst_case: Money, now: Timestamp) -> Option<Strain> {
        let state = self.current(now);
        let budget = state.budget;
        let level = state.level();
        if budget.action != Action::Degrade || level + worst_case <= budget.soft() {
            return None;
        }
        let left = budget.wall().map_or(Money::MAX, |wall| (wall - level).max(Money::ZERO));
        let limit = i128::from(budget.limit.nanos().max(1));
        let percent = i64::try_from(i128::from(level.nanos()) * 100 / limit).unwrap_or(i64::MAX);
        Some(Strain { whose: state.named.whose.clone(), left, percent })
    }

    /// Tells of marks.
    pub(crate) fn tell(&self, events: Vec<BudgetEvent>) {
        events.into_iter().for_each(|event| self.watcher.passed(event));
    }
}

impl State {
    /// What is spent and put aside.
    fn level(&self) -> Money {
        self.spent + self.reserved
    }

    /// Whether this moment counts for the window that runs.
    pub(crate) fn counts(&self, moment: Timestamp) -> bool {
        self.window.contains(moment)
    }

    /// Why a call that may cost so much is refused, if it is.
    pub(crate) fn refusal(&self, worst_case: Money, now: Timestamp) -> Option<Refusal> {
        let Budget { period, limit, .. } = self.budget;
        let wall = self.budget.wall()?;
        if worst_case <= Money::ZERO {
            return None;
        }
        if self.level() + worst_case > wall {
            return Some(self.exhausted(worst_case, now));
        }
        let wait = self.wait(wall, now)?;
        Some(Refusal::Throttled { whose: self.named.whose.clone(), limit, period, wait })
    }

    /// What a call is told for which too little is left.
    pub(crate) fn exhausted(&self, worst_case: Money, now: Timestamp) -> Refusal {
        let wall = self.budget.wall().unwrap_or(self.budget.limit);
        Refusal::Exhausted {
            whose: self.named.whose.clone(),
            worst_case,
            left: (wall - self.level()).max(Money::ZERO),
            limit: wall,
            period: self.budget.period,
            resets_in: self.window.end.map(|end| end.since(now)),
        }
    }

    pub(crate) fn budget(&self) -> Budget {
        self.budget
    }

    pub(crate) fn window(&self) -> Window {
        self.window
    }

    /// Takes the marks that are passed by now for told.
    pub(crate) fn hush(&mut self) {
        let reached = Told::reached(&self.budget, self.spent);
        self.told.news(reached);
    }

    /// How long until what is handed out evenly is as much as has been taken.
    fn wait(&self, wall: Money, now: Timestamp) -> Option<Duration> {
        let Pace { since, from } = self.pace?;
        let end = self.window.end.unwrap_or_else(|| since.plus(PACE_WITHOUT_END));
        let whole_ms = i128::from(end.millis() - since.millis()).max(1);
        let to_hand_out = i128::from((wall - from).nanos()).max(1);
        let taken = i128::from((self.level() - from).nanos()).max(0);
        let due_ms = (taken * whole_ms).div_euclid(to_hand_out);
        let due =
            Timestamp::from_millis(since.millis().saturating_add(i64::try_from(due_ms).unwrap_or(i64::MAX)));
        (due > now).then(|| due.since(now))
    }

    /// Puts so much aside.
    pub(crate) fn reserve(&mut self, amount: Money, now: Timestamp) {
        if self.budget.action == Action::Throttle {
            let before = self.level();
            if before + amount <= self.budget.soft() {
                self.pace = None;
            } else if self.pace.is_none() {
                self.pace = Some(Pace { since: now, from: before });
            }
        }
        self.reserved += amount;
    }

    /// Turns what was put aside into what it cost; the marks that this passes.
    pub(crate) fn settle(&mut self, reserved: Money, cost: Money, began: Timestamp) -> Told {
        self.reserved -= reserved;
        if cost == Money::ZERO {
            return Told::default();
        }
        self.spent += cost;
        self.velocity.add(cost, began);
        let reached = Told::reached(&self.budget, self.spent);
        self.told.news(reached)
    }

    /// Notes a refusal. What was too dear while plenty was left says nothing about the budget.
    pub(crate) fn refused(&mut self) -> Told {
        if self.spent >= self.budget.soft() && self.spent > Money::ZERO {
            self.told.news(Told::exceeded())
        } else {
            Told::default()
        }
    }

    /// What is to be told of these marks.
    pub(crate) fn events(&self, account: &Account, news: Told, at: Timestamp) -> Vec<BudgetEvent> {
        let figures = Figures {
            id: &account.id,
            scope: account.scope,
            label: &self.named.label,
            budget: self.budget,
            spent: self.spent,
        };
        news.events(&figures, at).collect()
    }

    fn exhausted_at(&self, per_hour: Money, now: Timestamp) -> Option<Timestamp> {
        let end = self.budget.wall().unwrap_or(self.budget.limit);
        let left = i128::from((end - self.spent).nanos());
        if left <= 0 {
            return Some(now);
        }
        let per_hour = i128::from(per_hour.nanos());
        if per_hour <= 0 {
            return None;
        }
        let in_ms = u64::try_from(left * 3_600_000 / per_hour).ok()?;
        let at = now.plus(Duration::from_millis(in_ms));
        let foreseen = self.window.end.unwrap_or_else(|| now.plus(LONGEST_FORESIGHT));
        (at < foreseen).then_some(at)
    }
}
