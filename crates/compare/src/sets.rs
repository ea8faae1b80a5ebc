//! Prompt sets: one list of prompts put to several columns as a job, with assertions, a grid and CSV (CMP-8).
//!
//! What a run can cost at most is told before it begins, and a run with a cap never begins a call whose worst case would
//! not fit below it. A run may be broken off at any point and goes on behind the last cell that is over; calls under way when
//! the program is killed are made again.

mod run;

use crate::{
    db::sets as table,
    error::CompareError,
    model::{Column, Failure, NewColumn, Question, Receipt},
    service::Bench,
};
use base::{Id, Money, OwnerId, Timestamp, new_id};
use contrast::{Assertion, Verdict, assertion::judge_prompt};
use gateway::TryRoute;
use llm::{ChatRequest, Message, Parameters, Role};
pub(crate) use run::Run;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::NewJob;

/// The name of the job.
pub(crate) const JOB: &str = "compare.run";
/// Most prompts of a set.
pub const MOST_PROMPTS: usize = 1_000;
/// Most columns of a run.
pub const MOST_COLUMNS: usize = 8;
/// Most tokens of a judge's reply.
const JUDGE_TOKENS: u64 = 300;

/// A prompt with what its answer has to be like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetPrompt {
    /// What is asked.
    pub text: String,
    /// What the answer has to be like; all of it.
    #[serde(default)]
    pub assertions: Vec<Assertion>,
}

/// Prompts that are put to models together.
#[derive(Debug, Clone, PartialEq)]
pub struct PromptSet {
    /// Its id.
    pub id: Id,
    /// Its title.
    pub title: String,
    /// The prompts, in order.
    pub prompts: Vec<SetPrompt>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A run that is to begin, or to be estimated.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewRun {
    /// Who is asked.
    pub columns: Vec<NewColumn>,
    /// The model that judges, where an assertion needs one.
    pub judge: String,
    /// Most that it may cost.
    pub cap: Option<Money>,
}

/// A set that is put to columns.
#[derive(Debug, Clone, PartialEq)]
pub struct SetRun {
    /// Its id.
    pub id: Id,
    /// The set.
    pub set_id: Id,
    /// The set's title as it was.
    pub title: String,
    /// The set's prompts as they were.
    pub prompts: Vec<SetPrompt>,
    /// Who is asked.
    pub columns: Vec<Column>,
    /// The model that judges; empty: none.
    pub judge: String,
    /// Most that it may cost.
    pub cap: Option<Money>,
    /// Most that it was expected to cost; `None` where a price is not known.
    pub estimate: Option<Money>,
    /// The job that works on it.
    pub job_id: Option<Id>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// Where it stands.
    pub state: RunState,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// It is worked on, or waits to be.
    Running,
    /// Its job was cancelled or given up; [`Bench::resume_run`] goes on with it.
    Stopped,
    /// Every cell is over.
    Over,
}

impl RunState {
    /// The name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Over => "over",
        }
    }
}

/// Where a cell of the grid stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellState {
    /// Not asked yet.
    Waiting,
    /// Answered, and held against the assertions.
    Done,
    /// Not answered; see [`CellBody::failure`].
    Failed,
    /// Not asked: it could have cost more than was left.
    Capped,
}

impl CellState {
    const ALL: [Self; 4] = [Self::Waiting, Self::Done, Self::Failed, Self::Capped];

    /// The name in the database and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Capped => "capped",
        }
    }

    pub(crate) fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.as_str() == name).unwrap_or(Self::Failed)
    }
}

/// What a column answered to a prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The number of the prompt.
    pub prompt: usize,
    /// The number of the column.
    pub place: usize,
    /// Where it stands.
    pub state: CellState,
    /// What was said.
    pub text: String,
    /// What belongs to it beside the text.
    pub body: CellBody,
    /// What the answer and its judges cost.
    pub cost: Money,
}

/// What belongs to a cell beside its text; kept as JSON.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CellBody {
    /// What came of each assertion, in their order.
    pub verdicts: Vec<Verdict>,
    /// Why there is no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// What the answer took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
}

impl Cell {
    /// Whether it was answered and every assertion holds.
    pub fn passed(&self) -> bool {
        self.state == CellState::Done && self.body.verdicts.iter().all(|verdict| verdict.passed)
    }
}

impl Bench {
    /// Keeps a set: a new one, or in place of the one with this id.
    ///
    /// # Errors
    /// Where a prompt is empty, there are none or too many, or an assertion is not understood.
    pub async fn put_set(
        &self,
        owner: OwnerId,
        id: Option<Id>,
        (title, prompts): (String, Vec<SetPrompt>),
    ) -> Result<PromptSet, CompareError> {
        if prompts.is_empty() || prompts.len() > MOST_PROMPTS {
            return Err(CompareError::Prompts(prompts.len()));
        }
        for prompt in &prompts {
            if prompt.text.trim().is_empty() {
                return Err(CompareError::Empty);
            }
            prompt.assertions.iter().try_for_each(|assertion| assertion.compile().map(drop))?;
        }
        let title = if title.trim().is_empty() { "Prompt set".to_owned() } else { title.trim().to_owned() };
        let updated_at = self.parts.clock.now();
        let set = PromptSet { id: id.unwrap_or_else(new_id), title, prompts, updated_at };
        match id {
            Some(id) => {
                table::set(&self.parts.db, owner, id).await?;
                table::update_set(&self.parts.db, owner, &set).await?;
            }
            None => table::insert_set(&self.parts.db, owner, &set).await?,
        }
        Ok(set)
    }

