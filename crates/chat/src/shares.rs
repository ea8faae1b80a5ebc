//! Links to conversations: a copy for reading under an address that cannot be guessed, for as long as its owner wants.
//!
//! What others read is a [`Snapshot`], made when the link is made and again when its owner says so: nothing that is said later
//! is read by anybody before. An address that nobody gave out, one that has expired, one that was taken back and one of a
//! deleted conversation are told in the same words.

mod password;
mod snapshot;

use crate::{
    db::{self, shares as table},
    error::ChatError,
    model::Conversation,
    service::ChatService,
    transfer::Filing,
};
use base::{Clock, ErrorKind, Id, OwnerId, Timestamp, new_id};
use password::Doorkeeper;
use serde::{Deserialize, Serialize};
pub use snapshot::{SharedMessage, Snapshot, Source, Took};
use std::{sync::Arc, time::Duration};

type Result<T> = std::result::Result<T, SharesError>;

/// How long a right password counts.
pub const TICKET: Duration = password::TICKET;

/// What an imported copy is said to be of.
const SOURCE: &str = "share";

/// A link as its owner sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// Its id, for its owner.
    pub id: Id,
    /// The conversation that it is a copy of.
    pub conversation_id: Id,
    /// The end of the address.
    pub token: String,
    /// The copy's title.
    pub title: String,
    /// What beside the words is in the copy.
    pub shown: Shown,
    /// Messages in the copy.
    pub messages: u64,
    /// Whether it asks for a password.
    pub has_password: bool,
    /// When the link was made.
    pub created_at: Timestamp,
    /// When the copy was made.
    pub updated_at: Timestamp,
    /// From when on it leads nowhere.
    pub expires_at: Option<Timestamp>,
    /// How often others have opened it.
    pub views: u64,
    /// When somebody last did.
    pub viewed_at: Option<Timestamp>,
}

/// What beside the words is in a copy; nothing unless it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Shown {
    /// The instructions of the settings that precede every conversation.
    pub system: bool,
    /// Sources, with the words that were quoted.
    pub sources: bool,
    /// What models thought.
    pub reasoning: bool,
    /// Tokens and cost.
    pub costs: bool,
}

/// A link to make.
#[derive(Debug, Clone, Default)]
pub struct NewShare {
    /// What beside the words is in the copy.
    pub shown: Shown,
    /// From when on it leads nowhere.
    pub expires_at: Option<Timestamp>,
    /// A password to ask for.
    pub password: Option<String>,
}

/// What to change of a link; `None` leaves as it is.
#[derive(Debug, Clone, Default)]
pub struct SharePatch {
    /// Other things in the copy; makes it anew.
    pub shown: Option<Shown>,
    /// Another end, or none.
    pub expires_at: Option<Option<Timestamp>>,
    /// Another password, or none.
    pub password: Option<Option<String>>,
    /// Whether the copy is made anew.
    pub refresh: Refresh,
}

/// Whether a copy is made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Refresh {
    /// It stays as it is.
    #[default]
    Keep,
    /// It becomes what the conversation shows now.
    Anew,
}

/// Who opens a link.
#[derive(Debug, Clone, Copy)]
pub enum Reader {
    /// Whose it is: not counted.
    Owner,
    /// Anybody.
    Other,
}

/// A link that somebody has opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// What it leads to.
    pub snapshot: Snapshot,
    /// When the copy was made.
    pub updated_at: Timestamp,
    /// From when on it leads nowhere.
    pub expires_at: Option<Timestamp>,
}

