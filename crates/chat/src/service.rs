//! What a person does with conversations.

use crate::{
    db,
    error::ChatError,
    group::Voice,
    hub::{Change, Hub, Sequence, TurnEvent},
    model::{
        Again, Conversation, ConversationPatch, Image, Message, MessageBody, MessageStatus, NewConversation,
        NewTurn, Speaker,
    },
    parameters::ParameterSet,
    personas::Personas,
    title,
    tools::Tools,
    turn,
};
use base::{Clock, Id, OwnerId, new_id};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use futures::stream::BoxStream;
use gateway::{Gateway, Project};
use library::Library;
use memory::Memory;
use parking_lot::RwLock;
use std::{sync::Arc, time::Duration};
use store::{Blobs, Db, Jobs};
use tokio::sync::{Mutex, broadcast};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Longest message a person may send, in bytes of text.
pub(crate) const TEXT_LIMIT_BYTES: usize = 1_000_000;
const IMAGE_TYPES: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/// What the service stands on.
#[derive(Debug)]
pub struct Parts {
    /// Where messages are kept.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where pictures are kept.
    pub blobs: Blobs,
    /// Who answers.
    pub gateway: Arc<Gateway>,
    /// Where passages are looked up.
    pub library: Arc<Library>,
    /// Who may answer.
    pub personas: Personas,
    /// Where work waits that nobody waits for.
    pub jobs: Jobs,
    /// What is known of the person.
    pub memory: Arc<Memory>,
    /// What applies to every conversation.
    pub preferences: Preferences,
}

/// What applies to every conversation; the person may change it at any time.
#[derive(Debug, Clone, Default)]
pub struct Preferences {
    /// The model or route to ask where a conversation names none.
    pub default_model: String,
    /// Instructions that precede every conversation.
    pub system_prompt: String,
    /// Whether the model that answered is also asked for a title.
    pub titles_by_model: bool,
    /// Whether anything is recalled and learned at all.
    pub memory: bool,
    /// Whether the model that answered is also asked what there is to remember.
    pub memory_by_model: bool,
    /// The tools that are on where a conversation does not say.
    pub tools: Vec<String>,
    /// How models are to answer where nothing else says.
    pub parameters: ParameterSet,
}

/// A turn that has begun.
#[derive(Debug, Clone)]
pub struct Started {
    /// What the person said; `None` when an answer is written anew.
    pub user_message: Option<Message>,
    /// The answer, still empty.
    pub reply: Message,
}

/// Conversations and the answers being written in them.
#[derive(Debug)]
pub struct ChatService {
    pub(crate) parts: Parts,
    pub(crate) hub: Arc<Hub>,
    preferences: RwLock<Preferences>,
    pub(crate) tools: Tools,
    turns: TaskTracker,
    /// Held while it is decided who of a group speaks, and while messages are deleted, brought back or chosen.
    pub(crate) groups: Arc<Mutex<()>>,
    /// Cancelled when the server goes down: answers under way end as interrupted.
    pub(crate) closing: CancellationToken,
}

impl ChatService {
    /// Opens the service; answers that a killed server left unfinished are marked as interrupted.
    pub async fn open(parts: Parts) -> Result<Arc<Self>, ChatError> {
        let interrupted = db::mark_interrupted(&parts.db).await?;
        if interrupted > 0 {
            tracing::info!(interrupted, "marked answers that the last run left unfinished");
        }
        let hub = Arc::new(Hub::new(parts.clock.now().millis()));
        let preferences = RwLock::new(parts.preferences.clone());
        let (turns, closing) = (TaskTracker::new(), CancellationToken::new());
        let groups = Arc::new(Mutex::new(()));
        let tools = Tools::built_in(&parts);
        Ok(Arc::new(Self { parts, hub, preferences, tools, turns, groups, closing }))
    }

    /// Changes what applies to every conversation from the next turn on.
    pub fn set_preferences(&self, preferences: Preferences) {
        *self.preferences.write() = preferences;
    }

    /// What applies to every conversation.
    pub fn preferences(&self) -> Preferences {
        self.preferences.read().clone()
    }

