//! Conversations of several personas: who takes part, whose turn it is, and how they go on by themselves.
//!
//! Who speaks is decided by [`persona::group`]; here the members are found, the queue is kept (so that it outlives the
//! program), and one answer follows another. A queue goes on only behind the answer that it was made for: whoever says
//! something else meanwhile, or stops an answer, has the last word.

use crate::{
    db,
    db::groups,
    error::ChatError,
    model::{Conversation, Message, MessageBody, MessageStatus, NewTurn, Speaker, SpokenBy},
    play::{Heard, unkept},
    service::{ChatService, Started},
};
use base::{Id, OwnerId, new_id};
use futures::future::BoxFuture;
use gateway::Project;
use persona::{
    Kind, Persona,
    group::{self, Cards, MAX_MEMBERS, Moment, Policy, Seat, Why},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::OwnedMutexGuard;

/// Answers that a group may give by itself after the person spoke, at the most.
pub const MAX_AUTO_TURNS: u32 = 40;
/// How readily somebody speaks up of whom nobody says it.
const TALKATIVENESS: u8 = 50;

/// Several personas in a conversation, and how they take turns; kept as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Group {
    /// Who takes part, in their order.
    pub members: Vec<Member>,
    /// How it is decided who speaks.
    pub policy: Policy,
    /// Whose cards the speaker's prompt has beside its own.
    pub cards: Cards,
    /// Whether one may speak twice in a row.
    pub answers_itself: bool,
    /// Answers that the group gives by itself after those to the person; 0 for none.
    pub auto_turns: u32,
    /// What chance goes by.
    pub seed: u64,
}

/// A member of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub persona_id: Id,
    /// Whether they are to be silent.
    #[serde(default)]
    pub muted: bool,
    /// How readily they speak up, 0 to 100; `None` takes what the card says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub talkativeness: Option<u8>,
}

/// Who is still to speak; kept as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Queue {
    /// Who, the next first.
    pub next: Vec<Queued>,
    /// The answer behind which it goes on.
    pub behind: Option<Id>,
    /// Answers that the group still gives by itself.
    pub auto_left: u32,
}

/// Somebody who is to speak.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    /// Who.
    pub persona_id: Id,
    /// Why.
    pub why: Why,
}

/// A group as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupState {
    /// What it is.
    pub group: Group,
    /// What the members are called, in their order, and how readily they speak up.
    pub people: Vec<(String, u8)>,
    /// Who is to speak.
    pub queue: Vec<Queued>,
    /// Who would go on now, by the policy, where nobody is queued.
    pub expected: Option<Queued>,
    /// Answers that it still gives by itself.
    pub auto_left: u32,
}

/// The members, found.
struct Cast {
    group: Group,
    personas: Vec<Persona>,
}

/// The one who answers, and those who do afterwards.
pub(crate) struct Called {
    pub(crate) speaker: Voice,
    rest: Vec<Queued>,
    auto_left: u32,
    /// Nobody else decides before this is kept.
    _turn: OwnedMutexGuard<()>,
}

/// One who speaks.
#[derive(Debug, Clone)]
pub(crate) struct Voice {
    pub(crate) spoken_by: SpokenBy,
    /// The model that plays them best.
    pub(crate) model: Option<String>,
}

type Result<T> = std::result::Result<T, ChatError>;

