//! `/api/keys`: virtual keys.

use crate::{
    extract::{ApiJson, ApiPath, Owner},
    problem::ApiError,
};
use api::keys::{CreateKey, CreatedKey, Key, KeyBudget, KeyList, RotateKey, UpdateKey};
use axum::{Json, extract::State, http::StatusCode};
use base::{ErrorKind, Id, OwnerId};
use gateway::{Budget, Gateway, KeyChange, KeyOverview, NewKey};
use routing::Limits;
use std::{fmt::Display, str::FromStr, sync::Arc, time::Duration};

/// All keys, revoked ones included.
#[utoipa::path(get, path = "/api/keys", tag = "gateway", responses((status = 200, body = KeyList)))]
pub(crate) async fn list(
    State(gateway): State<Arc<Gateway>>,
    Owner(owner): Owner,
) -> Result<Json<KeyList>, ApiError> {
    let keys = gateway.keys().list(owner).await?;
    Ok(Json(KeyList { keys: keys.into_iter().map(key).collect() }))
}

/// Makes a key; its secret is shown this once.
#[utoipa::path(post, path = "/api/keys", tag = "gateway", request_body = CreateKey,
    responses((status = 201, body = CreatedKey)))]
pub(crate) async fn create(
    State(gateway): State<Arc<Gateway>>,
    Owner(owner): Owner,
    ApiJson(new): ApiJson<CreateKey>,
) -> Result<(StatusCode, Json<CreatedKey>), ApiError> {
    let budget = match new.budget_usd {
        Some(limit) => {
            let period = new.per.map(|per| per.parse().map_err(invalid)).transpose()?.unwrap_or_default();
            Some(Budget::new(limit.parse().map_err(invalid)?, period))
        }
        None if new.per.is_some() => {
            return Err(ApiError::new(ErrorKind::Invalid, "`per` without `budget_usd` limits nothing")
                .hint("give the amount as `budget_usd`"));
        }
        None => None,
    };
    let more = new.budgets.iter().map(|text| further(text)).collect::<Result<Vec<_>, _>>()?;
    let new = NewKey {
        name: new.name,
        routes: new.routes,
        budgets: budget.into_iter().chain(more).collect(),
        project: new.project.map(|name| name.parse().map_err(invalid)).transpose()?,
        limits: Limits { requests_per_minute: new.rpm, tokens_per_minute: new.tpm, parallel: new.parallel },
        priority: new.priority.map(|text| text.parse().map_err(invalid)).transpose()?.unwrap_or_default(),
        expires_at: new.expires_at.map(|at| at.parse().map_err(invalid)).transpose()?,
    };
    let made = gateway.keys().create(owner, new).await?;
    let key = shown(&gateway, owner, made.info.id).await?;
    let secret = made.secret.expose().to_owned();
    Ok((StatusCode::CREATED, Json(CreatedKey { key, secret })))
}

/// Changes a key, from the next request on; what is missing stays as it is, `null` takes a limit away.
#[utoipa::path(patch, path = "/api/keys/{id}", tag = "gateway", params(("id" = String, Path)),
    request_body = UpdateKey, responses((status = 200, body = Key)))]
pub(crate) async fn update(
    State(gateway): State<Arc<Gateway>>,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(update): ApiJson<UpdateKey>,
) -> Result<Json<Key>, ApiError> {
    let key_id = id.parse().map_err(|_| unknown(&id))?;
    let change = KeyChange {
        name: update.name,
        routes: update.routes,
        project: parse_given(update.project)?,
        budget_limit: parse_given(update.budget_usd)?,
        budget_period: update.per.map(|per| per.parse().map_err(invalid)).transpose()?,
        requests_per_minute: update.rpm,
        tokens_per_minute: update.tpm,
        parallel: update.parallel,
        priority: update.priority.map(|priority| priority.parse().map_err(invalid)).transpose()?,
        expires_at: parse_given(update.expires_at)?,
    };
    gateway.keys().update(owner, key_id, change).await?;
    Ok(Json(shown(&gateway, owner, key_id).await?))
}

