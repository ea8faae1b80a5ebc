//! What can be called: deployments, and the names that stand for them.

use llm::{ChatModel, Dialect, ModelSpec, Taken, Upstream};
use routing::{
    Degrade, Demand, DeploymentHealth, FallbackTier, Grants, Health, LimitRefusal, Plan, PromptCaching,
    QueueConfig, RouteConfig, SemanticCache, fallback::smaller_models, limit::Registry,
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

/// Everything that can be called.
#[derive(Debug, Clone, Default)]
pub struct RoutingTable {
    /// The deployments, in the order of preference of their providers.
    pub deployments: Vec<Deployment>,
    /// Names for ordered lists of them.
    pub routes: Vec<Route>,
}

/// One place where a model can be called.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// `provider/model`.
    pub id: String,
    /// What is known about the model.
    pub spec: ModelSpec,
    /// Where it is.
    pub target: Target,
}

/// Where a model is.
#[derive(Debug, Clone)]
pub enum Target {
    /// Behind a wire format.
    Wire(Arc<dyn Upstream>),
    /// In this program.
    Local(Arc<dyn ChatModel>),
}

impl Target {
    /// Whether what is sent there leaves this machine.
    pub(crate) fn leaves(&self, model: &str) -> bool {
        match self {
            Self::Wire(upstream) => upstream.leaves(model),
            Self::Local(_) => false,
        }
    }

    /// Where a request in this format is passed on as it is; `None` where it has to be translated.
    pub(crate) fn facing(&self, dialect: Dialect) -> Option<&dyn Upstream> {
        match self {
            Self::Wire(upstream) if upstream.codec().dialect() == dialect => Some(upstream.as_ref()),
            Self::Wire(upstream) => upstream.facing(dialect),
            Self::Local(_) => None,
        }
    }
}

/// A name for deployments, and how one of them is chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// The name, such as `auto`.
    pub name: String,
    /// What it is made of.
    pub config: RouteConfig,
}

impl Route {
    /// A name for these deployments in order.
    pub fn ordered(name: impl Into<String>, deployments: Vec<String>) -> Self {
        Self { name: name.into(), config: RouteConfig::ordered(deployments) }
    }
}

/// A route as it stands now.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteState {
    /// Its name.
    pub name: String,
    /// What it is made of.
    pub config: RouteConfig,
    /// Its members in the order of the tiers, smaller models that may stand in for them last.
    pub members: Vec<RouteMember>,
}

/// A member of a route as it stands now.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteMember {
    /// The deployment's id.
    pub id: String,
    /// When it has its turn.
    pub tier: FallbackTier,
    /// What is known about its model, and how it is doing; `None` where it is not there.
    pub there: Option<(ModelSpec, DeploymentHealth)>,
}

/// Something a caller may ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct Callable {
    /// The name to ask for: a route's name or `provider/model`.
    pub name: String,
    /// What is known about the model; for a route, of its first deployment, with whatever any of them can do: requests go
    /// to those that can.
    pub spec: ModelSpec,
    /// Whether it is a route.
    pub is_route: bool,
}

/// A deployment and how it has been doing.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) id: String,
    pub(crate) spec: ModelSpec,
    pub(crate) target: Target,
    pub(crate) health: Arc<Health>,
}

impl Place {
    /// Which settings its model takes.
    pub(crate) fn takes(&self) -> Vec<Taken> {
        match &self.target {
            Target::Wire(upstream) => upstream.codec().takes(&self.spec),
            Target::Local(model) => model.takes(&self.spec),
        }
    }

    /// Takes what a call needs of the configured limits, or says which of them it meets.
    pub(crate) fn take(&self, demand: Demand, now: Duration) -> Result<Grants, LimitRefusal> {
        Grants::take(self.health.limiters().iter(), demand, now)
    }
}

/// Whether some of the places can do what others cannot.
pub(crate) fn differ(places: &[Arc<Place>]) -> bool {
    places
        .windows(2)
        .any(|pair| matches!(pair, [one, other] if one.spec.capabilities != other.spec.capabilities))
}

