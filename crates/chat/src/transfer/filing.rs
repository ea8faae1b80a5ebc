//! Where the conversations of our own files come to lie: in folders that are found by their names or made, with their tags,
//! pinned and put away.
//!
//! What a person decided here counts: a conversation that is here stays in its folder, pinned or not, put away or not. It
//! comes into the file's folder where it is in none, and gets the file's tags beside its own.

use crate::{
    arrange::{Filed, MAX_TAGS, RANKS_PER_MS, tags},
    db::{self, arrange::Place},
    error::ChatError,
    folders::{Folder, NewFolder, path, plain, planned},
    model::Conversation,
    service::ChatService,
};
use base::{ErrorKind, Id, OwnerId, Timestamp};
use std::collections::BTreeSet;
use transcript::{Broken, Found, Shelf};

type Result<T> = std::result::Result<T, ChatError>;

/// What of a file's folders and tags is here.
#[derive(Debug, Default)]
pub(crate) struct Filing {
    /// Folders: those that were here, and those that are made, or would be.
    folders: Vec<Folder>,
    /// How many of them were not here.
    pub(super) made: usize,
    /// Tags that were in use here.
    known_tags: BTreeSet<String>,
    /// Tags that come into use.
    pub(super) new_tags: BTreeSet<String>,
}

