//! Which dialect a path belongs to, and the parts that all dialects share.

mod anthropic;
mod audio;
mod gemini;
mod ollama;
mod openai;
mod responses;

pub(super) use audio::{Audio, speech, transcription};

use super::ask::{Ask, word_count};
use super::batches;
use super::connection::Head;
use super::reply::{ErrorReply, Part, Reply, Stop, UsageFigures, UsageReport};
use serde_json::{Value, json};

/// A dialect as seen from its paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Door {
    OpenAi,
    /// OpenAI's Responses.
    Responses,
    Anthropic,
    Gemini,
    Ollama,
}

/// What a path asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    Chat,
    Embeddings,
    Speech,
    /// Translations as well.
    Transcription,
    CountTokens,
    Models,
    /// Fetching a model into an Ollama.
    Pull,
    /// About one model (Ollama's `show`, the lists' single entries).
    Model(String),
    /// Files of lines and batches.
    Batches,
    /// `GET /` and the like, answered with a fixed text.
    Greeting(&'static str),
    /// This upstream's own control.
    Control,
    Unknown,
}

impl Route {
    /// Whether it takes replies from the queue.
    pub(super) fn is_model_call(&self) -> bool {
        matches!(self, Self::Chat | Self::Embeddings | Self::Speech | Self::Transcription)
    }
}

/// Finds the dialect and the meaning of a request.
pub(super) fn route(head: &Head) -> (Door, Route) {
    let path = head.path.split('?').next().unwrap_or_default().trim_end_matches('/');
    let anthropic = head.header("anthropic-version").is_some() || head.header("x-api-key").is_some();
    let lists = if anthropic { Door::Anthropic } else { Door::OpenAi };
    let last = path.rsplit('/').next().unwrap_or_default();
    if let Some(door) = batches::door(path) {
        return (door, Route::Batches);
    }
    match (path, last) {
        ("/_script", _) => (Door::OpenAi, Route::Control),
        ("", _) => (Door::Ollama, Route::Greeting("Ollama is running")),
        ("/api/version", _) => (Door::Ollama, Route::Greeting(r#"{"version":"0.12.0"}"#)),
        ("/api/chat", _) => (Door::Ollama, Route::Chat),
        ("/api/embed", _) => (Door::Ollama, Route::Embeddings),
        ("/api/tags", _) => (Door::Ollama, Route::Models),
        ("/api/pull", _) => (Door::Ollama, Route::Pull),
        ("/api/show", _) => (Door::Ollama, Route::Model(String::new())),
        (_, "completions") if path.ends_with("/chat/completions") => (Door::OpenAi, Route::Chat),
        (_, "responses") => (Door::Responses, Route::Chat),
        (_, "embeddings") => (Door::OpenAi, Route::Embeddings),
        (_, "speech") => (Door::OpenAi, Route::Speech),
        (_, "transcriptions" | "translations") => (Door::OpenAi, Route::Transcription),
        (_, "messages") => (Door::Anthropic, Route::Chat),
        (_, "count_tokens") => (Door::Anthropic, Route::CountTokens),
        ("/v1beta/models" | "/v1/models" | "/models", _) if path.starts_with("/v1beta") => {
            (Door::Gemini, Route::Models)
        }
        // A collector of spans, which takes everything.
        (_, "traces") => (Door::OpenAi, Route::Greeting("{}")),
        (_, "models") => (lists, Route::Models),
        _ => match path.split_once("/models/") {
            Some((before, model)) => {
                let door = if before.contains("v1beta") { Door::Gemini } else { lists };
                (door, action(model))
            }
            None => (lists, Route::Unknown),
        },
    }
}

/// Gemini's `models/NAME:ACTION`, or one model by name.
fn action(model: &str) -> Route {
    match model.split_once(':') {
        Some((_, "generateContent" | "streamGenerateContent")) => Route::Chat,
        Some((_, "embedContent" | "batchEmbedContents")) => Route::Embeddings,
        Some((_, "countTokens")) => Route::CountTokens,
        Some(_) | None => Route::Model(model.to_owned()),
    }
}

/// A piece of a stream that is written on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub bytes: Vec<u8>,
    /// Whether it carries a word or fragment, which is what pace and interruptions count.
    pub is_word: bool,
}

/// An answer with everything decided.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub number: usize,
    pub model: String,
    pub parts: Vec<Part>,
    pub stop: Stop,
    /// `None` when nothing is said about usage.
    pub usage: Option<UsageFigures>,
    pub include_usage: bool,
}

