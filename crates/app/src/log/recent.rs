//! The last of what was logged, in memory, for the page: nobody reads standard error there.
//!
//! What is kept is bounded in number and in length, and goes with the process. Nothing that is secret is logged at all; what
//! looks like a key is taken out here once more, since a library may say what Familiar would not.

use super::LogConfig;
use crate::AppError;
use base::{Clock as _, SystemClock, Timestamp};
use parking_lot::Mutex;
use std::{collections::VecDeque, fmt};
use tracing::{
    Dispatch, Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    layer::{Context, SubscriberExt as _},
    reload::{self, Handle},
};

/// The most events that are kept.
pub const CAPACITY: usize = 1_000;
/// The most characters of a message or a value.
const MAX_CHARS: usize = 2_000;
/// The most values of an event.
const MAX_FIELDS: usize = 16;
/// What stands where something was taken out.
const HIDDEN: &str = "[hidden]";
/// How keys of the known vendors, and Familiar's own, begin.
const KEYS: [&str; 9] = ["sk-", "fam-", "AIza", "gsk_", "xai-", "hf_", "ghp_", "AKIA", "pplx-"];
/// Shorter words are no keys.
const LEAST_KEY_BYTES: usize = 12;
/// Shorter values are no passwords.
const LEAST_VALUE_BYTES: usize = 4;
/// Names whose value is nobody's business.
const NAMES: [&str; 8] =
    ["authorization", "api_key", "api-key", "apikey", "x-api-key", "password", "secret", "token"];
/// What stands between `authorization` and its value.
const SCHEMES: [&str; 3] = ["bearer", "basic", "token"];

/// A thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Grows with each event since the start.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// How grave.
    pub level: Level,
    /// Which part of the program said so.
    pub part: String,
    /// In words.
    pub message: String,
    /// Names with values.
    pub fields: Vec<(String, String)>,
}

impl Line {
    fn has(&self, words: &str) -> bool {
        let has = |text: &str| text.to_lowercase().contains(words);
        words.is_empty()
            || has(&self.message)
            || has(&self.part)
            || self.fields.iter().any(|(name, value)| has(name) || has(value))
    }
}

/// Which events.
#[derive(Debug, Clone)]
pub struct Asked {
    /// This grave, or graver.
    pub level: Level,
    /// With these words in it, whatever their case.
    pub words: String,
    /// Only those with smaller numbers.
    pub before: Option<u64>,
    /// How many at the most.
    pub limit: usize,
}

/// Events, the latest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The events.
    pub lines: Vec<Line>,
    /// `before` of the page of older ones, where there are any.
    pub next: Option<u64>,
}

/// How much is logged now, and the way to change it.
#[derive(Debug)]
struct Tuned {
    level: String,
    handle: Handle<EnvFilter, Registry>,
}

/// The last events, the oldest first, and how much is logged.
#[derive(Debug, Default)]
pub struct Recent {
    lines: Mutex<VecDeque<Line>>,
    tuned: Mutex<Option<Tuned>>,
    clock: SystemClock,
}

impl Recent {
    /// Those that were asked for.
    pub fn page(&self, asked: &Asked) -> Page {
        let words = asked.words.trim().to_lowercase();
        let fits = |line: &&Line| {
            line.level <= asked.level
                && asked.before.is_none_or(|before| line.number < before)
                && line.has(&words)
        };
        let kept = self.lines.lock();
        let mut lines: Vec<Line> =
            kept.iter().rev().filter(fits).take(asked.limit.saturating_add(1)).cloned().collect();
        drop(kept);
        let more = lines.len() > asked.limit;
        lines.truncate(asked.limit);
        let next = lines.last().map(|line| line.number).filter(|_| more);
        Page { lines, next }
    }

    /// How many are kept now.
    pub fn kept(&self) -> usize {
        self.lines.lock().len()
    }

    /// How much is logged, where that can be changed.
    pub fn level(&self) -> Option<String> {
        self.tuned.lock().as_ref().map(|tuned| tuned.level.clone())
    }

    /// Logs as much as this from now on, until the program ends: a level, or levels by part.
    ///
    /// # Errors
    /// Where it is no level, or something else logs.
    pub fn set_level(&self, level: &str) -> Result<(), AppError> {
        let config = LogConfig { level: level.trim().to_owned(), ..LogConfig::default() };
        let filter =
            config.filter().map_err(|_| AppError::Setting { name: "log.level", value: level.to_owned() })?;
        {
            let mut tuned = self.tuned.lock();
            let Some(tuned) = tuned.as_mut() else { return Err(AppError::LogFixed) };
            tuned.handle.reload(config.quieted(filter)).map_err(|_| AppError::LogFixed)?;
            tuned.level.clone_from(&config.level);
        }
        tracing::info!(level = config.level, "how much is logged was changed");
        Ok(())
    }

    /// Remembers how to change how much is logged.
    pub(super) fn tune(&self, level: &str, handle: Handle<EnvFilter, Registry>) {
        *self.tuned.lock() = Some(Tuned { level: level.to_owned(), handle });
    }

