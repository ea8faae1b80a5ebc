//! How many misspellings of a published list are understood, and that right words are left alone.
//!
//! A list is read in the form of Wikipedia's (`acomodate->accommodate`; where there are several after commas, each is
//! right) or of `accommodate: acomodate acommodate`. Its right words, and the SRD where it is given, are the passages;
//! rows with anything but letters in them are left out, because nobody looks for those as one word.

use super::{Outcome, known_item, report};
use base::{Id, OwnerId};
use search::{Entry, Index, Query, analyse};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

const OWNER: OwnerId = Id::FIRST_OWNER;
/// So many misspellings are tried, evenly taken from the whole list.
const TRIED: usize = 5_000;
const WORDS_OF_A_PASSAGE: usize = 50;

pub(crate) fn run(file: &Path, srd: Option<&Path>) -> Outcome<()> {
    let rows = read(&std::fs::read_to_string(file)?);
    let right: BTreeSet<&str> = rows.values().flatten().map(String::as_str).collect();
    let index = index(&right, srd)?;
    let tried: Vec<(&String, &BTreeSet<String>)> =
        rows.iter().step_by((rows.len() / TRIED).max(1)).take(TRIED).collect();
    let (mut first, mut among, mut untouched) = (0, 0, 0);
    for &(typed, meant) in &tried {
        let stems: BTreeSet<String> = meant.iter().flat_map(|word| stems_of(word)).collect();
        let found = index.search(&Query::new(OWNER, typed.as_str()))?;
        let guesses: Vec<String> = found.corrections.into_iter().flat_map(|(_, guesses)| guesses).collect();
        let is_right = |guess: &String| stems_of(guess).iter().any(|stem| stems.contains(stem));
        // Where nothing was corrected, what was typed may still be a form of the right word.
        let by_stem = guesses.is_empty() && is_right(typed);
        untouched += usize::from(guesses.is_empty() && !by_stem);
        first += usize::from(by_stem || guesses.first().is_some_and(is_right));
        among += usize::from(by_stem || guesses.iter().any(is_right));
    }
    let checked: Vec<&&str> = right.iter().step_by((right.len() / TRIED).max(1)).take(TRIED).collect();
    let mut harmed = 0;
    for word in &checked {
        harmed += usize::from(!index.search(&Query::new(OWNER, **word))?.corrections.is_empty());
    }
    let share = |count: usize, of: usize| count as f64 / of.max(1) as f64;
    report(&format!(
        "\n{} misspellings of {}, {} right words in the index",
        rows.len(),
        file.display(),
        right.len()
    ));
    report("\n| what | of | share |\n| --- | --- | --- |");
    for (what, count, of) in [
        ("misspelling corrected, first guess", first, tried.len()),
        ("right word among the guesses", among, tried.len()),
        ("misspelling taken as it is", untouched, tried.len()),
        ("right word corrected", harmed, checked.len()),
    ] {
        report(&format!("| {what} | {of} | {:.4} |", share(count, of)));
    }
    Ok(())
}

fn stems_of(word: &str) -> Vec<String> {
    analyse(word).into_iter().map(|token| token.term).collect()
}

/// Each misspelling with the words that it may be meant for.
fn read(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut rows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let is_word = |word: &str| !word.is_empty() && word.chars().all(char::is_alphabetic);
    let mut add = |typed: &str, right: &str| {
        let (typed, right) = (typed.trim().to_lowercase(), right.trim().to_lowercase());
        if is_word(&typed) && is_word(&right) && typed != right {
            rows.entry(typed).or_default().insert(right);
        }
    };
    for line in text.lines() {
        if let Some((typed, rights)) = line.split_once("->") {
            rights.split(',').for_each(|right| add(typed, right));
        } else if let Some((right, wrongs)) = line.split_once(':') {
            wrongs.split_whitespace().for_each(|typed| add(typed, right));
        }
    }
    rows
}

fn index(right: &BTreeSet<&str>, srd: Option<&Path>) -> Outcome<Index> {
    let index = Index::in_memory()?;
    let words: Vec<&str> = right.iter().copied().collect();
    let mut passages: Vec<(String, String)> =
        words.chunks(WORDS_OF_A_PASSAGE).map(|words| (String::new(), words.join(" "))).collect();
    if let Some(folder) = srd {
        passages.extend(known_item::documents(folder)?.into_iter().map(|found| (found.title, found.text)));
    }
    let entries: Vec<Entry> =
        (0_u128..).zip(passages).map(|(number, passage)| entry(number, passage)).collect();
    index.add(&entries)?;
    index.commit()?;
    Ok(index)
}

fn entry(number: u128, (heading, body): (String, String)) -> Entry {
    Entry {
        id: number.to_string(),
        owner: OWNER,
        document_id: Id::from_u128(1).to_string(),
        title: String::new(),
        heading,
        body,
        page: None,
        facets: search::Facets::default(),
    }
}
