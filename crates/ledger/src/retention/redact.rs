//! Finds what is private in a text and blots it out. Regular expressions of the crate `regex` only: their time
//! grows with the text's length and with nothing else.

use super::RetentionError;
use regex::{Regex, RegexBuilder};
use serde_json::Value;
use std::{borrow::Cow, net::IpAddr};

/// Longest pattern of one's own, in bytes, and the most memory that one may take once compiled.
const MAX_PATTERN_BYTES: usize = 1_000;
const MAX_COMPILED_BYTES: usize = 1 << 20;
/// Shorter values of fields called `token` and the like are words.
const MIN_SECRET_BYTES: usize = 6;
/// From this length on, a run of base64 is a file and no word.
const FILE_CHARS: usize = 512;

/// A pattern that can be asked for by name.
#[derive(Debug, Clone, Copy)]
pub struct KnownPattern {
    /// Its name.
    pub name: &'static str,
    /// What it finds, for people.
    pub finds: &'static str,
    /// Whether it cannot be switched off.
    pub always: bool,
    /// Whether it is on where nothing is said.
    pub usual: bool,
    expression: &'static str,
    /// How much of a match, in bytes, is what is looked for; `None` where it is none after all.
    check: fn(&str) -> Option<usize>,
}

/// The patterns that are known by name, in the order in which they are looked for.
pub const KNOWN: [KnownPattern; 6] = [
    KnownPattern {
        name: "key",
        finds: "keys, tokens and passwords: bearer tokens, JWTs, private keys, the keys of common services",
        always: true,
        usual: true,
        expression: concat!(
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?",
            r"|(?i:\bbearer\s+)[A-Za-z0-9._~+/-]{16,}=*",
            r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?",
            r"|\b(?:sk|pk|rk|fam|xai|gsk|hf|r8|ghp|gho|ghs|ghu|github_pat|glpat|xox[abeprs]|npm|pypi)[-_][A-Za-z0-9_-]{16,}",
            r"|\b(?:AIza|AKIA|ASIA|ya29\.)[A-Za-z0-9_-]{12,}",
            r#"|(?i:\b(?:api[_-]?key|secret[_-]?key|client[_-]?secret|access[_-]?token|password|passwd|passphrase))\\*["']?\s*[:=]\s*\\*["']?[^\s"',;\\]{6,}"#,
        ),
        check: whole,
    },
    KnownPattern {
        name: "email",
        finds: "e-mail addresses",
        always: false,
        usual: true,
        expression: r"[\p{L}0-9._%+-]+@[\p{L}0-9-]+(?:\.[\p{L}0-9-]+)*\.\p{L}{2,}",
        check: whole,
    },
    KnownPattern {
        name: "iban",
        finds: "bank accounts (IBAN, check digits verified)",
        always: false,
        usual: true,
        expression: r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}\b",
        check: iban,
    },
    KnownPattern {
        name: "card",
        finds: "card numbers (check digit verified)",
        always: false,
        usual: true,
        // Groups of digits behind the head of an IBAN belong to it, and are no card and no telephone.
        expression: r"\b[A-Z]{2}\d{2}(?:[ -]?\d{4}){2,7}(?:[ -]?\d{1,3})?\b|\b[2-6]\d{3}(?:[ -]?\d){9,15}\b",
        check: card,
    },
    KnownPattern {
        name: "phone",
        finds: "telephone numbers",
        always: false,
        usual: true,
        expression: concat!(
            r"\b[A-Z]{2}\d{2}(?:[ -]?\d{4}){2,7}(?:[ -]?\d{1,3})?\b|",
            r"(?:\+|\b00)\d{1,3}(?:[ ().\-/]{0,2}\d){6,13}\b",
            r"|\(?\b0\d{1,4}\)?[ ./-]{1,2}\d(?:[ ./-]?\d){4,10}\b",
            r"|\(?\b\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b",
        ),
        check: phone,
    },
    KnownPattern {
        name: "ip",
        finds: "addresses of machines (IPv4 and IPv6)",
        always: false,
        usual: false,
        expression: r"\b(?:\d{1,3}\.){3}\d{1,3}\b|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{2,40}",
        check: address,
    },
];

