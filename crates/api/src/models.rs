//! Models and routes a caller can name.

use crate::parameters::TakenParameter;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Everything that can be asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelList {
    /// The models, the Librarian first.
    pub models: Vec<Model>,
    /// The configured routes.
    pub routes: Vec<NamedRoute>,
    /// Where each provider's models come from.
    pub sources: Vec<ModelSource>,
    /// What the page asks when nothing is chosen: a model's or a route's id.
    pub default: String,
}

/// A model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Model {
    /// How a caller names it: `provider/model`.
    pub id: String,
    /// The provider's name.
    pub provider: String,
    /// What people call it.
    pub display_name: String,
    /// Most tokens in and out together.
    pub context_window: Option<u64>,
    /// Most tokens of one answer.
    pub max_output_tokens: Option<u64>,
    /// Among `chat`, `tools`, `vision`, `reasoning`, `structured_output`, `embeddings`, `speech`,
    /// `transcription`.
    pub capabilities: Vec<String>,
    /// The settings that it takes; others are not sent to it.
    #[serde(default)]
    pub takes: Vec<TakenParameter>,
    /// Prices; missing when unknown.
    pub prices: Option<ModelPrices>,
    /// Its tokenizer, by the name it is published under.
    pub tokenizer: Option<String>,
    /// The day it was released.
    pub released_on: Option<String>,
    /// The day from which it can no longer be called.
    pub retires_on: Option<String>,
    /// Whether nothing leaves this machine when it is asked.
    pub local: bool,
    /// Whether a language model writes its answers; `false` for the Librarian.
    pub language_model: bool,
    /// `available`, `degraded`, `unavailable`, or `unknown` before the first call.
    pub health: String,
}

/// Prices in US dollars, per million tokens where nothing else is said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelPrices {
    /// Tokens read.
    pub input_usd: String,
    /// Tokens read from the provider's cache.
    pub cached_input_usd: Option<String>,
    /// Tokens written to the provider's cache.
    pub cache_write_usd: Option<String>,
    /// Tokens written to the provider's cache to be kept for longer than usual.
    pub cache_write_long_usd: Option<String>,
    /// Tokens written.
    pub output_usd: String,
    /// Tokens of reasoning, where they have a price of their own.
    pub reasoning_usd: Option<String>,
    /// Tokens of sound read from the provider's cache.
    pub cached_audio_usd: Option<String>,
    /// Tokens of pictures read.
    pub image_input_usd: Option<String>,
    /// Tokens of pictures made.
    pub image_output_usd: Option<String>,
    /// One picture made.
    pub image_usd: Option<String>,
    /// A thousand searches of the web by the provider's own tool.
    pub searches_usd: Option<String>,
    /// Prices of requests with long inputs, in ascending order.
    pub long_context: Vec<PriceStep>,
    /// Prices of other services, such as `batch`, `flex` and `priority`.
    pub services: Vec<ServicePrices>,
    /// What is charged where the provider is held to a region, in percent.
    pub region_percent: Option<u32>,
    /// What is charged after much use in a month, in ascending order.
    pub volume: Vec<VolumePrice>,
    /// Since when these prices hold, where they have changed.
    pub since: Option<String>,
    /// Changes that are known to come, in the order of time.
    pub changes: Vec<PriceChange>,
    /// Whether somebody here has set them: then they go before what the provider says it charges.
    pub own: bool,
    /// Tokens of sound read.
    pub audio_input_usd: Option<String>,
    /// Tokens of sound written.
    pub audio_output_usd: Option<String>,
    /// An hour of sound listened to.
    pub audio_hour_usd: Option<String>,
    /// A million characters spoken.
    pub characters_usd: Option<String>,
}

/// Prices of one's own for a model, in US dollars per million tokens. They go before the catalogue's and before what the
/// provider says it charges.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutPrices {
    /// The model: `provider/model`.
    pub model: String,
    /// What they are; missing: those of one's own are given up.
    #[serde(default)]
    pub prices: Option<OwnPrices>,
}

/// What a model costs by one's own contract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnPrices {
    /// Tokens read.
    pub input_usd: String,
    /// Tokens read from the provider's cache; the input price where missing.
    #[serde(default)]
    pub cached_input_usd: Option<String>,
    /// Tokens written to the provider's cache; the input price where missing.
    #[serde(default)]
    pub cache_write_usd: Option<String>,
    /// Tokens written.
    pub output_usd: String,
}

/// Prices of tokens in US dollars per million.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TokenPrices {
    /// Tokens read.
    pub input_usd: String,
    /// Tokens read from the provider's cache.
    pub cached_input_usd: Option<String>,
    /// Tokens written.
    pub output_usd: String,
}

/// Prices of requests with a long input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PriceStep {
    /// They hold above this many input tokens, for the whole request.
    pub above: u64,
    /// What they are.
    pub prices: TokenPrices,
}

/// Prices of a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ServicePrices {
    /// `flex`, `batch`, `priority` or `fast`.
    pub service: String,
    /// Percent of the usual prices, where it is that.
    pub percent: Option<u32>,
    /// What they are.
    pub prices: TokenPrices,
}

/// What is charged after much use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VolumePrice {
    /// Above so many tokens in the calendar month (UTC).
    pub above: u64,
    /// So many percent of the prices.
    pub percent: u32,
}

/// A change of prices that is known to come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PriceChange {
    /// From this moment on.
    pub from: String,
    /// What they are then.
    pub prices: TokenPrices,
}

/// A name that stands for deployments in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NamedRoute {
    /// The name a caller uses.
    pub name: String,
    /// `provider/model`, the first choice first.
    pub deployments: Vec<String>,
}

/// Where a provider's list of models comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelSource {
    /// The provider's name.
    pub provider: String,
    /// `discovered`, `catalogue`, `configured`, `files` or `built_in`.
    pub source: String,
    /// When the list was fetched.
    pub fetched_at: Option<String>,
    /// Why discovery failed, or which files cannot be used.
    pub problem: Option<String>,
}

/// A model or route to try out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestModel {
    /// A model, a route or a tier.
    pub model: String,
}

/// What came of one tiny call.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct ModelTest {
    /// Whether it answered.
    pub ok: bool,
    /// What it answered, or why it did not.
    pub message: String,
    /// The kind of failure, such as `upstream`.
    pub code: Option<String>,
    /// What to do about a failure.
    pub hint: Option<String>,
    /// Who answered: `provider/model`.
    pub model: Option<String>,
    /// Why it was asked: a sentence.
    pub route: Option<String>,
    /// The exchange in the ledger.
    pub exchange_id: Option<String>,
    /// Milliseconds to the first token.
    pub first_token_ms: Option<u64>,
    /// Milliseconds in all.
    pub total_ms: u64,
    /// Tokens read.
    pub input_tokens: Option<u64>,
    /// Tokens written.
    pub output_tokens: Option<u64>,
    /// What it cost, in US dollars; missing when the price is unknown.
    pub cost_usd: Option<String>,
}
