//! Made-up series of each pattern, whose future is known: how well they are recognised, forecast and watched.
//!
//! Prints what `docs/money.md` shows: `cargo xtask sim forecast`.

use crate::{Direction, Pattern, Step, Watcher, anomalies, forecast, recognise};
use std::fmt::Write as _;

/// How often what is ordinary is multiplied to be strange.
const SPIKE: f64 = 4.0;

/// A kind of made-up series.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// What it is, for the table.
    pub name: &'static str,
    /// Its step.
    pub step: Step,
    /// How many steps are known.
    pub known: usize,
    /// What it should be recognised as.
    pub pattern: Pattern,
    /// The expected amount at a step.
    level: fn(usize) -> f64,
    /// The spread of the logarithm of the amounts.
    spread: f64,
    /// The share of steps without any amount.
    nothing: f64,
    /// By how much the spread follows the one before (0: not at all).
    memory: f64,
}

fn week(at: usize) -> f64 {
    if at % 7 >= 5 { 2.0 } else { 10.0 }
}

fn hours(at: usize) -> f64 {
    let hour = (at % 24) as f64;
    let day = if (at / 24) % 7 >= 5 { 0.4 } else { 1.0 };
    day * (0.2 + 2.0 * (-(hour - 14.0).powi(2) / 18.0).exp())
}

/// Every kind.
pub const KINDS: [Kind; 12] = [
    kind("stable, spread 30 %", 90, Pattern::Stable, |_| 10.0),
    Kind { memory: 0.6, ..kind("stable, days follow each other", 90, Pattern::Stable, |_| 10.0) },
    kind("weekly cycle", 90, Pattern::Cyclic, week),
    kind("weekly cycle, a month of history", 35, Pattern::Cyclic, week),
    kind("rising by 2 % of the start a day", 90, Pattern::Trending, |at| 5.0 + 0.1 * at as f64),
    kind("falling to a third", 90, Pattern::Trending, |at| 30.0 - 0.22 * at as f64),
    kind("doubling every 30 days", 90, Pattern::Trending, |at| 2.0 * 2.0_f64.powf(at as f64 / 30.0)),
    kind("weekly cycle on a gentle rise", 90, Pattern::Cyclic, |at| week(at) * (1.0 + at as f64 / 180.0)),
    kind("a new level since 30 days", 90, Pattern::Trending, |at| if at < 60 { 5.0 } else { 12.0 }),
    Kind { nothing: 0.6, ..kind("now and then", 90, Pattern::Stable, |_| 10.0) },
    Kind { step: Step::Hour, known: 24 * 28, ..kind("hours of four weeks", 0, Pattern::Cyclic, hours) },
    Kind {
        step: Step::Month,
        known: 24,
        ..kind("months, rising", 0, Pattern::Trending, |at| 100.0 + 15.0 * at as f64)
    },
];

const fn kind(name: &'static str, known: usize, pattern: Pattern, level: fn(usize) -> f64) -> Kind {
    Kind { name, step: Step::Day, known, pattern, level, spread: 0.3, nothing: 0.0, memory: 0.0 }
}

/// How a kind of series fared.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Report {
    /// Series that were played.
    pub series: usize,
    /// The share that was recognised as what it is.
    pub recognised: f64,
    /// The error of the forecast over that of taking everything as one cycle before.
    pub relative_error: f64,
    /// The same as the backtest of each series said it would be.
    pub promised_error: f64,
    /// The share of amounts that came to lie in the band.
    pub coverage: f64,
    /// The same as the backtests said it would be.
    pub promised_coverage: f64,
    /// The share of totals that came to lie in theirs.
    pub total_coverage: f64,
    /// The share of ordinary amounts that were taken for strange.
    pub false_alarms: f64,
    /// The share of amounts of four times the ordinary that were found.
    pub found: f64,
}

