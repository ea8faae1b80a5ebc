//! The words of a person's own texts: names of people, places and things, what they are called otherwise, and
//! abbreviations, as the texts themselves say it.
//!
//! Names are capitalised words that stand together (`Strahd von Zarovich`), as far as their place does not explain the
//! capital. Another name is told by words such as *also known as*, an abbreviation by brackets behind words whose
//! initials it is: `Order of the Gauntlet (OG)`.

use crate::{
    analysis::{self, Token},
    names,
};

/// Most names that are kept of a passage.
const MAX_NAMES: usize = 24;
/// Most other names that are kept of a passage.
const MAX_ALIASES: usize = 16;
/// Longest name, in words; what is longer is a line in capitals.
pub(crate) const MAX_WORDS: usize = 5;
/// Longest name, in bytes.
const MAX_BYTES: usize = 64;
/// What parts a name from another for it, in a term of the index.
pub(crate) const ALIAS_SEPARATOR: char = '\u{1f}';

/// Words within names that have no capital.
const CONNECTORS: &[&str] =
    &["of", "the", "von", "van", "de", "der", "den", "la", "le", "du", "da", "di", "al"];
/// Words that begin sentences far more often than names.
const BEGINNERS: &[&str] = &[
    "a", "after", "all", "also", "an", "and", "another", "any", "as", "at", "before", "both", "but", "by",
    "each", "every", "for", "from", "he", "her", "here", "his", "how", "if", "in", "it", "its", "known",
    "most", "no", "nobody", "not", "on", "once", "one", "or", "our", "she", "some", "that", "the", "their",
    "then", "there", "these", "they", "this", "those", "to", "until", "we", "what", "when", "where", "while",
    "who", "why", "will", "with", "you",
];
/// What stands between a name and another for the same.
const ALSO: &[&str] = &[
    "also known as",
    "also known as the",
    "better known as",
    "better known as the",
    "known as",
    "known as the",
    "also called",
    "also called the",
    "alias",
    "aka",
    "nicknamed",
];

/// Without one of these a passage tells no other name.
const SIGNS: &[&str] = &["(", "known as", "also called", "alias", "aka", "a.k.a", "nicknamed"];

/// A run of capitalised words.
struct Name {
    /// Which words of the text: the first, and the one behind the last.
    first: usize,
    end: usize,
    /// Whether something else than its place explains the capital of a word alone.
    is_sure: bool,
}

/// The names in a passage, its own first, each in small letters.
pub(crate) fn terms(heading: &str, body: &str) -> Vec<String> {
    let mut terms: Vec<String> = names::of(heading).into_iter().min_by_key(String::len).into_iter().collect();
    let tokens = analysis::surface(body);
    for name in names_in(body, &tokens) {
        let is_enough = name.end - name.first > 1
            || (name.is_sure && tokens.get(name.first).is_some_and(|word| word.term.len() > 2));
        let term = joined(&tokens, name.first..name.end);
        if is_enough && term.len() <= MAX_BYTES && !terms.contains(&term) {
            terms.push(term);
        }
        if terms.len() == MAX_NAMES {
            break;
        }
    }
    terms
}

/// What is called otherwise in a text, as terms of the index: each name, and another for it.
pub(crate) fn aliases(body: &str) -> Vec<String> {
    if !SIGNS.iter().any(|sign| body.contains(sign)) {
        return Vec::new();
    }
    let tokens = analysis::surface(body);
    let found = names_in(body, &tokens);
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (one, other) in found.iter().zip(found.iter().skip(1)) {
        if ALSO.contains(&said_between(body, &tokens, (one.end, other.first)).as_str()) {
            pairs.push((joined(&tokens, one.first..one.end), joined(&tokens, other.first..other.end)));
        }
    }
    pairs.extend((0..tokens.len()).filter_map(|at| abbreviation(body, &tokens, at)));
    let mut aliases: Vec<String> = Vec::new();
    for (one, other) in pairs.into_iter().take(MAX_ALIASES) {
        if one != other && one.len().max(other.len()) <= MAX_BYTES {
            aliases.push(format!("{one}{ALIAS_SEPARATOR}{other}"));
            aliases.push(format!("{other}{ALIAS_SEPARATOR}{one}"));
        }
    }
    aliases
}

/// The runs of capitalised words, in their order.
fn names_in(body: &str, tokens: &[Token]) -> Vec<Name> {
    let mut found = Vec::new();
    let mut open: Option<Name> = None;
    for (at, token) in tokens.iter().enumerate() {
        let gap = gap_before(body, tokens, at);
        let begins = at == 0 || ends_sentence(gap);
        let is_capital = is_capital(body, token);
        let goes_on = matches!(gap, " " | "-" | "'s " | "\u{2019}s ");
        if let Some(name) = open.as_mut().filter(|_| goes_on) {
            if is_capital {
                name.end = at + 1;
                continue;
            }
            // `of the` may stand within a name; what does not go on behind it ends where it ended. `Take the` is no name.
            let is_verb =
                token.term == "the" && at == name.end && name.end - name.first == 1 && !name.is_sure;
            if CONNECTORS.contains(&token.term.as_str()) && at - name.end < 2 && !is_verb {
                continue;
            }
        }
        found.extend(open.take());
        if is_capital && !(begins && is_beginner(tokens, at)) {
            open = Some(Name { first: at, end: at + 1, is_sure: !begins });
        }
    }
    found.extend(open);
    found.retain(|name| name.end - name.first <= MAX_WORDS);
    found
}

