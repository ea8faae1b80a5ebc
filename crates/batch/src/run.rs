//! The job that works on a batch until it is over. It may be broken off at any point and started again: what is
//! written down of a line is never done again.

mod called;
mod native;

use crate::{
    BatchError,
    db::{self, EndedFilter, Ending},
    model::{Batch, BatchState, LineEnd, LineState, Part, PartState},
    output::{self, Results},
    service::{self, Batches, JOB, Live},
};
use base::Id;
use bytes::Bytes;
use futures::{TryStreamExt, future::BoxFuture};
use gateway::batch::BatchLine;
use serde_json::{Value, json};
use std::{
    io::SeekFrom,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use store::{JobContext, JobFailure, JobHandler};
use tokio::io::{AsyncReadExt, AsyncSeekExt};

/// How long to wait when the database or the folder fails.
const TROUBLE_PAUSE: Duration = Duration::from_secs(5);

/// The handler.
#[derive(Debug)]
pub(crate) struct Run(pub(crate) Arc<Batches>);

impl JobHandler for Run {
    fn name(&self) -> &'static str {
        JOB
    }

    fn lane(&self) -> &'static str {
        // One may take a day, and nobody waits for it: what people wait for must not stand behind it.
        "batch"
    }

    fn run(&self, context: JobContext) -> BoxFuture<'_, Result<Value, JobFailure>> {
        Box::pin(async move {
            let id = context.job.arguments.get("batch_id").and_then(Value::as_str);
            let id: Option<Id> = id.and_then(|text| text.parse().ok());
            let id = id.ok_or_else(|| JobFailure::for_good("the job names no batch"))?;
            match Work::on(&self.0, &context, id).await {
                Ok(Some(pause)) => Err(JobFailure::not_yet(pause)),
                Ok(None) => Ok(json!({ "batch_id": id.to_string() })),
                Err(error) => {
                    tracing::warn!(%error, batch = %id, "a batch cannot be worked on at the moment");
                    Err(JobFailure::for_now(error.to_string(), TROUBLE_PAUSE))
                }
            }
        })
    }
}

/// One batch being worked on.
struct Work<'a> {
    batches: &'a Batches,
    context: &'a JobContext,
    batch: Batch,
    live: Arc<Live>,
    /// Lines that are over.
    over: AtomicU64,
}

/// What has become of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// There is nothing more to do for it.
    Done,
    /// It waits for its provider.
    Wait(Duration),
    /// It goes another way now: look again.
    Changed,
    /// The program is ending.
    Stopped,
}

