//! Reads Gemini's replies: a whole reply and a chunk of a stream are the same thing.

use super::{
    MADE_UP_ID_PREFIX, error,
    signature::{self, Sealed},
};
use crate::{openai::usage::service, sse::SseParser};
use llm::{
    Aggregator, ChatEvent, ChatReply, LlmError, LlmErrorKind, Service, StopReason, StreamDecoder, Usage,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, value::RawValue};
use std::{
    borrow::Cow,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply<'a> {
    #[serde(borrow)]
    candidates: Option<Vec<Candidate<'a>>>,
    prompt_feedback: Option<PromptFeedback>,
    usage_metadata: Option<UsageMetadata>,
    model_version: Option<String>,
    response_id: Option<String>,
    error: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate<'a> {
    #[serde(borrow)]
    content: Option<Content<'a>>,
    finish_reason: Option<String>,
    finish_message: Option<String>,
}

#[derive(Deserialize)]
struct Content<'a> {
    #[serde(borrow)]
    parts: Option<Vec<Part<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part<'a> {
    text: Option<String>,
    thought: Option<bool>,
    thought_signature: Option<String>,
    #[serde(borrow)]
    function_call: Option<FunctionCall<'a>>,
}

#[derive(Deserialize)]
struct FunctionCall<'a> {
    id: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(borrow)]
    args: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PromptFeedback {
    block_reason: Option<String>,
    block_reason_message: Option<String>,
}

/// Tokens as this format counts them: cached ones inside `promptTokenCount`, thoughts beside
/// `candidatesTokenCount`.
#[derive(Serialize, Deserialize, Clone, Copy, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct UsageMetadata {
    prompt_token_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cached_content_token_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_use_prompt_token_count: Option<u64>,
    candidates_token_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thoughts_token_count: Option<u64>,
    total_token_count: Option<u64>,
    /// The prompt's tokens by what they stand for, cached ones included.
    #[serde(default, skip_serializing_if = "Modalities::is_empty")]
    prompt_tokens_details: Modalities,
    #[serde(default, skip_serializing_if = "Modalities::is_empty")]
    cache_tokens_details: Modalities,
    #[serde(default, skip_serializing_if = "Modalities::is_empty")]
    candidates_tokens_details: Modalities,
    #[serde(default, deserialize_with = "service", skip_serializing)]
    service_tier: Option<Service>,
    /// Vertex AI's word for the same.
    #[serde(default, deserialize_with = "traffic", skip_serializing)]
    traffic_type: Option<Service>,
}

/// Tokens that stand for sound and pictures, of a list by modality.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Modalities {
    audio: u64,
    image: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Modality<'a> {
    #[serde(borrow, default)]
    modality: Cow<'a, str>,
    token_count: Option<u64>,
}

impl Modalities {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl<'de> Deserialize<'de> for Modalities {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let listed: Option<Vec<Modality<'de>>> = Option::deserialize(from)?;
        let mut sums = Self::default();
        for one in listed.into_iter().flatten() {
            let sum = match &*one.modality {
                "AUDIO" => &mut sums.audio,
                "IMAGE" => &mut sums.image,
                // Films and files are billed as text is.
                _ => continue,
            };
            *sum = sum.saturating_add(one.token_count.unwrap_or(0));
        }
        Ok(sums)
    }
}

impl Serialize for Modalities {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let listed =
            [("AUDIO", self.audio), ("IMAGE", self.image)].into_iter().filter(|(_, count)| *count > 0);
        to.collect_seq(
            listed.map(|(modality, count)| serde_json::json!({ "modality": modality, "tokenCount": count })),
        )
    }
}

/// Reads Vertex AI's `ON_DEMAND_PRIORITY`.
fn traffic<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Service>, D::Error> {
    let named: Option<Cow<'de, str>> = Option::deserialize(from)?;
    Ok(named.and_then(|name| Service::from_name(name.strip_prefix("ON_DEMAND_")?)))
}

