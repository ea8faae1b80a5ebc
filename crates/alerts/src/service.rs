//! The alerts as an object: the history, who is told, and the deliveries.

use crate::{
    config::{Config, FileWebhook, MAX_WEBHOOKS, Settings, THRESHOLDS, Webhook, check_name, check_url},
    db,
    error::AlertError,
    model::{Alert, AlertFilter, AlertPage, Delivery, DeliveryState, News, Severity},
    rules::{Happening, Verdict, judge},
    webhook::{self, AGAIN, Message, NotDelivered},
};
use base::{Clock, Id, OwnerId, Secret, Timestamp, new_id};
use futures::future::BoxFuture;
use net::{Client, LocalOnly, NetConfig, Reach};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use store::{Db, JobContext, JobFailure, JobHandler, Jobs, NewJob, Settings as Kept, Vault};
use tokio::sync::broadcast;

/// The setting that holds what is chosen on the page.
const SETTING: &str = "alerts";
/// The job that delivers a message.
const JOB: &str = "alerts.deliver";
/// What was over for less than this and begins again is the same thing.
const SAME: Duration = Duration::from_secs(600);
/// Most alerts on a page.
const MAX_PAGE: u32 = 200;
/// Alerts kept for a listener who is slow.
const WAITING: usize = 64;

/// What alerts are made of.
#[derive(Debug)]
pub struct Parts {
    /// Where the history is kept.
    pub db: Db,
    /// Who delivers.
    pub jobs: Jobs,
    /// Where secrets are kept.
    pub vault: Arc<Vault>,
    /// Where choices are kept.
    pub settings: Kept,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What the configuration file says.
    pub config: Config,
    /// What keeps messages on this machine, while it is on.
    pub local_only: LocalOnly,
}

/// The alerts. One for the whole program.
#[derive(Debug)]
pub struct Alerts {
    db: Db,
    jobs: Jobs,
    vault: Arc<Vault>,
    kept: Kept,
    clock: Arc<dyn Clock>,
    file: Vec<FileWebhook>,
    chosen: Mutex<Settings>,
    /// Held while choices are read, changed and written.
    choosing: tokio::sync::Mutex<()>,
    told: broadcast::Sender<Alert>,
    anywhere: Client,
    public_only: Client,
}

/// A webhook to be made.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// What it is called.
    pub name: String,
    /// Where it is sent to.
    pub url: String,
    /// Only alerts that matter at least so much.
    pub least: Severity,
}

/// A webhook that was just made. The secret is shown this once.
#[derive(Debug, Clone)]
pub struct CreatedWebhook {
    /// The webhook.
    pub webhook: Webhook,
    /// What its messages are signed with.
    pub secret: Secret,
}

/// What is to change of a webhook.
#[derive(Debug, Clone, Default)]
pub struct WebhookChange {
    /// What it is called.
    pub name: Option<String>,
    /// Only alerts that matter at least so much.
    pub least: Option<Severity>,
    /// Whether it is used.
    pub enabled: Option<bool>,
}

/// What became of a test message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookTest {
    /// Whether it arrived.
    pub ok: bool,
    /// What the other side said, or why it did not arrive.
    pub message: String,
}

/// What telling a thing came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// It is new, or worse than before.
    News(&'static str),
    /// It was known.
    Known,
}

