//! Lorebooks made ready: keys compiled, options and decorators read, once for all turns.

use super::{
    Decorators, Entry, Lorebook, MAX_ENTRIES, MAX_KEY_BYTES, Options, Place,
    keys::{Key, Manner, Patterns},
};
use crate::{assemble::Role, chance::number_of, error::PersonaError};
use std::collections::BTreeSet;

/// Messages in which keys are looked for, where nobody says.
const SCAN_DEPTH: u64 = 4;
/// Depth of what SillyTavern puts around its author's note.
const NOTE_DEPTH: u64 = 4;

/// Where an entry goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// Before the character.
    BeforeCharacter,
    /// After the character.
    AfterCharacter,
    /// With the personality.
    Personality,
    /// With the scenario.
    Scenario,
    /// Before the examples.
    BeforeExamples,
    /// After the examples.
    AfterExamples,
    /// So many messages from the end.
    Depth(u64),
    /// So many messages from the beginning.
    ReverseDepth(u64),
}

/// A lorebook made ready for scanning.
#[derive(Debug, Clone)]
pub struct Book {
    pub(super) entries: Vec<Ready>,
    pub(super) recursive: bool,
    pub(super) token_budget: Option<usize>,
    /// What is wrong with entries, for people.
    pub notes: Vec<String>,
}

/// An entry made ready.
#[derive(Debug, Clone)]
pub(super) struct Ready {
    pub(super) id: String,
    pub(super) index: usize,
    pub(super) label: String,
    pub(super) content: String,
    pub(super) order: i64,
    pub(super) priority: i64,
    pub(super) constant: bool,
    pub(super) keys: Vec<(String, Key)>,
    pub(super) secondary: Vec<Key>,
    pub(super) additional: Vec<Key>,
    pub(super) exclude: Vec<Key>,
    pub(super) options: Options,
    pub(super) decorators: Decorators,
    pub(super) spot: Spot,
    pub(super) role: Role,
    pub(super) scan_depth: u64,
}

/// Makes a lorebook ready.
///
/// # Errors
/// [`PersonaError::TooLarge`] for more entries or keys than are looked for.
pub fn compile(book: &Lorebook) -> Result<Book, PersonaError> {
    let too_large =
        |found: String, limit| PersonaError::TooLarge { what: "the lorebook".into(), found, limit };
    if book.entries.len() > MAX_ENTRIES {
        return Err(too_large(format!("{} entries", book.entries.len()), MAX_ENTRIES));
    }
    let keys =
        book.entries.iter().flat_map(|entry| entry.keys.iter().chain(entry.secondary_keys.iter().flatten()));
    let key_bytes: usize = keys.map(String::len).sum();
    if key_bytes > MAX_KEY_BYTES {
        return Err(too_large(format!("{key_bytes} bytes of keys"), MAX_KEY_BYTES));
    }
    let mut notes = Vec::new();
    let mut ids = BTreeSet::new();
    let scan_depth = book.scan_depth.map_or(SCAN_DEPTH, u64::from);
    let mut entries = Vec::with_capacity(book.entries.len());
    for (index, entry) in book.entries.iter().enumerate().filter(|(_, entry)| entry.enabled) {
        let mut entry = ready(entry, index, scan_depth, &mut notes);
        while !ids.insert(entry.id.clone()) {
            entry.id.push('~');
        }
        entries.push(entry);
    }
    let token_budget =
        book.token_budget.and_then(|tokens| usize::try_from(tokens).ok()).filter(|tokens| *tokens > 0);
    Ok(Book { entries, recursive: book.recursive_scanning.unwrap_or(true), token_budget, notes })
}

fn ready(entry: &Entry, index: usize, scan_depth: u64, notes: &mut Vec<String>) -> Ready {
    let options = Options::of(entry);
    let (decorators, content) = Decorators::read(&entry.content);
    let label = entry.label(index);
    let regex = entry.use_regex == Some(true);
    let manner = Manner {
        case_sensitive: entry.case_sensitive.or(options.case_sensitive).unwrap_or(false),
        whole_words: options.whole_words,
        // SillyTavern says `use_regex` of every entry and means patterns between slashes.
        patterns: match entry.use_regex {
            Some(true) if !options.by_silly_tavern => Patterns::All,
            // Nobody writes a word between slashes who does not mean a pattern.
            Some(_) | None => Patterns::Slashes,
        },
    };
    let mut bad = false;
    let mut compiled = |keys: &[String]| {
        let mut ready = Vec::with_capacity(keys.len());
        for key in keys {
            match Key::compile(key, manner) {
                Ok(Some(found)) => ready.push((key.trim().to_owned(), found)),
                Ok(None) => {}
                Err(reason) => {
                    bad = true;
                    notes.push(format!("{label}: {reason}"));
                }
            }
        }
        ready
    };
    let only_keys = |keys: Vec<(String, Key)>| keys.into_iter().map(|(_, key)| key).collect::<Vec<_>>();
    let mut keys = compiled(&entry.keys);
    // The specification ignores secondary keys and constancy of entries with patterns. SillyTavern marks all of its
    // entries as such and means both, and no card gains by their being ignored.
    let selective = entry.selective.unwrap_or(false);
    let secondary = entry.secondary_keys.as_deref().filter(|_| selective).unwrap_or_default();
    let secondary = only_keys(compiled(secondary));
    let additional = only_keys(compiled(&decorators.additional_keys));
    let exclude = if regex { Vec::new() } else { only_keys(compiled(&decorators.exclude_keys)) };
    if bad && regex && !options.by_silly_tavern {
        // An entry with a pattern that is not understood matches never.
        keys.clear();
    }
    let id = match &entry.id {
        Some(id) if !id.is_null() => format!("#{id}"),
        Some(_) | None => {
            format!("{:016x}", number_of(&format!("{}\n{}", entry.keys.join(","), entry.content)))
        }
    };
    let (spot, role) = spot(entry, &options, &decorators);
    Ready {
        id,
        index,
        label,
        content,
        order: entry.insertion_order,
        priority: entry.priority.unwrap_or(entry.insertion_order),
        constant: entry.constant.unwrap_or(false),
        keys,
        secondary,
        additional,
        exclude,
        spot,
        role,
        scan_depth: decorators.scan_depth.or(options.scan_depth).unwrap_or(scan_depth),
        options,
        decorators,
    }
}

fn spot(entry: &Entry, options: &Options, decorators: &Decorators) -> (Spot, Role) {
    let role = decorators.role.unwrap_or(match options.role {
        1 => Role::User,
        2 => Role::Assistant,
        _ => Role::System,
    });
    let place = decorators.position.map(|place| match place {
        Place::BeforeDescription => Spot::BeforeCharacter,
        Place::AfterDescription => Spot::AfterCharacter,
        Place::Personality => Spot::Personality,
        Place::Scenario => Spot::Scenario,
    });
    let place =
        place.or(decorators.depth.map(Spot::Depth)).or(decorators.reverse_depth.map(Spot::ReverseDepth));
    let by_options = || match options.position? {
        0 => Some(Spot::BeforeCharacter),
        1 => Some(Spot::AfterCharacter),
        2 | 3 => Some(Spot::Depth(NOTE_DEPTH)),
        4 => Some(Spot::Depth(options.depth)),
        5 => Some(Spot::BeforeExamples),
        6 => Some(Spot::AfterExamples),
        _ => None,
    };
    let by_field = match entry.position.as_deref() {
        Some("after_char") => Spot::AfterCharacter,
        Some(_) | None => Spot::BeforeCharacter,
    };
    (place.or_else(by_options).unwrap_or(by_field), role)
}
