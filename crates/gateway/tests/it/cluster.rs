//! Several servers on one Redis (SCL-2). Skipped without `FAMILIAR_TEST_REDIS`, which `make test` sets.

use crate::{
    codec::A,
    deployment::{Script, Scripted},
    limits::{good, limited_key, parallel},
    stage::{OWNER, Stage, config, deployment, streaming, table, until, whole},
};
use base::{Clock, ErrorKind, SystemClock, new_id};
use cluster::{Cluster, Settings};
use futures::StreamExt;
use gateway::{
    AnswerBody, Away, Budget, BudgetScope, Caller, Config, Gateway, GatewayError, NewKey, Parts, Period,
    PutBudget,
};
use llm::{LlmErrorKind, UpstreamCall};
use routing::{Limits, QueueConfig, limit::LimitedBy};
use serde_json::json;
use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, OnceLock},
    time::Duration,
};
use store::{DatabaseConfig, Db, testing::TestDb};

const ROOT: &str = "FAMILIAR_TEST_CLUSTER_ROOT";
const NUMBER: &str = "FAMILIAR_TEST_CLUSTER_NUMBER";
const PREFIX: &str = "FAMILIAR_TEST_CLUSTER_PREFIX";
const REDIS: &str = "FAMILIAR_TEST_REDIS";
/// The name of the one window that everything is spent in.
const WINDOW: &str = "file:installation::total:total:UTC:0";
/// Five hundred calls of a tenth of a cent.
const LIMIT: &str = "0.5";

#[expect(
    clippy::disallowed_methods,
    reason = "a child process is told by the environment; Redis may be there"
)]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn sharing(prefix: &str, url: &str) -> Config {
    let mut config = config();
    config.cluster.redis_url = Some(url.to_owned());
    config.cluster.prefix = prefix.to_owned();
    config.cluster.lease_ms = 600;
    config
}

/// Where the provider writes down what it bills, in micro-dollars a line.
static BILLS: OnceLock<File> = OnceLock::new();

fn bill(micros: u32) {
    // One write of a line at the end of a file is never mixed with another's.
    BILLS.get().unwrap().write_all(format!("{micros}\n").as_bytes()).unwrap();
}

/// Bills a call as soon as it arrives, whatever becomes of who sent it.
fn provider(call: &UpstreamCall) -> Script {
    let body = String::from_utf8(call.body.to_vec()).unwrap();
    let number: u32 =
        body.split("behave ").nth(1).unwrap().split('"').next().unwrap().trim().parse().unwrap();
    match number % 8 {
        0..=3 => {
            bill(1_000);
            Script::Chunks(vec!["A text hi\n", "A usage 10 990\nA stop\n"])
        }
        4 | 5 => {
            bill(15);
            Script::Chunks(vec!["A text hi\n", "A usage 10 5\nA stop\n"])
        }
        6 => Script::Fails(crate::deployment::error(LlmErrorKind::BadRequest)),
        _ => {
            bill(10);
            Script::Stalls(vec!["A usage 10 0\nA text hi\n"])
        }
    }
}

/// One of the servers: spends until nothing is left, and ends in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it is a process of the test below"]
async fn server() {
    let (Some(root), Some(number)) = (environment(ROOT), environment(NUMBER)) else { return };
    let root = PathBuf::from(root);
    let mut config = sharing(&environment(PREFIX).unwrap(), &environment(REDIS).unwrap());
    config.budget = Some(Budget::new(LIMIT.parse().unwrap(), Period::Total));
    config.breaker.min_failures = u32::MAX;
    config.retry.max_rounds = 1;
    let bills = OpenOptions::new().create(true).append(true).open(root.join("bills")).unwrap();
    BILLS.set(bills).unwrap();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let db = Db::open(&DatabaseConfig::default(), &root.join("shared"), Arc::clone(&clock)).await.unwrap();
    let data_dir = root.join(number);
    std::fs::create_dir_all(&data_dir).unwrap();
    let gateway = Gateway::start(Parts { db, clock, config, data_dir }).await.unwrap();
    gateway.set_routing(table(vec![deployment("p/m", &Scripted::always(&A, provider))]));
    let stage = Arc::new(Stage { test: TestDb::sqlite().await, gateway });
    let callers = (0..6).map(|caller| tokio::spawn(spend(Arc::clone(&stage), caller)));
    for caller in futures::future::join_all(callers).await {
        caller.unwrap();
    }
    // What has ended is told to Redis within this time.
    tokio::time::sleep(Duration::from_millis(300)).await;
    stage.gateway.shutdown().await;
}

