//! `familiar money`: what was spent, on what, what was saved, how it goes on, and what somebody should know.

use crate::{Global, client::encoded, error::CliError, output::Output, session::Session};
use api::{
    alerts::{Alert, AlertList},
    money::{AnomalyList, MoneyForecast, MoneyReport, MoneySums, Savings},
};
use clap::{Args, Subcommand};
use http::Method;

/// Show what was spent and saved, how it will go on, and alerts
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Money {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    period: Period,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show what was spent and saved in a period (the default)
    Summary(Period),
    /// Add up by hour, day, provider, model, key, project, tag, user or conversation
    By(Box<By>),
    /// Say how spend goes on, and how good such forecasts were
    Forecast {
        /// hour (the next 48), day (15), week (8) or month (3)
        #[arg(long, default_value = "day")]
        step: String,
    },
    /// List alerts, the latest first
    Alerts {
        /// Only those that nobody has acknowledged
        #[arg(long)]
        unseen: bool,
        /// How many
        #[arg(short = 'n', long, default_value_t = 20)]
        limit: u32,
    },
    /// Say that an alert has been seen
    Acknowledge {
        /// Its id, or `all`
        alert: String,
    },
}

#[derive(Debug, Default, Args)]
struct Period {
    /// The first day or moment [default: 29 days before the last]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// The last day, included, or the moment up to which [default: today]
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
}

#[derive(Debug, Args)]
struct By {
    /// hour, day, provider, model, key, project, tag, user or conversation
    by: String,
    #[command(flatten)]
    period: Period,
    /// Split hours or days by provider, model, key, project or tag
    #[arg(long, value_name = "WHAT")]
    split: Option<String>,
    /// Only what this provider answered
    #[arg(long)]
    provider: Option<String>,
    /// Only what this deployment answered, `provider/model`
    #[arg(long)]
    model: Option<String>,
    /// Only what came with this virtual key
    #[arg(long)]
    key: Option<String>,
    /// Only what was done for this project
    #[arg(long)]
    project: Option<String>,
    /// Only what has this label
    #[arg(long)]
    tag: Option<String>,
    /// At most so many rows; the others are added up in one
    #[arg(short = 'n', long)]
    limit: Option<u32>,
    /// Write CSV
    #[arg(long)]
    csv: bool,
}

impl Money {
    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let session = Session::open(global).await?;
        let done = match self.verb {
            None => summary(&session, output, &self.period).await,
            Some(Verb::Summary(period)) => summary(&session, output, &period).await,
            Some(Verb::By(by)) => by.run(&session, output).await,
            Some(Verb::Forecast { step }) => forecast(&session, output, &step).await,
            Some(Verb::Alerts { unseen, limit }) => alerts(&session, output, unseen, limit).await,
            Some(Verb::Acknowledge { alert }) => acknowledge(&session, output, &alert).await,
        };
        session.close().await;
        done
    }
}

/// A path with what is given in its query.
fn path(path: &str, given: &[(&str, Option<&str>)]) -> String {
    let mut whole = path.to_owned();
    for (name, value) in given {
        if let Some(value) = value {
            let joint = if whole.contains('?') { '&' } else { '?' };
            whole.push_str(&format!("{joint}{name}={}", encoded(value)));
        }
    }
    whole
}

