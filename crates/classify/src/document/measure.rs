//! Counting in a document what signals ask for: words, lines, headings, and forms that no list of words tells.

use super::DocumentText;

/// Most passages that are looked at; of more they are taken evenly, with the last ones.
const MAX_PARTS: usize = 400;
const LAST_PARTS: usize = 8;
/// Most bytes of a passage that are looked at.
const MAX_PART_BYTES: usize = 4_000;
/// A text of fewer words counts as one of so many: one word is not much of a sign.
const LEAST_WORDS: usize = 150;
/// Lines at the beginning and the end in which a letter shows.
const FIRST_LINES: usize = 12;
const LAST_LINES: usize = 8;
/// A longer line is no salutation, whatever it begins with.
const SHORT_BYTES: usize = 80;
/// A list of fewer terms is in alphabetical order by chance.
const LEAST_TERMS: usize = 6;

/// A document, taken apart once for all signals.
pub(super) struct Look<'a> {
    document: &'a DocumentText<'a>,
    /// The innermost headings, each where it begins.
    headings: Vec<&'a str>,
    lines: Vec<&'a str>,
    /// The same in small letters.
    lower: Vec<String>,
    /// Headings and lines as words in small letters with one blank around each.
    words: String,
    heading_words: Vec<String>,
    /// How many words there are, at least [`LEAST_WORDS`].
    count: f64,
    /// What stands before a colon at the beginning of lines.
    terms: Vec<&'a str>,
}

impl<'a> Look<'a> {
    pub(super) fn at(document: &'a DocumentText<'a>) -> Self {
        let all = document.parts.len();
        let step = all.div_ceil(MAX_PARTS).max(1);
        let (mut headings, mut lines): (Vec<&'a str>, Vec<&'a str>) = (Vec::new(), Vec::new());
        let mut before: &[&str] = &[];
        for (place, part) in document.parts.iter().enumerate() {
            if !place.is_multiple_of(step) && place + LAST_PARTS < all {
                continue;
            }
            if part.headings.as_slice() != before {
                headings.extend(part.headings.last().copied());
                before = &part.headings;
            }
            let text = part.text.get(..part.text.floor_char_boundary(MAX_PART_BYTES)).unwrap_or_default();
            lines.extend(text.lines().map(str::trim).filter(|line| !line.is_empty()));
        }
        let mut words = String::from(" ");
        headings.iter().chain(&lines).for_each(|text| push_words(&mut words, text));
        let count = words.split(' ').filter(|word| !word.is_empty()).count();
        Self {
            document,
            lower: lines.iter().map(|line| line.to_lowercase()).collect(),
            heading_words: headings.iter().map(|heading| words_of(heading)).collect(),
            count: number(count.max(LEAST_WORDS)),
            terms: lines.iter().filter_map(|line| term(line)).collect(),
            words,
            headings,
            lines,
        }
    }

    /// Hits for each thousand words.
    pub(super) fn phrases(&self, phrases: &[String]) -> f64 {
        self.for_each_thousand(phrases.iter().map(|phrase| self.words.matches(phrase.as_str()).count()).sum())
    }

    /// How many headings hold one of these.
    pub(super) fn headings(&self, phrases: &[String]) -> f64 {
        let holds = |heading: &&String| phrases.iter().any(|phrase| heading.contains(phrase.as_str()));
        number(self.heading_words.iter().filter(holds).count())
    }

    /// The share of the lines that begin with one of these.
    pub(super) fn lines(&self, beginnings: &[String]) -> f64 {
        self.share(self.lower.iter().filter(|line| begins(line, beginnings)).count())
    }

    pub(super) fn first_lines(&self, beginnings: &[String]) -> f64 {
        let first = self.lower.iter().take(FIRST_LINES).filter(|line| line.len() <= SHORT_BYTES);
        number(first.filter(|line| begins(line, beginnings)).count())
    }

    pub(super) fn last_lines(&self, beginnings: &[String]) -> f64 {
        let last = self.lower.iter().rev().take(LAST_LINES).filter(|line| line.len() <= SHORT_BYTES);
        number(last.filter(|line| begins(line, beginnings)).count())
    }

