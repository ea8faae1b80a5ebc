//! `/api/help`: the handbook and what is new.

use api::help::Help;
use app::handbook;
use axum::Json;

/// The handbook of this version, page by page, and what changed from version to version.
#[utoipa::path(get, path = "/api/help", tag = "system", responses((status = 200, body = Help)))]
pub(crate) async fn help() -> Json<Help> {
    Json(handbook::help())
}
