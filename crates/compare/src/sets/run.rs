//! The job that puts a prompt set to its columns.

use super::{Cell, CellBody, CellState, JOB, SetRun, judging};
use crate::{
    answer::{broken, kept_receipt, refused, unasked},
    db::sets as table,
    error::CompareError,
    model::{Failure, Receipt},
    service::Bench,
};
use base::{Id, Money, OwnerId};
use contrast::{Compiled, Verdict, assertion::judged};
use futures::{StreamExt, future::BoxFuture, stream};
use gateway::{AnswerBody, Call, Caller, Source};
use llm::{Aggregator, ChatRequest};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use store::{JobContext, JobFailure, JobHandler};

/// Cells that are asked at the same time.
const AT_ONCE: usize = 4;
/// How long to wait when the database fails.
const TROUBLE_PAUSE: Duration = Duration::from_secs(5);

/// The handler.
#[derive(Debug)]
pub(crate) struct Run(pub(crate) Arc<Bench>);

impl JobHandler for Run {
    fn name(&self) -> &'static str {
        JOB
    }

    fn lane(&self) -> &'static str {
        // It may take hours: what people wait for must not stand behind it.
        "compare"
    }

    fn run(&self, context: JobContext) -> BoxFuture<'_, Result<Value, JobFailure>> {
        Box::pin(async move {
            let id = context.job.arguments.get("run_id").and_then(Value::as_str);
            let id: Option<Id> = id.and_then(|text| text.parse().ok());
            let id = id.ok_or_else(|| JobFailure::for_good("the job names no run"))?;
            match work(&self.0, &context, id).await {
                Ok(()) => Ok(json!({ "run_id": id.to_string() })),
                Err(CompareError::NoRun(_)) => Err(JobFailure::for_good("there is no such run")),
                Err(error) => {
                    tracing::warn!(%error, run = %id, "a prompt set cannot be worked on at the moment");
                    Err(JobFailure::for_now(error.to_string(), TROUBLE_PAUSE))
                }
            }
        })
    }
}

/// Asks what was not asked yet.
async fn work(bench: &Bench, context: &JobContext, id: Id) -> Result<(), CompareError> {
    let owner = context.job.owner;
    let run = table::run(&bench.parts.db, owner, id).await?;
    let cells = table::cells(&bench.parts.db, id).await?;
    let compiled: Vec<Vec<Compiled>> = run
        .prompts
        .iter()
        .map(|prompt| prompt.assertions.iter().map(contrast::Assertion::compile).collect())
        .collect::<Result<_, _>>()?;
    let spent: Money = cells.iter().map(|cell| cell.cost).sum();
    let purse = Purse { cap: run.cap, taken: Mutex::new(spent) };
    let asking = Asking { bench, owner, run: &run, compiled: &compiled, purse: &purse };
    let total = cells.len() as u64;
    let waiting: Vec<Cell> = cells.into_iter().filter(|cell| cell.state == CellState::Waiting).collect();
    let mut done = total - waiting.len() as u64;
    context.progress("cells", done, Some(total));
    let mut ended = stream::iter(waiting).map(|cell| asking.ask(cell)).buffer_unordered(AT_ONCE);
    loop {
        let cell = tokio::select! {
            // What is under way is dropped, which cancels its calls; it is asked again when the run goes on.
            () = context.cancelled().cancelled() => return Ok(()),
            cell = ended.next() => cell,
        };
        let Some(cell) = cell else { break };
        table::end_cell(&bench.parts.db, id, &cell).await?;
        done += 1;
        context.progress("cells", done, Some(total));
    }
    table::end_run(&bench.parts.db, id, bench.parts.clock.now()).await
}

/// What may be spent, and what is spent or set aside of it.
#[derive(Debug)]
struct Purse {
    cap: Option<Money>,
    taken: Mutex<Money>,
}

impl Purse {
    /// Sets the worst case of a call aside; `None` where it does not fit below the cap.
    fn reserve(&self, worst: Option<Money>) -> Option<Money> {
        let Some(cap) = self.cap else { return Some(Money::ZERO) };
        let (mut taken, worst) = (self.taken.lock(), worst?);
        let after = *taken + worst;
        (after <= cap).then(|| {
            *taken = after;
            worst
        })
    }

    /// A call is over: what it cost instead of what was set aside.
    fn settle(&self, reserved: Money, cost: Money) {
        let mut taken = self.taken.lock();
        *taken = *taken - reserved + cost;
    }
}

/// What a cell is asked with.
struct Asking<'a> {
    bench: &'a Bench,
    owner: OwnerId,
    run: &'a SetRun,
    compiled: &'a [Vec<Compiled>],
    purse: &'a Purse,
}

/// What a call came to.
enum Called {
    Said(String, Receipt),
    Failed(Failure, Option<Receipt>),
    TooDear,
}

