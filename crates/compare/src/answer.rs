//! One answer of one column, from the question to what is kept of it. It knows nothing of the other columns.

use crate::{
    db,
    error::CompareError,
    model::{Answer, Column, Failure, Image, Question, Receipt, Status},
    service::Bench,
};
use base::OwnerId;
use futures::{FutureExt, StreamExt};
use gateway::{AnswerBody, Call, Caller, GatewayError, Source};
use llm::{
    Aggregator, ChatReply, ChatRequest, ChatStream, LlmError, LlmErrorKind, Media, Message, Part, Role,
    StopReason,
};
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

/// How much of an answer a killed server can lose, in time.
pub const FLUSH_INTERVAL: Duration = Duration::from_millis(300);

/// What was said before in a column: questions, each with what the column answered.
pub(crate) type History = Vec<(Question, String)>;

/// An answer that has begun: it is in the database, empty.
pub(crate) struct Writing {
    pub(crate) bench: Arc<Bench>,
    pub(crate) owner: OwnerId,
    pub(crate) column: Column,
    pub(crate) before: History,
    pub(crate) question: Question,
    pub(crate) answer: Answer,
    /// Cancelled when the person stops the answer.
    pub(crate) stop: CancellationToken,
}

/// How an answer ended, with whatever of it had come.
struct Ended {
    status: Status,
    failure: Option<Failure>,
    reply: ChatReply,
    receipt: Option<Receipt>,
}

impl Writing {
    /// Generates the answer and keeps it; answers with its text. Nothing that goes wrong is lost: it ends as an answer that
    /// says so.
    pub(crate) async fn run(self) -> String {
        let ended = AssertUnwindSafe(self.generate()).catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!(answer_id = %self.answer.id, "an answer of a comparison panicked");
            let message = "Familiar made a mistake while it wrote this answer".to_owned();
            Ended::failed(Failure { code: "internal".to_owned(), message, hint: None })
        });
        self.settle(ended).await
    }

    async fn generate(&self) -> Ended {
        let asked = (self.before.as_slice(), &self.question);
        let request = match self.bench.asking(self.owner, &self.column, asked).await {
            Ok(request) => request,
            Err(error) => return Ended::failed(unasked(&error)),
        };
        let call = Call {
            caller: Caller::Owner(self.owner),
            source: Source::Request(request),
            tags: vec![format!("compare:{}", self.answer.compare_id)],
        };
        let answer = tokio::select! {
            answer = self.bench.parts.gateway.chat(call) => answer,
            () = self.stop.cancelled() => return Ended::early(Status::Stopped),
            () = self.bench.closing.cancelled() => return Ended::early(Status::Interrupted),
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return Ended::failed(refused(&error)),
        };
        let AnswerBody::Events(events) = answer.body else {
            let message = "the gateway did not answer with events".to_owned();
            return Ended::failed(Failure { code: "internal".to_owned(), message, hint: None });
        };
        let (status, failure, reply) = self.follow(events).await;
        Ended { status, failure, reply, receipt: answer.receipt.await.ok().map(kept_receipt) }
    }

    /// Follows the stream to its end, or to the person's stop; keeps what has come at every interval.
    async fn follow(&self, mut events: ChatStream) -> (Status, Option<Failure>, ChatReply) {
        let ids = (self.answer.compare_id, self.answer.id);
        let mut reply = Aggregator::default();
        let mut flush = tokio::time::interval_at(Instant::now() + FLUSH_INTERVAL, FLUSH_INTERVAL);
        flush.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut unsaved = false;
        let (status, failure) = loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => break (Status::Stopped, None),
                () = self.bench.closing.cancelled() => break (Status::Interrupted, None),
                _ = flush.tick(), if unsaved => {
                    self.flush().await;
                    unsaved = false;
                }
                event = events.next() => match event {
                    Some(Ok(event)) => {
                        reply.push(&event);
                        unsaved = true;
                        self.bench.hub.advance(ids, &event);
                    }
                    Some(Err(error)) => break (Status::Failed, Some(broken(&error))),
                    None => break (Status::Complete, None),
                },
            }
        };
        let reply = reply.finish();
        if status == Status::Complete && matches!(reply.stop, Some(StopReason::ContentFilter)) {
            let cut =
                LlmError::new(LlmErrorKind::ContentFiltered, "the provider's filter cut the answer off");
            return (Status::Failed, Some(broken(&cut)), reply);
        }
        (status, failure, reply)
    }

    async fn flush(&self) {
        if let Some(current) = self.bench.hub.current(self.answer.compare_id, self.answer.id)
            && let Err(error) = db::update_answer(&self.bench.parts.db, &current).await
        {
            tracing::warn!(%error, answer_id = %self.answer.id, "could not keep what has arrived of an answer");
        }
    }

    /// Writes the answer down as it ended and tells those who watch.
    async fn settle(self, ended: Ended) -> String {
        let mut answer = self.answer;
        answer.status = ended.status;
        answer.text = ended.reply.plain_text();
        if let Some(refusal) = &ended.reply.refusal {
            answer.text.push_str(refusal);
        }
        answer.body.reasoning = ended.reply.parts.iter().filter_map(reasoning).collect();
        answer.body.failure = ended.failure;
        answer.body.receipt = ended.receipt;
        if let Err(error) = db::update_answer(&self.bench.parts.db, &answer).await {
            tracing::error!(%error, answer_id = %answer.id, "could not keep an answer");
        }
        let text = answer.text.clone();
        self.bench.hub.finish(answer);
        text
    }
}

