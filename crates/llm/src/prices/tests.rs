//! Tests of what calls cost; those with whole usage blocks of vendors stand with the crate `providers`.

use super::*;
use proptest::prelude::*;

fn usd(text: &str) -> Money {
    text.parse().unwrap()
}

/// Claude Sonnet 4's published prices: 3 in, 0.30 cached, 3.75 and 6 written, 15 out; above 200k 6 and 22.50.
fn sonnet() -> PriceSheet {
    let base = PriceTier {
        input: usd("3"),
        cached_input: Some(usd("0.30")),
        cache_write: Some(usd("3.75")),
        cache_write_long: Some(usd("6")),
        output: usd("15"),
        searches: Some(usd("10")),
        ..PriceTier::default()
    };
    let long = PriceTier {
        input: usd("6"),
        cached_input: Some(usd("0.60")),
        cache_write: Some(usd("7.50")),
        cache_write_long: Some(usd("12")),
        output: usd("22.50"),
        searches: Some(usd("10")),
        ..PriceTier::default()
    };
    PriceSheet {
        usual: PriceSet { base, long_context: vec![(200_000, long)] },
        services: vec![(Service::Batch, ServicePrice::Percent(50))],
        region_percent: Some(110),
        ..PriceSheet::default()
    }
}

#[test]
fn cached_tokens_are_billed_once_and_at_their_own_price() {
    let usage = Usage {
        input: 1_000,
        cached_input: 10_000,
        cache_write: 2_000,
        output: 500,
        reasoning: 100,
        ..Usage::default()
    };
    // 0.003 + 0.003 + 0.0075 + 0.0075; reasoning is inside output.
    assert_eq!(sonnet().cost(&usage), usd("0.021"));
    // Half of what is written is kept for an hour: 0.003 + 0.003 + 0.00375 + 0.006 + 0.0075.
    let longer = Usage { cache_write_long: 1_000, ..usage };
    assert_eq!(sonnet().cost(&longer), usd("0.02325"));
    // 13,000 read at 3 and 500 written at 15.
    assert_eq!(sonnet().cost_without_cache(&longer, 0), usd("0.0465"));
}

/// gpt-audio's published prices: text 2.50 in and 10 out, sound 32 in and 64 out.
fn sounding() -> PriceSheet {
    PriceSheet::from(PriceTier {
        input: usd("2.50"),
        output: usd("10"),
        audio_input: Some(usd("32")),
        audio_output: Some(usd("64")),
        ..PriceTier::default()
    })
}

#[test]
fn sound_is_billed_at_its_own_price_by_token_hour_or_character() {
    let usage =
        Usage { input: 1_000, audio_input: 2_000, output: 300, audio_output: 200, ..Usage::default() };
    // 0.0025 + 0.064 + 0.001 + 0.0128
    assert_eq!(sounding().cost(&usage), usd("0.0803"));
    let by = |tier: PriceTier, usage: Usage| PriceSheet::from(tier).cost(&usage);
    let whisper = PriceTier { audio_hour: Some(usd("0.36")), ..PriceTier::default() };
    let heard = |audio_ms| Usage { audio_ms, ..Usage::default() };
    assert_eq!(by(whisper, heard(60_000)), usd("0.006"));
    assert_eq!(by(whisper, heard(1)), usd("0.0000001"));
    let turbo = PriceTier { audio_hour: Some(usd("0.04")), ..PriceTier::default() };
    assert_eq!(by(turbo, heard(60_000)), usd("0.000666667"));
    assert_eq!(by(turbo, heard(180_000)), usd("0.002"), "a third of a nano-dollar is not lost three times");
    let tts = PriceTier { characters: Some(usd("15")), ..PriceTier::default() };
    assert_eq!(by(tts, Usage { characters: 4_096, ..Usage::default() }), usd("0.06144"));
    assert_eq!(PriceSheet::from(whisper).beside_tokens(60_000, 0), usd("0.006"));
}

