//! `/api/memory`: what is known of the person, and what they do about it.

use crate::{
    convert::memory as convert,
    extract::{ApiJson, ApiPath, ApiQuery, Owner, parse_id},
    problem::ApiError,
};
use api::memory::{
    AddFact, AddedFacts, ChangeList, ConversationRecap, EditFact, Fact, FactDetail, FactList, MemoryErased,
    MemoryExport, MemoryMap, MemoryProfile, MemoryScope, RecalledFact, RecalledFacts, ScopeList, StrikeFact,
};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use base::{ErrorKind, OwnerId};
use chat::ChatService;
use memory::{Edit, Kind, ListFacts, Origin, Scope, Standing, Wanted};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

type Chat = State<Arc<ChatService>>;

/// Tokens that the page's own recall may take, and facts.
const BUDGET_TOKENS: usize = 4_000;
const MOST_RECALLED: usize = 50;

/// Which facts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Words that they must hold. Without any, what was merely said and summaries are left out.
    #[serde(default)]
    q: String,
    /// Only of this scope.
    scope: Option<String>,
    /// Only of this kind.
    kind: Option<String>,
    /// Only about this subject.
    subject: Option<String>,
    /// Only of this standing: `current`, `superseded`, `struck` or `forgotten`. Without one, all but what was forgotten.
    standing: Option<String>,
    /// How many at the most, 100 if not said.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Lists facts, the last said first, or searches them by their words.
#[utoipa::path(get, path = "/api/memory/facts", tag = "memory", params(ListQuery),
    responses((status = 200, body = FactList)))]
pub(crate) async fn list(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Result<Json<FactList>, ApiError> {
    let list = ListFacts {
        query: query.q,
        scope: given(&query.scope).map(str::parse).transpose()?,
        kind: given(&query.kind).map(|name| named("kind", name, Kind::from_name)).transpose()?,
        subject: given(&query.subject).map(str::to_owned),
        standing: given(&query.standing)
            .map(|name| named("standing", name, Standing::from_name))
            .transpose()?,
        cursor: given(&query.cursor).map(ListFacts::cursor).transpose()?,
        limit: query.limit.unwrap_or(100),
    };
    let (facts, next) = chat.memory().list(owner, &list).await?;
    Ok(Json(FactList { facts: convert::facts(facts), next }))
}

fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

fn named<T>(what: &str, name: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, ApiError> {
    read(name).ok_or_else(|| {
        ApiError::new(ErrorKind::Invalid, format!("`{name}` is no {what} of a fact"))
            .hint("`/api/docs` lists what it can be")
    })
}

fn scope(text: &Option<String>) -> Result<Scope, ApiError> {
    Ok(given(text).map_or(Ok(Scope::User), str::parse)?)
}

/// Writes something down. What it contradicts, it takes the place of.
#[utoipa::path(post, path = "/api/memory/facts", tag = "memory", request_body = AddFact,
    responses((status = 201, body = AddedFacts)))]
pub(crate) async fn add(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiJson(new): ApiJson<AddFact>,
) -> Result<(StatusCode, Json<AddedFacts>), ApiError> {
    let scope = scope(&new.scope)?;
    let mut facts = Vec::new();
    for draft in chat.memory().drafts(&new.text, Origin::Person) {
        facts.push(convert::fact(chat.memory().add(owner, &scope, draft).await?));
    }
    // What it means is made in the background.
    let memory = Arc::clone(chat.memory());
    tokio::spawn(async move { memory.embed().await });
    Ok((StatusCode::CREATED, Json(AddedFacts { facts })))
}

/// Shows a fact and what it took the place of.
#[utoipa::path(get, path = "/api/memory/facts/{id}", tag = "memory", params(("id" = String, Path)),
    responses((status = 200, body = FactDetail)))]
pub(crate) async fn get(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<FactDetail>, ApiError> {
    let id = parse_id(&id)?;
    let fact = convert::fact(chat.memory().get(owner, id).await?);
    Ok(Json(FactDetail { fact, history: convert::facts(chat.memory().history(owner, id).await?) }))
}

/// Puts a fact right: a new one takes its place.
#[utoipa::path(put, path = "/api/memory/facts/{id}", tag = "memory", params(("id" = String, Path)),
    request_body = EditFact, responses((status = 200, body = Fact)))]
