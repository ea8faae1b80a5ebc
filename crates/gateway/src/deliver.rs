//! Hands an answer on to the caller, and settles the exchange before its last byte.

use crate::{
    attempt::{Feed, Piece},
    meter::Metered,
    recall::{Slot, Stored, StoredBody, Written, event_bytes},
    settle::{Ending, OpenExchange},
};
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream, stream::BoxStream};
use llm::{ChatStream, LlmError, LlmErrorKind, StreamEncoder};
use routing::Permit;
use std::{collections::VecDeque, time::Duration};

/// How long the connection of an answer that is complete may stay open before it is closed from here.
/// Some servers do not close theirs, and the last pieces wait for the end.
const CLOSING_TIME: Duration = Duration::from_secs(2);

/// An answer on its way to a caller. Dropped before its end, the call is cancelled and settled.
pub(crate) struct Delivery {
    feed: Box<Feed>,
    /// Pieces that came before the answer was known to begin.
    held: VecDeque<Piece>,
    exchange: Box<OpenExchange>,
    permit: Permit,
    slot: Option<Slot>,
    written: Written,
    dropped: Vec<String>,
    ended: bool,
}

/// What a delivery needs.
pub(crate) struct Parts {
    pub(crate) feed: Box<Feed>,
    pub(crate) held: Vec<Piece>,
    pub(crate) exchange: Box<OpenExchange>,
    pub(crate) permit: Permit,
    pub(crate) slot: Option<Slot>,
    pub(crate) written: Written,
    pub(crate) dropped: Vec<String>,
}

/// Some pieces, and whether they are the last.
struct Batch {
    pieces: Vec<Piece>,
    end: Option<End>,
}

/// How an answer ended. The exchange is settled by then.
enum End {
    Complete,
    /// The caller has to be told.
    Failed(LlmError),
    /// The provider's own words about it are among the pieces.
    FailedAndTold,
}

impl Delivery {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { feed, held, exchange, permit, slot, written, dropped } = parts;
        Self { feed, held: held.into(), exchange, permit, slot, written, dropped, ended: false }
    }

    /// The answer as bytes in the caller's format.
    pub(crate) fn into_bytes(self, encoder: Box<dyn StreamEncoder>) -> BoxStream<'static, Bytes> {
        let recorder = Recorder::new(&self);
        stream::unfold((self, encoder, recorder), |(mut delivery, mut encoder, mut recorder)| async move {
            loop {
                let batch = delivery.next().await?;
                let ended = batch.end.is_some();
                let bytes = to_bytes(batch.pieces, batch.end.as_ref(), encoder.as_mut());
                recorder.record(&bytes, bytes.len());
                if let Some(capture) = &mut delivery.exchange.capture {
                    capture.piece(&bytes);
                }
                if let Some(End::Complete) = batch.end {
                    delivery.keep(recorder.take().map(StoredBody::Stream));
                }
                if !bytes.is_empty() || ended {
                    return Some((bytes, (delivery, encoder, recorder)));
                }
            }
        })
        .filter(|bytes| std::future::ready(!bytes.is_empty()))
        .boxed()
    }

    /// Whether it is sound.
    pub(crate) fn is_sound(&self) -> bool {
        self.feed.is_sound()
    }

    /// The answer as sound. An error breaks it off: who listens has to notice that it is not whole.
    pub(crate) fn into_sound(self) -> BoxStream<'static, Result<Bytes, LlmError>> {
        stream::unfold(self, |mut delivery| async move {
            let batch = delivery.next().await?;
            let bytes = batch.pieces.into_iter().filter_map(|piece| match piece {
                Piece::Bytes(bytes) => Some(Ok(bytes)),
                Piece::Events(_) => None,
            });
            let error = match batch.end {
                Some(End::Failed(error)) => Some(Err(error)),
                Some(End::Complete | End::FailedAndTold) | None => None,
            };
            Some((stream::iter(bytes.chain(error).collect::<Vec<_>>()), delivery))
        })
        .flatten()
        .then(|piece| async {
            if piece.is_err() {
                // Lets what came before it leave: an error takes with it what has not been written yet.
                tokio::task::yield_now().await;
            }
            piece
        })
        .boxed()
    }

    /// The answer as events.
    pub(crate) fn into_events(self) -> ChatStream {
        let recorder = Recorder::new(&self);
        stream::unfold((self, recorder), |(mut delivery, mut recorder)| async move {
            let batch = delivery.next().await?;
            let mut events = Vec::new();
            for piece in batch.pieces {
                // A feed for a request from inside has events only.
                if let Piece::Events(more) = piece {
                    events.extend(more);
                }
            }
            for event in &events {
                recorder.record(event, event_bytes(event));
                if let Some(capture) = &mut delivery.exchange.capture {
                    capture.event(event, event_bytes(event));
                }
            }
            let error = match batch.end {
                Some(End::Complete) => {
                    delivery.keep(recorder.take().map(StoredBody::Events));
                    None
                }
                Some(End::Failed(error)) => Some(error),
                Some(End::FailedAndTold) | None => None,
            };
            let items: Vec<_> = events.into_iter().map(Ok).chain(error.map(Err)).collect();
            Some((stream::iter(items), (delivery, recorder)))
        })
        .flatten()
        .boxed()
    }

    /// The next pieces. What comes with or after the stop is held back until the end, so that the caller
    /// has the last of it only when the exchange is settled.
    async fn next(&mut self) -> Option<Batch> {
        if self.ended {
            return None;
        }
        let mut pieces: Vec<Piece> = self.held.drain(..).collect();
        loop {
            let summary = self.feed.summary();
            self.exchange.observe(summary);
            let stopped = summary.stop.is_some();
            if let Some(error) = summary.error.clone() {
                let error = self.feed.without_secrets(error);
                let pieces = self.feed.pieces_without_secrets(pieces);
                let metered = self.failed(&error);
                // Found here, while reading along: the provider itself has said nothing about it.
                let end = if error.kind == LlmErrorKind::Malformed {
                    End::Failed(with_bill(error, &metered))
                } else {
                    End::FailedAndTold
                };
                return Some(Batch { pieces, end: Some(end) });
            }
            if !stopped && !pieces.is_empty() {
                return Some(Batch { pieces, end: None });
            }
            let next = if stopped {
                // A connection that lingers or breaks now takes nothing from the answer.
                let next = tokio::time::timeout(CLOSING_TIME, self.feed.next()).await;
                next.unwrap_or_default().and_then(Result::ok).map(Ok)
            } else {
                self.feed.next().await
            };
            match next {
                Some(Ok(piece)) => pieces.push(piece),
                Some(Err(error)) => {
                    self.exchange.observe(self.feed.summary());
                    let metered = self.failed(&error);
                    return Some(Batch { pieces, end: Some(End::Failed(with_bill(error, &metered))) });
                }
                None if self.feed.summary().error.is_some() => {}
                None => {
                    self.exchange.observe(self.feed.summary());
                    self.ended = true;
                    let metered = self.exchange.settle(Ending::Complete);
                    let now = self.exchange.shared().clock.monotonic();
                    self.permit.completed(metered.usage.output, now);
                    return Some(Batch { pieces, end: Some(End::Complete) });
                }
            }
        }
    }

    fn failed(&mut self, error: &LlmError) -> Metered {
        self.ended = true;
        let shared = self.exchange.shared();
        let exchange = self.exchange.record.id;
        tracing::warn!(%exchange, %error, "an answer broke off after it had begun");
        shared.metrics.attempt_failed();
        self.permit.failed(error, shared.clock.monotonic(), &shared.config.breaker);
        if let Some(slot) = self.slot.take() {
            slot.fail(error.clone());
        }
        self.exchange.settle(Ending::failed(error))
    }

    fn keep(&mut self, body: Option<StoredBody>) {
        if let (Some(slot), Some(body)) = (self.slot.take(), body) {
            let stored = Stored {
                body,
                written: self.written,
                deployment: self.exchange.record.deployment.clone(),
                cost: self.exchange.record.cost,
                baseline: self.exchange.record.baseline,
                dropped: std::mem::take(&mut self.dropped),
            };
            let now = self.exchange.shared().clock.monotonic();
            slot.keep(stored, self.feed.summary().stop.as_ref(), now);
        }
    }
}

