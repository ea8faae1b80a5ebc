//! What the configuration says: of one route, `[routes.NAME]` (what may answer, how one of it is chosen, and what
//! happens when it does not answer), of retries, of breakers and of limits.

use crate::limit::Limits;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// One route: `[routes.NAME]`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteConfig {
    /// What may answer, as `provider/model`: the primary tier, the preferred one first.
    pub deployments: Vec<String>,
    /// How the next one is chosen among those of a tier.
    #[serde(default)]
    pub strategy: Strategy,
    /// What counts how much for the strategies `weighted` and `adaptive`.
    #[serde(default)]
    pub weights: Weights,
    /// How the strategy `load_balanced` spreads the load.
    #[serde(default)]
    pub balancer: Balancer,
    /// Share of each deployment, for the balancer `weighted`; one that is not named has 1.
    #[serde(default)]
    pub shares: BTreeMap<String, u32>,
    /// Asked when nothing of the primary tier answers.
    #[serde(default)]
    pub secondary: Vec<String>,
    /// Asked when nothing of the secondary tier answers either.
    #[serde(default)]
    pub tertiary: Vec<String>,
    /// The last resort.
    #[serde(default)]
    pub emergency: Vec<String>,
    /// What may be given up before giving up.
    #[serde(default)]
    pub degrade: Vec<Degrade>,
    /// What happens to a conversation that is longer than the model's window.
    #[serde(default)]
    pub context: ContextMode,
    /// How long replies of this route are kept for identical requests, in seconds; 0 never. Where not
    /// set, the cache's own `ttl_seconds` counts.
    #[serde(default)]
    pub cache_ttl_seconds: Option<u64>,
    /// Answers requests whose last turn means the same from the cache, where the route keeps replies.
    #[serde(default)]
    pub semantic_cache: Option<SemanticCache>,
    /// What is done about providers' prompt caches; where not set, they are used.
    #[serde(default)]
    pub prompt_caching: Option<PromptCaching>,
    /// Lets requests wait while everything is busy; where not set, they are refused.
    #[serde(default)]
    pub queue: Option<QueueConfig>,
}

/// How replies are found for requests that mean the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SemanticCache {
    /// Who says what a text means: a model that embeds, as `provider/model`.
    pub embedder: String,
    /// From which cosine on two texts mean the same, above 0 up to 1.
    #[serde(default = "SemanticCache::usual_threshold")]
    pub threshold: f64,
    /// How long the embedder is waited for, in milliseconds.
    #[serde(default = "SemanticCache::usual_patience_ms")]
    pub patience_ms: u64,
}

impl SemanticCache {
    /// The threshold where none is set.
    pub const fn usual_threshold() -> f64 {
        0.95
    }

    /// How long the embedder is waited for where nothing is set, in milliseconds.
    pub const fn usual_patience_ms() -> u64 {
        2_000
    }
}

/// What is done about providers' prompt caches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromptCaching {
    /// Nothing: requests go out as they come.
    Off,
    /// Marks and keys are set where a provider wants such.
    #[default]
    Auto,
    /// The same, and a conversation goes on where its beginning is still cached.
    Sticky,
}

/// How the next deployment is chosen among those of a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// In the order in which they are written.
    #[default]
    Ordered,
    /// The cheapest for this request.
    Cost,
    /// The one that is likely to answer soonest.
    Speed,
    /// The best model.
    Quality,
    /// The one that fails least.
    Reliability,
    /// As the balancer says.
    LoadBalanced,
    /// The one that has done best lately for requests like this; tries the others now and then.
    Adaptive,
    /// The best by the route's weights.
    Weighted,
}

/// How load is spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Balancer {
    /// Each in turn.
    #[default]
    RoundRobin,
    /// The one with the fewest calls under way.
    LeastConnections,
    /// Each by its share.
    Weighted,
    /// Of two taken at random, the one whose first token is expected sooner.
    Fastest,
}

/// What may be given up before giving up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Degrade {
    /// A smaller model of the same family may answer.
    SmallerModel,
    /// The answer may be shorter, and turns of the conversation may be left out.
    FewerTokens,
}

/// What happens to a conversation that is longer than the model's window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContextMode {
    /// It is sent as it is, and refused where it cannot fit.
    #[default]
    Whole,
    /// It is made to fit before it is sent, and the caller is told what was left out.
    Fit,
}

/// When a deployment of a route has its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FallbackTier {
    /// First.
    #[default]
    Primary,
    /// When nothing of the primary tier answers.
    Secondary,
    /// When nothing of the secondary tier answers either.
    Tertiary,
    /// The last resort.
    Emergency,
    /// A smaller model of the family of another member.
    Degraded,
}

