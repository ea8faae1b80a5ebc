//! Answers in every dialect, whole and streamed.

use super::{events, started};
use serde_json::{Value, json};
use testkit::{Reply, UsageFigures};

const DIALECTS: [&str; 5] = ["openai", "responses", "anthropic", "gemini", "ollama"];

/// Path and body of a chat call.
fn chat(dialect: &str, prompt: &str, stream: bool) -> (&'static str, Value) {
    let messages = json!([{ "role": "user", "content": prompt }]);
    match dialect {
        "openai" => (
            "/v1/chat/completions",
            json!({ "model": "m", "messages": messages, "stream": stream, "stream_options": { "include_usage": true } }),
        ),
        "responses" => ("/v1/responses", json!({ "model": "m", "input": prompt, "stream": stream })),
        "anthropic" => (
            "/v1/messages",
            json!({ "model": "m", "messages": messages, "stream": stream, "max_tokens": 100 }),
        ),
        "gemini" => (
            if stream {
                "/v1beta/models/m:streamGenerateContent?alt=sse"
            } else {
                "/v1beta/models/m:generateContent"
            },
            json!({ "contents": [{ "role": "user", "parts": [{ "text": prompt }] }] }),
        ),
        _ => ("/api/chat", json!({ "model": "m", "messages": messages, "stream": stream })),
    }
}

/// The values at these pointers over all events, joined.
fn joined(events: &[Value], pointers: &[&str]) -> String {
    events
        .iter()
        .flat_map(|event| pointers.iter().filter_map(|pointer| event.pointer(pointer)?.as_str()))
        .collect()
}

fn text(dialect: &str, body: &str) -> String {
    let pointers: &[&str] = match dialect {
        "openai" => &["/choices/0/delta/content", "/choices/0/message/content"],
        "responses" => &["/delta", "/output/0/content/0/text"],
        "anthropic" => &["/delta/text", "/content/0/text"],
        "gemini" => &["/candidates/0/content/parts/0/text"],
        _ => &["/message/content"],
    };
    joined(&events(body), pointers)
}

/// Input and output tokens as the dialect says them, wherever in the body.
fn usage(dialect: &str, body: &str) -> (u64, u64) {
    let (input, output): (&[&str], &[&str]) = match dialect {
        "openai" => (&["/usage/prompt_tokens"], &["/usage/completion_tokens"]),
        "responses" => (
            &["/response/usage/input_tokens", "/usage/input_tokens"],
            &["/response/usage/output_tokens", "/usage/output_tokens"],
        ),
        "anthropic" => (&["/message/usage/input_tokens", "/usage/input_tokens"], &["/usage/output_tokens"]),
        "gemini" => (&["/usageMetadata/promptTokenCount"], &["/usageMetadata/candidatesTokenCount"]),
        _ => (&["/prompt_eval_count"], &["/eval_count"]),
    };
    let events = events(body);
    let largest = |pointers: &[&str]| {
        let found = events
            .iter()
            .flat_map(|event| pointers.iter().filter_map(|pointer| event.pointer(pointer)?.as_u64()));
        found.max().unwrap_or_default()
    };
    (largest(input), largest(output))
}

#[tokio::test]
async fn repeats_the_prompt_in_every_dialect() {
    let (upstream, caller) = started().await;
    for dialect in DIALECTS {
        for stream in [false, true] {
            let (path, body) = chat(dialect, "red lorry yellow lorry", stream);
            let (status, body) = caller.post(&upstream.url(path), body).await.unwrap();
            assert_eq!(status, 200, "{dialect}");
            assert_eq!(text(dialect, &body), "You said: red lorry yellow lorry", "{dialect}: {body}");
            assert_eq!(usage(dialect, &body), (4, 6), "{dialect} {stream}: {body}");
        }
    }
}

#[tokio::test]
async fn says_the_usage_it_is_told_or_none() {
    let (upstream, caller) = started().await;
    let figures = UsageFigures { input: 100, cached_input: 40, cache_write: 0, output: 30, reasoning: 10 };
    for (dialect, expected) in [
        ("openai", (140, 30)),
        ("responses", (140, 30)),
        ("anthropic", (100, 30)),
        ("gemini", (140, 20)),
        ("ollama", (140, 30)),
    ] {
        for stream in [false, true] {
            upstream.queue(Reply::text("a b").exact_usage(figures));
            upstream.queue(Reply::text("a b").without_usage());
            let (path, body) = chat(dialect, "x", stream);
            let url = upstream.url(path);
            let (_, with) = caller.post(&url, body.clone()).await.unwrap();
            let (_, without) = caller.post(&url, body).await.unwrap();
            assert_eq!(usage(dialect, &with), expected, "{dialect}: {with}");
            assert_eq!(usage(dialect, &without), (0, 0), "{dialect}: {without}");
        }
    }
}

