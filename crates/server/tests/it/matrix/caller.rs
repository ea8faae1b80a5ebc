//! How callers of each format write requests and read answers: as their SDKs do, and without the codecs.

use serde_json::{Value, json};

/// A format that callers speak.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Caller {
    OpenAi,
    Responses,
    Anthropic,
    Gemini,
    Ollama,
}

/// What an answer says, whatever format it came in.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Heard {
    pub(super) text: String,
    pub(super) thought: String,
    pub(super) refusal: String,
    /// Name and arguments of the calls, in order.
    pub(super) calls: Vec<(String, Value)>,
    /// Their ids; all of them different.
    pub(super) ids: Vec<String>,
    /// `stop`, `length`, `tools` or `filter`.
    pub(super) finish: &'static str,
    /// Tokens read and written.
    pub(super) usage: (u64, u64),
}

impl Caller {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai-chat",
            Self::Responses => "openai-responses",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
        }
    }

    /// The address of a request.
    pub(super) fn path(self, model: &str, stream: bool) -> String {
        match (self, stream) {
            (Self::OpenAi, _) => "/v1/chat/completions".into(),
            (Self::Responses, _) => "/v1/responses".into(),
            (Self::Anthropic, _) => "/anthropic/v1/messages".into(),
            (Self::Gemini, false) => format!("/gemini/v1beta/models/{model}:generateContent"),
            (Self::Gemini, true) => format!("/gemini/v1beta/models/{model}:streamGenerateContent?alt=sse"),
            (Self::Ollama, _) => "/ollama/api/chat".into(),
        }
    }

    /// The request of a case, from its file; `None` where the format cannot say such a thing.
    pub(super) fn request(self, case: &str) -> Option<Value> {
        let file =
            format!("{}/tests/it/matrix/requests/{}/{case}.json", env!("CARGO_MANIFEST_DIR"), self.name());
        Some(serde_json::from_str(&std::fs::read_to_string(file).ok()?).unwrap())
    }

    /// The request for this model, as a stream or in one piece.
    pub(super) fn addressed(self, mut body: Value, model: &str, stream: bool) -> Value {
        if self != Self::Gemini {
            body["model"] = model.into();
            body["stream"] = stream.into();
        }
        if self == Self::OpenAi && stream {
            body["stream_options"] = json!({ "include_usage": true });
        }
        body
    }

    /// The next request of a conversation: the answer goes back as it came, with what the tool said.
    pub(super) fn follow_up(self, mut request: Value, answer: &Value) -> Value {
        let mut append = |field: &str, more: Vec<Value>| {
            request[field].as_array_mut().expect("a list").extend(more);
        };
        match self {
            Self::OpenAi => {
                let message = answer["choices"][0]["message"].clone();
                let id = message["tool_calls"][0]["id"].clone();
                append(
                    "messages",
                    vec![message, json!({ "role": "tool", "tool_call_id": id, "content": "12 degrees" })],
                );
            }
            Self::Responses => {
                let mut items = answer["output"].as_array().unwrap().clone();
                let call = items.iter().find(|item| item["type"] == "function_call").expect("a call");
                let output = json!({ "type": "function_call_output", "call_id": call["call_id"], "output": "12 degrees" });
                items.push(output);
                append("input", items);
            }
            Self::Anthropic => {
                let content = answer["content"].clone();
                let call = content
                    .as_array()
                    .unwrap()
                    .iter()
                    .find(|block| block["type"] == "tool_use")
                    .expect("a call");
                let result =
                    json!({ "type": "tool_result", "tool_use_id": call["id"], "content": "12 degrees" });
                append(
                    "messages",
                    vec![
                        json!({ "role": "assistant", "content": content }),
                        json!({ "role": "user", "content": [result] }),
                    ],
                );
            }
            Self::Gemini => {
                let content = answer["candidates"][0]["content"].clone();
                let call = content["parts"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .find_map(|part| part.get("functionCall"))
                    .expect("a call");
                let mut result = json!({ "name": call["name"], "response": { "result": "12 degrees" } });
                if call["id"].is_string() {
                    result["id"] = call["id"].clone();
                }
                append(
                    "contents",
                    vec![content, json!({ "role": "user", "parts": [{ "functionResponse": result }] })],
                );
            }
            Self::Ollama => {
                let message = answer["message"].clone();
                append(
                    "messages",
                    vec![message, json!({ "role": "tool", "tool_name": "weather", "content": "12 degrees" })],
                );
            }
        }
        request
    }

    /// Reads a whole answer.
    pub(super) fn whole(self, body: &Value) -> Heard {
        match self {
            Self::OpenAi => openai::whole(body),
            Self::Responses => responses::whole(body),
            Self::Anthropic => anthropic::whole(body),
            Self::Gemini => gemini::read(std::slice::from_ref(body)),
            Self::Ollama => ollama::read(std::slice::from_ref(body)),
        }
    }

    /// Reads a stream that came to its end.
    pub(super) fn stream(self, text: &str) -> Heard {
        match self {
            Self::OpenAi => openai::stream(text),
            Self::Responses => responses::stream(text),
            Self::Anthropic => anthropic::stream(text),
            Self::Gemini => gemini::read(&events(text).into_iter().map(|(_, data)| data).collect::<Vec<_>>()),
            Self::Ollama => ollama::read(&lines(text)),
        }
    }

    /// The words of an error body, in the form that the SDKs expect.
    pub(super) fn error(self, body: &Value) -> String {
        let error = &body["error"];
        let text = match self {
            Self::OpenAi | Self::Responses => {
                only(error, &["message", "type", "param", "code", "hint"]);
                assert!(error["type"].is_string(), "{body}");
                &error["message"]
            }
            Self::Anthropic => {
                only(body, &["type", "error", "request_id"]);
                assert_eq!(body["type"], "error", "{body}");
                assert!(error["type"].is_string(), "{body}");
                &error["message"]
            }
            Self::Gemini => {
                assert!(error["code"].is_u64() && error["status"].is_string(), "{body}");
                &error["message"]
            }
            Self::Ollama => error,
        };
        text.as_str().unwrap_or_else(|| panic!("no message: {body}")).to_owned()
    }

    /// The words of the error that a stream ends with.
    pub(super) fn error_in(self, text: &str) -> String {
        match self {
            Self::OpenAi => {
                assert!(!text.contains("[DONE]"), "{text}");
                let (_, last) = events(text).pop().expect("events");
                self.error(&last)
            }
            Self::Responses => {
                let events = events(text);
                let failed = events.iter().find(|(name, _)| name == "error" || name == "response.failed");
                let (name, data) = failed.unwrap_or_else(|| panic!("no error: {text}"));
                let error = if name == "error" { data } else { &data["response"]["error"] };
                let message = error["message"].as_str().or_else(|| error["error"]["message"].as_str());
                assert!(!text.contains("response.completed"), "{text}");
                message.unwrap_or_else(|| panic!("no message: {data}")).to_owned()
            }
            Self::Anthropic => {
                let (name, last) = events(text).pop().expect("events");
                assert_eq!(name, "error", "{text}");
                self.error(&last)
            }
            Self::Gemini => self.error(&events(text).pop().expect("events").1),
            Self::Ollama => self.error(lines(text).last().expect("lines")),
        }
    }
}

