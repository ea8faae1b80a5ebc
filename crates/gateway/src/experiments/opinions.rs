//! What people think of answers: opinions on one, votes between two, and what both come to.

use super::{ExperimentError, Experiments, gather};
use crate::{db, error::ManageError, gateway::Shared, table::Destination};
use base::{Id, OwnerId, Timestamp, new_id};
use classify::{Task, TaskText, classify};
use experiment::{
    Choice, Opinion, Preferences, Profile, Rated, Style, Vote, profile, rate,
    recommend::{Known, Recommendation, recommend},
};
use ledger::{Exchange, Ledger};
use routing::Strategy;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use store::Settings;

/// The setting with how preferences are used.
const SETTING: &str = "preferences";
/// Opinions older than so many half-lives count less than a thousandth.
const HALF_LIVES: u32 = 10;
/// What an answer costs is the mean of so long.
const COSTS_OF: Duration = Duration::from_secs(30 * 86_400);
/// The best mark.
const BEST: u8 = 5;
const MOST_COMMENT_CHARS: usize = 2_000;
/// How long to wait until the ledger has what is settled.
const LEDGER_PATIENCE: Duration = Duration::from_secs(5);
/// Bytes that make a token, for an estimate.
const BYTES_PER_TOKEN: u64 = 4;

/// What somebody says about an answer. With nothing in it, they take back what they said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Feedback {
    /// What kind of task it was, where that is known.
    pub task: Option<String>,
    /// A thumb, up or down.
    pub thumb: Option<bool>,
    /// How good it was, 1 to 5.
    pub quality: Option<u8>,
    /// How quick.
    pub speed: Option<u8>,
    /// Whether it was worth its price.
    pub cost: Option<u8>,
    /// How useful.
    pub usefulness: Option<u8>,
    /// The provider that should rather have answered.
    pub preferred_provider: Option<String>,
    /// In their own words.
    pub comment: Option<String>,
}

/// What somebody said about an answer, as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptFeedback {
    /// The exchange.
    pub exchange_id: Id,
    /// When.
    pub at: Timestamp,
    /// Who answered.
    pub deployment: String,
    /// What they said.
    pub feedback: Feedback,
}

/// One side of a vote: an answer, or just who gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// The answer of an exchange.
    Exchange(Id),
    /// A deployment, `provider/model`.
    Deployment(String),
}

/// A vote that is cast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVote {
    /// The one.
    pub left: Side,
    /// The other.
    pub right: Side,
    /// Which was better.
    pub choice: Choice,
    /// What kind of task it was about, where that is known.
    pub task: Option<String>,
    /// What was asked; only looked at for the kind of task.
    pub prompt: Option<String>,
    /// How the two answers look, where that is known.
    pub looks: Option<[Style; 2]>,
}

/// A vote as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CastVote {
    /// Its id.
    pub id: Id,
    /// When.
    pub at: Timestamp,
    /// Who against whom.
    pub vote: Vote,
    /// What kind of task it was about.
    pub task: Option<String>,
    /// The answers.
    pub left_exchange_id: Option<Id>,
    /// The answers.
    pub right_exchange_id: Option<Id>,
}

/// What somebody prefers.
#[derive(Debug, Clone, PartialEq)]
pub struct PreferenceView {
    /// How preferences are used.
    pub settings: Preferences,
    /// What is thought of each deployment, in general and by task.
    pub standings: Vec<profile::Standing>,
    /// Advice, with the reason.
    pub recommendations: Vec<Recommendation>,
    /// Opinions that still count.
    pub opinions: u64,
}

/// Ratings from votes.
#[derive(Debug, Clone, PartialEq)]
pub struct Ratings {
    /// The strongest first, and what looks are worth where that was left out.
    pub rated: Rated,
    /// Votes that they rest on.
    pub votes: u64,
    /// Of how many of them it is known how the answers looked.
    pub seen: u64,
    /// Kinds of tasks that there are votes about.
    pub tasks: Vec<String>,
}

/// What a caller prefers, now: for the strategy `adaptive`.
#[derive(Debug, Clone)]
pub(crate) struct Taste {
    profile: Arc<Profile>,
    now: Timestamp,
    task: Option<Task>,
}

