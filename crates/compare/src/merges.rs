//! What a model makes of the answers to a question: one answer out of all, a checklist for that, scores, what sets them apart.
//!
//! A merge is written like the answer of a column whose id is the merge's, so that it streams, can be stopped and is kept as
//! one. What is asked and how replies are read is [`contrast::gather`].

use crate::{
    db,
    error::CompareError,
    model::{Answer, Column, Question, Status, Turn, Whole},
    service::Bench,
};
use base::{Id, OwnerId, Timestamp, new_id};
use contrast::Gather;
use gateway::Caller;
use llm::{Capability, Parameters};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Bytes that make a token, at the least.
const BYTES_PER_TOKEN: usize = 3;
/// Tokens that a reply is expected to take, for the choice of a model.
const REPLY_TOKENS: u64 = 2_000;
/// The provider of what this program answers by itself from documents: it can gather nothing.
const OWN_PROVIDER: &str = "familiar";
/// Most of somebody's own words, in characters.
const MOST_OWN: usize = 20_000;

/// What is made of the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeKind {
    /// One answer with the best of all.
    Fuse,
    /// What a good answer could take over.
    Checklist,
    /// One answer that takes over what was ticked.
    Guided,
    /// A table of criteria with scores.
    Criteria,
    /// What a person asks for in their own words.
    Own,
    /// What sets them apart.
    Differences,
}

impl MergeKind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Fuse, Self::Checklist, Self::Guided, Self::Criteria, Self::Own, Self::Differences];

    /// The name in the database and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fuse => "fuse",
            Self::Checklist => "checklist",
            Self::Guided => "guided",
            Self::Criteria => "criteria",
            Self::Own => "own",
            Self::Differences => "differences",
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Something made of the answers to a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Merge {
    /// Its id, which is also the column of its answer.
    pub id: Id,
    /// The question.
    pub turn_id: Id,
    /// What is made.
    pub kind: MergeKind,
    /// The model or route that makes it.
    pub model: String,
    /// What belongs to it.
    pub body: MergeBody,
    /// When it began.
    pub created_at: Timestamp,
}

/// What belongs to a merge; kept as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MergeBody {
    /// The answers it is made of: the first is called A, the second B.
    pub answer_ids: Vec<Id>,
    /// What was ticked.
    pub items: Vec<String>,
    /// What was asked for in somebody's own words.
    pub own: String,
}

/// A merge that is to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMerge {
    /// The question; the last one where nothing is said.
    pub turn_id: Option<Id>,
    /// What is to be made.
    pub kind: MergeKind,
    /// Who is to make it; empty: the cheapest model that can.
    pub model: String,
    /// As in [`MergeBody::items`].
    pub items: Vec<String>,
    /// As in [`MergeBody::own`].
    pub own: String,
    /// What to do where the same was made of the same answers before.
    pub repeat: Repeat,
}

/// What to do where something was made before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Repeat {
    /// Take that.
    #[default]
    Keep,
    /// Make it anew.
    Anew,
}

impl Bench {
    /// Has a model make something of the answers to a question, unless that was done before with the same answers.
    ///
    /// # Errors
    /// [`CompareError::TooFew`] where fewer than two answers are there, [`CompareError::BeingWritten`] while one is written.
    pub async fn merge(
        self: &Arc<Self>,
        owner: OwnerId,
        id: Id,
        new: NewMerge,
    ) -> Result<Whole, CompareError> {
        let _turn = self.beginning.lock().await;
        let mut whole = self.whole(owner, id).await?;
        let turn = match new.turn_id {
            Some(wanted) => whole.turns.iter().find(|turn| turn.id == wanted),
            None => whole.turns.last(),
        };
        let turn = turn.cloned().ok_or(CompareError::NoTurn)?;
        let answers = merged(&whole, &turn)?;
        let answer_ids: Vec<Id> = answers.iter().map(|answer| answer.id).collect();
        let body = MergeBody { answer_ids, items: cleaned(new.items), own: new.own.trim().to_owned() };
        check(new.kind, &body)?;
        let wanted = new.model.trim();
        let before = whole.merges.iter().any(|merge| {
            let same = merge.kind == new.kind && merge.turn_id == turn.id && merge.body == body;
            same && (wanted.is_empty() || merge.model == wanted) && stands(&whole, merge)
        });
        if before && new.repeat == Repeat::Keep {
            return self.get(owner, id).await;
        }
        let texts: Vec<&str> = answers.iter().map(|answer| answer.text.as_str()).collect();
        let asked = contrast::gather::prompt(&gather(new.kind, &body), &turn.question.text, &texts);
        let model = if wanted.is_empty() { self.cheapest(owner, &asked)? } else { wanted.to_owned() };
        let now = self.parts.clock.now();
        let merge = Merge { id: new_id(), turn_id: turn.id, kind: new.kind, model, body, created_at: now };
        let column = Column {
            id: merge.id,
            name: String::new(),
            model: merge.model.clone(),
            instructions: String::new(),
            parameters: Parameters::default(),
            persona_id: None,
        };
        let question = Question { text: asked, images: turn.question.images.clone() };
        let asking = Turn { id: turn.id, question, created_at: now };
        let work = self.work(&whole.comparison, (&column, Vec::new()), vec![&asking]);
        db::merges::insert(&self.parts.db, id, &merge).await?;
        whole.comparison.updated_at = now;
        self.begin(owner, &whole.comparison, (None, vec![work])).await?;
        self.get(owner, id).await
    }

