//! Personas: who talks, the cards they come from, and what they make of a conversation.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};
use utoipa::ToSchema;

/// A page of personas, the last changed first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PersonaList {
    /// The personas, in short.
    pub personas: Vec<PersonaSummary>,
    /// Where the next page begins; missing on the last.
    pub next: Option<String>,
}

/// A persona as a gallery shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PersonaSummary {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: u64,
    /// Its name.
    pub name: String,
    /// `character` or `user`.
    pub kind: String,
    /// The beginning of what it is like.
    pub about: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Who made it.
    pub creator: String,
    /// Its picture, changing with each picture; missing without one.
    pub picture: Option<String>,
    /// When it was last changed.
    pub updated_at: String,
}

/// A persona as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KeptPersona {
    /// Its id.
    pub id: String,
    /// From 1; one more with each change. A change says which version it has seen.
    pub version: u64,
    /// When it was made.
    pub created_at: String,
    /// When it was last changed.
    pub updated_at: String,
    /// When it was deleted, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<String>,
    /// Its picture, changing with each picture; missing without one.
    pub picture: Option<String>,
    /// Files that came with its card.
    pub files: u64,
    /// The persona.
    pub persona: Persona,
}

/// Somebody who talks. `docs/persona.xsd` says the same in XML.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Persona {
    /// `character` (played by a model) or `user` (who the person is).
    #[schema(required = false)]
    pub kind: String,
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
    /// Example dialogue: blocks that begin with `<START>`.
    pub examples: String,
    /// Instructions in the place of the usual ones, which `{{original}}` stands for.
    pub system_prompt: String,
    /// Instructions that come after what was said.
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
    /// The same by language.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub creator_notes_multilingual: Option<Map<String, Value>>,
    /// Where the card comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Vec<String>>,
    /// When the card was made, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    pub creation_date: Option<Number>,
    /// When it was last changed, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    pub modification_date: Option<Number>,
    /// Files of the card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assets: Option<Vec<Asset>>,
    /// What other programs keep in the card.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub extensions: Map<String, Value>,
    /// What a card had that no specification names.
    #[serde(skip_serializing_if = "Unknown::is_empty")]
    pub unknown: Unknown,
}

/// A trait of character.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub struct Trait {
    /// Its name.
    pub name: String,
    /// How strong it is, 0 to 100.
    pub intensity: u8,
    /// How it shows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// How somebody talks, each 0 to 100, or not said.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
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

/// A file of a card.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub struct Asset {
    /// `icon`, `background`, `emotion`, `user_icon` or a program's own word.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it lies.
    pub uri: String,
    /// Its name.
    pub name: String,
    /// Its ending.
    pub ext: String,
}

/// What a card had beside the fields of its specification.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Unknown {
    /// Beside `spec` and `data`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub root: Map<String, Value>,
    /// In `data`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub data: Map<String, Value>,
}

impl Unknown {
    fn is_empty(&self) -> bool {
        self.root.is_empty() && self.data.is_empty()
    }
}

/// A book of entries that are looked up by what is said.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Lorebook {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// In how many of the last messages keys are looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scan_depth: Option<u32>,
    /// Tokens that its entries may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_budget: Option<u32>,
    /// Whether keys are also looked for in entries that were found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recursive_scanning: Option<bool>,
    /// What other programs keep in it.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub extensions: Map<String, Value>,
    /// The entries.
    pub entries: Vec<LoreEntry>,
    /// What no specification names.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub unknown: Map<String, Value>,
}

/// An entry of a lorebook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct LoreEntry {
    /// Words or patterns of which one has to be found.
    pub keys: Vec<String>,
    /// What is then told, with decorators at its top.
    pub content: String,
    /// What other programs keep in it: `probability`, `group`, `sticky`, `cooldown`, `delay`, `depth` and more.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub extensions: Map<String, Value>,
    /// Whether it is looked at.
    pub enabled: bool,
    /// Lower comes first.
    pub insertion_order: i64,
    /// Whether capital letters count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_sensitive: Option<bool>,
    /// Whether keys are regular expressions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_regex: Option<bool>,
    /// Whether it is always told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constant: Option<bool>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Lower is left out first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i64>,
    /// Its number or name in its book.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub id: Option<Value>,
    /// A note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether secondary keys count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selective: Option<bool>,
    /// More keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secondary_keys: Option<Vec<String>>,
    /// `before_char` or `after_char`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    /// What no specification names.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub unknown: Map<String, Value>,
}

impl Default for LoreEntry {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            content: String::new(),
            extensions: Map::new(),
            enabled: true,
            insertion_order: 100,
            case_sensitive: None,
            use_regex: None,
            constant: None,
            name: None,
            priority: None,
            id: None,
            comment: None,
            selective: None,
            secondary_keys: None,
            position: None,
            unknown: Map::new(),
        }
    }
}

