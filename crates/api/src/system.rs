//! The program itself: what it logs, and what it runs on.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The last of what was logged, the latest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LogLines {
    /// The lines.
    pub lines: Vec<LogLine>,
    /// `before` of the page of older ones, where there are any.
    pub next: Option<u64>,
    /// How many lines are kept now, whether asked for or not.
    pub kept: u64,
    /// How many are kept at the most; the oldest go first.
    pub most: u64,
    /// How much is logged, such as `info`, or by part, such as `info,gateway=debug`; missing where it cannot be changed.
    pub level: Option<String>,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LogLine {
    /// Grows with each line since the start.
    pub number: u64,
    /// When.
    pub at: String,
    /// `error`, `warn`, `info`, `debug` or `trace`.
    pub level: String,
    /// Which part of the program said so, such as `gateway::attempt`.
    pub part: String,
    /// In words.
    pub message: String,
    /// Names with values.
    pub fields: Vec<LogField>,
}

/// A value of a line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LogField {
    /// Its name.
    pub name: String,
    /// The value; what looks like a secret is taken out.
    pub value: String,
}

/// How much is logged until Familiar is started again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LogLevel {
    /// `error`, `warn`, `info`, `debug`, `trace`, or by part, such as `info,gateway=debug`.
    pub level: String,
}

/// What the program runs on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SystemFacts {
    /// Familiar's version.
    pub version: String,
    /// `release` or `debug`.
    pub build: String,
    /// System and processor, such as `linux x86_64`.
    pub platform: String,
    /// The most jobs of one lane that run at once.
    pub workers: u64,
    /// Memory that the process uses, in bytes; missing where the system does not say.
    pub memory_bytes: Option<u64>,
    /// Threads of the process; missing where the system does not say.
    pub threads: Option<u64>,
}
