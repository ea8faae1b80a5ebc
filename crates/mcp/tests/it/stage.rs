//! What the tests stand on: the servers over a database of their own, and the scripted server as a command.

use base::{Id, Secret};
use llm::{Tool, ToolContext, ToolError, ToolSource};
use mcp::{Begin, Config, NewServer, Parts, ServerShown, ServerSpec, Servers, State, Transport};
use net::LocalOnly;
use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};
use store::{Vault, testing::TestDb};

/// Set in the environment of the child that plays the server.
const PLAY: &str = "PLAY_SCRIPTED_MCP";

/// The servers, and what they stand on.
pub(crate) struct Stage {
    pub(crate) test: Arc<TestDb>,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) local_only: LocalOnly,
    pub(crate) servers: Arc<Servers>,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::over(TestDb::sqlite().await, tempfile::tempdir().unwrap()).await
    }

    pub(crate) async fn over(test: Arc<TestDb>, folder: tempfile::TempDir) -> Self {
        let local_only = LocalOnly::default();
        let servers = open(&test, folder.path(), &local_only).await;
        Self { test, folder, local_only, servers }
    }

    /// Adds a server and waits until it is ready.
    pub(crate) async fn ready(&self, spec: ServerSpec) -> ServerShown {
        let added = self.servers.add(NewServer { owner: Id::FIRST_OWNER, spec }).await.unwrap();
        self.until(&added.id, |server| server.state == State::Ready).await
    }

    /// Waits until a server is as wanted.
    pub(crate) async fn until(&self, id: &str, wanted: impl Fn(&ServerShown) -> bool) -> ServerShown {
        let mut last = None;
        for _ in 0..1_000 {
            let shown = self.servers.list(Id::FIRST_OWNER).into_iter().find(|server| server.id == id);
            if let Some(server) = shown.clone().filter(&wanted) {
                return server;
            }
            last = shown;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it did not become as wanted: {last:?}");
    }

    pub(crate) fn tool(&self, name: &str) -> Arc<dyn Tool> {
        let tools = self.servers.tools(Id::FIRST_OWNER);
        let found = tools.iter().find(|tool| tool.spec().name == name);
        found.unwrap_or_else(|| panic!("there is no {name} among {tools:?}")).clone()
    }

    pub(crate) async fn call(&self, name: &str, arguments: &str) -> Result<String, ToolError> {
        self.tool(name).call(&ToolContext::default(), arguments).await
    }
}

pub(crate) async fn open(test: &TestDb, folder: &Path, local_only: &LocalOnly) -> Arc<Servers> {
    open_when(test, folder, (local_only, Begin::AtOnce)).await
}

pub(crate) async fn open_when(
    test: &TestDb,
    folder: &Path,
    (local_only, begin): (&LocalOnly, Begin),
) -> Arc<Servers> {
    Servers::open(Parts {
        db: test.db.clone(),
        vault: Arc::new(Vault::open(test.db.clone(), folder).await.unwrap()),
        clock: Arc::clone(&test.clock) as Arc<dyn base::Clock>,
        config: Config { call_timeout_seconds: 2, start_timeout_seconds: 20 },
        data_dir: folder.to_owned(),
        environment: BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]),
        local_only: local_only.clone(),
        begin,
    })
    .await
    .unwrap()
}

/// The scripted server as a command: this very program, playing the test below.
pub(crate) fn scripted(name: &str) -> ServerSpec {
    let command = std::env::current_exe().unwrap().display().to_string();
    let args = ["--exact", "stage::plays_the_server", "--nocapture", "--quiet"].map(str::to_owned).to_vec();
    let values = [(PLAY, "yes"), ("TOKEN", "token-that-nobody-may-see")];
    ServerSpec {
        name: name.to_owned(),
        transport: Transport::Command { command, args, folder: None },
        values: values.into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect(),
        enabled: true,
    }
}

/// Not a test, but the server: alone it has nothing to do. The harness greets on standard output, as real ones do.
#[test]
fn plays_the_server() {
    let names: Vec<String> = std::env::vars().map(|(name, _)| name).collect();
    if names.iter().any(|name| name == PLAY) {
        testkit::mcp_over_stdio(names).unwrap();
    }
}
