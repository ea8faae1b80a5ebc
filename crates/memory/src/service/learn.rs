//! Taking in what was said.

use super::Memory;
use crate::{
    MemoryError, attribute, db,
    extract::{Found, Heard},
    model::{Draft, Fact, Kind, Origin, Scope, Source, Standing, TEXT_LIMIT_BYTES},
    resolve::{Step, resolve, says},
};
use base::{Id, OwnerId, Timestamp, new_id};
use sqlx::AnyConnection;

/// What somebody is confirmed to be is surer by so much of what is missing.
const CONFIRMED: f64 = 0.3;

impl Memory {
    /// Takes in a message by the rules, once: its facts, and its words. Answers what is new or changed.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn listen(
        &self,
        owner: OwnerId,
        scope: &Scope,
        heard: &Heard<'_>,
    ) -> Result<Vec<Id>, MemoryError> {
        if let Some(message_id) = heard.source.message_id
            && db::has_message(self.db.pool(), owner, message_id).await?
        {
            return Ok(Vec::new());
        }
        let mut found = crate::extract::by_rules(heard);
        found.extend(crate::extract::said(heard).map(Found::Fact));
        self.learn(owner, scope, found).await
    }

    /// Takes in what was found. Answers what is new or changed.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn learn(
        &self,
        owner: OwnerId,
        scope: &Scope,
        found: Vec<Found>,
    ) -> Result<Vec<Id>, MemoryError> {
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        let mut transaction = self.db.begin().await?;
        let mut changed = Vec::new();
        // Whether something of it was over already when it was heard: then its words are, too.
        let mut over = false;
        for one in found {
            let (subject, attribute) = match &one {
                Found::Fact(draft) => (draft.subject.clone(), draft.attribute.clone()),
                Found::Ended { subject, attribute, .. } | Found::Retracted { subject, attribute, .. } => {
                    (subject.clone(), attribute.clone())
                }
            };
            let opposite = attribute::of(&attribute).and_then(|attribute| attribute.opposite);
            let attributes = [attribute.as_str(), opposite.unwrap_or(attribute.as_str())];
            // What is said stands beside what was said; there is nothing to hold it against.
            let of_words = matches!(&one, Found::Fact(draft) if draft.kind == Kind::Said);
            let known = if of_words {
                Vec::new()
            } else {
                db::about(&mut transaction, (owner, scope), &subject, attributes).await?
            };
            for step in resolve(one, &known) {
                let Some(fact) = take(&mut transaction, (owner, scope), (step, &known), (over, now)).await?
                else {
                    continue;
                };
                over |= fact.superseded_at.is_some() && fact.recorded_at == now;
                changed.push(fact.id);
            }
        }
        transaction.commit().await?;
        Ok(changed)
    }

    /// Writes down what the person says themselves, or a model for them; it takes the place of what it contradicts.
    ///
    /// # Errors
    /// Nothing is said, or too much. What the person has struck out comes back by the person alone.
    pub async fn add(&self, owner: OwnerId, scope: &Scope, draft: Draft) -> Result<Fact, MemoryError> {
        checked(&draft)?;
        let changed = self.learn(owner, scope, vec![Found::Fact(draft.clone())]).await?;
        if let Some(id) = changed.first() {
            return self.get(owner, *id).await;
        }
        // It was known and struck out: the person who writes it down again wants it back.
        let mut transaction = self.db.begin().await?;
        let attributes = [draft.attribute.as_str(); 2];
        let about = db::about(&mut transaction, (owner, scope), &draft.subject, attributes).await?;
        transaction.commit().await?;
        match about.into_iter().find(|fact| says(fact, &draft)) {
            None => Err(MemoryError::Empty),
            Some(same) if same.standing() != Standing::Struck => Ok(same),
            Some(same) if draft.origin == Origin::Person => self.strike(owner, same.id, false).await,
            Some(same) => Err(MemoryError::Struck(same.id)),
        }
    }

    /// What a text of the person's own says: the facts that the rules find in it, or all of it as a note.
    pub fn drafts(&self, text: &str, origin: Origin) -> Vec<Draft> {
        let now = self.clock.now();
        let said = text.trim();
        let told = format!("Remember that {said}");
        let heard = self.heard(&told, "", (Source::default(), now));
        let found = if said.lines().count() == 1 { crate::extract::by_rules(&heard) } else { Vec::new() };
        let drafts: Vec<Draft> = found
            .into_iter()
            .filter_map(|found| match found {
                Found::Fact(draft) => Some(Draft { origin, confidence: 1.0, ..draft }),
                Found::Ended { .. } | Found::Retracted { .. } => None,
            })
            .collect();
        if drafts.is_empty() { vec![Draft { origin, ..Draft::note(said, now) }] } else { drafts }
    }

    /// Keeps what a conversation was about, in the place of what was kept of it before.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn summarise(
        &self,
        owner: OwnerId,
        scope: &Scope,
        (source, text): (Source, String),
        origin: Origin,
    ) -> Result<(), MemoryError> {
        let Some(conversation_id) = source.conversation_id else { return Ok(()) };
        let draft = Draft {
            kind: Kind::Summary,
            subject: conversation_id.to_string(),
            attribute: "summary".to_owned(),
            value: String::new(),
            importance: attribute::importance("summary"),
            confidence: 1.0,
            source,
            origin,
            ..Draft::note(&text, self.clock.now())
        };
        self.learn(owner, scope, vec![Found::Fact(draft)]).await.map(drop)
    }

    /// What is kept of a conversation: the last summary, and every fact with its words.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn summary(&self, owner: OwnerId, conversation_id: Id) -> Result<Option<Fact>, MemoryError> {
        let facts = db::of_conversation(self.db.pool(), owner, conversation_id).await?;
        Ok(facts
            .into_iter()
            .rev()
            .find(|fact| fact.draft.kind == Kind::Summary && fact.standing() == Standing::Current))
    }
}

