//! From a person's query to the engine's, and to what will be highlighted.

use crate::{
    analysis, expand,
    highlight::Marks,
    query::{Clause, Pattern, Query, parse},
    schema::Fields,
};
use tantivy::{
    Searcher, Term,
    query::{
        AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, Occur, PhraseQuery, Query as EngineQuery,
        TermQuery, TermSetQuery,
    },
    schema::{Field, IndexRecordOption},
};

/// How much more a word in a heading says than one in the body.
const HEADING_BOOST: f32 = 2.0;
/// How much a word in a title says; it stands for every passage of the document.
const TITLE_BOOST: f32 = 1.0;
/// What a guess at a typo is worth against a word that stands there as typed.
const TYPO_BOOST: f32 = 0.7;

type Boxed = Box<dyn EngineQuery>;

/// A query ready to run.
pub(crate) struct Compiled {
    pub(crate) query: Boxed,
    pub(crate) marks: Marks,
    /// What typed words were taken for: (typed, indexed words).
    pub(crate) corrections: Vec<(String, Vec<String>)>,
}

/// Compiles a query; `None` when it asks for nothing (no word in it).
pub(crate) fn compile(
    searcher: &Searcher,
    fields: &Fields,
    query: &Query,
) -> tantivy::Result<Option<Compiled>> {
    let mut compiler = Compiler {
        searcher,
        fields,
        typo_tolerance: query.typo_tolerance,
        marks: Marks::default(),
        corrections: Vec::new(),
    };
    let clauses = parse(&query.text);
    if clauses.is_empty() {
        return Ok(None);
    }
    let mut wanted: Vec<(Occur, Boxed)> = Vec::new();
    let mut excluded: Vec<(Occur, Boxed)> = Vec::new();
    for clause in &clauses {
        let Some(compiled) = compiler.clause(clause)? else { continue };
        match (&clause.pattern, clause.excluded, clause.in_title) {
            (_, true, _) => excluded.push((Occur::MustNot, compiled)),
            (Pattern::Phrase(_), false, _) | (_, false, true) => wanted.push((Occur::Must, compiled)),
            (Pattern::Word(_) | Pattern::Prefix(_), false, false) => wanted.push((Occur::Should, compiled)),
        }
    }
    if wanted.is_empty() {
        if clauses.iter().any(|clause| !clause.excluded) {
            return Ok(None);
        }
        wanted.push((Occur::Must, Box::new(AllQuery)));
    }
    let mut all = vec![(Occur::Must, Box::new(BooleanQuery::new(wanted)) as Boxed)];
    all.extend(excluded);
    all.push((Occur::Must, filter(Box::new(term_query(fields.owner, &query.owner.to_string())))));
    if !query.document_ids.is_empty() {
        let terms = query.document_ids.iter().map(|id| Term::from_field_text(fields.document_id, id));
        all.push((Occur::Must, filter(Box::new(TermSetQuery::new(terms)))));
    }
    let Compiler { marks, corrections, .. } = compiler;
    Ok(Some(Compiled { query: Box::new(BooleanQuery::new(all)), marks, corrections }))
}

/// Restricts without adding to the score.
fn filter(query: Boxed) -> Boxed {
    Box::new(ConstScoreQuery::new(query, 0.0))
}

fn term_query(field: Field, text: &str) -> TermQuery {
    TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::WithFreqs)
}

fn any_of(mut queries: Vec<Boxed>) -> Option<Boxed> {
    if queries.len() > 1 {
        return Some(Box::new(BooleanQuery::union(queries)));
    }
    queries.pop()
}

fn boosted(query: Boxed, boost: f32) -> Boxed {
    Box::new(BoostQuery::new(query, boost))
}

struct Compiler<'a> {
    searcher: &'a Searcher,
    fields: &'a Fields,
    typo_tolerance: bool,
    marks: Marks,
    corrections: Vec<(String, Vec<String>)>,
}

