//! What came of it: what each player lost, beside the best choice in hindsight.

use super::{
    player::Player,
    scenario::Scenario,
    world::{Score, play},
};
use std::fmt::Write as _;

/// One scenario, everybody's result.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The scenario's name.
    pub scenario: String,
    /// What happens in it.
    pub about: String,
    /// Whether conditions change.
    pub changes: bool,
    /// Whether something fails for a while.
    pub outage: bool,
    /// Whether it is about load.
    pub load: bool,
    /// The players, the best choice in hindsight first.
    pub rows: Vec<Row>,
}

/// A player's result, on the average of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Who.
    pub player: String,
    /// Milliseconds until the first token, with the price and unanswered requests turned into milliseconds.
    pub loss: f64,
    /// How much more that is than the best choice in hindsight loses.
    pub regret: f64,
    /// Milliseconds until the first token alone.
    pub waited_ms: f64,
    /// Price alone, in US dollars a thousand requests.
    pub usd_per_thousand: f64,
    /// Share of requests that nobody answered.
    pub unanswered: f64,
}

impl Report {
    /// Plays a scenario with each of the players, once with each luck. The first is who the others are compared
    /// with.
    pub(super) fn of(scenario: &Scenario, players: &[Player], seeds: &[u64]) -> Self {
        let mut rows: Vec<Row> = players.iter().map(|player| Row::of(scenario, player, seeds)).collect();
        let least = rows.first().map_or(0.0, |row| row.loss);
        for row in &mut rows {
            row.regret = row.loss - least;
        }
        Self {
            scenario: scenario.name.clone(),
            about: scenario.about.clone(),
            changes: scenario.changes,
            outage: scenario.outage,
            load: scenario.load,
            rows,
        }
    }

    /// The result of a player.
    pub fn row(&self, player: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.player == player)
    }

    /// The least that a single deployment loses.
    fn best_fixed(&self) -> Option<&Row> {
        let fixed = self.rows.iter().filter(|row| row.player.starts_with("only "));
        fixed.min_by(|one, other| one.loss.total_cmp(&other.loss))
    }
}

impl Row {
    fn of(scenario: &Scenario, player: &Player, seeds: &[u64]) -> Self {
        let mut total = Score::default();
        for seed in seeds {
            let score = play(scenario, player, *seed);
            total.requests += score.requests;
            total.lost_ms += score.lost_ms;
            total.unanswered += score.unanswered;
            total.waited_ms += score.waited_ms;
            total.paid_usd += score.paid_usd;
        }
        let requests = total.requests.max(1) as f64;
        let answered = total.requests.saturating_sub(total.unanswered).max(1) as f64;
        Self {
            player: player.name(),
            loss: total.lost_ms / requests,
            regret: 0.0,
            waited_ms: total.waited_ms / answered,
            usd_per_thousand: total.paid_usd / answered * 1_000.0,
            unanswered: total.unanswered as f64 / requests,
        }
    }
}

/// All reports as a Markdown table: regret in milliseconds a request, a column for each scenario.
pub fn table(reports: &[Report]) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "| regret, ms a request | {} | without outage | with outage |", {
        let names: Vec<&str> = reports.iter().map(|report| report.scenario.as_str()).collect();
        names.join(" | ")
    });
    let _ = writeln!(text, "| --- |{}", " --: |".repeat(reports.len() + 2));
    let strategies = reports.first().into_iter().flat_map(|report| &report.rows);
    for row in strategies.filter(|row| !row.player.starts_with("only ")) {
        let regret = |report: &Report| report.row(&row.player).map_or(f64::NAN, |row| row.regret);
        line(&mut text, &row.player, reports, regret);
    }
    line(&mut text, "best single deployment", reports, |report| {
        report.best_fixed().map_or(f64::NAN, |row| row.regret)
    });
    let _ = writeln!(text);
    for report in reports {
        let best = report.rows.first();
        let (waited, usd) = best.map_or((0.0, 0.0), |row| (row.waited_ms, row.usd_per_thousand));
        let _ = writeln!(
            text,
            "* **{}**: {}. The best choice in hindsight waits {waited:.0} ms and pays {usd:.2} USD a thousand requests.",
            report.scenario, report.about
        );
    }
    text
}

fn line(text: &mut String, name: &str, reports: &[Report], regret: impl Fn(&Report) -> f64) {
    let mean = |outage: bool| {
        let regrets: Vec<f64> =
            reports.iter().filter(|report| report.outage == outage).map(&regret).collect();
        regrets.iter().sum::<f64>() / regrets.len().max(1) as f64
    };
    let cells: Vec<String> = reports.iter().map(|report| format!("{:.0}", regret(report))).collect();
    let _ = writeln!(text, "| {name} | {} | {:.0} | {:.0} |", cells.join(" | "), mean(false), mean(true));
}
