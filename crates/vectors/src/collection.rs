//! What vectors of one model and one noun are called, wherever they are.

use std::{fmt, str::FromStr};

/// What vectors are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Noun {
    /// Passages of documents.
    Library,
    /// What is known from conversations.
    Conversation,
    /// Pieces of source code.
    Code,
    /// Commits and what was said of them.
    Git,
}

impl Noun {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Library, Self::Conversation, Self::Code, Self::Git];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Library => "library",
            Self::Conversation => "conversation",
            Self::Code => "code",
            Self::Git => "git",
        }
    }
}

impl fmt::Display for Noun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The vectors of one noun by one model. Displays as the name that every engine calls it by, such as
/// `library-2f6a31c09e55d7b4-384`: model ids have signs that names cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Collection {
    noun: Noun,
    model: u64,
    dimensions: usize,
}

/// A name that is no collection's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no collection")]
pub struct UnknownCollection(String);

impl Collection {
    /// The vectors of this many numbers that a model makes.
    pub fn new(noun: Noun, model: &str, dimensions: usize) -> Self {
        // FNV-1a: a name that is the same for ever, and no more than a name.
        let model = model.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self { noun, model, dimensions }
    }

    /// What they are of.
    pub fn noun(&self) -> Noun {
        self.noun
    }

    /// How many numbers each has.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }
}

impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:016x}-{}", self.noun, self.model, self.dimensions)
    }
}

impl FromStr for Collection {
    type Err = UnknownCollection;

    fn from_str(text: &str) -> Result<Self, UnknownCollection> {
        let read = || {
            let (noun, rest) = text.split_once('-')?;
            let (model, dimensions) = rest.split_once('-')?;
            let noun = Noun::ALL.into_iter().find(|known| known.as_str() == noun)?;
            let model = u64::from_str_radix(model, 16).ok()?;
            Some(Self { noun, model, dimensions: dimensions.parse().ok()? })
        };
        read().ok_or_else(|| UnknownCollection(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_again_and_tell_models_apart() {
        let one = Collection::new(Noun::Library, "on-device/all-minilm-l6-v2", 384);
        let other = Collection::new(Noun::Library, "openai/text-embedding-3-small", 384);
        assert_ne!(one, other);
        for noun in Noun::ALL {
            let collection = Collection::new(noun, "m", 3);
            assert_eq!(collection.to_string().parse(), Ok(collection));
        }
        assert_eq!(Collection::new(Noun::Git, "", 3).to_string(), "git-cbf29ce484222325-3");
        for text in ["", "library", "library-zz-3", "library-0f-x", "people-0f-3"] {
            assert_eq!(text.parse::<Collection>(), Err(UnknownCollection(text.to_owned())));
        }
    }
}
