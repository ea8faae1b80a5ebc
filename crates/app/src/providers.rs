//! Providers: those of the configuration, those added on the page, and model servers found on this machine.

mod order;
mod removed;

use crate::{
    AppError, app::App, config::ProviderOrigin, events::Events, offers, prices::OwnPriceList, routes::Routes,
    shown::parameters::taken,
};
use api::{
    events::AppEvent,
    models::{Model, ModelList, ModelSource, NamedRoute},
    providers::{Provider, ProviderList, ProviderTest, ProviderTimeouts, PutProvider, Vendor},
    status::LocalService,
};
use base::{Id, Secret};
use gateway::{Gateway, Target};
use inference::OnDevice;
use library::{LIBRARIAN_ID, Librarian};
use llm::{ChatModel, ModelSpec};
use parking_lot::Mutex;
use providers::{
    KeyNeed, LocalServer, ModelConfig, Pool, ProviderConfig, Providers, Refresh, TimeOutSettings,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use store::{Settings, Vault};

/// The setting that holds the providers added on the page.
const SETTING: &str = "providers";

/// A provider added on the page, without what is secret about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    vendor: String,
    base_url: Option<String>,
    models: Vec<String>,
    #[serde(default)]
    organisation: Option<String>,
    #[serde(default)]
    project: Option<String>,
    #[serde(default)]
    timeouts: ProviderTimeouts,
}

/// What the vault has of it. Headers and a proxy's address may carry credentials.
#[derive(Debug, Clone, Default)]
struct Hidden {
    api_key: Option<Secret>,
    headers: BTreeMap<String, String>,
    proxy: Option<Secret>,
}

impl Hidden {
    async fn read(vault: &Vault, provider: &str) -> Result<Self, AppError> {
        let secret = async |name: String| vault.get(Id::FIRST_OWNER, &name).await.map_err(vault_failed);
        let headers = secret(headers_name(provider)).await?;
        Ok(Self {
            api_key: secret(secret_name(provider)).await?,
            headers: headers
                .and_then(|headers| serde_json::from_str(headers.expose()).ok())
                .unwrap_or_default(),
            proxy: secret(proxy_name(provider)).await?,
        })
    }

    async fn keep(&self, vault: &Vault, provider: &str) -> Result<(), AppError> {
        let headers =
            (!self.headers.is_empty()).then(|| Secret::new(serde_json::json!(self.headers).to_string()));
        for (name, secret) in [
            (secret_name(provider), &self.api_key),
            (headers_name(provider), &headers),
            (proxy_name(provider), &self.proxy),
        ] {
            match secret {
                Some(secret) => vault.put(Id::FIRST_OWNER, &name, secret).await.map_err(vault_failed)?,
                None => vault.remove(Id::FIRST_OWNER, &name).await.map(|_| ()).map_err(vault_failed)?,
            }
        }
        Ok(())
    }
}

/// The providers added on the page, with what the vault has of them.
pub(crate) async fn added(
    settings: &Settings,
    vault: &Vault,
) -> Result<Vec<(String, ProviderConfig)>, AppError> {
    let mut added = Vec::new();
    for (name, kept) in kept(settings).await? {
        let hidden = Hidden::read(vault, &name).await?;
        added.push((name, config(kept, hidden)));
    }
    Ok(added)
}

async fn kept(settings: &Settings) -> Result<BTreeMap<String, Kept>, AppError> {
    let kept = settings.get(Id::FIRST_OWNER, SETTING).await;
    let kept = kept.map_err(|error| AppError::Kept { kind: error.kind(), source: error.into() })?;
    Ok(kept.unwrap_or_default())
}

/// Where a provider comes from, which says whether it can be changed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Configured(ProviderOrigin),
    Added,
    /// A model server that was found on this machine.
    Found,
}

/// What can be called, and keeping the gateway's table in step with it.
#[derive(Debug)]
pub(crate) struct Offers {
    pub(crate) providers: Arc<Providers>,
    gateway: Arc<Gateway>,
    librarian: Arc<dyn ChatModel>,
    pub(crate) on_device: Arc<OnDevice>,
    pub(crate) routes: Routes,
    /// What models cost by a person's own word.
    pub(crate) own_prices: OwnPriceList,
    pub(crate) settings: Settings,
    vault: Arc<Vault>,
    events: Events,
    origins: Mutex<BTreeMap<String, Origin>>,
    /// Names in the order that a person gave.
    order: Mutex<Vec<String>>,
    /// What was removed a moment ago, by name.
    removed: Mutex<BTreeMap<String, removed::Removed>>,
    /// Held while the kept providers are read, changed and written.
    pub(crate) changing: tokio::sync::Mutex<()>,
    /// Model servers seen by the last look around.
    local: Mutex<Vec<LocalServer>>,
}

