//! `familiar memory`: written down, found with why, forgotten and brought back, taken along, erased.

use super::stage::Stage;
use serde_json::Value;

#[tokio::test]
async fn what_is_known_is_searched_added_forgotten_exported_and_erased() {
    let stage = Stage::new().await;
    let server = stage.serve().await;
    let out = stage.run(&["memory", "add", "We", "have", "a", "dog", "called", "Rex"]).await.ok();
    assert!(out.contains("Dog: Rex"), "{out}");
    let out = stage.run(&["memory", "search", "what", "is", "my", "dog", "called?"]).await.ok();
    assert!(out.contains("Dog: Rex") && out.contains("“dog”"), "{out}");
    let out = stage.run(&["memory", "search", "quantum", "chromodynamics"]).await.ok();
    assert!(out.contains("nothing is known"), "{out}");
    let known = stage.run(&["memory", "search", "--json"]).await.json();
    let id = known["facts"][0]["id"].as_str().unwrap().to_owned();
    stage.run(&["memory", "forget", &id]).await.ok();
    assert!(stage.run(&["memory", "search", "--json"]).await.json()["facts"].as_array().unwrap().is_empty());
    stage.run(&["memory", "forget", "--undo", &id]).await.ok();
    let export: Value = serde_json::from_str(&stage.run(&["memory", "export"]).await.ok()).unwrap();
    assert_eq!(export["facts"][0]["text"], "Dog: Rex");
    let out = stage.run(&["memory", "forget", "--all"]).await.ok();
    assert!(out.contains("1 facts are erased"), "{out}");
    stage.run(&["memory", "forget", &id]).await.fails_with(1);
    assert_eq!(server.end("TERM").await, Some(0));
}
