//! What a provider of each format was asked: read as its own service would read it, and without the codecs.

use super::caller::only;
use serde_json::Value;

/// What a request says, whatever format it was written in.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) stream: bool,
    pub(super) system: String,
    /// What the user said, joined.
    pub(super) said: String,
    /// Pictures of the user, as base64.
    pub(super) pictures: Vec<String>,
    pub(super) tools: Vec<String>,
    pub(super) must_call: bool,
    /// The schema that the answer has to follow.
    pub(super) schema: Option<Value>,
    pub(super) limit: Option<u64>,
    pub(super) temperature: Option<f64>,
    pub(super) stops: Vec<String>,
    /// How much to think, in the format's own words.
    pub(super) effort: Option<Value>,
    /// Calls of the model: id, name, arguments.
    pub(super) calls: Vec<(String, String, Value)>,
    /// Results: the call they belong to by id or name, and their text.
    pub(super) results: Vec<(String, String)>,
    pub(super) result_pictures: Vec<String>,
    /// Thinking that goes back: its words and what seals it.
    pub(super) thoughts: Vec<(String, String)>,
    /// How often the provider is asked to cache what stands before.
    pub(super) marks: usize,
}

/// Reads the body of a request to a provider of this format.
pub(super) fn read(dialect: &str, path: &str, body: &Value) -> Asked {
    let mut asked = Asked { marks: marks(body), ..Asked::default() };
    match dialect {
        "openai-chat" => openai(body, &mut asked),
        "openai-responses" => responses(body, &mut asked),
        "anthropic" => anthropic(body, &mut asked),
        "gemini" => gemini(body, path, &mut asked),
        "ollama" => ollama(body, &mut asked),
        other => panic!("nobody speaks `{other}`"),
    }
    asked
}

fn marks(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(marks).sum(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| usize::from(name == "cache_control") + marks(value)).sum()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(one) => vec![one.clone()],
        Value::Array(many) => many.iter().map(|one| text(one).to_owned()).collect(),
        _ => Vec::new(),
    }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn parsed(arguments: &Value) -> Value {
    serde_json::from_str(text(arguments)).unwrap_or_else(|error| panic!("{error}: {arguments}"))
}

/// The base64 of a `data:` address.
fn inline(url: &Value) -> String {
    text(url).split_once("base64,").unwrap_or_else(|| panic!("not inline: {url}")).1.to_owned()
}

fn openai(body: &Value, asked: &mut Asked) {
    only(
        body,
        &[
            "model",
            "messages",
            "stream",
            "stream_options",
            "max_tokens",
            "max_completion_tokens",
            "temperature",
            "stop",
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "response_format",
            "reasoning_effort",
        ],
    );
    asked.stream = body["stream"] == true;
    asked.limit = body["max_tokens"].as_u64().or_else(|| body["max_completion_tokens"].as_u64());
    asked.temperature = body["temperature"].as_f64();
    asked.stops = strings(&body["stop"]);
    asked.effort = body.get("reasoning_effort").cloned();
    asked.must_call = body["tool_choice"] == "required";
    asked.schema = body.pointer("/response_format/json_schema/schema").cloned();
    for tool in items(&body["tools"]) {
        only(tool, &["type", "function"]);
        only(&tool["function"], &["name", "description", "parameters", "strict"]);
        assert_eq!(tool["function"]["parameters"]["type"], "object", "{tool}");
        asked.tools.push(text(&tool["function"]["name"]).to_owned());
    }
    for message in items(&body["messages"]) {
        only(
            message,
            &[
                "role",
                "content",
                "tool_calls",
                "tool_call_id",
                "reasoning_content",
                "reasoning_details",
                "refusal",
            ],
        );
        let (mut words, mut pictures) = (String::new(), Vec::new());
        match &message["content"] {
            Value::String(all) => words.clone_from(all),
            parts => {
                for part in items(parts) {
                    match text(&part["type"]) {
                        "text" => words.push_str(text(&part["text"])),
                        "image_url" => pictures.push(inline(&part["image_url"]["url"])),
                        other => panic!("a part `{other}`: {part}"),
                    }
                }
            }
        }
        match text(&message["role"]) {
            "system" | "developer" => asked.system.push_str(&words),
            "user" => {
                asked.said.push_str(&words);
                asked.pictures.extend(pictures);
            }
            "assistant" => {
                for call in items(&message["tool_calls"]) {
                    assert_eq!(call["type"], "function", "{call}");
                    let function = &call["function"];
                    asked.calls.push((
                        text(&call["id"]).to_owned(),
                        text(&function["name"]).to_owned(),
                        parsed(&function["arguments"]),
                    ));
                }
                if let Some(thought) = message["reasoning_content"].as_str() {
                    asked.thoughts.push((thought.to_owned(), String::new()));
                }
            }
            "tool" => {
                asked.results.push((text(&message["tool_call_id"]).to_owned(), words));
                asked.result_pictures.extend(pictures);
            }
            other => panic!("a role `{other}`"),
        }
    }
}

