//! The configuration: one file, under the environment, under the flags; every error named at once.
//!
//! Each crate owns its section; this module puts them together. The reference for people is
//! `docs/familiar.example.toml`, which a test keeps true.

mod check;
mod document;
mod environment;
mod problem;

pub use environment::Environment;
pub use problem::{ConfigErrors, Place, Problem};

use crate::{log::LogConfig, telemetry::TelemetryConfig};
use document::Document;
use providers::ProviderConfig;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs, io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

/// The name of the file in the data folder.
pub const FILE_NAME: &str = "familiar.toml";
/// A larger file is no configuration.
const MAX_FILE_BYTES: u64 = 4 << 20;

/// What the command line says; it wins over everything.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--data`: the data folder.
    pub data_dir: Option<PathBuf>,
    /// `--config`: the file.
    pub config_file: Option<PathBuf>,
    /// `--listen`.
    pub listen: Option<SocketAddr>,
    /// `--expose`.
    pub expose: Option<SocketAddr>,
    /// `--log`: how much is logged.
    pub log_level: Option<String>,
}

/// The configuration, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
    /// Where to listen.
    pub server: ServerConfig,
    /// What is logged.
    pub log: LogConfig,
    /// Where the database is.
    pub database: store::DatabaseConfig,
    /// Where files lie; its keys are filled in from the environment where the file leaves them there.
    pub blobs: store::BlobsConfig,
    /// How the gateway behaves.
    pub gateway: gateway::Config,
    /// Where spans of calls are sent.
    pub telemetry: TelemetryConfig,
    /// How batches are worked on.
    pub batch: batch::Config,
    /// Who is told of what somebody should know.
    pub alerts: alerts::Config,
    /// What is kept of conversations.
    pub chat: ChatConfig,
    /// What may leave this machine.
    pub privacy: PrivacyConfig,
    /// Limits of the library.
    pub library: library::Config,
    /// Who finds what is near in meaning.
    pub vectors: vectorstore::Config,
    /// The models of this machine.
    pub inference: inference::Config,
    /// How servers of tools are treated.
    pub mcp: mcp::Config,
    /// When they are begun: with the program, unless it says otherwise.
    pub tool_servers: mcp::Begin,
    /// The part of the environment that commands see which are started for somebody: nothing that could be secret.
    pub harmless_environment: BTreeMap<String, String>,
    /// The providers, those of the file in its order, then those of the environment.
    pub providers: Vec<ConfiguredProvider>,
    /// The routes by name.
    pub routes: BTreeMap<String, routing::RouteConfig>,
    /// What is probably not meant so, but does not keep the program from starting.
    pub warnings: Vec<Problem>,
}

/// The `[server]` section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Where the page and the whole API are: an address of this machine only. When the port is taken, another
    /// one is used.
    pub listen: SocketAddr,
    /// Where other machines may reach `/v1` and `/anthropic` with a virtual key, and conversations that were shared by
    /// their links; nowhere where not set.
    pub expose: Option<SocketAddr>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self { listen: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 7420), expose: None }
    }
}

/// The `[chat]` section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChatConfig {
    /// After how many days the pictures of messages and comparisons are deleted; 0 keeps them for ever. The page cannot
    /// change it then.
    pub attachment_retention_days: Option<u32>,
}

/// The `[privacy]` section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PrivacyConfig {
    /// Whether every request that would leave this machine is refused; the page cannot turn it off then.
    pub local_only: bool,
}

/// A provider of the configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfiguredProvider {
    /// Its name, the first half of its models' ids.
    pub name: String,
    /// How it is called; its key is filled in from the environment where the file leaves it there.
    pub config: ProviderConfig,
    /// What made it.
    pub origin: ProviderOrigin,
}

/// What made a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderOrigin {
    /// The configuration file.
    File,
    /// A key in the environment.
    Environment,
}

/// The file as it is read.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FileConfig {
    server: ServerConfig,
    log: LogConfig,
    database: store::DatabaseConfig,
    blobs: store::BlobsConfig,
    gateway: gateway::Config,
    batch: batch::Config,
    alerts: alerts::Config,
    telemetry: TelemetryConfig,
    chat: ChatConfig,
    privacy: PrivacyConfig,
    library: library::Config,
    vectors: vectorstore::Config,
    inference: inference::Config,
    mcp: mcp::Config,
    providers: BTreeMap<String, ProviderConfig>,
    routes: BTreeMap<String, routing::RouteConfig>,
}

