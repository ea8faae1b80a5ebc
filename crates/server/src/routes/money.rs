//! `/api/money`: sums over the ledger, what was saved, how it goes on and what stands out.

use crate::{
    convert,
    extract::{ApiQuery, Owner, parse_end, parse_moment},
    problem::ApiError,
};
use api::money::{AnomalyList, MoneyForecast, MoneyReport, Savings};
use app::App;
use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use base::{Clock as _, ErrorKind, Id, OwnerId, SystemClock, Timestamp};
use chat::ChatService;
use forecast::Step;
use gateway::Gateway;
use ledger::{By, ReportFilter, ReportQuery};
use serde::Deserialize;
use std::{collections::HashMap, sync::Arc, time::Duration};
use utoipa::IntoParams;

const DAY: Duration = Duration::from_secs(86_400);
/// How far back a report goes if nothing is said: thirty days with today.
const USUAL_DAYS: u32 = 29;
/// Longest period of a report.
const MOST_DAYS: u64 = 3_660;
/// Longest period by hour: a row an hour.
const MOST_DAYS_BY_HOUR: u64 = 93;

/// Which period, and which exchanges. All that is given must fit.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MoneyQuery {
    /// The first day, `2026-11-01`, or the first moment, `2026-11-01T08:00:00Z`; 29 days before the last if not said.
    from: Option<String>,
    /// The last day, which is included, or the moment up to which; today if not said.
    to: Option<String>,
    /// `hour`, `day`, `provider`, `model`, `key`, `project`, `tag`, `user` or `conversation`; `day` if not said.
    by: Option<String>,
    /// By what hours or days are split once more.
    split: Option<String>,
    /// Only what this provider answered.
    provider: Option<String>,
    /// Only what this deployment answered, `provider/model`.
    model: Option<String>,
    /// Only what came with this virtual key, by its name or id; `(this workbench)` for what came without.
    key: Option<String>,
    /// Only what was done for this project; `(none)` for what was done for none.
    project: Option<String>,
    /// Only what has this label.
    tag: Option<String>,
    /// At most so many rows; the others are added up in one. Not for hours and days.
    limit: Option<usize>,
    /// `json` (if not said) or `csv`.
    format: Option<String>,
}

/// Sums over the ledger, as JSON or CSV.
#[utoipa::path(get, path = "/api/money/report", tag = "money", params(MoneyQuery),
    responses((status = 200, body = MoneyReport)))]
pub(crate) async fn report(
    State(gateway): State<Arc<Gateway>>,
    State(chat): State<Arc<ChatService>>,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<MoneyQuery>,
) -> Result<Response, ApiError> {
    let as_csv = match query.format.as_deref() {
        None | Some("" | "json") => false,
        Some("csv") => true,
        Some(other) => {
            return Err(ApiError::new(ErrorKind::Invalid, format!("`{other}` is no format of a report"))
                .hint("there are `json` and `csv`"));
        }
    };
    let limit = query.limit;
    let query = parse(query)?;
    let report = gateway.ledger().report(owner, &query).await?;
    let mut shown = convert::money::report(&query, report, limit);
    if query.by == By::Conversation {
        let titles = titles(&chat, owner, &shown).await;
        for row in &mut shown.rows {
            row.label = titles.get(&row.name).cloned();
        }
    }
    if !as_csv {
        return Ok(Json(shown).into_response());
    }
    let name = format!("familiar-money-by-{}-{}-{}.csv", shown.by, query.from.day(), last_day(query.until));
    let mut response = convert::money::csv(&shown).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// What Familiar saved, beside doing without it.
#[utoipa::path(get, path = "/api/money/savings", tag = "money", params(MoneyQuery),
    responses((status = 200, body = Savings)))]
pub(crate) async fn savings(
    State(gateway): State<Arc<Gateway>>,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<MoneyQuery>,
) -> Result<Json<Savings>, ApiError> {
    let query = ReportQuery { by: By::Provider, split: None, ..parse(query)? };
    let report = gateway.ledger().report(owner, &query).await?;
    Ok(Json(convert::money::savings(&query, &report.total)))
}

