//! Handing in: the lines are read, their worst case is set aside, and a job begins.

use super::{Batches, batch_holder, checked_metadata};
use crate::{
    BatchError, db,
    intake::{self, Intake},
    model::{Batch, BatchState, Counts, Endpoint, Line, Part, PartState, Problem},
};
use base::{Id, Money, new_id};
use bytes::Bytes;
use gateway::{Gateway, Submitter, batch::BatchLine};
use llm::Codec;
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// A batch to be made of a file.
#[derive(Debug, Clone)]
pub struct NewBatch {
    /// In whose name.
    pub submitter: Submitter,
    /// What the lines ask for.
    pub endpoint: Endpoint,
    /// The file.
    pub file_id: Id,
    /// A JSON object of the caller's own.
    pub metadata: Option<Value>,
}

/// Requests that come along with the wish to make a batch of them.
#[derive(Debug, Clone)]
pub struct Submission {
    /// In whose name.
    pub submitter: Submitter,
    /// The body, in the form of Anthropic.
    pub body: Bytes,
}

/// What is handed in, whichever way it came.
struct HandedIn {
    submitter: Submitter,
    endpoint: Endpoint,
    file_id: Option<Id>,
    title: String,
    metadata: Value,
    bytes: Bytes,
}

/// The lines with what they may cost and which way they go.
struct Plan {
    parts: Vec<Part>,
    lines: Vec<Line>,
    worst_case: Money,
}

impl Batches {
    /// Makes a batch of a file. One whose lines have something wrong is failed from the beginning, and says what.
    ///
    /// # Errors
    /// [`BatchError::NoFile`]; where a budget does not allow it; where the database fails.
    pub async fn submit(&self, new: NewBatch) -> Result<Batch, BatchError> {
        let NewBatch { submitter, endpoint, file_id, metadata } = new;
        let metadata = checked_metadata(metadata)?;
        let file = self.file(submitter, file_id).await?;
        let bytes: Bytes = self.blobs.read(&file.sha256.parse()?).await?.into();
        let (file_id, title) = (Some(file_id), file.name);
        let handed_in = HandedIn { submitter, endpoint, file_id, title, metadata, bytes };
        let (intake, plan) = self.read(&handed_in).await?;
        self.take_in(handed_in, intake.problems, plan).await
    }

    /// Makes a batch of requests that come with the wish.
    ///
    /// # Errors
    /// [`BatchError::Invalid`] with everything that is wrong; where a budget does not allow it; where the database
    /// fails.
    pub async fn submit_messages(&self, submission: Submission) -> Result<Batch, BatchError> {
        let Submission { submitter, body } = submission;
        let limit_bytes = self.config.max_file_bytes;
        if body.len() as u64 > limit_bytes {
            return Err(BatchError::TooLarge { limit_bytes });
        }
        let handed_in = HandedIn {
            submitter,
            endpoint: Endpoint::Messages,
            file_id: None,
            title: "messages".to_owned(),
            metadata: Value::Null,
            bytes: body,
        };
        let (intake, plan) = self.read(&handed_in).await?;
        if !intake.problems.is_empty() {
            return Err(BatchError::Invalid(told(&intake.problems)));
        }
        self.take_in(handed_in, Vec::new(), plan).await
    }

    /// Reads and weighs every line, off the tasks that answer requests.
    async fn read(&self, handed_in: &HandedIn) -> Result<(Intake, Plan), BatchError> {
        let (bytes, endpoint, submitter) = (handed_in.bytes.clone(), handed_in.endpoint, handed_in.submitter);
        let (codec, max_lines) = (self.codec(endpoint), self.config.max_lines);
        let (gateway, native) = (Arc::clone(&self.gateway), self.config.native);
        let work = move || {
            let mut intake = if endpoint == Endpoint::Messages {
                intake::read_messages(&bytes, max_lines)
            } else {
                intake::read_file(&bytes, endpoint, max_lines)
            };
            let weighing = Weighing { gateway: &gateway, codec, submitter, endpoint, native };
            let plan = weighing.plan(&bytes, &mut intake);
            (intake, plan)
        };
        Ok(tokio::task::spawn_blocking(work).await?)
    }

    async fn take_in(
        &self,
        handed_in: HandedIn,
        problems: Vec<Problem>,
        plan: Plan,
    ) -> Result<Batch, BatchError> {
        let HandedIn { submitter, endpoint, file_id, title, metadata, bytes } = handed_in;
        let failed = !problems.is_empty();
        // Nothing is written before the money is there.
        let deposit = match failed {
            true => None,
            false => Some(self.gateway.batches().deposit(submitter, plan.worst_case).await?),
        };
        let (id, now) = (new_id(), self.clock.now());
        let sha256 = self.blobs.put(submitter.owner, &batch_holder(id), bytes).await?;
        let lines = if failed { Vec::new() } else { plan.lines };
        let total = lines.len() as u64;
        let batch = Batch {
            id,
            submitter,
            endpoint,
            file_id,
            title,
            sha256: sha256.to_string(),
            state: if failed { BatchState::Failed } else { BatchState::Running },
            metadata,
            problems,
            created_at: now,
            expires_at: now.plus(self.config.window()),
            cancelled_at: None,
            ended_at: failed.then_some(now),
            output_bytes: None,
            errors_bytes: None,
            counts: Counts { total, waiting: total, ..Counts::default() },
        };
        let mut transaction = self.db.begin().await?;
        let parts = if failed { Vec::new() } else { plan.parts };
        db::insert(&mut transaction, &batch, &parts, &lines).await?;
        if let Some(deposit) = deposit {
            self.jobs.enqueue_in(&mut transaction, Self::job(&batch)).await?;
            // Before the commit: after it the job may run.
            self.make_live(&batch, deposit, false);
        }
        if let Err(error) = transaction.commit().await {
            self.laid_to_rest(id);
            return Err(error.into());
        }
        self.jobs.wake();
        Ok(batch)
    }
}