/// An abbreviation in brackets behind the words whose initials it is.
fn abbreviation(body: &str, tokens: &[Token], at: usize) -> Option<(String, String)> {
    let token = tokens.get(at)?;
    let short = body.get(token.range.clone())?;
    let letters = short.chars().count();
    let closes = body.get(token.range.end..)?.starts_with(')');
    let is_short = (2..=6).contains(&letters) && short.chars().all(|letter| letter.is_ascii_uppercase());
    if !closes || !is_short || gap_before(body, tokens, at) != " (" {
        return None;
    }
    let matching = (letters..=letters + 2).find_map(|length| {
        let first = at.checked_sub(length)?;
        let words = tokens.get(first..at)?;
        let together = (first + 1..at).all(|word| matches!(gap_before(body, tokens, word), " " | "-"));
        let all = initials(words.iter());
        let without = initials(words.iter().filter(|word| !CONNECTORS.contains(&word.term.as_str())));
        let begins_well = words.first().is_some_and(|word| !CONNECTORS.contains(&word.term.as_str()));
        (together && (all == token.term || (begins_well && without == token.term))).then_some(first)
    });
    Some((joined(tokens, matching?..at), token.term.clone()))
}

fn initials<'a>(words: impl Iterator<Item = &'a Token>) -> String {
    words.filter_map(|word| word.term.chars().next()).collect()
}

/// The words between two names, without what separates them.
fn said_between(body: &str, tokens: &[Token], (from, to): (usize, usize)) -> String {
    let is_near = gap_before(body, tokens, from).trim().chars().all(|sign| matches!(sign, ',' | '('));
    if is_near { joined(tokens, from..to).replace("a k a", "aka") } else { String::new() }
}

fn joined(tokens: &[Token], range: std::ops::Range<usize>) -> String {
    let words: Vec<&str> =
        tokens.get(range).unwrap_or_default().iter().map(|token| token.term.as_str()).collect();
    words.join(" ")
}

/// What stands before a word and behind the one before it.
fn gap_before<'a>(body: &'a str, tokens: &[Token], at: usize) -> &'a str {
    let from = at.checked_sub(1).and_then(|before| tokens.get(before)).map_or(0, |token| token.range.end);
    let to = tokens.get(at).map_or(body.len(), |token| token.range.start);
    body.get(from..to).unwrap_or_default()
}

fn ends_sentence(gap: &str) -> bool {
    gap.contains(['.', '!', '?', ':', ';', '\n', '|', '"', '\u{201c}', '\u{2022}', '*', '#'])
}

fn is_beginner(tokens: &[Token], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| BEGINNERS.contains(&token.term.as_str()))
}

fn is_capital(body: &str, token: &Token) -> bool {
    body.get(token.range.clone()).and_then(|word| word.chars().next()).is_some_and(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_capitalised_words_that_their_place_does_not_explain() {
        for (body, expected) in [
            ("Strahd von Zarovich rules Barovia.", vec!["strahd von zarovich", "barovia"]),
            ("The Vistani fear him. Nobody knows why.", vec!["vistani"]),
            ("In the Village of Barovia you meet Ireena.", vec!["village of barovia", "ireena"]),
            ("Melf's Acid Arrow hits.", vec!["melf acid arrow"]),
            ("Take the Sunsword of the Dawn to Krezk, then rest.", vec!["sunsword of the dawn", "krezk"]),
            ("He serves the Order of old.", vec!["order"]),
            ("Nothing here.", vec![]),
            ("A LINE IN CAPITALS THAT SAYS TOO MUCH", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(terms("", body), expected, "{body}");
        }
        assert_eq!(terms("Places \u{203a} Krezk (village)", "Krezk is cold."), ["krezk"]);
    }

    #[test]
    fn other_names_are_told_by_the_text() {
        for (body, expected) in [
            (
                "Strahd von Zarovich, also known as the Devil of Barovia, sleeps.",
                vec![("strahd von zarovich", "devil of barovia")],
            ),
            ("They call on Ezmerelda (alias Dora) at dusk.", vec![("ezmerelda", "dora")]),
            ("The Order of the Gauntlet (OG) helps.", vec![("order of the gauntlet", "og")]),
            ("Every month the amber tithe due (ATD) is paid.", vec![("amber tithe due", "atd")]),
            ("Strahd, and Rahadin, know.", vec![]),
            ("He took it (OK) and left.", vec![]),
            ("Strahd sleeps. Also known as the Devil he wakes.", vec![]),
        ] {
            let expected: Vec<String> = expected
                .into_iter()
                .flat_map(|(one, other)| [format!("{one}\u{1f}{other}"), format!("{other}\u{1f}{one}")])
                .collect();
            assert_eq!(aliases(body), expected, "{body}");
        }
    }

    proptest! {
        #[test]
        fn every_text_has_names_within_bounds(text in "\\PC{0,200}|[A-Za-z .(),]{0,200}") {
            prop_assert!(terms(&text, &text).len() <= MAX_NAMES);
            prop_assert!(aliases(&text).len() <= 2 * MAX_ALIASES);
        }
    }
}
