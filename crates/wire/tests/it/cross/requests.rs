//! What a caller sends reaches the provider, except for what is named as lost.

use super::{
    bodies::{anthropic_request, gemini_request, ollama_request, openai_request, responses_request},
    codec,
};
use expect_test::{Expect, expect};
use llm::{Dialect, LlmErrorKind, Part};
use serde_json::{Value, json};

/// A caller's request on its way to a provider.
struct Journey<'a> {
    caller: Dialect,
    provider: Dialect,
    /// The provider's name for the model.
    model: &'a str,
    body: Value,
    /// The `mark-…` words that do not arrive.
    lost: &'a [&'a str],
}

/// Translates a caller's request; every `mark-…` word in it has to arrive, save for those that are known to
/// be lost. What is reported as lost is compared with `reported`.
#[track_caller]
fn check_request(journey: &Journey<'_>, reported: Expect) {
    let Journey { caller, provider, model, body, lost } = journey;
    let text = body.to_string();
    let mut request = codec(*caller).decode_request(text.as_bytes()).unwrap();
    request.model = (*model).to_owned();
    let encoded = codec(*provider).encode_request(&request, true).unwrap();
    let sent = String::from_utf8(encoded.body.to_vec()).unwrap();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    for mark in words.filter(|word| word.starts_with("mark-")) {
        assert_eq!(
            sent.contains(mark),
            !lost.contains(&mark),
            "`{mark}` from {caller} to {provider}: {sent}"
        );
    }
    reported.assert_eq(&[request.unmapped, encoded.dropped].concat().join("\n"));
}

