//! What somebody thinks of deployments and providers, fading with time.
//!
//! Each opinion is a score from 0 to 1 that counts `0.5^(age / half-life)`. What is thought of a deployment for a kind of
//! task is drawn towards what is thought of it in general, that towards what is thought of its provider, and that
//! towards the middle, each as if [`PRIOR`] opinions said so: a single thumb changes little, and where there is no opinion
//! there is no preference at all.

use base::Timestamp;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// After so many days an opinion counts half, if nothing else is set.
pub const USUAL_HALF_LIFE_DAYS: u32 = 30;
/// By how much the strategy `adaptive` is moved at the most, if nothing else is set.
pub const USUAL_INFLUENCE: f64 = 0.2;
/// As many opinions the next more general one counts.
const PRIOR: f64 = 4.0;
/// The score where there is no opinion.
const MIDDLE: f64 = 0.5;
/// Opinions that have faded below this are as good as none.
const LEAST_WEIGHT: f64 = 0.01;

/// How preferences are used.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preferences {
    /// After so many days an opinion counts half.
    pub half_life_days: u32,
    /// By how much the strategy `adaptive` is moved at the most, 0 (not at all) to 1.
    pub influence: f64,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { half_life_days: USUAL_HALF_LIFE_DAYS, influence: USUAL_INFLUENCE }
    }
}

impl Preferences {
    /// What cannot be meant about them.
    pub fn problem(&self) -> Option<&'static str> {
        if !(1..=3_650).contains(&self.half_life_days) {
            return Some("`half_life_days` is a number from 1 to 3650");
        }
        (!(0.0..=1.0).contains(&self.influence)).then_some("`influence` is a number from 0 to 1")
    }

    fn half_life(&self) -> Duration {
        Duration::from_secs(u64::from(self.half_life_days.max(1)) * 86_400)
    }
}

/// What somebody said about an answer. Marks are from 0 (bad) to 1 (good).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Opinion {
    /// When.
    pub at: Timestamp,
    /// Who answered, `provider/model`.
    pub deployment: String,
    /// What kind of task it was, where that is known.
    pub task: Option<String>,
    /// A thumb: up is 1, down is 0.
    pub thumb: Option<f64>,
    /// How good the answer was.
    pub quality: Option<f64>,
    /// How quick.
    pub speed: Option<f64>,
    /// Whether it was worth its price.
    pub cost: Option<f64>,
    /// How useful.
    pub usefulness: Option<f64>,
    /// The provider that should rather have answered.
    pub preferred_provider: Option<String>,
}

impl Opinion {
    /// All of it in one number from 0 to 1: the thumb, or the mean of the marks.
    pub fn score(&self) -> Option<f64> {
        let marks: Vec<f64> =
            [self.quality, self.speed, self.cost, self.usefulness].into_iter().flatten().collect();
        let mean = (!marks.is_empty()).then(|| marks.iter().sum::<f64>() / marks.len() as f64);
        self.thumb.or(mean).map(|score| score.clamp(0.0, 1.0))
    }
}

/// A fading sum of scores.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Fading {
    weight: f64,
    sum: f64,
    at: Timestamp,
}

impl Fading {
    fn add(&mut self, score: f64, at: Timestamp, half_life: Duration) {
        // Opinions may come in any order; each counts by its own age.
        let (kept, new) = if at >= self.at {
            (fade(at.since(self.at), half_life), 1.0)
        } else {
            (1.0, fade(self.at.since(at), half_life))
        };
        *self = Self {
            weight: self.weight * kept + new,
            sum: self.sum * kept + score * new,
            at: self.at.max(at),
        };
    }

    /// With the sums as they count now, drawn towards `general`.
    fn drawn(&self, general: f64, now: Timestamp, half_life: Duration) -> f64 {
        let kept = fade(now.since(self.at), half_life);
        (self.sum * kept + PRIOR * general) / (self.weight * kept + PRIOR)
    }

    fn weight(&self, now: Timestamp, half_life: Duration) -> f64 {
        self.weight * fade(now.since(self.at), half_life)
    }
}

fn fade(age: Duration, half_life: Duration) -> f64 {
    0.5_f64.powf(age.as_secs_f64() / half_life.as_secs_f64())
}

/// What one person thinks.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Profile {
    settings: Preferences,
    providers: BTreeMap<String, Fading>,
    deployments: BTreeMap<String, Fading>,
    /// By deployment, then by task.
    tasks: BTreeMap<String, BTreeMap<String, Fading>>,
}

