//! A JSON object read field by field, so that what nobody asked for can be reported by its path.

use super::bad_request as bad;
use llm::LlmError;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{borrow::Cow, collections::BTreeMap};

/// A name in camel case; an underscore at its beginning stays.
pub(super) fn camel_case(name: Cow<'_, str>) -> Cow<'_, str> {
    if !name.contains('_') {
        return name;
    }
    let mut written = String::with_capacity(name.len());
    let mut after_underscore = false;
    for character in name.chars() {
        if character == '_' && !written.is_empty() {
            after_underscore = true;
        } else if std::mem::take(&mut after_underscore) {
            written.push(character.to_ascii_uppercase());
        } else {
            written.push(character);
        }
    }
    Cow::Owned(written)
}

/// The fields of one JSON object of a caller's request; values are parsed when they are taken.
pub(super) struct Fields<'a> {
    values: BTreeMap<Cow<'a, str>, &'a RawValue>,
    /// Where the object stands in the body; empty for the body itself.
    path: String,
}

impl<'a> Fields<'a> {
    /// Reads the object that is the whole body.
    pub(super) fn of_body(body: &'a [u8]) -> Result<Self, LlmError> {
        let values = serde_json::from_slice(body)
            .map_err(|error| bad(format!("the body is not a JSON object: {error}")))?;
        Ok(Self { values, path: String::new() })
    }

    /// Reads the object at `path`.
    pub(super) fn of(value: &'a RawValue, path: String) -> Result<Self, LlmError> {
        match serde_json::from_str(value.get()) {
            Ok(values) => Ok(Self { values, path }),
            Err(_) => Err(bad(format!("`{path}` is not an object"))),
        }
    }

    /// The same object with its fields' names in camel case (`max_tokens` becomes `maxTokens`), for formats
    /// that take both; a field that is there in both is refused.
    pub(super) fn in_camel_case(self) -> Result<Self, LlmError> {
        if !self.values.keys().any(|key| key.contains('_')) {
            return Ok(self);
        }
        let mut values = BTreeMap::new();
        for (key, value) in self.values {
            let name = camel_case(key);
            if values.contains_key(&name) {
                return Err(bad(format!("`{name}` is there twice")));
            }
            values.insert(name, value);
        }
        Ok(Self { values, path: self.path })
    }

    /// The path of a field of this object.
    pub(super) fn path_of(&self, key: &str) -> String {
        match self.path.as_str() {
            "" => key.to_owned(),
            path => format!("{path}.{key}"),
        }
    }

    /// Takes a field as it stands; `null` counts as absent.
    pub(super) fn raw(&mut self, key: &str) -> Option<&'a RawValue> {
        self.values.remove(key).filter(|value| value.get() != "null")
    }

    /// Takes a field as a `T`.
    pub(super) fn get<T: Deserialize<'a>>(&mut self, key: &str) -> Result<Option<T>, LlmError> {
        let Some(value) = self.raw(key) else { return Ok(None) };
        match serde_json::from_str(value.get()) {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(bad(format!("`{}` cannot be read: {error}", self.path_of(key)))),
        }
    }

    /// Takes a field that has to be there.
    pub(super) fn required<T: Deserialize<'a>>(&mut self, key: &str) -> Result<T, LlmError> {
        self.get(key)?.ok_or_else(|| bad(format!("`{}` is missing", self.path_of(key))))
    }

    /// Takes a field that is an object.
    pub(super) fn object(&mut self, key: &str) -> Result<Option<Self>, LlmError> {
        let Some(value) = self.raw(key) else { return Ok(None) };
        Self::of(value, self.path_of(key)).map(Some)
    }

    /// Takes a field that has to be there and to be an object.
    pub(super) fn described(&mut self, key: &str) -> Result<Self, LlmError> {
        self.object(key)?.ok_or_else(|| bad(format!("`{}` is missing", self.path_of(key))))
    }

    /// Takes a field that is a list, each item with its path.
    pub(super) fn list(&mut self, key: &str) -> Result<Vec<(&'a RawValue, String)>, LlmError> {
        let items: Vec<&RawValue> = self.get(key)?.unwrap_or_default();
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let path = self.path_of(key);
        Ok(items.into_iter().enumerate().map(|(at, item)| (item, format!("{path}[{at}]"))).collect())
    }

    /// Reports what has not been taken.
    pub(super) fn report_rest(self, unmapped: &mut Vec<String>) {
        let left = self.values.iter().filter(|(_, value)| value.get() != "null");
        unmapped.extend(left.map(|(key, _)| self.path_of(key)));
    }
}
