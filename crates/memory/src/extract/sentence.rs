//! Sentences in which a person tells something.

/// The sentences of a message that tell something: no questions, no quotations, no code.
pub(super) fn sentences(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in own_lines(text) {
        for sentence in split(line) {
            let sentence = sentence.trim();
            if sentence.chars().any(char::is_alphabetic) && !sentence.ends_with('?') {
                found.push(sentence.trim_end_matches(['.', '!', ';']).trim().to_owned());
            }
        }
    }
    found
}

/// What a message tells, in one text.
pub(super) fn told(text: &str) -> String {
    let sentences: Vec<&str> = own_lines(text)
        .into_iter()
        .flat_map(split)
        .map(str::trim)
        .filter(|sentence| !sentence.ends_with('?'))
        .collect();
    sentences.join(" ").trim().to_owned()
}

/// Lines that are the person's own words.
fn own_lines(text: &str) -> Vec<&str> {
    let mut in_code = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        let start = line.trim_start();
        if start.starts_with("```") || start.starts_with("~~~") {
            in_code = !in_code;
        } else if !in_code && !start.starts_with('>') && !line.starts_with("    ") && !line.starts_with('\t')
        {
            lines.push(line);
        }
    }
    lines
}

/// A line at the ends of its sentences.
fn split(line: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut begin = 0;
    let mut characters = line.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let ends = matches!(character, '.' | '!' | '?' | ';' | '。' | '！' | '？');
        let space = characters.peek().is_none_or(|(_, next)| next.is_whitespace());
        let end = at + character.len_utf8();
        if ends
            && (space || !character.is_ascii())
            && !is_abbreviation(line.get(begin..end).unwrap_or_default())
        {
            parts.extend(line.get(begin..end));
            begin = end;
        }
    }
    parts.extend(line.get(begin..));
    parts.retain(|part| !part.trim().is_empty());
    parts
}

fn is_abbreviation(text: &str) -> bool {
    let word = text.rsplit(' ').next().unwrap_or_default();
    matches!(word, "Mr." | "Mrs." | "Ms." | "Dr." | "St." | "e.g." | "i.e." | "vs." | "approx.")
        || (word.len() == 2 && word.starts_with(|c: char| c.is_ascii_uppercase()) && word.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_told_is_told_from_questions_quotations_and_code() {
        let text = "Hi! I live in St. Gallen. Do you know it?\n> I like quotes.\n```\nI am code.\n```\nMy name is J. Doe; I code.";
        assert_eq!(sentences(text), ["Hi", "I live in St. Gallen", "My name is J. Doe", "I code"]);
        assert_eq!(sentences("???\n..."), [""; 0]);
        assert_eq!(told("One two. Three?"), "One two.");
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "\\PC*") {
            sentences(&text);
            told(&text);
        }
    }
}
