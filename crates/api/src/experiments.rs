//! Experiments, opinions about answers, and votes between them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Every experiment, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExperimentList {
    /// The experiments; without their trails.
    pub experiments: Vec<Experiment>,
}

/// An experiment and what came of it so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Experiment {
    /// Its id.
    pub id: String,
    /// `planning`, `running`, `paused`, `completed` or `failed`.
    pub status: String,
    /// What it is.
    pub design: PutExperiment,
    /// When it was made.
    pub created_at: String,
    /// When it was first begun.
    pub started_at: Option<String>,
    /// When it ended.
    pub ended_at: Option<String>,
    /// How long it has run, or ran, in milliseconds, pauses included.
    pub lasted_ms: Option<u64>,
    /// Why it ended, in a sentence.
    pub verdict: Option<String>,
    /// The variant that turned out better, if any.
    pub winner: Option<String>,
    /// Results of all variants together.
    pub results: u64,
    /// What was seen of each variant, in their order.
    pub variants: Vec<VariantFigures>,
    /// How the comparison by the goal looked as it went on, the oldest first; empty in lists.
    pub trail: Vec<TrailPoint>,
}

/// What an experiment is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutExperiment {
    /// Its name: letters, digits, `-`, `_` and `.`; exchanges are labelled `experiment:NAME=VARIANT`.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// `model` (deployments or routes), `load` (strategies, balancers, calls at a time) or `feature` (parameters).
    pub kind: String,
    /// The route or model whose requests take part.
    pub target: String,
    /// What always gets the same variant: `request`, `conversation`, `subject` (the header `x-familiar-subject`), `key` or
    /// `user`.
    #[serde(default = "conversation")]
    pub sticky: String,
    /// What is compared, two to eight; the first is what the others are compared with.
    pub variants: Vec<Variant>,
    /// `success`, `latency`, `first_token`, `cost`, `tokens_per_second` or `rating`.
    #[serde(default = "success")]
    pub goal: String,
    /// How often a difference may be found where there is none, at the most.
    #[serde(default = "alpha")]
    pub alpha: f64,
    /// The least difference that matters: points of shares and ratings (0.02), a part of the others (0.1).
    pub effect: f64,
    /// When it ends at the latest: results of all variants together.
    #[serde(default = "max_results")]
    pub max_results: u64,
    /// Stops it when a variant surely fails more often than the first by more than so much (0.05 is five points).
    #[serde(default)]
    pub guard_failures: Option<f64>,
    /// Stops it when a variant surely costs more than the first by more than this part of it (1 is twice as much).
    #[serde(default)]
    pub guard_cost: Option<f64>,
}

fn conversation() -> String {
    "conversation".to_owned()
}

fn success() -> String {
    "success".to_owned()
}

fn alpha() -> f64 {
    0.05
}

fn max_results() -> u64 {
    10_000
}

/// One of what is compared.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// Its share beside the others'.
    #[serde(default = "one")]
    pub share: f64,
    /// This deployment is asked first, or this route instead; for `model`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The strategy by which the route chooses; for `load`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
    /// How load is spread; for `load`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balancer: Option<String>,
    /// Most calls at a time; for `load`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallel: Option<u32>,
    /// The temperature; for `feature`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Most tokens of an answer; for `feature`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<u64>,
    /// A system message in front of the prompt; for `feature`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_prefix: Option<String>,
    /// How long replies are kept for identical requests, in seconds, 0 not at all; for `feature`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_ttl_seconds: Option<u64>,
    /// Whether what is too long is made to fit; for `feature`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit_context: Option<bool>,
}

fn one() -> f64 {
    1.0
}

/// What was seen of a variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VariantFigures {
    /// Its name.
    pub name: String,
    /// The part of requests that it gets, 0 to 1.
    pub share: f64,
    /// Results that count.
    pub results: u64,
    /// By metric.
    pub metrics: Vec<MetricFigure>,
}

/// A metric of a variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MetricFigure {
    /// Which.
    pub metric: String,
    /// Results that say something about it.
    pub results: u64,
    /// What is usual: a mean of shares and ratings, a geometric mean of milliseconds, US dollars, tokens a second.
    pub usual: Option<f64>,
    /// How it compares with the first variant; missing for that itself.
    pub comparison: Option<Comparison>,
}

/// How a variant compares with the first.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Comparison {
    /// The difference: of shares and ratings as it is, of the others as a part of the first (0.1 is a tenth more).
    pub effect: f64,
    /// The least difference that is not refuted; it holds at any moment.
    pub low: f64,
    /// The greatest; missing where there is no bound yet.
    pub high: Option<f64>,
    /// The p-value; valid at any moment.
    pub p: f64,
}

/// How an experiment looked after so many results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrailPoint {
    /// Results of all variants together.
    pub results: u64,
    /// How each variant but the first compared with it.
    pub comparisons: Vec<Comparison>,
}

