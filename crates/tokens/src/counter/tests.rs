//! Requests by the vendors' published rules and examples.

use super::*;
use llm::ToolSpec;
use serde_json::json;

fn said(role: Role, text: &str, name: Option<&str>) -> Message {
    Message { name: name.map(str::to_owned), ..Message::text(role, text) }
}

fn counter(model: &str) -> Counter {
    Counter::new(Facts { model, ..Facts::default() })
}

/// The example of OpenAI's cookbook, and what its API reported for it there.
fn cookbook() -> ChatRequest {
    let (user, assistant) = ("example_user", "example_assistant");
    let lines = [
        (
            None,
            "You are a helpful, pattern-following assistant that translates corporate jargon into plain English.",
        ),
        (Some(user), "New synergies will help drive top-line growth."),
        (Some(assistant), "Things working well together will increase revenue."),
        (
            Some(user),
            "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage.",
        ),
        (Some(assistant), "Let's talk later when we're less busy about how to do better."),
    ];
    let mut messages: Vec<Message> =
        lines.into_iter().map(|(name, text)| said(Role::System, text, name)).collect();
    let last = "This late pivot means we don't have time to boil the ocean for the client deliverable.";
    messages.push(said(Role::User, last, None));
    ChatRequest { messages, ..ChatRequest::default() }
}

#[test]
fn messages_count_as_openai_reports() {
    for (model, reported) in
        [("gpt-3.5-turbo", 129), ("gpt-4", 129), ("gpt-4o", 124), ("openai/gpt-4o-mini", 124)]
    {
        let counted = counter(model).count_request(&cookbook());
        assert_eq!((counted.input_tokens, counted.certainty), (reported, Certainty::Exact), "{model}");
        assert_eq!(counted.by_part.sum(), counted.input_tokens);
    }
    let reasoning = counter("o3").count_request(&cookbook());
    assert_eq!(reasoning.certainty, Certainty::Estimate { error_percent: None, samples: 0 });
    assert_eq!(reasoning.input_tokens, 124);
}

#[test]
fn tools_count_as_openai_reports() {
    // The cookbook's: 101 with gpt-4o, 105 with gpt-4 and gpt-3.5-turbo.
    let parameters = json!({
        "type": "object",
        "properties": {
            "location": { "type": "string", "description": "The city and state, e.g. San Francisco, CA" },
            "unit": { "type": "string", "description": "The unit of temperature to return", "enum": ["celsius", "fahrenheit"] },
        },
        "required": ["location"],
    });
    let tool = ToolSpec {
        name: "get_current_weather".into(),
        description: "Get the current weather in a given location".into(),
        parameters,
        strict: None,
        cache_marker: false,
    };
    let request = ChatRequest {
        messages: vec![
            said(
                Role::System,
                "You are a helpful assistant that can answer to questions about the weather.",
                None,
            ),
            said(Role::User, "What's the weather like in San Francisco?", None),
        ],
        tools: vec![tool],
        ..ChatRequest::default()
    };
    for (model, reported) in [("gpt-4o", 101), ("gpt-4o-mini", 101), ("gpt-4", 105), ("gpt-3.5-turbo", 105)] {
        let counted = counter(model).count_request(&request);
        assert_eq!(counted.input_tokens, reported, "{model} {counted:?}");
        assert_ne!(counted.certainty, Certainty::Exact, "the rule is OpenAI's example, not its promise");
    }
    let claude = counter("claude-sonnet-4-5");
    let plain = claude.count_request(&ChatRequest { tools: Vec::new(), ..request.clone() });
    let forced = ChatRequest { tool_choice: ToolChoice::Required, ..request.clone() };
    assert!(claude.count_request(&request).input_tokens > plain.input_tokens + 346);
    assert_eq!(claude.count_request(&request).input_tokens - claude.count_request(&forced).input_tokens, 33);
}

#[test]
fn estimates_follow_what_was_measured_and_say_how_far_they_are_off() {
    let (model, request) = ("claude-sonnet-4-5", cookbook());
    let before = counter(model).count_request(&request);
    assert_eq!(before.certainty, Certainty::Estimate { error_percent: None, samples: 0 });
    let mut known = Calibrations::default();
    for _ in 0..50 {
        let (estimate, reported) = Counter::sample(model, &request, 200).unwrap();
        assert!(known.learn(model, estimate, reported));
    }
    let after = Counter::new(Facts { model, calibrations: Some(&known), tokenizer: None });
    let counted = after.count_request(&request);
    assert!((190..=210).contains(&counted.input_tokens), "{counted:?}");
    let Certainty::Estimate { error_percent: Some(error), samples: 50 } = counted.certainty else {
        panic!("{counted:?}")
    };
    assert!(error < 40.0, "{error}");
    assert_eq!(counted.by_part.sum(), counted.input_tokens);
}

#[test]
fn what_is_no_text_is_not_measured_by_text() {
    let image = Part::Image { media: Media::Url { url: "https://example.com/x.png".into() }, detail: None };
    let seen = ChatRequest {
        messages: vec![Message {
            role: Role::User,
            parts: vec![Part::text("What is this?"), image],
            name: None,
        }],
        ..ChatRequest::default()
    };
    assert_eq!(Counter::sample("gpt-4o", &seen, 800), None);
    let counted = counter("gpt-4o").count_request(&seen);
    assert_eq!((counted.by_part.images, counted.by_part.messages), (765, 4));
    let pdf = |bytes: usize| Part::File {
        media: Media::Inline { media_type: "application/pdf".into(), data: "A".repeat(bytes) },
        file_name: None,
    };
    let read = |model: &str| {
        let messages = vec![Message { role: Role::User, parts: vec![pdf(120_000)], name: None }];
        counter(model).count_request(&ChatRequest { messages, ..ChatRequest::default() }).by_part.files
    };
    assert_eq!((read("claude-x"), read("gemini-x")), (5_000, 516));
    assert_eq!(counter("gpt-4o").count_request(&ChatRequest::default()).input_tokens, 3);
    assert_eq!(counter("other").count_request(&ChatRequest::default()).input_tokens, 1, "never nothing");
}

#[derive(Debug)]
struct Words;

impl TokenCounter for Words {
    fn count(&self, text: &str) -> Option<u64> {
        Some(text.split_whitespace().count() as u64)
    }
    fn count_request(&self, request: &ChatRequest) -> Option<u64> {
        request.tools.is_empty().then(|| 100 + request.messages.len() as u64)
    }
}

#[test]
fn a_tokenizer_on_this_machine_goes_before_everything() {
    let counter =
        Counter::new(Facts { model: "gpt-4o", calibrations: None, tokenizer: Some(Arc::new(Words)) });
    assert_eq!((counter.count("three little words"), counter.certainty()), (3, Certainty::Exact));
    assert_eq!(counter.method(), "tokenizer.json");
    assert_eq!(counter.count_request(&cookbook()).input_tokens, 106);
}
