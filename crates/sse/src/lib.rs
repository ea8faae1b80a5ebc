//! Server-sent events: an incremental parser for any split of the bytes, and a writer.
//!
//! The format is that of the HTML standard, section 9.2 "Server-sent events": lines end in CR, LF or CRLF,
//! a blank line ends an event, several `data` lines are joined by LF, lines that start with a colon are
//! comments.

use base::ErrorKind;
use bytes::{BufMut as _, BytesMut};
use llm::{LlmError, LlmErrorKind};
use memchr::{memchr, memchr2};
use serde::Serialize;
use thiserror::Error;

/// The largest event that is taken, in bytes: room for a generated picture in base64, and small enough
/// that a broken provider cannot fill the memory.
pub const MAX_EVENT_BYTES: usize = 8 * 1024 * 1024;

/// Why a stream of events cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SseError {
    /// One event has more bytes than allowed.
    #[error("an event of the stream is larger than `{limit_bytes}` bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
}

impl SseError {
    /// The kind the caller of Familiar sees.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::TooLarge { .. } => ErrorKind::Upstream,
        }
    }
}

impl From<SseError> for LlmError {
    fn from(error: SseError) -> Self {
        Self::new(LlmErrorKind::Malformed, error.to_string())
    }
}

/// One event, borrowed from the parser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SseEvent<'a> {
    /// The event's type; empty where the stream names none.
    pub name: &'a str,
    /// Its data; what is not UTF-8 is replaced by U+FFFD.
    pub data: &'a str,
}

/// Reads events from bytes that come in any pieces.
///
/// ```
/// use sse::SseParser;
///
/// let mut parser = SseParser::default();
/// let mut input: &[u8] = b"data: {\"a\":1}\n\nda";
/// let event = parser.next(&mut input)?.map(|event| event.data.to_owned());
/// assert_eq!(event.as_deref(), Some("{\"a\":1}"));
/// assert_eq!(parser.next(&mut input)?, None);
/// # Ok::<(), sse::SseError>(())
/// ```
#[derive(Debug)]
pub struct SseParser {
    /// The beginning of a line whose end has not come.
    line: Vec<u8>,
    data: Vec<u8>,
    /// Holds `data` where that is not UTF-8.
    replaced: String,
    name: String,
    has_data: bool,
    /// The event in `data` has been handed out.
    dispatched: bool,
    /// A CR ended the last line: an LF right after it belongs to it.
    skip_line_feed: bool,
    /// No line has been read yet, so that there may be a byte order mark.
    at_start: bool,
    limit_bytes: usize,
}

impl Default for SseParser {
    fn default() -> Self {
        Self::with_limit(MAX_EVENT_BYTES)
    }
}

impl SseParser {
    /// A parser that refuses events of more than `limit_bytes`.
    pub const fn with_limit(limit_bytes: usize) -> Self {
        Self {
            line: Vec::new(),
            data: Vec::new(),
            replaced: String::new(),
            name: String::new(),
            has_data: false,
            dispatched: false,
            skip_line_feed: false,
            at_start: true,
            limit_bytes,
        }
    }

