//! What something new does to what is known: it confirms it, takes its place, ends it, or stands beside it. Pure.

use crate::{
    attribute,
    extract::{Found, is_about, plain, same_value},
    model::{Draft, Fact, Kind, Standing},
};
use base::{Id, Timestamp};
use std::time::Duration;

/// A change that was longer ago than this was known to the person when they said how things stand.
const RECENTLY: Duration = Duration::from_secs(60 * 24 * 3_600);

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a few of them, for a moment")]
pub enum Step {
    /// Keep it, in the place of these.
    Keep {
        /// What is new.
        draft: Draft,
        /// What it takes the place of.
        instead_of: Vec<Id>,
        /// The fact that has its place already: it tells of an earlier time.
        older_than: Option<Id>,
    },
    /// It is known; it is only surer now.
    Confirm(Id),
    /// This holds no longer, and nothing takes its place.
    End(Id),
    /// The person does not want this told.
    Strike(Id),
}

/// What something found does to what is known where it was found. `known` is everything of that scope that counts, or
/// that the person has struck out.
pub fn resolve(found: Found, known: &[Fact]) -> Vec<Step> {
    match found {
        Found::Fact(draft) => keep(draft, known).into_iter().collect(),
        Found::Ended { subject, attribute, value } => {
            let ends = |fact: &&Fact| {
                fact.standing() == Standing::Current
                    && is_about(fact, &subject, &attribute)
                    && value.as_ref().is_none_or(|value| same_value(value, &fact.draft.value))
            };
            known.iter().filter(ends).map(|fact| Step::End(fact.id)).collect()
        }
        Found::Retracted { subject, attribute, value } => {
            let meant = |fact: &&Fact| {
                fact.standing() == Standing::Current
                    && is_about(fact, &subject, &attribute)
                    && same_value(&value, &fact.draft.value)
            };
            known.iter().filter(meant).map(|fact| Step::Strike(fact.id)).collect()
        }
    }
}

fn keep(draft: Draft, known: &[Fact]) -> Option<Step> {
    let about = |fact: &&Fact| is_about(fact, &draft.subject, &draft.attribute);
    let same = |fact: &&Fact| says(fact, &draft);
    let past = draft.true_until.is_some_and(|until| until <= draft.said_at);
    if let Some(known) = known.iter().filter(about).find(same) {
        let lasting = !matches!(draft.kind, Kind::Event | Kind::Plan);
        let again = known.draft.source == draft.source && known.draft.said_at == draft.said_at;
        return if known.standing() == Standing::Struck || again {
            // What the person struck out does not come back because they happened to say it again.
            None
        } else if past && lasting && known.draft.true_until.is_none() {
            Some(Step::End(known.id))
        } else {
            Some(Step::Confirm(known.id))
        };
    }
    let current = |fact: &&Fact| fact.standing() == Standing::Current;
    let mut instead_of = Vec::new();
    let mut older_than = None;
    if attribute::is_single(&draft.attribute) && !past {
        for fact in known.iter().filter(current).filter(about) {
            if replaces(&draft, &fact.draft) { instead_of.push(fact.id) } else { older_than = Some(fact.id) }
        }
    }
    if let Some(opposite) = attribute::of(&draft.attribute).and_then(|attribute| attribute.opposite) {
        let contrary = |fact: &&Fact| {
            is_about(fact, &draft.subject, opposite) && same_value(&fact.draft.value, &draft.value)
        };
        instead_of.extend(known.iter().filter(current).filter(contrary).map(|fact| fact.id));
    }
    Some(Step::Keep { draft, instead_of, older_than })
}

/// Whether a fact says the same as something new about the same.
pub(crate) fn says(fact: &Fact, draft: &Draft) -> bool {
    if matches!(draft.kind, Kind::Said | Kind::Summary | Kind::Event) {
        plain(&fact.draft.text) == plain(&draft.text)
    } else {
        same_value(&fact.draft.value, &draft.value)
    }
}

/// Whether what is new takes the place of what is known: what was said later holds later, unless it tells of a time
/// well before. Who says that they moved last week puts right what they said before that.
fn replaces(new: &Draft, known: &Draft) -> bool {
    match (new.true_from, known.true_from) {
        (Some(new), Some(known)) => new >= known,
        (Some(from), None) if new.said_at >= known.said_at => from.plus(RECENTLY) >= known.said_at,
        (from, _) => from.map_or(new.said_at, |from| from.min(new.said_at)) >= since(known),
    }
}

fn since(draft: &Draft) -> Timestamp {
    draft.true_from.map_or(draft.said_at, |from| from.min(draft.said_at))
}
