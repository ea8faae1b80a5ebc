//! The configured providers.

use crate::{
    Catalogue, Endpoint, LocalServer, ModelAbout, ModelList, Pool, ProviderConfig, ProviderError, PullError,
    PullProgress, Refresh, TestReport, TimeOutSettings, Vendor, check,
    discovery::{self, GOOD_FOR, PAUSE_AFTER_FAILURE, Sources},
    listing::Listed,
    probe, pull,
};
use base::{Clock, Timestamp};
use llm::{Dialect, LlmError, Upstream};
use net::LocalOnly;
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};
use tokio::sync::Mutex;

/// What Familiar's own models and those of this machine are called by; no provider may take their place.
const OWN_NAMES: [&str; 2] = ["familiar", "on-device"];

/// The configured providers, with an endpoint and a list of models for each.
#[derive(Debug)]
pub struct Providers {
    catalogue: Arc<Catalogue>,
    clock: Arc<dyn Clock>,
    local_only: LocalOnly,
    entries: RwLock<BTreeMap<String, Arc<Entry>>>,
}

/// What may be shown of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSummary {
    /// Its name.
    pub name: String,
    /// The id of its row in the catalogue.
    pub vendor: String,
    /// The wire format it speaks.
    pub dialect: Dialect,
    /// Where it listens.
    pub base_url: String,
    /// Whether a key is set.
    pub has_key: bool,
    /// Whether it runs on the user's own machines.
    pub local: bool,
    /// The models it is restricted to; empty where it offers what it lists.
    pub only_models: Vec<String>,
    /// The organisation's id.
    pub organisation: Option<String>,
    /// The project's id.
    pub project: Option<String>,
    /// The proxy, without its credentials.
    pub proxy: Option<String>,
    /// The names of the headers sent with every request; their values may be secret.
    pub headers: Vec<String>,
    /// The time-outs that were set.
    pub time_outs: TimeOutSettings,
}

#[derive(Debug)]
struct Entry {
    config: ProviderConfig,
    vendor: Vendor,
    endpoint: Arc<Endpoint>,
    /// Held while the provider is asked, so that it is asked once however many want to know.
    list: Mutex<Cached>,
}

/// What the provider said last, and when it last did not answer.
#[derive(Debug, Default)]
struct Cached {
    listed: Option<(Vec<Listed>, Timestamp)>,
    failed: Option<(String, Timestamp)>,
}

impl Providers {
    /// No providers yet.
    pub fn new(catalogue: Arc<Catalogue>, clock: Arc<dyn Clock>) -> Self {
        Self { catalogue, clock, local_only: LocalOnly::default(), entries: RwLock::default() }
    }

    /// The same, whose requests stay on this machine while the switch is on.
    #[must_use]
    pub fn kept_here(self, local_only: LocalOnly) -> Self {
        Self { local_only, ..self }
    }

    /// The time, by the clock that lists grow old by.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The catalogue in use.
    pub fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    /// Adds a provider, or replaces the one of this name with its connections and its list of models. Calls
    /// that are under way on the old endpoint are not disturbed.
    ///
    /// # Errors
    /// When the configuration cannot be used; what was there stays.
    pub fn set(&self, name: &str, config: ProviderConfig) -> Result<(), ProviderError> {
        let entry = Arc::new(self.entry(name, config)?);
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        // The list stays good while nothing that it depends on has changed.
        if entries.get(name).is_none_or(|old| old.config != entry.config) {
            entries.insert(name.to_owned(), entry);
        }
        Ok(())
    }

    /// Takes a provider away; `false` when there is none of this name.
    pub fn remove(&self, name: &str) -> bool {
        self.entries.write().unwrap_or_else(PoisonError::into_inner).remove(name).is_some()
    }

