//! Facts between this program's types and the API's.

use crate::problem::ApiError;
use api::memory as dto;
use base::{ErrorKind, Timestamp};
use memory::{Change, Fact, Map, Profile, Recalled};

pub(crate) fn fact(fact: Fact) -> dto::Fact {
    let standing = fact.standing();
    let draft = fact.draft;
    dto::Fact {
        id: fact.id.to_string(),
        scope: fact.scope.to_string(),
        kind: draft.kind.as_str().to_owned(),
        subject: draft.subject,
        attribute: draft.attribute,
        value: draft.value,
        text: draft.text,
        confidence: draft.confidence,
        importance: draft.importance,
        origin: draft.origin.as_str().to_owned(),
        conversation_id: draft.source.conversation_id.map(|id| id.to_string()),
        message_id: draft.source.message_id.map(|id| id.to_string()),
        said_at: draft.said_at.to_string(),
        true_from: draft.true_from.map(|at| at.to_string()),
        true_until: draft.true_until.map(|at| at.to_string()),
        recorded_at: fact.recorded_at.to_string(),
        standing: standing.as_str().to_owned(),
        superseded_at: fact.superseded_at.map(|at| at.to_string()),
        superseded_by: fact.superseded_by.map(|id| id.to_string()),
    }
}

pub(crate) fn facts(facts: Vec<Fact>) -> Vec<dto::Fact> {
    facts.into_iter().map(fact).collect()
}

pub(crate) fn recalled(recalled: Vec<Recalled>) -> dto::RecalledFacts {
    let one = |one: Recalled| dto::RecalledFact { fact: fact(one.fact), why: one.why };
    dto::RecalledFacts { recalled: recalled.into_iter().map(one).collect() }
}

pub(crate) fn change(change: Change) -> dto::FactChange {
    dto::FactChange {
        id: change.id.to_string(),
        what: change.what,
        at: change.at.to_string(),
        fact: fact(change.fact),
        other_id: change.other_id.map(|id| id.to_string()),
    }
}

pub(crate) fn profile(profile: Profile) -> dto::MemoryProfile {
    let section = |section: memory::profile::Section| dto::ProfileSection {
        kind: section.kind.as_str().to_owned(),
        facts: facts(section.facts),
    };
    dto::MemoryProfile { name: profile.name, sections: profile.sections.into_iter().map(section).collect() }
}

pub(crate) fn map(map: Map) -> dto::MemoryMap {
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let node = |node: memory::map::Node| dto::MapNode {
        id: node.id,
        label: node.label,
        kind: node.kind.map(|kind| kind.as_str().to_owned()),
        lines: count(node.lines),
    };
    let line = |line: memory::map::Line| dto::MapLine {
        from: line.from,
        to: line.to,
        label: line.label,
        fact_id: line.fact_id.to_string(),
    };
    dto::MemoryMap {
        nodes: map.nodes.into_iter().map(node).collect(),
        lines: map.lines.into_iter().map(line).collect(),
        left_out: count(map.left_out),
    }
}

/// A moment of a request: a day or RFC 3339; an empty text for none.
pub(crate) fn moment(name: &str, text: &str) -> Result<Option<Timestamp>, ApiError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    let read = Timestamp::parse(&whole);
    read.map(Some).ok_or_else(|| {
        ApiError::new(ErrorKind::Invalid, format!("`{text}` is no moment for `{name}`"))
            .hint("use a day such as `2026-05-01`, or RFC 3339")
    })
}
