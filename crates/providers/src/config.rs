//! The configuration of a provider.

use crate::{
    BatchApi, Catalogue, ProviderError, Vendor,
    catalogue::{
        ModelAbout, ModelFacts,
        facts::{dialect_from_name, dialects_from_names, some_day},
        rows::{
            ChangeRow, LongContextRow, PriceRow, PriceRows, ServiceRow, VolumeRow, one_or_more, services,
        },
    },
};
use base::Secret;
use llm::{Capability, Dialect};
use serde::{Deserialize, Deserializer, de};
use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

/// A provider: a place that serves models, `[providers.NAME]` in the configuration.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProviderConfig {
    /// The vendor's row in the catalogue, such as `openai`; the provider's own name where neither this nor
    /// `dialect` is given.
    pub vendor: Option<String>,
    /// The wire format, for servers that are in no row: `openai-chat`,
    /// `openai-responses`, `anthropic`, `gemini` or `ollama`.
    #[serde(deserialize_with = "some_dialect")]
    pub dialect: Option<Dialect>,
    /// Further wire formats that it understands below the same address, so that requests in them are passed
    /// on as they are; where missing, those of the vendor at its usual address.
    #[serde(deserialize_with = "some_dialects")]
    pub also: Option<Vec<Dialect>>,
    /// Where it listens; the vendor's usual address where missing.
    pub base_url: Option<String>,
    /// The key. `api_key_env` keeps it out of the file.
    #[serde(deserialize_with = "some_secret")]
    pub api_key: Option<Secret>,
    /// The environment variable that holds the key; the vendor's usual one where missing.
    pub api_key_env: Option<String>,
    /// The organisation's id, with vendors that have such.
    pub organisation: Option<String>,
    /// The project's id, with vendors that have such.
    pub project: Option<String>,
    /// Azure only: the version in the query; the catalogue's where missing.
    pub api_version: Option<String>,
    /// The form of the provider's own batches: `openai`, `anthropic` or `none`; the vendor's where missing.
    pub batches: Option<BatchApi>,
    /// Whether requests tell the provider what its prompt cache is to keep, where it wants to be told; so where missing.
    pub prompt_caching: Option<bool>,
    /// Headers sent with every request.
    #[serde(deserialize_with = "secrets")]
    pub headers: BTreeMap<String, Secret>,
    /// The proxy to go through: `http://host:port` or `socks5://host:port`.
    #[serde(deserialize_with = "some_secret")]
    pub proxy: Option<Secret>,
    /// A file with root certificates in PEM form that are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// How long connecting may take, in milliseconds; 10,000 where missing.
    pub connect_timeout_ms: Option<u64>,
    /// How long the first byte of an answer may take, in milliseconds; 300,000 where missing.
    pub first_byte_timeout_ms: Option<u64>,
    /// How long the first token of a streamed answer may take, in milliseconds; 600,000 where missing. What a
    /// provider sends only to keep the connection open is no token.
    pub first_token_timeout_ms: Option<u64>,
    /// How long a stream may stand still, in milliseconds; 120,000 where missing.
    pub stall_timeout_ms: Option<u64>,
    /// How long an answer may take in all, in milliseconds; 1,800,000 where missing.
    pub total_timeout_ms: Option<u64>,
    /// The models offered, by name or with what is to be known about them; where empty, all that the
    /// provider lists.
    pub models: Vec<ModelConfig>,
    /// Whether the provider's own list is asked for; where missing, only if `models` is empty. With `true`,
    /// `models` adds to that list and corrects it.
    pub discover: Option<bool>,
}

/// How long a provider is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waits {
    /// Until connected.
    pub(crate) connect: Duration,
    /// Until the first token of a streamed answer.
    pub(crate) first_token: Duration,
    /// For the bytes of a reply.
    pub(crate) reply: net::TimeOuts,
}

