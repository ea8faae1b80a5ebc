//! What real usage blocks cost by their vendors' published rules (BUD-1): every block is read in all the ways that it
//! can come (whole and streamed, decoded and only watched), and the money is that of a sum worked out by hand.

mod sums;

use base::Money;
use bytes::Bytes;
use llm::{AudioHead, ChatEvent, Dialect, Operation, PriceSheet, RequestHead, Service, Usage};
use providers::Catalogue;
use serde::Deserialize;
use serde_json::{Value, json};

const VENDOR: &str =
    "[[vendor]]\nid = 'fixture'\ndisplay_name = 'F'\ndialect = 'openai-chat'\nauth = 'none'\nkey = 'none'\n";

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(rename = "source")]
    _source: String,
    dialect: String,
    price: String,
    usage: String,
    #[serde(default)]
    beside: Option<String>,
    #[serde(default)]
    stream_end: Option<String>,
    #[serde(default)]
    service: Option<String>,
    #[serde(default)]
    used: u64,
    worked: String,
    cost: String,
}

impl Case {
    fn usage(&self) -> Value {
        serde_json::from_str(&self.usage).unwrap()
    }

    /// A reply with these fields beside the usage.
    fn with(&self, mut reply: Value, usage: (&str, Value)) -> Value {
        reply[usage.0] = usage.1;
        let beside = self.beside.as_ref().map(|beside| format!("{{{beside}}}"));
        if let Some(Value::Object(fields)) = beside.map(|text| serde_json::from_str(&text).unwrap()) {
            fields.into_iter().for_each(|(name, value)| reply[name] = value);
        }
        reply
    }

    /// What was used, by every way of reading it.
    fn read(&self) -> Vec<(&'static str, Usage)> {
        match self.dialect.as_str() {
            "embeddings" => {
                let data = json!([{ "object": "embedding", "index": 0, "embedding": [0.5] }]);
                let body = self
                    .with(json!({ "object": "list", "model": "m", "data": data }), ("usage", self.usage()));
                let reply =
                    wire::codec(Dialect::OpenAiChat).decode_embedding_reply(body.to_string().as_bytes());
                vec![("decoded", reply.unwrap().usage)]
            }
            "audio" => {
                let head = AudioHead {
                    operation: Operation::Transcription,
                    head: RequestHead::default(),
                    audio_ms: None,
                    audio_ms_estimate: 0,
                    timed_text: false,
                };
                let body = json!({ "text": "words", "usage": self.usage() }).to_string();
                let codec = wire::codec(Dialect::OpenAiChat).audio().unwrap();
                vec![(
                    "watched",
                    codec.summarise(&head, "application/json", body.as_bytes()).unwrap().usage.unwrap(),
                )]
            }
            name => {
                let dialect = Dialect::ALL.into_iter().find(|dialect| dialect.as_str() == name).unwrap();
                let (whole, stream) = self.replies(dialect);
                in_every_way(dialect, &whole, &stream)
            }
        }
    }

