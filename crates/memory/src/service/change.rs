//! What the person does to what is known: edits, strikes out, forgets, takes along, erases.

use super::{
    Memory,
    learn::{checked, supersede, words_too},
};
use crate::{
    MemoryError, db,
    model::{Change, Draft, Fact, Kind, Origin, Standing},
};
use base::{Id, OwnerId, Timestamp, new_id};
use std::time::Duration;

/// How long what was forgotten can be brought back; after that it is deleted for good.
const SECOND_THOUGHTS: Duration = Duration::from_secs(24 * 3600);
/// Steps of the time line that are exported, at the most.
const MOST_CHANGES: u32 = 500;

/// What to change of a fact; `None` leaves as it is.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// What it says.
    pub text: Option<String>,
    /// Since when it holds; `Some(None)` for nobody knows.
    pub true_from: Option<Option<Timestamp>>,
    /// Until when.
    pub true_until: Option<Option<Timestamp>>,
    /// How much it matters.
    pub importance: Option<f64>,
}

/// Everything that is known about somebody.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// The facts, whatever their standing.
    pub facts: Vec<Fact>,
    /// The time line.
    pub changes: Vec<Change>,
}

/// What was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// How many facts.
    pub facts: u64,
}

impl Memory {
    /// Changes a fact: a new one takes its place.
    ///
    /// # Errors
    /// It is gone or does not count any more; nothing is said, or too much.
    pub async fn edit(&self, owner: OwnerId, id: Id, edit: Edit) -> Result<Fact, MemoryError> {
        let old = self.get(owner, id).await?;
        if !matches!(old.standing(), Standing::Current | Standing::Struck) {
            return Err(MemoryError::Gone(id));
        }
        let now = self.clock.now();
        let mut draft = Draft { origin: Origin::Person, confidence: 1.0, ..old.draft.clone() };
        if let Some(text) =
            edit.text.map(|text| text.trim().to_owned()).filter(|text| *text != old.draft.text)
        {
            draft.value.clone_from(&text);
            draft.text = text;
        }
        draft.true_from = edit.true_from.unwrap_or(draft.true_from);
        draft.true_until = edit.true_until.unwrap_or(draft.true_until);
        draft.importance = edit.importance.map_or(draft.importance, |importance| importance.clamp(0.0, 1.0));
        checked(&draft)?;
        if (Draft { origin: old.draft.origin, confidence: old.draft.confidence, ..draft.clone() })
            == old.draft
        {
            return Ok(old);
        }
        let new = Fact {
            id: new_id(),
            draft,
            recorded_at: now,
            superseded_at: None,
            superseded_by: None,
            struck_at: None,
            forgotten_at: None,
            changed_at: now,
            ..old.clone()
        };
        let mut transaction = self.db.begin().await?;
        db::insert(&mut transaction, &new).await?;
        // It was put right: what it said before never was true, so that it ends where it began.
        let began = old.draft.true_from.unwrap_or(old.draft.said_at);
        supersede(&mut transaction, old, (&new, began), ("edited", now)).await?;
        words_too(&mut transaction, &new, |words| words.struck_at = Some(now), now).await?;
        transaction.commit().await?;
        Ok(new)
    }

