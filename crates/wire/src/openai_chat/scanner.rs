//! The hot path of replies: watches what is passed on, without parsing the chunks that hold only text.

use super::{
    chunk::{Chunk, Seen, filled, natural_stop},
    counted::Counted,
};
use crate::{
    json::{JsonError, JsonReader},
    openai::error,
    sse::{MAX_EVENT_BYTES, SseParser},
};
use bytes::{Bytes, BytesMut};
use llm::{LlmError, LlmErrorKind, StreamScanner, Summary};
use memchr::memmem;
use std::sync::LazyLock;

/// The most bytes that are held back to see whether they become a usage chunk; such a chunk has a few
/// hundred.
const MAX_HELD_BYTES: usize = 64 * 1024;

/// Searches for the names that matter, prepared once. In texts quotes are escaped, so that only real names
/// are found.
static NAMES: LazyLock<Names> = LazyLock::new(|| Names {
    delta: memmem::Finder::new("\"delta\""),
    message: memmem::Finder::new("\"message\""),
    finish_reason: memmem::Finder::new("\"finish_reason\""),
    usage: memmem::Finder::new("\"usage\""),
    error: memmem::Finder::new("\"error\""),
});

struct Names {
    delta: memmem::Finder<'static>,
    message: memmem::Finder<'static>,
    finish_reason: memmem::Finder<'static>,
    usage: memmem::Finder<'static>,
    error: memmem::Finder<'static>,
}

/// Reads usage and stop reason of a whole reply.
pub(super) fn summarise(body: &[u8]) -> Result<Summary, LlmError> {
    let text = std::str::from_utf8(body).map_err(|_| error::not_text())?;
    let chunk = Chunk::read(text, Counted::read).map_err(|error| crate::malformed("the reply", &error))?;
    if chunk.choices.is_none() && chunk.usage.is_none() && chunk.error().is_none() {
        return Err(LlmError::new(LlmErrorKind::Malformed, "the reply has no `choices`"));
    }
    let mut watch = Watch::default();
    watch.chunk(&chunk);
    match watch.summary.error.take() {
        Some(error) => Err(error),
        None => {
            watch.end();
            Ok(watch.summary)
        }
    }
}

/// Watches one stream.
#[derive(Debug)]
pub(super) struct Scanner {
    parser: SseParser,
    watch: Watch,
    /// Whether the caller asked for the usage chunk.
    keep_usage: bool,
    /// The beginning of an event that may have to be left out.
    held: BytesMut,
    /// The beginning of the event under way has been passed on.
    passed: bool,
    begun: bool,
    whole: Option<Whole>,
    /// The stream cannot be read any further.
    blind: bool,
}

impl Scanner {
    pub(super) fn new(keep_usage: bool) -> Self {
        Self {
            parser: SseParser::default(),
            watch: Watch::default(),
            keep_usage,
            held: BytesMut::new(),
            passed: false,
            begun: false,
            whole: None,
            blind: false,
        }
    }

    fn sniff(&mut self, bytes: &[u8]) {
        if !self.begun
            && let Some(first) = bytes.iter().find(|byte| !byte.is_ascii_whitespace())
        {
            self.begun = true;
            self.whole = (*first == b'{').then(Whole::default);
        }
    }

    /// Reads the events that `bytes` complete and returns what to pass on.
    fn events(&mut self, bytes: Bytes) -> Bytes {
        let mut out = BytesMut::new();
        // Where in `bytes` begins: what is not decided yet, and the event under way.
        let (mut from, mut start) = (0, 0);
        let mut input = &bytes[..];
        loop {
            let usage_only = match self.parser.next(&mut input) {
                Ok(Some(event)) => self.watch.event(event.data),
                Ok(None) => break,
                Err(error) => {
                    // What cannot be read is not passed on either; the gateway tells the caller why.
                    self.watch.summary.error.get_or_insert(error.into());
                    self.blind = true;
                    out.extend_from_slice(bytes.get(from..start).unwrap_or_default());
                    return out.freeze();
                }
            };
            let end = bytes.len() - input.len();
            if usage_only && !self.keep_usage && !self.passed {
                self.held.clear();
                out.extend_from_slice(bytes.get(from..start).unwrap_or_default());
                from = end;
            } else {
                out.extend_from_slice(&self.held.split());
            }
            self.passed = false;
            start = end;
        }
        let until = self.decide_rest(bytes.get(start..).unwrap_or_default(), &mut out);
        let rest = from..until.map_or(bytes.len(), |()| start);
        if out.is_empty() {
            return bytes.slice(rest);
        }
        out.extend_from_slice(bytes.get(rest).unwrap_or_default());
        out.freeze()
    }

    /// Decides about the beginning of an event: `Some` when it is held back.
    fn decide_rest(&mut self, rest: &[u8], out: &mut BytesMut) -> Option<()> {
        if rest.is_empty() && self.held.is_empty() {
            return None;
        }
        // The usage comes after the last choice has ended; before that nothing needs to wait.
        let may_be_usage =
            !self.keep_usage && !self.blind && !self.passed && self.watch.summary.stop.is_some();
        let before = self.held.len();
        self.held.extend_from_slice(rest);
        let fits = self.held.len() <= MAX_HELD_BYTES && !self.held.starts_with(b"data: [");
        if may_be_usage && fits {
            return Some(());
        }
        self.passed = true;
        out.extend_from_slice(self.held.get(..before).unwrap_or_default());
        self.held.clear();
        None
    }
}

