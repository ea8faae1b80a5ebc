//! Whether a persona stays who they are: questions, runs of them as jobs, and how runs compare.
//!
//! What is asked, marked and compared is [`persona::consistency`]. A run asks one question after the other, each in a
//! conversation of its own that is not kept, and writes every answer down at once, so that one that was broken off goes on
//! where it was.

use crate::{
    db::checks as table, error::ChatError, model::Speaker, personas::PersonasError, play::Preview,
    service::ChatService,
};
use base::{Id, OwnerId, Timestamp, new_id};
use futures::future::BoxFuture;
use llm::{ChatRequest, Message as LlmMessage};
use persona::{
    Persona,
    consistency::{self, Aspect, Change, MAX_QUESTIONS, Question, Scores},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use store::{
    JobHandler, JobState,
    jobs::{JobContext, JobFailure, NewJob},
};

/// The name of the job.
const NAME: &str = "persona.check";
/// When a run goes on that a provider held up.
const AGAIN_AFTER: Duration = Duration::from_secs(20);
/// Characters of a question, at the most.
const QUESTION_LIMIT: usize = 2_000;
/// Runs that are listed, at the most.
const SHOWN: u32 = 100;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckState {
    /// It waits or asks.
    Running,
    /// Every question is answered and marked.
    Finished,
    /// Given up.
    Failed,
    /// Stopped by a person.
    Cancelled,
}

impl CheckState {
    /// The name in the database and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of this name; unknown names count as failed.
    pub fn from_name(name: &str) -> Self {
        let all = [Self::Running, Self::Finished, Self::Cancelled];
        all.into_iter().find(|state| state.as_str() == name).unwrap_or(Self::Failed)
    }
}

/// A run.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Its id.
    pub id: Id,
    /// Who is asked.
    pub persona_id: Id,
    /// Which version of them.
    pub persona_version: u64,
    /// Where it stands.
    pub state: CheckState,
    /// What was asked, answered and marked.
    pub body: CheckBody,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
}

/// What a run consists of; kept as JSON.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CheckBody {
    /// The model or route that plays the persona.
    pub model: String,
    /// The one that judges beside the rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judge: Option<String>,
    /// The job that does it.
    pub job_id: String,
    /// What is asked.
    pub questions: Vec<Question>,
    /// What was answered so far, in the order of the questions.
    pub answers: Vec<Answered>,
    /// How they talk, as the card has it and as the answers show it.
    pub style: Vec<StyleFound>,
    /// The scores, once it is finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scores: Option<Scores>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// An answer and its marks, each from 0 to 1.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Answered {
    /// What was answered.
    pub text: String,
    /// The marks by rules.
    pub mark: f64,
    /// Why.
    pub because: String,
    /// The marks of the judge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judged: Option<f64>,
    /// Why; or why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judged_because: Option<String>,
}

impl Answered {
    /// What counts: the mean of both, where there are both.
    pub fn counts(&self) -> f64 {
        self.judged.map_or(self.mark, |judged| (self.mark + judged) / 2.0)
    }
}

/// A slider as a run found it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StyleFound {
    /// Its name.
    pub name: String,
    /// What the card says, 0 to 100.
    pub wanted: u8,
    /// What the answers show, 0 to 100.
    pub found: u8,
    /// How well both agree, 0 to 1.
    pub mark: f64,
}

/// A run, and how it compares.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The run.
    pub check: Check,
    /// The run before it that is compared with: the last finished one of the same model and judge.
    pub before: Option<Id>,
    /// How it has changed since.
    pub changes: Vec<Change>,
}

type Result<T> = std::result::Result<T, PersonasError>;

impl ChatService {
    /// The questions for a persona, and whether they are a person's own.
    ///
    /// # Errors
    /// Where there is no such persona.
    pub async fn questions(&self, owner: OwnerId, persona_id: Id) -> Result<(Vec<Question>, bool)> {
        let persona = self.parts.personas.get(owner, persona_id).await?.value.persona;
        match table::questions(&self.parts.db, owner, persona_id).await? {
            Some(own) => Ok((own, true)),
            None => Ok((consistency::test_set(&persona), false)),
        }
    }

