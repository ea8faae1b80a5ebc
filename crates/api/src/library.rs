//! Documents, passages and search.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A page of documents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DocumentList {
    /// The documents.
    pub documents: Vec<Document>,
    /// How many there are in all under this filter.
    pub total: u64,
    /// Where the next page begins; missing on the last.
    pub next: Option<String>,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Document {
    /// Its id.
    pub id: String,
    /// Its title: its own, or the file's name; or what a person says.
    pub title: String,
    /// Who wrote it, if it says so.
    pub author: Option<String>,
    /// Who published it, if it says so.
    pub publisher: Option<String>,
    /// When it was published (a letter: sent), as far as it says so: `1999`, `1999-05` or `1999-05-03`.
    pub published: Option<String>,
    /// When the file, or what stands in it, was made, in the same form.
    pub made: Option<String>,
    /// Its language, if it says so, mostly as BCP 47 has it.
    pub language: Option<String>,
    /// What kind of document it is: `rulebook`, `adventure`, `supplement`, `reference`, `code`, `letter`, `article`, `fiction`, `manual`
    /// or `data`; missing where that is not known.
    pub kind: Option<String>,
    /// Whether a person said so.
    pub kind_chosen: bool,
    /// What it was found to be; missing while it was not looked at.
    pub kind_found: Option<FoundKind>,
    /// Its tags, in small letters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What a person put right of what it says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrected: Vec<CorrectedField>,
    /// The file's name, with its folder where a folder was given.
    pub file_name: String,
    /// `pdf`, `epub`, `mobi`, `fb2`, `docx`, `pptx`, `xlsx`, `odt`, `ods`, `odp`, `rtf`, `html`, `markdown`, `text`, `csv`, `email`, `subtitles` or `picture`; missing while unknown.
    pub format: Option<String>,
    /// Its size.
    pub size_bytes: u64,
    /// Its pages, where it has any.
    pub pages: Option<u32>,
    /// How many passages it was cut into.
    pub chunks: u64,
    /// Where it stands.
    pub status: DocumentStatus,
    /// What is being done: `extract`, `chunk` or `index`.
    pub stage: Option<String>,
    /// How far that is, from 0 to 1.
    pub progress: Option<f64>,
    /// Why it cannot be read.
    pub error: Option<DocumentError>,
    /// What went wrong with parts of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The job that works on it.
    pub job_id: Option<String>,
    /// Whether it is a part of Familiar's own handbook.
    pub handbook: bool,
    /// When it was added.
    pub created_at: String,
}

/// What kind of document something was found to be, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FoundKind {
    /// The kind; missing where too little speaks for any.
    pub kind: Option<String>,
    /// How much of what was found speaks for it, from 0 to 1.
    pub certainty: f64,
    /// The signals that said so, the strongest first, such as `read_aloud`.
    pub because: Vec<String>,
}

/// What a person says that a document is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChosenKind {
    /// One of the kinds of [`Document`]; `null` takes back what was said.
    pub kind: Option<String>,
}

/// Something that a person put right of what a document says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CorrectedField {
    /// `title`, `author`, `publisher`, `published` or `language`.
    pub field: String,
    /// What the document itself says there; missing where it says nothing.
    pub told: Option<String>,
}

/// What a person puts right of what a document says of itself; what is left out stays.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectDocument {
    /// By `title`, `author`, `publisher`, `published` (a year, a month or a day: `1999`, `1999-05`, `1999-05-03`) and
    /// `language`; an empty text says that there is none, `null` takes back what was said.
    pub fields: BTreeMap<String, Option<String>>,
}

/// Where a document stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentStatus {
    /// Waiting.
    Queued,
    /// Being read.
    Processing,
    /// Can be searched.
    Ready,
    /// Could not be read.
    Failed,
}

