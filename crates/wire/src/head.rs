//! Heads of requests, for the hot path: what every format's reader of them shares.

use crate::{
    bad_request,
    json::{JsonError, JsonReader},
};
use llm::{LlmError, RequestHead};

/// What in a prompt is not text, for an upper bound of the prompt's tokens.
#[derive(Debug, Default)]
pub(crate) struct Media {
    /// Bytes of the body that are media in base64.
    bytes: u64,
    /// The most tokens that all media count for.
    tokens: u64,
}

impl Media {
    /// Takes in something of so many bytes of the body that counts for so many tokens at the most.
    pub(crate) fn add(&mut self, body_bytes: u64, tokens: u64) {
        self.bytes = self.bytes.saturating_add(body_bytes);
        self.tokens = self.tokens.saturating_add(tokens);
    }

    /// The bound of a prompt that is a body with these media in it. The whole body stands for the text: names
    /// and brackets outweigh what vendors put around messages.
    pub(crate) fn bound(&self, body: &[u8]) -> u64 {
        bytes_of(body.len()).saturating_sub(self.bytes).saturating_add(self.tokens)
    }
}

/// Reads a head: `read` takes the fields of the body, and has the last word on what is `usual`.
pub(crate) fn read(
    body: &[u8],
    usual: RequestHead,
    read: impl FnOnce(&mut JsonReader<'_>, &mut RequestHead, &mut Media) -> Result<(), JsonError>,
) -> Result<RequestHead, LlmError> {
    let text = std::str::from_utf8(body).map_err(|_| bad_request("the body is not UTF-8"))?;
    let (mut head, mut media) = (usual, Media::default());
    read(&mut JsonReader::new(text), &mut head, &mut media)
        .map_err(|error| bad_request(format!("the body is not a request: {error}")))?;
    head.input_tokens_bound = media.bound(body);
    Ok(head)
}

/// Reads a list of objects, handing over each of their fields; passes over whatever is something else.
pub(crate) fn each_object<'a>(
    reader: &mut JsonReader<'a>,
    mut field: impl FnMut(&mut JsonReader<'a>, &str) -> Result<(), JsonError>,
) -> Result<(), JsonError> {
    if reader.peek() != Some(b'[') {
        return reader.skip().map(drop);
    }
    reader.enter_array()?;
    while reader.next_item()? {
        if reader.peek() != Some(b'{') {
            reader.skip()?;
            continue;
        }
        reader.enter_object()?;
        while let Some(key) = reader.next_key()? {
            field(reader, &key)?;
        }
    }
    Ok(())
}

/// A length in bytes, for counting.
pub(crate) fn bytes_of(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