/// Gives a key another secret, which is shown this once. The old one ends at once, or after a grace period.
#[utoipa::path(post, path = "/api/keys/{id}/rotate", tag = "gateway", params(("id" = String, Path)),
    request_body = RotateKey, responses((status = 200, body = CreatedKey)))]
pub(crate) async fn rotate(
    State(gateway): State<Arc<Gateway>>,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(rotate): ApiJson<RotateKey>,
) -> Result<Json<CreatedKey>, ApiError> {
    let key_id = id.parse().map_err(|_| unknown(&id))?;
    let made = gateway.keys().rotate(owner, key_id, Duration::from_secs(rotate.grace_seconds)).await?;
    let key = shown(&gateway, owner, key_id).await?;
    Ok(Json(CreatedKey { key, secret: made.secret.expose().to_owned() }))
}

/// Revokes a key for good.
#[utoipa::path(delete, path = "/api/keys/{id}", tag = "gateway", params(("id" = String, Path)),
    responses((status = 200, body = Key)))]
pub(crate) async fn revoke(
    State(gateway): State<Arc<Gateway>>,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<Key>, ApiError> {
    let key_id = id.parse().map_err(|_| unknown(&id))?;
    gateway.keys().revoke(owner, key_id).await?;
    Ok(Json(shown(&gateway, owner, key_id).await?))
}

async fn shown(gateway: &Gateway, owner: OwnerId, id: Id) -> Result<Key, ApiError> {
    let keys = gateway.keys().list(owner).await?;
    keys.into_iter().find(|key| key.info.id == id).map(key).ok_or_else(|| unknown(&id))
}

fn unknown(id: &impl Display) -> ApiError {
    ApiError::new(ErrorKind::NotFound, format!("there is no key `{id}`"))
        .hint("`GET /api/keys` lists all of them")
}

fn key(KeyOverview { info, budget, budgets, usage }: KeyOverview) -> Key {
    Key {
        id: info.id.to_string(),
        name: info.name,
        prefix: info.prefix,
        created_at: info.created_at.to_string(),
        expires_at: info.expires_at.map(|at| at.to_string()),
        revoked_at: info.revoked_at.map(|at| at.to_string()),
        old_secret_until: info.old_until.map(|at| at.to_string()),
        rpm: info.limits.requests_per_minute,
        tpm: info.limits.tokens_per_minute,
        parallel: info.limits.parallel,
        priority: info.priority.to_string(),
        routes: info.routes,
        budget: budget.map(|state| KeyBudget {
            limit_usd: state.budget.limit.to_string(),
            per: state.budget.period.to_string(),
            spent_usd: state.spent.to_string(),
            reserved_usd: state.reserved.to_string(),
            resets_at: state.resets_at.map(|at| at.to_string()),
        }),
        budgets: budgets.into_iter().map(super::budgets::shown).collect(),
        project: info.project.map(|project| project.to_string()),
        last_used_at: usage.last_used_at.map(|at| at.to_string()),
        spent_usd: usage.spent.to_string(),
    }
}

/// Reads `100/month` or `5/day@Europe/Berlin`.
fn further(text: &str) -> Result<Budget, ApiError> {
    let (limit, rest) = text.split_once('/').ok_or_else(|| {
        ApiError::new(ErrorKind::Invalid, format!("`{text}` is not a budget"))
            .hint("write `100/month`, or `5/day@Europe/Berlin`")
    })?;
    let (period, zone) = rest.split_once('@').unwrap_or((rest, "UTC"));
    let budget = Budget::new(limit.parse().map_err(invalid)?, period.parse().map_err(invalid)?);
    Ok(Budget { zone: zone.parse().map_err(invalid)?, ..budget })
}

/// Reads a field that may be missing (`None`) or `null` (`Some(None)`).
fn parse_given<T: FromStr<Err: Display>>(
    text: Option<Option<String>>,
) -> Result<Option<Option<T>>, ApiError> {
    text.map(|text| text.map(|text| text.parse().map_err(invalid)).transpose()).transpose()
}

fn invalid(error: impl Display) -> ApiError {
    ApiError::new(ErrorKind::Invalid, error.to_string()).hint("`/api/docs` shows what a key may have")
}
