//! How what is known hangs together: people and things as nodes, facts as the lines between them. Pure.

use crate::{
    extract::plain,
    model::{Fact, Kind, Standing, YOU},
};
use base::Id;
use std::collections::HashMap;

/// Lines of a picture, at the most.
const MOST_LINES: usize = 160;

/// A person or a thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its name in the picture.
    pub id: String,
    /// What stands on it.
    pub label: String,
    /// What it is about; `None` for people.
    pub kind: Option<Kind>,
    /// How many lines end at it.
    pub lines: usize,
}

/// A fact between two of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// From whom.
    pub from: String,
    /// To what.
    pub to: String,
    /// What it says of them, such as `lives in`.
    pub label: String,
    /// The fact.
    pub fact_id: Id,
}

/// The picture.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Map {
    /// The person first, then in the order in which they are met.
    pub nodes: Vec<Node>,
    /// The weightiest first.
    pub lines: Vec<Line>,
    /// Facts that were left out because there are too many.
    pub left_out: usize,
}

/// The picture that these facts make.
pub fn map(facts: &[Fact]) -> Map {
    let mut shown: Vec<&Fact> = facts
        .iter()
        .filter(|fact| {
            fact.standing() == Standing::Current && !matches!(fact.draft.kind, Kind::Said | Kind::Summary)
        })
        .collect();
    let weight = |fact: &Fact| fact.draft.importance * fact.draft.confidence;
    shown.sort_by(|one, other| weight(other).total_cmp(&weight(one)).then(one.id.cmp(&other.id)));
    let left_out = shown.len().saturating_sub(MOST_LINES);
    shown.truncate(MOST_LINES);
    let mut map = Map { left_out, ..Map::default() };
    let mut places = HashMap::new();
    map.meet(&mut places, person(YOU), "You", None);
    for fact in shown {
        let draft = &fact.draft;
        let from = person(&draft.subject);
        if draft.subject != YOU && !places.contains_key(&from) {
            map.meet(&mut places, from.clone(), &draft.subject, None);
        }
        let (to, label, kind) = if draft.kind == Kind::Relation && draft.attribute != "marital status" {
            (person(&draft.attribute), draft.value.as_str(), None)
        } else {
            let value = if draft.value.is_empty() { draft.text.as_str() } else { draft.value.as_str() };
            (format!("thing:{}", plain(value)), value, Some(draft.kind))
        };
        map.meet(&mut places, to.clone(), label, kind);
        for end in [&from, &to] {
            if let Some(node) = places.get(end).and_then(|place| map.nodes.get_mut(*place)) {
                node.lines += 1;
            }
        }
        map.lines.push(Line { from, to, label: draft.attribute.clone(), fact_id: fact.id });
    }
    map
}

fn person(subject: &str) -> String {
    format!("person:{subject}")
}

impl Map {
    /// Adds a node; one that is there gets the name by which it is called.
    fn meet(&mut self, places: &mut HashMap<String, usize>, id: String, label: &str, kind: Option<Kind>) {
        if let Some(node) = places.get(&id).and_then(|place| self.nodes.get_mut(*place)) {
            if kind.is_none() {
                label.clone_into(&mut node.label);
            }
            return;
        }
        places.insert(id.clone(), self.nodes.len());
        self.nodes.push(Node { id, label: label.to_owned(), kind, lines: 0 });
    }
}
