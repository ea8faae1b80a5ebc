//! How much each turn matters for what is asked now.

use crate::{
    likeness::{Vectors, cosine},
    turns::{Turn, last_turn},
    words::words,
};
use llm::{ChatRequest, Role};
use std::collections::{HashMap, HashSet};

/// What a turn is weighed by.
const RELEVANCE: f64 = 1.0;
const RECENCY: f64 = 0.35;
const FIRST: f64 = 0.3;
const DIRECTIVE: f64 = 0.25;
/// How much of its neighbours' relevance a turn has: an answer follows its question.
const NEIGHBOUR: f64 = 0.35;
/// BM25's usual measures: how soon a word said again adds nothing, and how much long turns are held back.
const SATURATION: f64 = 1.2;
const LENGTH: f64 = 0.6;
/// Words by which people say what counts from then on.
const DIRECTIVES: [&str; 10] =
    ["always", "decid", "deadlin", "important", "must", "never", "prefer", "rememb", "requir", "rul"];

/// A number for each turn; more is more important. The numbers of one request can be compared.
pub(crate) fn importance(request: &ChatRequest, turns: &[Turn], vectors: Option<&Vectors>) -> Vec<f64> {
    let texts: Vec<String> = turns.iter().map(|turn| turn.text(request)).collect();
    let bags: Vec<HashMap<String, f64>> = texts.iter().map(|text| bag(text)).collect();
    let relevance = match vectors.and_then(|vectors| by_vectors(request, turns, vectors)) {
        Some(near) => {
            // Names and numbers are what vectors are bad at.
            let lexical = by_words(&question(request), &bags);
            near.iter().zip(lexical).map(|(near, words)| near * 0.5 + words * 0.5).collect()
        }
        None => by_words(&question(request), &bags),
    };
    let count = turns.len();
    let at = |number: usize| relevance.get(number).copied().unwrap_or_default();
    (0..count)
        .zip(&bags)
        .map(|(number, bag)| {
            let neighbours = at(number.wrapping_sub(1)).max(at(number + 1));
            let age = (count - 1 - number) as f64 / count.max(1) as f64;
            let directive = DIRECTIVES.iter().any(|word| bag.contains_key(*word));
            RELEVANCE * (at(number) + NEIGHBOUR * neighbours)
                + RECENCY * (1.0 - age).powi(2)
                + if number == 0 { FIRST } else { 0.0 }
                + if directive { DIRECTIVE } else { 0.0 }
        })
        .collect()
}

/// What is asked now.
fn question(request: &ChatRequest) -> HashSet<String> {
    let last = last_turn(&request.messages);
    let asked = request.messages.get(last..).unwrap_or_default();
    let asked = asked.iter().filter(|message| message.role == Role::User);
    let mut text = String::new();
    asked.for_each(|message| crate::turns::add_text(&message.parts, &mut text));
    words(&text).collect()
}

fn bag(text: &str) -> HashMap<String, f64> {
    let mut bag = HashMap::new();
    words(text).for_each(|word| *bag.entry(word).or_default() += 1.0);
    bag
}

/// BM25 of the question's words, the best turn having 1.
fn by_words(question: &HashSet<String>, bags: &[HashMap<String, f64>]) -> Vec<f64> {
    let length = |bag: &HashMap<String, f64>| bag.values().sum::<f64>();
    let average = (bags.iter().map(length).sum::<f64>() / bags.len().max(1) as f64).max(1.0);
    let weights: Vec<(&String, f64)> = question
        .iter()
        .map(|word| {
            let having = bags.iter().filter(|bag| bag.contains_key(word)).count() as f64;
            (word, ((bags.len() as f64 - having + 0.5) / (having + 0.5)).ln_1p())
        })
        .collect();
    let score = |bag: &HashMap<String, f64>| {
        let slow = SATURATION * (1.0 - LENGTH + LENGTH * length(bag) / average);
        // In one order always, so that sums are the same on every run.
        let mut parts: Vec<f64> = weights
            .iter()
            .filter_map(|(word, weight)| {
                bag.get(*word).map(|times| weight * times * (SATURATION + 1.0) / (times + slow))
            })
            .collect();
        parts.sort_by(f64::total_cmp);
        parts.iter().sum::<f64>()
    };
    scaled(bags.iter().map(score).collect())
}

/// How near each turn is to what is asked; `None` where that has no vector.
fn by_vectors(request: &ChatRequest, turns: &[Turn], vectors: &Vectors) -> Option<Vec<f64>> {
    let asked = vectors.get(last_turn(&request.messages)).filter(|vector| !vector.is_empty())?;
    let near = |turn: &Turn| {
        let vectors = turn.messages.iter().filter_map(|position| vectors.get(*position));
        vectors.map(|vector| cosine(asked, vector)).fold(0.0, f64::max)
    };
    Some(scaled(turns.iter().map(near).collect()))
}

fn scaled(numbers: Vec<f64>) -> Vec<f64> {
    let most = numbers.iter().copied().fold(0.0, f64::max);
    if most > 0.0 { numbers.into_iter().map(|number| number / most).collect() } else { numbers }
}
