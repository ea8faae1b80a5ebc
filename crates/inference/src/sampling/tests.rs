//! What is chosen, how often, and that a seed chooses it again.

use super::{Sampler, Settings};
use llm::Parameters;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Nothing but chance.
const PLAIN: Settings = Settings {
    temperature: 1.0,
    top_p: 1.0,
    top_k: 0,
    min_p: 0.0,
    repetition_penalty: 1.0,
    presence_penalty: 0.0,
    frequency_penalty: 0.0,
};

/// Scores of which the softmax is 1/2, 1/4, 1/8, 1/8.
fn scores() -> Vec<f32> {
    [0.5_f32, 0.25, 0.125, 0.125].map(f32::ln).to_vec()
}

/// How often each token is chosen of ten thousand times.
fn shares(settings: Settings, scores: &[f32], read: &[u32]) -> BTreeMap<u32, f64> {
    let mut sampler = Sampler::new(settings, 7);
    let mut counts = BTreeMap::new();
    for _ in 0..10_000 {
        let chosen = sampler.choose(&mut scores.to_vec(), read, 0).unwrap();
        *counts.entry(chosen).or_insert(0.0) += 1e-4;
    }
    counts
}

#[track_caller]
fn assert_shares(found: &BTreeMap<u32, f64>, wanted: &[(u32, f64)]) {
    assert_eq!(
        found.keys().copied().collect::<Vec<_>>(),
        wanted.iter().map(|(id, _)| *id).collect::<Vec<_>>()
    );
    for (id, share) in wanted {
        // Five standard deviations of a share of ten thousand.
        assert!((found[id] - share).abs() < 0.025, "{id}: {} instead of {share}", found[id]);
    }
}

#[test]
fn tokens_come_as_often_as_the_model_says() {
    assert_shares(&shares(PLAIN, &scores(), &[]), &[(0, 0.5), (1, 0.25), (2, 0.125), (3, 0.125)]);
}

#[test]
fn temperature_sharpens_and_flattens() {
    // Squares: 4/16, 1/16 and 2 of 1/64, of 11/32 in all.
    let cold = Settings { temperature: 0.5, ..PLAIN };
    assert_shares(
        &shares(cold, &scores(), &[]),
        &[(0, 8.0 / 11.0), (1, 2.0 / 11.0), (2, 0.5 / 11.0), (3, 0.5 / 11.0)],
    );
    let none = Settings { temperature: 0.0, ..PLAIN };
    assert_shares(&shares(none, &scores(), &[]), &[(0, 1.0)]);
}

#[test]
fn unlikely_tokens_can_be_left_out() {
    let of = |settings| shares(settings, &scores(), &[]);
    assert_shares(&of(Settings { top_k: 2, ..PLAIN }), &[(0, 2.0 / 3.0), (1, 1.0 / 3.0)]);
    assert_shares(&of(Settings { top_k: 1, ..PLAIN }), &[(0, 1.0)]);
    assert_shares(&of(Settings { top_p: 0.5, ..PLAIN }), &[(0, 1.0)]);
    assert_shares(&of(Settings { top_p: 0.51, ..PLAIN }), &[(0, 2.0 / 3.0), (1, 1.0 / 3.0)]);
    assert_shares(&of(Settings { top_p: 0.0, ..PLAIN }), &[(0, 1.0)]);
    assert_shares(&of(Settings { min_p: 0.4, ..PLAIN }), &[(0, 2.0 / 3.0), (1, 1.0 / 3.0)]);
}

#[test]
fn what_was_said_can_be_made_less_likely() {
    let scores = [1.0, 1.0, -1.0];
    let greedy = |settings, read: &[u32], answer| {
        Sampler::new(Settings { temperature: 0.0, ..settings }, 0).choose(&mut scores.to_vec(), read, answer)
    };
    assert_eq!(greedy(PLAIN, &[0], 0), Some(0), "of equals the first");
    let repetition = Settings { repetition_penalty: 1.2, ..PLAIN };
    assert_eq!(greedy(repetition, &[0, 99], 2), Some(1), "the prompt counts, unknown tokens do not matter");
    let presence = Settings { presence_penalty: 0.5, ..PLAIN };
    assert_eq!(greedy(presence, &[0], 1), Some(0), "the prompt does not count");
    assert_eq!(greedy(presence, &[0], 0), Some(1));
    let frequency = Settings { frequency_penalty: 0.5, ..PLAIN };
    assert_eq!(greedy(frequency, &[0, 1, 1], 0), Some(0));
    let mut negative = vec![-1.0, -1.1];
    Sampler::new(repetition, 0).choose(&mut negative, &[0], 1);
    assert!(negative[0] < -1.1, "a score below zero gets lower");
}

#[test]
fn scores_that_are_no_numbers_are_not_chosen() {
    let choose = |mut scores: Vec<f32>, settings| Sampler::new(settings, 1).choose(&mut scores, &[], 0);
    for settings in [PLAIN, Settings { temperature: 0.0, ..PLAIN }] {
        assert_eq!(choose(vec![f32::NAN, 1.0, f32::NEG_INFINITY, f32::INFINITY], settings), Some(1));
        assert_eq!(choose(vec![f32::NAN; 3], settings), None);
        assert_eq!(choose(Vec::new(), settings), None);
    }
}

#[test]
fn a_request_goes_before_the_models_settings() {
    let asked = Parameters { temperature: Some(0.1), top_k: Some(3), ..Parameters::default() };
    let settings = Settings::default().with(&asked);
    assert_eq!((settings.temperature, settings.top_k), (0.1, 3));
    assert_eq!(settings.top_p, Settings::default().top_p);
    let strange = Parameters { temperature: Some(-1.0), top_p: Some(7.0), ..Parameters::default() };
    assert_eq!(Settings::default().with(&strange).top_p, 1.0);
    assert_eq!(Settings::default().with(&strange).temperature, 0.0);
}

proptest! {
    #[test]
    fn a_seed_chooses_the_same_again(
        seed in any::<u64>(), scores in prop::collection::vec(-20.0_f32..20.0, 1..50),
        temperature in 0.0_f64..3.0, top_p in 0.0_f64..1.0, top_k in 0_usize..60, min_p in 0.0_f64..1.0,
    ) {
        let settings = Settings { temperature, top_p, top_k, min_p, ..PLAIN };
        let run = || {
            let mut sampler = Sampler::new(settings, seed);
            (0..20).map(|_| sampler.choose(&mut scores.clone(), &[], 0)).collect::<Vec<_>>()
        };
        let chosen = run();
        prop_assert_eq!(&chosen, &run());
        // At most k different ones, none likelier than those left out.
        let mut best = scores.clone();
        best.sort_by(|one, other| other.total_cmp(one));
        let least = if top_k == 0 { f32::MIN } else { best[top_k.min(best.len()) - 1] };
        for id in chosen {
            prop_assert!(scores[id.unwrap() as usize] >= least);
        }
    }
}
