//! Chance that can be repeated: numbers that look random and follow from a seed.

/// Mixes a number so that neighbours have nothing in common (Steele, Lea and Flood's SplitMix64).
pub(crate) const fn mix(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A number below `count`, or 0 where there is none.
pub(crate) fn below(random: u64, count: u64) -> u64 {
    u64::try_from((u128::from(random) * u128::from(count)) >> 64).unwrap_or_default()
}

/// A sequence of numbers from a seed.
#[derive(Debug, Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1);
        mix(self.0)
    }

    /// From 0 to below 1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Normally distributed around 0 with deviation 1 (the Box-Muller transform).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spread_evenly_and_can_be_repeated() {
        let mut chance = Chance::seeded(7);
        let (mut sum, mut squares, mut units) = (0.0, 0.0, 0.0);
        for _ in 0..10_000 {
            let normal = chance.normal();
            sum += normal;
            squares += normal * normal;
            let unit = chance.unit();
            assert!((0.0..1.0).contains(&unit));
            units += unit;
        }
        assert!((sum / 10_000.0).abs() < 0.03, "{sum}");
        assert!((squares / 10_000.0 - 1.0).abs() < 0.05, "{squares}");
        assert!((units / 10_000.0 - 0.5).abs() < 0.01, "{units}");
        assert_eq!(Chance::seeded(7).next(), Chance::seeded(7).next());
        assert!((0..1_000).all(|seed| below(mix(seed), 3) < 3));
        assert_eq!(below(u64::MAX, 0), 0);
    }
}
