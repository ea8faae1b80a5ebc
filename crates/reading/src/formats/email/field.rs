//! The fields above a message or a part of one, and what stands in them (RFC 5322, 2047, 2231).

use super::{super::text, coding};
use encoding_rs::{Encoding, UTF_8};

/// Most fields that are looked at.
const MAX_FIELDS: usize = 1_000;
/// Most parameters of a field.
const MAX_PARAMETERS: usize = 200;
/// Longest encoded word, in bytes; by the rules it is 75.
const MAX_WORD_BYTES: usize = 8_000;

/// The fields of a message or a part: names in lower case, values on one line.
pub(super) struct Fields(Vec<(String, String)>);

/// A value and its parameters, such as `text/plain; charset=utf-8`.
pub(super) struct Parameters {
    /// The value itself, in lower case.
    pub(super) value: String,
    all: Vec<(String, String)>,
}

impl Parameters {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.all.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

impl Fields {
    /// Parts fields from what stands below them.
    pub(super) fn read(bytes: &[u8]) -> (Self, &[u8]) {
        let mut fields: Vec<(String, String)> = Vec::new();
        let mut at = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let content = line.trim_ascii_end();
            at += line.len();
            if content.is_empty() {
                break;
            }
            let content = text::decode(content).text;
            if content.starts_with([' ', '\t']) {
                if let Some((_, value)) = fields.last_mut() {
                    value.push(' ');
                    value.push_str(content.trim());
                }
            } else if let Some((name, value)) = content.split_once(':').filter(|_| fields.len() < MAX_FIELDS)
            {
                fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
        (Self(fields), bytes.get(at..).unwrap_or_default())
    }

    /// A field as it stands there; empty where there is none.
    pub(super) fn plain(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// A field for people, with the words that were encoded.
    pub(super) fn text(&self, name: &str) -> String {
        let text = words(self.plain(name));
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// A field with parameters.
    pub(super) fn parameters(&self, name: &str) -> Parameters {
        let mut pieces = pieces(self.plain(name)).into_iter();
        let value = pieces.next().unwrap_or_default().trim().to_ascii_lowercase();
        let mut all: Vec<(String, String)> = Vec::new();
        for piece in pieces.take(MAX_PARAMETERS) {
            let Some((name, value)) = piece.split_once('=') else { continue };
            let (name, value) = (name.trim().to_ascii_lowercase(), unquoted(value.trim()));
            // `name*=utf-8''...`, `name*0=...`, `name*1*=...`: encoded, in pieces, or both.
            let (plain_name, mark) = name.split_once('*').unwrap_or((&name, ""));
            let is_encoded = name.ends_with('*');
            let is_first = !mark.starts_with(|digit: char| matches!(digit, '1'..='9'));
            let value = if is_encoded { extended(&value, is_first) } else { words(&value) };
            match all.iter_mut().find(|(known, _)| known == plain_name) {
                Some((_, before)) if !is_first => before.push_str(&value),
                // What is encoded says more than the plain one beside it.
                Some((_, before)) if is_encoded => *before = value,
                Some(_) => {}
                None => all.push((plain_name.to_owned(), value)),
            }
        }
        Parameters { value, all }
    }
}

/// A value cut at its semicolons, except for those in quotes.
fn pieces(value: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let (mut in_quotes, mut is_escaped) = (false, false);
    for character in value.chars() {
        match character {
            ';' if !in_quotes => {
                pieces.push(String::new());
                continue;
            }
            '"' if !is_escaped => in_quotes = !in_quotes,
            _ => {}
        }
        is_escaped = character == '\\' && !is_escaped;
        if let Some(piece) = pieces.last_mut() {
            piece.push(character);
        }
    }
    pieces
}

fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else { return value.to_owned() };
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    inner.replace("\\\"", "\"").replace("\\\\", "\\")
}

/// `utf-8'en'%c3%bc`; pieces behind the first have no name of an encoding, and are taken for UTF-8.
fn extended(value: &str, is_first: bool) -> String {
    let mut parts = value.splitn(3, '\'');
    let (encoding, text) = match (parts.next(), parts.next(), parts.next()) {
        (Some(label), Some(_), Some(text)) if is_first => (Encoding::for_label(label.as_bytes()), text),
        _ => (None, value),
    };
    let mut bytes = Vec::new();
    coding::escaped(text.as_bytes(), b'%', &mut bytes);
    encoding.unwrap_or(UTF_8).decode_without_bom_handling(&bytes).0.into_owned()
}

/// A text with its words in `=?charset?B?...?=` decoded; blanks between two of them are none.
fn words(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    let mut after_word = false;
    while let Some(start) = rest.find("=?") {
        let (before, from) = rest.split_at(start);
        let Some((word, behind)) = encoded_word(from) else {
            shown.push_str(before);
            shown.push_str("=?");
            rest = from.get(2..).unwrap_or_default();
            after_word = false;
            continue;
        };
        if !(after_word && before.trim().is_empty()) {
            shown.push_str(before);
        }
        shown.push_str(&word);
        rest = behind;
        after_word = true;
    }
    shown.push_str(rest);
    shown
}

/// The word that stands at the beginning, and what stands behind it.
fn encoded_word(text: &str) -> Option<(String, &str)> {
    let near = text.get(..text.floor_char_boundary(MAX_WORD_BYTES))?;
    let mut parts = near.strip_prefix("=?")?.splitn(3, '?');
    let (charset, kind, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let (content, after) = rest.split_once("?=")?;
    let behind = text.get(near.len() - after.len()..)?;
    let label = charset.split('*').next().unwrap_or(charset);
    let encoding = Encoding::for_label(label.as_bytes())?;
    let bytes = match kind {
        "B" | "b" => coding::base64(content.as_bytes()),
        "Q" | "q" => {
            let mut bytes = Vec::new();
            coding::escaped(content.replace('_', " ").as_bytes(), b'=', &mut bytes);
            bytes
        }
        _ => return None,
    };
    Some((encoding.decode_without_bom_handling(&bytes).0.into_owned(), behind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn encoded_words_are_read() {
        for (text, expected) in [
            ("plain =? words", "plain =? words"),
            ("=?utf-8?Q?Gr=C3=BC=C3=9Fe?= an =?iso-8859-1?q?Z=FCrich?=", "Gr\u{fc}\u{df}e an Z\u{fc}rich"),
            ("=?UTF-8?B?R3LDvMOf?=\t =?UTF-8?B?ZQ==?=!", "Gr\u{fc}\u{df}e!"),
            ("=?utf-8*en?q?a_b?=", "a b"),
            ("=?none?q?a?= =?utf-8?x?a?=", "=?none?q?a?= =?utf-8?x?a?="),
        ] {
            assert_eq!(words(text), expected);
        }
        // What is too long to be a word is left as it is, and the next one is read.
        let long = format!("=?utf-8?q?{}\u{fc}", "a".repeat(MAX_WORD_BYTES));
        assert_eq!(words(&format!("{long} =?utf-8?q?b?=")), format!("{long} b"));
    }

    #[test]
    fn parameters_are_read() {
        let field =
            "X: attachment; filename*0=\"one; \"; filename*1=\"two\\\".txt\"; a*=utf-8''%c3%bc; b=c\n  ; a=u";
        let (fields, rest) = Fields::read(field.as_bytes());
        assert!(rest.is_empty());
        let parameters = fields.parameters("x");
        assert_eq!(parameters.value, "attachment");
        assert_eq!(parameters.get("filename"), Some("one; two\".txt"));
        assert_eq!((parameters.get("a"), parameters.get("b")), (Some("\u{fc}"), Some("c")));
        assert_eq!(parameters.get("c"), None);
        let many: String = (0..50_000).map(|number| format!("; a{number}=b")).collect();
        let many = format!("X: text/plain{many}");
        let parameters = Fields::read(many.as_bytes()).0.parameters("x");
        assert_eq!(parameters.all.len(), MAX_PARAMETERS);
    }

    proptest! {
        #[test]
        fn any_field_is_read(value in "[-=?*;'\"%a-f0-9 QButf]{0,60}") {
            let field = format!("X: {value}\n\nbody");
            let (fields, _) = Fields::read(field.as_bytes());
            fields.parameters("x");
            fields.text("x");
        }
    }
}
