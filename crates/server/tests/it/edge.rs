//! The edge itself: who may come in, what every answer carries, limits, probes, and an orderly end.

use crate::{
    client::{Client, Reply},
    stage::{MODEL, PROVIDERS, Stage, chat},
};
use bytes::Bytes;
use http::Method;
use http_body_util::Full;
use serde_json::{Value, json};
use server::{Addresses, ListenError, Listeners, lanes::Lanes};
use std::{net::SocketAddr, sync::Arc};
use tokio_util::sync::CancellationToken;

async fn send(client: &Client, method: Method, path: &str, headers: &[(&str, &str)]) -> Reply {
    let request = headers
        .iter()
        .fold(client.request(method, path), |request, (name, value)| request.header(*name, *value));
    client.send(request.body(Full::<Bytes>::default()).unwrap()).await
}

#[tokio::test]
async fn foreign_names_and_foreign_pages_stay_out() {
    let stage = Stage::start().await;
    let client = &stage.client;
    for path in ["/api/status", "/", "/metrics", "/api/nothing", "/api/library/documents/x/file"] {
        let told = send(client, Method::GET, path, &[("host", "evil.example:7420")]).await;
        told.problem(403, "foreign_host");
    }
    let body = json!({ "name": "stolen" }).to_string();
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        let request = client.request(Method::POST, "/api/keys").header("origin", origin);
        let told = client
            .send(request.header("content-type", "text/plain").body(body.clone().into()).unwrap())
            .await;
        told.problem(403, "foreign_origin");
    }
    // A form of another site can send this without asking first; it must not be read as JSON.
    let request = client.request(Method::POST, "/api/keys").header("content-type", "text/plain");
    client.send(request.body(body.into()).unwrap()).await.problem(415, "invalid");
    assert_eq!(client.get("/api/keys").await.ok(200)["keys"], json!([]));
    let own = format!("http://{}", stage.address);
    let request = client.request(Method::POST, "/api/keys").header("origin", own);
    let request =
        request.header("content-type", "application/json").body(r#"{"name":"own"}"#.into()).unwrap();
    client.send(request).await.ok(201);
    // No answer invites other sites to read it.
    let told = send(client, Method::GET, "/api/keys", &[("origin", "https://evil.example")]).await;
    assert!(told.headers.get("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn whatever_is_not_there_says_so_in_the_callers_format() {
    let stage = Stage::start().await;
    let client = &stage.client;
    client.get("/api/nothing").await.problem(404, "no_such_route");
    client.get("/api").await.problem(404, "no_such_route");
    client.get("/api/").await.problem(404, "no_such_route");
    let told = client.delete("/api/status").await;
    told.problem(405, "method_not_allowed");
    assert!(told.header("allow").contains("GET"), "{:?}", told.headers);
    for path in ["/v1/nothing", "/v1/completions", "/v1", "/v1/responses/resp_1"] {
        let told = client.get(path).await.openai_error(404);
        assert!(told.contains(path), "{told}");
    }
    client.get("/v1/chat/completions").await.openai_error(405);
    client.get("/v1/responses").await.openai_error(405);
    let told = client.delete("/v1/responses/resp_1").await.openai_error(404);
    assert!(told.contains("not stored here") && told.contains("`input`"), "{told}");
    client.post("/anthropic/v1/complete", &json!({})).await.anthropic_error(404);
    client.get("/anthropic/v1/messages").await.anthropic_error(405);
}

#[tokio::test]
async fn every_answer_of_the_page_and_the_api_carries_the_security_headers() {
    let stage = Stage::start().await;
    for path in
        ["/", "/conversations/1", "/nothing.js", "/api/status", "/api/nothing", "/api/docs", "/metrics"]
    {
        let told = stage.client.get(path).await;
        assert!(told.header("content-security-policy").contains("default-src 'self'"), "{path}");
        assert!(told.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(told.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(told.header("referrer-policy"), "no-referrer", "{path}");
    }
}

#[tokio::test]
async fn the_page_is_packed_tagged_and_asked_for_once() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let page = client.get("/").await;
    if page.status == 503 {
        page.problem(503, "page_not_built");
        eprintln!("skipped: the page is not built");
        return;
    }
    assert_eq!((page.status, page.header("cache-control")), (200, "no-cache"));
    assert_eq!(client.get("/conversations/some-id").await.body, page.body, "the page's own router knows it");
    assert_eq!(client.get("/nothing.js").await.status, 404);
    assert_eq!(client.get("/../Cargo.toml").await.status, 404);
    assert_eq!(client.get("/%2e%2e/%2e%2e/Cargo.toml").await.status, 404);

    let text = page.text();
    let script = text.split('"').find(|part| part.starts_with("/assets/") && part.ends_with(".js")).unwrap();
    let plain = client.get(script).await;
    assert!(plain.header("cache-control").contains("immutable"));
    assert_eq!(plain.header("content-type"), "text/javascript; charset=utf-8");
    for (accepted, coding) in
        [("br", "br"), ("gzip, deflate, br;q=0.9", "br"), ("identity", ""), ("br;q=0", "")]
    {
        let packed = send(client, Method::GET, script, &[("accept-encoding", accepted)]).await;
        assert_eq!((packed.status, packed.header("content-encoding")), (200, coding), "{accepted}");
        assert_eq!(packed.header("vary"), "accept-encoding");
        if coding == "br" {
            assert!(packed.body.len() < plain.body.len());
        }
        let tag = packed.header("etag").to_owned();
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
            let headers = [("accept-encoding", accepted), ("if-none-match", known.as_str())];
            let again = send(client, Method::GET, script, &headers).await;
            assert_eq!(
                (again.status, again.body.len(), again.header("etag")),
                (304, 0, tag.as_str()),
                "{known}"
            );
        }
        let changed = send(client, Method::GET, script, &[("if-none-match", "\"other\"")]).await;
        assert_eq!(changed.status, 200);
    }
}

#[tokio::test]
async fn heads_and_lines_have_limits() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let host = stage.address;
    let long_header = format!(
        "GET /live HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\nx-long: {}\r\n\r\n",
        "x".repeat(200_000)
    );
    let told = client.raw(long_header.as_bytes()).await;
    assert!(told.starts_with("HTTP/1.1 431 "), "{told}");
    let many = format!(
        "GET /live HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{}\r\n",
        "a: b\r\n".repeat(2_000)
    );
    let told = client.raw(many.as_bytes()).await;
    assert!(told.starts_with("HTTP/1.1 431 "), "{told}");
    let told = client.raw(b"NONSENSE\r\n\r\n").await;
    assert!(told.starts_with("HTTP/1.1 400 "), "{told}");
    let two = format!(
        "POST /api/keys HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: 3\r\ncontent-length: 7\r\n\r\nabc"
    );
    let told = client.raw(two.as_bytes()).await;
    assert!(told.starts_with("HTTP/1.1 400 "), "{told}");
    // Without a host there is nothing that could be trusted.
    let told = client.raw(b"GET /api/status HTTP/1.0\r\n\r\n").await;
    assert!(told.starts_with("HTTP/1.0 403 ") || told.starts_with("HTTP/1.1 403 "), "{told}");
    assert_eq!(client.get("/live").await.text(), "ok\n");
}

#[tokio::test]
async fn probes_and_metrics_tell_how_it_is() {
    let stage = Stage::start().await;
    let client = &stage.client;
    for path in ["/live", "/ready"] {
        assert_eq!((client.get(path).await.status, client.get(path).await.text()), (200, "ok\n"));
    }
    assert_eq!(client.get("/health").await.ok(200)["status"], "ok");
    let key = stage.key(&json!({ "name": "app" })).await;
    client.ask("/v1/chat/completions", &key, chat(MODEL, "hello").to_string()).await.ok(200);
    let metrics = client.get("/metrics").await;
    assert!(metrics.header("content-type").starts_with("text/plain; version=0.0.4"));
    assert!(metrics.text().contains(MODEL), "{}", metrics.text());
    for line in metrics.text().lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let value = line.rsplit(' ').next().unwrap();
        assert!(line.starts_with("familiar_") || line.starts_with("process_"), "{line}");
        assert!(value.parse::<f64>().is_ok(), "{line}");
    }
    let status = client.get("/api/status").await.ok(200);
    assert_eq!(
        (&status["database"], &status["language_models"]),
        (&json!("sqlite"), &json!(PROVIDERS.len())),
        "{status}"
    );
}

