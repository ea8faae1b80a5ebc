//! The tools that models may use while they answer: which there are, which are on, and what was done with them.
//!
//! A tool is a [`llm::Tool`] in the crate that knows its noun; the pure ones are here. To add one, write its file and put
//! its line into `Tools::built_in`.

mod calculator;
mod clock;
mod dice;
mod units;

use crate::{
    error::ChatError,
    hub::TurnEvent,
    model::Message,
    service::{ChatService, Parts},
    turn::{Turn, is_librarian},
};
use base::{Id, OwnerId};
use futures::StreamExt;
use gateway::Caller;
use jiff::tz::TimeZone;
use llm::{Capability, Effect, Retriever, Tool, ToolContext, ToolError, ToolSource, ToolSpec};
use serde::{Deserialize, Serialize};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

/// How long a decision may take to show in the answer that waits for it.
const DECISION_PATIENCE: Duration = Duration::from_secs(5);

/// Which tools the models of a conversation may use.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ToolChoices {
    /// Those that are on; `None` takes those of the settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<Vec<String>>,
    /// Those that change something and may do so without asking.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unasked: Vec<String>,
}

impl ToolChoices {
    /// Every tool that is named.
    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.on.iter().flatten().chain(&self.unasked)
    }
}

/// A tool as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolShown {
    /// Its name.
    pub name: String,
    /// What it does, in the words that models get.
    pub description: String,
    /// Whether it changes something, so that the person is asked.
    pub changes: bool,
    /// The server that it comes from; `None` for those of this program.
    pub server: Option<String>,
    /// About what it adds to each prompt.
    pub tokens: u64,
}

/// A call of a tool in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolUse {
    /// Its id; the provider's own need not differ from round to round.
    pub id: Id,
    /// The tool.
    pub name: String,
    /// The arguments as the model wrote them.
    pub arguments: String,
    /// Whether the tool changes something.
    #[serde(default)]
    pub changes: bool,
    /// What it would change, where the arguments do not say it; only while it waits.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// How far it is.
    pub state: ToolState,
    /// What came of it, or why nothing did; empty before.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub result: String,
}

/// How far a call of a tool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolState {
    /// The person has to allow it.
    Waiting,
    /// It is being done.
    Running,
    /// It was done.
    Done,
    /// It could not be done; the model was told why.
    Failed,
    /// The person did not allow it.
    Declined,
    /// The answer ended before it was done.
    Cancelled,
}

impl ToolState {
    /// What it is once the answer has ended.
    #[must_use]
    pub const fn ended(self) -> Self {
        match self {
            Self::Waiting | Self::Running => Self::Cancelled,
            Self::Done | Self::Failed | Self::Declined | Self::Cancelled => self,
        }
    }
}

/// What a person decides about a call that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Do it.
    Allow,
    /// Do it, and ask no more about this tool in this conversation.
    AllowAlways,
    /// Do not.
    Decline,
}

/// All tools there are.
#[derive(Debug)]
pub(crate) struct Tools {
    built_in: Vec<Arc<dyn Tool>>,
    /// Those that come and go.
    others: OnceLock<Arc<dyn ToolSource>>,
}

impl Tools {
    /// Those that come with the program.
    pub(crate) fn built_in(parts: &Parts) -> Self {
        let clock = clock::TimeOfDay { clock: Arc::clone(&parts.clock), here: TimeZone::system() };
        let library = Arc::clone(&parts.library) as Arc<dyn Retriever>;
        let mut all: Vec<Arc<dyn Tool>> = vec![
            Arc::new(calculator::Calculator),
            Arc::new(clock),
            Arc::new(units::Units),
            Arc::new(dice::Dice),
        ];
        all.extend(library::tools::all(library));
        all.extend(memory::tools::all(&parts.memory));
        Self { built_in: all, others: OnceLock::new() }
    }

    /// Those that this owner's models may use now.
    fn of(&self, owner: OwnerId) -> Vec<Arc<dyn Tool>> {
        let others = self.others.get().map(|others| others.tools(owner));
        self.built_in.iter().cloned().chain(others.into_iter().flatten()).collect()
    }

    fn shown(&self, owner: OwnerId) -> Vec<ToolShown> {
        let one = |tool: Arc<dyn Tool>| {
            let (spec, server) = (tool.spec(), tool.server().map(str::to_owned));
            let tokens = tokens::tool_size(&spec);
            let changes = tool.effect() == Effect::Changes;
            ToolShown { name: spec.name, description: spec.description, changes, server, tokens }
        };
        self.of(owner).into_iter().map(one).collect()
    }

    /// Refuses names that no tool has.
    pub(crate) fn check<'a>(&self, names: impl IntoIterator<Item = &'a String>) -> Result<(), ChatError> {
        // What comes and goes stays chosen while it is away.
        let others = |name: &String| self.others.get().is_some_and(|others| others.owns(name));
        let known =
            |name: &String| self.built_in.iter().any(|tool| tool.spec().name == *name) || others(name);
        match names.into_iter().find(|&name| !known(name)) {
            Some(name) => Err(ChatError::NoTool(name.chars().take(80).collect())),
            None => Ok(()),
        }
    }
}

