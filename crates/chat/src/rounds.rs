//! The rounds of an answer: the model is asked, what it calls is done and told to it, and it is asked again.
//!
//! Without tools there is one round. With them there are at most [`MAX_ROUNDS`], and in the last one the model has to
//! answer in words. The calls of a round are done at the same time. One that changes something waits for the person,
//! unless they said for this conversation that it need not. Whatever goes wrong with a call is told to the model.

use crate::{
    db,
    model::{MessageStatus, Receipt, TurnFailure},
    prompt,
    tools::{ToolState, ToolUse, Toolbox},
    turn::{FLUSH_INTERVAL, Turn, failure},
};
use base::new_id;
use futures::{StreamExt, future::join_all};
use gateway::{AnswerBody, Call, GatewayError, Source};
use llm::{
    Aggregator, ChatEvent, ChatReply, ChatRequest, ChatStream, Effect, LlmError, Message as Said, Part, Role,
    StopReason, Tool, ToolChoice, ToolError,
};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, timeout};

/// How often a model may be asked for one answer.
pub const MAX_ROUNDS: usize = 8;
/// Calls that are done in one round.
const MAX_CALLS: usize = 16;
/// How long a tool may take.
const TOOL_PATIENCE: Duration = Duration::from_secs(60);
/// How long a call waits for a person to decide; then it counts as not allowed.
const DECISION_PATIENCE: Duration = Duration::from_secs(15 * 60);
/// Characters of a result that the model gets.
const RESULT_CHARS: usize = 20_000;
/// What stands between the words of two rounds.
const GAP: &str = "\n\n";

/// What came of all rounds.
pub(crate) struct Outcome {
    pub(crate) status: MessageStatus,
    pub(crate) failure: Option<TurnFailure>,
    /// All that was said, with calls and results in their places.
    pub(crate) reply: ChatReply,
    pub(crate) receipt: Option<Receipt>,
}

/// How a round, or the work after it, ended before its time.
type Early = (MessageStatus, Option<TurnFailure>);

/// What came of one round.
struct Round {
    ended: Early,
    reply: ChatReply,
    receipt: Option<Receipt>,
}

/// What the rounds so far add up to.
struct Whole {
    reply: ChatReply,
    receipt: Option<Receipt>,
}

/// A call as the model wrote it.
struct Asked {
    call_id: String,
    name: String,
    arguments: String,
}

impl Turn {
    /// Asks the model until it has answered.
    pub(crate) async fn rounds(&self, mut request: ChatRequest, toolbox: &Toolbox) -> Outcome {
        let mut whole = Whole { reply: Aggregator::default().finish(), receipt: None };
        if toolbox.is_empty() {
            prompt::without_calls(&mut request);
            return match self.round(request, "").await {
                Ok(round) => whole.with(round.reply, round.receipt).end(round.ended),
                Err(early) => whole.end(early),
            };
        }
        request.tools = toolbox.specs();
        for number in 1..=MAX_ROUNDS {
            if number == MAX_ROUNDS {
                request.tool_choice = ToolChoice::None;
            }
            let gap = if whole.reply.plain_text().is_empty() { "" } else { GAP };
            let Round { ended, reply, receipt } = match self.round(request.clone(), gap).await {
                Ok(round) => round,
                Err(early) => return whole.end(early),
            };
            let calls = calls(&reply.parts);
            let said = Said { role: Role::Assistant, parts: reply.parts.clone(), name: None };
            whole = whole.with(reply, receipt);
            if calls.is_empty() || ended.0 != MessageStatus::Complete {
                return whole.end(ended);
            }
            if number == MAX_ROUNDS {
                break;
            }
            let results = tokio::select! {
                biased;
                () = self.stop.cancelled() => return whole.end((MessageStatus::Stopped, None)),
                () = self.service.closing.cancelled() => return whole.end((MessageStatus::Interrupted, None)),
                results = self.work(&calls, toolbox) => results,
            };
            whole.reply.parts.extend(results.iter().cloned());
            request.messages.push(said);
            request.messages.push(Said { role: Role::Tool, parts: results, name: None });
        }
        let message = format!("the model called tools {MAX_ROUNDS} times and did not answer");
        let told = failure("too_many_tool_calls", &message, Some("ask again, or turn some of the tools off"));
        whole.end((MessageStatus::Failed, Some(told)))
    }