/// Blots out what it was told to look for.
#[derive(Debug)]
pub(super) struct Redactor {
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    name: String,
    expression: Regex,
    check: fn(&str) -> Option<usize>,
}

impl Redactor {
    /// Of known patterns by their names, and of one's own.
    pub(super) fn new(known: &[String], own: &[String]) -> Result<Self, RetentionError> {
        if let Some(unknown) = known.iter().find(|name| KNOWN.iter().all(|known| known.name != name.as_str()))
        {
            return Err(RetentionError::UnknownPattern(unknown.clone()));
        }
        let mut patterns = Vec::new();
        for (number, own) in own.iter().enumerate() {
            let expression = compile(own)?;
            patterns.push(Pattern { name: format!("pattern {}", number + 1), expression, check: whole });
        }
        for one in KNOWN.iter().filter(|one| one.always || known.iter().any(|name| name == one.name)) {
            let expression = compile_known(one.expression)?;
            patterns.push(Pattern { name: one.name.to_owned(), expression, check: one.check });
        }
        Ok(Self { patterns })
    }

    /// Blots out a text of any kind, and what looks like a file in base64.
    pub(super) fn text(&self, text: &str, found: &mut Found) -> String {
        let mut text = without_files(text, found);
        for pattern in &self.patterns {
            if let Cow::Owned(changed) = pattern.blot(&text, found) {
                text = Cow::Owned(changed);
            }
        }
        text.into_owned()
    }

    /// Blots out every text in a JSON value, names of fields included.
    pub(super) fn value(&self, value: &mut Value, found: &mut Found) {
        match value {
            Value::String(text) => *text = self.text(text, found),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item, found)),
            Value::Object(fields) => {
                let old = std::mem::take(fields);
                for (name, mut field) in old {
                    match &mut field {
                        Value::String(text) if names_a_secret(&name) && text.len() >= MIN_SECRET_BYTES => {
                            found.count("key");
                            "[key]".clone_into(text);
                        }
                        other @ (Value::Null
                        | Value::Bool(_)
                        | Value::Number(_)
                        | Value::String(_)
                        | Value::Array(_)
                        | Value::Object(_)) => self.value(other, found),
                    }
                    fields.insert(self.text(&name, found), field);
                }
            }
            Value::Number(number) => {
                let digits = number.to_string();
                if digits.len() >= 9 {
                    let blotted = self.text(&digits, found);
                    if blotted != digits {
                        *value = Value::String(blotted);
                    }
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }
}

impl Pattern {
    fn blot<'t>(&self, text: &'t str, found: &mut Found) -> Cow<'t, str> {
        let mut out = String::new();
        let mut done = 0;
        for hit in self.expression.find_iter(text) {
            let Some(length) = (self.check)(hit.as_str()) else { continue };
            let end = hit.start() + length;
            out.push_str(text.get(done..hit.start()).unwrap_or_default());
            out.push('[');
            out.push_str(&self.name);
            out.push(']');
            found.count(&self.name);
            done = end;
        }
        if done == 0 && out.is_empty() {
            return Cow::Borrowed(text);
        }
        out.push_str(text.get(done..).unwrap_or_default());
        Cow::Owned(out)
    }
}

/// What was blotted out, and how often.
#[derive(Debug, Default)]
pub(super) struct Found(pub(super) Vec<(String, u64)>);

impl Found {
    fn count(&mut self, name: &str) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, count)) => *count += 1,
            None => self.0.push((name.to_owned(), 1)),
        }
    }
}

fn compile(pattern: &str) -> Result<Regex, RetentionError> {
    let refused = |why: String| RetentionError::Pattern { pattern: pattern.chars().take(100).collect(), why };
    if pattern.len() > MAX_PATTERN_BYTES {
        return Err(refused("it is too long".to_owned()));
    }
    let compiled = RegexBuilder::new(pattern).size_limit(MAX_COMPILED_BYTES).build();
    let compiled = compiled.map_err(|error| {
        // The crate draws a picture of several lines; its last one says what is wrong.
        let told = error.to_string();
        refused(told.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned())
    })?;
    if compiled.is_match("") {
        return Err(refused("it matches the empty text".to_owned()));
    }
    Ok(compiled)
}

