//! How a model is to answer: settings in layers, presets of them, and which of them were sent.
//!
//! A setting comes from the innermost layer that has it: the conversation, the persona that answers, the preset that the
//! conversation uses, the account. A setting that nobody has made is the provider's own.

use crate::{error::ChatError, model::Conversation, service::ChatService};
use base::{Id, OwnerId};
use llm::{Parameter, Parameters, ReasoningEffort, Taken};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{InvalidRecord, Kept, Record, Records, records::ListRecords};

/// Where a persona keeps its settings among what cards may carry.
const EXTENSION: &str = "familiar_parameters";
/// The name of the instructions among the settings.
const SYSTEM: &str = "system_prompt";
/// Presets of an owner, at the most.
const PRESETS: u32 = 200;
/// Characters of a preset's name.
const NAME_CHARS: usize = 80;
/// Stop texts, and the characters of one.
const STOPS: (usize, usize) = (16, 200);
/// Bytes of instructions.
const SYSTEM_BYTES: usize = 100_000;
/// What every program reads as the same whole number.
const EXACT: u64 = (1 << 53) - 1;

/// Settings; those that are `None` are inherited.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ParameterSet {
    /// Sampling temperature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Nucleus sampling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// Sampling among the k likeliest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_k: Option<u32>,
    /// Most tokens of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
    /// What words cost that were said often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency_penalty: Option<f64>,
    /// What words cost that were said at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence_penalty: Option<f64>,
    /// Seed for repeatable sampling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
    /// Texts at which an answer stops; none at all where it is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<Vec<String>>,
    /// How much to think.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<ReasoningEffort>,
    /// Instructions that precede the conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
}

impl ParameterSet {
    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Says what is wrong with it.
    ///
    /// # Errors
    /// The first setting that nobody could mean.
    pub fn check(&self) -> Result<(), ChatError> {
        let bad = |name: &'static str, bounds: String| Err(ChatError::BadParameter { name, bounds });
        let numbers = [
            ("temperature", self.temperature, (0.0, 2.0)),
            ("top_p", self.top_p, (0.0, 1.0)),
            ("frequency_penalty", self.frequency_penalty, (-2.0, 2.0)),
            ("presence_penalty", self.presence_penalty, (-2.0, 2.0)),
        ];
        for (name, value, (min, max)) in numbers {
            if value.is_some_and(|value| !(min..=max).contains(&value)) {
                return bad(name, format!("from {min} to {max}"));
            }
        }
        if self.top_k == Some(0) {
            return bad("top_k", "at least 1".into());
        }
        if self.max_tokens.is_some_and(|tokens| !(1..=EXACT).contains(&tokens)) {
            return bad("max_tokens", "at least 1".into());
        }
        if self.seed.is_some_and(|seed| seed.unsigned_abs() > EXACT) {
            return bad("seed", format!("a whole number of at most {EXACT}"));
        }
        let (most, long) = STOPS;
        let unfit = |text: &String| text.is_empty() || text.chars().count() > long;
        if self.stop.as_ref().is_some_and(|stop| stop.len() > most || stop.iter().any(unfit)) {
            return bad("stop", format!("at most {most} texts of 1 to {long} characters"));
        }
        if self.system_prompt.as_ref().is_some_and(|text| text.len() > SYSTEM_BYTES) {
            return bad(SYSTEM, format!("at most {SYSTEM_BYTES} bytes"));
        }
        Ok(())
    }

    /// What of it a request carries; the instructions go among the messages.
    fn parameters(&self) -> Parameters {
        Parameters {
            temperature: self.temperature,
            top_p: self.top_p,
            top_k: self.top_k,
            max_output_tokens: self.max_tokens,
            stop: self.stop.clone().unwrap_or_default(),
            presence_penalty: self.presence_penalty,
            frequency_penalty: self.frequency_penalty,
            seed: self.seed,
            reasoning_effort: self.reasoning_effort,
            ..Parameters::default()
        }
    }
}

/// Where a setting comes from, the outermost layer first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// The settings of the account.
    Account,
    /// The preset that the conversation uses.
    Preset,
    /// The persona that answers.
    Persona,
    /// The conversation itself.
    Conversation,
}

