//! Which traits a persona's story speaks of: by rules, or by what a model answers, scored and filtered.
//!
//! A suggestion is worth as much as there is to show for it: words of the story that speak of the trait, less what
//! denies it. What a model suggests has to quote the story, and a quote that is not in it counts little.

mod lexicon;

use crate::model::Persona;
use lexicon::{LEXICON, OPPOSITES};
use serde::Deserialize;
use serde_json::Value;

/// What is worth less than this is not suggested.
pub const MIN_SCORE: f64 = 0.3;
/// Suggestions at a time.
const MAX_SUGGESTIONS: usize = 12;
/// Words before a cue in which a denial counts.
const DENIAL_REACH: usize = 3;
const DENIALS: [&str; 14] = [
    "not", "never", "no", "hardly", "isn't", "wasn't", "doesn't", "didn't", "don't", "without", "lacks",
    "rarely", "nor", "cannot",
];
/// Characters of the story that are looked at.
const MAX_STORY: usize = 60_000;

/// A trait that may fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// Its name.
    pub name: String,
    /// How strong it seems, 0 to 100.
    pub intensity: u8,
    /// How sure this is, 0 to 1.
    pub score: f64,
    /// The words of the story that speak of it.
    pub because: Vec<String>,
}

/// What a model is asked, and how it is to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Instructions.
    pub system: String,
    /// The story.
    pub story: String,
}

/// Suggests traits by the words of the story.
pub fn by_rules(persona: &Persona) -> Vec<Suggestion> {
    let story = story(persona);
    // A denial does not reach beyond its clause.
    let clauses: Vec<Vec<&str>> = story
        .split(['.', ',', ';', ':', '!', '?', '\n'])
        .map(words)
        .filter(|words| !words.is_empty())
        .collect();
    let mut found = Vec::new();
    for (name, cues) in LEXICON {
        let mut because: Vec<String> = Vec::new();
        let mut weight = 0.0;
        for clause in &clauses {
            let small: Vec<String> = clause.iter().map(|word| word.to_lowercase()).collect();
            for (index, word) in small.iter().enumerate() {
                if !cues.iter().any(|cue| speaks_of(word, cue)) {
                    continue;
                }
                let before = small.get(index.saturating_sub(DENIAL_REACH)..index).unwrap_or_default();
                let denied = before.iter().any(|word| DENIALS.contains(&word.as_str()));
                weight += match (denied, word == name) {
                    (true, _) => -1.0,
                    // The trait by its own name says more than what goes with it.
                    (false, true) => 1.5,
                    (false, false) => 0.8,
                };
                if !denied && because.len() < 3 {
                    because.push(around(clause, index));
                }
            }
        }
        if weight > 0.0 {
            let score = 1.0 - (-weight * 0.7_f64).exp();
            found.push(Suggestion { name: (*name).to_owned(), intensity: intensity(score), score, because });
        }
    }
    filtered(found, persona)
}

/// The cues that speak of a trait: words, or beginnings of words with `*` at their end; none for one that is not known.
pub(crate) fn cues_of(name: &str) -> &'static [&'static str] {
    LEXICON.iter().find(|(known, _)| *known == name).map_or(&[], |(_, cues)| cues)
}

/// What to ask a model.
pub fn question(persona: &Persona) -> Question {
    Question {
        system: "Read who somebody is and name up to ten traits of their character. Answer with JSON alone, in this form: \
                 [{\"name\": \"patient\", \"intensity\": 80, \"quote\": \"words of the text that show it\"}]. The name is one \
                 or two words in the text's language, the intensity goes from 0 to 100, and the quote stands in the text \
                 word for word."
            .to_owned(),
        story: story(persona),
    }
}

/// What a model's answer is worth; nothing where it is no list of traits.
pub fn from_answer(persona: &Persona, answer: &str) -> Vec<Suggestion> {
    #[derive(Deserialize)]
    struct Named {
        name: String,
        #[serde(default)]
        intensity: Option<f64>,
        #[serde(default)]
        quote: String,
    }
    let story = folded(&story(persona));
    let values = list_in(answer);
    let named = values.into_iter().filter_map(|value| serde_json::from_value::<Named>(value).ok());
    let found = named.filter_map(|named| {
        let name = named.name.trim().to_lowercase();
        let good = !name.is_empty() && name.split_whitespace().count() <= 3 && name.chars().count() <= 40;
        let quote = folded(&named.quote);
        let shown = quote.chars().count() >= 4 && story.contains(&quote);
        let score = match (shown, quote.is_empty()) {
            (true, _) => 0.9,
            (false, true) => 0.4,
            (false, false) => 0.2,
        };
        let intensity = named.intensity.filter(|value| value.is_finite()).unwrap_or(60.0).clamp(0.0, 100.0);
        let because = if shown { vec![named.quote.trim().to_owned()] } else { Vec::new() };
        // Between 0 and 100 by the clamp above.
        good.then_some(Suggestion { name, intensity: intensity as u8, score, because })
    });
    filtered(found.collect(), persona)
}

