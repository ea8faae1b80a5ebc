//! Macros: what stands in double braces is put in when a text is used.
//!
//! Those of the Character Card V3 specification and the usual ones of SillyTavern. A macro that is not known stays as it
//! stands. Texts are read once from left to right, inner macros first; how often macros are put into macros and how
//! long a text grows is bounded, so that a card cannot make a small text endless.

use crate::chance::{Chance, number_of};
use jiff::Zoned;
use std::time::Duration;

/// Macros of a text that are put in; the rest stay as they stand.
const MAX_MACROS: usize = 10_000;
/// Bytes that a text may grow to.
const MAX_BYTES: usize = 2_000_000;
/// How deep texts of the persona (`{{description}}`) are put into each other.
const MAX_DEPTH: usize = 4;

/// What macros stand for.
#[derive(Debug, Clone)]
pub struct Words<'a> {
    /// `{{char}}`, `<char>`, `<bot>`.
    pub char: &'a str,
    /// `{{user}}`, `<user>`.
    pub user: &'a str,
    /// `{{description}}`.
    pub description: &'a str,
    /// `{{personality}}`.
    pub personality: &'a str,
    /// `{{scenario}}`.
    pub scenario: &'a str,
    /// `{{persona}}`: who the person is.
    pub persona: &'a str,
    /// `{{mesExamples}}`.
    pub examples: &'a str,
    /// `{{original}}`: the instructions that this text replaces.
    pub original: &'a str,
    /// `{{group}}`: the names of all characters.
    pub group: &'a str,
    /// `{{model}}`.
    pub model: &'a str,
    /// `{{lastMessage}}`.
    pub last_message: &'a str,
    /// `{{lastUserMessage}}`.
    pub last_user_message: &'a str,
    /// `{{lastCharMessage}}`.
    pub last_char_message: &'a str,
    /// `{{idle_duration}}`: how long the person said nothing.
    pub idle: Option<Duration>,
    /// The moment, where the person is; dates and times.
    pub now: &'a Zoned,
    /// What `{{pick}}` goes by: the same for the whole conversation.
    pub seed: u64,
    /// What `{{random}}` and `{{roll}}` go by: another one each turn.
    pub turn_seed: u64,
}

/// A text with its macros put in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expanded {
    /// The text.
    pub text: String,
    /// What is searched for keys besides: `{{hidden_key:…}}`.
    pub hidden: String,
}

/// Puts macros in, for a prompt.
pub fn expand(text: &str, words: &Words<'_>) -> String {
    expand_all(text, words).text
}

/// Puts macros in and tells what is hidden.
pub fn expand_all(text: &str, words: &Words<'_>) -> Expanded {
    if !text.contains("{{") && !text.contains('<') {
        return Expanded { text: text.to_owned(), hidden: String::new() };
    }
    let mut expander = Expander { words, hidden: String::new(), macros: 0, bytes: 0 };
    let text = expander.run(text, 0);
    Expanded { text, hidden: expander.hidden }
}

/// The macros of a text that are not known here, each once.
pub fn unknown(text: &str) -> Vec<String> {
    let now = Zoned::default();
    let words = Words {
        char: "",
        user: "",
        description: "",
        personality: "",
        scenario: "",
        persona: "",
        examples: "",
        original: "",
        group: "",
        model: "",
        last_message: "",
        last_user_message: "",
        last_char_message: "",
        idle: None,
        now: &now,
        seed: 0,
        turn_seed: 0,
    };
    let left = expand(text, &words);
    let mut names: Vec<String> = Vec::new();
    for part in left.split("{{").skip(1) {
        if let Some((name, _)) = part.split_once("}}")
            && !name.is_empty()
            && names.len() < 20
            && !names.iter().any(|known| known == name)
        {
            names.push(name.chars().take(60).collect());
        }
    }
    names
}

struct Expander<'a> {
    words: &'a Words<'a>,
    hidden: String,
    macros: usize,
    bytes: usize,
}

