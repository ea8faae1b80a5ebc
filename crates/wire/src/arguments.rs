//! A tool call's arguments for formats that demand a JSON object where the vocabulary has a text.

use serde_json::{json, value::RawValue};
use std::borrow::Cow;

/// The arguments as an object.
pub(super) struct Arguments<'a> {
    /// The object: the text itself where it is one.
    pub(super) object: Cow<'a, RawValue>,
    /// Whether the model's text was an object, or empty; a text that was not is kept inside one.
    pub(super) intact: bool,
}

/// Reads the arguments as the model wrote them.
pub(super) fn object(text: &str) -> Arguments<'_> {
    let value: Option<&RawValue> = serde_json::from_str(text).ok();
    if let Some(object) = value.filter(|value| value.get().starts_with('{')) {
        return Arguments { object: Cow::Borrowed(object), intact: true };
    }
    let intact = text.trim().is_empty();
    let wrapped = if intact { json!({}) } else { json!({ "invalid_arguments": text }) };
    // A JSON value can always be written.
    let object = serde_json::value::to_raw_value(&wrapped).unwrap_or_else(|_| RawValue::NULL.to_owned());
    Arguments { object: Cow::Owned(object), intact }
}
