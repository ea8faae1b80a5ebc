//! A whole reply, and how a stream becomes one.

use crate::{ChatEvent, ChatStream, Citation, LlmError, Message, Part, Role, StopReason, Usage};
use futures::StreamExt;
use serde::{Deserialize, Serialize};

/// A whole reply: what the stream of a request adds up to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChatReply {
    /// The provider's id of the reply.
    pub id: Option<String>,
    /// The model that answered, in the provider's words.
    pub model: Option<String>,
    /// Text, reasoning and tool calls in order.
    pub parts: Vec<Part>,
    /// Sources of the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub citations: Vec<Citation>,
    /// The model's words when it declined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// Why it ended; `None` when the stream broke off.
    pub stop: Option<StopReason>,
    /// Tokens used, if the provider said.
    pub usage: Option<Usage>,
}

impl ChatReply {
    /// Follows a stream to its end.
    ///
    /// # Errors
    /// What broke it off.
    pub async fn gathered(mut events: ChatStream) -> Result<Self, LlmError> {
        let mut reply = Aggregator::default();
        while let Some(event) = events.next().await {
            reply.push(&event?);
        }
        Ok(reply.finish())
    }

    /// All text parts, joined.
    pub fn plain_text(&self) -> String {
        self.parts.iter().filter_map(Part::as_text).collect()
    }

    /// The reply as a message of the conversation.
    pub fn into_message(self) -> Message {
        Message { role: Role::Assistant, parts: self.parts, name: None }
    }

    /// The events that add up to this reply, for callers who asked for a stream of a whole reply.
    pub fn into_events(self) -> Vec<ChatEvent> {
        let mut events = vec![ChatEvent::Started { id: self.id, model: self.model }];
        let mut next_call = 0;
        for part in self.parts {
            push_part(part, &mut next_call, &mut events);
        }
        events.extend(self.citations.into_iter().map(ChatEvent::Citation));
        events.extend(self.refusal.map(|delta| ChatEvent::Refusal { delta }));
        events.extend(self.usage.map(ChatEvent::Usage));
        events.extend(self.stop.map(|reason| ChatEvent::Stopped { reason }));
        events
    }
}

fn push_part(part: Part, next_call: &mut u32, events: &mut Vec<ChatEvent>) {
    match part {
        Part::Text { text, .. } => events.push(ChatEvent::Text { delta: text }),
        Part::Reasoning { text, signature, redacted } => {
            if !text.is_empty() {
                events.push(ChatEvent::Reasoning { delta: text });
            }
            events.push(ChatEvent::ReasoningSealed { signature, redacted });
        }
        Part::ToolCall { id, name, arguments, signature } => {
            let index = *next_call;
            *next_call += 1;
            events.push(ChatEvent::ToolCallStarted { index, id, name, signature });
            if !arguments.is_empty() {
                events.push(ChatEvent::ToolCallArguments { index, delta: arguments });
            }
        }
        // A model does not answer with these.
        Part::Image { .. } | Part::File { .. } | Part::ToolResult { .. } => {}
    }
}

/// Adds events up to a [`ChatReply`].
#[derive(Debug, Default)]
pub struct Aggregator {
    id: Option<String>,
    model: Option<String>,
    parts: Vec<Part>,
    /// Where in `parts` the tool call with this index stands.
    calls: Vec<(u32, usize)>,
    /// Whether the last part is thinking that more thinking belongs to.
    reasoning_open: bool,
    citations: Vec<Citation>,
    refusal: Option<String>,
    stop: Option<StopReason>,
    usage: Option<Usage>,
}

impl Aggregator {
    /// Takes the next event.
    pub fn push(&mut self, event: &ChatEvent) {
        match event {
            ChatEvent::Started { id, model } => {
                self.id = id.clone().or_else(|| self.id.take());
                self.model = model.clone().or_else(|| self.model.take());
            }
            ChatEvent::Text { delta } => self.text(delta),
            ChatEvent::Reasoning { delta } => self.reasoning(delta),
            ChatEvent::ReasoningSealed { signature, redacted } => self.seal(signature, redacted),
            ChatEvent::ToolCallStarted { index, id, name, signature } => {
                self.reasoning_open = false;
                self.calls.push((*index, self.parts.len()));
                self.parts.push(Part::ToolCall {
                    id: id.clone(),
                    name: name.clone(),
                    arguments: String::new(),
                    signature: signature.clone(),
                });
            }
            ChatEvent::ToolCallArguments { index, delta } => self.arguments(*index, delta),
            ChatEvent::Citation(citation) => self.citations.push(citation.clone()),
            ChatEvent::Refusal { delta } => self.refusal.get_or_insert_default().push_str(delta),
            ChatEvent::Usage(usage) => {
                self.usage = Some(self.usage.unwrap_or_default().merged(*usage));
            }
            ChatEvent::Stopped { reason } => self.stop = Some(reason.clone()),
        }
    }

