//! Lines that the gateway calls one by one, so many at once.

use super::{Step, Work};
use crate::{
    BatchError, db,
    model::{Line, LineEnd, LineState, Part},
};
use base::{Money, new_id};
use bytes::Bytes;
use futures::{StreamExt, stream};
use gateway::{Answer, AnswerBody, GatewayError, batch::LineCall};
use llm::LlmErrorKind;
use std::{sync::Arc, time::Duration};

/// Lines read from the database at once.
const PAGE: u32 = 256;
/// The first wait before a line is called again; it doubles.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

impl Work<'_> {
    /// Calls the lines of a part.
    pub(super) async fn call_part(&self, part: Part) -> Result<Step, BatchError> {
        let mut after = 0;
        loop {
            let lines = db::waiting(&self.batches.db, self.batch.id, part.number, (after, PAGE)).await?;
            let Some(last) = lines.last().map(|line| line.number) else {
                return if after == 0 { self.part_done(part).await } else { Ok(Step::Changed) };
            };
            if self.is_stopping() {
                return self.part_done(part).await;
            }
            self.call_lines(lines).await?;
            if self.context.cancelled().is_cancelled() {
                return Ok(Step::Stopped);
            }
            after = last;
        }
    }

    async fn call_lines(&self, lines: Vec<Line>) -> Result<(), BatchError> {
        let mut bodies = self.bodies().await?;
        let may_begin = || !self.is_stopping() && !self.context.cancelled().is_cancelled();
        let concurrency = self.batches.config.concurrency.max(1);
        let mut lines = lines.into_iter();
        let mut under_way = stream::FuturesUnordered::new();
        loop {
            while under_way.len() < concurrency && may_begin() {
                let Some(line) = lines.next() else { break };
                let body = bodies.read(line.body_start, line.body_bytes).await?;
                under_way.push(Box::pin(self.call_line(line, body)));
            }
            match under_way.next().await {
                Some(ended) => ended?,
                None => return Ok(()),
            }
        }
    }

    /// Calls a line until it has a reply, or an error that will not pass, and writes that down.
    async fn call_line(&self, line: Line, body: Bytes) -> Result<(), BatchError> {
        let (db, batch) = (&self.batches.db, &self.batch);
        let mut exchange_id = line.exchange_id;
        let mut attempt = 1;
        let end = loop {
            let call = LineCall {
                submitter: batch.submitter,
                exchange_id,
                line: self.line(body.clone()),
                deposit: Arc::clone(&self.live.deposit),
                tags: self.tags(),
            };
            let error = match self.batches.gateway.batches().call(call).await {
                Ok(answer) => break done(answer).await,
                Err(error) => error,
            };
            if matches!(error, GatewayError::Stopping) {
                return Ok(());
            }
            let wait = if let GatewayError::RateLimited(refusal)
            | GatewayError::WaitedInVain { refusal, .. } = &error
            {
                // The caller's own rate is no failure of the line: it waits for its turn.
                refusal.wait.max(FIRST_WAIT)
            } else if may_pass(&error) && attempt < self.batches.config.attempts {
                let doubled = FIRST_WAIT.saturating_mul(1 << attempt.min(10)) / 2;
                attempt += 1;
                doubled.max(error.retry_after().unwrap_or_default()).min(LONGEST_WAIT)
            } else {
                break self.failed(&error);
            };
            // Each call has a line of its own in the ledger.
            exchange_id = new_id();
            db::new_exchange(db, batch.id, line.number, exchange_id).await?;
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.live.stop.cancelled() => return Ok(()),
                () = self.context.cancelled().cancelled() => return Ok(()),
            }
            if self.is_stopping() {
                return Ok(());
            }
        };
        self.end_line(line.number, &end).await
    }

    /// The end of a line that has an error.
    pub(super) fn failed(&self, error: &GatewayError) -> LineEnd {
        let reply = self.batches.codec(self.batch.endpoint).encode_error(&error.told());
        LineEnd {
            state: LineState::Failed,
            status: Some(error.status().as_u16()),
            reply: Some(String::from_utf8_lossy(&reply).into_owned()),
            cost: Money::ZERO,
        }
    }
}

async fn done(answer: Answer) -> LineEnd {
    let reply = match answer.body {
        AnswerBody::Whole(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        // Bytes that ask for no stream are answered in one piece.
        AnswerBody::Stream(_) | AnswerBody::Raw(_) | AnswerBody::Events(_) | AnswerBody::Vectors(_) => {
            String::new()
        }
    };
    let cost = answer.receipt.await.ok().and_then(|receipt| receipt.cost).unwrap_or_default();
    LineEnd { state: LineState::Done, status: Some(200), reply: Some(reply), cost }
}

/// Whether the same line may succeed after a while. What was there when the batch was handed in may be missing
/// for a moment after a restart, until providers have been asked for their models.
fn may_pass(error: &GatewayError) -> bool {
    if let GatewayError::Model(error) = error {
        return error.kind.retryable() || error.kind == LlmErrorKind::Malformed;
    }
    matches!(error, GatewayError::Unavailable { .. } | GatewayError::UnknownModel { .. })
}
