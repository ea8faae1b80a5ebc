//! An object of a caller's request: fields are taken out of it, and what is left was not understood.

use crate::wire::bad_request;
use llm::LlmError;
use serde_json::{Map, Value};

/// The fields of an object, and where it stands.
#[derive(Debug)]
pub(super) struct Fields {
    fields: Map<String, Value>,
    path: String,
}

impl Fields {
    /// The fields of the object at `path`; an empty path is the body.
    pub(super) fn new(value: Value, path: &str) -> Result<Self, LlmError> {
        match value {
            Value::Object(fields) => Ok(Self { fields, path: path.to_owned() }),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                let path = if path.is_empty() { "the body" } else { path };
                Err(bad_request(format!("`{path}` must be an object")))
            }
        }
    }

    /// The path of one of the fields.
    pub(super) fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// Takes a field out; `null` counts as absent.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.fields.remove(name).filter(|value| !value.is_null())
    }

    /// Takes a field out if it has this value, which means nothing.
    pub(super) fn forget(&mut self, name: &str, value: &Value) {
        if self.fields.get(name) == Some(value) {
            self.fields.remove(name);
        }
    }

    /// Takes a field that must be there.
    pub(super) fn required(&mut self, name: &str) -> Result<Value, LlmError> {
        self.take(name).ok_or_else(|| bad_request(format!("`{}` is missing", self.path_of(name))))
    }

    /// Takes a text that must be there.
    pub(super) fn required_text(&mut self, name: &str) -> Result<String, LlmError> {
        let text = self.text(name)?.filter(|text| !text.is_empty());
        text.ok_or_else(|| bad_request(format!("`{}` is missing", self.path_of(name))))
    }

    /// Takes a text.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, LlmError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => self.must_be(name, "a string"),
        }
    }

    /// Takes a list; empty when absent.
    pub(super) fn list(&mut self, name: &str) -> Result<Vec<Value>, LlmError> {
        match self.take(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) => Ok(list),
            Some(_) => self.must_be(name, "a list"),
        }
    }

    /// Takes a number.
    pub(super) fn number(&mut self, name: &str) -> Result<Option<f64>, LlmError> {
        self.typed(name, "a number", Value::as_f64)
    }

    /// Takes a whole number that is not negative.
    pub(super) fn unsigned(&mut self, name: &str) -> Result<Option<u64>, LlmError> {
        self.typed(name, "a whole number that is not negative", Value::as_u64)
    }

    /// Takes a whole number.
    pub(super) fn integer(&mut self, name: &str) -> Result<Option<i64>, LlmError> {
        self.typed(name, "a whole number", Value::as_i64)
    }

    /// Takes `true` or `false`.
    pub(super) fn boolean(&mut self, name: &str) -> Result<Option<bool>, LlmError> {
        self.typed(name, "`true` or `false`", Value::as_bool)
    }

    /// Lists what was not taken.
    pub(super) fn leave(self, unmapped: &mut Vec<String>) {
        let left = self.fields.iter().filter(|(_, value)| !value.is_null());
        unmapped.extend(left.map(|(name, _)| self.path_of(name)));
    }

    fn typed<T>(
        &mut self,
        name: &str,
        expected: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, LlmError> {
        match self.take(name) {
            None => Ok(None),
            Some(value) => match read(&value) {
                Some(value) => Ok(Some(value)),
                None => self.must_be(name, expected),
            },
        }
    }

    fn must_be<T>(&self, name: &str, expected: &str) -> Result<T, LlmError> {
        Err(bad_request(format!("`{}` must be {expected}", self.path_of(name))))
    }
}