/// What [`Offers::open`] needs.
pub(crate) struct Parts {
    pub(crate) providers: Arc<Providers>,
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) librarian: Arc<dyn ChatModel>,
    pub(crate) on_device: Arc<OnDevice>,
    pub(crate) routes: BTreeMap<String, routing::RouteConfig>,
    pub(crate) settings: Settings,
    pub(crate) vault: Arc<Vault>,
    pub(crate) events: Events,
}

impl Offers {
    /// Sets up the configured providers and those added on the page; asks nobody. One that cannot be set up
    /// is left out with a warning: the others must go on.
    pub(crate) async fn open(
        parts: Parts,
        configured: Vec<crate::config::ConfiguredProvider>,
    ) -> Result<Self, AppError> {
        let Parts { providers, gateway, librarian, on_device, routes, settings, vault, events } = parts;
        let routes = Routes::open(routes, &settings).await?;
        let own_prices = OwnPriceList::open(&settings).await?;
        let order = Mutex::new(order::kept(&settings).await?);
        let offers = Self {
            providers,
            gateway,
            librarian,
            on_device,
            routes,
            own_prices,
            settings,
            vault,
            events,
            origins: Mutex::default(),
            order,
            removed: Mutex::default(),
            changing: tokio::sync::Mutex::default(),
            local: Mutex::default(),
        };
        for provider in configured {
            offers.set(&provider.name, provider.config, Origin::Configured(provider.origin));
        }
        for (name, config) in added(&offers.settings, &offers.vault).await? {
            if !offers.origins.lock().contains_key(&name) {
                offers.set(&name, config, Origin::Added);
            }
        }
        offers.look_at_files().await;
        offers.publish();
        Ok(offers)
    }

    fn set(&self, name: &str, config: ProviderConfig, origin: Origin) {
        match self.providers.set(name, config) {
            Ok(()) => {
                self.origins.lock().insert(name.to_owned(), origin);
            }
            Err(error) => tracing::warn!(provider = name, %error, "a provider cannot be set up"),
        }
    }

    async fn keep(&self, kept: &BTreeMap<String, Kept>) -> Result<(), AppError> {
        let written = self.settings.put(Id::FIRST_OWNER, SETTING, kept).await;
        written.map_err(|error| AppError::Kept { kind: error.kind(), source: error.into() })
    }

    /// Gives the gateway a table of what can be called now, and tells the page.
    pub(crate) fn publish(&self) {
        let offer = |name: &str| {
            let upstream = self.providers.upstream(name).ok()?;
            let models = self.providers.known_models(name).ok()?.models;
            let models = models.into_iter().map(|spec| self.own_prices.apply(spec)).collect();
            Some(offers::Offer { target: Target::Wire(upstream), models })
        };
        let mut offers: Vec<_> = self.in_order().iter().filter_map(|name| offer(name)).collect();
        offers.push(self.files_offered());
        let table = offers::table(offers, Arc::clone(&self.librarian), &self.routes.all());
        self.gateway.set_auto(!self.routes.has(offers::AUTO));
        let missing = self.gateway.set_routing(table);
        if !missing.is_empty() {
            tracing::warn!(?missing, "routes name models that no provider offers at the moment");
        }
        self.events.publish(AppEvent::ModelsChanged);
    }

    /// The providers' names: in the order that a person gave, then configured ones first, then added ones, then
    /// those found.
    fn in_order(&self) -> Vec<String> {
        let origins = self.origins.lock();
        let chosen = self.order.lock();
        let mut names: Vec<(usize, u8, &String)> = origins
            .iter()
            .map(|(name, origin)| {
                let usual = match origin {
                    Origin::Configured(ProviderOrigin::File) => 0,
                    Origin::Configured(ProviderOrigin::Environment) => 1,
                    Origin::Added => 2,
                    Origin::Found => 3,
                };
                let place = chosen.iter().position(|one| one == name).unwrap_or(usize::MAX);
                (place, usual, name)
            })
            .collect();
        names.sort();
        names.into_iter().map(|(_, _, name)| name.clone()).collect()
    }

