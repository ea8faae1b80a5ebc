//! Ratings from votes: who wins against whom, and how sure that is.
//!
//! The model is that of Bradley and Terry ("Rank analysis of incomplete block designs", Biometrika 1952): `a` wins against
//! `b` with probability `1 / (1 + exp(b - a))`. A tie counts as half a win for each, the usual way where ties have no
//! parameter of their own (Davidson's model, 1970, has one; with it ratings hardly differ and intervals are a little
//! narrower). The likelihood is reduced by [`PENALTY`] times the sum of squared strengths, so that who has won all of a few
//! votes is not infinitely strong, and so that groups that never met have ratings at all. Newton's method finds the maximum.
//! There are two intervals: of votes drawn again from those that were cast (the bootstrap, which trusts no model but knows no
//! doubt after a single vote), and of the Fisher information (which doubts few votes and trusts the model). The wider one is told.
//!
//! People prefer long and decorated answers. Where that is to be left out, the difference in looks of the two answers gets weights
//! of its own in the same fit (Chatbot Arena's style control, LMSYS 2024), each figure in standard deviations and under the same penalty.
//!
//! Strengths are shown on the scale of chess, where 400 points more win ten times as often: 1000 is the mean of all, each
//! weighted by its votes, so that somebody who hardly met anybody does not make everybody else uncertain.

mod fit;
mod matrix;
mod style;

use crate::chance::Chance;
use fit::{Row, Shape, fit};
use matrix::Matrix;
use std::collections::BTreeMap;
use style::FIGURES;
pub use style::Style;

/// What the sum of squared strengths is multiplied with: strengths are expected within about 3 of each other, 550 points.
pub const PENALTY: f64 = 0.05;
/// The middle of the scale.
pub const MIDDLE: f64 = 1_000.0;
/// Deviations that leave out 5 percent.
const DEVIATIONS: f64 = 1.959_963_984_540_054;
/// Points a unit of strength.
const SCALE: f64 = 400.0 / std::f64::consts::LN_10;
/// How often votes are drawn again.
const ROUNDS: usize = 200;
/// Where the chance of drawing begins: the same votes give the same intervals.
const SEED: u64 = 20_261_122;

/// Which of two was better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Choice {
    /// The first.
    Left,
    /// The second.
    Right,
    /// Neither.
    Tie,
}

impl Choice {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Left, Self::Right, Self::Tie];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Tie => "tie",
        }
    }

    /// The choice of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.as_str() == name)
    }
}

/// Somebody's choice between two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote {
    /// The one.
    pub left: String,
    /// The other.
    pub right: String,
    /// Which was better.
    pub choice: Choice,
    /// How the two answers looked, where that is known.
    pub looks: Option<[Style; 2]>,
}

/// How strong one is.
#[derive(Debug, Clone, PartialEq)]
pub struct Rating {
    /// Who.
    pub name: String,
    /// The rating.
    pub rating: f64,
    /// Where it is likely to be (95 percent) by the Fisher information.
    pub information: (f64, f64),
    /// Where it is likely to be by votes drawn again from those that were cast.
    pub resampled: (f64, f64),
    /// Votes in which it was better.
    pub wins: u64,
    /// Votes in which it was worse.
    pub losses: u64,
    /// Votes without a difference.
    pub ties: u64,
}

impl Rating {
    /// Where it is likely to be: the wider of both.
    pub fn interval(&self) -> (f64, f64) {
        (self.information.0.min(self.resampled.0), self.information.1.max(self.resampled.1))
    }
}

/// What votes come to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rated {
    /// The strongest first.
    pub ratings: Vec<Rating>,
    /// What looks are worth, where that was taken out.
    pub looks: Vec<Look>,
}

/// What one figure of an answer's looks is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Which, one of [`Style::NAMES`].
    pub name: &'static str,
    /// Points of rating that an answer gains which has half as much again as the other: a normalised difference of 0.2.
    pub points: f64,
}