/// How much each factor counts: numbers from 0, of which not all are 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weights {
    /// A low price.
    pub cost: f64,
    /// A quick answer.
    pub speed: f64,
    /// A good model.
    pub quality: f64,
    /// Few failures.
    pub reliability: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { cost: 1.0, speed: 1.0, quality: 1.0, reliability: 1.0 }
    }
}

/// A queue before a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QueueConfig {
    /// Most requests that wait.
    pub length: u32,
    /// Longest wait, in seconds.
    pub wait_seconds: u64,
}

impl Default for QueueConfig {
    fn default() -> Self {
        Self { length: 100, wait_seconds: 30 }
    }
}

/// Retries and fallback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetryConfig {
    /// How often every deployment of a route is tried at the most.
    pub max_rounds: u32,
    /// Longest wait before the second round, in milliseconds; doubles with each round.
    pub base_delay_ms: u64,
    /// Longest wait between rounds, in milliseconds.
    pub max_delay_ms: u64,
    /// How long after its arrival a request may still be sent to another deployment, in seconds.
    pub deadline_seconds: u64,
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self { max_rounds: 3, base_delay_ms: 500, max_delay_ms: 8_000, deadline_seconds: 60 }
    }
}

/// The circuit breaker of each deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BreakerConfig {
    /// How far back outcomes count, in seconds.
    pub window_seconds: u64,
    /// Failures in the window from which the deployment may be left alone.
    pub min_failures: u32,
    /// Share of failures in the window from which it is left alone, in percent.
    pub failure_percent: u32,
    /// How long it is left alone at first, in seconds; doubles each time a probe fails.
    pub rest_seconds: u64,
    /// How long it is left alone at the most, in seconds.
    pub max_rest_seconds: u64,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self {
            window_seconds: 60,
            min_failures: 5,
            failure_percent: 50,
            rest_seconds: 15,
            max_rest_seconds: 300,
        }
    }
}

/// Limits besides those of virtual keys, which are made with them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Of each user: their page, their terminal and all of their keys together.
    pub user: Limits,
    /// Of providers, by name: all of its deployments together.
    pub providers: BTreeMap<String, Limits>,
    /// Of deployments, by `provider/model`.
    pub deployments: BTreeMap<String, Limits>,
}

/// Why a text names nothing that a route has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {what} (one of {})", .known.join(", "))]
pub struct ParseRouteWordError {
    text: String,
    what: &'static str,
    known: Vec<&'static str>,
}

/// Gives a closed set of words its names and a way to read them.
macro_rules! words {
    ($type:ident, $what:literal, { $($variant:ident => $name:literal),* $(,)? }) => {
        impl $type {
            /// Every one, for help texts and errors.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),*
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = ParseRouteWordError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text).ok_or_else(|| ParseRouteWordError {
                    text: text.to_owned(),
                    what: $what,
                    known: Self::ALL.iter().map(|word| word.as_str()).collect(),
                })
            }
        }
    };
}

words!(Strategy, "strategy", {
    Ordered => "ordered",
    Cost => "cost",
    Speed => "speed",
    Quality => "quality",
    Reliability => "reliability",
    LoadBalanced => "load_balanced",
    Adaptive => "adaptive",
    Weighted => "weighted",
});
words!(Balancer, "balancer", {
    RoundRobin => "round_robin",
    LeastConnections => "least_connections",
    Weighted => "weighted",
    Fastest => "fastest",
});
words!(PromptCaching, "way of prompt caching", {
    Off => "off",
    Auto => "auto",
    Sticky => "sticky",
});
words!(Degrade, "degradation", {
    SmallerModel => "smaller_model",
    FewerTokens => "fewer_tokens",
});
words!(ContextMode, "way with long conversations", {
    Whole => "whole",
    Fit => "fit",
});
words!(FallbackTier, "tier", {
    Primary => "primary",
    Secondary => "secondary",
    Tertiary => "tertiary",
    Emergency => "emergency",
    Degraded => "degraded",
});

/// Something about a route that cannot be meant so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteProblem {
    /// The setting, such as `deployments`; empty for the route's name.
    pub key: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<&'static str>,
}

impl RouteConfig {
    /// A route through these deployments in order.
    pub fn ordered(deployments: Vec<String>) -> Self {
        Self { deployments, ..Self::default() }
    }

