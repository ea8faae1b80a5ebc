//! What prompts of each kind of task sound like: the words of labelled examples, weighed by how much they tell.
//!
//! For each task the mean of its examples' TF-IDF vectors over words and pairs of words (Salton and Buckley, "Term
//! weighting approaches in automatic text retrieval", 1988); a text is compared with each by their cosine.

use crate::{
    Task,
    labelled::{Labelled, Part, prompts},
    words::Words,
};
use std::{collections::HashMap, sync::LazyLock};

const TASKS: usize = Task::ALL.len();

/// Learned once, in some milliseconds, when it is first asked for.
static LEARNED: LazyLock<Learned> = LazyLock::new(|| Learned::from(prompts(Part::Learned)));

/// How much a text sounds like the examples of each task, from 0 to 1.
pub(crate) fn likeness(words: &Words) -> [f32; TASKS] {
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
