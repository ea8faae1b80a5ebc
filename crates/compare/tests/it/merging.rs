//! What a model makes of answers.

use crate::stage::{ADA, ONE, OWNER, Stage, TWO, column, question};
use base::new_id;
use compare::{CompareError, MergeKind, Mode, NewColumn, NewComparison, NewMerge, Repeat, Status};
use std::sync::Arc;
use store::testing::TestDb;

store::on_each_database!(
    a_merge_is_an_answer_made_of_all_answers,
    the_same_is_not_made_twice_unless_it_is_wanted,
    the_cheapest_model_says_what_sets_answers_apart,
    who_merges_does_not_learn_whose_answers_they_are,
    what_cannot_be_merged_is_refused,
    a_persona_is_a_column,
    columns_stand_in_the_order_they_are_put_in,
);

fn merge(kind: MergeKind, model: &str) -> NewMerge {
    NewMerge {
        turn_id: None,
        kind,
        model: model.into(),
        items: Vec::new(),
        own: String::new(),
        repeat: Repeat::Keep,
    }
}

async fn a_merge_is_an_answer_made_of_all_answers(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    stage.one.says("It was 1889.");
    stage.two.says("It is in Paris.");
    let id = stage.compare("The tower?", false).await.comparison.id;
    stage.finished(id).await;
    stage.two.says("It was built in Paris in 1889.");
    let begun = stage.bench.merge(OWNER, id, merge(MergeKind::Fuse, TWO)).await.unwrap();
    assert_eq!((begun.merges.len(), begun.comparison.columns.len()), (1, 2));
    let whole = stage.finished(id).await;
    let made = whole.answer(whole.merges[0].turn_id, whole.merges[0].id).unwrap();
    assert_eq!((made.status, made.text.as_str()), (Status::Complete, "It was built in Paris in 1889."));
    let asked = stage.two.requests().last().unwrap().messages.last().unwrap().plain_text();
    assert!(
        asked.contains("Answer A:\n<<<\nIt was 1889.") && asked.contains("Answer B:\n<<<\nIt is in"),
        "{asked}"
    );
    assert!(!asked.contains("stage/"), "{asked}");
    let report = whole.report().to_markdown();
    assert!(report.contains("fuse by stage/claude-2") && report.contains("| words | 3 | 4 |"), "{report}");
    // The next question does not know of it.
    stage.one.says("Yes.");
    stage.two.says("Yes.");
    stage.bench.ask(OWNER, id, question("Sure?")).await.unwrap();
    stage.finished(id).await;
    let before: Vec<String> =
        stage.two.requests().last().unwrap().messages.iter().map(llm::Message::plain_text).collect();
    assert_eq!(before, ["The tower?", "It is in Paris.", "Sure?"]);
}

async fn the_same_is_not_made_twice_unless_it_is_wanted(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    stage.one.says("a");
    stage.two.says("b");
    let id = stage.compare("Which?", false).await.comparison.id;
    stage.finished(id).await;
    for expected in [1, 1, 2] {
        if expected == 2 {
            stage.one.says("anew");
        } else if stage.one.requests().len() == 1 {
            stage.one.says("ab");
        }
        let repeat = if expected == 2 { Repeat::Anew } else { Repeat::Keep };
        let new = NewMerge { repeat, ..merge(MergeKind::Fuse, ONE) };
        stage.bench.merge(OWNER, id, new).await.unwrap();
        assert_eq!(stage.finished(id).await.merges.len(), expected);
    }
    assert_eq!(stage.one.requests().len(), 3);
    // Other points to take over are another merge.
    stage.one.says("guided");
    let new = NewMerge { items: vec![" the year ".into(), String::new()], ..merge(MergeKind::Guided, ONE) };
    stage.bench.merge(OWNER, id, new).await.unwrap();
    let whole = stage.finished(id).await;
    assert_eq!(
        (whole.merges.len(), whole.merges[2].body.items.as_slice()),
        (3, &["the year".to_owned()][..])
    );
}

async fn the_cheapest_model_says_what_sets_answers_apart(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    stage.one.says("a");
    stage.two.says("b");
    let id = stage.compare("Which?", false).await.comparison.id;
    stage.finished(id).await;
    // Both cost the same: the first by name.
    stage.two.says("{}");
    stage.bench.merge(OWNER, id, merge(MergeKind::Differences, "")).await.unwrap();
    let whole = stage.finished(id).await;
    assert_eq!(whole.merges[0].model, TWO);
    stage.bench.merge(OWNER, id, merge(MergeKind::Differences, "")).await.unwrap();
    assert_eq!(stage.finished(id).await.merges.len(), 1, "it is kept");
}

