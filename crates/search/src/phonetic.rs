//! How an English word sounds, roughly: words that sound alike have one code.
//!
//! The consonants in the manner of Metaphone (L. Philips, "Hanging on the Metaphone", Computer Language 7(12), 1990):
//! vowels only count at the beginning, letters that sound alike are one, silent ones none. Our own, because what is
//! needed of it is so little: it only ever ranks words that the index has, and finds some that are too far by letters.

/// The shortest code that says something.
const MIN_CODE: usize = 2;

/// The code of a word in small letters without accents; `None` for what is no such word, or says too little.
pub(crate) fn code(word: &str) -> Option<String> {
    let letters = word.as_bytes();
    if !letters.iter().all(u8::is_ascii_lowercase) {
        return None;
    }
    let mut code = String::with_capacity(letters.len());
    let mut at = silent_start(letters);
    if letters.get(at) == Some(&b'x') {
        code.push('s');
        at += 1;
    }
    while let Some(letter) = letters.get(at) {
        let (sound, length) = sound(letters, at, *letter);
        for sound in sound.chars() {
            if !code.ends_with(sound) {
                code.push(sound);
            }
        }
        at += length;
    }
    (code.len() >= MIN_CODE).then_some(code)
}

/// How many letters at the beginning nobody hears.
fn silent_start(letters: &[u8]) -> usize {
    let is_silent = ["kn", "gn", "pn", "ps", "wr"].iter().any(|start| letters.starts_with(start.as_bytes()));
    usize::from(is_silent)
}

/// What a letter sounds like where it stands, and how many letters that takes.
fn sound(letters: &[u8], at: usize, letter: u8) -> (&'static str, usize) {
    let rest = letters.get(at..).unwrap_or_default();
    let begins = |with: &str| rest.starts_with(with.as_bytes());
    let next = rest.get(1).copied().unwrap_or(0);
    let after = rest.get(2).copied().unwrap_or(0);
    let is_soft = matches!(next, b'e' | b'i' | b'y');
    // As in `nation`, `social` and `vision`.
    let is_hushed = next == b'i' && matches!(after, b'o' | b'a');
    match letter {
        b'a' | b'e' | b'i' | b'o' | b'u' | b'y' if at == 0 => ("A", 1),
        b'h' if at == 0 => ("h", 1),
        b'w' if at == 0 => ("w", 1),
        b'b' if rest.len() == 1 && at > 0 && letters.get(at - 1) == Some(&b'm') => ("", 1),
        b's' if begins("sch") => ("sk", 3),
        b's' if begins("sh") => ("X", 2),
        b's' if begins("sc") && matches!(after, b'e' | b'i' | b'y') => ("s", 2),
        b's' | b'c' | b't' if is_hushed => ("X", 1),
        b't' if begins("tch") => ("X", 3),
        b't' if begins("th") => ("0", 2),
        b'c' if begins("ch") => ("X", 2),
        b'c' if begins("ck") => ("k", 2),
        b'c' if is_soft => ("s", 1),
        b'p' if begins("ph") => ("f", 2),
        b'g' if begins("gh") && matches!(after, b'a' | b'e' | b'i' | b'o' | b'u' | b'y') => ("g", 2),
        b'g' if begins("gh") => ("", 2),
        b'd' if begins("dg") => ("j", 2),
        b'g' if is_soft => ("j", 1),
        b'd' if rest.len() == 1 => ("t", 1),
        b'b' => ("b", 1),
        b'c' | b'k' | b'q' => ("k", 1),
        b'd' => ("d", 1),
        b'f' | b'v' => ("f", 1),
        b'g' => ("g", 1),
        b'j' => ("j", 1),
        b'l' => ("l", 1),
        b'm' => ("m", 1),
        b'n' => ("n", 1),
        b'p' => ("p", 1),
        b'r' => ("r", 1),
        b's' | b'z' => ("s", 1),
        b't' => ("t", 1),
        b'x' => ("ks", 1),
        // Vowels, and `h` and `w`, within a word.
        _ => ("", 1),
    }
}

#[cfg(test)]
mod tests {
    use super::code;
    use proptest::prelude::*;

    #[test]
    fn words_that_sound_alike_have_one_code() {
        for (one, other) in [
            ("phantom", "fantom"),
            ("knight", "nite"),
            ("necessary", "nesesary"),
            ("sorcerer", "sorserer"),
            ("definitely", "definatly"),
            ("station", "stashun"),
            ("wraith", "raith"),
            ("bridge", "brij"),
            ("liquid", "likwid"),
        ] {
            assert_eq!(code(one), code(other), "{one} {other}");
            assert!(code(one).is_some(), "{one}");
        }
        for (one, other) in [("goblin", "kobold"), ("bard", "card"), ("cone", "gone"), ("elf", "wolf")] {
            assert_ne!(code(one), code(other), "{one} {other}");
        }
    }

    #[test]
    fn what_is_no_word_has_none() {
        for text in ["", "a", "d20", "\u{6f22}\u{5b57}", "caf\u{e9}", "ea"] {
            assert_eq!(code(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_text_has_a_short_code_or_none(text in "[a-z]{0,20}|\\PC{0,10}") {
            let length = code(&text).map_or(0, |code| code.len());
            // `x` is two sounds.
            prop_assert!(length <= 2 * text.len());
        }
    }
}