/// In which steps.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ForecastQuery {
    /// `hour` (the next 48), `day` (15), `week` (8) or `month` (3); `day` if not said.
    step: Option<String>,
}

/// How spend goes on, with how good forecasts of this ledger were.
#[utoipa::path(get, path = "/api/money/forecast", tag = "money", params(ForecastQuery),
    responses((status = 200, body = MoneyForecast)))]
pub(crate) async fn forecast(
    State(app): State<Arc<App>>,
    ApiQuery(query): ApiQuery<ForecastQuery>,
) -> Result<Json<MoneyForecast>, ApiError> {
    let step = query.step.as_deref().filter(|step| !step.is_empty());
    let step = step.map_or(Ok(Step::Day), |step| {
        step.parse().map_err(|error: forecast::step::UnknownStep| {
            ApiError::new(ErrorKind::Invalid, error.to_string()).hint("ask for one of them")
        })
    })?;
    Ok(Json(app.money_forecast(step).await?))
}

/// The days of a period that stand out.
#[utoipa::path(get, path = "/api/money/anomalies", tag = "money", params(MoneyQuery),
    responses((status = 200, body = AnomalyList)))]
pub(crate) async fn anomalies(
    State(app): State<Arc<App>>,
    ApiQuery(query): ApiQuery<MoneyQuery>,
) -> Result<Json<AnomalyList>, ApiError> {
    let ReportQuery { from, until, .. } = parse(query)?;
    Ok(Json(app.money_anomalies(from, until).await?))
}

fn parse(query: MoneyQuery) -> Result<ReportQuery, ApiError> {
    let given =
        |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let by = |text: Option<String>| {
        given(text)
            .map(|name| {
                By::from_name(&name).ok_or_else(|| {
                    let names: Vec<&str> = By::ALL.into_iter().map(By::as_str).collect();
                    ApiError::new(ErrorKind::Invalid, format!("nothing can be added up by `{name}`"))
                        .hint(format!("there are {}", names.join(", ")))
                })
            })
            .transpose()
    };
    let tomorrow = || Ok(today(SystemClock::default().now()).plus(DAY));
    let until = given(query.to).as_deref().map_or_else(tomorrow, parse_end)?;
    let usual = || Ok(today(until.minus(Duration::from_millis(1))).minus(DAY * USUAL_DAYS));
    let from = given(query.from).as_deref().map_or_else(usual, parse_moment)?;
    let by_what = by(query.by)?.unwrap_or(By::Day);
    let most = if by_what == By::Hour { MOST_DAYS_BY_HOUR } else { MOST_DAYS };
    if from >= until || until.since(from) > DAY * u32::try_from(most).unwrap_or(u32::MAX) {
        return Err(ApiError::new(
            ErrorKind::Invalid,
            format!("`{}` to `{}` is no period", from.day(), last_day(until)),
        )
        .hint(format!("give `from` and `to` in order, at most {most} days apart")));
    }
    Ok(ReportQuery {
        from,
        until,
        by: by_what,
        split: by(query.split)?,
        filter: ReportFilter {
            provider: given(query.provider),
            model: given(query.model),
            key: given(query.key),
            project: given(query.project),
            tag: given(query.tag),
        },
    })
}

/// The first moment of the day of a moment.
fn today(now: Timestamp) -> Timestamp {
    now.day().parse().unwrap_or(now)
}

fn last_day(until: Timestamp) -> String {
    until.minus(Duration::from_millis(1)).day()
}

/// The titles of the conversations in a report; those that are gone have none.
async fn titles(chat: &ChatService, owner: OwnerId, report: &MoneyReport) -> HashMap<String, String> {
    let mut titles = HashMap::new();
    for row in &report.rows {
        let Ok(id) = row.name.parse::<Id>() else { continue };
        if let Ok(conversation) = chat.get(owner, id).await {
            titles.insert(row.name.clone(), conversation.title);
        }
    }
    titles
}
