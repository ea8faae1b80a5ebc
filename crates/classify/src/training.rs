//! Learns the weights of the linear model from labelled prompts: multinomial logistic regression by stochastic
//! gradient descent with AdaGrad's step sizes (Duchi, Hazan and Singer, 2011). Always the same for the same prompts.

use crate::{
    labelled::{Labelled, Part, prompts},
    model::{Features, HEADER_BYTES, MAGIC, Model, TASKS},
    rules_of,
    tally::RULES,
    words::Words,
};
use std::collections::HashMap;

const EPOCHS: usize = 40;
const RATE: f32 = 0.1;
/// How strongly weights are drawn to zero.
const SHRINK: f32 = 3e-5;
/// Most features that are shipped: with seventeen bytes each, less than 300 KB.
const MOST_FEATURES: usize = 16_000;
/// A feature has to stand in so many prompts.
const LEAST_PROMPTS: usize = 2;

/// A prompt as the model sees it.
struct Seen {
    task: usize,
    weight: f32,
    features: Vec<(usize, f32)>,
    rules: [f32; RULES],
}

/// What is learned.
#[derive(Clone)]
struct Rows {
    biases: [f32; TASKS],
    rules: Vec<[f32; TASKS]>,
    features: Vec<[f32; TASKS]>,
}

/// Learns from all prompts that are there to learn from, and gives the file.
pub fn learn() -> Vec<u8> {
    bytes(&learn_from(&prompts(Part::Learned).collect::<Vec<_>>()))
}

/// How many of the prompts to learn from are recognised by a model that has learned from the others, in `folds` parts:
/// for prompts that the rules know, and for the others, how many are right and how many there are.
pub fn cross_validate(folds: usize) -> [(usize, usize); 2] {
    let all: Vec<Labelled> = prompts(Part::Learned).collect();
    let mut right = [(0, 0); 2];
    for fold in 0..folds {
        let others = all.iter().enumerate().filter(|(place, _)| place % folds != fold);
        let model = learn_from(&others.map(|(_, one)| one.clone()).collect::<Vec<_>>());
        for one in all.iter().enumerate().filter(|(place, _)| place % folds == fold).map(|(_, one)| one) {
            let said =
                crate::classify_with(&model, &crate::TaskText { text: &one.prompt, ..Default::default() });
            let Some(count) = right.get_mut(usize::from(!one.known_to_rules)) else { continue };
            count.0 += usize::from(said.task == one.task);
            count.1 += 1;
        }
    }
    right
}

