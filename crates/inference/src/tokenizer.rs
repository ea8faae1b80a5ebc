//! Text to tokens and back, by `tokenizer.json` or by what a GGUF file has of it.

mod vocabulary;

pub(crate) use vocabulary::Vocabulary;

use crate::{
    error::{panic_text, plain},
    text::Decode,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokenizers::Tokenizer;

/// What begins a text and what ends an answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Marks {
    pub(crate) begin: Option<u32>,
    pub(crate) ends: Vec<u32>,
    /// Whether a text that does not begin with the mark gets it.
    pub(crate) add_begin: bool,
}

/// Tokens that end a turn in one family or another, whatever their files say.
const TURN_ENDS: [&str; 6] =
    ["<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|end|>", "<|endoftext|>", "<end_of_turn>"];

/// A tokenizer with its marks.
pub(crate) struct TextTokenizer {
    inner: Tokenizer,
    marks: Marks,
}

impl TextTokenizer {
    /// Reads a `tokenizer.json`.
    pub(crate) fn read(json: &[u8], marks: Marks) -> Result<Self, String> {
        let mut inner = catch_unwind(AssertUnwindSafe(|| Tokenizer::from_bytes(json)))
            .map_err(|panic| panic_text(panic.as_ref()))?
            .map_err(plain)?;
        // Some files fill texts up to a length or cut them, as their makers did when they trained.
        inner.with_padding(None);
        inner.with_truncation(None).map_err(plain)?;
        let mut tokenizer = Self { inner, marks };
        let known = TURN_ENDS.iter().filter_map(|token| tokenizer.special(token)).collect::<Vec<_>>();
        tokenizer.marks.ends.extend(known);
        Ok(tokenizer)
    }

    /// Names the marks by their text, where ids did not.
    pub(crate) fn mark(&mut self, begin: Option<&str>, end: Option<&str>) {
        self.marks.begin = self.marks.begin.or_else(|| self.inner.token_to_id(begin?));
        self.marks.ends.extend(end.and_then(|end| self.inner.token_to_id(end)));
    }

    /// The id of a token that no text is made of.
    fn special(&self, token: &str) -> Option<u32> {
        let id = self.inner.token_to_id(token)?;
        self.inner.get_added_tokens_decoder().contains_key(&id).then_some(id)
    }

    /// Whether there is a token of exactly this text.
    pub(crate) fn knows(&self, token: &str) -> bool {
        self.inner.token_to_id(token).is_some()
    }

    /// The texts of the marks, for templates that write them.
    pub(crate) fn mark_texts(&self) -> (String, String) {
        let text = |id: Option<u32>| id.and_then(|id| self.inner.id_to_token(id)).unwrap_or_default();
        (text(self.marks.begin), text(self.marks.ends.first().copied()))
    }

    /// Whether this token ends an answer.
    pub(crate) fn ends(&self, id: u32) -> bool {
        self.marks.ends.contains(&id)
    }

    /// How many tokens a text has by itself.
    pub(crate) fn count(&self, text: &str) -> Result<usize, String> {
        Ok(self.inner.encode_fast(text, false).map_err(plain)?.len())
    }

    /// The tokens of a text in which special tokens are written out.
    pub(crate) fn encode(&self, text: &str) -> Result<Vec<u32>, String> {
        let encoding = self.inner.encode_fast(text, false).map_err(plain)?;
        let mut ids = encoding.get_ids().to_vec();
        if let Some(begin) = self.marks.begin.filter(|_| self.marks.add_begin)
            && ids.first() != Some(&begin)
        {
            ids.insert(0, begin);
        }
        Ok(ids)
    }
}

impl Decode for TextTokenizer {
    fn decode(&self, ids: &[u32]) -> Option<String> {
        self.inner.decode(ids, true).ok()
    }
}

#[cfg(test)]
mod tests;
