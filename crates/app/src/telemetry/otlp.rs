//! Spans as OTLP in JSON: pure, by OpenTelemetry's mapping of its protocol to JSON (ids in hexadecimal, 64-bit
//! numbers as texts, enumerations as numbers) and its conventions for generative AI.

use base::Timestamp;
use gateway::trace::{AttemptSpan, CallSpan, hex};
use serde_json::{Value, json};
use std::time::Duration;

/// A span's kind: somebody asked this program.
const SERVER: u8 = 2;
/// A span's kind: this program asked somebody.
const CLIENT: u8 = 3;
const STATUS_OK: u8 = 1;
const STATUS_ERROR: u8 = 2;

/// One request to a collector.
pub(super) fn request(service: &str, calls: &[CallSpan]) -> Value {
    let spans: Vec<Value> = calls.iter().flat_map(spans).collect();
    let version = env!("CARGO_PKG_VERSION");
    json!({ "resourceSpans": [{
        "resource": { "attributes": [text("service.name", service), text("service.version", version)] },
        "scopeSpans": [{ "scope": { "name": "familiar", "version": version }, "spans": spans }],
    }] })
}

/// The span of a call, and those of its attempts.
fn spans(call: &CallSpan) -> Vec<Value> {
    let mut spans = Vec::with_capacity(1 + call.attempts.len());
    spans.push(whole(call));
    spans.extend(call.attempts.iter().map(|attempt| part(call, attempt)));
    spans
}

fn whole(call: &CallSpan) -> Value {
    let exchange = &call.exchange;
    let operation = operation(call);
    let mut attributes = vec![
        text("gen_ai.operation.name", operation),
        text("gen_ai.request.model", &exchange.explanation.asked),
        text("familiar.exchange.id", &exchange.id.to_string()),
        text("familiar.route", &exchange.route),
        text("familiar.outcome", exchange.outcome.as_str()),
        number("familiar.attempts", u64::from(exchange.attempts)),
        flag("familiar.cache.hit", exchange.cache_hit),
        flag("familiar.streamed", exchange.streamed),
    ];
    let provider = exchange.provider.as_deref();
    let dialect = exchange.upstream_dialect.as_deref();
    attributes.extend(provider.map(|name| text("gen_ai.provider.name", provider_name(name, dialect))));
    attributes.extend(exchange.model.as_deref().map(|model| text("gen_ai.response.model", model)));
    attributes.extend(call.response_id.as_deref().map(|id| text("gen_ai.response.id", id)));
    attributes.extend(exchange.deployment.as_deref().map(|id| text("familiar.deployment", id)));
    attributes.extend(call.max_output_tokens.map(|limit| number("gen_ai.request.max_tokens", limit)));
    if let Some(finish) = &call.finish {
        let reasons = json!({ "arrayValue": { "values": [{ "stringValue": finish }] } });
        attributes.push(json!({ "key": "gen_ai.response.finish_reasons", "value": reasons }));
    }
    let usage = &exchange.usage;
    if usage.total() > 0 {
        // By the conventions the tokens of the provider's cache are a part of those read.
        attributes.push(number("gen_ai.usage.input_tokens", usage.total_input()));
        attributes.push(number("gen_ai.usage.output_tokens", usage.output));
    }
    for (name, tokens) in [
        ("gen_ai.usage.cache_read.input_tokens", usage.cached_input),
        ("gen_ai.usage.cache_creation.input_tokens", usage.cache_write),
        ("gen_ai.usage.reasoning.output_tokens", usage.reasoning),
    ] {
        attributes.extend((tokens > 0).then(|| number(name, tokens)));
    }
    if exchange.priced {
        attributes.push(text("familiar.cost_usd", &exchange.cost.to_string()));
    }
    attributes.extend(call.first_token.map(|after| seconds("familiar.first_token_s", after)));
    attributes.extend(call.input.as_ref().map(|input| text("gen_ai.input.messages", &input.to_string())));
    let error = exchange.error_kind.as_deref().zip(exchange.error_message.as_deref());
    attributes.extend(error.map(|(kind, _)| text("error.type", kind)));
    let name = format!("{operation} {}", exchange.explanation.asked);
    span(Shape {
        call,
        id: &call.span_id,
        parent: call.parent.as_ref().map(|id| hex(id)),
        name,
        kind: SERVER,
        times: (Duration::ZERO, call.took),
        attributes,
        error: error.map(|(_, message)| message),
    })
}

