//! Prompt sets between the bench's words and the wire's.

use super::compare as columns;
use crate::problem::ApiError;
use api::prompt_sets as dto;
use base::{ErrorKind, Money};
use compare::{Cell, NewRun, PromptSet, SetPrompt, SetRun};
use contrast::Assertion;

fn assertion_in(assertion: dto::PromptAssertion) -> Assertion {
    match assertion {
        dto::PromptAssertion::Contains { text } => Assertion::Contains { text },
        dto::PromptAssertion::Lacks { text } => Assertion::Lacks { text },
        dto::PromptAssertion::Matches { pattern } => Assertion::Matches { pattern },
        dto::PromptAssertion::Schema { schema } => Assertion::Schema { schema },
        dto::PromptAssertion::AtMostWords { words } => Assertion::AtMostWords { words },
        dto::PromptAssertion::Judge { criterion } => Assertion::Judge { criterion },
    }
}

fn assertion(assertion: Assertion) -> dto::PromptAssertion {
    match assertion {
        Assertion::Contains { text } => dto::PromptAssertion::Contains { text },
        Assertion::Lacks { text } => dto::PromptAssertion::Lacks { text },
        Assertion::Matches { pattern } => dto::PromptAssertion::Matches { pattern },
        Assertion::Schema { schema } => dto::PromptAssertion::Schema { schema },
        Assertion::AtMostWords { words } => dto::PromptAssertion::AtMostWords { words },
        Assertion::Judge { criterion } => dto::PromptAssertion::Judge { criterion },
    }
}

pub(crate) fn set_in(put: dto::PutPromptSet) -> (String, Vec<SetPrompt>) {
    let prompt = |prompt: dto::SetPrompt| SetPrompt {
        text: prompt.text,
        assertions: prompt.assertions.into_iter().map(assertion_in).collect(),
    };
    (put.title, put.prompts.into_iter().map(prompt).collect())
}

fn prompts(prompts: Vec<SetPrompt>) -> Vec<dto::SetPrompt> {
    let prompt = |prompt: SetPrompt| dto::SetPrompt {
        text: prompt.text,
        assertions: prompt.assertions.into_iter().map(assertion).collect(),
    };
    prompts.into_iter().map(prompt).collect()
}

pub(crate) fn set(set: PromptSet) -> dto::PromptSet {
    dto::PromptSet {
        id: set.id.to_string(),
        title: set.title,
        prompts: prompts(set.prompts),
        updated_at: set.updated_at.to_string(),
    }
}

pub(crate) fn run_in(new: dto::NewSetRun) -> Result<NewRun, ApiError> {
    let cap = new.cap_usd.as_deref().map(str::trim).filter(|cap| !cap.is_empty()).map(|cap| {
        let cap: Option<Money> = cap.parse().ok();
        cap.filter(|cap| *cap >= Money::ZERO).ok_or_else(|| {
            ApiError::new(ErrorKind::Invalid, "`cap_usd` is no amount of dollars").hint("write it as `0.50`")
        })
    });
    Ok(NewRun {
        columns: new.columns.into_iter().map(columns::column_in).collect::<Result<_, _>>()?,
        judge: new.judge,
        cap: cap.transpose()?,
    })
}

pub(crate) fn run(run: SetRun) -> dto::SetRun {
    dto::SetRun {
        id: run.id.to_string(),
        set_id: run.set_id.to_string(),
        title: run.title,
        columns: run.columns.into_iter().map(columns::column).collect(),
        judge: run.judge,
        cap_usd: run.cap.map(|cap| cap.to_string()),
        estimate_usd: run.estimate.map(|estimate| estimate.to_string()),
        job_id: run.job_id.map(|id| id.to_string()),
        created_at: run.created_at.to_string(),
        ended_at: run.ended_at.map(|at| at.to_string()),
        state: run.state.as_str().to_owned(),
    }
}

fn cell(cell: Cell) -> dto::SetCell {
    let verdict =
        |verdict: contrast::Verdict| dto::SetVerdict { passed: verdict.passed, because: verdict.because };
    dto::SetCell {
        prompt: cell.prompt,
        place: cell.place,
        state: cell.state.as_str().to_owned(),
        passed: cell.passed(),
        text: cell.text,
        verdicts: cell.body.verdicts.into_iter().map(verdict).collect(),
        failure: cell.body.failure.map(columns::failure),
        receipt: cell.body.receipt.map(columns::receipt),
        cost_usd: cell.cost.to_string(),
    }
}

pub(crate) fn grid((of, cells): (SetRun, Vec<Cell>)) -> dto::SetGrid {
    let cost: Money = cells.iter().map(|cell| cell.cost).sum();
    dto::SetGrid {
        prompts: prompts(of.prompts.clone()),
        run: run(of),
        cells: cells.into_iter().map(cell).collect(),
        cost_usd: cost.to_string(),
    }
}