impl Expander<'_> {
    fn run(&mut self, text: &str, depth: usize) -> String {
        // The text outside of all macros, then of each macro that is open.
        let mut open: Vec<String> = vec![String::with_capacity(text.len())];
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}', '<']) {
            let (before, found) = rest.split_at(at);
            push(&mut open, before);
            rest = if let Some(after) = found.strip_prefix("{{") {
                open.push(String::new());
                after
            } else if let (Some(after), true) = (found.strip_prefix("}}"), open.len() > 1) {
                let inner = open.pop().unwrap_or_default();
                let value = self.value(&inner, depth);
                push(&mut open, &value);
                after
            } else if let Some((name, after)) = tag(found) {
                push(&mut open, if name == "user" { self.words.user } else { self.words.char });
                after
            } else {
                let mut characters = found.chars();
                let first = characters.next().map(String::from).unwrap_or_default();
                push(&mut open, &first);
                characters.as_str()
            };
        }
        push(&mut open, rest);
        // Braces that nobody closed are braces.
        open.join("{{")
    }

    fn value(&mut self, inner: &str, depth: usize) -> String {
        self.macros += 1;
        let literal = || format!("{{{{{inner}}}}}");
        if self.macros > MAX_MACROS || self.bytes > MAX_BYTES {
            return literal();
        }
        let value = self.known(inner, depth).unwrap_or_else(literal);
        self.bytes += value.len();
        value
    }

    fn known(&mut self, inner: &str, depth: usize) -> Option<String> {
        let words = self.words;
        let trimmed = inner.trim();
        if trimmed.starts_with("//") {
            return Some(String::new());
        }
        let end = trimmed.find(|c: char| c == ':' || c.is_whitespace()).unwrap_or(trimmed.len());
        let (name, argument) = trimmed.split_at(end);
        let argument = argument.trim_start_matches(':').trim();
        let text = match name.to_ascii_lowercase().as_str() {
            "char" | "bot" => words.char.to_owned(),
            "user" => words.user.to_owned(),
            "persona" => self.nested(words.persona, depth)?,
            "description" => self.nested(words.description, depth)?,
            "personality" => self.nested(words.personality, depth)?,
            "scenario" => self.nested(words.scenario, depth)?,
            "mesexamples" | "mesexamplesraw" => self.nested(words.examples, depth)?,
            "original" => words.original.to_owned(),
            "group" | "charifnotgroup" => words.group.to_owned(),
            "model" => words.model.to_owned(),
            "lastmessage" => words.last_message.to_owned(),
            "lastusermessage" => words.last_user_message.to_owned(),
            "lastcharmessage" => words.last_char_message.to_owned(),
            "newline" => "\n".to_owned(),
            "noop" | "trim" | "comment" => String::new(),
            "hidden_key" => {
                self.hidden.push('\n');
                self.hidden.push_str(argument);
                String::new()
            }
            "reverse" => argument.chars().rev().collect(),
            "random" => self.one_of(argument, words.turn_seed.wrapping_add(number_at(self.macros))),
            "pick" => {
                self.one_of(argument, words.seed.wrapping_add(number_at(self.macros)) ^ number_of(argument))
            }
            "roll" | "dice" => {
                roll(argument, words.turn_seed.wrapping_add(number_at(self.macros)))?.to_string()
            }
            "idle_duration" => words.idle.map_or_else(|| "just now".to_owned(), spoken),
            "time" => words.now.strftime("%H:%M").to_string(),
            "date" => words.now.strftime("%B %-d, %Y").to_string(),
            "weekday" => words.now.strftime("%A").to_string(),
            "isodate" => words.now.strftime("%Y-%m-%d").to_string(),
            "isotime" => words.now.strftime("%H:%M:%S").to_string(),
            _ => return None,
        };
        Some(text)
    }

    /// A text of the persona, its own macros put in; `None` where texts contain each other.
    fn nested(&mut self, text: &str, depth: usize) -> Option<String> {
        (depth < MAX_DEPTH).then(|| self.run(text, depth + 1))
    }

    fn one_of(&self, argument: &str, seed: u64) -> String {
        let choices = choices(argument);
        let count = u64::try_from(choices.len()).unwrap_or(0);
        let drawn = usize::try_from(Chance::new(seed).below(count)).unwrap_or(0);
        choices.into_iter().nth(drawn).unwrap_or_default()
    }
}

fn number_at(index: usize) -> u64 {
    u64::try_from(index).unwrap_or(0).wrapping_mul(0x9e37_79b9)
}

fn push(open: &mut [String], text: &str) {
    if let Some(last) = open.last_mut() {
        last.push_str(text);
    }
}

/// `<user>`, `<char>` or `<bot>`, and what follows.
fn tag(text: &str) -> Option<(&'static str, &str)> {
    ["user", "char", "bot"].into_iter().find_map(|name| {
        let inner = text.strip_prefix('<')?;
        let (found, after) = inner.split_at_checked(name.len())?;
        let after = after.strip_prefix('>')?;
        found.eq_ignore_ascii_case(name).then_some((name, after))
    })
}

/// Parts between commas (`\,` is a comma), or between `::` where there are such.
fn choices(argument: &str) -> Vec<String> {
    if argument.contains("::") {
        return argument.split("::").map(|part| part.trim().to_owned()).collect();
    }
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for character in argument.chars() {
        match (character, escaped) {
            ('\\', false) => {
                escaped = true;
                continue;
            }
            (',', false) => parts.push(String::new()),
            (other, was_escaped) => {
                if let Some(part) = parts.last_mut() {
                    if was_escaped && other != ',' {
                        part.push('\\');
                    }
                    part.push(other);
                }
            }
        }
        escaped = false;
    }
    parts.into_iter().map(|part| part.trim().to_owned()).collect()
}

