//! The few statistics that the rest is made of.

/// The mean; 0 of nothing.
pub(crate) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// The mean square distance from the mean.
pub(crate) fn variance(values: &[f64]) -> f64 {
    let middle = mean(values);
    mean(&values.iter().map(|value| (value - middle).powi(2)).collect::<Vec<_>>())
}

/// The value below which this share of the values lies, between two of them by a straight line; 0 of nothing.
pub(crate) fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = share.clamp(0.0, 1.0) * values.len().saturating_sub(1) as f64;
    let below = values.get(at.floor() as usize).copied().unwrap_or_default();
    let above = values.get(at.ceil() as usize).copied().unwrap_or(below);
    below + (above - below) * at.fract()
}

/// The value in the middle; 0 of nothing.
pub(crate) fn median(values: Vec<f64>) -> f64 {
    quantile(values, 0.5)
}

/// The middle of all slopes between two of the values (Theil and Sen): a trend that single values do not move.
pub(crate) fn middle_slope(values: &[f64]) -> f64 {
    let mut slopes = Vec::with_capacity(values.len() * values.len() / 2);
    for (i, early) in values.iter().enumerate() {
        for (apart, late) in values.iter().skip(i + 1).enumerate() {
            slopes.push((late - early) / (apart + 1) as f64);
        }
    }
    median(slopes)
}

/// Intercept and slope of the line with the least square distance.
pub(crate) fn line(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    if count < 2.0 {
        return (mean(values), 0.0);
    }
    let middle = (count - 1.0) / 2.0;
    let height = mean(values);
    let (mut both, mut square) = (0.0, 0.0);
    for (at, value) in values.iter().enumerate() {
        let across = at as f64 - middle;
        both += across * (value - height);
        square += across * across;
    }
    let slope = both / square;
    (height - slope * middle, slope)
}

/// How probable a standard normal value above this is (Abramowitz and Stegun 26.2.17; error below 1e-7).
pub(crate) fn normal_above(z: f64) -> f64 {
    if z < 0.0 {
        return 1.0 - normal_above(-z);
    }
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let polynomial = t
        * (0.319_381_530
            + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * polynomial
}

/// How probable a chi-square value above this is (Wilson and Hilferty).
pub(crate) fn chi_square_above(value: f64, freedom: f64) -> f64 {
    if value <= 0.0 || freedom <= 0.0 {
        return 1.0;
    }
    let spread = 2.0 / (9.0 * freedom);
    normal_above(((value / freedom).cbrt() - (1.0 - spread)) / spread.sqrt())
}

/// The value that Student's t exceeds with the probability of which `z` is the normal quantile (Fisher and Cornish).
pub(crate) fn student(z: f64, freedom: f64) -> f64 {
    let (z3, z5, z7) = (z.powi(3), z.powi(5), z.powi(7));
    z + (z3 + z) / (4.0 * freedom)
        + (5.0 * z5 + 16.0 * z3 + 3.0 * z) / (96.0 * freedom.powi(2))
        + (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * z) / (384.0 * freedom.powi(3))
}

/// The ranks of the values, from 1; equal ones share the mean of theirs.
pub(crate) fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
    order.sort_by(|one, other| one.1.total_cmp(&other.1));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    for equal in order.chunk_by(|one, other| one.1 == other.1) {
        let shared = from as f64 + (equal.len() as f64 + 1.0) / 2.0;
        for (at, _) in equal {
            if let Some(rank) = ranks.get_mut(*at) {
                *rank = shared;
            }
        }
        from += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_come_out() {
        assert!((normal_above(1.959_964) - 0.025).abs() < 1e-6);
        assert!((chi_square_above(16.812, 6.0) - 0.01).abs() < 5e-4, "the table says 0.01");
        assert!((student(2.575_829, 10.0) - 3.169_27).abs() < 0.01, "the table says 3.169");
        assert_eq!(line(&[1.0, 3.0, 5.0]), (1.0, 2.0));
        assert_eq!(middle_slope(&[0.0, 1.0, 2.0, 90.0, 4.0, 5.0, 6.0]), 1.0, "one value does not move it");
        assert_eq!(ranks(&[5.0, 1.0, 5.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        assert_eq!(quantile(vec![4.0, 1.0, 3.0, 2.0], 0.5), 2.5);
        assert_eq!((mean(&[]), median(Vec::new()), line(&[])), (0.0, 0.0, (0.0, 0.0)));
    }
}
