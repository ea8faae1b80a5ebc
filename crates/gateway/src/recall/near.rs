//! Requests by their meaning: unit vectors, compared one by one with those of requests that are alike in everything
//! else. An exact scan of a bounded number; nothing is approximated.

use super::{CacheKey, alike};
use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

/// A request's place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    /// What it shares with all that it may be compared with.
    frame: CacheKey,
    /// What was said last.
    said: String,
    /// What that means: a vector of length 1.
    direction: Box<[f32]>,
}

impl Point {
    /// The place of what was said; `None` for a vector that points nowhere.
    pub(crate) fn new(frame: CacheKey, said: String, vector: &[f32]) -> Option<Self> {
        let length = vector.iter().map(|value| f64::from(*value) * f64::from(*value)).sum::<f64>().sqrt();
        if !length.is_finite() || length <= f64::from(f32::EPSILON) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "a part of a unit vector is at most 1")]
        let direction = vector.iter().map(|value| (f64::from(*value) / length) as f32).collect();
        Some(Self { frame, said, direction })
    }

    /// The cosine of the angle between two places; 0 where vectors are of different lengths.
    pub(super) fn cosine(&self, other: &Self) -> f64 {
        if self.direction.len() == other.direction.len() {
            dot(&self.direction, &other.direction)
        } else {
            0.0
        }
    }
}

/// Eight sums side by side, which compilers turn into vector instructions: a plain sum of floats they may not reorder.
fn dot(one: &[f32], other: &[f32]) -> f64 {
    let mut sums = [0.0_f32; 8];
    let (ones, rest_one) = one.as_chunks::<8>();
    let (others, rest_other) = other.as_chunks::<8>();
    for (a, b) in ones.iter().zip(others) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let rest: f32 = rest_one.iter().zip(rest_other).map(|(a, b)| a * b).sum();
    f64::from(sums.iter().sum::<f32>() + rest)
}

/// The requests whose replies are kept.
#[derive(Debug)]
pub(super) struct Neighbours {
    most: usize,
    by_frame: HashMap<CacheKey, Vec<Neighbour>>,
    /// In the order in which they came.
    order: VecDeque<(CacheKey, CacheKey)>,
}

#[derive(Debug)]
struct Neighbour {
    point: Point,
    key: CacheKey,
    expires_at: Duration,
}

impl Neighbours {
    pub(super) fn new(most: usize) -> Self {
        Self { most, by_frame: HashMap::new(), order: VecDeque::new() }
    }

