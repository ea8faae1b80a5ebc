//! What is known, as this crate thinks of it.

use base::{Id, OwnerId, Timestamp};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Longest text of a fact, in bytes.
pub const TEXT_LIMIT_BYTES: usize = 4_000;
/// Whom a fact is about unless something else was said.
pub const YOU: &str = "you";

/// Where a fact may be recalled.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Wherever the person speaks as themselves.
    User,
    /// Only with this persona.
    Persona(Id),
    /// Only at work on this project.
    Project(String),
    /// Only at this campaign's table.
    Campaign(Id),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User => f.write_str("user"),
            Self::Persona(id) => write!(f, "persona:{id}"),
            Self::Project(name) => write!(f, "project:{name}"),
            Self::Campaign(id) => write!(f, "campaign:{id}"),
        }
    }
}

impl FromStr for Scope {
    type Err = crate::MemoryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || crate::MemoryError::BadScope(text.to_owned());
        let id = |text: &str| text.parse().map_err(|_| bad());
        match text.split_once(':') {
            None if text == "user" => Ok(Self::User),
            Some(("persona", rest)) => Ok(Self::Persona(id(rest)?)),
            Some(("project", name)) if !name.trim().is_empty() => Ok(Self::Project(name.to_owned())),
            Some(("campaign", rest)) => Ok(Self::Campaign(id(rest)?)),
            Some(_) | None => Err(bad()),
        }
    }
}

macro_rules! named {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in the database and in the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The one of this name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == name)
            }
        }
    };
}

named! {
    /// What a fact is about.
    Kind {
        /// Who somebody is: name, age, languages.
        Identity = "identity",
        /// What they like and what not.
        Preference = "preference",
        /// What they do for a living or learn.
        Work = "work",
        /// Where they are and come from.
        Place = "place",
        /// Who belongs to them, animals included.
        Relation = "relation",
        /// What they mean to do.
        Plan = "plan",
        /// What happened.
        Event = "event",
        /// What they work with.
        Stack = "stack",
        /// How they want to be answered.
        Style = "style",
        /// What they asked to have remembered.
        Note = "note",
        /// What they said, in their words.
        Said = "said",
        /// What a conversation was about.
        Summary = "summary",
    }
}

named! {
    /// Who wrote a fact down.
    Origin {
        /// The rules of this program.
        Rules = "rules",
        /// A model that read the message.
        Model = "model",
        /// The person.
        Person = "person",
        /// A model that was given the tool for it.
        Tool = "tool",
    }
}

named! {
    /// Where a fact stands.
    Standing {
        /// It counts.
        Current = "current",
        /// Another one took its place, or it ended.
        Superseded = "superseded",
        /// The person does not want it told.
        Struck = "struck",
        /// It is about to be deleted.
        Forgotten = "forgotten",
    }
}

/// Where a fact comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Source {
    /// The conversation.
    pub conversation_id: Option<Id>,
    /// The message.
    pub message_id: Option<Id>,
}

/// Something that is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Its id.
    pub id: Id,
    /// Whose.
    pub owner: OwnerId,
    /// Where it may be recalled.
    pub scope: Scope,
    /// What is said.
    pub draft: Draft,
    /// When it was written down here.
    pub recorded_at: Timestamp,
    /// When it stopped to count.
    pub superseded_at: Option<Timestamp>,
    /// The fact that took its place.
    pub superseded_by: Option<Id>,
    /// When the person struck it out.
    pub struck_at: Option<Timestamp>,
    /// When it was forgotten; it is deleted for good soon after.
    pub forgotten_at: Option<Timestamp>,
    /// When anything of this last changed.
    pub changed_at: Timestamp,
}

impl Fact {
    /// Where it stands.
    pub const fn standing(&self) -> Standing {
        match (self.forgotten_at, self.struck_at, self.superseded_at) {
            (Some(_), _, _) => Standing::Forgotten,
            (None, Some(_), _) => Standing::Struck,
            (None, None, Some(_)) => Standing::Superseded,
            (None, None, None) => Standing::Current,
        }
    }
}

/// What a fact says, before it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// What it is about.
    pub kind: Kind,
    /// Whom it is about: [`YOU`], or what they are to the person, such as `sister`.
    pub subject: String,
    /// What of them, such as `lives in`.
    pub attribute: String,
    /// The value, such as `Berlin`.
    pub value: String,
    /// All of it as a short sentence.
    pub text: String,
    /// What was said before it, where that helps to find it.
    pub context: String,
    /// How sure it is, from 0 to 1.
    pub confidence: f64,
    /// How much it matters, from 0 to 1.
    pub importance: f64,
    /// Who wrote it down.
    pub origin: Origin,
    /// Where it comes from.
    pub source: Source,
    /// When it was said.
    pub said_at: Timestamp,
    /// Since when it holds, where that was said.
    pub true_from: Option<Timestamp>,
    /// Until when, where that was said.
    pub true_until: Option<Timestamp>,
}

impl Draft {
    /// A note in the person's words.
    pub fn note(text: &str, said_at: Timestamp) -> Self {
        Self {
            kind: Kind::Note,
            subject: YOU.to_owned(),
            attribute: "note".to_owned(),
            value: text.trim().to_owned(),
            text: text.trim().to_owned(),
            context: String::new(),
            confidence: 1.0,
            importance: 0.7,
            origin: Origin::Person,
            source: Source::default(),
            said_at,
            true_from: None,
            true_until: None,
        }
    }
}

/// A step of the time line.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Its id.
    pub id: Id,
    /// `learned`, `superseded`, `ended`, `edited`, `struck`, `restored`, `forgotten` or `confirmed`.
    pub what: String,
    /// When.
    pub at: Timestamp,
    /// The fact as it is now.
    pub fact: Fact,
    /// The fact that took its place, where one did.
    pub other_id: Option<Id>,
}