impl Layer {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Preset => "preset",
            Self::Persona => "persona",
            Self::Conversation => "conversation",
        }
    }
}

/// What a conversation chooses.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ParameterChoice {
    /// The preset that it uses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset_id: Option<Id>,
    /// Its own settings.
    pub values: ParameterSet,
}

/// What holds for an answer, and where each of it comes from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resolved {
    /// What holds.
    pub values: ParameterSet,
    /// Where each comes from, by its name.
    pub origins: BTreeMap<String, Layer>,
}

/// Puts layers over one another, the outermost first: an inner one's settings hold.
pub fn resolve(layers: &[(Layer, &ParameterSet)]) -> Resolved {
    let mut resolved = Resolved::default();
    for (layer, set) in layers {
        macro_rules! take {
            ($($name:ident),*) => {$(
                if set.$name.is_some() {
                    resolved.values.$name.clone_from(&set.$name);
                    resolved.origins.insert(stringify!($name).to_owned(), *layer);
                }
            )*};
        }
        take!(temperature, top_p, top_k, max_tokens, frequency_penalty, presence_penalty, seed, stop);
        take!(reasoning_effort, system_prompt);
    }
    resolved
}

impl Resolved {
    /// What a request carries of it.
    pub(crate) fn parameters(&self) -> Parameters {
        self.values.parameters()
    }

    /// The instructions beside a persona's own; may be empty.
    pub(crate) fn instructions(&self) -> &str {
        self.values.system_prompt.as_deref().unwrap_or_default()
    }

    /// What was sent of it to a model that takes these; `None` where nothing was set. Of instructions only where they come
    /// from: they may be long.
    pub(crate) fn sent(mut self, taken: &[Taken]) -> Option<SentParameters> {
        if self.values.is_empty() {
            return None;
        }
        let mut parameters = self.values.parameters();
        let changed = parameters.keep(taken);
        let set = |parameter: &Parameter| self.origins.contains_key(parameter.as_str());
        let left_out = changed.iter().filter(|parameter| set(parameter)).map(|one| one.as_str().to_owned());
        let left_out: Vec<String> = left_out.collect();
        let stop = self.values.stop.take().map(|_| parameters.stop).filter(|stop| !stop.is_empty());
        let values = ParameterSet {
            temperature: parameters.temperature,
            top_p: parameters.top_p,
            top_k: parameters.top_k,
            max_tokens: parameters.max_output_tokens,
            frequency_penalty: parameters.frequency_penalty,
            presence_penalty: parameters.presence_penalty,
            seed: parameters.seed,
            stop,
            reasoning_effort: parameters.reasoning_effort,
            system_prompt: None,
        };
        Some(SentParameters { values, origins: self.origins, left_out })
    }
}

/// What was sent with an answer's request.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SentParameters {
    /// What was sent, as the model takes it.
    pub values: ParameterSet,
    /// Where each that was set comes from, by its name.
    pub origins: BTreeMap<String, Layer>,
    /// Those that the model does not take, or takes otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

/// Settings under a name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Preset {
    /// The name.
    pub name: String,
    /// The settings.
    pub values: ParameterSet,
}

impl Record for Preset {
    const KIND: &'static str = "preset";

    fn title(&self) -> String {
        self.name.clone()
    }

    fn validate(&self) -> Result<(), InvalidRecord> {
        if self.name.is_empty() || self.name.chars().count() > NAME_CHARS {
            return Err(InvalidRecord::new(format!("a preset has a name of 1 to {NAME_CHARS} characters")));
        }
        self.values.check().map_err(|error| InvalidRecord::new(error.to_string()))
    }
}

impl ChatService {
    fn records(&self) -> Records {
        Records::new(self.parts.db.clone())
    }