/// Compiles one of [`KNOWN`], which a test has tried out.
fn compile_known(pattern: &str) -> Result<Regex, RetentionError> {
    let compiled = RegexBuilder::new(pattern).size_limit(4 * MAX_COMPILED_BYTES).build();
    compiled.map_err(|error| RetentionError::Pattern { pattern: pattern.to_owned(), why: error.to_string() })
}

/// Takes long runs of base64 out: pictures and other files, which say nothing in a list.
fn without_files<'t>(text: &'t str, found: &mut Found) -> Cow<'t, str> {
    if text.len() < FILE_CHARS {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let (mut done, mut run_start) = (0, 0);
    let mut end_run = |start: usize, end: usize, out: &mut String, done: &mut usize| {
        if end - start >= FILE_CHARS {
            out.push_str(text.get(*done..start).unwrap_or_default());
            out.push_str(&format!("[{} characters of base64]", end - start));
            found.count("file");
            *done = end;
        }
    };
    for (at, byte) in text.bytes().enumerate() {
        if !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')) {
            end_run(run_start, at, &mut out, &mut done);
            run_start = at + 1;
        }
    }
    end_run(run_start, text.len(), &mut out, &mut done);
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

/// Whether a field of this name holds a credential.
fn names_a_secret(name: &str) -> bool {
    const NAMES: [&str; 12] = [
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "apikey",
        "accesstoken",
        "refreshtoken",
        "clientsecret",
        "secretkey",
        "privatekey",
        "authorization",
    ];
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    NAMES.contains(&plain.as_str())
}

fn whole(text: &str) -> Option<usize> {
    Some(text.len())
}

/// Luhn's check digit (ISO/IEC 7812-1), 13 to 19 digits.
fn card(text: &str) -> Option<usize> {
    let digits: Vec<u32> = text.chars().filter_map(|digit| digit.to_digit(10)).collect();
    if text.starts_with(char::is_alphabetic) || !(13..=19).contains(&digits.len()) {
        return None;
    }
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => *digit,
            (_, doubled) if doubled > 9 => doubled - 9,
            (_, doubled) => doubled,
        })
        .sum();
    sum.is_multiple_of(10).then_some(text.len())
}

/// The longest beginning whose check digits are right (ISO 13616: the number modulo 97 is 1).
fn iban(text: &str) -> Option<usize> {
    let mut ends: Vec<usize> =
        text.char_indices().skip(14).map(|(at, character)| at + character.len_utf8()).collect();
    ends.reverse();
    ends.into_iter().find(|end| {
        let Some(part) =
            text.get(..*end).filter(|part| part.ends_with(|last: char| last.is_ascii_alphanumeric()))
        else {
            return false;
        };
        let compact: Vec<char> = part.chars().filter(char::is_ascii_alphanumeric).collect();
        let turned = compact.iter().skip(4).chain(compact.iter().take(4));
        let remainder = turned.fold(0_u32, |sum, character| match character.to_digit(36) {
            Some(digit) if digit < 10 => (sum * 10 + digit) % 97,
            Some(letter) => (sum * 100 + letter) % 97,
            None => sum,
        });
        (15..=34).contains(&compact.len()) && remainder == 1
    })
}

/// Seven to fifteen digits (ITU-T E.164) that are no date.
fn phone(text: &str) -> Option<usize> {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let parts: Vec<&str> = text.split(['.', '/', '-']).collect();
    let is_date = match parts.as_slice() {
        [day, month, year] => {
            let small =
                |part: &&str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            small(day) && small(month) && matches!(year.len(), 2 | 4)
        }
        _ => false,
    };
    let is_account = text.starts_with(char::is_alphabetic);
    ((7..=15).contains(&digits) && !is_date && !is_account).then_some(text.len())
}

