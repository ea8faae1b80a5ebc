//! Conversations out of files of other programs, and as files.
//!
//! What is taken over gets ids made of the ids that it had: the same file twice adds nothing, and a later one adds what
//! was said since. Messages that were deleted here stay deleted, and what a file has behind them is left out.

mod filing;

pub use crate::db::transfer::Known;
pub(crate) use filing::Filing;

use crate::{
    arrange::{Filed, MANY},
    db::{self, transfer::Here},
    error::ChatError,
    folders::Folder,
    hub::Change,
    model::{Cast, Conversation, Grounding, ListConversations, Message, MessageBody, MessageStatus, Speaker},
    parameters::ParameterChoice,
    service::ChatService,
    title,
    tools::ToolChoices,
};
use base::{Id, OwnerId, Timestamp};
use llm::Part;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use store::columns;
use transcript::{Broken, Entry, LeftOut, Role, Source, Transcript, write};

type Result<T> = std::result::Result<T, ChatError>;

/// What came, or would come, of a file.
#[derive(Debug, PartialEq)]
pub struct Import {
    /// The program that it is of.
    pub source: Option<Source>,
    /// Its conversations.
    pub conversations: Vec<TakenOver>,
    /// Folders of it that were not here.
    pub folders: usize,
    /// Tags of it that nothing here had.
    pub tags: usize,
    /// Those that cannot be read.
    pub broken: Vec<Broken>,
}

/// What came, or would come, of a conversation in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct TakenOver {
    /// The conversation here.
    pub id: Id,
    /// Its title.
    pub title: String,
    /// Its messages, on all branches.
    pub messages: usize,
    /// Those of them that were not here.
    pub added: usize,
    /// Those of them that are left out: they were deleted here, or follow what was.
    pub deleted: usize,
    /// Whether it was here.
    pub known: Known,
    /// Whether it comes into a folder, gets tags, is pinned or put away.
    pub filed: bool,
    /// What could not be taken over.
    pub left_out: LeftOut,
}

/// As what a conversation is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Everything, to be read again.
    Json,
    /// The branch that is shown, for people.
    Markdown,
    /// The branch that is shown, as a page of its own.
    Html,
    /// The branch that is shown, as OpenAI takes it for fine-tuning.
    OpenAi,
    /// The branch that is shown, as data sets have it.
    ShareGpt,
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 5] = [Self::Json, Self::Markdown, Self::Html, Self::OpenAi, Self::ShareGpt];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::OpenAi => "openai",
            Self::ShareGpt => "sharegpt",
        }
    }

    /// The form of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.as_str() == name)
    }

    /// The MIME type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json | Self::ShareGpt => "application/json",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
            Self::OpenAi => "application/jsonl",
        }
    }

    const fn ending(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::ShareGpt => "sharegpt.json",
            Self::Markdown => "md",
            Self::Html => "html",
            Self::OpenAi => "jsonl",
        }
    }
}

impl ChatService {
    /// Takes the conversations of a file over; with `dry_run` it only says what would come of it. One after the other is
    /// kept whole, so that nothing is lost where this is ended in the middle; `progress` hears before each how many are done
    /// and how many there are.
    ///
    /// # Errors
    /// [`ChatError::File`] where nothing can be read; failures of the database.
    pub async fn import(
        &self,
        owner: OwnerId,
        bytes: Vec<u8>,
        dry_run: bool,
        progress: impl Fn(usize, usize) + Send,
    ) -> Result<Import> {
        let reading = tokio::task::spawn_blocking(move || transcript::read(&bytes));
        let mut found = reading.await.map_err(|_| ChatError::ShuttingDown)??;
        let mut filing = self.filing(owner, &mut found, dry_run).await?;
        let count = found.transcripts.len();
        let mut conversations = Vec::with_capacity(count);
        for transcript in found.transcripts {
            progress(conversations.len(), count);
            let source = found.source.map_or("", Source::as_str);
            conversations.push(self.take_over(owner, (source, transcript), &mut filing, dry_run).await?);
        }
        if !dry_run && conversations.iter().any(|one| one.filed) {
            self.hub.tell(Change::Arranged);
        }
        let (folders, tags) = (filing.made, filing.new_tags.len());
        Ok(Import { source: found.source, conversations, folders, tags, broken: found.broken })
    }

