//! What prompts of each kind of task sound like: the words of labelled examples, weighed by how much they tell.
//!
//! For each task the mean of its examples' TF-IDF vectors over words and pairs of words (Salton and Buckley, "Term
//! weighting approaches in automatic text retrieval", 1988); a text is compared with each by their cosine. The
//! examples are the part of `fixtures/classify/prompts.jsonl` that is not held out for measuring.

use super::{Task, matching::Words};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::{collections::HashMap, sync::LazyLock};

const TASKS: usize = Task::ALL.len();

/// The labelled prompts, a JSON object a line.
pub(super) const PROMPTS: &str = include_str!("../../fixtures/classify/prompts.jsonl");

/// Learned once, in some milliseconds, when it is first asked for.
static LEARNED: LazyLock<Learned> =
    LazyLock::new(|| Learned::from(prompts().filter(|one| one.part() == Part::Learned)));

/// A labelled prompt.
#[derive(Debug, Clone, Deserialize)]
pub struct Labelled {
    /// The kind of task.
    pub task: Task,
    /// The prompt.
    pub prompt: String,
    /// Whether it was written after the rules' words were fixed, so that they cannot know it.
    #[serde(default)]
    pub late: bool,
}

/// What a labelled prompt is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Learned from and tuned on.
    Learned,
    /// Never learned from; chosen by a hash of its text. The rules' words were written by whoever wrote it.
    HeldOut,
    /// Held out as well, and written after the rules: what this says is to be believed.
    Blind,
}

impl Labelled {
    /// What it is for: two of five are held out, whichever the hash of the text says.
    pub fn part(&self) -> Part {
        let hash = Sha256::digest(self.prompt.as_bytes());
        match (hash.first().is_some_and(|first| first % 5 < 2), self.late) {
            (false, _) => Part::Learned,
            (true, false) => Part::HeldOut,
            (true, true) => Part::Blind,
        }
    }
}

/// All labelled prompts; lines that are none are left out, and a test finds them.
pub fn prompts() -> impl Iterator<Item = Labelled> {
    PROMPTS.lines().filter_map(|line| serde_json::from_str(line).ok())
}

/// How much a text sounds like the examples of each task, from 0 to 1.
pub(super) fn likeness(words: &Words) -> [f32; TASKS] {
    LEARNED.likeness(words)
}

/// What words say about tasks.
#[derive(Debug, Default)]
struct Learned {
    /// For each word or pair how rare it is, and its part in each task's direction.
    features: HashMap<String, (f32, [f32; TASKS])>,
}

impl Learned {
    fn from(examples: impl Iterator<Item = Labelled>) -> Self {
        let examples: Vec<(usize, HashMap<String, f32>)> =
            examples.map(|one| (one.task as usize, counted(&Words::of(&one.prompt)))).collect();
        let mut learned = Self::default();
        for feature in examples.iter().flat_map(|(_, counts)| counts.keys()) {
            learned.features.entry(feature.clone()).or_default().0 += 1.0;
        }
        let total = examples.len() as f32;
        for (seen, _) in learned.features.values_mut() {
            *seen = ((1.0 + total) / (1.0 + *seen)).ln() + 1.0;
        }
        for (task, counts) in &examples {
            let length = learned.length(counts);
            for (feature, count) in counts {
                if let Some((rarity, tasks)) = learned.features.get_mut(feature)
                    && let Some(part) = tasks.get_mut(*task)
                {
                    *part += count * *rarity / length;
                }
            }
        }
        let mut lengths = [0.0_f32; TASKS];
        for (_, tasks) in learned.features.values() {
            lengths.iter_mut().zip(tasks).for_each(|(length, part)| *length += part * part);
        }
        for (_, tasks) in learned.features.values_mut() {
            tasks
                .iter_mut()
                .zip(&lengths)
                .for_each(|(part, length)| *part /= length.sqrt().max(f32::MIN_POSITIVE));
        }
        learned
    }

    fn length(&self, counts: &HashMap<String, f32>) -> f32 {
        let weight = |(feature, count): (&String, &f32)| {
            self.features.get(feature).map_or(0.0, |(rarity, _)| (count * rarity).powi(2))
        };
        counts.iter().map(weight).sum::<f32>().sqrt().max(f32::MIN_POSITIVE)
    }

    fn likeness(&self, words: &Words) -> [f32; TASKS] {
        let counts = counted(words);
        let length = self.length(&counts);
        let mut likeness = [0.0; TASKS];
        for (feature, count) in &counts {
            if let Some((rarity, tasks)) = self.features.get(feature) {
                let weight = count * rarity / length;
                likeness.iter_mut().zip(tasks).for_each(|(sum, part)| *sum += weight * part);
            }
        }
        likeness
    }
}

/// Words and pairs of words with the logarithm of how often each occurs.
fn counted(words: &Words) -> HashMap<String, f32> {
    let mut counts: HashMap<String, f32> = HashMap::new();
    for word in words.all() {
        *counts.entry(word.clone()).or_default() += 1.0;
    }
    for pair in words.all().windows(2) {
        *counts.entry(pair.join(" ")).or_default() += 1.0;
    }
    counts.values_mut().for_each(|count| *count = 1.0 + count.ln());
    counts
}