impl ChatService {
    /// Finds the folders of a file by their names and makes those that are not there; with `dry_run` it only says which
    /// these are. A folder that cannot be so is told among what is broken.
    pub(super) async fn filing(&self, owner: OwnerId, found: &mut Found, dry_run: bool) -> Result<Filing> {
        let mut filing = Filing::default();
        if found.folders.is_empty() && found.transcripts.iter().all(|one| one.shelf.is_plain()) {
            return Ok(filing);
        }
        filing.folders = self.folders(owner).await?;
        filing.known_tags =
            db::arrange::tags(&self.parts.db, owner).await?.into_iter().map(|(tag, _)| tag).collect();
        let named = found.transcripts.iter().map(|one| &one.shelf.folder).filter(|path| !path.is_empty());
        let unsaid = named.map(|path| transcript::Folder { path: path.clone(), prompt: String::new() });
        let wanted: Vec<transcript::Folder> = found.folders.iter().cloned().chain(unsaid).collect();
        for folder in wanted {
            match self.at_path(owner, &mut filing, &folder, dry_run).await {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Invalid => {
                    let place = format!("the folder `{}`", folder.path.join(" / "));
                    let broken = Broken { place, why: error.to_string() };
                    if !found.broken.contains(&broken) {
                        found.broken.push(broken);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(filing)
    }

    /// Makes a folder of a file, and those above it, where they are not there.
    async fn at_path(
        &self,
        owner: OwnerId,
        filing: &mut Filing,
        folder: &transcript::Folder,
        dry_run: bool,
    ) -> Result<()> {
        let mut above = None;
        for (place, name) in folder.path.iter().enumerate() {
            if let Some(here) = filing.within(above, name) {
                above = Some(here);
                continue;
            }
            let last = place + 1 == folder.path.len();
            let prompt = if last { folder.prompt.clone() } else { String::new() };
            let new = NewFolder { name: name.clone(), parent_id: above, prompt, ..NewFolder::default() };
            let made = planned(&filing.folders, new)?;
            if !dry_run {
                self.add_folder(owner, &filing.folders, &made).await?;
            }
            above = Some(made.id);
            filing.folders.push(made);
            filing.made += 1;
        }
        Ok(())
    }
}

impl Filing {
    /// The folder of this name within another one, or at the top.
    fn within(&self, parent_id: Option<Id>, name: &str) -> Option<Id> {
        let name = plain(name);
        let called = |folder: &&Folder| folder.parent_id == parent_id && folder.name == name;
        self.folders.iter().find(called).map(|folder| folder.id)
    }

    /// The folder of a path; `None` for no path, and for a folder that could not be made.
    fn find(&self, path: &[String]) -> Option<Id> {
        let mut at = None;
        for name in path {
            at = Some(self.within(at, name)?);
        }
        at
    }

    /// Where a conversation comes to lie that lies `here`, if it is here; `None` where nothing of that changes.
    pub(super) fn place(
        &mut self,
        (id, here): (Id, Option<&Place>),
        shelf: &Shelf,
        now: Timestamp,
    ) -> Option<Place> {
        let nowhere = Place {
            id,
            folder_id: None,
            rank: None,
            folder_off: false,
            tags: Vec::new(),
            pinned_at: None,
            archived_at: None,
            deleted_at: None,
        };
        let before = here.map_or(nowhere, |here| Place { deleted_at: None, ..here.clone() });
        let mut place = before.clone();
        if here.is_none() {
            place.rank = shelf.rank;
            place.pinned_at = shelf.pinned.then_some(now.millis());
            place.archived_at = shelf.archived.then_some(now.millis());
        }
        let filed = place.folder_id.is_some_and(|id| self.folders.iter().any(|folder| folder.id == id));
        if let (false, Some(folder_id)) = (filed, self.find(&shelf.folder)) {
            (place.folder_id, place.rank) = (Some(folder_id), shelf.rank);
            place.folder_off = shelf.folder_off;
        }
        // What is no tag here is none of ours, and is passed over.
        for tag in shelf.tags.iter().filter_map(|tag| tags(std::slice::from_ref(tag)).ok()?.pop()) {
            if place.tags.len() < MAX_TAGS && !place.tags.contains(&tag) {
                if !self.known_tags.contains(&tag) {
                    self.new_tags.insert(tag.clone());
                }
                place.tags.push(tag);
            }
        }
        (place != before).then_some(place)
    }
}

/// Where a conversation lies, as a file tells it.
pub(super) fn shelf(folders: &[Folder], conversation: &Conversation) -> Shelf {
    let Filed { folder_id, folder_off, rank, tags, pinned, archived } = conversation.filed.clone();
    let by_date = conversation.updated_at.millis().saturating_mul(RANKS_PER_MS);
    Shelf {
        folder: folder_id.map_or_else(Vec::new, |id| path(folders, id)),
        folder_off,
        rank: Some(rank).filter(|rank| *rank != by_date),
        tags,
        pinned,
        archived,
    }
}

/// Folders as a file has them, each after the one that it is in.
pub(super) fn as_written(folders: &[Folder]) -> Vec<transcript::Folder> {
    let one = |folder: &Folder| transcript::Folder {
        path: path(folders, folder.id),
        prompt: folder.prompt.clone(),
    };
    let mut written: Vec<transcript::Folder> = folders.iter().map(one).collect();
    written.sort_by_key(|folder| folder.path.len());
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::new_id;

    fn folder(name: &str, parent_id: Option<Id>) -> Folder {
        planned(&[], NewFolder { name: name.into(), ..NewFolder::default() })
            .map(|folder| Folder { parent_id, ..folder })
            .unwrap()
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_was_decided_here_counts() {
        let work = folder("Work", None);
        let (inner, other) = (folder("Clients", Some(work.id)), folder("Other", None));
        let ids = [work.id, inner.id, other.id];
        let known_tags = BTreeSet::from(["old".to_owned()]);
        let mut filing = Filing { folders: vec![work, inner, other], known_tags, ..Filing::default() };
        let shelf = Shelf {
            folder: names(&["Work", " Clients "]),
            rank: Some(7),
            tags: names(&["Old", "new", "no,tag"]),
            pinned: true,
            ..Shelf::default()
        };
        let (id, now) = (new_id(), Timestamp::from_millis(5));
        let fresh = filing.place((id, None), &shelf, now).unwrap();
        assert_eq!((fresh.folder_id, fresh.rank, fresh.pinned_at), (Some(ids[1]), Some(7), Some(5)));
        assert_eq!(fresh.tags, ["old", "new"]);
        assert_eq!(filing.new_tags.len(), 1);
        assert_eq!(filing.place((id, Some(&fresh)), &shelf, now), None, "the same again changes nothing");

        let moved = Place { folder_id: Some(ids[2]), pinned_at: None, tags: Vec::new(), ..fresh.clone() };
        let again = filing.place((id, Some(&moved)), &shelf, now).unwrap();
        assert_eq!((again.folder_id, again.pinned_at, again.tags.len()), (Some(ids[2]), None, 2));
        let gone = Place { folder_id: Some(new_id()), deleted_at: Some(1), ..fresh };
        let back = filing.place((id, Some(&gone)), &shelf, now).unwrap();
        assert_eq!((back.folder_id, back.deleted_at), (Some(ids[1]), None), "its folder was deleted here");
        assert_eq!(filing.find(&names(&["Clients"])), None);
    }
}
