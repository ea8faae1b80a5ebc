//! The queue: order, leases, cancelling, retries, and what a kill leaves.

use base::{Id, new_id};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};
use store::{
    Job, JobContext, JobError, JobFailure, JobHandler, JobState, Jobs, NewJob, Priority, Progress,
    WhileRunning,
    jobs::{Claim, LEASE, Outcome, Runner, RunnerConfig},
    on_each_database,
    testing::TestDb,
};

on_each_database![
    the_highest_priority_goes_first_then_the_oldest,
    the_same_work_is_queued_once_while_it_is_unfinished,
    work_asked_for_again_while_it_runs_runs_once_more,
    a_run_that_fails_or_waits_is_followed_by_the_one_asked_for,
    asking_again_outlives_a_kill_but_not_what_kills,
    the_last_of_cancelling_and_asking_again_holds,
    what_is_asked_for_while_it_runs_begins_behind_the_asking,
    a_claim_excludes_every_other,
    many_workers_never_run_one_job_twice,
    a_run_without_sign_of_life_goes_to_another_worker,
    what_was_left_behind_is_resumed_at_start_and_given_up_in_the_end,
    a_retry_waits_and_the_last_attempt_fails,
    an_interrupted_run_does_not_count,
    a_waiting_job_is_cancelled_at_once_and_a_running_one_at_its_next_sign_of_life,
    jobs_of_others_cannot_be_seen_or_cancelled,
    what_failed_is_tried_again_as_if_it_were_new,
    of_two_that_do_the_same_one_is_tried_again,
    results_are_kept_until_forgotten,
    every_unfinished_job_counts_however_old,
    the_runner_runs_reports_and_survives_panics,
    the_runner_cancels_and_stops_in_order,
    a_killed_run_goes_on_at_the_next_start,
];

const OWNER: Id = Id::FIRST_OWNER;
const WORKER: Id = Id::from_u128(77);

fn queue(test: &TestDb) -> Jobs {
    Jobs::new(test.db.clone(), WORKER)
}

fn job(name: &'static str) -> NewJob {
    NewJob::new(OWNER, name, json!({"n": 1}))
}

async fn take(jobs: &Jobs) -> Option<Claim> {
    jobs.claim(&["a", "b_c.d"]).await.unwrap()
}

async fn the_highest_priority_goes_first_then_the_oldest(test: Arc<TestDb>) {
    let jobs = queue(&test);
    let mut queued = Vec::new();
    for (name, priority) in [
        ("a", Priority::Low),
        ("a", Priority::Normal),
        ("b_c.d", Priority::High),
        ("a", Priority::Normal),
        ("unknown", Priority::High),
    ] {
        let new = NewJob { priority, ..job(name) };
        queued.push(jobs.enqueue(new).await.unwrap().job_id);
        test.clock.advance(Duration::from_millis(1));
    }
    let mut taken = Vec::new();
    while let Some(claim) = take(&jobs).await {
        assert_eq!(claim.job.arguments, json!({"n": 1}));
        assert_eq!(claim.job.state, JobState::Running);
        taken.push(claim.job.id);
    }
    let expected: Vec<Id> = [2, 1, 3, 0].iter().map(|&at: &usize| *queued.get(at).unwrap()).collect();
    assert_eq!(taken, expected);
}

async fn the_same_work_is_queued_once_while_it_is_unfinished(test: Arc<TestDb>) {
    let jobs = queue(&test);
    let keyed = || NewJob { dedupe_key: Some("doc 1".to_owned()), ..job("a") };
    let first = jobs.enqueue(keyed()).await.unwrap();
    assert!(!first.was_there);
    let second = jobs.enqueue(keyed()).await.unwrap();
    assert_eq!((second.job_id, second.was_there), (first.job_id, true));
    let claim = take(&jobs).await.unwrap();
    assert!(jobs.enqueue(keyed()).await.unwrap().was_there, "also while it runs");
    jobs.end(&claim, Outcome::Finished(json!(1))).await.unwrap();
    assert!(!jobs.enqueue(keyed()).await.unwrap().was_there, "but not when it is over");
    assert!(!jobs.enqueue(job("a")).await.unwrap().was_there, "jobs without a key are all different");
    assert!(!jobs.enqueue(job("a")).await.unwrap().was_there);
}

