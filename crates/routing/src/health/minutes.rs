//! A deployment minute by minute: the last hour in memory, and what is to be kept for longer.

use super::{MinuteFigures, histogram::Histogram};
use std::{collections::VecDeque, time::Duration};

/// Minutes kept in memory.
pub(super) const KEPT: usize = 60;
const MINUTE: Duration = Duration::from_secs(60);

/// What happened in a minute.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Minute {
    /// Which one, counted from the start of the monotonic clock.
    pub number: u64,
    /// Calls that came to something, however they ended.
    pub calls: u64,
    /// Those that failed.
    pub failures: u64,
    /// Calls turned away by the provider's limits, which are no failures.
    pub limited: u64,
    /// For how long it was unavailable.
    pub down_ms: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// Times of whole answers.
    pub latency_ms: Histogram,
    /// Times to the first piece of an answer.
    pub first_token_ms: Histogram,
}

/// The minutes of a deployment.
#[derive(Debug, Default)]
pub(super) struct Minutes {
    current: Minute,
    /// The earlier ones in which something happened, the oldest first.
    past: VecDeque<Minute>,
    /// How many of the latest past ones nobody has taken away to keep them.
    unkept: usize,
}

impl Minute {
    /// Whether most calls failed, or it was unavailable for most of it.
    pub(crate) fn is_down(&self) -> bool {
        self.failures * 2 > self.calls || self.down_ms * 2 >= MINUTE.as_secs() * 1_000
    }

    /// As seen from outside.
    pub(super) fn figures(&self, now: Duration) -> MinuteFigures {
        MinuteFigures {
            minutes_ago: number_of(now).saturating_sub(self.number),
            calls: self.calls,
            failures: self.failures,
            p95_ms: self.latency_ms.quantile(0.95),
            down: self.is_down(),
        }
    }

    fn is_empty(&self) -> bool {
        self.calls == 0 && self.limited == 0 && self.down_ms == 0
    }
}

impl Minutes {
    /// The minute that `now` lies in.
    pub(super) fn at(&mut self, now: Duration) -> &mut Minute {
        let number = number_of(now);
        if number > self.current.number {
            let ended = std::mem::replace(&mut self.current, Minute { number, ..Minute::default() });
            if !ended.is_empty() {
                if self.past.len() >= KEPT {
                    self.past.pop_front();
                }
                self.past.push_back(ended);
                self.unkept = (self.unkept + 1).min(self.past.len());
            }
        }
        &mut self.current
    }

    /// The minutes that are over and were not taken before.
    pub(super) fn take_ended(&mut self, now: Duration) -> Vec<Minute> {
        self.at(now);
        let skipped = self.past.len() - std::mem::take(&mut self.unkept);
        self.past.iter().skip(skipped).cloned().collect()
    }

    /// Also the minute that runs, which is begun anew.
    pub(super) fn take_all(&mut self, now: Duration) -> Vec<Minute> {
        let mut taken = self.take_ended(now);
        let current = std::mem::take(&mut self.current);
        self.current.number = current.number;
        taken.extend((!current.is_empty()).then_some(current));
        taken
    }

    /// Minutes kept.
    pub(super) fn len(&self) -> usize {
        self.past.len()
    }

    /// What happened in the last hour, the oldest minute first; minutes without anything are left out.
    pub(super) fn last_hour(&self, now: Duration) -> impl Iterator<Item = &Minute> {
        let oldest = number_of(now).saturating_sub(KEPT as u64 - 1);
        let minutes = self.past.iter().chain([&self.current]);
        minutes.filter(move |minute| minute.number >= oldest && !minute.is_empty())
    }
}

/// The number of a moment's minute, counted from the start of the monotonic clock.
pub fn number_of(now: Duration) -> u64 {
    now.as_secs() / MINUTE.as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: u64) -> Duration {
        MINUTE * u32::try_from(minute).unwrap()
    }

    #[test]
    fn an_hour_is_kept_and_each_minute_is_taken_once() {
        let mut minutes = Minutes::default();
        for minute in 0..100 {
            minutes.at(at(minute)).calls += 1;
        }
        let numbers = |minutes: &[Minute]| minutes.iter().map(|minute| minute.number).collect::<Vec<_>>();
        assert_eq!(minutes.past.len(), KEPT);
        assert_eq!(numbers(&minutes.take_ended(at(99))), (39..99).collect::<Vec<_>>(), "the bound holds");
        assert_eq!(minutes.take_ended(at(99)), []);
        assert_eq!(numbers(&minutes.take_ended(at(100))), [99]);
        minutes.at(at(100)).failures += 1;
        minutes.at(at(100)).calls += 1;
        assert_eq!(numbers(&minutes.take_all(at(100))), [100]);
        assert_eq!(minutes.take_all(at(100)), []);
        let hour: Vec<u64> = minutes.last_hour(at(130)).map(|minute| minute.number).collect();
        assert_eq!(hour, (71..100).collect::<Vec<_>>());
    }
}
