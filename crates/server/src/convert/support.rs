//! What was found when an answer was held against its sources, from the chat's types to the API's.

use api::chat as dto;
use chat::support::{Checked, Doubt, Grade, Reason};

pub(super) fn checked(checked: Checked) -> dto::Checked {
    dto::Checked {
        claims: checked.claims.map(|claims| u64::try_from(claims).unwrap_or(u64::MAX)),
        doubts: checked.doubts.into_iter().map(doubt).collect(),
    }
}

fn doubt(doubt: Doubt) -> dto::Doubt {
    dto::Doubt {
        sentence: doubt.sentence,
        grade: match doubt.grade {
            Grade::Weak => dto::DoubtGrade::Weak,
            Grade::Unsupported => dto::DoubtGrade::Unsupported,
        },
        reason: match doubt.reason {
            Reason::Uncited => dto::DoubtReason::Uncited,
            Reason::Elsewhere => dto::DoubtReason::Elsewhere,
            Reason::Partly => dto::DoubtReason::Partly,
            Reason::Words => dto::DoubtReason::Words,
            Reason::Figure => dto::DoubtReason::Figure,
            Reason::Name => dto::DoubtReason::Name,
            Reason::Contradiction => dto::DoubtReason::Contradiction,
            Reason::Unknown => dto::DoubtReason::Unknown,
        },
        detail: doubt.detail,
        source: doubt.source,
    }
}
