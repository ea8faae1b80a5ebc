//! Reasoning items, and what has to come back with them unchanged.
//!
//! A provider's reasoning item that has something sealed (`encrypted_content`; some vendors beside OpenAI have
//! a `signature`) is kept whole as the `signature` of a [`llm::Part::Reasoning`], behind [`SIGNATURE_TAG`], and
//! goes back to a provider of this format as it came. The other way round, what another format sealed goes to
//! a caller of this one as the `encrypted_content` of an item, behind [`OWN_TAG`]; so does the token of a tool
//! call, in an item of its own before the call, because the call has no field for it. Clients send such items
//! back unseen; no provider of this format is sent them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Marks a signature in the vocabulary as a reasoning item, so that no other provider is sent it.
pub(crate) const SIGNATURE_TAG: &str = "openai-responses:";

/// Begins the `encrypted_content` of the items that Familiar makes.
pub(super) const OWN_TAG: &str = "familiar-sealed:";

/// What is sealed in a reasoning item.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Seal {
    /// See [`llm::Part::Reasoning`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) signature: Option<String>,
    /// See [`llm::Part::Reasoning`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) redacted: Option<String>,
    /// The token of the tool call that comes next; the item is nothing but its carrier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) call: Option<String>,
}

impl Seal {
    /// Whether nothing is sealed.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Reads what is sealed in an item, be it a provider's or Familiar's own.
    pub(super) fn of_item(item: &Value) -> Self {
        let text = |name: &str| item.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let sealed = text("encrypted_content");
        if let Some(own) = sealed.and_then(|sealed| sealed.strip_prefix(OWN_TAG)) {
            return serde_json::from_str(own).unwrap_or_default();
        }
        if sealed.is_none() && text("signature").is_none() {
            return Self::default();
        }
        let mut item = item.as_object().cloned().unwrap_or_default();
        // A status belongs to the reply, and providers refuse fields that are null.
        item.retain(|name, value| name != "status" && !value.is_null());
        let signature = Some(format!("{SIGNATURE_TAG}{}", Value::Object(item)));
        Self { signature, ..Self::default() }
    }

    /// The `encrypted_content` of an item for callers; `None` where nothing is sealed.
    pub(super) fn encrypted_content(&self) -> Option<String> {
        // Strings can always be written.
        (!self.is_empty()).then(|| format!("{OWN_TAG}{}", serde_json::to_string(self).unwrap_or_default()))
    }
}

/// The provider's item that a signature holds, if it is one of this format.
pub(super) fn providers_item(signature: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(signature.strip_prefix(SIGNATURE_TAG)?).ok()
}

/// Stands between the parts of a summary where they become one text.
pub(super) const BETWEEN_SUMMARIES: &str = "\n\n";

/// The readable text of an item: its summary, or where it has none, the thinking itself.
pub(super) fn readable(item: &Value) -> String {
    let texts = |name: &str| -> Vec<&str> {
        let parts = item.get(name).and_then(Value::as_array);
        parts.into_iter().flatten().filter_map(|part| part.get("text")?.as_str()).collect()
    };
    let summary = texts("summary");
    if summary.is_empty() { texts("content").concat() } else { summary.join(BETWEEN_SUMMARIES) }
}