/// Everybody's rating. A vote for one against itself says nothing. With `looks_apart`, what length and markup win is weighed
/// at the same time and left out of the ratings; votes about answers whose looks are not known count as if they looked alike.
pub fn rate<'a>(votes: impl Iterator<Item = &'a Vote>, looks_apart: bool) -> Rated {
    let votes: Vec<&Vote> = votes.filter(|vote| vote.left != vote.right).collect();
    let mut positions: BTreeMap<&str, usize> = BTreeMap::new();
    for name in votes.iter().flat_map(|vote| [&vote.left, &vote.right]) {
        positions.entry(name).or_default();
    }
    positions.values_mut().enumerate().for_each(|(at, position)| *position = at);
    let deviations = if looks_apart { deviations(&votes) } else { [0.0; FIGURES] };
    let shape = Shape { players: positions.len(), figures: if looks_apart { FIGURES } else { 0 } };
    let met: Vec<Row> = votes.iter().filter_map(|vote| row(vote, &positions, &deviations)).collect();
    let found = fit(&gathered(&met, shape), shape, PENALTY, None);
    let middle = Middle::of(&met, shape.players);
    let resampled = resampled(&met, shape, &found.values, &middle);
    let mut ratings: Vec<Rating> = positions
        .keys()
        .enumerate()
        .zip(resampled)
        .map(|((at, name), resampled)| {
            let rating = middle.rating(&found.values, at);
            let reach = DEVIATIONS * SCALE * middle.variance(&found.information, at).sqrt();
            let (wins, losses, ties) = record(&votes, name);
            let information = (rating - reach, rating + reach);
            Rating { name: (*name).to_owned(), rating, information, resampled, wins, losses, ties }
        })
        .collect();
    ratings.sort_by(|one, other| other.rating.total_cmp(&one.rating).then_with(|| one.name.cmp(&other.name)));
    let weights = found.values.iter().skip(shape.players);
    let looks = Style::NAMES.into_iter().zip(weights.zip(deviations)).map(|(name, (weight, deviation))| {
        Look { name, points: if deviation > 0.0 { SCALE * weight / deviation * 0.2 } else { 0.0 } }
    });
    Rated { ratings, looks: looks.collect() }
}

/// How far each figure of looks is usually apart; which of two stands on the left means nothing, so the mean is none.
fn deviations(votes: &[&Vote]) -> [f64; FIGURES] {
    let mut squares = [0.0; FIGURES];
    let mut known = 0_u32;
    for [left, right] in votes.iter().filter_map(|vote| vote.looks) {
        known += 1;
        squares.iter_mut().zip(left.beside(&right)).for_each(|(square, part)| *square += part * part);
    }
    squares.map(|square| (square / f64::from(known.max(1))).sqrt())
}

fn row(vote: &Vote, positions: &BTreeMap<&str, usize>, deviations: &[f64; FIGURES]) -> Option<Row> {
    let (left, right) = (positions.get(vote.left.as_str())?, positions.get(vote.right.as_str())?);
    let won = match vote.choice {
        Choice::Left => 1.0,
        Choice::Right => 0.0,
        Choice::Tie => 0.5,
    };
    let mut looks = vote.looks.map_or([0.0; FIGURES], |[left, right]| left.beside(&right));
    for (look, deviation) in looks.iter_mut().zip(deviations) {
        *look = if *deviation > 0.0 { *look / deviation } else { 0.0 };
    }
    Some(Row { left: *left, right: *right, won, met: 1.0, looks })
}

/// Where looks have no weight, votes between the same two are one row.
fn gathered(rows: &[Row], shape: Shape) -> Vec<Row> {
    if shape.figures > 0 {
        return rows.to_vec();
    }
    let mut pairs: BTreeMap<(usize, usize), Row> = BTreeMap::new();
    for row in rows {
        let pair = pairs.entry((row.left, row.right)).or_insert(Row { won: 0.0, met: 0.0, ..*row });
        pair.won += row.won;
        pair.met += row.met;
    }
    pairs.into_values().collect()
}

/// The range in which 95 of 100 ratings lie that the same number of votes gives, drawn from these with replacement.
fn resampled(rows: &[Row], shape: Shape, first: &[f64], middle: &Middle) -> Vec<(f64, f64)> {
    let mut chance = Chance(SEED);
    let mut seen = vec![Vec::with_capacity(ROUNDS); shape.players];
    for _ in 0..ROUNDS {
        let drawn: Vec<Row> =
            (0..rows.len()).filter_map(|_| rows.get(chance.below(rows.len())).copied()).collect();
        let values = fit(&gathered(&drawn, shape), shape, PENALTY, Some(first)).values;
        seen.iter_mut().enumerate().for_each(|(at, seen)| seen.push(middle.rating(&values, at)));
    }
    seen.iter_mut()
        .map(|ratings| {
            ratings.sort_by(f64::total_cmp);
            (quantile(ratings, 0.025), quantile(ratings, 0.975))
        })
        .collect()
}

/// The value below which this part of sorted values lies, between two by proportion.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let place = part * sorted.len().saturating_sub(1) as f64;
    let at = |place: f64| sorted.get(place as usize).copied().unwrap_or(MIDDLE);
    let (below, above) = (at(place.floor()), at(place.ceil()));
    below + (above - below) * place.fract()
}

fn record(votes: &[&Vote], name: &str) -> (u64, u64, u64) {
    votes.iter().fold((0, 0, 0), |(wins, losses, ties), vote| match vote.choice {
        _ if vote.left != name && vote.right != name => (wins, losses, ties),
        Choice::Tie => (wins, losses, ties + 1),
        Choice::Left if vote.left == name => (wins + 1, losses, ties),
        Choice::Right if vote.right == name => (wins + 1, losses, ties),
        Choice::Left | Choice::Right => (wins, losses + 1, ties),
    })
}

