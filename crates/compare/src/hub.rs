//! Answers under way, and those who watch them.
//!
//! Whoever joins, comes back or falls behind gets every answer under way as it stands, and then every step.

use crate::model::{Answer, Comparison};
use async_stream::stream;
use base::Id;
use futures::stream::BoxStream;
use llm::ChatEvent;
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::sync::CancellationToken;

/// A step of a comparison as its watchers see it.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// An answer as it stands; replaces what the watcher has of it.
    Answer(Box<Answer>),
    /// An answer grows.
    Text {
        /// Which.
        answer_id: Id,
        /// What to append to its text.
        delta: String,
    },
    /// The thinking of an answer grows.
    Reasoning {
        /// Which.
        answer_id: Id,
        /// What to append.
        delta: String,
    },
    /// Turns, columns, votes or the title changed: read the comparison again.
    Changed(Box<Comparison>),
}

/// All comparisons that are written or watched now.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    channels: Mutex<HashMap<Id, Channel>>,
}

#[derive(Debug)]
struct Channel {
    drafts: BTreeMap<Id, (Answer, CancellationToken)>,
    sender: broadcast::Sender<Arc<Step>>,
}

impl Channel {
    fn new() -> Self {
        Self { drafts: BTreeMap::new(), sender: broadcast::channel(2048).0 }
    }

    fn publish(&self, step: Step) {
        // Nobody watching is fine: the answer goes on.
        drop(self.sender.send(Arc::new(step)));
    }
}

impl Hub {
    /// An answer begins; the token stops it.
    pub(crate) fn begin(&self, answer: Answer) -> CancellationToken {
        let stop = CancellationToken::new();
        let mut channels = self.channels.lock();
        channels.retain(|_, channel| !channel.drafts.is_empty() || channel.sender.receiver_count() > 0);
        let channel = channels.entry(answer.compare_id).or_insert_with(Channel::new);
        channel.drafts.insert(answer.id, (answer.clone(), stop.clone()));
        channel.publish(Step::Answer(Box::new(answer)));
        stop
    }

    /// An answer grows; events that say nothing to a reader change nothing.
    pub(crate) fn advance(&self, (compare_id, answer_id): (Id, Id), event: &ChatEvent) {
        let mut channels = self.channels.lock();
        let Some(channel) = channels.get_mut(&compare_id) else { return };
        let Some((draft, _)) = channel.drafts.get_mut(&answer_id) else { return };
        let step = match event {
            ChatEvent::Text { delta } | ChatEvent::Refusal { delta } => {
                draft.text.push_str(delta);
                Step::Text { answer_id, delta: delta.clone() }
            }
            ChatEvent::Reasoning { delta } => {
                draft.body.reasoning.push_str(delta);
                Step::Reasoning { answer_id, delta: delta.clone() }
            }
            ChatEvent::Started { .. }
            | ChatEvent::ReasoningSealed { .. }
            | ChatEvent::ToolCallStarted { .. }
            | ChatEvent::ToolCallArguments { .. }
            | ChatEvent::Citation(_)
            | ChatEvent::Usage(_)
            | ChatEvent::Stopped { .. } => return,
        };
        channel.publish(step);
    }

    /// An answer as it stands, if it is being written.
    pub(crate) fn current(&self, compare_id: Id, answer_id: Id) -> Option<Answer> {
        Some(self.channels.lock().get(&compare_id)?.drafts.get(&answer_id)?.0.clone())
    }

    /// Every answer of a comparison that is being written.
    pub(crate) fn drafts(&self, compare_id: Id) -> Vec<Answer> {
        let channels = self.channels.lock();
        let drafts = channels.get(&compare_id).map(|channel| channel.drafts.values());
        drafts.into_iter().flatten().map(|(draft, _)| draft.clone()).collect()
    }

    /// Asks an answer to stop; says whether it was being written.
    pub(crate) fn stop(&self, compare_id: Id, answer_id: Id) -> bool {
        let channels = self.channels.lock();
        let draft = channels.get(&compare_id).and_then(|channel| channel.drafts.get(&answer_id));
        draft.inspect(|(_, stop)| stop.cancel()).is_some()
    }

    /// Asks every answer of a comparison to stop.
    pub(crate) fn stop_all(&self, compare_id: Id) {
        let channels = self.channels.lock();
        let drafts = channels.get(&compare_id).map(|channel| channel.drafts.values());
        drafts.into_iter().flatten().for_each(|(_, stop)| stop.cancel());
    }

