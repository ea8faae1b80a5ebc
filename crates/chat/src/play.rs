//! How personas play a part in a turn: what they make of a branch, their greetings, and previews that are not kept.

use crate::{
    db,
    error::ChatError,
    group,
    model::{Cast, Conversation, Image, Lore, Message, MessageBody, MessageStatus, Speaker, SpokenBy, Told},
    personas::{Personas, PersonasError},
    service::ChatService,
};
use base::{Id, OwnerId, new_id};
use gateway::{AnswerBody, Call, Caller, Project, Source};
use jiff::{Zoned, tz::TimeZone};
use llm::{ChatReply, ChatRequest, Message as LlmMessage, Part};
use persona::{
    Company, Persona, Prompt, Role, Said, Scene, assemble, lorebook,
    lorebook::{Book, Timed, Why},
    suggest::{self, Suggestion},
};
use std::{sync::LazyLock, time::Duration};
use tokens::{Counter, Facts};

/// What the person is called where they are no persona.
pub(crate) const NOBODY: &str = "User";
/// The id of what is not kept.
const NOBODY_ID: Id = Id::from_u128(0);

/// What a persona makes of a turn.
pub(crate) struct Played {
    pub(crate) prompt: Prompt,
    pub(crate) spoken_by: SpokenBy,
    pub(crate) lore: Lore,
    /// The branch as a member of a group hears it.
    pub(crate) heard: Option<Vec<Message>>,
    /// Whose names an answer is cleared of.
    pub(crate) names: Option<Names>,
}

/// The others of a group, as its speaker knows them.
pub(crate) struct Heard {
    /// All members by the names they are called.
    pub(crate) names: String,
    /// Those whose cards are told.
    pub(crate) told: Vec<Persona>,
    /// The others: who, and what they are called.
    pub(crate) others: Vec<(Id, String)>,
}

/// The names in a group.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    /// The speaker's.
    pub(crate) own: Vec<String>,
    /// Everybody else's.
    pub(crate) others: Vec<String>,
}

impl Names {
    /// An answer without its speaker's name, and without what others would say.
    pub(crate) fn own_words(&self, text: &str) -> String {
        let [own, others] =
            [&self.own, &self.others].map(|names| names.iter().map(String::as_str).collect::<Vec<_>>());
        persona::group::own_words(text, &own, &others)
    }
}

/// A conversation with a persona that is not kept.
#[derive(Debug, Clone, Default)]
pub struct Preview {
    /// Who answers, kept or not.
    pub persona: Persona,
    /// What was said, by whom, the oldest first.
    pub said: Vec<(Speaker, String)>,
    /// Who is asked; `None` only shows what would be.
    pub model: Option<String>,
}

/// Something said in a conversation that is not kept: by whom, the words, and the pictures.
pub type Line = (Speaker, String, Vec<Image>);

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Previewed {
    /// The greeting, macros put in.
    pub greeting: String,
    /// What the persona makes of the conversation.
    pub prompt: Prompt,
    /// The answer, if somebody was asked.
    pub answer: Option<String>,
}

/// Who takes part, as they are now.
struct Players {
    persona: (Id, Persona),
    user: Option<Persona>,
}

impl ChatService {
    /// The personas.
    pub fn personas(&self) -> &Personas {
        &self.parts.personas
    }