/// Calls until it is refused again and again.
async fn spend(stage: Arc<Stage>, caller: u32) {
    let mut refused = 0;
    for number in 0_u32.. {
        let behaviour = number.wrapping_mul(7).wrapping_add(caller);
        let more = json!({ "text": format!("behave {behaviour}"), "max": 990, "stream": behaviour % 8 > 5 });
        match stage.ask_as(Caller::Owner(OWNER), &A, more).await {
            Ok(answer) => {
                refused = 0;
                if let AnswerBody::Stream(mut stream) = answer.body {
                    // A stalled one is left after its first words.
                    let _ = tokio::time::timeout(Duration::from_millis(15), async {
                        while stream.next().await.is_some() {}
                    })
                    .await;
                }
            }
            Err(GatewayError::BudgetExhausted { .. }) => refused += 1,
            Err(GatewayError::BudgetsAway { .. } | GatewayError::Model(_)) => {}
            Err(other) => panic!("{other}"),
        }
        if refused > 40 {
            return;
        }
        let pause = if refused > 0 { 25 } else { 3 };
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
}

fn start(root: &Path, number: usize, prefix: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["cluster::server", "--exact", "--ignored"])
        .env(ROOT, root)
        .env(NUMBER, number.to_string())
        .env(PREFIX, prefix)
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

fn observer(prefix: &str, url: &str, server: &str) -> Cluster {
    Cluster::new(Settings {
        url: url.to_owned(),
        server: server.to_owned(),
        prefix: prefix.to_owned(),
        lease: Duration::from_secs(60),
        timeout: Duration::from_secs(2),
    })
    .unwrap()
}

/// Four processes, killed at random and started again: what the provider bills never goes past the limit, and in the
/// end nothing is held and Redis has what the ledger has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_servers_that_are_killed_never_overrun_a_budget_and_leak_nothing() {
    let Some(url) = environment(REDIS) else { return };
    let prefix = format!("test-{}", new_id());
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(root.path().join("shared")).unwrap();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    // Made once, so that four processes do not make it at the same time.
    let db = Db::open(&DatabaseConfig::default(), &root.path().join("shared"), clock).await.unwrap();
    let mut servers: Vec<Child> = (0..4).map(|number| start(root.path(), number, &prefix)).collect();
    let mut dice = 7_u64;
    let mut killed = 0;
    for _ in 0..8 {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        tokio::time::sleep(Duration::from_millis(250 + (dice >> 33) % 500)).await;
        let victim = usize::try_from((dice >> 20) % 4).unwrap();
        if servers[victim].try_wait().unwrap().is_none() {
            killed += 1;
            servers[victim].kill().unwrap();
            servers[victim].wait().unwrap();
            servers[victim] = start(root.path(), victim, &prefix);
        }
    }
    for server in &mut servers {
        let ended = tokio::task::block_in_place(|| server.wait()).unwrap();
        assert!(ended.success(), "{ended}");
    }
    assert!(killed >= 3, "{killed} were killed");
    let bills = std::fs::read_to_string(root.path().join("bills")).unwrap();
    let billed: i64 = bills.lines().map(|line| line.parse::<i64>().unwrap() * 1_000).sum();
    let limit: base::Money = LIMIT.parse().unwrap();
    let figures = observer(&prefix, &url, "nobody").figures(&[WINDOW.to_owned()]).await.unwrap()[0].unwrap();
    println!("killed {killed}, calls {}, billed {billed}, counted {figures:?}", bills.lines().count());
    assert!(billed <= limit.nanos(), "{billed} were billed of {limit}");
    assert!(figures.spent <= limit && figures.spent.nanos() >= billed, "{figures:?} of {billed}");
    assert!(billed * 100 >= limit.nanos() * 80, "and most of it can be spent: {billed}");
    assert_eq!(figures.held.nanos(), 0, "nothing is held in the end");
    for number in 0..4 {
        let name = std::fs::read_to_string(root.path().join(number.to_string()).join("server-id")).unwrap();
        let holds = observer(&prefix, &url, &name).own_holds().await.unwrap();
        assert!(holds.is_empty(), "{holds:?}");
    }
    let config = sharing(&prefix, &url);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let parts = Parts { db, clock, config, data_dir: root.path().join("observer") };
    std::fs::create_dir_all(&parts.data_dir).unwrap();
    let gateway = Gateway::start(parts).await.unwrap();
    let now = SystemClock::default().now();
    let ago = now.minus(Duration::from_secs(3_600));
    let ledger = gateway.ledger().spending(OWNER, ago, now.plus(Duration::from_secs(60))).await.unwrap();
    assert_eq!(ledger.total.cost, figures.spent, "Redis has what the ledger has");
    gateway.shutdown().await;
}

