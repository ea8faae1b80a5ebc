//! Prices as they are written in the catalogue and in the configuration.

use base::{Money, Timestamp};
use llm::{PriceSet, PriceSheet, PriceTier, Prices, Service, ServicePrice};
use serde::{Deserialize, Deserializer, de};
use std::{collections::BTreeMap, fmt};

/// Prices as they are written: US dollars per million tokens where nothing else is said, as texts like
/// `"0.15"`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceRow {
    /// Tokens read.
    #[serde(deserialize_with = "money")]
    pub input: Money,
    /// Tokens read from the provider's cache; the input price where missing.
    #[serde(default, deserialize_with = "some_money")]
    pub cached_input: Option<Money>,
    /// Tokens written to the provider's cache; the input price where missing.
    #[serde(default, deserialize_with = "some_money")]
    pub cache_write: Option<Money>,
    /// Tokens written to the provider's cache for longer than usual; as `cache_write` where missing.
    #[serde(default, deserialize_with = "some_money")]
    pub cache_write_long: Option<Money>,
    /// Tokens written.
    #[serde(deserialize_with = "money")]
    pub output: Money,
    /// Tokens of reasoning; the output price where missing.
    #[serde(default, deserialize_with = "some_money")]
    pub reasoning: Option<Money>,
    /// Tokens of sound read; the input price where missing.
    #[serde(default, deserialize_with = "some_money")]
    pub audio_input: Option<Money>,
    /// Tokens of sound read from the provider's cache; as `cached_input` where missing.
    #[serde(default, deserialize_with = "some_money")]
    pub cached_audio: Option<Money>,
    /// Tokens of sound written; the output price where missing.
    #[serde(default, deserialize_with = "some_money")]
    pub audio_output: Option<Money>,
    /// Tokens of pictures read; the input price where missing.
    #[serde(default, deserialize_with = "some_money")]
    pub image_input: Option<Money>,
    /// Tokens of pictures made; the output price where missing.
    #[serde(default, deserialize_with = "some_money")]
    pub image_output: Option<Money>,
    /// An hour of sound listened to.
    #[serde(default, deserialize_with = "some_money")]
    pub audio_hour: Option<Money>,
    /// A million characters spoken.
    #[serde(default, deserialize_with = "some_money")]
    pub characters: Option<Money>,
    /// One picture made.
    #[serde(default, deserialize_with = "some_money")]
    pub image: Option<Money>,
    /// A thousand searches of the web by the vendor's own tool.
    #[serde(default, deserialize_with = "some_money")]
    pub searches: Option<Money>,
    /// What a request costs in a batch of the vendor's own, in percent, long inputs included.
    #[serde(default)]
    pub batch_percent: Option<u32>,
    /// What the slower service costs, likewise.
    #[serde(default)]
    pub flex_percent: Option<u32>,
    /// What the service before others costs, likewise.
    #[serde(default)]
    pub priority_percent: Option<u32>,
    /// What the faster machines cost, likewise.
    #[serde(default)]
    pub fast_percent: Option<u32>,
    /// What is charged where the vendor is held to a region, in percent.
    #[serde(default)]
    pub region_percent: Option<u32>,
}

/// The prices of requests with a long input.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongContextRow {
    /// They hold above this many input tokens, for the whole request.
    pub above: u64,
    /// What they are.
    pub prices: PriceRow,
}

/// The prices of a service, where they are no percentage of the usual ones.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceRow {
    /// What they are.
    pub prices: PriceRow,
    /// What they are for long inputs.
    #[serde(default, deserialize_with = "one_or_more")]
    pub long_context: Vec<LongContextRow>,
}

/// What is charged after much use.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolumeRow {
    /// Above so many tokens in the calendar month.
    pub above: u64,
    /// So many percent of the prices.
    pub percent: u32,
}

/// Everything that holds at one time.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeRow {
    /// From this moment on; a day begins at midnight UTC.
    #[serde(deserialize_with = "moment")]
    pub from: Timestamp,
    /// The prices.
    pub prices: PriceRow,
    /// Those of long inputs.
    #[serde(default, deserialize_with = "one_or_more")]
    pub long_context: Vec<LongContextRow>,
    /// Those of other services.
    #[serde(default, deserialize_with = "services")]
    pub services: BTreeMap<String, ServiceRow>,
    /// Those after much use.
    #[serde(default)]
    pub volume: Vec<VolumeRow>,
}

/// What a row of a model tells about its prices.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct PriceRows {
    pub(crate) prices: Option<PriceRow>,
    pub(crate) long_context: Vec<LongContextRow>,
    pub(crate) services: BTreeMap<String, ServiceRow>,
    pub(crate) volume: Vec<VolumeRow>,
    pub(crate) changes: Vec<ChangeRow>,
}

