//! Thousands of made-up experiments: how often the tests find what is not there, when somebody looks after each result,
//! and how soon they find what is there. Beside them the z-test as it is usually used, which is right once, at the end.

use crate::{
    chance::Chance,
    design::Metric,
    samples::{Before, needed},
    sequential::{LEAST_EACH, bounded_p, difference_p, ratio_p},
    tally::{Bounded, Moments},
};
use std::fmt::Write as _;

/// The error rate that is promised.
pub const ALPHA: f64 = 0.05;
/// The z-test's bound for it, at both ends.
const USUAL_BOUND: f64 = 1.959_963_984_540_054;
/// Its deviations for finding a difference in four of five.
const POWER_DEVIATIONS: f64 = 0.841_621_233_572_914_3;
/// How many requests one user of the scenario with users has.
const REQUESTS_A_USER: usize = 20;

/// How much is simulated.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Experiments without a difference, of each sort.
    pub runs: u32,
    /// Results of each of them.
    pub results: u32,
    /// Experiments with a difference, of each sort.
    pub powered_runs: u32,
    /// Most results of each of those.
    pub most: u32,
}

impl Size {
    /// What the document has.
    pub const FULL: Self = Self { runs: 10_000, results: 2_000, powered_runs: 1_000, most: 40_000 };
    /// What a test has.
    pub const SMALL: Self = Self { runs: 400, results: 600, powered_runs: 40, most: 12_000 };
}

/// What results are like.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Source {
    /// 1 with this probability.
    Share(f64),
    /// Stars from 1 to 5 with a mean of 0.7 on the scale from 0 to 1, moved by so much.
    Stars(f64),
    /// A thumb that is up with this probability.
    Thumbs(f64),
    /// `e^(m + s x)` for a normal `x`.
    LogNormal(f64, f64),
    /// Pareto's distribution from 1 on, with this exponent, times a factor: below 2 it has no variance.
    Pareto(f64, f64),
    /// Log-normal, and one of a hundred ends at a time-out of ten minutes.
    TimeOuts(f64),
}

impl Source {
    fn draw(self, chance: &mut Chance) -> f64 {
        match self {
            Self::Share(p) | Self::Thumbs(p) => f64::from(u8::from(chance.unit() < p)),
            Self::Stars(more) => {
                let steps = (0..4).filter(|_| chance.unit() < 0.7 + more).count();
                steps as f64 / 4.0
            }
            Self::LogNormal(middle, spread) => (middle + spread * chance.normal()).exp(),
            Self::Pareto(exponent, factor) => 1_000.0 * factor * (1.0 - chance.unit()).powf(-1.0 / exponent),
            Self::TimeOuts(middle) if chance.unit() < 0.99 => (middle + 0.5 * chance.normal()).exp(),
            Self::TimeOuts(_) => 600_000.0,
        }
    }

    const fn is_share(self) -> bool {
        matches!(self, Self::Share(_))
    }
}

/// Both sums of an arm, for both tests.
#[derive(Clone, Copy, Default)]
struct Arm {
    bounded: Bounded,
    logs: Moments,
    /// The plain numbers: for ratings, and for the z-test.
    plain: Moments,
}

impl Arm {
    fn add(&mut self, value: f64, source: Source) {
        if source.is_share() {
            self.bounded.add(value)
        } else {
            self.logs.add_log(value)
        }
        self.plain.add(value);
    }
}

fn p_value(source: Source, effect: f64, (first, other): (&Arm, &Arm)) -> f64 {
    match source {
        Source::Share(_) => bounded_p(&first.bounded, &other.bounded),
        Source::Stars(_) | Source::Thumbs(_) => difference_p(&first.plain, &other.plain, effect),
        Source::LogNormal(..) | Source::Pareto(..) | Source::TimeOuts(_) => {
            ratio_p(&first.logs, &other.logs, effect)
        }
    }
}

/// Whether the z-test on the plain means finds a difference, at `bound` deviations.
fn z_finds(first: &Arm, other: &Arm, bound: f64) -> bool {
    let (first, other) = (&first.plain, &other.plain);
    if first.n < LEAST_EACH || other.n < LEAST_EACH {
        return false;
    }
    let variance = first.variance() / first.n as f64 + other.variance() / other.n as f64;
    variance > 0.0 && (first.mean - other.mean).powi(2) > bound * bound * variance
}

/// Experiments in which all variants are the same.
#[derive(Debug, Clone, Copy)]
struct Alike {
    name: &'static str,
    source: Source,
    variants: usize,
    /// The share of the first variant; the others have equal parts of the rest.
    first: f64,
    users: Users,
}

