//! A strict JSON reader that borrows, for the hot path: finds fields and their spans without building
//! anything.
//!
//! It is strict about the structure of RFC 8259 (nesting up to [`MAX_DEPTH`]), so that Familiar and the
//! provider see the same fields in the same bytes; what stands in strings is checked only in those that are
//! read, and in all of them by a [`JsonReader::strict`] one.

use memchr::{memchr, memchr2};
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

/// Where what stands between two quotes begins and ends.
///
/// What is marked `inline(always)` here and below runs once for every name and string of a reply: as calls,
/// with results that go through memory, it would cost twice as much.
#[derive(Clone, Copy)]
struct Quoted {
    start: usize,
    end: usize,
    escaped: bool,
}

impl Quoted {
    fn raw(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    fn of(self, text: &str) -> JsonString<'_> {
        JsonString { raw: self.raw(text), span: self.start - 1..self.end + 1, escaped: self.escaped }
    }

    #[inline(always)]
    fn value(self, text: &str) -> Result<Cow<'_, str>, JsonError> {
        if self.escaped { self.of(text).value() } else { Ok(Cow::Borrowed(self.raw(text))) }
    }
}

/// A position in a JSON text. Every method that reads a value leaves it behind that value.
///
/// ```
/// use json::JsonReader;
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
/// # Ok::<(), json::JsonError>(())
/// ```
#[derive(Debug, Clone)]
pub struct JsonReader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
    /// An object or list has just been entered: no comma before its first member.
    entered: bool,
    check: Check,
}

/// What is looked for in strings that are passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    Nothing,
    Escapes,
    EscapesAndControls,
}

