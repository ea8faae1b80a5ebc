//! Families of models that count alike.

use crate::Encoding;

/// Whose rules a model follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// OpenAI's models, whose encodings are public.
    OpenAi(Encoding),
    /// Anthropic's Claude.
    Claude,
    /// Google's Gemini and Gemma.
    Gemini,
    /// Meta's Llama.
    Llama,
    /// Mistral's models.
    Mistral,
    /// Alibaba's Qwen.
    Qwen,
    /// DeepSeek's models.
    DeepSeek,
    /// xAI's Grok.
    Grok,
    /// Everything else.
    Other,
}

/// Words in models' names and the families that have them.
const WORDS: [(&str, Family); 16] = [
    ("claude", Family::Claude),
    ("gemini", Family::Gemini),
    ("gemma", Family::Gemini),
    ("llama", Family::Llama),
    ("mistral", Family::Mistral),
    ("mixtral", Family::Mistral),
    ("ministral", Family::Mistral),
    ("magistral", Family::Mistral),
    ("codestral", Family::Mistral),
    ("devstral", Family::Mistral),
    ("pixtral", Family::Mistral),
    ("qwen", Family::Qwen),
    ("qwq", Family::Qwen),
    ("deepseek", Family::DeepSeek),
    ("grok", Family::Grok),
    ("open-mixtral", Family::Mistral),
];

impl Family {
    /// The family of a model, by the model's own name, whoever offers it.
    pub fn of_model(name: &str) -> Self {
        if let Some(encoding) = Encoding::of_model(name) {
            return Self::OpenAi(encoding);
        }
        let name = name.to_ascii_lowercase();
        WORDS.iter().find(|(word, _)| name.contains(word)).map_or(Self::Other, |(_, family)| *family)
    }

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi(_) => "openai",
            Self::Claude => "claude",
            Self::Gemini => "gemini",
            Self::Llama => "llama",
            Self::Mistral => "mistral",
            Self::Qwen => "qwen",
            Self::DeepSeek => "deepseek",
            Self::Grok => "grok",
            Self::Other => "other",
        }
    }

    /// The encoding that texts are measured with.
    pub const fn yardstick(self) -> Encoding {
        match self {
            Self::OpenAi(encoding) => encoding,
            Self::Claude
            | Self::Gemini
            | Self::Llama
            | Self::Mistral
            | Self::Qwen
            | Self::DeepSeek
            | Self::Grok
            | Self::Other => Encoding::O200kBase,
        }
    }

    /// Tokens of this family for one of `o200k_base`, before anything was measured. `o200k_base` has about 4.5
    /// characters of English a token; Anthropic says 3.5 (its glossary), Google 4 (its guide to tokens). The others say
    /// nothing in numbers: their vocabularies are smaller than `o200k_base`'s, so that they need somewhat more.
    pub(crate) const fn prior(self) -> f64 {
        match self {
            Self::OpenAi(_) => 1.0,
            Self::Claude => 1.25,
            Self::Gemini | Self::Llama | Self::Mistral | Self::Qwen | Self::DeepSeek | Self::Grok => 1.1,
            Self::Other => 1.2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_find_their_families() {
        for (name, family) in [
            ("anthropic/claude-opus-4-1", "claude"),
            ("us.anthropic.claude-3-haiku-20240307-v1:0", "claude"),
            ("gemini-2.5-flash", "gemini"),
            ("meta-llama/Llama-3.3-70B-Instruct", "llama"),
            ("deepseek-r1-distill-llama-70b", "llama"),
            ("deepseek-chat", "deepseek"),
            ("gpt-4o", "openai"),
            ("mixtral-8x7b", "mistral"),
            ("something-new", "other"),
        ] {
            assert_eq!(Family::of_model(name).as_str(), family, "{name}");
        }
    }
}
