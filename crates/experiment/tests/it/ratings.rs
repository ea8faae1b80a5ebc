//! Ratings against those of independent implementations; `../fixtures/README.md` says how those were made.

use experiment::{Choice, Style, Vote, rate};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    votes: Vec<(String, String, String)>,
    expected: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    name: String,
    rating: f64,
    low: f64,
    high: f64,
}

#[test]
fn ratings_and_intervals_are_those_of_another_implementation() {
    let fixture: Fixture = serde_json::from_str(include_str!("../fixtures/votes.json")).unwrap();
    assert_eq!(fixture.votes.len(), 605);
    let votes: Vec<Vote> = fixture
        .votes
        .into_iter()
        .map(|(left, right, choice)| Vote {
            left,
            right,
            choice: Choice::from_name(&choice).unwrap(),
            looks: None,
        })
        .collect();
    let rated = rate(votes.iter(), false).ratings;
    assert_eq!(rated.len(), fixture.expected.len());
    for (found, expected) in rated.iter().zip(&fixture.expected) {
        assert_eq!(found.name, expected.name);
        let (low, high) = found.information;
        for (found, expected) in [(found.rating, expected.rating), (low, expected.low), (high, expected.high)]
        {
            assert!((found - expected).abs() < 0.01, "{found} {expected}");
        }
        let (low, high) = found.interval();
        assert!(low <= found.information.0 && high >= found.resampled.1);
    }
    let cast: u64 = rated.iter().map(|one| one.wins + one.losses + one.ties).sum();
    assert_eq!(cast, 2 * 605);
}

/// The one, the other, the choice, and the looks of both.
type Cast = (String, String, String, u32, u32, u32, u32, u32, u32, u32, u32);

#[derive(Deserialize)]
struct Looking {
    votes: Vec<Cast>,
    plain: Vec<Expected>,
    controlled: Vec<Expected>,
    looks: [f64; 4],
}

/// Ratings agree to a tenth of a point. Intervals of votes drawn again differ by the draws: 200 rounds here and 1000 there.
#[test]
fn ratings_without_looks_and_resampled_intervals_are_those_of_another_implementation() {
    let fixture: Looking = serde_json::from_str(include_str!("../fixtures/looks.json")).unwrap();
    let style = |words, headings, list_items, bold| Style { words, headings, list_items, bold };
    let votes: Vec<Vote> = fixture
        .votes
        .into_iter()
        .map(|(left, right, choice, a, b, c, d, e, f, g, h)| Vote {
            left,
            right,
            choice: Choice::from_name(&choice).unwrap(),
            looks: Some([style(a, b, c, d), style(e, f, g, h)]),
        })
        .collect();
    for (apart, expected) in [(false, fixture.plain), (true, fixture.controlled)] {
        let found = rate(votes.iter(), apart);
        assert_eq!(found.ratings.len(), expected.len());
        for expected in expected {
            let found = found.ratings.iter().find(|one| one.name == expected.name).unwrap();
            assert!((found.rating - expected.rating).abs() < 0.1, "{found:?} {}", expected.rating);
            let (low, high) = found.resampled;
            let width = expected.high - expected.low;
            for (found, expected) in [(low, expected.low), (high, expected.high)] {
                assert!((found - expected).abs() < 0.15 * width, "{found} {expected} of {width}");
            }
        }
        let points: Vec<f64> = found.looks.iter().map(|look| look.points).collect();
        let known: &[f64] = if apart { &fixture.looks } else { &[] };
        assert_eq!(points.len(), known.len());
        for (found, expected) in points.iter().zip(known) {
            assert!((found - expected).abs() < 0.1, "{found} {expected}");
        }
    }
}

/// Who wins by length alone is no better where length is left out.
#[test]
fn what_length_wins_is_told_as_length() {
    let long = Style { words: 400, headings: 3, list_items: 6, bold: 4 };
    let short = Style { words: 100, ..Style::default() };
    let votes: Vec<Vote> = (0..60)
        .map(|at| {
            // Each model writes the long answer half of the time, and the long answer wins two of three.
            let left_long = at % 2 == 0;
            let long_wins = at % 3 != 0;
            let choice = if left_long == long_wins { Choice::Left } else { Choice::Right };
            let looks = if left_long { [long, short] } else { [short, long] };
            Vote { left: "p/a".into(), right: "p/b".into(), choice, looks: Some(looks) }
        })
        .collect();
    let found = rate(votes.iter(), true);
    assert!(found.looks.iter().map(|look| look.points).sum::<f64>() > 10.0, "{:?}", found.looks);
    let apart = found.ratings[0].rating - found.ratings[1].rating;
    assert!(apart.abs() < 60.0, "{apart}");
}
