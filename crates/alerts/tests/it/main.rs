//! Alerts on both databases, with webhooks that are real servers on this machine.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

mod receiver;

use alerts::{
    AlertError, AlertFilter, Alerts, BudgetMark, Config, DeliveryState, FileWebhook, Happening, Kind,
    NewWebhook, Parts, Passed, Settings, Severity, WebhookChange, webhook::signature,
};
use base::{Clock, Id, Money, Secret};
use receiver::Receiver;
use std::{sync::Arc, time::Duration};
use store::{
    JobState, Jobs, Vault,
    jobs::{Runner, RunnerConfig},
    testing::TestDb,
};

const OWNER: Id = Id::FIRST_OWNER;
const SECRET: &str = "a secret of the operator";

store::on_each_database!(
    the_same_thing_is_one_entry_and_told_once,
    what_is_over_and_begins_again_soon_is_the_same_thing,
    alerts_are_listed_filtered_paged_acknowledged_and_forgotten,
    thresholds_mutes_and_quiet_are_kept,
    a_webhook_gets_what_it_can_check_and_a_failed_one_is_tried_again,
    a_delivery_survives_a_restart_and_arrives_once,
    webhooks_of_the_page_never_reach_inside,
);

struct Stage {
    alerts: Arc<Alerts>,
    jobs: Jobs,
}

impl Stage {
    async fn new(test: &TestDb, webhooks: Vec<FileWebhook>) -> Self {
        let jobs = Jobs::new(test.db.clone(), Id::from_u128(7));
        let parts = Parts {
            db: test.db.clone(),
            jobs: jobs.clone(),
            vault: Arc::new(Vault::open(test.db.clone(), test.dir()).await.unwrap()),
            settings: store::Settings::new(test.db.clone()),
            clock: Arc::clone(&test.clock) as Arc<dyn Clock>,
            config: Config { webhooks },
            local_only: net::LocalOnly::default(),
        };
        Self { alerts: Arc::new(Alerts::open(parts).await.unwrap()), jobs }
    }

    async fn run(&self) -> Runner {
        let handlers = self.alerts.handlers();
        Runner::start(self.jobs.clone(), handlers, RunnerConfig::default()).await.unwrap()
    }

    async fn all(&self) -> Vec<alerts::Alert> {
        self.alerts.list(OWNER, &AlertFilter::default()).await.unwrap().alerts
    }

    async fn eventually(&self, what: &str, holds: impl Fn(&[alerts::Alert]) -> bool) {
        for _ in 0..2_000 {
            if holds(&self.all().await) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("did not happen: {what}: {:#?}", self.all().await);
    }
}

fn budget(mark: BudgetMark, window: &str) -> Happening {
    Happening::Budget(Passed {
        budget: "b1".into(),
        label: "everything".into(),
        period: "day".into(),
        window: window.into(),
        mark,
        spent: "8.10".parse().unwrap(),
        limit: "10".parse().unwrap(),
    })
}

fn down(models: &[&str], called: usize) -> Happening {
    Happening::Provider {
        provider: "p".into(),
        down: models.iter().map(|model| (*model).to_owned()).collect(),
        called,
        error: Some("network: refused".into()),
    }
}

fn hook(name: &str, url: String, least: Severity) -> FileWebhook {
    FileWebhook { name: name.into(), url, secret: Secret::new(SECRET), least }
}

async fn the_same_thing_is_one_entry_and_told_once(test: Arc<TestDb>) {
    let stage = Stage::new(&test, Vec::new()).await;
    let mut told = stage.alerts.subscribe();
    for _ in 0..3 {
        stage.alerts.hear(&budget(BudgetMark::Percent(80), "2026-01-02")).await.unwrap();
    }
    stage.alerts.hear(&budget(BudgetMark::Percent(80), "2026-01-03")).await.unwrap();
    stage.alerts.hear(&budget(BudgetMark::Exceeded, "2026-01-03")).await.unwrap();
    let seen: Vec<_> = stage
        .all()
        .await
        .into_iter()
        .map(|alert| (alert.news.kind, alert.news.severity, alert.occurrences))
        .collect();
    assert_eq!(
        seen,
        [
            (Kind::BudgetExceeded, Severity::Critical, 1),
            (Kind::BudgetThreshold, Severity::Info, 1),
            (Kind::BudgetThreshold, Severity::Info, 3)
        ]
    );
    assert_eq!(told.len(), 3, "each of them once");
    let first = told.recv().await.unwrap();
    assert_eq!(first.news.title, "everything: 80 % of the budget");
    assert_eq!(first.news.message, "8.10 of 10.00 US dollars are spent this day");

    // Many at the same moment are still one.
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let alerts = Arc::clone(&stage.alerts);
            tokio::spawn(async move { alerts.hear(&down(&["p/m"], 2)).await.unwrap().is_some() })
        })
        .collect();
    let mut news = 0;
    for task in tasks {
        news += usize::from(task.await.unwrap());
    }
    let all = stage.all().await;
    assert_eq!((news, all[0].occurrences, all[0].news.severity), (1, 16, Severity::Warning));
    // Worse is news again, and has to be seen again.
    stage.alerts.acknowledge(OWNER, all[0].id).await.unwrap();
    let worse = stage.alerts.hear(&down(&["p/m", "p/n"], 2)).await.unwrap().unwrap();
    assert_eq!((worse.id, worse.news.severity, worse.acknowledged_at), (all[0].id, Severity::Critical, None));
    assert_eq!(worse.news.title, "p cannot be reached");
    assert!(stage.alerts.hear(&down(&["p/m"], 2)).await.unwrap().is_none());
    assert_eq!(stage.all().await[0].news.severity, Severity::Critical, "a little better is not well");
}

