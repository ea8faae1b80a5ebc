//! Personas as they are kept: versions, pictures, cards in and out, statistics.

mod error;

pub use error::PersonasError;

use crate::db;
use base::{Id, OwnerId};
use gateway::Gateway;
use persona::{Bundle, Card, Form, Kind, Persona, PersonaError, card::bundle};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use store::{
    BlobId, Blobs, Db, InvalidRecord, Kept, Record, Records,
    records::{Cursor, Deleted, ListRecords, VersionInfo},
};

/// Bytes of a picture, at the most.
const PICTURE_LIMIT_BYTES: usize = 20 << 20;
/// Personas on a page of the list, at the most.
const PAGE_LIMIT: u32 = 200;
/// Characters of the description that a search looks at.
const SEARCHED: usize = 2_000;

type Result<T> = std::result::Result<T, PersonasError>;

/// A persona with the files that belong to it; kept as a record.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Character {
    /// The persona.
    pub persona: Persona,
    /// The picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// Other files of the card: path and blob.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
}

impl Record for Character {
    const KIND: &'static str = "persona";

    fn title(&self) -> String {
        self.persona.name.clone()
    }

    fn search_text(&self) -> String {
        let persona = &self.persona;
        let tags =
            persona.tags.iter().map(|tag| format!("tag:{}", joined(tag))).collect::<Vec<_>>().join(" ");
        let description: String = persona.description.chars().take(SEARCHED).collect();
        format!(
            "kind:{}\n{tags}\n{}\n{}\n{description}",
            persona.kind.as_str(),
            persona.tags.join(" "),
            persona.creator
        )
    }

    fn validate(&self) -> std::result::Result<(), InvalidRecord> {
        match persona::check::first_error(&self.persona) {
            Some(finding) => Err(InvalidRecord::new(format!("`{}`: {}", finding.field, finding.message))),
            None => Ok(()),
        }
    }
}

/// A tag as a word that a search finds as a whole.
fn joined(tag: &str) -> String {
    tag.split_whitespace().collect::<Vec<_>>().join("_").to_lowercase()
}

/// Which personas to list.
#[derive(Debug, Clone, Default)]
pub struct ListPersonas {
    /// Words that name, tags, creator or description hold.
    pub query: String,
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only with this tag.
    pub tag: Option<String>,
    /// Those that are deleted instead.
    pub deleted: bool,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// How many at the most.
    pub limit: u32,
}

/// What came of a file.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The persona that was read.
    pub persona: Persona,
    /// As it is kept; `None` for a dry run and for one that is there already.
    pub kept: Option<Kept<Character>>,
    /// One that is the same already.
    pub same_as: Option<Id>,
    /// What the file was.
    pub form: Form,
    /// What a person should know about it.
    pub notes: Vec<String>,
}

/// What there is to tell of a persona.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Conversations it spoke in.
    pub conversations: u64,
    /// Answers it gave.
    pub messages: u64,
    /// Tokens of them, read and written.
    pub tokens: u64,
    /// What they took, in milliseconds.
    pub took_ms: u64,
    /// When it spoke last, in milliseconds.
    pub last_at: Option<i64>,
    /// Of its last answers those that were liked.
    pub thumbs_up: u64,
    /// Of its last answers those that were not.
    pub thumbs_down: u64,
}

/// The personas. Clones share what they stand on.
#[derive(Debug, Clone)]
pub struct Personas {
    records: Records,
    blobs: Blobs,
    db: Db,
    gateway: Arc<Gateway>,
}

impl Personas {
    /// The personas in this database.
    pub fn new(db: Db, blobs: Blobs, gateway: Arc<Gateway>) -> Self {
        Self { records: Records::new(db.clone()), blobs, db, gateway }
    }