impl Cast {
    fn seats(&self) -> Vec<Seat<'_>> {
        let members = self.group.members.iter().zip(&self.personas);
        members
            .map(|(member, persona)| Seat {
                name: &persona.name,
                called: persona.called(),
                talkativeness: talkativeness(*member, persona),
                muted: member.muted,
            })
            .collect()
    }

    fn seat_of(&self, persona_id: Id) -> Option<usize> {
        self.group.members.iter().position(|member| member.persona_id == persona_id)
    }

    /// Whether a text names members, and not this one: it is said to them.
    fn is_to_others(&self, text: &str, persona_id: Id) -> bool {
        let named = group::named(text, &self.seats());
        !named.is_empty() && self.seat_of(persona_id).is_some_and(|seat| !named.contains(&seat))
    }

    /// Who speaks after the branch by the policy.
    fn order(&self, branch: &[Message]) -> Vec<Queued> {
        let seats = self.seats();
        let by =
            |message: &Message| message.body.spoken_by.as_ref().and_then(|by| self.seat_of(by.persona_id));
        let last = branch.last();
        let since: Vec<usize> = branch
            .iter()
            .rev()
            .take_while(|message| message.speaker == Speaker::Assistant)
            .filter_map(by)
            .collect();
        let turns = u64::try_from(branch.len()).unwrap_or(0);
        let found = group::order(&Moment {
            seats: &seats,
            policy: self.group.policy,
            answers_itself: self.group.answers_itself,
            last: last.map_or("", |message| message.text.as_str()),
            last_by: last.and_then(by),
            since: &since,
            seed: self.group.seed ^ turns.rotate_left(17),
        });
        let queued = found.into_iter().filter_map(|(seat, why)| {
            Some(Queued { persona_id: self.group.members.get(seat)?.persona_id, why })
        });
        queued.collect()
    }

    fn voice(&self, persona_id: Id) -> Option<Voice> {
        let persona = self.personas.get(self.seat_of(persona_id)?)?;
        let spoken_by = SpokenBy { persona_id, name: persona.called().to_owned(), greeting: None };
        Some(Voice { spoken_by, model: persona.model.clone().filter(|model| !model.trim().is_empty()) })
    }
}

/// How readily a member speaks up: as the group says, else as the card does in SillyTavern's way (0 to 1).
fn talkativeness(member: Member, persona: &Persona) -> u8 {
    let said = persona.extensions.get("talkativeness").and_then(|value| match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    });
    let by_card =
        said.filter(|value| value.is_finite()).map(|value| (value.clamp(0.0, 1.0) * 100.0).round() as u8);
    member.talkativeness.or(by_card).unwrap_or(TALKATIVENESS).min(100)
}

impl ChatService {
    /// The group of a conversation; `None` where only one speaks.
    ///
    /// # Errors
    /// Where there is no such conversation, or a member is gone for good.
    pub async fn group(&self, owner: OwnerId, id: Id) -> Result<Option<GroupState>> {
        let conversation = db::conversation(&self.parts.db, owner, id).await?;
        let Some((group, queue)) = groups::group(&self.parts.db, owner, id).await? else { return Ok(None) };
        let cast = self.cast_of(owner, group).await?;
        Ok(Some(self.shown(&conversation, cast, queue).await?))
    }

    /// Makes a conversation one of several personas, or changes how they take turns. Who was queued and still takes part
    /// stays queued. Where nothing was said yet, each member greets.
    ///
    /// # Errors
    /// A group that cannot be, such as one with the same persona twice.
    pub async fn set_group(&self, owner: OwnerId, id: Id, group: Group) -> Result<GroupState> {
        let mut conversation = db::to_change(&self.parts.db, owner, id).await?;
        check(&group)?;
        let cast = self.cast_of(owner, group).await?;
        if let Some(person) = cast.personas.iter().find(|persona| persona.kind == Kind::User) {
            return Err(ChatError::Group(format!(
                "`{}` is who a person is, and nobody plays them",
                person.name
            )));
        }
        let _turn = self.groups.lock().await;
        let before = groups::group(&self.parts.db, owner, id).await?;
        let mut queue = before.as_ref().map(|(_, queue)| queue.clone()).unwrap_or_default();
        queue.next.retain(|queued| {
            cast.group.members.iter().any(|member| member.persona_id == queued.persona_id && !member.muted)
        });
        queue.auto_left = queue.auto_left.min(cast.group.auto_turns);
        let same_people = before.as_ref().is_some_and(|(known, _)| {
            known.members.iter().map(|member| member.persona_id).eq(cast
                .group
                .members
                .iter()
                .map(|m| m.persona_id))
        });
        groups::put_group(&self.parts.db, owner, id, (&cast.group, &queue)).await?;
        conversation.cast.persona_id = cast.group.members.first().map(|member| member.persona_id);
        if !same_people {
            self.greet_as_group(owner, &mut conversation, &cast).await?;
        }
        db::update_conversation(&self.parts.db, &conversation, None).await?;
        let conversation = self.tell_of(owner, id).await?;
        self.shown(&conversation, cast, queue).await
    }