impl Taste {
    /// What the owner prefers, where the route goes by that and they have said anything.
    pub(crate) fn of(
        shared: &Shared,
        owner: OwnerId,
        destination: &Destination,
        task: Option<Task>,
    ) -> Option<Self> {
        let strategy = destination.plan.as_ref()?.config.strategy;
        if strategy != Strategy::Adaptive || destination.places.len() < 2 {
            return None;
        }
        let profile =
            shared.experiments.profile(owner).filter(|profile| profile.settings().influence > 0.0)?;
        Some(Self { profile, now: shared.clock.now(), task })
    }

    /// How much a deployment is preferred, 0 to 1; `None` where nothing was said about it.
    pub(crate) fn preference(&self, deployment: &str) -> Option<f64> {
        self.profile.preference(deployment, self.task.map(Task::as_str), self.now)
    }

    /// By how much that counts.
    pub(crate) fn influence(&self) -> f64 {
        self.profile.settings().influence
    }
}

impl KeptFeedback {
    fn opinion(&self) -> Opinion {
        let Feedback { task, thumb, quality, speed, cost, usefulness, preferred_provider, .. } =
            &self.feedback;
        let mark =
            |mark: Option<u8>| mark.map(|mark| f64::from(mark.saturating_sub(1)) / f64::from(BEST - 1));
        Opinion {
            at: self.at,
            deployment: self.deployment.clone(),
            task: task.clone(),
            thumb: thumb.map(|up| if up { 1.0 } else { 0.0 }),
            quality: mark(*quality),
            speed: mark(*speed),
            cost: mark(*cost),
            usefulness: mark(*usefulness),
            preferred_provider: preferred_provider.clone(),
        }
    }
}

/// Reads an owner's opinions anew.
pub(super) async fn reload(shared: &Shared, owner: OwnerId) -> Result<u64, ManageError> {
    let (profile, count) = profile_of(shared, owner).await?;
    shared.experiments.set_profile(owner, profile);
    Ok(count)
}

async fn profile_of(shared: &Shared, owner: OwnerId) -> Result<(Profile, u64), ManageError> {
    let settings = Settings::new(shared.db.clone()).get(owner, SETTING).await?;
    let settings: Preferences = settings.unwrap_or_default();
    let far = Duration::from_secs(86_400) * settings.half_life_days.saturating_mul(HALF_LIVES);
    let kept = db::feedback(&shared.db, owner, shared.clock.now().minus(far)).await?;
    let opinions: Vec<Opinion> = kept.iter().map(KeptFeedback::opinion).collect();
    Ok((Profile::new(settings, opinions.iter()), opinions.len() as u64))
}

impl Feedback {
    fn is_nothing(&self) -> bool {
        let Self { task: _, thumb, quality, speed, cost, usefulness, preferred_provider, comment } = self;
        thumb.is_none()
            && [quality, speed, cost, usefulness].iter().all(|mark| mark.is_none())
            && preferred_provider.is_none()
            && comment.is_none()
    }

    fn problem(&self) -> Option<String> {
        let marks = [
            ("quality", self.quality),
            ("speed", self.speed),
            ("cost", self.cost),
            ("usefulness", self.usefulness),
        ];
        let bad = marks.into_iter().find(|(_, mark)| mark.is_some_and(|mark| !(1..=BEST).contains(&mark)));
        if let Some((name, mark)) = bad {
            return Some(format!(
                "`{name}` is a number from 1 (bad) to 5 (good), not `{}`",
                mark.unwrap_or_default()
            ));
        }
        if self.comment.as_ref().is_some_and(|comment| comment.chars().count() > MOST_COMMENT_CHARS) {
            return Some(format!("`comment` has more than {MOST_COMMENT_CHARS} characters"));
        }
        let task = self.task.as_deref().filter(|task| Task::from_name(task).is_none());
        task.map(bad_task)
    }
}

fn bad_task(task: &str) -> String {
    let known: Vec<&str> = Task::ALL.iter().map(|task| task.as_str()).collect();
    format!(
        "`{}` is no kind of task (one of {})",
        task.chars().take(60).collect::<String>(),
        known.join(", ")
    )
}

/// The kind of task of a prompt.
fn task_of(prompt: Option<&str>) -> Option<String> {
    let text = prompt.map(str::trim).filter(|text| !text.is_empty())?;
    let class = classify(&TaskText { text, tokens: text.len() as u64 / BYTES_PER_TOKEN, files: 0 });
    Some(class.task.as_str().to_owned())
}