/// What to change of an experiment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeExperiment {
    /// Everything; only while it is planned.
    #[serde(default)]
    pub design: Option<PutExperiment>,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Shares by the variants' names.
    #[serde(default)]
    pub shares: std::collections::BTreeMap<String, f64>,
    /// When it ends at the latest.
    #[serde(default)]
    pub max_results: Option<u64>,
}

/// How many results a difference needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExperimentOutlook {
    /// Results of all variants together, to find the difference in four of five experiments; missing where a million is
    /// not enough.
    pub results: Option<u64>,
    /// What is usual now; missing where too little is known.
    pub usual: Option<f64>,
    /// Requests a day that there were lately.
    pub requests_a_day: f64,
}

/// What you think of an answer. With nothing but its id, what you said before is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutFeedback {
    /// The exchange that answered.
    pub exchange_id: String,
    /// What was asked; only looked at for the kind of task, and not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// The kind of task, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// `up` or `down`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumb: Option<String>,
    /// How good it was, 1 (bad) to 5 (good).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<u8>,
    /// How quick, 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<u8>,
    /// Whether it was worth its price, 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<u8>,
    /// How useful, 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usefulness: Option<u8>,
    /// The provider that should rather have answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_provider: Option<String>,
    /// In your own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// What you said about answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FeedbackList {
    /// What you said; answers you said nothing about are left out.
    pub feedback: Vec<Feedback>,
}

/// What you said about an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Feedback {
    /// When.
    pub at: String,
    /// Who answered.
    pub deployment: String,
    /// What you said.
    pub said: PutFeedback,
}

/// How opinions are used.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutPreferences {
    /// After so many days an opinion counts half.
    pub half_life_days: u32,
    /// By how much the strategy `adaptive` is moved at the most, 0 (not at all) to 1.
    pub influence: f64,
}

/// What you prefer, and what follows from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PreferenceReport {
    /// How opinions are used.
    pub settings: PutPreferences,
    /// Opinions that still count.
    pub opinions: u64,
    /// What you think of each deployment, in general and by task, the best first.
    pub standings: Vec<PreferenceStanding>,
    /// Advice, with the reason.
    pub recommendations: Vec<Recommendation>,
}

/// What you think of a deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PreferenceStanding {
    /// Which.
    pub deployment: String,
    /// For which kind of task; missing: in general.
    pub task: Option<String>,
    /// From 0 to 1; 0.5 is neither good nor bad.
    pub score: f64,
    /// As many opinions it counts now.
    pub weight: f64,
}

/// A piece of advice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Recommendation {
    /// For which kind of task; missing: in general.
    pub task: Option<String>,
    /// What to use.
    pub better: String,
    /// Rather than this.
    pub worse: String,
    /// Why.
    pub because: String,
}

/// Which of two answers is better.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CastVote {
    /// The one.
    pub left: VoteSide,
    /// The other.
    pub right: VoteSide,
    /// `left`, `right` or `tie`.
    pub better: String,
    /// The kind of task, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// What was asked; only looked at for the kind of task, and not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
}

/// One side of a vote: give one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoteSide {
    /// The exchange that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange_id: Option<String>,
    /// Who answered, `provider/model`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
}

/// A vote as it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Vote {
    /// Its id.
    pub id: String,
    /// When.
    pub at: String,
    /// Who stood on the left.
    pub left: String,
    /// Who stood on the right.
    pub right: String,
    /// `left`, `right` or `tie`.
    pub better: String,
    /// What kind of task it was about.
    pub task: Option<String>,
}

/// Ratings from your votes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RatingList {
    /// The kind of task; missing: all.
    pub task: Option<String>,
    /// Votes that they rest on.
    pub votes: u64,
    /// Of how many of them it is known how the answers looked; the others count as if both looked alike.
    pub seen: u64,
    /// The strongest first.
    pub ratings: Vec<Rating>,
    /// What length and markup are worth, where that was left out of the ratings.
    pub looks: Vec<LookEffect>,
    /// Kinds of tasks that there are votes about.
    pub tasks: Vec<String>,
}

/// What one figure of an answer's looks is worth in your votes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LookEffect {
    /// `words`, `headings`, `list_items` or `bold`.
    pub name: String,
    /// Points of rating that an answer gains which has half as much again of it as the other.
    pub points: f64,
}

/// How strong a model is in your votes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Rating {
    /// `provider/model`.
    pub deployment: String,
    /// The rating; 1000 is the middle, 400 more win ten times as often.
    pub rating: f64,
    /// The least it is likely to be (95 percent): the wider of what votes drawn again say and of the Fisher information.
    pub low: f64,
    /// The most.
    pub high: f64,
    /// Votes in which it was better.
    pub wins: u64,
    /// Votes in which it was worse.
    pub losses: u64,
    /// Votes without a difference.
    pub ties: u64,
}