impl Alerts {
    /// Loads what was chosen.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn open(parts: Parts) -> Result<Self, AlertError> {
        let Parts { db, jobs, vault, settings, clock, config, local_only } = parts;
        let chosen = settings.get(Id::FIRST_OWNER, SETTING).await?.unwrap_or_default();
        let client = |reach| {
            let local_only = local_only.clone();
            Client::new(NetConfig { reach, local_only, max_idle_per_host: 1, ..NetConfig::default() })
        };
        Ok(Self {
            db,
            jobs,
            vault,
            kept: settings,
            clock,
            file: config.webhooks,
            chosen: Mutex::new(chosen),
            choosing: tokio::sync::Mutex::default(),
            told: broadcast::channel(WAITING).0,
            anywhere: client(Reach::Any)?,
            public_only: client(Reach::PublicOnly)?,
        })
    }

    /// What delivers messages, for the queue.
    pub fn handlers(self: &Arc<Self>) -> Vec<Arc<dyn JobHandler>> {
        vec![Arc::new(Deliver(Arc::clone(self)))]
    }

    /// Every alert that is new, worse than before or over, from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Alert> {
        self.told.subscribe()
    }

    /// Takes note of something that happened. Answers with the alert, where it is news.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn hear(&self, happening: &Happening) -> Result<Option<Alert>, AlertError> {
        let verdict = judge(happening, &self.chosen.lock());
        match verdict {
            Verdict::Tell(news) => self.tell(news).await,
            Verdict::Over(key) => self.over(&key).await,
            Verdict::Nothing => Ok(None),
        }
    }

    async fn tell(&self, news: News) -> Result<Option<Alert>, AlertError> {
        let owner = Id::FIRST_OWNER;
        let now = self.clock.now();
        let mut transaction = self.db.begin().await?;
        db::one_at_a_time(&mut transaction, self.db.engine()).await?;
        let known = db::recent(&mut transaction, owner, &news.key, now.minus(SAME)).await?;
        let (alert, told) = match known {
            Some(known) => {
                let (alert, told) = again(known, news, now);
                db::update(&mut transaction, &alert).await?;
                (alert, told)
            }
            None => {
                let alert = Alert {
                    id: new_id(),
                    news,
                    occurrences: 1,
                    first_at: now,
                    last_at: now,
                    resolved_at: None,
                    acknowledged_at: None,
                    deliveries: Vec::new(),
                };
                let is_first = db::insert(&mut transaction, owner, &alert).await?;
                (alert, if is_first { Told::News("alert.raised") } else { Told::Known })
            }
        };
        let Told::News(event) = told else {
            transaction.commit().await?;
            return Ok(None);
        };
        let deliveries = self.deliver(&mut transaction, event, &alert).await?;
        transaction.commit().await?;
        self.jobs.wake();
        let alert = Alert { deliveries, ..alert };
        let (kind, title, message) = (alert.news.kind.as_str(), &alert.news.title, &alert.news.message);
        match alert.news.severity {
            Severity::Info => tracing::info!(kind, title, message, "alert"),
            Severity::Warning => tracing::warn!(kind, title, message, "alert"),
            Severity::Critical => tracing::error!(kind, title, message, "alert"),
        }
        self.publish(&alert);
        Ok(Some(alert))
    }

    /// Notes that the thing of a key is over; nothing where it had not begun.
    async fn over(&self, key: &str) -> Result<Option<Alert>, AlertError> {
        let now = self.clock.now();
        let mut transaction = self.db.begin().await?;
        db::one_at_a_time(&mut transaction, self.db.engine()).await?;
        let open =
            db::recent(&mut transaction, Id::FIRST_OWNER, key, Timestamp::from_millis(i64::MAX)).await?;
        let Some(mut alert) = open else { return Ok(None) };
        alert.resolved_at = Some(now);
        db::update(&mut transaction, &alert).await?;
        alert.deliveries = self.deliver(&mut transaction, "alert.resolved", &alert).await?;
        transaction.commit().await?;
        self.jobs.wake();
        tracing::info!(kind = alert.news.kind.as_str(), title = alert.news.title, "an alert is over");
        self.publish(&alert);
        Ok(Some(alert))
    }

    fn publish(&self, alert: &Alert) {
        // Nobody listening is fine.
        drop(self.told.send(alert.clone()));
    }

    /// Queues a message for each webhook that is to hear of it, as a part of the caller's transaction.
    async fn deliver(
        &self,
        connection: &mut sqlx::AnyConnection,
        event: &str,
        alert: &Alert,
    ) -> Result<Vec<Delivery>, AlertError> {
        let owner = Id::FIRST_OWNER;
        let now = self.clock.now();
        let quiet = self.chosen.lock().quiet_until.is_some_and(|until| until > now);
        let is_loud = !quiet || alert.news.severity == Severity::Critical;
        let hears = |webhook: &Webhook| webhook.enabled && is_loud && alert.news.severity >= webhook.least;
        let body = webhook::body(event, alert);
        let mut deliveries = Vec::new();
        for webhook in self.webhooks().into_iter().filter(hears) {
            let delivery = Delivery {
                id: new_id(),
                webhook: webhook.id,
                name: webhook.name,
                state: DeliveryState::Waiting,
                attempts: 0,
                error: None,
                updated_at: now,
            };
            db::insert_delivery(connection, (owner, alert.id), &delivery, &body).await?;
            let title = format!("{} to {}", alert.news.title, delivery.name);
            let arguments = json!({ "title": title, "delivery": delivery.id.to_string() });
            let attempts = u32::try_from(AGAIN.len() + 1).unwrap_or(u32::MAX);
            let job = NewJob { max_attempts: attempts, ..NewJob::new(owner, JOB, arguments) };
            self.jobs.enqueue_in(connection, job).await?;
            deliveries.push(delivery);
        }
        Ok(deliveries)
    }

    /// The history, the latest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn list(&self, owner: OwnerId, filter: &AlertFilter) -> Result<AlertPage, AlertError> {
        let limit = filter.limit.unwrap_or(50).clamp(1, MAX_PAGE);
        let pool = self.db.pool();
        let mut alerts = db::page(pool, owner, filter, limit).await?;
        let more = alerts.len() > limit as usize;
        alerts.truncate(limit as usize);
        db::with_deliveries(pool, owner, &mut alerts).await?;
        let next = alerts.last().filter(|_| more).map(|alert| alert.id);
        Ok(AlertPage { alerts, next, unseen: db::unseen(pool, owner).await? })
    }

    /// Says that somebody has seen an alert. Doing it twice is no error.
    ///
    /// # Errors
    /// [`AlertError::NoAlert`], or where the database fails.
    pub async fn acknowledge(&self, owner: OwnerId, id: Id) -> Result<Alert, AlertError> {
        self.acknowledge_some(owner, Some(id)).await?;
        let alert = db::get(self.db.pool(), owner, id).await?.ok_or(AlertError::NoAlert(id))?;
        let mut alerts = [alert];
        db::with_deliveries(self.db.pool(), owner, &mut alerts).await?;
        let [alert] = alerts;
        Ok(alert)
    }

    /// Says that somebody has seen all of them.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn acknowledge_all(&self, owner: OwnerId) -> Result<(), AlertError> {
        self.acknowledge_some(owner, None).await
    }

    async fn acknowledge_some(&self, owner: OwnerId, id: Option<Id>) -> Result<(), AlertError> {
        let mut transaction = self.db.begin().await?;
        db::acknowledge(&mut transaction, owner, id, self.clock.now()).await?;
        Ok(transaction.commit().await?)
    }

    /// Forgets alerts that are over or seen and happened last before `before`.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn forget(&self, before: Timestamp) -> Result<u64, AlertError> {
        let mut transaction = self.db.begin().await?;
        let forgotten = db::forget(&mut transaction, before).await?;
        transaction.commit().await?;
        Ok(forgotten)
    }

    /// What is chosen, without webhooks of the file.
    pub fn settings(&self) -> Settings {
        self.chosen.lock().clone()
    }

    /// Every webhook: those of the file, then those made on the page.
    pub fn webhooks(&self) -> Vec<Webhook> {
        let of_file = self.file.iter().map(Webhook::from);
        of_file.chain(self.chosen.lock().webhooks.iter().cloned()).collect()
    }

    /// Changes at which thresholds somebody is told, what nobody wants to hear of, and until when it is quiet.
    /// Webhooks stay as they are.
    ///
    /// # Errors
    /// [`AlertError::Invalid`], or where the database fails.
    pub async fn set(&self, put: Settings) -> Result<Settings, AlertError> {
        if let Some(unknown) = put.thresholds.iter().find(|percent| !THRESHOLDS.contains(percent)) {
            return Err(AlertError::Invalid {
                message: format!("`{unknown}` is not a threshold"),
                hint: "thresholds are 80, 90 and 95 (percent); whatever is above is always told",
            });
        }
        self.change(|chosen| {
            chosen.thresholds = THRESHOLDS.into_iter().filter(|one| put.thresholds.contains(one)).collect();
            chosen.muted.clone_from(&put.muted);
            chosen.muted.sort_unstable();
            chosen.muted.dedup();
            chosen.quiet_until = put.quiet_until;
            Ok(())
        })
        .await?;
        Ok(self.settings())
    }

    async fn change<T>(
        &self,
        change: impl FnOnce(&mut Settings) -> Result<T, AlertError>,
    ) -> Result<T, AlertError> {
        let _one_at_a_time = self.choosing.lock().await;
        let mut changed = self.settings();
        let done = change(&mut changed)?;
        self.kept.put(Id::FIRST_OWNER, SETTING, &changed).await?;
        *self.chosen.lock() = changed;
        Ok(done)
    }

    /// Makes a webhook.
    ///
    /// # Errors
    /// [`AlertError::Invalid`], or where secret or choice cannot be kept.
    pub async fn create_webhook(&self, new: NewWebhook) -> Result<CreatedWebhook, AlertError> {
        let name = valid_name(&new.name)?;
        check_url(&new.url, Reach::PublicOnly).map_err(|message| AlertError::Invalid {
            message,
            hint: "addresses inside your network are for `[[alerts.webhooks]]` in the configuration file",
        })?;
        let secret = webhook::new_secret().ok_or(AlertError::Random)?;
        let webhook =
            Webhook { id: new_id().to_string(), name, url: new.url, least: new.least, enabled: true };
        self.vault.put(Id::FIRST_OWNER, &secret_name(&webhook.id), &secret).await?;
        let kept = webhook.clone();
        self.change(|chosen| {
            if chosen.webhooks.len() >= MAX_WEBHOOKS {
                return Err(AlertError::Invalid {
                    message: format!("there are {MAX_WEBHOOKS} webhooks already"),
                    hint: "delete one first",
                });
            }
            chosen.webhooks.push(kept);
            Ok(())
        })
        .await?;
        Ok(CreatedWebhook { webhook, secret })
    }

    /// Changes a webhook; its address and its secret stay: those are made anew.
    ///
    /// # Errors
    /// [`AlertError::NoWebhook`], [`AlertError::InFile`], or where the choice cannot be kept.
    pub async fn change_webhook(&self, id: &str, change: WebhookChange) -> Result<Webhook, AlertError> {
        self.only_made_here(id)?;
        let name = change.name.as_deref().map(valid_name).transpose()?;
        self.change(|chosen| {
            let webhook = chosen.webhooks.iter_mut().find(|webhook| webhook.id == id);
            let webhook = webhook.ok_or_else(|| AlertError::NoWebhook(id.to_owned()))?;
            webhook.name = name.unwrap_or_else(|| webhook.name.clone());
            webhook.least = change.least.unwrap_or(webhook.least);
            webhook.enabled = change.enabled.unwrap_or(webhook.enabled);
            Ok(webhook.clone())
        })
        .await
    }

    /// Deletes a webhook and its secret. What waits for it is given up.
    ///
    /// # Errors
    /// [`AlertError::NoWebhook`], [`AlertError::InFile`], or where the choice cannot be kept.
    pub async fn delete_webhook(&self, id: &str) -> Result<(), AlertError> {
        self.only_made_here(id)?;
        self.change(|chosen| {
            let before = chosen.webhooks.len();
            chosen.webhooks.retain(|webhook| webhook.id != id);
            if chosen.webhooks.len() == before { Err(AlertError::NoWebhook(id.to_owned())) } else { Ok(()) }
        })
        .await?;
        Ok(self.vault.remove(Id::FIRST_OWNER, &secret_name(id)).await?)
    }

    /// Sends a message that says that it is only a test, once and at once.
    ///
    /// # Errors
    /// [`AlertError::NoWebhook`], or where the secret cannot be read.
    pub async fn test_webhook(&self, id: &str) -> Result<WebhookTest, AlertError> {
        let webhook = self.webhook(id)?;
        let now = self.clock.now();
        let body = json!({ "type": "alert.test", "timestamp": now.to_string(),
            "data": { "title": "A test by Familiar", "message": "If you can read this, alerts arrive here." } });
        Ok(match self.send(&webhook, new_id(), &body.to_string()).await? {
            Ok(status) => WebhookTest { ok: true, message: format!("it arrived; the answer was {status}") },
            Err(error) => WebhookTest { ok: false, message: error.message },
        })
    }

    fn webhook(&self, id: &str) -> Result<Webhook, AlertError> {
        let found = self.webhooks().into_iter().find(|webhook| webhook.id == id);
        found.ok_or_else(|| AlertError::NoWebhook(id.to_owned()))
    }

    fn only_made_here(&self, id: &str) -> Result<(), AlertError> {
        let webhook = self.webhook(id)?;
        if webhook.is_of_file() { Err(AlertError::InFile(webhook.name)) } else { Ok(()) }
    }

    async fn send(
        &self,
        webhook: &Webhook,
        id: Id,
        body: &str,
    ) -> Result<Result<http::StatusCode, NotDelivered>, AlertError> {
        let for_good = |message: String| Ok(Err(NotDelivered { message, again: false }));
        let reach = webhook.reach();
        let uri = match check_url(&webhook.url, reach) {
            Ok(uri) => uri,
            Err(message) => return for_good(message),
        };
        let of_file = self.file.iter().find(|one| webhook.is_of_file() && one.name == webhook.name);
        let secret = match of_file {
            Some(of_file) => Some(of_file.secret.clone()),
            None => self.vault.get(Id::FIRST_OWNER, &secret_name(&webhook.id)).await?,
        };
        let Some(secret) = secret else { return for_good("its secret is gone".to_owned()) };
        let client = if reach == Reach::Any { &self.anywhere } else { &self.public_only };
        let message = Message { id, now: self.clock.now(), body, secret: &secret };
        Ok(webhook::send(client, uri, message).await)
    }

    /// One attempt to deliver; what becomes of it is written down.
    async fn attempt(&self, context: &JobContext) -> Result<Value, JobFailure> {
        let broken = |error: AlertError| JobFailure::for_now(error.to_string(), Duration::from_secs(30));
        let id = context.job.arguments.get("delivery").and_then(Value::as_str);
        let Some(id) = id.and_then(|id| id.parse::<Id>().ok()) else {
            return Err(JobFailure::for_good("the job names no delivery"));
        };
        let delivery = db::to_deliver(self.db.pool(), id).await.map_err(|error| broken(error.into()))?;
        // One that was given up is here only where a person has it tried again, or the program ended before the job did.
        let Some(delivery) = delivery.filter(|delivery| delivery.state != DeliveryState::Delivered) else {
            return Ok(json!({ "delivered": false, "because": "it is over or was forgotten" }));
        };
        let gone =
            || NotDelivered { message: "the webhook is gone or switched off".to_owned(), again: false };
        let sent = match self.webhook(&delivery.webhook).ok().filter(|webhook| webhook.enabled) {
            Some(webhook) => self.send(&webhook, id, &delivery.body).await.map_err(broken)?,
            None => Err(gone()),
        };
        let tries = usize::try_from(context.job.attempts).unwrap_or(usize::MAX);
        let wait = AGAIN.get(tries.saturating_sub(1)).copied();
        let (state, error) = match &sent {
            Ok(_) => (DeliveryState::Delivered, None),
            Err(error) if error.again && wait.is_some() => {
                (DeliveryState::Waiting, Some(error.message.as_str()))
            }
            Err(error) => (DeliveryState::Failed, Some(error.message.as_str())),
        };
        let written = async {
            let mut transaction = self.db.begin().await?;
            db::delivered(&mut transaction, id, (state, error), self.clock.now()).await?;
            transaction.commit().await
        };
        written.await.map_err(|error| broken(error.into()))?;
        match (sent, wait) {
            (Ok(status), _) => Ok(json!({ "delivered": true, "status": status.as_u16() })),
            (Err(error), Some(wait)) if error.again => Err(JobFailure::for_now(error.message, wait)),
            (Err(error), _) => {
                tracing::warn!(delivery = %id, error = error.message, "an alert could not be delivered");
                Err(JobFailure::for_good(error.message))
            }
        }
    }
}

