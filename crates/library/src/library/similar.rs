//! More passages like one: by the words that tell most about it, and by meaning where there are vectors.

use super::{Library, hybrid::Found};
use crate::{
    LibraryError,
    model::{SearchMode, SearchResults},
    question,
};
use base::OwnerId;
use search::{Query, Typos};
use std::collections::{HashMap, HashSet};

/// How many words of a passage are looked for.
const WORDS: usize = 12;
/// How much of a long passage is looked at, in bytes.
const LOOKED_AT_BYTES: usize = 4_000;

impl Library {
    /// Passages like one, the most alike first, without itself.
    ///
    /// # Errors
    /// [`LibraryError::NoPassage`]; when the index cannot be read.
    pub async fn similar(
        &self,
        owner: OwnerId,
        chunk_id: &str,
        limit: usize,
    ) -> Result<SearchResults, LibraryError> {
        let view = self.passage(owner, chunk_id).await?;
        let heading = view.heading.unwrap_or_default();
        let words = telling(&format!("{heading}\n{}", view.text));
        let terms: Vec<String> = words.iter().map(|word| word.term.clone()).collect();
        let (frequencies, passages) = self.frequencies(terms).await?;
        let text = most_telling(words, &frequencies, passages);
        if text.is_empty() {
            return Ok(SearchResults::default());
        }
        let query = Query { limit: limit.saturating_add(1), typos: Typos::None, ..Query::new(owner, text) };
        let Found { hits, mode, words_only, .. } = self.find(query, SearchMode::Hybrid).await?;
        let others = hits.into_iter().filter(|found| found.hit.id != chunk_id).take(limit);
        let hits = self.told(others.collect()).await?;
        Ok(SearchResults { total: hits.len(), hits, mode, words_only, ..SearchResults::default() })
    }
}

/// A word of a passage.
struct Telling {
    /// As it is written.
    word: String,
    /// As the index knows it.
    term: String,
    /// How often it stands there.
    times: f64,
}

/// The words of a text that say something about its matter, in their order.
fn telling(text: &str) -> Vec<Telling> {
    let text = text.get(..text.floor_char_boundary(LOOKED_AT_BYTES)).unwrap_or(text);
    let mut words: Vec<Telling> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for token in search::analyse(text) {
        let word = text.get(token.range.clone()).unwrap_or_default();
        if question::is_common(&word.to_lowercase()) || word.chars().nth(1).is_none() {
            continue;
        }
        if let Some(known) = places.get(&token.term).and_then(|place| words.get_mut(*place)) {
            known.times += 1.0;
            continue;
        }
        places.insert(token.term.clone(), words.len());
        words.push(Telling { word: word.to_owned(), term: token.term, times: 1.0 });
    }
    words
}

/// The words that tell most, as a search: often here and seldom elsewhere, but not here alone.
fn most_telling(words: Vec<Telling>, frequencies: &[u64], passages: u64) -> String {
    let number = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let mut weighed: Vec<(f64, String)> = words
        .into_iter()
        .zip(frequencies)
        .filter(|(_, frequency)| **frequency > 1)
        .map(|(word, frequency)| {
            let rarity = (1.0 + number(passages) / number(*frequency)).ln();
            ((1.0 + word.times.ln()) * rarity, word.word)
        })
        .collect();
    weighed.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut seen = HashSet::new();
    let chosen = weighed.into_iter().map(|(_, word)| word).filter(|word| seen.insert(word.to_lowercase()));
    chosen.take(WORDS).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_stand_often_here_and_seldom_elsewhere_tell_most() {
        let words = telling("The quince ripens late. A quince is hard; what is unique here is zyx.");
        let names: Vec<&str> = words.iter().map(|word| word.word.as_str()).collect();
        assert!(names.starts_with(&["quince", "ripens"]) && names.contains(&"zyx"), "{names:?}");
        let frequency = |name: &&str| match *name {
            "quince" => 3,
            "zyx" => 1,
            _ => 50,
        };
        let frequencies: Vec<u64> = names.iter().map(frequency).collect();
        let text = most_telling(words, &frequencies, 100);
        assert!(text.starts_with("quince "), "{text}");
        assert!(!text.contains("zyx"), "what stands nowhere else finds nothing: {text}");
    }
}
