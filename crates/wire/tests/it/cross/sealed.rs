//! Sealed tokens come back to the provider that made them, and to nobody else.

use super::{CALLERS, PROVIDERS, codec};
use crate::fixtures::cases;
use llm::{ChatReply, Dialect, Part};
use serde_json::{Value, json};

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