/// What one person thinks of a deployment.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Which.
    pub deployment: String,
    /// For which kind of task; all where not said.
    pub task: Option<String>,
    /// The score, 0 to 1.
    pub score: f64,
    /// As many opinions it counts now.
    pub weight: f64,
}

impl Profile {
    /// The profile that these opinions make.
    pub fn new<'a>(settings: Preferences, opinions: impl Iterator<Item = &'a Opinion>) -> Self {
        let mut profile = Self { settings, ..Self::default() };
        opinions.for_each(|opinion| profile.add(opinion));
        profile
    }

    /// How it is used.
    pub fn settings(&self) -> Preferences {
        self.settings
    }

    /// Takes an opinion in.
    fn add(&mut self, opinion: &Opinion) {
        let (at, half_life) = (opinion.at, self.settings.half_life());
        let provider = provider_of(&opinion.deployment);
        if let Some(preferred) = opinion.preferred_provider.as_deref() {
            self.providers.entry(preferred.to_owned()).or_default().add(1.0, at, half_life);
            if preferred != provider {
                self.providers.entry(provider.to_owned()).or_default().add(0.0, at, half_life);
            }
        }
        let Some(score) = opinion.score() else { return };
        self.providers.entry(provider.to_owned()).or_default().add(score, at, half_life);
        self.deployments.entry(opinion.deployment.clone()).or_default().add(score, at, half_life);
        if let Some(task) = &opinion.task {
            let tasks = self.tasks.entry(opinion.deployment.clone()).or_default();
            tasks.entry(task.clone()).or_default().add(score, at, half_life);
        }
    }

    /// How much a deployment is preferred for a kind of task, 0 to 1; `None` where nobody has said anything about it or
    /// its provider that still counts.
    pub fn preference(&self, deployment: &str, task: Option<&str>, now: Timestamp) -> Option<f64> {
        let half_life = self.settings.half_life();
        let counts = |fading: &&Fading| fading.weight(now, half_life) >= LEAST_WEIGHT;
        let provider = self.providers.get(provider_of(deployment)).filter(counts);
        let own = self.deployments.get(deployment).filter(counts);
        if provider.is_none() && own.is_none() {
            return None;
        }
        let for_task = task.and_then(|task| self.tasks.get(deployment)?.get(task));
        let mut score = MIDDLE;
        for fading in [provider, own, for_task].into_iter().flatten() {
            score = fading.drawn(score, now, half_life);
        }
        Some(score)
    }

    /// What is thought of every deployment that there is an opinion of, the best first; in general, then by task.
    pub fn standings(&self, now: Timestamp) -> Vec<Standing> {
        let half_life = self.settings.half_life();
        let standing = |deployment: &str, task: Option<&str>, fading: &Fading| Standing {
            deployment: deployment.to_owned(),
            task: task.map(str::to_owned),
            score: self.preference(deployment, task, now).unwrap_or(MIDDLE),
            weight: fading.weight(now, half_life),
        };
        let general = self.deployments.iter().map(|(id, fading)| standing(id, None, fading));
        let by_task = self
            .tasks
            .iter()
            .flat_map(|(id, tasks)| tasks.iter().map(move |(task, fading)| standing(id, Some(task), fading)));
        let mut standings: Vec<Standing> =
            general.chain(by_task).filter(|one| one.weight >= LEAST_WEIGHT).collect();
        standings.sort_by(|one, other| {
            one.task
                .cmp(&other.task)
                .then(other.score.total_cmp(&one.score))
                .then(one.deployment.cmp(&other.deployment))
        });
        standings
    }
}