#[test]
fn a_gemini_request_reaches_every_other_provider() {
    let lost_reasoning: &[&str] = &["mark-thought"];
    for (provider, model, lost, reported) in [
        (
            Dialect::OpenAiChat,
            "gpt-5",
            lost_reasoning,
            expect![[r#"
            tools[1].googleSearch
            generationConfig.candidateCount
            cachedContent
            safetySettings
            tool_call.signature
            reasoning
            tool_result.is_error"#]],
        ),
        (
            Dialect::Anthropic,
            "claude-sonnet-4-5",
            lost_reasoning,
            expect![[r#"
            tools[1].googleSearch
            generationConfig.candidateCount
            cachedContent
            safetySettings
            reasoning
            tool_call.signature"#]],
        ),
        (
            Dialect::Ollama,
            "qwen3",
            &["mark-linked"],
            expect![[r#"
            tools[1].googleSearch
            generationConfig.candidateCount
            cachedContent
            safetySettings
            image
            file
            tool_call.signature
            tool_result.is_error
            parameters.reasoning_effort"#]],
        ),
    ] {
        let journey = Journey { caller: Dialect::Gemini, provider, model, body: gemini_request(), lost };
        check_request(&journey, reported);
    }
}

#[test]
fn an_ollama_request_reaches_every_other_provider() {
    let lost_reasoning: &[&str] = &["mark-thought"];
    for (provider, model, lost, reported) in [
        (
            Dialect::OpenAiChat,
            "gpt-5",
            lost_reasoning,
            expect![[r#"
            options.num_ctx
            keep_alive
            reasoning"#]],
        ),
        (
            Dialect::Anthropic,
            "claude-sonnet-4-5",
            lost_reasoning,
            expect![[r#"
            options.num_ctx
            keep_alive
            parameters.seed
            reasoning"#]],
        ),
        (
            Dialect::Gemini,
            "gemini-3-pro",
            &[],
            expect![[r#"
            options.num_ctx
            keep_alive"#]],
        ),
    ] {
        let journey = Journey { caller: Dialect::Ollama, provider, model, body: ollama_request(), lost };
        check_request(&journey, reported);
    }
}

#[test]
fn results_without_ids_reach_the_calls_they_answer() {
    for (caller, body) in [(Dialect::Gemini, gemini_request()), (Dialect::Ollama, ollama_request())] {
        let request = codec(caller).decode_request(body.to_string().as_bytes()).unwrap();
        let (mut calls, mut results) = (Vec::new(), Vec::new());
        for part in request.messages.iter().flat_map(|message| &message.parts) {
            match part {
                Part::ToolCall { id, name, .. } => calls.push((id.clone(), name.clone())),
                Part::ToolResult { call_id, name, .. } => {
                    results.push((call_id.clone(), name.clone().unwrap()))
                }
                Part::Text { .. } | Part::Image { .. } | Part::File { .. } | Part::Reasoning { .. } => {}
            }
        }
        assert_eq!(calls, results, "{caller}");
        assert_eq!(calls[1].0, "mark-call-2");
        assert!(!calls[0].0.is_empty() && calls[0].0 != calls[1].0);
    }
}

#[test]
fn an_openai_request_reaches_anthropic() {
    let journey = Journey {
        caller: Dialect::OpenAiChat,
        provider: Dialect::Anthropic,
        model: "claude-sonnet-4-5",
        body: openai_request(),
        lost: &[],
    };
    check_request(&journey, expect![""]);
}

#[test]
fn an_openai_request_reaches_gemini() {
    let journey = Journey {
        caller: Dialect::OpenAiChat,
        provider: Dialect::Gemini,
        model: "gemini-3-pro",
        body: openai_request(),
        lost: &[],
    };
    check_request(&journey, expect![""]);
}

#[test]
fn an_openai_request_reaches_ollama() {
    // A schema has no name there, and linked pictures would have to be fetched.
    let journey = Journey {
        caller: Dialect::OpenAiChat,
        provider: Dialect::Ollama,
        model: "qwen3",
        body: openai_request(),
        lost: &["mark-answer", "mark-linked"],
    };
    check_request(
        &journey,
        expect![[r#"
        image
        parameters.reasoning_effort"#]],
    );
}

#[test]
fn an_openai_request_reaches_responses() {
    let journey = Journey {
        caller: Dialect::OpenAiChat,
        provider: Dialect::OpenAiResponses,
        model: "gpt-5",
        body: openai_request(),
        lost: &[],
    };
    check_request(&journey, expect![""]);
}

#[test]
fn an_anthropic_request_reaches_responses() {
    let journey = Journey {
        caller: Dialect::Anthropic,
        provider: Dialect::OpenAiResponses,
        model: "gpt-5",
        body: anthropic_request(),
        lost: &["mark-thought", "mark-signature"],
    };
    check_request(
        &journey,
        expect![[r#"
        reasoning
        tool_result.is_error
        parameters.reasoning_budget_tokens"#]],
    );
}

#[test]
fn a_responses_request_reaches_openai() {
    let journey = Journey {
        caller: Dialect::OpenAiResponses,
        provider: Dialect::OpenAiChat,
        model: "gpt-5",
        body: responses_request(),
        lost: &["mark-sealed", "mark-thought"],
    };
    check_request(
        &journey,
        expect![[r#"
        tools[2]
        reasoning"#]],
    );
}

#[test]
fn a_responses_request_reaches_anthropic() {
    let journey = Journey {
        caller: Dialect::OpenAiResponses,
        provider: Dialect::Anthropic,
        model: "claude-sonnet-4-5",
        body: responses_request(),
        lost: &["mark-sealed", "mark-thought"],
    };
    check_request(
        &journey,
        expect![[r#"
        tools[2]
        reasoning"#]],
    );
}

#[test]
fn a_responses_request_reaches_gemini() {
    let journey = Journey {
        caller: Dialect::OpenAiResponses,
        provider: Dialect::Gemini,
        model: "gemini-3-pro",
        body: responses_request(),
        lost: &["mark-sealed", "mark-file"],
    };
    check_request(
        &journey,
        expect![[r#"
        tools[2]
        file.file_name
        reasoning.signature"#]],
    );
}

#[test]
fn a_responses_request_reaches_ollama() {
    let journey = Journey {
        caller: Dialect::OpenAiResponses,
        provider: Dialect::Ollama,
        model: "qwen3",
        body: responses_request(),
        lost: &["mark-sealed", "mark-answer", "mark-linked", "mark-pdf", "mark-file"],
    };
    check_request(
        &journey,
        expect![[r#"
        tools[2]
        image
        file
        reasoning.signature
        parameters.reasoning_effort"#]],
    );
}

#[test]
fn what_only_the_provider_keeps_is_refused_on_the_way_to_another_format() {
    for (more, name) in [
        (json!({ "previous_response_id": "resp_1" }), "previous_response_id"),
        (json!({ "conversation": "conv_1" }), "conversation"),
        (json!({ "prompt": { "id": "pmpt_1" } }), "prompt"),
        (json!({ "input": [{ "type": "item_reference", "id": "rs_1" }] }), "input[0]"),
        (json!({ "input": [{ "role": "user", "content": "x" }, { "id": "msg_1" }] }), "input[1]"),
        (json!({ "input": [{ "type": "compaction", "encrypted_content": "x" }] }), "input[0]"),
    ] {
        let mut body = json!({ "model": "auto", "input": "hi" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let error = codec(Dialect::OpenAiResponses).decode_request(body.to_string().as_bytes()).unwrap_err();
        assert_eq!(error.kind, LlmErrorKind::BadRequest);
        assert!(error.message.contains(&format!("`{name}` refers to")), "{error}");
        assert!(error.message.contains("send the whole conversation"), "{error}");
    }
}

#[test]
fn an_anthropic_request_reaches_openai() {
    let journey = Journey {
        caller: Dialect::Anthropic,
        provider: Dialect::OpenAiChat,
        model: "gpt-5",
        body: anthropic_request(),
        lost: &["mark-thought", "mark-signature"],
    };
    check_request(
        &journey,
        expect![[r#"
        reasoning
        tool_result.is_error
        parameters.reasoning_budget_tokens"#]],
    );
}

#[test]
fn an_anthropic_request_reaches_gemini() {
    let journey = Journey {
        caller: Dialect::Anthropic,
        provider: Dialect::Gemini,
        model: "gemini-2.5-pro",
        body: anthropic_request(),
        lost: &["mark-signature"],
    };
    check_request(&journey, expect!["reasoning.signature"]);
}

#[test]
fn an_anthropic_request_reaches_ollama() {
    let journey = Journey {
        caller: Dialect::Anthropic,
        provider: Dialect::Ollama,
        model: "qwen3",
        body: anthropic_request(),
        lost: &["mark-signature", "mark-linked", "mark-pdf"],
    };
    check_request(
        &journey,
        expect![[r#"
        image
        file
        reasoning.signature
        tool_result.is_error
        parameters.reasoning_budget_tokens"#]],
    );
}