/// Every reference in the document leads somewhere, and every operation says what it answers.
#[tokio::test]
async fn the_openapi_document_holds_together() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value {
                        Value::String(text) if name == "$ref" => found.push(text),
                        _ => references(value, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let stage = Stage::start().await;
    let document = stage.client.get("/api/openapi.json").await.ok(200);
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 30);
    for reference in found {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference} leads nowhere");
    }
    let (mut ids, mut count) = (std::collections::HashSet::new(), 0);
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            count += 1;
            assert!(
                ids.insert((operation["operationId"].clone(), operation["tags"].clone())),
                "{method} {path}"
            );
            assert!(!operation["responses"].as_object().unwrap().is_empty(), "{method} {path}");
            assert!(operation["summary"].is_string(), "{method} {path}");
            for name in path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
                let parameters = operation["parameters"].as_array().unwrap();
                assert!(
                    parameters.iter().any(|one| one["name"] == name && one["in"] == "path"),
                    "{method} {path}"
                );
            }
        }
    }
    assert!(count > 30);
    let page = stage.client.get("/api/docs").await;
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(!page.text().contains("<script"));
}

#[tokio::test]
async fn the_exposed_address_has_nothing_without_a_key() {
    let stage = Stage::start().await;
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let free = std::net::TcpListener::bind(any).unwrap().local_addr().unwrap();
    let listeners = Listeners::open(Addresses { listen: any, expose: Some(free) }).await.unwrap();
    let stop = CancellationToken::new();
    let serving =
        tokio::spawn(server::serve(Arc::clone(&stage.app), listeners, Arc::new(Lanes::none()), stop.clone()));
    let outside = Client::new(free);
    for path in ["/api/status", "/api/keys", "/api/openapi.json", "/", "/index.html", "/metrics", "/api/docs"]
    {
        let told = outside.get(path).await;
        assert_eq!(told.status, 404, "{path}: {:?}", told.body);
    }
    assert_eq!(outside.get("/live").await.text(), "ok\n");
    outside.get("/v1/models").await.openai_error(401);
    outside.get("/v1/nothing").await.openai_error(404);
    for path in ["/gemini/v1beta/models", "/ollama/api/tags", "/anthropic/v1/models"] {
        assert_eq!(outside.get(path).await.status, 401, "{path}");
    }
    let key = stage.key(&json!({ "name": "outside" })).await;
    let request = outside.request(Method::POST, "/v1/chat/completions").header("host", "familiar.example");
    let request = request.header("authorization", format!("Bearer {key}"));
    outside.send(request.body(chat(MODEL, "hello").to_string().into()).unwrap()).await.ok(200);
    stop.cancel();
    serving.await.unwrap().unwrap();

    let everywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let refused = Listeners::open(Addresses { listen: everywhere, expose: None }).await.unwrap_err();
    assert!(matches!(refused, ListenError::NotLoopback(_)), "{refused}");
}