async fn what_is_over_and_begins_again_soon_is_the_same_thing(test: Arc<TestDb>) {
    let stage = Stage::new(&test, Vec::new()).await;
    assert!(stage.alerts.hear(&down(&[], 2)).await.unwrap().is_none(), "what never began is not over");
    let first = stage.alerts.hear(&down(&["p/m"], 1)).await.unwrap().unwrap();
    let over = stage.alerts.hear(&down(&[], 2)).await.unwrap().unwrap();
    assert_eq!((over.id, over.resolved_at), (first.id, Some(test.clock.now())));
    assert!(stage.alerts.hear(&down(&[], 2)).await.unwrap().is_none(), "it is over once");
    test.clock.advance(Duration::from_secs(300));
    assert!(stage.alerts.hear(&down(&["p/m"], 1)).await.unwrap().is_none(), "it flaps");
    assert_eq!(stage.all().await.len(), 1);
    assert_eq!(stage.all().await[0].resolved_at, None);
    stage.alerts.hear(&down(&[], 2)).await.unwrap().unwrap();
    test.clock.advance(Duration::from_secs(601));
    let second = stage.alerts.hear(&down(&["p/m"], 1)).await.unwrap().unwrap();
    assert_ne!(second.id, first.id, "after a while it is something new");
    assert_eq!(stage.all().await.len(), 2);
}

async fn alerts_are_listed_filtered_paged_acknowledged_and_forgotten(test: Arc<TestDb>) {
    let stage = Stage::new(&test, Vec::new()).await;
    for day in 10..30 {
        stage.alerts.hear(&budget(BudgetMark::Percent(90), &format!("2026-01-{day}"))).await.unwrap();
    }
    stage.alerts.hear(&down(&["p/m"], 1)).await.unwrap();
    let list = |filter: AlertFilter| {
        let alerts = Arc::clone(&stage.alerts);
        async move { alerts.list(OWNER, &filter).await.unwrap() }
    };
    let page = list(AlertFilter { limit: Some(8), ..AlertFilter::default() }).await;
    assert_eq!((page.alerts.len(), page.unseen), (8, 21));
    let rest = list(AlertFilter { before: page.next, ..AlertFilter::default() }).await;
    assert_eq!((rest.alerts.len(), rest.next), (13, None));
    let only = AlertFilter { kind: Some(Kind::ProviderDown), ..AlertFilter::default() };
    assert_eq!(list(only).await.alerts.len(), 1);
    let seen = stage.alerts.acknowledge(OWNER, page.alerts[0].id).await.unwrap();
    assert_eq!(seen.acknowledged_at, Some(test.clock.now()));
    assert_eq!(list(AlertFilter { unseen: true, ..AlertFilter::default() }).await.alerts.len(), 20);
    let strangers = stage.alerts.list(Id::from_u128(2), &AlertFilter::default()).await.unwrap();
    assert_eq!((strangers.alerts.len(), strangers.unseen), (0, 0));
    let nobodys = stage.alerts.acknowledge(Id::from_u128(2), page.alerts[0].id).await;
    assert!(matches!(nobodys, Err(AlertError::NoAlert(_))));
    test.clock.advance(Duration::from_secs(60));
    assert_eq!(stage.alerts.forget(test.clock.now()).await.unwrap(), 1, "only what was seen");
    stage.alerts.acknowledge_all(OWNER).await.unwrap();
    assert_eq!(list(AlertFilter::default()).await.unseen, 0);
    assert_eq!(stage.alerts.forget(test.clock.now()).await.unwrap(), 20);
}

