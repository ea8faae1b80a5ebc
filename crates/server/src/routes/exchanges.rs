//! `/api/exchanges`: the ledger request by request.

use crate::{
    convert,
    extract::{ApiPath, ApiQuery, Owner, parse_end, parse_id, parse_moment},
    problem::ApiError,
};
use api::exchanges::{ExchangeDetail, ExchangeList};
use axum::{Json, extract::State};
use base::{ErrorKind, Id, OwnerId};
use gateway::Gateway;
use ledger::{ExchangeFilter, Outcome};
use serde::Deserialize;
use std::{collections::HashMap, sync::Arc};
use utoipa::IntoParams;

/// Which exchanges. All that is given must fit.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExchangeQuery {
    /// A text that is part of the id, the model, the route, the key's name, the failure or a label.
    q: Option<String>,
    /// What answered, `provider/model` or the model's own name; or the route that was asked.
    model: Option<String>,
    /// The provider that answered.
    provider: Option<String>,
    /// The virtual key, by its name or id.
    key: Option<String>,
    /// The route or model that was asked for, by its full name.
    route: Option<String>,
    /// `ok`, `failed`, `cancelled` or `interrupted`.
    outcome: Option<String>,
    /// `chat`, `embeddings` or another of the gateway's operations.
    operation: Option<String>,
    /// A label of the caller.
    tag: Option<String>,
    /// The first moment, `2026-11-01T08:00:00Z`, or the first day, `2026-11-01`.
    from: Option<String>,
    /// The moment up to which, or the last day, which is included.
    to: Option<String>,
    /// How many at the most, 50 if not said, 500 at the most.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Requests through the gateway, the latest first.
#[utoipa::path(get, path = "/api/exchanges", tag = "gateway", params(ExchangeQuery),
    responses((status = 200, body = ExchangeList)))]
pub(crate) async fn list(
    State(gateway): State<Arc<Gateway>>,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<ExchangeQuery>,
) -> Result<Json<ExchangeList>, ApiError> {
    let keys = key_names(&gateway, owner).await?;
    let page = gateway.ledger().exchanges(owner, &filter(query, &keys)?).await?;
    Ok(Json(ExchangeList {
        exchanges: page.exchanges.into_iter().map(|one| convert::exchange(one, &keys)).collect(),
        next: page.next.map(|id| id.to_string()),
    }))
}

/// Everything about one request.
#[utoipa::path(get, path = "/api/exchanges/{id}", tag = "gateway", params(("id" = String, Path)),
    responses((status = 200, body = ExchangeDetail)))]
pub(crate) async fn get(
    State(gateway): State<Arc<Gateway>>,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<ExchangeDetail>, ApiError> {
    let exchange_id = parse_id(&id)?;
    let found = gateway.ledger().exchange(owner, exchange_id).await?;
    let exchange = found.ok_or_else(|| {
        ApiError::new(ErrorKind::NotFound, format!("there is no exchange `{id}`"))
            .hint("`familiar exchanges` lists those there are; old ones may have been forgotten")
    })?;
    let keys = key_names(&gateway, owner).await?;
    let kept = gateway.retention().bodies(owner, exchange_id).await?;
    Ok(Json(convert::exchange_detail(exchange, kept, &keys)))
}

async fn key_names(gateway: &Gateway, owner: OwnerId) -> Result<HashMap<Id, String>, ApiError> {
    let keys = gateway.keys().list(owner).await?;
    Ok(keys.into_iter().map(|key| (key.info.id, key.info.name)).collect())
}

fn filter(query: ExchangeQuery, keys: &HashMap<Id, String>) -> Result<ExchangeFilter, ApiError> {
    let given =
        |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let (from, until) = (given(query.from), given(query.to));
    let filter = ExchangeFilter {
        before: query.cursor.map(|cursor| parse_cursor(&cursor)).transpose()?,
        key_id: given(query.key).map(|key| key_id(&key, keys)).transpose()?,
        text: given(query.q),
        model: given(query.model),
        provider: given(query.provider),
        route: given(query.route),
        operation: given(query.operation),
        outcome: given(query.outcome).map(|outcome| parse_outcome(&outcome)).transpose()?,
        tag: given(query.tag),
        from: from.as_deref().map(parse_moment).transpose()?,
        until: until.as_deref().map(parse_end).transpose()?,
        limit: query.limit,
    };
    if let (Some(from), Some(until)) = (filter.from, filter.until)
        && from >= until
    {
        return Err(ApiError::new(ErrorKind::Invalid, format!("`{from}` to `{until}` is no period"))
            .hint("give `from` and `to` in order"));
    }
    Ok(filter)
}

fn parse_cursor(cursor: &str) -> Result<Id, ApiError> {
    cursor.parse().map_err(|_| {
        ApiError::new(ErrorKind::Invalid, format!("`{cursor}` is not a cursor of this list"))
            .hint("take the `next` of the page before")
    })
}

fn parse_outcome(outcome: &str) -> Result<Outcome, ApiError> {
    Outcome::from_name(outcome).ok_or_else(|| {
        ApiError::new(ErrorKind::Invalid, format!("`{outcome}` is no outcome"))
            .hint("there are `ok`, `failed`, `cancelled` and `interrupted`")
    })
}

/// A key by its name, or by its id where it has been forgotten.
fn key_id(key: &str, keys: &HashMap<Id, String>) -> Result<Id, ApiError> {
    let named = keys.iter().filter(|(_, name)| name.as_str() == key).map(|(id, _)| *id).max();
    named.or_else(|| key.parse().ok()).ok_or_else(|| {
        ApiError::new(ErrorKind::Invalid, format!("there is no key `{key}`"))
            .hint("`familiar keys list` shows the keys there are")
    })
}
