//! Passing requests and replies on in the same format, read only as far as the gateway needs.

use super::stream::State;
use crate::wire::{
    bad_request,
    json::{JsonError, JsonReader},
    sse::{SseEvent, SseParser},
    watch::note,
};
use bytes::Bytes;
use llm::{ChatEvent, LlmError, RequestHead, StreamScanner, Summary};

/// The most tokens one image takes: it is scaled down to at most 2576 pixels on the long edge and 4784
/// tokens (source: the provider's page "Vision", image resolution of the newest models).
const MAX_IMAGE_TOKENS: u64 = 4784;
/// The most tokens one page of a PDF takes: up to 3000 for its text, and its picture (source: the
/// provider's page "PDF support").
const MAX_PAGE_TOKENS: u64 = 3000 + MAX_IMAGE_TOKENS;
/// The most pages a request may have (same source).
const MAX_PAGES: u64 = 600;
/// The largest context window of any of the provider's models: what is longer is refused, not billed.
const MAX_CONTEXT_TOKENS: u64 = 1_000_000;
/// The fewest bytes of base64 that a page of a PDF takes (a page object, its entry in the cross-reference
/// table and its place in the page tree), to bound the pages of a small file.
const MIN_PAGE_BYTES: u64 = 64;
/// What the provider adds for tools: its own instructions (source: the page "Tool use", at most 804).
const TOOL_PROMPT_TOKENS: u64 = 1000;

/// Reads the head of a request; see [`llm::Codec::head`].
pub(super) fn head(body: &[u8]) -> Result<RequestHead, LlmError> {
    let text = std::str::from_utf8(body).map_err(|_| bad_request("the body is not UTF-8"))?;
    let mut head = RequestHead { choices: 1, wants_stream_usage: true, ..RequestHead::default() };
    let mut bound = Bound { bytes: bytes_of(body.len()), media_tokens: 0 };
    read_head(text, &mut head, &mut bound)
        .map_err(|error| bad_request(format!("the body is not a request: {error}")))?;
    if head.model_span.is_empty() {
        return Err(bad_request("`model` is missing"));
    }
    head.input_tokens_bound = bound.bytes.saturating_add(bound.media_tokens);
    Ok(head)
}

fn read_head(text: &str, head: &mut RequestHead, bound: &mut Bound) -> Result<(), JsonError> {
    let mut reader = JsonReader::new(text);
    reader.enter_object()?;
    while let Some(key) = reader.next_key()? {
        match &*key {
            "model" if head.model_span.is_empty() => {
                let model = reader.string()?;
                head.model = model.value()?.into_owned();
                head.model_span = model.span;
            }
            // Which of two the provider would take is anyone's guess.
            "model" => return Err(JsonError { expected: "a single `model`", at: reader.position() }),
            "stream" => head.stream = reader.boolean()?.unwrap_or(false),
            "max_tokens" => head.max_output_tokens = reader.unsigned()?,
            "tools" => {
                reader.skip()?;
                bound.media_tokens = bound.media_tokens.saturating_add(TOOL_PROMPT_TOKENS);
            }
            "messages" => bound.messages(&mut reader)?,
            _ => {
                reader.skip()?;
            }
        }
    }
    reader.end()
}

/// An upper bound of a prompt's tokens: the bytes of the body without media, and the media's tokens.
struct Bound {
    bytes: u64,
    media_tokens: u64,
}

/// What a block's `source` says.
#[derive(Default)]
struct Source {
    is_text: bool,
    data_bytes: u64,
}

