//! What stands out: amounts that their past does not let expect.
//!
//! Each amount is compared with the amounts of the steps before it, as logarithms, since spend grows and falls by factors:
//! with their level, their trend and their cycle, all of them medians, so that what stood out before does not hide
//! what does now. How far they usually lie from that says how far is too far, by Student's t, since it is
//! estimated too. [`FALSE_ALARMS`] is the share of ordinary amounts that are taken for strange at the most; the simulator
//! measures it.

use crate::{
    Step,
    backtest::begin_of,
    statistics::{median, middle_slope, student},
};

/// The share of ordinary amounts that may be taken for strange: half of them as too high, half as too low.
pub const FALSE_ALARMS: f64 = 0.01;
/// The normal quantile that keeps it, measured by the simulator: 2.6 would do if the past were like the present.
const Z: f64 = 3.0;
/// What the median distance is multiplied with to be a standard deviation of normal values.
const MAD: f64 = 1.4826;
/// The median distance knows this share of what a standard deviation of as many values knows.
const EFFICIENCY: f64 = 0.37;
/// Amounts always differ by so much (as a logarithm: five of a hundred) without anybody wondering.
const LEAST_SPREAD: f64 = 0.05;

/// How an amount stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// More than expected.
    High,
    /// Less than expected.
    Low,
}

impl Direction {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Low => "low",
        }
    }
}

/// An amount that stands out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anomaly {
    /// Its place in the series.
    pub at: usize,
    /// The amount.
    pub amount: f64,
    /// What the steps before let expect.
    pub expected: f64,
    /// What is ordinary ends here.
    pub lower: f64,
    /// And here.
    pub upper: f64,
    /// How it stands out.
    pub direction: Direction,
}

/// What is ordinary at a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ordinary {
    /// What is expected.
    pub expected: f64,
    /// What is ordinary ends here.
    pub lower: f64,
    /// And here.
    pub upper: f64,
}

/// Compares amounts with those before them.
#[derive(Debug, Clone, Copy)]
pub struct Watcher {
    season: usize,
    /// Steps that are looked back at, and that there must be.
    window: usize,
    least: usize,
    /// Smaller differences from what is expected are not worth a word.
    pub worth: f64,
}

impl Watcher {
    /// Whoever watches a series of this step; differences below `worth` are passed over.
    pub fn new(step: Step, worth: f64) -> Self {
        let (season, window, least) = match step {
            // Hours are like those of the same day of the week.
            Step::Hour => (168, 1_008, 504),
            Step::Day => (7, 56, 21),
            Step::Week => (1, 26, 12),
            Step::Month => (1, 24, 12),
        };
        Self { season, window, least, worth }
    }

    /// How many steps there must be before one can be judged.
    pub fn least(&self) -> usize {
        self.least
    }

    /// What would be ordinary after these amounts; `None` where there are too few to say.
    pub fn ordinary(&self, past: &[f64]) -> Option<Ordinary> {
        let past = begin_of(past);
        let window = past.get(past.len().saturating_sub(self.window)..)?;
        if window.len() < self.least {
            return None;
        }
        let spent: Vec<f64> = window.iter().copied().filter(|amount| *amount > 0.0).collect();
        // Where there is often nothing, only days on which something was spent are like each other.
        let sporadic = spent.len() * 10 < window.len() * 7;
        if spent.len() < self.least / 2 {
            return None;
        }
        let shift = median(spent.clone()) / 50.0;
        let logarithms =
            |values: &[f64]| values.iter().map(|value| (value + shift).ln()).collect::<Vec<f64>>();
        let (values, season) =
            if sporadic { (logarithms(&spent), 1) } else { (logarithms(window), self.season) };
        let (next, spread, freedom) = expect(&values, season)?;
        let reach = student(Z, freedom) * spread;
        let back = |logarithm: f64| (logarithm.exp() - shift).max(0.0);
        let lower = if sporadic { 0.0 } else { back(next - reach) };
        Some(Ordinary { expected: back(next), lower, upper: back(next + reach) })
    }

    /// Whether an amount stands out from what is ordinary.
    pub fn judge(&self, at: usize, amount: f64, ordinary: Ordinary) -> Option<Anomaly> {
        let direction = if amount > ordinary.upper {
            Direction::High
        } else if amount < ordinary.lower {
            Direction::Low
        } else {
            return None;
        };
        let Ordinary { expected, lower, upper } = ordinary;
        ((amount - expected).abs() >= self.worth).then_some(Anomaly {
            at,
            amount,
            expected,
            lower,
            upper,
            direction,
        })
    }
}

/// The next logarithm, how far ordinary ones lie from it, and how well that is known (in degrees of freedom).
fn expect(values: &[f64], season: usize) -> Option<(f64, f64, f64)> {
    let count = values.len();
    // Whole seasons, so that none of their places counts more than others for the trend.
    let seasonal = season > 1 && count >= 3 * season;
    let slope = if seasonal { season_slope(values, season) } else { middle_slope(values) };
    let level: Vec<f64> = values.iter().enumerate().map(|(at, value)| value - slope * at as f64).collect();
    let places = if seasonal { season } else { 1 };
    let middles: Vec<f64> = (0..places)
        .map(|place| median(level.iter().skip(place).step_by(places).copied().collect()))
        .collect();
    let off = level.iter().zip(middles.iter().cycle()).map(|(value, middle)| (value - middle).abs());
    // Each place of the cycle has taken one of the values to be known itself.
    let left = (count.saturating_sub(places + 1)).max(4) as f64;
    let spread = MAD * median(off.collect()) * (count as f64 / left).sqrt();
    let per_place = count as f64 / places as f64;
    // The middles and the trend are uncertain as well: the median of n is about 1.57 / n of the variance.
    let uncertain = (1.0 + 1.57 / per_place + 4.0 / count as f64).sqrt();
    let next = middles.get(count % places)? + slope * count as f64;
    Some((next, spread.max(LEAST_SPREAD) * uncertain, (EFFICIENCY * left).max(3.0)))
}

/// The middle of all slopes between values at the same place of different cycles.
fn season_slope(values: &[f64], season: usize) -> f64 {
    let mut slopes = Vec::new();
    for (at, early) in values.iter().enumerate() {
        for (cycles, late) in values.iter().skip(at + season).step_by(season).enumerate() {
            slopes.push((late - early) / (season * (cycles + 1)) as f64);
        }
    }
    median(slopes)
}

/// Everything that stands out, each amount compared with those before it. `past` is as for
/// [`forecast`](crate::forecast); differences below `worth` are passed over.
pub fn anomalies(past: &[f64], step: Step, worth: f64) -> Vec<Anomaly> {
    let watcher = Watcher::new(step, worth);
    let found = past.iter().enumerate().filter_map(|(at, amount)| {
        let ordinary = watcher.ordinary(past.get(at.saturating_sub(watcher.window)..at)?)?;
        watcher.judge(at, *amount, ordinary)
    });
    found.collect()
}