impl<'a> JsonReader<'a> {
    /// Starts at the beginning of a text.
    pub const fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, entered: false, check: Check::Nothing }
    }

    /// The same for a text in which every string has to be one of JSON, also those that are passed over.
    pub fn strict(text: &'a str) -> Self {
        // Most texts have none anywhere; this way all bytes are looked at, many at once.
        let has_controls = text.trim_ascii().bytes().fold(false, |found, byte| found | is_control(byte));
        let check = if has_controls { Check::EscapesAndControls } else { Check::Escapes };
        Self { check, ..Self::new(text) }
    }

    /// Where the reader stands, in bytes.
    pub const fn position(&self) -> usize {
        self.at
    }

    /// The first byte of the next value: `{`, `[`, `"`, `t`, `f`, `n`, a digit or `-`; `None` at the end.
    #[inline]
    pub fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.as_bytes().get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                next => return next.copied(),
            }
        }
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
        match self.pass_key()? {
            Some(key) => key.value(self.text).map(Some),
            None => Ok(None),
        }
    }

    /// Whether the list entered has another item, which is next; `false` steps out of the list.
    pub fn next_item(&mut self) -> Result<bool, JsonError> {
        self.next_member(b']', "a comma or the end of the list")
    }

    /// Reads an object: `field` is given each key, and reads or passes over its value. `false` when the next
    /// value is something else, which is passed over.
    #[inline]
    pub fn fields<E: From<JsonError>>(
        &mut self,
        mut field: impl FnMut(&str, &mut Self) -> Result<(), E>,
    ) -> Result<bool, E> {
        if self.peek() != Some(b'{') {
            self.skip()?;
            return Ok(false);
        }
        self.enter_object()?;
        while let Some(key) = self.pass_key()? {
            field(&key.value(self.text)?, self)?;
        }
        Ok(true)
    }

    /// Reads a string.
    pub fn string(&mut self) -> Result<JsonString<'a>, JsonError> {
        Ok(self.pass_string()?.of(self.text))
    }

    /// Reads a string's value.
    pub fn text(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.pass_string()?.value(self.text)
    }

    /// Reads a whole number that is not negative; `None` when the next value is something else, which is
    /// passed over. `1e3` and `5.0` are whole numbers too.
    pub fn unsigned(&mut self) -> Result<Option<u64>, JsonError> {
        let text = self.raw()?;
        Ok(text.parse().ok().or_else(|| {
            let number: f64 = text.parse().ok()?;
            // Beyond 2^53 a float does not name one whole number; the text is `inf` for none in JSON.
            (number >= 0.0 && number.fract() == 0.0 && number <= 9_007_199_254_740_992.0)
                .then_some(number as u64)
        }))
    }

    /// Reads a whole number without sign, point and exponent; `None` when the next value is something else,
    /// which is passed over.
    pub fn count(&mut self) -> Result<Option<u64>, JsonError> {
        match self.pass_count() {
            Some(count) => Ok(Some(count)),
            None => self.uncommon_count(),
        }
    }

    #[cold]
    fn uncommon_count(&mut self) -> Result<Option<u64>, JsonError> {
        Ok(self.raw()?.parse().ok())
    }

    /// Reads `true` or `false`; `None` when the next value is something else, which is passed over.
    pub fn boolean(&mut self) -> Result<Option<bool>, JsonError> {
        Ok(match self.raw()? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        })
    }

    /// Passes over the next value, whatever it is, and returns it as it stands.
    pub fn raw(&mut self) -> Result<&'a str, JsonError> {
        let span = self.skip()?;
        Ok(self.text.get(span).unwrap_or_default())
    }

    /// Passes over the next value, whatever it is, and returns where it stands.
    pub fn skip(&mut self) -> Result<Range<usize>, JsonError> {
        let first = self.peek();
        let start = self.at;
        match first {
            Some(b'"') => {
                self.pass_string()?;
            }
            Some(b'{') => {
                self.enter_object()?;
                while self.pass_key()?.is_some() {
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

    /// Steps over a key and its colon; `None` steps out of the object.
    #[inline(always)]
    fn pass_key(&mut self) -> Result<Option<Quoted>, JsonError> {
        if !self.next_member(b'}', "a comma or the end of the object")? {
            return Ok(None);
        }
        let key = self.pass_string()?;
        if self.peek() != Some(b':') {
            return Err(self.expected("a colon"));
        }
        self.at += 1;
        Ok(Some(key))
    }

    /// Steps over a string.
    #[inline(always)]
    fn pass_string(&mut self) -> Result<Quoted, JsonError> {
        if self.peek() != Some(b'"') {
            return Err(self.expected("a string"));
        }
        let start = self.at + 1;
        let end = match self.text.as_bytes().get(start..).and_then(plain_length) {
            Some(length) if self.check != Check::EscapesAndControls => start + length,
            _ => return self.pass_any_string(),
        };
        self.at = end + 1;
        self.entered = false;
        Ok(Quoted { start, end, escaped: false })
    }

    /// Steps over the string that begins here, however long it is and whatever it holds.
    fn pass_any_string(&mut self) -> Result<Quoted, JsonError> {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let (mut end, mut escaped) = (start, false);
        loop {
            let rest = bytes.get(end..).unwrap_or_default();
            end += memchr2(b'"', b'\\', rest).ok_or_else(|| self.expected("the end of a string"))?;
            if bytes.get(end) == Some(&b'"') {
                break;
            }
            escaped = true;
            end += 2;
        }
        let is_sound = match self.check {
            Check::Nothing => true,
            Check::Escapes => !escaped || is_sound(bytes.get(start..end)),
            Check::EscapesAndControls => is_sound(bytes.get(start..end)),
        };
        if !is_sound {
            return Err(self.expected("a string"));
        }
        self.at = end + 1;
        self.entered = false;
        Ok(Quoted { start, end, escaped })
    }

    #[cold]
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

    #[inline(always)]
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

    /// Steps over a plain number that another member or the end of its object or list follows, as most do.
    #[inline(always)]
    fn pass_count(&mut self) -> Option<u64> {
        /// As many never are too many for 64 bits.
        const DIGITS: usize = 19;
        let first = self.peek();
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let (mut count, mut length) = (0_u64, 0);
        for digit in rest.iter().take_while(|byte| byte.is_ascii_digit()) {
            count = count.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            length += 1;
        }
        let is_count = length == 1 || (first != Some(b'0') && (2..=DIGITS).contains(&length));
        if !is_count || !matches!(rest.get(length), Some(b',' | b'}' | b']')) {
            return None;
        }
        self.at += length;
        self.entered = false;
        Some(count)
    }

    #[inline(never)]
    fn scalar(&mut self) -> Result<(), JsonError> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if let [b'n', b'u', b'l', b'l', b',' | b'}' | b']', ..] = rest {
            self.at += 4;
            self.entered = false;
            return Ok(());
        }
        if self.pass_count().is_some() {
            return Ok(());
        }
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

/// What RFC 8259, section 7, has escaped in strings.
const fn is_control(byte: u8) -> bool {
    byte < b' '
}

/// Whether what stands between two quotes is what RFC 8259, section 7, has there. Halves of surrogate pairs
/// are.
fn is_sound(raw: Option<&[u8]>) -> bool {
    let mut rest = raw.unwrap_or_default();
    if rest.iter().any(|byte| is_control(*byte)) {
        return false;
    }
    while let Some(at) = memchr(b'\\', rest) {
        rest = match rest.get(at + 1..).unwrap_or_default() {
            [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', rest @ ..] => rest,
            [b'u', a, b, c, d, rest @ ..] if [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()) => {
                rest
            }
            _ => return false,
        };
    }
    true
}

/// Where a string ends that is short and holds no escape, as nearly all do: it is over before a search that is
/// made for long ones has begun.
#[inline(always)]
fn plain_length(text: &[u8]) -> Option<usize> {
    const WORDS: usize = 4;
    let mut rest = text;
    for word in 0..WORDS {
        let (bytes, after) = rest.split_first_chunk()?;
        let hits = places_of(b'"', *bytes) | places_of(b'\\', *bytes);
        if hits != 0 {
            let at = hits.trailing_zeros() as usize / 8;
            return (bytes.get(at) == Some(&b'"')).then_some(word * 8 + at);
        }
        rest = after;
    }
    None
}

/// The top bit of every byte that is `wanted`, and perhaps of some behind the first of them.
const fn places_of(wanted: u8, bytes: [u8; 8]) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let zero_where_wanted = u64::from_le_bytes(bytes) ^ (ONES * wanted as u64);
    zero_where_wanted.wrapping_sub(ONES) & !zero_where_wanted & (ONES << 7)
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

    fn accepts_strictly(text: &str) -> bool {
        let mut reader = JsonReader::strict(text);
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
            assert_eq!(accepts(text), accepts_strictly(text), "{text}");
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

    #[test]
    fn a_strict_reader_looks_into_strings() {
        for raw in [
            r#"\"\\\/\b\f\n\r\t"#,
            r"\u00e4\uD83D\ude00x",
            r"half a pair: \ud83d",
            "\u{7f}ä",
            r"\q",
            r"\u12g4",
            r"\u123",
            r"\U0041",
            "a\nb",
            "a\u{1f}",
            "\0",
        ] {
            for text in [format!("\"{raw}\""), format!(" {{\"{raw}\":\n[\"{raw}\"]}}\n")] {
                let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
                assert_eq!(accepts_strictly(&text), is_json, "{text}");
                assert!(accepts(&text), "{text}");
            }
        }
    }

    #[test]
    fn counts_are_read_where_they_are_written_as_such() {
        for (text, expected) in [
            ("0", Some(0)),
            ("7", Some(7)),
            ("1700000000", Some(1_700_000_000)),
            ("9999999999999999999", Some(9_999_999_999_999_999_999)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("5.0", None),
            ("1e3", None),
            ("-1", None),
            ("\"7\"", None),
            ("[7]", None),
            ("null", None),
        ] {
            for text in [format!("[{text},1]"), format!("[ {text} , 1 ]")] {
                let mut reader = JsonReader::new(&text);
                reader.enter_array().unwrap();
                assert_eq!((reader.next_item(), reader.count()), (Ok(true), Ok(expected)), "{text}");
                assert_eq!((reader.next_item(), reader.count()), (Ok(true), Ok(Some(1))), "{text}");
                assert_eq!((reader.next_item(), reader.end()), (Ok(false), Ok(())), "{text}");
            }
        }
        for text in ["01", "1.", "1x", "12e", "", "-"] {
            assert!(JsonReader::new(text).count().is_err(), "{text}");
        }
    }

    #[test]
    fn strings_end_where_they_end_at_every_length() {
        for length in 0..80 {
            let word = "ä".repeat(length / 2) + &"x".repeat(length % 2);
            for (raw, value) in
                [(word.clone(), word.clone()), (format!("{word}\\\"{word}"), format!("{word}\"{word}"))]
            {
                for text in [format!("\"{raw}\""), format!("\"{raw}\":\"{raw}\"")] {
                    let string = JsonReader::strict(&text).string().unwrap();
                    assert_eq!((string.raw, string.span.clone()), (raw.as_str(), 0..raw.len() + 2));
                    assert_eq!(JsonReader::new(&text).text().unwrap(), value);
                    assert!(JsonReader::new(&text[..=raw.len()]).string().is_err(), "{text}");
                }
            }
        }
    }

    #[test]
    fn fields_are_read_where_there_is_an_object() {
        let mut keys = String::new();
        let mut reader = JsonReader::new(r#"[{"a": 1, "b": {}}, [2], null]"#);
        reader.enter_array().unwrap();
        let mut objects = Vec::new();
        while reader.next_item().unwrap() {
            let read: Result<bool, JsonError> = reader.fields(|key, reader| {
                keys.push_str(key);
                reader.raw().map(|raw| keys.push_str(raw))
            });
            objects.push(read.unwrap());
        }
        assert_eq!((keys.as_str(), objects.as_slice()), ("a1b{}", &[true, false, false][..]));
    }

    proptest! {
        #[test]
        fn a_strict_reader_takes_what_a_full_parser_takes(text in "[\\[\\]{}:,\"\\\\u01e. \n-]{0,24}") {
            let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            prop_assert_eq!(accepts_strictly(&text), is_json);
        }

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
