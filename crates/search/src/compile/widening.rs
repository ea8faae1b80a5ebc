//! What the owner's own passages add to a query: what they say is called otherwise is looked for as well, and what
//! stands together with it far more often than by chance is proposed.

use super::{Boxed, Clause, Compiler, Proposals, any_of, boosted, filter, is_plain, term_query};
use crate::{
    analysis,
    either::Either,
    names,
    query::{Chip, ChipKind, Pattern, Place},
    together::{self, NamesTogether},
    vocabulary::{ALIAS_SEPARATOR, MAX_WORDS},
};
use std::collections::HashSet;
use tantivy::{
    Term,
    collector::Count,
    query::{BooleanQuery, Occur},
};

/// Most words of a query that other names are looked up for.
const MOST_WORDS: usize = 16;
/// Most other names of one.
const MOST_ALIASES: usize = 6;
/// Longest query that related names are proposed for, in words: what is longer is a question.
const MOST_WORDS_RELATED: usize = 6;
/// Most names that are proposed.
const MOST_RELATED: usize = 5;
/// In how many passages a name must stand with the words to be looked at.
const LEAST_TOGETHER: u64 = 2;
/// What a related name is worth against a word that was typed.
const RELATED_BOOST: f32 = 0.4;

impl Compiler<'_> {
    /// What the plain words are called otherwise, as the passages in scope themselves say it.
    pub(super) fn called_by_passages(
        &mut self,
        clauses: &[Clause],
        scope: &[Boxed],
    ) -> tantivy::Result<Vec<(Occur, Boxed)>> {
        let mut wanted = Vec::new();
        for run in clauses.chunk_by(|one, other| is_plain(one) && is_plain(other)) {
            let words = plain_words(run);
            let most = words.len().min(MOST_WORDS);
            let mut at = 0;
            while at < most {
                let mut length = 1;
                if !self.begins_a_name(words.get(at).map_or("", String::as_str))? {
                    at += length;
                    continue;
                }
                for tried in (1..=MAX_WORDS.min(words.len() - at)).rev() {
                    let name = words.get(at..at + tried).unwrap_or_default().join(" ");
                    let others = self.aliases_of(&name, scope)?;
                    if !others.is_empty() {
                        wanted.extend(self.called_so(name, others)?);
                        length = tried;
                        break;
                    }
                }
                at += length;
            }
        }
        Ok(wanted)
    }

    /// Whether anything that has another name begins with this word, which hardly any word does.
    fn begins_a_name(&self, word: &str) -> tantivy::Result<bool> {
        for segment in self.searcher.segment_readers() {
            let inverted = segment.inverted_index(self.fields.aliases)?;
            let mut stream = inverted.terms().range().ge(word.as_bytes()).into_stream()?;
            if stream.advance() && stream.key().starts_with(word.as_bytes()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn called_so(&mut self, name: String, others: Vec<String>) -> tantivy::Result<Option<(Occur, Boxed)>> {
        let same = self.chips.iter().filter(|chip| names::written(&chip.typed) == name);
        let known: Vec<String> =
            same.flat_map(|chip| chip.meant.iter().map(|meant| names::written(meant))).collect();
        let others: Vec<String> = others.into_iter().filter(|other| !known.contains(other)).collect();
        if others.is_empty() {
            return Ok(None);
        }
        let stems = analysis::analyse(&name).into_iter().map(|token| token.term).collect();
        self.called_otherwise((ChipKind::Vocabulary, name), stems, others)
    }

    /// Other names for one, in the order of the alphabet.
    fn aliases_of(&self, name: &str, scope: &[Boxed]) -> tantivy::Result<Vec<String>> {
        let prefix = format!("{name}{ALIAS_SEPARATOR}");
        let mut found: Vec<String> = Vec::new();
        for segment in self.searcher.segment_readers() {
            let inverted = segment.inverted_index(self.fields.aliases)?;
            let mut stream = inverted.terms().range().ge(prefix.as_bytes()).into_stream()?;
            let mut seen = 0;
            while seen < 4 * MOST_ALIASES && stream.advance() {
                let Ok(term) = std::str::from_utf8(stream.key()) else { continue };
                let Some(other) = term.strip_prefix(prefix.as_str()) else { break };
                seen += 1;
                if !found.iter().any(|known| known == other) {
                    found.push(other.to_owned());
                }
            }
        }
        found.sort();
        let mut others = Vec::new();
        for other in found {
            if others.len() < MOST_ALIASES && self.says(&format!("{prefix}{other}"), scope)? {
                others.push(other);
            }
        }
        Ok(others)
    }

    /// Whether a passage in scope says this of a name.
    fn says(&self, alias: &str, scope: &[Boxed]) -> tantivy::Result<bool> {
        let mut all = within(scope);
        all.push((Occur::Must, filter(Box::new(term_query(self.fields.aliases, alias)))));
        Ok(self.searcher.search(&BooleanQuery::new(all), &Count)? > 0)
    }

    /// Names that stand in the passages in scope that have all plain words, far more often than elsewhere: proposed, and
    /// looked for where the person wants that.
    pub(super) fn related(
        &mut self,
        clauses: &[Clause],
        scope: &[Boxed],
    ) -> tantivy::Result<Option<(Occur, Boxed)>> {
        let words = plain_words(clauses);
        if words.is_empty() || words.len() > MOST_WORDS_RELATED {
            return Ok(None);
        }
        let typed = words.join(" ");
        let on = self.is_on(ChipKind::Related, &typed);
        if !on && self.proposals == Proposals::Unheard {
            return Ok(None);
        }
        let meant = self.names_with(&typed, scope)?;
        if meant.is_empty() {
            return Ok(None);
        }
        let mut queries = Vec::new();
        if on {
            for name in &meant {
                let pattern = Pattern::Phrase(name.clone());
                let clause = Clause { excluded: false, place: Place::Anywhere, pattern };
                queries.extend(self.phrase(name, &clause));
            }
        }
        self.chips.push(Chip { kind: ChipKind::Related, typed, meant, on });
        Ok(any_of(queries).map(|query| (Occur::Should, boosted(query, RELATED_BOOST))))
    }

    fn names_with(&self, typed: &str, scope: &[Boxed]) -> tantivy::Result<Vec<String>> {
        let stems: HashSet<String> = analysis::analyse(typed).into_iter().map(|token| token.term).collect();
        if stems.is_empty() {
            return Ok(Vec::new());
        }
        let mut all = within(scope);
        for stem in &stems {
            let places = [self.fields.body, self.fields.heading];
            let terms = places.map(|place| Term::from_field_text(place, stem));
            all.push((Occur::Must, Box::new(Either(terms.to_vec()))));
        }
        let found = self.searcher.search(&BooleanQuery::new(all), &NamesTogether(&self.tables.names))?;
        let (matching, passages) = (found.passages, self.searcher.num_docs());
        let mut names: Vec<(f64, String)> = Vec::new();
        for (name, both) in found.most(LEAST_TOGETHER) {
            let adds = analysis::analyse(&name).iter().any(|token| !stems.contains(&token.term));
            if !adds {
                continue;
            }
            let everywhere = self.searcher.doc_freq(&Term::from_field_text(self.fields.terms, &name))?;
            let belonging = together::belonging(both, (matching, everywhere), passages);
            names.extend(belonging.map(|belonging| (belonging, name)));
        }
        names.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
        Ok(names.into_iter().take(MOST_RELATED).map(|(_, name)| name).collect())
    }
}

/// The words of the plain clauses, in small letters without accents.
fn plain_words(clauses: &[Clause]) -> Vec<String> {
    let mut words = Vec::new();
    for clause in clauses.iter().filter(|clause| is_plain(clause)) {
        match &clause.pattern {
            Pattern::Word(text) => words.extend(analysis::surface(text).into_iter().map(|token| token.term)),
            Pattern::Prefix(_) | Pattern::Wild(_) | Pattern::Fuzzy(..) | Pattern::Phrase(_) => {}
        }
    }
    words
}

fn within(scope: &[Boxed]) -> Vec<(Occur, Boxed)> {
    scope.iter().map(|query| (Occur::Must, filter(query.box_clone()))).collect()
}
