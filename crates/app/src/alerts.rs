//! What happens in the program as alerts: the gateway's events, targets, days that stand out.

use crate::{
    AppError,
    app::{App, kept},
};
use ::alerts::{
    Alert, AlertError, AlertFilter, AlertPage, BudgetMark, CreatedWebhook, Happening, Kind, NewWebhook,
    Passed, Settings, Severity, Webhook, WebhookChange,
};
use api::{
    alerts::{
        Alert as ShownAlert, AlertDelivery, AlertList, AlertSettings, AlertWebhook, CreateWebhook,
        CreatedWebhook as ShownCreated, PutAlertSettings, UpdateWebhook, WebhookTest,
    },
    events::AppEvent,
};
use base::{ErrorKind, Id, Money};
use gateway::HealthChange;
use routing::State;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// How often it is looked at whether a day stands out.
const LOOK: Duration = Duration::from_secs(300);

impl App {
    /// Takes note of something; what goes wrong with that is only logged.
    pub(crate) async fn hear(&self, happening: Happening) {
        if let Err(error) = self.alerts.hear(&happening).await {
            tracing::warn!(%error, ?happening, "an alert cannot be kept");
        }
    }

    /// The history.
    pub async fn list_alerts(&self, filter: &AlertFilter) -> Result<AlertList, AppError> {
        let AlertPage { alerts, next, unseen } =
            self.alerts.list(Id::FIRST_OWNER, filter).await.map_err(failed)?;
        let alerts = alerts.into_iter().map(shown).collect();
        Ok(AlertList { alerts, unseen, next: next.map(|id| id.to_string()) })
    }

    /// Says that somebody has seen an alert.
    pub async fn acknowledge_alert(&self, id: Id) -> Result<ShownAlert, AppError> {
        let alert = self.alerts.acknowledge(Id::FIRST_OWNER, id).await.map_err(failed)?;
        // Other windows count those that nobody has seen.
        self.events.publish(AppEvent::Alert { alert: Box::new(shown(alert.clone())) });
        Ok(shown(alert))
    }

    /// Says that somebody has seen all of them.
    pub async fn acknowledge_alerts(&self) -> Result<AlertList, AppError> {
        self.alerts.acknowledge_all(Id::FIRST_OWNER).await.map_err(failed)?;
        self.list_alerts(&AlertFilter::default()).await
    }

    /// What alerts go by.
    pub fn alert_settings(&self) -> AlertSettings {
        let Settings { thresholds, muted, quiet_until, webhooks: _ } = self.alerts.settings();
        AlertSettings {
            thresholds,
            muted: muted.into_iter().map(|kind| kind.to_string()).collect(),
            quiet_until: quiet_until.filter(|until| *until > self.clock.now()).map(|until| until.to_string()),
            webhooks: self.alerts.webhooks().into_iter().map(shown_webhook).collect(),
        }
    }

    /// Changes what alerts go by.
    pub async fn set_alert_settings(&self, put: PutAlertSettings) -> Result<AlertSettings, AppError> {
        let muted = put.muted.into_iter().map(|name| {
            let kind = Kind::from_name(&name);
            kind.ok_or(AppError::Setting { name: "muted", value: name })
        });
        let muted = muted.collect::<Result<Vec<Kind>, AppError>>()?;
        let quiet_until = put.quiet_until.map(|text| {
            let until = text.parse();
            until.map_err(|_| AppError::Setting { name: "quiet_until", value: text })
        });
        let settings = Settings {
            thresholds: put.thresholds,
            muted,
            quiet_until: quiet_until.transpose()?,
            webhooks: Vec::new(),
        };
        self.alerts.set(settings).await.map_err(failed)?;
        Ok(self.alert_settings())
    }

    /// Makes a webhook.
    pub async fn create_webhook(&self, new: CreateWebhook) -> Result<ShownCreated, AppError> {
        let least = severity(new.least)?.unwrap_or_default();
        let new = NewWebhook { name: new.name, url: new.url, least };
        let CreatedWebhook { webhook, secret } = self.alerts.create_webhook(new).await.map_err(failed)?;
        Ok(ShownCreated { webhook: shown_webhook(webhook), secret: secret.expose().to_owned() })
    }

    /// Changes a webhook.
    pub async fn change_webhook(&self, id: &str, change: UpdateWebhook) -> Result<AlertWebhook, AppError> {
        let least = severity(change.least)?;
        let change = WebhookChange { name: change.name, least, enabled: change.enabled };
        Ok(shown_webhook(self.alerts.change_webhook(id, change).await.map_err(failed)?))
    }

    /// Deletes a webhook.
    pub async fn delete_webhook(&self, id: &str) -> Result<(), AppError> {
        self.alerts.delete_webhook(id).await.map_err(failed)
    }

    /// Sends a test message.
    pub async fn test_webhook(&self, id: &str) -> Result<WebhookTest, AppError> {
        let tested = self.alerts.test_webhook(id).await.map_err(failed)?;
        Ok(WebhookTest { ok: tested.ok, message: tested.message })
    }