impl<'a> Work<'a> {
    /// Works on a batch; answers with the pause after which to go on, or `None` when it is over.
    async fn on(
        batches: &'a Batches,
        context: &'a JobContext,
        id: Id,
    ) -> Result<Option<Duration>, BatchError> {
        let batch = match batches.get(service::owner(context.job.owner), id).await {
            Ok(batch) if !batch.state.is_over() => batch,
            Ok(_) | Err(BatchError::NoBatch(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let live = batches.live(id).ok_or_else(|| BatchError::NoBatch(id.to_string()))?;
        let over = AtomicU64::new(batch.counts.total - batch.counts.waiting);
        let work = Self { batches, context, batch, live, over };
        work.progress();
        // What an earlier run left, if it did not end as it should.
        if work.live.broken_off.swap(true, Ordering::AcqRel) {
            work.take_back().await?;
        }
        let pause = work.go_on().await?;
        work.live.broken_off.store(false, Ordering::Release);
        Ok(pause)
    }

    /// Does what can be done now.
    async fn go_on(&self) -> Result<Option<Duration>, BatchError> {
        loop {
            let mut pause: Option<Duration> = None;
            let mut changed = false;
            for part in db::parts(&self.batches.db, self.batch.id).await? {
                if part.state == PartState::Done {
                    continue;
                }
                let step = match part.deployment {
                    Some(_) => Box::pin(self.native(part)).await?,
                    None => Box::pin(self.call_part(part)).await?,
                };
                match step {
                    Step::Done => {}
                    Step::Wait(wait) => pause = Some(pause.map_or(wait, |pause| pause.min(wait))),
                    Step::Changed => changed = true,
                    Step::Stopped => return Ok(Some(Duration::ZERO)),
                }
            }
            match pause {
                _ if changed => {}
                Some(pause) => return Ok(Some(pause)),
                None => {
                    self.finish().await?;
                    return Ok(None);
                }
            }
        }
    }

    /// Takes what an earlier process had begun and did not write down out of the ledger: it is done again, and
    /// must not be billed twice.
    async fn take_back(&self) -> Result<(), BatchError> {
        let gateway = &self.batches.gateway;
        gateway.flush().await;
        for part in db::parts(&self.batches.db, self.batch.id).await? {
            let mut after = 0;
            loop {
                let lines = db::waiting(&self.batches.db, self.batch.id, part.number, (after, 512)).await?;
                let Some(last) = lines.last() else { break };
                after = last.number;
                let ids: Vec<Id> = lines.iter().map(|line| line.exchange_id).collect();
                gateway.batches().take_back(&ids).await?;
            }
        }
        Ok(())
    }

    /// Whether no new line may be begun.
    fn is_stopping(&self) -> bool {
        self.live.stop.is_cancelled() || service::is_late(&self.batch, self.batches.clock.now())
    }

    fn progress(&self) {
        self.context.progress("lines", self.over.load(Ordering::Relaxed), Some(self.batch.counts.total));
    }

    /// Writes down how a line ended.
    async fn end_line(&self, number: u64, end: &LineEnd) -> Result<(), BatchError> {
        db::end_line(&self.batches.db, self.batch.id, number, end).await?;
        self.over.fetch_add(1, Ordering::Relaxed);
        self.progress();
        Ok(())
    }

    fn tags(&self) -> Vec<String> {
        vec![format!("batch:{}", self.batch.id)]
    }

    fn line(&self, body: Bytes) -> BatchLine {
        let endpoint = self.batch.endpoint;
        BatchLine { codec: self.batches.codec(endpoint), kind: endpoint.kind(), body }
    }

    /// The bodies of lines, in the file that they came in.
    async fn bodies(&self) -> Result<Bodies, BatchError> {
        let id = self.batch.sha256.parse()?;
        Ok(Bodies { file: self.batches.blobs.open_file(&id).await?, path: self.batches.blobs.path(&id) })
    }

    async fn part_done(&self, mut part: Part) -> Result<Step, BatchError> {
        part.state = PartState::Done;
        db::save_part(&self.batches.db, self.batch.id, &part).await?;
        Ok(Step::Done)
    }

    /// Every part is done: what was not called never will be.
    async fn finish(&self) -> Result<(), BatchError> {
        let (db, id) = (&self.batches.db, self.batch.id);
        let stopped = self.live.stop.is_cancelled();
        db::end_waiting(db, id, if stopped { LineState::Cancelled } else { LineState::Expired }).await?;
        let counts = db::counts(db, id).await?;
        let state = match (stopped, counts.expired) {
            (true, _) => BatchState::Cancelled,
            (false, 0) => BatchState::Completed,
            (false, _) => BatchState::Expired,
        };
        let ending = Ending {
            state,
            at: self.batches.clock.now(),
            output_bytes: self.size(Results::Output, EndedFilter::Replies).await?,
            errors_bytes: self.size(Results::Errors, EndedFilter::Errors).await?,
            counts,
        };
        db::end(db, id, ending).await?;
        self.batches.laid_to_rest(id);
        self.over.store(counts.total, Ordering::Relaxed);
        self.progress();
        tracing::info!(batch = %id, state = state.as_str(), ?counts, "a batch is over");
        Ok(())
    }

    /// The size of a file of results; `None` where there are none.
    async fn size(&self, which: Results, filter: EndedFilter) -> Result<Option<u64>, BatchError> {
        if db::ended(&self.batches.db, self.batch.id, filter, (0, 1)).await?.is_empty() {
            return Ok(None);
        }
        let pages = output::results(self.batches.db.clone(), self.batch.id, which);
        let sizes = pages.map_ok(|page| page.len() as u64);
        Ok(Some(Box::pin(sizes).try_fold(0, |sum, size| std::future::ready(Ok(sum + size))).await?))
    }
}

/// Reads the bodies of lines out of the file that they came in.
struct Bodies {
    file: tokio::fs::File,
    path: std::path::PathBuf,
}

impl Bodies {
    async fn read(&mut self, start: u64, bytes: u64) -> Result<Bytes, BatchError> {
        let mut body = vec![0; usize::try_from(bytes).unwrap_or(usize::MAX)];
        let read = async {
            self.file.seek(SeekFrom::Start(start)).await?;
            self.file.read_exact(&mut body).await
        };
        match read.await {
            Ok(_) => Ok(body.into()),
            Err(source) => {
                Err(store::BlobError::Io { doing: "read", path: self.path.clone(), source }.into())
            }
        }
    }
}
