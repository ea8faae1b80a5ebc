//! What an experiment is: what is compared, for whose requests, by what, and when it ends.

use crate::assign::Sticky;
use serde::{Deserialize, Serialize};
use std::{collections::HashSet, fmt, str::FromStr};

/// Most variants of one experiment.
pub const MOST_VARIANTS: usize = 8;
/// Most results of one experiment.
pub const MOST_RESULTS: u64 = 1_000_000;
/// Longest name of an experiment or a variant.
const MOST_NAME_CHARS: usize = 40;
/// Longest text that may be put in front of prompts, in bytes.
const MOST_PREFIX_BYTES: usize = 16_384;

/// Makes a closed set of names with `as_str`, `FromStr` and `Display`.
macro_rules! names {
    ($(#[$outer:meta])* $name:ident, $what:literal { $($(#[$inner:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$inner])* $variant),+ }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The stable name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let known = || Self::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", ");
                Self::ALL.iter().copied().find(|one| one.as_str() == text).ok_or_else(|| UnknownName {
                    name: text.chars().take(60).collect(),
                    what: $what,
                    known: known(),
                })
            }
        }
    };
}
pub(crate) use names;

/// A word that is none of those there are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not {what} (one of {known})")]
pub struct UnknownName {
    /// The word.
    pub name: String,
    /// What it should be.
    pub what: &'static str,
    /// What there is.
    pub known: String,
}

names! {
    /// What is compared.
    Kind, "a kind of experiment" {
        /// Deployments or routes.
        Model = "model",
        /// Strategies, balancers, and calls at a time.
        Load = "load",
        /// Parameters of requests.
        Feature = "feature",
    }
}

names! {
    /// Where an experiment stands.
    Status, "a state of an experiment" {
        /// Made, and not begun.
        Planning = "planning",
        /// Requests are given variants.
        Running = "running",
        /// It waits; requests go their usual way.
        Paused = "paused",
        /// It is over, with a result or without.
        Completed = "completed",
        /// A variant did harm, so it was stopped.
        Failed = "failed",
    }
}

impl Status {
    /// Whether it may go on to that state.
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Planning | Self::Paused, Self::Running)
                | (Self::Running, Self::Paused | Self::Completed | Self::Failed)
                | (Self::Paused, Self::Completed | Self::Failed)
        )
    }

    /// Whether it is over.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

names! {
    /// By what variants are compared.
    Metric, "something that can be compared" {
        /// The share of requests that the variant answered.
        Success = "success",
        /// The time of whole answers.
        Latency = "latency",
        /// The time until an answer begins.
        FirstToken = "first_token",
        /// The cost of an answer.
        Cost = "cost",
        /// How quickly an answer comes once it has begun.
        TokensPerSecond = "tokens_per_second",
        /// What people thought of the answers, 0 to 1.
        Rating = "rating",
    }
}

impl Metric {
    /// Whether more of it is better.
    pub const fn more_is_better(self) -> bool {
        match self {
            Self::Success | Self::TokensPerSecond | Self::Rating => true,
            Self::Latency | Self::FirstToken | Self::Cost => false,
        }
    }

    /// Whether differences are told in points of a share; the others are told in percent of the first variant.
    pub const fn is_share(self) -> bool {
        matches!(self, Self::Success | Self::Rating)
    }
}

/// An experiment as it was planned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Design {
    /// Its name, which is part of the label of each exchange.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// What is compared.
    pub kind: Kind,
    /// The route or model whose requests take part.
    pub target: String,
    /// What always gets the same variant.
    pub sticky: Sticky,
    /// What is compared; the first is what the others are compared with.
    pub variants: Vec<Variant>,
    /// By what.
    pub goal: Metric,
    /// How often a difference may be found where there is none, at the most.
    pub alpha: f64,
    /// The least difference that matters: in points of shares and ratings (0.02), or as a part of the others (0.1).
    pub effect: f64,
    /// When it ends at the latest: results of all variants together.
    pub max_results: u64,
    /// When a variant does harm.
    #[serde(default)]
    pub guards: Guards,
}

/// When a variant does so much harm that the experiment is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Guards {
    /// It surely fails more often than the first, by more than so many points (0.05).
    pub failures: Option<f64>,
    /// It surely costs more than the first, by more than this part of it (1.0: twice as much).
    pub cost: Option<f64>,
}

/// One of what is compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// Its name, which is part of the label of each exchange.
    pub name: String,
    /// How much of the requests it gets, beside the other shares.
    pub share: f64,
    /// What is different.
    pub change: Change,
}

/// What a variant changes of a request's way.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Change {
    /// This deployment is asked first, or this route instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The deployments of the route are chosen by this strategy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
    /// The load is spread by this balancer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balancer: Option<String>,
    /// Most calls at a time; the next wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallel: Option<u32>,
    /// The temperature is this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// An answer has at most so many tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<u64>,
    /// This text stands in front of the prompt, as a system message of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_prefix: Option<String>,
    /// How long replies are kept for identical requests, in seconds; 0 switches that off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_ttl_seconds: Option<u64>,
    /// Whether a conversation that is too long is made to fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fit_context: Option<bool>,
}

