//! Where conversations lie, for many of them at once: folder and order, tags, pinned, put away, deleted.
//!
//! Every change answers with how it was before; that, put back, takes it back, and with the change itself it alone.

use crate::{
    db::{self, arrange::Place},
    error::ChatError,
    hub::Change,
    service::ChatService,
};
use base::{Id, OwnerId};
use std::collections::BTreeSet;
use store::WriteTransaction;

/// Conversations of one request.
pub(crate) const MANY: usize = 1_000;
/// Tags of one conversation.
pub(crate) const MAX_TAGS: usize = 30;
const TAG_LIMIT: usize = 40;
/// What lies between two conversations that nobody has put in an order, per millisecond.
pub(crate) const RANKS_PER_MS: i64 = 1_000_000;

/// Where a conversation lies, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filed {
    /// Its folder.
    pub folder_id: Option<Id>,
    /// Whether what the folder says is left out in it.
    pub folder_off: bool,
    /// Its place in the folder, the greatest first.
    pub rank: i64,
    /// Its tags, in small letters, in their order.
    pub tags: Vec<String>,
    /// Whether it stands above the others.
    pub pinned: bool,
    /// Whether it is put away.
    pub archived: bool,
}

/// What becomes of conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrangement {
    /// They come into a folder, or out of all.
    Move {
        /// The folder.
        folder_id: Option<Id>,
        /// Where in it.
        spot: Spot,
    },
    /// They get tags and lose tags.
    Tag {
        /// Which they get.
        add: Vec<String>,
        /// Which they lose.
        remove: Vec<String>,
    },
    /// They stand above the others, or no longer.
    Pin(bool),
    /// They are put away, or taken out again.
    Archive(bool),
    /// Whether what their folder says counts in them.
    UseFolder(bool),
    /// They are deleted.
    Delete,
}

/// A place in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// By date.
    ByDate,
    /// Right above this conversation of the folder.
    Above(Id),
    /// Right below this conversation of the folder.
    Below(Id),
}

type Result<T> = std::result::Result<T, ChatError>;

impl ChatService {
    /// Changes where conversations lie, all of them or none, and answers with how it was. Those that are not there are
    /// passed over.
    ///
    /// # Errors
    /// No such folder or neighbour, a tag that is none, too many at once, none of them there; failures of the database.
    pub async fn arrange(&self, owner: OwnerId, ids: &[Id], change: Arrangement) -> Result<Vec<Place>> {
        let ids = distinct(ids)?;
        if let Arrangement::Move { folder_id: Some(folder_id), .. } = change
            && !self.folders(owner).await?.iter().any(|folder| folder.id == folder_id)
        {
            return Err(ChatError::NoFolder(folder_id));
        }
        let mut transaction = self.parts.db.begin().await?;
        let before = db::arrange::places(&mut transaction, owner, &ids).await?;
        if let (true, Some(first)) = (before.is_empty(), ids.first()) {
            return Err(ChatError::NoConversation(*first));
        }
        let mut after = before.clone();
        match change {
            Arrangement::Move { folder_id, spot } => {
                let count = i64::try_from(after.len()).unwrap_or(0);
                let ranks = ranks(&mut transaction, owner, (folder_id, spot), (&ids, count)).await?;
                for (place, rank) in after.iter_mut().zip(ranks) {
                    (place.folder_id, place.rank) = (folder_id, rank);
                }
            }
            other @ (Arrangement::Tag { .. }
            | Arrangement::Pin(_)
            | Arrangement::Archive(_)
            | Arrangement::UseFolder(_)
            | Arrangement::Delete) => change_each(&mut after, &other, self.parts.clock.now().millis())?,
        }
        self.put(owner, transaction, (&before, &after)).await?;
        Ok(before)
    }

