//! An account whose figures several servers share: they are counted elsewhere, and here is a picture of them.

use crate::{
    account::{Account, Refusal},
    mark::Told,
};
use base::{Money, Timestamp};

/// The window of an account that runs, as several servers name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedWindow {
    /// The budget's id, its period and zone, and the window's first moment: the same on every server.
    pub name: String,
    /// Its first moment.
    pub start: Timestamp,
    /// Its end, if it has one.
    pub end: Option<Timestamp>,
    /// What is never gone past, if there is such.
    pub wall: Option<Money>,
}

impl Account {
    /// The window that runs at `now`.
    pub fn window(&self, now: Timestamp) -> NamedWindow {
        let state = self.current(now);
        let (budget, window) = (state.budget(), state.window());
        let name = format!("{}:{}:{}:{}", self.id(), budget.period, budget.zone, window.start.millis());
        NamedWindow { name, start: window.start, end: window.end, wall: budget.wall() }
    }

    /// Takes over what the others have counted in the window of this name. Marks that others have passed are not
    /// told of here.
    pub fn mirror(&self, name: &str, (spent, reserved): (Money, Money), now: Timestamp) {
        if self.window(now).name != name {
            return;
        }
        let mut state = self.current(now);
        (state.spent, state.reserved) = (spent, reserved);
        state.hush();
    }

    /// Something was settled elsewhere: what its window has now, and what it did cost. Marks that this has passed are
    /// told of here and nowhere else.
    pub fn settled(
        &self,
        name: &str,
        (spent, reserved): (Money, Money),
        (cost, began): (Money, Timestamp),
        now: Timestamp,
    ) {
        if self.window(now).name != name {
            return;
        }
        let mut state = self.current(now);
        (state.spent, state.reserved) = (spent - cost, reserved);
        state.hush();
        let news = state.settle(Money::ZERO, cost, began);
        let events = if news == Told::default() { Vec::new() } else { state.events(self, news, began) };
        drop(state);
        self.tell(events);
    }

    /// What a call is told that was refused elsewhere.
    pub fn refused(&self, worst_case: Money, (spent, reserved): (Money, Money), now: Timestamp) -> Refusal {
        let mut state = self.current(now);
        (state.spent, state.reserved) = (spent, reserved);
        state.hush();
        let news = state.refused();
        let events = if news == Told::default() { Vec::new() } else { state.events(self, news, now) };
        let refusal = state.exhausted(worst_case, now);
        drop(state);
        self.tell(events);
        refusal
    }
}