    pub(super) fn is_of_format(&self, formats: &[String]) -> f64 {
        number(usize::from(formats.iter().any(|format| format == self.document.format)))
    }

    pub(super) fn is_named(&self, endings: &[String]) -> f64 {
        let name = self.document.file_name.to_lowercase();
        number(usize::from(endings.iter().any(|ending| name.ends_with(ending.as_str()))))
    }

    /// What is counted under a name; `None` where that is nothing.
    pub(super) fn measured(&self, name: &str) -> Option<f64> {
        Some(match name {
            "entries" => {
                let with_text = |text: &str| !text.trim().is_empty();
                let parts = self.document.parts.iter().filter(|part| with_text(part.text)).count();
                number(self.document.entries) / number(parts.max(1))
            }
            "dice" => self.for_each_thousand(self.words.split(' ').filter(|word| is_dice(word)).count()),
            "numbered_places" => self.numbered_places(),
            "alphabetical" => self.alphabetical(),
            "definitions" => self.share(self.terms.len()),
            "code_lines" => self.share(self.lines.iter().filter(|line| is_code(line)).count()),
            "citations" => self.for_each_thousand(self.lines.iter().map(|line| citations(line)).sum()),
            "dialogue" => self.share(self.lines.iter().filter(|line| is_said(line)).count()),
            "steps" => self.share(self.lower.iter().filter(|line| is_step(line)).count()),
            _ => return None,
        })
    }

    fn for_each_thousand(&self, hits: usize) -> f64 {
        number(hits) * 1_000.0 / self.count
    }

    fn share(&self, lines: usize) -> f64 {
        number(lines) / number(self.lines.len().max(1))
    }

    /// `Room 3`, `Area B2`, `B2. The Hall`; a heading that only has a number counts for half, for sections have one, too.
    fn numbered_places(&self) -> f64 {
        let headings = self.headings.iter().map(|heading| heading.to_lowercase());
        let named = self.lower.iter().cloned().chain(headings).filter(|text| names_a_place(text)).count();
        number(named) + 0.5 * number(self.headings.iter().filter(|heading| is_numbered(heading)).count())
    }

