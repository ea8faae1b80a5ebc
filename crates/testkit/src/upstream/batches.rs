//! Plays the batch APIs of OpenAI (files of lines) and Anthropic, in memory.
//!
//! Form: OpenAI's API reference on Files and Batch, Anthropic's on Message Batches. A batch is done after it was
//! asked for as often as the script says; each of its lines takes the next reply of the script.

use super::{
    ask::Ask,
    connection::Head,
    dialect::{self, Answer, Door},
    reply::{ErrorReply, Instead, Reply},
    state::{Shared, State},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What has been handed in.
#[derive(Debug, Default)]
pub(super) struct Batches {
    files: BTreeMap<String, String>,
    batches: BTreeMap<String, Batch>,
    /// How often a batch is asked for before it is done.
    pub(super) polls: usize,
    made: usize,
}

#[derive(Debug)]
struct Batch {
    /// What was said when it was made.
    made_of: Value,
    /// The replies, good and bad, in lines.
    output: String,
    errors: String,
    counts: (usize, usize),
    lines: usize,
    asked: usize,
    cancelled: bool,
    created: usize,
}

impl Batch {
    fn is_over(&self, polls: usize) -> bool {
        self.asked > polls || self.cancelled
    }
}

/// A response about batches: status, content type, body.
pub(super) type Told = (u16, &'static str, String);

const JSON: &str = "application/json";

/// Whether a path is about files or batches, and in whose form.
pub(super) fn door(path: &str) -> Option<Door> {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    if segments.windows(2).any(|pair| pair == ["messages", "batches"]) {
        return Some(Door::Anthropic);
    }
    segments.iter().any(|segment| matches!(*segment, "files" | "batches")).then_some(Door::OpenAi)
}

/// Answers a request about files or batches.
pub(super) fn answer(shared: &Shared, door: Door, head: &Head, body: &[u8]) -> Told {
    let path = head.path.split('?').next().unwrap_or_default();
    let noun = if path.split('/').any(|segment| segment == "batches") { "batches" } else { "files" };
    let rest = path.split_once(noun).map(|(_, rest)| rest).unwrap_or_default();
    let rest: Vec<&str> = rest.split('/').filter(|segment| !segment.is_empty()).collect();
    let mut state = shared.lock();
    let told = match (door, noun, head.method.as_str(), rest.as_slice()) {
        (_, "files", "POST", []) => state.upload(body),
        (_, "files", "GET", [id, "content"]) => {
            return match state.batches.files.get(*id) {
                Some(text) => (200, "application/octet-stream", text.clone()),
                None => missing(door, "file"),
            };
        }
        (_, "files", "DELETE", [id]) => {
            state.batches.files.remove(*id).map(|_| json!({ "id": id, "object": "file", "deleted": true }))
        }
        (Door::Anthropic, _, "POST", []) => state.hand_in_messages(body),
        (_, _, "POST", []) => state.hand_in_file(body),
        (_, _, "GET", []) => Some(state.list(door)),
        (_, _, "GET", [id]) => state.look(door, id),
        (_, _, "POST", [id, "cancel"]) => state.cancel(door, id),
        (Door::Anthropic, _, "DELETE", [id]) => {
            state.batches.batches.remove(*id).map(|_| json!({ "id": id, "type": "message_batch_deleted" }))
        }
        (Door::Anthropic, _, "GET", [id, "results"]) => {
            return match state.batches.batches.get(*id) {
                Some(batch) => (200, "application/x-jsonl", format!("{}{}", batch.output, batch.errors)),
                None => missing(door, "batch"),
            };
        }
        (_, _, _, _) => None,
    };
    match told {
        Some(value) => (200, JSON, value.to_string()),
        None => missing(door, noun),
    }
}

fn missing(door: Door, what: &str) -> Told {
    let error = ErrorReply { status: 404, message: format!("no such {what} here"), kind: None, code: None };
    (404, JSON, dialect::error(door, &error).to_string())
}

impl State {
    /// The part of the form that holds lines: from the first `{` that begins a line to the boundary.
    fn upload(&mut self, body: &[u8]) -> Option<Value> {
        let text = String::from_utf8_lossy(body);
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with('{')).collect();
        self.batches.made += 1;
        let id = format!("file-up-{}", self.batches.made);
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let bytes = text.len();
        self.batches.files.insert(id.clone(), text);
        Some(
            json!({ "id": id, "object": "file", "purpose": "batch", "bytes": bytes, "filename": "up.jsonl" }),
        )
    }

    fn hand_in_file(&mut self, body: &[u8]) -> Option<Value> {
        let made_of: Value = serde_json::from_slice(body).ok()?;
        let text = self.batches.files.get(made_of["input_file_id"].as_str()?)?.clone();
        let endpoint = made_of["endpoint"].as_str()?.to_owned();
        let mut batch = self.blank(made_of);
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).ok()?;
            let (status, body) = self.line(Door::OpenAi, &endpoint, &line["body"]);
            let told = json!({ "id": "batch_req_up", "custom_id": line["custom_id"], "error": null,
                               "response": { "status_code": status, "request_id": "r", "body": body } });
            batch.take(status, &told);
        }
        let id = self.keep("batch_up", batch);
        self.shown(Door::OpenAi, &id)
    }

    fn hand_in_messages(&mut self, body: &[u8]) -> Option<Value> {
        let made_of: Value = serde_json::from_slice(body).ok()?;
        let requests = made_of["requests"].as_array()?.clone();
        let mut batch = self.blank(Value::Null);
        for request in requests {
            let (status, body) = self.line(Door::Anthropic, "/v1/messages", &request["params"]);
            let result = if status < 300 {
                json!({ "type": "succeeded", "message": body })
            } else {
                json!({ "type": "errored", "error": body })
            };
            batch.take(status, &json!({ "custom_id": request["custom_id"], "result": result }));
        }
        let id = self.keep("msgbatch_up", batch);
        self.shown(Door::Anthropic, &id)
    }

    fn blank(&mut self, made_of: Value) -> Batch {
        self.batches.made += 1;
        Batch {
            made_of,
            output: String::new(),
            errors: String::new(),
            counts: (0, 0),
            lines: 0,
            asked: 0,
            cancelled: false,
            created: self.batches.made,
        }
    }

    fn keep(&mut self, prefix: &str, batch: Batch) -> String {
        let id = format!("{prefix}_{}", batch.created);
        self.batches.batches.insert(id.clone(), batch);
        id
    }

    /// The status and body of the reply to one line.
    fn line(&mut self, door: Door, path: &str, body: &Value) -> (u16, Value) {
        // So that a script can mean lines alone, and not the requests about batches.
        let reply: Reply =
            self.next_reply(&format!("line:{path}"), true).unwrap_or_else(|| self.fallback.clone());
        if let Some(Instead::Error(error)) = &reply.instead {
            return (error.status, dialect::error(door, error));
        }
        let ask = Ask::read(door, path, body.to_string().as_bytes());
        if path.ends_with("/embeddings") {
            return (200, dialect::embeddings(door, &ask, reply.usage));
        }
        (200, dialect::whole(door, &Answer::new(self.batches.made, &ask, &reply)))
    }

    fn look(&mut self, door: Door, id: &str) -> Option<Value> {
        self.batches.batches.get_mut(id)?.asked += 1;
        self.shown(door, id)
    }

    fn cancel(&mut self, door: Door, id: &str) -> Option<Value> {
        let batch = self.batches.batches.get_mut(id)?;
        if !batch.cancelled {
            batch.cancelled = true;
            // One was done by then, the rest was not begun.
            batch.output = batch.output.lines().take(1).map(|line| format!("{line}\n")).collect();
            batch.errors.clear();
            batch.counts = (batch.output.lines().count(), 0);
        }
        self.shown(door, id)
    }

    fn list(&mut self, door: Door) -> Value {
        let ids: Vec<String> = self.batches.batches.keys().rev().cloned().collect();
        let data: Vec<Value> = ids.iter().filter_map(|id| self.shown(door, id)).collect();
        json!({ "object": "list", "data": data, "has_more": false })
    }

    fn shown(&mut self, door: Door, id: &str) -> Option<Value> {
        let polls = self.batches.polls;
        let batch = self.batches.batches.get(id)?;
        let over = batch.is_over(polls);
        if door == Door::Anthropic {
            let processing = if over { 0 } else { batch.lines };
            let (succeeded, errored) = if over { batch.counts } else { (0, 0) };
            let canceled = if over { batch.lines - succeeded - errored } else { 0 };
            return Some(json!({
                "id": id, "type": "message_batch",
                "processing_status": if over { "ended" } else { "in_progress" },
                "request_counts": { "processing": processing, "succeeded": succeeded, "errored": errored,
                                    "canceled": canceled, "expired": 0 },
                "created_at": "2099-01-01T00:00:00Z",
            }));
        }
        let file = |kind: &str, text: &str| (over && !text.is_empty()).then(|| format!("file-{kind}-{id}"));
        let (output, errors) = (file("out", &batch.output), file("err", &batch.errors));
        let told = json!({
            "id": id, "object": "batch", "endpoint": batch.made_of["endpoint"],
            "status": match (over, batch.cancelled) {
                (true, true) => "cancelled",
                (true, false) => "completed",
                (false, _) => "in_progress",
            },
            "input_file_id": batch.made_of["input_file_id"], "metadata": batch.made_of["metadata"],
            "output_file_id": output, "error_file_id": errors,
            "request_counts": { "total": batch.lines, "completed": batch.counts.0, "failed": batch.counts.1 },
        });
        let made = [(output, batch.output.clone()), (errors, batch.errors.clone())];
        for (file, text) in made {
            if let Some(file) = file {
                self.batches.files.insert(file, text);
            }
        }
        Some(told)
    }
}

impl Batch {
    fn take(&mut self, status: u16, told: &Value) {
        self.lines += 1;
        if status < 300 {
            self.counts.0 += 1;
            self.output.push_str(&format!("{told}\n"));
        } else {
            self.counts.1 += 1;
            self.errors.push_str(&format!("{told}\n"));
        }
    }
}
