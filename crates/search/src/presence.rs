//! Whether something stands in an owner's passages: what others wrote is neither taken for theirs nor shown to them.

use crate::schema::Fields;
use base::OwnerId;
use tantivy::{
    DocSet, Searcher, SegmentReader, TERMINATED, Term,
    schema::{Field, IndexRecordOption},
};

/// What one owner has.
pub(crate) struct Presence<'a> {
    searcher: &'a Searcher,
    owner: Term,
}

impl<'a> Presence<'a> {
    pub(crate) fn new(searcher: &'a Searcher, fields: &Fields, owner: OwnerId) -> Self {
        Self { searcher, owner: Term::from_field_text(fields.owner, &owner.to_string()) }
    }

    pub(crate) fn searcher(&self) -> &'a Searcher {
        self.searcher
    }

    /// Whether one of the owner's passages has this term.
    pub(crate) fn has(&self, field: Field, term: &str) -> tantivy::Result<bool> {
        self.have(&[Term::from_field_text(field, term)])
    }

    /// Whether one of the owner's passages has all of these terms.
    pub(crate) fn have(&self, terms: &[Term]) -> tantivy::Result<bool> {
        for segment in self.searcher.segment_readers() {
            if self.in_segment(segment, terms)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn in_segment(&self, segment: &SegmentReader, terms: &[Term]) -> tantivy::Result<bool> {
        let mut lists = Vec::with_capacity(terms.len() + 1);
        for term in terms.iter().chain(std::iter::once(&self.owner)) {
            let inverted = segment.inverted_index(term.field())?;
            match inverted.read_postings(term, IndexRecordOption::Basic)? {
                Some(list) => lists.push(list),
                None => return Ok(false),
            }
        }
        // Each list in turn goes to where the others are; once all agree on a passage, it has them all.
        let mut passage = 0;
        let mut agreed = 0;
        while agreed < lists.len() {
            for list in &mut lists {
                let at = if list.doc() < passage { list.seek(passage) } else { list.doc() };
                if at == TERMINATED {
                    return Ok(false);
                }
                if at == passage {
                    agreed += 1;
                } else {
                    (passage, agreed) = (at, 1);
                }
            }
            if agreed >= lists.len() && segment.is_deleted(passage) {
                (passage, agreed) = (passage + 1, 0);
            }
        }
        Ok(true)
    }
}