    /// Takes over a conversation of a source. See [`Self::import`].
    pub(crate) async fn take_over(
        &self,
        owner: OwnerId,
        (source, transcript): (&str, Transcript),
        filing: &mut Filing,
        dry_run: bool,
    ) -> Result<TakenOver> {
        let db = &self.parts.db;
        // Our own conversation, where it never went away, is itself.
        let itself = match transcript.id.parse().ok().filter(|_| source == Source::Familiar.as_str()) {
            Some(id) => db::transfer::here(db, owner, id).await?.known() != Known::New,
            None => false,
        };
        let ids = Ids { owner, source, conversation: &transcript.id, itself };
        let here = db::transfer::here(db, owner, ids.conversation_id()).await?;
        let known = here.known();
        let by_bits: HashMap<[u8; 10], Id> = here.messages.iter().map(|id| (id.bits(), *id)).collect();
        let now = self.parts.clock.now();
        let (mut conversation, mut messages) = kept((ids, &by_bits), &transcript, now);
        let count = messages.len();
        let deleted = stay_deleted(&messages, &here);
        let leaf = not_deleted(conversation.leaf_id, &messages, &deleted);
        let other_leaf = leaf.filter(|leaf| conversation.leaf_id != Some(*leaf));
        conversation.leaf_id = leaf;
        messages.retain(|message| !here.messages.contains(&message.id) && !deleted.contains(&message.id));
        let place = filing.place((conversation.id, here.place.as_ref()), &transcript.shelf, now);
        let imported = TakenOver {
            id: conversation.id,
            title: conversation.title.clone(),
            messages: count,
            added: messages.len(),
            deleted: deleted.len(),
            known,
            filed: place.is_some(),
            left_out: transcript.left_out,
        };
        let said = !messages.is_empty();
        if dry_run || (known == Known::Here && !said && place.is_none()) {
            return Ok(imported);
        }
        // They stay where the rest fails: the same file taken over again has messages of the same ids.
        self.set_pictures_aside(owner, &mut messages).await?;
        let mut transaction = db.begin().await?;
        match known {
            Known::New => {
                let title_source = if transcript.title.is_some() { "person" } else { "words" };
                db::insert_conversation(&mut *transaction, owner, &conversation, title_source).await?;
            }
            // It only comes to lie elsewhere.
            Known::Here if !said => {}
            Known::Here | Known::Deleted => {
                db::transfer::goes_on(&mut transaction, &conversation).await?;
            }
        }
        db::insert_messages(&mut transaction, owner, &messages).await?;
        if let Some(leaf) = other_leaf.filter(|_| said || known == Known::Deleted) {
            // The branch that the file shows is deleted here from a message on; another goes on from before it.
            let end = db::end_below(&mut *transaction, conversation.id, leaf).await?;
            db::deleted::set_leaf(&mut transaction, conversation.id, end).await?;
        }
        if let Some(place) = &place {
            db::arrange::put(&mut transaction, place).await?;
        }
        transaction.commit().await?;
        if known == Known::Deleted {
            self.quote_no_more(owner, conversation.id, false).await;
        }
        self.hub.changed(conversation.id);
        Ok(imported)
    }

    /// A conversation as a file, and the file's name.
    ///
    /// # Errors
    /// Where there is no such conversation; failures of the database.
    pub async fn export(&self, owner: OwnerId, id: Id, form: Form) -> Result<(String, String)> {
        let conversation = db::conversation(&self.parts.db, owner, id).await?;
        let folders = self.folders_for(owner, form).await?;
        let transcript = self.transcript(conversation, &folders).await?;
        let title = transcript.title.as_deref().unwrap_or(title::UNTITLED);
        let name = format!("{}.{}", file_name(title), form.ending());
        let text = match form {
            Form::Markdown => write::markdown(&transcript),
            Form::Html => write::html(&transcript),
            Form::Json | Form::OpenAi | Form::ShareGpt => {
                together(self.as_written(owner, &folders).await?, &[transcript], form)?
            }
        };
        Ok((text, name))
    }

    /// All conversations of an owner as one file.
    ///
    /// # Errors
    /// A form that holds only one; failures of the database.
    pub async fn export_all(&self, owner: OwnerId, form: Form) -> Result<(String, String)> {
        if matches!(form, Form::Markdown | Form::Html) {
            return Err(ChatError::OneOnly(form.as_str()));
        }
        let folders = self.folders_for(owner, form).await?;
        let mut transcripts = Vec::new();
        let mut list = ListConversations { limit: 200, ..ListConversations::default() };
        loop {
            let page = self.page(owner, &list).await?;
            let whole = page.len() == list.limit as usize;
            list.cursor = page.last().map(|last| columns::cursor(last.updated_at, last.id));
            for conversation in page {
                transcripts.push(self.transcript(conversation, &folders).await?);
            }
            if !whole {
                let text = written(&self.as_written(owner, &folders).await?, &transcripts, form)?;
                return Ok((text, format!("conversations.{}", form.ending())));
            }
        }
    }