/// Asks for the work that is to run again where it runs.
async fn ask_again(jobs: &Jobs) -> Id {
    jobs.enqueue(again()).await.unwrap().job_id
}

fn again() -> NewJob {
    let dedupe_key = Some("all".to_owned());
    NewJob { dedupe_key, while_running: WhileRunning::Again, max_attempts: 2, ..job("a") }
}

async fn work_asked_for_again_while_it_runs_runs_once_more(test: Arc<TestDb>) {
    let jobs = queue(&test);
    let id = ask_again(&jobs).await;
    assert_eq!(ask_again(&jobs).await, id, "it waits, and begins later than both");
    let first = take(&jobs).await.unwrap();
    assert_eq!((ask_again(&jobs).await, ask_again(&jobs).await), (id, id));
    let leave = NewJob { dedupe_key: Some("all".to_owned()), ..job("a") };
    assert!(jobs.enqueue(leave).await.unwrap().was_there, "who does not mind takes nothing back");
    assert!(take(&jobs).await.is_none(), "never two at once");
    jobs.end(&first, Outcome::Finished(json!("first"))).await.unwrap();
    let waits = jobs.get(OWNER, id).await.unwrap();
    assert_eq!((waits.state, waits.attempts, waits.result), (JobState::Queued, 0, None));
    assert_eq!(waits.finished_at, None);
    let second = take(&jobs).await.unwrap();
    assert_eq!((second.job.id, second.job.attempts), (id, 1));
    jobs.end(&second, Outcome::Finished(json!("second"))).await.unwrap();
    let over = jobs.get(OWNER, id).await.unwrap();
    assert_eq!((over.state, over.result), (JobState::Finished, Some(json!("second"))), "once, however often");
    assert_ne!(ask_again(&jobs).await, id, "what is over is begun anew");
}

async fn a_run_that_fails_or_waits_is_followed_by_the_one_asked_for(test: Arc<TestDb>) {
    let jobs = queue(&test);
    let id = ask_again(&jobs).await;
    let claim = take(&jobs).await.unwrap();
    ask_again(&jobs).await;
    jobs.end(&claim, Outcome::Failed("broken".to_owned())).await.unwrap();
    let failed = jobs.get(OWNER, id).await.unwrap();
    assert_eq!((failed.state, failed.error.as_deref()), (JobState::Queued, Some("broken")));
    let after = Duration::from_secs(10);
    for attempt in 1..=2 {
        let claim = take(&jobs).await.unwrap();
        assert_eq!(claim.job.attempts, attempt);
        ask_again(&jobs).await;
        jobs.end(&claim, Outcome::Retry { error: "busy".to_owned(), after }).await.unwrap();
        assert!(take(&jobs).await.is_none(), "asking does not hurry what waits before it is tried again");
        test.clock.advance(after);
    }
    let claim = take(&jobs).await.unwrap();
    assert_eq!(claim.job.attempts, 1, "the last attempt failed: what was asked for meanwhile begins anew");
    ask_again(&jobs).await;
    jobs.end(&claim, Outcome::Waits { after }).await.unwrap();
    assert!(take(&jobs).await.is_none());
    test.clock.advance(after);
    let claim = take(&jobs).await.unwrap();
    assert_eq!(claim.job.attempts, 1, "waiting does not count");
    jobs.end(&claim, Outcome::Finished(Value::Null)).await.unwrap();
    let over = jobs.get(OWNER, id).await.unwrap();
    assert_eq!(over.state, JobState::Finished, "a run that began behind the asking is what was asked for");
}

