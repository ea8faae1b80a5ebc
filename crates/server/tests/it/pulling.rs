//! Fetching models into an Ollama: a job that can be watched and stopped, and what can be called afterwards.

use crate::{client::PATIENCE, stage::Stage};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{ErrorReply, Instead, Interruption, Reply, What};

async fn job(stage: &Stage, id: &str) -> Value {
    let list = stage.client.get("/api/jobs").await.ok(200);
    list["jobs"].as_array().unwrap().iter().find(|job| job["id"] == id).unwrap().clone()
}

/// Waits until the job is as it should be.
async fn until(stage: &Stage, id: &str, holds: impl Fn(&Value) -> bool) -> Value {
    let watch = async {
        loop {
            let found = job(stage, id).await;
            if holds(&found) {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, watch).await.expect("the job does not get there")
}

fn is_over(job: &Value) -> bool {
    !["queued", "running"].contains(&job["state"].as_str().unwrap())
}

async fn pull(stage: &Stage, model: &str) -> String {
    let asked = json!({ "provider": "store", "model": model });
    let job = stage.client.post("/api/models/pull", &asked).await.ok(202);
    assert_eq!((&job["kind"], &job["title"]), (&json!("providers.pull"), &json!(format!("store/{model}"))));
    job["id"].as_str().unwrap().to_owned()
}

/// A stage with an Ollama whose models are those it lists.
async fn stage() -> Stage {
    Stage::with(|base_url| format!("[providers.store]\nvendor = \"ollama\"\nbase_url = \"{base_url}\"\n"))
        .await
}

#[tokio::test]
async fn a_model_is_pulled_and_can_be_called() {
    let stage = stage().await;
    let id = pull(&stage, "qwen3:0.6b").await;
    let ended = until(&stage, &id, is_over).await;
    assert_eq!(ended["state"], "finished", "{ended}");
    let sent = stage.upstream.requests().into_iter().find(|request| request.path == "/api/pull").unwrap();
    assert_eq!(sent.json(), json!({ "model": "qwen3:0.6b", "stream": true }));
    let models = stage.client.get("/api/models?provider=store").await.ok(200);
    let ids: Vec<&Value> = models["models"].as_array().unwrap().iter().map(|model| &model["id"]).collect();
    assert!(ids.contains(&&json!("store/qwen3:0.6b")), "{ids:?}");
    let key = stage.key(&json!({ "name": "app" })).await;
    let asked = json!({ "model": "store/qwen3:0.6b", "messages": [{ "role": "user", "content": "hi" }] });
    let told = stage.client.ask("/ollama/api/chat", &key, asked.to_string()).await;
    assert!(told.text().contains("said: "), "{:?}", told.body);
}

#[tokio::test]
async fn a_pull_can_be_watched_and_stopped() {
    let stage = stage().await;
    stage.upstream.queue_on("/api/pull", Reply { tokens_per_second: Some(4.0), ..Reply::echo() });
    let id = pull(&stage, "large").await;
    assert_eq!(pull(&stage, "large").await, id, "one that goes on is not begun again");
    let half = until(&stage, &id, |job| job["progress"].as_f64().is_some_and(|share| share > 0.0)).await;
    assert_eq!(half["state"], "running");
    assert!(half["stage"].as_str().unwrap().starts_with("pulling"), "{half}");
    stage.client.delete(&format!("/api/jobs/{id}")).await.ok(200);
    assert_eq!(until(&stage, &id, is_over).await["state"], "cancelled");
    stage.upstream.wait_for_disconnects(1).await.expect("the ollama is told to stop");
}

#[tokio::test]
async fn what_cannot_be_pulled_says_why() {
    let stage = stage().await;
    let asked = |provider: &str, model: &str| json!({ "provider": provider, "model": model });
    let post = async |body: Value| stage.client.post("/api/models/pull", &body).await;
    post(asked("nobody", "x")).await.problem(404, "not_found");
    let told = post(asked("openai", "x")).await.problem(422, "invalid");
    assert!(told["detail"].as_str().unwrap().contains("openai-chat"), "{told}");
    post(asked("store", "two words")).await.problem(422, "invalid");
    post(asked("store", "")).await.problem(422, "invalid");
    post(json!({ "model": "x" })).await.problem(422, "invalid");

    let missing = ErrorReply {
        status: 500,
        message: "pull model manifest: file does not exist".into(),
        kind: None,
        code: None,
    };
    let failing = [
        Reply { instead: Some(Instead::Error(missing.clone())), ..Reply::echo() },
        Reply { interruption: Some(Interruption { after: 1, what: What::Error(missing) }), ..Reply::echo() },
    ];
    for (number, reply) in failing.into_iter().enumerate() {
        stage.upstream.queue_on("/api/pull", reply);
        let id = pull(&stage, &format!("nothing-{number}")).await;
        let ended = until(&stage, &id, is_over).await;
        assert_eq!(ended["state"], "failed", "{ended}");
        let error = ended["error"].as_str().unwrap();
        assert!(error.contains("file does not exist") && error.contains("check the name"), "{error}");
        // By now it is there.
        let path = format!("/api/jobs/{id}/retry");
        stage.client.post(&path, &json!({})).await.ok(200);
        let ended = until(&stage, &id, is_over).await;
        assert_eq!((&ended["state"], &ended["error"]), (&json!("finished"), &Value::Null));
        assert_eq!(stage.client.post(&path, &json!({})).await.ok(200)["state"], "finished", "done is done");
    }
    stage.client.post("/api/jobs/nothing/retry", &json!({})).await.problem(404, "not_found");
}
