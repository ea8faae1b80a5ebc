//! A kept reply in the form that a caller asks for: as it was, or through the vocabulary into another format, and from
//! one piece into a stream or back.

use super::{Stored, StoredBody, Written};
use crate::{ask::Ask, call::AnswerBody};
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream};
use llm::{Aggregator, ChatEvent, Codec, LlmError, LlmErrorKind};

/// The answer; fails where the reply cannot be read again, which is then no reply.
pub(crate) fn replay(stored: &Stored, ask: &Ask) -> Result<AnswerBody, LlmError> {
    let caller = ask.codec();
    let asked = Written::of(ask);
    Ok(match (&stored.body, caller) {
        (StoredBody::Vectors(vectors), None) => AnswerBody::Vectors(vectors.clone()),
        (StoredBody::Whole(bytes), Some(_)) if stored.written == asked => AnswerBody::Whole(bytes.clone()),
        (StoredBody::Stream(chunks), Some(_)) if stored.written == asked => stream_of(chunks.clone()),
        (_, None) => {
            let events = events(stored)?;
            AnswerBody::Events(stream::iter(events.into_iter().map(Ok)).boxed())
        }
        (_, Some(codec)) if ask.head.stream => {
            let mut encoder = codec.stream_encoder(&ask.head)?;
            let events = events(stored)?;
            let chunks = events.iter().filter_map(|event| {
                let mut out = BytesMut::new();
                encoder.event(event, &mut out);
                (!out.is_empty()).then(|| out.freeze())
            });
            let mut chunks: Vec<Bytes> = chunks.collect();
            let mut end = BytesMut::new();
            encoder.finish(&mut end);
            chunks.push(end.freeze());
            stream_of(chunks)
        }
        (_, Some(codec)) => {
            let mut sum = Aggregator::default();
            events(stored)?.iter().for_each(|event| sum.push(event));
            AnswerBody::Whole(codec.encode_reply(&sum.finish(), &ask.head.model)?)
        }
    })
}

fn stream_of(chunks: Vec<Bytes>) -> AnswerBody {
    AnswerBody::Stream(stream::iter(chunks).boxed())
}

/// The reply in the vocabulary.
fn events(stored: &Stored) -> Result<Vec<ChatEvent>, LlmError> {
    let codec: Option<&'static dyn Codec> = stored.written.codec;
    let unreadable = || LlmError::new(LlmErrorKind::Malformed, "the kept reply is none that can be read");
    match &stored.body {
        StoredBody::Events(events) => Ok(events.clone()),
        StoredBody::Vectors(_) => Err(unreadable()),
        StoredBody::Whole(bytes) => Ok(codec.ok_or_else(unreadable)?.decode_reply(bytes)?.into_events()),
        StoredBody::Stream(chunks) => {
            let mut decoder = codec.ok_or_else(unreadable)?.stream_decoder();
            let mut events = Vec::new();
            for chunk in chunks {
                decoder.push(chunk, &mut events)?;
            }
            decoder.finish(&mut events)?;
            Ok(events)
        }
    }
}