    /// What may be shown of the providers, by name.
    pub fn list(&self) -> Vec<ProviderSummary> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let summary =
            |(name, entry): (&String, &Arc<Entry>)| ProviderSummary {
                name: name.clone(),
                vendor: entry.vendor.id.clone(),
                dialect: entry.endpoint.dialect(),
                base_url: entry.endpoint.base_url().to_owned(),
                has_key: entry.config.api_key.as_ref().is_some_and(|key| !key.expose().trim().is_empty()),
                local: entry.vendor.local,
                only_models: entry.config.models.iter().map(|model| model.name.clone()).collect(),
                organisation: entry.config.organisation.clone(),
                project: entry.config.project.clone(),
                proxy: entry.config.proxy.as_ref().and_then(|proxy| {
                    proxy.expose().parse::<net::Proxy>().map(|proxy| proxy.to_string()).ok()
                }),
                headers: entry.config.headers.keys().cloned().collect(),
                time_outs: entry.config.time_out_settings(),
            };
        entries.iter().map(summary).collect()
    }

    /// The figures of each provider's connection pool.
    pub fn pools(&self) -> Vec<Pool> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.values().map(|entry| entry.endpoint.pool()).collect()
    }

    /// Where to send calls for this provider.
    ///
    /// # Errors
    /// [`ProviderError::UnknownProvider`].
    pub fn upstream(&self, name: &str) -> Result<Arc<dyn Upstream>, ProviderError> {
        Ok(Arc::clone(&self.get(name)?.endpoint) as Arc<dyn Upstream>)
    }

    /// The models this provider offers. When its own list cannot be had, an older one or else the catalogue
    /// stands in, and the list says so.
    ///
    /// # Errors
    /// [`ProviderError::UnknownProvider`].
    pub async fn models(&self, name: &str, refresh: Refresh) -> Result<ModelList, ProviderError> {
        let entry = self.get(name)?;
        let Some(list_path) = entry.vendor.list.as_deref().filter(|_| entry.config.discovers()) else {
            return Ok(self.put_together(name, &entry, &Cached::default()));
        };
        let mut cached = entry.list.lock().await;
        if refresh == Refresh::Now || cached.is_stale(self.clock.now()) {
            match discovery::fetch(&entry.endpoint, list_path).await {
                Ok(listed) => *cached = Cached { listed: Some((listed, self.clock.now())), failed: None },
                Err(error) => {
                    tracing::info!(provider = name, %error, "the provider's list of models cannot be had");
                    cached.failed = Some((error.to_string(), self.clock.now()));
                }
            }
        }
        Ok(self.put_together(name, &entry, &cached))
    }

    /// What is published about a model beside what a call needs: what the user says goes before the catalogue.
    pub fn about(&self, provider: &str, model: &str) -> ModelAbout {
        let Ok(entry) = self.get(provider) else { return ModelAbout::default() };
        let configured = entry.config.models.iter().find(|one| one.name == model);
        let configured = configured.map(|one| one.facts.about.clone()).unwrap_or_default();
        match self.catalogue.model(&entry.vendor, model) {
            Some(known) => configured.or(&known.facts.about),
            None => configured,
        }
    }

    /// What is known of the provider's models without asking anybody: the last list, or the catalogue.
    ///
    /// # Errors
    /// [`ProviderError::UnknownProvider`].
    pub fn known_models(&self, name: &str) -> Result<ModelList, ProviderError> {
        let entry = self.get(name)?;
        let list = match entry.list.try_lock() {
            Ok(cached) => self.put_together(name, &entry, &cached),
            Err(_) => self.put_together(name, &entry, &Cached::default()),
        };
        Ok(list)
    }

    /// Tries a provider out (PRV-16).
    ///
    /// # Errors
    /// [`ProviderError::UnknownProvider`]; everything that is wrong with the provider is in the report.
    pub async fn test(&self, name: &str) -> Result<TestReport, ProviderError> {
        let entry = self.get(name)?;
        Ok(self.test_entry(name, &entry).await)
    }

    /// Tries a configuration out without adding it.
    ///
    /// # Errors
    /// When the configuration cannot be used at all.
    pub async fn test_config(&self, name: &str, config: ProviderConfig) -> Result<TestReport, ProviderError> {
        let entry = self.entry(name, config)?;
        Ok(self.test_entry(name, &entry).await)
    }

    /// Checks that this provider can be told to pull a model of this name, without asking it.
    ///
    /// # Errors
    /// See [`PullError`].
    pub fn can_pull(&self, name: &str, model: &str) -> Result<(), PullError> {
        pull::check(&self.get(name)?.endpoint, model)
    }

    /// Has an Ollama fetch a model (PRV-5), and asks it for its list again. `told` is called for every step;
    /// dropped before its end, the pull stops.
    ///
    /// # Errors
    /// See [`PullError`].
    pub async fn pull(
        &self,
        name: &str,
        model: &str,
        told: &mut (dyn FnMut(PullProgress) + Send),
    ) -> Result<(), PullError> {
        pull::pull(&self.get(name)?.endpoint, model, told).await?;
        self.models(name, Refresh::Now).await?;
        Ok(())
    }

    /// Asks a provider for something that costs nothing, to see whether it can be reached with its key. `None`
    /// where there is no such provider, or nothing of it is free.
    pub async fn reach(&self, name: &str) -> Option<Result<(), LlmError>> {
        let entry = self.get(name).ok()?;
        check::reach(&entry.endpoint, &entry.vendor).await
    }

    /// Which of the catalogue's local servers answer on this machine. Takes a second at the most.
    pub async fn probe_local(&self) -> Vec<LocalServer> {
        probe::probe(self.catalogue.vendors().iter().filter(|vendor| vendor.probe)).await
    }

    async fn test_entry(&self, name: &str, entry: &Entry) -> TestReport {
        let sources = self.sources(name, entry, None);
        let started = self.clock.monotonic();
        let mut report = check::check(&entry.endpoint, sources).await;
        report.took = self.clock.monotonic().saturating_sub(started);
        report
    }

    fn entry(&self, name: &str, config: ProviderConfig) -> Result<Entry, ProviderError> {
        let allowed =
            |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || b"-_.".contains(&letter);
        if name.is_empty() || OWN_NAMES.contains(&name) || name.len() > 64 || !name.bytes().all(allowed) {
            return Err(ProviderError::InvalidName { name: name.to_owned() });
        }
        let vendor = config.vendor(name, &self.catalogue)?.clone();
        let endpoint = Arc::new(Endpoint::new(
            name,
            &config,
            &self.catalogue,
            (Arc::clone(&self.clock), self.local_only.clone()),
        )?);
        Ok(Entry { config, vendor, endpoint, list: Mutex::default() })
    }

    fn get(&self, name: &str) -> Result<Arc<Entry>, ProviderError> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(name).cloned();
        entry.ok_or_else(|| ProviderError::UnknownProvider { name: name.to_owned() })
    }

    fn sources<'a>(
        &'a self,
        provider: &'a str,
        entry: &'a Entry,
        listed: Option<&'a [Listed]>,
    ) -> Sources<'a> {
        Sources { provider, config: &entry.config, vendor: &entry.vendor, catalogue: &self.catalogue, listed }
    }

    fn put_together(&self, name: &str, entry: &Entry, cached: &Cached) -> ModelList {
        let listed = cached.listed.as_ref();
        let sources = self.sources(name, entry, listed.map(|(listed, _)| listed.as_slice()));
        let (models, source) = sources.models();
        let problem = cached.failed.as_ref().map(|(why, _)| why.clone()).or_else(|| sources.lacks_names());
        ModelList { models, source, fetched_at: listed.map(|(_, at)| *at), problem }
    }
}

impl Cached {
    fn is_stale(&self, now: Timestamp) -> bool {
        let failed_lately = self.failed.as_ref().is_some_and(|(_, at)| now.since(*at) < PAUSE_AFTER_FAILURE);
        let good = self.listed.as_ref().is_some_and(|(_, at)| now.since(*at) < GOOD_FOR);
        !good && !failed_lately
    }
}
