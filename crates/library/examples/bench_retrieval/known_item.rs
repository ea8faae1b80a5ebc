//! How often a heading is found by its name, as it is and with typing errors in it.

use super::{
    Outcome,
    finder::{Finder, Way},
    report,
};
use library::chunk;
use reading::{Limits, formats};
use search::evaluation::{Document, Figures};
use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::Mutex,
};

/// So many headings are asked for.
const HEADINGS: usize = 400;

pub(crate) fn run(folder: &Path, model: Option<&Path>) -> Outcome<()> {
    let documents = documents(folder)?;
    let finder = Finder::new(&documents, model)?;
    let mut by_heading: BTreeMap<&str, HashMap<String, u32>> = BTreeMap::new();
    for document in &documents {
        let last = document.title.rsplit(" › ").next().unwrap_or_default();
        by_heading.entry(last).or_default().insert(document.id.clone(), 1);
    }
    // Names, as a person would type them: not `Actions`, which stands over each of three hundred creatures.
    let named: Vec<Named<'_>> = by_heading
        .iter()
        .filter(|(heading, found)| {
            heading.chars().filter(|next| next.is_alphabetic()).count() >= 4 && found.len() <= 3
        })
        .map(|(heading, found)| (*heading, found))
        .collect();
    let step = (named.len() / HEADINGS).max(1);
    let asked: Vec<_> = named.into_iter().step_by(step).take(HEADINGS).collect();
    report(&format!("\n{} passages of the SRD, {} headings by name", documents.len(), asked.len()));
    report("\n| by | edits | hit@1 | hit@10 |\n| --- | --- | --- | --- |");
    let as_typed = found_as_typed(&finder, &asked)?;
    let mut ways = vec![Way::Words];
    if model.is_some() {
        ways.push(Way::Both(library::FUSION));
    }
    for way in ways {
        for errors in 0..=2 {
            let of = |(number, (heading, relevant)): (u64, &Named<'_>)| {
                let typed = with_errors(heading, errors, number);
                Ok(Figures::of(&finder.find(&typed, way)?, relevant))
            };
            let all: Vec<Figures> = (0..).zip(&asked).map(of).collect::<Outcome<_>>()?;
            let Figures { hit_1, hit_10, .. } = Figures::mean(&all);
            report(&format!("| {way} | {errors} | {hit_1:.3} | {hit_10:.3} |"));
            if errors == 0 && way == Way::Words {
                let lost = all.iter().zip(&as_typed).filter(|(now, typed)| now.hit_1 < typed.hit_1).count();
                report(&format!("| {way}, lost without an edit | 0 | {lost} of {} | |", all.len()));
            }
        }
    }
    Ok(())
}

/// A heading, and the passages under it.
type Named<'a> = (&'a str, &'a HashMap<String, u32>);

/// How headings are found by their names where nothing is corrected.
fn found_as_typed(finder: &Finder, asked: &[Named<'_>]) -> Outcome<Vec<Figures>> {
    let mut all = Vec::new();
    for errors in 0..=2 {
        let of = |(number, (heading, relevant)): (u64, &Named<'_>)| {
            Ok(Figures::of(&finder.find_as_typed(&with_errors(heading, errors, number))?, relevant))
        };
        let figures: Vec<Figures> = (0..).zip(asked).map(of).collect::<Outcome<_>>()?;
        let Figures { hit_1, hit_10, .. } = Figures::mean(&figures);
        report(&format!("| words (BM25), nothing corrected | {errors} | {hit_1:.3} | {hit_10:.3} |"));
        if errors == 0 {
            all = figures;
        }
    }
    Ok(all)
}

/// The passages that the library cuts the Markdown files of a folder, and of the folders in it, into.
pub(crate) fn documents(folder: &Path) -> Outcome<Vec<Document>> {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder)?.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut documents = Vec::new();
    for path in files {
        let blocks = Mutex::new(Vec::new());
        let options = formats::ReadOptions::new("x.md", Limits::default());
        formats::read(&std::fs::read(&path)?, &options, &|event| {
            if let formats::ReadEvent::Section { blocks: section, .. } = event
                && let Ok(mut blocks) = blocks.lock()
            {
                blocks.extend(section);
            }
        });
        for chunk in chunk::cut(blocks.into_inner()?) {
            let (id, title) = (documents.len().to_string(), chunk.headings.join(" › "));
            documents.push(Document { id, title, text: chunk.text });
        }
    }
    Ok(documents)
}

/// A text with letters dropped, doubled, swapped or mistaken; another one for every number, the same each time.
pub(crate) fn with_errors(text: &str, errors: usize, number: u64) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let mut state = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below.max(1)).unwrap_or(1)).unwrap_or(0)
    };
    let mut made = 0;
    for _ in 0..1_000 {
        if made == errors {
            break;
        }
        let at = next(letters.len());
        let before = letters.clone();
        if !letters.get(at).is_some_and(|letter| letter.is_alphabetic()) {
            continue;
        }
        let any = char::from(b'a' + u8::try_from(next(26)).unwrap_or(0));
        match next(4) {
            0 => drop(letters.remove(at)),
            1 => letters.insert(at, any),
            2 if at + 1 < letters.len() => letters.swap(at, at + 1),
            _ => {
                if let Some(letter) = letters.get_mut(at) {
                    *letter = any;
                }
            }
        }
        let folded = |letters: &[char]| letters.iter().collect::<String>().to_lowercase();
        made += usize::from(folded(&letters) != folded(&before));
    }
    letters.into_iter().collect()
}
