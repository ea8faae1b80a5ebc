//! What a model costs: by class of token, by length of prompt, by service, by the month's use, and from which day on.
//!
//! Everything is exact: prices are whole nano-dollars a million, sums are integers of a finer unit, and the sum of a
//! call is rounded once, half up, to a nano-dollar.

use crate::{Service, Usage};
use base::{Money, Timestamp};
use std::sync::Arc;

/// A model's prices over time. Clones share the lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prices(Arc<Dated>);

#[derive(Debug, PartialEq, Eq, Default)]
struct Dated {
    /// What holds before the first change.
    first: PriceSheet,
    /// What holds from a moment on, in the order of time.
    changes: Vec<(Timestamp, PriceSheet)>,
}

/// What a model costs at one time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PriceSheet {
    /// For the usual service, and for prompts up to the first long-context threshold.
    pub usual: PriceSet,
    /// What other services cost; the usual prices where one is missing.
    pub services: Vec<(Service, ServicePrice)>,
    /// What is charged where the provider was held to a region, in percent of all prices of tokens.
    pub region_percent: Option<u32>,
    /// Cheaper prices for much use: above how many tokens in a calendar month (UTC), and at how many percent of all
    /// prices of tokens then, in ascending order. A call is billed by what was used before it.
    pub volume: Vec<(u64, u32)>,
    /// Whether somebody here has set them: then they go before what a provider says it charges.
    pub own: bool,
}

/// What a service costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServicePrice {
    /// So many percent of every usual price of tokens, sound and characters.
    Percent(u32),
    /// Prices of its own.
    Own(Box<PriceSet>),
}

/// Prices by length of prompt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PriceSet {
    /// For every prompt, or for prompts up to the first threshold.
    pub base: PriceTier,
    /// Prices for a whole request with more than so many input tokens, in ascending order.
    pub long_context: Vec<(u64, PriceTier)>,
}

/// One set of prices: US dollars per million tokens where nothing else is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PriceTier {
    /// Tokens read.
    pub input: Money,
    /// Tokens read from the provider's cache; the input price where not set.
    pub cached_input: Option<Money>,
    /// Tokens written to the provider's cache; the input price where not set.
    pub cache_write: Option<Money>,
    /// Tokens written to the provider's cache to be kept for longer than usual; as `cache_write` where not set.
    pub cache_write_long: Option<Money>,
    /// Tokens written, reasoning included where it has no price of its own.
    pub output: Money,
    /// Tokens of reasoning; the output price where not set.
    pub reasoning: Option<Money>,
    /// Tokens of sound read; the input price where not set.
    pub audio_input: Option<Money>,
    /// Tokens of sound read from the provider's cache; as other cached tokens where not set.
    pub cached_audio: Option<Money>,
    /// Tokens of sound written; the output price where not set.
    pub audio_output: Option<Money>,
    /// Tokens of pictures read; the input price where not set.
    pub image_input: Option<Money>,
    /// Tokens of pictures made; the output price where not set.
    pub image_output: Option<Money>,
    /// An hour of sound listened to. By the hour, because what some vendors ask for a minute or a second is
    /// no whole number of nano-dollars.
    pub audio_hour: Option<Money>,
    /// A million characters spoken.
    pub characters: Option<Money>,
    /// One picture made, where pictures are charged by the piece.
    pub image: Option<Money>,
    /// A thousand searches of the web by the provider's own tool.
    pub searches: Option<Money>,
}

/// Parts of a nano-dollar a million that sums are kept in: a price per hour times milliseconds is a whole number of
/// 36ths.
const PARTS: i128 = 36;
/// Sums of prices per million times counts, in [`PARTS`], at millionths of a price.
const DENOMINATOR: i128 = PARTS * 1_000_000 * FULL;
/// A price at its full height: percent of a service, a region and a volume.
const FULL: i128 = 1_000_000;

impl Default for Prices {
    /// Free.
    fn default() -> Self {
        Self::from(PriceSheet::default())
    }
}

impl From<PriceSheet> for Prices {
    fn from(first: PriceSheet) -> Self {
        Self(Arc::new(Dated { first, changes: Vec::new() }))
    }
}

impl From<PriceTier> for Prices {
    fn from(base: PriceTier) -> Self {
        Self::from(PriceSheet::from(base))
    }
}

impl From<PriceTier> for PriceSheet {
    fn from(base: PriceTier) -> Self {
        Self { usual: PriceSet { base, long_context: Vec::new() }, ..Self::default() }
    }
}