impl Compiler<'_> {
    fn clause(&mut self, clause: &Clause) -> tantivy::Result<Option<Boxed>> {
        match &clause.pattern {
            Pattern::Word(text) => self.words(text, clause),
            Pattern::Prefix(text) => self.prefix(text, clause),
            Pattern::Phrase(text) => Ok(self.phrase(text, clause)),
        }
    }

    /// Fields to look in and what a match there is worth.
    fn places(&self, clause: &Clause) -> Vec<(Field, f32)> {
        if clause.in_title {
            return vec![(self.fields.title, 1.0)];
        }
        vec![(self.fields.body, 1.0), (self.fields.heading, HEADING_BOOST), (self.fields.title, TITLE_BOOST)]
    }

    fn words(&mut self, text: &str, clause: &Clause) -> tantivy::Result<Option<Boxed>> {
        let tokens = analysis::analyse(text);
        let mut queries = Vec::new();
        for token in &tokens {
            let typed = text.get(token.range.clone()).unwrap_or_default();
            queries.extend(self.stem(&token.term, typed, clause)?);
        }
        if tokens.len() > 1 && !clause.excluded {
            // `half-elf` is two words, but better where they stand together.
            queries.extend(self.phrase(text, clause));
        } else if tokens.len() > 1 {
            return Ok(self.phrase(text, clause));
        }
        Ok(any_of(queries))
    }

    fn stem(&mut self, stem: &str, typed: &str, clause: &Clause) -> tantivy::Result<Option<Boxed>> {
        if self.is_known(stem)? || clause.excluded || !self.typo_tolerance {
            if !clause.excluded {
                self.marks.stems.insert(stem.to_owned());
            }
            return Ok(self.in_places(stem, clause));
        }
        let word = analysis::surface(typed).pop().map_or_else(String::new, |token| token.term);
        let meant = expand::words_like(self.searcher, self.fields, &word)?;
        let mut stems: Vec<String> =
            meant.iter().flat_map(|word| analysis::analyse(word)).map(|token| token.term).collect();
        stems.sort();
        stems.dedup();
        if !meant.is_empty() {
            self.corrections.push((typed.to_owned(), meant));
        }
        let queries: Vec<Boxed> = stems.iter().filter_map(|stem| self.in_places(stem, clause)).collect();
        self.marks.stems.extend(stems);
        Ok(any_of(queries).map(|query| boosted(query, TYPO_BOOST)))
    }

    fn is_known(&self, stem: &str) -> tantivy::Result<bool> {
        for field in [self.fields.body, self.fields.heading, self.fields.title] {
            if self.searcher.doc_freq(&Term::from_field_text(field, stem))? > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn in_places(&self, stem: &str, clause: &Clause) -> Option<Boxed> {
        let queries = self.places(clause).into_iter().map(|(field, boost)| {
            let query: Boxed = Box::new(term_query(field, stem));
            boosted(query, boost)
        });
        any_of(queries.collect())
    }

    fn prefix(&mut self, text: &str, clause: &Clause) -> tantivy::Result<Option<Boxed>> {
        // `half-el*`: the words before the last are whole.
        let mut tokens = analysis::surface(text);
        let Some(last) = tokens.pop() else { return Ok(None) };
        let words = expand::words_with_prefix(self.searcher, self.fields, &last.term)?;
        let mut queries: Vec<Boxed> = words
            .iter()
            .map(|word| -> Boxed {
                match (clause.in_title, analysis::analyse(word).pop()) {
                    (true, Some(stem)) => Box::new(term_query(self.fields.title, &stem.term)),
                    (true, None) | (false, _) => Box::new(term_query(self.fields.words, word)),
                }
            })
            .collect();
        if let Some(before) = text.get(..last.range.start) {
            queries.extend(self.words(before, clause)?);
        }
        if !clause.excluded {
            self.marks.prefixes.push(last.term);
        }
        Ok(any_of(queries))
    }

    fn phrase(&mut self, text: &str, clause: &Clause) -> Option<Boxed> {
        let tokens = analysis::analyse(text);
        let [first, _, ..] = tokens.as_slice() else {
            // A phrase of one word (or of one beside stop words) is that word, exactly.
            let token = tokens.into_iter().next()?;
            let query = self.in_places(&token.term, clause);
            if !clause.excluded {
                self.marks.stems.insert(token.term);
            }
            return query;
        };
        let start = first.position;
        let offsets: Vec<(usize, String)> =
            tokens.into_iter().map(|token| (token.position - start, token.term)).collect();
        let queries = self.places(clause).into_iter().map(|(field, boost)| {
            let terms =
                offsets.iter().map(|(offset, term)| (*offset, Term::from_field_text(field, term))).collect();
            boosted(Box::new(PhraseQuery::new_with_offset(terms)), boost)
        });
        let query = any_of(queries.collect());
        if !clause.excluded {
            self.marks.phrases.push(offsets);
        }
        query
    }
}
