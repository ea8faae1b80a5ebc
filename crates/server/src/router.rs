//! The one route table.

use crate::{
    guard::{self, Place},
    page,
    routes::{
        alerts, batches, bookmarks, budgets, cache, checks, classify, compare, conversations, docs,
        doors::{anthropic, anthropic_batches, audio, gemini, ollama, openai, openai_batches},
        entries, exchanges, experiments, feelings, folders, groups, health, help, jobs, keys, library, logs,
        mcp, memory, models, money, personas, presets, prompt_sets, retention, routing, searches, shared,
        shares, sla, system, tags, templates, tokens, tools, transfer, usage, watched,
    },
    state::AppState,
};
use axum::{
    Extension, Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{any, delete, get, patch, post, put},
};
use tower_http::catch_panic::CatchPanicLayer;

/// Largest body of an `/api` request other than an upload; pictures in a message fit.
const API_BODY_LIMIT_BYTES: usize = 64 << 20;
/// Largest upload of cards at once; each has a limit of its own.
const PERSONAS_LIMIT_BYTES: usize = 512 << 20;
/// Exports of years of conversations.
const IMPORT_LIMIT_BYTES: usize = 512 << 20;
/// Largest body with a password.
const PASSWORD_LIMIT_BYTES: usize = 16 << 10;
/// Largest upload at once; each file has the library's own limit.
const UPLOAD_LIMIT_BYTES: usize = 2 << 30;

/// Everything: for the address of the person's own machine.
pub fn whole(state: AppState) -> Router {
    let api = Router::new()
        .route("/api/status", get(system::status))
        .route("/api/settings", get(system::settings).patch(system::change_settings))
        .route("/api/events", get(system::events))
        .route("/api/models", get(models::list))
        .route("/api/models/pull", post(models::pull))
        .route("/api/models/prices", put(models::put_prices))
        .route("/api/providers", get(models::providers).put(models::order_providers))
        .route("/api/providers/{name}", put(models::put_provider).delete(models::delete_provider))
        .route("/api/providers/{name}/restore", post(models::restore_provider))
        .route("/api/providers/{name}/test", post(models::test_provider))
        .route("/api/routes", get(routing::list))
        .route("/api/routes/try", post(routing::try_out))
        .route("/api/routes/{name}", put(routing::put).delete(routing::delete))
        .route("/api/keys", get(keys::list).post(keys::create))
        .route("/api/keys/{id}", delete(keys::revoke).patch(keys::update))
        .route("/api/keys/{id}/rotate", post(keys::rotate))
        .route("/api/budgets", get(budgets::list).post(budgets::create))
        .route("/api/budgets/{id}", put(budgets::put).delete(budgets::delete))
        .route("/api/cache", get(cache::report).delete(cache::clear))
        .route("/api/health", get(health::health))
        .route("/api/sla", get(sla::report))
        .route("/api/sla/{provider}", put(sla::put))
        .route("/api/conversations", get(conversations::list).post(conversations::create))
        .route(
            "/api/conversations/{id}",
            get(conversations::get).merge(patch(conversations::update)).delete(conversations::delete),
        )
        .route("/api/conversations/{id}/restore", post(conversations::restore))
        .route("/api/conversations/{id}/fork", post(conversations::fork))
        .route("/api/conversations/{id}/messages", get(conversations::messages))
        .route(
            "/api/conversations/{id}/messages/{message_id}",
            patch(conversations::edit_message).delete(conversations::delete_message),
        )
        .route("/api/conversations/{id}/messages/{message_id}/restore", post(conversations::restore_message))
        .route("/api/conversations/{id}/gone-pictures", get(conversations::gone_pictures))
        .route("/api/conversations/{id}/turns", post(conversations::start_turn))
        .route("/api/conversations/{id}/messages/{message_id}/regenerate", post(conversations::regenerate))
        .route("/api/conversations/{id}/messages/{message_id}/stop", post(conversations::stop))
        .route("/api/conversations/{id}/messages/{message_id}/tools/{use_id}", post(tools::decide))
        .route("/api/conversations/{id}/events", get(conversations::events))
        .route("/api/tools", get(tools::list))
        .merge(tool_servers())
        .merge(people())
        .merge(prompts())
        .merge(transfers())
        .merge(links(Place::Home))
        .route("/api/shares", get(shares::list).post(shares::create))
        .route("/api/shares/{id}", patch(shares::update).delete(shares::revoke))
        .route("/api/shared/{token}/copy", post(shared::copy))
        .merge(known())
        .merge(of_the_library())
        .merge(at_work())
        .route(
            "/api/batches",
            get(batches::list).post(batches::submit).layer(DefaultBodyLimit::max(UPLOAD_LIMIT_BYTES)),
        )
        .route("/api/batches/{id}", get(batches::get).delete(batches::delete))
        .route("/api/batches/{id}/cancel", post(batches::cancel))
        .route("/api/batches/{id}/results", get(batches::results))
        .route("/api/usage", get(usage::report))
        .route("/api/money/report", get(money::report))
        .route("/api/money/savings", get(money::savings))
        .route("/api/money/forecast", get(money::forecast))
        .route("/api/money/anomalies", get(money::anomalies))
        .route("/api/alerts", get(alerts::list))
        .route("/api/alerts/acknowledge", post(alerts::acknowledge_all))
        .route("/api/alerts/settings", get(alerts::settings).put(alerts::set))
        .route("/api/alerts/webhooks", post(alerts::create_webhook))
        .route("/api/alerts/webhooks/{id}", delete(alerts::delete_webhook).patch(alerts::update_webhook))
        .route("/api/alerts/webhooks/{id}/test", post(alerts::test_webhook))
        .route("/api/alerts/{id}/acknowledge", post(alerts::acknowledge))
        .route("/api/classify", post(classify::classify))
        .route("/api/tokens/count", post(tokens::count))
        .route("/api/retention", get(retention::get).put(retention::put))
        .route("/api/models/test", post(models::test))
        .route("/api/exchanges", get(exchanges::list))
        .route("/api/exchanges/{id}", get(exchanges::get))
        .route("/api/experiments", get(experiments::list).post(experiments::create))
        .route("/api/experiments/outlook", get(experiments::outlook))
        .route(
            "/api/experiments/{id}",
            get(experiments::get).merge(patch(experiments::change)).delete(experiments::delete),
        )
        .route("/api/experiments/{id}/start", post(experiments::start))
        .route("/api/experiments/{id}/pause", post(experiments::pause))
        .route("/api/experiments/{id}/finish", post(experiments::finish))
        .route("/api/feedback", get(experiments::feedback).post(experiments::put_feedback))
        .route("/api/preferences", get(experiments::preferences).put(experiments::put_preferences))
        .route("/api/votes", post(experiments::vote))
        .route("/api/ratings", get(experiments::ratings))
        .merge(to_read())
        .route("/metrics", get(system::metrics))
        .method_not_allowed_fallback(page::wrong_method)
        .route("/api", any(page::no_such_route))
        .route("/api/", any(page::no_such_route))
        .route("/api/{*rest}", any(page::no_such_route))
        .fallback(page::serve)
        .layer(DefaultBodyLimit::max(API_BODY_LIMIT_BYTES))
        .layer(middleware::from_fn(guard::loopback_only))
        .layer(middleware::from_fn(guard::security_headers));
    for_machines().merge(api).layer(CatchPanicLayer::new()).with_state(state)
}

