//! Columns: asked at once, each by itself, kept, continued.

use crate::stage::{ONE, OWNER, Stage, TWO, answer, column, question, text};
use compare::{CompareError, NewComparison, Status, Step, answer::FLUSH_INTERVAL};
use futures::StreamExt;
use llm::{LlmError, LlmErrorKind, Role};
use std::{sync::Arc, time::Duration};
use store::testing::TestDb;

store::on_each_database!(
    every_column_answers_and_is_kept_with_what_it_took,
    columns_are_written_at_the_same_time,
    one_that_fails_leaves_the_others,
    one_that_is_stopped_leaves_the_others_and_keeps_what_had_come,
    a_column_sees_its_own_answers_only,
    a_model_that_is_added_later_answers_everything,
    an_answer_may_be_given_again_and_the_last_one_counts,
    one_who_comes_back_sees_answers_as_they_stand,
    a_killed_server_keeps_what_had_arrived,
    old_comparisons_are_found_by_what_was_said,
    what_cannot_be_compared_is_refused,
);

async fn every_column_answers_and_is_kept_with_what_it_took(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    stage.one.says("first");
    stage.two.says("second");
    let begun = stage.compare("Which?", false).await;
    let whole = stage.finished(begun.comparison.id).await;
    for (place, said, model) in [(0, "first", ONE), (1, "second", TWO)] {
        let answer = answer(&whole, place);
        assert_eq!((answer.status, answer.text.as_str()), (Status::Complete, said));
        let receipt = answer.body.receipt.as_ref().unwrap();
        assert_eq!((receipt.model.as_str(), receipt.usage.output), (model, 3));
        // 7 tokens at 1 USD and 3 at 2 USD per million.
        assert_eq!(receipt.cost.unwrap().to_string(), "0.000013");
    }
    assert_eq!(whole.comparison.title, "Which?");
}

async fn columns_are_written_at_the_same_time(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let (first, second) = (stage.one.next(), stage.two.next());
    let id = stage.compare("Which?", false).await.comparison.id;
    second.send(text("b")).unwrap();
    stage.until(id, |whole| answer(whole, 1).text == "b" && answer(whole, 0).text.is_empty()).await;
    first.send(text("a")).unwrap();
    let both = stage.until(id, |whole| answer(whole, 0).text == "a").await;
    assert!(both.answers.iter().all(|answer| answer.status == Status::Streaming));
    drop((first, second));
    stage.finished(id).await;
}

async fn one_that_fails_leaves_the_others(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    stage.one.refuses(LlmError::new(LlmErrorKind::BadRequest, "I will not"));
    stage.two.says("gladly");
    let id = stage.compare("Please", false).await.comparison.id;
    let whole = stage.finished(id).await;
    let failed = answer(&whole, 0);
    assert_eq!(failed.status, Status::Failed);
    assert!(failed.body.failure.as_ref().unwrap().hint.is_some());
    assert_eq!((answer(&whole, 1).status, answer(&whole, 1).text.as_str()), (Status::Complete, "gladly"));
}

async fn one_that_is_stopped_leaves_the_others_and_keeps_what_had_come(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let (first, second) = (stage.one.next(), stage.two.next());
    let id = stage.compare("Go on", false).await.comparison.id;
    first.send(text("half")).unwrap();
    let whole = stage.until(id, |whole| answer(whole, 0).text == "half").await;
    assert!(stage.bench.stop(OWNER, id, Some(answer(&whole, 0).id)).await.unwrap());
    let whole = stage.until(id, |whole| answer(whole, 0).status == Status::Stopped).await;
    assert_eq!((answer(&whole, 0).text.as_str(), answer(&whole, 1).status), ("half", Status::Streaming));
    second.send(text("whole")).unwrap();
    drop(second);
    assert_eq!(answer(&stage.finished(id).await, 1).text, "whole");
}

async fn a_column_sees_its_own_answers_only(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    stage.one.says("of one");
    stage.two.says("of two");
    let id = stage.compare("first", false).await.comparison.id;
    stage.finished(id).await;
    stage.one.says("more of one");
    stage.two.says("more of two");
    stage.bench.ask(OWNER, id, question("second")).await.unwrap();
    stage.finished(id).await;
    let said = |requests: Vec<llm::ChatRequest>| -> Vec<(Role, String)> {
        let last = requests.into_iter().next_back().unwrap();
        last.messages.iter().map(|message| (message.role, message.plain_text())).collect()
    };
    let expected = |own: &str| {
        vec![
            (Role::User, "first".to_owned()),
            (Role::Assistant, own.to_owned()),
            (Role::User, "second".to_owned()),
        ]
    };
    assert_eq!(said(stage.one.requests()), expected("of one"));
    assert_eq!(said(stage.two.requests()), expected("of two"));
}

