//! Experiments made, begun, paused, ended, looked at.

use super::{Experiment, ExperimentError, Running, gather, is_there, variant::balancer_named};
use crate::{db, gateway::Shared};
use base::{Id, OwnerId, Timestamp, new_id};
use experiment::{
    Comparison, Design, Kind, Metric, Point, Problem, Progress, Status, Tally, judge,
    samples::{Before, needed},
    tally::{Bounded, Moments},
    verdict::compare,
};
use routing::Strategy;
use std::{collections::HashSet, sync::Arc, time::Duration};

/// How far back it is looked what is usual, for plans.
const LOOK_BACK: Duration = Duration::from_secs(14 * 86_400);
/// Exchanges that are looked at for that.
const MOST_SAMPLES: u64 = 5_000;
/// Fewer say nothing.
const LEAST_SAMPLES: u64 = 20;

/// Experiments, opinions and votes: [`crate::Gateway::experiments`].
#[derive(Debug)]
pub struct Experiments<'a> {
    pub(super) shared: &'a Arc<Shared>,
}

/// An experiment with what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ExperimentView {
    /// The experiment.
    pub experiment: Experiment,
    /// What was seen of each variant, in their order.
    pub tallies: Vec<Tally>,
    /// For each metric how each variant but the first compares with it now.
    pub comparisons: Vec<(Metric, Vec<Comparison>)>,
    /// How the comparison by the goal looked as it went on.
    pub trail: Vec<Point>,
}

/// What to change of an experiment; `None` leaves as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExperimentChange {
    /// Everything, while it is only planned.
    pub design: Option<Design>,
    /// What it is for.
    pub description: Option<String>,
    /// Shares by the variants' names.
    pub shares: Vec<(String, f64)>,
    /// When it ends at the latest.
    pub max_results: Option<u64>,
}

/// What is to be found, for [`Experiments::plan`].
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The route or model.
    pub target: String,
    /// By what variants are compared.
    pub goal: Metric,
    /// The least difference that matters.
    pub effect: f64,
    /// How often a difference may be found where there is none.
    pub alpha: f64,
    /// How many variants.
    pub variants: usize,
}

/// How long an experiment is likely to take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlook {
    /// Results that it needs to find the difference in four of five; `None` where a million is not enough.
    pub results: Option<u64>,
    /// What is usual now; `None` where too little is known, and something usual was assumed.
    pub usual: Option<f64>,
    /// Requests a day that there were lately.
    pub requests_a_day: f64,
}

impl<'a> Experiments<'a> {
    pub(crate) fn new(shared: &'a Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Every experiment of an owner with what came of it, the newest first.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn list(&self, owner: OwnerId) -> Result<Vec<ExperimentView>, ExperimentError> {
        let mut views = Vec::new();
        for experiment in db::experiments(&self.shared.db).await? {
            if experiment.owner == owner {
                views.push(self.view(experiment).await?);
            }
        }
        Ok(views)
    }

    /// One experiment with what came of it.
    ///
    /// # Errors
    /// Where there is none, or the database fails.
    pub async fn get(&self, owner: OwnerId, id: Id) -> Result<ExperimentView, ExperimentError> {
        let experiment = self.kept(owner, id).await?;
        self.view(experiment).await
    }

    /// Plans an experiment.
    ///
    /// # Errors
    /// Where it cannot be meant, its name is taken, or the database fails.
    pub async fn create(&self, owner: OwnerId, design: Design) -> Result<ExperimentView, ExperimentError> {
        let _changing = self.shared.experiments.changing.lock().await;
        self.check(&design)?;
        self.check_name(owner, &design.name, None).await?;
        let experiment = Experiment {
            id: new_id(),
            owner,
            design,
            status: Status::Planning,
            created_at: self.shared.clock.now(),
            started_at: None,
            ended_at: None,
            verdict: None,
            winner: None,
        };
        db::create_experiment(&self.shared.db, &experiment).await?;
        self.view(experiment).await
    }

    /// Changes an experiment: all of it while it is planned; then what does not touch its meaning.
    ///
    /// # Errors
    /// Where there is none, the change cannot be meant, or the database fails.
    pub async fn change(
        &self,
        owner: OwnerId,
        id: Id,
        change: ExperimentChange,
    ) -> Result<ExperimentView, ExperimentError> {
        let _changing = self.shared.experiments.changing.lock().await;
        let mut experiment = self.kept(owner, id).await?;
        let status = experiment.status;
        let ExperimentChange { design, description, shares, max_results } = change;
        if let Some(design) = design {
            if status != Status::Planning {
                return Err(ExperimentError::Fixed(status, "planned anew"));
            }
            self.check_name(owner, &design.name, Some(id)).await?;
            experiment.design = design;
        }
        if status.is_over() && (!shares.is_empty() || max_results.is_some()) {
            return Err(ExperimentError::Fixed(status, "changed"));
        }
        let design = &mut experiment.design;
        design.description = description.unwrap_or_else(|| design.description.clone());
        design.max_results = max_results.unwrap_or(design.max_results);
        for (name, share) in shares {
            let variant = design.variants.iter_mut().find(|variant| variant.name == name);
            let variant =
                variant.ok_or_else(|| ExperimentError::Invalid(format!("there is no variant `{name}`")))?;
            variant.share = share;
        }
        if !status.is_over() {
            self.check(&experiment.design)?;
        }
        if !db::update_experiment(&self.shared.db, &experiment, status).await? {
            return Err(ExperimentError::Fixed(status, "changed at this moment"));
        }
        if let Some(running) = self.shared.experiments.by_id(id) {
            let (progress, prepared) = (Arc::clone(&running.progress), Arc::clone(&running.prepared));
            let design = experiment.design.clone();
            self.shared.experiments.put(Running { id, owner, design, progress, prepared });
        }
        self.view(experiment).await
    }

