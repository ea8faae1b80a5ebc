//! Traits, style and the rest of what Familiar knows of a persona, as sentences.

use crate::model::{Persona, SLIDERS};
use std::fmt::Write as _;

/// What the fields that no card has say, in words; empty where they say nothing.
pub fn portrait(persona: &Persona) -> String {
    let mut text = String::new();
    let traits: Vec<String> = persona
        .traits
        .iter()
        .filter(|found| !found.name.trim().is_empty())
        .map(|found| {
            let name = found.name.trim();
            let strong = match strength(found.intensity) {
                "" => name.to_owned(),
                strength => format!("{strength} {name}"),
            };
            if found.note.trim().is_empty() { strong } else { format!("{strong} ({})", found.note.trim()) }
        })
        .collect();
    line(&mut text, "{{char}} is", &traits, ", ");
    let style: Vec<String> = SLIDERS
        .iter()
        .zip(persona.style.values())
        .filter_map(|(slider, value)| {
            let degree = match value? {
                0..=14 => format!("extremely {}", slider.low),
                15..=34 => slider.low.to_owned(),
                35..=44 => format!("somewhat {}", slider.low),
                45..=55 => format!("neither {} nor {}", slider.low, slider.high),
                56..=65 => format!("somewhat {}", slider.high),
                66..=85 => slider.high.to_owned(),
                86.. => format!("extremely {}", slider.high),
            };
            Some(degree)
        })
        .collect();
    line(&mut text, "In the way {{char}} talks:", &style, ", ");
    if !persona.backstory.trim().is_empty() {
        let _infallible = writeln!(text, "What happened before: {}", persona.backstory.trim());
    }
    line(&mut text, "What {{char}} wants:", &persona.goals, "; ");
    line(&mut text, "What {{char}} knows:", &persona.knowledge, "; ");
    line(&mut text, "What {{char}} never does:", &persona.boundaries, "; ");
    text.trim_end().to_owned()
}

fn line(text: &mut String, begin: &str, parts: &[String], between: &str) {
    let parts: Vec<&str> =
        parts.iter().map(|part| part.trim().trim_end_matches('.')).filter(|part| !part.is_empty()).collect();
    if !parts.is_empty() {
        let _infallible = writeln!(text, "{begin} {}.", parts.join(between));
    }
}

const fn strength(intensity: u8) -> &'static str {
    match intensity {
        0..=14 => "hardly",
        15..=34 => "a little",
        35..=64 => "",
        65..=84 => "very",
        85.. => "extremely",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Style, Trait};

    #[test]
    fn numbers_become_words() {
        let named = |name: &str, intensity| Trait { name: name.into(), intensity, note: String::new() };
        let persona = Persona {
            traits: vec![
                named("patient", 90),
                named("shy", 20),
                Trait { note: "of dogs".into(), ..named("afraid", 50) },
            ],
            style: Style { formality: Some(0), humour: Some(70), warmth: Some(50), ..Style::default() },
            goals: vec!["Find the map.".into(), " ".into()],
            ..Persona::default()
        };
        assert_eq!(
            portrait(&persona),
            "{{char}} is extremely patient, a little shy, afraid (of dogs).\n\
             In the way {{char}} talks: extremely casual, neither cool nor warm, playful.\n\
             What {{char}} wants: Find the map."
        );
        assert_eq!(portrait(&Persona::default()), "");
    }
}