    /// Asks the model once. `gap` stands before its first words, where something was said before.
    async fn round(&self, request: ChatRequest, gap: &'static str) -> Result<Round, Early> {
        let call = Call {
            caller: self.caller(),
            source: Source::Request(request),
            tags: vec![format!("conversation:{}", self.conversation.id)],
        };
        let answer = tokio::select! {
            answer = self.service.parts.gateway.chat(call) => answer,
            () = self.stop.cancelled() => return Err((MessageStatus::Stopped, None)),
            () = self.service.closing.cancelled() => return Err((MessageStatus::Interrupted, None)),
        };
        let answer = answer.map_err(|error| (MessageStatus::Failed, Some(refused(&error))))?;
        let AnswerBody::Events(events) = answer.body else {
            let told = failure("internal", "the gateway did not answer with events", None);
            return Err((MessageStatus::Failed, Some(told)));
        };
        let (ended, reply) = self.follow(events, gap).await;
        let receipt = answer.receipt.await.ok();
        let route = answer.explanation.sentence();
        Ok(Round { ended, reply, receipt: receipt.map(|settled| kept_receipt(settled, route)) })
    }

    /// Follows the stream to its end, or to the person's stop; keeps what has come at every interval.
    async fn follow(&self, mut events: ChatStream, mut gap: &'static str) -> (Early, ChatReply) {
        let mut reply = Aggregator::default();
        let mut flush = tokio::time::interval_at(Instant::now() + FLUSH_INTERVAL, FLUSH_INTERVAL);
        flush.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut unsaved = false;
        let ended = loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => break (MessageStatus::Stopped, None),
                () = self.service.closing.cancelled() => break (MessageStatus::Interrupted, None),
                _ = flush.tick(), if unsaved => {
                    self.flush().await;
                    unsaved = false;
                }
                event = events.next() => match event {
                    Some(Ok(event)) => {
                        reply.push(&event);
                        unsaved = true;
                        let says = matches!(&event, ChatEvent::Text { delta } if !delta.is_empty());
                        if says && !gap.is_empty() {
                            self.advance(ChatEvent::Text { delta: gap.to_owned() });
                            gap = "";
                        }
                        self.advance(event);
                    }
                    Some(Err(error)) => break (MessageStatus::Failed, Some(broken(&error))),
                    None => break (MessageStatus::Complete, None),
                },
            }
        };
        let reply = reply.finish();
        match (ended.0, &reply.stop) {
            (MessageStatus::Complete, Some(StopReason::ContentFilter)) => {
                let cut = LlmError::new(
                    llm::LlmErrorKind::ContentFiltered,
                    "the provider's filter cut the answer off",
                );
                ((MessageStatus::Failed, Some(broken(&cut))), reply)
            }
            _ => (ended, reply),
        }
    }

    fn advance(&self, event: ChatEvent) {
        self.service.hub.advance(self.conversation.id, self.reply.id, event);
    }

    async fn flush(&self) {
        if let Some(current) = self.service.hub.current(self.conversation.id, self.reply.id)
            && let Err(error) = db::update_message(&self.service.parts.db, &current).await
        {
            tracing::warn!(%error, message_id = %self.reply.id, "could not keep what has arrived of an answer");
        }
    }

    /// Does the calls of a round, all at the same time; a result for each, in their order.
    async fn work(&self, calls: &[Asked], toolbox: &Toolbox) -> Vec<Part> {
        let results =
            join_all(calls.iter().enumerate().map(|(place, call)| self.one(place, call, toolbox))).await;
        self.flush().await;
        results
    }

    async fn one(&self, place: usize, asked: &Asked, toolbox: &Toolbox) -> Part {
        let tool = toolbox.find(&asked.name);
        let mut used = ToolUse {
            id: new_id(),
            name: asked.name.clone(),
            arguments: asked.arguments.clone(),
            changes: tool.as_ref().is_ok_and(|tool| tool.effect() == Effect::Changes),
            about: String::new(),
            state: ToolState::Running,
            result: String::new(),
        };
        // At once, so that calls are shown in the order in which the model made them.
        self.show(&used);
        let outcome = match tool {
            Err(error) => Err(error),
            Ok(_) if place >= MAX_CALLS => {
                Err(ToolError::Failed(format!("only {MAX_CALLS} calls are done at a time; call this again")))
            }
            Ok(tool) => {
                if self.allowed(&mut used, (tool.as_ref(), toolbox)).await {
                    let patience = tool.patience().unwrap_or(TOOL_PATIENCE);
                    let done = timeout(patience, tool.call(&toolbox.context, &asked.arguments)).await;
                    done.unwrap_or(Err(ToolError::Timeout(patience.as_secs())))
                } else {
                    Err(ToolError::Declined)
                }
            }
        };
        let (state, text) = match outcome {
            Ok(text) => (ToolState::Done, text),
            Err(ToolError::Declined) => (ToolState::Declined, ToolError::Declined.to_string()),
            Err(error) => (ToolState::Failed, error.to_string()),
        };
        let text = shortened(text);
        used.state = state;
        used.result.clone_from(&text);
        self.show(&used);
        Part::ToolResult {
            call_id: asked.call_id.clone(),
            name: Some(asked.name.clone()),
            parts: vec![Part::text(text)],
            is_error: state != ToolState::Done,
        }
    }

    /// Asks the person about a call that changes something, unless they want it done without.
    async fn allowed(&self, used: &mut ToolUse, (tool, toolbox): (&dyn Tool, &Toolbox)) -> bool {
        if !used.changes || self.unasked(&used.name).await {
            return true;
        }
        let about = timeout(TOOL_PATIENCE, tool.about(&toolbox.context, &used.arguments)).await;
        used.about = about.ok().flatten().unwrap_or_default();
        let (conversation_id, message_id) = (self.conversation.id, self.reply.id);
        let Some(decision) = self.service.hub.ask(conversation_id, message_id, used.id) else { return false };
        used.state = ToolState::Waiting;
        self.show(used);
        self.flush().await;
        let allowed = matches!(timeout(DECISION_PATIENCE, decision).await, Ok(Ok(true)));
        used.about.clear();
        if allowed {
            used.state = ToolState::Running;
            self.show(used);
        }
        allowed
    }

    /// Whether this tool changes things without asking here; the person may have said so a moment ago.
    async fn unasked(&self, name: &str) -> bool {
        let now = db::conversation(&self.service.parts.db, self.owner, self.conversation.id).await;
        now.is_ok_and(|conversation| conversation.tools.unasked.iter().any(|unasked| unasked == name))
    }

    fn show(&self, used: &ToolUse) {
        self.service.hub.used(self.conversation.id, self.reply.id, used.clone());
    }
}

