//! Tags of documents: given and taken for many at once, and told to searches.

use super::Library;
use crate::{
    LibraryError,
    db::{failed, tags as table},
    model::{Facet, Filter, SearchRequest, TagChange, TagsOf, UsedTag},
};
use base::{Id, OwnerId};
use search::DocumentTags;
use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

/// Most tags of a document.
pub const MOST_TAGS: usize = 32;
/// Longest tag, in characters.
pub const MOST_TAG_CHARS: usize = 64;
/// Most documents of one change.
const MOST_DOCUMENTS: usize = 1_000;

impl Library {
    /// Gives tags to documents and takes tags from them, all of them or none, and answers with how it was. Those that are
    /// not there are passed over.
    ///
    /// # Errors
    /// [`LibraryError::BadTag`]; [`LibraryError::TooManyTags`]; [`LibraryError::TooManyDocuments`];
    /// [`LibraryError::NoDocument`] where none of them is there.
    pub async fn tag(
        &self,
        owner: OwnerId,
        ids: &[Id],
        change: &TagChange,
    ) -> Result<Vec<TagsOf>, LibraryError> {
        let (add, remove) = (plain(&change.add)?, plain(&change.remove)?);
        let ids = distinct(ids)?;
        let mut transaction = self.db.begin().await.map_err(failed)?;
        let found = table::of_documents(&mut transaction, owner, &ids).await?;
        let before: Vec<TagsOf> =
            found.into_iter().filter(|tagged| !tagged.deleted).map(|tagged| tagged.of).collect();
        if let (true, Some(first)) = (before.is_empty(), ids.first()) {
            return Err(LibraryError::NoDocument(*first));
        }
        let mut changed = Vec::new();
        for was in &before {
            let mut tags: Vec<String> =
                was.tags.iter().filter(|tag| !remove.contains(tag)).cloned().collect();
            for tag in &add {
                if !tags.contains(tag) {
                    tags.push(tag.clone());
                }
            }
            if tags.len() > MOST_TAGS {
                return Err(LibraryError::TooManyTags);
            }
            if tags != was.tags {
                let after = TagsOf { document_id: was.document_id, tags };
                table::put(&mut transaction, &after, self.now()).await?;
                changed.push(after.document_id);
            }
        }
        transaction.commit().await.map_err(failed)?;
        changed.into_iter().for_each(|id| self.changed(owner, id, false));
        Ok(before)
    }

    /// Puts the tags of documents back as they were, all of them or none, and answers with how it was before that.
    ///
    /// # Errors
    /// As for [`Library::tag`].
    pub async fn put_tags(&self, owner: OwnerId, wanted: &[TagsOf]) -> Result<Vec<TagsOf>, LibraryError> {
        let ids = distinct(&wanted.iter().map(|of| of.document_id).collect::<Vec<_>>())?;
        let mut transaction = self.db.begin().await.map_err(failed)?;
        let found = table::of_documents(&mut transaction, owner, &ids).await?;
        let mut changed = Vec::new();
        for tagged in &found {
            let id = tagged.of.document_id;
            let Some(given) = wanted.iter().find(|of| of.document_id == id) else { continue };
            let tags = plain(&given.tags)?;
            if tags.len() > MOST_TAGS {
                return Err(LibraryError::TooManyTags);
            }
            if tags != tagged.of.tags {
                table::put(&mut transaction, &TagsOf { document_id: id, tags }, self.now()).await?;
                changed.push((id, tagged.deleted));
            }
        }
        transaction.commit().await.map_err(failed)?;
        changed.into_iter().for_each(|(id, deleted)| self.changed(owner, id, deleted));
        Ok(found.into_iter().map(|tagged| tagged.of).collect())
    }

    /// The tags that are used, the most used first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn used_tags(&self, owner: OwnerId) -> Result<Vec<UsedTag>, LibraryError> {
        table::used(self.db.pool(), owner).await
    }

    /// The tags that a search has to know, and what was chosen among them.
    pub(super) async fn tags_for(
        &self,
        owner: OwnerId,
        request: &SearchRequest,
    ) -> Result<Arc<DocumentTags>, LibraryError> {
        let wanted = request.counting == search::Counting::Facets
            || request.filter.values.contains_key(&Facet::Tag)
            || search::query::names_tags(&request.text);
        if !wanted {
            return Ok(Arc::default());
        }
        table::of_owner(self.db.pool(), owner).await.map(Arc::new)
    }
}

/// A choice with its tags as they are kept.
pub(super) fn with_plain_tags(mut filter: Filter) -> Filter {
    if let Some(chosen) = filter.values.remove(&Facet::Tag) {
        let chosen: BTreeSet<String> = chosen.iter().map(|tag| tag.to_lowercase()).collect();
        filter.values.insert(Facet::Tag, chosen);
    }
    filter
}

fn distinct(ids: &[Id]) -> Result<Vec<Id>, LibraryError> {
    if ids.len() > MOST_DOCUMENTS {
        return Err(LibraryError::TooManyDocuments { count: ids.len(), limit: MOST_DOCUMENTS });
    }
    let mut seen = HashSet::new();
    Ok(ids.iter().copied().filter(|id| seen.insert(*id)).collect())
}

/// Tags as they are kept: in small letters, with one blank between words, without the sign that some write before them.
fn plain(given: &[String]) -> Result<Vec<String>, LibraryError> {
    let mut tags = Vec::new();
    for tag in given {
        let words: Vec<&str> = tag.trim().trim_start_matches('#').split_whitespace().collect();
        let plain = words.join(" ").to_lowercase();
        let is_odd = |sign: char| sign.is_control() || matches!(sign, '"' | '\\' | ',');
        if plain.is_empty() || plain.chars().count() > MOST_TAG_CHARS || plain.contains(is_odd) {
            return Err(LibraryError::BadTag(tag.chars().take(80).collect()));
        }
        if !tags.contains(&plain) {
            tags.push(plain);
        }
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_plain() {
        let given = ["#To  Do", "to do", "Ärger", "c++"].map(str::to_owned);
        assert_eq!(plain(&given).unwrap(), ["to do", "ärger", "c++"]);
        for bad in ["", " # ", "a\"b", "a,b", "a\\b", "a\u{0}b", &"x".repeat(65)] {
            assert!(plain(&[bad.to_owned()]).is_err(), "{bad}");
        }
    }
}
