//! Requests without a prompt, by which clients load a model before they use it, or free its memory.

use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, json};

/// Such requests are short: longer ones have a prompt.
const MAX_BYTES: usize = 1_024;

/// What such a request is answered with.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The model that is to be loaded.
    pub model: String,
    /// The reply of `/api/chat`.
    pub reply: Value,
}

/// The answer to a request for `/api/chat` without messages; `None` for every other. Nothing is loaded: what
/// serves the model sees to that itself when it is asked.
pub fn answer(body: &[u8]) -> Option<Loaded> {
    #[derive(Deserialize)]
    struct Request {
        model: String,
        #[serde(default)]
        messages: Vec<IgnoredAny>,
        #[serde(default)]
        keep_alive: Value,
    }
    let request: Request = serde_json::from_slice(body).ok().filter(|_| body.len() <= MAX_BYTES)?;
    if !request.messages.is_empty() {
        return None;
    }
    let frees = [json!(0), json!("0"), json!("0s")].contains(&request.keep_alive);
    let reply = json!({
        "created_at": null, "model": request.model, "message": { "role": "assistant", "content": "" },
        "done": true, "done_reason": if frees { "unload" } else { "load" },
    });
    Some(Loaded { model: request.model, reply })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_request_without_messages_is_about_loading() {
        let reason = |body: Value| {
            answer(body.to_string().as_bytes()).map(|loaded| loaded.reply["done_reason"].clone())
        };
        assert_eq!(reason(json!({ "model": "m" })), Some(json!("load")));
        assert_eq!(reason(json!({ "model": "m", "messages": [], "keep_alive": 0 })), Some(json!("unload")));
        assert_eq!(reason(json!({ "model": "m", "messages": [{}] })), None);
        assert_eq!(reason(json!({ "messages": [] })), None);
        assert_eq!(reason(json!({ "model": "m", "x": "y".repeat(2_000) })), None);
        assert_eq!(answer(b"no json"), None);
    }
}
