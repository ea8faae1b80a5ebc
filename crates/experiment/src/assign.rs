//! Who gets which variant: always the same one, without anybody having to remember it.
//!
//! Weighted rendezvous hashing: each variant draws a number from the hash of the unit and its own name, weighted by its
//! share (`-share / ln(u)`, the logarithmic method of Schindelhauer and Schomaker, "Weighted distributed hash tables",
//! 2005), and the greatest draw wins. When a share grows, units move to that variant and between no others: as few as
//! can be.

use crate::design::{UnknownName, Variant, names};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

names! {
    /// What always gets the same variant.
    Sticky, "something that can get a variant" {
        /// Each request by itself.
        Request = "request",
        /// A conversation; requests outside of any stand for themselves.
        Conversation = "conversation",
        /// What the caller says in the header `x-familiar-subject`; requests without it stand for themselves.
        Subject = "subject",
        /// A virtual key; requests without one belong to their user.
        Key = "key",
        /// A user.
        User = "user",
    }
}

/// What gets a variant: a text that is the same for all requests that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Unit(pub String);

/// What is known of a request, by which it may belong together with others.
#[derive(Debug, Clone, Copy)]
pub struct Belonging<'a> {
    /// Its own id.
    pub request: &'a str,
    /// Whose it is.
    pub user: &'a str,
    /// The virtual key it came with.
    pub key: Option<&'a str>,
    /// Its labels: `conversation:ID`, `subject:...`.
    pub tags: &'a [String],
}

/// The label that says to which conversation a request belongs.
pub const CONVERSATION: &str = "conversation:";
/// The label that says what the caller's header said.
pub const SUBJECT: &str = "subject:";

impl Sticky {
    /// What a request belongs to.
    pub fn unit(self, belonging: Belonging<'_>) -> Unit {
        let Belonging { request, user, key, tags } = belonging;
        let tag = |start: &str| tags.iter().find(|tag| tag.starts_with(start)).cloned();
        let alone = || format!("request:{request}");
        Unit(match self {
            Self::Request => alone(),
            Self::Conversation => tag(CONVERSATION).unwrap_or_else(alone),
            Self::Subject => tag(SUBJECT).unwrap_or_else(alone),
            Self::Key => key.map_or_else(|| format!("user:{user}"), |key| format!("key:{key}")),
            Self::User => format!("user:{user}"),
        })
    }
}

/// The label of a caller's subject. What they say may be a name or an address, which nobody has to read here.
pub fn subject_tag(said: &str) -> String {
    format!("{SUBJECT}{:016x}{:016x}", hash(&["subject", said]), hash(&["and again", said]))
}

/// The position of the unit's variant; `None` where there are none. `seed` is the experiment's, so that who comes first in one
/// does not come first in all.
pub fn choose(seed: &str, unit: &Unit, variants: &[Variant]) -> Option<usize> {
    let draw = |variant: &Variant| {
        let hash = hash(&[seed, &unit.0, &variant.name]);
        // From above 0 to below 1.
        let unit = ((hash >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        variant.share / -unit.ln()
    };
    let draws = variants.iter().map(draw).enumerate();
    draws.max_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(position, _)| position)
}

/// A hash that is the same for ever: FNV-1a over the texts with their lengths, mixed so that neighbours have nothing in
/// common (the finaliser of SplitMix64).
fn hash(texts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for text in texts {
        let length = (text.len() as u64).to_le_bytes();
        for byte in length.iter().chain(text.as_bytes()) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    let mut mixed = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Change;
    use proptest::prelude::*;

    fn variants(shares: &[f64]) -> Vec<Variant> {
        let variant = |(at, share): (usize, &f64)| Variant {
            name: format!("v{at}"),
            share: *share,
            change: Change::default(),
        };
        shares.iter().enumerate().map(variant).collect()
    }

    fn unit(number: u32) -> Unit {
        Unit(format!("conversation:{number}"))
    }

    #[test]
    fn what_belongs_together_is_said_by_labels_and_keys() {
        let tags = vec!["x".to_owned(), "conversation:7".to_owned()];
        let with = Belonging { request: "r", user: "u", key: Some("k"), tags: &tags };
        let without = Belonging { key: None, tags: &[], ..with };
        let cases = [
            (Sticky::Request, "request:r", "request:r"),
            (Sticky::Conversation, "conversation:7", "request:r"),
            (Sticky::Subject, "request:r", "request:r"),
            (Sticky::Key, "key:k", "user:u"),
            (Sticky::User, "user:u", "user:u"),
        ];
        for (sticky, one, other) in cases {
            assert_eq!(sticky.unit(with).0, one);
            assert_eq!(sticky.unit(without).0, other);
        }
        let said = vec![subject_tag("ann@example.org")];
        let unit = Sticky::Subject.unit(Belonging { tags: &said, ..with });
        assert!(unit.0.starts_with("subject:") && !unit.0.contains("ann") && unit.0.len() == 40, "{unit:?}");
    }

    /// A hash that changed would give everybody another variant in the middle of an experiment.
    #[test]
    fn the_hash_is_the_same_for_ever() {
        assert_eq!(hash(&["a", "b"]), 0x2c5b_7173_ce31_6e36);
        assert_ne!(hash(&["ab", ""]), hash(&["a", "b"]));
    }

    #[test]
    fn shares_are_kept_and_seeds_are_independent() {
        let variants = variants(&[1.0, 2.0, 7.0]);
        let mut counts = [0_u32; 3];
        let mut together = 0;
        for number in 0..20_000 {
            let chosen = choose("seed", &unit(number), &variants).unwrap();
            counts[chosen] += 1;
            together += u32::from(choose("other", &unit(number), &variants) == Some(chosen));
        }
        // 20,000 draws: three deviations are below 1.4 percent of all.
        for (count, share) in counts.iter().zip([0.1, 0.2, 0.7]) {
            assert!((f64::from(*count) / 20_000.0 - share).abs() < 0.012, "{counts:?}");
        }
        // As often as two independent draws agree: 0.01 + 0.04 + 0.49.
        assert!((f64::from(together) / 20_000.0 - 0.54).abs() < 0.012, "{together}");
        assert_eq!(choose("seed", &unit(1), &[]), None);
    }

    proptest! {
        /// When shares change, units move to variants whose part grew and from those whose part shrank, and to no
        /// others: the least that has to move.
        #[test]
        fn only_what_must_moves(
            before in prop::collection::vec(0.1_f64..10.0, 2..6), grown in 0_usize..6, by in 1.01_f64..5.0,
        ) {
            let grown = grown % before.len();
            let mut after = before.clone();
            after[grown] *= by;
            let (old, new) = (variants(&before), variants(&after));
            for number in 0..300 {
                let (was, is) = (choose("s", &unit(number), &old), choose("s", &unit(number), &new));
                prop_assert!(was == is || is == Some(grown));
            }
        }
    }
}