impl PriceRows {
    /// The prices, where there are any.
    pub(crate) fn into_prices(self) -> Option<Prices> {
        let first = sheet(self.prices?, self.long_context, self.services, self.volume);
        let changes = self.changes.into_iter().map(|change| {
            (change.from, sheet(change.prices, change.long_context, change.services, change.volume))
        });
        Some(Prices::changing(first, changes.collect()))
    }
}

fn sheet(
    prices: PriceRow,
    long_context: Vec<LongContextRow>,
    services: BTreeMap<String, ServiceRow>,
    mut volume: Vec<VolumeRow>,
) -> PriceSheet {
    let percents = [
        (Service::Batch, prices.batch_percent),
        (Service::Flex, prices.flex_percent),
        (Service::Priority, prices.priority_percent),
        (Service::Fast, prices.fast_percent),
    ];
    let own = services.into_iter().filter_map(|(name, row)| {
        let set = price_set(row.prices, row.long_context);
        Some((Service::from_name(&name)?, ServicePrice::Own(Box::new(set))))
    });
    let by_percent =
        percents.into_iter().filter_map(|(one, percent)| Some((one, ServicePrice::Percent(percent?))));
    volume.sort_by_key(|row| row.above);
    PriceSheet {
        // The first of a service counts.
        services: own.chain(by_percent).collect(),
        region_percent: prices.region_percent,
        usual: price_set(prices, long_context),
        volume: volume.into_iter().map(|row| (row.above, row.percent)).collect(),
        own: false,
    }
}

fn price_set(base: PriceRow, mut long_context: Vec<LongContextRow>) -> PriceSet {
    long_context.sort_by_key(|row| row.above);
    PriceSet {
        base: base.into(),
        long_context: long_context.into_iter().map(|row| (row.above, row.prices.into())).collect(),
    }
}

impl From<PriceRow> for PriceTier {
    fn from(row: PriceRow) -> Self {
        Self {
            input: row.input,
            cached_input: row.cached_input,
            cache_write: row.cache_write,
            cache_write_long: row.cache_write_long,
            output: row.output,
            reasoning: row.reasoning,
            audio_input: row.audio_input,
            cached_audio: row.cached_audio,
            audio_output: row.audio_output,
            image_input: row.image_input,
            image_output: row.image_output,
            audio_hour: row.audio_hour,
            characters: row.characters,
            image: row.image,
            searches: row.searches,
        }
    }
}

/// Reads one row or a list of them.
pub(crate) fn one_or_more<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    source: D,
) -> Result<Vec<T>, D::Error> {
    struct OneOrMore<T>(std::marker::PhantomData<T>);
    impl<'de, T: Deserialize<'de>> de::Visitor<'de> for OneOrMore<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a table, or a list of such")
        }

        fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Vec<T>, A::Error> {
            T::deserialize(de::value::MapAccessDeserializer::new(map)).map(|one| vec![one])
        }

        fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
            let mut all = Vec::new();
            while let Some(one) = list.next_element()? {
                all.push(one);
            }
            Ok(all)
        }
    }
    source.deserialize_any(OneOrMore(std::marker::PhantomData))
}

/// Reads the names of services; a misspelt one is an error and not a price that nobody is ever asked.
pub(crate) fn services<'de, D: Deserializer<'de>>(
    source: D,
) -> Result<BTreeMap<String, ServiceRow>, D::Error> {
    let rows = BTreeMap::<String, ServiceRow>::deserialize(source)?;
    match rows.keys().find(|name| Service::from_name(name).is_none()) {
        None => Ok(rows),
        Some(name) => {
            let known = Service::ALL.map(Service::as_str).join("`, `");
            Err(de::Error::custom(format!("`{name}` is not a service; there are `{known}`")))
        }
    }
}

/// Reads a day or a moment.
fn moment<'de, D: Deserializer<'de>>(source: D) -> Result<Timestamp, D::Error> {
    String::deserialize(source)?.parse().map_err(de::Error::custom)
}

/// Reads an amount from a text; a number is refused because it would not be exact.
fn money<'de, D: Deserializer<'de>>(source: D) -> Result<Money, D::Error> {
    struct Amount;
    impl de::Visitor<'_> for Amount {
        type Value = Money;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an amount in dollars as a text, like \"0.15\"")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Money, E> {
            text.parse().map_err(E::custom)
        }
    }
    source.deserialize_str(Amount)
}

fn some_money<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Money>, D::Error> {
    money(source).map(Some)
}
