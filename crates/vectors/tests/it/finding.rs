//! What a space finds.

use base::Id;
use proptest::prelude::*;
use std::collections::HashSet;
use vectors::{Near, Question, Space, Vector};

const OWNER: base::OwnerId = Id::FIRST_OWNER;

fn vector(numbers: &[f32]) -> Vector {
    Vector::new(numbers).unwrap()
}

fn ask(space: &Space, vector: &Vector, limit: usize) -> Vec<Near> {
    space.nearest(&Question { owner: OWNER, documents: None, passages: None, vector, limit })
}

fn passages(near: &[Near]) -> Vec<u128> {
    near.iter().map(|near| near.passage).collect()
}

/// Numbers between -1 and 1 by SplitMix64.
fn noise(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn the_nearest_come_first_and_only_the_owners() {
    let mut space = Space::new(2);
    let (book, letter, other) = (Id::from_u128(1), Id::from_u128(2), Id::from_u128(3));
    space.put(
        book,
        OWNER,
        &[(10, vector(&[1.0, 0.0])), (11, vector(&[1.0, 1.0])), (12, vector(&[-1.0, 0.0]))],
    );
    space.put(letter, OWNER, &[(20, vector(&[0.0, 3.0]))]);
    space.put(other, Id::from_u128(99), &[(30, vector(&[1.0, 0.0]))]);
    assert_eq!((space.len(), space.is_empty(), space.dimensions()), (5, false, 2));
    let right = vector(&[5.0, 0.1]);
    let found = ask(&space, &right, 10);
    assert_eq!(passages(&found), [10, 11, 20, 12]);
    assert!((found[0].likeness - 0.9998).abs() < 1e-4 && (found[3].likeness + 0.9998).abs() < 1e-4);
    assert_eq!((found[0].document, found[2].document), (book, letter));
    assert_eq!(passages(&ask(&space, &right, 2)), [10, 11]);
    assert_eq!(ask(&space, &right, 0), []);
    let documents = HashSet::from([letter, other, Id::from_u128(4)]);
    let question =
        Question { owner: OWNER, documents: Some(&documents), passages: None, vector: &right, limit: 9 };
    assert_eq!(passages(&space.nearest(&question)), [20]);
    // A choice among passages is made before the nearest are.
    let some = HashSet::from([11, 12, 30]);
    let question =
        Question { owner: OWNER, documents: None, passages: Some(&some), vector: &right, limit: 1 };
    assert_eq!(passages(&space.nearest(&question)), [11]);
    assert_eq!(ask(&space, &vector(&[1.0, 0.0, 0.0]), 3), [], "of another model");
}

#[test]
fn documents_are_replaced_and_removed() {
    let mut space = Space::new(1);
    let one = || vector(&[1.0]);
    for document in 1..=5_u128 {
        let passages: Vec<_> = (0..document).map(|passage| (document * 10 + passage, one())).collect();
        assert_eq!(space.put(Id::from_u128(document), OWNER, &passages), passages.len());
    }
    space.remove(Id::from_u128(2));
    space.remove(Id::from_u128(2));
    assert_eq!(
        space.put(Id::from_u128(5), OWNER, &[(7, one()), (8, vector(&[1.0, 0.0]))]),
        1,
        "one does not fit"
    );
    assert_eq!(space.put(Id::from_u128(1), OWNER, &[]), 0);
    let mut found = passages(&ask(&space, &one(), 100));
    found.sort_unstable();
    assert_eq!(found, [7, 30, 31, 32, 40, 41, 42, 43]);
    let near = space.likenesses(
        &vector(&[-2.0]),
        &[(Id::from_u128(3), 31), (Id::from_u128(3), 7), (Id::from_u128(9), 1)],
    );
    assert_eq!(near.into_iter().collect::<Vec<_>>(), [(31, -1.0)]);
}

#[test]
fn recall_against_exact_arithmetic_is_almost_whole() {
    const DIMENSIONS: usize = 96;
    const DOCUMENTS: u128 = 60;
    const EACH: u128 = 100;
    let mut space = Space::new(DIMENSIONS);
    let mut exact: Vec<(u128, Vec<f32>)> = Vec::new();
    for document in 0..DOCUMENTS {
        // Passages of a document are alike, as they are in life: what is near is near by little.
        let topic = noise(u64::try_from(document % 12).unwrap(), DIMENSIONS);
        let rows: Vec<(u128, Vector)> = (0..EACH)
            .map(|passage| {
                let id = document * EACH + passage;
                let own = noise(1_000 + u64::try_from(id).unwrap(), DIMENSIONS);
                let numbers: Vec<f32> = topic.iter().zip(own).map(|(topic, own)| topic + 0.5 * own).collect();
                exact.push((id, numbers.clone()));
                (id, vector(&numbers))
            })
            .collect();
        space.put(Id::from_u128(document), OWNER, &rows);
    }
    let cosine = |one: &[f32], other: &[f32]| {
        let dot = |one: &[f32], other: &[f32]| {
            one.iter().zip(other).map(|(one, other)| f64::from(*one) * f64::from(*other)).sum::<f64>()
        };
        dot(one, other) / (dot(one, one) * dot(other, other)).sqrt()
    };
    let (mut found, questions) = (0, 50_u64);
    for question in 0..questions {
        let own = noise(50_000 + question, DIMENSIONS);
        let asked: Vec<f32> =
            noise(question % 12, DIMENSIONS).iter().zip(own).map(|(one, other)| one + other).collect();
        let mut best: Vec<(f64, u128)> = exact.iter().map(|(id, row)| (cosine(row, &asked), *id)).collect();
        best.sort_by(|one, other| other.0.total_cmp(&one.0));
        let best: HashSet<u128> = best.iter().take(10).map(|(_, id)| *id).collect();
        let near = ask(&space, &vector(&asked), 10);
        found += near.iter().filter(|near| best.contains(&near.passage)).count();
        assert!(
            (f64::from(near[0].likeness)
                - cosine(&exact[usize::try_from(near[0].passage).unwrap()].1, &asked))
            .abs()
                < 2e-4
        );
    }
    let recall = found as f64 / (questions * 10) as f64;
    println!("recall@10 of sixteen bits against exact arithmetic: {recall}");
    assert!(recall >= 0.98, "{recall}");
}

#[test]
fn what_has_no_direction_is_none() {
    for numbers in [&[][..], &[0.0, 0.0], &[f32::NAN, 1.0], &[f32::INFINITY, 1.0]] {
        assert_eq!(Vector::new(numbers), None, "{numbers:?}");
    }
    assert!(Vector::new(&[f32::MAX, f32::MAX]).is_some());
    assert_eq!(Vector::from_bytes(&[]), None);
    assert_eq!(Vector::from_bytes(&[1, 2, 3]), None);
}

proptest! {
    #[test]
    fn vectors_survive_their_bytes(numbers in prop::collection::vec(-1e3_f32..1e3, 1..40)) {
        if let Some(vector) = Vector::new(&numbers) {
            prop_assert_eq!(Vector::from_bytes(&vector.to_bytes()), Some(vector));
        }
    }

    #[test]
    fn any_bytes_are_safe_to_compare(bytes in prop::collection::vec(any::<u8>(), 64..=64), other in prop::collection::vec(any::<u8>(), 64..=64)) {
        let (one, other) = (Vector::from_bytes(&bytes).unwrap(), Vector::from_bytes(&other).unwrap());
        let mut space = Space::new(32);
        space.put(Id::from_u128(1), OWNER, &[(1, one)]);
        prop_assert_eq!(ask(&space, &other, 5).len(), 1);
    }

    #[test]
    fn parts_of_any_size_give_the_same(limits in prop::collection::vec(0_usize..9, 1..12)) {
        let mut space = Space::new(4);
        let mut all = Vec::new();
        for (document, count) in limits.iter().enumerate() {
            let rows: Vec<(u128, Vector)> = (0..*count).map(|row| {
                let numbers = noise((document * 100 + row) as u64, 4);
                ((document * 100 + row) as u128, vector(&numbers))
            }).collect();
            all.extend(rows.iter().map(|(id, _)| *id));
            space.put(Id::from_u128(document as u128), OWNER, &rows);
        }
        let mut found = passages(&ask(&space, &vector(&[1.0, 0.5, 0.2, -0.3]), 1_000));
        found.sort_unstable();
        prop_assert_eq!(found, all);
    }
}
