//! The turn: from a person's message to a settled answer, as one readable function.

use crate::{
    db,
    folders::Lead,
    memory::{Learning, Recollection},
    model::{
        Conversation, Lore, Message, MessageStatus, Receipt, Remembered, Speaker, SpokenBy, TurnFailure,
    },
    parameters::{Resolved, SentParameters},
    personas::PersonasError,
    play::{Names, Played},
    prompt::{self, Prompt},
    rounds::Outcome,
    service::ChatService,
    support::Checked,
    title,
};
use base::OwnerId;
use futures::{FutureExt, StreamExt};
use gateway::{AnswerBody, Call, Caller, Project, Source};
use library::grounding;
use llm::{
    Aggregator, ChatReply, ChatRequest, LibraryScope, Parameters, Part, Passage, Retrieval, Retriever, Role,
};
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How much of an answer a killed server can lose, in time.
pub const FLUSH_INTERVAL: Duration = Duration::from_millis(300);
/// Passages a grounded turn looks up.
const PASSAGES: usize = 8;
const TITLE_PROMPT: &str = "Write a title of at most six words for the conversation below, in its language. \
     Answer with the title alone, without quotation marks.";

/// A turn that has begun: the answer is in the database, empty.
pub(crate) struct Turn {
    pub(crate) service: Arc<ChatService>,
    pub(crate) owner: OwnerId,
    /// The project that it is for.
    pub(crate) project: Option<Project>,
    pub(crate) conversation: Conversation,
    /// What its folders say.
    pub(crate) lead: Lead,
    pub(crate) reply: Message,
    /// Cancelled when the person stops the answer.
    pub(crate) stop: CancellationToken,
}

/// How an answer ended, with whatever of it had come.
struct Ended {
    status: MessageStatus,
    failure: Option<TurnFailure>,
    reply: ChatReply,
    passages: Vec<Passage>,
    receipt: Option<Receipt>,
    /// The persona that answered, and what of its lorebook went into the prompt.
    lore: Option<(SpokenBy, Lore)>,
    /// Whose names the answer is cleared of, in a group.
    names: Option<Names>,
    /// What of the memory went into the prompt.
    remembered: Vec<Remembered>,
    /// Which settings went with the request.
    sent: Option<SentParameters>,
}

impl Turn {
    /// Generates the answer and settles it. Nothing that goes wrong is lost: it ends as a message that says so.
    pub(crate) async fn run(self) {
        let ended = match AssertUnwindSafe(self.generate()).catch_unwind().await {
            Ok(ended) => ended,
            Err(_) => {
                tracing::error!(message_id = %self.reply.id, "a turn panicked");
                let failure = failure("internal", "Familiar made a mistake while it wrote this answer", None);
                Ended::failed(failure, Vec::new())
            }
        };
        let learning = Learning::after(&self);
        self.settle(ended).await;
        // Nobody waits for it: the answer is there.
        learning.run().await;
    }

    pub(crate) fn caller(&self) -> Caller {
        match self.project {
            Some(project) => Caller::AtWork(self.owner, project),
            None => Caller::Owner(self.owner),
        }
    }

    async fn generate(&self) -> Ended {
        let model = self.reply.body.model.clone().unwrap_or_default();
        let branch = match self.branch().await {
            Ok(branch) => branch,
            Err(failure) => return Ended::failed(failure, Vec::new()),
        };
        let passages = match self.look_up(&model, &branch).await {
            Ok(passages) => passages,
            Err(failure) => return Ended::failed(failure, Vec::new()),
        };
        let resolved = match self.service.resolved(self.owner, &self.conversation).await {
            Ok(resolved) => resolved,
            Err(error) => {
                let told = failure(error.kind().as_str(), &error.to_string(), error.hint());
                return Ended::failed(told, passages);
            }
        };
        let scene = (model.as_str(), resolved.instructions(), branch.as_slice());
        let played = match self.service.play(self.owner, &self.conversation, scene).await {
            Ok(played) => played,
            Err(error) => return Ended::failed(told(&error), passages),
        };
        let introduction = match &played {
            Some(_) => Ok(String::new()),
            None => self.service.introduction(self.owner, self.conversation.cast).await,
        };
        let introduction = match introduction {
            Ok(introduction) => introduction,
            Err(error) => return Ended::failed(told(&error), passages),
        };
        let speaking = played.as_ref().map(|played| played.spoken_by.persona_id);
        let recollection = self.recollect(&model, &branch, speaking).await;
        let request = self.request(
            (&model, &introduction, &resolved),
            &branch,
            (&passages, played.as_ref(), &recollection),
        );
        let (lore, names) = played.map(|played| ((played.spoken_by, played.lore), played.names)).unzip();
        let names = names.flatten();
        let toolbox = self.toolbox(&model, speaking).await;
        let Outcome { status, failure, reply, receipt } = self.rounds(request, &toolbox).await;
        let remembered = recollection.remembered;
        let asked = receipt.as_ref().map(|receipt| self.service.parts.gateway.takes(&receipt.model));
        let sent = asked.and_then(|taken| resolved.sent(&taken));
        Ended { status, failure, reply, passages, receipt, lore, names, remembered, sent }
    }