/// What a name stands for.
#[derive(Debug)]
pub(crate) struct Destination {
    pub(crate) name: String,
    pub(crate) places: Vec<Arc<Place>>,
    /// Ids the route names that are not there at the moment.
    pub(crate) missing: Vec<String>,
    pub(crate) cache_ttl: Option<Duration>,
    /// How replies are found for requests that mean the same, where the route says.
    pub(crate) semantic: Option<SemanticCache>,
    /// What is done about providers' prompt caches, where the route says.
    pub(crate) prompt_caching: Option<PromptCaching>,
    /// Whether requests may wait for it, where the route says.
    pub(crate) queue: Option<QueueConfig>,
    pub(crate) is_route: bool,
    /// How a route chooses among them; `None` for a deployment by its own name.
    pub(crate) plan: Option<Plan>,
    /// Whether some of the places can do what others cannot.
    pub(crate) differs: bool,
    /// Where kept replies lie, if not under the name: those of an experiment's variants lie apart.
    pub(crate) shelf: Option<String>,
}

impl Destination {
    /// What is known about it, as [`Callable`] tells it.
    pub(crate) fn spec(&self) -> Option<ModelSpec> {
        let mut spec = self.places.first()?.spec.clone();
        for can in self.places.iter().flat_map(|place| &place.spec.capabilities) {
            if !spec.can(*can) {
                spec.capabilities.push(*can);
            }
        }
        Some(spec)
    }
}

/// The routing table, ready to be looked up.
#[derive(Debug, Default)]
pub(crate) struct Index {
    by_name: HashMap<String, Arc<Destination>>,
    /// Routes and deployments, each once, in the table's order.
    listed: Vec<Arc<Destination>>,
    pub(crate) places: Vec<Arc<Place>>,
    limits: Arc<Registry>,
}

impl Index {
    /// An empty table whose deployments will have these limits.
    pub(crate) fn with_limits(limits: &Arc<Registry>) -> Self {
        Self { limits: Arc::clone(limits), ..Self::default() }
    }

    /// Prepares a table; deployments that stay keep their health from `before`.
    pub(crate) fn build(table: RoutingTable, before: &Self) -> Self {
        let known: HashMap<&str, &Arc<Place>> =
            before.places.iter().map(|place| (place.id.as_str(), place)).collect();
        let places: Vec<Arc<Place>> = table
            .deployments
            .into_iter()
            .map(|deployment| {
                let health = match known.get(deployment.id.as_str()) {
                    Some(place) if same_target(&place.target, &deployment.target) => {
                        Arc::clone(&place.health)
                    }
                    Some(_) | None => {
                        let provider = &deployment.spec.provider;
                        Arc::new(Health::limited(before.limits.of_deployment(provider, &deployment.id)))
                    }
                };
                let Deployment { id, spec, target } = deployment;
                Arc::new(Place { id, spec, target, health })
            })
            .collect();
        let mut index = Self { places, ..Self::with_limits(&before.limits) };
        for route in table.routes {
            index.add_route(route, before);
        }
        index.add_deployments();
        index
    }

    fn add_route(&mut self, route: Route, before: &Self) {
        let Route { name, config } = route;
        let mut places = Vec::with_capacity(config.deployments.len());
        let mut missing = Vec::new();
        for (_, id) in config.tiers() {
            match self.places.iter().find(|place| place.id == *id) {
                Some(place) => places.push(Arc::clone(place)),
                None => missing.push(id.clone()),
            }
        }
        let cache_ttl = config.cache_ttl_seconds.map(Duration::from_secs);
        let queue = config.queue;
        let (semantic, prompt_caching) = (config.semantic_cache.clone(), config.prompt_caching);
        let mut members: Vec<(FallbackTier, String)> =
            config.tiers().map(|(tier, id)| (tier, id.clone())).collect();
        if config.degrade.contains(&Degrade::SmallerModel) {
            let smaller = self.smaller(&places);
            members.extend(smaller.iter().map(|place| (FallbackTier::Degraded, place.id.clone())));
            places.extend(smaller);
        }
        let differs = differ(&places);
        let known = before.by_name.get(&name).and_then(|destination| destination.plan.as_ref());
        let plan = Some(Plan::new(config, members.into_iter(), known));
        self.add(Destination {
            name,
            places,
            missing,
            cache_ttl,
            semantic,
            prompt_caching,
            queue,
            is_route: true,
            plan,
            differs,
            shelf: None,
        });
    }

