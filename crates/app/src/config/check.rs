//! What the types of the sections cannot say: ranges, names, keys, and what belongs together.

use super::{ConfiguredProvider, Document, Environment, FileConfig, Place, Problem, ProviderOrigin};
use base::{Secret, SystemClock};
use providers::{Catalogue, KeyNeed, ProviderConfig, ProviderError, Providers};
use std::{collections::BTreeSet, sync::Arc};
use vectorstore::EngineName;

/// What checking has found and made.
#[derive(Default)]
pub(super) struct Checked {
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<Problem>,
    pub(super) providers: Vec<ConfiguredProvider>,
    /// With the keys that the file leaves to the environment.
    pub(super) blobs: store::BlobsConfig,
}

pub(super) fn check(document: &Document<'_>, file: &FileConfig, environment: &Environment) -> Checked {
    let mut checked = Checked::default();
    check_server(document, file, environment, &mut checked.problems);
    if let Err(message) = file.log.filter() {
        checked.problems.push(at(
            document,
            &["log", "level"],
            format!("`{}` is not a level: {message}", file.log.level),
            Some("write `error`, `warn`, `info`, `debug` or `trace`, or `info,gateway=debug`"),
        ));
    }
    for (key, message) in file.database.problems() {
        checked.problems.push(at(document, &["database", key], message, None));
    }
    check_blobs(document, file, environment, &mut checked);
    if let Err(error) = file.telemetry.check() {
        checked.problems.push(at(document, &["telemetry", error.key()], error.to_string(), None));
    }
    if let Some(Err(error)) = file.gateway.retention.as_ref().map(ledger::RetentionConfig::check) {
        let keys = ["gateway", "retention", error.setting()];
        checked.problems.push(at(document, &keys, error.to_string(), Some(error.hint())));
    }
    if let Some(days) = file.chat.attachment_retention_days.filter(|days| *days > ledger::retention::MAX_DAYS)
    {
        let message = format!("`attachment_retention_days` cannot be {days} days");
        let hint = Some("give 1 to 3650 days, or 0 to keep pictures for ever");
        checked.problems.push(at(document, &["chat", "attachment_retention_days"], message, hint));
    }
    if let Some(Err(error)) = file.gateway.budget.map(|budget| budget.check()) {
        checked.problems.push(at(document, &["gateway", "budget"], error.to_string(), None));
    }
    for (key, message) in file.gateway.tiers.problems() {
        checked.problems.push(at(document, &["gateway", "tiers", key], message, None));
    }
    for (number, key, message) in file.alerts.problems() {
        // Lists have no places of their own; which one it is, the message says.
        let name = file.alerts.webhooks.get(number).map(|webhook| webhook.name.as_str()).unwrap_or_default();
        let message = format!("`{key}` of the webhook `{name}`: {message}");
        checked.problems.push(at(document, &["alerts", "webhooks"], message, None));
    }
    for (key, message) in file.vectors.problems() {
        checked.problems.push(at(document, &["vectors", key], message, None));
    }
    if file.vectors.engine() == EngineName::Pgvector && file.database.url.is_none() {
        let hint = Some("set `[database] url`, or `DATABASE_URL`");
        let message = "`pgvector` lies in PostgreSQL, and the database is SQLite".to_owned();
        checked.problems.push(at(document, &["vectors", "engine"], message, hint));
    }
    for (key, message) in file.inference.problems() {
        checked.problems.push(at(document, &["inference", key], message, None));
    }
    for (key, message) in file.mcp.problems() {
        checked.problems.push(at(document, &["mcp", key], message, None));
    }
    check_routes(document, file, &mut checked.problems);
    check_limits(document, file, &mut checked.problems);
    check_variables(environment, &mut checked.warnings);
    match Catalogue::shipped() {
        Ok(catalogue) => check_providers(document, file, environment, &catalogue, &mut checked),
        Err(error) => {
            checked.problems.push(at(
                document,
                &[],
                format!("the catalogue of vendors is broken: {error}"),
                None,
            ));
        }
    }
    checked
}

fn at(document: &Document<'_>, keys: &[&str], message: String, hint: Option<&str>) -> Problem {
    Problem { place: document.place_of(keys), key: keys.join("."), message, hint: hint.map(str::to_owned) }
}

