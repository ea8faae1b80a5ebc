//! The index: passages in, hits out.

use crate::{
    SearchError, analysis,
    compile::{self, Compiled, Proposals},
    expand,
    facets::{self, Allowed, CountMarks, FacetCounts, Facets, Passages},
    highlight::Marks,
    names, phonetic,
    query::{Chip, Counting, Query},
    schema::{self, Fields, LAYOUT_VERSION},
    segments::Tables,
    vocabulary,
};
use base::OwnerId;
use std::{
    collections::{HashMap, HashSet},
    fmt, fs,
    ops::Range,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tantivy::{
    DocAddress, Index as Engine, IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyDocument,
    TantivyError, Term,
    collector::{Count, TopDocs},
    indexer::IndexWriterOptions,
    schema::Value,
};

/// Memory that changes are collected in before they go to the disk, in bytes (the engine's minimum is 15 MB).
const WRITER_MEMORY_BYTES: usize = 16_000_000;
/// Most hits of one search.
const MAX_LIMIT: usize = 1_000;
/// Farthest page of hits.
const MAX_OFFSET: usize = 10_000;
/// Blocks of stored passages kept unpacked, per segment.
const CACHED_BLOCKS: usize = 4;
const LAYOUT_FILE: &str = "familiar-layout";

/// A passage to be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// Who may find it.
    pub owner: OwnerId,
    /// The document it stands in.
    pub document_id: String,
    /// The document's title.
    pub title: String,
    /// The headings it stands under; empty where there are none.
    pub heading: String,
    /// The text.
    pub body: String,
    /// Its page, from 1.
    pub page: Option<u32>,
    /// What it is besides its words.
    pub facets: Facets,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Hits {
    /// The best first.
    pub hits: Vec<Hit>,
    /// How many passages match in all.
    pub total: usize,
    /// Words that nobody wrote, and what they were taken for.
    pub corrections: Vec<(String, Vec<String>)>,
    /// What was made of words, and what of it was switched off.
    pub chips: Vec<Chip>,
    /// How many passages have which value, where that was asked for.
    pub facets: FacetCounts,
}

/// A passage that matches.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Its id.
    pub id: String,
    /// The document it stands in.
    pub document_id: String,
    /// The document's title.
    pub title: String,
    /// The headings it stands under; empty where there are none.
    pub heading: String,
    /// The text.
    pub body: String,
    /// Its page, from 1.
    pub page: Option<u32>,
    /// How well it fits (BM25); larger is better, comparable within one search only.
    pub score: f32,
    /// The entries it belongs to.
    pub entries: Vec<String>,
    /// Whether it is called as was typed, or as was meant by it.
    pub is_named: bool,
    /// What counts as a match in it.
    marks: Arc<Marks>,
}

impl Hit {
    /// The bytes of `body` that match: in order, apart from each other. Looked for when asked, since few hits are shown.
    pub fn highlights(&self) -> Vec<Range<usize>> {
        self.marks.find(&self.body)
    }
}

/// In what state an index was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// As it was left.
    Ready,
    /// It is empty now (or will be once opened), because it was not there, was damaged, or had another layout; whoever has the
    /// passages adds them again.
    NeedsRebuild {
        /// What was found.
        why: String,
    },
}

