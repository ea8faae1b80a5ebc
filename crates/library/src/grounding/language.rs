//! In which language a text is written, as far as its commonest words tell; sentences are only held against sources of
//! their own language.

/// A language and words that stand in nearly every text of it and rarely in one of another.
const LANGUAGES: [(&str, &str); 7] = [
    ("en", "the and of is are with that this from was were which has have not for"),
    ("de", "der die das und ist nicht ein eine mit auf den dem von werden wird sind auch oder"),
    ("es", "el los las que y es en una por con para del se como pero son est\u{e1}"),
    ("fr", "le les des et est une dans pour que qui sur avec pas sont aux du ce"),
    ("it", "il gli che \u{e8} per con della sono non una di nel alla anche"),
    ("pt", "os que \u{e9} n\u{e3}o uma para com do da em s\u{e3}o pelo mais ao"),
    ("nl", "het een van en niet dat zijn voor met op ook aan worden deze"),
];
/// Words that are looked at.
const WORDS: usize = 400;

/// The language or, where it is not written in Latin letters, the script of most of a text; `None` where that cannot be told.
pub(super) fn language(text: &str) -> Option<&'static str> {
    let mut scripts = [("latin", 0_usize), ("han", 0), ("arabic", 0), ("cyrillic", 0), ("other", 0)];
    for letter in text.chars().filter(|letter| letter.is_alphabetic()).take(WORDS * 6) {
        let place = match u32::from(letter) {
            0x41..=0x24f | 0x1e00..=0x1eff => 0,
            0x3040..=0x30ff | 0x3400..=0x9fff | 0xac00..=0xd7af | 0x20000..=0x3ffff => 1,
            0x600..=0x6ff | 0x750..=0x77f | 0x8a0..=0x8ff => 2,
            0x400..=0x52f => 3,
            _ => 4,
        };
        if let Some((_, count)) = scripts.get_mut(place) {
            *count += 1;
        }
    }
    let (script, count) = scripts.into_iter().max_by_key(|(_, count)| *count)?;
    if script != "latin" {
        return (count > 0).then_some(script);
    }
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|letter: char| !letter.is_alphabetic())
        .filter(|word| !word.is_empty())
        .take(WORDS)
        .collect();
    let hits = |list: &str| words.iter().filter(|word| list.split(' ').any(|known| known == **word)).count();
    let mut ranked: Vec<(usize, &'static str)> =
        LANGUAGES.iter().map(|(name, list)| (hits(list), *name)).collect();
    ranked.sort_unstable();
    ranked.reverse();
    let second = ranked.get(1).map_or(0, |(count, _)| *count);
    ranked.first().filter(|(count, _)| *count >= 3 && *count > second * 2).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_told_by_their_commonest_words() {
        for (text, expected) in [
            ("The tower is high and the lamp of it is bright.", Some("en")),
            ("Der Turm ist hoch und das Licht ist nicht rot.", Some("de")),
            ("El faro es alto y los escalones que tiene son 187.", Some("es")),
            ("\u{706f}\u{5854}\u{9ad8}\u{4e09}\u{5341}\u{56db}\u{7c73}\u{3002}", Some("han")),
            ("\u{627}\u{644}\u{628}\u{631}\u{62c} \u{639}\u{627}\u{644}\u{64d}", Some("arabic")),
            ("OK", None),
            ("", None),
        ] {
            assert_eq!(language(text), expected, "{text}");
        }
    }
}
