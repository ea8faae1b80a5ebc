//! Calls through an endpoint against a scripted provider: credentials, headers, limits, what goes wrong.

use crate::setup::{provider, providers};
use bytes::Bytes;
use futures::StreamExt;
use http::{HeaderMap, HeaderValue};
use llm::{
    Aggregator, ChatRequest, LlmError, LlmErrorKind, Message, Operation, Role, UpstreamBody, UpstreamCall,
    UpstreamReply,
};
use providers::Providers;
use std::time::Duration;
use testkit::{Instead, Reply, ScriptedUpstream, What};

const KEY: &str = "sk-very-secret-key";

async fn claude(more: &str) -> (ScriptedUpstream, Providers) {
    let upstream = ScriptedUpstream::start().await.unwrap();
    let config =
        format!("dialect = 'anthropic'\nbase_url = '{}'\napi_key = \" {KEY}\\n\"\n{more}", upstream.url(""));
    let providers = providers(&[("claude", &config)]);
    (upstream, providers)
}

fn call(operation: Operation) -> UpstreamCall {
    let stream = operation == Operation::ChatStream;
    let body = format!(
        r#"{{"model":"m","max_tokens":64,"stream":{stream},"messages":[{{"role":"user","content":"hello there"}}]}}"#
    );
    UpstreamCall { operation, model: "m".into(), body: Bytes::from(body), headers: HeaderMap::new() }
}

async fn send(providers: &Providers, call: UpstreamCall) -> Result<UpstreamReply, LlmError> {
    providers.upstream("claude").unwrap().send(call).await
}

async fn streamed(reply: Result<UpstreamReply, LlmError>) -> Result<Vec<u8>, LlmError> {
    let UpstreamBody::Stream(mut stream) = reply?.body else { panic!("a stream was asked for") };
    let mut all = Vec::new();
    while let Some(piece) = stream.next().await {
        all.extend_from_slice(&piece?);
    }
    Ok(all)
}

#[tokio::test]
async fn a_call_carries_credential_and_format_headers_and_brings_limits_back() {
    let (upstream, providers) = claude("[headers]\nx-team = 'blue'").await;
    upstream.queue(
        Reply::text("hi")
            .header("anthropic-ratelimit-requests-remaining", "49")
            .header("set-cookie", "a=b")
            .header("request-id", "req_1"),
    );
    let mut call = call(Operation::Chat);
    call.headers.insert("anthropic-beta", HeaderValue::from_static("tools-2099"));
    call.headers.insert("x-api-key", HeaderValue::from_static("the callers own"));
    let reply = send(&providers, call.clone()).await.unwrap();
    assert_eq!(reply.limits.remaining_requests, Some(49));
    assert_eq!(reply.headers.get("request-id").unwrap(), "req_1");
    assert!(reply.headers.get("set-cookie").is_none());
    let UpstreamBody::Whole(body) = reply.body else { panic!("a whole reply was asked for") };
    let text = providers.upstream("claude").unwrap().codec().decode_reply(&body).unwrap().plain_text();
    assert_eq!(text, "hi");
    let seen = upstream.last_request().unwrap();
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/v1/messages"));
    assert_eq!(seen.body.as_bytes(), call.body);
    for (name, value) in [
        ("x-api-key", KEY),
        ("anthropic-version", "2023-06-01"),
        ("anthropic-beta", "tools-2099"),
        ("x-team", "blue"),
        ("content-type", "application/json"),
    ] {
        assert_eq!(seen.header(name), Some(value), "{name}");
    }
    assert!(seen.header("user-agent").unwrap().starts_with("familiar/"));
    assert_eq!(seen.headers.iter().filter(|(name, _)| name == "x-api-key").count(), 1);
}