fn part(call: &CallSpan, attempt: &AttemptSpan) -> Value {
    let dialect = call.exchange.upstream_dialect.as_deref();
    let operation = operation(call);
    let mut attributes = vec![
        text("gen_ai.operation.name", operation),
        text("gen_ai.provider.name", provider_name(&attempt.provider, dialect)),
        text("gen_ai.request.model", &attempt.model),
        text("familiar.deployment", &attempt.deployment),
    ];
    attributes.extend(attempt.error.as_ref().map(|(kind, _)| text("error.type", kind)));
    span(Shape {
        call,
        id: &attempt.span_id,
        parent: Some(hex(&call.span_id)),
        name: format!("{operation} {}", attempt.model),
        kind: CLIENT,
        times: (attempt.began, attempt.ended.unwrap_or(call.took)),
        attributes,
        error: attempt.error.as_ref().map(|(_, message)| message.as_str()),
    })
}

struct Shape<'a> {
    call: &'a CallSpan,
    id: &'a [u8],
    parent: Option<String>,
    name: String,
    kind: u8,
    times: (Duration, Duration),
    attributes: Vec<Value>,
    error: Option<&'a str>,
}

fn span(shape: Shape<'_>) -> Value {
    let began = shape.call.exchange.started_at;
    let mut span = json!({
        "traceId": hex(&shape.call.trace_id),
        "spanId": hex(shape.id),
        "name": shape.name,
        "kind": shape.kind,
        "startTimeUnixNano": nanos(began, shape.times.0),
        "endTimeUnixNano": nanos(began, shape.times.1),
        "attributes": shape.attributes,
        "status": match shape.error {
            Some(message) => json!({ "code": STATUS_ERROR, "message": message }),
            None => json!({ "code": STATUS_OK }),
        },
    });
    if let (Some(parent), Some(fields)) = (shape.parent, span.as_object_mut()) {
        fields.insert("parentSpanId".to_owned(), Value::from(parent));
    }
    span
}

/// What was asked for, in the conventions' words.
fn operation(call: &CallSpan) -> &str {
    match &*call.exchange.operation {
        // A line of a batch is a question like any other.
        "batch" => "chat",
        other => other,
    }
}

/// The conventions' name of a provider, where they have one; else the provider's own.
fn provider_name<'a>(name: &'a str, dialect: Option<&str>) -> &'a str {
    match (name, dialect) {
        ("gemini", _) | (_, Some("gemini")) => "gcp.gemini",
        ("mistral", _) => "mistral_ai",
        ("xai", _) => "x_ai",
        ("azure", _) => "azure.ai.openai",
        (_, Some("anthropic")) => "anthropic",
        (name, _) => name,
    }
}

fn nanos(began: Timestamp, after: Duration) -> String {
    let began = i128::from(began.millis()) * 1_000_000;
    let after = i128::try_from(after.as_nanos()).unwrap_or(i128::MAX);
    began.saturating_add(after).max(0).to_string()
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn number(key: &str, value: u64) -> Value {
    json!({ "key": key, "value": { "intValue": value.to_string() } })
}

fn flag(key: &str, value: bool) -> Value {
    json!({ "key": key, "value": { "boolValue": value } })
}

fn seconds(key: &str, value: Duration) -> Value {
    json!({ "key": key, "value": { "doubleValue": value.as_secs_f64() } })
}
