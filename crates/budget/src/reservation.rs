//! Money put aside in one or more accounts, until it is known what a call did cost.

use crate::account::{Account, Refusal};
use base::{Money, Timestamp};
use std::sync::Arc;

/// The number of a window that ended before the program began.
const EARLIER: u64 = u64::MAX;

/// Money put aside in one or more accounts. Dropped unsettled, it goes back whole.
#[derive(Debug, Default)]
pub struct Reservation {
    /// The accounts, each with the number of the window that the call counts for.
    holds: Vec<(Arc<Account>, u64)>,
    amount: Money,
    began: Timestamp,
}

impl Reservation {
    /// Puts `amount` aside in all accounts or in none. Callers name accounts in one order (the widest scope
    /// first, the older of one scope first), so that two of them never wait for each other.
    ///
    /// # Errors
    /// What the first account says that refuses it.
    pub fn make(accounts: Vec<Arc<Account>>, amount: Money, now: Timestamp) -> Result<Self, Refusal> {
        if accounts.is_empty() {
            return Ok(Self { holds: Vec::new(), amount, began: now });
        }
        let mut windows = Vec::with_capacity(accounts.len());
        let refused = {
            let mut states = Vec::with_capacity(accounts.len());
            let mut refused = None;
            for account in &accounts {
                let mut state = account.current(now);
                if let Some(refusal) = state.refusal(amount, now) {
                    let news = state.refused();
                    let events = if news.is_empty() { Vec::new() } else { state.events(account, news, now) };
                    refused = Some((account, refusal, events));
                    break;
                }
                states.push(state);
            }
            if refused.is_none() {
                for state in &mut states {
                    state.reserve(amount, now);
                    windows.push(state.windows);
                }
            }
            refused
        };
        if let Some((account, refusal, events)) = refused {
            account.tell(events);
            return Err(refusal);
        }
        Ok(Self { holds: accounts.into_iter().zip(windows).collect(), amount, began: now })
    }

    /// Puts `amount` aside that was put aside at `since` already, without asking whether it is there. The
    /// accounts whose window has ended since then stay out of new calls' way: nothing of theirs can be
    /// [`Self::split`] off.
    pub fn renew(accounts: Vec<Arc<Account>>, amount: Money, (since, now): (Timestamp, Timestamp)) -> Self {
        let hold = |account: Arc<Account>| {
            let mut state = account.current(now);
            let still_runs = state.counts(since);
            if still_runs {
                state.reserve(amount, now);
            }
            let window = if still_runs { state.windows } else { EARLIER };
            drop(state);
            (account, window)
        };
        Self { holds: accounts.into_iter().map(hold).collect(), amount, began: now }
    }

    /// Takes a part out of it, to be settled by itself; `None` where so much is not left, or a new window has
    /// begun for one of the accounts, in which the part would have to be reserved anew.
    pub fn split(&mut self, amount: Money, now: Timestamp) -> Option<Self> {
        if self.holds.is_empty() {
            return Some(Self { holds: Vec::new(), amount, began: now });
        }
        let current = |(account, window): &(Arc<Account>, u64)| account.current(now).windows == *window;
        if amount > self.amount || !self.holds.iter().all(current) {
            return None;
        }
        let mut part = self.part(amount);
        part.began = now;
        Some(part)
    }

    /// A part of it for a call that has been made already: it counts for the window it was made in, whatever
    /// window it is now.
    #[must_use]
    pub fn part(&mut self, amount: Money) -> Self {
        let amount = amount.min(self.amount);
        self.amount -= amount;
        Self { holds: self.holds.clone(), amount, began: self.began }
    }

    /// How much it is.
    pub fn amount(&self) -> Money {
        self.amount
    }

    /// Replaces what was put aside by what it cost.
    pub fn settle(mut self, cost: Money) {
        self.replace(cost);
    }

    fn replace(&mut self, cost: Money) {
        for (account, window) in self.holds.drain(..) {
            let mut state = account.state();
            if state.windows != window {
                continue;
            }
            let news = state.settle(self.amount, cost, self.began);
            if news.is_empty() {
                continue;
            }
            let events = state.events(&account, news, self.began);
            drop(state);
            account.tell(events);
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.replace(Money::ZERO);
    }
}
