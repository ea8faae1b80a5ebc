//! Whole replies of Anthropic's `/v1/messages`, and the pieces that streams share with them.

use super::{error::ErrorObject, request::JSON_TOOL};
use crate::openai::usage::service;
use llm::{Aggregator, ChatEvent, ChatReply, LlmError, LlmErrorKind, Service, StopReason, Usage};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Marks the data of a `redacted_thinking` block as the signature of the tool call after it, which the
/// format has no field for; clients send such blocks back unseen.
pub(super) const SIGNATURE_CARRIER: &str = "familiar-tool-call-signature:";

/// A whole reply, the message of `message_start`, or an error in its place.
#[derive(Deserialize)]
pub(super) struct Reply<'a> {
    pub(super) id: Option<String>,
    pub(super) model: Option<String>,
    #[serde(borrow)]
    content: Option<Vec<Block<'a>>>,
    // The fields of [`End`]; flattened in they would cost every field of every piece of a stream a copy.
    #[serde(borrow)]
    stop_reason: Option<Cow<'a, str>>,
    stop_sequence: Option<String>,
    stop_details: Option<StopDetails>,
    pub(super) usage: Option<WireUsage>,
    error: Option<ErrorObject>,
}

/// Why a reply ended.
pub(super) struct End<'a> {
    pub(super) reason: Cow<'a, str>,
    pub(super) sequence: Option<String>,
    pub(super) details: Option<StopDetails>,
}

/// What is said besides.
#[derive(Deserialize)]
pub(super) struct StopDetails {
    explanation: Option<String>,
}

/// A content block of a reply.
#[derive(Deserialize, Default)]
pub(super) struct Block<'a> {
    #[serde(borrow, rename = "type", default)]
    pub(super) kind: Cow<'a, str>,
    pub(super) text: Option<String>,
    pub(super) thinking: Option<String>,
    pub(super) signature: Option<String>,
    pub(super) data: Option<String>,
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    #[serde(borrow)]
    pub(super) input: Option<&'a RawValue>,
}

/// Tokens as this format counts them: cached ones beside `input_tokens`.
#[derive(Deserialize, Serialize, Default, Clone, Copy)]
pub(super) struct WireUsage {
    input_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_creation: Option<CacheCreation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_tool_use: Option<ServerToolUse>,
    #[serde(default, deserialize_with = "service", skip_serializing)]
    service_tier: Option<Service>,
    #[serde(default, deserialize_with = "service", skip_serializing)]
    speed: Option<Service>,
    #[serde(default, deserialize_with = "is_region", skip_serializing)]
    inference_geo: bool,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_tokens_details: Option<OutputDetails>,
}

#[derive(Deserialize, Serialize, Default, Clone, Copy)]
struct OutputDetails {
    thinking_tokens: Option<u64>,
}

/// For how long what was written to the cache is kept.
#[derive(Deserialize, Serialize, Default, Clone, Copy)]
struct CacheCreation {
    ephemeral_5m_input_tokens: Option<u64>,
    ephemeral_1h_input_tokens: Option<u64>,
}

#[derive(Deserialize, Serialize, Default, Clone, Copy)]
struct ServerToolUse {
    web_search_requests: Option<u64>,
}

/// Reads where it was computed: a region is named, `global` and `not_available` are none.
fn is_region<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    let geo: Option<Cow<'de, str>> = Option::deserialize(from)?;
    Ok(geo.is_some_and(|geo| !matches!(&*geo, "" | "global" | "not_available")))
}

impl WireUsage {
    /// The tokens in the vocabulary; all zeros is how this format says that they are not known, because it
    /// demands the field.
    pub(super) fn known(self) -> Option<Usage> {
        Some(Usage::from(self)).filter(|usage| usage.total() > 0)
    }
}

impl From<WireUsage> for Usage {
    fn from(wire: WireUsage) -> Self {
        let kept = wire.cache_creation.unwrap_or_default();
        let long = kept.ephemeral_1h_input_tokens.unwrap_or(0);
        let sum = || kept.ephemeral_5m_input_tokens.unwrap_or(0).saturating_add(long);
        let cache_write = wire.cache_creation_input_tokens.unwrap_or_else(sum);
        Self {
            input: wire.input_tokens.unwrap_or(0),
            cached_input: wire.cache_read_input_tokens.unwrap_or(0),
            cache_write,
            cache_write_long: long.min(cache_write),
            searches: wire.server_tool_use.and_then(|tools| tools.web_search_requests).unwrap_or(0),
            service: wire.speed.or(wire.service_tier),
            in_region: wire.inference_geo,
            output: wire.output_tokens.unwrap_or(0),
            reasoning: wire.output_tokens_details.and_then(|details| details.thinking_tokens).unwrap_or(0),
            ..Self::default()
        }
    }
}

impl From<Usage> for WireUsage {
    fn from(usage: Usage) -> Self {
        let details = OutputDetails { thinking_tokens: Some(usage.reasoning) };
        Self {
            input_tokens: Some(usage.input.saturating_add(usage.audio_input)),
            cache_creation_input_tokens: Some(usage.cache_write),
            cache_read_input_tokens: Some(usage.cached_input),
            output_tokens: Some(usage.output),
            output_tokens_details: (usage.reasoning > 0).then_some(details),
            cache_creation: (usage.cache_write_long > 0).then_some(CacheCreation {
                ephemeral_5m_input_tokens: Some(usage.cache_write.saturating_sub(usage.cache_write_long)),
                ephemeral_1h_input_tokens: Some(usage.cache_write_long),
            }),
            server_tool_use: (usage.searches > 0)
                .then_some(ServerToolUse { web_search_requests: Some(usage.searches) }),
            ..Self::default()
        }
    }
}