    /// Strikes a fact out, so that it is not told any more, or lets it count again.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn strike(&self, owner: OwnerId, id: Id, struck: bool) -> Result<Fact, MemoryError> {
        let (now, what) = (self.clock.now(), if struck { "struck" } else { "restored" });
        self.stand(owner, id, (what, now), |fact| fact.struck_at = struck.then_some(now)).await
    }

    /// Forgets a fact: it is hidden at once and deleted for good a day later. Until then it can be brought back.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn forget(&self, owner: OwnerId, id: Id, forgotten: bool) -> Result<Fact, MemoryError> {
        let (now, what) = (self.clock.now(), if forgotten { "forgotten" } else { "restored" });
        self.stand(owner, id, (what, now), |fact| fact.forgotten_at = forgotten.then_some(now)).await
    }

    async fn stand(
        &self,
        owner: OwnerId,
        id: Id,
        (what, now): (&str, Timestamp),
        change: impl Fn(&mut Fact),
    ) -> Result<Fact, MemoryError> {
        let mut fact = self.get(owner, id).await?;
        change(&mut fact);
        fact.changed_at = now;
        let mut transaction = self.db.begin().await?;
        db::update(&mut transaction, &fact).await?;
        db::note(&mut transaction, &fact, (what, None), now).await?;
        words_too(&mut transaction, &fact, change, now).await?;
        transaction.commit().await?;
        Ok(fact)
    }

    /// Hides what was said in a conversation that is deleted, or brings it back with it. Facts stay.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn hide_conversation(&self, owner: OwnerId, id: Id, hidden: bool) -> Result<(), MemoryError> {
        let now = self.clock.now();
        let facts = db::of_conversation(self.db.pool(), owner, id).await?;
        let mut transaction = self.db.begin().await?;
        for mut fact in facts.into_iter().filter(|fact| matches!(fact.draft.kind, Kind::Said | Kind::Summary))
        {
            fact.forgotten_at = hidden.then_some(now);
            fact.changed_at = now;
            db::update(&mut transaction, &fact).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Hides what was said in messages that are deleted, and what was said of their conversation in short, which may tell of
    /// them. It bears the moment, by which [`Self::show_messages`] finds it. Facts stay.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn hide_messages(
        &self,
        owner: OwnerId,
        conversation_id: Id,
        (message_ids, at): (&[Id], Timestamp),
    ) -> Result<(), MemoryError> {
        let now = self.clock.now();
        let facts = db::of_conversation(self.db.pool(), owner, conversation_id).await?;
        let tells = |fact: &Fact| {
            let of_them = fact.draft.source.message_id.is_some_and(|id| message_ids.contains(&id));
            fact.draft.kind == Kind::Summary || (fact.draft.kind == Kind::Said && of_them)
        };
        let told: Vec<Fact> =
            facts.into_iter().filter(|fact| fact.forgotten_at.is_none() && tells(fact)).collect();
        let mut transaction = self.db.begin().await?;
        for mut fact in told {
            fact.forgotten_at = Some(at);
            fact.changed_at = now;
            db::update(&mut transaction, &fact).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Brings back what was hidden with messages at this moment. A summary that was written since counts instead of an older.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn show_messages(
        &self,
        owner: OwnerId,
        conversation_id: Id,
        at: Timestamp,
    ) -> Result<(), MemoryError> {
        let now = self.clock.now();
        let facts = db::of_conversation(self.db.pool(), owner, conversation_id).await?;
        let is_summary = |fact: &Fact| fact.draft.kind == Kind::Summary;
        let summed_up = facts.iter().any(|fact| is_summary(fact) && fact.standing() == Standing::Current);
        let hidden = |fact: &Fact| {
            fact.forgotten_at == Some(at)
                && (fact.draft.kind == Kind::Said || (is_summary(fact) && !summed_up))
        };
        let hidden: Vec<Fact> = facts.into_iter().filter(hidden).collect();
        let mut transaction = self.db.begin().await?;
        for mut fact in hidden {
            fact.forgotten_at = None;
            fact.changed_at = now;
            db::update(&mut transaction, &fact).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// A conversation is gone for good: facts from it stay and no longer say where they come from, what it said in its own
    /// words is forgotten.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn outlive_conversation(&self, id: Id) -> Result<(), MemoryError> {
        let mut transaction = self.db.begin().await?;
        db::outlive_conversation(&mut transaction, id, self.clock.now()).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// As [`Self::outlive_conversation`], of some messages.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn outlive_messages(&self, message_ids: &[Id]) -> Result<(), MemoryError> {
        let mut transaction = self.db.begin().await?;
        db::outlive_messages(&mut transaction, message_ids, self.clock.now()).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Everything that is known about somebody, to be taken along.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn export(&self, owner: OwnerId) -> Result<Export, MemoryError> {
        let facts = db::all(self.db.pool(), owner).await?;
        let mut changes = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let (page, next) = self.changes(owner, None, (cursor.as_deref(), MOST_CHANGES)).await?;
            changes.extend(page);
            cursor = next;
            if cursor.is_none() {
                return Ok(Export { facts, changes });
            }
        }
    }

    /// Erases everything that is known about somebody, at once and for good.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn erase(&self, owner: OwnerId) -> Result<Erased, MemoryError> {
        let mut transaction = self.db.begin().await?;
        let facts = db::erase(&mut transaction, owner).await?;
        transaction.commit().await?;
        self.shelves.write().retain(|(of, _), _| *of != owner);
        self.copy_anew().await?;
        Ok(Erased { facts })
    }

    /// Deletes for good what was forgotten long enough ago; says how many facts that were.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn purge(&self) -> Result<u64, MemoryError> {
        let mut transaction = self.db.begin().await?;
        let purged = db::purge(&mut transaction, self.clock.now().minus(SECOND_THOUGHTS)).await?;
        transaction.commit().await?;
        if purged > 0 {
            self.copy_anew().await?;
        }
        Ok(purged)
    }
}