/// `6`, `d6`, `2d6`, `2d6+1`.
fn roll(dice: &str, seed: u64) -> Option<i64> {
    let dice = dice.trim().to_ascii_lowercase();
    let split = dice.find(['+', '-']).unwrap_or(dice.len());
    let (dice, more) = dice.split_at(split);
    let more: i64 = if more.is_empty() { 0 } else { more.replace(' ', "").parse().ok()? };
    let (count, sides) = dice.split_once('d').unwrap_or(("1", dice));
    let count: u64 = if count.trim().is_empty() { 1 } else { count.trim().parse().ok()? };
    let sides: u64 = sides.trim().parse().ok()?;
    if sides == 0 || sides > 1_000_000_000 || count == 0 || count > 1_000 || more.abs() > 1_000_000_000 {
        return None;
    }
    let mut chance = Chance::new(seed);
    let sum: u64 = (0..count).map(|_| chance.below(sides) + 1).sum();
    i64::try_from(sum).ok()?.checked_add(more)
}

fn spoken(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (count, unit) = match seconds {
        0..60 => return "just now".to_owned(),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// Words for tests.
#[cfg(test)]
pub(crate) fn words(now: &Zoned) -> Words<'_> {
    Words {
        char: "Mira",
        user: "Jo",
        description: "{{char}} keeps a lighthouse.",
        personality: "calm",
        scenario: "",
        persona: "a sailor",
        examples: "",
        original: "Be good.",
        group: "Mira",
        model: "m",
        last_message: "hi",
        last_user_message: "hi",
        last_char_message: "",
        idle: Some(Duration::from_secs(7_300)),
        now,
        seed: 1,
        turn_seed: 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn now() -> Zoned {
        "2026-11-21T16:05:00[UTC]".parse().unwrap()
    }

    #[test]
    fn macros_are_put_in() {
        let now = now();
        let words = words(&now);
        for (text, wanted) in [
            ("{{char}} & {{USER}} <Char> <BOT> <user> <users>", "Mira & Jo Mira Mira Jo <users>"),
            ("{{description}}", "Mira keeps a lighthouse."),
            ("{{original}} More.", "Be good. More."),
            ("{{// a secret}}{{comment: x}}{{noop}}|", "|"),
            ("{{reverse:Hello}}", "olleH"),
            ("{{reverse:{{char}}}}", "ariM"),
            ("{{random:a\\,b}}", "a,b"),
            ("{{random::only}}", "only"),
            (
                "{{date}}, {{weekday}}, {{time}}, {{isodate}}",
                "November 21, 2026, Saturday, 16:05, 2026-11-21",
            ),
            ("{{idle_duration}}", "2 hours"),
            ("{{unknown}} {{getvar::x}}", "{{unknown}} {{getvar::x}}"),
            ("{{char", "{{char"),
            ("a }} b { c", "a }} b { c"),
            ("{{roll:d1}} {{roll 3d1+2}} {{roll:zero}}", "1 5 {{roll:zero}}"),
        ] {
            assert_eq!(expand(text, &words), wanted, "{text}");
        }
        assert_eq!(expand_all("a{{hidden_key: dragon}}b", &words).hidden.trim(), "dragon");
    }

    #[test]
    fn picks_stay_and_rolls_change() {
        let now = now();
        let one = words(&now);
        let next_turn = Words { turn_seed: 3, ..one.clone() };
        let pick = "{{pick:a,b,c,d,e,f,g,h}}";
        assert_eq!(expand(pick, &one), expand(pick, &next_turn));
        let rolls = "{{roll:1000}} {{roll:1000}}";
        assert_ne!(expand(rolls, &one), expand(rolls, &next_turn));
        let rolled = expand(rolls, &one);
        let (first, second) = rolled.split_once(' ').unwrap();
        assert_ne!(first, second);
    }

    #[test]
    fn texts_that_contain_themselves_end() {
        let now = now();
        let bomb = "{{description}}".repeat(50);
        let words = Words { description: &bomb, ..words(&now) };
        assert!(expand(&bomb, &words).len() < 4 * MAX_BYTES);
        let deep = "{{".repeat(200_000);
        assert_eq!(expand(&deep, &words), deep);
    }

    proptest! {
        #[test]
        fn anything_is_read(text in "[{}<>:,a-d\\\\ /]{0,60}") {
            let now = now();
            let words = words(&now);
            prop_assert_eq!(expand(&text, &words), expand(&text, &words));
            if !text.contains("{{") && !text.contains('<') {
                prop_assert_eq!(expand(&text, &words), text);
            }
        }
    }
}
