//! Distributions of times that can be added up: buckets that grow by an eighth.

/// Buckets for each doubling.
const STEPS: u32 = 8;
/// Bounds of the last bucket are beyond half an hour.
const BUCKETS: usize = 180;

/// How many times fell into each bucket; nothing is taken from memory before the first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Histogram {
    buckets: Vec<u32>,
}

impl Histogram {
    /// Counts a time.
    pub fn record(&mut self, ms: u64) {
        self.add(bucket(ms), 1);
    }

    /// Adds another one up.
    pub fn merge(&mut self, other: &Self) {
        for (position, count) in other.buckets.iter().enumerate().filter(|(_, count)| **count > 0) {
            self.add(position, *count);
        }
    }

    /// The time below which this share (0 to 1) of all lies, in milliseconds, within a sixteenth of what it
    /// truly was; `None` without any.
    pub(crate) fn quantile(&self, share: f64) -> Option<f64> {
        let total: u64 = self.buckets.iter().map(|count| u64::from(*count)).sum();
        let rank = ((total as f64 * share).ceil() as u64).clamp(1, total.max(1));
        let mut seen = 0;
        let position = self.buckets.iter().position(|count| {
            seen += u64::from(*count);
            seen >= rank
        })?;
        let (from, to) = (lower(position), lower(position + 1));
        // Buckets below 8 ms hold one whole millisecond.
        Some(if to - from <= 1.0 { from } else { (from + to) / 2.0 })
    }

    /// `bucket:count` of those that are not empty.
    pub fn to_text(&self) -> String {
        let filled = self.buckets.iter().enumerate().filter(|(_, count)| **count > 0);
        filled.map(|(position, count)| format!("{position}:{count}")).collect::<Vec<_>>().join(" ")
    }

    /// Reads [`Self::to_text`]; what is not of its form is left out.
    pub fn from_text(text: &str) -> Self {
        let mut histogram = Self::default();
        for pair in text.split(' ') {
            let parsed = pair.split_once(':').map(|(position, count)| (position.parse(), count.parse()));
            if let Some((Ok(position), Ok(count))) = parsed {
                histogram.add(position, count);
            }
        }
        histogram
    }

    fn add(&mut self, position: usize, count: u32) {
        if self.buckets.is_empty() {
            self.buckets = vec![0; BUCKETS];
        }
        if let Some(bucket) = self.buckets.get_mut(position.min(BUCKETS - 1)) {
            *bucket = bucket.saturating_add(count);
        }
    }
}

/// Up to 8 ms a bucket each, then eight for each doubling.
fn bucket(ms: u64) -> usize {
    let steps = u64::from(STEPS);
    if ms < steps {
        return usize::try_from(ms).unwrap_or_default();
    }
    let doublings = ms.ilog2() - STEPS.ilog2();
    let within = (ms >> doublings) - steps;
    usize::try_from(u64::from(doublings + 1) * steps + within).unwrap_or(BUCKETS).min(BUCKETS - 1)
}

/// The smallest time of a bucket.
fn lower(position: usize) -> f64 {
    let steps = STEPS as usize;
    if position < steps {
        return position as f64;
    }
    let doublings = position / steps - 1;
    ((steps + position % steps) as f64) * (doublings as f64).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn buckets_meet_without_gap_or_overlap() {
        for ms in 0..200_000_u64 {
            let position = bucket(ms);
            assert!(lower(position) <= ms as f64 && (ms as f64) < lower(position + 1), "{ms} in {position}");
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
        assert!(lower(BUCKETS - 1) > 1_800_000.0);
    }

    #[test]
    fn nothing_has_no_quantile_and_takes_no_memory() {
        assert_eq!(Histogram::default().quantile(0.5), None);
        assert_eq!(Histogram::default().buckets.capacity(), 0);
        assert_eq!(Histogram::from_text(" x 3: :4 5:x"), Histogram::default());
    }

    proptest! {
        #[test]
        fn quantiles_are_within_a_sixteenth_after_writing_reading_and_merging(
            mut times in prop::collection::vec(0_u64..600_000, 1..300), share in 0.01_f64..1.0,
        ) {
            let (mut one, mut other) = (Histogram::default(), Histogram::default());
            for (position, ms) in times.iter().enumerate() {
                if position % 2 == 0 { one.record(*ms) } else { other.record(*ms) }
            }
            let mut merged = Histogram::from_text(&one.to_text());
            merged.merge(&Histogram::from_text(&other.to_text()));
            times.sort_unstable();
            let rank = ((times.len() as f64 * share).ceil() as usize).clamp(1, times.len());
            let exact = times[rank - 1] as f64;
            let told = merged.quantile(share).unwrap();
            prop_assert!((told - exact).abs() <= exact / 16.0 + 0.5, "{told} for {exact}");
        }
    }
}
