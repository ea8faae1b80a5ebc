//! The forecast, and the backtest that decides how it is made and says how good it is.
//!
//! At every *origin* (a step of the past) each method is asked for what followed. Going through the origins in order, the
//! method is chosen and the band is made from the errors that were known by then; both are compared with what
//! came. So the error and the coverage are those of a forecast as it would have been shown at the time.

use crate::{
    Pattern, Recognised, Step,
    methods::Method,
    recognise,
    statistics::{mean, quantile},
};

/// The share of steps that should lie in the band.
pub const LEVEL: f64 = 0.9;
/// Most steps of the past from which a forecast is tried.
const ORIGINS: usize = 72;
/// Steps whose mean is the scale of the errors after them: spend grows and falls by factors, and errors with it.
const SCALE_STEPS: usize = 14;
/// Origins whose errors are known before a choice is made of them.
const WARM_UP: usize = 5;
/// How much nearer than the yardstick a method has to be to be worth it.
const WORTH_IT: f64 = 0.98;

/// A forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// What the series is like.
    pub recognised: Recognised,
    /// How the forecast is made, in words.
    pub method: &'static str,
    /// The next steps.
    pub points: Vec<Point>,
    /// All of them together.
    pub total: Point,
    /// How good forecasts of this series were.
    pub backtest: Backtest,
}

/// A step to come.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// What is expected.
    pub expected: f64,
    /// The lower end of the band; never below 0.
    pub lower: f64,
    /// The upper end of the band.
    pub upper: f64,
}

/// How good forecasts of this series were, tried at steps of its past.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Backtest {
    /// Steps at which it was tried.
    pub origins: usize,
    /// Forecasts that were compared with what came.
    pub compared: usize,
    /// The mean absolute error over that of taking everything as one season before (a MASE): below 1 is better.
    pub relative_error: f64,
    /// The sum of the errors over the sum of the amounts (WAPE).
    pub error_share: f64,
    /// The share of amounts that lay in the band of their time, which should be [`LEVEL`].
    pub coverage: f64,
    /// How many amounts `coverage` counts.
    pub banded: usize,
}

/// There is too little history for a forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotEnough {
    /// Whole steps since the first amount.
    pub have: usize,
    /// As many are needed.
    pub need: usize,
}

/// Says how a series goes on. `past` are the amounts of whole steps, the oldest first; what is before the first
/// amount that is not 0 is left out.
///
/// # Errors
/// [`NotEnough`] where there is too little of it.
pub fn forecast(past: &[f64], step: Step) -> Result<Forecast, NotEnough> {
    let past = begin_of(past);
    if past.len() < step.needed() {
        return Err(NotEnough { have: past.len(), need: step.needed() });
    }
    let past = past.get(past.len().saturating_sub(step.looked_at())..).unwrap_or(past);
    let trials = Trials::run(past, step);
    let backtest = trials.judge();
    let now = past.len();
    let chosen = trials.chosen(now);
    let method = trials.methods.get(chosen).copied().unwrap_or(Method::Level);
    // Every series that is long enough can at least be taken as before.
    let expected = method.next(past, step.horizon()).unwrap_or_else(|| vec![0.0; step.horizon()]);
    let band = trials.band(chosen, now);
    let points: Vec<Point> = expected
        .iter()
        .enumerate()
        .map(|(ahead, expected)| around(*expected, band.get(ahead).copied().unwrap_or(f64::INFINITY)))
        .collect();
    let total = trials.total(chosen, &points);
    Ok(Forecast { recognised: recognise(past, step), method: method.name(), points, total, backtest })
}

/// What follows the first amount.
pub(crate) fn begin_of(past: &[f64]) -> &[f64] {
    let first = past.iter().position(|amount| *amount > 0.0).unwrap_or(past.len());
    past.get(first..).unwrap_or_default()
}

/// The longest season that any method knows.
fn longest(methods: &[Method]) -> usize {
    methods.iter().map(|method| method.season()).max().unwrap_or(1)
}