fn check_server(
    document: &Document<'_>,
    file: &FileConfig,
    environment: &Environment,
    problems: &mut Vec<Problem>,
) {
    let listen = file.server.listen;
    if listen.ip().is_loopback() {
        return;
    }
    let mut problem = at(
        document,
        &["server", "listen"],
        format!(
            "`{listen}` can be reached from other machines, and the page has no accounts yet that would protect it"
        ),
        Some(
            "listen on 127.0.0.1, and set `expose` to open only `/v1` and `/anthropic`, which ask for a key",
        ),
    );
    if environment.get("FAMILIAR_LISTEN").is_some_and(|text| text.parse() == Ok(listen)) {
        problem.place = Place::Environment("FAMILIAR_LISTEN".to_owned());
    }
    problems.push(problem);
}

/// Where files lie, with the keys that the file leaves to the environment.
fn check_blobs(document: &Document<'_>, file: &FileConfig, environment: &Environment, checked: &mut Checked) {
    checked.blobs = file.blobs.clone();
    let mut problems = checked.blobs.take_keys(&|name| environment.get(name).map(str::to_owned));
    if problems.is_empty() {
        problems = checked.blobs.problems();
    }
    for (key, message) in problems {
        checked.problems.push(at(document, &["blobs", key], message, None));
    }
}

fn check_routes(document: &Document<'_>, file: &FileConfig, problems: &mut Vec<Problem>) {
    for (name, route) in &file.routes {
        for problem in route.problems(name) {
            let mut keys = vec!["routes", name.as_str()];
            keys.extend(Some(problem.key).filter(|key| !key.is_empty()));
            problems.push(at(document, &keys, problem.message, problem.hint));
        }
    }
}

/// Limits that let nothing through, and names that can be no deployment's.
fn check_limits(document: &Document<'_>, file: &FileConfig, problems: &mut Vec<Problem>) {
    let limits = &file.gateway.limits;
    let all = [(vec!["user"], &limits.user)]
        .into_iter()
        .chain(limits.providers.iter().map(|(name, limits)| (vec!["providers", name.as_str()], limits)))
        .chain(limits.deployments.iter().map(|(id, limits)| (vec!["deployments", id.as_str()], limits)));
    for (place, limits) in all {
        let mut keys = vec!["gateway", "limits"];
        keys.extend(place);
        if let Some(name) = limits.zero() {
            keys.push(name);
            let hint = Some("give a number from 1, or leave it out for no limit");
            problems.push(at(document, &keys, "`0` lets nothing through".to_owned(), hint));
        }
    }
    for id in limits.deployments.keys().filter(|id| !id.contains('/')) {
        let hint = Some("write `provider/model`; a whole provider stands under `gateway.limits.providers`");
        let keys = ["gateway", "limits", "deployments", id.as_str()];
        problems.push(at(document, &keys, format!("`{id}` is not a deployment"), hint));
    }
    if file.gateway.queue.as_ref().is_some_and(|queue| queue.length == 0 || queue.wait_seconds == 0) {
        let hint = Some("give `length` and `wait_seconds` numbers from 1, or leave `queue` out");
        problems.push(at(document, &["gateway", "queue"], "nobody can wait".to_owned(), hint));
    }
}

/// Variables that look like ours and are none: likely a slip of the pen.
fn check_variables(environment: &Environment, warnings: &mut Vec<Problem>) {
    const KNOWN: [&str; 6] = ["DATA", "CONFIG", "LISTEN", "EXPOSE", "LOG", "CORPUS"];
    for (name, _) in environment.beginning("FAMILIAR_") {
        if !KNOWN.contains(&name) && !name.contains("__") && !name.starts_with("TEST_") {
            warnings.push(Problem {
                place: Place::Environment(format!("FAMILIAR_{name}")),
                key: String::new(),
                message: "this variable means nothing to Familiar".to_owned(),
                hint: Some(
                    "a setting is `FAMILIAR_SECTION__KEY`, such as `FAMILIAR_LIBRARY__WORKERS`".to_owned(),
                ),
            });
        }
    }
}

