//! How spend goes on and what stands out in it: the ledger's sums as series, for the crate `forecast`.

use crate::{AppError, app::App, app::kept};
use api::money::{
    AnomalyList, ForecastBacktest, ForecastFigures, ForecastPoint, MoneyAnomaly, MoneyForecast, MoneyStep,
    NotEnoughHistory,
};
use base::{Id, Money, Timestamp};
use forecast::{Anomaly, Direction, FALSE_ALARMS, Forecast, LEVEL, NotEnough, Point, Step, Watcher};
use ledger::{By, ReportFilter, ReportQuery};
use std::{collections::BTreeMap, time::Duration};

const DAY: Duration = Duration::from_secs(86_400);
const HOUR: Duration = Duration::from_secs(3_600);
/// Days are not judged for differences below this.
const WORTH: Money = Money::from_nanos(10_000_000);
/// 1970-01-01 was the fourth day of its week.
const WEEK_SHIFT: i64 = 3;

/// Amounts of the whole steps of a time, the oldest first.
struct Series {
    steps: Vec<(String, Money)>,
    /// The step that runs.
    running: (String, Money),
}

impl Series {
    fn amounts(&self) -> Vec<f64> {
        self.steps.iter().map(|(_, spent)| dollars(*spent)).collect()
    }
}

impl App {
    /// How spend goes on, in steps of this length.
    pub async fn money_forecast(&self, step: Step) -> Result<MoneyForecast, AppError> {
        let series = self.series(step).await?;
        let said = forecast::forecast(&series.amounts(), step);
        let first = series.steps.iter().position(|(_, spent)| *spent > Money::ZERO);
        let history = series.steps.iter().skip(first.unwrap_or(series.steps.len()));
        let history =
            history.map(|(at, spent)| MoneyStep { at: at.clone(), usd: spent.to_string() }).collect();
        let (summary, not_enough, figures) = match said {
            Ok(said) => (sentence(&said, step), None, Some(figures(&said, step, &series.running.0))),
            Err(NotEnough { have, need }) => {
                let summary = format!(
                    "There is too little history for a forecast: {have} whole {step}s since the first call that cost \
                     something, and {need} are needed."
                );
                let not_enough = NotEnoughHistory { have: count(have), need: count(need) };
                (summary, Some(not_enough), None)
            }
        };
        let step = step.to_string();
        Ok(MoneyForecast { step, summary, history, not_enough, forecast: figures })
    }

    /// The days from `from` up to but not including `until` that stand out.
    pub async fn money_anomalies(&self, from: Timestamp, until: Timestamp) -> Result<AnomalyList, AppError> {
        let series = self.series(Step::Day).await?;
        let found = stands_out(&series);
        let (from, until) = (from.day(), until.minus(Duration::from_millis(1)).day());
        Ok(AnomalyList {
            false_alarm_percent: FALSE_ALARMS * 100.0,
            needed_days: count(Watcher::new(Step::Day, 0.0).least()),
            anomalies: found.into_iter().filter(|one| from <= one.day && one.day <= until).collect(),
        })
    }

    /// Yesterday and today, where they stand out as too much.
    pub(crate) async fn strange_days(&self) -> Result<Vec<MoneyAnomaly>, AppError> {
        let yesterday = self.clock.now().minus(DAY).day();
        let series = self.series(Step::Day).await?;
        let found = stands_out(&series).into_iter();
        Ok(found.filter(|one| one.day >= yesterday && one.direction == "high").collect())
    }

