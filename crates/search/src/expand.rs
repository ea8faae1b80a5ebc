//! Which words of the index a prefix or a typo may stand for.

use crate::{
    analysis, phonetic,
    presence::Presence,
    query::{Typos, WILD},
    schema::Fields,
};
use std::collections::HashMap;
use tantivy::{Searcher, Term, query::FuzzyTermQuery};

/// Most words that a prefix stands for; the most frequent are kept.
const MAX_PREFIX_WORDS: usize = 128;
/// Most words that a typo stands for.
const MAX_TYPO_WORDS: usize = 8;
/// Most words that sound like a typo and are compared with it.
const MAX_SOUNDING: usize = 500;
/// The shortest word that a typo may stand for by its letters or its sound alone.
pub(crate) const MIN_TYPO_CHARS: usize = 4;

/// The indexed words that begin with `prefix`, the most frequent first.
pub(crate) fn words_with_prefix(
    searcher: &Searcher,
    fields: &Fields,
    prefix: &str,
) -> tantivy::Result<Vec<String>> {
    let mut frequencies: HashMap<String, u64> = HashMap::new();
    for segment in searcher.segment_readers() {
        let inverted = segment.inverted_index(fields.words)?;
        let mut stream = inverted.terms().range().ge(prefix.as_bytes()).into_stream()?;
        while stream.advance() {
            let Ok(word) = std::str::from_utf8(stream.key()) else { continue };
            if !word.starts_with(prefix) {
                break;
            }
            *frequencies.entry(word.to_owned()).or_default() += u64::from(stream.value().doc_freq);
        }
    }
    let mut words: Vec<(String, u64)> = frequencies.into_iter().collect();
    words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(words.into_iter().take(MAX_PREFIX_WORDS).map(|(word, _)| word).collect())
}

/// The words of an owner's passages of this form (`*` for any letters, `?` for one), the most frequent first.
pub(crate) fn words_of_form(
    presence: &Presence<'_>,
    fields: &Fields,
    form: &str,
) -> tantivy::Result<Vec<Guess>> {
    let form: Vec<char> = form.split_inclusive(WILD).flat_map(folded).collect();
    let prefix: String = form.iter().take_while(|letter| !WILD.contains(letter)).collect();
    let mut frequencies: HashMap<String, u64> = HashMap::new();
    for segment in presence.searcher().segment_readers() {
        let inverted = segment.inverted_index(fields.words)?;
        let mut stream = inverted.terms().range().ge(prefix.as_bytes()).into_stream()?;
        while stream.advance() {
            let Ok(word) = std::str::from_utf8(stream.key()) else { continue };
            if !word.starts_with(prefix.as_str()) {
                break;
            }
            if has_form(word, &form) {
                *frequencies.entry(word.to_owned()).or_default() += u64::from(stream.value().doc_freq);
            }
        }
    }
    let mut words: Vec<(String, u64)> = frequencies.into_iter().collect();
    words.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    let mut found = Vec::new();
    for (word, _) in words {
        if found.len() < MAX_PREFIX_WORDS && presence.has(fields.words, &word)? {
            found.push(Guess { word, weight: 1.0 });
        }
    }
    Ok(found)
}

/// A piece of a form as words are indexed, with the sign at its end that stands for other letters.
fn folded(piece: &str) -> Vec<char> {
    let (letters, sign) = match piece.char_indices().next_back() {
        Some((at, sign)) if WILD.contains(&sign) => (piece.get(..at).unwrap_or_default(), Some(sign)),
        Some(_) | None => (piece, None),
    };
    let words =
        analysis::surface(letters).into_iter().flat_map(|token| token.term.chars().collect::<Vec<_>>());
    words.chain(sign).collect()
}

/// Whether a word is of a form; goes back to the last star where something does not fit.
fn has_form(word: &str, form: &[char]) -> bool {
    let word: Vec<char> = word.chars().collect();
    let (mut at, mut place) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(letter) = word.get(at) {
        match form.get(place) {
            Some('*') => {
                star = Some((place, at));
                place += 1;
            }
            Some(wanted) if *wanted == '?' || wanted == letter => {
                at += 1;
                place += 1;
            }
            Some(_) | None => {
                let Some((star_place, from)) = star else { return false };
                star = Some((star_place, from + 1));
                (at, place) = (from + 1, star_place + 1);
            }
        }
    }
    form.get(place..).is_none_or(|rest| rest.iter().all(|sign| *sign == '*'))
}

