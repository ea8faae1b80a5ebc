//! Ratings from votes: who wins against whom, and how sure that is.
//!
//! The model is that of Bradley and Terry ("Rank analysis of incomplete block designs", Biometrika 1952): `a` wins against
//! `b` with probability `1 / (1 + exp(b - a))`. A tie counts as half a win for each, the usual way where ties have no
//! parameter of their own (Davidson's model, 1970, has one; with it ratings hardly differ and intervals are a little
//! narrower). The likelihood is reduced by [`PENALTY`] times the sum of squared strengths, so that who has won all of a few
//! votes is not infinitely strong, and so that groups that never met have ratings at all. Newton's method finds the maximum;
//! the intervals are those of the Fisher information there.
//!
//! Strengths are shown on the scale of chess, where 400 points more win ten times as often: 1000 is the mean of all, each
//! weighted by its votes, so that somebody who hardly met anybody does not make everybody else uncertain.

use std::collections::BTreeMap;

/// What the sum of squared strengths is multiplied with: strengths are expected within about 3 of each other, 550 points.
pub const PENALTY: f64 = 0.05;
/// The middle of the scale.
pub const MIDDLE: f64 = 1_000.0;
/// Deviations that leave out 5 percent.
const DEVIATIONS: f64 = 1.959_963_984_540_054;
/// Most steps of Newton's method; a handful is enough, since the function is concave.
const MOST_STEPS: usize = 100;

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
}

/// How strong one is.
#[derive(Debug, Clone, PartialEq)]
pub struct Rating {
    /// Who.
    pub name: String,
    /// The rating.
    pub rating: f64,
    /// The least it is likely to be (95 percent).
    pub low: f64,
    /// The most.
    pub high: f64,
    /// Votes in which it was better.
    pub wins: u64,
    /// Votes in which it was worse.
    pub losses: u64,
    /// Votes without a difference.
    pub ties: u64,
}

/// Everybody's rating, the strongest first. A vote for one against itself says nothing.
pub fn rate<'a>(votes: impl Iterator<Item = &'a Vote>) -> Vec<Rating> {
    let votes: Vec<&Vote> = votes.filter(|vote| vote.left != vote.right).collect();
    let mut positions: BTreeMap<&str, usize> = BTreeMap::new();
    for name in votes.iter().flat_map(|vote| [&vote.left, &vote.right]) {
        positions.entry(name).or_default();
    }
    positions.values_mut().enumerate().for_each(|(at, position)| *position = at);
    let count = positions.len();
    let mut wins = Matrix::zero(count);
    let mut records = vec![(0_u64, 0_u64, 0_u64); count];
    for vote in &votes {
        let (Some(left), Some(right)) =
            (positions.get(vote.left.as_str()).copied(), positions.get(vote.right.as_str()).copied())
        else {
            continue;
        };
        let (share, left_won) = match vote.choice {
            Choice::Left => (1.0, true),
            Choice::Right => (0.0, false),
            Choice::Tie => (0.5, false),
        };
        wins.add(left, right, share);
        wins.add(right, left, 1.0 - share);
        for (at, won) in [(left, left_won), (right, !left_won)] {
            let Some(record) = records.get_mut(at) else { continue };
            match (vote.choice, won) {
                (Choice::Tie, _) => record.2 += 1,
                (Choice::Left | Choice::Right, true) => record.0 += 1,
                (Choice::Left | Choice::Right, false) => record.1 += 1,
            }
        }
    }
    let (strengths, variances) = fit(&wins);
    let scale = 400.0 / std::f64::consts::LN_10;
    let mut ratings: Vec<Rating> = positions
        .keys()
        .zip(records)
        .zip(strengths.iter().zip(variances))
        .map(|((name, (wins, losses, ties)), (strength, variance))| {
            let (rating, reach) = (MIDDLE + scale * strength, DEVIATIONS * scale * variance.sqrt());
            let (low, high) = (rating - reach, rating + reach);
            Rating { name: (*name).to_owned(), rating, low, high, wins, losses, ties }
        })
        .collect();
    ratings.sort_by(|one, other| other.rating.total_cmp(&one.rating).then_with(|| one.name.cmp(&other.name)));
    ratings
}

/// Strengths beside the middle and their variances, from how often each has won against each.
fn fit(wins: &Matrix) -> (Vec<f64>, Vec<f64>) {
    let count = wins.size;
    let mut strengths = vec![0.0; count];
    for _ in 0..MOST_STEPS {
        let (slope, information) = derivatives(wins, &strengths);
        let step = information.solve(&slope);
        let length = step.iter().fold(0.0_f64, |most, part| most.max(part.abs()));
        // A step that is too long would leave the range in which the quadratic is true.
        let damped = if length > 2.0 { 2.0 / length } else { 1.0 };
        strengths.iter_mut().zip(&step).for_each(|(strength, part)| *strength += damped * part);
        if length < 1e-10 {
            break;
        }
    }
    let (_, information) = derivatives(wins, &strengths);
    let votes: Vec<f64> = (0..count)
        .map(|one| (0..count).map(|other| wins.get(one, other) + wins.get(other, one)).sum())
        .collect();
    let all = votes.iter().sum::<f64>().max(1.0);
    let weights: Vec<f64> = votes.iter().map(|votes| votes / all).collect();
    let product =
        |one: &[f64], other: &[f64]| one.iter().zip(other).map(|(one, other)| one * other).sum::<f64>();
    let middle = product(&weights, &strengths);
    let variances = (0..count).map(|at| {
        // What is told of each is its distance from the middle.
        let distance: Vec<f64> = weights
            .iter()
            .enumerate()
            .map(|(other, weight)| f64::from(u8::from(other == at)) - weight)
            .collect();
        product(&distance, &information.solve(&distance)).max(0.0)
    });
    let variances = variances.collect();
    (strengths.iter().map(|strength| strength - middle).collect(), variances)
}

