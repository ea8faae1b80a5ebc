//! Experiments, opinions and votes.

use crate::problem::ApiError;
use api::experiments as dto;
use base::{ErrorKind, Id, Timestamp};
use experiment::{
    Change, Choice, Comparison, Design, Guards, Look, Metric, Point, Preferences, Rating, Variant,
    design::UnknownName, recommend,
};
use gateway::experiments::{
    CastVote, ExperimentChange, ExperimentView, Feedback, KeptFeedback, NewVote, PreferenceView, Ratings,
    Side,
};

/// Nano-dollars in a dollar.
const NANOS: f64 = 1e9;

fn word(error: &UnknownName) -> ApiError {
    ApiError::new(ErrorKind::Invalid, error.to_string()).hint("use one of the words named")
}

fn invalid(message: String, hint: &'static str) -> ApiError {
    ApiError::new(ErrorKind::Invalid, message).hint(hint)
}

pub(crate) fn design_in(put: dto::PutExperiment) -> Result<Design, ApiError> {
    Ok(Design {
        name: put.name,
        description: put.description,
        kind: put.kind.parse().map_err(|error| word(&error))?,
        target: put.target,
        sticky: put.sticky.parse().map_err(|error| word(&error))?,
        variants: put.variants.into_iter().map(variant_in).collect(),
        goal: put.goal.parse().map_err(|error| word(&error))?,
        alpha: put.alpha,
        effect: put.effect,
        max_results: put.max_results,
        guards: Guards { failures: put.guard_failures, cost: put.guard_cost },
    })
}

fn variant_in(variant: dto::Variant) -> Variant {
    let dto::Variant {
        name,
        share,
        model,
        strategy,
        balancer,
        parallel,
        temperature,
        max_output_tokens,
        system_prefix,
        cache_ttl_seconds,
        fit_context,
    } = variant;
    let change = Change {
        model,
        strategy,
        balancer,
        parallel,
        temperature,
        max_output_tokens,
        system_prefix,
        cache_ttl_seconds,
        fit_context,
    };
    Variant { name, share, change }
}

pub(crate) fn change_in(change: dto::ChangeExperiment) -> Result<ExperimentChange, ApiError> {
    Ok(ExperimentChange {
        design: change.design.map(design_in).transpose()?,
        description: change.description,
        shares: change.shares.into_iter().collect(),
        max_results: change.max_results,
    })
}

fn design(design: Design) -> dto::PutExperiment {
    dto::PutExperiment {
        name: design.name,
        description: design.description,
        kind: design.kind.to_string(),
        target: design.target,
        sticky: design.sticky.to_string(),
        variants: design.variants.into_iter().map(variant).collect(),
        goal: design.goal.to_string(),
        alpha: design.alpha,
        effect: design.effect,
        max_results: design.max_results,
        guard_failures: design.guards.failures,
        guard_cost: design.guards.cost,
    }
}

fn variant(variant: Variant) -> dto::Variant {
    let Change {
        model,
        strategy,
        balancer,
        parallel,
        temperature,
        max_output_tokens,
        system_prefix,
        cache_ttl_seconds,
        fit_context,
    } = variant.change;
    dto::Variant {
        name: variant.name,
        share: variant.share,
        model,
        strategy,
        balancer,
        parallel,
        temperature,
        max_output_tokens,
        system_prefix,
        cache_ttl_seconds,
        fit_context,
    }
}

pub(crate) fn experiment(view: ExperimentView, now: Timestamp) -> dto::Experiment {
    let ExperimentView { experiment, tallies, comparisons, trail } = view;
    let shares: f64 = experiment.design.variants.iter().map(|variant| variant.share).sum();
    let figure = |position: usize, metric: Metric| {
        let tally = tallies.get(position).copied().unwrap_or_default();
        let against = comparisons.iter().find(|(one, _)| *one == metric).map(|(_, compared)| compared);
        let own = position.checked_sub(1).and_then(|at| against?.get(at)).copied();
        dto::MetricFigure {
            metric: metric.to_string(),
            results: tally.count_of(metric),
            usual: tally.usual(metric).map(|usual| in_units(metric, usual)),
            comparison: own.map(comparison),
        }
    };
    let variants = experiment.design.variants.iter().enumerate();
    let variants = variants.map(|(position, variant)| dto::VariantFigures {
        name: variant.name.clone(),
        share: variant.share / shares,
        results: tallies.get(position).map_or(0, experiment::Tally::count),
        metrics: Metric::ALL.iter().map(|metric| figure(position, *metric)).collect(),
    });
    dto::Experiment {
        id: experiment.id.to_string(),
        status: experiment.status.to_string(),
        created_at: experiment.created_at.to_string(),
        started_at: experiment.started_at.map(|at| at.to_string()),
        ended_at: experiment.ended_at.map(|at| at.to_string()),
        lasted_ms: experiment.lasted(now).map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
        verdict: experiment.verdict.clone(),
        winner: experiment.winner.clone(),
        results: tallies.iter().map(experiment::Tally::count).sum(),
        variants: variants.collect(),
        trail: trail.into_iter().map(point).collect(),
        design: design(experiment.design),
    }
}