/// What Familiar tells of itself: the handbook, and the description of its API.
fn to_read() -> Router<AppState> {
    Router::new()
        .route("/api/help", get(help::help))
        .route("/api/openapi.json", get(docs::document))
        .route("/api/docs", get(docs::page))
}

/// What the program does behind everything, and what it says of that.
fn at_work() -> Router<AppState> {
    Router::new()
        .route("/api/jobs", get(jobs::list))
        .route("/api/jobs/{id}", delete(jobs::cancel))
        .route("/api/jobs/{id}/retry", post(jobs::retry))
        .route("/api/system", get(logs::facts))
        .route("/api/system/logs", get(logs::logs))
        .route("/api/system/log-level", put(logs::set_log_level))
}

/// The library: documents, what is found in them, what people say of them, and folders that it is kept in step with.
fn of_the_library() -> Router<AppState> {
    Router::new()
        .route(
            "/api/library/documents",
            get(library::list).post(library::upload).layer(DefaultBodyLimit::max(UPLOAD_LIMIT_BYTES)),
        )
        .route(
            "/api/library/documents/{id}",
            get(library::get).patch(library::correct_document).delete(library::delete),
        )
        .route("/api/library/documents/{id}/restore", post(library::restore))
        .route("/api/library/documents/{id}/reprocess", post(library::reprocess))
        .route("/api/library/documents/{id}/kind", put(library::choose_kind))
        .route("/api/library/documents/{id}/file", get(library::file))
        .route("/api/library/documents/{id}/entries", get(entries::entries))
        .route("/api/library/entries/{id}", get(entries::entry).patch(entries::correct_entry))
        .route("/api/library/entries/{id}/correction", delete(entries::uncorrect_entry))
        .route("/api/library/passages/{chunk_id}", get(library::passage))
        .route("/api/library/passages/{chunk_id}/similar", get(library::similar))
        .route("/api/library/search", get(library::search))
        .route("/api/library/searches", get(searches::report).delete(searches::forget))
        .route("/api/library/searches/{id}/opened", post(searches::opened))
        .route("/api/library/meaning", get(library::meaning))
        .route("/api/library/synonyms", get(library::synonyms).put(library::set_synonyms))
        .route("/api/library/tags", get(tags::tags).post(tags::tag).put(tags::put_tags))
        .route("/api/library/bookmarks", get(bookmarks::bookmarks))
        .route("/api/library/bookmarks/{chunk_id}", put(bookmarks::bookmark).delete(bookmarks::unbookmark))
        .route("/api/library/watched", get(watched::watched).post(watched::watch))
        .route("/api/library/watched/{id}", delete(watched::unwatch))
        .route("/api/library/watched/{id}/look", post(watched::look))
}