    /// Tells how the providers of these deployments are doing.
    async fn look_at_providers(&self, only: Option<&str>) {
        let mut providers: BTreeMap<String, Standing> = BTreeMap::new();
        for one in self.gateway.health() {
            let standing = providers.entry(one.provider).or_default();
            standing.called += usize::from(one.calls > 0);
            match one.state {
                State::Unavailable => standing.down.push(one.id),
                State::QuotaExceeded => standing.quota.push(one.id),
                State::Available | State::Degraded | State::RateLimited => continue,
            }
            standing.error = one.last_error.or(standing.error.take());
        }
        for (provider, standing) in providers {
            // What was never called since the start, nobody knows to be well.
            if only.is_some_and(|only| only != provider) || standing.called == 0 {
                continue;
            }
            let Standing { called, down, quota, error } = standing;
            let out_of_quota =
                Happening::Quota { provider: provider.clone(), models: quota, error: error.clone() };
            self.hear(out_of_quota).await;
            self.hear(Happening::Provider { provider, down, called, error }).await;
        }
    }

    /// Looks at yesterday and today.
    async fn look_at_days(&self) {
        let found = match self.strange_days().await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, "it cannot be seen whether days stand out");
                return;
            }
        };
        for one in found {
            let money = |text: &str| text.parse::<Money>().unwrap_or_default();
            self.hear(Happening::Anomaly {
                over: one.over,
                spent: money(&one.usd),
                expected: money(&one.expected_usd),
                ordinary: money(&one.upper_usd),
                day: one.day,
            })
            .await;
        }
    }
}

/// How a provider is doing.
#[derive(Debug, Default)]
struct Standing {
    called: usize,
    down: Vec<String>,
    quota: Vec<String>,
    error: Option<String>,
}

/// Hears of deployments that do better or worse.
pub(crate) async fn hear_of_health(app: Arc<App>) {
    let mut changes: Receiver<HealthChange> = app.gateway.health_events();
    loop {
        match changes.recv().await {
            Ok(change) => {
                let provider = change.deployment.split('/').next().unwrap_or_default().to_owned();
                app.look_at_providers(Some(&provider)).await;
            }
            // What was missed shows in how they are doing now.
            Err(RecvError::Lagged(_)) => app.look_at_providers(None).await,
            Err(RecvError::Closed) => return,
        }
    }
}

/// Hears of marks that budgets' spending passes.
pub(crate) async fn hear_of_budgets(app: Arc<App>) {
    let mut events = app.gateway.budget_events();
    loop {
        match events.recv().await {
            Ok(event) => {
                let budgets = app.gateway.budgets().list(Id::FIRST_OWNER).await.unwrap_or_default();
                let of_event = budgets.iter().find(|budget| budget.id == event.budget_id);
                // The window's end tells it from the ones before and after.
                let window = of_event.and_then(|budget| budget.state.resets_at);
                let window = window.map_or_else(|| "whole".to_owned(), |at| at.to_string());
                let mark = match event.mark {
                    gateway::BudgetMark::Percent(percent) => BudgetMark::Percent(percent),
                    gateway::BudgetMark::Soft => BudgetMark::Soft,
                    gateway::BudgetMark::Exceeded => BudgetMark::Exceeded,
                    gateway::BudgetMark::Emergency => BudgetMark::Emergency,
                };
                app.hear(Happening::Budget(Passed {
                    budget: event.budget_id,
                    label: event.label,
                    period: event.period.to_string(),
                    window,
                    mark,
                    spent: event.spent,
                    limit: event.limit,
                }))
                .await;
            }
            Err(RecvError::Lagged(_)) => tracing::warn!("some marks of budgets were passed unheard"),
            Err(RecvError::Closed) => return,
        }
    }
}

/// Looks at days in the background, and at providers whose recovery nobody has told, such as after a restart.
pub(crate) async fn watch(app: Arc<App>) {
    loop {
        app.look_at_days().await;
        app.look_at_providers(None).await;
        tokio::time::sleep(LOOK).await;
    }
}

/// Tells the page.
pub(crate) async fn publish(app: Arc<App>) {
    let mut told = app.alerts.subscribe();
    loop {
        match told.recv().await {
            Ok(alert) => app.events.publish(AppEvent::Alert { alert: Box::new(shown(alert)) }),
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

fn failed(error: AlertError) -> AppError {
    if error.kind() == ErrorKind::Internal { kept(error.kind(), error) } else { AppError::Alerts(error) }
}

fn severity(name: Option<String>) -> Result<Option<Severity>, AppError> {
    name.map(|name| {
        let severity = Severity::from_name(&name);
        severity.ok_or(AppError::Setting { name: "least", value: name })
    })
    .transpose()
}

fn shown_webhook(webhook: Webhook) -> AlertWebhook {
    let source = if webhook.is_of_file() { "file" } else { "page" };
    AlertWebhook {
        id: webhook.id,
        name: webhook.name,
        url: webhook.url,
        least: webhook.least.to_string(),
        enabled: webhook.enabled,
        source: source.to_owned(),
    }
}

fn shown(alert: Alert) -> ShownAlert {
    let deliveries = alert.deliveries.into_iter().map(|delivery| AlertDelivery {
        id: delivery.id.to_string(),
        webhook: delivery.name,
        state: delivery.state.as_str().to_owned(),
        attempts: delivery.attempts,
        error: delivery.error,
        at: delivery.updated_at.to_string(),
    });
    ShownAlert {
        id: alert.id.to_string(),
        kind: alert.news.kind.to_string(),
        severity: alert.news.severity.to_string(),
        title: alert.news.title,
        message: alert.news.message,
        facts: alert.news.facts,
        occurrences: alert.occurrences,
        first_at: alert.first_at.to_string(),
        last_at: alert.last_at.to_string(),
        resolved_at: alert.resolved_at.map(|at| at.to_string()),
        acknowledged_at: alert.acknowledged_at.map(|at| at.to_string()),
        deliveries: deliveries.collect(),
    }
}
