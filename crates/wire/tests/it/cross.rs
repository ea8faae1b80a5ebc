//! Every caller's format with every provider's: what a caller sends reaches the provider, and what the
//! provider answers reaches the caller, whole and streamed, except for what is named as lost.

use crate::fixtures::{cases, decode};
use bytes::BytesMut;
use expect_test::{Expect, expect};
use llm::{Aggregator, ChatEvent, ChatReply, Codec, Dialect, LlmErrorKind, Part, RequestHead, StopReason};
use serde_json::{Value, json};

pub(crate) const CALLERS: [Dialect; 5] = PROVIDERS;
const PROVIDERS: [Dialect; 5] = Dialect::ALL;

fn codec(dialect: Dialect) -> &'static dyn Codec {
    wire::codec(dialect)
}

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

fn openai_request() -> Value {
    json!({
        "model": "auto", "max_tokens": 9000, "reasoning_effort": "high", "parallel_tool_calls": true,
        "messages": [
            { "role": "system", "content": "mark-system" },
            { "role": "user", "content": [
                { "type": "text", "text": "mark-question" },
                { "type": "image_url", "image_url": { "url": "data:image/png;base64,mark-inline" } },
                { "type": "image_url", "image_url": { "url": "https://example.org/mark-linked.png" } },
            ] },
            { "role": "assistant", "content": "mark-said", "tool_calls": [
                { "id": "mark-call-1", "type": "function", "function": { "name": "mark-roll", "arguments": "{\"dice\":\"mark-2d6\"}" } },
                { "id": "mark-call-2", "type": "function", "function": { "name": "mark-clock", "arguments": "{}" } },
            ] },
            { "role": "tool", "tool_call_id": "mark-call-1", "content": "mark-seven" },
            { "role": "tool", "tool_call_id": "mark-call-2", "content": "mark-noon" },
            { "role": "user", "content": "mark-next" },
        ],
        "tools": [
            { "type": "function", "function": { "name": "mark-roll", "description": "mark-rolls",
                "parameters": { "type": "object", "properties": { "dice": { "type": "string", "description": "mark-dice" } } } } },
            { "type": "function", "function": { "name": "mark-clock" } },
        ],
        "response_format": { "type": "json_schema", "json_schema": { "name": "mark-answer", "strict": true, "schema": {
            "type": "object", "properties": { "mark-total": { "type": "integer" } }, "required": ["mark-total"],
            "additionalProperties": false } } },
    })
}

fn responses_request() -> Value {
    json!({
        "model": "auto", "max_output_tokens": 9000, "reasoning": { "effort": "high" }, "parallel_tool_calls": true,
        "instructions": "mark-system",
        "input": [
            { "role": "user", "content": [
                { "type": "input_text", "text": "mark-question" },
                { "type": "input_image", "detail": "auto", "image_url": "data:image/png;base64,mark-inline" },
                { "type": "input_image", "detail": "auto", "image_url": "https://example.org/mark-linked.png" },
                { "type": "input_file", "filename": "mark-file", "file_data": "data:application/pdf;base64,mark-pdf" },
            ] },
            { "type": "reasoning", "id": "rs_1", "encrypted_content": "mark-sealed", "summary": [{ "type": "summary_text", "text": "mark-thought" }] },
            { "type": "message", "id": "msg_1", "status": "completed", "role": "assistant",
                "content": [{ "type": "output_text", "text": "mark-said", "annotations": [] }] },
            { "type": "function_call", "id": "fc_1", "call_id": "mark-call-1", "name": "mark-roll", "arguments": "{\"dice\":\"mark-2d6\"}" },
            { "type": "function_call", "call_id": "mark-call-2", "name": "mark-clock", "arguments": "{}" },
            { "type": "function_call_output", "call_id": "mark-call-1", "output": [
                { "type": "input_text", "text": "mark-seven" },
                { "type": "input_image", "image_url": "data:image/png;base64,mark-picture" },
            ] },
            { "type": "function_call_output", "call_id": "mark-call-2", "output": "mark-noon" },
            { "role": "user", "content": "mark-next" },
        ],
        "tools": [
            { "type": "function", "name": "mark-roll", "description": "mark-rolls",
                "parameters": { "type": "object", "properties": { "dice": { "type": "string", "description": "mark-dice" } } } },
            { "type": "function", "name": "mark-clock" },
            { "type": "web_search" },
        ],
        "text": { "format": { "type": "json_schema", "name": "mark-answer", "strict": true, "schema": {
            "type": "object", "properties": { "mark-total": { "type": "integer" } }, "required": ["mark-total"],
            "additionalProperties": false } } },
    })
}

