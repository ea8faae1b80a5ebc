//! A strict JSON reader that borrows, for the hot path: finds fields and their spans without building
//! anything.
//!
//! It is strict about the structure of RFC 8259 (nesting up to [`MAX_DEPTH`]), so that Familiar and the
//! provider see the same fields in the same bytes; escapes are checked only in the strings that are read.

use memchr::memchr2;
use std::{borrow::Cow, ops::Range};
use thiserror::Error;

/// How deep objects and lists may nest; the limit that serde_json has too.
pub const MAX_DEPTH: u32 = 128;

/// Why a text is not JSON, or not what was expected at this place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not JSON, or not {expected} at byte `{at}`")]
pub struct JsonError {
    /// What was looked for.
    pub expected: &'static str,
    /// The position in bytes.
    pub at: usize,
}

impl JsonError {
    /// The kind the caller of Familiar sees.
    pub const fn kind(&self) -> base::ErrorKind {
        base::ErrorKind::Invalid
    }
}

/// A string as it stands in the text.
#[derive(Debug, Clone)]
pub struct JsonString<'a> {
    /// What stands between the quotes.
    pub raw: &'a str,
    /// Where it stands, quotes included.
    pub span: Range<usize>,
    /// Whether `raw` holds escapes.
    escaped: bool,
}

impl<'a> JsonString<'a> {
    /// The string's value.
    pub fn value(&self) -> Result<Cow<'a, str>, JsonError> {
        if !self.escaped {
            return Ok(Cow::Borrowed(self.raw));
        }
        let quoted = format!("\"{}\"", self.raw);
        serde_json::from_str(&quoted)
            .map(Cow::Owned)
            .map_err(|_| JsonError { expected: "a string", at: self.span.start })
    }
}

/// A position in a JSON text. Every method that reads a value leaves it behind that value.
///
/// ```
/// use wire::json::JsonReader;
///
/// let mut reader = JsonReader::new(r#"{"a": [1, 2], "model": "m"}"#);
/// reader.enter_object()?;
/// while let Some(key) = reader.next_key()? {
///     match &*key {
///         "model" => assert_eq!(reader.string()?.span, 23..26),
///         _ => drop(reader.skip()?),
///     }
/// }
/// reader.end()?;
/// # Ok::<(), wire::json::JsonError>(())
/// ```
#[derive(Debug, Clone)]
pub struct JsonReader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
    /// An object or list has just been entered: no comma before its first member.
    entered: bool,
}

impl<'a> JsonReader<'a> {
    /// Starts at the beginning of a text.
    pub const fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, entered: false }
    }

    /// Where the reader stands, in bytes.
    pub const fn position(&self) -> usize {
        self.at
    }

    /// The first byte of the next value: `{`, `[`, `"`, `t`, `f`, `n`, a digit or `-`; `None` at the end.
    pub fn peek(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).count();
        self.at += blanks;
        rest.get(blanks).copied()
    }

    /// Steps into an object.
    pub fn enter_object(&mut self) -> Result<(), JsonError> {
        self.enter(b'{', "an object")
    }

    /// Steps into a list.
    pub fn enter_array(&mut self) -> Result<(), JsonError> {
        self.enter(b'[', "a list")
    }

    /// The next key of the object entered, its value being next; `None` steps out of the object.
    pub fn next_key(&mut self) -> Result<Option<Cow<'a, str>>, JsonError> {
        Ok(match self.next_key_token()? {
            Some(key) => Some(key.value()?),
            None => None,
        })
    }

    /// Whether the list entered has another item, which is next; `false` steps out of the list.
    pub fn next_item(&mut self) -> Result<bool, JsonError> {
        self.next_member(b']', "a comma or the end of the list")
    }

    /// Reads a string.
    pub fn string(&mut self) -> Result<JsonString<'a>, JsonError> {
        const EXPECTED: &str = "a string";
        if self.peek() != Some(b'"') {
            return Err(self.expected(EXPECTED));
        }
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut end = start + 1;
        let mut escaped = false;
        loop {
            let rest = bytes.get(end..).unwrap_or_default();
            let found = memchr2(b'"', b'\\', rest).ok_or_else(|| self.expected("the end of a string"))?;
            end += found;
            if bytes.get(end) == Some(&b'"') {
                break;
            }
            escaped = true;
            end += 2;
        }
        let raw = self.text.get(start + 1..end).ok_or_else(|| self.expected(EXPECTED))?;
        self.at = end + 1;
        self.entered = false;
        Ok(JsonString { raw, span: start..end + 1, escaped })
    }

    /// Reads a whole number that is not negative; `None` when the next value is something else, which is
    /// passed over. `1e3` and `5.0` are whole numbers too.
    pub fn unsigned(&mut self) -> Result<Option<u64>, JsonError> {
        let span = self.skip()?;
        let text = self.text.get(span).unwrap_or_default();
        Ok(text.parse().ok().or_else(|| {
            let number: f64 = text.parse().ok()?;
            // Beyond 2^53 a float does not name one whole number; the text is `inf` for none in JSON.
            (number >= 0.0 && number.fract() == 0.0 && number <= 9_007_199_254_740_992.0)
                .then_some(number as u64)
        }))
    }

    /// Reads `true` or `false`; `None` when the next value is something else, which is passed over.
    pub fn boolean(&mut self) -> Result<Option<bool>, JsonError> {
        let span = self.skip()?;
        Ok(match self.text.get(span) {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        })
    }

    /// Passes over the next value, whatever it is, and returns where it stands.
    pub fn skip(&mut self) -> Result<Range<usize>, JsonError> {
        let first = self.peek();
        let start = self.at;
        match first {
            Some(b'"') => {
                self.string()?;
            }
            Some(b'{') => {
                self.enter_object()?;
                while self.next_key_token()?.is_some() {
                    self.skip()?;
                }
            }
            Some(b'[') => {
                self.enter_array()?;
                while self.next_item()? {
                    self.skip()?;
                }
            }
            Some(_) => self.scalar()?,
            None => return Err(self.expected("a value")),
        }
        Ok(start..self.at)
    }

    /// Checks that nothing but blanks is left.
    pub fn end(&mut self) -> Result<(), JsonError> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.expected("the end of the text")),
        }
    }

    fn expected(&self, expected: &'static str) -> JsonError {
        JsonError { expected, at: self.at }
    }

    fn enter(&mut self, bracket: u8, expected: &'static str) -> Result<(), JsonError> {
        if self.peek() != Some(bracket) {
            return Err(self.expected(expected));
        }
        if self.depth >= MAX_DEPTH {
            return Err(self.expected("so deeply nested"));
        }
        self.depth += 1;
        self.at += 1;
        self.entered = true;
        Ok(())
    }

    fn next_key_token(&mut self) -> Result<Option<JsonString<'a>>, JsonError> {
        if !self.next_member(b'}', "a comma or the end of the object")? {
            return Ok(None);
        }
        let key = self.string()?;
        if self.peek() != Some(b':') {
            return Err(self.expected("a colon"));
        }
        self.at += 1;
        Ok(Some(key))
    }

    fn next_member(&mut self, close: u8, expected: &'static str) -> Result<bool, JsonError> {
        let next = self.peek();
        let first = std::mem::take(&mut self.entered);
        if next == Some(close) {
            self.at += 1;
            self.depth = self.depth.saturating_sub(1);
            return Ok(false);
        }
        if first {
            return Ok(true);
        }
        if next != Some(b',') {
            return Err(self.expected(expected));
        }
        self.at += 1;
        // What comes after a comma is a member: a closing bracket is no value and no key, so it fails there.
        Ok(true)
    }

    fn scalar(&mut self) -> Result<(), JsonError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.'))
            .count();
        let token = rest.get(..length).unwrap_or_default();
        if !matches!(token, "true" | "false" | "null") && !is_number(token) {
            return Err(self.expected("a value"));
        }
        self.at += length;
        self.entered = false;
        Ok(())
    }
}

