//! `/api/keys`: virtual keys.

use crate::{
    extract::{ApiJson, ApiPath, Owner},
    problem::ApiError,
};
use api::keys::{CreateKey, CreatedKey, Key, KeyBudget, KeyList};
use axum::{Json, extract::State, http::StatusCode};
use base::{ErrorKind, Id, OwnerId};
use gateway::{Budget, Gateway, KeyOverview, NewKey};
use std::{fmt::Display, sync::Arc};

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
            Some(Budget { limit: limit.parse().map_err(invalid)?, period })
        }
        None if new.per.is_some() => {
            return Err(ApiError::new(ErrorKind::Invalid, "`per` without `budget_usd` limits nothing")
                .hint("give the amount as `budget_usd`"));
        }
        None => None,
    };
    let new = NewKey {
        name: new.name,
        routes: new.routes,
        budget,
        requests_per_minute: new.rpm,
        expires_at: new.expires_at.map(|at| at.parse().map_err(invalid)).transpose()?,
    };
    let made = gateway.keys().create(owner, new).await?;
    let key = shown(&gateway, owner, made.info.id).await?;
    let secret = made.secret.expose().to_owned();
    Ok((StatusCode::CREATED, Json(CreatedKey { key, secret })))
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

fn key(KeyOverview { info, budget, usage }: KeyOverview) -> Key {
    Key {
        id: info.id.to_string(),
        name: info.name,
        prefix: info.prefix,
        created_at: info.created_at.to_string(),
        expires_at: info.expires_at.map(|at| at.to_string()),
        revoked_at: info.revoked_at.map(|at| at.to_string()),
        rpm: info.requests_per_minute,
        routes: info.routes,
        budget: budget.map(|state| KeyBudget {
            limit_usd: state.budget.limit.to_string(),
            per: state.budget.period.to_string(),
            spent_usd: state.spent.to_string(),
            reserved_usd: state.reserved.to_string(),
            resets_at: state.resets_at.map(|at| at.to_string()),
        }),
        last_used_at: usage.last_used_at.map(|at| at.to_string()),
        spent_usd: usage.spent.to_string(),
    }
}

fn invalid(error: impl Display) -> ApiError {
    ApiError::new(ErrorKind::Invalid, error.to_string()).hint("`/api/docs` shows what a key may have")
}