    async fn series(&self, step: Step) -> Result<Series, AppError> {
        let now = self.clock.now();
        let (by, back) = match step {
            Step::Hour => (By::Hour, HOUR * 1_200),
            Step::Day => (By::Day, DAY * 470),
            Step::Week => (By::Day, DAY * 7 * 160),
            Step::Month => (By::Day, DAY * 31 * 62),
        };
        let query = ReportQuery {
            from: now.minus(back),
            until: now.plus(DAY),
            by,
            split: None,
            filter: ReportFilter::default(),
        };
        let report = self.gateway.ledger().report(Id::FIRST_OWNER, &query).await;
        let report = report.map_err(|error| kept(error.kind(), error))?;
        let mut spent: BTreeMap<String, Money> = BTreeMap::new();
        for row in &report.rows {
            if let Some(began) = began(&row.name) {
                *spent.entry(name_of(began, step)).or_default() += row.sums.cost;
            }
        }
        let running = name_of(now, step);
        let first = spent.keys().next().cloned().unwrap_or_else(|| running.clone());
        let mut steps = Vec::new();
        let mut at = first;
        while at < running {
            let next = next_step(&at, step);
            steps.push((at.clone(), spent.get(&at).copied().unwrap_or_default()));
            at = next;
        }
        let so_far = spent.get(&running).copied().unwrap_or_default();
        Ok(Series { steps, running: (running, so_far) })
    }
}

/// The days that stand out, the one that runs included where it has too much already.
fn stands_out(series: &Series) -> Vec<MoneyAnomaly> {
    let amounts = series.amounts();
    let mut found: Vec<MoneyAnomaly> = forecast::anomalies(&amounts, Step::Day, dollars(WORTH))
        .into_iter()
        .filter_map(|one| Some(anomaly(&one, series.steps.get(one.at)?.0.clone(), true)))
        .collect();
    let watcher = Watcher::new(Step::Day, dollars(WORTH));
    let running = watcher.ordinary(&amounts).and_then(|ordinary| {
        let so_far = dollars(series.running.1);
        let one = watcher.judge(amounts.len(), so_far, ordinary)?;
        (one.direction == Direction::High).then(|| anomaly(&one, series.running.0.clone(), false))
    });
    found.extend(running);
    found
}

fn anomaly(one: &Anomaly, day: String, over: bool) -> MoneyAnomaly {
    MoneyAnomaly {
        day,
        over,
        direction: one.direction.as_str().to_owned(),
        usd: about(one.amount),
        expected_usd: about(one.expected),
        lower_usd: about(one.lower),
        upper_usd: about(one.upper),
    }
}

fn figures(said: &Forecast, step: Step, first: &str) -> ForecastFigures {
    let mut at = first.to_owned();
    let points = said.points.iter().map(|point| {
        let next = next_step(&at, step);
        forecast_point(point, std::mem::replace(&mut at, next))
    });
    let points: Vec<ForecastPoint> = points.collect();
    let recognised = &said.recognised;
    let backtest = &said.backtest;
    ForecastFigures {
        pattern: recognised.pattern.to_string(),
        season: recognised.season.map(count),
        slope_usd: (recognised.slope != 0.0).then(|| about(recognised.slope)),
        method: said.method.to_owned(),
        level_percent: LEVEL * 100.0,
        points,
        total: forecast_point(&said.total, first.to_owned()),
        backtest: ForecastBacktest {
            origins: count(backtest.origins),
            compared: count(backtest.compared),
            relative_error: backtest.relative_error,
            error_percent: backtest.error_share * 100.0,
            coverage_percent: (backtest.banded > 0).then_some(backtest.coverage * 100.0),
        },
    }
}

fn forecast_point(point: &Point, at: String) -> ForecastPoint {
    ForecastPoint {
        at,
        expected_usd: about(point.expected),
        lower_usd: about(point.lower),
        upper_usd: about(point.upper),
    }
}

fn sentence(said: &Forecast, step: Step) -> String {
    let recognised = &said.recognised;
    let pattern = match (recognised.season, recognised.slope) {
        (Some(season), slope) if slope != 0.0 => {
            format!("repeats itself every {season} {step}s and {} by {} a {step}", goes(slope), amount(slope))
        }
        (Some(season), _) => format!("repeats itself every {season} {step}s"),
        (None, slope) if slope != 0.0 => format!("{} by {} a {step}", goes(slope), amount(slope)),
        (None, _) => "stays about a level".to_owned(),
    };
    let count = said.points.len();
    let total = &said.total;
    format!(
        "Spend {pattern}. In the {count} {step}s from now on (this one as a whole) about {} US dollars are expected, and with \
         90 % probability {} to {}.",
        short(total.expected),
        short(total.lower),
        short(total.upper)
    )
}