impl Prices {
    /// Prices that change: what holds first, and what from which moment on.
    pub fn changing(first: PriceSheet, mut changes: Vec<(Timestamp, PriceSheet)>) -> Self {
        changes.sort_by_key(|(from, _)| *from);
        Self(Arc::new(Dated { first, changes }))
    }

    /// What holds for a call that begins at `when`.
    pub fn at(&self, when: Timestamp) -> &PriceSheet {
        let latest = self.0.changes.iter().rev().find(|(from, _)| *from <= when);
        latest.map_or(&self.0.first, |(_, sheet)| sheet)
    }

    /// What holds before the first change.
    pub fn first(&self) -> &PriceSheet {
        &self.0.first
    }

    /// What changes when, in the order of time.
    pub fn changes(&self) -> &[(Timestamp, PriceSheet)] {
        &self.0.changes
    }

    /// The most that a call of this service with at most these counts can cost, whenever it begins.
    pub fn worst_case(&self, service: Option<Service>, input_tokens: u64, output_tokens: u64) -> Money {
        let most = |sheet: &PriceSheet| sheet.worst_case(service, input_tokens, output_tokens);
        let later = self.0.changes.iter().map(|(_, sheet)| most(sheet));
        later.fold(most(&self.0.first), Money::max)
    }

    /// The most that so much sound listened to and so many characters spoken can cost, tokens left out.
    pub fn beside_tokens(&self, audio_ms: u64, characters: u64) -> Money {
        let later = self.0.changes.iter().map(|(_, sheet)| sheet.beside_tokens(audio_ms, characters));
        later.fold(self.0.first.beside_tokens(audio_ms, characters), Money::max)
    }

    /// The same, set by somebody here.
    #[must_use]
    pub fn owned(&self) -> Self {
        let owned = |sheet: &PriceSheet| PriceSheet { own: true, ..sheet.clone() };
        let changes = self.0.changes.iter().map(|(from, sheet)| (*from, owned(sheet))).collect();
        Self::changing(owned(&self.0.first), changes)
    }
}

impl PriceSheet {
    /// What `usage` costs where nothing was used before in the month.
    pub fn cost(&self, usage: &Usage) -> Money {
        self.cost_after(usage, 0)
    }

    /// What `usage` costs after so many tokens in the month: each class at its own price, summed exactly and rounded
    /// once. What the provider says it charges goes before, unless the prices were set here.
    pub fn cost_after(&self, usage: &Usage, used: u64) -> Money {
        match usage.reported_cost {
            Some(cost) if !self.own => cost,
            Some(_) | None => self.listed_cost(usage, used),
        }
    }

    /// What `usage` costs by these prices after so many tokens in the month, whatever the provider says.
    pub fn listed_cost(&self, usage: &Usage, used: u64) -> Money {
        let (set, percent) = self.service(usage.service);
        let tier = set.tier(usage.total_input());
        let region = if usage.in_region { self.region_percent.unwrap_or(100) } else { 100 };
        let share = i128::from(percent) * i128::from(region) * i128::from(self.volume_percent(used));
        rounded(tier.parts(usage) * share + self.usual.base.fees(usage) * FULL, DENOMINATOR)
    }

    /// What the same call would have cost without the provider's prompt cache, by these prices.
    pub fn cost_without_cache(&self, usage: &Usage, used: u64) -> Money {
        self.listed_cost(&usage.without_cache(), used)
    }

    /// What so much sound listened to and so many characters spoken cost, tokens left out.
    pub fn beside_tokens(&self, audio_ms: u64, characters: u64) -> Money {
        rounded(self.usual.base.parts_beside_tokens(audio_ms, characters), PARTS * 1_000_000)
    }

    /// The most that a call of this service with at most these counts can cost: every token at its dearest class.
    /// A service that costs less than the usual one may be answered by that.
    pub fn worst_case(&self, service: Option<Service>, input_tokens: u64, output_tokens: u64) -> Money {
        let usual = self.usual.worst_case(input_tokens, output_tokens, 100);
        let (set, percent) = self.service(service);
        let asked = set.worst_case(input_tokens, output_tokens, percent);
        let most = if service == Some(Service::Batch) { asked } else { asked.max(usual) };
        let region = self.region_percent.map_or(100, |percent| percent.max(100));
        rounded(i128::from(most.nanos()) * i128::from(region), 100)
    }

    /// Whether what was used in the month matters.
    pub fn has_volume(&self) -> bool {
        !self.volume.is_empty()
    }

