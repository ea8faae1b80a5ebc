//! Plays traffic against deployments that change, on a clock of its own, to compare the strategies.
//!
//! Ranking, learning and health are the gateway's own; only the deployments are made up, from scenarios that are
//! data. The same scenario with the same seed always plays the same: every player meets the same requests, and
//! the same luck with each deployment.

mod player;
mod report;
mod scenario;
mod world;

pub use report::{Report, Row, table};

use crate::config::{Balancer, RouteConfig, Strategy};
use player::Player;
use scenario::Scenario;

/// Everybody who plays: each deployment alone, and every strategy of the gateway.
fn players(scenario: &Scenario) -> Vec<Player> {
    let ids = || scenario.deployments.iter().map(|deployment| deployment.id.clone()).collect();
    let with = |name: &str, strategy, balancer| Player::Route {
        name: name.to_owned(),
        config: Box::new(RouteConfig { strategy, balancer, ..RouteConfig::ordered(ids()) }),
    };
    let mut players = vec![Player::Clairvoyant];
    players.extend(scenario.deployments.iter().map(|one| Player::Fixed { deployment: one.id.clone() }));
    let round_robin = Balancer::RoundRobin;
    players.extend([
        with("ordered", Strategy::Ordered, round_robin),
        with("cost", Strategy::Cost, round_robin),
        with("speed", Strategy::Speed, round_robin),
        with("quality", Strategy::Quality, round_robin),
        with("reliability", Strategy::Reliability, round_robin),
        with("weighted", Strategy::Weighted, round_robin),
        with("load_balanced: round_robin", Strategy::LoadBalanced, round_robin),
        with("load_balanced: least_connections", Strategy::LoadBalanced, Balancer::LeastConnections),
        with("load_balanced: weighted", Strategy::LoadBalanced, Balancer::Weighted),
        with("load_balanced: fastest", Strategy::LoadBalanced, Balancer::Fastest),
        with("adaptive", Strategy::Adaptive, round_robin),
    ]);
    players
}

/// The fixed choices, the clairvoyant, and these.
#[cfg(test)]
fn some_players(scenario: &Scenario, names: &[&str]) -> Vec<Player> {
    let mut some = players(scenario);
    some.retain(|player| match player {
        Player::Clairvoyant | Player::Fixed { .. } => true,
        Player::Route { name, .. } => names.contains(&name.as_str()),
    });
    some
}

/// Plays every shipped scenario with everybody, several times with different luck.
///
/// # Errors
/// Where the scenarios cannot be read, in words.
pub fn run(seeds: &[u64]) -> Result<Vec<Report>, String> {
    let scenarios = scenario::shipped().map_err(|error| error.to_string())?;
    Ok(scenarios.iter().map(|scenario| Report::of(scenario, &players(scenario), seeds)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEEDS: [u64; 2] = [1, 2];

    fn reports(of: impl Fn(&Scenario) -> bool, names: &[&str]) -> Vec<Report> {
        let scenarios = scenario::shipped().unwrap();
        let chosen = scenarios.iter().filter(|scenario| of(scenario));
        chosen.map(|scenario| Report::of(scenario, &some_players(scenario, names), &SEEDS)).collect()
    }

    #[test]
    fn adaptive_beats_every_fixed_choice_when_conditions_change() {
        let reports = reports(|scenario| scenario.changes, &["adaptive"]);
        assert_eq!(reports.len(), 5);
        for report in reports {
            let adaptive = report.row("adaptive").unwrap().loss;
            for row in &report.rows {
                let (player, loss) = (&row.player, row.loss);
                if player.starts_with("only ") {
                    assert!(adaptive < loss, "{}: {adaptive:.0} ms, {player} {loss:.0}", report.scenario);
                }
                assert!(row.regret > -20.0, "{}: {player} beats who knows everything", report.scenario);
            }
        }
    }

    #[test]
    fn adaptive_regrets_least_of_all_strategies_when_conditions_change_and_little_when_they_do_not() {
        let scenarios = scenario::shipped().unwrap();
        let all = |of: &dyn Fn(&Scenario) -> bool| -> Vec<Report> {
            let chosen = scenarios.iter().filter(|scenario| of(scenario));
            chosen.map(|scenario| Report::of(scenario, &players(scenario), &SEEDS)).collect()
        };
        let changing = all(&|scenario| scenario.changes);
        let regret = |name: &str| {
            let regrets = changing.iter().map(|report| report.row(name).unwrap().regret);
            regrets.sum::<f64>() / changing.len() as f64
        };
        let adaptive = regret("adaptive");
        let others = changing[0].rows.iter().skip(1).filter(|row| row.player != "adaptive");
        for row in others.filter(|row| !row.player.starts_with("only ")) {
            let other = regret(&row.player);
            assert!(adaptive < other * 0.5, "adaptive {adaptive:.0} ms, {} {other:.0}", row.player);
        }
        for report in all(&|scenario| !scenario.changes && !scenario.load) {
            let adaptive = report.row("adaptive").unwrap();
            let best = report.row("best in hindsight").unwrap();
            assert!(
                adaptive.regret < best.loss * 0.15,
                "trying costs {:.0} of {:.0} ms",
                adaptive.regret,
                best.loss
            );
        }
    }

    #[test]
    fn two_choices_by_peak_ewma_beat_round_robin_on_uneven_load() {
        let names = ["load_balanced: fastest", "load_balanced: round_robin"];
        let reports = reports(|scenario| scenario.load, &names);
        assert_eq!(reports.len(), 1);
        for report in reports {
            // All cost the same, so that a loss is a wait and a price that nobody can do anything about.
            let [two_choices, in_turn] = names.map(|name| report.row(name).unwrap().waited_ms);
            assert!(two_choices < in_turn * 0.8, "{two_choices:.0} against {in_turn:.0} ms");
        }
    }

    #[test]
    fn the_same_luck_plays_the_same() {
        let mut scenario = scenario::shipped().unwrap().remove(2);
        scenario.seconds = 60;
        let of = || Report::of(&scenario, &players(&scenario), &[7]);
        assert_eq!(of(), of());
    }
}