/// Two servers in one process, on one database and one Redis.
async fn two(
    url: &str,
    upstream: &Arc<Scripted>,
    change: impl Fn(&mut Config),
) -> (Stage, Stage, Arc<TestDb>) {
    let prefix = format!("test-{}", new_id());
    let test = TestDb::sqlite().await;
    let one = || async {
        let data_dir = test.dir().join(new_id().to_string());
        std::fs::create_dir_all(&data_dir).unwrap();
        let mut config = sharing(&prefix, url);
        change(&mut config);
        let clock = Arc::clone(&test.clock) as Arc<dyn Clock>;
        let parts = Parts { db: test.db.clone(), clock, config, data_dir };
        let gateway = Gateway::start(parts).await.unwrap();
        gateway.set_routing(table(vec![deployment("p/m", upstream)]));
        Stage { test: Arc::clone(&test), gateway }
    };
    (one().await, one().await, test)
}

/// Asks until Redis and the other server's changes are there.
async fn ask(stage: &Stage, caller: &Caller) -> Result<(), GatewayError> {
    for _ in 0..400 {
        match stage.ask_as(caller.clone(), &A, json!({ "max": 5 })).await {
            Ok(answer) => {
                whole(answer).await;
                return Ok(());
            }
            Err(GatewayError::BudgetsAway { .. } | GatewayError::UnknownKey) => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => return Err(error),
        }
    }
    panic!("the other server's change never came");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_server_spends_and_changes_the_other_knows() {
    let Some(url) = environment(REDIS) else { return };
    let (one, two, _test) = two(&url, &good(), |_| {}).await;
    // Redis has the real time, and would forget windows of the clock that tests turn by hand.
    let budget = Budget::new("0.000045".parse().unwrap(), Period::Total);
    let new = NewKey { name: "app".into(), budgets: vec![budget], ..NewKey::default() };
    let made = one.gateway.keys().create(OWNER, new).await.unwrap();
    let key = Caller::Key(made.secret);
    ask(&one, &key).await.unwrap();
    ask(&two, &key).await.unwrap();
    ask(&one, &key).await.unwrap();
    for stage in [&one, &two] {
        let error = ask(stage, &key).await.unwrap_err();
        assert!(matches!(error, GatewayError::BudgetExhausted { .. }), "{error}");
    }
    until("the figures", || {
        let budgets = two.gateway.metrics().budgets;
        budgets
            .first()
            .is_some_and(|one| one.state.spent.nanos() == 45_000 && one.state.reserved.nanos() == 0)
    })
    .await;
    let raised = PutBudget {
        scope: BudgetScope::Key,
        subject: Some("app".into()),
        label: None,
        budget: Budget { limit: "0.00006".parse().unwrap(), ..budget },
    };
    two.gateway.budgets().update(OWNER, &made.info.id.to_string(), raised).await.unwrap();
    ask(&two, &key).await.unwrap();
    one.gateway.keys().revoke(OWNER, made.info.id).await.unwrap();
    let refused = || async {
        matches!(two.ask_as(key.clone(), &A, json!({ "max": 5 })).await, Err(GatewayError::RevokedKey { .. }))
    };
    for turn in 0.. {
        assert!(turn < 200, "the key still works on the other server");
        if refused().await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    one.gateway.shutdown().await;
    two.gateway.shutdown().await;
}

/// Calls that are under way on one server count on the other as well: those of a key, and those of a provider.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_at_a_time_are_limited_for_all_servers_together() {
    let Some(url) = environment(REDIS) else { return };
    let together = Box::pin(tokio::time::timeout(Duration::from_secs(60), together(&url)));
    together.await.expect("limits of both servers");
}

async fn together(url: &str) {
    let stalls = Scripted::always(&A, |_| Script::Stalls(vec!["A text hello\n"]));
    for of_provider in [false, true] {
        let (one, two, _test) = two(url, &stalls, |config| {
            if of_provider {
                config.limits.providers.insert("p".into(), parallel(1));
            }
        })
        .await;
        let limits = if of_provider { Limits::default() } else { parallel(1) };
        let key = Caller::Key(limited_key(&one, limits).await);
        let ask = async |stage: &Stage| loop {
            match stage.ask_as(key.clone(), &A, streaming()).await {
                // The other server has not heard of the key yet.
                Err(GatewayError::UnknownKey) => tokio::time::sleep(Duration::from_millis(20)).await,
                answer => break answer,
            }
        };
        // Until both have heard of Redis, each counts for itself.
        let under_way = loop {
            let under_way = ask(&one).await.unwrap();
            match ask(&two).await {
                Ok(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                Err(GatewayError::RateLimited(refusal)) => {
                    assert_eq!(refusal.by, LimitedBy::Parallel { limit: 1 });
                    break under_way;
                }
                Err(error) => panic!("{error}"),
            }
        };
        drop(under_way);
        let again = loop {
            match ask(&two).await {
                Ok(again) => break again,
                Err(GatewayError::RateLimited(_)) => tokio::time::sleep(Duration::from_millis(20)).await,
                Err(error) => panic!("{error}"),
            }
        };
        assert!(matches!(ask(&one).await, Err(GatewayError::RateLimited(_))));
        drop(again);
        one.gateway.shutdown().await;
        two.gateway.shutdown().await;
    }
}

/// A request that may wait waits for calls that other servers have under way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_waits_until_another_server_is_done() {
    let Some(url) = environment(REDIS) else { return };
    let stalls = Scripted::always(&A, |_| Script::Stalls(vec!["A text hello\n"]));
    let (one, two, _test) = two(&url, &stalls, |config| {
        config.limits.providers.insert("p".into(), parallel(1));
        config.queue = Some(QueueConfig { length: 10, wait_seconds: 20 });
    })
    .await;
    // Until both have heard of Redis, each counts for itself, and nobody has to wait.
    for turn in 0.. {
        assert!(turn < 200, "the servers never counted together");
        let under_way = one.ask(streaming()).await.unwrap();
        let mut waiting = Box::pin(two.ask(streaming()));
        let answer = match tokio::time::timeout(Duration::from_millis(100), &mut waiting).await {
            Ok(answered) => answered,
            Err(_) => {
                drop(under_way);
                waiting.await
            }
        }
        .unwrap();
        let notes = answer.explanation.candidates.iter().flat_map(|candidate| &candidate.notes);
        if notes.into_iter().any(|note| note.starts_with("busy:")) {
            break;
        }
    }
    one.gateway.shutdown().await;
    two.gateway.shutdown().await;
}

/// Redis does not answer: calls with a budget are refused in words, and no good key is turned away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_away_budgets_refuse_and_keys_stay_good() {
    let mut config = sharing("nobody", "redis://127.0.0.1:1");
    config.cluster.timeout_ms = 50;
    let stage =
        Stage::new(&TestDb::sqlite().await, config.clone(), table(vec![deployment("p/m", &good())])).await;
    let limited = Caller::Key(stage.key_with_budget("1").await);
    let free = Caller::Key(stage.key(NewKey { name: "free".into(), ..NewKey::default() }).await);
    let error = stage.ask_as(limited, &A, json!({ "max": 5 })).await.unwrap_err();
    assert_eq!((error.kind(), error.status().as_u16()), (ErrorKind::Unavailable, 503), "{error}");
    assert!(error.hint().contains("when_away") && error.retry_after().is_some());
    whole(stage.ask_as(free, &A, json!({ "max": 5 })).await.unwrap()).await;
    stage.gateway.shutdown().await;

    config.cluster.when_away = Away::Alone;
    let alone = Stage::new(&TestDb::sqlite().await, config, table(vec![deployment("p/m", &good())])).await;
    let limited = Caller::Key(alone.key_with_budget("0.000015").await);
    whole(alone.ask_as(limited.clone(), &A, json!({ "max": 5 })).await.unwrap()).await;
    let error = alone.ask_as(limited, &A, json!({ "max": 5 })).await.unwrap_err();
    assert!(matches!(error, GatewayError::BudgetExhausted { .. }), "{error}");
    alone.gateway.shutdown().await;
}
