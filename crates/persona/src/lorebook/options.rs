//! What SillyTavern keeps of an entry in its `extensions`, read with its defaults.

use super::Entry;
use serde_json::{Map, Value};

/// How secondary keys count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Logic {
    /// One of them has to be found.
    #[default]
    AndAny,
    /// Not all of them may be found.
    NotAll,
    /// None of them may be found.
    NotAny,
    /// All of them have to be found.
    AndAll,
}

/// The settings of an entry beside the fields of its specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Where it goes: 0 before and 1 after the character, 2 and 3 around the note, 4 at a depth, 5 and 6 around examples.
    pub position: Option<u64>,
    /// At which depth, for position 4.
    pub depth: u64,
    /// Who says it, for position 4: 0 system, 1 user, 2 assistant.
    pub role: u64,
    /// Of a hundred times it is found, how often it is told.
    pub probability: u64,
    /// How secondary keys count.
    pub logic: Logic,
    /// The inclusion groups it belongs to.
    pub groups: Vec<String>,
    /// Whether it wins in its group by its order instead of by chance.
    pub group_override: bool,
    /// Its weight in the lottery of its group.
    pub group_weight: u64,
    /// Whether the entry of the group with the most keys found wins.
    pub group_scoring: bool,
    /// Messages in which keys are looked for.
    pub scan_depth: Option<u64>,
    /// Whether keys have to stand as whole words.
    pub whole_words: bool,
    /// Whether capital letters count.
    pub case_sensitive: Option<bool>,
    /// Not found in other entries.
    pub exclude_recursion: bool,
    /// Others are not found in it.
    pub prevent_recursion: bool,
    /// Found in other entries only, from this level of recursion on.
    pub delay_until_recursion: Option<u64>,
    /// Stays for so many messages after it was told.
    pub sticky: u64,
    /// Cannot be told again for so many messages.
    pub cooldown: u64,
    /// Cannot be told before there are so many messages.
    pub delay: u64,
    /// Told wherever it fits, whatever the budget.
    pub ignore_budget: bool,
    /// Whether SillyTavern wrote it, whose keys are patterns only between slashes.
    pub by_silly_tavern: bool,
}

impl Options {
    /// Reads them; what is missing or of a strange type has its default.
    pub fn of(entry: &Entry) -> Self {
        let map = &entry.extensions;
        let use_probability = flag(map, "useProbability").or_else(|| flag(map, "use_probability"));
        let probability = number(map, "probability").unwrap_or(100).min(100);
        Self {
            position: number(map, "position"),
            depth: number(map, "depth").unwrap_or(4),
            role: number(map, "role").unwrap_or(0),
            probability: if use_probability == Some(false) { 100 } else { probability },
            logic: match number(map, "selectiveLogic").or_else(|| number(map, "selective_logic")) {
                Some(1) => Logic::NotAll,
                Some(2) => Logic::NotAny,
                Some(3) => Logic::AndAll,
                Some(_) | None => Logic::AndAny,
            },
            groups: map.get("group").and_then(Value::as_str).map(list).unwrap_or_default(),
            group_override: flag(map, "group_override").unwrap_or(false),
            group_weight: number(map, "group_weight").unwrap_or(100),
            group_scoring: flag(map, "use_group_scoring").unwrap_or(false),
            scan_depth: number(map, "scan_depth"),
            whole_words: flag(map, "match_whole_words").unwrap_or(false),
            case_sensitive: flag(map, "case_sensitive"),
            exclude_recursion: flag(map, "exclude_recursion").unwrap_or(false),
            prevent_recursion: flag(map, "prevent_recursion").unwrap_or(false),
            delay_until_recursion: match map.get("delay_until_recursion") {
                Some(Value::Bool(true)) => Some(1),
                Some(value) => value.as_u64().filter(|level| *level > 0),
                None => None,
            },
            sticky: number(map, "sticky").unwrap_or(0),
            cooldown: number(map, "cooldown").unwrap_or(0),
            delay: number(map, "delay").unwrap_or(0),
            ignore_budget: flag(map, "ignore_budget").unwrap_or(false),
            by_silly_tavern: map.contains_key("selectiveLogic") || map.contains_key("display_index"),
        }
    }
}

/// Parts between commas, without blanks around them; empty ones are left out.
pub(super) fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn flag(map: &Map<String, Value>, name: &str) -> Option<bool> {
    map.get(name)?.as_bool()
}

/// A number that is not negative, also where it is written as text or with a fraction of nothing.
fn number(map: &Map<String, Value>, name: &str) -> Option<u64> {
    match map.get(name)? {
        Value::Number(number) => {
            // A float beyond the integers is cut to their end, which is what is wanted here.
            number
                .as_u64()
                .or_else(|| number.as_f64().filter(|value| *value >= 0.0).map(|value| value as u64))
        }
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
