//! Personas, from the bench's types to the API's and back.
//!
//! Both have the same JSON form, Familiar's own, and are turned into each other by it; a test sees to it that nothing is
//! lost on the way.

use crate::problem::ApiError;
use api::personas as dto;
use base::ErrorKind;
use chat::{Character, Imported, Previewed, Statistics, Told};
use persona::{Finding, Persona, lorebook, suggest::Suggestion};
use store::Kept;

/// Characters of what a gallery shows.
const ABOUT: usize = 180;

pub(crate) fn persona(persona: &Persona) -> dto::Persona {
    serde_json::to_value(persona).and_then(serde_json::from_value).unwrap_or_default()
}

pub(crate) fn persona_in(mut given: dto::Persona) -> Result<Persona, ApiError> {
    if given.kind.is_empty() {
        "character".clone_into(&mut given.kind);
    }
    serde_json::to_value(given).and_then(serde_json::from_value).map_err(|error| {
        ApiError::new(ErrorKind::Invalid, format!("the persona cannot be read: {error}"))
            .hint("`kind` is `character` or `user`")
    })
}

pub(crate) fn kept(kept: Kept<Character>) -> dto::KeptPersona {
    dto::KeptPersona {
        id: kept.id.to_string(),
        version: kept.version,
        created_at: kept.created_at.to_string(),
        updated_at: kept.updated_at.to_string(),
        deleted_at: kept.deleted_at.map(|at| at.to_string()),
        picture: kept.value.picture.as_deref().map(short),
        files: u64::try_from(kept.value.files.len()).unwrap_or(u64::MAX),
        persona: persona(&kept.value.persona),
    }
}

pub(crate) fn summary(kept: Kept<Character>) -> dto::PersonaSummary {
    let persona = kept.value.persona;
    let about = [&persona.personality, &persona.description, &persona.backstory];
    let about = about.into_iter().map(|text| text.trim()).find(|text| !text.is_empty()).unwrap_or_default();
    let about = about.replace("{{char}}", &persona.name);
    dto::PersonaSummary {
        id: kept.id.to_string(),
        version: kept.version,
        kind: persona.kind.as_str().to_owned(),
        about: about.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(ABOUT).collect(),
        tags: persona.tags,
        creator: persona.creator,
        name: persona.name,
        picture: kept.value.picture.as_deref().map(short),
        updated_at: kept.updated_at.to_string(),
    }
}

/// Enough of a blob's name to tell pictures apart.
fn short(blob: &str) -> String {
    blob.chars().take(12).collect()
}

pub(crate) fn findings(found: Vec<Finding>) -> Vec<dto::PersonaFinding> {
    let told = found.into_iter().map(|finding| dto::PersonaFinding {
        weight: finding.weight.as_str().to_owned(),
        field: finding.field,
        message: finding.message,
    });
    told.collect()
}

pub(crate) fn imported(file_name: String, imported: Imported) -> dto::ImportedPersona {
    dto::ImportedPersona {
        file_name,
        form: Some(imported.form.as_str().to_owned()),
        findings: findings(persona::check(&imported.persona)),
        name: Some(imported.persona.name),
        id: imported.kept.map(|kept| kept.id.to_string()),
        same_as: imported.same_as.map(|id| id.to_string()),
        notes: imported.notes,
        error: None,
    }
}

pub(crate) fn previewed(found: Vec<Finding>, made: Previewed) -> dto::PersonaPreview {
    let prompt = made.prompt;
    let count = |tokens: usize| u64::try_from(tokens).unwrap_or(u64::MAX);
    dto::PersonaPreview {
        findings: findings(found),
        greeting: made.greeting,
        system: prompt.system,
        permanent_tokens: count(prompt.tokens.permanent),
        example_tokens: count(prompt.tokens.examples),
        lore_tokens: count(prompt.tokens.lore),
        lore: prompt.lore.found.iter().map(|found| told(Told::from(found))).collect(),
        notes: prompt.notes,
        answer: made.answer,
    }
}

pub(crate) fn told(told: Told) -> dto::LoreTold {
    dto::LoreTold { label: told.label, why: told.why, tokens: u64::try_from(told.tokens).unwrap_or(u64::MAX) }
}

pub(crate) fn suggested(found: Vec<Suggestion>) -> dto::SuggestedTraits {
    let traits = found.into_iter().map(|found| dto::SuggestedTrait {
        name: found.name,
        intensity: found.intensity,
        score: found.score,
        because: found.because,
    });
    dto::SuggestedTraits { traits: traits.collect() }
}

pub(crate) fn statistics(found: Statistics) -> dto::PersonaStatistics {
    dto::PersonaStatistics {
        conversations: found.conversations,
        messages: found.messages,
        tokens: found.tokens,
        took_ms: found.took_ms,
        last_at: found.last_at.map(|at| base::Timestamp::from_millis(at).to_string()),
        thumbs_up: found.thumbs_up,
        thumbs_down: found.thumbs_down,
    }
}

pub(crate) fn lorebook(book: &lorebook::Lorebook) -> dto::Lorebook {
    serde_json::to_value(book).and_then(serde_json::from_value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_is_lost_on_the_way_to_the_page_and_back() {
        let card = include_bytes!("../../../persona/tests/fixtures/v3.json");
        let mut whole = persona::read(card).unwrap().card.persona;
        let card = include_bytes!("../../../persona/tests/fixtures/v2.json");
        let other = persona::read(card).unwrap().card.persona;
        whole.extensions = other.extensions;
        whole.lorebook = other.lorebook;
        whole.unknown = other.unknown;
        whole.style =
            serde_json::from_value(json!({ "formality": 1, "warmth": 2, "humour": 3, "verbosity": 4,
            "directness": 5, "empathy": 6, "imagery": 7, "assertiveness": 8 }))
            .unwrap();
        assert_eq!(persona_in(persona(&whole)).ok().as_ref(), Some(&whole));
        assert_eq!(persona_in(dto::Persona::default()).ok(), Some(Persona::default()));
        assert!(persona_in(dto::Persona { kind: "beast".into(), ..dto::Persona::default() }).is_err());
    }
}