    /// How much the headings, or the terms before colons, are in alphabetical order: 0 where they are by chance.
    fn alphabetical(&self) -> f64 {
        let terms = if self.terms.len() > self.headings.len() { &self.terms } else { &self.headings };
        if terms.len() < LEAST_TERMS {
            return 0.0;
        }
        let lower: Vec<String> = terms.iter().map(|term| term.to_lowercase()).collect();
        let ordered = lower.windows(2).filter(|pair| pair.first() <= pair.get(1)).count();
        ((number(ordered) / number(lower.len() - 1) - 0.75) / 0.25).max(0.0)
    }
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn words_of(text: &str) -> String {
    let mut words = String::from(" ");
    push_words(&mut words, text);
    words
}

/// Appends a text as words; what is there ends with a blank, before and after.
fn push_words(words: &mut String, text: &str) {
    for sign in text.chars() {
        if sign.is_alphanumeric() {
            words.extend(sign.to_lowercase());
        } else if !words.ends_with(' ') {
            words.push(' ');
        }
    }
    if !words.ends_with(' ') {
        words.push(' ');
    }
}

fn begins(line: &str, beginnings: &[String]) -> bool {
    beginnings.iter().any(|beginning| line.starts_with(beginning.as_str()))
}

/// `Basil` of `Basil: sweet leaves`.
fn term(line: &str) -> Option<&str> {
    let (term, rest) = line.split_once(": ")?;
    let fits = (1..=40).contains(&term.len())
        && rest.len() >= 6
        && term.starts_with(char::is_alphabetic)
        && term.split_whitespace().count() <= 4
        && !term.contains('|');
    fits.then_some(term)
}

/// `2d6`.
fn is_dice(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    word.split_once('d').is_some_and(|(count, sides)| digits(count) && digits(sides))
}

/// `3. The Hall`.
fn is_numbered(text: &str) -> bool {
    let rest = text.trim_start_matches(|sign: char| sign.is_ascii_digit());
    let name = rest.strip_prefix(". ").filter(|_| rest.len() < text.len());
    name.is_some_and(|name| name.starts_with(|sign: char| !sign.is_whitespace()))
}

/// In small letters.
fn names_a_place(text: &str) -> bool {
    let letter = |sign: char| sign.is_ascii_lowercase();
    let named = ["area ", "room ", "level ", "location "].iter().find_map(|word| text.strip_prefix(word));
    let has_number = named.is_some_and(|rest| {
        rest.strip_prefix(letter).unwrap_or(rest).starts_with(|sign: char| sign.is_ascii_digit())
    });
    has_number || text.strip_prefix(letter).is_some_and(is_numbered)
}

fn is_step(line: &str) -> bool {
    let rest = line.trim_start_matches(|sign: char| sign.is_ascii_digit());
    let numbered = rest.len() < line.len() && (rest.starts_with(". ") || rest.starts_with(") "));
    let step = line.strip_prefix("step ");
    numbered || step.is_some_and(|rest| rest.starts_with(|sign: char| sign.is_ascii_digit()))
}

fn is_code(line: &str) -> bool {
    const BEGIN: [&str; 6] = ["import ", "#include", "return ", "def ", "fn ", "const "];
    const OPEN: [&str; 9] = ["def ", "class ", "if ", "for ", "while ", "with ", "else", "elif ", "try"];
    line.ends_with([';', '{', '}'])
        || BEGIN.iter().any(|begin| line.starts_with(begin))
        || (line.ends_with(':') && OPEN.iter().any(|begin| line.starts_with(begin)))
}

/// Whether somebody speaks in a line.
fn is_said(line: &str) -> bool {
    const ENDS: [&str; 6] = [",\"", ",\u{201d}", "?\"", "?\u{201d}", "!\"", "!\u{201d}"];
    line.starts_with(['"', '\u{201c}', '\u{201e}', '\u{ab}']) || ENDS.iter().any(|end| line.contains(end))
}

/// `[3]`, `(Smith, 2004)`, `Smith (2004)`.
fn citations(line: &str) -> usize {
    let numbers = line.match_indices('[').filter(|(at, _)| {
        let before = line.get(..*at).and_then(|before| before.chars().next_back());
        let rest = line.get(at + 1..).unwrap_or_default();
        let rest = rest.get(..rest.floor_char_boundary(40)).unwrap_or_default();
        let inside = rest.split_once(']').map_or("", |(inside, _)| inside);
        before.is_none_or(|sign| matches!(sign, ' ' | '('))
            && inside.starts_with(|sign: char| sign.is_ascii_digit())
            && inside.chars().all(|sign| sign.is_ascii_digit() || matches!(sign, ',' | ' ' | '-'))
    });
    let years = line.match_indices(", ").filter(|(at, _)| is_year(line.get(at + 2..), b");"));
    let alone = line.match_indices('(').filter(|(at, _)| is_year(line.get(at + 1..), b")"));
    numbers.count() + years.count() + alone.count()
}

fn is_year(text: Option<&str>, ends: &[u8]) -> bool {
    let Some(text) = text else { return false };
    let digits = text.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let year: Option<u16> = digits.and_then(|digits| digits.parse().ok());
    year.is_some_and(|year| (1_500..2_100).contains(&year))
        && text.as_bytes().get(4).is_some_and(|byte| ends.contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_told() {
        assert!(is_dice("2d6") && !is_dice("d20") && !is_dice("add") && !is_dice("2d"));
        assert!(names_a_place("room 12: hall") && names_a_place("area b2") && names_a_place("b2. the hall"));
        assert!(!names_a_place("room for two") && !names_a_place("b. the hall"));
        assert!(
            is_step("1. fill it") && is_step("2) close it") && is_step("step 3: press") && !is_step("1999")
        );
        assert!(is_code("let x = 1;") && is_code("if x:") && !is_code("If you like."));
        assert!(
            is_said("\u{201c}Yes.\u{201d}") && is_said("He asked, \"Who?\" twice") && !is_said("a \"word\"")
        );
        assert_eq!(citations("As shown [1, 2] and (Smith, 2004; Lee, 2010), but not a[0]; Ray (1999)."), 4);
        assert_eq!(term("Basil: sweet leaves"), Some("Basil"));
        assert_eq!((term("Note:"), term("| a: b c d e f")), (None, None));
    }
}