/// Why something with a link cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum SharesError {
    /// No such link of this owner.
    #[error("there is no link `{0}`")]
    NoShare(Id),
    /// The address leads nowhere, for whatever reason.
    #[error("this link leads nowhere")]
    NoLink,
    /// It asks for a password.
    #[error("this link asks for a password")]
    Locked,
    /// The password is another.
    #[error("the password is not right")]
    WrongPassword,
    /// Too many wrong passwords.
    #[error("too many wrong passwords were given for this link")]
    TooManyTries {
        /// How long it takes until it may be tried again.
        minutes: u64,
    },
    /// A password that is too short or too long.
    #[error(
        "the password needs {} characters at least, and {} bytes at the most",
        password::SHORTEST,
        password::LONGEST
    )]
    BadPassword,
    /// An end that is over.
    #[error("`{0}` is over already")]
    Past(Timestamp),
    /// A conversation without messages.
    #[error("nothing was said in this conversation yet")]
    Empty,
    /// The machine gives no random numbers, or a password cannot be hashed.
    #[error("the password could not be worked on")]
    Hashing,
    /// The conversation.
    #[error(transparent)]
    Chat(#[from] ChatError),
    /// The database failed.
    #[error("the link could not be read or written")]
    Database(#[from] sqlx::Error),
    /// What is kept of a link cannot be read.
    #[error("the link could not be read")]
    Store(#[from] store::DbError),
}

impl SharesError {
    /// The kind, for the edge.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoShare(_) | Self::NoLink => ErrorKind::NotFound,
            Self::Locked | Self::WrongPassword => ErrorKind::Unauthenticated,
            Self::TooManyTries { .. } => ErrorKind::Limited,
            Self::BadPassword | Self::Past(_) | Self::Empty => ErrorKind::Invalid,
            Self::Chat(error) => error.kind(),
            Self::Hashing | Self::Database(_) | Self::Store(_) => ErrorKind::Internal,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::TooManyTries { minutes } => return Some(format!("try again in {minutes} minutes")),
            Self::Chat(error) => return error.hint().map(str::to_owned),
            Self::NoShare(_) => "it may have been taken back in another window",
            Self::NoLink => "it may have ended or been taken back; ask whoever gave it to you",
            Self::Locked => "send it to the same address with `/open` behind it",
            Self::WrongPassword => "ask whoever gave you the link",
            Self::BadPassword => "choose another, or none",
            Self::Past(_) => "choose a moment to come, or none",
            Self::Empty => "say something first",
            Self::Hashing | Self::Database(_) | Self::Store(_) => {
                "`familiar doctor` checks the database and the disk"
            }
        };
        Some(hint.to_owned())
    }
}

/// The links to conversations, and who may open them.
#[derive(Debug)]
pub struct Shares {
    chat: Arc<ChatService>,
    clock: Arc<dyn Clock>,
    doorkeeper: Doorkeeper,
}

impl Shares {
    /// The links to the conversations of this service.
    pub fn new(chat: Arc<ChatService>) -> Self {
        let clock = Arc::clone(&chat.parts.clock);
        Self::by(chat, clock)
    }

    /// With a clock of its own.
    pub fn by(chat: Arc<ChatService>, clock: Arc<dyn Clock>) -> Self {
        Self { chat, clock, doorkeeper: Doorkeeper::new() }
    }

    /// Makes a link to what a conversation shows now.
    ///
    /// # Errors
    /// Where there is no such conversation, nothing was said in it or an answer is being written; a password that is too short;
    /// an end that is over.
    pub async fn create(&self, owner: OwnerId, conversation_id: Id, new: NewShare) -> Result<Share> {
        let now = self.clock.now();
        check_end(new.expires_at, now)?;
        let conversation = db::conversation(&self.chat.parts.db, owner, conversation_id).await?;
        let snapshot = snapshot::take(&self.chat, &conversation, new.shown).await?;
        let password = match new.password {
            Some(password) => Some(self.doorkeeper.kept(password).await?),
            None => None,
        };
        let share = Share {
            id: new_id(),
            conversation_id,
            token: password::random()?,
            title: snapshot.title.clone(),
            shown: new.shown,
            messages: count(&snapshot),
            has_password: password.is_some(),
            created_at: now,
            updated_at: now,
            expires_at: new.expires_at,
            views: 0,
            viewed_at: None,
        };
        table::insert(&self.chat.parts.db, owner, (&share, &snapshot), password).await?;
        Ok(share)
    }

