//! Who is in a tier: those that the configuration names, or the best suited of what can be called.

use super::{Tier, TiersConfig};
use crate::table::{Deployment, Route, Target};
use llm::{Capability, ModelSpec};
use routing::{RouteConfig, Strategy, Weights};
use std::cmp::Ordering;

/// How many are asked first, and how many after them.
const PRIMARY: usize = 3;
const SECONDARY: usize = 3;
/// Most of one provider among those: its outage must not be the tier's.
const OF_ONE_PROVIDER: usize = 2;
/// The quality that is assumed where no leaderboard knows a model, and what its name may take from it.
const ASSUMED_QUALITY: f64 = 55.0;
const SMALL_BY_NAME: f64 = 20.0;

/// What counts for a tier: when members are chosen, and when one of them is.
const fn weights(tier: Tier) -> Weights {
    match tier {
        Tier::Fast => Weights { cost: 1.5, speed: 2.0, quality: 0.5, reliability: 1.0 },
        Tier::Voice => Weights { cost: 0.75, speed: 1.0, quality: 3.0, reliability: 1.0 },
        Tier::Thinker => Weights { cost: 0.1, speed: 0.1, quality: 3.0, reliability: 0.75 },
    }
}

/// The route of a tier; `None` where nothing could be in it.
pub(crate) fn route(tier: Tier, config: &TiersConfig, deployments: &[Deployment]) -> Option<Route> {
    let named = config.members(tier);
    let (mut primary, mut secondary, mut emergency) = (named.to_vec(), Vec::new(), Vec::new());
    if named.is_empty() {
        let mut suited = suited(tier, deployments);
        primary = take(&mut suited, PRIMARY);
        secondary = take(&mut suited, SECONDARY);
        let local = deployments.iter().filter(|deployment| matches!(deployment.target, Target::Local(_)));
        emergency = local.map(|deployment| deployment.id.clone()).collect();
    }
    if primary.is_empty() {
        return None;
    }
    let config = RouteConfig {
        deployments: primary,
        secondary,
        emergency,
        strategy: Strategy::Weighted,
        weights: weights(tier),
        ..RouteConfig::default()
    };
    Some(Route { name: tier.as_str().to_owned(), config })
}

/// Takes the next so many, not too many of one provider unless there are no others.
fn take(suited: &mut Vec<&ModelSpec>, count: usize) -> Vec<String> {
    let mut taken: Vec<&ModelSpec> = Vec::new();
    for limit in [OF_ONE_PROVIDER, count] {
        suited.retain(|spec| {
            let of_provider = taken.iter().filter(|other| other.provider == spec.provider).count();
            let fits = taken.len() < count && of_provider < limit;
            if fits {
                taken.push(spec);
            }
            !fits
        });
    }
    taken.into_iter().map(ModelSpec::id).collect()
}

/// The models behind wires that hold conversations, the best suited first. Of equals the earlier one, since the
/// providers' order is somebody's preference.
fn suited(tier: Tier, deployments: &[Deployment]) -> Vec<&ModelSpec> {
    let mut specs: Vec<&ModelSpec> = deployments
        .iter()
        .filter(|deployment| matches!(deployment.target, Target::Wire(_)))
        .map(|deployment| &deployment.spec)
        .filter(|spec| spec.can(Capability::Chat) || spec.capabilities.is_empty())
        .collect();
    let usual = usual_price(&specs);
    let worth = |spec: &ModelSpec| worth(tier, spec, usual);
    specs.sort_by(|one, other| worth(other).partial_cmp(&worth(one)).unwrap_or(Ordering::Equal));
    specs
}

fn worth(tier: Tier, spec: &ModelSpec, usual_price: f64) -> f64 {
    let weights = weights(tier);
    let quality = quality(spec) / 100.0;
    // Cheap ones are small, and small ones are quick: before anything is measured, that is all that is known.
    let cheap = match price(spec) {
        Some(price) => usual_price / (usual_price + price).max(f64::MIN_POSITIVE),
        None => 0.4,
    };
    // Who wants to be spoken to well does not want a small one because it is quick: its price says enough.
    let small = if tier != Tier::Voice && is_small(&spec.name) { 1.0 } else { 0.0 };
    let thinks = if spec.can(Capability::Reasoning) { 0.3 } else { 0.0 };
    let quick = 0.5 * cheap + 0.5 * small - thinks;
    let thought = if tier == Tier::Thinker { thinks } else { 0.0 };
    weights.cost * cheap + weights.speed * quick + weights.quality * quality + thought
}

fn quality(spec: &ModelSpec) -> f64 {
    let guess = ASSUMED_QUALITY - if is_small(&spec.name) { SMALL_BY_NAME } else { 0.0 };
    spec.quality.map_or(guess, f64::from)
}