impl Kind {
    /// A series of this kind: what is known and what comes after.
    pub fn series(&self, seed: u64) -> (Vec<f64>, Vec<f64>) {
        let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ self.known as u64);
        let mut before = 0.0;
        let rest = (1.0 - self.memory * self.memory).sqrt();
        let mut series: Vec<f64> = (0..self.known + self.step.horizon())
            .map(|at| {
                let off = self.memory * before + rest * chance.normal();
                before = off;
                let amount = (self.level)(at) * (self.spread * off - self.spread * self.spread / 2.0).exp();
                if chance.share() < self.nothing { 0.0 } else { amount }
            })
            .collect();
        let future = series.split_off(self.known);
        (series, future)
    }

    /// Plays so many series of this kind.
    pub fn play(&self, seeds: u64) -> Report {
        let mut report = Report::default();
        let (mut error, mut yardstick, mut inside, mut points) = (0.0, 0.0, 0, 0);
        let (mut alarms, mut watched, mut promised, mut promises) = (0, 0, 0.0, 0.0);
        let (mut covered, mut banded) = (0.0, 0.0);
        for seed in 0..seeds {
            let (known, future) = self.series(seed);
            report.recognised += f64::from(u8::from(recognise(&known, self.step).pattern == self.pattern));
            let all: Vec<f64> = known.iter().chain(&future).copied().collect();
            alarms += anomalies(&all, self.step, 0.0).len();
            watched += all.len() - Watcher::new(self.step, 0.0).least().min(all.len());
            report.found += f64::from(u8::from(self.finds_a_spike(&known, future.first().copied())));
            let Ok(said) = forecast(&known, self.step) else { continue };
            report.series += 1;
            let season = if known.len() >= 3 * self.step.season() { self.step.season() } else { 1 };
            let before = known.iter().skip(known.len() - season.min(known.len())).cycle();
            for ((point, came), before) in said.points.iter().zip(&future).zip(before) {
                error += (point.expected - came).abs();
                yardstick += (before - came).abs();
                points += 1;
                inside += usize::from(point.lower <= *came && *came <= point.upper);
            }
            let sum: f64 = future.iter().sum();
            report.total_coverage += f64::from(u8::from(said.total.lower <= sum && sum <= said.total.upper));
            promised += said.backtest.relative_error;
            promises += 1.0;
            covered += said.backtest.coverage * said.backtest.banded as f64;
            banded += said.backtest.banded as f64;
        }
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        report.recognised = share(report.recognised, seeds as f64);
        report.relative_error = share(error, yardstick);
        report.promised_error = share(promised, promises);
        report.coverage = share(inside as f64, points as f64);
        report.promised_coverage = share(covered, banded);
        report.total_coverage = share(report.total_coverage, report.series as f64);
        report.false_alarms = share(alarms as f64, watched as f64);
        report.found = share(report.found, seeds as f64);
        report
    }

    fn finds_a_spike(&self, known: &[f64], next: Option<f64>) -> bool {
        let ordinary = next.filter(|next| *next > 0.0).unwrap_or_else(|| (self.level)(known.len()));
        let mut series = known.to_vec();
        series.push(SPIKE * ordinary);
        let found = anomalies(&series, self.step, 0.0);
        found.last().is_some_and(|last| last.at == known.len() && last.direction == Direction::High)
    }
}

/// Plays every kind and writes a Markdown table.
pub fn table(seeds: u64) -> String {
    let mut table = format!(
        "{seeds} series of each kind. Error: mean absolute error over that of \"as one cycle before\" on the same steps, measured \
         on the known future and as the backtest said; coverage of the 90 % band likewise.\n\n\
         | series | recognised | error | error said | coverage | coverage said | total covered | false alarms | spikes of x{SPIKE} found |\n\
         | --- | --: | --: | --: | --: | --: | --: | --: | --: |\n"
    );
    for kind in KINDS {
        let report = kind.play(seeds);
        let percent = |share: f64| format!("{:.0} %", share * 100.0);
        let _infallible = writeln!(
            table,
            "| {} | {} | {:.2} | {:.2} | {} | {} | {} | {:.2} % | {} |",
            kind.name,
            percent(report.recognised),
            report.relative_error,
            report.promised_error,
            percent(report.coverage),
            percent(report.promised_coverage),
            percent(report.total_coverage),
            report.false_alarms * 100.0,
            percent(report.found),
        );
    }
    table
}

/// Random numbers that are the same every time (SplitMix64).
struct Chance(u64);

impl Chance {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// By Box and Muller.
    fn normal(&mut self) -> f64 {
        let far = (-2.0 * self.share().max(f64::MIN_POSITIVE).ln()).sqrt();
        far * (2.0 * std::f64::consts::PI * self.share()).cos()
    }
}