    /// A page of personas, the last changed first, and where the next page begins.
    ///
    /// # Errors
    /// A cursor that no list has given, or where the database fails.
    pub async fn list(
        &self,
        owner: OwnerId,
        list: &ListPersonas,
    ) -> Result<(Vec<Kept<Character>>, Option<String>)> {
        let limit = list.limit.clamp(1, PAGE_LIMIT);
        let kind = list.kind.map(|kind| format!("kind:{}", kind.as_str()));
        let tag = list.tag.as_deref().map(|tag| format!("tag:{}", joined(tag)));
        let words = [kind, tag, Some(list.query.clone())].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let wanted = ListRecords {
            text: Some(words).filter(|words| !words.trim().is_empty()),
            deleted: if list.deleted { Deleted::Only } else { Deleted::Without },
            after: list.cursor.as_deref().map(cursor).transpose()?,
            limit: limit + 1,
            ..ListRecords::of(owner)
        };
        let mut page = self.records.list::<Character>(&wanted).await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = page.len() > limit;
        page.truncate(limit);
        let next = page.last().filter(|_| more).map(|last| {
            let Cursor { updated_at, id } = last.cursor();
            format!("{}.{id}", updated_at.millis())
        });
        Ok((page, next))
    }

    /// One persona, also a deleted one.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn get(&self, owner: OwnerId, id: Id) -> Result<Kept<Character>> {
        Ok(self.records.get(owner, id).await?)
    }

    /// Keeps a new persona.
    ///
    /// # Errors
    /// What a person has to put right.
    pub async fn create(&self, owner: OwnerId, persona: Persona) -> Result<Kept<Character>> {
        let card = Card { persona, ..Card::default() };
        self.keep(owner, card).await
    }

    /// Writes a new version over version `expected`.
    ///
    /// # Errors
    /// Somebody changed it meanwhile; what a person has to put right.
    pub async fn update(
        &self,
        owner: OwnerId,
        id: Id,
        expected: u64,
        persona: Persona,
    ) -> Result<Kept<Character>> {
        let before = self.get(owner, id).await?;
        if before.value.persona == persona && before.version == expected && before.deleted_at.is_none() {
            return Ok(before);
        }
        Ok(self.records.update(owner, id, expected, Character { persona, ..before.value }).await?)
    }

    /// Gives it another picture, or none.
    ///
    /// # Errors
    /// A picture that is none; somebody changed it meanwhile.
    pub async fn set_picture(
        &self,
        owner: OwnerId,
        (id, expected): (Id, u64),
        picture: Option<Vec<u8>>,
    ) -> Result<Kept<Character>> {
        let mut character = self.get(owner, id).await?.value;
        character.picture = match picture {
            Some(bytes) => {
                picture_type(&bytes).ok_or(PersonasError::NotAPicture)?;
                if bytes.len() > PICTURE_LIMIT_BYTES {
                    return Err(PersonasError::PictureTooLarge {
                        size_bytes: bytes.len(),
                        limit_bytes: PICTURE_LIMIT_BYTES,
                    });
                }
                Some(self.blobs.put(owner, &holder(id), bytes).await?.to_string())
            }
            None => None,
        };
        Ok(self.records.update(owner, id, expected, character).await?)
    }

    /// Its picture and the picture's media type.
    ///
    /// # Errors
    /// Where it has none.
    pub async fn picture(&self, owner: OwnerId, id: Id) -> Result<(Vec<u8>, &'static str)> {
        let character = self.get(owner, id).await?.value;
        let blob: BlobId = character.picture.ok_or(PersonasError::NoPicture(id))?.parse()?;
        let bytes = self.blobs.read(&blob).await?;
        let media_type = picture_type(&bytes).unwrap_or("application/octet-stream");
        Ok((bytes, media_type))
    }

    /// Makes another one like it.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn duplicate(&self, owner: OwnerId, id: Id) -> Result<Kept<Character>> {
        let mut card = self.card(owner, id).await?;
        card.persona.name = format!("{} (copy)", card.persona.name);
        self.keep(owner, card).await
    }

    /// Deletes it; [`Self::restore`] brings it back.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn delete(&self, owner: OwnerId, id: Id) -> Result<()> {
        Ok(self.records.delete::<Character>(owner, id).await?)
    }

    /// Brings a deleted one back.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn restore(&self, owner: OwnerId, id: Id) -> Result<Kept<Character>> {
        self.records.undelete::<Character>(owner, id).await?;
        self.get(owner, id).await
    }

    /// Its versions, the newest first.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn history(&self, owner: OwnerId, id: Id) -> Result<Vec<VersionInfo>> {
        Ok(self.records.history::<Character>(owner, id).await?)
    }

    /// What it was at a version.
    ///
    /// # Errors
    /// Where there is no such version.
    pub async fn at_version(&self, owner: OwnerId, id: Id, version: u64) -> Result<Persona> {
        Ok(self.records.at_version::<Character>(owner, id, version).await?.persona)
    }

    /// Makes it what it was at `version`, as a new version over `expected`.
    ///
    /// # Errors
    /// Where there is no such version; somebody changed it meanwhile.
    pub async fn roll_back(
        &self,
        owner: OwnerId,
        id: Id,
        (version, expected): (u64, u64),
    ) -> Result<Kept<Character>> {
        Ok(self.records.restore(owner, id, version, expected).await?)
    }

    /// Takes a file in; a dry run only says what would come of it.
    ///
    /// # Errors
    /// Why it is no persona.
    pub async fn import(&self, owner: OwnerId, bytes: Vec<u8>, dry_run: bool) -> Result<Imported> {
        let read = tokio::task::spawn_blocking(move || persona::read(&bytes))
            .await
            .map_err(|_| PersonasError::Broken)??;
        let persona = read.card.persona.clone();
        Character { persona: persona.clone(), ..Character::default() }
            .validate()
            .map_err(store::RecordError::from)?;
        let same_as = self.same_as(owner, &persona).await?;
        let kept = match (dry_run, same_as) {
            (false, None) => Some(self.keep(owner, read.card).await?),
            (_, _) => None,
        };
        Ok(Imported { persona, kept, same_as, form: read.form, notes: read.notes })
    }

    async fn same_as(&self, owner: OwnerId, persona: &Persona) -> Result<Option<Id>> {
        let wanted = ListRecords { text: Some(persona.name.clone()), limit: 50, ..ListRecords::of(owner) };
        let near = self.records.list::<Character>(&wanted).await?;
        Ok(near.into_iter().find(|kept| kept.value.persona == *persona).map(|kept| kept.id))
    }

    /// A persona as a file, and the file's name.
    ///
    /// # Errors
    /// Where there is none, or its picture cannot carry a card.
    pub async fn export(&self, owner: OwnerId, id: Id, form: Form) -> Result<(Vec<u8>, String)> {
        let card = self.card(owner, id).await?;
        let file_name = format!("{}.{}", file_stem(&card.persona.name), form.ending());
        let write = move || persona::card::write(&card, form);
        let bytes = tokio::task::spawn_blocking(write).await.map_err(|_| PersonasError::Broken)??;
        Ok((bytes, file_name))
    }

    /// The files of an upload: an archive of cards is its files, anything else is itself.
    ///
    /// # Errors
    /// An archive that is damaged, or too much of it.
    pub async fn unpacked(&self, name: String, bytes: Vec<u8>) -> Result<Vec<(String, Vec<u8>)>> {
        let work = move || {
            if !bundle::is_bundle(&bytes) {
                return Ok(vec![(name, bytes)]);
            }
            let inside = bundle::read(&bytes)?.into_iter();
            Ok(inside.map(|(file, content)| (format!("{name}/{file}"), content)).collect())
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| PersonasError::Broken)?
    }

    /// Many personas as one archive of files: those of the list, or those of these ids where there are such. One whose
    /// picture cannot carry a card goes as CHARX, which carries any.
    ///
    /// # Errors
    /// Nothing to export, or more than an archive holds.
    pub async fn export_all(
        &self,
        owner: OwnerId,
        (list, ids): (&ListPersonas, &[Id]),
        form: Form,
    ) -> Result<Vec<u8>> {
        let mut wanted = ids.to_vec();
        let mut page = ListPersonas { limit: PAGE_LIMIT, ..list.clone() };
        while ids.is_empty() {
            let (personas, next) = self.list(owner, &page).await?;
            wanted.extend(personas.into_iter().map(|kept| kept.id));
            match next {
                Some(next) => page.cursor = Some(next),
                None => break,
            }
        }
        let mut bundle = Bundle::default();
        for id in wanted {
            let exported = match self.export(owner, id, form).await {
                Err(PersonasError::Card(PersonaError::NotAPng)) => self.export(owner, id, Form::Charx).await,
                exported => exported,
            };
            let (bytes, file_name) = exported?;
            let add = move || {
                bundle.add(&file_name, &bytes)?;
                Ok::<Bundle, PersonaError>(bundle)
            };
            bundle = tokio::task::spawn_blocking(add).await.map_err(|_| PersonasError::Broken)??;
        }
        if bundle.is_empty() {
            return Err(PersonasError::NothingToExport);
        }
        let finish = move || bundle.finish();
        Ok(tokio::task::spawn_blocking(finish).await.map_err(|_| PersonasError::Broken)??)
    }

    /// What there is to tell of it.
    ///
    /// # Errors
    /// Where there is none, or the database fails.
    pub async fn statistics(&self, owner: OwnerId, id: Id) -> Result<Statistics> {
        self.get(owner, id).await?;
        let mut statistics = db::persona_statistics(&self.db, owner, id).await?;
        let exchanges = db::persona_exchanges(&self.db, owner, id).await?;
        for kept in self.gateway.experiments().feedback_on(owner, &exchanges).await.unwrap_or_default() {
            match kept.feedback.thumb {
                Some(true) => statistics.thumbs_up += 1,
                Some(false) => statistics.thumbs_down += 1,
                None => {}
            }
        }
        Ok(statistics)
    }

    /// The persona with its files.
    async fn card(&self, owner: OwnerId, id: Id) -> Result<Card> {
        let character = self.get(owner, id).await?.value;
        let mut card = Card { persona: character.persona, ..Card::default() };
        if let Some(blob) = character.picture {
            card.picture = Some(self.blobs.read(&blob.parse()?).await?);
        }
        for (path, blob) in character.files {
            card.files.insert(path, self.blobs.read(&blob.parse()?).await?);
        }
        Ok(card)
    }

    /// Keeps a card as a new persona.
    async fn keep(&self, owner: OwnerId, card: Card) -> Result<Kept<Character>> {
        let value = Character { persona: card.persona, ..Character::default() };
        let kept = self.records.create(owner, None, value).await?;
        if card.picture.is_none() && card.files.is_empty() {
            return Ok(kept);
        }
        let (mut character, holder) = (kept.value, holder(kept.id));
        // A picture of a kind that the page cannot show is still a file of the card.
        if let Some(picture) = card.picture.filter(|bytes| picture_type(bytes).is_some()) {
            character.picture = Some(self.blobs.put(owner, &holder, picture).await?.to_string());
        }
        for (path, content) in card.files {
            character.files.insert(path, self.blobs.put(owner, &holder, content).await?.to_string());
        }
        Ok(self.records.update(owner, kept.id, kept.version, character).await?)
    }
}

/// Who needs the files of a persona. They stay with it and with its older versions.
fn holder(id: Id) -> String {
    format!("persona/{id}")
}

fn cursor(text: &str) -> Result<Cursor> {
    let bad = || PersonasError::BadCursor(text.to_owned());
    let (millis, id) = text.split_once('.').ok_or_else(bad)?;
    let updated_at = base::Timestamp::from_millis(millis.parse().map_err(|_| bad())?);
    Ok(Cursor { updated_at, id: id.parse().map_err(|_| bad())? })
}

fn picture_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

fn file_stem(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | ' ') { c } else { '_' })
        .collect();
    let plain: String = plain.trim().chars().take(80).collect();
    if plain.is_empty() { "persona".to_owned() } else { plain }
}

/// Reads a lorebook from a file.
///
/// # Errors
/// Why it is none.
pub fn read_lorebook(bytes: &[u8]) -> std::result::Result<persona::Lorebook, PersonaError> {
    persona::card::read_lorebook(bytes)
}