/// The grammar of numbers in RFC 8259, section 6.
fn is_number(token: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let token = token.strip_prefix('-').unwrap_or(token);
    let (mantissa, exponent) = match token.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (token, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let exponent = exponent.map(|text| text.strip_prefix(['+', '-']).unwrap_or(text));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn accepts(text: &str) -> bool {
        let mut reader = JsonReader::new(text);
        reader.skip().is_ok() && reader.end().is_ok()
    }

    #[test]
    fn agrees_with_a_full_parser() {
        for text in [
            "{}",
            "[]",
            "{\"a\":1}",
            " [ 1 , 2 ] ",
            "\"a\\\"b\"",
            "-0.5e+3",
            "0",
            "true",
            "null",
            "[[],{}]",
            "",
            "{",
            "}",
            "[1,]",
            "[,1]",
            "{\"a\":1,}",
            "{,}",
            "{\"a\"}",
            "{a:1}",
            "[1 2]",
            "01",
            "-",
            "1.",
            ".5",
            "+1",
            "tru",
            "nul",
            "[1}",
            "{\"a\":1]",
            "\"a",
            "\"a\\",
            "1 2",
            "{\"a\" 1}",
            "{\"a\":}",
            "[\"a\",]",
            "{\"a\":1 \"b\":2}",
            "NaN",
            "\u{feff}1",
        ] {
            assert_eq!(accepts(text), serde_json::from_str::<Value>(text).is_ok(), "{text}");
        }
        assert!(accepts(&format!("{}{}", "[".repeat(128), "]".repeat(128))));
        assert!(!accepts(&format!("{}{}", "[".repeat(129), "]".repeat(129))));
        assert!(!accepts(&"[".repeat(1_000_000)));
    }

    #[test]
    fn keys_are_unescaped_and_numbers_read() {
        let mut reader = JsonReader::new(r#"{"mod\u0065l": "\u00e4", "n": 1e3, "x": -1, "b": true}"#);
        reader.enter_object().unwrap();
        assert_eq!(reader.next_key().unwrap().as_deref(), Some("model"));
        assert_eq!(reader.string().unwrap().value().unwrap(), "ä");
        reader.next_key().unwrap();
        assert_eq!(reader.unsigned(), Ok(Some(1000)));
        reader.next_key().unwrap();
        assert_eq!(reader.unsigned(), Ok(None));
        reader.next_key().unwrap();
        assert_eq!(reader.boolean(), Ok(Some(true)));
        assert_eq!(reader.next_key(), Ok(None));
        assert_eq!(reader.end(), Ok(()));
    }

    proptest! {
        #[test]
        fn what_a_full_parser_takes_is_taken(text in "[\\[\\]{}:,\"\\\\a1e. -]{0,24}") {
            if serde_json::from_str::<Value>(&text).is_ok() {
                prop_assert!(accepts(&text));
            }
        }

        #[test]
        fn arbitrary_text_never_panics(text in "(?s).{0,60}") {
            let mut reader = JsonReader::new(&text);
            let _ = reader.skip();
            prop_assert!(reader.position() <= text.len());
        }
    }
}
