//! The parts of a `multipart/form-data` body (RFC 7578, RFC 2046 section 5.1), found without a copy of their
//! contents: a recording may have a hundred megabytes.

use crate::bad_request;
use llm::LlmError;
use memchr::memmem;
use std::ops::Range;

/// Most parts of a form; OpenAI's has a dozen fields.
const MAX_PARTS: usize = 256;
/// Longest head of a part.
const MAX_HEAD_BYTES: usize = 8 << 10;
/// Longest boundary (RFC 2046).
const MAX_BOUNDARY_BYTES: usize = 70;

/// A field of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// Its name.
    pub(super) name: String,
    /// Where in the body its content stands.
    pub(super) content: Range<usize>,
}

/// Finds the parts.
pub(super) fn parts(content_type: &str, body: &[u8]) -> Result<Vec<Part>, LlmError> {
    let boundary = boundary(content_type)
        .ok_or_else(|| bad_request("the request must be `multipart/form-data` with a boundary"))?;
    let delimiter = format!("\r\n--{boundary}");
    let finder = memmem::Finder::new(delimiter.as_bytes());
    // The first delimiter may stand at the very beginning, without a line before it.
    let opening = delimiter.as_bytes().get(2..).unwrap_or_default();
    let mut at = if body.starts_with(opening) {
        opening.len()
    } else {
        finder.find(body).map(|at| at + delimiter.len()).ok_or_else(|| broken("no part begins"))?
    };
    let mut parts = Vec::new();
    loop {
        let rest = body.get(at..).unwrap_or_default();
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        if parts.len() == MAX_PARTS {
            return Err(bad_request(format!("the form has more than {MAX_PARTS} parts")));
        }
        // Transport padding (RFC 2046) may stand behind the delimiter.
        let padding = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        if !rest.get(padding..).is_some_and(|rest| rest.starts_with(b"\r\n")) {
            return Err(broken("a boundary is followed by something else than a line end"));
        }
        // The line end stays in front, so that a part without head is seen as such.
        let head_start = at + padding;
        let window = body.get(head_start..body.len().min(head_start + MAX_HEAD_BYTES)).unwrap_or_default();
        let head_end = memmem::find(window, b"\r\n\r\n").ok_or_else(|| broken("a part has no head"))?;
        let name =
            name(window.get(..head_end).unwrap_or_default()).ok_or_else(|| broken("a part has no name"))?;
        let start = head_start + head_end + 4;
        let content = body.get(start..).unwrap_or_default();
        // An empty content has only the line end that also ends its head.
        let length = if content.starts_with(opening) {
            return Err(broken("a part lacks the line end before its boundary"));
        } else {
            finder.find(content).ok_or_else(|| broken("it ends in the middle of a part"))?
        };
        parts.push(Part { name, content: start..start + length });
        at = start + length + delimiter.len();
    }
}

fn broken(what: &str) -> LlmError {
    bad_request(format!("the form cannot be read: {what}"))
}

/// The boundary that a content type names.
fn boundary(content_type: &str) -> Option<String> {
    let (media_type, parameters) = content_type.split_once(';')?;
    if !media_type.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameter(parameters, "boundary")?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    let fine = !boundary.is_empty()
        && boundary.len() <= MAX_BOUNDARY_BYTES
        && boundary.bytes().all(allowed)
        && !boundary.ends_with(' ');
    fine.then_some(boundary)
}

/// The name in a part's `Content-Disposition`.
fn name(head: &[u8]) -> Option<String> {
    let head = std::str::from_utf8(head).ok()?;
    let disposition = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    let (kind, parameters) = disposition.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("form-data") {
        return None;
    }
    parameter(parameters, "name")
}

