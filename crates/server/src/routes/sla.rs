//! `/api/sla`: what is expected of providers, and whether they did it.

use crate::{
    extract::{ApiJson, ApiPath, ApiQuery},
    problem::ApiError,
};
use api::health::{PutSla, Sla, SlaReport};
use app::App;
use axum::{Json, extract::State};
use base::{Clock as _, ErrorKind, SystemClock, Timestamp};
use serde::Deserialize;
use std::{sync::Arc, time::Duration};
use utoipa::IntoParams;

const DAY: Duration = Duration::from_secs(86_400);
/// How far back a report goes if nothing is said.
const USUAL_PERIOD: Duration = Duration::from_secs(30 * 86_400);
/// Length of `2026-11-21`.
const DAY_LENGTH: usize = 10;

/// Which period.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SlaQuery {
    /// A day, `2026-11-01`, or a time; 30 days ago if not said.
    from: Option<String>,
    /// A day, which is included, or a time; now if not said.
    to: Option<String>,
}

/// Whether providers did what is expected of them in a period, and on each day of it.
#[utoipa::path(get, path = "/api/sla", tag = "gateway", params(SlaQuery),
    responses((status = 200, body = SlaReport)))]
pub(crate) async fn report(
    State(app): State<Arc<App>>,
    ApiQuery(query): ApiQuery<SlaQuery>,
) -> Result<Json<SlaReport>, ApiError> {
    let now = SystemClock::default().now();
    let to = match query.to.as_deref() {
        Some(day) if day.len() == DAY_LENGTH => time(day)?.plus(DAY),
        Some(moment) => time(moment)?,
        None => now,
    };
    let from = query.from.as_deref().map_or_else(|| Ok(to.minus(USUAL_PERIOD)), time)?;
    Ok(Json(app.sla(from, to).await?))
}

/// Says what is expected of a provider.
#[utoipa::path(put, path = "/api/sla/{provider}", tag = "gateway", params(("provider" = String, Path)),
    request_body = PutSla, responses((status = 200, body = Sla)))]
pub(crate) async fn put(
    State(app): State<Arc<App>>,
    ApiPath(provider): ApiPath<String>,
    ApiJson(sla): ApiJson<PutSla>,
) -> Result<Json<Sla>, ApiError> {
    Ok(Json(app.put_sla(&provider, sla).await?))
}

fn time(text: &str) -> Result<Timestamp, ApiError> {
    text.parse().map_err(|error| {
        ApiError::new(ErrorKind::Invalid, format!("{error}")).hint("write `2026-11-21` or a time in RFC 3339")
    })
}