/// Going down: nobody new comes in, a stream through the gateway reaches its end, a page's answer as well,
/// and event streams are ended instead of holding everything up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn going_down_lets_answers_end() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    // The stream through the gateway is still under way when the page's answer has ended.
    stage.upstream.queue(testkit::Reply::words(120).tokens_per_second(60.0));
    stage.upstream.queue(testkit::Reply::words(40).tokens_per_second(60.0));
    let mut body = chat(MODEL, "hello");
    body["stream"] = json!(true);
    let mut stream = stage.client.ask_stream("/v1/chat/completions", &key, &body).await;
    stream.next_text().await.unwrap();
    let conversation = stage.conversation().await;
    let mut events = stage.client.events(&format!("{conversation}/events"), None).await;
    let answer = stage.say(&conversation, "hello").await;
    events.until(|event| event["type"] == "delta").await;
    let mut watch = stage.client.events("/api/events", None).await;

    let address = stage.address;
    let ending = tokio::spawn(stage.end());
    let mut last = String::new();
    while let Some((_, data)) = stream.next_text().await {
        last = data;
    }
    assert_eq!(last, "[DONE]", "the stream under way reached its end");
    let ended = events.until(|event| event["type"] == "finished").await.pop().unwrap();
    assert_eq!(ended.data["message"]["status"], "complete");
    assert!(events.next().await.is_none(), "and its events end then");
    while watch.next().await.is_some() {}
    let (upstream, folder) = ending.await.unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "somebody still listens");

    let stage = Stage::over(upstream, folder).await;
    let messages = stage.client.get(&format!("{conversation}/messages")).await.ok(200);
    assert_eq!(
        (&messages["messages"][1]["id"], &messages["messages"][1]["status"]),
        (&json!(answer), &json!("complete"))
    );
    let exchanges = stage.exchanges().await;
    assert_eq!(exchanges.iter().filter(|one| one["outcome"] == "ok").count(), 2, "{exchanges:?}");
}