fn goes(slope: f64) -> &'static str {
    if slope > 0.0 { "rises" } else { "falls" }
}

fn amount(slope: f64) -> String {
    format!("{} US dollars", short(slope.abs()))
}

/// Two digits that count, or cents.
fn short(dollars: f64) -> String {
    if dollars >= 0.1 || dollars == 0.0 { format!("{dollars:.2}") } else { format!("{dollars:.5}") }
}

fn dollars(money: Money) -> f64 {
    money.nanos() as f64 / 1e9
}

/// An amount that is not exact, as text; what is too large for money is as large as money can be.
fn about(dollars: f64) -> String {
    Money::from_nanos(((dollars * 1e6).round() as i64).saturating_mul(1_000)).to_string()
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// When a row of a report by hour or day began.
fn began(name: &str) -> Option<Timestamp> {
    if name.len() == "2026-11-21".len() { name.parse().ok() } else { format!("{name}:00:00Z").parse().ok() }
}

/// The step in which a moment lies: the name of its hour, its day, the first day of its week or of its month.
fn name_of(moment: Timestamp, step: Step) -> String {
    let day = moment.day();
    match step {
        Step::Hour => moment.to_string().get(..13).unwrap_or_default().to_owned(),
        Step::Day => day,
        Step::Week => {
            let days = moment.millis().div_euclid(86_400_000);
            let monday = days - (days + WEEK_SHIFT).rem_euclid(7);
            Timestamp::from_millis(monday * 86_400_000).day()
        }
        Step::Month => format!("{}-01", day.get(..7).unwrap_or_default()),
    }
}

/// The step after the one of this name.
fn next_step(name: &str, step: Step) -> String {
    let began = began(name).unwrap_or_default();
    // The middle of the next month is 45 days after the first of this one, give or take two.
    let inside = match step {
        Step::Hour => HOUR,
        Step::Day => DAY,
        Step::Week => DAY * 7,
        Step::Month => DAY * 45,
    };
    name_of(began.plus(inside), step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_follow_each_other_over_the_ends_of_weeks_months_and_years() {
        for (step, names) in [
            (Step::Hour, ["2026-12-31T22", "2026-12-31T23", "2027-01-01T00"]),
            (Step::Day, ["2028-02-28", "2028-02-29", "2028-03-01"]),
            (Step::Week, ["2026-12-21", "2026-12-28", "2027-01-04"]),
            (Step::Month, ["2026-12-01", "2027-01-01", "2027-02-01"]),
        ] {
            for pair in names.windows(2) {
                assert_eq!(next_step(pair[0], step), pair[1]);
                assert_eq!(name_of(began(pair[0]).unwrap(), step), pair[0]);
            }
        }
        // A Saturday belongs to the week that began on Monday.
        assert_eq!(name_of("2026-11-21T02:44:05Z".parse().unwrap(), Step::Week), "2026-11-16");
        let mut at = "2024-01-01".to_owned();
        for month in 1..=36 {
            assert_eq!(at, format!("{}-{:02}-01", 2024 + (month - 1) / 12, (month - 1) % 12 + 1));
            at = next_step(&at, Step::Month);
        }
    }

    #[test]
    fn the_day_that_runs_is_strange_only_when_it_has_too_much() {
        let steps: Vec<(String, Money)> = (0..40)
            .map(|at| {
                let day = Timestamp::from_millis(at * 86_400_000).day();
                (day, Money::from_nanos(1_000_000_000 + (at * 37 % 11) * 20_000_000))
            })
            .collect();
        let with = |so_far: i64| {
            let running = ("1970-02-10".to_owned(), Money::from_nanos(so_far));
            stands_out(&Series { steps: steps.clone(), running })
        };
        assert_eq!(with(0), [], "it has only begun");
        assert_eq!(with(1_100_000_000), []);
        let found = with(30_000_000_000);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].over, found[0].usd.as_str()), (false, "30.00"));
    }
}
