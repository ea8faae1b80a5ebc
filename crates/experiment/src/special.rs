//! The few special functions that the tests need.

/// Lanczos' approximation of the logarithm of the gamma function, for positive numbers (coefficients of Godfrey for
/// g = 7, n = 9; relative error below 1e-14). Source: Press et al., "Numerical Recipes", 3rd edition, section 6.1;
/// P. Godfrey, "A note on the computation of the convergent Lanczos complex gamma approximation", 2001.
pub(crate) fn ln_gamma(x: f64) -> f64 {
    const SERIES: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let mut sum = 0.999_999_999_999_809_9;
    let mut below = x;
    for coefficient in SERIES {
        below += 1.0;
        sum += coefficient / below;
    }
    let t = x + 7.5;
    0.5 * std::f64::consts::TAU.ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

/// The logarithm of the beta function, for positive numbers.
pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// `count x ln(p)`, where nothing counted weighs nothing whatever `p` is.
pub(crate) fn times_ln(count: f64, p: f64) -> f64 {
    if count > 0.0 { count * p.ln() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_tables() {
        let cases = [
            (1.0, 0.0),
            (2.0, 0.0),
            (0.5, std::f64::consts::PI.sqrt().ln()),
            (10.0, 362_880.0_f64.ln()),
            (100.5, 361.435_540_467_777_57),
            (1e6, 12_815_504.569_147_611),
        ];
        for (x, expected) in cases {
            let found = ln_gamma(x);
            assert!((found - expected).abs() <= 1e-11 * expected.abs().max(1.0), "{x}: {found} {expected}");
        }
        assert!((ln_beta(2.0, 3.0) - (1.0_f64 / 12.0).ln()).abs() < 1e-12);
        assert!(times_ln(0.0, 0.0).abs() < f64::EPSILON);
    }
}