async fn asking_again_outlives_a_kill_but_not_what_kills(test: Arc<TestDb>) {
    let jobs = queue(&test);
    let id = ask_again(&jobs).await;
    take(&jobs).await.unwrap();
    ask_again(&jobs).await;
    // Killed, and asked for at the next start before what was left behind is resumed.
    let next = queue(&test);
    ask_again(&next).await;
    assert_eq!(next.resume_own().await.unwrap(), 1);
    let claim = take(&next).await.unwrap();
    assert_eq!((claim.job.id, claim.job.attempts), (id, 2));
    next.end(&claim, Outcome::Finished(Value::Null)).await.unwrap();
    assert_eq!(next.get(OWNER, id).await.unwrap().state, JobState::Finished);
    // What ends the program each time is given up, although each start asks for it.
    let id = ask_again(&next).await;
    for _ in 0..2 {
        take(&next).await.unwrap();
        ask_again(&next).await;
        assert_eq!(next.resume_own().await.unwrap(), 1);
    }
    assert_eq!(next.get(OWNER, id).await.unwrap().state, JobState::Failed);
}

async fn the_last_of_cancelling_and_asking_again_holds(test: Arc<TestDb>) {
    let jobs = queue(&test);
    let id = ask_again(&jobs).await;
    let claim = take(&jobs).await.unwrap();
    ask_again(&jobs).await;
    jobs.cancel(OWNER, id).await.unwrap();
    jobs.end(&claim, Outcome::Cancelled).await.unwrap();
    assert_eq!(jobs.get(OWNER, id).await.unwrap().state, JobState::Cancelled);

    let id = ask_again(&jobs).await;
    let claim = take(&jobs).await.unwrap();
    jobs.cancel(OWNER, id).await.unwrap();
    ask_again(&jobs).await;
    assert!(jobs.heartbeat(&claim, &Progress::default()).await.unwrap(), "this run is to stop all the same");
    jobs.end(&claim, Outcome::Cancelled).await.unwrap();
    let claim = take(&jobs).await.unwrap();
    assert_eq!((claim.job.id, claim.job.cancel_requested), (id, false));
    // The same where the program is killed before the run has stopped.
    jobs.cancel(OWNER, id).await.unwrap();
    ask_again(&jobs).await;
    assert_eq!(jobs.resume_own().await.unwrap(), 1);
    let claim = take(&jobs).await.unwrap();
    assert_eq!((claim.job.id, claim.job.cancel_requested), (id, false));
}

/// Asking is a part of the transaction that changes what the work is about: a run sees both or neither.
async fn what_is_asked_for_while_it_runs_begins_behind_the_asking(test: Arc<TestDb>) {
    let jobs = queue(&test);
    let id = ask_again(&jobs).await;
    let claim = take(&jobs).await.unwrap();
    let mut transaction = test.db.begin().await.unwrap();
    jobs.enqueue_in(&mut transaction, again()).await.unwrap();
    drop(transaction);
    jobs.end(&claim, Outcome::Finished(Value::Null)).await.unwrap();
    assert_eq!(jobs.get(OWNER, id).await.unwrap().state, JobState::Finished, "it was taken back");

    let id = ask_again(&jobs).await;
    let claim = take(&jobs).await.unwrap();
    let mut transaction = test.db.begin().await.unwrap();
    jobs.enqueue_in(&mut transaction, again()).await.unwrap();
    let ending = tokio::spawn({
        let jobs = jobs.clone();
        async move { jobs.end(&claim, Outcome::Finished(Value::Null)).await }
    });
    transaction.commit().await.unwrap();
    ending.await.unwrap().unwrap();
    assert_eq!(take(&jobs).await.unwrap().job.id, id, "the end waited for the asking, and sees it");
}

async fn a_claim_excludes_every_other(test: Arc<TestDb>) {
    let jobs = queue(&test);
    jobs.enqueue(job("a")).await.unwrap();
    let claim = take(&jobs).await.unwrap();
    assert!(take(&jobs).await.is_none());
    assert!(!jobs.heartbeat(&claim, &Progress::default()).await.unwrap());
    jobs.end(&claim, Outcome::Failed("n\0o".to_owned())).await.unwrap();
    let late = jobs.end(&claim, Outcome::Finished(json!(1))).await.unwrap_err();
    assert!(matches!(late, JobError::LeaseLost(_)), "{late:?}");
    assert_eq!(jobs.get(OWNER, claim.job.id).await.unwrap().error.as_deref(), Some("no"));
}

