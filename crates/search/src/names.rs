//! What passages are called: their last heading, as one term, so that what is looked up by its name is found by it,
//! also where several of its words, or the spaces between them, are mistyped.

use crate::{
    analysis,
    expand::{Guess, WORTH, cost},
    presence::Presence,
    schema::Fields,
};
use tantivy::{Term, query::FuzzyTermQuery};

/// What parts headings from each other, the outermost first.
const SEPARATOR: &str = " \u{203a} ";
/// Longest name that is compared, in bytes.
pub(crate) const MAX_BYTES: usize = 64;
/// Most names that a text may be meant for.
const MAX_MEANT: usize = 3;
/// How much costlier than the cheapest a name may be.
const SPREAD: f32 = 0.3;

/// A text as a name: its words in small letters without accents.
pub(crate) fn written(text: &str) -> String {
    let words: Vec<String> = analysis::surface(text).into_iter().map(|token| token.term).collect();
    words.join(" ")
}

/// What a passage under these headings is called: the last of them; without what stands in brackets behind it, such
/// as a price; and what stands behind its colon.
pub(crate) fn of(heading: &str) -> Vec<String> {
    let last = heading.rsplit(SEPARATOR).next().unwrap_or_default().trim();
    let shorter = ['(', '['].iter().find_map(|bracket| Some(last.split_once(*bracket)?.0));
    let shorter = shorter.filter(|_| last.ends_with([')', ']']));
    let behind = last.split_once(": ").map(|(_, behind)| behind);
    let mut names: Vec<String> = Vec::new();
    for name in std::iter::once(last).chain(shorter).chain(behind).map(written) {
        if !name.is_empty() && name.len() <= MAX_BYTES && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// How far from a name a text may be.
pub(crate) fn edits(name: &str, has_unknown_words: Unknown) -> u8 {
    match (has_unknown_words, name.chars().count()) {
        (_, 0..3) => 0,
        (Unknown::Some, 3..5) => 1,
        (Unknown::Some, _) => 2,
        (Unknown::None, 0..6) => 0,
        (Unknown::None, _) => 1,
    }
}

/// Whether a text has words that nobody wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    Some,
    None,
}

/// The names in an owner's documents that are at most so many edits from this one, the likeliest first.
pub(crate) fn like(
    presence: &Presence<'_>,
    fields: &Fields,
    (name, edits): (&str, u8),
) -> tantivy::Result<Vec<Guess>> {
    if edits == 0 || name.len() > MAX_BYTES {
        return Ok(Vec::new());
    }
    let query = FuzzyTermQuery::new(Term::from_field_text(fields.names, name), edits, true);
    let automaton = query.automaton()?;
    let mut found: Vec<(String, f32)> = Vec::new();
    let typed: Vec<char> = name.chars().collect();
    for segment in presence.searcher().segment_readers() {
        let inverted = segment.inverted_index(fields.names)?;
        let mut stream = inverted.terms().search(&automaton).into_stream()?;
        while stream.advance() {
            let Ok(other) = std::str::from_utf8(stream.key()) else { continue };
            // `Level 4 Spells` is not `Level 3 Spells` mistyped.
            if digits(other) == digits(name) && !found.iter().any(|(known, _)| known == other) {
                found.push((other.to_owned(), cost(&typed, &other.chars().collect::<Vec<_>>())));
            }
        }
    }
    found.sort_by(|one, other| one.1.total_cmp(&other.1).then_with(|| one.0.cmp(&other.0)));
    let mut meant: Vec<Guess> = Vec::new();
    let mut least: Option<f32> = None;
    for (word, cost) in found {
        if meant.len() == MAX_MEANT || least.is_some_and(|least| cost > least + SPREAD) {
            break;
        }
        if presence.has(fields.names, &word)? {
            least = least.or(Some(cost));
            meant.push(Guess { word, weight: WORTH.powf(cost) });
        }
    }
    Ok(meant)
}

fn digits(name: &str) -> String {
    name.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_last_heading_in_all_its_forms() {
        for (heading, expected) in [
            ("", vec![]),
            ("Fireball", vec!["fireball"]),
            ("Spells \u{203a} Wall of Fire", vec!["wall of fire"]),
            ("Gear \u{203a} Potion of Healing (50 GP)", vec!["potion of healing 50 gp", "potion of healing"]),
            ("Hide [Action]", vec!["hide action", "hide"]),
            ("Level 3: Open Hand", vec!["level 3 open hand", "open hand"]),
            ("Tenser\u{2019}s Floating Disk", vec!["tenser floating disk"]),
            ("(Optional) Rules", vec!["optional rules"]),
            ("Blindness/Deafness", vec!["blindness deafness"]),
        ] {
            assert_eq!(of(heading), expected, "{heading}");
        }
        assert_eq!(of(&"long ".repeat(40)), [""; 0]);
    }

    #[test]
    fn short_names_take_fewer_edits() {
        for (name, unknown, expected) in [
            ("ab", Unknown::Some, 0),
            ("bae", Unknown::Some, 1),
            ("dart", Unknown::Some, 1),
            ("firbal", Unknown::Some, 2),
            ("bear", Unknown::None, 0),
            ("disguise elf", Unknown::None, 1),
        ] {
            assert_eq!(edits(name, unknown), expected, "{name}");
        }
    }
}