/// The events of a stream: name and data.
fn events(text: &str) -> Vec<(String, Value)> {
    let blocks = text.split("\n\n").filter(|block| !block.trim().is_empty());
    blocks
        .map(|block| {
            let field =
                |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            let data = field("data:").trim();
            let parsed = if data == "[DONE]" { Value::from(data) } else { parse(data) };
            (field("event:").trim().to_owned(), parsed)
        })
        .collect()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().filter(|line| !line.is_empty()).map(parse).collect()
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in `{text}`"))
}

/// Nothing but these fields is there: what another format has in this place did not slip through.
#[track_caller]
pub(super) fn only(object: &Value, allowed: &[&str]) {
    let fields = object.as_object().unwrap_or_else(|| panic!("not an object: {object}"));
    for name in fields.keys() {
        assert!(allowed.contains(&name.as_str()), "`{name}` does not belong into {object}");
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[track_caller]
fn id(value: &Value) -> String {
    assert!(value.as_str().is_some_and(|id| !id.is_empty()), "no id");
    text(value).to_owned()
}

mod openai {
    use super::{Heard, Value, events, id, only, parse, text};

    const MESSAGE: &[&str] = &[
        "role",
        "content",
        "refusal",
        "tool_calls",
        "reasoning_content",
        "reasoning_details",
        "annotations",
    ];

    fn finish(reason: &Value) -> &'static str {
        match text(reason) {
            "stop" => "stop",
            "length" => "length",
            "tool_calls" => "tools",
            "content_filter" => "filter",
            other => panic!("finish_reason `{other}`"),
        }
    }

    fn usage(usage: &Value) -> (u64, u64) {
        let fields = [
            "prompt_tokens",
            "completion_tokens",
            "total_tokens",
            "prompt_tokens_details",
            "completion_tokens_details",
        ];
        only(usage, &fields);
        let count = |name: &str| usage[name].as_u64().unwrap();
        assert_eq!(count("total_tokens"), count("prompt_tokens") + count("completion_tokens"));
        (count("prompt_tokens"), count("completion_tokens"))
    }

    pub(super) fn whole(body: &Value) -> Heard {
        let fields =
            ["id", "object", "created", "model", "choices", "usage", "system_fingerprint", "service_tier"];
        only(body, &fields);
        assert_eq!(body["object"], "chat.completion");
        id(&body["id"]);
        assert!(body["created"].is_u64() && body["model"].is_string());
        let choice = &body["choices"][0];
        only(choice, &["index", "message", "finish_reason", "logprobs"]);
        let message = &choice["message"];
        only(message, MESSAGE);
        assert_eq!(message["role"], "assistant");
        let calls = message["tool_calls"].as_array().cloned().unwrap_or_default();
        for call in &calls {
            // Google's own place for the seal of a call in this format.
            only(call, &["id", "type", "function", "extra_content"]);
            assert_eq!(call["type"], "function");
        }
        Heard {
            text: text(&message["content"]).to_owned(),
            thought: text(&message["reasoning_content"]).to_owned(),
            refusal: text(&message["refusal"]).to_owned(),
            ids: calls.iter().map(|call| id(&call["id"])).collect(),
            calls: calls
                .iter()
                .map(|call| {
                    (text(&call["function"]["name"]).to_owned(), parse(text(&call["function"]["arguments"])))
                })
                .collect(),
            finish: finish(&choice["finish_reason"]),
            usage: usage(&body["usage"]),
        }
    }

    pub(super) fn stream(stream: &str) -> Heard {
        let mut events: Vec<Value> = events(stream).into_iter().map(|(_, data)| data).collect();
        assert_eq!(events.pop().unwrap(), "[DONE]", "{stream}");
        let mut heard = Heard::default();
        let mut arguments: Vec<String> = Vec::new();
        assert_eq!(events[0]["choices"][0]["delta"]["role"], "assistant", "{stream}");
        for event in &events {
            only(
                event,
                &[
                    "id",
                    "object",
                    "created",
                    "model",
                    "choices",
                    "usage",
                    "system_fingerprint",
                    "service_tier",
                ],
            );
            assert_eq!(
                (&event["object"], &event["id"]),
                (&Value::from("chat.completion.chunk"), &events[0]["id"])
            );
            id(&event["id"]);
            if event["usage"].is_object() {
                heard.usage = usage(&event["usage"]);
            }
            let Some(choice) = event["choices"].get(0) else { continue };
            assert!(heard.finish.is_empty(), "words after the end: {stream}");
            let delta = &choice["delta"];
            only(delta, MESSAGE);
            heard.text.push_str(text(&delta["content"]));
            heard.thought.push_str(text(&delta["reasoning_content"]));
            heard.refusal.push_str(text(&delta["refusal"]));
            for call in delta["tool_calls"].as_array().into_iter().flatten() {
                let index = usize::try_from(call["index"].as_u64().unwrap()).unwrap();
                assert!(index <= heard.ids.len(), "a call is left out: {stream}");
                if index == heard.ids.len() {
                    heard.ids.push(id(&call["id"]));
                    heard.calls.push((text(&call["function"]["name"]).to_owned(), Value::Null));
                    arguments.push(String::new());
                } else {
                    assert!(call["id"].is_null() || call["id"] == heard.ids[index].as_str(), "{stream}");
                }
                arguments[index].push_str(text(&call["function"]["arguments"]));
            }
            if !choice["finish_reason"].is_null() {
                heard.finish = finish(&choice["finish_reason"]);
            }
        }
        for (call, arguments) in heard.calls.iter_mut().zip(arguments) {
            call.1 = parse(&arguments);
        }
        heard
    }
}

mod responses {
    use super::{Heard, Value, events, id, only, parse, text};

    fn item(item: &Value, heard: &mut Heard) {
        id(&item["id"]);
        match text(&item["type"]) {
            "message" => {
                only(item, &["id", "type", "status", "role", "content", "phase"]);
                assert!(
                    item["role"] == "assistant"
                        && (item["status"] == "completed" || item["status"] == "incomplete"),
                    "{item}"
                );
                for part in item["content"].as_array().unwrap() {
                    match text(&part["type"]) {
                        "output_text" => {
                            assert!(part["annotations"].is_array(), "{part}");
                            heard.text.push_str(text(&part["text"]));
                        }
                        "refusal" => heard.refusal.push_str(text(&part["refusal"])),
                        other => panic!("a part `{other}`"),
                    }
                }
            }
            "reasoning" => {
                only(item, &["id", "type", "status", "summary", "content", "encrypted_content"]);
                for part in item["summary"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .chain(item["content"].as_array().into_iter().flatten())
                {
                    heard.thought.push_str(text(&part["text"]));
                }
            }
            "function_call" => {
                only(item, &["id", "type", "status", "call_id", "name", "arguments"]);
                heard.ids.push(id(&item["call_id"]));
                heard.calls.push((text(&item["name"]).to_owned(), parse(text(&item["arguments"]))));
            }
            other => panic!("an item `{other}`"),
        }
    }

    pub(super) fn whole(body: &Value) -> Heard {
        assert_eq!(body["object"], "response");
        id(&body["id"]);
        // What the SDK's model of a response requires.
        for field in
            ["created_at", "model", "output", "parallel_tool_calls", "tool_choice", "tools", "status"]
        {
            assert!(!body[field].is_null(), "no `{field}`: {body}");
        }
        for foreign in ["choices", "content", "candidates", "message", "stop_reason", "usageMetadata"] {
            assert!(body.get(foreign).is_none(), "{body}");
        }
        let mut heard = Heard::default();
        for one in body["output"].as_array().unwrap() {
            item(one, &mut heard);
        }
        heard.finish = match (text(&body["status"]), text(&body["incomplete_details"]["reason"])) {
            ("completed", _) if heard.calls.is_empty() => "stop",
            ("completed", _) => "tools",
            ("incomplete", "max_output_tokens") => "length",
            ("incomplete", "content_filter") => "filter",
            other => panic!("{other:?}: {body}"),
        };
        let usage = &body["usage"];
        let count = |name: &str| usage[name].as_u64().unwrap_or_else(|| panic!("no `{name}`: {body}"));
        assert_eq!(count("total_tokens"), count("input_tokens") + count("output_tokens"));
        assert!(usage["input_tokens_details"]["cached_tokens"].is_u64(), "{usage}");
        assert!(usage["output_tokens_details"]["reasoning_tokens"].is_u64(), "{usage}");
        heard.usage = (count("input_tokens"), count("output_tokens"));
        heard
    }

    pub(super) fn stream(stream: &str) -> Heard {
        let events = events(stream);
        let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names[0], "response.created", "{stream}");
        let mut delta = Heard::default();
        let mut arguments = std::collections::BTreeMap::<u64, String>::new();
        for (number, (name, data)) in events.iter().enumerate() {
            assert_eq!(
                (text(&data["type"]), data["sequence_number"].as_u64()),
                (name.as_str(), Some(number as u64)),
                "{stream}"
            );
            match name.as_str() {
                "response.output_text.delta" => delta.text.push_str(text(&data["delta"])),
                "response.refusal.delta" => delta.refusal.push_str(text(&data["delta"])),
                "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                    delta.thought.push_str(text(&data["delta"]))
                }
                "response.function_call_arguments.delta" => {
                    arguments
                        .entry(data["output_index"].as_u64().unwrap())
                        .or_default()
                        .push_str(text(&data["delta"]));
                }
                _ => {}
            }
        }
        let added = names.iter().filter(|name| **name == "response.output_item.added").count();
        let done = names.iter().filter(|name| **name == "response.output_item.done").count();
        let (last, data) = events.last().unwrap();
        assert!(last == "response.completed" || last == "response.incomplete", "{stream}");
        let heard = whole(&data["response"]);
        assert_eq!((added, done), (data["response"]["output"].as_array().unwrap().len(), added), "{stream}");
        assert_eq!(
            (&delta.text, &delta.thought, &delta.refusal),
            (&heard.text, &heard.thought, &heard.refusal),
            "{stream}"
        );
        let fragments: Vec<Value> = arguments.values().map(|text| parse(text)).collect();
        assert_eq!(
            fragments,
            heard.calls.iter().map(|(_, arguments)| arguments.clone()).collect::<Vec<_>>(),
            "{stream}"
        );
        heard
    }
}

