//! One order out of two: passages found by their words and by their meaning. Pure.
//!
//! [`Fusion::Convex`] weighs both scores after each was brought between 0 and 1 (Bruch, Gai and Ingber 2023, "An
//! Analysis of Fusion Functions for Hybrid Retrieval", arXiv 2210.11934); [`Fusion::ReciprocalRank`] looks at the
//! places only (Cormack, Clarke and Büttcher 2009).

use std::cmp::Ordering;

/// How two orders become one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fusion {
    /// `1 / (k + place)` of both lists, summed up.
    ReciprocalRank {
        /// How little the first places count more than those after them.
        k: f32,
    },
    /// The meaning's score times its weight, and the words' score times the rest.
    Convex {
        /// The weight of meaning, from 0 to 1.
        meaning: f32,
    },
}

/// A passage that at least one of the two found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate<T> {
    /// Which.
    pub passage: T,
    /// Its score by words, where they match; above 0.
    pub words: Option<f32>,
    /// Its score by meaning, where it has a vector.
    pub meaning: Option<f32>,
    /// Whether it is called as was asked for: then it stands before all that is not, in the order of words.
    pub is_named: bool,
}

/// Puts candidates in order, the best first, each with its score from 0 to 1; equals stay as they came. Somebody who types a
/// name wants what is called so: that stands first, whatever its score is.
pub fn fuse<T>(candidates: Vec<Candidate<T>>, fusion: Fusion) -> Vec<(Candidate<T>, f32)> {
    let scores: Vec<f32> = match fusion {
        Fusion::ReciprocalRank { k } => {
            let words = places(&candidates, |candidate| candidate.words);
            let meaning = places(&candidates, |candidate| candidate.meaning);
            // The best possible is the first place in both lists.
            let share = |place: &Option<f32>| place.map_or(0.0, |place| (k + 1.0) / (k + place) / 2.0);
            words.iter().zip(&meaning).map(|(words, meaning)| share(words) + share(meaning)).collect()
        }
        Fusion::Convex { meaning: weight } => {
            let words = Range::of(candidates.iter().filter_map(|candidate| candidate.words).chain([0.0]));
            let meaning = Range::of(candidates.iter().filter_map(|candidate| candidate.meaning));
            let score = |candidate: &Candidate<T>| {
                let by_words = candidate.words.map_or(0.0, |score| words.share(score));
                let by_meaning = candidate.meaning.map_or(0.0, |score| meaning.share(score));
                weight * by_meaning + (1.0 - weight) * by_words
            };
            candidates.iter().map(score).collect()
        }
    };
    let mut scored: Vec<(Candidate<T>, f32)> = candidates.into_iter().zip(scores).collect();
    scored.sort_by(|(one, one_score), (other, other_score)| match (one.is_named, other.is_named) {
        (true, true) => downwards(one.words.unwrap_or_default(), other.words.unwrap_or_default()),
        (false, false) => downwards(*one_score, *other_score),
        (one, other) => other.cmp(&one),
    });
    scored
}

fn downwards(one: f32, other: f32) -> Ordering {
    other.total_cmp(&one)
}

/// The place of each candidate by a score, from 1.
fn places<T>(candidates: &[Candidate<T>], score: impl Fn(&Candidate<T>) -> Option<f32>) -> Vec<Option<f32>> {
    let scores: Vec<Option<f32>> = candidates.iter().map(score).collect();
    let mut order: Vec<(usize, f32)> =
        scores.iter().enumerate().filter_map(|(number, score)| Some((number, (*score)?))).collect();
    order.sort_by(|one, other| downwards(one.1, other.1));
    let mut places = vec![None; candidates.len()];
    let mut place = 0.0;
    for (number, _) in order {
        place += 1.0;
        if let Some(known) = places.get_mut(number) {
            *known = Some(place);
        }
    }
    places
}

/// From the least to the most of some scores.
struct Range {
    least: f32,
    most: f32,
}

