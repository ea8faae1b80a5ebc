//! Lists of conversations, and what stands above them: folders, tags, what is pinned.

use crate::{
    arrange::Filed,
    db::{self, search::Wanted},
    error::ChatError,
    folders::{Folder, with_descendants},
    model::{Archived, Conversation, ListConversations, Pinned},
    personas::ListPersonas,
    search::{Hint, Search, Why},
    service::ChatService,
};
use base::{Id, OwnerId};

/// Conversations on a page of the list, at the most.
const PAGE_LIMIT: u32 = 200;
/// Conversations that are pinned, at the most that are shown.
const PINNED_LIMIT: u32 = 100;

/// A page of conversations.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The conversations.
    pub conversations: Vec<Conversation>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// The words that were looked for, in small letters.
    pub words: Vec<String>,
    /// What of the search was not understood.
    pub hints: Vec<Hint>,
}

/// What stands above lists of conversations.
#[derive(Debug, Clone, PartialEq)]
pub struct Shelves {
    /// All folders, siblings in their order.
    pub folders: Vec<Folder>,
    /// The tags that are used and how many conversations have each, the most used first.
    pub tags: Vec<(String, u64)>,
    /// What is pinned, the latest first.
    pub pinned: Vec<Conversation>,
}

type Result<T> = std::result::Result<T, ChatError>;

/// The names in a search, found.
#[derive(Debug, Default)]
struct Names {
    folders: Vec<Vec<Id>>,
    personas: Vec<Vec<Id>>,
    hints: Vec<Hint>,
}

impl ChatService {
    /// A page of conversations: of a folder in its order, else the latest first.
    ///
    /// # Errors
    /// A cursor that is none, failures of the database.
    pub async fn list(&self, owner: OwnerId, mut list: ListConversations) -> Result<Found> {
        let limit = list.limit.clamp(1, PAGE_LIMIT);
        list.limit = limit + 1;
        let mut search = Search::read(&list.query);
        let names = self.names(owner, &search).await?;
        let wanted =
            Wanted { list: &list, search: &search, folders: &names.folders, personas: &names.personas };
        let mut page = db::search::list(&self.parts.db, owner, wanted).await?;
        let more = page.len() > usize::try_from(limit).unwrap_or(usize::MAX);
        page.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let next = page.last().filter(|_| more).map(|last| db::search::cursor(wanted, last));
        search.hints.extend(names.hints);
        Ok(Found {
            conversations: page.into_iter().map(|conversation| self.with_state(conversation)).collect(),
            next,
            words: search.words,
            hints: search.hints,
        })
    }

    /// What stands above lists.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn shelves(&self, owner: OwnerId) -> Result<Shelves> {
        let db = &self.parts.db;
        let list = ListConversations {
            limit: PINNED_LIMIT,
            archived: Archived::Not,
            pinned: Pinned::Only,
            ..ListConversations::default()
        };
        let pinned = self.page(owner, &list).await?;
        Ok(Shelves {
            folders: db::folders::list(db, owner).await?,
            tags: db::arrange::tags(db, owner).await?,
            pinned: pinned.into_iter().map(|conversation| self.with_state(conversation)).collect(),
        })
    }

    /// A page in which nothing is looked for.
    pub(crate) async fn page(&self, owner: OwnerId, list: &ListConversations) -> Result<Vec<Conversation>> {
        let search = Search::default();
        let wanted = Wanted { list, search: &search, folders: &[], personas: &[] };
        db::search::list(&self.parts.db, owner, wanted).await
    }

    /// Where a conversation lies that begins in a folder.
    pub(crate) async fn filed_in(&self, owner: OwnerId, folder_id: Option<Id>) -> Result<Filed> {
        if let Some(id) = folder_id
            && db::folders::above(&self.parts.db, owner, id).await?.is_empty()
        {
            return Err(ChatError::NoFolder(id));
        }
        Ok(Filed { folder_id, ..Filed::default() })
    }

    /// Finds the folders and personas that a search names.
    async fn names(&self, owner: OwnerId, search: &Search) -> Result<Names> {
        let mut names = Names::default();
        if !search.folders.is_empty() {
            let all = db::folders::list(&self.parts.db, owner).await?;
            for name in &search.folders {
                let called = all.iter().filter(|folder| folder.name.to_lowercase().contains(name));
                let mut ids: Vec<Id> = called.flat_map(|folder| with_descendants(&all, folder.id)).collect();
                ids.sort_unstable();
                ids.dedup();
                names.note(("folder", name), &ids);
                names.folders.push(ids);
            }
        }
        for name in &search.personas {
            let list = ListPersonas { query: name.clone(), limit: 200, ..ListPersonas::default() };
            let (found, _) = self
                .parts
                .personas
                .list(owner, &list)
                .await
                .map_err(|error| ChatError::Persona(Box::new(error)))?;
            let called = found.iter().filter(|kept| kept.value.persona.name.to_lowercase().contains(name));
            let ids: Vec<Id> = called.map(|kept| kept.id).collect();
            names.note(("persona", name), &ids);
            names.personas.push(ids);
        }
        Ok(names)
    }
}

impl Names {
    fn note(&mut self, (operator, name): (&str, &str), ids: &[Id]) {
        if ids.is_empty() {
            self.hints.push(Hint { piece: format!("{operator}:{name}"), why: Why::Nobody });
        }
    }
}
