//! Following an answer to its end: for `ask`, `chat` and `library ask`.

use crate::{client::Client, error::CliError, output::Output, tools};
use api::chat::{Doubt, DoubtGrade, DoubtReason, Message, MessageStatus, StartTurn, TurnEvent, TurnStarted};
use futures::StreamExt;
use http::Method;
use llm::ChatEvent;
use std::pin::pin;

/// Says something in a conversation and writes the answer as it comes. Ctrl-C stops it.
pub(crate) async fn ask(
    client: &Client,
    output: Output,
    conversation_id: &str,
    turn: &StartTurn,
) -> Result<Message, CliError> {
    let path = format!("/api/conversations/{conversation_id}");
    let started: TurnStarted = client.send(Method::POST, &format!("{path}/turns"), turn).await?;
    let id = started.reply.id;
    let mut events = client.events::<TurnEvent>(&format!("{path}/events")).await?;
    let mut shown = Shown { output, bytes: 0 };
    // One for all of the answer: between two of them a signal would be lost.
    let mut pressed = pin!(tokio::signal::ctrl_c());
    let message = loop {
        let event = tokio::select! {
            event = events.next() => event,
            _ = &mut pressed => {
                client.act(Method::POST, &format!("{path}/messages/{id}/stop")).await?;
                output.line("")?;
                return Err(CliError::stopped());
            }
        };
        match event.transpose()? {
            Some(TurnEvent::Snapshot { message } | TurnEvent::Finished { message }) if message.id == id => {
                shown.catch_up(&message.text)?;
                if message.status != MessageStatus::Streaming {
                    break *message;
                }
            }
            Some(TurnEvent::Delta {
                message_id,
                event: ChatEvent::Text { delta } | ChatEvent::Refusal { delta },
            }) if message_id == id => {
                shown.add(&delta)?;
            }
            Some(TurnEvent::Tool { message_id, used }) if message_id == id => tools::tell(output, &used),
            Some(
                TurnEvent::Tool { .. }
                | TurnEvent::Snapshot { .. }
                | TurnEvent::Finished { .. }
                | TurnEvent::Delta { .. }
                | TurnEvent::Conversation { .. },
            ) => {}
            None => {
                return Err(CliError::failed("the server ended in mid-answer").hint("what had come is kept"));
            }
        }
    };
    finish(output, message)
}

/// How much of the answer is on the terminal already.
struct Shown {
    output: Output,
    bytes: usize,
}

impl Shown {
    fn add(&mut self, delta: &str) -> Result<(), CliError> {
        self.bytes += delta.len();
        if self.output.json { Ok(()) } else { self.output.text(delta) }
    }

    fn catch_up(&mut self, text: &str) -> Result<(), CliError> {
        let missing = text.get(self.bytes..).unwrap_or_default().to_owned();
        self.add(&missing)
    }
}

fn finish(output: Output, message: Message) -> Result<Message, CliError> {
    if output.json {
        output.value(&message)?;
    } else {
        // Where nothing has come, nothing is ended.
        if !message.text.is_empty() {
            output.line("")?;
        }
        if !message.citations.is_empty() {
            output.line("")?;
        }
        let mut told = Vec::new();
        for citation in &message.citations {
            // A source is cited once for each sentence that rests on it, and listed once.
            if told.contains(&citation.index) {
                continue;
            }
            told.push(citation.index);
            let place = [citation.heading.clone(), citation.page.map(|page| format!("page {page}"))];
            let place: Vec<String> = place.into_iter().flatten().collect();
            let place = if place.is_empty() { String::new() } else { format!(", {}", place.join(", ")) };
            output.line(output.dim(&format!("[{}] {}{place}", citation.index, citation.title)))?;
        }
        for doubt in message.checked.iter().flat_map(|checked| &checked.doubts) {
            output.line(output.dim(&doubted(doubt)))?;
        }
        output.remark(summary(&message));
    }
    match message.error.clone() {
        Some(error) => Err(CliError::answer(error)),
        None => Ok(message),
    }
}

/// A sentence that its sources do not bear out, or not wholly, and why.
fn doubted(doubt: &Doubt) -> String {
    let grade = match doubt.grade {
        DoubtGrade::Weak => "in doubt",
        DoubtGrade::Unsupported => "not borne out",
    };
    let detail = doubt.detail.as_deref().unwrap_or_default();
    let why = match doubt.reason {
        DoubtReason::Uncited => "it names no source".to_owned(),
        DoubtReason::Elsewhere => "another source says so".to_owned(),
        DoubtReason::Partly => "the sources say only a part of it".to_owned(),
        DoubtReason::Words | DoubtReason::Unknown => "the sources do not say so".to_owned(),
        DoubtReason::Figure => format!("the sources do not have the figure {detail} so"),
        DoubtReason::Name => format!("the sources do not have the name {detail}"),
        DoubtReason::Contradiction => "the sources say otherwise".to_owned(),
    };
    let source = doubt.source.map_or_else(String::new, |source| format!(", see [{source}]"));
    let sentence = doubt.sentence.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{grade}: {sentence} ({why}{source})")
}

/// Who answered and what it took, in a line.
fn summary(message: &Message) -> String {
    let Some(receipt) = &message.receipt else { return String::new() };
    let mut facts = vec![receipt.model.clone()];
    if !message.language_model {
        facts.push("written without a language model".into());
    }
    facts.extend(receipt.first_token_ms.map(|ms| format!("first token {ms} ms")));
    facts.push(format!("{:.1} s", receipt.total_ms as f64 / 1_000.0));
    if receipt.output_tokens > 0 {
        let about = if receipt.estimated { "about " } else { "" };
        facts.push(format!("{about}{} + {} tokens", receipt.input_tokens, receipt.output_tokens));
        facts.push(receipt.cost_usd.as_ref().map_or("price unknown".into(), |cost| format!("{cost} USD")));
    }
    facts.join(" · ")
}