impl Asking<'_> {
    /// Asks a cell, and holds the answer against the assertions.
    async fn ask(&self, mut cell: Cell) -> Cell {
        let (Some(prompt), Some(column)) =
            (self.run.prompts.get(cell.prompt), self.run.columns.get(cell.place))
        else {
            cell.state = CellState::Failed;
            return cell;
        };
        let request = match self.bench.put(self.owner, column, &prompt.text).await {
            Ok(request) => request,
            Err(error) => {
                cell.state = CellState::Failed;
                cell.body = CellBody { failure: Some(unasked(&error)), ..CellBody::default() };
                return cell;
            }
        };
        match self.call(request).await {
            Called::TooDear => {
                cell.state = CellState::Capped;
                return cell;
            }
            Called::Failed(failure, receipt) => {
                cell.state = CellState::Failed;
                cell.cost += cost(receipt.as_ref());
                cell.body = CellBody { failure: Some(failure), receipt, ..CellBody::default() };
                return cell;
            }
            Called::Said(text, receipt) => {
                cell.state = CellState::Done;
                cell.cost += cost(Some(&receipt));
                cell.body.receipt = Some(receipt);
                cell.text = text;
            }
        }
        for assertion in self.compiled.get(cell.prompt).into_iter().flatten() {
            let verdict = match assertion.check(&cell.text) {
                Some(verdict) => verdict,
                None => self.judge(assertion, (&prompt.text, &mut cell)).await,
            };
            cell.body.verdicts.push(verdict);
        }
        cell
    }

    /// Asks the judge. One that cannot be asked or does not say passes nothing.
    async fn judge(&self, assertion: &Compiled, (question, cell): (&str, &mut Cell)) -> Verdict {
        let failed = |because: String| Verdict { passed: false, because };
        let Compiled::Judge(criterion) = assertion else { return failed("nothing was checked".to_owned()) };
        match self.call(judging(&self.run.judge, (criterion, question, &cell.text))).await {
            Called::TooDear => {
                failed("the judge was not asked: it could have cost more than was left".to_owned())
            }
            Called::Failed(failure, receipt) => {
                cell.cost += cost(receipt.as_ref());
                failed(format!("the judge failed: {}", failure.message))
            }
            Called::Said(reply, receipt) => {
                cell.cost += cost(Some(&receipt));
                judged(&reply).unwrap_or_else(|| failed("the judge did not say whether it holds".to_owned()))
            }
        }
    }

    async fn call(&self, request: ChatRequest) -> Called {
        let worst = self.purse.cap.and_then(|_| self.bench.worst_of(self.owner, request.clone()));
        let Some(reserved) = self.purse.reserve(worst) else { return Called::TooDear };
        let called = self.called(request).await;
        let cost = match &called {
            Called::Said(_, receipt) => cost(Some(receipt)),
            Called::Failed(_, receipt) => cost(receipt.as_ref()),
            Called::TooDear => Money::ZERO,
        };
        self.purse.settle(reserved, cost);
        called
    }

    async fn called(&self, request: ChatRequest) -> Called {
        let call = Call {
            caller: Caller::Owner(self.owner),
            source: Source::Request(request),
            tags: vec![format!("compare-run:{}", self.run.id)],
        };
        let answer = match self.bench.parts.gateway.chat(call).await {
            Ok(answer) => answer,
            Err(error) => return Called::Failed(refused(&error), None),
        };
        let internal =
            |message: &str| Failure { code: "internal".to_owned(), message: message.to_owned(), hint: None };
        let AnswerBody::Events(mut events) = answer.body else {
            return Called::Failed(internal("the gateway did not answer with events"), None);
        };
        let (mut reply, mut failure) = (Aggregator::default(), None);
        while let Some(event) = events.next().await {
            match event {
                Ok(event) => reply.push(&event),
                Err(error) => {
                    failure = Some(broken(&error));
                    break;
                }
            }
        }
        drop(events);
        let receipt = answer.receipt.await.ok().map(kept_receipt);
        let reply = reply.finish();
        let said = reply.plain_text() + reply.refusal.as_deref().unwrap_or_default();
        match (failure, receipt) {
            (Some(failure), receipt) => Called::Failed(failure, receipt),
            (None, Some(receipt)) => Called::Said(said, receipt),
            (None, None) => Called::Failed(internal("the call was not settled"), None),
        }
    }
}

fn cost(receipt: Option<&Receipt>) -> Money {
    receipt.and_then(|receipt| receipt.cost).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purse_never_lets_more_be_begun_than_it_holds() {
        let purse = Purse { cap: Some(Money::from_nanos(10)), taken: Mutex::new(Money::ZERO) };
        let worst = Some(Money::from_nanos(6));
        let first = purse.reserve(worst).unwrap();
        assert_eq!(purse.reserve(worst), None, "two worst cases do not fit");
        purse.settle(first, Money::from_nanos(1));
        assert_eq!(purse.reserve(worst), worst, "the first was cheaper than feared");
        assert_eq!(purse.reserve(None), None, "what has no price has no place below a cap");
        let open = Purse { cap: None, taken: Mutex::new(Money::ZERO) };
        assert_eq!(open.reserve(None), Some(Money::ZERO));
    }
}