impl Change {
    /// Whether it has a setting of models, of load, and of requests.
    fn kinds(&self) -> [(Kind, bool); 3] {
        [
            (Kind::Model, self.model.is_some()),
            (Kind::Load, self.strategy.is_some() || self.balancer.is_some() || self.parallel.is_some()),
            (
                Kind::Feature,
                self.temperature.is_some()
                    || self.max_output_tokens.is_some()
                    || self.system_prefix.is_some()
                    || self.cache_ttl_seconds.is_some()
                    || self.fit_context.is_some(),
            ),
        ]
    }

    /// Whether the body of a request has to be written anew.
    pub fn rewrites(&self) -> bool {
        self.temperature.is_some() || self.max_output_tokens.is_some() || self.system_prefix.is_some()
    }
}

/// Something of a design that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field, such as `variants.b.share`.
    pub field: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: &'static str,
}

impl Design {
    /// How many variants are compared with the first.
    pub fn comparisons(&self) -> usize {
        self.variants.len().saturating_sub(1).max(1)
    }

    /// The alpha of each comparison, so that all of them together are wrong as seldom as was asked (Bonferroni).
    pub fn alpha_each(&self) -> f64 {
        self.alpha / self.comparisons() as f64
    }

    /// The variant of this name.
    pub fn variant(&self, name: &str) -> Option<&Variant> {
        self.variants.iter().find(|variant| variant.name == name)
    }

    /// The label of an exchange that got this variant.
    pub fn tag(&self, variant: &str) -> String {
        format!("experiment:{}={variant}", self.name)
    }

    /// Everything about it that cannot be meant, as far as that can be seen without knowing what can be called.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut add = |field: &str, message: String, hint| {
            problems.push(Problem { field: field.to_owned(), message, hint });
        };
        if let Some(message) = bad_name(&self.name) {
            add("name", message, "use up to 40 letters, digits, `-`, `_` and `.`, such as `cheaper-model`");
        }
        if self.target.trim().is_empty() {
            add(
                "target",
                "there is nothing to experiment with".into(),
                "name a route, or a model as `provider/model`",
            );
        }
        if !(self.alpha >= 0.001 && self.alpha <= 0.2) {
            add(
                "alpha",
                format!("`{}` cannot be an error rate", self.alpha),
                "use 0.001 to 0.2; 0.05 is usual",
            );
        }
        let most = if self.goal.is_share() { 0.5 } else { 10.0 };
        if !(self.effect >= 0.001 && self.effect <= most) {
            let hint = "use 0.02 for two points of a share, or 0.1 for a tenth of a time or a cost";
            add("effect", format!("`{}` cannot be the least difference that matters", self.effect), hint);
        }
        if !(20..=MOST_RESULTS).contains(&self.max_results) {
            let hint = "use 20 to 1000000; the page says how many a difference needs";
            add("max_results", format!("`{}` results cannot be the end", self.max_results), hint);
        }
        let guards =
            [("guards.failures", self.guards.failures, 1.0), ("guards.cost", self.guards.cost, 100.0)];
        for (field, guard, most) in guards {
            if guard.is_some_and(|guard| !(guard >= 0.0 && guard <= most)) {
                add(
                    field,
                    "this is no guard".into(),
                    "use 0.05 for five points more failures, 1 for twice the cost",
                );
            }
        }
        problems.extend(self.variant_problems());
        problems
    }

    fn variant_problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut add = |field: String, message: String, hint| problems.push(Problem { field, message, hint });
        if !(2..=MOST_VARIANTS).contains(&self.variants.len()) {
            let message = format!("an experiment cannot have {} variants", self.variants.len());
            add("variants".into(), message, "give two to eight");
        }
        let mut names = HashSet::new();
        let mut changes: Vec<&Change> = Vec::new();
        for variant in &self.variants {
            let field = |of: &str| format!("variants.{}.{of}", variant.name);
            if let Some(message) = bad_name(&variant.name) {
                add("variants".into(), message, "use up to 40 letters, digits, `-`, `_` and `.`");
            } else if !names.insert(&variant.name) {
                add(
                    "variants".into(),
                    format!("`{}` stands here twice", variant.name),
                    "give each its own name",
                );
            }
            if !(variant.share > 0.0 && variant.share <= 1e6) {
                let message = format!("`{}` is no share", variant.share);
                add(field("share"), message, "use a number above 0, such as 1 for each");
            }
            if changes.contains(&&variant.change) {
                let message = format!("`{}` is the same as another variant", variant.name);
                add(field("change"), message, "change something, or leave it out");
            }
            changes.push(&variant.change);
            for (kind, has) in variant.change.kinds() {
                if has && kind != self.kind {
                    let message = format!(
                        "a setting of the kind `{kind}` in an experiment of the kind `{}`",
                        self.kind
                    );
                    add(
                        field("change"),
                        message,
                        "change one kind of thing at a time, or nobody knows what it was",
                    );
                }
            }
            if self.kind == Kind::Model && variant.change.model.is_none() {
                add(
                    field("change.model"),
                    "no model is named".into(),
                    "name a route, or a model as `provider/model`",
                );
            }
            if variant.change.parallel == Some(0) {
                add(field("change.parallel"), "nothing can be called".into(), "use a number from 1");
            }
            if variant.change.temperature.is_some_and(|temperature| !(0.0..=2.0).contains(&temperature)) {
                add(field("change.temperature"), "this is no temperature".into(), "use 0 to 2");
            }
            if variant.change.max_output_tokens == Some(0) {
                add(
                    field("change.max_output_tokens"),
                    "an answer needs tokens".into(),
                    "use a number from 1",
                );
            }
            if variant.change.system_prefix.as_ref().is_some_and(|text| text.len() > MOST_PREFIX_BYTES) {
                add(field("change.system_prefix"), "the text is too long".into(), "use at most 16384 bytes");
            }
        }
        problems
    }
}

