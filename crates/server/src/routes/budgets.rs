//! `/api/budgets`: what may be spent.

use crate::{
    extract::{ApiJson, ApiPath, Owner},
    problem::ApiError,
};
use api::budgets::{Budget, BudgetList, PutBudget};
use axum::{Json, extract::State, http::StatusCode};
use base::{ErrorKind, Money};
use gateway::{BudgetOverview, Gateway};
use std::{fmt::Display, str::FromStr, sync::Arc};

/// All budgets: the installation's, the user's, projects' and keys'.
#[utoipa::path(get, path = "/api/budgets", tag = "gateway", responses((status = 200, body = BudgetList)))]
pub(crate) async fn list(
    State(gateway): State<Arc<Gateway>>,
    Owner(owner): Owner,
) -> Result<Json<BudgetList>, ApiError> {
    let budgets = gateway.budgets().list(owner).await?;
    Ok(Json(BudgetList { budgets: budgets.into_iter().map(shown).collect() }))
}

/// Makes a budget; what was spent in its window before counts.
#[utoipa::path(post, path = "/api/budgets", tag = "gateway", request_body = PutBudget,
    responses((status = 201, body = Budget)))]
pub(crate) async fn create(
    State(gateway): State<Arc<Gateway>>,
    Owner(owner): Owner,
    ApiJson(put): ApiJson<PutBudget>,
) -> Result<(StatusCode, Json<Budget>), ApiError> {
    let made = gateway.budgets().create(owner, read(put)?).await?;
    Ok((StatusCode::CREATED, Json(shown(made))))
}

/// Changes a budget, from the next call on; what was spent stays spent.
#[utoipa::path(put, path = "/api/budgets/{id}", tag = "gateway", params(("id" = String, Path)),
    request_body = PutBudget, responses((status = 200, body = Budget)))]
pub(crate) async fn put(
    State(gateway): State<Arc<Gateway>>,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(put): ApiJson<PutBudget>,
) -> Result<Json<Budget>, ApiError> {
    Ok(Json(shown(gateway.budgets().update(owner, &id, read(put)?).await?)))
}

/// Takes a budget away; from the next call on it refuses nobody.
#[utoipa::path(delete, path = "/api/budgets/{id}", tag = "gateway", params(("id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(gateway): State<Arc<Gateway>>,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    gateway.budgets().remove(owner, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn read(put: PutBudget) -> Result<gateway::PutBudget, ApiError> {
    let usual = gateway::Budget::new(amount(&put.limit_usd)?, parsed(&put.period)?);
    Ok(gateway::PutBudget {
        scope: parsed(&put.scope)?,
        subject: put.subject,
        label: put.label,
        budget: gateway::Budget {
            zone: put.time_zone.as_deref().map(parsed).transpose()?.unwrap_or(usual.zone),
            soft_percent: put.soft_percent.unwrap_or(usual.soft_percent),
            emergency_percent: put.emergency_percent,
            action: put.action.as_deref().map(parsed).transpose()?.unwrap_or(usual.action),
            ..usual
        },
    })
}

fn amount(text: &str) -> Result<Money, ApiError> {
    parsed(text)
}

fn parsed<T: FromStr<Err: Display>>(text: &str) -> Result<T, ApiError> {
    text.parse().map_err(|error: T::Err| {
        ApiError::new(ErrorKind::Invalid, error.to_string()).hint("`/api/docs` shows what a budget may have")
    })
}

/// A budget for the page and the terminal.
pub(super) fn shown(overview: BudgetOverview) -> Budget {
    let BudgetOverview { id, scope, subject, label, source, state, proposed } = overview;
    let budget = state.budget;
    Budget {
        id,
        scope: scope.to_string(),
        subject,
        label,
        period: budget.period.to_string(),
        time_zone: budget.zone.to_string(),
        limit_usd: budget.limit.to_string(),
        soft_percent: budget.soft_percent,
        emergency_percent: budget.emergency_percent,
        action: budget.action.to_string(),
        spent_usd: state.spent.to_string(),
        reserved_usd: state.reserved.to_string(),
        resets_at: state.resets_at.map(|at| at.to_string()),
        velocity_usd_per_hour: state.velocity_per_hour.to_string(),
        exhausted_at: state.exhausted_at.map(|at| at.to_string()),
        proposed_limit_usd: proposed.map(|limit| limit.to_string()),
        source: source.as_str().to_owned(),
    }
}
