//! Tiers: `fast`, `voice` and `thinker` are names to ask for like routes, for callers who care about what an answer
//! is for and not about which model writes it. `auto` looks at the request and asks one of them.
//!
//! A tier is a route that the gateway makes itself ([`members`]) unless the configuration says who is in it, or has
//! a route of that name. How `auto` chooses is a table ([`choice`]); so is what the circumstances change
//! ([`context`]). With `enabled = false` none of this is there.

mod choice;
mod context;
mod members;
mod model;
pub(crate) mod stage;

pub(crate) use choice::{Choice, Weighed, choose};
pub(crate) use context::{adjusted, told};
pub(crate) use model::Classifier;

pub use routing::Tier;

use crate::table::RoutingTable;
use classify::TaskClass;
use serde::{Deserialize, Serialize};

/// The route that looks at a request and asks a tier.
pub const AUTO: &str = "auto";

/// The `[gateway.tiers]` section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TiersConfig {
    /// Whether there are tiers, and whether `auto` looks at requests: the kill switch.
    pub enabled: bool,
    /// Above so many tokens `auto` asks the thinker.
    pub thinker_above_tokens: u64,
    /// From so many files and pictures in a request on `auto` asks the thinker.
    pub thinker_from_files: usize,
    /// From this complexity on `auto` asks the thinker, 0 to 1.
    pub thinker_from_complexity: f64,
    /// Up to this complexity `auto` asks the fast tier, 0 to 1.
    pub fast_to_complexity: f64,
    /// The members of `fast`, `provider/model`; chosen from what can be called where there are none.
    pub fast: Vec<String>,
    /// The members of `voice`.
    pub voice: Vec<String>,
    /// The members of `thinker`.
    pub thinker: Vec<String>,
    /// A model or route that is asked what kind of task a request is, where the rules are not sure. Unset: only the
    /// rules.
    pub classifier: Option<String>,
    /// Below this confidence of the rules the model is asked, 0 to 1.
    pub classifier_below: f64,
    /// How long it may take, in milliseconds; then what the rules say counts.
    pub classifier_timeout_ms: u64,
}

impl Default for TiersConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            thinker_above_tokens: 50_000,
            thinker_from_files: 3,
            thinker_from_complexity: 0.75,
            fast_to_complexity: 0.2,
            fast: Vec::new(),
            voice: Vec::new(),
            thinker: Vec::new(),
            classifier: None,
            classifier_below: 0.8,
            classifier_timeout_ms: 3_000,
        }
    }
}

/// Adds the tiers that the table has no route for.
pub(crate) fn add(config: &TiersConfig, table: &mut RoutingTable) {
    if !config.enabled {
        return;
    }
    for tier in Tier::ALL {
        if !table.routes.iter().any(|route| route.name == tier.as_str()) {
            table.routes.extend(members::route(tier, config, &table.deployments));
        }
    }
}

/// The tier that `auto` asks for a task of this class, where nothing else is known of the request.
pub fn tier_of(config: &TiersConfig, class: &TaskClass) -> Tier {
    choose(config, Weighed { class, tokens: 0, files: 0, circumstances: None }).tier
}

impl TiersConfig {
    /// The members that the configuration names.
    pub(crate) fn members(&self, tier: Tier) -> &[String] {
        match tier {
            Tier::Fast => &self.fast,
            Tier::Voice => &self.voice,
            Tier::Thinker => &self.thinker,
        }
    }

    /// What cannot be meant: the setting and why.
    pub fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        let shares = [
            ("thinker_from_complexity", self.thinker_from_complexity),
            ("fast_to_complexity", self.fast_to_complexity),
            ("classifier_below", self.classifier_below),
        ];
        for (name, value) in shares {
            if !(0.0..=1.0).contains(&value) {
                problems.push((name, format!("`{value}` is not from 0 to 1")));
            }
        }
        if self.fast_to_complexity >= self.thinker_from_complexity {
            problems.push(("fast_to_complexity", "it has to be below `thinker_from_complexity`".to_owned()));
        }
        if self.classifier.as_deref() == Some(AUTO) {
            problems.push(("classifier", "`auto` would ask itself".to_owned()));
        }
        for tier in Tier::ALL {
            if let Some(bad) = self.members(tier).iter().find(|id| !id.contains('/')) {
                problems.push((tier.as_str(), format!("`{bad}` is not a deployment, `provider/model`")));
            }
        }
        problems
    }
}
