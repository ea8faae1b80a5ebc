//! Lines that go into a provider's own batch: handed in once, asked for again and again, taken over when it is
//! done.

use super::{Step, Work};
use crate::{
    BatchError, db,
    model::{Line, LineEnd, LineState, Part, PartState},
};
use base::{Money, Timestamp};
use bytes::Bytes;
use futures::StreamExt;
use gateway::{
    GatewayError,
    batch::{LineKind, NativeLine, NativePlace},
};
use llm::{
    BatchMark, BatchOutcome, BatchRequest, BatchResult, BatchStatus, LlmError, LlmErrorKind, NewBatch,
};
use std::collections::HashMap;

/// Lines read from the database at once.
const PAGE: u32 = 1_024;
/// How often a deployment that is not there is waited for before its lines go another way.
const MISSED: u32 = 6;

/// The lines of a part, by the ids that the provider knows them by.
type Awaited = HashMap<String, Line>;

impl Work<'_> {
    /// Does the next thing for a part that goes into a provider's own batch.
    pub(super) async fn native(&self, mut part: Part) -> Result<Step, BatchError> {
        if self.context.cancelled().is_cancelled() {
            return Ok(Step::Stopped);
        }
        let deployment = part.deployment.clone().unwrap_or_default();
        let Some(place) = self.batches.gateway.batches().native(&deployment, self.batch.endpoint.dialect())
        else {
            return self.missing(part).await;
        };
        match part.state {
            PartState::Done => Ok(Step::Done),
            PartState::Waiting if self.is_stopping() => self.part_done(part).await,
            PartState::Waiting => {
                part.state = PartState::Submitting;
                part.submitted_at = Some(self.batches.clock.now());
                db::save_part(&self.batches.db, self.batch.id, &part).await?;
                self.hand_in(part, &place).await
            }
            PartState::Submitting => self.look_for(part, &place).await,
            PartState::Submitted => self.ask_for(part, &place).await,
        }
    }

    /// The deployment is not there, or its provider has no batches any more.
    async fn missing(&self, part: Part) -> Result<Step, BatchError> {
        if self.is_stopping() {
            return self.part_done(part).await;
        }
        if part.state == PartState::Waiting && part.polls >= MISSED {
            return self.go_another_way(part).await;
        }
        self.pause(part).await
    }

    /// The lines are called by the gateway instead.
    async fn go_another_way(&self, mut part: Part) -> Result<Step, BatchError> {
        let deployment = part.deployment.take().unwrap_or_default();
        tracing::info!(batch = %self.batch.id, deployment, "the provider takes no batch; the lines are called one by one");
        (part.state, part.polls, part.upstream_id) = (PartState::Waiting, 0, None);
        db::save_part(&self.batches.db, self.batch.id, &part).await?;
        Ok(Step::Changed)
    }

    async fn pause(&self, mut part: Part) -> Result<Step, BatchError> {
        let pause = self.batches.config.poll_pause(part.polls);
        part.polls = part.polls.saturating_add(1);
        db::save_part(&self.batches.db, self.batch.id, &part).await?;
        Ok(Step::Wait(pause))
    }

    /// The provider is not able to do what was asked: that may pass, or not.
    async fn trouble(&self, part: Part, error: LlmError) -> Result<Step, BatchError> {
        tracing::warn!(batch = %self.batch.id, deployment = part.deployment, %error, "a provider's batch makes trouble");
        if error.kind.retryable() || error.kind == LlmErrorKind::Malformed {
            return self.pause(part).await;
        }
        self.fail_all(&part, &error).await?;
        self.part_done(part).await
    }

    fn mark(&self, part: &Part, requests: usize) -> BatchMark {
        BatchMark {
            mark: format!("{}-{}", self.batch.id, part.number),
            since_s: part.submitted_at.unwrap_or(self.batch.created_at).millis() / 1_000,
            requests,
        }
    }

    /// Hands the lines in. Whether that went well is only known by the answer: a process that ends before it has
    /// one leaves the part in the state `submitting`, and the next one looks first.
    async fn hand_in(&self, mut part: Part, place: &NativePlace) -> Result<Step, BatchError> {
        let requests = self.requests(&part, place).await?;
        if requests.is_empty() {
            return self.part_done(part).await;
        }
        let new = NewBatch {
            mark: self.mark(&part, requests.len()).mark,
            operation: NativePlace::operation(self.batch.endpoint.kind()),
            model: place.model().to_owned(),
            requests,
        };
        let submitted = match place.batches() {
            Ok(batches) => batches.submit(new).await,
            Err(error) => Err(error),
        };
        match submitted {
            Ok(status) => {
                tracing::info!(batch = %self.batch.id, upstream = status.id, "handed in as a batch of the provider's");
                (part.state, part.upstream_id, part.polls) = (PartState::Submitted, Some(status.id), 0);
                db::save_part(&self.batches.db, self.batch.id, &part).await?;
                Ok(Step::Changed)
            }
            // No such address: the provider has no batches after all, and nothing was handed in.
            Err(error) if error.kind == LlmErrorKind::NotFound => self.go_another_way(part).await,
            Err(error) => self.trouble(part, error).await,
        }
    }

    /// The lines in the provider's format; those that cannot be written in it end here.
    async fn requests(&self, part: &Part, place: &NativePlace) -> Result<Vec<BatchRequest>, BatchError> {
        let mut bodies = self.bodies().await?;
        let mut requests = Vec::new();
        let mut lines: Vec<Line> = self.awaited(part).await?.into_values().collect();
        lines.sort_by_key(|line| line.number);
        for line in lines {
            let body = bodies.read(line.body_start, line.body_bytes).await?;
            match place.encode(self.batch.submitter, &self.line(body)) {
                Ok((body, dropped)) => {
                    if !dropped.is_empty() {
                        tracing::info!(exchange = %line.exchange_id, fields = ?dropped, "a deployment's format cannot carry these");
                    }
                    requests.push(BatchRequest { id: line.exchange_id.to_string(), body });
                }
                Err(error) => {
                    let end = self.failed(&error);
                    self.end_line(line.number, &end).await?;
                }
            }
        }
        Ok(requests)
    }

    async fn awaited(&self, part: &Part) -> Result<Awaited, BatchError> {
        let mut awaited = Awaited::new();
        let mut after = 0;
        loop {
            let lines = db::waiting(&self.batches.db, self.batch.id, part.number, (after, PAGE)).await?;
            let Some(last) = lines.last() else { return Ok(awaited) };
            after = last.number;
            awaited.extend(lines.into_iter().map(|line| (line.exchange_id.to_string(), line)));
        }
    }

    /// Nobody knows whether the lines were handed in: looks, and hands them in if not.
    async fn look_for(&self, mut part: Part, place: &NativePlace) -> Result<Step, BatchError> {
        let requests = self.awaited(&part).await?.len();
        let found = match place.batches() {
            Ok(batches) => batches.find(&self.mark(&part, requests)).await,
            Err(error) => Err(error),
        };
        let found = match found {
            Ok(found) => found,
            Err(error) if error.kind == LlmErrorKind::NotFound => return self.go_another_way(part).await,
            Err(error) => return self.trouble(part, error).await,
        };
        match found.into_iter().find(|status| !part.not_ours.contains(&status.id)) {
            Some(status) => {
                (part.state, part.upstream_id, part.polls) = (PartState::Submitted, Some(status.id), 0);
                db::save_part(&self.batches.db, self.batch.id, &part).await?;
                Ok(Step::Changed)
            }
            None if self.is_stopping() => self.part_done(part).await,
            None => self.hand_in(part, place).await,
        }
    }

    /// Asks how far the provider is, and takes the replies over when it is done.
    async fn ask_for(&self, part: Part, place: &NativePlace) -> Result<Step, BatchError> {
        let id = part.upstream_id.clone().unwrap_or_default();
        let asked = match place.batches() {
            Ok(batches) => batches.status(&id).await,
            Err(error) => Err(error),
        };
        let status = match asked {
            Ok(status) => status,
            Err(error) => return self.trouble(part, error).await,
        };
        if let Some(why) = &status.refused {
            let error = LlmError::new(LlmErrorKind::BadRequest, why.clone());
            self.fail_all(&part, &error).await?;
            return self.part_done(part).await;
        }
        if status.ended {
            return self.take_over(part, place, &status).await;
        }
        self.context.progress("provider", status.done, Some(self.batch.counts.total));
        if self.is_stopping() {
            // It may be stopping already, which is no reason to complain.
            if let Ok(batches) = place.batches()
                && let Err(error) = batches.cancel(&id).await
            {
                tracing::debug!(%error, batch = %self.batch.id, "a provider's batch cannot be cancelled");
            }
        }
        self.pause(part).await
    }

    /// Takes the replies over, each settled and written down by itself.
    async fn take_over(
        &self,
        mut part: Part,
        place: &NativePlace,
        status: &BatchStatus,
    ) -> Result<Step, BatchError> {
        let mut awaited = self.awaited(&part).await?;
        let results = match place.batches() {
            Ok(batches) => batches.results(status).await,
            Err(error) => Err(error),
        };
        let mut results = match results {
            Ok(results) => results,
            Err(error) => return self.trouble(part, error).await,
        };
        let (mut ours, mut theirs) = (0_u64, 0_u64);
        while let Some(result) = results.next().await {
            let result = match result {
                Ok(result) => result,
                Err(error) => return self.trouble(part, error).await,
            };
            match awaited.remove(&result.id) {
                Some(line) => {
                    ours += 1;
                    self.take_line(&part, place, line, result).await?;
                }
                None => theirs += 1,
            }
            if self.context.cancelled().is_cancelled() {
                return Ok(Step::Stopped);
            }
        }
        // Replies that were taken over before a kill are not awaited any more, but are known by their ids.
        if ours == 0 && theirs > 0 && !db::knows_any(&self.batches.db, self.batch.id, part.number).await? {
            part.not_ours.push(status.id.clone());
            (part.state, part.upstream_id) = (PartState::Submitting, None);
            db::save_part(&self.batches.db, self.batch.id, &part).await?;
            return Ok(Step::Changed);
        }
        if !self.is_stopping() {
            let error =
                LlmError::new(LlmErrorKind::Server, "the provider's batch has no reply to this request");
            self.fail_all(&part, &error).await?;
        }
        if let Ok(batches) = place.batches()
            && let Err(error) = batches.discard(status).await
        {
            tracing::info!(%error, batch = %self.batch.id, "the provider keeps its copy of a batch");
        }
        self.part_done(part).await
    }

    async fn take_line(
        &self,
        part: &Part,
        place: &NativePlace,
        line: Line,
        result: BatchResult,
    ) -> Result<(), BatchError> {
        let state = match result.outcome {
            BatchOutcome::Reply(reply) => return self.take_reply(part, place, line, &reply).await,
            BatchOutcome::Failed(error) => {
                let cost = self.settle(part, &line, Err(error.clone()));
                let end = LineEnd { cost, ..self.failed(&GatewayError::Model(error)) };
                return self.end_line(line.number, &end).await;
            }
            BatchOutcome::Cancelled => LineState::Cancelled,
            BatchOutcome::Expired => LineState::Expired,
        };
        self.end_line(line.number, &LineEnd::unused(state)).await
    }

    async fn take_reply(
        &self,
        part: &Part,
        place: &NativePlace,
        line: Line,
        reply: &Bytes,
    ) -> Result<(), BatchError> {
        // Only vectors are written as the request wanted them.
        let body = match self.batch.endpoint.kind() {
            LineKind::Embeddings => self.bodies().await?.read(line.body_start, line.body_bytes).await?,
            LineKind::Chat => Bytes::new(),
        };
        let end = match place.decode(&self.line(body), &line.model, reply) {
            Ok((reply, usage)) => LineEnd {
                state: LineState::Done,
                status: Some(200),
                reply: Some(String::from_utf8_lossy(&reply).into_owned()),
                cost: self.settle(part, &line, Ok(usage)),
            },
            Err(error) => {
                let cost = self.settle(part, &line, Err(error.clone()));
                LineEnd { cost, ..self.failed(&GatewayError::Model(error)) }
            }
        };
        self.end_line(line.number, &end).await
    }

    fn settle(&self, part: &Part, line: &Line, outcome: Result<Option<llm::Usage>, LlmError>) -> Money {
        let started_at: Timestamp = part.submitted_at.unwrap_or(self.batch.created_at);
        self.batches.gateway.batches().settle(NativeLine {
            submitter: self.batch.submitter,
            exchange_id: line.exchange_id,
            model: &line.model,
            deployment: part.deployment.as_deref().unwrap_or_default(),
            dialect: self.batch.endpoint.dialect().as_str(),
            started_at,
            worst_case: line.worst_case,
            deposit: &self.live.deposit,
            tags: self.tags(),
            outcome,
        })
    }

    /// Every line of the part that has no reply gets this error.
    async fn fail_all(&self, part: &Part, error: &LlmError) -> Result<(), BatchError> {
        for line in self.awaited(part).await?.into_values() {
            let cost = self.settle(part, &line, Err(error.clone()));
            let end = LineEnd { cost, ..self.failed(&GatewayError::Model(error.clone())) };
            self.end_line(line.number, &end).await?;
        }
        Ok(())
    }
}