    /// Keeps a person's own questions; none go back to those of the card.
    ///
    /// # Errors
    /// Too many or empty ones.
    pub async fn set_questions(
        &self,
        owner: OwnerId,
        persona_id: Id,
        questions: Vec<Question>,
    ) -> Result<(Vec<Question>, bool)> {
        self.parts.personas.get(owner, persona_id).await?;
        if questions.len() > MAX_QUESTIONS {
            let found = questions.len();
            return Err(PersonasError::Questions(format!(
                "there are {found} questions, {MAX_QUESTIONS} are allowed"
            )));
        }
        for (number, question) in (1..).zip(&questions) {
            let length = question.ask.chars().count();
            if question.ask.trim().is_empty() {
                return Err(PersonasError::Questions(format!("question {number} asks nothing")));
            }
            if length > QUESTION_LIMIT {
                return Err(PersonasError::Questions(format!(
                    "question {number} has {length} characters, {QUESTION_LIMIT} are allowed"
                )));
            }
            if question.aspect == Aspect::Style {
                return Err(PersonasError::Questions(format!(
                    "question {number} is about `style`, which is measured on all answers"
                )));
            }
        }
        table::put_questions(&self.parts.db, owner, persona_id, &questions).await?;
        self.questions(owner, persona_id).await
    }

    /// Begins a run.
    ///
    /// # Errors
    /// Where there is no such persona.
    pub async fn begin_check(
        &self,
        owner: OwnerId,
        persona_id: Id,
        (model, judge): (Option<String>, Option<String>),
    ) -> Result<Check> {
        let kept = self.parts.personas.get(owner, persona_id).await?;
        let (questions, _) = self.questions(owner, persona_id).await?;
        let persona = kept.value.persona;
        let model =
            model.or_else(|| persona.model.clone()).unwrap_or_else(|| self.preferences().default_model);
        let check_id = new_id();
        let title = persona.name;
        let arguments = json!({ "check_id": check_id.to_string(), "title": title });
        let mut check = Check {
            id: check_id,
            persona_id,
            persona_version: kept.version,
            state: CheckState::Running,
            body: CheckBody { model, judge, questions, ..CheckBody::default() },
            created_at: self.parts.clock.now(),
            finished_at: None,
        };
        table::put_check(&self.parts.db, owner, &check).await?;
        let job = NewJob { dedupe_key: Some(check_id.to_string()), ..NewJob::new(owner, NAME, arguments) };
        // The job finds the run, and waits for nothing that is written here.
        let enqueued = self.parts.jobs.enqueue(job).await.map_err(|_| PersonasError::Broken)?;
        check.body.job_id = enqueued.job_id.to_string();
        Ok(check)
    }

    /// The runs of a persona, the latest first, each compared with the one before it.
    ///
    /// # Errors
    /// Where there is no such persona.
    pub async fn checks(&self, owner: OwnerId, persona_id: Id) -> Result<Vec<Compared>> {
        self.parts.personas.get(owner, persona_id).await?;
        let mut all = table::checks(&self.parts.db, owner, persona_id, SHOWN).await?;
        for check in &mut all {
            self.as_it_stands(owner, check).await;
        }
        Ok((0..all.len())
            .filter_map(|at| all.get(at..)?.split_first().map(|(check, rest)| compared(check, rest)))
            .collect())
    }

