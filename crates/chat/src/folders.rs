//! Folders of conversations: a tree of a few levels, each with words for models and documents of its own.
//!
//! A conversation is in one folder or in none. What its folder says, and every folder above that, comes before everything
//! else that models are told, and its documents are added to those of the conversation. A folder that is deleted goes with
//! those within it; conversations stay, in no folder, and are in it again when it comes back.

use crate::{db, error::ChatError, hub::Change, model::Grounding, service::ChatService};
use base::{Id, OwnerId, new_id};
use llm::{ChatRequest, Message as Said, Part, Role};
use store::WriteTransaction;

/// Levels of folders within folders.
pub const MAX_DEPTH: usize = 5;
/// Folders that an owner may have.
const MAX_FOLDERS: usize = 1_000;
const NAME_LIMIT: usize = 100;
const PROMPT_LIMIT_BYTES: usize = 100_000;

/// A folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Folder {
    /// Its id.
    pub id: Id,
    /// The folder that it is in.
    pub parent_id: Option<Id>,
    /// Its name.
    pub name: String,
    /// What models are told first in its conversations.
    pub prompt: String,
    /// The documents that its conversations rest on.
    pub grounding: Grounding,
    /// How many conversations are in it itself.
    pub conversations: u64,
}

/// What a folder begins with.
#[derive(Debug, Clone, Default)]
pub struct NewFolder {
    /// Its name.
    pub name: String,
    /// The folder that it is in.
    pub parent_id: Option<Id>,
    /// What models are told first.
    pub prompt: String,
    /// Its documents.
    pub grounding: Grounding,
}

/// What to change of a folder; `None` leaves as it is.
#[derive(Debug, Clone, Default)]
pub struct FolderPatch {
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FolderPlace {
    /// The folder to be in; `None` is the top.
    pub parent_id: Option<Id>,
    /// The folder to stand before; `None` is the end.
    pub before: Option<Id>,
}

/// What the folders of a conversation add to a turn.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Lead {
    /// What they say, the outermost first.
    prompt: String,
    /// What those of them rest on that rest on anything.
    groundings: Vec<Grounding>,
}

type Result<T> = std::result::Result<T, ChatError>;

impl ChatService {
    /// All folders, siblings in their order.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn folders(&self, owner: OwnerId) -> Result<Vec<Folder>> {
        db::folders::list(&self.parts.db, owner).await
    }

    /// Makes a folder, at the end of those beside it.
    ///
    /// # Errors
    /// A name that is none, a place too deep, too many folders; failures of the database.
    pub async fn create_folder(&self, owner: OwnerId, new: NewFolder) -> Result<Folder> {
        let (transaction, all) = db::folders::hold(&self.parts.db, owner).await?;
        let folder = planned(&all, new)?;
        self.insert_folder(owner, (transaction, &all), &folder).await?;
        Ok(folder)
    }

    /// Writes a folder down that was planned.
    pub(crate) async fn add_folder(&self, owner: OwnerId, folder: &Folder) -> Result<()> {
        let (transaction, all) = db::folders::hold(&self.parts.db, owner).await?;
        self.insert_folder(owner, (transaction, &all), folder).await
    }

    async fn insert_folder(
        &self,
        owner: OwnerId,
        (mut transaction, all): (WriteTransaction, &[Folder]),
        folder: &Folder,
    ) -> Result<()> {
        let mut siblings = children(all, folder.parent_id);
        siblings.push(folder.id);
        let now = self.parts.clock.now();
        db::folders::insert(&mut transaction, owner, folder, now).await?;
        db::folders::put_in_order(&mut transaction, &siblings).await?;
        transaction.commit().await?;
        self.hub.tell(Change::Arranged);
        Ok(())
    }

    /// Changes a folder, or its place.
    ///
    /// # Errors
    /// No such folder, a place within itself or too deep, a name that is none; failures of the database.
    pub async fn update_folder(&self, owner: OwnerId, id: Id, patch: FolderPatch) -> Result<Folder> {
        let (mut transaction, all) = db::folders::hold(&self.parts.db, owner).await?;
        let mut folder = find(&all, id)?.clone();
        if let Some(name) = patch.name {
            folder.name = named(&name)?;
        }
        if let Some(prompt) = patch.prompt {
            folder.prompt = told(prompt)?;
        }
        folder.grounding = patch.grounding.unwrap_or(folder.grounding);
        let mut order = Vec::new();
        if let Some(place) = patch.place {
            order = reordered(&all, id, place)?;
            folder.parent_id = place.parent_id;
        }
        db::folders::update(&mut transaction, &folder, self.parts.clock.now()).await?;
        db::folders::put_in_order(&mut transaction, &order).await?;
        transaction.commit().await?;
        self.hub.tell(Change::Arranged);
        Ok(folder)
    }

    /// Deletes a folder and those within it; [`Self::restore_folder`] brings them back. Conversations stay.
    ///
    /// # Errors
    /// No such folder; failures of the database.
    pub async fn delete_folder(&self, owner: OwnerId, id: Id) -> Result<()> {
        let (mut transaction, all) = db::folders::hold(&self.parts.db, owner).await?;
        find(&all, id)?;
        let gone = with_descendants(&all, id);
        db::folders::set_deleted(&mut transaction, &gone, self.parts.clock.now()).await?;
        transaction.commit().await?;
        self.hub.tell(Change::Arranged);
        Ok(())
    }

    /// Brings a deleted folder back, with those that were deleted with it. Where the folder that it was in is gone, it
    /// comes to the top.
    ///
    /// # Errors
    /// No such folder; failures of the database.
    pub async fn restore_folder(&self, owner: OwnerId, id: Id) -> Result<Folder> {
        db::folders::restore(&self.parts.db, owner, id).await?;
        self.hub.tell(Change::Arranged);
        find(&self.folders(owner).await?, id).cloned()
    }

    /// What the folders of a conversation add to its turns.
    pub(crate) async fn lead(&self, owner: OwnerId, folder_id: Option<Id>) -> Result<Lead> {
        let Some(folder_id) = folder_id else { return Ok(Lead::default()) };
        let folders = db::folders::above(&self.parts.db, owner, folder_id).await?;
        Ok(Lead::of(&folders))
    }
}