pub(crate) async fn edit(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(edit): ApiJson<EditFact>,
) -> Result<Json<Fact>, ApiError> {
    let moment = |name: &str, text: &Option<String>| {
        text.as_deref().map(|text| convert::moment(name, text)).transpose()
    };
    let edit = Edit {
        true_from: moment("true_from", &edit.true_from)?,
        true_until: moment("true_until", &edit.true_until)?,
        text: edit.text,
        importance: edit.importance,
    };
    Ok(Json(convert::fact(chat.memory().edit(owner, parse_id(&id)?, edit).await?)))
}

/// Forgets a fact: it is hidden at once and deleted for good a day later. Until then it can be restored.
#[utoipa::path(delete, path = "/api/memory/facts/{id}", tag = "memory", params(("id" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn forget(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    chat.memory().forget(owner, parse_id(&id)?, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings a forgotten fact back.
#[utoipa::path(post, path = "/api/memory/facts/{id}/restore", tag = "memory", params(("id" = String, Path)),
    responses((status = 200, body = Fact)))]
pub(crate) async fn restore(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<Fact>, ApiError> {
    Ok(Json(convert::fact(chat.memory().forget(owner, parse_id(&id)?, false).await?)))
}

/// Strikes a fact out, so that it is not told any more, or lets it count again.
#[utoipa::path(post, path = "/api/memory/facts/{id}/strike", tag = "memory", params(("id" = String, Path)),
    request_body = StrikeFact, responses((status = 200, body = Fact)))]
pub(crate) async fn strike(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(strike): ApiJson<StrikeFact>,
) -> Result<Json<Fact>, ApiError> {
    Ok(Json(convert::fact(chat.memory().strike(owner, parse_id(&id)?, strike.struck).await?)))
}

/// What to recall.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RecallQuery {
    /// The message or question.
    q: String,
    /// Where to look; `user` if not said.
    scope: Option<String>,
    /// How many facts at the most, 12 if not said.
    limit: Option<usize>,
}

/// Recalls what matters for a text, as a turn of a conversation does, and says why.
#[utoipa::path(get, path = "/api/memory/recall", tag = "memory", params(RecallQuery),
    responses((status = 200, body = RecalledFacts)))]
pub(crate) async fn recall(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<RecallQuery>,
) -> Result<Json<RecalledFacts>, ApiError> {
    let wanted = Wanted {
        owner,
        scopes: vec![scope(&query.scope)?],
        text: query.q,
        not_from: None,
        budget_tokens: BUDGET_TOKENS,
        limit: query.limit.unwrap_or(12).min(MOST_RECALLED),
        with_profile: false,
    };
    Ok(Json(convert::recalled(chat.memory().recall(&wanted).await?)))
}

/// Which part of the time line.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChangesQuery {
    /// How many at the most, 50 if not said.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// What changed, the last change first.
#[utoipa::path(get, path = "/api/memory/changes", tag = "memory", params(ChangesQuery),
    responses((status = 200, body = ChangeList)))]
pub(crate) async fn changes(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<ChangesQuery>,
) -> Result<Json<ChangeList>, ApiError> {
    let page = (given(&query.cursor), query.limit.unwrap_or(50));
    let (changes, next) = chat.memory().changes(owner, None, page).await?;
    Ok(Json(ChangeList { changes: changes.into_iter().map(convert::change).collect(), next }))
}

/// In which scope.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ScopeQuery {
    /// `user` if not said.
    scope: Option<String>,
}

/// Who the person is, as far as it is known.
#[utoipa::path(get, path = "/api/memory/profile", tag = "memory", params(ScopeQuery),
    responses((status = 200, body = MemoryProfile)))]
pub(crate) async fn profile(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<ScopeQuery>,
) -> Result<Json<MemoryProfile>, ApiError> {
    Ok(Json(convert::profile(chat.memory().profile(owner, &scope(&query.scope)?).await?)))
}