    /// Puts conversations where they were, all of them or none, and answers with how it was before that. With the change
    /// that they were so before, only what it made is taken back, and what was changed since stays.
    ///
    /// # Errors
    /// Too many at once, tags that are none or too many; failures of the database.
    pub async fn put_back(
        &self,
        owner: OwnerId,
        places: Vec<Place>,
        change: Option<&Arrangement>,
    ) -> Result<Vec<Place>> {
        let ids = distinct(&places.iter().map(|place| place.id).collect::<Vec<_>>())?;
        let mut transaction = self.parts.db.begin().await?;
        let before = db::arrange::places_with_deleted(&mut transaction, owner, &ids).await?;
        let mut after = Vec::with_capacity(before.len());
        for was in &before {
            if let Some(place) = places.iter().find(|place| place.id == was.id) {
                let place = Place { tags: tags(&place.tags)?, ..place.clone() };
                after.push(match change {
                    Some(change) => without(change, was, place)?,
                    None => place,
                });
            }
        }
        self.put(owner, transaction, (&before, &after)).await?;
        Ok(before)
    }

    async fn put(
        &self,
        owner: OwnerId,
        mut transaction: WriteTransaction,
        (before, after): (&[Place], &[Place]),
    ) -> Result<()> {
        let changed: Vec<(&Place, &Place)> = before.iter().zip(after).filter(|(was, is)| was != is).collect();
        for (_, place) in &changed {
            db::arrange::put(&mut transaction, place).await?;
        }
        transaction.commit().await?;
        for (was, is) in changed {
            if was.deleted_at.is_some() == is.deleted_at.is_some() {
                continue;
            }
            let gone = is.deleted_at.is_some();
            if gone {
                self.hub.stop_all(is.id);
            }
            self.quote_no_more(owner, is.id, gone).await;
        }
        self.hub.tell(Change::Arranged);
        Ok(())
    }
}

/// What a change makes of each by itself.
fn change_each(places: &mut [Place], change: &Arrangement, now: i64) -> Result<()> {
    // What has been so already keeps its moment, and with it its order.
    let since = |on: bool, was: Option<i64>| on.then(|| was.unwrap_or(now));
    let (add, remove) = match change {
        Arrangement::Tag { add, remove } => (tags(add)?, tags(remove)?),
        Arrangement::Move { .. }
        | Arrangement::Pin(_)
        | Arrangement::Archive(_)
        | Arrangement::UseFolder(_)
        | Arrangement::Delete => (Vec::new(), Vec::new()),
    };
    for place in places {
        match change {
            Arrangement::Tag { .. } => tag(place, &add, &remove)?,
            Arrangement::Pin(on) => place.pinned_at = since(*on, place.pinned_at),
            Arrangement::Archive(on) => place.archived_at = since(*on, place.archived_at),
            Arrangement::UseFolder(on) => place.folder_off = !on,
            Arrangement::Delete => place.deleted_at = Some(now),
            Arrangement::Move { .. } => {}
        }
    }
    Ok(())
}

/// Where a conversation lies now, without what a change made of where it lay.
fn without(change: &Arrangement, now: &Place, was: Place) -> Result<Place> {
    let now = now.clone();
    Ok(match change {
        Arrangement::Move { .. } => Place { folder_id: was.folder_id, rank: was.rank, ..now },
        Arrangement::Tag { add, remove } => {
            let changed = [tags(add)?, tags(remove)?].concat();
            let (mut left, mut since) = (was.tags, now.tags.clone());
            since.retain(|tag| !changed.contains(tag) && !left.contains(tag));
            left.retain(|tag| changed.contains(tag) || now.tags.contains(tag));
            left.extend(since);
            if left.len() > MAX_TAGS {
                return Err(ChatError::TooManyTags(MAX_TAGS));
            }
            Place { tags: left, ..now }
        }
        Arrangement::Pin(_) => Place { pinned_at: was.pinned_at, ..now },
        Arrangement::Archive(_) => Place { archived_at: was.archived_at, ..now },
        Arrangement::UseFolder(_) => Place { folder_off: was.folder_off, ..now },
        Arrangement::Delete => Place { deleted_at: was.deleted_at, ..now },
    })
}

fn distinct(ids: &[Id]) -> Result<Vec<Id>> {
    if ids.len() > MANY {
        return Err(ChatError::TooMany { count: ids.len(), limit: MANY });
    }
    let mut seen = BTreeSet::new();
    Ok(ids.iter().copied().filter(|id| seen.insert(*id)).collect())
}

