//! When an experiment is over, and why.

use crate::{
    design::{Design, Metric},
    sequential::{self, Comparison},
    tally::{Seen, Tally},
};

/// How a variant compares with the first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// The variant's position; never 0.
    pub position: usize,
    /// By the goal.
    pub comparison: Comparison,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Nothing is certain yet.
    GoOn,
    /// A variant is surely better than the first, or the first than all others; the winner's position, and why.
    Better(usize, String),
    /// No difference that matters, and that is sure; why.
    Alike(String),
    /// The end of the plan, without a result; why.
    Undecided(String),
    /// A variant does harm; its position, and why.
    Harmful(usize, String),
}

/// Compares two variants by a metric.
pub fn compare(design: &Design, metric: Metric, (first, other): (&Tally, &Tally), alpha: f64) -> Comparison {
    match (first.seen(metric), other.seen(metric)) {
        (Seen::Bounded(first), Seen::Bounded(other)) => sequential::bounded(first, other, alpha),
        (Seen::Logs(first), Seen::Logs(other)) => {
            sequential::ratio(first, other, alpha, design.scale_of(metric))
        }
        (Seen::Plain(first), Seen::Plain(other)) => {
            sequential::difference(first, other, alpha, design.scale_of(metric))
        }
        // One metric is seen in one way.
        (Seen::Bounded(_) | Seen::Plain(_) | Seen::Logs(_), _) => {
            Comparison { effect: 0.0, low: -1.0, high: f64::INFINITY, p: 1.0 }
        }
    }
}

impl Design {
    /// The effect at which a metric's test is sharpest: the one that matters, for the goal.
    fn scale_of(&self, metric: Metric) -> f64 {
        const USUAL: f64 = 0.1;
        if metric == self.goal { self.effect } else { USUAL }
    }
}

/// How each variant compares with the first by the goal.
pub fn judge(design: &Design, tallies: &[Tally]) -> Vec<Judged> {
    let Some((first, others)) = tallies.split_first() else { return Vec::new() };
    let compared = others.iter().enumerate().map(|(at, other)| Judged {
        position: at + 1,
        comparison: compare(design, design.goal, (first, other), design.alpha_each()),
    });
    compared.collect()
}

/// What is to be done with what was seen.
pub fn verdict(design: &Design, tallies: &[Tally]) -> Verdict {
    let name = |position: usize| {
        design
            .variants
            .get(position)
            .map_or_else(|| position.to_string(), |variant| format!("`{}`", variant.name))
    };
    if let Some((position, why)) = harm(design, tallies) {
        return Verdict::Harmful(position, format!("{} {why}", name(position)));
    }
    let judged = judge(design, tallies);
    let Some(first) = tallies.first() else { return Verdict::GoOn };
    let sign = if design.goal.more_is_better() { 1.0 } else { -1.0 };
    let sure = |one: &Judged| {
        one.comparison.p <= design.alpha_each() && (one.comparison.low > 0.0 || one.comparison.high < 0.0)
    };
    let better = judged.iter().filter(|one| sure(one) && one.comparison.effect * sign > 0.0);
    let best = better
        .max_by(|one, other| (one.comparison.effect * sign).total_cmp(&(other.comparison.effect * sign)));
    if let Some(best) = best {
        return Verdict::Better(best.position, told(design, &name, best));
    }
    if !judged.is_empty() && judged.iter().all(sure) {
        // All of them are worse; the nearest says by how much at the least.
        let nearest = judged
            .iter()
            .max_by(|one, other| (one.comparison.effect * sign).total_cmp(&(other.comparison.effect * sign)));
        if let Some(nearest) = nearest {
            return Verdict::Better(0, told(design, &name, nearest));
        }
    }
    let matters = if design.goal.is_share() { -design.effect } else { 1.0 / (1.0 + design.effect) - 1.0 };
    let alike = |one: &Judged| one.comparison.low > matters && one.comparison.high < design.effect;
    if !judged.is_empty() && judged.iter().all(alike) {
        let effect = shown(design.goal, design.effect);
        return Verdict::Alike(format!(
            "the variants do not differ by {effect} or more in {} (alpha {})",
            words(design.goal),
            design.alpha
        ));
    }
    let results: u64 = tallies.iter().map(Tally::count).sum();
    if results >= design.max_results {
        let open = judged.iter().map(|one| {
            let Comparison { low, high, .. } = one.comparison;
            format!("{} {} to {}", name(one.position), signed(design.goal, low), signed(design.goal, high))
        });
        let compared = first.count_of(design.goal);
        return Verdict::Undecided(format!(
            "{results} results were gathered and no difference in {} is sure: against {} ({compared} results), {}",
            words(design.goal),
            name(0),
            open.collect::<Vec<_>>().join(", ")
        ));
    }
    Verdict::GoOn
}