/// The slope of the reduced log-likelihood, and the negative of its second derivatives.
fn derivatives(wins: &Matrix, strengths: &[f64]) -> (Vec<f64>, Matrix) {
    let mut slope: Vec<f64> = strengths.iter().map(|strength| -2.0 * PENALTY * strength).collect();
    let mut information = Matrix::zero(wins.size);
    for (one, strength) in strengths.iter().enumerate() {
        information.add(one, one, 2.0 * PENALTY);
        for (other, against) in strengths.iter().enumerate() {
            let votes = wins.get(one, other) + wins.get(other, one);
            if one == other || votes == 0.0 {
                continue;
            }
            let expected = 1.0 / (1.0 + (against - strength).exp());
            if let Some(slope) = slope.get_mut(one) {
                *slope += wins.get(one, other) - votes * expected;
            }
            let curvature = votes * expected * (1.0 - expected);
            information.add(one, one, curvature);
            information.add(one, other, -curvature);
        }
    }
    (slope, information)
}

/// A square matrix.
#[derive(Debug, Clone)]
struct Matrix {
    size: usize,
    values: Vec<f64>,
}

impl Matrix {
    fn zero(size: usize) -> Self {
        Self { size, values: vec![0.0; size * size] }
    }

    fn get(&self, row: usize, column: usize) -> f64 {
        self.values.get(row * self.size + column).copied().unwrap_or_default()
    }

    fn add(&mut self, row: usize, column: usize, value: f64) {
        if let Some(place) = self.values.get_mut(row * self.size + column) {
            *place += value;
        }
    }

    /// The `x` with `self x = right`, by Gauss; the matrix is symmetric and positive, so that no rows have to be changed
    /// around.
    fn solve(&self, right: &[f64]) -> Vec<f64> {
        let (mut left, mut x) = (self.clone(), right.to_vec());
        let value = |x: &[f64], at: usize| x.get(at).copied().unwrap_or_default();
        for pivot in 0..self.size {
            let divisor = left.get(pivot, pivot);
            for row in pivot + 1..self.size {
                let factor = left.get(row, pivot) / divisor;
                if factor == 0.0 {
                    continue;
                }
                for column in pivot..self.size {
                    let above = left.get(pivot, column);
                    left.add(row, column, -factor * above);
                }
                let above = value(&x, pivot);
                if let Some(place) = x.get_mut(row) {
                    *place -= factor * above;
                }
            }
        }
        for row in (0..self.size).rev() {
            let known: f64 =
                (row + 1..self.size).map(|column| left.get(row, column) * value(&x, column)).sum();
            let solved = (value(&x, row) - known) / left.get(row, row);
            if let Some(place) = x.get_mut(row) {
                *place = solved;
            }
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vote(left: &str, right: &str, choice: Choice) -> Vote {
        Vote { left: left.into(), right: right.into(), choice }
    }

    #[test]
    fn few_votes_say_little_and_none_nothing() {
        assert_eq!(rate([].iter()), []);
        assert_eq!(rate([vote("a", "a", Choice::Left)].iter()), []);
        let tie = rate([vote("a", "b", Choice::Tie)].iter());
        assert!(tie.iter().all(|one| (one.rating - MIDDLE).abs() < 1e-6 && one.ties == 1));
        let won = rate([vote("b", "a", Choice::Left)].iter());
        assert_eq!((won[0].name.as_str(), won[0].wins, won[1].losses), ("b", 1, 1));
        assert!(won[0].low < won[1].high, "one vote is no certainty");
        let sure = rate(std::iter::repeat_n(&vote("b", "a", Choice::Left), 40));
        assert!(sure[0].low > sure[1].high && sure[0].rating.is_finite());
    }

    #[test]
    fn two_who_never_met_are_compared_by_whom_they_met() {
        let mut votes = Vec::new();
        for at in 0..30 {
            votes.push(vote("strong", "middle", if at < 24 { Choice::Left } else { Choice::Right }));
            votes.push(vote("weak", "middle", if at < 6 { Choice::Left } else { Choice::Right }));
        }
        let names: Vec<String> = rate(votes.iter()).into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["strong", "middle", "weak"]);
        // Which side somebody stood on makes no difference.
        let turned: Vec<Vote> = votes
            .iter()
            .map(|one| {
                vote(
                    &one.right,
                    &one.left,
                    if one.choice == Choice::Left { Choice::Right } else { Choice::Left },
                )
            })
            .collect();
        for (one, other) in rate(votes.iter()).iter().zip(rate(turned.iter())) {
            assert!((one.rating - other.rating).abs() < 1e-6 && one.wins == other.wins);
        }
    }
}