/// Makes a persona.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePersona {
    /// The persona.
    pub persona: Persona,
}

/// Changes a persona as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePersona {
    /// The version that the writer has seen.
    pub version: u64,
    /// The persona.
    pub persona: Persona,
}

/// Makes a persona what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollBackPersona {
    /// The version to go back to.
    pub version: u64,
    /// The version that the writer has seen.
    pub expected: u64,
}

/// The versions of a persona, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PersonaHistory {
    /// The versions.
    pub versions: Vec<PersonaVersion>,
}

/// A version of a persona.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PersonaVersion {
    /// Its number.
    pub version: u64,
    /// The name it had.
    pub name: String,
    /// When it was written.
    pub created_at: String,
}

/// Personas to begin with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PersonaTemplates {
    /// The templates.
    pub templates: Vec<PersonaTemplate>,
}

/// A persona to begin with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PersonaTemplate {
    /// Its name on the command line.
    pub id: String,
    /// What it is for.
    pub about: String,
    /// The persona, to be kept as a new one.
    pub persona: Persona,
}

/// What came of files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PersonaImport {
    /// One for each file.
    pub files: Vec<ImportedPersona>,
}

/// What came of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ImportedPersona {
    /// The file's name.
    pub file_name: String,
    /// What it was: `familiar`, `v1`, `v2`, `v3`, `png`, `charx` or `xml`.
    pub form: Option<String>,
    /// The persona's name.
    pub name: Option<String>,
    /// The persona that is kept now; missing for a dry run, and where it was there already.
    pub id: Option<String>,
    /// One that is the same already.
    pub same_as: Option<String>,
    /// What a person should know about it.
    pub notes: Vec<String>,
    /// What is wrong with it or could be better.
    pub findings: Vec<PersonaFinding>,
    /// Why it was not read.
    pub error: Option<ImportError>,
}

/// Why a file was not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportError {
    /// What is wrong with it, with lines and columns where there are such.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Something that is wrong with a persona, or could be better.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PersonaFinding {
    /// `error`, `warning` or `hint`.
    pub weight: String,
    /// The field, as `lorebook.entries[2].keys`.
    pub field: String,
    /// What it is.
    pub message: String,
}

/// Looks a persona over, or talks with it, without keeping it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewPersona {
    /// The persona.
    pub persona: Persona,
    /// What was said.
    #[serde(default)]
    pub messages: Vec<PreviewMessage>,
    /// Who is asked; missing only shows what would be.
    #[serde(default)]
    pub model: Option<String>,
}

/// Something said in a preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewMessage {
    /// `user` or `assistant`.
    pub role: String,
    /// What.
    pub text: String,
}

/// What a persona would make of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PersonaPreview {
    /// What is wrong with it or could be better.
    pub findings: Vec<PersonaFinding>,
    /// The greeting, macros put in.
    pub greeting: String,
    /// The instructions that come first.
    pub system: String,
    /// Tokens that are there at every turn.
    pub permanent_tokens: u64,
    /// Tokens of example dialogue.
    pub example_tokens: u64,
    /// Tokens of the lorebook's entries that were found.
    pub lore_tokens: u64,
    /// The entries that were found.
    pub lore: Vec<LoreTold>,
    /// What a person should know about the prompt.
    pub notes: Vec<String>,
    /// The answer, if somebody was asked.
    pub answer: Option<String>,
}

/// An entry of a lorebook that went into a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LoreTold {
    /// What a person recognises it by.
    pub label: String,
    /// Why it was told.
    pub why: String,
    /// What it took.
    pub tokens: u64,
}

/// Asks for traits that fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuggestTraits {
    /// The persona.
    pub persona: Persona,
    /// A model to ask; missing goes by rules.
    #[serde(default)]
    pub model: Option<String>,
}

/// Traits that may fit, the surest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SuggestedTraits {
    /// The traits.
    pub traits: Vec<SuggestedTrait>,
}

/// A trait that may fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SuggestedTrait {
    /// Its name.
    pub name: String,
    /// How strong it seems, 0 to 100.
    pub intensity: u8,
    /// How sure this is, 0 to 1.
    pub score: f64,
    /// The words of the story that speak of it.
    pub because: Vec<String>,
}

/// What there is to tell of a persona.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PersonaStatistics {
    /// Conversations it spoke in.
    pub conversations: u64,
    /// Answers it gave.
    pub messages: u64,
    /// Tokens of them, read and written.
    pub tokens: u64,
    /// What they took, in milliseconds.
    pub took_ms: u64,
    /// When it spoke last.
    pub last_at: Option<String>,
    /// Of its last 300 answers those that were liked.
    pub thumbs_up: u64,
    /// Of its last 300 answers those that were not.
    pub thumbs_down: u64,
}