#[test]
fn reasoning_pictures_and_searches_have_prices_of_their_own_where_there_are_such() {
    let tier = PriceTier {
        input: usd("2"),
        output: usd("8"),
        reasoning: Some(usd("3")),
        image_input: Some(usd("10")),
        image_output: Some(usd("40")),
        image: Some(usd("0.04")),
        searches: Some(usd("5")),
        ..PriceTier::default()
    };
    let cost = |usage: Usage| PriceSheet::from(tier).cost(&usage);
    let plain = Usage { output: 1_000, reasoning: 400, ..Usage::default() };
    assert_eq!(cost(plain), usd("0.006"), "600 x 8 + 400 x 3");
    let seen = Usage { input: 1_000, image_input: 300, ..Usage::default() };
    assert_eq!(cost(seen), usd("0.0044"), "700 x 2 + 300 x 10");
    let drawn = Usage { output: 1_000, image_output: 900, images: 2, ..Usage::default() };
    assert_eq!(cost(drawn), usd("0.1168"), "100 x 8 + 900 x 40, and two pictures at 0.04");
    assert_eq!(cost(Usage { searches: 3, ..Usage::default() }), usd("0.015"));
    let nonsense = Usage { output: 5, reasoning: 9, audio_output: 9, image_output: 9, ..Usage::default() };
    assert_eq!(cost(nonsense), usd("0.00004"), "parts larger than the whole are not billed twice");
}

#[test]
fn a_long_prompt_is_billed_at_the_long_price_throughout() {
    let at = |input| sonnet().cost(&Usage { input, output: 1_000, ..Usage::default() });
    assert_eq!(at(200_000), usd("0.615"));
    assert_eq!(at(200_001), usd("1.222506"));
    let dearer = PriceTier { input: usd("9"), ..PriceTier::default() };
    let mut steps = sonnet();
    steps.usual.long_context.push((500_000, dearer));
    assert_eq!(steps.cost(&Usage { input: 500_001, ..Usage::default() }), usd("4.500009"));
}

#[test]
fn services_regions_and_volume_change_the_price_of_tokens_and_not_of_searches() {
    let usage = Usage { input: 1_000, cached_input: 10_000, output: 500, searches: 2, ..Usage::default() };
    assert_eq!(sonnet().cost(&usage), usd("0.0335"));
    let batch = Usage { service: Some(Service::Batch), ..usage };
    assert_eq!(sonnet().cost(&batch), usd("0.02675"));
    let unknown = Usage { service: Some(Service::Priority), ..usage };
    assert_eq!(sonnet().cost(&unknown), usd("0.0335"), "a service without a price costs the usual");
    assert_eq!(sonnet().cost(&Usage { in_region: true, ..usage }), usd("0.03485"));
    let much = PriceSheet { volume: vec![(1_000_000, 90), (10_000_000, 80)], ..sonnet() };
    assert_eq!(much.cost_after(&usage, 1_000_000), usd("0.0335"));
    assert_eq!(much.cost_after(&usage, 1_000_001), usd("0.03215"));
    assert_eq!(much.cost_after(&usage, 10_000_001), usd("0.0308"));
    let own = PriceTier { input: usd("5"), output: usd("7"), ..PriceTier::default() };
    let set = PriceSet { base: own, long_context: Vec::new() };
    let fast = PriceSheet { services: vec![(Service::Fast, ServicePrice::Own(Box::new(set)))], ..sonnet() };
    let asked = Usage { service: Some(Service::Fast), ..usage };
    assert_eq!(fast.cost(&asked), usd("0.0785"), "11,000 x 5 + 500 x 7, and the fee");
}

#[test]
fn what_the_provider_says_it_charges_counts_unless_the_prices_are_ones_own() {
    let usage = Usage { input: 1_000, reported_cost: Some(usd("0.0042")), ..Usage::default() };
    assert_eq!(sonnet().cost(&usage), usd("0.0042"));
    let own = Prices::from(sonnet()).owned();
    assert_eq!(own.first().cost(&usage), usd("0.003"));
    assert_eq!(sonnet().cost_without_cache(&usage, 0), usd("0.003"));
}

