//! The engine's laws: bounds, fading, asymmetry, conflicts, and that a log can be played again.

use super::*;
use crate::model::Trait;
use proptest::prelude::*;

const DAY: i64 = 86_400_000;

fn event(at_ms: i64, what: What, by: f64) -> Event {
    let proposal = Proposal { what, by, because: "test".into(), peace: false };
    Event { at_ms, source: Source::Words, proposal }
}

fn on(axis: Axis, by: f64) -> Event {
    event(0, What::Axis(axis), by)
}

fn after(events: &[Event], now_ms: i64) -> Bond {
    replay(events, Temper { drift: 10, ..Temper::default() }, now_ms).0
}

#[test]
fn what_is_felt_fades_by_half_lives() {
    let bond = |days: i64| after(&[on(Axis::Trust, 8.0), on(Axis::Mood, 20.0)], days * DAY);
    assert_eq!(bond(0).value(Axis::Trust), 8.0);
    assert_eq!(bond(60).value(Axis::Trust), 4.0);
    assert_eq!(bond(120).value(Axis::Trust), 2.0);
    assert_eq!(bond(10).value(Axis::Mood), 0.0);
    assert_eq!(bond(-5).value(Axis::Trust), 8.0, "a clock that was set back changes nothing");
}

#[test]
fn bad_counts_more_than_good_and_a_step_is_a_step() {
    assert_eq!(after(&[on(Axis::Trust, 2.0)], 0).value(Axis::Trust), 2.0);
    assert_eq!(after(&[on(Axis::Trust, -2.0)], 0).value(Axis::Trust), -3.0);
    assert_eq!(after(&[on(Axis::Trust, 500.0)], 0).value(Axis::Trust), 8.0);
    assert_eq!(after(&[on(Axis::Trust, f64::NAN)], 0).value(Axis::Trust), 0.0);
    let asked = Event { source: Source::Model, ..on(Axis::Trust, 500.0) };
    assert_eq!(after(&[asked], 0).value(Axis::Trust), 4.0, "a model may half of it");
    let stiff = Temper { fluidity: 50, drift: 0 };
    assert_eq!(replay(&[on(Axis::Respect, 4.0)], stiff, 0).0.value(Axis::Respect), 2.0);
}

#[test]
fn a_conflict_opens_halves_what_is_good_and_ends_with_peace_or_time() {
    let quarrel: Vec<Event> = (0..6).map(|_| on(Axis::Tension, 20.0)).collect();
    let bond = after(&quarrel, 0);
    assert!(bond.conflict.is_some() && bond.stage() == Stage::AtOdds, "{bond:?}");
    let kind = [quarrel.clone(), vec![on(Axis::Affection, 4.0)]].concat();
    assert_eq!(after(&kind, 0).value(Axis::Affection), 2.0);
    let sorry = Event {
        proposal: Proposal { peace: true, ..on(Axis::Affection, 4.0).proposal },
        ..on(Axis::Affection, 4.0)
    };
    assert_eq!(after(&[quarrel.clone(), vec![sorry]].concat(), 0).value(Axis::Affection), 4.0);
    let peace: Vec<Event> = quarrel.iter().cloned().chain((0..4).map(|_| on(Axis::Tension, -18.0))).collect();
    assert_eq!(after(&peace, 0).conflict, None);
    assert_eq!(after(&quarrel, 3 * DAY).conflict, None, "and with time");
}

#[test]
fn traits_drift_within_their_bound_and_the_card_stays() {
    let bolder: Vec<Event> = (0..40).map(|_| event(0, What::Trait("shy".into()), -2.0)).collect();
    let bond = after(&bolder, 400 * DAY);
    assert_eq!(bond.drift["shy"], -10.0, "bounded, and not forgotten");
    let shy = |intensity| Persona {
        traits: vec![Trait { name: "Shy".into(), intensity, note: String::new() }],
        ..Persona::default()
    };
    assert_eq!(drifted(&shy(60), &bond.drift), shy(50));
    assert_eq!(drifted(&shy(4), &bond.drift), shy(0));
    let fixed = replay(&bolder, Temper::default(), 0).0;
    assert_eq!(drifted(&shy(60), &fixed.drift), shy(60), "off by default");
}