    /// The links of an owner, the latest first; all, or those of one conversation. Those of deleted conversations lead nowhere
    /// and are not told.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn list(&self, owner: OwnerId, conversation_id: Option<Id>) -> Result<Vec<Share>> {
        table::list(&self.chat.parts.db, owner, conversation_id).await
    }

    /// Changes a link; its address stays.
    ///
    /// # Errors
    /// As [`Self::create`]; where there is no such link of this owner.
    pub async fn update(&self, owner: OwnerId, id: Id, patch: SharePatch) -> Result<Share> {
        let db = &self.chat.parts.db;
        let now = self.clock.now();
        let table::Found { mut share, mut password } = table::get(db, owner, id).await?;
        if let Some(expires_at) = patch.expires_at {
            check_end(expires_at, now)?;
            share.expires_at = expires_at;
        }
        let other_password = patch.password.is_some();
        if let Some(given) = patch.password {
            password = match given {
                Some(given) => Some(self.doorkeeper.kept(given).await?),
                None => None,
            };
            share.has_password = password.is_some();
        }
        let anew = patch.refresh == Refresh::Anew || patch.shown.is_some_and(|shown| shown != share.shown);
        let mut copy = None;
        if anew {
            share.shown = patch.shown.unwrap_or(share.shown);
            let conversation = db::conversation(db, owner, share.conversation_id).await?;
            let snapshot = snapshot::take(&self.chat, &conversation, share.shown).await?;
            share.title.clone_from(&snapshot.title);
            share.messages = count(&snapshot);
            share.updated_at = now;
            copy = Some(snapshot);
        }
        // In one, so that nobody reads the new copy under the old password, or the old one under none.
        let mut transaction = db.begin().await?;
        if let Some(snapshot) = &copy {
            table::replace(&mut transaction, &share, snapshot).await?;
        }
        table::update(&mut transaction, &share, password).await?;
        transaction.commit().await?;
        if other_password {
            self.doorkeeper.forget(id);
        }
        Ok(share)
    }

    /// Takes a link back: it leads nowhere from now on, and the copy is gone.
    ///
    /// # Errors
    /// Where there is no such link of this owner.
    pub async fn revoke(&self, owner: OwnerId, id: Id) -> Result<()> {
        table::delete(&self.chat.parts.db, owner, id).await?;
        self.doorkeeper.forget(id);
        Ok(())
    }

    /// Whether an address leads anywhere.
    ///
    /// # Errors
    /// [`SharesError::NoLink`] where it does not.
    pub async fn check(&self, token: &str) -> Result<()> {
        self.find(token).await.map(drop)
    }

    /// Opens a link, with a ticket where it asks for a password.
    ///
    /// # Errors
    /// [`SharesError::NoLink`], or [`SharesError::Locked`] where a ticket is missing or too old.
    pub async fn open(&self, token: &str, ticket: Option<&str>, reader: Reader) -> Result<Opened> {
        let share = self.allowed(token, ticket).await?;
        let db = &self.chat.parts.db;
        let snapshot = table::snapshot(db, share.id).await?;
        match reader {
            Reader::Owner => {}
            Reader::Other => table::viewed(db, share.id, self.clock.now()).await?,
        }
        Ok(Opened { snapshot, updated_at: share.updated_at, expires_at: share.expires_at })
    }

    /// A ticket for [`Self::open`], good for [`TICKET`], for whoever knows the password.
    ///
    /// # Errors
    /// [`SharesError::WrongPassword`], and [`SharesError::TooManyTries`] after some of them.
    pub async fn unlock(&self, token: &str, given: String) -> Result<Option<String>> {
        let table::Found { share, password } = self.find(token).await?;
        let Some(kept) = password else { return Ok(None) };
        self.doorkeeper.let_in(share.id, (given, kept), self.clock.now()).await.map(Some)
    }

    /// Makes a conversation of the reader's own from what a link leads to. The same link twice is the same conversation, with
    /// what came to it since.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn copy(&self, owner: OwnerId, token: &str, ticket: Option<&str>) -> Result<Conversation> {
        let share = self.allowed(token, ticket).await?;
        let snapshot = table::snapshot(&self.chat.parts.db, share.id).await?;
        let transcript = snapshot::transcript(snapshot, share.id.to_string());
        let taken = self.chat.take_over(owner, (SOURCE, transcript), &mut Filing::default(), false).await?;
        Ok(self.chat.get(owner, taken.id).await?)
    }

    async fn find(&self, token: &str) -> Result<table::Found> {
        if !password::is_random(token) {
            return Err(SharesError::NoLink);
        }
        table::by_token(&self.chat.parts.db, token, self.clock.now()).await
    }

    async fn allowed(&self, token: &str, ticket: Option<&str>) -> Result<Share> {
        let table::Found { share, password } = self.find(token).await?;
        let now = self.clock.now();
        let knows = |ticket: &str| self.doorkeeper.knows(ticket, share.id, now);
        if password.is_some() && !ticket.is_some_and(knows) {
            return Err(SharesError::Locked);
        }
        Ok(share)
    }
}

fn count(snapshot: &Snapshot) -> u64 {
    u64::try_from(snapshot.messages.len()).unwrap_or(u64::MAX)
}

fn check_end(expires_at: Option<Timestamp>, now: Timestamp) -> Result<()> {
    match expires_at.filter(|end| *end <= now) {
        Some(past) => Err(SharesError::Past(past)),
        None => Ok(()),
    }
}
