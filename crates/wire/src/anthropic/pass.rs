//! Passing requests and replies on in the same format, read only as far as the gateway needs.

use super::stream::State;
use crate::{
    bad_request,
    head::{self, Media, bytes_of, each_object},
    json::{JsonError, JsonReader},
    sse::{SseEvent, SseParser},
};
use bytes::Bytes;
use llm::{ChatEvent, LlmError, LlmErrorKind, RequestHead, Service, StreamScanner, Summary};

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
    let usual = RequestHead { choices: 1, wants_stream_usage: true, ..RequestHead::default() };
    let head = head::read(body, usual, read_head)?;
    if head.model_span.is_empty() {
        return Err(bad_request("`model` is missing"));
    }
    Ok(head)
}

fn read_head(
    reader: &mut JsonReader<'_>,
    head: &mut RequestHead,
    media: &mut Media,
) -> Result<(), JsonError> {
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
            "speed" if reader.peek() == Some(b'"') => {
                head.service = Service::from_name(&reader.string()?.value()?);
            }
            "tools" => {
                reader.skip()?;
                media.add(0, TOOL_PROMPT_TOKENS);
            }
            "messages" => messages(reader, media)?,
            _ => {
                reader.skip()?;
            }
        }
    }
    reader.end()
}

fn messages(reader: &mut JsonReader<'_>, media: &mut Media) -> Result<(), JsonError> {
    each_object(reader, |reader, key| match key {
        "content" => content(reader, media),
        _ => reader.skip().map(drop),
    })
}

fn content(reader: &mut JsonReader<'_>, media: &mut Media) -> Result<(), JsonError> {
    if reader.peek() != Some(b'[') {
        return reader.skip().map(drop);
    }
    reader.enter_array()?;
    while reader.next_item()? {
        if reader.peek() == Some(b'{') {
            block(reader, media)?;
        } else {
            reader.skip()?;
        }
    }
    Ok(())
}

fn block(reader: &mut JsonReader<'_>, media: &mut Media) -> Result<(), JsonError> {
    let (mut is_image, mut is_document) = (false, false);
    let mut source = Source::default();
    reader.enter_object()?;
    while let Some(key) = reader.next_key()? {
        match &*key {
            "type" if reader.peek() == Some(b'"') => {
                let kind = reader.string()?.value()?;
                (is_image, is_document) = (kind == "image", kind == "document");
            }
            "source" if reader.peek() == Some(b'{') => source = read_source(reader)?,
            // Of tool results.
            "content" => content(reader, media)?,
            _ => {
                reader.skip()?;
            }
        }
    }
    if source.is_text {
        return Ok(());
    }
    if is_image {
        media.add(source.data_bytes, MAX_IMAGE_TOKENS);
    } else if is_document {
        let pages = match source.data_bytes {
            0 => MAX_PAGES,
            bytes => bytes.div_ceil(MIN_PAGE_BYTES).min(MAX_PAGES),
        };
        media.add(source.data_bytes, pages.saturating_mul(MAX_PAGE_TOKENS).min(MAX_CONTEXT_TOKENS));
    }
    Ok(())
}

