//! Background work.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Jobs, the latest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobList {
    /// The jobs.
    pub jobs: Vec<Job>,
}

/// A piece of background work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// What it does, such as `library.ingest`.
    pub kind: String,
    /// What it works on, for people.
    pub title: String,
    /// `queued`, `running`, `finished`, `failed` or `cancelled`.
    pub state: String,
    /// What it is doing.
    pub stage: Option<String>,
    /// How far it is, from 0 to 1.
    pub progress: Option<f64>,
    /// Why it failed.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: String,
}