/// What is needed to find out what lines may cost.
struct Weighing<'a> {
    gateway: &'a Gateway,
    codec: &'static dyn Codec,
    submitter: Submitter,
    endpoint: Endpoint,
    native: bool,
}

impl Weighing<'_> {
    fn plan(&self, bytes: &Bytes, intake: &mut Intake) -> Plan {
        let mut plan = Plan { parts: Vec::new(), lines: Vec::new(), worst_case: Money::ZERO };
        let mut filling = Filling::default();
        for read in std::mem::take(&mut intake.lines) {
            if intake.is_full() {
                break;
            }
            let body = bytes.slice(read.body.clone());
            let line = BatchLine { codec: self.codec, kind: self.endpoint.kind(), body };
            let quote = match self.gateway.batches().quote(self.submitter, &line) {
                Ok(quote) => quote,
                Err(error) => {
                    let told = error.told();
                    let message = format!("request {}: {}", read.number, told.message);
                    intake.problem(read.number, told.kind.as_str(), message, Some("body"));
                    continue;
                }
            };
            let native = quote.native.filter(|_| self.native);
            let (deployment, worst_case) = match native {
                Some((deployment, worst_case)) => (Some(deployment), worst_case),
                None => (None, quote.worst_case),
            };
            let size = read.body.len();
            let part = filling.part_for(deployment, size, &mut plan.parts, |deployment| {
                let place = self.gateway.batches().native(deployment, self.codec.dialect())?;
                place.batches().ok().map(|batches| batches.limits())
            });
            plan.worst_case += worst_case.unwrap_or_default();
            plan.lines.push(Line {
                number: read.number,
                part,
                custom_id: read.custom_id,
                exchange_id: new_id(),
                model: quote.model,
                body_start: read.body.start as u64,
                body_bytes: size as u64,
                worst_case,
            });
        }
        plan
    }
}

/// Puts lines into parts: one for the gateway itself, and for each deployment as many as its provider's limits
/// ask for.
#[derive(Default)]
struct Filling {
    /// The part that is being filled for each deployment: its number, lines and bytes.
    open: BTreeMap<Option<String>, (u32, usize, usize)>,
}

impl Filling {
    fn part_for(
        &mut self,
        deployment: Option<String>,
        size: usize,
        parts: &mut Vec<Part>,
        limits: impl Fn(&str) -> Option<llm::BatchLimits>,
    ) -> u32 {
        let limits = deployment.as_deref().and_then(limits);
        if let Some((number, lines, bytes)) = self.open.get_mut(&deployment) {
            let fits = limits.is_none_or(|most| *lines < most.requests && *bytes + size <= most.bytes);
            if fits {
                *lines += 1;
                *bytes += size;
                return *number;
            }
        }
        let number = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        parts.push(Part {
            number,
            deployment: deployment.clone(),
            state: PartState::Waiting,
            upstream_id: None,
            submitted_at: None,
            not_ours: Vec::new(),
            polls: 0,
        });
        self.open.insert(deployment, (number, 1, size));
        number
    }
}

/// The first few problems, as a sentence.
fn told(problems: &[Problem]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<&str> = problems.iter().take(SHOWN).map(|problem| problem.message.as_str()).collect();
    let more = problems.len().saturating_sub(SHOWN);
    let rest = if more > 0 { format!("; and {more} more") } else { String::new() };
    format!("{}{rest}", shown.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fill_parts_up_to_the_providers_limits() {
        let (mut filling, mut parts) = (Filling::default(), Vec::new());
        let limits = |_: &str| Some(llm::BatchLimits { requests: 2, bytes: 100 });
        let mut put = |deployment: Option<&str>, size| {
            filling.part_for(deployment.map(str::to_owned), size, &mut parts, limits)
        };
        let numbers = [
            put(Some("a"), 10),
            put(None, 10_000),
            put(Some("a"), 90),
            put(Some("a"), 1),
            put(Some("b"), 60),
            put(Some("b"), 60),
            put(None, 10_000),
        ];
        assert_eq!(numbers, [0, 1, 0, 2, 3, 4, 1]);
        let deployments: Vec<_> = parts.iter().map(|part| part.deployment.as_deref()).collect();
        assert_eq!(deployments, [Some("a"), None, Some("a"), Some("b"), Some("b")]);
    }
}