/// The mean of all strengths, each weighted by its votes.
struct Middle {
    weights: Vec<f64>,
}

impl Middle {
    fn of(rows: &[Row], players: usize) -> Self {
        let mut weights = vec![0.0; players];
        for at in rows.iter().flat_map(|row| [row.left, row.right]) {
            if let Some(weight) = weights.get_mut(at) {
                *weight += 1.0;
            }
        }
        let all = weights.iter().sum::<f64>().max(1.0);
        Self { weights: weights.into_iter().map(|votes| votes / all).collect() }
    }

    /// The distance of one from the middle on the scale that is shown.
    fn rating(&self, values: &[f64], at: usize) -> f64 {
        let strength = values.get(at).copied().unwrap_or_default();
        MIDDLE + SCALE * (strength - product(&self.weights, values))
    }

    /// The variance of that distance, of strengths as they are fitted.
    fn variance(&self, information: &Matrix, at: usize) -> f64 {
        let mut distance: Vec<f64> = self.weights.iter().map(|weight| -weight).collect();
        distance.resize(information.size, 0.0);
        if let Some(own) = distance.get_mut(at) {
            *own += 1.0;
        }
        product(&distance, &information.solve(&distance)).max(0.0)
    }
}

fn product(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vote(left: &str, right: &str, choice: Choice) -> Vote {
        Vote { left: left.into(), right: right.into(), choice, looks: None }
    }

    fn plainly<'a>(votes: impl IntoIterator<Item = &'a Vote>) -> Vec<Rating> {
        rate(votes.into_iter(), false).ratings
    }

    #[test]
    fn few_votes_say_little_and_none_nothing() {
        assert_eq!(rate([].iter(), false), Rated::default());
        assert_eq!(rate([vote("a", "a", Choice::Left)].iter(), false), Rated::default());
        let tie = plainly(&[vote("a", "b", Choice::Tie)]);
        assert!(tie.iter().all(|one| (one.rating - MIDDLE).abs() < 1e-6 && one.ties == 1));
        let won = plainly(&[vote("b", "a", Choice::Left)]);
        assert_eq!((won[0].name.as_str(), won[0].wins, won[1].losses), ("b", 1, 1));
        assert!(won[0].interval().0 < won[1].interval().1, "one vote is no certainty");
        let sure = plainly(std::iter::repeat_n(&vote("b", "a", Choice::Left), 40));
        assert!(sure[0].interval().0 > sure[1].interval().1 && sure[0].rating.is_finite());
    }

    #[test]
    fn two_who_never_met_are_compared_by_whom_they_met() {
        let mut votes = Vec::new();
        for at in 0..30 {
            votes.push(vote("strong", "middle", if at < 24 { Choice::Left } else { Choice::Right }));
            votes.push(vote("weak", "middle", if at < 6 { Choice::Left } else { Choice::Right }));
        }
        let names: Vec<String> = plainly(&votes).into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["strong", "middle", "weak"]);
        // Which side somebody stood on makes no difference.
        let turned: Vec<Vote> = votes
            .iter()
            .map(|one| {
                let choice = if one.choice == Choice::Left { Choice::Right } else { Choice::Left };
                vote(&one.right, &one.left, choice)
            })
            .collect();
        for (one, other) in plainly(&votes).iter().zip(plainly(&turned)) {
            assert!((one.rating - other.rating).abs() < 1e-6 && one.wins == other.wins);
        }
    }

    /// The published estimates are of the likelihood alone.
    #[test]
    fn without_the_penalty_strengths_are_those_that_were_published() {
        let text = include_str!("../tests/fixtures/published.json");
        let sets: Vec<Published> = serde_json::from_str(text).unwrap();
        assert_eq!(sets.len(), 2);
        for set in sets {
            let rows: Vec<Row> = set
                .wins
                .iter()
                .flat_map(|(left, right, won, lost)| {
                    let place =
                        |name: &String| set.strengths.iter().position(|(known, _)| known == name).unwrap();
                    let looks = [0.0; FIGURES];
                    [Row { left: place(left), right: place(right), won: *won, met: won + lost, looks }]
                })
                .collect();
            // Strengths have no middle of their own: the slightest penalty gives them one.
            let shape = Shape { players: set.strengths.len(), figures: 0 };
            let found = fit(&rows, shape, 1e-9, None).values;
            for (at, (name, strength)) in set.strengths.iter().enumerate() {
                let beside = found[at] - found[set.zero];
                assert!((beside - strength).abs() < set.to, "{name}: {beside} {strength}");
            }
        }
    }

    #[derive(serde::Deserialize)]
    struct Published {
        /// The one, the other, wins of the one, wins of the other.
        wins: Vec<(String, String, f64, f64)>,
        strengths: Vec<(String, f64)>,
        /// Whose strength is 0.
        zero: usize,
        /// How exactly they were published.
        to: f64,
    }
}