mod anthropic {
    use super::{Heard, Value, events, id, only, parse, text};

    fn finish(reason: &Value) -> &'static str {
        match text(reason) {
            "end_turn" | "stop_sequence" => "stop",
            "max_tokens" => "length",
            "tool_use" => "tools",
            "refusal" => "filter",
            other => panic!("stop_reason `{other}`"),
        }
    }

    fn block(block: &Value, heard: &mut Heard) {
        match text(&block["type"]) {
            "text" => {
                only(block, &["type", "text", "citations"]);
                heard.text.push_str(text(&block["text"]));
            }
            "thinking" => {
                only(block, &["type", "thinking", "signature"]);
                assert!(block["signature"].is_string(), "{block}");
                heard.thought.push_str(text(&block["thinking"]));
            }
            "redacted_thinking" => only(block, &["type", "data"]),
            "tool_use" => {
                only(block, &["type", "id", "name", "input"]);
                heard.ids.push(id(&block["id"]));
                heard.calls.push((text(&block["name"]).to_owned(), block["input"].clone()));
            }
            other => panic!("a block `{other}`"),
        }
    }

    fn envelope(message: &Value) {
        let fields = [
            "id",
            "type",
            "role",
            "model",
            "content",
            "stop_reason",
            "stop_sequence",
            "stop_details",
            "usage",
            "container",
        ];
        only(message, &fields);
        assert_eq!((&message["type"], &message["role"]), (&"message".into(), &"assistant".into()));
        id(&message["id"]);
        assert!(message["model"].is_string());
        assert!(
            message["usage"]["input_tokens"].is_u64() && message["usage"]["output_tokens"].is_u64(),
            "{message}"
        );
    }

    pub(super) fn whole(body: &Value) -> Heard {
        envelope(body);
        let mut heard = Heard { finish: finish(&body["stop_reason"]), ..Heard::default() };
        body["content"].as_array().unwrap().iter().for_each(|one| block(one, &mut heard));
        heard.refusal.push_str(text(&body["stop_details"]["explanation"]));
        let count = |name: &str| body["usage"][name].as_u64().unwrap_or_default();
        let input =
            count("input_tokens") + count("cache_read_input_tokens") + count("cache_creation_input_tokens");
        heard.usage = (input, count("output_tokens"));
        heard
    }

    pub(super) fn stream(stream: &str) -> Heard {
        let events: Vec<_> = events(stream).into_iter().filter(|(name, _)| name != "ping").collect();
        assert_eq!(events[0].0, "message_start", "{stream}");
        envelope(&events[0].1["message"]);
        let mut whole = events[0].1["message"].clone();
        let mut blocks: Vec<Value> = Vec::new();
        let (mut open, mut json) = (false, String::new());
        for (name, data) in &events[1..] {
            assert_eq!(text(&data["type"]), name, "{stream}");
            match name.as_str() {
                "content_block_start" => {
                    assert!(!open && data["index"] == blocks.len(), "blocks out of order: {stream}");
                    (open, json) = (true, String::new());
                    blocks.push(data["content_block"].clone());
                }
                "content_block_delta" => {
                    assert!(
                        open && data["index"] == blocks.len() - 1,
                        "a delta outside of its block: {stream}"
                    );
                    let (block, delta) = (blocks.last_mut().unwrap(), &data["delta"]);
                    match text(&delta["type"]) {
                        "text_delta" => {
                            block["text"] = format!("{}{}", text(&block["text"]), text(&delta["text"])).into()
                        }
                        "thinking_delta" => {
                            block["thinking"] =
                                format!("{}{}", text(&block["thinking"]), text(&delta["thinking"])).into()
                        }
                        "signature_delta" => block["signature"] = delta["signature"].clone(),
                        "input_json_delta" => json.push_str(text(&delta["partial_json"])),
                        "citations_delta" => {}
                        other => panic!("a delta `{other}`: {stream}"),
                    }
                }
                "content_block_stop" => {
                    assert!(open && data["index"] == blocks.len() - 1, "{stream}");
                    open = false;
                    if !json.is_empty() {
                        blocks.last_mut().unwrap()["input"] = parse(&json);
                    }
                }
                "message_delta" => {
                    assert!(!open, "{stream}");
                    whole["stop_reason"] = data["delta"]["stop_reason"].clone();
                    whole["stop_details"] = data["delta"]["stop_details"].clone();
                    for (name, count) in data["usage"].as_object().unwrap() {
                        whole["usage"][name] = count.clone();
                    }
                }
                "message_stop" => assert!(whole["stop_reason"].is_string(), "{stream}"),
                other => panic!("an event `{other}`: {stream}"),
            }
        }
        assert_eq!(events.last().unwrap().0, "message_stop", "{stream}");
        whole["content"] = blocks.into();
        self::whole(&whole)
    }
}

