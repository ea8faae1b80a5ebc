//! Writes requests for Ollama.

use crate::{arguments, bad_request, dropped::Dropped, split_data_url};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use llm::{
    ChatRequest, EmbeddingRequest, Encoded, LlmError, Media, Message, Part, ReasoningEffort, ResponseFormat,
    Role, ToolChoice, ToolSpec,
};
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};
use std::{borrow::Cow, collections::HashMap};

/// The window that Ollama gives a model where nobody asks for another (source: its FAQ, on small machines).
const USUAL_WINDOW_TOKENS: u64 = 4096;
/// The largest window asked for; Ollama itself stops at what the model was trained for.
const MAX_WINDOW_TOKENS: u64 = 1 << 18;
/// How long an answer is expected to be where the request does not say.
const USUAL_ANSWER_TOKENS: u64 = 1024;
/// How many bytes make a token at the least on average: text in English has 4, program code 3.
const BYTES_PER_TOKEN: u64 = 3;
/// What a picture takes with the models that Ollama serves, on the large side.
const IMAGE_TOKENS: u64 = 1024;

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<Turn<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<Cow<'a, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    think: Option<Value>,
    #[serde(skip_serializing_if = "Options::is_empty")]
    options: Options<'a>,
    stream: bool,
}

#[derive(Serialize, Default)]
struct Turn<'a> {
    role: &'static str,
    content: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    thinking: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    images: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Call<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_call_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Call<'a> {
    id: &'a str,
    function: CalledFunction<'a>,
}

#[derive(Serialize)]
struct CalledFunction<'a> {
    name: &'a str,
    arguments: Cow<'a, RawValue>,
}

#[derive(Serialize)]
struct Tool<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    parameters: Cow<'a, Value>,
}

#[derive(Serialize, Default, PartialEq)]
struct Options<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_k: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    num_predict: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    num_ctx: Option<u64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<i64>,
}

impl Options<'_> {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Writes a chat request; see [`llm::Codec::encode_request`].
pub(super) fn encode(request: &ChatRequest, stream: bool) -> Result<Encoded, LlmError> {
    let mut writer = Writer { names: call_names(&request.messages), dropped: Dropped::default() };
    let messages = writer.conversation(&request.messages);
    let tools = writer.tools(request);
    let format = match &request.response_format {
        ResponseFormat::Text => None,
        ResponseFormat::JsonObject => Some(Cow::Owned(Value::from("json"))),
        ResponseFormat::JsonSchema { schema, .. } => Some(Cow::Borrowed(schema)),
    };
    let think = writer.think(request);
    let parameters = &request.parameters;
    writer.dropped.add_if(parameters.parallel_tool_calls == Some(false), "parameters.parallel_tool_calls");
    writer.dropped.add_if(parameters.user.is_some(), "parameters.user");
    let options = Options {
        temperature: parameters.temperature,
        top_p: parameters.top_p,
        top_k: parameters.top_k,
        num_predict: parameters.max_output_tokens,
        num_ctx: None,
        stop: &parameters.stop,
        presence_penalty: parameters.presence_penalty,
        frequency_penalty: parameters.frequency_penalty,
        seed: parameters.seed,
    };
    let mut body = Body { model: &request.model, messages, tools, format, think, options, stream };
    body.options.num_ctx = window(&body);
    Ok(Encoded { body: to_json(&body)?.into(), dropped: writer.dropped.into_names() })
}

/// Writes a request for embeddings.
pub(super) fn encode_embedding(request: &EmbeddingRequest) -> Result<Encoded, LlmError> {
    let mut body = json!({ "model": request.model, "input": request.inputs, "truncate": false });
    if let (Some(dimensions), Some(fields)) = (request.dimensions, body.as_object_mut()) {
        fields.insert("dimensions".to_owned(), dimensions.into());
    }
    let dropped = request.task.iter().map(|_task| "task".to_owned()).collect();
    Ok(Encoded { body: to_json(&body)?.into(), dropped })
}

