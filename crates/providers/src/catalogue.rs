//! What is known about vendors and models before anybody is asked: `catalog.toml` and `models.toml`.

pub mod facts;
pub mod rows;

pub use facts::{ModelAbout, ModelFacts};

use base::ErrorKind;
use facts::{dialect_from_name, dialects_from_names, some_day};
use llm::{Capability, Codec, Dialect};
use rows::{ChangeRow, LongContextRow, PriceRow, PriceRows, ServiceRow, VolumeRow, one_or_more, services};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use wire::openai_chat::Flavour;

const SHIPPED_VENDORS: &str = include_str!("../catalog.toml");
const SHIPPED_MODELS: &str = include_str!("../models.toml");

/// How a vendor takes its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthStyle {
    /// `Authorization: Bearer KEY`.
    Bearer,
    /// `x-api-key: KEY` (Anthropic).
    XApiKey,
    /// `x-goog-api-key: KEY` (Gemini).
    XGoogApiKey,
    /// `api-key: KEY` (Azure).
    ApiKey,
    /// No key at all.
    None,
}

/// Whether a vendor wants a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyNeed {
    /// Nothing works without one.
    Required,
    /// Some installations want one.
    Optional,
    /// Never.
    None,
}

/// The form of a vendor's own batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BatchApi {
    /// It has none.
    #[default]
    None,
    /// Files of lines and `/batches`, as OpenAI has them.
    OpenAi,
    /// `/v1/messages/batches`, as Anthropic has them.
    Anthropic,
}

/// How a vendor's prompt cache is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PromptCacheUse {
    /// It has none, or it needs no help.
    #[default]
    Unaided,
    /// Requests in Anthropic's format mark up to where their prompt is to be kept.
    Marks,
    /// Requests in OpenAI's formats have a key that brings those together that begin alike.
    Key,
}

/// A row of `catalog.toml`: a company or program that serves models.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vendor {
    /// The name in the configuration.
    pub id: String,
    /// What people call it.
    pub display_name: String,
    /// The wire format it speaks.
    #[serde(deserialize_with = "dialect_from_name")]
    pub dialect: Dialect,
    /// Further wire formats that it speaks below the same address.
    #[serde(default, deserialize_with = "dialects_from_names")]
    pub also: Vec<Dialect>,
    /// Where it listens; `None` where that has to be given.
    #[serde(default)]
    pub base_url: Option<String>,
    /// How it takes its key.
    pub auth: AuthStyle,
    /// Whether it wants one.
    pub key: KeyNeed,
    /// Environment variables that usually hold the key, the first one that is set wins.
    #[serde(default)]
    pub key_env: Vec<String>,
    /// Where a person gets a key.
    #[serde(default)]
    pub keys_url: Option<String>,
    /// Path of its list of models below the base URL; `None` where there is none.
    #[serde(default)]
    pub list: Option<String>,
    /// A path that answers only to a valid key, where the list answers to everybody.
    #[serde(default)]
    pub check: Option<String>,
    /// Headers sent with every request.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The header for the organisation's id.
    #[serde(default)]
    pub organisation_header: Option<String>,
    /// The header for the project's id.
    #[serde(default)]
    pub project_header: Option<String>,
    /// Whether it runs on the user's own machines, where tokens cost nothing.
    #[serde(default)]
    pub local: bool,
    /// Whether to ask at its base URL if it runs on this machine.
    #[serde(default)]
    pub probe: bool,
    /// The vendor whose rows in `models.toml` hold, where it is another one.
    #[serde(default)]
    pub models_of: Option<String>,
    /// Parts of the names of listed models that these wire formats cannot ask.
    #[serde(default)]
    pub skip: Vec<String>,
    /// Parts of the names of listed models that can be asked in OpenAI's Responses only.
    #[serde(default)]
    pub responses_only: Vec<String>,
    /// Azure only: deployments are in the path, with this version in the query.
    #[serde(default)]
    pub azure_api_version: Option<String>,
    /// The form of its own batches, which cost less; none where it has none that Familiar speaks.
    #[serde(default)]
    pub batches: BatchApi,
    /// How its prompt cache is used: `marks` or `key`; none where it needs no help.
    #[serde(default)]
    pub prompt_cache: PromptCacheUse,
    /// OpenAI's dialect only: whether it refuses fields that it does not know (see [`Flavour::Strict`]).
    #[serde(default)]
    pub strict_fields: bool,
}

