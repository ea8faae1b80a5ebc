//! Writes events to a caller as a stream of chunks.

use super::{reasoning, reply};
use crate::{
    openai::{error, usage::ChatUsage},
    sse,
};
use bytes::BytesMut;
use llm::{ChatEvent, LlmError, RequestHead, StreamEncoder, Usage};
use serde_json::{Value, json};

/// Writes one stream.
#[derive(Debug)]
pub(super) struct Encoder {
    /// The model named where the events name none.
    model: String,
    wants_usage: bool,
    /// What every chunk begins with, up to its choices; empty until the first chunk.
    opening: String,
    usage: Option<Usage>,
    refused: bool,
    /// The text of the block of thinking under way, which its seal repeats.
    thought: String,
    sealed_blocks: usize,
    failed: bool,
}

impl Encoder {
    /// Starts a stream for a caller who sent `head`.
    pub(super) fn new(head: &RequestHead) -> Self {
        Self {
            model: head.model.clone(),
            wants_usage: head.wants_stream_usage,
            opening: String::new(),
            usage: None,
            refused: false,
            thought: String::new(),
            sealed_blocks: 0,
            failed: false,
        }
    }

    /// The first chunk, which names the role; clients miss it where it does not come first.
    fn begin(&mut self, id: Option<&str>, model: Option<&str>, out: &mut BytesMut) {
        let id = id.unwrap_or(reply::NO_ID);
        let created = crate::seconds_of_id(id).unwrap_or(0);
        let model = model.unwrap_or(&self.model);
        self.opening = format!(
            "{{\"id\":{},\"object\":\"chat.completion.chunk\",\"created\":{created},\"model\":{},\"choices\":",
            Value::from(id),
            Value::from(model)
        );
        self.delta(&json!({"role": "assistant", "content": ""}), out);
    }

    fn delta(&self, delta: &Value, out: &mut BytesMut) {
        let choice = format!("[{{\"index\":0,\"delta\":{delta},\"logprobs\":null,\"finish_reason\":null}}]");
        self.chunk(&choice, out);
    }

    fn chunk(&self, choices: &str, out: &mut BytesMut) {
        let usage = if self.wants_usage { ",\"usage\":null" } else { "" };
        sse::write_event(out, "", &format!("{}{choices}{usage}}}", self.opening));
    }

    fn seal(&mut self, signature: Option<&str>, redacted: Option<&str>, out: &mut BytesMut) {
        let text = std::mem::take(&mut self.thought);
        if signature.is_none() && redacted.is_none() {
            return;
        }
        let entries = signature.and_then(reasoning::vendors_entries);
        let entries =
            entries.unwrap_or_else(|| reasoning::own_entries(self.sealed_blocks, &text, signature, redacted));
        self.sealed_blocks += 1;
        self.delta(&json!({"reasoning_details": entries}), out);
    }
}

impl StreamEncoder for Encoder {
    fn event(&mut self, event: &ChatEvent, out: &mut BytesMut) {
        if let ChatEvent::Started { id, model } = event {
            if self.opening.is_empty() {
                self.begin(id.as_deref(), model.as_deref(), out);
            }
            return;
        }
        if self.opening.is_empty() {
            self.begin(None, None, out);
        }
        match event {
            ChatEvent::Started { .. } => {}
            ChatEvent::Text { delta } => self.delta(&json!({"content": delta}), out),
            ChatEvent::Reasoning { delta } => {
                self.thought.push_str(delta);
                self.delta(&json!({"reasoning_content": delta}), out);
            }
            ChatEvent::ReasoningSealed { signature, redacted } => {
                self.seal(signature.as_deref(), redacted.as_deref(), out);
            }
            ChatEvent::ToolCallStarted { index, id, name, signature } => {
                let mut call = json!({"index": index, "id": id, "type": "function",
                    "function": {"name": name, "arguments": ""}});
                if let Some(signature) = signature {
                    call["extra_content"] = reasoning::extra_content(signature);
                }
                self.delta(&json!({"tool_calls": [call]}), out);
            }
            ChatEvent::ToolCallArguments { index, delta } => {
                self.delta(&json!({"tool_calls": [{"index": index, "function": {"arguments": delta}}]}), out);
            }
            ChatEvent::Citation(citation) => self.delta(&json!({"citations": [citation]}), out),
            ChatEvent::Refusal { delta } => {
                self.refused = true;
                self.delta(&json!({"refusal": delta}), out);
            }
            ChatEvent::Usage(usage) => self.usage = Some(self.usage.unwrap_or_default().merged(*usage)),
            ChatEvent::Stopped { reason } => {
                let mut choice = json!({"index": 0, "delta": {}, "logprobs": null,
                    "finish_reason": reply::finish_reason(reason, self.refused)});
                if let llm::StopReason::StopSequence(Some(text)) = reason {
                    choice["stop_reason"] = Value::from(text.as_str());
                }
                self.chunk(&format!("[{choice}]"), out);
            }
        }
    }

    fn error(&mut self, error: &LlmError, out: &mut BytesMut) {
        self.failed = true;
        sse::write_event(out, "", &error::envelope(error).to_string());
    }

    fn finish(&mut self, out: &mut BytesMut) {
        if self.failed {
            return;
        }
        if self.opening.is_empty() {
            self.begin(None, None, out);
        }
        if let (true, Some(used)) = (self.wants_usage, &self.usage) {
            let used = json!(ChatUsage::from(used));
            sse::write_event(out, "", &format!("{}[],\"usage\":{used}}}", self.opening));
        }
        sse::write_event(out, "", "[DONE]");
    }
}
