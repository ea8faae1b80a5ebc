//! Advice from opinions and votes, each with the reason in figures.

use crate::{
    profile::Profile,
    ratings::{Choice, Vote},
};
use base::Timestamp;
use std::collections::BTreeMap;

/// Votes between two before they say anything.
const LEAST_VOTES: u64 = 5;
/// Opinions of each before they say anything.
const LEAST_OPINIONS: f64 = 3.0;
/// How much better one has to be thought of.
const LEAST_GAP: f64 = 0.15;
/// Differences in price below this are not worth a word.
const LEAST_SAVING: f64 = 0.05;

/// What is known for advice.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Votes with the kind of task each was about.
    pub votes: &'a [(Option<String>, Vote)],
    /// Opinions.
    pub profile: &'a Profile,
    /// What an answer of a deployment usually costs, in nano-dollars.
    pub costs: &'a BTreeMap<String, f64>,
    /// The time.
    pub now: Timestamp,
}

/// A piece of advice.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendation {
    /// For which kind of task; all where not said.
    pub task: Option<String>,
    /// What to use.
    pub better: String,
    /// Rather than this.
    pub worse: String,
    /// Why, in a sentence.
    pub because: String,
}

/// The likelihood of at least so many wins of so many votes if both were as good: the sum of a binomial distribution.
fn luck(wins: u64, votes: u64) -> f64 {
    let mut term = 0.5_f64.powf(votes as f64);
    let mut sum = 0.0;
    for won in 0..=votes {
        if won >= wins {
            sum += term;
        }
        term *= (votes - won) as f64 / (won + 1) as f64;
    }
    sum.min(1.0)
}

/// Advice, the surest first.
pub fn recommend(known: Known<'_>) -> Vec<Recommendation> {
    let mut advice = by_votes(known);
    for (task, better, worse, because) in by_opinions(known) {
        let said = |one: &Recommendation| one.task == task && one.better == better && one.worse == worse;
        if !advice.iter().any(said) {
            advice.push(Recommendation { task, better, worse, because });
        }
    }
    advice
}

fn by_votes(known: Known<'_>) -> Vec<Recommendation> {
    // By task, and by the two in the order of their names: how often the first and the second were better.
    let mut met: BTreeMap<(Option<&str>, &str, &str), (u64, u64)> = BTreeMap::new();
    for (task, vote) in known.votes {
        let turned = vote.left > vote.right;
        let (one, other) = if turned { (&vote.right, &vote.left) } else { (&vote.left, &vote.right) };
        let tasks = [None, task.as_deref()];
        for task in tasks.iter().take(if task.is_some() { 2 } else { 1 }) {
            let counts = met.entry((*task, one, other)).or_default();
            match (vote.choice, turned) {
                (Choice::Left, false) | (Choice::Right, true) => counts.0 += 1,
                (Choice::Right, false) | (Choice::Left, true) => counts.1 += 1,
                (Choice::Tie, _) => {}
            }
        }
    }
    let mut sure: Vec<(f64, Recommendation)> = Vec::new();
    for ((task, one, other), (first, second)) in met {
        let total = first + second;
        let (better, worse, wins) = if first >= second { (one, other, first) } else { (other, one, second) };
        let luck = luck(wins, total);
        if total < LEAST_VOTES || luck > 0.1 || one == other {
            continue;
        }
        let about = task.map(for_task).unwrap_or_default();
        let because = format!(
            "{about}you rated {better} above {worse} in {wins} of {total}{}",
            price(known.costs, better, worse)
        );
        let task = task.map(str::to_owned);
        sure.push((luck, Recommendation { task, better: better.into(), worse: worse.into(), because }));
    }
    sure.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    sure.into_iter().map(|(_, advice)| advice).collect()
}

type Said = (Option<String>, String, String, String);