    /// The messages up to the one to answer.
    async fn branch(&self) -> Result<Vec<Message>, TurnFailure> {
        let Some(asked) = self.reply.parent_id else {
            return Err(failure("internal", "the answer has no message before it", None));
        };
        let mut branch = db::branch(&self.service.parts.db, self.conversation.id, asked)
            .await
            .map_err(|error| failure("internal", &error.to_string(), error.hint()))?;
        // A model that is not shown a picture must not be asked about it.
        self.service
            .load_pictures(&mut branch)
            .await
            .map_err(|error| failure(error.kind().as_str(), &error.to_string(), error.hint()))?;
        Ok(branch)
    }

    /// Passages for a grounded turn. The Librarian looks them up itself.
    async fn look_up(&self, model: &str, branch: &[Message]) -> Result<Vec<Passage>, TurnFailure> {
        let asked = branch.last().map(|message| message.text.clone()).unwrap_or_default();
        if !self.conversation.grounding.enabled || is_librarian(model) || asked.trim().is_empty() {
            return Ok(Vec::new());
        }
        let retrieval = Retrieval {
            owner: self.owner,
            query: asked,
            document_ids: self.conversation.grounding.document_ids.clone(),
            limit: PASSAGES,
        };
        let found = self.service.parts.library.retrieve(retrieval).await;
        found.map_err(|error| failure(error.kind.as_str(), &error.message, Some(error.kind.hint())))
    }

    fn request(
        &self,
        (model, introduction, resolved): (&str, &str, &Resolved),
        branch: &[Message],
        (passages, played, recollection): (&[Passage], Option<&Played>, &Recollection),
    ) -> ChatRequest {
        let system = [resolved.instructions(), introduction].join("\n\n");
        let branch = played.and_then(|played| played.heard.as_deref()).unwrap_or(branch);
        let grounded = self.conversation.grounding.enabled && !is_librarian(model);
        let sources = if grounded { grounding::prompt(passages) } else { String::new() };
        let mut request = prompt::request(Prompt {
            model,
            system: &system,
            sources: &sources,
            memories: &recollection.block,
            branch,
            played: played.map(|played| &played.prompt),
        });
        request.parameters = resolved.parameters();
        request.only_what_is_taken = true;
        self.lead.speak(&mut request);
        request.library = Some(LibraryScope {
            owner: self.owner,
            document_ids: self.conversation.grounding.document_ids.clone(),
        });
        request
    }