    /// The reply so far.
    pub fn finish(self) -> ChatReply {
        ChatReply {
            id: self.id,
            model: self.model,
            parts: self.parts,
            citations: self.citations,
            refusal: self.refusal,
            stop: self.stop,
            usage: self.usage,
        }
    }

    fn text(&mut self, delta: &str) {
        self.reasoning_open = false;
        if let Some(Part::Text { text, .. }) = self.parts.last_mut() {
            text.push_str(delta);
        } else {
            self.parts.push(Part::text(delta));
        }
    }

    fn reasoning(&mut self, delta: &str) {
        if let (true, Some(Part::Reasoning { text, .. })) = (self.reasoning_open, self.parts.last_mut()) {
            text.push_str(delta);
        } else {
            self.parts.push(Part::Reasoning { text: delta.to_owned(), signature: None, redacted: None });
            self.reasoning_open = true;
        }
    }

    fn seal(&mut self, signature: &Option<String>, redacted: &Option<String>) {
        if let (true, None, Some(Part::Reasoning { signature: kept, .. })) =
            (self.reasoning_open, redacted, self.parts.last_mut())
        {
            kept.clone_from(signature);
        } else {
            self.parts.push(Part::Reasoning {
                text: String::new(),
                signature: signature.clone(),
                redacted: redacted.clone(),
            });
        }
        self.reasoning_open = false;
    }

    fn arguments(&mut self, index: u32, delta: &str) {
        let place = self.calls.iter().rev().find(|(call, _)| *call == index).map(|(_, place)| *place);
        if let Some(Part::ToolCall { arguments, .. }) = place.and_then(|place| self.parts.get_mut(place)) {
            arguments.push_str(delta);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Summary;

    fn aggregate(events: &[ChatEvent]) -> ChatReply {
        let mut sum = Aggregator::default();
        events.iter().for_each(|event| sum.push(event));
        sum.finish()
    }

    #[test]
    fn fragments_of_parallel_tool_calls_stay_apart() {
        let call = |index, id: &str| ChatEvent::ToolCallStarted {
            index,
            id: id.into(),
            name: "roll".into(),
            signature: None,
        };
        let more = |index, delta: &str| ChatEvent::ToolCallArguments { index, delta: delta.into() };
        let reply =
            aggregate(&[call(0, "a"), call(1, "b"), more(1, "{\"d\""), more(0, "{}"), more(1, ":6}")]);
        let arguments: Vec<_> = reply
            .parts
            .iter()
            .map(|part| {
                let Part::ToolCall { arguments, .. } = part else { panic!("{part:?}") };
                arguments.as_str()
            })
            .collect();
        assert_eq!(arguments, ["{}", "{\"d\":6}"]);
    }

    #[test]
    fn a_reply_survives_being_streamed() {
        let reply = ChatReply {
            id: Some("r1".into()),
            model: Some("m".into()),
            parts: vec![
                Part::Reasoning { text: "hm".into(), signature: Some("sig".into()), redacted: None },
                Part::Reasoning { text: String::new(), signature: None, redacted: Some("xx".into()) },
                Part::text("Two dice."),
                Part::ToolCall {
                    id: "c".into(),
                    name: "roll".into(),
                    arguments: "{}".into(),
                    signature: None,
                },
            ],
            citations: Vec::new(),
            refusal: None,
            stop: Some(StopReason::ToolCalls),
            usage: Some(Usage { input: 3, output: 5, ..Usage::default() }),
        };
        let events = reply.clone().into_events();
        assert_eq!(aggregate(&events), reply);
        let mut passed = Summary::default();
        events.iter().for_each(|event| passed.note(event));
        let told = Summary::from(&reply);
        assert_eq!(
            (told.started, told.usage, told.text_bytes),
            (passed.started, passed.usage, passed.text_bytes)
        );
        assert_eq!((told.stop, told.id), (passed.stop, passed.id));
    }

    #[test]
    fn usage_is_a_running_total() {
        let usage = |input, output| ChatEvent::Usage(Usage { input, output, ..Usage::default() });
        let reply = aggregate(&[usage(10, 1), usage(0, 7)]);
        assert_eq!(reply.usage, Some(Usage { input: 10, output: 7, ..Usage::default() }));
    }
}