    /// The smaller models that may stand in for these.
    fn smaller(&self, members: &[Arc<Place>]) -> Vec<Arc<Place>> {
        fn specs(places: &[Arc<Place>]) -> Vec<&ModelSpec> {
            places.iter().map(|place| &place.spec).collect()
        }
        let positions = smaller_models(&specs(members), &specs(&self.places));
        positions.into_iter().filter_map(|position| self.places.get(position).map(Arc::clone)).collect()
    }

    /// Full ids first, then bare model names: where two providers have a model of the same name, the
    /// first one's counts. A route's name goes before both.
    fn add_deployments(&mut self) {
        for place in self.places.clone() {
            let name = place.id.clone();
            self.add(Destination {
                name,
                places: vec![place],
                missing: Vec::new(),
                cache_ttl: None,
                semantic: None,
                prompt_caching: None,
                queue: None,
                is_route: false,
                plan: None,
                differs: false,
                shelf: None,
            });
        }
        for place in &self.places {
            if !self.by_name.contains_key(&place.spec.name)
                && let Some(destination) = self.by_name.get(&place.id)
                && !destination.is_route
            {
                self.by_name.insert(place.spec.name.clone(), Arc::clone(destination));
            }
        }
    }

    fn add(&mut self, destination: Destination) {
        if !self.by_name.contains_key(&destination.name) {
            let destination = Arc::new(destination);
            self.by_name.insert(destination.name.clone(), Arc::clone(&destination));
            self.listed.push(destination);
        }
    }

    /// What the name stands for.
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Destination>> {
        self.by_name.get(name)
    }

    /// Every route as it stands at `now`.
    pub(crate) fn routes(&self, now: Duration) -> Vec<RouteState> {
        let routes = self.listed.iter().filter_map(|destination| {
            let config = destination.plan.as_ref()?.config.clone();
            let named = config.tiers().map(|(tier, id)| (tier, id.clone()));
            let listed: HashSet<&String> = config.tiers().map(|(_, id)| id).collect();
            let smaller = destination.places.iter().filter(|place| !listed.contains(&place.id));
            let members = named
                .chain(smaller.map(|place| (FallbackTier::Degraded, place.id.clone())))
                .map(|(tier, id)| {
                    let there = destination.places.iter().find(|place| place.id == id).map(|place| {
                        let health = place.health.describe(&place.id, &place.spec.provider, now);
                        (place.spec.clone(), health)
                    });
                    RouteMember { id, tier, there }
                })
                .collect();
            Some(RouteState { name: destination.name.clone(), members, config })
        });
        routes.collect()
    }

    /// Everything that can be asked for.
    pub(crate) fn listed(&self) -> &[Arc<Destination>] {
        &self.listed
    }

    /// Ids that routes name and no deployment has.
    pub(crate) fn missing(&self) -> Vec<String> {
        let mut seen = HashSet::new();
        self.listed
            .iter()
            .flat_map(|destination| &destination.missing)
            .filter(|id| seen.insert(id.as_str()))
            .cloned()
            .collect()
    }

    /// Up to three names that look like `name`, of those that `allowed` lets through.
    pub(crate) fn near(&self, name: &str, allowed: impl Fn(&Destination) -> bool) -> Vec<String> {
        let wanted: String = name.chars().take(100).flat_map(char::to_lowercase).collect();
        let mut scored: Vec<(usize, &str)> = self
            .listed
            .iter()
            .filter(|destination| allowed(destination))
            .filter_map(|destination| {
                let full = destination.name.to_lowercase();
                let bare = full.split_once('/').map_or(full.as_str(), |(_, model)| model);
                let distance = edit_distance(&wanted, &full).min(edit_distance(&wanted, bare));
                let contained = wanted.len() >= 3 && full.contains(&wanted);
                let close = contained || distance <= wanted.len().max(3) / 3;
                close.then_some((distance, destination.name.as_str()))
            })
            .collect();
        scored.sort_unstable();
        scored.into_iter().take(3).map(|(_, name)| name.to_owned()).collect()
    }
}

fn same_target(one: &Target, other: &Target) -> bool {
    match (one, other) {
        (Target::Wire(one), Target::Wire(other)) => Arc::ptr_eq(one, other),
        (Target::Local(one), Target::Local(other)) => Arc::ptr_eq(one, other),
        (Target::Wire(_), Target::Local(_)) | (Target::Local(_), Target::Wire(_)) => false,
    }
}

