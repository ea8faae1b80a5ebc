//! Who somebody is, as a view made of facts: what they are, what they like, what they work with, how they want answers.

use crate::model::{Fact, Kind, Standing, YOU};

/// A part of the profile.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// What it is about.
    pub kind: Kind,
    /// What is known, the surest and weightiest first.
    pub facts: Vec<Fact>,
}

/// Who somebody is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Profile {
    /// What the person is called, where that is known.
    pub name: Option<String>,
    /// Its parts, those with nothing in them left out.
    pub sections: Vec<Section>,
}

/// What belongs to a profile, in its order.
const PARTS: [Kind; 7] =
    [Kind::Identity, Kind::Work, Kind::Place, Kind::Relation, Kind::Preference, Kind::Stack, Kind::Style];

/// What is told about somebody whatever they ask: who they are, and how they want to be answered.
pub(crate) const fn always(kind: Kind) -> bool {
    matches!(kind, Kind::Identity | Kind::Style)
}

/// The profile that these facts make.
pub fn profile(facts: &[Fact]) -> Profile {
    let weight = |fact: &Fact| fact.draft.importance * fact.draft.confidence;
    let sections = PARTS.iter().filter_map(|kind| {
        let of_kind = |fact: &&Fact| fact.draft.kind == *kind && fact.standing() == Standing::Current;
        let mut facts: Vec<Fact> = facts.iter().filter(of_kind).cloned().collect();
        facts.sort_by(|one, other| {
            weight(other).total_cmp(&weight(one)).then(other.draft.said_at.cmp(&one.draft.said_at))
        });
        (!facts.is_empty()).then_some(Section { kind: *kind, facts })
    });
    let sections: Vec<Section> = sections.collect();
    let name = sections.iter().flat_map(|section| &section.facts).find_map(|fact| {
        (fact.draft.attribute == "name" && fact.draft.subject == YOU).then(|| fact.draft.value.clone())
    });
    Profile { name, sections }
}
