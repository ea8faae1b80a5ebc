//! One request through the gateway and what came of it: a row of the ledger, a line of the journal.

use base::{Id, Money, OwnerId, Timestamp};
use budget::Project;
use classify::TaskClass;
use llm::Usage;
use routing::{Factors, FallbackTier, Strategy, Tier};
use serde::{Deserialize, Serialize, Serializer};
use std::{
    borrow::Cow,
    fmt,
    ops::{Deref, DerefMut},
    sync::Arc,
};

/// The operation of a batch's line.
pub const BATCH: &str = "batch";

/// What became of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Answered to the end.
    Ok,
    /// No answer, or one that broke off.
    Failed,
    /// The caller went away or stopped it.
    Cancelled,
    /// Familiar itself was ended in the middle of it.
    Interrupted,
}

impl Outcome {
    /// Every outcome, for filters and metrics.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Failed, Self::Cancelled, Self::Interrupted];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }

    /// The outcome of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == name)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One request through the gateway and what came of it. In the journal, what says nothing is left out.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Exchange {
    /// Its id; ids sort by time.
    pub id: Id,
    /// When the request came.
    pub started_at: Timestamp,
    /// Whose it is.
    pub owner: OwnerId,
    /// The virtual key it came with; `None` for the owner's own page and command line.
    #[serde(default)]
    pub key_id: Option<Id>,
    /// What it was for, by the key or by the owner.
    #[serde(default)]
    pub project: Option<Project>,
    /// `chat`, `embeddings`, `speech`, `transcription`, `audio_translation` or `batch`.
    pub operation: Cow<'static, str>,
    /// The route or model, by its full name.
    pub route: String,
    /// The deployment that answered, or was tried last.
    #[serde(default)]
    pub deployment: Option<String>,
    /// Its provider.
    #[serde(default)]
    pub provider: Option<String>,
    /// Its model, in the provider's words.
    #[serde(default)]
    pub model: Option<String>,
    /// The caller's wire format; `None` for requests from inside.
    #[serde(default)]
    pub caller_dialect: Option<Cow<'static, str>>,
    /// The deployment's wire format; `None` for a model that runs here.
    #[serde(default)]
    pub upstream_dialect: Option<Cow<'static, str>>,
    /// Whether a stream was asked for.
    #[serde(default)]
    pub streamed: bool,
    /// What became of it.
    pub outcome: Outcome,
    /// The class of the error, if any.
    #[serde(default)]
    pub error_kind: Option<String>,
    /// The error in words, if any.
    #[serde(default)]
    pub error_message: Option<String>,
    /// Tokens used.
    #[serde(default)]
    pub usage: Usage,
    /// What it cost; nothing where the price is not known.
    #[serde(default)]
    pub cost: Money,
    /// Whether the price was known.
    pub priced: bool,
    /// Whether usage and cost are estimated because the provider did not say.
    #[serde(default)]
    pub estimated: bool,
    /// What a reply out of the cache would have cost.
    #[serde(default)]
    pub saved: Money,
    /// What it would have cost without Familiar: at the dearest deployment that it could have gone to, with nothing
    /// found in any cache.
    #[serde(default)]
    pub baseline: Money,
    /// What the provider's prompt cache saved; less than nothing where writing to it cost more than was read from it.
    #[serde(default)]
    pub prompt_saved: Money,
    /// From the request to the first piece of the answer.
    #[serde(default)]
    pub first_token_ms: Option<u64>,
    /// From the request to the end.
    #[serde(default)]
    pub total_ms: u64,
    /// How often a deployment was called.
    #[serde(default)]
    pub attempts: u32,
    /// Whether the reply came out of the cache, or from an identical request under way.
    #[serde(default)]
    pub cache_hit: bool,
    /// Labels of the caller, such as `conversation:ID`.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Why it was answered by whom.
    pub explanation: Explained,
}

/// An explanation that an exchange and its answer share; whoever adds to it while another has it gets one of their own.
///
/// Where a deployment was asked for by its own name and there is nothing else to tell, it is kept as that name alone,
/// and in brackets as long as it has not answered.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(from = "Kept")]
pub struct Explained(Arc<Explanation>);

