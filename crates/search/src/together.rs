//! Which names stand together with what a query finds, and how far that is from chance.

use crate::{schema::TERMS, segments::BySegment};
use std::{collections::HashMap, sync::Arc};
use tantivy::{
    DocId, Score, SegmentOrdinal, SegmentReader,
    collector::{Collector, SegmentCollector},
    columnar::{Column, StrColumn},
};

/// Most names whose texts are read of a segment of the index: those that belong there most surely. A name that is no more
/// than chance in one segment is not counted in it, so that many segments can make it look less related than it is.
const MOST_OF_A_SEGMENT: usize = 64;
/// Most names of all segments together that are looked at closer: those that stand there most often.
const MOST: usize = 200;
/// How much oftener than by chance a name must stand with something to be related to it.
const LEAST_LIFT: f64 = 2.0;
/// What the logarithm of the likelihood must be at least: less than one in a thousand are so by chance (chi-squared
/// with one degree of freedom).
const LEAST_LIKELIHOOD: f64 = 10.83;

/// In how many passages of a segment each name stands, by the numbers of its column.
pub(crate) struct Frequencies(Vec<u32>);

impl Frequencies {
    fn read(segment: &SegmentReader) -> tantivy::Result<Self> {
        let Some(names) = segment.fast_fields().str(TERMS)? else { return Ok(Self(Vec::new())) };
        let mut frequencies = vec![0; names.num_terms()];
        for ordinal in (0..segment.max_doc()).flat_map(|passage| names.ords().values_for_doc(passage)) {
            let place = usize::try_from(ordinal).ok();
            if let Some(frequency) = place.and_then(|place| frequencies.get_mut(place)) {
                *frequency += 1;
            }
        }
        Ok(Self(frequencies))
    }
}

/// Counts the names in what matches.
pub(crate) struct NamesTogether<'a>(pub(crate) &'a BySegment<Frequencies>);

/// How many passages match, and in how many of these each name stands.
#[derive(Debug, Default)]
pub(crate) struct Together {
    pub(crate) passages: u64,
    names: HashMap<String, u64>,
}

impl Together {
    /// The names that stand in at least so many of the passages, with how many: those that stand in most.
    pub(crate) fn most(self, least: u64) -> Vec<(String, u64)> {
        let mut most: Vec<(String, u64)> =
            self.names.into_iter().filter(|(_, both)| *both >= least).collect();
        most.sort_unstable_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        most.truncate(MOST);
        most
    }
}

pub(crate) struct NamesOfSegment {
    names: Option<StrColumn>,
    ordinals: Option<Column<u64>>,
    frequencies: Arc<Frequencies>,
    all: u64,
    counts: Vec<u32>,
    /// Which of all names were seen: to look through the counts of all costs more than most searches.
    seen: Vec<u64>,
    passages: u64,
}

impl Collector for NamesTogether<'_> {
    type Fruit = Together;
    type Child = NamesOfSegment;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<NamesOfSegment> {
        let names = segment.fast_fields().str(TERMS)?;
        let ordinals = names.as_ref().map(|names| names.ords().clone());
        let known = names.as_ref().map_or(0, |names| names.num_terms());
        let frequencies = self.0.of(segment, Frequencies::read)?;
        let (counts, seen, all) = (vec![0; known], Vec::new(), u64::from(segment.max_doc()));
        Ok(NamesOfSegment { names, ordinals, frequencies, all, counts, seen, passages: 0 })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<Together>) -> tantivy::Result<Together> {
        let mut all = Together::default();
        for segment in segments {
            all.passages += segment.passages;
            for (name, count) in segment.names {
                *all.names.entry(name).or_default() += count;
            }
        }
        Ok(all)
    }
}

impl SegmentCollector for NamesOfSegment {
    type Fruit = Together;

    fn collect(&mut self, doc: DocId, _: Score) {
        self.passages += 1;
        let Some(ordinals) = &self.ordinals else { return };
        for ordinal in ordinals.values_for_doc(doc) {
            let place = usize::try_from(ordinal).ok();
            if let Some(count) = place.and_then(|place| self.counts.get_mut(place)) {
                if *count == 0 {
                    self.seen.push(ordinal);
                }
                *count += 1;
            }
        }
    }

