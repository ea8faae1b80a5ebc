//! Embeddings: `batchEmbedContents`.

use super::{model_path, reply::UsageMetadata};
use crate::wire::{self, bad_request};
use llm::{EmbeddingReply, EmbeddingRequest, Encoded, LlmError};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Body<'a> {
    requests: Vec<One<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct One<'a> {
    model: &'a str,
    content: Content<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_dimensionality: Option<u32>,
}

#[derive(Serialize)]
struct Content<'a> {
    parts: [Text<'a>; 1],
}

#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    embeddings: Vec<Embedding>,
    usage_metadata: Option<UsageMetadata>,
}

#[derive(Deserialize)]
struct Embedding {
    values: Vec<f32>,
}

/// Writes the request; the vectors' form in the reply to the caller is the caller's matter.
pub(super) fn encode(request: &EmbeddingRequest) -> Result<Encoded, LlmError> {
    let model = model_path(&request.model);
    let requests = request.inputs.iter().map(|text| One {
        model: &model,
        content: Content { parts: [Text { text }] },
        output_dimensionality: request.dimensions,
    });
    let body = serde_json::to_vec(&Body { requests: requests.collect() })
        .map_err(|error| bad_request(format!("the request cannot be written: {error}")))?;
    Ok(Encoded { body: body.into(), dropped: Vec::new() })
}

/// Reads the vectors; the format names no model.
pub(super) fn decode(body: &[u8]) -> Result<EmbeddingReply, LlmError> {
    let reply: Reply = serde_json::from_slice(body).map_err(|error| wire::malformed("the reply", &error))?;
    Ok(EmbeddingReply {
        model: String::new(),
        vectors: reply.embeddings.into_iter().map(|embedding| embedding.values).collect(),
        usage: reply.usage_metadata.map(Into::into).unwrap_or_default(),
    })
}