    /// Asks every provider for its models (where its list is old) and looks for model servers on this machine.
    pub(crate) async fn look_around(&self, refresh: Refresh) {
        let found = self.providers.probe_local().await;
        self.adopt(&found);
        *self.local.lock() = found;
        let names = self.in_order();
        let before: Vec<_> = names.iter().map(|name| self.providers.known_models(name).ok()).collect();
        let asked =
            futures::future::join_all(names.iter().map(|name| self.providers.models(name, refresh))).await;
        let after: Vec<_> = asked.into_iter().map(Result::ok).collect();
        let models = |lists: &[Option<providers::ModelList>]| -> Vec<Option<Vec<ModelSpec>>> {
            lists.iter().map(|list| list.as_ref().map(|list| list.models.clone())).collect()
        };
        let other_files = self.look_at_files().await;
        if other_files || models(&before) != models(&after) {
            self.publish();
        }
    }

    /// Has an Ollama fetch a model; then it can be called.
    pub(crate) async fn pull(
        &self,
        name: &str,
        model: &str,
        told: &mut (dyn FnMut(providers::PullProgress) + Send),
    ) -> Result<(), providers::PullError> {
        self.providers.pull(name, model, told).await?;
        self.publish();
        Ok(())
    }

    /// Takes found servers into use under their vendor's name, and lets those go that are gone.
    fn adopt(&self, found: &[LocalServer]) {
        let known = self.providers.list();
        let in_use =
            |server: &LocalServer| known.iter().any(|one| same_place(&one.base_url, &server.base_url));
        let mut changed = false;
        for server in found.iter().filter(|server| !in_use(server)) {
            if !known.iter().any(|one| one.name == server.vendor) {
                let config =
                    ProviderConfig { vendor: Some(server.vendor.clone()), ..ProviderConfig::default() };
                self.set(&server.vendor, config, Origin::Found);
                changed = true;
            }
        }
        let gone: Vec<String> = {
            let origins = self.origins.lock();
            let is_gone = |name: &str| !found.iter().any(|server| server.vendor == name);
            let found_ones = origins.iter().filter(|(_, origin)| **origin == Origin::Found);
            found_ones.map(|(name, _)| name.clone()).filter(|name| is_gone(name)).collect()
        };
        for name in &gone {
            self.origins.lock().remove(name);
            self.providers.remove(name);
        }
        if changed || !gone.is_empty() {
            self.publish();
        }
    }

    pub(crate) fn local_services(&self) -> Vec<LocalService> {
        let known = self.providers.list();
        let service = |server: &LocalServer| LocalService {
            vendor: server.vendor.clone(),
            base_url: server.base_url.clone(),
            models: server.models as u64,
            in_use: known.iter().any(|one| same_place(&one.base_url, &server.base_url)),
        };
        self.local.lock().iter().map(service).collect()
    }

    fn shown(&self, name: &str) -> Option<Provider> {
        let summary = self.providers.list().into_iter().find(|provider| provider.name == name)?;
        let origin = self.origins.lock().get(name).copied()?;
        let key_source = match (summary.has_key, origin) {
            (false, _) => "none",
            (true, Origin::Configured(ProviderOrigin::File)) => "file",
            (true, Origin::Configured(ProviderOrigin::Environment)) => "environment",
            (true, Origin::Added | Origin::Found) => "settings",
        };
        let models = self.providers.known_models(name).map_or(0, |list| list.models.len());
        Some(Provider {
            name: summary.name,
            vendor: summary.vendor,
            dialect: summary.dialect.to_string(),
            base_url: summary.base_url,
            key_source: key_source.to_owned(),
            editable: origin == Origin::Added,
            models: models as u64,
            only_models: summary.only_models,
            organisation: summary.organisation,
            project: summary.project,
            proxy: summary.proxy,
            headers: summary.headers,
            timeouts: timeouts_of(summary.time_outs),
        })
    }

    /// How many language models can be asked.
    pub(crate) fn language_models(&self) -> u64 {
        let chats = |name: &String| self.providers.known_models(name).map_or(0, |list| list.models.len());
        let of_providers = self.in_order().iter().map(chats).sum::<usize>();
        (of_providers + self.on_device.stock().models.len()) as u64
    }

    pub(crate) fn model(
        &self,
        spec: &ModelSpec,
        local: bool,
        health: &HashMap<String, &'static str>,
    ) -> Model {
        let id = spec.id();
        let about = self.providers.about(&spec.provider, &spec.name);
        Model {
            tokenizer: about.tokenizer,
            released_on: about.released_on,
            retires_on: about.retires_on,
            health: health.get(&id).copied().unwrap_or("unknown").to_owned(),
            language_model: id != LIBRARIAN_ID,
            id,
            provider: spec.provider.clone(),
            display_name: spec.display_name.clone(),
            context_window: spec.context_window,
            max_output_tokens: spec.max_output_tokens,
            capabilities: spec.capabilities.iter().map(|can| can.as_str().to_owned()).collect(),
            takes: Vec::new(),
            prices: spec.prices.as_ref().map(|prices| crate::prices::shown(prices, self.providers.now())),
            local,
        }
    }
}

