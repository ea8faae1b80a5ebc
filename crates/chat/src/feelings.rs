//! What personas come to feel: the log that is kept, what is made of it, and when something is added.
//!
//! The engine is [`persona::feelings`]; here its log is kept, for each owner and persona, and toward each person or persona.
//! It is off until somebody switches it on for a persona. After an answer, what the persona heard since it spoke last has
//! its effect by rules; where it is wished for, a model is asked as well. Nobody waits for either.

use crate::{
    db,
    db::feelings as table,
    model::{Message, Speaker},
    personas::PersonasError,
    play::NOBODY,
    service::ChatService,
};
use base::{Id, OwnerId, Timestamp, new_id};
use gateway::Project;
use llm::{ChatRequest, Message as LlmMessage, ResponseFormat};
use persona::{
    Persona,
    feelings::{self, Bond, Event, MAX_DRIFT, MAX_FLUIDITY, Proposal, Source, Temper, What},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// Messages since a persona spoke last that have an effect, at the most.
const HEARD: usize = 12;
/// Messages that a model is shown.
const SHOWN: usize = 6;
/// Characters of each.
const EXCERPT: usize = 2_000;

/// How a persona is to feel; kept as JSON. Off by default.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Temperament {
    /// Whether it feels at all.
    pub on: bool,
    /// Whether a model is asked after each answer, beside the rules.
    pub by_model: bool,
    /// Which; `None` takes the one that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// How readily, and how far traits may drift.
    pub temper: Temper,
}

/// For whom something is felt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Toward {
    /// The person as they are.
    You,
    /// A persona: another character, or the one that the person is.
    Persona(Id),
}

impl Toward {
    /// The one of this name in the database.
    pub fn from_name(name: &str) -> Self {
        name.parse().map_or(Self::You, Self::Persona)
    }
}

impl fmt::Display for Toward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::You => f.write_str("you"),
            Self::Persona(id) => id.fmt(f),
        }
    }
}

/// An entry of a persona's log.
#[derive(Debug, Clone, PartialEq)]
pub struct Felt {
    /// Its id.
    pub id: Id,
    /// For whom.
    pub toward: Toward,
    /// What was proposed.
    pub event: Event,
    /// In which conversation.
    pub conversation_id: Option<Id>,
    /// By which message.
    pub message_id: Option<Id>,
    /// When it was taken back, if it was.
    pub reverted_at: Option<Timestamp>,
}

/// What a persona feels for somebody.
#[derive(Debug, Clone, PartialEq)]
pub struct Relation {
    /// For whom.
    pub toward: Toward,
    /// What they are called.
    pub name: String,
    /// What is felt.
    pub bond: Bond,
    /// What they feel in return, where they are a persona that feels.
    pub back: Option<Bond>,
}

/// All that a persona feels, at this moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Feelings {
    /// How it is to feel.
    pub temperament: Temperament,
    /// For whom it feels something.
    pub relations: Vec<Relation>,
    /// Traits that have drifted: the name, what the card says, what they are now.
    pub traits: Vec<(String, u8, u8)>,
    /// The log, the latest entry first, each with what it moved and the name of whom it is about; a taken-back one moves
    /// nothing.
    pub log: Vec<(Felt, f64, String)>,
}

/// What feelings make of a persona in a turn.
pub(crate) struct Stirred {
    /// The persona, its traits as far as they have drifted.
    pub(crate) persona: Persona,
    /// What its prompt says of it.
    pub(crate) aside: String,
}

type Result<T> = std::result::Result<T, PersonasError>;

