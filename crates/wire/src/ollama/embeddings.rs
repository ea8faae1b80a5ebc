//! The older `/api/embeddings`, which takes one text and gives one vector, as `/api/embed`.

use crate::{bad_request, malformed};
use bytes::Bytes;
use llm::LlmError;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The request to `/api/embed` that asks the same.
///
/// # Errors
/// Where there is no text.
pub fn to_embed(body: &[u8]) -> Result<Bytes, LlmError> {
    let mut fields: Map<String, Value> = serde_json::from_slice(body)
        .map_err(|error| bad_request(format!("the body is not a JSON object: {error}")))?;
    let Some(prompt) = fields.shift_remove("prompt").filter(Value::is_string) else {
        return Err(bad_request("`prompt` must be a string"));
    };
    fields.insert("input".to_owned(), prompt);
    Ok(Value::Object(fields).to_string().into())
}

/// The reply out of the one of `/api/embed`.
///
/// # Errors
/// Where that holds no vector.
pub fn from_embed(body: &[u8]) -> Result<Bytes, LlmError> {
    #[derive(Deserialize)]
    struct Embedded {
        embeddings: [Vec<f32>; 1],
    }
    let Embedded { embeddings: [embedding] } =
        serde_json::from_slice(body).map_err(|error| malformed("the reply", &error))?;
    Ok(json!({ "embedding": embedding }).to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_form_is_the_newer_one_for_one_text() {
        let asked: Value =
            serde_json::from_slice(&to_embed(br#"{"model":"m","prompt":"x","options":{}}"#).unwrap())
                .unwrap();
        assert_eq!(asked, json!({ "model": "m", "options": {}, "input": "x" }));
        assert!(to_embed(br#"{"model":"m","prompt":["x"]}"#).is_err());
        let reply = from_embed(br#"{"model":"m","embeddings":[[0.5,1.0]]}"#).unwrap();
        assert_eq!(reply, br#"{"embedding":[0.5,1.0]}"#.as_slice());
        assert!(from_embed(br#"{"embeddings":[]}"#).is_err());
    }
}