impl End<'_> {
    /// Appends how the reply ended; `answered_as_json` says that the only call was the answer itself.
    pub(super) fn push_events(self, answered_as_json: bool, events: &mut Vec<ChatEvent>) {
        let reason = match &*self.reason {
            "max_tokens" | "model_context_window_exceeded" => StopReason::MaxTokens,
            "stop_sequence" => StopReason::StopSequence(self.sequence),
            "tool_use" if !answered_as_json => StopReason::ToolCalls,
            "refusal" => StopReason::Refusal,
            // `end_turn`, `pause_turn` (of tools that Familiar does not ask for), and what is yet to come.
            _ => StopReason::EndTurn,
        };
        let words = self.details.and_then(|details| details.explanation);
        events.extend(words.map(|delta| ChatEvent::Refusal { delta }));
        events.push(ChatEvent::Stopped { reason });
    }
}

/// Reads a whole reply; see [`llm::Codec::decode_reply`].
pub(super) fn decode(body: &[u8]) -> Result<ChatReply, LlmError> {
    let reply: Reply<'_> = read(body)?;
    if let Some(error) = reply.error {
        return Err(error.classed(None));
    }
    let Some(content) = reply.content else {
        return Err(LlmError::new(LlmErrorKind::Malformed, "the reply has no `content`"));
    };
    let mut events = vec![ChatEvent::Started { id: reply.id, model: reply.model }];
    let mut calls = Calls::default();
    for block in content {
        calls.push_block(block, &mut events);
    }
    events.extend(reply.usage.and_then(WireUsage::known).map(ChatEvent::Usage));
    if let Some(reason) = reply.stop_reason {
        let end = End { reason, sequence: reply.stop_sequence, details: reply.stop_details };
        end.push_events(calls.answered_as_json(), &mut events);
    }
    // Through the events, so that a whole reply is the same as a streamed one by construction.
    let mut sum = Aggregator::default();
    events.iter().for_each(|event| sum.push(event));
    Ok(sum.finish())
}

/// Parses a reply's JSON.
pub(super) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, LlmError> {
    serde_json::from_slice(body).map_err(|error| crate::malformed("the reply", &error))
}

/// Counts the tool calls of a reply.
#[derive(Default)]
pub(super) struct Calls {
    next: u32,
    json_answers: u32,
    /// The signature of the call to come.
    signature: Option<String>,
}

impl Calls {
    /// Begins a call: its number, and the event; no number where the call is the answer itself.
    pub(super) fn begin(&mut self, block: Block<'_>, events: &mut Vec<ChatEvent>) -> Option<u32> {
        if block.name.as_deref() == Some(JSON_TOOL) {
            self.json_answers = self.json_answers.saturating_add(1);
            return None;
        }
        let index = self.next;
        self.next = index.saturating_add(1);
        events.push(ChatEvent::ToolCallStarted {
            index,
            id: block.id.unwrap_or_else(|| format!("toolu_{index}")),
            name: block.name.unwrap_or_default(),
            signature: self.signature.take(),
        });
        Some(index)
    }

    /// Takes encrypted thinking, or the signature that another Familiar put in its place.
    pub(super) fn redacted(&mut self, data: Option<String>, events: &mut Vec<ChatEvent>) {
        match data.as_deref().and_then(|data| data.strip_prefix(SIGNATURE_CARRIER)) {
            Some(signature) => self.signature = Some(signature.to_owned()),
            None => events.push(ChatEvent::ReasoningSealed { signature: None, redacted: data }),
        }
    }

    /// Whether the reply's calls were nothing but the answer itself.
    pub(super) fn answered_as_json(&self) -> bool {
        self.json_answers > 0 && self.next == 0
    }

    fn push_block(&mut self, block: Block<'_>, events: &mut Vec<ChatEvent>) {
        match &*block.kind {
            "text" => events.extend(text(block.text).map(|delta| ChatEvent::Text { delta })),
            "thinking" => {
                let thinking = text(block.thinking);
                let signature = text(block.signature);
                let is_empty = thinking.is_none() && signature.is_none();
                events.extend(thinking.map(|delta| ChatEvent::Reasoning { delta }));
                events
                    .extend((!is_empty).then_some(ChatEvent::ReasoningSealed { signature, redacted: None }));
            }
            "redacted_thinking" => self.redacted(block.data, events),
            "tool_use" => {
                let delta = block.input.map_or("{}", RawValue::get).to_owned();
                let call = self.begin(block, events);
                events.push(arguments(call, delta));
            }
            // Blocks of tools that run at the provider; Familiar does not ask for them.
            _ => {}
        }
    }
}

/// A piece of a call's arguments, or of the answer itself.
pub(super) fn arguments(call: Option<u32>, delta: String) -> ChatEvent {
    match call {
        Some(index) => ChatEvent::ToolCallArguments { index, delta },
        None => ChatEvent::Text { delta },
    }
}

/// A text, unless it is empty.
pub(super) fn text(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