impl Config {
    /// Reads and checks the configuration. Nothing is made or changed.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the file.
    pub fn load(overrides: &Overrides, environment: &Environment) -> Result<Self, ConfigErrors> {
        let data_dir = data_dir(overrides, environment)?;
        let chosen =
            overrides.config_file.clone().or_else(|| environment.get("FAMILIAR_CONFIG").map(PathBuf::from));
        let path = chosen.clone().unwrap_or_else(|| data_dir.join(FILE_NAME));
        let text = read_file(&path, chosen.is_some())?;
        let mut document = Document::parse(&path, text.as_deref().unwrap_or_default());
        document.lay_over(environment);
        let mut file: FileConfig = document.read();
        lay_over_flags(&mut file, overrides, environment, &mut document);
        let checked = check::check(&document, &file, environment);
        let mut problems = std::mem::take(&mut document.problems);
        problems.extend(checked.problems);
        if !problems.is_empty() {
            problems.sort();
            problems.dedup();
            return Err(ConfigErrors(problems));
        }
        Ok(Self {
            data_dir,
            file: text.is_some().then_some(path),
            server: file.server,
            log: file.log,
            database: file.database,
            blobs: checked.blobs,
            gateway: file.gateway,
            batch: file.batch,
            alerts: file.alerts,
            telemetry: file.telemetry,
            chat: file.chat,
            privacy: file.privacy,
            library: file.library,
            vectors: file.vectors,
            inference: file.inference,
            mcp: file.mcp,
            tool_servers: mcp::Begin::AtOnce,
            harmless_environment: environment.harmless(),
            providers: checked.providers,
            routes: file.routes,
            warnings: checked.warnings,
        })
    }

    /// The folder of files by their content, and of what is under way where they lie in a bucket.
    pub fn blobs_dir(&self) -> PathBuf {
        self.data_dir.join("blobs")
    }

    /// The folder of the search index.
    pub fn index_dir(&self) -> PathBuf {
        self.data_dir.join("index")
    }
}

/// The data folder: the flag, the environment, or the platform's usual place.
fn data_dir(overrides: &Overrides, environment: &Environment) -> Result<PathBuf, ConfigErrors> {
    let chosen = overrides.data_dir.clone().or_else(|| environment.get("FAMILIAR_DATA").map(PathBuf::from));
    let usual = || directories::ProjectDirs::from("", "", "familiar").map(|dirs| dirs.data_dir().to_owned());
    let found = chosen.or_else(usual).ok_or_else(|| Problem {
        place: Place::Nowhere,
        key: String::new(),
        message: "the platform names no folder for a program's data".to_owned(),
        hint: Some("choose one with `--data DIR`".to_owned()),
    });
    let found = found.map_err(|problem| ConfigErrors(vec![problem]))?;
    Ok(std::path::absolute(&found).unwrap_or(found))
}

/// The file's text; `None` where there is none and nobody asked for it.
fn read_file(path: &Path, is_asked_for: bool) -> Result<Option<String>, ConfigErrors> {
    let problem = |message: String, hint: Option<&str>| {
        let place = Place::File { path: path.to_owned(), line: 0, column: 0 };
        ConfigErrors(vec![Problem { place, key: String::new(), message, hint: hint.map(str::to_owned) }])
    };
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && !is_asked_for => return Ok(None),
        Ok(about) if about.len() > MAX_FILE_BYTES => {
            return Err(problem("the file is too large for a configuration".to_owned(), None));
        }
        Ok(_) | Err(_) => {}
    }
    let bytes = fs::read(path).map_err(|error| {
        problem(format!("the file cannot be read: {error}"), Some("check the path and the rights"))
    })?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(error) => {
            let before = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            Err(problem(format!("the file is not UTF-8, from line {line} on"), Some("save it as UTF-8")))
        }
    }
}

/// The few settings with a flag or a short variable of their own.
fn lay_over_flags(
    file: &mut FileConfig,
    overrides: &Overrides,
    environment: &Environment,
    document: &mut Document<'_>,
) {
    let mut address = |variable: &str| {
        let text = environment.get(variable)?;
        let parsed = text.parse::<SocketAddr>();
        if parsed.is_err() {
            document.problems.push(Problem {
                place: Place::Environment(variable.to_owned()),
                key: String::new(),
                message: format!("`{text}` is not an address"),
                hint: Some("write an IP address and a port, such as `127.0.0.1:7420`".to_owned()),
            });
        }
        parsed.ok()
    };
    let (listen, expose) = (address("FAMILIAR_LISTEN"), address("FAMILIAR_EXPOSE"));
    file.server.listen = overrides.listen.or(listen).unwrap_or(file.server.listen);
    file.server.expose = overrides.expose.or(expose).or(file.server.expose);
    if let Some(level) = environment.get("FAMILIAR_LOG") {
        file.log.level = level.to_owned();
    }
    if let Some(level) = &overrides.log_level {
        file.log.level.clone_from(level);
    }
}
