//! A linear model over words, pairs of words and parts of words: what prompts of each kind of task sound like.
//!
//! Its weights are learned offline from labelled prompts (`training`), quantised to a byte each, and shipped as
//! `data/weights.bin`: a header, then the hashes of the features in ascending order, then for each feature a weight a
//! task. A feature that is not among them says nothing.

use crate::{Task, tally::RULES, words::Words};
use std::{collections::HashSet, sync::LazyLock};

pub(crate) const TASKS: usize = Task::ALL.len();
pub(crate) const MAGIC: &[u8; 8] = b"FAMCLS01";
/// The header: magic, hash of what was learned from, how many features, what a step of a weight is worth, biases, and
/// the weights of the rules.
pub(crate) const HEADER_BYTES: usize = 8 + 8 + 4 + 4 + 4 * TASKS + 4 * TASKS * RULES;
const WEIGHTS: &[u8] = include_bytes!("../data/weights.bin");
/// Parts of words have from this to that many letters.
const PART_LETTERS: std::ops::RangeInclusive<usize> = 3..=5;
/// Most features of a text that are looked at.
const MAX_FEATURES: usize = 6_000;

/// A test fails where the file is none.
static MODEL: LazyLock<Model> = LazyLock::new(|| Model::of(WEIGHTS).unwrap_or_default());

/// The model that is shipped.
pub(crate) fn shipped() -> &'static Model {
    &MODEL
}

/// What a feature is, which is more for people than for the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Word,
    Pair,
    Part,
}

/// The features of a text: what each is, its hash, and for words and pairs where it begins.
#[derive(Debug, Default)]
pub(crate) struct Features(pub(crate) Vec<(Kind, u32, usize)>);

impl Features {
    pub(crate) fn of(words: &Words) -> Self {
        let mut seen = HashSet::new();
        let mut features = Self::default();
        let mut add = |kind: Kind, hash: u32, at: usize| {
            if features.0.len() < MAX_FEATURES && seen.insert(hash) {
                features.0.push((kind, hash, at));
            }
        };
        let mut letters = Vec::new();
        for (at, word) in words.all().iter().enumerate() {
            add(Kind::Word, hash(&[b"w", word.as_bytes()]), at);
            if let Some(next) = words.all().get(at + 1) {
                add(Kind::Pair, hash(&[b"p", word.as_bytes(), b" ", next.as_bytes()]), at);
            }
            letters.clear();
            letters.extend(['^'].into_iter().chain(word.chars()).chain(['$']));
            for length in PART_LETTERS {
                for part in letters.windows(length) {
                    let mut bytes = [0; 4 * 5];
                    let mut end = 0;
                    for letter in part {
                        if let Some(place) = bytes.get_mut(end..) {
                            end += if place.len() >= letter.len_utf8() {
                                letter.encode_utf8(place).len()
                            } else {
                                0
                            };
                        }
                    }
                    add(Kind::Part, hash(&[b"c", bytes.get(..end).unwrap_or_default()]), at);
                }
            }
        }
        features
    }

    /// What each feature of a text counts: those of a kind together as much as those of another, however long the
    /// text is.
    pub(crate) fn values(&self) -> [f32; 3] {
        [(Kind::Word, 1.0), (Kind::Pair, 0.7), (Kind::Part, 0.5)].map(|(kind, share)| {
            let count = self.0.iter().filter(|feature| feature.0 == kind).count();
            share / (count.max(1) as f32).sqrt()
        })
    }
}

/// FNV-1a, 32 bits.
pub(crate) fn hash(parts: &[&[u8]]) -> u32 {
    parts
        .iter()
        .flat_map(|part| part.iter())
        .fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// What the model says about a text.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// For each task.
    pub(crate) scores: [f32; TASKS],
    /// Which part of the text's features it knows, 0 to 1.
    pub(crate) known: f32,
    /// Words and pairs by where they begin, with what each says for each task.
    pub(crate) words: Vec<(Kind, usize, [f32; TASKS])>,
}

/// The weights.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Model {
    pub(crate) learned_from: u64,
    pub(crate) step: f32,
    pub(crate) biases: [f32; TASKS],
    pub(crate) rules: Vec<[f32; TASKS]>,
    pub(crate) hashes: Vec<u32>,
    pub(crate) weights: Vec<[i8; TASKS]>,
}

impl Model {
    /// Reads the file; `None` where it is none.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let (header, rest) = bytes.split_at_checked(HEADER_BYTES)?;
        let (magic, header) = header.split_at_checked(8)?;
        let (learned_from, header) = header.split_first_chunk::<8>()?;
        let (count, header) = header.split_first_chunk::<4>()?;
        let count = usize::try_from(u32::from_le_bytes(*count)).ok()?;
        let mut floats = header.as_chunks::<4>().0.iter().map(|float| f32::from_le_bytes(*float));
        let mut model =
            Self { learned_from: u64::from_le_bytes(*learned_from), step: floats.next()?, ..Self::default() };
        let mut row = || {
            let mut row = [0.0; TASKS];
            row.iter_mut().for_each(|place| *place = floats.next().unwrap_or_default());
            row
        };
        model.biases = row();
        model.rules = (0..RULES).map(|_| row()).collect();
        let (hashes, weights) = rest.split_at_checked(count.checked_mul(4)?)?;
        model.hashes = hashes.as_chunks::<4>().0.iter().map(|hash| u32::from_le_bytes(*hash)).collect();
        model.weights = weights.as_chunks::<TASKS>().0.iter().map(|row| row.map(u8::cast_signed)).collect();
        let fits = magic == MAGIC && model.weights.len() == count && weights.len() == count * TASKS;
        (fits && model.hashes.is_sorted()).then_some(model)
    }

    /// What it says about a text of which the rules say this.
    pub(crate) fn say(&self, features: &Features, rules: &[f32; RULES]) -> Said {
        let mut said = Said { scores: self.biases, ..Said::default() };
        for (value, weights) in rules.iter().zip(&self.rules) {
            said.scores.iter_mut().zip(weights).for_each(|(score, weight)| *score += value * weight);
        }
        let values = features.values();
        let mut known = 0_usize;
        for (kind, hash, at) in &features.0 {
            let Some(weights) =
                self.hashes.binary_search(hash).ok().and_then(|place| self.weights.get(place))
            else {
                continue;
            };
            known += 1;
            let value = self.step * values.get(*kind as usize).copied().unwrap_or_default();
            let says = weights.map(|weight| f32::from(weight) * value);
            said.scores.iter_mut().zip(says).for_each(|(score, says)| *score += says);
            if *kind != Kind::Part {
                said.words.push((*kind, *at, says));
            }
        }
        said.known = known as f32 / features.0.len().max(1) as f32;
        said
    }
}