async fn thresholds_mutes_and_quiet_are_kept(test: Arc<TestDb>) {
    let receiver = Receiver::start().await;
    let hooks = || vec![hook("here", receiver.url(), Severity::Info)];
    let stage = Stage::new(&test, hooks()).await;
    let wrong = stage.alerts.set(Settings { thresholds: vec![50], ..Settings::default() }).await;
    assert!(matches!(wrong, Err(AlertError::Invalid { .. })));
    let quiet_until = Some(test.clock.now().plus(Duration::from_secs(3_600)));
    let put =
        Settings { thresholds: vec![95], muted: vec![Kind::Anomaly], quiet_until, ..Settings::default() };
    stage.alerts.set(put.clone()).await.unwrap();
    let stage = Stage::new(&test, hooks()).await;
    assert_eq!(stage.alerts.settings(), put, "also after a restart");
    assert!(stage.alerts.hear(&budget(BudgetMark::Percent(80), "w")).await.unwrap().is_none());
    let strange = Happening::Anomaly {
        day: "2026-01-02".into(),
        over: true,
        spent: Money::from_nanos(9),
        expected: Money::ZERO,
        ordinary: Money::ZERO,
    };
    assert!(stage.alerts.hear(&strange).await.unwrap().is_none());
    let quiet = stage.alerts.hear(&budget(BudgetMark::Percent(95), "w")).await.unwrap().unwrap();
    assert!(quiet.deliveries.is_empty(), "it is in the history, and told to nobody");
    let loud = stage.alerts.hear(&budget(BudgetMark::Exceeded, "w")).await.unwrap().unwrap();
    assert_eq!(loud.deliveries.len(), 1, "what is critical is told");
}