    /// A set of this owner.
    ///
    /// # Errors
    /// [`CompareError::NoSet`].
    pub async fn set(&self, owner: OwnerId, id: Id) -> Result<PromptSet, CompareError> {
        table::set(&self.parts.db, owner, id).await
    }

    /// All sets of this owner, the latest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn sets(&self, owner: OwnerId) -> Result<Vec<PromptSet>, CompareError> {
        table::sets(&self.parts.db, owner).await
    }

    /// Takes a set away; what was run of it stays.
    ///
    /// # Errors
    /// [`CompareError::NoSet`].
    pub async fn delete_set(&self, owner: OwnerId, id: Id) -> Result<(), CompareError> {
        table::delete_set(&self.parts.db, owner, (id, self.parts.clock.now())).await
    }

    /// What a run could cost at most; `None` where a price is not known.
    ///
    /// # Errors
    /// Where there is no such set, or the columns cannot be meant.
    pub async fn estimate(
        &self,
        owner: OwnerId,
        set_id: Id,
        new: NewRun,
    ) -> Result<Option<Money>, CompareError> {
        let set = table::set(&self.parts.db, owner, set_id).await?;
        let columns = self.columns(owner, &set, &new).await?;
        self.worst_case(owner, &set.prompts, (&columns, &new.judge)).await
    }

    /// Begins a run of a set.
    ///
    /// # Errors
    /// [`CompareError::NoPrice`] where it is to be capped and a price is not known.
    pub async fn run_set(&self, owner: OwnerId, set_id: Id, new: NewRun) -> Result<SetRun, CompareError> {
        let set = table::set(&self.parts.db, owner, set_id).await?;
        let columns = self.columns(owner, &set, &new).await?;
        let estimate = self.worst_case(owner, &set.prompts, (&columns, &new.judge)).await?;
        if new.cap.is_some() && estimate.is_none() {
            return Err(CompareError::NoPrice);
        }
        let mut run = SetRun {
            id: new_id(),
            set_id,
            title: set.title,
            prompts: set.prompts,
            columns,
            judge: new.judge.trim().to_owned(),
            cap: new.cap,
            estimate,
            job_id: None,
            created_at: self.parts.clock.now(),
            ended_at: None,
            state: RunState::Running,
        };
        let mut transaction = self.parts.db.begin().await?;
        let job = NewJob::new(owner, JOB, json!({ "run_id": run.id.to_string() }));
        run.job_id = Some(self.parts.jobs.enqueue_in(&mut transaction, job).await?.job_id);
        table::insert_run(&mut transaction, owner, &run).await?;
        transaction.commit().await?;
        self.parts.jobs.wake();
        Ok(run)
    }

    /// A run with its grid.
    ///
    /// # Errors
    /// [`CompareError::NoRun`].
    pub async fn set_run(&self, owner: OwnerId, id: Id) -> Result<(SetRun, Vec<Cell>), CompareError> {
        let run = self.stated(owner, table::run(&self.parts.db, owner, id).await?).await;
        Ok((run, table::cells(&self.parts.db, id).await?))
    }

    /// Runs of this owner, the latest first; of one set where given.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn set_runs(&self, owner: OwnerId, set_id: Option<Id>) -> Result<Vec<SetRun>, CompareError> {
        let mut runs = table::runs(&self.parts.db, owner).await?;
        runs.retain(|run| set_id.is_none_or(|set_id| run.set_id == set_id));
        let mut stated = Vec::with_capacity(runs.len());
        for run in runs {
            stated.push(self.stated(owner, run).await);
        }
        Ok(stated)
    }

    /// A run as it stands: its job may have been cancelled.
    async fn stated(&self, owner: OwnerId, mut run: SetRun) -> SetRun {
        if let (None, Some(job_id)) = (run.ended_at, run.job_id) {
            let job = self.parts.jobs.get(owner, job_id).await.ok();
            if job.is_some_and(|job| !job.state.is_over()) {
                return SetRun { state: RunState::Running, ..run };
            }
            // It may have come to its end between the two looks.
            if let Ok(now) = table::run(&self.parts.db, owner, run.id).await {
                run = now;
            }
        }
        run.state = if run.ended_at.is_some() { RunState::Over } else { RunState::Stopped };
        run
    }

    /// Goes on with a run that was stopped, behind the last cell that is over.
    ///
    /// # Errors
    /// [`CompareError::NotStopped`] where it is over or under way.
    pub async fn resume_run(&self, owner: OwnerId, id: Id) -> Result<SetRun, CompareError> {
        let _one = self.beginning.lock().await;
        let mut run = self.stated(owner, table::run(&self.parts.db, owner, id).await?).await;
        if run.state != RunState::Stopped {
            return Err(CompareError::NotStopped(id));
        }
        let mut transaction = self.parts.db.begin().await?;
        let job = NewJob::new(owner, JOB, json!({ "run_id": id.to_string() }));
        let job_id = self.parts.jobs.enqueue_in(&mut transaction, job).await?.job_id;
        table::set_job(&mut transaction, id, job_id).await?;
        transaction.commit().await?;
        self.parts.jobs.wake();
        run.job_id = Some(job_id);
        run.state = RunState::Running;
        Ok(run)
    }

    async fn worst_case(
        &self,
        owner: OwnerId,
        prompts: &[SetPrompt],
        (columns, judge): (&[Column], &str),
    ) -> Result<Option<Money>, CompareError> {
        // As long as a judged answer can be.
        let longest = "word ".repeat(4_800);
        let mut sum = Some(Money::ZERO);
        let mut add = |worst: Option<Money>, times: usize| {
            for _ in 0..times {
                sum = sum.zip(worst).map(|(sum, worst)| sum + worst);
            }
        };
        for prompt in prompts {
            for column in columns {
                add(self.worst_of(owner, self.put(owner, column, &prompt.text).await?), 1);
            }
            for criterion in criteria(prompt) {
                let request = judging(judge, (criterion, &prompt.text, &longest));
                add(self.worst_of(owner, request), columns.len());
            }
        }
        Ok(sum)
    }

    async fn columns(
        &self,
        owner: OwnerId,
        set: &PromptSet,
        new: &NewRun,
    ) -> Result<Vec<Column>, CompareError> {
        if new.columns.is_empty() || new.columns.len() > MOST_COLUMNS {
            return Err(CompareError::RunColumns(new.columns.len()));
        }
        if new.judge.trim().is_empty() && set.prompts.iter().any(|prompt| criteria(prompt).next().is_some()) {
            return Err(CompareError::NoJudge);
        }
        self.made(owner, new.columns.clone()).await
    }

    /// A prompt as it is put to a column.
    pub(crate) async fn put(
        &self,
        owner: OwnerId,
        column: &Column,
        text: &str,
    ) -> Result<ChatRequest, CompareError> {
        let question = Question { text: text.to_owned(), images: Vec::new() };
        self.asking(owner, column, (&[], &question)).await
    }

    /// Most that a call can cost.
    pub(crate) fn worst_of(&self, owner: OwnerId, request: ChatRequest) -> Option<Money> {
        self.parts.gateway.try_route(TryRoute { owner, key: None, request }).worst_case
    }
}