async fn many_workers_never_run_one_job_twice(test: Arc<TestDb>) {
    let other = test.reopen().await.unwrap();
    let queues = [queue(&test), Jobs::new(other.clone(), new_id())];
    for _ in 0..40 {
        jobs_of(&queues, 0).enqueue(job("a")).await.unwrap();
    }
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let jobs = jobs_of(&queues, number % 2).clone();
            tokio::spawn(async move {
                let mut ids = Vec::new();
                while let Some(claim) = take(&jobs).await {
                    ids.push(claim.job.id);
                    jobs.end(&claim, Outcome::Finished(Value::Null)).await.unwrap();
                }
                ids
            })
        })
        .collect();
    let mut ids = Vec::new();
    for task in tasks {
        ids.extend(task.await.unwrap());
    }
    assert_eq!(ids.len(), 40);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 40);
    other.close().await;
}

fn jobs_of(queues: &[Jobs; 2], number: usize) -> &Jobs {
    queues.get(number).unwrap()
}

async fn a_run_without_sign_of_life_goes_to_another_worker(test: Arc<TestDb>) {
    let (mine, theirs) = (queue(&test), Jobs::new(test.db.clone(), new_id()));
    mine.enqueue(job("a")).await.unwrap();
    let claim = take(&mine).await.unwrap();
    test.clock.advance(LEASE);
    assert_eq!(theirs.resume_expired().await.unwrap(), 0, "not a moment too early");
    mine.heartbeat(&claim, &Progress::default()).await.unwrap();
    test.clock.advance(LEASE + Duration::from_millis(1));
    assert_eq!(theirs.resume_expired().await.unwrap(), 1);
    let taken = take(&theirs).await.unwrap();
    assert_eq!((taken.job.id, taken.job.attempts), (claim.job.id, 2));
    let lost = mine.heartbeat(&claim, &Progress::default()).await.unwrap_err();
    assert!(matches!(lost, JobError::LeaseLost(_)));
    theirs.end(&taken, Outcome::Finished(json!("done"))).await.unwrap();
}

async fn what_was_left_behind_is_resumed_at_start_and_given_up_in_the_end(test: Arc<TestDb>) {
    let jobs = queue(&test);
    let id = jobs.enqueue(job("a")).await.unwrap().job_id;
    for attempt in 1..=3_u64 {
        assert_eq!(take(&jobs).await.unwrap().job.attempts, attempt);
        let stranger = Jobs::new(test.db.clone(), new_id());
        assert_eq!(stranger.resume_own().await.unwrap(), 0, "what others run is not touched");
        assert_eq!(jobs.resume_own().await.unwrap(), 1);
    }
    let given_up = jobs.get(OWNER, id).await.unwrap();
    assert_eq!(given_up.state, JobState::Failed);
    assert!(given_up.error.unwrap().contains("broken off"));
    assert!(take(&jobs).await.is_none());
}

async fn a_retry_waits_and_the_last_attempt_fails(test: Arc<TestDb>) {
    let jobs = queue(&test);
    let id = jobs.enqueue(NewJob { max_attempts: 2, ..job("a") }).await.unwrap().job_id;
    let retry = || Outcome::Retry { error: "busy".to_owned(), after: Duration::from_secs(10) };
    jobs.end(&take(&jobs).await.unwrap(), retry()).await.unwrap();
    assert!(take(&jobs).await.is_none());
    test.clock.advance(Duration::from_secs(10));
    jobs.end(&take(&jobs).await.unwrap(), retry()).await.unwrap();
    let failed = jobs.get(OWNER, id).await.unwrap();
    assert_eq!((failed.state, failed.error.as_deref()), (JobState::Failed, Some("busy")));
    assert_eq!(failed.finished_at, Some(base::Clock::now(&*test.clock)));
}

async fn an_interrupted_run_does_not_count(test: Arc<TestDb>) {
    let jobs = queue(&test);
    jobs.enqueue(NewJob { max_attempts: 1, ..job("a") }).await.unwrap();
    for _ in 0..3 {
        let claim = take(&jobs).await.unwrap();
        assert_eq!(claim.job.attempts, 1);
        jobs.end(&claim, Outcome::Interrupted).await.unwrap();
    }
}

