//! Passages to be found.

use base::{Id, OwnerId};
use search::{Entry, Index};

pub(crate) const ANNA: OwnerId = Id::FIRST_OWNER;
pub(crate) const BERT: OwnerId = Id::from_u128(2);

pub(crate) fn entry(id: &str, document_id: &str, heading: &str, body: &str) -> Entry {
    Entry {
        id: id.to_owned(),
        owner: ANNA,
        document_id: document_id.to_owned(),
        title: format!("Title of {document_id}"),
        heading: heading.to_owned(),
        body: body.to_owned(),
        page: Some(7),
        facets: search::Facets::default(),
    }
}

pub(crate) fn index(entries: &[Entry]) -> Index {
    let index = Index::in_memory().unwrap();
    index.add(entries).unwrap();
    index.commit().unwrap();
    index
}
