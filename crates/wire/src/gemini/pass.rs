//! Passing requests on in the same format, read only as far as the gateway needs. The model and whether a
//! stream is asked for stand in the address.

use crate::{
    bad_request,
    fields::camel_case,
    head::{self, Media, bytes_of},
    json::{JsonError, JsonReader},
    splice,
};
use bytes::Bytes;
use llm::{LlmError, RequestHead, Service};

/// The most tokens a picture takes: 16 tiles of 258 for one that fills 3072 by 3072 pixels, to which larger
/// ones are scaled (source: the provider's page "Image understanding"); the levels of newer models stay below.
const MAX_IMAGE_TOKENS: u64 = 16 * 258;
/// The most tokens one page of a PDF takes: its picture, and up to 3,000 for its text (source: the page
/// "Document processing").
const MAX_PAGE_TOKENS: u64 = MAX_IMAGE_TOKENS + 3_000;
/// The most pages of a request (same source).
const MAX_PAGES: u64 = 1_000;
/// The fewest bytes of base64 that a page takes, to bound the pages of a small file.
const MIN_PAGE_BYTES: u64 = 64;
/// Sound takes 32 tokens a second (source: the page "Audio understanding"); at 6 kbit/s, the least that speech
/// codecs use, a second has 750 bytes or 1,000 characters of base64, so 31 characters make a token at the least.
const AUDIO_CHARS_PER_TOKEN: u64 = 31;
/// The largest context window of the provider's models: what is longer is refused, not billed.
const MAX_CONTEXT_TOKENS: u64 = 1_048_576;

/// Reads the head of a request; see [`llm::Codec::head`].
pub(super) fn head(body: &[u8]) -> Result<RequestHead, LlmError> {
    let usual = RequestHead { choices: 1, wants_stream_usage: true, ..RequestHead::default() };
    let mut has_contents = false;
    let head = head::read(body, usual, |reader, head, media| {
        let mut scan = Scan { head, media, has_contents: false };
        scan.body(reader)?;
        has_contents = scan.has_contents;
        Ok(())
    })?;
    if !has_contents {
        return Err(bad_request("`contents` is missing"));
    }
    Ok(head)
}

/// The same body for another model. Most bodies name none, and are passed on as they are.
pub(super) fn retarget(body: &Bytes, head: &RequestHead, model: &str) -> Result<Bytes, LlmError> {
    if head.model_span.is_empty() {
        return Ok(body.clone());
    }
    splice::replace_model(body, head, &super::resource_name(model))
}

/// What is known of the body so far.
struct Scan<'a> {
    head: &'a mut RequestHead,
    media: &'a mut Media,
    has_contents: bool,
}

/// A service by its name, in either of the ways that the format has it.
fn service(name: &str) -> Option<Service> {
    Service::from_name(name.strip_prefix("SERVICE_TIER_").unwrap_or(name))
}

/// The error for a field that is there twice: which of two the provider would take is anyone's guess.
const fn twice(reader: &JsonReader<'_>) -> JsonError {
    JsonError { expected: "a field that is there once", at: reader.position() }
}

