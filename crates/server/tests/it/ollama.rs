//! Ollama's door, as its clients use it.

use crate::{
    client::Reply,
    stage::{MODEL, PROVIDERS, Stage},
};
use http::Method;
use serde_json::{Value, json};
use testkit::{ErrorReply, Instead, Interruption, Part, UsageFigures, UsageReport, What};

fn hello() -> testkit::Reply {
    let usage = UsageReport::Exact(UsageFigures { input: 11, output: 5, ..UsageFigures::default() });
    testkit::Reply { usage, ..testkit::Reply::text("Hello, you.") }
}

fn chat(model: &str, text: &str) -> Value {
    json!({ "model": model, "messages": [{ "role": "user", "content": text }] })
}

fn lines(reply: &Reply) -> Vec<Value> {
    assert_eq!(reply.header("content-type"), "application/x-ndjson");
    reply.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[track_caller]
fn error(reply: &Reply, status: u16) -> String {
    assert_eq!(reply.status, status, "{:?}", reply.body);
    assert_eq!(reply.header("content-type"), "application/json");
    reply.json()["error"].as_str().unwrap().to_owned()
}

/// Every line has the time, and the last one the durations and counts, whoever has written it.
#[track_caller]
fn check_times(lines: &[Value], provider: &str) {
    for line in lines {
        assert!(line["created_at"].as_str().is_some_and(|time| time.contains('T')), "{provider}: {line}");
    }
    let last = lines.last().unwrap();
    assert_eq!((&last["done"], &last["done_reason"]), (&json!(true), &json!("stop")), "{provider}: {last}");
    assert_eq!(
        (&last["prompt_eval_count"], &last["eval_count"]),
        (&json!(11), &json!(5)),
        "{provider}: {last}"
    );
    assert!(last["total_duration"].as_u64().unwrap() > 0, "{provider}: {last}");
}

#[tokio::test]
async fn every_provider_answers_in_ollamas_form() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    for (provider, ..) in PROVIDERS {
        let model = format!("{provider}/actor");
        stage.upstream.queue(hello());
        // A stream is the usual.
        let told = stage.client.ask("/ollama/api/chat", &key, chat(&model, "hi").to_string()).await;
        let streamed = lines(&told);
        let text: String = streamed.iter().map(|line| line["message"]["content"].as_str().unwrap()).collect();
        assert_eq!(text, "Hello, you.", "{provider}");
        check_times(&streamed, provider);
        assert!(streamed.iter().rev().skip(1).all(|line| line["done"] == json!(false)));

        stage.upstream.queue(hello());
        let mut whole = chat(&model, "hi");
        whole["stream"] = json!(false);
        let told = stage.client.ask("/ollama/api/chat", &key, whole.to_string()).await;
        assert_eq!(told.header("content-type"), "application/json");
        let reply = told.ok(200);
        assert_eq!(reply["message"], json!({ "role": "assistant", "content": "Hello, you." }), "{provider}");
        check_times(&[reply], provider);

        for stream in [true, false] {
            stage.upstream.queue(hello());
            let asked = json!({ "model": model, "prompt": "hi", "system": "be kind", "stream": stream });
            let told = stage.client.ask("/ollama/api/generate", &key, asked.to_string()).await;
            let replies = if stream { lines(&told) } else { vec![told.ok(200)] };
            let text: String = replies.iter().map(|line| line["response"].as_str().unwrap()).collect();
            assert_eq!(text, "Hello, you.", "{provider}");
            check_times(&replies, provider);
            let sent = stage.upstream.last_request().unwrap().body;
            assert!(sent.contains("be kind") && sent.contains("\"hi\""), "{sent}");
        }
    }
}

