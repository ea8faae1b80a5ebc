//! Prompt sets: estimated, run as a job, capped, gone on with.

use crate::stage::{ONE, OWNER, Stage, TWO, column};
use base::Money;
use compare::{CellState, CompareError, NewRun, RunState, SetPrompt, sets::grid_csv};
use contrast::Assertion;
use std::{sync::Arc, time::Duration};
use store::testing::TestDb;

store::on_each_database!(
    a_set_is_put_to_every_column_and_held_against_its_assertions,
    a_judge_decides_what_rules_cannot,
    a_run_that_was_cancelled_goes_on_where_it_was,
    a_cap_leaves_out_what_could_cost_too_much,
    what_cannot_be_run_is_refused,
);

fn prompt(text: &str, assertions: Vec<Assertion>) -> SetPrompt {
    SetPrompt { text: text.into(), assertions }
}

fn contains(text: &str) -> Assertion {
    Assertion::Contains { text: text.into() }
}

async fn over(stage: &Stage, id: base::Id) -> (compare::SetRun, Vec<compare::Cell>) {
    for _ in 0..4_000 {
        let (run, cells) = stage.bench.set_run(OWNER, id).await.unwrap();
        if run.ended_at.is_some() {
            return (run, cells);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the run never ended");
}

async fn a_set_is_put_to_every_column_and_held_against_its_assertions(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    for _ in 0..2 {
        stage.one.says("Paris, of course");
        stage.two.says("=Rome");
    }
    let prompts = vec![prompt("Capital?", vec![contains("paris")]), prompt("Again?", Vec::new())];
    let set = stage.bench.put_set(OWNER, None, ("Capitals".into(), prompts)).await.unwrap();
    let new = NewRun { columns: vec![column(ONE), column(TWO)], ..NewRun::default() };
    assert!(
        stage
            .bench
            .estimate(OWNER, set.id, new.clone())
            .await
            .unwrap()
            .is_some_and(|most| most > Money::ZERO)
    );
    let begun = stage.bench.run_set(OWNER, set.id, new).await.unwrap();
    let _runner = stage.work().await;
    let (run, cells) = over(&stage, begun.id).await;
    let passed: Vec<bool> = cells.iter().map(compare::Cell::passed).collect();
    assert_eq!(passed, [true, false, true, true]);
    assert!(cells.iter().map(|cell| cell.cost).sum::<Money>() <= run.estimate.unwrap());
    let csv = grid_csv(&run, &cells).unwrap();
    assert_eq!((csv.lines().count(), csv.contains("'=Rome")), (5, true));
}

async fn a_judge_decides_what_rules_cannot(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    stage.one.says("Kindly: no.");
    stage.two.says("{\"passed\": true, \"because\": \"it is kind\"}");
    let polite = Assertion::Judge { criterion: "It is polite.".into() };
    let set = stage
        .bench
        .put_set(OWNER, None, (String::new(), vec![prompt("Please?", vec![polite])]))
        .await
        .unwrap();
    let new = NewRun { columns: vec![column(ONE)], judge: TWO.into(), cap: None };
    let begun = stage.bench.run_set(OWNER, set.id, new).await.unwrap();
    let _runner = stage.work().await;
    let (_, cells) = over(&stage, begun.id).await;
    assert_eq!((cells[0].passed(), cells[0].body.verdicts[0].because.as_str()), (true, "it is kind"));
    // Both the answer and the judge: 7 tokens at 1 USD and 3 at 2 USD per million, twice.
    assert_eq!(cells[0].cost.to_string(), "0.000026");
}

async fn a_run_that_was_cancelled_goes_on_where_it_was(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let set =
        stage.bench.put_set(OWNER, None, ("Two".into(), vec![prompt("One?", Vec::new())])).await.unwrap();
    let new = NewRun { columns: vec![column(ONE)], ..NewRun::default() };
    let begun = stage.bench.run_set(OWNER, set.id, new).await.unwrap();
    let error = stage.bench.resume_run(OWNER, begun.id).await.unwrap_err();
    assert!(matches!(error, CompareError::NotStopped(_)), "{error}");
    stage.jobs_of_owner().cancel(OWNER, begun.job_id.unwrap()).await.unwrap();
    assert_eq!(stage.bench.set_run(OWNER, begun.id).await.unwrap().0.state, RunState::Stopped);
    stage.one.says("done");
    assert_eq!(stage.bench.resume_run(OWNER, begun.id).await.unwrap().state, RunState::Running);
    let _runner = stage.work().await;
    let (run, cells) = over(&stage, begun.id).await;
    assert_eq!((run.state, cells[0].text.as_str()), (RunState::Over, "done"));
    assert_eq!(stage.one.requests().len(), 1);
}

async fn a_cap_leaves_out_what_could_cost_too_much(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let prompts = vec![prompt("One?", Vec::new()), prompt("Two?", Vec::new())];
    let set = stage.bench.put_set(OWNER, None, ("Capped".into(), prompts)).await.unwrap();
    let new = NewRun { columns: vec![column(ONE)], judge: String::new(), cap: Some(Money::from_nanos(1)) };
    let begun = stage.bench.run_set(OWNER, set.id, new).await.unwrap();
    let _runner = stage.work().await;
    let (_, cells) = over(&stage, begun.id).await;
    assert!(cells.iter().all(|cell| cell.state == CellState::Capped && cell.cost == Money::ZERO));
    assert!(stage.one.requests().is_empty(), "nobody was asked");
}

async fn what_cannot_be_run_is_refused(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let bad = [
        Vec::new(),
        vec![prompt(" ", Vec::new())],
        vec![prompt("x", vec![Assertion::Matches { pattern: "(?=x)".into() }])],
    ];
    for prompts in bad {
        let error = stage.bench.put_set(OWNER, None, (String::new(), prompts)).await.unwrap_err();
        assert!(error.hint().is_some(), "{error}");
    }
    let judged = prompt("x", vec![Assertion::Judge { criterion: "It is so.".into() }]);
    let set = stage.bench.put_set(OWNER, None, (String::new(), vec![judged])).await.unwrap();
    let new = NewRun { columns: vec![column(ONE)], ..NewRun::default() };
    let error = stage.bench.run_set(OWNER, set.id, new).await.unwrap_err();
    assert!(matches!(error, CompareError::NoJudge), "{error}");
    stage.bench.delete_set(OWNER, set.id).await.unwrap();
    assert!(stage.bench.sets(OWNER).await.unwrap().is_empty());
}
