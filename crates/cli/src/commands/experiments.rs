//! `familiar experiments`: which of several is better, and how sure that is.

use crate::{Global, error::CliError, output::Output, session::Session};
use api::experiments::{Experiment, ExperimentList, ExperimentOutlook, MetricFigure, PutExperiment, Variant};
use clap::{Args, Subcommand};
use http::Method;

/// Compare models, balancing or settings on real requests, and see which is better
#[derive(Debug, Args)]
pub(crate) struct Experiments {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List experiments, the newest first (the default)
    List,
    /// Show an experiment and what came of it so far
    Show {
        /// Its name or id
        experiment: String,
    },
    /// Plan an experiment; it begins with `start`
    Create(Box<Create>),
    /// Begin an experiment, or go on with one that waits
    Start {
        /// Its name or id
        experiment: String,
    },
    /// Let an experiment wait: requests go their usual way
    Pause {
        /// Its name or id
        experiment: String,
    },
    /// End an experiment by hand
    Finish {
        /// Its name or id
        experiment: String,
    },
}

#[derive(Debug, Args)]
struct Create {
    /// Its name: letters, digits, `-`, `_` and `.`
    name: String,
    /// The route or model whose requests take part
    target: String,
    /// What is compared, the first with all others: `NAME=MODEL` for models, `NAME=KEY:VALUE,...` else, with the
    /// keys strategy, balancer, parallel, temperature, max_output_tokens, system_prefix, cache_ttl_seconds,
    /// fit_context; `NAME=` changes nothing (give two to eight)
    #[arg(long = "variant", required = true, value_name = "NAME=CHANGE")]
    variants: Vec<String>,
    /// model, load or feature
    #[arg(long, default_value = "model")]
    kind: String,
    /// The share of a variant, `NAME=NUMBER`; 1 each if not said
    #[arg(long = "share", value_name = "NAME=NUMBER")]
    shares: Vec<String>,
    /// success, latency, first_token, cost, tokens_per_second or rating
    #[arg(long, default_value = "success")]
    goal: String,
    /// The least difference that matters: 0.02 for two points of a share, 0.1 for a tenth of a time or a cost
    #[arg(long, default_value_t = 0.05)]
    effect: f64,
    /// How often a difference may be found where there is none
    #[arg(long, default_value_t = 0.05)]
    alpha: f64,
    /// What keeps its variant: request, conversation, subject, key or user
    #[arg(long, default_value = "conversation")]
    sticky: String,
    /// When it ends at the latest
    #[arg(long, default_value_t = 10_000, value_name = "RESULTS")]
    max_results: u64,
    /// Stop when a variant surely fails more often than the first, by more than so much (0.05 is five points)
    #[arg(long, value_name = "NUMBER")]
    guard_failures: Option<f64>,
    /// Stop when a variant surely costs more than the first, by more than this part (1 is twice as much)
    #[arg(long, value_name = "NUMBER")]
    guard_cost: Option<f64>,
    /// What it is for
    #[arg(long, default_value = "")]
    description: String,
    /// Begin it at once
    #[arg(long)]
    start: bool,
}

impl Experiments {
    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let session = Session::open(global).await?;
        let done = match self.verb.unwrap_or(Verb::List) {
            Verb::List => list(&session, output).await,
            Verb::Show { experiment } => show(&session, output, &experiment).await,
            Verb::Create(create) => create.run(&session, output).await,
            Verb::Start { experiment } => act(&session, output, &experiment, "start").await,
            Verb::Pause { experiment } => act(&session, output, &experiment, "pause").await,
            Verb::Finish { experiment } => act(&session, output, &experiment, "finish").await,
        };
        session.close().await;
        done
    }
}

