//! The methods a forecast may use: each says, from the values before, how the next ones will be.

use crate::{
    Step,
    statistics::{line, mean},
};

/// A method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// As one season ago: what every other method is measured by.
    AsBefore(usize),
    /// The mean of the last few seasons at the same place.
    SeasonMean(usize),
    /// A level that follows the values (simple exponential smoothing).
    Level,
    /// A level with a trend that fades (Holt, damped by Gardner and McKenzie).
    Trend,
    /// Level, fading trend and season, added up (Holt and Winters).
    TrendAndSeason(usize),
    /// A straight line through the latest values, with the season's distances from it.
    Line(usize),
}

/// How fast a trend fades.
const FADING: f64 = 0.95;
/// Seasons that count for a mean, and steps that count for a line.
const SEASONS: usize = 4;
const LINE_STEPS: usize = 56;

impl Method {
    /// Every method for a series of so many of these steps; the first is the yardstick. A cycle that was seen less than
    /// three times is none.
    pub(crate) fn all(step: Step, steps: usize) -> Vec<Self> {
        let seasons = step.seasons().iter().copied().filter(|season| steps >= 3 * season);
        let seasons: Vec<usize> = seasons.collect();
        let yardstick = Self::AsBefore(seasons.first().copied().unwrap_or(1));
        let mut methods = vec![yardstick, Self::Level, Self::Trend, Self::Line(1)];
        for season in seasons {
            let of_season = [Self::SeasonMean, Self::TrendAndSeason, Self::Line, Self::AsBefore];
            methods
                .extend(of_season.map(|method| method(season)).into_iter().filter(|one| *one != yardstick));
        }
        methods
    }

    /// After how many steps this method takes amounts to repeat themselves.
    pub(crate) const fn season(self) -> usize {
        match self {
            Self::AsBefore(season)
            | Self::SeasonMean(season)
            | Self::TrendAndSeason(season)
            | Self::Line(season) => season,
            Self::Level | Self::Trend => 1,
        }
    }

    /// What it is called for people.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::AsBefore(1) => "as the last one",
            Self::AsBefore(_) => "as one cycle before",
            Self::SeasonMean(_) => "mean of the last cycles",
            Self::Level => "a level that follows",
            Self::Trend => "a level with a fading trend",
            Self::TrendAndSeason(_) => "level, trend and cycle",
            Self::Line(1) => "a straight line",
            Self::Line(_) => "a straight line and a cycle",
        }
    }

    /// The next `horizon` values; `None` where the past is too short for this method.
    pub(crate) fn next(self, past: &[f64], horizon: usize) -> Option<Vec<f64>> {
        let next: Vec<f64> = match self {
            Self::AsBefore(season) => as_before(past, season, horizon)?,
            Self::SeasonMean(season) => season_mean(past, season, horizon)?,
            Self::Level => vec![level(past)?; horizon],
            Self::Trend => trend_and_season(past, 1, horizon)?,
            Self::TrendAndSeason(season) => trend_and_season(past, season, horizon)?,
            Self::Line(season) => straight(past, season, horizon)?,
        };
        // Nobody is paid for asking.
        Some(next.into_iter().map(|value| value.max(0.0)).collect())
    }
}

fn as_before(past: &[f64], season: usize, horizon: usize) -> Option<Vec<f64>> {
    let last = past.get(past.len().checked_sub(season)?..)?;
    Some(last.iter().copied().cycle().take(horizon).collect())
}

fn season_mean(past: &[f64], season: usize, horizon: usize) -> Option<Vec<f64>> {
    let seasons = (past.len() / season).min(SEASONS);
    if seasons < 2 {
        return None;
    }
    let latest = past.get(past.len() - seasons * season..)?;
    let at = |place: usize| mean(&latest.iter().skip(place).step_by(season).copied().collect::<Vec<_>>());
    Some((0..season.min(horizon)).map(at).collect::<Vec<_>>().into_iter().cycle().take(horizon).collect())
}

/// The last level, with the weight of a new value for which the next value was met best.
fn level(past: &[f64]) -> Option<f64> {
    if past.len() < 4 {
        return None;
    }
    let smooth = |weight: f64| {
        let mut level = mean(past.get(..4).unwrap_or(past));
        let mut errors = 0.0;
        for value in past {
            let error = value - level;
            errors += error * error;
            level += weight * error;
        }
        (errors, level)
    };
    let tried = [0.05, 0.1, 0.2, 0.4, 0.7].map(smooth);
    tried.into_iter().min_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, level)| level)
}

/// The state of [`trend_and_season`].
#[derive(Clone)]
struct Smoothed {
    level: f64,
    trend: f64,
    season: Vec<f64>,
}

