//! An answer as it comes from a deployment: bytes to pass on, or events.

use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream::BoxStream};
use llm::{
    ChatEvent, ChatStream, LlmError, LlmErrorKind, StopReason, StreamDecoder, StreamScanner, Summary,
    Upstream, Usage,
};
use std::{fmt, sync::Arc};

/// Most bytes held back while nothing of the answer itself has come.
const MAX_HELD_BYTES: usize = 1 << 20;

type ByteStream = BoxStream<'static, Result<Bytes, LlmError>>;

/// The next part of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    /// Whole lines in the caller's own format.
    Bytes(Bytes),
    /// Events, at least one.
    Events(Vec<ChatEvent>),
}

/// An answer as it comes. Dropping it closes the connection to the provider.
pub(crate) struct Feed {
    source: Source,
    /// What has been seen, for sources that do not keep it themselves.
    summary: Summary,
    /// A failure that came together with events, which go first.
    failure: Option<LlmError>,
    /// Who answers, and whose credentials no error may show.
    upstream: Option<Arc<dyn Upstream>>,
    ended: bool,
}

enum Source {
    /// The provider speaks the caller's format.
    Passing {
        stream: ByteStream,
        scanner: Box<dyn StreamScanner>,
        /// The beginning of a line whose end has not come: if the stream breaks here, it is not shown.
        line: BytesMut,
    },
    /// It speaks another.
    Decoding { stream: ByteStream, decoder: Box<dyn StreamDecoder> },
    /// It speaks the vocabulary.
    Events(ChatStream),
    /// It sends sound: bytes without lines, whose end is the end.
    Sound(ByteStream),
}

impl Feed {
    pub(crate) fn passing(stream: ByteStream, scanner: Box<dyn StreamScanner>) -> Self {
        Self::new(Source::Passing { stream, scanner, line: BytesMut::new() })
    }

    pub(crate) fn decoding(stream: ByteStream, decoder: Box<dyn StreamDecoder>) -> Self {
        Self::new(Source::Decoding { stream, decoder })
    }

    pub(crate) fn events(stream: ChatStream) -> Self {
        Self::new(Source::Events(stream))
    }

    /// Sound, of which so much is known beforehand.
    pub(crate) fn sound(stream: ByteStream, usage: Usage) -> Self {
        let mut feed = Self::new(Source::Sound(stream));
        feed.summary.usage = Some(usage);
        feed
    }

    /// Whether it is sound, which has no place for errors.
    pub(crate) fn is_sound(&self) -> bool {
        matches!(self.source, Source::Sound(_))
    }

    fn new(source: Source) -> Self {
        Self { source, summary: Summary::default(), failure: None, upstream: None, ended: false }
    }

    /// The same, with errors that do not show this provider's credentials.
    pub(crate) fn of(self, upstream: &Arc<dyn Upstream>) -> Self {
        Self { upstream: Some(Arc::clone(upstream)), ..self }
    }

    /// An error without credentials.
    pub(crate) fn without_secrets(&self, error: LlmError) -> LlmError {
        match &self.upstream {
            Some(upstream) => error.without_secrets(upstream.as_ref()),
            None => error,
        }
    }

    /// Pieces among which are the provider's own words about an error, likewise.
    pub(crate) fn pieces_without_secrets(&self, mut pieces: Vec<Piece>) -> Vec<Piece> {
        let Some(upstream) = &self.upstream else { return pieces };
        for piece in &mut pieces {
            if let Piece::Bytes(bytes) = piece
                && let Ok(text) = std::str::from_utf8(bytes)
                && let Some(blotted) = upstream.without_secrets(text)
            {
                *bytes = Bytes::from(blotted);
            }
        }
        pieces
    }

    /// What has been seen so far.
    pub(crate) fn summary(&self) -> &Summary {
        match &self.source {
            Source::Passing { scanner, .. } => scanner.summary(),
            Source::Decoding { .. } | Source::Events(_) | Source::Sound(_) => &self.summary,
        }
    }

    /// Waits until the answer itself begins, or ends without anything, and returns what has come. A
    /// failure before that, be it the first event of a stream whose status was 200, is an error.
    pub(crate) async fn begin(&mut self) -> Result<Vec<Piece>, LlmError> {
        let mut held = Vec::new();
        let mut held_bytes = 0;
        loop {
            let summary = self.summary();
            // Words that came together with what went wrong after them are handed on first.
            if summary.started {
                return Ok(held);
            }
            if let Some(error) = &summary.error {
                return Err(error.clone());
            }
            if summary.stop.is_some() || held_bytes > MAX_HELD_BYTES {
                return Ok(held);
            }
            match self.next().await {
                Some(Ok(piece)) => {
                    if let Piece::Bytes(bytes) = &piece {
                        held_bytes += bytes.len();
                    }
                    held.push(piece);
                }
                Some(Err(error)) => return Err(error),
                None if self.summary().error.is_none() => return Ok(held),
                None => {}
            }
        }
    }