fn responses(body: &Value, asked: &mut Asked) {
    only(
        body,
        &[
            "model",
            "input",
            "instructions",
            "stream",
            "max_output_tokens",
            "temperature",
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "text",
            "reasoning",
            "include",
            "store",
        ],
    );
    asked.stream = body["stream"] == true;
    asked.limit = body["max_output_tokens"].as_u64();
    asked.temperature = body["temperature"].as_f64();
    asked.effort = body.pointer("/reasoning/effort").cloned();
    asked.must_call = body["tool_choice"] == "required";
    asked.schema = body.pointer("/text/format/schema").cloned();
    asked.system.push_str(text(&body["instructions"]));
    for tool in items(&body["tools"]) {
        only(tool, &["type", "name", "description", "parameters", "strict"]);
        asked.tools.push(text(&tool["name"]).to_owned());
    }
    asked.said.push_str(text(&body["input"]));
    let content = |parts: &Value| {
        let (mut words, mut pictures) = (String::new(), Vec::new());
        match parts {
            Value::String(all) => words.clone_from(all),
            parts => {
                for part in items(parts) {
                    match text(&part["type"]) {
                        "input_text" | "output_text" => words.push_str(text(&part["text"])),
                        "input_image" => pictures.push(inline(&part["image_url"])),
                        other => panic!("a part `{other}`: {part}"),
                    }
                }
            }
        }
        (words, pictures)
    };
    for item in items(&body["input"]) {
        match item["type"].as_str().unwrap_or("message") {
            "message" => {
                only(item, &["type", "role", "content", "id", "status"]);
                let (words, pictures) = content(&item["content"]);
                match text(&item["role"]) {
                    "system" | "developer" => asked.system.push_str(&words),
                    "user" => {
                        asked.said.push_str(&words);
                        asked.pictures.extend(pictures);
                    }
                    "assistant" => {}
                    other => panic!("a role `{other}`"),
                }
            }
            "function_call" => {
                only(item, &["type", "id", "call_id", "name", "arguments", "status"]);
                asked.calls.push((
                    text(&item["call_id"]).to_owned(),
                    text(&item["name"]).to_owned(),
                    parsed(&item["arguments"]),
                ));
            }
            "function_call_output" => {
                only(item, &["type", "id", "call_id", "output", "status"]);
                let (words, pictures) = content(&item["output"]);
                asked.results.push((text(&item["call_id"]).to_owned(), words));
                asked.result_pictures.extend(pictures);
            }
            "reasoning" => {
                only(item, &["type", "id", "summary", "content", "encrypted_content", "status"]);
                let words: String = items(&item["summary"]).map(|part| text(&part["text"])).collect();
                asked.thoughts.push((words, text(&item["encrypted_content"]).to_owned()));
            }
            other => panic!("an item `{other}`: {item}"),
        }
    }
}