/// Levenshtein's distance between the first 100 bytes of two names, by the row-at-a-time method.
fn edit_distance(one: &str, other: &str) -> usize {
    let other: Vec<u8> = other.bytes().take(100).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, byte) in one.bytes().take(100).enumerate() {
        let mut diagonal = above;
        let mut left = above + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, other_byte) in row.iter_mut().skip(1).zip(&other) {
            let substituted = diagonal + usize::from(byte != *other_byte);
            diagonal = *cell;
            left = substituted.min(left + 1).min(*cell + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::{FutureExt, future::BoxFuture};
    use llm::{Capability, ChatRequest, ChatStream, LlmError, LlmErrorKind};

    #[derive(Debug)]
    struct Mute;

    impl ChatModel for Mute {
        fn stream(&self, _: ChatRequest) -> BoxFuture<'_, Result<ChatStream, LlmError>> {
            async { Err(LlmError::new(LlmErrorKind::Server, "mute")) }.boxed()
        }
    }

    fn deployment(provider: &str, name: &str) -> Deployment {
        let spec = ModelSpec {
            provider: provider.into(),
            name: name.into(),
            display_name: name.into(),
            context_window: None,
            max_output_tokens: None,
            capabilities: Vec::new(),
            prices: None,
            quality: None,
            cacheable_tokens: None,
        };
        Deployment { id: spec.id(), spec, target: Target::Local(Arc::new(Mute)) }
    }

    fn table() -> RoutingTable {
        RoutingTable {
            deployments: vec![
                deployment("one", "big"),
                deployment("two", "big"),
                deployment("two", "small"),
                deployment("router", "one/big"),
            ],
            routes: vec![Route::ordered(
                "small",
                vec!["two/small".into(), "gone/away".into(), "one/big".into()],
            )],
        }
    }

    #[test]
    fn a_name_is_a_route_then_a_deployment_then_a_model_of_the_first_provider() {
        let index = Index::build(table(), &Index::default());
        let ids = |name: &str| -> Option<Vec<&str>> {
            Some(index.get(name)?.places.iter().map(|place| place.id.as_str()).collect())
        };
        assert_eq!(ids("small"), Some(vec!["two/small", "one/big"]));
        assert_eq!(ids("two/small"), Some(vec!["two/small"]));
        assert_eq!(ids("big"), Some(vec!["one/big"]));
        assert_eq!(
            ids("one/big"),
            Some(vec!["one/big"]),
            "a full id goes before a bare name that looks alike"
        );
        assert_eq!(ids("auto"), None);
        assert_eq!(index.missing(), ["gone/away"]);
    }

    #[test]
    fn a_route_can_do_what_any_of_its_deployments_can() {
        let mut table = table();
        for (number, can) in [(0, Capability::Tools), (2, Capability::Chat)] {
            table.deployments[number].spec.capabilities.push(can);
        }
        let index = Index::build(table, &Index::default());
        let spec = index.get("small").unwrap().spec().unwrap();
        assert_eq!(spec.id(), "two/small");
        assert_eq!(spec.capabilities, [Capability::Chat, Capability::Tools]);
        assert_eq!(index.get("two/small").unwrap().spec().unwrap().capabilities, [Capability::Chat]);
    }

    #[test]
    fn near_names_are_offered_and_far_ones_are_not() {
        let index = Index::build(table(), &Index::default());
        assert_eq!(index.near("smal", |_| true), ["small", "two/small"]);
        assert_eq!(index.near("smal", |destination| !destination.is_route), ["two/small"]);
        assert_eq!(index.near("gpt-4o", |_| true), Vec::<String>::new());
    }

    #[test]
    fn health_stays_with_a_deployment_that_stays() {
        let (first, second) = (table(), table());
        let kept = first.deployments.first().unwrap().clone();
        let before = Index::build(first, &Index::default());
        let mut replaced = second;
        *replaced.deployments.first_mut().unwrap() = kept;
        let after = Index::build(replaced, &before);
        let same =
            |position: usize| Arc::ptr_eq(&before.places[position].health, &after.places[position].health);
        assert!(same(0), "the same upstream keeps its health");
        assert!(!same(1), "a new upstream, perhaps with a new key, starts afresh");
    }

    #[test]
    fn the_distance_is_levenshteins() {
        for (one, other, distance) in [("", "", 0), ("a", "", 1), ("kitten", "sitting", 3), ("abc", "abc", 0)]
        {
            assert_eq!(edit_distance(one, other), distance, "{one} {other}");
        }
    }
}
