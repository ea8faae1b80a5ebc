//! Makes a system prompt shorter without taking anything from what it says.

use std::collections::HashSet;

/// Shorter lines may stand twice for a reason: brackets, headings of examples.
const SHORTEST_REPEATED_BYTES: usize = 24;

/// The same text without spaces at the ends of lines, without more than one empty line in a row, and without lines that
/// it has already said. What stands between fences is left as it is, and so is a text with none of these.
pub(crate) fn compress(text: &str) -> String {
    let mut said: HashSet<&str> = HashSet::new();
    let mut short = String::with_capacity(text.len());
    let (mut fenced, mut empty) = (false, false);
    for line in text.lines() {
        let whole = line;
        let line = line.trim_end();
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            short.push_str(whole);
            short.push('\n');
            continue;
        } else if line.is_empty() {
            empty = true;
            continue;
        } else if line.len() >= SHORTEST_REPEATED_BYTES && !said.insert(line) {
            continue;
        }
        if empty && !short.is_empty() {
            short.push('\n');
        }
        empty = false;
        short.push_str(line);
        short.push('\n');
    }
    short.truncate(short.trim_end().len());
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_said_is_lost_and_nothing_is_said_twice() {
        let text = "You answer as a pirate would.   \n\n\n\nNever give away where the treasure is.\n\
                    - one\n- one\n```\nkeep   \n\n\nkeep   \n```\nYou answer as a pirate would.\n\n";
        let expected = "You answer as a pirate would.\n\nNever give away where the treasure is.\n\
                        - one\n- one\n```\nkeep   \n\n\nkeep   \n```";
        assert_eq!(compress(text), expected);
        assert_eq!(compress(expected), expected, "twice is once");
        assert_eq!(compress(""), "");
    }
}