    /// The next piece; `None` at the end. A stream that ends without saying why it stopped broke off.
    pub(crate) async fn next(&mut self) -> Option<Result<Piece, LlmError>> {
        while !self.ended {
            if let Some(error) = self.failure.take() {
                self.ended = true;
                return Some(Err(self.without_secrets(error)));
            }
            let step = match &mut self.source {
                Source::Passing { stream, scanner, line } => match stream.next().await {
                    Some(Ok(bytes)) => Ok(Piece::Bytes(whole_lines(line, scanner.push(bytes)))),
                    Some(Err(error)) => Err(error),
                    None => {
                        self.ended = true;
                        let summary = scanner.summary();
                        if summary.stop.is_none() && summary.error.is_none() {
                            Err(broke_off())
                        } else {
                            Ok(Piece::Bytes(line.split().freeze()))
                        }
                    }
                },
                Source::Decoding { stream, decoder } => {
                    let mut events = Vec::new();
                    let decoded = match stream.next().await {
                        Some(Ok(bytes)) => decoder.push(&bytes, &mut events),
                        Some(Err(error)) => Err(error),
                        None => {
                            let finished = decoder.finish(&mut events);
                            self.ended = finished.is_ok();
                            finished
                        }
                    };
                    self.failure = decoded.err();
                    Ok(Piece::Events(events))
                }
                Source::Sound(stream) => match stream.next().await {
                    Some(Ok(bytes)) => {
                        self.summary.started |= !bytes.is_empty();
                        Ok(Piece::Bytes(bytes))
                    }
                    Some(Err(error)) => Err(error),
                    None => {
                        self.ended = true;
                        if !self.summary.started {
                            return Some(Err(broke_off()));
                        }
                        self.summary.stop = Some(StopReason::EndTurn);
                        return None;
                    }
                },
                Source::Events(stream) => match stream.next().await {
                    Some(Ok(event)) => Ok(Piece::Events(vec![event])),
                    Some(Err(error)) => Err(error),
                    None => {
                        self.ended = true;
                        if self.summary.stop.is_some() {
                            Ok(Piece::Events(Vec::new()))
                        } else {
                            Err(broke_off())
                        }
                    }
                },
            };
            match step {
                Ok(Piece::Events(events)) => {
                    events.iter().for_each(|event| self.summary.note(event));
                    if !events.is_empty() {
                        return Some(Ok(Piece::Events(events)));
                    }
                }
                Ok(Piece::Bytes(bytes)) if bytes.is_empty() => {
                    // Nothing to pass on, but what was seen may have changed what the reader waits for.
                    if self.summary().error.is_some() {
                        return None;
                    }
                }
                Ok(piece) => return Some(Ok(piece)),
                Err(error) => {
                    self.ended = true;
                    return Some(Err(self.without_secrets(error)));
                }
            }
        }
        None
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("summary", self.summary()).finish_non_exhaustive()
    }
}

fn broke_off() -> LlmError {
    LlmError::new(LlmErrorKind::Network, "the answer broke off in the middle")
}

/// Returns what is complete up to the last line end, and keeps the rest for the next time. Nearly every
/// chunk ends at a line end, and is passed on without a copy.
fn whole_lines(line: &mut BytesMut, mut bytes: Bytes) -> Bytes {
    let complete = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |position| position + 1);
    let rest = bytes.split_off(complete);
    if line.is_empty() {
        line.extend_from_slice(&rest);
        return bytes;
    }
    line.extend_from_slice(&bytes);
    let whole = if bytes.is_empty() { Bytes::new() } else { line.split().freeze() };
    line.extend_from_slice(&rest);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn only_whole_lines_come_out_and_nothing_is_lost(
            chunks in prop::collection::vec("[a\n]{0,6}", 0..20),
        ) {
            let mut line = BytesMut::new();
            let mut out = Vec::new();
            for chunk in &chunks {
                let whole = whole_lines(&mut line, Bytes::from(chunk.clone()));
                prop_assert!(whole.is_empty() || whole.ends_with(b"\n"));
                out.extend_from_slice(&whole);
            }
            out.extend_from_slice(&line);
            prop_assert_eq!(out, chunks.concat().into_bytes());
            prop_assert!(!line.contains(&b'\n'));
        }
    }
}
