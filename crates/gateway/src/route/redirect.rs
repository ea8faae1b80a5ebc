//! After a failure, those first of whom something else can be expected.

use crate::table::Place;
use llm::LlmError;
use routing::fallback::fails_alike;
use std::{collections::VecDeque, sync::Arc};

/// Moves those behind that are likely to fail in the same way.
pub(crate) fn redirect(rest: &mut VecDeque<Arc<Place>>, failed: &Place, error: &LlmError) {
    let alike = |place: &Place| fails_alike(error.kind, &failed.spec, &place.spec);
    if rest.iter().any(|place| alike(place)) {
        // Stable: within both groups the order stays.
        rest.make_contiguous().sort_by_key(|place| alike(place));
    }
}