    /// Writes the answer down as it ended and tells those who watch.
    async fn settle(self, ended: Ended) {
        let mut message = self.reply.clone();
        message.status = ended.status;
        message.text = ended.reply.plain_text();
        if let Some(refusal) = &ended.reply.refusal {
            message.text.push_str(refusal);
        }
        let model = message.body.model.clone().unwrap_or_default();
        message.body.language_model =
            !is_librarian(ended.receipt.as_ref().map_or(&model, |receipt| &receipt.model));
        message.body.citations = ended.reply.citations;
        let looked_up = self.conversation.grounding.enabled && message.body.language_model;
        if looked_up && !message.text.trim().is_empty() {
            let found = grounding::check(&message.text, &ended.passages);
            message.body.checked = Checked::of(&message.text, &found);
            if !ended.passages.is_empty() {
                message.body.citations = found.citations;
            }
        }
        message.body.parts = if plain(&ended.reply.parts) { Vec::new() } else { ended.reply.parts };
        if let Some(own) =
            ended.names.map(|names| names.own_words(&message.text)).filter(|own| *own != message.text)
        {
            message.text = own;
            message.body.parts = Vec::new();
        }
        message.body.failure = ended.failure;
        message.body.receipt = ended.receipt;
        if let Some((spoken_by, lore)) = ended.lore {
            message.body.spoken_by = Some(spoken_by);
            message.body.lore = Some(lore);
        }
        message.body.remembered = ended.remembered;
        message.body.sent = ended.sent;
        if let Some(current) = self.service.hub.current(self.conversation.id, message.id) {
            message.body.tool_uses = current.body.tool_uses;
            message.body.tool_uses.iter_mut().for_each(|used| {
                used.state = used.state.ended();
                used.about.clear();
            });
        }
        if let Err(error) = db::update_message(&self.service.parts.db, &message).await {
            tracing::error!(%error, message_id = %message.id, "could not keep an answer");
        }
        let complete = message.status == MessageStatus::Complete;
        let user = self.conversation.cast.user_persona_id;
        if complete {
            self.service.felt(self.owner, &message, user).await;
        }
        self.service.hub.finish(message.clone());
        if complete {
            Arc::clone(&self.service).go_on((self.owner, self.project), message.clone()).await;
            self.service.felt_by_model((self.owner, self.project), &message, user).await;
        }
        if complete && message.body.language_model && self.service.preferences().titles_by_model {
            self.title(&model).await;
        }
    }

    /// Asks the model for a title after the first answer, unless the person gave one.
    async fn title(&self, model: &str) {
        let Ok(messages) = db::messages(&self.service.parts.db, self.conversation.id).await else { return };
        let greeting =
            |message: &Message| message.body.spoken_by.as_ref().is_some_and(|by| by.greeting.is_some());
        let answers =
            messages.iter().filter(|message| message.speaker == Speaker::Assistant && !greeting(message));
        if answers.count() != 1 {
            return;
        }
        let said: Vec<String> = messages
            .iter()
            .map(|message| format!("{}: {}", message.speaker.as_str(), excerpt(&message.text)))
            .collect();
        let request = ChatRequest {
            model: model.to_owned(),
            messages: vec![
                llm::Message::text(Role::System, TITLE_PROMPT),
                llm::Message::text(Role::User, said.join("\n\n")),
            ],
            parameters: Parameters { max_output_tokens: Some(200), ..Parameters::default() },
            ..ChatRequest::default()
        };
        let call = Call {
            caller: self.caller(),
            source: Source::Request(request),
            tags: vec![format!("conversation:{}", self.conversation.id), "title".into()],
        };
        let Ok(answer) = self.service.parts.gateway.chat(call).await else { return };
        let AnswerBody::Events(mut events) = answer.body else { return };
        let mut reply = Aggregator::default();
        while let Some(Ok(event)) = events.next().await {
            reply.push(&event);
        }
        let Some(title) = title::from_model(&reply.finish().plain_text()) else { return };
        let id = self.conversation.id;
        if let Ok(true) = db::suggest_title(&self.service.parts.db, id, &title, "model").await {
            // The title is kept; where it cannot be read again, it shows with the next look.
            drop(self.service.tell_of(self.owner, id).await);
        }
    }
}

impl Ended {
    fn early(status: MessageStatus, passages: Vec<Passage>) -> Self {
        Self {
            status,
            failure: None,
            reply: Aggregator::default().finish(),
            passages,
            receipt: None,
            lore: None,
            names: None,
            remembered: Vec::new(),
            sent: None,
        }
    }

    fn failed(failure: TurnFailure, passages: Vec<Passage>) -> Self {
        Self { failure: Some(failure), ..Self::early(MessageStatus::Failed, passages) }
    }
}

/// Whether nothing of the answer needs to go back but its text.
fn plain(parts: &[Part]) -> bool {
    parts.iter().all(|part| matches!(part, Part::Text { .. }))
}

pub(crate) fn is_librarian(model: &str) -> bool {
    model == library::LIBRARIAN_ID || library::LIBRARIAN_ID.rsplit('/').next() == Some(model)
}

fn excerpt(text: &str) -> String {
    text.chars().take(1_000).collect()
}

pub(crate) fn failure(code: &str, message: &str, hint: Option<&str>) -> TurnFailure {
    TurnFailure { code: code.to_owned(), message: message.to_owned(), hint: hint.map(str::to_owned) }
}

fn told(error: &PersonasError) -> TurnFailure {
    failure(error.kind().as_str(), &error.to_string(), error.hint().as_deref())
}