    /// The reply in one piece and as a stream.
    fn replies(&self, dialect: Dialect) -> (String, String) {
        let usage = self.usage();
        match dialect {
            Dialect::OpenAiChat => {
                let choice = |name: &str, stop: Value| json!({ "index": 0, name: { "role": "assistant", "content": "x" }, "finish_reason": stop });
                let base = json!({ "id": "c-1", "object": "chat.completion", "model": "m" });
                let chunk = |choices: Value| {
                    let mut chunk = base.clone();
                    chunk["choices"] = choices;
                    chunk
                };
                let whole =
                    self.with(chunk(json!([choice("message", "stop".into())])), ("usage", usage.clone()));
                let last = self.with(chunk(json!([])), ("usage", usage));
                let chunks = [
                    chunk(json!([choice("delta", Value::Null)])),
                    chunk(json!([choice("delta", "stop".into())])),
                    last,
                ];
                let lines: String = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
                (whole.to_string(), lines + "data: [DONE]\n\n")
            }
            Dialect::OpenAiResponses => {
                let item = json!({ "type": "message", "id": "i", "status": "completed", "role": "assistant",
                    "content": [{ "type": "output_text", "text": "x", "annotations": [] }] });
                let base = json!({ "id": "r-1", "object": "response", "model": "m", "status": "completed", "output": [item] });
                let whole = self.with(base, ("usage", usage));
                let created = json!({ "type": "response.created", "response": { "id": "r-1", "model": "m", "status": "in_progress", "output": [] } });
                let completed = json!({ "type": "response.completed", "response": whole });
                let stream = format!(
                    "event: response.created\ndata: {created}\n\nevent: response.completed\ndata: {completed}\n\n"
                );
                (whole.to_string(), stream)
            }
            Dialect::Anthropic => {
                let message = |content: Value, stop: Value, usage: Value| {
                    json!({ "id": "m-1", "type": "message", "role": "assistant",
                    "model": "m", "content": content, "stop_reason": stop, "usage": usage })
                };
                let whole =
                    message(json!([{ "type": "text", "text": "x" }]), "end_turn".into(), usage.clone());
                let mut first = usage.clone();
                first["output_tokens"] = 1.into();
                let last = self.stream_end.as_ref().map_or(usage, |end| serde_json::from_str(end).unwrap());
                let events = [
                    json!({ "type": "message_start", "message": message(json!([]), Value::Null, first) }),
                    json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
                    json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": "x" } }),
                    json!({ "type": "content_block_stop", "index": 0 }),
                    json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn" }, "usage": last }),
                    json!({ "type": "message_stop" }),
                ];
                let line =
                    |event: &Value| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap());
                (whole.to_string(), events.iter().map(line).collect())
            }
            Dialect::Gemini => {
                let chunk = |text: &str, stop: Value, usage: Value| {
                    json!({ "responseId": "g-1", "modelVersion": "m", "usageMetadata": usage,
                    "candidates": [{ "content": { "role": "model", "parts": [{ "text": text }] }, "finishReason": stop, "index": 0 }] })
                };
                let whole = chunk("x", "STOP".into(), usage.clone());
                let first = chunk(
                    "x",
                    Value::Null,
                    json!({ "promptTokenCount": usage["promptTokenCount"], "totalTokenCount": 1 }),
                );
                let last = chunk("", "STOP".into(), usage);
                (whole.to_string(), format!("data: {first}\n\ndata: {last}\n\n"))
            }
            Dialect::Ollama => {
                let line = |text: &str, done: bool| {
                    json!({ "model": "m", "created_at": "2026-11-21T00:00:00Z",
                    "message": { "role": "assistant", "content": text }, "done": done })
                };
                let end = |text: &str| {
                    let mut end = line(text, true);
                    end["done_reason"] = "stop".into();
                    usage.as_object().unwrap().iter().for_each(|(name, value)| end[name] = value.clone());
                    end
                };
                (end("x").to_string(), format!("{}\n{}\n", line("x", false), end("")))
            }
        }
    }
}

/// Decoded and watched, whole and streamed in pieces of seven bytes.
fn in_every_way(dialect: Dialect, whole: &str, stream: &str) -> Vec<(&'static str, Usage)> {
    let codec = wire::codec(dialect);
    let decoded = codec.decode_reply(whole.as_bytes()).unwrap();
    let watched = codec.summarise(whole.as_bytes()).unwrap();
    let (mut decoder, mut events) = (codec.stream_decoder(), Vec::new());
    let head = RequestHead { stream: true, wants_stream_usage: true, ..RequestHead::default() };
    let mut scanner = codec.scanner(&head);
    for piece in stream.as_bytes().chunks(7) {
        decoder.push(piece, &mut events).unwrap();
        scanner.push(Bytes::copy_from_slice(piece));
    }
    decoder.finish(&mut events).unwrap();
    let told = events
        .iter()
        .filter_map(|event| if let ChatEvent::Usage(usage) = event { Some(*usage) } else { None });
    let of_events = told.reduce(Usage::merged);
    vec![
        ("decoded", decoded.usage.unwrap()),
        ("watched", watched.usage.unwrap()),
        ("decoded stream", of_events.unwrap()),
        ("watched stream", scanner.summary().usage.unwrap()),
    ]
}