    /// A run.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn check(&self, owner: OwnerId, persona_id: Id, check_id: Id) -> Result<Compared> {
        let all = self.checks(owner, persona_id).await?;
        all.into_iter().find(|found| found.check.id == check_id).ok_or(PersonasError::NoCheck(check_id))
    }

    /// Stops a run that is under way, or forgets one that is over.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn end_check(&self, owner: OwnerId, persona_id: Id, check_id: Id) -> Result<()> {
        let mut check = self.check(owner, persona_id, check_id).await?.check;
        if check.state != CheckState::Running {
            table::delete_check(&self.parts.db, owner, check_id).await?;
            return Ok(());
        }
        if let Ok(job_id) = check.body.job_id.parse() {
            drop(self.parts.jobs.cancel(owner, job_id).await);
        }
        check.state = CheckState::Cancelled;
        check.finished_at = Some(self.parts.clock.now());
        Ok(table::put_check(&self.parts.db, owner, &check).await?)
    }

    /// The jobs that this crate does.
    pub fn handlers(self: &Arc<Self>) -> Vec<Arc<dyn JobHandler>> {
        vec![Arc::new(Asking(Arc::clone(self)))]
    }

    /// A run whose job was cancelled or given up elsewhere says so.
    async fn as_it_stands(&self, owner: OwnerId, check: &mut Check) {
        let (CheckState::Running, Ok(job_id)) = (check.state, check.body.job_id.parse()) else { return };
        let Ok(job) = self.parts.jobs.get(owner, job_id).await else { return };
        match job.state {
            JobState::Queued | JobState::Running | JobState::Finished => {}
            JobState::Cancelled => check.state = CheckState::Cancelled,
            JobState::Failed => {
                check.state = CheckState::Failed;
                check.body.error = check.body.error.take().or(job.error);
            }
        }
    }

    /// Asks what is left to ask.
    async fn run_check(&self, context: &JobContext) -> std::result::Result<Value, JobFailure> {
        let owner = context.job.owner;
        let for_good = |error: &dyn std::fmt::Display| JobFailure::for_good(error.to_string());
        let named = context.job.arguments.get("check_id").and_then(Value::as_str);
        let check_id: Id =
            named.and_then(|id| id.parse().ok()).ok_or_else(|| for_good(&"the job names no run"))?;
        let found = table::check(&self.parts.db, owner, check_id).await.map_err(|error| for_good(&error))?;
        let over = |check: &Check| matches!(check.state, CheckState::Finished | CheckState::Cancelled);
        let Some(mut check) = found.filter(|check| !over(check)) else {
            return Ok(Value::Null);
        };
        if check.state == CheckState::Failed {
            // A person has it tried again: it goes on behind what was answered.
            check.state = CheckState::Running;
            (check.body.error, check.finished_at) = (None, None);
            table::put_check(&self.parts.db, owner, &check).await.map_err(|error| for_good(&error))?;
        }
        check.body.job_id = context.job.id.to_string();
        let persona = self.parts.personas.at_version(owner, check.persona_id, check.persona_version).await;
        let persona = persona.map_err(|error| for_good(&error))?;
        let total = u64::try_from(check.body.questions.len()).ok();
        while let Some(question) = check.body.questions.get(check.body.answers.len()).cloned() {
            let done = u64::try_from(check.body.answers.len()).unwrap_or(0);
            context.progress("ask", done, total);
            if context.cancelled().is_cancelled() {
                return Ok(Value::Null);
            }
            let answered = tokio::select! {
                answered = self.answered(owner, &persona, (&check.body, &question)) => answered,
                () = context.cancelled().cancelled() => return Ok(Value::Null),
            };
            match answered {
                Ok(answered) => check.body.answers.push(answered),
                Err(error) => return self.broke_off(owner, check, (context, &error)).await,
            }
            self.write_down(owner, &check).await?;
        }
        finish(&persona, &mut check, self.parts.clock.now());
        self.write_down(owner, &check).await?;
        let overall = check.body.scores.as_ref().map(|scores| scores.overall);
        Ok(json!({ "check_id": check.id.to_string(), "score": overall }))
    }

    /// A run that was stopped meanwhile stays stopped.
    async fn write_down(&self, owner: OwnerId, check: &Check) -> std::result::Result<(), JobFailure> {
        let failed = |error: ChatError| JobFailure::for_now(error.to_string(), AGAIN_AFTER);
        let now = table::check(&self.parts.db, owner, check.id).await.map_err(failed)?;
        match now {
            Some(now) if now.state == CheckState::Running => {
                table::put_check(&self.parts.db, owner, check).await.map_err(failed)
            }
            Some(_) | None => Err(JobFailure::for_good("the run was stopped")),
        }
    }

    async fn broke_off(
        &self,
        owner: OwnerId,
        mut check: Check,
        (context, error): (&JobContext, &PersonasError),
    ) -> std::result::Result<Value, JobFailure> {
        let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
        let told = format!("{error}{hint}");
        let last = context.job.attempts >= context.job.max_attempts;
        let may_pass = matches!(
            error.kind(),
            base::ErrorKind::Upstream | base::ErrorKind::Unavailable | base::ErrorKind::Limited
        );
        if may_pass && !last {
            return Err(JobFailure::for_now(told, AGAIN_AFTER));
        }
        check.state = CheckState::Failed;
        check.body.error = Some(told.clone());
        check.finished_at = Some(self.parts.clock.now());
        self.write_down(owner, &check).await?;
        Err(JobFailure::for_good(told))
    }

    async fn answered(
        &self,
        owner: OwnerId,
        persona: &Persona,
        (body, question): (&CheckBody, &Question),
    ) -> Result<Answered> {
        let said = vec![(Speaker::User, question.ask.clone())];
        let preview = Preview { persona: persona.clone(), said, model: Some(body.model.clone()) };
        let text = self.preview(owner, preview).await?.answer.unwrap_or_default();
        let by_rules = consistency::mark(persona, question, &text);
        let mut answered =
            Answered { mark: by_rules.mark, because: by_rules.because, text, ..Answered::default() };
        if let Some(judge) = &body.judge {
            let (system, case) = consistency::judge(persona, question, &answered.text);
            let messages =
                vec![LlmMessage::text(llm::Role::System, system), LlmMessage::text(llm::Role::User, case)];
            let request =
                ChatRequest { model: judge.clone(), messages, fit_to_window: true, ..ChatRequest::default() };
            let told = self.ask_for((owner, None), request, "persona-judge").await?;
            match consistency::from_judge(&told) {
                Some(judged) => {
                    answered.judged = Some(judged.mark);
                    answered.judged_because = Some(judged.because);
                }
                None => answered.judged_because = Some("the judge did not keep to the form".into()),
            }
        }
        Ok(answered)
    }
}

