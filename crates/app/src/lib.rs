//! Configuration, construction, background work and shutdown.
//!
//! NOTE while this crate is being built (goes when both halves are there): helper `store` writes `config.rs` + `config/`
//! (`Config`, all errors at once), `lock.rs` (`familiar.lock`: `DataLock::take(dir)`, `lock.publish(address)`, and
//! `running(dir) -> Option<SocketAddr>` for the terminal, with a live probe of `/live`) and `doctor.rs` (`examine(&config) -> Vec<Check { name, ok, detail, hint }>`) and `log.rs`
//! in branch `store`. Branch `server` writes everything else: `App`, providers, routing, settings, status, jobs, handbook, events.
//! `Config` has public sections: `data_dir: PathBuf`, `database: store::DatabaseConfig`, `server: ServerConfig { listen: SocketAddr, expose: Option<SocketAddr> }`,
//! `gateway: gateway::Config`, `library: library::Config`, `log: LogConfig { level, format }`,
//! `providers: Vec<ConfiguredProvider { name, config: providers::ProviderConfig (its key filled in), origin: ProviderOrigin }>` (environment keys such as
//! `OPENAI_API_KEY` make a provider of the vendor's name where the file has none), `routes: BTreeMap<String, gateway::RouteConfig>`.
//! Both of these are there now. Still to do with `App`: its jobs' worker id is `lock::installation(&data_dir)`, not a setting in the database (servers
//! that share a PostgreSQL must not share it: each would start the others' running jobs again); once a day `jobs.forget` and, at start, `blobs.sweep`.

pub mod config;
pub mod doctor;
pub mod lock;
pub mod log;

pub use config::{Config, ConfigErrors, Environment, Overrides};