/// The time-outs of a provider as they were set, in milliseconds; what is missing has its usual value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeOutSettings {
    /// Until connected.
    pub connect_ms: Option<u64>,
    /// Until the head of a reply.
    pub first_byte_ms: Option<u64>,
    /// Until the first token of a streamed answer.
    pub first_token_ms: Option<u64>,
    /// Between two pieces of a reply.
    pub stall_ms: Option<u64>,
    /// Until the end of a reply.
    pub total_ms: Option<u64>,
}

/// How long the first token may take: models that think before they write take minutes.
const USUAL_FIRST_TOKEN: Duration = Duration::from_secs(600);

/// A model in the configuration: just its name, or a table with what the user knows better.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelConfig {
    /// The provider's own name for it.
    pub name: String,
    /// What the user says about it.
    pub facts: ModelFacts,
}

impl ProviderConfig {
    /// The row of the catalogue that this provider called `name` goes by.
    ///
    /// # Errors
    /// [`ProviderError::UnknownVendor`] when it names none or one that does not exist.
    pub fn vendor<'a>(&self, name: &str, catalogue: &'a Catalogue) -> Result<&'a Vendor, ProviderError> {
        let id = match (&self.vendor, self.dialect) {
            (Some(id), _) => id,
            (None, Some(Dialect::OpenAiChat | Dialect::OpenAiResponses)) => "openai-compatible",
            (None, Some(dialect)) => dialect.as_str(),
            (None, None) => name,
        };
        catalogue.vendor(id).ok_or_else(|| ProviderError::UnknownVendor {
            vendor: id.to_owned(),
            known: catalogue.vendors().iter().map(|vendor| vendor.id.clone()).collect(),
        })
    }

    /// The environment variables that may hold the key, the first one set wins. None where the key is given,
    /// and none of the vendor's own where the provider listens elsewhere: a key is not sent to a stranger
    /// unless it is named.
    pub fn key_variables(&self, vendor: &Vendor) -> Vec<String> {
        match (&self.api_key, &self.api_key_env, &self.base_url) {
            (Some(_), _, _) => Vec::new(),
            (None, Some(variable), _) => vec![variable.clone()],
            (None, None, Some(base_url))
                if vendor.base_url.as_ref().is_some_and(|usual| usual != base_url) =>
            {
                Vec::new()
            }
            (None, None, _) => vendor.key_env.clone(),
        }
    }

    /// All wire formats that this provider understands.
    pub(crate) fn formats(&self, vendor: &Vendor) -> Vec<Dialect> {
        let own = self.dialect.unwrap_or(vendor.dialect);
        let usual = self.base_url.is_none() || self.base_url == vendor.base_url;
        let of_vendor = || [&[vendor.dialect][..], vendor.also.as_slice()].concat();
        let all = match &self.also {
            Some(also) => also.clone(),
            None if usual && of_vendor().contains(&own) => of_vendor(),
            None => Vec::new(),
        };
        let mut formats = vec![own];
        for format in all {
            if !formats.contains(&format) {
                formats.push(format);
            }
        }
        formats
    }

    /// The time-outs that were set.
    pub(crate) fn time_out_settings(&self) -> TimeOutSettings {
        TimeOutSettings {
            connect_ms: self.connect_timeout_ms,
            first_byte_ms: self.first_byte_timeout_ms,
            first_token_ms: self.first_token_timeout_ms,
            stall_ms: self.stall_timeout_ms,
            total_ms: self.total_timeout_ms,
        }
    }

    /// How long the provider is waited for.
    ///
    /// # Errors
    /// [`ProviderError::NoTime`] when one of them is nothing.
    pub(crate) fn time_outs(&self) -> Result<Waits, ProviderError> {
        for (setting, millis) in [
            ("connect_timeout_ms", self.connect_timeout_ms),
            ("first_byte_timeout_ms", self.first_byte_timeout_ms),
            ("first_token_timeout_ms", self.first_token_timeout_ms),
            ("stall_timeout_ms", self.stall_timeout_ms),
            ("total_timeout_ms", self.total_timeout_ms),
        ] {
            if millis == Some(0) {
                return Err(ProviderError::NoTime { setting });
            }
        }
        let usual = net::TimeOuts::default();
        let or = |millis: Option<u64>, usual| millis.map_or(usual, Duration::from_millis);
        let reply = net::TimeOuts {
            first_byte: or(self.first_byte_timeout_ms, usual.first_byte),
            stall: or(self.stall_timeout_ms, usual.stall),
            total: or(self.total_timeout_ms, usual.total),
        };
        Ok(Waits {
            connect: or(self.connect_timeout_ms, net::NetConfig::default().connect_time_out),
            first_token: or(self.first_token_timeout_ms, USUAL_FIRST_TOKEN),
            reply,
        })
    }

    /// Whether the provider's own list is asked for.
    pub(crate) fn discovers(&self) -> bool {
        self.discover.unwrap_or(self.models.is_empty())
    }
}

