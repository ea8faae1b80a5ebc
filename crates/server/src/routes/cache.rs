//! `/api/cache`: the cache of replies.

use api::cache::{CacheFigures, CacheReport, CacheRouteFigures};
use axum::{Json, extract::State, http::StatusCode};
use gateway::{CacheRoute, Gateway};
use std::sync::Arc;

/// What the cache of replies keeps, and what came of looking into it.
#[utoipa::path(get, path = "/api/cache", tag = "gateway", responses((status = 200, body = CacheReport)))]
pub(crate) async fn report(State(gateway): State<Arc<Gateway>>) -> Json<CacheReport> {
    let overview = gateway.cache();
    let total = overview.routes.iter().fold(CacheRoute::default(), |sum, route| CacheRoute {
        hits: sum.hits + route.hits,
        shared: sum.shared + route.shared,
        semantic: sum.semantic + route.semantic,
        misses: sum.misses + route.misses,
        saved: sum.saved + route.saved,
        ..sum
    });
    Json(CacheReport {
        entries: overview.entries as u64,
        bytes: overview.bytes as u64,
        semantic_entries: overview.semantic_entries as u64,
        total: figures(&total),
        routes: overview
            .routes
            .iter()
            .map(|route| CacheRouteFigures { route: route.route.clone(), figures: figures(route) })
            .collect(),
    })
}

/// Forgets every kept reply.
#[utoipa::path(delete, path = "/api/cache", tag = "gateway", responses((status = 204)))]
pub(crate) async fn clear(State(gateway): State<Arc<Gateway>>) -> StatusCode {
    gateway.clear_cache();
    StatusCode::NO_CONTENT
}

fn figures(route: &CacheRoute) -> CacheFigures {
    let answered = route.hits + route.shared + route.semantic;
    let all = answered + route.misses;
    CacheFigures {
        hits: route.hits,
        shared: route.shared,
        semantic: route.semantic,
        misses: route.misses,
        hit_percent: (all > 0).then(|| (answered as f64 * 1_000.0 / all as f64).round() / 10.0),
        saved_usd: route.saved.to_string(),
    }
}
