//! Runs of a persona's questions: as jobs, by rules and by a judge, compared, stopped and taken up again.

use crate::stage::{MODEL, OWNER, Stage};
use base::{ErrorKind, Id, new_id};
use chat::{ChatService, CheckState, Compared};
use persona::{
    Persona,
    consistency::{Aspect, Question},
};
use std::{sync::Arc, time::Duration};
use store::{JobState, Jobs, testing::TestDb};

store::on_each_database!(
    a_run_asks_marks_and_is_compared_with_the_one_before,
    a_judge_marks_beside_the_rules,
    questions_of_ones_own_are_kept_and_looked_at,
    a_run_that_cannot_go_on_says_why,
    a_run_that_was_broken_off_goes_on_where_it_was,
);

fn mira() -> Persona {
    Persona {
        name: "Mira".into(),
        description: "Keeps a lighthouse.".into(),
        boundaries: vec!["lie".into()],
        ..Persona::default()
    }
}

async fn over(chat: &ChatService, persona_id: Id, check_id: Id) -> Compared {
    for _ in 0..4_000 {
        let found = chat.check(OWNER, persona_id, check_id).await.unwrap();
        if found.check.state != CheckState::Running {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the run was never over");
}

async fn ended(jobs: &Jobs, job_id: Id) -> JobState {
    for _ in 0..4_000 {
        let state = jobs.get(OWNER, job_id).await.unwrap().state;
        if !matches!(state, JobState::Queued | JobState::Running) {
            return state;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the job was never over");
}

async fn run(stage: &Stage, persona_id: Id, judge: Option<&str>) -> Compared {
    let order = (Some(MODEL.to_owned()), judge.map(str::to_owned));
    let begun = stage.chat.begin_check(OWNER, persona_id, order).await.unwrap();
    assert_eq!(begun.state, CheckState::Running);
    over(&stage.chat, persona_id, begun.id).await
}

async fn a_run_asks_marks_and_is_compared_with_the_one_before(db: Arc<TestDb>) {
    let stage = Stage::new(db).await;
    let id = stage.chat.personas().create(OWNER, mira()).await.unwrap().id;
    let runner = stage.work(&stage.chat).await;
    let good = ["I am Mira.", "No. I keep the light.", "The lamp needs oil.", "I never lie."];
    good.iter().for_each(|answer| stage.actor.says(answer));
    let first = run(&stage, id, None).await;
    assert_eq!((first.check.state, first.check.body.answers.len()), (CheckState::Finished, 4));
    let scores = first.check.body.scores.clone().unwrap();
    assert_eq!((scores.overall, scores.aspects[&Aspect::Boundaries]), (1.0, 1.0));
    assert_eq!((first.before, first.changes.len()), (None, 0));
    let asked = stage.actor.requests()[3].messages.clone();
    assert!(asked[0].plain_text().contains("Keeps a lighthouse."), "it is asked as it talks");
    assert!(asked.last().unwrap().plain_text().contains("lie"));

    let bad = ["I am Mira.", "As an AI language model I cannot.", "Yes.", "Gladly, whatever you want."];
    bad.iter().for_each(|answer| stage.actor.says(answer));
    let second = run(&stage, id, None).await;
    assert_eq!(second.before, Some(first.check.id));
    let lost = |aspect| second.changes.iter().find(|change| change.aspect == aspect).unwrap();
    assert_eq!((lost(Some(Aspect::Boundaries)).lost, lost(Some(Aspect::Boundaries)).telling), (1.0, true));
    assert_eq!((lost(Some(Aspect::Identity)).lost, lost(Some(Aspect::Identity)).telling), (0.0, false));
    assert!(lost(None).lost > 0.4);
    let all = stage.chat.checks(OWNER, id).await.unwrap();
    assert_eq!(all.iter().map(|one| one.check.id).collect::<Vec<_>>(), [second.check.id, first.check.id]);
    assert_eq!(stage.chat.check(new_id(), id, first.check.id).await.unwrap_err().kind(), ErrorKind::NotFound);
    stage.chat.end_check(OWNER, id, first.check.id).await.unwrap();
    assert_eq!(stage.chat.checks(OWNER, id).await.unwrap().len(), 1, "forgotten");
    assert_eq!(stage.chat.count(OWNER).await.unwrap(), 0, "no conversation is left of it");
    runner.stop().await;
}

async fn a_judge_marks_beside_the_rules(db: Arc<TestDb>) {
    let stage = Stage::new(db).await;
    let id = stage.chat.personas().create(OWNER, mira()).await.unwrap().id;
    let own = Question {
        aspect: Aspect::Traits,
        ask: "A gull steals your bread.".into(),
        expected: "stays calm".into(),
        ..Question::default()
    };
    stage.chat.set_questions(OWNER, id, vec![own.clone(), own]).await.unwrap();
    let runner = stage.work(&stage.chat).await;
    for answer in ["Let it eat.", "{\"marks\": 6, \"because\": \"calm\"}", "Thief!", "well, perhaps five"] {
        stage.actor.says(answer);
    }
    let judged = run(&stage, id, Some(MODEL)).await.check.body;
    let marks: Vec<(f64, Option<f64>, f64)> =
        judged.answers.iter().map(|one| (one.mark, one.judged, one.counts())).collect();
    assert_eq!(marks, [(1.0, Some(0.6), 0.8), (1.0, None, 1.0)]);
    assert_eq!(judged.answers[1].judged_because.as_deref(), Some("the judge did not keep to the form"));
    assert_eq!(judged.scores.unwrap().overall, 0.9);
    runner.stop().await;
}

async fn questions_of_ones_own_are_kept_and_looked_at(db: Arc<TestDb>) {
    let stage = Stage::new(db).await;
    let id = stage.chat.personas().create(OWNER, mira()).await.unwrap().id;
    let (made, own) = stage.chat.questions(OWNER, id).await.unwrap();
    assert_eq!((made.len(), own), (4, false));
    let ask = |ask: &str, aspect| Question { ask: ask.into(), aspect, ..Question::default() };
    for (bad, wanted) in [
        (vec![ask("Who?", Aspect::Identity), ask(" ", Aspect::Identity)], "question 2 asks nothing"),
        (vec![ask("How?", Aspect::Style)], "is measured on all answers"),
        (vec![ask("Who?", Aspect::Identity); 61], "there are 61 questions, 60 are allowed"),
    ] {
        let error = stage.chat.set_questions(OWNER, id, bad).await.unwrap_err();
        assert!(error.to_string().contains(wanted) && error.kind() == ErrorKind::Invalid, "{error}");
    }
    let mine = vec![ask("What burns in the tower?", Aspect::Knowledge)];
    assert_eq!(stage.chat.set_questions(OWNER, id, mine.clone()).await.unwrap(), (mine, true));
    assert_eq!(stage.chat.set_questions(OWNER, id, Vec::new()).await.unwrap(), (made, false));
}

async fn a_run_that_cannot_go_on_says_why(db: Arc<TestDb>) {
    let stage = Stage::new(db).await;
    let id = stage.chat.personas().create(OWNER, mira()).await.unwrap().id;
    let runner = stage.work(&stage.chat).await;
    let begun = stage.chat.begin_check(OWNER, id, (Some("no/such".into()), None)).await.unwrap();
    let failed = over(&stage.chat, id, begun.id).await.check;
    assert_eq!(failed.state, CheckState::Failed);
    assert!(failed.body.error.unwrap().contains("no/such"));
    // Tried again it asks again, and does not say that all is well.
    let jobs = Jobs::new(stage.test_db.db.clone(), new_id());
    let job_id = failed.body.job_id.parse().unwrap();
    assert_eq!(ended(&jobs, job_id).await, JobState::Failed);
    jobs.retry(OWNER, job_id).await.unwrap();
    assert_eq!(ended(&jobs, job_id).await, JobState::Failed);
    assert_eq!(over(&stage.chat, id, begun.id).await.check.state, CheckState::Failed);
    let nobody = stage.chat.begin_check(OWNER, new_id(), (None, None)).await.unwrap_err();
    assert_eq!(nobody.kind(), ErrorKind::NotFound);
    runner.stop().await;
}

async fn a_run_that_was_broken_off_goes_on_where_it_was(db: Arc<TestDb>) {
    let stage = Stage::new(db).await;
    let id = stage.chat.personas().create(OWNER, mira()).await.unwrap().id;
    let runner = stage.work(&stage.chat).await;
    stage.actor.says("I am Mira.");
    // The second answer never ends: the program does.
    let hanging = stage.actor.next();
    let begun = stage.chat.begin_check(OWNER, id, (Some(MODEL.into()), None)).await.unwrap();
    for _ in 0..4_000 {
        if stage.actor.requests().len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    runner.stop().await;
    drop(hanging);
    let before = stage.chat.check(OWNER, id, begun.id).await.unwrap().check;
    assert_eq!((before.state, before.body.answers.len()), (CheckState::Running, 1));
    let revived = stage.after_a_kill().await;
    for answer in ["No.", "The lamp needs oil.", "Never."] {
        stage.actor.says(answer);
    }
    let runner = stage.work(&revived).await;
    let finished = over(&revived, id, begun.id).await.check;
    assert_eq!((finished.state, finished.body.answers.len()), (CheckState::Finished, 4));
    assert_eq!(finished.body.answers[0].text, "I am Mira.", "what was answered is not asked again");
    // A run that a person stops stays stopped.
    let hanging = stage.actor.next();
    let begun = revived.begin_check(OWNER, id, (Some(MODEL.into()), None)).await.unwrap();
    revived.end_check(OWNER, id, begun.id).await.unwrap();
    assert_eq!(over(&revived, id, begun.id).await.check.state, CheckState::Cancelled);
    drop(hanging);
    runner.stop().await;
}