/// The words of an owner's passages that are at most so many edits from one, itself included, the nearest first.
pub(crate) fn words_within(
    presence: &Presence<'_>,
    fields: &Fields,
    (word, edits): (&str, u8),
) -> tantivy::Result<Vec<Guess>> {
    if word.is_empty() {
        return Ok(Vec::new());
    }
    let query = FuzzyTermQuery::new(Term::from_field_text(fields.words, word), edits, true);
    let automaton = query.automaton()?;
    let letters: Vec<char> = word.chars().collect();
    let mut near: HashMap<String, f32> = HashMap::new();
    for segment in presence.searcher().segment_readers() {
        let inverted = segment.inverted_index(fields.words)?;
        let mut stream = inverted.terms().search(&automaton).into_stream()?;
        while stream.advance() {
            let Ok(other) = std::str::from_utf8(stream.key()) else { continue };
            if !near.contains_key(other) {
                near.insert(other.to_owned(), cost(&letters, &other.chars().collect::<Vec<_>>()));
            }
        }
    }
    let mut near: Vec<(String, f32)> = near.into_iter().collect();
    near.sort_by(|one, other| one.1.total_cmp(&other.1).then_with(|| one.0.cmp(&other.0)));
    let mut found = Vec::new();
    for (word, cost) in near {
        if found.len() < MAX_PREFIX_WORDS && presence.has(fields.words, &word)? {
            found.push(Guess { word, weight: WORTH.powf(cost) });
        }
    }
    Ok(found)
}

/// A word that a typo may stand for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Guess {
    /// The word, or the name.
    pub(crate) word: String,
    /// What it is worth against a word that stands there as typed: below 1.
    pub(crate) weight: f32,
}

/// The words of an owner's passages that `typo` most likely means, the likeliest first: by letters, and by how they
/// sound. `in_heading` says whether a word stands in a heading, which is what people look for.
pub(crate) fn words_like(
    presence: &Presence<'_>,
    fields: &Fields,
    (typo, how): (&str, Typos),
    in_heading: &dyn Fn(&str) -> tantivy::Result<bool>,
) -> tantivy::Result<Vec<Guess>> {
    let allowed = match (how, typo.chars().count()) {
        (Typos::None, _) | (Typos::Careful, 0..5) | (Typos::Generous, 0..MIN_TYPO_CHARS) => {
            return Ok(Vec::new());
        }
        (Typos::Careful, 5..9) | (Typos::Generous, MIN_TYPO_CHARS) => 1,
        (Typos::Careful | Typos::Generous, _) => 2,
    };
    let (elsewhere, spread) = match how {
        Typos::None | Typos::Careful => (0.0, EDIT - SWAP),
        Typos::Generous => (NOT_IN_HEADING, SPREAD),
    };
    let query = FuzzyTermQuery::new(Term::from_field_text(fields.words, typo), allowed, true);
    let automaton = query.automaton()?;
    let mut candidates: HashMap<String, u64> = HashMap::new();
    for segment in presence.searcher().segment_readers() {
        let inverted = segment.inverted_index(fields.words)?;
        let mut stream = inverted.terms().search(&automaton).into_stream()?;
        while stream.advance() {
            let Ok(word) = std::str::from_utf8(stream.key()) else { continue };
            *candidates.entry(word.to_owned()).or_default() += u64::from(stream.value().doc_freq);
        }
    }
    let sound = phonetic::code(typo);
    if let (Some(sound), Typos::Generous) = (&sound, how) {
        add_sounding(presence.searcher(), fields, sound, &mut candidates)?;
    }
    let typo: Vec<char> = typo.chars().collect();
    let farthest = (at_place(typo.len()) * FARTHEST_SHARE).max(FARTHEST);
    let mut words: Vec<(String, f32, u64)> = Vec::with_capacity(candidates.len());
    for (word, frequency) in candidates {
        let by_letters = cost(&typo, &word.chars().collect::<Vec<_>>());
        if by_letters > farthest {
            continue;
        }
        let sounds_alike = sound.is_some() && sound == phonetic::code(&word);
        words.push((word, if sounds_alike { by_letters - ALIKE } else { by_letters }, frequency));
    }
    words.sort_by(likelier);
    // To stand in no heading only makes a word costlier: what is too costly already need not be looked up.
    let mut near: Vec<(String, f32, u64)> = Vec::new();
    let mut least = f32::INFINITY;
    for (word, cost, frequency) in words {
        if cost > least + spread {
            break;
        }
        if presence.has(fields.words, &word)? {
            let cost = if elsewhere <= 0.0 || in_heading(&word)? { cost } else { cost + elsewhere };
            least = least.min(cost);
            near.push((word, cost, frequency));
        }
    }
    near.sort_by(likelier);
    let near = near.into_iter().take_while(|(_, cost, _)| *cost <= least + spread).take(MAX_TYPO_WORDS);
    Ok(near.map(|(word, cost, _)| Guess { word, weight: WORTH.powf(cost) }).collect())
}