fn anthropic_request() -> Value {
    json!({
        "model": "auto", "max_tokens": 9000, "system": [{ "type": "text", "text": "mark-system" }],
        "thinking": { "type": "enabled", "budget_tokens": 2000 },
        "messages": [
            { "role": "user", "content": [
                { "type": "text", "text": "mark-question" },
                { "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "mark-inline" } },
                { "type": "image", "source": { "type": "url", "url": "https://example.org/mark-linked.png" } },
                { "type": "document", "source": { "type": "base64", "media_type": "application/pdf", "data": "mark-pdf" } },
            ] },
            { "role": "assistant", "content": [
                { "type": "thinking", "thinking": "mark-thought", "signature": "mark-signature" },
                { "type": "text", "text": "mark-said" },
                { "type": "tool_use", "id": "mark-call-1", "name": "mark-roll", "input": { "dice": "mark-2d6" } },
                { "type": "tool_use", "id": "mark-call-2", "name": "mark-clock", "input": {} },
            ] },
            { "role": "user", "content": [
                { "type": "tool_result", "tool_use_id": "mark-call-1", "content": [
                    { "type": "text", "text": "mark-seven" },
                    { "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "mark-picture" } },
                ] },
                { "type": "tool_result", "tool_use_id": "mark-call-2", "content": "mark-broken", "is_error": true },
                { "type": "text", "text": "mark-next" },
            ] },
        ],
        "tools": [
            { "name": "mark-roll", "description": "mark-rolls",
                "input_schema": { "type": "object", "properties": { "dice": { "type": "string", "description": "mark-dice" } } } },
            { "name": "mark-clock", "input_schema": { "type": "object" } },
        ],
        "output_config": { "format": { "type": "json_schema", "schema": {
            "type": "object", "properties": { "mark-total": { "type": "integer" } }, "required": ["mark-total"],
            "additionalProperties": false } } },
    })
}

fn gemini_request() -> Value {
    json!({
        "systemInstruction": { "parts": [{ "text": "mark-system" }] },
        "contents": [
            { "role": "user", "parts": [
                { "text": "mark-question" },
                { "inlineData": { "mimeType": "image/png", "data": "markinline==" } },
                { "fileData": { "fileUri": "https://example.org/mark-linked.png" } },
                { "inline_data": { "mime_type": "application/pdf", "data": "mark_pdf" } },
            ] },
            { "role": "model", "parts": [
                { "text": "mark-thought", "thought": true },
                { "text": "mark-said" },
                { "functionCall": { "name": "mark-roll", "args": { "dice": "mark-2d6" } }, "thoughtSignature": "bWFya3NpZ24=" },
                { "functionCall": { "id": "mark-call-2", "name": "mark-clock" } },
            ] },
            { "role": "user", "parts": [
                { "functionResponse": { "name": "mark-roll", "response": { "output": "mark-seven" },
                    "parts": [{ "inlineData": { "mimeType": "image/png", "data": "markpicture=" } }] } },
                { "functionResponse": { "name": "mark-clock", "response": { "error": "mark-broken" } } },
                { "text": "mark-next" },
            ] },
        ],
        "tools": [{ "functionDeclarations": [
            { "name": "mark-roll", "description": "mark-rolls",
                "parameters": { "type": "OBJECT", "properties": { "dice": { "type": "STRING", "description": "mark-dice" } } } },
            { "name": "mark-clock" },
        ] }, { "googleSearch": {} }],
        "generationConfig": {
            "maxOutputTokens": 9000, "thinkingConfig": { "thinkingLevel": "high" }, "candidateCount": 2,
            "responseMimeType": "application/json",
            "responseSchema": { "type": "OBJECT", "properties": { "mark-total": { "type": "INTEGER" } }, "required": ["mark-total"] },
        },
        "safetySettings": [{ "category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE" }],
        "cachedContent": "cachedContents/1",
    })
}

fn ollama_request() -> Value {
    json!({
        "model": "auto", "think": "high",
        "messages": [
            { "role": "system", "content": "mark-system" },
            { "role": "user", "content": "mark-question", "images": ["markinline=="] },
            { "role": "assistant", "content": "mark-said", "thinking": "mark-thought", "tool_calls": [
                { "function": { "name": "mark-roll", "arguments": { "dice": "mark-2d6" } } },
                { "id": "mark-call-2", "function": { "index": 1, "name": "mark-clock", "arguments": {} } },
            ] },
            { "role": "tool", "content": "mark-seven", "tool_name": "mark-roll" },
            { "role": "tool", "content": "mark-noon", "name": "mark-clock" },
            { "role": "user", "content": "mark-next" },
        ],
        "tools": [
            { "type": "function", "function": { "name": "mark-roll", "description": "mark-rolls",
                "parameters": { "type": "object", "properties": { "dice": { "type": "string", "description": "mark-dice" } } } } },
            { "type": "function", "function": { "name": "mark-clock" } },
        ],
        "format": { "type": "object", "properties": { "mark-total": { "type": "integer" } }, "required": ["mark-total"] },
        "options": { "num_predict": 9000, "seed": 7, "num_ctx": 8192, "stop": "mark-stop" },
        "keep_alive": "5m",
    })
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

/// Writes events as a caller of this dialect gets them, and reads them as the caller would.
fn as_stream(caller: &dyn Codec, events: &[ChatEvent]) -> ChatReply {
    let head = RequestHead {
        model: "asked-for".to_owned(),
        stream: true,
        wants_stream_usage: true,
        choices: 1,
        ..RequestHead::default()
    };
    let mut encoder = caller.stream_encoder(&head).unwrap();
    let mut out = BytesMut::new();
    events.iter().for_each(|event| encoder.event(event, &mut out));
    encoder.finish(&mut out);
    let (events, error) = decode(caller, &[&out]);
    assert_eq!(error, None);
    aggregate(&events)
}

fn aggregate(events: &[ChatEvent]) -> ChatReply {
    let mut sum = Aggregator::default();
    events.iter().for_each(|event| sum.push(event));
    sum.finish()
}

/// The parts of a reply that every caller must get: text, thinking, calls with their arguments and
/// signatures, in the order of their kind.
fn essence(reply: &ChatReply) -> Value {
    let mut thinking = String::new();
    let mut sealed = Vec::new();
    let mut calls = Vec::new();
    for part in &reply.parts {
        match part {
            Part::Reasoning { text, signature, redacted } => {
                thinking.push_str(text);
                sealed.extend(redacted.as_deref().or(signature.as_deref()));
            }
            Part::ToolCall { id, name, arguments, signature } => {
                let arguments: Value = serde_json::from_str(arguments).unwrap_or(json!(arguments));
                calls.push(json!([id, name, arguments, signature]));
            }
            Part::Text { .. } | Part::Image { .. } | Part::File { .. } | Part::ToolResult { .. } => {}
        }
    }
    sealed.sort_unstable();
    let usage = reply.usage.unwrap_or_default();
    json!({
        "id": reply.id, "model": reply.model, "text": reply.plain_text(), "thinking": thinking, "calls": calls,
        "sealed": sealed, "refusal": reply.refusal, "input": usage.total_input(), "cached": usage.cached_input,
        "output": usage.output, "reasoning": usage.reasoning,
    })
}

/// The essence of what a caller of this dialect is able to get: what its format has no place for left out.
fn essence_for(caller: Dialect, reply: &ChatReply) -> Value {
    let mut essence = essence(reply);
    if matches!(caller, Dialect::Gemini | Dialect::Ollama) {
        // The words of a refusal are the answer's text.
        let words = reply.refusal.as_deref().unwrap_or_default();
        essence["text"] = json!(format!("{}{words}", reply.plain_text()));
        essence["refusal"] = Value::Null;
    }
    if caller == Dialect::Ollama {
        for call in essence["calls"].as_array_mut().unwrap() {
            call[3] = Value::Null;
        }
        for (name, nothing) in
            [("id", Value::Null), ("sealed", json!([])), ("cached", json!(0)), ("reasoning", json!(0))]
        {
            essence[name] = nothing;
        }
    }
    essence
}

/// Whether a caller of this dialect may read `given` where the provider's answer was `meant`.
fn same_stop(caller: Dialect, meant: &ChatReply, given: &Option<StopReason>) -> bool {
    let refused = meant.refusal.is_some();
    let calls = meant.parts.iter().any(|part| matches!(part, Part::ToolCall { .. }));
    let meant = &meant.stop;
    meant == given
        || match (caller, meant) {
            // It has one word for all ways of declining.
            (Dialect::Anthropic, Some(StopReason::ContentFilter)) => *given == Some(StopReason::Refusal),
            (Dialect::Gemini, Some(StopReason::Refusal)) => *given == Some(StopReason::ContentFilter),
            (Dialect::Gemini, _) if refused => *given == Some(StopReason::ContentFilter),
            // It has one word for all ways of being done.
            (Dialect::OpenAiChat | Dialect::OpenAiResponses, Some(StopReason::StopSequence(_))) => {
                *given == Some(StopReason::EndTurn)
            }
            // It has no place for why a reply with calls or a refusal ended by itself.
            (Dialect::OpenAiResponses, Some(StopReason::EndTurn)) => {
                matches!(given, Some(StopReason::ToolCalls | StopReason::Refusal))
            }
            (Dialect::OpenAiChat | Dialect::OpenAiResponses, Some(StopReason::Refusal)) => {
                matches!(given, Some(StopReason::ContentFilter | StopReason::EndTurn))
            }
            (Dialect::Gemini, Some(StopReason::StopSequence(_) | StopReason::EndTurn))
            | (
                Dialect::Ollama,
                Some(
                    StopReason::StopSequence(_)
                    | StopReason::EndTurn
                    | StopReason::ContentFilter
                    | StopReason::Refusal,
                ),
            ) => *given == Some(if calls { StopReason::ToolCalls } else { StopReason::EndTurn }),
            _ => false,
        }
}

#[test]
fn every_reply_of_every_provider_reaches_every_caller() {
    let mut checked = 0;
    for provider in PROVIDERS {
        for case in cases(provider) {
            let whole = case.bytes("response.json").and_then(|body| case.codec.decode_reply(&body).ok());
            let streamed = case.stream().map(|body| decode(case.codec, &[&body]));
            let streamed = streamed.filter(|(_, error)| error.is_none()).map(|(events, _)| events);
            for caller in CALLERS {
                let place = format!("{} to {caller}", case.folder.display());
                if let Some(reply) = &whole {
                    let written = codec(caller).encode_reply(reply, "asked-for").unwrap();
                    let read = codec(caller).decode_reply(&written).unwrap();
                    check_reply(caller, reply, &read, &format!("{place}, whole"));
                    let again = as_stream(codec(caller), &reply.clone().into_events());
                    check_reply(caller, reply, &again, &format!("{place}, whole reply streamed"));
                    checked += 1;
                }
                if let Some(events) = &streamed {
                    let read = as_stream(codec(caller), events);
                    check_reply(caller, &aggregate(events), &read, &format!("{place}, streamed"));
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 60, "only {checked} replies were there to be checked");
}

#[track_caller]
fn check_reply(caller: Dialect, meant: &ChatReply, given: &ChatReply, place: &str) {
    let mut meant_essence = essence_for(caller, meant);
    let given_essence = essence(given);
    for made_up in ["id", "model"] {
        // Where the provider names none, the format demands one.
        if meant_essence[made_up].is_null() {
            meant_essence[made_up] = given_essence[made_up].clone();
        }
    }
    assert_eq!(given_essence, meant_essence, "{place}");
    assert!(same_stop(caller, meant, &given.stop), "{place}: {:?} became {:?}", meant.stop, given.stop);
}

/// One round of tools: the provider's answer goes to the caller, who sends it back with a result.
pub(crate) fn next_request(caller: Dialect, answer: &ChatReply) -> Value {
    let written = codec(caller).encode_reply(answer, "asked-for").unwrap();
    let written: Value = serde_json::from_slice(&written).unwrap();
    let mut ids = Vec::new();
    for part in &answer.parts {
        if let Part::ToolCall { id, .. } = part {
            ids.push(id);
        }
    }
    let mut messages = vec![json!({ "role": "user", "content": "Roll." })];
    if caller == Dialect::OpenAiResponses {
        messages.extend(written["output"].as_array().unwrap().iter().cloned());
        let result = |id: &String| json!({ "type": "function_call_output", "call_id": id, "output": "7" });
        messages.extend(ids.into_iter().map(result));
        return json!({ "model": "auto", "max_output_tokens": 100, "input": messages });
    }
    if caller == Dialect::Gemini {
        // As the official clients write it: by name, without an id.
        let names = answer
            .parts
            .iter()
            .filter_map(|part| if let Part::ToolCall { name, .. } = part { Some(name) } else { None });
        let results: Vec<Value> = names
            .map(|name| json!({ "functionResponse": { "name": name, "response": { "result": 7 } } }))
            .collect();
        let contents = json!([
            { "role": "user", "parts": [{ "text": "Roll." }] },
            written["candidates"][0]["content"],
            { "role": "user", "parts": if results.is_empty() { vec![json!({ "text": "Go on." })] } else { results } },
        ]);
        return json!({ "contents": contents, "generationConfig": { "maxOutputTokens": 100 } });
    }
    if caller == Dialect::Anthropic {
        let result = |id: &String| json!({ "type": "tool_result", "tool_use_id": id, "content": "7" });
        let results: Vec<Value> = ids.into_iter().map(result).collect();
        messages.push(json!({ "role": "assistant", "content": written["content"] }));
        messages.push(json!({ "role": "user", "content": results }));
    } else {
        messages.push(written["choices"][0]["message"].clone());
        let result = |id: &String| json!({ "role": "tool", "tool_call_id": id, "content": "7" });
        messages.extend(ids.into_iter().map(result));
    }
    json!({ "model": "auto", "max_tokens": 100, "messages": messages })
}

fn fixture_reply(provider: Dialect, name: &str) -> ChatReply {
    let case = cases(provider).into_iter().find(|case| case.folder.ends_with(name)).unwrap();
    case.codec.decode_reply(&case.bytes("response.json").unwrap()).unwrap()
}

#[test]
fn sealed_tokens_come_back_to_the_provider_that_made_them() {
    // Ollama's format has no place for them.
    for caller in CALLERS.into_iter().filter(|caller| *caller != Dialect::Ollama) {
        for (provider, model, fixture, tokens) in [
            (
                Dialect::Gemini,
                "gemini-3-pro",
                "tools",
                ["\"thoughtSignature\":\"c2lnMQ==\"", "\"name\":\"clock\""],
            ),
            (Dialect::Gemini, "gemini-3-pro", "thinking", ["\"thoughtSignature\":\"dGV4dA==\"", "12231"]),
            (
                Dialect::Anthropic,
                "claude-sonnet-4-5",
                "thinking",
                ["\"signature\":\"EqQB", "\"data\":\"EmwK"],
            ),
            (
                Dialect::OpenAiResponses,
                "o4-mini",
                "reasoning",
                ["\"encrypted_content\":\"gAAAAABo8Kx1+v/==\"", "\"text\":\"**Answering**\""],
            ),
            (
                Dialect::OpenAiResponses,
                "gpt-5.1",
                "reasoning-sealed-only",
                ["\"encrypted_content\":\"gAAAAABo8Kz9==\"", "\"call_id\":\"call_Cc3\""],
            ),
        ] {
            let body = next_request(caller, &fixture_reply(provider, fixture)).to_string();
            let mut request = codec(caller).decode_request(body.as_bytes()).unwrap();
            request.model = model.to_owned();
            let encoded = codec(provider).encode_request(&request, false).unwrap();
            let sent = String::from_utf8(encoded.body.to_vec()).unwrap();
            for token in tokens {
                assert!(sent.contains(token), "{token} by way of {caller}: {sent}");
            }
            // And never to another provider.
            for other in PROVIDERS.into_iter().filter(|other| *other != provider) {
                request.model = "another".to_owned();
                let sent = codec(other).encode_request(&request, false).unwrap().body;
                let sent = String::from_utf8(sent.to_vec()).unwrap();
                for secret in ["c2lnMQ==", "dGV4dA==", "EqQB", "EmwK", "gAAAAAB"] {
                    assert!(!sent.contains(secret), "{secret} of {provider} to {other}: {sent}");
                }
            }
        }
    }
}

#[test]
fn the_class_of_an_error_survives_every_door() {
    for caller in CALLERS {
        for kind in LlmErrorKind::ALL {
            // As `server` answers; the body has to tell what the status does not.
            let status = match kind.kind() {
                base::ErrorKind::Invalid => 400,
                base::ErrorKind::NotFound => 404,
                base::ErrorKind::Limited => 429,
                base::ErrorKind::Unavailable => 503,
                base::ErrorKind::Upstream
                | base::ErrorKind::Unauthenticated
                | base::ErrorKind::Forbidden
                | base::ErrorKind::Conflict
                | base::ErrorKind::Internal => 502,
            };
            let error = llm::LlmError::new(kind, "it went wrong");
            let body = codec(caller).encode_error(&error);
            let read = codec(caller).decode_error(status, &http::HeaderMap::new(), &body);
            assert_eq!(read.kind, kind, "{caller}: {}", String::from_utf8_lossy(&body));
            assert!(read.message.contains("it went wrong"));
        }
    }
}

/// BerriAI/litellm#35711: a stream that never yields the calls that the whole reply has.
#[test]
fn an_ollama_caller_gets_every_call_streamed_or_not() {
    let calls_in = |body: &[u8]| -> Vec<Value> {
        let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let lines = lines.map(|line| serde_json::from_slice::<Value>(line).unwrap());
        let calls =
            lines.flat_map(|line| line["message"]["tool_calls"].as_array().cloned().unwrap_or_default());
        calls
            .map(|call| {
                json!([call["function"]["name"], call["function"]["arguments"], call["function"]["index"]])
            })
            .collect()
    };
    let mut checked = 0;
    for provider in PROVIDERS {
        for case in cases(provider) {
            let Some(body) = case.bytes("response.json") else { continue };
            let Ok(reply) = case.codec.decode_reply(&body) else { continue };
            if !reply.parts.iter().any(|part| matches!(part, Part::ToolCall { .. })) {
                continue;
            }
            let ollama = codec(Dialect::Ollama);
            let whole = ollama.encode_reply(&reply, "asked-for").unwrap();
            let head = RequestHead { model: "asked-for".to_owned(), stream: true, ..RequestHead::default() };
            let mut encoder = ollama.stream_encoder(&head).unwrap();
            let mut streamed = BytesMut::new();
            let events = case.stream().map(|stream| decode(case.codec, &[&stream]).0);
            for event in events.unwrap_or_else(|| reply.into_events()) {
                encoder.event(&event, &mut streamed);
            }
            encoder.finish(&mut streamed);
            let whole = calls_in(&whole);
            assert!(!whole.is_empty());
            assert_eq!(calls_in(&streamed), whole, "{}", case.folder.display());
            checked += 1;
        }
    }
    assert!(checked >= 4, "only {checked} replies with calls were there");
}
