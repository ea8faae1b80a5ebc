//! How providers are doing: for the page, against what is expected of them, and looked after in the background.

use crate::{
    AppError,
    app::{App, kept},
};
use alerts::Happening;
use api::{
    events::AppEvent,
    health::{
        Breaker, DeploymentHealth, HealthCheck, HealthMinute, HealthReport, LimitState, Percentiles,
        ProviderHealth, PutSla, Sla, SlaFigures, SlaReport, SlaRow,
    },
};
use base::{Id, Timestamp};
use futures::{StreamExt, stream};
use parking_lot::Mutex;
use routing::{
    LimitsState, Scope, State, WindowState,
    sla::{Compliance, Figures, Target},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tokio::sync::broadcast::error::RecvError;

/// The setting that holds what is expected of providers.
const SETTING: &str = "sla";
/// How often providers with unavailable deployments are asked whether they are back.
const CHECK_EVERY: Duration = Duration::from_secs(15);
/// How long such a question may take, and how many are asked at a time.
const CHECK_TIME: Duration = Duration::from_secs(10);
const CHECKS_AT_A_TIME: usize = 4;
/// How often it is looked at whether providers do what is expected of them, and over how long.
const SLA_EVERY: Duration = Duration::from_secs(60);
const SLA_PERIOD: Duration = Duration::from_secs(86_400);
const MINUTE: Duration = Duration::from_secs(60);
/// Minutes shown of the last hour.
const MINUTES_SHOWN: u64 = 60;
/// What a deployment's state is called before its first call.
const UNKNOWN: &str = "unknown";

/// What the program itself knows of its providers.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    /// The last background check of each provider.
    checks: Mutex<BTreeMap<String, HealthCheck>>,
    /// Whether each target was met when it was looked at last.
    met: Mutex<BTreeMap<(String, &'static str), bool>>,
}

impl App {
    /// How everything that can be called is doing.
    pub async fn health(&self) -> Result<HealthReport, AppError> {
        let now = self.clock.now();
        let uptimes = self.gateway.records().deployments_of_a_day().await.map_err(failed)?;
        let day = self.last_day(now).await?;
        let targets = self.targets().await?;
        let described = self.gateway.health();
        let mut names: BTreeSet<&str> = described.iter().map(|one| one.provider.as_str()).collect();
        names.extend(targets.keys().map(String::as_str));
        let checks = self.looked.checks.lock().clone();
        let providers = names.into_iter().map(|name| {
            let called = described.iter().filter(|one| one.provider == name && one.calls > 0);
            let figures = day.get(name).map(|compliance| &compliance.total);
            let target = targets.get(name);
            ProviderHealth {
                provider: name.to_owned(),
                state: called.map(|one| one.state).min().map_or(UNKNOWN, State::as_str).to_owned(),
                uptime_percent: figures.and_then(Figures::uptime_percent),
                sla: target.map(|target| sla(name, target)),
                sla_met: target.zip(figures).and_then(|(target, figures)| met(target, figures)),
                check: checks.get(name).cloned(),
            }
        });
        let providers = providers.collect();
        let deployments = described.into_iter().map(|one| {
            let uptime = uptimes.get(&one.id).and_then(Figures::uptime_percent);
            deployment(one, uptime, now)
        });
        Ok(HealthReport { providers, deployments: deployments.collect() })
    }

    /// Whether providers did what is expected of them from `from` up to but not including `to`.
    pub async fn sla(&self, from: Timestamp, to: Timestamp) -> Result<SlaReport, AppError> {
        let targets = self.targets().await?;
        let mut all: BTreeMap<String, Compliance> = self.compliance(from, to).await?;
        for provider in targets.keys().filter(|provider| !all.contains_key(*provider)).collect::<Vec<_>>() {
            let compliance = Compliance { provider: provider.clone(), ..Compliance::default() };
            all.insert(provider.clone(), compliance);
        }
        let rows = all.into_values().map(|Compliance { provider, total, days }| {
            let target = targets.get(&provider).copied().unwrap_or_default();
            SlaRow {
                target: sla(&provider, &target),
                total: figures(provider, &total, &target),
                days: days.into_iter().map(|(day, of_day)| figures(day, &of_day, &target)).collect(),
            }
        });
        Ok(SlaReport { from: from.to_string(), to: to.to_string(), providers: rows.collect() })
    }

    /// Says what is expected of a provider.
    pub async fn put_sla(&self, provider: &str, put: PutSla) -> Result<Sla, AppError> {
        let setting = |name: &'static str, value: String| Err(AppError::Setting { name, value });
        if let Some(uptime) = put.uptime_percent.filter(|uptime| !(*uptime > 0.0 && *uptime <= 100.0)) {
            return setting("uptime_percent", uptime.to_string());
        }
        if put.p95_ms == Some(0) {
            return setting("p95_ms", "0".to_owned());
        }
        let mut targets = self.targets().await?;
        let is_known = self.gateway.health().iter().any(|one| one.provider == provider);
        if !is_known
            && !targets.contains_key(provider)
            && self.offers.providers.known_models(provider).is_err()
        {
            let name = provider.to_owned();
            return Err(AppError::Provider(providers::ProviderError::UnknownProvider { name }));
        }
        let target = Target { uptime_percent: put.uptime_percent, p95_ms: put.p95_ms };
        if target.is_empty() {
            targets.remove(provider);
        } else {
            targets.insert(provider.to_owned(), target);
        }
        let kept = self.settings.put(Id::FIRST_OWNER, SETTING, &targets).await;
        kept.map_err(|error| crate::app::kept(error.kind(), error))?;
        self.looked.met.lock().retain(|(name, _), _| name != provider);
        Ok(sla(provider, &target))
    }

    /// What is expected of each provider of which something is.
    async fn targets(&self) -> Result<BTreeMap<String, Target>, AppError> {
        let targets = self.settings.get(Id::FIRST_OWNER, SETTING).await;
        Ok(targets.map_err(|error| kept(error.kind(), error))?.unwrap_or_default())
    }

    async fn last_day(&self, now: Timestamp) -> Result<BTreeMap<String, Compliance>, AppError> {
        self.compliance(now.minus(SLA_PERIOD), now).await
    }

    async fn compliance(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<BTreeMap<String, Compliance>, AppError> {
        let all = self.gateway.records().providers(from, to).await.map_err(failed)?;
        Ok(all.into_iter().map(|one| (one.provider.clone(), one)).collect())
    }

    /// Tells where a target was met and is not any more, or is again.
    async fn compare_with_targets(&self) -> Result<(), AppError> {
        let targets = self.targets().await?;
        if targets.is_empty() {
            return Ok(());
        }
        let day = self.last_day(self.clock.now()).await?;
        for (provider, target) in &targets {
            let Some(compliance) = day.get(provider) else { continue };
            for (kind, met, message) in verdicts(provider, target, &compliance.total) {
                let before = self.looked.met.lock().insert((provider.clone(), kind), met);
                if before == Some(met) || (before.is_none() && met) {
                    continue;
                }
                if met {
                    tracing::info!(provider, kind, message, "a provider does again what is expected of it");
                } else {
                    tracing::warn!(provider, kind, message, "a provider does not do what is expected of it");
                }
                let (provider, target) = (provider.clone(), kind.to_owned());
                let (of, which, words) = (provider.clone(), target.clone(), message.clone());
                self.hear(Happening::Sla { provider: of, target: which, met, message: words }).await;
                self.events.publish(AppEvent::SlaChanged { provider, target, met, message });
            }
        }
        Ok(())
    }

    /// Asks the providers of unavailable deployments for something that costs nothing.
    async fn check_the_unavailable(&self) {
        let open = self.gateway.health().into_iter().filter(|one| one.is_open);
        let providers: BTreeSet<String> = open.map(|one| one.provider).collect();
        let checks = stream::iter(providers).map(|provider| async move {
            let reached = tokio::time::timeout(CHECK_TIME, self.offers.providers.reach(&provider)).await;
            let reached = reached.unwrap_or_else(|_| {
                let message = format!("no answer within {} s", CHECK_TIME.as_secs());
                Some(Err(llm::LlmError::new(llm::LlmErrorKind::Timeout, message)))
            });
            (provider, reached)
        });
        let mut checks = checks.buffer_unordered(CHECKS_AT_A_TIME);
        while let Some((provider, reached)) = checks.next().await {
            let Some(reached) = reached else { continue };
            self.gateway.checked(&provider, reached.as_ref().map(drop).map_err(|error| error.kind));
            let check = HealthCheck {
                at: self.clock.now().to_string(),
                ok: reached.is_ok(),
                error: reached.err().map(|error| error.to_string()),
            };
            self.looked.checks.lock().insert(provider, check);
        }
    }
}

/// Tells the page when deployments do better or worse.
pub(crate) async fn publish_changes(app: Arc<App>) {
    let mut changes = app.gateway.health_events();
    loop {
        match changes.recv().await {
            Ok(change) => app.events.publish(AppEvent::HealthChanged {
                deployment: change.deployment,
                from: change.from.to_string(),
                to: change.to.to_string(),
                error: change.error,
            }),
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

/// Finds out in the background whether what was unavailable is back.
pub(crate) async fn check(app: Arc<App>) {
    loop {
        tokio::time::sleep(CHECK_EVERY).await;
        app.check_the_unavailable().await;
    }
}

/// Compares what providers do with what is expected of them.
pub(crate) async fn watch_targets(app: Arc<App>) {
    loop {
        tokio::time::sleep(SLA_EVERY).await;
        if let Err(error) = app.compare_with_targets().await {
            tracing::warn!(%error, "what providers did cannot be compared with what is expected");
        }
    }
}

fn failed(error: gateway::ManageError) -> AppError {
    kept(error.kind(), error)
}

/// Each target that something is known about: its name, whether it is met, and that in a sentence.
fn verdicts(provider: &str, target: &Target, figures: &Figures) -> Vec<(&'static str, bool, String)> {
    let mut verdicts = Vec::new();
    if let (Some(met), Some(is), Some(expected)) =
        (target.uptime_met(figures), figures.uptime_percent(), target.uptime_percent)
    {
        let message =
            format!("`{provider}` worked {is:.2} % of the last 24 hours; {expected} % are expected");
        verdicts.push(("uptime", met, message));
    }
    if let (Some(met), Some(is), Some(expected)) = (target.p95_met(figures), figures.p95_ms, target.p95_ms) {
        let message = format!(
            "95 of 100 answers of `{provider}` took up to {is:.0} ms in the last 24 hours; {expected} ms are expected"
        );
        verdicts.push(("p95", met, message));
    }
    verdicts
}

/// Whether everything that is expected and known is met.
fn met(target: &Target, figures: &Figures) -> Option<bool> {
    match (target.uptime_met(figures), target.p95_met(figures)) {
        (Some(uptime), Some(p95)) => Some(uptime && p95),
        (uptime, p95) => uptime.or(p95),
    }
}

fn sla(provider: &str, target: &Target) -> Sla {
    Sla { provider: provider.to_owned(), uptime_percent: target.uptime_percent, p95_ms: target.p95_ms }
}

fn figures(name: String, figures: &Figures, target: &Target) -> SlaFigures {
    SlaFigures {
        name,
        calls: figures.calls,
        failures: figures.failures,
        minutes: figures.minutes,
        down_minutes: figures.down_minutes,
        uptime_percent: figures.uptime_percent(),
        p95_ms: figures.p95_ms,
        uptime_met: target.uptime_met(figures),
        p95_met: target.p95_met(figures),
    }
}

fn deployment(
    one: routing::DeploymentHealth,
    uptime_percent: Option<f64>,
    now: Timestamp,
) -> DeploymentHealth {
    let measures = one.measures;
    let state = if one.calls == 0 { UNKNOWN } else { one.state.as_str() };
    let retry_in_ms = one.retry_in.map(whole_ms);
    let breaker = match (one.is_open, measures.standing) {
        (true, routing::Standing::Open { .. }) => "open",
        (true, _) => "half_open",
        (false, _) => "closed",
    };
    DeploymentHealth {
        limits: limits(&one),
        last_hour: last_hour(&one, now),
        id: one.id,
        provider: one.provider,
        state: state.to_owned(),
        calls: one.calls,
        failures: one.failures,
        in_flight: one.in_flight,
        waiting: one.waiting,
        uptime_percent,
        samples: measures.samples,
        success_percent: measures.success_share * 100.0,
        latency_ms: percentiles(&measures.latency_ms),
        first_token_ms: percentiles(&measures.first_token_ms),
        tokens_per_second: measures.tokens_per_second,
        headroom: measures.headroom,
        breaker: Breaker { state: breaker.to_owned(), retry_in_ms },
        last_error: one.last_error,
    }
}

fn percentiles(of: &routing::health::Percentiles) -> Percentiles {
    Percentiles { p50: of.p50, p95: of.p95, p99: of.p99 }
}

fn limits(one: &routing::DeploymentHealth) -> Vec<LimitState> {
    let state = |source: &str, of: &str, window: WindowState| LimitState {
        source: source.to_owned(),
        of: of.to_owned(),
        limit: window.limit,
        remaining: window.remaining,
        reset_ms: (!window.reset_in.is_zero()).then(|| whole_ms(window.reset_in)),
    };
    let [requests, tokens] = one.provider_limits;
    let mut limits: Vec<LimitState> = [("requests", requests), ("tokens", tokens)]
        .into_iter()
        .filter_map(|(of, window)| Some(state("provider_reply", of, window?)))
        .collect();
    for (scope, LimitsState { requests, tokens, parallel }) in &one.limits {
        let source = match scope {
            Scope::Provider(_) => "provider",
            Scope::Deployment(_) | Scope::User | Scope::Key(_) => "deployment",
        };
        let each = [("requests", requests), ("tokens", tokens), ("parallel", parallel)];
        limits.extend(each.into_iter().filter_map(|(of, window)| Some(state(source, of, (*window)?))));
    }
    limits
}

/// Every minute of the last hour, if anything happened in any of them.
fn last_hour(one: &routing::DeploymentHealth, now: Timestamp) -> Vec<HealthMinute> {
    if one.last_hour.is_empty() {
        return Vec::new();
    }
    let minutes = (0..MINUTES_SHOWN).rev().map(|minutes_ago| {
        let happened = one.last_hour.iter().find(|minute| minute.minutes_ago == minutes_ago);
        let back = MINUTE * u32::try_from(minutes_ago).unwrap_or(0);
        HealthMinute {
            at: now.minus(back).to_string(),
            calls: happened.map_or(0, |minute| minute.calls),
            failures: happened.map_or(0, |minute| minute.failures),
            p95_ms: happened.and_then(|minute| minute.p95_ms),
            down: happened.is_some_and(|minute| minute.down),
        }
    });
    minutes.collect()
}

fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
