//! Tests that stay right however often somebody looks: p-values and intervals that hold at all times at once.
//!
//! A test of the usual kind is right once, at a number of results that was settled before; who looks after each result
//! and stops at the first "significant" one is nearly always wrong in the end. Here each comparison is an e-process: a
//! number that, if there is no difference, is expected to be at most 1 whenever one looks, so that it ever reaches
//! `1 / alpha` with a probability of at most alpha (Ville's inequality). Its reciprocal is a p-value that is valid at any
//! moment, and the differences that it does not refute are an interval that holds at all moments at once.
//!
//! **Shares** (results between 0 and 1): exact, for any number of results. For an arm with the sum `s` of `n` results,
//!
//! `M(p) = B(s + 1/2, n - s + 1/2) / B(1/2, 1/2) / (p^s (1 - p)^(n - s))`
//!
//! is a martingale for results that are 0 or 1 with the mean `p` (a mixture of likelihood ratios: Robbins, "Statistical
//! methods related to the law of the iterated logarithm", 1970), and a supermartingale for results anywhere between,
//! since `(q/p)^y ((1-q)/(1-p))^(1-y) <= y q/p + (1-y) (1-q)/(1-p)`, whose mean is 1. The product over two arms is one,
//! too. A difference `d` is refuted when that product is at least `1 / alpha` for every `p` of the first arm with `p + d`
//! for the other: `E(d) = min_p M1(p) M2(p + d)` (universal inference: Wasserman, Ramdas and Balakrishnan, PNAS 2020).
//!
//! **Times, costs and rates** (above 0, with heavy tails): on their logarithms, so that what is compared are geometric
//! means, "what is usual", and no single result of an hour decides. With the estimated variance `V` of the difference `D`
//! of the means,
//!
//! `E(d) = (1 + t^2 / V)^(-1/2) exp( (D - d)^2 / (2 V) x t^2 / (t^2 + V) )`
//!
//! the mixture SPRT of normal means (Johari, Koomen, Pekelis and Walsh, "Always valid inference", Operations Research
//! 2022) with an estimated variance, which makes it an asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha,
//! Kennedy and Ramdas, Annals of Statistics 2024). `t` is the effect that matters, which is settled before. Nothing is
//! said before [`LEAST_EACH`] results of each arm, and the variance is never taken for less than [`LEAST_SPREAD`] squared
//! a result, since clocks and prices have steps.
//!
//! **Ratings** (between 0 and 1, all near each other) take the same test on the numbers as they are: the exact one knows
//! nothing of how near they are, and needs ten times as many.

use crate::{
    special::{ln_beta, times_ln},
    tally::{Bounded, Moments},
};

/// Results of each arm before times and costs are compared.
pub const LEAST_EACH: u64 = 30;
/// The least deviation of a logarithm that is believed: steps of a clock of a twentieth.
pub const LEAST_SPREAD: f64 = 0.05;
/// Halvings by which the end of an interval, and the least of a convex function, are found.
const STEPS: usize = 60;
/// Jeffreys' prior: both parameters of the beta distribution over which likelihoods are mixed.
const PRIOR: f64 = 0.5;
/// The logarithm of `B(1/2, 1/2)`, which is pi.
const LN_PRIOR: f64 = 1.144_729_885_849_400_2;

/// How one arm differs from the other, and how sure that is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// The difference as it looks now: of shares and ratings the second minus the first; of times and costs by how much
    /// of the first the second is more (0.1: a tenth more; -0.5: half).
    pub effect: f64,
    /// The least difference that is not refuted.
    pub low: f64,
    /// The greatest difference that is not refuted.
    pub high: f64,
    /// The p-value, valid at any moment.
    pub p: f64,
}

/// Compares the means of results between 0 and 1. The interval holds with probability `1 - alpha` at all times at once.
pub fn bounded(first: &Bounded, second: &Bounded, alpha: f64) -> Comparison {
    let p = bounded_p(first, second);
    let (Some(one), Some(other)) = (first.mean(), second.mean()) else {
        return Comparison { effect: 0.0, low: -1.0, high: 1.0, p };
    };
    let effect = other - one;
    let threshold = -alpha.ln();
    let one = Arm::of(first);
    let other = Arm::of(second);
    let refuted = |difference: f64| least_product(&one, &other, difference) >= threshold;
    Comparison { effect, low: edge(effect, -1.0, refuted), high: edge(effect, 1.0, refuted), p }
}

/// The p-value alone, without the interval.
pub fn bounded_p(first: &Bounded, second: &Bounded) -> f64 {
    let total = first.n + second.n;
    if total <= 0.0 {
        return 1.0;
    }
    // Without a difference the worst case is the common mean.
    let common = ((first.sum + second.sum) / total).clamp(0.0, 1.0);
    let log = Arm::of(first).log(common) + Arm::of(second).log(common);
    (-log).exp().min(1.0)
}

