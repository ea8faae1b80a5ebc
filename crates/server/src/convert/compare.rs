//! Comparisons between the bench's words and the wire's.

use super::gone_out;
use crate::{extract::parse_id, problem::ApiError};
use api::compare as dto;
use base::ErrorKind;
use compare::{
    Answer, Better, Column, Comparison, Failure, Image, Merge, MergeKind, NewColumn, NewComparison, NewMerge,
    NewVote, Question, Receipt, Repeat, Step, Vote, Whole,
};
use contrast::gather::{Aspect, Criterion};
use llm::Parameters;

pub(crate) fn column_in(new: dto::NewCompareColumn) -> Result<NewColumn, ApiError> {
    let persona_id = new.persona_id.as_deref().filter(|id| !id.is_empty()).map(parse_id).transpose()?;
    Ok(NewColumn {
        persona_id,
        name: new.name,
        model: new.model,
        instructions: new.instructions,
        parameters: Parameters {
            temperature: new.temperature,
            top_p: new.top_p,
            max_output_tokens: new.max_output_tokens,
            seed: new.seed,
            ..Parameters::default()
        },
    })
}

pub(crate) fn question_in(question: dto::CompareQuestion) -> Question {
    let image =
        |image: dto::CompareImage| Image { media_type: image.media_type, data: image.data, gone: None };
    Question { text: question.text, images: question.images.into_iter().map(image).collect() }
}

pub(crate) fn begin_in(new: dto::BeginComparison) -> Result<NewComparison, ApiError> {
    Ok(NewComparison {
        title: new.title,
        columns: new.columns.into_iter().map(column_in).collect::<Result<_, _>>()?,
        blind: new.blind,
        question: question_in(new.question),
    })
}

pub(crate) fn merge_in(new: dto::NewCompareMerge) -> Result<NewMerge, ApiError> {
    let kind = MergeKind::from_name(&new.kind).ok_or_else(|| {
        let names = MergeKind::ALL.map(MergeKind::as_str).join("`, `");
        ApiError::new(ErrorKind::Invalid, format!("`kind` cannot be `{}`", new.kind))
            .hint(format!("use `{names}`"))
    })?;
    Ok(NewMerge {
        turn_id: new.turn_id.as_deref().map(parse_id).transpose()?,
        kind,
        model: new.model,
        items: new.items,
        own: new.prompt,
        repeat: if new.again { Repeat::Anew } else { Repeat::Keep },
    })
}

pub(crate) fn vote_in(vote: &dto::CastCompareVote) -> Result<NewVote, ApiError> {
    let better = Better::from_name(&vote.better).ok_or_else(|| {
        let names = Better::ALL.map(Better::as_str).join("`, `");
        ApiError::new(ErrorKind::Invalid, format!("`better` cannot be `{}`", vote.better))
            .hint(format!("use `{names}`"))
    })?;
    Ok(NewVote { left_id: parse_id(&vote.left_id)?, right_id: parse_id(&vote.right_id)?, better })
}

pub(crate) fn column(column: Column) -> dto::CompareColumn {
    let name = column.called().to_owned();
    dto::CompareColumn {
        id: column.id.to_string(),
        name,
        model: column.model,
        persona_id: column.persona_id.map(|id| id.to_string()),
        instructions: column.instructions,
        temperature: column.parameters.temperature,
        top_p: column.parameters.top_p,
        max_output_tokens: column.parameters.max_output_tokens,
        seed: column.parameters.seed,
    }
}

pub(crate) fn head(comparison: Comparison, streaming: bool) -> dto::ComparisonHead {
    dto::ComparisonHead {
        id: comparison.id.to_string(),
        title: comparison.title,
        mode: comparison.mode.as_str().to_owned(),
        columns: comparison.columns.into_iter().map(column).collect(),
        updated_at: comparison.updated_at.to_string(),
        streaming,
    }
}

pub(crate) fn failure(failure: Failure) -> dto::CompareFailure {
    dto::CompareFailure { code: failure.code, message: failure.message, hint: failure.hint }
}