    /// Makes it a conversation with one persona again: the first of the group.
    ///
    /// # Errors
    /// Where there is no such conversation.
    pub async fn end_group(&self, owner: OwnerId, id: Id) -> Result<()> {
        db::conversation(&self.parts.db, owner, id).await?;
        let _turn = self.groups.lock().await;
        groups::delete_group(&self.parts.db, owner, id).await?;
        self.tell_of(owner, id).await?;
        Ok(())
    }

    /// Has a copy of a conversation be a group as well, in which nobody is to speak yet.
    pub(crate) async fn copy_group(&self, owner: OwnerId, from: Id, to: Id) -> Result<()> {
        match groups::group(&self.parts.db, owner, from).await? {
            Some((group, _)) => {
                groups::put_group(&self.parts.db, owner, to, (&group, &Queue::default())).await
            }
            None => Ok(()),
        }
    }

    /// Says who speaks next, in this order; nobody takes the queue away.
    ///
    /// # Errors
    /// Somebody who does not take part.
    pub async fn queue_speakers(&self, owner: OwnerId, id: Id, next: &[Id]) -> Result<GroupState> {
        db::conversation(&self.parts.db, owner, id).await?;
        let _turn = self.groups.lock().await;
        let (group, mut queue) = self.kept_group(owner, id).await?;
        let cast = self.cast_of(owner, group).await?;
        if let Some(stranger) = next.iter().find(|next| cast.seat_of(**next).is_none()) {
            return Err(ChatError::Group(format!("the persona `{stranger}` does not take part")));
        }
        queue.next = next.iter().map(|next| Queued { persona_id: *next, why: Why::Chosen }).collect();
        groups::put_group(&self.parts.db, owner, id, (&cast.group, &queue)).await?;
        let conversation = self.tell_of(owner, id).await?;
        self.shown(&conversation, cast, queue).await
    }

    /// Has somebody speak: who is named, or who is next. What is queued behind them stays.
    ///
    /// # Errors
    /// Nobody is next; somebody who does not take part; somebody speaks already.
    pub async fn speak(
        self: &Arc<Self>,
        (owner, project): (OwnerId, Option<Project>),
        id: Id,
        persona_id: Option<Id>,
    ) -> Result<Started> {
        let conversation = db::to_change(&self.parts.db, owner, id).await?;
        if self.hub.is_streaming(id) {
            return Err(ChatError::Group("somebody speaks already".into()));
        }
        let _turn = self.groups.lock().await;
        let (group, mut queue) = self.kept_group(owner, id).await?;
        let cast = self.cast_of(owner, group).await?;
        let Some(asked) = conversation.leaf_id else { return Err(ChatError::Empty) };
        let branch = db::branch(&self.parts.db, id, asked).await?;
        let next = match persona_id {
            Some(chosen) => chosen,
            None if !queue.next.is_empty() => queue.next.remove(0).persona_id,
            None => {
                let order = cast.order(&branch);
                order.first().ok_or(ChatError::NobodyNext)?.persona_id
            }
        };
        let voice = cast.voice(next);
        let voice =
            voice.ok_or_else(|| ChatError::Group(format!("the persona `{next}` does not take part")))?;
        let reply = self.begin_reply((owner, project), conversation, (asked, Some(voice))).await?;
        queue.behind = Some(reply.id);
        groups::put_group(&self.parts.db, owner, id, (&cast.group, &queue)).await?;
        Ok(Started { user_message: None, reply })
    }

