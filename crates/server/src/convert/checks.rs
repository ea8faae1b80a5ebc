//! Runs of a persona's questions, from the bench's types to the API's and back.

use crate::problem::ApiError;
use api::checks as dto;
use base::ErrorKind;
use chat::{Answered, CheckBody, Compared};
use persona::consistency::{Aspect, Question};

pub(crate) fn questions((found, own): (Vec<Question>, bool)) -> dto::PersonaQuestions {
    let questions = found.into_iter().map(|question| dto::PersonaQuestion {
        aspect: question.aspect.as_str().to_owned(),
        ask: question.ask,
        expected: question.expected,
        says: question.says,
        enough: u32::try_from(question.enough).unwrap_or(u32::MAX),
        avoids: question.avoids,
        refuses: question.refuses,
    });
    dto::PersonaQuestions { questions: questions.collect(), own }
}

pub(crate) fn questions_in(given: dto::PersonaQuestions) -> Result<Vec<Question>, ApiError> {
    let questions = given.questions.into_iter().map(|question| {
        let aspect = Aspect::from_name(&question.aspect).ok_or_else(|| {
            ApiError::new(ErrorKind::Invalid, format!("`{}` is nothing a question is about", question.aspect))
                .hint("use `identity`, `character`, `boundaries`, `knowledge` or `traits`")
        })?;
        let words = |words: Vec<String>| words.into_iter().filter(|word| !word.trim().is_empty()).collect();
        Ok(Question {
            aspect,
            ask: question.ask,
            expected: question.expected,
            says: words(question.says),
            enough: usize::try_from(question.enough).unwrap_or(usize::MAX),
            avoids: words(question.avoids),
            refuses: question.refuses,
        })
    });
    questions.collect()
}

/// A run with its answers.
pub(crate) fn check(found: Compared) -> dto::PersonaCheck {
    let answers = answers(&found.check.body);
    let style = found.check.body.style.iter().map(|style| dto::CheckStyle {
        name: style.name.clone(),
        wanted: style.wanted,
        found: style.found,
        mark: style.mark,
    });
    let style = style.collect();
    dto::PersonaCheck { answers, style, ..summary(found) }
}

/// A run as a list shows it.
pub(crate) fn summary(found: Compared) -> dto::PersonaCheck {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let changes = found.changes.iter().map(|change| dto::CheckChange {
        aspect: change.aspect.map(|aspect| aspect.as_str().to_owned()),
        lost: change.lost,
        telling: change.telling,
    });
    let changes = changes.collect();
    let check = found.check;
    let scores = check.body.scores.unwrap_or_default();
    let finished = check.state == chat::CheckState::Finished;
    dto::PersonaCheck {
        id: check.id.to_string(),
        persona_version: check.persona_version,
        state: check.state.as_str().to_owned(),
        model: check.body.model,
        judge: check.body.judge,
        questions: count(check.body.questions.len()),
        done: count(check.body.answers.len()),
        score: finished.then_some(scores.overall),
        aspects: scores
            .aspects
            .into_iter()
            .map(|(aspect, score)| (aspect.as_str().to_owned(), score))
            .collect(),
        before: found.before.map(|before| before.to_string()),
        changes,
        answers: Vec::new(),
        style: Vec::new(),
        error: check.body.error,
        created_at: check.created_at.to_string(),
        finished_at: check.finished_at.map(|at| at.to_string()),
    }
}

fn answers(body: &CheckBody) -> Vec<dto::CheckAnswer> {
    let asked = body.questions.iter().zip(&body.answers);
    asked
        .map(|(question, answered): (&Question, &Answered)| dto::CheckAnswer {
            aspect: question.aspect.as_str().to_owned(),
            ask: question.ask.clone(),
            expected: question.expected.clone(),
            answer: answered.text.clone(),
            mark: answered.counts(),
            by_rules: answered.mark,
            because: answered.because.clone(),
            judged: answered.judged,
            judged_because: answered.judged_because.clone(),
        })
        .collect()
}