impl Period {
    fn given(&self) -> [(&'static str, Option<&str>); 2] {
        [("from", self.from.as_deref()), ("to", self.to.as_deref())]
    }
}

async fn summary(session: &Session, output: Output, period: &Period) -> Result<(), CliError> {
    let given = period.given();
    let savings: Savings = session.client.get(&path("/api/money/savings", &given)).await?;
    let strange: AnomalyList = session.client.get(&path("/api/money/anomalies", &given)).await?;
    let alerts: AlertList = session.client.get("/api/alerts?unseen=true&limit=1").await?;
    if output.json {
        return output.value(&serde_json::json!({
            "savings": savings, "anomalies": strange, "unseen_alerts": alerts.unseen,
        }));
    }
    let days = |text: &str| text.get(..16).unwrap_or(text).replace('T', " ");
    output.line(output.bold(&format!("{} to {} UTC", days(&savings.from), days(&savings.to))))?;
    let Savings { cost_usd, baseline_usd, saved_usd, requests, cached, .. } = &savings;
    output.table_of_facts(&[
        ("spent", format!("{cost_usd} USD in {requests} requests, {cached} of them from the cache")),
        ("without Familiar", format!("{baseline_usd} USD")),
        ("saved", format!("{saved_usd} USD")),
        ("  by its cache", format!("{} USD", savings.by_cache_usd)),
        ("  by prompt caches", format!("{} USD", savings.by_prompt_cache_usd)),
        ("  by routing", format!("{} USD", savings.by_routing_usd)),
        ("alerts", format!("{} that nobody has acknowledged", alerts.unseen)),
    ])?;
    for one in &strange.anomalies {
        let so_far = if one.over { "" } else { " so far" };
        output.line(format!(
            "{} stands out as too {}: {} USD{so_far}; {} to {} would be ordinary",
            one.day, one.direction, one.usd, one.lower_usd, one.upper_usd
        ))?;
    }
    Ok(())
}

impl By {
    async fn run(self, session: &Session, output: Output) -> Result<(), CliError> {
        let limit = self.limit.map(|limit| limit.to_string());
        let [from, to] = self.period.given();
        let given = [
            from,
            to,
            ("by", Some(self.by.as_str())),
            ("split", self.split.as_deref()),
            ("provider", self.provider.as_deref()),
            ("model", self.model.as_deref()),
            ("key", self.key.as_deref()),
            ("project", self.project.as_deref()),
            ("tag", self.tag.as_deref()),
            ("limit", limit.as_deref()),
        ];
        let address = path("/api/money/report", &given);
        if self.csv {
            return session.client.copy(&format!("{address}&format=csv"), |piece| output.bytes(piece)).await;
        }
        let report: MoneyReport = session.client.get(&address).await?;
        if output.json {
            return output.value(&report);
        }
        let mut heading = vec![report.by.to_uppercase()];
        heading.extend(report.split.as_ref().map(|split| split.to_uppercase()));
        heading.extend(["REQUESTS", "FAILED", "READ", "WRITTEN", "USD"].map(str::to_owned));
        let mut rows = vec![heading];
        let row = |names: Vec<String>, sums: &MoneySums| {
            let MoneySums { requests, failures, input_tokens, output_tokens, .. } = sums;
            let figures = [requests, failures, input_tokens, output_tokens].map(ToString::to_string);
            names.into_iter().chain(figures).chain([sums.cost_usd.clone()]).collect::<Vec<String>>()
        };
        for one in &report.rows {
            let mut names = vec![one.label.clone().unwrap_or_else(|| one.name.clone())];
            names.extend(report.split.as_ref().map(|_| one.part.clone().unwrap_or_default()));
            rows.push(row(names, &one.sums));
        }
        let named = |name: &str| {
            let mut names = vec![name.to_owned()];
            names.extend(report.split.as_ref().map(|_| String::new()));
            names
        };
        rows.extend(report.overlap.iter().map(|overlap| row(named("(counted more than once)"), overlap)));
        rows.push(row(named("(total)"), &report.total));
        output.table(&rows)
    }
}

async fn forecast(session: &Session, output: Output, step: &str) -> Result<(), CliError> {
    let address = path("/api/money/forecast", &[("step", Some(step))]);
    let said: MoneyForecast = session.client.get(&address).await?;
    if output.json {
        return output.value(&said);
    }
    output.line(&said.summary)?;
    let Some(figures) = &said.forecast else { return Ok(()) };
    let backtest = &figures.backtest;
    let coverage = backtest.coverage_percent.map_or_else(
        || "nothing of it could be judged yet".to_owned(),
        |percent| {
            format!("{percent:.0} % of the amounts lay in their band of {:.0} %", figures.level_percent)
        },
    );
    output.line(format!(
        "Pattern: {}. Method: {}. Backtest at {} {step}s, {} amounts: {:.2} of the error of \"as one cycle before\", {:.0} % of \
         the amounts; {coverage}.",
        figures.pattern,
        figures.method,
        backtest.origins,
        backtest.compared,
        backtest.relative_error,
        backtest.error_percent
    ))?;
    let mut rows = vec![[step.to_uppercase().as_str(), "EXPECTED", "FROM", "TO"].map(str::to_owned).to_vec()];
    let row = |at: &str, point: &api::money::ForecastPoint| {
        vec![at.to_owned(), point.expected_usd.clone(), point.lower_usd.clone(), point.upper_usd.clone()]
    };
    rows.extend(figures.points.iter().map(|point| row(&point.at, point)));
    rows.push(row("(total)", &figures.total));
    output.table(&rows)
}

async fn alerts(session: &Session, output: Output, unseen: bool, limit: u32) -> Result<(), CliError> {
    let list: AlertList = session.client.get(&format!("/api/alerts?unseen={unseen}&limit={limit}")).await?;
    if output.json {
        return output.value(&list);
    }
    let heading = ["ID", "SEVERITY", "LAST", "TIMES", "STATE", "WHAT"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(list.alerts.iter().map(|alert| {
        let what = format!("{}: {}", alert.title, alert.message);
        vec![
            alert.id.clone(),
            alert.severity.clone(),
            alert.last_at.clone(),
            alert.occurrences.to_string(),
            state(alert).to_owned(),
            what,
        ]
    }));
    output.table(&rows)
}

fn state(alert: &Alert) -> &'static str {
    match (&alert.acknowledged_at, &alert.resolved_at) {
        (Some(_), _) => "seen",
        (None, Some(_)) => "over",
        (None, None) => "open",
    }
}

async fn acknowledge(session: &Session, output: Output, alert: &str) -> Result<(), CliError> {
    if alert == "all" {
        session.client.act(Method::POST, "/api/alerts/acknowledge").await?;
        output.remark("all alerts have been seen");
        return Ok(());
    }
    session.client.act(Method::POST, &format!("/api/alerts/{}/acknowledge", encoded(alert))).await?;
    output.remark("it has been seen");
    Ok(())
}