fn anthropic(body: &Value, asked: &mut Asked) {
    only(
        body,
        &[
            "model",
            "messages",
            "system",
            "stream",
            "max_tokens",
            "temperature",
            "stop_sequences",
            "tools",
            "tool_choice",
            "thinking",
            "output_config",
        ],
    );
    asked.stream = body["stream"] == true;
    asked.limit = body["max_tokens"].as_u64();
    asked.temperature = body["temperature"].as_f64();
    asked.stops = strings(&body["stop_sequences"]);
    asked.effort = body.get("thinking").or_else(|| body.pointer("/output_config/effort")).cloned();
    asked.must_call = body["tool_choice"]["type"] == "any";
    asked.schema = body.pointer("/output_config/format/schema").cloned();
    asked.system = match &body["system"] {
        Value::String(all) => all.clone(),
        blocks => items(blocks).map(|block| text(&block["text"])).collect(),
    };
    for tool in items(&body["tools"]) {
        only(tool, &["name", "description", "input_schema", "strict", "cache_control"]);
        assert_eq!(tool["input_schema"]["type"], "object", "{tool}");
        asked.tools.push(text(&tool["name"]).to_owned());
        // How answers in a shape are asked for where there is no better way.
        if asked.schema.is_none() && body["tool_choice"]["name"] == tool["name"] {
            asked.schema = Some(tool["input_schema"].clone());
        }
    }
    for message in items(&body["messages"]) {
        only(message, &["role", "content"]);
        let role = text(&message["role"]);
        assert!(matches!(role, "user" | "assistant"), "{message}");
        if let Some(all) = message["content"].as_str() {
            if role == "user" {
                asked.said.push_str(all);
            }
            continue;
        }
        for block in items(&message["content"]) {
            match (role, text(&block["type"])) {
                ("user", "text") => asked.said.push_str(text(&block["text"])),
                ("assistant", "text") => {}
                ("user", "image") => asked.pictures.push(text(&block["source"]["data"]).to_owned()),
                ("assistant", "tool_use") => {
                    assert!(block["input"].is_object(), "{block}");
                    asked.calls.push((
                        text(&block["id"]).to_owned(),
                        text(&block["name"]).to_owned(),
                        block["input"].clone(),
                    ));
                }
                ("user", "tool_result") => {
                    only(block, &["type", "tool_use_id", "content", "is_error", "cache_control"]);
                    let words = match &block["content"] {
                        Value::String(all) => all.clone(),
                        parts => items(parts).map(|part| text(&part["text"])).collect(),
                    };
                    asked.results.push((text(&block["tool_use_id"]).to_owned(), words));
                    let pictures = items(&block["content"]).filter(|part| part["type"] == "image");
                    asked
                        .result_pictures
                        .extend(pictures.map(|part| text(&part["source"]["data"]).to_owned()));
                }
                ("assistant", "thinking") => {
                    assert!(
                        block["signature"].as_str().is_some_and(|seal| !seal.is_empty()),
                        "Anthropic refuses {block}"
                    );
                    asked
                        .thoughts
                        .push((text(&block["thinking"]).to_owned(), text(&block["signature"]).to_owned()));
                }
                (role, other) => panic!("a block `{other}` of the {role}: {block}"),
            }
        }
    }
}

