//! The hot path of requests: what the gateway needs of a body, and the same body for another model.

use super::Flavour;
use crate::wire::{
    bad_request,
    json::{JsonError, JsonReader},
    splice,
};
use bytes::Bytes;
use llm::{LlmError, RequestHead};
use memchr::memmem;
use std::ops::Range;

/// The most tokens a picture counts for. OpenAI's guide "Images and vision" has gpt-4o-mini as the dearest
/// model: 2,833 tokens and 5,667 for each tile of 512 pixels, of which a picture, scaled to fit into 2,048 by
/// 768, has 8 at the most.
const IMAGE_TOKENS_BOUND: u64 = 2_833 + 8 * 5_667;

/// The same with `"detail": "low"`: the base alone.
const LOW_DETAIL_IMAGE_TOKENS_BOUND: u64 = 2_833;

/// The most tokens a file or a video counts for: no size is published, but what is read has to fit the
/// context window, the largest of which at OpenAI is gpt-4.1's.
const FILE_TOKENS_BOUND: u64 = 1_047_576;

/// Sound counts a token for 100 ms at OpenAI; at 6 kbit/s, the least that speech codecs use, those are 75
/// bytes or 100 base64 characters.
const AUDIO_BASE64_CHARS_PER_TOKEN: u64 = 100;

/// The fields that decide about money and route: a body that has one of them twice, or in other letter
/// case, may mean one thing to Familiar and another to the provider.
const DECISIVE: [&str; 7] =
    ["model", "stream", "stream_options", "max_tokens", "max_completion_tokens", "n", "messages"];

/// Reads the head of a chat or embeddings request.
pub(super) fn read(body: &[u8]) -> Result<RequestHead, LlmError> {
    let text = std::str::from_utf8(body).map_err(|_| bad_request("the body is not UTF-8"))?;
    let mut seen = [false; DECISIVE.len()];
    let mut head = RequestHead { choices: 1, ..RequestHead::default() };
    let mut media = Media::default();
    let mut input = false;
    let mut reader = JsonReader::new(text);
    reader.enter_object().map_err(not_json)?;
    while let Some(key) = reader.next_key().map_err(not_json)? {
        if let Some(place) = DECISIVE.iter().position(|name| name.eq_ignore_ascii_case(&key)) {
            let twice = seen.get_mut(place).is_none_or(|seen| std::mem::replace(seen, true));
            if twice || DECISIVE.get(place) != Some(&&*key) {
                return Err(bad_request(format!("`{key}` is there twice or in another letter case")));
            }
        }
        input |= matches!(&*key, "messages" | "input" | "prompt");
        field(&key, &mut reader, &mut head, &mut media).map_err(not_json)?;
    }
    reader.end().map_err(not_json)?;
    if head.model.is_empty() {
        return Err(bad_request("`model` must be the name of a model"));
    }
    if !input {
        return Err(bad_request("the request has neither `messages` nor `input`"));
    }
    // The whole body stands for the prompt: names and brackets outweigh what vendors put around messages.
    let bytes = u64::try_from(body.len()).unwrap_or(u64::MAX);
    head.input_tokens_bound = bytes.saturating_sub(media.bytes).saturating_add(media.tokens);
    Ok(head)
}

fn field(
    key: &str,
    reader: &mut JsonReader<'_>,
    head: &mut RequestHead,
    media: &mut Media,
) -> Result<(), JsonError> {
    match key {
        "model" => {
            let model = reader.string()?;
            head.model = model.value()?.into_owned();
            head.model_span = model.span;
        }
        "stream" => head.stream = reader.boolean()?.unwrap_or(false),
        "max_tokens" | "max_completion_tokens" => {
            head.max_output_tokens = head.max_output_tokens.max(reader.unsigned()?);
        }
        "n" => {
            let choices = reader.unsigned()?.unwrap_or(1).max(1);
            head.choices = u32::try_from(choices).unwrap_or(u32::MAX);
        }
        "stream_options" => head.wants_stream_usage = usage_option(reader)?.asked,
        "messages" => messages(reader, media)?,
        _ => {
            reader.skip()?;
        }
    }
    Ok(())
}

