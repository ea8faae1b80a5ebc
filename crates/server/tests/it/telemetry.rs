//! Spans of calls at a collector: their form, their families, what is not in them, and what a bad collector costs.

use crate::stage::{MODEL, Stage, UPSTREAM_KEY, chat};
use http::Method;
use http_body_util::Full;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use testkit::{Instead, Reply, ScriptedUpstream};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// A program that sends spans to a collector of its own.
async fn stage(collector: &ScriptedUpstream, more: &str) -> Stage {
    let endpoint = collector.url("");
    Stage::with(|_| {
        format!(
            "[telemetry]\notlp_endpoint = \"{endpoint}\"\nheaders = {{ \"x-team\" = \"blue\" }}\n{more}\n\
             [routes.both]\ndeployments = [\"openai/actor\", \"ollama/actor\"]\n"
        )
    })
    .await
}

impl Stage {
    async fn ask_traced(&self, key: &str, body: &Value, traceparent: &str) {
        let request = self.client.request(Method::POST, "/v1/chat/completions");
        let request =
            request.header("authorization", format!("Bearer {key}")).header("traceparent", traceparent);
        let reply = self.client.send(request.body(Full::from(body.to_string())).unwrap()).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
}

/// The spans that the collector has, once it has so many.
async fn spans(collector: &ScriptedUpstream, count: usize) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let found: Vec<Value> =
            collector.requests().iter().flat_map(|request| spans_of(&request.json())).collect();
        if found.len() >= count {
            return found;
        }
        assert!(Instant::now() < deadline, "{found:#?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn spans_of(request: &Value) -> Vec<Value> {
    let scopes = request["resourceSpans"].as_array().into_iter().flatten();
    let scopes = scopes.flat_map(|resource| resource["scopeSpans"].as_array().cloned().unwrap_or_default());
    scopes.flat_map(|scope| scope["spans"].as_array().cloned().unwrap_or_default()).collect()
}

fn attribute<'a>(span: &'a Value, key: &str) -> &'a Value {
    let attributes = span["attributes"].as_array().unwrap();
    attributes.iter().find(|one| one["key"] == key).map_or(&Value::Null, |one| &one["value"])
}