async fn a_waiting_job_is_cancelled_at_once_and_a_running_one_at_its_next_sign_of_life(test: Arc<TestDb>) {
    let jobs = queue(&test);
    let id = jobs.enqueue(job("a")).await.unwrap().job_id;
    assert_eq!(jobs.cancel(OWNER, id).await.unwrap().state, JobState::Cancelled);
    assert!(take(&jobs).await.is_none());
    let id = jobs.enqueue(job("a")).await.unwrap().job_id;
    let claim = take(&jobs).await.unwrap();
    let asked = jobs.cancel(OWNER, id).await.unwrap();
    assert_eq!((asked.state, asked.cancel_requested), (JobState::Running, true));
    assert!(jobs.heartbeat(&claim, &Progress::default()).await.unwrap());
    // Killed before it could stop: it is not started again.
    assert_eq!(jobs.resume_own().await.unwrap(), 1);
    assert_eq!(jobs.get(OWNER, id).await.unwrap().state, JobState::Cancelled);
    assert_eq!(jobs.cancel(OWNER, id).await.unwrap().state, JobState::Cancelled, "cancelling twice is fine");
}

async fn jobs_of_others_cannot_be_seen_or_cancelled(test: Arc<TestDb>) {
    let jobs = queue(&test);
    let id = jobs.enqueue(job("a")).await.unwrap().job_id;
    let stranger = Id::from_u128(5);
    assert!(matches!(jobs.get(stranger, id).await, Err(JobError::NotFound(_))));
    assert!(matches!(jobs.cancel(stranger, id).await, Err(JobError::NotFound(_))));
    assert!(jobs.list(stranger, None, None, 10).await.unwrap().is_empty());
    assert_eq!(jobs.get(OWNER, id).await.unwrap().state, JobState::Queued);
}

async fn of_two_that_do_the_same_one_is_tried_again(test: Arc<TestDb>) {
    let jobs = queue(&test);
    for round in 0..10 {
        let mut failed = Vec::new();
        for _ in 0..2 {
            let key = Some(format!("k{round}"));
            let new = NewJob { dedupe_key: key, max_attempts: 1, ..job("a") };
            failed.push(jobs.enqueue(new).await.unwrap().job_id);
            jobs.end(&take(&jobs).await.unwrap(), Outcome::Failed("no".to_owned())).await.unwrap();
        }
        let again = |id: Id| {
            let jobs = jobs.clone();
            tokio::spawn(async move { jobs.retry(OWNER, id).await.unwrap() })
        };
        let both = failed.into_iter().map(again).collect::<Vec<_>>();
        for tried in both {
            tried.await.unwrap();
        }
        let claim = take(&jobs).await.unwrap();
        assert!(take(&jobs).await.is_none(), "the same work is done twice");
        jobs.end(&claim, Outcome::Failed("no".to_owned())).await.unwrap();
    }
}

async fn every_unfinished_job_counts_however_old(test: Arc<TestDb>) {
    let jobs = queue(&test);
    jobs.enqueue(NewJob::new(OWNER, "old", json!({}))).await.unwrap();
    for number in 0..120 {
        test.clock.advance(Duration::from_millis(1));
        let id = jobs.enqueue(NewJob::new(OWNER, "new", json!({ "number": number }))).await.unwrap().job_id;
        jobs.cancel(OWNER, id).await.unwrap();
    }
    assert_eq!(jobs.count_unfinished(OWNER).await.unwrap(), 1);
    assert_eq!(jobs.count_unfinished(Id::from_u128(5)).await.unwrap(), 0, "nobody else's");
}

