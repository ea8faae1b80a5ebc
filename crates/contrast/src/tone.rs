//! How an answer sounds, by rules: how often it hedges, insists, apologises, thanks, addresses, and asks.
//!
//! The cues are words and short phrases of four languages, in `data/tone.txt`. They say which of two answers is the more
//! careful or the warmer, and nothing about either alone.

use crate::words::spoken;
use std::sync::LazyLock;

/// A line a kind of cue and language: `hedge en: maybe, it seems`.
const CUES: &str = include_str!("../data/tone.txt");

/// How often each is heard in a hundred words.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Tone {
    /// Words that leave room: maybe, it seems, could.
    pub hedges: f64,
    /// Words that leave none: always, certainly, must.
    pub certainty: f64,
    /// Words of courtesy: please, thanks, sorry.
    pub courtesy: f64,
    /// The reader spoken to: you, your.
    pub address: f64,
    /// The writer spoken of: I, my.
    pub first_person: f64,
    /// Questions.
    pub questions: f64,
    /// Exclamations.
    pub exclamations: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Hedge,
    Certainty,
    Courtesy,
    Address,
    FirstPerson,
}

/// A cue: its words in lower case.
#[derive(Debug)]
struct Cue {
    kind: Kind,
    words: Vec<String>,
}

static KNOWN: LazyLock<Vec<Cue>> = LazyLock::new(|| CUES.lines().flat_map(line).collect());

fn line(line: &str) -> Vec<Cue> {
    let Some((head, cues)) = line.split_once(':') else { return Vec::new() };
    let kind = match head.split(' ').next() {
        Some("hedge") => Kind::Hedge,
        Some("certainty") => Kind::Certainty,
        Some("courtesy") => Kind::Courtesy,
        Some("address") => Kind::Address,
        Some("first") => Kind::FirstPerson,
        _ => return Vec::new(),
    };
    let cues = cues.split(',').map(spoken).filter(|words| !words.is_empty());
    cues.map(|words| Cue { kind, words }).collect()
}

/// How a text sounds; all nothing where it has no words.
pub fn tone(text: &str) -> Tone {
    let words = spoken(text);
    if words.is_empty() {
        return Tone::default();
    }
    let each = 100.0 / words.len() as f64;
    let mut tone = Tone {
        questions: each * ends(text, ['?', '？']),
        exclamations: each * ends(text, ['!', '！']),
        ..Tone::default()
    };
    let mut at = 0;
    while let Some(rest) = words.get(at..).filter(|rest| !rest.is_empty()) {
        // The longest cue that stands here counts, once.
        let here = KNOWN.iter().filter(|cue| rest.starts_with(&cue.words));
        let Some(cue) = here.max_by_key(|cue| cue.words.len()) else {
            at += 1;
            continue;
        };
        at += cue.words.len();
        let place = match cue.kind {
            Kind::Hedge => &mut tone.hedges,
            Kind::Certainty => &mut tone.certainty,
            Kind::Courtesy => &mut tone.courtesy,
            Kind::Address => &mut tone.address,
            Kind::FirstPerson => &mut tone.first_person,
        };
        *place += each;
    }
    tone
}

/// How often a sentence ends with one of these; several in a row are one.
fn ends(text: &str, signs: [char; 2]) -> f64 {
    let mut before = false;
    let count = text.chars().filter(|character| {
        let sign = signs.contains(character);
        let first = sign && !before;
        before = sign;
        first
    });
    count.count() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_line_of_cues_is_understood() {
        for line in CUES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            assert!(!super::line(line).is_empty(), "{line}");
        }
        for kind in [Kind::Hedge, Kind::Certainty, Kind::Courtesy, Kind::Address, Kind::FirstPerson] {
            assert!(KNOWN.iter().any(|cue| cue.kind == kind), "{kind:?}");
        }
    }

    #[test]
    fn the_careful_and_the_sure_are_told_apart_in_every_language() {
        let cases = [
            ("Maybe it works, perhaps not.", "It always works, certainly."),
            ("Vielleicht geht es, möglicherweise nicht.", "Das geht immer, ganz bestimmt."),
            ("Quizás funcione, tal vez no.", "Siempre funciona, sin duda."),
            ("也许可以，可能不行。", "必须这样，肯定可以。"),
        ];
        for (careful, sure) in cases {
            let (careful, sure) = (tone(careful), tone(sure));
            assert!(
                careful.hedges > sure.hedges && sure.certainty > careful.certainty,
                "{careful:?} {sure:?}"
            );
        }
    }

    #[test]
    fn figures_are_for_a_hundred_words() {
        let found = tone("Could you help? Thanks!! one two three four five six");
        assert_eq!((found.questions, found.exclamations, found.courtesy), (10.0, 10.0, 10.0));
        assert_eq!((found.hedges, found.address), (10.0, 10.0));
        assert_eq!(tone("?!"), Tone::default());
    }

    proptest! {
        #[test]
        fn any_text_has_a_tone(text: String) {
            let found = tone(&text);
            prop_assert!([found.hedges, found.certainty, found.courtesy, found.address].iter().all(|it| it.is_finite()));
        }
    }
}
