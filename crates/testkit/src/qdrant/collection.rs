//! The points of a collection, and what can be asked of them.

use super::{Refusal, filter::lets_through, known_fields, wrong};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A collection of vectors of one size, by the cosine.
#[derive(Debug)]
pub(super) struct Collection {
    size: usize,
    points: BTreeMap<String, Point>,
    pub(super) indexes: BTreeMap<String, Value>,
    changes: u64,
}

/// A point; its vector has length one, as Qdrant keeps those of cosine collections.
#[derive(Debug)]
struct Point {
    vector: Vec<f64>,
    payload: Value,
    version: u64,
}

impl Collection {
    pub(super) fn create(body: &Value) -> Result<Self, Refusal> {
        known_fields(body, &["vectors"])?;
        let vectors = body.get("vectors").ok_or_else(|| wrong("no vectors"))?;
        known_fields(vectors, &["size", "distance"])?;
        let size = vectors.get("size").and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok());
        let size = size.filter(|size| *size > 0).ok_or_else(|| wrong("a size is from 1 on"))?;
        if vectors.get("distance").and_then(Value::as_str) != Some("Cosine") {
            return Err(wrong("only `Cosine` is played"));
        }
        Ok(Self { size, points: BTreeMap::new(), indexes: BTreeMap::new(), changes: 0 })
    }

    pub(super) fn len(&self) -> usize {
        self.points.len()
    }

    pub(super) fn lose_one(&mut self) {
        self.points.pop_first();
    }

    pub(super) fn details(&self) -> Value {
        json!({
            "status": "green",
            "optimizer_status": "ok",
            "indexed_vectors_count": 0,
            "points_count": self.points.len(),
            "segments_count": 1,
            "config": {
                "params": { "vectors": { "size": self.size, "distance": "Cosine" } },
                "hnsw_config": { "m": 16, "ef_construct": 100, "full_scan_threshold": 10000 },
                "optimizer_config": { "deleted_threshold": 0.2, "flush_interval_sec": 5 },
            },
            "payload_schema": {},
        })
    }

    pub(super) fn index(&mut self, body: &Value) -> Result<Value, Refusal> {
        known_fields(body, &["field_name", "field_schema"])?;
        let name = body.get("field_name").and_then(Value::as_str).ok_or_else(|| wrong("no field_name"))?;
        let schema = body.get("field_schema").cloned().unwrap_or_default();
        known_fields(&schema, &["type", "is_tenant"])?;
        if schema.get("type").and_then(Value::as_str) != Some("keyword") {
            return Err(wrong("only indexes of keywords are played"));
        }
        self.indexes.insert(name.to_owned(), schema);
        Ok(self.completed())
    }

    pub(super) fn upsert(&mut self, body: &Value) -> Result<Value, Refusal> {
        known_fields(body, &["points"])?;
        let points = body.get("points").and_then(Value::as_array).ok_or_else(|| wrong("no points"))?;
        if points.is_empty() {
            return Err(wrong("Empty update request"));
        }
        let mut new = Vec::with_capacity(points.len());
        for point in points {
            known_fields(point, &["id", "vector", "payload"])?;
            let id = point.get("id").and_then(Value::as_str).ok_or_else(|| wrong("an id is a UUID here"))?;
            check_uuid(id)?;
            let vector = self.vector(point.get("vector"))?;
            new.push((id.to_ascii_lowercase(), vector, point.get("payload").cloned().unwrap_or_default()));
        }
        // All or nothing.
        for (id, vector, payload) in new {
            self.points.insert(id, Point { vector, payload, version: self.changes });
        }
        Ok(self.completed())
    }

    pub(super) fn delete(&mut self, body: &Value) -> Result<Value, Refusal> {
        known_fields(body, &["filter"])?;
        let filter = body.get("filter").ok_or_else(|| wrong("no filter"))?;
        let mut gone = Vec::new();
        for (id, point) in &self.points {
            if lets_through(Some(filter), id, &point.payload)? {
                gone.push(id.clone());
            }
        }
        for id in gone {
            self.points.remove(&id);
        }
        Ok(self.completed())
    }

    pub(super) fn count(&self, body: &Value) -> Result<Value, Refusal> {
        known_fields(body, &["filter", "exact"])?;
        let mut count = 0;
        for (id, point) in &self.points {
            count += u64::from(lets_through(body.get("filter"), id, &point.payload)?);
        }
        Ok(json!({ "count": count }))
    }

    pub(super) fn query(&self, body: &Value) -> Result<Value, Refusal> {
        known_fields(body, &["query", "filter", "params", "limit", "with_payload"])?;
        if let Some(params) = body.get("params") {
            known_fields(params, &["hnsw_ef", "exact"])?;
        }
        let vector = self.vector(body.get("query"))?;
        let limit = body.get("limit").and_then(Value::as_u64).unwrap_or(10);
        if limit == 0 {
            return Err(wrong("limit: value 0 invalid, must be 1 or larger"));
        }
        let fields: Vec<&str> = match body.get("with_payload") {
            Some(Value::Array(fields)) => fields.iter().filter_map(Value::as_str).collect(),
            Some(_) => return Err(wrong("only a list of fields is played")),
            None => Vec::new(),
        };
        let mut found = Vec::new();
        for (id, point) in &self.points {
            if lets_through(body.get("filter"), id, &point.payload)? {
                let score: f64 = point.vector.iter().zip(&vector).map(|(one, other)| one * other).sum();
                found.push((score, id, point));
            }
        }
        found.sort_by(|(one, ..), (other, ..)| other.total_cmp(one));
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let scored = |(score, id, point): (f64, &String, &Point)| {
            let payload = point.payload.as_object().map(|all| {
                let asked = all.iter().filter(|(name, _)| fields.contains(&name.as_str()));
                asked.map(|(name, value)| (name.clone(), value.clone())).collect::<serde_json::Map<_, _>>()
            });
            json!({ "id": id, "version": point.version, "score": score, "payload": payload })
        };
        let points: Vec<Value> = found.into_iter().map(scored).collect();
        Ok(json!({ "points": points }))
    }

    fn vector(&self, value: Option<&Value>) -> Result<Vec<f64>, Refusal> {
        let numbers = value.and_then(Value::as_array).ok_or_else(|| wrong("a vector is a list"))?;
        let numbers: Vec<f64> = numbers.iter().filter_map(Value::as_f64).collect();
        if numbers.len() != self.size {
            let message =
                format!("Vector dimension error: expected dim: {}, got {}", self.size, numbers.len());
            return Err(wrong(message));
        }
        let length = numbers.iter().map(|number| number * number).sum::<f64>().sqrt();
        Ok(numbers.into_iter().map(|number| if length > 0.0 { number / length } else { 0.0 }).collect())
    }

    fn completed(&mut self) -> Value {
        self.changes += 1;
        json!({ "operation_id": self.changes, "status": "completed" })
    }
}

fn check_uuid(text: &str) -> Result<(), Refusal> {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    let is_hex = text.chars().all(|sign| sign == '-' || sign.is_ascii_hexdigit());
    if is_hex && lengths == [8, 4, 4, 4, 12] {
        return Ok(());
    }
    Err(wrong(format!(
        "value {text} is not a valid point ID, valid values are either an unsigned integer or a UUID"
    )))
}
