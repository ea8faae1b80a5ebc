//! What a series is like: cyclic, trending or stable.

use crate::{
    Step,
    backtest::begin_of,
    statistics::{chi_square_above, line, mean, median, middle_slope, normal_above, ranks, variance},
};
use std::fmt;

/// How sure a cycle or a trend has to be: by chance alone it would be seen in one of a hundred series.
const SURE: f64 = 0.01;
/// Blocks over which a trend is looked for.
const BLOCKS: usize = 20;

/// What a series is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// Amounts repeat themselves after some steps.
    Cyclic,
    /// Amounts rise or fall.
    Trending,
    /// Neither: they lie about a level.
    Stable,
}

impl Pattern {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cyclic => "cyclic",
            Self::Trending => "trending",
            Self::Stable => "stable",
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a series is like, with what that is seen by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recognised {
    /// What explains most of it.
    pub pattern: Pattern,
    /// After how many steps it repeats itself, where it does, whatever the pattern is called.
    pub season: Option<usize>,
    /// The share of its ups and downs that the cycle explains, 0 to 1.
    pub season_share: f64,
    /// By how much it rises a step, where it surely does or falls; 0 where not.
    pub slope: f64,
    /// The share of its ups and downs that the trend explains, 0 to 1.
    pub trend_share: f64,
}

/// Says what a series is like. What is before the first amount that is not 0 is left out.
///
/// A cycle is sure where the ranks of the detrended amounts differ by their place in it (Kruskal and Wallis), a trend
/// where the means of blocks rise or fall (Mann and Kendall), each with an error of 1 %.
pub fn recognise(past: &[f64], step: Step) -> Recognised {
    let past = begin_of(past);
    let past = past.get(past.len().saturating_sub(step.looked_at())..).unwrap_or(past);
    let all = variance(past);
    let mut found = Recognised {
        pattern: Pattern::Stable,
        season: None,
        season_share: 0.0,
        slope: 0.0,
        trend_share: 0.0,
    };
    if all <= 0.0 {
        return found;
    }
    for season in step.seasons().iter().copied().filter(|season| past.len() >= 3 * season) {
        let flat = without_trend(past, season);
        // A long cycle must be better than the short one that is in it.
        let explained = season_share(&flat, season);
        if seasonal_chance(&flat, season) < SURE && explained > found.season_share + 0.05 {
            found.season = Some(season);
            found.season_share = explained * (variance(&flat) / all).min(1.0);
        }
    }
    let level = found.season.map_or_else(|| past.to_vec(), |season| without_season(past, season));
    let width = found.season.unwrap_or(1).max(level.len().div_ceil(BLOCKS));
    let blocks: Vec<f64> =
        level.rchunks(width).filter(|block| block.len() == width).map(mean).rev().collect();
    if trend_chance(&blocks) < SURE {
        let (_, slope) = line(past);
        let rise: Vec<f64> = (0..past.len()).map(|at| slope * at as f64).collect();
        found.slope = middle_slope(&blocks) / width as f64;
        found.trend_share = (variance(&rise) / all).min(1.0);
    }
    found.pattern = match (found.season, found.slope != 0.0) {
        (Some(_), true) if found.season_share >= found.trend_share => Pattern::Cyclic,
        (_, true) => Pattern::Trending,
        (Some(_), false) => Pattern::Cyclic,
        (None, false) => Pattern::Stable,
    };
    found
}

/// The distances from the mean of one season around each step.
fn without_trend(past: &[f64], season: usize) -> Vec<f64> {
    let half = season / 2;
    let around = |at: usize| {
        let from = at.saturating_sub(half).min(past.len().saturating_sub(season));
        mean(past.get(from..from + season).unwrap_or(past))
    };
    past.iter().enumerate().map(|(at, value)| value - around(at)).collect()
}

fn without_season(past: &[f64], season: usize) -> Vec<f64> {
    let flat = without_trend(past, season);
    let places: Vec<f64> = (0..season).map(|place| median(at_place(&flat, season, place))).collect();
    past.iter().zip(places.iter().cycle()).map(|(value, of_season)| value - of_season).collect()
}

fn at_place(values: &[f64], season: usize, place: usize) -> Vec<f64> {
    values.iter().skip(place).step_by(season).copied().collect()
}

/// The share of the variance that lies between the places of the cycle.
fn season_share(flat: &[f64], season: usize) -> f64 {
    let means: Vec<f64> = (0..season).map(|place| mean(&at_place(flat, season, place))).collect();
    let all = variance(flat);
    if all > 0.0 { (variance(&means) / all).min(1.0) } else { 0.0 }
}

/// How probable such differences between the places would be by chance.
fn seasonal_chance(flat: &[f64], season: usize) -> f64 {
    let ranks = ranks(flat);
    let count = ranks.len() as f64;
    let between: f64 = (0..season)
        .map(|place| {
            let of_place = at_place(&ranks, season, place);
            of_place.len() as f64 * (mean(&of_place) - (count + 1.0) / 2.0).powi(2)
        })
        .sum();
    chi_square_above(12.0 * between / (count * (count + 1.0)), season as f64 - 1.0)
}

/// How probable such a rise or fall would be by chance.
fn trend_chance(blocks: &[f64]) -> f64 {
    let count = blocks.len() as f64;
    if blocks.len() < 6 {
        return 1.0;
    }
    let mut sum = 0.0;
    for (at, early) in blocks.iter().enumerate() {
        for late in blocks.iter().skip(at + 1) {
            sum += (late - early).partial_cmp(&0.0).map_or(0.0, |order| f64::from(order as i8));
        }
    }
    let spread = (count * (count - 1.0) * (2.0 * count + 5.0) / 18.0).sqrt();
    2.0 * normal_above((f64::abs(sum) - 1.0).max(0.0) / spread)
}
