//! From a person's query to the engine's, and to what will be highlighted.

mod naming;
mod widening;

use crate::{
    analysis,
    expand::{self, Guess},
    facets::Left,
    highlight::Marks,
    presence::Presence,
    query::{Chip, ChipKind, Clause, Counting, OwnWords, Pattern, Place, Query, Typos, key, parse},
    schema::Fields,
    segments::Tables,
    synonyms::Synonyms,
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use tantivy::{
    Searcher, Term,
    query::{
        AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, Occur, PhraseQuery,
        Query as EngineQuery, TermQuery, TermSetQuery,
    },
    schema::{Field, IndexRecordOption},
};

/// How much more a word in a heading says than one in the body. Twice as much finds names as well (they have a boost of
/// their own) and costs two points of nDCG@10 on questions: `docs/library.md`, figures.
const HEADING_BOOST: f32 = 1.25;
/// How much a word in a title says; it stands for every passage of the document.
const TITLE_BOOST: f32 = 1.0;
/// What other words of the same meaning are worth against those that were typed.
const SYNONYM_BOOST: f32 = 0.7;

/// Most clauses that are looked for: each is a list of passages to go through, or several.
const MOST_CLAUSES: usize = 64;

pub(crate) type Boxed = Box<dyn EngineQuery>;

/// Whether somebody hears what is proposed beside what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proposals {
    Heard,
    Unheard,
}

/// A query ready to run.
pub(crate) struct Compiled {
    /// What gives the score.
    wanted: Boxed,
    /// What of that every hit must have, whichever way it is found: phrases and titles.
    required: Vec<(Occur, Boxed)>,
    /// Whose it is, in which documents, and what must not be there.
    bounds: Vec<(Occur, Boxed)>,
    pub(crate) marks: Arc<Marks>,
    /// What typed words were taken for: (typed, indexed words).
    pub(crate) corrections: Vec<(String, Vec<String>)>,
    /// What was made of words, and what of it was switched off.
    pub(crate) chips: Vec<Chip>,
    /// What was chosen by facets, apart from the bounds: counts leave it out.
    chosen: Option<Boxed>,
}