impl Range {
    fn of(scores: impl Iterator<Item = f32>) -> Self {
        let (least, most) = scores.fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), score| {
            (least.min(score), most.max(score))
        });
        Self { least, most }
    }

    /// Where a score lies, from 0 to 1; among equals everyone has all.
    fn share(&self, score: f32) -> f32 {
        let width = self.most - self.least;
        if width > 0.0 { ((score - self.least) / width).clamp(0.0, 1.0) } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn candidate(passage: u32, words: Option<f32>, meaning: Option<f32>) -> Candidate<u32> {
        Candidate { passage, words, meaning, is_named: false }
    }

    fn order(candidates: &[Candidate<u32>], fusion: Fusion) -> Vec<u32> {
        fuse(candidates.to_vec(), fusion).into_iter().map(|(candidate, _)| candidate.passage).collect()
    }

    #[test]
    fn weights_decide_between_words_and_meaning() {
        let candidates = [
            candidate(1, Some(9.0), Some(0.1)),
            candidate(2, Some(3.0), Some(0.8)),
            candidate(3, None, Some(0.9)),
            candidate(4, Some(8.0), None),
        ];
        assert_eq!(order(&candidates, Fusion::Convex { meaning: 0.0 }), [1, 4, 2, 3]);
        assert_eq!(order(&candidates, Fusion::Convex { meaning: 1.0 }), [3, 2, 1, 4]);
        assert_eq!(order(&candidates, Fusion::Convex { meaning: 0.5 }), [2, 1, 3, 4]);
        // Places by words 1, 3, -, 2 and by meaning 3, 2, 1, -.
        assert_eq!(order(&candidates, Fusion::ReciprocalRank { k: 60.0 }), [1, 2, 3, 4]);
    }

    #[test]
    fn what_is_called_so_stands_first() {
        let named =
            |passage, words| Candidate { is_named: true, ..candidate(passage, Some(words), Some(0.1)) };
        let candidates =
            [candidate(1, Some(5.0), Some(0.9)), named(2, 6.0), named(3, 9.0), candidate(4, None, Some(0.8))];
        for fusion in [Fusion::Convex { meaning: 0.6 }, Fusion::ReciprocalRank { k: 60.0 }] {
            assert_eq!(order(&candidates, fusion), [3, 2, 1, 4]);
        }
    }

    #[test]
    fn one_list_alone_keeps_its_order() {
        let words = [candidate(1, Some(2.0), None), candidate(2, Some(5.0), None)];
        let meaning = [candidate(1, None, Some(-0.2)), candidate(2, None, Some(0.2))];
        for fusion in [Fusion::Convex { meaning: 0.3 }, Fusion::ReciprocalRank { k: 60.0 }] {
            assert_eq!(order(&words, fusion), [2, 1]);
            assert_eq!(order(&meaning, fusion), [2, 1]);
            assert_eq!(order(&[], fusion), [0; 0]);
        }
        assert_eq!(
            order(
                &[candidate(1, Some(1.0), Some(1.0)), candidate(2, Some(1.0), Some(1.0))],
                Fusion::Convex { meaning: 0.5 }
            ),
            [1, 2]
        );
    }

    fn any_candidates() -> impl Strategy<Value = Vec<Candidate<u32>>> {
        let score = |range| prop::option::of(range);
        let one = (score(0.001_f32..50.0), score(-1.0_f32..1.0));
        prop::collection::vec(one, 0..40).prop_map(|scores| {
            let numbered = (0..).zip(scores);
            numbered.map(|(passage, (words, meaning))| candidate(passage, words, meaning)).collect()
        })
    }

    proptest! {
        #[test]
        fn scores_are_shares_and_nobody_is_lost(candidates in any_candidates(), meaning in 0.0_f32..=1.0, by_rank: bool) {
            let fusion = if by_rank { Fusion::ReciprocalRank { k: 60.0 } } else { Fusion::Convex { meaning } };
            let fused = fuse(candidates.clone(), fusion);
            prop_assert_eq!(fused.len(), candidates.len());
            prop_assert!(fused.iter().all(|(_, score)| (0.0..=1.0001).contains(score)));
            prop_assert!(fused.is_sorted_by(|one, other| one.1 >= other.1));
        }

        #[test]
        fn who_is_better_in_both_is_never_behind(candidates in any_candidates(), meaning in 0.0_f32..=1.0, by_rank: bool) {
            let fusion = if by_rank { Fusion::ReciprocalRank { k: 60.0 } } else { Fusion::Convex { meaning } };
            let fused = fuse(candidates, fusion);
            for (one, score) in &fused {
                for (other, less) in &fused {
                    let better = one.words.zip(other.words).is_some_and(|(one, other)| one > other)
                        && one.meaning.zip(other.meaning).is_some_and(|(one, other)| one > other);
                    prop_assert!(!better || score >= less);
                }
            }
        }
    }
}
