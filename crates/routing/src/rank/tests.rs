//! Tests of the ranking: what each strategy prefers, and what holds for all of them.

use super::*;
use crate::{
    config::Strategy,
    health::{Percentiles, State},
};
use proptest::{prelude::*, strategy::Strategy as _};
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(7);

/// A deployment that was never called.
const UNKNOWN: Measures = Measures {
    standing: Standing::Ready,
    state: State::Available,
    in_flight: 0,
    samples: 0,
    success_share: 1.0,
    latency_ms: Percentiles { p50: 0.0, p95: 0.0, p99: 0.0 },
    first_token_ms: Percentiles { p50: 0.0, p95: 0.0, p99: 0.0 },
    peak_ewma_ms: 0.0,
    tokens_per_second: 0.0,
    headroom: 1.0,
};

/// A deployment as the tests describe it.
#[derive(Debug, Clone)]
struct One {
    tier: FallbackTier,
    measures: Measures,
    prices: Option<PriceSheet>,
    quality: Option<u8>,
    share: u32,
    able: bool,
    learned: f64,
    preference: Option<f64>,
}

impl Default for One {
    fn default() -> Self {
        Self {
            tier: FallbackTier::Primary,
            measures: UNKNOWN,
            prices: None,
            quality: None,
            share: 1,
            able: true,
            learned: 0.0,
            preference: None,
        }
    }
}

/// With a price of so many dollars for a million tokens.
fn priced(usd: i64) -> One {
    let price = base::Money::from_nanos(usd * 1_000_000_000);
    let tier = llm::PriceTier { input: price, output: price, ..llm::PriceTier::default() };
    One { prices: Some(PriceSheet::from(tier)), ..One::default() }
}

fn measured(measures: Measures) -> One {
    One { measures, ..One::default() }
}

