//! Accounts and reservations, in every order that calls and windows can come in.

mod accounts;
mod marks;
mod orders;

use base::{Money, Timestamp};
use budget::{Account, Before, Budget, Named, Period, Scope, Watcher};
use std::sync::Arc;

/// 2026-11-21T02:44:05.006Z, a Saturday.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_229_045_006);
pub(crate) const HOUR_MS: i64 = 3_600_000;

pub(crate) fn nanos(nanos: i64) -> Money {
    Money::from_nanos(nanos)
}

pub(crate) fn later(ms: i64) -> Timestamp {
    Timestamp::from_millis(NOW.millis() + ms)
}

pub(crate) fn named() -> Named {
    Named { whose: "the key `k`".into(), label: "k".into() }
}

pub(crate) fn account(limit: i64, period: Period) -> Arc<Account> {
    account_of(Budget::new(nanos(limit), period), 0, NOW)
}

pub(crate) fn account_of(budget: Budget, spent: i64, now: Timestamp) -> Arc<Account> {
    watched(budget, spent, now, Arc::new(()))
}

pub(crate) fn watched(budget: Budget, spent: i64, now: Timestamp, watcher: Arc<dyn Watcher>) -> Arc<Account> {
    let before = Before { spent: nanos(spent), last_hour: Money::ZERO };
    Account::new(("b", Scope::Key), named(), (budget, before, now), watcher)
}

pub(crate) fn figures(account: &Account, now: Timestamp) -> (i64, i64) {
    let state = account.describe(now);
    (state.spent.nanos(), state.reserved.nanos())
}
