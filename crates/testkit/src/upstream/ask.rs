//! What a request asks for, read from any dialect's body.

use super::dialect::Door;
use serde_json::{Value, json};

/// What a request asks for.
#[derive(Debug, Clone, Default)]
pub(super) struct Ask {
    pub model: String,
    pub stream: bool,
    /// OpenAI's `stream_options.include_usage`.
    pub include_usage: bool,
    /// The user's last text.
    pub prompt: String,
    /// Words in all of the prompt.
    pub prompt_words: u64,
    /// The output limit, in words here.
    pub max_words: Option<usize>,
    /// Texts to embed.
    pub inputs: Vec<String>,
    /// The length of the vectors that are wanted.
    pub dimensions: usize,
    /// Vectors as base64 instead of numbers (OpenAI).
    pub base64: bool,
}

/// The length of a vector when the request names none.
const DIMENSIONS: usize = 16;

impl Ask {
    /// Looks only for what changes the form of a canned answer.
    pub(super) fn glance(door: Door, path: &str, body: &[u8]) -> Self {
        let holds = |needle: &[u8]| memchr::memmem::find(body, needle).is_some();
        let says = |key: &str| {
            holds(format!("\"{key}\":true").as_bytes()) || holds(format!("\"{key}\": true").as_bytes())
        };
        let stream = match door {
            Door::Gemini => path.contains(":stream"),
            Door::Ollama => !holds(b"\"stream\":false") && !holds(b"\"stream\": false"),
            Door::OpenAi | Door::Responses | Door::Anthropic => says("stream"),
        };
        Self { stream, include_usage: stream && says("include_usage"), ..Self::default() }
    }

    /// Reads the body; one that is no JSON asks for nothing in particular.
    pub(super) fn read(door: Door, path: &str, body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let messages = match door {
            Door::Gemini => &body["contents"],
            Door::Responses => &body["input"],
            Door::OpenAi | Door::Anthropic | Door::Ollama => &body["messages"],
        };
        let system = match door {
            Door::Gemini => &body["systemInstruction"]["parts"],
            Door::Responses => &body["instructions"],
            Door::OpenAi | Door::Anthropic | Door::Ollama => &body["system"],
        };
        let content = |message: &Value| match door {
            Door::Gemini => text_of(&message["parts"]),
            Door::OpenAi | Door::Responses | Door::Anthropic | Door::Ollama => text_of(&message["content"]),
        };
        // The input of Responses may be one text.
        let said = json!([{ "role": "user", "content": messages }]);
        let messages = if messages.is_string() { &said } else { messages };
        let messages = messages.as_array().map(Vec::as_slice).unwrap_or_default();
        let users = messages.iter().filter(|message| {
            message["role"] == "user" || (door == Door::Gemini && message["role"].is_null())
        });
        let prompt = users.map(content).rfind(|text| !text.is_empty()).unwrap_or_default();
        let all_text = messages.iter().map(content).chain([text_of(system)]);
        let limit = body["max_completion_tokens"]
            .as_u64()
            .or_else(|| body["max_tokens"].as_u64())
            .or_else(|| body["max_output_tokens"].as_u64())
            .or_else(|| body["generationConfig"]["maxOutputTokens"].as_u64())
            .or_else(|| body["options"]["num_predict"].as_u64());
        let dimensions = body["dimensions"]
            .as_u64()
            .or_else(|| body["outputDimensionality"].as_u64())
            .or_else(|| body["requests"][0]["outputDimensionality"].as_u64());
        Self {
            model: model(door, path, &body),
            stream: match door {
                Door::Gemini => path.contains(":stream"),
                Door::Ollama => body["stream"] != false,
                Door::OpenAi | Door::Responses | Door::Anthropic => body["stream"] == true,
            },
            include_usage: body["stream_options"]["include_usage"] == true,
            prompt,
            prompt_words: all_text.map(|text| word_count(&text)).sum(),
            max_words: limit.and_then(|limit| usize::try_from(limit).ok()),
            inputs: inputs(&body),
            dimensions: dimensions.and_then(|count| usize::try_from(count).ok()).unwrap_or(DIMENSIONS),
            base64: body["encoding_format"] == "base64",
        }
    }
}

/// Words, as this upstream counts tokens.
pub(super) fn word_count(text: &str) -> u64 {
    text.split_whitespace().count() as u64
}

fn model(door: Door, path: &str, body: &Value) -> String {
    let in_path = |marker: &str| {
        let (_, rest) = path.split_once(marker)?;
        rest.split([':', '/', '?']).next().map(str::to_owned)
    };
    let named = body["model"].as_str().map(str::to_owned);
    let found = match door {
        Door::Gemini => in_path("/models/").or(named),
        Door::OpenAi | Door::Responses => named.or_else(|| in_path("/deployments/")),
        Door::Anthropic | Door::Ollama => named,
    };
    found.unwrap_or_else(|| "scripted".to_owned())
}

/// Text of a string, or of the text parts of an array.
fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts: Vec<&str> = parts.iter().filter_map(|part| part["text"].as_str()).collect();
            texts.join(" ")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
    }
}

/// The texts of an embeddings request of any dialect.
fn inputs(body: &Value) -> Vec<String> {
    let texts = |value: &Value| match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => {
            items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    };
    match (&body["requests"], &body["content"]) {
        (Value::Array(requests), _) => {
            requests.iter().map(|request| text_of(&request["content"]["parts"])).collect()
        }
        (_, Value::Object(content)) => content.get("parts").map(text_of).into_iter().collect(),
        _ => texts(&body["input"]),
    }
}