impl<'de> Deserialize<'de> for ModelConfig {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct NameOrTable;
        impl<'de> de::Visitor<'de> for NameOrTable {
            type Value = ModelConfig;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a model's name, or a table with its `name`")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<ModelConfig, E> {
                Ok(ModelConfig::named(name))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<ModelConfig, A::Error> {
                ModelTable::deserialize(de::value::MapAccessDeserializer::new(map)).map(ModelConfig::from)
            }
        }
        source.deserialize_any(NameOrTable)
    }
}

impl ModelConfig {
    /// A model of which only the name is given.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), facts: ModelFacts::default() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelTable {
    name: String,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    context_window: Option<u64>,
    #[serde(default)]
    max_output_tokens: Option<u64>,
    #[serde(default)]
    capabilities: Option<Vec<Capability>>,
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
}

impl From<ModelTable> for ModelConfig {
    fn from(table: ModelTable) -> Self {
        Self {
            name: table.name,
            facts: ModelFacts {
                display_name: table.display_name,
                context_window: table.context_window,
                max_output_tokens: table.max_output_tokens,
                capabilities: table.capabilities,
                // The user knows better than a provider what they pay.
                prices: PriceRows {
                    prices: table.prices,
                    long_context: table.long_context,
                    services: table.services,
                    volume: table.volume,
                    changes: table.price_changes,
                }
                .into_prices()
                .map(|prices| prices.owned()),
                quality: table.quality,
                cacheable_tokens: table.cacheable_tokens,
                about: ModelAbout {
                    tokenizer: table.tokenizer,
                    released_on: table.released_on,
                    retires_on: table.retires_on,
                },
            },
        }
    }
}

fn some_dialect<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Dialect>, D::Error> {
    dialect_from_name(source).map(Some)
}

fn some_dialects<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Vec<Dialect>>, D::Error> {
    dialects_from_names(source).map(Some)
}

fn some_secret<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Secret>, D::Error> {
    Ok(Some(Secret::new(String::deserialize(source)?)))
}

