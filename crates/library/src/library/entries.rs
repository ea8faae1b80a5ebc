//! Typed entries: made out of a document's passages, put right by people, and known to the index.

use super::{Library, indexing::INDEX_BATCH, job_for_all, kinds};
use crate::{
    LibraryError,
    db::{
        chunks::{self, HEADING_SEPARATOR, StoredChunk},
        documents::{self, Stored},
        entries::{self as tables, Placed},
        failed,
    },
    jobs::settle,
    model::{Correction, Entry, EntryChange},
};
use base::{Id, OwnerId};
use search::{Facet, Facets};
use serde_json::Value;
use sha2::{Digest, Sha256};
use statblock::{Facts, Kind, Learned, Passage};
use std::{collections::HashMap, fmt::Write};
use tokio::task::spawn_blocking;

/// Passages of a document that entries are looked for in; no rulebook has more.
const MAX_PASSAGES: usize = 60_000;
/// Longest name of an entry that a person may give, in characters.
const MAX_NAME_CHARS: usize = 120;
/// What a passage is that belongs to no entry.
const RULE: &str = "rule";
const TEXT: &str = "text";

impl Library {
    /// The entry of this id.
    ///
    /// # Errors
    /// [`LibraryError::NoEntry`].
    pub async fn entry(&self, owner: OwnerId, id: &str) -> Result<Entry, LibraryError> {
        Ok(self.placed(owner, id).await?.entry)
    }

    /// The entries of a document, in their order.
    ///
    /// # Errors
    /// [`LibraryError::NoDocument`].
    pub async fn entries_of(&self, owner: OwnerId, document_id: Id) -> Result<Vec<Entry>, LibraryError> {
        self.get(owner, document_id).await?;
        let placed = tables::of_document(self.db.pool(), document_id).await?;
        Ok(placed.into_iter().map(|placed| placed.entry).collect())
    }

    /// Puts an entry right. It holds whenever the document is read anew; what it teaches of the publisher's layout is
    /// kept for all of the publisher's documents.
    ///
    /// # Errors
    /// [`LibraryError::NoEntry`]; [`LibraryError::BadEntry`] where a field is none of its kind or a text none of its
    /// values.
    pub async fn correct_entry(
        &self,
        owner: OwnerId,
        id: &str,
        change: EntryChange,
    ) -> Result<Entry, LibraryError> {
        let Placed { entry, first, last } = self.placed(owner, id).await?;
        let stored = self.existing(owner, entry.document_id).await?;
        let before = tables::corrections(self.db.pool(), entry.document_id).await?.remove(id);
        let kind = change.kind.unwrap_or(entry.kind);
        let (correction, changed) = merged(before.unwrap_or_default(), kind, change)?;
        let mut right = entry.clone();
        apply(&mut right, &correction);
        let text = self.text_between(&stored, first, last).await?;
        let learned = statblock::learn(kind, &text, &changed, &right.facts);
        let publisher = publisher(&stored);
        let mut transaction = self.db.begin().await.map_err(failed)?;
        let place = (owner, entry.document_id);
        tables::correct(&mut transaction, place, id, (Some(&correction), self.now())).await?;
        let new = tables::learn(&mut transaction, (owner, publisher), &learned, self.now()).await?;
        if new {
            tables::forget_made(&mut transaction, owner, publisher).await?;
        }
        transaction.commit().await.map_err(failed)?;
        self.make_again(owner, entry.document_id).await?;
        if new {
            self.settle_soon().await?;
        }
        self.entry(owner, id).await
    }

    /// Takes back what was put right in an entry.
    ///
    /// # Errors
    /// [`LibraryError::NoEntry`].
    pub async fn uncorrect_entry(&self, owner: OwnerId, id: &str) -> Result<Entry, LibraryError> {
        let entry = self.entry(owner, id).await?;
        let mut transaction = self.db.begin().await.map_err(failed)?;
        let place = (owner, entry.document_id);
        tables::correct(&mut transaction, place, id, (None, self.now())).await?;
        transaction.commit().await.map_err(failed)?;
        self.make_again(owner, entry.document_id).await?;
        self.entry(owner, id).await
    }

    async fn placed(&self, owner: OwnerId, id: &str) -> Result<Placed, LibraryError> {
        let found = tables::get(self.db.pool(), owner, id).await?;
        found.ok_or_else(|| LibraryError::NoEntry(id.chars().take(80).collect()))
    }

    async fn make_again(&self, owner: OwnerId, document_id: Id) -> Result<(), LibraryError> {
        let stored = self.existing(owner, document_id).await?;
        self.make_entries(&stored).await?;
        self.index_document(&stored, &|_| {}).await?;
        self.changed(owner, document_id, false);
        Ok(())
    }