/// How what is known hangs together: people and things, and facts between them.
#[utoipa::path(get, path = "/api/memory/map", tag = "memory", params(ScopeQuery),
    responses((status = 200, body = MemoryMap)))]
pub(crate) async fn map(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<ScopeQuery>,
) -> Result<Json<MemoryMap>, ApiError> {
    Ok(Json(convert::map(chat.memory().map(owner, &scope(&query.scope)?).await?)))
}

/// The scopes in which something is known; the person's own is always there.
#[utoipa::path(get, path = "/api/memory/scopes", tag = "memory", responses((status = 200, body = ScopeList)))]
pub(crate) async fn scopes(State(chat): Chat, Owner(owner): Owner) -> Result<Json<ScopeList>, ApiError> {
    let mut scopes = Vec::new();
    let mut known = chat.memory().scopes(owner).await?;
    if !known.iter().any(|(scope, _)| *scope == Scope::User) {
        known.push((Scope::User, 0));
    }
    known.sort_by_key(|(scope, _)| scope.clone());
    for (scope, facts) in known {
        let label = label(&chat, owner, &scope).await;
        scopes.push(MemoryScope { scope: scope.to_string(), label, facts });
    }
    Ok(Json(ScopeList { scopes }))
}

async fn label(chat: &ChatService, owner: OwnerId, scope: &Scope) -> Option<String> {
    match scope {
        Scope::User | Scope::Campaign(_) => None,
        Scope::Project(name) => Some(name.clone()),
        Scope::Persona(id) => {
            chat.personas().get(owner, *id).await.ok().map(|kept| kept.value.persona.called().to_owned())
        }
    }
}

/// Everything that is known about the person, as a file.
#[utoipa::path(get, path = "/api/memory/export", tag = "memory", responses((status = 200, body = MemoryExport)))]
pub(crate) async fn export(State(chat): Chat, Owner(owner): Owner) -> Result<Response, ApiError> {
    let export = chat.memory().export(owner).await?;
    let export = MemoryExport {
        format: "familiar-memory".to_owned(),
        version: 1,
        facts: convert::facts(export.facts),
        changes: export.changes.into_iter().map(convert::change).collect(),
    };
    let named = [(header::CONTENT_DISPOSITION, "attachment; filename=\"familiar-memory.json\"")];
    Ok((named, Json(export)).into_response())
}

/// Erases everything that is known about the person, at once and for good.
#[utoipa::path(delete, path = "/api/memory", tag = "memory", responses((status = 200, body = MemoryErased)))]
pub(crate) async fn erase(State(chat): Chat, Owner(owner): Owner) -> Result<Json<MemoryErased>, ApiError> {
    Ok(Json(MemoryErased { facts: chat.memory().erase(owner).await?.facts }))
}

/// What of the memory went into the prompt of an answer, as it is now. What was forgotten is not there any more.
#[utoipa::path(get, path = "/api/conversations/{id}/messages/{message_id}/remembered", tag = "memory",
    params(("id" = String, Path), ("message_id" = String, Path)), responses((status = 200, body = RecalledFacts)))]
pub(crate) async fn remembered(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath((id, message_id)): ApiPath<(String, String)>,
) -> Result<Json<RecalledFacts>, ApiError> {
    let told = chat.remembered(owner, parse_id(&id)?, parse_id(&message_id)?).await?;
    let recalled = told.into_iter().map(|(fact, why)| RecalledFact { fact: convert::fact(fact), why });
    Ok(Json(RecalledFacts { recalled: recalled.collect() }))
}

/// What was said so far in a conversation, in short.
#[utoipa::path(get, path = "/api/conversations/{id}/recap", tag = "memory", params(("id" = String, Path)),
    responses((status = 200, body = ConversationRecap)))]
pub(crate) async fn recap(
    State(chat): Chat,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<ConversationRecap>, ApiError> {
    let recap = chat.recap(owner, parse_id(&id)?).await?;
    Ok(Json(match recap {
        Some(recap) => ConversationRecap {
            text: Some(recap.text),
            at: Some(recap.at.to_string()),
            by_model: recap.by_model,
        },
        None => ConversationRecap { text: None, at: None, by_model: false },
    }))
}
