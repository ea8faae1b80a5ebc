//! Answers under way, and those who watch them.
//!
//! The hub holds each answer while it is written, so that whoever comes late gets it as it stands and then
//! every step that follows. Steps are numbered; one who lost the connection names the last number seen.

use crate::{
    deleting::Deleted,
    model::{Conversation, Message},
    tools::ToolUse,
};
use async_stream::stream;
use base::Id;
use futures::stream::BoxStream;
use llm::{ChatEvent, Part};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    fmt,
    str::FromStr,
    sync::Arc,
};
use tokio::sync::{
    broadcast::{self, error::RecvError},
    oneshot,
};
use tokio_util::sync::CancellationToken;

/// Steps kept for those who come back.
const LOG_LENGTH: usize = 4096;

/// A step of a conversation as its watchers see it.
#[derive(Debug, Clone, PartialEq)]
pub enum TurnEvent {
    /// An answer as it stands; replaces what the watcher has of it.
    Snapshot(Box<Message>),
    /// An answer grows.
    Delta {
        /// Which.
        message_id: Id,
        /// By what.
        event: ChatEvent,
    },
    /// What the model of an answer has done, as it stands; replaces what the watcher has of that call.
    Tool {
        /// Which answer.
        message_id: Id,
        /// The call.
        used: Box<ToolUse>,
    },
    /// An answer has ended.
    Finished(Box<Message>),
    /// The conversation's title, model or grounding changed.
    Conversation(Box<Conversation>),
}

impl TurnEvent {
    /// The answer that it tells of.
    fn message_id(&self) -> Option<Id> {
        match self {
            Self::Snapshot(message) | Self::Finished(message) => Some(message.id),
            Self::Delta { message_id, .. } | Self::Tool { message_id, .. } => Some(*message_id),
            Self::Conversation(_) => None,
        }
    }
}

/// What lists of conversations have to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A conversation was added, changed or removed.
    Conversation(Id),
    /// Messages of a conversation were deleted: who shows them does not any more.
    MessagesDeleted {
        /// Which conversation.
        conversation_id: Id,
        /// What went.
        deleted: Deleted,
    },
    /// Folders changed, or where conversations lie.
    Arranged,
}

/// The number of a step: which run of the server, and which step of the conversation in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sequence {
    run: i64,
    step: u64,
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{}", self.run, self.step)
    }
}

impl FromStr for Sequence {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (run, step) = text.split_once('-').unwrap_or((text, ""));
        Ok(Self { run: i64::from_str_radix(run, 16)?, step: step.parse()? })
    }
}

type Step = (Sequence, Arc<TurnEvent>);

/// All conversations that are written or watched now.
#[derive(Debug)]
pub(crate) struct Hub {
    run: i64,
    channels: Mutex<HashMap<Id, Channel>>,
    /// For lists of conversations.
    changes: broadcast::Sender<Change>,
}

#[derive(Debug)]
struct Channel {
    next_step: u64,
    log: VecDeque<Step>,
    drafts: BTreeMap<Id, Draft>,
    sender: broadcast::Sender<Step>,
}

/// An answer while it is written.
#[derive(Debug)]
struct Draft {
    message: Message,
    reasoning: String,
    stop: CancellationToken,
    /// Calls of tools that wait for the person to allow them.
    asked: HashMap<Id, oneshot::Sender<bool>>,
}

impl Hub {
    /// A hub whose steps are told from those of other runs by `run`.
    pub(crate) fn new(run: i64) -> Self {
        Self { run, channels: Mutex::new(HashMap::new()), changes: broadcast::channel(256).0 }
    }

    /// Tells which conversations change, for lists of them.
    pub(crate) fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// A conversation was added, changed or removed.
    pub(crate) fn changed(&self, conversation_id: Id) {
        self.tell(Change::Conversation(conversation_id));
    }

    /// Lists of conversations are not what they were.
    pub(crate) fn tell(&self, change: Change) {
        // Nobody listening is fine.
        drop(self.changes.send(change));
    }

    /// An answer begins; the token stops it.
    pub(crate) fn begin(&self, message: Message) -> CancellationToken {
        let stop = CancellationToken::new();
        let mut channels = self.channels.lock();
        channels.retain(|_, channel| !channel.drafts.is_empty() || channel.sender.receiver_count() > 0);
        let channel = channels.entry(message.conversation_id).or_insert_with(Channel::new);
        let (stop_of, asked) = (stop.clone(), HashMap::new());
        let draft = Draft { message: message.clone(), reasoning: String::new(), stop: stop_of, asked };
        channel.drafts.insert(message.id, draft);
        let conversation_id = message.conversation_id;
        channel.publish(self.run, TurnEvent::Snapshot(Box::new(message)));
        self.changed(conversation_id);
        stop
    }