    /// An answer has ended as this.
    pub(crate) fn finish(&self, answer: Answer) {
        if let Some(channel) = self.channels.lock().get_mut(&answer.compare_id) {
            channel.drafts.remove(&answer.id);
            channel.publish(Step::Answer(Box::new(answer)));
        }
    }

    /// Tells the watchers that the comparison itself changed.
    pub(crate) fn changed(&self, comparison: Comparison) {
        if let Some(channel) = self.channels.lock().get(&comparison.id) {
            channel.publish(Step::Changed(Box::new(comparison)));
        }
    }

    /// Joins those who watch a comparison.
    pub(crate) fn join(&self, compare_id: Id) -> (Vec<Arc<Step>>, broadcast::Receiver<Arc<Step>>) {
        let mut channels = self.channels.lock();
        let channel = channels.entry(compare_id).or_insert_with(Channel::new);
        let drafts = channel.drafts.values();
        let standing = drafts.map(|(draft, _)| Arc::new(Step::Answer(Box::new(draft.clone())))).collect();
        (standing, channel.sender.subscribe())
    }

    /// Follows a comparison from now on.
    pub(crate) fn follow(self: &Arc<Self>, compare_id: Id) -> BoxStream<'static, Step> {
        let hub = Arc::clone(self);
        let (mut standing, mut receiver) = self.join(compare_id);
        Box::pin(stream! {
            loop {
                for step in standing.drain(..) {
                    yield step.as_ref().clone();
                }
                match receiver.recv().await {
                    Ok(step) => yield step.as_ref().clone(),
                    Err(RecvError::Closed) => return,
                    Err(RecvError::Lagged(_)) => (standing, receiver) = hub.join(compare_id),
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AnswerBody, Status};
    use base::{Timestamp, new_id};
    use futures::{FutureExt, StreamExt};

    fn answer(compare_id: Id) -> Answer {
        Answer {
            id: new_id(),
            compare_id,
            turn_id: new_id(),
            column_id: new_id(),
            status: Status::Streaming,
            text: String::new(),
            body: AnswerBody::default(),
            created_at: Timestamp::default(),
        }
    }

    fn seen(watcher: &mut BoxStream<'static, Step>) -> Vec<String> {
        let mut steps = Vec::new();
        while let Some(Some(step)) = watcher.next().now_or_never() {
            steps.push(match step {
                Step::Answer(answer) => format!("={}", answer.text),
                Step::Text { delta, .. } => format!("+{delta}"),
                Step::Reasoning { delta, .. } => format!("~{delta}"),
                Step::Changed(_) => "changed".to_owned(),
            });
        }
        steps
    }

    #[test]
    fn one_who_comes_late_gets_every_answer_as_it_stands_and_then_every_step() {
        let (hub, compare_id) = (Arc::new(Hub::default()), new_id());
        let (one, other) = (answer(compare_id), answer(compare_id));
        hub.begin(one.clone());
        hub.begin(other.clone());
        hub.advance((compare_id, one.id), &ChatEvent::Text { delta: "Hel".into() });
        let mut watcher = hub.follow(compare_id);
        hub.advance((compare_id, one.id), &ChatEvent::Text { delta: "lo".into() });
        hub.advance((compare_id, other.id), &ChatEvent::Reasoning { delta: "hm".into() });
        hub.finish(Answer { text: "Hello".into(), ..one });
        assert_eq!(seen(&mut watcher), ["=Hel", "=", "+lo", "~hm", "=Hello"]);
        assert_eq!(hub.drafts(compare_id).len(), 1);
    }

    #[test]
    fn one_who_falls_behind_gets_everything_as_it_stands() {
        let (hub, compare_id) = (Arc::new(Hub::default()), new_id());
        let one = answer(compare_id);
        hub.begin(one.clone());
        let mut slow = hub.follow(compare_id);
        for _ in 0..5_000 {
            hub.advance((compare_id, one.id), &ChatEvent::Text { delta: "x".into() });
        }
        let steps = seen(&mut slow);
        assert_eq!(steps.last().unwrap(), &format!("={}", "x".repeat(5_000)));
    }

    #[test]
    fn stopping_one_leaves_the_others() {
        let (hub, compare_id) = (Arc::new(Hub::default()), new_id());
        let (one, other) = (answer(compare_id), answer(compare_id));
        let (first, second) = (hub.begin(one.clone()), hub.begin(other));
        assert!(hub.stop(compare_id, one.id) && !hub.stop(compare_id, new_id()));
        assert_eq!((first.is_cancelled(), second.is_cancelled()), (true, false));
        hub.stop_all(compare_id);
        assert!(second.is_cancelled());
    }
}