#[test]
fn stages_follow_what_is_felt() {
    let many = |axis, by: f64, times| (0..times).map(move |_| on(axis, by));
    let stage = |events: Vec<Event>| after(&events, 0).stage();
    assert_eq!(stage(Vec::new()), Stage::Stranger);
    assert_eq!(stage(many(Axis::Familiarity, 4.0, 3).collect()), Stage::Acquaintance);
    let friends = many(Axis::Trust, 8.0, 4).chain(many(Axis::Affection, 8.0, 4));
    assert_eq!(stage(friends.clone().collect()), Stage::Friend);
    let close = many(Axis::Trust, 8.0, 40).chain(many(Axis::Affection, 8.0, 40));
    assert_eq!(stage(close.chain(many(Axis::Familiarity, 4.0, 40)).collect()), Stage::CloseFriend);
    assert_eq!(stage(many(Axis::Trust, -8.0, 3).collect()), Stage::Wary);
    let enemies = many(Axis::Trust, -8.0, 12).chain(many(Axis::Affection, -8.0, 12));
    assert_eq!(stage(enemies.collect()), Stage::Enemy);
}

#[test]
fn names_of_what_is_felt_read_back() {
    let all = Axis::ALL.map(What::Axis).into_iter().chain([What::Trait("ill-tempered".into())]);
    for what in all {
        assert_eq!(What::try_from(what.to_string()), Ok(what));
    }
    assert!(What::try_from("joy".to_owned()).is_err());
}

fn any_event() -> impl Strategy<Value = Event> {
    let what = prop_oneof![
        proptest::sample::select(Axis::ALL.to_vec()).prop_map(What::Axis),
        "[a-c]".prop_map(What::Trait),
    ];
    (0..400 * DAY, what, proptest::num::f64::ANY, any::<bool>(), any::<bool>()).prop_map(
        |(at_ms, what, by, model, peace)| Event {
            at_ms,
            source: if model { Source::Model } else { Source::Words },
            proposal: Proposal { what, by, because: String::new(), peace },
        },
    )
}

proptest! {
    #[test]
    fn nothing_leaves_its_bounds_and_the_same_log_gives_the_same(
        events in proptest::collection::vec(any_event(), 0..60),
        fluidity in 0u8..=255,
        drift in 0u8..=255,
        now in 0..800 * DAY,
    ) {
        let temper = Temper { fluidity, drift };
        let (bond, moved) = replay(&events, temper, now);
        for axis in Axis::ALL {
            let value = bond.value(axis);
            prop_assert!(value >= axis.pace().min && value <= 100.0, "{axis:?} {value}");
        }
        prop_assert!(bond.drift.values().all(|by| by.abs() <= f64::from(drift.min(MAX_DRIFT))));
        prop_assert_eq!(moved.len(), events.len());
        prop_assert!(moved.iter().all(|by| by.is_finite() && by.abs() <= 25.0));
        prop_assert_eq!(&replay(&events, temper, now), &(bond.clone(), moved));
        // Left alone, everything comes nearer to rest.
        let later = replay(&events, temper, now + 30 * DAY).0;
        for axis in Axis::ALL {
            prop_assert!(later.value(axis).abs() <= bond.value(axis).abs());
        }
    }

    #[test]
    fn words_of_anybody_propose_only_what_is_small(text in "\\PC{0,200}") {
        for proposal in by_words(&text) {
            prop_assert!(proposal.by.is_finite() && proposal.by.abs() <= 60.0 && !proposal.because.is_empty());
        }
    }

    #[test]
    fn answers_of_any_model_are_survived(text in "\\PC{0,200}") {
        for proposal in from_answer(&text) {
            prop_assert!(proposal.by.is_finite());
        }
    }
}