    /// The members by tier, in the order in which they have their turn.
    pub fn tiers(&self) -> impl Iterator<Item = (FallbackTier, &String)> {
        let lists = [
            (FallbackTier::Primary, &self.deployments),
            (FallbackTier::Secondary, &self.secondary),
            (FallbackTier::Tertiary, &self.tertiary),
            (FallbackTier::Emergency, &self.emergency),
        ];
        lists.into_iter().flat_map(|(tier, ids)| ids.iter().map(move |id| (tier, id)))
    }

    /// Everything about it that the types cannot say, for a route of this name.
    pub fn problems(&self, name: &str) -> Vec<RouteProblem> {
        let mut problems = Vec::new();
        let mut add = |key, message: String, hint| problems.push(RouteProblem { key, message, hint });
        if name.is_empty() || name.contains('/') || name.chars().any(|c| c.is_whitespace() || c.is_control())
        {
            let hint = "use a name without `/` and spaces: `provider/model` names a model";
            add("", format!("`{name}` cannot be a route's name"), Some(hint));
        }
        if self.deployments.is_empty() {
            add("deployments", "a route needs at least one deployment".to_owned(), None);
        }
        let mut seen: BTreeMap<&str, FallbackTier> = BTreeMap::new();
        for (tier, id) in self.tiers() {
            let key = if tier == FallbackTier::Primary { "deployments" } else { tier.as_str() };
            let halves = id.split_once('/');
            if !halves.is_some_and(|(provider, model)| !provider.is_empty() && !model.is_empty()) {
                let hint = "write `provider/model`, such as `openai/gpt-4o-mini`";
                add(key, format!("`{id}` is not a deployment"), Some(hint));
            }
            match seen.insert(id, tier) {
                Some(other) if other == tier => add(key, format!("`{id}` stands here twice"), None),
                Some(other) => {
                    let hint =
                        "name it in one tier only; those of a later tier are asked when those before fail";
                    add(key, format!("`{id}` stands in the tier `{other}` already"), Some(hint));
                }
                None => {}
            }
        }
        if let Some(semantic) = &self.semantic_cache {
            let halves = semantic.embedder.split_once('/');
            if !halves.is_some_and(|(provider, model)| !provider.is_empty() && !model.is_empty()) {
                let hint = "write `provider/model`, such as `openai/text-embedding-3-small`";
                add("semantic_cache", format!("`{}` is not an embedder", semantic.embedder), Some(hint));
            }
            if !(semantic.threshold > 0.0 && semantic.threshold <= 1.0) {
                let hint = "0.95 is careful, 0.90 finds more and is wrong more often";
                let message = format!("`{}` is not a threshold above 0 up to 1", semantic.threshold);
                add("semantic_cache", message, Some(hint));
            }
            if self.cache_ttl_seconds == Some(0) {
                let hint = "give `cache_ttl_seconds` the time for which replies are kept";
                add("semantic_cache", "the route keeps no replies".to_owned(), Some(hint));
            }
        }
        self.weight_problems(&mut add);
        for (id, share) in &self.shares {
            if !seen.contains_key(id.as_str()) {
                let hint = "shares are given to deployments of the route";
                add("shares", format!("`{id}` is not a deployment of this route"), Some(hint));
            }
            if *share == 0 {
                let hint = "take it out of the route, or put it into a later tier";
                add("shares", format!("`{id}` has a share of nothing"), Some(hint));
            }
        }
        if !self.shares.is_empty()
            && (self.strategy, self.balancer) != (Strategy::LoadBalanced, Balancer::Weighted)
        {
            let hint =
                "set `strategy = \"load_balanced\"` and `balancer = \"weighted\"`, or leave `shares` out";
            add("shares", "shares count for the balancer `weighted` only".to_owned(), Some(hint));
        }
        if self.balancer != Balancer::default() && self.strategy != Strategy::LoadBalanced {
            let message = format!("the strategy `{}` has no balancer", self.strategy);
            let hint = "set `strategy = \"load_balanced\"`, or leave `balancer` out";
            add("balancer", message, Some(hint));
        }
        if let Some(queue) = self.queue
            && (queue.length == 0 || queue.wait_seconds == 0)
        {
            let hint = "give `length` and `wait_seconds` numbers from 1, or leave `queue` out";
            add("queue", "nobody can wait in this queue".to_owned(), Some(hint));
        }
        problems
    }

