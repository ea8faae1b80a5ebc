//! What vectors of meaning overlook: two texts that differ in a number, a name, a negation, a quotation or only in the
//! order of their words are near to each other and do not mean the same.

use std::collections::BTreeMap;

/// Words that turn a sentence into its opposite.
const NEGATIONS: [&str; 26] = [
    "not", "no", "never", "without", "none", "nothing", "cannot", "except", "neither", "nor", "dont",
    "doesnt", "isnt", "arent", "wont", "cant", "kein", "keine", "nicht", "nie", "ohne", "sans", "jamais",
    "pas", "unlike", "avoid",
];

/// Pairs of words of which only one may stand in two texts that mean the same.
const OPPOSITES: [(&str, &str); 22] = [
    ("before", "after"),
    ("above", "below"),
    ("over", "under"),
    ("more", "less"),
    ("most", "least"),
    ("maximum", "minimum"),
    ("max", "min"),
    ("highest", "lowest"),
    ("largest", "smallest"),
    ("first", "last"),
    ("increase", "decrease"),
    ("enable", "disable"),
    ("start", "stop"),
    ("open", "close"),
    ("buy", "sell"),
    ("import", "export"),
    ("encrypt", "decrypt"),
    ("encode", "decode"),
    ("upload", "download"),
    ("pros", "cons"),
    ("ascending", "descending"),
    ("today", "tomorrow"),
];

/// Whether nothing tells two texts apart that means more than its vector shows.
pub(super) fn may_mean_the_same(one: &str, other: &str) -> bool {
    let (one, other) = (Marks::of(one), Marks::of(other));
    one.numbers == other.numbers
        && one.negations % 2 == other.negations % 2
        && one.quoted == other.quoted
        && one.names_agree(&other)
        && !one.opposed_to(&other)
        && !one.only_reordered(&other)
}

/// What is looked at.
struct Marks {
    /// How often each number stands there.
    numbers: BTreeMap<String, u32>,
    negations: usize,
    /// What stands between quotes or backticks.
    quoted: Vec<String>,
    /// Words that begin with a capital inside a sentence, in lower case.
    names: Vec<String>,
    /// All words in lower case, in order.
    words: Vec<String>,
}

impl Marks {
    fn of(text: &str) -> Self {
        let mut marks = Self {
            numbers: BTreeMap::new(),
            negations: 0,
            quoted: quoted(text),
            names: Vec::new(),
            words: Vec::new(),
        };
        let mut begins = true;
        for raw in text.split_whitespace() {
            // `don't` is one word; `and/or` two.
            for word in raw
                .split(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '\'' | '’' | '.' | ','))
            {
                let word = word.trim_matches(|letter: char| !letter.is_alphanumeric());
                if word.is_empty() {
                    continue;
                }
                let lower: String =
                    word.chars().filter(|c| !matches!(c, '\'' | '’')).flat_map(char::to_lowercase).collect();
                if word.contains(|letter: char| letter.is_ascii_digit()) {
                    *marks.numbers.entry(lower.clone()).or_default() += 1;
                }
                let stem = lower.strip_suffix("nt").filter(|stem| {
                    matches!(*stem, "did" | "was" | "were" | "have" | "has" | "should" | "would" | "could")
                });
                marks.negations += usize::from(stem.is_some() || NEGATIONS.contains(&lower.as_str()));
                if !begins && word.starts_with(char::is_uppercase) && lower.len() > 1 {
                    marks.names.push(lower.clone());
                }
                marks.words.push(lower);
                begins = false;
            }
            begins |= raw.ends_with(['.', '!', '?', ':', '\n']);
        }
        marks.names.sort_unstable();
        marks.names.dedup();
        marks
    }

    /// Whether every name of one stands in the other, written however.
    fn names_agree(&self, other: &Self) -> bool {
        let stands = |names: &[String], words: &[String]| names.iter().all(|name| words.contains(name));
        stands(&self.names, &other.words) && stands(&other.names, &self.words)
    }

    fn opposed_to(&self, other: &Self) -> bool {
        let says = |marks: &Self, word: &str| marks.words.iter().any(|known| known == word);
        let turned = |one: &Self, other: &Self| {
            OPPOSITES.iter().any(|(here, there)| {
                says(one, here) && !says(one, there) && says(other, there) && !says(other, here)
            })
        };
        turned(self, other) || turned(other, self)
    }

    /// Whether the words are the same in another order: `from A to B` is not `from B to A`.
    fn only_reordered(&self, other: &Self) -> bool {
        if self.words == other.words || self.words.len() != other.words.len() {
            return false;
        }
        let sorted = |marks: &Self| {
            let mut words = marks.words.clone();
            words.sort_unstable();
            words
        };
        sorted(self) == sorted(other)
    }
}

/// What stands between double quotes or backticks.
fn quoted(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for quote in ['"', '`'] {
        all.extend(text.split(quote).skip(1).step_by(2).map(str::to_owned));
    }
    all.sort_unstable();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_vectors_overlook_keeps_requests_apart() {
        for (one, other, same) in [
            ("How do I reset my password?", "What is the way to reset my password?", true),
            ("How do I cook 2 eggs?", "How do I cook 3 eggs?", false),
            ("Is it safe to mix these?", "Is it not safe to mix these?", false),
            ("Why doesn't it rain?", "Why does it rain?", false),
            ("Why doesn't it rain?", "Why does it not rain?", true),
            ("What is the capital of France?", "What is the capital of Spain?", false),
            ("what is the capital of france", "What is the capital of France?", true),
            ("Convert dollars to euros", "Convert euros to dollars", false),
            ("Translate \"cat\" to German", "Translate \"dog\" to German", false),
            ("What comes before lunch?", "What comes after lunch?", false),
            ("What comes before and after lunch?", "What comes after and before lunch?", false),
            ("Version 3.10 of it", "Version 3.1 of it", false),
        ] {
            assert_eq!(may_mean_the_same(one, other), same, "{one} | {other}");
            assert_eq!(may_mean_the_same(other, one), same, "{other} | {one}");
        }
    }

    proptest! {
        #[test]
        fn a_text_may_mean_what_it_means(text in "\\PC{0,60}", other in "\\PC{0,60}") {
            prop_assert!(may_mean_the_same(&text, &text));
            prop_assert_eq!(may_mean_the_same(&text, &other), may_mean_the_same(&other, &text));
        }
    }
}