pub(super) fn checked(draft: &Draft) -> Result<(), MemoryError> {
    if draft.text.trim().is_empty() {
        return Err(MemoryError::Empty);
    }
    if draft.text.len() > TEXT_LIMIT_BYTES {
        return Err(MemoryError::TooLong { size_bytes: draft.text.len(), limit_bytes: TEXT_LIMIT_BYTES });
    }
    match draft.true_from.zip(draft.true_until) {
        Some((from, until)) if until < from => Err(MemoryError::Backwards),
        Some(_) | None => Ok(()),
    }
}

/// Does one step; answers what is new or changed by it.
async fn take(
    connection: &mut AnyConnection,
    (owner, scope): (OwnerId, &Scope),
    (step, known): (Step, &[Fact]),
    (over, now): (bool, Timestamp),
) -> Result<Option<Fact>, MemoryError> {
    let of = |id: Id| known.iter().find(|fact| fact.id == id).cloned();
    match step {
        Step::Keep { draft, instead_of, older_than } => {
            let fact = kept((owner, scope), (draft, older_than.and_then(of)), (over, now));
            db::insert(connection, &fact).await?;
            if !matches!(fact.draft.kind, Kind::Said | Kind::Summary) {
                db::note(connection, &fact, ("learned", None), now).await?;
            }
            let holds_from = fact.draft.true_from.unwrap_or(fact.draft.said_at);
            for old in instead_of.into_iter().filter_map(of) {
                supersede(connection, old, (&fact, holds_from), ("superseded", now)).await?;
            }
            Ok(Some(fact))
        }
        Step::Confirm(id) => {
            let sure = |fact: &mut Fact| fact.draft.confidence += (1.0 - fact.draft.confidence) * CONFIRMED;
            change(connection, of(id), ("confirmed", now), sure).await
        }
        Step::End(id) => {
            let end = |fact: &mut Fact| {
                fact.draft.true_until = Some(fact.draft.true_until.map_or(now, |until| until.min(now)));
                fact.superseded_at = Some(now);
            };
            let ended = change(connection, of(id), ("ended", now), end).await?;
            if let Some(fact) = &ended {
                words_too(connection, fact, |words| words.superseded_at = Some(now), now).await?;
            }
            Ok(ended)
        }
        Step::Strike(id) => {
            let struck =
                change(connection, of(id), ("struck", now), |fact| fact.struck_at = Some(now)).await?;
            if let Some(fact) = &struck {
                words_too(connection, fact, |words| words.struck_at = Some(now), now).await?;
            }
            Ok(struck)
        }
    }
}

async fn change(
    connection: &mut AnyConnection,
    fact: Option<Fact>,
    (what, now): (&str, Timestamp),
    change: impl FnOnce(&mut Fact),
) -> Result<Option<Fact>, MemoryError> {
    let Some(mut fact) = fact else { return Ok(None) };
    change(&mut fact);
    fact.changed_at = now;
    db::update(connection, &fact).await?;
    db::note(connection, &fact, (what, None), now).await?;
    Ok(Some(fact))
}

/// Does the same to the words in which a fact was said: they tell it as well.
pub(super) async fn words_too(
    connection: &mut AnyConnection,
    fact: &Fact,
    change: impl Fn(&mut Fact),
    now: Timestamp,
) -> Result<(), MemoryError> {
    let (Some(message_id), false) = (fact.draft.source.message_id, fact.draft.kind == Kind::Said) else {
        return Ok(());
    };
    for mut words in db::words_of(connection, fact.owner, message_id).await? {
        change(&mut words);
        words.changed_at = now;
        db::update(connection, &words).await?;
    }
    Ok(())
}

/// A fact to be kept; one of an earlier time is history from the beginning.
fn kept(
    (owner, scope): (OwnerId, &Scope),
    (mut draft, newer): (Draft, Option<Fact>),
    (words_over, now): (bool, Timestamp),
) -> Fact {
    let lasting = !matches!(draft.kind, Kind::Event | Kind::Plan | Kind::Said | Kind::Note);
    let over = (lasting && draft.true_until.is_some_and(|until| until <= draft.said_at))
        || (words_over && draft.kind == Kind::Said);
    if let Some(newer) = &newer {
        let until = newer.draft.true_from.unwrap_or(newer.draft.said_at);
        draft.true_until = Some(draft.true_until.map_or(until, |own| own.min(until)));
    }
    Fact {
        id: new_id(),
        owner,
        scope: scope.clone(),
        draft,
        recorded_at: now,
        superseded_at: (over || newer.is_some()).then_some(now),
        superseded_by: newer.map(|newer| newer.id),
        struck_at: None,
        forgotten_at: None,
        changed_at: now,
    }
}

/// Has `fact` take the place of `old`.
pub(super) async fn supersede(
    connection: &mut AnyConnection,
    mut old: Fact,
    (fact, holds_from): (&Fact, Timestamp),
    (what, now): (&str, Timestamp),
) -> Result<(), MemoryError> {
    old.draft.true_until = Some(old.draft.true_until.map_or(holds_from, |until| until.min(holds_from)));
    old.superseded_at = Some(now);
    old.superseded_by = Some(fact.id);
    old.changed_at = now;
    db::update(connection, &old).await?;
    if old.draft.kind == Kind::Summary {
        return Ok(());
    }
    db::note(connection, &old, (what, Some(fact.id)), now).await?;
    if old.draft.source.message_id == fact.draft.source.message_id {
        return Ok(());
    }
    words_too(connection, &old, |words| words.superseded_at = Some(now), now).await
}
