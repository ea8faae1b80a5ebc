//! The servers as an object: which there are, and what is done with them.

use crate::{
    config::Config,
    db::{self, KeptServer},
    error::McpError,
    model::{Change, NewServer, Place, ServerShown, ServerSpec, Tested, Transport, Values, invalid},
    names,
    read::{self, LARGEST_BYTES},
    server::{Server, Surroundings, connect},
    toolset,
};
use base::{Clock, Id, OwnerId, Secret, new_id};
use futures::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use llm::{Tool, ToolSource};
use net::{Client, LocalOnly, NetConfig};
use parking_lot::{Mutex, RwLock};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use store::{Db, Vault};
use tokio::{sync::Mutex as Turn, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The name of the file in the data folder.
pub const FILE_NAME: &str = "mcp.json";
/// Most servers that can be set up on the page.
const MOST: usize = 100;
/// How long a removed server can be brought back.
const KEPT: Duration = Duration::from_secs(86_400);
/// How often the file is looked at.
const LOOK: Duration = Duration::from_secs(2);
/// How long an answer waits for servers that are just being begun.
const SOON: Duration = Duration::from_secs(10);
/// How long servers have to end.
const GRACE: Duration = Duration::from_secs(5);
/// What ids of servers of the file begin with.
const OF_FILE: &str = "file:";

/// What the servers stand on.
#[derive(Debug)]
pub struct Parts {
    /// Where they are kept.
    pub db: Db,
    /// Where their secrets are.
    pub vault: Arc<Vault>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The section of the configuration.
    pub config: Config,
    /// The folder with `mcp.json`, in which commands work.
    pub data_dir: PathBuf,
    /// The part of the environment that commands see.
    pub environment: BTreeMap<String, String>,
    /// What keeps every request on this machine, while it is on.
    pub local_only: LocalOnly,
    /// When servers are begun.
    pub begin: Begin,
}

/// When servers are begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Begin {
    /// With the program.
    #[default]
    AtOnce,
    /// When somebody looks at them or wants their tools: for a program that runs for the length of a command.
    WhenWanted,
}

/// What came of a list that was read in.
#[derive(Debug)]
pub struct Imported {
    /// Servers that were added.
    pub added: Vec<ServerShown>,
    /// Entries that were not, with the reason.
    pub skipped: Vec<(String, String)>,
}

/// The servers there are.
#[derive(Debug)]
pub struct Servers {
    db: Db,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    file: PathBuf,
    surroundings: Arc<Surroundings>,
    servers: RwLock<Vec<Arc<Server>>>,
    /// What is wrong with the file, entry by entry; an empty name stands for all of it.
    file_troubles: Mutex<Vec<(String, String)>>,
    file_read: Mutex<Option<String>>,
    /// Servers that nobody has wanted yet; `None` once they are begun as they come.
    waiting: Mutex<Option<Vec<Arc<Server>>>>,
    changing: Turn<()>,
    closing: CancellationToken,
    tasks: TaskTracker,
}

impl Servers {
    /// Opens the list and begins every server that is used, without waiting for any.
    ///
    /// # Errors
    /// Where the database or the vault fails.
    pub async fn open(parts: Parts) -> Result<Arc<Self>, McpError> {
        let Parts { db, vault, clock, config, data_dir, environment, local_only, begin } = parts;
        let net = NetConfig { local_only, ..NetConfig::default() };
        let client = Client::new(net)
            .map_err(|error| invalid(error.to_string(), "look at this machine's root certificates"))?;
        let file = data_dir.join(FILE_NAME);
        let surroundings = Arc::new(Surroundings { config, client, environment, data_dir });
        let servers = Arc::new(Self {
            db,
            vault,
            clock,
            file,
            surroundings,
            servers: RwLock::default(),
            file_troubles: Mutex::default(),
            file_read: Mutex::default(),
            waiting: Mutex::new((begin == Begin::WhenWanted).then(Vec::new)),
            changing: Turn::default(),
            closing: CancellationToken::new(),
            tasks: TaskTracker::new(),
        });
        servers.forget().await?;
        for kept in db::all(servers.db.pool()).await? {
            let values = servers.values(kept.owner, kept.id).await?;
            servers.begin(&kept, values);
        }
        servers.read_file().await;
        let watching = Arc::clone(&servers);
        servers.tasks.spawn(async move {
            let closing = watching.closing.clone();
            closing.run_until_cancelled(watching.watch_file()).await
        });
        Ok(servers)
    }

