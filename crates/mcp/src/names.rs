//! Names that every provider takes: letters, digits, underscores and dashes, at most 64, no two alike.
//!
//! `mcp__SERVER__TOOL`. A server's name has no double underscore and none at its ends, so that the parts can be told
//! from each other and two servers never make the same name. What a provider would refuse of a tool's own name is
//! replaced, what is too long is cut, and both get an end made of the whole name, so that they stay apart and stay the
//! same from one start to the next.

use sha2::{Digest, Sha256};
use std::{collections::HashSet, fmt::Write as _};

/// What every name begins with.
const BEGIN: &str = "mcp__";
/// Longest name that every provider takes.
pub const LONGEST: usize = 64;
/// Longest name of a server.
const LONGEST_SERVER: usize = 24;
/// Hexadecimal digits that tell changed names apart.
const DIGITS: usize = 8;

/// Whether a server may be called this.
pub fn is_server_name(name: &str) -> bool {
    let ends = name.starts_with(|letter: char| letter.is_ascii_alphanumeric())
        && name.ends_with(|letter: char| letter.is_ascii_alphanumeric());
    ends && name.len() <= LONGEST_SERVER && !name.contains("__") && name.chars().all(is_safe)
}

/// A name that a server may have, from one that somebody wrote into a file; `None` where nothing of it is left.
pub fn server_name(written: &str) -> Option<String> {
    let mut name = String::new();
    for letter in written.chars().map(|letter| if is_safe(letter) { letter } else { '-' }) {
        let doubled = (letter == '_' || letter == '-') && name.ends_with(['_', '-']);
        if name.len() < LONGEST_SERVER && !doubled {
            name.push(letter);
        }
    }
    let name = name.trim_matches(['_', '-']);
    is_server_name(name).then(|| name.to_owned())
}

/// Whether this is the name of a tool of some server.
pub fn is_tool_name(name: &str) -> bool {
    let parts = name.strip_prefix(BEGIN).and_then(|rest| rest.split_once("__"));
    name.len() <= LONGEST
        && parts.is_some_and(|(server, tool)| {
            is_server_name(server) && !tool.is_empty() && tool.chars().all(is_safe)
        })
}

/// The names for models of a server's tools, in their order; `None` for one that has no name or that of another.
pub fn tool_names<'a>(server: &str, own: impl IntoIterator<Item = &'a str>) -> Vec<Option<String>> {
    let (mut seen, mut taken) = (HashSet::new(), HashSet::new());
    let named = own.into_iter().map(|own| {
        let fresh = !own.is_empty() && seen.insert(own);
        let name = tool_name(server, own);
        (fresh && taken.insert(name.clone())).then_some(name)
    });
    named.collect()
}

/// What the names of a server's tools begin with.
pub fn tool_prefix(server: &str) -> String {
    format!("{BEGIN}{server}__")
}

fn tool_name(server: &str, own: &str) -> String {
    let room = LONGEST - BEGIN.len() - server.len().min(LONGEST_SERVER) - 2;
    let plain = !own.is_empty() && own.len() <= room && own.chars().all(is_safe) && !looks_made(own);
    if plain {
        return format!("{BEGIN}{server}__{own}");
    }
    let mut digits = String::new();
    for byte in Sha256::digest(own.as_bytes()).iter().take(DIGITS / 2) {
        let _infallible = write!(digits, "{byte:02x}");
    }
    let kept: String = own
        .chars()
        .map(|letter| if is_safe(letter) { letter } else { '_' })
        .take(room - DIGITS - 1)
        .collect();
    format!("{BEGIN}{server}__{kept}_{digits}")
}

/// Whether a server's own name ends as those that are made here do; then it is made anew as well, so that it cannot
/// pass for another.
fn looks_made(own: &str) -> bool {
    let end = own.rsplit_once('_').map_or("", |(_, end)| end);
    end.len() == DIGITS && end.chars().all(|letter| letter.is_ascii_digit() || ('a'..='f').contains(&letter))
}

const fn is_safe(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '-'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    #[test]
    fn plain_names_stay_as_they_are_and_others_are_told_apart() {
        let own = ["read_file", "read.file", "read/file", "", "read_file", "Datei lesen", &"x".repeat(90)];
        let names = tool_names("files", own);
        assert_eq!(names[0].as_deref(), Some("mcp__files__read_file"));
        assert_eq!((&names[3], &names[4]), (&None, &None), "no name, and a name twice");
        assert!(names[1].as_ref().unwrap().starts_with("mcp__files__read_file_"));
        assert_ne!(names[1], names[2]);
        assert_eq!(names[6].as_ref().unwrap().len(), LONGEST);
        assert_eq!(tool_names("files", ["read.file"])[0], names[1], "the same at every start");
        // Somebody who knows how names are made cannot make one that stands for another's.
        let made = names[1].clone().unwrap();
        let copied = made.strip_prefix("mcp__files__").unwrap();
        assert_ne!(tool_names("files", [copied])[0].as_deref(), Some(made.as_str()));
    }

    #[test]
    fn names_of_servers_are_made_safe() {
        for (written, name) in [
            ("files", Some("files")),
            ("My Files!", Some("My-Files")),
            ("@scope/server-name", Some("scope-server-name")),
            ("a__b", Some("a_b")),
            ("日本語", None),
            ("_", None),
            ("a-very-long-name-that-goes-on", Some("a-very-long-name-that-go")),
        ] {
            assert_eq!(server_name(written).as_deref(), name, "{written}");
        }
        for (name, fine) in
            [("a_b", true), ("a__b", false), ("_a", false), ("a_", false), ("", false), ("a b", false)]
        {
            assert_eq!(is_server_name(name), fine, "{name}");
        }
        for (name, fine) in [
            ("mcp__a__b", true),
            ("mcp__a___b", true),
            ("mcp__a__", false),
            ("calculate", false),
            ("mcp__a", false),
        ] {
            assert_eq!(is_tool_name(name), fine, "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_names_become_safe_short_and_different(
            servers in vec("\\PC{0,40}", 1..4),
            tools in vec(prop_oneof!["\\PC{0,80}", "[a-c_.]{0,6}", "[a-z]{1,4}_[0-9a-f]{8}"], 0..30),
        ) {
            let mut all = HashSet::new();
            let servers: HashSet<String> = servers.iter().filter_map(|name| server_name(name)).collect();
            for server in &servers {
                let names = tool_names(server, tools.iter().map(String::as_str));
                prop_assert_eq!(names.len(), tools.len());
                for name in names.into_iter().flatten() {
                    prop_assert!(name.len() <= LONGEST && name.chars().all(is_safe), "{}", name);
                    prop_assert!(is_tool_name(&name), "{}", name);
                    prop_assert!(all.insert(name));
                }
            }
        }
    }
}