#[tokio::test]
async fn calls_tools_and_thinks() {
    let (upstream, caller) = started().await;
    let arguments = r#"{"city":"Graz","days":3}"#;
    let reply = Reply::reasoning("let me look").and_tool_call("call_1", "weather", arguments);
    for dialect in DIALECTS {
        for stream in [false, true] {
            upstream.queue(reply.clone());
            let (path, body) = chat(dialect, "weather?", stream);
            let (_, body) = caller.post(&upstream.url(path), body).await.unwrap();
            let events = events(&body);
            let whole_arguments = match (dialect, stream) {
                ("openai", true) => joined(&events, &["/choices/0/delta/tool_calls/0/function/arguments"]),
                ("openai", _) => joined(&events, &["/choices/0/message/tool_calls/0/function/arguments"]),
                ("responses", _) => joined(&events, &["/arguments", "/output/1/arguments"]),
                ("anthropic", true) => joined(&events, &["/delta/partial_json"]),
                _ => {
                    let places = [
                        "/content/1/input",
                        "/candidates/0/content/parts/0/functionCall/args",
                        "/candidates/0/content/parts/1/functionCall/args",
                        "/message/tool_calls/0/function/arguments",
                    ];
                    let found = events
                        .iter()
                        .find_map(|event| places.iter().find_map(|place| event.pointer(place)))
                        .unwrap_or_else(|| panic!("{dialect} {stream}: no call in {body}"));
                    found.to_string()
                }
            };
            let parsed: Value = serde_json::from_str(&whole_arguments).unwrap();
            assert_eq!(parsed, json!({ "city": "Graz", "days": 3 }), "{dialect}");
            assert!(body.contains("let"), "{dialect} keeps its thinking: {body}");
        }
    }
}

#[tokio::test]
async fn lists_models_and_embeds() {
    let (upstream, caller) = started().await;
    upstream.models(&["tiny"]);
    for (path, pointer, name) in [
        ("/v1/models", "/data/0/id", "tiny"),
        ("/v1beta/models", "/models/0/name", "models/tiny"),
        ("/api/tags", "/models/0/name", "tiny"),
    ] {
        let (_, body) = caller.get(&upstream.url(path)).await.unwrap();
        assert_eq!(events(&body)[0].pointer(pointer).unwrap(), name, "{path}");
    }
    let url = upstream.url("/v1/embeddings");
    let ask = json!({ "model": "e", "input": ["one", "two", "one"], "dimensions": 4 });
    let (_, body) = caller.post(&url, ask).await.unwrap();
    let body = &events(&body)[0];
    assert_eq!(body["data"][0]["embedding"].as_array().unwrap().len(), 4);
    assert_eq!(body["data"][0]["embedding"], body["data"][2]["embedding"]);
    assert_ne!(body["data"][0]["embedding"], body["data"][1]["embedding"]);
    // Four little-endian floats are 16 bytes, 24 characters of base64.
    let ask = json!({ "model": "e", "input": "one", "dimensions": 4, "encoding_format": "base64" });
    let (_, body) = caller.post(&url, ask).await.unwrap();
    assert_eq!(events(&body)[0]["data"][0]["embedding"].as_str().unwrap().len(), 24);
}

#[tokio::test]
async fn a_canned_answer_has_the_form_that_was_asked_for() {
    let (upstream, caller) = started().await;
    upstream.canned(5);
    for dialect in DIALECTS {
        for stream in [false, true, false] {
            let (path, body) = chat(dialect, "x", stream);
            let (_, body) = caller.post(&upstream.url(path), body).await.unwrap();
            assert_eq!(text(dialect, &body), "the lantern keeps its own", "{dialect} {stream}");
            assert_eq!(usage(dialect, &body).1, 5, "{dialect} {stream}: {body}");
        }
    }
    assert!(upstream.requests().is_empty());
}
