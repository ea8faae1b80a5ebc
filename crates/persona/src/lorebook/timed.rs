//! What an entry's having been told does to later turns; kept with the answer, so that a branch inherits it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The effects that last, by entry.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timed(pub BTreeMap<String, Effect>);

/// What lasts of an entry. Numbers count the messages of the branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Effect {
    /// When it was told.
    pub at: u64,
    /// It is told until there are so many messages.
    #[serde(skip_serializing_if = "is_zero")]
    pub sticky_until: u64,
    /// It is not told until there are so many messages.
    #[serde(skip_serializing_if = "is_zero")]
    pub cooldown_until: u64,
    /// It was told, which decorators ask for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ever: bool,
}

// Serde hands over a reference.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a function of a reference")]
fn is_zero(value: &u64) -> bool {
    *value == 0
}

impl Timed {
    /// What is left of them when there are `messages`: those told later belong to a branch that was left.
    pub(super) fn at(&self, messages: u64) -> Self {
        let lasting = self.0.iter().filter(|(_, effect)| {
            effect.at <= messages
                && (effect.ever || effect.sticky_until > messages || effect.cooldown_until > messages)
        });
        Self(lasting.map(|(id, effect)| (id.clone(), *effect)).collect())
    }

    pub(super) fn is_sticky(&self, id: &str, messages: u64) -> bool {
        self.0.get(id).is_some_and(|effect| effect.sticky_until > messages)
    }

    pub(super) fn cools_down(&self, id: &str, messages: u64) -> bool {
        self.0
            .get(id)
            .is_some_and(|effect| effect.sticky_until <= messages && effect.cooldown_until > messages)
    }

    pub(super) fn ever(&self, id: &str) -> bool {
        self.0.get(id).is_some_and(|effect| effect.ever)
    }
}