    /// Says something without having it answered: in a group where the person chooses who does.
    ///
    /// # Errors
    /// As for a turn.
    pub async fn say(&self, owner: OwnerId, id: Id, new: NewTurn) -> Result<Message> {
        crate::service::check(&new)?;
        let mut conversation = db::to_change(&self.parts.db, owner, id).await?;
        self.kept_group(owner, id).await?;
        // What it follows is not deleted meanwhile.
        let _turn = self.groups.lock().await;
        let said = (new.parent_id, new.text, new.images);
        let message = self.keep_said(owner, &conversation, said).await?;
        conversation.leaf_id = Some(message.id);
        conversation.updated_at = message.created_at;
        db::update_conversation(&self.parts.db, &conversation, None).await?;
        self.tell_of(owner, id).await?;
        Ok(message)
    }

    /// Stops whoever speaks and takes the queue away.
    ///
    /// # Errors
    /// Where there is no such conversation, or no group in it.
    pub async fn stop_group(&self, owner: OwnerId, id: Id) -> Result<GroupState> {
        db::conversation(&self.parts.db, owner, id).await?;
        let _turn = self.groups.lock().await;
        let (group, _) = self.kept_group(owner, id).await?;
        groups::put_group(&self.parts.db, owner, id, (&group, &Queue::default())).await?;
        self.hub.stop_all(id);
        let conversation = self.tell_of(owner, id).await?;
        let cast = self.cast_of(owner, group).await?;
        self.shown(&conversation, cast, Queue::default()).await
    }

    /// Who answers what a person is about to say, and who does afterwards; `None` where there is no group.
    pub(crate) async fn call_on(&self, owner: OwnerId, id: Id, new: &NewTurn) -> Result<Option<Called>> {
        if groups::group(&self.parts.db, owner, id).await?.is_none() {
            return Ok(None);
        }
        let turn = Arc::clone(&self.groups).lock_owned().await;
        let (group, queue) = self.kept_group(owner, id).await?;
        let cast = self.cast_of(owner, group).await?;
        let chosen: Vec<Queued> = queue.next.into_iter().filter(|queued| queued.why == Why::Chosen).collect();
        let mut order = chosen;
        if order.is_empty() {
            let mut branch = match new.parent_id {
                Some(parent_id) => db::branch(&self.parts.db, id, parent_id).await?,
                None => Vec::new(),
            };
            branch.push(unkept(Speaker::User, &new.text));
            order = cast.order(&branch);
        }
        if order.is_empty() {
            return Err(ChatError::NobodyNext);
        }
        let first = order.remove(0);
        let speaker = cast.voice(first.persona_id).ok_or(ChatError::NobodyNext)?;
        Ok(Some(Called { speaker, rest: order, auto_left: cast.group.auto_turns, _turn: turn }))
    }

    /// Takes the queue away where it goes on behind a message that is deleted. Called while it is held who speaks.
    pub(crate) async fn nobody_behind(&self, owner: OwnerId, id: Id, gone: &[Id]) -> Result<()> {
        match groups::group(&self.parts.db, owner, id).await? {
            Some((group, queue)) if queue.behind.is_some_and(|behind| gone.contains(&behind)) => {
                groups::put_group(&self.parts.db, owner, id, (&group, &Queue::default())).await
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Keeps who speaks behind an answer that has begun.
    pub(crate) async fn line_up(&self, owner: OwnerId, reply: &Message, called: Called) -> Result<()> {
        let (group, _) = self.kept_group(owner, reply.conversation_id).await?;
        let queue = Queue { next: called.rest, behind: Some(reply.id), auto_left: called.auto_left };
        groups::put_group(&self.parts.db, owner, reply.conversation_id, (&group, &queue)).await
    }

    /// Who an answer is by, where it is asked for once more: the same member.
    pub(crate) async fn voice_again(&self, owner: OwnerId, answer: &Message) -> Result<Option<Voice>> {
        let group = groups::group(&self.parts.db, owner, answer.conversation_id).await?;
        let (Some((group, _)), Some(by)) = (group, &answer.body.spoken_by) else { return Ok(None) };
        Ok(self.cast_of(owner, group).await?.voice(by.persona_id))
    }

    /// Has the next of the group speak behind an answer that is whole. Boxed, since an answer leads to the next one.
    pub(crate) fn go_on(
        self: Arc<Self>,
        (owner, project): (OwnerId, Option<Project>),
        answer: Message,
    ) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            match self.next_of_group((owner, project), &answer).await {
                Ok(()) | Err(ChatError::ShuttingDown) => {}
                Err(error) => {
                    tracing::warn!(%error, conversation_id = %answer.conversation_id, "a group could not go on");
                }
            }
        })
    }

