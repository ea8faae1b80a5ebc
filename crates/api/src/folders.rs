//! Where conversations lie: folders, tags, what is pinned and what is put away.

use crate::chat::{Conversation, Grounding};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// All folders, siblings in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FolderList {
    /// The folders.
    pub folders: Vec<Folder>,
}

/// A folder of conversations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Folder {
    /// Its id.
    pub id: String,
    /// The folder that it is in.
    pub parent_id: Option<String>,
    /// Its name.
    pub name: String,
    /// What models are told first in its conversations, and in those of the folders within it.
    pub prompt: String,
    /// The documents that those conversations rest on.
    pub grounding: Grounding,
    /// How many conversations are in it, not counting folders within it.
    pub conversations: u64,
}

/// Makes a folder.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CreateFolder {
    /// Its name.
    pub name: String,
    /// The folder that it is in.
    pub parent_id: Option<String>,
    /// What models are told first in its conversations.
    pub prompt: String,
    /// The documents that its conversations rest on.
    pub grounding: Grounding,
}

/// Changes what is given and leaves the rest.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UpdateFolder {
    /// A new name.
    pub name: Option<String>,
    /// Other words for models.
    pub prompt: Option<String>,
    /// Other documents.
    pub grounding: Option<Grounding>,
    /// Another place.
    pub place: Option<FolderPlace>,
}

/// A place for a folder.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FolderPlace {
    /// The folder to be in; missing is the top.
    pub parent_id: Option<String>,
    /// The folder to stand before; missing is the end.
    pub before: Option<String>,
}

/// Where a conversation lies.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Filed {
    /// Its folder.
    pub folder_id: Option<String>,
    /// Whether what the folder says is left out in it.
    pub folder_off: bool,
    /// Its tags, in small letters.
    pub tags: Vec<String>,
    /// Whether it stands above the others.
    pub pinned: bool,
    /// Whether it is put away.
    pub archived: bool,
}

/// Changes where conversations lie: all of them or none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ArrangeConversations {
    /// Which, in the order that they are to have; 1,000 at the most.
    pub ids: Vec<String>,
    /// What becomes of them.
    pub change: Arrangement,
}

/// What becomes of conversations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Arrangement {
    /// They come into a folder, or out of all. Without a neighbour they stand there by date.
    Move {
        /// The folder; missing for none.
        #[serde(default)]
        folder_id: Option<String>,
        /// The conversation of that folder to stand above.
        #[serde(default)]
        above: Option<String>,
        /// The conversation of that folder to stand below.
        #[serde(default)]
        below: Option<String>,
    },
    /// They get tags and lose tags.
    Tag {
        /// Which they get.
        #[serde(default)]
        add: Vec<String>,
        /// Which they lose.
        #[serde(default)]
        remove: Vec<String>,
    },
    /// They stand above the others, or no longer.
    Pin {
        /// Whether they do.
        on: bool,
    },
    /// They are put away, or taken out again.
    Archive {
        /// Whether they are.
        on: bool,
    },
    /// Whether what their folder says counts in them.
    UseFolder {
        /// Whether it does.
        on: bool,
    },
    /// They are deleted; putting them back where they were brings them back.
    Delete,
}

/// Where conversations were before a change: sent back, it takes the change back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationPlaces {
    /// One for each conversation that changed.
    pub places: Vec<ConversationPlace>,
    /// The change: only what it made is taken back, and what was changed since stays. Without it all is put back.
    #[serde(default)]
    pub change: Option<Arrangement>,
}

/// Where a conversation lay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationPlace {
    /// Which.
    pub id: String,
    /// Its folder.
    #[serde(default)]
    pub folder_id: Option<String>,
    /// Its place in the folder, where a person chose it.
    #[serde(default)]
    pub rank: Option<String>,
    /// Whether what the folder says was left out.
    #[serde(default)]
    pub folder_off: bool,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Since when it stood above the others; missing where it did not.
    #[serde(default)]
    pub pinned: Option<String>,
    /// Since when it was put away.
    #[serde(default)]
    pub archived: Option<String>,
    /// Since when it was deleted.
    #[serde(default)]
    pub deleted: Option<String>,
}

/// What stands above a list of conversations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Shelves {
    /// All folders, siblings in their order.
    pub folders: Vec<Folder>,
    /// The tags that are used, the most used first.
    pub tags: Vec<TagCount>,
    /// What is pinned, the latest first; only where all conversations are listed, which then lack these.
    pub pinned: Vec<Conversation>,
}

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TagCount {
    /// The tag.
    pub tag: String,
    /// How many conversations have it.
    pub conversations: u64,
}
