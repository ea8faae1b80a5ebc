//! Whole replies: read from providers, written to callers.

use super::{encoder::Encoder, stream::State};
use crate::openai::{error, usage};
use bytes::Bytes;
use llm::{Aggregator, ChatEvent, ChatReply, LlmError, LlmErrorKind, Service, Usage};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

/// A response: the whole reply, and what the first and the last event of a stream hold.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Response<'a> {
    pub(super) id: Option<String>,
    pub(super) model: Option<String>,
    pub(super) status: Option<String>,
    pub(super) error: Option<Value>,
    pub(super) incomplete_details: Option<Incomplete>,
    #[serde(deserialize_with = "usage::deserialize")]
    pub(super) usage: Option<Usage>,
    #[serde(deserialize_with = "usage::service")]
    pub(super) service_tier: Option<Service>,
    #[serde(borrow)]
    pub(super) output: Option<Vec<&'a RawValue>>,
}

/// Why a response is not complete.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Incomplete {
    pub(super) reason: Option<String>,
}

/// Reads a whole reply as the events that it would have been.
pub(super) fn events(body: &[u8]) -> Result<Vec<ChatEvent>, LlmError> {
    let response: Response<'_> =
        serde_json::from_slice(body).map_err(|error| crate::malformed("the reply", &error))?;
    if let Some(sent @ (Value::Object(_) | Value::String(_))) = &response.error {
        return Err(error::from_value(sent));
    }
    if response.output.is_none() {
        return Err(LlmError::new(LlmErrorKind::Malformed, "the reply has no `output`"));
    }
    let mut events = Vec::new();
    let mut state = State::default();
    state.start(&response, &mut events);
    state.end(&response, &mut events)?;
    Ok(events)
}

/// Reads a whole reply.
pub(super) fn decode(body: &[u8]) -> Result<ChatReply, LlmError> {
    let mut sum = Aggregator::default();
    events(body)?.iter().for_each(|event| sum.push(event));
    Ok(sum.finish())
}

/// Writes a whole reply; `model` is named where the reply does not say which one answered. It is what a
/// stream of the same reply ends with.
pub(super) fn encode(reply: &ChatReply, model: &str) -> Result<Bytes, LlmError> {
    let mut encoder = Encoder::silent(model);
    reply.clone().into_events().iter().for_each(|event| encoder.take(event));
    Ok(Bytes::from(encoder.into_response().to_string()))
}