async fn list(session: &Session, output: Output) -> Result<(), CliError> {
    let list: ExperimentList = session.client.get("/api/experiments").await?;
    if output.json {
        return output.value(&list);
    }
    let head = ["EXPERIMENT", "STATUS", "ABOUT", "GOAL", "RESULTS", "WINNER", "WHY"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for one in list.experiments {
        rows.push(vec![
            one.design.name,
            one.status,
            one.design.target,
            one.design.goal,
            one.results.to_string(),
            one.winner.unwrap_or_default(),
            one.verdict.unwrap_or_default(),
        ]);
    }
    output.table(&rows)
}

/// Finds an experiment by its name or id.
async fn find(session: &Session, wanted: &str) -> Result<Experiment, CliError> {
    let list: ExperimentList = session.client.get("/api/experiments").await?;
    let found = list.experiments.into_iter().find(|one| one.design.name == wanted || one.id == wanted);
    found.ok_or_else(|| {
        CliError::failed(format!("there is no experiment `{wanted}`"))
            .hint("`familiar experiments list` shows those there are".to_owned())
    })
}

async fn show(session: &Session, output: Output, wanted: &str) -> Result<(), CliError> {
    let found = find(session, wanted).await?;
    let one: Experiment = session.client.get(&format!("/api/experiments/{}", found.id)).await?;
    if output.json {
        return output.value(&one);
    }
    tell(output, &one)
}

async fn act(session: &Session, output: Output, wanted: &str, verb: &str) -> Result<(), CliError> {
    let found = find(session, wanted).await?;
    let path = format!("/api/experiments/{}/{verb}", found.id);
    let one: Experiment = session.client.send(Method::POST, &path, &serde_json::json!({})).await?;
    if output.json {
        return output.value(&one);
    }
    output.line(format!("`{}` is {}", one.design.name, one.status))
}

fn tell(output: Output, one: &Experiment) -> Result<(), CliError> {
    output.line(output.bold(&format!("{} ({})", one.design.name, one.status)))?;
    if !one.design.description.is_empty() {
        output.line(&one.design.description)?;
    }
    if let Some(verdict) = &one.verdict {
        output.line(verdict)?;
    }
    let goal = &one.design.goal;
    output.line(format!(
        "about `{}`, by {goal}, alpha {}, {} of at most {} results, each {} keeps its variant",
        one.design.target, one.design.alpha, one.results, one.design.max_results, one.design.sticky
    ))?;
    let mut rows = vec![
        ["VARIANT", "SHARE", "RESULTS", "GOAL", "DIFFERENCE", "SURELY", "P", "SUCCESS", "LATENCY", "COST"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for variant in &one.variants {
        let metric = |name: &str| variant.metrics.iter().find(|metric| metric.metric == name);
        let by_goal = metric(goal);
        let compared = by_goal.and_then(|metric| metric.comparison);
        let percent = |value: f64| format!("{:+.1} %", value * 100.0);
        rows.push(vec![
            variant.name.clone(),
            format!("{:.0} %", variant.share * 100.0),
            variant.results.to_string(),
            by_goal.map(figure).unwrap_or_default(),
            compared.map(|one| percent(one.effect)).unwrap_or_default(),
            compared
                .map(|one| {
                    let high = one.high.map_or_else(|| "any".to_owned(), percent);
                    format!("{} to {high}", percent(one.low))
                })
                .unwrap_or_default(),
            compared.map(|one| format!("{:.4}", one.p)).unwrap_or_default(),
            metric("success").map(figure).unwrap_or_default(),
            metric("latency").map(figure).unwrap_or_default(),
            metric("cost").map(figure).unwrap_or_default(),
        ]);
    }
    output.table(&rows)
}

/// What is usual, with its unit.
fn figure(metric: &MetricFigure) -> String {
    let Some(usual) = metric.usual else { return "-".to_owned() };
    match metric.metric.as_str() {
        "success" | "rating" => format!("{:.1} %", usual * 100.0),
        "latency" | "first_token" => format!("{usual:.0} ms"),
        "cost" => format!("{usual:.6} USD"),
        _ => format!("{usual:.1} a second"),
    }
}

impl Create {
    async fn run(self, session: &Session, output: Output) -> Result<(), CliError> {
        let start = self.start;
        let put = self.design()?;
        let path = format!(
            "/api/experiments/outlook?target={}&goal={}&effect={}&alpha={}&variants={}",
            crate::client::encoded(&put.target),
            crate::client::encoded(&put.goal),
            put.effect,
            put.alpha,
            put.variants.len()
        );
        let mut made: Experiment = session.client.send(Method::POST, "/api/experiments", &put).await?;
        if start {
            let path = format!("/api/experiments/{}/start", made.id);
            made = session.client.send(Method::POST, &path, &serde_json::json!({})).await?;
        }
        if output.json {
            return output.value(&made);
        }
        output.line(format!("`{}` is {}", made.design.name, made.status))?;
        let outlook: ExperimentOutlook = session.client.get(&path).await?;
        match outlook.results {
            Some(results) => output.remark(format!(
                "about {results} results will find that difference in four of five experiments"
            )),
            None => output.remark("a million results are not enough to find so small a difference"),
        }
        Ok(())
    }

    fn design(self) -> Result<PutExperiment, CliError> {
        let mut variants = Vec::new();
        for text in &self.variants {
            variants.push(variant(text, &self.kind)?);
        }
        for text in &self.shares {
            let bad = || CliError::usage(format!("`{text}` is no share")).hint("write `a=3`");
            let (name, number) = text.split_once('=').ok_or_else(bad)?;
            let number: f64 = number.trim().parse().map_err(|_| bad())?;
            let variant = variants.iter_mut().find(|variant| variant.name == name.trim()).ok_or_else(bad)?;
            variant.share = number;
        }
        Ok(PutExperiment {
            name: self.name,
            description: self.description,
            kind: self.kind,
            target: self.target,
            sticky: self.sticky,
            variants,
            goal: self.goal,
            alpha: self.alpha,
            effect: self.effect,
            max_results: self.max_results,
            guard_failures: self.guard_failures,
            guard_cost: self.guard_cost,
        })
    }
}

/// Reads `NAME=MODEL` or `NAME=KEY:VALUE,...`.
fn variant(text: &str, kind: &str) -> Result<Variant, CliError> {
    let bad = |what: &str| {
        CliError::usage(format!("`{text}` is no variant: {what}"))
            .hint("write `a=openai/gpt-4o-mini`, or `cool=temperature:0.2,max_output_tokens:500`")
    };
    let (name, change) = text.split_once('=').ok_or_else(|| bad("it has no `=`"))?;
    let mut variant = Variant { name: name.trim().to_owned(), share: 1.0, ..Variant::default() };
    if kind == "model" {
        variant.model = Some(change.trim().to_owned());
        return Ok(variant);
    }
    for pair in change.split(',').filter(|pair| !pair.trim().is_empty()) {
        let (key, value) = pair.split_once(':').ok_or_else(|| bad("a change is `key:value`"))?;
        let value = value.trim();
        let number = |what: &str| bad(&format!("`{value}` is no {what}"));
        match key.trim() {
            "strategy" => variant.strategy = Some(value.to_owned()),
            "balancer" => variant.balancer = Some(value.to_owned()),
            "parallel" => variant.parallel = Some(value.parse().map_err(|_| number("number"))?),
            "temperature" => variant.temperature = Some(value.parse().map_err(|_| number("number"))?),
            "max_output_tokens" => {
                variant.max_output_tokens = Some(value.parse().map_err(|_| number("number"))?);
            }
            "system_prefix" => variant.system_prefix = Some(value.to_owned()),
            "cache_ttl_seconds" => {
                variant.cache_ttl_seconds = Some(value.parse().map_err(|_| number("number"))?);
            }
            "fit_context" => {
                variant.fit_context = Some(value.parse().map_err(|_| number("`true` or `false`"))?)
            }
            other => return Err(bad(&format!("`{other}` cannot be changed"))),
        }
    }
    Ok(variant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_are_read_and_bad_ones_told() {
        assert_eq!(variant("a=p/x", "model").unwrap().model.as_deref(), Some("p/x"));
        let cool =
            variant("cool=temperature:0.2, max_output_tokens:500,fit_context:true", "feature").unwrap();
        assert_eq!((cool.temperature, cool.max_output_tokens), (Some(0.2), Some(500)));
        assert_eq!(cool.fit_context, Some(true));
        assert_eq!(
            variant("plain=", "load").unwrap(),
            Variant { name: "plain".into(), share: 1.0, ..Variant::default() }
        );
        for bad in ["a", "a=x", "a=temperature:hot", "a=colour:red"] {
            assert!(variant(bad, "feature").is_err(), "{bad}");
        }
    }
}
