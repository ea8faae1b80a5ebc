//! Pulling models into an Ollama: a job, so that it goes on without anybody watching, and can be stopped.

use crate::{
    AppError,
    app::{App, kept},
    jobs,
    providers::Offers,
};
use api::{jobs::Job, providers::PullModel};
use base::Id;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use store::{
    JobHandler,
    jobs::{JobContext, JobFailure, NewJob},
};

/// The name of the job.
const NAME: &str = "providers.pull";
/// When a pull that broke off is tried again; the Ollama keeps what it has.
const AGAIN_AFTER: Duration = Duration::from_secs(15);

/// Does the job.
#[derive(Debug)]
pub(crate) struct Pull(pub(crate) Arc<Offers>);

impl JobHandler for Pull {
    fn name(&self) -> &'static str {
        NAME
    }

    fn run(&self, context: JobContext) -> BoxFuture<'_, Result<Value, JobFailure>> {
        Box::pin(async move {
            let argument = |name: &str| context.job.arguments.get(name).and_then(Value::as_str);
            let (Some(provider), Some(model)) = (argument("provider"), argument("model")) else {
                return Err(JobFailure::for_good("the job names no model"));
            };
            let mut told =
                |step: providers::PullProgress| context.progress(&step.stage, step.done, step.total);
            tokio::select! {
                pulled = self.0.pull(provider, model, &mut told) => match pulled {
                    Ok(()) => Ok(json!({ "model": format!("{provider}/{model}") })),
                    Err(error) if error.may_pass() => Err(JobFailure::for_now(error.to_string(), AGAIN_AFTER)),
                    Err(error) => Err(JobFailure::for_good(format!("{error}; {}", error.hint()))),
                },
                () = context.cancelled().cancelled() => Ok(Value::Null),
            }
        })
    }
}

impl App {
    /// Has an Ollama fetch a model in the background. While one does, asking again gives the same job.
    pub async fn pull_model(&self, pull: PullModel) -> Result<Job, AppError> {
        let PullModel { provider, model } = pull;
        let model = model.trim();
        self.offers.providers.can_pull(&provider, model)?;
        let title = format!("{provider}/{model}");
        let arguments = json!({ "provider": provider, "model": model, "title": title });
        let new = NewJob { dedupe_key: Some(title), ..NewJob::new(Id::FIRST_OWNER, NAME, arguments) };
        let failed = |error: store::jobs::JobError| kept(error.kind(), error);
        let enqueued = self.jobs.enqueue(new).await.map_err(failed)?;
        let job = self.jobs.get(Id::FIRST_OWNER, enqueued.job_id).await.map_err(failed)?;
        Ok(jobs::job(job))
    }
}