impl App {
    /// Models and routes that can be asked.
    pub async fn models(&self, provider: Option<&str>, refresh: bool) -> Result<ModelList, AppError> {
        if refresh {
            self.offers.look_around(Refresh::Now).await;
        }
        let health: HashMap<String, &'static str> =
            self.gateway.health().into_iter().map(|one| (one.id.clone(), health_name(&one))).collect();
        let wanted = |name: &str| provider.is_none_or(|provider| provider == name);
        let (mut models, mut sources) = (Vec::new(), Vec::new());
        let librarian = Librarian::spec();
        if wanted(&librarian.provider) {
            models.push(Model { health: "available".into(), ..self.offers.model(&librarian, true, &health) });
            sources.push(ModelSource {
                provider: librarian.provider,
                source: "built_in".into(),
                fetched_at: None,
                problem: None,
            });
        }
        let local: HashMap<String, bool> =
            self.offers.providers.list().into_iter().map(|one| (one.name, one.local)).collect();
        for name in self.offers.in_order().into_iter().filter(|name| wanted(name)) {
            let list = self.offers.providers.known_models(&name)?;
            let is_local = local.get(&name).copied().unwrap_or(false);
            let priced = list.models.into_iter().map(|spec| self.offers.own_prices.apply(spec));
            models.extend(priced.map(|spec| self.offers.model(&spec, is_local, &health)));
            sources.push(ModelSource {
                provider: name,
                source: list.source.as_str().to_owned(),
                fetched_at: list.fetched_at.map(|at| at.to_string()),
                problem: list.problem,
            });
        }
        if wanted(inference::PROVIDER)
            && let Some((specs, source)) = self.offers.files_listed()
        {
            models.extend(specs.iter().map(|spec| self.offers.model(spec, true, &health)));
            sources.push(source);
        }
        for model in &mut models {
            model.takes = self.gateway.takes(&model.id).into_iter().map(taken).collect();
        }
        let routes = self
            .offers
            .routes
            .all()
            .into_iter()
            .map(|(name, route)| NamedRoute { name, deployments: route.deployments });
        Ok(ModelList {
            models,
            routes: routes.collect(),
            sources,
            default: self.chat.preferences().default_model,
        })
    }

    /// The configured providers, and the vendors that can be added.
    pub fn providers(&self) -> ProviderList {
        let vendor = |vendor: &providers::Vendor| Vendor {
            id: vendor.id.clone(),
            display_name: vendor.display_name.clone(),
            dialect: vendor.dialect.to_string(),
            base_url: vendor.base_url.clone(),
            needs_key: vendor.key == KeyNeed::Required,
        };
        let configured = self.offers.in_order();
        let configured = configured.iter().filter_map(|name| self.offers.shown(name));
        ProviderList {
            providers: configured.chain(self.offers.files_shown()).collect(),
            vendors: self.offers.providers.catalogue().vendors().iter().map(vendor).collect(),
        }
    }

    /// Adds a provider or changes one that was added here.
    pub async fn put_provider(&self, name: &str, put: PutProvider) -> Result<Provider, AppError> {
        let offers = &self.offers;
        let _turn = offers.changing.lock().await;
        let origin = offers.origins.lock().get(name).copied();
        if matches!(origin, Some(Origin::Configured(_))) {
            return Err(AppError::NotEditable(name.to_owned()));
        }
        let given =
            |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let mut all = kept(&offers.settings).await?;
        let (old, mut hidden) = (all.get(name), Hidden::read(&offers.vault, name).await?);
        // What is not said stays as it is.
        let or_kept = |new: Option<String>, kept: Option<&Option<String>>| match new {
            Some(text) => given(Some(text)),
            None => kept.cloned().flatten(),
        };
        let new = Kept {
            vendor: put.vendor,
            base_url: given(put.base_url),
            models: put.models,
            organisation: or_kept(put.organisation, old.map(|old| &old.organisation)),
            project: or_kept(put.project, old.map(|old| &old.project)),
            timeouts: put.timeouts.or(old.map(|old| old.timeouts)).unwrap_or_default(),
        };
        hidden.api_key = given(put.api_key).map(Secret::new).or(hidden.api_key);
        hidden.headers = put.headers.unwrap_or(hidden.headers);
        if let Some(proxy) = put.proxy {
            hidden.proxy = given(Some(proxy)).map(Secret::new);
        }
        // Whatever cannot be used is refused before anything is kept.
        offers.providers.set(name, config(new.clone(), hidden.clone()))?;
        hidden.keep(&offers.vault, name).await?;
        all.insert(name.to_owned(), new);
        offers.keep(&all).await?;
        offers.origins.lock().insert(name.to_owned(), Origin::Added);
        // What was removed before under this name would take the place of the new one.
        offers.removed.lock().remove(name);
        offers.publish();
        self.look_around_soon(Refresh::IfStale);
        offers.shown(name).ok_or_else(|| unknown(name))
    }

