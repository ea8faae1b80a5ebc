//! `/api/usage`: what was used and what it cost, from the ledger.

use crate::{
    extract::{ApiQuery, Owner},
    problem::ApiError,
};
use api::usage::{UsageReport, UsageRow};
use axum::{Json, extract::State};
use base::{Clock as _, ErrorKind, Money, SystemClock, Timestamp};
use gateway::Gateway;
use ledger::SpendingRow;
use serde::Deserialize;
use std::{sync::Arc, time::Duration};
use utoipa::IntoParams;

const DAY: Duration = Duration::from_secs(86_400);
/// Longest period of a report.
const DAYS_LIMIT: u64 = 3_660;
/// What calls without a virtual key are listed under.
const OWN_CALLS: &str = "(this workbench)";
/// What calls that reached no provider are listed under.
const NO_PROVIDER: &str = "(none)";

/// Which period.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsageQuery {
    /// The first day, `2026-11-01`; 29 days before the last if not said.
    from: Option<String>,
    /// The last day, included; today if not said.
    to: Option<String>,
}

/// Use and spend of a period, by day, model, provider and key.
#[utoipa::path(get, path = "/api/usage", tag = "gateway", params(UsageQuery),
    responses((status = 200, body = UsageReport)))]
pub(crate) async fn report(
    State(gateway): State<Arc<Gateway>>,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<UsageQuery>,
) -> Result<Json<UsageReport>, ApiError> {
    let today = day(&SystemClock::default().now().day())?;
    let to = query.to.as_deref().map_or(Ok(today), day)?;
    let back = Timestamp::from_millis(to.millis() - 29 * 86_400_000);
    let from = query.from.as_deref().map_or(Ok(back), day)?;
    if from > to || to.since(from).as_secs() / DAY.as_secs() > DAYS_LIMIT {
        return Err(ApiError::new(
            ErrorKind::Invalid,
            format!("`{}` to `{}` is no period", from.day(), to.day()),
        )
        .hint("give days in order, at most ten years apart"));
    }
    let spent = gateway.ledger().spending(owner, from, to.plus(DAY)).await?;
    let rows = |rows: Vec<SpendingRow>, nameless: &str| {
        rows.into_iter()
            .map(|one| row(if one.name.is_empty() { nameless.to_owned() } else { one.name.clone() }, &one))
            .collect()
    };
    Ok(Json(UsageReport {
        from: from.day(),
        to: to.day(),
        total: row(String::new(), &spent.total),
        by_day: every_day(from, to, &spent.by_day),
        by_model: rows(spent.by_model, NO_PROVIDER),
        by_provider: rows(spent.by_provider, NO_PROVIDER),
        by_key: rows(spent.by_key, OWN_CALLS),
    }))
}

fn row(name: String, sum: &SpendingRow) -> UsageRow {
    UsageRow {
        name,
        requests: sum.requests,
        failures: sum.failures,
        estimated: sum.estimated,
        cached: sum.cached,
        input_tokens: sum.input_tokens,
        cached_input_tokens: sum.cached_input_tokens,
        output_tokens: sum.output_tokens,
        cost_usd: Money::to_string(&sum.cost),
    }
}

/// Every day of the period, those without calls with zeros.
fn every_day(from: Timestamp, to: Timestamp, known: &[SpendingRow]) -> Vec<UsageRow> {
    let mut days = Vec::new();
    let (mut at, none) = (from, SpendingRow::default());
    while at <= to {
        let name = at.day();
        let found = known.iter().find(|row| row.name == name).unwrap_or(&none);
        days.push(row(name, found));
        at = at.plus(DAY);
    }
    days
}

fn day(text: &str) -> Result<Timestamp, ApiError> {
    let moment = text.parse::<Timestamp>().ok().filter(|_| text.len() == 10);
    moment.ok_or_else(|| {
        ApiError::new(ErrorKind::Invalid, format!("`{text}` is not a day"))
            .hint("write days like `2026-11-21`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_every_day_of_its_period() {
        let known = [SpendingRow { name: "2026-02-28".into(), requests: 3, ..SpendingRow::default() }];
        let days = every_day(day("2026-02-27").unwrap(), day("2026-03-01").unwrap(), &known);
        let seen: Vec<_> = days.iter().map(|row| (row.name.as_str(), row.requests)).collect();
        assert_eq!(seen, [("2026-02-27", 0), ("2026-02-28", 3), ("2026-03-01", 0)]);
    }
}