async fn a_model_that_is_added_later_answers_everything(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    for said in ["a", "b", "c", "d"] {
        stage.one.says(said);
    }
    stage.two.says("x");
    stage.two.says("y");
    let id = stage.compare("first", false).await.comparison.id;
    stage.finished(id).await;
    stage.bench.ask(OWNER, id, question("second")).await.unwrap();
    stage.finished(id).await;
    stage.bench.add_column(OWNER, id, column(ONE)).await.unwrap();
    let whole = stage.finished(id).await;
    let added = whole.comparison.columns[2].id;
    let texts: Vec<&str> =
        whole.turns.iter().map(|turn| whole.answer(turn.id, added).unwrap().text.as_str()).collect();
    assert_eq!(texts, ["c", "d"]);
}

async fn an_answer_may_be_given_again_and_the_last_one_counts(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    stage.one.says("bad");
    stage.two.says("fine");
    let id = stage.compare("first", false).await.comparison.id;
    let whole = stage.finished(id).await;
    stage.one.says("better");
    stage.bench.again(OWNER, id, answer(&whole, 0).id).await.unwrap();
    let whole = stage.finished(id).await;
    assert_eq!((answer(&whole, 0).text.as_str(), whole.answers.len()), ("better", 3));
}

async fn one_who_comes_back_sees_answers_as_they_stand(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let (first, _second) = (stage.one.next(), stage.two.next());
    let id = stage.compare("Go on", false).await.comparison.id;
    first.send(text("so far")).unwrap();
    stage.until(id, |whole| answer(whole, 0).text == "so far").await;
    let mut steps = stage.bench.subscribe(OWNER, id).await.unwrap();
    let mut standing = Vec::new();
    for _ in 0..2 {
        let Some(Step::Answer(answer)) = steps.next().await else { panic!("an answer as it stands") };
        standing.push(answer.text);
    }
    standing.sort();
    assert_eq!(standing, ["", "so far"]);
    first.send(text(", so good")).unwrap();
    let grown = steps.next().await.unwrap();
    assert!(matches!(&grown, Step::Text { delta, .. } if delta == ", so good"), "{grown:?}");
    stage.bench.stop(OWNER, id, None).await.unwrap();
    stage.finished(id).await;
}

async fn a_killed_server_keeps_what_had_arrived(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let (first, _second) = (stage.one.next(), stage.two.next());
    let id = stage.compare("Go on", false).await.comparison.id;
    first.send(text("kept")).unwrap();
    stage.until(id, |whole| answer(whole, 0).text == "kept").await;
    tokio::time::sleep(FLUSH_INTERVAL * 3).await;
    let after = stage.after_a_kill().await;
    let whole = after.get(OWNER, id).await.unwrap();
    assert_eq!((answer(&whole, 0).text.as_str(), answer(&whole, 0).status), ("kept", Status::Interrupted));
    stage.bench.shutdown(Duration::ZERO).await;
}

async fn old_comparisons_are_found_by_what_was_said(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    for (asked, said) in [
        ("About cats", "They PURR."),
        ("About dogs", "They bark."),
        ("About 100% of birds", "They sing SCHÖN."),
    ] {
        stage.one.says(said);
        stage.two.says("Who knows.");
        let id = stage.compare(asked, false).await.comparison.id;
        stage.finished(id).await;
    }
    let titles = async |query: &str| -> Vec<String> {
        let (found, _) = stage.bench.list(OWNER, (query, None), 10).await.unwrap();
        found.into_iter().map(|listed| listed.comparison.title).collect()
    };
    assert_eq!(titles("purr").await, ["About cats"]);
    assert_eq!(titles("0%").await, ["About 100% of birds"]);
    assert_eq!(titles("sing schön").await, ["About 100% of birds"]);
    assert_eq!(titles("who knows").await.len(), 3);
    let (page, next) = stage.bench.list(OWNER, ("", None), 2).await.unwrap();
    let (rest, end) = stage.bench.list(OWNER, ("", next.as_deref()), 2).await.unwrap();
    assert_eq!((page.len(), rest.len(), end), (2, 1, None));
    stage.bench.remove(OWNER, page[0].comparison.id).await.unwrap();
    assert_eq!(titles("").await.len(), 2);
    stage.bench.restore(OWNER, page[0].comparison.id).await.unwrap();
    assert_eq!(titles("").await.len(), 3);
}

async fn what_cannot_be_compared_is_refused(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let new = |count: usize, text: &str| NewComparison {
        columns: vec![column(ONE); count],
        question: question(text),
        ..NewComparison::default()
    };
    let cases = [(1, "x"), (9, "x"), (2, " ")];
    for (count, text) in cases {
        let error = stage.bench.create(OWNER, new(count, text)).await.unwrap_err();
        assert!(error.hint().is_some(), "{error}");
    }
    let (_first, _second) = (stage.one.next(), stage.two.next());
    let id = stage.compare("Go on", false).await.comparison.id;
    let early = stage.bench.ask(OWNER, id, question("more")).await.unwrap_err();
    assert!(matches!(early, CompareError::BeingWritten(_)), "{early}");
    let stranger = base::Id::from_u128(77);
    let hidden = stage.bench.get(stranger, id).await.unwrap_err();
    assert!(matches!(hidden, CompareError::NoComparison(_)), "{hidden}");
    stage.bench.stop(OWNER, id, None).await.unwrap();
    stage.finished(id).await;
}
