//! What several servers share, against a real Redis. Skipped without `FAMILIAR_TEST_REDIS`, which `make test` sets.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use base::{Money, new_id};
use cluster::{Cluster, ClusterError, Demand, Hold, Limited, Reserved, Settings, What, Window};
use std::time::Duration;

#[expect(clippy::disallowed_methods, reason = "the environment says where Redis is")]
fn redis() -> Option<String> {
    std::env::var("FAMILIAR_TEST_REDIS").ok()
}

fn server(url: &str, prefix: &str, name: &str) -> Cluster {
    Cluster::new(Settings {
        url: url.to_owned(),
        server: name.to_owned(),
        prefix: prefix.to_owned(),
        lease: Duration::from_millis(200),
        timeout: Duration::from_secs(2),
    })
    .unwrap()
}

fn nanos(nanos: i64) -> Money {
    Money::from_nanos(nanos)
}

fn hold(id: &str, amount: i64) -> Hold {
    let window = |name: &str, wall| Window { name: name.to_owned(), wall, end: None };
    Hold {
        id: id.to_owned(),
        amount: nanos(amount),
        windows: vec![window("wide", None), window("narrow", Some(nanos(100)))],
    }
}

async fn figures(cluster: &Cluster) -> (i64, i64) {
    let figures = cluster.figures(&["narrow".to_owned()]).await.unwrap()[0].unwrap();
    (figures.spent.nanos(), figures.held.nanos())
}

/// Beats until a new Redis has gathered what the servers hold.
async fn begin(cluster: &Cluster) {
    cluster.beat().await.unwrap();
    tokio::time::sleep(Duration::from_millis(250)).await;
}

async fn open(cluster: &Cluster, spent: i64) {
    for window in hold("x", 0).windows {
        cluster.open(&window, nanos(spent)).await.unwrap();
    }
}

#[tokio::test]
async fn a_hold_is_taken_from_all_windows_or_none_and_settled_once() {
    let Some(url) = redis() else { return };
    let prefix = format!("test-{}", new_id());
    let (one, two) = (server(&url, &prefix, "one"), server(&url, &prefix, "two"));
    assert!(matches!(one.reserve(&hold("early", 1)).await, Err(ClusterError::Settling)));
    begin(&one).await;
    two.beat().await.unwrap();
    assert_eq!(one.reserve(&hold("a", 60)).await.unwrap(), Reserved::Unknown(0));
    open(&one, 10).await;
    open(&two, 99).await;
    assert!(matches!(one.reserve(&hold("a", 60)).await.unwrap(), Reserved::Held(_)));
    let Reserved::Refused(1, left) = two.reserve(&hold("b", 31)).await.unwrap() else { panic!() };
    assert_eq!((left.spent.nanos(), left.held.nanos()), (10, 60), "only the first to open a window counts");
    assert!(matches!(two.reserve(&hold("b", 30)).await.unwrap(), Reserved::Held(_)));
    for _ in 0..2 {
        one.settle("a", nanos(5)).await.unwrap();
    }
    assert_eq!(figures(&one).await, (15, 30));
    // A part of it, split off twice and settled twice.
    for _ in 0..2 {
        assert!(two.split("b", "part", nanos(20)).await.unwrap());
        two.settle("part", nanos(1)).await.unwrap();
    }
    assert!(!two.split("b", "another", nanos(11)).await.unwrap(), "not more than is left");
    assert_eq!(figures(&one).await, (16, 10));
    // Another server settles what is proven of a dead one.
    let dead = one.holds_of("two").await.unwrap();
    assert_eq!((dead.len(), dead[0].amount.nanos()), (1, 10));
    one.settle_of("two", "b", nanos(10)).await.unwrap();
    assert_eq!(figures(&two).await, (26, 0));
    for _ in 0..2 {
        one.charge("c", nanos(4), &["narrow".to_owned()]).await.unwrap();
    }
    one.charge("back:c", nanos(-4), &["narrow".to_owned()]).await.unwrap();
    assert_eq!(figures(&one).await, (26, 0));
}