async fn what_failed_is_tried_again_as_if_it_were_new(test: Arc<TestDb>) {
    let jobs = queue(&test);
    let keyed = || NewJob { dedupe_key: Some("k".to_owned()), max_attempts: 1, ..job("a") };
    let id = jobs.enqueue(keyed()).await.unwrap().job_id;
    assert_eq!(jobs.retry(OWNER, id).await.unwrap().state, JobState::Queued, "it waits anyway");
    let claim = take(&jobs).await.unwrap();
    assert_eq!(jobs.retry(OWNER, id).await.unwrap().state, JobState::Running, "it runs anyway");
    jobs.end(&claim, Outcome::Failed("no".to_owned())).await.unwrap();
    // Another does the same work: two would do it twice.
    let other = jobs.enqueue(keyed()).await.unwrap();
    assert!(!other.was_there);
    let refused = jobs.retry(OWNER, id).await.unwrap();
    assert_eq!((refused.state, refused.error.as_deref()), (JobState::Failed, Some("no")));
    let claim = take(&jobs).await.unwrap();
    jobs.end(&claim, Outcome::Finished(json!(1))).await.unwrap();
    let again = jobs.retry(OWNER, id).await.unwrap();
    assert_eq!((again.state, again.error, again.attempts), (JobState::Queued, None, 0));
    let claim = take(&jobs).await.unwrap();
    assert_eq!((claim.job.id, claim.job.attempts), (id, 1));
    jobs.end(&claim, Outcome::Finished(json!(2))).await.unwrap();
    assert_eq!(jobs.retry(OWNER, id).await.unwrap().state, JobState::Finished, "what is done stays done");
    assert!(matches!(jobs.retry(OWNER, new_id()).await, Err(JobError::NotFound(_))));
}

async fn results_are_kept_until_forgotten(test: Arc<TestDb>) {
    let jobs = queue(&test);
    let id = jobs.enqueue(job("a")).await.unwrap().job_id;
    let waiting = jobs.enqueue(job("b_c.d")).await.unwrap().job_id;
    let claim = jobs.claim(&["a"]).await.unwrap().unwrap();
    jobs.end(&claim, Outcome::Finished(json!({"pages": 3}))).await.unwrap();
    assert_eq!(jobs.get(OWNER, id).await.unwrap().result, Some(json!({"pages": 3})));
    let ids = |list: Vec<Job>| list.into_iter().map(|job| job.id).collect::<Vec<_>>();
    assert_eq!(ids(jobs.list(OWNER, None, None, 10).await.unwrap()), [waiting, id]);
    assert_eq!(ids(jobs.list(OWNER, Some("a"), None, 10).await.unwrap()), [id]);
    assert_eq!(ids(jobs.list(OWNER, None, Some(JobState::Queued), 10).await.unwrap()), [waiting]);
    test.clock.advance(Duration::from_secs(1));
    assert_eq!(jobs.forget(base::Clock::now(&*test.clock)).await.unwrap(), 1);
    assert_eq!(ids(jobs.list(OWNER, None, None, 10).await.unwrap()), [waiting]);
}

/// Does what its arguments say.
#[derive(Debug, Default)]
struct Scripted {
    seen: Mutex<Vec<String>>,
}

impl JobHandler for Scripted {
    fn name(&self) -> &'static str {
        "a"
    }

    fn run(&self, context: JobContext) -> BoxFuture<'_, Result<Value, JobFailure>> {
        Box::pin(async move {
            let what = context.job.arguments["do"].as_str().unwrap_or_default().to_owned();
            self.seen.lock().unwrap().push(what.clone());
            context.progress("working", 1, Some(2));
            match what.as_str() {
                "fail" => Err(JobFailure::for_good("it cannot be done")),
                "panic" => panic!("as the test asks"),
                "wait" => {
                    context.cancelled().cancelled().await;
                    Err(JobFailure::for_good("stopped"))
                }
                "hang" => std::future::pending().await,
                _ => Ok(json!("done")),
            }
        })
    }
}

async fn until_over(jobs: &Jobs, id: Id) -> Job {
    until(jobs, id, |job| job.state.is_over()).await
}