    /// The presets, by name.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn presets(&self, owner: OwnerId) -> Result<Vec<Kept<Preset>>, ChatError> {
        let wanted = ListRecords { limit: PRESETS, ..ListRecords::of(owner) };
        let mut presets = self.records().list::<Preset>(&wanted).await?;
        presets.sort_by_key(|preset| preset.value.name.to_lowercase());
        Ok(presets)
    }

    /// Keeps a new preset.
    ///
    /// # Errors
    /// A name that is taken or none, and settings that nobody could mean.
    pub async fn create_preset(&self, owner: OwnerId, preset: Preset) -> Result<Kept<Preset>, ChatError> {
        let preset = self.named_once(owner, preset, None).await?;
        Ok(self.records().create(owner, None, preset).await?)
    }

    /// Changes a preset; conversations that use it follow.
    ///
    /// # Errors
    /// As of [`Self::create_preset`]; where there is none.
    pub async fn update_preset(
        &self,
        owner: OwnerId,
        id: Id,
        preset: Preset,
    ) -> Result<Kept<Preset>, ChatError> {
        let before = self.records().get::<Preset>(owner, id).await?;
        let preset = self.named_once(owner, preset, Some(id)).await?;
        Ok(self.records().update(owner, id, before.version, preset).await?)
    }

    /// Deletes a preset; [`Self::restore_preset`] brings it back. Conversations that use it go on without it.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn delete_preset(&self, owner: OwnerId, id: Id) -> Result<(), ChatError> {
        Ok(self.records().delete::<Preset>(owner, id).await?)
    }

    /// Brings a deleted preset back.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn restore_preset(&self, owner: OwnerId, id: Id) -> Result<Kept<Preset>, ChatError> {
        self.records().undelete::<Preset>(owner, id).await?;
        Ok(self.records().get(owner, id).await?)
    }

    async fn named_once(
        &self,
        owner: OwnerId,
        mut preset: Preset,
        own: Option<Id>,
    ) -> Result<Preset, ChatError> {
        preset.name = preset.name.trim().to_owned();
        preset.values.check()?;
        let same = |kept: &Kept<Preset>| {
            Some(kept.id) != own && kept.value.name.to_lowercase() == preset.name.to_lowercase()
        };
        match self.presets(owner).await?.iter().find(|kept| same(kept)) {
            Some(taken) => Err(ChatError::PresetName(taken.value.name.clone())),
            None => Ok(preset),
        }
    }

    /// Says whether a conversation may choose this.
    pub(crate) async fn check_choice(
        &self,
        owner: OwnerId,
        choice: &ParameterChoice,
    ) -> Result<(), ChatError> {
        choice.values.check()?;
        match choice.preset_id {
            Some(id) => self.records().get::<Preset>(owner, id).await.map(drop).map_err(ChatError::from),
            None => Ok(()),
        }
    }

    /// What a persona sets.
    ///
    /// # Errors
    /// Where there is no such persona.
    pub async fn persona_parameters(&self, owner: OwnerId, id: Id) -> Result<ParameterSet, ChatError> {
        let kept =
            self.parts.personas.get(owner, id).await.map_err(|error| ChatError::Persona(Box::new(error)))?;
        let own = kept.value.persona.extensions.get(EXTENSION).cloned();
        // What a card of somebody else's has there may be anything.
        let set: ParameterSet = own.and_then(|own| serde_json::from_value(own).ok()).unwrap_or_default();
        Ok(if set.check().is_ok() {
            ParameterSet { system_prompt: None, ..set }
        } else {
            ParameterSet::default()
        })
    }

    /// Changes what a persona sets, as a new version of it.
    ///
    /// # Errors
    /// Settings that nobody could mean; instructions, which a persona has of its own; where there is no such persona.
    pub async fn set_persona_parameters(
        &self,
        owner: OwnerId,
        id: Id,
        set: ParameterSet,
    ) -> Result<ParameterSet, ChatError> {
        set.check()?;
        if set.system_prompt.is_some() {
            let bounds = "a persona has instructions of its own".to_owned();
            return Err(ChatError::BadParameter { name: SYSTEM, bounds });
        }
        let told = |error| ChatError::Persona(Box::new(error));
        let kept = self.parts.personas.get(owner, id).await.map_err(told)?;
        let mut persona = kept.value.persona;
        persona.extensions.remove(EXTENSION);
        if !set.is_empty() {
            let value = serde_json::to_value(&set).map_err(ChatError::Unwritable)?;
            persona.extensions.insert(EXTENSION.to_owned(), value);
        }
        self.parts.personas.update(owner, id, kept.version, persona).await.map_err(told)?;
        Ok(set)
    }

    /// What holds for the next answer of a conversation, the persona of its cast being the one that speaks.
    pub(crate) async fn resolved(
        &self,
        owner: OwnerId,
        conversation: &Conversation,
    ) -> Result<Resolved, ChatError> {
        let preferences = self.preferences();
        let mut account = preferences.parameters;
        account.system_prompt = Some(preferences.system_prompt).filter(|text| !text.trim().is_empty());
        let preset = match conversation.parameters.preset_id {
            Some(id) => {
                Some(self.records().get::<Preset>(owner, id).await?).filter(|kept| kept.deleted_at.is_none())
            }
            None => None,
        };
        let preset = preset.map(|kept| kept.value.values).unwrap_or_default();
        let persona = match conversation.cast.persona_id {
            Some(id) => self.persona_parameters(owner, id).await?,
            None => ParameterSet::default(),
        };
        Ok(resolve(&[
            (Layer::Account, &account),
            (Layer::Preset, &preset),
            (Layer::Persona, &persona),
            (Layer::Conversation, &conversation.parameters.values),
        ]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warm(temperature: f64) -> ParameterSet {
        ParameterSet { temperature: Some(temperature), ..ParameterSet::default() }
    }

    #[test]
    fn the_innermost_layer_that_has_a_setting_gives_it() {
        let none = ParameterSet::default();
        let preset = ParameterSet { top_p: Some(0.5), stop: Some(vec!["END".into()]), ..warm(0.2) };
        let own = ParameterSet { stop: Some(Vec::new()), ..ParameterSet::default() };
        let resolved = resolve(&[
            (Layer::Account, &warm(0.1)),
            (Layer::Preset, &preset),
            (Layer::Persona, &warm(0.3)),
            (Layer::Conversation, &own),
        ]);
        assert_eq!(resolved.values.temperature, Some(0.3));
        assert_eq!(resolved.values.stop, Some(Vec::new()), "an inner layer may take stops away");
        let origins: Vec<(&str, Layer)> =
            resolved.origins.iter().map(|(name, layer)| (name.as_str(), *layer)).collect();
        assert_eq!(
            origins,
            [("stop", Layer::Conversation), ("temperature", Layer::Persona), ("top_p", Layer::Preset)]
        );
        assert_eq!(resolve(&[(Layer::Account, &none), (Layer::Conversation, &none)]), Resolved::default());
    }

    #[test]
    fn what_nobody_could_mean_is_refused_by_name() {
        let set = ParameterSet::default;
        for (name, bad) in [
            ("temperature", warm(2.1)),
            ("temperature", warm(f64::NAN)),
            ("top_p", ParameterSet { top_p: Some(-0.1), ..set() }),
            ("top_k", ParameterSet { top_k: Some(0), ..set() }),
            ("max_tokens", ParameterSet { max_tokens: Some(0), ..set() }),
            ("frequency_penalty", ParameterSet { frequency_penalty: Some(3.0), ..set() }),
            ("presence_penalty", ParameterSet { presence_penalty: Some(-3.0), ..set() }),
            ("seed", ParameterSet { seed: Some(i64::MIN), ..set() }),
            ("stop", ParameterSet { stop: Some(vec![String::new()]), ..set() }),
            ("stop", ParameterSet { stop: Some(vec!["x".into(); 17]), ..set() }),
            ("system_prompt", ParameterSet { system_prompt: Some("x".repeat(100_001)), ..set() }),
        ] {
            let error = bad.check().unwrap_err().to_string();
            assert!(error.contains(&format!("`{name}`")), "{error}");
        }
        assert!(warm(2.0).check().is_ok());
    }

    #[test]
    fn what_was_sent_is_what_the_model_takes() {
        let set = ParameterSet { top_k: Some(5), system_prompt: Some("be brief".into()), ..warm(1.5) };
        let resolved = resolve(&[(Layer::Conversation, &set)]);
        let taken = [Taken::of(Parameter::Temperature).within(0.0, 1.0)];
        let sent = resolved.sent(&taken).unwrap();
        assert_eq!(sent.values, warm(1.0));
        assert_eq!(sent.left_out, ["temperature", "top_k"]);
        assert_eq!(sent.origins.get("system_prompt"), Some(&Layer::Conversation));
        assert_eq!(Resolved::default().sent(&taken), None);
    }
}