/// The grid as CSV: a row a prompt and column.
///
/// # Errors
/// Never, but the writer's type says so.
pub fn grid_csv(run: &SetRun, cells: &[Cell]) -> Result<String, CompareError> {
    let header = [
        "prompt",
        "question",
        "column",
        "model",
        "state",
        "passed",
        "answer",
        "verdicts",
        "first_token_ms",
        "total_ms",
        "input_tokens",
        "output_tokens",
        "cost",
    ];
    let row = |cell: &Cell| {
        let column = run.columns.get(cell.place);
        let receipt = cell.body.receipt.as_ref();
        let verdict = |verdict: &Verdict| {
            format!("{}: {}", if verdict.passed { "passed" } else { "failed" }, verdict.because)
        };
        let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        vec![
            (cell.prompt + 1).to_string(),
            run.prompts.get(cell.prompt).map(|prompt| prompt.text.clone()).unwrap_or_default(),
            column.map(|column| column.called().to_owned()).unwrap_or_default(),
            receipt.map(|receipt| receipt.model.clone()).unwrap_or_default(),
            cell.state.as_str().to_owned(),
            cell.passed().to_string(),
            cell.text.clone(),
            cell.body.verdicts.iter().map(verdict).collect::<Vec<_>>().join("; "),
            number(receipt.and_then(|receipt| receipt.first_token_ms)),
            number(receipt.map(|receipt| receipt.total_ms)),
            number(receipt.map(|receipt| receipt.usage.total_input())),
            number(receipt.map(|receipt| receipt.usage.output)),
            cell.cost.to_string(),
        ]
    };
    let rows: Vec<Vec<String>> = cells.iter().map(row).collect();
    contrast::table::to_csv(&header, &rows).map_err(|error| CompareError::Csv(error.to_string()))
}

/// What a judge is to be asked about the answers to a prompt.
fn criteria(prompt: &SetPrompt) -> impl Iterator<Item = &str> {
    prompt.assertions.iter().filter_map(|assertion| {
        if let Assertion::Judge { criterion } = assertion { Some(criterion.as_str()) } else { None }
    })
}

fn judging(judge: &str, (criterion, question, answer): (&str, &str, &str)) -> ChatRequest {
    ChatRequest {
        model: judge.trim().to_owned(),
        messages: vec![Message::text(Role::User, judge_prompt(criterion, question, answer))],
        parameters: Parameters {
            temperature: Some(0.0),
            max_output_tokens: Some(JUDGE_TOKENS),
            ..Parameters::default()
        },
        ..ChatRequest::default()
    }
}
