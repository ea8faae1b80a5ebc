//! What an account does, one thing at a time.

use crate::{HOUR_MS, NOW, account, account_of, figures, later, named, nanos};
use base::{Money, Timestamp};
use budget::{Action, Before, Budget, Period, Refusal, Reservation};
use std::{sync::Arc, time::Duration};

#[test]
fn all_accounts_give_or_none() {
    let (wide, narrow) = (account(100, Period::Total), account(10, Period::Total));
    let both = || vec![Arc::clone(&wide), Arc::clone(&narrow)];
    let held = Reservation::make(both(), nanos(8), NOW).unwrap();
    let refused = Reservation::make(both(), nanos(3), NOW).unwrap_err();
    assert!(matches!(refused, Refusal::Exhausted { left, .. } if left.nanos() == 2));
    assert_eq!(figures(&wide, NOW), (0, 8), "the refused one left nothing behind");
    held.settle(nanos(5));
    assert_eq!((figures(&wide, NOW), figures(&narrow, NOW)), ((5, 0), (5, 0)));
}

#[test]
fn what_costs_nothing_is_never_refused() {
    let spent_out = account(0, Period::Total);
    assert!(Reservation::make(vec![spent_out], Money::ZERO, NOW).is_ok());
}

#[test]
fn a_call_counts_for_the_window_it_began_in() {
    let hourly = account(10, Period::Hour);
    let before = Reservation::make(vec![Arc::clone(&hourly)], nanos(10), NOW).unwrap();
    let next = later(HOUR_MS);
    let after = Reservation::make(vec![Arc::clone(&hourly)], nanos(4), next).unwrap();
    before.settle(nanos(9));
    assert_eq!(figures(&hourly, next), (0, 4));
    assert_eq!(figures(&hourly, NOW), (0, 4), "a clock set back begins no old window again");
    drop(after);
    assert_eq!(figures(&hourly, next), (0, 0));
}

#[test]
fn a_day_ends_at_midnight_where_the_budget_lives() {
    let budget = Budget { zone: "America/New_York".parse().unwrap(), ..Budget::new(nanos(10), Period::Day) };
    let daily = account_of(budget, 10, NOW);
    let left = |at: &str| 10 - figures(&daily, Timestamp::parse(at).unwrap()).0;
    assert_eq!(left("2026-11-21T04:59:59Z"), 0, "21 November begins at five o'clock UTC there");
    assert_eq!(left("2026-11-21T05:00:00Z"), 10);
    assert_eq!(daily.describe(later(3 * HOUR_MS)).resets_at, Timestamp::parse("2026-11-22T05:00:00Z"));
}

#[test]
fn parts_of_a_reservation_are_settled_one_by_one() {
    let hourly = account(100, Period::Hour);
    let mut whole = Reservation::make(vec![Arc::clone(&hourly)], nanos(60), NOW).unwrap();
    let part = whole.split(nanos(20), NOW).unwrap();
    assert_eq!(figures(&hourly, NOW), (0, 60), "splitting moves nothing");
    assert!(whole.split(nanos(41), NOW).is_none(), "not more than is left");
    part.settle(nanos(5));
    assert_eq!(figures(&hourly, NOW), (5, 40));
    drop(whole.split(nanos(10), NOW).unwrap());
    assert_eq!(figures(&hourly, NOW), (5, 30), "a part that is not used goes back");
    let next = later(HOUR_MS);
    assert!(whole.split(nanos(1), next).is_none(), "a new hour has a limit of its own");
    drop(whole);
    assert_eq!(figures(&hourly, next), (0, 0));
}

#[test]
fn after_a_restart_it_is_put_aside_again_within_its_window_only() {
    let hourly = account(100, Period::Hour);
    let accounts = || vec![Arc::clone(&hourly)];
    let mut again = Reservation::renew(accounts(), nanos(150), (NOW, NOW));
    assert_eq!(figures(&hourly, NOW), (0, 150), "it was granted once, and is not asked for again");
    again.part(nanos(50)).settle(nanos(3));
    assert_eq!(figures(&hourly, NOW), (3, 100));
    drop(again);
    let before = later(-HOUR_MS);
    let mut earlier = Reservation::renew(accounts(), nanos(1), (before, NOW));
    assert!(earlier.split(nanos(1), NOW).is_none(), "a new call needs money of this hour");
    earlier.part(nanos(1)).settle(nanos(1));
    assert_eq!(figures(&hourly, NOW), (3, 0), "what was called in an earlier hour counts for that one");
    Reservation::make(accounts(), nanos(27), NOW).unwrap().settle(nanos(27));
    hourly.give_back(nanos(10), NOW, NOW);
    hourly.give_back(nanos(10), before, NOW);
    assert_eq!(figures(&hourly, NOW), (20, 0), "what an earlier hour spent does not come back to this one");
}