async fn who_merges_does_not_learn_whose_answers_they_are(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    stage.one.says("first");
    stage.two.says("second");
    let id = stage.compare("Which?", true).await.comparison.id;
    let hidden = stage.finished(id).await;
    stage.one.says("both");
    let whole = stage.bench.merge(OWNER, id, merge(MergeKind::Fuse, ONE)).await.unwrap();
    // The letters of the merge are those of the page.
    let places: Vec<usize> = whole.merges[0]
        .body
        .answer_ids
        .iter()
        .map(|answer_id| {
            let answer = whole.answers.iter().find(|answer| answer.id == *answer_id).unwrap();
            hidden.comparison.columns.iter().position(|column| column.id == answer.column_id).unwrap()
        })
        .collect();
    assert_eq!((places, whole.comparison.mode), (vec![0, 1], Mode::Blind));
    stage.finished(id).await;
}

async fn what_cannot_be_merged_is_refused(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let writing = stage.one.next();
    stage.two.says("b");
    let id = stage.compare("Which?", false).await.comparison.id;
    let error = stage.bench.merge(OWNER, id, merge(MergeKind::Fuse, ONE)).await.unwrap_err();
    assert!(matches!(error, CompareError::BeingWritten(_)), "{error}");
    drop(writing);
    stage.finished(id).await;
    let error = stage.bench.merge(OWNER, id, merge(MergeKind::Fuse, ONE)).await.unwrap_err();
    assert!(matches!(error, CompareError::TooFew(1)), "{error}");
    let error = stage.bench.merge(OWNER, new_id(), merge(MergeKind::Fuse, ONE)).await.unwrap_err();
    assert!(matches!(error, CompareError::NoComparison(_)), "{error}");
    stage.one.says("a");
    let old = stage.bench.get(OWNER, id).await.unwrap();
    stage.bench.again(OWNER, id, old.answers[0].id).await.unwrap();
    stage.finished(id).await;
    for kind in [MergeKind::Guided, MergeKind::Own] {
        let error = stage.bench.merge(OWNER, id, merge(kind, ONE)).await.unwrap_err();
        assert!(matches!(error, CompareError::NothingToMergeBy(_)) && error.hint().is_some(), "{error}");
    }
    let new = NewMerge { turn_id: Some(new_id()), ..merge(MergeKind::Fuse, ONE) };
    let error = stage.bench.merge(OWNER, id, new).await.unwrap_err();
    assert!(matches!(error, CompareError::NoTurn), "{error}");
}

async fn a_persona_is_a_column(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    stage.one.says("I am Ada.");
    stage.two.says("hm");
    let ada = NewColumn { persona_id: Some(ADA), instructions: "Be brief.".into(), ..NewColumn::default() };
    let columns = vec![ada, column(TWO)];
    let new = NewComparison { title: None, columns, blind: false, question: question("Who?") };
    let whole = stage.bench.create(OWNER, new).await.unwrap();
    let first = &whole.comparison.columns[0];
    assert_eq!((first.called(), first.model.as_str(), first.persona_id), ("Ada", ONE, Some(ADA)));
    let id = whole.comparison.id;
    stage.finished(id).await;
    let asked: Vec<String> = stage.one.requests()[0].messages.iter().map(llm::Message::plain_text).collect();
    assert_eq!(asked, ["You are Ada.", "Be brief.", "0 before: Who?"]);
    stage.one.says("Still Ada.");
    stage.two.says("hm");
    stage.bench.ask(OWNER, id, question("And now?")).await.unwrap();
    stage.finished(id).await;
    let asked = stage.one.requests()[1].messages.last().unwrap().plain_text();
    assert_eq!(asked, "1 before: And now?");
    let nobody = NewColumn { persona_id: Some(new_id()), ..column(ONE) };
    let error = stage.bench.add_column(OWNER, id, nobody).await.unwrap_err();
    assert!(matches!(error, CompareError::Cast(_)) && error.hint().is_some(), "{error}");
}

async fn columns_stand_in_the_order_they_are_put_in(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    stage.one.says("a");
    stage.two.says("b");
    let whole = stage.compare("Which?", false).await;
    let (id, ids) =
        (whole.comparison.id, whole.comparison.columns.iter().map(|column| column.id).collect::<Vec<_>>());
    stage.bench.reorder(OWNER, id, &[ids[1], ids[0]]).await.unwrap();
    let turned = stage.finished(id).await.comparison.columns;
    assert_eq!([turned[0].id, turned[1].id], [ids[1], ids[0]]);
    for bad in [vec![ids[0]], vec![ids[0], ids[0]], vec![ids[0], new_id()]] {
        let error = stage.bench.reorder(OWNER, id, &bad).await.unwrap_err();
        assert!(matches!(error, CompareError::BadOrder), "{error}");
    }
}