fn to_bytes(pieces: Vec<Piece>, end: Option<&End>, encoder: &mut dyn StreamEncoder) -> Bytes {
    let mut pieces = pieces.into_iter();
    let first = match (pieces.next(), pieces.len(), end) {
        // Passed on as it is, which is what nearly always happens.
        (Some(Piece::Bytes(bytes)), 0, None) => return bytes,
        (first, _, _) => first,
    };
    let mut out = BytesMut::new();
    let mut translated = false;
    for piece in first.into_iter().chain(pieces) {
        match piece {
            Piece::Bytes(bytes) => out.extend_from_slice(&bytes),
            Piece::Events(events) => {
                translated = true;
                events.iter().for_each(|event| encoder.event(event, &mut out));
            }
        }
    }
    match end {
        Some(End::Complete) if translated => encoder.finish(&mut out),
        Some(End::Failed(error)) => encoder.error(error, &mut out),
        Some(End::Complete | End::FailedAndTold) | None => {}
    }
    out.freeze()
}

/// Says in an error in mid-stream what was billed by then (GW-4).
fn with_bill(mut error: LlmError, metered: &Metered) -> LlmError {
    let about = if metered.estimated { "about " } else { "" };
    let cost = metered.cost.map_or_else(String::new, |cost| format!(", {about}{cost} USD"));
    let (input, output) = (metered.usage.total_input(), metered.usage.output);
    error.message = format!(
        "{} (the answer broke off; billed: {about}{input} tokens in, {about}{output} out{cost})",
        error.message
    );
    error
}

/// Gathers a streamed reply for the cache, up to its limit.
struct Recorder<T> {
    /// `None` where nothing is to be kept.
    items: Option<Vec<T>>,
    bytes: usize,
    max_bytes: usize,
}

impl<T: Clone> Recorder<T> {
    fn new(delivery: &Delivery) -> Self {
        let max_bytes = delivery.slot.as_ref().map(Slot::max_bytes);
        Self { items: max_bytes.map(|_| Vec::new()), bytes: 0, max_bytes: max_bytes.unwrap_or_default() }
    }

    fn record(&mut self, item: &T, bytes: usize) {
        self.bytes += bytes;
        match &mut self.items {
            Some(items) if self.bytes <= self.max_bytes => items.push(item.clone()),
            Some(_) => self.items = None,
            None => {}
        }
    }

    fn take(&mut self) -> Option<Vec<T>> {
        self.items.take()
    }
}
