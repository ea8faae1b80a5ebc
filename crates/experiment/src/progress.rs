//! An experiment on its way: what was seen of each variant, and how the comparisons looked as it went on.

use crate::{
    design::Design,
    sequential::Comparison,
    tally::{Observation, Tally},
    verdict::{Verdict, judge, verdict},
};

/// By how much more results there have to be before another point is kept: a twentieth, so that ten thousand results make
/// about two hundred points.
const STEP: f64 = 1.05;
/// The first point.
const FIRST: u64 = 10;

/// How an experiment looked after so many results.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Results of all variants together.
    pub results: u64,
    /// How each variant but the first compared with it.
    pub comparisons: Vec<Comparison>,
}

/// What was seen so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Progress {
    tallies: Vec<Tally>,
    trail: Vec<Point>,
    next: u64,
}

impl Progress {
    /// Nothing yet.
    pub fn new(design: &Design) -> Self {
        Self { tallies: vec![Tally::default(); design.variants.len()], trail: Vec::new(), next: FIRST }
    }

    /// Adds a result of the variant at this position.
    pub fn add(&mut self, design: &Design, position: usize, observation: &Observation) {
        let Some(tally) = self.tallies.get_mut(position) else { return };
        tally.add(observation);
        let results = self.results();
        if results >= self.next {
            self.trail.push(self.point(design));
            self.next = ((results as f64 * STEP).ceil() as u64).max(results + 1);
        }
    }

    /// Adds what somebody thought of an answer of the variant at this position, 0 to 1.
    pub fn rate(&mut self, position: usize, score: f64) {
        if let Some(tally) = self.tallies.get_mut(position) {
            tally.add_rating(score);
        }
    }

    /// Results of all variants together.
    pub fn results(&self) -> u64 {
        self.tallies.iter().map(Tally::count).sum()
    }

    /// What was seen of each variant.
    pub fn tallies(&self) -> &[Tally] {
        &self.tallies
    }

    /// How the comparisons looked as it went on, and how they look now.
    pub fn trail(&self, design: &Design) -> Vec<Point> {
        let mut trail = self.trail.clone();
        if trail.last().is_none_or(|last| last.results < self.results()) && self.results() > 0 {
            trail.push(self.point(design));
        }
        trail
    }

    /// What is to be done.
    pub fn verdict(&self, design: &Design) -> Verdict {
        verdict(design, &self.tallies)
    }

    fn point(&self, design: &Design) -> Point {
        let comparisons = judge(design, &self.tallies).into_iter().map(|judged| judged.comparison);
        Point { results: self.results(), comparisons: comparisons.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::tests::design;

    #[test]
    fn the_trail_is_short_and_ends_now() {
        let design = design();
        let mut progress = Progress::new(&design);
        assert_eq!(progress.trail(&design), []);
        for at in 0..5_003_usize {
            let success = at % 17 != 0;
            progress.add(&design, at % 2, &Observation { success, ..Observation::default() });
        }
        // A variant that is none is nobody's.
        progress.add(&design, 7, &Observation::default());
        progress.rate(7, 1.0);
        let trail = progress.trail(&design);
        assert!(trail.len() < 150, "{}", trail.len());
        assert_eq!((trail[0].results, trail.last().unwrap().results), (10, 5_003));
        assert!(trail.iter().all(|point| point.comparisons.len() == 1));
        assert!(matches!(progress.verdict(&design), Verdict::Alike(_)));
    }
}
