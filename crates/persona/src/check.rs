//! What is wrong with a persona, or could be better, while it is being written.

use crate::{
    lorebook::{self, Options},
    macros,
    model::{Persona, SLIDERS},
};
use std::collections::BTreeSet;

/// Bytes of a persona's texts, at the most.
pub const MAX_BYTES: usize = 16 << 20;
/// Characters of a name, at the most.
const MAX_NAME: usize = 200;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It cannot be kept so.
    Error,
    /// It can, but will not do what was meant.
    Warning,
    /// It could be better.
    Hint,
}

impl Weight {
    /// The name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        }
    }
}

/// Something found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// How much it matters.
    pub weight: Weight,
    /// The field, as `lorebook.entries[2].keys`.
    pub field: String,
    /// What it is.
    pub message: String,
}

/// Looks a persona over; what matters most comes first.
pub fn check(persona: &Persona) -> Vec<Finding> {
    let mut findings = Findings(Vec::new());
    name(persona, &mut findings);
    numbers(persona, &mut findings);
    substance(persona, &mut findings);
    texts(persona, &mut findings);
    book(persona, &mut findings);
    findings.0.sort_by_key(|finding| finding.weight);
    findings.0
}

/// The first thing that keeps a persona from being kept.
pub fn first_error(persona: &Persona) -> Option<Finding> {
    check(persona).into_iter().find(|finding| finding.weight == Weight::Error)
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, weight: Weight, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(Finding { weight, field: field.into(), message: message.into() });
    }
}

fn name(persona: &Persona, findings: &mut Findings) {
    let length = persona.name.chars().count();
    if persona.name.trim().is_empty() {
        findings.add(Weight::Error, "name", "a persona has a name");
    } else if length > MAX_NAME {
        findings.add(
            Weight::Error,
            "name",
            format!("the name has {length} characters, {MAX_NAME} are allowed"),
        );
    }
}

fn numbers(persona: &Persona, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for (index, found) in persona.traits.iter().enumerate() {
        let field = format!("traits[{index}]");
        if found.intensity > 100 {
            findings.add(
                Weight::Error,
                &field,
                format!("the intensity is {}, it goes from 0 to 100", found.intensity),
            );
        }
        if found.name.trim().is_empty() {
            findings.add(Weight::Warning, &field, "a trait without a name is left out");
        } else if !seen.insert(found.name.trim().to_lowercase()) {
            findings.add(Weight::Warning, &field, format!("`{}` stands there twice", found.name.trim()));
        }
    }
    for (slider, value) in SLIDERS.iter().zip(persona.style.values()) {
        if value.is_some_and(|value| value > 100) {
            findings.add(Weight::Error, format!("style.{}", slider.name), "a slider goes from 0 to 100");
        }
    }
}

fn substance(persona: &Persona, findings: &mut Findings) {
    let told = [&persona.description, &persona.personality, &persona.backstory];
    let says_nothing = told.iter().all(|text| text.trim().is_empty()) && persona.traits.is_empty();
    if says_nothing {
        findings.add(
            Weight::Warning,
            "description",
            "there is nothing to go by yet: no description, traits or backstory",
        );
    }
    if persona.kind == crate::Kind::Character && persona.greeting.trim().is_empty() {
        findings.add(
            Weight::Hint,
            "greeting",
            "a greeting shows how they talk better than a description does",
        );
    }
    let examples = persona.examples.to_lowercase();
    if !examples.trim().is_empty() && !examples.contains("{{char}}:") {
        findings.add(Weight::Hint, "examples", "lines of examples begin with `{{char}}:` or `{{user}}:`");
    }
}

fn texts(persona: &Persona, findings: &mut Findings) {
    let fields: [(&str, &str); 9] = [
        ("description", &persona.description),
        ("personality", &persona.personality),
        ("scenario", &persona.scenario),
        ("backstory", &persona.backstory),
        ("greeting", &persona.greeting),
        ("examples", &persona.examples),
        ("system_prompt", &persona.system_prompt),
        ("post_history_instructions", &persona.post_history_instructions),
        ("creator_notes", &persona.creator_notes),
    ];
    let greetings = persona.alternate_greetings.iter().chain(&persona.group_only_greetings);
    let total: usize = fields.iter().map(|(_, text)| text.len()).chain(greetings.map(String::len)).sum();
    if total > MAX_BYTES {
        findings.add(
            Weight::Error,
            "description",
            format!("the texts have {total} bytes, {MAX_BYTES} are allowed"),
        );
        return;
    }
    for (field, text) in fields {
        for name in macros::unknown(text) {
            let message = format!("`{{{{{name}}}}}` is no macro known here and stays as it stands");
            findings.add(Weight::Warning, field, message);
        }
    }
}

fn book(persona: &Persona, findings: &mut Findings) {
    let Some(book) = &persona.lorebook else { return };
    let compiled = match lorebook::compile(book) {
        Ok(compiled) => compiled,
        Err(error) => return findings.add(Weight::Error, "lorebook", error.to_string()),
    };
    for note in compiled.notes {
        findings.add(Weight::Warning, "lorebook", note);
    }
    for (index, entry) in book.entries.iter().enumerate().filter(|(_, entry)| entry.enabled) {
        let field = format!("lorebook.entries[{index}]");
        let label = entry.label(index);
        let always = entry.constant == Some(true) || entry.content.contains("@@activate");
        if !always && entry.keys.iter().all(|key| key.trim().is_empty()) {
            findings.add(
                Weight::Warning,
                format!("{field}.keys"),
                format!("{label}: without a key it is never found"),
            );
        }
        if entry.content.trim().is_empty() {
            findings.add(
                Weight::Warning,
                format!("{field}.content"),
                format!("{label}: there is nothing to tell"),
            );
        }
        if Options::of(entry).probability == 0 {
            findings.add(Weight::Hint, &field, format!("{label}: with a probability of 0 it is never told"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Entry, Lorebook, Trait};

    #[test]
    fn what_matters_most_comes_first() {
        let entry = |keys: &[&str], content: &str| Entry {
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            content: content.into(),
            ..Entry::default()
        };
        let persona = Persona {
            description: "{{char}} and {{setvar::a::b}}".into(),
            traits: vec![
                Trait { name: "kind".into(), intensity: 120, note: String::new() },
                Trait { name: "Kind".into(), intensity: 1, note: String::new() },
            ],
            examples: "Hello".into(),
            lorebook: Some(Lorebook {
                entries: vec![entry(&[], "x"), entry(&["k"], " "), entry(&["/(?<=a)b/"], "y")],
                ..Lorebook::default()
            }),
            ..Persona::default()
        };
        let found: Vec<String> = check(&persona)
            .into_iter()
            .map(|finding| format!("{} {}: {}", finding.weight.as_str(), finding.field, finding.message))
            .collect();
        assert_eq!(
            found,
            [
                "error name: a persona has a name",
                "error traits[0]: the intensity is 120, it goes from 0 to 100",
                "warning traits[1]: `Kind` stands there twice",
                "warning description: `{{setvar::a::b}}` is no macro known here and stays as it stands",
                "warning lorebook: /(?<=a)b/: the pattern `/(?<=a)b/` is not understood (look-around and back references are not allowed)",
                "warning lorebook.entries[0].keys: entry 1: without a key it is never found",
                "warning lorebook.entries[1].content: k: there is nothing to tell",
                "hint greeting: a greeting shows how they talk better than a description does",
                "hint examples: lines of examples begin with `{{char}}:` or `{{user}}:`",
            ]
        );
        assert_eq!(first_error(&persona).unwrap().field, "name");
    }
}
