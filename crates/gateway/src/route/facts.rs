//! What a request needs and how large it is likely to be, as far as that can be seen before it is sent.

use crate::{
    ask::{Ask, Form},
    table::{Place, Target},
};
use base::OwnerId;
use llm::{Capability, ChatRequest, Part, ResponseFormat};
use memchr::memmem;
use routing::{CLASSES, rank::Facts};

/// Bytes that make a token, for estimates: English prose has four or more, code about three.
const BYTES_PER_TOKEN: u64 = 4;
/// Tokens that an answer is likely to have.
const USUAL_ANSWER_TOKENS: u64 = 500;

/// What a model has to be able to do for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Needs {
    tools: bool,
    vision: bool,
    structured: bool,
}

impl Needs {
    /// What of this the model of a place is known not to do, in words.
    pub(crate) fn missing(self, place: &Place) -> Option<&'static str> {
        let spec = &place.spec;
        // A provider that says nothing of its models leaves them with one guessed capability.
        if spec.capabilities.len() < 2 && matches!(place.target, Target::Wire(_)) {
            return None;
        }
        let wanted = [
            (self.vision, Capability::Vision, "look at pictures"),
            (self.tools, Capability::Tools, "call tools"),
            (self.structured, Capability::StructuredOutput, "answer by a schema"),
        ];
        wanted.into_iter().find(|(needed, can, _)| *needed && !spec.can(*can)).map(|(_, _, words)| words)
    }
}

/// What the request needs. A body is decoded only if it has words in it that speak of tools, pictures or schemas.
/// One that cannot be decoded may be passed on all the same.
pub(crate) fn needs(ask: &mut Ask, owner: OwnerId) -> Needs {
    match &mut ask.form {
        Form::Request(request) => of(request),
        Form::Body(wire) if hints(&wire.body) => {
            wire.request(owner).map_or_else(|_| Needs::default(), |request| of(request))
        }
        Form::Body(_) | Form::Embeddings(..) | Form::Audio(_) => Needs::default(),
    }
}

fn hints(body: &[u8]) -> bool {
    const WORDS: [&[u8]; 6] = [b"tool", b"image", b"schema", b"nline", b"functionDecl", b"\"json"];
    WORDS.iter().any(|word| memmem::find(body, word).is_some())
}

fn of(request: &ChatRequest) -> Needs {
    let is_picture = |part: &Part| match part {
        Part::Image { .. } => true,
        Part::ToolResult { parts, .. } => parts.iter().any(|part| matches!(part, Part::Image { .. })),
        Part::Text { .. } | Part::File { .. } | Part::ToolCall { .. } | Part::Reasoning { .. } => false,
    };
    Needs {
        tools: !request.tools.is_empty(),
        vision: request.messages.iter().flat_map(|message| &message.parts).any(is_picture),
        structured: matches!(request.response_format, ResponseFormat::JsonSchema { .. }),
    }
}

/// How large the request is likely to be.
pub(crate) fn facts(ask: &Ask) -> Facts {
    let longest = ask.head.max_output_tokens.unwrap_or(u64::MAX);
    Facts {
        input_tokens: ask.head.input_tokens_bound / BYTES_PER_TOKEN,
        output_tokens: longest.min(USUAL_ANSWER_TOKENS) * u64::from(ask.head.choices.max(1)),
    }
}

/// The sort of request, for what is learned: by size, and by what it needs.
pub(crate) fn class(facts: Facts, needs: Needs) -> usize {
    let size = match facts.input_tokens {
        0..1_000 => 0,
        1_000..10_000 => 1,
        10_000.. => 2,
    };
    let kind = match (needs.vision, needs.tools) {
        (false, false) => 0,
        (false, true) => 1,
        (true, false) => 2,
        (true, true) => 3,
    };
    (kind * 3 + size).min(CLASSES - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm::{Media, Message, Role, ToolSpec};

    #[test]
    fn what_a_request_needs_is_seen_in_it() {
        let picture = Part::Image { media: Media::Url { url: "u".into() }, detail: None };
        let mut request =
            ChatRequest { messages: vec![Message::text(Role::User, "hello")], ..ChatRequest::default() };
        assert_eq!(of(&request), Needs::default());
        request.tools.push(ToolSpec {
            name: "t".into(),
            description: String::new(),
            parameters: serde_json::json!({}),
            strict: None,
            cache_marker: false,
        });
        assert_eq!(of(&request), Needs { tools: true, ..Needs::default() });
        let result =
            Part::ToolResult { call_id: "1".into(), name: None, parts: vec![picture], is_error: false };
        request.messages.push(Message { role: Role::Tool, parts: vec![result], name: None });
        assert_eq!(of(&request), Needs { tools: true, vision: true, structured: false });
    }

    #[test]
    fn a_body_is_decoded_only_where_it_may_need_something() {
        assert!(!hints(br#"{"model":"m","messages":[{"role":"user","content":"hello"}]}"#));
        for body in [
            r#"{"tools":[]}"#,
            r#"{"content":[{"type":"image_url"}]}"#,
            r#"{"response_format":{"type":"json_schema"}}"#,
            r#"{"parts":[{"inlineData":{}}]}"#,
            r#"{"parts":[{"inline_data":{}}]}"#,
            r#"{"functionDeclarations":[]}"#,
        ] {
            assert!(hints(body.as_bytes()), "{body}");
        }
    }

    #[test]
    fn sorts_of_requests_are_few() {
        let mut seen = std::collections::BTreeSet::new();
        for input_tokens in [0, 999, 1_000, 10_000, u64::MAX] {
            for (vision, tools) in [(false, false), (false, true), (true, false), (true, true)] {
                let needs = Needs { tools, vision, structured: false };
                seen.insert(class(Facts { input_tokens, output_tokens: 0 }, needs));
            }
        }
        assert_eq!(seen, (0..12).collect());
    }
}