fn gemini(body: &Value, path: &str, asked: &mut Asked) {
    only(body, &["contents", "systemInstruction", "generationConfig", "tools", "toolConfig"]);
    asked.stream = path.contains(":streamGenerateContent");
    let config = &body["generationConfig"];
    if config.is_object() {
        only(
            config,
            &[
                "maxOutputTokens",
                "temperature",
                "stopSequences",
                "responseMimeType",
                "responseJsonSchema",
                "responseSchema",
                "thinkingConfig",
            ],
        );
    }
    asked.limit = config["maxOutputTokens"].as_u64();
    asked.temperature = config["temperature"].as_f64();
    asked.stops = strings(&config["stopSequences"]);
    asked.effort = config.get("thinkingConfig").cloned();
    asked.must_call = body.pointer("/toolConfig/functionCallingConfig/mode") == Some(&Value::from("ANY"));
    asked.schema = config.get("responseJsonSchema").or_else(|| config.get("responseSchema")).cloned();
    asked.system = items(&body["systemInstruction"]["parts"]).map(|part| text(&part["text"])).collect();
    for tool in items(&body["tools"]).flat_map(|tool| items(&tool["functionDeclarations"])) {
        only(tool, &["name", "description", "parametersJsonSchema", "parameters"]);
        asked.tools.push(text(&tool["name"]).to_owned());
    }
    for content in items(&body["contents"]) {
        only(content, &["role", "parts"]);
        let role = text(&content["role"]);
        for part in items(&content["parts"]) {
            only(
                part,
                &["text", "thought", "thoughtSignature", "inlineData", "functionCall", "functionResponse"],
            );
            let seal = text(&part["thoughtSignature"]).to_owned();
            if let Some(call) = part.get("functionCall") {
                assert_eq!(role, "model", "{content}");
                let name = text(&call["name"]).to_owned();
                asked.calls.push((
                    call["id"].as_str().map_or_else(|| name.clone(), str::to_owned),
                    name,
                    call["args"].clone(),
                ));
                if !seal.is_empty() {
                    asked.thoughts.push((String::new(), seal));
                }
            } else if let Some(result) = part.get("functionResponse") {
                only(result, &["id", "name", "response", "parts"]);
                let of = result["id"].as_str().unwrap_or(text(&result["name"]));
                asked.results.push((of.to_owned(), result["response"].to_string()));
                let pictures =
                    items(&result["parts"]).map(|part| text(&part["inlineData"]["data"]).to_owned());
                asked.result_pictures.extend(pictures);
            } else if let Some(data) = part.get("inlineData") {
                asked.pictures.push(text(&data["data"]).to_owned());
            } else if part["thought"] == true {
                asked.thoughts.push((text(&part["text"]).to_owned(), seal));
            } else if role == "user" {
                asked.said.push_str(text(&part["text"]));
            }
        }
    }
}

fn ollama(body: &Value, asked: &mut Asked) {
    only(body, &["model", "messages", "stream", "options", "tools", "format", "think"]);
    asked.stream = body["stream"] != false;
    let options = &body["options"];
    asked.limit = options["num_predict"].as_u64();
    asked.temperature = options["temperature"].as_f64();
    asked.stops = strings(&options["stop"]);
    asked.effort = body.get("think").cloned();
    asked.schema = body.get("format").cloned();
    for tool in items(&body["tools"]) {
        only(tool, &["type", "function"]);
        only(&tool["function"], &["name", "description", "parameters"]);
        asked.tools.push(text(&tool["function"]["name"]).to_owned());
    }
    for message in items(&body["messages"]) {
        only(message, &["role", "content", "images", "thinking", "tool_calls", "tool_name", "tool_call_id"]);
        let (words, pictures) = (text(&message["content"]), strings(&message["images"]));
        match text(&message["role"]) {
            "system" => asked.system.push_str(words),
            "user" => {
                asked.said.push_str(words);
                asked.pictures.extend(pictures);
            }
            "assistant" => {
                for call in items(&message["tool_calls"]) {
                    let function = &call["function"];
                    assert!(function["arguments"].is_object(), "{call}");
                    let name = text(&function["name"]).to_owned();
                    asked.calls.push((name.clone(), name, function["arguments"].clone()));
                }
                if let Some(thought) = message["thinking"].as_str() {
                    asked.thoughts.push((thought.to_owned(), String::new()));
                }
            }
            "tool" => {
                asked.results.push((text(&message["tool_name"]).to_owned(), words.to_owned()));
                asked.result_pictures.extend(pictures);
            }
            other => panic!("a role `{other}`"),
        }
    }
}