fn bad_name(name: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let fits = !name.is_empty() && name.chars().count() <= MOST_NAME_CHARS && name.chars().all(plain);
    (!fits).then(|| format!("`{}` cannot be a name", name.chars().take(60).collect::<String>()))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn design() -> Design {
        let variant = |name: &str, model: &str| Variant {
            name: name.into(),
            share: 1.0,
            change: Change { model: Some(model.into()), ..Change::default() },
        };
        Design {
            name: "cheaper".into(),
            description: String::new(),
            kind: Kind::Model,
            target: "main".into(),
            sticky: Sticky::Conversation,
            variants: vec![variant("a", "p/x"), variant("b", "p/y")],
            goal: Metric::Success,
            alpha: 0.05,
            effect: 0.05,
            max_results: 10_000,
            guards: Guards::default(),
        }
    }

    #[test]
    fn states_go_on_as_they_may() {
        use Status::{Completed, Failed, Paused, Planning, Running};
        let allowed = [
            (Planning, Running),
            (Running, Paused),
            (Running, Completed),
            (Running, Failed),
            (Paused, Running),
            (Paused, Completed),
            (Paused, Failed),
        ];
        for from in Status::ALL {
            for to in Status::ALL {
                assert_eq!(from.may_become(*to), allowed.contains(&(*from, *to)), "{from} to {to}");
            }
            assert_eq!(from.as_str().parse(), Ok(*from));
        }
        let error = "over".parse::<Status>().unwrap_err().to_string();
        assert_eq!(
            error,
            "`over` is not a state of an experiment (one of planning, running, paused, completed, failed)"
        );
    }

    #[test]
    fn what_cannot_be_meant_is_named_with_its_field() {
        assert_eq!(design().problems(), []);
        type Case = (fn(&mut Design), &'static str);
        let cases: [Case; 19] = [
            (|it| it.name = "a b".into(), "name"),
            (|it| it.name = "x=y".into(), "name"),
            (|it| it.target = " ".into(), "target"),
            (|it| it.alpha = 0.5, "alpha"),
            (|it| it.alpha = f64::NAN, "alpha"),
            (|it| it.effect = 0.0, "effect"),
            (|it| it.effect = 0.9, "effect"),
            (|it| it.max_results = 3, "max_results"),
            (|it| it.guards.failures = Some(-0.1), "guards.failures"),
            (|it| it.guards.cost = Some(f64::NAN), "guards.cost"),
            (|it| it.variants.truncate(1), "variants"),
            (|it| it.variants[1].name = "a".into(), "variants"),
            (|it| it.variants[1].name = String::new(), "variants"),
            (|it| it.variants[1].share = 0.0, "variants.b.share"),
            (|it| it.variants[1].change = it.variants[0].change.clone(), "variants.b.change"),
            (|it| it.variants[1].change.temperature = Some(0.1), "variants.b.change"),
            (|it| it.variants[1].change.model = None, "variants.b.change.model"),
            (
                |it| {
                    it.kind = Kind::Load;
                    it.variants[0].change = Change::default();
                    it.variants[1].change = Change { parallel: Some(0), ..Change::default() };
                },
                "variants.b.change.parallel",
            ),
            (
                |it| {
                    it.kind = Kind::Feature;
                    it.variants[0].change = Change::default();
                    it.variants[1].change = Change { temperature: Some(9.0), ..Change::default() };
                },
                "variants.b.change.temperature",
            ),
        ];
        for (position, (change, field)) in cases.into_iter().enumerate() {
            let mut changed = design();
            change(&mut changed);
            let problems = changed.problems();
            let [problem] = problems.as_slice() else { panic!("{position} {field}: {problems:?}") };
            assert_eq!(problem.field, field);
            assert!(!problem.message.is_empty() && !problem.hint.is_empty());
        }
    }
}