/// Whether requests belong to users who differ.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Users {
    /// Every request stands for itself.
    None,
    /// Users keep their variant, and each request is counted.
    Counted,
    /// Users keep their variant, and the first request of each is counted, as the gateway does it.
    First,
}

const ALIKE: &[Alike] = &[
    alike("success, 95 of 100", Source::Share(0.95)),
    alike("success, 50 of 100", Source::Share(0.5)),
    Alike { first: 0.9, ..alike("success, shares 90 to 10", Source::Share(0.95)) },
    Alike { variants: 4, first: 0.25, ..alike("success, four variants", Source::Share(0.9)) },
    alike("rating, stars", Source::Stars(0.0)),
    alike("rating, thumbs", Source::Thumbs(0.8)),
    alike("latency, log-normal", Source::LogNormal(7.0, 0.7)),
    Alike { first: 0.9, ..alike("latency, shares 90 to 10", Source::LogNormal(7.0, 0.7)) },
    alike("latency, Pareto 1.5 (no variance)", Source::Pareto(1.5, 1.0)),
    alike("latency, 1 % time-outs", Source::TimeOuts(7.0)),
    alike("cost, log-normal, wide", Source::LogNormal(14.0, 2.0)),
    Alike { variants: 4, first: 0.25, ..alike("cost, four variants", Source::LogNormal(14.0, 1.5)) },
    Alike { users: Users::First, ..alike("users who differ, the first result of each", Source::Share(0.8)) },
    Alike {
        users: Users::Counted,
        ..alike("users who differ, every result (not done here)", Source::Share(0.8))
    },
];

const fn alike(name: &'static str, source: Source) -> Alike {
    Alike { name, source, variants: 2, first: 0.5, users: Users::None }
}

/// How often differences were found where there are none.
#[derive(Debug, Clone, PartialEq)]
pub struct FalseAlarms {
    /// The sort of experiment.
    pub name: &'static str,
    /// The share of experiments in which the test of this crate found one at some time.
    pub sequential: f64,
    /// The share in which the z-test, looked at after each result, found one at some time.
    pub peeking: f64,
    /// The share in which the z-test found one at the end.
    pub once: f64,
    /// Whether the gateway does it this way.
    pub is_done: bool,
}

impl Alike {
    fn run(&self, size: Size, seed: u64) -> FalseAlarms {
        let mut found = [0_u32; 3];
        for run in 0..size.runs {
            let mut chance = Chance(seed.wrapping_mul(0x1000_0001).wrapping_add(u64::from(run) << 32));
            let one = self.play(size.results, &mut chance);
            found.iter_mut().zip(one).for_each(|(count, found)| *count += u32::from(found));
        }
        let [sequential, peeking, once] = found.map(|count| f64::from(count) / f64::from(size.runs));
        FalseAlarms { name: self.name, sequential, peeking, once, is_done: self.users != Users::Counted }
    }

    /// One experiment: whether the sequential test, the z-test with peeking and the z-test at the end find something.
    fn play(&self, results: u32, chance: &mut Chance) -> [bool; 3] {
        let mut arms = vec![Arm::default(); self.variants];
        let others = (self.variants - 1) as f64;
        // For more than two variants each test has its part of alpha; the z-test gets that as well.
        let bound = if self.variants > 2 { 2.394 } else { USUAL_BOUND };
        let [mut sequential, mut peeking, mut once] = [false; 3];
        let mut left = 0;
        let (mut user, mut arm_of_user) = (self.source, 0);
        for _ in 0..results {
            if left == 0 {
                left = if self.users == Users::None { 1 } else { REQUESTS_A_USER };
                let u = chance.unit();
                arm_of_user = if u < self.first {
                    0
                } else {
                    1 + ((u - self.first) / (1.0 - self.first) * others) as usize
                };
                if self.users != Users::None {
                    user = Source::Share(0.5 + 0.5 * chance.unit());
                }
            }
            left = if self.users == Users::First { 0 } else { left - 1 };
            let at = arm_of_user.min(self.variants - 1);
            let value = user.draw(chance);
            if let Some(arm) = arms.get_mut(at) {
                arm.add(value, self.source);
            }
            let Some((first, rest)) = arms.split_first() else { continue };
            once = false;
            for (position, other) in rest.iter().enumerate() {
                let concerned = at == 0 || at == position + 1;
                if !sequential && concerned {
                    sequential = p_value(self.source, 0.1, (first, other)) <= ALPHA / others;
                }
                once |= z_finds(first, other, bound);
            }
            peeking |= once;
        }
        [sequential, peeking, once]
    }
}