    /// Has the background bring entries and index in step.
    pub(super) async fn settle_soon(&self) -> Result<(), LibraryError> {
        self.jobs.enqueue(job_for_all(settle::NAME)).await.map_err(failed)?;
        Ok(())
    }

    async fn text_between(&self, stored: &Stored, first: i64, last: i64) -> Result<String, LibraryError> {
        let (id, count) = (stored.document.id, (last - first + 1).clamp(1, 50));
        let passages = chunks::range(self.db.pool(), id, stored.generation, first, count).await?;
        Ok(passages.into_iter().map(|chunk| chunk.text).collect::<Vec<_>>().join("\n\n"))
    }

    /// Makes the entries of a document anew, and says what kind of document it is, out of the passages that count.
    pub(crate) async fn make_entries(&self, stored: &Stored) -> Result<(), LibraryError> {
        let document = &stored.document;
        let mut passages: Vec<StoredChunk> = Vec::new();
        while passages.len() < MAX_PASSAGES {
            let from = passages.last().map_or(0, |chunk| chunk.ordinal + 1);
            let batch =
                chunks::range(self.db.pool(), document.id, stored.generation, from, INDEX_BATCH).await?;
            if batch.is_empty() {
                break;
            }
            passages.extend(batch);
        }
        let learned = tables::learned(self.db.pool(), document.owner, publisher(stored)).await?;
        let corrections = tables::corrections(self.db.pool(), document.id).await?;
        let looked_at = document.clone();
        let found = spawn_blocking(move || {
            let made = found_in(looked_at.id, &passages, &learned, &corrections);
            let kind = kinds::found(&looked_at, &passages, made.len());
            (made, kind)
        });
        let (made, kind) = found.await.map_err(|_| LibraryError::Stopped)?;
        let mut transaction = self.db.begin().await.map_err(failed)?;
        documents::set_found_kind(&mut transaction, document.id, &kind).await?;
        tables::replace(&mut transaction, document.owner, document.id, &made).await?;
        tables::set_made(&mut transaction, document.id, &stored.entries_mark()).await?;
        transaction.commit().await.map_err(failed)
    }

    /// What the index is to know of a document's passages; entries that are lacking are made first.
    pub(super) async fn entries_for_index(&self, stored: &Stored) -> Result<Vec<Placed>, LibraryError> {
        let now = self.stored(stored.document.owner, stored.document.id).await?;
        if now.is_some_and(|now| now.generation == stored.generation && now.lacks_entries()) {
            self.make_entries(stored).await?;
        }
        tables::of_document(self.db.pool(), stored.document.id).await
    }
}

/// A field of an entry, and what it says there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryField {
    /// Its name.
    pub name: String,
    /// The form of its value.
    pub form: &'static str,
    /// The words that it may be, where it is one of a list.
    pub words: Vec<String>,
    /// Whether every entry of the kind should say it.
    pub expected: bool,
    /// Its value as people write it.
    pub text: Option<String>,
}

/// The fields of an entry's kind, with what it says in them.
pub fn fields_of(entry: &Entry) -> Vec<EntryField> {
    let fields = statblock::fields(entry.kind).map(|field| EntryField {
        name: field.name.clone(),
        form: field.form.as_str(),
        words: field.words.clone(),
        expected: field.expected,
        text: entry.facts.get(&field.name).map(statblock::shown).filter(|text| !text.is_empty()),
    });
    fields.collect()
}

/// Who published a document, as far as it says so: corrections of one of its entries teach of all.
fn publisher(stored: &Stored) -> &str {
    stored.document.author.as_deref().unwrap_or_default()
}

fn found_in(
    document_id: Id,
    passages: &[StoredChunk],
    learned: &[Learned],
    corrections: &HashMap<String, Correction>,
) -> Vec<Placed> {
    let looked_at: Vec<Passage<'_>> = passages
        .iter()
        .map(|chunk| Passage {
            headings: chunk.heading.iter().flat_map(|heading| heading.split(HEADING_SEPARATOR)).collect(),
            text: &chunk.text,
        })
        .collect();
    let mut of_name: HashMap<String, u32> = HashMap::new();
    let placed = statblock::extract(&looked_at, learned).into_iter().filter_map(|found| {
        let number = of_name.entry(found.name.to_lowercase()).or_default();
        let id = entry_id(document_id, &found.name, *number);
        *number += 1;
        let (first, last) = (passages.get(found.first)?, passages.get(found.last)?);
        let mut entry = Entry {
            id,
            document_id,
            kind: found.kind,
            name: found.name,
            chunk_id: first.id.clone(),
            page: first.first_page(),
            layout: found.layout,
            level: None,
            school: None,
            facts: found.facts,
            quality: found.quality,
            corrected: Vec::new(),
        };
        let none = Correction::default();
        let correction = corrections.get(&entry.id).unwrap_or(&none);
        apply(&mut entry, correction);
        Some(Placed { entry, first: first.ordinal, last: last.ordinal })
    });
    placed.collect()
}