/// Servers of tools.
fn tool_servers() -> Router<AppState> {
    Router::new()
        .route("/api/mcp/servers", get(mcp::list).post(mcp::create))
        .route("/api/mcp/servers/import", post(mcp::import))
        .route("/api/mcp/servers/{id}", patch(mcp::change).delete(mcp::remove))
        .route("/api/mcp/servers/{id}/restore", post(mcp::restore))
        .route("/api/mcp/servers/{id}/restart", post(mcp::restart))
        .route("/api/mcp/servers/{id}/test", post(mcp::test))
}

/// Conversations from and to files, and where they lie.
fn transfers() -> Router<AppState> {
    Router::new()
        .route(
            "/api/conversations/import",
            post(transfer::import).layer(DefaultBodyLimit::max(IMPORT_LIMIT_BYTES)),
        )
        .route("/api/conversations/export", get(transfer::export_all))
        .route("/api/conversations/arrange", post(folders::arrange))
        .route("/api/conversations/places", put(folders::put_back))
        .route("/api/folders", get(folders::list).post(folders::create))
        .route("/api/folders/{id}", patch(folders::update).delete(folders::delete))
        .route("/api/folders/{id}/restore", post(folders::restore))
        .route("/api/conversations/{id}/export", get(transfer::export))
}

/// What stands ready for prompts: presets of settings, and what personas set.
fn prompts() -> Router<AppState> {
    Router::new()
        .route("/api/presets", get(presets::list).post(presets::create))
        .route("/api/presets/{id}", put(presets::update).delete(presets::delete))
        .route("/api/presets/{id}/restore", post(presets::restore))
        .route("/api/personas/{id}/parameters", get(presets::of_persona).put(presets::set_of_persona))
        .route("/api/templates", get(templates::list).post(templates::create))
        .route("/api/templates/render", post(templates::render))
        .route("/api/templates/import", post(templates::import))
        .route("/api/templates/export", get(templates::export))
        .route("/api/templates/{id}", get(templates::get).put(templates::update).delete(templates::delete))
        .route("/api/templates/{id}/restore", post(templates::restore))
        .route("/api/templates/{id}/duplicate", post(templates::duplicate))
        .route("/api/templates/{id}/history", get(templates::history))
        .route("/api/templates/{id}/history/{version}", get(templates::version))
        .route("/api/templates/{id}/rollback", post(templates::roll_back))
}

