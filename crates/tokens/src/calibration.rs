//! How far estimates were from what providers reported, and what the next one is corrected by.

use crate::Family;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many samples the prior is worth.
const PRIOR_WEIGHT: f64 = 3.0;
/// From how many samples on an old one counts less.
const MEMORY: f64 = 200.0;
/// How many errors are kept to say how large they are.
const ERRORS: usize = 100;
/// Errors without which nothing is said of them.
const FEWEST_ERRORS: usize = 5;
/// Samples of a model itself without which its family's count.
const FEWEST_OF_MODEL: u64 = 8;
/// Most models that are kept apart.
const MODELS: usize = 500;
/// A report further from the estimate than this factor says something else than how texts are cut (a hidden prompt,
/// a cache that is not told, a provider that counts nothing).
const FURTHEST: f64 = 4.0;

/// What was measured of one family or model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// How many answers were measured.
    pub samples: u64,
    /// The logarithm of reported tokens by uncorrected estimate, averaged.
    log_ratio: f64,
    /// The last errors of corrected estimates, each made before its answer was known, in parts of what was reported.
    errors: Vec<f32>,
    /// Where the next error goes.
    next: usize,
}

impl Calibration {
    /// What an uncorrected estimate is multiplied by.
    pub fn ratio(&self, family: Family) -> f64 {
        if self.samples == 0 { family.prior() } else { self.log_ratio.exp() }
    }

    /// Nine of ten estimates were at most this far from the report, in percent; `None` where too few were measured.
    pub fn error_percent(&self) -> Option<f64> {
        if self.errors.len() < FEWEST_ERRORS {
            return None;
        }
        let mut sorted = self.errors.clone();
        sorted.sort_by(f32::total_cmp);
        let place = (sorted.len() * 9).div_ceil(10).saturating_sub(1);
        sorted.get(place).map(|error| (f64::from(*error) * 1_000.0).round() / 10.0)
    }

    fn learn(&mut self, family: Family, estimate: u64, reported: u64) {
        let measured = (reported as f64 / estimate as f64).ln();
        let predicted = estimate as f64 * self.ratio(family);
        let error = ((predicted - reported as f64) / reported as f64).abs() as f32;
        match self.errors.get_mut(self.next) {
            Some(oldest) => *oldest = error,
            None => self.errors.push(error),
        }
        self.next = (self.next + 1) % ERRORS;
        if self.samples == 0 {
            self.log_ratio = family.prior().ln();
        }
        self.samples += 1;
        let weight = (self.samples as f64 + PRIOR_WEIGHT).min(MEMORY);
        self.log_ratio += (measured - self.log_ratio) / weight;
    }
}

/// What was measured, by family and by model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibrations {
    families: BTreeMap<String, Calibration>,
    models: BTreeMap<String, Calibration>,
}

impl Calibrations {
    /// What is known of a model: of itself if enough, else of its family.
    pub fn of(&self, family: Family, model: &str) -> Option<&Calibration> {
        let own = self.models.get(model).filter(|one| one.samples >= FEWEST_OF_MODEL);
        own.or_else(|| self.families.get(family.as_str()))
    }

    /// Takes an answer into account: the uncorrected estimate of its prompt, and what the provider reported. Says
    /// whether it did.
    pub fn learn(&mut self, model: &str, estimate: u64, reported: u64) -> bool {
        let (least, most) = (estimate as f64 / FURTHEST, estimate as f64 * FURTHEST);
        if estimate == 0 || !(least..=most).contains(&(reported as f64)) {
            return false;
        }
        let family = Family::of_model(model);
        self.families.entry(family.as_str().to_owned()).or_default().learn(family, estimate, reported);
        if self.models.len() < MODELS || self.models.contains_key(model) {
            self.models.entry(model.to_owned()).or_default().learn(family, estimate, reported);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_come_to_what_is_reported_and_say_how_far_off_they_were() {
        let mut known = Calibrations::default();
        assert_eq!(known.of(Family::Claude, "claude-x"), None);
        // Reports are 1.4 times the estimate, 5 percent to and fro.
        for turn in 0..200_u64 {
            let reported = if turn % 2 == 0 { 1_330 } else { 1_470 };
            assert!(known.learn("claude-x", 1_000, reported));
        }
        let claude = known.of(Family::Claude, "claude-x").unwrap();
        assert!((claude.ratio(Family::Claude) - 1.4).abs() < 0.01, "{}", claude.ratio(Family::Claude));
        let error = claude.error_percent().unwrap();
        assert!((4.0..7.0).contains(&error), "{error}");
        assert_eq!(known.of(Family::Claude, "claude-new").unwrap().samples, 200, "the family's");
        assert_eq!(known.of(Family::Gemini, "gemini-x"), None);
    }

    #[test]
    fn too_few_measurements_are_no_statement_and_strange_ones_count_for_nothing() {
        let mut known = Calibrations::default();
        assert!(!known.learn("gemini-x", 100, 9_000));
        assert!(!known.learn("gemini-x", 100, 0));
        assert!(!known.learn("gemini-x", 0, 10));
        for _ in 0..4 {
            known.learn("gemini-x", 100, 110);
        }
        assert_eq!(known.of(Family::Gemini, "gemini-x").unwrap().error_percent(), None);
        known.learn("gemini-x", 100, 110);
        assert_eq!(known.of(Family::Gemini, "gemini-x").unwrap().error_percent(), Some(0.0));
        let kept = serde_json::to_string(&known).unwrap();
        let back: Calibrations = serde_json::from_str(&kept).unwrap();
        let ratio =
            |known: &Calibrations| known.of(Family::Gemini, "gemini-x").unwrap().ratio(Family::Gemini);
        assert!((ratio(&back) - ratio(&known)).abs() < 1e-9);
    }

    #[test]
    fn a_model_that_counts_otherwise_than_its_family_is_told_apart() {
        let mut known = Calibrations::default();
        for _ in 0..20 {
            known.learn("claude-old", 1_000, 1_200);
            known.learn("claude-new", 1_000, 1_600);
        }
        let ratio = |model: &str| known.of(Family::Claude, model).unwrap().ratio(Family::Claude);
        assert!(ratio("claude-old") < 1.25 && ratio("claude-new") > 1.5);
        assert!((1.25..1.5).contains(&ratio("claude-never-seen")));
    }
}
