//! The queue, the record, and the control endpoint.

use super::{events, started};
use serde_json::json;
use testkit::Reply;

#[tokio::test]
async fn a_path_has_its_own_queue() {
    let (upstream, caller) = started().await;
    upstream.queue(Reply::text("chat"));
    upstream.queue_on("/models", Reply::error(401, "bad key"));
    assert_eq!(caller.get(&upstream.url("/v1/models")).await.unwrap().0, 401);
    assert_eq!(caller.get(&upstream.url("/v1/models")).await.unwrap().0, 200);
    assert_eq!(upstream.left_in_queue(), 1, "lists do not take replies meant for model calls");
}

#[tokio::test]
async fn requests_are_kept_as_they_came() {
    let (upstream, caller) = started().await;
    let body = json!({ "model": "m", "messages": [] });
    caller.post(&upstream.url("/v1/chat/completions?x=1"), body.clone()).await.unwrap();
    let request = upstream.last_request().unwrap();
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/v1/chat/completions?x=1"));
    assert_eq!(request.json(), body);
    assert_eq!(request.header("host"), Some(upstream.address().to_string().as_str()));
    upstream.reset();
    assert!(upstream.requests().is_empty());
}

#[tokio::test]
async fn other_programs_script_it_over_http() {
    let (upstream, caller) = started().await;
    let control = upstream.url("/_script");
    let script = json!({
        "queue": [{ "parts": [{ "text": "from afar" }], "usage": { "exact": { "input": 7, "output": 2 } } }],
        "queue_on": [["/models", { "instead": { "error": { "status": 500, "message": "broken" } } }]],
        "always": { "instead": "nothing" },
        "models": ["a"],
    });
    assert_eq!(caller.post(&control, script).await.unwrap().0, 200);
    let ask = json!({ "model": "m", "messages": [] });
    let (_, body) = caller.post(&upstream.url("/v1/chat/completions"), ask).await.unwrap();
    let body = &events(&body)[0];
    assert_eq!(body["choices"][0]["message"]["content"], "from afar");
    assert_eq!(body["usage"]["prompt_tokens"], 7);
    assert_eq!(caller.get(&upstream.url("/v1/models")).await.unwrap().0, 500);
    let (_, report) = caller.get(&control).await.unwrap();
    assert_eq!(events(&report)[0]["requests"][0]["path"], "/v1/chat/completions");
    let (status, body) = caller.post(&control, json!({ "queues": [] })).await.unwrap();
    assert_eq!(status, 400);
    assert!(body.contains("queues"), "names the unknown field: {body}");
}

#[tokio::test]
async fn chunked_requests_and_pieces_of_replies_work() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let (upstream, _) = started().await;
    upstream.queue(Reply::text("piecemeal").write_bytes(1));
    let mut stream = tokio::net::TcpStream::connect(upstream.address()).await.unwrap();
    let request = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\
                   connection: close\r\n\r\n5\r\n{\"mod\r\n7\r\nel\":\"m\"\r\n1\r\n}\r\n0\r\n\r\n";
    for piece in request.as_bytes().chunks(3) {
        stream.write_all(piece).await.unwrap();
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("piecemeal"), "{answer}");
    assert_eq!(upstream.last_request().unwrap().json(), json!({ "model": "m" }));
}