    /// An answer grows.
    pub(crate) fn advance(&self, conversation_id: Id, message_id: Id, event: ChatEvent) {
        let mut channels = self.channels.lock();
        if let Some(channel) = channels.get_mut(&conversation_id) {
            if let Some(draft) = channel.drafts.get_mut(&message_id) {
                draft.apply(&event);
            }
            channel.publish(self.run, TurnEvent::Delta { message_id, event });
        }
    }

    /// A call of a tool begins, goes on or ends.
    pub(crate) fn used(&self, conversation_id: Id, message_id: Id, used: ToolUse) {
        let mut channels = self.channels.lock();
        let Some(channel) = channels.get_mut(&conversation_id) else { return };
        if let Some(draft) = channel.drafts.get_mut(&message_id) {
            let uses = &mut draft.message.body.tool_uses;
            match uses.iter_mut().find(|known| known.id == used.id) {
                Some(known) => known.clone_from(&used),
                None => uses.push(used.clone()),
            }
        }
        channel.publish(self.run, TurnEvent::Tool { message_id, used: Box::new(used) });
    }

    /// A call that waits for the person; the receiver hears whether it is allowed, and breaks when the answer ends.
    pub(crate) fn ask(
        &self,
        conversation_id: Id,
        message_id: Id,
        use_id: Id,
    ) -> Option<oneshot::Receiver<bool>> {
        let mut channels = self.channels.lock();
        let draft = channels.get_mut(&conversation_id)?.drafts.get_mut(&message_id)?;
        let (sender, receiver) = oneshot::channel();
        draft.asked.insert(use_id, sender);
        Some(receiver)
    }

    /// The person allows a call or does not; says whether it still waited for that.
    pub(crate) fn decide(&self, conversation_id: Id, (message_id, use_id): (Id, Id), allowed: bool) -> bool {
        let mut channels = self.channels.lock();
        let draft =
            channels.get_mut(&conversation_id).and_then(|channel| channel.drafts.get_mut(&message_id));
        let sender = draft.and_then(|draft| draft.asked.remove(&use_id));
        sender.is_some_and(|sender| sender.send(allowed).is_ok())
    }

    /// An answer as it stands, if it is being written.
    pub(crate) fn current(&self, conversation_id: Id, message_id: Id) -> Option<Message> {
        self.channels.lock().get(&conversation_id)?.drafts.get(&message_id).map(Draft::current)
    }

    /// Whether an answer of this conversation is being written.
    pub(crate) fn is_streaming(&self, conversation_id: Id) -> bool {
        self.channels.lock().get(&conversation_id).is_some_and(|channel| !channel.drafts.is_empty())
    }

    /// Asks the answer to stop; says whether it was being written.
    pub(crate) fn stop(&self, conversation_id: Id, message_id: Id) -> bool {
        let channels = self.channels.lock();
        let draft = channels.get(&conversation_id).and_then(|channel| channel.drafts.get(&message_id));
        draft.inspect(|draft| draft.stop.cancel()).is_some()
    }

    /// Asks every answer of a conversation to stop.
    pub(crate) fn stop_all(&self, conversation_id: Id) {
        let channels = self.channels.lock();
        let drafts = channels.get(&conversation_id).map(|channel| channel.drafts.values());
        drafts.into_iter().flatten().for_each(|draft| draft.stop.cancel());
    }

    /// An answer has ended as `message`.
    pub(crate) fn finish(&self, message: Message) {
        let mut channels = self.channels.lock();
        if let Some(channel) = channels.get_mut(&message.conversation_id) {
            channel.drafts.remove(&message.id);
            let conversation_id = message.conversation_id;
            channel.publish(self.run, TurnEvent::Finished(Box::new(message)));
            self.changed(conversation_id);
        }
    }

    /// Messages are deleted: who comes back is not told of them any more.
    pub(crate) fn forget(&self, conversation_id: Id, gone: &[Id]) {
        if let Some(channel) = self.channels.lock().get_mut(&conversation_id) {
            channel.log.retain(|(_, event)| event.message_id().is_none_or(|id| !gone.contains(&id)));
        }
    }

    /// Tells the watchers that the conversation itself changed.
    pub(crate) fn conversation(&self, conversation: Conversation) {
        self.changed(conversation.id);
        if let Some(channel) = self.channels.lock().get_mut(&conversation.id) {
            channel.publish(self.run, TurnEvent::Conversation(Box::new(conversation)));
        }
    }

