//! The control endpoint: `/_script`, for tests that are not written in Rust.
//!
//! `POST` takes a [`Script`], `GET` tells what has happened, `DELETE` forgets everything.

use super::reply::Reply;
use super::state::Shared;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What a `POST /_script` may set; every field may be left out.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Script {
    /// Forgets script, requests and disconnects first.
    pub reset: bool,
    /// Replies for the next model calls.
    pub queue: Vec<Reply>,
    /// Replies for requests whose path contains the first of the pair.
    pub queue_on: Vec<(String, Reply)>,
    /// The reply when nothing is queued.
    pub always: Option<Reply>,
    /// The names in the model lists.
    pub models: Option<Vec<String>>,
    /// How often a batch is asked for before it is done.
    pub batch_polls: Option<usize>,
}

/// Does what the control request says: HTTP status and JSON body.
pub(super) fn handle(shared: &Shared, method: &str, body: &[u8]) -> (u16, Vec<u8>) {
    match method {
        "GET" => {
            let state = shared.lock();
            let report = json!({
                "requests": state.requests,
                "disconnects": state.disconnects,
                "left_in_queue": state.queue.len(),
            });
            (200, report.to_string().into_bytes())
        }
        "POST" => match serde_json::from_slice::<Script>(body) {
            Ok(script) => {
                apply(shared, script);
                (200, b"{}".to_vec())
            }
            Err(error) => (400, json!({ "error": error.to_string() }).to_string().into_bytes()),
        },
        "DELETE" => {
            shared.reset();
            (200, b"{}".to_vec())
        }
        _ => (405, json!({ "error": "use GET, POST or DELETE" }).to_string().into_bytes()),
    }
}

fn apply(shared: &Shared, script: Script) {
    if script.reset {
        shared.reset();
    }
    if let Some(reply) = script.always {
        shared.set_fallback(reply);
    }
    let mut state = shared.lock();
    state.queue.extend(script.queue_on.into_iter().map(|(path, reply)| (Some(path), reply)));
    state.queue.extend(script.queue.into_iter().map(|reply| (None, reply)));
    if let Some(polls) = script.batch_polls {
        state.batches.polls = polls;
    }
    if let Some(models) = script.models {
        state.models = models;
    }
}
