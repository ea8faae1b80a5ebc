//! What circumstances change: one table.

use llm::{Circumstances, Phase};
use routing::Weights;

/// By what a circumstance multiplies the weights of a decision, and what it adds to what the task itself demands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Shift {
    pub(crate) cost: f64,
    pub(crate) speed: f64,
    pub(crate) quality: f64,
    pub(crate) reliability: f64,
    pub(crate) complexity: f64,
    pub(crate) latency_need: f64,
    pub(crate) because: &'static str,
}

const fn shift(
    [cost, speed, quality, reliability]: [f64; 4],
    [complexity, latency_need]: [f64; 2],
    because: &'static str,
) -> Shift {
    Shift { cost, speed, quality, reliability, complexity, latency_need, because }
}

const IN_COMBAT: Shift =
    shift([0.8, 2.5, 0.8, 1.2], [-0.15, 0.4], "in combat: speed counts two and a half times");

//                       cost speed quality reliability, complexity latency
const fn of_phase(phase: Phase) -> Shift {
    match phase {
        Phase::Planning => {
            shift([0.8, 0.5, 1.6, 1.0], [0.1, -0.3], "planning: quality counts more, speed half")
        }
        Phase::Preparation => {
            shift([1.0, 0.7, 1.4, 1.0], [0.05, -0.2], "preparation: quality counts more, speed less")
        }
        Phase::Active => {
            shift([1.0, 1.8, 1.0, 1.3], [0.0, 0.2], "active session: speed and reliability count more")
        }
        Phase::Review => shift([1.6, 0.6, 1.1, 0.9], [0.0, -0.2], "review: price counts more, speed less"),
    }
}

/// Genres that ask for better prose, and such that ask for pace. Others change nothing.
const GENRES: &[(&[&str], Shift)] = &[
    (
        &[
            "horror", "mystery", "drama", "noir", "gothic", "romance", "literary", "tragedy", "intrigue",
            "thriller",
        ],
        shift([0.9, 0.9, 1.3, 1.0], [0.05, 0.0], "the genre lives on its prose: quality counts more"),
    ),
    (
        &["action", "pulp", "comedy", "slapstick", "arcade", "superhero", "superheroes", "wargame"],
        shift([1.0, 1.3, 0.9, 1.0], [0.0, 0.1], "the genre lives on its pace: speed counts more"),
    ),
];

/// Everything that applies, in the order of the table.
pub(crate) fn shifts(circumstances: &Circumstances) -> impl Iterator<Item = Shift> {
    let phase = circumstances.phase.map(of_phase);
    let genre = circumstances.genre.as_deref().and_then(|genre| {
        let (_, shift) = GENRES.iter().find(|(names, _)| names.contains(&genre))?;
        Some(*shift)
    });
    let fight = circumstances.in_combat.then_some(IN_COMBAT);
    phase.into_iter().chain(genre).chain(fight)
}

/// The weights of a route in these circumstances.
pub(crate) fn adjusted(weights: Weights, circumstances: &Circumstances) -> Weights {
    shifts(circumstances).fold(weights, |weights, shift| Weights {
        cost: weights.cost * shift.cost,
        speed: weights.speed * shift.speed,
        quality: weights.quality * shift.quality,
        reliability: weights.reliability * shift.reliability,
    })
}

/// What the circumstances change, in sentences.
pub(crate) fn told(circumstances: &Circumstances) -> Vec<String> {
    shifts(circumstances).map(|shift| shift.because.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fight_makes_speed_count_and_planning_quality() {
        let even = Weights::default();
        let fight = Circumstances { in_combat: true, ..Circumstances::default() };
        let planning =
            Circumstances { phase: Some(Phase::Planning), genre: Some("horror".into()), in_combat: false };
        let share = |weights: Weights| weights.speed / weights.quality;
        assert!(share(adjusted(even, &fight)) > 3.0);
        assert!(share(adjusted(even, &planning)) < 0.3);
        assert_eq!(adjusted(even, &Circumstances::default()), even);
        assert_eq!(told(&planning).len(), 2);
        let unknown = Circumstances { genre: Some("cooking".into()), ..Circumstances::default() };
        assert_eq!((adjusted(even, &unknown), told(&unknown).len()), (even, 0));
    }
}