impl From<Usage> for UsageMetadata {
    fn from(usage: Usage) -> Self {
        let unless_zero = |tokens: u64| (tokens > 0).then_some(tokens);
        Self {
            prompt_token_count: Some(usage.total_input()),
            cached_content_token_count: unless_zero(usage.cached_input),
            tool_use_prompt_token_count: None,
            candidates_token_count: Some(usage.output.saturating_sub(usage.reasoning)),
            thoughts_token_count: unless_zero(usage.reasoning),
            total_token_count: Some(usage.total()),
            prompt_tokens_details: Modalities {
                audio: usage.audio_input.saturating_add(usage.cached_audio),
                image: usage.image_input,
            },
            cache_tokens_details: Modalities { audio: usage.cached_audio, image: 0 },
            candidates_tokens_details: Modalities { audio: usage.audio_output, image: usage.image_output },
            ..Self::default()
        }
    }
}

impl From<UsageMetadata> for Usage {
    fn from(wire: UsageMetadata) -> Self {
        let cached_input = wire.cached_content_token_count.unwrap_or(0);
        let prompt = wire.prompt_token_count.unwrap_or(0).saturating_sub(cached_input);
        let reasoning = wire.thoughts_token_count.unwrap_or(0);
        let (read, cached, made) =
            (wire.prompt_tokens_details, wire.cache_tokens_details, wire.candidates_tokens_details);
        let cached_audio = cached.audio.min(cached_input);
        // What was cached stands among the prompt's sound and pictures as well.
        let audio_input = read.audio.saturating_sub(cached_audio).min(prompt);
        let input = (prompt - audio_input).saturating_add(wire.tool_use_prompt_token_count.unwrap_or(0));
        let written = wire.candidates_token_count.unwrap_or(0);
        let audio_output = made.audio.min(written);
        Self {
            input,
            cached_input,
            output: written.saturating_add(reasoning),
            reasoning,
            audio_input,
            cached_audio,
            audio_output,
            image_input: read.image.saturating_sub(cached.image).min(prompt - audio_input),
            image_output: made.image.min(written - audio_output),
            service: wire.service_tier.or(wire.traffic_type),
            ..Self::default()
        }
    }
}

/// Reads a whole reply; see [`llm::Codec::decode_reply`].
pub(super) fn decode(body: &[u8]) -> Result<ChatReply, LlmError> {
    let mut state = State::default();
    let mut events = Vec::new();
    state.take(body, &mut events)?;
    if !state.answered {
        return Err(LlmError::new(LlmErrorKind::Malformed, "the reply has no `candidates`"));
    }
    // Through the events, so that a whole reply is the same as a streamed one by construction.
    let mut sum = Aggregator::default();
    events.iter().for_each(|event| sum.push(event));
    Ok(sum.finish())
}

/// The decoder; see [`llm::Codec::stream_decoder`].
#[derive(Default)]
pub(super) struct Decoder {
    parser: SseParser,
    state: State,
}

impl StreamDecoder for Decoder {
    fn push(&mut self, mut bytes: &[u8], events: &mut Vec<ChatEvent>) -> Result<(), LlmError> {
        while let Some(event) = self.parser.next(&mut bytes)? {
            self.state.take(event.data.as_bytes(), events)?;
        }
        Ok(())
    }

    fn finish(&mut self, events: &mut Vec<ChatEvent>) -> Result<(), LlmError> {
        if let Some(event) = self.parser.finish() {
            self.state.take(event.data.as_bytes(), events)?;
        }
        if self.state.stopped { Ok(()) } else { Err(crate::broken_off()) }
    }
}

/// What a reply has come to so far.
#[derive(Default)]
struct State {
    started: bool,
    /// A candidate has been seen.
    answered: bool,
    stopped: bool,
    id: Option<String>,
    calls: u32,
    usage: Option<Usage>,
}