/// Compiles a query; `None` when it asks for nothing (no word in it).
pub(crate) fn compile(
    (searcher, tables): (&Searcher, &Tables),
    fields: &Fields,
    query: &Query,
    proposals: Proposals,
) -> tantivy::Result<Option<Compiled>> {
    let mut compiler = Compiler {
        searcher,
        tables,
        fields,
        typos: query.typos,
        switched_off: &query.switched_off,
        switched_on: &query.switched_on,
        proposals,
        presence: Presence::new(searcher, fields, query.owner),
        marks: Marks::default(),
        corrections: Vec::new(),
        chips: Vec::new(),
        explained: HashSet::new(),
        steered: HashMap::new(),
    };
    let (clauses, tagged) = (parse(&query.text), tag_bounds(fields, query));
    let nothing_asked = clauses.is_empty() && tagged.is_empty();
    if nothing_asked && query.filter.is_empty() && query.counting == Counting::No {
        return Ok(None);
    }
    let mut wanted: Vec<(Occur, Boxed)> = match &query.synonyms {
        Some(synonyms) => compiler.other_words(&clauses, synonyms)?,
        None => Vec::new(),
    };
    let chosen = chosen((searcher, tables), query)?;
    let mut scope = scope((searcher, fields), query, chosen.as_ref())?;
    let within = tagged.iter().filter(|(occur, _)| *occur == Occur::Must);
    scope.extend(within.map(|(_, documents)| documents.box_clone()));
    match query.own_words {
        OwnWords::Unused => {}
        OwnWords::Used => wanted.extend(compiler.called_by_passages(&clauses, &scope)?),
    }
    wanted.extend(compiler.named(&clauses)?);
    match query.own_words {
        OwnWords::Unused => {}
        OwnWords::Used => wanted.extend(compiler.related(&clauses, &scope)?),
    }
    let mut excluded: Vec<(Occur, Boxed)> = Vec::new();
    for clause in compiler.telling(&clauses)? {
        let compiled = compiler.clause(clause)?;
        let is_needed = matches!(clause.pattern, Pattern::Phrase(_)) || clause.place != Place::Anywhere;
        match (clause.excluded, is_needed) {
            (true, _) => excluded.extend(any_of(compiled).map(|any| (Occur::MustNot, any))),
            (false, true) => wanted.extend(any_of(compiled).map(|any| (Occur::Must, any))),
            // All in one level: the engine is twice as fast with terms as with groups of them.
            (false, false) => wanted.extend(compiled.into_iter().map(|one| (Occur::Should, one))),
        }
    }
    // Where every word was dropped (stop words, unknown ones), no words match: what is empty matches nothing.
    if wanted.is_empty() && clauses.iter().all(|clause| clause.excluded) {
        wanted.push((Occur::Must, Box::new(AllQuery)));
    }
    let required = wanted.iter().filter(|(occur, _)| *occur == Occur::Must);
    let required = required.map(|(occur, query)| (*occur, filter(query.box_clone()))).collect();
    let mut bounds = excluded;
    bounds.extend(tagged);
    bounds.extend(owned(searcher, fields, query)?.map(|owned| (Occur::Must, filter(owned))));
    if !query.document_ids.is_empty() {
        let terms = query.document_ids.iter().map(|id| Term::from_field_text(fields.document_id, id));
        bounds.push((Occur::Must, filter(Box::new(TermSetQuery::new(terms)))));
    }
    if clauses.is_empty() {
        // Only a choice: what it leaves, each entry once.
        let begins = Term::from_field_u64(fields.begins, 1);
        bounds.push((Occur::Must, filter(Box::new(TermQuery::new(begins, IndexRecordOption::Basic)))));
    }
    let wanted = Box::new(BooleanQuery::new(wanted));
    let Compiler { marks, corrections, chips, .. } = compiler;
    let marks = Arc::new(marks);
    Ok(Some(Compiled { wanted, required, bounds, marks, corrections, chips, chosen }))
}

/// What `tag:` clauses ask of documents.
fn tag_bounds(fields: &Fields, query: &Query) -> Vec<(Occur, Boxed)> {
    let Some(tagged) = query.tagged() else { return Vec::new() };
    let documents = |ids: HashSet<String>| {
        let terms: Vec<Term> = ids.iter().map(|id| Term::from_field_text(fields.document_id, id)).collect();
        filter(Box::new(TermSetQuery::new(terms)))
    };
    let within = tagged.within.map(|ids| (Occur::Must, documents(ids)));
    let without = (!tagged.without.is_empty()).then(|| (Occur::MustNot, documents(tagged.without)));
    within.into_iter().chain(without).collect()
}

/// Where an owner looks: in what is theirs, in these documents, among what the facets leave.
fn scope(
    (searcher, fields): (&Searcher, &Fields),
    query: &Query,
    chosen: Option<&Boxed>,
) -> tantivy::Result<Vec<Boxed>> {
    let mut scope = Vec::from_iter(owned(searcher, fields, query)?);
    if !query.document_ids.is_empty() {
        let terms = query.document_ids.iter().map(|id| Term::from_field_text(fields.document_id, id));
        scope.push(Box::new(TermSetQuery::new(terms)));
    }
    scope.extend(chosen.map(|chosen| chosen.box_clone()));
    Ok(scope)
}

/// What is theirs; `None` where all is, which need not be looked at passage by passage.
fn owned(searcher: &Searcher, fields: &Fields, query: &Query) -> tantivy::Result<Option<Boxed>> {
    let owner = term_query(fields.owner, &query.owner.to_string());
    let all: u64 = searcher.segment_readers().iter().map(|segment| u64::from(segment.max_doc())).sum();
    Ok((searcher.doc_freq(owner.term())? < all).then(|| Box::new(owner) as Boxed))
}

