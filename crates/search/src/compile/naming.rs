//! What is looked up by its name: it stands before what only has the words, and a mistyped name is understood as a
//! whole.

use super::{Boxed, Clause, Compiler, is_plain, term_query};
use crate::{
    analysis,
    expand::Guess,
    names::{self, Unknown},
    query::{Chip, ChipKind, Pattern, Typos},
};
use std::collections::HashSet;
use tantivy::{
    Term,
    query::{ConstScoreQuery, Occur},
};

/// What it is worth to be called as was typed; all words of a good passage together are worth about as much.
const NAME_BOOST: f32 = 24.0;

impl Compiler<'_> {
    /// What is called as the words of the query together say, or nearly so.
    pub(super) fn named(&mut self, clauses: &[Clause]) -> tantivy::Result<Vec<(Occur, Boxed)>> {
        let mut words: Vec<&str> = Vec::new();
        for clause in clauses {
            match &clause.pattern {
                Pattern::Word(text) if is_plain(clause) => words.push(text),
                Pattern::Word(_)
                | Pattern::Prefix(_)
                | Pattern::Wild(_)
                | Pattern::Fuzzy(..)
                | Pattern::Phrase(_) => return Ok(Vec::new()),
            }
        }
        let typed = words.join(" ");
        let name = names::written(&typed);
        if name.is_empty() || name.len() > names::MAX_BYTES {
            return Ok(Vec::new());
        }
        if self.presence.has(self.fields.names, &name)? {
            return Ok(vec![self.called(&name, 1.0)]);
        }
        match self.typos {
            Typos::None | Typos::Careful => Ok(Vec::new()),
            Typos::Generous => self.nearly_named(&typed, &name),
        }
    }

    /// What is nearly called so. Where only words that nobody wrote differ, these are steered to the name's; else the
    /// whole is one correction.
    fn nearly_named(&mut self, typed: &str, name: &str) -> tantivy::Result<Vec<(Occur, Boxed)>> {
        let unknown = self.unknown_words(typed)?;
        if unknown.is_empty() && self.is_heading(typed)? {
            return Ok(Vec::new());
        }
        let kind = if unknown.is_empty() { Unknown::None } else { Unknown::Some };
        let meant = names::like(&self.presence, self.fields, (name, names::edits(name, kind)))?;
        let mut wanted = Vec::new();
        let mut whole: Vec<Guess> = Vec::new();
        for guess in meant {
            let Some(differing) = differing(name, &guess.word, &unknown) else {
                whole.push(guess);
                continue;
            };
            if differing.iter().all(|(typed, _)| self.is_on(ChipKind::Correction, typed)) {
                wanted.push(self.called(&guess.word, guess.weight));
            }
            for (typed, word) in differing {
                let meant = self.steered.entry(typed).or_default();
                if !meant.iter().any(|known| known.word == word) {
                    meant.push(Guess { word, weight: guess.weight });
                }
            }
        }
        if !whole.is_empty() {
            wanted.extend(self.corrected(typed, &whole));
        }
        Ok(wanted)
    }

    /// A whole text that was meant for one of these names.
    fn corrected(&mut self, typed: &str, names: &[Guess]) -> Vec<(Occur, Boxed)> {
        let meant: Vec<String> = names.iter().map(|guess| guess.word.clone()).collect();
        let on = self.is_on(ChipKind::Correction, typed);
        self.chips.push(Chip {
            kind: ChipKind::Correction,
            typed: typed.to_owned(),
            meant: meant.clone(),
            on,
        });
        if !on {
            return Vec::new();
        }
        for name in &meant {
            self.marks.stems.extend(analysis::analyse(name).into_iter().map(|token| token.term));
        }
        self.corrections.push((typed.to_owned(), meant));
        names.iter().map(|guess| self.called(&guess.word, guess.weight)).collect()
    }

    fn called(&mut self, name: &str, weight: f32) -> (Occur, Boxed) {
        self.marks.names.insert(name.to_owned());
        let query: Boxed = Box::new(term_query(self.fields.names, name));
        // Hardly any text is a name by chance: what an edit costs a name is less than what it costs a word.
        (Occur::Should, Box::new(ConstScoreQuery::new(query, NAME_BOOST * weight.sqrt())))
    }

    /// The words that nobody wrote, as they are searched without stemming.
    fn unknown_words(&self, text: &str) -> tantivy::Result<HashSet<String>> {
        let mut unknown = HashSet::new();
        let surface = analysis::surface(text);
        for token in analysis::analyse(text) {
            if self.explained.contains(&token.term) || self.is_known(&token.term)? {
                continue;
            }
            let word = surface.iter().find(|word| word.range == token.range);
            unknown.extend(word.map(|word| word.term.clone()));
        }
        Ok(unknown)
    }

    /// Whether the words are one alone, or stand together in a heading: then they are meant as they are.
    fn is_heading(&self, text: &str) -> tantivy::Result<bool> {
        let terms: Vec<Term> = analysis::analyse(text)
            .into_iter()
            .map(|token| Term::from_field_text(self.fields.heading, &token.term))
            .collect();
        Ok(terms.len() < 2 || self.presence.have(&terms)?)
    }
}

/// The words in which a name differs from what was typed, where these are all words that nobody wrote.
fn differing(typed: &str, name: &str, unknown: &HashSet<String>) -> Option<Vec<(String, String)>> {
    let typed: Vec<&str> = typed.split(' ').collect();
    let name: Vec<&str> = name.split(' ').collect();
    if typed.len() != name.len() {
        return None;
    }
    let pairs = typed.into_iter().zip(name).filter(|(typed, meant)| typed != meant);
    pairs
        .map(|(typed, meant)| unknown.contains(typed).then(|| (typed.to_owned(), meant.to_owned())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::differing;
    use std::collections::HashSet;

    #[test]
    fn names_differ_in_words_that_nobody_wrote_or_as_a_whole() {
        let unknown: HashSet<String> = ["cnoe", "cldo", "ezombie"].map(str::to_owned).into();
        let pair = |typed: &str, meant: &str| (typed.to_owned(), meant.to_owned());
        assert_eq!(
            differing("cnoe of cldo", "cone of cold", &unknown),
            Some(vec![pair("cnoe", "cone"), pair("cldo", "cold")])
        );
        assert_eq!(differing("ogr ezombie", "ogre zombie", &unknown), None);
        assert_eq!(differing("disguise elf", "disguise self", &unknown), None);
        assert_eq!(differing("mindreading", "mind reading", &unknown), None);
    }
}
