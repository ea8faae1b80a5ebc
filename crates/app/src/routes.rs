//! Routes: those of the configuration file, those made on the page, and what is built in.

use crate::{AppError, app::App, app::kept, offers::AUTO};
use api::routes::{PutRoute, Route, RouteList, RouteMember, RouteQueue, RouteSemanticCache, RouteWeights};
use base::Id;
use gateway::RouteState;
use parking_lot::Mutex;
use routing::{QueueConfig, RouteConfig, SemanticCache, Standing, Weights};
use std::{collections::BTreeMap, str::FromStr};
use store::Settings;

/// The setting that holds the routes made on the page.
const SETTING: &str = "routes";

/// Where more is to be read.
const MORE: &str = "`/api/docs` lists what a route may have";

/// The routes that a person has made.
#[derive(Debug)]
pub(crate) struct Routes {
    /// Those of the configuration file, which cannot be changed here.
    file: BTreeMap<String, RouteConfig>,
    page: Mutex<BTreeMap<String, RouteConfig>>,
}

impl Routes {
    /// Those of the file, and those that are kept with the settings.
    pub(crate) async fn open(
        file: BTreeMap<String, RouteConfig>,
        settings: &Settings,
    ) -> Result<Self, AppError> {
        let page = settings.get(Id::FIRST_OWNER, SETTING).await;
        let page: Option<BTreeMap<String, RouteConfig>> = page.map_err(|error| kept(error.kind(), error))?;
        Ok(Self { file, page: Mutex::new(page.unwrap_or_default()) })
    }

    /// All of them by name; the file's go before the page's.
    pub(crate) fn all(&self) -> BTreeMap<String, RouteConfig> {
        let mut all = self.page.lock().clone();
        all.extend(self.file.iter().map(|(name, route)| (name.clone(), route.clone())));
        all
    }

    /// Whether a person has made a route of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.file.contains_key(name) || self.page.lock().contains_key(name)
    }

    /// Keeps what the page's routes are from now on.
    async fn keep(&self, settings: &Settings, page: BTreeMap<String, RouteConfig>) -> Result<(), AppError> {
        let written = settings.put(Id::FIRST_OWNER, SETTING, &page).await;
        written.map_err(|error| kept(error.kind(), error))?;
        *self.page.lock() = page;
        Ok(())
    }

    fn origin(&self, name: &str) -> &'static str {
        if self.file.contains_key(name) {
            "file"
        } else if self.page.lock().contains_key(name) {
            "page"
        } else {
            "built_in"
        }
    }
}

impl App {
    /// Every route with the standing of its members.
    pub fn routes(&self) -> RouteList {
        let mut routes: Vec<Route> =
            self.gateway.routes().into_iter().map(|route| self.shown_route(route)).collect();
        let rank = |route: &Route| match route.origin.as_str() {
            "file" => 0,
            "page" => 1,
            _ => 2,
        };
        routes.sort_by_key(rank);
        RouteList { routes }
    }

    /// Makes a route or changes one that was made here.
    pub async fn put_route(&self, name: &str, put: PutRoute) -> Result<Route, AppError> {
        let routes = &self.offers.routes;
        let _turn = self.offers.changing.lock().await;
        if routes.file.contains_key(name) {
            return Err(AppError::RouteNotEditable(name.to_owned()));
        }
        let config = config(put)?;
        if let Some(problem) = config.problems(name).into_iter().next() {
            let place = if problem.key.is_empty() { String::new() } else { format!("{}: ", problem.key) };
            let message = format!("{place}{}", problem.message);
            return Err(AppError::Route { message, hint: problem.hint.unwrap_or(MORE).to_owned() });
        }
        let mut page = routes.page.lock().clone();
        page.insert(name.to_owned(), config);
        routes.keep(&self.offers.settings, page).await?;
        self.offers.publish();
        let made = self.gateway.routes().into_iter().find(|route| route.name == name);
        made.map(|route| self.shown_route(route)).ok_or_else(|| AppError::NoRoute(name.to_owned()))
    }

    /// Removes a route that was made here.
    pub async fn delete_route(&self, name: &str) -> Result<(), AppError> {
        let routes = &self.offers.routes;
        let _turn = self.offers.changing.lock().await;
        if routes.file.contains_key(name) {
            return Err(AppError::RouteNotEditable(name.to_owned()));
        }
        let mut page = routes.page.lock().clone();
        if page.remove(name).is_none() {
            return Err(AppError::NoRoute(name.to_owned()));
        }
        routes.keep(&self.offers.settings, page).await?;
        self.offers.publish();
        Ok(())
    }

