//! The hot path of requests: what the gateway needs of a body, and the same body for another model.

use super::Flavour;
use crate::{
    bad_request,
    head::{Media, each_object},
    json::{JsonError, JsonReader},
    openai::bounds::{Decisive, not_json},
    splice,
};
use bytes::Bytes;
use llm::{LlmError, RequestHead, Service};
use memchr::memmem;
use std::ops::Range;

/// See [`Decisive`].
const DECISIVE: [&str; 8] = [
    "model",
    "stream",
    "stream_options",
    "max_tokens",
    "max_completion_tokens",
    "n",
    "messages",
    "service_tier",
];

/// Reads the head of a chat or embeddings request.
pub(super) fn read(body: &[u8]) -> Result<RequestHead, LlmError> {
    let text = std::str::from_utf8(body).map_err(|_| bad_request("the body is not UTF-8"))?;
    let mut decisive = Decisive::new(&DECISIVE);
    let mut head = RequestHead { choices: 1, ..RequestHead::default() };
    let mut media = Media::default();
    let mut input = false;
    let mut reader = JsonReader::new(text);
    reader.enter_object().map_err(not_json)?;
    while let Some(key) = reader.next_key().map_err(not_json)? {
        decisive.check(&key)?;
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
    head.input_tokens_bound = media.bound(body);
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
        "service_tier" if reader.peek() == Some(b'"') => {
            head.service = Service::from_name(&reader.string()?.value()?);
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

fn messages(reader: &mut JsonReader<'_>, media: &mut Media) -> Result<(), JsonError> {
    each_object(reader, |reader, key| match (key, reader.peek()) {
        ("content", Some(b'[')) => each_object(reader, |reader, key| content_part(key, reader, media)),
        _ => reader.skip().map(drop),
    })
}

fn content_part(key: &str, reader: &mut JsonReader<'_>, media: &mut Media) -> Result<(), JsonError> {
    let source = match key {
        "image_url" | "file" | "input_audio" | "video_url" => source(reader)?,
        _ => return reader.skip().map(drop),
    };
    match key {
        "image_url" if source.is_picture => media.picture(source.base64_bytes, source.low_detail),
        "input_audio" => media.sound(source.base64_bytes),
        _ => media.unknown(source.base64_bytes),
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

#[cfg(test)]
mod tests;