    async fn forget(&self) -> Result<(), McpError> {
        let mut transaction = self.db.begin().await?;
        let gone = db::forget(&mut transaction, self.clock.now().minus(KEPT)).await?;
        transaction.commit().await?;
        for (owner, id) in gone {
            self.vault.remove(owner, &secret_name(id)).await?;
        }
        Ok(())
    }

    async fn values(&self, owner: OwnerId, id: Id) -> Result<Values, McpError> {
        let Some(kept) = self.vault.get(owner, &secret_name(id)).await? else { return Ok(Values::new()) };
        let read = serde_json::from_str(kept.expose());
        Ok(read.map_err(|error| store::DbError::malformed("secret", error))?)
    }

    async fn keep_values(&self, owner: OwnerId, id: Id, values: &Values) -> Result<(), McpError> {
        let name = secret_name(id);
        if values.is_empty() {
            return Ok(self.vault.remove(owner, &name).await?);
        }
        let plain: BTreeMap<&str, &str> =
            values.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
        let text =
            serde_json::to_string(&plain).map_err(|error| store::DbError::malformed("secret", error))?;
        Ok(self.vault.put(owner, &name, &Secret::new(text)).await?)
    }

    fn begin(&self, kept: &KeptServer, values: Values) -> Arc<Server> {
        let KeptServer { id, owner, name, transport, enabled } = kept.clone();
        let spec = ServerSpec { name, transport, values, enabled };
        self.put((id.to_string(), owner, Place::Kept(id)), spec)
    }

    /// Takes a server into the list, in place of one of its id.
    fn put(&self, (id, owner, place): (String, OwnerId, Place), spec: ServerSpec) -> Arc<Server> {
        let server = Server::new((id, owner, place), spec, Arc::clone(&self.surroundings));
        let mut servers = self.servers.write();
        let old = servers.iter().position(|one| one.id == server.id);
        match old.and_then(|at| servers.get_mut(at)) {
            Some(place) => std::mem::replace(place, Arc::clone(&server)).stop(),
            None => servers.push(Arc::clone(&server)),
        }
        match &mut *self.waiting.lock() {
            Some(waiting) => waiting.push(Arc::clone(&server)),
            None => drop(self.tasks.spawn(Arc::clone(&server).keep())),
        }
        server
    }

    /// Begins those that wait to be wanted.
    fn want(&self) {
        for server in self.waiting.lock().take().into_iter().flatten() {
            self.tasks.spawn(server.keep());
        }
    }

    fn take_out(&self, id: &str) {
        self.servers.write().retain(|server| {
            if server.id == id {
                server.stop();
            }
            server.id != id
        });
    }

    fn find(&self, owner: OwnerId, id: &str) -> Result<Arc<Server>, McpError> {
        let servers = self.servers.read();
        let found = servers.iter().find(|server| server.id == id && server.owner == owner);
        found.cloned().ok_or_else(|| McpError::NoServer(id.to_owned()))
    }

    fn find_kept(&self, owner: OwnerId, id: &str) -> Result<(Arc<Server>, Id), McpError> {
        let server = self.find(owner, id)?;
        match server.place {
            Place::Kept(id) => Ok((server, id)),
            Place::File => Err(McpError::InFile(server.spec.name.clone())),
        }
    }

    fn is_taken(&self, owner: OwnerId, name: &str, except: Option<&str>) -> bool {
        let servers = self.servers.read();
        servers
            .iter()
            .any(|one| one.owner == owner && one.spec.name == name && Some(one.id.as_str()) != except)
    }

