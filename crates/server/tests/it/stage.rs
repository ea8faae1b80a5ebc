//! What the tests stand on: the whole program in a temporary folder, listening on a free port, with a
//! scripted upstream as its providers of all wire formats.

use crate::client::Client;
use app::{App, Config, Environment, Overrides};
use base::Id;
use ledger::{Exchange, ExchangeFilter};
use library::Reader;
use serde_json::{Value, json};
use server::{Addresses, Listeners, lanes::Lanes};
use std::{net::SocketAddr, sync::Arc};
use tempfile::TempDir;
use testkit::ScriptedUpstream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The providers of the stage: their names, wire formats, and the path of their base URL.
pub(crate) const PROVIDERS: [(&str, &str, &str); 5] = [
    ("openai", "openai-chat", "/v1"),
    ("responses", "openai-responses", "/v1"),
    ("anthropic", "anthropic", ""),
    ("gemini", "gemini", "/v1beta"),
    ("ollama", "ollama", ""),
];
/// The key that the stage's providers are called with.
pub(crate) const UPSTREAM_KEY: &str = "sk-upstream-key-that-nobody-may-see";
/// A model of the stage, and what it costs: 1 USD for a million tokens read, 2 USD for a million written.
pub(crate) const MODEL: &str = "openai/actor";

/// The program and everything around it.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) upstream: ScriptedUpstream,
    pub(crate) client: Client,
    pub(crate) address: SocketAddr,
    pub(crate) app: Arc<App>,
    pub(crate) stop: CancellationToken,
    pub(crate) serving: JoinHandle<std::io::Result<()>>,
    pub(crate) folder: TempDir,
}

impl Stage {
    pub(crate) async fn start() -> Self {
        Self::with(|_| String::new()).await
    }

    /// With more in its configuration, which may name the upstream's base URL.
    pub(crate) async fn with(more: impl FnOnce(&str) -> String) -> Self {
        let upstream = ScriptedUpstream::start().await.unwrap();
        upstream.models(&["actor"]);
        let folder = tempfile::tempdir().unwrap();
        let text = format!("{}\n{}", configuration(&upstream), more(&upstream.url("")));
        std::fs::write(folder.path().join(app::config::FILE_NAME), text).unwrap();
        Self::over(upstream, folder).await
    }

    /// Over a folder that may hold something already.
    pub(crate) async fn over(upstream: ScriptedUpstream, folder: TempDir) -> Self {
        let overrides = Overrides { data_dir: Some(folder.path().to_owned()), ..Overrides::default() };
        let config = Config::load(&overrides, &Environment::default()).unwrap();
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let listeners = Listeners::open(Addresses { listen, expose: None }).await.unwrap();
        let address = listeners.address().unwrap();
        let app = App::start(config, Reader::Thread).await.unwrap();
        let stop = CancellationToken::new();
        let serving =
            tokio::spawn(server::serve(Arc::clone(&app), listeners, Arc::new(Lanes::none()), stop.clone()));
        Self { upstream, client: Client::new(address), address, app, stop, serving, folder }
    }

    /// Makes a virtual key and gives its secret.
    pub(crate) async fn key(&self, body: &Value) -> String {
        let made = self.client.post("/api/keys", body).await.ok(201);
        made["secret"].as_str().unwrap().to_owned()
    }

    /// Begins a conversation with the stage's model and gives the path to it.
    pub(crate) async fn conversation(&self) -> String {
        let made = self.client.post("/api/conversations", &json!({ "model": MODEL })).await.ok(201);
        format!("/api/conversations/{}", made["id"].as_str().unwrap())
    }

    /// Says something and gives the id of the answer that begins.
    pub(crate) async fn say(&self, conversation: &str, text: &str) -> String {
        let turn = self.client.post(&format!("{conversation}/turns"), &json!({ "text": text })).await;
        turn.ok(201)["reply"]["id"].as_str().unwrap().to_owned()
    }

    /// The exchanges in the ledger, the latest first.
    pub(crate) async fn exchanges(&self) -> Vec<Value> {
        self.app.gateway.flush().await;
        let list = self.client.get("/api/exchanges?limit=200").await.ok(200);
        list["exchanges"].as_array().unwrap().clone()
    }

    /// All exchanges in the ledger as it keeps them, the latest first.
    pub(crate) async fn ledger(&self) -> Vec<Exchange> {
        self.app.gateway.flush().await;
        let mut all = Vec::new();
        let mut filter = ExchangeFilter { limit: Some(200), ..ExchangeFilter::default() };
        loop {
            let page = self.app.gateway.ledger().exchanges(Id::FIRST_OWNER, &filter).await.unwrap();
            all.extend(page.exchanges);
            filter.before = page.next;
            if filter.before.is_none() {
                return all;
            }
        }
    }

    /// Takes the program down as `familiar serve` does.
    pub(crate) async fn end(self) -> (ScriptedUpstream, TempDir) {
        self.stop.cancel();
        self.app.shutdown(std::time::Duration::from_secs(10)).await;
        self.serving.await.unwrap().unwrap();
        (self.upstream, self.folder)
    }
}

/// A request for the OpenAI door.
pub(crate) fn chat(model: &str, text: &str) -> Value {
    json!({ "model": model, "max_tokens": 100, "messages": [{ "role": "user", "content": text }] })
}

fn configuration(upstream: &ScriptedUpstream) -> String {
    let mut text = "gateway.retry.max_rounds = 1\n".to_owned();
    for (name, dialect, path) in PROVIDERS {
        let (base_url, key) = (upstream.url(path), UPSTREAM_KEY);
        text.push_str(&format!(
            "[providers.{name}]\ndialect = \"{dialect}\"\nbase_url = \"{base_url}\"\napi_key = \"{key}\"\n\
             models = [{{ name = \"actor\", prices = {{ input = \"1\", output = \"2\" }} }}]\n"
        ));
    }
    text
}