    /// The key of the nearest request that means the same, from this cosine on.
    pub(super) fn nearest(&self, point: &Point, threshold: f64, now: Duration) -> Option<CacheKey> {
        let alike = self.by_frame.get(&point.frame)?.iter().filter(|neighbour| neighbour.expires_at > now);
        let near = alike.map(|neighbour| (neighbour.point.cosine(point), neighbour));
        let near = near.filter(|(cosine, neighbour)| {
            *cosine >= threshold && alike::may_mean_the_same(&neighbour.point.said, &point.said)
        });
        near.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, neighbour)| neighbour.key)
    }

    /// Adds a request; the oldest go where there are too many.
    pub(super) fn put(&mut self, point: Point, key: CacheKey, expires_at: Duration, now: Duration) {
        if self.most == 0 {
            return;
        }
        self.forget(&point.frame, &key);
        while let Some((frame, oldest)) = self.order.front().copied() {
            let over = self.by_frame.get(&frame).and_then(|all| all.iter().find(|one| one.key == oldest));
            if self.order.len() < self.most && over.is_some_and(|one| one.expires_at > now) {
                break;
            }
            self.forget(&frame, &oldest);
        }
        self.order.push_back((point.frame, key));
        self.by_frame.entry(point.frame).or_default().push(Neighbour { point, key, expires_at });
    }

    fn forget(&mut self, frame: &CacheKey, key: &CacheKey) {
        if let Some(alike) = self.by_frame.get_mut(frame) {
            alike.retain(|neighbour| neighbour.key != *key);
            if alike.is_empty() {
                self.by_frame.remove(frame);
            }
        }
        self.order.retain(|known| *known != (*frame, *key));
    }

    pub(super) fn clear(&mut self) {
        self.by_frame.clear();
        self.order.clear();
    }

    pub(super) fn size(&self) -> usize {
        self.order.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point(frame: u8, vector: &[f32]) -> Point {
        Point::new([frame; 32], "the same words".into(), vector).unwrap()
    }

    const NOW: Duration = Duration::from_secs(1);
    const LATER: Duration = Duration::from_secs(100);

    #[test]
    fn the_nearest_of_the_same_frame_is_found_from_the_threshold_on() {
        let mut near = Neighbours::new(10);
        near.put(point(1, &[1.0, 0.0]), [1; 32], LATER, NOW);
        near.put(point(1, &[1.0, 0.1]), [2; 32], LATER, NOW);
        near.put(point(2, &[1.0, 0.2]), [3; 32], LATER, NOW);
        let nearest = |vector: &[f32], threshold| near.nearest(&point(1, vector), threshold, NOW);
        assert_eq!(nearest(&[2.0, 0.2], 0.9), Some([2; 32]));
        assert_eq!(nearest(&[1.0, 0.01], 0.9), Some([1; 32]));
        assert_eq!(nearest(&[0.0, 1.0], 0.9), None);
        assert_eq!(nearest(&[1.0, 0.0, 0.0], 0.1), None, "another embedder's vectors");
        assert_eq!(near.nearest(&point(1, &[1.0, 0.0]), 0.9, LATER), None, "its time is over");
    }

    #[test]
    fn no_more_are_kept_than_may_be_and_none_after_its_time() {
        let mut near = Neighbours::new(3);
        for number in 0..5_u8 {
            near.put(point(number % 2, &[1.0, f32::from(number)]), [number; 32], LATER, NOW);
        }
        assert_eq!(near.size(), 3);
        assert_eq!(near.nearest(&point(0, &[1.0, 0.0]), 0.999, NOW), None, "the first has gone");
        assert_eq!(near.nearest(&point(0, &[1.0, 4.0]), 0.999, NOW), Some([4; 32]));
        near.put(point(0, &[1.0, 4.0]), [4; 32], LATER, NOW);
        assert_eq!(near.size(), 3, "the same request takes its own place");
        near.put(point(0, &[1.0, 9.0]), [9; 32], LATER + LATER, LATER);
        assert_eq!(near.size(), 1, "those whose time is over go first");
        assert!(Point::new([0; 32], "x".into(), &[0.0, 0.0]).is_none());
        assert!(Point::new([0; 32], "x".into(), &[f32::NAN]).is_none());
    }

    /// A stand-in for an embedder: letters by threes, which knows spelling and no meaning.
    fn by_letters(text: &str) -> Vec<f32> {
        let lower: Vec<char> = format!("  {}  ", text.to_lowercase()).chars().collect();
        let mut vector = vec![0.0; 512];
        for three in lower.windows(3) {
            let mut hash: u32 = 2_166_136_261;
            three.iter().for_each(|letter| hash = (hash ^ u32::from(*letter)).wrapping_mul(16_777_619));
            vector[(hash % 512) as usize] += 1.0;
        }
        vector
    }

    /// Of so many pairs that mean the same and so many that do not: how many are taken for the same, by the vector
    /// alone and with what it overlooks.
    fn measured(threshold: f64) -> [[usize; 3]; 2] {
        let mut counts = [[0; 3]; 2];
        for line in
            include_str!("../../tests/fixtures/pairs.txt").lines().filter(|line| !line.starts_with('#'))
        {
            let (same, pair) = (line.starts_with('='), line[1..].split_once('|').unwrap());
            let (one, other) = (pair.0.trim(), pair.1.trim());
            let at = |text: &str| Point::new([0; 32], text.to_owned(), &by_letters(text)).unwrap();
            let near = at(one).cosine(&at(other)) >= threshold;
            let counts = &mut counts[usize::from(!same)];
            counts[0] += 1;
            counts[1] += usize::from(near);
            counts[2] += usize::from(near && alike::may_mean_the_same(one, other));
        }
        counts
    }

    #[test]
    fn wrong_hits_are_rare_where_marks_are_looked_at() {
        for threshold in [0.95, 0.9, 0.8, 0.7, 0.6] {
            let [same, other] = measured(threshold);
            println!(
                "{threshold}: right {} of {}, with marks {}; wrong {} of {}, with marks {}",
                same[1], same[0], same[2], other[1], other[0], other[2]
            );
        }
        let [same, other] = measured(0.6);
        assert!(same[2] * 10 >= same[1] * 8, "marks keep what means the same: {same:?}");
        assert!(other[2] * 3 <= other[1], "marks keep most near misses apart: {other:?}");
    }

    proptest! {
        #[test]
        fn eight_sums_are_one(pairs in prop::collection::vec((-1.0_f32..1.0, -1.0_f32..1.0), 0..70)) {
            let (one, other): (Vec<f32>, Vec<f32>) = pairs.iter().copied().unzip();
            let exact: f64 = pairs.iter().map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            prop_assert!((dot(&one, &other) - exact).abs() < 1e-4);
        }
    }
}