    /// Deletes an experiment that does not run. The exchanges stay in the ledger.
    ///
    /// # Errors
    /// Where there is none, it runs, or the database fails.
    pub async fn delete(&self, owner: OwnerId, id: Id) -> Result<(), ExperimentError> {
        let _changing = self.shared.experiments.changing.lock().await;
        let experiment = self.kept(owner, id).await?;
        if matches!(experiment.status, Status::Running | Status::Paused) {
            return Err(ExperimentError::Fixed(experiment.status, "deleted"));
        }
        Ok(db::delete_experiment(&self.shared.db, id).await?)
    }

    /// Begins an experiment, or goes on with one that waits.
    ///
    /// # Errors
    /// Where there is none, it cannot be begun, or the database fails.
    pub async fn start(&self, owner: OwnerId, id: Id) -> Result<ExperimentView, ExperimentError> {
        let _changing = self.shared.experiments.changing.lock().await;
        let mut experiment = self.kept(owner, id).await?;
        let before = going_on(&mut experiment, Status::Running)?;
        self.check(&experiment.design)?;
        let target = &experiment.design.target;
        if let Some(other) = self.shared.experiments.running.load().get(target) {
            let running = other.design.name.clone();
            return Err(ExperimentError::TargetTaken { running, target: target.clone() });
        }
        experiment.started_at = experiment.started_at.or_else(|| Some(self.shared.clock.now()));
        let progress = gather::progress(self.shared, &experiment).await?;
        if !db::update_experiment(&self.shared.db, &experiment, before).await? {
            return Err(ExperimentError::Transition { from: before, to: Status::Running });
        }
        self.shared.experiments.put(Running::new(&experiment, progress));
        self.view(experiment).await
    }

    /// Lets an experiment wait: calls go their usual way.
    ///
    /// # Errors
    /// Where there is none, it does not run, or the database fails.
    pub async fn pause(&self, owner: OwnerId, id: Id) -> Result<ExperimentView, ExperimentError> {
        self.stop(owner, id, Status::Paused).await
    }

    /// Ends an experiment by hand.
    ///
    /// # Errors
    /// Where there is none, it neither runs nor waits, or the database fails.
    pub async fn finish(&self, owner: OwnerId, id: Id) -> Result<ExperimentView, ExperimentError> {
        self.stop(owner, id, Status::Completed).await
    }

    async fn stop(&self, owner: OwnerId, id: Id, to: Status) -> Result<ExperimentView, ExperimentError> {
        {
            let _changing = self.shared.experiments.changing.lock().await;
            let mut experiment = self.kept(owner, id).await?;
            let before = going_on(&mut experiment, to)?;
            if to.is_over() {
                experiment.ended_at = Some(self.shared.clock.now());
                experiment.verdict = Some("it was finished by hand before anything was certain".to_owned());
            }
            if !db::update_experiment(&self.shared.db, &experiment, before).await? {
                return Err(ExperimentError::Transition { from: before, to });
            }
            self.shared.experiments.remove(id);
        }
        self.get(owner, id).await
    }