/// What amounts were like just before a step, whole seasons of them.
fn scale(past: &[f64], now: usize, season: usize) -> f64 {
    let known = past.get(..now).unwrap_or(past);
    let latest = known.get(known.len().saturating_sub(SCALE_STEPS.max(season))..).unwrap_or(known);
    mean(latest).max(mean(known) / 20.0).max(f64::MIN_POSITIVE)
}

fn around(expected: f64, half: f64) -> Point {
    Point { expected, lower: (expected - half).max(0.0), upper: expected + half }
}

/// What every method would have said at every origin, less what came.
struct Trials<'a> {
    past: &'a [f64],
    methods: Vec<Method>,
    horizon: usize,
    /// At each origin, the oldest first, how many steps were known.
    origins: Vec<usize>,
    /// The scale of the amounts at each.
    scales: Vec<f64>,
    /// By method and origin: the errors of the steps that have come since.
    errors: Vec<Vec<Option<Vec<f64>>>>,
}

impl<'a> Trials<'a> {
    fn run(past: &'a [f64], step: Step) -> Self {
        let methods = Method::all(step, past.len());
        let horizon = step.horizon();
        let season = methods.first().map_or(1, |yardstick| yardstick.season());
        let least = (2 * season).max(6);
        // Hours of a whole fortnight, so that weekends are among them, and at all times of the day.
        let apart = if step == Step::Hour { 5 } else { 1 };
        let mut origins: Vec<usize> = (least..past.len()).rev().step_by(apart).take(ORIGINS).collect();
        origins.reverse();
        let tried = |method: Method, origin: usize| {
            let (known, came) = past.split_at(origin);
            let said = method.next(known, horizon.min(came.len()))?;
            Some(said.iter().zip(came).map(|(said, came)| said - came).collect())
        };
        let errors = methods
            .iter()
            .map(|method| origins.iter().map(|origin| tried(*method, *origin)).collect())
            .collect();
        let longest = longest(&methods);
        let scales = origins.iter().map(|origin| scale(past, *origin, longest)).collect();
        Self { past, methods, horizon, origins, scales, errors }
    }

    /// The errors of a method that were known when `now` steps were: how far ahead, and by how much of the scale of
    /// their time.
    fn known(&self, method: usize, now: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let errors = self.errors.get(method).map(Vec::as_slice).unwrap_or_default();
        let tried = self.origins.iter().zip(&self.scales).zip(errors);
        tried.flat_map(move |((origin, scale), errors)| {
            let errors = errors.as_deref().unwrap_or_default().iter().take(now.saturating_sub(*origin));
            errors.map(move |error| error / scale).enumerate()
        })
    }

    /// The method that was nearest by then; the yardstick where none is clearly nearer.
    fn chosen(&self, now: usize) -> usize {
        // Methods may have been tried at different origins: each is compared with the yardstick at its own.
        let yardstick = self.errors.first().map(Vec::as_slice).unwrap_or_default();
        let ratio = |method: usize| {
            let own = self.errors.get(method)?;
            let (mut mine, mut theirs, mut origins) = (0.0, 0.0, 0);
            for ((mine_at, theirs_at), origin) in own.iter().zip(yardstick).zip(&self.origins) {
                let since = now.saturating_sub(*origin);
                let (Some(mine_at), Some(theirs_at)) = (mine_at, theirs_at) else { continue };
                origins += usize::from(since > 0);
                mine += mine_at.iter().take(since).map(|error| error.abs()).sum::<f64>();
                theirs += theirs_at.iter().take(since).map(|error| error.abs()).sum::<f64>();
            }
            (origins >= WARM_UP).then_some(if theirs > 0.0 { mine / theirs } else { 1.0 })
        };
        let rated = (1..self.methods.len()).filter_map(|method| Some((method, ratio(method)?)));
        let best = rated.min_by(|one, other| one.1.total_cmp(&other.1));
        best.filter(|(_, ratio)| *ratio < WORTH_IT).map_or(0, |(method, _)| method)
    }