fn by_opinions(known: Known<'_>) -> Vec<Said> {
    let standings: Vec<_> = known.profile.standings(known.now);
    let spoken: Vec<_> = standings.iter().filter(|one| one.weight >= LEAST_OPINIONS).collect();
    let mut advice = Vec::new();
    for (at, better) in spoken.iter().enumerate() {
        // The best of each task against the others.
        if at > 0 && spoken.get(at - 1).is_some_and(|before| before.task == better.task) {
            continue;
        }
        for worse in spoken.iter().skip(at + 1).take_while(|worse| worse.task == better.task) {
            if better.score - worse.score < LEAST_GAP {
                continue;
            }
            let about = better.task.as_deref().map(for_task).unwrap_or_default();
            let because = format!(
                "{about}you gave answers of {} {:.0} of 100 and those of {} {:.0}, after about {:.0} and {:.0} opinions{}",
                better.deployment,
                better.score * 100.0,
                worse.deployment,
                worse.score * 100.0,
                better.weight,
                worse.weight,
                price(known.costs, &better.deployment, &worse.deployment)
            );
            advice.push((better.task.clone(), better.deployment.clone(), worse.deployment.clone(), because));
        }
    }
    advice
}

/// `code_function` for people.
fn for_task(task: &str) -> String {
    format!("for {}, ", task.replace('_', " "))
}

/// What the better one costs beside the other, where both are known and differ.
fn price(costs: &BTreeMap<String, f64>, better: &str, worse: &str) -> String {
    let (Some(better), Some(worse)) = (costs.get(better), costs.get(worse)) else { return String::new() };
    if *worse <= 0.0 || *better < 0.0 {
        return String::new();
    }
    let more = better / worse - 1.0;
    if more.abs() < LEAST_SAVING {
        return "; it costs as much".to_owned();
    }
    let word = if more < 0.0 { "less" } else { "more" };
    format!("; it costs {:.0} % {word}", more.abs() * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Opinion, Preferences};

    #[test]
    fn advice_explains_itself_in_figures() {
        let vote = |choice| {
            (Some("coding".to_owned()), Vote { left: "p/a".into(), right: "p/b".into(), choice, looks: None })
        };
        let mut votes: Vec<_> = (0..12).map(|_| vote(Choice::Left)).collect();
        votes.extend((0..3).map(|_| vote(Choice::Right)));
        votes.push(vote(Choice::Tie));
        let costs = BTreeMap::from([("p/a".to_owned(), 600.0), ("p/b".to_owned(), 1_000.0)]);
        let profile = Profile::default();
        let now = Timestamp::from_millis(0);
        let advice = recommend(Known { votes: &votes, profile: &profile, costs: &costs, now });
        assert_eq!(advice.len(), 2, "{advice:?}");
        let coding = advice.iter().find(|one| one.task.is_some()).unwrap();
        assert_eq!(coding.because, "for coding, you rated p/a above p/b in 12 of 15; it costs 40 % less");
        // Three of five is luck, and so is nothing.
        let few: Vec<_> = votes.into_iter().skip(9).take(5).collect();
        assert_eq!(recommend(Known { votes: &few, profile: &profile, costs: &costs, now }), []);
        assert!((luck(12, 15) - 0.017_578_125).abs() < 1e-12);
    }

    #[test]
    fn opinions_advise_where_there_are_enough() {
        let now = Timestamp::from_millis(1_000);
        let opinion = |deployment: &str, thumb| Opinion {
            at: now,
            deployment: deployment.into(),
            thumb: Some(thumb),
            ..Opinion::default()
        };
        let mut opinions: Vec<_> = (0..8).map(|_| opinion("a/x", 1.0)).collect();
        opinions.extend((0..8).map(|_| opinion("b/y", 0.0)));
        opinions.push(opinion("c/z", 0.0));
        let profile = Profile::new(Preferences::default(), opinions.iter());
        let advice = recommend(Known { votes: &[], profile: &profile, costs: &BTreeMap::new(), now });
        let [one] = advice.as_slice() else { panic!("{advice:?}") };
        assert!(
            one.because.starts_with("you gave answers of a/x 94 of 100 and those of b/y 6,"),
            "{}",
            one.because
        );
    }
}