    /// How many results a difference needs, and how soon they may come.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn plan(&self, owner: OwnerId, plan: &Plan) -> Result<Outlook, ExperimentError> {
        let since = self.shared.clock.now().minus(LOOK_BACK);
        let samples = db::samples(&self.shared.db, (owner, &plan.target), since, MOST_SAMPLES).await?;
        let (mut success, mut logs) = (Bounded::default(), Moments::default());
        let days: HashSet<String> = samples.iter().map(|sample| sample.at.day()).collect();
        for sample in &samples {
            success.add(if sample.answered { 1.0 } else { 0.0 });
            let value = match plan.goal {
                Metric::Latency => Some(sample.total_ms),
                Metric::FirstToken => sample.first_token_ms,
                Metric::Cost => sample.cost_nanos,
                Metric::Success | Metric::TokensPerSecond | Metric::Rating => None,
            };
            if let Some(value) = value.filter(|_| sample.answered) {
                logs.add_log(value);
            }
        }
        let mut before = Before::assumed(plan.goal);
        let mut usual = None;
        if plan.goal == Metric::Success && samples.len() as u64 >= LEAST_SAMPLES {
            usual = success.mean();
            // Nobody knows that nothing will ever fail.
            before.share = usual.unwrap_or(before.share).clamp(0.01, 0.99);
        } else if logs.n >= LEAST_SAMPLES {
            usual = Some(logs.mean.exp());
            before.spread = logs.variance().sqrt();
        }
        let results = needed(
            plan.goal,
            before,
            (plan.effect, plan.alpha, plan.variants),
            experiment::design::MOST_RESULTS,
        );
        Ok(Outlook { results, usual, requests_a_day: samples.len() as f64 / days.len().max(1) as f64 })
    }

    /// Waits until everything that was settled before is gathered.
    pub async fn flush(&self) {
        self.shared.experiments.inbox.flushed().await;
    }

    async fn kept(&self, owner: OwnerId, id: Id) -> Result<Experiment, ExperimentError> {
        db::experiment_by_id(&self.shared.db, owner, id).await?.ok_or(ExperimentError::Unknown(id))
    }

    async fn view(&self, experiment: Experiment) -> Result<ExperimentView, ExperimentError> {
        let progress = match self.shared.experiments.by_id(experiment.id) {
            Some(running) => running.progress.lock().clone(),
            None if experiment.started_at.is_none() => Progress::new(&experiment.design),
            None => gather::progress(self.shared, &experiment).await?,
        };
        let design = &experiment.design;
        let tallies = progress.tallies().to_vec();
        let against_first = |metric: Metric| -> Vec<Comparison> {
            if metric == design.goal {
                return judge(design, &tallies).into_iter().map(|judged| judged.comparison).collect();
            }
            let Some((first, others)) = tallies.split_first() else { return Vec::new() };
            others.iter().map(|other| compare(design, metric, (first, other), design.alpha_each())).collect()
        };
        let comparisons = Metric::ALL.iter().map(|metric| (*metric, against_first(*metric))).collect();
        let trail = progress.trail(design);
        Ok(ExperimentView { experiment, tallies, comparisons, trail })
    }

    async fn check_name(&self, owner: OwnerId, name: &str, own: Option<Id>) -> Result<(), ExperimentError> {
        let taken = db::experiments(&self.shared.db).await?;
        let is_other =
            |one: &Experiment| one.owner == owner && one.design.name == name && Some(one.id) != own;
        if taken.iter().any(is_other) { Err(ExperimentError::NameTaken(name.to_owned())) } else { Ok(()) }
    }

    /// Refuses what cannot be meant, and what names something that is not there.
    fn check(&self, design: &Design) -> Result<(), ExperimentError> {
        if let Some(problem) = design.problems().into_iter().next() {
            return Err(ExperimentError::Problem(problem));
        }
        let index = self.shared.index.load();
        if !is_there(&index, &design.target) {
            return Err(ExperimentError::NotThere { field: "target".into(), name: design.target.clone() });
        }
        let is_route = index.get(&design.target).is_some_and(|destination| destination.is_route);
        for variant in &design.variants {
            let field = |of: &str| format!("variants.{}.change.{of}", variant.name);
            let problem = |of: &str, message: String, hint| {
                Err(ExperimentError::Problem(Problem { field: field(of), message, hint }))
            };
            let change = &variant.change;
            if let Some(model) = change.model.as_ref().filter(|model| !is_there(&index, model)) {
                return Err(ExperimentError::NotThere { field: field("model"), name: model.clone() });
            }
            if design.kind != Kind::Load {
                continue;
            }
            if !is_route && (change.strategy.is_some() || change.balancer.is_some()) {
                let message = format!("`{}` is one model, so there is nothing to choose", design.target);
                return problem("strategy", message, "name a route of several models as the target");
            }
            let strategy = change.strategy.as_ref().map(|strategy| strategy.parse::<Strategy>()).transpose();
            if let Err(error) = strategy {
                return problem("strategy", error.to_string(), "use one of those named");
            }
            if let Some(balancer) = change.balancer.as_ref().filter(|name| balancer_named(name).is_none()) {
                let known: Vec<&str> = routing::Balancer::ALL.iter().map(|one| one.as_str()).collect();
                let message = format!("`{balancer}` is not a balancer (one of {})", known.join(", "));
                return problem("balancer", message, "use one of those named");
            }
        }
        Ok(())
    }
}

/// Brings an experiment to its next state; answers with the one before.
fn going_on(experiment: &mut Experiment, to: Status) -> Result<Status, ExperimentError> {
    let from = experiment.status;
    if !from.may_become(to) {
        return Err(ExperimentError::Transition { from, to });
    }
    experiment.status = to;
    Ok(from)
}

/// When it began, for those who look at how long it has been.
impl Experiment {
    /// How long it has run, or ran, pauses included.
    pub fn lasted(&self, now: Timestamp) -> Option<Duration> {
        self.started_at.map(|started_at| self.ended_at.unwrap_or(now).since(started_at))
    }
}