#[tokio::test]
async fn after_redis_has_lost_everything_what_is_held_is_held_again() {
    let Some(url) = redis() else { return };
    let prefix = format!("test-{}", new_id());
    let one = server(&url, &prefix, "one");
    begin(&one).await;
    open(&one, 10).await;
    assert!(matches!(one.reserve(&hold("a", 60)).await.unwrap(), Reserved::Held(_)));
    // Everything of this installation goes.
    let client = redis::Client::open(url.as_str()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let keys: Vec<String> =
        redis::cmd("KEYS").arg(format!("{{{prefix}}}*")).query_async(&mut connection).await.unwrap();
    assert!(keys.len() >= 4, "{keys:?}");
    let _: i64 = redis::cmd("DEL").arg(keys).query_async(&mut connection).await.unwrap();
    assert!(matches!(one.reserve(&hold("b", 1)).await, Err(ClusterError::Settling)), "no epoch");
    assert!(one.beat().await.unwrap().is_new);
    assert!(matches!(one.reserve(&hold("b", 1)).await, Err(ClusterError::Settling)), "it gathers");
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert!(matches!(one.renew(&hold("a", 60)).await.unwrap(), Reserved::Held(_)));
    open(&one, 35).await;
    assert_eq!(figures(&one).await, (35, 60));
    let Reserved::Refused(1, _) = one.reserve(&hold("b", 6)).await.unwrap() else { panic!() };
    one.settle("a", nanos(60)).await.unwrap();
    assert_eq!(figures(&one).await, (95, 0));
}

#[tokio::test]
async fn limits_are_counted_together_in_sliding_windows() {
    let Some(url) = redis() else { return };
    let prefix = format!("test-{}", new_id());
    let servers = [server(&url, &prefix, "one"), server(&url, &prefix, "two")];
    let demand = |expected_tokens| {
        [
            Demand {
                name: "user".into(),
                requests: Some(100),
                tokens: None,
                expected_tokens,
                parallel: None,
            },
            Demand {
                name: "key".into(),
                requests: Some(10),
                tokens: Some(1_000),
                expected_tokens,
                parallel: None,
            },
        ]
    };
    for call in 0..10 {
        let taken = servers[call % 2].take(&demand(50)).await.unwrap();
        assert!(matches!(taken, Limited::Taken(_)), "{taken:?}");
    }
    let Limited::Refused { place: 1, what: What::Requests, taken: 10, wait } =
        servers[0].take(&demand(50)).await.unwrap()
    else {
        panic!("the eleventh of ten")
    };
    assert!(wait > Duration::from_secs(50) && wait <= Duration::from_millis(60_100), "{wait:?}");
    // Tokens of their own, put right when a call ends.
    let tokens = |expected_tokens| {
        [Demand {
            name: "tokens".into(),
            requests: None,
            tokens: Some(1_000),
            expected_tokens,
            parallel: None,
        }]
    };
    let Limited::Taken(first) = servers[0].take(&tokens(900)).await.unwrap() else { panic!() };
    assert!(matches!(
        servers[1].take(&tokens(200)).await.unwrap(),
        Limited::Refused { what: What::Tokens, .. }
    ));
    servers[0].adjust(&first, 100).await.unwrap();
    assert!(
        matches!(servers[1].take(&tokens(900)).await.unwrap(), Limited::Taken(_)),
        "100 and 900 are 1,000"
    );
    assert!(matches!(
        servers[0].take(&tokens(1)).await.unwrap(),
        Limited::Refused { what: What::Tokens, .. }
    ));
    let alone = Demand {
        name: "large".into(),
        requests: None,
        tokens: Some(10),
        expected_tokens: 10_000,
        parallel: None,
    };
    let alone = [alone];
    assert!(
        matches!(servers[0].take(&alone).await.unwrap(), Limited::Taken(_)),
        "what is too large goes alone"
    );
}

#[tokio::test]
async fn calls_at_a_time_are_counted_together_and_those_of_the_dead_end() {
    let Some(url) = redis() else { return };
    let prefix = format!("test-{}", new_id());
    let (one, two) = (server(&url, &prefix, "one"), server(&url, &prefix, "two"));
    let demand =
        [Demand { name: "key".into(), requests: None, tokens: None, expected_tokens: 0, parallel: Some(2) }];
    one.beat().await.unwrap();
    two.beat().await.unwrap();
    let taken = async |server: &Cluster| match server.take(&demand).await.unwrap() {
        Limited::Taken(taken) => Some(taken),
        Limited::Refused { place, what, taken, .. } => {
            assert_eq!((place, what, taken), (0, What::Calls, 2));
            None
        }
    };
    let first = taken(&one).await.unwrap();
    let second = taken(&two).await.unwrap();
    assert!(taken(&one).await.is_none(), "two are under way");
    // Told twice, since the first answer was lost.
    for _ in 0..2 {
        one.adjust(&first, 0).await.unwrap();
    }
    let third = taken(&one).await.unwrap();
    assert!(taken(&two).await.is_none());
    // The second server is killed and comes back under its name: what it was doing is not under way any more.
    let two = server(&url, &prefix, "two");
    tokio::time::sleep(Duration::from_millis(250)).await;
    one.beat().await.unwrap();
    two.beat().await.unwrap();
    let fourth = taken(&two).await.unwrap();
    assert!(taken(&one).await.is_none());
    for over in [&second, &third, &fourth] {
        one.adjust(over, 0).await.unwrap();
    }
    assert!(taken(&one).await.is_some() && taken(&two).await.is_some());
}
