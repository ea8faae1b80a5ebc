//! The hot path of requests: what the gateway needs of a body, and the same body for another model.

use super::sealed::OWN_TAG;
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
use serde::Deserialize;
use std::{borrow::Cow, ops::Range};

/// See [`Decisive`].
const DECISIVE: [&str; 10] = [
    "model",
    "stream",
    "max_output_tokens",
    "input",
    "instructions",
    "previous_response_id",
    "conversation",
    "prompt",
    "background",
    "service_tier",
];

/// Reads the head of a request.
pub(super) fn read(body: &[u8]) -> Result<RequestHead, LlmError> {
    let text = std::str::from_utf8(body).map_err(|_| bad_request("the body is not UTF-8"))?;
    let mut decisive = Decisive::new(&DECISIVE);
    let mut reading = Reading {
        // The last event has it, asked for or not.
        head: RequestHead { choices: 1, wants_stream_usage: true, ..RequestHead::default() },
        media: Media::default(),
        has_input: false,
        in_background: false,
    };
    let mut reader = JsonReader::new(text);
    reader.enter_object().map_err(not_json)?;
    while let Some(key) = reader.next_key().map_err(not_json)? {
        decisive.check(&key)?;
        reading.field(&key, &mut reader).map_err(not_json)?;
    }
    reader.end().map_err(not_json)?;
    let Reading { mut head, media, has_input, in_background } = reading;
    if head.model.is_empty() {
        return Err(bad_request("`model` must be the name of a model"));
    }
    if !has_input && !head.refers_to_provider {
        return Err(bad_request("the request has no `input`"));
    }
    if in_background {
        return Err(bad_request(
            "`background` cannot be used here, because nobody would fetch that answer and count its cost; \
             leave it out, and ask for a stream if the answer takes long",
        ));
    }
    head.input_tokens_bound = media.bound(body);
    Ok(head)
}

/// What has been read of a body.
struct Reading {
    head: RequestHead,
    media: Media,
    has_input: bool,
    in_background: bool,
}

impl Reading {
    fn field(&mut self, key: &str, reader: &mut JsonReader<'_>) -> Result<(), JsonError> {
        match key {
            "model" => {
                let model = reader.string()?;
                self.head.model = model.value()?.into_owned();
                self.head.model_span = model.span;
            }
            "stream" => self.head.stream = reader.boolean()?.unwrap_or(false),
            "max_output_tokens" => self.head.max_output_tokens = reader.unsigned()?,
            "service_tier" if reader.peek() == Some(b'"') => {
                self.head.service = Service::from_name(&reader.string()?.value()?);
            }
            "background" => self.in_background = reader.boolean()? == Some(true),
            "previous_response_id" | "conversation" | "prompt" => {
                if reader.peek() != Some(b'n') {
                    self.refers_to_provider();
                }
                reader.skip()?;
            }
            "tools" => each_object(reader, |reader, key| self.tool(key, reader))?,
            "input" => {
                self.has_input = true;
                self.items(reader)?;
            }
            _ => {
                reader.skip()?;
            }
        }
        Ok(())
    }

    /// What the provider adds to the prompt by itself can be as long as the context window.
    fn refers_to_provider(&mut self) {
        self.head.refers_to_provider = true;
        self.media.unknown(0);
    }

    /// A tool that runs at the provider puts what it finds into the prompt.
    fn tool(&mut self, key: &str, reader: &mut JsonReader<'_>) -> Result<(), JsonError> {
        if key != "type" || reader.peek() != Some(b'"') {
            return reader.skip().map(drop);
        }
        if !matches!(&*reader.string()?.value()?, "function" | "custom") {
            self.media.unknown(0);
        }
        Ok(())
    }

    fn items(&mut self, reader: &mut JsonReader<'_>) -> Result<(), JsonError> {
        if reader.peek() != Some(b'[') {
            return reader.skip().map(drop);
        }
        reader.enter_array()?;
        while reader.next_item()? {
            if reader.peek() == Some(b'{') {
                self.item(reader)?;
            } else {
                reader.skip()?;
            }
        }
        Ok(())
    }

    fn item(&mut self, reader: &mut JsonReader<'_>) -> Result<(), JsonError> {
        let (mut is_named, mut is_reference, mut says_what) = (false, false, false);
        reader.enter_object()?;
        while let Some(key) = reader.next_key()? {
            match (&*key, reader.peek()) {
                ("type", Some(b'"')) => {
                    says_what = true;
                    is_reference = matches!(&*reader.string()?.value()?, "item_reference" | "compaction");
                }
                ("role", _) => {
                    says_what = true;
                    reader.skip()?;
                }
                ("id", _) => {
                    is_named = true;
                    reader.skip()?;
                }
                ("content" | "output", Some(b'[')) => self.parts(reader)?,
                // Of a computer's screen.
                ("output", Some(b'{')) => self.part(reader)?,
                _ => {
                    reader.skip()?;
                }
            }
        }
        if is_reference || (is_named && !says_what) {
            self.refers_to_provider();
        }
        Ok(())
    }