/// What the facets leave; `None` where nothing was chosen.
fn chosen((searcher, tables): (&Searcher, &Tables), query: &Query) -> tantivy::Result<Option<Boxed>> {
    if query.filter.is_empty() {
        return Ok(None);
    }
    let (left, _) = tables.marks.left(searcher, (&query.filter, &query.tags))?;
    Ok(Some(filter(Box::new(left))))
}

/// Whatever an owner's choice leaves.
pub(crate) fn choice(fields: &Fields, query: &Query, left: Left) -> Boxed {
    let owner: Boxed = filter(Box::new(term_query(fields.owner, &query.owner.to_string())));
    Box::new(BooleanQuery::new(vec![(Occur::Must, owner), (Occur::Must, filter(Box::new(left)))]))
}

impl Compiled {
    /// What the query finds.
    pub(crate) fn query(&self) -> Boxed {
        self.flat(vec![(Occur::Must, self.wanted.box_clone())])
    }

    /// What it would find without a choice by facets.
    pub(crate) fn query_of_any(&self) -> Boxed {
        self.bound(vec![(Occur::Must, self.wanted.box_clone())])
    }

    /// What it would allow among these passages without a choice by facets.
    pub(crate) fn allowed_of_any_among(&self, passages: &Boxed) -> Boxed {
        let required = self.required.iter().map(|(occur, query)| (*occur, query.box_clone()));
        self.bound(std::iter::once((Occur::Must, passages.box_clone())).chain(required).collect())
    }

    /// Whether something was chosen by facets.
    pub(crate) fn is_chosen(&self) -> bool {
        self.chosen.is_some()
    }

    /// What it finds among these passages.
    pub(crate) fn query_among(&self, passages: &Boxed) -> Boxed {
        self.flat(vec![(Occur::Must, self.wanted.box_clone()), (Occur::Must, passages.box_clone())])
    }

    /// What it allows among these passages, whether their words match or not.
    pub(crate) fn allowed_among(&self, passages: &Boxed) -> Boxed {
        let required = self.required.iter().map(|(occur, query)| (*occur, query.box_clone()));
        self.flat(std::iter::once((Occur::Must, passages.box_clone())).chain(required).collect())
    }

    /// Everything in one level: the engine asserts on phrases that are excluded further below.
    fn flat(&self, mut clauses: Vec<(Occur, Boxed)>) -> Boxed {
        clauses.extend(self.chosen.iter().map(|chosen| (Occur::Must, chosen.box_clone())));
        self.bound(clauses)
    }

    fn bound(&self, mut clauses: Vec<(Occur, Boxed)>) -> Boxed {
        clauses.extend(self.bounds.iter().map(|(occur, query)| (*occur, query.box_clone())));
        match clauses.as_slice() {
            [(Occur::Must, alone)] => alone.box_clone(),
            _ => Box::new(BooleanQuery::new(clauses)),
        }
    }
}

/// The passages of these ids.
pub(crate) fn passages(fields: &Fields, ids: &[String]) -> Boxed {
    filter(Box::new(TermSetQuery::new(ids.iter().map(|id| Term::from_field_text(fields.id, id)))))
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
    tables: &'a Tables,
    fields: &'a Fields,
    typos: Typos,
    switched_off: &'a [String],
    switched_on: &'a [String],
    proposals: Proposals,
    presence: Presence<'a>,
    marks: Marks,
    corrections: Vec<(String, Vec<String>)>,
    chips: Vec<Chip>,
    /// Stems that have others of the same meaning here: no typing errors, though nobody wrote them.
    explained: HashSet<String>,
    /// What words that nobody wrote stand for in the name that was meant by all of them together.
    steered: HashMap<String, Vec<Guess>>,
}

/// A clause of plain words, anywhere in a passage.
fn is_plain(clause: &Clause) -> bool {
    matches!(clause.pattern, Pattern::Word(_)) && !clause.excluded && clause.place == Place::Anywhere
}

