//! How somebody talks, measured by their words: blunt, but the same for the same words.

use super::rounded;
use crate::model::{Persona, SLIDERS};

/// Words of the answers below which nothing is measured.
const ENOUGH_WORDS: usize = 30;

/// A slider, as the card has it and as the answers show it.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Its name.
    pub name: &'static str,
    /// What the card says, 0 to 100.
    pub wanted: u8,
    /// What the answers show, 0 to 100.
    pub found: u8,
    /// How well both agree, 0 to 1.
    pub mark: f64,
}

const CASUAL: &[&str] =
    &["yeah", "yep", "nope", "gonna", "wanna", "kinda", "hey", "ok", "okay", "cool", "guys", "stuff", "lol"];
const FORMAL: &[&str] = &[
    "furthermore",
    "therefore",
    "however",
    "moreover",
    "shall",
    "regarding",
    "indeed",
    "kindly",
    "thus",
    "hence",
    "nevertheless",
    "accordingly",
];
const WARM: &[&str] = &[
    "dear", "friend", "welcome", "glad", "lovely", "happy", "thank", "thanks", "gladly", "together",
    "please", "warm", "hug", "sweet",
];
const FUNNY: &[&str] = &[
    "haha", "joke", "laugh", "laughs", "grins", "funny", "kidding", "chuckles", "ha", "wink", "winks",
    "silly",
];
const HEDGES: &[&str] =
    &["maybe", "perhaps", "possibly", "might", "somewhat", "seems", "guess", "suppose", "could", "probably"];
const FIRM: &[&str] =
    &["must", "will", "certainly", "definitely", "always", "never", "no", "exactly", "clearly", "need"];
const EMPATHIC: &[&str] =
    &["feel", "feeling", "feelings", "understand", "sorry", "hear", "hard", "hurt", "worry", "care"];
const IMAGES: &[&str] = &[
    "like", "as", "moon", "sea", "shadow", "silver", "whisper", "whispers", "dream", "light", "wind",
    "storm", "heart", "fire",
];

/// The sliders that a card sets, measured on answers; nothing where too little was said.
pub fn measure(persona: &Persona, answers: &[&str]) -> Vec<Measured> {
    let said: Vec<Vec<String>> =
        answers.iter().map(|answer| words(answer)).filter(|words| !words.is_empty()).collect();
    let all: usize = said.iter().map(Vec::len).sum();
    if all < ENOUGH_WORDS {
        return Vec::new();
    }
    let text = answers.join("\n");
    let hundred = |list: &[&str]| {
        let count = said.iter().flatten().filter(|word| list.contains(&word.as_str())).count();
        count as f64 * 100.0 / all as f64
    };
    let short_forms =
        said.iter().flatten().filter(|word| word.contains('\'')).count() as f64 * 100.0 / all as f64;
    let shouts = text.matches('!').count() as f64 * 100.0 / all as f64;
    let mean = all as f64 / said.len().max(1) as f64;
    let estimate = |name: &str| match name {
        "formality" => 50.0 + 20.0 * hundred(FORMAL) - 15.0 * hundred(CASUAL) - 8.0 * short_forms,
        "warmth" => 30.0 + 18.0 * hundred(WARM) + 4.0 * shouts,
        "humour" => 20.0 + 25.0 * hundred(FUNNY) + 6.0 * shouts,
        // From ten words an answer to a hundred and sixty, by their ratio.
        "verbosity" => (mean / 10.0).max(1.0).log2() * 25.0,
        "directness" => 65.0 + 6.0 * hundred(FIRM) - 15.0 * hundred(HEDGES),
        "empathy" => 25.0 + 18.0 * hundred(EMPATHIC),
        "imagery" => 10.0 + 9.0 * hundred(IMAGES),
        "assertiveness" => 45.0 + 10.0 * hundred(FIRM) - 12.0 * hundred(HEDGES),
        _ => 50.0,
    };
    let set = SLIDERS.iter().zip(persona.style.values());
    set.filter_map(|(slider, wanted)| {
        let wanted = wanted?.min(100);
        // Between 0 and 100 by the clamp.
        let found = estimate(slider.name).round().clamp(0.0, 100.0) as u8;
        let mark = rounded(1.0 - f64::from(wanted.abs_diff(found)) / 100.0);
        Some(Measured { name: slider.name, wanted, found, mark })
    })
    .collect()
}

fn words(text: &str) -> Vec<String> {
    let text = text.to_lowercase().replace('\u{2019}', "'");
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '\'')).map(|word| word.trim_matches('\''));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Style;

    const STIFF: &str = "I shall, therefore, kindly ask you to remain seated. Furthermore, the matter must be settled today; \
                         however, it will certainly be settled in accordance with the rules of this house, as always.";
    const LOOSE: &str = "Hey! Yeah, it's kinda cool, don't you think? I guess maybe we're gonna be late, haha! That's okay, \
                         we'll laugh about it, it's just stuff. Wanna come along, my dear friend? Lovely!";

    #[test]
    fn words_show_how_somebody_talks() {
        let style =
            Style { formality: Some(90), humour: Some(10), assertiveness: Some(80), ..Style::default() };
        let persona = Persona { style, ..Persona::default() };
        let mean = |answer: &str| {
            let found = measure(&persona, &[answer]);
            assert_eq!(found.len(), 3, "{found:?}");
            found.iter().map(|one| one.mark).sum::<f64>() / 3.0
        };
        assert!(mean(STIFF) > mean(LOOSE) + 0.3, "{} {}", mean(STIFF), mean(LOOSE));
        assert!(measure(&persona, &["Too little."]).is_empty());
        assert!(
            measure(&Persona::default(), &[STIFF]).is_empty(),
            "what the card does not say is not measured"
        );
    }

    #[test]
    fn length_is_measured_by_the_answer() {
        let terse =
            Persona { style: Style { verbosity: Some(10), ..Style::default() }, ..Persona::default() };
        let short: Vec<&str> = std::iter::repeat_n("No. The lamp needs oil, as ever.", 8).collect();
        let long = STIFF.repeat(5);
        assert!(measure(&terse, &short)[0].mark > measure(&terse, &[&long])[0].mark);
    }
}