    /// The cheapest model that can read so much and write about it.
    fn cheapest(&self, owner: OwnerId, prompt: &str) -> Result<String, CompareError> {
        let input = (prompt.len() / BYTES_PER_TOKEN) as u64;
        let known = self.parts.gateway.models(&Caller::Owner(owner)).unwrap_or_default();
        known
            .into_iter()
            .filter(|one| {
                !one.is_route && one.spec.provider != OWN_PROVIDER && one.spec.can(Capability::Chat)
            })
            .filter(|one| one.spec.context_window.is_none_or(|window| window >= input + REPLY_TOKENS))
            .filter_map(|one| {
                let cost = one.spec.prices.as_ref()?.worst_case(None, input, REPLY_TOKENS);
                Some((cost, one.name))
            })
            .min()
            .map(|(_, name)| name)
            .ok_or(CompareError::NobodyMerges)
    }
}

/// The answers that are merged, in the order in which they are shown: while names are hidden, that order is shuffled.
fn merged(whole: &Whole, turn: &Turn) -> Result<Vec<Answer>, CompareError> {
    let shown = whole.clone().shown();
    let columns = shown.comparison.columns.iter();
    let answers: Vec<Answer> =
        columns.filter_map(|column| whole.answer(turn.id, column.id)).cloned().collect();
    if let Some(draft) = answers.iter().find(|answer| answer.status == Status::Streaming) {
        return Err(CompareError::BeingWritten(draft.id));
    }
    let said: Vec<Answer> = answers.into_iter().filter(|answer| !answer.text.trim().is_empty()).collect();
    if said.len() < 2 { Err(CompareError::TooFew(said.len())) } else { Ok(said) }
}

fn cleaned(items: Vec<String>) -> Vec<String> {
    let items = items.into_iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty());
    items.take(contrast::gather::MOST_ITEMS).collect()
}

fn check(kind: MergeKind, body: &MergeBody) -> Result<(), CompareError> {
    let missing = match kind {
        MergeKind::Guided => body.items.is_empty(),
        MergeKind::Own => body.own.is_empty() || body.own.chars().count() > MOST_OWN,
        MergeKind::Fuse | MergeKind::Checklist | MergeKind::Criteria | MergeKind::Differences => false,
    };
    if missing { Err(CompareError::NothingToMergeBy(kind.as_str())) } else { Ok(()) }
}

fn gather(kind: MergeKind, body: &MergeBody) -> Gather<'_> {
    match kind {
        MergeKind::Fuse => Gather::Fuse,
        MergeKind::Checklist => Gather::Checklist,
        MergeKind::Guided => Gather::Guided(&body.items),
        MergeKind::Criteria => Gather::Criteria,
        MergeKind::Own => Gather::Own(&body.own),
        MergeKind::Differences => Gather::Differences,
    }
}

/// Whether a merge has come to its end, or is on the way there.
fn stands(whole: &Whole, merge: &Merge) -> bool {
    let answer = whole.answer(merge.turn_id, merge.id);
    answer.is_some_and(|answer| matches!(answer.status, Status::Complete | Status::Streaming))
}
