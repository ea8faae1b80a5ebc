//! The byte-pair encodings of OpenAI's models, token for token as `tiktoken` has them.

mod classes;
mod merge;
mod split;
mod vocabulary;

use classes::Classes;
use split::Splitter;
use std::sync::LazyLock;
use vocabulary::Vocabulary;

/// A public encoding. Nothing of it is in memory before a text is counted; then it takes about 5 MB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// GPT-4o and every model of OpenAI since.
    O200kBase,
    /// The same ranks with the marks of `gpt-oss`, which no plain text has.
    O200kHarmony,
    /// GPT-4, GPT-3.5 and the embeddings.
    Cl100kBase,
}

static CLASSES: LazyLock<Classes> = LazyLock::new(Classes::build);
static O200K: LazyLock<Vocabulary> =
    LazyLock::new(|| Vocabulary::unpack(include_bytes!("../data/o200k_base.ranks")));
static CL100K: LazyLock<Vocabulary> =
    LazyLock::new(|| Vocabulary::unpack(include_bytes!("../data/cl100k_base.ranks")));

/// Which models have which encoding, by the beginning of their names; from `tiktoken`'s own table. The
/// first that fits counts.
const MODELS: [(&str, Encoding); 19] = [
    ("gpt-oss", Encoding::O200kHarmony),
    ("gpt-4o", Encoding::O200kBase),
    ("gpt-4.1", Encoding::O200kBase),
    ("gpt-4.5", Encoding::O200kBase),
    ("gpt-4", Encoding::Cl100kBase),
    ("gpt-3.5", Encoding::Cl100kBase),
    ("gpt-35", Encoding::Cl100kBase),
    ("gpt-", Encoding::O200kBase),
    ("chatgpt-4o", Encoding::O200kBase),
    ("codex-mini", Encoding::O200kBase),
    ("computer-use-preview", Encoding::O200kBase),
    ("o1", Encoding::O200kBase),
    ("o3", Encoding::O200kBase),
    ("o4", Encoding::O200kBase),
    ("text-embedding-ada-002", Encoding::Cl100kBase),
    ("text-embedding-3-", Encoding::Cl100kBase),
    ("davinci-002", Encoding::Cl100kBase),
    ("babbage-002", Encoding::Cl100kBase),
    ("gpt-image", Encoding::O200kBase),
];

impl Encoding {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::O200kBase, Self::O200kHarmony, Self::Cl100kBase];

    /// Its name in `tiktoken`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::O200kBase => "o200k_base",
            Self::O200kHarmony => "o200k_harmony",
            Self::Cl100kBase => "cl100k_base",
        }
    }

    /// The encoding of a model, by the model's own name, whoever offers it (`openai/gpt-4o`, `ft:gpt-4o:…`).
    pub fn of_model(name: &str) -> Option<Self> {
        let name = name.rsplit('/').next().unwrap_or(name);
        let name = name.strip_prefix("ft:").unwrap_or(name);
        let begins = |beginning: &str| {
            name.strip_prefix(beginning).is_some_and(|rest| {
                // `o1-mini` is OpenAI's, `o1ama` would not be.
                !(beginning.len() == 2 && rest.starts_with(|c: char| c.is_alphanumeric()))
            })
        };
        MODELS.iter().find(|(beginning, _)| begins(beginning)).map(|(_, encoding)| *encoding)
    }

    fn vocabulary(self) -> &'static Vocabulary {
        match self {
            Self::O200kBase | Self::O200kHarmony => &O200K,
            Self::Cl100kBase => &CL100K,
        }
    }

    fn splitter(self) -> Splitter<'static> {
        match self {
            Self::O200kBase | Self::O200kHarmony => Splitter::o200k(&CLASSES),
            Self::Cl100kBase => Splitter::cl100k(&CLASSES),
        }
    }

    /// How many tokens the text has. What looks like a mark (`<|endoftext|>`) is text as any other. The time grows
    /// with the length of the text, whatever is in it.
    pub fn count(self, text: &str) -> u64 {
        let (splitter, vocabulary) = (self.splitter(), self.vocabulary());
        let mut remembered = merge::Remembered::of(text);
        let mut tokens = 0;
        let mut at = 0;
        while let Some(end) = splitter.end(text, at) {
            let piece = text.as_bytes().get(at..end).unwrap_or_default();
            tokens += remembered.count(vocabulary, piece);
            at = end;
        }
        tokens
    }

    /// The tokens of the text.
    pub fn encode(self, text: &str) -> Vec<u32> {
        let (splitter, vocabulary) = (self.splitter(), self.vocabulary());
        let mut tokens = Vec::with_capacity(text.len() / 4);
        let mut at = 0;
        while let Some(end) = splitter.end(text, at) {
            merge::encode(vocabulary, text.as_bytes().get(at..end).unwrap_or_default(), &mut tokens);
            at = end;
        }
        tokens
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_have_their_encodings_whoever_offers_them() {
        let cases = [
            ("gpt-4o-mini", Some(Encoding::O200kBase)),
            ("openai/gpt-4o-2024-08-06", Some(Encoding::O200kBase)),
            ("ft:gpt-4o-mini-2024-07-18:acme::x", Some(Encoding::O200kBase)),
            ("ft:gpt-3.5-turbo:acme", Some(Encoding::Cl100kBase)),
            ("gpt-4-turbo", Some(Encoding::Cl100kBase)),
            ("gpt-4", Some(Encoding::Cl100kBase)),
            ("gpt-4.1-nano", Some(Encoding::O200kBase)),
            ("gpt-5.2-pro", Some(Encoding::O200kBase)),
            ("gpt-oss:20b", Some(Encoding::O200kHarmony)),
            ("openrouter/openai/gpt-oss-120b", Some(Encoding::O200kHarmony)),
            ("o3", Some(Encoding::O200kBase)),
            ("o4-mini-high", Some(Encoding::O200kBase)),
            ("o1ama", None),
            ("text-embedding-3-small", Some(Encoding::Cl100kBase)),
            ("claude-sonnet-4-5", None),
            ("", None),
        ];
        for (model, encoding) in cases {
            assert_eq!(Encoding::of_model(model), encoding, "{model}");
        }
    }

    #[test]
    fn marks_in_a_text_are_text() {
        assert_eq!(Encoding::O200kBase.count(""), 0);
        assert_eq!(Encoding::O200kBase.encode("hello world"), [24912, 2375]);
        assert_eq!(Encoding::Cl100kBase.encode("hello world"), [15339, 1917]);
        assert!(Encoding::O200kBase.count("<|endoftext|>") > 1);
    }
}
