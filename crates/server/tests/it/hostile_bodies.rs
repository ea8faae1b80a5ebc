//! Bodies that are none: each gets a clear error in the caller's format, and the server goes on serving.

use crate::{
    client::Client,
    stage::{MODEL, Stage, chat},
};
use bytes::Bytes;
use http::Method;
use serde_json::json;

/// The doors and what is served behind them; a test of the whole edge goes through all of them.
const DOORS: [&str; 5] = [
    "/v1/chat/completions",
    "/v1/responses",
    "/v1/embeddings",
    "/anthropic/v1/messages",
    "/anthropic/v1/messages/count_tokens",
];
const LIMIT: usize = 64 << 20;

/// The message of a door's error, whichever format is the door's.
async fn refused(client: &Client, door: &str, key: &str, body: impl Into<Bytes>, status: u16) -> String {
    let told = client.ask(door, key, body).await;
    assert_eq!(told.status, status, "{door}: {:?}", told.body);
    if door.starts_with("/anthropic") { told.anthropic_error(status) } else { told.openai_error(status) }
}

async fn still_serves(stage: &Stage, key: &str) {
    stage.client.ask("/v1/chat/completions", key, chat(MODEL, "hello").to_string()).await.ok(200);
    stage.client.get("/api/status").await.ok(200);
}

#[tokio::test]
async fn what_is_no_request_is_told_so_at_every_door() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let deep =
        |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000)).into_bytes();
    let mut latin = br#"{"model":"ollama/actor","messages":[{"role":"user","content":"na"#.to_vec();
    latin.extend_from_slice(b"\xefve\"}]}");
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        // A format that has to be translated is read to its last field; one that is passed on is not.
        ("words", b"hello?".to_vec()),
        ("half", br#"{"model": "ollama/actor", "messages": ["#.to_vec()),
        ("null", b"null".to_vec()),
        ("a list", b"[]".to_vec()),
        ("an empty object", b"{}".to_vec()),
        ("zeros", vec![0; 1_000]),
        ("deep lists", deep("[", "]")),
        ("deep objects", deep("{\"a\":", "}")),
        ("deep messages", [br#"{"model":"ollama/actor","max_tokens":5,"messages":"#.to_vec(), deep("[", "]"), b"}".to_vec()].concat()),
        ("Latin-1", latin),
        ("a lone surrogate", br#"{"model":"ollama/actor","max_tokens":5,"messages":"\ud800"}"#.to_vec()),
        ("a wrong type", br#"{"model": 7, "messages": "hello", "max_tokens": "many", "input": {}}"#.to_vec()),
        ("a number beyond all", br#"{"model":"ollama/actor","max_tokens":1e999,"messages":[],"input":1e999}"#.to_vec()),
        ("a negative limit", br#"{"model":"ollama/actor","max_tokens":-5,"messages":[{"role":"user","content":"x"}],"input":[-1]}"#.to_vec()),
    ];
    for door in DOORS {
        for (what, body) in &bodies {
            // Counting looks at the size only, and needs no more than a model and messages.
            if door.ends_with("count_tokens")
                && stage.client.ask(door, &key, body.clone()).await.status == 200
            {
                continue;
            }
            let told = refused(&stage.client, door, &key, body.clone(), 400).await;
            assert!(!told.is_empty() && told.len() < 1_000, "{door} on {what}: {told}");
        }
    }
    assert!(stage.upstream.requests().iter().all(|request| request.method == "GET"), "nonsense went out");
    still_serves(&stage, &key).await;
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let body = Bytes::from(vec![b' '; LIMIT + 1]);
    for door in DOORS {
        let told = refused(&stage.client, door, &key, body.clone(), 413).await;
        assert!(told.contains("64 MiB"), "{told}");
    }
    let request =
        stage.client.request(Method::PATCH, "/api/settings").header("content-type", "application/json");
    let told = stage.client.send(request.body(body.into()).unwrap()).await;
    told.problem(413, "invalid");
    still_serves(&stage, &key).await;
}

#[tokio::test]
async fn what_is_no_request_of_the_api_is_a_problem() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (content_type, body, status) in [
        ("application/json", &b"{\"name\": "[..], 400),
        ("application/json", b"", 400),
        ("application/json", b"\xff\xfe", 400),
        ("application/json", b"{\"name\": 7}", 422),
        ("application/json", deep.as_bytes(), 422),
        ("text/plain", b"{\"name\": \"x\"}", 415),
        ("application/x-www-form-urlencoded", b"name=x", 415),
        ("multipart/form-data; boundary=x", b"--x--", 415),
        ("", b"{\"name\": \"x\"}", 415),
    ] {
        let request = client.request(Method::POST, "/api/keys").header("content-type", content_type);
        let told = client.send(request.body(Bytes::copy_from_slice(body).into()).unwrap()).await;
        told.problem(status, "invalid");
    }
    client.get("/api/conversations/%FF").await.problem(400, "invalid");
    client.get("/api/conversations?q=%FF&limit=%FF").await.problem(400, "invalid");
    assert_eq!(client.get("/api/keys").await.ok(200)["keys"], json!([]));
}

/// A caller that goes away in the middle of its body, and one that sends it byte by byte.
#[tokio::test]
async fn half_a_body_and_a_slow_one_hurt_nobody() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let body = chat(MODEL, "hello").to_string();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n",
        stage.address,
        body.len()
    );
    for cut in [0, 1, body.len() / 2, body.len() - 1] {
        let mut stream = tokio::net::TcpStream::connect(stage.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&body.as_bytes()[..cut]).await.unwrap();
    }
    let mut stream = tokio::net::TcpStream::connect(stage.address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    for byte in head.bytes().chain(body.bytes()) {
        stream.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let calls = stage.upstream.requests().iter().filter(|request| request.method == "POST").count();
    assert_eq!(calls, 1, "half a request went out");
    still_serves(&stage, &key).await;
}