    /// Half the width of the band by how far ahead, from the errors that were known by then.
    ///
    /// Errors grow with the distance, which the root of their mean square says, smoothed and never falling; what is left
    /// is pooled over all distances, and its quantile taken a little higher than [`LEVEL`], by how few origins there
    /// are (as in conformal prediction).
    fn band(&self, method: usize, now: usize) -> Vec<f64> {
        let mut squares = vec![(0.0, 0_u32); self.horizon];
        for (ahead, error) in self.known(method, now) {
            if let Some((sum, count)) = squares.get_mut(ahead) {
                *sum += error * error;
                *count += 1;
            }
        }
        let mut width = 0.0_f64;
        let widths: Vec<f64> = (0..self.horizon)
            .map(|ahead| {
                let near = squares.iter().skip(ahead.saturating_sub(2)).take(ahead.min(2) + 3);
                let (sum, count) = near.fold((0.0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
                if count > 0 {
                    width = width.max((sum / f64::from(count)).sqrt());
                }
                width.max(f64::MIN_POSITIVE)
            })
            .collect();
        let scores =
            self.known(method, now).filter_map(|(ahead, error)| Some(error.abs() / widths.get(ahead)?));
        let scores: Vec<f64> = scores.collect();
        let origins = self.origins.iter().filter(|origin| **origin < now).count().max(1) as f64;
        let factor =
            quantile(scores, LEVEL * (1.0 + 1.0 / origins)) * scale(self.past, now, longest(&self.methods));
        widths.into_iter().map(|width| width * factor).collect()
    }

    /// Goes through the origins as if each were now.
    fn judge(&self) -> Backtest {
        let (mut compared, mut banded, mut inside, mut tried) = (0, 0_usize, 0_usize, 0);
        let (mut errors, mut yardstick, mut amounts) = (0.0, 0.0, 0.0);
        for (at, origin) in self.origins.iter().copied().enumerate() {
            let chosen = self.chosen(origin);
            let of = |method: usize| self.errors.get(method).and_then(|origins| origins.get(at)?.as_deref());
            let (Some(own), Some(theirs)) = (of(chosen), of(0)) else { continue };
            tried += 1;
            let band = (at >= 2 * WARM_UP).then(|| self.band(chosen, origin));
            for (ahead, (error, other)) in own.iter().zip(theirs).enumerate() {
                compared += 1;
                errors += error.abs();
                yardstick += other.abs();
                let amount = self.past.get(origin + ahead).copied().unwrap_or_default();
                amounts += amount;
                if let Some(half) = band.as_ref().and_then(|band| band.get(ahead)) {
                    banded += 1;
                    let point = around(amount + error, *half);
                    inside += usize::from(point.lower <= amount && amount <= point.upper);
                }
            }
        }
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        Backtest {
            origins: tried,
            compared,
            relative_error: if yardstick > 0.0 { errors / yardstick } else { 1.0 },
            error_share: share(errors, amounts),
            coverage: share(inside as f64, banded as f64),
            banded,
        }
    }

    /// All steps together: their errors partly cancel out, as those of past sums did.
    fn total(&self, method: usize, points: &[Point]) -> Point {
        let sum = |of: fn(&Point) -> f64| points.iter().map(of).sum::<f64>();
        let expected = sum(|point| point.expected);
        let whole = self.errors.get(method).map(Vec::as_slice).unwrap_or_default();
        let sums: Vec<f64> = whole
            .iter()
            .zip(&self.scales)
            .filter_map(|(errors, scale)| Some((errors.as_ref()?, scale)))
            .filter(|(errors, _)| errors.len() == self.horizon)
            .map(|(errors, scale)| errors.iter().sum::<f64>().abs() / scale)
            .collect();
        if sums.len() < 2 * WARM_UP {
            return Point { expected, lower: sum(|point| point.lower), upper: sum(|point| point.upper) };
        }
        // Sums of steps that overlap are far from independent: as many as do not overlap count.
        let apart = (sums.len() as f64 / self.horizon as f64).max(1.0);
        let now = scale(self.past, self.past.len(), longest(&self.methods));
        let half = quantile(sums, LEVEL * (1.0 + 1.0 / apart)) * now;
        let widest = sum(|point| point.upper) - expected;
        around(expected, half.min(widest))
    }
}

impl Forecast {
    /// The pattern in a word.
    pub fn pattern(&self) -> Pattern {
        self.recognised.pattern
    }
}
