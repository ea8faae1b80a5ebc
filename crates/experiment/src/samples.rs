//! How many results a difference will need, before anybody has any.

use crate::design::Metric;

/// What is known of the first variant before an experiment begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Before {
    /// The share that is usual now; for shares.
    pub share: f64,
    /// The deviation: of ratings, and of the logarithms of the others.
    pub spread: f64,
}

impl Default for Before {
    /// Nineteen of twenty are answered; times and costs differ by a factor of two or so.
    fn default() -> Self {
        Self { share: 0.95, spread: 0.7 }
    }
}

impl Before {
    /// What is assumed where nothing is known: ratings are at most as far apart as thumbs.
    pub fn assumed(metric: Metric) -> Self {
        let spread = if metric == Metric::Rating { 0.45 } else { Self::default().spread };
        Self { spread, ..Self::default() }
    }
}

/// The chance with which the difference is to be found: four of five.
const POWER_DEVIATIONS: f64 = 0.841_621_233_572_914_3;

/// About how many results all variants need together, by equal shares, to find a difference of `effect` in four of five
/// experiments; `None` where more than `most` would be needed.
///
/// The evidence that `n` results of each of two arms are expected to have is `z^2 / 2`, with `z` the difference in its own
/// deviations, less what the mixture costs; it has to reach `ln(1 / alpha)`.
pub fn needed(
    metric: Metric,
    before: Before,
    (effect, alpha, variants): (f64, f64, usize),
    most: u64,
) -> Option<u64> {
    let variants = variants.max(2) as f64;
    let threshold = (variants - 1.0).ln() - alpha.ln();
    let enough = |each: f64| {
        let (deviations, price) = if metric == Metric::Success {
            let one = before.share.clamp(0.001, 0.999);
            let other = if one + effect < 0.999 { one + effect } else { (one - effect).max(0.001) };
            let variance = (one * (1.0 - one) + other * (1.0 - other)) / each;
            // Jeffreys' mixture: half a logarithm of the results, and half of one of pi / 2, for each arm.
            ((one - other).abs() / variance.sqrt(), each.ln() + (std::f64::consts::PI / 2.0).ln())
        } else {
            let gap = if metric == Metric::Rating { effect } else { effect.ln_1p() };
            let variance = (2.0 * before.spread.max(0.05).powi(2)) / each;
            (gap / variance.sqrt(), 0.5 * (gap * gap / variance).ln_1p())
        };
        deviations - POWER_DEVIATIONS >= (2.0 * (threshold + price)).max(0.0).sqrt()
    };
    let (mut short, mut long) = (crate::sequential::LEAST_EACH as f64, most as f64 / variants);
    if !enough(long) {
        return None;
    }
    for _ in 0..60 {
        let middle = f64::midpoint(short, long);
        if enough(middle) { long = middle } else { short = middle }
    }
    Some((long * variants).ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smaller_differences_and_more_variants_need_more() {
        let count = |effect, variants| {
            needed(
                Metric::Success,
                Before { share: 0.8, ..Before::default() },
                (effect, 0.05, variants),
                1_000_000,
            )
        };
        let (large, small) = (count(0.1, 2).unwrap(), count(0.02, 2).unwrap());
        assert!((1_000..3_000).contains(&large), "{large}");
        assert!(small > 20 * large, "{small}");
        assert!(count(0.1, 4).unwrap() > 2 * large);
        assert_eq!(count(0.0005, 2), None);
        let latency = |spread| {
            needed(Metric::Latency, Before { spread, ..Before::default() }, (0.1, 0.05, 2), 1_000_000)
        };
        assert!(latency(0.3).unwrap() < latency(0.9).unwrap());
        assert!(latency(0.01).unwrap() >= 60);
    }
}
