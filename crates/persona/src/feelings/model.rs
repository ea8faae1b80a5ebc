//! What a model proposes: the question, the form of its answer, and what is read of it.

use super::{Axis, Proposal, What};
use crate::model::Persona;
use serde::Deserialize;
use serde_json::{Value, json};

/// Changes that are taken of an answer, at the most.
const MOST: usize = 8;
/// Characters of a reason.
const REASON: usize = 160;

/// What a model is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Instructions.
    pub system: String,
    /// What was said.
    pub said: String,
    /// The form of the answer, as a JSON schema.
    pub schema: Value,
}

/// Asks what an exchange does to a persona's feelings. `said` are names and what they said.
pub fn question(persona: &Persona, toward: &str, said: &[(&str, &str)]) -> Question {
    let axes: Vec<&str> = Axis::ALL.iter().map(|axis| axis.as_str()).collect();
    let traits: Vec<String> = persona
        .traits
        .iter()
        .map(|found| found.name.trim().to_lowercase())
        .filter(|name| !name.is_empty())
        .collect();
    let known: Vec<String> = axes
        .iter()
        .map(|axis| (*axis).to_owned())
        .chain(traits.iter().map(|name| format!("trait:{name}")))
        .collect();
    let name = persona.called();
    let system = format!(
        "You watch a conversation between {toward} and the character {name}, and say what the last exchange changes in \
         what {name} feels for {toward}. Most exchanges change nothing: then answer with an empty list. Changes are \
         points from -8 to 8; for tension and mood from -20 to 20. Name only what the words show, and say why in a \
         short sentence. Answer with JSON alone: \
         {{\"changes\": [{{\"what\": \"trust\", \"by\": 3, \"because\": \"...\"}}]}}. What can change: {}.",
        known.join(", ")
    );
    let lines: Vec<String> = said.iter().map(|(name, text)| format!("{name}: {text}")).collect();
    let change = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["what", "by", "because"],
        "properties": {
            "what": { "type": "string", "enum": known },
            "by": { "type": "number" },
            "because": { "type": "string" },
        },
    });
    let schema = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["changes"],
        "properties": { "changes": { "type": "array", "items": change } },
    });
    Question { system, said: lines.join("\n\n"), schema }
}

/// What an answer proposes; nothing where it is not in the form that was asked for.
pub fn from_answer(answer: &str) -> Vec<Proposal> {
    #[derive(Deserialize)]
    struct Answer {
        changes: Vec<Value>,
    }
    #[derive(Deserialize)]
    struct Change {
        what: String,
        by: f64,
        #[serde(default)]
        because: String,
    }
    let inside = answer.find('{').zip(answer.rfind('}')).and_then(|(from, to)| answer.get(from..=to));
    let Some(Ok(found)) = inside.map(serde_json::from_str::<Answer>) else { return Vec::new() };
    let mut proposals: Vec<Proposal> = Vec::new();
    for change in found.changes {
        let Ok(change) = serde_json::from_value::<Change>(change) else { continue };
        let Ok(what) = What::try_from(change.what) else { continue };
        let known = proposals.iter().any(|known| known.what == what);
        if change.by.is_finite() && change.by != 0.0 && !known && proposals.len() < MOST {
            let because = change.because.split_whitespace().collect::<Vec<_>>().join(" ");
            let because = because.chars().take(REASON).collect();
            proposals.push(Proposal { what, by: change.by, because, peace: false });
        }
    }
    proposals
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Trait;

    #[test]
    fn only_what_was_asked_for_is_taken() {
        let answer = "Here: {\"changes\": [{\"what\": \"trust\", \"by\": 3, \"because\": \"she \\n told him\"}, \
                      {\"what\": \"trust\", \"by\": 9}, {\"what\": \"joy\", \"by\": 1}, {\"what\": \"mood\"}, 7, \
                      {\"what\": \"trait:Patient\", \"by\": -2}]} Done.";
        let found = from_answer(answer);
        let told: Vec<String> =
            found.iter().map(|found| format!("{} {} {}", found.what, found.by, found.because)).collect();
        assert_eq!(told, ["trust 3 she told him", "trait:patient -2 "]);
        for bad in ["", "no", "{}", "{\"changes\": 3}", "{\"changes\": [", "}{"] {
            assert!(from_answer(bad).is_empty(), "{bad}");
        }
    }

    #[test]
    fn the_question_names_what_can_change() {
        let persona = Persona {
            name: "Mira".into(),
            traits: vec![Trait { name: "Patient".into(), intensity: 60, note: String::new() }],
            ..Persona::default()
        };
        let asked = question(&persona, "Ana", &[("Ana", "Hello."), ("Mira", "You are late.")]);
        assert!(asked.system.contains("what Mira feels for Ana") && asked.system.contains("trait:patient"));
        assert_eq!(asked.said, "Ana: Hello.\n\nMira: You are late.");
        assert_eq!(asked.schema["properties"]["changes"]["items"]["properties"]["what"]["enum"][0], "trust");
    }
}
