//! Joins the bytes of a piece to tokens: of all neighbours that make a token, always those with the lowest rank,
//! the first of them where several have it.

use super::vocabulary::{Rank, Vocabulary, hash};
use std::{cmp::Reverse, collections::BinaryHeap};

/// Longest piece for which looking at all neighbours again and again is quicker than a heap.
const SHORT: usize = 64;
/// No token.
const NONE: Rank = Rank::MAX;

/// How many pieces of a text are remembered, and from which length of the text on.
const REMEMBERED: usize = 1 << 10;
const WORTH_REMEMBERING: usize = 2_048;

/// What pieces of a long text came to: those that are no token come again.
pub(super) struct Remembered<'a> {
    seen: Vec<(&'a [u8], u32)>,
}

impl<'a> Remembered<'a> {
    pub(super) fn of(text: &str) -> Self {
        let size = if text.len() < WORTH_REMEMBERING { 0 } else { REMEMBERED };
        Self { seen: vec![(&[], 0); size] }
    }

    /// How many tokens the piece has.
    #[inline]
    pub(super) fn count(&mut self, vocabulary: &Vocabulary, piece: &'a [u8]) -> u64 {
        if piece.len() < 2 || vocabulary.rank(piece).is_some() {
            return 1;
        }
        if piece.len() > SHORT {
            return long(vocabulary, piece, &mut |_| {});
        }
        let place = (hash(piece) >> 40) as usize % REMEMBERED;
        match self.seen.get_mut(place) {
            Some((seen, count)) if *seen == piece => u64::from(*count),
            Some(seen) => {
                let count = short(vocabulary, piece, |_| {});
                *seen = (piece, u32::try_from(count).unwrap_or(u32::MAX));
                count
            }
            None => short(vocabulary, piece, |_| {}),
        }
    }
}

/// Appends the tokens of a piece.
pub(super) fn encode(vocabulary: &Vocabulary, piece: &[u8], tokens: &mut Vec<Rank>) {
    let mut push = |part: &[u8]| {
        let rank = match *part {
            [byte] => vocabulary.byte(byte),
            _ => vocabulary.rank(part).unwrap_or(NONE),
        };
        tokens.push(rank);
    };
    if piece.len() < 2 || vocabulary.rank(piece).is_some() {
        push(piece);
    } else if piece.len() <= SHORT {
        short(vocabulary, piece, push);
    } else {
        long(vocabulary, piece, &mut push);
    }
}

/// A piece of at most [`SHORT`] bytes.
fn short(vocabulary: &Vocabulary, piece: &[u8], mut push: impl FnMut(&[u8])) -> u64 {
    // Where each part begins, and the rank that it would have together with the next; the last is the end.
    let mut begins = [0_u8; SHORT + 1];
    let mut ranks = [NONE; SHORT + 1];
    let mut parts = piece.len();
    for (at, begin) in begins.iter_mut().enumerate().take(parts + 1) {
        *begin = at as u8;
    }
    for (pair, rank) in piece.windows(2).zip(&mut ranks) {
        if let [one, other] = *pair {
            *rank = vocabulary.pair(one, other).unwrap_or(NONE);
        }
    }
    // What two parts from `at` on are together, where the one after them ends at `end`.
    let joined = |begins: &[u8], at: usize| -> Rank {
        let (Some(begin), Some(end)) = (begins.get(at), begins.get(at + 2)) else { return NONE };
        piece
            .get(usize::from(*begin)..usize::from(*end))
            .and_then(|part| vocabulary.rank(part))
            .unwrap_or(NONE)
    };
    loop {
        let mut lowest = (NONE, 0);
        for (at, rank) in ranks.iter().enumerate().take(parts.saturating_sub(1)) {
            if *rank < lowest.0 {
                lowest = (*rank, at);
            }
        }
        let (rank, at) = lowest;
        if rank == NONE {
            break;
        }
        begins.copy_within(at + 2..=parts, at + 1);
        ranks.copy_within(at + 2..=parts, at + 1);
        parts -= 1;
        let known = begins.get(..=parts).unwrap_or_default();
        ranks[at] = joined(known, at);
        if let Some(before) = at.checked_sub(1) {
            ranks[before] = joined(known, before);
        }
    }
    for ends in begins.windows(2).take(parts) {
        if let [begin, end] = *ends {
            push(piece.get(usize::from(begin)..usize::from(end)).unwrap_or_default());
        }
    }
    parts as u64
}