    /// Joins those who watch a conversation: with the steps after `last` where they are still known, else
    /// with every answer under way as it stands.
    pub(crate) fn join(&self, conversation_id: Id, last: Option<Sequence>) -> Joined {
        let mut channels = self.channels.lock();
        let channel = channels.entry(conversation_id).or_insert_with(Channel::new);
        let receiver = channel.sender.subscribe();
        if let Some(steps) = last.and_then(|last| channel.after(self.run, last)) {
            return Joined { steps, receiver, here: None };
        }
        let here = Sequence { run: self.run, step: channel.next_step.saturating_sub(1) };
        let snapshot = |draft: &Draft| (here, Arc::new(TurnEvent::Snapshot(Box::new(draft.current()))));
        Joined { steps: channel.drafts.values().map(snapshot).collect(), receiver, here: Some(here) }
    }

    /// Follows a conversation from where one has joined.
    pub(crate) fn follow(
        self: &Arc<Self>,
        conversation_id: Id,
        joined: Joined,
    ) -> BoxStream<'static, (Sequence, TurnEvent)> {
        let hub = Arc::clone(self);
        let Joined { steps, mut receiver, .. } = joined;
        Box::pin(stream! {
            for (sequence, event) in steps {
                yield (sequence, event.as_ref().clone());
            }
            loop {
                match receiver.recv().await {
                    Ok((sequence, event)) => yield (sequence, event.as_ref().clone()),
                    Err(RecvError::Closed) => return,
                    Err(RecvError::Lagged(_)) => {
                        let again = hub.join(conversation_id, None);
                        receiver = again.receiver;
                        for (sequence, event) in again.steps {
                            yield (sequence, event.as_ref().clone());
                        }
                    }
                }
            }
        })
    }
}

/// One who has begun to watch.
#[derive(Debug)]
pub(crate) struct Joined {
    steps: Vec<Step>,
    receiver: broadcast::Receiver<Step>,
    /// Set for one who gets everything anew, not just what was missed.
    here: Option<Sequence>,
}

impl Joined {
    /// Whether everything is sent anew.
    pub(crate) const fn is_new(&self) -> bool {
        self.here.is_some()
    }

    /// Adds a message as it is kept, unless it is being written. It has to be read *after* joining: an answer
    /// that ends in between is then either still a draft here, or kept as it ended.
    pub(crate) fn add_kept(&mut self, kept: Message) {
        let known = self
            .steps
            .iter()
            .any(|(_, event)| matches!(event.as_ref(), TurnEvent::Snapshot(draft) if draft.id == kept.id));
        if let (Some(here), false) = (self.here, known) {
            self.steps.insert(0, (here, Arc::new(TurnEvent::Snapshot(Box::new(kept)))));
        }
    }
}

impl Channel {
    fn new() -> Self {
        Self {
            next_step: 1,
            log: VecDeque::new(),
            drafts: BTreeMap::new(),
            sender: broadcast::channel(1024).0,
        }
    }

    fn publish(&mut self, run: i64, event: TurnEvent) {
        let step = (Sequence { run, step: self.next_step }, Arc::new(event));
        self.next_step += 1;
        self.log.push_back(step.clone());
        if self.log.len() > LOG_LENGTH {
            self.log.pop_front();
        }
        // Nobody watching is fine: the answer goes on.
        drop(self.sender.send(step));
    }

    /// The steps after `last`, if none of them is lost.
    fn after(&self, run: i64, last: Sequence) -> Option<Vec<Step>> {
        let first_kept = self.log.front().map_or(self.next_step, |(sequence, _)| sequence.step);
        let known = last.run == run && last.step + 1 >= first_kept && last.step < self.next_step;
        known.then(|| self.log.iter().filter(|(sequence, _)| sequence.step > last.step).cloned().collect())
    }
}

impl Draft {
    fn apply(&mut self, event: &ChatEvent) {
        match event {
            ChatEvent::Text { delta } | ChatEvent::Refusal { delta } => self.message.text.push_str(delta),
            ChatEvent::Reasoning { delta } => self.reasoning.push_str(delta),
            ChatEvent::Citation(citation) => self.message.body.citations.push(citation.clone()),
            ChatEvent::Started { .. }
            | ChatEvent::ReasoningSealed { .. }
            | ChatEvent::ToolCallStarted { .. }
            | ChatEvent::ToolCallArguments { .. }
            | ChatEvent::Usage(_)
            | ChatEvent::Stopped { .. } => {}
        }
    }

