//! `familiar models`: listing, and having an Ollama fetch one.

use super::stage::Stage;

#[tokio::test]
async fn a_model_is_pulled_and_then_listed() {
    let stage = Stage::new().await;
    let base_url = stage.upstream.url("");
    stage.configure(&format!("[providers.store]\nvendor = \"ollama\"\nbase_url = \"{base_url}\"\n"));
    let _server = stage.serve().await;
    let out = stage.run(&["models", "pull", "store/qwen3:0.6b"]).await.ok();
    assert_eq!(out.trim(), "store/qwen3:0.6b can be asked now");
    assert!(stage.run(&["models", "--provider", "store"]).await.ok().contains("store/qwen3:0.6b"));
    let job = stage.run(&["models", "pull", "store/again", "--json"]).await.json();
    assert_eq!((&job["kind"], &job["state"]), (&"providers.pull".into(), &"finished".into()));

    let error = stage.run(&["models", "pull", "qwen3"]).await.fails_with(1);
    assert!(error.contains("PROVIDER/MODEL"), "{error}");
    let error = stage.run(&["models", "pull", "nobody/qwen3"]).await.fails_with(1);
    assert!(error.contains("`nobody`") && error.contains("hint: "), "{error}");
}