/// What a turn's model may use; nothing where tools are off or the model has no use for them.
#[derive(Debug, Default)]
pub(crate) struct Toolbox {
    tools: Vec<Arc<dyn Tool>>,
    pub(crate) context: ToolContext,
}

impl Toolbox {
    pub(crate) fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }

    /// As the model is told.
    pub(crate) fn specs(&self) -> Vec<ToolSpec> {
        self.tools.iter().map(|tool| tool.spec()).collect()
    }

    /// The tool of this name.
    pub(crate) fn find(&self, name: &str) -> Result<&Arc<dyn Tool>, ToolError> {
        self.tools.iter().find(|tool| tool.spec().name == name).ok_or_else(|| ToolError::Unknown {
            name: name.chars().take(80).collect(),
            known: self.specs().into_iter().map(|spec| spec.name).collect::<Vec<_>>().join(", "),
        })
    }
}

impl ChatService {
    /// The tools there are.
    pub fn tools(&self, owner: OwnerId) -> Vec<ToolShown> {
        self.tools.shown(owner)
    }

    /// Has tools that come and go besides those of the program; once.
    pub fn offer(&self, others: Arc<dyn ToolSource>) {
        if self.tools.others.set(others).is_err() {
            tracing::warn!("there is a source of tools already");
        }
    }

    /// Refuses names that no tool has.
    ///
    /// # Errors
    /// [`ChatError::NoTool`].
    pub fn check_tools(&self, names: &[String]) -> Result<(), ChatError> {
        self.tools.check(names)
    }

    /// Decides about a call that waits for it; answers the answer as it then stands.
    ///
    /// # Errors
    /// No such conversation or message; the call does not wait, or not any more.
    pub async fn decide(
        &self,
        owner: OwnerId,
        id: Id,
        (message_id, use_id): (Id, Id),
        decision: Decision,
    ) -> Result<Message, ChatError> {
        let mut conversation = crate::db::to_change(&self.parts.db, owner, id).await?;
        let current = self.hub.current(id, message_id).ok_or(ChatError::NotWaiting(use_id))?;
        let waiting = |used: &&ToolUse| used.id == use_id && used.state == ToolState::Waiting;
        let used = current.body.tool_uses.iter().find(waiting).ok_or(ChatError::NotWaiting(use_id))?;
        if decision == Decision::AllowAlways && !conversation.tools.unasked.contains(&used.name) {
            conversation.tools.unasked.push(used.name.clone());
            crate::db::update_conversation(&self.parts.db, &conversation, None).await?;
            self.tell_of(owner, id).await?;
        }
        let mut events = self.hub.follow(id, self.hub.join(id, None));
        if !self.hub.decide(id, (message_id, use_id), decision != Decision::Decline) {
            return Err(ChatError::NotWaiting(use_id));
        }
        let taken = async {
            while let Some((_, event)) = events.next().await {
                match event {
                    TurnEvent::Tool { used, .. } if used.id == use_id && used.state != ToolState::Waiting => {
                        break;
                    }
                    TurnEvent::Finished(message) if message.id == message_id => break,
                    TurnEvent::Tool { .. }
                    | TurnEvent::Finished(_)
                    | TurnEvent::Snapshot(_)
                    | TurnEvent::Delta { .. }
                    | TurnEvent::Conversation(_) => {}
                }
            }
        };
        // It goes on by itself; this only bounds the wait until that shows.
        drop(tokio::time::timeout(DECISION_PATIENCE, taken).await);
        match self.hub.current(id, message_id) {
            Some(current) => Ok(current),
            None => crate::db::message(&self.parts.db, id, message_id).await,
        }
    }

    /// Whether what can be called by this name calls tools, as far as its provider says.
    fn calls_tools(&self, owner: OwnerId, model: &str) -> bool {
        let known = self.parts.gateway.models(&Caller::Owner(owner)).unwrap_or_default();
        known.iter().any(|callable| callable.name == model && callable.spec.can(Capability::Tools))
    }
}

impl Turn {
    /// What the model of this turn may use.
    pub(crate) async fn toolbox(&self, model: &str, speaking: Option<Id>) -> Toolbox {
        let preferences = self.service.preferences();
        let on = self.conversation.tools.on.as_ref().unwrap_or(&preferences.tools);
        if on.is_empty() || is_librarian(model) || !self.service.calls_tools(self.owner, model) {
            return Toolbox::default();
        }
        if let Some(others) = self.service.tools.others.get() {
            others.prepare(self.owner, on).await;
        }
        let remembers = self.remembers();
        let chosen = |tool: &Arc<dyn Tool>| {
            let name = tool.spec().name;
            on.contains(&name) && (remembers || !memory::tools::NAMES.contains(&name.as_str()))
        };
        let context = ToolContext {
            owner: Some(self.owner),
            conversation_id: Some(self.conversation.id),
            scopes: self.scopes(speaking).iter().map(ToString::to_string).collect(),
            document_ids: self.conversation.grounding.document_ids.clone(),
        };
        Toolbox { tools: self.service.tools.of(self.owner).into_iter().filter(chosen).collect(), context }
    }
}
