//! `/api/generate` as a chat of one turn: its requests as those of `/api/chat`, and the replies back.

use crate::bad_request;
use bytes::Bytes;
use llm::LlmError;
use serde_json::{Map, Value, json};

/// The request to `/api/chat` that asks the same.
///
/// # Errors
/// Where it asks for what a chat has no place for: a prompt that is not put into the model's own template, a
/// text to stand after the answer, or the tokens of an earlier one.
pub fn to_chat(body: &[u8]) -> Result<Bytes, LlmError> {
    let mut fields: Map<String, Value> = serde_json::from_slice(body)
        .map_err(|error| bad_request(format!("the body is not a JSON object: {error}")))?;
    for (name, instead) in [
        ("raw", "the prompt is always put into the model's own template"),
        ("template", "the model's own template is always used"),
        ("suffix", "only text after the prompt can be written"),
        ("context", "send the conversation to `/api/chat` instead"),
    ] {
        if fields.shift_remove(name).is_some_and(|value| says_something(&value)) {
            return Err(bad_request(format!("`{name}` cannot be carried out here: {instead}")));
        }
    }
    let mut text = |name: &str| match fields.shift_remove(name) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(bad_request(format!("`{name}` is `{other}`; it must be a string"))),
    };
    let (system, prompt) = (text("system")?, text("prompt")?);
    let images = fields.shift_remove("images").filter(says_something);
    let mut messages = Vec::new();
    if !prompt.is_empty() || images.is_some() {
        if !system.is_empty() {
            messages.push(json!({ "role": "system", "content": system }));
        }
        let mut message = json!({ "role": "user", "content": prompt });
        if let (Some(images), Some(message)) = (images, message.as_object_mut()) {
            message.insert("images".to_owned(), images);
        }
        messages.push(message);
    }
    fields.insert("messages".to_owned(), messages.into());
    Ok(Value::Object(fields).to_string().into())
}

/// A reply of `/api/chat`, or a line of one, as one of `/api/generate`; what is none stays as it is.
pub fn from_chat(line: &[u8]) -> Bytes {
    let unchanged = || Bytes::copy_from_slice(line);
    let Ok(mut fields) = serde_json::from_slice::<Map<String, Value>>(line) else { return unchanged() };
    let Some(Value::Object(mut message)) = fields.remove("message") else { return unchanged() };
    let content = message.remove("content").unwrap_or_else(|| "".into());
    fields.insert("response".to_owned(), content);
    for name in ["thinking", "tool_calls"] {
        fields.extend(message.remove(name).map(|value| (name.to_owned(), value)));
    }
    let mut written = Value::Object(fields).to_string();
    if line.ends_with(b"\n") {
        written.push('\n');
    }
    written.into()
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chat(body: &Value) -> Result<Value, String> {
        let written = to_chat(body.to_string().as_bytes()).map_err(|error| error.message)?;
        Ok(serde_json::from_slice(&written).unwrap())
    }

    #[test]
    fn a_prompt_is_a_chat_of_one_turn() {
        let asked = json!({
            "model": "m", "system": "be kind", "prompt": "why?", "images": ["AAAA"], "options": { "seed": 1 },
            "raw": false, "context": [], "suffix": "", "keep_alive": "5m", "stream": false, "format": "json",
        });
        let expected = json!({
            "model": "m", "options": { "seed": 1 }, "keep_alive": "5m", "stream": false, "format": "json",
            "messages": [
                { "role": "system", "content": "be kind" },
                { "role": "user", "content": "why?", "images": ["AAAA"] },
            ],
        });
        assert_eq!(chat(&asked).unwrap(), expected);
        assert_eq!(chat(&json!({ "model": "m" })).unwrap(), json!({ "model": "m", "messages": [] }));
    }

    #[test]
    fn what_a_chat_has_no_place_for_is_refused_by_name() {
        for (name, value) in [
            ("raw", json!(true)),
            ("template", json!("{{ .Prompt }}")),
            ("suffix", json!("}")),
            ("context", json!([1, 2])),
            ("prompt", json!(3)),
        ] {
            let mut asked = json!({ "model": "m", "prompt": "why?" });
            asked[name] = value;
            let message = chat(&asked).unwrap_err();
            assert!(message.contains(&format!("`{name}`")), "{message}");
        }
    }

    #[test]
    fn replies_come_back_in_the_form_of_generate() {
        let line = json!({ "model": "m", "message": { "role": "assistant", "content": "yes", "thinking": "hm" }, "done": true });
        let written: Value = serde_json::from_slice(&from_chat(format!("{line}\n").as_bytes())).unwrap();
        assert_eq!(written, json!({ "model": "m", "done": true, "response": "yes", "thinking": "hm" }));
        for other in [&b"{\"error\":\"x\"}\n"[..], b"no json", b""] {
            assert_eq!(from_chat(other), other);
        }
    }
}