impl Vendor {
    /// The codec of its dialect, or of the one that the configuration names instead.
    pub fn codec(&self, dialect: Dialect) -> &'static dyn Codec {
        match dialect {
            Dialect::OpenAiChat if self.strict_fields => wire::openai_chat(Flavour::Strict),
            Dialect::OpenAiChat
            | Dialect::OpenAiResponses
            | Dialect::Anthropic
            | Dialect::Gemini
            | Dialect::Ollama => wire::codec(dialect),
        }
    }
}

/// A row of `models.toml`.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogueModel {
    /// The vendor's id.
    pub vendor: String,
    /// The vendor's name for it.
    pub name: String,
    /// Other names of the same model at the same prices.
    pub aliases: Vec<String>,
    /// What is known about it.
    pub facts: ModelFacts,
    /// The day the figures were taken, as `2026-11-21`.
    pub as_of: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VendorFile {
    vendor: Vec<Vendor>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelFile {
    model: Vec<ModelRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelRow {
    vendor: String,
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
    display_name: String,
    #[serde(default)]
    context_window: Option<u64>,
    #[serde(default)]
    max_output_tokens: Option<u64>,
    capabilities: Vec<Capability>,
    #[serde(default)]
    prices: Option<PriceRow>,
    #[serde(default, deserialize_with = "one_or_more")]
    long_context: Vec<LongContextRow>,
    #[serde(default, deserialize_with = "services")]
    services: BTreeMap<String, ServiceRow>,
    #[serde(default)]
    volume: Vec<VolumeRow>,
    #[serde(default)]
    price_changes: Vec<ChangeRow>,
    #[serde(default)]
    quality: Option<u8>,
    #[serde(default)]
    cacheable_tokens: Option<u64>,
    #[serde(default)]
    tokenizer: Option<String>,
    #[serde(default, deserialize_with = "some_day")]
    released_on: Option<String>,
    #[serde(default, deserialize_with = "some_day")]
    retires_on: Option<String>,
    as_of: String,
}

/// Why the catalogue cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// A file is not what it should be.
    #[error("`{file}` cannot be read")]
    Syntax {
        /// Which file.
        file: &'static str,
        /// Where and why.
        #[source]
        cause: Box<toml::de::Error>,
    },
    /// Two rows have one name.
    #[error("`{name}` stands twice in `{file}`")]
    Twice {
        /// Which file.
        file: &'static str,
        /// The name.
        name: String,
    },
    /// A row names a vendor that has none.
    #[error("`{name}` names the vendor `{vendor}`, which is not in the catalogue")]
    NoVendor {
        /// The row.
        name: String,
        /// The vendor it names.
        vendor: String,
    },
}

impl CatalogueError {
    /// What sort of failure this is.
    pub const fn kind(&self) -> ErrorKind {
        ErrorKind::Internal
    }
}

/// The vendors and models that are known.
#[derive(Debug)]
pub struct Catalogue {
    vendors: Vec<Vendor>,
    models: Vec<CatalogueModel>,
    /// Vendor and name, or alias, to the place in `models`.
    places: HashMap<(String, String), usize>,
}

impl Catalogue {
    /// The catalogue that comes with the program.
    ///
    /// # Errors
    /// Never for what is shipped, which a test shows.
    pub fn shipped() -> Result<Arc<Self>, CatalogueError> {
        Self::parse(SHIPPED_VENDORS, SHIPPED_MODELS).map(Arc::new)
    }

    /// Reads a catalogue from the two files' texts.
    ///
    /// # Errors
    /// When a text is not TOML of this shape, a name stands twice, or a model has no vendor.
    pub fn parse(vendors: &str, models: &str) -> Result<Self, CatalogueError> {
        let syntax = |file| move |cause| CatalogueError::Syntax { file, cause: Box::new(cause) };
        let vendors = toml::from_str::<VendorFile>(vendors).map_err(syntax("catalog.toml"))?.vendor;
        let rows = toml::from_str::<ModelFile>(models).map_err(syntax("models.toml"))?.model;
        for (place, vendor) in vendors.iter().enumerate() {
            if vendors.iter().skip(place + 1).any(|other| other.id == vendor.id) {
                return Err(CatalogueError::Twice { file: "catalog.toml", name: vendor.id.clone() });
            }
            if let Some(other) = vendor.models_of.as_ref().filter(|id| !vendors.iter().any(|v| v.id == **id))
            {
                return Err(CatalogueError::NoVendor { name: vendor.id.clone(), vendor: other.clone() });
            }
        }
        let mut places = HashMap::new();
        for (place, row) in rows.iter().enumerate() {
            if !vendors.iter().any(|vendor| vendor.id == row.vendor) {
                return Err(CatalogueError::NoVendor { name: row.name.clone(), vendor: row.vendor.clone() });
            }
            for name in std::iter::once(&row.name).chain(&row.aliases) {
                if places.insert((row.vendor.clone(), name.clone()), place).is_some() {
                    return Err(CatalogueError::Twice { file: "models.toml", name: name.clone() });
                }
            }
        }
        let models = rows.into_iter().map(CatalogueModel::from).collect();
        Ok(Self { vendors, models, places })
    }

    /// All vendors, in the order of the file.
    pub fn vendors(&self) -> &[Vendor] {
        &self.vendors
    }

    /// The vendor of this id.
    pub fn vendor(&self, id: &str) -> Option<&Vendor> {
        self.vendors.iter().find(|vendor| vendor.id == id)
    }

    /// The models of a vendor, in the order of the file.
    pub fn models<'a>(&'a self, vendor: &'a Vendor) -> impl Iterator<Item = &'a CatalogueModel> {
        let of = vendor.models_of.as_deref().unwrap_or(&vendor.id);
        self.models.iter().filter(move |model| model.vendor == of)
    }

    /// The model that a vendor calls by this name or alias.
    pub fn model(&self, vendor: &Vendor, name: &str) -> Option<&CatalogueModel> {
        let of = vendor.models_of.as_ref().unwrap_or(&vendor.id);
        self.places.get(&(of.clone(), name.to_owned())).and_then(|place| self.models.get(*place))
    }
}

impl From<ModelRow> for CatalogueModel {
    fn from(row: ModelRow) -> Self {
        Self {
            vendor: row.vendor,
            name: row.name,
            aliases: row.aliases,
            facts: ModelFacts {
                display_name: Some(row.display_name),
                context_window: row.context_window,
                max_output_tokens: row.max_output_tokens,
                capabilities: Some(row.capabilities),
                prices: PriceRows {
                    prices: row.prices,
                    long_context: row.long_context,
                    services: row.services,
                    volume: row.volume,
                    changes: row.price_changes,
                }
                .into_prices(),
                quality: row.quality,
                cacheable_tokens: row.cacheable_tokens,
                about: ModelAbout {
                    tokenizer: row.tokenizer,
                    released_on: row.released_on,
                    retires_on: row.retires_on,
                },
            },
            as_of: row.as_of,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Money;
    use llm::{Service, ServicePrice};

    fn usd(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn every_shipped_row_is_usable() {
        let catalogue = Catalogue::shipped().unwrap();
        assert!(catalogue.vendors().len() >= 15 && catalogue.models.len() >= 40);
        for vendor in catalogue.vendors() {
            assert_eq!(vendor.codec(vendor.dialect).dialect(), vendor.dialect, "{}", vendor.id);
            assert!(!vendor.strict_fields || vendor.dialect == Dialect::OpenAiChat, "{}", vendor.id);
            if let Some(base_url) = &vendor.base_url {
                let uri: http::Uri = base_url.parse().unwrap();
                assert!(uri.scheme_str() == Some(if vendor.local { "http" } else { "https" }), "{base_url}");
            }
            assert!(vendor.key != KeyNeed::Required || vendor.keys_url.is_some(), "{}", vendor.id);
            assert!(!vendor.probe || vendor.base_url.is_some(), "{}", vendor.id);
        }
        for model in &catalogue.models {
            let (facts, name) = (&model.facts, &model.name);
            let prices = facts.prices.as_ref().unwrap_or_else(|| panic!("{name} has prices"));
            let prices = prices.first();
            let base = prices.usual.base;
            let capabilities = facts.capabilities.as_ref().unwrap();
            let kinds =
                [Capability::Chat, Capability::Embeddings, Capability::Speech, Capability::Transcription];
            assert_eq!(kinds.iter().filter(|kind| capabilities.contains(kind)).count(), 1, "{name}");
            let by_the_hour = base.audio_hour.is_some() || base.characters.is_some();
            assert!(base.input > Money::ZERO || by_the_hour, "{name}");
            assert!(base.cached_input.is_none_or(|cached| cached <= base.input), "{name}");
            assert!(base.cache_write_long.is_none_or(|long| Some(long) >= base.cache_write), "{name}");
            for (above, tier) in &prices.usual.long_context {
                assert!(tier.input >= base.input && *above < facts.context_window.unwrap(), "{name}");
            }
            for (service, price) in &prices.services {
                let cheaper = matches!(service, Service::Batch | Service::Flex);
                let right = match price {
                    ServicePrice::Percent(percent) => (*percent < 100) == cheaper,
                    ServicePrice::Own(set) => (set.base.input < base.input) == cheaper,
                };
                assert!(right, "{name}: {service:?}");
            }
            assert!(facts.context_window.is_some() || by_the_hour, "{name}");
            assert!(facts.max_output_tokens <= facts.context_window, "{name}");
            assert!(model.as_of.len() == 10 && model.as_of.starts_with("20"), "{name}");
            let about = &facts.about;
            assert!(about.released_on.as_ref().is_none_or(|day| *day <= model.as_of), "{name}");
            let lives = about.released_on.as_ref().zip(about.retires_on.as_ref());
            assert!(lives.is_none_or(|(released, retires)| released < retires), "{name}");
        }
    }

    #[test]
    fn prices_are_exact_and_dated_names_lead_to_the_same_row() {
        let catalogue = Catalogue::shipped().unwrap();
        let openai = catalogue.vendor("openai").unwrap();
        let mini = catalogue.model(openai, "gpt-4o-mini-2024-07-18").unwrap();
        assert_eq!(mini.name, "gpt-4o-mini");
        let base = mini.facts.prices.as_ref().unwrap().first().usual.base;
        assert_eq!(
            (base.input, base.cached_input, base.output),
            (usd("0.15"), Some(usd("0.075")), usd("0.60"))
        );
        let old = catalogue.model(openai, "gpt-4o-2024-05-13").unwrap();
        let old = old.facts.prices.as_ref().unwrap().first().usual.base;
        assert_eq!(old.input, usd("5"), "an old snapshot has its own price");
        let azure = catalogue.vendor("azure").unwrap();
        assert_eq!(catalogue.model(azure, "gpt-4o-mini").unwrap().name, "gpt-4o-mini");
        assert!(catalogue.model(openai, "gpt-4o-mini-2099-01-01").is_none(), "prices are not guessed");
    }

    #[test]
    fn what_is_wrong_with_a_row_is_said() {
        let vendor = "[[vendor]]\nid = 'a'\ndisplay_name = 'A'\ndialect = 'openai-chat'\nauth = 'bearer'\nkey = 'none'\n";
        let model = "[[model]]\nvendor = 'a'\nname = 'm'\ndisplay_name = 'M'\ncontext_window = 1\ncapabilities = ['chat']\nas_of = '2026-01-01'\n";
        assert!(Catalogue::parse(vendor, model).is_ok());
        let cases = [
            (vendor.repeat(2), model.to_owned(), "`a` stands twice in `catalog.toml`"),
            (vendor.to_owned(), model.repeat(2), "`m` stands twice in `models.toml`"),
            (vendor.to_owned(), model.replace("'a'", "'b'"), "the vendor `b`, which is not in the catalogue"),
            (vendor.replace("openai-chat", "morse"), model.to_owned(), "`morse` is not a wire format"),
            (
                vendor.to_owned(),
                format!("{model}prices = {{ input = 0.15, output = '1' }}"),
                "an amount in dollars",
            ),
            (
                vendor.to_owned(),
                format!("{model}prices = {{ input = '1e3', output = '1' }}"),
                "`1e3` is not an amount",
            ),
            (vendor.to_owned(), format!("{model}colour = 'red'"), "unknown field `colour`"),
            (vendor.to_owned(), format!("{model}retires_on = 'soon'"), "`soon` is not a day"),
        ];
        for (vendors, models, expected) in cases {
            let error = Catalogue::parse(&vendors, &models).unwrap_err();
            let mut text = error.to_string();
            if let Some(cause) = std::error::Error::source(&error) {
                text.push_str(&cause.to_string());
            }
            assert!(text.contains(expected), "{text}");
        }
    }
}
