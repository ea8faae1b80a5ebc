//! Recall: what matters for a message, within a budget.

use super::{Memory, Opened};
use crate::{
    MemoryError, db,
    model::{Fact, Kind, Scope, Standing},
    recall::{self, Look, Question, Ranked, Recalled, Shelf},
};
use base::{Id, OwnerId, Timestamp};
use parking_lot::RwLock;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

/// Changes are looked for from so long before the last look: another process may have written late.
const OVERLAP_MS: i64 = 5_000;
/// Longer a question does not wait to learn what it means.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// Facts that are told whatever is asked, at the most.
const ALWAYS: usize = 8;

/// What is to be recalled.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Of whom.
    pub owner: OwnerId,
    /// The scopes that may be looked into; no other is.
    pub scopes: Vec<Scope>,
    /// For which message.
    pub text: String,
    /// The conversation it is said in: what was said there is there already.
    pub not_from: Option<Id>,
    /// How many tokens it may take.
    pub budget_tokens: usize,
    /// How many facts at the most.
    pub limit: usize,
    /// Whether who the person is and how they want answers is told in any case.
    pub with_profile: bool,
}

impl Memory {
    /// What matters for a message, the weightiest first, within the budget.
    ///
    /// # Errors
    /// Where the database fails. Without an embedder, or where it fails, words alone decide.
    pub async fn recall(&self, wanted: &Wanted) -> Result<Vec<Recalled>, MemoryError> {
        let mut opened = Vec::with_capacity(wanted.scopes.len());
        for scope in &wanted.scopes {
            opened.push(self.open(wanted.owner, scope).await?);
        }
        let now = self.clock.now();
        let question = Question::read(&wanted.text, now, &self.zone);
        let is_beside = self.beside().is_some() && self.embedding().is_some();
        let has_vectors = is_beside || opened.iter().any(|opened| opened.read().shelf.has_vectors());
        let vector = if has_vectors && !wanted.text.trim().is_empty() {
            let meaning = tokio::time::timeout(PATIENCE, self.meaning_of(wanted.owner, &wanted.text)).await;
            meaning.ok().and_then(Result::ok)
        } else {
            None
        };
        let (not_from, limit, with_profile) = (wanted.not_from, wanted.limit, wanted.with_profile);
        let near = match &vector {
            Some(vector) if is_beside => {
                let candidates = candidates(opened.clone(), question.clone(), (not_from, now)).await;
                self.near(wanted, vector, candidates).await?
            }
            Some(_) | None => None,
        };
        // Where an engine beside the program fails, words alone decide.
        let vector = vector.filter(|_| !is_beside || near.is_some());
        // Milliseconds of arithmetic, which are not for the runtime's threads.
        let looked = tokio::task::spawn_blocking(move || {
            let shelves: Vec<_> = opened.iter().map(|opened| opened.read()).collect();
            let shelves: Vec<&Shelf> = shelves.iter().map(|opened| &opened.shelf).collect();
            let (vector, near) = (vector.as_ref(), near.as_deref());
            let look = Look { question: &question, vector, near, not_from, now, limit };
            let always = if with_profile { recall::always(&shelves, ALWAYS) } else { Vec::new() };
            (recall::look(&shelves, &look), always)
        });
        let (ranked, always) = looked.await.unwrap_or_default();
        self.chosen(wanted, ranked, always).await
    }

    /// The facts behind what was found, as far as the budget goes.
    async fn chosen(
        &self,
        wanted: &Wanted,
        ranked: Vec<Ranked>,
        always: Vec<Ranked>,
    ) -> Result<Vec<Recalled>, MemoryError> {
        let mut order: Vec<Ranked> = always;
        order.extend(ranked);
        let ids: Vec<Id> = order.iter().map(|one| one.id).collect();
        let found = db::these(self.db.pool(), wanted.owner, &ids).await?;
        let mut facts: HashMap<Id, Fact> = found.into_iter().map(|fact| (fact.id, fact)).collect();
        // What a fact says, the words need not say again in which it was said.
        let told: HashSet<Id> = facts
            .values()
            .filter(|fact| !matches!(fact.draft.kind, Kind::Said | Kind::Summary))
            .filter_map(|fact| fact.draft.source.message_id)
            .collect();
        let again = |fact: &Fact| {
            fact.draft.kind == Kind::Said && fact.draft.source.message_id.is_some_and(|id| told.contains(&id))
        };
        let mut left = wanted.budget_tokens;
        let mut chosen = Vec::new();
        for Ranked { id, score, why } in order {
            let Some(fact) = facts.remove(&id) else { continue };
            let allowed = wanted.scopes.contains(&fact.scope)
                && matches!(fact.standing(), Standing::Current | Standing::Superseded);
            let tokens = tokens(&fact);
            if !allowed || again(&fact) || tokens > left || chosen.len() >= wanted.limit {
                continue;
            }
            left -= tokens;
            chosen.push(Recalled { fact, why, score, tokens });
        }
        Ok(chosen)
    }

    /// The shelf of a scope, in step with the database.
    async fn open(&self, owner: OwnerId, scope: &Scope) -> Result<Arc<RwLock<Opened>>, MemoryError> {
        let key = (owner, scope.clone());
        let known = self.shelves.read().get(&key).cloned();
        let opened = known.unwrap_or_else(|| Arc::clone(self.shelves.write().entry(key).or_default()));
        let (seen, now) = (opened.read().seen, self.clock.now().millis());
        let changed = db::changed(self.db.pool(), (owner, scope), seen.saturating_sub(OVERLAP_MS)).await?;
        {
            let mut opened = opened.write();
            opened.seen = opened.seen.max(now);
            changed.iter().for_each(|fact| opened.shelf.put(fact));
        }
        let here = self.embedding().filter(|_| self.beside().is_none());
        let Some(model) = here.map(|embedding| embedding.model) else {
            if opened.read().vectors.is_some() {
                let mut opened = opened.write();
                opened.shelf.clear_vectors();
                opened.vectors = None;
            }
            return Ok(opened);
        };
        let same = opened.read().vectors.as_ref().filter(|(of, _)| *of == model).map(|(_, seen)| *seen);
        let since = same.map(|seen| seen.saturating_sub(OVERLAP_MS));
        let made = db::vectors(self.db.pool(), (owner, scope), (&model, since)).await?;
        if same.is_none() || !made.is_empty() {
            let mut opened = opened.write();
            if same.is_none() {
                opened.shelf.clear_vectors();
            }
            for (id, vector) in made {
                opened.shelf.put_vector(id, vector);
            }
        }
        opened.write().vectors = Some((model, now));
        Ok(opened)
    }
}

/// What words and times find on each shelf, before anybody says how near it is.
async fn candidates(
    opened: Vec<Arc<RwLock<Opened>>>,
    question: Question,
    (not_from, now): (Option<Id>, Timestamp),
) -> Vec<Vec<Id>> {
    let found = tokio::task::spawn_blocking(move || {
        let shelves: Vec<_> = opened.iter().map(|opened| opened.read()).collect();
        let shelves: Vec<&Shelf> = shelves.iter().map(|opened| &opened.shelf).collect();
        let look = Look { question: &question, vector: None, near: None, not_from, now, limit: 0 };
        recall::candidates(&shelves, &look)
    });
    found.await.unwrap_or_default()
}

/// What a fact takes in a prompt, by a measure that is on the safe side for English.
pub(crate) fn tokens(fact: &Fact) -> usize {
    fact.draft.text.len().div_ceil(4) + 12
}