impl Scan<'_> {
    fn body(&mut self, reader: &mut JsonReader<'_>) -> Result<(), JsonError> {
        let mut has_config = false;
        reader.enter_object()?;
        while let Some(key) = reader.next_key()? {
            match &*camel_case(key) {
                "model" if self.head.model_span.is_empty() => {
                    let model = reader.string()?;
                    self.head.model = super::model_name(&model.value()?).to_owned();
                    self.head.model_span = model.span;
                }
                "model" => return Err(twice(reader)),
                "contents" if !std::mem::replace(&mut self.has_contents, true) => self.contents(reader)?,
                "contents" => return Err(twice(reader)),
                "generationConfig" if !std::mem::replace(&mut has_config, true) => self.config(reader)?,
                "generationConfig" => return Err(twice(reader)),
                "cachedContent" if reader.peek() == Some(b'"') => {
                    // What is in it is read as well.
                    self.whole_context();
                    reader.skip()?;
                }
                "serviceTier" if reader.peek() == Some(b'"') => {
                    self.head.service = service(&reader.string()?.value()?);
                }
                "tools" => self.tools(reader)?,
                _ => {
                    reader.skip()?;
                }
            }
        }
        reader.end()
    }

    /// The provider itself reads something whose size nobody knows here.
    fn whole_context(&mut self) {
        self.media.add(0, MAX_CONTEXT_TOKENS);
    }

    /// Tools that have the provider read pages or files.
    fn tools(&mut self, reader: &mut JsonReader<'_>) -> Result<(), JsonError> {
        each_item(reader, |reader| {
            each_field(reader, |reader, key| {
                if matches!(key, "urlContext" | "fileSearch" | "retrieval") {
                    self.whole_context();
                }
                reader.skip().map(drop)
            })
        })
    }

    fn config(&mut self, reader: &mut JsonReader<'_>) -> Result<(), JsonError> {
        let (mut limits, mut choices) = (0, 0);
        each_field(reader, |reader, key| {
            match key {
                "maxOutputTokens" => {
                    limits += 1;
                    self.head.max_output_tokens = number(reader)?;
                }
                "candidateCount" => {
                    choices += 1;
                    let count = number(reader)?.unwrap_or(1).max(1);
                    self.head.choices = u32::try_from(count).unwrap_or(u32::MAX);
                }
                _ => {
                    reader.skip()?;
                }
            }
            if limits > 1 || choices > 1 { Err(twice(reader)) } else { Ok(()) }
        })
    }

    /// A list of turns.
    fn contents(&mut self, reader: &mut JsonReader<'_>) -> Result<(), JsonError> {
        each_item(reader, |reader| {
            each_field(reader, |reader, key| match key {
                "parts" => self.parts(reader),
                _ => reader.skip().map(drop),
            })
        })
    }

    /// A list of parts, of a turn or of a tool's result.
    fn parts(&mut self, reader: &mut JsonReader<'_>) -> Result<(), JsonError> {
        each_item(reader, |reader| {
            each_field(reader, |reader, key| match key {
                "inlineData" => self.inline(reader),
                "fileData" => {
                    self.whole_context();
                    reader.skip().map(drop)
                }
                "functionResponse" => each_field(reader, |reader, key| match key {
                    "parts" => self.parts(reader),
                    _ => reader.skip().map(drop),
                }),
                _ => reader.skip().map(drop),
            })
        })
    }

    fn inline(&mut self, reader: &mut JsonReader<'_>) -> Result<(), JsonError> {
        let (mut media_type, mut data_bytes) = (String::new(), 0_u64);
        each_field(reader, |reader, key| {
            match (key, reader.peek()) {
                ("mimeType", Some(b'"')) => media_type = reader.string()?.value()?.to_ascii_lowercase(),
                ("data", Some(b'"')) => data_bytes = bytes_of(reader.string()?.raw.len()),
                _ => {
                    reader.skip()?;
                }
            }
            Ok(())
        })?;
        let pages = data_bytes.div_ceil(MIN_PAGE_BYTES).min(MAX_PAGES);
        let tokens = match media_type.split('/').next().unwrap_or_default() {
            "image" => MAX_IMAGE_TOKENS,
            "audio" => data_bytes / AUDIO_CHARS_PER_TOKEN + 1,
            "video" => MAX_CONTEXT_TOKENS,
            _ if media_type == "application/pdf" => {
                pages.saturating_mul(MAX_PAGE_TOKENS).min(MAX_CONTEXT_TOKENS)
            }
            // Text in base64 counts by its bytes, as the body already does.
            _ => return Ok(()),
        };
        self.media.add(data_bytes, tokens);
        Ok(())
    }
}

/// Hands over each field of an object by its name in camel case; passes over whatever is none.
fn each_field<'a>(
    reader: &mut JsonReader<'a>,
    mut field: impl FnMut(&mut JsonReader<'a>, &str) -> Result<(), JsonError>,
) -> Result<(), JsonError> {
    if reader.peek() != Some(b'{') {
        return reader.skip().map(drop);
    }
    reader.enter_object()?;
    while let Some(key) = reader.next_key()? {
        field(reader, &camel_case(key))?;
    }
    Ok(())
}

/// Hands over each item of a list, or the one value that stands in its place.
fn each_item<'a>(
    reader: &mut JsonReader<'a>,
    mut item: impl FnMut(&mut JsonReader<'a>) -> Result<(), JsonError>,
) -> Result<(), JsonError> {
    if reader.peek() != Some(b'[') {
        return item(reader);
    }
    reader.enter_array()?;
    while reader.next_item()? {
        item(reader)?;
    }
    Ok(())
}

