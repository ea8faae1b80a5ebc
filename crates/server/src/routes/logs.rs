//! `/api/system`: what the program runs on, and the last of what it logged.

use crate::{
    extract::{ApiJson, ApiQuery},
    problem::ApiError,
};
use api::system::{LogField, LogLevel, LogLine, LogLines, SystemFacts};
use app::{App, AppError, log};
use axum::{Json, extract::State};
use serde::Deserialize;
use std::sync::Arc;
use tracing::Level;
use utoipa::IntoParams;

/// Lines of a page where the number is not said.
const LINES: usize = 200;
/// The levels, the gravest first.
const LEVELS: [(&str, Level); 5] = [
    ("error", Level::ERROR),
    ("warn", Level::WARN),
    ("info", Level::INFO),
    ("debug", Level::DEBUG),
    ("trace", Level::TRACE),
];

/// Which lines.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct LogQuery {
    /// This grave or graver: `error`, `warn`, `info`, `debug` or `trace`; all if not said.
    level: Option<String>,
    /// A text that is part of the message, the part of the program, or a value.
    q: Option<String>,
    /// The `next` of the page before.
    before: Option<u64>,
    /// How many at the most, 200 if not said, 1,000 at the most.
    limit: Option<u32>,
}

/// What the program runs on.
#[utoipa::path(get, path = "/api/system", tag = "system", responses((status = 200, body = SystemFacts)))]
pub(crate) async fn facts(State(app): State<Arc<App>>) -> Json<SystemFacts> {
    Json(app.facts())
}

/// The last of what was logged since the start, the latest first; it is kept in memory only.
#[utoipa::path(get, path = "/api/system/logs", tag = "system", params(LogQuery),
    responses((status = 200, body = LogLines)))]
pub(crate) async fn logs(ApiQuery(query): ApiQuery<LogQuery>) -> Result<Json<LogLines>, ApiError> {
    let recent = log::recent();
    let limit = query.limit.map_or(LINES, |limit| usize::try_from(limit).unwrap_or(log::CAPACITY));
    let page = recent.page(&log::Asked {
        level: query.level.as_deref().map_or(Ok(Level::TRACE), level)?,
        words: query.q.unwrap_or_default(),
        before: query.before,
        limit: limit.clamp(1, log::CAPACITY),
    });
    Ok(Json(LogLines {
        lines: page.lines.into_iter().map(line).collect(),
        next: page.next,
        kept: recent.kept() as u64,
        most: log::CAPACITY as u64,
        level: recent.level(),
    }))
}

/// Changes how much is logged until Familiar is started again.
#[utoipa::path(put, path = "/api/system/log-level", tag = "system", request_body = LogLevel,
    responses((status = 200, body = LogLevel)))]
pub(crate) async fn set_log_level(ApiJson(wanted): ApiJson<LogLevel>) -> Result<Json<LogLevel>, ApiError> {
    log::recent().set_level(&wanted.level)?;
    Ok(Json(LogLevel { level: wanted.level.trim().to_owned() }))
}

fn level(name: &str) -> Result<Level, AppError> {
    let found = LEVELS.iter().find(|(known, _)| *known == name);
    found.map(|(_, level)| *level).ok_or_else(|| AppError::Setting { name: "level", value: name.to_owned() })
}

fn line(line: log::Line) -> LogLine {
    let name = LEVELS.iter().find(|(_, level)| *level == line.level).map_or("trace", |(name, _)| *name);
    LogLine {
        number: line.number,
        at: line.at.to_string(),
        level: name.to_owned(),
        part: line.part,
        message: line.message,
        fields: line.fields.into_iter().map(|(name, value)| LogField { name, value }).collect(),
    }
}
