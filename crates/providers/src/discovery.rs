//! Which models a provider offers: its own list, the catalogue and the configuration put together (PRV-13).

use crate::{
    Catalogue, Endpoint, ModelConfig, ModelFacts, ProviderConfig, Vendor,
    listing::{self, Listed},
};
use base::Timestamp;
use bytes::Bytes;
use futures::{StreamExt, stream};
use llm::{Dialect, LlmError, ModelSpec, Prices};
use net::TimeOuts;
use std::time::Duration;

/// How long a list is good for.
pub(crate) const GOOD_FOR: Duration = Duration::from_secs(24 * 3600);
/// How long after a failure the provider is not asked again.
pub(crate) const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(60);

/// Lists are short; whoever takes longer has a problem.
pub(crate) const TIME_OUTS: TimeOuts = TimeOuts {
    first_byte: Duration::from_secs(15),
    stall: Duration::from_secs(10),
    total: Duration::from_secs(30),
};
/// How many pages of a list are read at the most.
const MAX_PAGES: usize = 20;
/// How many models an Ollama is asked about at the most, and how many at a time.
const MAX_DETAILS: usize = 100;
const DETAILS_AT_A_TIME: usize = 4;

/// Whether a list that is good enough will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// One that is less than 24 hours old will do.
    IfStale,
    /// The provider is asked now.
    Now,
}

/// The models that a provider offers.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelList {
    /// The models, in the provider's order.
    pub models: Vec<ModelSpec>,
    /// Where their names come from.
    pub source: ModelSource,
    /// When the provider was asked last and answered.
    pub fetched_at: Option<Timestamp>,
    /// Why the provider's own list could not be had, if it was asked for.
    pub problem: Option<String>,
}

/// Where the names of a list come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ModelSource {
    /// The provider's own list.
    Discovered,
    /// The catalogue that comes with the program.
    Catalogue,
    /// The configuration.
    Configured,
}

impl ModelSource {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Discovered => "discovered",
            Self::Catalogue => "catalogue",
            Self::Configured => "configured",
        }
    }
}

/// Asks the provider for its own list.
pub(crate) async fn fetch(endpoint: &Endpoint, list_path: &str) -> Result<Vec<Listed>, LlmError> {
    let mut listed = Vec::new();
    let mut next = String::new();
    for _ in 0..MAX_PAGES {
        let body = endpoint.get(&format!("{list_path}{next}"), TIME_OUTS).await?;
        let page = listing::read(endpoint.dialect(), &body)?;
        listed.extend(page.models);
        match page.next {
            Some(suffix) => next = suffix,
            None => break,
        }
    }
    if endpoint.dialect() == Dialect::Ollama {
        listed = with_details(endpoint, listed).await;
    }
    Ok(listed)
}

/// Completes an Ollama's list by what it tells about each model; what it does not tell stays unknown.
async fn with_details(endpoint: &Endpoint, listed: Vec<Listed>) -> Vec<Listed> {
    let details = listed.into_iter().enumerate().map(|(place, mut model)| async move {
        if place < MAX_DETAILS {
            let question = serde_json::json!({ "model": model.name }).to_string();
            match endpoint.post("/api/show", Bytes::from(question), TIME_OUTS).await {
                Ok(body) => model.facts = listing::ollama_details(&body),
                Err(error) => {
                    tracing::debug!(model = model.name, %error, "ollama tells nothing about a model")
                }
            }
        }
        model
    });
    stream::iter(details).buffered(DETAILS_AT_A_TIME).collect().await
}

/// What is put together to a list.
#[derive(Clone, Copy)]
pub(crate) struct Sources<'a> {
    pub(crate) provider: &'a str,
    pub(crate) config: &'a ProviderConfig,
    pub(crate) vendor: &'a Vendor,
    pub(crate) catalogue: &'a Catalogue,
    /// The provider's own list, if there is one.
    pub(crate) listed: Option<&'a [Listed]>,
}

impl Sources<'_> {
    /// Why there are no models at all, where somebody has to name them first.
    pub(crate) fn lacks_names(&self) -> Option<String> {
        let lacking = self.vendor.list.is_none() && self.config.models.is_empty();
        lacking.then(|| format!("{} has no list of models; name yours in `models`", self.vendor.display_name))
    }

    /// The models, and where their names come from. What the user says goes before what the provider says,
    /// and that before the catalogue.
    pub(crate) fn models(&self) -> (Vec<ModelSpec>, ModelSource) {
        let configured = &self.config.models;
        if self.vendor.list.is_none() || (!configured.is_empty() && !self.config.discovers()) {
            return (
                configured.iter().map(|model| self.configured(model)).collect(),
                ModelSource::Configured,
            );
        }
        let is_configured = |name: &str| {
            let same = |model: &ModelConfig| {
                model.name == name || self.listed_as(&model.name).is_some_and(|listed| listed.name == name)
            };
            configured.iter().any(same)
        };
        let (mut models, source): (Vec<_>, _) = match self.listed {
            Some(listed) => {
                let wanted =
                    listed.iter().filter(|model| !is_configured(&model.name) && self.speaks(&model.name));
                (
                    wanted.map(|model| self.spec(&model.name, model.facts.clone())).collect(),
                    ModelSource::Discovered,
                )
            }
            None => {
                let known = self.catalogue.models(self.vendor).filter(|model| !is_configured(&model.name));
                (
                    known.map(|model| self.spec(&model.name, ModelFacts::default())).collect(),
                    ModelSource::Catalogue,
                )
            }
        };
        models.splice(0..0, configured.iter().map(|model| self.configured(model)));
        (models, source)
    }

    /// The configured models that the provider's own list does not have; none where there is no list.
    pub(crate) fn unlisted(&self) -> impl Iterator<Item = &str> {
        let names = self.config.models.iter().map(|model| model.name.as_str());
        names.filter(|name| self.listed.is_some() && self.listed_as(name).is_none())
    }

    /// What the provider lists under this name; an Ollama leaves out the tag `latest` where one asks.
    fn listed_as(&self, name: &str) -> Option<&Listed> {
        let is_it = |listed: &&Listed| {
            listed.name == name
                || (self.vendor.dialect == Dialect::Ollama
                    && listed.name.strip_suffix(":latest") == Some(name))
        };
        self.listed?.iter().find(is_it)
    }

    fn configured(&self, model: &ModelConfig) -> ModelSpec {
        let told = self.listed_as(&model.name).map(|listed| listed.facts.clone()).unwrap_or_default();
        self.spec(&model.name, model.facts.clone().or(&told))
    }

    fn spec(&self, name: &str, facts: ModelFacts) -> ModelSpec {
        let known = self.catalogue.model(self.vendor, name).map(|model| &model.facts);
        let mut facts = known.into_iter().fold(facts, ModelFacts::or);
        // Ollama's cloud models cost something, only nobody says what.
        if self.vendor.local && !name.ends_with("-cloud") && !name.ends_with(":cloud") {
            facts.prices = facts.prices.or(Some(Prices::default()));
        }
        facts.into_spec(self.provider, name)
    }

    /// Whether a listed model can be asked in these wire formats, as far as its name tells.
    fn speaks(&self, name: &str) -> bool {
        let name_lower = name.to_ascii_lowercase();
        let named = |parts: &[String]| parts.iter().any(|part| name_lower.contains(part));
        let dialect = self.config.dialect.unwrap_or(self.vendor.dialect);
        let beyond = dialect != Dialect::OpenAiResponses && named(&self.vendor.responses_only);
        self.catalogue.model(self.vendor, name).is_some() || !(beyond || named(&self.vendor.skip))
    }
}