impl StreamScanner for Scanner {
    fn push(&mut self, bytes: Bytes) -> Bytes {
        self.sniff(&bytes);
        if self.blind {
            return Bytes::new();
        }
        if let Some(whole) = &mut self.whole {
            whole.push(&bytes, &mut self.watch);
            return bytes;
        }
        self.events(bytes)
    }

    fn summary(&self) -> &Summary {
        &self.watch.summary
    }
}

/// A reply that is one JSON object although a stream was asked for.
#[derive(Debug, Default)]
struct Whole {
    body: Vec<u8>,
    depth: u32,
    in_string: bool,
    escaped: bool,
    over: bool,
}

impl Whole {
    fn push(&mut self, bytes: &[u8], watch: &mut Watch) {
        if self.over {
            return;
        }
        if self.body.len() + bytes.len() > MAX_EVENT_BYTES {
            self.over = true;
            return;
        }
        self.body.extend_from_slice(bytes);
        for byte in bytes {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                b'{' if !self.in_string => self.depth += 1,
                b'}' if !self.in_string => {
                    self.depth = self.depth.saturating_sub(1);
                    self.over |= self.depth == 0;
                }
                _ => {}
            }
        }
        if self.over {
            match summarise(&self.body) {
                Ok(summary) => watch.summary = summary,
                Err(error) => watch.summary.error = Some(error),
            }
        }
    }
}

/// What has been seen of a reply.
#[derive(Debug, Default)]
struct Watch {
    summary: Summary,
    seen: Seen,
    begun: bool,
    done: bool,
}

impl Watch {
    /// Takes the data of an event; true when it holds the usage and nothing else.
    fn event(&mut self, data: &str) -> bool {
        let data = data.trim();
        if self.done || data.is_empty() {
            return false;
        }
        if data == "[DONE]" {
            self.done = true;
            self.end();
            return false;
        }
        let worth_parsing = self.summary.id.is_none()
            || [&NAMES.finish_reason, &NAMES.usage, &NAMES.error].iter().any(|name| holds(data, name));
        if worth_parsing && let Ok(chunk) = Chunk::read(data, Counted::read) {
            return self.chunk(&chunk);
        }
        self.count_text(data);
        false
    }

    /// Takes what a chunk says; true when it holds the usage and nothing else.
    fn chunk(&mut self, chunk: &Chunk<'_, Counted>) -> bool {
        let choices = || chunk.choices.iter().flatten();
        let deltas: Counted = choices().filter_map(|choice| choice.delta).sum();
        let messages = || choices().filter_map(|choice| choice.message).sum();
        self.counted(if deltas.bytes > 0 { deltas } else { messages() });
        if let Some(error) = chunk.error() {
            self.summary.error.get_or_insert(error);
            return false;
        }
        self.begun |= chunk.choices.as_ref().is_some_and(|choices| !choices.is_empty());
        if self.summary.id.is_none() {
            self.summary.id = filled(chunk.id.as_deref());
            self.begun |= self.summary.id.is_some();
        }
        if let Some(choice) = chunk.first_choice() {
            match choice.stop(self.seen) {
                Ok(Some(stop)) => {
                    self.summary.started = true;
                    self.summary.stop = Some(stop);
                }
                Ok(None) => {}
                Err(error) => drop(self.summary.error.get_or_insert(error)),
            }
        }
        if let Some(usage) = chunk.usage {
            self.summary.usage = Some(self.summary.usage.map_or(usage, |sum| sum.merged(usage)));
        }
        chunk.usage.is_some() && chunk.choices.as_ref().is_some_and(Vec::is_empty)
    }

    /// The reply is complete: one that did not say why it ended, ended by itself.
    fn end(&mut self) {
        if self.begun {
            self.summary.started = true;
            self.summary.stop.get_or_insert(natural_stop(self.seen));
        }
    }

    /// Counts the text in the messages of a chunk that is not read.
    fn count_text(&mut self, data: &str) {
        for name in [&NAMES.delta, &NAMES.message] {
            let mut counted = Counted::default();
            for at in name.find_iter(data.as_bytes()) {
                let Some(rest) =
                    data.get(at + name.needle().len()..).and_then(|rest| rest.trim_start().strip_prefix(':'))
                else {
                    continue;
                };
                // What is not JSON here fails where it is read for real.
                let _: Result<(), JsonError> = counted.add(&mut JsonReader::new(rest));
            }
            if counted.bytes > 0 {
                return self.counted(counted);
            }
        }
    }

    fn counted(&mut self, counted: Counted) {
        self.summary.text_bytes += counted.bytes;
        self.summary.started |= counted.bytes > 0;
        self.seen = self.seen.and(counted.seen);
    }
}

/// Whether a field of this name has a value other than `null`.
fn holds(data: &str, name: &memmem::Finder<'_>) -> bool {
    name.find_iter(data.as_bytes()).any(|at| {
        let rest = data.get(at + name.needle().len()..).unwrap_or_default();
        let value = rest.trim_start().strip_prefix(':').map(str::trim_start);
        value.is_some_and(|value| !value.starts_with('n'))
    })
}

#[cfg(test)]
mod tests;