/// Why a document cannot be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DocumentError {
    /// A stable code, such as `encrypted`.
    pub code: String,
    /// What happened, with the page where there is one.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What became of the uploaded files, each for itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UploadResult {
    /// One entry a file, in order.
    pub files: Vec<UploadedFile>,
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UploadedFile {
    /// Its name.
    pub file_name: String,
    /// The document; missing when it was refused.
    pub document: Option<Document>,
    /// Whether the library had it already.
    pub duplicate: bool,
    /// Why it was refused.
    pub error: Option<DocumentError>,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SearchResult {
    /// By which it is told what was opened of it (`POST /api/library/searches/{id}/opened`); missing on later pages, and
    /// where there were no words.
    pub search_id: Option<String>,
    /// The best first.
    pub hits: Vec<SearchHit>,
    /// How many there are in all.
    pub total: u64,
    /// How long it took, in milliseconds.
    pub took_ms: f64,
    /// Whether words were matched loosely because nothing matched exactly.
    pub fuzzy: bool,
    /// What was made of words, and what of it was switched off.
    pub chips: Vec<SearchChip>,
    /// How it was searched: `hybrid`, `keyword` or `semantic`.
    pub mode: String,
    /// Why it was searched by words only, though more was asked for.
    pub words_only: Option<WordsOnly>,
    /// How many passages have which value, where `facets` was asked for: `source`, `format`, `collection`, `added`,
    /// `document_kind`, `tag`, `type`, `school` and `level`. What is chosen of a facet does not count for itself. Passages that only meaning found are
    /// counted where they are among the nearest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facets: Vec<SearchFacet>,
}

/// How searches went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SearchReport {
    /// Of so many days.
    pub days: u32,
    /// How many there were.
    pub searches: u64,
    /// Those that found nothing.
    pub without_hits: u64,
    /// Those of which a passage was opened.
    pub opened: u64,
    /// Those of which the first passage opened stood among the first three.
    pub opened_near_top: u64,
    /// What was searched for most often.
    pub frequent: Vec<AskedOften>,
    /// What was not found, most often.
    pub missed: Vec<AskedOften>,
    /// The documents that were opened most often from searches.
    pub popular: Vec<OpenedOften>,
}

/// Something that was searched for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AskedOften {
    /// In small letters.
    pub query: String,
    /// How often.
    pub asked: u64,
    /// How often a passage was opened.
    pub opened: u64,
}

/// A document that was opened from searches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OpenedOften {
    /// Which.
    pub document_id: String,
    /// What it is called.
    pub title: String,
    /// How many of its passages were opened.
    pub opened: u64,
}

/// A passage that was opened from a search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenedHit {
    /// The passage.
    pub chunk_id: String,
    /// In which place it stood, from 1.
    pub place: u32,
}

/// Something that passages differ in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SearchFacet {
    /// `source`, `format`, `collection`, `added`, `document_kind`, `tag`, `type`, `school` or `level`.
    pub name: String,
    /// Its values; the most frequent first, months the latest first, levels from the lowest on.
    pub values: Vec<FacetValue>,
}

/// A value of a facet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FacetValue {
    /// What to hand in: a document's id, a format, a month such as `2026-11`, a kind of entry (or `rule`, `text`), a school,
    /// a level such as `0.25`.
    pub value: String,
    /// What a person calls it, where that is something else, such as a document's title.
    pub label: Option<String>,
    /// How many passages have it.
    pub count: u64,
}

/// A typed entry of a document, such as a spell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Entry {
    /// Its id, the same after reading the document anew.
    pub id: String,
    /// The document it stands in.
    pub document_id: String,
    /// `spell`, `monster`, `condition`, `magic_item` or `equipment`.
    pub kind: String,
    /// What it is called.
    pub name: String,
    /// The passage it begins in.
    pub chunk_id: String,
    /// The page it begins on, from 1.
    pub page: Option<u32>,
    /// A spell's level, a monster's challenge (1/4 is 0.25).
    pub level: Option<f64>,
    /// A spell's school of magic.
    pub school: Option<String>,
    /// How much of what is expected of its kind was found, from 0 to 1.
    pub quality: f64,
    /// What it says, as people write it.
    pub facts: Vec<EntryFact>,
    /// What a person put right: `kind`, `name`, fields.
    pub corrected: Vec<String>,
}

/// What an entry says in one of its fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EntryFact {
    /// The field.
    pub field: String,
    /// Its value.
    pub text: String,
}

/// An entry with all fields that its kind has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EntryDetail {
    /// The entry.
    pub entry: Entry,
    /// The layout that it was found by.
    pub layout: String,
    /// The fields of its kind, also those that it does not say.
    pub fields: Vec<EntryField>,
}