/// What is needed of an arm to weigh a mean.
struct Arm {
    hits: f64,
    misses: f64,
    mixture: f64,
}

impl Arm {
    fn of(bounded: &Bounded) -> Self {
        let hits = bounded.sum.clamp(0.0, bounded.n);
        let misses = bounded.n - hits;
        let mixture = ln_beta(hits + PRIOR, misses + PRIOR) - LN_PRIOR;
        Self { hits, misses, mixture }
    }

    /// The logarithm of the martingale at the mean `p`.
    fn log(&self, p: f64) -> f64 {
        self.mixture - times_ln(self.hits, p) - times_ln(self.misses, 1.0 - p)
    }
}

/// The least of the product over all pairs of means with this difference, as a logarithm: a convex function of one of
/// them, whose least is found by the golden section.
fn least_product(one: &Arm, other: &Arm, difference: f64) -> f64 {
    let (mut low, mut high) = ((-difference).max(0.0), (1.0 - difference).min(1.0));
    let at = |p: f64| one.log(p) + other.log((p + difference).clamp(0.0, 1.0));
    let golden = 0.618_033_988_749_894_9;
    let (mut left, mut right) = (high - golden * (high - low), low + golden * (high - low));
    let (mut at_left, mut at_right) = (at(left), at(right));
    for _ in 0..STEPS {
        if at_left <= at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - golden * (high - low);
            at_left = at(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + golden * (high - low);
            at_right = at(right);
        }
    }
    at_left.min(at_right)
}

/// The last difference from `inside` towards `end` that is not refuted.
fn edge(inside: f64, end: f64, refuted: impl Fn(f64) -> bool) -> f64 {
    if !refuted(end) {
        return end;
    }
    let (mut good, mut bad) = (inside, end);
    for _ in 0..STEPS {
        let middle = f64::midpoint(good, bad);
        if refuted(middle) { bad = middle } else { good = middle }
    }
    good
}

/// Compares geometric means, from the moments of logarithms. `effect` is the relative effect that matters, such as 0.1. The
/// interval holds with probability `1 - alpha` at all times at once.
pub fn ratio(first: &Moments, second: &Moments, alpha: f64, effect: f64) -> Comparison {
    let Some(gap) = Gap::of(first, second) else {
        return Comparison { effect: 0.0, low: -1.0, high: f64::INFINITY, p: 1.0 };
    };
    let Comparison { effect, low, high, p } = gap.compare(alpha, log_scale(effect));
    Comparison { effect: effect.exp_m1(), low: low.exp_m1(), high: high.exp_m1(), p }
}

/// The p-value alone, without the interval.
pub fn ratio_p(first: &Moments, second: &Moments, effect: f64) -> f64 {
    Gap::of(first, second).map_or(1.0, |gap| gap.p(log_scale(effect)))
}

/// Compares means of ratings. `effect` is the difference that matters, such as 0.05. The interval holds as that of [`ratio`].
pub fn difference(first: &Moments, second: &Moments, alpha: f64, effect: f64) -> Comparison {
    let Some(gap) = Gap::of(first, second) else {
        return Comparison { effect: 0.0, low: -1.0, high: 1.0, p: 1.0 };
    };
    let compared = gap.compare(alpha, plain_scale(effect));
    Comparison { low: compared.low.max(-1.0), high: compared.high.min(1.0), ..compared }
}

/// The p-value alone, without the interval.
pub fn difference_p(first: &Moments, second: &Moments, effect: f64) -> f64 {
    Gap::of(first, second).map_or(1.0, |gap| gap.p(plain_scale(effect)))
}

/// How far two means are apart, and how sure that is.
struct Gap {
    difference: f64,
    variance: f64,
}

impl Gap {
    fn of(first: &Moments, second: &Moments) -> Option<Self> {
        if first.n < LEAST_EACH || second.n < LEAST_EACH {
            return None;
        }
        let variance =
            |moments: &Moments| moments.variance().max(LEAST_SPREAD * LEAST_SPREAD) / moments.n as f64;
        Some(Self { difference: second.mean - first.mean, variance: variance(first) + variance(second) })
    }

    /// The p-value, with the square of the effect that matters.
    fn p(&self, scale: f64) -> f64 {
        let Self { difference, variance } = *self;
        let fit = difference * difference / variance * scale / (scale + variance);
        (-0.5 * (fit - (scale / variance).ln_1p())).exp().min(1.0)
    }

    fn compare(&self, alpha: f64, scale: f64) -> Comparison {
        let Self { difference, variance } = *self;
        let relative = (scale + variance) / scale;
        let reach = (variance * relative * (2.0 * -alpha.ln() + (scale / variance).ln_1p())).sqrt();
        Comparison { effect: difference, low: difference - reach, high: difference + reach, p: self.p(scale) }
    }
}

