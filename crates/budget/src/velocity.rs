//! How fast money is spent: the sum of the last hour.

use base::{Money, Timestamp};

const SLICES: usize = 12;
const SLICE_MS: i64 = 300_000;

/// The last hour in slices of five minutes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Velocity {
    slices: [Money; SLICES],
    /// The number of the latest slice, counted from the epoch.
    latest: i64,
}

impl Velocity {
    /// Notes that so much was spent, at `at`.
    pub(crate) fn add(&mut self, cost: Money, at: Timestamp) {
        let number = at.millis().div_euclid(SLICE_MS);
        self.turn_to(number);
        if self.latest - number < SLICES as i64
            && let Some(slice) = self.slices.get_mut(place(number))
        {
            *slice += cost;
        }
    }

    /// What was spent in the hour before `now`, to within five minutes.
    pub(crate) fn per_hour(&self, now: Timestamp) -> Money {
        let number = now.millis().div_euclid(SLICE_MS);
        let from = (number - SLICES as i64 + 1).max(self.latest - SLICES as i64 + 1);
        let slices = (from..=self.latest).filter_map(|number| self.slices.get(place(number)));
        slices.fold(Money::ZERO, |sum, slice| sum + *slice)
    }

    /// Begins the slices up to this one.
    fn turn_to(&mut self, number: i64) {
        if number <= self.latest {
            return;
        }
        for passed in (self.latest + 1).max(number - SLICES as i64 + 1)..=number {
            if let Some(slice) = self.slices.get_mut(place(passed)) {
                *slice = Money::ZERO;
            }
        }
        self.latest = number;
    }
}

fn place(number: i64) -> usize {
    usize::try_from(number.rem_euclid(SLICES as i64)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_counts_and_not_more() {
        let minute = |minute: i64| Timestamp::from_millis(1_795_229_100_000 + minute * 60_000);
        let mut velocity = Velocity::default();
        for at in 0..180 {
            velocity.add(Money::from_nanos(1), minute(at));
        }
        assert_eq!(velocity.per_hour(minute(179)).nanos(), 60);
        assert_eq!(velocity.per_hour(minute(209)).nanos(), 30);
        assert_eq!(velocity.per_hour(minute(300)).nanos(), 0);
        velocity.add(Money::from_nanos(7), minute(150));
        velocity.add(Money::from_nanos(7), minute(10));
        assert_eq!(velocity.per_hour(minute(179)).nanos(), 67, "what came late counts where it belongs");
        velocity.add(Money::from_nanos(5), minute(10_000));
        assert_eq!(velocity.per_hour(minute(10_000)).nanos(), 5);
    }
}