    /// Some conversations of an owner as one file, in the order of the ids.
    ///
    /// # Errors
    /// A form that holds only one, too many, one that is not there; failures of the database.
    pub async fn export_some(&self, owner: OwnerId, ids: &[Id], form: Form) -> Result<(String, String)> {
        if matches!(form, Form::Markdown | Form::Html) {
            return Err(ChatError::OneOnly(form.as_str()));
        }
        if ids.len() > MANY {
            return Err(ChatError::TooMany { count: ids.len(), limit: MANY });
        }
        let folders = self.folders_for(owner, form).await?;
        let mut transcripts = Vec::with_capacity(ids.len());
        for id in ids {
            let conversation = db::conversation(&self.parts.db, owner, *id).await?;
            transcripts.push(self.transcript(conversation, &folders).await?);
        }
        let folders = self.as_written(owner, &folders).await?;
        Ok((together(folders, &transcripts, form)?, format!("conversations.{}", form.ending())))
    }

    /// The folders that a file of this form tells of.
    async fn folders_for(&self, owner: OwnerId, form: Form) -> Result<Vec<Folder>> {
        match form {
            Form::Json => self.folders(owner).await,
            Form::Markdown | Form::Html | Form::OpenAi | Form::ShareGpt => Ok(Vec::new()),
        }
    }

    async fn transcript(&self, conversation: Conversation, folders: &[Folder]) -> Result<Transcript> {
        let mut messages = db::messages(&self.parts.db, conversation.id).await?;
        self.load_pictures(&mut messages).await?;
        let places: HashMap<Id, usize> =
            messages.iter().enumerate().map(|(place, message)| (message.id, place)).collect();
        let current = |message: Message| {
            let id = message.id;
            self.hub.current(conversation.id, id).unwrap_or(message)
        };
        let place = |id: Option<Id>| places.get(&id?).copied();
        let leaf = place(conversation.leaf_id);
        let entries =
            messages.into_iter().map(current).map(|message| entry(&message, place(message.parent_id)));
        Ok(Transcript {
            id: conversation.id.to_string(),
            shelf: filing::shelf(folders, &conversation),
            entries: entries.collect(),
            title: Some(conversation.title),
            model: conversation.model,
            created_ms: Some(conversation.created_at.millis()),
            updated_ms: Some(conversation.updated_at.millis()),
            leaf,
            left_out: LeftOut::default(),
        })
    }
}

/// Some conversations, with the folders that they are in.
fn together(mut folders: Vec<transcript::Folder>, transcripts: &[Transcript], form: Form) -> Result<String> {
    folders.retain(|folder| transcripts.iter().any(|one| one.shelf.folder.starts_with(&folder.path)));
    written(&folders, transcripts, form)
}

fn written(folders: &[transcript::Folder], transcripts: &[Transcript], form: Form) -> Result<String> {
    Ok(match form {
        Form::OpenAi => write::openai_lines(transcripts),
        Form::ShareGpt => write::share_gpt(transcripts),
        Form::Json | Form::Markdown | Form::Html => {
            write::json(folders, transcripts).map_err(ChatError::Unwritable)?
        }
    })
}

fn entry(message: &Message, parent: Option<usize>) -> Entry {
    let body = &message.body;
    let model = body.receipt.as_ref().map(|receipt| receipt.model.clone()).or_else(|| body.model.clone());
    Entry {
        id: message.id.to_string(),
        parent,
        role: Some(match message.speaker {
            Speaker::User => Role::User,
            Speaker::Assistant => Role::Assistant,
        }),
        text: message.text.clone(),
        thinking: message.reasoning(),
        model,
        speaker: body.spoken_by.as_ref().map(|spoken| spoken.name.clone()),
        at_ms: Some(message.created_at.millis()),
        notes: body.notes(),
        kept: serde_json::to_value(body).ok(),
    }
}

/// What ids are made of.
#[derive(Clone, Copy)]
struct Ids<'a> {
    owner: OwnerId,
    source: &'a str,
    conversation: &'a str,
    /// They are those in the file.
    itself: bool,
}

impl Ids<'_> {
    /// The conversation's; no moment is in it, which another export might tell otherwise.
    fn conversation_id(self) -> Id {
        self.of(self.conversation, ("", 0), &HashMap::new())
    }

    /// The id of what the file calls so: the one that it has here already, or one made at this moment in milliseconds.
    fn of(self, name: &str, (kind, ms): (&str, i64), have: &HashMap<[u8; 10], Id>) -> Id {
        if let Some(id) = name.parse().ok().filter(|_| self.itself) {
            return id;
        }
        let mut hash = Sha256::new();
        for part in [&self.owner.to_string(), self.source, self.conversation, name, kind] {
            hash.update(part);
            hash.update([0]);
        }
        let bits: [u8; 32] = hash.finalize().into();
        let mut ten = [0; 10];
        ten.iter_mut().zip(bits).for_each(|(place, bits)| *place = bits);
        let id = Id::at(Timestamp::from_millis(ms), ten);
        have.get(&id.bits()).copied().unwrap_or(id)
    }
}