#[tokio::test]
async fn a_stream_comes_as_it_is_sent_and_dropping_it_ends_the_call() {
    let (upstream, providers) = claude("").await;
    upstream.queue(Reply::words(20).tokens_per_second(2000.0));
    let all = streamed(send(&providers, call(Operation::ChatStream)).await).await.unwrap();
    assert!(String::from_utf8(all).unwrap().ends_with("{\"type\":\"message_stop\"}\n\n"));
    upstream.queue(Reply::words(100_000).tokens_per_second(50.0));
    let reply = send(&providers, call(Operation::ChatStream)).await.unwrap();
    let UpstreamBody::Stream(mut stream) = reply.body else { panic!("a stream was asked for") };
    stream.next().await.unwrap().unwrap();
    drop(stream);
    assert_eq!(upstream.wait_for_disconnects(1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_error_is_read_by_the_codec_and_never_shows_a_credential() {
    let (upstream, providers) = claude("[headers]\nx-token = 'other-secret-token'").await;
    let words = format!("invalid x-api-key: {KEY}, token other-secret-token");
    upstream.queue(Reply::error(401, words));
    let error = send(&providers, call(Operation::Chat)).await.map(|_| ()).unwrap_err();
    assert_eq!((error.kind, error.status), (LlmErrorKind::Authentication, Some(401)));
    assert_eq!(error.message, "invalid x-api-key: ***, token ***");
    assert_eq!(error.request_id.as_deref(), Some("req_scripted"));
    let upstream_debug = format!("{:?} {providers:?}", providers.upstream("claude").unwrap());
    assert!(!upstream_debug.contains(KEY) && !upstream_debug.contains("other-secret"), "{upstream_debug}");
}

#[tokio::test]
async fn a_limit_says_when_to_come_back() {
    let (upstream, providers) = claude("").await;
    upstream.queue(Reply::error(429, "slow down").header("retry-after", "7"));
    let error = send(&providers, call(Operation::Chat)).await.map(|_| ()).unwrap_err();
    assert_eq!((error.kind, error.retry_after), (LlmErrorKind::RateLimited, Some(Duration::from_secs(7))));
}

#[tokio::test]
async fn whatever_else_goes_wrong_has_a_class() {
    let (upstream, providers) = claude("first_byte_timeout_ms = 300\nstall_timeout_ms = 300").await;
    for (reply, kind) in [
        (Reply::instead(Instead::Garbage), LlmErrorKind::Malformed),
        (Reply::instead(Instead::Close), LlmErrorKind::Network),
        (Reply::instead(Instead::Nothing), LlmErrorKind::Timeout),
        (Reply::redirect("http://169.254.169.254/latest/meta-data"), LlmErrorKind::Malformed),
        (Reply::raw(502, "text/html", "<html>bad gateway</html>"), LlmErrorKind::Server),
        (Reply::text("x").header("content-encoding", "br"), LlmErrorKind::Malformed),
    ] {
        upstream.queue(reply.clone());
        let error = streamed(send(&providers, call(Operation::ChatStream)).await).await.unwrap_err();
        assert_eq!(error.kind, kind, "{reply:?}: {error}");
    }
    for (what, kind) in [(What::Stall, LlmErrorKind::Timeout), (What::Cut, LlmErrorKind::Network)] {
        upstream.queue(Reply::words(10).interrupted(3, what.clone()));
        let error = streamed(send(&providers, call(Operation::ChatStream)).await).await.unwrap_err();
        assert_eq!(error.kind, kind, "{what:?}: {error}");
    }
    assert_eq!(upstream.left_in_queue(), 0);
}

#[tokio::test]
async fn an_event_may_be_large() {
    let (upstream, providers) = claude("").await;
    upstream.queue(Reply::words(10).interrupted(3, What::Huge { bytes: 10 << 20 }));
    let all = streamed(send(&providers, call(Operation::ChatStream)).await).await.unwrap();
    assert!(all.len() > 10 << 20);
}

#[tokio::test]
async fn nobody_there_and_no_key_are_said_without_a_call() {
    let providers = providers(&[
        ("gone", "dialect = 'anthropic'\nbase_url = 'http://127.0.0.1:9'"),
        ("keyless", "vendor = 'anthropic'"),
    ]);
    let error = |name: &'static str| {
        let upstream = providers.upstream(name).unwrap();
        async move { upstream.send(call(Operation::Chat)).await.map(|_| ()).unwrap_err() }
    };
    let gone = error("gone").await;
    assert_eq!(gone.kind, LlmErrorKind::Network);
    assert!(gone.message.starts_with("no connection to `127.0.0.1:9`"), "{gone}");
    let keyless = error("keyless").await;
    assert_eq!(keyless.kind, LlmErrorKind::Authentication);
    assert_eq!(
        keyless.message,
        "no API key is set for `keyless`; https://platform.claude.com/settings/keys gives one"
    );
}

#[tokio::test]
async fn configurations_that_cannot_work_are_refused() {
    for (name, config, message) in [
        ("Up/Per", "vendor = 'openai'", "`Up/Per` cannot be a provider's name"),
        ("x", "", "`x` is not a vendor in the catalogue"),
        ("azure", "", "`azure` needs a base URL"),
        ("openai", "api_key = \"two\\nlines\"", "the API key has characters that cannot be sent"),
        (
            "openai",
            "proxy = 'https://me:hush@proxy'",
            "the connection cannot be set up: the proxy `https://proxy` cannot be used: only http, socks5 and socks5h proxies are known",
        ),
        ("openai", "ca_file = '/does/not/exist.pem'", "`/does/not/exist.pem` cannot be read"),
        (
            "openai",
            "headers = { host = 'x' }",
            "the header `host` cannot be sent: the connection sets it itself",
        ),
        (
            "openai",
            "headers = { 'a b' = 'x' }",
            "the header `a b` cannot be sent: that is not a header's name",
        ),
        ("openai", "base_url = 'nowhere'", "`nowhere` is not a base URL: it is not an address"),
    ] {
        let error = provider(name, config).map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(!error.hint().is_empty());
    }
}

#[tokio::test]
async fn every_dialect_reaches_its_own_path_and_is_understood() {
    for (dialect, base, paths) in [
        ("openai-chat", "/v1", ["/v1/chat/completions", "/v1/chat/completions"]),
        ("anthropic", "", ["/v1/messages", "/v1/messages"]),
        ("anthropic", "/v1", ["/v1/messages", "/v1/messages"]),
        (
            "gemini",
            "",
            ["/v1beta/models/m:generateContent", "/v1beta/models/m:streamGenerateContent?alt=sse"],
        ),
        (
            "gemini",
            "/v1beta",
            ["/v1beta/models/m:generateContent", "/v1beta/models/m:streamGenerateContent?alt=sse"],
        ),
        ("ollama", "", ["/api/chat", "/api/chat"]),
    ] {
        let scripted = ScriptedUpstream::start().await.unwrap();
        scripted.always(Reply::text("Two words."));
        let providers =
            providers(&[("mine", &format!("dialect = '{dialect}'\nbase_url = '{}'", scripted.url(base)))]);
        let upstream = providers.upstream("mine").unwrap();
        let request = ChatRequest {
            model: "m".into(),
            messages: vec![Message::text(Role::User, "Hello?")],
            ..ChatRequest::default()
        };
        for (operation, path) in [Operation::Chat, Operation::ChatStream].into_iter().zip(paths) {
            let body =
                upstream.codec().encode_request(&request, operation == Operation::ChatStream).unwrap().body;
            let call = UpstreamCall { operation, model: "m".into(), body, headers: HeaderMap::new() };
            let text = match upstream.send(call).await.unwrap().body {
                UpstreamBody::Whole(body) => upstream.codec().decode_reply(&body).unwrap().plain_text(),
                UpstreamBody::Stream(stream) => {
                    let mut decoder = upstream.codec().stream_decoder();
                    let (mut events, mut sum) = (Vec::new(), Aggregator::default());
                    let pieces: Vec<Bytes> = stream.map(Result::unwrap).collect().await;
                    pieces.iter().for_each(|piece| decoder.push(piece, &mut events).unwrap());
                    decoder.finish(&mut events).unwrap();
                    events.iter().for_each(|event| sum.push(event));
                    sum.finish().plain_text()
                }
            };
            assert_eq!(text, "Two words.", "{dialect} {operation:?}");
            assert_eq!(scripted.last_request().unwrap().path, path);
        }
    }
}

#[tokio::test]
async fn azure_is_called_by_deployment_with_its_own_header() {
    let scripted = ScriptedUpstream::start().await.unwrap();
    let config =
        format!("base_url = '{}'\napi_key = 'azure-key'\napi_version = '2025-04-01'", scripted.url(""));
    let providers = providers(&[("azure", &config)]);
    let call = UpstreamCall { model: "my-gpt".into(), ..call(Operation::Chat) };
    providers.upstream("azure").unwrap().send(call).await.unwrap();
    let seen = scripted.last_request().unwrap();
    assert_eq!(seen.path, "/openai/deployments/my-gpt/chat/completions?api-version=2025-04-01");
    assert_eq!((seen.header("api-key"), seen.header("authorization")), (Some("azure-key"), None));
}

#[tokio::test]
async fn organisation_project_and_key_go_where_the_vendor_wants_them() {
    let scripted = ScriptedUpstream::start().await.unwrap();
    let config = format!(
        "vendor = 'openai'\nbase_url = '{}'\napi_key = 'sk-x'\norganisation = 'org-1'\nproject = 'proj-1'",
        scripted.url("/v1")
    );
    let providers = providers(&[("mine", &config)]);
    providers.upstream("mine").unwrap().send(call(Operation::Chat)).await.unwrap();
    let seen = scripted.last_request().unwrap();
    for (name, value) in
        [("authorization", "Bearer sk-x"), ("openai-organization", "org-1"), ("openai-project", "proj-1")]
    {
        assert_eq!(seen.header(name), Some(value), "{name}");
    }
}