/// Personas, what they feel, whether they stay themselves, and conversations of several.
fn people() -> Router<AppState> {
    Router::new()
        .route("/api/personas", get(personas::list).post(personas::create))
        .route(
            "/api/personas/import",
            post(personas::import).layer(DefaultBodyLimit::max(PERSONAS_LIMIT_BYTES)),
        )
        .route("/api/personas/templates", get(personas::templates))
        .route("/api/personas/export", get(personas::export_all))
        .route("/api/personas/preview", post(personas::preview))
        .route("/api/personas/traits", post(personas::traits))
        .route("/api/personas/lorebook", post(personas::lorebook))
        .route("/api/personas/{id}", get(personas::get).put(personas::update).delete(personas::delete))
        .route("/api/personas/{id}/restore", post(personas::restore))
        .route("/api/personas/{id}/duplicate", post(personas::duplicate))
        .route(
            "/api/personas/{id}/picture",
            get(personas::picture).put(personas::set_picture).delete(personas::remove_picture),
        )
        .route("/api/personas/{id}/export", get(personas::export))
        .route("/api/personas/{id}/history", get(personas::history))
        .route("/api/personas/{id}/history/{version}", get(personas::version))
        .route("/api/personas/{id}/rollback", post(personas::roll_back))
        .route("/api/personas/{id}/statistics", get(personas::statistics))
        .route(
            "/api/personas/{id}/feelings",
            get(feelings::feelings).put(feelings::set_feelings).delete(feelings::forget_feelings),
        )
        .route("/api/personas/{id}/feelings/{entry_id}/revert", post(feelings::revert_feeling))
        .route("/api/personas/{id}/feelings/{entry_id}/restore", post(feelings::restore_feeling))
        .route("/api/comparisons", get(compare::list).post(compare::begin))
        .route("/api/comparisons/{id}", get(compare::get).patch(compare::patch).delete(compare::remove))
        .route("/api/comparisons/{id}/restore", post(compare::restore))
        .route("/api/comparisons/{id}/merges", post(compare::merge))
        .route("/api/comparisons/{id}/turns", post(compare::ask))
        .route("/api/comparisons/{id}/columns", post(compare::add_column))
        .route("/api/comparisons/{id}/answers/{answer_id}/again", post(compare::again))
        .route("/api/comparisons/{id}/answers/{answer_id}/stop", post(compare::stop))
        .route("/api/comparisons/{id}/stop", post(compare::stop_all))
        .route("/api/comparisons/{id}/votes", post(compare::vote))
        .route("/api/comparisons/{id}/difference", get(compare::difference))
        .route("/api/comparisons/{id}/report", get(compare::report))
        .route("/api/comparisons/{id}/events", get(compare::events))
        .route("/api/prompt-sets", get(prompt_sets::list).post(prompt_sets::create))
        .route(
            "/api/prompt-sets/{id}",
            get(prompt_sets::get).put(prompt_sets::put).delete(prompt_sets::remove),
        )
        .route("/api/prompt-sets/{id}/estimate", post(prompt_sets::estimate))
        .route("/api/prompt-sets/{id}/runs", post(prompt_sets::begin))
        .route("/api/prompt-runs", get(prompt_sets::runs))
        .route("/api/prompt-runs/{id}", get(prompt_sets::grid))
        .route("/api/prompt-runs/{id}/resume", post(prompt_sets::resume))
        .route("/api/prompt-runs/{id}/csv", get(prompt_sets::csv))
        .route("/api/personas/{id}/questions", get(checks::questions).put(checks::set_questions))
        .route("/api/personas/{id}/checks", get(checks::checks).post(checks::begin_check))
        .route("/api/personas/{id}/checks/{check_id}", get(checks::check).delete(checks::end_check))
        .route(
            "/api/conversations/{id}/group",
            get(groups::group).put(groups::set_group).delete(groups::end_group),
        )
        .route("/api/conversations/{id}/group/queue", put(groups::queue_speakers))
        .route("/api/conversations/{id}/group/speak", post(groups::let_speak))
        .route("/api/conversations/{id}/group/say", post(groups::say))
        .route("/api/conversations/{id}/group/stop", post(groups::stop_group))
}

/// What is known of the person.
fn known() -> Router<AppState> {
    Router::new()
        .route("/api/conversations/{id}/messages/{message_id}/remembered", get(memory::remembered))
        .route("/api/conversations/{id}/recap", get(memory::recap))
        .route("/api/memory", delete(memory::erase))
        .route("/api/memory/facts", get(memory::list).post(memory::add))
        .route("/api/memory/facts/{id}", get(memory::get).put(memory::edit).delete(memory::forget))
        .route("/api/memory/facts/{id}/restore", post(memory::restore))
        .route("/api/memory/facts/{id}/strike", post(memory::strike))
        .route("/api/memory/recall", get(memory::recall))
        .route("/api/memory/changes", get(memory::changes))
        .route("/api/memory/profile", get(memory::profile))
        .route("/api/memory/map", get(memory::map))
        .route("/api/memory/scopes", get(memory::scopes))
        .route("/api/memory/export", get(memory::export))
}

/// What was shared, for whoever has the link.
fn links(place: Place) -> Router<AppState> {
    Router::new()
        .route("/s/{token}", get(shared::page))
        .route("/api/shared/{token}", get(shared::read))
        .route(
            "/api/shared/{token}/open",
            post(shared::open).layer(DefaultBodyLimit::max(PASSWORD_LIMIT_BYTES)),
        )
        .layer(middleware::from_fn(guard::kept_nowhere))
        .layer(Extension(place))
}

