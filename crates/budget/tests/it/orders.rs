//! Random interleavings: calls begin, end for less than was put aside, are abandoned or split; windows change; the
//! program is killed and comes back with what its journal proves.

use crate::{HOUR_MS, NOW, account, account_of, figures, nanos};
use base::{Money, Timestamp};
use budget::{Account, Budget, Period, Reservation, Zone};
use proptest::prelude::*;
use std::{collections::BTreeMap, sync::Arc};

#[derive(Debug, Clone)]
enum Step {
    Reserve(u8),
    Settle(u8, u8),
    Drop(u8),
    Split(u8, u8),
    Wait(u16),
    Limit(u8),
    Kill,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (1_u8..60).prop_map(Step::Reserve),
        6 => (any::<u8>(), any::<u8>()).prop_map(|(which, percent)| Step::Settle(which, percent)),
        2 => any::<u8>().prop_map(Step::Drop),
        1 => (any::<u8>(), 1_u8..60).prop_map(|(which, amount)| Step::Split(which, amount)),
        2 => (0_u16..2_000).prop_map(Step::Wait),
        1 => (50_u8..200).prop_map(Step::Limit),
        1 => Just(Step::Kill),
    ];
    prop::collection::vec(step, 1..200)
}

/// A call that has gone out: what the journal has of it until it is settled.
struct Open {
    reservation: Reservation,
    began: Timestamp,
    worst: i64,
}

/// What is on disk: calls with the moment they began and what they did cost, or may have.
#[derive(Default)]
struct Ledger(Vec<(Timestamp, i64)>);

impl Ledger {
    fn since(&self, start: Timestamp) -> i64 {
        self.0.iter().filter(|(began, _)| *began >= start).map(|(_, cost)| cost).sum()
    }
}

struct World {
    now: Timestamp,
    limit: i64,
    accounts: [Arc<Account>; 2],
    ledger: Ledger,
    open: Vec<Open>,
    /// The most that the limit was while an hour ran.
    limits: BTreeMap<Timestamp, i64>,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            now: NOW,
            limit: 100,
            accounts: [account(1_000_000, Period::Total), account(100, Period::Hour)],
            ledger: Ledger::default(),
            open: Vec::new(),
            limits: BTreeMap::new(),
        };
        world.note_limit();
        world
    }

    fn hour(&self, at: Timestamp) -> Timestamp {
        Period::Hour.window(at, Zone::UTC).start
    }

    fn note_limit(&mut self) {
        let most = self.limits.entry(Period::Hour.window(self.now, Zone::UTC).start).or_default();
        *most = (*most).max(self.limit);
    }

    fn held(&self) -> i64 {
        let hour = self.hour(self.now);
        self.open.iter().filter(|open| self.hour(open.began) == hour).map(|open| open.worst).sum()
    }

    /// What is spent and put aside in the hour that runs, as the accounts should have it.
    fn expected(&self) -> (i64, i64) {
        (self.ledger.since(self.hour(self.now)), self.held())
    }

    fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Reserve(amount) => {
                let amount = i64::from(amount);
                let (spent, held) = self.expected();
                let made = Reservation::make(self.accounts.to_vec(), nanos(amount), self.now);
                prop_assert_eq!(made.is_ok(), spent + held + amount <= self.limit, "no good call is refused");
                if let Ok(reservation) = made {
                    self.open.push(Open { reservation, began: self.now, worst: amount });
                }
            }
            Step::Settle(which, percent) if !self.open.is_empty() => {
                let open = self.open.swap_remove(usize::from(which) % self.open.len());
                let cost = open.worst * i64::from(percent) / 255;
                self.ledger.0.push((open.began, cost));
                open.reservation.settle(nanos(cost));
            }
            Step::Drop(which) if !self.open.is_empty() => {
                drop(self.open.swap_remove(usize::from(which) % self.open.len()));
            }
            Step::Split(which, amount) if !self.open.is_empty() => {
                let which = usize::from(which) % self.open.len();
                let (now, began, amount) = (self.now, self.open[which].began, i64::from(amount));
                let fits = amount <= self.open[which].worst && self.hour(began) == self.hour(now);
                let part = self.open[which].reservation.split(nanos(amount), now);
                prop_assert_eq!(part.is_some(), fits);
                if let Some(reservation) = part {
                    self.open[which].worst -= amount;
                    self.open.push(Open { reservation, began: now, worst: amount });
                }
            }
            Step::Wait(seconds) => {
                self.now = Timestamp::from_millis(self.now.millis() + i64::from(seconds) * 1_000);
                self.note_limit();
            }
            Step::Limit(limit) => {
                self.limit = i64::from(limit);
                self.note_limit();
                let budget = Budget::new(nanos(self.limit), Period::Hour);
                self.accounts[1].change(crate::named(), budget, None, self.now);
            }
            // Whoever was under way is gone without a word; the journal has what each may have cost.
            Step::Kill => {
                for open in self.open.drain(..) {
                    std::mem::forget(open.reservation);
                    self.ledger.0.push((open.began, open.worst));
                }
                let all = self.ledger.since(Timestamp::from_millis(0));
                let hour = self.ledger.since(self.hour(self.now));
                let budget = |limit, period| Budget::new(nanos(limit), period);
                self.accounts = [
                    account_of(budget(1_000_000, Period::Total), all, self.now),
                    account_of(budget(self.limit, Period::Hour), hour, self.now),
                ];
            }
            Step::Settle(..) | Step::Drop(_) | Step::Split(..) => {}
        }
        prop_assert_eq!(figures(&self.accounts[1], self.now), self.expected());
        Ok(())
    }

    /// No hour has spent more than the most it was allowed while it ran.
    fn check_hours(&self) -> Result<(), TestCaseError> {
        let mut hours: BTreeMap<Timestamp, i64> = BTreeMap::new();
        for (began, cost) in &self.ledger.0 {
            *hours.entry(self.hour(*began)).or_default() += cost;
        }
        for (hour, spent) in hours {
            prop_assert!(spent <= self.limits[&hour], "{spent} in an hour of {}", self.limits[&hour]);
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_limit_holds_in_every_order_and_nothing_leaks(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            world.take(step)?;
            world.check_hours()?;
        }
        world.open.clear();
        let spent = world.ledger.since(Timestamp::from_millis(0));
        prop_assert_eq!(figures(&world.accounts[0], world.now), (spent, 0));
        let later = Timestamp::from_millis(world.now.millis() + HOUR_MS);
        prop_assert_eq!(world.accounts[1].describe(later).spent, Money::ZERO);
    }

    /// The same from many threads at once.
    #[test]
    fn threads_never_go_past_it_together(amounts in prop::collection::vec(1_i64..40, 8..64)) {
        let accounts = [account(10_000, Period::Total), account(200, Period::Total)];
        let spent: i64 = std::thread::scope(|scope| {
            let threads: Vec<_> = amounts.chunks(8).map(|amounts| {
                let accounts = accounts.to_vec();
                scope.spawn(move || {
                    let each = amounts.iter().filter_map(|amount| {
                        let held = Reservation::make(accounts.clone(), nanos(*amount), NOW).ok()?;
                        std::thread::yield_now();
                        held.settle(nanos(*amount));
                        Some(*amount)
                    });
                    each.sum::<i64>()
                })
            }).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        prop_assert!(spent <= 200);
        prop_assert_eq!(figures(&accounts[1], NOW), (spent, 0));
        prop_assert_eq!(figures(&accounts[0], NOW), (spent, 0));
    }
}
