//! A comparison as a report: what was asked and answered, what each answer took, and what people found better.

use crate::model::{Answer, Better, Turn, Vote, Whole};
use base::Id;
use contrast::report::{Measured, Report, Told, Turn as ToldTurn};

impl Whole {
    /// The comparison as a report; what is hidden stays so where this is [`Whole::shown`].
    pub fn report(&self) -> Report {
        Report {
            title: self.comparison.title.clone(),
            made: self.comparison.created_at.to_string(),
            turns: self.turns.iter().map(|turn| self.told(turn)).collect(),
            votes: self.votes.iter().filter_map(|vote| self.vote_in_words(vote)).collect(),
        }
    }

    fn told(&self, turn: &Turn) -> ToldTurn {
        let columns = self.comparison.columns.iter();
        let answers = columns.filter_map(|column| {
            let answer = self.answer(turn.id, column.id)?;
            Some(told(column.called(), answer))
        });
        let answers: Vec<Told> = answers.collect();
        let merges = self.merges.iter().filter(|merge| merge.turn_id == turn.id);
        let gathered = merges.filter_map(|merge| {
            let answer = self.answer(turn.id, merge.id)?;
            Some(told(&format!("{} by {}", merge.kind.as_str(), merge.model), answer))
        });
        ToldTurn {
            question: turn.question.text.clone(),
            measured: measured(&answers),
            gathered: gathered.collect(),
            answers,
        }
    }

    fn vote_in_words(&self, vote: &Vote) -> Option<String> {
        let name = |answer_id: Id| {
            let answer = self.answers.iter().find(|answer| answer.id == answer_id)?;
            let column = self.comparison.columns.iter().find(|column| column.id == answer.column_id)?;
            Some(column.called().to_owned())
        };
        let (left, right) = (name(vote.left_id)?, name(vote.right_id)?);
        let said = match vote.better {
            Better::Left => format!("{left} is better than {right}"),
            Better::Right => format!("{right} is better than {left}"),
            Better::Tie => format!("{left} and {right} are equally good"),
            Better::BothBad => format!("neither {left} nor {right} is good"),
        };
        Some(match &vote.void {
            Some(void) => format!("{said} (does not count: {void})"),
            None => said,
        })
    }
}

/// What is measured of these answers.
fn measured(answers: &[Told]) -> Vec<Measured> {
    let each: Vec<_> = answers.iter().map(|answer| contrast::figures(&answer.text).named()).collect();
    let names = each.first().map(|first| first.map(|(what, _)| what)).unwrap_or_default();
    let one = |(at, what): (usize, &'static str)| Measured {
        what: what.to_owned(),
        values: each.iter().filter_map(|figures| figures.get(at)).map(|(_, value)| *value).collect(),
    };
    names.into_iter().enumerate().map(one).collect()
}

fn told(name: &str, answer: &Answer) -> Told {
    let receipt = answer.body.receipt.as_ref();
    let told = |text: &String| (!text.is_empty()).then(|| text.clone());
    Told {
        name: name.to_owned(),
        answered_by: receipt.and_then(|receipt| told(&receipt.model)),
        status: answer.status.as_str().to_owned(),
        text: answer.text.clone(),
        failure: answer.body.failure.as_ref().map(|failure| failure.message.clone()),
        first_token_ms: receipt.and_then(|receipt| receipt.first_token_ms),
        total_ms: receipt.map(|receipt| receipt.total_ms),
        input_tokens: receipt.map(|receipt| receipt.usage.total_input()),
        output_tokens: receipt.map(|receipt| receipt.usage.output),
        cost: receipt.and_then(|receipt| receipt.cost).map(|cost| cost.to_string()),
        exchange_id: receipt.and_then(|receipt| told(&receipt.exchange_id)),
    }
}