impl Whole {
    /// With one round more; a gap parts its words from those before.
    fn with(mut self, mut reply: ChatReply, receipt: Option<Receipt>) -> Self {
        if !self.reply.plain_text().is_empty() {
            let words = reply.parts.iter_mut().find_map(|part| match part {
                Part::Text { text, .. } if !text.is_empty() => Some(text),
                Part::Text { .. }
                | Part::Image { .. }
                | Part::File { .. }
                | Part::ToolCall { .. }
                | Part::ToolResult { .. }
                | Part::Reasoning { .. } => None,
            });
            if let Some(words) = words {
                words.insert_str(0, GAP);
            }
        }
        let mut parts = self.reply.parts;
        parts.append(&mut reply.parts);
        let mut citations = self.reply.citations;
        citations.append(&mut reply.citations);
        self.receipt = match (self.receipt, receipt) {
            (Some(earlier), Some(later)) => Some(summed(earlier, later)),
            (one, other) => other.or(one),
        };
        self.reply = ChatReply { parts, citations, ..reply };
        self
    }

    fn end(self, (status, failure): Early) -> Outcome {
        Outcome { status, failure, reply: self.reply, receipt: self.receipt }
    }
}

/// The calls in a reply, in their order.
fn calls(parts: &[Part]) -> Vec<Asked> {
    let asked = parts.iter().filter_map(|part| match part {
        Part::ToolCall { id, name, arguments, .. } => {
            Some(Asked { call_id: id.clone(), name: name.clone(), arguments: arguments.clone() })
        }
        Part::Text { .. }
        | Part::Image { .. }
        | Part::File { .. }
        | Part::ToolResult { .. }
        | Part::Reasoning { .. } => None,
    });
    asked.collect()
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(RESULT_CHARS) {
        Some((end, _)) => {
            format!("{}\n[cut off after {RESULT_CHARS} characters]", text.get(..end).unwrap_or_default())
        }
        None => text,
    }
}

