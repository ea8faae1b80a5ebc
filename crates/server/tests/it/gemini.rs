//! Gemini's door, as Google's clients use it.

use crate::{
    client::{Client, Reply},
    stage::{MODEL, PROVIDERS, Stage},
};
use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};
use testkit::{ErrorReply, Instead, Interruption, Part, UsageFigures, UsageReport, What};

fn content(text: &str) -> Value {
    json!({ "contents": [{ "role": "user", "parts": [{ "text": text }] }], "generationConfig": { "maxOutputTokens": 100 } })
}

async fn ask(client: &Client, path: &str, key: &str, body: &Value) -> Reply {
    let request = client.request(Method::POST, path).header("x-goog-api-key", key);
    client
        .send(request.header("content-type", "application/json").body(body.to_string().into()).unwrap())
        .await
}

fn path(model: &str, method: &str) -> String {
    format!("/gemini/v1beta/models/{model}:{method}")
}

/// The message of an error in Google's form, which has the status twice.
#[track_caller]
fn error(reply: &Reply, status: u16, name: &str) -> Value {
    assert_eq!(reply.status, status, "{:?}", reply.body);
    assert_eq!(reply.header("content-type"), "application/json");
    let error = reply.json()["error"].clone();
    assert_eq!((&error["code"], &error["status"]), (&json!(status), &json!(name)), "{error}");
    assert!(error["message"].is_string());
    error
}

fn hello() -> testkit::Reply {
    let usage = UsageReport::Exact(UsageFigures { input: 11, output: 5, ..UsageFigures::default() });
    testkit::Reply { usage, ..testkit::Reply::text("Hello, you.") }
}

#[tokio::test]
async fn every_provider_answers_in_googles_form() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    for (provider, ..) in PROVIDERS {
        let model = format!("{provider}/actor");
        stage.upstream.queue(hello());
        let told = ask(&stage.client, &path(&model, "generateContent"), &key, &content("hi")).await;
        let reply = told.ok(200);
        let candidate = &reply["candidates"][0];
        let text: String = candidate["content"]["parts"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|part| part["text"].as_str())
            .collect();
        assert_eq!(
            (text.as_str(), &candidate["content"]["role"]),
            ("Hello, you.", &json!("model")),
            "{provider}"
        );
        assert_eq!(candidate["finishReason"], "STOP");
        let usage = &reply["usageMetadata"];
        assert_eq!(
            (&usage["promptTokenCount"], &usage["candidatesTokenCount"]),
            (&json!(11), &json!(5)),
            "{usage}"
        );
        assert_eq!(told.header("x-familiar-model"), model);

        stage.upstream.queue(hello());
        let events =
            ask(&stage.client, &path(&model, "streamGenerateContent?alt=sse"), &key, &content("hi")).await;
        assert!(events.header("content-type").starts_with("text/event-stream"), "{provider}");
        let chunks: Vec<Value> = events
            .text()
            .lines()
            .filter_map(|line| line.strip_prefix("data: "))
            .map(|data| serde_json::from_str(data).unwrap())
            .collect();
        stage.upstream.queue(hello());
        let list = ask(&stage.client, &path(&model, "streamGenerateContent"), &key, &content("hi")).await;
        assert_eq!(list.header("content-type"), "application/json", "{provider}");
        let items = list.ok(200).as_array().unwrap().clone();
        assert_eq!(items.len(), chunks.len());
        for pieces in [chunks, items] {
            let text: String = pieces
                .iter()
                .flat_map(|chunk| {
                    chunk["candidates"][0]["content"]["parts"].as_array().cloned().unwrap_or_default()
                })
                .filter_map(|part| part["text"].as_str().map(str::to_owned))
                .collect();
            assert_eq!(text, "Hello, you.", "{provider}");
            assert_eq!(pieces.last().unwrap()["candidates"][0]["finishReason"], "STOP");
        }
    }
    assert_eq!(stage.exchanges().await.iter().filter(|one| one["outcome"] == "ok").count(), 12);
}

#[tokio::test]
async fn the_same_format_goes_on_byte_for_byte_under_the_models_own_name() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let body = r#"{ "contents":[{"parts":[{"text":"hi"}]}], "safety_settings":[ ],"unheard_of": 1 }"#;
    let request = stage.client.request(Method::POST, &path("gemini/actor", "generateContent"));
    let request = request.header("authorization", format!("Bearer {key}")).body(body.into()).unwrap();
    let told = stage.client.send(request).await;
    told.ok(200);
    assert_eq!(told.header("x-familiar-dropped"), "");
    let sent = stage.upstream.last_request().unwrap();
    assert_eq!((sent.path.as_str(), sent.body.as_str()), ("/v1beta/models/actor:generateContent", body));
    assert!(!sent.headers.iter().any(|(_, value)| value.contains(&key)), "the caller's key stays here");

    // Another format cannot carry these.
    let request = stage.client.request(Method::POST, &path("openai/actor", "generateContent"));
    let request = request.header("x-goog-api-key", &key).body(body.into()).unwrap();
    let told = stage.client.send(request).await;
    told.ok(200);
    assert_eq!(told.header("x-familiar-dropped"), "safetySettings, unheardOf");
}