/// The cheapest first, then the most frequent, then by the alphabet.
fn likelier(one: &(String, f32, u64), other: &(String, f32, u64)) -> std::cmp::Ordering {
    one.1.total_cmp(&other.1).then(other.2.cmp(&one.2)).then_with(|| one.0.cmp(&other.0))
}

/// Adds the indexed words of this sound, which may be far away by letters.
fn add_sounding(
    searcher: &Searcher,
    fields: &Fields,
    sound: &str,
    candidates: &mut HashMap<String, u64>,
) -> tantivy::Result<()> {
    let prefix = format!("{sound} ");
    for segment in searcher.segment_readers() {
        let inverted = segment.inverted_index(fields.sounds)?;
        let mut stream = inverted.terms().range().ge(prefix.as_bytes()).into_stream()?;
        let mut seen = 0;
        while stream.advance() && seen < MAX_SOUNDING {
            let Ok(term) = std::str::from_utf8(stream.key()) else { continue };
            let Some(word) = term.strip_prefix(&prefix) else { break };
            // What was found by its letters has its frequency already.
            candidates.entry(word.to_owned()).or_insert_with(|| u64::from(stream.value().doc_freq));
            seen += 1;
        }
    }
    Ok(())
}

/// What a guess loses by each edit.
pub(crate) const WORTH: f32 = 0.5;
/// What a word gains by sounding like the typo.
const ALIKE: f32 = 0.5;
/// How much a word that sounds like a typo may differ from it in its letters ...
const FARTHEST: f32 = 3.0;
/// ... or which share of them, where that is more.
const FARTHEST_SHARE: f32 = 0.4;
/// How much costlier than the cheapest a guess may be.
const SPREAD: f32 = 0.8;
/// What it costs a word to stand in no heading.
const NOT_IN_HEADING: f32 = 0.4;
/// A wrong letter, a missing one, one too many.
const EDIT: f32 = 1.0;
/// A wrong letter whose key is beside the right one, or a letter that is doubled or should be.
const SLIP: f32 = 0.8;
/// Neighbours in the wrong order.
const SWAP: f32 = 0.7;
/// On top, where the first letter is wrong: people mostly have that one right.
const FIRST: f32 = 0.3;