/// The forms of an explanation in journal and ledger.
#[derive(Deserialize)]
#[serde(untagged)]
enum Kept {
    Answered(String),
    Asked([String; 1]),
    Whole(Box<Explanation>),
}

impl From<Kept> for Explained {
    fn from(kept: Kept) -> Self {
        Self::from(match kept {
            Kept::Answered(name) => {
                Explanation { chosen: Some(name.clone()), ..Explanation::by_own_name(name) }
            }
            Kept::Asked([name]) => Explanation::by_own_name(name),
            Kept::Whole(explanation) => *explanation,
        })
    }
}

impl Serialize for Explained {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.own_name() {
            Some((name, true)) => serializer.serialize_str(name),
            Some((name, false)) => [name].serialize(serializer),
            None => self.0.serialize(serializer),
        }
    }
}

impl From<Explanation> for Explained {
    fn from(explanation: Explanation) -> Self {
        Self(Arc::new(explanation))
    }
}

impl Deref for Explained {
    type Target = Explanation;

    fn deref(&self) -> &Explanation {
        &self.0
    }
}

impl DerefMut for Explained {
    fn deref_mut(&mut self) -> &mut Explanation {
        Arc::make_mut(&mut self.0)
    }
}

/// Why a call went to the deployment it went to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Explanation {
    /// What the caller asked for.
    pub asked: String,
    /// The route or model it stands for.
    pub route: String,
    /// The deployments considered, in order, and what became of each.
    pub candidates: Vec<Candidate>,
    /// The one that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<String>,
    /// The strategy that put the candidates in order; `None` where there was nothing to choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Strategy>,
    /// What was given up to get an answer, in sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub degraded: Vec<String>,
    /// The calls of deployments, where there was more than the one that answered at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Attempt>,
    /// Fields of the request that the deployment's format could not carry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<String>,
    /// The tier that was asked for or chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// What the prompt was taken for, where somebody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskClass>,
    /// Why this tier, and what the circumstances changed, in sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<String>,
}

/// One call of one deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its id, `provider/model`.
    pub deployment: String,
    /// When it was called, in milliseconds from the moment the request came.
    pub began_ms: u64,
    /// How long until it answered or failed, in milliseconds.
    pub took_ms: u64,
    /// The class and the words of its failure; `None` where it answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<(String, String)>,
}

/// A deployment that was considered.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Candidate {
    /// Its id, `provider/model`.
    pub deployment: String,
    /// When the route gives it a turn; `None` where it was asked for by its own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<FallbackTier>,
    /// By how much the strategy prefers it, 0 to 1; `None` where it was not ranked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// What speaks for it; `None` where it was not ranked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factors: Option<Factors>,
    /// What became of it: reasons for skipping it and errors of calling it, in order; empty when it
    /// answered at once or was not needed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Exchange {
    /// The calls of deployments, in order; what is not written down for the sake of calls that go well at once
    /// is put together here.
    pub fn attempts(&self) -> Vec<Attempt> {
        match (&self.deployment, self.attempts, self.explanation.attempts.is_empty()) {
            (Some(deployment), 1.., true) if !self.cache_hit => vec![Attempt {
                deployment: deployment.clone(),
                began_ms: 0,
                took_ms: self.first_token_ms.unwrap_or(self.total_ms),
                failure: None,
            }],
            (_, _, _) => self.explanation.attempts.clone(),
        }
    }
}

impl Explanation {
    /// The explanation of a call that asks for a deployment by its own name, before it has answered.
    pub fn by_own_name(name: String) -> Self {
        let only = Candidate { deployment: name.clone(), ..Candidate::default() };
        Self { route: name.clone(), candidates: vec![only], asked: name, ..Self::default() }
    }

    /// The deployment that was asked for by its own name and whether it has answered, where that is all there is to tell.
    pub(crate) fn own_name(&self) -> Option<(&str, bool)> {
        let Self {
            asked,
            route,
            candidates,
            chosen,
            strategy,
            degraded,
            attempts,
            dropped,
            tier,
            task,
            context,
        } = self;
        let [Candidate { deployment, tier: turn, score, factors, notes }] = candidates.as_slice() else {
            return None;
        };
        let plain = strategy.is_none() && tier.is_none() && task.is_none() && turn.is_none();
        let unranked = score.is_none() && factors.is_none() && notes.is_empty();
        let uneventful =
            degraded.is_empty() && attempts.is_empty() && dropped.is_empty() && context.is_empty();
        let same =
            route == asked && deployment == asked && chosen.as_ref().is_none_or(|chosen| chosen == asked);
        (plain && unranked && uneventful && same).then_some((asked, chosen.is_some()))
    }

