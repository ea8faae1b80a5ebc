//! The OpenAPI document, from the handlers and the types of `api`.

use crate::routes::{
    alerts, batches, bookmarks, budgets, cache, checks, classify, compare, conversations, entries, exchanges,
    experiments, feelings, folders, groups, health, help, jobs, keys, library, logs, mcp, memory, models,
    money, personas, presets, prompt_sets, retention, routing, searches, shared, shares, sla, system, tags,
    templates, tokens, tools, transfer, usage, watched,
};
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
        system::change_settings,
        system::events,
        help::help,
        models::list,
        models::pull,
        models::put_prices,
        models::providers,
        models::order_providers,
        models::put_provider,
        models::delete_provider,
        models::restore_provider,
        models::test_provider,
        routing::list,
        routing::put,
        routing::delete,
        routing::try_out,
        budgets::list,
        budgets::create,
        budgets::put,
        budgets::delete,
        keys::list,
        keys::create,
        keys::revoke,
        keys::update,
        keys::rotate,
        cache::report,
        cache::clear,
        health::health,
        sla::report,
        sla::put,
        conversations::list,
        conversations::create,
        conversations::get,
        conversations::update,
        conversations::delete,
        conversations::restore,
        conversations::messages,
        conversations::edit_message,
        conversations::delete_message,
        conversations::restore_message,
        conversations::gone_pictures,
        conversations::fork,
        shares::list,
        shares::create,
        shares::update,
        shares::revoke,
        shared::read,
        shared::open,
        shared::copy,
        folders::list,
        folders::create,
        folders::update,
        folders::delete,
        folders::restore,
        folders::arrange,
        folders::put_back,
        transfer::import,
        transfer::export_all,
        transfer::export,
        conversations::start_turn,
        conversations::regenerate,
        conversations::stop,
        conversations::events,
        tools::list,
        tools::decide,
        presets::list,
        presets::create,
        presets::update,
        presets::delete,
        presets::restore,
        presets::of_persona,
        presets::set_of_persona,
        templates::list,
        templates::create,
        templates::get,
        templates::update,
        templates::delete,
        templates::restore,
        templates::duplicate,
        templates::render,
        templates::history,
        templates::version,
        templates::roll_back,
        templates::import,
        templates::export,
        mcp::list,
        mcp::create,
        mcp::import,
        mcp::change,
        mcp::remove,
        mcp::restore,
        mcp::restart,
        mcp::test,
        groups::group,
        groups::set_group,
        groups::end_group,
        groups::queue_speakers,
        groups::let_speak,
        groups::say,
        groups::stop_group,
        personas::list,
        personas::create,
        personas::import,
        personas::templates,
        personas::export_all,
        personas::preview,
        personas::traits,
        personas::lorebook,
        personas::get,
        personas::update,
        personas::delete,
        personas::restore,
        personas::duplicate,
        personas::picture,
        personas::set_picture,
        personas::remove_picture,
        personas::export,
        personas::history,
        personas::version,
        personas::roll_back,
        personas::statistics,
        feelings::feelings,
        feelings::set_feelings,
        feelings::forget_feelings,
        feelings::revert_feeling,
        feelings::restore_feeling,
        compare::list,
        compare::begin,
        compare::get,
        compare::patch,
        compare::remove,
        compare::restore,
        compare::merge,
        compare::ask,
        compare::add_column,
        compare::again,
        compare::stop,
        compare::stop_all,
        compare::vote,
        compare::events,
        compare::difference,
        compare::report,
        prompt_sets::list,
        prompt_sets::create,
        prompt_sets::get,
        prompt_sets::put,
        prompt_sets::remove,
        prompt_sets::estimate,
        prompt_sets::begin,
        prompt_sets::runs,
        prompt_sets::grid,
        prompt_sets::resume,
        prompt_sets::csv,
        checks::questions,
        checks::set_questions,
        checks::checks,
        checks::begin_check,
        checks::check,
        checks::end_check,
        memory::remembered,
        memory::recap,
        memory::list,
        memory::add,
        memory::get,
        memory::edit,
        memory::forget,
        memory::restore,
        memory::strike,
        memory::recall,
        memory::changes,
        memory::profile,
        memory::map,
        memory::scopes,
        memory::export,
        memory::erase,
        library::list,
        library::upload,
        library::get,
        library::delete,
        library::restore,
        library::reprocess,
        library::choose_kind,
        library::correct_document,
        library::file,
        library::passage,
        library::similar,
        tags::tags,
        tags::tag,
        tags::put_tags,
        bookmarks::bookmarks,
        bookmarks::bookmark,
        bookmarks::unbookmark,
        watched::watched,
        watched::watch,
        watched::unwatch,
        watched::look,
        library::search,
        library::meaning,
        library::synonyms,
        library::set_synonyms,
        searches::report,
        searches::forget,
        searches::opened,
        entries::entries,
        entries::entry,
        entries::correct_entry,
        entries::uncorrect_entry,
        batches::list,
        batches::submit,
        batches::get,
        batches::cancel,
        batches::delete,
        batches::results,
        jobs::list,
        jobs::cancel,
        jobs::retry,
        logs::facts,
        logs::logs,
        logs::set_log_level,
        usage::report,
        money::report,
        money::savings,
        money::forecast,
        money::anomalies,
        alerts::list,
        alerts::acknowledge,
        alerts::acknowledge_all,
        alerts::settings,
        alerts::set,
        alerts::create_webhook,
        alerts::update_webhook,
        alerts::delete_webhook,
        alerts::test_webhook,
        classify::classify,
        tokens::count,
        retention::get,
        retention::put,
        models::test,
        exchanges::list,
        exchanges::get,
        experiments::list,
        experiments::create,
        experiments::outlook,
        experiments::get,
        experiments::change,
        experiments::delete,
        experiments::start,
        experiments::pause,
        experiments::finish,
        experiments::feedback,
        experiments::put_feedback,
        experiments::preferences,
        experiments::put_preferences,
        experiments::vote,
        experiments::ratings
    ),
    components(schemas(api::problem::Problem))
)]
struct Document;

/// The document as JSON. Nothing in it depends on where or when it is made.
pub fn document() -> Value {
    let mut document = serde_json::to_value(Document::openapi()).unwrap_or_default();
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, operations) in paths.into_iter().flatten() {
        for operation in operations.as_object_mut().into_iter().flat_map(|operations| operations.values_mut())
        {
            name(path, operation);
        }
    }
    document
}

/// Handlers of different nouns have the same names; an operation's id says both: `conversations_list`.
fn name(path: &str, operation: &mut Value) {
    let noun = path.split('/').nth(2).unwrap_or_default();
    if let Some(Value::String(id)) = operation.get_mut("operationId")
        && id != noun
    {
        *id = format!("{noun}_{id}");
    }
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
        let operations = document["paths"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|path| path.as_object().unwrap().values());
        let mut ids: Vec<&str> =
            operations.map(|operation| operation["operationId"].as_str().unwrap()).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "two operations have the same id");
        assert_eq!(described.len(), routes.len(), "the document describes routes that are not in the table");
    }
}