impl Answer {
    pub(super) fn new(number: usize, ask: &Ask, reply: &Reply) -> Self {
        let mut parts = reply.parts.clone();
        let mut stop = if parts.iter().any(|part| matches!(part, Part::ToolCall { .. })) {
            Stop::ToolCalls
        } else {
            Stop::Stop
        };
        if parts.is_empty() {
            let (text, cut) = echo(ask);
            parts.push(Part::Text(text));
            if cut {
                stop = Stop::Length;
            }
        }
        let usage = match reply.usage {
            UsageReport::None => None,
            UsageReport::Exact(figures) => Some(figures),
            UsageReport::Counted => Some(counted(ask, &parts)),
        };
        Self {
            number,
            model: ask.model.clone(),
            parts,
            stop: reply.stop.unwrap_or(stop),
            usage,
            include_usage: ask.include_usage,
        }
    }

    /// All text of one kind, joined.
    fn joined(&self, pick: impl Fn(&Part) -> Option<&str>) -> Option<String> {
        let texts: Vec<&str> = self.parts.iter().filter_map(pick).collect();
        (!texts.is_empty()).then(|| texts.concat())
    }
}

/// The prompt said back, cut at the output limit.
fn echo(ask: &Ask) -> (String, bool) {
    let text = if ask.prompt.is_empty() {
        "You said nothing.".to_owned()
    } else {
        format!("You said: {}", ask.prompt)
    };
    match ask.max_words {
        Some(limit) if word_count(&text) > limit as u64 => {
            (text.split_whitespace().take(limit).collect::<Vec<_>>().join(" "), true)
        }
        Some(_) | None => (text, false),
    }
}

fn counted(ask: &Ask, parts: &[Part]) -> UsageFigures {
    let words = |part: &Part| match part {
        Part::Text(text) | Part::Reasoning(text) | Part::Refusal(text) => word_count(text),
        Part::ToolCall { arguments, .. } => fragments(arguments).len() as u64,
    };
    let thinking = |part: &&Part| matches!(part, Part::Reasoning(_));
    UsageFigures {
        input: ask.prompt_words,
        output: parts.iter().map(words).sum(),
        reasoning: parts.iter().filter(thinking).map(words).sum(),
        ..UsageFigures::default()
    }
}

/// Text in words, each with the space behind it.
fn words(text: &str) -> Vec<&str> {
    text.split_inclusive(' ').collect()
}

/// Tool arguments in fragments that respect nothing but character boundaries, as providers send them.
fn fragments(arguments: &str) -> Vec<String> {
    let characters: Vec<char> = arguments.chars().collect();
    characters.chunks(7).map(|chunk| chunk.iter().collect()).collect()
}

/// A server-sent event.
fn sse(event: Option<&str>, data: &Value, is_word: bool) -> Frame {
    let event = event.map(|name| format!("event: {name}\n")).unwrap_or_default();
    Frame { bytes: format!("{event}data: {data}\n\n").into_bytes(), is_word }
}

/// The stream of an answer.
pub(super) fn frames(door: Door, answer: &Answer) -> Vec<Frame> {
    match door {
        Door::OpenAi => openai::frames(answer),
        Door::Responses => responses::frames(answer),
        Door::Anthropic => anthropic::frames(answer),
        Door::Gemini => gemini::frames(answer),
        Door::Ollama => ollama::frames(answer),
    }
}

/// The progress of fetching a model: one layer, in steps that an interruption can come between.
pub(super) fn pull_frames(model: &str) -> Vec<Frame> {
    ollama::pull_frames(model)
}

/// An answer in one piece.
pub(super) fn whole(door: Door, answer: &Answer) -> Value {
    match door {
        Door::OpenAi => openai::whole(answer),
        Door::Responses => responses::whole(answer),
        Door::Anthropic => anthropic::whole(answer),
        Door::Gemini => gemini::whole(answer),
        Door::Ollama => ollama::whole(answer),
    }
}