    /// Removes a provider that was added here, and its key. For ten minutes that can be taken back.
    pub async fn delete_provider(&self, name: &str) -> Result<(), AppError> {
        let offers = &self.offers;
        let _turn = offers.changing.lock().await;
        match offers.origins.lock().get(name) {
            Some(Origin::Added) => {}
            Some(Origin::Configured(_) | Origin::Found) => {
                return Err(AppError::NotEditable(name.to_owned()));
            }
            None => return Err(unknown(name)),
        }
        let mut all = kept(&offers.settings).await?;
        let was = all.remove(name);
        // A key that cannot be read is no reason to keep the provider.
        let hidden = Hidden::read(&offers.vault, name).await.ok();
        offers.keep(&all).await?;
        Hidden::default().keep(&offers.vault, name).await?;
        offers.origins.lock().remove(name);
        offers.providers.remove(name);
        if let (Some(was), Some(hidden)) = (was, hidden) {
            self.hold_removed(name, was, hidden);
        }
        offers.publish();
        Ok(())
    }

    /// What each provider's connection pool holds and has done.
    pub fn pools(&self) -> Vec<Pool> {
        self.offers.providers.pools()
    }

    /// Tries a provider out.
    pub async fn test_provider(&self, name: &str) -> Result<ProviderTest, AppError> {
        if name == inference::PROVIDER {
            return Ok(self.offers.test_files(self.clock.as_ref()).await);
        }
        let report = self.offers.providers.test(name).await?;
        Ok(ProviderTest {
            ok: report.ok,
            message: report.message,
            code: report.kind.map(|kind| kind.as_str().to_owned()),
            hint: report.hint,
            models: report.models.map(|models| models as u64),
            took_ms: u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX),
        })
    }
}

fn config(kept: Kept, hidden: Hidden) -> ProviderConfig {
    ProviderConfig {
        vendor: Some(kept.vendor),
        base_url: kept.base_url,
        api_key: hidden.api_key,
        headers: hidden.headers.into_iter().map(|(name, value)| (name, Secret::new(value))).collect(),
        proxy: hidden.proxy,
        models: kept.models.iter().map(ModelConfig::named).collect(),
        organisation: kept.organisation,
        project: kept.project,
        connect_timeout_ms: kept.timeouts.connect_ms,
        first_byte_timeout_ms: kept.timeouts.first_byte_ms,
        first_token_timeout_ms: kept.timeouts.first_token_ms,
        stall_timeout_ms: kept.timeouts.stall_ms,
        total_timeout_ms: kept.timeouts.total_ms,
        ..ProviderConfig::default()
    }
}

const fn timeouts_of(set: TimeOutSettings) -> ProviderTimeouts {
    let TimeOutSettings { connect_ms, first_byte_ms, first_token_ms, stall_ms, total_ms } = set;
    ProviderTimeouts { connect_ms, first_byte_ms, first_token_ms, stall_ms, total_ms }
}

fn health_name(health: &routing::DeploymentHealth) -> &'static str {
    if health.calls == 0 { "unknown" } else { health.state.as_str() }
}

fn same_place(one: &str, other: &str) -> bool {
    let plain =
        |url: &str| url.trim_end_matches('/').trim_end_matches("/v1").replace("localhost", "127.0.0.1");
    plain(one) == plain(other)
}

/// The name of a provider's proxy in the vault.
fn proxy_name(provider: &str) -> String {
    format!("provider-proxy/{provider}")
}

/// The name of a provider's headers in the vault.
fn headers_name(provider: &str) -> String {
    format!("provider-headers/{provider}")
}

fn secret_name(provider: &str) -> String {
    format!("provider:{provider}")
}

fn unknown(name: &str) -> AppError {
    AppError::Provider(providers::ProviderError::UnknownProvider { name: name.to_owned() })
}

fn vault_failed(error: store::VaultError) -> AppError {
    AppError::Kept { kind: error.kind(), source: error.into() }
}
