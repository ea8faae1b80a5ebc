//! One budget's spending: what is spent and what is put aside in the period that runs.

use crate::{budget::Budget, error::GatewayError};
use base::{Money, Timestamp};
use parking_lot::{Mutex, MutexGuard};
use std::sync::Arc;

/// A budget and what has been taken from it.
#[derive(Debug)]
pub(crate) struct Account {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Whose it is, for errors: `the key NAME`, `this installation`.
    whose: String,
    budget: Budget,
    /// When the period that the figures belong to began.
    period_start: Timestamp,
    /// How many periods have begun before it, so that calls can tell whether theirs still runs.
    periods: u64,
    spent: Money,
    reserved: Money,
}

/// What a budget looks like now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountState {
    /// The budget.
    pub budget: Budget,
    /// Spent in the period that runs.
    pub spent: Money,
    /// Put aside for calls under way.
    pub reserved: Money,
    /// When the period ends.
    pub resets_at: Option<Timestamp>,
}

impl Account {
    /// A budget of which `spent` has gone in the period that `now` lies in.
    pub(crate) fn new(whose: String, budget: Budget, spent: Money, now: Timestamp) -> Arc<Self> {
        let period_start = budget.period.start(now);
        let state = State { whose, budget, period_start, periods: 0, spent, reserved: Money::ZERO };
        Arc::new(Self { state: Mutex::new(state) })
    }

    /// Replaces the budget. Calls under way count for the new one. `spent` is what has gone in the period that
    /// runs, where it is another period than before.
    pub(crate) fn change(&self, whose: String, budget: Budget, spent: Option<Money>, now: Timestamp) {
        let mut state = self.current(now);
        state.whose = whose;
        state.budget = budget;
        state.period_start = budget.period.start(now);
        if let Some(spent) = spent {
            state.spent = spent;
        }
    }

    /// Its budget.
    pub(crate) fn budget(&self) -> Budget {
        self.state.lock().budget
    }

    /// What it looks like at `now`.
    pub(crate) fn describe(&self, now: Timestamp) -> AccountState {
        let state = self.current(now);
        AccountState {
            budget: state.budget,
            spent: state.spent,
            reserved: state.reserved,
            resets_at: state.budget.period.end(now),
        }
    }

    /// The figures of the period that `now` lies in. A call counts for the period it began in, so a new
    /// period begins with nothing, and a clock that is set back does not begin an old one again.
    fn current(&self, now: Timestamp) -> MutexGuard<'_, State> {
        let mut state = self.state.lock();
        let period_start = state.budget.period.start(now);
        if period_start > state.period_start {
            state.period_start = period_start;
            state.periods += 1;
            (state.spent, state.reserved) = (Money::ZERO, Money::ZERO);
        }
        state
    }

    /// Takes back that `cost` was spent on a call that began at `began`.
    pub(crate) fn give_back(&self, cost: Money, began: Timestamp, now: Timestamp) {
        let mut state = self.current(now);
        if state.budget.period.start(began) == state.period_start {
            state.spent -= cost;
        }
    }

    /// Why a call that may cost so much would be refused, if it would.
    pub(crate) fn would_refuse(&self, worst_case: Money, now: Timestamp) -> Option<GatewayError> {
        self.current(now).refusal(worst_case, now)
    }
}

impl State {
    /// Why a call that may cost so much is refused, if it is.
    fn refusal(&self, worst_case: Money, now: Timestamp) -> Option<GatewayError> {
        let Budget { limit, period } = self.budget;
        let refused = worst_case > Money::ZERO && self.spent + self.reserved + worst_case > limit;
        refused.then(|| GatewayError::BudgetExhausted {
            whose: self.whose.clone(),
            worst_case,
            left: (limit - self.spent - self.reserved).max(Money::ZERO),
            limit,
            period,
            resets_in: period.end(now).map(|end| end.since(now)),
        })
    }
}