    /// Takes bytes off `input` up to the end of the next event and returns it; `None` when `input` is used
    /// up. Fails when an event is too large; nothing can be read after that.
    pub fn next(&mut self, input: &mut &[u8]) -> Result<Option<SseEvent<'_>>, SseError> {
        self.clear_dispatched();
        while !input.is_empty() {
            self.drop_line_feed(input);
            let Some(end) = memchr2(b'\n', b'\r', input) else {
                self.check_size(input.len())?;
                self.line.extend_from_slice(input);
                *input = &[];
                break;
            };
            let (line, rest) = input.split_at(end);
            self.check_size(line.len())?;
            self.skip_line_feed = rest.first() == Some(&b'\r');
            *input = rest.get(1..).unwrap_or_default();
            self.drop_line_feed(input);
            if self.take_line(line) {
                return Ok(Some(self.dispatch()));
            }
        }
        Ok(None)
    }

    /// The stream has ended: returns the event that only lacked its blank line, if there is one.
    pub fn finish(&mut self) -> Option<SseEvent<'_>> {
        self.clear_dispatched();
        if !self.line.is_empty() {
            self.take_line(&[]);
        }
        self.has_data.then(|| self.dispatch())
    }

    /// Whether the bytes so far end between two events.
    pub fn at_boundary(&self) -> bool {
        self.line.is_empty() && (self.dispatched || (!self.has_data && self.name.is_empty()))
    }

    fn clear_dispatched(&mut self) {
        if self.dispatched {
            self.data.clear();
            self.name.clear();
            self.has_data = false;
            self.dispatched = false;
        }
    }

    fn drop_line_feed(&mut self, input: &mut &[u8]) {
        if self.skip_line_feed
            && let Some((first, rest)) = input.split_first()
        {
            self.skip_line_feed = false;
            if *first == b'\n' {
                *input = rest;
            }
        }
    }

    fn check_size(&self, more_bytes: usize) -> Result<(), SseError> {
        if self.line.len() + self.data.len() + more_bytes > self.limit_bytes {
            return Err(SseError::TooLarge { limit_bytes: self.limit_bytes });
        }
        Ok(())
    }

    /// Takes the end of a line; true when it ends an event.
    fn take_line(&mut self, end: &[u8]) -> bool {
        if self.line.is_empty() {
            return self.field(end);
        }
        let mut line = std::mem::take(&mut self.line);
        line.extend_from_slice(end);
        let complete = self.field(&line);
        line.clear();
        self.line = line;
        complete
    }

    fn field(&mut self, line: &[u8]) -> bool {
        let mut line = line;
        if std::mem::take(&mut self.at_start) {
            line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        }
        if line.is_empty() {
            if !self.has_data {
                self.name.clear();
            }
            return self.has_data;
        }
        let (field, value) = match memchr(b':', line) {
            Some(colon) => {
                let (field, rest) = line.split_at(colon);
                let value = rest.get(1..).unwrap_or_default();
                (field, value.strip_prefix(b" ").unwrap_or(value))
            }
            None => (line, &[][..]),
        };
        match field {
            b"data" => {
                if self.has_data {
                    self.data.push(b'\n');
                }
                self.data.extend_from_slice(value);
                self.has_data = true;
            }
            b"event" => self.name = String::from_utf8_lossy(value).into_owned(),
            // Comments (an empty name), `id` and `retry` are of no use to a model's reply.
            _ => {}
        }
        false
    }

    fn dispatch(&mut self) -> SseEvent<'_> {
        self.dispatched = true;
        let data = match std::str::from_utf8(&self.data) {
            Ok(data) => data,
            Err(_) => {
                self.replaced = String::from_utf8_lossy(&self.data).into_owned();
                &self.replaced
            }
        };
        SseEvent { name: &self.name, data }
    }
}

/// Appends an event; `name` is left out when empty. Line breaks in `data` become several `data` lines.
pub fn write_event(out: &mut BytesMut, name: &str, data: &str) {
    out.reserve(data.len() + name.len() + 24);
    if !name.is_empty() {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\n");
    }
    let mut rest = data;
    loop {
        let end = memchr2(b'\n', b'\r', rest.as_bytes());
        let (line, after) = rest.split_at(end.unwrap_or(rest.len()));
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line.as_bytes());
        out.extend_from_slice(b"\n");
        if end.is_none() {
            break;
        }
        rest = after.strip_prefix("\r\n").or_else(|| after.get(1..)).unwrap_or_default();
    }
    out.extend_from_slice(b"\n");
}

/// Appends an event whose data is JSON, straight into the buffer: as serde writes it, it has no line breaks.
pub fn write_json_event(out: &mut BytesMut, name: &str, data: &impl Serialize) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\ndata: ");
    // Strings and numbers can always be written, and memory takes all of it.
    let _ = serde_json::to_writer(out.writer(), data);
    out.extend_from_slice(b"\n\n");
}

