//! How much two texts have in common: by their vectors where somebody made them, else by their shingles.

use crate::turns::Turn;
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

/// Words that follow one another, taken together.
const SHINGLE: usize = 3;
/// From here on two turns say the same, by shingles.
const SAME_SHINGLES: f64 = 0.85;
/// And by vectors, whose texts about one thing are near each other anyway.
const SAME_VECTORS: f64 = 0.97;
/// Fewer words than this are no sign: `yes` is said often.
const FEWEST_WORDS: usize = 6;

/// How many of a text's shingles are looked up to find others that may be the same: its smallest hashes. Texts that share
/// most of their shingles share some of these.
const SKETCH: usize = 8;
/// How many texts of one such hash are looked at.
const CANDIDATES: usize = 8;

/// A vector for the text of each message, in the order of the request; empty where there is none.
pub type Vectors = [Vec<f32>];

/// The sets of shingles of a text.
pub(crate) fn shingles(text: &str) -> HashSet<u64> {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() < FEWEST_WORDS {
        return HashSet::new();
    }
    let hash = |shingle: &[&str]| {
        let mut hasher = DefaultHasher::new();
        shingle.iter().for_each(|word| word.to_lowercase().hash(&mut hasher));
        hasher.finish()
    };
    words.windows(SHINGLE).map(hash).collect()
}

/// Whether two texts say nearly the same, by their shingles.
pub(crate) fn same_shingles(one: &HashSet<u64>, other: &HashSet<u64>) -> bool {
    let (most, least) = (one.len().max(other.len()), one.len().min(other.len()));
    // The share of what they have in common is at most that of their sizes.
    if least == 0 || (least as f64) < SAME_SHINGLES * most as f64 {
        return false;
    }
    let common = one.intersection(other).count();
    let union = one.len() + other.len() - common;
    common as f64 >= SAME_SHINGLES * union as f64
}

/// The numbers of texts that are said again by a later one; in time that grows with their length only.
pub(crate) fn repeated(texts: Vec<HashSet<u64>>) -> BTreeSet<usize> {
    let mut known: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut repeated = BTreeSet::new();
    for (number, text) in texts.iter().enumerate().rev() {
        let mut sketch: Vec<u64> = text.iter().copied().collect();
        sketch.sort_unstable();
        sketch.truncate(SKETCH);
        let same = |later: &usize| texts.get(*later).is_some_and(|later| same_shingles(text, later));
        if sketch.iter().filter_map(|hash| known.get(hash)).flatten().any(same) {
            repeated.insert(number);
            continue;
        }
        for hash in sketch {
            let candidates = known.entry(hash).or_default();
            if candidates.len() < CANDIDATES {
                candidates.push(number);
            }
        }
    }
    repeated
}

/// The numbers of turns whose messages are all said again by a later turn's, by their vectors; only as many messages have
/// vectors as can be compared with one another.
pub(crate) fn repeated_by_vectors(turns: &[Turn], vectors: &Vectors) -> BTreeSet<usize> {
    let of = |turn: &Turn| -> Option<Vec<&Vec<f32>>> {
        let vectors = turn.messages.iter().map(|at| vectors.get(*at).filter(|vector| !vector.is_empty()));
        vectors.collect()
    };
    let known: Vec<(usize, Vec<&Vec<f32>>)> =
        turns.iter().enumerate().filter_map(|(number, turn)| Some((number, of(turn)?))).collect();
    let same = |one: &[&Vec<f32>], other: &[&Vec<f32>]| {
        one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same_vectors(one, other))
    };
    let mut repeated = BTreeSet::new();
    for (at, (number, turn)) in known.iter().enumerate() {
        if known.iter().skip(at + 1).any(|(_, later)| same(turn, later)) {
            repeated.insert(*number);
        }
    }
    repeated
}

/// The cosine of two vectors; 0 where one of them is nothing.
pub(crate) fn cosine(one: &[f32], other: &[f32]) -> f64 {
    let product = |one: &[f32], other: &[f32]| -> f64 {
        one.iter().zip(other).map(|(one, other)| f64::from(*one) * f64::from(*other)).sum()
    };
    let size = (product(one, one) * product(other, other)).sqrt();
    if size > 0.0 && one.len() == other.len() { product(one, other) / size } else { 0.0 }
}

/// Whether two texts say nearly the same, by their vectors.
pub(crate) fn same_vectors(one: &[f32], other: &[f32]) -> bool {
    cosine(one, other) >= SAME_VECTORS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_differ_in_a_word_of_many_are_the_same() {
        let text = "please translate the following paragraph about the history of the harbour into plain german for me \
                    and keep the names of all the ships exactly as they stand in the original text as far as you can";
        let nearly = text.replace("plain german", "plain French");
        let same = |one: &str, other: &str| same_shingles(&shingles(one), &shingles(other));
        assert!(same(text, text) && !same(text, "and now for something completely different, if you please"));
        assert!(!same(text, &nearly), "what is asked for is another thing");
        assert!(same(&text.repeat(4), &format!("{} thanks", text.repeat(4))));
        assert!(!same("yes", "yes"), "short answers are given often");
    }

    #[test]
    fn what_is_said_again_is_found_among_many() {
        let text =
            |number: usize| format!("turn {number} says something of its own about number {number} and more");
        let mut texts: Vec<HashSet<u64>> = (0..500).map(|number| shingles(&text(number))).collect();
        texts.extend([7, 300, 7].map(|number| shingles(&text(number))));
        assert_eq!(repeated(texts), BTreeSet::from([7, 300, 500]));
        let same = vec![shingles(&text(1)); 50];
        assert_eq!(repeated(same), (0..49).collect::<BTreeSet<usize>>());
    }

    #[test]
    fn vectors_are_compared_by_their_direction() {
        assert!(same_vectors(&[1.0, 2.0], &[2.0, 4.0]));
        assert!(!same_vectors(&[1.0, 2.0], &[2.0, 1.0]));
        assert!(
            !same_vectors(&[], &[]) && !same_vectors(&[0.0], &[0.0]) && !same_vectors(&[1.0], &[1.0, 0.0])
        );
    }
}
