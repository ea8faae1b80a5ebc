//! Which weight words and meaning get: the figures of every way to fuse them, so that a weight is chosen on some questions
//! and reported on others.
//!
//! The questions of a set are split by the hash of their ids into a half to tune on and a half to report. Both sides are
//! searched once a question; what they found is fused in every way. Beside ours stand reciprocal ranks and the min-max average over
//! two lists of a thousand as Pyserini has them (`docs/experiments-beir-fusion.md` there): each list's scores brought
//! between 0 and 1 by its own least and best, nothing for what a list lacks, the mean of both.

use super::{
    Outcome,
    finder::{DEEP, DEPTH, Finder, Lists},
    report,
};
use search::{
    Candidate, Fusion,
    evaluation::{Figures, Set},
    fuse,
};
use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

/// Twentieths, from words alone to meaning alone.
const STEPS: u8 = 20;
/// Values of k of reciprocal ranks.
const RANKS: [f32; 3] = [10.0, 30.0, 60.0];

/// A way to make an order.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Method {
    Words,
    Meaning,
    /// Reciprocal ranks of two lists of this length, k = 60.
    TheirRanks(usize),
    /// The mean of the scores of two lists of this length, each between 0 and 1.
    MinMax(usize),
    /// As the library does it.
    Ours(Fusion),
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words => f.write_str("words (BM25)"),
            Self::Meaning => f.write_str("meaning"),
            Self::TheirRanks(depth) => write!(f, "reciprocal ranks of lists of {depth}, k = 60"),
            Self::MinMax(depth) => write!(f, "min-max average of lists of {depth}"),
            Self::Ours(Fusion::ReciprocalRank { k }) => write!(f, "ours, reciprocal ranks, k = {k}"),
            Self::Ours(Fusion::Convex { meaning }) => write!(f, "ours, convex, meaning {meaning:.2}"),
        }
    }
}

impl Method {
    fn all() -> Vec<Self> {
        let mut all =
            vec![Self::Words, Self::Meaning, Self::TheirRanks(DEEP), Self::MinMax(DEEP), Self::MinMax(DEPTH)];
        all.extend(RANKS.map(|k| Self::Ours(Fusion::ReciprocalRank { k })));
        all.extend(Self::weights());
        all
    }

    /// Those among which one is chosen.
    fn weights() -> impl Iterator<Item = Self> {
        (0..=STEPS).map(|step| Self::Ours(Fusion::Convex { meaning: f32::from(step) / f32::from(STEPS) }))
    }

    /// The order of what was found, the best first.
    fn order(self, lists: &Lists) -> Vec<u128> {
        match self {
            Self::Words => first(&lists.words, DEPTH),
            Self::Meaning => first(&lists.meaning, DEPTH),
            Self::TheirRanks(depth) => {
                let mut found: BTreeMap<u128, Candidate<u128>> = BTreeMap::new();
                let none = |passage| Candidate { passage, words: None, meaning: None, is_named: false };
                for (passage, score) in lists.words.iter().take(depth) {
                    found.entry(*passage).or_insert_with(|| none(*passage)).words = Some(*score);
                }
                for (passage, score) in lists.meaning.iter().take(depth) {
                    found.entry(*passage).or_insert_with(|| none(*passage)).meaning = Some(*score);
                }
                fused(found.into_values().collect(), Fusion::ReciprocalRank { k: 60.0 })
            }
            Self::MinMax(depth) => min_max(lists, depth),
            Self::Ours(fusion) => fused(lists.candidates.clone(), fusion),
        }
    }
}

fn first(list: &[(u128, f32)], depth: usize) -> Vec<u128> {
    list.iter().take(depth).map(|(passage, _)| *passage).collect()
}

fn fused(candidates: Vec<Candidate<u128>>, fusion: Fusion) -> Vec<u128> {
    fuse(candidates, fusion).into_iter().map(|(candidate, _)| candidate.passage).collect()
}

fn min_max(lists: &Lists, depth: usize) -> Vec<u128> {
    let mut sums: BTreeMap<u128, f32> = BTreeMap::new();
    for list in [&lists.words, &lists.meaning] {
        let list: Vec<(u128, f32)> = list.iter().take(depth).copied().collect();
        let least = list.iter().map(|(_, score)| *score).fold(f32::INFINITY, f32::min);
        let most = list.iter().map(|(_, score)| *score).fold(f32::NEG_INFINITY, f32::max);
        for (passage, score) in list {
            let share = if most > least { (score - least) / (most - least) } else { 1.0 };
            *sums.entry(passage).or_default() += share / 2.0;
        }
    }
    let mut order: Vec<(u128, f32)> = sums.into_iter().collect();
    order.sort_by(|one, other| other.1.total_cmp(&one.1));
    order.into_iter().map(|(passage, _)| passage).collect()
}

/// Which questions.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    Tuned,
    Reported,
    All,
}

/// A set, each question with its figures by every method.
struct Swept {
    name: String,
    questions: Vec<(Part, Vec<Figures>)>,
}

impl Swept {
    fn of(set: &Set, (name, finder, methods): (String, &Finder, &[Method])) -> Outcome<Self> {
        let mut questions = Vec::new();
        for question in &set.questions {
            let lists = finder.lists(&question.text)?;
            let figures = methods
                .iter()
                .map(|method| Figures::of(&finder.named(&method.order(&lists)), &question.relevant));
            questions.push((half(&question.id), figures.collect()));
        }
        Ok(Self { name, questions })
    }

