//! Fields of JSON objects, taken out one by one so that what is left is what nobody knows.

use base64::{
    Engine as _, engine::DecodePaddingMode, engine::general_purpose::GeneralPurposeConfig,
    prelude::BASE64_STANDARD,
};
use serde_json::{Map, Number, Value};

/// An object whose known fields are being taken. One of another type than it should be stays, and is told.
pub(super) struct Fields<'a> {
    pub(super) map: Map<String, Value>,
    at: String,
    notes: &'a mut Vec<String>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(map: Map<String, Value>, at: impl Into<String>, notes: &'a mut Vec<String>) -> Self {
        Self { map, at: at.into(), notes }
    }

    /// Takes a field if `read` makes something of it; `null` counts as missing.
    pub(super) fn take<T>(
        &mut self,
        name: &str,
        wanted: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.map.get(name)?;
        if value.is_null() {
            self.map.remove(name);
            return None;
        }
        match read(value) {
            Some(read) => {
                self.map.remove(name);
                Some(read)
            }
            None => {
                self.notes.push(format!("`{}{name}` is no {wanted}; it is kept, but not used", self.at));
                None
            }
        }
    }

    pub(super) fn text(&mut self, name: &str) -> String {
        self.optional_text(name).unwrap_or_default()
    }

    pub(super) fn optional_text(&mut self, name: &str) -> Option<String> {
        self.take(name, "text", |value| value.as_str().map(str::to_owned))
    }

    pub(super) fn texts(&mut self, name: &str) -> Vec<String> {
        self.optional_texts(name).unwrap_or_default()
    }

    pub(super) fn optional_texts(&mut self, name: &str) -> Option<Vec<String>> {
        self.take(name, "list of texts", |value| {
            value.as_array()?.iter().map(|one| one.as_str().map(str::to_owned)).collect()
        })
    }

    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        self.take(name, "`true` or `false`", Value::as_bool)
    }

    pub(super) fn integer(&mut self, name: &str) -> Option<i64> {
        self.take(name, "whole number", Value::as_i64)
    }

    pub(super) fn count(&mut self, name: &str) -> Option<u32> {
        self.take(name, "whole number from 0", |value| value.as_u64()?.try_into().ok())
    }

    pub(super) fn number(&mut self, name: &str) -> Option<Number> {
        self.take(name, "number", |value| value.as_number().cloned())
    }

    pub(super) fn object(&mut self, name: &str) -> Option<Map<String, Value>> {
        self.take(name, "object", |value| value.as_object().cloned())
    }
}

/// Puts a field in, unless it says nothing and a field that could not be used is there.
pub(super) fn put(map: &mut Map<String, Value>, name: &str, value: Value) {
    let says_nothing = match &value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(inner) => inner.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    if !(says_nothing && map.contains_key(name)) {
        map.insert(name.to_owned(), value);
    }
}

/// Puts a field in if there is one.
pub(super) fn put_some(map: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        map.insert(name.to_owned(), value.into());
    }
}

/// Base64 as it is found in the wild: with line breaks, with and without padding.
pub(super) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let engine = base64::engine::GeneralPurpose::new(&base64::alphabet::STANDARD, config);
    let packed: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    engine.decode(packed).ok()
}

/// The media type of files with this ending.
fn media_type(ext: &str) -> &'static str {
    match ext.to_ascii_lowercase().as_str() {
        "png" | "apng" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "avif" => "image/avif",
        "svg" => "image/svg+xml",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "json" => "application/json",
        _ => "application/octet-stream",
    }
}

/// A file as an address that has it inside.
pub(super) fn data_uri(ext: &str, bytes: &[u8]) -> String {
    format!("data:{};base64,{}", media_type(ext), BASE64_STANDARD.encode(bytes))
}

/// The file inside such an address.
pub(super) fn from_data_uri(uri: &str) -> Option<Vec<u8>> {
    let (head, data) = uri.strip_prefix("data:")?.split_once(',')?;
    head.strip_suffix(";base64")?;
    base64(data.as_bytes())
}