/// What is kept in nano-dollars and thousandths, for people.
pub(crate) fn in_units(metric: Metric, usual: f64) -> f64 {
    match metric {
        Metric::Cost => usual / NANOS,
        Metric::TokensPerSecond => usual / 1_000.0,
        Metric::Success | Metric::Latency | Metric::FirstToken | Metric::Rating => usual,
    }
}

fn point(point: Point) -> dto::TrailPoint {
    let comparisons = point.comparisons.into_iter().map(comparison).collect();
    dto::TrailPoint { results: point.results, comparisons }
}

fn comparison(compared: Comparison) -> dto::Comparison {
    let Comparison { effect, low, high, p } = compared;
    dto::Comparison { effect, low, high: Some(high).filter(|high| high.is_finite()), p }
}

pub(crate) fn feedback_in(put: &dto::PutFeedback) -> Result<Feedback, ApiError> {
    let thumb = match put.thumb.as_deref() {
        None => None,
        Some("up") => Some(true),
        Some("down") => Some(false),
        Some(other) => {
            let other: String = other.chars().take(60).collect();
            return Err(invalid(format!("`{other}` is no thumb"), "use `up` or `down`, or leave it out"));
        }
    };
    Ok(Feedback {
        task: put.task.clone(),
        thumb,
        quality: put.quality,
        speed: put.speed,
        cost: put.cost,
        usefulness: put.usefulness,
        preferred_provider: put.preferred_provider.clone(),
        comment: put.comment.clone(),
    })
}

pub(crate) fn feedback(kept: KeptFeedback) -> dto::Feedback {
    let KeptFeedback { exchange_id, at, deployment, feedback } = kept;
    let said = dto::PutFeedback {
        exchange_id: exchange_id.to_string(),
        prompt: None,
        task: feedback.task,
        thumb: feedback.thumb.map(|up| if up { "up" } else { "down" }.to_owned()),
        quality: feedback.quality,
        speed: feedback.speed,
        cost: feedback.cost,
        usefulness: feedback.usefulness,
        preferred_provider: feedback.preferred_provider,
        comment: feedback.comment,
    };
    dto::Feedback { at: at.to_string(), deployment, said }
}

pub(crate) fn preferences_in(put: dto::PutPreferences) -> Preferences {
    Preferences { half_life_days: put.half_life_days, influence: put.influence }
}

pub(crate) fn preferences(view: PreferenceView) -> dto::PreferenceReport {
    let PreferenceView { settings, standings, recommendations, opinions } = view;
    let Preferences { half_life_days, influence } = settings;
    let standing = |one: experiment::profile::Standing| dto::PreferenceStanding {
        deployment: one.deployment,
        task: one.task,
        score: one.score,
        weight: one.weight,
    };
    let advice = |one: recommend::Recommendation| dto::Recommendation {
        task: one.task,
        better: one.better,
        worse: one.worse,
        because: one.because,
    };
    dto::PreferenceReport {
        settings: dto::PutPreferences { half_life_days, influence },
        opinions,
        standings: standings.into_iter().map(standing).collect(),
        recommendations: recommendations.into_iter().map(advice).collect(),
    }
}

pub(crate) fn vote_in(cast: dto::CastVote) -> Result<NewVote, ApiError> {
    let side = |name: &str, side: dto::VoteSide| match (side.exchange_id, side.deployment) {
        (Some(id), None) => {
            let id: Result<Id, _> = id.parse();
            let hint = "take the id of an answer from `familiar exchanges`";
            id.map(Side::Exchange).map_err(|_| invalid(format!("`{name}.exchange_id` is not an id"), hint))
        }
        (None, Some(deployment)) => Ok(Side::Deployment(deployment)),
        (None, None) | (Some(_), Some(_)) => {
            let hint = "give `exchange_id`, or `deployment` where there is no exchange";
            Err(invalid(format!("`{name}` needs one of two fields"), hint))
        }
    };
    let choice = Choice::from_name(&cast.better).ok_or_else(|| {
        let better: String = cast.better.chars().take(60).collect();
        invalid(format!("`{better}` is no choice"), "use `left`, `right` or `tie`")
    })?;
    Ok(NewVote {
        left: side("left", cast.left)?,
        right: side("right", cast.right)?,
        choice,
        task: cast.task,
        prompt: cast.prompt,
        looks: None,
    })
}

pub(crate) fn vote(cast: CastVote) -> dto::Vote {
    dto::Vote {
        id: cast.id.to_string(),
        at: cast.at.to_string(),
        left: cast.vote.left,
        right: cast.vote.right,
        better: cast.vote.choice.as_str().to_owned(),
        task: cast.task,
    }
}

pub(crate) fn ratings(found: Ratings, task: Option<String>) -> dto::RatingList {
    let rating = |one: Rating| {
        let (low, high) = one.interval();
        let Rating { name: deployment, rating, wins, losses, ties, .. } = one;
        dto::Rating { deployment, rating, low, high, wins, losses, ties }
    };
    let look = |one: Look| dto::LookEffect { name: one.name.to_owned(), points: one.points };
    let Ratings { rated, votes, seen, tasks } = found;
    let ratings = rated.ratings.into_iter().map(rating).collect();
    dto::RatingList { task, votes, seen, ratings, looks: rated.looks.into_iter().map(look).collect(), tasks }
}
