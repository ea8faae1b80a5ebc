//! The cache of replies.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The cache as it stands, and what came of looking into it since Familiar was started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CacheReport {
    /// Replies kept.
    pub entries: u64,
    /// Memory they take, in bytes.
    pub bytes: u64,
    /// Requests that others may mean the same as.
    pub semantic_entries: u64,
    /// All routes together.
    pub total: CacheFigures,
    /// By route, in the order of names.
    pub routes: Vec<CacheRouteFigures>,
}

/// What came of looking.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub struct CacheFigures {
    /// Answered by a reply that was there.
    pub hits: u64,
    /// Answered by the reply to an identical request that was under way.
    pub shared: u64,
    /// Answered by the reply to a request that means the same.
    pub semantic: u64,
    /// Not found.
    pub misses: u64,
    /// Percent of all that were answered; missing where nobody looked.
    pub hit_percent: Option<f64>,
    /// What those that were answered would have cost, in US dollars.
    pub saved_usd: String,
}

/// What came of looking for a route's requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CacheRouteFigures {
    /// The route or model, by its full name.
    pub route: String,
    /// What came of it.
    pub figures: CacheFigures,
}
