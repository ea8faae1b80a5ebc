//! `familiar models`: what can be asked, and having an Ollama fetch more.

use crate::{Global, client::encoded, error::CliError, output::Output, session::Session};
use api::{
    jobs::{Job, JobList},
    models::{Model, ModelList},
    providers::PullModel,
};
use clap::{Args, Subcommand};
use http::Method;
use std::time::Duration;

/// How often the progress of a pull is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// List the models and routes that can be asked
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Models {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Only those of this provider
    #[arg(short, long)]
    provider: Option<String>,
    /// Ask the providers anew instead of using what they said within the last day
    #[arg(short, long)]
    refresh: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Have an Ollama fetch a model, such as `familiar models pull ollama/qwen3:8b`; Ctrl-C stops it
    Pull {
        /// The provider's name and the model's, `PROVIDER/MODEL`
        model: String,
    },
}

impl Models {
    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let session = Session::open(global).await?;
        if let Some(Verb::Pull { model }) = self.verb {
            let pulled = pull(&session, output, &model).await;
            session.close().await;
            return pulled;
        }
        let provider = self.provider.as_deref().map(|name| format!("&provider={}", encoded(name)));
        let path = format!("/api/models?refresh={}{}", self.refresh, provider.unwrap_or_default());
        let list: ModelList = session.client.get(&path).await?;
        session.close().await;
        if output.json {
            return output.value(&list);
        }
        let heading = ["MODEL", "CONTEXT", "IN / OUT PER MILLION", "CAN", "HEALTH"];
        let mut rows = vec![heading.map(str::to_owned).to_vec()];
        rows.extend(list.models.iter().map(row));
        output.table(&rows)?;
        for route in &list.routes {
            output.line(format!("route `{}`: {}", route.name, route.deployments.join(", ")))?;
        }
        for source in list.sources.iter().filter(|source| source.problem.is_some()) {
            let problem = source.problem.as_deref().unwrap_or_default();
            output.remark(format!("{}: shown from the {}: {problem}", source.provider, source.source));
        }
        output.remark(format!("asked when nothing is said: {}", list.default));
        Ok(())
    }
}

async fn pull(session: &Session, output: Output, name: &str) -> Result<(), CliError> {
    let Some((provider, model)) = name.split_once('/') else {
        return Err(CliError::failed(format!("`{name}` is not PROVIDER/MODEL, such as `ollama/qwen3:8b`")));
    };
    let asked = PullModel { provider: provider.to_owned(), model: model.to_owned() };
    let job: Job = session.client.send(Method::POST, "/api/models/pull", &asked).await?;
    let id = job.id.clone();
    let ended = tokio::select! {
        ended = watch(session, output, job) => ended,
        _ = tokio::signal::ctrl_c() => {
            session.client.act(Method::DELETE, &format!("/api/jobs/{}", encoded(&id))).await?;
            Err(CliError::failed("stopped; what was fetched is kept for the next time"))
        }
    };
    output.end_progress();
    let job = ended?;
    if job.state != "finished" {
        let why = job.error.as_deref().unwrap_or("it was stopped");
        return Err(CliError::failed(why));
    }
    if output.json { output.value(&job) } else { output.line(format!("{name} can be asked now")) }
}

/// Shows how far a job is until it is over.
async fn watch(session: &Session, output: Output, mut job: Job) -> Result<Job, CliError> {
    while matches!(job.state.as_str(), "queued" | "running") {
        let stage = job.stage.as_deref().unwrap_or("waiting");
        let share = job.progress.map(|share| format!(" {:3.0} %", share * 100.0)).unwrap_or_default();
        let again = job.error.as_deref().map(|error| format!(" (again after: {error})")).unwrap_or_default();
        output.progress(&format!("{}: {stage}{share}{again}", job.title));
        tokio::time::sleep(LOOK_EVERY).await;
        let list: JobList = session.client.get("/api/jobs").await?;
        let found = list.jobs.into_iter().find(|one| one.id == job.id);
        job = found.ok_or_else(|| CliError::failed("the job is not there any more"))?;
    }
    Ok(job)
}

fn row(model: &Model) -> Vec<String> {
    let context = model.context_window.map_or("?".into(), |tokens| format!("{}k", tokens / 1_000));
    let price = match &model.prices {
        Some(prices) => format!("{} / {} USD", prices.input_usd, prices.output_usd),
        None if model.local => "free".into(),
        None => "unknown".into(),
    };
    vec![model.id.clone(), context, price, model.capabilities.join(" "), model.health.clone()]
}
