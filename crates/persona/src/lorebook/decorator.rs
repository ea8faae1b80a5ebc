//! Decorators: lines such as `@@depth 4` at the top of an entry's content (Character Card V3).
//!
//! What applies to texts without roles (`instruct_depth` and its like) is ignored, as the specification asks in a chat,
//! so that a fallback (`@@@…`) under it counts.

use super::options::list;
use crate::assemble::Role;

/// Where an entry goes by `@@position`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Before the description.
    BeforeDescription,
    /// After the description.
    AfterDescription,
    /// With the personality.
    Personality,
    /// With the scenario.
    Scenario,
}

/// What the decorators of an entry say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decorators {
    /// Not before the character has said so much.
    pub activate_only_after: Option<u64>,
    /// Only each time the character has said so much more.
    pub activate_only_every: Option<u64>,
    /// Once found, always found.
    pub keep_activate_after_match: bool,
    /// Once found, never again.
    pub dont_activate_after_match: bool,
    /// So many messages from the end.
    pub depth: Option<u64>,
    /// So many messages from the beginning.
    pub reverse_depth: Option<u64>,
    /// Who says it.
    pub role: Option<Role>,
    /// In how many of the last messages keys are looked for.
    pub scan_depth: Option<u64>,
    /// Only with this greeting.
    pub is_greeting: Option<u64>,
    /// Where it goes.
    pub position: Option<Place>,
    /// The first to go where not all fits.
    pub ignore_on_max_context: bool,
    /// One of these has to be found as well.
    pub additional_keys: Vec<String>,
    /// None of these may be found.
    pub exclude_keys: Vec<String>,
    /// Only with this picture of the person.
    pub is_user_icon: Option<String>,
    /// Never found.
    pub dont_activate: bool,
    /// Always found.
    pub activate: bool,
    /// Takes the character's system prompt away.
    pub disable_system_prompt: bool,
    /// Takes the instructions after the history away.
    pub disable_post_history: bool,
    /// Those that were seen already: only the first of a name counts.
    seen: Vec<String>,
}

impl Decorators {
    /// Reads the decorators off the top of a content, and gives what is left of it.
    pub fn read(content: &str) -> (Self, String) {
        let mut decorators = Self::default();
        let mut rest = content;
        // Whether the chain that began with the last `@@` has one that counts.
        let mut settled = true;
        let mut any = false;
        loop {
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            let line = line.trim();
            if line.is_empty() && !rest.is_empty() {
                rest = after;
                continue;
            }
            if let Some(fallback) = line.strip_prefix("@@@") {
                settled = settled || decorators.take(fallback);
            } else if let Some(decorator) = line.strip_prefix("@@") {
                settled = decorators.take(decorator);
            } else {
                break;
            }
            any = true;
            rest = after;
        }
        let left = if any { rest.trim() } else { content };
        (decorators, left.to_owned())
    }

    /// Takes one in; says whether it is known and its value makes sense.
    fn take(&mut self, decorator: &str) -> bool {
        let (name, value) = decorator.split_once(char::is_whitespace).unwrap_or((decorator, ""));
        let (name, value) = (name.trim(), value.trim());
        let repeats = name != "disable_ui_prompt" && self.seen.iter().any(|seen| seen == name);
        if repeats {
            return true;
        }
        let known = self.set(name, value);
        if known {
            self.seen.push(name.to_owned());
        }
        known
    }

    fn set(&mut self, name: &str, value: &str) -> bool {
        match name {
            "activate_only_after" => number(&mut self.activate_only_after, value),
            "activate_only_every" => number(&mut self.activate_only_every, value),
            "depth" => number(&mut self.depth, value),
            "reverse_depth" => number(&mut self.reverse_depth, value),
            "scan_depth" => number(&mut self.scan_depth, value),
            "is_greeting" => number(&mut self.is_greeting, value),
            "keep_activate_after_match" => on(&mut self.keep_activate_after_match),
            "dont_activate_after_match" => on(&mut self.dont_activate_after_match),
            "ignore_on_max_context" => on(&mut self.ignore_on_max_context),
            "dont_activate" => on(&mut self.dont_activate),
            "activate" => on(&mut self.activate),
            "role" => put(&mut self.role, Role::from_name(value)),
            "position" => put(&mut self.position, place(value)),
            "is_user_icon" => {
                put(&mut self.is_user_icon, Some(value.to_owned()).filter(|name| !name.is_empty()))
            }
            "additional_keys" => keys(&mut self.additional_keys, value),
            "exclude_keys" => keys(&mut self.exclude_keys, value),
            "disable_ui_prompt" => match value {
                "system_prompt" => on(&mut self.disable_system_prompt),
                "post_history_instructions" => on(&mut self.disable_post_history),
                _ => false,
            },
            _ => false,
        }
    }
}

fn place(name: &str) -> Option<Place> {
    match name {
        "before_desc" => Some(Place::BeforeDescription),
        "after_desc" => Some(Place::AfterDescription),
        "personality" => Some(Place::Personality),
        "scenario" => Some(Place::Scenario),
        _ => None,
    }
}

fn number(slot: &mut Option<u64>, value: &str) -> bool {
    put(slot, value.parse().ok())
}

fn put<T>(slot: &mut Option<T>, value: Option<T>) -> bool {
    let known = value.is_some();
    *slot = value;
    known
}

fn on(slot: &mut bool) -> bool {
    *slot = true;
    true
}

fn keys(slot: &mut Vec<String>, value: &str) -> bool {
    *slot = list(value);
    !slot.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decorators_are_read_and_cut_off() {
        let (read, rest) =
            Decorators::read("@@depth 3\n@@role assistant\n\n@@additional_keys a, b\n\nThe sword.\n");
        assert_eq!(
            (read.depth, read.role, read.additional_keys, rest.as_str()),
            (Some(3), Some(Role::Assistant), vec!["a".to_owned(), "b".to_owned()], "The sword.")
        );
        let (none, rest) = Decorators::read("mail me@@home\n@@depth 1");
        assert_eq!((none, rest.as_str()), (Decorators::default(), "mail me@@home\n@@depth 1"));
    }

    #[test]
    fn a_fallback_counts_where_nothing_above_it_does() {
        let (read, _) =
            Decorators::read("@@risu_only 4\n@@@agn_only 4\n@@@activate_only_every 4\n@@@depth 9\nx");
        assert_eq!((read.activate_only_every, read.depth), (Some(4), None));
        let (read, _) = Decorators::read("@@instruct_depth 5\n@@@depth 2\nx");
        assert_eq!(read.depth, Some(2));
        let (read, _) = Decorators::read("@@depth 5\n@@@depth 2\nx");
        assert_eq!(read.depth, Some(5));
        let (read, _) = Decorators::read("@@position nowhere\n@@@position scenario\nx");
        assert_eq!(read.position, Some(Place::Scenario));
    }

    #[test]
    fn the_first_of_a_name_counts() {
        let (read, rest) = Decorators::read(
            "@@depth 1\n@@depth 2\n@@disable_ui_prompt system_prompt\n@@disable_ui_prompt post_history_instructions",
        );
        assert_eq!((read.depth, rest.as_str()), (Some(1), ""));
        assert!(read.disable_system_prompt && read.disable_post_history);
    }
}
