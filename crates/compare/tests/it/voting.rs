//! Votes: counted, void, and what they reveal.

use crate::stage::{ONE, OWNER, Stage, answer};
use compare::{Better, CompareError, Mode, NewVote, Whole};
use std::sync::Arc;
use store::testing::TestDb;

store::on_each_database!(
    a_vote_counts_towards_the_ratings,
    a_blind_comparison_tells_nobody_who_answers_until_there_is_a_vote,
    a_vote_is_void_where_an_answer_names_its_model,
    answers_that_do_not_belong_together_are_no_pair,
);

fn between(whole: &Whole, better: Better) -> NewVote {
    NewVote { left_id: answer(whole, 0).id, right_id: answer(whole, 1).id, better }
}

async fn a_vote_counts_towards_the_ratings(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    stage.one.says("good");
    stage.two.says("bad");
    let id = stage.compare("Which?", false).await.comparison.id;
    let whole = stage.finished(id).await;
    let vote = stage.bench.vote(OWNER, id, between(&whole, Better::Left)).await.unwrap();
    assert_eq!(vote.void, None);
    let ratings = stage.gateway.experiments().ratings(OWNER, None, true).await.unwrap();
    assert_eq!((ratings.votes, ratings.rated.ratings[0].name.as_str()), (1, ONE));
    assert_eq!(
        (ratings.seen, ratings.rated.looks.len()),
        (1, 4),
        "how the answers look is kept with the vote"
    );
    // Said the other way round it is the same pair: it replaces the first.
    let turned = NewVote { left_id: vote.right_id, right_id: vote.left_id, better: Better::BothBad };
    stage.bench.vote(OWNER, id, turned).await.unwrap();
    let votes = stage.bench.get(OWNER, id).await.unwrap().votes;
    assert_eq!((votes.len(), votes[0].better), (1, Better::BothBad));
    let ratings = stage.gateway.experiments().ratings(OWNER, None, true).await.unwrap();
    assert_eq!((ratings.votes, ratings.rated.ratings[0].ties), (1, 1));
}

async fn a_blind_comparison_tells_nobody_who_answers_until_there_is_a_vote(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    stage.one.says("good");
    stage.two.says("bad");
    let id = stage.compare("Which?", true).await.comparison.id;
    let hidden = stage.finished(id).await;
    let names: Vec<&str> = hidden.comparison.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!((names, hidden.comparison.mode), (vec!["A", "B"], Mode::Blind));
    let told = format!("{hidden:?}");
    assert!(!told.contains("stage/"), "{told}");
    let listed = format!("{:?}", stage.bench.list(OWNER, ("", None), 10).await.unwrap());
    assert!(!listed.contains("stage/"), "{listed}");
    let vote = stage.bench.vote(OWNER, id, between(&hidden, Better::Tie)).await.unwrap();
    assert_eq!(vote.void, None);
    let shown = stage.bench.get(OWNER, id).await.unwrap();
    assert_eq!((shown.comparison.mode, shown.comparison.columns[0].model.as_str()), (Mode::Revealed, ONE));
}

async fn a_vote_is_void_where_an_answer_names_its_model(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    stage.one.says("Hello.");
    stage.two.says("I am Claude, at your service.");
    let id = stage.compare("Who?", true).await.comparison.id;
    let whole = stage.finished(id).await;
    let vote = stage.bench.vote(OWNER, id, between(&whole, Better::Left)).await.unwrap();
    assert!(vote.void.unwrap().contains("claude"));
    assert_eq!(stage.gateway.experiments().ratings(OWNER, None, true).await.unwrap().votes, 0);
    assert_eq!(stage.bench.get(OWNER, id).await.unwrap().comparison.mode, Mode::Revealed);
}

async fn answers_that_do_not_belong_together_are_no_pair(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    stage.one.says("a");
    stage.two.says("b");
    let id = stage.compare("Which?", false).await.comparison.id;
    let whole = stage.finished(id).await;
    let same = NewVote { right_id: answer(&whole, 0).id, ..between(&whole, Better::Left) };
    let error = stage.bench.vote(OWNER, id, same).await.unwrap_err();
    assert!(matches!(error, CompareError::NoPair), "{error}");
    let nobody = NewVote { right_id: base::new_id(), ..between(&whole, Better::Left) };
    let error = stage.bench.vote(OWNER, id, nobody).await.unwrap_err();
    assert!(matches!(error, CompareError::NoAnswer(_)), "{error}");
}