    /// What the conversation's persona makes of a branch; `None` where there is no persona.
    pub(crate) async fn play(
        &self,
        owner: OwnerId,
        conversation: &Conversation,
        (model, instructions, branch): (&str, &str, &[Message]),
    ) -> Result<Option<Played>, PersonasError> {
        let Some(mut players) = self.players(owner, conversation.cast).await? else { return Ok(None) };
        let company = self.company(owner, conversation.id, players.persona.0).await?;
        let others = company.as_ref().map(|company| company.others.as_slice()).unwrap_or_default();
        let who = (players.persona.0, &players.persona.1);
        let stirred = self.stirred(owner, who, conversation.cast.user_persona_id, others).await?;
        let mut aside = String::new();
        if let Some(stirred) = stirred {
            players.persona.1 = stirred.persona;
            aside = stirred.aside;
        }
        let (persona_id, persona) = &players.persona;
        let user_name = players.user.as_ref().map_or(NOBODY, Persona::called);
        let name_of = |message: &Message| match (&message.body.spoken_by, message.speaker) {
            (Some(spoken), _) => spoken.name.clone(),
            (None, Speaker::User) => user_name.to_owned(),
            (None, Speaker::Assistant) => persona.called().to_owned(),
        };
        // Nothing of a failed answer is heard in a group.
        let whole: Vec<Message>;
        let branch = if company.is_some() {
            let said = |message: &&Message| !message.text.is_empty() || !message.body.images.is_empty();
            whole = branch.iter().filter(said).cloned().collect();
            whole.as_slice()
        } else {
            branch
        };
        let heard = company.as_ref().map(|_| group::as_heard(branch, *persona_id, user_name));
        let names: Vec<String> = branch.iter().map(name_of).collect();
        let said: Vec<Said<'_>> = branch
            .iter()
            .zip(&names)
            .map(|(message, name)| Said { role: role(message.speaker), name, text: &message.text })
            .collect();
        let greeting = branch.first().and_then(|first| first.body.spoken_by.as_ref()?.greeting);
        let own = |message: &&Message| {
            message.body.spoken_by.as_ref().is_none_or(|spoken| spoken.persona_id == *persona_id)
        };
        let lasting = branch.iter().rev().filter(own).find_map(|message| message.body.lore.as_ref());
        let timed = lasting.map(|lore| lore.timed.clone());
        let window = self.window(owner, model);
        let idle = branch.iter().rev().nth(1).map(|before| self.parts.clock.now().since(before.created_at));
        let book = persona.lorebook.as_ref().map(lorebook::compile).transpose()?;
        let prompt = self.stage(&Staging {
            players: &players,
            book: book.as_ref(),
            said: &said,
            timed: &timed.unwrap_or_default(),
            greeting,
            seed: seed(conversation.id),
            idle,
            model,
            window,
            company: company.as_ref(),
            instructions: Some(instructions),
            aside: &aside,
        });
        let names = company.as_ref().map(|company| Names {
            own: vec![persona.called().to_owned(), persona.name.clone()],
            others: company
                .others
                .iter()
                .map(|(_, name)| name.clone())
                .chain([user_name.to_owned()])
                .collect(),
        });
        let spoken_by =
            SpokenBy { persona_id: *persona_id, name: persona.called().to_owned(), greeting: None };
        let lore = Lore {
            told: prompt.lore.found.iter().map(Told::from).collect(),
            notes: prompt.notes.clone(),
            timed: prompt.lore.timed.clone(),
        };
        Ok(Some(Played { prompt, spoken_by, lore, heard, names }))
    }

    async fn players(&self, owner: OwnerId, cast: Cast) -> Result<Option<Players>, PersonasError> {
        let Some(persona_id) = cast.persona_id else { return Ok(None) };
        let persona = self.parts.personas.get(owner, persona_id).await?.value.persona;
        let user = self.user_of(owner, cast).await?;
        Ok(Some(Players { persona: (persona_id, persona), user }))
    }

    /// Puts the scene together and has it made into a prompt.
    fn stage(&self, staging: &Staging<'_>) -> Prompt {
        self.with_scene(staging, assemble)
    }

