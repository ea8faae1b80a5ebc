//! What is worked out of a segment of the index once: a segment never changes.

use crate::{facets::MarkTables, together::Frequencies};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tantivy::{Searcher, SegmentReader, index::SegmentId};

/// Something of each segment that was looked at.
pub(crate) struct BySegment<T>(Mutex<HashMap<SegmentId, Arc<T>>>);

impl<T> Default for BySegment<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> BySegment<T> {
    /// What is known of a segment; read where nothing is.
    pub(crate) fn of(
        &self,
        segment: &SegmentReader,
        read: impl FnOnce(&SegmentReader) -> tantivy::Result<T>,
    ) -> tantivy::Result<Arc<T>> {
        let id = segment.segment_id();
        if let Some(known) = self.lock().get(&id) {
            return Ok(Arc::clone(known));
        }
        let read = Arc::new(read(segment)?);
        self.lock().insert(id, Arc::clone(&read));
        Ok(read)
    }

    /// Forgets the segments that are no more.
    fn keep(&self, there: &HashSet<SegmentId>) {
        self.lock().retain(|id, _| there.contains(id));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SegmentId, Arc<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All that is kept of segments.
#[derive(Default)]
pub(crate) struct Tables {
    pub(crate) marks: MarkTables,
    pub(crate) names: BySegment<Frequencies>,
}

impl Tables {
    /// Forgets the segments that are no more.
    pub(crate) fn keep(&self, searcher: &Searcher) {
        let there = searcher.segment_readers().iter().map(SegmentReader::segment_id).collect();
        self.marks.by_segment.keep(&there);
        self.names.keep(&there);
    }
}