    fn weight_problems(&self, add: &mut impl FnMut(&'static str, String, Option<&'static str>)) {
        let Weights { cost, speed, quality, reliability } = self.weights;
        let weights = [cost, speed, quality, reliability];
        if weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0) {
            add("weights", "a weight is a number from 0".to_owned(), None);
        } else if weights.iter().all(|weight| *weight == 0.0) {
            let hint = "give at least one of `cost`, `speed`, `quality`, `reliability` a number above 0";
            add("weights", "all weights are 0".to_owned(), Some(hint));
        } else if self.weights != Weights::default()
            && !matches!(self.strategy, Strategy::Weighted | Strategy::Adaptive)
        {
            let message = format!("the strategy `{}` has no weights", self.strategy);
            let hint = "set `strategy = \"weighted\"` or `\"adaptive\"`, or leave `weights` out";
            add("weights", message, Some(hint));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(json: &str) -> Result<RouteConfig, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_said_is_as_it_always_was() {
        let plain = route(r#"{"deployments": ["a/x"]}"#).unwrap();
        assert_eq!(plain, RouteConfig::ordered(vec!["a/x".into()]));
        assert_eq!(plain.problems("r"), []);
        let queue = route(r#"{"deployments": ["a/x"], "queue": {}}"#).unwrap().queue;
        assert_eq!(queue, Some(QueueConfig { length: 100, wait_seconds: 30 }));
    }

    #[test]
    fn words_that_are_none_are_refused_with_those_that_are() {
        let error = route(r#"{"deployments": ["a/x"], "strategy": "fancy"}"#).unwrap_err();
        assert!(error.contains("unknown variant `fancy`") && error.contains("adaptive"), "{error}");
        let error = "fancy".parse::<Strategy>().unwrap_err().to_string();
        assert!(error.starts_with("`fancy` is not a strategy (one of ordered, cost,"), "{error}");
        for strategy in Strategy::ALL {
            assert_eq!(strategy.as_str().parse(), Ok(*strategy));
            assert_eq!(serde_json::to_value(strategy).unwrap(), strategy.as_str());
        }
        for balancer in Balancer::ALL {
            assert_eq!(serde_json::to_value(balancer).unwrap(), balancer.as_str());
        }
        for tier in FallbackTier::ALL {
            assert_eq!(serde_json::to_value(tier).unwrap(), tier.as_str());
        }
        for degrade in Degrade::ALL {
            assert_eq!(serde_json::to_value(degrade).unwrap(), degrade.as_str());
        }
    }

    #[test]
    fn what_cannot_be_meant_is_named_with_its_setting() {
        let cases = [
            (r#"{"deployments": []}"#, "deployments", "at least one"),
            (r#"{"deployments": ["x"]}"#, "deployments", "`x` is not a deployment"),
            (r#"{"deployments": ["a/x", "a/x"]}"#, "deployments", "twice"),
            (r#"{"deployments": ["a/x"], "emergency": ["a/x"]}"#, "emergency", "tier `primary` already"),
            (r#"{"deployments": ["a/x"], "secondary": ["/y"]}"#, "secondary", "`/y` is not a deployment"),
            (
                r#"{"deployments": ["a/x"], "strategy": "weighted", "weights": {"cost": -1}}"#,
                "weights",
                "from 0",
            ),
            (
                r#"{"deployments": ["a/x"], "strategy": "weighted",
                    "weights": {"cost": 0, "speed": 0, "quality": 0, "reliability": 0}}"#,
                "weights",
                "all weights are 0",
            ),
            (r#"{"deployments": ["a/x"], "weights": {"cost": 2}}"#, "weights", "`ordered` has no weights"),
            (r#"{"deployments": ["a/x"], "balancer": "fastest"}"#, "balancer", "has no balancer"),
            (r#"{"deployments": ["a/x"], "shares": {"a/x": 2}}"#, "shares", "`weighted` only"),
            (
                r#"{"deployments": ["a/x"], "strategy": "load_balanced", "balancer": "weighted",
                    "shares": {"b/y": 2}}"#,
                "shares",
                "`b/y` is not a deployment of this route",
            ),
            (
                r#"{"deployments": ["a/x"], "strategy": "load_balanced", "balancer": "weighted",
                    "shares": {"a/x": 0}}"#,
                "shares",
                "a share of nothing",
            ),
            (r#"{"deployments": ["a/x"], "queue": {"length": 0}}"#, "queue", "nobody can wait"),
        ];
        for (json, key, message) in cases {
            let problems = route(json).unwrap().problems("r");
            let [problem] = problems.as_slice() else { panic!("{json}: {problems:?}") };
            assert_eq!(problem.key, key, "{json}");
            assert!(problem.message.contains(message), "{json}: {problem:?}");
        }
        for name in ["", "a/b", "a b", "a\u{7}"] {
            let problems = RouteConfig::ordered(vec!["a/x".into()]).problems(name);
            assert!(problems.len() == 1 && problems[0].key.is_empty(), "{name}");
        }
    }
}