/// An event that carries this text.
pub(super) fn text_frame(door: Door, answer: &Answer, text: &str) -> Frame {
    match door {
        Door::OpenAi => openai::text_frame(answer, text),
        Door::Responses => responses::text_frame(answer, text),
        Door::Anthropic => anthropic::text_frame(text),
        Door::Gemini => gemini::text_frame(answer, text),
        Door::Ollama => ollama::text_frame(answer, text),
    }
}

/// An error body.
pub(super) fn error(door: Door, error: &ErrorReply) -> Value {
    match door {
        Door::OpenAi | Door::Responses => openai::error(error),
        Door::Anthropic => anthropic::error(error),
        Door::Gemini => gemini::error(error),
        Door::Ollama => json!({ "error": error.message }),
    }
}

/// An error inside a stream.
pub(super) fn error_frame(door: Door, reply: &ErrorReply) -> Frame {
    let body = error(door, reply);
    match door {
        Door::OpenAi | Door::Gemini => sse(None, &body, false),
        Door::Responses => responses::error_frame(reply),
        Door::Anthropic => sse(Some("error"), &body, false),
        Door::Ollama => ollama::line(&body, false),
    }
}

/// What a provider sends to keep a connection open while no token comes.
pub(super) fn keep_alive(door: Door) -> &'static [u8] {
    match door {
        Door::Anthropic => b"event: ping\ndata: {\"type\": \"ping\"}\n\n",
        Door::Ollama => b"\n",
        Door::OpenAi | Door::Responses | Door::Gemini => b": keep-alive\n\n",
    }
}

/// Vectors for the texts that were asked about, the same text always getting the same vector.
pub(super) fn embeddings(door: Door, ask: &Ask, usage: UsageReport) -> Value {
    let vectors: Vec<Vec<f32>> = ask.inputs.iter().map(|text| vector(text, ask.dimensions)).collect();
    let input = match usage {
        UsageReport::Counted => Some(ask.inputs.iter().map(|text| word_count(text)).sum()),
        UsageReport::Exact(figures) => Some(figures.input),
        UsageReport::None => None,
    };
    match door {
        Door::OpenAi | Door::Responses | Door::Anthropic => openai::embeddings(ask, &vectors, input),
        Door::Gemini => {
            json!({ "embeddings": vectors.iter().map(|values| json!({ "values": values })).collect::<Vec<_>>(),
            "embedding": vectors.first().map(|values| json!({ "values": values })) })
        }
        Door::Ollama => ollama::embeddings(ask, &vectors, input),
    }
}

/// A unit vector made from the text by FNV-1a and a xorshift generator.
fn vector(text: &str, dimensions: usize) -> Vec<f32> {
    let mut seed = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    }) | 1;
    let raw: Vec<f32> = (0..dimensions.clamp(1, 8_192))
        .map(|_index| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            // 16 bits are exact in an f32.
            f32::from(u16::try_from(seed >> 48).unwrap_or_default()) / 32_768.0 - 1.0
        })
        .collect();
    let length = raw.iter().map(|value| value * value).sum::<f32>().sqrt();
    raw.iter().map(|value| value / length).collect()
}

/// The list of models.
pub(super) fn models(door: Door, names: &[String]) -> Value {
    match door {
        Door::OpenAi | Door::Responses => openai::models(names),
        Door::Anthropic => anthropic::models(names),
        Door::Gemini => gemini::models(names),
        Door::Ollama => ollama::models(names),
    }
}

/// What is said about one model.
pub(super) fn model(door: Door, name: &str) -> Value {
    match door {
        Door::OpenAi | Door::Responses => openai::model(name),
        Door::Anthropic => anthropic::model(name),
        Door::Gemini => gemini::model(name),
        Door::Ollama => ollama::show(),
    }
}

/// The number of tokens in a prompt.
pub(super) fn token_count(door: Door, ask: &Ask) -> Value {
    match door {
        Door::Gemini => json!({ "totalTokens": ask.prompt_words }),
        Door::OpenAi | Door::Responses | Door::Anthropic | Door::Ollama => {
            json!({ "input_tokens": ask.prompt_words })
        }
    }
}