#[test]
fn a_call_is_billed_by_the_prices_of_its_own_beginning() {
    let dearer = PriceSheet::from(PriceTier { input: usd("4"), ..PriceTier::default() });
    let cheaper = PriceSheet::from(PriceTier { input: usd("1"), ..PriceTier::default() });
    let day = |text: &str| text.parse::<Timestamp>().unwrap();
    // Given in the wrong order.
    let changes = vec![(day("2027-03-01"), cheaper), (day("2026-12-01"), dearer)];
    let prices = Prices::changing(sonnet(), changes);
    let usage = Usage { input: 1_000_000, ..Usage::default() };
    let at = |when: &str| prices.at(day(when)).cost(&Usage { input: 100_000, ..usage });
    assert_eq!(at("1970-01-01"), usd("0.30"));
    assert_eq!(at("2026-11-30T23:59:59.999Z"), usd("0.30"));
    assert_eq!(at("2026-12-01T00:00:00Z"), usd("0.40"));
    assert_eq!(at("2026-12-01T01:00:00+02:00"), usd("0.30"), "midnight is that of UTC");
    assert_eq!(at("2027-02-28T23:59:59.999Z"), usd("0.40"));
    assert_eq!(at("2027-03-01"), usd("0.10"));
}

#[test]
fn the_worst_case_of_a_batch_is_the_batchs() {
    let worst = |service| sonnet().worst_case(service, 200_001, 0);
    // 200,001 at 12 (kept for an hour), and a tenth more in a region.
    assert_eq!(worst(None), usd("2.6400132"));
    assert_eq!(worst(Some(Service::Batch)), usd("1.3200066"));
    assert_eq!(worst(Some(Service::Flex)), worst(None), "what may be answered by the usual service");
}

fn some_usage() -> impl Strategy<Value = Usage> {
    let count = || 0_u64..300_000;
    let share = || 0_u64..=100;
    (
        (count(), count(), count(), count(), 0_u64..50_000),
        (share(), share(), share(), share(), share()),
        any::<bool>(),
    )
        .prop_map(|((input, cached_input, cache_write, audio_input, output), shares, in_region)| Usage {
            input,
            cached_input,
            cache_write,
            audio_input,
            output,
            cache_write_long: cache_write * shares.0 / 100,
            image_input: input * shares.1 / 100,
            cached_audio: cached_input * shares.2 / 100,
            reasoning: output * shares.3 / 100,
            audio_output: output * shares.4 / 100,
            in_region,
            ..Usage::default()
        })
}

proptest! {
    #[test]
    fn the_worst_case_is_never_exceeded(usage in some_usage(), fast in any::<bool>()) {
        let service = fast.then_some(Service::Priority);
        let usage = Usage { service, ..usage };
        let priority = (Service::Priority, ServicePrice::Percent(200));
        for sheet in [sonnet(), sounding()] {
            let sheet = PriceSheet { services: vec![priority.clone()], ..sheet };
            prop_assert!(sheet.cost(&usage) <= sheet.worst_case(service, usage.total_input(), usage.output));
        }
    }

    #[test]
    fn a_sum_is_rounded_once_whatever_it_is_made_of(usage in some_usage()) {
        // The same by another way: each class by itself in units of a millionth of a nano-dollar.
        let tier = sonnet().usual.tier(usage.total_input()).to_owned();
        let nanos = |price: Option<Money>| i128::from(price.unwrap_or(tier.input).nanos());
        let total = i128::from(usage.input + usage.audio_input) * nanos(None)
            + i128::from(usage.cached_input) * nanos(tier.cached_input)
            + i128::from(usage.cache_write - usage.cache_write_long) * nanos(tier.cache_write)
            + i128::from(usage.cache_write_long) * nanos(tier.cache_write_long)
            + i128::from(usage.output) * nanos(Some(tier.output));
        let plain = Usage { in_region: false, ..usage };
        prop_assert_eq!(sonnet().cost(&plain), Money::from_pico_total(total));
    }
}
