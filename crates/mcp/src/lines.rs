//! Lines of a stream, with a limit on how much of one is kept.

use std::io;
use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// One line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A whole line, without its end.
    Whole(Vec<u8>),
    /// A line that is longer than allowed; it was skipped.
    TooLong,
}

/// Reads lines of at most `limit_bytes`.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    reader: R,
    limit_bytes: usize,
}

impl<R: AsyncBufRead + Unpin> Lines<R> {
    pub(crate) const fn new(reader: R, limit_bytes: usize) -> Self {
        Self { reader, limit_bytes }
    }

    /// The next line; `None` at the end of the stream. What comes after the last end of a line counts as one.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Line>> {
        let (mut line, mut too_long, mut begun) = (Vec::new(), false, false);
        loop {
            let piece = self.reader.fill_buf().await?;
            if piece.is_empty() {
                return Ok(match (begun, too_long) {
                    (false, _) => None,
                    (true, true) => Some(Line::TooLong),
                    (true, false) => Some(Line::Whole(line)),
                });
            }
            begun = true;
            let end = piece.iter().position(|byte| *byte == b'\n');
            let part = piece.get(..end.unwrap_or(piece.len())).unwrap_or_default();
            if too_long || line.len() + part.len() > self.limit_bytes {
                too_long = true;
                line = Vec::new();
            } else {
                line.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.reader.consume(used);
            if end.is_some() {
                return Ok(Some(if too_long { Line::TooLong } else { Line::Whole(line) }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn long_lines_are_skipped_and_the_next_is_read() {
        let text = b"one\n\n0123456789\ntwo\nrest".as_slice();
        let mut lines = Lines::new(tokio::io::BufReader::with_capacity(3, text), 5);
        let mut seen = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            seen.push(line);
        }
        let whole = |text: &str| Line::Whole(text.as_bytes().to_vec());
        assert_eq!(seen, [whole("one"), whole(""), Line::TooLong, whole("two"), whole("rest")]);
    }
}