/// The best of them, without what the persona has and without what denies something better.
fn filtered(mut found: Vec<Suggestion>, persona: &Persona) -> Vec<Suggestion> {
    found.sort_by(|one, other| other.score.total_cmp(&one.score).then_with(|| one.name.cmp(&other.name)));
    let has = |name: &str| persona.traits.iter().any(|own| own.name.trim().eq_ignore_ascii_case(name));
    let mut kept: Vec<Suggestion> = Vec::new();
    for suggestion in found {
        let denied = |other: &str| opposite(&suggestion.name, other);
        let unwanted = suggestion.score < MIN_SCORE
            || has(&suggestion.name)
            || kept.iter().any(|better| better.name == suggestion.name || denied(&better.name))
            || persona
                .traits
                .iter()
                .any(|own| own.intensity >= 50 && denied(&own.name.trim().to_lowercase()));
        if !unwanted && kept.len() < MAX_SUGGESTIONS {
            kept.push(suggestion);
        }
    }
    kept
}

fn opposite(one: &str, other: &str) -> bool {
    OPPOSITES.iter().any(|(a, b)| (*a == one && *b == other) || (*a == other && *b == one))
}

fn story(persona: &Persona) -> String {
    let parts = [
        &persona.backstory,
        &persona.description,
        &persona.personality,
        &persona.greeting,
        &persona.examples,
    ];
    let text = parts.into_iter().map(String::as_str).collect::<Vec<_>>().join("\n");
    text.chars().take(MAX_STORY).collect()
}

fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '-'))
        .filter(|word| !word.is_empty())
        .collect()
}

/// A cue is a word, or the beginning of words with `*` at its end.
fn speaks_of(word: &str, cue: &str) -> bool {
    match cue.strip_suffix('*') {
        Some(stem) => word.starts_with(stem),
        None => word == cue,
    }
}

fn around(words: &[&str], index: usize) -> String {
    let from = index.saturating_sub(4);
    words.get(from..(index + 5).min(words.len())).unwrap_or_default().join(" ")
}

fn intensity(score: f64) -> u8 {
    // A score is between 0 and 1.
    (40.0 + score * 55.0) as u8
}

fn folded(text: &str) -> String {
    words(&text.to_lowercase()).join(" ")
}

/// The JSON list in an answer, whatever stands around it; each of its objects, if the list is cut off.
fn list_in(answer: &str) -> Vec<Value> {
    if let (Some(from), Some(to)) = (answer.find('['), answer.rfind(']'))
        && let Some(Ok(Value::Array(list))) = answer.get(from..=to).map(serde_json::from_str)
    {
        return list;
    }
    let pieces = answer.split('{').skip(1).take(50).filter_map(|piece| piece.split_once('}'));
    pieces.filter_map(|(inner, _)| serde_json::from_str(&format!("{{{inner}}}")).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Trait;

    fn names(found: &[Suggestion]) -> Vec<&str> {
        found.iter().map(|suggestion| suggestion.name.as_str()).collect()
    }

    fn told(backstory: &str) -> Persona {
        Persona { backstory: backstory.into(), ..Persona::default() }
    }

    #[test]
    fn a_story_speaks_of_traits() {
        let persona = told(
            "She spent years alone in the lighthouse and learned patience; she waits, calmly, and never loses her temper. \
             She is curious: she asks about everything and explores each cave. She would never lie; her honesty cost her \
             friends. She is not brave.",
        );
        let found = by_rules(&persona);
        let names = names(&found);
        for wanted in ["curious", "honest", "patient"] {
            assert!(names.contains(&wanted), "{wanted} in {names:?}");
        }
        assert!(!names.contains(&"brave"), "{names:?}");
        assert!(
            found.iter().all(|one| one.score >= MIN_SCORE && one.intensity <= 100 && !one.because.is_empty())
        );
        assert!(by_rules(&told("")).is_empty());
    }

    #[test]
    fn what_is_there_or_denied_is_not_suggested() {
        let mut persona =
            told("He is shy and timid and quiet, but once he was bold and daring, a fearless, brave man.");
        let before = by_rules(&persona);
        assert!(
            names(&before).contains(&"brave") && !names(&before).contains(&"timid"),
            "{:?}",
            names(&before)
        );
        persona.traits = vec![Trait { name: "Shy".into(), intensity: 80, note: String::new() }];
        assert!(!names(&by_rules(&persona)).contains(&"shy"));
    }

    #[test]
    fn a_model_has_to_quote() {
        let persona = told("Mira counts every coin twice and locks the door three times.");
        let answer = "Sure! ```json\n[{\"name\": \"Careful\", \"intensity\": 140, \"quote\": \"locks the door three times\"},\
                      {\"name\": \"greedy\", \"quote\": \"she loves gold\"}, {\"name\": \"tidy\"}, {\"name\": 3}]\n```";
        let found = from_answer(&persona, answer);
        assert_eq!(names(&found), ["careful", "tidy"]);
        assert_eq!((found[0].intensity, found[0].score), (100, 0.9));
        let cut = "[{\"name\": \"careful\", \"quote\": \"counts every coin\"}, {\"name\": \"gre";
        assert_eq!(names(&from_answer(&persona, cut)), ["careful"]);
        assert!(from_answer(&persona, "I would rather not.").is_empty());
    }
}