/// The hash of what is learned from, by which a test knows whether the file is up to date.
pub fn learned_from() -> u64 {
    let bytes = Part::Learned.lines().bytes();
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// What the shipped file was learned from.
pub fn shipped_learned_from() -> u64 {
    crate::model::shipped().learned_from
}

fn learn_from(examples: &[Labelled]) -> Model {
    let looked: Vec<(Features, [f32; RULES])> =
        examples.iter().map(|one| (Features::of(&Words::of(&one.prompt)), rules_of(&one.prompt))).collect();
    let mut prompts_with: HashMap<u32, usize> = HashMap::new();
    for (_, hash, _) in looked.iter().flat_map(|(features, _)| &features.0) {
        *prompts_with.entry(*hash).or_default() += 1;
    }
    let mut hashes: Vec<u32> =
        prompts_with.into_iter().filter(|(_, count)| *count >= LEAST_PROMPTS).map(|(hash, _)| hash).collect();
    hashes.sort_unstable();
    let seen = see(examples, &looked, &hashes);
    let rows = descend(&seen, hashes.len());
    quantised(&rows, &hashes)
}

fn see(examples: &[Labelled], looked: &[(Features, [f32; RULES])], hashes: &[u32]) -> Vec<Seen> {
    let mut of_task = [0.0_f32; TASKS];
    examples.iter().for_each(|one| of_task[one.task as usize] += 1.0);
    let usual = examples.len() as f32 / TASKS as f32;
    examples
        .iter()
        .zip(looked)
        .map(|(one, (features, rules))| {
            let values = features.values();
            let known = features.0.iter().filter_map(|(kind, hash, _)| {
                Some((hashes.binary_search(hash).ok()?, values[*kind as usize]))
            });
            let task = one.task as usize;
            let weight = (usual / of_task[task]).sqrt();
            Seen { task, weight, features: known.collect(), rules: *rules }
        })
        .collect()
}

fn descend(seen: &[Seen], features: usize) -> Rows {
    let zero = [0.0; TASKS];
    let mut rows = Rows { biases: zero, rules: vec![zero; RULES], features: vec![zero; features] };
    let mut squares = rows.clone();
    let mut order: Vec<usize> = (0..seen.len()).collect();
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..EPOCHS {
        for place in (1..order.len()).rev() {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            order.swap(place, usize::try_from((random >> 33) % (place as u64 + 1)).unwrap_or(0));
        }
        for one in order.iter().filter_map(|place| seen.get(*place)) {
            step(one, &mut rows, &mut squares);
        }
    }
    rows
}

/// One prompt's step.
fn step(one: &Seen, rows: &mut Rows, squares: &mut Rows) {
    let mut scores = rows.biases;
    let mut add = |value: f32, row: &[f32; TASKS]| {
        scores.iter_mut().zip(row).for_each(|(score, weight)| *score += value * weight);
    };
    one.rules.iter().zip(&rows.rules).for_each(|(value, row)| add(*value, row));
    one.features.iter().for_each(|(place, value)| add(*value, &rows.features[*place]));
    let highest = scores.iter().copied().fold(f32::MIN, f32::max);
    let shares = scores.map(|score| (score - highest).exp());
    let sum: f32 = shares.iter().sum();
    let mut wrong = shares.map(|share| one.weight * share / sum);
    wrong[one.task] -= one.weight;
    let update = |value: f32, row: &mut [f32; TASKS], squares: &mut [f32; TASKS]| {
        for ((weight, square), wrong) in row.iter_mut().zip(squares).zip(wrong) {
            let gradient = value * wrong + SHRINK * *weight;
            *square += gradient * gradient;
            *weight -= RATE * gradient / (square.sqrt() + 1e-6);
        }
    };
    update(1.0, &mut rows.biases, &mut squares.biases);
    for ((value, row), squares) in one.rules.iter().zip(&mut rows.rules).zip(&mut squares.rules) {
        if *value != 0.0 {
            update(*value, row, squares);
        }
    }
    for (place, value) in &one.features {
        update(*value, &mut rows.features[*place], &mut squares.features[*place]);
    }
}

/// The weights as bytes, of those features that say most.
fn quantised(rows: &Rows, hashes: &[u32]) -> Model {
    let says = |row: &[f32; TASKS]| {
        let mean = row.iter().sum::<f32>() / TASKS as f32;
        row.iter().map(|weight| (weight - mean).powi(2)).sum::<f32>()
    };
    let mut kept: Vec<usize> = (0..hashes.len()).collect();
    kept.sort_by(|one, other| says(&rows.features[*other]).total_cmp(&says(&rows.features[*one])));
    kept.truncate(MOST_FEATURES);
    kept.sort_unstable();
    let largest =
        kept.iter().flat_map(|place| rows.features[*place]).fold(1e-6_f32, |most, one| most.max(one.abs()));
    let step = largest / 127.0;
    #[expect(clippy::cast_possible_truncation, reason = "from -127 to 127")]
    let quantise = |weight: f32| (weight / step).round() as i8;
    Model {
        learned_from: learned_from(),
        step,
        biases: rows.biases,
        rules: rows.rules.clone(),
        hashes: kept.iter().map(|place| hashes[*place]).collect(),
        weights: kept.iter().map(|place| rows.features[*place].map(quantise)).collect(),
    }
}

fn bytes(model: &Model) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + model.hashes.len() * (4 + TASKS));
    bytes.extend(MAGIC);
    bytes.extend(model.learned_from.to_le_bytes());
    bytes.extend(u32::try_from(model.hashes.len()).unwrap_or_default().to_le_bytes());
    bytes.extend(model.step.to_le_bytes());
    for float in model.biases.iter().chain(model.rules.iter().flatten()) {
        bytes.extend(float.to_le_bytes());
    }
    bytes.extend(model.hashes.iter().flat_map(|hash| hash.to_le_bytes()));
    bytes.extend(model.weights.iter().flatten().map(|weight| weight.to_le_bytes()[0]));
    bytes
}
