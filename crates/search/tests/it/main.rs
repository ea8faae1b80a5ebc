//! The index as others use it.

// `cfg(test)` tells clippy that helpers in here are tests too.
#[cfg(test)]
mod finding;
#[cfg(test)]
mod recovery;

use base::{Id, OwnerId};
use search::{Entry, Index};

const ANNA: OwnerId = Id::FIRST_OWNER;
const BERT: OwnerId = Id::from_u128(2);

fn entry(id: &str, document_id: &str, heading: &str, body: &str) -> Entry {
    Entry {
        id: id.to_owned(),
        owner: ANNA,
        document_id: document_id.to_owned(),
        title: format!("Title of {document_id}"),
        heading: heading.to_owned(),
        body: body.to_owned(),
        page: Some(7),
    }
}

fn index(entries: &[Entry]) -> Index {
    let index = Index::in_memory().unwrap();
    index.add(entries).unwrap();
    index.commit().unwrap();
    index
}