    fn shown_route(&self, route: RouteState) -> Route {
        let RouteState { name, config, members } = route;
        let origin = self.offers.routes.origin(&name);
        let not_editable_because = match origin {
            "page" => None,
            "built_in" if name == AUTO => None,
            "file" => Some("it is set in the configuration file; change it there".to_owned()),
            _ => Some(
                "it is made by Familiar; `[gateway.tiers]` of the configuration has its members".to_owned(),
            ),
        };
        Route {
            origin: origin.to_owned(),
            editable: not_editable_because.is_none(),
            not_editable_because,
            settings: shown(&config),
            members: members.into_iter().map(|one| member(one, self.clock.now())).collect(),
            name,
        }
    }
}

/// What a person has sent, read.
fn config(put: PutRoute) -> Result<RouteConfig, AppError> {
    let PutRoute { deployments, secondary, tertiary, emergency, shares, cache_ttl_seconds, .. } = put;
    let trimmed = |ids: Vec<String>| ids.into_iter().map(|id| id.trim().to_owned()).collect();
    let RouteWeights { cost, speed, quality, reliability } = put.weights;
    Ok(RouteConfig {
        deployments: trimmed(deployments),
        strategy: word(&put.strategy)?,
        weights: Weights { cost, speed, quality, reliability },
        balancer: word(&put.balancer)?,
        shares,
        secondary: trimmed(secondary),
        tertiary: trimmed(tertiary),
        emergency: trimmed(emergency),
        degrade: put.degrade.iter().map(|text| word(text)).collect::<Result<_, _>>()?,
        context: word(&put.context)?,
        cache_ttl_seconds,
        semantic_cache: put.semantic_cache.map(|RouteSemanticCache { embedder, threshold, patience_ms }| {
            SemanticCache { embedder: embedder.trim().to_owned(), threshold, patience_ms }
        }),
        prompt_caching: put.prompt_caching.as_deref().map(word).transpose()?,
        queue: put.queue.map(|RouteQueue { length, wait_seconds }| QueueConfig { length, wait_seconds }),
    })
}

fn word<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, AppError> {
    text.parse()
        .map_err(|error: T::Err| AppError::Route { message: error.to_string(), hint: MORE.to_owned() })
}

fn shown(config: &RouteConfig) -> PutRoute {
    let Weights { cost, speed, quality, reliability } = config.weights;
    PutRoute {
        deployments: config.deployments.clone(),
        strategy: config.strategy.to_string(),
        weights: RouteWeights { cost, speed, quality, reliability },
        balancer: config.balancer.to_string(),
        shares: config.shares.clone(),
        secondary: config.secondary.clone(),
        tertiary: config.tertiary.clone(),
        emergency: config.emergency.clone(),
        degrade: config.degrade.iter().map(ToString::to_string).collect(),
        context: config.context.to_string(),
        cache_ttl_seconds: config.cache_ttl_seconds,
        semantic_cache: config.semantic_cache.clone().map(|semantic| {
            let SemanticCache { embedder, threshold, patience_ms } = semantic;
            RouteSemanticCache { embedder, threshold, patience_ms }
        }),
        prompt_caching: config.prompt_caching.map(|caching| caching.to_string()),
        queue: config.queue.map(|QueueConfig { length, wait_seconds }| RouteQueue { length, wait_seconds }),
    }
}

fn member(member: gateway::RouteMember, now: base::Timestamp) -> RouteMember {
    let mut shown = RouteMember {
        deployment: member.id,
        tier: member.tier.to_string(),
        standing: "missing".to_owned(),
        state: None,
        wait_seconds: None,
        problem: Some("it is not configured, or its provider does not list it".to_owned()),
        in_flight: 0,
        success_percent: None,
        first_token_ms: None,
        input_usd: None,
        output_usd: None,
        quality: None,
    };
    let Some((spec, health)) = member.there else { return shown };
    let measures = health.measures;
    let (standing, wait) = match measures.standing {
        Standing::Ready => ("ready", None),
        Standing::Limited { wait } => ("limited", Some(wait)),
        Standing::Open { wait } => ("open", Some(wait)),
    };
    shown.standing = standing.to_owned();
    shown.state = Some(measures.state.as_str().to_owned());
    shown.wait_seconds = wait.map(|wait| wait.as_secs());
    shown.problem = health.last_error;
    shown.in_flight = measures.in_flight;
    if measures.samples > 0 {
        shown.success_percent = Some((measures.success_share * 1_000.0).round() / 10.0);
    }
    if measures.peak_ewma_ms > 0.0 {
        shown.first_token_ms = Some(measures.peak_ewma_ms.round());
    }
    let usd = |price: base::Money| Some(price.to_string());
    let base = spec.prices.as_ref().map(|prices| prices.at(now).usual.base);
    shown.input_usd = base.and_then(|base| usd(base.input));
    shown.output_usd = base.and_then(|base| usd(base.output));
    shown.quality = spec.quality;
    shown
}
