//! Votes between two answers, and when they do not count.

use crate::{
    db,
    error::CompareError,
    model::{Answer, Better, Mode, Status, Vote, Whole},
    service::Bench,
};
use base::{Id, OwnerId};
use experiment::{Choice, Style};
use gateway::experiments::{NewVote as Counted, Side};

/// A vote that is cast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewVote {
    /// The one answer.
    pub left_id: Id,
    /// The other.
    pub right_id: Id,
    /// Which is better.
    pub better: Better,
}

impl NewVote {
    /// The same with the older answer on the left, so that a second vote between two replaces the first.
    fn in_order(self) -> Self {
        if self.left_id <= self.right_id {
            return self;
        }
        let better = match self.better {
            Better::Left => Better::Right,
            Better::Right => Better::Left,
            Better::Tie => Better::Tie,
            Better::BothBad => Better::BothBad,
        };
        Self { left_id: self.right_id, right_id: self.left_id, better }
    }
}

impl Bench {
    /// Casts a vote, in place of an earlier one between the same two answers, and shows who answered. It counts towards the
    /// ratings of `gateway::experiments` unless it is void: where names were hidden and an answer told its own, where both
    /// answers are of the same model, or where one of them is none.
    ///
    /// # Errors
    /// Where the answers are not two columns' to one question, or are still being written.
    pub async fn vote(&self, owner: OwnerId, id: Id, new: NewVote) -> Result<Vote, CompareError> {
        let new = new.in_order();
        let mut whole = self.whole(owner, id).await?;
        let find = |answer_id: Id| {
            let found = whole.answers.iter().find(|answer| answer.id == answer_id);
            found.ok_or(CompareError::NoAnswer(answer_id))
        };
        let (left, right) = (find(new.left_id)?, find(new.right_id)?);
        let column =
            |answer: &Answer| whole.comparison.columns.iter().any(|column| column.id == answer.column_id);
        let columns = left.column_id != right.column_id && column(left) && column(right);
        if left.turn_id != right.turn_id || !columns {
            return Err(CompareError::NoPair);
        }
        if let Some(draft) = [left, right].into_iter().find(|answer| answer.status == Status::Streaming) {
            return Err(CompareError::BeingWritten(draft.id));
        }
        let (void, prompt) = (void(&whole, left, right), asked(&whole, left.turn_id));
        let looks = Some([style(&left.text), style(&right.text)]);
        if let (None, Some(left), Some(right)) = (&void, exchange(left), exchange(right)) {
            let counted = Counted {
                left: Side::Exchange(left),
                right: Side::Exchange(right),
                choice: choice(new.better),
                task: None,
                prompt: Some(prompt),
                looks,
            };
            // What was just settled may still be on its way into the ledger.
            self.parts.gateway.flush().await;
            self.parts.gateway.experiments().vote(owner, counted).await?;
        }
        let at = self.parts.clock.now();
        let vote = Vote { left_id: new.left_id, right_id: new.right_id, better: new.better, void, at };
        if whole.comparison.mode == Mode::Blind {
            whole.comparison.mode = Mode::Revealed;
        }
        let mut transaction = self.parts.db.begin().await?;
        db::put_vote(&mut *transaction, id, &vote).await?;
        db::update(&mut *transaction, &whole.comparison).await?;
        transaction.commit().await?;
        self.hub.changed(whole.comparison);
        Ok(vote)
    }
}

/// Neither being good says as little about which is better as both being good.
const fn choice(better: Better) -> Choice {
    match better {
        Better::Left => Choice::Left,
        Better::Right => Choice::Right,
        Better::Tie | Better::BothBad => Choice::Tie,
    }
}

/// How an answer looks, whatever it says.
fn style(text: &str) -> Style {
    let figures = contrast::figures(text);
    let count = |figure: usize| u32::try_from(figure).unwrap_or(u32::MAX);
    Style {
        words: count(figures.words),
        headings: count(figures.headings),
        list_items: count(figures.list_items),
        bold: count(figures.bold),
    }
}

fn exchange(answer: &Answer) -> Option<Id> {
    answer.body.receipt.as_ref()?.exchange_id.parse().ok()
}

/// What was asked up to this turn.
fn asked(whole: &Whole, turn_id: Id) -> String {
    let until = whole.turns.iter().position(|turn| turn.id == turn_id).map_or(0, |place| place + 1);
    let questions: Vec<&str> =
        whole.turns.iter().take(until).map(|turn| turn.question.text.as_str()).collect();
    questions.join("\n\n")
}

/// Why a vote between two answers does not count; `None` where it does.
fn void(whole: &Whole, left: &Answer, right: &Answer) -> Option<String> {
    let answered = |answer: &Answer| {
        let receipt = answer.body.receipt.as_ref().map(|receipt| receipt.model.clone());
        receipt.filter(|model| !model.is_empty() && !answer.text.trim().is_empty())
    };
    let (Some(left_model), Some(right_model)) = (answered(left), answered(right)) else {
        return Some("one of the two gave no answer".to_owned());
    };
    if left_model == right_model {
        return Some(format!("both answers are from `{left_model}`"));
    }
    // One that was hidden is judged as one for ever, or a second vote would make good what the first could not.
    if whole.comparison.mode == Mode::Open {
        return None;
    }
    let question = asked(whole, left.turn_id);
    [(left, left_model), (right, right_model)].into_iter().find_map(|(answer, model)| {
        let column = whole.comparison.columns.iter().find(|column| column.id == answer.column_id);
        let by_route = column.and_then(|column| contrast::reveals(&answer.text, &column.model, &question));
        let word = contrast::reveals(&answer.text, &model, &question).or(by_route)?;
        Some(format!("an answer named its model: `{word}`"))
    })
}
