//! Ratings against those of an independent implementation; `../fixtures/README.md` says how those were made.

use experiment::{Choice, Vote, rate};
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
        .map(|(left, right, choice)| Vote { left, right, choice: Choice::from_name(&choice).unwrap() })
        .collect();
    let rated = rate(votes.iter());
    assert_eq!(rated.len(), fixture.expected.len());
    for (found, expected) in rated.iter().zip(&fixture.expected) {
        assert_eq!(found.name, expected.name);
        let pairs = [(found.rating, expected.rating), (found.low, expected.low), (found.high, expected.high)];
        for (found, expected) in pairs {
            assert!((found - expected).abs() < 0.01, "{found} {expected}");
        }
    }
    let cast: u64 = rated.iter().map(|one| one.wins + one.losses + one.ties).sum();
    assert_eq!(cast, 2 * 605);
}
