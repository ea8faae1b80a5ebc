//! What a persona comes to feel for somebody, and how their traits drift: a pure engine over a log.
//!
//! Nothing is kept but the log of what was proposed, by whom and why. What is felt at a moment is made of it by
//! [`replay`]: each proposal is clamped, moves a value within its bounds, and fades by half-lives. Taking an entry back is
//! leaving it out, so everything can be undone, and the same log at the same moment always gives the same.
//!
//! Words propose by rules ([`by_words`]), a model may propose as well ([`question`], [`from_answer`]); neither decides.

mod model;
mod rules;
mod told;

pub use model::{Question, from_answer, question};
pub use rules::by_words;
pub use told::{colour, conflict_line};

use crate::model::Persona;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

const HOUR_MS: f64 = 3_600_000.0;
const DAY_MS: f64 = 24.0 * HOUR_MS;
/// Tension from which on there is a conflict.
pub const CONFLICT_FROM: f64 = 60.0;
/// Tension below which a conflict is over.
pub const CONFLICT_UNTIL: f64 = 30.0;
/// How much more a bad turn counts than a good one.
const BAD_COUNTS: f64 = 1.5;
/// What a good turn counts while there is a conflict, unless it makes peace.
const IN_CONFLICT: f64 = 0.5;
/// The part of a step that a model may propose.
const MODEL_MAY: f64 = 0.5;
/// Points that a trait moves at once, at the most.
const TRAIT_STEP: f64 = 3.0;

/// Something that is felt for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// From distrust to trust.
    Trust,
    /// From contempt to respect.
    Respect,
    /// From dislike to affection.
    Affection,
    /// How well they know each other.
    Familiarity,
    /// What stands between them.
    Tension,
    /// How they are at the moment.
    Mood,
}

/// The bounds and the pace of an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// The least it can be.
    pub min: f64,
    /// The most a single turn moves it.
    pub step: f64,
    /// After how long half of it is gone, in milliseconds.
    pub half_life_ms: f64,
}

impl Axis {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 6] =
        [Self::Trust, Self::Respect, Self::Affection, Self::Familiarity, Self::Tension, Self::Mood];

    /// The name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trust => "trust",
            Self::Respect => "respect",
            Self::Affection => "affection",
            Self::Familiarity => "familiarity",
            Self::Tension => "tension",
            Self::Mood => "mood",
        }
    }

    /// Its bounds and its pace. Every axis ends at 100 and rests at 0.
    pub const fn pace(self) -> Pace {
        match self {
            Self::Trust | Self::Respect => Pace { min: -100.0, step: 8.0, half_life_ms: 60.0 * DAY_MS },
            Self::Affection => Pace { min: -100.0, step: 8.0, half_life_ms: 45.0 * DAY_MS },
            Self::Familiarity => Pace { min: 0.0, step: 4.0, half_life_ms: 180.0 * DAY_MS },
            Self::Tension => Pace { min: 0.0, step: 20.0, half_life_ms: 2.0 * DAY_MS },
            Self::Mood => Pace { min: -100.0, step: 25.0, half_life_ms: 8.0 * HOUR_MS },
        }
    }
}

/// What an entry of the log moves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum What {
    /// Something that is felt.
    Axis(Axis),
    /// A trait, by its name in small letters.
    Trait(String),
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Axis(axis) => f.write_str(axis.as_str()),
            Self::Trait(name) => write!(f, "trait:{name}"),
        }
    }
}

impl From<What> for String {
    fn from(what: What) -> Self {
        what.to_string()
    }
}

impl TryFrom<String> for What {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if let Some(name) = text.strip_prefix("trait:") {
            return Ok(Self::Trait(name.trim().to_lowercase()));
        }
        let axis = Axis::ALL.into_iter().find(|axis| axis.as_str() == text);
        axis.map(Self::Axis).ok_or_else(|| format!("`{text}` is nothing that is felt"))
    }
}

/// Who proposed a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Rules, by the words that were said.
    Words,
    /// A model.
    Model,
}

impl Source {
    /// The name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Model => "model",
        }
    }
}

/// A change that somebody proposes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// Of what.
    pub what: What,
    /// By how many points.
    pub by: f64,
    /// Why.
    pub because: String,
    /// Whether it makes peace: then it counts in full in a conflict.
    #[serde(default)]
    pub peace: bool,
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Who proposed it.
    pub source: Source,
    /// What was proposed.
    pub proposal: Proposal,
}

/// How a persona is to feel.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Temper {
    /// How readily they are moved, in percent.
    pub fluidity: u8,
    /// Points that each trait may drift from what the card says, at the most; 0 for none.
    pub drift: u8,
}

impl Default for Temper {
    fn default() -> Self {
        Self { fluidity: 100, drift: 0 }
    }
}

/// Most that [`Temper::fluidity`] can be.
pub const MAX_FLUIDITY: u8 = 200;
/// Most that [`Temper::drift`] can be.
pub const MAX_DRIFT: u8 = 50;

/// An open conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Since when, in milliseconds since 1970.
    pub since_ms: i64,
    /// What brought it about.
    pub because: String,
}

/// What a persona feels for somebody at a moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bond {
    values: BTreeMap<Axis, f64>,
    /// A conflict that is not over.
    pub conflict: Option<Conflict>,
    /// How far traits have drifted, in points, by their names in small letters.
    pub drift: BTreeMap<String, f64>,
}

