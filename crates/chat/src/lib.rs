//! One conversation turn, end to end: the tree of messages, grounding, generation apart from the connection.
//!
//! A conversation is a tree of messages (`parent_id`); editing or asking again makes a sibling. An answer is
//! written by a task of its own: the page may go away and come back, and finds the answer going on
//! ([`ChatService::subscribe`]). What has arrived is kept in the database while it arrives, so that a killed
//! server loses at most [`turn::FLUSH_INTERVAL`] of it and marks the rest as interrupted.
//!
//! Reading order: [`model`], [`service`], [`window`], [`deleting`], [`purging`], [`turn`], [`support`], [`prompt`], [`rounds`], [`tools`], [`hub`], [`personas`],
//! [`play`], [`parameters`], [`templates`], [`group`], [`feelings`], [`checks`], [`memory`], [`folders`], [`arrange`], [`search`], [`lists`], [`shares`].

pub mod arrange;
pub mod checks;
pub mod deleting;
pub mod error;
pub mod feelings;
pub mod folders;
pub mod group;
pub mod hub;
pub mod lists;
pub mod memory;
pub mod model;
pub mod parameters;
pub mod personas;
pub mod play;
pub mod prompt;
pub mod purging;
pub mod rounds;
pub mod search;
pub mod service;
pub mod shares;
pub mod support;
pub mod templates;
pub mod tools;
pub mod transfer;
pub mod turn;
pub mod window;

mod attachments;
mod db;
mod title;

pub use arrange::{Arrangement, Filed, Spot};
pub use attachments::{GoneFrom, GonePictures};
pub use checks::{Answered, Check, CheckBody, CheckState, Compared, StyleFound};
pub use db::arrange::Place;
pub use deleting::Deleted;
pub use error::ChatError;
pub use feelings::{Feelings, Felt, Relation, Temperament, Toward};
pub use folders::{Folder, FolderPatch, FolderPlace, NewFolder};
pub use group::{Group, GroupState, Member, Queued};
pub use hub::{Change, Sequence, TurnEvent};
pub use lists::{Found, Shelves};
pub use memory::Recap;
pub use model::{
    Again, Archived, Cast, Conversation, ConversationPatch, Edited, ForkScope, Grounding, Image,
    ListConversations, Lore, Message, MessageStatus, NewConversation, NewTurn, Piece, Pinned, Receipt,
    Remembered, Speaker, SpokenBy, Told, TurnFailure, Window,
};
pub use parameters::{Layer, ParameterChoice, ParameterSet, Preset, Resolved, SentParameters};
pub use personas::{Character, Imported, ListPersonas, Personas, PersonasError, Statistics};
pub use play::{Line, Preview, Previewed};
pub use purging::Purged;
pub use search::{Has, Hint, Is, OPERATORS, Search, Why};
pub use service::{ChatService, Parts, Preferences, Started};
pub use shares::{NewShare, Opened, Refresh, Share, SharePatch, Shares, SharesError, Shown};
pub use templates::PromptTemplate;
pub use tools::{Decision, ToolChoices, ToolShown, ToolState, ToolUse};
pub use transfer::{Form, Import, Known, TakenOver};
