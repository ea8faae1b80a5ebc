//! `familiar models`: what can be asked, whether it answers, how it is doing, and having an Ollama fetch more.

use crate::{Global, client::encoded, error::CliError, output::Output, session::Session};
use api::{
    health::{DeploymentHealth, HealthReport},
    jobs::{Job, JobList},
    models::{Model, ModelList, ModelTest, TestModel},
    providers::PullModel,
};
use clap::{Args, Subcommand};
use http::Method;
use std::time::Duration;

/// How often the progress of a pull is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// List the models and routes that can be asked, test them, and see how they are doing
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Models {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    list: List,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the models and routes that can be asked (the default)
    List(List),
    /// Ask a model or route for one word and say what it took; the call is paid for and stands in the ledger
    Test {
        /// A model, a route or a tier
        model: String,
    },
    /// Have an Ollama fetch a model, such as `familiar models pull ollama/qwen3:8b`; Ctrl-C stops it
    Pull {
        /// The provider's name and the model's, `PROVIDER/MODEL`
        model: String,
    },
    /// How every deployment is doing
    Health {
        /// Only those of this provider
        #[arg(short, long)]
        provider: Option<String>,
    },
}

#[derive(Debug, Args)]
struct List {
    /// Only those of this provider
    #[arg(short, long)]
    provider: Option<String>,
    /// Ask the providers anew instead of using what they said within the last day
    #[arg(short, long)]
    refresh: bool,
}

impl Models {
    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let session = Session::open(global).await?;
        let done = match self.verb {
            None => self.list.run(&session, output).await,
            Some(Verb::List(list)) => list.run(&session, output).await,
            Some(Verb::Pull { model }) => pull(&session, output, &model).await,
            Some(Verb::Test { model }) => test(&session, output, model).await,
            Some(Verb::Health { provider }) => health(&session, output, provider.as_deref()).await,
        };
        session.close().await;
        done
    }
}

impl List {
    async fn run(self, session: &Session, output: Output) -> Result<(), CliError> {
        let provider = self.provider.as_deref().map(|name| format!("&provider={}", encoded(name)));
        let path = format!("/api/models?refresh={}{}", self.refresh, provider.unwrap_or_default());
        let list: ModelList = session.client.get(&path).await?;
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

async fn test(session: &Session, output: Output, model: String) -> Result<(), CliError> {
    let test: ModelTest = session.client.send(Method::POST, "/api/models/test", &TestModel { model }).await?;
    if output.json {
        output.value(&test)?;
    } else if test.ok {
        output.line(&test.message)?;
        let mut facts = Vec::new();
        facts.extend(test.model.clone());
        facts.extend(test.first_token_ms.map(|ms| format!("first token {ms} ms")));
        facts.push(format!("{} ms in all", test.total_ms));
        let tokens = test.input_tokens.zip(test.output_tokens);
        facts.extend(tokens.map(|(input, written)| format!("{input} + {written} tokens")));
        facts.push(test.cost_usd.as_ref().map_or("price unknown".into(), |usd| format!("{usd} USD")));
        output.line(output.dim(&facts.join(" · ")))?;
    }
    if test.ok { Ok(()) } else { Err(CliError::model(test)) }
}

async fn health(session: &Session, output: Output, provider: Option<&str>) -> Result<(), CliError> {
    let mut report: HealthReport = session.client.get("/api/health").await?;
    if let Some(provider) = provider {
        report.providers.retain(|one| one.provider == provider);
        report.deployments.retain(|one| one.provider == provider);
        if report.providers.is_empty() && report.deployments.is_empty() {
            return Err(CliError::failed(format!("there is no provider `{provider}`"))
                .hint("`familiar models health` shows all of them"));
        }
    }
    if output.json {
        return output.value(&report);
    }
    let heading = [
        "DEPLOYMENT",
        "STATE",
        "UP 24 H",
        "OK",
        "FIRST P50 / P95",
        "ALL P50 / P95",
        "CALLS",
        "NOW",
        "LAST FAILURE",
    ];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(report.deployments.iter().map(health_row));
    output.table(&rows)
}

fn health_row(one: &DeploymentHealth) -> Vec<String> {
    let percent = |share: f64| format!("{share:.1} %");
    let times =
        |p50: f64, p95: f64| if one.samples == 0 { String::new() } else { format!("{p50:.0} / {p95:.0} ms") };
    let retry = one.breaker.retry_in_ms.map(|ms| format!(", again in {} s", ms.div_ceil(1_000)));
    vec![
        one.id.clone(),
        format!("{}{}", one.state, retry.unwrap_or_default()),
        one.uptime_percent.map(percent).unwrap_or_default(),
        if one.samples == 0 { String::new() } else { percent(one.success_percent) },
        times(one.first_token_ms.p50, one.first_token_ms.p95),
        times(one.latency_ms.p50, one.latency_ms.p95),
        format!("{} ({} failed)", one.calls, one.failures),
        one.in_flight.to_string(),
        one.last_error.clone().unwrap_or_default(),
    ]
}