/// The square of a relative effect that matters, as a logarithm.
fn log_scale(effect: f64) -> f64 {
    effect.abs().max(0.001).ln_1p().powi(2)
}

/// The square of a difference that matters.
fn plain_scale(effect: f64) -> f64 {
    effect.abs().max(0.001).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn arm(hits: u32, n: u32) -> Bounded {
        Bounded { n: f64::from(n), sum: f64::from(hits) }
    }

    fn logs(values: impl Iterator<Item = f64>) -> Moments {
        let mut logs = Moments::default();
        values.for_each(|value| logs.add_log(value));
        logs
    }

    #[test]
    fn nothing_is_known_of_nothing() {
        let nothing = bounded(&arm(0, 0), &arm(0, 0), 0.05);
        assert_eq!(nothing, Comparison { effect: 0.0, low: -1.0, high: 1.0, p: 1.0 });
        assert!(bounded(&arm(1, 1), &arm(0, 1), 0.05).p > 0.5);
        let few = ratio(&logs([1.0, 2.0].into_iter()), &logs([9.0, 8.0].into_iter()), 0.05, 0.1);
        assert_eq!((few.p, few.low, few.high), (1.0, -1.0, f64::INFINITY));
    }

    #[test]
    fn the_mixture_is_what_its_integral_is() {
        // By hand: hits 1 of 1 against 0 of 1. B(3/2, 1/2) / B(1/2, 1/2) = 1/2 for each arm, p = 1/2 for both:
        // (1/2 / 1/2) x (1/2 / 1/2) = 1.
        assert!((bounded_p(&arm(1, 1), &arm(0, 1)) - 1.0).abs() < 1e-12);
        // 3 of 3 against 0 of 3: B(7/2, 1/2) / B(1/2, 1/2) = 5/16; (5/16)^2 / (1/2)^6 = 6.25.
        assert!((bounded_p(&arm(3, 3), &arm(0, 3)) - 1.0 / 6.25).abs() < 1e-12);
    }

    #[test]
    fn many_results_tell_what_few_do_not() {
        assert!(bounded(&arm(18, 20), &arm(14, 20), 0.05).p > 0.05);
        let many = bounded(&arm(900, 1_000), &arm(700, 1_000), 0.05);
        assert!(many.p < 1e-6 && many.high < -0.1 && many.low > -0.3, "{many:?}");
        let slow = logs((0..200).map(|at| 1_000.0 + f64::from(at % 20) * 20.0));
        let quick = logs((0..200).map(|at| 500.0 + f64::from(at % 20) * 10.0));
        let faster = ratio(&slow, &quick, 0.05, 0.1);
        assert!((faster.effect + 0.5).abs() < 1e-9 && faster.p < 1e-6, "{faster:?}");
        assert!(faster.low > -0.56 && faster.high < -0.44, "{faster:?}");
        // Steps of a clock are no certainty.
        let same = logs([5.0; 30].into_iter());
        assert!(ratio(&same, &logs([5.1; 30].into_iter()), 0.05, 0.1).p > 0.05);
    }

    proptest! {
        /// The p-value and the interval tell the same story, and the interval holds what is seen.
        #[test]
        fn intervals_and_p_values_agree(
            (n1, n2) in (1_u32..400, 1_u32..400), (h1, h2) in (0.0_f64..=1.0, 0.0_f64..=1.0),
            alpha in 0.001_f64..0.2,
        ) {
            let one = Bounded { n: f64::from(n1), sum: f64::from(n1) * h1 };
            let other = Bounded { n: f64::from(n2), sum: f64::from(n2) * h2 };
            let compared = bounded(&one, &other, alpha);
            prop_assert!(compared.low <= compared.effect && compared.effect <= compared.high);
            let excluded = compared.low > 1e-6 || compared.high < -1e-6;
            let included = compared.low < -1e-6 && compared.high > 1e-6;
            prop_assert!(!excluded || compared.p <= alpha * 1.001, "{compared:?}");
            prop_assert!(!included || compared.p >= alpha * 0.999, "{compared:?}");
            let swapped = bounded(&other, &one, alpha);
            prop_assert!((swapped.low + compared.high).abs() < 1e-6);
            prop_assert!((swapped.p - compared.p).abs() < 1e-9);
        }

        #[test]
        fn ratios_agree_as_well(
            one in prop::collection::vec(1.0_f64..1e6, 30..80), other in prop::collection::vec(1.0_f64..1e6, 30..80),
            alpha in 0.001_f64..0.2,
        ) {
            let compared = ratio(&logs(one.into_iter()), &logs(other.into_iter()), alpha, 0.2);
            prop_assert!(compared.low <= compared.effect && compared.effect <= compared.high);
            let outside = compared.low > 1e-9 || compared.high < -1e-9;
            prop_assert_eq!(outside, compared.p < alpha);
        }
    }
}