    async fn next_of_group(
        self: &Arc<Self>,
        (owner, project): (OwnerId, Option<Project>),
        answer: &Message,
    ) -> Result<()> {
        let id = answer.conversation_id;
        let _turn = self.groups.lock().await;
        let Some((group, mut queue)) = groups::group(&self.parts.db, owner, id).await? else { return Ok(()) };
        if queue.behind != Some(answer.id) || (queue.next.is_empty() && queue.auto_left == 0) {
            return Ok(());
        }
        let conversation = db::to_change(&self.parts.db, owner, id).await?;
        let cast = self.cast_of(owner, group).await?;
        if queue.next.is_empty() {
            queue.auto_left -= 1;
            let branch = db::branch(&self.parts.db, id, answer.id).await?;
            queue.next = cast.order(&branch);
        }
        if queue.next.is_empty() {
            return Ok(());
        }
        let next = queue.next.remove(0);
        let Some(voice) = cast.voice(next.persona_id) else { return Ok(()) };
        let reply = self.begin_reply((owner, project), conversation, (answer.id, Some(voice))).await?;
        queue.behind = Some(reply.id);
        groups::put_group(&self.parts.db, owner, id, (&cast.group, &queue)).await
    }

    /// What a member of a group hears: the others as others, and who is there.
    pub(crate) async fn company(
        &self,
        owner: OwnerId,
        conversation_id: Id,
        speaker: Id,
    ) -> Result<Option<Heard>> {
        let Some((group, _)) = groups::group(&self.parts.db, owner, conversation_id).await? else {
            return Ok(None);
        };
        let cards = group.cards;
        let cast = self.cast_of(owner, group).await?;
        let names: Vec<&str> = cast.personas.iter().map(Persona::called).collect();
        let names = names.join(", ");
        let rest: Vec<(Member, Persona)> = cast
            .group
            .members
            .into_iter()
            .zip(cast.personas)
            .filter(|(member, _)| member.persona_id != speaker)
            .collect();
        let others =
            rest.iter().map(|(member, persona)| (member.persona_id, persona.called().to_owned())).collect();
        let told = rest.into_iter().filter(|(member, _)| match cards {
            Cards::Swap => false,
            Cards::Join => !member.muted,
            Cards::JoinAll => true,
        });
        Ok(Some(Heard { names, told: told.map(|(_, persona)| persona).collect(), others }))
    }

    async fn kept_group(&self, owner: OwnerId, id: Id) -> Result<(Group, Queue)> {
        groups::group(&self.parts.db, owner, id).await?.ok_or(ChatError::NoGroup(id))
    }

