//! What is Qdrant's alone: names, indexes, keys, and a server that is away or has lost what it had.

use crate::stage::{ME, collection, document, fake, near, passages, qdrant};
use base::ErrorKind;
use net::LocalOnly;
use serde_json::json;
use testkit::FakeQdrant;
use vectors::{Collection, Engine, EngineError, Noun};
use vectorstore::{Config, Qdrant};

#[tokio::test]
async fn names_indexes_and_the_alias_are_what_others_can_find() {
    let server = FakeQdrant::start().await.unwrap();
    let config = Config {
        qdrant_url: Some(format!("{}/", server.url())),
        prefix: "home_".into(),
        ..Config::default()
    };
    let engine = Qdrant::new(&config, LocalOnly::default()).unwrap();
    let place = Collection::new(Noun::Library, "m", 2);
    let name = format!("home_{place}");
    engine.put(place, passages(1, ME, &[(1, &[1.0, 0.0])])).await.unwrap();
    engine.serve(place).await.unwrap();
    assert_eq!(server.collections().keys().collect::<Vec<_>>(), [&name]);
    assert_eq!(server.alias("home_library"), Some(name.clone()));
    let indexes = server.indexes(&name);
    assert_eq!(indexes["owner"], json!({ "type": "keyword", "is_tenant": true }));
    assert_eq!(indexes["document"], json!({ "type": "keyword" }));
    assert_eq!(engine.target(), Some(format!("qdrant {} home_", server.url()).as_str()));
    assert_eq!(engine.look().await.unwrap(), format!("Qdrant 1.15.0 at {}", server.url()));
    let before = server.calls().len();
    engine.put(place, passages(1, ME, &[(1, &[0.0, 1.0])])).await.unwrap();
    let calls = &server.calls()[before..];
    assert_eq!(calls.len(), 2, "what is ready is not made ready again: {calls:?}");
}

#[tokio::test]
async fn many_passages_go_in_batches() {
    let (server, engine) = fake().await;
    let place = collection("many", 2);
    let numbers = [1.0, 0.5];
    let vectors: Vec<(u128, &[f32])> = (1..=600).map(|passage| (passage, &numbers[..])).collect();
    engine.put(place, passages(1, ME, &vectors)).await.unwrap();
    assert_eq!(engine.count(place).await.unwrap(), 600);
    let puts = server.calls().into_iter().filter(|call| call.starts_with("PUT") && call.ends_with("/points"));
    assert_eq!(puts.count(), 3);
}

#[tokio::test]
async fn a_key_is_sent_and_a_wrong_one_is_named() {
    let server = FakeQdrant::start().await.unwrap();
    server.require_key("open sesame");
    let place = collection("keys", 2);
    for key in [None, Some("abracadabra")] {
        let engine = qdrant(&server.url(), key);
        let error = engine.prepare(place).await.unwrap_err();
        assert!(matches!(error, EngineError::Denied { .. }), "{error}");
        assert!(matches!(engine.look().await, Err(EngineError::Denied { .. })));
        assert!(!format!("{engine:?}").contains("abracadabra"));
    }
    let engine = qdrant(&server.url(), Some(" open sesame\n"));
    engine.prepare(place).await.unwrap();
    engine.look().await.unwrap();
}

#[tokio::test]
async fn one_that_is_away_is_said_to_be_and_comes_back() {
    let (server, engine) = fake().await;
    let place = collection("away", 2);
    engine.put(place, passages(1, ME, &[(1, &[1.0, 0.0])])).await.unwrap();
    server.go_away();
    let error = engine.nearest(place, near(ME, &[1.0, 0.0], 1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().starts_with("qdrant is away: "), "{error}");
    assert!(matches!(engine.remove(place, document(1)).await, Err(EngineError::Away { .. })));
    server.come_back();
    assert_eq!(engine.nearest(place, near(ME, &[1.0, 0.0], 1)).await.unwrap().len(), 1);
    let url = server.url();
    drop(server);
    let nobody = qdrant(&url, None).look().await.unwrap_err();
    assert!(matches!(nobody, EngineError::Away { .. }), "{nobody}");
}

#[tokio::test]
async fn one_that_has_lost_everything_says_so_and_is_filled_again() {
    let (server, engine) = fake().await;
    let place = collection("lost", 2);
    engine.put(place, passages(1, ME, &[(1, &[1.0, 0.0])])).await.unwrap();
    server.lose_everything();
    let error = engine.put(place, passages(1, ME, &[(1, &[1.0, 0.0])])).await.unwrap_err();
    assert!(matches!(error, EngineError::Missing { .. }), "{error}");
    engine.put(place, passages(1, ME, &[(1, &[1.0, 0.0])])).await.unwrap();
    assert_eq!(engine.count(place).await.unwrap(), 1);
    assert_eq!(server.indexes(server.collections().keys().next().unwrap()).len(), 2);
}

#[tokio::test]
async fn local_only_mode_keeps_vectors_here() {
    let local_only = LocalOnly::default();
    local_only.set(true);
    let config = Config { qdrant_url: Some("http://192.0.2.7:6333".into()), ..Config::default() };
    let engine = Qdrant::new(&config, local_only.clone()).unwrap();
    let error = engine.look().await.unwrap_err();
    assert!(error.to_string().contains("local-only mode is on"), "{error}");
    let server = FakeQdrant::start().await.unwrap();
    let config = Config { qdrant_url: Some(server.url()), ..Config::default() };
    Qdrant::new(&config, local_only).unwrap().look().await.unwrap();
}