/// What the mapping of OTLP to JSON asks of a span.
fn check_form(span: &Value) {
    let hex = |key: &str, length: usize| {
        let text = span[key].as_str().unwrap();
        assert!(
            text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')),
            "{text}"
        );
    };
    hex("traceId", 32);
    hex("spanId", 16);
    let nanos = |key: &str| span[key].as_str().unwrap().parse::<u64>().unwrap();
    assert!(nanos("startTimeUnixNano") <= nanos("endTimeUnixNano"), "{span}");
    assert!(nanos("startTimeUnixNano") > 1_500_000_000_000_000_000, "{span}");
    assert!(matches!(span["kind"].as_u64(), Some(2 | 3)), "{span}");
    assert!(matches!(span["status"]["code"].as_u64(), Some(1 | 2)), "{span}");
    for one in span["attributes"].as_array().unwrap() {
        let value = one["value"].as_object().unwrap();
        let (kind, value) = value.iter().next().unwrap();
        let fits = match kind.as_str() {
            "stringValue" => value.is_string(),
            // 64-bit numbers are texts.
            "intValue" => value.as_str().is_some_and(|text| text.parse::<i64>().is_ok()),
            "doubleValue" => value.is_number(),
            "boolValue" => value.is_boolean(),
            "arrayValue" => value["values"].is_array(),
            _ => false,
        };
        assert!(one["key"].is_string() && fits, "{one}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_a_span_with_one_below_for_each_attempt() {
    let collector = ScriptedUpstream::start().await.unwrap();
    let stage = stage(&collector, "propagate = true").await;
    let key = stage.key(&json!({ "name": "app" })).await;
    stage.upstream.queue(Reply::error(500, "broken"));
    stage.upstream.queue(Reply::text("fine").usage(20, 7));
    let mut body = chat("both", "a secret question");
    body["stream"] = json!(true);
    stage.ask_traced(&key, &body, &format!("00-{TRACE}-{PARENT}-01")).await;

    let found = spans(&collector, 3).await;
    found.iter().for_each(check_form);
    let whole = found.iter().find(|span| span["kind"] == 2).unwrap();
    assert_eq!((&whole["traceId"], &whole["parentSpanId"]), (&json!(TRACE), &json!(PARENT)));
    assert_eq!(whole["name"], "chat both");
    let text = |key: &str| attribute(whole, key)["stringValue"].as_str().unwrap_or_default();
    assert_eq!(text("gen_ai.operation.name"), "chat");
    assert_eq!(text("gen_ai.request.model"), "both");
    assert_eq!((text("gen_ai.provider.name"), text("gen_ai.response.model")), ("ollama", "actor"));
    assert_eq!(text("familiar.route"), "both");
    assert_eq!(attribute(whole, "gen_ai.usage.input_tokens"), &json!({ "intValue": "20" }));
    assert_eq!(attribute(whole, "gen_ai.usage.output_tokens"), &json!({ "intValue": "7" }));
    assert_eq!(attribute(whole, "gen_ai.request.max_tokens"), &json!({ "intValue": "100" }));
    assert_eq!(
        attribute(whole, "gen_ai.response.finish_reasons")["arrayValue"]["values"][0]["stringValue"],
        "stop"
    );
    assert_eq!(whole["status"]["code"], 1);

    let parts: Vec<&Value> = found.iter().filter(|span| span["kind"] == 3).collect();
    assert_eq!(parts.len(), 2);
    assert!(
        parts
            .iter()
            .all(|part| part["parentSpanId"] == whole["spanId"] && part["traceId"] == whole["traceId"])
    );
    let (failed, answered) = (parts[0], parts[1]);
    assert_eq!(
        (&failed["status"]["code"], attribute(failed, "error.type")),
        (&json!(2), &json!({ "stringValue": "server" }))
    );
    assert_eq!(attribute(answered, "gen_ai.provider.name"), &json!({ "stringValue": "ollama" }));
    assert!(attribute(answered, "error.type").is_null());
    // Each provider was told of its own attempt.
    let told: Vec<String> = stage
        .upstream
        .requests()
        .iter()
        .filter(|request| request.method == "POST")
        .map(|request| request.header("traceparent").unwrap_or_default().to_owned())
        .collect();
    let wanted = |part: &Value| format!("00-{TRACE}-{}-01", part["spanId"].as_str().unwrap());
    assert_eq!(told, [wanted(failed), wanted(answered)]);

    // Neither words nor keys, and the header that the configuration asks for.
    for request in collector.requests() {
        assert!(
            !request.body.contains("a secret question") && !request.body.contains("fine"),
            "{}",
            request.body
        );
        assert!(!request.body.contains(UPSTREAM_KEY) && !request.body.contains(&key), "{}", request.body);
        assert_eq!((request.path.as_str(), request.header("x-team")), ("/v1/traces", Some("blue")));
        assert_eq!(
            request.json()["resourceSpans"][0]["resource"]["attributes"][0]["value"]["stringValue"],
            "familiar"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_caller_decides_whether_it_is_followed_and_words_are_there_only_when_asked_for() {
    let collector = ScriptedUpstream::start().await.unwrap();
    let stage = stage(&collector, "capture_content = true\nsample_ratio = 0.0").await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let body = chat(MODEL, "these words");
    stage.client.ask("/v1/chat/completions", &key, body.to_string()).await.ok(200);
    stage.ask_traced(&key, &body, &format!("00-{TRACE}-{PARENT}-00")).await;
    stage.ask_traced(&key, &body, &format!("00-{TRACE}-{PARENT}-01")).await;
    let (_, _) = stage.end().await;
    // The end sends what waits, so this is all there is.
    let found = spans(&collector, 2).await;
    assert_eq!(found.len(), 2, "of three calls one is followed: {found:#?}");
    let whole = found.iter().find(|span| span["kind"] == 2).unwrap();
    let input = attribute(whole, "gen_ai.input.messages")["stringValue"].as_str().unwrap();
    let input: Value = serde_json::from_str(input).unwrap();
    assert_eq!(input, json!([{ "role": "user", "parts": [{ "type": "text", "content": "these words" }] }]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_slow_or_gone_costs_spans_and_nothing_else() {
    let slow = ScriptedUpstream::start().await.unwrap();
    for _ in 0..50 {
        slow.queue_on("/v1/traces", Reply::instead(Instead::Nothing));
    }
    let stage = stage(&slow, "max_waiting = 4\ntimeout_ms = 60000").await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let ask = || stage.client.ask("/v1/chat/completions", &key, chat(MODEL, "hello").to_string());
    ask().await.ok(200);
    // The collector has the first and says nothing: the next ones wait, as many as may, and the rest is dropped.
    slow.wait_for_requests(1).await.unwrap();
    for _ in 0..20 {
        ask().await.ok(200);
    }
    let metrics = stage.client.get("/metrics").await;
    let dropped = r#"familiar_telemetry_calls_total{result="dropped"} "#;
    let dropped = metrics.text().lines().find_map(|line| line.strip_prefix(dropped)).unwrap();
    assert_eq!(dropped, "16");
    assert_eq!(stage.exchanges().await.len(), 21);
    let before = Instant::now();
    stage.end().await;
    assert!(before.elapsed() < Duration::from_secs(30), "it does not wait for the collector at the end");

    let gone = ScriptedUpstream::start().await.unwrap();
    let (address, stage) = (gone.url(""), stage_without(gone).await);
    let key = stage.key(&json!({ "name": "app" })).await;
    for _ in 0..5 {
        stage.client.ask("/v1/chat/completions", &key, chat(MODEL, "hello").to_string()).await.ok(200);
    }
    let failed = r#"familiar_telemetry_calls_total{result="failed"} 5"#;
    for _ in 0..500 {
        if stage.client.get("/metrics").await.text().contains(failed) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody noticed that there is no collector at {address}");
}

/// A program whose collector is not there any more.
async fn stage_without(collector: ScriptedUpstream) -> Stage {
    let stage = stage(&collector, "").await;
    drop(collector);
    stage
}