    /// All servers of an owner.
    pub fn list(&self, owner: OwnerId) -> Vec<ServerShown> {
        self.want();
        let servers: Vec<Arc<Server>> =
            self.servers.read().iter().filter(|server| server.owner == owner).cloned().collect();
        servers.iter().map(|server| server.shown()).collect()
    }

    /// What is wrong with `mcp.json`: entries with the reason; an empty name stands for all of it.
    pub fn file_troubles(&self) -> Vec<(String, String)> {
        self.file_troubles.lock().clone()
    }

    /// Adds a server and begins it.
    ///
    /// # Errors
    /// [`McpError::Invalid`], [`McpError::Taken`], or where it cannot be kept.
    pub async fn add(&self, new: NewServer) -> Result<ServerShown, McpError> {
        let _turn = self.changing.lock().await;
        self.add_one(new).await
    }

    async fn add_one(&self, new: NewServer) -> Result<ServerShown, McpError> {
        let NewServer { owner, spec } = new;
        spec.check()?;
        if self.is_taken(owner, &spec.name, None) {
            return Err(McpError::Taken(spec.name));
        }
        if self.servers.read().len() >= MOST {
            return Err(invalid(
                format!("there are {MOST} tool servers already"),
                "remove some that you do not use",
            ));
        }
        let ServerSpec { name, transport, values, enabled } = spec;
        let kept = KeptServer { id: new_id(), owner, name, transport, enabled };
        self.keep_values(owner, kept.id, &values).await?;
        let mut transaction = self.db.begin().await?;
        db::insert(&mut transaction, &kept, self.clock.now()).await?;
        transaction.commit().await?;
        Ok(self.begin(&kept, values).shown())
    }