/// The number of a period that ended before the program began.
const EARLIER: u64 = u64::MAX;

/// Money put aside in one or more accounts. Dropped unsettled, it goes back whole.
#[derive(Debug, Default)]
pub(crate) struct Reservation {
    /// The accounts, each with the number of the period that the call counts for.
    holds: Vec<(Arc<Account>, u64)>,
    amount: Money,
}

impl Reservation {
    /// Puts `amount` aside in all accounts or in none. Callers name accounts in one order (the
    /// installation's first), so that two of them never wait for each other.
    pub(crate) fn make(
        accounts: Vec<Arc<Account>>,
        amount: Money,
        now: Timestamp,
    ) -> Result<Self, GatewayError> {
        let mut periods = Vec::with_capacity(accounts.len());
        {
            let mut states = Vec::with_capacity(accounts.len());
            for account in &accounts {
                let state = account.current(now);
                if let Some(refusal) = state.refusal(amount, now) {
                    return Err(refusal);
                }
                states.push(state);
            }
            for state in &mut states {
                state.reserved += amount;
                periods.push(state.periods);
            }
        }
        Ok(Self { holds: accounts.into_iter().zip(periods).collect(), amount })
    }

    /// Puts `amount` aside that was put aside at `since` already, without asking whether it is there. The
    /// accounts whose period has ended since then stay out of new calls' way: nothing of theirs can be
    /// [`Self::split`] off.
    pub(crate) fn renew(
        accounts: Vec<Arc<Account>>,
        amount: Money,
        (since, now): (Timestamp, Timestamp),
    ) -> Self {
        let hold = |account: Arc<Account>| {
            let mut state = account.current(now);
            let still_runs = state.budget.period.start(since) == state.period_start;
            if still_runs {
                state.reserved += amount;
            }
            let period = if still_runs { state.periods } else { EARLIER };
            drop(state);
            (account, period)
        };
        Self { holds: accounts.into_iter().map(hold).collect(), amount }
    }

    /// Takes a part out of it, to be settled by itself; `None` where so much is not left, or a new period has
    /// begun for one of the accounts, in which the part would have to be reserved anew.
    pub(crate) fn split(&mut self, amount: Money, now: Timestamp) -> Option<Self> {
        if self.holds.is_empty() {
            return Some(Self::default());
        }
        let current = |(account, period): &(Arc<Account>, u64)| account.current(now).periods == *period;
        if amount > self.amount || !self.holds.iter().all(current) {
            return None;
        }
        Some(self.part(amount))
    }

    /// A part of it for a call that has been made already: it counts for the period it was made in, whatever
    /// period it is now.
    pub(crate) fn part(&mut self, amount: Money) -> Self {
        let amount = amount.min(self.amount);
        self.amount -= amount;
        Self { holds: self.holds.clone(), amount }
    }

    /// How much it is.
    pub(crate) fn amount(&self) -> Money {
        self.amount
    }

    /// Replaces what was put aside by what it cost.
    pub(crate) fn settle(mut self, cost: Money) {
        self.replace(cost);
    }