/// A whole number, which this format also takes as a string.
fn number(reader: &mut JsonReader<'_>) -> Result<Option<u64>, JsonError> {
    if reader.peek() == Some(b'"') {
        return Ok(reader.string()?.value()?.parse().ok());
    }
    reader.unsigned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn bound(body: &Value) -> u64 {
        head(body.to_string().as_bytes()).unwrap().input_tokens_bound
    }

    fn of_parts(parts: &[Value]) -> Value {
        json!({ "contents": [{ "role": "user", "parts": parts }] })
    }

    #[test]
    fn media_count_by_what_they_cost_and_not_by_their_base64() {
        let without = bound(&of_parts(&[]));
        let data = "A".repeat(1_000_000);
        for (blob, tokens) in [
            (json!({ "inlineData": { "mimeType": "image/png", "data": data } }), MAX_IMAGE_TOKENS),
            (json!({ "inline_data": { "data": data, "mime_type": "image/png" } }), MAX_IMAGE_TOKENS),
            (json!({ "inlineData": { "mimeType": "audio/ogg", "data": data } }), 32_258),
            (
                json!({ "inlineData": { "mimeType": "application/pdf", "data": "A".repeat(60) } }),
                MAX_PAGE_TOKENS,
            ),
            (json!({ "fileData": { "fileUri": "https://example.org/a.pdf" } }), MAX_CONTEXT_TOKENS),
        ] {
            for part in [blob.clone(), json!({ "functionResponse": { "name": "f", "parts": [blob] } })] {
                let counted = bound(&of_parts(std::slice::from_ref(&part)));
                assert!(
                    (without + tokens..without + tokens + 250).contains(&counted),
                    "{counted} for {part:.100}"
                );
            }
        }
    }

    #[test]
    fn what_the_provider_reads_itself_counts_as_much_as_it_can_be() {
        for body in [
            json!({ "contents": [], "cachedContent": "cachedContents/1" }),
            json!({ "contents": [], "cached_content": "cachedContents/1" }),
            json!({ "contents": [], "tools": [{ "url_context": {} }] }),
            json!({ "contents": [], "tools": [{ "functionDeclarations": [] }, { "fileSearch": {} }] }),
        ] {
            assert!(bound(&body) >= MAX_CONTEXT_TOKENS, "{body}");
        }
        for body in [
            json!({ "contents": [], "cachedContent": null }),
            json!({ "contents": [], "tools": [{ "googleSearch": {} }] }),
        ] {
            assert!(bound(&body) < 200, "{body}");
        }
    }

    #[test]
    fn text_cannot_pass_for_media() {
        let text = "A".repeat(100_000);
        let disguised = json!({ "inlineData": { "mimeType": "image/png", "data": text } });
        for body in [
            of_parts(&[json!({ "text": text })]),
            of_parts(&[json!({ "inlineData": { "mimeType": "text/plain", "data": text } })]),
            of_parts(&[json!({ "functionCall": { "name": "f", "args": disguised } })]),
            of_parts(&[json!({ "functionResponse": { "name": "f", "response": disguised } })]),
            json!({ "contents": [], "systemInstruction": { "parts": [{ "text": text }] } }),
            json!({ "contents": [], "tools": [{ "functionDeclarations": [{ "name": text }] }] }),
        ] {
            assert!(bound(&body) >= 100_000, "{}", bound(&body));
        }
    }

    #[test]
    fn limits_are_read_in_both_spellings_and_forms() {
        for config in [
            r#""generationConfig":{"maxOutputTokens":7,"candidateCount":2}"#,
            r#""generation_config":{"max_output_tokens":"7","candidate_count":2.0}"#,
        ] {
            let head = head(format!(r#"{{"contents":[],{config}}}"#).as_bytes()).unwrap();
            assert_eq!((head.max_output_tokens, head.choices), (Some(7), 2));
        }
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for body in [
            "",
            "[]",
            "{}",
            r#"{"contents":[]"#,
            r#"{"contents":[]} x"#,
            r#"{"contents":[],"contents":[]}"#,
            r#"{"contents":[],"model":3}"#,
            r#"{"contents":[],"generationConfig":{},"generation_config":{"maxOutputTokens":9}}"#,
            r#"{"contents":[],"generationConfig":{"maxOutputTokens":1,"max_output_tokens":9}}"#,
            r#"{"contents":[],"model":"a","mod\u0065l":"b"}"#,
        ] {
            assert!(head(body.as_bytes()).is_err(), "{body}");
        }
        assert!(head(b"{\"contents\":\"\xff\"}").is_err());
    }

    proptest! {
        #[test]
        fn only_the_model_changes_and_only_where_there_is_one(name in "(?s).{1,12}", text in "(?s).{0,40}", named: bool) {
            let text = serde_json::to_string(&text).unwrap();
            let name_json = serde_json::to_string(&format!("models/{name}")).unwrap();
            let tail = format!("\"contents\" :[{{\"parts\":[{{\"text\":{text}}}]}}] }}");
            let start = if named { format!("{{ \"model\": {name_json}, ") } else { "{ ".to_owned() };
            let body = Bytes::from(format!("{start}{tail}"));
            let head = head(&body).unwrap();
            prop_assert_eq!(&head.model, if named { &name } else { "" });
            let written = retarget(&body, &head, "other").unwrap();
            let start = if named { "{ \"model\": \"models/other\", " } else { "{ " };
            prop_assert_eq!(written, Bytes::from(format!("{start}{tail}")));
        }
    }
}