impl Bound {
    fn messages(&mut self, reader: &mut JsonReader<'_>) -> Result<(), JsonError> {
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
                match &*key {
                    "content" => self.content(reader)?,
                    _ => {
                        reader.skip()?;
                    }
                }
            }
        }
        Ok(())
    }

    fn content(&mut self, reader: &mut JsonReader<'_>) -> Result<(), JsonError> {
        if reader.peek() != Some(b'[') {
            return reader.skip().map(drop);
        }
        reader.enter_array()?;
        while reader.next_item()? {
            if reader.peek() == Some(b'{') {
                self.block(reader)?;
            } else {
                reader.skip()?;
            }
        }
        Ok(())
    }

    fn block(&mut self, reader: &mut JsonReader<'_>) -> Result<(), JsonError> {
        let (mut is_image, mut is_document) = (false, false);
        let mut source = Source::default();
        reader.enter_object()?;
        while let Some(key) = reader.next_key()? {
            match &*key {
                "type" if reader.peek() == Some(b'"') => {
                    let kind = reader.string()?;
                    (is_image, is_document) = (kind.raw == "image", kind.raw == "document");
                }
                "source" if reader.peek() == Some(b'{') => source = read_source(reader)?,
                // Of tool results.
                "content" => self.content(reader)?,
                _ => {
                    reader.skip()?;
                }
            }
        }
        if source.is_text {
            return Ok(());
        }
        if is_image {
            self.replace(source.data_bytes, MAX_IMAGE_TOKENS);
        } else if is_document {
            let pages = match source.data_bytes {
                0 => MAX_PAGES,
                bytes => bytes.div_ceil(MIN_PAGE_BYTES).min(MAX_PAGES),
            };
            self.replace(source.data_bytes, pages.saturating_mul(MAX_PAGE_TOKENS).min(MAX_CONTEXT_TOKENS));
        }
        Ok(())
    }

    fn replace(&mut self, data_bytes: u64, tokens: u64) {
        self.bytes = self.bytes.saturating_sub(data_bytes);
        self.media_tokens = self.media_tokens.saturating_add(tokens);
    }
}

fn read_source(reader: &mut JsonReader<'_>) -> Result<Source, JsonError> {
    let mut source = Source::default();
    reader.enter_object()?;
    while let Some(key) = reader.next_key()? {
        match &*key {
            // Plain text and blocks of text count by their bytes, as the body already does.
            "type" if reader.peek() == Some(b'"') => {
                source.is_text = matches!(reader.string()?.raw, "text" | "content");
            }
            "data" if reader.peek() == Some(b'"') => source.data_bytes = bytes_of(reader.string()?.raw.len()),
            _ => {
                reader.skip()?;
            }
        }
    }
    Ok(source)
}

fn bytes_of(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Watches a stream; only what begins, ends or counts is parsed, deltas are merely measured.
#[derive(Default)]
pub(super) struct Scanner {
    parser: SseParser,
    state: State,
    events: Vec<ChatEvent>,
    summary: Summary,
}

impl StreamScanner for Scanner {
    fn push(&mut self, bytes: Bytes) -> Bytes {
        let mut input: &[u8] = &bytes;
        while self.summary.error.is_none() {
            match self.parser.next(&mut input) {
                Ok(Some(SseEvent { name: "content_block_delta", data })) => {
                    self.summary.text_bytes = self.summary.text_bytes.saturating_add(delta_bytes(data));
                }
                Ok(Some(SseEvent { name: "content_block_stop" | "ping" | "message_stop", .. })) => {}
                Ok(Some(event)) => {
                    let outcome = self.state.take(event.name, event.data, &mut self.events);
                    self.summary.error = outcome.err();
                    self.events.drain(..).for_each(|event| note(&mut self.summary, &event));
                }
                Ok(None) => break,
                Err(error) => self.summary.error = Some(error.into()),
            }
        }
        bytes
    }

    fn summary(&self) -> &Summary {
        &self.summary
    }
}

/// The bytes of text in a `content_block_delta`, as they stand; none where it is not one.
fn delta_bytes(data: &str) -> u64 {
    read_delta(&mut JsonReader::new(data)).map_or(0, bytes_of)
}

fn read_delta(reader: &mut JsonReader<'_>) -> Result<usize, JsonError> {
    reader.enter_object()?;
    while let Some(key) = reader.next_key()? {
        if key != "delta" || reader.peek() != Some(b'{') {
            reader.skip()?;
            continue;
        }
        reader.enter_object()?;
        while let Some(key) = reader.next_key()? {
            match &*key {
                "text" | "thinking" | "partial_json" | "signature" if reader.peek() == Some(b'"') => {
                    return Ok(reader.string()?.raw.len());
                }
                _ => {
                    reader.skip()?;
                }
            }
        }
    }
    Ok(0)
}
