//! Amounts in an exact sliding window: each counts for sixty seconds, no more, no less.
//!
//! Up to [`EXACT`] entries every amount has one of its own. Where more come in, those that come close
//! together share one, which ends with the last of them: memory stays bounded however large the limit is, the
//! limit is never exceeded, and an amount counts at most 30 ms too long.

use std::{collections::VecDeque, time::Duration};

/// How long an amount counts.
pub(super) const WINDOW: Duration = Duration::from_secs(60);
/// Entries of one amount each: limits up to this many requests are met exactly. 24 bytes each.
const EXACT: usize = 2_048;
/// How much time an entry of several amounts may span.
const SPAN_US: u64 = WINDOW_US / EXACT as u64;
const WINDOW_US: u64 = WINDOW.as_micros() as u64;

/// What was taken in the last minute.
#[derive(Debug, Default)]
pub(super) struct Window {
    entries: VecDeque<Entry>,
    /// How many entries have gone, so that those left can be told apart.
    gone: u64,
    taken: u64,
}

#[derive(Debug)]
struct Entry {
    /// When its first amount came, in microseconds.
    from_us: u64,
    /// When its last one came, from which on all of it counts.
    to_us: u64,
    amount: u64,
}

/// An amount that was taken, to put it right later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    entry: u64,
    amount: u64,
}

impl Window {
    /// What counts at `now`.
    pub(super) fn taken(&mut self, now: Duration) -> u64 {
        let now_us = micros(now);
        let over = |entry: &&Entry| now_us.saturating_sub(entry.to_us) >= WINDOW_US;
        while let Some(oldest) = self.entries.front().filter(over) {
            self.taken -= oldest.amount;
            self.entries.pop_front();
            self.gone += 1;
        }
        self.taken
    }

    /// Counts an amount, however much there is already.
    pub(super) fn take(&mut self, amount: u64, now: Duration) -> Taken {
        self.taken(now);
        self.taken = self.taken.saturating_add(amount);
        let now_us = micros(now);
        let crowded = self.entries.len() >= EXACT;
        match self.entries.back_mut() {
            Some(last) if crowded && now_us.saturating_sub(last.from_us) < SPAN_US => {
                last.to_us = last.to_us.max(now_us);
                last.amount = last.amount.saturating_add(amount);
            }
            Some(_) | None => self.entries.push_back(Entry { from_us: now_us, to_us: now_us, amount }),
        }
        Taken { entry: self.gone + self.entries.len() as u64 - 1, amount }
    }

    /// Replaces an amount that was taken by what it truly was, as far as it still counts.
    pub(super) fn correct(&mut self, taken: Taken, amount: u64) {
        let position = taken.entry.checked_sub(self.gone).and_then(|position| usize::try_from(position).ok());
        if let Some(entry) = position.and_then(|position| self.entries.get_mut(position)) {
            let corrected = entry.amount.saturating_sub(taken.amount).saturating_add(amount);
            self.taken = self.taken.saturating_sub(entry.amount).saturating_add(corrected);
            entry.amount = corrected;
        }
    }

    /// How long until at most `most` counts, if nothing more is taken.
    pub(super) fn wait_for(&mut self, most: u64, now: Duration) -> Duration {
        let mut left = self.taken(now);
        let mut wait = Duration::ZERO;
        for entry in &self.entries {
            if left <= most {
                break;
            }
            left -= entry.amount;
            wait = entry.ends_in(now);
        }
        wait
    }

    /// How long until nothing counts any more, if nothing more is taken.
    pub(super) fn reset_in(&mut self, now: Duration) -> Duration {
        self.taken(now);
        self.entries.back().map_or(Duration::ZERO, |last| last.ends_in(now))
    }

    /// Entries kept.
    pub(super) fn entries(&self) -> usize {
        self.entries.len()
    }
}

impl Entry {
    fn ends_in(&self, now: Duration) -> Duration {
        Duration::from_micros(self.to_us.saturating_add(WINDOW_US).saturating_sub(micros(now)))
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_correction_counts_in_the_place_of_the_estimate() {
        let mut window = Window::default();
        let first = window.take(100, ms(0));
        let second = window.take(50, ms(1_000));
        window.correct(first, 10);
        assert_eq!(window.taken(ms(2_000)), 60);
        assert_eq!(window.wait_for(50, ms(2_000)), ms(58_000));
        assert_eq!(window.wait_for(49, ms(2_000)), ms(59_000));
        window.correct(second, 500);
        assert_eq!(window.taken(ms(60_000)), 500);
        window.correct(first, 7);
        assert_eq!(window.taken(ms(60_000)), 500, "what has gone is not put right any more");
        assert_eq!(window.taken(ms(61_000)), 0);
    }

    #[test]
    fn many_amounts_take_little_room() {
        let mut window = Window::default();
        for step in 0..1_000_000_u64 {
            // 3 minutes at more than 5,000 a second.
            window.take(1, Duration::from_micros(step * 180));
            assert!(window.entries() <= 2 * EXACT + 1);
        }
        let minute = 60_000_000 / 180;
        let counted = window.taken(Duration::from_micros(999_999 * 180));
        assert!(counted >= minute && counted <= minute + minute / 2_000, "{counted} of {minute}");
    }

    proptest! {
        /// Compared with a list of every single amount: exact while it is short, and never too little.
        #[test]
        fn it_counts_what_came_in_the_last_minute(
            steps in prop::collection::vec((0_u64..9_000, 0_u64..100, any::<bool>()), 1..200),
        ) {
            let mut window = Window::default();
            let mut all: Vec<(u64, u64, Taken)> = Vec::new();
            let mut now = 0;
            for (gap, amount, corrects) in steps {
                now += gap;
                if corrects && let Some((_, old, taken)) = all.last_mut() {
                    window.correct(*taken, amount);
                    *taken = Taken { amount, ..*taken };
                    *old = amount;
                } else {
                    let taken = window.take(amount, ms(now));
                    all.push((now, amount, taken));
                }
                let exact: u64 = all.iter().filter(|(at, ..)| now - at < 60_000).map(|(_, amount, _)| amount).sum();
                prop_assert_eq!(window.taken(ms(now)), exact);
            }
        }

        #[test]
        fn waiting_as_long_as_it_says_is_enough_and_no_longer_than_needed(
            amounts in prop::collection::vec((1_u64..9_000, 1_u64..50), 1..60), most in 0_u64..200,
        ) {
            let mut window = Window::default();
            let mut now = 0;
            for (gap, amount) in amounts {
                now += gap;
                window.take(amount, ms(now));
            }
            let wait = window.wait_for(most, ms(now));
            prop_assert!(window.taken(ms(now) + wait) <= most);
            if wait > Duration::ZERO {
                // `taken` forgets as it goes, so an earlier moment is asked of another one.
                prop_assert!(wait <= WINDOW);
            }
        }
    }
}