impl Lead {
    /// Of folders, the outermost first.
    fn of(folders: &[Folder]) -> Self {
        let prompts: Vec<&str> =
            folders.iter().map(|folder| folder.prompt.trim()).filter(|prompt| !prompt.is_empty()).collect();
        let groundings = folders.iter().map(|folder| &folder.grounding).filter(|grounding| grounding.enabled);
        Self { prompt: prompts.join("\n\n"), groundings: groundings.cloned().collect() }
    }

    /// Says what the folders say before anything else.
    pub(crate) fn speak(&self, request: &mut ChatRequest) {
        if self.prompt.is_empty() {
            return;
        }
        match request.messages.first_mut().filter(|first| first.role == Role::System) {
            Some(system) => system.parts.insert(0, Part::text(format!("{}\n\n", self.prompt))),
            None => request.messages.insert(0, Said::text(Role::System, self.prompt.as_str())),
        }
    }

    /// What a conversation rests on: its own documents and those of the folders; the whole library where one of them does.
    pub(crate) fn ground(&self, own: Grounding) -> Grounding {
        if self.groundings.is_empty() || (own.enabled && own.document_ids.is_empty()) {
            return own;
        }
        let mut document_ids = Vec::new();
        if self.groundings.iter().all(|grounding| !grounding.document_ids.is_empty()) {
            let theirs = self.groundings.iter().flat_map(|grounding| &grounding.document_ids);
            for id in own.document_ids.iter().chain(theirs) {
                if !document_ids.contains(id) {
                    document_ids.push(id.clone());
                }
            }
        }
        Grounding { enabled: true, document_ids }
    }
}

/// The folder that would be made beside all that there are.
pub(crate) fn planned(all: &[Folder], new: NewFolder) -> Result<Folder> {
    if all.len() >= MAX_FOLDERS {
        return Err(ChatError::Folder(format!("there are {MAX_FOLDERS} folders already")));
    }
    if let Some(parent_id) = new.parent_id {
        find(all, parent_id)?;
        fits(depth(all, parent_id), 1)?;
    }
    Ok(Folder {
        id: new_id(),
        parent_id: new.parent_id,
        name: named(&new.name)?,
        prompt: told(new.prompt)?,
        grounding: new.grounding,
        conversations: 0,
    })
}

/// The names of a folder and of those that it is in, the outermost first.
pub(crate) fn path(all: &[Folder], id: Id) -> Vec<String> {
    let mut names = Vec::new();
    let mut at = all.iter().find(|folder| folder.id == id);
    while let Some(folder) = at {
        names.push(folder.name.clone());
        // A circle, which nothing here makes, would have no end.
        at = folder.parent_id.filter(|_| names.len() < all.len()).and_then(|id| find(all, id).ok());
    }
    names.reverse();
    names
}

/// A folder with all within it.
pub(crate) fn with_descendants(all: &[Folder], id: Id) -> Vec<Id> {
    let mut found = vec![id];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(all.iter().filter(|folder| folder.parent_id == Some(parent)).map(|folder| folder.id));
        next += 1;
    }
    found
}

fn find(all: &[Folder], id: Id) -> Result<&Folder> {
    all.iter().find(|folder| folder.id == id).ok_or(ChatError::NoFolder(id))
}

fn children(all: &[Folder], parent_id: Option<Id>) -> Vec<Id> {
    all.iter().filter(|folder| folder.parent_id == parent_id).map(|folder| folder.id).collect()
}

/// How deep a folder lies; one at the top lies at 1.
fn depth(all: &[Folder], id: Id) -> usize {
    let mut deep = 1;
    let mut at = all.iter().find(|folder| folder.id == id);
    while let Some(parent_id) = at.and_then(|folder| folder.parent_id) {
        deep += 1;
        // A circle, which nothing here makes, would have no end.
        if deep > all.len() {
            break;
        }
        at = all.iter().find(|folder| folder.id == parent_id);
    }
    deep
}

