//! The OpenAPI document, from the handlers and the types of `api`.

use crate::routes::{conversations, jobs, keys, library, models, system, usage};
use serde_json::Value;
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Familiar",
        description = "The API that Familiar's page and terminal use.",
        license(name = "Apache-2.0")
    ),
    paths(
        system::status,
        system::settings,
        system::set_settings,
        system::events,
        models::list,
        models::providers,
        models::put_provider,
        models::delete_provider,
        models::test_provider,
        keys::list,
        keys::create,
        keys::revoke,
        conversations::list,
        conversations::create,
        conversations::get,
        conversations::update,
        conversations::delete,
        conversations::restore,
        conversations::messages,
        conversations::start_turn,
        conversations::regenerate,
        conversations::stop,
        conversations::events,
        library::list,
        library::upload,
        library::get,
        library::delete,
        library::restore,
        library::reprocess,
        library::file,
        library::passage,
        library::search,
        jobs::list,
        jobs::cancel,
        usage::report,
        usage::exchanges
    ),
    components(schemas(api::problem::Problem))
)]
struct Document;

/// The document as JSON. Nothing in it depends on where or when it is made.
pub fn document() -> Value {
    serde_json::to_value(Document::openapi()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A route that is in the table but not in the document is a route nobody can find.
    #[test]
    fn every_api_route_is_described() {
        let document = document();
        let table = include_str!("router.rs");
        let described: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
        let routes: Vec<&str> = table
            .split('"')
            .filter(|text| {
                text.starts_with("/api/")
                    && !matches!(*text, "/api/" | "/api/docs" | "/api/openapi.json" | "/api/{*rest}")
            })
            .collect();
        assert!(routes.len() > 20, "the table was not read: {routes:?}");
        for route in &routes {
            assert!(described.iter().any(|path| path == route), "`{route}` is missing in openapi.rs");
        }
        assert_eq!(described.len(), routes.len(), "the document describes routes that are not in the table");
    }
}