/// Appends a comment line, which keeps a connection alive and means nothing.
pub fn write_comment(out: &mut BytesMut, text: &str) {
    out.extend_from_slice(b": ");
    out.extend(text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')));
    out.extend_from_slice(b"\n\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(pieces: &[&[u8]]) -> Vec<(String, String)> {
        let mut parser = SseParser::with_limit(1000);
        let mut events = Vec::new();
        let own = |event: SseEvent<'_>| (event.name.to_owned(), event.data.to_owned());
        for piece in pieces {
            let mut input = *piece;
            while let Some(event) = parser.next(&mut input).unwrap() {
                events.push(own(event));
            }
        }
        events.extend(parser.finish().map(own));
        events
    }

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let expected: Vec<_> =
            expected.iter().map(|(name, data)| (name.to_string(), data.to_string())).collect();
        assert_eq!(parse(&[text.as_bytes()]), expected, "whole");
        let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        assert_eq!(parse(&bytes), expected, "byte by byte");
        for at in 0..text.len() {
            let (first, second) = text.as_bytes().split_at(at);
            assert_eq!(parse(&[first, second]), expected, "split at {at}");
        }
    }

    #[test]
    fn reads_what_the_standard_allows() {
        check("data: a\n\ndata: b\n\n", &[("", "a"), ("", "b")]);
        check("data: a\r\n\r\ndata: b\r\rdata:c\r\n\n", &[("", "a"), ("", "b"), ("", "c")]);
        check("\u{feff}event: x\ndata: {\ndata:  1}\n\n", &[("x", "{\n 1}")]);
        check(
            ": keep-alive\n\ndata\n\n: PROCESSING\nid: 7\nretry: 1\ndata: ä😀\n\n",
            &[("", ""), ("", "ä😀")],
        );
        check("event: ping\n\ndata: a\n\n", &[("", "a")]);
        check("data: cut off", &[("", "cut off")]);
        check("data: last\n", &[("", "last")]);
        check("datax: no\nnothing\n\n", &[]);
        check("", &[]);
    }

    #[test]
    fn an_event_over_the_limit_is_refused_however_it_comes() {
        let long = format!("data: {}\n\n", "x".repeat(1000));
        let many = "data: xxxxxxxx\n".repeat(200);
        for text in [long, many] {
            for size in [1, 7, text.len()] {
                let mut parser = SseParser::with_limit(1000);
                let outcome = text.as_bytes().chunks(size).try_for_each(|mut piece| {
                    while parser.next(&mut piece)?.is_some() {}
                    Ok(())
                });
                assert_eq!(outcome, Err(SseError::TooLarge { limit_bytes: 1000 }), "pieces of {size}");
                assert!(parser.line.len() + parser.data.len() <= 1000);
            }
        }
    }

    #[test]
    fn what_is_not_text_is_replaced() {
        assert_eq!(parse(&[b"data: a\xff\n\n"]), [(String::new(), "a\u{fffd}".to_owned())]);
    }

    #[test]
    fn comments_cannot_smuggle_lines() {
        let mut out = BytesMut::new();
        write_comment(&mut out, "a\ndata: b\r");
        assert_eq!(&out[..], b": adata: b\n\n");
    }

    proptest! {
        #[test]
        fn the_split_does_not_matter(bytes in proptest::collection::vec(prop_oneof![
            Just(b'\n'), Just(b'\r'), Just(b':'), Just(b' '), Just(b'd'), Just(b'a'), Just(b't'), any::<u8>()
        ], 0..200), cuts in proptest::collection::vec(0usize..200, 0..6)) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.sort_unstable();
            let mut pieces = Vec::new();
            let mut from = 0;
            for cut in cuts {
                pieces.push(&bytes[from..cut]);
                from = cut;
            }
            pieces.push(&bytes[from..]);
            prop_assert_eq!(parse(&pieces), parse(&[&bytes]));
        }

        #[test]
        fn what_is_written_is_read(name in "[a-z_.]{0,8}", data in "(?s).{0,80}") {
            let mut out = BytesMut::new();
            write_comment(&mut out, "hello");
            write_event(&mut out, &name, &data);
            let expected = data.replace("\r\n", "\n").replace('\r', "\n");
            prop_assert_eq!(parse(&[&out]), [(name, expected)]);
        }
    }
}
