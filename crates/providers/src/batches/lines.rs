//! JSON lines out of a reply's body, whatever pieces it comes in.

use crate::endpoint::net_error;
use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt, stream};
use llm::{LlmError, LlmErrorKind};

/// Longest line that is read.
const MOST_BYTES: usize = 64 << 20;

/// The lines of a body that are not empty, without their ends.
pub(super) fn lines(body: net::Body) -> impl Stream<Item = Result<Bytes, LlmError>> + Send {
    let pieces = body.map(|piece| piece.map_err(|error| net_error(&error)));
    split(pieces).filter(|line| std::future::ready(line.as_ref().map_or(true, |line| !line.is_empty())))
}

fn split(
    pieces: impl Stream<Item = Result<Bytes, LlmError>> + Send,
) -> impl Stream<Item = Result<Bytes, LlmError>> + Send {
    let state = (Box::pin(pieces), BytesMut::new(), false);
    stream::unfold(state, |(mut pieces, mut buffer, mut over)| async move {
        // How much of the buffer is known to hold no end of a line.
        let mut seen = 0;
        loop {
            let end = memchr::memchr(b'\n', buffer.get(seen..).unwrap_or_default());
            if let Some(end) = end {
                let line = buffer.split_to(seen + end + 1).freeze();
                return Some((Ok(trimmed(line)), (pieces, buffer, over)));
            }
            seen = buffer.len();
            if over {
                let last = buffer.split().freeze();
                return (!last.is_empty()).then(|| (Ok(trimmed(last)), (pieces, buffer, over)));
            }
            if buffer.len() > MOST_BYTES {
                let error = LlmError::new(LlmErrorKind::Malformed, "a line of the results is too long");
                return Some((Err(error), (pieces, BytesMut::new(), true)));
            }
            match pieces.next().await {
                Some(Ok(piece)) => buffer.extend_from_slice(&piece),
                Some(Err(error)) => return Some((Err(error), (pieces, BytesMut::new(), true))),
                None => over = true,
            }
        }
    })
}

fn trimmed(line: Bytes) -> Bytes {
    let kept = line.trim_ascii().len();
    let start = line.len() - line.trim_ascii_start().len();
    line.slice(start..start + kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lines_come_whole_whatever_the_pieces(
            lines in prop::collection::vec("[a-z{}\" ]{1,8}", 0..8), cuts in prop::collection::vec(1_usize..9, 0..40),
        ) {
            let text = lines.join("\r\n");
            let mut rest = text.as_bytes();
            let mut pieces = Vec::new();
            for cut in cuts {
                let (piece, more) = rest.split_at(cut.min(rest.len()));
                pieces.push(Ok(Bytes::copy_from_slice(piece)));
                rest = more;
            }
            pieces.push(Ok(Bytes::copy_from_slice(rest)));
            let got: Vec<Bytes> = split(stream::iter(pieces))
                .map(Result::unwrap).collect::<Vec<_>>().now_or_never().unwrap();
            let got: Vec<String> =
                got.iter().map(|line| String::from_utf8(line.to_vec()).unwrap()).filter(|line| !line.is_empty()).collect();
            let wanted: Vec<String> =
                lines.iter().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
            prop_assert_eq!(got, wanted);
        }
    }
}