/// The same body for another model, with usage asked for where a stream would not bring it.
pub(super) fn retarget(
    body: &Bytes,
    head: &RequestHead,
    model: &str,
    flavour: Flavour,
) -> Result<Bytes, LlmError> {
    let span = head.model_span.clone();
    if body.get(span.clone()).is_none_or(|old| old.first() != Some(&b'"')) {
        return Err(bad_request("the head is not that of this body"));
    }
    let mut model = serde_json::Value::from(model).to_string();
    let mut usage = None;
    if head.stream && !head.wants_stream_usage && flavour == Flavour::Tolerant {
        match place_for_usage(body).map_err(not_json)? {
            Some(splice) => usage = Some(splice),
            None => model.push_str(r#","stream_options":{"include_usage":true}"#),
        }
    }
    let mut replacements = vec![(span, model)];
    replacements.extend(usage);
    splice::splice(body, &mut replacements)
}

/// Where in an existing `stream_options` usage is to be asked for, and with which text; `None` when there is
/// no such field.
fn place_for_usage(body: &[u8]) -> Result<Option<(Range<usize>, String)>, JsonError> {
    // Without the name, and without an escape that could hide it, there is nothing to look for.
    if [&b"stream_options"[..], b"\\u"].iter().all(|needle| memmem::find(body, needle).is_none()) {
        return Ok(None);
    }
    let text = std::str::from_utf8(body).map_err(|_| JsonError { expected: "UTF-8", at: 0 })?;
    let mut reader = JsonReader::new(text);
    reader.enter_object()?;
    while let Some(key) = reader.next_key()? {
        if key == "stream_options" {
            return Ok(Some(usage_option(&mut reader)?.splice));
        }
        reader.skip()?;
    }
    Ok(None)
}

/// What `stream_options` says.
struct UsageOption {
    asked: bool,
    /// How to make it ask for usage.
    splice: (Range<usize>, String),
}

fn usage_option(reader: &mut JsonReader<'_>) -> Result<UsageOption, JsonError> {
    if reader.peek() != Some(b'{') {
        let span = reader.skip()?;
        return Ok(UsageOption { asked: false, splice: (span, r#"{"include_usage":true}"#.to_owned()) });
    }
    reader.enter_object()?;
    let inside = reader.position();
    let mut empty = true;
    let mut found = None;
    while let Some(key) = reader.next_key()? {
        empty = false;
        if key == "include_usage" {
            reader.peek();
            let start = reader.position();
            let asked = reader.boolean()? == Some(true);
            found = Some(UsageOption { asked, splice: (start..reader.position(), "true".to_owned()) });
        } else {
            reader.skip()?;
        }
    }
    let comma = if empty { "" } else { "," };
    Ok(found.unwrap_or_else(|| UsageOption {
        asked: false,
        splice: (inside..inside, format!(r#""include_usage":true{comma}"#)),
    }))
}

/// What in the messages is not text.
#[derive(Debug, Default)]
struct Media {
    /// Bytes of the body that are media in base64.
    bytes: u64,
    /// The most tokens that all media count for.
    tokens: u64,
}

impl Media {
    fn add(&mut self, base64_bytes: usize, tokens: u64) {
        self.bytes = self.bytes.saturating_add(u64::try_from(base64_bytes).unwrap_or(u64::MAX));
        self.tokens = self.tokens.saturating_add(tokens);
    }
}

fn messages(reader: &mut JsonReader<'_>, media: &mut Media) -> Result<(), JsonError> {
    each_object(reader, |reader, key| match (key, reader.peek()) {
        ("content", Some(b'[')) => each_object(reader, |reader, key| content_part(key, reader, media)),
        _ => reader.skip().map(drop),
    })
}

/// Reads a list of objects, handing over each of their fields; passes over whatever is something else.
fn each_object<'a>(
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

fn content_part(key: &str, reader: &mut JsonReader<'_>, media: &mut Media) -> Result<(), JsonError> {
    let source = match key {
        "image_url" | "file" | "input_audio" | "video_url" => source(reader)?,
        _ => return reader.skip().map(drop),
    };
    match key {
        "image_url" if source.is_picture => {
            let low = source.low_detail;
            media.add(
                source.base64_bytes,
                if low { LOW_DETAIL_IMAGE_TOKENS_BOUND } else { IMAGE_TOKENS_BOUND },
            );
        }
        "input_audio" => {
            let chars = u64::try_from(source.base64_bytes).unwrap_or(u64::MAX);
            media.add(source.base64_bytes, chars / AUDIO_BASE64_CHARS_PER_TOKEN + 1);
        }
        _ => media.add(source.base64_bytes, FILE_TOKENS_BOUND),
    }
    Ok(())
}

/// Where a part's bytes are.
#[derive(Debug, Default)]
struct Source {
    /// The length of what stands in the body itself.
    base64_bytes: usize,
    /// Whether it is a picture, or an address that may lead to one.
    is_picture: bool,
    low_detail: bool,
}

/// Reads a media object (or, as Mistral has it, just the address).
fn source(reader: &mut JsonReader<'_>) -> Result<Source, JsonError> {
    let mut source = Source::default();
    let address = |raw: &str, source: &mut Source| {
        source.is_picture = !raw.starts_with("data:") || raw.starts_with("data:image");
        source.base64_bytes = if raw.starts_with("data:") { raw.len() } else { 0 };
    };
    if reader.peek() == Some(b'"') {
        address(reader.string()?.raw, &mut source);
        return Ok(source);
    }
    if reader.peek() != Some(b'{') {
        reader.skip()?;
        return Ok(source);
    }
    reader.enter_object()?;
    while let Some(key) = reader.next_key()? {
        match (&*key, reader.peek()) {
            ("url" | "file_data", Some(b'"')) => address(reader.string()?.raw, &mut source),
            ("data", Some(b'"')) => source.base64_bytes = reader.string()?.raw.len(),
            ("detail", Some(b'"')) => source.low_detail = reader.string()?.raw == "low",
            _ => {
                reader.skip()?;
            }
        }
    }
    Ok(source)
}

fn not_json(error: JsonError) -> LlmError {
    bad_request(format!("the body cannot be read: {error}"))
}

#[cfg(test)]
mod tests;