#[test]
fn another_budget_counts_what_is_spent_and_under_way() {
    let changed = account(10, Period::Hour);
    let held = Reservation::make(vec![Arc::clone(&changed)], nanos(4), NOW).unwrap();
    let wider = Budget::new(nanos(100), Period::Day);
    changed.change(named(), wider, Some(nanos(50)), NOW);
    assert_eq!(figures(&changed, NOW), (50, 4));
    held.settle(nanos(3));
    assert_eq!(figures(&changed, NOW), (53, 0));
    changed.change(named(), Budget { limit: nanos(55), ..wider }, None, NOW);
    assert_eq!(figures(&changed, NOW), (53, 0));
    assert!(Reservation::make(vec![Arc::clone(&changed)], nanos(3), NOW).is_err());
    assert!(Reservation::make(vec![changed], nanos(2), NOW).is_ok());
}

#[test]
fn a_panic_gives_the_money_back() {
    let budget = account(10, Period::Total);
    let held = Arc::clone(&budget);
    let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _reservation = Reservation::make(vec![held], nanos(7), NOW).unwrap();
        std::panic::resume_unwind(Box::new("stop"));
    }));
    assert!(unwound.is_err());
    assert_eq!(figures(&budget, NOW), (0, 0));
}

#[test]
fn a_warning_lets_everything_through_up_to_the_emergency_mark() {
    let budget = Budget { action: Action::Warn, ..Budget::new(nanos(10), Period::Day) };
    let warns = account_of(budget, 0, NOW);
    Reservation::make(vec![Arc::clone(&warns)], nanos(1_000), NOW).unwrap().settle(nanos(1_000));
    let stops = account_of(Budget { emergency_percent: Some(150), ..budget }, 0, NOW);
    Reservation::make(vec![Arc::clone(&stops)], nanos(12), NOW).unwrap().settle(nanos(12));
    let refused = Reservation::make(vec![Arc::clone(&stops)], nanos(4), NOW).unwrap_err();
    assert!(
        matches!(refused, Refusal::Exhausted { left, limit, .. } if (left.nanos(), limit.nanos()) == (3, 15))
    );
    assert!(Reservation::make(vec![stops], nanos(3), NOW).is_ok());
}

#[test]
fn throttling_hands_out_what_is_left_evenly_over_the_rest_of_the_window() {
    // 16 minutes of the hour are left, and 20 percent of the limit.
    let budget = Budget { action: Action::Throttle, ..Budget::new(nanos(1_000), Period::Hour) };
    let slow = account_of(budget, 800, NOW);
    let left_ms = slow.describe(NOW).resets_at.unwrap().millis() - NOW.millis();
    let call = |ms: i64| Reservation::make(vec![Arc::clone(&slow)], nanos(50), later(ms));
    let spend = |ms: i64| call(ms).unwrap().settle(nanos(50));
    spend(0);
    let Refusal::Throttled { wait, .. } = call(1).unwrap_err() else { panic!("it is not used up") };
    assert_eq!(
        wait,
        Duration::from_millis(u64::try_from(left_ms / 4 - 1).unwrap()),
        "a quarter of what is left"
    );
    spend(left_ms / 4);
    assert!(call(left_ms / 4 + 1).is_err());
    spend(left_ms / 2);
    spend(left_ms * 3 / 4);
    assert!(matches!(call(left_ms - 1), Err(Refusal::Exhausted { .. })), "the limit stays the limit");
    assert_eq!(figures(&slow, later(left_ms - 1)), (1_000, 0));
    spend(left_ms);
    spend(left_ms);
}

#[test]
fn degrading_begins_at_the_soft_mark() {
    let budget = Budget { action: Action::Degrade, soft_percent: 50, ..Budget::new(nanos(100), Period::Day) };
    let near = account_of(budget, 40, NOW);
    assert_eq!(near.strain(nanos(10), NOW), None);
    let strain = near.strain(nanos(11), NOW).unwrap();
    assert_eq!((strain.left.nanos(), strain.percent), (60, 40));
    assert_eq!(account(100, Period::Day).strain(nanos(1_000), NOW), None, "others refuse");
}

#[test]
fn velocity_says_when_a_budget_will_be_used_up() {
    let daily = account(1_000, Period::Day);
    // From the beginning of five minutes on, which are what is counted in.
    let later = |ms: i64| Timestamp::from_millis(NOW.millis() / 300_000 * 300_000 + ms);
    let at = |ms: i64| daily.describe(later(ms));
    assert_eq!((at(0).velocity_per_hour.nanos(), at(0).exhausted_at), (0, None));
    for minute in 0..60 {
        let held = Reservation::make(vec![Arc::clone(&daily)], nanos(1), later(minute * 60_000)).unwrap();
        held.settle(nanos(1));
    }
    let state = at(59 * 60_000);
    assert_eq!(state.velocity_per_hour.nanos(), 60);
    // 940 are left at 60 an hour.
    assert_eq!(state.exhausted_at, Some(later(59 * 60_000 + 940 * 60_000)));
    assert_eq!(at(5 * HOUR_MS).exhausted_at, None, "nothing was spent in the last hour");
    let total = account_of(Budget::new(nanos(5), Period::Total), 5, NOW);
    assert_eq!(total.describe(NOW).exhausted_at, Some(NOW));
    let known = Before { spent: nanos(5), last_hour: nanos(5) };
    assert_eq!(known.last_hour.nanos(), 5);
}
