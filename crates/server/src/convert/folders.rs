//! Folders, and where conversations lie.

use super::{conversation, grounding_in, grounding_out};
use crate::{extract::parse_id, problem::ApiError};
use api::{
    chat::{SearchHint, SearchWhy},
    folders as dto,
};
use base::{ErrorKind, Id, Timestamp};
use chat::{
    Arrangement, Filed, Folder, FolderPatch, FolderPlace, Hint, NewFolder, Place, Shelves, Spot, Why,
};

pub(crate) fn filed(filed: Filed) -> dto::Filed {
    dto::Filed {
        folder_id: filed.folder_id.map(|id| id.to_string()),
        folder_off: filed.folder_off,
        tags: filed.tags,
        pinned: filed.pinned,
        archived: filed.archived,
    }
}

pub(crate) fn folder(folder: Folder) -> dto::Folder {
    dto::Folder {
        id: folder.id.to_string(),
        parent_id: folder.parent_id.map(|id| id.to_string()),
        name: folder.name,
        prompt: folder.prompt,
        grounding: grounding_out(folder.grounding),
        conversations: folder.conversations,
    }
}

pub(crate) fn shelves(shelves: Shelves) -> dto::Shelves {
    dto::Shelves {
        folders: shelves.folders.into_iter().map(folder).collect(),
        tags: shelves
            .tags
            .into_iter()
            .map(|(tag, conversations)| dto::TagCount { tag, conversations })
            .collect(),
        pinned: shelves.pinned.into_iter().map(conversation).collect(),
    }
}

pub(crate) fn hint(hint: Hint) -> SearchHint {
    let why = match hint.why {
        Why::NoOperator => SearchWhy::NoOperator,
        Why::NoValue => SearchWhy::NoValue,
        Why::Nobody => SearchWhy::Nobody,
    };
    SearchHint { piece: hint.piece, why }
}

pub(crate) fn new_folder(new: dto::CreateFolder) -> Result<NewFolder, ApiError> {
    Ok(NewFolder {
        name: new.name,
        parent_id: optional(new.parent_id.as_deref())?,
        prompt: new.prompt,
        grounding: grounding_in(new.grounding),
    })
}

pub(crate) fn patch(patch: dto::UpdateFolder) -> Result<FolderPatch, ApiError> {
    let place = |place: dto::FolderPlace| {
        let parent_id = optional(place.parent_id.as_deref())?;
        Ok::<_, ApiError>(FolderPlace { parent_id, before: optional(place.before.as_deref())? })
    };
    Ok(FolderPatch {
        name: patch.name,
        prompt: patch.prompt,
        grounding: patch.grounding.map(grounding_in),
        place: patch.place.map(place).transpose()?,
    })
}

pub(crate) fn arrangement(change: dto::Arrangement) -> Result<Arrangement, ApiError> {
    Ok(match change {
        dto::Arrangement::Move { folder_id, above, below } => Arrangement::Move {
            folder_id: optional(folder_id.as_deref())?,
            spot: match (optional(above.as_deref())?, optional(below.as_deref())?) {
                (None, None) => Spot::ByDate,
                (Some(above), None) => Spot::Above(above),
                (None, Some(below)) => Spot::Below(below),
                (Some(_), Some(_)) => {
                    let message = "only one of `above` and `below` can be chosen".to_owned();
                    return Err(ApiError::new(ErrorKind::Invalid, message).hint("leave one of them out"));
                }
            },
        },
        dto::Arrangement::Tag { add, remove } => Arrangement::Tag { add, remove },
        dto::Arrangement::Pin { on } => Arrangement::Pin(on),
        dto::Arrangement::Archive { on } => Arrangement::Archive(on),
        dto::Arrangement::UseFolder { on } => Arrangement::UseFolder(on),
        dto::Arrangement::Delete => Arrangement::Delete,
    })
}

pub(crate) fn places(places: Vec<Place>, change: Option<dto::Arrangement>) -> dto::ConversationPlaces {
    let place = |place: Place| dto::ConversationPlace {
        id: place.id.to_string(),
        folder_id: place.folder_id.map(|id| id.to_string()),
        rank: place.rank.map(|rank| rank.to_string()),
        folder_off: place.folder_off,
        tags: place.tags,
        pinned: place.pinned_at.map(moment),
        archived: place.archived_at.map(moment),
        deleted: place.deleted_at.map(moment),
    };
    dto::ConversationPlaces { places: places.into_iter().map(place).collect(), change }
}

pub(crate) fn places_in(places: Vec<dto::ConversationPlace>) -> Result<Vec<Place>, ApiError> {
    places.into_iter().map(place_in).collect()
}

fn place_in(place: dto::ConversationPlace) -> Result<Place, ApiError> {
    let at = |text: Option<String>| -> Result<Option<i64>, ApiError> {
        text.map(|text| crate::extract::parse_moment(&text).map(Timestamp::millis)).transpose()
    };
    let rank = |text: String| {
        text.parse::<i64>().map_err(|_| {
            ApiError::new(ErrorKind::Invalid, format!("`{text}` is no `rank`"))
                .hint("send back what a change has answered with")
        })
    };
    Ok(Place {
        id: parse_id(&place.id)?,
        folder_id: optional(place.folder_id.as_deref())?,
        rank: place.rank.map(rank).transpose()?,
        folder_off: place.folder_off,
        tags: place.tags,
        pinned_at: at(place.pinned)?,
        archived_at: at(place.archived)?,
        deleted_at: at(place.deleted)?,
    })
}

fn moment(millis: i64) -> String {
    Timestamp::from_millis(millis).to_string()
}

fn optional(id: Option<&str>) -> Result<Option<Id>, ApiError> {
    id.map(parse_id).transpose()
}