/// Fills the keys in, tries every provider out without calling anybody, and adds those of the environment.
fn check_providers(
    document: &Document<'_>,
    file: &FileConfig,
    environment: &Environment,
    catalogue: &Arc<Catalogue>,
    checked: &mut Checked,
) {
    let trial = Providers::new(Arc::clone(catalogue), Arc::new(SystemClock::default()));
    let mut used = BTreeSet::new();
    let mut order = document.order_in("providers");
    order.retain(|name| file.providers.contains_key(name));
    for name in order {
        let Some(config) = file.providers.get(&name) else { continue };
        let mut config = config.clone();
        if config.api_key.is_some() && config.api_key_env.is_some() {
            checked.problems.push(at(
                document,
                &["providers", &name, "api_key"],
                "`api_key` and `api_key_env` are both given".to_owned(),
                Some("keep one; `api_key_env` keeps the key out of the file"),
            ));
        }
        fill_key_in(
            document,
            &name,
            &mut config,
            (environment, catalogue),
            (&mut used, &mut checked.warnings),
        );
        if let Err(error) = trial.set(&name, config.clone()) {
            let mut keys = vec!["providers", name.as_str()];
            keys.extend(key_of(&error));
            let mut problem = at(document, &keys, error.to_string(), None);
            problem.hint = Some(error.hint());
            checked.problems.push(problem);
        }
        checked.providers.push(ConfiguredProvider { name, config, origin: ProviderOrigin::File });
    }
    checked.providers.extend(from_environment(file, environment, catalogue, &used));
}

/// The key that an error is about, where there is one.
fn key_of(error: &ProviderError) -> Option<&'static str> {
    match error {
        ProviderError::UnknownVendor { .. } => Some("vendor"),
        ProviderError::NoBaseUrl { .. } | ProviderError::InvalidBaseUrl { .. } => Some("base_url"),
        ProviderError::InvalidHeader { .. } => Some("headers"),
        ProviderError::InvalidKey => Some("api_key"),
        ProviderError::NoTime { setting } => Some(setting),
        ProviderError::RootsFile { .. } => Some("ca_file"),
        ProviderError::UnknownProvider { .. } | ProviderError::InvalidName { .. } | ProviderError::Net(_) => {
            None
        }
    }
}

/// Takes the key from the environment where the file leaves it there.
fn fill_key_in(
    document: &Document<'_>,
    name: &str,
    config: &mut ProviderConfig,
    (environment, catalogue): (&Environment, &Catalogue),
    (used, warnings): (&mut BTreeSet<String>, &mut Vec<Problem>),
) {
    let Ok(vendor) = config.vendor(name, catalogue) else { return };
    let (variables, needs_key) = (config.key_variables(vendor), vendor.key == KeyNeed::Required);
    let found = variables.iter().find_map(|variable| Some((variable, environment.get(variable)?)));
    if let Some((variable, key)) = found {
        used.insert(variable.clone());
        config.api_key = Some(Secret::new(key.trim()));
        return;
    }
    let warning = match &config.api_key_env {
        Some(variable) => at(
            document,
            &["providers", name, "api_key_env"],
            format!("the environment variable `{variable}` is not set"),
            Some("set it before starting Familiar"),
        ),
        None if needs_key && config.api_key.is_none() => at(
            document,
            &["providers", name],
            "this provider has no key".to_owned(),
            Some("set `api_key_env` or `api_key`"),
        ),
        None => return,
    };
    warnings.push(warning);
}

/// A provider for each vendor whose key is in the environment and that the file does not speak of.
fn from_environment(
    file: &FileConfig,
    environment: &Environment,
    catalogue: &Catalogue,
    used: &BTreeSet<String>,
) -> Vec<ConfiguredProvider> {
    let provider = |vendor: &providers::Vendor| {
        let (variable, key) =
            vendor.key_env.iter().find_map(|variable| Some((variable, environment.get(variable)?)))?;
        let is_new =
            vendor.base_url.is_some() && !used.contains(variable) && !file.providers.contains_key(&vendor.id);
        is_new.then(|| ConfiguredProvider {
            name: vendor.id.clone(),
            config: ProviderConfig { api_key: Some(Secret::new(key.trim())), ..ProviderConfig::default() },
            origin: ProviderOrigin::Environment,
        })
    };
    catalogue.vendors().iter().filter_map(provider).collect()
}