fn ranking(ones: &[One], strategy: Strategy, more: impl FnOnce(&mut Ranking<'_>)) -> Vec<Ranked> {
    let contenders: Vec<Contender<'_>> = ones
        .iter()
        .map(|one| Contender {
            tier: one.tier,
            measures: &one.measures,
            prices: one.prices.as_ref(),
            quality: one.quality,
            share: one.share,
            able: one.able,
            learned: one.learned,
            preference: one.preference,
        })
        .collect();
    let mut ranking = Ranking {
        strategy,
        weights: Weights::default(),
        adjusted: Weights::default(),
        balancer: Balancer::RoundRobin,
        facts: Facts { input_tokens: 1_000, output_tokens: 500 },
        contenders: &contenders,
        turn: 0,
        influence: 0.2,
    };
    more(&mut ranking);
    rank(&ranking)
}

fn order(ones: &[One], strategy: Strategy) -> Vec<usize> {
    ranking(ones, strategy, |_| {}).iter().map(|one| one.position).collect()
}

fn balanced(ones: &[One], balancer: Balancer, turn: u64) -> Vec<usize> {
    let ranked = ranking(ones, Strategy::LoadBalanced, |ranking| {
        ranking.balancer = balancer;
        ranking.turn = turn;
    });
    ranked.iter().map(|one| one.position).collect()
}

#[test]
fn an_opinion_decides_between_near_equals_and_no_more() {
    let learned = |learned, preference| One { learned, preference, ..One::default() };
    let best = |ones: &[One]| order(ones, Strategy::Adaptive)[0];
    assert_eq!(best(&[learned(0.5, None), learned(0.45, Some(0.9))]), 1);
    assert_eq!(best(&[learned(0.5, None), learned(0.45, None)]), 0, "without opinions nothing changes");
    assert_eq!(best(&[learned(0.8, Some(0.1)), learned(0.45, Some(0.9))]), 0, "what was learned weighs more");
    let ranked = ranking(&[learned(0.5, Some(0.9))], Strategy::Adaptive, |_| {});
    assert_eq!(ranked[0].factors.preference, Some(0.9));
    assert!((ranked[0].score - 0.58).abs() < 1e-9, "{}", ranked[0].score);
    // The other strategies go by what they are called after.
    let cheap = One { preference: Some(0.0), ..priced(1) };
    assert_eq!(order(&[One { preference: Some(1.0), ..priced(2) }, cheap], Strategy::Cost), [1, 0]);
}

#[test]
fn each_strategy_prefers_what_it_is_called_after() {
    assert_eq!(order(&[priced(9), priced(1), priced(5)], Strategy::Cost), [1, 2, 0]);
    assert_eq!(
        order(&[One::default(), priced(9), priced(0)], Strategy::Cost),
        [2, 1, 0],
        "unknown is not free"
    );
    let timed = |first_token_ms, tokens_per_second| {
        measured(Measures { samples: 9, peak_ewma_ms: first_token_ms, tokens_per_second, ..UNKNOWN })
    };
    assert_eq!(
        order(&[timed(900.0, 100.0), timed(300.0, 100.0), timed(300.0, 20.0)], Strategy::Speed),
        [1, 0, 2],
        "a slow writer is slow although it begins at once"
    );
    assert_eq!(order(&[timed(300.0, 100.0), One::default()], Strategy::Speed)[0], 1, "the unknown is tried");
    let being_tried = measured(Measures { in_flight: 1, ..UNKNOWN });
    assert_eq!(order(&[timed(300.0, 100.0), being_tried], Strategy::Speed)[0], 0, "once at a time");
    let good = |quality| One { quality, ..One::default() };
    assert_eq!(order(&[good(Some(60)), good(None), good(Some(90))], Strategy::Quality), [2, 1, 0]);
    let fails = |success_share, samples| measured(Measures { samples, success_share, ..UNKNOWN });
    assert_eq!(order(&[fails(0.7, 50), fails(1.0, 50), fails(0.0, 1)], Strategy::Reliability), [1, 2, 0]);
    assert_eq!(
        order(&[fails(0.9, 100), One::default()], Strategy::Reliability),
        [1, 0],
        "who has not failed yet is tried"
    );
    let busy_and_well = measured(Measures { samples: 200, in_flight: 3, ..UNKNOWN });
    assert_eq!(
        order(&[busy_and_well, One::default()], Strategy::Reliability),
        [1, 0],
        "having been asked often is no merit"
    );
    let learned = |learned| One { learned, ..One::default() };
    assert_eq!(order(&[learned(0.2), learned(0.9), learned(0.5)], Strategy::Adaptive), [1, 2, 0]);
    assert_eq!(order(&[priced(9), priced(1)], Strategy::Ordered), [0, 1]);
}

#[test]
fn weights_decide_what_counts() {
    let (cheap, good) = (One { quality: Some(10), ..priced(1) }, One { quality: Some(100), ..priced(100) });
    let with = |cost, quality| {
        let ranked = ranking(&[cheap.clone(), good.clone()], Strategy::Weighted, |ranking| {
            ranking.adjusted = Weights { cost, speed: 0.0, quality, reliability: 0.0 };
        });
        ranked[0].position
    };
    assert_eq!((with(1.0, 0.1), with(0.1, 1.0)), (0, 1));
}

#[test]
fn circumstances_tip_what_was_learned() {
    let (cheap, good) = (One { quality: Some(10), ..priced(1) }, One { quality: Some(100), ..priced(100) });
    let equal = [One { learned: 0.5, ..cheap }, One { learned: 0.48, ..good }];
    let first = |adjusted| {
        let ranked = ranking(&equal, Strategy::Adaptive, |ranking| ranking.adjusted = adjusted);
        ranked[0].position
    };
    let usual = Weights::default();
    assert_eq!((first(usual), first(Weights { quality: usual.quality * 4.0, ..usual })), (0, 1));
}

#[test]
fn tiers_come_in_turn_and_those_that_cannot_answer_after_all_others() {
    let tier = |tier| One { tier, ..One::default() };
    let limited = Measures { standing: Standing::Limited { wait: WAIT }, ..UNKNOWN };
    let open = Measures { standing: Standing::Open { wait: WAIT }, ..UNKNOWN };
    let ones = [
        One { measures: open, ..tier(FallbackTier::Primary) },
        One { measures: limited, ..tier(FallbackTier::Primary) },
        tier(FallbackTier::Emergency),
        One { able: false, ..tier(FallbackTier::Primary) },
        tier(FallbackTier::Secondary),
        tier(FallbackTier::Primary),
    ];
    for strategy in Strategy::ALL {
        assert_eq!(order(&ones, *strategy), [5, 4, 2, 1, 3, 0], "{strategy}");
    }
}

#[test]
fn round_robin_gives_each_its_turn_and_leaves_out_whoever_is_ill() {
    let well = One::default();
    let ill = measured(Measures { standing: Standing::Open { wait: WAIT }, ..UNKNOWN });
    let ones = [well.clone(), ill, well.clone(), well];
    let first: Vec<_> = (0..6).map(|turn| balanced(&ones, Balancer::RoundRobin, turn)[0]).collect();
    assert_eq!(first, [0, 2, 3, 0, 2, 3]);
    assert_eq!(balanced(&ones, Balancer::RoundRobin, 1), [2, 3, 0, 1]);
}

#[test]
fn the_other_balancers_do_what_they_are_called_after() {
    let busy = |in_flight| measured(Measures { in_flight, ..UNKNOWN });
    assert_eq!(balanced(&[busy(3), busy(1), busy(2)], Balancer::LeastConnections, 0), [1, 2, 0]);
    let idle = [busy(0), busy(0), busy(0)];
    let first: Vec<_> = (0..3).map(|turn| balanced(&idle, Balancer::LeastConnections, turn)[0]).collect();
    assert_eq!(first, [0, 1, 2], "equals take turns");

    let shared = |share| One { share, ..One::default() };
    let ones = [shared(6), shared(3), shared(1)];
    let mut firsts = [0; 3];
    for turn in 0..1_000 {
        firsts[balanced(&ones, Balancer::Weighted, turn)[0]] += 1;
    }
    for (count, expected) in firsts.iter().zip([600_i32, 300, 100]) {
        assert!((count - expected).abs() <= 3, "{firsts:?}");
    }

    let slow =
        |peak_ewma_ms, in_flight| measured(Measures { samples: 9, peak_ewma_ms, in_flight, ..UNKNOWN });
    let ones = [slow(1_000.0, 0), slow(100.0, 3), slow(100.0, 30)];
    let mut firsts = [0; 3];
    for turn in 0..3_000 {
        firsts[balanced(&ones, Balancer::Fastest, turn)[0]] += 1;
    }
    assert_eq!(firsts[2], 0, "the worst of three never wins against another");
    assert!((firsts[1] - 2_000_i32).abs() < 120, "the best wins whenever it is looked at: {firsts:?}");
}

fn anyone() -> impl proptest::strategy::Strategy<Value = One> {
    let standing = prop_oneof![
        3 => Just(Standing::Ready),
        1 => Just(Standing::Limited { wait: WAIT }),
        1 => Just(Standing::Open { wait: WAIT }),
    ];
    let odd = prop_oneof![6 => 0.0..2_000.0, 1 => Just(f64::NAN), 1 => Just(f64::INFINITY), 1 => Just(-1.0)];
    let measures = (standing, 0_u64..50, 0_u64..200, odd.clone(), odd.clone(), odd.clone(), odd).prop_map(
        |(standing, in_flight, samples, success_share, peak_ewma_ms, tokens_per_second, headroom)| Measures {
            standing,
            in_flight,
            samples,
            success_share,
            peak_ewma_ms,
            tokens_per_second,
            headroom,
            ..UNKNOWN
        },
    );
    let tier = (0..FallbackTier::ALL.len()).prop_map(|index| FallbackTier::ALL[index]);
    let priced = prop::option::of(0_i64..1_000).prop_map(|usd| usd.and_then(|usd| priced(usd).prices));
    (measures, tier, priced, prop::option::of(0_u8..=255), 0_u32..9, any::<bool>(), -1.0..2.0).prop_map(
        |(measures, tier, prices, quality, share, able, learned)| One {
            tier,
            measures,
            prices,
            quality,
            share,
            able,
            learned,
            preference: None,
        },
    )
}

proptest! {
    #[test]
    fn whatever_is_measured_everybody_is_ranked_once_the_healthy_before_the_ill(
        ones in prop::collection::vec(anyone(), 0..9),
        strategy in 0..Strategy::ALL.len(),
        balancer in 0..Balancer::ALL.len(),
        turn: u64,
    ) {
        let strategy = Strategy::ALL[strategy];
        let all = |turn| ranking(&ones, strategy, |ranking| {
            ranking.balancer = Balancer::ALL[balancer];
            ranking.turn = turn;
        });
        let ranked = all(turn);
        let mut positions: Vec<usize> = ranked.iter().map(|one| one.position).collect();
        positions.sort_unstable();
        prop_assert_eq!(positions, (0..ones.len()).collect::<Vec<_>>(), "each once");
        for pair in ranked.windows(2) {
            let (one, other) = (&ones[pair[0].position], &ones[pair[1].position]);
            prop_assert!(pair[0].hope <= pair[1].hope, "the ill come last");
            prop_assert!(pair[0].hope != pair[1].hope || one.tier <= other.tier, "tiers come in turn");
        }
        for one in &ranked {
            let Factors { cost, speed, quality, reliability, load, .. } = one.factors;
            for value in [one.score, cost, speed, quality, reliability, load] {
                prop_assert!((0.0..=1.0).contains(&value), "{:?}", one);
            }
        }
        prop_assert_eq!(all(turn), ranked, "the same turn gives the same order");
    }
}