/// The provider of `provider/model`.
pub fn provider_of(deployment: &str) -> &str {
    deployment.split_once('/').map_or(deployment, |(provider, _)| provider)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(day: u64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000).plus(Duration::from_secs(day * 86_400))
    }

    fn thumb(deployment: &str, up: bool, at: u64) -> Opinion {
        let thumb = Some(if up { 1.0 } else { 0.0 });
        Opinion { at: day(at), deployment: deployment.into(), thumb, ..Opinion::default() }
    }

    fn profile(opinions: &[Opinion]) -> Profile {
        Profile::new(Preferences::default(), opinions.iter())
    }

    #[test]
    fn without_an_opinion_there_is_no_preference() {
        assert_eq!(Profile::default().preference("a/x", None, day(0)), None);
        let one = profile(&[thumb("a/x", true, 0)]);
        assert_eq!(one.preference("b/y", None, day(0)), None);
        // A comment alone is no score.
        let silent = Opinion { thumb: None, ..thumb("a/x", true, 0) };
        assert_eq!(profile(&[silent]).preference("a/x", None, day(0)), None);
    }

    #[test]
    fn a_thumb_says_little_many_say_much_and_old_ones_less() {
        let one = profile(&[thumb("a/x", true, 0)]);
        let score = |profile: &Profile, at| profile.preference("a/x", None, day(at)).unwrap();
        // Of the provider 0.5 + 1 of 4 + 1: 0.6; of the deployment (4 x 0.6 + 1) / 5.
        assert!((score(&one, 0) - 0.68).abs() < 1e-9);
        let many = profile(&vec![thumb("a/x", true, 0); 20]);
        assert!(score(&many, 0) > 0.95);
        // After a half-life an opinion counts half.
        assert!((one.standings(day(30))[0].weight - 0.5).abs() < 1e-9);
        assert!(score(&many, 30) < score(&many, 0) && score(&many, 300) < 0.6);
        // In the end it is forgotten.
        assert_eq!(many.preference("a/x", None, day(400)), None);
        // Somebody who changed their mind is believed.
        let changed: Vec<Opinion> =
            (0..10).map(|_| thumb("a/x", true, 0)).chain((0..5).map(|_| thumb("a/x", false, 120))).collect();
        assert!(score(&profile(&changed), 120) < 0.4);
    }

    #[test]
    fn tasks_and_providers_count_for_what_they_are() {
        let coding =
            |deployment: &str, up| Opinion { task: Some("coding".into()), ..thumb(deployment, up, 0) };
        let mut opinions: Vec<Opinion> = (0..6).map(|_| coding("a/x", true)).collect();
        opinions.extend((0..6).map(|_| Opinion { task: Some("chat".into()), ..thumb("a/x", false, 0) }));
        let mixed = profile(&opinions);
        let of = |task| mixed.preference("a/x", task, day(0)).unwrap();
        assert!(of(Some("coding")) > 0.75 && of(Some("chat")) < 0.25);
        assert!((of(None) - 0.5).abs() < 1e-9 && (of(Some("maths")) - 0.5).abs() < 1e-9);
        // Another model of the same provider is known by the provider.
        assert!(profile(&[coding("a/x", true)]).preference("a/other", None, day(0)).unwrap() > 0.5);
        let wished = Opinion { thumb: None, preferred_provider: Some("b".into()), ..thumb("a/x", true, 0) };
        let wish = profile(&[wished]);
        assert!(wish.preference("b/y", None, day(0)).unwrap() > 0.5);
        assert!(wish.preference("a/x", None, day(0)).unwrap() < 0.5);
    }

    #[test]
    fn marks_make_a_score_and_a_thumb_goes_before_them() {
        let marks = Opinion { quality: Some(1.0), cost: Some(0.5), ..Opinion::default() };
        assert_eq!(marks.score(), Some(0.75));
        assert_eq!(Opinion { thumb: Some(0.0), ..marks }.score(), Some(0.0));
        assert_eq!(Opinion::default().score(), None);
        assert!(Preferences { half_life_days: 0, ..Preferences::default() }.problem().is_some());
        assert!(Preferences { influence: f64::NAN, ..Preferences::default() }.problem().is_some());
        assert_eq!(Preferences::default().problem(), None);
    }

    proptest! {
        /// Opinions add up to the same in whichever order they come.
        #[test]
        fn the_order_does_not_matter(
            opinions in prop::collection::vec((0_usize..3, any::<bool>(), 0_u64..200), 1..30), seed in any::<u64>(),
        ) {
            let all: Vec<Opinion> = opinions
                .iter()
                .map(|(which, up, at)| thumb(["a/x", "a/y", "b/z"][*which], *up, *at))
                .collect();
            let mut shuffled = all.clone();
            for at in (1..shuffled.len()).rev() {
                shuffled.swap(at, (seed.wrapping_mul(at as u64 + 7) % (at as u64 + 1)) as usize);
            }
            let (one, other) = (profile(&all), profile(&shuffled));
            for deployment in ["a/x", "a/y", "b/z"] {
                let (one, other) =
                    (one.preference(deployment, None, day(200)), other.preference(deployment, None, day(200)));
                prop_assert_eq!(one.is_some(), other.is_some());
                if let (Some(one), Some(other)) = (one, other) {
                    prop_assert!((0.0..=1.0).contains(&one) && (one - other).abs() < 1e-9);
                }
            }
        }
    }
}
