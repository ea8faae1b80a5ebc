//! Series whose pattern and future are known.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use forecast::{
    Direction, LEVEL, NotEnough, Pattern, Step, anomalies, forecast, recognise,
    simulator::{KINDS, Kind, Report},
};
use proptest::prelude::*;

fn play(name: &str) -> Report {
    let kind: &Kind = KINDS.iter().find(|kind| kind.name == name).unwrap();
    kind.play(40)
}

#[test]
fn patterns_are_recognised() {
    for (name, share) in [
        ("stable, spread 30 %", 0.95),
        ("stable, days follow each other", 0.85),
        ("weekly cycle", 0.99),
        ("weekly cycle, a month of history", 0.95),
        ("rising by 2 % of the start a day", 0.95),
        ("falling to a third", 0.95),
        ("weekly cycle on a gentle rise", 0.95),
        ("hours of four weeks", 0.95),
    ] {
        let report = play(name);
        assert!(report.recognised >= share, "{name}: {report:?}");
    }
}

#[test]
fn the_band_holds_what_it_says_and_so_does_the_error() {
    for kind in KINDS {
        let report = kind.play(40);
        assert_eq!(report.series, 40, "{}: every one has history enough", kind.name);
        assert!((LEVEL - 0.06..=1.0).contains(&report.coverage), "{}: {report:?}", kind.name);
        assert!(report.relative_error < 1.0, "{}: better than the yardstick: {report:?}", kind.name);
        assert!((report.promised_error - report.relative_error).abs() < 0.3, "{}: {report:?}", kind.name);
    }
}

#[test]
fn few_ordinary_days_are_taken_for_strange_and_most_strange_ones_found() {
    for name in ["stable, spread 30 %", "weekly cycle", "rising by 2 % of the start a day", "now and then"] {
        let report = play(name);
        assert!(report.false_alarms <= 0.013, "{name}: {report:?}");
        assert!(report.found >= 0.5, "{name}: {report:?}");
    }
}

#[test]
fn a_weekend_is_no_anomaly_and_a_tenfold_day_is() {
    let week = [10.0, 11.0, 9.5, 10.5, 10.0, 2.0, 1.0];
    let mut days: Vec<f64> =
        (0..70).map(|at| week[at % 7] * (1.0 + (at * 7_919 % 13) as f64 / 100.0)).collect();
    assert_eq!(anomalies(&days, Step::Day, 0.0), []);
    days.push(90.0);
    days.extend([10.2, 11.3]);
    let found = anomalies(&days, Step::Day, 0.0);
    assert_eq!(found.iter().map(|one| (one.at, one.direction)).collect::<Vec<_>>(), [(70, Direction::High)]);
    let one = found[0];
    assert!(one.lower < one.expected && one.expected < one.upper && one.upper < one.amount, "{one:?}");
    assert_eq!(anomalies(&days, Step::Day, 1_000.0), [], "what is worth nothing is passed over");
}

#[test]
fn too_little_history_is_said_and_not_guessed_from() {
    for step in Step::ALL {
        let past = vec![1.0; step.needed() - 1];
        assert_eq!(forecast(&past, step), Err(NotEnough { have: step.needed() - 1, need: step.needed() }));
        let late: Vec<f64> = [vec![0.0; 500], past].concat();
        assert!(forecast(&late, step).is_err(), "what is before the first amount is no history");
        let enough = vec![1.0; step.needed()];
        let said = forecast(&enough, step).unwrap();
        assert_eq!(said.points.len(), step.horizon());
        for point in said.points {
            assert!((point.expected - 1.0).abs() < 1e-9, "{step}: {point:?}");
        }
    }
    assert_eq!(forecast(&[], Step::Day), Err(NotEnough { have: 0, need: 28 }));
}

#[test]
fn a_series_without_ups_and_downs_is_stable() {
    assert_eq!(recognise(&[3.0; 60], Step::Day).pattern, Pattern::Stable);
    assert_eq!(recognise(&[0.0; 60], Step::Day).pattern, Pattern::Stable);
    assert_eq!(recognise(&[], Step::Month).pattern, Pattern::Stable);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    /// Whatever was spent: figures that are figures, a band around what is expected, nothing below zero.
    #[test]
    fn every_series_gives_sound_figures(past in prop::collection::vec(prop_oneof![Just(0.0), 0.0..1e-6, 0.0..100.0, 1e6..1e9], 0..160),
            step in prop::sample::select(Step::ALL.to_vec())) {
        if let Ok(said) = forecast(&past, step) {
            for point in said.points.iter().chain([&said.total]) {
                prop_assert!(point.lower >= 0.0 && point.lower <= point.expected && point.expected <= point.upper, "{point:?}");
                prop_assert!(point.upper.is_finite());
            }
            prop_assert!((0.0..=1.0).contains(&said.backtest.coverage));
            prop_assert!(said.backtest.relative_error.is_finite() && said.backtest.error_share.is_finite());
        }
        let recognised = recognise(&past, step);
        prop_assert!((0.0..=1.0).contains(&recognised.season_share) && (0.0..=1.0).contains(&recognised.trend_share));
        for one in anomalies(&past, step, 0.0) {
            prop_assert!(one.at < past.len() && one.expected.is_finite() && one.upper.is_finite());
            prop_assert!(one.amount < one.lower || one.amount > one.upper);
        }
    }
}
