//! The persona itself.

use crate::lorebook::Lorebook;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

/// Somebody who talks: a character, or the person as they want to be seen.
///
/// Its JSON form (this struct as it stands) is Familiar's own; `docs/persona.xsd` is the same in XML.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Persona {
    /// Whom the model plays, or who the person is.
    pub kind: Kind,
    /// The name.
    pub name: String,
    /// What `{{char}}` stands for, where it is not the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// Who they are and how they look.
    pub description: String,
    /// What they are like, in a few words.
    pub personality: String,
    /// Where the conversation takes place.
    pub scenario: String,
    /// What happened before.
    pub backstory: String,
    /// Traits, each with how strong it is.
    pub traits: Vec<Trait>,
    /// How they talk.
    pub style: Style,
    /// What they want.
    pub goals: Vec<String>,
    /// What they know.
    pub knowledge: Vec<String>,
    /// What they never do.
    pub boundaries: Vec<String>,
    /// What they say first.
    pub greeting: String,
    /// What they may say first instead.
    pub alternate_greetings: Vec<String>,
    /// What they may say first in a group only.
    pub group_only_greetings: Vec<String>,
    /// Example dialogue: blocks that begin with `<START>`, lines that begin with `{{user}}:` or `{{char}}:`.
    pub examples: String,
    /// Instructions in the place of the usual ones, which `{{original}}` stands for; empty for the usual ones.
    pub system_prompt: String,
    /// Instructions that come after what was said; empty for none.
    pub post_history_instructions: String,
    /// What they know when it comes up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lorebook: Option<Lorebook>,
    /// The voice that reads them aloud.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voice: Option<String>,
    /// The model or route that plays them best.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Words to find them by.
    pub tags: Vec<String>,
    /// Who made them.
    pub creator: String,
    /// Which version of them it is, in the maker's words.
    pub character_version: String,
    /// What the maker wants people to know; never part of a prompt.
    pub creator_notes: String,
    /// The same by language (ISO 639-1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator_notes_multilingual: Option<Map<String, Value>>,
    /// Where the card comes from: ids and addresses, the first source first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Vec<String>>,
    /// When the card was made, in seconds since 1970; 0 is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<Number>,
    /// When it was last changed, in seconds since 1970; 0 is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modification_date: Option<Number>,
    /// Pictures and other files of the card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assets: Option<Vec<Asset>>,
    /// What other programs keep in the card.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extensions: Map<String, Value>,
    /// What a card had that no specification names, for the way back.
    #[serde(skip_serializing_if = "Unknown::is_empty")]
    pub unknown: Unknown,
}

/// Which side of the conversation they are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Played by a model.
    #[default]
    Character,
    /// The person.
    User,
}

impl Kind {
    /// The name in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Character => "character",
            Self::User => "user",
        }
    }
}

/// A trait of character.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Trait {
    /// Its name, such as `patient`.
    pub name: String,
    /// How strong it is, 0 to 100.
    #[serde(default = "middle")]
    pub intensity: u8,
    /// How it shows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

const fn middle() -> u8 {
    50
}

/// How somebody talks: each 0 to 100 from the first of its words to the second, or not said at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Style {
    /// From casual to formal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formality: Option<u8>,
    /// From cool to warm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warmth: Option<u8>,
    /// From serious to playful.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub humour: Option<u8>,
    /// From terse to talkative.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verbosity: Option<u8>,
    /// From roundabout to blunt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directness: Option<u8>,
    /// From detached to empathic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub empathy: Option<u8>,
    /// From plain to poetic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imagery: Option<u8>,
    /// From yielding to assertive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assertiveness: Option<u8>,
}

/// A slider of the style: its name, and the words at its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slider {
    /// The name.
    pub name: &'static str,
    /// What 0 is.
    pub low: &'static str,
    /// What 100 is.
    pub high: &'static str,
}

/// The sliders, in the order in which they are shown and told.
pub const SLIDERS: [Slider; 8] = [
    Slider { name: "formality", low: "casual", high: "formal" },
    Slider { name: "warmth", low: "cool", high: "warm" },
    Slider { name: "humour", low: "serious", high: "playful" },
    Slider { name: "verbosity", low: "terse", high: "talkative" },
    Slider { name: "directness", low: "roundabout", high: "blunt" },
    Slider { name: "empathy", low: "detached", high: "empathic" },
    Slider { name: "imagery", low: "plain", high: "poetic" },
    Slider { name: "assertiveness", low: "yielding", high: "assertive" },
];

impl Style {
    /// The sliders' values, in the order of [`SLIDERS`].
    pub const fn values(&self) -> [Option<u8>; 8] {
        [
            self.formality,
            self.warmth,
            self.humour,
            self.verbosity,
            self.directness,
            self.empathy,
            self.imagery,
            self.assertiveness,
        ]
    }

    /// The slider of this name.
    pub fn slider(&mut self, name: &str) -> Option<&mut Option<u8>> {
        match name {
            "formality" => Some(&mut self.formality),
            "warmth" => Some(&mut self.warmth),
            "humour" => Some(&mut self.humour),
            "verbosity" => Some(&mut self.verbosity),
            "directness" => Some(&mut self.directness),
            "empathy" => Some(&mut self.empathy),
            "imagery" => Some(&mut self.imagery),
            "assertiveness" => Some(&mut self.assertiveness),
            _ => None,
        }
    }
}

/// A file of a card.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Asset {
    /// `icon`, `background`, `emotion`, `user_icon` or a program's own word.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it lies: `embeded://…`, `data:…`, `https://…` or `ccdefault:`.
    pub uri: String,
    /// Its name; `main` for the one that counts.
    pub name: String,
    /// Its ending, without the dot.
    pub ext: String,
}

/// What a card had beside the fields of its specification.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Unknown {
    /// Beside `spec` and `data`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub root: Map<String, Value>,
    /// In `data`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
}

impl Unknown {
    /// Whether there was nothing.
    pub fn is_empty(&self) -> bool {
        self.root.is_empty() && self.data.is_empty()
    }
}

impl Persona {
    /// What `{{char}}` stands for.
    pub fn called(&self) -> &str {
        self.nickname.as_deref().filter(|name| !name.trim().is_empty()).unwrap_or(&self.name)
    }

    /// What they may say first, each with the number that cards count it by: 0 is the usual greeting, 1 the first
    /// alternate one. Empty ones are left out.
    pub fn greetings(&self) -> Vec<(u64, &str)> {
        let all = std::iter::once(&self.greeting).chain(&self.alternate_greetings);
        (0..).zip(all.map(String::as_str)).filter(|(_, text)| !text.trim().is_empty()).collect()
    }
}