fn trend_and_season(past: &[f64], season: usize, horizon: usize) -> Option<Vec<f64>> {
    if past.len() < (2 * season).max(8) {
        return None;
    }
    let gammas: &[f64] = if season > 1 { &[0.05, 0.2, 0.4] } else { &[0.0] };
    let begin = begin(past, season);
    let mut best: Option<(f64, Smoothed)> = None;
    for alpha in [0.05, 0.15, 0.3, 0.6] {
        for beta in [0.01, 0.1] {
            for gamma in gammas {
                let (errors, end) = smooth(past, begin.clone(), (alpha, beta, *gamma));
                if best.as_ref().is_none_or(|(least, _)| errors < *least) {
                    best = Some((errors, end));
                }
            }
        }
    }
    let (_, end) = best?;
    let mut faded = 0.0;
    let mut fading = 1.0;
    let seasons = end.season.iter().cycle().skip(past.len() % season);
    Some(
        seasons
            .take(horizon)
            .map(|of_season| {
                fading *= FADING;
                faded += fading;
                end.level + faded * end.trend + of_season
            })
            .collect(),
    )
}

/// Where smoothing begins: level and season of the first two seasons.
fn begin(past: &[f64], season: usize) -> Smoothed {
    let (first, second) = (past.get(..season).unwrap_or(past), past.get(season..2 * season).unwrap_or(past));
    let (one, two) = (mean(first), mean(second));
    if season == 1 {
        return Smoothed { level: mean(past.get(..4).unwrap_or(past)), trend: 0.0, season: vec![0.0] };
    }
    let distances = first.iter().zip(second).map(|(early, late)| (early - one + late - two) / 2.0);
    Smoothed { level: one, trend: (two - one) / season as f64, season: distances.collect() }
}

/// The sum of the squares of the errors of one step, and the state at the end.
fn smooth(past: &[f64], mut state: Smoothed, (alpha, beta, gamma): (f64, f64, f64)) -> (f64, Smoothed) {
    let season = state.season.len().max(1);
    let mut errors = 0.0;
    for (at, value) in past.iter().enumerate() {
        let Some(of_season) = state.season.get_mut(at % season) else { continue };
        let base = state.level + FADING * state.trend;
        let error = value - base - *of_season;
        errors += error * error;
        state.level = base + alpha * error;
        state.trend = FADING * state.trend + alpha * beta * error;
        *of_season += gamma * (1.0 - alpha) * error;
    }
    (errors, state)
}

fn straight(past: &[f64], season: usize, horizon: usize) -> Option<Vec<f64>> {
    let steps = LINE_STEPS.max(2 * season).min(past.len() / season * season);
    if steps < (2 * season).max(8) {
        return None;
    }
    let latest = past.get(past.len() - steps..)?;
    let (base, slope) = line(latest);
    let off: Vec<f64> =
        latest.iter().enumerate().map(|(at, value)| value - base - slope * at as f64).collect();
    let of_season = |at: usize| {
        if season == 1 {
            return 0.0;
        }
        mean(&off.iter().skip(at % season).step_by(season).copied().collect::<Vec<_>>())
    };
    Some((steps..steps + horizon).map(|at| base + slope * at as f64 + of_season(at)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn week(at: usize) -> f64 {
        [5.0, 6.0, 7.0, 6.0, 5.0, 1.0, 0.5].get(at % 7).copied().unwrap_or_default()
    }

    #[test]
    fn a_pure_season_is_continued_exactly_by_whoever_knows_it() {
        let past: Vec<f64> = (0..40).map(week).collect();
        let expected: Vec<f64> = (40..55).map(week).collect();
        for method in [Method::AsBefore(7), Method::SeasonMean(7), Method::TrendAndSeason(7)] {
            let next = method.next(&past, 15).unwrap();
            for (one, other) in next.iter().zip(&expected) {
                assert!((one - other).abs() < 1e-6, "{method:?}: {next:?}");
            }
        }
    }

    #[test]
    fn a_straight_line_is_continued() {
        let past: Vec<f64> = (0..40).map(|at| 3.0 + 0.5 * f64::from(at)).collect();
        for method in [Method::Line(1), Method::Line(7)] {
            let next = method.next(&past, 15).unwrap();
            assert!((next[14] - (3.0 + 0.5 * 54.0)).abs() < 1e-6, "{method:?}: {next:?}");
        }
        let fading = Method::Trend.next(&past, 15).unwrap();
        assert!(fading[14] > past[39] && fading[14] < 30.0, "a trend fades: {fading:?}");
    }

    #[test]
    fn what_is_too_short_gives_nothing_and_nothing_is_below_zero() {
        for step in Step::ALL {
            for method in Method::all(step, 1_000) {
                assert_eq!(method.next(&[], 5), None, "{method:?}");
                let falling: Vec<f64> = (0..400).map(|at| f64::from(400 - at) / 10.0).collect();
                let next = method.next(&falling, 60).unwrap();
                assert!(next.iter().all(|value| *value >= 0.0 && value.is_finite()), "{method:?}: {next:?}");
            }
        }
    }
}