impl Compiler<'_> {
    fn is_on(&self, kind: ChipKind, typed: &str) -> bool {
        match kind {
            ChipKind::Synonym | ChipKind::Correction | ChipKind::Vocabulary => {
                self.switched_off.is_empty() || !self.switched_off.contains(&key(kind, typed))
            }
            ChipKind::Related => self.switched_on.contains(&key(kind, typed)),
        }
    }

    /// The clauses that are looked for. Of too many those stay that ask for more than a word, and of the words the rarest:
    /// what stands everywhere hardly changes the order of hits.
    fn telling<'c>(&self, clauses: &'c [Clause]) -> tantivy::Result<Vec<&'c Clause>> {
        if clauses.len() <= MOST_CLAUSES {
            return Ok(clauses.iter().collect());
        }
        let mut ranked: Vec<(u64, usize)> = Vec::with_capacity(clauses.len());
        for (at, clause) in clauses.iter().enumerate() {
            ranked.extend(self.commonness(clause)?.map(|commonness| (commonness, at)));
        }
        ranked.sort_unstable();
        ranked.truncate(MOST_CLAUSES);
        let mut kept: Vec<usize> = ranked.into_iter().map(|(_, at)| at).collect();
        kept.sort_unstable();
        Ok(kept.into_iter().filter_map(|at| clauses.get(at)).collect())
    }

    /// In how many passages the rarest part of a word stands, more than all where nobody wrote it; none where it is never
    /// searched, and nothing for what asks for more than a word.
    fn commonness(&self, clause: &Clause) -> tantivy::Result<Option<u64>> {
        let text = match &clause.pattern {
            Pattern::Word(text) if is_plain(clause) => text,
            Pattern::Word(_)
            | Pattern::Prefix(_)
            | Pattern::Wild(_)
            | Pattern::Fuzzy(..)
            | Pattern::Phrase(_) => return Ok(Some(0)),
        };
        let mut rarest = None;
        for token in analysis::analyse(text) {
            let body = self.searcher.doc_freq(&Term::from_field_text(self.fields.body, &token.term))?;
            let heading = self.searcher.doc_freq(&Term::from_field_text(self.fields.heading, &token.term))?;
            let stands = Some(body.max(heading)).filter(|passages| *passages > 0).unwrap_or(u64::MAX);
            rarest = Some(rarest.map_or(stands, |rarest: u64| rarest.min(stands)));
        }
        Ok(rarest)
    }

    /// What the plain words are called otherwise in these passages.
    fn other_words(
        &mut self,
        clauses: &[Clause],
        synonyms: &Synonyms,
    ) -> tantivy::Result<Vec<(Occur, Boxed)>> {
        let mut wanted = Vec::new();
        for run in clauses.chunk_by(|one, other| is_plain(one) && is_plain(other)) {
            let mut tokens: Vec<(String, String)> = Vec::new();
            for clause in run.iter().filter(|clause| is_plain(clause)) {
                let Pattern::Word(text) = &clause.pattern else { continue };
                let typed =
                    |token: &analysis::Token| text.get(token.range.clone()).unwrap_or_default().to_owned();
                let found = analysis::analyse(text).into_iter().map(|token| (typed(&token), token.term));
                tokens.extend(found);
            }
            let stems: Vec<&str> = tokens.iter().map(|(_, stem)| stem.as_str()).collect();
            let mut at = 0;
            while let Some(rest) = stems.get(at..).filter(|rest| !rest.is_empty()) {
                let Some(found) = synonyms.at(rest) else {
                    at += 1;
                    continue;
                };
                let words = tokens.get(at..at + found.length).unwrap_or_default();
                let typed = words.iter().map(|(typed, _)| typed.as_str()).collect::<Vec<_>>().join(" ");
                let stems = words.iter().map(|(_, stem)| stem.clone()).collect();
                wanted.extend(self.called_otherwise((ChipKind::Synonym, typed), stems, found.others)?);
                at += found.length;
            }
        }
        Ok(wanted)
    }

    /// The others of these words (as typed, and their stems), as far as somebody wrote them.
    fn called_otherwise(
        &mut self,
        (kind, typed): (ChipKind, String),
        stems: Vec<String>,
        others: Vec<String>,
    ) -> tantivy::Result<Option<(Occur, Boxed)>> {
        let mut meant = Vec::new();
        for other in others {
            let mut is_known = true;
            for token in analysis::analyse(&other) {
                is_known &= self.is_known(&token.term)?;
            }
            if is_known {
                meant.push(other);
            }
        }
        if meant.is_empty() {
            return Ok(None);
        }
        let on = self.is_on(kind, &typed);
        let mut queries = Vec::new();
        if on {
            self.explained.extend(stems);
            for other in &meant {
                let pattern = Pattern::Phrase(other.clone());
                let clause = Clause { excluded: false, place: Place::Anywhere, pattern };
                queries.extend(self.phrase(other, &clause));
            }
        }
        self.chips.push(Chip { kind, typed, meant, on });
        let query: Option<Boxed> = (!queries.is_empty())
            .then(|| boosted(Box::new(DisjunctionMaxQuery::new(queries)), SYNONYM_BOOST));
        Ok(query.map(|query| (Occur::Should, query)))
    }

    /// What a clause looks for: any of it, and the more the better.
    fn clause(&mut self, clause: &Clause) -> tantivy::Result<Vec<Boxed>> {
        match &clause.pattern {
            Pattern::Word(text) => self.words(text, clause),
            Pattern::Prefix(text) => self.prefix(text, clause),
            Pattern::Wild(text) => {
                let words = expand::words_of_form(&self.presence, self.fields, text)?;
                Ok(Vec::from_iter(self.one_of(words, clause)))
            }
            Pattern::Fuzzy(text, edits) => {
                let word = analysis::surface(text).pop().map_or_else(String::new, |token| token.term);
                let words = expand::words_within(&self.presence, self.fields, (&word, *edits))?;
                Ok(Vec::from_iter(self.one_of(words, clause)))
            }
            Pattern::Phrase(text) => Ok(Vec::from_iter(self.phrase(text, clause))),
        }
    }

    /// Fields to look in and what a match there is worth.
    fn places(&self, clause: &Clause) -> Vec<(Field, f32)> {
        match clause.place {
            Place::Title => vec![(self.fields.title, 1.0)],
            Place::Heading => vec![(self.fields.heading, 1.0)],
            Place::Text => vec![(self.fields.body, 1.0)],
            Place::Anywhere => vec![
                (self.fields.body, 1.0),
                (self.fields.heading, HEADING_BOOST),
                (self.fields.title, TITLE_BOOST),
            ],
        }
    }

    /// A word as it is written: anywhere exactly so, in one place by its stem, which is all that is known there.
    fn written(&self, word: &str, clause: &Clause) -> Option<Boxed> {
        match (clause.place, analysis::analyse(word).pop()) {
            (Place::Title | Place::Heading | Place::Text, Some(stem)) => {
                any_of(self.in_places(&stem.term, clause))
            }
            (Place::Title | Place::Heading | Place::Text, None) | (Place::Anywhere, _) => {
                Some(Box::new(term_query(self.fields.words, word)))
            }
        }
    }

    /// Any of these words, each worth as much as its weight says.
    fn one_of(&mut self, words: Vec<Guess>, clause: &Clause) -> Option<Boxed> {
        let queries: Vec<Boxed> = words
            .iter()
            .filter_map(|guess| Some(boosted(self.written(&guess.word, clause)?, guess.weight)))
            .collect();
        if !clause.excluded {
            self.marks.words.extend(words.into_iter().map(|guess| guess.word));
        }
        (!queries.is_empty()).then(|| Box::new(DisjunctionMaxQuery::new(queries)) as Boxed)
    }

    fn words(&mut self, text: &str, clause: &Clause) -> tantivy::Result<Vec<Boxed>> {
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
            return Ok(Vec::from_iter(self.phrase(text, clause)));
        }
        Ok(queries)
    }

    fn stem(&mut self, stem: &str, typed: &str, clause: &Clause) -> tantivy::Result<Vec<Boxed>> {
        let is_plain = clause.excluded || self.typos == Typos::None || self.explained.contains(stem);
        if is_plain || self.is_known(stem)? {
            if !clause.excluded {
                self.marks.stems.insert(stem.to_owned());
            }
            return Ok(self.in_places(stem, clause));
        }
        let word = analysis::surface(typed).pop().map_or_else(String::new, |token| token.term);
        let in_heading = |word: &str| {
            let Some(token) = analysis::analyse(word).pop() else { return Ok(false) };
            self.presence.has(self.fields.heading, &token.term)
        };
        let like = expand::words_like(&self.presence, self.fields, (&word, self.typos), &in_heading)?;
        let mut meant = self.steered.get(&word).cloned().unwrap_or_default();
        for guess in like {
            if !meant.iter().any(|known| known.word == guess.word) {
                meant.push(guess);
            }
        }
        if !meant.is_empty() {
            let meant = meant.iter().map(|guess| guess.word.clone()).collect();
            let on = self.is_on(ChipKind::Correction, typed);
            self.chips.push(Chip { kind: ChipKind::Correction, typed: typed.to_owned(), meant, on });
            if !on {
                self.marks.stems.insert(stem.to_owned());
                return Ok(self.in_places(stem, clause));
            }
        }
        // Words of one stem are one guess, as good as the best of them.
        let mut stems: Vec<(String, f32)> = Vec::new();
        for guess in &meant {
            for token in analysis::analyse(&guess.word) {
                if !stems.iter().any(|(stem, _)| *stem == token.term) {
                    stems.push((token.term, guess.weight));
                }
            }
        }
        if !meant.is_empty() {
            self.corrections.push((typed.to_owned(), meant.into_iter().map(|guess| guess.word).collect()));
        }
        let guesses = stems
            .iter()
            .filter_map(|(stem, weight)| Some(boosted(any_of(self.in_places(stem, clause))?, *weight)));
        let guesses: Vec<Boxed> = guesses.collect();
        self.marks.stems.extend(stems.into_iter().map(|(stem, _)| stem));
        // The person meant one of them: what has several does not fit better.
        let meant = (!guesses.is_empty()).then(|| Box::new(DisjunctionMaxQuery::new(guesses)) as Boxed);
        Ok(Vec::from_iter(meant))
    }

    fn is_known(&self, stem: &str) -> tantivy::Result<bool> {
        for field in [self.fields.body, self.fields.heading, self.fields.title] {
            if self.presence.has(field, stem)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn in_places(&self, stem: &str, clause: &Clause) -> Vec<Boxed> {
        let query = |(field, boost)| boosted(Box::new(term_query(field, stem)), boost);
        self.places(clause).into_iter().map(query).collect()
    }

    fn prefix(&mut self, text: &str, clause: &Clause) -> tantivy::Result<Vec<Boxed>> {
        // `half-el*`: the words before the last are whole.
        let mut tokens = analysis::surface(text);
        let Some(last) = tokens.pop() else { return Ok(Vec::new()) };
        let words = expand::words_with_prefix(self.searcher, self.fields, &last.term)?;
        let mut queries: Vec<Boxed> = words.iter().filter_map(|word| self.written(word, clause)).collect();
        if let Some(before) = text.get(..last.range.start) {
            queries.extend(self.words(before, clause)?);
        }
        if !clause.excluded {
            self.marks.prefixes.push(last.term);
        }
        Ok(queries)
    }

    fn phrase(&mut self, text: &str, clause: &Clause) -> Option<Boxed> {
        let tokens = analysis::analyse(text);
        let [first, _, ..] = tokens.as_slice() else {
            // A phrase of one word (or of one beside stop words) is that word, exactly.
            let token = tokens.into_iter().next()?;
            let query = any_of(self.in_places(&token.term, clause));
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
