//! How comparisons are written on a terminal.

use super::path;
use crate::{error::CliError, output::Output, session::Session};
use api::compare::{
    CompareAnswer, CompareColumn, CompareDetail, CompareDifference, CompareMerge, CompareReceipt,
};

/// The answers to the last question that count, in the order of the columns.
pub(super) fn last_answers(whole: &CompareDetail) -> Vec<(&CompareColumn, &CompareAnswer)> {
    let Some(turn) = whole.turns.last() else { return Vec::new() };
    let answer = |column: &CompareColumn| {
        let mut latest = whole.answers.iter().rev();
        latest.find(|answer| answer.turn_id == turn.id && answer.column_id == column.id)
    };
    whole.head.columns.iter().filter_map(|column| Some((column, answer(column)?))).collect()
}

/// The answers to the last question, and what is measured of them.
pub(super) async fn comparison(
    session: &Session,
    output: Output,
    whole: CompareDetail,
) -> Result<(), CliError> {
    if output.json {
        return output.value(&whole);
    }
    output.line(output.dim(&format!("{}  {}", whole.head.id, whole.head.title)))?;
    let answers = last_answers(&whole);
    for (number, (column, answer)) in (1..).zip(&answers) {
        output.line("")?;
        output.line(output.bold(&format!("{number}: {}", column.name)))?;
        output.line(&answer.text)?;
        if let Some(failure) = &answer.failure {
            output.line(format!("failed: {}", failure.message))?;
        }
        output.line(output.dim(&facts(answer)))?;
    }
    if answers.iter().all(|(_, answer)| answer.text.is_empty()) {
        return Err(CliError::failed("nobody answered"));
    }
    let difference: CompareDifference =
        session.client.get(&format!("{}/difference", path(&whole.head.id))).await?;
    let name = |id: &String| {
        let place = answers.iter().position(|(column, _)| column.id == *id);
        place.map_or_else(String::new, |place| (place + 1).to_string())
    };
    let head = std::iter::once("MEASURED".to_owned()).chain(difference.column_ids.iter().map(name));
    let mut rows = vec![head.collect::<Vec<_>>()];
    let percent = |share: &f64| format!("{:.0} %", share * 100.0);
    let like = difference.similarity.iter().map(percent);
    rows.push(std::iter::once("like the first".to_owned()).chain(like).collect());
    for figure in difference.figures.iter().filter(|figure| figure.values.iter().any(|value| *value != 0.0)) {
        let values = figure
            .values
            .iter()
            .map(|value| if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.2}") });
        rows.push(std::iter::once(figure.what.replace('_', " ")).chain(values).collect());
    }
    for one in &difference.disagreements {
        let values = one.values.iter().map(|values| values.join(", "));
        rows.push(std::iter::once(format!("says of `{}`", one.about)).chain(values).collect());
    }
    output.line("")?;
    output.table(&rows)
}

fn facts(answer: &CompareAnswer) -> String {
    let Some(receipt) = &answer.receipt else { return answer.status.clone() };
    let mut facts = vec![answer.status.clone()];
    facts.extend(receipt.first_token_ms.map(|first| format!("first token {first} ms")));
    facts.extend(speed(receipt).map(|speed| format!("{speed:.1} tokens/s")));
    facts.push(format!("{} tokens in, {} out", receipt.input_tokens, receipt.output_tokens));
    facts.extend(receipt.cost_usd.as_ref().map(|cost| format!("{cost} USD")));
    facts.join(" · ")
}

/// Tokens a second from the first of them on.
fn speed(receipt: &CompareReceipt) -> Option<f64> {
    let writing = receipt.total_ms.checked_sub(receipt.first_token_ms?).filter(|writing| *writing > 0)?;
    Some(receipt.output_tokens as f64 * 1_000.0 / writing as f64)
}

/// What a model made of the answers.
pub(super) fn merge(output: Output, whole: &CompareDetail, made: &CompareMerge) -> Result<(), CliError> {
    let name = |answer_id: &String| {
        let answer = whole.answers.iter().find(|answer| answer.id == *answer_id);
        let of = |column: &&CompareColumn| answer.is_some_and(|answer| answer.column_id == column.id);
        whole.head.columns.iter().find(of).map(|column| column.name.clone()).unwrap_or_default()
    };
    let names = made.answer_ids.iter().map(name);
    let head: Vec<String> = std::iter::once(made.kind.to_uppercase()).chain(names).collect();
    if let Some(scores) = &made.scores {
        let mut rows = vec![head];
        for one in &scores.criteria {
            let each = one.scores.iter().map(u8::to_string);
            rows.push(std::iter::once(one.name.clone()).chain(each).collect());
        }
        output.table(&rows)?;
        return output.line(&scores.because);
    }
    if !made.aspects.is_empty() {
        let mut rows = vec![head];
        for one in &made.aspects {
            rows.push(std::iter::once(one.name.clone()).chain(one.each.iter().cloned()).collect());
        }
        return output.table(&rows);
    }
    if !made.found.is_empty() {
        return made.found.iter().try_for_each(|item| output.line(format!("- {item}")));
    }
    let answer = whole.answers.iter().rev().find(|answer| answer.column_id == made.id);
    let Some(answer) = answer else { return Err(CliError::failed("nothing was made")) };
    if let Some(failure) = &answer.failure {
        return Err(CliError::failed(failure.message.clone()));
    }
    output.line(&answer.text)
}