/// Where a relationship stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// They do not know each other.
    Stranger,
    /// They have met.
    Acquaintance,
    /// They like and trust each other.
    Friend,
    /// Very much so, and for long.
    CloseFriend,
    /// They are on their guard.
    Wary,
    /// They are against each other.
    Enemy,
    /// Something stands between them.
    AtOdds,
}

impl Stage {
    /// The name in the API, and for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stranger => "stranger",
            Self::Acquaintance => "acquaintance",
            Self::Friend => "friend",
            Self::CloseFriend => "close friend",
            Self::Wary => "wary",
            Self::Enemy => "enemy",
            Self::AtOdds => "at odds",
        }
    }
}

impl Bond {
    /// The value of an axis.
    pub fn value(&self, axis: Axis) -> f64 {
        self.values.get(&axis).copied().unwrap_or(0.0)
    }

    /// Where the relationship stands.
    pub fn stage(&self) -> Stage {
        let [trust, affection, familiarity] =
            [Axis::Trust, Axis::Affection, Axis::Familiarity].map(|axis| self.value(axis));
        if self.conflict.is_some() {
            Stage::AtOdds
        } else if trust <= -40.0 && affection <= -40.0 {
            Stage::Enemy
        } else if trust <= -20.0 || affection <= -20.0 {
            Stage::Wary
        } else if familiarity >= 50.0 && trust >= 50.0 && affection >= 50.0 {
            Stage::CloseFriend
        } else if trust >= 20.0 && affection >= 20.0 {
            Stage::Friend
        } else if familiarity >= 8.0 {
            Stage::Acquaintance
        } else {
            Stage::Stranger
        }
    }

    fn fade(&mut self, passed_ms: f64) {
        for (axis, value) in &mut self.values {
            *value *= (-passed_ms / axis.pace().half_life_ms).exp2();
            if value.abs() < 0.005 {
                *value = 0.0;
            }
        }
        if self.value(Axis::Tension) < CONFLICT_UNTIL {
            self.conflict = None;
        }
    }

    /// Moves by what an entry proposes, and says by how much it did.
    fn take(&mut self, event: &Event, temper: Temper) -> f64 {
        let asked = event.proposal.by;
        if !asked.is_finite() {
            return 0.0;
        }
        let may = if event.source == Source::Model { MODEL_MAY } else { 1.0 };
        let wanted = asked * f64::from(temper.fluidity.min(MAX_FLUIDITY)) / 100.0;
        match &event.proposal.what {
            What::Trait(name) => {
                let bound = f64::from(temper.drift.min(MAX_DRIFT));
                let value = self.drift.entry(name.clone()).or_default();
                let before = *value;
                let step = wanted.clamp(-TRAIT_STEP * may, TRAIT_STEP * may);
                *value = rounded((before + step).clamp(-bound, bound));
                *value - before
            }
            What::Axis(axis) => self.move_axis(*axis, (wanted, may), event),
        }
    }

    fn move_axis(&mut self, axis: Axis, (wanted, may): (f64, f64), event: &Event) -> f64 {
        let Pace { min, step, .. } = axis.pace();
        let regard = matches!(axis, Axis::Trust | Axis::Respect | Axis::Affection);
        let weight = match (regard, wanted < 0.0) {
            (true, true) => BAD_COUNTS,
            (true, false) if self.conflict.is_some() && !event.proposal.peace => IN_CONFLICT,
            (_, _) => 1.0,
        };
        let before = self.value(axis);
        let mut by = (wanted * weight).clamp(-step * may, step * may);
        if by * before > 0.0 {
            // The nearer to the end, the harder to go further.
            by *= 1.0 - before.abs() / 100.0;
        }
        let after = rounded((before + by).clamp(min, 100.0));
        self.values.insert(axis, after);
        if axis == Axis::Tension {
            if after >= CONFLICT_FROM && self.conflict.is_none() {
                let because = event.proposal.because.clone();
                self.conflict = Some(Conflict { since_ms: event.at_ms, because });
            } else if after < CONFLICT_UNTIL {
                self.conflict = None;
            }
        }
        after - before
    }
}

/// To hundredths, so that the same log gives the same everywhere.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// What is felt at `now_ms` by this log, the oldest entry first, and by how much each entry moved what it is about.
pub fn replay(events: &[Event], temper: Temper, now_ms: i64) -> (Bond, Vec<f64>) {
    let mut bond = Bond::default();
    let mut moved = Vec::with_capacity(events.len());
    let mut then = events.first().map_or(now_ms, |event| event.at_ms);
    for event in events {
        // A clock that was set back makes nothing fade, and nothing grow.
        bond.fade(passed(then, event.at_ms));
        then = then.max(event.at_ms);
        moved.push(rounded(bond.take(event, temper)));
    }
    bond.fade(passed(then, now_ms));
    for value in bond.values.values_mut() {
        *value = rounded(*value);
    }
    (bond, moved)
}

fn passed(from_ms: i64, to_ms: i64) -> f64 {
    to_ms.saturating_sub(from_ms).max(0) as f64
}

/// The persona with its traits as far as they have drifted.
pub fn drifted(persona: &Persona, drift: &BTreeMap<String, f64>) -> Persona {
    let mut persona = persona.clone();
    for found in &mut persona.traits {
        if let Some(by) = drift.get(&found.name.trim().to_lowercase()) {
            // Between 0 and 100 by the clamp.
            found.intensity = (f64::from(found.intensity) + by).round().clamp(0.0, 100.0) as u8;
        }
    }
    persona
}

#[cfg(test)]
mod tests;