    /// Keeps what is logged where this is the dispatcher, and writes it nowhere else: for tests, and for programs that have
    /// no standard error.
    pub fn dispatch(&'static self, config: &LogConfig) -> Dispatch {
        let filter = config.quieted(config.filter().unwrap_or_else(|_| EnvFilter::new("info")));
        let (filter, handle) = reload::Layer::new(filter);
        self.tune(&config.level, handle);
        Dispatch::new(tracing_subscriber::registry().with(filter).with(Tap(self)))
    }

    fn keep(&self, level: Level, taken: Taken, part: &str) {
        let part = taken.part.unwrap_or_else(|| part.to_owned());
        let mut lines = self.lines.lock();
        // Given while it is locked: the lines lie in the order of their numbers, which pages rest on.
        let number = lines.back().map_or(1, |last| last.number.saturating_add(1));
        let line =
            Line { number, at: self.clock.now(), level, part, message: taken.message, fields: taken.fields };
        if lines.len() >= CAPACITY {
            lines.pop_front();
        }
        lines.push_back(line);
    }
}

/// The layer that takes events down.
#[derive(Debug)]
pub(super) struct Tap(pub(super) &'static Recent);

impl<S: Subscriber> Layer<S> for Tap {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut taken = Taken::default();
        event.record(&mut taken);
        self.0.keep(*event.metadata().level(), taken, event.metadata().target());
    }
}

/// What an event says.
#[derive(Debug, Default)]
struct Taken {
    message: String,
    fields: Vec<(String, String)>,
    /// Libraries that log by the crate `log` have their part in a value.
    part: Option<String>,
}

impl Taken {
    fn take(&mut self, name: &str, value: &str) {
        match name {
            "message" => self.message = shown(value),
            "log.target" => self.part = Some(value.to_owned()),
            _ if name.starts_with("log.") || self.fields.len() >= MAX_FIELDS => {}
            _ if is_name(name) => self.fields.push((name.to_owned(), HIDDEN.to_owned())),
            _ => self.fields.push((name.to_owned(), shown(value))),
        }
    }
}

impl Visit for Taken {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.take(field.name(), &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field.name(), value);
    }
}

/// Without what looks like a secret, and not too long.
fn shown(text: &str) -> String {
    let hidden = without_secrets(text);
    if hidden.chars().nth(MAX_CHARS).is_none() {
        return hidden;
    }
    let mut cut: String = hidden.chars().take(MAX_CHARS).collect();
    cut.push('…');
    cut
}

/// Takes keys, values of names such as `password`, and users of addresses out of a text.
fn without_secrets(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    let mut least = None;
    while let Some(first) = rest.chars().next() {
        if !in_word(first) {
            shown.push(first);
            rest = rest.strip_prefix(first).unwrap_or_default();
            continue;
        }
        if let Some(host) = behind_user(&shown, rest) {
            shown.push_str(HIDDEN);
            rest = host;
            continue;
        }
        let (word, behind) = rest.split_at(rest.find(|letter| !in_word(letter)).unwrap_or(rest.len()));
        let hides = is_key(word) || least.is_some_and(|least| word.len() >= least);
        shown.push_str(if hides { HIDDEN } else { word });
        least = least_of_next(word, behind);
        rest = behind;
    }
    shown
}

/// How long the word behind this one is at the least where it is to be hidden.
fn least_of_next(word: &str, behind: &str) -> Option<usize> {
    let value = behind.trim_start_matches(['"', ' ']);
    if is_name(word) && value.starts_with(['=', ':']) {
        // In `authorization: Bearer …` the scheme is no secret; what stands behind it is.
        let value = value.trim_start_matches(['"', ' ', '=', ':']);
        let scheme = value.split(' ').next().unwrap_or_default();
        return (!is_scheme(scheme)).then_some(LEAST_VALUE_BYTES);
    }
    is_scheme(word).then_some(LEAST_KEY_BYTES)
}

/// What stands behind `user:password@` of an address.
fn behind_user<'a>(before: &str, rest: &'a str) -> Option<&'a str> {
    if !before.ends_with("://") {
        return None;
    }
    let (user, _) = rest.split_once('@')?;
    let ends = |letter: char| letter.is_whitespace() || matches!(letter, '/' | '?' | '#' | '"');
    if user.contains(ends) { None } else { rest.strip_prefix(user) }
}

fn is_key(word: &str) -> bool {
    word.len() >= LEAST_KEY_BYTES && KEYS.iter().any(|start| word.starts_with(start))
}

fn is_scheme(word: &str) -> bool {
    SCHEMES.iter().any(|scheme| word.eq_ignore_ascii_case(scheme))
}

fn is_name(word: &str) -> bool {
    NAMES.iter().any(|name| word.eq_ignore_ascii_case(name))
}