    /// Adds the servers of a list as other programs write it.
    ///
    /// # Errors
    /// [`McpError::Invalid`] where nothing of it can be read; where it cannot be kept.
    pub async fn import(&self, owner: OwnerId, text: &str) -> Result<Imported, McpError> {
        let read = read::servers(text)
            .map_err(|reason| invalid(format!("the list cannot be read: {reason}"), SHAPE))?;
        if read.servers.is_empty() && read.skipped.is_empty() {
            return Err(invalid("there is no server in the list".to_owned(), SHAPE));
        }
        let _turn = self.changing.lock().await;
        let mut imported = Imported { added: Vec::new(), skipped: read.skipped };
        for spec in read.servers {
            let name = spec.name.clone();
            match self.add_one(NewServer { owner, spec }).await {
                Ok(server) => imported.added.push(server),
                Err(error @ (McpError::Taken(_) | McpError::Invalid { .. })) => {
                    imported.skipped.push((name, error.to_string()));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(imported)
    }

    /// Changes a server and begins it anew.
    ///
    /// # Errors
    /// [`McpError::NoServer`], [`McpError::InFile`], and as [`Servers::add`].
    pub async fn change(&self, owner: OwnerId, id: &str, change: Change) -> Result<ServerShown, McpError> {
        let _turn = self.changing.lock().await;
        let (server, id) = self.find_kept(owner, id)?;
        let mut spec = server.spec.clone();
        if let Some(name) = change.name {
            spec.name = name;
        }
        if let Some(transport) = change.transport {
            let same = matches!(transport, Transport::Http { .. })
                == matches!(spec.transport, Transport::Http { .. });
            if !same {
                let message = "a command does not become an address, nor the other way round".to_owned();
                return Err(invalid(message, "add another server, and remove this one"));
            }
            spec.transport = transport;
        }
        for (name, value) in change.values {
            match value {
                Some(value) => drop(spec.values.insert(name, value)),
                None => drop(spec.values.remove(&name)),
            }
        }
        spec.enabled = change.enabled.unwrap_or(spec.enabled);
        spec.check()?;
        if self.is_taken(owner, &spec.name, Some(&server.id)) {
            return Err(McpError::Taken(spec.name));
        }
        let ServerSpec { name, transport, values, enabled } = spec;
        let kept = KeptServer { id, owner, name, transport, enabled };
        self.keep_values(owner, id, &values).await?;
        let mut transaction = self.db.begin().await?;
        db::update(&mut transaction, &kept, self.clock.now()).await?;
        transaction.commit().await?;
        Ok(self.begin(&kept, values).shown())
    }

    /// Ends a server and removes it; for a day it can be brought back.
    ///
    /// # Errors
    /// [`McpError::NoServer`], [`McpError::InFile`], or where the database fails.
    pub async fn remove(&self, owner: OwnerId, id: &str) -> Result<(), McpError> {
        let _turn = self.changing.lock().await;
        let (server, kept) = self.find_kept(owner, id)?;
        let mut transaction = self.db.begin().await?;
        db::mark(&mut transaction, kept, Some(self.clock.now())).await?;
        transaction.commit().await?;
        self.take_out(&server.id);
        Ok(())
    }

    /// Brings a removed server back.
    ///
    /// # Errors
    /// [`McpError::NoServer`], [`McpError::Taken`], or where the database fails.
    pub async fn restore(&self, owner: OwnerId, id: &str) -> Result<ServerShown, McpError> {
        let _turn = self.changing.lock().await;
        let parsed = id.parse::<Id>().map_err(|_| McpError::NoServer(id.to_owned()))?;
        let kept = db::removed(self.db.pool(), owner, parsed).await?;
        let kept = kept.ok_or_else(|| McpError::NoServer(id.to_owned()))?;
        if self.is_taken(owner, &kept.name, None) {
            return Err(McpError::Taken(kept.name));
        }
        let values = self.values(owner, kept.id).await?;
        let mut transaction = self.db.begin().await?;
        db::mark(&mut transaction, kept.id, None).await?;
        transaction.commit().await?;
        Ok(self.begin(&kept, values).shown())
    }

    /// Begins a server anew, and waits a moment for how it goes.
    ///
    /// # Errors
    /// [`McpError::NoServer`]; [`McpError::Invalid`] where it is not used.
    pub async fn restart(&self, owner: OwnerId, id: &str) -> Result<ServerShown, McpError> {
        self.want();
        let server = self.find(owner, id)?;
        if !server.spec.enabled {
            return Err(invalid(format!("the tool server `{}` is off", server.spec.name), "turn it on"));
        }
        server.restart();
        server.settled(GRACE).await;
        Ok(server.shown())
    }

    /// Begins a server beside the one that may be running, lists its tools, and ends it.
    ///
    /// # Errors
    /// [`McpError::NoServer`].
    pub async fn test(&self, owner: OwnerId, id: &str) -> Result<Tested, McpError> {
        let server = self.find(owner, id)?;
        let (begun, last_words) = (Instant::now(), Arc::default());
        let tried = async {
            let session = connect(&server.spec, &self.surroundings, &last_words).await?;
            let tools = session.tools().await;
            let about = session.about().clone();
            session.close().await;
            let (usable, _left_out) = toolset::sort(&server.spec.name, tools?);
            Ok((about, usable.len()))
        };
        let outcome = tried.await;
        Ok(Tested { outcome, said: last_words.all(), took: begun.elapsed() })
    }

    /// Begins addresses anew, because local-only mode was turned on or off: streams that are open would stay.
    pub fn reach_changed(&self) {
        for server in self.servers.read().iter() {
            match server.spec.transport {
                Transport::Http { .. } => server.restart(),
                Transport::Command { .. } => {}
            }
        }
    }

    /// Ends all servers.
    pub async fn shutdown(&self) {
        self.closing.cancel();
        for server in self.servers.read().iter() {
            server.stop();
        }
        self.tasks.close();
        if tokio::time::timeout(GRACE, self.tasks.wait()).await.is_err() {
            tracing::warn!("not all tool servers have ended in time");
        }
    }

    async fn watch_file(&self) {
        // What came between the first reading and now is seen at the first look.
        let mut last = None;
        loop {
            tokio::time::sleep(LOOK).await;
            let now = Some(seen(&self.file).await);
            if now != last {
                last = now;
                self.read_file().await;
            }
        }
    }

    /// Brings the servers of the file in step with it.
    async fn read_file(&self) {
        let _turn = self.changing.lock().await;
        let (text, trouble) = match read_text(&self.file).await {
            Ok(text) => (text, None),
            Err(reason) => (None, Some(reason)),
        };
        if trouble.is_none() && *self.file_read.lock() == text {
            return;
        }
        let read = match (&text, trouble) {
            (_, Some(reason)) => Err(reason),
            (None, None) => Ok(read::Read::default()),
            (Some(text), None) => read::servers(text),
        };
        self.file_read.lock().clone_from(&text);
        let read = match read {
            Ok(read) => read,
            Err(reason) => {
                // What ran goes on while somebody is writing.
                tracing::warn!(reason, "`mcp.json` cannot be read");
                *self.file_troubles.lock() = vec![(String::new(), reason)];
                return;
            }
        };
        let (owner, mut troubles) = (Id::FIRST_OWNER, read.skipped);
        let known: Vec<Arc<Server>> =
            self.servers.read().iter().filter(|server| server.place == Place::File).cloned().collect();
        for server in &known {
            if !read.servers.iter().any(|spec| spec.name == server.spec.name) {
                self.take_out(&server.id);
            }
        }
        for spec in read.servers {
            let id = format!("{OF_FILE}{}", spec.name);
            if known.iter().any(|server| server.id == id && server.spec == spec) {
                continue;
            }
            if self.is_taken(owner, &spec.name, Some(&id)) {
                troubles.push((spec.name, "there is one of this name already".to_owned()));
                continue;
            }
            self.put((id, owner, Place::File), spec);
        }
        *self.file_troubles.lock() = troubles;
    }
}

impl ToolSource for Servers {
    fn prepare<'a>(&'a self, owner: OwnerId, names: &'a [String]) -> BoxFuture<'a, ()> {
        async move {
            if !names.iter().any(|name| names::is_tool_name(name)) {
                return;
            }
            self.want();
            let wanted = |server: &&Arc<Server>| {
                let begin = names::tool_prefix(&server.spec.name);
                server.owner == owner && names.iter().any(|name| name.starts_with(&begin))
            };
            let servers: Vec<Arc<Server>> = self.servers.read().iter().filter(wanted).cloned().collect();
            // One that takes longer is left out of this answer.
            join_all(servers.iter().map(|server| server.settled(SOON))).await;
        }
        .boxed()
    }

    fn tools(&self, owner: OwnerId) -> Vec<Arc<dyn Tool>> {
        let servers = self.servers.read();
        servers.iter().filter(|server| server.owner == owner).flat_map(|server| server.tools()).collect()
    }

    fn owns(&self, name: &str) -> bool {
        names::is_tool_name(name)
    }
}

const SHAPE: &str = "write it as {\"mcpServers\": {\"name\": {\"command\": \"...\", \"args\": []}}}";

fn secret_name(id: Id) -> String {
    format!("mcp:{id}")
}

/// What tells one state of a file from another.
async fn seen(path: &Path) -> Option<(u64, Option<std::time::SystemTime>)> {
    let about = tokio::fs::metadata(path).await.ok()?;
    Some((about.len(), about.modified().ok()))
}

async fn read_text(path: &Path) -> Result<Option<String>, String> {
    match tokio::fs::metadata(path).await {
        Ok(about) if about.len() > LARGEST_BYTES as u64 => {
            return Err(format!("it has more than {LARGEST_BYTES} bytes"));
        }
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    }
    tokio::fs::read_to_string(path).await.map(Some).map_err(|error| error.to_string())
}