/// The entry after the same thing has happened again.
fn again(known: Alert, news: News, now: Timestamp) -> (Alert, Told) {
    let is_worse = news.severity > known.news.severity;
    let alert = Alert {
        occurrences: known.occurrences.saturating_add(1),
        last_at: now,
        resolved_at: None,
        acknowledged_at: if is_worse { None } else { known.acknowledged_at },
        // What is a little better for the moment is not told as if all were well.
        news: News { severity: news.severity.max(known.news.severity), ..news },
        ..known
    };
    (alert, if is_worse { Told::News("alert.worse") } else { Told::Known })
}

fn secret_name(webhook: &str) -> String {
    format!("webhook:{webhook}")
}

fn valid_name(name: &str) -> Result<String, AlertError> {
    let checked = check_name(name).map(|()| name.trim().to_owned());
    checked.map_err(|message| AlertError::Invalid { message, hint: "give it another name" })
}

/// The job that delivers.
#[derive(Debug)]
struct Deliver(Arc<Alerts>);

impl JobHandler for Deliver {
    fn name(&self) -> &'static str {
        JOB
    }

    /// A lane of its own: what somebody should know does not wait for documents.
    fn lane(&self) -> &'static str {
        "alerts"
    }

    fn run(&self, context: JobContext) -> BoxFuture<'_, Result<Value, JobFailure>> {
        Box::pin(async move {
            tokio::select! {
                done = self.0.attempt(&context) => done,
                () = context.cancelled().cancelled() => Err(JobFailure::not_yet(Duration::ZERO)),
            }
        })
    }
}
