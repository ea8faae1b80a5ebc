//! What kind of document a text is (a rulebook, a letter, code), from its form and its words, with what said so.
//!
//! Every signal of `data/documents.toml` is measured (`measure`) and speaks for some kinds by its weights; what speaks
//! for a kind adds up. How sure that is, is its share among all kinds and a constant that speaks for none of them, so
//! that a text of which nothing is known is of no kind.

mod measure;
mod signals;

use measure::Look;
use serde::{Deserialize, Serialize};
use signals::Signal;
use std::{fmt, str::FromStr};

/// Changes whenever the same text may be taken for another kind: documents are then looked at again.
pub const DOCUMENT_VERSION: u32 = 1;

/// What speaks for no kind at all.
const NONE: f64 = 0.9;
/// How much a weight more is worth.
const SLOPE: f64 = 2.5;
/// The least share for which a kind is told.
const LEAST_SHARE: f64 = 0.5;
/// The least that a signal has to say to be told as a reason, and how many are told.
const TOLD: f64 = 0.2;
const MAX_REASONS: usize = 4;

/// Kinds of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// How a game is played.
    Rulebook,
    /// A story for a game, with its places and encounters.
    Adventure,
    /// More for a game: monsters, spells, items, options of characters.
    Supplement,
    /// Where one looks things up: glossaries, dictionaries, lists of commands.
    Reference,
    /// Source code.
    Code,
    /// A letter or a message.
    Letter,
    /// A paper, a thesis, an essay with sources.
    Article,
    /// A story.
    Fiction,
    /// How something is installed, assembled or used.
    Manual,
    /// Tables.
    Data,
}

impl DocumentKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Rulebook,
        Self::Adventure,
        Self::Supplement,
        Self::Reference,
        Self::Code,
        Self::Letter,
        Self::Article,
        Self::Fiction,
        Self::Manual,
        Self::Data,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rulebook => "rulebook",
            Self::Adventure => "adventure",
            Self::Supplement => "supplement",
            Self::Reference => "reference",
            Self::Code => "code",
            Self::Letter => "letter",
            Self::Article => "article",
            Self::Fiction => "fiction",
            Self::Manual => "manual",
            Self::Data => "data",
        }
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no kind of document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownDocumentKind(String);

impl fmt::Display for UnknownDocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = DocumentKind::ALL.map(|kind| format!("`{kind}`")).join(", ");
        write!(f, "`{}` is none of {known}", self.0)
    }
}

impl std::error::Error for UnknownDocumentKind {}

impl FromStr for DocumentKind {
    type Err = UnknownDocumentKind;

    fn from_str(text: &str) -> Result<Self, UnknownDocumentKind> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| UnknownDocumentKind(text.chars().take(80).collect()))
    }
}

/// What is looked at of a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DocumentText<'a> {
    /// The stable name of its format, such as `pdf` or `email`.
    pub format: &'a str,
    /// The file's name.
    pub file_name: &'a str,
    /// How many entries of games (spells, monsters, items) were found in it.
    pub entries: usize,
    /// Its passages, in their order.
    pub parts: Vec<DocumentPart<'a>>,
}

/// A passage of a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DocumentPart<'a> {
    /// The headings it stands under, outermost first.
    pub headings: Vec<&'a str>,
    /// Its text.
    pub text: &'a str,
}

/// What a document is taken for.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentClass {
    /// Its kind; none where too little speaks for any.
    pub kind: Option<DocumentKind>,
    /// The share of what speaks for this kind (or the likeliest, where none is told), from 0 to 1.
    pub share: f64,
    /// The signals that said so, the strongest first, by their names in `data/documents.toml`.
    pub because: Vec<&'static str>,
}

/// Says what kind of document a text is.
pub fn classify_document(document: &DocumentText<'_>) -> DocumentClass {
    let look = Look::at(document);
    let spoken: Vec<(&'static Signal, f64)> =
        signals::all().iter().map(|signal| (signal, signal.strength(&look))).collect();
    let score = |kind: DocumentKind| -> f64 {
        spoken.iter().map(|(signal, strength)| signal.weight(kind) * strength).sum()
    };
    let scores = DocumentKind::ALL.map(|kind| (kind, (SLOPE * score(kind)).exp()));
    let all: f64 = (SLOPE * NONE).exp() + scores.iter().map(|(_, said)| said).sum::<f64>();
    let best = scores.into_iter().max_by(|(_, one), (_, other)| one.total_cmp(other));
    let Some((kind, said)) = best else {
        return DocumentClass { kind: None, share: 0.0, because: Vec::new() };
    };
    let share = said / all;
    if share < LEAST_SHARE {
        return DocumentClass { kind: None, share, because: Vec::new() };
    }
    let mut because: Vec<(&'static str, f64)> = spoken
        .iter()
        .map(|(signal, strength)| (signal.name(), signal.weight(kind) * strength))
        .filter(|(_, said)| *said >= TOLD)
        .collect();
    because.sort_by(|(name, one), (other_name, other)| other.total_cmp(one).then(name.cmp(other_name)));
    let because = because.into_iter().take(MAX_REASONS).map(|(name, _)| name).collect();
    DocumentClass { kind: Some(kind), share, because }
}

/// The names of all signals, for who shows them.
pub fn document_signals() -> Vec<&'static str> {
    signals::all().iter().map(Signal::name).collect()
}
