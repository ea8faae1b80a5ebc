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
    model::{Conversation, Grounding},
    service::ChatService,
};
use base::{ErrorKind, Id, OwnerId, Timestamp};
use library::LibraryError;
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
    /// these are. A folder that cannot be so is told among what is broken, and so is a document of a new one that is not here.
    pub(super) async fn filing(&self, owner: OwnerId, found: &mut Found, dry_run: bool) -> Result<Filing> {
        let mut filing = Filing::default();
        if found.folders.is_empty() && found.transcripts.iter().all(|one| one.shelf.is_plain()) {
            return Ok(filing);
        }
        filing.folders = self.folders(owner).await?;
        filing.known_tags =
            db::arrange::tags(&self.parts.db, owner).await?.into_iter().map(|(tag, _)| tag).collect();
        let named = found.transcripts.iter().map(|one| &one.shelf.folder).filter(|path| !path.is_empty());
        let unsaid =
            named.map(|path| transcript::Folder { path: path.clone(), ..transcript::Folder::default() });
        let wanted: Vec<transcript::Folder> = found.folders.iter().cloned().chain(unsaid).collect();
        for folder in wanted {
            let wrong: Vec<String> = match self.at_path(owner, &mut filing, &folder, dry_run).await {
                Ok(missing) => {
                    let told = |title: String| format!("its document `{title}` is not in the library");
                    missing.into_iter().map(told).collect()
                }
                Err(error) if error.kind() == ErrorKind::Invalid => vec![error.to_string()],
                Err(error) => return Err(error),
            };
            for why in wrong {
                let broken = Broken { place: format!("the folder `{}`", folder.path.join(" / ")), why };
                if !found.broken.contains(&broken) {
                    found.broken.push(broken);
                }
            }
        }
        Ok(filing)
    }

    /// Makes a folder of a file, and those above it, where they are not there; answers which of its documents are not.
    async fn at_path(
        &self,
        owner: OwnerId,
        filing: &mut Filing,
        folder: &transcript::Folder,
        dry_run: bool,
    ) -> Result<Vec<String>> {
        let mut above = None;
        let mut missing = Vec::new();
        for (place, name) in folder.path.iter().enumerate() {
            if let Some(here) = filing.within(above, name) {
                above = Some(here);
                continue;
            }
            let last = place + 1 == folder.path.len();
            let mut new = NewFolder { name: name.clone(), parent_id: above, ..NewFolder::default() };
            if last {
                new.prompt.clone_from(&folder.prompt);
                (new.grounding, missing) = self.grounding_of(owner, folder).await?;
            }
            let made = planned(&filing.folders, new)?;
            if !dry_run {
                self.add_folder(owner, &made).await?;
            }
            above = Some(made.id);
            filing.folders.push(made);
            filing.made += 1;
        }
        Ok(missing)
    }

    /// What a folder of a file rests on here: the documents of the same content, and which of them are not there. Where none
    /// is, it rests on nothing: on everything it never did.
    async fn grounding_of(
        &self,
        owner: OwnerId,
        folder: &transcript::Folder,
    ) -> Result<(Grounding, Vec<String>)> {
        let (mut document_ids, mut missing) = (Vec::new(), Vec::new());
        for document in &folder.documents {
            match self.parts.library.with_content(owner, &document.sha256).await? {
                Some(id) => document_ids.push(id.to_string()),
                None => missing.push(document.title.clone()),
            }
        }
        let enabled = folder.grounded && (folder.documents.is_empty() || !document_ids.is_empty());
        Ok((Grounding { enabled, document_ids }, missing))
    }

    /// Folders as a file has them, each after the one that it is in. Documents are named; one that was deleted for good, which
    /// nobody knows any more, is left out.
    pub(super) async fn as_written(
        &self,
        owner: OwnerId,
        folders: &[Folder],
    ) -> Result<Vec<transcript::Folder>> {
        let mut written = Vec::with_capacity(folders.len());
        for folder in folders {
            let Grounding { enabled, document_ids } = &folder.grounding;
            let mut documents = Vec::new();
            for id in document_ids.iter().filter_map(|id| id.parse().ok()) {
                match self.parts.library.content_of(owner, id).await {
                    Ok((title, sha256)) => documents.push(transcript::Document { title, sha256 }),
                    Err(LibraryError::NoDocument(_)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            written.push(transcript::Folder {
                path: path(folders, folder.id),
                prompt: folder.prompt.clone(),
                grounded: *enabled && (document_ids.is_empty() || !documents.is_empty()),
                documents,
            });
        }
        written.sort_by_key(|folder| folder.path.len());
        Ok(written)
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