/// A difference that is sure, in a sentence.
fn told(design: &Design, name: &impl Fn(usize) -> String, judged: &Judged) -> String {
    let Comparison { effect, low, high, p } = judged.comparison;
    let goal = design.goal;
    let p = if p < 1e-4 { "p < 0.0001".to_owned() } else { format!("p = {p:.4}") };
    format!(
        "{} has {} in {} against {} (surely {} to {}, {p}, alpha {})",
        name(judged.position),
        signed(goal, effect),
        words(goal),
        name(0),
        signed(goal, low),
        signed(goal, high),
        design.alpha
    )
}

/// The first guard that a variant surely breaks. All guards of all variants together are wrong with a probability of at
/// most alpha.
fn harm(design: &Design, tallies: &[Tally]) -> Option<(usize, String)> {
    let (first, others) = tallies.split_first()?;
    let guards = [(design.guards.failures, Metric::Success), (design.guards.cost, Metric::Cost)];
    let count = guards.iter().filter(|(guard, _)| guard.is_some()).count().max(1);
    let alpha = design.alpha_each() / count as f64;
    others.iter().enumerate().find_map(|(at, other)| {
        guards.iter().find_map(|(guard, metric)| {
            let guard = (*guard)?;
            let Comparison { effect, low, high, .. } = compare(design, *metric, (first, other), alpha);
            let reason = match metric {
                Metric::Success if high < -guard => format!(
                    "fails more often than the first, by {} and surely by more than {}",
                    shown(*metric, -effect),
                    shown(*metric, -high.min(-guard))
                ),
                Metric::Cost if low > guard => format!(
                    "costs {} more than the first, and surely more than {}",
                    shown(*metric, effect),
                    shown(*metric, low)
                ),
                Metric::Success
                | Metric::Cost
                | Metric::Latency
                | Metric::FirstToken
                | Metric::TokensPerSecond
                | Metric::Rating => return None,
            };
            Some((at + 1, reason))
        })
    })
}

/// A metric in words.
pub const fn words(metric: Metric) -> &'static str {
    match metric {
        Metric::Success => "answered requests",
        Metric::Latency => "usual time of an answer",
        Metric::FirstToken => "usual time until an answer begins",
        Metric::Cost => "usual cost of an answer",
        Metric::TokensPerSecond => "usual tokens a second",
        Metric::Rating => "rating",
    }
}

/// A difference for people: points of shares, percent of the others.
pub fn shown(metric: Metric, difference: f64) -> String {
    let value = difference * 100.0;
    match (metric.is_share(), value.is_finite()) {
        (true, true) => format!("{value:.1} points"),
        (false, true) => format!("{value:.1} %"),
        (_, false) => "any".to_owned(),
    }
}