    /// The prices of a service, and at how many percent.
    fn service(&self, service: Option<Service>) -> (&PriceSet, u32) {
        let price = service.and_then(|service| self.services.iter().find(|(one, _)| *one == service));
        match price {
            Some((_, ServicePrice::Percent(percent))) => (&self.usual, *percent),
            Some((_, ServicePrice::Own(set))) => (&**set, 100),
            None => (&self.usual, 100),
        }
    }

    fn volume_percent(&self, used: u64) -> u32 {
        let reached = self.volume.iter().rev().find(|(above, _)| used > *above);
        reached.map_or(100, |(_, percent)| *percent)
    }
}

impl PriceSet {
    /// The prices for a prompt of so many tokens.
    pub fn tier(&self, input_tokens: u64) -> &PriceTier {
        let reached = self.long_context.iter().rev().find(|(above, _)| input_tokens > *above);
        reached.map_or(&self.base, |(_, tier)| tier)
    }

    fn worst_case(&self, input_tokens: u64, output_tokens: u64, percent: u32) -> Money {
        let (input, output) = self.tier(input_tokens).dearest();
        let sum = i128::from(input.nanos()) * i128::from(input_tokens)
            + i128::from(output.nanos()) * i128::from(output_tokens);
        rounded(sum * i128::from(percent), 100_000_000)
    }
}

impl PriceTier {
    /// Tokens, sound and characters, in [`PARTS`].
    fn parts(&self, usage: &Usage) -> i128 {
        let times = |price: Option<Money>, count: u64| {
            i128::from(price.unwrap_or_default().nanos()) * i128::from(count)
        };
        let input = Some(self.input);
        let cached = self.cached_input.or(input);
        let written = self.cache_write.or(input);
        let output = Some(self.output);

        let pictures = usage.image_input.min(usage.input);
        let cached_audio = usage.cached_audio.min(usage.cached_input);
        let long = usage.cache_write_long.min(usage.cache_write);
        let read = times(input, usage.input - pictures)
            + times(self.image_input.or(input), pictures)
            + times(cached, usage.cached_input - cached_audio)
            + times(self.cached_audio.or(cached), cached_audio)
            + times(written, usage.cache_write - long)
            + times(self.cache_write_long.or(written), long)
            + times(self.audio_input.or(input), usage.audio_input);

        let sound = usage.audio_output.min(usage.output);
        let drawn = usage.image_output.min(usage.output - sound);
        let thought = usage.reasoning.min(usage.output - sound - drawn);
        let wrote = times(output, usage.output - sound - drawn - thought)
            + times(self.audio_output.or(output), sound)
            + times(self.image_output.or(output), drawn)
            + times(self.reasoning.or(output), thought);

        (read + wrote) * PARTS + self.parts_beside_tokens(usage.audio_ms, usage.characters)
    }

    /// What so much sound and so many characters cost, in [`PARTS`].
    fn parts_beside_tokens(&self, audio_ms: u64, characters: u64) -> i128 {
        // An hour has 3.6 million milliseconds: a million times 10 / 36.
        let nanos = |price: Option<Money>| i128::from(price.unwrap_or_default().nanos());
        nanos(self.audio_hour) * i128::from(audio_ms) * 10
            + nanos(self.characters) * i128::from(characters) * PARTS
    }

    /// What is charged by the piece, in [`PARTS`]; no service and no volume makes it cheaper.
    fn fees(&self, usage: &Usage) -> i128 {
        let nanos = |price: Option<Money>| i128::from(price.unwrap_or_default().nanos());
        (nanos(self.image) * i128::from(usage.images) * 1_000_000
            + nanos(self.searches) * i128::from(usage.searches) * 1_000)
            * PARTS
    }

    /// The dearest classes of tokens read and written.
    fn dearest(&self) -> (Money, Money) {
        let most = |usual: Money, others: &[Option<Money>]| {
            others.iter().flatten().fold(usual, |most, price| most.max(*price))
        };
        let input = [
            self.cached_input,
            self.cache_write,
            self.cache_write_long,
            self.audio_input,
            self.cached_audio,
            self.image_input,
        ];
        let output = [self.reasoning, self.audio_output, self.image_output];
        (most(self.input, &input), most(self.output, &output))
    }
}

/// A quotient as money, rounded half up.
fn rounded(total: i128, denominator: i128) -> Money {
    let nanos = (2 * total + denominator).div_euclid(2 * denominator);
    Money::from_nanos(i64::try_from(nanos).unwrap_or(if nanos > 0 { i64::MAX } else { i64::MIN }))
}

#[cfg(test)]
mod tests;