/// Puts the marks together.
fn finish(persona: &Persona, check: &mut Check, now: Timestamp) {
    let body = &mut check.body;
    let texts: Vec<&str> = body.answers.iter().map(|answered| answered.text.as_str()).collect();
    body.style = consistency::measure(persona, &texts)
        .into_iter()
        .map(|found| StyleFound {
            name: found.name.to_owned(),
            wanted: found.wanted,
            found: found.found,
            mark: found.mark,
        })
        .collect();
    let mut marks: Vec<(Aspect, f64)> = body
        .questions
        .iter()
        .zip(&body.answers)
        .map(|(asked, answered)| (asked.aspect, answered.counts()))
        .collect();
    marks.extend(body.style.iter().map(|found| (Aspect::Style, found.mark)));
    body.scores = Some(consistency::scores(&marks));
    check.state = CheckState::Finished;
    check.finished_at = Some(now);
}

/// A run beside the last finished one of the same model and judge before it.
fn compared(check: &Check, earlier: &[Check]) -> Compared {
    let like = |other: &&Check| {
        other.state == CheckState::Finished
            && other.body.model == check.body.model
            && other.body.judge == check.body.judge
    };
    let before = earlier.iter().find(like);
    let scores = before.and_then(|before| before.body.scores.as_ref()).zip(check.body.scores.as_ref());
    Compared {
        check: check.clone(),
        before: before.filter(|_| scores.is_some()).map(|before| before.id),
        changes: scores.map(|(before, after)| consistency::drift(before, after)).unwrap_or_default(),
    }
}

/// Does the job.
#[derive(Debug)]
struct Asking(Arc<ChatService>);

impl JobHandler for Asking {
    fn name(&self) -> &'static str {
        NAME
    }

    fn lane(&self) -> &'static str {
        "persona"
    }

    fn run(&self, context: JobContext) -> BoxFuture<'_, std::result::Result<Value, JobFailure>> {
        Box::pin(async move { self.0.run_check(&context).await })
    }
}