fn to_json(body: &impl Serialize) -> Result<Vec<u8>, LlmError> {
    serde_json::to_vec(body).map_err(|error| bad_request(format!("the request cannot be written: {error}")))
}

/// The window to ask for, where the usual one may be too small.
fn window(body: &Body<'_>) -> Option<u64> {
    let bytes = |text: &str| text.len() as u64;
    let turn = |turn: &Turn<'_>| {
        let calls: u64 = turn.tool_calls.iter().map(|call| bytes(call.function.arguments.get())).sum();
        bytes(&turn.content) + bytes(&turn.thinking) + calls
    };
    let tool =
        |tool: &Tool<'_>| bytes(tool.function.description) + bytes(&tool.function.parameters.to_string());
    let text: u64 = body.messages.iter().map(turn).sum::<u64>() + body.tools.iter().map(tool).sum::<u64>();
    let images: u64 = body.messages.iter().map(|turn| turn.images.len() as u64).sum();
    let answer = body.options.num_predict.unwrap_or(USUAL_ANSWER_TOKENS);
    let needed = (text / BYTES_PER_TOKEN).saturating_add(images * IMAGE_TOKENS).saturating_add(answer);
    let rounded = || needed.checked_next_power_of_two().unwrap_or(MAX_WINDOW_TOKENS).min(MAX_WINDOW_TOKENS);
    (needed > USUAL_WINDOW_TOKENS).then(rounded)
}

/// The tools' names by the ids of their calls: results are addressed by name here.
fn call_names(messages: &[Message]) -> HashMap<&str, &str> {
    let mut names = HashMap::new();
    for part in messages.iter().flat_map(|message| &message.parts) {
        if let Part::ToolCall { id, name, .. } = part {
            names.insert(id.as_str(), name.as_str());
        }
    }
    names
}

struct Writer<'a> {
    names: HashMap<&'a str, &'a str>,
    dropped: Dropped,
}