/// Whether a model's name says that it is one of the small ones of its family.
fn is_small(name: &str) -> bool {
    const SMALL: [&str; 16] = [
        "mini", "nano", "haiku", "flash", "lite", "small", "tiny", "instant", "fast", "1b", "2b", "3b", "4b",
        "7b", "8b", "9b",
    ];
    let name = name.to_lowercase();
    name.split(|letter: char| !letter.is_alphanumeric()).any(|part| SMALL.contains(&part))
}

/// Nano-dollars for a typical call: three tokens read for one written.
fn price(spec: &ModelSpec) -> Option<f64> {
    let base = spec.prices.as_ref()?.first().usual.base;
    Some((3.0 * base.input.nanos() as f64 + base.output.nanos() as f64) / 4.0)
}

/// The middle one of the prices.
fn usual_price(specs: &[&ModelSpec]) -> f64 {
    let mut prices: Vec<f64> =
        specs.iter().filter_map(|spec| price(spec)).filter(|price| *price > 0.0).collect();
    prices.sort_by(f64::total_cmp);
    prices.get(prices.len() / 2).copied().unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Money;
    use futures::{FutureExt, future::BoxFuture};
    use llm::{Codec, LlmError, LlmErrorKind, PriceTier, Prices, Upstream, UpstreamCall, UpstreamReply};
    use std::sync::Arc;

    #[derive(Debug)]
    struct Nowhere;

    impl Upstream for Nowhere {
        fn codec(&self) -> &'static dyn Codec {
            unreachable!("nobody is called")
        }

        fn send(&self, _: UpstreamCall) -> BoxFuture<'_, Result<UpstreamReply, LlmError>> {
            async { Err(LlmError::new(LlmErrorKind::Server, "nowhere")) }.boxed()
        }
    }

    fn deployment(id: &str, quality: Option<u8>, usd: Option<i64>, can: &[Capability]) -> Deployment {
        let (provider, name) = id.split_once('/').unwrap();
        let price = |usd: i64| Money::from_nanos(usd * 1_000_000_000);
        let spec = ModelSpec {
            provider: provider.into(),
            name: name.into(),
            display_name: name.into(),
            context_window: None,
            max_output_tokens: None,
            capabilities: can.to_vec(),
            prices: usd.map(|usd| {
                Prices::from(PriceTier { input: price(usd), output: price(usd * 4), ..PriceTier::default() })
            }),
            quality,
            cacheable_tokens: None,
        };
        Deployment { id: id.into(), spec, target: Target::Wire(Arc::new(Nowhere)) }
    }

    #[test]
    fn the_quick_the_eloquent_and_the_wise_are_told_apart() {
        use Capability::{Chat, Embeddings, Reasoning};
        let all = [
            deployment("a/great-opus", Some(95), Some(15), &[Chat, Reasoning]),
            deployment("a/good-sonnet", Some(88), Some(3), &[Chat]),
            deployment("a/quick-haiku", Some(70), Some(1), &[Chat]),
            deployment("b/wise", Some(93), Some(10), &[Chat, Reasoning]),
            deployment("b/wise-mini", Some(72), Some(1), &[Chat]),
            deployment("b/embed", None, Some(0), &[Embeddings]),
            deployment("c/unknown", None, None, &[]),
        ];
        let tier = |tier| route(tier, &TiersConfig::default(), &all).unwrap().config;
        let first = |tier_: Tier| tier(tier_).deployments.first().cloned().unwrap();
        assert!(
            ["a/quick-haiku", "b/wise-mini"].contains(&first(Tier::Fast).as_str()),
            "{:?}",
            tier(Tier::Fast)
        );
        assert_eq!(first(Tier::Voice), "a/good-sonnet", "{:?}", tier(Tier::Voice));
        assert_eq!(tier(Tier::Thinker).deployments.get(..2).unwrap(), ["a/great-opus", "b/wise"]);
        for tier in Tier::ALL.map(tier) {
            let all: Vec<&String> = tier.tiers().map(|(_, id)| id).collect();
            assert!(!all.iter().any(|id| id.as_str() == "b/embed"), "it holds no conversations");
            assert_eq!(all.len(), 6, "the others stand behind: {all:?}");
            let of_a = tier.deployments.iter().filter(|id| id.starts_with("a/")).count();
            assert!(of_a <= 2, "{:?}", tier.deployments);
        }
    }

    #[test]
    fn the_configuration_goes_before_and_nothing_makes_no_tier() {
        let config = TiersConfig { fast: vec!["x/y".into()], ..TiersConfig::default() };
        assert_eq!(route(Tier::Fast, &config, &[]).unwrap().config.deployments, ["x/y"]);
        assert!(route(Tier::Voice, &config, &[]).is_none());
        assert!(is_small("gpt-4o-mini") && is_small("llama-3.1-8b-instruct") && !is_small("gemini-pro"));
    }
}