/// How many levels a folder has with those within it.
fn height(all: &[Folder], id: Id) -> usize {
    let own = depth(all, id);
    let deepest = with_descendants(all, id).into_iter().map(|within| depth(all, within)).max();
    deepest.unwrap_or(own) + 1 - own
}

fn fits(above: usize, height: usize) -> Result<()> {
    if above + height > MAX_DEPTH {
        return Err(ChatError::Folder(format!("folders lie at most {MAX_DEPTH} deep")));
    }
    Ok(())
}

/// The folders of a parent in their order, once this one has the place.
fn reordered(all: &[Folder], id: Id, place: FolderPlace) -> Result<Vec<Id>> {
    if let Some(parent_id) = place.parent_id {
        find(all, parent_id)?;
        if with_descendants(all, id).contains(&parent_id) {
            return Err(ChatError::FolderInItself(find(all, id)?.name.clone()));
        }
        fits(depth(all, parent_id), height(all, id))?;
    }
    let mut order = children(all, place.parent_id);
    order.retain(|sibling| *sibling != id);
    let at = match place.before {
        None => order.len(),
        Some(before) => {
            order.iter().position(|sibling| *sibling == before).ok_or(ChatError::NoFolder(before))?
        }
    };
    order.insert(at, id);
    Ok(order)
}

/// A name as it is kept.
pub(crate) fn plain(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn named(name: &str) -> Result<String> {
    let name = plain(name);
    match name.chars().count() {
        0 => Err(ChatError::Folder("a folder needs a name".to_owned())),
        1..=NAME_LIMIT => Ok(name),
        long => Err(ChatError::Folder(format!("the name has {long} characters, {NAME_LIMIT} are allowed"))),
    }
}

fn told(prompt: String) -> Result<String> {
    if prompt.len() > PROMPT_LIMIT_BYTES {
        let size = prompt.len();
        let message = format!("the instructions have {size} bytes, {PROMPT_LIMIT_BYTES} are allowed");
        return Err(ChatError::Folder(message));
    }
    Ok(prompt)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(parent_id: Option<Id>, prompt: &str, documents: Option<&[&str]>) -> Folder {
        let grounding = Grounding {
            enabled: documents.is_some(),
            document_ids: documents.unwrap_or_default().iter().map(|id| (*id).to_owned()).collect(),
        };
        Folder {
            id: new_id(),
            parent_id,
            name: "f".into(),
            prompt: prompt.into(),
            grounding,
            conversations: 0,
        }
    }

    #[test]
    fn what_folders_say_comes_first() {
        let outer = folder(None, " Be brief. ", None);
        let lead = Lead::of(&[outer.clone(), folder(Some(outer.id), "Speak French.", None)]);
        let mut request = ChatRequest {
            messages: vec![Said::text(Role::System, "own"), Said::text(Role::User, "hi")],
            ..ChatRequest::default()
        };
        lead.speak(&mut request);
        assert_eq!(request.messages[0].plain_text(), "Be brief.\n\nSpeak French.\n\nown");
        request.messages.remove(0);
        lead.speak(&mut request);
        assert_eq!(request.messages[0].plain_text(), "Be brief.\n\nSpeak French.");
        Lead::default().speak(&mut request);
        assert_eq!(request.messages.len(), 2);
    }

    #[test]
    fn documents_of_folders_are_added_to_those_of_the_conversation() {
        let own = |enabled: bool, ids: &[&str]| Grounding {
            enabled,
            document_ids: ids.iter().map(|id| (*id).to_owned()).collect(),
        };
        let some = Lead::of(&[folder(None, "", Some(&["a", "b"])), folder(None, "", None)]);
        assert_eq!(some.ground(own(false, &[])), own(true, &["a", "b"]));
        assert_eq!(some.ground(own(true, &["b", "c"])), own(true, &["b", "c", "a"]));
        assert_eq!(some.ground(own(true, &[])), own(true, &[]), "the whole library stays whole");
        let all = Lead::of(&[folder(None, "", Some(&["a"])), folder(None, "", Some(&[]))]);
        assert_eq!(all.ground(own(false, &["c"])), own(true, &[]));
        assert_eq!(Lead::default().ground(own(false, &["c"])), own(false, &["c"]));
    }

    #[test]
    fn a_folder_knows_how_deep_it_lies() {
        let one = folder(None, "", None);
        let two = folder(Some(one.id), "", None);
        let three = folder(Some(two.id), "", None);
        let all = [one, two, three];
        let [one, two, three] = [all[0].id, all[1].id, all[2].id];
        assert_eq!([depth(&all, one), depth(&all, three)], [1, 3]);
        assert_eq!([height(&all, one), height(&all, three)], [3, 1]);
        let place = FolderPlace { parent_id: Some(three), before: None };
        assert!(matches!(reordered(&all, two, place), Err(ChatError::FolderInItself(_))));
        let place = FolderPlace { parent_id: None, before: Some(one) };
        assert_eq!(reordered(&all, three, place).unwrap(), [three, one]);
    }
}
