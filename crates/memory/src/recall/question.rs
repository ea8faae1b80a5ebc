//! A message as something to be looked up.

use crate::when::{self, Bound};
use base::Timestamp;
use jiff::{Timestamp as Moment, civil::Date, tz::TimeZone};
use std::collections::HashSet;

/// Words that questions are made with and that tell nothing about what is asked.
const ASKING: &[&str] = &[
    "i",
    "me",
    "my",
    "mine",
    "we",
    "our",
    "us",
    "you",
    "your",
    "what",
    "what's",
    "which",
    "who",
    "whom",
    "whose",
    "when",
    "where",
    "why",
    "how",
    "do",
    "doe",
    "did",
    "have",
    "ha",
    "had",
    "am",
    "were",
    "been",
    "be",
    "can",
    "could",
    "would",
    "should",
    "shall",
    "may",
    "might",
    "must",
    "about",
    "tell",
    "know",
    "rememb",
    "rememb",
    "remember",
    "recal",
    "recall",
    "again",
    "ani",
    "anyth",
    "someth",
    "some",
    "mani",
    "much",
    "veri",
    "realli",
    "just",
    "also",
    "pleas",
    "give",
    "ask",
    "say",
    "said",
    "mention",
    "he",
    "she",
    "her",
    "his",
    "him",
    "them",
    "from",
    "so",
    "than",
    "too",
    "still",
    "now",
    "currently",
    "current",
    "ever",
    "get",
    "got",
    "let",
    "like",
    "thing",
    "time",
    "one",
    "all",
    "more",
    "most",
    "other",
    "name",
    "old",
    "go",
    "s",
    "t",
    "m",
    "d",
    "ll",
    "ve",
    "re",
    "hi",
    "hello",
    "hey",
    "thank",
    "ok",
    "yes",
    "doing",
];
/// What of [`ASKING`] is worth looking for where nothing else is asked.
const WEAK: &[&str] = &["name", "old", "like", "go"];
/// Words by which the past is asked for.
const PAST: &[&str] =
    &["before", "previously", "previous", "former", "formerly", "originally", "earlier", "past"];
/// Most words of a long message that are looked for.
const MOST_TERMS: usize = 40;

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end, not in it.
    pub until: Timestamp,
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Question {
    /// Terms as [`search::analyse`] makes them, each with the word that it stands for.
    pub terms: Vec<(String, String)>,
    /// The time that is asked about.
    pub when: Option<When>,
    /// Whether what was true once is asked for.
    pub asks_for_the_past: bool,
    /// Whether there is a time and nothing else to look for.
    pub only_asks_for_a_time: bool,
}

impl Question {
    /// Reads a message that was said at this moment, in this time zone.
    pub fn read(text: &str, now: Timestamp, zone: &TimeZone) -> Self {
        let moment = Moment::from_millisecond(now.millis()).unwrap_or_default().to_zoned(zone.clone());
        let times = when::find(text, moment.date());
        let begin = |day: Date| {
            let begin = day.to_zoned(zone.clone()).ok()?;
            Some(Timestamp::from_millis(begin.timestamp().as_millisecond()))
        };
        let when = times.first().and_then(|time| {
            let (from, until) = (begin(time.from)?, begin(time.until)?);
            Some(match time.bound {
                Bound::During => When { from, until },
                Bound::Since => When { from, until: now },
                Bound::Until => When { from: Timestamp::from_millis(i64::MIN / 2), until: from },
            })
        });
        let in_time = |at: usize| times.iter().any(|time| time.range.contains(&at));
        let lower = text.to_lowercase();
        let plain: HashSet<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
        let asks_for_the_past = lower.contains("used to") || PAST.iter().any(|word| plain.contains(word));
        let mut seen = HashSet::new();
        let (mut terms, mut weak) = (Vec::new(), Vec::new());
        for token in search::analyse(text) {
            if in_time(token.range.start) || !seen.insert(token.term.clone()) {
                continue;
            }
            let word = text.get(token.range).unwrap_or_default().to_owned();
            if !ASKING.contains(&token.term.as_str()) && !PAST.contains(&word.to_lowercase().as_str()) {
                terms.push((token.term, word));
            } else if WEAK.contains(&token.term.as_str()) {
                weak.push((token.term, word));
            }
        }
        if terms.is_empty() {
            terms = weak;
        }
        terms.truncate(MOST_TERMS);
        let only_asks_for_a_time =
            terms.iter().all(|(term, _)| matches!(term.as_str(), "happen" | "plan" | "did" | "up"));
        Self { only_asks_for_a_time: when.is_some() && only_asks_for_a_time, when, asks_for_the_past, terms }
    }
}
