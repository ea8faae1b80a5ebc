//! After a failure, those first of whom something else can be expected.

use crate::table::Place;
use llm::{LlmError, LlmErrorKind};
use std::{collections::VecDeque, sync::Arc};

/// Moves those behind that are likely to fail in the same way: after a failure of the account or the network the
/// others of the same provider, after a prompt that was too long those with no more room.
pub(crate) fn redirect(rest: &mut VecDeque<Arc<Place>>, failed: &Place, error: &LlmError) {
    let alike = |place: &Place| match error.kind {
        LlmErrorKind::Authentication | LlmErrorKind::QuotaExceeded | LlmErrorKind::Network => {
            place.spec.provider == failed.spec.provider
        }
        LlmErrorKind::ContextLength => match (place.spec.context_window, failed.spec.context_window) {
            (Some(room), Some(too_little)) => room <= too_little,
            (_, _) => false,
        },
        LlmErrorKind::Permission
        | LlmErrorKind::NotFound
        | LlmErrorKind::BadRequest
        | LlmErrorKind::ContentFiltered
        | LlmErrorKind::RateLimited
        | LlmErrorKind::Overloaded
        | LlmErrorKind::Server
        | LlmErrorKind::Timeout
        | LlmErrorKind::Malformed
        | LlmErrorKind::Cancelled => false,
    };
    if rest.iter().any(|place| alike(place)) {
        // Stable: within both groups the order stays.
        rest.make_contiguous().sort_by_key(|place| alike(place));
    }
}