/// What it costs to turn a typo into a word: the optimal string alignment distance (Damerau-Levenshtein without
/// changing a letter twice), likely slips of the hand costing less.
pub(crate) fn cost(typo: &[char], word: &[char]) -> f32 {
    let same_start = typo.first() == word.first();
    let width = word.len() + 1;
    let mut rows: Vec<Vec<f32>> = Vec::with_capacity(typo.len() + 1);
    let mut first = vec![0.0; width];
    (1..width).for_each(|column| set(&mut first, column, at_place(column) * EDIT));
    rows.push(first);
    for row in 1..=typo.len() {
        let mut current = vec![at_place(row) * EDIT; width];
        for column in 1..width {
            let (typed, meant) = (typo.get(row - 1), word.get(column - 1));
            let (typed_before, meant_before) = (letter_before(typo, row), letter_before(word, column));
            let above = |back: usize, column: usize| value(rows.get(row - back), column);
            let too_many = above(1, column) + if typed == typed_before { SLIP } else { EDIT };
            let missing = value(Some(&current), column - 1) + if meant == meant_before { SLIP } else { EDIT };
            let mut best = (above(1, column - 1) + wrong(typed, meant)).min(too_many).min(missing);
            if row > 1 && column > 1 && typed == meant_before && typed_before == meant && typed != meant {
                best = best.min(above(2, column - 2) + SWAP);
            }
            set(&mut current, column, best);
        }
        rows.push(current);
    }
    value(rows.last(), word.len()) + if same_start { 0.0 } else { FIRST }
}

fn wrong(typed: Option<&char>, meant: Option<&char>) -> f32 {
    match (typed, meant) {
        (Some(typed), Some(meant)) if typed == meant => 0.0,
        (Some(typed), Some(meant)) if are_neighbours(*typed, *meant) => SLIP,
        (Some(_) | None, Some(_) | None) => EDIT,
    }
}

fn letter_before(letters: &[char], place: usize) -> Option<&char> {
    place.checked_sub(2).and_then(|place| letters.get(place))
}

fn value(row: Option<&Vec<f32>>, column: usize) -> f32 {
    row.and_then(|row| row.get(column)).copied().unwrap_or(f32::MAX)
}

fn set(row: &mut [f32], column: usize, to: f32) {
    if let Some(cell) = row.get_mut(column) {
        *cell = to;
    }
}

fn at_place(number: usize) -> f32 {
    f32::from(u16::try_from(number).unwrap_or(u16::MAX))
}

/// Whether two letters lie beside each other on the keyboards that most people type English with.
fn are_neighbours(one: char, other: char) -> bool {
    const ROWS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
    let place =
        |letter: char| (0_usize..).zip(ROWS).find_map(|(row, letters)| Some((row, letters.find(letter)?)));
    match (place(one), place(other)) {
        (Some((row, column)), Some((other_row, other_column))) => {
            row.abs_diff(other_row) <= 1 && column.abs_diff(other_column) <= 1
        }
        (Some(_) | None, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{EDIT, FIRST, SLIP, SWAP, cost, has_form};

    fn of(typo: &str, word: &str) -> f32 {
        cost(&typo.chars().collect::<Vec<_>>(), &word.chars().collect::<Vec<_>>())
    }

    #[test]
    fn stars_stand_for_any_letters_and_question_marks_for_one() {
        for (word, form, expected) in [
            ("fireball", "fire*", true),
            ("fireball", "*ball", true),
            ("fireball", "f*b*l", true),
            ("fireball", "fireb?ll", true),
            ("fireball", "f?ball", false),
            ("fireball", "fireball*", true),
            ("fireball", "fireball?", false),
            ("fire", "f*e*e", false),
            ("banana", "*ana", true),
            ("", "*", true),
            ("\u{e9}t\u{e9}", "?t?", true),
        ] {
            assert_eq!(has_form(word, &form.chars().collect::<Vec<_>>()), expected, "{word} {form}");
        }
    }

    #[test]
    fn edits_cost_by_how_likely_they_are() {
        for (typo, word, expected) in [
            ("", "", 0.0),
            ("fireball", "fireball", 0.0),
            ("firebal", "fireball", SLIP),
            ("firreball", "fireball", SLIP),
            ("fierball", "fireball", SWAP),
            ("fureball", "fireball", SLIP),
            ("fieball", "fireball", EDIT),
            ("firezball", "fireball", EDIT),
            ("pireball", "fireball", EDIT + FIRST),
            ("goblin", "gobbling", SLIP + EDIT),
            ("\u{e9}t\u{e9}", "ete", EDIT + EDIT + FIRST),
        ] {
            let got = of(typo, word);
            assert!((got - expected).abs() < 1e-5, "{typo} {word}: {got} instead of {expected}");
        }
    }
}