/// A part of a long piece: its neighbours by the place where they begin, and the rank it has with the next.
#[derive(Clone, Copy)]
struct Link {
    before: u32,
    after: u32,
    rank: Rank,
}

/// A piece of any length, in time that grows hardly faster than it.
fn long(vocabulary: &Vocabulary, piece: &[u8], push: &mut dyn FnMut(&[u8])) -> u64 {
    let Ok(length) = u32::try_from(piece.len()) else {
        // Nobody sends four gigabytes without a space; they are counted in pieces.
        let (head, tail) = piece.split_at(piece.len() / 2);
        return long(vocabulary, head, push) + long(vocabulary, tail, push);
    };
    let pairs = piece.windows(2).map(|pair| match *pair {
        [one, other] => vocabulary.pair(one, other).unwrap_or(NONE),
        _ => NONE,
    });
    let mut links: Vec<Link> = (0..length)
        .zip(pairs.chain([NONE]))
        .map(|(at, rank)| Link { before: at.wrapping_sub(1), after: at + 1, rank })
        .collect();
    let waiting = (0_u32..).zip(&links).filter(|(_, link)| link.rank != NONE);
    let mut queue: BinaryHeap<Reverse<u64>> = waiting.map(|(at, link)| entry(link.rank, at)).collect();
    let mut parts = u64::from(length);
    let link = |links: &[Link], at: u32| links.get(at as usize).copied();
    let refresh = |links: &mut [Link], queue: &mut BinaryHeap<Reverse<u64>>, at: u32| {
        let Some(after) = link(links, at).map(|one| one.after) else { return };
        let end = link(links, after).map(|next| next.after);
        let part = end.and_then(|end| piece.get(at as usize..end as usize));
        let rank = part.and_then(|part| vocabulary.rank(part)).unwrap_or(NONE);
        if let Some(one) = links.get_mut(at as usize) {
            one.rank = rank;
        }
        if rank != NONE {
            queue.push(entry(rank, at));
        }
    };
    while let Some(Reverse(next)) = queue.pop() {
        let (rank, at) = ((next >> 32) as u32, next as u32);
        let Some(one) = link(&links, at).filter(|one| one.rank == rank) else { continue };
        let Some(other) = link(&links, one.after) else { continue };
        if let Some(gone) = links.get_mut(one.after as usize) {
            gone.rank = NONE;
        }
        if let Some(kept) = links.get_mut(at as usize) {
            kept.after = other.after;
        }
        if let Some(following) = links.get_mut(other.after as usize) {
            following.before = at;
        }
        parts -= 1;
        refresh(&mut links, &mut queue, at);
        if one.before < at {
            refresh(&mut links, &mut queue, one.before);
        }
    }
    let mut at = 0;
    while let Some(one) = link(&links, at) {
        push(piece.get(at as usize..one.after as usize).unwrap_or_default());
        at = one.after;
    }
    parts
}

/// What is joined sooner is the greater one in the queue.
fn entry(rank: Rank, at: u32) -> Reverse<u64> {
    Reverse(u64::from(rank) << 32 | u64::from(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_ways_come_to_the_same(piece in "[a-f=é]{2,64}") {
            let vocabulary = &super::super::CL100K;
            let piece = piece.as_bytes().get(..SHORT.min(piece.len())).unwrap();
            let (mut by_short, mut by_long) = (Vec::new(), Vec::new());
            let shorter = short(vocabulary, piece, |part| by_short.push(part.to_vec()));
            let longer = long(vocabulary, piece, &mut |part| by_long.push(part.to_vec()));
            prop_assert_eq!(&by_short, &by_long);
            prop_assert_eq!((shorter, longer), (by_long.len() as u64, by_long.len() as u64));
        }
    }
}