fn signed(metric: Metric, difference: f64) -> String {
    let plus = if difference >= 0.0 { "+" } else { "" };
    format!("{plus}{}", shown(metric, difference))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        design::{Guards, tests::design},
        tally::Observation,
    };

    fn tally(results: u32, failures: u32, cost: f64) -> Tally {
        let mut tally = Tally::default();
        for at in 0..results {
            let cost = cost * (1.0 + f64::from(at % 10) / 10.0);
            let success = at >= failures;
            tally.add(&Observation {
                success,
                cost_nanos: Some(cost),
                total_ms: success.then_some(cost),
                ..Observation::default()
            });
        }
        tally
    }

    #[test]
    fn an_experiment_ends_when_it_is_sure_and_says_why() {
        let same = tally(200, 4, 1e6);
        let bad = tally(200, 80, 1e6);
        let mut plan = design();
        assert_eq!(verdict(&plan, &[Tally::default(), Tally::default()]), Verdict::GoOn);
        assert_eq!(verdict(&plan, &[same, same]), Verdict::GoOn);
        let Verdict::Better(0, why) = verdict(&plan, &[same, bad]) else { panic!() };
        assert!(why.starts_with("`b` has -38.0 points in answered requests against `a` (surely -"), "{why}");
        let Verdict::Better(1, _) = verdict(&plan, &[bad, same]) else { panic!() };
        // Time is better when there is less of it.
        plan.goal = Metric::Latency;
        plan.effect = 0.2;
        let (slow, quick) = (tally(300, 0, 2e6), tally(300, 0, 1e6));
        let Verdict::Better(1, why) = verdict(&plan, &[slow, quick]) else { panic!() };
        assert!(why.contains("-50.0 % in usual time of an answer"), "{why}");
        let Verdict::Alike(why) = verdict(&plan, &[slow, slow]) else { panic!() };
        assert!(why.contains("do not differ by 20.0 % or more"), "{why}");
        plan.effect = 0.001;
        plan.max_results = 600;
        let Verdict::Undecided(why) = verdict(&plan, &[slow, slow]) else { panic!() };
        assert!(why.starts_with("600 results were gathered"), "{why}");
    }

    #[test]
    fn guards_stop_what_does_harm_whatever_the_goal_is() {
        let mut plan = design();
        plan.goal = Metric::Rating;
        plan.guards = Guards { failures: Some(0.05), cost: Some(0.5) };
        let good = tally(100, 2, 1e6);
        assert_eq!(verdict(&plan, &[good, tally(100, 6, 1.2e6)]), Verdict::GoOn);
        let Verdict::Harmful(1, why) = verdict(&plan, &[good, tally(100, 50, 1e6)]) else { panic!() };
        assert!(
            why.starts_with("`b` fails more often than the first, by 48.0 points and surely by more"),
            "{why}"
        );
        let Verdict::Harmful(1, why) = verdict(&plan, &[good, tally(100, 2, 3e6)]) else { panic!() };
        assert!(why.starts_with("`b` costs 200.0 % more than the first, and surely more than"), "{why}");
        // One that always fails is stopped after a handful.
        let first = (1..100).find(|count| {
            matches!(
                verdict(&plan, &[tally(*count, 0, 1e6), tally(*count, *count, 1e6)]),
                Verdict::Harmful(..)
            )
        });
        assert!(first.is_some_and(|count| count <= 12), "{first:?}");
    }

    #[test]
    fn of_several_the_best_is_named_and_each_has_to_be_surer() {
        let mut plan = design();
        let mut third = plan.variants[1].clone();
        third.name = "c".into();
        plan.variants.push(third);
        assert!((plan.alpha_each() - 0.025).abs() < 1e-12);
        let (poor, good, best) = (tally(400, 160, 1e6), tally(400, 60, 1e6), tally(400, 10, 1e6));
        assert!(matches!(verdict(&plan, &[poor, good, best]), Verdict::Better(2, _)));
        assert!(matches!(verdict(&plan, &[best, good, poor]), Verdict::Better(0, _)));
        assert!(matches!(verdict(&plan, &[good, tally(400, 62, 1e6), poor]), Verdict::GoOn));
    }
}