/// What a block's `source` says.
#[derive(Default)]
struct Source {
    is_text: bool,
    data_bytes: u64,
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
        // What cannot be read is not passed on either; the gateway tells the caller why.
        let is_unreadable = |error: &Option<LlmError>| {
            error.as_ref().is_some_and(|error| error.kind == LlmErrorKind::Malformed)
        };
        if is_unreadable(&self.summary.error) {
            return Bytes::new();
        }
        while self.summary.error.is_none() {
            let start = bytes.len() - input.len();
            match self.parser.next(&mut input) {
                Ok(Some(SseEvent { name: "content_block_delta", data })) => {
                    let bytes = delta_bytes(data);
                    self.summary.started |= bytes > 0;
                    self.summary.text_bytes = self.summary.text_bytes.saturating_add(bytes);
                }
                Ok(Some(SseEvent { name: "content_block_stop" | "ping" | "message_stop", .. })) => {}
                Ok(Some(event)) => {
                    let outcome = self.state.take(event.name, event.data, &mut self.events);
                    self.summary.error = outcome.err();
                    self.events.drain(..).for_each(|event| self.summary.note(&event));
                }
                Ok(None) => break,
                Err(error) => self.summary.error = Some(error.into()),
            }
            if is_unreadable(&self.summary.error) {
                return bytes.slice(..start);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::splice::replace_model;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn bound(body: &Value) -> u64 {
        head(body.to_string().as_bytes()).unwrap().input_tokens_bound
    }

    fn of_blocks(blocks: &[Value]) -> Value {
        json!({ "model": "m", "max_tokens": 5, "messages": [{ "role": "user", "content": blocks }] })
    }

    #[test]
    fn media_count_by_what_they_cost_and_not_by_their_base64() {
        let without = bound(&of_blocks(&[]));
        let data = "A".repeat(1_000_000);
        let image = json!({ "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": data } });
        let with_image = bound(&of_blocks(std::slice::from_ref(&image)));
        assert!(
            (without + MAX_IMAGE_TOKENS..without + MAX_IMAGE_TOKENS + 200).contains(&with_image),
            "{with_image}"
        );
        let result = json!({ "content": [image], "tool_use_id": "t", "type": "tool_result" });
        assert!(bound(&of_blocks(&[result])) < without + MAX_IMAGE_TOKENS + 300);
        let page = json!({ "source": { "data": "A".repeat(60), "type": "base64" }, "type": "document" });
        assert!(bound(&of_blocks(&[page])) >= without + MAX_PAGE_TOKENS);
        let linked =
            json!({ "type": "document", "source": { "type": "url", "url": "https://example.org/a.pdf" } });
        assert!(bound(&of_blocks(&[linked])) >= without + MAX_CONTEXT_TOKENS);
        let escaped =
            of_blocks(std::slice::from_ref(&json!({ "type": "image", "source": { "type": "url" } })));
        let escaped = escaped.to_string().replace("\"image\"", r#""\u0069mage""#);
        assert!(head(escaped.as_bytes()).unwrap().input_tokens_bound >= without + MAX_IMAGE_TOKENS);
    }

    #[test]
    fn text_cannot_pass_for_media() {
        let text = "A".repeat(100_000);
        let disguised = json!({ "type": "image", "source": { "type": "base64", "data": text } });
        for body in [
            of_blocks(&[json!({ "type": "text", "text": text })]),
            of_blocks(&[json!({ "type": "document", "source": { "type": "text", "data": text } })]),
            of_blocks(&[json!({ "type": "tool_use", "id": "t", "name": "n", "input": disguised })]),
            of_blocks(&[json!({ "type": "text", "text": "x", "source": disguised["source"] })]),
            json!({ "model": "m", "messages": [], "system": text }),
            json!({ "model": "m", "messages": [], "tools": [{ "name": text }] }),
        ] {
            assert!(bound(&body) >= 100_000, "{}", bound(&body));
        }
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for body in [
            "",
            "[]",
            "{}",
            "{\"model\":3}",
            "{\"model\":\"a\"",
            "{\"model\":\"a\"} x",
            "\u{feff}{\"model\":\"a\"}",
        ] {
            assert!(head(body.as_bytes()).is_err(), "{body}");
        }
        assert!(head(b"{\"model\":\"\xff\"}").is_err());
        let twice = head(br#"{"model":"cheap","messages":[],"mod\u0065l":"dear"}"#).unwrap_err();
        assert!(twice.message.contains("single `model`"), "{twice}");
    }

    proptest! {
        #[test]
        fn only_the_model_changes(
            before in "[ \n\t]{0,3}", name in "(?s).{1,12}", other in "(?s).{1,12}", text in "(?s).{0,40}", stream: bool
        ) {
            let text = serde_json::to_string(&text).unwrap();
            let name_json = serde_json::to_string(&name).unwrap();
            let tail = format!(
                ", \"x\\u0079\":{text},{before}\"messages\" :[{{\"content\":{text},\"role\":\"user\"}}],\"stream\":{stream},\"stream_\":1}}{before}"
            );
            let start = format!("{before}{{{before}\"max_tokens\": 7,\"mo\\u0064el\":{before}");
            let body = Bytes::from(format!("{start}{name_json}{tail}"));
            let head = head(&body).unwrap();
            prop_assert_eq!(&head.model, &name);
            prop_assert_eq!((head.stream, head.max_output_tokens), (stream, Some(7)));
            let written = replace_model(&body, &head, &other).unwrap();
            let other = serde_json::to_string(&other).unwrap();
            prop_assert_eq!(written, Bytes::from(format!("{start}{other}{tail}")));
        }
    }
}