fn entry_id(document_id: Id, name: &str, number: u32) -> String {
    let digest = Sha256::digest(format!("{document_id}\n{}\n{number}", name.to_lowercase()));
    digest.iter().take(16).fold(String::with_capacity(32), |mut id, byte| {
        let _infallible = write!(id, "{byte:02x}");
        id
    })
}

/// What was put right before and now, and the values of now.
fn merged(
    mut correction: Correction,
    kind: Kind,
    change: EntryChange,
) -> Result<(Correction, Facts), LibraryError> {
    if change.kind.is_some() {
        correction.kind = change.kind;
    }
    if let Some(name) = change.name {
        let name: String = name.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() || name.chars().count() > MAX_NAME_CHARS {
            let why = format!("a name has 1 to {MAX_NAME_CHARS} characters");
            return Err(LibraryError::BadEntry(why));
        }
        correction.name = Some(name);
    }
    let mut changed = Facts::new();
    for (field, text) in change.fields {
        let value = match text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) => {
                let value = statblock::read(kind, &field, text)
                    .map_err(|error| LibraryError::BadEntry(error.to_string()))?;
                changed.insert(field.clone(), value.clone());
                value
            }
            None if statblock::fields(kind).any(|known| known.name == field) => Value::Null,
            None => return Err(LibraryError::BadEntry(format!("there is no field `{field}`"))),
        };
        correction.fields.insert(field, value);
    }
    Ok((correction, changed))
}

/// An entry as a person put it right, with what its facts say of its place among others.
fn apply(entry: &mut Entry, correction: &Correction) {
    let mut corrected = Vec::new();
    if let Some(kind) = correction.kind {
        entry.kind = kind;
        entry.facts.retain(|field, _| statblock::fields(kind).any(|known| known.name == *field));
        corrected.push("kind".to_owned());
    }
    if let Some(name) = &correction.name {
        entry.name.clone_from(name);
        corrected.push("name".to_owned());
    }
    let kind = entry.kind;
    for (field, value) in &correction.fields {
        if !statblock::fields(kind).any(|known| known.name == *field) {
            continue;
        }
        if value.is_null() {
            entry.facts.remove(field);
        } else {
            entry.facts.insert(field.clone(), value.clone());
        }
        corrected.push(field.clone());
    }
    entry.level = statblock::level(kind, &entry.facts);
    entry.school = match kind {
        Kind::Spell => entry.facts.get("school").and_then(Value::as_str).map(str::to_owned),
        Kind::Monster | Kind::Condition | Kind::MagicItem | Kind::Equipment => None,
    };
    entry.quality = statblock::quality(kind, &entry.facts);
    entry.corrected = corrected;
}

/// A level in eighths, as the index has it.
pub(super) fn eighths(level: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates; levels are small"
    )]
    let eighths = (level * 8.0).round() as u32;
    eighths
}

/// What a passage is besides its words.
pub(super) fn facets(stored: &Stored, entries: &[Placed], chunk: &StoredChunk) -> Facets {
    let document = &stored.document;
    let mut facets = Facets::default();
    let mut add = |facet: Facet, value: Option<&str>| {
        facets.values.extend(value.map(|value| (facet, value.to_owned())));
    };
    add(Facet::Format, document.format.map(|format| format.as_str()));
    add(Facet::Collection, document.collection.as_deref());
    let added = document.created_at.to_string();
    add(Facet::Added, added.get(..7));
    add(Facet::DocumentKind, document.kind().map(classify::DocumentKind::as_str));
    let stands = |placed: &&Placed| (placed.first..=placed.last).contains(&chunk.ordinal);
    let here: Vec<&Placed> = entries.iter().filter(stands).collect();
    for Placed { entry, .. } in &here {
        add(Facet::Kind, Some(entry.kind.as_str()));
        add(Facet::School, entry.school.as_deref());
    }
    if here.is_empty() {
        add(Facet::Kind, Some(if statblock::is_rule(&chunk.text) { RULE } else { TEXT }));
    }
    facets.levels = here.iter().filter_map(|placed| placed.entry.level.map(eighths)).collect();
    facets.entries = here.iter().map(|placed| placed.entry.id.clone()).collect();
    facets.goes_on = !here.is_empty() && here.iter().all(|placed| placed.first < chunk.ordinal);
    facets
}