    /// The figures of one method, a question each.
    fn figures(&self, part: Part, method: usize) -> Vec<Figures> {
        let wanted = self.questions.iter().filter(|(half, _)| part == Part::All || *half == part);
        wanted.filter_map(|(_, figures)| figures.get(method).copied()).collect()
    }

    fn mean(&self, part: Part, method: usize) -> Figures {
        Figures::mean(&self.figures(part, method))
    }
}

/// In which half a question is: by FNV-1a of its id, mixed so that all bits count.
fn half(id: &str) -> Part {
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (hash ^ (hash >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    if mixed >> 63 == 0 { Part::Tuned } else { Part::Reported }
}

pub(crate) fn run(folders: &[PathBuf], model: Option<&Path>) -> Outcome<()> {
    if model.is_none() || folders.is_empty() {
        return Err("`--sweep` needs `--model FOLDER` and at least one folder in the format of BEIR".into());
    }
    let methods = Method::all();
    let mut all = Vec::new();
    for folder in folders {
        let set = Set::read(folder)?;
        let finder = Finder::new(&set.documents, model)?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let swept = Swept::of(&set, (name, &finder, &methods))?;
        report(&format!("\n`{}`: {} documents", swept.name, set.documents.len()));
        table(&swept, &methods);
        all.push(swept);
    }
    choices(&all, &methods);
    Ok(())
}

fn table(swept: &Swept, methods: &[Method]) {
    let count = |part| swept.figures(part, 0).len();
    report(&format!(
        "\n| by | to tune on ({} questions): nDCG@10 | recall@100 | to report ({} questions): nDCG@10 | recall@100 |\n\
         | --- | --: | --: | --: | --: |",
        count(Part::Tuned),
        count(Part::Reported)
    ));
    for (number, method) in methods.iter().enumerate() {
        let (tuned, reported) = (swept.mean(Part::Tuned, number), swept.mean(Part::Reported, number));
        report(&format!(
            "| {method} | {:.4} | {:.4} | {:.4} | {:.4} |",
            tuned.ndcg_10, tuned.recall_100, reported.ndcg_10, reported.recall_100
        ));
    }
}

/// What is chosen on some questions, and how good it is on others.
fn choices(all: &[Swept], methods: &[Method]) {
    report(
        "\n| set | weight of meaning, and where it was chosen | nDCG@10 there | meaning alone | min-max average | ours less min-max (95 %) |\n\
         | --- | --- | --: | --: | --: | --: |",
    );
    for swept in all {
        let own = best(&[swept], (Part::Tuned, methods));
        row(swept, (methods, own), (Part::Reported, "the other half of its questions"));
    }
    if all.len() > 1 {
        for (number, swept) in all.iter().enumerate() {
            let others: Vec<&Swept> = all
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != number)
                .map(|(_, other)| other)
                .collect();
            row(swept, (methods, best(&others, (Part::All, methods))), (Part::All, "the other sets"));
        }
        let every: Vec<&Swept> = all.iter().collect();
        let together = best(&every, (Part::Tuned, methods));
        for swept in all {
            row(swept, (methods, together), (Part::Reported, "the halves to tune on of all sets"));
        }
    }
    let ours = methods.iter().position(|method| *method == Method::Ours(library::FUSION));
    for swept in all {
        row(swept, (methods, ours), (Part::Reported, "the library's own, wherever that was"));
    }
}

/// The weight with the best mean, each set counting as much as another.
fn best(sets: &[&Swept], (part, methods): (Part, &[Method])) -> Option<usize> {
    let of = |method: usize| sets.iter().map(|set| set.mean(part, method).ndcg_10).sum::<f64>();
    let weights = Method::weights().filter_map(|weight| methods.iter().position(|method| *method == weight));
    weights
        .map(|method| (method, of(method)))
        .max_by(|one, other| one.1.total_cmp(&other.1))
        .map(|best| best.0)
}

fn row(swept: &Swept, (methods, chosen): (&[Method], Option<usize>), (part, place): (Part, &str)) {
    let at = |wanted: Method| methods.iter().position(|method| *method == wanted);
    // The better of both lengths is what has to be beaten.
    let min_max = [DEEP, DEPTH]
        .into_iter()
        .filter_map(|depth| at(Method::MinMax(depth)))
        .max_by(|one, other| swept.mean(part, *one).ndcg_10.total_cmp(&swept.mean(part, *other).ndcg_10));
    let (Some(chosen), Some(min_max), Some(meaning)) = (chosen, min_max, at(Method::Meaning)) else { return };
    let Some(method) = methods.get(chosen) else { return };
    let (ours, theirs) = (swept.figures(part, chosen), swept.figures(part, min_max));
    let apart: Vec<f64> = ours.iter().zip(&theirs).map(|(one, other)| one.ndcg_10 - other.ndcg_10).collect();
    let count = apart.len().max(1) as f64;
    let mean = apart.iter().sum::<f64>() / count;
    let spread = apart.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    let held = if mean > 0.0 { "above" } else { "NOT ABOVE" };
    report(&format!(
        "| {} | {method}, on {place} | {:.4} | {:.4} | {:.4} | {mean:+.4} ± {:.4}: {held} |",
        swept.name,
        Figures::mean(&ours).ndcg_10,
        swept.mean(part, meaning).ndcg_10,
        Figures::mean(&theirs).ndcg_10,
        1.96 * (spread / count).sqrt(),
    ));
}