    /// Which conversations are added, changed or removed, as it happens.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.hub.changes()
    }

    /// Waits for answers under way for at most `grace`, then ends them; what had come is kept.
    pub async fn shutdown(&self, grace: Duration) {
        self.turns.close();
        if tokio::time::timeout(grace, self.turns.wait()).await.is_err() {
            self.closing.cancel();
            self.turns.wait().await;
        }
    }

    /// Begins a conversation.
    pub async fn create(&self, owner: OwnerId, new: NewConversation) -> Result<Conversation, ChatError> {
        let NewConversation { title, model, grounding, cast, memory, tools, folder_id, parameters } = new;
        self.tools.check(tools.names())?;
        self.check_choice(owner, &parameters).await?;
        let called = self.called(owner, cast).await?;
        let filed = self.filed_in(owner, folder_id).await?;
        let now = self.parts.clock.now();
        let source = if title.is_some() { "person" } else { "words" };
        let conversation = Conversation {
            id: new_id(),
            title: title.unwrap_or_else(|| title::UNTITLED.to_owned()),
            model,
            grounding,
            cast,
            memory: memory.unwrap_or(true),
            tools,
            parameters,
            leaf_id: None,
            filed,
            created_at: now,
            updated_at: now,
            snippet: None,
            streaming: false,
        };
        db::insert_conversation(self.parts.db.pool(), owner, &conversation, source).await?;
        if folder_id.is_some() {
            db::arrange::file(self.parts.db.pool(), conversation.id, &conversation.filed).await?;
        }
        let mut conversation = db::Changing::from(conversation);
        self.greet(owner, &mut conversation, called).await?;
        if conversation.leaf_id.is_some() {
            db::update_conversation(&self.parts.db, &conversation, None).await?;
        }
        self.hub.changed(conversation.id);
        Ok(conversation.into_inner())
    }

    /// One conversation.
    pub async fn get(&self, owner: OwnerId, id: Id) -> Result<Conversation, ChatError> {
        Ok(self.with_state(db::conversation(&self.parts.db, owner, id).await?))
    }

    /// How many conversations there are.
    pub async fn count(&self, owner: OwnerId) -> Result<u64, ChatError> {
        db::count_conversations(&self.parts.db, owner).await
    }

    /// Changes a conversation.
    pub async fn update(
        &self,
        owner: OwnerId,
        id: Id,
        patch: ConversationPatch,
    ) -> Result<Conversation, ChatError> {
        // A version that is chosen is not deleted meanwhile.
        let _turn = match patch.leaf_id {
            Some(_) => Some(self.groups.lock().await),
            None => None,
        };
        let mut conversation = db::to_change(&self.parts.db, owner, id).await?;
        if let Some(leaf_id) = patch.leaf_id {
            conversation.leaf_id = Some(db::end_below(self.parts.db.pool(), id, leaf_id).await?);
        }
        let title = patch.title.map(|title| title.trim().to_owned()).filter(|title| !title.is_empty());
        let title_source = title.is_some().then_some("person");
        if let Some(title) = title {
            conversation.title = title;
        }
        conversation.choose(patch.model, patch.grounding);
        conversation.memory = patch.memory.unwrap_or(conversation.memory);
        if let Some(tools) = patch.tools {
            self.tools.check(tools.names())?;
            conversation.tools = tools;
        }
        if let Some(parameters) = patch.parameters {
            self.check_choice(owner, &parameters).await?;
            conversation.parameters = parameters;
        }
        if let Some(cast) = patch.cast.filter(|cast| *cast != conversation.cast) {
            let called = self.called(owner, cast).await?;
            conversation.cast = cast;
            self.greet(owner, &mut conversation, called).await?;
        }
        db::update_conversation(&self.parts.db, &conversation, title_source).await?;
        self.tell_of(owner, id).await
    }

    /// Deletes a conversation; [`Self::restore`] brings it back.
    pub async fn delete(&self, owner: OwnerId, id: Id) -> Result<(), ChatError> {
        self.hub.stop_all(id);
        db::set_deleted(&self.parts.db, owner, id, Some(self.parts.clock.now())).await?;
        self.quote_no_more(owner, id, true).await;
        self.hub.changed(id);
        Ok(())
    }

    /// Brings a deleted conversation back.
    pub async fn restore(&self, owner: OwnerId, id: Id) -> Result<Conversation, ChatError> {
        db::set_deleted(&self.parts.db, owner, id, None).await?;
        self.quote_no_more(owner, id, false).await;
        self.hub.changed(id);
        self.get(owner, id).await
    }

    /// All messages, parents before children, answers under way as they stand.
    pub async fn messages(&self, owner: OwnerId, id: Id) -> Result<Vec<Message>, ChatError> {
        db::conversation(&self.parts.db, owner, id).await?;
        let kept = db::messages(&self.parts.db, id).await?;
        let current = |message: Message| self.hub.current(id, message.id).unwrap_or(message);
        let mut messages: Vec<Message> = kept.into_iter().map(current).collect();
        self.show_pictures(&mut messages).await;
        Ok(messages)
    }

    /// Says something and has it answered. Editing and sending again is the same with the parent of the
    /// message that is replaced.
    pub async fn start_turn(
        self: &Arc<Self>,
        owner: OwnerId,
        id: Id,
        new: NewTurn,
    ) -> Result<Started, ChatError> {
        check(&new)?;
        let mut conversation = db::to_change(&self.parts.db, owner, id).await?;
        let called = self.call_on(owner, id, &new).await?;
        conversation.choose(new.model, new.grounding);
        let said = (new.parent_id, new.text, new.images);
        let user_message = self.keep_said(owner, &conversation, said).await?;
        let voice = called.as_ref().map(|called| called.speaker.clone());
        let reply = self.begin_reply((owner, new.project), conversation, (user_message.id, voice)).await?;
        if let Some(called) = called {
            self.line_up(owner, &reply, called).await?;
        }
        Ok(Started { user_message: Some(user_message), reply })
    }

    /// Writes down what a person says; the first words make the title, unless a person gives one meanwhile.
    pub(crate) async fn keep_said(
        &self,
        owner: OwnerId,
        conversation: &Conversation,
        (parent_id, text, images): (Option<Id>, String, Vec<Image>),
    ) -> Result<Message, ChatError> {
        if let Some(parent_id) = parent_id {
            db::message(&self.parts.db, conversation.id, parent_id).await?;
        }
        let message = Message {
            id: new_id(),
            conversation_id: conversation.id,
            parent_id,
            speaker: Speaker::User,
            status: MessageStatus::Complete,
            text,
            body: MessageBody { images, ..MessageBody::default() },
            created_at: self.parts.clock.now(),
        };
        let mut kept = [message.clone()];
        let written = match self.set_pictures_aside(owner, &mut kept).await {
            Ok(()) => db::insert_message(&self.parts.db, owner, &kept[0]).await,
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            self.let_go_of_pictures(&kept).await;
            return Err(error);
        }
        if conversation.title == title::UNTITLED {
            let title = title::from_words(&message.text);
            db::suggest_title(&self.parts.db, conversation.id, &title, "words").await?;
        }
        Ok(message)
    }

    /// Has the message before this answer answered once more, beside it.
    pub async fn regenerate(
        self: &Arc<Self>,
        owner: OwnerId,
        id: Id,
        answer_id: Id,
        again: Again,
    ) -> Result<Started, ChatError> {
        let mut conversation = db::to_change(&self.parts.db, owner, id).await?;
        let answer = db::message(&self.parts.db, id, answer_id).await?;
        let asked = match (answer.speaker, answer.parent_id) {
            (Speaker::Assistant, Some(parent_id)) => parent_id,
            (Speaker::Assistant | Speaker::User, _) => {
                return Err(ChatError::WrongSpeaker(answer_id, "an answer"));
            }
        };
        conversation.choose(again.model, None);
        let voice = self.voice_again(owner, &answer).await?;
        let reply = self.begin_reply((owner, again.project), conversation, (asked, voice)).await?;
        Ok(Started { user_message: None, reply })
    }

    /// Stops an answer and returns it as it was kept. One that has ended already is returned as it is.
    pub async fn stop(&self, owner: OwnerId, id: Id, message_id: Id) -> Result<Message, ChatError> {
        db::conversation(&self.parts.db, owner, id).await?;
        let mut events = self.hub.follow(id, self.hub.join(id, None));
        if self.hub.stop(id, message_id) {
            use futures::StreamExt as _;
            let finished = async {
                while let Some((_, event)) = events.next().await {
                    if matches!(&event, TurnEvent::Finished(message) if message.id == message_id) {
                        break;
                    }
                }
            };
            // The answer ends by itself at the next event; this only bounds the wait for it.
            drop(tokio::time::timeout(Duration::from_secs(5), finished).await);
        }
        db::message(&self.parts.db, id, message_id).await
    }

    /// Watches a conversation, from behind `last` where that is still known.
    pub async fn subscribe(
        &self,
        owner: OwnerId,
        id: Id,
        last: Option<Sequence>,
    ) -> Result<BoxStream<'static, (Sequence, TurnEvent)>, ChatError> {
        db::conversation(&self.parts.db, owner, id).await?;
        let mut joined = self.hub.join(id, last);
        if joined.is_new()
            && let Some(leaf_id) = db::conversation(&self.parts.db, owner, id).await?.leaf_id
        {
            let mut leaf = [db::message(&self.parts.db, id, leaf_id).await?];
            self.show_pictures(&mut leaf).await;
            let [leaf] = leaf;
            joined.add_kept(leaf);
        }
        Ok(self.hub.follow(id, joined))
    }

    /// Writes down an empty answer to `asked` and has a task of its own fill it. Of a group one has the `voice`.
    pub(crate) async fn begin_reply(
        self: &Arc<Self>,
        (owner, project): (OwnerId, Option<Project>),
        mut conversation: db::Changing,
        (asked, voice): (Id, Option<Voice>),
    ) -> Result<Message, ChatError> {
        if self.turns.is_closed() {
            return Err(ChatError::ShuttingDown);
        }
        let now = self.parts.clock.now();
        let preferences = self.preferences();
        let own = voice.as_ref().and_then(|voice| voice.model.clone());
        let model = own.or_else(|| conversation.model.clone()).unwrap_or(preferences.default_model);
        let spoken_by = voice.map(|voice| voice.spoken_by);
        let language_model = !turn::is_librarian(&model);
        let reply = Message {
            id: new_id(),
            conversation_id: conversation.id,
            parent_id: Some(asked),
            speaker: Speaker::Assistant,
            status: MessageStatus::Streaming,
            text: String::new(),
            body: MessageBody {
                model: Some(model),
                language_model,
                spoken_by: spoken_by.clone(),
                ..MessageBody::default()
            },
            created_at: now,
        };
        db::insert_message(&self.parts.db, owner, &reply).await?;
        conversation.leaf_id = Some(reply.id);
        conversation.updated_at = now;
        db::update_conversation(&self.parts.db, &conversation, None).await?;
        let mut conversation = conversation.into_inner();
        if let Some(spoken_by) = spoken_by {
            // For this answer only: the conversation itself belongs to all of them.
            conversation.cast.persona_id = Some(spoken_by.persona_id);
        }
        let folder_id = conversation.filed.folder_id.filter(|_| !conversation.filed.folder_off);
        let lead = self.lead(owner, folder_id).await?;
        conversation.grounding = lead.ground(conversation.grounding);
        let stop = self.hub.begin(reply.clone());
        let service = Arc::clone(self);
        let turn = turn::Turn { service, owner, project, conversation, lead, reply: reply.clone(), stop };
        self.turns.spawn(turn.run());
        Ok(reply)
    }

    /// Tells those who watch a conversation how it stands by now, also by what others changed meanwhile.
    pub(crate) async fn tell_of(&self, owner: OwnerId, id: Id) -> Result<Conversation, ChatError> {
        let conversation = self.get(owner, id).await?;
        self.hub.conversation(conversation.clone());
        Ok(conversation)
    }

    pub(crate) fn with_state(&self, conversation: Conversation) -> Conversation {
        Conversation { streaming: self.hub.is_streaming(conversation.id), ..conversation }
    }
}

pub(crate) fn check(new: &NewTurn) -> Result<(), ChatError> {
    if new.text.trim().is_empty() && new.images.is_empty() {
        return Err(ChatError::Empty);
    }
    if new.text.len() > TEXT_LIMIT_BYTES {
        return Err(ChatError::TooLong { size_bytes: new.text.len(), limit_bytes: TEXT_LIMIT_BYTES });
    }
    for image in &new.images {
        if !IMAGE_TYPES.contains(&image.media_type.as_str()) {
            return Err(ChatError::NotAnImage(image.media_type.clone()));
        }
        if image.data.is_empty() || BASE64_STANDARD.decode(&image.data).is_err() {
            return Err(ChatError::NotBase64);
        }
    }
    Ok(())
}