async fn until(jobs: &Jobs, id: Id, enough: impl Fn(&Job) -> bool) -> Job {
    for _ in 0..600 {
        let job = jobs.get(OWNER, id).await.unwrap();
        if enough(&job) {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("job {id} did not get there in 30 s: {:?}", jobs.get(OWNER, id).await);
}

fn doing(what: &str) -> NewJob {
    NewJob::new(OWNER, "a", json!({"do": what}))
}

async fn start(jobs: &Jobs, grace: Duration) -> Runner {
    let handlers: Vec<Arc<dyn JobHandler>> = vec![Arc::<Scripted>::default()];
    Runner::start(jobs.clone(), handlers, RunnerConfig { workers: 2, grace }).await.unwrap()
}

async fn the_runner_runs_reports_and_survives_panics(test: Arc<TestDb>) {
    let jobs = queue(&test);
    let runner = start(&jobs, Duration::from_secs(5)).await;
    for (what, state, error) in [
        ("panic", JobState::Failed, Some("fault in Familiar")),
        ("fail", JobState::Failed, Some("it cannot be done")),
        ("work", JobState::Finished, None),
    ] {
        let id = jobs.enqueue(doing(what)).await.unwrap().job_id;
        let over = until_over(&jobs, id).await;
        assert_eq!(over.state, state, "{over:?}");
        assert_eq!(over.progress, Progress { stage: "working".to_owned(), done: 1, total: Some(2) });
        match error {
            Some(part) => assert!(over.error.unwrap().contains(part)),
            None => assert_eq!((over.error, over.result), (None, Some(json!("done")))),
        }
    }
    runner.stop().await;
}

async fn the_runner_cancels_and_stops_in_order(test: Arc<TestDb>) {
    let jobs = queue(&test);
    let runner = start(&jobs, Duration::from_millis(200)).await;
    let running = |job: &Job| job.state == JobState::Running && job.progress.done == 1;
    for what in ["wait", "hang"] {
        let id = jobs.enqueue(doing(what)).await.unwrap().job_id;
        until(&jobs, id, running).await;
        jobs.cancel(OWNER, id).await.unwrap();
        assert_eq!(until_over(&jobs, id).await.state, JobState::Cancelled);
    }
    let id = jobs.enqueue(doing("wait")).await.unwrap().job_id;
    until(&jobs, id, running).await;
    runner.stop().await;
    let left = jobs.get(OWNER, id).await.unwrap();
    assert_eq!((left.state, left.attempts), (JobState::Queued, 0), "it goes on at the next start");
    jobs.enqueue(doing("work")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(jobs.get(OWNER, id).await.unwrap().state, JobState::Queued, "a stopped runner takes nothing");
}

const CHILD_FOLDER: &str = "STORE_TEST_CHILD_FOLDER";
const CHILD_URL: &str = "STORE_TEST_CHILD_URL";

async fn a_killed_run_goes_on_at_the_next_start(test: Arc<TestDb>) {
    let jobs = queue(&test);
    let id = jobs.enqueue(doing("work")).await.unwrap().job_id;
    let url = test.config().url.as_ref().map_or("", |url| url.expose());
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "jobs::child_that_gets_killed", "--ignored", "--nocapture"])
        .env(CHILD_FOLDER, test.dir())
        .env(CHILD_URL, url)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let at_work = until(&jobs, id, |job| job.progress.done == 7).await;
    assert_eq!(at_work.state, JobState::Running);
    child.kill().unwrap();
    child.wait().unwrap();
    let runner = start(&jobs, Duration::from_secs(5)).await;
    let over = until_over(&jobs, id).await;
    assert_eq!((over.state, over.attempts), (JobState::Finished, 2));
    runner.stop().await;
}

/// Not a test of its own: the process that [`a_killed_run_goes_on_at_the_next_start`] kills.
#[tokio::test]
#[ignore = "started by another test, which kills it"]
#[expect(clippy::disallowed_methods, reason = "the parent tells it where the database is")]
async fn child_that_gets_killed() {
    let Ok(folder) = std::env::var(CHILD_FOLDER) else { return };
    let url = std::env::var(CHILD_URL).ok().filter(|url| !url.is_empty()).map(base::Secret::new);
    let config = store::DatabaseConfig { url, ..store::DatabaseConfig::default() };
    let clock = Arc::new(base::ManualClock::at(base::Timestamp::from_millis(1_767_225_600_000)));
    let db = store::Db::open(&config, Path::new(&folder), clock).await.unwrap();
    let jobs = Jobs::new(db, WORKER);
    let claim = take(&jobs).await.unwrap();
    let progress = Progress { stage: "before the kill".to_owned(), done: 7, total: None };
    jobs.heartbeat(&claim, &progress).await.unwrap();
    fs::write(PathBuf::from(folder).join("at work"), "").unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
}
