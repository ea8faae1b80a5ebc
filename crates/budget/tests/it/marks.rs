//! Marks are told of once a window, in order, and never again for what was spent before.

use crate::{HOUR_MS, NOW, later, named, nanos, watched};
use base::Money;
use budget::{Action, Budget, BudgetEvent, Mark, Period, Reservation, Watcher};
use parking_lot::Mutex;
use std::sync::Arc;

#[derive(Debug, Default)]
struct Heard(Mutex<Vec<BudgetEvent>>);

impl Watcher for Heard {
    fn passed(&self, event: BudgetEvent) {
        self.0.lock().push(event);
    }
}

impl Heard {
    fn take(&self) -> Vec<(Mark, i64)> {
        self.0.lock().drain(..).map(|event| (event.mark, event.spent.nanos())).collect()
    }
}

#[test]
fn each_mark_is_told_of_once_a_window() {
    let heard = Arc::new(Heard::default());
    let budget = Budget {
        soft_percent: 50,
        emergency_percent: Some(120),
        action: Action::Warn,
        ..Budget::new(nanos(100), Period::Hour)
    };
    let account = watched(budget, 0, NOW, Arc::clone(&heard) as Arc<dyn Watcher>);
    let spend = |amount: i64, ms: i64| {
        let held = Reservation::make(vec![Arc::clone(&account)], nanos(amount), later(ms)).unwrap();
        assert_eq!(heard.take(), [], "what is put aside is not spent");
        held.settle(nanos(amount));
    };
    spend(49, 0);
    assert_eq!(heard.take(), []);
    spend(1, 0);
    assert_eq!(heard.take(), [(Mark::Soft, 50)]);
    spend(41, 0);
    assert_eq!(heard.take(), [(Mark::Percent(80), 91), (Mark::Percent(90), 91)]);
    spend(29, 0);
    let rest = [Mark::Percent(95), Mark::Exceeded, Mark::Emergency].map(|mark| (mark, 120));
    assert_eq!(heard.take(), rest);
    spend(80, HOUR_MS);
    assert_eq!(heard.take(), [(Mark::Percent(80), 80), (Mark::Soft, 80)], "another hour");
    // A raised limit makes them news again when they are reached again.
    account.change(named(), Budget { limit: nanos(200), ..budget }, None, later(HOUR_MS));
    spend(20, HOUR_MS);
    assert_eq!(heard.take(), [(Mark::Soft, 100)]);
}

#[test]
fn a_restart_tells_nothing_twice_and_refusals_near_the_limit_are_news() {
    let heard = Arc::new(Heard::default());
    let budget = Budget::new(nanos(100), Period::Total);
    let account = watched(budget, 90, NOW, Arc::clone(&heard) as Arc<dyn Watcher>);
    let call = |amount: i64| Reservation::make(vec![Arc::clone(&account)], nanos(amount), NOW);
    call(1).unwrap().settle(nanos(1));
    assert_eq!(heard.take(), []);
    assert!(call(10).is_err() && call(10).is_err());
    assert_eq!(heard.take(), [(Mark::Exceeded, 91)], "calls are refused from now on");
    call(9).unwrap().settle(nanos(9));
    assert_eq!(heard.take(), [(Mark::Percent(95), 100)]);

    let plenty = watched(budget, 10, NOW, Arc::clone(&heard) as Arc<dyn Watcher>);
    assert!(Reservation::make(vec![plenty], nanos(1_000), NOW).is_err());
    let nothing =
        watched(Budget::new(Money::ZERO, Period::Total), 0, NOW, Arc::clone(&heard) as Arc<dyn Watcher>);
    assert!(Reservation::make(vec![nothing], nanos(1), NOW).is_err());
    assert_eq!(heard.take(), [], "one call that is too dear says nothing about the budget");
}