fn address(text: &str) -> Option<usize> {
    let trimmed = text.trim_end_matches(['.', ':']);
    let is_address = [trimmed, text].into_iter().find(|text| text.parse::<IpAddr>().is_ok());
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    is_address.filter(|_| digits >= 2).map(|text| text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all() -> Redactor {
        let names: Vec<String> = KNOWN.iter().map(|known| known.name.to_owned()).collect();
        Redactor::new(&names, &[r"Project \w+".to_owned()]).unwrap()
    }

    fn blotted(text: &str) -> String {
        all().text(text, &mut Found::default())
    }

    #[test]
    fn what_is_private_is_blotted_out() {
        for (text, expected) in [
            ("write to ada.l+x@mail.example.org, please", "write to [email], please"),
            ("jürgen@münchen.example", "[email]"),
            ("call +49 (0)30 123456-78 now", "call [phone] now"),
            ("0151 23456789 or (030) 1234567", "[phone] or [phone]"),
            ("call 415-555-0132.", "call [phone]."),
            ("card 4111 1111 1111 1111, thanks", "card [card], thanks"),
            ("5500-0000-0000-0004", "[card]"),
            ("IBAN DE89 3704 0044 0532 0130 00 AND MORE", "IBAN [iban] AND MORE"),
            ("GB82WEST12345698765432", "[iban]"),
            ("from 192.168.10.7 and 2001:db8::8a2e:370:7334.", "from [ip] and [ip]."),
            ("sk-proj-abcdefghijklmnop1234", "[key]"),
            ("fam-0123456789abcdefABCDEF", "[key]"),
            ("Authorization: Bearer abcdefghijklmnop.qrs", "Authorization: [key]"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "[key]"),
            (r#"{"password": "hunter2secret"}"#, r#"{"[key]"}"#),
            ("AKIAIOSFODNN7EXAMPLE", "[key]"),
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----", "[key]"),
            ("the secret Project Nightingale", "the secret [pattern 1]"),
        ] {
            assert_eq!(blotted(text), expected);
        }
    }

    #[test]
    fn what_only_looks_private_stays() {
        for text in [
            "on 21.11.2026 and 2026-11-21, at 10:30:15",
            "4111 1111 1111 1112 is no card",
            "DE89 3704 0044 0532 0130 01",
            "3d6+2 against armour class 15",
            "version 1.2.3.4000, std::vec::Vec, a::b, 300.1.2.3",
            "the password is secret", // No sign of assignment.
            "key management and token counts",
            "1000000000 1700000000000",
            "mail@home",
            "sk-short",
        ] {
            assert_eq!(blotted(text), text);
        }
    }

    #[test]
    fn every_text_of_a_value_is_looked_at() {
        let mut value = serde_json::json!({
            "to ada@example.org": [{ "n": 4_111_111_111_111_111_u64, "m": 12 }, "x@example.org"],
            "api_key": "0123456789",
            "picture": format!("data:image/png;base64,{}", "A".repeat(600)),
        });
        let mut found = Found::default();
        all().value(&mut value, &mut found);
        let text = value.to_string();
        assert_eq!(
            text,
            r#"{"to [email]":[{"n":"[card]","m":12},"[email]"],"api_key":"[key]","picture":"data:image/png;base64,[600 characters of base64]"}"#
        );
        let counted = [("email".to_owned(), 2), ("card".to_owned(), 1), ("file".to_owned(), 1)];
        for one in counted {
            assert!(found.0.contains(&one), "{found:?}");
        }
    }

    #[test]
    fn keys_cannot_be_left_in_and_bad_patterns_are_refused() {
        let none = Redactor::new(&[], &[]).unwrap();
        let text = "sk-abcdefghijklmnopqrst and ada@example.org";
        assert_eq!(none.text(text, &mut Found::default()), "[key] and ada@example.org");
        for bad in ["(", "(?=x)", "a*", "", &"x".repeat(1_001), "(?:a{1000}){1000}"] {
            assert!(
                matches!(Redactor::new(&[], &[bad.to_owned()]), Err(RetentionError::Pattern { .. })),
                "{bad}"
            );
        }
        let unknown = Redactor::new(&["fingerprint".to_owned()], &[]).unwrap_err();
        assert!(
            KNOWN.iter().all(|known| unknown.hint().contains(&format!("`{}`", known.name))),
            "{}",
            unknown.hint()
        );
    }

    proptest! {
        #[test]
        fn planted_secrets_never_come_through(before in "\\PC{0,40}", after in "\\PC{0,40}") {
            let text = format!("{before} ada@example.org 4111111111111111 sk-abcdefghijklmnopqrst {after}");
            let shown = blotted(&text);
            for secret in ["ada@example.org", "4111111111111111", "sk-abcdefghijklmnopqrst"] {
                prop_assert!(!shown.contains(secret), "{}", shown);
            }
        }
    }
}