    /// Of these messages of a group, those that are not said to others than this member; all of them where there is no group.
    pub(crate) async fn said_to<'a>(
        &self,
        owner: OwnerId,
        (conversation_id, persona_id): (Id, Id),
        messages: Vec<&'a Message>,
    ) -> Result<Vec<&'a Message>> {
        let Some((group, _)) = groups::group(&self.parts.db, owner, conversation_id).await? else {
            return Ok(messages);
        };
        let cast = self.cast_of(owner, group).await?;
        Ok(messages.into_iter().filter(|message| !cast.is_to_others(&message.text, persona_id)).collect())
    }

    async fn cast_of(&self, owner: OwnerId, group: Group) -> Result<Cast> {
        let mut personas = Vec::with_capacity(group.members.len());
        for member in &group.members {
            let found = self.parts.personas.get(owner, member.persona_id).await;
            personas.push(found.map_err(|error| ChatError::Persona(Box::new(error)))?.value.persona);
        }
        Ok(Cast { group, personas })
    }

    async fn shown(&self, conversation: &Conversation, cast: Cast, queue: Queue) -> Result<GroupState> {
        let branch = match conversation.leaf_id {
            Some(leaf_id) => db::branch(&self.parts.db, conversation.id, leaf_id).await?,
            None => Vec::new(),
        };
        let expected = if queue.next.is_empty() { cast.order(&branch).into_iter().next() } else { None };
        let seats = cast.seats();
        let people = seats.iter().map(|seat| (seat.called.to_owned(), seat.talkativeness)).collect();
        Ok(GroupState { people, group: cast.group, queue: queue.next, expected, auto_left: queue.auto_left })
    }

    /// Each member's first words, one after the other, as long as nobody said anything.
    async fn greet_as_group(
        &self,
        owner: OwnerId,
        conversation: &mut Conversation,
        cast: &Cast,
    ) -> Result<()> {
        if !self.clear_greetings(conversation).await? {
            return Ok(());
        }
        for (member, persona) in cast.group.members.iter().zip(&cast.personas) {
            let own = persona.group_only_greetings.iter().find(|text| !text.trim().is_empty());
            let usual = || persona.greetings().first().map(|(_, text)| (*text).to_owned());
            let Some(text) = own.cloned().or_else(usual).filter(|_| !member.muted) else { continue };
            let text = self.greeting_of(owner, conversation, (persona, &text)).await?;
            let name = persona.called().to_owned();
            let spoken_by = SpokenBy { persona_id: member.persona_id, name, greeting: Some(0) };
            let message = Message {
                id: new_id(),
                conversation_id: conversation.id,
                parent_id: conversation.leaf_id,
                speaker: Speaker::Assistant,
                status: MessageStatus::Complete,
                text,
                body: MessageBody { spoken_by: Some(spoken_by), ..MessageBody::default() },
                created_at: self.parts.clock.now(),
            };
            db::insert_message(&self.parts.db, owner, &message).await?;
            conversation.leaf_id = Some(message.id);
        }
        Ok(())
    }
}

fn check(group: &Group) -> Result<()> {
    let count = group.members.len();
    if !(2..=MAX_MEMBERS).contains(&count) {
        return Err(ChatError::Group(format!("a group has 2 to {MAX_MEMBERS} personas, this one {count}")));
    }
    let mut ids: Vec<Id> = group.members.iter().map(|member| member.persona_id).collect();
    ids.sort_unstable();
    if let Some(twice) = ids.windows(2).find(|pair| pair.first() == pair.last()).and_then(|pair| pair.first())
    {
        return Err(ChatError::Group(format!("the persona `{twice}` takes part twice")));
    }
    if group.members.iter().any(|member| member.talkativeness.is_some_and(|value| value > 100)) {
        return Err(ChatError::Group("talkativeness goes from 0 to 100".into()));
    }
    if group.auto_turns > MAX_AUTO_TURNS {
        return Err(ChatError::Group(format!(
            "a group goes on by itself for {MAX_AUTO_TURNS} answers at the most, {} are asked for",
            group.auto_turns
        )));
    }
    Ok(())
}

/// A branch as one member hears it: what they said is theirs, what others said has a name before it.
pub(crate) fn as_heard(branch: &[Message], speaker: Id, user_name: &str) -> Vec<Message> {
    let heard = branch.iter().map(|message| {
        let name = match (&message.body.spoken_by, message.speaker) {
            (Some(by), _) if by.persona_id == speaker => return message.clone(),
            (Some(by), _) => by.name.as_str(),
            (None, Speaker::User) => user_name,
            (None, Speaker::Assistant) => return message.clone(),
        };
        let mut message = message.clone();
        message.speaker = Speaker::User;
        message.body.parts.clear();
        message.text = format!("{name}: {}", message.text);
        message
    });
    heard.collect()
}