    /// The decision in a sentence, for people.
    pub fn sentence(&self) -> String {
        let chosen = match (&self.chosen, self.asked == self.route) {
            (Some(chosen), _) if *chosen == self.asked => "asked for by its own name".to_owned(),
            (Some(chosen), true) => format!("`{chosen}` answers for `{}`", self.route),
            (Some(chosen), false) => {
                format!("`{}` stands for `{}`, where `{chosen}` answers", self.asked, self.route)
            }
            (None, _) => format!("nothing answered for `{}`", self.asked),
        };
        let chosen = match (self.strategy, &self.chosen) {
            (Some(strategy), Some(id)) if strategy != Strategy::Ordered => {
                let score = self.candidates.iter().find(|candidate| candidate.deployment == *id);
                match score.and_then(|candidate| candidate.score) {
                    Some(score) => format!("{chosen}, by `{strategy}` ({score})"),
                    None => format!("{chosen}, by `{strategy}`"),
                }
            }
            (_, _) => chosen,
        };
        let chosen = self.degraded.iter().fold(chosen, |chosen, event| format!("{chosen}; {event}"));
        let chosen = self.context.iter().fold(chosen, |chosen, told| format!("{chosen}; {told}"));
        let remarks = self.candidates.iter().filter(|candidate| !candidate.notes.is_empty());
        let remarks: Vec<String> = remarks
            .map(|candidate| format!("{}: {}", candidate.deployment, candidate.notes.join(", ")))
            .collect();
        if remarks.is_empty() { chosen } else { format!("{chosen}; {}", remarks.join("; ")) }
    }

    /// Whether there is nothing to explain: a deployment was asked for by its own name, and answers.
    pub fn goes_without_saying(&self) -> bool {
        self.chosen.as_ref() == Some(&self.asked)
            && self.degraded.is_empty()
            && self.candidates.iter().all(|candidate| candidate.notes.is_empty())
    }

    /// Adds a remark about a deployment.
    pub fn note(&mut self, deployment: &str, note: impl Into<String>) {
        match self.candidates.iter_mut().find(|candidate| candidate.deployment == deployment) {
            Some(candidate) => candidate.notes.push(note.into()),
            None => self.candidates.push(Candidate {
                deployment: deployment.to_owned(),
                notes: vec![note.into()],
                ..Candidate::default()
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_reads_as_a_sentence() {
        let mut explanation = Explanation {
            asked: "fast".into(),
            route: "fast".into(),
            chosen: Some("b/y".into()),
            ..Explanation::default()
        };
        explanation.note("a/x", "overloaded");
        assert_eq!(explanation.sentence(), "`b/y` answers for `fast`; a/x: overloaded");
        let own =
            Explanation { asked: "b/y".into(), route: "b/y".into(), candidates: Vec::new(), ..explanation };
        assert_eq!(own.sentence(), "asked for by its own name");
    }

    #[test]
    fn what_goes_without_saying_is_kept_as_a_name() {
        let asked = Explanation::by_own_name("a/x".into());
        let answered = Explanation { chosen: Some("a/x".into()), ..asked.clone() };
        let shrunk = Explanation { degraded: vec!["fewer tokens".into()], ..answered.clone() };
        let elsewhere = Explanation { chosen: Some("b/y".into()), ..asked.clone() };
        let kept = [(asked, r#"["a/x"]"#), (answered, r#""a/x""#), (shrunk, "{"), (elsewhere, "{")];
        for (explanation, begins) in kept {
            let explained = Explained::from(explanation);
            let json = serde_json::to_string(&explained).unwrap();
            assert!(json.starts_with(begins), "{json}");
            assert_eq!(serde_json::from_str::<Explained>(&json).unwrap(), explained, "{json}");
        }
    }
}