/// The ranks of so many conversations at a spot, from above to below; `None` goes by date.
async fn ranks(
    transaction: &mut WriteTransaction,
    owner: OwnerId,
    (folder_id, spot): (Option<Id>, Spot),
    (moved, count): (&[Id], i64),
) -> Result<Vec<Option<i64>>> {
    let (beside, above) = match spot {
        Spot::ByDate => return Ok((0..count).map(|_| None).collect()),
        Spot::Above(beside) => (beside, true),
        Spot::Below(beside) => (beside, false),
    };
    let mut order = db::arrange::order(transaction, owner, folder_id).await?;
    order.retain(|(id, _)| !moved.contains(id));
    let at = order.iter().position(|(id, _)| *id == beside).ok_or(ChatError::NoConversation(beside))?;
    // Those that come stand before the place `at`.
    let at = if above { at } else { at + 1 };
    if let Some(ranks) = between(&order, at, count) {
        return Ok(ranks.into_iter().map(Some).collect());
    }
    // No room is left there: everything above the place moves up.
    let room = (count + 1).saturating_mul(RANKS_PER_MS);
    for (id, rank) in order.iter_mut().take(at) {
        *rank = rank.saturating_add(room);
        db::arrange::set_rank(transaction, *id, *rank).await?;
    }
    let ranks = between(&order, at, count).unwrap_or_default();
    Ok(ranks.into_iter().map(Some).collect())
}

/// So many ranks between the places `at - 1` and `at` of an order, the greatest first; `None` where there is no room.
fn between(order: &[(Id, i64)], at: usize, count: i64) -> Option<Vec<i64>> {
    let upper = at.checked_sub(1).and_then(|place| order.get(place)).map(|(_, rank)| *rank);
    let lower = order.get(at).map(|(_, rank)| *rank);
    let step = match (upper, lower) {
        (Some(upper), Some(lower)) => (upper - lower) / (count + 1),
        (Some(_) | None, Some(_) | None) => RANKS_PER_MS,
    };
    let from = lower.or(upper.map(|upper| upper - step * (count + 1))).unwrap_or(0);
    (step > 0).then(|| (1..=count).rev().map(|nth| from + step * nth).collect())
}

/// A tag as it is kept: in small letters, without the sign that some write before it.
pub(crate) fn tags(given: &[String]) -> Result<Vec<String>> {
    let mut tags = Vec::new();
    for tag in given {
        let words: Vec<&str> = tag.trim().trim_start_matches('#').split_whitespace().collect();
        let plain = words.join(" ").to_lowercase();
        if plain.is_empty() || plain.chars().count() > TAG_LIMIT || plain.contains(['"', '\\', ',']) {
            return Err(ChatError::BadTag(tag.clone()));
        }
        if !tags.contains(&plain) {
            tags.push(plain);
        }
    }
    Ok(tags)
}

fn tag(place: &mut Place, add: &[String], remove: &[String]) -> Result<()> {
    place.tags.retain(|tag| !remove.contains(tag));
    for tag in add {
        if !place.tags.contains(tag) {
            place.tags.push(tag.clone());
        }
    }
    if place.tags.len() > MAX_TAGS {
        return Err(ChatError::TooManyTags(MAX_TAGS));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::new_id;

    #[test]
    fn there_is_always_room_between_two() {
        let order = [(new_id(), 100), (new_id(), 40), (new_id(), 39)];
        assert_eq!(between(&order, 1, 2), Some(vec![80, 60]));
        assert_eq!(between(&order, 2, 1), None);
        assert_eq!(between(&order, 0, 2), Some(vec![2 * RANKS_PER_MS + 100, RANKS_PER_MS + 100]));
        assert_eq!(between(&order, 3, 1), Some(vec![39 - RANKS_PER_MS]));
        assert_eq!(between(&[], 0, 1), Some(vec![RANKS_PER_MS]));
    }

    #[test]
    fn a_tag_is_plain() {
        let given = ["#To  Do".to_owned(), "to do".to_owned(), "Ärger".to_owned()];
        assert_eq!(tags(&given).unwrap(), ["to do", "ärger"]);
        for bad in ["", "#", "a\"b", "a,b", &"x".repeat(41)] {
            assert!(tags(&[bad.to_owned()]).is_err(), "{bad}");
        }
    }
}
