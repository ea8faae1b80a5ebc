//! Asks a model what kind of task a request is, where the rules are not sure and the configuration names one.

use crate::{
    call::{AnswerBody, Call, Caller, Source},
    error::GatewayError,
    gateway::Shared,
    pipeline,
};
use base::OwnerId;
use classify::{Task, TaskClass, TaskText, classify, demands_of};
use futures::StreamExt;
use llm::{Aggregator, ChatRequest, Message, Parameters, Role};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
    time::Duration,
};

/// Most answers that are remembered, and for how long.
const MAX_KEPT: usize = 1_024;
const KEPT_FOR: Duration = Duration::from_secs(3_600);
/// Most characters of a prompt that the model is shown.
const SHOWN_CHARS: usize = 4_000;
/// How sure a model's word is taken to be.
const CONFIDENCE: f64 = 0.9;
/// What such calls are labelled with in the ledger.
const TAG: &str = "familiar:classify";

/// What models have said.
#[derive(Debug, Default)]
pub(crate) struct Classifier {
    kept: Mutex<HashMap<[u8; 32], (Duration, Task)>>,
}

impl Classifier {
    /// The kind of a task: what the rules say, unless they are not sure and a model knows better. What the model
    /// costs is the owner's, and stands in the ledger.
    pub(crate) async fn classify(
        &self,
        shared: &Arc<Shared>,
        owner: OwnerId,
        text: &TaskText<'_>,
    ) -> TaskClass {
        let config = &shared.config.tiers;
        let by_rules = classify(text);
        let Some(model) =
            config.classifier.as_deref().filter(|_| by_rules.confidence < config.classifier_below)
        else {
            return by_rules;
        };
        let now = shared.clock.monotonic();
        let key: [u8; 32] = Sha256::digest(text.text.as_bytes()).into();
        let known = self
            .kept
            .lock()
            .get(&key)
            .filter(|(at, _)| now.saturating_sub(*at) < KEPT_FOR)
            .map(|kept| kept.1);
        let task = match known {
            Some(task) => task,
            None => {
                let timeout = Duration::from_millis(config.classifier_timeout_ms);
                let asking = Box::pin(ask(shared, owner, model, text.text));
                match tokio::time::timeout(timeout, asking).await {
                    Ok(Ok(Some(task))) => task,
                    Ok(Ok(None)) => {
                        tracing::warn!(
                            model,
                            "the classifier answered with no kind of task; the rules count"
                        );
                        return by_rules;
                    }
                    Ok(Err(error)) => {
                        tracing::warn!(model, %error, "the classifier failed; the rules count");
                        return by_rules;
                    }
                    Err(_late) => {
                        tracing::warn!(model, "the classifier took too long; the rules count");
                        return by_rules;
                    }
                }
            }
        };
        self.keep(key, task, now);
        let (complexity, latency_need) = demands_of(task, text);
        TaskClass {
            task,
            complexity,
            latency_need,
            confidence: CONFIDENCE,
            because: vec![format!("`{model}` says so")],
            by_model: true,
        }
    }

    fn keep(&self, key: [u8; 32], task: Task, now: Duration) {
        let mut kept = self.kept.lock();
        if kept.len() >= MAX_KEPT {
            kept.retain(|_, (at, _)| now.saturating_sub(*at) < KEPT_FOR);
        }
        if kept.len() >= MAX_KEPT {
            // Still full of what is not old: half of it goes, whichever it is.
            let mut odd = false;
            kept.retain(|_, _| {
                odd = !odd;
                odd
            });
        }
        if let Entry::Vacant(entry) = kept.entry(key) {
            entry.insert((now, task));
        }
    }
}

/// Asks the model; `None` where its answer names no task.
async fn ask(
    shared: &Arc<Shared>,
    owner: OwnerId,
    model: &str,
    text: &str,
) -> Result<Option<Task>, GatewayError> {
    let names: Vec<&str> = Task::ALL.iter().map(|task| task.as_str()).collect();
    let instruction = format!(
        "Name the kind of task that the user's text asks for. Answer with one of these words and nothing else: {}. \
         The code tasks are about programs, the last eight about role-playing games at a table. Do not carry the task \
         out.",
        names.join(", ")
    );
    let shown: String = text.chars().take(SHOWN_CHARS).collect();
    let request = ChatRequest {
        model: model.to_owned(),
        messages: vec![Message::text(Role::System, instruction), Message::text(Role::User, shown)],
        parameters: Parameters {
            max_output_tokens: Some(200),
            temperature: Some(0.0),
            ..Parameters::default()
        },
        ..ChatRequest::default()
    };
    let call =
        Call { caller: Caller::Owner(owner), source: Source::Request(request), tags: vec![TAG.to_owned()] };
    let answer = pipeline::chat(shared, call).await?;
    let mut aggregator = Aggregator::default();
    if let AnswerBody::Events(mut events) = answer.body {
        while let Some(event) = events.next().await {
            aggregator.push(&event?);
        }
    }
    Ok(task_in(&aggregator.finish().plain_text()))
}

/// The task whose name stands in an answer; the last one where there are several, since some models think aloud.
fn task_in(answer: &str) -> Option<Task> {
    let answer = answer.to_lowercase();
    let mut found = answer.rsplit(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
    found.find_map(Task::from_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_found_in_an_answer() {
        for (answer, task) in [
            ("combat", Some(Task::Combat)),
            ("**World_Building**.", Some(Task::WorldBuilding)),
            ("It could be general, but: code_edit", Some(Task::CodeEdit)),
            ("I cannot say", None),
            ("", None),
        ] {
            assert_eq!(task_in(answer), task, "{answer}");
        }
    }
}
