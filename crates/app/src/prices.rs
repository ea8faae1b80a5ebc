//! A model's prices as the page and the terminal get them, and those that a person has set there.

use crate::{AppError, app::App, app::kept};
use api::models::{
    Model, ModelPrices, OwnPrices, PriceChange, PriceStep, PutPrices, ServicePrices, TokenPrices, VolumePrice,
};
use base::{Id, Money, Timestamp};
use llm::{ModelSpec, PriceSheet, PriceTier, Prices, ServicePrice};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use store::Settings;

/// The setting that holds them.
const SETTING: &str = "model_prices";

/// The prices that a person has set on the page, by the model's id.
#[derive(Debug)]
pub(crate) struct OwnPriceList(Mutex<BTreeMap<String, OwnPrices>>);

impl OwnPriceList {
    /// Those that are kept with the settings.
    pub(crate) async fn open(settings: &Settings) -> Result<Self, AppError> {
        let own: Option<BTreeMap<String, OwnPrices>> =
            settings.get(Id::FIRST_OWNER, SETTING).await.map_err(|error| kept(error.kind(), error))?;
        Ok(Self(Mutex::new(own.unwrap_or_default())))
    }

    /// The model with the prices that were set for it here; those of the configuration file go before.
    pub(crate) fn apply(&self, mut spec: ModelSpec) -> ModelSpec {
        if spec.prices.as_ref().is_some_and(|prices| prices.first().own) {
            return spec;
        }
        let own = self.0.lock().get(&spec.id()).and_then(|own| read(own).ok());
        if let Some(tier) = own {
            spec.prices = Some(Prices::from(tier).owned());
        }
        spec
    }
}

/// Reads amounts; fails on what is none, and on what is below nothing.
fn read(own: &OwnPrices) -> Result<PriceTier, AppError> {
    let amount = |name: &'static str, text: &str| {
        let amount = text.parse::<Money>().ok().filter(|amount| *amount >= Money::ZERO);
        amount.ok_or_else(|| AppError::Setting { name, value: text.to_owned() })
    };
    let some = |name, text: &Option<String>| text.as_deref().map(|text| amount(name, text)).transpose();
    Ok(PriceTier {
        input: amount("input_usd", &own.input_usd)?,
        cached_input: some("cached_input_usd", &own.cached_input_usd)?,
        cache_write: some("cache_write_usd", &own.cache_write_usd)?,
        output: amount("output_usd", &own.output_usd)?,
        ..PriceTier::default()
    })
}

impl App {
    /// Sets a model's prices, or gives up those that were set here. What is under way keeps the prices of its beginning.
    pub async fn put_prices(&self, put: PutPrices) -> Result<Model, AppError> {
        if let Some(own) = &put.prices {
            read(own)?;
        }
        let _turn = self.offers.changing.lock().await;
        let known = self.models(None, false).await?.models.into_iter().find(|model| model.id == put.model);
        let Some(model) = known else {
            return Err(AppError::Setting { name: "model", value: put.model });
        };
        let mut all = self.offers.own_prices.0.lock().clone();
        if model.prices.is_some_and(|prices| prices.own) && !all.contains_key(&put.model) {
            return Err(AppError::PricesInFile(put.model));
        }
        match put.prices {
            Some(own) => drop(all.insert(put.model.clone(), own)),
            None => drop(all.remove(&put.model)),
        }
        let written = self.settings.put(Id::FIRST_OWNER, SETTING, &all).await;
        written.map_err(|error| kept(error.kind(), error))?;
        *self.offers.own_prices.0.lock() = all;
        self.offers.publish();
        let models = self.models(None, false).await?.models;
        let found = models.into_iter().find(|model| model.id == put.model);
        found.ok_or(AppError::Setting { name: "model", value: put.model })
    }
}

/// What holds at `now`, and what is known to change.
pub(crate) fn shown(prices: &Prices, now: Timestamp) -> ModelPrices {
    let sheet = prices.at(now);
    let base = &sheet.usual.base;
    let since = prices.changes().iter().rev().find(|(from, _)| *from <= now);
    ModelPrices {
        input_usd: base.input.to_string(),
        cached_input_usd: usd(base.cached_input),
        cache_write_usd: usd(base.cache_write),
        cache_write_long_usd: usd(base.cache_write_long),
        output_usd: base.output.to_string(),
        reasoning_usd: usd(base.reasoning),
        audio_input_usd: usd(base.audio_input),
        cached_audio_usd: usd(base.cached_audio),
        audio_output_usd: usd(base.audio_output),
        image_input_usd: usd(base.image_input),
        image_output_usd: usd(base.image_output),
        audio_hour_usd: usd(base.audio_hour),
        characters_usd: usd(base.characters),
        image_usd: usd(base.image),
        searches_usd: usd(base.searches),
        long_context: steps(&sheet.usual.long_context),
        services: sheet
            .services
            .iter()
            .map(|(service, price)| of_service(service.as_str(), sheet, price))
            .collect(),
        region_percent: sheet.region_percent,
        volume: sheet
            .volume
            .iter()
            .map(|(above, percent)| VolumePrice { above: *above, percent: *percent })
            .collect(),
        since: since.map(|(from, _)| from.to_string()),
        changes: prices
            .changes()
            .iter()
            .filter(|(from, _)| *from > now)
            .map(|(from, sheet)| PriceChange { from: from.to_string(), prices: tokens(&sheet.usual.base) })
            .collect(),
        own: sheet.own,
    }
}

fn usd(price: Option<Money>) -> Option<String> {
    price.map(|price| price.to_string())
}

fn tokens(tier: &PriceTier) -> TokenPrices {
    TokenPrices {
        input_usd: tier.input.to_string(),
        cached_input_usd: usd(tier.cached_input),
        output_usd: tier.output.to_string(),
    }
}

fn steps(long_context: &[(u64, PriceTier)]) -> Vec<PriceStep> {
    long_context.iter().map(|(above, tier)| PriceStep { above: *above, prices: tokens(tier) }).collect()
}

fn of_service(name: &str, sheet: &PriceSheet, price: &ServicePrice) -> ServicePrices {
    let (prices, percent) = match price {
        ServicePrice::Own(set) => (tokens(&set.base), None),
        ServicePrice::Percent(percent) => {
            let part = |price: Money| {
                // Exact for every price that is a whole number of hundred nano-dollars.
                let nanos = i128::from(price.nanos()) * i128::from(*percent) / 100;
                Money::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
            };
            let base = &sheet.usual.base;
            let tier = PriceTier {
                input: part(base.input),
                cached_input: base.cached_input.map(part),
                output: part(base.output),
                ..PriceTier::default()
            };
            (tokens(&tier), Some(*percent))
        }
    };
    ServicePrices { service: name.to_owned(), percent, prices }
}