pub(crate) fn receipt(receipt: Receipt) -> dto::CompareReceipt {
    dto::CompareReceipt {
        exchange_id: receipt.exchange_id,
        model: receipt.model,
        first_token_ms: receipt.first_token_ms,
        total_ms: receipt.total_ms,
        input_tokens: receipt.usage.total_input(),
        output_tokens: receipt.usage.output,
        cost_usd: receipt.cost.map(|cost| cost.to_string()),
        estimated: receipt.estimated,
        cached: receipt.cached,
    }
}

fn answer(answer: Answer) -> dto::CompareAnswer {
    dto::CompareAnswer {
        id: answer.id.to_string(),
        turn_id: answer.turn_id.to_string(),
        column_id: answer.column_id.to_string(),
        status: answer.status.as_str().to_owned(),
        text: answer.text,
        reasoning: answer.body.reasoning,
        failure: answer.body.failure.map(failure),
        receipt: answer.body.receipt.map(receipt),
    }
}

/// A merge, and what of its answer can be read.
fn merge(merge: Merge, said: Option<&str>) -> dto::CompareMerge {
    let (said, count) = (said.unwrap_or_default(), merge.body.answer_ids.len());
    let of = |kind| merge.kind == kind && !said.is_empty();
    let found = if of(MergeKind::Checklist) { contrast::gather::items(said) } else { Vec::new() };
    let scores = of(MergeKind::Criteria).then(|| contrast::gather::scores(said, count)).flatten();
    let aspects = of(MergeKind::Differences).then(|| contrast::gather::aspects(said, count)).flatten();
    let criterion = |one: Criterion| dto::CompareCriterion { name: one.name, scores: one.scores };
    let aspect = |one: Aspect| dto::CompareAspect { name: one.name, each: one.each };
    dto::CompareMerge {
        id: merge.id.to_string(),
        turn_id: merge.turn_id.to_string(),
        kind: merge.kind.as_str().to_owned(),
        model: merge.model,
        answer_ids: merge.body.answer_ids.iter().map(ToString::to_string).collect(),
        items: merge.body.items,
        prompt: merge.body.own,
        found,
        scores: scores.map(|scores| dto::CompareScores {
            criteria: scores.criteria.into_iter().map(criterion).collect(),
            best: scores.best,
            because: scores.because,
        }),
        aspects: aspects.unwrap_or_default().into_iter().map(aspect).collect(),
    }
}

pub(crate) fn vote(vote: Vote) -> dto::CompareVote {
    dto::CompareVote {
        left_id: vote.left_id.to_string(),
        right_id: vote.right_id.to_string(),
        better: vote.better.as_str().to_owned(),
        void: vote.void,
    }
}

pub(crate) fn whole(whole: Whole) -> dto::CompareDetail {
    let streaming = whole.answers.iter().any(|answer| answer.status == compare::Status::Streaming);
    let image = |image: Image| dto::CompareImage {
        media_type: image.media_type,
        data: image.data,
        gone: image.gone.map(gone_out),
    };
    let turns = whole.turns.into_iter().map(|turn| dto::CompareTurn {
        id: turn.id.to_string(),
        question: dto::CompareQuestion {
            text: turn.question.text,
            images: turn.question.images.into_iter().map(image).collect(),
        },
        created_at: turn.created_at.to_string(),
    });
    let said = |made: &Merge| {
        let answers = whole.answers.iter().rev();
        let mut of = answers.filter(|answer| answer.column_id == made.id);
        of.next().map(|answer| answer.text.as_str())
    };
    let merges = whole.merges.iter().map(|made| merge(made.clone(), said(made))).collect();
    dto::CompareDetail {
        merges,
        turns: turns.collect(),
        answers: whole.answers.into_iter().map(answer).collect(),
        votes: whole.votes.into_iter().map(vote).collect(),
        head: head(whole.comparison, streaming),
    }
}

pub(crate) fn step(step: Step) -> dto::CompareStep {
    match step {
        Step::Answer(one) => dto::CompareStep::Answer { answer: Box::new(answer(*one)) },
        Step::Text { answer_id, delta } => dto::CompareStep::Text { answer_id: answer_id.to_string(), delta },
        Step::Reasoning { answer_id, delta } => {
            dto::CompareStep::Reasoning { answer_id: answer_id.to_string(), delta }
        }
        Step::Changed(_) => dto::CompareStep::Changed {},
    }
}
