//! How callers of each format write requests and read answers: as their SDKs do, and without the codecs.

mod anthropic;
mod gemini;
mod ollama;
mod openai;
mod responses;

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