impl Experiments<'_> {
    /// Keeps what somebody says about an answer, in place of what they said before. Where the kind of task is not said, it is
    /// what the gateway took the request for, or what `prompt` looks like.
    ///
    /// # Errors
    /// Where there is no such answer, a mark is none, or the database fails.
    pub async fn feedback(
        &self,
        owner: OwnerId,
        exchange_id: Id,
        mut feedback: Feedback,
        prompt: Option<&str>,
    ) -> Result<Option<KeptFeedback>, ExperimentError> {
        if let Some(problem) = feedback.problem() {
            return Err(ExperimentError::Invalid(problem));
        }
        let exchange = self.answered(owner, exchange_id).await?;
        let deployment = exchange.deployment.clone().ok_or(ExperimentError::UnknownExchange(exchange_id))?;
        let at = self.shared.clock.now();
        let score;
        let kept = if feedback.is_nothing() {
            db::forget_feedback(&self.shared.db, owner, exchange_id).await?;
            score = None;
            None
        } else {
            let known = exchange.explanation.task.as_ref().map(|class| class.task.as_str().to_owned());
            feedback.task = feedback.task.or(known).or_else(|| task_of(prompt));
            let kept = KeptFeedback { exchange_id, at, deployment, feedback };
            db::put_feedback(&self.shared.db, owner, &kept).await?;
            score = kept.opinion().score();
            Some(kept)
        };
        reload(self.shared, owner).await?;
        self.rated(owner, &exchange, score).await?;
        Ok(kept)
    }

    /// What somebody has said about these answers.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn feedback_on(
        &self,
        owner: OwnerId,
        ids: &[Id],
    ) -> Result<Vec<KeptFeedback>, ExperimentError> {
        let mut kept = Vec::new();
        for id in ids {
            kept.extend(db::feedback_on(&self.shared.db, owner, *id).await?);
        }
        Ok(kept)
    }

    /// An answer that was given; one that was settled a moment ago is waited for.
    async fn answered(&self, owner: OwnerId, id: Id) -> Result<Exchange, ExperimentError> {
        let ledger = Ledger::new(&self.shared.db);
        let found = match ledger.exchange(owner, id).await? {
            Some(found) => Some(found),
            None => {
                // Without the ledger it is simply not there yet.
                let _ = tokio::time::timeout(LEDGER_PATIENCE, self.shared.queue.flushed()).await;
                ledger.exchange(owner, id).await?
            }
        };
        found.filter(|exchange| exchange.deployment.is_some()).ok_or(ExperimentError::UnknownExchange(id))
    }

    /// Tells the experiment that the exchange took part in, if any.
    async fn rated(
        &self,
        owner: OwnerId,
        exchange: &Exchange,
        score: Option<f64>,
    ) -> Result<(), ExperimentError> {
        let part = exchange.tags.iter().find_map(|tag| tag.strip_prefix("experiment:")?.split_once('='));
        let Some((name, _)) = part else { return Ok(()) };
        let all = db::experiments(&self.shared.db).await?;
        let Some(experiment) = all.into_iter().find(|one| one.owner == owner && one.design.name == name)
        else {
            return Ok(());
        };
        let inbox = tokio::time::timeout(LEDGER_PATIENCE, self.shared.experiments.inbox.flushed());
        // What is not gathered yet has no result that could be rated.
        let _ = inbox.await;
        let unit = gather::unit(&experiment, exchange);
        if !db::rate_outcome(&self.shared.db, (experiment.id, &unit.0), score).await? {
            return Ok(());
        }
        if let Some(running) = self.shared.experiments.by_id(experiment.id) {
            // An opinion may have been changed or taken back: everything is added up anew.
            let adding = self.shared.experiments.adding.lock().await;
            let progress = gather::progress(self.shared, &experiment).await?;
            *running.progress.lock() = progress;
            drop(adding);
            gather::judge(self.shared, &running).await?;
        }
        Ok(())
    }

    /// What somebody prefers, and what follows from it.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn preferences(&self, owner: OwnerId) -> Result<PreferenceView, ExperimentError> {
        let (profile, opinions) = profile_of(self.shared, owner).await?;
        let now = self.shared.clock.now();
        let votes: Vec<(Option<String>, Vote)> =
            db::votes(&self.shared.db, owner).await?.into_iter().map(|cast| (cast.task, cast.vote)).collect();
        let costs = db::usual_costs(&self.shared.db, owner, now.minus(COSTS_OF)).await?;
        let known = Known { votes: &votes, profile: &profile, costs: &costs, now };
        let recommendations = recommend(known);
        Ok(PreferenceView {
            settings: profile.settings(),
            standings: profile.standings(now),
            recommendations,
            opinions,
        })
    }

    /// Says how preferences are used.
    ///
    /// # Errors
    /// Where that cannot be meant, or the database fails.
    pub async fn set_preferences(
        &self,
        owner: OwnerId,
        preferences: Preferences,
    ) -> Result<PreferenceView, ExperimentError> {
        if let Some(problem) = preferences.problem() {
            return Err(ExperimentError::Invalid(problem.to_owned()));
        }
        Settings::new(self.shared.db.clone()).put(owner, SETTING, &preferences).await?;
        reload(self.shared, owner).await?;
        self.preferences(owner).await
    }

    /// Casts a vote, in place of an earlier one between the same two answers.
    ///
    /// # Errors
    /// Where an answer is not there, a field cannot be meant, or the database fails.
    pub async fn vote(&self, owner: OwnerId, new: NewVote) -> Result<CastVote, ExperimentError> {
        let (left, left_exchange_id, left_task) = self.side(owner, new.left).await?;
        let (right, right_exchange_id, right_task) = self.side(owner, new.right).await?;
        if let Some(task) = new.task.as_deref().filter(|task| Task::from_name(task).is_none()) {
            return Err(ExperimentError::Invalid(bad_task(task)));
        }
        if left == right {
            let message =
                format!("both answers are from `{left}`, so they say nothing about which model is better");
            return Err(ExperimentError::Invalid(message));
        }
        let task = new.task.or(left_task).or(right_task).or_else(|| task_of(new.prompt.as_deref()));
        let vote = Vote { left, right, choice: new.choice, looks: new.looks };
        let at = self.shared.clock.now();
        let cast = CastVote { id: new_id(), at, vote, task, left_exchange_id, right_exchange_id };
        db::cast(&self.shared.db, owner, &cast).await?;
        Ok(cast)
    }

    async fn side(
        &self,
        owner: OwnerId,
        side: Side,
    ) -> Result<(String, Option<Id>, Option<String>), ExperimentError> {
        match side {
            Side::Exchange(id) => {
                let exchange = self.answered(owner, id).await?;
                let task = exchange.explanation.task.as_ref().map(|class| class.task.as_str().to_owned());
                let deployment = exchange.deployment.ok_or(ExperimentError::UnknownExchange(id))?;
                Ok((deployment, Some(id), task))
            }
            Side::Deployment(name) => {
                let halves = name.split_once('/');
                if !halves.is_some_and(|(provider, model)| !provider.is_empty() && !model.is_empty()) {
                    let name: String = name.chars().take(100).collect();
                    return Err(ExperimentError::Invalid(format!(
                        "`{name}` is not a deployment, `provider/model`"
                    )));
                }
                Ok((name, None, None))
            }
        }
    }

    /// Ratings from votes, about one kind of task or about all; with `looks_apart`, without what length and markup win.
    ///
    /// # Errors
    /// Where there is no such kind of task, or the database fails.
    pub async fn ratings(
        &self,
        owner: OwnerId,
        task: Option<&str>,
        looks_apart: bool,
    ) -> Result<Ratings, ExperimentError> {
        if let Some(task) = task.filter(|task| Task::from_name(task).is_none()) {
            return Err(ExperimentError::Invalid(bad_task(task)));
        }
        let cast = db::votes(&self.shared.db, owner).await?;
        let tasks: BTreeSet<String> = cast.iter().filter_map(|vote| vote.task.clone()).collect();
        let about: Vec<Vote> = cast
            .into_iter()
            .filter(|vote| task.is_none() || vote.task.as_deref() == task)
            .map(|vote| vote.vote)
            .collect();
        let votes = about.len() as u64;
        let seen = about.iter().filter(|vote| vote.looks.is_some()).count() as u64;
        // Twenty thousand votes are drawn two hundred times.
        let rated = tokio::task::spawn_blocking(move || rate(about.iter(), looks_apart)).await;
        let rated = rated.map_err(|_| ExperimentError::Unrated)?;
        Ok(Ratings { rated, votes, seen, tasks: tasks.into_iter().collect() })
    }
}