/// A field that a kind of entry has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EntryField {
    /// Its name.
    pub name: String,
    /// `text`, `word`, `number`, `fraction`, `flag` (`yes` or `no`), `list` (parted by commas), `components` or `abilities`.
    pub form: String,
    /// The words that it may be, where it is one of a list.
    pub words: Vec<String>,
    /// Whether every entry of the kind should say it.
    pub expected: bool,
    /// Its value; missing where the entry does not say it.
    pub text: Option<String>,
}

/// The entries of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EntryList {
    /// In their order.
    pub entries: Vec<Entry>,
    /// How good they were found, from 0 to 1: the mean of all; missing where there are none.
    pub quality: Option<f64>,
}

/// What a person puts right in an entry; what is left out stays.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryChange {
    /// What it is.
    pub kind: Option<String>,
    /// What it is called.
    pub name: Option<String>,
    /// Values of fields as people write them; `null` takes one away.
    #[serde(default)]
    pub fields: BTreeMap<String, Option<String>>,
}

/// What was made of a word of a search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SearchChip {
    /// What to hand in as `off` so that it is not done; as `on` so that it is, for what is only proposed.
    pub key: String,
    /// `synonym` (others that mean the same are looked for as well), `correction` (nobody wrote it; others are looked for
    /// instead), `vocabulary` (the documents say that it is called so, too) or `related` (what stands together with it far
    /// more often than by chance: only proposed).
    pub kind: String,
    /// What was typed.
    pub typed: String,
    /// What is looked for.
    pub meant: Vec<String>,
    /// Whether that holds; false where it was switched off, and for what is only proposed.
    pub on: bool,
}

/// Words that mean the same: a group a line, its words parted by commas; `#` begins a remark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SynonymLists {
    /// The list that is shipped.
    pub shipped: String,
    /// One's own, which holds beside it.
    pub own: String,
}

/// A list of one's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnSynonyms {
    /// The list, in the form of [`SynonymLists`].
    pub own: String,
}

/// Why a search went by words only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WordsOnly {
    /// `no_embedder`, `no_vectors`, `embedder_failed` or `engine_failed`.
    pub code: String,
    /// The same for people.
    pub message: String,
}

/// What searches by meaning can find.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Meaning {
    /// The model that makes vectors; none means that searches go by words only.
    pub model: Option<String>,
    /// The model whose vectors are searched now; the one before while a change is under way.
    pub serving: Option<String>,
    /// Documents that can be searched.
    pub documents: u64,
    /// Those of them whose passages all have vectors of `model`.
    pub embedded: u64,
}

/// Passages like one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SimilarPassages {
    /// The most alike first.
    pub hits: Vec<SearchHit>,
    /// By what they were found: `hybrid` (words and meaning) or `keyword`.
    pub mode: String,
}

/// A passage that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SearchHit {
    /// The passage.
    pub chunk_id: String,
    /// The document it stands in.
    pub document_id: String,
    /// The document's title.
    pub title: String,
    /// The headings it stands under.
    pub heading: Option<String>,
    /// The page, from 1.
    pub page: Option<u32>,
    /// A piece of the passage.
    pub snippet: Vec<Fragment>,
    /// How well it fits; comparable within one search only.
    pub score: f32,
    /// Whether its words match.
    pub by_words: bool,
    /// How near it is in meaning, from -1 to 1; missing where it was not looked for by that.
    pub likeness: Option<f32>,
    /// The entries that the passage belongs to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Entry>,
}

/// A piece of text, marked or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Fragment {
    /// The text.
    pub text: String,
    /// Whether it is what was looked for.
    pub marked: bool,
}

/// A passage in its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PassageView {
    /// The passage.
    pub chunk_id: String,
    /// The document it stands in.
    pub document: Document,
    /// The headings it stands under.
    pub heading: Option<String>,
    /// The page it begins on, from 1.
    pub page: Option<u32>,
    /// What stands before it on the page (or in the section).
    pub before: String,
    /// The passage itself.
    pub text: String,
    /// What stands after it.
    pub after: String,
    /// The passage before it.
    pub previous_chunk_id: Option<String>,
    /// The passage after it.
    pub next_chunk_id: Option<String>,
}