fn in_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.' | '~' | '+')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh() -> &'static Recent {
        Box::leak(Box::<Recent>::default())
    }

    fn log(level: &str) -> LogConfig {
        LogConfig { level: level.to_owned(), ..LogConfig::default() }
    }

    fn all(level: Level) -> Asked {
        Asked { level, words: String::new(), before: None, limit: CAPACITY }
    }

    fn messages(page: &Page) -> Vec<&str> {
        page.lines.iter().map(|line| line.message.as_str()).collect()
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many() {
        let recent = fresh();
        tracing::dispatcher::with_default(&recent.dispatch(&log("info")), || {
            for count in 0..CAPACITY + 25 {
                tracing::info!(count, "counted");
            }
        });
        assert_eq!(recent.kept(), CAPACITY);
        let page = recent.page(&all(Level::TRACE));
        assert_eq!(page.lines.len(), CAPACITY);
        assert_eq!(page.next, None);
        assert_eq!(page.lines[0].number, CAPACITY as u64 + 25);
        assert_eq!(page.lines[0].fields, [("count".to_owned(), (CAPACITY + 24).to_string())]);
        assert_eq!(page.lines[CAPACITY - 1].number, 26);
    }

    #[test]
    fn pages_levels_and_words_narrow_down() {
        let recent = fresh();
        tracing::dispatcher::with_default(&recent.dispatch(&log("debug")), || {
            tracing::error!("one");
            tracing::warn!(path = "Über/alles", "two");
            tracing::info!("three");
            tracing::debug!("four");
            tracing::trace!("five");
        });
        assert_eq!(messages(&recent.page(&all(Level::TRACE))), ["four", "three", "two", "one"]);
        assert_eq!(messages(&recent.page(&all(Level::WARN))), ["two", "one"]);
        let named = Asked { words: " über ".to_owned(), ..all(Level::TRACE) };
        assert_eq!(messages(&recent.page(&named)), ["two"]);
        let first = recent.page(&Asked { limit: 3, ..all(Level::TRACE) });
        assert_eq!(messages(&first), ["four", "three", "two"]);
        assert_eq!(first.next, Some(2));
        let rest = recent.page(&Asked { limit: 3, before: first.next, ..all(Level::TRACE) });
        assert_eq!(messages(&rest), ["one"]);
        assert_eq!(rest.next, None);
    }

    #[test]
    fn how_much_is_logged_changes_while_it_runs() {
        let recent = fresh();
        assert!(matches!(recent.set_level("debug"), Err(AppError::LogFixed)), "nothing logs yet");
        tracing::dispatcher::with_default(&recent.dispatch(&log("warn")), || {
            tracing::info!("not heard");
            recent.set_level("info").unwrap();
            tracing::info!("heard");
            assert!(matches!(recent.set_level("loud"), Err(AppError::Setting { .. })));
            recent.set_level("error").unwrap();
            tracing::warn!("not heard either");
        });
        let page = recent.page(&all(Level::TRACE));
        assert!(page.lines.iter().any(|line| line.message == "heard"), "{page:?}");
        assert!(page.lines.iter().all(|line| !line.message.starts_with("not heard")), "{page:?}");
        assert_eq!(recent.level().as_deref(), Some("error"));
    }

    #[test]
    fn secrets_are_taken_out() {
        for (said, kept) in [
            ("the key sk-abcdefghijkl is wrong", "the key [hidden] is wrong"),
            ("{\"api_key\": \"hunter22\"}", "{\"api_key\": \"[hidden]\"}"),
            ("Authorization: Bearer abcdefgh12345678", "Authorization: Bearer [hidden]"),
            ("authorization: Basic bWU6aHVudGVyMjI=", "authorization: Basic [hidden]="),
            ("https://me:secret@host/v1?key=AIzaSyA1234567890", "https://[hidden]@host/v1?key=[hidden]"),
            ("password=hunter22&x=1", "password=[hidden]&x=1"),
            ("fam-0123456789abcdef", "[hidden]"),
            // What is no secret stays.
            ("the token of a word is short", "the token of a word is short"),
            ("the bearer of news", "the bearer of news"),
            ("sk-short and https://host/a@b", "sk-short and https://host/a@b"),
        ] {
            assert_eq!(without_secrets(said), kept);
        }
        let recent = fresh();
        tracing::dispatcher::with_default(&recent.dispatch(&log("info")), || {
            tracing::info!(password = "hunter22", error = %"Bearer abcdefgh12345678", "sk-{}", "abcdefghijkl");
        });
        let page = recent.page(&all(Level::TRACE));
        assert_eq!(messages(&page), ["[hidden]"]);
        assert_eq!(
            page.lines[0].fields,
            [
                ("password".to_owned(), "[hidden]".to_owned()),
                ("error".to_owned(), "Bearer [hidden]".to_owned())
            ]
        );
    }

    #[test]
    fn what_is_long_is_cut() {
        let text = shown(&"ä ".repeat(MAX_CHARS));
        assert_eq!(text.chars().count(), MAX_CHARS + 1);
        assert!(text.ends_with('…'));
    }
}