#[tokio::test]
async fn calls_of_tools_come_streamed_or_not_and_results_go_back() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let call = |city: &str| Part::ToolCall {
        id: format!("call_{city}"),
        name: "weather".into(),
        arguments: format!("{{\"city\":\"{city}\"}}"),
    };
    for (provider, ..) in PROVIDERS {
        for stream in [true, false] {
            stage.upstream.queue(testkit::Reply { parts: vec![call("Oslo"), call("Rome")], ..hello() });
            let mut body = chat(&format!("{provider}/actor"), "weather?");
            body["stream"] = json!(stream);
            body["tools"] = json!([{ "type": "function", "function": { "name": "weather", "parameters": {
                "type": "object", "properties": { "city": { "type": "string" } } } } }]);
            let told = stage.client.ask("/ollama/api/chat", &key, body.to_string()).await;
            let replies = if stream { lines(&told) } else { vec![told.ok(200)] };
            let calls: Vec<Value> = replies
                .iter()
                .flat_map(|line| line["message"]["tool_calls"].as_array().cloned().unwrap_or_default())
                .collect();
            let cities: Vec<&str> =
                calls.iter().map(|call| call["function"]["arguments"]["city"].as_str().unwrap()).collect();
            assert_eq!(cities, ["Oslo", "Rome"], "{provider} {stream}");
            // The official client sends calls back without their ids.
            let bare: Vec<Value> = calls
                .iter()
                .map(|call| {
                    json!({ "function": {
                "name": call["function"]["name"], "arguments": call["function"]["arguments"] } })
                })
                .collect();
            let messages = body["messages"].as_array_mut().unwrap();
            messages.push(json!({ "role": "assistant", "content": "", "tool_calls": bare }));
            messages.push(json!({ "role": "tool", "tool_name": "weather", "content": "rain" }));
            messages.push(json!({ "role": "tool", "tool_name": "weather", "content": "sun" }));
            stage.upstream.queue(hello());
            let told = stage.client.ask("/ollama/api/chat", &key, body.to_string()).await;
            assert_eq!(told.status, 200, "{:?}", told.body);
            let sent = stage.upstream.last_request().unwrap().body;
            assert!(sent.find("rain").unwrap() < sent.find("sun").unwrap(), "{sent}");
        }
    }
}

#[tokio::test]
async fn the_same_format_goes_on_byte_for_byte_and_others_say_what_they_cannot_carry() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let body = |model: &str| {
        format!(
            r#"{{ "model" : "{model}", "messages":[{{"role":"user","content":"hi"}}],"stream" : false, "options":{{"num_ctx":512}},"unheard_of":[ ]}}"#
        )
    };
    let told = stage.client.ask("/ollama/api/chat", &key, body("ollama/actor")).await;
    told.ok(200);
    assert_eq!(told.header("x-familiar-dropped"), "");
    assert_eq!(stage.upstream.last_request().unwrap().body, body("actor"));
    let told = stage.client.ask("/ollama/api/chat", &key, body("openai/actor")).await;
    told.ok(200);
    assert_eq!(told.header("x-familiar-dropped"), "options.num_ctx, unheard_of");
}

#[tokio::test]
async fn embeddings_come_in_both_forms() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    for provider in ["openai", "gemini", "ollama"] {
        let model = format!("{provider}/actor");
        let asked = json!({ "model": model, "input": ["a", "b"] });
        let several = stage.client.ask("/ollama/api/embed", &key, asked.to_string()).await.ok(200);
        assert_eq!((several["embeddings"].as_array().unwrap().len(), &several["model"]), (2, &json!(model)));
        let asked = json!({ "model": model, "prompt": "a" });
        let single = stage.client.ask("/ollama/api/embeddings", &key, asked.to_string()).await.ok(200);
        assert_eq!(single["embedding"], several["embeddings"][0], "{provider}");
    }
}