    fn with_scene<T>(&self, staging: &Staging<'_>, then: impl FnOnce(&Scene<'_>) -> T) -> T {
        let calibrations = self.parts.gateway.calibrations();
        let model = staging.model.rsplit('/').next().unwrap_or(staging.model);
        let counter = Counter::new(Facts { model, calibrations: Some(&calibrations), tokenizer: None });
        let count = |text: &str| usize::try_from(counter.count(text)).unwrap_or(usize::MAX);
        let standing = self.preferences().system_prompt;
        let books: Vec<&Book> = staging.book.into_iter().collect();
        let now = self.now();
        let told: Vec<&Persona> = staging.company.iter().flat_map(|company| &company.told).collect();
        let company = staging.company.map(|company| Company { names: &company.names, told: &told });
        then(&Scene {
            persona: &staging.players.persona.1,
            user: staging.players.user.as_ref(),
            user_name: NOBODY,
            instructions: staging.instructions.unwrap_or(&standing),
            company,
            aside: staging.aside,
            books: &books,
            said: staging.said,
            timed: staging.timed,
            greeting: staging.greeting,
            seed: staging.seed,
            now: &now,
            idle: staging.idle,
            model: staging.model,
            window_tokens: staging.window,
            count: &count,
        })
    }

    /// The moment, where this program runs.
    fn now(&self) -> Zoned {
        let moment = jiff::Timestamp::from_millisecond(self.parts.clock.now().millis()).unwrap_or_default();
        moment.to_zoned(TimeZone::system())
    }

    /// Tokens that a model takes; 0 where nobody knows.
    fn window(&self, owner: OwnerId, model: &str) -> usize {
        let known = self.parts.gateway.models(&Caller::Owner(owner)).unwrap_or_default();
        let found = known.into_iter().find(|callable| callable.name == model);
        let window = found.and_then(|callable| callable.spec.context_window);
        window.and_then(|window| usize::try_from(window).ok()).unwrap_or(0)
    }

    /// Who takes part by this cast, checked before anything is changed.
    pub(crate) async fn called(&self, owner: OwnerId, cast: Cast) -> Result<Called, ChatError> {
        if let (None, Some(id)) = (cast.persona_id, cast.user_persona_id) {
            let found = self.parts.personas.get(owner, id).await;
            found.map_err(|error| ChatError::Persona(Box::new(error)))?;
        }
        let players = self.players(owner, cast).await.map_err(|error| ChatError::Persona(Box::new(error)))?;
        Ok(Called(players))
    }

    /// Has the conversation begin with the persona's greetings, beside each other, as long as nobody said anything.
    pub(crate) async fn greet(
        &self,
        owner: OwnerId,
        conversation: &mut Conversation,
        Called(players): Called,
    ) -> Result<(), ChatError> {
        if !self.clear_greetings(conversation).await? {
            return Ok(());
        }
        let Some(players) = players else { return Ok(()) };
        let (persona_id, persona) = &players.persona;
        for (number, text) in persona.greetings() {
            let text = self.filled(&players, seed(conversation.id), text);
            let spoken_by = SpokenBy {
                persona_id: *persona_id,
                name: persona.called().to_owned(),
                greeting: Some(number),
            };
            let message = Message {
                id: new_id(),
                conversation_id: conversation.id,
                parent_id: None,
                speaker: Speaker::Assistant,
                status: MessageStatus::Complete,
                text,
                body: MessageBody { spoken_by: Some(spoken_by), ..MessageBody::default() },
                created_at: self.parts.clock.now(),
            };
            db::insert_message(&self.parts.db, owner, &message).await?;
            conversation.leaf_id.get_or_insert(message.id);
        }
        Ok(())
    }

    /// Takes greetings away to which nobody has said anything, but for those before what was deleted; says whether nothing
    /// is said now.
    pub(crate) async fn clear_greetings(&self, conversation: &mut Conversation) -> Result<bool, ChatError> {
        let before = db::messages(&self.parts.db, conversation.id).await?;
        let greeting = |message: &Message| {
            message.body.spoken_by.as_ref().is_some_and(|spoken| spoken.greeting.is_some())
        };
        if !before.iter().all(greeting) {
            return Ok(false);
        }
        if !before.is_empty() {
            db::delete_greetings(&self.parts.db, conversation.id).await?;
            conversation.leaf_id = None;
        }
        Ok(true)
    }

    /// First words of a member of a group, macros put in.
    pub(crate) async fn greeting_of(
        &self,
        owner: OwnerId,
        conversation: &Conversation,
        (persona, text): (&Persona, &str),
    ) -> Result<String, ChatError> {
        let user = self
            .user_of(owner, conversation.cast)
            .await
            .map_err(|error| ChatError::Persona(Box::new(error)))?;
        let players = Players { persona: (NOBODY_ID, persona.clone()), user };
        Ok(self.filled(&players, seed(conversation.id), text))
    }

    /// Who the person is, for a model that plays nobody in particular; empty where they are nobody either.
    pub(crate) async fn introduction(&self, owner: OwnerId, cast: Cast) -> Result<String, PersonasError> {
        let Some(user) = self.user_of(owner, cast).await? else { return Ok(String::new()) };
        let players = Players { persona: (NOBODY_ID, Persona::default()), user: Some(user) };
        Ok(self.with_scene(&Staging::bare(&players, 0), persona::assemble::introduce))
    }

    async fn user_of(&self, owner: OwnerId, cast: Cast) -> Result<Option<Persona>, PersonasError> {
        match cast.user_persona_id {
            Some(id) => Ok(Some(self.parts.personas.get(owner, id).await?.value.persona)),
            None => Ok(None),
        }
    }

    /// A text of the persona with its macros put in.
    fn filled(&self, players: &Players, seed: u64, text: &str) -> String {
        self.with_scene(&Staging::bare(players, seed), |scene| persona::assemble::greeting(scene, text))
    }

    /// Talks with a persona without keeping anything of it but what the call costs.
    ///
    /// # Errors
    /// A lorebook that is too large; the model does not answer.
    pub async fn preview(&self, owner: OwnerId, preview: Preview) -> Result<Previewed, PersonasError> {
        let players = Players { persona: (NOBODY_ID, preview.persona), user: None };
        let branch: Vec<Message> =
            preview.said.iter().map(|(speaker, text)| unkept(*speaker, text)).collect();
        let model = preview.model.clone().unwrap_or_default();
        let prompt = self.rehearsed(owner, &players, (&model, &branch))?;
        let persona = &players.persona.1;
        let greeting =
            persona.greetings().first().map(|(_, text)| self.filled(&players, 1, text)).unwrap_or_default();
        let answer = match preview.model {
            None => None,
            Some(model) => {
                let request = crate::prompt::request(crate::prompt::Prompt {
                    model: &model,
                    system: "",
                    sources: "",
                    memories: "",
                    branch: &branch,
                    played: Some(&prompt),
                });
                Some(self.ask(owner, request, "persona-preview").await?)
            }
        };
        Ok(Previewed { greeting, prompt, answer })
    }

    /// What a model is asked to answer as a persona in a conversation that is not kept; who said what, the oldest first.
    ///
    /// # Errors
    /// There is no such persona; a lorebook that is too large.
    pub async fn rehearse(
        &self,
        owner: OwnerId,
        persona_id: Id,
        (model, said): (&str, Vec<Line>),
    ) -> Result<ChatRequest, PersonasError> {
        let persona = self.parts.personas.get(owner, persona_id).await?.value.persona;
        let players = Players { persona: (persona_id, persona), user: None };
        let branch: Vec<Message> = said
            .into_iter()
            .map(|(speaker, text, images)| {
                let mut message = unkept(speaker, &text);
                message.body.images = images;
                message
            })
            .collect();
        let prompt = self.rehearsed(owner, &players, (model, &branch))?;
        Ok(crate::prompt::request(crate::prompt::Prompt {
            model,
            system: "",
            sources: "",
            memories: "",
            branch: &branch,
            played: Some(&prompt),
        }))
    }

    /// What a persona makes of what was said where nothing is kept.
    fn rehearsed(
        &self,
        owner: OwnerId,
        players: &Players,
        (model, branch): (&str, &[Message]),
    ) -> Result<Prompt, PersonasError> {
        let persona = &players.persona.1;
        let name = |speaker| if speaker == Speaker::User { NOBODY } else { persona.called() };
        let said: Vec<Said<'_>> = branch
            .iter()
            .map(|message| Said {
                role: role(message.speaker),
                name: name(message.speaker),
                text: &message.text,
            })
            .collect();
        let book = persona.lorebook.as_ref().map(lorebook::compile).transpose()?;
        Ok(self.stage(&Staging {
            players,
            book: book.as_ref(),
            said: &said,
            greeting: Some(0),
            window: self.window(owner, model),
            model,
            ..Staging::bare(players, 1)
        }))
    }

    /// Suggests traits: by rules, or by a model where one is named.
    ///
    /// # Errors
    /// The model does not answer.
    pub async fn suggest_traits(
        &self,
        owner: OwnerId,
        persona: &Persona,
        model: Option<String>,
    ) -> Result<Vec<Suggestion>, PersonasError> {
        let Some(model) = model else { return Ok(suggest::by_rules(persona)) };
        let question = suggest::question(persona);
        let messages = vec![
            LlmMessage::text(llm::Role::System, question.system),
            LlmMessage::text(llm::Role::User, question.story),
        ];
        let request = ChatRequest { model, messages, fit_to_window: true, ..ChatRequest::default() };
        let answer = self.ask(owner, request, "persona-traits").await?;
        Ok(suggest::from_answer(persona, &answer))
    }

    /// Asks a model and waits for its whole answer.
    async fn ask(&self, owner: OwnerId, request: ChatRequest, tag: &str) -> Result<String, PersonasError> {
        self.ask_for((owner, None), request, tag).await
    }

    /// The same, for a project if there is one.
    pub(crate) async fn ask_for(
        &self,
        (owner, project): (OwnerId, Option<Project>),
        request: ChatRequest,
        tag: &str,
    ) -> Result<String, PersonasError> {
        let caller = match project {
            Some(project) => Caller::AtWork(owner, project),
            None => Caller::Owner(owner),
        };
        self.told(Call { caller, source: Source::Request(request), tags: vec![tag.to_owned()] }).await
    }

    /// What a model says to a call, all of it.
    pub(crate) async fn told(&self, call: Call) -> Result<String, PersonasError> {
        let answer = self.parts.gateway.chat(call).await?;
        let AnswerBody::Events(events) = answer.body else {
            return Err(PersonasError::BrokeOff("it came without events".to_owned()));
        };
        let reply = ChatReply::gathered(events).await;
        Ok(reply.map_err(|error| PersonasError::BrokeOff(error.message))?.plain_text())
    }
}

