//! Choosing the next token from the model's scores: pure, and the same for the same seed.
//!
//! The order is that of the transformers library: penalties, temperature, the k likeliest, the nucleus (Holtzman et
//! al. 2019, arXiv 1904.09751), and those at least so likely in proportion to the likeliest (`min_p`).

use llm::Parameters;

/// How tokens are chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Settings {
    /// 0 takes the likeliest; larger values flatten the chances.
    pub(crate) temperature: f64,
    /// How much of the chances the likeliest must cover together.
    pub(crate) top_p: f64,
    /// How many of the likeliest are left; 0 for all.
    pub(crate) top_k: usize,
    /// How likely a token must be in proportion to the likeliest.
    pub(crate) min_p: f64,
    /// What scores of tokens are divided by that were there before; 1 for nothing.
    pub(crate) repetition_penalty: f64,
    /// What is taken from scores of tokens that the answer has.
    pub(crate) presence_penalty: f64,
    /// The same for each time that it has them.
    pub(crate) frequency_penalty: f64,
}

/// How many of the last tokens a repetition penalty looks at.
const REPETITION_WINDOW: usize = 64;

impl Default for Settings {
    /// What local models are commonly run with.
    fn default() -> Self {
        Self {
            temperature: 0.8,
            top_p: 0.95,
            top_k: 40,
            min_p: 0.05,
            repetition_penalty: 1.0,
            presence_penalty: 0.0,
            frequency_penalty: 0.0,
        }
    }
}

impl Settings {
    /// These with what a request says.
    #[must_use]
    pub(crate) fn with(mut self, asked: &Parameters) -> Self {
        self.temperature = asked.temperature.unwrap_or(self.temperature).max(0.0);
        self.top_p = asked.top_p.unwrap_or(self.top_p).clamp(0.0, 1.0);
        self.top_k = asked.top_k.map_or(self.top_k, |top_k| usize::try_from(top_k).unwrap_or(usize::MAX));
        self.presence_penalty = asked.presence_penalty.unwrap_or(self.presence_penalty);
        self.frequency_penalty = asked.frequency_penalty.unwrap_or(self.frequency_penalty);
        self
    }
}

/// Chooses tokens, one after the other.
#[derive(Debug)]
pub(crate) struct Sampler {
    settings: Settings,
    random: Random,
    candidates: Vec<(u32, f32)>,
}

impl Sampler {
    pub(crate) fn new(settings: Settings, seed: u64) -> Self {
        Self { settings, random: Random(seed), candidates: Vec::new() }
    }

    /// The next token; `None` where no score is a number. `read` is everything before it, `answer` where the answer
    /// begins in it.
    pub(crate) fn choose(&mut self, scores: &mut [f32], read: &[u32], answer: usize) -> Option<u32> {
        self.penalise(scores, read, answer);
        let settings = self.settings;
        let numbered = (0_u32..).zip(scores.iter().copied()).filter(|(_, score)| score.is_finite());
        if settings.temperature == 0.0 || settings.top_k == 1 {
            // Of equals the first.
            return numbered.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(id, _)| id);
        }
        self.candidates.clear();
        self.candidates.extend(numbered);
        let candidates = &mut self.candidates;
        let likelier_first =
            |one: &(u32, f32), other: &(u32, f32)| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0));
        if settings.top_k > 0 && settings.top_k < candidates.len() {
            candidates.select_nth_unstable_by(settings.top_k, likelier_first);
            candidates.truncate(settings.top_k);
        }
        candidates.sort_unstable_by(likelier_first);
        let best = f64::from(candidates.first()?.1);
        // Proportions to the likeliest, whose own is 1.
        let weight = |score: f32| ((f64::from(score) - best) / settings.temperature).exp();
        let all: f64 = candidates.iter().map(|(_, score)| weight(*score)).sum();
        let mut covered = 0.0;
        let mut kept = 0;
        for (_, score) in candidates.iter() {
            let weight = weight(*score);
            if kept > 0 && (covered >= settings.top_p * all || weight < settings.min_p) {
                break;
            }
            covered += weight;
            kept += 1;
        }
        candidates.truncate(kept);
        let mut left = self.random.share() * covered;
        for (id, score) in candidates.iter() {
            left -= weight(*score);
            if left < 0.0 {
                return Some(*id);
            }
        }
        candidates.last().map(|(id, _)| *id)
    }

    fn penalise(&self, scores: &mut [f32], read: &[u32], answer: usize) {
        let Settings { repetition_penalty, presence_penalty, frequency_penalty, .. } = self.settings;
        if repetition_penalty > 0.0 && (repetition_penalty - 1.0).abs() > f64::EPSILON {
            let mut last: Vec<u32> = read.iter().rev().take(REPETITION_WINDOW).copied().collect();
            last.sort_unstable();
            last.dedup();
            #[expect(clippy::cast_possible_truncation, reason = "a factor near one")]
            let penalty = repetition_penalty as f32;
            for id in last {
                if let Some(score) = scores.get_mut(id as usize) {
                    *score = if *score > 0.0 { *score / penalty } else { *score * penalty };
                }
            }
        }
        if presence_penalty != 0.0 || frequency_penalty != 0.0 {
            let mut said: Vec<u32> = read.get(answer..).unwrap_or_default().to_vec();
            said.sort_unstable();
            for same in said.chunk_by(|one, other| one == other) {
                let Some(score) = same.first().and_then(|id| scores.get_mut(*id as usize)) else { continue };
                #[expect(
                    clippy::cast_precision_loss,
                    clippy::cast_possible_truncation,
                    reason = "small numbers"
                )]
                let penalty = (presence_penalty + frequency_penalty * same.len() as f64) as f32;
                *score -= penalty;
            }
        }
    }
}

/// `SplitMix64` (Steele, Lea and Flood 2014): small, and the same everywhere for a seed.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Evenly from 0 up to, but not, 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests;