    fn current(&self) -> Message {
        let mut message = self.message.clone();
        if !self.reasoning.is_empty() {
            let text = self.reasoning.clone();
            message.body.parts = vec![Part::Reasoning { text, signature: None, redacted: None }];
        }
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{MessageBody, MessageStatus, Speaker};
    use base::{Timestamp, new_id};
    use futures::{FutureExt, StreamExt};

    fn answer(conversation_id: Id) -> Message {
        Message {
            id: new_id(),
            conversation_id,
            parent_id: None,
            speaker: Speaker::Assistant,
            status: MessageStatus::Streaming,
            text: String::new(),
            body: MessageBody::default(),
            created_at: Timestamp::default(),
        }
    }

    fn text(delta: &str) -> ChatEvent {
        ChatEvent::Text { delta: delta.into() }
    }

    fn watch(
        hub: &Arc<Hub>,
        conversation: Id,
        last: Option<Sequence>,
    ) -> BoxStream<'static, (Sequence, TurnEvent)> {
        hub.follow(conversation, hub.join(conversation, last))
    }

    /// What has come to a watcher so far, as short texts.
    fn seen(watcher: &mut BoxStream<'static, (Sequence, TurnEvent)>) -> (Vec<String>, Option<Sequence>) {
        let (mut steps, mut last) = (Vec::new(), None);
        while let Some(Some((sequence, event))) = watcher.next().now_or_never() {
            last = Some(sequence);
            steps.push(match event {
                TurnEvent::Snapshot(message) => format!("={}", message.text),
                TurnEvent::Delta { event: ChatEvent::Text { delta }, .. } => format!("+{delta}"),
                TurnEvent::Finished(message) => format!("!{}", message.text),
                other @ (TurnEvent::Delta { .. } | TurnEvent::Tool { .. } | TurnEvent::Conversation(_)) => {
                    format!("{other:?}")
                }
            });
        }
        (steps, last)
    }

    #[test]
    fn one_who_comes_late_gets_the_answer_as_it_stands_and_then_every_step() {
        let hub = Arc::new(Hub::new(1));
        let message = answer(new_id());
        let (conversation, id) = (message.conversation_id, message.id);
        hub.begin(message.clone());
        hub.advance(conversation, id, text("Hel"));
        let mut watcher = watch(&hub, conversation, None);
        hub.advance(conversation, id, text("lo"));
        hub.finish(Message { text: "Hello".into(), ..message });
        assert_eq!(seen(&mut watcher).0, ["=Hel", "+lo", "!Hello"]);
        assert!(!hub.is_streaming(conversation));
    }

    #[test]
    fn one_who_comes_back_misses_nothing_and_gets_nothing_twice() {
        let hub = Arc::new(Hub::new(1));
        let message = answer(new_id());
        let (conversation, id) = (message.conversation_id, message.id);
        let mut first = watch(&hub, conversation, None);
        hub.begin(message.clone());
        hub.advance(conversation, id, text("a"));
        let (steps, last) = seen(&mut first);
        assert_eq!(steps, ["=", "+a"]);
        drop(first);
        hub.advance(conversation, id, text("b"));
        hub.finish(Message { text: "ab".into(), ..message });
        let mut second = watch(&hub, conversation, last);
        assert_eq!(seen(&mut second).0, ["+b", "!ab"]);
    }

    #[test]
    fn a_number_of_another_run_gets_everything_anew() {
        let hub = Arc::new(Hub::new(2));
        let message = answer(new_id());
        let conversation = message.conversation_id;
        let kept = Message { text: "kept".into(), ..answer(conversation) };
        hub.begin(message);
        let other: Sequence = "1-1".parse().unwrap();
        let mut joined = hub.join(conversation, Some(other));
        joined.add_kept(kept);
        assert_eq!(seen(&mut hub.follow(conversation, joined)).0, ["=kept", "="]);
        let ahead = Sequence { run: 2, step: 99 };
        assert_eq!(seen(&mut watch(&hub, conversation, Some(ahead))).0, ["="]);
    }

    #[test]
    fn one_who_falls_behind_gets_the_answer_as_it_stands() {
        let hub = Arc::new(Hub::new(1));
        let message = answer(new_id());
        let (conversation, id) = (message.conversation_id, message.id);
        let mut slow = watch(&hub, conversation, None);
        hub.begin(message);
        for _ in 0..3_000 {
            hub.advance(conversation, id, text("x"));
        }
        let (steps, _) = seen(&mut slow);
        assert_eq!(steps, [format!("={}", "x".repeat(3_000))]);
    }

    #[test]
    fn a_sequence_reads_back() {
        let sequence = Sequence { run: 1_795_229_045_006, step: 42 };
        assert_eq!(sequence.to_string().parse::<Sequence>().unwrap(), sequence);
        assert!("nonsense".parse::<Sequence>().is_err());
    }
}