impl ChatService {
    /// All that a persona feels.
    ///
    /// # Errors
    /// Where there is no such persona.
    pub async fn feelings(&self, owner: OwnerId, persona_id: Id) -> Result<Feelings> {
        let persona = self.parts.personas.get(owner, persona_id).await?.value.persona;
        let temperament = table::temperament(&self.parts.db, owner, persona_id).await?;
        let log = table::feelings(&self.parts.db, owner, persona_id).await?;
        let towards: BTreeSet<Toward> = log.iter().map(|felt| felt.toward).collect();
        let mut names: BTreeMap<Toward, String> = BTreeMap::new();
        let mut relations = Vec::new();
        for toward in towards {
            let name = self.name_of(owner, toward).await;
            names.insert(toward, name.clone());
            let back = match toward {
                Toward::Persona(other) => self.bond_back(owner, other, persona_id).await?,
                Toward::You => None,
            };
            let bond = self.bond(&log, toward, temperament.temper);
            relations.push(Relation { toward, name, bond, back });
        }
        let drifted = feelings::drifted(&persona, &self.drift(&log, temperament.temper));
        let traits =
            persona.traits.iter().zip(&drifted.traits).filter(|(card, now)| card.intensity != now.intensity);
        let traits = traits.map(|(card, now)| (card.name.clone(), card.intensity, now.intensity)).collect();
        let moved = moved(&log, temperament.temper);
        let log = log.into_iter().rev().map(|felt| {
            let by = moved.get(&felt.id).copied().unwrap_or(0.0);
            let name = names.get(&felt.toward).cloned().unwrap_or_default();
            (felt, by, name)
        });
        Ok(Feelings { temperament, relations, traits, log: log.collect() })
    }

    /// Says how a persona is to feel.
    ///
    /// # Errors
    /// Where there is no such persona, or more is asked for than may be.
    pub async fn set_temperament(
        &self,
        owner: OwnerId,
        persona_id: Id,
        wanted: Temperament,
    ) -> Result<Feelings> {
        self.parts.personas.get(owner, persona_id).await?;
        if wanted.temper.fluidity > MAX_FLUIDITY || wanted.temper.drift > MAX_DRIFT {
            return Err(PersonasError::Temper);
        }
        table::put_temperament(&self.parts.db, owner, persona_id, &wanted).await?;
        self.feelings(owner, persona_id).await
    }

    /// Takes an entry of the log back, or lets it count again.
    ///
    /// # Errors
    /// Where there is no such entry.
    pub async fn revert_feeling(
        &self,
        owner: OwnerId,
        (persona_id, event_id): (Id, Id),
        reverted: bool,
    ) -> Result<Feelings> {
        let at = reverted.then(|| self.parts.clock.now());
        if !table::set_reverted(&self.parts.db, owner, (persona_id, event_id), at).await? {
            return Err(PersonasError::NoFeeling(event_id));
        }
        self.feelings(owner, persona_id).await
    }

    /// Forgets all that a persona feels.
    ///
    /// # Errors
    /// Where there is no such persona.
    pub async fn forget_feelings(&self, owner: OwnerId, persona_id: Id) -> Result<Feelings> {
        self.parts.personas.get(owner, persona_id).await?;
        table::forget_feelings(&self.parts.db, owner, persona_id).await?;
        self.feelings(owner, persona_id).await
    }

    /// What feelings make of a persona in a turn; `None` where it has none. `user` is who the person is, `others` are the
    /// rest of a group.
    pub(crate) async fn stirred(
        &self,
        owner: OwnerId,
        (persona_id, persona): (Id, &Persona),
        user: Option<Id>,
        others: &[(Id, String)],
    ) -> Result<Option<Stirred>> {
        let Temperament { on, temper, .. } = table::temperament(&self.parts.db, owner, persona_id).await?;
        if !on {
            return Ok(None);
        }
        let log = table::feelings(&self.parts.db, owner, persona_id).await?;
        let you = user.map_or(Toward::You, Toward::Persona);
        let mut lines = vec![feelings::colour(&self.bond(&log, you, temper), "{{user}}")];
        lines.extend(
            others
                .iter()
                .map(|(id, name)| feelings::colour(&self.bond(&log, Toward::Persona(*id), temper), name)),
        );
        lines.retain(|line| !line.is_empty());
        let persona = feelings::drifted(persona, &self.drift(&log, temper));
        Ok(Some(Stirred { persona, aside: lines.join("\n") }))
    }