mod gemini {
    use super::{Heard, Value, only, text};

    pub(super) fn read(events: &[Value]) -> Heard {
        let mut heard = Heard::default();
        for event in events {
            only(
                event,
                &[
                    "candidates",
                    "usageMetadata",
                    "modelVersion",
                    "responseId",
                    "promptFeedback",
                    "createTime",
                ],
            );
            let candidate = &event["candidates"][0];
            only(
                candidate,
                &["content", "finishReason", "index", "safetyRatings", "citationMetadata", "finishMessage"],
            );
            let content = &candidate["content"];
            if content.is_object() {
                only(content, &["parts", "role"]);
                assert_eq!(content["role"], "model");
            }
            for part in content["parts"].as_array().into_iter().flatten() {
                only(part, &["text", "thought", "thoughtSignature", "functionCall"]);
                if let Some(call) = part.get("functionCall") {
                    only(call, &["id", "name", "args"]);
                    heard.calls.push((text(&call["name"]).to_owned(), call["args"].clone()));
                    // Ids are optional here; where there are some, they differ.
                    heard
                        .ids
                        .push(call["id"].as_str().map_or_else(|| heard.ids.len().to_string(), str::to_owned));
                } else if part["thought"] == true {
                    heard.thought.push_str(text(&part["text"]));
                } else {
                    heard.text.push_str(text(&part["text"]));
                }
            }
            match text(&candidate["finishReason"]) {
                "" => {}
                "STOP" => heard.finish = if heard.calls.is_empty() { "stop" } else { "tools" },
                "MAX_TOKENS" => heard.finish = "length",
                "SAFETY" | "PROHIBITED_CONTENT" | "BLOCKLIST" | "RECITATION" | "SPII" | "OTHER" => {
                    heard.finish = "filter"
                }
                other => panic!("finishReason `{other}`"),
            }
            let usage = &event["usageMetadata"];
            if usage.is_object() {
                let count = |name: &str| usage[name].as_u64().unwrap_or_default();
                heard.usage =
                    (count("promptTokenCount"), count("candidatesTokenCount") + count("thoughtsTokenCount"));
                assert!(count("totalTokenCount") >= heard.usage.0, "{usage}");
            }
        }
        let last = events.last().expect("events");
        assert!(
            last["candidates"][0]["finishReason"].is_string() && last["usageMetadata"].is_object(),
            "{last}"
        );
        heard
    }
}

