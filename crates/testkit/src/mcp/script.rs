//! What the scripted server says to each message.

use serde_json::{Value, json};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Written to standard error, as commands do that should not.
pub(super) const TOKEN: &str = "token-that-nobody-may-see";
/// More than any client should read as one message.
const HUGE_BYTES: usize = 5 << 20;

/// One thing that is said.
#[derive(Debug)]
pub(super) enum Said {
    Message(Value),
    /// Something that is no message.
    Raw(String),
    Crash,
}

/// The server's part.
#[derive(Debug)]
pub(super) struct Script {
    environment: Vec<String>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    grown: bool,
    notes: Vec<String>,
    calls: Vec<Value>,
    cancelled: Vec<Value>,
    /// A call that waits for what the client says to the server's own requests.
    asking: Option<(Value, Vec<Value>)>,
}

impl Script {
    pub(super) fn new(environment: Vec<String>) -> Self {
        Self { environment, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn calls(&self) -> Vec<Value> {
        self.state().calls.clone()
    }

    pub(super) fn cancelled(&self) -> Vec<Value> {
        self.state().cancelled.clone()
    }

    pub(super) fn grow(&self) {
        self.state().grown = true;
    }

    pub(super) fn hear(&self, message: &Value) -> Vec<Said> {
        let id = message.get("id").cloned();
        let params = message.get("params").cloned().unwrap_or_default();
        match (message.get("method").and_then(Value::as_str), id) {
            (Some("initialize"), Some(id)) => {
                let version = params.get("protocolVersion").cloned().unwrap_or_default();
                vec![answer(
                    &id,
                    json!({
                    "protocolVersion": version, "capabilities": { "tools": { "listChanged": true } },
                    "serverInfo": { "name": "scripted", "version": "1.0" } }),
                )]
            }
            (Some("tools/list"), Some(id)) => vec![answer(&id, self.page(&params))],
            (Some("tools/call"), Some(id)) => self.call(&id, params),
            (Some("notifications/cancelled"), None) => {
                let asked = params.get("requestId").cloned().unwrap_or_default();
                self.state().cancelled.push(asked);
                Vec::new()
            }
            (None, Some(_)) => self.told(message),
            (Some(_), Some(id)) => vec![error(&id, -32_601, "no such method")],
            (_, None) => Vec::new(),
        }
    }

    fn page(&self, params: &Value) -> Value {
        let tool = |name: &str, about: &str| {
            let text = json!({ "type": "string", "description": "Anything" });
            json!({ "name": name, "description": about,
                "inputSchema": { "type": "object", "properties": { "text": text } } })
        };
        let reads = |mut tool: Value| {
            if let Some(tool) = tool.as_object_mut() {
                tool.insert("annotations".to_owned(), json!({ "readOnlyHint": true }));
            }
            tool
        };
        let first = json!([
            reads(tool("echo", "Says what it is told")),
            tool("write_note", "Keeps a note"),
            reads(tool("notes", "Tells the notes that were kept")),
            json!({ "name": "broken", "description": "Its schema is junk", "inputSchema": "junk" }),
        ]);
        if params.get("cursor").is_none() {
            return json!({ "tools": first, "nextCursor": "two" });
        }
        let names = [
            "crash",
            "hang",
            "huge",
            "junk",
            "fail",
            "refuse",
            "grow",
            "picture",
            "ask",
            "environment",
            "cancelled",
            "files.read all!",
        ];
        let mut second: Vec<Value> = names.into_iter().map(|name| reads(tool(name, "For tests"))).collect();
        if self.state().grown {
            second.push(tool("grown", "Came later"));
        }
        json!({ "tools": second })
    }

    fn call(&self, id: &Value, params: Value) -> Vec<Said> {
        let name = params.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let given =
            params.get("arguments").and_then(|all| all.get("text")?.as_str()).unwrap_or_default().to_owned();
        let mut state = self.state();
        state.calls.push(params);
        let text = |text: &str| vec![answer(id, json!({ "content": [{ "type": "text", "text": text }] }))];
        match name.as_str() {
            "write_note" => {
                state.notes.push(given.clone());
                text(&format!("noted: {given}"))
            }
            "notes" => text(&state.notes.join("; ")),
            "crash" => vec![Said::Crash],
            "hang" => Vec::new(),
            "huge" => {
                vec![answer(id, json!({ "content": [{ "type": "text", "text": "x".repeat(HUGE_BYTES) }] }))]
            }
            "junk" => {
                let mut said = vec![
                    Said::Raw("this is not JSON".into()),
                    Said::Raw("{\"jsonrpc\":".into()),
                    Said::Message(json!([1, "two", null])),
                    Said::Message(json!({ "jsonrpc": "2.0", "id": 987_654, "result": { "content": [] } })),
                    Said::Message(
                        json!({ "jsonrpc": "2.0", "id": null, "error": { "code": 1, "message": "?" } }),
                    ),
                    Said::Message(
                        json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": {} }),
                    ),
                ];
                said.extend(text("after the junk"));
                said
            }
            "fail" => {
                let content = json!([{ "type": "text", "text": "there is no such file" }]);
                vec![answer(id, json!({ "isError": true, "content": content }))]
            }
            "refuse" => vec![error(id, -32_602, "text is too short")],
            "grow" => {
                state.grown = true;
                let mut said = vec![changed()];
                said.extend(text("grown"));
                said
            }
            "picture" => {
                let picture = json!({ "type": "image", "mimeType": "image/png", "data": "AAAA" });
                vec![answer(id, json!({ "content": [{ "type": "text", "text": "look:" }, picture] }))]
            }
            "ask" => {
                state.asking = Some((id.clone(), Vec::new()));
                let ask = |id: &str, method: &str| {
                    Said::Message(json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": {} }))
                };
                vec![ask("own-1", "ping"), ask("own-2", "sampling/createMessage")]
            }
            "environment" => text(&self.environment.join(" ")),
            "cancelled" => text(&json!(state.cancelled).to_string()),
            _ => text(&format!("{name}: {given}")),
        }
    }

    /// The client has answered a request of the server's own.
    fn told(&self, reply: &Value) -> Vec<Said> {
        let mut state = self.state();
        let Some((id, mut replies)) = state.asking.take() else { return Vec::new() };
        replies.push(reply.clone());
        if replies.len() < 2 {
            state.asking = Some((id, replies));
            return Vec::new();
        }
        vec![answer(&id, json!({ "content": [{ "type": "text", "text": json!(replies).to_string() }] }))]
    }
}

pub(super) fn changed() -> Said {
    Said::Message(json!({ "jsonrpc": "2.0", "method": "notifications/tools/list_changed" }))
}

fn answer(id: &Value, result: Value) -> Said {
    Said::Message(json!({ "jsonrpc": "2.0", "id": id, "result": result }))
}

fn error(id: &Value, code: i64, message: &str) -> Said {
    Said::Message(json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } }))
}