    fn parts(&mut self, reader: &mut JsonReader<'_>) -> Result<(), JsonError> {
        reader.enter_array()?;
        while reader.next_item()? {
            if reader.peek() == Some(b'{') {
                self.part(reader)?;
            } else {
                reader.skip()?;
            }
        }
        Ok(())
    }

    /// Media are counted by what the part says it is, and as text where that is not clear.
    fn part(&mut self, reader: &mut JsonReader<'_>) -> Result<(), JsonError> {
        let mut kind = Cow::Borrowed("");
        let (mut picture, mut file, mut sound) = (None, 0, 0);
        let mut low_detail = false;
        reader.enter_object()?;
        while let Some(key) = reader.next_key()? {
            match (&*key, reader.peek()) {
                ("type", Some(b'"')) => kind = reader.string()?.value()?,
                ("detail", Some(b'"')) => low_detail = reader.string()?.raw == "low",
                ("image_url", Some(b'"')) => picture = Some(reader.string()?.raw),
                ("file_data", Some(b'"')) => file = reader.string()?.raw.len(),
                ("input_audio", Some(b'{')) => sound = data_length(reader)?,
                _ => {
                    reader.skip()?;
                }
            }
        }
        match &*kind {
            "input_image" | "computer_screenshot" => match picture {
                Some(raw) if raw.starts_with("data:image") => self.media.picture(raw.len(), low_detail),
                Some(raw) if raw.starts_with("data:") => self.media.unknown(raw.len()),
                Some(_) | None => self.media.picture(0, low_detail),
            },
            "input_file" => self.media.unknown(file),
            "input_audio" => self.media.sound(sound),
            _ => {}
        }
        Ok(())
    }
}

/// The length of the base64 text of a sound.
fn data_length(reader: &mut JsonReader<'_>) -> Result<usize, JsonError> {
    let mut length = 0;
    reader.enter_object()?;
    while let Some(key) = reader.next_key()? {
        match (&*key, reader.peek()) {
            ("data", Some(b'"')) => length = reader.string()?.raw.len(),
            _ => {
                reader.skip()?;
            }
        }
    }
    Ok(length)
}

/// The same body for another model. Items that Familiar made for what another format sealed are left out:
/// no provider can read them.
pub(super) fn retarget(body: &Bytes, head: &RequestHead, model: &str) -> Result<Bytes, LlmError> {
    // Nearly always there are none.
    if memmem::find(body, OWN_TAG.as_bytes()).is_none() {
        return splice::replace_model(body, head, model);
    }
    let text = std::str::from_utf8(body).map_err(|_| bad_request("the body is not UTF-8"))?;
    let name = serde_json::Value::from(model).to_string();
    let mut replacements = vec![(head.model_span.clone(), name)];
    replacements.extend(without_own_items(text).map_err(not_json)?);
    splice::splice(body, &mut replacements)
}

/// Where the input stands, and what of it is not Familiar's own; `None` where it is no list.
fn without_own_items(text: &str) -> Result<Option<(Range<usize>, String)>, JsonError> {
    let mut reader = JsonReader::new(text);
    reader.enter_object()?;
    while let Some(key) = reader.next_key()? {
        if key != "input" || reader.peek() != Some(b'[') {
            reader.skip()?;
            continue;
        }
        let start = reader.position();
        let mut kept = Vec::new();
        reader.enter_array()?;
        while reader.next_item()? {
            let item = text.get(reader.skip()?).unwrap_or_default();
            if !is_own(item) {
                kept.push(item);
            }
        }
        return Ok(Some((start..reader.position(), format!("[{}]", kept.join(",")))));
    }
    Ok(None)
}

/// Whether an item is one that Familiar made.
fn is_own(item: &str) -> bool {
    #[derive(Deserialize)]
    struct Item<'a> {
        #[serde(rename = "type", borrow)]
        kind: Cow<'a, str>,
        #[serde(borrow)]
        encrypted_content: Cow<'a, str>,
    }
    let own = |item: Item<'_>| item.kind == "reasoning" && item.encrypted_content.starts_with(OWN_TAG);
    item.contains(OWN_TAG) && serde_json::from_str(item).is_ok_and(own)
}

#[cfg(test)]
mod tests;
