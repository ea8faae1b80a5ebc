//! What was spent, on what, what was saved, and how it will go on.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Sums over the ledger. The rows' amounts add up to those of `total`, less those of `overlap`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MoneyReport {
    /// From this moment on.
    pub from: String,
    /// Up to but not including this one.
    pub to: String,
    /// By what it is added up: `hour`, `day`, `provider`, `model`, `key`, `project`, `tag`, `user` or `conversation`.
    pub by: String,
    /// By what each row is split once more, if it is.
    pub split: Option<String>,
    /// Everything together.
    pub total: MoneySums,
    /// The rows: times in order, everything else the dearest first.
    pub rows: Vec<MoneyRow>,
    /// What the rows have too much, since an exchange with several labels counts under each of them; missing where they
    /// have not.
    pub overlap: Option<MoneySums>,
}

/// A row of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MoneyRow {
    /// The hour (`2026-11-21T14`), the day (`2026-11-21`), or the name. What has none stands in brackets, such as `(none)`;
    /// `(all others)` are those beyond the limit.
    pub name: String,
    /// What people call it where the name is an id: a conversation's title.
    pub label: Option<String>,
    /// What it was split by.
    pub part: Option<String>,
    /// The sums.
    pub sums: MoneySums,
}

/// Sums of exchanges. Amounts are exact.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct MoneySums {
    /// Calls.
    pub requests: i64,
    /// Those that failed or were interrupted.
    pub failures: i64,
    /// Those whose tokens and cost are estimated.
    pub estimated: i64,
    /// Those answered from the cache.
    pub cached: i64,
    /// Tokens read, cached ones included.
    pub input_tokens: i64,
    /// The part of them read from providers' caches.
    pub cached_input_tokens: i64,
    /// Tokens written.
    pub output_tokens: i64,
    /// What it cost, in US dollars.
    pub cost_usd: String,
    /// What it would have cost without Familiar: asked for by name, at list prices, without any cache.
    pub baseline_usd: String,
}

/// What Familiar saved in a period. The three parts add up to `saved_usd`, and that and `cost_usd` to `baseline_usd`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Savings {
    /// From this moment on.
    pub from: String,
    /// Up to but not including this one.
    pub to: String,
    /// What was spent.
    pub cost_usd: String,
    /// What would have been spent without Familiar: what was asked for by name, or the dearest choice of the route, at
    /// list prices and without any cache.
    pub baseline_usd: String,
    /// The difference.
    pub saved_usd: String,
    /// What replies from Familiar's own cache would have cost.
    pub by_cache_usd: String,
    /// What providers' prompt caches saved; below zero where more was written to them than read.
    pub by_prompt_cache_usd: String,
    /// What choosing among the deployments of a route saved; below zero where a dearer one had to step in.
    pub by_routing_usd: String,
    /// Calls.
    pub requests: i64,
    /// Those answered from Familiar's own cache.
    pub cached: i64,
    /// Tokens read.
    pub input_tokens: i64,
    /// The part of them read from providers' caches.
    pub cached_input_tokens: i64,
}

/// How spend goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MoneyForecast {
    /// `hour`, `day`, `week` or `month`.
    pub step: String,
    /// What it says in a sentence or two.
    pub summary: String,
    /// The whole steps that are known, the oldest first.
    pub history: Vec<MoneyStep>,
    /// Why there is no forecast, if there is none.
    pub not_enough: Option<NotEnoughHistory>,
    /// The forecast, if there is history enough.
    pub forecast: Option<ForecastFigures>,
}

/// A step and what was spent in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MoneyStep {
    /// When it begins: `2026-11-21`, for hours `2026-11-21T14`.
    pub at: String,
    /// What was spent.
    pub usd: String,
}

/// There is too little history for a forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotEnoughHistory {
    /// Whole steps since the first call that cost something.
    pub have: u64,
    /// As many are needed.
    pub need: u64,
}

/// A forecast, with how good forecasts of this ledger were.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ForecastFigures {
    /// `cyclic`, `trending` or `stable`.
    pub pattern: String,
    /// After how many steps amounts repeat themselves, if they do.
    pub season: Option<u64>,
    /// By how much spend surely rises (or falls) a step; missing where it does not.
    pub slope_usd: Option<String>,
    /// How the forecast is made, in words.
    pub method: String,
    /// The share of steps that should lie in the band, in percent.
    pub level_percent: f64,
    /// The next steps.
    pub points: Vec<ForecastPoint>,
    /// All of them together.
    pub total: ForecastPoint,
    /// How good such forecasts were.
    pub backtest: ForecastBacktest,
}

/// A step to come, or all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ForecastPoint {
    /// When it begins.
    pub at: String,
    /// What is expected.
    pub expected_usd: String,
    /// The lower end of the band.
    pub lower_usd: String,
    /// The upper end of the band.
    pub upper_usd: String,
}

/// How good forecasts were that were made at steps of the past from what was known then.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ForecastBacktest {
    /// Steps at which one was made.
    pub origins: u64,
    /// Forecast amounts that were compared with what came.
    pub compared: u64,
    /// The mean absolute error over that of taking everything as one cycle before (a MASE): below 1 is better.
    pub relative_error: f64,
    /// The errors as a share of the amounts, in percent.
    pub error_percent: f64,
    /// How many amounts lay in the band of their time, in percent; missing where none was judged.
    pub coverage_percent: Option<f64>,
}

/// Days that stand out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AnomalyList {
    /// About how many ordinary days are taken for strange, in percent.
    pub false_alarm_percent: f64,
    /// So many days of history are needed before one is judged.
    pub needed_days: u64,
    /// The days, in order.
    pub anomalies: Vec<MoneyAnomaly>,
}

/// A day that stands out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MoneyAnomaly {
    /// The day.
    pub day: String,
    /// Whether it is over; of a day that is not, only too much is told.
    pub over: bool,
    /// `high` or `low`.
    pub direction: String,
    /// What was spent.
    pub usd: String,
    /// What was to be expected.
    pub expected_usd: String,
    /// What is ordinary ends here.
    pub lower_usd: String,
    /// And here.
    pub upper_usd: String,
}
