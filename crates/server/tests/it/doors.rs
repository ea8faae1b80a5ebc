//! Every door as a program behind it sees it: where a request goes and how it is written. What holds for all of
//! them is tested over this table; a new door is a new row.

use crate::stage::{MODEL, Stage};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// A door, and how to ask there.
pub(crate) struct Door {
    pub(crate) name: &'static str,
    /// The path, for a model and for whether a stream is wanted.
    path: fn(&str, bool) -> String,
    content_type: &'static str,
    body: fn(&str, bool) -> Value,
    /// Whether it has streams.
    pub(crate) streams: bool,
    /// Whether it has answers in one piece.
    pub(crate) wholes: bool,
    /// The wire formats of providers that can serve it.
    pub(crate) providers: &'static [&'static str],
    /// What an error in the middle of a stream looks like.
    pub(crate) broken: &'static str,
    /// What the end of a stream looks like.
    pub(crate) ended: &'static str,
    /// Where an error body has its message.
    pub(crate) message: &'static str,
}

const ALL: &[&str] = &["openai", "responses", "anthropic", "gemini", "ollama"];
const OPENAI: &[&str] = &["openai"];

fn messages(model: &str, stream: bool) -> Value {
    json!({ "model": model, "max_tokens": 100, "stream": stream,
            "messages": [{ "role": "user", "content": "hello" }] })
}

/// The boundary of the forms that are sent here.
const BOUNDARY: &str = "a-boundary-of-the-tests";

/// The doors.
pub(crate) const DOORS: &[Door] = &[
    Door {
        name: "OpenAI chat",
        path: |_, _| "/v1/chat/completions".into(),
        content_type: "application/json",
        body: messages,
        streams: true,
        wholes: true,
        providers: ALL,
        broken: "data: {\"error\"",
        ended: "[DONE]",
        message: "/error/message",
    },
    Door {
        name: "Anthropic messages",
        path: |_, _| "/anthropic/v1/messages".into(),
        content_type: "application/json",
        body: messages,
        streams: true,
        wholes: true,
        providers: ALL,
        broken: "event: error",
        ended: "message_stop",
        message: "/error/message",
    },
    Door {
        name: "OpenAI Responses",
        path: |_, _| "/v1/responses".into(),
        content_type: "application/json",
        body: |model, stream| json!({ "model": model, "stream": stream, "input": "hello" }),
        streams: true,
        wholes: true,
        providers: ALL,
        broken: "event: error",
        ended: "response.completed",
        message: "/error/message",
    },
    Door {
        name: "Gemini",
        path: |model, stream| {
            let method = if stream { "streamGenerateContent?alt=sse" } else { "generateContent" };
            format!("/gemini/v1beta/models/{model}:{method}")
        },
        content_type: "application/json",
        body: |_, _| json!({ "contents": [{ "role": "user", "parts": [{ "text": "hello" }] }] }),
        streams: true,
        wholes: true,
        providers: ALL,
        broken: "\"error\"",
        ended: "finishReason",
        message: "/error/message",
    },
    Door {
        name: "Ollama",
        path: |_, _| "/ollama/api/chat".into(),
        content_type: "application/json",
        body: messages,
        streams: true,
        wholes: true,
        providers: ALL,
        broken: "{\"error\"",
        ended: "\"done\":true",
        message: "/error",
    },
    Door {
        name: "OpenAI embeddings",
        path: |_, _| "/v1/embeddings".into(),
        content_type: "application/json",
        body: |model, _| json!({ "model": model, "input": "hello" }),
        streams: false,
        wholes: true,
        providers: &["openai", "gemini", "ollama"],
        broken: "",
        ended: "",
        message: "/error/message",
    },
    Door {
        name: "speech",
        path: |_, _| "/v1/audio/speech".into(),
        content_type: "application/json",
        body: |model, _| json!({ "model": model, "voice": "alloy", "input": "the lantern keeps its own time" }),
        streams: true,
        wholes: false,
        providers: OPENAI,
        // Sound breaks off.
        broken: "",
        ended: "",
        message: "/error/message",
    },
    Door {
        name: "transcriptions",
        path: |_, _| "/v1/audio/transcriptions".into(),
        content_type: "multipart/form-data; boundary=a-boundary-of-the-tests",
        body: form,
        streams: true,
        wholes: true,
        providers: OPENAI,
        broken: "data: {\"error\"",
        ended: "transcript.text.done",
        message: "/error/message",
    },
    Door {
        name: "translations",
        path: |_, _| "/v1/audio/translations".into(),
        content_type: "multipart/form-data; boundary=a-boundary-of-the-tests",
        body: form,
        streams: false,
        wholes: true,
        providers: OPENAI,
        broken: "",
        ended: "",
        message: "/error/message",
    },
];