/// Experiments with a difference.
#[derive(Debug, Clone, Copy)]
struct Different {
    name: &'static str,
    metric: Metric,
    sources: (Source, Source),
    /// The difference that the experiment was planned for; of what is less, how much the first is more.
    effect: f64,
    before: Before,
}

const BEFORE: Before = Before { share: 0.9, spread: 0.7 };

const DIFFERENT: &[Different] = &[
    Different {
        name: "success 50 to 60 of 100",
        metric: Metric::Success,
        sources: (Source::Share(0.5), Source::Share(0.6)),
        effect: 0.1,
        before: Before { share: 0.5, ..BEFORE },
    },
    Different {
        name: "success 90 to 95 of 100",
        metric: Metric::Success,
        sources: (Source::Share(0.9), Source::Share(0.95)),
        effect: 0.05,
        before: BEFORE,
    },
    Different {
        name: "success 99 to 90 of 100",
        metric: Metric::Success,
        sources: (Source::Share(0.99), Source::Share(0.9)),
        effect: 0.09,
        before: Before { share: 0.99, ..BEFORE },
    },
    Different {
        name: "rating 0.70 to 0.75",
        metric: Metric::Rating,
        sources: (Source::Stars(0.0), Source::Stars(0.05)),
        effect: 0.05,
        before: Before { spread: 0.23, ..BEFORE },
    },
    Different {
        name: "latency -10 %, log-normal",
        metric: Metric::Latency,
        sources: (Source::LogNormal(7.0, 0.7), Source::LogNormal(7.0 - 0.105_360_515_657_826_3, 0.7)),
        effect: 0.111,
        before: BEFORE,
    },
    Different {
        name: "latency -20 %, Pareto 1.5",
        metric: Metric::Latency,
        sources: (Source::Pareto(1.5, 1.0), Source::Pareto(1.5, 0.8)),
        effect: 0.25,
        before: Before { spread: 0.666, ..BEFORE },
    },
    Different {
        name: "cost +30 %, log-normal, wide",
        metric: Metric::Cost,
        sources: (Source::LogNormal(14.0, 1.0), Source::LogNormal(14.0 + 0.262_364_264_467_491, 1.0)),
        effect: 0.3,
        before: Before { spread: 1.0, ..BEFORE },
    },
];

/// How soon a difference was found that is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The sort of experiment.
    pub name: &'static str,
    /// The share of experiments in which it was found.
    pub share: f64,
    /// The share in which a difference the other way round was found.
    pub wrong: f64,
    /// Results until the end, on average.
    pub mean_results: f64,
    /// Results that the plan says it takes to find it in four of five.
    pub planned: Option<u64>,
    /// Results after which the z-test, looked at once, finds it in four of five; on the plain numbers of shares, on
    /// logarithms of the others.
    pub fixed: f64,
}

impl Different {
    fn run(&self, size: Size, seed: u64) -> Found {
        let (mut found, mut wrong, mut results) = (0_u32, 0_u32, 0_u64);
        for run in 0..size.powered_runs {
            let mut chance = Chance(seed.wrapping_mul(0x2000_0003).wrapping_add(u64::from(run) << 32));
            let (mut first, mut other) = (Arm::default(), Arm::default());
            for result in 1..=size.most {
                let (arm, source) = if chance.unit() < 0.5 {
                    (&mut first, self.sources.0)
                } else {
                    (&mut other, self.sources.1)
                };
                arm.add(source.draw(&mut chance), source);
                let over = p_value(self.sources.0, self.effect, (&first, &other)) <= ALPHA;
                if over || result == size.most {
                    results += u64::from(result);
                }
                if over {
                    let up = self.is_up(&first, &other);
                    found += u32::from(up);
                    wrong += u32::from(!up);
                    break;
                }
            }
        }
        let runs = f64::from(size.powered_runs);
        Found {
            name: self.name,
            share: f64::from(found) / runs,
            wrong: f64::from(wrong) / runs,
            mean_results: results as f64 / runs,
            planned: needed(self.metric, self.before, (self.effect, ALPHA, 2), 10_000_000),
            fixed: self.fixed(),
        }
    }

    /// Whether what was seen goes the way it should.
    fn is_up(&self, first: &Arm, other: &Arm) -> bool {
        let seen = match self.metric.is_share() {
            true => other.plain.mean - first.plain.mean,
            false => other.logs.mean - first.logs.mean,
        };
        let truth = match self.sources {
            (Source::Share(one), Source::Share(two)) | (Source::Stars(one), Source::Stars(two)) => two - one,
            (Source::LogNormal(one, _), Source::LogNormal(two, _)) => two - one,
            (Source::Pareto(_, one), Source::Pareto(_, two)) => two - one,
            (_, _) => 0.0,
        };
        seen * truth > 0.0
    }