fn sheets() -> Catalogue {
    Catalogue::parse(VENDOR, include_str!("fixtures/costs/prices.toml")).unwrap()
}

fn cases() -> Vec<Case> {
    toml::from_str::<Cases>(include_str!("fixtures/costs/usage.toml")).unwrap().case
}

fn sheet<'a>(catalogue: &'a Catalogue, name: &str) -> &'a PriceSheet {
    let vendor = catalogue.vendor("fixture").unwrap();
    let model = catalogue.model(vendor, name).unwrap_or_else(|| panic!("no prices `{name}`"));
    model.facts.prices.as_ref().unwrap().first()
}

#[test]
fn every_block_costs_what_was_worked_out_by_hand_however_it_comes() {
    let (catalogue, cases) = (sheets(), cases());
    assert!(cases.len() >= 60);
    let mut wrong = Vec::new();
    for case in &cases {
        let by_hand = sums::millionths(&case.worked);
        let written: Money = case.cost.parse().unwrap();
        assert_eq!(by_hand, written, "{}: the sum beside it is another", case.name);
        let service = case.service.as_deref().map(|name| Service::from_name(name).unwrap());
        for (way, usage) in case.read() {
            let usage = Usage { service: service.or(usage.service), ..usage };
            let cost = sheet(&catalogue, &case.price).cost_after(&usage, case.used);
            if cost != written {
                wrong.push(format!("{} ({way}): {cost} and not {written} for {usage:?}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_case_stands_twice_and_every_price_is_used() {
    let (catalogue, cases) = (sheets(), cases());
    let vendor = catalogue.vendor("fixture").unwrap();
    for model in catalogue.models(vendor) {
        assert!(cases.iter().any(|case| case.price == model.name), "`{}` is no case's price", model.name);
    }
    for (position, case) in cases.iter().enumerate() {
        assert!(!cases.iter().skip(position + 1).any(|other| other.name == case.name), "{}", case.name);
    }
}

/// What a caller of another format is told adds up to the same money by that format's own rules.
#[test]
fn what_callers_are_told_costs_the_same() {
    let (catalogue, cases) = (sheets(), cases());
    for case in cases.iter().filter(|case| case.service.is_none() && case.beside.is_none()) {
        let Some((_, usage)) = case.read().into_iter().find(|(way, _)| *way == "decoded") else { continue };
        let sheet = sheet(&catalogue, &case.price);
        // A cost and a service are the provider's words, which are not handed on; nor has a format fields for all sound.
        let told = Usage { reported_cost: None, service: None, in_region: false, searches: 0, ..usage };
        if told.audio_input + told.audio_output + told.cached_audio + told.image_input + told.image_output > 0
        {
            continue;
        }
        for dialect in [Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::Anthropic, Dialect::Gemini] {
            if told.cache_write > 0 && dialect == Dialect::Gemini {
                // It has no word for what is written to a cache.
                continue;
            }
            if told.cache_write_long > 0 && dialect != Dialect::Anthropic {
                continue;
            }
            let codec = wire::codec(dialect);
            let reply = llm::ChatReply {
                id: Some("i".into()),
                model: Some("m".into()),
                parts: vec![llm::Part::text("x")],
                citations: Vec::new(),
                refusal: None,
                stop: Some(llm::StopReason::EndTurn),
                usage: Some(told),
            };
            let body = codec.encode_reply(&reply, "m").unwrap();
            let heard = codec.decode_reply(&body).unwrap().usage.unwrap();
            assert_eq!(
                sheet.cost_after(&heard, case.used),
                sheet.cost_after(&told, case.used),
                "{} told in {dialect}: {}",
                case.name,
                String::from_utf8_lossy(&body)
            );
        }
    }
}