impl Ended {
    fn early(status: Status) -> Self {
        Self { status, failure: None, reply: Aggregator::default().finish(), receipt: None }
    }

    fn failed(failure: Failure) -> Self {
        Self { failure: Some(failure), ..Self::early(Status::Failed) }
    }
}

/// What a column is asked: its instructions, what was said in it before, and the question.
pub(crate) fn request(column: &Column, before: &[(Question, String)], question: &Question) -> ChatRequest {
    let instructions = column.instructions.trim();
    let mut messages: Vec<Message> = Vec::new();
    if !instructions.is_empty() {
        messages.push(Message::text(Role::System, instructions));
    }
    // A question that this column could not answer is left out: two in a row are refused by some providers.
    for (asked, said) in before.iter().filter(|(_, said)| !said.trim().is_empty()) {
        messages.push(asking(asked));
        messages.push(Message::text(Role::Assistant, said));
    }
    messages.push(asking(question));
    ChatRequest {
        model: column.model.clone(),
        messages,
        parameters: column.parameters.clone(),
        ..ChatRequest::default()
    }
}

fn asking(question: &Question) -> Message {
    let picture = |image: &Image| match image.gone {
        Some(gone) => Part::text(gone.told("")),
        None => Part::Image {
            media: Media::Inline { media_type: image.media_type.clone(), data: image.data.clone() },
            detail: None,
        },
    };
    let mut parts: Vec<Part> = question.images.iter().map(picture).collect();
    if !question.text.is_empty() {
        parts.push(Part::text(&question.text));
    }
    Message { role: Role::User, parts, name: None }
}

fn reasoning(part: &Part) -> Option<&str> {
    if let Part::Reasoning { text, .. } = part { Some(text) } else { None }
}

pub(crate) fn broken(error: &LlmError) -> Failure {
    Failure {
        code: error.kind.as_str().to_owned(),
        message: error.message.clone(),
        hint: Some(error.kind.hint().to_owned()),
    }
}

/// Why nobody was asked.
pub(crate) fn unasked(error: &CompareError) -> Failure {
    Failure {
        code: error.kind().as_str().to_owned(),
        message: error.to_string(),
        hint: error.hint().map(str::to_owned),
    }
}

pub(crate) fn refused(error: &GatewayError) -> Failure {
    let code = error.to_llm().kind.as_str().to_owned();
    Failure { code, message: error.to_string(), hint: Some(error.hint()) }
}

pub(crate) fn kept_receipt(settled: gateway::Receipt) -> Receipt {
    Receipt {
        exchange_id: settled.exchange_id.to_string(),
        model: settled.deployment.unwrap_or_default(),
        first_token_ms: settled.first_token_ms,
        total_ms: settled.total_ms,
        usage: settled.usage,
        cost: settled.cost,
        estimated: settled.estimated,
        cached: settled.cache_hit,
    }
}