    fn harvest(self) -> Together {
        let mut together = Together { passages: self.passages, names: HashMap::new() };
        let Some(column) = self.names else { return together };
        let mut surest: Vec<(f64, u64, u64)> = Vec::new();
        for ordinal in self.seen {
            let at = |counts: &[u32]| {
                let count = usize::try_from(ordinal).ok().and_then(|place| counts.get(place));
                count.map_or(0, |count| u64::from(*count))
            };
            let (both, everywhere) = (at(&self.counts), at(&self.frequencies.0));
            if is_more_than_chance(both, (self.passages, everywhere), self.all) {
                let likelihood = likelihood(both, (self.passages, everywhere), self.all);
                surest.push((likelihood, ordinal, both));
            }
        }
        // Their texts are what takes time; in their order each block of them is unpacked once.
        surest.sort_unstable_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        surest.truncate(MOST_OF_A_SEGMENT);
        surest.sort_unstable_by_key(|(_, ordinal, _)| *ordinal);
        let ordinals: Vec<u64> = surest.iter().map(|(_, ordinal, _)| *ordinal).collect();
        let mut names: Vec<String> = Vec::with_capacity(ordinals.len());
        let read = |name: &[u8]| names.push(String::from_utf8_lossy(name).into_owned());
        if column.dictionary().sorted_ords_to_term_cb(&ordinals, read).unwrap_or(false) {
            together.names.extend(names.into_iter().zip(surest).map(|(name, (_, _, both))| (name, both)));
        }
        together
    }
}

/// Whether two things are together oftener than by chance: in how many passages they are both, in how many each of them
/// is, and how many passages there are.
fn is_more_than_chance(both: u64, (one, other): (u64, u64), all: u64) -> bool {
    both as f64 * all as f64 >= LEAST_LIFT * one as f64 * other as f64
}

/// How surely two things belong together, where that is no chance.
pub(crate) fn belonging(both: u64, each: (u64, u64), all: u64) -> Option<f64> {
    if both < 2 || !is_more_than_chance(both, each, all) {
        return None;
    }
    let likelihood = likelihood(both, each, all);
    (likelihood.is_finite() && likelihood >= LEAST_LIKELIHOOD).then_some(likelihood)
}

/// Dunning's log-likelihood ratio.
fn likelihood(both: u64, (one, other): (u64, u64), all: u64) -> f64 {
    let (both, one, other, all) = (both as f64, one as f64, other as f64, all as f64);
    let cell = |seen: f64, rows: f64, columns: f64| {
        if seen > 0.0 { seen * (seen * all / (rows * columns)).ln() } else { 0.0 }
    };
    2.0 * (cell(both, one, other)
        + cell(one - both, one, all - other)
        + cell(other - both, all - one, other)
        + cell(all - one - other + both, all - one, all - other))
}

#[cfg(test)]
mod tests {
    use super::{MOST, Together, belonging};

    #[test]
    fn of_many_names_those_that_stand_in_most_are_looked_at() {
        let names = (0..500_u64).map(|number| (format!("n{number:03}"), number / 2)).collect();
        let most = Together { passages: 500, names }.most(2);
        assert_eq!(most.len(), MOST);
        assert_eq!(most.first(), Some(&("n498".to_owned(), 249)));
        assert!(most.is_sorted_by_key(|(_, both)| std::cmp::Reverse(*both)));
        let few = [("one".to_owned(), 1), ("two".to_owned(), 2)].into();
        assert_eq!(Together { passages: 2, names: few }.most(2), [("two".to_owned(), 2)]);
    }

    #[test]
    fn what_stands_together_by_chance_does_not_belong_together() {
        let told = belonging(4, (4, 4), 12).unwrap();
        assert!((told - 15.276).abs() < 0.01, "{told}");
        for (both, one, other, all) in
            [(1, 1, 1, 1_000), (5, 50, 100, 1_000), (0, 4, 4, 12), (2, 10, 10, 12), (3, 3, 3, 3)]
        {
            assert_eq!(belonging(both, (one, other), all), None, "{both} {one} {other} {all}");
        }
    }
}