fn secrets<'de, D: Deserializer<'de>>(source: D) -> Result<BTreeMap<String, Secret>, D::Error> {
    let plain = BTreeMap::<String, String>::deserialize(source)?;
    Ok(plain.into_iter().map(|(name, value)| (name, Secret::new(value))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_section_is_read_and_its_secrets_do_not_show() {
        let config: ProviderConfig = toml::from_str(
            r#"
            dialect = "openai-chat"
            base_url = "http://127.0.0.1:9/v1"
            api_key = "sk-hush"
            proxy = "http://me:hush@proxy:8080"
            stall_timeout_ms = 1500
            models = ["small", { name = "large", context_window = 8000, prices = { input = "0.15", output = "1" } }]
            [headers]
            x-team = "hush"
            "#,
        )
        .unwrap();
        assert!(!format!("{config:?}").contains("hush"), "{config:?}");
        assert_eq!(config.models[0], ModelConfig::named("small"));
        assert_eq!(
            config.models[1].facts.prices.as_ref().unwrap().first().usual.base.input,
            "0.15".parse().unwrap()
        );
        let waits = config.time_outs().unwrap();
        assert_eq!(waits.reply.stall, Duration::from_millis(1500));
        assert_eq!(waits.first_token, USUAL_FIRST_TOKEN);
        assert!(!config.discovers());
    }

    #[test]
    fn mistakes_are_named() {
        for (text, expected) in [
            ("api_keys = 'x'", "unknown field `api_keys`"),
            ("dialect = 'openai'", "`openai` is not a wire format; there are `openai-chat`"),
            ("models = [1]", "a model's name, or a table with its `name`"),
            ("models = [{ name = 'm', price = '1' }]", "unknown field `price`"),
            (
                "models = [{ name = 'm', prices = { input = 0.15, output = '1' } }]",
                "as a text, like \"0.15\"",
            ),
            ("models = [{ name = 'm', capabilities = ['fly'] }]", "unknown variant `fly`"),
        ] {
            let error = toml::from_str::<ProviderConfig>(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn the_vendor_follows_from_vendor_dialect_or_name() {
        let catalogue = Catalogue::shipped().unwrap();
        let vendor = |name: &str, text: &str| {
            let config: ProviderConfig = toml::from_str(text).unwrap();
            config.vendor(name, &catalogue).map(|vendor| vendor.id.clone()).map_err(|error| error.to_string())
        };
        assert_eq!(vendor("groq", "").unwrap(), "groq");
        assert_eq!(vendor("mine", "vendor = 'groq'").unwrap(), "groq");
        assert_eq!(vendor("mine", "dialect = 'openai-chat'").unwrap(), "openai-compatible");
        assert_eq!(vendor("mine", "dialect = 'anthropic'").unwrap(), "anthropic");
        assert_eq!(vendor("mine", "").unwrap_err(), "`mine` is not a vendor in the catalogue");
    }

    #[test]
    fn the_formats_are_the_vendors_at_its_usual_address_and_else_those_named() {
        let catalogue = Catalogue::shipped().unwrap();
        let formats = |name: &str, text: &str| -> Vec<&str> {
            let config: ProviderConfig = toml::from_str(text).unwrap();
            let vendor = config.vendor(name, &catalogue).unwrap();
            config.formats(vendor).into_iter().map(Dialect::as_str).collect()
        };
        assert_eq!(formats("openai", ""), ["openai-chat", "openai-responses"]);
        assert_eq!(
            formats("mine", "vendor = 'openai'\ndialect = 'openai-responses'"),
            ["openai-responses", "openai-chat"]
        );
        assert_eq!(formats("openai", "also = []"), ["openai-chat"]);
        assert_eq!(formats("openai", "base_url = 'https://elsewhere.example/v1'"), ["openai-chat"]);
        assert_eq!(formats("groq", ""), ["openai-chat"]);
        assert_eq!(formats("groq", "also = ['openai-responses']"), ["openai-chat", "openai-responses"]);
        assert_eq!(formats("mine", "dialect = 'openai-responses'"), ["openai-responses"]);
    }

    #[test]
    fn a_vendors_key_is_not_taken_for_another_address() {
        let catalogue = Catalogue::shipped().unwrap();
        let openai = catalogue.vendor("openai").unwrap();
        let variables = |text: &str| toml::from_str::<ProviderConfig>(text).unwrap().key_variables(openai);
        assert_eq!(variables(""), ["OPENAI_API_KEY"]);
        assert_eq!(variables("base_url = 'https://api.openai.com/v1'"), ["OPENAI_API_KEY"]);
        assert!(variables("base_url = 'https://elsewhere.example/v1'").is_empty());
        assert_eq!(variables("base_url = 'https://elsewhere.example/v1'\napi_key_env = 'MINE'"), ["MINE"]);
        assert!(variables("api_key = 'sk-x'").is_empty());
    }
}