    fn replace(&mut self, cost: Money) {
        for (account, period) in self.holds.drain(..) {
            let mut state = account.state.lock();
            if state.periods == period {
                state.reserved -= self.amount;
                state.spent += cost;
            }
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.replace(Money::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Period;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_229_045_006);

    fn account(limit: i64, period: Period) -> Arc<Account> {
        Account::new("test".into(), Budget { limit: Money::from_nanos(limit), period }, Money::ZERO, NOW)
    }

    fn figures(account: &Account, now: Timestamp) -> (i64, i64) {
        let state = account.describe(now);
        (state.spent.nanos(), state.reserved.nanos())
    }

    #[test]
    fn all_accounts_give_or_none() {
        let (wide, narrow) = (account(100, Period::Total), account(10, Period::Total));
        let both = || vec![Arc::clone(&wide), Arc::clone(&narrow)];
        let held = Reservation::make(both(), Money::from_nanos(8), NOW).unwrap();
        let refused = Reservation::make(both(), Money::from_nanos(3), NOW).unwrap_err();
        assert!(matches!(refused, GatewayError::BudgetExhausted { left, .. } if left.nanos() == 2));
        assert_eq!(figures(&wide, NOW), (0, 8), "the refused one left nothing behind");
        held.settle(Money::from_nanos(5));
        assert_eq!((figures(&wide, NOW), figures(&narrow, NOW)), ((5, 0), (5, 0)));
    }

    #[test]
    fn what_costs_nothing_is_never_refused() {
        let spent_out = account(0, Period::Total);
        assert!(Reservation::make(vec![spent_out], Money::ZERO, NOW).is_ok());
    }

    #[test]
    fn a_call_counts_for_the_period_it_began_in() {
        let hourly = account(10, Period::Hour);
        let before = Reservation::make(vec![Arc::clone(&hourly)], Money::from_nanos(10), NOW).unwrap();
        let later = Timestamp::from_millis(NOW.millis() + 3_600_000);
        let after = Reservation::make(vec![Arc::clone(&hourly)], Money::from_nanos(4), later).unwrap();
        before.settle(Money::from_nanos(9));
        assert_eq!(figures(&hourly, later), (0, 4));
        assert_eq!(figures(&hourly, NOW), (0, 4), "a clock set back begins no old period again");
        drop(after);
        assert_eq!(figures(&hourly, later), (0, 0));
    }

    #[test]
    fn parts_of_a_reservation_are_settled_one_by_one() {
        let hourly = account(100, Period::Hour);
        let mut whole = Reservation::make(vec![Arc::clone(&hourly)], Money::from_nanos(60), NOW).unwrap();
        let part = whole.split(Money::from_nanos(20), NOW).unwrap();
        assert_eq!(figures(&hourly, NOW), (0, 60), "splitting moves nothing");
        assert!(whole.split(Money::from_nanos(41), NOW).is_none(), "not more than is left");
        part.settle(Money::from_nanos(5));
        assert_eq!(figures(&hourly, NOW), (5, 40));
        drop(whole.split(Money::from_nanos(10), NOW).unwrap());
        assert_eq!(figures(&hourly, NOW), (5, 30), "a part that is not used goes back");
        let later = Timestamp::from_millis(NOW.millis() + 3_600_000);
        assert!(whole.split(Money::from_nanos(1), later).is_none(), "a new hour has a limit of its own");
        drop(whole);
        assert_eq!((figures(&hourly, later)), (0, 0));
    }

    #[test]
    fn after_a_restart_it_is_put_aside_again_within_its_period_only() {
        let hourly = account(100, Period::Hour);
        let accounts = || vec![Arc::clone(&hourly)];
        let mut again = Reservation::renew(accounts(), Money::from_nanos(150), (NOW, NOW));
        assert_eq!(figures(&hourly, NOW), (0, 150), "it was granted once, and is not asked for again");
        again.part(Money::from_nanos(50)).settle(Money::from_nanos(3));
        assert_eq!(figures(&hourly, NOW), (3, 100));
        drop(again);
        let before = Timestamp::from_millis(NOW.millis() - 3_600_000);
        let mut earlier = Reservation::renew(accounts(), Money::from_nanos(1), (before, NOW));
        assert!(earlier.split(Money::from_nanos(1), NOW).is_none(), "a new call needs money of this hour");
        earlier.part(Money::from_nanos(1)).settle(Money::from_nanos(1));
        assert_eq!(figures(&hourly, NOW), (3, 0), "what was called in an earlier hour counts for that one");
        hourly.state.lock().spent = Money::from_nanos(30);
        hourly.give_back(Money::from_nanos(10), NOW, NOW);
        hourly.give_back(Money::from_nanos(10), before, NOW);
        assert_eq!(
            figures(&hourly, NOW),
            (20, 0),
            "what an earlier hour spent does not come back to this one"
        );
    }

    #[test]
    fn another_budget_counts_what_is_spent_and_under_way() {
        let changed = account(10, Period::Hour);
        let held = Reservation::make(vec![Arc::clone(&changed)], Money::from_nanos(4), NOW).unwrap();
        let wider = Budget { limit: Money::from_nanos(100), period: Period::Day };
        changed.change("it".into(), wider, Some(Money::from_nanos(50)), NOW);
        assert_eq!(figures(&changed, NOW), (50, 4));
        held.settle(Money::from_nanos(3));
        assert_eq!(figures(&changed, NOW), (53, 0));
        changed.change("it".into(), Budget { limit: Money::from_nanos(55), ..wider }, None, NOW);
        assert_eq!(figures(&changed, NOW), (53, 0));
        assert!(Reservation::make(vec![Arc::clone(&changed)], Money::from_nanos(3), NOW).is_err());
        assert!(Reservation::make(vec![changed], Money::from_nanos(2), NOW).is_ok());
    }

    #[test]
    fn a_panic_gives_the_money_back() {
        let budget = account(10, Period::Total);
        let held = Arc::clone(&budget);
        let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
            let _reservation = Reservation::make(vec![held], Money::from_nanos(7), NOW).unwrap();
            std::panic::resume_unwind(Box::new("stop"));
        }));
        assert!(unwound.is_err());
        assert_eq!(figures(&budget, NOW), (0, 0));
    }

    #[derive(Debug, Clone)]
    enum Step {
        Reserve(u8),
        Settle(u8, u8),
        Drop(u8),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (1_u8..60).prop_map(Step::Reserve),
            (any::<u8>(), any::<u8>()).prop_map(|(which, percent)| Step::Settle(which, percent)),
            any::<u8>().prop_map(Step::Drop),
        ];
        prop::collection::vec(step, 1..200)
    }

    proptest! {
        /// Whatever the order in which calls begin, end and are abandoned: what is spent never exceeds the
        /// limit, and in the end nothing stays reserved.
        #[test]
        fn the_limit_holds_in_every_order(steps in steps()) {
            const LIMIT: i64 = 100;
            let (one, two) = (account(LIMIT, Period::Total), account(LIMIT * 2, Period::Total));
            let mut open: Vec<(Reservation, i64)> = Vec::new();
            let mut spent = 0;
            for step in steps {
                match step {
                    Step::Reserve(amount) => {
                        let amount = i64::from(amount);
                        let held: i64 = open.iter().map(|(_, amount)| amount).sum();
                        let made = Reservation::make(
                            vec![Arc::clone(&two), Arc::clone(&one)], Money::from_nanos(amount), NOW);
                        prop_assert_eq!(made.is_ok(), spent + held + amount <= LIMIT);
                        if let Ok(reservation) = made { open.push((reservation, amount)); }
                    }
                    Step::Settle(which, percent) if !open.is_empty() => {
                        let (reservation, amount) = open.swap_remove(usize::from(which) % open.len());
                        let cost = amount * i64::from(percent) / 255;
                        spent += cost;
                        reservation.settle(Money::from_nanos(cost));
                    }
                    Step::Drop(which) if !open.is_empty() => {
                        drop(open.swap_remove(usize::from(which) % open.len()));
                    }
                    Step::Settle(..) | Step::Drop(_) => {}
                }
                prop_assert!(spent <= LIMIT);
                let held: i64 = open.iter().map(|(_, amount)| amount).sum();
                prop_assert_eq!(figures(&one, NOW), (spent, held));
            }
            drop(open);
            prop_assert_eq!(figures(&one, NOW), (spent, 0));
            prop_assert_eq!(figures(&two, NOW), (spent, 0));
        }
    }
}
