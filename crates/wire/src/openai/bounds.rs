//! Upper bounds of what a prompt costs, for the hot path: what both formats' heads are read with.

use crate::{
    bad_request,
    head::{Media, bytes_of},
    json::JsonError,
};
use llm::LlmError;

/// The most tokens a picture counts for. OpenAI's guide "Images and vision" has gpt-4o-mini as the dearest
/// model: 2,833 tokens and 5,667 for each tile of 512 pixels, of which a picture, scaled to fit into 2,048 by
/// 768, has 8 at the most.
pub(crate) const IMAGE_TOKENS_BOUND: u64 = 2_833 + 8 * 5_667;

/// The same with `"detail": "low"`: the base alone.
pub(crate) const LOW_DETAIL_IMAGE_TOKENS_BOUND: u64 = 2_833;

/// The most tokens a file, a video, or anything else of unknown size counts for: no size is published, but
/// what is read has to fit the context window, the largest of which at OpenAI is gpt-4.1's.
pub(crate) const UNKNOWN_TOKENS_BOUND: u64 = 1_047_576;

/// Sound counts a token for 100 ms at OpenAI; at 6 kbit/s, the least that speech codecs use, those are 75
/// bytes or 100 base64 characters.
const AUDIO_BASE64_CHARS_PER_TOKEN: u64 = 100;

/// The fields that decide about money and route: a body that has one of them twice, or in other letter
/// case, may mean one thing to Familiar and another to the provider.
#[derive(Debug)]
pub(crate) struct Decisive<const N: usize> {
    names: &'static [&'static str; N],
    seen: [bool; N],
}

impl<const N: usize> Decisive<N> {
    /// Nothing has been seen yet.
    pub(crate) const fn new(names: &'static [&'static str; N]) -> Self {
        Self { names, seen: [false; N] }
    }

    /// Takes the next key of the body.
    pub(crate) fn check(&mut self, key: &str) -> Result<(), LlmError> {
        let Some(place) = self.names.iter().position(|name| name.eq_ignore_ascii_case(key)) else {
            return Ok(());
        };
        let twice = self.seen.get_mut(place).is_none_or(|seen| std::mem::replace(seen, true));
        if twice || self.names.get(place) != Some(&key) {
            return Err(bad_request(format!("`{key}` is there twice or in another letter case")));
        }
        Ok(())
    }
}

/// What OpenAI counts for what is not text.
impl Media {
    /// A picture, with so many bytes of the body.
    pub(crate) fn picture(&mut self, base64_bytes: usize, low_detail: bool) {
        let tokens = if low_detail { LOW_DETAIL_IMAGE_TOKENS_BOUND } else { IMAGE_TOKENS_BOUND };
        self.add(bytes_of(base64_bytes), tokens);
    }

    /// Sound, with so many bytes of the body.
    pub(crate) fn sound(&mut self, base64_bytes: usize) {
        let chars = bytes_of(base64_bytes);
        self.add(chars, chars / AUDIO_BASE64_CHARS_PER_TOKEN + 1);
    }

    /// A file or another thing whose size nobody tells, with so many bytes of the body.
    pub(crate) fn unknown(&mut self, base64_bytes: usize) {
        self.add(bytes_of(base64_bytes), UNKNOWN_TOKENS_BOUND);
    }
}

/// The error for a body that is not JSON.
pub(crate) fn not_json(error: JsonError) -> LlmError {
    bad_request(format!("the body cannot be read: {error}"))
}