#[tokio::test]
async fn models_are_listed_shown_and_loaded() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let get = async |path: &str| {
        let request =
            stage.client.request(Method::GET, path).header("authorization", format!("Bearer {key}"));
        stage.client.send(request.body(Default::default()).unwrap()).await
    };
    let list = get("/ollama/api/tags").await.ok(200);
    let model = list["models"].as_array().unwrap().iter().find(|model| model["name"] == MODEL).unwrap();
    assert_eq!(model["digest"].as_str().unwrap().len(), 64);
    let shown =
        stage.client.ask("/ollama/api/show", &key, json!({ "model": MODEL }).to_string()).await.ok(200);
    assert!(shown["capabilities"].as_array().unwrap().contains(&json!("completion")), "{shown}");
    assert_eq!(shown["details"]["family"], "openai");
    let older =
        stage.client.ask("/ollama/api/show", &key, json!({ "name": MODEL }).to_string()).await.ok(200);
    assert_eq!(older, shown);
    let unknown = stage.client.ask("/ollama/api/show", &key, json!({ "model": "nothing" }).to_string()).await;
    assert!(error(&unknown, 404).contains("`nothing`"));
    assert!(get("/ollama/api/version").await.ok(200)["version"].as_str().unwrap().starts_with("0."));
    assert_eq!(stage.client.get("/ollama").await.text(), "Ollama is running");

    for (path, field) in [("/ollama/api/chat", "message"), ("/ollama/api/generate", "response")] {
        let loaded = stage.client.ask(path, &key, json!({ "model": MODEL }).to_string()).await.ok(200);
        assert_eq!((&loaded["done"], &loaded["done_reason"]), (&json!(true), &json!("load")), "{loaded}");
        assert!(loaded.get(field).is_some() && loaded["created_at"].is_string(), "{loaded}");
        error(&stage.client.ask(path, &key, json!({ "model": "nothing" }).to_string()).await, 404);
    }
    assert_eq!(
        stage
            .upstream
            .requests()
            .iter()
            .filter(|request| request.method == "POST" && request.path != "/api/show")
            .count(),
        0
    );
}

#[tokio::test]
async fn what_goes_wrong_is_told_in_ollamas_form() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    error(&stage.client.ask("/ollama/api/chat", "fam-nobody", chat(MODEL, "hi").to_string()).await, 401);
    error(&stage.client.ask("/ollama/api/chat", &key, chat("nothing", "hi").to_string()).await, 404);
    error(&stage.client.ask("/ollama/api/chat", &key, "{}").await, 400);
    error(&stage.client.get("/ollama/api/tags").await, 401);
    error(&stage.client.get("/ollama/api/version").await, 401);
    for field in ["raw", "suffix", "context", "template"] {
        let mut asked = json!({ "model": MODEL, "prompt": "hi" });
        asked[field] = match field {
            "raw" => json!(true),
            "context" => json!([1]),
            _ => json!("x"),
        };
        let told = stage.client.ask("/ollama/api/generate", &key, asked.to_string()).await;
        assert!(error(&told, 400).contains(&format!("`{field}`")));
    }
    let failing = ErrorReply { status: 429, message: "slow down".into(), kind: None, code: None };
    stage.upstream.queue(testkit::Reply { instead: Some(Instead::Error(failing)), ..hello() });
    let told = stage.client.ask("/ollama/api/chat", &key, chat(MODEL, "hi").to_string()).await;
    assert!(error(&told, 429).contains("slow down"));
    // After the first word the error is the last line.
    for path in ["/ollama/api/chat", "/ollama/api/generate"] {
        let late = ErrorReply { status: 529, message: "too much".into(), kind: None, code: None };
        let interruption = Some(Interruption { after: 2, what: What::Error(late) });
        stage.upstream.queue(testkit::Reply { interruption, ..testkit::Reply::text("one two three four") });
        let mut asked = chat("anthropic/actor", "hi");
        asked["prompt"] = json!("hi");
        let told = stage.client.ask(path, &key, asked.to_string()).await;
        let last = lines(&told).pop().unwrap();
        assert!(last["error"].as_str().unwrap().contains("too much"), "{last}");
    }
    for (method, path, status) in [
        (Method::GET, "/ollama/api/ps", 404),
        (Method::POST, "/ollama/api/pull", 404),
        (Method::GET, "/ollama/api/chat", 405),
    ] {
        let request = stage.client.request(method, path).body(Default::default()).unwrap();
        let message = error(&stage.client.send(request).await, status);
        assert!(status == 405 || message.contains("`generate`"), "{message}");
    }
}