fn form(model: &str, stream: bool) -> Value {
    let stream = stream.to_string();
    let parts = [("file\"; filename=\"a.mp3", "ID3 and some sound"), ("model", model), ("stream", &stream)];
    let parts = parts.map(|(name, value)| {
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    });
    Value::String(format!("{}--{BOUNDARY}--\r\n", parts.concat()))
}

impl Door {
    /// The models of the stage that serve this door; `suffix` chooses among the stage's providers.
    pub(crate) fn models(&self, suffix: &str) -> impl Iterator<Item = String> {
        self.providers.iter().map(move |provider| format!("{provider}{suffix}/actor"))
    }

    /// Whether it answers in streams, in one piece, or in both ways.
    pub(crate) fn ways(&self) -> Vec<bool> {
        [self.wholes.then_some(false), self.streams.then_some(true)].into_iter().flatten().collect()
    }

    /// A request as it goes over the wire.
    pub(crate) fn request(&self, key: &str, model: &str, stream: bool) -> Vec<u8> {
        let body = match (self.body)(model, stream) {
            Value::String(form) => form,
            json => json.to_string(),
        };
        let (path, content_type) = ((self.path)(model, stream), self.content_type);
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\n\
             content-type: {content_type}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        [head, body].concat().into_bytes()
    }

    /// Asks, and leaves the connection open.
    pub(crate) async fn ask(&self, stage: &Stage, key: &str, model: &str, stream: bool) -> Caller {
        let mut connection = TcpStream::connect(stage.address).await.unwrap();
        connection.write_all(&self.request(key, model, stream)).await.unwrap();
        Caller { connection, heard: Vec::new() }
    }
}

/// Somebody who has asked.
pub(crate) struct Caller {
    connection: TcpStream,
    pub(crate) heard: Vec<u8>,
}

impl Caller {
    /// Listens until this is heard, or the connection ends. `false` where it has ended without.
    pub(crate) async fn hears(&mut self, what: &str) -> bool {
        let listening = async {
            while !String::from_utf8_lossy(&self.heard).contains(what) {
                match self.connection.read_buf(&mut self.heard).await {
                    Ok(0) | Err(_) => return false,
                    Ok(_) => {}
                }
            }
            true
        };
        let heard = tokio::time::timeout(crate::client::PATIENCE, listening).await;
        heard.unwrap_or_else(|_| panic!("`{what}` was not heard: {}", String::from_utf8_lossy(&self.heard)))
    }

    /// Listens to the end of the answer; `true` where it ends as HTTP says, `false` where it is cut off.
    pub(crate) async fn hears_out(&mut self) -> bool {
        let whole = |heard: &[u8]| {
            let text = String::from_utf8_lossy(heard);
            let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            match length.and_then(|length| length.parse::<usize>().ok()) {
                Some(length) => body.len() >= length,
                None => body.ends_with("0\r\n\r\n"),
            }
        };
        let listening = async {
            while !whole(&self.heard) {
                match self.connection.read_buf(&mut self.heard).await {
                    Ok(0) | Err(_) => return false,
                    Ok(_) => {}
                }
            }
            true
        };
        tokio::time::timeout(crate::client::PATIENCE, listening).await.expect("the answer does not end")
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.heard).into_owned()
    }

    /// The status of the answer.
    pub(crate) fn status(&self) -> u16 {
        self.text().split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        let text = self.text();
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error} in {text}"))
    }
}

#[test]
fn the_stage_serves_every_door() {
    let known = crate::stage::PROVIDERS.map(|(name, _, _)| name);
    for door in DOORS {
        assert!(door.providers.iter().all(|provider| known.contains(provider)), "{}", door.name);
        assert!(door.streams || door.wholes);
    }
    assert!(MODEL.starts_with("openai/"));
}