impl<'a> Writer<'a> {
    fn conversation(&mut self, messages: &'a [Message]) -> Vec<Turn<'a>> {
        let mut turns = Vec::with_capacity(messages.len());
        for message in messages {
            self.dropped.add_if(message.name.is_some(), "message.name");
            let role = match message.role {
                Role::System => "system",
                Role::User => "user",
                Role::Assistant => "assistant",
                Role::Tool => "tool",
            };
            let mut turn = Turn { role, ..Turn::default() };
            for part in &message.parts {
                if let Part::ToolResult { call_id, name, parts, is_error } = part {
                    // Every result is a message of its own.
                    turns.push(self.result(call_id, name.as_deref(), parts));
                    self.dropped.add_if(*is_error, "tool_result.is_error");
                } else {
                    self.part(part, &mut turn);
                }
            }
            let says_something = !turn.content.is_empty()
                || !turn.thinking.is_empty()
                || !turn.images.is_empty()
                || !turn.tool_calls.is_empty();
            if says_something {
                turns.push(turn);
            }
        }
        turns
    }

    fn result(&mut self, call_id: &'a str, name: Option<&'a str>, parts: &'a [Part]) -> Turn<'a> {
        let tool_name = name.or_else(|| self.names.get(call_id).copied());
        self.dropped.add_if(tool_name.is_none(), "tool_result.name");
        let mut turn = Turn { role: "tool", tool_name, tool_call_id: Some(call_id), ..Turn::default() };
        parts.iter().for_each(|part| self.part(part, &mut turn));
        turn
    }

    fn part(&mut self, part: &'a Part, turn: &mut Turn<'a>) {
        match part {
            Part::Text { text, cache_marker } => {
                // There is nothing to pay for, and the prompt is cached anyway.
                self.dropped.add_if(*cache_marker, "cache_marker");
                turn.content.push_str(text);
            }
            Part::Image { media, detail } => {
                self.dropped.add_if(detail.as_deref().is_some_and(|detail| detail != "auto"), "image.detail");
                match image_data(media) {
                    Some(data) => turn.images.push(data),
                    None => self.dropped.add("image"),
                }
            }
            Part::File { media, file_name } => match text_of_file(media) {
                Some(text) => {
                    let title = file_name.as_ref().map(|name| format!("{name}:\n")).unwrap_or_default();
                    let gap = if turn.content.is_empty() { "" } else { "\n\n" };
                    turn.content.extend([gap, &title, &text, "\n\n"]);
                }
                None => self.dropped.add("file"),
            },
            Part::ToolCall { id, name, arguments, signature } => {
                self.dropped.add_if(signature.is_some(), "tool_call.signature");
                let arguments::Arguments { object, intact } = arguments::object(arguments);
                self.dropped.add_if(!intact, "tool_call.arguments");
                turn.tool_calls.push(Call { id, function: CalledFunction { name, arguments: object } });
            }
            Part::Reasoning { text, signature, redacted } => {
                self.dropped.add_if(signature.is_some(), "reasoning.signature");
                self.dropped.add_if(redacted.is_some(), "reasoning.redacted");
                turn.thinking.push_str(text);
            }
            // A result inside a result is nothing that any model or caller makes.
            Part::ToolResult { .. } => self.dropped.add("tool_result"),
        }
    }

    fn tools(&mut self, request: &'a ChatRequest) -> Vec<Tool<'a>> {
        match request.tool_choice {
            ToolChoice::Auto => {}
            ToolChoice::None => return Vec::new(),
            ToolChoice::Required | ToolChoice::Named(_) => self.dropped.add("tool_choice"),
        }
        request.tools.iter().map(|spec| self.tool(spec)).collect()
    }

    fn tool(&mut self, spec: &'a ToolSpec) -> Tool<'a> {
        self.dropped.add_if(spec.strict == Some(true), "tool.strict");
        self.dropped.add_if(spec.cache_marker, "cache_marker");
        let parameters = if spec.parameters.is_object() {
            Cow::Borrowed(&spec.parameters)
        } else {
            Cow::Owned(json!({ "type": "object", "properties": {} }))
        };
        let function = Function { name: &spec.name, description: &spec.description, parameters };
        Tool { kind: "function", function }
    }

    /// Whether to think: asked of a model that cannot, it is an error, so it is said only where it was asked.
    fn think(&mut self, request: &ChatRequest) -> Option<Value> {
        let (effort, budget) =
            (request.parameters.reasoning_effort, request.parameters.reasoning_budget_tokens);
        self.dropped.add_if(budget.is_some_and(|tokens| tokens > 0), "parameters.reasoning_budget_tokens");
        let Some(effort) = effort else { return budget.map(|tokens| Value::from(tokens > 0)) };
        if !request.model.contains("gpt-oss") {
            let lossy = !matches!(effort, ReasoningEffort::None | ReasoningEffort::Medium);
            self.dropped.add_if(lossy, "parameters.reasoning_effort");
            return Some(Value::from(effort != ReasoningEffort::None));
        }
        Some(Value::from(match effort {
            // It always thinks; low is the least.
            ReasoningEffort::None | ReasoningEffort::Minimal | ReasoningEffort::Low => "low",
            ReasoningEffort::Medium => "medium",
            ReasoningEffort::High => "high",
        }))
    }
}

/// A picture's base64 text; Ollama fetches nothing itself.
fn image_data(media: &Media) -> Option<&str> {
    match media {
        Media::Inline { data, .. } => Some(data),
        Media::Url { url } => split_data_url(url).map(|(_, data)| data),
        Media::Uploaded { .. } => None,
    }
}

/// The words of a file that is text.
fn text_of_file(media: &Media) -> Option<String> {
    let (media_type, data) = match media {
        Media::Inline { media_type, data } => (media_type.as_str(), data.as_str()),
        Media::Url { url } => split_data_url(url)?,
        Media::Uploaded { .. } => return None,
    };
    let is_text = media_type.starts_with("text/") || media_type == "application/json";
    let bytes = is_text.then(|| STANDARD.decode(data).ok())??;
    String::from_utf8(bytes).ok()
}
