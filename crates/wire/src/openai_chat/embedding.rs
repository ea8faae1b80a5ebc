//! Embeddings, both directions, as floats and as base64 of little-endian f32.

use super::{chunk::Chunk, counted::Counted};
use crate::{
    bad_request,
    openai::{error, usage},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use llm::{EmbeddingReply, EmbeddingRequest, Encoded, LlmError, LlmErrorKind, Usage};
use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};

/// A request as callers send it.
#[derive(Debug, Deserialize)]
struct Incoming {
    model: String,
    input: Value,
    #[serde(default)]
    dimensions: Option<u32>,
    #[serde(default)]
    encoding_format: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// A reply as providers send it.
#[derive(Debug, Deserialize)]
struct Reply<'a> {
    #[serde(default)]
    model: Option<String>,
    #[serde(borrow)]
    data: Vec<Item<'a>>,
    #[serde(default, deserialize_with = "usage::deserialize")]
    usage: Option<Usage>,
}

#[derive(Debug, Deserialize)]
struct Item<'a> {
    #[serde(default)]
    index: Option<usize>,
    #[serde(borrow)]
    embedding: &'a RawValue,
}

/// Writes a request. Floats are asked for by default: every server has them, not every one base64.
pub(super) fn encode_request(request: &EmbeddingRequest) -> Result<Encoded, LlmError> {
    let mut body = json!({"model": request.model, "input": request.inputs});
    if let Some(dimensions) = request.dimensions {
        body["dimensions"] = dimensions.into();
    }
    let dropped = request.task.iter().map(|_task| "task".to_owned()).collect();
    Ok(Encoded { body: Bytes::from(body.to_string()), dropped })
}

/// Reads a reply; the vectors come out in the order of the inputs.
pub(super) fn decode_reply(body: &[u8]) -> Result<EmbeddingReply, LlmError> {
    let reply: Reply<'_> = match serde_json::from_slice(body) {
        Ok(reply) => reply,
        Err(error) => {
            let text = std::str::from_utf8(body).unwrap_or_default();
            let sent = Chunk::read(text, Counted::read).ok().and_then(|chunk| chunk.error());
            return Err(sent.unwrap_or_else(|| crate::malformed("the reply", &error)));
        }
    };
    let mut items: Vec<(usize, Vec<f32>)> = Vec::with_capacity(reply.data.len());
    for (place, item) in reply.data.iter().enumerate() {
        items.push((item.index.unwrap_or(place), vector(item.embedding.get())?));
    }
    items.sort_by_key(|(index, _)| *index);
    Ok(EmbeddingReply {
        model: reply.model.unwrap_or_default(),
        vectors: items.into_iter().map(|(_, vector)| vector).collect(),
        usage: reply.usage.unwrap_or_default(),
    })
}

/// Reads a caller's request. Lists of token ids belong to one vendor's tokenizer and cannot be carried.
pub(super) fn decode_request(body: &[u8]) -> Result<EmbeddingRequest, LlmError> {
    let incoming: Incoming = serde_json::from_slice(body)
        .map_err(|error| bad_request(format!("the body cannot be read: {error}")))?;
    // A list of token ids is the one thing that is a valid `input` and no list of strings.
    let inputs = match incoming.input.as_str() {
        Some(text) => vec![text.to_owned()],
        None => serde_json::from_value(incoming.input).map_err(|_| {
            bad_request("`input` must be a string or a list of strings; token ids cannot be translated")
        })?,
    };
    if inputs.is_empty() {
        return Err(bad_request("`input` is empty"));
    }
    let base64 = match incoming.encoding_format.as_deref() {
        None | Some("float") => false,
        Some("base64") => true,
        Some(other) => return Err(bad_request(format!("`encoding_format` cannot be `{other}`"))),
    };
    let unmapped =
        incoming.rest.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name).collect();
    let Incoming { model, dimensions, .. } = incoming;
    Ok(EmbeddingRequest { model, inputs, dimensions, base64, unmapped, ..EmbeddingRequest::default() })
}

/// Writes a reply to a caller.
pub(super) fn encode_reply(reply: &EmbeddingReply, base64: bool) -> Result<Bytes, LlmError> {
    let embedding = |vector: &Vec<f32>| -> Value {
        if base64 {
            let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
            STANDARD.encode(bytes).into()
        } else {
            json!(vector)
        }
    };
    let data: Vec<Value> = reply
        .vectors
        .iter()
        .enumerate()
        .map(|(index, vector)| json!({"object": "embedding", "index": index, "embedding": embedding(vector)}))
        .collect();
    let tokens = reply.usage.total_input();
    let body = json!({"object": "list", "data": data, "model": reply.model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens}});
    Ok(Bytes::from(body.to_string()))
}

fn vector(json: &str) -> Result<Vec<f32>, LlmError> {
    let bad = |what: &str| LlmError::new(LlmErrorKind::Malformed, format!("an embedding is not {what}"));
    if !json.starts_with('"') {
        return serde_json::from_str(json).map_err(|_| bad("a list of numbers"));
    }
    let text: String = serde_json::from_str(json).map_err(|_| error::not_text())?;
    let bytes = STANDARD.decode(text).map_err(|_| bad("base64"))?;
    if bytes.len() % 4 != 0 {
        return Err(bad("a whole number of f32"));
    }
    let number = |bytes: &[u8]| bytes.try_into().map(f32::from_le_bytes).unwrap_or_default();
    Ok(bytes.chunks_exact(4).map(number).collect())
}