static NOTHING_LASTS: LazyLock<Timed> = LazyLock::new(Timed::default);

/// Those who take part, found.
pub(crate) struct Called(Option<Players>);

/// What a scene is made of.
struct Staging<'a> {
    players: &'a Players,
    book: Option<&'a Book>,
    said: &'a [Said<'a>],
    timed: &'a Timed,
    greeting: Option<u64>,
    seed: u64,
    idle: Option<Duration>,
    model: &'a str,
    window: usize,
    company: Option<&'a Heard>,
    /// Instructions beside the persona's own; `None` takes the account's.
    instructions: Option<&'a str>,
    aside: &'a str,
}

impl<'a> Staging<'a> {
    /// Those who play, before anything is said.
    fn bare(players: &'a Players, seed: u64) -> Self {
        Self {
            players,
            book: None,
            said: &[],
            timed: &NOTHING_LASTS,
            greeting: None,
            seed,
            idle: None,
            model: "",
            window: 0,
            company: None,
            instructions: None,
            aside: "",
        }
    }
}

/// What chance goes by in a conversation.
fn seed(id: Id) -> u64 {
    id.to_string().bytes().fold(0, |seed: u64, byte| seed.rotate_left(9).wrapping_mul(31) ^ u64::from(byte))
}

const fn role(speaker: Speaker) -> Role {
    match speaker {
        Speaker::User => Role::User,
        Speaker::Assistant => Role::Assistant,
    }
}

/// Something said that is not kept.
pub(crate) fn unkept(speaker: Speaker, text: &str) -> Message {
    Message {
        id: NOBODY_ID,
        conversation_id: NOBODY_ID,
        parent_id: None,
        speaker,
        status: MessageStatus::Complete,
        text: text.to_owned(),
        body: MessageBody { parts: vec![Part::text(text)], ..MessageBody::default() },
        created_at: base::Timestamp::default(),
    }
}

impl From<&lorebook::Found> for Told {
    fn from(found: &lorebook::Found) -> Self {
        let why = match &found.why {
            Why::Constant => "always told".to_owned(),
            Why::Said(key) => format!("`{key}` was said"),
            Why::Recursion(key) => format!("`{key}` stands in another entry"),
            Why::Sticky => "told a short while ago".to_owned(),
            Why::Kept => "told before, and stays".to_owned(),
        };
        Self { label: found.label.clone(), why, tokens: found.tokens }
    }
}