async fn a_webhook_gets_what_it_can_check_and_a_failed_one_is_tried_again(test: Arc<TestDb>) {
    let receiver = Receiver::start().await;
    receiver.answers(&[503, 302, 200]);
    let hooks = vec![
        hook("here", receiver.url(), Severity::Warning),
        hook("only the worst", receiver.url(), Severity::Critical),
    ];
    let stage = Stage::new(&test, hooks).await;
    let runner = stage.run().await;
    stage.alerts.hear(&down(&["p/m"], 2)).await.unwrap().unwrap();
    for _ in 0..500 {
        let all = stage.all().await;
        if all[0].deliveries.iter().all(|one| one.state == DeliveryState::Delivered) {
            break;
        }
        // An attempt is over a moment before its job is put back into the queue.
        test.clock.advance(Duration::from_secs(3));
        stage.jobs.wake();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let messages = receiver.messages();
    assert_eq!(messages.len(), 3);
    for message in &messages {
        let seconds: i64 = message.header("webhook-timestamp").parse().unwrap();
        let id = message.header("webhook-id");
        let expected = signature(&Secret::new(SECRET), &id, seconds, message.body.as_bytes());
        assert_eq!(message.header("webhook-signature"), expected);
        assert_eq!(message.header("content-type"), "application/json");
        assert_eq!(id, messages[0].header("webhook-id"), "each time the same message");
        assert_eq!(message.body, messages[0].body);
    }
    assert_ne!(messages[0].header("webhook-timestamp"), messages[2].header("webhook-timestamp"));
    let told: serde_json::Value = serde_json::from_str(&messages[0].body).unwrap();
    assert_eq!((&told["type"], &told["data"]["kind"]), (&"alert.raised".into(), &"provider_down".into()));
    assert_eq!(told["data"]["facts"]["deployments"][0], "p/m");
    let delivery = &stage.all().await[0].deliveries[0];
    assert_eq!((delivery.attempts, delivery.error.as_deref()), (3, None));

    // Nobody wants it any more: that is the end.
    receiver.answers(&[410]);
    stage.alerts.hear(&down(&[], 2)).await.unwrap().unwrap();
    stage
        .eventually("it is given up", |all| {
            all[0].deliveries.iter().any(|one| one.state == DeliveryState::Failed)
        })
        .await;
    // Until a person has it tried again.
    for _ in 0..2_000 {
        let failed = stage.jobs.list(OWNER, None, Some(JobState::Failed), 1).await.unwrap();
        if let Some(job) = failed.first() {
            stage.jobs.retry(OWNER, job.id).await.unwrap();
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    stage
        .eventually("it is delivered", |all| {
            all[0].deliveries.iter().all(|one| one.state == DeliveryState::Delivered)
        })
        .await;
    assert!(stage.alerts.test_webhook("file:here").await.unwrap().ok);
    assert!(matches!(stage.alerts.delete_webhook("file:here").await, Err(AlertError::InFile(_))));
    runner.stop().await;
}

async fn a_delivery_survives_a_restart_and_arrives_once(test: Arc<TestDb>) {
    let receiver = Receiver::start().await;
    let hooks = || vec![hook("here", receiver.url(), Severity::Info)];
    let first = Stage::new(&test, hooks()).await;
    first.alerts.hear(&down(&["p/m"], 1)).await.unwrap().unwrap();
    // The program ends before anything was sent, and starts again.
    drop(first);
    let second = Stage::new(&test, hooks()).await;
    let runner = second.run().await;
    second.eventually("it arrives", |all| all[0].deliveries[0].state == DeliveryState::Delivered).await;
    runner.stop().await;
    let runner = second.run().await;
    second.jobs.wake();
    runner.stop().await;
    assert_eq!(receiver.messages().len(), 1);
}

async fn webhooks_of_the_page_never_reach_inside(test: Arc<TestDb>) {
    let receiver = Receiver::start().await;
    let stage = Stage::new(&test, Vec::new()).await;
    let make = |url: &str| NewWebhook { name: "mine".into(), url: url.into(), least: Severity::Info };
    for url in [
        receiver.url().as_str(),
        "http://10.0.0.1/x",
        "http://[::1]/x",
        "http://[::ffff:127.0.0.1]/x",
        "http://169.254.169.254/latest",
        "http://localhost:8080/x",
        "https://user@example.com/",
        "ftp://example.com/",
        "example.com",
        "",
    ] {
        let refused = stage.alerts.create_webhook(make(url)).await;
        assert!(matches!(refused, Err(AlertError::Invalid { .. })), "{url}: {refused:?}");
    }
    let made = stage.alerts.create_webhook(make("https://alerts.invalid/hook")).await.unwrap();
    assert!(made.secret.expose().starts_with("whsec_"));
    let tested = stage.alerts.test_webhook(&made.webhook.id).await.unwrap();
    assert!(!tested.ok, "{tested:?}");
    let change = WebhookChange { enabled: Some(false), ..WebhookChange::default() };
    assert!(!stage.alerts.change_webhook(&made.webhook.id, change).await.unwrap().enabled);
    let told = stage.alerts.hear(&budget(BudgetMark::Exceeded, "w")).await.unwrap().unwrap();
    assert!(told.deliveries.is_empty(), "it is switched off");
    // A name that leads inside gets through the form, and not through the door: planted as if by hand.
    let mut kept = stage.alerts.settings();
    kept.webhooks[0].enabled = true;
    kept.webhooks[0].url = format!("http://ip6-localhost:{}/", receiver.port());
    store::Settings::new(test.db.clone()).put(OWNER, "alerts", &kept).await.unwrap();
    let again = Stage::new(&test, Vec::new()).await;
    let tested = again.alerts.test_webhook(&made.webhook.id).await.unwrap();
    assert!(!tested.ok, "{tested:?}");
    assert_eq!(receiver.messages().len(), 0);
    again.alerts.delete_webhook(&made.webhook.id).await.unwrap();
    let gone = again.alerts.test_webhook(&made.webhook.id).await;
    assert!(matches!(gone, Err(AlertError::NoWebhook(_))), "{gone:?}");
}
