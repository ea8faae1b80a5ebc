//! What goes over the wire to Qdrant and back, as its `openapi.json` has it.

use super::NAME;
use base::Id;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vectors::EngineError;

/// Whose a passage is, and where it stands.
#[derive(Debug, Serialize)]
pub(super) struct Payload {
    pub(super) owner: String,
    pub(super) document: String,
}

/// A passage.
#[derive(Debug, Serialize)]
pub(super) struct Point<'a> {
    pub(super) id: String,
    pub(super) vector: Vec<f32>,
    pub(super) payload: &'a Payload,
}

/// Passages that are put in.
#[derive(Debug, Serialize)]
pub(super) struct Points<'a> {
    pub(super) points: Vec<Point<'a>>,
}

/// What every answer is wrapped in.
#[derive(Debug, Deserialize)]
pub(super) struct Reply<T> {
    pub(super) result: Option<T>,
}

/// What a refusal says.
#[derive(Debug, Deserialize)]
pub(super) struct Refusal {
    pub(super) status: RefusalStatus,
}

/// Its sentence.
#[derive(Debug, Deserialize)]
pub(super) struct RefusalStatus {
    pub(super) error: String,
}

/// What became of a change.
#[derive(Debug, Deserialize)]
pub(super) struct Updated {
    status: String,
}

impl Updated {
    /// Whether it is done, as was waited for.
    pub(super) fn is_done(&self) -> Result<(), EngineError> {
        if self.status == "completed" {
            return Ok(());
        }
        // It may be done later, and is done again in any case.
        Err(EngineError::Away { engine: NAME, source: format!("a change is `{}`", self.status).into() })
    }
}

/// How many points there are.
#[derive(Debug, Deserialize)]
pub(super) struct Counted {
    pub(super) count: u64,
}

/// What a search found.
#[derive(Debug, Deserialize)]
pub(super) struct Found {
    pub(super) points: Vec<Scored>,
}

/// A point with its likeness.
#[derive(Debug, Deserialize)]
pub(super) struct Scored {
    pub(super) id: Value,
    pub(super) score: f32,
    pub(super) payload: Option<FoundPayload>,
}

/// What of the payload was asked for.
#[derive(Debug, Deserialize)]
pub(super) struct FoundPayload {
    pub(super) document: String,
}

/// The greeting of the server.
#[derive(Debug, Deserialize)]
pub(super) struct Version {
    pub(super) title: String,
    pub(super) version: String,
}

/// What a collection is like.
#[derive(Debug, Deserialize)]
pub(super) struct Details {
    config: Value,
}

impl Details {
    /// Whether it takes vectors like ours.
    pub(super) fn check(&self, name: &str, dimensions: usize) -> Result<(), EngineError> {
        let at = |pointer: &str| self.config.pointer(pointer);
        let size = at("/params/vectors/size").and_then(Value::as_u64);
        let distance = at("/params/vectors/distance").and_then(Value::as_str);
        if size == u64::try_from(dimensions).ok() && distance == Some("Cosine") {
            return Ok(());
        }
        let message = format!(
            "its collection `{name}` is not of {dimensions} numbers and the cosine; it is somebody else's, choose a `prefix`"
        );
        Err(EngineError::Refused { engine: NAME, message })
    }
}

/// A passage's number as the id of a point.
pub(super) fn point_id(passage: u128) -> String {
    Id::from_u128(passage).to_string()
}

/// The passage's number of a point's id.
pub(super) fn passage_of(id: &Value) -> Option<u128> {
    let digits: String = id.as_str()?.chars().filter(|sign| *sign != '-').collect();
    u128::from_str_radix(&digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passages_are_points_and_back() {
        for passage in [0, 1, u128::MAX, 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef] {
            let id = point_id(passage);
            assert_eq!((id.len(), passage_of(&Value::from(id))), (36, Some(passage)));
        }
        assert_eq!(passage_of(&Value::from(7)), None);
    }
}