    fn fixed(&self) -> f64 {
        let deviations = (USUAL_BOUND + POWER_DEVIATIONS).powi(2);
        let (gap, variance) = match self.sources {
            (Source::Share(one), Source::Share(two)) => (two - one, one * (1.0 - one) + two * (1.0 - two)),
            // The mean of four chances.
            (Source::Stars(one), Source::Stars(two)) => {
                let variance = |more: f64| (0.7 + more) * (0.3 - more) / 4.0;
                (two - one, variance(one) + variance(two))
            }
            (Source::LogNormal(one, spread), Source::LogNormal(two, _)) => (two - one, 2.0 * spread * spread),
            // The logarithm of Pareto's is exponential.
            (Source::Pareto(exponent, one), Source::Pareto(_, two)) => {
                ((two / one).ln(), 2.0 / exponent.powi(2))
            }
            (_, _) => return f64::NAN,
        };
        2.0 * deviations * variance / (gap * gap)
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// How much was simulated.
    pub runs: u32,
    /// Results of each experiment without a difference.
    pub results: u32,
    /// Experiments with a difference, of each sort.
    pub powered_runs: u32,
    /// Without a difference.
    pub alike: Vec<FalseAlarms>,
    /// With one.
    pub different: Vec<Found>,
}

/// Plays all of it; the same size gives the same report.
pub fn run(size: Size) -> Report {
    let seeds = 1_u64..;
    Report {
        runs: size.runs,
        results: size.results,
        powered_runs: size.powered_runs,
        alike: ALIKE.iter().zip(seeds.clone()).map(|(alike, seed)| alike.run(size, seed)).collect(),
        different: DIFFERENT.iter().zip(seeds).map(|(different, seed)| different.run(size, seed)).collect(),
    }
}

/// The report as two Markdown tables.
pub fn table(report: &Report) -> String {
    let percent = |share: f64| format!("{:.2} %", share * 100.0);
    let mut out = format!(
        "A difference found where there is none, in {} experiments of {} results each, looked at after every result \
         (promised: at most {} %):\n\n\
         | results | sequential test | z-test, looked at after each | z-test, once at the end |\n\
         | --- | --: | --: | --: |\n",
        report.runs,
        report.results,
        ALPHA * 100.0
    );
    for one in &report.alike {
        let cells = [one.sequential, one.peeking, one.once].map(percent).join(" | ");
        let _ = writeln!(out, "| {} | {cells} |", one.name);
    }
    let _ = write!(
        out,
        "\nA difference that is there, in {} experiments each, alpha {}:\n\n\
         | difference | found | the wrong way | results until then, mean | results planned (found in 4 of 5) | \
         z-test, once (found in 4 of 5) |\n\
         | --- | --: | --: | --: | --: | --: |\n",
        report.powered_runs, ALPHA
    );
    for one in &report.different {
        let planned = one.planned.map_or_else(|| "-".to_owned(), |planned| planned.to_string());
        let _ = writeln!(
            out,
            "| {} | {} | {} | {:.0} | {planned} | {:.0} |",
            one.name,
            percent(one.share),
            percent(one.wrong),
            one.mean_results,
            one.fixed
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the document shows with more runs: who looks all the time is wrong as seldom as promised, and with a z-test
    /// several times as often.
    #[test]
    fn peeking_does_no_harm() {
        let report = run(Size::SMALL);
        for one in &report.alike {
            if one.is_done {
                assert!(one.sequential <= ALPHA, "{one:?}");
            } else {
                assert!(one.sequential > ALPHA, "what is not done is not needed: {one:?}");
            }
            assert!(one.peeking > 2.0 * ALPHA, "a z-test that is peeked at should fail: {one:?}");
        }
        for one in &report.different {
            assert!(one.share >= 0.9 && one.wrong <= 0.01, "{one:?}");
            assert!(one.mean_results < 6.0 * one.fixed, "{one:?}");
            assert!(one.planned.is_some_and(|planned| (planned as f64) < 2.0 * one.mean_results), "{one:?}");
        }
        assert_eq!(
            run(Size { runs: 3, powered_runs: 1, ..Size::SMALL }),
            run(Size { runs: 3, powered_runs: 1, ..Size::SMALL })
        );
    }
}