/// Which messages of a file are left out: those that were deleted here, and those that are new behind them.
fn stay_deleted(messages: &[Message], here: &Here) -> HashSet<Id> {
    let mut deleted: HashSet<Id> = HashSet::new();
    for message in messages {
        let follows = || message.parent_id.is_some_and(|parent_id| deleted.contains(&parent_id));
        if here.deleted.contains(&message.id) || (!here.messages.contains(&message.id) && follows()) {
            deleted.insert(message.id);
        }
    }
    deleted
}

/// The last message on the way to `leaf_id` that is not left out.
fn not_deleted(leaf_id: Option<Id>, messages: &[Message], deleted: &HashSet<Id>) -> Option<Id> {
    let parents: HashMap<Id, Option<Id>> =
        messages.iter().map(|message| (message.id, message.parent_id)).collect();
    let mut leaf_id = leaf_id?;
    while deleted.contains(&leaf_id) {
        leaf_id = parents.get(&leaf_id).copied().flatten()?;
    }
    Some(leaf_id)
}

/// A conversation and its messages as they are kept here.
fn kept(
    (ids, have): (Ids<'_>, &HashMap<[u8; 10], Id>),
    transcript: &Transcript,
    now: Timestamp,
) -> (Conversation, Vec<Message>) {
    let begun = transcript.created_ms.unwrap_or(0).max(0);
    let id = ids.conversation_id();
    let mut messages: Vec<Message> = Vec::with_capacity(transcript.entries.len());
    // Ids say the order: a child is later than its parent, and a version than the one before.
    let mut latest: HashMap<Option<usize>, i64> = HashMap::new();
    for entry in &transcript.entries {
        let parent = entry.parent.and_then(|parent| messages.get(parent));
        let after_parent = parent.map_or(begun, |parent| parent.id.made_at().millis() + 1);
        let after_version = latest.get(&entry.parent).map_or(0, |ms| ms + 1);
        let ms = entry.at_ms.unwrap_or(0).max(after_parent).max(after_version);
        latest.insert(entry.parent, ms);
        let at = entry.at_ms.or(transcript.created_ms).map_or(now, Timestamp::from_millis);
        let parent_id = parent.map(|parent| parent.id);
        let own_id = ids.of(&entry.id, ("message", ms), have);
        messages.push(message(entry, (id, own_id), parent_id, at));
    }
    let first = transcript.entries.iter().find(|entry| entry.role != Some(Role::Assistant));
    let words =
        || title::from_words(first.or(transcript.entries.first()).map_or("", |entry| entry.text.as_str()));
    let last = transcript.entries.iter().filter_map(|entry| entry.at_ms).max();
    let conversation = Conversation {
        id,
        title: transcript.title.clone().unwrap_or_else(words),
        model: None,
        grounding: Grounding::default(),
        cast: Cast::default(),
        memory: true,
        tools: ToolChoices::default(),
        filed: Filed::default(),
        parameters: ParameterChoice::default(),
        leaf_id: transcript.leaf.and_then(|leaf| messages.get(leaf)).map(|message| message.id),
        created_at: transcript.created_ms.map_or(now, Timestamp::from_millis),
        updated_at: transcript.updated_ms.or(last).map_or(now, Timestamp::from_millis),
        snippet: None,
        streaming: false,
    };
    (conversation, messages)
}

fn message(entry: &Entry, (conversation_id, id): (Id, Id), parent_id: Option<Id>, at: Timestamp) -> Message {
    let answers = entry.role == Some(Role::Assistant);
    let mut own: Option<MessageBody> = entry.kept.clone().and_then(|kept| serde_json::from_value(kept).ok());
    for image in own.iter_mut().flat_map(|own| &mut own.images) {
        // What a file says lies here is nobody's but ours.
        image.blob = None;
    }
    let body = own.unwrap_or_else(|| {
        let thought = || Part::Reasoning { text: entry.thinking.clone(), signature: None, redacted: None };
        let parts =
            if entry.thinking.is_empty() { Vec::new() } else { vec![thought(), Part::text(&entry.text)] };
        MessageBody { parts, model: entry.model.clone(), language_model: answers, ..MessageBody::default() }
    });
    Message {
        id,
        conversation_id,
        parent_id,
        speaker: if answers { Speaker::Assistant } else { Speaker::User },
        status: if body.failure.is_some() { MessageStatus::Failed } else { MessageStatus::Complete },
        text: entry.text.clone(),
        body,
        created_at: at,
    }
}

/// A title as a file may be called.
fn file_name(title: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.') { c } else { '-' };
    let name: String = title.chars().take(80).map(plain).collect();
    let name = name.trim().trim_matches('.').to_owned();
    if name.is_empty() { "conversation".to_owned() } else { name }
}