fn broken(error: &LlmError) -> TurnFailure {
    failure(error.kind.as_str(), &error.message, Some(error.kind.hint()))
}

fn refused(error: &GatewayError) -> TurnFailure {
    let code = error.to_llm().kind.as_str().to_owned();
    TurnFailure { code, message: error.to_string(), hint: Some(error.hint()) }
}

fn kept_receipt(settled: gateway::Receipt, route: String) -> Receipt {
    Receipt {
        exchange_id: settled.exchange_id.to_string(),
        earlier_ids: Vec::new(),
        model: settled.deployment.unwrap_or_default(),
        first_token_ms: settled.first_token_ms,
        total_ms: settled.total_ms,
        usage: settled.usage,
        cost: settled.cost,
        estimated: settled.estimated,
        cached: settled.cache_hit,
        route,
    }
}

/// What two rounds took together. A price that one of them lacks is lacking in the sum.
fn summed(earlier: Receipt, later: Receipt) -> Receipt {
    let mut earlier_ids = earlier.earlier_ids;
    earlier_ids.push(earlier.exchange_id);
    Receipt {
        earlier_ids,
        first_token_ms: earlier.first_token_ms.or(later.first_token_ms),
        total_ms: earlier.total_ms.saturating_add(later.total_ms),
        usage: earlier.usage.plus(later.usage),
        cost: earlier.cost.zip(later.cost).map(|(one, other)| one + other),
        estimated: earlier.estimated || later.estimated,
        cached: earlier.cached && later.cached,
        ..later
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Money;
    use llm::Usage;

    fn receipt(id: &str, cost: Option<i64>) -> Receipt {
        Receipt {
            exchange_id: id.into(),
            earlier_ids: Vec::new(),
            model: "stage/actor".into(),
            first_token_ms: Some(5),
            total_ms: 10,
            usage: Usage { input: 7, output: 3, ..Usage::default() },
            cost: cost.map(Money::from_nanos),
            estimated: false,
            cached: false,
            route: id.into(),
        }
    }

    #[test]
    fn rounds_add_up_and_an_unknown_price_stays_unknown() {
        let sum = summed(summed(receipt("a", Some(10)), receipt("b", Some(20))), receipt("c", Some(5)));
        assert_eq!((sum.exchange_id.as_str(), sum.route.as_str()), ("c", "c"));
        assert_eq!(sum.earlier_ids, ["a", "b"]);
        assert_eq!((sum.usage.input, sum.usage.output, sum.total_ms), (21, 9, 30));
        assert_eq!(sum.cost, Some(Money::from_nanos(35)));
        assert_eq!(summed(receipt("a", None), receipt("b", Some(1))).cost, None);
    }

    #[test]
    fn a_long_result_is_cut_between_characters() {
        let short = "ä".repeat(RESULT_CHARS);
        assert_eq!(shortened(short.clone()), short);
        let cut = shortened(format!("{short}ö"));
        assert!(cut.starts_with(&short) && cut.ends_with("characters]"));
    }
}