/// Only what asks for a key, the probes, and what was shared, with the files that its page is made of: for an address that
/// others reach.
pub fn exposed(state: AppState) -> Router {
    let shared = links(Place::Outside)
        .route("/assets/{*file}", get(page::serve))
        .route("/theme.js", get(page::serve))
        .route("/familiar.svg", get(page::serve))
        .layer(middleware::from_fn(guard::security_headers));
    for_machines().merge(shared).layer(CatchPanicLayer::new()).with_state(state)
}

fn for_machines() -> Router<AppState> {
    openai_door()
        .merge(anthropic_door())
        .merge(gemini_door())
        .merge(ollama_door())
        .route("/live", get(system::live))
        .route("/ready", get(system::ready))
        .route("/health", get(system::health))
}

/// What is not there is told in the door's own format as well: its clients read no other.
fn openai_door() -> Router<AppState> {
    Router::new()
        .route("/v1/chat/completions", post(openai::chat_completions))
        .route("/v1/responses", post(openai::responses))
        .route("/v1/responses/input_tokens", post(openai::input_tokens))
        .route("/v1/responses/{*rest}", any(openai::kept_response))
        .route("/v1/embeddings", post(openai::embeddings))
        .route("/v1/audio/speech", post(audio::speech))
        .route("/v1/audio/transcriptions", post(audio::transcription))
        .route("/v1/audio/translations", post(audio::translation))
        .route(
            "/v1/files",
            get(openai_batches::files)
                .post(openai_batches::upload)
                .layer(DefaultBodyLimit::max(UPLOAD_LIMIT_BYTES)),
        )
        .route("/v1/files/{id}", get(openai_batches::file).delete(openai_batches::delete_file))
        .route("/v1/files/{id}/content", get(openai_batches::content))
        .route("/v1/batches", get(openai_batches::list).post(openai_batches::create))
        .route("/v1/batches/{id}", get(openai_batches::get))
        .route("/v1/batches/{id}/cancel", post(openai_batches::cancel))
        .route("/v1/models", get(openai::models))
        .route("/v1/models/{*id}", get(openai::model_by_id))
        .method_not_allowed_fallback(openai::wrong_method)
        .route("/v1", any(openai::no_such_route))
        .route("/v1/", any(openai::no_such_route))
        .route("/v1/{*rest}", any(openai::no_such_route))
}

fn anthropic_door() -> Router<AppState> {
    Router::new()
        .route("/anthropic/v1/messages", post(anthropic::messages))
        .route("/anthropic/v1/messages/count_tokens", post(anthropic::count_tokens))
        .route("/anthropic/v1/messages/batches", get(anthropic_batches::list).post(anthropic_batches::create))
        .route(
            "/anthropic/v1/messages/batches/{id}",
            get(anthropic_batches::get).delete(anthropic_batches::delete),
        )
        .route("/anthropic/v1/messages/batches/{id}/cancel", post(anthropic_batches::cancel))
        .route("/anthropic/v1/messages/batches/{id}/results", get(anthropic_batches::results))
        .route("/anthropic/v1/models", get(anthropic::models))
        .method_not_allowed_fallback(anthropic::wrong_method)
        .route("/anthropic", any(anthropic::no_such_route))
        .route("/anthropic/", any(anthropic::no_such_route))
        .route("/anthropic/{*rest}", any(anthropic::no_such_route))
}

/// Google's clients ask for `v1beta`, or for `v1` where they are told to.
fn gemini_door() -> Router<AppState> {
    let door = ["v1beta", "v1"].into_iter().fold(Router::new(), |door, version| {
        let models = format!("/gemini/{version}/models");
        door.route(&models, get(gemini::models))
            .route(&format!("{models}/{{*name}}"), get(gemini::model_by_name).post(gemini::call))
    });
    door.method_not_allowed_fallback(gemini::wrong_method)
        .route("/gemini", any(gemini::no_such_route))
        .route("/gemini/", any(gemini::no_such_route))
        .route("/gemini/{*rest}", any(gemini::no_such_route))
}

fn ollama_door() -> Router<AppState> {
    Router::new()
        .route("/ollama/api/chat", post(ollama::chat))
        .route("/ollama/api/generate", post(ollama::generate))
        .route("/ollama/api/embed", post(ollama::embed))
        .route("/ollama/api/embeddings", post(ollama::embed_one))
        .route("/ollama/api/tags", get(ollama::tags))
        .route("/ollama/api/show", post(ollama::show))
        .route("/ollama/api/version", get(ollama::version))
        .route("/ollama", get(ollama::running))
        .route("/ollama/", get(ollama::running))
        .method_not_allowed_fallback(ollama::wrong_method)
        .route("/ollama/{*rest}", any(ollama::no_such_route))
}
