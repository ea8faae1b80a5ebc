//! Embeddings: `batchEmbedContents`, and `embedContent`, which is the same for one text.

use super::{model_name, reply::UsageMetadata, resource_name};
use crate::{bad_request, fields::Fields};
use bytes::{Bytes, BytesMut};
use llm::{EmbeddingReply, EmbeddingRequest, Encoded, LlmError, LlmErrorKind};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

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
    task_type: Option<&'a str>,
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

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    embeddings: Vec<Embedding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage_metadata: Option<UsageMetadata>,
}

#[derive(Serialize, Deserialize)]
struct Embedding {
    values: Vec<f32>,
}

/// Writes the request; the vectors' form in the reply to the caller is the caller's matter.
pub(super) fn encode(request: &EmbeddingRequest) -> Result<Encoded, LlmError> {
    let model = resource_name(&request.model);
    let requests = request.inputs.iter().map(|text| One {
        model: &model,
        content: Content { parts: [Text { text }] },
        task_type: request.task.as_deref(),
        output_dimensionality: request.dimensions,
    });
    let body = serde_json::to_vec(&Body { requests: requests.collect() })
        .map_err(|error| bad_request(format!("the request cannot be written: {error}")))?;
    Ok(Encoded { body: body.into(), dropped: Vec::new() })
}

/// Reads the vectors; the format names no model.
pub(super) fn decode(body: &[u8]) -> Result<EmbeddingReply, LlmError> {
    let reply: Reply = serde_json::from_slice(body).map_err(|error| crate::malformed("the reply", &error))?;
    Ok(EmbeddingReply {
        model: String::new(),
        vectors: reply.embeddings.into_iter().map(|embedding| embedding.values).collect(),
        usage: reply.usage_metadata.map(Into::into).unwrap_or_default(),
    })
}

/// Reads a caller's request to `batchEmbedContents`. All of its texts have to ask for the same.
pub(super) fn decode_request(body: &[u8]) -> Result<EmbeddingRequest, LlmError> {
    let mut fields = Fields::of_body(body)?.in_camel_case()?;
    let mut whole: Option<EmbeddingRequest> = None;
    for (one, path) in fields.list("requests")? {
        let one = decode_one(one, path.clone())?;
        match &mut whole {
            None => whole = Some(one),
            Some(whole) => {
                let same =
                    (&whole.model, &whole.task, whole.dimensions) == (&one.model, &one.task, one.dimensions);
                if !same {
                    let what = "another model, task or dimensionality than those before it";
                    return Err(bad_request(format!("`{path}` asks for {what}; send it by itself")));
                }
                whole.inputs.extend(one.inputs);
                whole.unmapped.extend(one.unmapped);
            }
        }
    }
    let mut request = whole.ok_or_else(|| bad_request("`requests` is missing or empty"))?;
    fields.report_rest(&mut request.unmapped);
    Ok(request)
}

fn decode_one(one: &RawValue, path: String) -> Result<EmbeddingRequest, LlmError> {
    let mut fields = Fields::of(one, path)?.in_camel_case()?;
    let model: Option<String> = fields.get("model")?;
    let mut request = EmbeddingRequest {
        model: model.map(|model| model_name(&model).to_owned()).unwrap_or_default(),
        task: fields.get::<String>("taskType")?.filter(|task| task != "TASK_TYPE_UNSPECIFIED"),
        dimensions: fields.get("outputDimensionality")?,
        ..EmbeddingRequest::default()
    };
    let path = fields.path_of("content");
    let content = fields.object("content")?.ok_or_else(|| bad_request(format!("`{path}` is missing")))?;
    request.inputs.push(text_of(content, &mut request.unmapped)?);
    fields.report_rest(&mut request.unmapped);
    Ok(request)
}

/// The text of a turn; several parts are one text.
fn text_of(mut content: Fields<'_>, unmapped: &mut Vec<String>) -> Result<String, LlmError> {
    content.raw("role");
    let mut texts = Vec::new();
    for (part, path) in content.list("parts")? {
        let mut part = Fields::of(part, path.clone())?;
        let text: Option<String> = part.get("text")?;
        texts.push(
            text.ok_or_else(|| bad_request(format!("`{path}` is not text; only text can be embedded here")))?,
        );
        part.report_rest(unmapped);
    }
    content.report_rest(unmapped);
    Ok(texts.join("\n"))
}

/// Writes the reply to `batchEmbedContents`.
pub(super) fn encode_reply(reply: &EmbeddingReply) -> Result<Bytes, LlmError> {
    let embeddings = reply.vectors.iter().map(|values| Embedding { values: values.clone() });
    let usage_metadata = (reply.usage.total() > 0).then(|| reply.usage.into());
    write(&Reply { embeddings: embeddings.collect(), usage_metadata })
}

fn write(reply: &impl Serialize) -> Result<Bytes, LlmError> {
    let written = serde_json::to_vec(reply);
    written.map(Bytes::from).map_err(|error| {
        LlmError::new(LlmErrorKind::Malformed, format!("the reply cannot be written: {error}"))
    })
}

/// A request to `embedContent` as one to `batchEmbedContents`.
pub fn single_as_batch(body: &[u8]) -> Result<Bytes, LlmError> {
    // The whole of it is one value, so that it cannot close the list from inside.
    let one: &RawValue = serde_json::from_slice(body)
        .map_err(|error| bad_request(format!("the body is not a JSON object: {error}")))?;
    let mut batch = BytesMut::from(&b"{\"requests\":["[..]);
    batch.extend_from_slice(one.get().as_bytes());
    batch.extend_from_slice(b"]}");
    Ok(batch.freeze())
}

/// The reply to `embedContent` out of the one to `batchEmbedContents`.
pub fn batch_as_single(body: &[u8]) -> Result<Bytes, LlmError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Batch<'a> {
        #[serde(borrow)]
        embeddings: Vec<&'a RawValue>,
        #[serde(borrow)]
        usage_metadata: Option<&'a RawValue>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Single<'a> {
        embedding: Option<&'a RawValue>,
        #[serde(skip_serializing_if = "Option::is_none")]
        usage_metadata: Option<&'a RawValue>,
    }
    let batch: Batch<'_> =
        serde_json::from_slice(body).map_err(|error| crate::malformed("the reply", &error))?;
    let embedding = batch.embeddings.first().copied();
    write(&Single { embedding, usage_metadata: batch.usage_metadata })
}