/// The value of a parameter, plain or quoted with backslashes before quotes and backslashes.
fn parameter(parameters: &str, wanted: &str) -> Option<String> {
    let mut rest = parameters;
    loop {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (value, next) = if let Some(quoted) = after.strip_prefix('"') {
            unquoted(quoted)?
        } else {
            let (value, next) = after.split_once(';').unwrap_or((after, ""));
            (value.trim().to_owned(), next)
        };
        if name.trim_matches([' ', '\t', ';']).eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = next;
    }
}

/// What stands before the closing quote, and what behind it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts<'a>(content_type: &str, body: &'a str) -> Vec<(String, &'a str)> {
        let parts = parts(content_type, body.as_bytes()).unwrap();
        parts.into_iter().map(|part| (part.name, &body[part.content])).collect()
    }

    #[test]
    fn parts_are_found_as_clients_write_them() {
        let curl = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--b\r\n\
            content-disposition:form-data; filename=\"x; name=evil\\\".wav\" ; name=file\r\nContent-Type: audio/wav\r\n\r\n\
            RIFF\r\n\r\n--b--\r\n";
        let expected = [("a".to_owned(), "one"), ("file".to_owned(), "RIFF\r\n")];
        assert_eq!(texts("multipart/form-data; boundary=b", curl), expected);
        assert_eq!(texts("Multipart/Form-Data; charset=utf-8; Boundary=\"b\"", curl), expected);
        let preamble = format!("for old readers\r\n{}", curl.replace("--b\r\n", "--b \t\r\n"));
        assert_eq!(texts("multipart/form-data; boundary=b", &preamble), expected);
        let empty = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n--b--";
        assert_eq!(texts("multipart/form-data; boundary=b", empty), [("a".to_owned(), "")]);
    }

    #[test]
    fn what_is_no_form_is_refused() {
        let good = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--b--\r\n";
        for (content_type, body, expected) in [
            ("application/json", good, "must be `multipart/form-data`"),
            ("multipart/form-data", good, "with a boundary"),
            ("multipart/form-data; boundary=\"b", good, "with a boundary"),
            ("multipart/form-data; boundary=\"b\r\n\"", good, "with a boundary"),
            ("multipart/form-data; boundary=c", good, "no part begins"),
            ("multipart/form-data; boundary=b", "", "no part begins"),
            ("multipart/form-data; boundary=b", "--b", "something else than a line end"),
            ("multipart/form-data; boundary=b", "--b\r\nx", "has no head"),
            ("multipart/form-data; boundary=b", "--b\r\nx: y\r\n\r\n\r\n--b--", "has no name"),
            ("multipart/form-data; boundary=b", "--b\r\n\r\n\r\n--b--", "has no name"),
            (
                "multipart/form-data; boundary=b",
                "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n--b--",
                "lacks the line end",
            ),
            ("multipart/form-data; boundary=b", &good[..good.len() - 7], "in the middle"),
        ] {
            let error = parts(content_type, body.as_bytes()).unwrap_err();
            assert!(error.message.contains(expected), "{content_type} {body:?}: {error}");
        }
    }

    proptest! {
        #[test]
        fn every_content_comes_back(contents in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..6)) {
            let mut body = Vec::new();
            for (number, content) in contents.iter().enumerate() {
                body.extend_from_slice(
                    format!("--boundary\r\nContent-Disposition: form-data; name=\"{number}\"\r\n\r\n").as_bytes());
                body.extend_from_slice(content);
                body.extend_from_slice(b"\r\n");
            }
            body.extend_from_slice(b"--boundary--\r\n");
            let parts = parts("multipart/form-data; boundary=boundary", &body).unwrap();
            let found: Vec<_> = parts.into_iter().map(|part| body[part.content].to_vec()).collect();
            prop_assert_eq!(found, contents);
        }

        #[test]
        fn nothing_makes_it_panic(body in prop::collection::vec(prop::sample::select(b"-b\r\n :;=\"a".to_vec()), 0..200)) {
            let _ = parts("multipart/form-data; boundary=b", &body);
        }
    }
}