    /// What an answer's persona heard since it spoke last has its effect.
    pub(crate) async fn felt(&self, owner: OwnerId, answer: &Message, user: Option<Id>) {
        if let Err(error) = self.feel(owner, answer, user).await {
            tracing::warn!(%error, message_id = %answer.id, "what a persona feels could not be kept");
        }
    }

    async fn feel(&self, owner: OwnerId, answer: &Message, user: Option<Id>) -> Result<()> {
        let Some(by) = &answer.body.spoken_by else { return Ok(()) };
        if !table::temperament(&self.parts.db, owner, by.persona_id).await?.on {
            return Ok(());
        }
        let branch = db::branch(&self.parts.db, answer.conversation_id, answer.id).await?;
        let own = |message: &&Message| {
            message.body.spoken_by.as_ref().is_some_and(|spoken| spoken.persona_id == by.persona_id)
        };
        let heard: Vec<&Message> =
            branch.iter().rev().skip(1).take_while(|message| !own(message)).take(HEARD).collect();
        let heard = self.said_to(owner, (answer.conversation_id, by.persona_id), heard).await?;
        for message in heard.into_iter().rev() {
            let Some(toward) = said_by(message, user) else { continue };
            if table::was_felt(&self.parts.db, owner, by.persona_id, (message.id, Source::Words)).await? {
                continue;
            }
            let proposals = feelings::by_words(&message.text);
            self.log(owner, (by.persona_id, toward, Source::Words), (message, proposals)).await?;
        }
        Ok(())
    }

    /// Asks a model what an answer's exchange changes, where the persona is to be asked about.
    pub(crate) async fn felt_by_model(
        &self,
        (owner, project): (OwnerId, Option<Project>),
        answer: &Message,
        user: Option<Id>,
    ) {
        if let Err(error) = self.ask_what_is_felt((owner, project), answer, user).await {
            tracing::warn!(%error, message_id = %answer.id, "a model did not say what a persona feels");
        }
    }

    async fn ask_what_is_felt(
        &self,
        (owner, project): (OwnerId, Option<Project>),
        answer: &Message,
        user: Option<Id>,
    ) -> Result<()> {
        let Some(by) = &answer.body.spoken_by else { return Ok(()) };
        let wanted = table::temperament(&self.parts.db, owner, by.persona_id).await?;
        if !wanted.on || !wanted.by_model {
            return Ok(());
        }
        let persona = self.parts.personas.get(owner, by.persona_id).await?.value.persona;
        let branch = db::branch(&self.parts.db, answer.conversation_id, answer.id).await?;
        let Some(toward) = branch.iter().rev().nth(1).and_then(|asked| said_by(asked, user)) else {
            return Ok(());
        };
        if table::was_felt(&self.parts.db, owner, by.persona_id, (answer.id, Source::Model)).await? {
            return Ok(());
        }
        let you = self.name_of(owner, user.map_or(Toward::You, Toward::Persona)).await;
        let said: Vec<(String, String)> = branch
            .iter()
            .rev()
            .take(SHOWN)
            .map(|message| {
                let name = message.body.spoken_by.as_ref().map_or_else(|| you.clone(), |by| by.name.clone());
                (name, message.text.chars().take(EXCERPT).collect())
            })
            .collect();
        let said: Vec<(&str, &str)> =
            said.iter().rev().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let question = feelings::question(&persona, &self.name_of(owner, toward).await, &said);
        let model = wanted.model.or_else(|| answer.body.model.clone()).unwrap_or_default();
        let request = ChatRequest {
            model,
            messages: vec![
                LlmMessage::text(llm::Role::System, question.system),
                LlmMessage::text(llm::Role::User, question.said),
            ],
            response_format: ResponseFormat::JsonSchema {
                name: "changes".into(),
                schema: question.schema,
                strict: Some(true),
            },
            fit_to_window: true,
            ..ChatRequest::default()
        };
        let told = self.ask_for((owner, project), request, "persona-feelings").await?;
        let proposals = feelings::from_answer(&told);
        self.log(owner, (by.persona_id, toward, Source::Model), (answer, proposals)).await
    }