#[tokio::test]
async fn calls_of_tools_come_whole_and_results_go_back() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let call = |city: &str| Part::ToolCall {
        id: format!("call_{city}"),
        name: "weather".into(),
        arguments: format!("{{\"city\":\"{city}\"}}"),
    };
    for (provider, ..) in PROVIDERS {
        for method in ["generateContent", "streamGenerateContent"] {
            let model = format!("{provider}/actor");
            stage.upstream.queue(testkit::Reply { parts: vec![call("Oslo"), call("Rome")], ..hello() });
            let mut body = content("weather?");
            body["tools"] = json!([{ "functionDeclarations": [{ "name": "weather", "parameters": { "type": "OBJECT",
                "properties": { "city": { "type": "STRING" } } } }] }]);
            let told = ask(&stage.client, &path(&model, method), &key, &body).await.ok(200);
            let chunks = told.as_array().cloned().unwrap_or_else(|| vec![told]);
            let parts: Vec<Value> = chunks
                .iter()
                .flat_map(|chunk| {
                    chunk["candidates"][0]["content"]["parts"].as_array().cloned().unwrap_or_default()
                })
                .filter(|part| part["functionCall"].is_object())
                .collect();
            let cities: Vec<&str> =
                parts.iter().map(|part| part["functionCall"]["args"]["city"].as_str().unwrap()).collect();
            assert_eq!(cities, ["Oslo", "Rome"], "{provider} {method}");

            let result = |sky: &str| json!({ "functionResponse": { "name": "weather", "response": { "result": sky } } });
            let contents = body["contents"].as_array_mut().unwrap();
            contents.push(json!({ "role": "model", "parts": parts }));
            contents.push(json!({ "role": "user", "parts": [result("rain"), result("sun")] }));
            stage.upstream.queue(hello());
            ask(&stage.client, &path(&model, method), &key, &body).await.ok(200);
            let sent = stage.upstream.last_request().unwrap().body;
            let (rain, sun) = (sent.find("rain").unwrap(), sent.find("sun").unwrap());
            assert!(rain < sun, "{sent}");
        }
    }
}

#[tokio::test]
async fn embeddings_come_singly_and_in_batches() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    for provider in ["openai", "gemini", "ollama"] {
        let model = format!("{provider}/actor");
        let one = |text: &str| {
            json!({ "model": format!("models/{model}"), "content": { "parts": [{ "text": text }] },
            "taskType": "RETRIEVAL_QUERY", "outputDimensionality": 8 })
        };
        let batch = json!({ "requests": [one("a"), one("b")] });
        let told = ask(&stage.client, &path(&model, "batchEmbedContents"), &key, &batch).await;
        let vectors = told.ok(200)["embeddings"].as_array().unwrap().clone();
        assert_eq!(vectors.len(), 2, "{provider}");
        let dropped = if provider == "gemini" { "" } else { "task" };
        assert_eq!(told.header("x-familiar-dropped"), dropped);
        let single = ask(&stage.client, &path(&model, "embedContent"), &key, &one("a")).await.ok(200);
        assert_eq!(single["embedding"]["values"], vectors[0]["values"], "{provider}");
        let sent = stage.upstream.last_request().unwrap().json();
        if provider == "gemini" {
            assert_eq!(
                (&sent["requests"][0]["taskType"], &sent["requests"][0]["outputDimensionality"]),
                (&json!("RETRIEVAL_QUERY"), &json!(8))
            );
        }
    }
    let picture =
        json!({ "content": { "parts": [{ "inlineData": { "mimeType": "image/png", "data": "AAAA" } }] } });
    let told = ask(&stage.client, &path("gemini/actor", "embedContent"), &key, &picture).await;
    assert!(error(&told, 400, "INVALID_ARGUMENT")["message"].as_str().unwrap().contains("only text"));
}