impl State {
    /// Takes a whole reply or a chunk of one.
    fn take(&mut self, body: &[u8], events: &mut Vec<ChatEvent>) -> Result<(), LlmError> {
        let reply: Reply<'_> =
            serde_json::from_slice(body).map_err(|error| crate::malformed("the reply", &error))?;
        if let Some(error) = reply.error {
            return Err(error::of_stream(&error));
        }
        if !self.started {
            self.started = true;
            self.id.clone_from(&reply.response_id);
            events.push(ChatEvent::Started { id: reply.response_id, model: reply.model_version });
        }
        let candidate = reply.candidates.into_iter().flatten().next();
        let mut end = None;
        if let Some(candidate) = candidate {
            self.answered = true;
            let parts = candidate.content.and_then(|content| content.parts).unwrap_or_default();
            parts.into_iter().for_each(|part| self.part(part, events));
            end = candidate.finish_reason.map(|reason| (reason, candidate.finish_message));
        }
        // Every chunk repeats the usage.
        let usage = reply.usage_metadata.map(Usage::from);
        if let Some(usage) = usage.filter(|usage| self.usage != Some(*usage)) {
            self.usage = Some(usage);
            events.push(ChatEvent::Usage(usage));
        }
        if let Some(reason) =
            reply.prompt_feedback.as_ref().and_then(|feedback| feedback.block_reason.clone())
        {
            let words = reply.prompt_feedback.and_then(|feedback| feedback.block_reason_message);
            let message = words.unwrap_or_else(|| format!("the provider blocked the prompt: {reason}"));
            let error = LlmError::new(LlmErrorKind::ContentFiltered, message);
            return Err(LlmError { code: Some(reason), ..error });
        }
        match end {
            Some((reason, words)) if !self.stopped => self.stop(&reason, words, events),
            _ => Ok(()),
        }
    }

    fn part(&mut self, part: Part<'_>, events: &mut Vec<ChatEvent>) {
        let sealed = part.thought_signature.map(signature::read);
        let (signature, redacted) = sealed.map(Sealed::into_fields).unwrap_or_default();
        if let Some(call) = part.function_call {
            let arguments = call.args.map_or("{}", RawValue::get);
            let id = match call.id.filter(|id| !id.is_empty()) {
                Some(id) => id,
                None => self.made_up_id(&call.name, arguments),
            };
            let index = self.calls;
            self.calls = index.saturating_add(1);
            events.push(ChatEvent::ToolCallStarted { index, id, name: call.name, signature });
            events.push(ChatEvent::ToolCallArguments { index, delta: arguments.to_owned() });
            return;
        }
        if let Some(delta) = part.text.filter(|text| !text.is_empty()) {
            events.push(match part.thought {
                Some(true) => ChatEvent::Reasoning { delta },
                Some(false) | None => ChatEvent::Text { delta },
            });
        }
        if signature.is_some() || redacted.is_some() {
            events.push(ChatEvent::ReasoningSealed { signature, redacted });
        }
    }

    /// An id that is the same whenever this reply is read, and another in every reply.
    fn made_up_id(&self, name: &str, arguments: &str) -> String {
        let number = self.calls;
        if let Some(id) = &self.id {
            return format!("{MADE_UP_ID_PREFIX}{id}-{number}");
        }
        let mut hasher = DefaultHasher::new();
        (name, arguments).hash(&mut hasher);
        format!("{MADE_UP_ID_PREFIX}{:016x}-{number}", hasher.finish())
    }

    fn stop(
        &mut self,
        reason: &str,
        words: Option<String>,
        events: &mut Vec<ChatEvent>,
    ) -> Result<(), LlmError> {
        let reason = match reason {
            "MAX_TOKENS" => StopReason::MaxTokens,
            "SAFETY"
            | "RECITATION"
            | "LANGUAGE"
            | "BLOCKLIST"
            | "PROHIBITED_CONTENT"
            | "SPII"
            | "OTHER"
            | "IMAGE_SAFETY"
            | "IMAGE_PROHIBITED_CONTENT"
            | "IMAGE_RECITATION"
            | "IMAGE_OTHER" => StopReason::ContentFilter,
            "MALFORMED_FUNCTION_CALL" | "UNEXPECTED_TOOL_CALL" | "TOO_MANY_TOOL_CALLS" => {
                // The answer is of no use; another try, or another model, may do better.
                let message = words.unwrap_or_else(|| format!("the model's tool call failed: {reason}"));
                let error = LlmError::new(LlmErrorKind::Malformed, message);
                return Err(LlmError { code: Some(reason.to_owned()), ..error });
            }
            // `STOP`, and what is yet to come.
            _ if self.calls > 0 => StopReason::ToolCalls,
            _ => StopReason::EndTurn,
        };
        self.stopped = true;
        events.push(ChatEvent::Stopped { reason });
        Ok(())
    }
}
