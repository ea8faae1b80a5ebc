//! What is done to every number between the multiplications, several numbers at once.
//!
//! The loops are plain; [`pulp`] compiles them a second time for processors with wide registers and chooses when
//! the program runs.

use pulp::Arch;

/// Sums that are kept beside each other; adding to one only would wait for each addition.
const LANES: usize = 16;

/// Adds a row to every row.
pub(crate) fn add_row(rows: &mut [f32], row: &[f32]) {
    Arch::new().dispatch(|| {
        for values in rows.chunks_exact_mut(row.len().max(1)) {
            for (value, more) in values.iter_mut().zip(row) {
                *value += more;
            }
        }
    });
}

/// Adds a row to every row, then GELU: `x / 2 * (1 + erf(x / sqrt 2))` (Hendrycks and Gimpel 2016, arXiv 1606.08415).
pub(crate) fn add_row_gelu(rows: &mut [f32], row: &[f32]) {
    Arch::new().dispatch(|| {
        for values in rows.chunks_exact_mut(row.len().max(1)) {
            for (value, more) in values.iter_mut().zip(row) {
                *value = gelu(*value + more);
            }
        }
    });
}

/// A row's scale, what is added to it, and what keeps its variance from being none.
#[derive(Debug, Clone)]
pub(crate) struct Norm {
    pub(crate) weight: Vec<f32>,
    pub(crate) bias: Vec<f32>,
    pub(crate) epsilon: f32,
}

impl Norm {
    /// Normalises every row (Ba et al. 2016, arXiv 1607.06450).
    pub(crate) fn apply(&self, rows: &mut [f32]) {
        Arch::new()
            .dispatch(|| rows.chunks_exact_mut(self.weight.len().max(1)).for_each(|row| self.row(row)));
    }

    /// Adds a row and the rows of before to every row, then normalises it.
    pub(crate) fn apply_after(&self, rows: &mut [f32], row: &[f32], before: &[f32]) {
        let width = self.weight.len().max(1);
        Arch::new().dispatch(|| {
            for (values, before) in rows.chunks_exact_mut(width).zip(before.chunks_exact(width)) {
                for ((value, more), before) in values.iter_mut().zip(row).zip(before) {
                    *value += more + before;
                }
                self.row(values);
            }
        });
    }

    #[inline(always)]
    fn row(&self, row: &mut [f32]) {
        #[expect(clippy::cast_precision_loss, reason = "rows are short")]
        let count = row.len().max(1) as f32;
        let mean = sum(row, |value| value) / count;
        let variance = sum(row, |value| (value - mean) * (value - mean)) / count;
        let scale = 1.0 / (variance + self.epsilon).sqrt();
        for ((value, weight), bias) in row.iter_mut().zip(&self.weight).zip(&self.bias) {
            *value = (*value - mean) * scale * weight + bias;
        }
    }
}

/// Turns every row of scores, each times `scale`, into shares of one.
pub(crate) fn softmax(rows: &mut [f32], width: usize, scale: f32) {
    Arch::new().dispatch(|| {
        for row in rows.chunks_exact_mut(width.max(1)) {
            let most = row.iter().copied().fold(f32::MIN, f32::max);
            for score in row.iter_mut() {
                *score = exp((*score - most) * scale);
            }
            let share = 1.0 / sum(row, |value| value);
            for score in row.iter_mut() {
                *score *= share;
            }
        }
    });
}

/// Adds a row to `total`.
pub(crate) fn accumulate(total: &mut [f32], row: &[f32]) {
    for (total, value) in total.iter_mut().zip(row) {
        *total += value;
    }
}

/// Makes a vector one long; one of nothing stays so.
pub(crate) fn to_length_one(vector: &mut [f32]) {
    let length = sum(vector, |value| value * value).sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    }
}

#[inline(always)]
fn sum(values: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let mut chunks = values.chunks_exact(LANES);
    for chunk in &mut chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += of(*value);
        }
    }
    sums.iter().sum::<f32>() + chunks.remainder().iter().map(|value| of(*value)).sum::<f32>()
}

#[inline(always)]
fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}

/// The error function to 1.5e-7 (Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26).
#[inline(always)]
fn erf(x: f32) -> f32 {
    let z = x.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let poly =
        t * (0.254_829_6 + t * (-0.284_496_74 + t * (1.421_413_7 + t * (-1.453_152 + t * 1.061_405_4))));
    (1.0 - poly * exp(-z * z)).copysign(x)
}

/// `e^x` to a few units in the last place: a power of two times a polynomial for what is left, after Cody and Waite.
#[inline(always)]
fn exp(x: f32) -> f32 {
    /// Added and taken away again, it rounds; its last bits are the whole number then.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    let rest = (x - whole * 0.693_359_4) + whole * 2.121_944_4e-4;
    let poly = 1.0
        + rest
            * (1.0
                + rest
                    * (0.5
                        + rest
                            * (0.166_666_55
                                + rest * (0.041_665_795 + rest * (0.008_333_452 + rest * 0.001_398_2)))));
    let power = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    poly * f32::from_bits(power)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `erf` by its series, in double precision.
    fn erf_exactly(x: f64) -> f64 {
        let mut term = x;
        let mut sum = x;
        for n in 1..200 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        (2.0 / std::f64::consts::PI.sqrt() * sum).clamp(-1.0, 1.0)
    }

    #[test]
    fn functions_are_those_of_the_books() {
        for step in -700..=700 {
            let x = step as f32 / 100.0;
            let (wanted, got) = (f64::from(x).exp(), f64::from(exp(x)));
            assert!((got / wanted - 1.0).abs() < 1e-6, "e^{x}: {got} instead of {wanted}");
            if x.abs() <= 4.0 {
                let (wanted, got) = (erf_exactly(f64::from(x)), f64::from(erf(x)));
                assert!((got - wanted).abs() < 5e-7, "erf {x}: {got} instead of {wanted}");
            }
        }
        assert_eq!(exp(-1000.0), exp(-87.0));
        assert!(
            gelu(0.0).abs() < f32::EPSILON && (gelu(10.0) - 10.0).abs() < 1e-5 && gelu(-10.0).abs() < 1e-5
        );
    }

    #[test]
    fn rows_are_normalised_and_shared_out() {
        let mut rows: Vec<f32> = (0..40).map(|number| number as f32).collect();
        let norm = Norm { weight: vec![1.0; 20], bias: vec![0.5; 20], epsilon: 1e-12 };
        norm.apply(&mut rows);
        for row in rows.chunks(20) {
            let mean: f32 = row.iter().sum::<f32>() / 20.0;
            let spread: f32 = row.iter().map(|value| (value - 0.5).powi(2)).sum::<f32>() / 20.0;
            assert!((mean - 0.5).abs() < 1e-5 && (spread - 1.0).abs() < 1e-5, "{mean} {spread}");
        }
        let mut scores = vec![1.0, 2.0, 3.0, -1e30, 0.0, 0.0];
        softmax(&mut scores, 3, 2.0);
        let total = 1.0 + (-2.0_f32).exp() + (-4.0_f32).exp();
        assert!(
            (scores[2] - 1.0 / total).abs() < 1e-6
                && scores[3].abs() < 1e-6
                && (scores[4] - 0.5).abs() < 1e-6
        );
        let mut vector = vec![3.0, 4.0];
        to_length_one(&mut vector);
        assert_eq!(vector, [0.6, 0.8]);
        let mut nothing = vec![0.0; 3];
        to_length_one(&mut nothing);
        assert_eq!(nothing, [0.0; 3]);
    }
}
