//! Local-only mode: nothing leaves this machine, whatever is called, and everybody is told why.

use crate::stage::{MODEL, Stage, chat};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{io::AsyncWriteExt, net::TcpListener};

/// A proxy that notes who comes, and lets nobody through.
struct Proxy {
    address: SocketAddr,
    seen: Arc<AtomicUsize>,
}

impl Proxy {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, seen) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                drop(connection.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await);
            }
        });
        Self { address, seen }
    }

    fn seen(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }

    /// A provider that is somewhere else, reached by this proxy, and one by plain name.
    fn providers(&self) -> String {
        format!(
            "[providers.far]\ndialect = \"openai-chat\"\nbase_url = \"http://far.example/v1\"\nproxy = \"http://{0}\"\n\
             api_key = \"k\"\nmodels = [\"thinker\", \"embedder\"]\n\
             [providers.near-cloud]\ndialect = \"ollama\"\nbase_url = \"http://{0}\"\nmodels = [\"big:cloud\"]\n\
             [routes.mixed]\ndeployments = [\"far/thinker\", \"{MODEL}\"]\n",
            self.address
        )
    }
}

fn refusal(body: &Value) -> String {
    body["error"]["message"].as_str().unwrap_or_default().to_owned()
}

/// Everything that would call somewhere else.
async fn calls(stage: &Stage, key: &str) -> Vec<(u16, String)> {
    let mut answers = Vec::new();
    let far = ["far/thinker", "near-cloud/big:cloud"];
    for model in far {
        let answer = stage.client.ask("/v1/chat/completions", key, chat(model, "hi").to_string()).await;
        answers.push((answer.status, refusal(&answer.json())));
    }
    let request = json!({ "model": "far/embedder", "input": "hi" });
    let answer = stage.client.ask("/v1/embeddings", key, request.to_string()).await;
    answers.push((answer.status, refusal(&answer.json())));
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_leaves_this_machine_while_it_is_on() {
    let proxy = Proxy::start().await;
    // Without it, the recorder sees the calls: it does record.
    let open = Stage::with(|_| proxy.providers()).await;
    let key = open.key(&json!({ "name": "app" })).await;
    for (status, message) in calls(&open, &key).await {
        assert!(status >= 400 && !message.contains("local-only"), "{status} {message}");
    }
    assert!(proxy.seen() >= 3, "{}", proxy.seen());
    // Turned on by the page.
    let settings = open.client.get("/api/settings").await.ok(200);
    assert_eq!((&settings["local_only"], &settings["local_only_in_file"]), (&json!(false), &json!(false)));
    let on = json!({ "local_only": true });
    assert_eq!(open.client.patch("/api/settings", &on).await.ok(200)["local_only"], true);
    for (status, message) in calls(&open, &key).await {
        assert_eq!(status, 403, "{message}");
        assert!(
            message.contains("local-only mode is on") && message.contains("turn local-only mode off"),
            "{message}"
        );
    }
    // How long pictures are kept is one of the settings, too.
    assert_eq!(
        (&settings["attachment_days"], &settings["attachment_days_in_file"]),
        (&json!(30), &json!(false))
    );
    let keep = |days: u32| json!({ "attachment_days": days });
    assert_eq!(open.client.patch("/api/settings", &keep(3_651)).await.status, 422);
    let kept = open.client.patch("/api/settings", &keep(0)).await.ok(200);
    assert_eq!((&kept["attachment_days"], &kept["local_only"]), (&json!(0), &json!(true)));
    open.end().await;

    // Turned on by the file: from the first moment on, nobody is called, not even for lists of models.
    let quiet = Proxy::start().await;
    let stage = Stage::with(|_| {
        format!("[chat]\nattachment_retention_days = 7\n[privacy]\nlocal_only = true\n{}", quiet.providers())
    })
    .await;
    let key = stage.key(&json!({ "name": "app" })).await;
    for (status, message) in calls(&stage, &key).await {
        assert_eq!(status, 403, "{message}");
    }
    let tested = stage.client.post("/api/providers/far/test", &json!({})).await;
    assert!(tested.status >= 400 || tested.json()["ok"] == false, "{}", tested.json());
    // What is here answers, also where a route would rather have asked elsewhere.
    for model in [MODEL, "mixed"] {
        let answer = stage.client.ask("/v1/chat/completions", &key, chat(model, "hi").to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
    }
    let in_file = stage.client.get("/api/settings").await.ok(200);
    assert_eq!((&in_file["local_only"], &in_file["local_only_in_file"]), (&json!(true), &json!(true)));
    assert_eq!((&in_file["attachment_days"], &in_file["attachment_days_in_file"]), (&json!(7), &json!(true)));
    let off = json!({ "local_only": false });
    assert_eq!(stage.client.patch("/api/settings", &off).await.status, 409);
    // What the file says holds on whatever else is chosen.
    let dark = stage.client.patch("/api/settings", &json!({ "theme": "dark" })).await.ok(200);
    assert_eq!((&dark["local_only"], &dark["attachment_days"]), (&json!(true), &json!(7)));
    for (status, message) in calls(&stage, &key).await {
        assert_eq!(status, 403, "{message}");
    }
    assert_eq!(quiet.seen(), 0, "somebody was called");
    stage.end().await;
}
