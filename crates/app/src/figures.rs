//! Everything that is counted, gathered for those who watch the program.

use crate::{
    AppError,
    app::{App, kept},
    telemetry::{Telemetry, TelemetryFigures},
};
use api::system::SystemFacts;
use gateway::MetricsSnapshot;
use providers::Pool;
use store::jobs::RunnerConfig;

/// In what `/proc` counts processor time: `USER_HZ`, which is 100 wherever Linux runs today.
const TICKS_A_SECOND: f64 = 100.0;

/// All figures at one moment.
#[derive(Debug, Clone)]
pub struct Figures {
    /// The version that runs.
    pub version: &'static str,
    /// The gateway's.
    pub gateway: MetricsSnapshot,
    /// The connections to each provider.
    pub pools: Vec<Pool>,
    /// Jobs by name and state.
    pub jobs: Vec<(String, &'static str, u64)>,
    /// Batches by state.
    pub batches: Vec<(&'static str, u64)>,
    /// What has become of spans.
    pub telemetry: TelemetryFigures,
    /// The process; `None` where the system does not say.
    pub process: Option<ProcessFigures>,
}

/// What the operating system says of the process.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProcessFigures {
    /// Memory that is in use.
    pub resident_bytes: u64,
    /// Memory that is mapped.
    pub virtual_bytes: u64,
    /// Processor time used, in seconds.
    pub cpu_seconds: f64,
    /// Open files and connections.
    pub open_files: u64,
    /// Threads.
    pub threads: u64,
}

impl App {
    /// What the program runs on.
    pub fn facts(&self) -> SystemFacts {
        let process = process();
        let build = if cfg!(debug_assertions) { "debug" } else { "release" };
        SystemFacts {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            build: build.to_owned(),
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            workers: RunnerConfig::default().workers as u64,
            memory_bytes: process.map(|process| process.resident_bytes),
            threads: process.map(|process| process.threads),
        }
    }

    /// All figures.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn figures(&self) -> Result<Figures, AppError> {
        let jobs = self.jobs.counts().await.map_err(|error| kept(error.kind(), error))?;
        let batches = self.batches.state_counts().await.map_err(|error| kept(error.kind(), error))?;
        Ok(Figures {
            version: env!("CARGO_PKG_VERSION"),
            gateway: self.gateway.metrics(),
            pools: self.offers.providers.pools(),
            jobs: jobs.into_iter().map(|(name, state, count)| (name, state.as_str(), count)).collect(),
            batches: batches.into_iter().map(|(state, count)| (state.as_str(), count)).collect(),
            telemetry: self.telemetry.as_ref().map(Telemetry::figures).unwrap_or_default(),
            process: process(),
        })
    }
}

/// Reads Linux' `/proc/self` (proc(5)); `None` on other systems.
fn process() -> Option<ProcessFigures> {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/self/{name}")).ok();
    let status = read("status")?;
    let field = |name: &str| -> Option<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.split_whitespace().next()?.parse().ok()
    };
    // The name of the program stands in brackets and may hold anything; fields are counted behind it.
    let stat = read("stat")?;
    let (_, rest) = stat.rsplit_once(')')?;
    let ticks: Vec<u64> =
        rest.split_whitespace().skip(11).take(2).filter_map(|text| text.parse().ok()).collect();
    Some(ProcessFigures {
        resident_bytes: field("VmRSS")? * 1_024,
        virtual_bytes: field("VmSize")? * 1_024,
        cpu_seconds: ticks.iter().sum::<u64>() as f64 / TICKS_A_SECOND,
        open_files: std::fs::read_dir("/proc/self/fd").map(|files| files.count() as u64).unwrap_or(0),
        threads: field("Threads")?,
    })
}
