//! What of a message is worth keeping: by rules here, or by a model's answer ([`model`]). Pure.

pub mod model;
pub(crate) mod rules;
mod sentence;

use crate::{
    attribute,
    model::{Draft, Fact, Origin, Source, YOU},
    when::{self, Bound},
};
use base::Timestamp;
use jiff::{Timestamp as Moment, civil::Date, tz::TimeZone};

/// A message and where it was said.
#[derive(Debug, Clone)]
pub struct Heard<'a> {
    /// What was said.
    pub text: &'a str,
    /// What it answers, if it answers anything.
    pub before: &'a str,
    /// Where.
    pub source: Source,
    /// When.
    pub said_at: Timestamp,
    /// What day it was there.
    pub zone: TimeZone,
}

impl Heard<'_> {
    /// The day on which it was said, where it was said.
    pub fn today(&self) -> Date {
        let moment = Moment::from_millisecond(self.said_at.millis()).unwrap_or_default();
        moment.to_zoned(self.zone.clone()).date()
    }

    /// The beginning of a day there.
    fn begin(&self, day: Date) -> Option<Timestamp> {
        let begin = day.to_zoned(self.zone.clone()).ok()?;
        Some(Timestamp::from_millis(begin.timestamp().as_millisecond()))
    }
}

/// What was found in a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// Something to know.
    Fact(Draft),
    /// Something that holds no longer; without a value whatever it is.
    Ended {
        /// Whom it is about.
        subject: String,
        /// What of them.
        attribute: String,
        /// Which value, where one was named.
        value: Option<String>,
    },
    /// The person wants this not to be known.
    Retracted {
        /// Whom it is about.
        subject: String,
        /// What of them.
        attribute: String,
        /// Which value.
        value: String,
    },
}

/// What rules find in a message; questions, quotations and code are left alone.
pub fn by_rules(heard: &Heard<'_>) -> Vec<Found> {
    rules::find(heard)
}

/// What was said, to be found again by its words; `None` where nothing was told.
pub fn said(heard: &Heard<'_>) -> Option<Draft> {
    let told = sentence::told(heard.text);
    if told.split_whitespace().count() < 4 {
        return None;
    }
    let text = cut(&told, SAID_BYTES).to_owned();
    let (true_from, true_until) = times(heard, &text);
    Some(Draft {
        kind: crate::Kind::Said,
        subject: YOU.to_owned(),
        attribute: "said".to_owned(),
        value: String::new(),
        text,
        context: cut(heard.before.trim(), CONTEXT_BYTES).to_owned(),
        confidence: 1.0,
        importance: attribute::importance("said"),
        origin: Origin::Rules,
        source: heard.source,
        said_at: heard.said_at,
        true_from,
        true_until,
    })
}

/// Longest text kept of what was said, in bytes.
const SAID_BYTES: usize = 1_200;
/// Longest text kept of what was said before, in bytes.
const CONTEXT_BYTES: usize = 400;

fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}

/// When what a text says holds, as far as it says so.
fn times(heard: &Heard<'_>, text: &str) -> (Option<Timestamp>, Option<Timestamp>) {
    let Some(when) = when::find(text, heard.today()).into_iter().next() else { return (None, None) };
    match when.bound {
        Bound::During => (heard.begin(when.from), heard.begin(when.until)),
        Bound::Since => (heard.begin(when.from), None),
        Bound::Until => (None, heard.begin(when.from)),
    }
}

/// Whether two values are the same to a person.
pub(crate) fn same_value(one: &str, other: &str) -> bool {
    plain(one) == plain(other)
}

/// A value without what does not tell it from others.
pub(crate) fn plain(value: &str) -> String {
    let lower = value.trim().trim_end_matches(['.', '!', ',']).to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let rest = match words.split_first() {
        Some((&("a" | "an" | "the" | "my" | "to"), rest)) if !rest.is_empty() => rest,
        Some(_) | None => words.as_slice(),
    };
    rest.join(" ")
}

/// Whether a fact is about this.
pub(crate) fn is_about(fact: &Fact, subject: &str, attribute: &str) -> bool {
    fact.draft.attribute == attribute && fact.draft.subject == subject
}