#[tokio::test]
async fn models_are_listed_found_and_counted_for() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let get = async |path: String| {
        stage.client.send(stage.client.request(Method::GET, &path).body(Default::default()).unwrap()).await
    };
    // The key may stand in the address, as Google's older clients have it.
    let list = get(format!("/gemini/v1beta/models?key={key}")).await.ok(200);
    let names: Vec<&str> =
        list["models"].as_array().unwrap().iter().map(|model| model["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"models/openai/actor") && names.contains(&"models/auto"), "{names:?}");
    let mut paged = Vec::new();
    let mut token = String::new();
    loop {
        let page = get(format!("/gemini/v1/models?key={key}&pageSize=2{token}")).await.ok(200);
        let models = page["models"].as_array().unwrap();
        assert!(models.len() <= 2);
        paged.extend(models.iter().map(|model| model["name"].as_str().unwrap().to_owned()));
        match page["nextPageToken"].as_str() {
            Some(next) => token = format!("&pageToken={next}"),
            None => break,
        }
    }
    assert_eq!(paged, names);
    error(&get(format!("/gemini/v1/models?key={key}&pageSize=all")).await, 400, "INVALID_ARGUMENT");
    let model = get(format!("/gemini/v1beta/models/openai/actor?key={key}")).await.ok(200);
    assert_eq!((&model["name"], &model["displayName"]), (&json!("models/openai/actor"), &json!("actor")));
    assert!(model["supportedGenerationMethods"].as_array().unwrap().contains(&json!("generateContent")));
    error(&get(format!("/gemini/v1beta/models/nothing?key={key}")).await, 404, "NOT_FOUND");

    let text = "how many tokens has this text, about?";
    let count = async |body: &Value| {
        ask(&stage.client, &path(MODEL, "countTokens"), &key, body).await.ok(200)["totalTokens"]
            .as_u64()
            .unwrap()
    };
    let plain = count(&content(text)).await;
    assert!((8..60).contains(&plain), "{plain}");
    let wrapped = count(&json!({ "generateContentRequest": content(text) })).await;
    assert_eq!(wrapped, plain);
    let told = ask(&stage.client, &path(MODEL, "countTokens"), &key, &json!({})).await;
    error(&told, 400, "INVALID_ARGUMENT");
}

#[tokio::test]
async fn what_goes_wrong_is_told_in_googles_form() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let url = path(MODEL, "generateContent");
    error(&ask(&stage.client, &url, "fam-nobody", &content("hi")).await, 401, "UNAUTHENTICATED");
    error(&ask(&stage.client, &url, &key, &json!({})).await, 400, "INVALID_ARGUMENT");
    error(
        &ask(&stage.client, &path("nothing", "generateContent"), &key, &content("hi")).await,
        404,
        "NOT_FOUND",
    );
    let failing = |status, message: &str| testkit::Reply {
        instead: Some(Instead::Error(ErrorReply { status, message: message.into(), kind: None, code: None })),
        headers: vec![("retry-after".into(), "7".into())],
        ..hello()
    };
    stage.upstream.queue(failing(429, "slow down"));
    let told = ask(&stage.client, &url, &key, &content("hi")).await;
    let details = error(&told, 429, "RESOURCE_EXHAUSTED")["details"].clone();
    let retry = details.as_array().unwrap().iter().find(|one| one["retryDelay"].is_string()).unwrap();
    assert_eq!(
        (&retry["retryDelay"], &retry["@type"]),
        (&json!("7s"), &json!("type.googleapis.com/google.rpc.RetryInfo"))
    );
    assert_eq!(told.header("retry-after"), "7");

    // After the first word the error is the last thing in the stream, as an event and as an item.
    for query in ["?alt=sse", ""] {
        let error = ErrorReply { status: 529, message: "too much".into(), kind: None, code: None };
        let interruption = Some(Interruption { after: 2, what: What::Error(error) });
        let words = testkit::Reply::text("one two three four");
        stage.upstream.queue(testkit::Reply { interruption, ..words });
        let url = path("anthropic/actor", &format!("streamGenerateContent{query}"));
        let told = ask(&stage.client, &url, &key, &content("hi")).await;
        let last: Value = if query.is_empty() {
            told.ok(200).as_array().unwrap().last().unwrap().clone()
        } else {
            let data = told.text().lines().filter_map(|line| line.strip_prefix("data: ")).next_back();
            serde_json::from_str(data.unwrap()).unwrap()
        };
        assert!(last["error"]["message"].as_str().unwrap().contains("too much"), "{last}");
        assert!(last["error"]["code"].as_u64().unwrap() >= 500);
    }
}

#[tokio::test]
async fn what_is_not_there_says_what_is() {
    let stage = Stage::start().await;
    for (method, path, status) in [
        (Method::GET, "/gemini", 404),
        (Method::GET, "/gemini/v1beta/files", 404),
        (Method::POST, "/gemini/v1beta/models/x:predict", 404),
        (Method::POST, "/gemini/v1beta/models/x", 404),
        (Method::DELETE, "/gemini/v1beta/models/x", 405),
    ] {
        let request = stage.client.request(method, path).body(Bytes::from("{}").into()).unwrap();
        let told = stage.client.send(request).await;
        let name = if status == 404 { "NOT_FOUND" } else { "INVALID_ARGUMENT" };
        let message = error(&told, status, name)["message"].as_str().unwrap().to_owned();
        assert!(status == 405 || message.contains("streamGenerateContent"), "{message}");
    }
    // Nothing without a key.
    error(&stage.client.get("/gemini/v1beta/models").await, 401, "UNAUTHENTICATED");
}