    /// Writes proposals into a persona's log. Traits that the persona has not are left out.
    async fn log(
        &self,
        owner: OwnerId,
        (persona_id, toward, source): (Id, Toward, Source),
        (message, proposals): (&Message, Vec<Proposal>),
    ) -> Result<()> {
        let persona = self.parts.personas.get(owner, persona_id).await?.value.persona;
        let has = |name: &str| persona.traits.iter().any(|own| own.name.trim().to_lowercase() == name);
        for proposal in proposals {
            if matches!(&proposal.what, What::Trait(name) if !has(name)) {
                continue;
            }
            let felt = Felt {
                id: new_id(),
                toward,
                event: Event { at_ms: self.parts.clock.now().millis(), source, proposal },
                conversation_id: Some(message.conversation_id),
                message_id: Some(message.id),
                reverted_at: None,
            };
            table::add_feeling(&self.parts.db, owner, persona_id, &felt).await?;
        }
        Ok(())
    }

    fn bond(&self, log: &[Felt], toward: Toward, temper: Temper) -> Bond {
        let events = counted(log.iter().filter(|felt| felt.toward == toward));
        feelings::replay(&events, temper, self.parts.clock.now().millis()).0
    }

    /// How far traits have drifted, whoever it was that moved them.
    fn drift(&self, log: &[Felt], temper: Temper) -> BTreeMap<String, f64> {
        let traits = log.iter().filter(|felt| matches!(felt.event.proposal.what, What::Trait(_)));
        feelings::replay(&counted(traits), temper, self.parts.clock.now().millis()).0.drift
    }

    /// What another persona feels for this one.
    async fn bond_back(&self, owner: OwnerId, other: Id, persona_id: Id) -> Result<Option<Bond>> {
        let wanted = table::temperament(&self.parts.db, owner, other).await?;
        if !wanted.on {
            return Ok(None);
        }
        let log = table::feelings(&self.parts.db, owner, other).await?;
        Ok(Some(self.bond(&log, Toward::Persona(persona_id), wanted.temper)))
    }

    async fn name_of(&self, owner: OwnerId, toward: Toward) -> String {
        match toward {
            Toward::You => NOBODY.to_owned(),
            Toward::Persona(id) => match self.parts.personas.get(owner, id).await {
                Ok(found) => found.value.persona.called().to_owned(),
                Err(_) => "somebody who is gone".to_owned(),
            },
        }
    }
}

/// Who said a message, as somebody that can be felt for.
fn said_by(message: &Message, user: Option<Id>) -> Option<Toward> {
    match (&message.body.spoken_by, message.speaker) {
        (Some(by), _) => Some(Toward::Persona(by.persona_id)),
        (None, Speaker::User) => Some(user.map_or(Toward::You, Toward::Persona)),
        (None, Speaker::Assistant) => None,
    }
}

fn counted<'a>(log: impl Iterator<Item = &'a Felt>) -> Vec<Event> {
    log.filter(|felt| felt.reverted_at.is_none()).map(|felt| felt.event.clone()).collect()
}

/// What each entry moved that was not taken back.
fn moved(log: &[Felt], temper: Temper) -> BTreeMap<Id, f64> {
    let mut all = BTreeMap::new();
    let towards: BTreeSet<Toward> = log.iter().map(|felt| felt.toward).collect();
    for toward in towards {
        let entries: Vec<&Felt> =
            log.iter().filter(|felt| felt.toward == toward && felt.reverted_at.is_none()).collect();
        let events: Vec<Event> = entries.iter().map(|felt| felt.event.clone()).collect();
        let now = events.last().map_or(0, |event| event.at_ms);
        let (_, by) = feelings::replay(&events, temper, now);
        all.extend(entries.iter().map(|felt| felt.id).zip(by));
    }
    all
}