/// An inverted index in a folder (or in memory). Calls block; changes are seen after [`Index::commit`].
pub struct Index {
    dir: Option<PathBuf>,
    engine: Engine,
    fields: Fields,
    reader: IndexReader,
    tables: Tables,
    /// Only there between the first change and the commit: an idle index holds no writer.
    writer: Mutex<Option<IndexWriter>>,
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Index {
    /// Opens the index in a folder, making both where they are missing.
    ///
    /// # Errors
    /// [`SearchError::Open`] when the folder cannot be written. A damaged index is no error: it is replaced
    /// by an empty one, and the [`Condition`] says so.
    pub fn open(dir: &Path) -> Result<(Self, Condition), SearchError> {
        let failed = |source: TantivyError| SearchError::Open { dir: dir.to_owned(), source: source.into() };
        let why = match open_existing(dir) {
            Ok(index) => return Ok((index, Condition::Ready)),
            Err(why) => why,
        };
        let io_failed =
            |source: std::io::Error| SearchError::Open { dir: dir.to_owned(), source: source.into() };
        if dir.exists() {
            fs::remove_dir_all(dir).map_err(io_failed)?;
        }
        fs::create_dir_all(dir).map_err(io_failed)?;
        let engine = Engine::create_in_dir(dir, schema::build().0).map_err(failed)?;
        let index = Self::around(engine, Some(dir.to_owned())).map_err(failed)?;
        // Last, so that a folder that was left half made is made again.
        fs::write(dir.join(LAYOUT_FILE), LAYOUT_VERSION).map_err(io_failed)?;
        Ok((index, Condition::NeedsRebuild { why }))
    }

    /// Says in what state the index in a folder is, and changes nothing.
    pub fn inspect(dir: &Path) -> Condition {
        open_existing(dir).map_or_else(|why| Condition::NeedsRebuild { why }, |_| Condition::Ready)
    }

    /// An index that is gone with the process.
    ///
    /// # Errors
    /// [`SearchError::Read`] when the engine cannot start.
    pub fn in_memory() -> Result<Self, SearchError> {
        Self::around(Engine::create_in_ram(schema::build().0), None).map_err(read_failed)
    }

    fn around(engine: Engine, dir: Option<PathBuf>) -> tantivy::Result<Self> {
        schema::register_analyzers(&engine);
        let reader = engine
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(CACHED_BLOCKS)
            .try_into()?;
        Ok(Self {
            dir,
            engine,
            fields: schema::build().1,
            reader,
            tables: Tables::default(),
            writer: Mutex::new(None),
        })
    }

    /// Adds passages; they are found after the next [`Index::commit`].
    ///
    /// # Errors
    /// [`SearchError::Write`], for instance when the disk is full.
    pub fn add(&self, entries: &[Entry]) -> Result<(), SearchError> {
        self.change(|writer| self.add_all(writer, entries))
    }

    /// Removes every passage of a document with the next [`Index::commit`].
    ///
    /// # Errors
    /// As for [`Index::add`].
    pub fn delete_document(&self, document_id: &str) -> Result<(), SearchError> {
        self.change(|writer| {
            self.delete(writer, document_id);
            Ok(())
        })
    }

    /// Puts these passages in place of all that a document had, and commits: searches see either the old
    /// or the new ones. Other changes that wait are committed with it.
    ///
    /// # Errors
    /// As for [`Index::add`].
    pub fn replace_document(&self, document_id: &str, entries: &[Entry]) -> Result<(), SearchError> {
        let mut writer = self.lock();
        self.apply(&mut writer, |writer| {
            self.delete(writer, document_id);
            self.add_all(writer, entries)
        })?;
        self.finish(&mut writer)
    }

    /// Makes all changes so far durable and visible to searches, and lets the writer's memory go.
    ///
    /// # Errors
    /// As for [`Index::add`]; the changes since the last commit are lost then.
    pub fn commit(&self) -> Result<(), SearchError> {
        self.finish(&mut self.lock())
    }

    /// Removes everything, at once.
    ///
    /// # Errors
    /// As for [`Index::add`].
    pub fn clear(&self) -> Result<(), SearchError> {
        let mut writer = self.lock();
        self.apply(&mut writer, |writer| writer.delete_all_documents().map(drop))?;
        self.finish(&mut writer)
    }

    /// How many passages there are.
    pub fn len(&self) -> u64 {
        self.reader.searcher().num_docs()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// In how many passages each of these terms (see [`crate::analyse`]) stands, in heading or body.
    ///
    /// # Errors
    /// [`SearchError::Read`] when the files are damaged.
    pub fn frequencies(&self, terms: &[String]) -> Result<Vec<u64>, SearchError> {
        let searcher = self.reader.searcher();
        let frequency = |term: &String| {
            let body = searcher.doc_freq(&Term::from_field_text(self.fields.body, term))?;
            Ok(body.max(searcher.doc_freq(&Term::from_field_text(self.fields.heading, term))?))
        };
        terms.iter().map(frequency).collect::<tantivy::Result<_>>().map_err(read_failed)
    }

    /// Searches. A query without any word finds nothing.
    ///
    /// # Errors
    /// [`SearchError::Read`] when the files are damaged.
    pub fn search(&self, query: &Query) -> Result<Hits, SearchError> {
        let searcher = self.reader.searcher();
        let compiled = compile::compile((&searcher, &self.tables), &self.fields, query, Proposals::Heard)
            .map_err(read_failed)?;
        match compiled {
            Some(compiled) => self.run(&searcher, compiled, query).map_err(read_failed),
            None => Ok(Hits::default()),
        }
    }

    /// These passages, as far as the query allows them (its phrases, titles, exclusions, owner and documents), each with
    /// its score by the query's words, 0 where none matches. In no particular order; offset and limit do not count.
    ///
    /// # Errors
    /// As for [`Index::search`].
    pub fn score(&self, query: &Query, ids: &[String]) -> Result<Vec<Hit>, SearchError> {
        let ids = ids.get(..ids.len().min(MAX_LIMIT)).unwrap_or_default();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let searcher = self.reader.searcher();
        let compiled = compile::compile((&searcher, &self.tables), &self.fields, query, Proposals::Unheard)
            .map_err(read_failed)?;
        let Some(compiled) = compiled else { return Ok(Vec::new()) };
        self.score_these(&searcher, &compiled, ids).map_err(read_failed)
    }

    /// How many of these passages have which value of each facet, as far as the query allows them.
    ///
    /// # Errors
    /// As for [`Index::search`].
    pub fn count(&self, query: &Query, ids: &[String]) -> Result<FacetCounts, SearchError> {
        let searcher = self.reader.searcher();
        let compiled = compile::compile((&searcher, &self.tables), &self.fields, query, Proposals::Unheard)
            .map_err(read_failed)?;
        let Some(compiled) = compiled.filter(|_| !ids.is_empty()) else { return Ok(FacetCounts::default()) };
        let these = compile::passages(&self.fields, ids);
        let marks = searcher
            .search(&compiled.allowed_of_any_among(&these), &CountMarks(&self.tables.marks))
            .map_err(read_failed)?;
        Ok(FacetCounts::of(&marks, &query.filter, &query.tags))
    }

    /// What the query's choice leaves of its owner's passages, whatever its words are.
    ///
    /// # Errors
    /// As for [`Index::search`].
    pub fn allowed(&self, query: &Query) -> Result<Allowed, SearchError> {
        let searcher = self.reader.searcher();
        let find = || {
            let (left, documents) = self.tables.marks.left(&searcher, (&query.filter, &query.tags))?;
            let mut documents = HashSet::clone(&documents);
            if let Some(tagged) = query.tagged() {
                documents.retain(|id| tagged.leaves(id));
            }
            let passages = match facets::needs_passages(&query.filter) {
                true => Some(searcher.search(&compile::choice(&self.fields, query, left), &Passages)?),
                false => None,
            };
            let passages = passages.map(|passages| passages.into_iter().collect());
            Ok(Allowed { documents, passages })
        };
        find().map_err(read_failed)
    }

    fn score_these(
        &self,
        searcher: &Searcher,
        compiled: &Compiled,
        ids: &[String],
    ) -> tantivy::Result<Vec<Hit>> {
        let these = compile::passages(&self.fields, ids);
        let all = || TopDocs::with_limit(ids.len()).order_by_score();
        let matching = searcher.search(&compiled.query_among(&these), &all())?;
        let scores: HashMap<DocAddress, f32> =
            matching.into_iter().map(|(score, address)| (address, score)).collect();
        let allowed = searcher.search(&compiled.allowed_among(&these), &all())?;
        let hit = |address| {
            let score = scores.get(&address).copied().unwrap_or(0.0);
            self.hit(searcher, address, score, &compiled.marks)
        };
        allowed.into_iter().map(|(_, address)| hit(address)).collect()
    }

    fn run(&self, searcher: &Searcher, compiled: Compiled, query: &Query) -> tantivy::Result<Hits> {
        let best = TopDocs::with_limit(query.limit.clamp(1, MAX_LIMIT))
            .and_offset(query.offset.min(MAX_OFFSET))
            .order_by_score();
        let counted = query.counting == Counting::Facets;
        let (best, total, marks) = if counted && !compiled.is_chosen() {
            searcher.search(&compiled.query(), &(best, Count, CountMarks(&self.tables.marks)))?
        } else {
            let (best, total) = searcher.search(&compiled.query(), &(best, Count))?;
            let any = counted
                .then(|| searcher.search(&compiled.query_of_any(), &CountMarks(&self.tables.marks)))
                .transpose()?;
            (best, total, any.unwrap_or_default())
        };
        let hits = best
            .into_iter()
            .map(|(score, address)| self.hit(searcher, address, score, &compiled.marks))
            .collect::<tantivy::Result<_>>()?;
        let facets = FacetCounts::of(&marks, &query.filter, &query.tags);
        Ok(Hits { hits, total, corrections: compiled.corrections, chips: compiled.chips, facets })
    }

    fn hit(
        &self,
        searcher: &Searcher,
        address: DocAddress,
        score: f32,
        marks: &Arc<Marks>,
    ) -> tantivy::Result<Hit> {
        let stored: TantivyDocument = searcher.doc(address)?;
        let text = |field| {
            stored.get_first(field).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
        };
        let (heading, body) = (text(self.fields.heading), text(self.fields.body));
        let entries = stored.get_all(self.fields.entries);
        let entries = entries.filter_map(|value| value.as_str().map(str::to_owned)).collect();
        let page = stored.get_first(self.fields.page).and_then(|value| value.as_u64());
        Ok(Hit {
            id: text(self.fields.id),
            document_id: text(self.fields.document_id),
            title: text(self.fields.title),
            is_named: marks.is_named(&heading),
            heading,
            body,
            page: page.and_then(|page| u32::try_from(page).ok()),
            score,
            entries,
            marks: Arc::clone(marks),
        })
    }

    fn add_all(&self, writer: &IndexWriter, entries: &[Entry]) -> tantivy::Result<()> {
        let fields = &self.fields;
        for entry in entries {
            let mut document = TantivyDocument::default();
            document.add_text(fields.id, &entry.id);
            document.add_text(fields.owner, entry.owner.to_string());
            document.add_text(fields.document_id, &entry.document_id);
            document.add_text(fields.title, &entry.title);
            document.add_text(fields.heading, &entry.heading);
            document.add_text(fields.body, &entry.body);
            for text in [&entry.title, &entry.heading, &entry.body] {
                document.add_text(fields.words, text);
            }
            for sound in sounds(entry) {
                document.add_text(fields.sounds, sound);
            }
            for name in names::of(&entry.heading) {
                document.add_text(fields.names, name);
            }
            for term in vocabulary::terms(&entry.heading, &entry.body) {
                document.add_text(fields.terms, term);
            }
            for alias in vocabulary::aliases(&entry.body) {
                document.add_text(fields.aliases, alias);
            }
            if let Some(page) = entry.page {
                document.add_u64(fields.page, u64::from(page));
            }
            document.add_text(fields.mark, entry.facets.mark(&entry.document_id));
            for id in &entry.facets.entries {
                document.add_text(fields.entries, id);
            }
            document.add_u64(fields.begins, u64::from(!entry.facets.goes_on));
            if let Ok(number) = u128::from_str_radix(&entry.id, 16) {
                let half = |number: u128| u64::try_from(number & u128::from(u64::MAX)).unwrap_or(0);
                document.add_u64(fields.high, half(number >> 64));
                document.add_u64(fields.low, half(number));
            }
            writer.add_document(document)?;
        }
        Ok(())
    }

    fn delete(&self, writer: &IndexWriter, document_id: &str) {
        writer.delete_term(Term::from_field_text(self.fields.document_id, document_id));
    }

    fn lock(&self) -> MutexGuard<'_, Option<IndexWriter>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&IndexWriter) -> tantivy::Result<()>) -> Result<(), SearchError> {
        self.apply(&mut self.lock(), change)
    }

    /// Runs a change with the writer. One that failed is dropped, because the engine does not go on with it.
    fn apply(
        &self,
        slot: &mut Option<IndexWriter>,
        change: impl FnOnce(&IndexWriter) -> tantivy::Result<()>,
    ) -> Result<(), SearchError> {
        let writer = match slot.take() {
            Some(writer) => writer,
            None => self.engine.writer_with_options(writer_options()).map_err(write_failed)?,
        };
        change(&writer).map_err(write_failed)?;
        *slot = Some(writer);
        Ok(())
    }

    fn finish(&self, slot: &mut Option<IndexWriter>) -> Result<(), SearchError> {
        if let Some(mut writer) = slot.take() {
            writer.commit().map_err(write_failed)?;
            writer.wait_merging_threads().map_err(write_failed)?;
        }
        self.reader.reload().map_err(read_failed)?;
        self.tables.keep(&self.reader.searcher());
        Ok(())
    }
}

/// Every word of a passage that sounds like something, behind its sound.
fn sounds(entry: &Entry) -> Vec<String> {
    let mut words: Vec<String> = [&entry.title, &entry.heading, &entry.body]
        .into_iter()
        .flat_map(|text| analysis::surface(text))
        .map(|token| token.term)
        .filter(|word| word.len() >= expand::MIN_TYPO_CHARS)
        .collect();
    words.sort_unstable();
    words.dedup();
    words.into_iter().filter_map(|word| Some(format!("{} {word}", phonetic::code(&word)?))).collect()
}

fn writer_options() -> IndexWriterOptions {
    IndexWriterOptions::builder()
        .num_worker_threads(1)
        .num_merge_threads(1)
        .memory_budget_per_thread(WRITER_MEMORY_BYTES)
        .build()
}

/// Opens what lies in the folder; the error says why it cannot be used.
fn open_existing(dir: &Path) -> Result<Index, String> {
    let layout = match fs::read_to_string(dir.join(LAYOUT_FILE)) {
        Ok(layout) => layout,
        Err(_) if !dir.exists() => return Err("there was no index yet".to_owned()),
        Err(_) => return Err("the index was not complete".to_owned()),
    };
    if layout.trim() != LAYOUT_VERSION {
        return Err(format!(
            "the index had layout `{}`, this version writes `{LAYOUT_VERSION}`",
            layout.trim()
        ));
    }
    let damaged = |error: TantivyError| format!("the index was damaged ({error})");
    let engine = Engine::open_in_dir(dir).map_err(damaged)?;
    let broken = engine.validate_checksum().map_err(damaged)?;
    if let Some(file) = broken.iter().next() {
        return Err(format!("the index was damaged (`{}` has changed)", file.display()));
    }
    Index::around(engine, Some(dir.to_owned())).map_err(damaged)
}

fn write_failed(source: TantivyError) -> SearchError {
    SearchError::Write(source.into())
}

fn read_failed(source: TantivyError) -> SearchError {
    SearchError::Read(source.into())
}
