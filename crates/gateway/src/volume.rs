//! How many tokens each deployment was used for in this month, for vendors that charge less after much use. Nothing is
//! counted for models whose prices do not ask for it.

use crate::gateway::Shared;
use base::Timestamp;
use parking_lot::Mutex;
use std::collections::HashMap;

/// Tokens by deployment, in the month that the last call was in.
#[derive(Debug, Default)]
pub(crate) struct Volumes(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The month, as `2026-11`.
    month: String,
    tokens: HashMap<String, u64>,
    /// Whether what the ledger knows has been added.
    primed: bool,
}

impl Volumes {
    /// What a deployment was used for in the month of `when`.
    pub(crate) fn used(&self, deployment: &str, when: Timestamp) -> u64 {
        let state = self.0.lock();
        if state.month == month(when) { state.tokens.get(deployment).copied().unwrap_or(0) } else { 0 }
    }

    /// Counts a call of the month of `when`; calls of earlier months change nothing any more.
    pub(crate) fn add(&self, deployment: &str, when: Timestamp, tokens: u64) {
        let month = month(when);
        let mut state = self.0.lock();
        if month > state.month {
            state.month = month;
            state.tokens.clear();
        } else if month < state.month {
            return;
        }
        match state.tokens.get_mut(deployment) {
            Some(sum) => *sum = sum.saturating_add(tokens),
            None => drop(state.tokens.insert(deployment.to_owned(), tokens)),
        }
    }

    /// Whether what the ledger knows is still to be added; `false` ever after.
    pub(crate) fn begin_priming(&self) -> bool {
        !std::mem::replace(&mut self.0.lock().primed, true)
    }
}

/// Adds what the ledger knows of the month up to now. Until that is done, calls cost what they cost after little use.
pub(crate) async fn prime(shared: &Shared, now: Timestamp) {
    match ledger::used_between(&shared.db, month_began(now), now).await {
        Ok(used) => {
            for (deployment, tokens) in used {
                shared.volumes.add(&deployment, now, tokens);
            }
        }
        Err(error) => {
            tracing::warn!(%error, "what was used this month cannot be read; prices by volume start anew")
        }
    }
}

/// The calendar month in UTC, as `2026-11`.
fn month(when: Timestamp) -> String {
    let mut day = when.day();
    day.truncate(7);
    day
}

/// The first moment of the month of `when`.
fn month_began(when: Timestamp) -> Timestamp {
    format!("{}-01", month(when)).parse().unwrap_or(when)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_anew_at_midnight_utc() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let volumes = Volumes::default();
        volumes.add("a/x", at("2026-11-30T23:59:59.999Z"), 5);
        volumes.add("a/x", at("2026-11-01"), 2);
        assert_eq!(volumes.used("a/x", at("2026-11-15")), 7);
        assert_eq!(volumes.used("a/y", at("2026-11-15")), 0);
        assert_eq!(volumes.used("a/x", at("2026-12-01")), 0);
        volumes.add("a/x", at("2026-12-01"), 1);
        volumes.add("a/x", at("2026-11-30"), 100);
        assert_eq!(volumes.used("a/x", at("2026-12-02")), 1);
        assert_eq!(month_began(at("2026-12-24T12:00:00Z")), at("2026-12-01"));
        assert!(volumes.begin_priming() && !volumes.begin_priming());
    }
}