mod ollama {
    use super::{Heard, Value, only, text};

    pub(super) fn read(lines: &[Value]) -> Heard {
        let mut heard = Heard::default();
        for (number, line) in lines.iter().enumerate() {
            let fields = [
                "model",
                "created_at",
                "message",
                "done",
                "done_reason",
                "total_duration",
                "load_duration",
                "prompt_eval_count",
                "prompt_eval_duration",
                "eval_count",
                "eval_duration",
            ];
            only(line, &fields);
            assert!(line["model"].is_string() && line["created_at"].is_string(), "{line}");
            assert_eq!(line["done"].as_bool(), Some(number + 1 == lines.len()), "{line}");
            let message = &line["message"];
            only(message, &["role", "content", "thinking", "tool_calls", "images"]);
            assert_eq!(message["role"], "assistant");
            heard.text.push_str(text(&message["content"]));
            heard.thought.push_str(text(&message["thinking"]));
            for call in message["tool_calls"].as_array().into_iter().flatten() {
                only(call, &["id", "type", "function"]);
                let function = &call["function"];
                assert!(function["arguments"].is_object(), "{line}");
                heard
                    .ids
                    .push(call["id"].as_str().map_or_else(|| heard.ids.len().to_string(), str::to_owned));
                heard.calls.push((text(&function["name"]).to_owned(), function["arguments"].clone()));
            }
        }
        let last = lines.last().expect("lines");
        heard.finish = match text(&last["done_reason"]) {
            "stop" if heard.calls.is_empty() => "stop",
            "stop" => "tools",
            "length" => "length",
            other => panic!("done_reason `{other}`"),
        };
        let count = |name: &str| last[name].as_u64().unwrap_or_else(|| panic!("no `{name}`: {last}"));
        heard.usage = (count("prompt_eval_count"), count("eval_count"));
        heard
    }
}
